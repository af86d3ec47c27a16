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
    for bad in 5 s '' -1s 1GiB 1.5hours .5s 1sec 1e999s '1 s' inf nans; do
        tg w.tg "--timeout=$bad"
        ended 2
        err_has "bad value '$bad' of option '--timeout': must be a duration, such as 90s or 1.5h"
    done
}
