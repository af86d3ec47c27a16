# SPDX-License-Identifier: MIT
# A server in Python: the functions, then the loop that any server needs.
import json
import sys


def mean(xs):
    return sum(xs) / len(xs)


def parts(xs, count):
    size = -(-len(xs) // count)
    return [xs[i : i + size] for i in range(0, len(xs), size)]


for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"result": globals()[question["task"]](**question["args"])}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"id": question["id"], **answer}), flush=True)
