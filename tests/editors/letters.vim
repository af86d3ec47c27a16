" SPDX-License-Identifier: MIT
" What textmate.py prints, made by Vim of its own syntax file: vim -u NONE -es -S letters.vim, with $SYNTAX, the files in
" $FILES, one a line, and the output in $OUT.
set nocompatible encoding=utf-8
filetype off
syntax on
let s:letters = {'tgrunComment': 'c', 'tgrunTodo': 'c', 'tgrunText': 's', 'tgrunLines': 's', 'tgrunRaw': 's',
    \ 'tgrunRawLines': 's', 'tgrunEscape': 'e', 'tgrunInterpolationMark': 'i', 'tgrunStatement': 'k', 'tgrunStep': 'k',
    \ 'tgrunWordOperator': 'k', 'tgrunOperator': 'o', 'tgrunNumber': 'n', 'tgrunConstant': 'l', 'tgrunType': 't',
    \ 'tgrunBuiltin': 'b', 'tgrunCall': 'f', 'tgrunDefined': 'f', 'tgrunOption': 'p', 'tgrunTaskField': 'v', 'tgrunOutcomeField': 'v'}
let s:out = []
for s:file in split($FILES, "\n")
    execute 'edit!' fnameescape(s:file)
    unlet! b:current_syntax
    execute 'source' fnameescape($SYNTAX)
    syntax sync fromstart
    call add(s:out, s:file)
    for s:row in range(1, line('$'))
        let s:line = ''
        let s:at = 0
        for s:char in split(getline(s:row), '\zs')
            let s:name = synIDattr(synID(s:row, s:at + 1, 1), 'name')
            let s:line .= get(s:letters, s:name, '.')
            let s:at += len(s:char)
        endfor
        call add(s:out, s:line)
    endfor
endfor
call writefile(s:out, $OUT)
qall!
