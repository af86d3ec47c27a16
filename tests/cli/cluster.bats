#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Runs whose tasks are in a cluster (--cluster), here one of processes of this machine: results are those of threads, what goes wrong
# with a task is told as with executors of tgrun's own, and nothing is left behind.
load helper

setup() {
    tg_setup
    ulimit -c 0
}

agents='^tgrun agent$'
drivers='driver-exec$'

# clustered TEXT [ARG...]: runs the workflow in a cluster of two.
clustered() { run_tg "use fault
use mortal
$1" --cluster=pool:2 "${@:2}"; }

start_clustered() {
    printf 'use fault\nuse mortal\n%s\n' "$1" >w.tg
    start w.tg --cluster=pool:2 "${@:2}"
}

nothing_left() { none_left "$agents" && none_left "$drivers" && none_left '^tgrun exec$'; }

# same_everywhere SCHEDULER TEXT [ARG...]: what a run with that scheduler prints, says and ends with, one in a cluster does, too.
same_everywhere() {
    local said
    run_tg "use fault
use mortal
$2" "--scheduler=$1" "${@:3}"
    said="$status $output"$'\n'$stderr
    clustered "$2" "${@:3}"
    [ "$said" = "$status $output"$'\n'"$stderr" ] || tg_show "with $1: $said"
}

# Not their guards, which kill what they leave.
kill_agents() { kill -KILL $(pgrep -P "$(left "$drivers")"); }

begun() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }

