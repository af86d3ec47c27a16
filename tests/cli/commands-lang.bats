#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Commands of the language: how values get into them, what they give back, what is said when they fail.
load helper

# Values that break what quotes them badly.
nasty='xs = [
    "a b", "c'\''d", "e\"f", "$(echo pwned)", "`echo pwned`", "back\\slash\\", "new\nline",
    "*", "~", "-n", "", "#x", "a;b&c|d>e<f", "\${HOME}", "$$", "!x", "ÿ\t"
]'

@test "run hands every argument over as it is" {
    run_tg "$nasty"'
task show(xs: list[str]) -> json { run ["python3", "-c", "import json, sys; print(json.dumps(sys.argv[1:]))", xs, 3, 2.5] }
output same = show(xs) == xs + ["3", "2.5"]
assert show([]) == ["3", "2.5"], "empty"'
    ended 0
    is 'same = true'
}

@test "a value is one word in a text of sh, in every kind of quotes" {
    run_tg "$nasty"'
task outside(x: str) -> str { sh "printf %s. ${x}" }
task double(x: str) -> str { sh "printf %s. \"<${x}>\"" }
task single(x: str) -> str { sh "printf %s. '\''<${x}>'\''" }
task nested(x: str) -> str { sh "printf %s. \"<$(printf %s. ${x})>\"" }
task deeper(x: str) -> str { sh "printf %s. \"$(printf %s. \"$(printf %s. '\''${x}'\'')\")\"" }
task around(x: str) -> str { sh "printf %s. a${x}b" }
task twice(x: str) -> str { sh "printf %s. ${x}${x}" }
task words(xs: list[str]) -> str { sh "printf %s. ${xs}" }
task joined(xs: list[str]) -> str { sh "printf %s. \"${xs}\"" }
for x in xs {
    assert outside(x) == x + ".", "outside ${x}"
    assert double(x) == "<" + x + ">.", "double ${x}"
    assert single(x) == "<" + x + ">.", "single ${x}"
    assert around(x) == "a" + x + "b.", "around ${x}"
    assert twice(x) == x + x + ".", "twice ${x}"
    assert nested(x) == "<" + x + ".>.", "nested ${x}"
    assert deeper(x) == x + "...", "deeper ${x}"
}
assert words(xs) == fold(fn(s, x) = s + x + ".", xs, ""), "words"
assert words([]) == ".", "no words"
assert joined(xs) == fold(fn(s, x) = s + " " + x, xs[1:], xs[0]) + ".", "joined"' -k
    ended 0
}

@test "a here-document takes values as text" {
    run_tg "$nasty"'
task here(x: str, y: str) -> str {
    sh """
cat <<END
don'\''t <${x}>
${y}
END
printf %s. ${x} >/dev/null
"""
}
task tabs(x: str) -> str { sh "cat <<-END\n\t${x}\n\tEND\n" }
task two(x: str) -> str { sh "cat <<A; cat <<B\n${x}\nA\n${x}.\nB\n" }
for x in xs { assert here(x, "END") == "don'\''t <" + x + ">\nEND", "here ${x}" }
assert here("END", "END\nEND") == "don'\''t <END>\nEND\nEND", "end"
assert tabs("END") == "END", "tabs"
assert two("A\nB") == "A\nB\nA\nB.", "two"' -k
    ended 0
}

@test "comments and arithmetic" {
    run_tg 'task t(x: str, n: int) -> str {
    sh """
# don'\''t be ${x} fooled ${x}
echo a#${x} #${x}
echo $((${n} * 2 - ${n})) $(( (${n}) << 1 )) # isn'\''t it
"""
}
output a = t("x\ny; z", -3)'
    ended 0
    is $'a = a#x\ny; z\n-3 -6'
    run_tg 'task t(n: any) -> str { sh "echo $((${n} + 1))" }
output a = t("a[$(touch pwned)]")'
    ended 1
    err_has "only an int can stand in arithmetic: ((..)), not 'a[\$(touch pwned)]'"
    [ ! -e pwned ]
}

