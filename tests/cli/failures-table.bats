#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The table at the head of docs/failures.md: what each row says, a test for each, named as the row.
load helper

# What fails, what needs it, and what does not.
fails='use math
output broken = inc(1 / identity(0))
output well = identity(7)
'

# crashes HOW: a task that ends the process.
crashes() {
    run_tg "use rogue; output x = ends(\"$1\")"
    ended 4
    err_has "task 'ends' "
}

@test "each row of the table has a test here" {
    diff <(sed -n '/^| event/,/^$/p' "$top/docs/failures.md" | sed -n 's/\](\([^)]*\))//g; s/[][`]//g; 3,$s/^| \([^|]*\) |.*/\1/p') \
        <(sed -n 's/^@test "row: \(.*\)" {$/\1/p' "$BATS_TEST_FILENAME")
}

@test "row: a task fails" {
    run_tg "$fails"'finally { print("finally") }' -j1
    ended 1
    lacks well
    err_has "w.tg:2:21: error: task '/' failed: division by zero"
    err_has "1 task was skipped because '/' failed: inc"
    err_has 'finally'
}

@test "row: the same, with -k" {
    run_tg "$fails" -k
    ended 1
    is 'well = 7'
    err_has 'first failure:'
}

@test "row: the same, with --fail-fast" {
    run_tg 'task bad() -> nil { sh "while ! test -e mark; do sleep 0.01; done; exit 3" }
task long() -> nil { sh "echo > mark; exec sleep 1407.5" }
output a = bad()
output b = long()' --fail-fast -j2
    ended 1
    err_has "task 'bad' failed"
    err_lacks "task 'long' failed"
}

@test "row: a command takes longer than its timeout" {
    run_tg 'task long() -> nil with timeout = 0.1s { sh "exec sleep 1407.5" }
output a = long()'
    ended 1
    err_has "task 'long' failed: it took longer than its limit of 0.1 s"
}

# bats test_tags=not-processes
@test "row: a task of a plugin does" {
    run_tg 'use fault; output a = fault.hang_deaf("c") with timeout = 0.1s'
    ended 1
    err_has "task 'hang_deaf' failed: it took longer than its limit of 0.1 s"
    err_has 'hint: '
}

@test "row: a task with retries fails, and has attempts left" {
    run_tg 'task fetch() -> int with retries = 3, backoff = 10ms { sh "echo >>n; [ $(wc -l <n) = 2 ] && echo 5" }
output a = fetch()'
    ended 0
    is 'a = 5'
    err_has "task 'fetch' failed, attempt 1 of 4, again in "
}

@test "row: its last attempt fails" {
    run_tg 'task fetch() -> int with retries = 3, backoff = 0s { sh "exit 1" }
output a = fetch()'
    ended 1
    err_has "task 'fetch' failed after 4 attempts: "
    err_has '3 more attempts'
}

@test "row: a task fails whose failure is caught" {
    run_tg 'task bad() -> int { sh "exit 1" }
output a = try(bad(), 4)
output b = attempt(bad()).error
output c = bad() with allow_failure = true'
    ended 0
    has 'a = 4'
    has "task 'bad' failed"
    err_lacks 'error:'
    err_has '1 failure allowed, 0 tasks skipped, 0 done, 2 caught'
}

@test "row: a task fails whose failure is allowed" {
    run_tg 'use math
task bad() -> int { sh "exit 1" }
output a = bad() with allow_failure = true
output b = inc(a)'
    ended 0
    has 'a = nil'
    has 'b: skipped ('
    err_has "warning: task 'bad' failed"
    err_has "1 task was skipped because 'bad' failed, which it may: inc"
    err_has '1 failure allowed, 1 task skipped'
}

@test "row: arguments do not fit, found while it runs" {
    run_tg 'use math
task text() -> json { run ["echo", "\"a\""] }
output a = inc(text())'
    ended 1
    err_has "parameter 'x' of task 'inc' takes "
    err_has ', not str'
}

@test "row: a command prints what is not of its type" {
    run_tg 'task count() -> int { sh "echo x" }
output a = count()'
    ended 1
    err_has "task 'count' failed: standard output is not an int: 'x'"
}

@test "row: a command makes no result, or not all" {
    run_tg 'task two() -> {a: file("a.txt"), b: file("b.txt")} { sh "echo >${out.a}" }
output a = two()'
    ended 1
    err_has 'b.txt'
    [ ! -e a.txt ]
}

@test "row: a command needs more than its memory" {
    run_tg 'task big() -> nil with memory = 1GiB { sh "echo Cannot allocate memory >&2; exit 1" }
output a = big()'
    ended 1
    err_has "task 'big' failed: it needed more memory than its limit of 1 GiB"
    err_has 'memory_factor'
}

@test "row: a task asks for more than the run has" {
    run_tg 'task ask(n: int) -> int with resources = {gpu: n} { sh "echo ${n}" }
output a = ask(3)' --resources=gpu=2
    ended 1
    err_has "it needs 3 of resource 'gpu', and the run has 2"
    run_tg 'task ask(n: int) -> int with resources = {gpu: 3} { sh "touch ran; echo ${n}" }
output a = ask(3)' --resources=gpu=2
    ended 3
    err_has "it needs 3 of resource 'gpu', and the run has 2"
    err_has "'--resources=gpu=3' says"
    [ ! -e ran ]
}

@test "row: a task that is ready is held back, by a delay, resources, a jobserver or the load" {
    echo 'task bad() -> str with retries = 1, backoff = 500s { sh "exit 1" }
task other() -> nil { sh "echo >>other" }
output a = bad()
other()' >w.tg
    told() {
        kill -USR1 "$pid"
        grep -q 'waits for its attempt 2, in .* min' err && [ -e other ]
    }
    start w.tg -j1
    wait_for grep -q 'again in' err
    wait_for told
    kill -INT "$pid"
    finish
    ended 130
}

