#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# as_completed, next, push, count and first: futures in the order in which they finish. Where the order matters, a task waits
# for a file that only what finished before makes: in any other order the program would not end.
load helper

# everywhere PROGRAM OUTPUT [ARG...]: the same with every scheduler and several numbers of workers.
everywhere() {
    local how
    for how in --scheduler=single-threaded -j1 -j2 -j8; do
        run_tg "$1" "$how" "${@:3}"
        ended 0
        is "$2"
    done
}

# In front of a program: gate(name) ends when the file exists, open(x, name) makes it.
gates='task gate(name: str) -> nil { sh "until [ -e ${name} ]; do sleep 0.01; done" }
task open(x: any, name: str) -> json { sh "touch ${name}; echo ${x}" }'

@test "the tutorial's program" {
    everywhere 'use math
param n: int = 300
zs = range(n)
seq = as_completed([inc(z) for z in zs])
while count(seq) > 1 {
    push(seq, add(next(seq), next(seq)))
}
output total = next(seq)' 'total = 45150'
    tg w.tg -D n=1
    is 'total = 1'
    tg w.tg -D n=20000 -j 4
    is 'total = 200010000'
}

# bats test_tags=parallel
@test "what finishes first is next, however long others take" {
    run_tg "$gates"'
use math
slow = after(identity(1000), gate("over"))
seq = as_completed([slow] + [identity(i) for i in 1..300] + [after(identity(2000), gate("over"))])
early = sum([next(seq) for i in 1..300])
output early
done = open(early, "over")
output late = sum([next(seq), next(seq)])
output total = [done, count(seq)]' -j 4
    ended 0
    is 'early = 44850
late = 3000
total = [44850, 0]'
}

# bats test_tags=parallel
@test "tasks of uneven length: each result is used when it is there" {
    run_tg "$gates"'
use math
seq = as_completed([after(identity(i * 1000), gate("gate${i}")) for i in 0..6] + [inc(i) for i in 0..100])
for i in range(100) { quick = next(seq) }
opened = open(0, "gate5") with after = quick
order = []
for i in [4, 0, 3, 1, 2] {
    x = next(seq)
    order += [x]
    opened = open(x, "gate${i}")
}
order += [next(seq)]
output order' -j 7
    ended 0
    is 'order = [5000, 4000, 0, 3000, 1000, 2000]'
}

# bats test_tags=parallel
@test "pairs are added as they come: the slow one is last" {
    run_tg "$gates"'
use math
seq = as_completed([after(identity(1000), gate("over"))] + [inc(z) for z in range(128)])
while count(seq) > 2 { push(seq, add(next(seq), next(seq))) }
quick = next(seq)
output quick
open(quick, "over")
output slow = next(seq)' -j 2
    ended 0
    is 'quick = 8256
slow = 1000'
}

@test "next waits without a thread" {
    everywhere 'use math
seq = as_completed([])
waiting = [inc(next(seq)) for i in 0..0]
many = as_completed([inc(i) for i in 0..100])
asked = [next(many) for i in 0..100]
output last = sum(reversed(asked))
deep = as_completed([sleep(0.01, 1)])
for i in 0..50 { push(deep, inc(next(deep))) }
output deep = next(deep)' 'last = 5050
deep = 51'
}

@test "a stream over a fan-out whose length is a result" {
    everywhere 'use math
n = identity(100)
seq = as_completed([inc(i) for i in range(n)])
while count(seq) > 1 { push(seq, add(next(seq), next(seq))) }
output total = next(seq)
empty = as_completed([i for i in identity([])])
output left = count(empty)
other = as_completed(identity([7]))
output one = [count(other), next(other)]
mapped = as_completed(map(inc, range(n)))
s = 0
while count(mapped) > 0 { s += next(mapped) }
output s' 'total = 5050
left = 0
one = [1, 7]
s = 5050'
}

# bats test_tags=parallel
@test "the items of a fan-out come as they finish, not when all are there" {
    run_tg "$gates"'
n = identity(3)
fn item(i) = if i == 0 { after(identity("slow"), gate("over")) } else { "quick" }
seq = as_completed([item(i) for i in range(n)])
a = next(seq)
b = next(seq)
open(len([a, b]), "over") with after = [a, b]
output c = [a, b, next(seq)]' -j 3
    ended 0
    is 'c = ["quick", "quick", "slow"]'
}

@test "streams inside blocks that depend on results" {
    everywhere 'use math
fn total(xs) {
    seq = as_completed(xs)
    while count(seq) > 1 { push(seq, add(next(seq), next(seq))) }
    next(seq)
}
n = identity(4)
output a = [total([inc(j) for j in 0..i + 1]) for i in range(n)]
output b = if n > 3 { total(range(n)) } else { fail("never") }
k = identity(0)
while k < 20 { k += total([inc(k), 1, 2]) }
output k
seq = as_completed([inc(i) for i in 0..10])
s = 0
for i in range(n) { s += next(seq) }
while count(seq) > identity(2) { s += next(seq) }
output c = s + next(seq) + next(seq)
output none = count(seq)' 'a = [1, 3, 6, 10]
b = 6
k = 28
c = 55
none = 0'
}

