#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Imports: functions, tasks, values, parameters and effects of other files; plugins by name and path.
load helper

file() { mkdir -p "$(dirname "$1")"; cat >"$1"; }

@test "functions, tasks and variables of another file" {
    file lib/tools.tg <<'END'
use math
base = 10
fn scale(x) = x * base
fn sum_of(xs) = sum(map(scale, xs))
task greet(name: str) -> str { sh "echo hello ${name} ${base}" }
output ready = true
xs = [inc(base)]
END
    run_tg 'import "lib/tools.tg" as tools
output a = [tools.base, tools.scale(2), tools.sum_of([1, 2]), tools.ready, tools.xs]
output b = tools.greet("you")
f = tools.scale
output c = map(f, [1])
base = 99
output d = tools.scale(1)'
    ended 0
    is 'a = [10, 20, 30, true, [11]]
b = hello you 10
c = [10]
d = 10'
}

@test "paths are relative to the importing file, and a file is evaluated once" {
    file a/b/deep.tg <<'END'
use twin
note("deep")
n = 1
END
    file a/one.tg <<'END'
import "b/deep.tg" as deep
n = deep.n + 1
END
    file a/two.tg <<'END'
import "./b/../b/deep.tg" as deep
n = deep.n + 2
END
    run_tg 'import "a/one.tg" as one
import "a/two.tg" as two
import "a/b/deep.tg" as d
output s = [one.n, two.n, d.n]'
    ended 0
    is 's = [2, 3, 1]'
    [ "$stderr" = deep ] || tg_show "not once"
    mkdir elsewhere && cd elsewhere
    tg ../w.tg
    ended 0
    is 's = [2, 3, 1]'
}

@test "an output of an imported file is just a variable" {
    file lib.tg <<'END'
output a = 1
output b = 2
END
    run_tg 'import "lib.tg" as lib
output a = lib.a + lib.b'
    ended 0
    is 'a = 3'
}

@test "parameters of an imported file take their defaults" {
    file lib.tg <<'END'
param n: int = 3 "of the library"
fn f() = n
END
    run_tg 'import "lib.tg" as lib
param n: int = 4
output a = [lib.f(), n]' -D n=7
    ended 0
    is 'a = [3, 7]'
    sed -i 's/ = 3 .*//' lib.tg
    tg w.tg -D n=7
    ended 2
    err_has "lib.tg:1:1: error: parameter 'n' has no default"
}

@test "errors name the file they are in" {
    file lib.tg <<'END'
fn good(x) = x
fn bad(x) = unknown
END
    run_tg 'import "lib.tg" as lib
output a = lib.good(1)'
    ended 2
    err_has "lib.tg:2:13: error: unknown name 'unknown'"
    file lib.tg <<'END'
use math
fn f(x) = inc(x)
END
    run_tg 'import "lib.tg" as lib
output a = lib.f("x")'
    ended 2
    err_has "lib.tg:2:11: error: argument 'x' of 'inc'"
    err_has 'w.tg:2:12: note: called from here'
    file lib.tg <<'END'
task fails(x: int) -> nil {
    sh "exit ${x}"
}
END
    run_tg 'import "lib.tg" as lib
lib.fails(3)'
    ended 1
    err_has "status 3"
    err_has 'w.tg:2:1'
}

@test "cycles are errors with both files" {
    file a.tg <<<'import "b.tg" as b'
    file b.tg <<<'import "a.tg" as a'
    tg a.tg
    ended 2
    err_has "b.tg:1:1: error: 'a.tg' imports itself, directly or through other files"
}

@test "what is missing is said once, with its reason" {
    run_tg 'import "lib.tg" as lib
output a = lib.f(1) + lib.n'
    ended 2
    err_has "'lib.tg'"
    err_has 'No such file'
    [ "$(grep -c error: <<<"$stderr")" = 1 ]
    run_tg 'use nosuch
output a = something(nosuch.other(1))'
    ended 3
    err_has "w.tg:1:1: error: no plugin 'nosuch'"
    [ "$(grep -c error: <<<"$stderr")" = 1 ]
}

