#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Nothing is silent: what a run says of itself where there is no output, what its counts are of, what a file does that
# does nothing.
load helper

setup() {
    tg_setup
    export TGRUN_NO_RECORD=true # what runs twice is to run twice
}

# everywhere ARG...: runs w.tg with every scheduler; all say the same on standard error but for times, workers and, with -v, what
# is indented.
everywhere() {
    local how first=
    said=
    for how in --scheduler=sync -j1 -j4; do
        tg w.tg "$how" "$@"
        [[ $* != *-v* ]] || stderr=$(sed '/^  /d' <<<"$stderr")
        said=$(sed -E 's/ in [0-9.]+ s/ in TIME/; s/scheduler [a-z-]+, [0-9]+ workers?/HOW/' <<<"$stderr")
        [ -z "$first" ] || [ "$first" = "$said" ] || tg_show "with $how, not: $first"
        first=$said
    done
}

# ---- counts ---------------------------------------------------------------------------------------

@test "counts are of calls of tasks: operators, lists, texts and built-in functions are helpers" {
    echo 'use math
xs = [inc(i) for i in 0..4]
total = sum(xs) + len(xs)
output text = "total ${total + 1}, ${str(total)}"
output all = [xs, {total: total}]' >w.tg
    everywhere -v
    [ "$said" = "5 tasks done (and 8 helpers) in TIME, HOW: 4 inc, 1 sum" ] || tg_show "$said"
}

@test "a graph that grows counts the same calls" {
    echo 'use math
sizes = [len(w) for w in identity(["a", "list", "of", "words"])]
x = inc(0)
while x < 5 { x = inc(x) }
output y = if x > 2 { double(x) } else { inc(9) }
output total = math.sum(sizes)' >w.tg
    everywhere -v
    [[ $said =~ ^'7 tasks done (and '[0-9]+' helpers) in TIME, HOW: 5 inc, 1 double, 1 sum'$ ]] || tg_show "$said"
}

@test "what failed, was skipped and is done is counted likewise, in both forms of a graph" {
    for n in 3 'identity(3)'; do
        echo "use math
n = $n
xs = [inc(i) for i in range(n)]
bad = div(1, xs[0] - 1)
output y = inc(bad + 1)
output z = dec(inc(bad) + 2)
output s = sum(xs) + 1" >w.tg
        everywhere -k
        [[ $said == *$'\n'"3 tasks were skipped because 'div"*"' failed: dec, 2 inc"$'\n'"1 task failed, 3 skipped, 4 done"$'\n'* ]] ||
            tg_show "$said"
    done
}

@test "what went wrong on the way is listed with one comma behind it" {
    echo 'task f(n: int) -> int with retries = 1, backoff = 1ms { run ["false"] }
output x = [try(f(1), 0), (f(2) with allow_failure = true)]' >w.tg
    for how in --scheduler=sync -j1 -j4; do
        tg w.tg $how -v
        err_has $'\n'"0 tasks done (and 2 helpers), 1 caught, 2 more attempts, 1 allowed, in "
    done
}

@test "failures that are caught are counted as what they are" {
    echo 'use math
output x = try(div(1, inc(-1)), 3) + inc(1)' >w.tg
    everywhere -v
    [[ $said =~ ^'2 tasks done (and '[0-9]' helpers), 1 caught, in TIME, HOW: 2 inc'$ ]] || tg_show "$said"
}

@test "print, sleep and fail are calls of the author" {
    echo 'print("hello")
output x = sleep(0, 1)' >w.tg
    everywhere -v
    [[ $said == $'hello\n'"2 tasks done in TIME, HOW: 1 print, 1 sleep" ]] || tg_show "$said"
}

@test "one failure is not repeated, of several the first is" {
    run_tg 'use math
output a = div(1, 0)'
    [ "$(grep -c "division by zero" <<<"$stderr")" = 1 ]
    err_lacks "first failure"
    run_tg 'use math
output a = div(1, 0)
output b = div(2, 0)' -k
    [ "$(grep -c "division by zero" <<<"$stderr")" = 3 ]
    err_has $'2 tasks failed, 0 skipped, 0 done\na: not computed '
    err_has $'\nfirst failure:\n'
}

# ---- what it took ---------------------------------------------------------------------------------

took='; [1-4] workers? [0-9]+% busy; peak memory [0-9.]+ [KMG]iB'

