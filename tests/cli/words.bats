#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The words of a command line: which workflow, and what of it. Outputs, tasks and files that tasks make.
load helper

setup() {
    tg_setup
    export TGRUN_NO_RECORD=true # what runs twice is to run twice
    cat >workflow.tg <<'END'
use math
task pack(x: str) -> file("out/${x}.gz") { sh "echo ${x} > ${out}" }
task shards(n: int) -> list[file]("shards/*") { sh "seq ${n} | split -l 1 - ${out}/s-" }
task note(x: str) -> nil { sh "echo ${x} >> notes" }
task spare(x: str) -> int { sh "echo ${x}" }
fn twice(x) = add(x, x)
note("always")
files = [pack(x) for x in ["a", "b", "c"]]
parts = shards(2)
half = inc(20)
output whole = twice(half)
output files
below = dec(1)
output dec = inc(1)
END
}

# would TASK..: these tasks and no others would run.
would() {
    local names
    names=$(sed -n 's/^ *[0-9][0-9]*  \([a-z]*(.*)\)  .*/\1/p' <<<"$output")
    [ "$names" = "$(printf '%s\n' "$@")" ] || tg_show "not what would run: $*"
}

@test "without a file: the workflow of the folder, in every verb" {
    tg
    ended 0
    is 'whole = 42
files = ["out/a.gz", "out/b.gz", "out/c.gz"]
dec = 2'
    [ "$(cat notes)" = always ]
    tg whole --format=json
    is '{"whole": 42}'
    tg run whole
    is 'whole = 42'
    tg -q -j 2 whole dec
    is 'whole = 42
dec = 2'
    for verb in check 'check -v' list graph 'graph whole' -n 'fmt --check' convert; do
        tg $verb
        ended 0
    done
    tg convert
    has 'whole'
    [ "$(cat notes)" = always ]
    mkdir sub
    cd sub
    tg -C .. dec
    is 'dec = 2'
}

@test "YAML of the folder, with either ending" {
    rm workflow.tg
    for ending in yaml yml; do
        echo 'outputs: {x: "${1 + 2}"}' >workflow.$ending
        tg
        is 'x = 3'
        tg x --format=json
        is '{"x": 3}'
        tg check -v
        err_has "workflow.$ending: ok"
        rm workflow.$ending
    done
}

@test "two workflows in a folder: an error names both, -f decides" {
    echo 'outputs: {x: 1}' >workflow.yaml
    for verb in '' run -n whole check list graph convert fmt; do
        tg $verb
        ended 2
        err_has "the folder has two workflows, 'workflow.tg' and 'workflow.yaml'"
        err_has "-f workflow.tg"
    done
    tg -f workflow.yaml
    is 'x = 1'
    tg -f workflow.tg dec
    is 'dec = 2'
    tg workflow.yaml
    is 'x = 1'
}

@test "no workflow in a folder" {
    mkdir -p empty/workflow.tg
    cd empty
    for verb in -n run check list graph convert fmt; do
        tg $verb
        ended 2
        err_has "needs "
        err_has "The folder has no workflow.tg, workflow.yaml or workflow.yml."
    done
    tg
    ended 2
    err_has "usage: tgrun"
    tg whole
    ended 2
    err_has "no verb and no file 'whole'"
}

@test "-f: all words are names" {
    mv workflow.tg main.tg
    tg -f main.tg dec whole
    is 'whole = 42
dec = 2'
    tg whole -fmain.tg
    is 'whole = 42'
    tg graph -f main.tg dec
    is $'dec\n└─ inc(1)'
    tg check -f main.tg -v
    err_has "main.tg: ok"
    for verb in list convert; do
        tg $verb -f main.tg
        ended 0
        has whole
        tg $verb -f main.tg w.tg
        ended 2
        err_has "takes no further word, but got 'w.tg'"
    done
    tg -f nowhere.tg whole
    ended 2
    err_has "nowhere.tg"
    run --separate-stderr "$TGRUN" -f - dec <main.tg
    is 'dec = 2'
}

@test "the verb wins, run reaches the output" {
    echo 'output list = 5
output check = 6' >workflow.tg
    tg list
    ended 0
    has "Outputs:"
    tg run list
    is 'list = 5'
    tg -- check
    is 'check = 6'
    tg workflow.tg list
    is 'list = 5'
    tg -f workflow.tg run list
    is 'list = 5'
}

