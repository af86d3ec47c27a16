#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Input that nobody means: each gives a clear message or works, and never crashes, hangs or eats the machine.
load helper

# No signal may have ended it, and it said something or printed something.
survived() {
    [ "$status" -lt 128 ] || tg_show "ended by a signal"
    [ -n "$output$stderr" ] || tg_show "said nothing"
}

repeat() { printf "%*s" "$2" '' | sed "s/ /$1/g"; }

@test "a file that is not there, a folder" {
    tg missing.tg
    ended 2
    err_has "missing.tg"
    err_has "No such file or directory"
    mkdir folder.tg
    tg folder.tg
    ended 2
    err_has "folder.tg"
}

@test "a file that cannot be read" {
    [ "$(id -u)" != 0 ] || skip "root can read everything"
    echo 'output x = 1' >secret.tg
    chmod 0 secret.tg
    tg secret.tg
    ended 2
    err_has "Permission denied"
}

@test "an empty file is an empty program" {
    : >w.tg
    tg w.tg
    ended 0
    : >w.yaml
    tg w.yaml
    ended 0
}

@test "NUL bytes and invalid UTF-8 name their place" {
    printf 'x = 1\noutput y = "a\0b"\n' >w.tg
    tg w.tg
    ended 2
    err_has 'NUL'
    printf 'x = 1\noutput y = "a\xff\xfe"\n' >w.tg
    tg w.tg
    ended 2
    err_has 'w.tg:2:'
    err_has 'UTF-8'
    printf 'outputs:\n  y: "a\xffb"\n' >w.yaml
    tg w.yaml
    ended 2
    err_has 'UTF-8'
}

@test "binary rubbish" {
    head -c 100000 "$TGRUN" >w.tg
    tg w.tg
    ended 2
    survived
    head -c 100000 "$TGRUN" >w.yaml
    tg w.yaml
    ended 2
    survived
}

@test "a byte order mark and carriage returns" {
    printf '\xef\xbb\xbfoutput x = 1\r\n' >w.tg
    tg w.tg
    ended 0
    is 'x = 1'
}

@test "a line of a megabyte" {
    { printf 'output x = 1'; for i in $(seq 1 400); do printf ' + 1'; done; printf '  # '; repeat x 1000000; echo; } >w.tg
    tg w.tg
    ended 0
    is 'x = 401'
    { printf 'output x = "'; repeat y 1000000; printf '" + 1\n'; } >w.tg
    tg w.tg
    ended 2
    survived
    [ "${#stderr}" -lt 4000 ] || tg_show "a message of ${#stderr} bytes"
}

# deep TEXT-BEFORE REPEATED COUNT TEXT-AFTER: runs it; one message at the most, no crash.
deep() {
    { printf '%s' "$1"; repeat "$2" "$3"; printf '%s\n' "$4"; } >w.tg
    tg w.tg
    survived
    [ "$(grep -c 'error:' <<<"$stderr")" -le 2 ] || tg_show "too many messages"
}

@test "brackets nested deep" {
    deep 'output x = ' '(' 100000 1
    ended 2
    deep 'output x = ' '[' 100000 1
    ended 2
    deep 'output x = ' '{a: ' 100000 1
    ended 2
    deep 'output x = f' '(1)' 100000 ''
    ended 2
    deep 'output x = ' '"${' 5000 ''
    ended 2
}

@test "operators nested deep" {
    deep 'output x = ' '-' 100000 1
    deep 'output x = 1' '+1' 100000 ''
    deep 'output x = 2' '**1' 100000 ''
}

@test "blocks nested deep" {
    deep '' 'if true {;' 20000 ''
    ended 2
    deep 'x = 1; if x == 0 { y = 0 }' ' else if x == 2 { y = 1 }' 20000 ''
}

@test "20000 unknown names, also all at one place" {
    seq 1 20000 | sed 's/.*/x& = bogus&/' >w.tg
    tg w.tg
    ended 2
    err_has 'and 19980 more errors'
    { echo 'program: >'; seq -f '  x%.0f = bogus;' 1 20000 | sed G; } >w.yaml
    tg w.yaml
    ended 2
    [ "$(grep -c "unknown name 'bogus'" <<<"$stderr")" = 1 ] || tg_show "not once"
}

