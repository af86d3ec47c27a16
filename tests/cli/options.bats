#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Verbs and options: where they may stand, what is refused, what the environment sets.
load helper

setup() {
    tg_setup
    echo 'output x = 1 + 2' >w.tg
}

@test "a file alone is run" {
    tg w.tg
    ended 0
    is "x = 3"
    tg run w.tg
    ended 0
    is "x = 3"
}

@test "options stand anywhere" {
    tg -j 2 w.tg
    is "x = 3"
    tg w.tg -j2
    is "x = 3"
    tg --jobs=2 run w.tg --color never
    is "x = 3"
    tg --format json w.tg
    is '{"x": 3}'
    tg w.tg --format=json x
    is '{"x": 3}'
}

@test "short options bundle" {
    tg -kqj2 w.tg
    ended 0
    is "x = 3"
}

@test "two dashes end options" {
    cp w.tg ./-n
    tg -- -n
    ended 0
    is "x = 3"
    tg w.tg -- -n
    ended 2
    err_has "unknown output '-n'"
}

@test "a verb wins over a file of its name" {
    echo 'output y = 9' >list
    tg list w.tg
    ended 0
    has "x"
    tg ./list
    is "y = 9"
    tg run list
    is "y = 9"
    tg -- list
    is "y = 9"
}

@test "standard input" {
    run --separate-stderr "$TGRUN" - <w.tg
    ended 0
    is "x = 3"
    printf 'outputs: {x: "${1 + 2}"}\n' >w.yaml
    run --separate-stderr "$TGRUN" - --language=yaml <w.yaml
    ended 0
    is "x = 3"
    run --separate-stderr "$TGRUN" check - <<<'output x = '
    ended 2
    err_has "<stdin>:1:"
}

@test "-C goes to a folder first" {
    mkdir sub
    echo 'output y = 5' >sub/v.tg
    tg -C sub v.tg
    ended 0
    is "y = 5"
    tg -C nowhere w.tg
    ended 2
    err_has "cannot go to folder 'nowhere'"
}

@test "an unknown option names the nearest" {
    tg w.tg --josb=3
    ended 2
    is ""
    err_has "unknown option '--josb'"
    err_has "did you mean '--jobs'?"
    tg w.tg --sched=threads
    ended 2
    err_has "did you mean '--scheduler'?"
    tg w.tg -Z
    ended 2
    err_has "unknown option '-Z'"
    tg w.tg -jobs=3
    ended 2
}

@test "options of later versions are unknown" {
    for option in memory-limit=1 distribute; do
        tg w.tg --$option
        ended 2
        err_has "unknown option '--${option%%=*}'"
    done
    tg why x
    ended 2
}

@test "an unknown verb names the nearest" {
    tg grpah w.tg
    ended 2
    err_has "no verb and no file 'grpah'"
    err_has "did you mean 'graph'?"
}

@test "a missing file is told as such" {
    tg nowhere.tg
    ended 2
    err_has "nowhere.tg"
    err_has "No such file"
    tg .
    ended 2
    err_has "directory"
    tg ''
    ended 2
}

@test "words missing or too many" {
    tg run
    ended 2
    err_has "'run' needs a workflow file"
    tg list w.tg x
    ended 2
    err_has "'list' takes no further word, but got 'x'"
    tg fmt
    ended 2
    err_has "at least one file"
}

@test "values missing, empty, or where none belongs" {
    tg w.tg --jobs
    ended 2
    err_has "option '--jobs' needs a value"
    tg w.tg -n=1
    ended 2
    tg w.tg --dry-run=1
    ended 2
    err_has "option '--dry-run' takes no value"
    tg w.tg --params=
    ended 2
    err_has "empty value"
}

