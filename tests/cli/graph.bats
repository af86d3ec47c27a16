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
    run_tg 'output x = identity("say \"hi\" \\N <b> & {x|y}\n")'
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

# A loop over a result, an `if` on a result, and a task that only one branch of it uses.
grows() {
    cat >g.tg <<'END'
use math
n = inc(2)
spare = pow(2, 10)
output squares = [mul(i, i) for i in 0..n]
output big = if n > 5 { add(spare, 1) } else { neg(n) }
END
}

@test "expansion points: what they wait for and what they may use" {
    grows
    tg graph g.tg
    ended 0
    is 'squares
└─ comprehension … line 4 [adds tasks]
   └─ list(0, …)
      └─ inc(2) #1
big
└─ if … line 5 [adds tasks]
   ├─ >(…, 5)
   │  └─ inc(2) #1
   ├─ may use pow(2, 10)
   └─ may use inc(2) #1'
}

@test "expansion points in the other formats" {
    grows
    tg graph g.tg --format=dot
    has 'label="if … line 5", fillcolor="#ffedd5", color="#ea580c", shape=hexagon'
    has 'style=dashed, arrowhead=vee, tooltip="may use"'
    tg graph g.tg --format=mermaid
    has '{{"if … line 5"}}:::expands'
    has '-.->|may use|'
    tg graph g.tg --format=json
    has '"name": "pow", "plugin": "math", "args": [2, 10], "after": [], "options": {}, "effect": false, "maybe": true,'
    has '"expands": true, "may_use": [{"task": '
    lacks '"<fn>"'
    tg graph g.tg --collapse=always
    has 'if … line 5 [adds tasks]'
    LC_ALL=C tg graph g.tg
    has 'if ... line 5 [adds tasks]'
}

@test "a file of its own is named where its expansion points are" {
    mkdir lib
    printf 'fn f(n) { return if n > 2 { 1 } else { 2 } }\n' >lib/more.tg
    run_tg 'use math
import "lib/more.tg" as more
output x = more.f(inc(1))'
    ended 0
    is "x = 2"
    tg graph w.tg
    has "if … more.tg:1 [adds tasks]"
}

@test "streams" {
    cat >s.tg <<'END'
use math
seq = as_completed([inc(i) for i in 0..2])
push(seq, add(next(seq), next(seq)))
output total = next(seq)
END
    tg graph s.tg
    ended 0
    is 'total
└─ next(…, 2)
   └─ stream #1
      ├─ inc(0)
      ├─ inc(1)
      └─ add
         ├─ next(…, 0)
         │  └─ stream #1 (above)
         └─ next(…, 1)
            └─ stream #1 (above)'
    tg graph s.tg --format=dot
    has "shape=cylinder"
    tg graph s.tg --format=json
    has '"name": "next", "plugin": "core", "args": [{"stream": 0}, 2]'
    tg list s.tg
    ended 0
    has "total"
}

@test "--run draws what the graph became, and prints no outputs" {
    grows
    for scheduler in sync threads; do
        tg graph --run g.tg --scheduler=$scheduler -j2
        ended 0
        [ -z "$stderr" ]
        lacks "="
        has "mul"
        has "neg"
        has "added by if … line 5"
        lacks pow
        lacks "may use"
    done
    tg graph --run g.tg --format=json
    [ "$(grep -c '"name": "mul"' <<<"$output")" -eq 3 ]
    has '"added_by": ['
    lacks maybe
    tg graph --run g.tg big -o became.mmd
    ended 0
    is ""
    grep -q '|added|' became.mmd
    ! grep -q mul became.mmd
}

@test "--run of a graph that does not grow" {
    tg graph --run w.tg
    ended 0
    has 'add(…, 10) #1'
    echo 'output x = 1' >k.tg
    tg graph --run k.tg
    ended 0
    is "x = 1"
}

@test "--run: parameters, commands and effects; a loop of many rounds collapses" {
    cat >v.tg <<'END'
use math
param limit: int = 3
task note(x: int) -> nil { sh "echo ${x} >>noted" }
r = inc(0)
while r < limit {
    note(r)
    r = inc(r)
}
print("r is ${r}")
END
    tg graph --run v.tg
    ended 0
    err_has "r is 3"
    [ "$(sort noted)" = $'1\n2' ]
    has "added by while … line 5"
    tg graph --run v.tg -D limit=300
    ended 0
    has "while … line 5 ×"
    [ "${#lines[@]}" -lt 30 ]
}

