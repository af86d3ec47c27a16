#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a second run does of a graph that grows: results that are missing are made again only for who has to run, also where nobody knows
# yet who that will be. (tests/stress/again.bats has random ones.)
load helper

setup() {
    tg_setup
    : >ran
    echo "a b" >list
    echo "a and b" >src
    cat >head.tg <<'END'
use text
task names(f: file) -> str { sh "echo names >>ran; cat ${f}" }
task unpack(f: file) -> file("big") with temp = true { sh "echo unpack >>ran; cat ${f} >${out}" }
task part(w: str) -> file("part/${w}") with temp = true { sh "echo part ${w} >>ran; echo ${w} >${out}" }
task count(f: file, w: str) -> str { sh "echo count ${w} >>ran; grep -c ${w} ${f}" }
task keep(f: file) -> file("kept/${f.stem}") { sh "echo keep ${f.stem} >>ran; cat ${f} >${out}" }
task show(path: str) -> str with volatile = true { sh "cat ${path}" }
ns = split(names("list"))
END
}

# workflow: the commands above, and what standard input has.
workflow() { cat head.tg - >w.tg; }

# ran LINE...: since the last look, just these commands have run.
ran() {
    printf '%s\n' "$@" | sed '/^$/d' | sort | diff - <(sort ran) || tg_show "not what has run"
    : >ran
}

# again JOBS TEXT LINE...: a run of w.tg that ends well, and prints and runs just that.
again() {
    tg w.tg "-j$1"
    ended 0
    is "$2"
    ran "${@:3}"
}

# first JOBS TEXT LINE...: the same from nothing.
first() {
    rm -rf .tgrun part kept big
    again "$@"
}

@test "what a loop holds that goes on later is not made again for who is up to date" {
    local jobs text=$'one = ["1", "1"]\ntwo = ["1"]'
    workflow <<'END'
big = unpack("src")
output one = [count(big, w) for w in ns]
output two = [count(big, w + " ") for w in ns if w == "a"]
END
    for jobs in 1 4; do
        echo "a b" >list
        first $jobs "$text" names unpack 'count a' 'count b' 'count a '
        [ ! -e big ]
        again $jobs "$text" ''
        echo "a b and" >list
        again $jobs $'one = ["1", "1", "1"]\ntwo = ["1"]' names unpack 'count and'
        [ ! -e big ]
    done
}

@test "what a loop over a list passes on is not made again for who is up to date" {
    local jobs text=$'all = ["kept/a", "kept/b"]\nnamed = ["a", "b"]'
    workflow <<'END'
parts = [part(w) for w in ns]
output all = [keep(p) for p in parts]
output named = [p.stem for p in parts]
END
    for jobs in 1 4; do
        first $jobs "$text" names 'part a' 'part b' 'keep a' 'keep b'
        again $jobs "$text" ''
        rm kept/b
        again $jobs "$text" 'part b' 'keep b'
        [ ! -e part/b ]
    done
}

@test "outputs of a loop are there" {
    local jobs text=$'uses = ["kept/a", "kept/b"]\nboth = ["part/a", "part/b"]'
    workflow <<'END'
parts = [part(w) for w in ns]
output uses = [keep(p) for p in parts]
output both = if len(ns) > 1 { [p for p in parts] } else { [] }
END
    for jobs in 1 4; do
        first $jobs "$text" names 'part a' 'part b' 'keep a' 'keep b'
        rm part/b
        again $jobs "$text" 'part b'
        [ "$(cat part/*)" = $'a\nb' ]
        again $jobs "$text" ''
    done
}

@test "who does not ask whether it is up to date has what it reads made first" {
    local jobs text=$'uses = ["kept/a", "kept/b"]\ntexts = ["a\\n", "b\\n"]'
    workflow <<'END'
parts = [part(w) for w in ns]
output uses = [keep(p) for p in parts]
output texts = if len(parts) > 1 { [read(p) for p in parts] } else { [] }
END
    for jobs in 1 4; do
        first $jobs "$text" names 'part a' 'part b' 'keep a' 'keep b'
        [ ! -e part/a ]
        again $jobs "$text" 'part a' 'part b'
        [ ! -e part/a ]
    done
}

