#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Limits of time: of tasks, and of whole runs; what is still running then ends.
load helper

@test "a command that takes too long is ended, with its limit in the message" {
    run_tg 'task t() -> nil with timeout = 0.1s { sh "sleep 1401.5; :" }
t()'
    ended 1
    err_has "error: task 't' failed: it took longer than its limit of 0.1 s"
}

@test "--timeout and --retries are for tasks of which the file says nothing" {
    cat >w.tg <<'END'
task t() -> nil with backoff = 0s { sh "sleep 1402.5; :" }
task u() -> nil with retries = 0, timeout = 0.1s { sh "sleep 1403.5; :" }
t()
u()
output x = 1 + 1
END
    tg w.tg --timeout=0.2s --retries=2 -k
    ended 1
    err_has "error: task 't' failed after 3 attempts: it took longer than its limit of 0.2 s"
    err_has "error: task 'u' failed: it took longer than its limit of 0.1 s"
    TGRUN_TIMEOUT=100ms TGRUN_RETRIES=1 tg w.tg -k
    ended 1
    err_has "error: task 't' failed after 2 attempts: it took longer than its limit of 0.1 s"
}

@test "durations of options are those of the language" {
    echo 'output x = 1' >w.tg
    for good in 1s 1.5h 500ms 2m 1_000us 1e2s 0s; do
        tg w.tg --timeout=$good
        ended 0
    done
    for bad in 5 s '' -1s 1GiB 1.5hours .5s 1sec '1 s' inf nans; do
        tg w.tg "--timeout=$bad"
        ended 2
        err_has "bad value '$bad' of option '--timeout': must be a duration, such as 90s or 1.5h"
    done
    for bad in 100001d 1e300s 1e999s; do
        tg w.tg "--deadline=$bad"
        ended 2
        err_has "bad value '$bad' of option '--deadline': must be a duration of at most 100000d"
    done
}

# A thread that has not begun within a short limit is not given up, and never will begin.
# bats test_tags=not-processes
@test "a task of a plugin fails at its limit, whether it looks at the flag or not" {
    cat >w.tg <<'END'
use fault
param limit: float
output a = fault.slow(0.01, 3) with timeout = 1h
output b = fault.hang("b") with timeout = 1s * limit
output c = fault.hang_deaf("c") with timeout = 1s * limit
output d = fault.spin_deaf("d") with timeout = 1s * limit
output e = sleep(1000) with timeout = 1s * limit
END
    for args in --scheduler=single-threaded -j1 -j4; do
        for limit in 0.1 1.0 10.0; do
            rm -f b c d
            tg w.tg -k $args -D limit=$limit
            ended 1
            is 'a = 3'
            for name in hang hang_deaf spin_deaf sleep; do
                err_has "error: task '$name' failed: it took longer than its limit of ${limit%.0} s"
            done
            [ ! -e b ] || [ ! -e c ] || [ ! -e d ] || break
        done
        [ -e b ] && [ -e c ] && [ -e d ]
        err_has "hint: It goes on in a thread that was given up"
    done
}

# Those that have not begun within their limit never will; all others mark their begin and their end, which is when all are given up.
@test "what a given-up task comes to is dropped, and it adds no more tasks" {
    cat >w.tg <<'END'
use fault
output early = fault.grow_deaf(0.01, 7) with timeout = 1h
output late = [try(fault.slow_deaf(0, i, "slow${i}", "go"), -1) for i in 0..3] with timeout = 0.1s
output grown = try((fault.grow_deaf(0, 8, "grown", "go") with timeout = 0.1s), "none")
task all_end(x: any) -> nil { sh "touch go; for f in slow* grown; do while [ -e $f ] && [ $(wc -c <$f) = 1 ]; do sleep 0.02; done; done" }
all_end([late, grown])
END
    for args in --scheduler=single-threaded -j1 -j4; do
        rm -f slow* grown go
        tg w.tg $args
        ended 0
        has 'early = 7
late = [-1, -1, -1]
grown = none'
        err_lacks slept
    done
}

