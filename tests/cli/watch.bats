#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `tgrun watch`: what starts the next run, what does not, and what ends it.
load helper

# A watched program ends only by a signal: what a test leaves is ended by its end.
teardown() {
    [ -z "${pid-}" ] || { kill -TERM "$pid" 2>/dev/null && wait "$pid"; } || :
    tg_teardown
}

times() { [ "$(grep -cxF -- "$1" "$2")" -ge "$3" ]; }
# waits N: it waits for the N-th time. printed N LINE: LINE was printed so often.
waits() { wait_for times 'tgrun: waiting for changes' err "$1"; }
printed() { wait_for times "$2" out "$1"; }
said() { wait_for times "tgrun: $1" err 1; }


# A workflow of two tasks, the second of which reads what the first one makes.
two_tasks() {
    cat >w.tg <<'END'
task upper(source: file) -> file("made/${source}") { sh "tr a-z A-Z < ${source} > ${out}" }
task show(made: file) -> str { run ["cat", made] }
output text = show(upper("in.txt"))
END
    echo one >in.txt
}

@test "an input that is written, or replaced by another file, starts the next run; results start none" {
    two_tasks
    start watch w.tg
    printed 1 'text = ONE'
    waits 1
    echo two >in.txt
    printed 1 'text = TWO'
    said 'in.txt has changed'
    waits 2
    echo three >.in.txt.new
    mv .in.txt.new in.txt
    printed 1 'text = THREE'
    waits 3
    echo two >made/in.txt # not what is watched
    touch elsewhere
    echo four >in.txt
    printed 1 'text = FOUR'
    waits 4
    kill -INT "$pid"
    finish
    ended 130
    [ "$(wc -l <out)" = 4 ]
}

@test "imports, new ones as well, and parameters are watched" {
    echo 'output x = 1' >w.tg
    echo '{"n": 1}' >params.json
    start watch w.tg --params params.json
    waits 1
    printf '%s\n' 'param n: int = 0' 'import "lib.tg" as lib' 'output y = lib.value' 'output z = n' >w.tg
    said 'w.tg has changed'
    wait_for grep -q "lib.tg" err # it is not there
    waits 2
    echo 'value = 7' >lib.tg
    printed 1 'y = 7'
    waits 3
    echo 'value = 8' >lib.tg
    printed 1 'y = 8'
    waits 4
    echo '{"n": 2}' >params.json
    printed 1 'z = 2'
}

@test "a mistake is told, and waited for to be mended" {
    echo 'output x = 1 +' >w.tg
    start watch w.tg
    wait_for grep -q 'w.tg:1:' err
    waits 1
    echo 'output x = 2' >w.tg
    printed 1 'x = 2'
    waits 2
    rm w.tg
    waits 3
    echo 'output x = 3' >w.tg
    printed 1 'x = 3'
}

@test "an input that is missing, with its folder, is noticed when it appears" {
    echo 'task show(source: file) -> str { run ["cat", source] }
output text = show("some/where/in.txt")' >w.tg
    start watch w.tg
    wait_for grep -q 'in.txt' err
    waits 1
    mkdir some
    mkdir some/where
    echo here >some/where/in.txt
    printed 1 'text = here'
    waits 2
    mv some other
    waits 3
    mkdir -p some/where
    echo again >some/where/in.txt
    printed 1 'text = again'
}

@test "the inputs of a task that has failed are watched" {
    echo 'task check(source: file) -> str { sh "grep good ${source}" }
output text = check("in.txt")' >w.tg
    echo bad >in.txt
    start watch w.tg
    waits 1
    grep -q failed err
    echo good >in.txt
    printed 1 'text = good'
}

@test "a folder that is an input: what comes into it and what its files hold, at any depth" {
    echo 'task list(folder: file) -> str { sh "echo $(cat $(find ${folder} -type f | sort)) $(ls ${folder} | wc -l)" }
output text = list("in")' >w.tg
    mkdir -p in/deep
    echo 1 >in/deep/a
    start watch w.tg
    printed 1 'text = 1 1'
    waits 1
    echo 2 >in/deep/a
    printed 1 'text = 2 1'
    waits 2
    mkdir in/new
    waits 3
    echo 3 >in/new/b
    printed 1 'text = 2 3 2'
}

@test "files that glob would find are noticed when they come and go; results among them are not" {
    mkdir -p src/deep
    cat >w.tg <<'END'
task upper(f: file) -> file("src/${f.stem}.made") { sh "tr a-z A-Z <${f} >${out}" }
output n = len([upper(f) for f in glob("src/{*,none}.txt", missing = "ok")])
output m = len(glob("src/*.made", missing = "ok"))
output d = len(glob("src/*/*.h", missing = "ok"))
END
    start watch w.tg
    printed 1 'n = 0'
    waits 1
    touch src/other
    echo a >src/a.txt
    printed 1 'n = 1'
    said 'src/{*,none}.txt has changed'
    waits 2
    mkdir src/new
    touch src/new/x.h
    printed 1 'd = 1'
    waits 3
    rm src/a.txt
    printed 2 'n = 0'
    waits 4
    kill -INT "$pid"
    finish
    ended 130
    [ "$(grep -c 'n = ' out)" = 4 ]
}