@test "a near miss of a verb is that first, unless it is an output" {
    tg chekc
    ended 2
    err_has "unknown output 'chekc'"
    err_has "did you mean the verb 'check'?"
    tg run chekc
    ended 2
    err_lacks verb
    echo 'output grap = 1
output lists = 2' >>workflow.tg
    tg grahp
    err_has "did you mean the verb 'graph' or 'grap'?"
    tg lists
    is 'lists = 2'
}

@test "who mistypes a verb runs no code of the folder" {
    unset TGRUN_PLUGIN_PATH
    cp "$plugins/canary.so" .
    export CANARY=$PWD/sang
    echo 'use canary
output x = one(1)
output lists = 5' >workflow.tg
    for words in chekc 'chekc x' grahp; do
        tg $words
        ended 2
        err_has "did you mean the verb"
        [ ! -e sang ] || tg_show "code of the plugin ran"
    done
    tg lists x
    is 'x = 1
lists = 5'
    [ -e sang ]
}

@test "a file that has the word's name and an ending is shown" {
    cp workflow.tg squares.tg
    echo 'outputs: {x: 1}' >cubes.yml
    tg squares
    ended 2
    err_has "did you mean 'squares.tg'?"
    rm workflow.tg
    for verb in '' run check list graph convert; do
        tg $verb squares
        ended 2
        err_has "no "
        err_has "file 'squares'"
        err_has "did you mean 'squares.tg'?"
        tg $verb cubes
        err_has "did you mean 'cubes.yml'?"
    done
    tg check sub/squares
    ended 2
    err_has "cannot open workflow 'sub/squares'"
}

@test "a first word means the same whether or not such a file is there" {
    tg out/b.gz -n
    would 'pack("b")'
    tg out/b.gz
    [ -s out/b.gz ]
    tg out/b.gz -n
    would 'pack("b")'
    : >whole
    tg whole
    is 'whole = 42'
    : >other
    tg other
    ended 2
    err_has "unknown output 'other': it is a file, but no task makes it"
    err_has "-f other reads it as a workflow."
    mkdir dir
    tg dir
    ended 2
    err_has "unknown output 'dir': it is a folder, but no task makes it"
}

@test "a script is a file without an ending" {
    printf '#!/usr/bin/env tgrun\noutput s = 9\n' >tool
    tg ./tool
    is 's = 9'
    tg tool s
    is 's = 9'
    tg graph ./tool
    ended 0
    is 's = 9'
}

@test "a result that ends as a workflow needs -f" {
    echo 'task t() -> file("out/c.yaml") { sh "echo a: 1 > ${out}" }
t()' >workflow.tg
    tg out/c.yaml
    ended 2
    err_has "cannot open workflow 'out/c.yaml'"
    err_has "With -f workflow.tg, it is the name of a result file."
    tg -f workflow.tg out/c.yaml
    ended 0
    [ -s out/c.yaml ]
}

@test "outputs: only these and what they need, no effects" {
    tg whole -n
    would 'inc(20)' 'add(#1, #1)'
    tg whole
    is 'whole = 42'
    [ ! -e notes ]
}

@test "tasks: all calls of a function" {
    tg pack -n
    would 'pack("a")' 'pack("b")' 'pack("c")'
    tg pack
    ended 0
    is ''
    [ "$(ls out)" = $'a.gz\nb.gz\nc.gz' ]
    [ ! -e notes ]
    tg inc -n
    would 'inc(20)' 'inc(1)'
    tg math.inc -n
    would 'inc(20)' 'inc(1)'
    tg add note -n
    would 'note("always")' 'inc(20)' 'add(#2, #2)'
    tg note
    [ "$(cat notes)" = always ]
}

@test "tasks: what the value of a variable needs" {
    tg half -n
    would 'inc(20)'
    tg half
    ended 0
    is ''
    tg parts
    [ "$(ls shards)" = $'s-aa\ns-ab' ]
    tg graph half
    is 'inc(20)'
    run_yaml 'use: [math]
tasks:
  a: {call: inc, args: [1]}
  b: {for: {i: "${0..3}"}, call: inc, args: ["${a + i}"]}
  c: {reduce: add, over: "${b}"}
outputs: [c]' b -n
    ended 0
    would 'inc(1)' 'inc(#2)' 'inc(#4)' 'inc(#6)'
    tg w.yaml a
    ended 0
    is ''
}

