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
    i += 1
}
output x'
    ended 1
    err_has "'r.txt' is also made by task 'one', called at w.tg:8"
    err_has "added in round 2 of this 'while'"
}