@test "a value that may be left out stands behind '='" {
    for options in -B --force -Bq "--force=x* --force=t" '-B --resume=never --checkpoint=64MiB --record=r --wait' \
        '--no-record --resume=auto' --touch; do
        tg $options w.tg
        ended 0
    done
    tg --force= w.tg
    ended 2
    err_has "option '--force' has an empty value"
    tg --force t w.tg # names no value: a file
    ended 2
    tg --checkpoint=4 --checkpoint=lots w.tg
    ended 2
    err_has "bad value 'lots' of option '--checkpoint': 'lots' must be a size, such as 16GiB"
}

@test "options for the record that contradict each other" {
    tg --touch -B w.tg
    ended 2
    err_has "options '--touch' and '--force' contradict each other"
    tg --no-record --touch w.tg
    ended 2
    err_has "options '--no-record' and '--touch' contradict each other"
    tg --no-record --record=x w.tg
    ended 2
    err_has "options '--no-record' and '--record' contradict each other"
    TGRUN_NO_RECORD=1 tg --record=x w.tg
    ended 0
    TGRUN_RECORD=x tg --no-record w.tg
    ended 0
    TGRUN_NO_RECORD=1 tg --no-no-record --touch w.tg
    ended 0
}

@test "numbers have a range" {
    for n in 0 4097 -1 x 1.5 99999999999999999999; do
        tg w.tg --jobs=$n
        ended 2
        err_has "bad value '$n' of option '--jobs': must be a whole number from 1 to 4096"
    done
}

@test "words are checked" {
    tg w.tg --output=groupd
    ended 2
    err_has "bad value 'groupd' of option '--output': must be failed, grouped or live"
    err_has "did you mean 'grouped'?"
}

@test "schedulers by name and alias" {
    for name in threads processes single-threaded sync; do
        tg w.tg --scheduler=$name
        ended 0
        is "x = 3"
    done
    tg w.tg --scheduler=thraeds
    ended 2
    err_has "threads, processes, distributed, single-threaded or sync"
    err_has "did you mean 'threads'?"
    for case in proces=processes multiprocessing=processes threaded=threads synchronous=single-threaded; do
        tg w.tg --scheduler="${case%=*}"
        ended 2
        err_has "hint: did you mean '${case#*=}'?"
    done
}

@test "the environment sets options, the command line wins" {
    TGRUN_FORMAT=json tg w.tg
    is '{"x": 3}'
    TGRUN_FORMAT=json tg w.tg --format=text
    is 'x = 3'
    TGRUN_FORMAT= tg w.tg
    is 'x = 3'
    TGRUN_DRY_RUN=1 tg w.tg
    ended 0
    has "would run"
    TGRUN_DRY_RUN=0 tg w.tg
    is 'x = 3'
}

@test "a bad value in the environment names the variable" {
    TGRUN_JOBS=many tg w.tg
    ended 2
    err_has "bad value 'many' of environment variable 'TGRUN_JOBS'"
    TGRUN_KEEP_GOING=perhaps tg w.tg
    ended 2
    err_has "'TGRUN_KEEP_GOING': must be 1 or 0"
}

@test "parameters: -D, files, and which wins" {
    echo 'param n: int = 1
output y = n' >p.tg
    tg p.tg -D n=5
    is "y = 5"
    tg p.tg -Dn=6
    is "y = 6"
    echo '{"n": 7}' >n.json
    tg p.tg --params=n.json
    is "y = 7"
    tg p.tg -D n=8 --params n.json
    is "y = 8"
    TGRUN_PARAMS=n.json tg p.tg
    is "y = 7"
    tg p.tg -D n
    ended 2
    err_has "must be NAME=VALUE"
    tg p.tg -D m=1
    ended 2
    err_has "no parameter 'm'"
    tg p.tg -D n=x
    ended 2
    err_has "parameter 'n'"
}

@test "control characters of the command line do not reach the terminal" {
    tg $'--a\x1b[2J'
    ended 2
    err_has "'--a\\x1b[2J'"
    err_lacks $'\x1b'
    tg $'x\x1b]0;t\x07.tg'
    ended 2
    err_lacks $'\x1b'
}