@test "what follows a value does not become part of its quotes" {
    run_tg 'task t(x: str) -> str { sh "x=${x}; if [ \"$x\" = '\''a b'\'' ]; then echo \"yes: $x\" '\''(${x})'\'' \"it'\''s\"; fi" }
output a = t("a b")'
    ended 0
    is "a = yes: a b (a b) it's"
}

@test "raw puts text in as it is, and the quotes around are followed through it" {
    run_tg 'task t(x: str, y: str) -> str { sh "echo ${raw(x)} ${y} ${raw(\"| cat\")}" }
output a = t("\"", "b\" c")
output b = t("one   two", "three   four")'
    [ "$status" != 0 ] || has 'b = one two three   four'
    run_tg 'task t(x: str, y: str) -> str { sh "echo ${raw(x)} ${y} ${raw("| cat")}" }
output b = t("one   two", "three   four")'
    ended 0
    is 'b = one two three   four'
    run_tg 'fn raw(x) = "mine " + x
task t(x: str) -> str { sh "echo ${raw(x)}" }
output a = t("; false")'
    ended 0
    is 'a = mine ; false'
}

@test "sh stops at the first failing line, and at unset variables" {
    run_tg 'task t() -> nil { sh "false\ntouch made" }
t()'
    ended 1
    [ ! -e made ]
    run_tg 'task t() -> nil { sh "touch \"$nothing_there\"" }
t()'
    ended 1
}

@test "several steps run one after the other; a failing one ends it" {
    run_tg 'task t() -> str {
    run ["touch", "one"]
    sh "test -e one && touch two"
    run ["echo", "done"]
}
output a = t()
task u() -> str {
    sh "echo first >&2; exit 3"
    sh "touch never"
}
output b = try(u(), "failed")'
    ended 0
    is 'a = done
b = failed'
    [ -e two ]
    [ ! -e never ]
}

@test "redirections, standard input is empty otherwise" {
    printf 'one\ntwo\n' >in.txt
    run_tg 'task copy(src: file, dst: str) -> nil { run ["cat"] > dst < src }
task count(src: file) -> int { sh "wc -l" < src }
task nothing() -> bytes { run ["cat"] }
task made(src: file) -> file("${src.stem}.up") { sh "tr a-z A-Z" > out < src }
done = copy("in.txt", "copy.txt")
output a = after(count("copy.txt"), done)
output b = len(nothing())
output c = made("in.txt")'
    ended 0
    is 'a = 2
b = 0
c = in.up'
    [ "$(cat in.up)" = $'ONE\nTWO' ]
}

@test "every kind of result" {
    run_tg 'task s() -> str { sh "printf \"two\\nlines\\n\\n\"" }
task i() -> int { sh "echo \" 42 \"" }
task f() -> float { sh "echo 1.5e3" }
task j() -> json { sh "echo \"{\\\"a\\\": [1, null]}\"" }
task l() -> list[str] { sh "printf \"a\\n\\nb\"" }
task b() -> bytes { sh "printf \"\\000\\377\"" }
task n() -> nil { sh "echo shown" }
output o = [s(), i(), f(), j(), l(), len(b()), n()]'
    ended 0
    is 'o = ["two\nlines\n", 42, 1500.0, {a: [1, nil]}, ["a", "", "b"], 2, nil]'
    for kind in int float json; do
        run_tg "task t() -> $kind { sh \"echo x y\" }
output o = t()"
        ended 1
        err_has w.tg
    done
    run_tg 'task t() -> str { sh "printf \"\\377\"" }
output o = t()'
    ended 1
    err_has UTF-8
}

