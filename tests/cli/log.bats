#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Runs that are recorded, one by one and in a list; and why a task ran, would run or failed.
load helper

setup() {
    tg_setup
    cat >w.tg <<'TG'
task copy(f: file) -> file("${f.stem}.out") { sh "cat ${f} > ${out}; test ! -e fail" }
task join(all: list[file]) -> file("all") { run ["cat", all] > out }
output all = join([copy(f) for f in [file("a.in"), file("b.in")]])
TG
    echo a >a.in
    echo b >b.in
}

@test "log lists runs, and shows what one did" {
    tg log
    ended 0
    is ''
    tg w.tg -q
    tg w.tg -q
    echo more >b.in
    touch fail
    tg w.tg -q
    ended 1
    tg log
    ended 0
    [ "$(wc -l <<<"$output")" -eq 3 ]
    [[ $(sed -n 1p <<<"$output") == *' ok '*'3 ran'*'w.tg -q' ]] || tg_show "not the first run"
    [[ $(sed -n 2p <<<"$output") == *' ok '*'3 up to date'* ]] || tg_show "not the second run"
    [[ $(sed -n 3p <<<"$output") == *' failed '*'1 failed, 1 skipped'* ]] || tg_show "not the third run"
    tg log w.tg 1
    has 'ran      copy(a.in) in '
    has 'it has not run before'
    tg log 3
    has "failed   copy(b.in): command failed with exit status 1"
    has "skipped  join"
    tg log 9
    ended 2
    err_has 'no run 9 is recorded'
    tg log other.tg
    ended 2
    err_has "no run of 'other.tg' is recorded"
}

@test "why says what has changed, what depends on it, and what became of it" {
    tg w.tg -q
    tg why w.tg join
    ended 0
    has 'is up to date'
    has ': it has not run before'
    echo more >b.in
    tg why w.tg copy
    has $'copy(a.in)  w.tg:3\n  is up to date\n'
    has $'copy(b.in)  w.tg:3\n  would run: b.in has changed\n'
    tg why w.tg 'copy(b.in)'
    lacks 'copy(a.in)'
    tg why w.tg copy:1
    lacks 'copy(b.in)'
    tg why w.tg b.out
    has 'would run: b.in has changed'
    tg why w.tg all
    has 'may run: depends on copy(b.in)'
    touch fail
    tg w.tg -q
    tg why w.tg 'copy(b.in)'
    has 'failed 20'
    has 'command failed with exit status 1'
    tg why w.tg join
    has 'was skipped 20'
    has 'as this failed: copy(b.in)'
    tg why w.tg nothing
    ended 2
    err_has "'nothing'"
}

@test "-n says why, and a run then does that" {
    tg w.tg -q
    tg w.tg -n
    is 'nothing would run; 3 commands are up to date'
    echo more >b.in
    tg w.tg -n
    has '1 task would run, 1 more may; 1 command is up to date'
    has '     b.in has changed'
    has '     may run: depends on copy(b.in)'
    tg w.tg
    ended 0
    tg w.tg
    err_has 'nothing to do: 3 commands are up to date'
    tg w.tg -q
    [ -z "$stderr" ]
}

@test "what is touched is told of in log and by why" {
    tg w.tg -q
    echo more >b.in
    tg w.tg -q --touch
    tg log 2
    has '3 up to date'
    has 'touched  copy(b.in): b.in has changed'
    lacks 'copy(a.in)'
    tg why w.tg 'copy(b.in)'
    has 'is up to date'
    has 'touched 20'
    tg w.tg
    err_has 'nothing to do: 3 commands are up to date'
}

