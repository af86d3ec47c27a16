# SPDX-License-Identifier: MIT
# What tgrun is for a driver, for the tests in dask.bats: `from dask_core import *`. $DRIVER is the driver, $AGENT what stands for tgrun.
import contextlib, json, os, re, secrets, signal, struct, subprocess, sys, time

class Core:
    def __init__(self, python="/usr/bin/python3", **env):
        self.process = subprocess.Popen([python, os.environ["DRIVER"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ, **env))
        self.run, self.got, self.last = secrets.token_hex(16), [], 0

    def send(self, t, blob=b"", /, **members):
        text = json.dumps(dict(members, t=t)).encode()
        self.process.stdin.write(struct.pack("<II", 4 + len(text) + len(blob), len(text)) + text + blob)
        self.process.stdin.flush()

    def read(self):
        """The next message, with its blob as `blob`; None at the end."""
        head = self.process.stdout.read(8)
        if len(head) < 8: return None
        body, length = struct.unpack("<II", head)
        message = json.loads(self.process.stdout.read(length))
        message["blob"] = self.process.stdout.read(body - 4 - length)
        return message

    def wait(self, kind, **members):
        """The first message of this kind with these members; others are kept for who asks for them. The driver must not end before."""
        wanted = dict(members, t=kind)
        fits = lambda m: all(m.get(name) == value for name, value in wanted.items())
        for m in self.got:
            if fits(m):
                self.got.remove(m)
                return m
        while True:
            m = self.read()
            assert m, f"ended without {wanted}"
            if fits(m): return m
            assert m["t"] != "error" and m.get("kind") != "engine", m
            self.got.append(m)

    def open(self, cluster, wait="ready", **members):
        with open(os.environ["AGENT"], "rb") as file: program = file.read()
        files = [("tgrun", program), ("p.so", b"a plugin")]
        self.wait("hello", protocol=1, engine="dask")
        opening = dict(protocol=1, build="b", cluster=cluster, run=self.run, folder=os.getcwd(), env=[], slots_max=0, memory=0, marker=None,
                       files=[{"hash": "0" * 32, "name": name, "mode": 0o755, "bytes": len(content)} for name, content in files])
        self.send("open", b"".join(content for _, content in files), **dict(opening, **members))
        return self.wait(wait)

    def submit(self, given=(), keep=(), more={}, **todo):
        """The number of the batch. Given are bytes, or keys."""
        self.last += 1
        batch = json.dumps(todo).encode()
        self.send("submit", batch + b"".join(g for g in given if isinstance(g, bytes)), id=self.last, n=len(batch), name="f", priority=0,
                  keep=list(keep), ns=1000, cores=1, memory=0, not_on=[], **{"in": [g if isinstance(g, str) else len(g) for g in given]}, **more)
        return self.last

    def outs(self, id):
        """The report and the outs of a batch that was done; None for one that was kept."""
        done = self.wait("done", id=id)
        outs, at = [], 0
        for out in done["outs"]:
            outs.append(None if out["kept"] else done["blob"][at:at + out["length"]])
            at += 0 if out["kept"] else out["length"]
        assert at == len(done["blob"])
        return [json.loads(outs[0])] + outs[1:]

    def fail(self, id, kind):
        fail = self.wait("fail", id=id)
        assert fail["kind"] == kind, fail
        return fail

    def value(self, key):
        self.send("get", key=key)
        return self.wait("value", key=key)["blob"]

    def key(self, id, out): return f"{self.run}/{id}.{out}"

    def close(self):
        self.send("close")
        self.wait("closed")
        assert self.process.wait() == 0

def until(condition):
    while not condition(): time.sleep(0.02)
def lines(path): return open(path).read().split("\n")[:-1] if os.path.exists(path) else []
def alive(pid):
    try: return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] != "Z"
    except OSError: return False
