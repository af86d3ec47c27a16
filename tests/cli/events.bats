#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --events: what happens in a run, one JSON object a line.
load helper

# A field of the lines of an event, in their order.
field() { sed -n "s/^{\"event\":\"$1\".*\"$2\":\"\{0,1\}\([^,\"}]*\).*/\1/p" events.jsonl; }

count() { grep -c "^{\"event\":\"$1\"" events.jsonl || true; }

# Every line is what the schema says, with the validator of the Python package jsonschema.
valid() {
    local candidate python=
    for candidate in python3 /usr/bin/python3; do
        if "$candidate" -c 'import jsonschema' 2>/dev/null; then python=$candidate; break; fi
    done
    [ -n "$python" ] || skip "needs python3 with jsonschema"
    "$python" - "$top/docs/events.schema.json" events.jsonl <<'PY'
import json, sys, jsonschema

validator = jsonschema.Draft7Validator(json.load(open(sys.argv[1])))
lines = [json.loads(line) for line in open(sys.argv[2])]
assert lines
for line in lines:
    for error in validator.iter_errors(line):
        sys.exit(f"{line}: {error.message[:200]}")
PY
}

setup() {
    tg_setup
    cat >w.tg <<'TG'
use math

squares = [mul(i, i) for i in range(5)]
output total = sum(squares)
TG
}

@test "every task has an end, with what it needed and where it was called" {
    for how in threads single-threaded; do
        tg w.tg --scheduler=$how --events=events.jsonl
        ended 0
        is 'total = 30'
        [ "$(field done id | sort -n | tr '\n' ' ')" = '0 1 2 3 4 5 6 ' ]
        grep -q '"id":5,.*"bytes":[1-9][0-9]*,"needs":\[0,1,2,3,4\]}$' events.jsonl
        grep -q '"name":"mul","plugin":"math","kind":"task","place":"w.tg:3:12"}$' events.jsonl
        [ "$(field end done)" = 7 ]
        [ "$(tail -n 1 events.jsonl | cut -c1-14)" = '{"event":"end"' ]
        [ "$(head -n 1 events.jsonl | cut -c1-14)" = '{"event":"run"' ]
        for number in workers busy path results cpu memory; do [ "$(field end $number)" -gt 0 ]; done
    done
}

@test "they are what the schema says, whatever happens" {
    cat >w.tg <<'TG'
use math

task flaky(n: int) -> str with retries = 1, backoff = 1ms { sh "echo ${n} >> tries; [ $(wc -l < tries) -gt 1 ]" }
task broken() -> str { sh "exit 3" }
fn tree(n) { if n < 2 { return inc(n) } else { return add(tree(n - 1), tree(n - 2)) } }
seed = inc(3)
output t = tree(seed)
output f = flaky(1)
output b = broken()
output after_it = len(b)
finally { print("over") }
TG
    tg w.tg -k --events=events.jsonl
    ended 1
    valid
    for event in run site started done failed skipped retried suspended added inputs text end; do
        [ "$(count $event)" -gt 0 ] || { echo "no '$event'"; false; }
    done
    [ "$(count run)" = 2 ]
    [ "$(field end status | tr '\n' ' ')" = '1 0 ' ]
}

@test "the end of a command says what its programs have used" {
    cat >w.tg <<'TG'
use math

task eats() -> nil { sh "dd if=/dev/zero of=/dev/null bs=200M count=1 2> dd.txt" }
task breaks() -> nil { sh "dd if=/dev/zero of=/dev/null bs=200M count=1 2> dd.txt; exit 1" }
eats()
output n = inc(try(breaks(), 0))
TG
    tg w.tg --scheduler=single-threaded --events=events.jsonl
    ended 0
    for event in done failed; do
        [ "$(field $event cpu | wc -l)" = 1 ] # no other task has it
        [ "$(field $event cpu)" -gt 1000000 ]
        [ "$(field $event memory)" -gt 200000000 ]
    done
    valid
}

@test "a secret is none of them" {
    cat >w.tg <<'TG'
param token: secret
task tell(t: str) -> str { sh "echo it is ${t} >&2; exit 1" }
output x = tell(token)
TG
    tg w.tg -D token=verysecret --events=events.jsonl
    ended 1
    ! grep verysecret events.jsonl
    grep -q '^{"event":"failed"' events.jsonl
}