@test "a line says what a run took, where it took long or somebody asks" {
    echo 'use math
output x = sum([inc(i) for i in 0..20])' >w.tg
    for how in --scheduler=sync -j4; do
        tg w.tg $how --summary=always
        [[ $stderr =~ ^'21 tasks done in '[0-9.]+' s: 20 inc, 1 sum'(; most time in .*)?$took$ ]] || tg_show "$how"
    done
    tg w.tg
    [ -z "$stderr" ]
    TGRUN_SUMMARY=auto tg w.tg -q
    [ -z "$stderr" ]
    tg w.tg -q --summary=always
    err_has '21 tasks done in '
    tg graph w.tg --run --summary=always
    err_has '21 tasks done in '
    echo 'task rest() -> nil { sh "sleep 1" }
rest()' >w.tg
    TGRUN_SUMMARY=auto tg w.tg --scheduler=sync
    [[ $stderr =~ ^'1 task done in '[0-9.]+' s: 1 rest; 1 worker '[0-9]+'% busy; peak memory '.*$ ]] || tg_show "not said"
}

@test "where tasks have failed it stands behind their sum, and memory of commands beside our own" {
    echo 'task eats() -> nil { sh "dd if=/dev/zero of=/dev/null bs=200M count=1 2> dd.txt" }
task breaks() -> nil { sh "exit 1" }
breaks() with after = eats()' >w.tg
    tg w.tg -j4 --summary=always
    ended 1
    [[ $stderr =~ $'\n1 task failed, 0 skipped, 1 done in '[0-9.]+' s'(; most time in .*)?$took', of a command '2[0-9]+' MiB'$ ]] ||
        tg_show "not behind the sum"
    tg w.tg -j4 -q
    [[ $stderr == *$'\n1 task failed, 0 skipped, 1 done' ]] || tg_show "-q"
}

@test "a run that is ended says what it took so far" {
    echo 'task rest() -> nil { sh "sleep 100" }
rest()' >w.tg
    tg w.tg --deadline=0.2s --summary=always
    ended 124
    [[ $stderr =~ ': 0 of 1 task was done in '[0-9.]+' s'$took$'\n' ]] || tg_show "not said"
}

@test "-v tells time by name, the critical path, workers and memory" {
    cat >w.tg <<'TG'
use math
task text() -> str { sh "sleep 0.1; seq 100000" }
task eats(n: int) -> int { sh "dd if=/dev/zero of=/dev/null bs=200M count=1 2> dd.txt; echo ${n}" }
t = text()
output x = inc(eats(len(t)))
TG
    for how in --scheduler=sync -j4 "-j4 --scheduler=processes"; do
        tg w.tg $how -v
        ended 0
        [[ $stderr =~ $'\n  task '[^$'\n']*' count '[^$'\n']*' CPU '[^$'\n']*$' memory\n' ]] || tg_show "no head, with $how"
        [[ $stderr =~ $'\n  eats '\ +1\ .*' 2'[0-9]+' MiB'$'\n' ]] || tg_show "no row, with $how"
        [[ $stderr =~ $'\n  critical path: '[0-9.]+' '[mu]?s$'\n'\ +[0-9.]+\ m?s\ \ text\ \ w.tg:4:5.*eats\ \ w.tg:5:16 ]] || tg_show "no path, with $how"
        [[ $stderr =~ $'\n  workers: 1'.*% ]] || tg_show "no workers, with $how"
        err_has $'\n  memory of results, at most: 575 KiB: 575 KiB text\n'
        [[ $stderr =~ $'\n  memory of processes, at most: '.*', of a command 2'[0-9]+' MiB' ]] || tg_show "no memory, with $how"
    done
    err_has ', of an executor '
}

@test "a graph that grows has a critical path, too" {
    cat >w.tg <<'TG'
use math
fn tree(n) { if n < 2 { return sleep(0.05, inc(n)) } else { return add(tree(n - 1), tree(n - 2)) } }
output t = tree(inc(2))
TG
    for how in --scheduler=sync -j4; do
        tg w.tg $how -v
        [[ $stderr =~ 'critical path: '[0-9.]+' '[mu]?s.*' sleep  w.tg:2:'.*$'\n  workers: ' ]] || tg_show "no path, with $how"
    done
}

@test "what an expansion point has added comes behind it on the critical path" {
    cat >w.tg <<'TG'
task names() -> list[str] { sh "sleep 0.1; printf 'a\\nb\\n'" }
task work(name: str) -> int { sh "sleep 0.1; echo 1" }
output n = sum([work(x) for x in names()])
TG
    for how in --scheduler=sync -j4; do
        tg w.tg $how -v
        [[ $stderr =~ 'critical path: '[^$'\n']*$'\n'\ +[0-9.]+\ m?s\ \ names\ .*\ m?s\ \ work\ .*$'\n  workers: ' ]] || tg_show "no way, with $how"
    done
}

@test "-v tells what a run took that a signal has ended" {
    echo 'task f(n: int) -> int { sh "test ${n} = 0 || { kill -INT $PPID; sleep 100; }; echo 1" }
output a = f(f(0))' >w.tg
    tg w.tg -v
    ended 130
    err_has "tgrun: ended by signal 2 (Interrupt): 1 of 2 tasks"
    err_has $'\n  workers: '
}

