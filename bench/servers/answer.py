# SPDX-License-Identifier: MIT
"""A server that gives back its argument x; with an argument of its own, it prints that."""
import json
import sys

if len(sys.argv) > 1:
    print(sys.argv[1])
    sys.exit()
for line in sys.stdin:
    print(json.dumps({"result": json.loads(line)["args"]["x"]}), flush=True)
