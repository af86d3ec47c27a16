#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How editors colour .tg files. tests/editors/textmate.py and letters.vim print a letter per character for what the TextMate
# grammar and the syntax file of Vim make of it; texts.letters has what is right for texts.tg.
load helper

setup() {
    tg_setup
    "$TGRUN" help --syntax=textmate >grammar.json
    "$TGRUN" help --syntax=vim >tgrun.vim
}

# letters_of_vim FILE...
letters_of_vim() {
    FILES=$(printf '%s\n' "$@") SYNTAX=$PWD/tgrun.vim OUT=$PWD/vim.out \
        vim -u NONE -i NONE -es -S "$top/tests/editors/letters.vim" </dev/null >/dev/null
    cat vim.out
}

# The smallest of Vim's packages has no colours.
has_vim() { vim --version 2>/dev/null | grep -q '+syntax'; }

examples() { find "$top/examples" -name '*.tg' | LC_ALL=C sort; }

@test "the files name every word, type, unit, task option and built-in function" {
    local words word file
    words=$(sed -n 's/^"\([a-z_]*\)"[ /].*return tg_scan_.*word(.*/\1/p' "$top/lang/read/lex.l"
        sed -n 's/^    \[TG_BUILTIN_[A-Z_]*\] = {\.name = "\([a-z_]*\)".*/\1/p' "$top/lang/bind/builtins.c"
        sed -n '/^} terms\[\] = {/,/^};/s/^    {"\([a-z]*\)",.*/\1/p' "$top/engine/value/type.c"
        sed -n '/^} options\[\] = {/,/^};/s/^    {"\([a-z_]*\)",.*/\1/p' "$top/lang/bind/options.c"
        sed -n '/^} task_fields\[\] = {/,/^};/s/^    {"\([a-z_]*\)",.*/\1/p' "$top/lang/check/optionuse.c"
        sed -n 's/^static const char \*const outcome_fields\[\] = {\(.*\)};/\1/p' "$top/lang/check/finaluse.c" | tr -d '",'
        sed -n '/^static const struct unit units/,/^};/s/^    {"\([A-Za-z]*\)",.*/\1/p' "$top/lang/read/literal.c")
    [ "$(wc -l <<<"$words")" -gt 110 ]
    for word in $words; do
        [ "$word" != call ] || continue # no program can name it
        for file in grammar.json tgrun.vim; do
            grep -qE "(^|[^A-Za-z_])$word([^A-Za-z_]|\$)" "$file" || tg_show "not in $file: $word"
        done
    done
}

@test "the grammar is JSON, and what lies beside it" {
    python3 -m json.tool grammar.json >/dev/null
    python3 -m json.tool "$top/editors/vscode/package.json" >/dev/null
    python3 -m json.tool "$top/editors/vscode/language-configuration.json" >/dev/null
    [ -z "$(grep -E '@[A-Z_]+@' grammar.json tgrun.vim)" ]
    cmp grammar.json "$build/editors/vscode/tgrun.tmLanguage.json"
    cmp tgrun.vim "$build/editors/vim/syntax/tgrun.vim"
}

@test "texts, values in texts, comments and numbers get their colours: TextMate" {
    python3 "$top/tests/editors/textmate.py" grammar.json "$top/tests/editors/texts.tg" | tail -n +2 | diff "$top/tests/editors/texts.letters" -
}

@test "texts, values in texts, comments and numbers get their colours: Vim" {
    has_vim || skip "no vim that colours"
    letters_of_vim "$top/tests/editors/texts.tg" | tail -n +2 | diff "$top/tests/editors/texts.letters" -
}

@test "every example is coloured to its end, by both alike" {
    local files
    mapfile -t files < <(examples)
    [ ${#files[@]} -gt 20 ]
    python3 "$top/tests/editors/textmate.py" grammar.json "${files[@]}" >textmate.out
    [ -z "$(grep 'never closed' textmate.out)" ]
    has_vim || skip "no vim that colours"
    letters_of_vim "${files[@]}" | diff textmate.out -
}

@test "Vim finds its files by the ending" {
    has_vim || skip "no vim that colours"
    echo 'output x = 1' >w.tg
    mkdir -p files/syntax
    cp -R "$top/editors/vim/ftdetect" "$top/editors/vim/ftplugin" files
    cp tgrun.vim files/syntax
    vim -u NONE -i NONE -es -c 'set nocp rtp^=files | filetype plugin on | syntax on | edit w.tg' \
        -c 'call writefile([&ft, b:current_syntax, &commentstring, synIDattr(synID(1, 1, 1), "name")], "out") | qall!' </dev/null >/dev/null
    [ "$(cat out)" = 'tgrun
tgrun
# %s
tgrunStatement' ]
}
