#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# try: what fails is caught where it is used, and only there.
load helper

both() {
    local how
    for how in single-threaded threads; do
        run_tg "$1" --scheduler=$how "${@:3}"
        ended 0
        is "$2"
        [ -z "$stderr" ] || tg_show 'standard error is not empty'
    done
}

@test "a failed task gives the default" {
    both 'use math
output a = try(fail("no"), "default")
output b = try(1 // dec(1), -1)
output c = try(inc(1), -1)
output d = try(5, -1)' 'a = default
b = -1
c = 2
d = 5'
}

@test "everything between the failure and the try is skipped" {
    both 'use math
x = fail("no")
y = inc(inc(x))
output a = try(y, 0) + 1
output b = try([x, 1], [])
output c = try({k: [x]}.k[0], "none")
output d = try("text ${x}", "no text")' 'a = 1
b = []
c = none
d = no text'
}

@test "try in try, and a default that is a future" {
    both 'use math
output a = try(try(fail("1"), fail("2")), 3)
output b = try(fail("1"), inc(1))
output c = try(try(fail("1"), 2), 3)' 'a = 3
b = 2
c = 2'
}

@test "a failure of the default is a failure" {
    run_tg 'output a = try(fail("first"), fail("second"))'
    ended 1
    err_has second
}

@test "a command that fails is caught" {
    both 'task t(x: int) -> int { sh "exit ${x}" }
output a = [try(t(i + 1), i) for i in 0..3]' 'a = [0, 1, 2]'
}

@test "a failure that is used elsewhere too stops the run" {
    run_tg 'use math
x = fail("no")
output a = try(x, 1)
output b = inc(x)'
    ended 1
    err_has 'no'
    run_tg 'use math
x = fail("no")
output a = try(x, 1)
output b = inc(x)' -k
    ended 1
    has 'a = 1'
}

# alike EXPECTED PROGRAM: the same output whether its values are known or come from tasks: of `K(x)`.
alike() {
    local how what
    for what in known identity; do
        for how in single-threaded 'threads -j 4'; do
            # shellcheck disable=SC2086
            run_tg 'fn known(x) = x
'"${2//K(/$what(}" --scheduler=$how
            ended 0
            is "$1"
            [ -z "$stderr" ] || tg_show "$what, $how: standard error is not empty"
        done
    done
}

fail_task='task f(x: int) -> int { sh "exit ${x}" }
'

@test "a failing command in a block that waits is caught" {
    alike 'a = [3, 3]
b = 7
c = 7
d = [5, 5]
e = 6' "$fail_task"'output a = [try(f(i), 3) for i in K([1, 2])]
output b = try(if K(true) { f(1) } else { 2 }, 7)
x = 0
while x < K(1) { x += 1; y = f(1) }
output c = try(y, 7)
output d = map(fn(x) = try(f(x), 5), K([1, 2]))
output e = try(K(1) and f(2), 6)'
}

@test "what is made in a try is caught though its value does not need it" {
    alike 'a = 0
b = [0, 1]
c = 3
d = 0' "$fail_task"'fn g(x) { f(x); x }
fn h(x) { assert x < 1, "no"; x }
fn l(n) { s = 0; while s < n { s += 1; h(s % 2) }; s }
output a = try(g(K(1)), 0)
output b = [try(h(x), x - 1) for x in K([1, 2])]
output c = try(if K(true) { g(1) } else { 8 }, 3)
output d = try(l(K(3)), 0)
try(f(K(1)), nil)
if K(true) { try(g(2), nil) }'
}

@test "what fails while it is evaluated is caught, known or not" {
    alike 'a = 0
b = 1
c = 2
d = none
e = 3
f = 4
g = 5' 'output a = try(K([1])[5], 0)
output b = try(1 // K(0), 1)
output c = try(int(K("x")), 2)
output d = try(read_json(K("missing.json")), "none")
output e = try(K({a: 1})["b"], 3)
output f = try(fold(fn(s, x) = s // x, K([1, 0]), 1), 4)
output g = try(K(1) + K("x"), 5)'
}

@test "the default is evaluated only where it is needed" {
    alike 'a = 5
b = 4' 'output a = try(K(5), K(1) // 0)
output b = try(K(1) // 0, K([4])[0])'
    run_tg 'fn known(x) = x
fn d() { print("default"); 1 }
output a = [try(known(5), d()), try(identity(5), d())]'
    is 'a = [5, 5]'
    err_lacks default
}

@test "first: each item fails by itself" {
    alike 'a = 3
b = 1
c = 1
d = 7' "$fail_task"'fn h(x) { assert x > 1, "no"; x }
output a = first([K([1])[5], K(3)])
output b = first([2 // x for x in K([0, 2, 0])])
output c = first(map(fn(x) = x // K(x), K([0, 2])))
output d = try(first([f(i) for i in K([1, 2])] + [h(K(0))]), 7)'
    alike 'a = 3
b = 4
c = 5
d = [6]' "$fail_task"'fn h(x) { f(x); x }
output a = first([f(1), K(3)])
output b = first([h(K(1)), K(4), f(2)])
output c = first([h(sleep(0.05, fail("no"))), K(5)])
output d = first([[f(1)], [K(6)], h(1) + 1])'
}

@test "a stream of what is no list fails where it is read" {
    run_tg 'fn f(x) = next(as_completed(x))
output a = [try(f(identity(1)), "a"), try(first(identity("x")), "b"), first([f(identity(1)), identity("c")])]'
    ended 0
    is 'a = ["a", "b", "c"]'
    run_tg 'output a = next(as_completed(identity(1)))'
    ended 1
    err_has "argument 'xs' of 'as_completed' must be list, not int"
}

@test "an effect that a try may use later shows only if it does not" {
    alike 'y = 3' "$fail_task"'x = f(1)
if K(true) { y = try(x, 3) } else { y = 1 }
output y'
    local what
    for what in true 'identity(true)'; do
        run_tg "$fail_task"'x = f(1)
if not '"$what"' { y = try(x, 3) } else { y = 1 }
output y'
        ended 1
        err_has "exit status 1"
        run_tg "$fail_task"'if '"$what"' { x = f(1) }
output y = 1'
        ended 1
        err_has "exit status 1"
    done
}

@test "what is wrong with the program itself is not caught" {
    run_tg 'output a = try((sleep(0) with priority = identity(1)), 0)'
    ended 2
    err_has "known while the graph is built"
    run_tg 'output a = try(1 + "x", 0)'
    ended 2
}

@test "what a stream waits for fails what comes out of it" {
    echo 'ys = identity([1, 2])
bad = fail("no")
fn drain(s) { n = 0; for x in s { n += x }; n }
fn pushed(ys) { s = as_completed(ys); push(s, 4); if next(s) > 0 { push(s, identity(5)) }; drain(s) }
output xs = [try(after(first([y for y in ys]), bad), "a"), try(after(first(ys), bad), "b"),
    try(after(first([identity(1)]), bad), "c"), try(after(next(as_completed([y for y in ys if y > 1])), bad), "d"),
    try(after(drain(as_completed(ys)), bad), "e"), try(after(pushed(ys), bad), "f"),
    first([after(first([identity(1)]), bad), 7])]' >w.tg
    sed 's/= identity(\[1, 2\])/= [1, 2]/' w.tg >known.tg
    for file in w.tg known.tg; do
        for how in -j1 -j4 --scheduler=sync -k; do
            tg $file $how
            ended 0
            is 'xs = ["a", "b", "c", "d", "e", "f", 7]'
        done
    done
    echo 's = as_completed([])
after(push(s, 1), fail("no"))
output a = next(s)
output b = 2' >w.tg
    tg -k w.tg
    ended 1
    is 'b = 2'
    err_has "task 'fail' failed: no"
}

@test "an effect whose user is given up before it runs is caught all the same" {
    cat >w.tg <<'TG'
task fails(x: int) -> nil { sh "exit ${x}" }
fn bad(x) {
    fails(x)
    x
}
output a = first([next(as_completed([if identity(3) > 1 { bad(1) } else { 2 }])), identity(0)])
output b = first([if identity(3) > 1 { bad(1) } else { 2 }, 0])
TG
    for _ in {1..25}; do
        tg w.tg -j 4
        ended 0
        is $'a = 0\nb = 0'
    done
}

@test "failures that were caught are counted" {
    cat >w.tg <<'TG'
task fails(x: int) -> int { sh "exit ${x}" }
output a = [try(fails(i), 3) for i in [1, 2]]
output b = [try(fails(i), 3) for i in identity([1, 2])]
TG
    tg w.tg -v
    ended 0
    err_has '0 tasks done (and 8 helpers), 4 caught, in '
    echo 'output c = 1 // identity(0)' >>w.tg
    tg w.tg -k
    ended 1
    [[ $stderr =~ '1 task failed, '[0-9]+' skipped, '[0-9]+' done, 4 caught' ]] || tg_show "not counted"
}

@test "attempt: what is there, or the message of the failure" {
    alike 'a = {ok: true, value: 1, error: nil}
b = {ok: false, value: nil, error: "division by zero in 1 / 0"}
c = {ok: false, value: nil, error: "index 3 is out of range for a list of 1 item"}
d = {ok: false, value: nil, error: "assertion failed: too small"}
e = [true, false]
f = inner
g = outer inner
i = 5' 'fn h(x) { assert x > 1, "too small"; x }
output a = attempt(K(1))
output b = attempt(1 / K(0))
output c = attempt([7][K(3)])
output d = attempt(h(K(1)))
output e = [attempt(h(x)).ok for x in K([2, 1])]
output f = attempt(if K(true) { fail("inner") } else { 1 }).error
output g = attempt(fail("outer ${attempt(fail("inner")).error}")).error
output i = attempt(attempt(K(5))).value.value'
}

@test "attempt: a failed command tells its last lines and where its log is" {
    run_tg 'task f(x: int) -> nil { sh "echo a complaint >&2; exit ${x}" }
output why = attempt(f(3)).error'
    ended 0
    has "why = task 'f' failed: command failed with exit status 3
"
    has '
$ echo a complaint >&2; exit 3
output:
    a complaint
log: .tgrun/logs/'
    local log=${output##*log: }
    [ -s "$log" ]
}

@test "attempt: effects that the value does not need are waited for" {
    alike 'a = command failed with exit status 2
b = 5' 'task f(x: int) -> nil { sh "exit ${x}" }
fn g(x) { f(x); 5 }
output a = split(attempt(g(K(2))).error, "failed: ")[1][:33]
output b = attempt(g(K(0))).value
use text'
}

@test "attempt: a failure that shows elsewhere is told, too, and one in a list" {
    run_tg 'z = fail("both")
output a = attempt(z).error
output b = [z]
output c = attempt([1, {x: z}]).error' -k
    ended 1
    is 'a = both
c = both'
    err_has "task 'fail' failed: both"
}

@test "attempt: as a value, with options, in YAML" {
    run_yaml 'tasks:
  bad: {run: ["sh", "-c", "exit 4"]}
  some: {call: attempt, args: ["${bad}"], with: {label: tried}}
outputs: [{ok: "${some.ok}"}, {all: "${map(attempt, [identity(1), fail('"'no'"')])}"}]'
    ended 0
    is 'ok = false
all = [{ok: true, value: 1, error: nil}, {ok: false, value: nil, error: "no"}]'
}
