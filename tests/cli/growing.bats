#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Graphs that grow while they run: control flow on results, functions that call themselves on results, and what holds for
# tasks that were made at run time. Completion order is in completion.bats, runs without end in endless.bats; that known
# values and futures give the same is tried with random programs in tests/stress/futures.bats.
load helper

# everywhere PROGRAM OUTPUT [ARG...]: the same with every scheduler and several numbers of workers.
everywhere() {
    local how
    for how in --scheduler=single-threaded -j1 -j2 -j8; do
        run_tg "$1" "$how" "${@:3}"
        ended 0
        is "$2"
    done
}

# How many lines of standard error are exactly this text.
times() { grep -cxF -- "$1" <<<"$stderr" || :; }

# ---- each construct ------------------------------------------------------------------------------

@test "if on a result: only the taken branch exists" {
    everywhere 'use twin
n = identity(3)
if n > 2 { big = noted("yes", "taken"); print("in the branch") } else { big = noted("no", "not taken"); print(fail("never")) }
output big
output word = if n == 3 { "three" } else if n == 4 { fail("four") } else { fail("other") }
if n > 100 { print("far"); assert false }' 'big = yes
word = three'
    [ "$(times 'in the branch')" = 1 ] || tg_show "the effect did not run once"
    [ "$(times taken)" = 1 ] || tg_show "the branch did not run once"
    err_lacks 'not taken'
    err_lacks far
}

@test "for on a result" {
    everywhere 'use math
s = 0
for i in range(identity(4)) { s += inc(i) }
output s
for p, q in identity([[1, 2], [3, 4]]) { last = p * q }
output last
output i
text = ""
for c in identity("hé!") { text = c + text }
output text
for k in identity({b: 1, a: 2}) { text += k }
output keys = text
for none in identity([]) { s = fail("never") }
output same = s' 's = 10
last = 12
i = 3
text = !éh
keys = !éhba
same = 10'
}

@test "comprehensions on results, nested, with conditions" {
    everywhere 'use math
n = identity(4)
output squares = [i * i for i in range(n)]
output pairs = [[i, j] for i in range(3) for j in range(identity(i))]
output even = [i for i in range(n) if identity(i) % 2 == 0]
output deep = [[inc(j) for j in range(i)] for i in range(n) if i]
output known = [i + n for i in 0..3]
output length = len([i for i in identity([5, 6, 7]) if i != 6])' 'squares = [0, 1, 4, 9]
pairs = [[1, 0], [2, 0], [2, 1]]
even = [0, 2]
deep = [[1], [1, 2], [1, 2, 3]]
known = [4, 5, 6]
length = 2'
}

@test "while on a result, with break and continue on results" {
    everywhere 'use math
x = identity(1)
rounds = 0
while x < 100 { x = x * 2; rounds += 1 }
output x
output rounds
k = 0
odd = []
while true {
    k = inc(k)
    if k > 9 { break }
    if k % 2 == 0 { continue }
    odd += [k]
}
output odd
while identity(false) { x = fail("never") }
output same = x' 'x = 128
rounds = 7
odd = [1, 3, 5, 7, 9]
same = 128'
}

@test "break and continue of the inner loop, and of the outer one" {
    everywhere 'seen = []
for i in range(identity(4)) {
    for j in range(identity(4)) {
        if identity(j) == i { break }
        if identity(j) == 1 { continue }
        seen += [[i, j]]
    }
    if identity(i) == 2 { continue }
    seen += [i]
    if len(seen) > 4 { break }
}
output seen' 'seen = [0, [1, 0], 1, [2, 0], [3, 0], [3, 2], 3]'
}

@test "map, filter, reduce, fold, flatten on results" {
    everywhere 'use math
xs = identity([3, 1, 2])
output a = [map(inc, xs), map(fn(x) = x * x, xs), filter(fn(x) = x > 1, xs), filter(fn(x) = inc(x) > 2, [1, 2, 3])]
output b = [reduce(add, xs), reduce(max, xs, arity = 2), reduce(add, identity([]), init = 7)]
output c = [fold(fn(s, x) = s * 10 + x, xs, 0), flatten([[x] for x in xs]), len(xs), xs[1:], xs[-1]]
output d = fold(fn(s, x) = if x > 1 { s + [x] } else { s }, xs, [])' 'a = [[4, 2, 3], [9, 1, 4], [3, 2], [2, 3]]
b = [6, 3, 7]
c = [312, [3, 1, 2], 3, [1, 2], 2]
d = [3, 2]'
}

