#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Traces: --trace of a run, and `tgrun trace` of its events.
load helper

setup() {
    tg_setup
    cat >w.tg <<'TG'
use math

task slow(n: int) -> int { sh "sleep 0.01; echo ${n}" }
squares = [mul(i, i) for i in range(5)]
output total = sum(squares) + slow(1) + slow(2)
TG
    # What makes a trace one that Perfetto takes: checked by a workflow, with the program's own parser.
    cat >check.tg <<'TG'
param trace: str
events = read_json(trace).traceEvents
rows = [e.tid for e in events if e.ph == "M" and e.name == "thread_name"]
slices = [e for e in events if e.ph == "X"]
for s in slices {
    if not (s.tid in rows) { fail("a slice without a row: ${s}") }
    if s.ts < 0 or s.dur < 0 { fail("a slice that never was: ${s}") }
    if len(s.name) == 0 or len(s.cat) == 0 { fail("a slice without a name: ${s}") }
}
tasks = [s for s in slices if not (s.name in ["idle", "steal", "spawn", "transfer"])]
for row in rows {
    at = 0.0
    for s in tasks {
        if s.tid == row {
            if s.ts + 0.0005 < at { fail("two slices at once: ${s} at ${at}") }
            at = s.ts + s.dur
        }
    }
}
for s in slices { # those beside tasks lie within another slice of their row, or beside it
    if s.name in ["idle", "steal", "spawn", "transfer"] {
        for other in slices {
            if other.tid == s.tid and ((s.ts + 0.0005 < other.ts and other.ts + 0.0005 < s.ts + s.dur and s.ts + s.dur + 0.0005 < other.ts + other.dur) or (other.ts + 0.0005 < s.ts and s.ts + 0.0005 < other.ts + other.dur and other.ts + other.dur + 0.0005 < s.ts + s.dur)) {
                fail("two slices that cross: ${s} and ${other}")
            }
        }
    }
}
begins = [e for e in events if e.ph == "s"]
ends = [e for e in events if e.ph == "f"]
output names = [s.name for s in tasks]
output arrows = len(begins)
output matched = [e.id for e in begins] == [e.id for e in ends]
TG
}

fits() { "$TGRUN" check.tg -q -D trace="$1"; }

@test "a slice for each task, in rows, and an arrow for each need" {
    for how in threads single-threaded; do
        tg w.tg --scheduler=$how --trace=t.json
        ended 0
        is 'total = 33'
        tg check.tg -D trace=t.json
        ended 0
        [[ $output == *"matched = true"* ]]
        [ "$(grep -o '"mul"' <<<"$output" | wc -l)" = 5 ]
        [ "$(grep -o '"slow"' <<<"$output" | wc -l)" = 2 ]
    done
}

@test "the events of a run make the same trace, from a file and from standard input" {
    tg w.tg --events=e.jsonl --trace=t.json
    ended 0
    "$TGRUN" trace e.jsonl -o of-file.json
    "$TGRUN" trace - <e.jsonl >of-input.json
    cmp of-file.json of-input.json
    sed 's/^{/{ /' e.jsonl >strange.jsonl # as others may write them
    "$TGRUN" trace strange.jsonl -o of-strange.json
    cmp of-file.json of-strange.json
    cmp of-file.json t.json
    fits t.json
    "$TGRUN" trace e.jsonl --arrows=none >none.json
    ! grep '"ph":"s"' none.json
    grep -q '"name":"memory of results"' of-file.json
    grep -q '"name":"memory of results: [^"]' of-file.json
}

@test "tasks of executors have rows of their own, with the times there" {
    printf 'use math\noutput total = sum([mul(i, i) for i in range(200)])\n' >away.tg
    tg away.tg --scheduler=processes --trace=t.json --events=e.jsonl
    ended 0
    fits t.json
    [ "$(grep -c '"tid":100000[12],.*"name":"mul"' t.json)" = 200 ]
    grep -q '"name":"executor 0"' t.json
    [ "$(grep -c '"event":"done".*"ended":' e.jsonl)" -ge 200 ]
    "$TGRUN" trace e.jsonl >again.json
    cmp t.json again.json
}

@test "what workers do between tasks: idle, spawn, transfer" {
    printf 'task nap(n: int) -> int { sh "sleep 0.05; echo ${n}" }\noutput x = [nap(n) for n in range(3)]\n' >naps.tg
    tg naps.tg -j 2 --trace=t.json --events=e.jsonl
    ended 0
    fits t.json
    [ "$(grep -c '"name":"spawn","cat":"spawn","cname":"rail_load"}' t.json)" = 3 ]
    grep -q '"name":"idle","cat":"idle","cname":"grey"}' t.json # one of two, while the third runs
    [ "$(grep -c '"event":"spawn","time":[0-9]*,"id":' e.jsonl)" = 3 ]
    "$TGRUN" trace e.jsonl | cmp - t.json
    tg w.tg --scheduler=processes --trace=t.json
    ended 0
    fits t.json
    grep -q '"name":"transfer","cat":"transfer","cname":"olive","args":{"bytes":' t.json
    grep -q '"name":"spawn"' t.json
}