@test "tasks of plugins and imported files, as the file writes them" {
    cp workflow.tg part.tg
    echo 'import "part.tg" as part
use math as m
use math
task pack(x: str) -> file("p/${x}.gz") { sh "echo ${x} > ${out}" }
x = m.inc(5)
mine = pack("mine")
half = 4' >main.tg
    tg main.tg part.pack -n
    would 'pack("a")' 'pack("b")' 'pack("c")'
    tg main.tg part.half -n
    would 'inc(20)'
    tg main.tg task:part.half part.dec -n
    would 'inc(20)' 'inc(1)'
    for word in m.dec math.dec dec; do
        tg main.tg $word -n
        would 'dec(1)'
    done
    tg main.tg mine -n
    would 'pack("mine")'
    tg main.tg part.pac
    ended 2
    err_has "unknown output 'part.pac'"
    tg main.tg half
    ended 2
    err_has "the value of 'half' is known: no task has to run for it"
}

@test "a variable that was used up is still there when it is named" {
    run_tg 'use math
xs = []
for i in 0..5 { xs = xs + [inc(i)] }
fn f(l) = reduce(add, l)
output total = f(xs)' xs -n
    ended 0
    would 'inc(0)' 'inc(1)' 'inc(2)' 'inc(3)' 'inc(4)'
    tg w.tg total
    is 'total = 15'
}

@test "an output goes before a task, task: says which" {
    tg dec
    is 'dec = 2'
    tg task:dec -n
    would 'dec(1)' 'inc(1)'
    tg task:pack -n
    would 'pack("a")' 'pack("b")' 'pack("c")'
    tg task:half -n
    would 'inc(20)'
    tg task:halt
    ended 2
    err_has "unknown task 'halt'"
    err_has "did you mean task 'half'?"
}

@test "result files: however the path is written" {
    ln -s . link
    for path in out/a.gz ./out/a.gz out/../out//a.gz "$PWD/out/a.gz" link/out/a.gz; do
        tg "$path" -n
        would 'pack("a")'
    done
    tg out/a.gz out/c.gz
    ended 0
    is ''
    [ "$(ls out)" = $'a.gz\nc.gz' ]
    tg shards/s-aa
    [ -e shards/s-ab ]
    [ ! -e notes ]
    tg -f workflow.tg out/c.gz whole
    is 'whole = 42'
    tg graph out/c.gz
    is 'pack("c")'
}

@test "files beside a result, and what lies in a folder that is one" {
    run_tg 'task dir() -> file("d") { sh "mkdir ${out}; echo 1 > ${out}/x" }
task log() -> nil { run ["echo", "written"] > "log.txt" }
dir()
log()' d/x
    ended 0
    [ -e d/x ]
    [ ! -e log.txt ]
    tg w.tg log.txt
    [ -e log.txt ]
}

@test "folders: all that make something in them" {
    cat >workflow.tg <<'END'
task flat(x: str) -> file("out/${x}") { sh "echo > ${out}" }
task deep() -> {a: file("out/sub/a"), b: file("else/b")} { sh "echo > ${out.a}; echo > ${out.b}" }
task parts() -> list[file]("out/parts/*") { sh "echo > ${out}/1" }
task log() -> nil { run ["echo", "x"] > "out/logs/log" }
task near() -> file("outer") { sh "echo > ${out}" }
task whole() -> file("tree") { sh "mkdir ${out}; echo > ${out}/x" }
task top() -> list[file]("*.d") { sh "echo > ${out}/x.d" }
flat("one")
flat("two")
deep()
parts()
log()
near()
whole()
top()
END
    mkdir -p out/logs
    for path in out out/ ./out out/../out "$PWD/out/"; do
        tg "$path" -n
        would 'flat("one")' 'flat("two")' 'deep()' 'parts()' 'log()'
    done
    tg out/sub else -n
    would 'deep()'
    tg out/parts -n
    would 'parts()'
    tg tree/sub -n # in what is made as a whole
    would 'whole()'
    tg . -n
    ended 0
    has 'near()'
    has 'top()'
    tg out/sub/
    ended 0
    [ -e out/sub/a ] && [ ! -e out/one ]
    mkdir empty
    tg empty/
    ended 2
    err_has "unknown output 'empty/': it is a folder, but no task makes it"
    tg ou
    ended 2
    err_has "unknown output 'ou'"
}

