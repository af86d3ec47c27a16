#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Runs that are looked at, and told to end, from elsewhere: `tgrun status`, `tgrun stop` and `tgrun scale`.
load helper

setup() {
    tg_setup
    export TGRUN_NO_RECORD=true # what runs twice is to run twice
    mkfifo pipe
    cat >w.tg <<'TG'
task build(n: int) -> int { sh "echo ${n}" }
task check(n: int) -> nil { sh "true ${n}" }
task hold(n: int) -> int { sh "touch begun; read line <pipe; echo ${n}" }
task torn(n: int) -> int with retries = 1, backoff = 3600s { sh "touch torn; exit ${n}" }
total = sum([build(i) for i in range(3)])
_ = [check(i) for i in range(2)]
held = hold(total)
late = build(held + 7)
bad = try(build(held), 0)
t = torn(3)
output x = late + bad
output y = t
TG
}

# Starts it, and waits until all that can run has: what waits for the FIFO, and another attempt.
begin() {
    rm -f begun torn
    start w.tg "$@"
    wait_for eval '[ -S .tgrun/run/$pid.sock ]'
    wait_for [ -e begun ]
    wait_for eval '"$TGRUN" status . t | grep -q waiting'
    wait_for eval '"$TGRUN" status build | grep -q "3 done"'
}

# bats test_tags=parallel
@test "status shows a run, its parts and its tasks" {
    begin -j2
    tg status
    ended 0
    [[ $output =~ ^$pid'  w.tg, since '[0-9:]+' ('[0-9:]+'), 2 workers (threads)'.*' of 9 tasks done, '.*'1 running' ]] || tg_show 'the run'
    tg status .
    has "  build  3 of 5 done"
    has "  check  2 of 2 done"
    has "  hold   0 of 1 done, 1 running"
    [[ $output =~ 'running:'$'\n''  task '[0-9]+': hold, w.tg:7, running for '[0-9:]+' on worker '[01] ]] || tg_show 'what runs'
    [[ $output =~ 'waiting:'$'\n''  task '[0-9]+': torn, w.tg:10, waiting for its attempt 2, in '[0-9]+' ' ]] || tg_show 'what waits'
    [[ $output =~ 'next:'$'\n''  task '[0-9]+': build(..), w.tg:8, pending, needs hold' ]] || [[ $output == *'pending, needs hold'* ]] || tg_show 'what is next'
    tg status "$pid" build
    has 'build: 5 tasks, 2 pending, 3 done'
    tg status 'build(1)'
    [[ $output =~ ^'task '[0-9]+': build(1), w.tg:5, done'$ ]] || tg_show 'one by arguments'
    tg status build:3
    has 'build(2), w.tg:5, done'
    tg status late
    has 'w.tg:8, pending, needs hold'
    number=$("$TGRUN" status hold | sed 's/task \([0-9]*\):.*/\1/')
    tg status . "$number"
    has "task $number: hold, w.tg:7, running for"
    tg status x
    has 'pending, needs '
    tg status --format=json .
    python3 - "$output" "$pid" <<'PY'
import json, sys
run = json.loads(sys.argv[1])
assert run["run"] == int(sys.argv[2]) and run["workflow"] == "w.tg" and run["tasks"] == 9 and run["running"] == 1, run
assert [t["name"] for t in run["running_tasks"]] == ["hold"] and run["waiting"][0]["for"] == "another attempt", run
assert {n["name"]: n["done"] for n in run["names"]} == {"build": 3, "check": 2, "hold": 0, "torn": 0}, run
PY
    tg status build --format=json
    python3 -c 'import json, sys; a = json.loads(sys.argv[1]); assert a["count"] == 5 and a["states"] == {"pending": 2, "done": 3}, a' "$output"
    # from elsewhere
    mkdir sub && cd sub
    tg status
    ended 3
    err_has 'no run is going on in this folder'
    tg status -C .. hold
    has running
    cd ..
    tg stop
    finish
    [ ! -e .tgrun/run ]
    tg status
    ended 3
}

