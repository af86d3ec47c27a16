#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Built-in functions about lists as a whole and about paths: any, all, unique, sum, sorted, group_by, file, exists.
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

@test "unique takes no longer where items differ far inside, or are no numbers" {
    run_tg 'fn boxed(x) { for i in 0..20 { x = [x] }; x }
output a = len(unique([float("nan") for i in 0..200000]))
output b = len(unique([{x: [float("nan")]} for i in 0..200000]))
output c = len(unique([boxed(i % 20000) for i in 0..40000]))
xs = [1]
for i in 0..50 { xs = [xs, xs] }
nan = [float("nan")]
output d = len(unique([xs, xs, [xs], nan, nan, [nan], [nan], [float("nan")]]))'
    is 'a = 200000
b = 200000
c = 20000
d = 5'
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

rows='rows = [{s: "b", n: 3}, {s: "a", n: 1}, {s: "b", n: 2}]
'

@test "sorted by a key: known, a result, a future function; equal keys keep their order" {
    every "$rows"'fn ns(xs) = [x.n for x in xs]
output a = ns(sorted(rows, key = fn(r) = r.n))
output b = ns(sorted(rows, key = fn(r) = r.s, reverse = true))
output c = ns(sorted(rows, key = fn(r) = [identity(r.s), -r.n]))
output d = ns(sorted(identity(rows), key = fn(r) = r.n, reverse = identity(true)))
f = if identity(1) > 0 { fn(r) = r.n } else { fn(r) = -r.n }
output e = ns(sorted(rows, key = f))
output g = [sorted([3, 1, 2], true), sorted([3, 1], reverse = true, key = nil), sorted(["bb", "a"], key = len), sorted([], key = len)]
output h = sorted([identity(5), identity(3)], key = fn(x) = x)
output k = [sorted([2, identity(1)], key = identity(nil)), sorted(identity([2, 1]), reverse = identity(true), key = identity(nil))]' 'a = [1, 2, 3]
b = [3, 2, 1]
c = [1, 3, 2]
d = [3, 2, 1]
e = [1, 2, 3]
g = [[3, 2, 1], [3, 1], ["a", "bb"], []]
h = [3, 5]
k = [[1, 2], [2, 1]]'
    run_tg 'ys = sorted([[2, identity(2)], [1, identity(1)], [3, fail("not needed")]], key = fn(x) = x[0])
output a = ys[0][1]'
    is 'a = 1'
}

@test "sorted by a key of a million items" {
    run_tg 'xs = [(i * 7919) % 1000003 for i in 0..1000000]
ys = sorted(xs, key = fn(x) = -x)
output a = [ys[0], ys[999999], len(ys)]'
    is 'a = [1000002, 0, 1000000]'
}

@test "group_by makes a record of lists, in the order in which the keys come" {
    every "$rows"'output a = group_by(rows, fn(r) = r.s)
output b = group_by(rows, fn(r) = identity(r.s))
output c = keys(group_by(identity(rows), key = fn(r) = r.s))
output d = [group_by([], len), group_by([file("a.x"), file("b.x"), file("c.y")], fn(f) = f.ext)]
output e = [len(v) for v in values(group_by(["k${i % 100}" for i in 0..20000], fn(k) = k))][99]' \
        'a = {b: [{s: "b", n: 3}, {s: "b", n: 2}], a: [{s: "a", n: 1}]}
b = {b: [{s: "b", n: 3}, {s: "b", n: 2}], a: [{s: "a", n: 1}]}
c = ["b", "a"]
d = [{}, {".x": ["a.x", "b.x"], ".y": ["c.y"]}]
e = 200'
    run_tg 'groups = group_by([["a", identity(1)], ["b", fail("not needed")]], fn(x) = x[0])
output a = groups.a[0][1]'
    is 'a = 1'
}

@test "a function that sorts or groups may be a task, and its effects are seen" {
    printf 'one\ntwo\n' >two.txt && echo one >one.txt
    every 'task lines(f: file) -> int { run ["sh", "-c", "wc -l < \"$1\"", "-", f] }
output a = sorted([file("two.txt"), file("one.txt")], key = lines)
fn loud(x) { print("seen ${x}"); x }
n = len(sorted(identity([1]), key = loud))' 'a = ["one.txt", "two.txt"]'
    err_has "seen 1"
}

@test "wrong arguments are named" {
    refused 'sorted(3, key = len)' "argument 'xs' of 'sorted' must be list, not int"
    refused 'sorted([1], key = 3)' "argument 'key' of 'sorted' must be function?, not int"
    refused 'sorted([1], key = identity(3))' "a value of type int cannot be called"
    refused 'sorted([1], reverse = 3)' "argument 'reverse' of 'sorted' must be bool, not int"
    refused 'sorted([1, "a"], key = fn(x) = x)' "cannot compare int < str"
    refused 'sorted([1, "a"], key = fn(x) = identity(x))' "cannot compare int < str"
    refused 'sorted([1, 2], key = fn(x) = fail("no luck"))' "no luck"
    refused 'group_by("abc", len)' "argument 'xs' of 'group_by' must be list, not str"
    refused 'group_by([1, 2], fn(x) = x)' "needs a str as the key of each item, but that of item 0 is int; str(x) makes one"
    refused 'group_by(identity(["a", 2]), fn(x) = identity(x))' "but that of item 1 is int"
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
