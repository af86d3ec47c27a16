#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Help, version, completion, manual, `tgrun new`: what a newcomer meets first.
load helper

@test "without arguments: a short usage on standard error, status 2" {
    tg
    ended 2
    is ""
    err_has "usage: tgrun [FILE] [NAME...] [OPTION...]"
}

@test "help, --help and -h show the overview on standard output" {
    tg help
    ended 0
    has "usage: tgrun [FILE] [NAME...] [OPTION...]"
    has "  -j, --jobs=N             workers"
    err_lacks usage
    overview=$output
    tg --help
    ended 0
    is "$overview"
    tg -h
    ended 0
    is "$overview"
}

@test "the overview names every verb" {
    tg help
    for verb in run check graph debug list plugins fmt convert new config help; do
        has "  $verb "
    done
}

@test "each verb has help, by two ways" {
    for verb in run check graph debug list plugins fmt convert new config help; do
        tg help $verb
        ended 0
        has "usage: tgrun $verb "
        lacks "  [OPTION...]"
        text=$output
        tg $verb --help
        ended 0
        is "$text"
    done
}

@test "help fits 80 columns" {
    for verb in '' run check graph debug list plugins fmt convert new config help; do
        tg help $verb
        [ "$(awk 'length > 79' <<<"$output" | wc -l)" -eq 0 ]
    done
}

@test "help for an unknown verb names the nearest" {
    tg help grpah
    ended 2
    err_has "unknown verb 'grpah'"
    err_has "did you mean 'graph'?"
    tg help language
    ended 2
    err_has 'the language is in man tgrun-language'
}

@test "help works whatever the environment says" {
    TGRUN_JOBS=nonsense tg --help
    ended 0
    TGRUN_JOBS=nonsense tg --version
    ended 0
}

@test "what this version cannot do is in no help" {
    for verb in '' run; do
        tg help $verb
        for option in memory-limit; do
            lacks "--$option"
        done
    done
}

@test "the version" {
    tg --version
    ended 0
    [[ $output =~ ^tgrun\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    version=$output
    tg -V
    is "$version"
    tg graph -V
    is "$version"
}

@test "an option that is nowhere documented is not there" {
    tg help --completion=tcsh
    ended 2
    err_has "must be none, bash, zsh or fish"
}

@test "the manual has every verb, option, variable and scheduler" {
    tg help --man
    ended 0
    has ".TH TGRUN 1"
    has ".SS tgrun graph [FILE] [NAME...]"
    has '\fB\-j\fR, \fB\-\-jobs\fR=\fIN\fR'
    has "TGRUN_MAX_TASKS"
    has 'single\-threaded'
    has ".SH EXIT STATUS"
    has "jobs, scheduler, keep\-going"
    lacks "@"
}

@test "the manual is sound roff" {
    type -P groff >/dev/null || skip "no groff"
    "$TGRUN" help --man >tgrun.1
    run groff -man -Tascii -ww -z tgrun.1
    is ""
}

@test "--cflags finds tgrun.h" {
    echo '#include <tgrun.h>' >a.c
    run "${CC:-cc}" $("$TGRUN" help --cflags) -fsyntax-only a.c
    ended 0
}

@test "new workflow: made, runs, is in canonical layout" {
    tg new workflow first
    ended 0
    has "made first.tg"
    tg first.tg
    ended 0
    is "total = 140"
    tg fmt --check first.tg
    ended 0
}

@test "new workflow takes the name with its ending too" {
    tg new workflow first.tg
    ended 0
    [ -e first.tg ]
}

@test "new plugin: builds without warnings and passes its test" {
    tg new plugin mine
    ended 0
    run make -C mine test CC="${CC:-cc}" CFLAGS='-O1 -Wall -Wextra -Werror' TGRUN="$TGRUN"
    [ "$status" -eq 0 ] || tg_show "make failed"
    tg plugins mine/mine.so
    ended 0
    has "twice(x: int) -> int"
    tg fmt --check mine/test.tg
    ended 0
}

@test "new touches nothing that exists" {
    mkdir mine
    echo mine >mine/keep
    tg new plugin mine
    ended 2
    err_has "could not make 'mine': it exists already"
    [ "$(ls mine)" = keep ]
    echo kept >w.tg
    tg new workflow w
    ended 2
    err_has "could not make 'w.tg': it exists already"
    [ "$(cat w.tg)" = kept ]
}

@test "new leaves nothing behind when it cannot finish" {
    # a name that fits for the folder, while the test of the path in it does not
    mkdir deep
    chmod 555 deep
    [ ! -w deep ] || skip "this user may write anywhere"
    tg -C deep new plugin mine
    ended 3
    [ ! -e deep/mine ]
}

@test "new checks names" {
    for name in 1abc a-b a/b if core '' '../x' $'a\nb'; do
        tg new plugin "$name"
        ended 2
        err_has "bad "
    done
    for name in a/b '' '-' '.hidden'; do
        tg new workflow -- "$name"
        ended 2
    done
    tg new plugin "$(printf 'a%.0s' {1..65})"
    ended 2
    tg new thing x
    ended 2
    err_has "only 'plugin' and 'workflow'"
    tg new plugin
    ended 2
    err_has "usage: tgrun new plugin|workflow NAME"
    [ -z "$(ls -A)" ]
}

@test "both references of the language have every built-in function" {
    local name names
    names=$("$TGRUN" help --syntax=vim | sed -n '/^syn match tgrunBuiltin/s/.*<\\%(\(.*\)\\)\\ze.*/\1/p' | sed 's/\\|/ /g')
    [ "$(wc -w <<<"$names")" -gt 40 ]
    sed -n '/^## Built-in functions/,/^### Formats/p' "$top/docs/language.md" >reference
    for name in $names; do
        grep -qF "\`$name(" reference || tg_show "not in language.md: $name"
        sed -n '/^.Sh BUILT-IN/,/^.Sh COMMANDS/p' "$top/docs/man/tgrun-language.5" | grep -qw "$name" ||
            tg_show "not in tgrun-language(5): $name"
    done
}