@test "YAML: nesting, explosion of anchors, rubbish" {
    { printf 'outputs: '; repeat '[' 50000; } >w.yaml
    tg w.yaml
    ended 2
    survived
    {
        echo 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'
        for i in $(seq 1 12); do
            printf 'a%d: &a%d [' "$i" "$i"
            for j in 1 2 3 4 5 6 7 8 9; do printf '*a%d, ' $((i - 1)); done
            printf '*a%d]\n' $((i - 1))
        done
        echo 'tasks: {x: {value: *a12}}'
        echo 'outputs: [x]'
    } >w.yaml
    tg w.yaml
    ended 2
    survived
    printf 'tasks: {a: {value: &x [*x]}}\n' >w.yaml
    tg w.yaml
    ended 2
    survived
    printf -- '---\na: 1\n---\nb: 2\n' >w.yaml
    tg w.yaml
    ended 2
    survived
    printf 'tasks:\n\t- x\n' >w.yaml
    tg w.yaml
    ended 2
    err_has 'w.yaml:2:'
}

@test "a cycle of YAML tasks is found before anything runs, and printed" {
    run_yaml 'use: [math]
tasks:
  a: {call: inc, args: ["${c}"]}
  b: {call: inc, args: ["${a}"]}
  c: {call: inc, args: ["${b}"]}
outputs: [a]'
    ended 2
    err_has 'a -> '
    err_has 'w.yaml:3:'
}

# bats test_tags=slow
@test "a file of 100 MB" {
    {
        echo 'x = 1'
        yes '# a comment that is about one hundred characters long, to fill a large file with nothing at all in it' |
            head -c 100000000
        echo
        echo 'output y = x + 1'
    } >w.tg
    tg w.tg
    ended 0
    is 'y = 2'
}

# bats test_tags=slow
@test "a list of a million elements" {
    run_tg 'use math
xs = range(1000000)
ys = [inc(x) for x in xs]
output n = len(ys)
output total = sum(ys)
output last = ys[-1]'
    ended 0
    is 'n = 1000000
total = 500000500000
last = 1000000'
}

@test "huge numbers, sizes and ranges" {
    run_tg 'output x = 99999999999999999999'
    ended 2
    survived
    run_tg 'output x = 1e999'
    survived
    run_tg 'output x = 999999999999TB'
    ended 2
    survived
    run_tg 'output x = len(range(0, 9223372036854775807))'
    ended 2
    survived
    run_tg 'output x = "a" * 9223372036854775807'
    ended 2
    survived
    run_tg 'output x = [0] * 1000000000000'
    ended 2
    survived
    run_tg 'output x = 9223372036854775807 + 1'
    ended 2
    err_has 'overflow'
    run_tg 'output x = -9223372036854775807 - 1
output y = x // -1'
    ended 2
    err_has 'overflow'
    run_tg 'output x = 2 ** 100000000000'
    ended 2
    survived
}

@test "full disk and closed standard output are noticed" {
    [ -c /dev/full ] || skip "no /dev/full"
    echo 'output x = 1' >w.tg
    run bash -c '"$TGRUN" w.tg 2>err >/dev/full'
    [ "$status" = 4 ]
    grep -q 'No space left' err
    run bash -c '"$TGRUN" w.tg 2>err >&-'
    [ "$status" != 0 ]
}

@test "a deep value is made, compared, printed and freed" {
    run_tg 'x = []
for i in 0..5000 { x = [x] }
y = []
for i in 0..5000 { y = [y] }
output same = x == y
output n = len(str(x)) > 100'
    survived
    run_tg 'x = [1]
for i in 0..200 { x = [x] }
output x' --format=json
    survived
}

# The thread sanitizer keeps at most 65535 frames.
# bats test_tags=not-tsan
@test "recursion without end" {
    run_tg 'fn f(x) = f(x + 1)
output y = f(0)'
    ended 2
    err_has 'too deep'
    run_tg 'fn f(x) = [[[[[[[[[[[[[[[[[[[[f(x + 1)]]]]]]]]]]]]]]]]]]]]
output y = f(0)'
    ended 2
    err_has 'too deep'
}

# It has computed for 0.2 s, so it is in the loop.
in_the_loop() { awk '{ sub(/.*\) /, ""); exit !($12 >= 20) }' "/proc/$pid/stat"; }

@test "a loop that never ends stops at once on Ctrl-C" {
    echo 'i = 0
while true { i += 1 }
output i' >w.tg
    start w.tg
    wait_for in_the_loop
    kill -INT "$pid"
    finish
    ended 130
}

@test "a loop that makes tasks for ever stops at the limit" {
    run_tg 'use math
x = 0
while true { x = inc(x) }
output x' --max-tasks=100000
    ended 2
    err_has '100000'
    err_has 'w.tg:3:'
}

@test "a directory, a device and a pipe as a workflow" {
    tg /dev/null
    ended 0
    run --separate-stderr bash -c 'echo "output x = 1" | "$TGRUN" -'
    ended 0
    is 'x = 1'
    run --separate-stderr bash -c 'echo "output x = 1" | "$TGRUN" /dev/stdin'
    ended 0
    is 'x = 1'
}
