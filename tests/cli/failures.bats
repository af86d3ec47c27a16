#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is said when tasks fail: who was skipped for which failure, the first failure last; and failures that are allowed.
load helper

# everywhere ARG...: runs w.tg with every scheduler; all print and say the same, though failures come in any order.
everywhere() {
    local how said first=
    for how in --scheduler=sync -j1 -j4; do
        tg w.tg "$how" "$@"
        said=$output$(sort <<<"${stderr%first failure*}")
        [ -z "$first" ] || [ "$first" = "$said" ] || tg_show "with $how, not: $first"
        first=$said
    done
}

# err_like REGEX: a line of standard error matches it as a whole.
err_like() { grep -qxE "$1" <<<"$stderr" || tg_show "no line on standard error like: $1"; }

# each_form TEXT: calls `check` for the text as it is, and for one whose graph grows: KNOWN stands for what makes it.
each_form() {
    local form
    for form in '' 'identity'; do
        sed "s/KNOWN/$form/g" <<<"$1" >w.tg
        check
    done
}

# ---- who was skipped, and for what ------------------------------------------------------------------

@test "who was skipped is told with the failure that it follows, in both forms of a graph" {
    check() {
        everywhere -k
        ended 1
        err_like "4 tasks were skipped because 'div\(1(, 0)?\)' failed: add(\(3\))?, dec, 2 inc"
        err_like "1 task was skipped because 'div\(2(, 0)?\)' failed: neg"
        err_has $'\n'"2 tasks failed, 5 skipped, 1 done"$'\n'
    }
    each_form 'use math
n = KNOWN(0)
a = div(1, n)
b = inc(inc(a))
output x = dec(b)
output y = add(b, 3)
output z = neg(div(2, n))
output w = add(1, 2)'
}

@test "of many that were skipped the first are named" {
    run_tg 'use math
bad = div(1, 0)
output all = [add(bad, i) for i in 0..20]' -k
    ended 1
    err_has $'\n'"20 tasks were skipped because 'div' failed: add(0), add(1), add(2), add(3), add(4), add(5), .."$'\n'
}

@test "what did not begin since the run was stopped is no follower" {
    echo 'use math
output x = inc(div(1, 0))
output y = sub(5, 1)
output z = sub(5, 2)' >w.tg
    tg w.tg --scheduler=sync
    ended 1
    err_has $'\n'"1 task was skipped because 'div' failed: inc"$'\n'
    err_has $'\n'"2 other tasks were not begun: without -k, the first failure ends a run"$'\n'
    sed -i 's/div(1, 0)/div(1, identity(0))/; s/sub(5,/sub(6 - identity(1),/' w.tg
    tg w.tg -j1
    ended 1
    err_has $'\n'"1 task was skipped because 'div' failed: inc"$'\n'
}

@test "what is skipped for a failure that is caught is not listed" {
    check() {
        everywhere -k
        ended 1
        err_lacks "skipped because 'div(1"
        err_like "1 task was skipped because 'div\(2(, 0)?\)' failed: inc"
    }
    each_form 'use math
n = KNOWN(0)
output x = try(inc(inc(div(1, n))), 5)
output y = inc(div(2, n))'
}

@test "a label names a failed task, and what was skipped" {
    run_tg 'use math
bad = div(1, 0) with label = "first half"
output x = inc(bad) with label = "second half"' -k
    err_has $'\n'"1 task was skipped because 'first half' failed: second half"$'\n'
}

# ---- the first failure last -------------------------------------------------------------------------

@test "the first failure stands last where outputs or a block were printed behind it" {
    echo 'use math
output x = inc(1)
output y = div(1, 0)' >w.tg
    tg w.tg
    err_lacks "first failure"
    tg w.tg -k
    is 'x = 2'
    [[ $stderr == *$'first failure:\n'"w.tg:3:12: error: task 'div' failed: division by zero in 1 / 0"$'\n'*"arguments: 1, 0" ]] || tg_show last
    echo 'finally { identity(1) }' >>w.tg
    tg w.tg
    err_lacks "first failure"
    echo 'finally { print("the end") }' >>w.tg
    tg w.tg
    [[ $stderr == *$'\nthe end\nfirst failure:\n'"w.tg:3:12: error: task 'div' failed"*"arguments: 1, 0" ]] || tg_show last
}

