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
    err_has 'hint: Let executors use more with --worker-memory'
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

# bats test_tags=not-asan, not-tsan, parallel
@test "a crash where malloc gave nothing says that memory was refused" {
    echo 'use fault
output x = grasp(2 ** 60)
output y = falls("null")' >w.tg
    tg w.tg x --scheduler=processes --worker-memory=100MiB
    ended 1
    err_has "task 'grasp' failed: it crashed: SIGSEGV: invalid memory access at 0x0"
    [[ $stderr =~ 'It was refused memory before (ENOMEM): its executor used '[0-9.]+' MiB of 100 MiB (--worker-memory).' ]] ||
        tg_show 'no word of memory'
    err_has 'in grasp'
    tg w.tg x --scheduler=processes
    err_has 'It was refused memory before (ENOMEM).'
    tg w.tg y --scheduler=processes --worker-memory=100MiB
    ended 1
    err_lacks 'memory before'
    err_lacks 'worker-memory'
}

# Each works in a fresh executor, and hardly one in what those before it have left; -j1: all in a row.
# bats test_tags=not-asan, not-tsan, parallel
@test "what works alone works behind tasks that keep memory, too" {
    run_tg 'use fault
output all = [hoard(b) > 0 for b in [70000000, 45000000, 75000000, 20000000, 90000000, 8000000, 95000000, 60000000, 60000000]]
output after = allocate(90000000, hoard(45000000))
output effect = hoard_effect(85000000, hoard(20000000)) > 0' --scheduler=processes --worker-memory=100MiB -j1
    ended 0
    is 'all = [true, true, true, true, true, true, true, true, true]
after = 90000000
effect = true'
    [ -z "$stderr" ] || tg_show "not quiet"
}

# bats test_tags=not-asan, not-tsan, parallel
@test "a task that says that memory ran out failed for memory, and it is told how much there was" {
    run_tg 'use fault
output x = allocate(300000000) with retries = 1, retry_on = ["memory"], backoff = 1ms' --scheduler=processes --worker-memory=100MiB
    ended 1
    err_has "task 'allocate' failed after 2 attempts: no memory for 300000000 bytes"
    [[ $stderr =~ "Its executor used "[0-9.]+" MiB of the 100 MiB that it may use (--worker-memory), and got no more." ]]
    err_has 'hint: Let executors use more with --worker-memory'
    run_tg 'use fault
output x = allocate(-1)' --scheduler=processes
    ended 1
    err_lacks worker-memory
}

# What one has made the other only maps.
# bats test_tags=not-asan, not-tsan, parallel
@test "a large value may be larger than what executors may use" {
    run_tg 'use travel
b = block(300000000, "inode")
output x = block_inode(b, 300000000) != ""
output y = block_inode(b, 300000000) != ""' --scheduler=processes --worker-memory=100MiB -j2
    ended 0
    is 'x = true
y = true'
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

# bats test_tags=parallel,not-processes,not-asan,not-tsan
@test "without executors a warning tells that it limits nothing" {
    local none="warning: --worker-memory=64MiB limits nothing: no task of this run is in an executor"
    echo 'use math
task word() -> str { sh "echo hi" }
output x = inc(1)
output y = word() with scheduler = "processes"
output z = [inc(i) for i in identity([1])]' >w.tg
    for name in x y z; do
        tg w.tg $name --worker-memory=64MiB
        ended 0
        err_has "$none"
        err_has 'hint: --scheduler=processes has executors'
        tg w.tg $name --worker-memory=64MiB -q
        [ -z "$stderr" ]
    done
    tg w.tg --worker-memory=64MiB --scheduler=single-threaded
    err_has "$none"
    tg w.tg --worker-memory=64MiB --scheduler=processes
    [ -z "$stderr" ]
    tg w.tg --worker-memory=64MiB -n
    [ -z "$stderr" ]
    TGRUN_WORKER_MEMORY=64MiB tg w.tg # for those runs that have executors
    [ -z "$stderr" ]
    run_tg 'use math
output x = [(inc(i) with scheduler = "processes") for i in identity([1])]' --worker-memory=64MiB
    ended 0
    [ -z "$stderr" ]
}

# bats test_tags=parallel,not-asan,not-tsan
@test "a task that asks for more than its executor may use is named before anything runs" {
    echo 'use math
task word() -> str with memory = 80MiB { sh "echo hi > ran; echo hi" }
w = word()
output x = add(len(w), 1) with memory = 70MiB, scheduler = "processes"
output y = add(len(w), 1) with memory = 70MiB, scheduler = "threads"
output z = add(len(w), 1) with memory = 70MiB, memory_enforce = false, scheduler = "processes"' >w.tg
    tg w.tg --worker-memory=64MiB --resources=memory=1GiB
    ended 3
    err_has "w.tg:4:12: error: task 'add' cannot run: it needs 70MiB of memory, and its executor may use 64MiB (--worker-memory)"
    [ ! -e ran ]
    for name in y z; do
        tg w.tg $name --worker-memory=64MiB --resources=memory=1GiB -q
        ended 0
        is "$name = 3"
    done
    tg w.tg x --worker-memory=70MiB --resources=memory=1GiB
    ended 0
}
