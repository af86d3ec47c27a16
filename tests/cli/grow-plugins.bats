#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Plugin tasks that add tasks: tg_find and tg_call of tgrun.h, by the tasks of tests/plugins/grower.c.
load helper

# every PROGRAM OUTPUT: the same with every scheduler and number of workers.
every() {
    local how
    for how in --scheduler=single-threaded '--scheduler=threads -j 1' '--scheduler=threads -j 2' '--scheduler=threads -j 8'; do
        # shellcheck disable=SC2086
        run_tg "use grower
$1" $how
        ended 0
        is "$2"
    done
}

# fails PROGRAM MESSAGE: the same failure with every scheduler.
fails() {
    local how
    for how in --scheduler=single-threaded '--scheduler=threads -j 2'; do
        # shellcheck disable=SC2086
        run_tg "use grower
$1" $how
        ended 1
        err_has "$2"
    done
}

@test "recursive Fibonacci" {
    every 'output f = fib(15)
output g = [fib(i) for i in 0..10]' 'f = 610
g = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]'
}

@test "many workers add tasks at the same time" {
    every 'output total = total([fib(i % 16) for i in 0..200])
output wides = [wide(i * 20) for i in 0..20][19]' 'total = 19185
wides = 144020'
}

@test "futures as arguments of further calls" {
    every 'output a = power(0)
output b = power(10)
output c = power(62)' 'a = 1
b = 1024
c = 4611686018427387904'
}

@test "a list of futures as the result, and as an argument" {
    every 'output a = doubled(5)
output b = doubled(0)
output c = wide(1000)
output d = doubled(3)[1] + 1
output e = total(doubled(4))' 'a = [0, 2, 4, 6, 8]
b = []
c = 999000
d = 3
e = 12'
}

@test "futures inside a record" {
    every 'r = report(3)
output r
output same = r.deep.same' 'r = {n: 3, twice: 6, deep: {list: [3, 12], same: 6}}
same = 6'
}

@test "defaults are filled in, and any number of arguments goes to a rest" {
    every 'output a = calls("sum3", 1)
output b = calls("sum3", 1, 2)
output c = calls("sum3", 1, 2, 3)
output d = calls("items")
output e = calls("items", 1, "x", [2])
output f = calls("total", [1, 2])' 'a = 111
b = 103
c = 6
d = []
e = [1, "x", [2]]
f = 3'
}

@test "tasks of other plugins and of the core" {
    every 'use twin
output a = calls("twin.inc", 5)
output b = calls("grower.twice", 5)
output c = calls("core.+", "a", "b")
output d = calls("core.try", 1, 2)
output e = calls("calls", "calls", "twice", 4)' 'a = 7
b = 10
c = ab
d = 1
e = 8'
}

@test "a call that ends with a call of itself runs in constant memory" {
    every 'output x = down(20000)' 'x = 0'
}

@test "effects that were added run, tasks that nobody uses do not" {
    local how
    for how in --scheduler=single-threaded '--scheduler=threads -j 4'; do
        # shellcheck disable=SC2086
        run_tg 'use grower
output a = notes(3)
output b = unused()' $how
        ended 0
        is 'a = 7
b = 8'
        [ "$(grep -c 'a note' <<<"$stderr")" = 3 ]
        err_lacks never
    done
}

@test "a task that adds tasks and then fails leaves nothing behind" {
    fails 'adds_and_fails(3)' 'failed after adding'
    err_lacks 'a note'
    every 'output x = try(adds_and_fails(3), 5)' 'x = 5'
}

@test "the number of arguments is checked" {
    fails 'output x = calls("twice")' "task 'twice' needs an argument for 'x'"
    fails 'output x = calls("twice", 1, 2)' "task 'twice' takes 1 argument, not 2"
    fails 'output x = calls("word", 1)' "task 'word' takes no arguments, not 1"
    fails 'output x = calls("sum3", 1, 2, 3, 4)' "task 'sum3' takes 1 to 3 arguments, not 4"
    fails 'output x = calls("calls")' "task 'calls' needs an argument for 'name'"
}

@test "the kinds of arguments are checked" {
    fails 'output x = calls("twice", "a")' "argument 'x' of 'twice' must be int, not str"
    fails 'output x = calls("sum3", 1, 2.5)' "argument 'b' of 'sum3' must be int, not float"
    fails 'output x = calls("total", 1)' "argument 'xs' of 'total' must be list[int], not int"
    fails 'output x = calls("total", [1, "a"])' "argument 'xs' of 'total' must be list[int], not list whose item 1 is str"
}

@test "the kinds of futures are checked" {
    fails 'output x = calls_on("twice", "word")' "argument 'x' of 'twice' must be int, not str, which 'word' gives"
    every 'output x = calls_on("items", "word")
output y = calls_on_list("items", "word")' 'x = ["word"]
y = [[1, "word"]]'
    fails 'output x = calls_on_list("total", "word")' "parameter 'xs' of task 'total' takes list[int], not list"
}

@test "a result that the signature does not allow is a failure" {
    fails 'output x = liar()' "'liar'"
}

@test "unknown tasks and plugins" {
    fails 'output x = calls("twise", 1)' "plugin 'grower' has no task 'twise'"
    err_has "did you mean 'twice'?"
    fails 'output x = calls("text.upper", "a")' "no task 'text.upper': the plugin 'text' is not loaded"
    err_has "The workflow must say 'use text'"
    fails 'output x = calls("core.nothing", "a")' "plugin 'core' has no task 'nothing'"
    fails 'output x = calls("", 1)' "plugin 'grower' has no task ''"
}

@test "a task that does not say that it grows cannot add tasks" {
    fails 'output x = quiet("word")' "a task that adds tasks must say 'grows' in its signature"
    err_has "The plugin must say 'quiet(name: str) -> any grows'"
}

@test "a failed call that nobody looks at is a failure" {
    fails 'output x = careless()' "task 'twice' needs an argument for 'x'"
}

@test "a future is not good any more when its task has returned" {
    run_tg 'use grower
output x = uses_kept(keeps(1), false)' --scheduler=single-threaded
    ended 1
    err_has "argument 'x' of 'twice' has a future that this task has not made"
    run_tg 'use grower
output x = uses_kept(keeps(1), true)' --scheduler=single-threaded
    ended 1
    err_has "argument 'xs' of 'total' has a future that this task has not made"
}

@test "failures in tasks that were added" {
    fails 'output x = calls("core.fail", "no luck")' 'no luck'
    every 'output x = try(calls("core.fail", "no luck"), 5)
output y = try(calls("calls", "core.fail", "no luck"), 6)' 'x = 5
y = 6'
}

@test "--max-tasks stops a recursion that has no end in sight" {
    run_tg 'use grower
output x = fib(60)' --max-tasks=100000
    [ "$status" != 0 ]
    err_has '--max-tasks'
}

@test "tgrun plugins shows what grows" {
    tg plugins grower
    has 'fib(n: int) -> int grows'
    has 'adds_and_fails(n: int) -> int effect grows'
}
