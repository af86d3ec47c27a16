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
