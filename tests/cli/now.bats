#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Tasks that are evaluated at once: `now` in their signature. Plugin instant has what only tests need.
load helper

# tasks COUNT PROGRAM: so many tasks would run.
tasks() {
    printf '%s\n' "$2" >w.tg
    tg -n w.tg
    ended 0
    has "$1 task"
}

@test "a list from a literal is known, and -n shows the plan" {
    run_tg 'use text
task greet(name: str) -> str { run ["echo", "hello", name] }
output a = [greet(upper(n)) for n in split("ada grace")]' -n
    ended 0
    is '3 tasks would run
  1  greet("ADA")    w.tg:3
     $ echo hello ADA
  2  greet("GRACE")  w.tg:3
     $ echo hello GRACE
  3  list(#1, #2)    w.tg:3'
    tg w.tg
    ended 0
    is 'a = ["hello ADA", "hello GRACE"]'
}

@test "what is known decides branches, outputs and options" {
    run_tg 'use text
if starts_with("abc", "a") {
    output yes = 1
}
output x = sleep(0, 2) with label = upper("label")
use math
output m = inc(1) with priority = len(lines("a\nb"))' -n
    ended 0
    has '2 tasks would run'
    tg w.tg
    is 'yes = 1
x = 2
m = 2'
    tg graph w.tg --format=text
    has LABEL
}

@test "with a future among the arguments, or inside one, it is a task" {
    tasks 2 'use text
output a = upper(identity("x"))'
    tasks 3 'use text
output a = join(["x", identity("y")], "-")'
    tasks 4 'use text
x = identity({a: 1})
output a = merge_counts({a: x.a}, {b: 1})'
    tg w.tg
    is 'a = {a: 1, b: 1}'
}

@test "by name, with defaults, as a value, nested" {
    run_tg 'use instant
output a = plus(y = 5, x = 1)
output b = map(plus, [1, 2])
f = plus
output c = f(plus(1), y = 2)
output d = fold(plus, [1, 2, 3], 0)
output e = reduce(instant.plus, [1, 2, 3])
output g = plus(1) with label = "no task"' -v
    ended 0
    is 'a = 6
b = [2, 3]
c = 4
d = 6
e = 6
g = 2'
    tg -n w.tg
    has '0 tasks would run'
}

@test "in an expansion point the same, with every scheduler" {
    for how in --scheduler=single-threaded '-j 4'; do
        # shellcheck disable=SC2086
        run_tg 'use text
use instant
output a = [[upper(c) for c in split(line)] for line in identity(["a b", "c"])]
output b = [plus(i, i) for i in identity(0)..100][99]
n = identity(3)
while n < 100 {
    n = plus(n, 40)
}
output n' $how
        ended 0
        is 'a = [["A", "B"], ["C"]]
b = 198
n = 123'
    done
}

@test "a failure is one of evaluation, in the words of the task" {
    run_tg 'use text
fn parts(by) = split("a,b", by)
output a = parts("")'
    ended 2
    is ''
    [ "$stderr" = "w.tg:2:16: error: task 'split' failed: cannot split by an empty text
  2 | fn parts(by) = split(\"a,b\", by)
    |                ^~~~~~~~~~~~~~~~
arguments: \"a,b\", \"\"
w.tg:3:12: note: called from here
  3 | output a = parts(\"\")
    |            ^~~~~~~~~" ] || tg_show "another message"
    tg check w.tg
    ended 2
    err_has 'cannot split by an empty text'
    tg check w.tg --format=json
    has '"message":"task '"'split'"' failed: cannot split by an empty text","detail":"arguments: \"a,b\", \"\"","hint":null'
    run_tg 'use text
x = split("a", "")' -n
    ended 2
}

# bats test_tags=not-processes
@test "in a run a failure fails the expansion point" {
    run_tg 'use text
output a = [split("a,b", by) for by in identity([",", ""])]
output b = 1' -k
    ended 1
    is 'b = 1'
    err_has "w.tg:2:13: error: task 'split' failed: cannot split by an empty text"
    err_has 'arguments: "a,b", ""'
    err_has "note: in this 'comprehension', which waited for a result"
}

@test "try and first catch it" {
    run_tg 'use text
xs = [try(split("a", by), [by]) for by in ["", "x"]]
ys = [try(split("a", by), [by]) for by in identity(["", "x"])]
output xs
output ys
output f = first([split("a", ""), split("b c")])
output g = first([split("a", by) for by in identity(["", "x"])])
output h = try(first([split("a", "")]), "none")'
    ended 0
    is 'xs = [[""], ["a"]]
ys = [[""], ["a"]]
f = ["b", "c"]
g = ["a"]
h = none'
    run_tg 'use text
output f = first([split("a", ""), split("b", "")])'
    ended 1
    err_has "task 'split' failed: cannot split by an empty text"
}

@test "after makes it wait, if there is something to wait for" {
    tasks 3 'use text
x = identity(1)
output a = after(upper("a"), x)
output b = upper("b") with after = x'
    has '  2  upper("a", after #1)'
    tg w.tg
    is 'a = A
b = B'
    tasks 0 'use text
output a = after(upper("a"), 1)
output b = upper("b") with after = [1, 2]'
    tasks 2 'use text
made = identity(1)
with after = made {
    output a = upper("a")
}'
}

@test "a command may call it, in its words and in the paths of its results" {
    run_tg 'use text
use math
task loud(x: str) -> file("${lower(x)}.txt") { sh "echo ${upper(x)} > ${out}" }
task count(f: file) -> int { run ["wc", "-w", "--", replace("f.txt", "f", "abc")] | ["cut", "-d", " ", "-f1"] }
made = loud("Abc")
output made
output n = after(count(made), made)' -n
    ended 0
    has '$ echo ABC > abc.txt'
    has '$ wc -w -- abc.txt | cut -d '"' '"' -f1'
    tg w.tg
    ended 0
    is 'made = abc.txt
n = 1'
    run_tg 'use text
task t(x: str) -> str { sh "echo ${split(x, x)}" }
output a = t("")'
    ended 1
    err_has "w.tg:2:36: error: task 'split' failed: cannot split by an empty text"
    err_has "arguments of 'split': \"\", \"\""
}

@test "YAML: a known call is no task" {
    run_yaml 'use: [text]
tasks:
  names: {call: split, args: [a b c]}
  loud: {for: {n: "${names}"}, if: "${contains(n, '"'b'"') or n == '"'c'"'}", call: upper, args: ["${n}"]}
outputs: [loud]' -n
    ended 0
    has '0 tasks would run'
    tg w.yaml
    is 'loud = ["B", "C"]'
}

# bats test_tags=not-processes
@test "objects of the plugin are known values" {
    run_tg 'use instant
p = pair(1, 2)
output p
output s = sum_of(p)
output ps = [pair(i) for i in 0..3]
output later = sum_of(identity(p))
output inside = [sum_of(q) for q in identity(ps)]'
    ended 0
    is 'p = pair(1, 2)
s = 3
ps = [pair(0, 0), pair(1, 0), pair(2, 0)]
later = 3
inside = [0, 1, 2]'
    tg -n w.tg
    has 'identity(pair(1, 2))'
    run_tg 'use instant
output s = sum_of(3)'
    ended 2
    err_has "argument 'p' of 'sum_of' must be pair, not int"
}

@test "what it prints goes to standard error" {
    echo 'use instant
task t(x: int) -> file("made-${say(x)}.txt") { sh "echo ${say(x)} > ${out}" }
output x = say(1)
output y = t(1)' >w.tg
    for verb in run -n check graph; do
        tg $verb w.tg
        ended 0
        lacks printed
        lacks logged
        err_has printed
        err_has logged
        rm -f made-1.txt
    done
}

@test "what a task must not return" {
    while read -r call message; do
        run_tg "use instant
output x = $call"
        ended 2
        err_has "w.tg:2:12: error: $message"
    done <<'END'
fail_silently() task 'fail_silently' failed without saying why
give_bytes() task 'give_bytes' returned a str that is not UTF-8 where its signature says str
give_int() task 'give_int' returned an int where its signature says list[str]
give_future() task 'give_future' returned a future, but its signature does not say 'grows'
call_another() task 'call_another' failed: a task that adds tasks must say 'grows' in its signature
END
    err_has "hint: The plugin must say 'call_another() -> int grows'."
}

@test "a signal ends it while the graph is built" {
    echo 'use instant
output x = try(linger("begun"), 1)' >w.tg
    for _ in 1 2 3; do # a machine may take the two seconds after which what goes on is cut off, but not always
        rm -f begun
        start w.tg
        wait_for test -e begun
        kill -INT "$pid"
        finish
        ended 130
        [[ $stderr != *'interrupted while'* ]] || break
    done
    err_has 'w.tg:2:16: error: interrupted while the graph was being built'
    is ''
}

# bats test_tags=slow
@test "one that does not look is cut off" {
    echo 'use instant
output x = linger("begun", true)' >w.tg
    start w.tg
    wait_for test -e begun
    kill -INT "$pid"
    finish
    ended 130
    err_has 'ended by signal 2'
}

@test "a signal ends it in an expansion point" {
    echo 'use instant
output x = [linger(f) for f in identity(["begun"])]' >w.tg
    start w.tg
    wait_for test -e begun
    kill -TERM "$pid"
    finish
    ended 143
}

# A sanitizer ends the process in its own way.
# bats test_tags=not-asan, not-tsan, not-processes
@test "one that ends the process is named" {
    local how what
    for how in 0 1; do
        what="task 'leave($how)' $([ $how = 0 ] && echo "crashed: SIG" || echo "called exit(0)")"
        echo "use instant
output x = leave($how)" >w.tg
        for verb in run -n check graph; do
            tg $verb w.tg
            ended 4
            err_has "w.tg:2:12: error: $what"
            is ''
        done
        run_tg "use instant
output x = [leave(i) for i in identity([$how])]"
        ended 4
        err_has "error: $what"
        run_tg "use instant
task t(x: int) -> str { sh \"echo \${leave(x)}\" }
output x = t($how)" -n
        ended 4
        err_has "error: $what"
    done
}

@test "signatures show the word" {
    tg plugins instant
    ended 0
    has 'plus(x: int, y: int = 1) -> int now'
    tg plugins text --format=json
    has '"signature": "upper(text: str) -> str now", "effect": false'
}
