#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Who makes which file: two tasks with one path, paths given as text, files that are not there.
load helper

# Paths that are known only when the tasks run.
late='task name(x: str) -> str { run ["echo", x] }
task one(p: str) -> file(p) { sh "echo one > ${out}" }
task two(p: str) -> file(p) { sh "echo two > ${out}" }
task many(p: str) -> list[file](p) { sh "echo > ${out}/1.txt; echo > ${out}/2.txt" }
'

# late_conflict A B: the second of these expressions fails, with the place of the first.
late_conflict() {
    run_tg "$late"'output a = '"$1"'
output b = after('"$2"', a)' -k
    ended 1
    err_has "w.tg:6:"
    err_has "error: task '"
    err_has "is also made by task '"
    err_has "called at w.tg:5"
    err_has '1 task failed'
}

@test "two commands with one path that is known late: the second one fails and tells of the first" {
    mkdir real && ln -s real link && ln -s real/x.txt x
    late_conflict 'one(name("a.txt"))' 'two(name("a.txt"))'
    [ "$(cat a.txt)" = one ]
    late_conflict 'one(name("a.txt"))' 'two(name("./a.txt"))'
    late_conflict 'one(name("a.txt"))' 'two(name("no/../a.txt"))'
    late_conflict 'one(name("a.txt"))' 'two(name("'"$PWD"'/a.txt"))'
    late_conflict 'one(name("real/a.txt"))' 'two(name("link/a.txt"))'
    late_conflict 'one(name("x"))' 'two(name("real/x.txt"))'
    late_conflict 'one(name("a.txt"))' 'one(name("a.txt"))'
}

@test "of many commands that begin at once with one path, one makes it" {
    run_tg "$late"'p = name("x")
output a = [one(p) for i in 0..8]' -j 8 -k
    ended 1
    err_has '7 tasks failed, '
    [ "$(cat x)" = one ]
}

@test "the files of a list are made by one command" {
    late_conflict 'many(name("d/*.txt"))' 'two(name("d/2.txt"))'
    late_conflict 'two(name("d/2.txt"))' 'many(name("d/*"))'
    late_conflict 'many(name("d/*.txt"))' 'many(name("./d/*.txt"))'
    late_conflict 'many(name("d/*.txt"))' 'many(name("d/?.*"))'
    run_tg "$late"'output a = many(name("e/*.txt"))
output b = two(name("e/3.txt"))'
    ended 0
}

@test "two results of one command with one path" {
    run_tg 'task name(x: str) -> str { run ["echo", x] }
task t(p: str) -> {a: file("${p}/a"), b: file("./${p}/a")} { sh "echo > ${out.a}; echo > ${out.b}" }
task u(p: str) -> {a: list[file]("${p}/*"), b: file("${p}/a")} { sh "echo > ${out.a}/a; echo > ${out.b}" }
output x = t(name("x"))
output y = u(name("y"))' -k
    ended 1
    err_has "two results have the same path './x/a'"
    err_has "two results have the same path 'y/a'"
    [ ! -e x/a ]
}

@test "what a command writes by > is no other one's result" {
    run_tg "$late"'task w(p: str) -> nil { run ["echo", "x"] > p }
a = one(name("a.txt"))
w(after(name("a.txt"), a))
w(name("/dev/null"))
w(name("log"))
w(name("log"))
output a' -k
    ended 1
    err_has "task 'w' failed: 'a.txt' is also made by task 'one', called at w.tg:6"
    err_has '1 task failed'
    run_tg "$late"'task w(p: str) -> int { sh "echo 1" ; run ["echo", "x"] > p }
n = w(name("b.txt"))
output b = one(after(name("b.txt"), n))' -k
    ended 1
    err_has "task 'one' failed: 'b.txt' is also written by task 'w', called at w.tg:6"
}

