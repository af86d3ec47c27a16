#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Only what an output or an effect needs is run.
load helper

@test "a pure task that nobody needs does not run" {
    run_tg 'use twin
a = noted(1, "needed")
b = noted(2, "not needed")
c = fail("not needed either")
output o = a'
    ended 0
    is 'o = 1'
    [ "$stderr" = needed ]
}

@test "effects run, with what they need, whether anybody uses them or not" {
    run_tg 'use twin
a = noted("x", "for the effect")
note(a)
print("seen", a)
task t() -> nil { sh "touch made" }
t()
assert a == "x", "wrong"
b = noted(1, "never")'
    ended 0
    err_has 'for the effect'
    err_has 'seen x'
    err_lacks never
    [ -e made ]
}

@test "named outputs: only these and what they need" {
    run_tg 'use twin
output a = noted(1, "for a")
output b = noted(2, "for b")
output c = [a, noted(3, "for c")]' b
    ended 0
    is 'b = 2'
    [ "$stderr" = 'for b' ]
    tg w.tg c a
    ended 0
    has 'c = [1, 3]'
    has 'a = 1'
    lacks b
    err_lacks 'for b'
    tg w.tg nosuch
    ended 2
    err_has nosuch
}

@test "a named output: also the effects that evaluating it makes, and no others" {
    run_tg 'fn begin() { in_order { print("begin 1"); print("begin 2") } }
fn ci(xs) {
    in_order {
        begin()
        for x in xs { print("ci ${x}") }
    }
}
print("other")
output before = [print("before"), 1]
output ci = ci([1])
output later = ci(identity([2]))
output size = len([print("a"), print("b")])' ci
    is 'ci = nil'
    [ "$stderr" = $'begin 1\nbegin 2\nci 1' ]
    tg w.tg later
    [ "$stderr" = $'begin 1\nbegin 2\nci 2' ]
    tg w.tg size ci
    is $'ci = nil\nsize = 2'
    [ "$(sort <<<"$stderr")" = $'a\nb\nbegin 1\nbegin 2\nci 1' ]
    tg w.tg size -n
    has '2 tasks would run'
}

@test "of a list, only the items that are used" {
    run_tg 'use twin
xs = [noted(i, "item ${i}") for i in 0..5]
output o = [xs[1], len(xs)]'
    ended 0
    is 'o = [1, 5]'
    [ "$stderr" = 'item 1' ]
}

@test "a task runs once, however often its result is used" {
    run_tg 'use twin
x = noted(2, "once")
output a = [x, x + x, {k: x}]
output b = x'
    ended 0
    is 'a = [2, 4, {k: 2}]
b = 2'
    [ "$stderr" = once ]
}

@test "the same call twice is two tasks" {
    run_tg 'use twin
output a = [noted(1, "run"), noted(1, "run")]'
    ended 0
    [ "$stderr" = $'run\nrun' ]
}

@test "effects of an imported file run" {
    echo 'use twin
note("imported")
x = noted(1, "never")' >lib.tg
    run_tg 'import "lib.tg" as lib
output a = 1'
    ended 0
    [ "$stderr" = imported ]
}
