#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the record says of how long tasks took, and who makes use of it.

load helper

setup() { tg_setup; }

# took TASK SECONDS: the record says so of all tasks of the name.
took() {
    python3 - "$1" "$2" <<'END'
import sqlite3, sys
db = sqlite3.connect(".tgrun/record.db")
db.execute("UPDATE task SET took = ? WHERE task = ? OR instance = ?", (int(float(sys.argv[2]) * 1e9), sys.argv[1], sys.argv[1]))
db.commit()
END
}

# runs ARG...: a run that ends well.
runs() {
    tg "$@"
    ended 0
}

steps='task short(n: int) -> file("short/${n}") { sh "echo short >>order; echo >${out}" }
task behind(f: file) -> file("behind/${f.name}") { sh "echo behind >>order; echo >${out}" }
task long(n: int) -> file("long/${n}") { sh "echo long >>order; echo >${out}" }
output a = [behind(short(i)) for i in 1..20]
output b = long(1)'

@test "what took longest to the end begins first, by the record" {
    echo "$steps" >w.tg
    runs w.tg -j2
    [ "$(head -n 10 order | grep -c long)" = 0 ]
    took long 100
    rm order
    runs w.tg -j2 -B
    [ "$(head -n 10 order | grep -c long)" = 1 ] # it was taken first, but the other worker may have got on
}

@test "of tasks with one name each has its own time" {
    printf '%s\n' 'task work(n: int) -> file("made/${n}") { sh "echo ${n} >>order; echo >${out}" }' \
        'output a = [work(i) for i in 1..31]' >w.tg
    runs w.tg -j2
    took 'work(30)' 100
    rm order
    runs w.tg -j2 -B
    head -n 10 order | grep -qx 30
}

@test "a priority is before what the record says" {
    printf '%s\n' 'task work(n: int) -> file("made/${n}") { sh "echo ${n} >>order; echo >${out}" }' \
        'output a = [work(i) for i in 1..31]' \
        'output b = work(50) with priority = 1' >w.tg
    runs w.tg -j2
    took 'work(30)' 100
    rm order
    runs w.tg -j2 -B
    head -n 10 order | grep -qx 50
}

@test "why says what a task waited for, how long it took and what is usual" {
    printf '%s\n' 'task trim(f: file) -> file("${f.name}.trimmed") { sh "cp ${f} ${out}" }' \
        'task both(fs: list[file]) -> file("both") { sh "cat ${fs} >${out}" }' \
        'task count(f: file) -> int { sh "wc -l <${f}" }' \
        'output x = both([trim("a"), trim("b")])' \
        'output ns = [count(trim(n)) for n in ["c", "d"]]' >w.tg
    echo 1 | tee a b c >d
    tg why w.tg count # nothing is known of what they get
    has 'count(trim(c))  w.tg:5'
    has 'count(trim(d))  w.tg:5'
    for i in 1 2 3 4; do runs w.tg -B; done
    python3 - <<'END'
import sqlite3
db = sqlite3.connect(".tgrun/record.db")
for run, took in (1, 5), (2, 1), (3, 2), (4, 40):
    db.execute("UPDATE outcome SET took = ? WHERE task = 'both' AND run = ?", (took * 10**9, run))
db.execute("UPDATE outcome SET ended = 100 * 1000000000, took = 7 * 1000000000 WHERE instance = 'trim(a)' AND run = 4")
db.execute("UPDATE outcome SET ended = 101 * 1000000000, took = 8 * 1000000000 WHERE instance = 'trim(b)' AND run = 4")
db.execute("UPDATE outcome SET ended = 142 * 1000000000 WHERE instance = 'both' AND run = 4")
db.commit()
END
    tg why w.tg both
    has 'waited for trim(b), which took 8.0 s'
    has 'took 40.0 s, 2.0 s in the middle of 3 earlier runs'
    tg why w.tg 'count(c.trimmed)'
    has 'count(c.trimmed)  w.tg:5'
    lacks d.trimmed
    has 'waited for trim(c), which took'
}