@test "of a failure and one in finally the first is repeated" {
    run_tg 'use math
output y = div(1, 0)
finally { print(div(2, 0)) }'
    ended 1
    [[ $stderr == *$'\nfirst failure:\n'"w.tg:2:12: error: task 'div' failed: division by zero in 1 / 0"* ]] || tg_show last
}

# ---- failures that are allowed ----------------------------------------------------------------------

@test "a failure that is allowed: nil, a warning, a sum, and status 0" {
    check() {
        everywhere
        ended 0
        is $'x = nil\ny = [nil, 12.0, 6.0]\nz = {a: nil}\nok = 2'
        err_has "w.tg:3:5: warning: task 'div' failed: division by zero in 1 / 0"
        err_has "arguments: 1, 0"
        err_has $'\n'"2 failures allowed, 0 tasks skipped, 3 done"
        err_lacks "error:"
        tg w.tg --format=json -q
        ended 0
        is '{"x": null, "y": [null,12.0,6.0], "z": {"a":null}, "ok": 2}'
        [ -z "$stderr" ] || tg_show "-q"
    }
    each_form 'use math
n = KNOWN(0)
a = div(1, n) with allow_failure = true
output x = a
output y = [(div(12, n + i) with allow_failure = true) for i in 0..3]
output z = {a: a}
output ok = inc(1)'
}

@test "who cannot take nil is skipped, and so on down; an output says so, and is absent in JSON" {
    check() {
        everywhere
        ended 0
        is "x: skipped (needs 'div', which failed and may)
y: skipped (needs 'div', which failed and may)
z: skipped (needs 'div', which failed and may)
s: skipped (needs 'div', which failed and may)
e = true
t = nil
u = 7
w = false"
        err_like "6 tasks were skipped because 'div(\(1, 0\))?' failed, which it may: 5 inc, sum.*"
        err_has "1 failure allowed, 6 tasks skipped, 0 done"
        tg w.tg --format=json
        is '{"e": true, "t": null, "u": 7, "w": false}'
    }
    each_form 'use math
n = KNOWN(0)
a = div(1, n) with allow_failure = true
output x = inc(a)
output y = [inc(inc(a)), 1]
output z = a + 1
output s = math.sum([a, 2])
output e = a == nil
output t = try(a, 7)
output u = try(inc(a), 7)
output w = attempt(inc(a)).ok'
}

@test "nil that came of a failure is known as such wherever it goes" {
    run_tg 'use math
a = div(1, 0) with allow_failure = true
fn pass(c) { if c > 0 { return a } else { return 1 } }
output b = inc(pass(identity(1)))
output c = inc(identity([1, a])[identity(1)])
output d = inc({k: a}.k)
output e = first([a, inc(3)])
output f = first([a])
output g = first([div(1, 0), a])' -k
    ended 1 # of g one failure was not allowed
    is "b: skipped (needs 'div', which failed and may)
c: skipped (needs 'div', which failed and may)
d: skipped (needs 'div', which failed and may)
e = 4
f = nil"
}

@test "a task that is skipped and may fail itself is nil, too" {
    check() {
        everywhere
        ended 0
        is $'x = nil\ny = [nil, 1.5]'
        err_has "1 failure allowed, 2 tasks skipped, 1 done"
        err_like "2 tasks were skipped because 'div\((1, )?0\)' failed, which it may: 2 inc"
    }
    each_form 'use math
n = KNOWN(0)
with allow_failure = true {
    x = inc(inc(div(1, n)))
    half = div(1, 2) + n
}
output x = x
output y = [x, half + 1]'
}

