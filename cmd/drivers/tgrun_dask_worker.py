# SPDX-License-Identifier: MIT
"""What tgrun-driver-dask sends to the workers of a cluster, by value: a plugin that keeps a resident `tgrun agent` for each slot, and
the task that gives it a batch. Agents speak the driver protocol (docs/drivers.md), each with one slot. This uses none of the driver."""
import asyncio, collections, contextlib, hashlib, json, os, shutil, struct, subprocess, tempfile, threading, time

LEASE_SECONDS = 120  # agents end that long after the last word of a driver that died without one
END_SECONDS = 5      # for an agent to end


class Failed(Exception):
    """kind, message, hint: what a message `error` has."""


class Agent:
    """The resident `tgrun agent` of a slot. One thread at a time runs a batch; any may cancel it."""

    def __init__(self, slot, program, say):
        self.slot, self.say, self.writing = slot, say, threading.Lock()
        self.last_words = collections.deque(maxlen=8)
        try:
            self.process = subprocess.Popen([program, "agent"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except OSError as error:
            raise Failed("arch", f"{program} cannot run on this machine: {error.strerror}", "") from None
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self):
        for line in self.process.stderr:
            self.last_words.append(line.decode(errors="replace").rstrip())
            self.say(self.last_words[-1])

    def write(self, head, *pieces):
        text = json.dumps(head, separators=(",", ":")).encode()
        body = 4 + len(text) + sum(map(len, pieces))
        with self.writing:
            self.process.stdin.write(struct.pack("<II", body, len(text)) + text)
            for piece in pieces:
                self.process.stdin.write(piece)
            self.process.stdin.flush()

    def exactly(self, length):
        piece = bytearray(length)
        if self.process.stdout.readinto(piece) != length:
            raise EOFError
        return piece

    def read(self):
        """A message that is no log, as its head and the pieces of its blob: each of the outs is one."""
        while True:
            body, length = struct.unpack("<II", self.exactly(8))
            head = json.loads(self.exactly(length))
            lengths = [out["length"] for out in head.get("outs", [])] or [body - 4 - length]
            pieces = [self.exactly(length) for length in lengths]
            if head["t"] != "log":
                return head, pieces
            self.say(head.get("text", ""))

    def open(self, head, blob):
        """Whether it does not see the marker."""
        try:
            self.write(head, blob)
            while True:
                answer, _ = self.read()
                if answer["t"] == "ready":
                    return answer["workers"][0]["blind"]
                if answer["t"] == "error":
                    raise Failed(answer["kind"], answer["message"], answer.get("hint", ""))
        except (EOFError, OSError):
            raise Failed("arch", self.death(), "") from None

    def run(self, head, pieces):
        """The answer `done` or `fail`, and the outs."""
        try:
            self.write(head, *pieces)
            while True:
                answer, outs = self.read()
                if answer["t"] in ("done", "fail") and answer["id"] == head["id"]:
                    return answer, outs
                if answer["t"] == "error":
                    raise EOFError
        except (EOFError, OSError):
            return {"t": "fail", "id": head["id"], "kind": "lost", "message": self.death()}, []

    def death(self):
        """Ends what is left of it, and says so."""
        self.end()
        self.listener.join(1)
        return f"the agent ended with status {self.process.returncode}" + "".join(f"\n{line}" for line in self.last_words)

    def end(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Resident:
    """The plugin of a run on a worker: its agents. Each slot has one, started when it is first needed."""

    idempotent = True

    def __init__(self, name, head, blob, program, found):
        self.name, self.head, self.blob, self.program, self.found = name, head, blob, program, found

    def setup(self, worker):
        about = worker.identity()
        self.worker, self.slots = worker, about["nthreads"]
        limits = [n for n in (self.head.get("memory"), (about["memory_limit"] or 0) // self.slots) if n]
        self.opening = dict(self.head, memory=min(limits, default=0), slots_max=1)
        self.folder = tempfile.mkdtemp(prefix="tgrun-", dir=worker.local_directory)
        self.lock = threading.Condition()
        self.agents, self.free, self.running, self.stopped = {}, list(range(self.slots))[::-1], {}, set()
        self.queue, self.cores, self.blind, self.ended, self.path = collections.deque(), 0, False, False, None
        self.touched = time.monotonic()
        threading.Thread(target=self.outlive, daemon=True).start()

    def teardown(self, worker):
        with self.lock:
            self.ended = True
            self.lock.notify_all()
        for agent in list(self.agents.values()):
            agent.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def outlive(self):
        """Ends it all when the driver is gone without a word."""
        with self.lock:
            while not self.ended and time.monotonic() < self.touched + LEASE_SECONDS:
                self.lock.wait(LEASE_SECONDS / 4)
        if not self.ended:
            self.teardown(self.worker)

    def say(self, text):
        self.worker.log_event(self.name, {"worker": self.worker.address, "text": text})

    def executable(self):
        """The path of the program, which is stored and verified once."""
        with self.lock:
            if not self.path:
                self.path = self.store() if self.program else shutil.which(self.found)
        if not self.path:
            raise Failed("connect", f"there is no {self.found} on this worker", "name it by the option program=PATH")
        return self.path

    def store(self):
        content, digest = self.program
        path = os.path.join(self.folder, "tgrun")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700), "wb") as file:
            file.write(content)
        with open(path, "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != digest:
                raise Failed("engine", "the program did not come as it was sent", "")
        return path

    def agent(self, slot):
        if slot not in self.agents:
            agent = Agent(slot, self.executable(), self.say)
            try:
                self.blind = agent.open(self.opening, self.blob)
            except Failed:
                agent.end()
                raise
            self.agents[slot] = agent
        return self.agents[slot]

    def look(self):
        """What the driver is to know of this worker. It starts the first agent, which shows whether any can be."""
        with self.lock:
            slot = self.free.pop() if self.free else None
        try:
            if slot is not None:
                self.agent(slot)
            return {"blind": self.blind}
        except Failed as failed:
            return {"blind": True, "error": failed.args}
        finally:
            self.leave(slot, 0)

    def enter(self, cores):
        """A slot, once there are so many cores; those that came first go first."""
        me = object()
        with self.lock:
            self.queue.append(me)
            while self.queue[0] is not me or not self.free or (self.cores and self.cores + cores > self.slots):
                self.lock.wait()
            self.queue.popleft()
            self.cores += cores
            self.lock.notify_all()
            return self.free.pop()

    def leave(self, slot, cores):
        with self.lock:
            if slot is not None:
                self.free.append(slot)
            self.cores -= cores
            self.lock.notify_all()

    def run(self, head, pieces):
        """The answer and the outs of a batch."""
        cores = min(max(1, head.get("cores", 1)), self.slots)
        slot = self.enter(cores)
        try:
            with self.lock:
                if head["id"] in self.stopped:
                    return {"t": "fail", "id": head["id"], "kind": "cancelled", "message": ""}, []
                agent = self.agent(slot)
                self.running[head["id"]] = agent
            answer, outs = agent.run(head, pieces)
            if answer.get("kind") == "lost":
                self.agents.pop(slot, None)
            return dict(answer, worker=self.worker.address, slot=slot), outs
        except Failed as failed:
            return {"t": "fail", "id": head["id"], "kind": "engine", "message": failed.args[1], "worker": self.worker.address}, []
        finally:
            self.running.pop(head["id"], None)
            self.leave(slot, cores)

    def cancel(self, heads):
        """The numbers of those that run here: they will answer."""
        with self.lock:
            self.stopped.update(head["id"] for head in heads)
            mine = [(self.running[head["id"]], head) for head in heads if head["id"] in self.running]
        for agent, head in mine:
            with contextlib.suppress(OSError, ValueError):
                agent.write(head)
        return [head["id"] for _, head in mine]

    def touch(self):
        self.touched = time.monotonic()


def run_batch(plugin, text, blob, *values):
    """The Dask task of a batch: the report, or a list of it and the values that are kept."""
    import distributed

    head, rest, values = json.loads(text), memoryview(blob), iter(values)
    pieces, keep, once = [rest[: head["n"]]], head["keep"], head.pop("once", False)
    rest = rest[head["n"] :]
    for i, length in enumerate(head["in"]):
        if isinstance(length, int):
            pieces.append(rest[:length])
            rest = rest[length:]
        else:
            pieces.append(next(values))
            head["in"][i] = len(pieces[-1])
    begun = distributed.Event(f"{plugin}/{head['id']}") if once else None
    if begun and begun.is_set():
        answer, outs = {"t": "fail", "id": head["id"], "kind": "lost", "message": "the worker was lost while it ran"}, []
    else:
        begun and begun.set()
        answer, outs = distributed.get_worker().plugins[plugin].run(dict(head, keep=[]), pieces)
    for i, out in enumerate(answer.get("outs", [])):
        out["kept"] = i in keep
    note = json.dumps(answer).encode()
    sent = [piece for i, piece in enumerate(outs) if answer["t"] == "done" and i not in keep]
    report = struct.pack("<I", len(note)) + note + b"".join(sent)
    kept = [outs[i] for i in keep] if answer["t"] == "done" else []
    return [report, *kept] if keep else report


async def call(plugin, verb, *what, dask_worker=None):
    """Calls the plugin, outside of tasks, in a thread that may wait."""
    resident = dask_worker.plugins[plugin]
    return await asyncio.get_running_loop().run_in_executor(None, getattr(resident, verb), *what)


def nothing():
    """A task that measures the round trip."""
