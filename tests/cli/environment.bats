#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The option `env`: environment variables of commands.
load helper

@test "the nearest wins, name by name" {
    run_tg 'with env = {A: "file", B: "file", C: "file", D: "file"}
task show() -> str with env = {B: "def", C: "def", D: "def"} { run ["sh", "-c", "echo $A $B $C $D"] }
with env = {C: "block", D: "block"} {
    output a = show() with env = {D: "call"}
    output b = show()
}
output c = show()'
    ended 0
    is 'a = file def block call
b = file def block block
c = file def def def'
}

@test "every program of a command has them, in sh and in pipelines" {
    run_tg 'task t(x: str) -> str with env = {A: "it is '"'x'"'", N: 2, Y: true} {
    sh "echo ${x} \"\$A\" >log; printf %s \"\$A\" | cat >>log"
    run ["printenv", "A"] | ["sh", "-c", "cat log -; echo $N $Y"]
}
output x = t("x")'
    ended 0
    is "x = x it is 'x'
it is 'x'it is 'x'
2 true"
}

@test "nil takes a variable away, and ours are replaced" {
    export TG_TEST_A=ours TG_TEST_B=ours
    run_tg 'task t() -> list[str] { sh "printenv TG_TEST_A TG_TEST_B || true" }
output x = t()
output y = t() with env = {TG_TEST_A: nil, TG_TEST_B: "theirs"}'
    ended 0
    is 'x = ["ours", "ours"]
y = ["theirs"]'
}

@test "programs are found along the PATH that is set" {
    mkdir bin
    printf '#!/bin/sh\necho found\n' >bin/some-program
    chmod +x bin/some-program
    run_tg 'task t() -> str { run ["some-program"] }
output x = t() with env = {PATH: "${env("PWD")}/bin:${env("PATH")}"}'
    ended 0
    is 'x = found'
}

@test "a function that the variables give to bash is no program" {
    run_tg 'task t() -> str with env = {BASH_ENV: "functions"} { sh "greet me" }
output x = t()'
    ended 1
    echo 'greet() { echo "hello $1"; }' >functions
    tg w.tg
    ended 0
    is 'x = hello me'
}

@test "the line that is shown has them" {
    run_tg 'task t() -> str { run ["cat"] | ["wc", "-c"] }
task u() -> str { sh "cat | wc" }
output x = t() with env = {A: "a b", HOME: nil}
output y = u() with env = {A: "a b", HOME: nil}' -n
    ended 0
    has "\$ env -u HOME A='a b' cat | env -u HOME A='a b' wc -c"
    has "\$ unset HOME; export A='a b'; cat | wc"
}

@test "names that no variable can have, and values that are no text" {
    local bad
    for bad in '{"a b": 1}' '{"": 1}' '{"1x": 1}' '{"A=B": 1}'; do
        run_tg "task t() -> nil { sh \"true\" }
t() with env = $bad"
        ended 2
        err_has "w.tg:2:10: error: option 'env' cannot set '"
    done
    for bad in '{A: [1]}' '3' '{A: {B: 1}}'; do
        run_tg "task t() -> nil { sh \"true\" }
t() with env = $bad"
        ended 2
        err_has "option 'env' must be a record of texts, such as {LANG: \"C\"}"
    done
    run_tg 'task t() -> str { sh "true" }
output x = t() with env = {A: t()}'
    ended 2
    err_has "option 'env' must be known while the graph is built"
}

@test "in blocks that wait, and in YAML" {
    run_tg 'task t() -> str { run ["printenv", "A"] }
output x = if identity(true) { t() with env = {A: "later"} } else { 0 }
with env = {A: "around"} { y = [t() for i in identity([1])] }
output y'
    ended 0
    is 'x = later
y = ["around"]'
    run_yaml 'with: {env: {A: 1.10, B: 010, D: yes, C: null}}
tasks: {x: {run: [sh, -c, "echo $A $B $C $D"], result: str, with: {env: {C: "${1 + 1}"}}}}
outputs: [x]'
    ended 0
    is 'x = 1.10 010 2 yes'
    "$TGRUN" convert w.yaml --to=tg >v.tg
    grep -qF 'with env = {A: "1.10", B: "010", D: "yes", C: nil}' v.tg
    "$TGRUN" convert v.tg --to=yaml | "$TGRUN" convert - --language=yaml --to=tg | diff v.tg -
    tg v.tg
    is 'x = 1.10 010 2 yes'
}