@test "a path is free again when the command that was to make it failed" {
    run_tg 'task bad(p: str) -> file(p) { sh "echo > ${out}; exit 1" }
task good(p: str) -> file(p) { sh "echo good > ${out}" }
task name(x: str) -> str { run ["echo", x] }
output x = try(bad(name("a")), good(name("a")))'
    ended 0
    [ "$(cat a)" = good ]
}

@test "a loop that makes the same file again, while the graph grows" {
    run_tg "$late"'i = len(name("a"))
x = nil
while i < 3 {
    x = one("r.txt")
    i += if x.name == "r.txt" { 1 } else { 3 }
}
output x'
    ended 1
    err_has "'r.txt' is also made by task 'one', called at w.tg:8"
    err_has "added in round 2 of this 'while'"
}

# Paths that are known before the run.
makers='task one(p: str) -> file(p) { sh "echo one >> ran; echo one > ${out}" }
task two(p: str) -> file("${p}") { sh "echo two >> ran; echo two > ${out}" }
task many(p: str) -> list[file]("${p}/*.txt") { sh "echo many >> ran; echo > ${out}/1.txt" }
task say(x: str) -> str { run ["echo", x] }
task show(f: file) -> str { run ["cat", f] }
task w(p: str) -> nil { run ["echo", "w"] > p }
'

# clash TEXT [ARG...]: an error before anything runs, also when it is only looked at.
clash() {
    rm -f ran
    run_tg "$makers$1" "${@:2}"
    ended 2
    err_has "error: two tasks make '"
    [ ! -e ran ]
    tg check w.tg
    ended 2
    tg w.tg -n
    ended 2
}

# fine TEXT [ARG...]: nothing is said, but what was done.
fine() {
    run_tg "$makers$1" "${@:2}"
    ended 0
    [ -z "$(grep -Ev '^[0-9]+ tasks? done in ' <<<"$stderr")" ]
}

@test "two tasks with one known path: an error with both places, and nothing runs" {
    clash 'output a = one("a.txt")
output b = two("a.txt")'
    err_has "w.tg:8:12: error: two tasks make 'a.txt': 'one' and 'two'"
    err_has "w.tg:7:12: note: 'one' makes 'a.txt' here"
    err_has "hint: Only one task of a run may make a file. Put what differs, such as an argument, into the path."
}

