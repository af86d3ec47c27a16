#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The driver for clusters of Dask, spoken to as tgrun does (dask_core.py), with a program in the place of tgrun on the workers
# (dask_agent.py).
load helper

setup() {
    tg_setup
    export DRIVER=$top/cmd/drivers/tgrun-driver-dask AGENT=$top/tests/cli/dask_agent.py PYTHONPATH=$top/tests/cli PYTHONDONTWRITEBYTECODE=1
    python=/usr/bin/python3
    [ -x $python ] || skip 'no /usr/bin/python3'
}

needs_dask() { "$python" -c 'import importlib.util as u; exit(not u.find_spec("distributed"))' || skip 'no Dask distributed in /usr/bin/python3'; }

# A conversation, in Python; it fails with what it said.
talk() {
    { echo 'from dask_core import *' && cat; } >talk.py
    run --separate-stderr "$python" talk.py </dev/null 3>&-
    ended 0
}

# A cluster that a user has started: an address in s.json, certificates, and `worker()`.
their_cluster() {
    cat <<'END'
run = lambda *command: subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=open("log", "a"), stderr=subprocess.STDOUT)
assert run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", "key.pem", "-out", "cert.pem").wait() == 0
os.chmod("key.pem", 0o600)
tls = "--tls-ca-file cert.pem --tls-cert cert.pem --tls-key key.pem --no-dashboard".split()
cluster = "s.json,ca=cert.pem,cert=cert.pem,key=key.pem"
scheduler = run(sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "tls://127.0.0.1", "--port", "0", "--scheduler-file", "s.json", *tls)
atexit.register(scheduler.kill)
until(lambda: os.path.exists("s.json") and os.path.getsize("s.json"))
def worker():
    one = run(sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", "s.json", "--nthreads", "1", "--no-nanny", "--host", "tls://127.0.0.1",
              "--local-directory", ".", *tls)
    atexit.register(one.kill)
END
}

# bats test_tags=long
@test "batches run on a cluster of our own, and values stay there" {
    needs_dask
    talk <<'END'
c = Core()
ready = c.open("local:2,memory=1GB", marker={"path": os.path.abspath("marker"), "text": "x"})
assert ready["slots"] == 2 and len(ready["workers"]) == 2 and ready["tls"], ready
assert all(w["blind"] and w["name"].startswith("tls://127.0.0.1:") for w in ready["workers"])
report, one, two = c.outs(c.submit(outs=["one", "two"], given=[b"first", b""], log="a line"))
assert (one, two) == (b"one", b"two") and report["in"] == [5, 0] and report["first"] == "first"
assert report["cwd"] == os.getcwd() and report["memory"] == 10**9 and report["files"] == ["p.so"]
c.wait("log", text="a line")

a = c.submit(sizes=[100, 3_000_000], keep=[2])
assert c.outs(a)[1:] == [b"v" * 100, None]
b = c.submit(given=[b"xx", c.key(a, 2)], join=1, keep=[1])
assert c.outs(b)[0]["in"] == [2, 3_000_000]
assert c.value(c.key(b, 1)) == b"xx" + b"v" * 3_000_000
c.send("release", keys=[c.key(a, 2)])
c.send("get", key=c.key(a, 2))
c.wait("gone", keys=[c.key(a, 2)])
c.fail(c.submit(given=[c.key(a, 2)]), "refused")

assert "last words" in c.fail(c.submit(die="last words"), "lost")["message"]
several = [c.submit(until="never", mark="begun") for _ in range(4)]
until(lambda: len(lines("begun")) == 2)
c.send("ping", n=7)
c.wait("pong", n=7)
for id in several: c.send("cancel", id=id)
for id in several: c.fail(id, "cancelled")
assert len(lines("begun")) == 2
last = [c.submit(outs=["x"]) for _ in range(20)]
agents = {c.outs(id)[0]["pid"] for id in last}
c.submit(until="never", mark="more")
until(lambda: lines("more"))
c.close()
until(lambda: not any(map(alive, agents)))
END
}

# bats test_tags=long
@test "a driver whose run is gone ends with its cluster" {
    needs_dask
    talk <<'END'
c = Core()
c.open("local:1,insecure")
c.submit(until="never", mark="begun")
until(lambda: lines("begun"))
pids = list(map(int, lines("begun")[0].split()))
os.kill(c.process.pid, signal.SIGKILL)
until(lambda: not any(map(alive, pids)))
END
    wait_until none_left tgrun-dask-
}