@test "operators and functions in a block that may fail may do so, too, whatever is known" {
    check() {
        everywhere
        ended 0
        is "all = [nil, [nil, nil], nil, 5, [6.0, nil, 3.0], nil, [\"caught\", false], nil]
later: skipped (needs '/', which failed and may)"
        [ "$(grep -c 'warning:' <<<"$stderr")" -eq 7 ] || tg_show "not 7 warnings"
        err_has "warning: task 'index' failed: index 5 is out of range"
        err_has "warning: assertion failed: no"
        err_lacks error
    }
    each_form 'use math
n = KNOWN(0)
with retries = 2, allow_failure = true {
    a = 1 / n
    b = [a + 1, [10, 20][n + 5]]
    if n == 0 { c = 3 / n; d = 5 } else { c = 1; d = 1 }
    e = [6 / x for x in KNOWN([1, 0, 2])]
    f = reduce(add, KNOWN([]))
    for i in 0..n + 1 { assert i > n, "no" }
    g = [try(1 / n, "caught"), attempt(2 / n).ok]
    h = math.div(1, n) + 1
}
output all = [a, b, c, d, e, f, g, h]
output later = a + 1'
}

@test "what has a wrong type in a block that may fail may do so, too, whatever is known" {
    check() {
        everywhere
        ended 0
        is 'all = [[1, nil], nil, nil, nil, [nil, 2.0], nil, nil, [nil, nil, nil], [nil, nil], nil, nil, 7]'
        [ "$(grep -c 'warning:' <<<"$stderr")" -eq 14 ] || tg_show "not 14 warnings"
        err_has "warning: cannot go through a value of type int"
        err_has "warning: task 'unpack' failed: parameter 'xs' of task 'unpack' takes list, not int"
        err_has "warning: task 'inc' failed: parameter 'x' of task 'inc' takes num, not str"
        err_has "warning: a value of type int cannot be called"
        err_has "takes 1 argument, not 2"
        err_lacks error
    }
    each_form 'use math
n = KNOWN(0)
fn last(xs) { for x in xs { y = x }
    return y
}
with allow_failure = true {
    a = [1, -["x", 1][n]]
    b = [x for x in n]
    c = last(n)
    d = [x for x in range(0, 3, n)]
    e = map([n, inc][n:][0], [1]) + [2 / 1]
    f = [n, 1][n](1)
    g = [fn(x) { return x }][n](1, 2)
    h, i = n
    k = inc(["x", 1][n])
    l = map([fn(x, y) { return x }][n], [1, 2])
    m = [1, 2][["x", 1][n]:]
    for z in 0..["x", 1][n] { p = z }
    q = try([x for x in n], 7)
}
output all = [a, b, c, d, e, f, g, [h, i, k], l, m, p, q]'
}

@test "what the language itself does is named without what it makes of its arguments" {
    run_tg 'use math
with allow_failure = true {
    a = reduce(add, identity([]))
    b = inc(reduce(add, []))
    c = [x for x in identity(5)]
    d = sum(c)
    for i in 6 { e = i }
}
output all = [a, b, c, d, e]
finally { print("${sorted([f.name for f in outcome.allowed])}") }'
    ended 0
    err_has '["comprehension", "for", "reduce", "reduce"]'
    err_has "because 'reduce' failed, which it may: inc"
    err_has "because 'comprehension' failed, which it may: sum"
}

@test "what is known to fail, and may, is seen in the graph, the check and the list" {
    echo 'with allow_failure = true, retries = 2 { y = 1 / 0; z = y * 2; t = "${try(y, 1)}" }
output o = z
output told = "${y}"' >w.tg
    tg graph w.tg --format=json
    has '"name": "/", "plugin": "core", "args": [1, 0], "after": [], "options": {"allow_failure":true}'
    lacks retries
    tg check w.tg
    ended 0
    err_has "w.tg:3:18: warning: 'y' may fail, and the text has 'nil' in its place then"
    tg list w.tg
    has 'o: num?'
    echo 'with allow_failure = true { y = 1 / 0 }
output z = 1 / 0' >w.tg
    tg check w.tg
    ended 2
    err_has 'w.tg:2:12: error: division by zero'
    err_lacks 'w.tg:1'
}