# ---- workflows without outputs --------------------------------------------------------------------

commands='task build(name: str) -> file("${name}.txt") { sh "echo ${name} > ${out}" }
task test(f: file) -> nil { sh "grep -q . ${f}" }
for name in ["a", "b", "c"] { test(build(name)) }'

@test "a workflow of commands without outputs says what it did" {
    echo "$commands" >w.tg
    everywhere
    ended 0
    is ""
    [ "$said" = "6 tasks done in TIME: 3 build, 3 test" ] || tg_show "$said"
    tg w.tg -q
    [ -z "$stderr" ]
}

@test "the summary does not disturb a workflow with outputs" {
    echo "$commands
output x = 1" >w.tg
    tg w.tg
    is "x = 1"
    [ -z "$stderr" ]
}

@test "a summary of many different tasks is cut" {
    for i in {1..9}; do echo "task t$i() -> nil { sh \"true\" }"$'\n'"t$i()"; done >w.tg
    everywhere
    [ "$said" = "9 tasks done in TIME: 1 t1, 1 t2, 1 t3, 1 t4, 1 t5, 1 t6, 3 others" ] || tg_show "$said"
}

@test "a run that fails or is only looked at has no such summary" {
    echo 'task t() -> nil { sh "exit 3" }
t()' >w.tg
    tg w.tg
    ended 1
    err_has "1 task failed, 0 skipped, 0 done"
    err_lacks " in "
    tg -n w.tg
    ended 0
    [ -z "$stderr" ]
}

# ---- files that do nothing ------------------------------------------------------------------------

nothing='tgrun: warning: nothing to run: '

