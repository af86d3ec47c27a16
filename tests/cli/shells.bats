#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Completion in bash, zsh and fish: what the program offers, and what real shells make of it.
load helper

setup() {
    tg_setup
    mkdir .path sub 'two words'
    ln -s "$TGRUN" .path/tgrun # the scripts call the program of PATH
    PATH=$PWD/.path:$PATH
    cat >w.tg <<'END'
use math
param n: int = 256  "how many"
param mode: str in ["fast", "ex act", "$(touch pwned)", "@home"] = "fast"
param deep: bool = true
# Builds it.
task build(x: str) -> str { sh "echo ${x}" }
task clean() -> nil { sh "true" }
output total = inc(n)
output build = build("a")
END
    touch 'two words/x y.tg' sub/a.yaml b.txt 'evil$(touch pwned).tg' "quo'te.tg" 'dou"ble.tg'
}

# offered SHELL WORD... : what is offered for the last word, in one line.
offered() {
    tg help --offer="$1" -- "${@:2}"
    ended 0
    [ -z "$stderr" ] || tg_show "an offer says something"
    output=$(LC_ALL=C sort <<<"$output" | tr '\n' '|')
}

@test "verbs, options and their words" {
    offered zsh gra
    is $'wgraph\tdraw the task graph|'
    offered bash w.tg --sched
    is 'p--scheduler=|'
    offered bash --scheduler thr
    is 'wthreads|'
    offered bash w.tg --forc
    is 'p--force=|w--force|'
    offered bash w.tg --force=b
    is 'w--force=build|'
    offered bash w.tg --force tot # a name
    is 'wtotal|'
    offered bash graph w.tg --format=s
    is 'w--format=svg|'
    offered bash -kjn --color a
    is 'walways|wauto|'
    offered fish new ''
    is 'plugin|workflow|'
    offered bash help conv
    is 'wconvert|'
    offered bash config ''
    is '|'
    offered bash run gra
    is '|'
    offered bash -- --sched
    is '|'
}

@test "outputs and tasks of the workflow on the line, and of the folder" {
    offered zsh w.tg ''
    is $'wbuild\toutput|wclean\ttask|wtask:build\tBuilds it.|wtotal\toutput|'
    offered bash graph w.tg total ''
    is 'wbuild|wclean|wtask:build|'
    offered bash -f w.tg b
    is 'wbuild|'
    cp w.tg sub/workflow.tg
    offered bash -C sub run tot
    is 'wtotal|'
    offered bash -Csub tot
    is 'wtotal|'
    printf 'params: {n: {type: int, default: 1}}\ntasks:\n  made: {sh: "echo ${n}"}\n  used: {call: identity, args: ["${made}"]}\n  many: {for: {item: "${1..3}"}, value: "${item}"}\n  end: {call: identity, args: ["${used}"]}\noutputs: [end]\n' >sub/a.yaml
    offered zsh sub/a.yaml ''
    is $'wend\toutput|wmade\ttask|wmany\ttask|wused\ttask|'
    printf '#!/usr/bin/env tgrun\nuse math\nx = inc(1)\noutput y = x\n' >script
    offered bash script ''
    is 'wy|'
    offered bash list w.tg ''
    is '|'
    offered bash missing.tg ''
    is '|'
}

@test "parameters, their choices, truth" {
    offered zsh w.tg -D ''
    is $'pdeep=\tbool = true|pmode=\tstr = "fast"|pn=\tint = 256  how many|'
    offered bash w.tg -D mode=
    is 'wmode=$(touch pwned)|wmode=@home|wmode=ex act|wmode=fast|'
    offered bash w.tg -Ddeep=t
    is 'w-Ddeep=true|'
    offered bash w.tg -D n=
    is '|'
}

@test "workflow files and folders only, plugins" {
    offered bash check ''
    is "dsub/|dtwo words/|fdou\"ble.tg|fevil\$(touch pwned).tg|fquo'te.tg|fw.tg|"
    offered bash -C sub check ''
    is 'fa.yaml|'
    offered bash check su
    is 'dsub/|'
    offered bash check sub/
    is 'fsub/a.yaml|'
    offered bash -C s
    is 'dsub/|'
    offered bash w.tg --params=b
    is 'f--params=b.txt|'
    offered bash plugins mat
    is 'wmath|'
    offered bash check 'two\ words/'
    is 'ftwo words/x y.tg|'
    offered bash check '"two words'
    is 'dtwo words/|'
    HOME=$PWD offered zsh check '~/sub/'
    is 'f~/sub/a.yaml|'
}

