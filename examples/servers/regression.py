# SPDX-License-Identifier: MIT
# A server with NumPy.
import json
import sys

import numpy


def fit(xs, ys):
    slope, offset = numpy.polyfit(numpy.array(xs), numpy.array(ys), 1)
    return {"slope": float(slope), "offset": float(offset)}


def predict(model, xs):
    return (model["slope"] * numpy.array(xs) + model["offset"]).tolist()


for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"result": globals()[question["task"]](**question["args"])}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"id": question["id"], **answer}), flush=True)
