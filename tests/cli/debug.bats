#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `tgrun debug`: one task in gdb, or a shell in place of a command.

load helper

# Tests in gdb: it must be there, and sanitizers do not run in it (tags).
need_gdb() { command -v gdb >/dev/null || skip 'no gdb'; }

# What gdb does at the function, without being asked.
at_function='gdb -nx -batch -ex bt -ex continue'

setup() {
    tg_setup
    export SHELL=/bin/sh TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir "$TMPDIR"
}

# Nothing is left of a session.
clean() {
    [ -z "$(ls -A "$TMPDIR")" ]
    [ -z "$(find . -name '.tgrun-*')" ]
}

# debug WORKFLOW-TEXT SHELL-INPUT ARG...
debug() {
    printf '%s\n' "$1" >w.tg
    printf '%s\n' "$2" >input
    shift 2
    run --separate-stderr "$TGRUN" debug w.tg "$@" <input
}

loop='use math
xs = [mul(i, i) for i in 1..4]
output total = reduce(add, xs)'

grows='use math
task pack(n: int) -> str { sh "echo ${n}" }
n = mul(2, 2)
xs = [mul(i, 10) for i in range(n)]
if n > 3 { p = pack(n) } else { p = "no" }
output ys = xs
output s = p'

# bats test_tags=not-asan,not-tsan
@test "a task of a plugin stops in gdb at its function, and gives its result" {
    need_gdb
    debug "$loop" '' mul:3 --gdb="$at_function"
    ended 0
    err_has 'mul(3, 3) is about to run'
    err_has '  x = 3'
    has '#0  math_mul (ctx='
    has 'mul(3, 3) = 9'
}

# bats test_tags=not-asan,not-tsan
@test "only what the task needs is run before it" {
    need_gdb
    debug 'use math
task note(n: int) -> int { sh "echo ${n} >> ran; echo ${n}" }
a = note(1)
b = note(2)
output x = add(a, 1)
output y = add(b, 1)' '' y --gdb="$at_function"
    ended 0
    has 'add(2, 1) = 3'
    [ "$(cat ran)" = 2 ]
}

# bats test_tags=not-asan,not-tsan
@test "arguments that are results tell an instance, too" {
    need_gdb
    debug "$loop" '' 'add(5, 9)' --gdb="$at_function"
    ended 0
    has 'math_add (ctx='
    has 'add(5, 9) = 14'
}

# bats test_tags=not-asan,not-tsan
@test "options, parameters and strange words reach the tgrun in gdb" {
    need_gdb
    mkdir 'a folder'
    echo 'use math
param n: int
param s: str = "-"
output x = add(n, len(s))' >'a folder/workflow.tg'
    TGRUN_MAX_TASKS=5 tg debug -C 'a folder' -D n=4 -D 's=it'\''s "$x" *' 'add(4, 11)' --gdb="$at_function"
    ended 0
    has 'add(4, 11) = 15'
}

# bats test_tags=not-asan,not-tsan
@test "of tasks that are added, those are counted that start" {
    need_gdb
    debug "$grows" '' mul:4 --gdb="$at_function"
    ended 0
    has 'mul(2, 10) = 20'
    debug "$grows" '' 'mul(3, 10)' --gdb="$at_function"
    ended 0
    has 'mul(3, 10) = 30'
}

# bats test_tags=not-asan,not-tsan
@test "a task that is not reached ends gdb with the status of the run" {
    need_gdb
    debug "$grows" '' mul:9 --gdb="$at_function"
    ended 2
    err_has "the run has ended without 'mul:9'"
    debug 'use math
a = div(1, 0)
output b = add(a, 1)' '' b --gdb="$at_function"
    ended 1
    err_has "task 'div' failed: division by zero"
    lacks '#0'
}

