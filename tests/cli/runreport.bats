#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Reports of runs: --report of a run, and `tgrun report` of its events.
load helper

setup() {
    tg_setup
    cat >w.tg <<'TG'
use math

task broken(n: int) -> int with retries = 1, backoff = 1ms { sh "echo nothing is here >&2; exit 3" }
squares = [mul(i, i) for i in range(5)]
output total = sum(squares)
output lost = broken(4)
finally { print("over </script>") }
TG
    "$TGRUN" report /dev/null 2>&1 | grep -q 'without the page' && skip 'built without the page'
    return 0
}

# The data of a page, as one line of JSON; then the lines of a program over it, as d.
data() {
    local page=$1
    shift
    python3 -c "
import json, re, sys
page = open(sys.argv[1]).read()
found = re.findall(r'<script type=\"application/json\" id=\"run\">(.*?)</script>', page, re.S)
assert len(found) == 1, len(found)
d = json.loads(found[0])
exec(sys.argv[2])" "$page" "$*"
}

@test "a report of a run has what its events have" {
    tg w.tg --report=r.html --events=e.jsonl --trace=t.json -k
    ended 1
    "$TGRUN" report e.jsonl -o of-events.html
    for page in r.html of-events.html; do
        data $page "
s = d['status']
assert s['ended'] and not s['live'] and s['exit'] == 1, s
assert s['counts'] == {'total': 8, 'done': 7, 'failed': 1, 'caught': 0, 'skipped': 0, 'running': 0, 'retried': 1}, s['counts']
names = {n['name']: n for n in s['names']}
assert names['mul']['done'] == 5 and names['mul']['plugin'] == 'math' and names['broken']['kind'] == 'command', names
assert names['mul']['max'] >= names['mul']['p99'] >= names['mul']['p50'] > 0
assert 'over </script>' in [t['text'] for t in s['texts']], s['texts']
assert sorted(set(d['timeline']['slices']['fate'])) == [1, 2, 5]
assert d['timeline']['left_out'] == 0 and len(d['timeline']['slices']['id']) == d['tasks']['total'] + 1
assert d['graph']['level'] == 'tasks' and len(d['graph']['nodes']) == d['tasks']['total']
assert sum(d['series']['done']) == d['tasks']['total']
assert 0 < d['path']['length'] <= s['elapsed']
"
    done
    done=$(grep -c '"event":"done"' e.jsonl)
    data of-events.html "
assert sum(1 for t in d['tasks']['rows'] if t['state'] == 'done') == $done
ids = {(t['part'], t['id']) for t in d['tasks']['rows']}
assert all((t['part'], n) in ids for t in d['tasks']['rows'] for n in t.get('needs', []))
"
    grep -q '"ph":"X"' t.json
}

@test "a failure has its attempts, its log and its place" {
    tg w.tg --report=r.html
    ended 1
    data r.html "
(f,) = d['status']['failures']
assert f['attempts'] == 2 and f['place'].startswith('w.tg:6:') and f['message'] == 'command failed with exit status 3', f
assert f['log'].endswith('-attempt-2.log') and 'nothing is here' in f['log_text'], f
assert not f['caught']
assert d['tasks']['rows'][0]['state'] == 'failed'
"
}

@test "no other file of the reader gets into a report" {
    echo private >x.log
    mkdir -p .tgrun/logs
    ln -s ../../x.log .tgrun/logs/link.log
    tg w.tg --events=e.jsonl
    for log in x.log .tgrun/logs/../../x.log .tgrun/logs/link.log "$PWD/x.log" .tgrun/logs; do
        sed "s|\"log\":\"[^\"]*\"|\"log\":\"$log\"|" e.jsonl | "$TGRUN" report - >r.html
        data r.html "assert 'log_text' not in d['status']['failures'][0]"
    done
    ! grep private r.html
}

@test "a failure that is caught, and one that is allowed, is no failure" {
    run_tg 'use math
output x = try(div(1, 0), 2)' --report=r.html
    ended 0
    data r.html "
assert d['status']['counts']['caught'] == 1 and d['status']['counts']['failed'] == 0
assert d['status']['failures'][0]['caught'] and d['status']['exit'] == 0
assert 3 in d['timeline']['slices']['fate']
"
}

@test "a graph that grows has its edges, and who has added what" {
    cp "$top/examples/collatz.tg" .
    tg collatz.tg --report=r.html --events=e.jsonl
    ended 0
    "$TGRUN" report - <e.jsonl >of-events.html
    for page in r.html of-events.html; do
        data $page "
assert d['status']['grows'] and d['status']['counts']['running'] == 0
assert {e['link'] for e in d['graph']['edges']} == {'value', 'added'}
assert sum(n['total'] for n in d['graph']['nodes']) >= d['tasks']['total']
"
    done
    [ "$(data r.html 'print(d["path"]["length"])')" = "$(tail -n 1 e.jsonl | grep -o '"path":[0-9]*' | cut -d : -f 2)" ]
}

