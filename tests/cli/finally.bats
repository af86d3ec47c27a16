#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is done when all else has ended, whatever happened.
load helper

# in_order A B...: each of these texts is on standard error, one behind the other.
in_order() {
    local rest=$stderr text
    for text; do
        [[ $rest == *"$text"* ]] || tg_show "not on standard error behind the one before: $text"
        rest=${rest#*"$text"}
    done
}

@test "a block runs behind all else, with every scheduler, and knows how it went" {
    local scheduler
    for scheduler in threads single-threaded; do
        run_tg 'task slow() -> nil { sh "sleep 0.05; echo slow is done >&2" }
task last() -> nil { sh "echo last >&2" }
finally {
    last()
    print(outcome.ok, outcome.status, outcome.signal, outcome.message, outcome.failed, outcome.done, outcome.skipped)
    assert outcome.seconds > 0.04
}
slow()
output x = 1' --scheduler=$scheduler --output=live
        ended 0
        is 'x = 1'
        in_order 'slow is done' 'last'
        err_has 'true 0 nil nil [] 1 0'
    done
}

@test "after a failure it runs too, with -k and without, and the status and the messages stay" {
    local keep
    for keep in '' -k; do
        run_tg 'use math
task bad() -> int { sh "exit 3" }
finally { print(outcome.ok, outcome.status, outcome.message, outcome.done, outcome.skipped, outcome.failed) }
output x = inc(bad())' $keep
        ended 1
        err_has 'false 1 command failed with exit status 3 0 1 [{task: "bad", name: "bad", message: "command failed with exit status 3", file: "w.tg", line: 4, attempts: 1, status: 3, before: nil}]'
        in_order "w.tg:4:16: error: task 'bad' failed" '1 task failed, 1 skipped, 0 done'
        # and the failure once more, as the block has printed something
        [ "$(grep -c "task 'bad' failed" <<<"$stderr")" = 2 ] || tg_show 'said how often'
        [ "$(grep -c "^first failure:" <<<"$stderr")" = 1 ] || tg_show 'not restated'
        err_lacks 'finally:'
    done
}

@test "what it reads is computed for it, kept, and not there if it failed or did not run" {
    run_tg 'use math
task bad() -> nil { sh "exit 3" }
a = inc(1)
b = join_it([a, inc(2)])
fn join_it(xs) = "${xs[0]} and ${xs[1]}"
c = div(1, 0)
d = inc(c)
fn shown() { print("d is", try(d, "nothing")) }
finally {
    print("a is ${a}, b is ${b}")
    shown()
    print(c)
}
output x = 1' --scheduler=single-threaded
    ended 1
    is 'x = 1'
    err_has 'a is 2, b is 2 and 3'
    err_has 'd is nothing'
    err_has "w.tg:6:5: error: task 'div' failed: division by zero in 1 / 0"
    err_has 'finally: 1 task failed, 1 skipped'
    run_tg 'use math
task bad() -> int { sh "exit 3" }
b = bad()
c = inc(b)
finally {
    print(try(b, "no b"))
    print(c)
}
output y = c' -k
    ended 1
    err_has 'no b'
    in_order '1 task failed, 1 skipped, 0 done' "w.tg:4:5: error: task 'inc' has no result that could be used: one that it needs failed"
}

@test "what failed is known by its name among those of its kind, without secrets" {
    run_tg 'param token: secret = "swordfish"
task get(page: str, key: str) -> nil { sh "test ${page} = a" }
for page in ["a", "b", token] { get(page, "k") }
finally { print([f.name for f in outcome.failed if f.task == "get"]) }' -k --scheduler=sync -q
    ended 1
    err_has '["get(b)", "get(***)"]'
}

@test "what was allowed to fail is known apart from what failed, both with their exit status" {
    local scheduler
    for scheduler in threads single-threaded; do
        run_tg 'use math
param token: secret = "swordfish"
task may(page: str, key: str) -> int with allow_failure = true, retries = 1, backoff = 0s {
    sh "test ${page} = a || exit 7; echo 1"
}
task one() -> str { sh "echo b" }
seen = [may(page, "k") for page in ["a", one(), token]]
output y = div(1, inc(0) - 1)
task killed() -> nil { sh "kill -9 $$" }
killed()
output x = len([n for n in seen if n == nil])
fn by_name(fs) = sorted([f.name for f in fs])
finally {
    print("allowed:", by_name(outcome.allowed), [[f.task, f.message, f.file, f.line, f.attempts, f.status] for f in outcome.allowed])
    print("failed:", by_name(outcome.failed), sorted(["${f.status}" for f in outcome.failed]))
    may("z", "of the block")
    print("still", len(outcome.allowed), outcome.ok)
}' -k -q --scheduler=$scheduler
        ended 1
        err_has 'allowed: ["may(***)", "may(b)"] [["may", "command failed with exit status 7", "w.tg", 7, 2, 7], ["may", "command failed with exit status 7", "w.tg", 7, 2, 7]]'
        err_has 'failed: ["div(1, 0)", "killed"] ["nil", "nil"]'
        err_has 'still 2 false'
    done
    run_tg 'output x = fail("no") with allow_failure = true
finally { print(outcome.ok, outcome.failed, outcome.allowed) }'
    ended 0
    err_has 'true [] [{task: "fail", name: "fail", message: "no", file: "w.tg", line: 1, attempts: 1, status: nil, before: nil}]'
}

@test "what waited for a result and was not begun is not called a task" {
    run_tg 'task stop() -> int { sh "kill -TERM $PPID; exec sleep 1311.5" }
task one() -> int { sh "echo 1" }
k = stop()
if k > 2 { y = one() } else { y = 0 }
finally { print(y) }
output o = 1'
    ended 143
    err_has "w.tg:4:1: error: this has no result that could be used: it did not run to its end"
}

@test "the same where the graph grows" {
    local jobs
    for jobs in 1 4; do
        run_tg 'use math
task bad() -> nil { sh "exit 3" }
n = identity(3)
xs = [inc(i) for i in 0..n]
risky = fail("quiet")
if n > 2 { total = sum(xs) } else { total = 0 }
finally {
    print("xs", xs, "total", total)
    for x in xs { print("one", x * 10) }
    if not outcome.ok { print("bad") } else { print("good") }
    print(try(risky, "caught"))
    print(risky)
}
output t = total
if n == 3 { bad() }' -k -j$jobs
        ended 1
        err_has 'xs [1, 2, 3] total 6'
        err_has 'one 30'
        err_has 'caught'
        err_has $'\nbad'
        in_order "error: task 'bad' failed" '1 task failed' "w.tg:5:9: error: task 'fail' failed: quiet" 'finally: 1 task failed'
        [ "$(grep -c 'failed: quiet' <<<"$stderr")" = 1 ] || tg_show 'said more than once'
    done
}

@test "a failure in a block: status 1 where it was 0, the rest of it and other blocks go on" {
    run_tg 'task bad() -> nil { sh "exit 3" }
task make(f: str) -> nil { sh "touch ${f}" }
finally {
    bad()
    make("first")
}
finally {
    assert outcome.ok, "it is that of the run"
    xs = [1]
    make("second")
    print(xs[3])
    make("not reached")
}
finally { make("third") }
output x = 1'
    ended 1
    is 'x = 1'
    [ -e first ] && [ -e second ] && [ -e third ] && [ ! -e 'not reached' ] || tg_show 'not all that can be done was done'
    in_order 'finally: 1 task failed, 0 skipped, 1 done' "w.tg:11:11: error: index 3 is out of range" \
        'finally: 1 task failed'
}

@test "a result that is not there is said in each block that uses it" {
    run_tg 'use math
c = div(1, 0)
finally { print(attempt(c).error) }
finally { print(c) }
finally { print(attempt(c).error) }
finally { print(c) }
output x = 1'
    ended 1
    is 'x = 1'
    in_order "task 'div' failed: division by zero in 1 / 0" "w.tg:2:5: error: task 'div' failed" 'finally: 1 task failed' \
        "task 'div' failed: division by zero in 1 / 0" "w.tg:2:5: error: task 'div' failed" 'finally: 1 task failed'
}

@test "several blocks run one after the other: the file's own, then those of what it imports" {
    cat >base.tg <<'END'
x = 1
finally { print("base", x) }
END
    cat >lib.tg <<'END'
import "base.tg" as base
finally { print("lib") }
END
    run_tg 'import "lib.tg" as lib
import "base.tg" as base
task nap(t: str) -> nil { sh "sleep ${t}; echo napped ${t} >&2" }
finally { nap("0.1") }
finally { print("two", base.x) }
output y = base.x' --output=live
    ended 0
    in_order 'napped 0.1' 'two 1' 'lib' 'base 1'
}

@test "variables have the values of the end of the file; a block has its own, and is left by return" {
    run_tg 'x = 1
finally {
    print("x is ${x}, y is ${y}")
    mine = 5
    if outcome.ok { return }
    print("not reached")
}
x = 2
y = 3
mine = 1
output mine'
    ended 0
    is 'mine = 1'
    err_has 'x is 2, y is 3'
    err_lacks 'not reached'
}

@test "with named outputs it runs, too, with what it reads" {
    run_tg 'use math
task make() -> str { sh "touch made; echo m" }
task other() -> nil { sh "touch other" }
other()
m = make()
finally { print("finally", m) }
output a = inc(1)
output b = inc(2)' a
    ended 0
    is 'a = 2'
    err_has 'finally m'
    [ -e made ] && [ ! -e other ] || tg_show 'not what is needed'
}

@test "where nothing else is to be done, and where nothing can be done" {
    run_tg 'finally { print("alone", outcome.ok, outcome.done) }'
    ended 0
    err_has 'alone true 0'
    run_tg 'finally { print("run") }
output x = 1 + "a"'
    ended 2
    err_lacks $'\nrun'
    run_tg 'task x() -> str with shell = ["no-such-shell", "-c"] { sh "echo | cat" }
finally { print("run") }
output y = x()'
    ended 3
    err_lacks $'\nrun'
}

# bats test_tags=not-asan, not-tsan, not-processes
@test "a task that ends the process leaves nothing to be done" {
    run_tg 'use rogue
finally { print("run") }
output x = ends("_exit")'
    ended 4
    err_lacks $'\nrun'
}

@test "outputs that nobody takes keep it from nothing" {
    echo 'finally { print("status", outcome.status, outcome.signal, outcome.message, len(outcome.failed)) }
output x = [str(i) for i in 0..100000]' >w.tg
    local status=0
    "$TGRUN" w.tg 2>err | true || :
    grep -q 'status 141 PIPE the reader of standard output went away 1' err || { cat err; false; }
    "$TGRUN" w.tg 2>err >/dev/full || status=$?
    [ "$status" = 4 ]
    grep -q 'status 4 nil could not write to standard output: .* 1' err || { cat err; false; }
}

@test "an output that turns out to be none is a failure that it knows of" {
    run_tg 'fn f(x) = x
output x = if identity(1) == 1 { f } else { f }
output y = if identity(1) == 1 { f } else { f }
finally { print(outcome.ok, outcome.message, len(outcome.failed), outcome.failed[0].line) }'
    ended 1
    err_has "w.tg:2:"
    err_has "w.tg:3:"
    err_has "false output 'y' turned out to be a function, which cannot be an output 1 3"
}

interrupted='task nap() -> str { sh "echo > napping; exec sleep 1311.5" }
task clean(how: str) -> nil { sh "echo > cleaning; while [ -e napping ]; do sleep 0.02; done; echo ${how} >cleaned" }
n = nap()
output x = n
finally {
    clean("${outcome.signal} ${outcome.status} ${try(n, outcome.message)}")
}'

@test "a first signal stops the run, not the block; the status is the signal's" {
    local name number scheduler
    echo "$interrupted" >w.tg
    for scheduler in threads single-threaded; do
        for name in INT:2 TERM:15 HUP:1 USR2:12; do
            rm -f napping cleaning cleaned
            start w.tg --scheduler=$scheduler
            wait_for test -s napping
            kill -"${name%:*}" "$pid"
            wait_for test -e cleaning
            rm napping
            finish
            ended $((128 + ${name#*:}))
            [ "$(cat cleaned)" = "${name%:*} $((128 + ${name#*:})) ended by signal ${name%:*}" ] || tg_show "$(cat cleaned)"
            err_has "tgrun: ended by signal ${name#*:} ("
            err_has '0 of 1 task was done'
            err_lacks 'finally:'
        done
    done
}

@test "the second signal ends the block" {
    echo "$interrupted" >w.tg
    start w.tg
    wait_for test -s napping
    kill -INT "$pid"
    wait_for test -e cleaning
    kill -TERM "$pid" # another INT might be the same request
    finish
    ended 143
    [ ! -e cleaned ]
    err_has "ended by signal 15 (Terminated) in 'finally': "
}

@test "a first signal in the block: it runs to its end" {
    echo 'task clean() -> nil { sh "echo > cleaning; while [ -e cleaning ]; do sleep 0.02; done; touch cleaned" }
task after(done: nil) -> nil { sh "touch after" }
finally { after(clean()) }
output x = 1' >w.tg
    start w.tg
    wait_for test -e cleaning
    kill -TERM "$pid"
    wait_for grep -q "waiting for task 'clean' (w.tg:3) to end" err # then it has been taken
    rm cleaning
    finish
    ended 143
    is 'x = 1'
    [ -e cleaned ] && [ -e after ] || tg_show 'it did not run to its end'
    err_has 'tgrun: ended by signal 15 ('
}

# bats test_tags=long
@test "after TERM a block that hangs has what is left of the grace" {
    echo "$interrupted" >w.tg
    start w.tg
    wait_for test -s napping
    kill -TERM "$pid"
    finish
    ended 143
    [ -e cleaning ] && [ ! -e cleaned ]
    err_has "waiting for task 'clean'"
    err_has "a second signal ends everything at once, as do 8 more seconds"
    wait_until none_left 'sleep 1311\.5'
}

@test "-n, graph and list show it" {
    run_tg 'use math
a = inc(1)
finally { print(a) }
output x = inc(2)' -n
    ended 0
    has '3 tasks would run, and what 1 expansion point adds'
    has '  3  finally ... (adds tasks after all others)  w.tg:3  may use #1'
    tg graph w.tg
    has 'finally … line 3 [adds tasks]'
    has 'may use inc(1)'
    tg graph w.tg --format=json
    has '"name": "finally", "plugin": "core", "args": [],'
    tg graph w.tg --run
    ended 0
    err_has 2
    tg check w.tg
    ended 0
    tg list w.tg
    has 'finally: line 3'
    tg list w.tg --format=json
    has '{"name": "finally", "help": null, "line": 3, "column": 1}'
}

@test "what stands in a block is checked before the run" {
    run_tg 'use math
fn f() { finally { print(1) } }
if true { finally { print(2) } }
output x = 1'
    ended 2
    err_has "w.tg:2:10: error: a 'finally' block can stand only at the top level of a file"
    err_has "w.tg:3:11: error: a 'finally' block can stand only at the top level of a file"
    err_has 'hint: '
    run_tg 'x = 1
finally {
    output y = 2
    x += 1
    print(z)
    nope()
    break
}'
    ended 2
    err_has "w.tg:3:5: error: an output cannot stand inside a 'finally' block"
    err_has "w.tg:4:5: error: a 'finally' block cannot change 'x'"
    err_has "unknown name 'z'"
    err_has "unknown task 'nope'"
    err_has "'break' stands outside a loop"
    run_tg 'finally { print(outcome.statsu) }'
    ended 2
    err_has "w.tg:1:25: error: 'outcome' has no field 'statsu'"
    err_has "did you mean 'status'?"
    run_tg 'finally { print(outcome.fine) }'
    ended 2
    err_has "hint: it has ok, status, signal, message, failed, allowed, done, skipped and seconds."
    run_tg 'task t() -> nil { sh "echo ${outcome.ok}" }
finally { t() }'
    ended 2
    err_has "hint: 'outcome' is known in a 'finally' block: give what is needed of it as an argument."
    run_tg 'finally: print(1)'
    ended 2
    err_has "hint: it begins a line at the top level of a file: 'finally { .. }'"
    run_tg 's = as_completed([identity(1)])
output x = next(s)
finally { print(next(s)) }'
    ended 2
    err_has "w.tg:3:22: error: a 'finally' block cannot use 's', a stream"
}

@test "the word is a name elsewhere" {
    run_tg 'finally = 3
if finally == 3 { x = finally } else { x = 0 }
for finally in [4] { x += finally }
if finally { x += 1 }
output x
output r = {finally: 1}.finally'
    ended 0
    has 'x = 8'
    has 'r = 1'
}

@test "in YAML it is a section, which both conversions keep" {
    run_yaml 'use: [math]
tasks:
  x: {call: inc, args: [1]}
outputs: [x]
finally: |
  print("x is", x, outcome.ok)  # said last'
    ended 0
    err_has 'x is 2 true'
    tg convert w.yaml --to=tg
    is 'use math

x = inc(1)

output x

finally {
    print("x is", x, outcome.ok)  # said last
}'
    echo "$output" >w.tg
    tg convert w.tg --to=yaml
    is "$(cat w.yaml)"
    run_yaml 'finally: [print]'
    ended 2
    err_has "expected text for 'finally', found a list"
    err_has "write 'finally: |'"
    run_yaml 'program: |
  x = 1
  finally {
      print("first", y)
  }
tasks:
  y: {value: "${x + 1}"}
finally: print("second")
outputs: [y]'
    ended 0
    in_order 'first 2' 'second'
}

@test "statements of a block may be put in order" {
    run_tg 'task step(n: int) -> nil { sh "echo step ${n} >&2" }
finally {
    in_order {
        step(1)
        for i in 2..4 { step(i) }
        if outcome.ok { step(9) }
    }
}
output x = 1' --output=live
    ended 0
    in_order 'step 1' 'step 9'
    [[ ${stderr%%step 9*} == *'step 2'*  && ${stderr%%step 9*} == *'step 3'* ]] || tg_show 'not in order'
}