# bats test_tags=not-asan, not-tsan, not-processes
@test "row: a task crashes the process" {
    crashes crash
    err_has 'crashed: SIGSEGV'
}

# bats test_tags=not-asan, not-tsan, not-processes
@test "row: a task ends the process (exit)" {
    crashes exit
    err_has 'called exit(0)'
}

# bats test_tags=not-asan, not-tsan
@test "row: a task crashes its executor (--scheduler=processes), or ends it" {
    run_tg 'use rogue
output x = ends("crash")
output y = ends("exit")' --scheduler=processes -k
    ended 1
    err_has "task 'ends' failed: it crashed: SIGSEGV"
    err_has "task 'ends' failed: it ended its process by exit(0)"
}

@test "row: an executor of a cluster is lost" {
    printf 'use mortal\noutput x = waits("begun", 5)\n' >w.tg
    start w.tg --cluster=pool:1
    wait_for test -e begun
    kill -KILL $(pgrep -P "$(left 'driver-exec$')")
    touch over
    finish
    ended 0
    is 'x = 5'
}

@test "row: a cluster cannot be had, or its driver ends" {
    run_tg 'use math; output x = inc(1)' --cluster=absent:x
    ended 3
    err_has "cluster 'absent:x'"
}

# bats test_tags=not-asan, not-tsan
@test "row: an executor uses more than --worker-memory" {
    run_tg 'use fault; output x = hoard(300000000)' --scheduler=processes --worker-memory=100MiB
    ended 1
    err_has "it went over the 100 MiB that an executor may use (--worker-memory)"
}

@test "row: an executor is killed (KILL)" {
    run_tg 'use mortal; output x = ends("kill")' --scheduler=processes
    ended 1
    err_has 'its executor was killed from outside while it ran, 3 times'
}

@test "row: an executor, or a server, is stopped (STOP), and not with the run as by Ctrl-Z" {
    echo 'task f(x: int) -> int serve ["sh", "-c", "read -r q; kill -STOP $$; echo \"{\\\"result\\\": 7}\"; read -r q"]
output x = f(3)' >w.tg
    start w.tg
    wait_for grep -q "is stopped; 'kill -CONT" err
    kill -CONT "$(sed -n "s/^warning: the server of task 'f', process \([0-9]*\), is stopped.*/\1/p" err)"
    finish
    ended 0
    is 'x = 7'
}

# bats test_tags=not-asan, not-tsan
@test "row: no more memory for tgrun itself" {
    echo 'output n = len(range(900000000))' >w.tg
    run --separate-stderr bash -c 'ulimit -v 200000; exec "$TGRUN" w.tg'
    ended 3
    [ "$(wc -l <<<"$stderr")" = 1 ]
}

@test "row: a program, shell or plugin is missing" {
    run_tg 'task a() -> nil { sh "touch ran" }
task b() -> nil with shell = ["no-such-shell", "-c"] { sh "true" }
a()
b()'
    ended 3
    err_has no-such-shell
    [ ! -e ran ]
    run_tg 'task b(x: str) -> nil { run [x] }
b("no-such-" + str(identity("program")))'
    ended 1
    err_has no-such-program
    run_tg 'use no_such_plugin'
    [ "$status" != 0 ]
    err_has no_such_plugin
}

@test "row: the disk is full" {
    [ -c /dev/full ] || skip "no /dev/full"
    run_tg 'task fill() -> nil { sh "echo x >/dev/full" }
fill()'
    ended 1
    echo 'output x = 1' >w.tg
    run --separate-stderr bash -c '"$TGRUN" w.tg >/dev/full'
    ended 4
    err_has 'could not write'
}

@test "row: Ctrl-C, TERM, HUP, QUIT" {
    echo 'task long() -> nil { sh "trap \"echo >told; exit\" TERM INT HUP QUIT; echo >begun; while :; do sleep 0.02; done" }
long()
finally { print("finally") }' >w.tg
    for signal in INT TERM HUP QUIT; do
        for _ in 1 2 3; do # a machine may take the five seconds that it has to do what it is told, but not always
            rm -f begun told
            start w.tg
            wait_for test -e begun
            kill -"$signal" "$pid"
            finish
            ended $((128 + $(kill -l "$signal")))
            [ ! -e told ] || break
        done
        [ -e told ]
        err_has '0 of 1 task'
        err_has finally
    done
}

@test "row: the deadline passes" {
    printf '%s\n' 'task long() -> nil { sh "exec sleep 1407.5" }' 'long()' >w.tg
    tg_deadline '0 of 1 task' w.tg
    ended 124
    err_has "ended by the deadline of $deadline s: 0 of 1 task"
}

@test "row: a signal behind any of these" {
    echo 'task long() -> nil { sh "trap : TERM INT; echo \$\$ >begun; while :; do sleep 0.02 || :; done" }
long()' >w.tg
    start w.tg
    wait_for test -s begun
    kill -TERM "$pid"
    wait_for grep -q . err
    kill -TERM "$pid" 2>/dev/null || : # what goes on is killed in the end by the first one, too
    finish
    ended 143
    wait_until gone "$(cat begun)"
}

@test "row: tgrun is killed (KILL), the power fails" {
    echo 'task half() -> file("a.txt") { sh "echo half >${out}; echo \$\$ >pid; mv pid begun; exec sleep 1407.5" }
output a = half()' >w.tg
    start w.tg
    wait_for test -e begun
    kill -KILL "$pid"
    finish
    ended 137
    [ ! -e a.txt ]
    wait_until gone "$(cat begun)"
}