@test "functions: early return, recursion, functions as results" {
    everywhere 'use math
fn sign(x) {
    if x < 0 { return "negative" }
    if x == 0 { return "zero" }
    "positive"
}
fn find(x, xs) {
    for i, y in enumerate(xs) { if y == x { return i } }
    return -1
}
fn fib(n) = if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
fn even(n) = if n == 0 { true } else { odd(dec(n)) }
fn odd(n) = if n == 0 { false } else { even(dec(n)) }
output a = [sign(identity(i)) for i in [-1, 0, 1]]
output b = [find(identity(7), [5, 7]), find(8, identity([7, 8, 9])), find(identity(1), [])]
output c = fib(identity(15))
output d = [even(identity(10)), odd(identity(10))]
f = if identity(1) > 0 { inc } else { dec }
g = if identity(1) < 0 { inc } else { fn(x) = x * 100 }
output e = [f(1), g(1), map(f, [1, 2]), [h(5) for h in [f, g]]]' 'a = ["negative", "zero", "positive"]
b = [1, 1, -1]
c = 610
d = [true, false]
e = [2, 100, [2, 3], [6, 500]]'
}

@test "ranges, unpacking and fields of results" {
    everywhere 'lo, hi = identity([2, 5])
output a = [i for i in lo..hi]
output b = [range(lo, hi, identity(2)), range(hi)[lo:]]
total = 0
for i in lo..hi { total += i }
output total
p, q = if lo < hi { [lo, hi] } else { fail("never") }
output c = [q, p]
r = if lo < hi { {name: "low", xs: [lo]} } else { nil }
output d = [r.name, r.xs[0], r]
p, q = [q, p]
output e = [p, q]' 'a = [2, 3, 4]
b = [[2, 4], [2, 3, 4]]
total = 9
c = [5, 2]
d = ["low", 2, {name: "low", xs: [2]}]
e = [5, 2]'
}

@test "and, or and chains evaluate the right side only if it is needed" {
    everywhere 'use twin
no = identity(false)
yes = identity(1)
output a = [no and fail("never"), yes or fail("never"), yes < 0 < noted(1, "never")]
output b = [yes and noted(2, "needed"), no or noted(3, "needed"), 0 < yes < noted(4, "needed")]
output c = no and fail("1") or yes and not no' 'a = [false, 1, false]
b = [2, 3, true]
c = true'
    [ "$(times needed)" = 3 ] || tg_show "not three tasks were needed"
    err_lacks never
}

@test "blocks in blocks, with whatever is in scope" {
    everywhere 'use math
base = identity(10)
scale = 2
fn shifted(x) = x * scale + base
table = {}
rows = []
for i in range(identity(3)) {
    scale = i + 1
    row = [shifted(j) for j in range(i + 1)]
    if sum(row) > 15 {
        with label = "large" {
            while len(row) > 1 { row = [add(row[0], row[1])] + row[2:] }
        }
        rows += row
    } else {
        fn name(x) = "row ${x} of ${i}"
        rows += [name(row)]
    }
}
output rows
output last = shifted(1)' 'rows = ["row [10] of 0", 22, 39]
last = 13'
}

@test "a function sees the variables of the file as they are when it is called" {
    everywhere 'n = 1
fn times(x) = x * n
out = [times(10)]
for i in range(identity(2)) {
    n = n + 1
    out += [times(10)]
}
out += [times(10)]
if identity(true) { n = 7; out += [times(10)] }
n = 8
output out
output last = times(1)' 'out = [10, 20, 30, 30, 70]
last = 8'
}

@test "an anonymous function keeps the variables around it" {
    everywhere 'fs = []
for i in range(identity(3)) {
    k = i * 10
    fs += [fn(x) = x + k]
}
k = 1000
output a = [f(1) for f in fs]
f = if identity(true) { z = 5; fn(x) = x + z } else { nil }
z = 6
output b = f(1)' 'a = [1, 11, 21]
b = 6'
}

@test "a name that the taken branch did not bind has no value, where it is used" {
    run_tg 'if identity(false) { x = 1; y = 2 } else { y = 3 }
output y'
    ended 0
    is 'y = 3'
    run_tg 'if identity(false) { x = 1 } else { y = 3 }
output x'
    ended 1
    err_has "'x' has no value"
    err_has 'w.tg:'
    run_tg 'for i in identity([]) { x = 1 }
output a = try(x, "none")'
    ended 0
    is 'a = none'
}

