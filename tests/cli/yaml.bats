#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The YAML form: a program and functions of .tg text among the sections, and converting there and back.
load helper

@test "a program sees the tasks, and what needs it comes behind it" {
    run_yaml 'outputs: [total, xs, first]
program: |
  xs = []
  for i in 0..n {
      xs += [half(first * i)]
  }
  output last = xs[-1]
tasks:
  total: {reduce: add, over: "${xs}"}
  first: {call: inc, args: [3]}
params: {n: {type: int, default: 3}}
functions:
  half:
    params: [x]
    do: |
      return x / 2
use: math' -D n=4
    ended 0
    is 'last = 6.0
total = 12.0
xs = [0.0, 2.0, 4.0, 6.0]
first = 4'
}

@test "a program may declare what a file may declare" {
    echo 'fn twice(x) = x * 2' >lib.tg
    run_yaml 'tasks: {y: {call: M.twice, args: ["${one()}"]}, z: {sh: "expr ${y} + ${one()}", result: int}}
program: |
  use math
  import "lib.tg" as M
  param n: int = 1  "how many"
  fn one() = n + 1
  task echo(x: int) -> int { sh "echo ${x}" }
  output five = echo(5)
outputs: [y, z]' -D n=3
    ended 0
    is 'five = 5
y = 8
z = 12'
    tg list w.yaml
    has 'how many'
}

@test "comments above a function of a program are its help" {
    run_yaml 'program: |
  # doubles a number
  fn twice(x) = x * 2
  output y = twice(2)'
    is 'y = 4'
    tg list w.yaml
    has 'doubles a number'
}

@test "a failure in a program shows its line in the YAML file" {
    run_yaml 'use: [math]
program: |
  # a comment
  x = inc(1)

  y = if x > 1 { fail("no ${x}") } else { x }
outputs: [y]'
    ended 1
    err_has "w.yaml:6:18"
    err_has '  6 |   y = if x > 1 { fail("no ${x}") } else { x }'
}

@test "an empty program, and one that is a comment" {
    run_yaml 'program:
outputs: {x: 1}'
    is 'x = 1'
    run_yaml 'program: |
  # nothing yet
outputs: {x: 1}'
    is 'x = 1'
}

@test "statements as lists are refused, with the form to write" {
    run_yaml 'steps:
  - {set: {x: 1}}
outputs: [x]'
    ended 2
    err_has "w.yaml:1:1: error: unknown key 'steps' in the file"
    err_has "hint: write 'program: |'"
    run_yaml 'functions: {f: {do: [{return: 1}]}}'
    ended 2
    err_has "w.yaml:1:21: error: expected text for 'do', found a list"
    err_has "hint: write 'do: |'"
}

@test "converting an example there and back changes nothing more" {
    local f
    for f in "$top"/examples/*.tg "$top"/examples/*/*.tg; do
        "$TGRUN" convert "$f" -o 1.yaml
        "$TGRUN" convert 1.yaml -o 1.tg
        "$TGRUN" convert 1.tg -o 2.yaml
        "$TGRUN" convert 1.yaml --to=yaml -o 3.yaml
        diff 1.yaml 2.yaml
        diff 1.yaml 3.yaml
        [ "$(grep -c '#' "$f")" = "$(grep -c '#' 1.tg)" ]
    done
}

@test "an option that is given twice is the same error when it is converted" {
    echo 'use math
task t() -> int with cores = 1, cores = 2 { sh "echo 1" }
x = inc(1) with retries = 1, retries = 2
ys = [(inc(i) with retries = 1, retries = 2) for i in 0..2]
output z = [x, ys, t()]' >w.tg
    "$TGRUN" convert w.tg -o w.yaml
    "$TGRUN" convert w.yaml -o again.tg
    for file in w.tg w.yaml again.tg; do
        tg check $file
        ended 2
        err_has "option 'cores' is given twice"
        [ "$(grep -c "option 'retries' is given twice" <<<"$stderr")" -eq 2 ] || tg_show $file
    done
}

@test "statements and their comments survive converting" {
    cat >w.yaml <<'END'
# About the file.

use: [math]
program: |
  # the list
  xs = []

  for i in 0..3 {  # thrice
      xs += [inc(i)]  # one more
      # done
  }

  text = """
      two
        lines
      """
  text += "!"
outputs: [xs]
END
    tg convert w.yaml
    is '# About the file.

use math

# the list
xs = []

for i in 0..3 {  # thrice
    xs += [inc(i)]  # one more
    # done
}

text = """
    two
      lines
    """
text += "!"

output xs'
    printf '%s\n' "$output" >w.tg
    tg convert w.tg
    diff w.yaml - <<<"$output"
}

@test "a param that needs a param of the program stays behind it" {
    echo 'x = 1
param p: int = x
fn k() = p
param q: int = p
param r: int = k()
param s: int in [p, 9] = 9
param t: int = s
param alone: int = 7
output sum = p + q + r + s + t + alone' >w.tg
    tg w.tg -D p=2 -D t=3
    ended 0
    is 'sum = 25'
    tg convert w.tg --to=yaml -o w.yaml
    ended 0
    [ "$(grep -A1 '^params:' w.yaml)" = 'params:
  alone: {type: int, default: 7}' ] || tg_show "not alone"
    tg w.yaml -D p=2 -D t=3
    ended 0
    is 'sum = 25'
}

@test "statements are text, also by their tag" {
    run_yaml 'program: !!int 5'
    ended 2
    err_has "w.yaml:1:10: error: expected text for 'program', found a tag of something else"
    run_yaml 'program: !!str output y = 5'
    ended 0
    is 'y = 5'
}

@test "a task with a command is called by its name" {
    run_yaml 'tasks:
  greet: {sh: "echo hello ${n}; test ${n} != Grace", for: {n: [Ada, Grace]}}' --scheduler=sync
    ended 1
    err_has $'[greet(Ada)]\nhello Ada'
    err_has "error: task 'greet' failed"
    err_lacks greet_command
    tg list w.yaml
    has 'greet(n: any) -> nil'
    tg -n -B w.yaml
    has '  1  greet("Ada")    w.yaml:2'
    tg graph w.yaml
    has 'greet("Grace")'
}

@test "of a task's command what 'for' binds is an argument, variables of the file are not" {
    run_yaml 'params: {version: {type: str, default: v9}}
tasks:
  greet: {sh: "echo ${version} ${n}", for: {n: [Ada, Grace]}, result: str}
  all: {run: [echo, "${version}", "${greet}"], result: str}
outputs: [all]' -n
    ended 0
    has '  1  greet("Ada")    w.yaml:3
     $ echo v9 Ada'
    has '  4  all()           w.yaml:4  reads greet = #3
     $ echo v9 '"'#3..'"
    tg graph w.yaml
    lacks v9
    tg graph w.yaml --format=json
    has '"args": ["Ada"], "reads": {"version": "v9"}'
    tg w.yaml --scheduler=sync
    is "all = v9 v9 Ada v9 Grace"
}
