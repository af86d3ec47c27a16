#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a run does not even ask for, as an earlier run of the same graph has found it up to date and no file looks otherwise; and what it asks
# for all the same. Who loses the record of tasks, but not that, shows which of both it was.
load helper

setup() {
    tg_setup
    command -v python3 >/dev/null || skip "no python3"
    echo one >a
    echo two >b
    cat >w.tg <<'END'
param word: str = "x"
task copy(src: file, word: str) -> file("made/${src.name}") { sh "echo copy ${src.name} >>ran; cat ${src} >${out}; echo ${word} >>${out}" }
task join(parts: list[file]) -> file("all") { sh "echo join >>ran; cat ${parts} >${out}" }
output all = join([copy("a", word), copy("b", word)])
END
    : >ran
}

# A file's time of change is past, so that it tells of any later one.
is_old() { (($(date +%s%N) - $(date -r "$1" +%s%N) > 100000000)); }
settle() {
    local file
    for file; do wait_until is_old "$file"; done
}

# query SQL: what it gives, of the record.
query() { python3 -c 'import sqlite3, sys; d = sqlite3.connect(".tgrun/record.db"); print(*d.execute(sys.argv[1]).fetchall()); d.commit()' "$1"; }
lose_tasks() { query 'DELETE FROM task' >/dev/null; }

# again TEXT LINE...: a run of w.tg that ends well, and prints and runs just that.
again() {
    tg w.tg
    ended 0
    is "$1"
    printf '%s\n' "${@:2}" | sed '/^$/d' | sort | diff - <(sort ran) || tg_show "not what has run"
    : >ran
}
everything=('copy a' 'copy b' join)
first() {
    settle a b
    again 'all = all' "${everything[@]}"
}

@test "where nothing has changed no task asks, and all is said as if it had" {
    first
    lose_tasks
    again 'all = all' ''
    err_has "nothing to do: 3 commands are up to date"
    [ "$(query 'SELECT ran, fresh FROM run ORDER BY number')" = '(3, 0) (0, 3)' ]
    tg w.tg -v # who wants to see all tasks sees them asked
    ended 0
    [ "$(wc -l <ran)" = 3 ]
}

@test "what has changed asks, with what depends on it; its neighbours do not" {
    first
    echo three >a
    query "DELETE FROM task WHERE instance LIKE '%(b%'" >/dev/null
    again 'all = all' 'copy a' join
    [ "$(sed -n 3p all)" = two ]
    echo three >a # the same
    again 'all = all' ''
    [ "$(query 'SELECT max(fresh) FROM run')" = '(3,)' ]
}

@test "a result that looks otherwise, or is missing, is looked at" {
    first
    echo more >>all
    again 'all = all' join
    rm all
    again 'all = all' join
    rm made/a
    lose_tasks
    again 'all = all' ''
    [ ! -e made/a ]
    rm all
    again 'all = all' 'copy a' join # nothing is recorded of them
    [ "$(head -n 1 all)" = one ]
}

@test "another workflow, parameter or wish is another graph" {
    first
    tg w.tg -D word=y
    ended 0
    [ "$(sort ran)" = "$(printf '%s\n' "${everything[@]}")" ]
    : >ran
    again 'all = all' "${everything[@]}"
    sed -i 's/cat ${parts}/cat -- ${parts}/' w.tg
    again 'all = all' join
    echo '# a comment' >>w.tg
    again 'all = all' ''
    tg w.tg made/a
    ended 0
    lose_tasks
    tg w.tg made/a
    ended 0
    [ ! -s ran ]
    again 'all = all' ''
}

@test "a command that looks at its surroundings itself asks each time" {
    cat >w.tg <<'END'
task e(x: str) -> str { sh "echo e >>ran; printf '%s' ${env("TESTED", "unset")}${x}" }
task g(x: str) -> file("g") { sh "echo g >>ran; printf '%s\n' ${x} ${len(glob("*.in"))} >${out}" }
task s(x: str) -> file("s") { sh "echo s >>ran; echo ${exists("here.in")} ${x} >${out}" }
output all = [e(""), str(g("")), str(s(""))]
END
    again 'all = ["unset", "g", "s"]' e g s
    export TESTED=set
    again 'all = ["set", "g", "s"]' e
    again 'all = ["set", "g", "s"]' ''
    : >here.in
    again 'all = ["set", "g", "s"]' g s
    [ "$(cat s)" = 'true ' ]
}

@test "a value without a file is the last one, whatever became of the run that made it" {
    cat >w.tg <<'END'
task v(x: str) -> str { sh "echo v >>ran; cat value" }
task gate(x: str) -> str { sh "test -e open || { touch waits; while :; do read -r _ <fifo; done; }" }
output all = v("x")
output later = gate("y")
END
    mkfifo fifo
    exec {fifo}<>fifo
    touch open
    echo 1 >value
    again $'all = 1\nlater = ' v
    echo 2 >value
    again $'all = 1\nlater = ' ''
    rm open
    start w.tg --force='*'
    wait_for test -e waits
    made_anew() { [ "$(query "SELECT count(*) FROM outcome WHERE task = 'v' AND fate = 'ran'")" = '(2,)' ]; }
    wait_for made_anew
    kill -KILL "$pid"
    finish
    touch open
    : >ran
    again $'all = 2\nlater = ' ''
}