@test "the same place by other texts" {
    mkdir -p real/deep && ln -s real link && ln -s real/x.txt x && ln -s real/deep down
    local pair
    for pair in './a|a' 'none/../a|a' "$PWD/a|a" 'real/a|link/a' 'real/none/a|link/none/a' 'x|link/x.txt' 'down/../a|real/a' './/b//c|b/./c'; do
        clash "output a = one(\"${pair%|*}\")
output b = two(\"${pair#*|}\")"
        err_has "'one' makes '${pair%|*}' here"
    done
    fine 'output a = one("n/a")
output b = two("real/a")'
}

@test "the same call twice, and a loop that makes one file" {
    clash 'output a = one("a")
output b = one("a")'
    err_has 'hint: The same call twice is two tasks. Give its result a name, and use that.'
    clash 'xs = []
for i in 0..3 { xs += [one(after("a", say("${i}")))] }
output xs'
    err_has "hint: Put what differs from one to the next, such as a loop's variable, into the path."
    clash 'x = nil
i = 0
while i < 3 {
    x = after(two("r"), x)
    i += 1
}
output x'
    fine 'a = one("a")
output b = [a, a]'
}

@test "folders of lists, results that lie in another one, and what > writes" {
    clash 'output a = many("d")
output b = many("./d")'
    run_tg "$makers"'output a = one("d")
output b = two("d/x")'
    ended 2
    err_has "task 'two' makes 'd/x' in 'd', which task 'one' makes, and does not wait for that"
    run_tg "$makers"'output a = one("d")
output b = many("d")'
    ended 2
    err_has "task 'many' makes 'd/*.txt' in 'd', which task 'one' makes, and does not wait for that"
    run_tg "$makers"'task folder() -> file("e") { sh "mkdir ${out}" }
output b = two(after("e/x", folder()))'
    ended 0
    clash 'output a = one("log")
w("log")'
    err_has "'one' makes 'log' here"
    fine 'w("both")
w("both")
w("/dev/null")'
    run_tg 'task t() -> {a: file("a"), b: file("./a")} { sh "touch ${out.a} ${out.b}" }
output x = t()'
    ended 2
    err_has "error: task 't' has two results with the path './a'"
}

@test "only what will run counts; a command may replace what it reads" {
    run_tg "$makers"'output a = try(1, one("a"))
output b = two("a")' b
    ended 0
    echo in >c
    fine 'task sorted(f: file) -> file(f) { run ["sort", f] > out }
output c = sorted("c")'
    [ "$(cat c)" = in ]
}

@test "a path as text of what another task makes is warned of" {
    run_tg "$makers"'a = one("a.txt")
output a
output b = say("./a.txt")
output c = say(after("a.txt", a))'
    ended 0
    err_has "w.tg:9:12: warning: task 'say' is given the path './a.txt', but does not wait for task 'one', which makes it"
    err_has "w.tg:7:5: note: 'one' makes 'a.txt' here"
    err_has "hint: Give it the result of 'one' in place of the text, or after(.., that result)."
    err_lacks w.tg:10:
    tg w.tg -q
    [ -z "$stderr" ]
    run_tg "$makers"'task look() -> str { run ["ls", "-d", "d.txt"] }
task read() -> str { run ["cat"] < "d.txt" }
output a = one("d.txt")
output b = [look(), read()]' -n
    ended 0
    err_has "task 'look' is given the path 'd.txt'"
    err_has "task 'read' is given the path 'd.txt'"
    fine 'output a = one("e.txt")
output b = say("e")
output c = say("e.txt.gz")'
}

@test "files that commands need and nothing makes: all are named, and nothing runs" {
    run_tg "$makers"'task all(fs: list[file], g: file?) -> nil { run ["cat", fs] }
output r = say("hello")
output a = show("missing")
all(["w.tg", "m1", "no/m2"], nil)
output b = show("m3")
output c = try(show("m4"), "none")
output d = first([show("m5"), say("x")])' -k
    ended 2
    for name in "'missing' (parameter 'f')" "'m1' (parameter 'fs')" "'no/m2' (parameter 'fs')" "'m3' (parameter 'f')"; do
        err_has "is to read $name, which is not there, and nothing makes it"
    done
    err_has "hint: If the command only writes to it, or does without it, the parameter's type is str."
    err_lacks m4
    err_lacks m5
    for verb in check graph; do
        tg $verb w.tg
        ended 0
        err_has "warning: task 'show' is to read 'missing'"
    done
    tg w.tg -n
    ended 0
    tg w.tg r
    ended 0
    mkdir sub && mv w.tg sub && touch sub/missing
    tg sub/w.tg a
    ended 2
    err_has 'hint: Paths are relative to the folder tgrun runs in; here("missing") is relative to the file.'
}

@test "what may be made in time is no error before the run" {
    fine 'task setup() -> nil { run ["cp", "w.tg", "made"] }
task side() -> str { sh "echo > side; echo ok" }
task own(f: file) -> file(f) { run ["echo", "own"] > out }
task folder() -> file("fold") { sh "mkdir ${out}; echo > ${out}/x" }
output o = own("own.txt")
output l = len(show(after("d/1.txt", many("d"))))
output f = len(show(after("fold/x", folder())))
output s = len(show(after("side", side())))
setup()' -q
    run_tg "$makers"'output l = many("other")
output x = show("other/2.txt")' -n
    ended 0
    [ -z "$stderr" ]
    run_tg 'task setup() -> nil { run ["cp", "w.tg", "made2"] }
task show(f: file) -> str { run ["cat", f] }
setup()
output m = show("made2")' -n
    ended 0
    [ -z "$stderr" ]
    run_tg 'task show(f: file) -> str { run ["cat", f] }
output m = show(after("nothing", 1 + 2))'
    ended 2
}