@test "why and -n name the rule by which a task always runs" {
    cat >w.tg <<'TG'
param token: secret = env("TOKEN")
task v(x: int) -> str with volatile = true { sh "echo ${x}" }
task bare() -> str { sh "echo bare" }
task none(x: int) -> nil { sh ": ${x}" }
task uncached(x: int) -> str with cache = false { sh "echo ${x}" }
task told(t: secret) -> str { sh "echo ${t}" }
task made(t: secret) -> file("made") { sh "echo ${t} >${out}" }
none(1)
output a = [v(1), bare(), uncached(2), told(token)]
output m = made(token)
TG
    export TOKEN=hunter2-swordfish
    tg w.tg -n
    lacks 'runs always'
    tg w.tg -q
    ended 0
    rule() { # TASK REASON
        tg why w.tg "$1"
        ended 0
        has "would run: $2"
        tg w.tg -n
        has "$2"
    }
    rule v 'it runs always: `volatile = true`'
    rule bare 'it runs always: it has neither parameters, inputs nor result files'
    rule none 'it runs always: it has no result, and neither `cache = true` nor `inputs`'
    rule uncached 'it runs always: `cache = false`'
    rule told 'it is not recorded, as its result may tell a secret'
    tg why w.tg made
    has 'is up to date'
    [ "$(grep -c 'it has not run before' <<<"$output")" = 1 ]
    tg w.tg -q
    tg log -v 2
    [ "$(grep -c 'it is not recorded, as its result may tell a secret' <<<"$output")" = 1 ]
    [ -z "$(grep -rl swordfish .tgrun)" ]
}