@test "the YAML form grows as well" {
    local how
    for how in --scheduler=single-threaded -j1 -j8; do
        run_yaml 'use: [math]
tasks:
  n: {call: identity, args: [4]}
  leaves: {for: {i: "${range(n)}"}, call: inc, args: ["${i}"]}
  large: {for: {x: "${leaves}"}, if: "${x > 2}", value: "${x * x}"}
  total: {reduce: add, over: "${leaves}"}
  word: {value: "${if total > 9 { \"large\" } else { fail(\"never\") }}"}
  twice: {value: "${k * 2}"}
program: |
  k = n
  while k < 50 { k *= 2 }
  if k > 60 { size = "big" } else { size = fail("never") }
  for i in leaves {
      if i == 3 { break }
      last = i
  }
outputs: [leaves, large, total, word, k, twice, size, last]' "$how"
        ended 0
        is 'leaves = [1, 2, 3, 4]
large = [9, 16]
total = 10
word = large
k = 64
twice = 128
size = big
last = 2'
    done
}

@test "an imported file grows, and its variables are results" {
    echo 'use math
n = inc(2)
sizes = []
for i in range(n) { sizes += [i * i] }
if n > 2 { mode = "many" } else { mode = "few" }
fn half(x) { while x > 10 { x = x // 2 }; x }
fn more(k) = [i + n for i in range(k)]' >lib.tg
    everywhere 'import "lib.tg" as lib
output a = [lib.sizes, lib.mode, lib.n]
output b = [lib.half(identity(100)), lib.half(lib.n) + len(lib.more(lib.n))]
n = 99
output c = [lib.more(identity(2)) for i in range(len(lib.sizes) - 2)]' 'a = [[0, 1, 4], "many", 3]
b = [6, 6]
c = [[3, 4]]'
}

@test "commands decide, and say how much there is to do" {
    everywhere 'task names() -> list[str] { sh "printf '"'a\\nb\\nc\\n'"'" }
task size(name: str) -> int { sh "printf %s ${name}x | wc -c" }
task work(name: str, n: int) -> str { sh "echo ${name}${n}" }
found = names()
output done = [work(name, i) for i, name in enumerate(found) if size(name) == 2]
output some = if len(found) > 2 { work("many", len(found)) } else { work("few", 0) }' 'done = ["a0", "b1", "c2"]
some = many3'
}

@test "a tree whose depth nobody knows" {
    mkdir -p top/a/b top/c
    touch top/1 top/a/2 top/a/b/3 top/c/4
    everywhere 'task folders(dir: str) -> list[str] { sh "find ${dir} -mindepth 1 -maxdepth 1 -type d | sort" }
task files(dir: str) -> list[str] { sh "find ${dir} -mindepth 1 -maxdepth 1 -type f | sort" }
fn walk(dir) = files(dir) + flatten([walk(d) for d in folders(dir)])
output all = walk("top")' 'all = ["top/1", "top/a/2", "top/a/b/3", "top/c/4"]'
}

@test "glob and read_json of a result are looked up when it runs" {
    everywhere 'task make() -> str { sh "echo 1 >one.data; echo 2 >two.data; echo \"[1, 2, 3]\" >list-data; echo data" }
kind = make()
output found = [str(f) for f in glob("*.${kind}")]
output list = [x * 2 for x in read_json("list-${kind}")]' 'found = ["one.data", "two.data"]
list = [2, 4, 6]'
}

# ---- effects, laziness, outputs -------------------------------------------------------------------

@test "effects in grown blocks run once each" {
    local program='use math
fn shout(x) { print("shout ${x}"); x }
for i in range(identity(3)) {
    print("outer ${i}")
    if identity(i) > 0 {
        print("inner ${i}")
        xs = [shout(j) for j in range(i)]
    } else { print("zero") }
}
k = identity(0)
while k < 3 { print("round ${k}"); k = inc(k) }
y = map(fn(x) { print("map ${x}"); x }, identity([1, 2]))
output o = if shout(identity(9)) > 3 { "yes" } else { print("no"); "no" }'
    everywhere "$program" 'o = yes'
    sort <<<"$stderr" >seen
    diff - seen <<'END'
inner 1
inner 2
map 1
map 2
outer 0
outer 1
outer 2
round 0
round 1
round 2
shout 0
shout 0
shout 1
shout 9
zero
END
}

@test "in a taken branch, too, only what is needed runs" {
    everywhere 'use twin
a = noted(1, "a, used in a branch")
b = noted(2, "b, used in the branch not taken")
c = noted(3, "c, bound but never used")
n = identity(1)
if n > 0 {
    x = noted(a, "x, needed")
    y = noted(a, "y, never used")
    z = [noted(c, "item of a list that nobody uses")]
} else {
    x = b
}
for i in range(n) { w = noted(i, "w, never used"); v = noted(i, "v, needed") }
output o = [x, v]' 'o = [1, 0]'
    sort <<<"$stderr" >seen
    diff - seen <<'END'
a, used in a branch
v, needed
x, needed
END
}

@test "outputs chosen by name: what the others need does not grow" {
    local program='use twin
n = identity(2)
xs = [noted(i, "xs") for i in range(n)]
ys = [noted(i, "ys") for i in range(n)]
output a = xs
output b = ys
output c = len(ys)'
    echo "$program" >w.tg
    tg w.tg c
    ended 0
    is 'c = 2'
    err_lacks xs
    tg w.tg a
    is 'a = [0, 1]'
    err_lacks ys
    [ "$(times xs)" = 2 ] || tg_show "not two tasks"
    tg w.tg b c -j 8
    is 'b = [0, 1]
c = 2'
    err_lacks xs
}

@test "a task made at graph time and used by many grown ones runs once" {
    everywhere 'use twin
x = noted(5, "once")
xs = [x + i for i in range(identity(20))]
if x > 4 { y = x } else { y = fail("never") }
output o = [len(xs), xs[19], y, x]' 'o = [20, 24, 5, 5]'
    [ "$stderr" = once ] || tg_show "it ran more than once"
}

# ---- after, try, options --------------------------------------------------------------------------

@test "grown tasks wait for what they must come after" {
    everywhere 'use twin
n = identity(2)
first = sleep(0.05, noted(1, "first"))
with after = first {
    if n > 1 { a = noted(2, "second") } else { a = nil }
}
with after = a {
    xs = [noted(3, "third") for i in range(n) if i > 0]
}
b = after(noted(4, "fourth"), xs)
k = identity(0)
with after = b { while k < 1 { k += noted(1, "fifth") } }
output o = [k, b]' 'o = [1, 4]'
    [ "$stderr" = $'first\nsecond\nthird\nfourth\nfifth' ] || tg_show "not the order"
}

@test "after a grown block means after everything in it" {
    everywhere 'use twin
for i in range(identity(3)) { x = sleep(0.02, noted(i, "in the loop")) }
output o = after(noted("end", "behind it"), x)
if identity(true) { y = sleep(0.02, noted(1, "in the branch")) }
output p = noted("end", "behind the branch") with after = y' 'o = end
p = end'
}

@test "try around grown tasks" {
    everywhere 'use math
n = identity(2)
fn risky(i) = if i == 1 { fail("bad luck") } else { i }
output a = [try(risky(identity(i)), "caught") for i in range(3)]
output b = try([risky(i) for i in range(n)], "caught")
x = try(if n > 1 { div(n, dec(1)) } else { 0 }, -1)
output x
for i in range(n) { y = fail("in the loop"); z = i }
output c = [try(y, "no y"), z]
k = identity(0)
while try(risky(k), 5) < 1 { k += 1 }
output k
output d = try(try(fail("a"), if n > 0 { fail("b") } else { 1 }), "both")' 'a = [0, "caught", 2]
b = caught
x = -1
c = ["no y", 1]
k = 1
d = both'
    [ -z "$stderr" ] || tg_show 'standard error is not empty'
}

@test "assertions in grown blocks" {
    run_tg 'for i in range(identity(3)) { assert i < 2, "i is ${i}" }'
    ended 1
    err_has 'w.tg:1:'
    err_has 'i is 2'
    run_tg 'for i in range(identity(3)) { assert identity(i) < 3, "i is ${i}" }
if identity(false) { assert false, "never" }
output o = 1'
    ended 0
    is 'o = 1'
}

# ---- failures ------------------------------------------------------------------------------------

@test "a failure names its line and the constructs that led there" {
    local how program='use math
fn ratio(a, b) = a // b
n = identity(2)
for i in range(n) {
    if identity(i) == 1 {
        xs = [ratio(j, 0 * n) for j in range(n)]
        print(xs)
    }
}'
    for how in --scheduler=single-threaded -j1 -j8; do
        run_tg "$program" $how
        ended 1
        err_has 'w.tg:2:18: error: '
        err_has 'division by zero'
        err_has 'w.tg:4:'
        err_has 'w.tg:5:'
        err_has 'w.tg:6:'
        err_has "'for'"
        err_has "'if'"
        err_has comprehension
    done
}

@test "an error while a grown block is evaluated names its place" {
    run_tg 'xs = [1, 2]
for i in range(identity(5)) {
    y = xs[i]
    print(y)
}'
    ended 1
    err_has 'w.tg:3:9: error: '
    err_has 'w.tg:2:'
    run_tg 'output a = [10 // i for i in range(identity(2))]'
    ended 1
    err_has 'w.tg:1:13: error: '
    err_has 'division by zero'
    run_tg 'p, q = identity([1, 2, 3])
output p'
    ended 1
    err_has 'w.tg:1:'
    run_tg 'for i in identity(5) { print(i) }'
    ended 1
    err_has 'w.tg:1:10: error: '
    err_has int
    run_tg 'f = if identity(true) { 5 } else { 6 }
output a = f(1)'
    ended 1
    err_has 'w.tg:2:'
    run_tg 'output a = reduce(fn(a, b) = a + b, identity([]))'
    ended 1
    err_has 'w.tg:1:12: error: '
    err_has init
    run_tg 'x = identity(1)
while x > 0 { x = "text" - x }
output x'
    ended 1
    err_has 'w.tg:2:'
}

@test "a failed condition skips what depends on it, and fails nothing else" {
    run_tg 'use twin
bad = fail("no condition")
if bad { note("never"); x = 1 } else { note("never"); x = 2 }
output x
for i in bad { note("never") }
output y = identity(1)' -k
    ended 1
    is 'y = 1'
    err_has 'no condition'
    err_lacks never
}

@test "keep-going: what a grown block could compute is there" {
    local how
    for how in --scheduler=single-threaded -j1 -j8; do
        run_tg 'use math
for i in range(identity(3)) {
    good = i
    bad = div(i, 0)
    if i == 1 { other = fail("other") }
}
output good
output bad
output other
output xs = [inc(i) for i in range(good)]
output none = [bad]' $how -k
        ended 1
        is 'good = 2
xs = [1, 2]'
        err_has 'division by zero'
        err_has other
    done
}

@test "without keep-going nothing new starts after a failure" {
    run_tg 'use twin
x = fail("first")
y = after(1, try(x, 0))
for i in range(after(identity(3), try(x, 0))) { print("loop ${i}") }
output o = x' --scheduler=single-threaded
    ended 1
    err_has first
}

@test "names and numbers of arguments in grown blocks are checked before anything runs" {
    run_tg 'use math
print("running")
for i in range(identity(3)) {
    x = incc(i)
    if identity(i) > 1 { y = add(i) }
    while identity(i) > 5 { z = i + nosuch }
}'
    ended 2
    err_lacks running
    err_has "w.tg:4:9: error: unknown task 'incc'"
    err_has 'w.tg:5:'
    err_has nosuch
}

@test "what must be known is said, with the line" {
    run_tg 'param n: int = identity(3)
output o = n'
    ended 2
    err_has 'w.tg:1:'
    run_tg 'if identity(true) {
    output o = 1
}'
    ended 2
    err_has 'w.tg:2:'
    run_tg 'use math
x = inc(1) with priority = identity(3)
output x'
    ended 2
    err_has 'w.tg:2:'
}

# ---- size ----------------------------------------------------------------------------------------

@test "wide and deep growth" {
    everywhere 'use math
n = identity(300)
output wide = sum([inc(i) for i in range(n * 100)])
fn tree(lo, hi) = if hi - lo < 2 { identity(lo) } else { add(tree(lo, (lo + hi) // 2), tree((lo + hi) // 2, hi)) }
output leaves = tree(0, n * 10)
fn chain(k) = if k == 0 { 0 } else { 1 + chain(dec(k)) }
output deep = chain(n * 30)
output nested = sum([sum([i * j for j in range(i)]) for i in range(n) if i % 10 == 0])' 'wide = 450015000
leaves = 4498500
deep = 9000
nested = 94184750'
}

@test "grown tasks of thousands of rounds: one after the other, and side by side" {
    everywhere 'use math
fn collatz(x) { n = 0; while x != 1 { x = if x % 2 == 0 { x // 2 } else { 3 * x + 1 }; n += 1 }; n }
output steps = map(collatz, range(1, identity(60)))[-1]
output longest = max([collatz(i) for i in range(1, identity(100))])
xs = []
k = identity(0)
while k < 2000 { xs += [inc(k)]; k = inc(k) }
output total = sum(xs)' 'steps = 32
longest = 118
total = 2001000'
}

# bats test_tags=parallel
@test "-j 8: eight tasks that wait for each other" {
    local i meet='task meet(i: int, all: int) -> int {
    sh "touch here${i}; until [ $(ls here* | wc -l) = ${all} ]; do sleep 0.01; done; echo ${i}"
}'
    for i in 1 2 3 4 5; do
        rm -f here*
        run_tg "$meet"'
output xs = [meet(i, 8) for i in 0..8]' -j 8
        is 'xs = [0, 1, 2, 3, 4, 5, 6, 7]'
        rm -f here*
        run_tg "$meet"'
n = identity(8)
output xs = [meet(i, n) for i in range(n)]' -j 8
        is 'xs = [0, 1, 2, 3, 4, 5, 6, 7]'
    done
}

# peak N PROGRAM: how many kB of memory the program, which goes N rounds and then prints "over", has needed at most.
peak() {
    printf 'use math\nparam n: int = 1\n%s\nprint("over", x)\noutput end = sleep(1000, after(x, x))\n' "$2" >p.tg
    start p.tg -D n="$1" "${@:3}"
    wait_for grep -q "^over" err
    awk '/^VmHWM/ { print $2 }' "/proc/$pid/status"
    kill -INT "$pid"
    finish
}

# flat FEW MANY PROGRAM: as many rounds more need no more memory.
flat() {
    local how few many
    for how in --scheduler=single-threaded -j1 -j2; do
        few=$(peak "$1" "$3" $how) many=$(peak "$2" "$3" $how)
        ((many < few + 3000)) || { echo "$how: $few kB for $1 rounds, $many kB for $2: $3"; return 1; }
    done
}

# bats test_tags=not-asan, not-tsan
@test "finished rounds of a while need no memory" {
    flat 1000 100000 'x = identity(0)
while x < n { x = inc(x) }'
    flat 1000 50000 'x = identity(0); sum = identity(0); last = []
while x < n { x = inc(x); sum = add(sum, x); if x % 3 == 0 { last = [x, str(last)[:10]] } }
x = [sum, last]'
    flat 1000 50000 'x = identity(0)
while true { x = inc(x); if x >= n { break } }'
}

# bats test_tags=not-asan, not-tsan
@test "nor do finished calls of a function whose last act is to call itself" {
    flat 1000 50000 'fn go(x) = if x < n { go(inc(x)) } else { x }
x = go(identity(0))'
    flat 1000 50000 'fn even(x) { if x >= n { return x }; return odd(inc(x)) }
fn odd(x) { if x >= n { return x }; even(inc(x)) }
x = even(identity(0))'
    flat 1000 50000 'fn total(x, sum) { if x >= n { return sum }; total(inc(x), sum + x) }
x = total(identity(0), 0)'
}

# bats test_tags=not-asan, not-tsan
@test "nor do failures that were caught" {
    flat 500 10000 'x = identity(0)
while x < n { x += try(1 / (x - x), 1) }'
    flat 500 10000 'x = identity(0)
while x < n { x += first([inc(1) / (x - x), inc(0), 1 / (x - x)]) }'
    flat 500 10000 'fn go(x) { if x < n { go(x + try(first([inc(1) / (x - x), 1 / (x - x)]), 1)) } else { x } }
x = go(identity(0))'
}

# bats test_tags=slow, not-asan, not-tsan
@test "a million rounds of a while need no more memory than ten thousand" {
    flat 10000 1000000 'x = identity(0)
while x < n { x = inc(x) }'
}

# bats test_tags=not-asan, not-tsan
@test "items of a fan-out that are summed up round by round need no memory" {
    flat 100 2000 'x = identity(0); s = 0
while x < n { x = inc(x); s = (s + sum([i * x for i in range(identity(20))])) % 1000 }'
}