@test "a given-up task is tried again in another thread" {
    cat >w.tg <<'END'
use fault
output x = fault.slow_deaf(0.01, 1) with timeout = 1h
param limit: float
output y = fault.hang_deaf("tries") with timeout = 1s * limit, retries = 2, backoff = 0s
END
    for limit in 0.05 0.5 5.0; do # a thread may not have begun within a short one
        rm -f tries
        tg w.tg -k -D limit=$limit
        ended 1
        is 'x = ["1", 1]'
        err_has "error: task 'hang_deaf' failed after 3 attempts: it took longer than its limit of ${limit%.0} s"
        [ "$(cat tries)" != xxx ] || return 0
    done
    tg_show "attempts: $(cat tries)"
}

@test "first does not wait for a loser that does not look" {
    cat >w.tg <<'END'
use fault
output x = first([fault.hang_deaf("begun"), fault.slow(0.1, "won", nil), fault.hang()])
END
    tg w.tg -j4
    ended 0
    is 'x = won'
}

@test "C functions have limits of time and lose as tasks of plugins do" {
    cat >w.tg <<'END'
extern "libc.so.6" {
    usleep(microseconds: int) -> int
    labs(n: int) -> int
}
output x = first([usleep(1000000000), labs(0 - 3)])
output y = usleep(1000000000) with timeout = 0.1s
END
    tg w.tg -j4 -k
    ended 1
    is 'x = 3'
    err_has "error: task 'usleep' failed: it took longer than its limit of 0.1 s"
}

@test "a timed task that crashes, exits, or lets its thread end is named" {
    cat >w.tg <<'END'
use rogue
param how: str = "crash"
output x = rogue.ends(how) with timeout = 1h
END
    [ -z "${TG_TEST_VARIANT-}" ] || skip "sanitizers have handlers of their own"
    for how in crash exit pthread_exit overflow; do
        tg w.tg -D how=$how
        ended 4
        err_has "task 'ends'"
        err_has 'w.tg:3'
    done
    tg w.tg -D how=fork
    is 'x = 1'
    err_has "w.tg:3:12: error: task 'ends' returned in a copy of the process"
}

@test "an interrupt while a timed task runs is as without a limit" {
    cat >w.tg <<'END'
use fault
output x = fault.hang("begun") with timeout = 1h
END
    start w.tg
    wait_for [ -e begun ]
    kill -INT "$pid"
    finish
    ended 130
    err_has 'tgrun: ended by signal 2 (Interrupt): 0 of 1 task was done'
    rm begun
    sed -i s/hang/hang_deaf/ w.tg
    start w.tg
    wait_for [ -e begun ]
    kill -INT "$pid"
    wait_for grep -q "waiting for task 'hang_deaf'" err
    kill -INT "$pid"
    finish
    ended 130
}

# ---- the whole run ---------------------------------------------------------------------------------

@test "--deadline ends a run with status 124 and says how far it came" {
    cat >w.tg <<'END'
use fault
task stay(x: any) -> nil { sh "echo $$ > pid; sleep 1404.5; :" }
one = fault.slow(0.01, 1)
stay(one)
output x = one
output y = fault.hang("", one)
END
    for args in -j4 '-j1 -k' --scheduler=single-threaded; do
        rm -f pid
        case $args in
        -j4) ran='2 tasks were ended while they ran: hang, stay' ;;
        *) ran='1 task was ended while it ran: (hang|stay)' ;;
        esac
        # shellcheck disable=SC2086 # words
        tg_deadline $'\n'"$ran" w.tg $args
        ended 124
        err_has "tgrun: ended by the deadline of $deadline s: 1 of 3 tasks were done"
        err_lacks error:
        [ ! -e pid ] || ! kill -0 "$(cat pid)"
    done
    tg w.tg x --deadline=1h
    ended 0
    is 'x = 1'
}

