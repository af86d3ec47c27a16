#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The same constructs on results of tasks: futures under operators, inside lists and records, taken apart.
load helper

# both PROGRAM OUTPUT: the same with either scheduler.
both() {
    local how
    for how in single-threaded threads; do
        run_tg "$1" --scheduler=$how
        ended 0
        is "$2"
    done
}

@test "operators on futures are tasks" {
    both 'use math
x = inc(1)
output a = [x + 1, 1 - x, x * x, x / 4, x // 4, x % 4, x ** 3, -x, +x]
output b = [x == 2, x != 2, x < 3, x <= 2, x > 3, x >= 2, not x, 1 < x < 3, 0 < x > 5]
output c = [x and 5, x or 5, 0 * x or "zero", x in [1, 2], x not in [1, 2]]' 'a = [3, -1, 4, 0.5, 0, 2, 8, -2, 2]
b = [true, false, true, true, false, true, false, true, false]
c = [5, 2, "zero", true, false]'
    tg graph w.tg --format=json
    has '"**"'
    has '"not in"'
}

@test "parts of futures" {
    both 'xs = identity([10, 20, 30])
r = identity({name: "n", xs: [1]})
output a = [xs[0], xs[-1], xs[1:], xs[::-1]]
output b = [r.name, r["name"], r.xs[0]]
p, q = identity(["p", "q"])
output c = p + q
i = identity(1)
output d = [[5, 6, 7][i], [5, 6, 7][i:]]' 'a = [10, 30, [20, 30], [30, 20, 10]]
b = ["n", "n", 1]
c = pq
d = [6, [6, 7]]'
}

@test "futures inside lists and records are put in by the run" {
    both 'use math
xs = [inc(i) for i in 0..3]
r = {sum: sum(xs), items: xs, deep: [[inc(10)], {x: inc(20)}]}
output r
output xs
output n = len(xs)
output text = "${xs} and ${r.deep[0]}"
output again = identity(r)' 'r = {sum: 6, items: [1, 2, 3], deep: [[11], {x: 21}]}
xs = [1, 2, 3]
n = 3
text = [1, 2, 3] and [11]
again = {sum: 6, items: [1, 2, 3], deep: [[11], {x: 21}]}'
}

@test "the length of a list of futures is known" {
    both 'use math
zs = [inc(i) for i in 0..10]
while len(zs) > 1 { zs = [add(zs[i], zs[i + 1]) for i in range(0, len(zs) - 1, 2)] + zs[len(zs) - len(zs) % 2:] }
output total = zs[0]' 'total = 55'
}

@test "built-in functions on futures" {
    both 'use math
a, b = [inc(2), inc(0)]
output o = [max(a, b), min([a, b]), abs(-a), round(a / 2), sorted([a, b]), sorted([a, b], reverse = true)]
output p = [len(identity("abc")), str(a), int("${a}"), float(a), bool(b), range(a), range(b, a)]
output q = [zip([a], [b]), enumerate([a, b]), reversed([a, b]), keys({x: a}), values({x: a}), keys(identity({y: 1}))]
output r = flatten([[a], [b, [a]]]) + flatten([identity([1, 2]), [3]]) + flatten(identity([[7], [8]]))' 'o = [3, 1, 3, 2, [1, 3], [3, 1]]
p = [3, "3", 3, 3.0, true, [0, 1, 2], [1, 2]]
q = [[[3, 1]], [[0, 3], [1, 1]], [1, 3], ["x"], [3], ["y"]]
r = [3, 1, [3], 1, 2, 3, 7, 8]'
}

@test "functions of the language work on futures" {
    both 'use math
fn square(x) = x * x
output a = map(square, [inc(1), 3, inc(3)])
output b = reduce(add, [inc(i) for i in 0..9], arity = 2)
output c = fold(fn(s, x) = s * 2 + x, [inc(0), inc(1)], inc(0))
output d = filter(fn(p) = p[0] > 1, [[1, inc(1)], [2, inc(2)]])' 'a = [4, 9, 16]
b = 45
c = 8
d = [[2, 3]]'
}

@test "a reduction is a balanced tree" {
    both 'use math
output a = reduce(fn(x, y) = "(${x}+${y})", [1, 2, 3, 4, 5])
output b = reduce(max, [1, 5, 2, 4, 3], arity = 3)
output c = [reduce(add, [], init = 7), reduce(add, [3])]' 'a = (((1+2)+(3+4))+5)
b = 5
c = [7, 3]'
}

@test "a future compared with nothing known is a future too" {
    run_tg 'x = identity(1)
output a = x == x
output b = [x] == [1]
output c = {k: x}.k
output d = [x][0] + 1'
    ended 0
    is 'a = true
b = true
c = 1
d = 2'
}

@test "after makes tasks wait" {
    both 'use twin
a = noted(1, "first")
b = after(noted(2, "second"), a)
c = after(a, sleep(0.01), b)
output o = [a, b, c]
output p = after(noted(3, "third"), c) + 1' 'o = [1, 2, 1]
p = 4'
    [ "$stderr" = $'first\nsecond\nthird' ] || tg_show "not the order"
}

@test "after as an option, at a call and around a block" {
    both 'use twin
a = sleep(0.05, noted(1, "first"))
b = noted(2, "second") with after = a
with after = [b, {x: a}] {
    c = noted(3, "third")
    with after = c { d = noted(4, "fourth") }
}
output o = [d, c, b, a]' 'o = [4, 3, 2, 1]'
    [ "$stderr" = $'first\nsecond\nthird\nfourth' ] || tg_show "not the order"
}

@test "what fails says which call it was" {
    run_tg 'use math
fn half(x) = 10 // x
xs = [half(dec(i)) for i in 0..3]
output xs' -j 1
    ended 1
    err_has 'w.tg:2:14: error: '
    err_has 'division by zero'
}

@test "the message of an assertion may be what attempt says, known or not, nil where all is well" {
    run_tg 'for t in [attempt(1), attempt(identity(1))] { assert t.ok, t.error }
output x = 1'
    is "x = 1"
    run_tg 'task give(n: int) -> nil { sh "exit ${n}" }
t = attempt(give(3))
assert t.ok, t.error'
    ended 1
    err_has "assertion failed: task 'give' failed: command failed with exit status 3"
}

@test "a future may be an argument of a command, a condition of an assertion" {
    both 'task echo(x: int, xs: list[int]) -> str { sh "echo ${x} ${xs}" }
x = identity(3)
assert x == 3, "x is ${x}"
output a = echo(x, [x, 4, identity(5)])' 'a = 3 3 4 5'
    run_tg 'x = identity(3)
assert x == 4, "x is ${x}"'
    ended 1
    err_has 'x is 3'
}