@test "what is warned of is warned of again" {
    cat >w.tg <<'END'
task one(x: int) -> file("one.txt") { sh "echo ${x} >${out}" }
task two(path: str) -> file("two") { sh "cp ${path} ${out} 2>/dev/null || : >${out}" }
output all = [one(1), two("one.txt")]
END
    tg w.tg
    ended 0
    err_has "does not wait for task 'one'"
    tg w.tg
    err_has "does not wait for task 'one'"
}

@test "a result that goes when it was used goes, though nothing asks" {
    sed -i 's/^task copy.*") {/task copy(src: file, word: str) -> file("made\/${src.name}") with temp = true {/' w.tg
    first
    [ ! -e made/a ]
    lose_tasks
    again 'all = all' ''
    again 'all = all' ''
    tg w.tg
    echo more >b
    tg w.tg
    ended 0
    [ ! -e made/a ] && [ ! -e made/b ]
    [ "$(sed -n 3p all)" = more ]
}

@test "bytes that are no manifest are none" {
    first
    query "UPDATE manifest SET bytes = CAST('nonsense' AS BLOB)" >/dev/null
    again 'all = all' ''
    query "UPDATE manifest SET bytes = zeroblob(1000)" >/dev/null
    again 'all = all' ''
    query "UPDATE manifest SET bytes = x''" >/dev/null
    again 'all = all' ''
    lose_tasks
    again 'all = all' '' # each of them has put a good one
}

@test "a plan of which only something in the middle is left gets what it needs of the rest" {
    cat >w.tg <<'END'
task make(i: int) -> file("f/${i}") { sh "echo make ${i} >>ran; echo ${i} >${out}" }
task count(f: file, more: str) -> int { sh "echo count ${f.name} >>ran; cat ${f} - <<<${more} | wc -l" }
task total(ns: list[int], names: str) -> file("total") { sh "echo total >>ran; echo ${ns} ${names} >${out}" }
fs = [make(i) for i in 0..5]
ns = [count(f, "x") for f in fs]
output sum = sum(ns)
output total = total(ns, "${ns[0]} of ${len(fs)}")
END
    again $'sum = 10\ntotal = total' 'make '{0..4} 'count '{0..4} total
    again $'sum = 10\ntotal = total' ''
    lose_tasks
    again $'sum = 10\ntotal = total' ''
    echo other >f/2
    rm total
    again $'sum = 10\ntotal = total' 'make 2' 'count 2' total
    [ "$(cat total)" = '2 2 2 2 2 2 of 5' ]
}

@test "what has not come to its end is not up to date, though its files look the same" {
    cat >w.tg <<'END'
task value(f: file) -> str { sh "cat ${f}" }
task made(v: str) -> file("made") with allow_failure = true { sh "test ! -e fails; echo ${v} >${out}" }
task other(i: int) -> file("other/${i}") { sh "echo ${i} >${out}" }
output made = made(value("a"))
output others = len([other(i) for i in 0..40])
END
    settle a
    tg w.tg
    ended 0
    tg w.tg
    err_has 'nothing to do: 42 commands are up to date'
    touch fails
    echo changed >a
    settle a
    tg w.tg
    err_has failed
    rm fails
    tg w.tg
    ended 0
    [ "$(cat made)" = changed ]
    tg w.tg
    err_has 'nothing to do: 42 commands are up to date'
}

@test "two commands that turn out to make one file fail in each run" {
    cat >w.tg <<'END'
task name(x: str) -> str { sh "echo ${x} | tr A-Z a-z" }
task make(path: str, what: str) -> file("${path}") { sh "echo ${what} >${out}" }
output all = [make(name("SAME"), "one"), make(name("Same"), "two")]
END
    for _ in 1 2 3 4; do
        tg w.tg -j1
        ended 1
        err_has 'is also made by'
    done
}

@test "a result that is nobody's is what the run is for, unless it goes when it was used" {
    cat >w.tg <<'END'
task plain(z: int) -> file("plain") { sh "echo plain >>ran; echo ${z} >${out}" }
task gone(z: int) -> file("gone") with temp = true { sh "echo gone >>ran; echo ${z} >${out}" }
plain(1)
gone(2)
output x = 1
END
    again 'x = 1' plain gone
    again 'x = 1' ''
    [ -e plain ] && [ ! -e gone ]
    tg -n w.tg
    has 'nothing would run'
    rm plain
    again 'x = 1' plain
    again 'x = 1' ''
}

@test "what looks at a file that a result names looks at it each time" {
    cat >w.tg <<'END'
task name(x: str) -> str { sh "echo ${x}" }
task shown(bytes: int) -> file("shown") { sh "echo ${bytes} >${out}" }
output shown = shown(size(name("a")))
END
    settle a
    tg w.tg
    ended 0
    echo longer >a
    settle a
    tg w.tg
    ended 0
    [ "$(cat shown)" = 7 ]
}

@test "what --touch has taken as up to date is that for other command lines, too" {
    first
    again 'all = all' ''
    tg w.tg -D word=y --touch
    ended 0
    tg -n w.tg
    has 'word is "x", was "y"'
    again 'all = all' 'copy a' 'copy b' # which make what they made
}
