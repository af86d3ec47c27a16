#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `tgrun graph`: the formats, collapsing, files; and list and plugins.
load helper

setup() {
    tg_setup
    cat >w.tg <<'END'
# Adds things.
use math

param n: int = 2  "how many"

zs = [add(inc(i), 10) for i in 0..n]
output total = add(zs[0], zs[1])
output first = zs[0]
END
}

@test "text is a tree from the outputs down" {
    tg graph w.tg
    ended 0
    is 'total
└─ add
   ├─ add(…, 10) #1
   │  └─ inc(0)
   └─ add(…, 10)
      └─ inc(1)
first
└─ add(…, 10) #1 (above)'
}

@test "text is ASCII where the locale is" {
    LC_ALL=C tg graph w.tg first
    ended 0
    is 'first
`- add(..., 10)
   `- inc(0)'
}

@test "named outputs restrict it" {
    tg graph w.tg first --format=json
    ended 0
    lacks total
    [ "$(grep -c '"id"' <<<"$output")" -eq 2 ]
    tg graph w.tg frist
    ended 2
    err_has "did you mean 'first'?"
}

@test "dot: well formed, labels quoted" {
    tg graph w.tg --format=dot
    ended 0
    has "digraph tgrun {"
    has 'label="inc(0)"'
    has "rankdir=TB"
    tg graph w.tg --format=dot --direction=lr
    has "rankdir=LR"
    type -P dot >/dev/null || skip "no Graphviz"
    run_tg 'use text
output x = upper("say \"hi\" \\N <b> & {x|y}\n")'
    "$TGRUN" graph w.tg --format=dot | dot -Tplain >plain
    grep -F 'say' plain
}

@test "svg and png through Graphviz" {
    type -P dot >/dev/null || skip "no Graphviz"
    tg graph w.tg -o g.svg
    ended 0
    is ""
    grep -q '<svg' g.svg
    grep -qF 'inc(0)' g.svg
    tg graph w.tg -o g.png
    ended 0
    [ "$(head -c 4 g.png)" = $'\x89PNG' ]
    tg graph w.tg --format=svg
    has "<svg"
    [ "$(ls -A)" = $'g.png\ng.svg\nw.tg' ]
}

@test "without Graphviz: a clear error, status 3, nothing left" {
    run --separate-stderr env PATH=/nowhere "$TGRUN" graph w.tg -o g.svg
    ended 3
    err_has "could not run Graphviz' program 'dot'"
    err_has "--format=mermaid"
    [ ! -e g.svg ]
}

@test "a dot that fails: status 3, the old file stays" {
    mkdir bin
    printf '#!/bin/sh\nexit 7\n' >bin/dot
    chmod +x bin/dot
    echo old >g.svg
    run --separate-stderr env PATH="$PWD/bin:$PATH" "$TGRUN" graph w.tg -o g.svg
    ended 3
    err_has "'dot' ended with exit status 7"
    [ "$(cat g.svg)" = old ]
}

@test "mermaid" {
    tg graph w.tg --format=mermaid
    ended 0
    [ "${lines[0]}" = "flowchart TB" ]
    has '("inc(0)"):::plugin0'
    has '(["total"]):::output'
    tg graph w.tg -o g.mmd --direction=lr
    ended 0
    [ "$(head -1 g.mmd)" = "flowchart LR" ]
}

@test "json: tasks with arguments, options and places" {
    echo 'use math
x = inc(1) with retries = 2
output y = add(x, "a" == "b")
output known = 4' >v.tg
    sed -i 's/, "a" == "b"/, 2.5/' v.tg
    tg graph v.tg --format=json
    ended 0
    has '"name": "inc", "plugin": "math", "args": [1], "after": [], "options": {"retries":2}'
    has '"args": [{"task": 0}, 2.5]'
    has '"place": {"file": "v.tg", "line": 2, "column": 5}'
    has '{"name": "known", "value": 4}'
}

@test "an unknown ending is refused before anything is written" {
    tg graph w.tg -o g.gif
    ended 2
    err_has "the ending of 'g.gif' names no format"
    [ ! -e g.gif ]
    tg graph w.tg -o g.gif --format=dot
    ended 0
    grep -q digraph g.gif
}