# bats test_tags=parallel
@test "what is asked for and not there is told, with what is near" {
    begin -j2
    tg status bild
    ended 2
    err_has "there is no task 'bild' in this run"
    err_has "did you mean 'build'?"
    tg status 'build(9)'
    ended 2
    err_has "There are other ones of 'build'"
    tg status . 4711
    err_has 'there is no task 4711'
    tg status 1
    ended 2
    err_has 'there is no run 1 in this folder'
    err_has "There is $pid."
    tg stop 1
    ended 2
    # several runs
    first=$pid
    rm begun
    start w.tg -j2
    wait_for eval '[ -S .tgrun/run/$pid.sock ]'
    tg status
    [[ $output == *"$first  w.tg"* && $output == *"$pid  w.tg"* ]] || tg_show 'both'
    tg stop
    ended 2
    err_has '2 runs are going on in this folder: say which'
    tg stop "$pid" -q
    ended 0
    [ -z "$stderr" ]
    finish
    ended 130
    tg status "$first"
    ended 0
    tg stop
    pid=$first
    wait_until gone "$first"
}

# bats test_tags=parallel
@test "stop ends a run as an interrupt does, also where interrupts are ignored, and a second one at once" {
    cat >w.tg <<'TG'
task hold() -> int { sh "trap '' INT TERM; touch begun; read line <pipe; echo 1" }
output x = hold()
finally { print("over") }
TG
    (trap '' INT && exec "$TGRUN" w.tg >out 2>err </dev/null 3>&-) &
    pid=$!
    wait_for [ -S ".tgrun/run/$pid.sock" ]
    wait_for [ -e begun ]
    tg stop
    ended 0
    err_has "run $pid is told to end"
    wait_for grep -q 'waiting for task' err
    tg status
    has ', told to end'
    tg stop "$pid"
    err_has "run $pid ends at once"
    finish
    ended 130
    [ ! -e ".tgrun/run/$pid.sock" ]
}

# bats test_tags=parallel
@test "a graph that grows tells of tasks that came in" {
    cat >w.tg <<'TG'
task build(n: int) -> int { sh "echo ${n}" }
task hold(n: int) -> int { sh "touch begun; read line <pipe; echo ${n}" }
n = build(2)
parts = if n == 2 { [hold(n), build(hold(n) + 1)] } else { [0] }
output x = parts
TG
    start w.tg -j1
    wait_for eval '[ -S .tgrun/run/$pid.sock ]'
    wait_for [ -e begun ]
    tg status
    has ' known tasks done, 1 running'
    tg status hold
    has 'hold: 2 tasks, '
    has ', running for '
    tg status build
    has 'w.tg:4, pending, needs 1 result'
    tg status x
    has ', ready'
    tg stop
    finish
    ended 130
}

# Each of the requests is sent; what comes back is JSON.
send_all() {
    python3 - "$@" <<'PY'
import json, os, socket, sys
for text in sys.argv[1:]:
    s = socket.socket(socket.AF_UNIX)
    s.connect(".tgrun/run/%s.sock" % os.environ["RUN"])
    answer = b""
    try:
        s.sendall(eval(text))
        s.shutdown(socket.SHUT_WR)
        while b := s.recv(65536): answer += b
    except OSError: pass
    if answer: json.loads(answer)
PY
}