# A driver that says these frames, each a JSON text, and ends.
fake_driver() {
    local json
    mkdir -p bin
    {
        echo '#!/bin/sh'
        for json in "${@:2}"; do
            printf "printf '\\\\%03o\\\\000\\\\000\\\\000\\\\%03o\\\\000\\\\000\\\\000%%s' '%s'\n" $((${#json} + 4)) ${#json} "$json"
        done
    } >"bin/tgrun-driver-$1"
    chmod +x "bin/tgrun-driver-$1"
    PATH=$PWD/bin:$PATH
}

@test "a cluster gives the results of threads" {
    same_everywhere threads 'xs = [work(i) for i in 0..300]
output s = sum(xs)
output d = work(work(work(work(5))))
output t = [{a: work(i), b: [work(i + 1)]} for i in 0..3]
output l = work(if work(1) > 0 { 4 } else { 5 })
output e = try(ends("fail", 6), 7)
output none = 1 + 2'
    ended 0
    wait_until nothing_left
}

@test "what a run has not said comes from the cluster" {
    printf 'use mortal\noutput x = [work(i) for i in 0..5]\n' >w.tg
    tg w.tg --scheduler=distributed
    ended 0
    local all=$output
    TGRUN_CLUSTER=pool:1 tg w.tg -v
    ended 0
    is "$all"
    err_has "scheduler distributed, 1 worker"
    tg w.tg --cluster=pool:1 -j 3
    is "$all"
}

# bats test_tags=not-asan, not-tsan
@test "a crash costs one task, and is told as that of an executor" {
    clustered 'output xs = [work(i) for i in 0..50]
output y = ends("segv", 5)
output t = try(ends("abort", 6), 7)' -k
    ended 1
    has 'xs = [7, 38, 69,'
    has $'\n''t = 7'
    err_has "w.tg:4:12: error: task 'ends' failed: it crashed: SIGSEGV: invalid memory access at 0x"
    err_has " of $plugins/mortal.so"
    clustered 'output y = ends("exit", 5)'
    ended 1
    err_has "it ended its process by exit("
}

@test "a task of an agent that is lost runs elsewhere, one with an effect does not" {
    start_clustered 'output x = waits("begun", 5)'
    wait_for begun begun 1
    kill_agents
    wait_for begun begun 2
    touch over
    finish
    ended 0
    is 'x = 5'
    rm begun over
    start_clustered 'output x = waits_once("begun", 5)'
    wait_for begun begun 1
    kill_agents
    finish
    ended 1
    err_has "task 'waits_once' failed: its executor was killed from outside while it ran"
    wait_until nothing_left
}

@test "Ctrl-C ends all of it" {
    start_clustered 'output x = [waits("begun", i) for i in 0..4]'
    wait_for begun begun 1
    kill -INT "$pid"
    finish
    ended 130
    err_has 'ended by'
    wait_until nothing_left
    start_clustered 'output x = waits("final", 5)
finally {
    print(work(3))
}'
    wait_for begun final 1
    kill -INT "$pid"
    finish
    ended 130
    err_has 100
    mkdir bin
    printf '#!/bin/sh\necho >slow\ncat >/dev/null\n' >bin/tgrun-driver-slow
    chmod +x bin/tgrun-driver-slow
    printf 'use mortal\noutput x = work(1)\n' >w.tg
    PATH=$PWD/bin:$PATH start w.tg --cluster=slow:x
    wait_for test -e slow
    kill -INT "$pid"
    finish
    ended 130
    err_lacks 'error:'
    wait_until none_left '^cat$'
}

@test "pinned objects are made again where they are not, and released; large texts come and go" {
    clustered 'use text
use travel
use math
p = noted_pin(7, "noted")
output a = [pin_number(sum_pins(p, p)) for i in 0..3]
output b = sum([pin_number(pinned(i)) for i in range(2000)])
output alive = pins_alive(b) < 1000
output n = len(join([repeat("0123456789", inc(110000 + i)) for i in 0..5]))'
    ended 0
    is 'a = [14, 14, 14]
b = 1999000
alive = true
n = 5500150'
}

@test "a killed tgrun leaves nothing" {
    start_clustered 'output x = waits("begun", 5)'
    wait_for begun begun 1
    kill -KILL "$pid"
    wait_until nothing_left
}

@test "what a driver says of its end is said, with status 3" {
    printf 'use mortal\noutput x = work(1)\n' >w.tg
    local hello='{"t":"hello","protocol":1,"engine":"fake","versions":{},"tls":false}'
    fake_driver fake "$hello" '{"t":"error","kind":"connect","message":"nobody is there","hint":"Start it."}'
    tg w.tg --cluster=fake:x
    ended 3
    err_has "cluster 'fake:x': nobody is there"
    err_has 'hint: Start it.'
    fake_driver fake "$hello"
    tg w.tg --cluster=fake:x
    ended 3
    err_has "cluster 'fake:x': its driver has ended"
    fake_driver fake '{"t":"hello","protocol":2}'
    tg w.tg --cluster=fake:x
    ended 3
    err_has 'another protocol'
    fake_driver fake '{"t":"nonsense"}'
    tg w.tg --cluster=fake:x
    ended 3
    err_has 'makes no sense: nonsense'
    fake_driver fake "$hello" '{"t":"ready","slots":1,"workers":[]}' '{"t":"error","kind":"engine-lost","message":"it is gone"}'
    tg w.tg --cluster=fake:x
    ended 3
    err_has "cluster 'fake:x': it is gone"
    tg w.tg --cluster=absent:x
    ended 3
    err_has "cannot find 'tgrun-driver-absent', the driver of cluster 'absent:x'"
    tg w.tg --cluster=pool:0
    ended 3
    err_has "error: cluster 'pool:0': that is no number of slots"
}

@test "which clusters and schedulers there are" {
    printf 'output x = 1\n' >w.tg
    tg w.tg --cluster=nonsense
    ended 2
    err_has "'nonsense' is no cluster"
    tg w.tg --cluster=pool:2 --scheduler=threads
    ended 2
    err_has '--cluster has tasks run in a cluster, and --scheduler=threads here'
    TGRUN_CLUSTER=pool:2 tg w.tg --scheduler=threads
    ended 0
    tg w.tg --cluster=pool:2 --scheduler=distributed
    ended 0
    is 'x = 1'
}
