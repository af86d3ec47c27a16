#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Pipelines of `run` without a shell, and values as standard input.
load helper

@test "each program reads what the one before writes" {
    printf 'b\na\nb\n' | gzip >x.gz
    run_tg 'task lines(f: file) -> int { run ["gzip", "-dc", f] | ["wc", "-l"] }
task most(f: file) -> file("most.txt") {
    run ["gzip", "-dc"] < f |
        ["sort"] |  # a comment
        ["uniq", "-c"] |
        ["sort", "-n", "-r"] | ["sed", "s/^ *//"] > out
}
task both(f: file) -> int {
    run ["gzip", "-dc", f] | ["cat"] > "plain.txt"
    run ["wc", "-l"] < "plain.txt"
}
words = ["tr", "a-z", "A-Z"]
task upper(f: file) -> list[str] { run ["gzip", "-dc"] | words < f }
output n = lines("x.gz")
output m = most("x.gz")
output b = both("x.gz")
output u = upper("x.gz")' --jobs=4
    ended 0
    is 'n = 3
m = most.txt
b = 3
u = ["B", "A", "B"]'
    [ "$(cat most.txt)" = $'2 b\n1 a' ]
}

@test "words are handed over as they are" {
    run_tg 'task t(xs: list[str]) -> list[str] { run ["printf", "%s\n", xs] | ["cat", "-"] }
xs = ["a b", "$(echo pwned)", "`x`", "'\''", "\"", "| cat", "> f", "\\", ""]
output same = t(xs) == xs'
    ended 0
    is 'same = true'
    [ ! -e f ]
}

@test "the failure of each program counts and is named, and no result appears" {
    run_tg 'task first() -> file("a.gz") { run ["cat", "missing"] | ["gzip"] > out }
task last() -> file("b") { run ["echo", "x"] | ["sh", "-c", "cat; exit 3"] > out }
task middle() -> file("c") { run ["echo", "x"] | ["false"] | ["cat"] > out }
task two() -> file("d") { run ["sh", "-c", "exit 4"] | ["cat"] | ["sh", "-c", "cat; exit 5"] > out }
task killed() -> file("e") { run ["sh", "-c", "kill -KILL $$"] | ["cat"] > out }
output fs = [first(), last(), middle(), two(), killed()]' -k
    ended 1
    err_has "task 'first' failed: 'cat' of the pipeline failed with exit status 1"
    err_has '$ cat missing | gzip > a.gz'
    err_has 'cat: missing: No such file'
    err_has "task 'last' failed: 'sh' of the pipeline failed with exit status 3"
    err_has "task 'middle' failed: 'false' of the pipeline failed with exit status 1"
    err_has "task 'two' failed: 'sh' (program 1) of the pipeline failed with exit status 4, 'sh' (program 3) failed with exit status 5"
    err_has "task 'killed' failed: 'sh' of the pipeline killed by signal KILL"
    err_has 'when memory runs out'
    [ "$(ls -A)" = $'.tgrun\nw.tg' ]
}

@test "a program that SIGPIPE ended because its reader had enough is no failure" {
    run_tg 'task one() -> str { run ["yes"] | ["head", "-n", "1"] }
task chain() -> str { run ["yes"] | ["cat"] | ["cat"] | ["head", "-n", "1"] }
task shell() -> str { run ["bash", "-c", "yes; exit"] | ["head", "-n", "1"] }
task nothing() -> int { run ["yes"] | ["true"] | ["wc", "-c"] }
output o = [one(), chain(), shell(), nothing()]'
    ended 0
    is 'o = ["y", "y", "y", 0]'
}

