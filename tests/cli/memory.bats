#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Little memory: what batch systems set by `ulimit -v` is enough for small workflows, and where there is none, that is one
# line and status 3, with everything put right.
load helper

setup() {
    tg_setup
    TGRUN_PLUGIN_PATH=$build/plugins/math:$build/plugins/text
}

# bats file_tags=not-asan, not-tsan
# (a sanitizer maps terabytes)

# tg_within KILOBYTES ARG...: tgrun with so much address space.
tg_within() { run --separate-stderr bash -c 'ulimit -v "$1"; exec "$TGRUN" "${@:2}" </dev/null' - "$@"; }

# A bit of everything: commands, their files, plugins, a graph that grows, JSON, failures that are caught.
write_workflows() {
    cat >w.tg <<'EOF'
use math
use text
param n: int = 3
task echo(x: int) -> str { sh "echo ${x}" }
task one(x: int) -> file("made/f${x}.txt") { sh "echo ${x} > ${out}" }
task data() -> json { run ["echo", "{\"a\": [1, 2.5, null]}"] }
fn f(n) { if n < 2 { n } else { f(n - 1) + f(n - 2) } }
output x = inc(41)
output y = echo(x)
output z = f(10)
output r = one(n)
output q = [one(i) for i in identity([4, 5, 6])]
output t = try(inc(1) / 0, "no")
output u = text.upper("ä")
output fib = f(identity(6))
output js = data()
EOF
    cat >w.yaml <<'EOF'
use: [math]
tasks:
  a: {call: inc, args: [1]}
  b: {sh: "echo ${a}", result: str}
outputs: {a: "${a}", b: "${b}"}
EOF
}

# What each verb is called with.
calls=(
    'w.tg -j 4' 'w.yaml' 'w.tg -j 1 --scheduler=sync' 'check w.tg' 'check w.yaml' 'graph w.tg -o w.dot' 'graph --run w.tg'
    'list w.tg' 'plugins' 'plugins text' 'fmt w.tg' 'convert w.tg' 'convert w.yaml' '-n w.tg' 'help run' 'new workflow made.tg'
)

# is_well WHAT: it did all it should, or said in one line that it could not and left nothing aside.
is_well() {
    [ "$status" = 0 ] && return
    # so little that the dynamic linker has no room for libraries: it says so itself
    [ "$status" = 127 ] && [[ $stderr == *'error while loading shared libraries'* || $stderr == *'cannot allocate TLS data'* ]] && return
    [ "$status" = 3 ] && [ "$(grep -c error: <<<"$stderr")" = 1 ] || tg_show "$1"
    local left
    left=$(find . -name '*.tgrun-*' ! -path './.tgrun/logs/*') # the lock of a log's folder stays until the next run
    [ -z "$left" ] || tg_show "left aside: $left: $1"
}

clean_up() { rm -rf made made.tg .tgrun w.dot; }

@test "200 MB of address space are enough for every verb" {
    write_workflows
    for call in "${calls[@]}"; do
        clean_up
        tg_within 200000 $call
        ended 0
    done
    tg_within 200000 w.tg -j 16
    ended 0
    has 'q = ["made/f4.txt", "made/f5.txt", "made/f6.txt"]'
    has 'fib = 8'
    err_lacks 'workers could be started'
}

@test "workers that cannot be started are a warning" {
    local most said=
    write_workflows
    for most in 16000 24000 48000; do # of data, which stacks of threads are
        run --separate-stderr bash -c "ulimit -d $most; exec '$TGRUN' w.tg -j 16"
        ended 0
        said+=$stderr$'\n'
    done
    [[ $'\n'$said == *$'\n''warning: only '*' of 16 workers could be started: '* ]] || tg_show "$said"
}

# bats test_tags=not-processes
@test "with less of it, a run does all or says so in one line" {
    write_workflows
    for ((kb = 5000; kb < 15000; kb += 470)); do
        clean_up
        tg_within $kb w.tg -j 4
        is_well "$kb kB"
    done
}

# bats test_tags=long
@test "with any limit of it, a verb does all or says so in one line" {
    write_workflows
    for call in "${calls[@]}"; do
        for ((kb = 4600; kb < 14000; kb += 83)); do
            clean_up
            tg_within $kb $call
            is_well "$kb kB: $call"
        done
    done
}