@test "a file of definitions says that it runs nothing, and what could be called" {
    echo 'fn f(x) = x
task build(name: str) -> nil { run ["true", name] }' >w.tg
    for how in "" -n; do
        tg w.tg $how
        ended 0
        [ "$stderr" = "${nothing}the file has no output and calls no task
hint: It only defines 'f', 'build': call it, as in \`output NAME = ..\`." ] || tg_show "$how"
    done
    echo 'task clean() -> nil { sh "rm -f w" }' >named.tg
    tg named.tg
    [ "$stderr" = "${nothing}the file has no output and calls no task
hint: It only defines 'clean': name a task, as in \`tgrun FILE clean\`, or call it, as in \`output NAME = ..\`." ]
    tg w.tg -q
    [ -z "$stderr" ]
    tg check w.tg # it may be there for others to import
    [ -z "$stderr" ]
}

@test "an empty file says that it runs nothing" {
    run_tg '# only a comment'
    ended 0
    [ "$stderr" = "${nothing}the file has no output and calls no task
hint: What a run is for is written \`output NAME = EXPR\`." ]
    run_yaml 'use: [math]'
    err_has "$nothing"
}

@test "pure tasks that nobody needs are not run, which is said with the output that is missing" {
    run_tg 'use math
x = inc(1)
total = dec(x)
known = 3'
    ended 0
    [ "$stderr" = "${nothing}no output needs the tasks that are called
hint: A task without effects runs only if an output needs its result: \`output total\`." ]
    run_yaml 'use: [math]
tasks:
  x: {call: inc, args: [1]}'
    [ "$stderr" = "${nothing}no output needs the task that is called
hint: A task without effects runs only if an output needs its result: \`output x\`." ]
}

@test "an output that is known, and an effect, are something" {
    run_tg 'output x = 1'
    [ -z "$stderr" ]
    run_tg 'print("hi")'
    err_lacks "$nothing"
    err_has "1 task done in "
}

# ---- what commands say ----------------------------------------------------------------------------

talking='task talk(name: str) -> nil { sh "echo ${name} one; echo aside >&2; echo ${name} two" }
task quiet() -> str { sh "echo aside >&2; echo value" }'

@test "standard output of what gives nil is shown whole, on standard error; nothing else that commands print" {
    echo "$talking
output x = quiet()
output y = talk(\"a\")" >w.tg
    tg w.tg
    ended 0
    is $'x = value\ny = nil'
    [ "$stderr" = $'[talk]\na one\na two' ]
    tg w.tg -q
    [ -z "$stderr" ]
}

# bats test_tags=parallel
@test "what several tasks say stands together, in the order in which they end" {
    mkfifo go
    echo 'task early(name: str) -> nil { sh "echo ${name} begins; cat go; echo ${name} ends" }
task late() -> nil { sh "echo late" }
task let_go() -> nil { sh "echo > go" }
early("e")
let_go() with after = late()' >w.tg
    for how in -j2 -j4; do
        tg w.tg $how
        ended 0
        [[ $stderr == $'[late]\nlate\n[early]\ne begins\n\ne ends\n3 tasks done in '* ]] || tg_show "$how"
    done
}

@test "what is shown of commands with each --output" {
    echo "$talking
talk(\"a\")
output x = quiet()" >w.tg
    tg w.tg --output=grouped --scheduler=sync
    [ "$stderr" = $'[talk]\na one\naside\na two\n[quiet]\naside' ]
    tg w.tg --output=live --scheduler=sync
    [ "$stderr" = $'[talk] a one\n[talk] aside\n[talk] a two\n[quiet] aside' ]
    tg w.tg --output=grouped -q --scheduler=sync
    [ "$stderr" = $'[talk]\na one\naside\na two\n[quiet]\naside' ]
}

@test "a command that fails shows its output once" {
    run_tg 'task t() -> nil { sh "echo said; echo wrong >&2; exit 1" }
t()'
    ended 1
    [ "$(grep -cx '    said' <<<"$stderr")" = 1 ]
    [ "$(grep -c '^said' <<<"$stderr")" = 0 ]
    err_has $'output:\n    said\n    wrong\n'
}

@test "steps of one command are shown together; what goes to a file is not" {
    run_tg 'task t() -> nil {
    run ["echo", "first"]
    run ["echo", "to a file"] > "f.txt"
    run ["echo", "last"]
}
t()'
    ended 0
    [[ $stderr == $'[t]\nfirst\nlast\n1 task done in '* ]] || tg_show "shown otherwise"
    [ "$(cat f.txt)" = "to a file" ]
}

# ---- which one ------------------------------------------------------------------------------------

@test "tasks are told apart by the arguments in which they differ" {
    echo 'root = "data"
task build(name: str, mode: str, at: str) -> nil { sh "echo ${name} ${root}" }
task once(x: str) -> nil { sh "echo once" }
for x in ["a", "b"] { build(x, "fast", "very/long/path/of/a/folder/and/its/${x}/file.txt") }
once("x")' >w.tg
    tg w.tg --scheduler=sync --output=live
    [[ $stderr == '[build(a, ...h/of/a/folder/and/its/a/file.txt)] a data
[build(b, ...h/of/a/folder/and/its/b/file.txt)] b data
[once] once
3 tasks done in '* ]] || tg_show "otherwise"
    tg w.tg --scheduler=sync --output=grouped
    err_has '[build(a, ...h/of/a/folder/and/its/a/file.txt)]
a data'
}

@test "a label is the name of its tasks" {
    run_tg 'task build(name: str) -> nil { sh "echo ${name}" }
for x in ["a", "b"] { build(x) with label = "the ${x}" }' --scheduler=sync --output=live
    [[ $stderr == $'[the a] a\n[the b] b\n2 tasks done in '* ]] || tg_show "otherwise"
}

@test "tasks that come in the run are told apart, too" {
    run_tg 'task build(name: str, n: int) -> nil { sh "echo ${name}" }
for x in identity(["a", "b"]) { build(x, 1) }' --scheduler=sync --output=live
    [[ $stderr == $'[build(a, 1)] a\n[build(b, 1)] b\n2 tasks done in '* ]] || tg_show "otherwise"
}

@test "arguments that are no plain text do not spoil the lines" {
    run_tg 'task show(x: str) -> nil { sh "echo ok" }
show("two\nlines\t\x1b[1m")
show("\u{9b}2J\u{202e}x")
show("ü" * 40)' --scheduler=sync --output=live
    [[ $stderr == "[show(two lines  [1m)] ok
[show( 2J x)] ok
[show(...üüüüüüüüüüüüüüüü)] ok
3 tasks done in "* ]] || tg_show "otherwise"
}

@test "warnings say which of several tasks they are about" {
    run_tg 'task make(n: int) -> file("made/${n}.txt") { sh "echo 1 > ${out}; touch ${out}.tmp" }
output all = [make(n) for n in 0..2]' --scheduler=sync
    ended 0
    err_has "warning: task 'make(0)' also made 'made/0.txt.tmp'"
    err_has "warning: task 'make(1)' also made 'made/1.txt.tmp'"
}

@test "what nobody needs any more is neither skipped nor done" {
    cat >w.tg <<'EOF'
use math
task wins() -> int { sh "echo 1" }
task loses(n: int) -> int { sh "while [ ! -e end ]; do sleep 0.01; done; echo ${n}" }
x = first([wins(), loses(2), inc(loses(3))])
output x
output y = after(fail("late"), x)
finally { print("skipped ${outcome.skipped}") }
EOF
    local how
    for how in -j4 --scheduler=sync; do
        tg w.tg "$how" -v
        ended 1
        err_has $'\n'"1 task failed, 0 skipped, 1 done, 3 not needed"$'\n'
        err_has "skipped 0"
    done
    sed -i '/late/d' w.tg
    tg w.tg -v -j4
    ended 0
    err_has ", 3 not needed, in "
}