@test "a module's variable that is a result of a task can be used like any other" {
    file lib.tg <<'END'
use math
x = inc(1)
task show() -> str { sh "echo ${x}" }
END
    run_tg 'import "lib.tg" as lib
task show(n: int) -> str { sh "echo ${n}" }
output a = [lib.x + 1, lib.show(), show(lib.x)]'
    ended 0
    is 'a = [3, "2", "2"]'
    run_tg 'import "lib.tg" as lib
task show() -> str { sh "echo ${lib.x}" }
output a = show()'
    ended 1
    err_has "a command cannot wait for 'x'"
}

@test "a YAML file can be imported, and import" {
    file lib.yaml <<'END'
use: [math]
functions:
  double: {params: [x], value: "${x * 2}"}
tasks:
  one: {call: inc, args: [0]}
END
    run_tg 'import "lib.yaml" as lib
output a = [lib.double(4), lib.one]'
    ended 0
    is 'a = [8, 1]'
    file tools.tg <<<'fn triple(x) = x * 3'
    run_yaml 'import: {tools: tools.tg}
outputs: {a: "${tools.triple(2)}"}'
    ended 0
    is 'a = 6'
}

@test "plugins: qualified names, aliases, paths, the same one twice" {
    run_tg 'use math
use math as m
use twin
output a = [math.inc(1), m.inc(1), twin.inc(1), add(1, 2), pair(1, 2)]'
    ended 0
    is 'a = [2, 2, 3, 3, [1, 2]]'
    mkdir plug && cp "$plugins/twin.so" plug/
    mkdir sub && echo 'use "../plug/twin.so" as t
output a = t.inc(1)' >sub/w.tg
    tg sub/w.tg
    ended 0
    is 'a = 3'
    cd sub && tg w.tg
    ended 0
    is 'a = 3'
}

@test "C functions of a library next to the file" {
    command -v cc >/dev/null || skip "no C compiler"
    mkdir sub
    echo 'long twice(long x) { return 2 * x; } int yes(const char *s) { return s[0] == 121; }' >sub/lib.c
    cc -shared -fPIC -o sub/libtwice.so sub/lib.c
    echo 'extern "./libtwice.so" { twice(x: int) -> int; yes(s: str) -> bool }
output a = [twice(21), yes("y"), yes("n")]' >sub/w.tg
    tg sub/w.tg
    ended 0
    is 'a = [42, true, false]'
}

@test "here: a path relative to the file it stands in, wherever tgrun runs" {
    mkdir -p sub/data other
    echo 1 >sub/data/a.txt
    echo 'fn f(x) = here(x)
task show(x: str) -> str with priority = len(here("")) { sh "echo ${here(x)} ${x}" }
files = glob(here("data/*"))
param top: str = here("data")' >sub/part.tg
    echo 'import "sub/part.tg" as p
output a = [here("x"), p.f("y"), p.top, p.files[0], here("/abs")]
output b = [p.show("z"), p.f(identity("i")), here(identity("j")), map(p.f, ["k"]), [p.f(x) for x in identity(["l"])]]' >w.tg
    tg w.tg
    ended 0
    is 'a = ["x", "sub/y", "sub/data", "sub/data/a.txt", "/abs"]
b = ["sub/z z", "sub/i", "j", ["sub/k"], ["sub/l"]]'
    cd other
    tg ../w.tg
    ended 0
    is 'a = ["../x", "../sub/y", "../sub/data", "../sub/data/a.txt", "/abs"]
b = ["../sub/z z", "../sub/i", "../j", ["../sub/k"], ["../sub/l"]]'
    run --separate-stderr "$TGRUN" - <<<'output a = here("x")'
    is 'a = x'
    run_tg 'output a = here(3)'
    ended 2
    err_has "argument 'path' of 'here' must be str, not int"
    run_yaml 'tasks: {a: {value: "${here(\"x\")}"}}
outputs: [a]'
    is 'a = x'
}