@test "events of a run that was killed show what was running" {
    tg w.tg --events=e.jsonl
    grep -v '"event":"\(failed\|end\|retried\)"' e.jsonl | sed '/"part":1/,$d' >running.jsonl
    printf '{"event":"done","ti' >>running.jsonl
    tg report running.jsonl -o r.html
    ended 0
    err_has "ends in the middle of a line"
    data r.html "
s = d['status']
assert not s['ended'] and s['counts']['running'] == 1 and s['running'][0]['label'] == 'broken(4)', s
assert 0 in d['timeline']['slices']['fate']
"
}

@test "YAML, secrets, and executors" {
    printf 'param token: secret\ntask f(a: str) -> str { sh "echo ${a} >&2; exit 1" }\noutput x = f("at ${token}")\n' >s.tg
    tg s.tg -D token=hunter2secret --report=r.html
    ended 1
    ! grep hunter2 r.html
    data r.html "assert '***' in d['status']['failures'][0]['log_text']"
    cp "$top/examples/tree-sum-yaml.yaml" .
    tg tree-sum-yaml.yaml --scheduler=processes --report=r.html
    ended 0
    data r.html "
assert True in [r['away'] for r in d['timeline']['rows']] and d['status']['scheduler'] == 'processes'
assert d['status']['names'][0]['done'] > 0
"
}

@test "a report is whole or not there, and writes over nothing" {
    tg w.tg --report=w.tg
    ended 2
    err_has "'w.tg' is a file of the workflow"
    tg w.tg --report=-
    ended 2
    err_has "needs a file"
    tg w.tg --report=fd:3
    ended 2
    err_has "/dev/fd/3"
    touch both
    tg w.tg --report=both --events=both
    ended 2
    err_has "cannot be the same file"
    tg w.tg --report=one --trace=one
    ended 2
    tg w.tg --report=no/such/r.html
    ended 3
    tg w.tg --report=.
    ended 3
    tg w.tg --report=/dev/full
    err_has "warning: there is no report: could not write '/dev/full': No space left on device"
    [ "$(ls | grep -c tgrun-)" = 0 ]
    tg w.tg --events=e.jsonl
    tg report e.jsonl -o e.jsonl
    ended 2
    err_has "has the events, and would be written over"
    for verb in report trace; do
        cp e.jsonl before
        run "$TGRUN" $verb -o e.jsonl - <e.jsonl
        [ "$status" = 2 ]
        cmp e.jsonl before
    done
    tg report missing.jsonl
    ended 2
    : >empty
    tg report empty
    ended 2
    err_has "'empty' has no events of a run"
    echo '{"a":1}' >other
    echo old >r.html
    tg report other -o r.html
    ended 2
    err_has "this is no event of a run"
    [ "$(cat r.html)" = old ]
}

@test "a run that is interrupted has a report" {
    printf 'task slow() -> str { sh "touch runs; sleep 1000" }\noutput x = slow()\n' >w.tg
    start w.tg --report=r.html
    wait_for test -e runs
    kill -INT $pid
    finish
    ended 130
    data r.html "
s = d['status']
assert s['ended'] and s['exit'] == 130, s
assert [t['state'] for t in d['tasks']['rows']] != ['done']
"
}

@test "what is counted is the same with a record and without one" {
    printf 'task one(n: int) -> int { sh "echo ${n}" }\nxs = [try(one(i), 0) for i in 0..5]\noutput x = sum(xs)\n' >w.tg
    for record in --no-record "--record=r" "--record=r --force"; do
        tg w.tg $record --report=r.html
        ended 0
        data r.html "assert (d['status']['counts']['done'], d['status']['counts']['total'], d['status']['grows']) == (5, 5, False), d['status']"
    done
}

# Sanitizers take more address space than that.
# bats test_tags=not-asan,not-tsan
@test "hostile numbers cost neither memory nor time" {
    cp "$top/tests/fuzz/corpus/story/hostile" .
    ulimit -v 2000000
    tg report hostile -o r.html
    [ -e r.html ] || [ "$status" = 2 ]
    for id in 0 1000000; do
        {
            echo '{"event":"run","version":1,"part":0,"workflow":"w.tg","tasks":3}'
            echo '{"event":"site","site":1,"name":"a","kind":"task"}'
            for ((i = 0; i < 50; i++)); do
                echo "{\"event\":\"run\",\"version\":1,\"part\":$i,\"tasks\":3}"
                echo "{\"event\":\"site\",\"site\":$id,\"name\":\"a$i\",\"kind\":\"task\"}"
                echo "{\"event\":\"block\",\"time\":10,\"id\":$id,\"site\":1,\"worker\":1,\"began\":1,\"count\":900000000}"
                echo "{\"event\":\"done\",\"time\":1000000000000000,\"id\":1000000,\"site\":1,\"worker\":1,\"began\":1}"
            done
        } >many.jsonl
        tg report many.jsonl -o r.html
        ended 0
        data r.html "assert sum(n['done'] for n in d['status']['names']) > 900000000"
    done
}