@test "a path as a text is as good as the file" {
    local jobs text=$'uses = ["kept/a", "kept/b"]\ntexts = ["a"]\npaths = ["b"]'
    workflow <<'END'
parts = [part(w) for w in ns]
output uses = [keep(p) for p in parts]
output texts = [show("./${p}") for p in parts if p.stem != "b"]
output paths = [show(p.path) for p in parts if p.stem != "a"]
END
    sed -i 's/ with temp = true { sh "echo part/ { sh "echo part/' w.tg
    for jobs in 1 4; do
        first $jobs "$text" names 'part a' 'part b' 'keep a' 'keep b'
        rm -r part
        again $jobs "$text" 'part a' 'part b'
    done
}

@test "what must be known of a file that is missing is known" {
    workflow <<'END'
parts = [part(w) for w in ns]
output uses = [labelled(p) for p in parts]
fn labelled(p) {
    with label = "of ${p}" { x = keep(p) }
    x
}
END
    first 4 'uses = ["kept/a", "kept/b"]' names 'part a' 'part b' 'keep a' 'keep b'
    rm kept/a
    again 1 'uses = ["kept/a", "kept/b"]' 'part a' 'part b' 'keep a'
}

@test "the same call twice in a list is an error, however far the first one is" {
    local jobs
    workflow <<'END'
parts = [part(w) for w in ns]
output ones = [count(p, "a") for p in parts]
END
    echo "a" >list
    first 1 'ones = ["1"]' names 'part a' 'count a'
    echo "a a" >list
    for jobs in 1 2 4; do
        tg w.tg -j$jobs
        ended 1
        err_has "'part/a' is also made by task 'part', called at w.tg:"
    done
    rm -r .tgrun
    tg w.tg -j1
    ended 1
    err_has "'part/a' is also made by task 'part', called at w.tg:"
}

@test "what a command waits for is there when it runs" {
    cat >w.tg <<'END'
task header(n: int) -> file("h") { sh "echo header >>ran; echo ${n} >${out}" }
task compile(f: file) -> file("o") with depfile = "${out}.d" { sh "echo compile >>ran; cat ${f} h >${out}; echo ${out}: h >${out}.d" }
output o = compile(after(file("src"), header(1)))
END
    again 1 'o = o' header compile
    rm h
    echo new >src
    again 1 'o = o' header compile
    [ "$(cat o)" = $'new\n1' ]
}

@test "what is made again is counted once, also where that fails" {
    cat >w.tg <<'END'
param k: int = 1
task a(i: int) -> file("a${i}") { sh "test ! -e bad; echo ${i} >${out}" }
task c(f: file) -> file("${f}.c") { sh "cat ${f} >${out}" }
task b(f: file, k: int) -> file("b${k}") { sh "cat ${f} >${out}" }
task e(f: file, k: int) -> nil { sh "cat ${f} ${k} >>effect || :" }
cs = [c(a(i)) for i in range(3)]
output x = [b(cs[i], k + i) for i in range(3)]
e(cs[0], k)
END
    tg w.tg
    ended 0
    for jobs in 1 4; do
        rm a?*
        tg w.tg -j$jobs -D k=${jobs}0 -v --events=events
        ended 0
        err_has '10 tasks done'
        err_has ': 3 a, 3 b, 3 c, 1 e'
        [ "$(grep -cE '^  [abc]  +3 ' <<<"$stderr")" = 3 ] || tg_show "the table"
        tail -n 1 events | grep -q '"done":11,' || tg_show "$(tail -n 1 events)" # and a list
        tg log
        has '10 ran'
        rm a?*
        touch bad
        tg w.tg -j$jobs -k -D k=${jobs}5
        ended 1
        err_has '3 tasks failed, 7 skipped, 0 done'
        rm bad
        tg w.tg -j$jobs -D k=${jobs}5 --summary=always
        err_has '10 tasks done'
    done
}