@test "what goes wrong behind a block that may fail is no part of it" {
    run_tg 'use math
fn f(n) {
    with allow_failure = true { if inc(n) > 0 { return 1 / n } }
    10 / n
}
output x = f(identity(0))
output y = f(identity(-1))
output z = f(identity(5))
fn g(n) { with allow_failure = true { if inc(n) > 5 { return 1 } }; [1, 2][n] }
output v = g(identity(2))' -k
    ended 1
    is $'x = nil\ny = -10.0\nz = 0.2'
    err_has "error: task 'index' failed: index 2 is out of range"
}

@test "what would go through nil, or up to it, is skipped if that is nil for an allowed failure" {
    check() {
        everywhere -q
        ended 0
        is 'given = [0, 1, 2]
none = nil
a: skipped (needs '"'fail'"', which failed and may)
b: skipped (needs '"'fail'"', which failed and may)
c: skipped (needs '"'fail'"', which failed and may)
d: skipped (needs '"'fail'"', which failed and may)
e: skipped (needs '"'fail'"', which failed and may)
inside = [nil, nil, nil, nil]'
        [ -z "$stderr" ] || tg_show 'it is told of'
    }
    each_form 'n = KNOWN(0)
x = fail("no ${n}") with allow_failure = true
output given = range(3, nil)
output none = first([x])
output a = range(3, x)
output b = [10, 20, 30][0:x]
output c = first(x)
output d = [i for i in 0..x]
output e = [i for i in x]
for i in range(3, x) { print(i) }
with allow_failure = true { w = [range(3, x), first(x), [i for i in 0..x], "ab"[x:]] }
output inside = w'
}

@test "nil for an allowed failure leaves no argument out: who is given it is skipped" {
    printf 'a,b\n1,2\n' >t.csv
    cat >w.tg <<'END'
use text
x = fail("no") with allow_failure = true
xs = identity([x])
output given = [round(1.5, nil), text.split("a b", nil), sorted([2, 1], key = nil), len(read_table("t.csv", sep = nil))]
output later = text.split(identity("a b"), identity(nil))
output a = round(1.5, x)
output b = round(1, x)
output c = text.split("a b", x)
output d = text.split(identity("a b"), x)
output e = sorted([2, 1], key = x)
output f = read_table("t.csv", sep = x)
output g = read_table("t.csv", types = x)
output h = x(1)
output i = try(text.split("a b", x), ["caught"])
task t(n: int, sep: str? = nil) -> str { run ["echo", if sep == nil { "none" } else { "some" }] }
output j = t(1, x) # says itself what nil is
output k = try([text.split("a b", v) for v in xs], ["as any operator"])
END
    for how in threads single-threaded; do
        tg w.tg -q --scheduler=$how
        ended 0
        is 'given = [2, ["a", "b"], [1, 2], 1]
later = ["a", "b"]
a: skipped (needs '"'fail'"', which failed and may)
b: skipped (needs '"'fail'"', which failed and may)
c: skipped (needs '"'fail'"', which failed and may)
d: skipped (needs '"'fail'"', which failed and may)
e: skipped (needs '"'fail'"', which failed and may)
f: skipped (needs '"'fail'"', which failed and may)
g: skipped (needs '"'fail'"', which failed and may)
h: skipped (needs '"'fail'"', which failed and may)
i = ["caught"]
j = none
k = ["as any operator"]'
    done
}

@test "functions that wait for what failed and may are skipped, as operators are" {
    cat >w.tg <<'END'
task path() -> str { sh "exit 1" }
task names() -> list[str] { sh "exit 2" }
with allow_failure = true { p = path(); xs = names() }
output all = [try(read_json(p), 1), try(map(len, xs), 2)]
output data = read_table(p)
output found = len(glob(p))
output known = exists(p)
output lengths = map(len, xs)
output groups = group_by(xs, len)
END
    local scheduler
    for scheduler in threads sync; do
        tg w.tg --scheduler=$scheduler
        ended 0
        is "all = [1, 2]
data: skipped (needs 'path', which failed and may)
found: skipped (needs 'path', which failed and may)
known: skipped (needs 'path', which failed and may)
lengths: skipped (needs 'names', which failed and may)
groups: skipped (needs 'names', which failed and may)"
        err_has '2 failures allowed'
    done
    run_tg 'output x = try(glob(identity(nil)), "caught")
output y = glob(identity(nil))' # which nobody has allowed
    ended 1
}

