#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What becomes of a command's exit status and of its lines: bool, list[int], list[float].
load helper

@test "bool: exit status 0 is true, 1 is false" {
    run_tg 'task is(n: int) -> bool { sh "exit ${n}" }
output a = [is(0), is(1)]
output b = if is(1) { "yes" } else { "no" }
output c = not is(0) or is(1)'
    ended 0
    is 'a = [true, false]
b = no
c = false'
}

@test "bool: any other end is a failure" {
    run_tg 'task is(n: int) -> bool { sh "exit ${n}" }
output a = is(2)'
    ended 1
    err_has "task 'is' failed: command failed with exit status 2"
    run_tg 'task is() -> bool { sh "kill -TERM $$" }
output a = is()'
    ended 1
    err_has 'killed by signal TERM'
}

@test "bool: the last step answers, the ones before must succeed" {
    run_tg 'task t(a: int, b: int) -> bool {
    run ["sh", "-c", "exit \$0", a]
    run ["sh", "-c", "exit \$0", b]
}
output a = [t(0, 1), t(0, 0), try(t(1, 0), "failed")]'
    ended 0
    is 'a = [false, true, "failed"]'
}

@test "bool: the last program of a pipeline answers" {
    run_tg 'task t(a: int, b: int) -> bool { run ["sh", "-c", "exit \$0", a] | ["sh", "-c", "cat; exit \$0", b] }
output a = [t(0, 1), t(0, 0), try(t(1, 0), "failed"), try(t(1, 1), "failed")]'
    ended 0
    is 'a = [false, true, "failed", "failed"]'
}

@test "bool: a shell that could not go on has not answered" {
    run_tg 'task unset() -> bool { sh "grep -q \$nowhere *" }
task missing() -> bool { sh "grep -q x < missing" }
task prints() -> bool { sh "echo oops >&2; exit 1" }
output a = unset()
output b = missing()
output c = prints()' -k
    ended 1
    is 'c = false'
    err_has 'nowhere: unbound variable'
    err_has 'missing: No such file or directory'
}

@test "lists of numbers: a line each, and the one that is none is named" {
    run_tg 'task ints() -> list[int] { sh "seq 3; echo \" 4 \"" }
task floats() -> list[float] { sh "printf '"'1\\\\n2.5e1'"'" }
task none() -> list[int] { sh "true" }
task gap() -> list[int] { sh "echo 1; echo; echo 3" }
task words() -> list[float] { sh "echo 1.5; echo two" }
output a = ints()
output b = floats()
output c = none()
output d = gap()
output e = words()' -k
    ended 1
    is 'a = [1, 2, 3, 4]
b = [1.0, 25.0]
c = []'
    err_has "task 'gap' failed: line 2 of standard output is empty, not an int"
    err_has "task 'words' failed: line 2 of standard output is not a float: 'two'"
}

@test "in YAML, and translated both ways" {
    run_yaml 'tasks:
  some: {sh: "exit 1", result: bool}
  xs: {sh: "seq 2", result: "list[int]"}
  ys: {sh: "seq 2", result: "list[float]"}
outputs: [some, xs, ys]'
    ended 0
    is 'some = false
xs = [1, 2]
ys = [1.0, 2.0]'
    "$TGRUN" convert w.yaml --to=tg >w.tg
    "$TGRUN" convert w.tg --to=yaml >v.yaml
    tg v.yaml
    ended 0
    has 'ys = [1.0, 2.0]'
}
