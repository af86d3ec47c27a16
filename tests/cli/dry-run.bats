#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A dry run: the lines of commands, and what expansion points may call.
load helper

@test "lines of commands are cut to the width, and whole with -v" {
    long=$(printf 'x%.0s' {1..150})
    cat >w.tg <<TG
task run_it(x: str) -> nil { run ["echo", x] }
task text(x: str) -> nil { sh """

    echo first
    echo second \${x}
""" }
task steps() -> nil {
    run ["true", "1"]
    run ["true", "2"] > "f"
}
run_it("$long")
text("b")
steps()
TG
    tg w.tg -n
    ended 0
    [[ $output == *$'\n     $ echo xxxx'*$'x ...\n'* ]] || tg_show "not cut"
    [ "$(grep -F ' $ ' <<<"$output" | awk 'length > 100')" = "" ]
    has $'\n     $ echo first ...\n'
    lacks second
    has $'\n     $ true 1\n     $ true 2 > f'
    tg w.tg -n -v
    has $'\n     $ echo '"$long"$'\n'
    has $'echo first\n       echo second b\n'
}

@test "a very long command is whole with -v, and not in messages" {
    echo 'task t(x: str) -> nil { run ["false", x] }
t("ab" * 5000)' >w.tg
    tg w.tg -n -v
    [ "$(grep -o 'ab' <<<"$output" | wc -l)" -gt 5000 ]
    tg w.tg
    ended 1
    [ "$(grep -o 'ab' <<<"$stderr" | wc -l)" -lt 3000 ]
}

@test "expansion points say what their block may call, and where" {
    cat >w.tg <<'TG'
use math
task build(x: str) -> str { sh "echo ${x}" }
task test(x: str) -> nil { run ["true", x] }
fn helper(x, f) {
    y = f(x)
    if y == "q" {
        print("no")
    }
    y
}
names = identity(["p", "q"])
for n in names {
    test(helper(n, build))
}
output xs = [inc(len(n)) for n in names]
output ys = map(build, names)
output z = if xs[0] > 1 { dec(3) } else { reduce(add, [1, xs[1]]) }
output w = names[0] == "p" and test("x") == nil
TG
    tg w.tg -n
    ended 0
    has 'for ... (adds tasks after #1)            w.tg:12
     may call: print (w.tg:7), test (w.tg:13), build (w.tg:13)'
    has 'w.tg:15
     may call: inc (w.tg:15)'
    has 'map ... (adds tasks after #1)            w.tg:16
     may call: build (w.tg:16)'
    has '     may call: dec (w.tg:17), add (w.tg:17)'
    has '     may call: test (w.tg:18)'
    lacks 'identity ('
}

@test "what may be called is found in what comes behind the block, and in function values" {
    cat >w.tg <<'TG'
use math
fn pick(n, f) {
    if n > 1 { return f(n) }
    k = fn(x) = double(x)
    k(dec(n))
}
output a = pick(inc(1), inc)
fs = [add, fn(a, b) = mul(a, b)]
output b = fold(fs[0], range(inc(2)), 0)
output c = fold(fs[1], range(inc(2)), 0)
x = inc(7)
while x > 1 { x = dec(x) }
output x
TG
    tg w.tg -n
    ended 0
    has '     may call: double (w.tg:4), dec (w.tg:5), inc (w.tg:7)'
    has '     may call: add (w.tg:8)'
    has '     may call: mul (w.tg:8)'
    has '     may call: dec (w.tg:12)'
}

@test "the JSON forms of dry runs and graphs have what may be called" {
    echo 'use math
x = inc(1)
output y = if x > 1 { double(x) } else { x }' >w.tg
    for how in "-n" "graph"; do
        tg $how w.tg --format=json
        ended 0
        has '"expands": true, "may_use": [{"task": 0}], "may_call": [{"name": "double", "place": {"file": "w.tg", "line": 3, "column": 23}}], "place"' ||
            tg_show "$how"
    done
}

@test "many calls in a block are cut, and whole with -v" {
    {
        echo 'use math'
        echo 'x = inc(1)'
        echo 'output y = if x > 1 { ['
        for i in {1..12}; do echo "inc($i),"; done
        echo '] } else { [] }'
    } >w.tg
    tg w.tg -n
    has 'may call: inc (w.tg:4), inc (w.tg:5)'
    has 'inc (w.tg:11), 4 more'
    tg w.tg -n -v
    has 'inc (w.tg:15)'
}

