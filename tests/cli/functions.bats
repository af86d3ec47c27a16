#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Functions of graph time: values, defaults, types, recursion, what they see of the variables around them.
load helper

@test "a function gives its last expression, or what it returns" {
    run_tg 'fn a() { 1; 2 }
fn b(x) { if x > 1 { return "big" }
    "small" }
fn c(x) { if x { 1 } else if x == 0 { 2 } else { 3 } }
fn d() { x = 1 }
fn e(x) = x * 2
fn f() { for i in 0..3 { if i == 1 { return i } } }
fn g() { return }
output o = [a(), b(2), b(0), c(1), c(0), c(""), d(), e(4), f(), g()]'
    ended 0
    is 'o = [2, "big", "small", 1, 2, 3, nil, 8, 1, nil]'
}

@test "defaults, keywords, and defaults that use the parameters before" {
    run_tg 'fn f(a, b = a + 1, c = [a, b]) = [a, b, c]
output o = [f(1), f(1, 5), f(1, c = 0), f(b = 2, a = 1), f(c = 1, b = 2, a = 3)]'
    ended 0
    is 'o = [[1, 2, [1, 2]], [1, 5, [1, 5]], [1, 2, 0], [1, 2, [1, 2]], [3, 2, 1]]'
}

@test "typed parameters check, and make a float of an int and a file of a str" {
    run_tg 'fn f(x: float, p: file = "d/a.txt", xs: list[float] = [1, 2.5]) = [x, p.stem, xs]
output o = f(1)
fn g(x: int?) = x
output p = [g(nil), g(3)]'
    ended 0
    is 'o = [1.0, "a", [1.0, 2.5]]
p = [nil, 3]'
}

@test "typed parameters check and convert what is known only in the run" {
    run_tg 'fn f(x: int) = x
fn l(xs: list[list[float]], p: file, o: int?) = [xs, p.stem, o]
fn apply(g: function) = g(1)
output a = [f(identity(4)), l([[identity(1), 2], identity([3.5])], identity("d/a.txt"), identity(nil))]
output b = apply(if identity(true) { f } else { nil })
output c = [try(f(identity("s")), "caught"), first([f(identity([])), f(identity(1))]), try(map(f, identity([1, "2"])), 0)]
output d = len(l([[identity("s"), 1]], "p", 0)[0][0])'
    ended 0
    is 'a = [4, [[[1.0, 2.0], [3.5]], "a", nil]]
b = 1
c = ["caught", 1, 0]
d = 2'
    echo 'use math
fn f(xs: list[float], n: int) = xs
output a = f(identity([1, "2"]), 1)
output b = f([1, identity(nil)], inc(1))' >w.tg
    tg -k w.tg
    ended 1
    err_has 'w.tg:3:12: error: task '"'argument' failed: argument 'xs' of 'f' must be list[float], not list whose item 1 is str"
    err_has 'w.tg:4:12: error: task '"'argument' failed: argument 'xs' of 'f' must be float, not nil"
    run_tg 'use text
fn f(x: int) = x
output a = f(upper("s"))'
    ended 2
    err_has "argument 'x' of 'f' must be int, not str"
    tg -n w.tg b
    lacks "inc"
}

@test "recursion, also mutual, and functions that stand further down" {
    run_tg 'output a = fib(20)
output b = even(10)
fn fib(n) = if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
fn even(n) { if n == 0 { true } else { odd(n - 1) } }
fn odd(n) { if n == 0 { false } else { even(n - 1) } }'
    ended 0
    is 'a = 6765
b = true'
}

@test "functions are values: passed, returned, kept, called with keywords" {
    run_tg 'use math
fn twice(f, x) = f(f(x))
fn adder(n) = fn(x, by = 1) = x + n * by
fns = [adder(1), adder(10), inc, len, twice]
output a = [twice(inc, 1), adder(5)(1), fns[0](1), fns[1](1, by = 2), fns[2](1), fns[3]([1]), fns[4](adder(3), 0)]
r = {f: adder(100)}
output b = r.f(1)
output c = (fn(x) = x * x)(7)
output d = map(fn(x) { y = x + 1; y * y }, [1, 2])
g = math.add
output e = reduce(g, [1, 2, 3])
output f = g(y = 1, x = 2)'
    ended 0
    is 'a = [3, 6, 2, 21, 2, 1, 6]
b = 101
c = 49
d = [4, 9]
e = 6
f = 3'
}

@test "a function of the file reads its variables as they are when it is called" {
    run_tg 'n = 1
fn f() = n
a = f()
n = 2
output o = [a, f()]'
    ended 0
    is 'o = [1, 2]'
}

@test "an anonymous or nested function takes the variables as they are when it is made" {
    run_tg 'fs = []
for i in 0..3 { fs += [fn() = i] }
output a = [f() for f in fs]
fn make(n) {
    fn down(k) = if k == 0 { [n] } else { [k] + down(k - 1) }
    n += 1
    down
}
output b = make(5)(2)
x = 1
g = fn() = x
x = 2
output c = [g(), x]
fn outer() {
    y = 1
    fn inner() { fn innermost() = y + x; innermost() }
    inner()
}
output d = outer()'
    ended 0
    is 'a = [0, 1, 2]
b = [2, 1, 5]
c = [1, 2]
d = 3'
}

@test "variables of a function are its own" {
    run_tg 'x = 1
fn f() {
    x = 5
    for y in 0..3 { x += y }
    x
}
output a = [f(), f(), x]'
    ended 0
    is 'a = [8, 8, 1]'
}

@test "functions make tasks; their loops unroll" {
    run_tg 'use math
fn tree(f, xs, lo, hi) {
    if hi - lo == 1 { return xs[lo] }
    mid = (lo + hi) // 2
    f(tree(f, xs, lo, mid), tree(f, xs, mid, hi))
}
output total = tree(add, [inc(i) for i in 0..5], 0, 5)'
    ended 0
    is 'total = 15'
}

# bats test_tags=not-tsan
@test "too deep recursion is an error, not a crash" {
    run_tg 'fn f(n) = f(n + 1)
output a = f(0)'
    ended 2
    err_has 'functions call each other too deep'
    run_tg 'fn f(n) = map(f, [n])
output a = f(0)'
    ended 2
    err_has 'functions call each other too deep'
    { printf 'fn f(n) = if n == 0 { 0 } else { '; printf '(1+%.0s' {1..400}; printf 'f(n - 1)'; printf ')%.0s' {1..400}; echo ' }
output a = f(1999)'; } >w.tg
    tg w.tg
    [ "$status" = 2 ] || [ "$output" = 'a = 799600' ]
}

@test "recursion to the limit is fine, also with a small stack" {
    run_tg 'fn f(n) = if n == 0 { 0 } else { 1 + f(n - 1) }
output a = f(1500)'
    ended 0
    is 'a = 1500'
    ulimit -s 512
    run_tg 'fn f(n) = if n == 0 { 0 } else { 1 + f(n - 1) }
output a = f(100000)'
    ended 2
    err_has 'too deep'
}