# bats test_tags=long
@test "what cannot be a cluster, or may not, is refused" {
    needs_dask
    talk <<'END'
def refused(cluster, kind, *words):
    c = Core()
    error = c.open(cluster, wait="error")
    assert error["kind"] == kind and all(w in error["message"] + error["hint"] for w in words), error
    assert c.process.wait() == 3
refused("tcp://10.0.0.1:8786", "tls", "10.0.0.1", "option insecure")
refused("tcp://127.0.0.1:1", "connect", "127.0.0.1:1")
refused("local:1..x", "connect", "local:1..10")
refused("none.json", "connect", "none.json")
refused("local:1,memry=4GB", "connect", "'memry'", "memory")
refused("local:1,python=/nowhere/python3", "connect", "/nowhere/python3")
refused("tls://127.0.0.1:1,ca=none.pem", "tls", "none.pem", "ca=")
END
}

@test "what is no message of the protocol ends the driver" {
    talk <<'END'
for bytes in struct.pack("<II", 100, 200), struct.pack("<II", 6, 2) + b"[]", struct.pack("<II", 15, 11) + b'{"t":"xyz"}':
    c = Core()
    c.process.stdin.write(bytes)
    c.process.stdin.flush()
    assert c.wait("error")["kind"] == "protocol"
    assert c.process.wait() == 3
END
}

# Stands for a Dask that has other versions than the cluster.
stub() {
    mkdir -p stub/distributed
    cat >stub/distributed/__init__.py <<'END'
__version__ = "3000.1.0"
class Client:
    def __init__(self, address, **options): self.status = "running"
    def __await__(self):
        yield from ()
        return self
    async def get_versions(self):
        told = lambda version: {"host": {"python": "3.99.1"}, "packages": {"distributed": version}}
        return {"client": told("3000.1.0"), "scheduler": told("2999.1.0"), "workers": {}}
    async def close(self): pass
END
}

@test "a cluster of another version of Dask is refused" {
    stub
    talk <<'END'
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    c = Core(PYTHONPATH="stub")
    error = c.open("tcp://127.0.0.1:%d" % server.getsockname()[1], wait="error")
assert error["kind"] == "version" and "3000.1.0" in error["message"] and "2999.1.0" in error["message"] and "python=" in error["hint"], error
END
}

@test "without Dask the driver says what to install" {
    mkdir -p stub/distributed
    echo 'raise ImportError("none here")' >stub/distributed/__init__.py
    talk <<'END'
c = Core(PYTHONPATH="stub")
error = c.open("local:1", wait="error")
assert error["kind"] == "connect" and "python3-distributed" in error["hint"], error
END
}

# bats test_tags=long
@test "a cluster of a user's: workers come and go, are killed, and its scheduler is" {
    needs_dask
    talk < <(echo 'import atexit' && their_cluster && cat <<'END'
worker()
c = Core()
marker = {"path": os.path.abspath("marker"), "text": "x"}
if not c.open(cluster, marker=marker)["workers"]: c.wait("slots", slots=1)
open("marker", "w").write("x")
worker()
assert {w["blind"] for w in c.wait("slots", slots=2)["workers"]} == {True, False}

a = c.submit(sizes=[100_000], keep=[1])
c.outs(a)
b = c.submit(mark="pure", until="go")
until(lambda: len(lines("pure")) == 1)
os.kill(int(lines("pure")[0].split()[1]), signal.SIGKILL)
until(lambda: len(lines("pure")) == 2)
open("go", "w").close()
c.outs(b)
assert c.wait("slots", slots=1)["left"]
assert c.value(c.key(a, 1)) == b"v" * 100_000

worker()
c.wait("slots", slots=2)
d = c.submit(mark="effect", until="never", more={"once": True})
until(lambda: len(lines("effect")) == 1)
os.kill(int(lines("effect")[0].split()[1]), signal.SIGKILL)
c.fail(d, "lost")
assert len(lines("effect")) == 1
c.outs(c.submit(more={"once": True}))

scheduler.kill()
assert c.wait("error")["kind"] == "engine-lost"
assert c.process.wait() == 3
END
    )
}

# bats test_tags=long
@test "a cluster of our own grows and shrinks, by itself or when told" {
    needs_dask
    talk <<'END'
c = Core()
c.open("local:1..3,memory=500MB")
several = [c.submit(until="go", mark="begun") for _ in range(4)]
until(lambda: len(lines("begun")) == 3)
c.wait("slots", slots=3)
open("go", "w").close()
for id in several: c.outs(id)
a = c.submit(sizes=[1000], keep=[1])
c.outs(a)
c.wait("slots", slots=1)
assert c.value(c.key(a, 1)) == b"v" * 1000   # it has gone to the one that is left
b = c.submit(until="on", mark="more")
until(lambda: lines("more"))
c.got = []
c.send("scale", n=2)
c.wait("slots", slots=2)
c.send("scale", n=1)
c.wait("slots", slots=1)
open("on", "w").close()
c.outs(b)
assert len(lines("more")) == 1
c.close()
END
}