@test "nothing runs, nothing hangs, nothing is said" {
    export CANARY=$PWD/sang
    unset TGRUN_PLUGIN_PATH
    cp "$plugins/canary.so" .
    printf 'use canary\nuse "./canary.so" as c\nextern "./canary.so" { f() -> int }\nparam n: int = 2\noutput x = one(n)\n' >c.tg
    offered bash c.tg ''
    is 'wf|wx|'
    offered bash plugins ca
    is 'fcanary.so|wcanary|'
    [ ! -e sang ]
    mkfifo pipe.tg
    offered bash pipe.tg ''
    is '|'
    echo 'output x = = 1
output y = 2' >broken.tg
    offered bash broken.tg ''
    has 'wy|'
    touch $'new\nline.tg' $'esc\e[2J.tg' $'bad\xff.tg' $'csi\xc2\x9b2J.tg' $'turned\xe2\x80\xaegt.tg'
    offered bash check ''
    lacks line
    lacks esc
    lacks bad
    lacks csi
    lacks turned
    printf 'param n: int = 1  "\\u{1b}[2J\\u{9b}2J"\noutput x = n' >esc.tg
    offered zsh esc.tg -D ''
    is $'pn=\tint = 1   [2J 2J|'
    offered bash "\$(touch pwned)" '`touch pwned`'
    [ ! -e pwned ]
}

# press SHELL LINE...: types the lines, with \t for the key, into the real shell.
press() {
    local script=$1.script
    command -v "$1" >/dev/null || skip "no $1"
    [ "$1" != zsh ] || { mkdir zfiles && script=zfiles/_tgrun; }
    "$TGRUN" help --completion="$1" >"$script"
    run --separate-stderr python3 "$top/tests/editors/press.py" "$1" "$script" "${@:2}"
    ended 0
    [ ! -e pwned ] || tg_show "a name was run"
}

lines=('tgrun gra\t' 'tgrun w.tg tot\t' 'tgrun w.tg task:b\t' 'tgrun w.tg -D dee\tt\t' 'tgrun w.tg -D mode=ex\t' 'tgrun two\t'
    'tgrun two\ words/\t' "tgrun 'two words/'\\t" 'tgrun evil\t' 'tgrun quo\t' 'tgrun dou\t' 'tgrun -C sub a\t' 'tgrun w.tg --scheduler=thr\t'
    'tgrun plugins mat\t' 'tgrun -f w.tg build cle\t' 'tgrun check --format \tj\t' 'tgrun w.tg -D mode=ex\ttot\t')
right="<graph>
<w.tg><total>
<w.tg><task:build>
<w.tg><-D><deep=true>
<w.tg><-D><mode=ex act>
<two words/>
<two words/x y.tg>
<two words/x y.tg>
<evil\$(touch pwned).tg>
<quo'te.tg>
<dou\"ble.tg>
<-C><sub><a.yaml>
<w.tg><--scheduler=threads>
<plugins><math>
<-f><w.tg><build><clean>
<check><--format><json>
<w.tg><-D><mode=ex act><total>"

@test "in bash" {
    press bash "${lines[@]}" 'tgrun "two\t' 'tgrun w.tg -D mode=\$\t' 'tgrun w.tg -D mode=@\t' 'tgrun w.tg -D n= tot\t' 'A=1 tgrun   "w.tg"  tot\t'
    is "$right
<two words/>
<w.tg><-D><mode=\$(touch pwned)>
<w.tg><-D><mode=@home>
<w.tg><-D><n=><total>
<w.tg><total>"
}

@test "in zsh" {
    press zsh "${lines[@]}" 'tgrun w.tg -D mode=\$\t'
    is "$(sed 's|^<two words/>$|<two words>|' <<<"$right")
<w.tg><-D><mode=\$(touch pwned)>"
}

@test "in fish" {
    press fish "${lines[@]}"
    is "$right"
}
