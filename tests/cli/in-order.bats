#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `in_order { .. }`: statements one after the other. tests/stress/in_order.bats tries random programs.
load helper

# in_log TEXT WANT: that these lines are written, in this order, however it is run.
in_log() {
    local how
    for how in -j1 -j4 --scheduler=single-threaded; do
        run_tg "$1
output done = true" $how
        [ "$(tr '\n' ' ' <<<"$stderr")" = "$2 " ] || { echo "$how: $stderr"; false; }
    done
}

@test "statements, loops and branches in order, known and of results" {
    in_log 'slow = fn(x) = after(print(x), sleep(2ms))
in_order {
    print(after("a", sleep(3ms)))
    for i in 0..2 { print("b${i}"); print("B") }
    for k, v in identity({x: 1, y: 2}) { print(after(k, sleep(2ms))); print(v) }
    if identity(true) { print(after("c", sleep(2ms))); if identity(1) > 2 { print("no") } else { print("d") } }
    n = identity(0)
    while n < 2 { print("w${n}"); n += 1; print("v") }
    print("e")
}' 'a b0 B b1 B x 1 y 2 c d w0 v w1 v e'
}

@test "break, continue and return under a condition that waits" {
    in_log 'fn f(n) {
    in_order {
        for i in identity([1, 2, 3, 4]) {
            if identity(i) == 2 { continue }
            print("i${i}")
            if i == identity(n) { return "r" }
            print("j${i}")
            if identity(i) == 3 { break }
        }
        print("end")
    }
    "e"
}
in_order { x = f(3); print(x); y = f(9); print(y) }' 'i1 j1 i3 r i1 j1 i3 j3 end e'
}

# bats test_tags=parallel
@test "within a statement tasks run side by side, and the next one waits for all of them" {
    run_tg 'task meet(a: str, b: str) -> nil { sh "touch ${a}; until [ -e ${b} ]; do sleep 0.01; done" }
task last() -> str { sh "ls" }
in_order {
    [meet("p", "q"), meet("q", "p")]
    output x = last()
}' -j2
    ended 0
    has p
    has q
}

@test "what is called in it comes before what follows, whether it needs it or not" {
    in_log 'fn two(x) { in_order { print(after("${x}1", sleep(2ms))); print("${x}2") }; x }
in_order {
    map(two, identity(["a"]))
    print("-")
    filter(fn(x) { two("b"); true }, identity([1]))
    print("-")
    f = if identity(true) { two } else { print }
    f("c")
    y = identity(true) and two("d")
    first([two("e"), sleep(1h)])
    s = as_completed([sleep(2ms, 1), sleep(1ms, 2)])
    for x in s { print("s"); print("t") }
    print("end")
}' 'a1 a2 - b1 b2 - c1 c2 d1 d2 e1 e2 s t s t end'
}

@test "with, after and an order inside" {
    in_log 'in_order {
    with priority = 2 { print(after("a", sleep(2ms))); print("b") }
    with after = print(after("c", sleep(2ms))) { print("d"); if identity(true) { print("e") } }
    in_order { print(after("f", sleep(2ms))); print("g") }
    print(after("h", print("i")))
    after(print("k"), print("j"))
    print("l")
}' 'a b c d e f g i h j k l'
}

@test "try in it, and it in try" {
    in_log 'fn broken() { in_order { print(after("a", sleep(2ms))); fail("no"); print("never") }; 1 }
in_order {
    x = try(broken(), 2)
    print(x)
    y = try(if identity(true) { broken() } else { 1 }, after("d", print("c")))
    print(y)
}' 'a 2 a c d'
    run_tg 'task bad() -> nil { sh "exit 1" }
in_order { x = bad(); y = try(print("never"), 0); print("nor this") }' -k
    ended 1
    err_lacks 'never
'
    err_lacks 'nor this
'
}

@test "where one fails those after it are skipped" {
    run_tg 'task step(x: str, code: int = 0) -> str { sh "echo ${x} >>log; echo ${x}; exit ${code}" }
in_order {
    output a = step("one")
    step("two", 3)
    output b = step("three")
    for i in identity([1, 2]) { step("never") }
    output c = step("four")
}' -k
    ended 1
    is 'a = one'
    err_has "task 'step' failed"
    err_has skipped
    [ "$(cat log)" = 'one
two' ]
}

@test "files are looked for when what was before has made them" {
    run_tg 'task make(n: str) -> nil { sh "touch ${n}.x" }
in_order {
    one = glob("*.x", missing = "ok")
    make("a")
    two = glob("*.x")
    [make("b"), make("c")]
    three = glob("*.x")
}
output n = [len(one), len(two), len(three)]'
    is 'n = [0, 1, 3]'
}

@test "what only computes is known as ever" {
    run_tg 'use text
in_order { print("a"); xs = split("p q"); print("b"); output n = len(xs) }' -n
    ended 0
    has print
    lacks split
    lacks len
}

@test "a hundred thousand statements" {
    run_tg 'n = 0
in_order { for i in 0..100000 { x = identity(i); n += 1 } }
output y = [x, n]'
    is 'y = [99999, 100000]'
    run_tg 'in_order { for i in identity(0)..20000 { assert identity(i) >= 0 } }
in_order { n = identity(0); while n < 20000 { assert n >= 0; n += 1 } }
output n'
    is 'n = 20000'
}

@test "the word is a name elsewhere" {
    run_tg 'in_order = 3
fn f(in_order) { in_order }
output x = f(in_order + 1)
output in_order
if in_order == 3 { in_order { in_order = 5 } }
output z = {in_order: 1}.in_order'
    is 'x = 4
in_order = 3
z = 1'
}

@test "slips" {
    run_tg 'x = in_order { print(1) }'
    ended 2
    err_has "'in_order { .. }' is a statement, and gives no value"
    run_tg 'in_order with priority = 1 { print(1) }'
    ended 2
    err_has 'options stand around it'
    run_tg 'sequential { print(1) }'
    ended 2
    err_has "statements one after the other stand in 'in_order { .. }'"
    run_tg $'in_order\n{ print(1) }'
    ended 2
    err_has "the '{' of a block stands on the line of its 'in_order'"
    run_tg 'in_order { use math }'
    ended 2
    err_has 'only at the top level'
    run_tg 'if identity(true) { in_order { output x = 1 } }'
    ended 2
    err_has 'no output can stand here'
}

@test "in both forms, and in fmt" {
    cat >w.tg <<'END'
in_order {
    print("a")  # first
    for i in 0..2 {
        in_order {}
    }

    # then
    output x = 1
}
END
    cp w.tg before
    tg fmt w.tg
    diff before w.tg
    tg convert w.tg --to=yaml
    has 'in_order {'
    echo "$output" >w.yaml
    tg w.yaml
    is 'x = 1'
    err_has a
    tg convert w.yaml --to=tg
    has 'in_order {'
}