@test "what needs a result, where a graph grows" {
    run_tg 'use math
task pack(x: int) -> file("p-${x}") { sh "echo ${x} > ${out}" }
n = inc(1)
many = [pack(i) for i in range(n)]
first = pack(10)
output count = len(many)' p-10
    ended 0
    [ "$(echo p-*)" = p-10 ]
    tg w.tg many
    ended 0
    [ "$(echo p-*)" = 'p-0 p-1 p-10' ]
}

@test "variables that blocks bind when a result is known" {
    cat >workflow.tg <<'END'
task say(x: str) -> nil { sh "echo ${x} >> said" }
task made(x: str) -> file("${x}") { sh "echo > ${out}" }
n = identity(2)
if n > 1 { x = made("big") } else { x = made("small") }
for i in range(n) { z = made("z${i}") }
w = 0
while w < n { w += 1 }
say("always")
output n
END
    tg x
    ended 0
    [ -e big ]
    tg z
    ended 0
    [ "$(echo z*)" = 'z0 z1' ]
    tg w
    ended 0
    [ ! -e said ]
    tg n
    is 'n = 2'
}

@test "failures of what is named are told" {
    run_tg 'task bad() -> file("x") { sh "exit 3" }
output safe = try(bad(), "none")
b = bad()' b
    ended 1
    err_has "exit status 3"
    tg w.tg safe
    is 'safe = none'
}

@test "names that nothing has: near ones of all three kinds" {
    tg run wole
    ended 2
    err_has "unknown output 'wole'"
    err_has "did you mean 'whole'?"
    tg run out/d.gz
    err_has "did you mean result file 'out/a.gz'?"
    tg run packs
    err_has "did you mean task 'pack' or 'parts'" || err_has "did you mean task 'pack'?"
    echo 'output fileses = 1' >>workflow.tg
    tg run filess
    err_has "did you mean 'files'"
    tg run n=3
    err_has "a parameter is set with -D n=3"
    tg run qqqqqqq
    err_has "The workflow has the outputs 'whole', 'files', 'dec', 'fileses'; tasks "
    err_has "; result files 'out/a.gz', 'out/b.gz', 'out/c.gz'."
    echo 'x = 1' >workflow.tg
    tg run qqqqqqq
    err_has "The workflow has no outputs, tasks and result files."
}

@test "paths that only the run decides" {
    run_tg 'use math
task pack(x: int) -> file("p-${x}") { sh "echo > ${out}" }
output a = pack(inc(1))' p-2
    ended 2
    err_has "unknown output 'p-2'"
    err_has "What one command makes is only known in the run."
    echo 'b = [pack(i) for i in range(inc(1))]' >>w.tg
    tg w.tg p-1
    ended 2
    err_has "Tasks that a result decides, and what they make, are only known in the run."
}

@test "what is a name, but nothing to run" {
    tg spare
    ended 2
    err_has "there is no call of task 'spare' to run"
    err_has "It needs an argument for 'x': write \`output spare = spare(..)\`."
    tg twice
    ended 2
    err_has "'twice' is a function, and no task of its own"
    err_has "Name a task that it calls, or an output that it gives."
    tg ''
    ended 2
}

# ---- tasks that nothing calls ----------------------------------------------------------------------

# A file of which some tasks are for those who name them.
named_tasks() {
    cat >workflow.tg <<'END'
use math
param folder: str = "out"
param token: secret = env("TOKEN", "none-given")
task build() -> nil { sh "mkdir -p ${folder}; echo built >> log" }
task tidy() -> nil with label = "tidy up" { sh "rm -rf ${folder}; echo cleaned >> log" }
task greet(who: str = "you", n: int = 2) -> nil { run ["echo", "${who} ${n}"] }
task need(who: str, other: int = 1) -> str { sh "echo ${who} ${other}" }
task send() -> nil { run ["echo", "token", token] }
task count() -> nil { run ["echo", "${n} ${later}"] }
task quick() -> nil { run ["echo", "a task"] }
fn f() = build()
n = 4
later = inc(n)
output quick = 5
build()
END
}