@test "result files: one, several, a list, in folders that are made" {
    run_tg 'task one(x: int) -> file("made/${x}.txt") { sh "echo ${x} > ${out}" }
task two(x: int) -> {a: file("a-${x}.txt"), b: file("sub/b-${x}.txt")} {
    sh "echo a > ${out.a}; echo b > ${out.b}"
}
task many(k: int) -> list[file]("parts/p-*") {
    sh "for i in $(seq ${k}); do echo $i > ${out}/p-$i; done; touch ${out}/other"
}
r = two(1)
output o = [one(3), r.a, r.b]
output m = many(3)
output n = [f.name for f in [one(4)]]'
    ended 0
    is 'o = ["made/3.txt", "a-1.txt", "sub/b-1.txt"]
m = ["parts/p-1", "parts/p-2", "parts/p-3"]
n = ["4.txt"]'
    [ "$(cat made/3.txt sub/b-1.txt parts/p-2)" = $'3\nb\n2' ]
    [ ! -e parts/other ]
    [ -z "$(find . -name '.tgrun-*')" ]
}

@test "a file of a command that failed is not there, and nothing is left behind" {
    run_tg 'task bad() -> file("made/x.txt") { sh "echo half > ${out}; exit 1" }
task worse() -> {a: file("a.txt"), b: list[file]("made/q*"), c: file("")} { sh "true" }
task worst(x: record) -> list[file]("made/r*") { sh "echo ${x.missing} ${out}" }
output o = [bad(), worse(), worst({})]' -k
    ended 1
    err_has "task 'bad' failed"
    err_has 'a path must not be empty'
    err_has "no field 'missing'"
    [ -z "$(find . -name '*.txt' -o -name '.tgrun-*')" ]
}

@test "variables of the file: their values at the call count" {
    run_tg 'use math
n = 1
task t(x: int) -> str { sh "echo ${x} ${n} ${m}" }
m = inc(9)
a = t(1)
n = 2
b = t(1)
output o = [a, b]
output p = [t(i) for i in 0..2]
f = t
output q = map(f, [7])'
    ended 0
    is 'o = ["1 1 10", "1 2 10"]
p = ["0 2 10", "1 2 10"]
q = ["7 2 10"]'
}

@test "expressions and functions in a command see its arguments as known values" {
    run_tg 'use math
fn pick(xs) { for x in xs { if x > 2 { return x } }
    "none" }
task t(xs: list[int], n: int) -> str {
    sh "echo ${pick(xs)} ${len(xs)} ${[x * n for x in xs if x != n]} ${if n > 1 { "many" } else { "one" }} ${max(xs)}"
}
output o = t([inc(0), 2, inc(2)], inc(1))'
    ended 0
    is 'o = 3 3 2 6 many 3'
}

@test "a file parameter has its fields, a float one its point" {
    mkdir a x && touch a/b.txt x/y z
    run_tg 'task t(f: file, x: float, fs: list[file]) -> str { run ["echo", f.stem, f.ext, x, [g.name for g in fs]] }
output o = t("a/b.txt", 3, ["x/y", "z"])'
    ended 0
    is 'o = b .txt 3.0 y z'
}

@test "parameters may have defaults, and be given by name" {
    run_tg 'task t(a: int, b: str = "b c", c: float = 1) -> str { run ["echo", a, b, c] }
output o = [t(1), t(1, "x"), t(c = 2, a = 5)]'
    ended 0
    is 'o = ["1 b c 1.0", "1 x 1.0", "5 b c 2.0"]'
}

@test "a failure shows the command, the status, its last words and its place" {
    run_tg '# a comment

task t(x: str) -> str { sh "echo oh no >&2; exit ${raw(x)}" }
output o = t("3")'
    ended 1
    err_has 'w.tg:4:12'
    err_has "task 't' failed"
    err_has 'status 3'
    err_has 'oh no'
    run_tg 'task t() -> str { run ["no-such-program", "x"] }
output o = t()'
    ended 1
    err_has no-such-program
    run_tg 'task t() -> str { sh "kill -9 $$" }
output o = t()'
    ended 1
    err_has 'signal'
}

@test "a mistake in the body is shown where it stands" {
    run_tg 'task t(x: list[int]) -> str {
    sh "echo ok"
    run ["echo",
         x[2]]
}
output o = t([1, 2])'
    ended 1
    err_has "w.tg:4:10: error: task 't' failed: index 2 is out of range"
    [ -z "$output" ]
}

