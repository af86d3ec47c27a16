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
