#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Hints for what people write who know other languages and tools: what is found while the file is evaluated, or only in
# the run. Those of `tgrun check` are in tests/golden.
load helper

# hinted PROGRAM HINT: X(..) in it is a known value, and then the result of a task.
hinted() {
    run_tg "fn known(x) = x
${1//X(/known(}"
    ended 2
    err_has "hint: $2"
    run_tg "${1//X(/identity(}"
    ended 1
    err_has "hint: $2"
}

@test "methods are functions" {
    hinted "output x = X(\"a\").upper()" "values have no methods: write upper(x), with 'use text'"
    hinted "output x = X([1]).append(2)" 'lists do not change: write xs += [x]'
    hinted "output x = X([1]).length" 'values have no methods: write len(x)'
    hinted "output x = X({a: 1}).keys()" 'values have no methods: write keys(r)'
    hinted "output x = X(1.5).round()" 'values have no methods: write round(x, 2), or format(x, ".2f")'
    run_tg 'output x = glob("*.tg")[0].basename'
    ended 2
    err_has 'hint: write x.name'
    hinted "output x = X({a: 1}).items()" 'values have no methods: write for key, value in r { .. }'
    run_tg 'output x = [1].unheard_of'
    ended 2
    err_lacks hint
}

@test "what hints write is there" {
    run_tg 'use text
fn f(x) = x
fn key(x) = x
x = "a,b"
xs = [2, 1]
r = {a: 1}
r += {b: 2}
output y = [len(x), str(x), upper(x), lower(x), strip(x), split(x, ","), lines(x), replace(x, "old", "new"), starts_with(x, "part"),
    ends_with(x, "part"), "part" in x, join(xs, ","), [f(x) for x in xs], map(f, xs), filter(f, xs), reduce(max, xs), sorted(xs),
    sorted(xs, key = f), reversed(xs), xs[0], xs[-1], xs[:-1], sum(xs), max(xs), min(xs), flatten([xs]), 1 in xs, keys(r), values(r),
    {"${k}": v for k, v in r}, if "a" in r { r["a"] } else { 0 }, round(1.5, 2), format(1.5, ".2f"), abs(1), any(xs), all(xs),
    unique(xs), group_by(["a"], key), exists(x), match(x, "a"), find_all(x, "a"), substitute(x, "a", "b"), r + {c: 1}]'
    ended 0
}

@test "functions and modules of other languages" {
    hints() {
        run_tg "output x = $1"
        ended 2
        err_has "hint: $2"
    }
    hints 'list(1..3)' 'a range is a list'
    hints 'now()' 'the time is what a command says'
    hints 'basename("a/b")' 'write x.name'
    hints 'is_file("a")' 'write exists(path)'
    hints 'delayed(f)(1)' 'every call of a task is lazy and gives a future: write f(x)'
    hints 'compute(1)' "nothing is computed by a call; what a run is for is written 'output name = x'"
    hints 'client.map(f, [1])' 'there is no client: a call of a task, f(x), gives a future'
    hints 'dask.delayed(f)' "every call of a task is lazy, f(x), and what a run is for is written 'output name = ..'"
    hints 'gather([1])' 'a list of futures is an argument like any other'
    hints 'json.dumps(1)' 'write to_json(x)'
    hints 'os.environ["X"]' 'write env("NAME")'
    hints 'config["x"]' 'what is set from outside is a parameter'
    hints 'run ["ls"]' 'a command is a task'
    hints 'concat([1], [2])' "plugin core has it: add 'use core'."
    run_tg 'fn now() = 1
config = {x: now()}
output x = config.x'
    ended 0
}

@test "what may be missing or nil, and a file for a str" {
    hinted 'rows = X([{a: 1}, {}])
output x = [r.a for r in rows]' 'where it may be missing: try(r.name, default), or if "name" in r { .. }'
    hinted 'output x = X({a: 1})["b"]' 'where it may be missing'
    hinted 'output x = X(nil).named' 'what may be nil is looked at first: if x != nil { .. }'
    run_tg 'rows = [{a: 1}, {}]
output x = [try(r.a, 0) for r in rows] + [if "a" in r { r.a } else { 0 } for r in rows]'
    ended 0
    is 'x = [1, 0, 1, 0]'
    hinted 'fn f(x: str) = x
output x = f(X(file("a")))' "a file's path as a text is x.path"
    run_tg 'task say(x: str) -> nil { run ["echo", x] }
say(file("a"))'
    ended 2
    err_has "hint: a file's path as a text is x.path"
    run_tg 'task say(x: str) -> nil { run ["echo", x] }
for f in identity([file("a")]) { say(f) }'
    ended 1
    err_has "hint: a file's path as a text is x.path"
}

@test "a condition that a command without a result would decide" {
    local hint="hint: A command with the result bool answers by its exit status: 'task name() -> bool { .. }'." c
    for c in 'if ok() { print(1) }' 'while ok() { print(1) }' 'x = not ok()' 'x = ok() or true' 'assert ok()' \
        'x = [i for i in [1] if ok()]' 'x = if ok() { 1 } else { 2 }'; do
        printf '%s\n' 'task ok() -> nil { sh "true" }' "$c" >w.tg
        tg check w.tg
        ended 0
        err_has 'warning: what gives nil is always false here'
        err_has "$hint"
    done
    cat >w.tg <<'END'
task ok() -> nil { sh "true" }
task is_ok() -> bool { sh "true" }
if is_ok() and not is_ok() { ok() }
END
    tg check w.tg
    ended 0
    [ -z "$stderr" ]
}

@test "a text under 'after' is no task" {
    run_tg 'task t() -> nil { sh "true" }
t() with after = "x"'
    ended 0
    err_has "option 'after' waits for results of tasks, and a text is none"
    err_has 'hint: write after = x'
    cat >w.yaml <<'END'
tasks:
  lint: {sh: echo lint}
  test: {sh: echo test, with: {after: [lint]}}
END
    tg w.yaml
    ended 0
    err_has 'w.yaml:3:'
    err_has 'hint: write after: "${lint}"'
}

@test "YAML: a value for a type, a text for a task" {
    cat >w.yaml <<'END'
params: {n: 3}
tasks: {a: echo hi}
outputs: [a]
END
    tg check w.yaml
    ended 2
    err_has 'hint: a parameter with a default is written {type: int, default: 3}.'
    err_has 'hint: a command is written {sh: echo hi}, a value {value: ..}.'
}

@test "parameters that there are, and defaults" {
    run_tg 'output a = [max([1, 2], key = fn(x) = -x), min([1], key = abs)]
output b = read_table("x.csv", delimiter = ";")
fn f(a, b) = a
output c = f(1, other = 2)
param d: file = nil
output e = d'
    ended 2
    err_has 'hint: write sorted(xs, key = f)[-1]'
    err_has 'hint: write sorted(xs, key = f)[0]'
    err_has "hint: its parameters are 'path', 'sep', 'header', 'types'."
    err_has "hint: its parameters are 'a', 'b'."
    err_has "hint: a file or nil is 'file?'"
}

@test "a field by its name, a pattern in YAML's double quotes" {
    run_tg 'rows = [{t: 1}]
output x = [group_by(rows, "t"), sorted(rows, key = "a b")]'
    ended 2
    err_has 'hint: a field is given by a function: fn(x) = x.t'
    err_has 'hint: a field is given by a function: fn(x) = x.name'
    run_yaml 'use: [text]
outputs: {x: "${match(\"a1\", r\"\d\").text}"}'
    ended 2
    err_has "hint: between single quotes a backslash stands for itself: '\${match(x, r\"\d+\")}'."
    run_yaml "use: [text]
outputs: {x: '\${match(\"a1\", r\"\d+\").text}'}"
    ended 0
    is 'x = 1'
}

@test "numbers with something behind them; a field of each item" {
    run_tg 'task t() -> int { sh "echo 8 m.txt" }
output x = t()'
    ended 1
    err_has 'hint: Only the number may be printed, as by wc -l < FILE.'
    run_tg 'task t() -> list[int] { sh "echo 1 2 3" }
output x = t()'
    ended 1
    err_has 'hint: Each number is a line of its own.'
    hinted 'output x = X([{a: 1}]).a' 'of each item that is [x.name for x in xs]'
}

@test "a field that a record has is no method" {
    run_tg 'fn f(x) = x + 1
r = {get: f, keys: 3}
output x = [r.get(1), r.keys, identity(r.keys)]'
    ended 0
    is 'x = [2, 3, 3]'
}

@test "sums and remainders that are none" {
    hinted 'xs = X([])
for i in 0..3 { xs += i }
output xs' 'a list is joined with a list: xs + [x]'
    hinted "output x = X(1) + [1]" 'a list is joined with a list: [x] + xs'
    hinted "output x = X(1) + \"a\"" 'write str(x), or "${x}" inside a text.'
    run_tg 'output x = "%d" % 3'
    ended 2
    err_has 'hint: values stand in the text itself: "..${x}.."'
}

@test "a text of a task that looks like a hint is its message" {
    run_tg 'output x = fail("one\nhint: two")'
    ended 1
    err_has 'one'
    err_has 'hint: two'
    run_tg 'output x = try(fail("one\nhint: two"), "caught")'
    is 'x = caught'
}

# set_with PROGRAM TEXT HINT
set_with() {
    run_tg "$1" -D "$2"
    ended 2
    err_has "hint: write -D $3"
}

@test "-D: how a list, a record, a bool is written" {
    local ints='param xs: list[int] = [1]
output x = xs' texts='param xs: list[str] = ["a"]
output x = xs'
    set_with "$ints" xs=1,2 "'xs=[1, 2]'"
    set_with "$ints" xs=5 "'xs=[5]'"
    set_with "$texts" xs=a,b "'xs=[\"a\", \"b\"]'"
    set_with "$texts" 'xs=[a , b]' "'xs=[\"a\", \"b\"]'"
    set_with "$texts" 'xs=$(a),"' "'xs=[\"a\", \"b\"]'"
    set_with 'param r: record = {}
output x = r' r=a=1 "'r={name: 1, other: \"text\"}'"
    set_with 'param r: bool = false
output x = r' r=yes 'r=true or -D r=false'
    run_tg "$texts" -D 'xs=["a", "b"]'
    is 'x = ["a", "b"]'
}

@test "an option of run before another command" {
    echo 'output x = 1' >w.tg
    for words in 'debug w.tg x --scheduler=processes' 'check w.tg --keep-going'; do
        tg $words
        ended 2
        err_has 'hint: `tgrun run` has it: leave it out here.'
        err_lacks ' -D '
    done
}

@test "a parameter that is written as an option or as an argument" {
    echo 'param n: int = 1
output x = n' >w.tg
    tg w.tg --n=3
    ended 2
    err_has 'hint: a parameter of the workflow is set with -D n=VALUE'
    tg w.tg --n 3
    err_has 'hint: a parameter of the workflow is set with -D n=VALUE'
    tg w.tg -n=3
    err_has 'hint: a parameter of the workflow is set with -D n=VALUE'
    tg fmt --n=3 w.tg
    err_lacks hint
    tg w.tg -D unheard=1
    err_has 'hint: it has n.'
}

@test "a parameter in the options of a call" {
    run_tg 'task show(x: str) -> str with env = {X: x} { sh "echo $X" }
output y = show("a")'
    is 'y = a'
    run_tg 'task show(x: str) -> str { sh "echo \$X" }
output y = show("a") with env = {X: "b"}'
    is 'y = b'
}

@test "an output that is reached again, or perhaps not at all" {
    run_tg 'for i in 0..3 { output x = i }'
    ended 2
    err_has "hint: In a loop collect the values, xs += [x], and write 'output xs' behind it."
    run_tg 'for i in identity([1]) { output x = i }'
    ended 2
    err_has "hint: Collect the values, xs += [x], and write 'output xs' behind the loop."
    run_tg 'if identity(true) { output x = 1 }'
    ended 2
    err_has "hint: Bind a name here, and write 'output NAME' behind the block"
    run_tg 'output x = 1
output x = 2'
    ended 2
    err_lacks hint
}

@test "arguments that are too long are not shown at length" {
    run_tg 'task echo_all(xs: list[str]) -> str { run ["echo", xs] }
output y = len(echo_all(["äbcdefghijklmn" * 10 for i in 0..100000]))'
    ended 1
    err_has 'Argument list too long'
    [ "$(grep -c '^\$ echo äbc.*\.\.\.$' <<<"$stderr")" = 1 ]
    [ "$(wc -c <<<"$(grep '^\$ echo' <<<"$stderr")")" -lt 260 ]
}

@test "echo to '> out' without a shell" {
    run_tg 'task say(x: str) -> file("x.txt") { run ["echo", x, ">", out] }
task arrow(x: str) -> file("y.txt") { run ["echo", x, ">", x] > out }
output x = arrow("a")'
    ended 0
    [ "$(<y.txt)" = "a > a" ]
    err_has "w.tg:1:53: warning: '>' is one more argument here: no shell reads it"
    err_lacks w.tg:2
}

@test "a task that nothing can ask for" {
    cat >w.tg <<'END'
use math
inc(1)
if inc(1) > 1 { fail("much") }
y = if true { inc(1) } else { 2 }
fn f() { inc(3) }
in_order { sleep(1ms); print(f()) }
output y
END
    tg check w.tg
    ended 0
    err_has "w.tg:2:1: warning: nothing uses the result of 'inc', so it does not run"
    err_has "w.tg:3:17: warning: nothing uses the result of 'fail', so it does not run"
    err_has 'hint: to end the run, write assert false, ".."'
    [ "$(grep -c warning: <<<"$stderr")" = 2 ]
}
