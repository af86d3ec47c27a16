#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Pictures of runs: `tgrun graph --run` and `--from=EVENTS`.
load helper

setup() {
    tg_setup
    cat >w.tg <<'TG'
use math

task part(n: int) -> int { sh "test ${n} != 3; echo ${n}" }
parts = [part(i) for i in 1..4]
output safe = try(div(1, 0), 7)
output kind = (part(3) with allow_failure = true, label = "<mild> & \"odd\"")
output total = add(add(parts[0], parts[1]), parts[2])
TG
}

# Text without its times.
plain() { sed -E 's/[0-9.]+ (ns|µs|ms|s)\b/T/g' <<<"$output"; }

@test "a run and its events make the same picture, with a state and a time of each task" {
    for how in threads single-threaded; do
        tg graph w.tg --run -k -q --scheduler=$how
        ended 1
        lacks =
        [ "$(plain)" = 'safe
└─ try(…, 7)  T
   └─ div(1, 0)  caught, T
kind
└─ <mild> & "odd"(3)  caught, T
total
└─ add  skipped
   ├─ add  T
   │  ├─ part(1)  T
   │  └─ part(2)  T
   └─ part(3)  failed, T' ] || tg_show "another picture"
        drawn=$(plain)
        tg w.tg -k -q --scheduler=$how --events=e.jsonl
        tg graph w.tg --from=e.jsonl
        ended 0
        [ -z "$stderr" ]
        [ "$(plain)" = "$drawn" ] || tg_show "another picture than by --run"
    done
    run --separate-stderr "$TGRUN" graph w.tg --from=- <e.jsonl
    ended 0
    [ "$(plain)" = "$drawn" ]
    LC_ALL=C tg graph w.tg total --from=e.jsonl
    has '`- part(3)  failed, '
}

@test "colours, lines and legends in dot and mermaid; tooltips with the source; SVG that is XML" {
    tg w.tg -k -q --events=e.jsonl
    tg graph w.tg --from=e.jsonl --format=dot
    ended 0
    has 'label="part(3)\nfailed, '
    has 'fillcolor="#f4a27a", color="#b83c00", fontcolor="#1e293b", penwidth=2.6, fontname="monospace", style="filled"'
    has 'label="add\nskipped", fillcolor="#e2e2e2", color="#6b6b6b", fontcolor="#1e293b", style="rounded,filled,dashed"'
    has 'tooltip="task.part(3)\nw.tg:4\nparts = [part(i) for i in 1..4]\nfailed, '
    has '\ncommand failed with exit status 1"'
    has 'label="<mild> &amp; \"odd\"(3)\ncaught, '
    has '<td bgcolor="#f4a27a" color="#b83c00"><font color="#1e293b">failed</font></td>'
    has '>up to '
    tg graph w.tg --from=e.jsonl --format=mermaid
    has 'part(3)<br/>failed, '
    has '"]:::failed'
    has 'classDef skipped fill:#e2e2e2,stroke:#6b6b6b,color:#1e293b,stroke-dasharray:5 3'
    has 'state5["failed"]:::failed'
    type -P dot >/dev/null || skip "no Graphviz"
    tg graph w.tg --from=e.jsonl -o g.svg
    ended 0
    grep -qF 'xlink:title="task.part(3)&#10;w.tg:4&#10;parts = [part(i) for i in 1..4]&#10;failed, ' g.svg
    grep -qF '&lt;mild&gt; &amp; &quot;odd&quot;' g.svg
    python3 -c 'import sys, xml.etree.ElementTree as e; e.parse("g.svg")'
}

@test "json: states, times in nanoseconds, messages; of a node counts and the time of all" {
    tg graph w.tg --run -k -q --format=json
    ended 1
    [ "$(grep -cE '"state": "done", "time": [1-9][0-9]*, "place"' <<<"$output")" = 4 ]
    [[ $output =~ '"state": "failed", "time": '[0-9]+', "message": "command failed with exit status 1", "place"' ]]
    has '"state": "skipped", "place"'
    tg graph w.tg --run -k -q --format=json --collapse=always
    [[ $output =~ '"name": "part", "plugin": null, "kind": "task", "count": 3, "effect": true, "states": {"done": 2, "failed": 1}, "time": '[1-9] ]]
}

@test "nodes of many tasks: stripes for states, times of all and of each; said unless asked for" {
    cat >w.tg <<'TG'
use math
xs = [div(8, i % 40) for i in 0..120]
output total = reduce(add, xs)
TG
    tg graph w.tg --run -k
    ended 1
    err_has 'tgrun: 239 tasks are drawn as 3 nodes; --expand draws each of them'
    [[ $output =~ 'div ×120  117 done, 3 failed, '[0-9.]+' '.?s', '[0-9.]+' '.?s' each' ]]
    tg graph w.tg --run -k -q --format=dot
    err_lacks 'are drawn as'
    has 'label="div  ×120\n117 done, 3 failed\n'
    [[ $output =~ 'fillcolor="#'[0-9a-f]{6}';0.961:#f4a27a;0.039", color="#b83c00"'.*'style="striped"' ]]
    tg graph w.tg --expand
    [ -z "$stderr" ]
    tg graph w.tg --collapse=always
    [ -z "$stderr" ]
}

@test "a run that was killed: what was running then, and what never ran" {
    cat >w.tg <<'TG'
task nap(n: int) -> int { sh "test ${n} = 1 || { touch napping; sleep 600; }; echo ${n}" }
output x = nap(nap(1) + 1) * 2
TG
    start w.tg -q --scheduler=single-threaded --events=e.jsonl
    wait_for test -e napping
    wait_for grep -q '"started".*"id":2' e.jsonl
    kill -KILL "$pid"
    finish
    echo '{"event":"st' | head -c 12 >>e.jsonl
    tg graph w.tg --from=e.jsonl
    ended 0
    err_has "warning: 'e.jsonl' ends in the middle of a line"
    [[ $output =~ '*(…, 2)  never ran' ]]
    [[ $output =~ 'nap  running' ]]
    [[ $output =~ 'nap(1)  '[0-9.]+' '[mµ]?s ]]
}

@test "what a graph became: by its events as by its run, but for arguments; also of one that was killed" {
    cat >w.tg <<'TG'
use math
task note(x: int) -> int { sh "test ${x} != 2; echo ${x}" }
n = inc(2)
output squares = [note(i) for i in 0..n]
output big = if n > 5 { add(n, 1) } else { neg(n) }
output last = inc(0)
while last < 3 { last = inc(last) }
TG
    for how in threads single-threaded; do
        tg graph w.tg --run -k -q --format=dot --scheduler=$how
        drawn=$(plain | sed -E 's/\(…, .\)|\([0-2]\)//g' | grep -oE 'label=".*fillcolor=' | sort)
        tg w.tg -k -q --events=e.jsonl --scheduler=$how
        tg graph w.tg --from=e.jsonl --format=dot
        ended 0
        [ "$(plain | sed -E 's/\(…, .\)|\([0-2]\)//g' | grep -oE 'label=".*fillcolor=' | sort)" = "$drawn" ] || tg_show "not $drawn"
    done
    tg graph w.tg --from=e.jsonl
    [[ $output =~ '├─ note  failed, ' ]]
    has 'added by comprehension … line 4'
    grep -vE '"(inputs|done|failed)","time":[0-9]*,"id":([5-9]|1.)|"event":"end"' e.jsonl >k.jsonl # as if it had been killed
    tg graph w.tg --from=k.jsonl
    ended 0
    has 'note  running, '
    sed 's/"needs":\[[0-9]*/&,1,2,3,4,5,6/' e.jsonl >c.jsonl
    tg graph w.tg --from=c.jsonl
    ended 2
    err_has "tasks of this run wait for each other"
    sed 's/"parent":[0-9]*/"parent":99999999999/' e.jsonl >c.jsonl
    tg graph w.tg --from=c.jsonl
    ended 2
    err_has "no run has such numbers"
}

@test "events of another graph, and what are none, are errors; a comment changes nothing" {
    tg w.tg -k -q --events=e.jsonl
    sed -i '1i # A comment.' w.tg
    tg graph w.tg --from=e.jsonl
    ended 0
    for change in s/add/sub/ 's/1\.\.4/1..5/' 's/parts.0., parts.1./parts[1], parts[0]/'; do
        sed "$change" w.tg >v.tg
        tg graph v.tg --from=e.jsonl -o g.dot
        ended 2
        err_has "the events in 'e.jsonl' are those of another graph"
        err_has "They are of a run of 8 tasks of 'w.tg'"
        [ ! -e g.dot ]
    done
    sed -i '1s/,"graph":"[^"]*"//' e.jsonl
    tg graph w.tg --from=e.jsonl
    ended 2
    : >empty.jsonl
    for file in empty.jsonl w.tg nowhere.jsonl; do
        tg graph w.tg --from=$file
        ended 2
        err_has "$file'"
    done
    tg graph w.tg --from=empty.jsonl -o empty.jsonl --format=dot
    ended 2
    err_has "'empty.jsonl' has the events, and would be written over"
    tg graph w.tg --run --from=e.jsonl
    ended 2
    err_has "--run makes a run, and --from draws one that has been"
}

@test "blocks of tasks, and numbers that no run has" {
    cat >w.tg <<'TG'
use math
output xs = [inc(i) for i in 0..3]
TG
    tg w.tg -q --events=e.jsonl
    head -n 1 e.jsonl >b.jsonl
    echo '{"event":"block","time":9000,"id":0,"site":1,"worker":0,"count":3,"began":0}' >>b.jsonl
    tg graph w.tg --from=b.jsonl
    ended 0
    has 'inc(2)  3.0 µs'
    sed -i '$s/"count":3/"count":3000000000000/' b.jsonl
    tg graph w.tg --from=b.jsonl
    ended 0
    has 'inc(2)  '
}

@test "a secret is not in a tooltip" {
    cat >w.tg <<'TG'
use text
param key: secret
task use(k: str) -> str { sh "echo ${k} >&2; exit 1" }
output x = use("${key}") # opensesame
TG
    for format in dot json text mermaid; do
        tg graph w.tg --run -q -D key=opensesame --format=$format
        lacks opensesame
    done
}
