#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is installed, and that nothing of it stays.
load helper

setup() {
    tg_setup
    root=$PWD/root
}

@test "installing brings every manual page, and uninstalling leaves nothing" {
    make -s -C "$build" install prefix=/p DESTDIR="$root" >log 2>&1 || tg_show "$(cat log)"
    installed=$(find "$root" -type f)
    for page in tgrun.1 tgrun-language.5 tgrun-plugin.7; do
        [[ $installed == *"/man${page##*.}/$page"* ]] || tg_show "not installed: $page"
    done
    for page in "$top"/docs/man/*.[0-9]; do
        [[ $installed == *"/${page##*/}"* ]] || tg_show "not installed: $page"
    done
    for file in bin/tgrun include/tgrun.h plugins/math.so tgrun/tgrun-driver-dask tgrun/tgrun_dask_worker.py tgrun.pc tgrun.schema.json examples/build-c/src/main.c \
        vimfiles/syntax/tgrun.vim vimfiles/ftdetect/tgrun.vim editors/vscode/package.json tgrun.tmLanguage.json; do
        [[ $installed == *"/$file"* ]] || tg_show "not installed: $file"
    done
    make -s -C "$build" uninstall prefix=/p DESTDIR="$root" >log 2>&1 || tg_show "$(cat log)"
    left=$(find "$root" -type f -o -type d -name 'tgrun*')
    [ -z "$left" ] || tg_show "left: $left"
}

@test "uninstalling leaves what others have put there" {
    make -s -C "$build" install prefix=/p DESTDIR="$root" >log 2>&1 || tg_show "$(cat log)"
    math=$(find "$root" -name math.so)
    touch "${math%/*}/theirs.so"
    make -s -C "$build" uninstall prefix=/p DESTDIR="$root" >log 2>&1 || tg_show "$(cat log)"
    [ -e "${math%/*}/theirs.so" ]
    [ ! -e "$math" ]
}