@test "SIGPIPE counts where the reader failed or was still reading" {
    run_tg 'task reader() -> str { run ["yes"] | ["sh", "-c", "head -n 1; exit 7"] }
output o = reader()'
    ended 1
    err_has "'sh' of the pipeline failed with exit status 7"
    err_lacks PIPE
    run_tg 'task elsewhere() -> file("f") { run ["sh", "-c", "echo part; kill -PIPE $$"] | ["cat"] > out }
output o = elsewhere()'
    ended 1
    err_has "'sh' of the pipeline killed by signal PIPE"
    err_has 'was still reading'
    [ ! -e f ]
    run_tg 'task inner() -> file("f") { run ["bash", "-o", "pipefail", "-c", "yes | head -n 1"] | ["cat"] > out }
output o = inner()'
    ended 1
    err_has "'bash' of the pipeline failed with exit status 141"
    [ ! -e f ]
    run_tg 'task last() -> nil { run ["true"] | ["sh", "-c", "kill -PIPE $$"] }
output o = last()'
    ended 1
    err_has "'sh' of the pipeline killed by signal PIPE"
}

@test "a program that tells of the closed pipe itself failed, with a hint" {
    run_tg 'task t() -> str { run ["sh", "-c", "trap \"\" PIPE; yes"] | ["head", "-n", "1"] }
output o = t()'
    ended 1
    err_has "'sh' of the pipeline failed with exit status 1"
    err_has 'had read enough'
}

@test "if a program cannot be started, those before it are ended" {
    run_tg 'task t() -> nil { run ["sh", "-c", "trap \"echo ended >mark; exit\" TERM; echo $$ >pid; while :; do sleep 0.01; done"] | ["no-such-program"] | ["cat"] }
output o = t()'
    ended 1
    err_has "cannot run 'no-such-program': No such file or directory"
    [ ! -e pid ] || ! kill -0 "$(cat pid)"
}

@test "an interrupt and a time limit end all programs of a pipeline" {
    echo 'task t() -> str { run ["sh", "-c", "echo $$ >>pids; exec sleep 1115.25"] | ["sh", "-c", "echo $$ >>pids; exec sleep 1115.25"] }
output o = t()' >w.tg
    start w.tg
    wait_for eval '[ "$(wc -l <pids)" = 2 ]'
    kill -INT "$pid"
    finish
    ended 130
    for p in $(cat pids); do ! kill -0 "$p"; done
}

@test "what a program leaves running does not hold up the ones behind it" {
    run_tg 'task t() -> str { run ["sh", "-c", "echo x; sleep 1116.25 & "] | ["cat"] }
output o = t()'
    ended 0
    is 'o = x'
    err_has "'sh' of task 't' left programs running; they were killed"
}

@test "USR1 names each program of a pipeline" {
    echo 'task t() -> str { run ["sh", "-c", "touch on; while [ ! -e go ]; do sleep 0.01; done"] | ["cat"] }
output o = t()' >w.tg
    start w.tg
    wait_for test -e on
    wait_for eval 'kill -USR1 "$pid"; sleep 0.05; grep -q "t .cat.: process" err'
    grep -q "t 'sh': process" err
    touch go
    finish
    ended 0
}

@test "standard input from a value: text, bytes, numbers, a list as lines" {
    run_tg 'task sorted(xs: list) -> list[str] { run ["sort"] < text(xs) }
task size(x: any) -> int { run ["wc", "-c"] < text(x) }
task echo(x: str) -> str { run ["cat"] < text("<${x}>\n\n") }
task raw() -> bytes { run ["printf", "\\000\\377"] }
task shell(x: str) -> str { sh "tr a-z A-Z" < text(x) }
task piped(x: str) -> str { run ["cat"] < text(x) | ["rev"] }
fn text(x) = "a function of that name is another matter: ${x}"
output a = sorted(["b", 10, "a", 1.5, true])
output b = [size("héé"), size(raw()), size(120), size(""), size([])]
output c = [echo("a b"), shell("up"), piped("abc")]'
    ended 0
    is 'a = ["1.5", "10", "a", "b", "true"]
b = [5, 2, 3, 0, 0]
c = ["<a b>\n", "UP", "cba"]'
}