# A run has asked for a path that another one has (engine/store/pathlock.c: the state of its first record).
has_given_way() {
    local locks
    for locks in .tgrun/locks/*; do
        [ "$(od -An -tu1 -j31 -N1 "$locks" 2>/dev/null | tr -d ' ')" != 3 ] || return 0
    done
    return 1
}

@test "two runs that make one file: the second one names the first, or waits for it" {
    mkfifo gate
    echo 'task slow(i: int) -> file("s.txt") { sh "read x <gate; echo ${i} > ${out}" }
output a = slow(1)' >s.tg
    "$TGRUN" s.tg -q >first 2>&1 3>&- &
    exec 4>gate
    tg s.tg
    ended 3
    err_has "'s.txt' is being made by another run, which is process "
    err_has 'with --wait this run waits'
    "$TGRUN" s.tg -q --wait --events=events >second 2>&1 3>&- 4>&- &
    wait_until has_given_way
    echo go >&4
    exec 4>&-
    wait
    [ "$(cat first second)" = $'a = s.txt\na = s.txt' ]
    python3 -c "import json
events = {e['event']: e for e in map(json.loads, open('events'))}
assert events['done']['began'] > events['started']['time'], 'it has waited in its own time'"
}

# cross [OPTION...]: two runs of which each has what the other one needs; the older one is finished last.
cross() {
    local run
    cat >c.tg <<'TG'
param first: str
param second: str
task make(name: str, before: list[file]) -> file("${name}") { sh "touch begun.$RUN.${name}; read -r _ <gate.$RUN; echo $RUN >${out}" }
output o = make(second, [make(first, [])])
TG
    rm -f a b begun.* gate.*
    mkfifo gate.old gate.new
    exec {old}<>gate.old {new}<>gate.new
    RUN=old "$TGRUN" c.tg -D first=a -D second=b "$@" >old.out 2>old.err </dev/null 3>&- &
    old_pid=$!
    wait_until test -e begun.old.a
    RUN=new start c.tg -D first=b -D second=a "$@"
    wait_for test -e begun.new.b
    echo >&$old
    wait_until test -s a # the older one goes on to b, which the other one has
}

@test "of two runs that need what the other one has, the later one gives way" {
    cross
    wait_until grep -q "waiting for process $pid, a run that began later and makes 'b'" old.err
    echo >&$new
    finish
    ended 3
    err_has "'a' is being made by another run, which is process $old_pid"
    echo >&$old
    wait "$old_pid"
    [ "$(cat old.out a b)" = $'o = b\nold\nold' ]
}

@test "... also if both were to wait" {
    cross --wait
    echo >&$new
    finish
    ended 3
    err_has "'a' is being made by another run, which is process $old_pid"
    err_has 'An older run waits for what this one makes'
    echo >&$old
    wait "$old_pid"
    [ "$(cat old.out a b)" = $'o = b\nold\nold' ]
}

@test "a result that is a folder: what lies in it counts, goes when it is temporary, and is cleaned" {
    echo 'task unpack() -> file("tree") with temp = true { sh "mkdir ${out}; echo 1 > ${out}/a; mkdir ${out}/s; echo 2 > ${out}/s/b" }
task sum(t: file) -> file("sum.txt") { sh "cat ${t}/a ${t}/s/b > ${out}" }
task keep() -> file("kept") { sh "mkdir ${out}; echo 1 > ${out}/a" }
output s = sum(unpack())
output k = keep()' >f.tg
    tg f.tg
    ended 0
    [ ! -e tree ]
    tg f.tg
    err_has 'nothing to do: 3 commands'
    rm sum.txt
    tg f.tg
    ended 0
    [ "$(<sum.txt)" = $'1\n2' ] && [ ! -e tree ]
    echo x >kept/a
    tg why f.tg keep
    has 'would run: the result kept/a was changed'
    tg f.tg --force=nix
    err_has 'warning: --force=nix names no task that might be up to date'
    [ "$(<kept/a)" = 1 ]
    tg clean f.tg
    ended 0
    [ ! -e kept ] && [ ! -e sum.txt ]
}

@test "a task has one name, whatever the run is for" {
    cat >n.tg <<'TG'
task comp(x: str) -> str { sh "echo ${x}; test ! -e fail" }
output x = comp("a")
output y = comp("b")
TG
    touch fail
    tg n.tg -q --keep-going
    ended 1
    tg why n.tg x
    has 'comp(a)  n.tg:2'
    has 'failed 20'
    lacks 'comp(b)'
    rm -r .tgrun fail
    tg n.tg -q x
    tg log n.tg 1
    has 'ran      comp(a) in '
    tg n.tg -q
    tg why n.tg x
    has $'comp(a)  n.tg:2\n  is up to date\n  ran 20'
}

@test "why says what became of tasks of which nothing else is recorded" {
    touch fail
    tg w.tg -q
    ended 1
    tg why w.tg 'copy(a.in)'
    has 'would run: nothing is recorded of it'
    has 'failed 20'
    has 'command failed with exit status 1'
    tg why w.tg join
    has 'was skipped 20'
    tg why w.tg join --no-record
    lacks 'was skipped'
}

@test "why goes through long chains, once through what is shared" {
    { echo 'task zero(x: int) -> int { sh "echo ${x}" }'
      echo 'task shown(x: int) -> str { sh "echo ${x}" }'
      echo 'param n: int = 0'
      echo 'x0 = zero(n)'
      seq 20000 | awk '{ print "x" $1, "= x" $1 - 1, "+ x" $1 - 1 }'
      echo 'output sum = x20000'
      echo 'output text = shown(sum)'; } >sum.tg
    why() { # WORD [OPTION...], with a small stack
        run --separate-stderr bash -c 'ulimit -s 1024 && exec "$0" why sum.tg "$@"' "$TGRUN" "$@" </dev/null
    }
    tg sum.tg -q
    ended 0
    why sum
    ended 0
    has $'zero  sum.tg:4\n  is up to date\n'
    why text
    has 'is up to date'
    has 'waited for zero, which took '
    why text -D n=1
    has 'may run: depends on zero'
}

@test "clean names tasks of which nothing is recorded: their files stay" {
    cat >w.tg <<'END'
task a() -> file("a.out") with volatile = true { sh "echo a >${out}" }
task b(n: int) -> file("b${n}.out") with cache = false { sh "echo b >${out}" }
task c() -> file("c.out") { sh "echo c >${out}" }
output all = [[a()], [b(n) for n in 1..3], [c()]]
END
    tg w.tg -j1
    tg clean -n w.tg
    is c.out
    [ "$stderr" = "tgrun: files of 'a' and 'b' stay, if there are any: they are not recorded" ]
    tg clean -q w.tg
    [ -z "$stderr" ]
    tg w.tg -j1
    tg clean w.tg
    err_has 'tgrun: removed 1 file'
    err_has "files of 'a' and 'b' stay"
    [ -e a.out ] && [ -e b2.out ] && [ ! -e c.out ]
}
