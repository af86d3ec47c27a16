#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# match, find_all and substitute of plugin text; what each gives is in tests/unit/test_tasks.c.
load helper

@test "known texts are searched at once, others by tasks: the same" {
    echo 'use text
param line: str = "chr1:100-200"
now = {m: match(line, r"(\d+)-(?<end>\d+)"), all: find_all(line, r"\d+"), new: substitute(line, r"\d+", r"<\g<0>>", count = 2)}
text = identity(line)
later = {m: match(text, r"(\d+)-(?<end>\d+)"), all: find_all(text, r"\d+"), new: substitute(text, r"\d+", r"<\g<0>>", count = 2)}
output now
output same = later == now
output fields = [later.m.named.end, later.m.groups[1]]' >w.tg
    for how in --scheduler=single-threaded '-j 4'; do
        # shellcheck disable=SC2086
        tg w.tg $how
        ended 0
        is 'now = {m: {text: "100-200", start: 5, groups: ["100", "200"], named: {end: "200"}}, all: ["1", "100", "200"], new: "chr<1>:<100>-200"}
same = true
fields = ["200", "200"]'
    done
}

@test "nothing that matches" {
    run_tg 'use text
output a = match("abc", "x")
output b = [match(x, r"^\d+$") != nil for x in ["12", "1a", ""]]
output c = [x for x in identity(["a1", "b"]) if match(x, r"\d")]
output d = find_all("abc", "x")
output e = substitute("abc", "x", "y")'
    ended 0
    is 'a = nil
b = [true, false, false]
c = ["a1"]
d = []
e = abc'
}

@test "a pattern that is wrong: the place, before the run and in it" {
    run_tg 'use text
output x = match("a", "a(b")'
    ended 2
    err_has "w.tg:2:12: error: task 'match' failed: in the pattern 'a(b': missing closing parenthesis at column 4"
    run_tg 'use text
output x = find_all(identity("a"), "[z")'
    ended 1
    err_has "error: task 'find_all' failed: in the pattern '[z': missing terminating ] for character class at column"
    run_tg 'use text
output x = substitute("a", "b", r"\2")'
    ended 2
    err_has "in the replacement '\\2': the pattern has no such group at column 1"
    run_tg 'use text
output x = try(match("a", "("), "none")'
    is 'x = none'
}

@test "what a pattern passes over, or gives up, stays so in a long text" {
    run_tg 'use text
quoted = "\"" + repeat("x,", 5000) + "\""
output a = find_all(quoted + ",y", r"""".*?"(*SKIP)(*FAIL)|,.""")
output b = match(repeat("a", 5000) + "b", "a(*COMMIT)b")
output c = substitute("a-" + quoted, r"""".*?"(*SKIP)(*FAIL)|.""", "+", 3)[0:3]'
    is 'a = [",y"]
b = nil
c = ++"'
}

@test "a pattern that takes too long is given up" {
    run_tg 'use text
output x = match(repeat("a", 40) + "b", "(a+)+$")'
    ended 2
    err_has "the pattern '(a+)+\$' takes too long: it tries a million ways at one place of the text"
}

@test "a signal ends a search" {
    echo 'use text
task begin() -> str { sh "echo > begun; printf \" \"" }
output x = match(repeat(begin(), 300000) + "x", r"\s+$")' >w.tg
    start w.tg
    wait_for test -e begun
    kill -INT "$pid"
    finish
    ended 130
}