@test "a task that nothing calls is run when it is named, and only then" {
    named_tasks
    tg
    is 'quick = 5'
    [ "$(cat log)" = built ] && [ -d out ]
    tg tidy
    ended 0
    is ''
    [ "$(cat log)" = $'built\ncleaned' ] && [ ! -d out ]
    tg tidy tidy -n
    would 'tidy()'
    tg build -n # its call
    would 'build()'
    tg greet -n
    would 'greet("you", 2)'
    tg greet count -n
    has 'greet("you", 2)'
    has 'inc(4)'
    tg count
    err_has '4 5'
    tg graph tidy
    is 'tidy up'
    tg help --offer=bash workflow.tg ''
    has wtidy
    tg list
    has 'tidy() -> nil'
}

@test "a named task: an output goes first, task: says which; functions and others are none" {
    named_tasks
    tg quick
    is 'quick = 5'
    tg task:quick
    ended 0
    err_has 'a task'
    is ''
    tg f
    ended 2
    err_has "'f' is a function, and no task of its own"
    tg need
    ended 2
    err_has "there is no call of task 'need' to run"
    err_has "It needs an argument for 'who': write \`output need = need(..)\`."
    tg tidyy
    ended 2
    err_has "did you mean task 'tidy'?"
    tg qqqqqqq
    err_has "'tidy', 'greet', 'send', 'count', 'quick', 'later'."
}

@test "a named task: secrets, its folder's options, imported files, finally" {
    named_tasks
    TOKEN=very-secret-word tg send
    ended 0
    err_has 'token ***'
    err_lacks very-secret
    cp workflow.tg part.tg
    run_tg 'import "part.tg" as part
output x = 1
finally { print("end ${outcome.status}") }' part.tidy
    ended 0
    [ "$(cat log)" = cleaned ]
    err_has 'end 0'
    tg w.tg part.need
    ended 2
    err_has "write \`output need = part.need(..)\`."
    run_tg 'with env = {WHO: "all"}
task tidy() -> nil { sh "echo cleaned for $WHO" }' tidy
    ended 0
    err_has 'cleaned for all'
    run_yaml 'with: {env: {WHO: all}}
commands:
  tidy: {sh: "echo cleaned for $WHO"}
  hello: {params: {who: {type: str, default: you}}, run: [echo, "hello ${who}"]}
outputs: {x: 1}' tidy
    ended 0
    err_has 'cleaned for all'
    tg w.yaml hello
    err_has 'hello you'
}

@test "a named task that a result may call is run without it" {
    run_tg 'task changed() -> bool { run ["true"] }
task deploy(n: int = 1) -> nil { run ["echo", "deployed ${n}"] }
task told(n: int) -> nil { run ["echo", n] }
if changed() { deploy(2)
    told(3) }' deploy
    ended 0
    err_has 'deployed 1'
    err_lacks 'deployed 2'
    tg w.tg told
    ended 2
    err_has "Calls that a result decides are only known in the run."
    err_has "It needs an argument for 'n'"
}

@test "check takes many files and looks at all" {
    echo 'output x = ' >bad.tg
    echo 'use nowhere' >worse.tg
    tg check workflow.tg bad.tg worse.tg -v
    ended 3
    err_has "workflow.tg: ok"
    err_has "bad.tg:1:"
    err_has "worse.tg:1:"
    tg check bad.tg workflow.tg
    ended 2
    tg check bad.tg worse.tg --format=json
    ended 3
    [ "$(wc -l <<<"$output")" -ge 2 ]
    has '"bad.tg"'
    has '"worse.tg"'
    tg check nowhere.tg workflow.tg -v
    ended 2
    err_has "workflow.tg: ok"
    tg check -f bad.tg workflow.tg
    ended 2
}

@test "the variable of a comprehension is no name to run" {
    cat >w.tg <<'END'
task say(n: int) -> int { run ["echo", n] }
xs = [say(i) for i in 1..3]
output ys = [item + 1 for item in xs]
output zs = [k for k in [1]]
for loop in xs { print(loop) }
END
    local word
    for word in item k; do
        tg w.tg $word
        ended 2
        err_has "unknown output '$word'"
        err_lacks "'xs', 'item'"
    done
    tg w.tg xs -n
    ended 0
    tg w.tg loop -n
    ended 0
}
