#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Tasks that need cores, memory or units of a resource: they begin when these are free, and never share them.
load helper

setup() {
    tg_setup
    export TGRUN_NO_RECORD=true # what runs twice is to run twice
}

# A task that runs has a folder in ./held. What else is there when it begins and when it ends stands in ./seen.KIND.N.
tasks='
task alone(kind: str, n: int) -> int {
    sh """look() { for f in held/*; do [ $f = held/${kind}.${n} ] || echo \${f#held/} >>seen.${kind}.${n}; done; }
        mkdir held/${kind}.${n}
        look
        sleep 0.01
        look
        rmdir held/${kind}.${n}
        echo ${n}"""
}
'

# nobody_saw KIND PATTERN: no task of the kind saw another one that matches while it ran.
nobody_saw() { ! grep -q -s -E "$2" seen."$1".* || tg_show "$1 ran beside: $(grep -E "$2" seen."$1".*)"; }

# with_each 'FILE' CHECK ARG...: the file under each scheduler and number of workers.
with_each() {
    local how file=$1 check=$2
    shift 2
    for how in -j4 '-j4 --scheduler=single-threaded'; do
        rm -rf seen.* held
        mkdir held
        # shellcheck disable=SC2086 # words
        run_tg "$file" $how "$@"
        "$check"
    done
}

@test "tasks that need the only unit never overlap" {
    it_is_so() {
        ended 0
        nobody_saw gpu '^gpu'
        is $'a = [0, 1, 2, 3, 4]\nb = [0, 1, 2, 3, 4]'
    }
    with_each "$tasks"'
        output a = [(alone("gpu", i) with resources = {gpu: 1}) for i in range(5)]
        output b = [alone("free", i) for i in range(5)]' it_is_so --resources=gpu=1
}

@test "a task of all cores runs alone, and is not starved by others" {
    it_is_so() {
        ended 0
        nobody_saw wide '.'
        has "b = [0, 1]"
    }
    with_each "$tasks"'
        output a = [alone("narrow", i) for i in range(12)]
        output b = [(alone("wide", i) with cores = 4, priority = -1) for i in range(2)]' it_is_so -j4
}

@test "loops of quick tasks give way to a task of all cores" {
    for how in -j2 -j3 --scheduler=single-threaded; do
        rm -f go*
        run_tg 'use math
            task wide() -> int with cores = 2 { sh "touch go0; echo 1" }
            n = inc(0)
            m = inc(0)
            while not exists("go${n * 0}") { n = inc(n) }
            while not exists("go${m * 0}") { m = inc(m) }
            output a = wide()
            output b = n > 0 and m > 0' -j2 -q "$how"
        ended 0
        is $'a = 1\nb = true'
    done
}

@test "the memory of tasks that run is never more than there is" {
    it_is_so() {
        ended 0
        nobody_saw most '.'
    }
    with_each "$tasks"'
        output a = [(alone("most", i) with memory = 700MB, memory_enforce = false) for i in range(3)]
        output b = [(alone("less", i) with memory = 400MB, memory_enforce = false) for i in range(4)]' \
        it_is_so --resources=memory=1GB
}

@test "tasks that a graph adds while it runs wait in line, too" {
    it_is_so() {
        ended 0
        nobody_saw gpu '^gpu'
        nobody_saw wide '.'
        is "x = 58"
    }
    with_each "$tasks"'
        task n() -> int { sh "echo 4" }
        x = 0
        for i in range(n()) {
            x = x + (alone("gpu", i) with resources = {gpu: 1}) + (alone("wide", i) with cores = 2)
        }
        for i in range(n()) { x = x + (alone("gpu", 10 + i) with resources = {gpu: 1}) }
        output x' it_is_so --resources=gpu=1 -j2
}

@test "what can never be met fails the task when it is known then only" {
    for how in -j2 --scheduler=single-threaded; do
        run_tg 'task n() -> int { sh "echo 9" }
            task t(n: int) -> int with cores = n, retries = 3 { sh "echo ${task.cores}" }
            output a = t(n())
            output b = t(n() - 7)' "$how" -j2 -k
        ended 1
        err_has "error: task 't' failed: it needs 9 cores, and the run has 2"
        err_has "A run with '-j 9' has so many"
        err_lacks "again in"
        is "b = 2"
    done
    # it is no matter of the nil among its arguments
    run_tg 'task bad() -> int with allow_failure = true { sh "exit 3" }
        task n() -> int { sh "echo 9" }
        task t(x: int?, n: int) -> int with cores = n { sh "echo 1" }
        output a = t(bad(), n())' -j2
    ended 1
    err_has "error: task 't' failed: it needs 9 cores, and the run has 2"
}

@test "a failed attempt gives back what it held, and delays hold nothing" {
    # the second one can only run while the first one waits for its next attempt
    for how in -j1 -j3 --scheduler=single-threaded; do
        rm -f go
        run_tg 'task bad() -> int with resources = {gpu: 1}, retries = 400, backoff = 10ms, max_backoff = 10ms, priority = 1 {
                sh "test -e go; echo 1"
            }
            task good() -> int with resources = {gpu: 1} { sh "touch go; echo 2" }
            output a = bad()
            output b = good()
            output c = try((fail("x") with resources = {gpu: 1}), 3)' --resources=gpu=1 -q "$how"
        ended 0
        is $'a = 1\nb = 2\nc = 3'
    done
}

