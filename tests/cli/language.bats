#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The language on known values: names, operators, loops, unpacking, texts.
load helper

@test "literals print as what they are" {
    run_tg 'output a = [1_000, 0xff, 0o17, 0b101, 1.5, 1e-3, true, false, nil]
output b = [500ms, 10s, 5m, 2h, 1d, 64B, 64KB, 4MiB]
output c = "tab \t quote \" dollar \$ \u{e9}"
output d = r"raw \n ${x}"
output e = {name: "a", "odd key": 2}
output f = 2..6'
    ended 0
    is 'a = [1000, 255, 15, 5, 1.5, 0.001, true, false, nil]
b = [0.5, 10.0, 300.0, 7200.0, 86400.0, 64, 64000, 4194304]
c = tab 	 quote " dollar $ é
d = raw \n ${x}
e = {name: "a", "odd key": 2}
f = [2, 3, 4, 5]'
}

@test "text over several lines loses its common indentation" {
    run_tg 'output a = """
    one
      two ${1 + 1}
    three"""'
    ended 0
    is 'a = one
  two 2
three'
}

@test "operators bind as the table says" {
    run_tg 'output a = [2 + 3 * 4, (2 + 3) * 4, -2 ** 2, 2 ** 3 ** 2, 7 // 2, -7 // 2, -7 % 3, 7 / 2]
output b = [1 < 2 and 2 < 3, not 1 == 2, 1 < 2 < 3, 3 > 2 > 2, 1 == 1.0]
output c = [nil or 3, 0 or "", 1 and 2, [] and 1]
output d = [2 in [1, 2], "k" in {k: 1}, "el" in "hello", 3 not in [1]]
output e = ["ab" + "cd", "ab" * 2, [1] + [2], [0] * 3]
output f = [x for x in 1..4 + 1]'
    ended 0
    is 'a = [14, 20, -4, 512, 3, -4, 2, 3.5]
b = [true, true, true, false, true]
c = [3, "", 2, []]
d = [true, true, true, true]
e = ["abcd", "abab", [1, 2], [0, 0, 0]]
f = [1, 2, 3, 4]'
}

@test "the right side of 'and' and 'or' is looked at only if it is needed" {
    run_tg 'output a = [false and 1 // 0, true or 1 // 0]
output b = 1 > 2 < 1 // 0'
    ended 0
    is 'a = [false, true]
b = false'
}

@test "parts of lists, texts, records and files" {
    run_tg 'xs = [0, 1, 2, 3, 4]
output a = [xs[0], xs[-1], xs[1:3], xs[:2], xs[3:], xs[::2], xs[::-1], xs[10:]]
output b = ["héllo"[1], "héllo"[1:3], "héllo"[-1]]
r = {name: "n", "odd key": 2}
output c = [r.name, r["odd key"]]
param f: file = "dir/data.tar.gz"
output d = [f.path, f.name, f.dir, f.stem, f.ext]'
    ended 0
    is 'a = [0, 4, [1, 2], [0, 1], [3, 4], [0, 2, 4], [4, 3, 2, 1, 0], []]
b = ["é", "él", "o"]
c = ["n", 2]
d = ["dir/data.tar.gz", "data.tar.gz", "dir", "data.tar", ".gz"]'
}

@test "a loop goes through lists, ranges, keys and characters" {
    run_tg 'log = []
for x in [1, 2] { log += [x] }
for i in 3..5 { log += [i] }
for i in range(10, 4, -3) { log += [i] }
for k in {a: 1, b: 2} { log += [k] }
for c in "hé" { log += [c] }
for a, b in [[1, 2], [3, 4]] { log += [a * b] }
for i in 5..3 { log += ["never"] }
output log'
    ended 0
    is 'log = [1, 2, 3, 4, 10, 7, "a", "b", "h", "é", 2, 12]'
}

@test "a loop sees the list as it was when it began" {
    run_tg 'xs = [1, 2]
for x in xs { xs += [x * 10] }
output xs'
    ended 0
    is 'xs = [1, 2, 10, 20]'
}

@test "break, continue, while and else if" {
    run_tg 'log = []
for i in 0..10 {
    if i == 2 { continue }
    if i == 5 { break }
    if i == 0 {
        log += ["zero"]
    }
    else if i == 1 {
        log += ["one"]
    } else {
        log += [i]
    }
}
n = 5
while n > 0 {
    n -= 1
    if n == 3 { continue }
    if n == 1 { break }
    log += ["n${n}"]
}
output log; output n'
    ended 0
    is 'log = ["zero", "one", 3, 4, "n4", "n2"]
n = 1'
}

@test "blocks share the variables around them" {
    run_tg 'if true { x = 1 } else { y = 2 }
for i in 0..3 { last = i }
with priority = 1 { z = 3 }
output a = [x, last, i, z]'
    ended 0
    is 'a = [1, 2, 2, 3]'
}

@test "every augmented assignment" {
    run_tg 'a = 7; a += 1; a -= 2; a *= 3
b = 7; b /= 2
c = 7; c //= 2
d = 7; d %= 4
e = 2; e **= 5
s = "x"; s += "y"; s *= 2
xs = [1]; xs += [2, 3]; xs += [xs]; xs *= 2
output o = [a, b, c, d, e, s]
output xs'
    ended 0
    is 'o = [18, 3.5, 3, 3, 32, "xyxy"]
xs = [1, 2, 3, [1, 2, 3], 1, 2, 3, [1, 2, 3]]'
}

@test "a list that is grown does not change a copy of it" {
    run_tg 'a = [1]
b = a
a += [2]
c = {xs: a}
a += [3]
d = [len(a), len(a)]
d += [len(d), len(d)]
output o = [a, b, c, d]'
    ended 0
    is 'o = [[1, 2, 3], [1], {xs: [1, 2]}, [3, 3, 2, 2]]'
}

@test "names are taken apart in one go" {
    run_tg 'a, b = [1, 2]
a, b = [b, a]
c, d, e = [a, b, [a, b]]
output o = [a, b, c, d, e]'
    ended 0
    is 'o = [2, 1, 2, 1, [2, 1]]'
}

@test "comprehensions nest, filter, and keep their variables to themselves" {
    run_tg 'x = "outer"
output a = [x * y for x in 1..4 for y in 1..4 if x < y if x + y < 6]
output b = [[x for x in 0..n] for n in 0..3]
output c = [k + v for k, v in [["a", "b"], ["c", "d"]]]
output d = x'
    ended 0
    is 'a = [2, 3, 6]
b = [[], [0], [0, 1]]
c = ["ab", "cd"]
d = outer'
}

@test "an if gives a value, also in the middle of an expression" {
    run_tg 'n = 3
output a = if n > 2 { "big" } else if n > 1 { "middle" } else { "small" }
output b = 1 + (if n == 3 { x = n * 2; x } else { 0 }) * 10
output c = [if i % 2 == 0 { i } else { -i } for i in 0..4]'
    ended 0
    is 'a = big
b = 61
c = [0, -1, 2, -3]'
}

@test "a variable may have the name of a built-in function, a task or a plugin" {
    run_tg 'use math
sum = sum([1, 2])
len = len("abc")
output a = [sum, len]
math = math.inc(1)
output b = math + 1
output c = [inc for inc in 0..2] + [inc(1)]'
    ended 0
    is 'a = [3, 3]
b = 3
c = [0, 1, 2]'
}

@test "a function of the file comes before a built-in one, and before a task" {
    run_tg 'use math
fn len(x) = "mine"
fn inc(x) = x + 100
output a = [len([1]), inc(1), math.inc(1)]'
    ended 0
    is 'a = ["mine", 101, 2]'
}

@test "unusual layouts are fine" {
    run_tg 'x=1;y=2 ; z = [
  1,
  2,   # a comment

  3
]
r = {
    a: 1,
    b: x +
       y,
}
total = x +
    y *
    2
if x == 1 { a = 1 } else { a = 2 }; b = 3
if x == 2 {
}
# an else on the line after
else {
    c = 4
}
output o = [z, r, total, a, b, c]; output p = (x
  + y)'
    ended 0
    is 'o = [[1, 2, 3], {a: 1, b: 3}, 5, 1, 3, 4]
p = 3'
}

@test "words of the language are fine as fields and keys" {
    run_tg 'r = {in: 1, output: 2, if: 3}
output a = [r.in, r.output, r["if"]]'
    ended 0
    is 'a = [1, 2, 3]'
}

@test "what counts as false" {
    run_tg 'output a = [bool(x) for x in [nil, false, 0, 0.0, "", [], {}, true, 1, 0.1, "0", [nil], {a: nil}]]'
    ended 0
    is 'a = [false, false, false, false, false, false, false, true, true, true, true, true, true]'
}

@test "a known assertion that holds is silent" {
    run_tg 'assert 1 < 2
assert len([1]) == 1, "never seen"
output a = 1'
    ended 0
    is 'a = 1'
    [ -z "$stderr" ]
}

@test "an empty file, one with comments only, and one without outputs do nothing" {
    run_tg ''
    ended 0
    is ''
    run_tg '# nothing'
    ended 0
    run_tg 'use math
x = inc(1)'
    ended 0
    is ''
}

@test "integers do not wrap" {
    run_tg 'output a = [9223372036854775807, -9223372036854775807 - 1, 9223372036854775807 - 1 + 1]'
    ended 0
    is 'a = [9223372036854775807, -9223372036854775808, 9223372036854775807]'
    for e in '9223372036854775807 + 1' '-9223372036854775807 - 2' '3037000500 * 3037000500' '2 ** 64'; do
        run_tg "output a = $e"
        ended 2
        err_has 'integer overflow'
    done
}

@test "an output may be called as the task or function that makes it" {
    cat >w.tg <<'END'
task report(n: int) -> str { sh "echo r${n}" }
fn f(x) = x + 1
output report = report(1)
output again = report(2)
output f = f(f(1))
END
    tg w.tg
    is 'report = r1
again = r2
f = 3'
    tg w.tg report
    is 'report = r1'
    tg convert w.tg --to=yaml
    echo "$output" >w.yaml
    tg w.yaml f again
    is 'again = r2
f = 3'
    echo 'import "w.tg" as w; output report = w.report(4)' >v.tg
    tg v.tg
    is 'report = r4'
}

@test "a variable may not, and is told so" {
    run_tg 'task report() -> str { sh "echo r" }; report = report()'
    ended 2
    err_has "'report' is a task of this file and cannot be bound again"
    err_has 'an output may have this one: output report = ..'
    run_tg 'fn report() = 1; output report'
    ended 2
    err_has 'a function cannot be an output'
    run_yaml 'commands: {report: {result: str, sh: echo r}}
tasks: {report: {call: report}}
outputs: [report]'
    ended 2
    err_has "'report' is a task of this file and cannot be bound again"
    err_lacks circle
}
