# SPDX-License-Identifier: MIT
"""The shapes as Dask graphs, run by Dask's own schedulers for one machine.

    dask_graph.py THREADS TASKS SHAPE       THREADS 1: the single-threaded scheduler
    dask_graph.py -p PROCESSES TASKS SHAPE  the scheduler of processes, which joins no tasks to one here
    dask_graph.py -c                        only says which version there is

Shape `large`: 100 MB of bytes, which TASKS tasks read.
"""
import sys
import time

import dask
import dask.local
import dask.multiprocessing
import dask.threaded

MASK = 2**64 - 1


def body(*inputs):
    return (1 + sum(inputs)) & MASK


def body_of_list(inputs):
    return body(*inputs)


class Builder:
    """The graph: a dict from number to (function, number...)."""

    def __init__(self):
        self.graph = {}

    def add(self, *inputs):
        number = len(self.graph)
        self.graph[number] = (body,) + tuple(inputs)
        return number

    def sink(self, inputs):
        number = len(self.graph)
        self.graph[number] = (body_of_list, list(inputs))
        return number


def chain(b, n):
    x = b.add()
    for _ in range(1, n):
        x = b.add(x)


def wide(b, n):
    b.sink([b.add() for _ in range(n)])


def tree(b, n):
    width = 1
    while width * 8 <= n + 1:
        width *= 2
    zs = []
    for _ in range(width):
        x = b.add()
        y = b.add(x)
        zs.append(b.add(x, y))
    while len(zs) > 1:
        zs = [b.add(zs[i], zs[i + 1]) for i in range(0, len(zs), 2)]


def wavefront(b, n):
    side = int(n**0.5)
    above = []
    for y in range(side):
        row = []
        for x in range(side):
            inputs = ([row[x - 1]] if x else []) + ([above[x]] if y else [])
            row.append(b.add(*inputs))
        above = row


def stencil_1d(b, n):
    width = min(1000, int(n**0.5))
    row = [b.add() for _ in range(width)]
    for _ in range(1, n // width):
        row = [b.add(row[max(i - 1, 0)], row[i], row[min(i + 1, width - 1)]) for i in range(width)]
    b.sink(row)


def fft(b, n):
    bits = 1
    while 2 ** (bits + 1) * (bits + 2) <= n:
        bits += 1
    row = [b.add() for _ in range(2**bits)]
    for k in range(bits):
        row = [b.add(row[i], row[i ^ 2**k]) for i in range(2**bits)]
    b.sink(row)


def random(b, n):
    seed = 1
    b.add()
    for i in range(1, n):
        inputs = []
        for _ in range(3):
            seed = (seed * 1103515245 + 12345) % 2**31
            inputs.append(seed * i // 2**31)
        b.add(*inputs)
    b.sink(range(n))


def make_bytes():
    return bytes(b"\x07") * 100_000_000


def read_pages(made):
    return 1 + sum(made[::4096])


def large(b, n):
    b.graph[0] = (make_bytes,)
    for number in range(1, n + 1):
        b.graph[number] = (read_pages, 0)
    b.sink(range(1, n + 1))


SHAPES = {f.__name__: f for f in (chain, wide, tree, wavefront, stencil_1d, fft, random, large)}


def run(graph, last, workers, processes):
    if processes:
        return dask.multiprocessing.get(graph, last, num_workers=workers, optimize_graph=False)
    if workers == 1:
        return dask.local.get_sync(graph, last)
    return dask.threaded.get(graph, last, num_workers=workers)


def main():
    if sys.argv[1:] == ["-c"]:
        print(dask.__version__)
        return
    processes = sys.argv[1] == "-p"
    words = sys.argv[1 + processes :]
    workers, n, shape = int(words[0]), int(words[1]), words[2]
    b = Builder()
    begin = time.perf_counter_ns()
    SHAPES[shape](b, n)
    built = time.perf_counter_ns()
    last = len(b.graph) - 1
    result = run(b.graph, last, workers, processes)
    end = time.perf_counter_ns()
    result = result - 2**64 if result >= 2**63 else result
    print(f"tasks {last + 1}\nbuild_ns {built - begin}\nrun_ns {end - built}\nresult {result}")


if __name__ == "__main__":
    main()
