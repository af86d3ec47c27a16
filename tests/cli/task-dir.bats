#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The options `dir` and `wrap`: where the programs of a command run, and in what.
load helper

@test "a command runs in its folder, and files stay where they are" {
    mkdir sub
    echo outer >a.txt
    echo inner >sub/a.txt
    run_tg 'task t(f: file, fs: list[file]) -> {o: file("out/o.txt"), l: list[file]("list/*.x")} with dir = "sub" {
    sh "cat a.txt ${f} ${fs} | cat >${out.o}; pwd >>${out.o}"
    run ["cp", f, "${out.l}/1.x"]
}
r = t(file("a.txt"), [file("a.txt")])
output r = r'
    ended 0
    is 'r = {o: "out/o.txt", l: ["list/1.x"]}'
    [ "$(cat out/o.txt)" = "inner
outer
outer
$PWD/sub" ]
    [ "$(cat list/1.x)" = outer ]
}

@test "redirections, the environment and files in texts are meant from where tgrun runs" {
    mkdir sub
    echo outer >a.txt
    run_tg 'task t(f: file) -> str with dir = "sub", env = {REF: file("a.txt"), TEXT: "a.txt"} {
    run ["cat"] < "a.txt" > "log.txt"
    run ["echo", "f=${f}", file("b.txt"), "b.txt"]
    sh "echo \$REF \$TEXT; cat" < text([f])
}
output x = t(file("a.txt"))'
    ended 0
    is "x = f=$PWD/a.txt $PWD/b.txt b.txt
$PWD/a.txt a.txt
$PWD/a.txt"
    [ "$(cat log.txt)" = outer ]
}

@test "programs by their paths are those of the folder, else those from where tgrun runs" {
    mkdir sub bin
    printf '#!/bin/sh\necho outer\n' >bin/outer
    printf '#!/bin/sh\necho inner\n' >sub/inner
    printf '#!/bin/sh\necho wrapped "$@"\n' >bin/wrap
    printf '#!/bin/sh\nexec sh "$@"\n' >bin/shell
    chmod +x bin/* sub/*
    run_tg 'with dir = "sub"
task a() -> str { run ["bin/outer"] }
task b() -> str { run ["./inner"] }
task c() -> str with wrap = ["bin/wrap", "-w"] { run ["./inner"] }
task d() -> str with shell = ["bin/shell", "-c"] { sh "pwd; cd ." }
task e() -> str { sh "./inner" }
output x = [a(), b(), c(), d(), e()]'
    ended 0
    is "x = [\"outer\", \"inner\", \"wrapped -w ./inner\", \"$PWD/sub\", \"inner\"]"
}

@test "a folder that is not there is told before anything runs, unless something makes it" {
    run_tg 'task first() -> str { run ["touch", "ran"] }
task t() -> str with dir = "gone" { run ["pwd"] }
output x = [first(), t()]'
    ended 2
    err_has "w.tg:3:22: error: task 't' is to run in 'gone' (option dir), which is not there, and nothing makes it"
    [ ! -e ran ]
    run_tg 'task make() -> file("made/file") { run ["touch", out] }
task t() -> str with dir = "made" { run ["ls"] }
output x = t() with after = make()'
    ended 0
    is 'x = file'
}

@test "a folder that is gone when its command starts is no matter of the program" {
    mkdir sub
    run_tg 'task away() -> nil { run ["rmdir", "sub"] }
task t() -> str with dir = "sub" { run ["pwd"] }
output x = t() with after = away()'
    ended 1
    err_has "task 't' failed: cannot run in the folder 'sub' (option dir): No such file or directory"
    err_has '$ cd sub && pwd'
}

@test "every program is wrapped, and shells" {
    printf '#!/bin/sh\necho "$1" >>log; shift; exec "$@"\n' >wrap
    chmod +x wrap
    run_tg 'task t(x: str) -> str with wrap = ["./wrap", "w"] {
    run ["echo", x] | ["cat"]
    sh "echo ${x} | cat"
    sh "printenv A"
}
output x = t("a b") with env = {A: 1}'
    ended 0
    is "x = a b
a b
1"
    [ "$(sort -u log)" = w ]
    [ "$(grep -c w log)" = 4 ]
    run_tg 'with wrap = ["no-such-wrapper"]
task t(x: str) -> str { run ["echo", x] }
output x = t("c") with wrap = []'
    ended 0
    is 'x = c'
}

@test "a wrapper that is not there is told before anything runs" {
    run_tg 'task first() -> nil { run ["touch", "ran"] }
task t() -> str with wrap = ["no-such-wrapper"] { run ["pwd"] }
first()
output x = t()'
    ended 3
    err_has "cannot find 'no-such-wrapper', in which task 't' is wrapped"
    [ ! -e ran ]
}

@test "dir and wrap are told with the command's line, which can be pasted" {
    mkdir sub
    echo data >a.txt
    run_tg 'task t(f: file) -> file("o.txt") with dir = "sub", wrap = ["env", "A=1"] {
    sh "cat ${f} >${out}; printenv A >>${out}; exit 3"
}
output x = t(file("a.txt"))'
    ended 1
    run bash -c "$(sed -n 's/^\$ //p' <<<"$stderr")"
    [ "$status" = 3 ]
    [ "$(cat o.txt)" = "data
1" ]
}