@test "large graphs collapse, and expand on demand" {
    echo 'use math
output total = reduce(add, [inc(i) for i in 0..5000])' >big.tg
    tg graph big.tg
    ended 0
    has "inc ×5000"
    has "add ×4999"
    [ "${#lines[@]}" -lt 10 ]
    tg graph big.tg --expand
    ended 0
    [ "${#lines[@]}" -gt 9000 ]
    tg graph big.tg --format=dot
    has 'label="inc  ×5000"'
    tg graph big.tg --format=json
    [ "$(grep -c '"id"' <<<"$output")" -eq 9999 ]
    tg graph big.tg --format=json --collapse=always
    has '"count": 4999'
    tg graph w.tg --collapse=always
    has "×2"
}

@test "commands and effects" {
    echo 'task t(f: str) -> str { sh "cat ${f}" }
output x = t("a b.txt")
print("done")' >v.tg
    tg graph v.tg
    ended 0
    has 't("a b.txt")'
    has "print"
    has "[effect]"
}

@test "errors of the workflow are reported, nothing is drawn" {
    echo 'output x = nothing' >bad.tg
    tg graph bad.tg -o g.svg
    ended 2
    err_has "bad.tg:1:12: error:"
    [ ! -e g.svg ]
}

@test "list: parameters, outputs, tasks" {
    cat >v.tg <<'END'
param n: int in [8, 16] = 8  "how many leaves"
param name: str
# Says hello.
task hello(who: str) -> str { sh "echo hello ${who}" }
output greeting = hello(name)
output m = n
END
    tg list v.tg
    ended 0
    has "n: int in [8, 16] = 8"
    has "how many leaves"
    has "name: str (required)"
    has "hello(who: str) -> str"
    has "Says hello."
    has "greeting"
    tg list v.tg --format=json
    ended 0
    has '{"name": "n", "type": "int", "required": false, "default": "8", "choices": "[8, 16]", "help": "how many leaves", "line": 1'
    has '"signature": "hello(who: str) -> str'
}

@test "plugins: all, one, as JSON" {
    export TGRUN_PLUGIN_PATH=$build/plugins
    tg plugins
    ended 0
    has "core "
    has "math "
    tg plugins math
    ended 0
    has "inc(x: num) -> num"
    tg plugins math --format=json
    has '{"name": "inc", "signature": "inc(x: num) -> num", "effect": false, "doc": "x + 1."}'
    tg plugins --format=json
    has '"name": "math", "version": '
    tg plugins mth
    ended 3
    err_has "no plugin 'mth'"
}

@test "plugins: one that cannot be loaded is told, the others are shown" {
    export TGRUN_PLUGIN_PATH=$build/plugins:$PWD
    echo nonsense >broken.so
    tg plugins
    ended 3
    has "math "
    err_has "broken.so"
}

@test "fmt: in place, keeps the mode, --check, standard input" {
    printf 'x=1+2\noutput   x\n' >u.tg
    chmod 640 u.tg
    tg fmt --check u.tg w.tg
    ended 1
    is "u.tg"
    tg fmt u.tg
    ended 0
    is ""
    [ "$(cat u.tg)" = $'x = 1 + 2\noutput x' ]
    [ "$(stat -c %a u.tg)" = 640 ]
    tg fmt --check u.tg
    ended 0
    run --separate-stderr "$TGRUN" fmt - <<<'y=2;output y'
    ended 0
    is $'y = 2\noutput y'
    [ "$(ls -A)" = $'u.tg\nw.tg' ]
}

@test "fmt follows a link and leaves it a link" {
    printf 'output   x=1\n' >real.tg
    ln -s real.tg link.tg
    tg fmt link.tg
    ended 0
    [ -L link.tg ]
    [ "$(cat real.tg)" = "output x = 1" ]
}

@test "fmt leaves a file with errors alone, and does the others" {
    printf 'output = = 1\n' >bad.tg
    printf 'output   x=1\n' >good.tg
    tg fmt bad.tg good.tg
    ended 2
    err_has "bad.tg:1:"
    [ "$(cat bad.tg)" = 'output = = 1' ]
    [ "$(cat good.tg)" = 'output x = 1' ]
    tg fmt nowhere.tg
    [ "$status" -ne 0 ]
}

@test "convert there and back" {
    tg convert w.tg -o w.yaml
    ended 0
    is ""
    tg w.yaml
    ended 0
    is $'total = 23\nfirst = 11'
    tg convert w.yaml --to=tg -o back.tg
    ended 0
    tg back.tg
    is $'total = 23\nfirst = 11'
    tg convert w.yaml
    has "use math"
}
