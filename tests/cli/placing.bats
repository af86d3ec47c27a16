#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The option `scheduler`: where tasks of plugins run.
load helper

# options_of TASK: those of its calls, in JSON.
options_of() {
    "$TGRUN" graph w.tg --format=json | sed -n "s/.*\"name\": \"$1\".*\"options\": \({[^}]*}\).*/\1/p"
}

@test "the nearest place wins, and what runs gives the same" {
    cat >w.tg <<'TG'
use math
param where: str = "processes"
output a = inc(1)
with scheduler = where {
    output b = inc(2)
    output c = inc(3) with scheduler = "threads"
    with scheduler = "home", label = "x" {
        output d = inc(4)
    }
    output e = 1 + inc(5)
}
TG
    [ "$(options_of inc)" = '{}
{"scheduler":"processes"}
{"scheduler":"threads"}
{"scheduler":"home","label":"x"}
{"scheduler":"processes"}' ]
    for how in threads single-threaded; do
        for where in processes threads home; do
            tg w.tg --scheduler=$how -D where=$where
            ended 0
            is 'a = 2
b = 3
c = 4
d = 5
e = 7'
            [ -z "$stderr" ]
        done
    done
    tg -n w.tg
    has '     with scheduler = "processes"'
}

@test "a place may stand in the file, at commands, built-in functions, operators and functions" {
    run_tg 'use math
with scheduler = "processes"
task t() -> int with scheduler = "threads" { sh "echo 3" }
fn twice(x) = inc(inc(x))
output a = t() with scheduler = "home"
output b = len([t()]) with scheduler = "processes"
output c = (t() + 1) with scheduler = "processes"
output d = twice(1) with scheduler = "processes"
output e = map(inc, [1, t()]) with scheduler = "threads"'
    ended 0
    is 'a = 3
b = 1
c = 4
d = 3
e = [2, 4]'
    [ "$(grep -c warning <<<"$stderr")" = 1 ]
    err_has "w.tg:2:6: warning: option 'scheduler' is for tasks of plugins, and options of the file for its commands"
}

@test "a place that a task gives is an error, at its place, also while the graph grows" {
    run_tg 'use math
use text
output a = inc(1) with scheduler = join([identity("home")], "")'
    ended 2
    err_has "w.tg:3:24: error: option 'scheduler' must be known while the graph is built"
    run_tg 'use math
output a = [(inc(1) with scheduler = x) for x in identity(["home", "hme"])]'
    ended 1
    err_has "w.tg:2:26: error: option 'scheduler' must be \"processes\", \"threads\" or \"home\""
    err_has 'did you mean "home"?'
}

@test "YAML has it, and is converted both ways" {
    cat >w.yaml <<'YAML'
use: math
tasks:
  a: {call: math.inc, args: [1], with: {scheduler: processes}}
outputs: {a: "${a}"}
YAML
    tg w.yaml
    ended 0
    is 'a = 2'
    "$TGRUN" convert w.yaml --to=tg -o w.tg
    grep -qF 'with scheduler = "processes"' w.tg
    "$TGRUN" convert w.tg --to=yaml -o back.yaml
    grep -qF 'with scheduler = "processes"' back.yaml
    tg back.yaml
    is 'a = 2'
    run_yaml 'use: math
tasks: {a: {call: math.inc, args: [1], with: {scheduler: proceses}}}'
    ended 2
    err_has 'did you mean "processes"?'
    run_yaml 'use: math
tasks: {a: {call: math.inc, args: [1], scheduler: processes}}'
    err_has "'scheduler' is an option: write with: {scheduler: ..}."
}

# uppers PLACE: what `upper` is called with as a task, at graph time and in an expansion point.
uppers() {
    cat >w.tg <<TG
use text
with scheduler = "$1" {
    output a = upper("a")
    output b = [upper(x) for x in identity(["b", "c"])]
    output c = map(upper, identity(["d"]))
}
TG
    for how in -j1 -j4; do
        tg w.tg $how
        ended 0
        is 'a = A
b = ["B", "C"]
c = ["D"]'
    done
    tg graph --run w.tg --format=json
    ended 0
    uppers=$(grep -c '"name": "upper"' <<<"$output" || true)
}

# bats test_tags=not-processes
@test "what is evaluated at once is a task in an expansion point, where an executor is its place" {
    uppers processes
    [ "$uppers" -eq 3 ]
    uppers threads
    [ "$uppers" -eq 0 ]
    uppers home
    [ "$uppers" -eq 0 ]
    tg -n w.tg
    lacks 'upper("a")'
}

@test "what is at once no more may decide what follows, fail, and be caught" {
    run_tg 'use text
with scheduler = "processes" {
    word = identity("a b")
    many = if len(split(word)) > 1 { upper("yes") } else { "no" }
    kept = [try(split(x, ""), "none") for x in identity(["x"])]
    lost = [(split(x, "") with allow_failure = true) for x in identity(["x"])]
    while len(split(word)) < 4 {
        word = word + " c"
    }
}
output many
output kept
output lost
output word'
    ended 0
    is 'many = YES
kept = ["none"]
lost = [nil]
word = a b c c'
}