@test "a large value goes in while output comes out, and need not be read" {
    run_tg 'task big() -> bytes { run ["head", "-c", "30000000", "/dev/zero"] }
task through(x: bytes) -> bytes { run ["cat"] < text(x) | ["cat"] }
task noisy(x: bytes) -> int { run ["sh", "-c", "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; cat"] < text(x) | ["wc", "-c"] }
task unread(x: bytes) -> str { run ["echo", "read nothing"] < text(x) }
task some(x: bytes) -> int { run ["head", "-c", "5"] < text(x) | ["wc", "-c"] }
x = big()
output o = [through(x) == x, noisy(x), unread(x), some(x)]'
    ended 0
    is 'o = [true, 33000000, "read nothing", 5]'
}

@test "what cannot be standard input is said, before the run where it can" {
    run_tg 'task t(f: file) -> str { run ["cat"] < text(f) }
output o = t("x")'
    ended 2
    err_has "'text' takes text, bytes, a number, a bool or a list of lines, not file"
    err_has 'reads what is in the file'
    run_tg 'task t(n: int) -> str { run ["cat"] < n }
output o = t(1)'
    ended 2
    err_has 'a path must be a str or file, not int'
    run_tg 'task t(n: str) -> str { run ["cat"] | n }
output o = t("x")'
    ended 2
    err_has "'run' needs a list: the program and its arguments, not str"
    run_tg 'task t(x: any) -> str { run ["cat"] < text(x) }
output o = [t(x) for x in [nil, {a: 1}, [["b"]]]]' -k
    ended 1
    err_has 'a list of lines, not nil'
    err_has 'a list of lines, not record'
    err_has 'not a list with list'
}

@test "what a user types of a pipeline is told so" {
    run_tg 'task t() -> str { sh "a" | ["b"] }
task u() -> str { run ["a"] > "x" | ["b"] }
task v() -> str { run ["a"] | ["b"] < "y" | ["c"] }
task w() -> str { run ["a"] < text(1, 2) }'
    ended 2
    err_has "'sh' is no part of a pipeline"
    err_has "a '>' in the middle of a pipeline"
    err_has "a '<' in the middle of a pipeline"
    err_has "'text' takes one value"
    run_tg 'task t() -> str { run ["a"] | run ["b"] }'
    ended 2
    err_has "'run' stands once"
    run_tg 'task t() -> str {
    run ["a"]
    | ["b"]
}'
    ended 2
    err_has 'at the end of a line'
    run_tg 'output x = 1 | 2'
    ended 2
    err_has 'no operators on bits'
}

@test "the line that is shown can be pasted into a shell" {
    printf 'x\n' >'a b'
    run_tg 'task t(f: file) -> nil { run ["cat"] < f | ["sh", "-c", "cat; exit 1"] > "o o" }
task u() -> nil { run ["cat"] < text("it'\''s") | ["false"] }
task v(x: bytes) -> nil { run ["false"] < text(x) }
task bytes() -> bytes { run ["head", "-c", "1000", "/dev/zero"] }
output o = [t("a b"), u(), v(bytes())]' -k
    ended 1
    err_has "\$ cat < 'a b' | sh -c 'cat; exit 1' > 'o o'"
    err_has "\$ printf %s 'it'\\''s' | cat | false"
    err_has '$ ... (1000 bytes) | false'
}