@test "a word cannot be nil or hold a NUL byte" {
    run_tg 'task t(x: any) -> str { run ["echo", x] }
output o = t(nil)'
    ended 1
    err_has 'a word of a command is nil'
    run_tg 'task z() -> json { run ["printf", "%s", "\"a\\u0000b\""] }
task t(x: any) -> str { sh "echo ${x}" }
output o = t(z())'
    ended 1
    err_has 'NUL'
}

@test "a function may be called while the graph is built and in a command, if it makes no task there" {
    run_tg 'use math
fn f(x) = if x > 0 { inc(x) } else { -x }
task t(x: int) -> str { sh "echo ${f(x)}" }
output a = [f(1), t(-3)]'
    ended 0
    is 'a = [2, "3"]'
    run_tg 'use math
fn f(x) = if x > 0 { inc(x) } else { -x }
task t(x: int) -> str { sh "echo ${f(x)}" }
output a = f(1)
output b = t(3)' -k
    ended 1
    has 'a = 2'
    err_has "w.tg:2:22: error: task 't' failed: a command cannot call the task 'inc'"
    run_tg 'x = identity(1)
f = fn() = x
g = fn(a) = a + 1
task t() -> str { sh "echo ${f()}" }
task u() -> str { sh "echo ${g(1)}" }
output a = u()
output b = t()' -k
    ended 1
    has 'a = 2'
    err_has 'it has taken over the result of a task'
}

@test "task names may be words that are special elsewhere" {
    run_tg 'task run(x: int) -> str { run ["echo", x] }
task sh(x: int) -> str { sh "echo ${x}" }
task out(x: int) -> str { sh "echo ${x}" }
task file(x: int) -> str { sh "echo ${x}" }
output o = [run(1), sh(2), out(3), file(4)]'
    ended 0
    is 'o = ["1", "2", "3", "4"]'
}

@test "a command runs even where nobody uses its result, once per call" {
    run_tg 'task t(x: int) -> nil { sh "echo ${x} >> log" }
for i in 0..3 { t(i) }
x = t(9)'
    ended 0
    [ "$(sort log)" = $'0\n1\n2\n9' ]
}

@test "many commands are as quick as their programs" {
    run_tg 'task t(x: int) -> int { sh "echo ${x}" }
output o = len([t(i) for i in 0..300])
xs = [t(i) for i in 0..300]
output s = xs[299]' -j 4
    ended 0
    is 'o = 300
s = 299'
}

@test "sh is bash with pipefail: the failure of any part counts" {
    run_tg 'task t() -> file("x.gz") { sh "cat missing | gzip > ${out}" }
output o = t()'
    ended 1
    err_has missing
    [ ! -e x.gz ]
    run_tg 'task t(x: str) -> str { sh "x=(${x} 2); echo \"$0 \${#x[@]}\"" }
output o = t("a b")'
    ended 0
    is 'o = bash 2'
}

@test "a shell that says nothing, or does not know a name, gets a hint" {
    echo x >x.txt
    run_tg 'task find(f: file) -> int { sh "cat ${f} | grep nothing | wc -l" }
task told(f: file) -> int { sh "cat ${f} | { grep nothing || { echo none >&2; exit 1; }; }" }
task var(f: file) -> int { sh "wc -l < $f" }
task path() -> file("p.txt") { sh "seq 3 > $out" }
task other() -> str { sh "echo $nowhere" }
task raw_text(f: file) -> int { sh r"wc -l < ${f}" }
task plain(f: file) -> int { sh "false" }
f = "x.txt"
output o = [find(f), told(f), var(f), path(), other(), raw_text(f), plain(f)]' -k
    ended 1
    [ "$(grep -c '^hint: A line, or part of a pipeline, failed without a word' <<<"${stderr%first failure*}")" = 1 ]
    [ "$(grep -cF 'hint: The shell has no '"'f'"'. A value of the workflow is written `${f}`, in a text that is not raw.' \
        <<<"${stderr%first failure*}")" = 2 ]
    err_has "hint: The shell has no 'out'."
    err_has "hint: The shell has no 'nowhere'."
    [ "$(grep -c '^hint: ' <<<"${stderr%first failure*}")" = 9 ] # 5 failures, and what is known before: of `out`, $f, $out, ${f}
}

