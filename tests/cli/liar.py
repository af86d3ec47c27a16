#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A driver that lies: it stands between tgrun and the driver of `pool:2`, and changes what they say (docs/drivers.md has the messages). The
variable LIE says how; a lie of the table below is asked about each message, and gives those that go on in its place."""
import json, os, signal, struct, subprocess, sys, threading, time

LIES = {}


def known(f):
    LIES[f.__name__] = f
    return f


def read(fd, count):
    data = b""
    while len(data) < count:
        piece = os.read(fd, count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def receive(fd):
    body, length = struct.unpack("<II", read(fd, 8))
    data = read(fd, body - 4)
    return json.loads(data[:length]), data[length:]


def send(fd, head, blob=b""):
    text = json.dumps(head).encode()
    data = struct.pack("<II", 4 + len(text) + len(blob), len(text)) + text + blob
    while data:
        data = data[os.write(fd, data) :]


seen = {"submit": 0, "done": 0, "running": 0, "hello": None, "opened": False, "pongs": []}


@known
def honest(head, blob):
    return [(head, blob)]


@known
def doubles(head, blob):
    return [(head, blob)] * (2 if head["t"] == "done" else 1)


@known
def never(head, blob):
    return [] if head["t"] == "done" and seen["done"] == 3 else [(head, blob)]


@known
def late(head, blob):
    """It greets once it is spoken to."""
    if head["t"] == "hello" and not seen["opened"]:
        seen["hello"] = head, blob
        return []
    return [(head, blob)]


@known
def busy(head, blob):
    """It answers no ping while a batch runs."""
    if head["t"] == "pong" and seen["running"]:
        seen["pongs"].append((head, blob))
        return []
    if head["t"] in ("done", "fail") and not seen["running"]:
        return [(head, blob)] + [seen["pongs"].pop() for _ in seen["pongs"][:]]
    return [(head, blob)]


@known
def garbage(head, blob):
    if head["t"] == "submit" and seen["submit"] == 2:
        os.write(TO_TGRUN, b"Traceback (most recent call last):\n")
    return [(head, blob)]


@known
def dies(head, blob):
    if head["t"] == "submit":
        os._exit(3)
    return [(head, blob)]


@known
def strange(head, blob):
    if head["t"] == "done" and seen["done"] == 2:
        head["id"] += 1000
    return [(head, blob)]


@known
def counts(head, blob):
    if head["t"] == "ready":
        head["slots"] += 1
    return [(head, blob)]


@known
def short(head, blob):
    return [(head, blob[:-1] if head["t"] == "done" else blob)]


@known
def other(head, blob):
    """What comes back is not what was run."""
    return [(head, bytes(len(blob)) if head["t"] == "done" else blob)]


@known
def nobody(head, blob):
    if head["t"] == "done":
        head["worker"] = "nobody"
    return [(head, blob)]


@known
def deaf(head, blob):
    return [] if head["t"] == "cancel" else [(head, blob)]


@known
def polite(head, blob):
    """It knows every kind of message."""
    return [] if head["t"] == "no-such-kind" else [(head, blob)]


@known
def chatty(head, blob):
    return [(head, blob), ({"t": "weather"}, b"")] if head["t"] == "ready" else [(head, blob)]


@known
def kills(head, blob):
    """Its agents are killed while they run a batch each: the pong comes behind both."""
    if head["t"] in ("ready", "slots"):
        seen["agents"] = [int(worker["name"].rsplit(":", 1)[1]) for worker in head["workers"]]
    if head["t"] == "pong" and head["n"] == 4713:
        for agent in seen["agents"]:
            os.kill(agent, signal.SIGKILL)
    return [(head, blob)]


@known
def stays(head, blob):
    return [(head, blob)]


@known
def newer(head, blob):
    """It takes any version of the protocol."""
    if head["t"] == "open":
        head["protocol"] = 1
    return [(head, blob)]


@known
def fails(head, blob):
    return [(head, blob)]


def note(head):
    kind = head["t"]
    if kind == "open":
        seen["opened"] = True
        head["cluster"] = "pool:2"
    if kind in ("submit", "done"):
        seen[kind] += 1
    seen["running"] += {"submit": 1, "done": -1, "fail": -1}.get(kind, 0)


lock = threading.Lock()


def hand_on(head, blob, target):
    with lock:
        note(head)
        for message in lie(head, blob):
            send(target, *message)
        if seen["hello"] and seen["opened"]:
            send(TO_TGRUN, *seen["hello"])
            seen["hello"] = None


def hear_tgrun():
    to_inner = inner.stdin.fileno()
    try:
        while True:
            lengths = read(FROM_TGRUN, 8)
            body, length = struct.unpack("<II", lengths)
            if body > 1 << 30:  # for the inner driver to refuse
                os.write(to_inner, lengths)
                continue
            data = read(FROM_TGRUN, body - 4)
            hand_on(json.loads(data[:length]), data[length:], to_inner)
    except (EOFError, OSError):
        inner.stdin.close()


def hear_inner():
    try:
        while True:
            hand_on(*receive(inner.stdout.fileno()), TO_TGRUN)
    except (EOFError, OSError):
        pass


name = os.environ["LIE"]
lie = LIES[name]
FROM_TGRUN, TO_TGRUN = os.dup(0), os.dup(1)
inner = subprocess.Popen([os.environ["TGRUN"], "driver-exec"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
threading.Thread(target=hear_tgrun, daemon=True).start()
hear_inner()
inner.wait()
if name == "stays":
    time.sleep(1000)
os._exit(7 if name == "fails" else 0)
