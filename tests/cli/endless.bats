#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs that grow without end: the limits stop them, a signal stops them at once.
load helper

# stopped PROGRAM CONSTRUCT PLACE: --max-tasks=1000 stops it with a message that names the limit and both.
stopped() {
    local how
    for how in --scheduler=single-threaded -j1 -j4; do
        run_tg "$1" --max-tasks=1000 $how
        ended 1
        err_has 1000
        err_has "$2"
        err_has "$3"
    done
}

@test "--max-tasks stops a while that collects" {
    stopped 'use math
x = identity(0)
xs = []
while x >= 0 {
    x = inc(x)
    xs += [inc(x)]
}
output xs' "'while'" 'w.tg:4:'
}

@test "--max-tasks counts every round of a while" {
    stopped 'use math
x = identity(0)
while x >= 0 { x = inc(x) }
output x' "'while'" 'w.tg:3:'
    run_tg 'use math
x = identity(0)
while x < 300 { x = inc(x) }
output x' --max-tasks=1000
    ended 0
    is 'x = 300'
}

@test "--max-tasks stops a fan-out, and a function that calls itself" {
    stopped 'use math
n = identity(5000)
output xs = [inc(i) for i in range(n)]' comprehension 'w.tg:3:'
    stopped 'use math
fn f(n) { if n >= 0 { 1 + f(inc(n)) } else { 0 } }
output x = f(identity(0))' "'if'" 'w.tg:2:'
    stopped 'fn tree(n) = if n >= 0 { tree(n + 1) + tree(n + 2) } else { 0 }
output x = tree(identity(0))' "'if'" 'w.tg:1:'
}

# bats test_tags=slow, not-asan, not-tsan
@test "expansion points that wait for each other: 1000000" {
    run_tg 'use math
fn f(n) { if n >= 0 { 1 + f(inc(n)) } else { 0 } }
output x = f(identity(0))'
    ended 1
    err_has 1000000
    err_has "'if'"
    err_has 'w.tg:2:'
}

@test "calls inside calls in a grown block: 2000" {
    run_tg 'fn f(n) = 1 + f(n + 1)
output x = if identity(true) { f(0) } else { 0 }'
    ended 1
    err_has 2000
    err_has 'w.tg:1:'
}

# interrupted PROGRAM: it runs until it is interrupted; then it ends, with every scheduler.
interrupted() {
    local how
    printf 'use twin\nuse math\nbegun = noted(0, "begun")\n%s\n' "$1" >w.tg
    for how in --scheduler=single-threaded -j1 -j4; do
        start w.tg $how
        wait_for grep -qx begun err
        kill -INT "$pid"
        finish
        ended 130
        [ ! -s out ] || tg_show "there are outputs"
        err_has 'signal 2'
    done
}

@test "interrupting a while without end" {
    interrupted 'x = begun
while x >= 0 { x = math.inc(x) }
output x'
}

@test "interrupting a while that collects" {
    interrupted 'x = begun
xs = []
while x >= 0 { x = math.inc(x); xs = ([x] + xs)[:100] }
output xs'
}

@test "interrupting a function that calls itself without end" {
    interrupted 'fn f(n) = if n >= 0 { f(math.inc(n)) } else { 0 }
output x = f(begun)'
}

@test "interrupting a loop without end in a grown block" {
    interrupted 'if begun == 0 { k = 0; while true { k = (k + 1) % 1000 } }
output k'
}

@test "interrupting a stream without end" {
    interrupted 'seq = as_completed([math.inc(i) for i in range(begun + 2)])
while count(seq) > 0 { push(seq, math.inc(next(seq))) }
output x = count(seq)'
}

@test "interrupting tasks that sleep in a grown block" {
    interrupted 'xs = [sleep(1000, i) for i in range(begun + 3)]
output xs'
}

@test "interrupting a run that waits for a stream" {
    interrupted 'seq = as_completed([sleep(1000, math.inc(begun))])
output x = [next(seq), count(seq)]'
}