@test "a block that calls nothing, and a plugin's task that adds some, say nothing" {
    run_tg 'use math
x = inc(1)
output y = if x > 1 { x + 1 } else { x }' -n
    has 'if ...'
    lacks 'may call'
}

@test "calls of one task in one line are told once" {
    run_tg 'use math
x = inc(1)
output y = if x > 1 { inc(dec(inc(x))) } else { inc(1) }' -n
    has '     may call: inc (w.tg:3), dec (w.tg:3)'
    lacks 'dec (w.tg:3),'
}

@test "a list of calls has what their blocks may call, too" {
    run_tg 'use math
n = inc(3)
xs = [if n > i { inc(i) } else { dec(i) } for i in 0..400]
output total = sum(xs)' -n
    has '       400 x if                    w.tg:3  add tasks
             may call: inc (w.tg:3), dec (w.tg:3)'
}

@test "a list that is not known stands in a command as its reference" {
    cat >w.tg <<'TG'
use math
task one(n: int) -> file("f${n}") { sh "echo ${n} > ${out}" }
task many() -> list[file]("d/*") { sh "touch ${out}/a ${out}/b" }
task join(bams: list[file]) -> str { run ["cat", bams] | ["grep", bams, "x"] }
task shell(bams: list[file]) -> str { sh "cat ${bams} | wc -l" }
task count(bams: list[file]) -> str { run ["echo", len(bams)] }
task first(bams: list[file]) -> str { sh "echo ${bams[0]}" }
task each(bams: list[file]) -> str { run ["echo", [b.stem for b in bams]] }
task named(bams: list[file]) -> file("n-${len(bams)}") { sh "cat ${bams} > ${out}" }
task numbers(ns: list[int]) -> str { run ["echo", ns] }
task lines(bams: list[file]) -> str { run ["sort"] < text(bams) }
task all() -> str { run ["ls", later] }
later = many()
output a = join([one(i) for i in 0..2])
output b = [join(later), shell(later), lines(later)]
output c = [count(later), first(later), each(later), named(later)]
output d = numbers(range(inc(1)))
output e = all()
TG
    tg w.tg -n
    ended 0
    has $'join(#4)  '
    has "\$ cat '#4..' | grep '#4..' x"
    has "\$ cat '#1..' | grep '#1..' x"
    has "\$ ls '#1..'"
    has "\$ cat '#1..' | wc -l"
    has "\$ printf %s '#1.."
    for name in count first each named numbers; do # more than words: nobody knows
        has " $name(#"
        ! grep -A1 " $name(#" <<<"$output" | grep -qF ' $ ' || tg_show "a line of $name"
    done
}

@test "a dry run shows what a command knows of itself, and where that is not known yet a number sign" {
    printf '12345' >five
    cat >w.tg <<'END'
task name() -> str { sh "echo five" }
task given() -> str with cores = 2, memory = 1MiB, resources = {gpu: 2} {
    run ["x", task.cores, task.memory, task.resources.gpu, "${task.resources.gpu[0]}", task.attempt]
}
task late(f: str) -> str with cores = if f == "five" { 2 } else { 4 }, memory = size(f) * 1KiB, resources = {gpu: task.cores} {
    run ["y", "-j${task.cores}", task.memory, task.resources.gpu]
}
task plain() -> str { run ["z", task.cores, "${task.memory}"] }
output a = given()
output b = given() with cores = 3
output c = late("five")
output d = late(name())
output e = late("none")
output f = late(name()) with cores = 1, memory = 2MiB, resources = {gpu: 1}
output g = plain()
END
    tg w.tg -n -v
    ended 0
    [ "$(grep '^  *\$ ' <<<"$output")" = '     $ x 2 1048576 '"'#gpu' '#gpu' '#gpu'"' 1
     $ x 3 1048576 '"'#gpu' '#gpu' '#gpu'"' 1
     $ y -j2 5120 '"'#gpu' '#gpu'"'
     $ echo five
     $ y '"'-j#cores' '#memory' '#gpu..'"'
     $ y '"'-j#cores' '#memory' '#gpu..'"'
     $ echo five
     $ y -j1 2097152 '"'#gpu'"'
     $ z 1 nil' ] || tg_show 'not what it knows'
}