# bats test_tags=parallel
@test "nobody who connects can disturb a run, and nobody else can connect" {
    begin -j2
    export RUN=$pid
    [ "$(stat -c %a .tgrun/run)" = 700 ]
    [ "$(stat -c %a ".tgrun/run/$pid.sock")" = 600 ]
    send_all 'b""' 'b"\n"' 'b"run"' 'os.urandom(4000)+b"\n"' 'b"\0\0\0\n"' 'b"x"*100000' 'b"task "+b"("*4000+b"\n"' \
        'b"task \xff\x1b[31m\n"' 'b"status\nstatus\n"' 'b"scale 99999999999999999999\n"' 'b"task build(:\n"' 'b"task :0\n"' 'b"task \n"' 'b"run\n"'
    # who stands still has few places, and those not for long
    for i in 1 2 3 4 5; do
        python3 -c 'import socket, os, time; s = socket.socket(socket.AF_UNIX); s.connect(".tgrun/run/%s.sock" % os.environ["RUN"]); s.send(b"ru"); s.recv(1)' 3>&- &
    done
    tg status
    ended 0
    has "$pid  w.tg"
    # commands have nothing of it
    for fd in /proc/"$(pgrep -f 'read line <pipe' -n)"/fd/*; do [[ $(readlink "$fd") != socket:* ]]; done
    # what was left of a run that was killed
    kill -KILL "$pid"
    finish
    [ -S ".tgrun/run/$RUN.sock" ]
    tg status
    ended 3
    [ ! -e ".tgrun/run/$RUN.sock" ]
}

# bats test_tags=parallel
@test "a folder may be deep, or take no socket" {
    deep=$(printf 'a%.0s' {1..200})
    mkdir -p "$deep/$deep" && mv pipe w.tg "$deep/$deep" && cd "$deep/$deep"
    begin -j2
    tg status hold
    has running
    tg stop
    finish
    : >.tgrun/run
    rm -f begun
    start w.tg -j2 -v
    wait_for [ -e begun ]
    wait_for grep -q "warning: 'tgrun status' will not find this run: Not a directory" err
    kill -INT "$pid"
    finish
    ended 130
}

# bats test_tags=parallel
@test "a run that is over soon has no socket" {
    tg "$top/examples/inc-dec-add.tg"
    ended 0
    [ ! -e .tgrun ]
}

@test "a single thread is one worker, which cannot be changed" {
    mkfifo p
    echo 'task hold() -> int { sh "read line <p; echo 1" }' >w.tg
    echo 'output x = hold()' >>w.tg
    start w.tg -j3 --scheduler=single-threaded
    wait_for eval '[ -S .tgrun/run/$pid.sock ]'
    tg status
    has '1 worker (single-threaded)'
    tg scale 9
    ended 2
    err_has 'a single thread runs all tasks of this run'
    echo >p
    finish
    ended 0
}

# bats test_tags=parallel
@test "scale changes how many commands run at once" {
    cat >w.tg <<'TG'
task hold(n: int) -> int { sh "touch b${n}; read line <p${n}; echo ${n}" }
output x = sum([hold(i) for i in 0..10])
TG
    for i in 0 1 2 3 4 5 6 7 8 9; do mkfifo p$i; done
    begun() { [ "$(find . -name 'b?' | wc -l)" -eq "$1" ]; }
    running() { "$TGRUN" status | grep -q " done, $1 running" && begun "$2"; }
    let_end() { for i; do echo >p"$i"; done; }
    start w.tg -j3
    wait_for eval '[ -S .tgrun/run/$pid.sock ]'
    wait_for running 3 3
    tg scale 1
    ended 0
    err_has "run $pid has 1 worker now"
    tg scale 4
    ended 2
    err_has 'this run began with 3 workers, and can have from 1 to 3'
    tg scale none
    ended 2
    tg status
    has '1 worker (threads)'
    let_end 0 1
    wait_until eval '"$TGRUN" status | grep -q "2 of 10 tasks done, 1 running"'
    begun 3
    let_end 2
    wait_for running 1 4
    tg scale 2 "$pid" -q
    wait_for running 2 5
    tg scale 3
    wait_for running 3 6
    let_end 3 4 5 6 7 8 9
    finish
    ended 0
    is 'x = 45'
    start w.tg -j1
    wait_for eval '[ -S .tgrun/run/$pid.sock ]'
    tg scale 1
    ended 2
    err_has 'a single thread runs all tasks of this run'
    let_end 0 1 2 3 4 5 6 7 8 9
    finish
}
