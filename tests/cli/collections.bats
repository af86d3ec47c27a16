#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Built-in functions about lists as a whole and about paths: any, all, unique, sum, file, exists.
load helper

# every PROGRAM OUTPUT: the same with each scheduler.
every() {
    local how
    for how in --scheduler=single-threaded '--scheduler=threads -j 2'; do
        # shellcheck disable=SC2086
        run_tg "$1" $how
        ended 0
        is "$2"
    done
}

# refused EXPRESSION MESSAGE: an error, before the run or in it.
refused() {
    run_tg "output a = $1"
    [ "$status" != 0 ]
    err_has "$2"
}

@test "any and all of known items are known, and the item that decides is the last that is looked at" {
    run_tg 'output a = [any([]), all([]), any([0, "", 3]), all([1, nil]), any(0..2), all(range(1, 3))]
output b = [any([true, fail("not needed")]), all(["", fail("not needed")])]
for i in 0..len([1 for x in [1] if any([0, 5])]) { last = i }
output c = last'
    ended 0
    is 'a = [false, true, true, false, true, true]
b = [true, false]
c = 0'
}

@test "any and all of results are tasks" {
    every 'xs = [identity(0), identity("")]
output a = [any(xs), all(xs), any(xs + [1]), all([[identity(0)], identity([0])])]
output b = [any(identity([0, 2])), all(identity([0, 2])), map(all, [identity([1]), [0]])]
output c = if any([identity(1) > 5, identity(7) > 5]) { "yes" } else { "no" }' 'a = [false, false, true, true]
b = [true, false, [true, false]]
c = yes'
    run_tg 'output a = try(any([fail("no"), true]), "it is waited for")'
    is 'a = it is waited for'
}

@test "unique keeps the first of equal items" {
    every 'xs = [3, 1, 3.0, "a", file("a"), [1, {b: 2, c: 3}], [1.0, {c: 3, b: 2}], nil, nil, true, 1, {}, [], {}]
output a = unique(xs)
output b = unique([identity(1), 1, identity(2), [identity(2)], [2]])
output c = unique(identity([5, 5, 4]))
output d = len(unique([i % 1000 for i in 0..50000]))
output e = [unique([0.0, -0.0]), len(unique([float("nan"), float("nan")])), unique([9007199254740993, 9007199254740992.0])]' \
        'a = [3, 1, "a", [1, {b: 2, c: 3}], nil, true, {}, []]
b = [1, 2, [2]]
c = [5, 4]
d = 1000
e = [[0.0], 2, [9007199254740993, 9007199254740992.0]]'
}

@test "sum adds numbers, from a start, and with math it is the task of math" {
    every 'output a = [sum([]), sum([1, 2]), sum([1, 2.5]), sum([1, 2], 10), sum([], 0.5), sum(range(5))]
output b = sum([identity(2), 3], start = identity(4))
output c = sum(identity([0.1 for i in 0..10]))' 'a = [0, 3, 3.5, 13, 0.5, 10]
b = 9
c = 1.0'
    run_tg 'use math
output a = [sum([1, 2]), core.sum([1, 2], 3)]'
    is 'a = [3, 6]'
    tg graph w.tg
    has 'sum([1, 2])'
}

@test "file makes a file of a path, and a text has the fields of one" {
    every 'task size(f: file) -> int { sh "wc -c < ${f}" }
made = file("a/b.tar.gz")
output a = [made, made.stem, "a/b.tar.gz".stem, "a/b".dir, "x".ext, file("a/b.c").name, file(made).path]
output b = [identity("q/w.e").ext, file(identity("z.y")).stem]
output c = size(file(here("w.tg"))) > 10' 'a = ["a/b.tar.gz", "b.tar", "b.tar", "a", "", "b.c", "a/b.tar.gz"]
b = [".e", "z"]
c = true'
}

@test "exists looks at graph time, behind after when that is done, and says what it may not see" {
    mkdir sub && ln -s nowhere dangling
    every 'task make() -> file("made.txt") { sh "echo x > ${out}" }
m = make()
output a = [exists("sub"), exists("nope"), exists("w.tg/x"), exists("dangling"), exists(file("w.tg"))]
output b = [exists(identity("sub")), after(exists("made.txt"), m), exists(m)]
output c = len([1 for x in [1] if exists("w.tg")])' 'a = [true, false, false, false, true]
b = [true, true, true]
c = 1'
    ln -s loop loop
    run_tg 'output a = exists("loop")
output b = try(exists("loop"), "caught")'
    ended 2
    err_has "could not look for 'loop': Too many levels of symbolic links"
}

@test "wrong arguments are named" {
    refused 'any(3)' "argument 'xs' of 'any' must be list, not int"
    refused 'all(identity("abc"))' "parameter 'xs' of task 'all' takes list, not str"
    refused 'any(len)' "argument 'xs' of 'any' must be list, not function"
    refused 'unique("abc")' "argument 'xs' of 'unique' must be list, not str"
    refused 'sum([1, "a"])' "'sum' adds numbers, but item 1 of the list is str"
    refused 'sum(identity([nil]))' "'sum' adds numbers, but item 0 of the list is nil"
    refused 'sum([9223372036854775807, 1])' "integer overflow in 9223372036854775807 + 1"
    refused 'file(3)' "argument 'path' of 'file' must be file, not int"
    refused 'file("")' "the path of a file cannot be empty"
    refused '"a".size' "no field 'size' in a str, which has 'path', 'name', 'dir', 'stem', 'ext'"
    refused 'exists(1)' "argument 'path' of 'exists' must be str, not int"
}