@test "a failure that is not allowed counts before one that is" {
    check() {
        everywhere -k
        ended 1
        err_like "1 task was skipped because 'div\(2(, 0)?\)' failed: add"
        err_has "1 task failed, 1 skipped, 0 done, 1 allowed"
        err_lacks "which failed and may"
    }
    each_form 'use math
n = KNOWN(0)
a = div(1, n) with allow_failure = true
b = div(2, n)
output x = add(a, b)'
}

@test "what waits for a task that may fail goes on; what evaluation or an assertion makes of nil is a failure, and says why" {
    run_tg 'use math
a = div(1, 0) with allow_failure = true
print("behind") with after = a
output x = 1'
    ended 0
    err_has behind
    run_tg 'use math
a = div(1, 0) with allow_failure = true
assert a, "no value"'
    ended 1
    err_has "assertion failed: no value"
    err_has "hint: 'div' failed, which it may, so that nil stands for its value."
    run_tg 'use math
a = div(1, 0) with allow_failure = true
fn total(xs) { n = 0; for x in xs { n += x }; return n }
output x = total(identity([1, a]))'
    ended 1
    err_has "error: cannot compute int + nil"
    err_has "hint: 'div(1, 0)' failed, which it may, so that nil stands for its value."
}

@test "commands may fail: nothing of them stays, and their log is named" {
    run_tg 'task get(n: int) -> file("${n}.txt") { sh "echo begun > ${out}; test ${n} != 1" }
task size(f: file) -> int { sh "wc -c < ${f}" }
files = [(get(i) with allow_failure = true) for i in 0..3]
output sizes = [try(size(f), nil) for f in files]
output names = files
finally { print(outcome.ok, outcome.status, len(outcome.failed), outcome.skipped, [f.name for f in outcome.allowed]) }'
    ended 0
    is 'sizes = [6, nil, 6]
names = ["0.txt", nil, "2.txt"]'
    [ ! -e 1.txt ]
    err_has "warning: task 'get' failed: command failed with exit status 1"
    err_has "log: .tgrun/logs/"
    err_has 'true 0 0 1 ["get(1)"]'
}

@test "finally may use what an allowed failure left" {
    run_tg 'use math
a = div(1, 0) with allow_failure = true
b = inc(a)
output x = a
finally {
    print("a is", a)
    print("b is", try(b, "not there"))
    print([a, 1])
    print(try(inc(a), "no inc"))
}'
    ended 0
    err_has "a is nil"
    err_has "b is not there"
    err_has "[nil, 1]"
    err_has "no inc"
}

@test "what a task adds while it runs may fail as it may itself" {
    run_tg 'use math
use grower
a = grower.calls("math.div", 1, 0) with allow_failure = true
output x = a
output y = inc(a)'
    ended 0
    is "x = nil
y: skipped (needs 'div', which failed and may)"
    err_has "1 failure allowed, 1 task skipped, 1 done"
}

@test "allow_failure in the YAML form, of a task and of a command" {
    run_yaml 'use: [math]
commands:
  no: {params: {n: int}, result: int, run: ["test", "${n}", -gt, 5], with: {allow_failure: true}}
tasks:
  a: {call: div, args: [1, 0], with: {allow_failure: true}}
  b: {call: no, args: [3]}
  c: {call: inc, args: ["${b}"]}
outputs: [a, b, c]'
    ended 0
    is "a = nil
b = nil
c: skipped (needs 'no', which failed and may)"
}

@test "how often a task was tried is said wherever its failure is" {
    run_tg 'use fault
output x = fails(9, "c1", 1) with retries = 2, backoff = 0s
output y = attempt((fails(9, "c2", 1) with retries = 1, backoff = 0s)).error
finally { print([f.attempts for f in outcome.failed]) }' -k
    ended 1
    is "y = task 'fails' failed after 2 attempts: failure 2"
    err_has "error: task 'fails' failed after 3 attempts: failure 3"
    err_has $'\n'"1 task failed, 0 skipped, 0 done, 1 caught, 3 more attempts"$'\n'"x: not computed (needs 'fails', which failed)"$'\n[3]\nfirst failure:\n'
}

