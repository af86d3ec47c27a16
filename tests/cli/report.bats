#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is printed: outputs, diagnostics, failures, colours, and what happens when it cannot be written.
load helper

@test "outputs in the order declared, nothing else" {
    run_tg 'output b = 1
output a = "text"
output c = [1, 2.5, "x", nil, {k: true}]'
    ended 0
    is 'b = 1
a = text
c = [1, 2.5, "x", nil, {k: true}]'
    [ -z "$stderr" ]
}

@test "named outputs only, in the order declared" {
    echo 'use math
output a = inc(1)
output b = div(1, 0)
output c = inc(2)' >w.tg
    tg w.tg c a
    ended 0
    is 'a = 2
c = 3'
    tg w.tg d
    ended 2
    err_has "unknown output 'd'"
    tg w.tg d=3
    ended 2
    err_has "unknown output 'd=3'"
    err_has "hint: a parameter is set with -D d=3"
}

@test "outputs as JSON" {
    run_tg 'output b = [1, "x\n"]
output a = {k: nil}' --format=json
    ended 0
    is '{"b": [1,"x\n"], "a": {"k":null}}'
}

@test "the form of a diagnostic" {
    run_tg 'use math
zs = []
zs += [ad(1, 2)]
output z = zs'
    ended 2
    is ""
    [ "$stderr" = "w.tg:3:8: error: unknown task 'ad'
  3 | zs += [ad(1, 2)]
    |        ^~
hint: did you mean 'add' (plugin math)?" ]
}

@test "many errors in one go, in the order of the file" {
    run_tg 'output a = aa
output b = bb
output c = cc'
    ended 2
    [ "$(grep -c error: <<<"$stderr")" -eq 3 ]
    [[ $stderr == *aa*bb*cc* ]]
}

@test "a screenful of errors, and how many more" {
    for i in {1..50}; do echo "output o$i = nothing_$i"; done >w.tg
    tg w.tg
    ended 2
    [ "$(grep -c error: <<<"$stderr")" -eq 20 ]
    err_has "and 30 more errors"
}

@test "check prints nothing when all is well" {
    echo 'output x = 1' >w.tg
    tg check w.tg
    ended 0
    is ""
    [ -z "$stderr" ]
    tg check -v w.tg
    ended 0
    [ "$stderr" = "w.tg: ok" ]
}

@test "check finds what only shows while the graph is built" {
    echo 'xs = [1, 2]
output x = xs[5]' >w.tg
    tg check w.tg
    ended 2
    err_has "w.tg:2:12: error:"
}

@test "check does without a required parameter" {
    echo 'param n: int
output x = n' >w.tg
    tg check w.tg
    ended 0
    tg w.tg
    ended 2
}

@test "check runs nothing" {
    echo 'task t() -> nil { sh "touch ran" }
output x = t()' >w.tg
    tg check w.tg
    ended 0
    [ ! -e ran ]
}

@test "check as JSON: one object a line on standard output" {
    echo 'output a = aa
output b = bb' >w.tg
    tg check --format=json w.tg
    ended 2
    [ -z "$stderr" ]
    [ "${#lines[@]}" -eq 2 ]
    [[ ${lines[0]} == '{"file":"w.tg","line":1,"column":12,"end_line":1,"end_column":14,"severity":"error","message":"'* ]]
    echo 'output a = 1' >w.tg
    tg check --format=json w.tg
    ended 0
    is ""
}

@test "a failed task: place, message, arguments, summary, status 1" {
    run_tg 'use math
output x = div(1, 0)'
    ended 1
    is ""
    err_has "w.tg:2:12: error: task 'div' failed: division by zero"
    err_has "  2 | output x = div(1, 0)
    |            ^~~~~~~~~"
    err_has "arguments: 1, 0"
    err_has "1 task failed, 0 skipped, 0 done"
}

@test "the text of a command is told without what ends its last line" {
    for what in "" ", wrap = [\"env\"]"; do
        printf '%s\n' "task t() -> file(\"x\") with retries = 0$what {" '    sh """
        echo last words >&2
        exit 3
    """ > out' '}' 'output x = t()' >w.tg
        tg w.tg
        ended 1
        err_has $'exit 3'
        ! grep -qx '[[:blank:]]*' <<<"$stderr" || tg_show "an empty line"
        log=$(sed -n 's/^log: //p' <<<"$stderr")
        ! grep -qx '[[:blank:]]*' "$log" || tg_show "an empty line in the log: $(cat "$log")"
        tg -nv w.tg
        ! grep -qx '[[:blank:]]*' <<<"$output" || tg_show "an empty line in the dry run"
    done
}

@test "with several failures the first is repeated last" {
    run_tg 'use math
output a = div(1, 0)
output b = div(2, 0)
output c = inc(1)' -k --scheduler=sync
    ended 1
    is "c = 2"
    err_has "2 tasks failed, 0 skipped, 1 done
a: not computed (needs 'div', which failed)
b: not computed (needs 'div', which failed)
first failure:
w.tg:2:12: error: task 'div' failed"
    [ "$(grep -c "error:" <<<"$stderr")" -eq 3 ]
}

@test "a failed run prints no outputs, unless told to keep going" {
    echo 'use math
output a = inc(1)
output b = inc(div(1, 0))' >w.tg
    tg w.tg
    ended 1
    is ""
    tg w.tg -k
    ended 1
    is "a = 2"
    tg w.tg -k --format=json
    ended 1
    is '{"a": 2}'
}

@test "a thousand failures are a screenful" {
    run_tg 'use math
output x = [div(i, 0) for i in 0..1000]' -k
    ended 1
    [ "$(grep -c "error:" <<<"$stderr")" -eq 21 ]
    err_has "and 980 more failed tasks"
}

@test "-q leaves warnings out, -v adds a summary" {
    echo 'param unused: int = 1
output x = 1' >w.tg
    tg w.tg -q
    ended 0
    [ -z "$stderr" ]
    tg w.tg -v -j3 --scheduler=sync
    ended 0
    err_has "0 tasks done in "
    err_has "scheduler single-threaded"
    is "x = 1"
}

@test "dry run: in order, with what is known, nothing runs" {
    run_tg 'use math
task t(x: int) -> nil { sh "touch ran" }
x = inc(1)
y = add(x, 2.5)
output z = t(y)
output n = 3' -n
    ended 0
    is '3 tasks would run
  1  inc(1)        w.tg:3
  2  add(#1, 2.5)  w.tg:4
  3  t(#2)         w.tg:5'
    [ ! -e ran ]
}

@test "dry run: expansion points, and what only they use" {
    run_tg 'use math
n = inc(2)
spare = pow(2, 10)
output xs = [mul(i, i) for i in 0..n]
output big = if n > 5 { spare } else { 1 }' -n
    ended 0
    is '5 tasks would run, and what 2 expansion points add
  1  inc(2)                                   w.tg:2
  2  list(0, #1)                              w.tg:4
  3  comprehension ... (adds tasks after #2)  w.tg:4
     may call: mul (w.tg:4)
  4  >(#1, 5)                                 w.tg:5
  5  if ... (adds tasks after #4)             w.tg:5  may use #6
1 more may run, if an expansion point uses it
  6  pow(2, 10)                               w.tg:3'
    tg w.tg -n --format=json
    ended 0
    has '"name": "if", "plugin": "core", "args": [{"task": '
    has '"expands": true'
}

@test "dry run: what an expansion point may use is named by its number, once" {
    run_tg 'use math
xs = []
ys = []
for i in 0..2 {
    if inc(i) > 1 {
        print(i)
        xs += [i]
        ys += [i]
    }
}
output xs
output n = len(ys)' -n
    ended 0
    is '7 tasks would run, and what 2 expansion points add
  1  inc(0)                        w.tg:5
  2  >(#1, 1)                      w.tg:5
  3  if ... (adds tasks after #2)  w.tg:5
     may call: print (w.tg:6)
  4  inc(1)                        w.tg:5
  5  >(#4, 1)                      w.tg:5
  6  if ... (adds tasks after #5)  w.tg:5  may use #3
     may call: print (w.tg:6)
  7  len(#6)                       w.tg:12'
}

@test "dry run: many expansion points, by call" {
    run_tg 'use math
xs = [if inc(i) > 5 { dec(i) } else { 0 } for i in 0..200]
ys = [inc(2 * i) for i in 0..200]
output z = if sum(xs) > 7 { sum(ys) } else { 0 }' -n
    ended 0
    has "200 x if                    w.tg:2  add tasks"
    has "1 x if                    w.tg:4  adds tasks"
    has "more may run, if an expansion point uses them"
    has "200 x inc                   w.tg:3"
    has "-v lists every task"
}

@test "dry run as JSON is the graph" {
    run_tg 'use math
output x = inc(1)' -n --format=json
    ended 0
    has '{"id": 0, "name": "inc", "plugin": "math", "args": [1], '
}

@test "a failure names the expansion points that led to it" {
    run_tg 'use math
n = inc(2)
for i in 0..n {
    j = inc(i)
    if j > 2 { print(div(i, j - 3)) }
}'
    ended 1
    err_has "w.tg:5:22: error: task 'div' failed: division by zero in 2 / 0
  5 |     if j > 2 { print(div(i, j - 3)) }
    |                      ^~~~~~~~~~~~~
arguments: 2, 0
w.tg:5:5: note: added by this 'if'
  5 |     if j > 2 { print(div(i, j - 3)) }
    |     ^~~~~~~~
w.tg:3:1: note: added by this 'for'
  3 | for i in 0..n {
    | ^~~~~~~~~~~~~"
}

@test "a failure in a loop names the round; of a deep recursion the innermost points" {
    run_tg 'use math
r = inc(0)
while r < 10 { r = div(12, 4 - r) }
output r'
    ended 1
    err_has "task 'div' failed: division by zero in 12 / 0"
    err_has "note: added in round 2 of this 'while'"
    run_tg 'use math
fn down(n) = if n > 0 { down(dec(n)) + 1 } else { div(1, n) }
output x = down(inc(9))'
    ended 1
    [ "$(grep -c "note: added by this 'if'" <<<"$stderr")" -eq 4 ]
    grep -qE '^and [0-9]+ further out$' <<<"$stderr"
}

@test "what goes wrong in a suspended block is told with its place, and no task is blamed" {
    run_tg 'use math
n = inc(2)
xs = [1, 2]
for i in 0..n {
    print("${xs[i]}")
}'
    ended 1
    err_has "w.tg:5:"
    err_has "note: in this 'for', which waited for a result"
    err_lacks "task 'for'"
    err_lacks "<fn>"
}

@test "interrupted while it grows: how far it came" {
    run_tg 'use math
task nap(x: int) -> nil { sh "touch napping; sleep 60" }
n = inc(1)
for i in 0..n { nap(i) }' -n
    start w.tg -j1
    wait_for test -e napping
    kill -INT "$pid"
    finish
    ended 130
    err_has ": 1 of 3 tasks were done"
}

@test "dry run of a large graph is by call; -v lists all" {
    echo 'use math
output total = sum([inc(i) for i in 0..1000])' >w.tg
    tg w.tg -n
    ended 0
    [ "${lines[0]}" = "1002 tasks would run" ] || [ "${lines[0]}" = "1001 tasks would run" ]
    has "1000 x inc "
    [ "${#lines[@]}" -lt 8 ]
    tg w.tg -nv
    [ "${#lines[@]}" -gt 1000 ]
}

@test "no colours where there is no terminal; --color and the variables" {
    echo 'output x = nothing' >w.tg
    tg w.tg
    err_lacks $'\x1b'
    tg w.tg --color=always
    err_has $'\x1b[1;31merror'
    CLICOLOR_FORCE=1 tg w.tg
    err_has $'\x1b['
    CLICOLOR_FORCE=0 tg w.tg
    err_lacks $'\x1b'
    CLICOLOR_FORCE=1 NO_COLOR=1 tg w.tg
    err_lacks $'\x1b'
    CLICOLOR_FORCE=1 tg w.tg --color=never
    err_lacks $'\x1b'
    TGRUN_COLOR=always tg w.tg
    err_has $'\x1b['
}

@test "tabs, wide characters and controls in the source line" {
    printf 'output a = [\n\t"\xe4\xb8\x96", nothing]\n' >w.tg
    tg w.tg
    err_has $'  2 | \t"世", nothing]\n    | \t      ^~~~~~~'
    printf 'output a = [r"\x1b[31m", nothing]\n' >w.tg
    tg w.tg
    ended 2
    err_lacks $'\x1b'
}

@test "a long line is cut around the mark" {
    printf 'output a = [%s nothing, %s]\n' "$(printf '1, %.0s' {1..500})" "$(printf '2, %.0s' {1..500})" >w.tg
    tg w.tg
    ended 2
    err_has "..."
    [ "$(awk 'length > 100' <<<"$stderr" | wc -l)" -eq 0 ]
    source=$(sed -n 2p <<<"$stderr") marks=$(sed -n 3p <<<"$stderr")
    before=${marks%%^*}
    [[ ${source:${#before}} == nothing* ]]
}

@test "a full disk is told, status 4" {
    [ -c /dev/full ] || skip "no /dev/full"
    echo 'output x = 1' >w.tg
    run --separate-stderr bash -c '"$TGRUN" w.tg >/dev/full'
    ended 4
    err_has "could not write to standard output: No space left on device"
    run --separate-stderr bash -c '"$TGRUN" help >/dev/full'
    ended 4
    run --separate-stderr bash -c '"$TGRUN" graph w.tg >/dev/full'
    ended 4
}

@test "standard output closed is told, status 4" {
    echo 'output x = 1' >w.tg
    run --separate-stderr bash -c '"$TGRUN" w.tg >&-'
    ended 4
    err_has "could not write to standard output"
}

@test "a reader that went away ends it quietly, as SIGPIPE would" {
    echo 'output x = [str(i) for i in 0..100000]' >w.tg
    run --separate-stderr bash -c '"$TGRUN" w.tg | read -rn 1; exit ${PIPESTATUS[0]}'
    ended 141
    [ -z "$stderr" ]
}

@test "interrupted: status 130, no outputs, how far it came" {
    echo 'task nap() -> nil { sh "touch napping; sleep 60" }
use math
output x = inc(1)
output y = nap() with after = x' >w.tg
    start w.tg -j2
    wait_for test -e napping
    kill -INT $pid
    finish
    ended 130
    is ''
    err_has 'ended by signal 2 (Interrupt): 1 of 2 tasks were done'
}

@test "USR1 says what is running, and the run goes on" {
    echo 'task nap() -> str { sh "touch napping; while [ ! -e over ]; do sleep 0.01; done; echo rested" }
output y = nap()' >w.tg
    "$TGRUN" w.tg >out 2>err &
    pid=$!
    wait_for test -e napping
    kill -USR1 $pid
    wait_for grep -q 'task 0: nap, w.tg:2' err
    touch over
    wait $pid
    [ "$(cat out)" = "y = rested" ]
}

@test "standard error closed changes nothing else" {
    echo 'use math
output x = inc(1)' >w.tg
    run bash -c '"$TGRUN" -v w.tg 2>&-'
    ended 0
    is "x = 2"
}