# without_from COUNT ARG...: tgrun that gets memory only so many times.
without_from() {
    run --separate-stderr env LD_PRELOAD="$build/tests/preload/no_memory.so" NO_MEMORY_FROM="$1" "$TGRUN" "${@:2}" </dev/null
}

@test "without memory from anywhere on, a verb says so in one line" {
    write_workflows
    for ((count = 1; count < 400; count += 41)); do
        for call in 'check w.yaml' 'graph w.tg -o w.dot' 'convert w.tg' 'plugins text'; do
            clean_up
            without_from $count $call
            is_well "after $count: $call"
        done
    done
}

# bats test_tags=long
@test "without memory from anywhere on, a run says so in one line" {
    write_workflows
    for call in 'w.tg -j 4' 'w.tg -j 1' 'w.yaml' 'graph --run w.tg'; do
        for ((count = 1; count < 900; count += 7)); do
            clean_up
            without_from $count $call
            is_well "after $count: $call"
        done
    done
}

@test "JSON of lists that hold one another without end takes what there is" {
    printf '%s\n' 'xs = [1]' 'for i in 0..60 { xs = [xs, xs] }' 'output a = to_json(xs)' >w.tg
    tg_within 200000 w.tg
    ended 3
    err_has 'out of memory: cannot get'
}

# bats test_tags=parallel
@test "a shortage kills commands and removes what they wrote aside" {
    cat >w.tg <<'EOF'
task long() -> file("made/a.txt") { sh "echo half > ${out}; echo $$ > pid; mv pid mark; sleep 1000" }
task much() -> int { sh "while ! test -e mark; do sleep 0.01; done; echo 900000000" }
output a = long()
output n = len(range(much()))
EOF
    tg_within 200000 w.tg -j 2
    ended 3
    err_has 'out of memory: cannot get'
    err_has '`ulimit -v` allows 200000 kB'
    [ "$(wc -l <<<"$stderr")" = 1 ]
    [ -z "$(find made -type f)" ]
    wait_until gone "$(cat mark)"
}

@test "a graph that does not fit is out of memory, whatever it grows by" {
    tg_within_text() {
        printf '%s\n' "$1" >w.tg
        tg_within 100000 w.tg
        ended 3
        err_has 'out of memory'
        [ "$(grep -c error: <<<"$stderr")" = 1 ]
    }
    tg_within_text 'use math
output xs = [inc(i) for i in 0..20000000]'
    tg_within_text 'use math
output xs = [inc(i) for i in identity(range(3000000))]'
    tg_within_text 'xs = []
i = 0
while i < 100000000 { xs += [i]; i += 1 }
output n = len(xs)'
    tg_within_text 'x = "abc"
for i in 0..60 { x = x + x }
output n = len(x)'
    tg_within_text 'fn grow(n) { 1 + (if n < 0 { 0 } else { grow(identity(n) + 1) }) }
output n = grow(1)'
}

@test "stacks of any size will do" {
    write_workflows
    for kb in 256 1024 unlimited; do
        clean_up
        run --separate-stderr bash -c 'ulimit -S -s '$kb'; ulimit -v 200000; exec "$TGRUN" w.tg -j 4'
        ended 0
        has 'fib = 8'
    done
}

@test "imports take no more memory for there being many of them" {
    awk 'BEGIN { for (i = 0; i < 2000; i++) {
        print "fn f" i "(x) { x + " i " }" >"m" i ".tg"
        close("m" i ".tg")
        print "import \"m" i ".tg\" as m" i
    } }' >w.tg
    echo 'output x = m7.f7(2)' >>w.tg
    tg_within 40000 w.tg
    ended 0
    is 'x = 9'
}

@test "blocks of extern are converted in time that grows with their number" {
    awk 'BEGIN { for (i = 0; i < 40000; i++) print "extern \"lib" i ".so\" {\n    f" i "(x: float) -> float\n}" }' >w.tg
    echo 'output x = 1' >>w.tg
    "$TGRUN" convert w.tg >w.yaml
    [ "$(grep -c '\.so:' w.yaml)" = 40000 ]
}