@test "a task of a plugin can ask for what it was given" {
    it_is_so() {
        ended 0
        is 'plain = attempt 1, 1 cores, 0 bytes, gpu
wide = attempt 1, 2 cores, 1048576 bytes, gpu 0 1
other = attempt 1, 1 cores, 0 bytes, gpu
again = attempt 3, 2 cores, 0 bytes, gpu 0 1 2
apart = attempt 2, 1 cores, 2097152 bytes, gpu 0 1 2
grown = ["attempt 1, 1 cores, 0 bytes, gpu", "attempt 2, 2 cores, 0 bytes, gpu 0 1 2"]'
    }
    with_each 'use fault
        output plain = fault.given()
        output wide = fault.given() with cores = 2, memory = 1MiB, resources = {gpu: 2}
        output other = fault.given() with resources = {licence: 1}
        output again = fault.given(fails = 2) with cores = 2, resources = {gpu: 3}, retries = 2, backoff = 0s
        output apart = fault.given(fails = 1) with memory = 2MiB, resources = {gpu: 3}, timeout = 1h, retries = 1, backoff = 0s
        task n() -> int { sh "echo 2" }
        grown = []
        for i in range(n()) {
            if i == 0 { grown = grown + [fault.given(fails = i)] }
            else { grown = grown + [(fault.given(fails = i) with cores = 2, resources = {gpu: 3}, retries = 1, backoff = 0s)] }
        }
        output grown' it_is_so --resources=gpu=3,licence=1 -q
}

# A thread that has not begun within a short limit never will, and makes no file.
# bats test_tags=not-processes
@test "a task whose thread was given up still knows what it was given" {
    for how in -j1 -j4 --scheduler=single-threaded; do
        for limit in 0.1 1.0 10.0; do
            rm -f go late
            run_tg 'use fault
                param limit: float
                task end(late: str, next: str) -> nil { sh "echo >go; while [ -e late ] && [ ! -s late ]; do sleep 0.02; done" }
                late = try((fault.given("gpu", 0, "go", "late") with timeout = 1s * limit, cores = 3, resources = {gpu: 2}), "none")
                next = fault.given(after = late) with timeout = 1h, cores = 2, resources = {licence: 1, gpu: 3}
                end(late, next)
                output late
                output next' --resources=gpu=3,licence=1 "$how" -j4 -D limit=$limit
            ended 0
            is 'late = none
next = attempt 1, 2 cores, 0 bytes, gpu 0 1 2'
            [ ! -s late ] || break
        done
        [ "$(cat late)" = 'attempt 1, 3 cores, 0 bytes, gpu 0 1' ] || tg_show "$(cat late)"
    done
}

@test "an attempt that lacked memory is followed by one that has more, up to all there is" {
    for how in -j2 --scheduler=single-threaded; do
        rm -f asked
        run_tg 'task t(mib: int) -> int with memory = 64MiB, memory_factor = 3, retries = 9, backoff = 0s {
                sh "echo ${task.memory} >>asked; python3 -c \"x = bytearray(${mib} << 20)\"; echo 1"
            }
            param mib: int
            output a = t(mib)' --resources=memory=300MiB -q "$how" -D mib=80
        ended 0
        [ "$(cat asked)" = $'67108864\n201326592' ] || tg_show "$(cat asked)"
        rm -f asked
        tg w.tg --resources=memory=300MiB -q "$how" -D mib=310
        ended 1
        [ "$(cat asked)" = $'67108864\n201326592\n314572800' ] || tg_show "$(cat asked)"
        err_has "It had all the memory of the run, 300MiB, so that there is no further attempt."
    done
}

@test "a run that is told to end does not wait for what waits in line" {
    printf '%s\n' 'task t(n: int) -> int with resources = {gpu: 1} { sh "echo $$ >began.${n}; exec sleep 1000" }' \
        'output a = [t(i) for i in range(5)]' >w.tg
    for how in -j2 -j4 --scheduler=single-threaded; do
        rm -f began.*
        start w.tg --resources=gpu=1 "$how"
        wait_for compgen -G 'began.*'
        kill -INT "$pid"
        finish
        ended 130
        [ "$(compgen -G 'began.*' | wc -l)" -eq 1 ]
    done
}

@test "USR1 names what waits for which resource" {
    printf '%s\n' 'task t(n: int) -> int with resources = {gpu: 1} { sh "echo >>began; exec sleep 1000" }' \
        'output a = [t(i) for i in range(3)]' >w.tg
    start w.tg --resources=gpu=1 -j2
    told() {
        kill -USR1 "$pid"
        grep -q "t, waits for 1 of resource 'gpu'" err && grep -q "and 1 more that wait for resources" err
    }
    wait_for test -e began
    wait_for told # the others may not have been looked at yet
    kill -INT "$pid"
    finish
    ended 130
}
