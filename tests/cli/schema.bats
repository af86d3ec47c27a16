#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/tgrun.schema.json against the YAML workflows there are, with the validator of the Python package jsonschema.
load helper

setup() {
    tg_setup
    local candidate
    for candidate in python3 /usr/bin/python3; do
        if "$candidate" -c 'import jsonschema, yaml' 2>/dev/null; then python=$candidate; break; fi
    done
    [ -n "${python-}" ] || skip "needs python3 with jsonschema and yaml"
    cat >validate.py <<'PY'
import json, sys, jsonschema, yaml

schema = json.load(open(sys.argv[1]))
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
bad = 0
for name in sys.argv[2:]:
    for error in validator(schema).iter_errors(yaml.safe_load(open(name))):
        print(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
        bad = 1
sys.exit(bad)
PY
}

valid() { "$python" validate.py "$top/docs/tgrun.schema.json" "$@"; }

@test "every YAML example is valid" {
    valid "$top"/examples/*.yaml
}

@test "every .tg example, converted to YAML, is valid and means the same" {
    local f
    for f in "$top"/examples/*.tg; do
        "$TGRUN" convert "$f" --to=yaml -o "$(basename "$f" .tg).yaml"
    done
    valid ./*.yaml
    for f in loop tree-sum sum-of-list functions reduce-fold values params try; do
        "$TGRUN" "$f.yaml" >out
        diff "$top/examples/$f.out" out
    done
}

@test "every YAML workflow in README and docs is valid" {
    local f
    for f in "$top"/README.md "$top"/docs/*.md; do
        awk -v stem="$(basename "$f" .md)" '
            /^```yaml/ { name = stem "-" ++n ".yaml"; next }
            /^```/ { name = ""; next }
            name { print > name }' "$f"
    done
    [ -e README-1.yaml ]
    valid ./*.yaml
}

@test "what the reader refuses, the schema refuses" {
    echo 'tasks: {x: {cal: inc}}' >key.yaml
    echo 'task: {}' >section.yaml
    echo 'tasks: [1]' >kind.yaml
    echo 'params: {n: {default: 1}}' >missing.yaml
    echo 'tasks: {x: {call: f, sh: g}}' >both.yaml
    echo 'steps: [{call: f}]' >steps.yaml
    echo 'functions: {f: {do: [{return: 1}]}}' >list.yaml
    local f
    for f in key section kind missing both steps list; do
        tg check "$f.yaml"
        ended 2
        run valid "$f.yaml"
        [ "$status" = 1 ] || tg_show "$f.yaml is valid"
    done
}

# The program tells what options there are. Each value stands in a line of its own, for each option; both must refuse the same lines.
@test "of each task option, the schema takes the values that the reader takes" {
    run_tg 'use math; x = inc(1) with no_such_option_at_all = 1'
    ended 2
    sed -n 's/^hint: options are \(.*\)\.$/\1/p' <<<"$stderr" | tr -d ' ' | tr ',' '\n' >options
    [ "$(wc -l <options)" -ge 20 ]
    cat >values <<'VALUES'
0
1
-1
0.5
300
1000001
true
text
""
null
[]
[a, "1"]
["", a]
[timeout, 75]
[exit, 0]
[a, 1]
{}
{A: 1}
{a-b: 2, c: 0}
{A: -1}
{A: x, B: null}
{cores: 1}
VALUES
    cat >agree.py <<'PY'
import json, re, subprocess, sys, jsonschema, yaml

schema = json.load(open(sys.argv[2]))
values = open("values").read().splitlines()
units = {"timeout": ["1.5h", "300ms"], "backoff": ["2s"], "max_backoff": ["1d"], "memory": ["4GiB", "1e3KB"],
         "scheduler": ["home", "distributed"]}
bad = 0


def refused_of(option, values):
    lines = ["commands: {t: {params: {p: str}, result: {file: '${p}'}, run: [touch, '${out}']}}", "tasks:"]
    lines += [f"  x{i}: {{call: t, args: [f{i}], with: {{{option}: {value}}}}}" for i, value in enumerate(values)]
    open("w.yaml", "w").write("\n".join(lines) + "\n")
    told = subprocess.run([sys.argv[1], "check", "w.yaml"], capture_output=True, text=True).stderr
    return {values[int(line) - 3] for line in re.findall(r"^w\.yaml:(\d+):\d+: error", told, re.M)}


options = open("options").read().split()
assert sorted(schema["definitions"]["options"]["properties"]) == sorted(options)
for option in options:
    one = jsonschema.Draft7Validator({"$ref": "#/definitions/options", "definitions": schema["definitions"]})
    mine = values + units.get(option, [])
    refused = refused_of(option, mine[:12]) | refused_of(option, mine[12:])  # not more at once than are told of
    for value in mine + ["${x}"]:
        valid = one.is_valid({option: yaml.safe_load(value)})
        if valid == (value in refused):
            print(f"{option}: {value}: the schema {'takes' if valid else 'refuses'} it")
            bad = 1
sys.exit(bad)
PY
    "$python" agree.py "$TGRUN" "$top/docs/tgrun.schema.json"
}