@test "the option shell changes what runs the text, nearest first" {
    run_tg 'task d(x: str) -> str with shell = ["/bin/sh", "-eu", "-c"] { sh "false | echo \"$0\" ${x}" }
task b(x: str) -> str { sh "echo \"$0\"; : ${x}" }
output o = [d("x"), b("x")]
with shell = ["env", "A=1", "sh", "-c"] { inner = [d("y"), b("y"), (b("z") with shell = ["bash", "-c"])] }
output inner'
    ended 0
    is 'o = ["/bin/sh x", "bash"]
inner = ["sh y", "sh", "bash"]'
    for value in '"sh"' '[]' '[""]' '["sh", 1]'; do
        run_tg "task t() -> str with shell = $value { sh \"echo x\" }
output o = t()"
        ended 2
        err_has "option 'shell' must be a list of strs"
    done
}

@test "a program that is no known shell runs a text that holds no values" {
    run_tg 'task t() -> str with shell = ["python3", "-c"] { sh "import sys; print(sys.argv)" }
output o = t()'
    ended 0
    is "o = ['-c']"
    run_tg 'task t(x: str) -> str with shell = ["python3", "-c"] { sh "print(${x})" }'
    ended 2
    err_has "w.tg:1:36: error: task 't' has values in its text, which 'python3' may not read as text"
    run_tg 'task t(x: str) -> str { sh "say ${x}" }
with shell = ["python3", "-c"] { o = t("1") }'
    ended 2
    err_has "w.tg:2:38: error: task 't' has values in its text, which 'python3' may not read as text"
    err_has 'hint: Values can be its arguments: run ["python3", "-c", r"..", x].'
    run_tg 'task t(x: str) -> str with shell = ["python3", "-c"] { sh "print(open(\x27${x}\x27).read())" }
output y = t("x")'
    ended 2
    err_lacks 'inside the parentheses of a pattern'
    run_tg 'task t(x: str) -> str { run ["python3", "-c", r"import sys; print(sys.argv[1])", x] }
output y = t("a\"b")'
    ended 0
    is 'y = a"b'
    run_tg 'task t(x: str) -> str with shell = ["python3", "-c"] { sh "print(${raw(x)})" }
output o = t("1 + 1")'
    ended 0
    is 'o = 2'
}

@test "where the shell is missing the run does not begin" {
    run_tg 'task first() -> nil { run ["touch", "made"] }
task t() -> str with shell = ["no-such-shell", "-c"] { sh "echo x; true" }
first()
output o = t()
output other = 1'
    ended 3
    err_has "cannot find 'no-such-shell', the shell of task 't'"
    [ ! -e made ]
    tg w.tg other
    ended 0
    is 'other = 1'
    run_tg 'task t(x: str) -> str { sh "echo ${x}; true" }
output o = t("a")'
    run --separate-stderr env PATH=. "$TGRUN" w.tg -B
    ended 3
    err_has "cannot find 'bash', the shell of task 't'"
    ln -s "$(type -P cat)" cat
    echo hello >hello
    run_tg 'task t(x: str) -> str { sh "cat ${x}" }
output o = t("hello")'
    run --separate-stderr env PATH=. "$TGRUN" w.tg
    ended 0
    is 'o = hello'
    run_tg 'task t(i: int) -> str with shell = ["no-such-shell", "-c"] { sh "echo x; true" }
output o = [t(i) for i in identity([1])]'
    ended 1
    err_has "cannot run 'no-such-shell'"
}

@test "a value is a variable of the shell that no program of the text sees" {
    run_tg 'task t(x: str, _tg1: int) -> str { sh "_tg1=4; env | grep -c -e ^TGRUN_VALUE -e ^_tg || :; echo \"$# ${x} $_tg1\"" }
output a = t("a  b", 3)
output b = t("a  b", 3) with shell = ["sh", "-euc"]'
    ended 0
    is $'a = 0\n0 a  b 4\nb = 0\n0 a  b 4'
    for shell in '["bash", "-aeuc"]' '["dash", "-o", "allexport", "-c"]'; do
        run_tg 'task t(x: str) -> str with shell = '"$shell"' { sh "y=${x}; env | grep -c -e ^_tg -e ^y=" }
output o = t("a")'
        ended 0
        is 'o = 1'
    done
}