# bats test_tags=not-asan,not-tsan
@test "a task that fails in gdb fails the run, and is not tried again" {
    need_gdb
    debug 'use math
output b = div(1, 0) with retries = 3, timeout = 1h' '' b --gdb="$at_function"
    ended 1
    has 'math_div (ctx='
    err_has "task 'div' failed: division by zero"
    err_lacks attempt
}

# bats test_tags=not-asan,not-tsan
@test "a C function stops in gdb as well" {
    need_gdb
    debug 'extern "libm.so.6" { cbrt(x: float) -> float }
output c = cbrt(27.0)' '' cbrt --gdb="$at_function"
    ended 0
    has 'cbrt(27.0) = 3.0'
    has '#0  '
}

# bats test_tags=parallel
@test "without gdb it is said what to install, with another one what is missing" {
    mkdir none
    printf '%s\n' "$loop" >w.tg
    run --separate-stderr env PATH="$PWD/none" "$TGRUN" debug w.tg mul:1
    ended 3
    err_has "cannot find 'gdb', which is to debug the task"
    err_has 'apt-get install gdb'
    tg debug w.tg mul:1 --gdb='none/gdb -batch'
    ended 3
    err_has "cannot find 'none/gdb'"
    tg debug w.tg mul:1 --gdb=' gdb'
    ended 2
    err_has 'must be a program'
}

# bats test_tags=parallel
@test "several tasks of a name are listed, with how to name one" {
    debug "$loop" '' mul
    ended 2
    err_has "'mul' is 3 tasks, of which one can be debugged"
    err_has 'mul:3  mul(3, 3)  w.tg:2'
    err_has "'mul:1'"
    debug "$loop" '' add
    err_has 'add:2  add(add(..), mul(..))'
    debug 'use math
output xs = [add(i, 1) for i in 0..30]' '' xs
    err_has 'and 20 more'
    debug 'use math
task grid(n: int) -> str { sh "echo ${n}" }
xs = [mul(i, i) for i in 1..20]
output gs = [grid(x) for x in xs] + [grid(3)]' '' grid
    err_has 'grid:1  grid(mul(..))  w.tg:4  (19 times, the last is grid:19)
grid:20  grid(3)  w.tg:4
hint: Name one by its number'
    err_has "'grid:1' to 'grid:20'"
}

# bats test_tags=parallel
@test "what there is none of is told, with near names" {
    debug "$loop" '' mull
    ended 2
    err_has "did you mean task 'mul'?"
    debug "$loop" '' mul:4
    ended 2
    err_has "there is no 'mul:4': there are 3"
    debug "$loop" '' 'mul(7, 7)'
    ended 2
    err_has "there is no 'mul(7, 7)'"
    debug "$loop" '' mul:0
    ended 2
    err_has 'counted from 1'
    debug 'output x = 3' '' x
    ended 2
    err_has "no task has to run for 'x'"
    debug "$grows" '' s
    ended 2
    err_has "what gives 's' is only known in the run"
    debug "$loop" ''
    ended 2
    err_has "'debug' needs a workflow file and a task"
}

# bats test_tags=parallel
@test "a command is replaced by a shell in its folder, with its environment" {
    mkdir sub
    debug 'task hi(n: str) -> str with dir = "sub", env = {COLOR: "red"} { sh "echo ${n} from $PWD" }
output x = hi("it'\''s  $HOME")' 'pwd; echo "$COLOR $TG_CORES"; "$TG_DEBUG_COMMAND"; exit 7' x
    ended 0
    is "$PWD/sub
red 1
it's  \$HOME from $PWD/sub"
    err_has '  n = "it'\''s  $HOME"'
    err_has '$ cd sub'
    clean
}

# bats test_tags=parallel
@test "results of a shell stay aside, and are gone with it" {
    debug 'task pack(n: int) -> file("out/${n}.txt") { run ["seq", n] > out
sh "echo end >> ${out}" }
fs = [pack(n) for n in [2, 3]]
output out = fs' '"$TG_DEBUG_COMMAND"; cat out/.tgrun-*/3.txt; touch out/.tgrun-*/more' pack:2
    ended 0
    is '1
