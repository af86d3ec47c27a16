#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every cap of engine/base/limits.h that a user can meet: what it says when it is hit.
load helper

repeat() { printf "%*s" "$2" '' | sed "s/ /$1/g"; }

@test "nesting: 1000 levels are too many, 400 are not" {
    { printf 'output x = '; repeat '[' 1001; repeat ']' 1001; echo; } >w.tg
    tg w.tg
    ended 2
    err_has '1000'
    { printf 'output x = '; repeat '[' 400; repeat ']' 400; echo; } >w.tg
    tg w.tg
    ended 0
}

@test "nesting of types: 32 levels" {
    { printf 'param x: '; repeat 'list[' 40; printf int; repeat ']' 40; echo ' = []'; echo 'output x'; } >w.tg
    tg w.tg
    ended 2
    err_has '32 levels'
}

@test "calls inside calls: 2000" {
    run_tg 'fn f(n) { if n == 0 { 0 } else { 1 + f(n - 1) } }
output x = f(1500)'
    ended 0
    is 'x = 1500'
    run_tg 'fn f(n) { if n == 0 { 0 } else { 1 + f(n - 1) } }
output x = f(3000)'
    ended 2
    err_has '2000'
}

@test "imports inside imports: 64" {
    for i in $(seq 0 70); do echo "import \"m$((i + 1)).tg\" as next" >"m$i.tg"; done
    echo 'x = 1' >m71.tg
    tg m0.tg
    ended 2
    err_has '64'
}

@test "tasks: --max-tasks, and its own bounds" {
    echo 'use math
output xs = [inc(i) for i in 0..100]' >w.tg
    tg w.tg --max-tasks=101
    ended 0
    tg w.tg --max-tasks=50
    ended 2
    err_has '50'
    err_has 'w.tg:2:'
    tg w.tg --max-tasks=0
    ended 2
    tg w.tg --max-tasks=99999999999
    ended 2
}

@test "a list at graph time: 1000000000 items" {
    run_tg 'output x = len(range(2000000000))'
    ended 2
    err_has '1000000000'
}

@test "diagnostics: 20 are shown, the rest is counted" {
    for i in $(seq 1 30); do echo "x$i = y$i"; done >w.tg
    tg w.tg
    ended 2
    [ "$(grep -c ': error:' <<<"$stderr")" = 20 ] || tg_show "not 20 errors"
    err_has '10 more'
}

# 20000 functions from one text of 10 KB; the text alone, and a long text without an alias, are none too many.
@test "YAML aliases: 20000000 bytes of text that they repeat" {
    { printf 'functions:\n  f0:\n    do: &a |\n'
      seq -f '      x%.0f = 1' 0 1000
      seq -f '  f%.0f: {do: *a}' 1 20000; } >w.yaml
    tg w.yaml
    ended 2
    err_has 'the file has more than 20000000 nodes when its aliases are expanded'
    { printf 'tasks:\n  a: {value: &a "${1} '; repeat x 10000; printf '"}\n  b: {value: &b [*a, *a, *a]}\n  c: {value: ['
      repeat '*b, ' 1000; echo ']}'; } >w.yaml
    tg w.yaml
    ended 2
    err_has '20000000 nodes'
    { printf 'tasks: {a: {value: &a "'; repeat x 10000; echo '"}, b: {value: [*a, *a]}}'; echo 'program: "output y = len(b)"'; } >w.yaml
    tg w.yaml
    ended 0
    is 'y = 2'
}

@test "workers: 4096" {
    echo 'output x = 1' >w.tg
    tg w.tg -j 4096
    ended 0
    tg w.tg -j 4097
    ended 2
    tg w.tg -j 0
    ended 2
}

@test "a name: 1024 bytes" {
    { repeat n 1024; echo ' = 1'; } >w.tg
    tg w.tg
    ended 0
    { repeat n 1025; echo ' = 1'; } >w.tg
    tg w.tg
    ended 2
    err_has '1024'
}

# bats test_tags=slow
@test "a source file: 1 GiB" {
    truncate -s 1073741825 w.tg
    tg w.tg
    ended 2
    err_has 'large'
}

@test "programs of a pipeline: 256" {
    piped() { printf 'task t() -> str { run ["echo", "through"]'; repeat ' | ["cat"]' "$1"; echo ' }'; echo 'output x = t()'; }
    piped 255 >w.tg
    tg w.tg
    ended 0
    is 'x = through'
    piped 256 >w.tg
    tg w.tg
    ended 2
    err_has 'a pipeline of more than 256 programs'
    { echo 'tasks: {t: {pipe: ['; repeat '[cat], ' 257; echo ']}}'; } >w.yaml
    tg check w.yaml
    ended 2
    err_has 'a pipeline of more than 256 programs'
}