@test "the lines in a shell's messages are those of the text, values with newlines or not" {
    run_tg 'task t(x: str) -> str {
    sh """
echo ${x} >/dev/null
: ${x}
no-such-program ${x}
"""
}
output o = t("a\nb\nc")'
    ended 1
    err_has 'bash: line 3: no-such-program'
    err_has "\$ echo 'a"
    err_lacks _tg
}

@test "a command is told with its values as one would type it" {
    run_tg 'task t(x: str, n: int, xs: list[str]) -> str {
    sh "false \"<${x}>\" '\''${x}'\'' ${x} $((1 + ${n})) ${xs}; exit 3 # ${x}"
}
output o = t("it'\''s $5", -2, ["a", "b c"])'
    ended 1
    err_has '$ false "<it'\''s \$5>" '\''it'\''\'\'''\''s $5'\'' '\''it'\''\'\'''\''s $5'\'' $((1 + (-2))) a '\''b c'\''; exit 3'
    err_lacks _tg
}

@test "values of any length reach the shell, also thousands of them" {
    for shell in '["bash", "-euo", "pipefail", "-c"]' '["dash", "-euc"]'; do
        run_tg 'use text
task t(x: str, xs: list[str]) -> json with shell = '"$shell"' {
    sh "n=0; for i in ${xs}; do n=$((n + 1)); last=$i; done; x=${x}; [ -e /dev/fd/9 ] && exit 9; echo [$n, \\\"$last\\\", ${len(x)}, \${#x}, \\\"${xs[1]}\\\"]"
}
output o = t("a '\''b" * 100000, ["w${i}" for i in 0..6000])
output small = t("x", ["a", "b"])'
        ended 0
        is 'o = [6000, "w5999", 400000, 400000, "w1"]
small = [2, "b", 1, 1, "b"]'
    done
    run_tg 'task count(xs: list[str]) -> int { sh "printf '\''%s\\n'\'' ${xs} | wc -l" }
output o = count(["a word of some length ${i}" for i in 0..50000])'
    ended 0
    is 'o = 50000'
}

@test "a shell that cannot have its values does not go on without them" {
    touch kept
    run_tg 'task t(x: str) -> nil with shell = ["bash", "-r", "-c"] { sh "cat ${x}; rm -f ./${x}kept" }
t("a" * 100000)'
    ended 1
    err_has 'exit status 126'
    [ -e kept ]
}