@test "the YAML form, and both ways between the forms" {
    run_yaml 'commands:
  count: {params: {f: file}, result: int, pipe: [[gzip, -dc, "${f}"], [wc, -l]]}
tasks:
  n: {call: count, args: [x.gz]}
  sorted: {pipe: [[sort, -n], [uniq]], in: {text: "${xs}"}, result: "list[str]"}
  lines: {run: [cat], in: {text: [1.10, b]}, result: "list[str]"}
  parts: {steps: [{pipe: [[echo, a], "${upper}"], out: o.txt}, {run: [cat], in: o.txt}], result: str}
program: |
  xs = [3, 1, 3]
  upper = ["tr", "a-z", "A-Z"]
outputs: [n, sorted, lines, parts]' --help >/dev/null
    printf 'b\na\nb\n' | gzip >x.gz
    tg w.yaml
    ended 0
    is 'n = 3
sorted = ["1", "3"]
lines = ["1.10", "b"]
parts = A'
    "$TGRUN" convert w.yaml --to=tg -o v.tg
    grep -q '| \["wc", "-l"\]' v.tg
    grep -q '< text(xs) |' v.tg
    "$TGRUN" convert v.tg --to=yaml -o v.yaml
    for f in v.tg v.yaml; do
        tg "$f"
        ended 0
        has 'sorted = ["1", "3"]'
        has 'parts = A'
    done
    run_yaml 'tasks: {a: {pipe: []}, b: {pipe: [cat]}, c: {pipe: x}, d: {run: [cat], in: {txt: x}}}'
    ended 2
    err_has "'pipe' names no program"
    err_has "expected a list for 'pipe', found text"
    err_has "expected a list for 'pipe', found a scalar"
    err_has "did you mean 'text'?"
}

@test "fmt puts '<' where a shell has it, and breaks a long pipeline behind its '|'" {
    cat >w.tg <<'TG'
task t(f: file) -> file("o") {
  run ["a"]|["b"]   >  out   <  f
  run ["gzip", "-dc", "a rather long name of a file"] | ["grep", "-v", "a pattern of some length"] | ["sort", "-u"] > out
  run ["a"] | # why
  ["b"]
  run ["a"] < text( f.name )
}
TG
    tg fmt w.tg
    [ "$(cat w.tg)" = 'task t(f: file) -> file("o") {
    run ["a"] < f | ["b"] > out
    run ["gzip", "-dc", "a rather long name of a file"] |
        ["grep", "-v", "a pattern of some length"] |
        ["sort", "-u"] > out
    run ["a"] |  # why
        ["b"]
    run ["a"] < text(f.name)
}' ]
    tg fmt --check w.tg
    ended 0
}

@test "'sh' that SIGPIPE ended names the program and shows the form with 'run'" {
    run_tg 'task t() -> str { sh "exit 141" }
output o = t()'
    ended 1
    err_has 'failed with exit status 141'
    err_has 'write the pipeline as run [..] | [..]'
    printf '#!/bin/sh\nkill -PIPE $PPID\n' >end
    chmod +x end
    run_tg 'task t(x: str) -> str { sh "./end -a ${x} | cat" }
output o = t("a $b\"")'
    ended 1
    err_has "'./end' was ended by SIGPIPE: what reads it had read enough. Where that is fine, write run"
    err_has 'run ["./end", "-a", "a \$b\""] | ["cat"].'
    run_tg 'task t() -> str { sh "./end | cat | cat" }
output o = t()'
    ended 1
    err_has "A program before a '|' was ended by SIGPIPE"
    err_has 'run ["./end"] | ["cat"] | ["cat"].'
    run_tg 'task t() -> str { sh "./end > x | cat" }
output o = t()'
    ended 1
    err_has 'run [..] | [..]'
}

# Half of a text must not pass for all of it.
# bats test_tags=not-asan, not-tsan
@test "what cannot be read of a command fails its task" {
    echo 'task value() -> str { sh "printf all; exec >&-" }
output x = value()' >value.tg
    echo 'task shown() -> nil { sh "echo printed" }
output x = shown()' >shown.tg
    export LD_PRELOAD=$build/tests/preload/cut.so CUT_ONLY=read CUT_ERROR=5
    told=
    for at in {1..20}; do # how many reads come before is the system's affair
        CUT_AT=$at tg value.tg
        [ "$status" != 0 ] || is 'x = all'
        told+=$stderr
        CUT_AT=$at tg shown.tg
        [ "$status" != 0 ] || is 'x = nil'
        told+=$stderr
    done
    [[ $told = *"task 'value' failed: cannot read the standard output of the command: Input/output error"* ]]
    [[ $told = *"task 'shown' failed: cannot read what the command prints: Input/output error"* ]]
}