2
3
end'
    err_has 'out/3.txt'
    [ ! -e out/3.txt ] && [ ! -e out/2.txt ]
    clean
}

# bats test_tags=parallel
@test "the script has pipelines, standard input and redirections" {
    debug 'task a() -> file("a.txt") { sh "printf \"b\\na\\n\" > ${out}" }
task s(f: file) -> str { run ["sort"] < f | ["tr", "a-z", "A-Z"] }
task t(x: str) -> str { run ["rev"] < text(x) }
output x = s(a())
output y = t("stressed")' '"$TG_DEBUG_COMMAND"' x
    ended 0
    is 'A
B'
    debug "$(cat w.tg)" '"$TG_DEBUG_COMMAND"' t
    is desserts
    clean
}

# bats test_tags=parallel
@test "a server is asked the question of the call" {
    cat >f.sh <<'END'
while read -r line; do echo "asked: $line"; done
END
    debug 'task f(x: int, s: str) -> json serve ["sh", here("f.sh")]
output y = f(6, "it'\''s \"it\"")' '"$TG_DEBUG_COMMAND"; sh f.sh <"$TG_DEBUG_QUESTION"' y
    ended 0
    local line='{"task":"f","args":{"x":6,"s":"it'\''s \"it\""},"id":1}'
    is "asked: $line
asked: $line"
    err_has "< $line"
    err_has '"$TG_DEBUG_COMMAND" asks it that: '
    err_has 'let it read "$TG_DEBUG_QUESTION"'
    clean
    debug 'use text
task f(s: str) -> json serve ["wc", "-c"]
output y = f(join(["0123456789" for i in range(500)]))' '"$TG_DEBUG_COMMAND"' y
    is 5036
    [[ $stderr =~ [0-9]\.\.$'\n' ]] || tg_show 'not cut'
    clean
    debug 'task f(s: str) -> json serve ["cat"]
output y = f("a")' 'echo "$TG_DEBUG_QUESTION"' y
    [ ! -e "$output" ]
    err_lacks '"args":{"s":"a"}}'
}

# bats test_tags=parallel
@test "an instance is named as messages do that leave out results" {
    program='task a(n: int) -> int { sh "echo ${n}" }
task b(n: int, m: int) -> str { sh "test ${n} != 5; echo ${n} ${m}" }
output x = [b(n, a(n)) for n in 5..7]'
    debug "$program" '"$TG_DEBUG_COMMAND"' 'b(6)'
    ended 0
    is '6 6'
    debug "$program" '"$TG_DEBUG_COMMAND"' 'b(6, 6)'
    is '6 6'
    err_has "task 'b' failed" # one that it might have been
    debug "${program/5;/50;}" '"$TG_DEBUG_COMMAND"' 'b(9, 9)'
    ended 2
    err_has "the run has ended without 'b(9, 9)'"
}

# bats test_tags=parallel
@test "long values reach the script by a file" {
    debug 'use text
task n(s: str) -> int { sh "printf %s ${s} | wc -c" }
output x = n(join(["0123456789" for i in range(20000)]))' '"$TG_DEBUG_COMMAND"' x
    ended 0
    is 200000
    clean
}

# bats test_tags=parallel
@test "a command that is added in the run gets its shell, too" {
    debug "$grows" '"$TG_DEBUG_COMMAND"' pack
    ended 0
    is 4
    err_has 'pack(4) is about to run'
}

# bats test_tags=parallel
@test "a shell is no failure: nothing is tried again, skipped ones are not told, finally does not run" {
    debug 'task f() -> int with retries = 2 { sh "exit 3" }
finally { print("finally") }
output x = f() + 1' 'echo in' f
    ended 0
    is in
    err_lacks failed
    err_lacks skipped
    err_lacks finally
}

