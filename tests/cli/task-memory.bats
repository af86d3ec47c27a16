#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The option `memory` of commands as a limit.
load helper

@test "a program that asks for more than its memory fails for that" {
    run_tg 'task t() -> str with memory = 64MiB { run ["python3", "-c", "x = bytearray(200 << 20)"] }
output x = t()'
    ended 1
    grep -q "task 't' failed: it needed more memory than its limit of 64 MiB\(: a program that failed used [0-9.]* MiB\)\? when more was refused\$" <<<"$stderr"
    err_has 'hint: The limit is the option memory'
}

@test "one that says nothing of it is known by what it used" {
    cat >fill.py <<'END'
import os
kept = []
try:
    while True: kept.append(bytearray(1 << 18))
except MemoryError:
    os._exit(4)
END
    run_tg 'task t(f: file) -> str with memory = 64MiB { run ["python3", f] | ["cat"] }
task u(f: file) -> str with memory = 64MiB { sh "python3 ${f} | cat" }
output x = t(file("fill.py"))
output y = u(file("fill.py"))' -k
    ended 1
    err_has "task 't' failed: it needed more memory than its limit of 64 MiB"
    err_has "task 'u' failed: it needed more memory than its limit of 64 MiB"
    err_lacks refused
}

@test "what fails within its memory fails for what it says" {
    run_tg 'task t() -> str with memory = 1GiB { sh "exit 3" }
output x = t()'
    ended 1
    err_has "task 't' failed: command failed with exit status 3"
}

# A child has our memory until its exec, which the kernel counts as its own.
@test "what tgrun itself uses is not taken for what a command has used" {
    run_tg 'task t(n: int) -> str with memory = 40MiB { sh "exit 3" }
output x = t(len([str(i) for i in 0..700000]))'
    ended 1
    err_has "task 't' failed: command failed with exit status 3"
}

@test "memory that is only reserved is no limit" {
    run_tg 'task t() -> int with memory = 64MiB, memory_enforce = false {
    run ["python3", "-c", "print(len(bytearray(200 << 20)))"]
}
output x = t()'
    ended 0
    is 'x = 209715200'
}