@test "a deadline ends a graph that is still being built, and what its tasks put off" {
    run_tg 'x = 0
while true { x += 1 }' --deadline=0.2s
    ended 124
    err_has 'tgrun: ended by the deadline of 0.2 s'
    printf '%s\n' 'task t() -> nil with retries = 5, backoff = 1h { run ["false"] }' 't()' >w.tg
    tg_deadline 'again in' w.tg
    ended 124
    err_has "tgrun: ended by the deadline of $deadline s: 0 of 1 task was done"
}

@test "finally runs behind a deadline, and is told of it" {
    cat >w.tg <<'END'
output x = sleep(1000)
finally { print("${outcome.status} ${outcome.signal} ${outcome.message}") }
END
    tg_deadline '124 nil' w.tg
    ended 124
    err_has "124 nil ended by the deadline of $deadline s"
}

@test "--fail-fast ends what is running with the first failure, which is the only one" {
    cat >w.tg <<'END'
use fault
task stay() -> nil { sh "trap 'touch told; exit 3' TERM; touch begun; while :; do sleep 0.02; done" }
task fail_then() -> nil { sh "until [ -e begun -a -e hangs ]; do sleep 0.02; done; exit 7" }
stay()
output x = fault.hang("hangs")
fail_then()
finally { print("at the end: ${len(outcome.failed)}") }
END
    for _ in 1 2 3; do # a machine may take the five seconds that `stay` has to end, but not always
        rm -f begun hangs told
        tg w.tg --fail-fast -j4
        ended 1
        [ ! -e told ] || break
    done
    err_has "error: task 'fail_then' failed: command failed with exit status 7"
    err_has '1 task failed, 2 skipped, 0 done'
    err_has '2 tasks were ended while they ran: hang, stay'
    err_lacks 'not begun'
    err_has 'at the end: 1'
    err_lacks 'ended by'
    [ -e told ]
}

@test "--fail-fast: a failure that is caught or allowed ends nothing" {
    cat >w.tg <<'END'
use fault
task no() -> nil with allow_failure = true { run ["false"] }
no()
output x = fault.slow(0.3, 1)
output y = try(fault.wrong(), [])
END
    tg w.tg --fail-fast -j4
    ended 0
    is 'x = 1
y = []'
}

@test "--fail-fast and -k: the nearer to the command line wins, both are an error" {
    run_tg 'output x = 1 / 0' --fail-fast -k
    ended 2
    err_has '--fail-fast ends a run with the first failure, and --keep-going goes on'
    TGRUN_KEEP_GOING=1 run_tg 'output x = 1' --fail-fast
    ended 0
    TGRUN_FAIL_FAST=1 run_tg 'output x = 1' -k
    ended 0
}

# bats test_tags=long, not-processes
@test "what goes on after the first failure and its grace is ended, with the failure told" {
    cat >w.tg <<'END'
use fault
task fail_then() -> nil { sh "until [ -e begun ]; do sleep 0.02; done; exit 7" }
fail_then()
output x = fault.hang_deaf("begun")
END
    tg w.tg --fail-fast -j4
    ended 1
    err_has "tgrun: waiting for task 'hang_deaf' (w.tg:4) to end; a signal ends everything at once, as do"
    err_has "w.tg:3: error: task 'fail_then' failed: command failed with exit status 7"
    err_has 'tgrun: ended with the first failure: 0 of 2 tasks were done'
    tg_deadline '0 of 1 task was done' w.tg x
    ended 124
    err_has "tgrun: ended by the deadline of $deadline s: 0 of 1 task was done"
}

# bats test_tags=long
@test "while a run is stopped, limits of tasks of plugins do not count" {
    cat >w.tg <<'END'
use fault
task begin() -> int { sh "touch begun; echo 1" }
output x = fault.slow(0.5, "in time", begin()) with timeout = 4s
END
    start w.tg
    wait_for [ -e begun ]
    kill -TSTP "$pid"
    wait_for grep -q '^State:.T' "/proc/$pid/status"
    sleep 5
    kill -CONT "$pid"
    finish
    ended 0
    is 'x = in time'
}
