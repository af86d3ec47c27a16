#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Options of tasks: kept with each task, the nearest wins.
load helper

# The options of the tasks with this name, one a line.
options_of() {
    "$TGRUN" graph w.tg --format=json | python3 -c '
import json, sys
g = json.load(sys.stdin)
for t in g["tasks"]:
    if t["name"] == sys.argv[1]: print(json.dumps(t.get("options") or {}, sort_keys=True))' "$1"
}

@test "options are kept with the task" {
    run_tg 'use math
output a = inc(1) with retries = 2, backoff = 1s, timeout = 5m, priority = -3, label = "one", cores = 2, memory = 4GiB,
    cache = true, allow_failure = false' -j2
    ended 0
    [ "$(options_of inc)" = '{"allow_failure": false, "backoff": 1.0, "cache": true, "cores": 2, "label": "one", '\
'"memory": 4294967296, "priority": -3, "retries": 2, "timeout": 300.0}' ]
}

@test "the nearest wins: definition, block, inner block, call" {
    cat >w.tg <<'END'
task t(x: int) -> nil with retries = 1, label = "definition", cores = 1 { run ["true", x] }
t(0)
with label = "block", priority = 1 {
    t(1)
    with priority = 2 {
        t(2) with label = "call"
    }
    t(3)
}
t(4)
END
    tg w.tg
    ended 0
    [ "$(options_of t)" = '{"cores": 1, "label": "definition", "retries": 1}
{"cores": 1, "label": "block", "priority": 1, "retries": 1}
{"cores": 1, "label": "call", "priority": 2, "retries": 1}
{"cores": 1, "label": "block", "priority": 1, "retries": 1}
{"cores": 1, "label": "definition", "retries": 1}' ]
}

@test "options reach what a function makes, and what stands inside the call" {
    cat >w.tg <<'END'
use math
fn f(x) = inc(inc(x))
output a = f(1) with label = "f"
output b = [(dec(i) with label = "${i}") for i in 0..2]
output c = map(fn(x) = (square(x) with priority = x), [1, 2])
END
    tg w.tg
    ended 0
    is 'a = 3
b = [-1, 0]
c = [1, 4]'
    [ "$(options_of inc)" = '{"label": "f"}
{"label": "f"}' ]
    [ "$(options_of dec)" = '{"label": "0"}
{"label": "1"}' ]
    [ "$(options_of square)" = '{"priority": 1}
{"priority": 2}' ]
}

@test "options of a loop differ from round to round" {
    cat >w.tg <<'END'
use math
for i in 0..3 { with priority = i { inc(i) } }
x = inc(9)
output xs = [x]
END
    sed -i 's/{ inc(i) }/{ y = inc(i); print(y) }/' w.tg
    tg w.tg
    ended 0
    [ "$(options_of inc)" = '{"priority": 0}
{"priority": 1}
{"priority": 2}
{}' ]
}

@test "a wrong value is an error at its place" {
    run_tg 'use math
output a = inc(1) with retries = -1'
    ended 2
    err_has "w.tg:2:24: error: option 'retries' must be an int from 0 to 1000000"
    for option in 'timeout = "3s"' 'label = 3' 'cores = 0' 'memory = -1' 'cache = 1' 'priority = 1.5' \
        'backoff = -1s' 'retry_on = ["exit", nil]' 'memory_factor = 0.5' 'resources = {gpu: -1}' 'dir = ""' 'wrap = "nice"' 'container = 1'; do
        run_tg "use math
output a = inc(1) with $option"
        ended 2
        err_has "option '${option%% *}' must be"
    done
    run_tg 'use math
output a = inc(1) with priority = inc(1)'
    ended 2
    err_has "option 'priority' must be known while the graph is built"
}

@test "after orders tasks without passing values" {
    for how in single-threaded threads; do
        run_tg 'use twin
a = sleep(0.05, noted(1, "slow"))
b = noted(2, "quick") with after = a
c = noted(3, "last") with after = [a, b]
output o = [b, c]' --scheduler=$how
        ended 0
        is 'o = [2, 3]'
        [ "$stderr" = $'slow\nquick\nlast' ]
    done
}

@test "what waits for a task that fails is skipped" {
    run_tg 'use twin
a = fail("broken")
output b = noted(2, "never") with after = a' -k
    ended 1
    err_lacks never
    err_has '1 task failed, 1 skipped'
}

@test "after takes known values too, which nobody waits for" {
    run_tg 'use math
output a = inc(1) with after = [1, nil, {x: []}]
output b = inc(1) with after = nil'
    ended 0
}

# Notes in ./order that it has begun; but all others wait until the one named `lead` has. So that one must be among the first
# that are started, or nothing goes on. With several workers no more can be said: the order of notes is not that of starts.
step='param lead: str = "" "who is waited for"
task step(name: str) -> nil {
    sh "test ${name} = ${lead} || test -z ${lead} || until grep -qxe ${lead} order; do sleep 0.01; done 2>/dev/null; echo ${name} >> order"
}
'

@test "slow tasks start by priority" {
    for how in '-j 1' '-j 1 --scheduler=threads' --scheduler=single-threaded '-j 2'; do
        rm -f order
        # shellcheck disable=SC2086 # several words
        run_tg "$step"'for i in 0..3 { step("plain${i}") }
for i in 0..5 { step("at${i - 2}") with priority = i - 2 }' $how -D lead=at2
        ended 0
        [ "$how" = '-j 2' ] || [ "$(tr '\n' ' ' <order)" = 'at2 at1 plain0 plain1 plain2 at0 at-1 at-2 ' ]
        [ "$(wc -l <order)" = 8 ]
    done
    tg w.tg -n
    has '1  step("at2")'
    has '8  step("at-2")'
}

@test "slow tasks of a graph that grows start by priority, too" {
    for how in '-j 1' '-j 2'; do
        rm -f order
        # shellcheck disable=SC2086
        run_tg "$step"'for i in 0..identity(3) { step("plain${i}") }
for i in 0..2 { step("early${i}") with priority = i + 1 }
with priority = -1 { for i in 0..identity(2) { step("late${i}") } }' $how -D lead=early1
        ended 0
        [ "$how" = '-j 2' ] || [ "$(tr '\n' ' ' <order)" = 'early1 early0 plain0 plain1 plain2 late0 late1 ' ]
        [ "$(wc -l <order)" = 7 ]
    done
}

@test "without priorities one worker keeps the order of the file" {
    run_tg "$step"'for i in 0..4 { step("plain${i}") }
a = step("a")
b = step("b") with after = a' -j 1
    ended 0
    [ "$(tr '\n' ' ' <order)" = 'plain0 plain1 plain2 plain3 a b ' ]
}

# bats test_tags=parallel
@test "a command that much waits for is not hidden behind others that are ready" {
    for what in '0..60' '0..identity(60)'; do
        rm -f order
        run_tg "$step
for i in $what"' { step("short${i}") }
a = step("critical")
b = step("next") with after = a
c = step("last") with after = b' -j 2 -D lead=critical
        ended 0
        [ "$(wc -l <order)" = 63 ]
    done
}

@test "the priority of a command's definition holds for its calls" {
    run_tg "$step"'task soon(name: str) -> nil with priority = 1 { sh "echo ${name} >> order" }
step("plain")
soon("soon")
step("plain")' -j 1
    ended 0
    [ "$(head -n 1 order)" = soon ]
}

@test "options of the file are those of the commands that it defines, under all others" {
    mkdir lib
    cat >lib/part.tg <<'END'
# what its commands are written for
with shell = ["dash", "-euc"], label = "part"

task who(x: int) -> str { sh "echo $0; : ${x}" }
task other(x: int) -> str with shell = ["sh", "-euc"] { sh "echo $0; : ${x}" }
mine = who(0)
END
    cat >w.tg <<'END'
import "lib/part.tg" as part

which = "env"
with shell = [which, "bash", "-c"], priority = 2

task t(x: int) -> str { sh "echo $0; : ${x}" }
output o = [part.mine, part.who(1), part.other(1), t(1)]
with shell = ["bash", "-c"] {
    p = [part.who(1), t(1)]
}
output p
END
    tg w.tg
    ended 0
    is 'o = ["dash", "dash", "sh", "bash"]
p = ["bash", "bash"]'
    [ "$(options_of t | head -1)" = '{"priority": 2, "shell": ["env", "bash", "-c"]}' ]
    tg fmt --check w.tg lib/part.tg
    ended 0
    tg convert lib/part.tg --to=yaml
    ended 0
    has 'with: {shell: [dash, "-euc"], label: part}'
    "$TGRUN" convert lib/part.tg --to=yaml >part.yaml
    tg convert part.yaml --to=tg
    ended 0
    has 'with shell = ["dash", "-euc"], label = "part"'
}

@test "options of the file stand once, at its top level" {
    run_tg 'with shell = ["sh", "-c"]
with label = "x"
fn f() { with priority = 1
1 }
if true { with priority = 2 }'
    ended 2
    err_has 'w.tg:2:1: error: options of the file are given twice'
    err_has "w.tg:3:10: error: options without a block stand only at the top level of a file"
    err_has "w.tg:5:11: error: options without a block stand only at the top level of a file"
    run_tg 'with after = 3'
    ended 2
    err_has "option 'after' stands at a call or around a block"
    run_tg 'with shell = ["perl", "-e"]
task t(x: int) -> str { sh "print ${x}" }'
    ended 2
    err_has "w.tg:1:14: error: task 't' has values in its text, which 'perl' may not read"
}

@test "options of the file stand before its first call, where nobody takes them for those of a call" {
    while read -r before; do
        printf '%bwith retries = 2\noutput o = 1\n' "$before" >w.tg
        tg check w.tg
        ended 2
        err_has "error: this 'with' holds for all of the file, not for what stands before it"
        err_has "note: this stands before it"
    done <<'END'
x = sleep(0)\n
output x = sleep(0)\n
sleep(0)\n
fn f() = sleep(0)\n
for i in 1..2 { sleep(i) }\n
task t() -> nil { sh "true" }\n\x20
END
    run_tg 'use math
param n: int = len([1, 2])
word = "a${n}"
fn twice(x) { inc(inc(x)) }
task t() -> str { sh "echo ${word}" }
with shell = [shell, "-euc"]
shell = "dash"
output x = [t(), twice(1)]'
    ended 0
    is 'x = ["a2", 3]'
}

@test "options of a YAML file stand in its section, and may read parameters, tasks and what the program binds" {
    cat >w.yaml <<'END'
with: {shell: ["${env}", "${shell}", "-euc"], label: "${late}"}
params: {shell: {type: str, default: dash}}
commands:
  t: {result: str, sh: echo $0}
tasks:
  x: {call: t}
  env: {value: env}
  y: {sh: echo $0, result: str}
program: |
  late = "b"
outputs: [x, y]
END
    tg w.yaml -q
    ended 0
    is 'x = dash
y = dash'
    "$TGRUN" convert w.yaml --to=tg >w.tg
    tg w.tg -q
    is 'x = dash
y = dash'
    "$TGRUN" convert w.tg --to=yaml >again.yaml
    tg again.yaml -q
    is 'x = dash
y = dash'
    printf 'tasks:\n  x: {sh: echo}\nprogram: |\n  with retries = 2\noutputs: [x]\n' >w.yaml
    tg check w.yaml
    ended 2
    err_has "those of the file in its section 'with'"
}

@test "options for commands are errors at calls of what runs no program" {
    cat >w.tg <<'END'
use math
extern "libm.so.6" {
    hypot(x: float, y: float) -> float
}
task t(x: int) -> str { sh "echo $A${x}" }
fn g(x) = t(x)
with env = {A: "a"}, dir = "/" {
    output fine = [str(inc(1)), t(1)] + (map(t, [2]) with env = {A: "b"}) + [(g(3) with env = {A: "c"})]
}
output more = map(fn(x) = t(x), [4]) with env = {A: "d"}
END
    tg w.tg
    ended 0
    is 'fine = ["2", "a1", "b2", "c3"]
more = ["d4"]'
    while IFS='|' read -r call what; do
        { grep -v ^output w.tg | sed '/^with/,/^}/d' && echo "output o = $call"; } >bad.tg
        tg check bad.tg
        ended 2
        err_has "is for commands, and $what is none"
    done <<'END'
inc(1) with env = {A: "1"}|task 'inc'
math.add(1, 2) with container = "x"|task 'add'
map(inc, [1]) with dir = "/"|task 'inc'
reduce(add, [1]) with wrap = ["nice"]|task 'add'
hypot(1, 2) with shell = ["sh", "-c"]|C function 'hypot'
try(t(1), 2) with env = {A: 1}|function 'try'
sorted([2, 1]) with env = {A: 1}|function 'sorted'
END
    printf 'use: [math]\ntasks:\n  x: {for: {i: [1]}, call: inc, args: ["${i}"], with: {dir: /}}\noutputs: [x]\n' >w.yaml
    tg check w.yaml
    ended 2
    err_has "w.yaml:3:56: error: option 'dir' is for commands, and task 'inc' is none"
}

@test "what a command reads beside its arguments, and what becomes of its files, is kept as it is written" {
    cat >w.tg <<'TG'
flags = "flags.txt"
task cc(source: file, more: list[file]) -> file("${source}.o") with depfile = "${out}.d", inputs = [flags] + more, temp = true {
    run ["touch", out, "${out}.d"]
}
task two() -> {a: file("a"), b: file("b")} with depfile = "${out.a}.d", inputs = "flags.txt", volatile = true {
    run ["touch", out.a, out.b, "${out.a}.d"]
}
output o = cc("s.c", ["h.h"])
output t = two() with protected = true
output n = (cc("t.c", []) with temp = false, protected = true, inputs = ["h.h"], cache = false)
TG
    touch s.c t.c h.h flags.txt
    tg w.tg -q
    ended 0
    [ -z "$stderr" ] # what the option names goes without a word
    [ ! -e a.d ]
    [ "$(options_of cc)" = '{"depfile": "\"${out}.d\"", "inputs": "[flags] + more", "temp": true}
{"cache": false, "depfile": "\"${out}.d\"", "inputs": ["h.h"], "protected": true, "temp": false}' ]
    [ "$(options_of two)" = '{"depfile": "\"${out.a}.d\"", "inputs": "flags.txt", "protected": true, "volatile": true}' ]
    "$TGRUN" convert w.tg --to=yaml -o w.yaml
    "$TGRUN" convert w.yaml --to=tg -o again.tg
    "$TGRUN" fmt w.tg
    diff <(grep . w.tg | sort) <(grep . again.tg | sort)
    tg w.yaml -q
    ended 0
    [ -z "$stderr" ]
}

@test "a depfile and inputs that depend on the task are looked at when it runs" {
    run_tg 'task none(n: int) -> nil with depfile = if n > 0 { n } else { "x" } { run ["true"] }
none(1)'
    ended 1
    err_has "w.tg:1:41: error: task 'none' failed: option 'depfile' must be a str, the path of a file that the command writes"
    run_tg 'task none(n: any) -> nil with inputs = n { run ["true"] }
none([["a"]])'
    ended 1
    err_has "option 'inputs' must be a list of files"
    run_tg 'task t(p: str) -> file(p) with inputs = made { run ["touch", out] }
made = [after("x", sleep(0s))]
output o = t("o")'
    ended 0
}

@test "inputs that are not there, or that a task makes which nobody waits for" {
    run_tg 'task t(p: str) -> file(p) { run ["touch", out] }
output a = t("gen.h")
output b = t("b") with inputs = ["gen.h", "none.h"]'
    ended 2
    err_has "w.tg:3:12: error: task 't' is to read 'none.h' (option inputs), which is not there, and nothing makes it"
    touch none.h
    tg w.tg
    ended 0
    err_has "w.tg:3:12: warning: task 't' is given the path 'gen.h', but does not wait for task 't', which makes it"
}

@test "options for files mean nothing to what makes none, and some contradict each other" {
    cat >w.tg <<'TG'
task text() -> str { sh "echo" }
task kept() -> file("k") with protected = true { run ["touch", out] }
f = if true { text } else { kept }
TG
    cp w.tg base.tg
    wrong() { # COLUMN LINE MESSAGE
        { cat base.tg; echo "$2"; } >w.tg
        tg w.tg
        [ "$status" -gt 0 ]
        err_has "w.tg:4:$1: error: $3"
    }
    no_files="is for commands that make files, and 'text' makes none"
    wrong 12 'output o = f() with temp = true, env = {A: 1}' "option 'temp' $no_files"
    wrong 24 'output o = text() with protected = false' "option 'protected' $no_files"
    wrong 31 'with temp = true { output o = kept() }' "options 'temp' and 'protected' contradict each other"
    wrong 12 'output o = kept() with temp = true' "options 'temp' and 'protected' contradict each other"
    wrong 29 'with volatile = true { with cache = true { output o = text() } }' "options 'volatile' and 'cache' contradict each other"
    { cat base.tg; echo 'with temp = true { output o = kept() with protected = false }'; } >w.tg
    tg w.tg
    ended 0
}

@test "failures and resources are known by their names" {
    wrong() { # OPTION MESSAGE
        run_tg "use math
output a = inc(1) with $1"
        ended 2
        err_has "w.tg:2:24: error: option '${1%% *}' $2"
    }
    wrong 'retry_on = ["timeot"]' "has 'timeot', which is no kind of failure"
    err_has "did you mean 'timeout'?"
    wrong 'retry_on = ["usage"]' "has 'usage', which is no kind of failure"
    err_has "failures are 'error', 'timeout', 'signal', 'memory', 'exit', and exit statuses from 1 to 255."
    wrong 'retry_on = [75, 256]' 'has 256, which is no exit status of a command that failed: they are 1 to 255'
    wrong 'resources = {"a b": 1}' "cannot name a resource 'a b': a name has letters"
    wrong 'resources = {"a-b": 1, a_b: 2}' "has 'a-b' and 'a_b', which would be one variable to a command"
    wrong 'resources = {memory: 1}' "has 'memory', which is an option of its own"
    wrong 'resources = {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1}' 'names 9 resources, more than the 8'
}

@test "resources of a call are put over those of the definition, name by name" {
    cat >w.tg <<'TG'
task t() -> nil with resources = {a: 1, b: 2}, memory = 1.5 * 1KiB + 0.1 { run ["true"] }
t() with resources = {b: 0}
TG
    [ "$(options_of t)" = '{"memory": 1537, "resources": {"a": 1, "b": 0}}' ]
}

@test "options of a definition may depend on its arguments, on sizes of files and on the attempt" {
    cat >w.tg <<'TG'
n = identity(2)
task make(k: int) -> file("f${k}.txt") { sh "head -c ${k} /dev/zero > ${out}" }
task t(f: file, k: int) -> str with memory = 4 * size(f) + 1MiB * task.attempt, retries = n, timeout = 10s * k,
    env = {SAMPLE: "s${k}", CORES: task.cores, FIXED: "x"} {
    sh "echo $SAMPLE $CORES $FIXED ${task.attempt} ${task.cores}"
}
f = make(10)
output a = t(f, 3)
output b = t(f, 4) with memory = 1MiB, env = {FIXED: "y"}
TG
    tg w.tg
    ended 0
    is 'a = s3 1 x 1 1
b = s4 1 y 1 1'
    [ "$(options_of t | tail -1)" = '{"env": {"CORES": "task.cores", "FIXED": "y", "SAMPLE": "\"s${k}\""}, "memory": 1048576, '\
'"retries": "n", "timeout": "10s * k"}' ]
    "$TGRUN" convert w.tg --to=yaml >w.yaml
    tg w.yaml
    ended 0
    has 'a = s3 1 x 1 1'
}

@test "a choice among the options of a definition needs no parentheses" {
    cat >w.tg <<'EOF'
task t(n: int) -> int with cores = if n > 1 { 2 } else { 1 }, priority = 1 {
    sh "echo ${task.cores}"
}
task u(n: int) -> int
    with env = {A: "a"}, cores = if n > 2 {
        2 # of them
    } else if n > 1 {
        fn(x) { return x }(3)
    }
    else { 1 } { sh "echo ${task.cores}" }
if true { output x = [t(1), t(2)] }
output y = [u(1), u(2), u(3)]
EOF
    tg w.tg -j4
    ended 0
    is $'x = [1, 2]\ny = [1, 3, 2]'
    cp w.tg parentheses.tg
    sed -i 's/cores = if n > 1 { 2 } else { 1 }/cores = (if n > 1 { 2 } else { 1 })/' parentheses.tg
    "$TGRUN" fmt w.tg parentheses.tg
    cmp w.tg parentheses.tg
    "$TGRUN" convert w.tg >w.yaml
    for file in w.tg w.yaml; do
        tg $file -j4
        ended 0
        is $'x = [1, 2]\ny = [1, 3, 2]'
    done
}

@test "a choice is the condition of a choice among the options of a definition" {
    cat >w.tg <<'EOF'
task t(n: int) -> int with cores = if (if n > 1 { n > 2 } else { n == 1 }) {
    2
} else if (if n == 2 { true } else { false }) { if (if true { true } else { n == 5 }) { 3 } else { 4 } } else {
    5 # of them
} {
    sh "echo ${task.cores}"
}
output x = [t(0), t(1), t(2), t(3)]
EOF
    cp w.tg again.tg
    "$TGRUN" fmt again.tg
    grep -F 'cores = if if n > 1 { n > 2 }' again.tg
    "$TGRUN" convert w.tg >w.yaml
    for file in w.tg again.tg w.yaml; do
        tg $file -j5
        ended 0
        is 'x = [5, 2, 3, 2]'
    done
}

@test "how programs run may depend on the task, too" {
    mkdir sub
    cat >w.tg <<'END'
task where(d: str) -> str with dir = d { sh "basename $(pwd)" }
task made() -> str { sh "echo sub" }
d = made()
task behind() -> str with dir = d { sh "basename $(pwd)" }
task wrapped(n: int) -> int with wrap = ["env", "WORD=${n}"] { run ["printenv", "WORD"] }
task none(n: int) -> str with container = (if n > 0 { "image" } else { "" }) { sh "echo ${n}" }
output all = [where("sub"), behind(), wrapped(7), none(0)]
END
    for scheduler in threads single-threaded; do
        tg w.tg --scheduler=$scheduler
        ended 0
        is 'all = ["sub", "sub", 7, "0"]'
        err_lacks warning
    done
    tg w.tg -n --no-record
    ended 0
    has 'wrapped(7)'
    sed -i 's/"sub"/"nowhere"/; s/"env"/"no-such-env"/' w.tg
    tg w.tg -k
    ended 1
    err_has "task 'where' failed"
    err_has "task 'wrapped' failed"
}

@test "what options cannot depend on is said in a check" {
    wrong() { # OPTIONS MESSAGE
        printf 'task t(k: int) -> nil with %s { sh "echo ${k}" }\n' "$1" >w.tg
        tg check w.tg
        ended 2
        err_has "$2"
    }
    wrong 'priority = k' "unknown name 'k'"
    err_has 'It is said before there are arguments: give it at the call'
    wrong 'memory = task.memory' "option 'memory' cannot use 'task.memory', which is not known before it"
    wrong 'cores = task.cores' "option 'cores' cannot use 'task.cores'"
    wrong 'cores = task.atempt' "'task' has no field 'atempt'"
    err_has "did you mean 'attempt'?"
    wrong 'env = {"A${k}": "b"}' "option 'env' depends on the task, and must have its names written"
    wrong 'resources = {gpu: -1}' "option 'resources' must be a record of ints, 0 or more"
    run_tg 'output x = task.attempt'
    ended 2
    err_has "unknown name 'task'"
    err_has 'a command knows itself: in its body, and in options of its definition.'
}

@test "size tells the bytes of files, and what it cannot measure" {
    mkdir folder
    printf abc >a
    printf abcde >folder/b
    run_tg 'output o = [size("a"), size(file("a")), size(["a", "folder"]), size(identity("a")), size([identity("a"), "a"]), size([])]'
    ended 0
    is 'o = [3, 3, 8, 3, 6, 0]'
    run_tg 'output o = size("none")'
    ended 2
    err_has "could not find the size of 'none': No such file or directory"
    run_tg 'output o = size(3)'
    ended 2
    err_has "argument 'f' of 'size' must be"
}

@test "a dry run shows what tasks ask for and how they are tried, late options as they are written" {
    cat >w.tg <<'EOF'
use math
with timeout = 10m
task t(f: file, n: int) -> int with memory = 2 * size(f), env = {N: n}, resources = {gpu: n, b: 1} { sh "echo ${task.memory}" }
output x = t(file("w.tg"), 1) with allow_failure = true, retries = 2, backoff = 90s, max_backoff = 1.5s
output y = inc(x) with memory = 16MiB, label = "b"
output z = inc(1)
EOF
    tg w.tg -n -v
    grep -qxF '     with timeout = 10m, memory = 2 * size(f), resources = {gpu: n, b: 1}, allow_failure = true, retries = 2, backoff = 90s, max_backoff = 1.5s' <<<"$output"
    grep -qxF '     with memory = 16MiB' <<<"$output"
    [ "$(grep -c '^ *with ' <<<"$output")" -eq 2 ]
}

@test "slips with options get a hint, in both forms" {
    local slip
    while IFS='|' read -r slip hint; do
        printf 'task t() -> int with %s { sh "echo 1" }\noutput o = t()\n' "$slip" >w.tg
        tg check w.tg
        grep -qF "hint: $hint" <<<"$stderr" || tg_show "no hint for: $slip"
    done <<'EOF'
retry = 3|write retries = 3
cpus = 2|write cores = 4
gpus = 1|what a run has of it is named: resources = {gpu: 1}
memory = 16|a size has a unit: memory = 16GiB
retry_on = "timeout"|write retry_on = ["timeout"]
wrap = "nice -n 10"|write wrap = ["nice", "-n", "10"]
timeout = "10s"|write timeout = 10s, without quotes
allow_failure = "true"|write allow_failure = true, without quotes
cores = 1, allow_failure|an option has a value: allow_failure = true
retries: 3|an option is written with a '=': retries = 3
EOF
    cat >w.yaml <<'EOF'
commands:
  t: {result: int, sh: "echo 1", with: {retry: 3, retry_on: timeout, memory: 16}}
EOF
    tg check w.yaml
    [ "$(grep -cE "hint: (write retries = 3|write retry_on = \[|a size has a unit)" <<<"$stderr")" -eq 3 ]
}

@test "the documents list each option that the program knows" {
    local names name
    run_tg 'use math; x = inc(1) with no_such_option_at_all = 1'
    ended 2
    names=$(sed -n 's/^hint: options are \(.*\)\.$/\1/p' <<<"$stderr" | tr -d ,)
    [ "$(wc -w <<<"$names")" -ge 20 ]
    sed -n '/^## Task options/,/^### /p' "$top/docs/language.md" | grep '^|' | cut -d'|' -f2 >table
    for name in $names; do grep -qF "\`$name\`" table || tg_show "not in the table of docs/language.md: $name"; done
}

@test "options for commands are errors where a variable turns out to run no program, when that is known" {
    cat >common.tg <<'END'
use math
task t(x: int) -> str { sh "echo $A${x}" }
task one() -> int { sh "echo 1" }
fn pick(i) = if i > 0 { t } else { inc }
fn many(f, x) = [f(x), t(x)]
f = inc
m = map
s = sorted
END
    { cat common.tg && cat <<'END'; } >w.tg
output a = pick(1)(1) with env = {A: "a"}
output b = pick(one())(2) with env = {A: "b"}
output c = map(pick(one()), [one()]) with env = {A: "c"}
output d = m(t, [4]) with env = {A: "d"}
output e = many(inc, 5) with env = {A: "e"}
output g = s([1, 2], false, fn(x) = -x) with env = {A: "g"}
with env = {A: "h"} {
    output h = [f(1), pick(one() - 1)(2)] + map(f, [3]) + s([one()])
}
END
    tg w.tg
    ended 0
    is 'a = a1
b = b2
c = ["c1"]
d = ["d4"]
e = [6, "e5"]
g = [2, 1]
h = [2, 3, 4, 1]'
    while IFS='|' read -r call option what; do
        { cat common.tg && echo "output o = $call"; } >bad.tg
        for how in threads single-threaded; do
            tg bad.tg --scheduler=$how
            err_has "bad.tg:9:12: error: option '$option' is for commands, and $what is none"
            err_has 'holds for the commands among many calls.'
        done
    done <<'END'
f(1) with dir = "/", retries = 2|dir|task 'inc'
pick(one() - 1)(1) with retries = 2, dir = "/"|dir|task 'inc'
map(f, [1]) with wrap = ["nice"]|wrap|task 'inc'
map(pick(one() - 1), [1]) with env = {A: "1"}|env|task 'inc'
m(f, [one()]) with shell = ["sh", "-c"]|shell|task 'inc'
s([2, 1]) with container = "x"|container|function 'sorted'
END
}

@test "options of a file that defines no command reach nothing, which is said" {
    echo 'use math
with timeout = 1m, retries = 2
output x = inc(1)' >w.tg
    for verb in check run; do
        tg $verb w.tg
        ended 0
        err_has "w.tg:2:6: warning: options of the file are for the commands that it defines, and it defines none"
        err_has "hint: Around calls they have a block: with timeout = .. { .. }"
    done
    printf '%s\n' 'with: {retries: 2}' 'outputs: {x: 1 + 1}' >w.yaml
    tg check w.yaml
    err_has "warning: options of the file are for the commands"
    echo 'with retries = 2
task t() -> int { sh "echo 1" }
output x = t()' >w.tg
    tg check w.tg
    ended 0
    [ -z "$stderr" ]
}