@test "files that the workflow itself reads or looks at are watched; results among them are not" {
    cat >w.tg <<'END'
task upper(f: file) -> file("made/${f}") { sh "tr a-z A-Z <${f} >${out}" }
output names = [upper(row.f) for row in read_table("samples.csv")]
output bytes = size("big") + size(["more/size"])
output n = [read_json("n.json"), len(read_jsonl("n.jsonl"))]
output there = [exists("some/flag"), exists("made/a")]
END
    printf 'f\na\n' >samples.csv
    mkdir more
    printf 12 | tee big more/size a >b
    echo 1 | tee n.json >n.jsonl
    start watch w.tg
    waits 1
    printf 'f\na\nb\n' >samples.csv
    said 'samples.csv has changed'
    waits 2
    [ -e made/b ]
    printf 123 >big
    printed 1 'bytes = 5'
    waits 3
    printf 123 >more/size
    printed 1 'bytes = 6'
    waits 4
    echo 2 >n.json
    printed 1 'n = [2, 1]'
    waits 5
    echo 2 >>n.jsonl
    printed 1 'n = [2, 2]'
    waits 6
    mkdir some
    touch some/flag
    printed 1 'there = [true, true]'
    waits 7
    kill -INT "$pid"
    finish
    ended 130
    [ "$(grep -c 'n = ' out)" = 7 ]
}

@test "what changes while a run goes on starts the next one" {
    echo 'task slow(source: file, gate: str) -> str { sh "cat ${source}; touch began; until [ -e ${gate} ]; do sleep 0.02; done" }
output text = slow("in.txt", "gate")' >w.tg
    echo one >in.txt
    start watch w.tg
    wait_for test -e began
    echo two >in.txt
    touch gate
    printed 1 'text = two'
    said 'in.txt has changed'
}

# bats test_tags=not-asan, not-tsan
@test "where the system has no more watches, it is said, and files are looked at every second" {
    two_tasks
    env --default-signal=INT,QUIT LD_PRELOAD="$build/tests/preload/failing_call.so" FAILING_CALL=inotify_add_watch FAILING_AT=2 \
        FAILING_LASTS=1 FAILING_ERRNO=28 FAILING_MARK=mark "$TGRUN" watch w.tg >out 2>err </dev/null 3>&- & # ENOSPC
    pid=$!
    said 'not all can be watched, as the limit fs.inotify.max_user_watches is too low: looking every second instead'
    echo two >in.txt
    printed 1 'text = TWO'
}

@test "a run that changes what it reads is held back" {
    echo 'task count(source: file) -> str { sh "echo x >> ${source}; wc -l < ${source}" }
output text = count("in.txt")' >w.tg
    echo x >in.txt
    start watch w.tg
    said 'a run seems to change what it reads: the next one begins in a second'
}

@test "a signal ends the run that goes on, and then the watching; nothing is left" {
    echo 'task stand() -> str { run ["sleep", "98761"] }
output text = stand()' >w.tg
    start watch w.tg
    wait_for pgrep -f 'sleep 98761'
    kill -TERM "$pid"
    finish
    ended 143
    err_has 'ended by signal 15'
    wait_until none_left 'sleep 98761'
}

@test "where it is killed, its run ends, too" {
    echo 'task stand() -> str { run ["sleep", "98762"] }
output text = stand()' >w.tg
    start watch w.tg
    wait_for pgrep -f 'sleep 98762'
    kill -KILL "$pid"
    finish
    wait_until none_left 'sleep 98762'
    wait_until none_left 'w.tg'
}

@test "options and names are those of run, from another folder and the environment as well" {
    mkdir sub
    printf '%s\n' 'param n: int = 1' 'output a = n' 'output b = 2' >sub/w.tg
    TGRUN_FORMAT=json start watch -C sub -D n=5 w.tg a
    wait_for grep -q '"a": *5' out
    waits 1
    ! grep -q '"b"' out
    sed -i 's/a = n/a = n + 1/' sub/w.tg
    wait_for grep -q '"a": *6' out
}

@test "standard input cannot be watched, and -n is not for it" {
    tg watch -
    ended 2
    err_has 'standard input cannot be watched'
    err_has 'hint: Put the workflow into a file.'
    tg watch -n w.tg
    ended 2
}