@test "what may fail is a T? to the checker: what would pass for a value is warned of, what is skipped is not" {
    cat >w.tg <<'EOF'
task m(n: int) -> int { sh "echo ${n}" }
task b(n: int) -> bool { sh "test ${n} = 2" }
task s(t: str) -> str with allow_failure = true { sh "echo ${t}" }
x = m(2) with allow_failure = true
ok = b(1) with allow_failure = true
output o = x
output p = s("${x}")
if ok { print("a") }
if x != nil { print("x ${x}") }
if x == nil { print("n") } else { print("x ${x}") }
with allow_failure = true {
  w = m(1)
  w2 = m(2) with allow_failure = false
}
output r = "${w}"
output r2 = "${w2}"
output u = m(-x + 1)
output v = if x != nil and x > 1 { "a ${x}" } else { "b" }
EOF
    tg check w.tg
    [ "$status" -eq 0 ]
    [ "$(grep -c warning: <<<"$stderr")" -eq 3 ]
    grep -qF "w.tg:7:17: warning: 'x' may fail, and the text has 'nil' in its place then" <<<"$stderr"
    grep -qF "w.tg:8:4: warning: 'ok' may fail, and is nil then, which is false here" <<<"$stderr"
    grep -qF "w.tg:15:15: warning: 'w' may fail" <<<"$stderr"
    tg list w.tg
    grep -qE '^  o: int\?$' <<<"$output"
    grep -qF 's(t: str) -> str? effect' <<<"$output"
    echo 'output bad = s(x)' >>w.tg
    tg check w.tg
    [ "$status" -eq 2 ]
    grep -qF "argument 't' of 's' must be str, not int?" <<<"$stderr"
}

@test "of what fails in 'first' the order does not matter" {
    local ways=(-j1 -j4 --scheduler=single-threaded) how
    for how in "${ways[@]}"; do
        run_tg 'use fault
bad = fault.fails(9, "bad", 1)
a = fault.fails(9, "a", 1, try(bad, 0)) with allow_failure = true
output x = first([a + 1, bad])' -k "$how"
        ended 1
        err_has "error: task 'fails' failed"
        run_tg 'use fault
a = fault.fails(9, "a", 1) with allow_failure = true
output x = first([a + 1, fault.fails(9, "bad", 1, a)])' -k "$how"
        ended 1
        run_tg 'use fault
a = fault.fails(9, "a", 1) with allow_failure = true
b = fault.fails(9, "b", 1, a) with allow_failure = true
output x = first([a + 1, b])
output y = first([a, b + 1])' -k "$how"
        ended 0
        is $'x = nil\ny = nil'
    done
}

@test "outputs that could not be computed are told of, with what failed" {
    cat >w.tg <<'X'
use math
bad = div(1, 0)
output a = bad
output b = inc(1)
output c = sum([a, b]) + 1
output d = sum([identity(i) for i in identity([1, 2])])
output e = [inc(a) for i in identity([1, 2])]
X
    tg w.tg -k
    ended 1
    is "b = 2
d = 3"
    for name in a c e; do err_has $'\n'"$name: not computed (needs 'div', which failed)"$'\n'; done
    err_lacks "b: not computed"
    tg w.tg -k --format=json a b
    is '{"b": 2}'
    err_has $'\n'"a: not computed (needs 'div', which failed)"
    err_lacks "c: not computed"
    sed -i '/^output [de]/d' w.tg
    for jobs in 1 3; do
        tg w.tg -k -j $jobs
        for name in a c; do err_has $'\n'"$name: not computed (needs 'div', which failed)"; done
    done
    tg w.tg
    err_lacks "not computed"
    { echo 'use math' && for i in $(seq 30); do echo "output x$i = div(1, 0)"; done; } >w.tg
    tg w.tg -k
    err_has $'\n'"and 10 more outputs not computed"
}