@test "an open descriptor, a FIFO, and a file that cannot be had" {
    tg w.tg --events=fd:3 3>events.jsonl
    ended 0
    [ "$(count done)" = 7 ]
    mkfifo pipe
    cat pipe >events.jsonl &
    tg w.tg --events=pipe
    wait $!
    ended 0
    [ "$(count done)" = 7 ]
    tg w.tg --events=missing/e.jsonl
    ended 3
    err_has "cannot write to 'missing/e.jsonl': No such file or directory"
    tg w.tg --events=fd:77
    ended 3
    err_has "cannot write to 'fd:77': Bad file descriptor"
    tg w.tg --events=
    ended 2
}

@test "a full disk ends the events, not the run" {
    [ -w /dev/full ] || skip "there is no /dev/full here"
    tg w.tg --events=/dev/full
    ended 0
    is 'total = 30'
    err_has 'warning: the file of events ends early: '
    err_has 'No space left on device'
}

@test "nobody waits for a reader" {
    cat >w.tg <<'TG'
use math
output total = sum([mul(i, i) for i in range(5000)])
TG
    mkfifo pipe
    exec 4<>pipe
    tg w.tg --events=fd:4
    ended 0
    is 'total = 41654167500'
    err_has "events are missing in 'fd:4': nobody has read them in time"
    IFS= read -r first <&4
    [ "${first:0:14}" = '{"event":"run"' ]
    exec 4>&-
}

@test "a reader who goes away ends the events, not the run" {
    cat >w.tg <<'TG'
use math
output total = sum([mul(i, i) for i in range(5000)])
TG
    exec 4> >(true)
    wait $!
    tg w.tg --events=fd:4
    exec 4>&-
    ended 0
    is 'total = 41654167500'
    err_has 'warning: the file of events ends early: '
    err_has 'Broken pipe'
}

@test "what has been read is not written over" {
    echo 'import "parts.tg" as parts' >a.tg
    echo 'output b = parts.half(2)' >>a.tg
    echo 'fn half(x) = x / 2' >parts.tg
    ln -s parts.tg link
    cp a.tg before
    local option
    for option in --events=a.tg --trace=./a.tg --events=link; do
        tg a.tg $option
        ended 2
        err_has 'is a file of the workflow, and would be written over'
    done
    cmp a.tg before
    tg a.tg --events=both --trace=both
    ended 2
    err_has "the events and the trace cannot be the same file, 'both'"
    tg a.tg --events=kept
    cp kept before
    tg trace kept -o kept
    ended 2
    err_has "'kept' has the events, and would be written over"
    cmp kept before
}

@test "what cannot be written to is said before the run" {
    local option
    for option in --events=fd: --events=fd:1x --events=fd:99 --events=. --events=none/e --trace=none/t --trace=.; do
        tg w.tg $option
        ended 3
        is ''
        err_has "${option#*=}': "
    done
    for option in --events=- --trace=- --trace=fd:3; do
        tg w.tg $option
        ended 2
        is ''
        err_has "option '${option%%=*}' needs a file"
    done
}

@test "two runs do not write to one file" {
    mkfifo gate
    echo 'task hold() -> str { sh "cat gate" }' >wait.tg
    echo 'output a = hold()' >>wait.tg
    start wait.tg --events=events.jsonl
    wait_for test -s events.jsonl
    tg w.tg --events=events.jsonl
    ended 3
    err_has "cannot write to 'events.jsonl': another run does"
    echo >gate
    finish
    ended 0
    [ "$(count end)" = 1 ]
}

@test "a link to nothing, or to a file without a name, is written through" {
    tg w.tg --events=events.jsonl
    ln -s new link
    tg trace events.jsonl -o link
    ended 0
    [ -L link ] && [ -s new ]
    ln -s /proc/self/fd/1 out
    (rm gone && "$TGRUN" trace events.jsonl -o out && [ -s /proc/self/fd/1 ]) >gone
    [ -L out ]
}

@test "numbers that no run has, and fields of another type, are errors" {
    local run='{"event":"run","version":1,"part":0,"workflow":"w"' line
    local site='{"event":"site","site":1,"name":"f","kind":"task"}'
    for line in '"time":"x","id":1,"site":1' '"time":1.5,"id":1,"site":1' '"time":1,"id":6000000000000,"site":1' \
        '"time":1,"id":4294967295,"site":1'; do
        printf '%s\n' "$run,\"tasks\":1000000000}" "$site" "{\"event\":\"done\",$line,\"worker\":0}" >odd
        tg trace odd -o none
        ended 2
        err_has "'odd', line 3: "
    done
    printf '%s\n' "$run,\"tasks\":100000000000000000}" >odd
    tg trace odd -o none
    ended 2
    err_has "line 1: no run has so many tasks"
    [ ! -e none ]
}
