#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What executors may use, and what becomes of tasks that use more. The shadow memory of sanitizers is beyond any limit.
load helper

over="it went over the 100 MiB that an executor may use (--worker-memory)"

# bats test_tags=not-asan, not-tsan, parallel
@test "a task that needs more memory than its executor may use fails, and others do not" {
    run_tg 'use fault
output x = try(hoard(300000000), 5)
output y = [hoard(1, i) > 0 for i in 0..3]' --scheduler=processes --worker-memory=100MiB -j2
    ended 0
    is 'x = 5
y = [true, true, true]'
    run_tg 'use fault
output x = hoard(300000000)' --scheduler=processes --worker-memory=100MiB
    ended 1
    err_has "w.tg:2:12: error: task 'hoard' failed: $over"
    err_has 'hint: With scheduler = "threads"'
}

# bats test_tags=not-asan, not-tsan, parallel
@test "the same where it is tgrun that cannot have more" {
    run_tg 'use fault
output x = hoard_text(300000000)' --scheduler=processes --worker-memory=100MiB
    ended 1
    err_has "task 'hoard_text' failed: $over"
    err_lacks 'ulimit'
}

# bats test_tags=not-asan, not-tsan, parallel
@test "it is a failure of memory, which another attempt may mend" {
    run_tg 'use fault
output x = hoard(300000000) with retries = 1, retry_on = ["memory"], backoff = 1ms
output y = try((hoard(300000000) with retries = 1, retry_on = ["signal"]), 5)' --scheduler=processes --worker-memory=100MiB -k
    ended 1
    err_has "task 'hoard' failed, attempt 1 of 2"
    err_has "task 'hoard' failed after 2 attempts: $over"
    err_has '1 more attempt'
}

# bats test_tags=not-asan, not-tsan, parallel
@test "an executor that keeps the memory of its tasks makes room for another one" {
    run_tg 'use fault
a = hoard(60000000)
b = hoard(60000000, a)
c = hoard(60000000, b)
d = hoard(60000000, c)
output more = a != d
output all = a > 0 and d > 0' --scheduler=processes --worker-memory=128MiB -j1
    ended 0
    is 'more = true
all = true'
    [ -z "$stderr" ] || tg_show "not quiet"
}

# bats test_tags=parallel
@test "what is no size, or too little" {
    echo 'output x = 1' >w.tg
    tg w.tg --worker-memory=1MiB
    ended 2
    err_has "'1MiB' is too little: an executor needs at least 32MiB"
    tg w.tg --worker-memory=2G
    ended 2
    err_has "'2G' must be a size, such as 16GiB"
    err_has "did you mean '2GiB'?"
    TGRUN_WORKER_MEMORY=2GiB tg w.tg
    ended 0
}