# bats test_tags=parallel
@test "what the command needs, and fails, is reported as in a run" {
    debug 'task f() -> int { sh "exit 3" }
task g(n: int) -> int { sh "echo ${n}" }
output x = g(f())' 'echo in' g
    ended 1
    err_has 'exit status 3'
    is ''
    debug 'task g(f: file) -> int { sh "cat ${f}" }
output x = g("none.txt")' 'echo in' g
    is ''
    err_has none.txt
}

# bats test_tags=parallel
@test "a task that nothing calls, a result file, and a shell that cannot be started" {
    debug 'task clean() -> nil { sh "echo cleaned" }
task a() -> file("out/a.txt") { sh "echo a > ${out}" }
output x = a()' '"$TG_DEBUG_COMMAND"' clean
    is cleaned
    debug "$(cat w.tg)" 'echo in' out/a.txt
    is in
    SHELL=/none debug "$(cat w.tg)" 'echo in' clean
    err_has "cannot start '/none'"
    clean
}

# bats test_tags=parallel
@test "secrets are shown nowhere" {
    debug 'param token: secret = "hunter22"
task f(s: str, t: secret) -> str { sh "echo ${s} ${t}" }
output x = f("a", token)' ':' x
    ended 0
    err_has 'f(a'
    err_lacks hunter22
    debug 'param token: secret = "hunter22"
task f(t: secret) -> json serve ["cat"]
output x = f(token)' ':' x
    err_has '< {"task":"f"'
    err_lacks hunter22
}

# bats test_tags=parallel
@test "completion offers tasks and options" {
    printf '%s\n' "$grows" >workflow.tg
    tg help --offer=bash -- debug pa
    has pack
    tg help --offer=bash -- debug --g
    has --gdb
}

# bats test_tags=parallel
@test "arguments come from the record, also where what they depend on has changed" {
    debug 'task trim(f: file) -> file("${f.name}.trimmed") { sh "echo trim >>ran; tr a-z A-Z <${f} >${out}" }
task count(f: file) -> int { sh "echo count >>ran; wc -l <${f}" }
task show(f: file, n: int) -> str { sh "cat ${f}; echo ${n}" }
t = trim("in")
output x = show(t, count(t))' '' --help
    printf 'a\nb\n' >in
    "$TGRUN" -q w.tg >/dev/null
    printf 'c\n' >in
    rm ran
    debug "$(cat w.tg)" '"$TG_DEBUG_COMMAND"' x
    ended 0
    is 'A
B
2'
    err_has 'trim is taken from the record, though in has changed'
    [ ! -e ran ]
    echo edited >in.trimmed
    debug "$(cat w.tg)" '"$TG_DEBUG_COMMAND"' x
    is 'C
2'
    err_lacks 'trim is taken from the record'
    err_has 'count is taken from the record, though in.trimmed has changed'
    [ "$(cat ran)" = trim ]
    rm -f ran
    tg w.tg x # which is the same work, and nothing has been made up to date by that
    ended 0
    [ "$(cat ran)" = count ]
    clean
}

@test "what the task lacks is made first, and then it is the one" {
    text='task a(i: int) -> file("a${i}") with temp = true { sh "echo a${i} >>ran; echo ${i} >${out}" }
task b(f: file) -> file("${f}.b") { sh "echo b >>ran; cat ${f} >${out}" }
output x = b(a(1))'
    printf '%s\n' "$text" >w.tg
    tg w.tg
    ended 0
    [ ! -e a1 ]
    rm ran
    debug "$text" 'cat a1' b
    ended 0
    is 1
    [ "$(grep -c 'is about to run' <<<"$stderr")" = 1 ] || tg_show "not told once"
    err_has 'This is a shell where it would run.'
    [ "$(cat ran)" = a1 ]
    [ "$(cat a1.b)" = 1 ]
    clean
}
