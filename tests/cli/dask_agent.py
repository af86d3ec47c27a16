#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Stands for `tgrun agent` in the tests of the Dask driver. A batch is JSON: {"outs": [texts], "sizes": [bytes], "die", "until": path,
# "log", "join"}; the report is what it was given, as JSON.
import json, os, select, struct, sys, time

inwards, out = 0, sys.stdout.buffer

def exactly(n):
    parts = bytearray()
    while len(parts) < n:
        part = os.read(inwards, n - len(parts))
        if not part: sys.exit(0)
        parts += part
    return bytes(parts)

def read():
    body, length = struct.unpack("<II", exactly(8))
    return json.loads(exactly(length)), exactly(body - 4 - length)

def send(t, blob=b"", /, **members):
    text = json.dumps(dict(members, t=t)).encode()
    out.write(struct.pack("<II", 4 + len(text) + len(blob), len(text)) + text + blob)
    out.flush()

def sees(marker):
    try: return open(marker["path"]).read() == marker["text"]
    except OSError: return False

def waits(path, id):
    """Until the file is there; False: cancelled."""
    while not os.path.exists(path):
        if select.select([inwards], [], [], 0.02)[0]:
            head, _ = read()
            if head["t"] == "cancel" and head["id"] == id: return False
    return True

def run(head, blob):
    todo, at, given = json.loads(blob[:head["n"]]), head["n"], []
    for n in head["in"]:
        given.append(blob[at:at + n])
        at += n
    if "log" in todo: send("log", worker="", text=todo["log"])
    if "mark" in todo: open(todo["mark"], "a").write(f"{os.getpid()} {os.getppid()}\n")
    if "until" in todo and not waits(todo["until"], head["id"]):
        return send("fail", id=head["id"], kind="cancelled", message="", worker="")
    if "die" in todo: print(todo["die"], file=sys.stderr, flush=True), os._exit(7)
    report = {"in": [len(g) for g in given], "first": given[0][:20].decode() if given else "", "cwd": os.getcwd(), "pid": os.getpid(),
              "memory": opening.get("memory", 0), "files": [f["name"] for f in opening["files"]], "cores": head.get("cores", 1)}
    outs = [json.dumps(report).encode()] + [t.encode() for t in todo.get("outs", [])] + [b"v" * n for n in todo.get("sizes", [])]
    if "join" in todo: outs.append(b"".join(given))
    now = time.time_ns()
    send("done", b"".join(outs), id=head["id"], worker="w", slot=0, start_ns=now, end_ns=now, outs=[{"length": len(o), "kept": False} for o in outs])

assert sys.argv[1:] == ["agent"]
send("hello", protocol=1, engine="agent", versions={}, tls=False)
opening, files = read()
if opening.get("build") == "of another machine":
    send("error", kind="version", message="this agent is another build than of another machine", hint="")
    sys.exit(3)
assert sum(f["bytes"] for f in opening["files"]) == len(files)
os.chdir(opening["folder"])
marker = opening.get("marker")
send("ready", slots=1, workers=[{"name": "agent", "slots": 1, "blind": bool(marker) and not sees(marker)}], round_trip_ns=0, link="")
while True:
    head, blob = read()
    if head["t"] == "submit": run(head, blob)