@test "a word that no program can take is an error that tells the way" {
    for text in 'cat -- ${x}; :' 'cat -- ${x}'; do
        run_tg "task t(x: str) -> str { sh \"$text\" }
output o = t(\"a\" * 200000)"
        ended 1
        err_has 'Argument list too long'
        err_has 'by a file or as standard input'
    done
}

@test "only ints stand where a shell reads what a variable holds" {
    local count=0 type text
    while IFS= read -r text; do
        count=$((count + 1))
        text=${text//\\/\\\\} text=${text//\"/\\\"}
        echo "task t$count(x: TYPE) -> str { sh \"$text; echo done\" }
output o$count = t$count(VALUE)"
    done >w.in <<'END'
echo $((${x}))
((${x}))
[[ 1 -eq ${x} ]]
[[ ${x} -eq 1 ]]
[ ${x} -eq 1 ]
[ -v ${x} ]
[ ${x} ${x} ]
let ${x}
a[${x}]=1
a=([${x}]=1)
unset ${x}
printf -v ${x} a
printf ${x}
printf '%d' ${x}
read ${x}
declare ${x}
export ${x}=1
declare -i n=${x}
declare -i n; n=${x}
trap ${x} EXIT
trap 'rm ${x}' EXIT
exit ${x}
RANDOM=${x}
echo $[1 + ${x}]
alias a=${x}
echo $(( $(echo ${x}) ))
set ${x}
PS4=${x}
$e let ${x}
wait ${x}
for ${x} in a; do :; done
END
    sed 's/TYPE/any/; s/(VALUE)/("a[$(touch pwned)]")/' w.in >w.tg
    tg w.tg -k
    ended 1
    [ "$(grep -c "failed: " <<<"$stderr")" = "$(grep -c "failed: only an int can stand" <<<"$stderr")" ]
    err_has "31 tasks failed"
    [ ! -e pwned ]
    sed 's/TYPE/str/; s/(VALUE)/("1")/' w.in >w.tg
    tg check w.tg
    ended 2
    [ "$(grep -c 'error: only an int can stand' <<<"$stderr")" = 20 ]
    err_has 'and 12 more errors' # one of the texts has two
    sed 's/TYPE/int/; s/(VALUE)/(1)/' w.in >w.tg
    tg check w.tg
    ended 0
}

@test "check knows the types of variables of the file, too, where these are bound once" {
    cat >w.tg <<'END'
param d: str = "x"
param i: int = 3
text = "y"
if i > 2 { k = 5 } else { k = "x" }
task a() -> str { sh "printf ${d}" }
task b() -> str { sh "echo $((${i} + ${text}))" }
task c() -> str { sh "echo $((${k} + ${i}))" }
output all = [a(), b(), c()]
END
    tg check w.tg
    ended 2
    err_has "w.tg:5:32: error: only an int can stand among the words of 'printf', not str"
    err_has "w.tg:6:40: error: only an int can stand in arithmetic: ((..)), not str"
    [ "$(grep -c ' error: ' <<<"$stderr")" = 2 ]
}

@test "a value is refused where it cannot be judged, and where it names what reads code" {
    run_tg 'task t(x: str, y: str) -> str { sh "${x} ${y}; :" }
output o = t("eval", "touch pwned")'
    ended 1
    err_has "a value cannot name 'eval'"
    [ ! -e pwned ]
    run_tg 'task t(xs: list[str]) -> str { sh "${xs} let 1; :" }
output o = t([])'
    ended 1
    err_has 'an empty list cannot name a program'
    run_tg 'task t(xs: list[str]) -> str { sh "x=${xs}; echo $x" }
output o = t(["a", "b"])'
    ended 2
    err_has 'a list cannot stand in an assignment'
    run_tg 'task t(x: str) -> str { sh "echo >& ${x}" }'
    ended 2
    err_has "no value can stand behind '>&' or '<&'"
    run_tg $'task t(x: str) -> str { sh "echo $\'${x}\'" }'
    ended 2
    err_has "no value can stand inside \$'..'"
}

@test "code that is made of values gets a warning that shows the safe way" {
    run_tg 'task t(x: str) -> str { sh "eval \"echo ${x}\"" }
task u(x: str) -> str { sh "sh -c '\''echo ${x}'\''" }
task v(x: str) -> str { sh "echo b | awk '\''{ print \"${x}\" }'\''" }
task w(x: str) -> str { sh "sh -c '\''echo \"$1\"'\'' sh ${x}; echo b | awk -v x=${x} '\''{ print x }'\''" }
output o = [t("1"), u("2"), v("3"), w("4")]'
    ended 0
    is 'o = ["1", "2", "3", "4\n4"]'
    [ "$(grep -c warning: <<<"$stderr")" = 3 ]
    err_has "'eval' reads this value as code"
    err_has 'awk -v x='
}

@test "plain words may name a function that bash has from its environment" {
    tool() { echo "exported: $1"; }
    export -f tool
    echo 'other() { echo "defined: $1"; }' >functions.sh
    run_tg 'task t(name: str) -> str { sh "tool ${name}" }
output o = t("a b")'
    ended 0
    is 'o = exported: a b'
    BASH_ENV=$PWD/functions.sh run_tg 'task t(name: str) -> str { sh "other ${name}" }
output o = t("a b")'
    ended 0
    is 'o = defined: a b'
}

@test "plain words start their program without a shell, with the same words" {
    local shell='with shell = ["dash", "-euc"]'
    cat >args <<'END'
#!/bin/sh
printf '%s,' "$PPID" >&2
ps -o comm= -p $PPID
for word; do printf '<%s>' "$word"; done
END
    chmod +x args
    run_tg 'task t(x: str, xs: list[str]) -> str '"$shell"' { sh " ./args a=b '\''c d'\'' \"e ${x}\" f${x}g '\''${xs}'\'' ${xs} h${xs}i ${[]} '\'''\''\n" }
task s(x: str, xs: list[str]) -> str '"$shell"' { sh "./args a=b '\''c d'\'' \"e ${x}\" f${x}g '\''${xs}'\'' ${xs} h${xs}i ${[]} '\'''\''; :" }
output a = t("1  *", ["2", "$3"])
output b = s("1  *", ["2", "$3"])'
    ended 0
    words="<a=b><c d><e 1  *><f1  *g><2 \$3><2><\$3><h2><\$3i><>"
    is "a = $(basename "$TGRUN")
$words
b = dash
$words"
    run_tg 'task t(x: str) -> str { sh "no-such-program ${x}" }
output o = t("a b")'
    ended 1
    err_has "cannot run 'no-such-program': No such file or directory"
    err_has "\$ no-such-program 'a b'"
    printf 'echo "script $1"\n' >script
    chmod +x script
    run_tg 'task t(x: str) -> str { sh "./script ${x}" }
task c(x: str) -> str { sh "${x} hello" }
task e() -> str with shell = ["echo", "-n"] { sh "plain words" }
output o = [t("a"), c("echo"), c("./script"), e()]'
    ended 0
    is 'o = ["script a", "hello", "script hello", "plain words"]'
}

@test "a dry run shows the lines of commands" {
    cat >w.tg <<'TG'
task show(x: str, ys: list[str]) -> str { sh "printf '%s|' ${x} \"${x}\" ${ys} | sort" }
task pack(f: file) -> {gz: file("d/${f.name}.gz"), parts: list[file]("p/${f.stem}/*")} {
    run ["gzip", "-c", f] | ["cat"] > out.gz
    run ["split", f, out.parts]
}
task take(n: int) -> file("n${n}") { run ["seq", n] > out }
output a = show("it's", ["1", "x y"])
output b = pack(take(3))
output c = take(int(a))
TG
    tg -n w.tg
    ended 0
    has "\$ printf '%s|' 'it'\\''s' \"it's\" 1 'x y' | sort"
    has "\$ seq 3 > n3"
    has "\$ gzip -c '#2' | cat > 'd/#2.gz'"
    has "\$ split '#2' 'p/#2'"
    [ "$(grep -c ' seq ' <<<"$output")" -eq 1 ] # how far the other goes is not known
    [ -z "$stderr" ] && [ ! -e d ] && [ ! -e .tgrun ]
}

@test "a value names no builtin, whatever else is in the word" {
    for word in '${x}$unset' '$unset${x}' '${x}$1'; do
        run_tg "task t(x: str, y: str) -> nil { sh \"set +u; $word \${y}\" }
t(\"eval\", \"touch ran\")"
        ended 1
        err_has "a value cannot name 'eval'"
        [ ! -e ran ]
    done
}

@test "the options of a task may begin on the next line, those of anything else may not" {
    run_tg 'task t(n: int) -> str   # a comment

    with
        retries = 1, backoff = 1ms,
        env = {A: "${n}"} {
    sh "echo $A"
}
output x = t(3) with
    label = "three"'
    ended 0
    is 'x = 3'
    run_tg 'fn f(x)
    with retries = 2 { x }'
    ended 2
    err_has "w.tg:1:8: error: expected '{', found end of line"
    run_tg 'x = sleep(0)
    with retries = 2
output x'
    ended 2
    err_has "w.tg:2:5: error: this 'with' holds for all of the file, not for what stands before it"
    err_has "hint: options of a call or definition stand on its line"
}
