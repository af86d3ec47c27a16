#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# try: what fails is caught where it is used, and only there.
load helper

both() {
    local how
    for how in single-threaded threads; do
        run_tg "$1" --scheduler=$how "${@:3}"
        ended 0
        is "$2"
        [ -z "$stderr" ] || tg_show 'standard error is not empty'
    done
}

@test "a failed task gives the default" {
    both 'use math
output a = try(fail("no"), "default")
output b = try(1 // dec(1), -1)
output c = try(inc(1), -1)
output d = try(5, -1)' 'a = default
b = -1
c = 2
d = 5'
}

@test "everything between the failure and the try is skipped" {
    both 'use math
x = fail("no")
y = inc(inc(x))
output a = try(y, 0) + 1
output b = try([x, 1], [])
output c = try({k: [x]}.k[0], "none")
output d = try("text ${x}", "no text")' 'a = 1
b = []
c = none
d = no text'
}

@test "try in try, and a default that is a future" {
    both 'use math
output a = try(try(fail("1"), fail("2")), 3)
output b = try(fail("1"), inc(1))
output c = try(try(fail("1"), 2), 3)' 'a = 3
b = 2
c = 2'
}

@test "a failure of the default is a failure" {
    run_tg 'output a = try(fail("first"), fail("second"))'
    ended 1
    err_has second
}

@test "a command that fails is caught" {
    both 'task t(x: int) -> int { sh "exit ${x}" }
output a = [try(t(i + 1), i) for i in 0..3]' 'a = [0, 1, 2]'
}

@test "a failure that is used elsewhere too stops the run" {
    run_tg 'use math
x = fail("no")
output a = try(x, 1)
output b = inc(x)'
    ended 1
    err_has 'no'
    run_tg 'use math
x = fail("no")
output a = try(x, 1)
output b = inc(x)' -k
    ended 1
    has 'a = 1'
}