@test "--run: failures are reported as run does, and what there is is drawn" {
    cat >f.tg <<'END'
use math
n = inc(2)
output xs = [div(10, i - 1) for i in 0..n]
END
    tg graph --run f.tg
    ended 1
    err_has "f.tg:3:14: error: task 'div' failed: division by zero"
    err_has "1 task failed"
    has "div"
    tg graph --run f.tg -o nowhere/g.svg
    ended 3
    err_has "nowhere/g.svg"
    err_has "1 task failed"
    tg graph --run w.tg -o g.gif
    ended 2
    echo 'output x = nothing' >bad.tg
    tg graph --run bad.tg
    ended 2
    tg graph --run g.tg --scheduler=none
    ended 2
}

@test "what the graph became has the labels and options of its tasks" {
    cat >w.tg <<'END'
task one(n: int) -> int { run ["echo", n] }
x = one(2) with label = "first", timeout = 9s
output ys = [(one(i) with label = "item ${i}", allow_failure = true) for i in range(x)]
END
    tg graph --run w.tg
    ended 0
    for name in 'first(2)' 'item 0(0)' 'item 1(1)'; do has "$name"; done
    tg graph --run w.tg --format=json
    has '"options": {"label":"first","timeout":9.0}'
    has '"options": {"label":"item 1","allow_failure":true}'
}

@test "--run: interrupted, nothing is drawn" {
    echo 'use math
task nap(x: int) -> nil { sh "touch napping; sleep 60" }
n = inc(1)
for i in 0..n { nap(i) }' >n.tg
    start graph --run n.tg -o g.dot
    wait_for test -e napping
    kill -INT "$pid"
    finish
    ended 130
    err_has "ended by signal 2 (Interrupt)"
    [ ! -e g.dot ]
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
    tg plugins example
    has "type trail
      Its values travel between processes."
    tg plugins example --format=json
    has '"types": [{"name": "point", "travels": true}, {"name": "trail", "travels": true}]}'
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

@test "a picture that cannot be written whole is an error" {
    command -v dot >/dev/null || skip "needs graphviz"
    printf 'use math\noutput a = inc(1)\n' >w.tg
    for format in svg png dot json; do
        run --separate-stderr bash -c "'$TGRUN' graph w.tg --format=$format >/dev/full"
        ended 4
        err_has "could not write to standard output: No space left on device"
    done
    tg graph w.tg -o a.svg
    ended 0
    grep -q '</svg>' a.svg
}

@test "JSON says when it shows bytes differently" {
    mkdir d && touch d/$'a\xff'
    printf 'output a = glob("d/*")\n' >w.tg
    tg w.tg --format=json
    ended 0
    is $'{"a": ["d/a\xef\xbf\xbd"]}'
    err_has "warning: JSON holds text alone: bytes of values that are not UTF-8 are shown as U+FFFD in it"
    tg graph w.tg --format=json
    err_has "bytes of values that are not UTF-8"
    tg w.tg --format=json -q
    [ -z "$stderr" ]
    tg w.tg
    is 'a = ["d/a\xff"]'
    [ -z "$stderr" ]
}

# ---- variables of the file ------------------------------------------------------------------------

@test "variables of the file that a command reads are no arguments: not in pictures, not in a dry run, not in messages" {
    echo 'use math
depth = 37
total = inc(4)
task show(name: str) -> str { sh "echo ${name} ${depth} ${total}; exit 1" }
output x = show("a")' >w.tg
    for format in text dot mermaid; do
        tg graph w.tg --format=$format
        ended 0
        has 'show('
        lacks 37
        lacks ', …'
    done
    tg -n w.tg
    has '  2  show("a")  w.tg:5  reads total = #1
     $ echo a 37'
    tg w.tg
    ended 1
    err_has 'arguments: "a"
$ echo a 37 5'
}

@test "the JSON form has the variables that a command reads beside its arguments" {
    echo 'use math
depth = 37
total = inc(4)
task show(name: str) -> str { sh "echo ${name} ${depth} ${total}" }
output x = show("a") with after = inc(9)' >w.tg
    tg graph w.tg --format=json
    has '"args": ["a"], "reads": {"depth": 37, "total": {"task": 0}}, "after": [1]'
    tg -n w.tg --format=json
    has '"args": ["a"], "reads": {"depth": 37, "total": {"task": 0}}, "after": [1]'
}