@test "tasks of the built-in plugin that have a name can be called, and a hint says how" {
    run_tg 'use core
output a = [concat([1], [2]), core.concat([3]), index([4, 5], -1), record(["b"], 6), template("x", 7), neg(8)]
output b = [try(fail("no"), 9), list(1, 2), slice([1, 2, 3], 1), field({c: 3}, "c"), unpack([1, 2], 0, 2)]'
    ended 0
    is 'a = [[1, 2], [3], 5, {b: 6}, "x7", -8]
b = [9, [1, 2], [2, 3], 3, 1]'
    run_tg 'output a = concat([1], [2])'
    ended 2
    err_has "unknown task 'concat'"
    err_has "hint: plugin core has it: add 'use core'."
    run_tg 'output a = core.concat([1], [2])'
    ended 2
    err_has "hint: add 'use core'."
    tg plugins core
    has "'use core' makes all that have a name callable"
    for task in $(sed -n 's/^  \([a-z]*\)(.*/\1/p' <<<"$output"); do
        case $task in in | not | and | or | assert) continue ;; esac
        run_tg "use core
f = core.$task"
        ended 0
    done
}

@test "core.NAME is the built-in function, without use, wherever a function may stand" {
    cat >both.tg <<'END'
use math
use namesake
limits = {core: 3}
for i in core.range(2) {
    last = i
}
output a = [core.len([7]), core.max([1, 2]), map(core.len, ["a", "bc"]), last, limits.core]
output b = core.reduce(core.max, identity([3, 9, 4]))
output c = core.try(core.len(identity(1)), "caught")
output d = [namesake.len([7]), math.max(1, 2)]
END
    tg both.tg
    ended 0
    is 'a = [1, 2, [1, 2], 1, 3]
b = 9
c = caught
d = ["namesake", 2]'
    "$TGRUN" convert both.tg --to=yaml >both.yaml
    local wanted=$output
    tg both.yaml
    is "$wanted"
    run_yaml 'tasks: {a: {call: core.len, args: [[1, 2]]}, b: {reduce: core.min, over: [3, 2]}}
outputs: [a, b]'
    is 'a = 2
b = 2'
    run_tg 'use core as c
output a = [core.len([7]), c.len([7]), c.concat([1], [2])]'
    is 'a = [1, 1, [1, 2]]'
    run_tg 'core = {len: 8}
output a = core.len'
    is 'a = 8'
    for use in '' 'use core'; do
        run_tg "$use
output a = core.filterr([1])"
        ended 2
        err_has "w.tg:2:17: error: plugin 'core' has no 'filterr'"
        err_has "hint: did you mean 'filter'?"
    done
    run_tg 'output a = core.x
core = {x: 1}'
    err_has "'core' is used before it is bound"
}

@test "a name that a built-in function and a task of a used plugin have is an error that shows both" {
    run_tg 'use namesake as other
output a = len([1])
f = first'
    ended 2
    err_has "w.tg:2:12: error: 'len' is ambiguous: a built-in function and a task of plugin 'namesake'"
    err_has "hint: write 'core.len' or 'other.len'."
    err_has "w.tg:3:5: error: 'first' is ambiguous"
    run_tg 'use namesake
use math
output a = abs(-1)'
    ended 2
    err_has "hint: write 'core.abs', 'namesake.abs' or 'math.abs'."
    run_yaml 'use: [namesake]
tasks: {a: {call: len, args: [[1]]}}
outputs: [a]'
    ended 2
    err_has "hint: write 'core.len' or 'namesake.len'."
    run_tg 'use namesake
fn first(x) = x
len = fn(x) = 5
output a = [len([1]), first(2), max(3, 4)]'
    is 'a = [5, 2, 4]'
    run_tg 'use namesake'
    ended 0
}

@test "where a task of ours does the same as the built-in function of its name, the name is no error" {
    run_tg 'use math
output a = [abs(-1), min(3, 2), max("a", "b"), core.max(1, 2), math.max(3, 4)]'
    is 'a = [1, 2, "b", 2, 4]'
    tg graph w.tg
    [ "$(grep -c max <<<"$output")" = 1 ] # math.max, the one task
    run_tg 'use core
use math
output a = [len([1]), max(1, 2)]'
    is 'a = [1, 2]'
}