@test "pushing from a block, until there is nothing left" {
    everywhere 'use math
fn halves(x) = if x > 1 { [x // 2, x - x // 2] } else { [] }
seq = as_completed([identity(37)])
leaves = 0
while count(seq) > 0 {
    x = next(seq)
    if x == 1 { leaves += 1 }
    for y in halves(x) { push(seq, identity(y)) }
}
output leaves' 'leaves = 37'
}

@test "a failed item fails where it is taken" {
    run_tg 'use math
seq = as_completed([fail("no luck")])
output a = try(next(seq), "caught")
left = as_completed([inc(1), fail("second"), inc(2)])
output b = sum([try(next(left), 10), try(next(left), 10), try(next(left), 10)])'
    ended 0
    is 'a = caught
b = 15'
    run_tg 'seq = as_completed([fail("no luck"), 1])
output a = [next(seq), next(seq)]'
    ended 1
    err_has 'w.tg:1:21'
    err_has 'no luck'
}

@test "asking for more than there is" {
    run_tg 'seq = as_completed([identity(1)])
a = next(seq)
output b = next(seq)'
    ended 2
    err_has 'w.tg:3:'
    run_tg 'n = identity(1)
seq = as_completed([i for i in range(n)])
a = next(seq)
output b = next(seq)'
    ended 1
    err_has 'w.tg:4:'
}

@test "only what is taken is needed" {
    run_tg 'use twin
seq = as_completed([noted(1, "never taken"), noted(2, "never taken")])
output n = count(seq)
output o = noted(3, "output")'
    ended 0
    is 'n = 2
o = 3'
}

@test "outputs by name, with streams" {
    echo 'use math
seq = as_completed([inc(i) for i in range(identity(5))])
total = 0
while count(seq) > 0 { total += next(seq) }
output total
output other = inc(1)
output quick = first([sleep(0, "one"), sleep(1000, "two")])' >w.tg
    tg w.tg other
    ended 0
    is 'other = 2'
    tg w.tg total
    ended 0
    is 'total = 15'
    tg w.tg quick other
    ended 0
    is 'other = 2
quick = one'
}

# bats test_tags=parallel
@test "first: the rest is cancelled, and long tasks end at once" {
    local how
    for how in -j2 -j8; do
        run_tg 'use twin
x = first([noted(sleep(1000, "slow"), "never"), noted("quick", "quick")])
output x' $how
        ended 0
        is 'x = quick'
        err_lacks never
    done
}

@test "first: tasks that others need too run on" {
    run_tg 'use twin
a = sleep(0.2, noted("a", "a runs"))
output x = first([a, identity("b")])
output a' -j2
    ended 0
    has 'a = a'
    err_has 'a runs'
}

@test "first takes the first success; all failures are a failure" {
    everywhere 'use math
output x = first([fail("one"), inc(fail("two")), sleep(0.05, "three")])
output y = first(["known"])
output z = first([inc(i) for i in range(identity(1))])
fn search(lo, hi) = if lo * lo == 1369 { lo } else { fail("not ${lo}") }
output root = first([search(i, 0) for i in range(identity(50))])
output none = try(first([fail("a"), fail("b")]), "none")' 'x = three
y = known
z = 1
root = 37
none = none'
    run_tg 'output x = first([fail("one"), fail("two")])'
    ended 1
    err_has 'w.tg:1:'
    run_tg 'output x = first(identity([]))'
    ended 1
    err_has 'w.tg:1:'
}

# bats test_tags=parallel
@test "first over a fan-out of unknown length cancels the rest of it" {
    run_tg 'output x = first([sleep(if i == 3 { 0 } else { 1000 }, i) for i in range(identity(8))])' -j8
    ended 0
    is 'x = 3'
}

# The thread sanitizer sees here whether tasks that are being added are given up too early.
@test "first: tasks that have only just been added are given up" {
    echo 'use math
fn none(i) {
    n = count_primes(100 * i, 100 * i + 100)
    if n == 0 { i } else { fail("there are ${n}") }
}
output x = first([none(i) for i in 16_500..18_500])' >w.tg
    local i
    for i in {1..20}; do
        tg w.tg -j 8
        ended 0
        has 'x = 1'
    done
}

@test "first in a loop: what lost in a round is gone in the next" {
    everywhere 'k = identity(0)
while k < 20 { k = first([sleep(0, k + 1), sleep(0.001, k + 1)]) }
output k' 'k = 20'
}

@test "a stream is no value of a task, no output" {
    run_tg 'seq = as_completed([identity(1)])
output seq'
    ended 2
    err_has stream
    run_tg 'seq = as_completed([identity(1)])
output x = identity(seq)'
    ended 2
    err_has stream
    run_tg 'output x = next(5)'
    ended 2
    err_has 'w.tg:1:'
    run_tg 'output x = count(identity([1]))'
    [ "$status" != 0 ]
    err_has 'w.tg:1:'
}