@test "arguments are shortened, and show no secret" {
    cat >args.tg <<'TG'
use text
param token: secret
task f(a: str, n: int) -> int { sh "echo ${n}" }
output x = f("at ${token}", 3) + f(repeat("0 1 2 ", 200), 4)
TG
    tg args.tg -D token=hunter2secret --trace=t.json --events=e.jsonl
    ended 0
    fits t.json
    grep -qF '"arguments":"\"at ***\", 3"}}' t.json
    grep -qF '"arguments":"\"at ***\", 3"}' e.jsonl
    [[ $(grep -o '"arguments":"\\"0 1 2 .*' e.jsonl) =~ ^.{150,260}$ ]]
    ! grep hunter2 t.json e.jsonl
    "$TGRUN" trace e.jsonl | cmp - t.json
}

@test "a failure says why, a finally block is a process of its own" {
    cat >w.tg <<'TG'
task broken() -> str with retries = 1, backoff = 1ms { sh "echo no >&2; exit 3" }
output x = broken()
finally { print("over") }
TG
    tg w.tg --trace=t.json
    ended 1
    fits t.json
    grep -q '"became":"failed, to be tried again","message":"' t.json
    grep -q '"became":"failed","message":"' t.json
    grep -q '"args":{"name":"w.tg, finally"}' t.json
}

@test "events that end early make the trace of what is there" {
    tg w.tg --events=e.jsonl --scheduler=single-threaded
    grep -v '"event":"\(done\|end\)"' e.jsonl >running.jsonl
    "$TGRUN" trace running.jsonl >t.json
    fits t.json
    grep -q '"became":"was running when the events ended"' t.json
    size=$(wc -c <e.jsonl)
    for cut in 1 2 17; do
        head -c $((size - cut)) e.jsonl >cut.jsonl
        tg trace cut.jsonl
        ended 0
        err_has "warning: 'cut.jsonl' ends in the middle of a line"
    done
}

@test "what is no events of a run is refused with its line" {
    refused() { # LINES MESSAGE
        printf '%b' "$1" >bad.jsonl
        tg trace bad.jsonl -o never.json
        ended 2
        err_has "$2"
        [ ! -e never.json ]
    }
    local run='{"event":"run","version":1,"part":0,"tasks":1}\n' site='{"event":"site","site":0,"name":"f"}\n'
    refused '' "'bad.jsonl' has no events of a run"
    refused 'root:x\n' "'bad.jsonl', line 1: "
    refused '[]\n' "line 1: this is no event of a run"
    refused "$site" "line 1: events begin with one of the kind 'run'"
    refused '{"event":"run","version":2}\n' 'line 1: these events are of another version of tgrun'
    refused "$run"'{"event":"done","time":1}\n' 'line 2: a field is missing'
    refused "$run"'{"event":"done","time":-1,"id":0,"site":0}\n' 'line 2: a field is not what it should be'
    refused "$run$site"'{"event":"done","time":1,"id":4000000000,"site":0}\n' 'line 3: no run has such numbers'
    refused "$run$site"'{"event":"done","time":1,"id":0,"site":0,"worker":70000}\n' 'line 3: no run has such numbers'
    refused "$run$site"'{"event":"done","time":1,"id":0,"site":0,"worker":4294967295}\n' 'line 3: no run has such numbers'
    refused "$run$site"'{"event":"done","time":01,"id":0,"site":0,"worker":0}\n' 'line 3: '
    refused "$run$site"'{"event":"done","time":1,"id":99999999999999999999,"site":0,"worker":0}\n' 'line 3: '
    refused "$run"'{"event":"done","time":1,"id":0,"site":0,"needs":["x"]}\n' 'line 2: a field is not what it should be'
    printf "$run$site"'{"event":"new","x":{}}\n{"event":"block","id":0,"count":3,"site":0,"worker":0,"began":1,"time":9}\n' >ok.jsonl
    tg trace ok.jsonl -o t.json
    ended 0
    grep -q '"args":{"id":0,"count":3}' t.json
    tg trace missing.jsonl
    ended 2
    tg w.tg --trace=missing/t.json
    ended 3
    [ -z "$output" ]
}
