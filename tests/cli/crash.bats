#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Tasks that do what a task must not: each end of the process that tgrun did not decide has status 4 and names the task, and a
# result that is none is a failure.
load helper

# ends_so HOW WORDS: with one worker and in one of several, beside a command that is killed and whose file is not there.
ends_so() {
    local jobs
    printf '%s\n' 'use rogue' 'task wait_for_it() -> file("made.txt") { sh "echo > ${out}; touch begun; exec sleep 1300.5" }' \
        'begun = identity(1)' "output x = ends(\"$1\")" >w.tg
    tg w.tg -j1
    ended 4
    is ''
    err_has "w.tg:4: error: "
    err_has "task 'ends' $2"
    sed -i "s/ends(.*)/ends(\"$1\", [begun, sleep(0.01)])/; \$ a output z = [sleep(0.02), sleep(0.02)]" w.tg
    tg w.tg -j4
    ended 4
    is ''
    err_has "w.tg:4: error: "
    err_has "task 'ends' $2"
}

# A sanitizer ends the process in its own way.
# bats test_tags=not-asan, not-tsan
@test "a task that ends the process" {
    ends_so exit 'called exit(0), which ends the whole run'
    ends_so _exit 'called _exit(0)'
    ends_so _Exit 'called _Exit(3)'
    ends_so quick_exit 'called quick_exit('
    ends_so pthread_exit 'ended its thread'
}

# bats test_tags=not-asan, not-tsan
@test "a task that crashes" {
    ends_so crash 'was running (signal 11 (Segmentation fault))'
    ends_so abort 'was running (signal 6 (Aborted))'
    ends_so overflow 'was running (stack overflow)'
}

# The copy of the process that dies for a core must not take the next one for another crash.
# bats test_tags=not-asan, not-tsan
@test "a signal of a crash that comes several times, to all processes" {
    local i
    printf '%s\n' 'task t() -> nil { sh "echo >begun; exec sleep 1300.5" }' 't()' >w.tg
    for i in {1..10}; do
        rm -f begun
        setsid "$TGRUN" w.tg >out 2>err </dev/null 3>&- &
        pid=$! session=$!
        wait_for test -e begun
        for _ in {1..20}; do kill -ABRT -- -"$pid" 2>/dev/null || :; done
        finish
        ended 4
        err_has "crashed while task 't' was running (signal 6 (Aborted))"
        all_gone() { ! pgrep -s "$session" -x tgrun >/dev/null; }
        wait_until all_gone
    done
}

# bats test_tags=not-asan, not-tsan
@test "a plugin's own thread, and a plugin that is loaded" {
    run_tg 'use rogue
output x = ends("elsewhere")' -j4
    ended 4
    err_has "called exit(0)"
    err_has "task 'ends' (w.tg:2)"
    ROGUE=exit tg w.tg
    ended 4
    err_has "a plugin or library called exit(0)"
    ROGUE=exit tg check w.tg
    ended 4
}

# bats test_tags=not-asan, not-tsan
@test "what a plugin does when the process ends changes no status" {
    local how
    for how in "at the end" "at the end, at once"; do
        run_tg "use rogue
output x = ends(\"$how\")"
        ended 0
        is 'x = 1'
        run_tg "use rogue
output x = ends(\"$how\")
assert(x == 2)"
        ended 1
    done
}

# The main thread runs the command.
# bats test_tags=not-asan, not-tsan
@test "while a plugin's own thread ends the process, the run reports nothing of its own" {
    run_tg 'use rogue
task nap(after: any) -> nil { sh "touch begun; exec sleep 1302.5" }
nap(ends("later"))' -j1
    ended 4
    err_has "called exit(0)"
    err_has "task 'nap' (w.tg:3)"
    err_lacks "interrupted"
}

# bats test_tags=not-asan, not-tsan
@test "a copy of the process that comes back from loading a plugin does nothing more" {
    echo 'use rogue
output x = 1' >w.tg
    local args
    for args in w.tg 'check w.tg --trust' 'list w.tg --trust' 'plugins rogue'; do
        ROGUE=fork tg $args
        ended 0
        is "$("$TGRUN" $args)"
        err_has "a plugin or library returned in a copy of the process that it had forked"
    done
}

# bats test_tags=not-asan, not-tsan
@test "several tasks that end the process at once" {
    local how
    for how in exit _exit quick_exit pthread_exit crash exit exit; do
        run_tg "use rogue
output x = [ends(\"$how\", sleep(0.01, i)) for i in 0..8]" -j8
        ended 4
        [ "$(grep -c "task 'ends'" <<<"$stderr")" = 1 ] || tg_show "not one"
    done
}

# bats test_tags=not-asan, not-tsan, parallel
@test "of many tasks that call exit at once none gets past" {
    export LD_PRELOAD=$build/tests/preload/slow_handlers.so
    run_tg 'use rogue
output x = [ends("exit", sleep(0.01, i)) for i in 0..8]' -j8
    ended 4
    [ "$(grep -c "task 'ends'" <<<"$stderr")" = 1 ] || tg_show "not one"
}

# bats test_tags=not-asan, not-tsan, parallel
@test "a copy of the process that comes back does nothing more, and one that ends is well" {
    local jobs
    for jobs in 1 4; do
        run_tg 'use rogue
use twin
output x = ends("fork")
output y = noted(x, "noted")' -j$jobs
        ended 0
        is 'x = 1
y = 1'
        err_has "w.tg:3: error: task 'ends' returned in a copy of the process"
        [ "$(grep -cx noted <<<"$stderr")" = 1 ] || tg_show "not noted once"
    done
    run_tg 'use rogue
task wait_for_it() -> int { sh "touch begun; while [ ! -e over ]; do sleep 0.01; done; echo 2" }
task over(after: any) -> nil { sh "until [ -e begun ]; do sleep 0.01; done; touch over" }
output y = wait_for_it()
x = ends("copy'"'"'s pthread_exit", sleep(0.1))
over(x)' -j4
    ended 0
    is 'y = 2'
    err_has "w.tg:5: error: task 'ends' ended its thread"
    run_tg 'use rogue
output x = copies(7)'
    ended 0
    is 'x = 7'
    err_lacks error
}

# bats test_tags=not-asan, not-tsan, parallel
@test "files and commands of a run that a task ends are put right" {
    echo 'use rogue
task slow() -> file("made.txt") { sh "echo > ${out}; touch begun; exec sleep 1301.5" }
output f = slow()
output x = ends("exit", [sleep(0.2)])' >w.tg
    tg w.tg -j4
    ended 4
    [ ! -e made.txt ]
    [ -z "$(find . -path ./.tgrun -prune -o -name '.tgrun-*' -print)" ] || tg_show "a file is left"
    wait_until none_left 'sleep 1301\.5'
}

@test "what plugins print goes to standard error, outputs to standard output" {
    run_tg 'use rogue
output x = prints()
output y = prints(x)' -j2
    ended 0
    is 'x = 1
y = 1'
    [ "$(grep -cx printed <<<"$stderr")" = 2 ]
    [ "$(grep -cx written <<<"$stderr")" = 2 ]
    ROGUE=print tg w.tg
    is 'x = 1
y = 1'
    err_has loaded
    ROGUE=print tg check w.tg
    is ''
    ROGUE=print tg list w.tg --format=json
    lacks loaded
    ROGUE=print tg plugins rogue
    lacks loaded
}

@test "standard output that is full, closed or gone is noticed although plugins print" {
    run_tg 'use rogue
output x = prints()'
    run --separate-stderr bash -c '"$TGRUN" w.tg >/dev/full'
    ended 4
    err_has "could not write to standard output: No space left on device"
    err_has printed
    run --separate-stderr bash -c '"$TGRUN" w.tg >&-'
    ended 4
    err_has "could not write to standard output"
    run --separate-stderr bash -c '"$TGRUN" w.tg | :; exit ${PIPESTATUS[0]}'
    [ "$status" = 141 ] || [ "$status" = 0 ]
}

@test "a task that closes descriptors, and one that changes the folder" {
    run_tg 'use rogue
task say(s: str) -> str { sh "echo ${s}" }
output x = closes(say("word"))' -j2
    ended 4
    is ''
    err_has "could not write to standard output"
    run_tg 'use rogue
output x = moves()'
    ended 0
    is 'x = 0'
    err_has "warning: a task has changed the working folder"
}

# refused TASK WORDS: in a graph that is known and in one that grows.
refused() {
    local program
    for program in "output x = $1" "output x = if identity(true) { $1 } else { nil }" "output x = [$1, 1]"; do
        run_tg "use rogue
$program"
        ended 1
        err_has "w.tg:2:"
        err_has "$2"
        [ "$(grep -c error: <<<"$stderr")" = 1 ] || tg_show "not one message"
    done
}

@test "a result that is longer than there can be is out of memory" {
    local kind
    for kind in text object list; do
        run_tg "use rogue
output n = len(str(endless(\"$kind\")))"
        ended 3
        err_has 'out of memory: cannot get 18446744073709551615 bytes more'
    done
}

@test "a result that is not what the signature says" {
    refused 'ints()' "task 'ints' returned a str at [1] where its signature says list[int]"
    refused 'deep_ints()' "task 'deep_ints' returned a float at [0][1] where its signature says list[list[int]]"
    refused 'text()' "task 'text' returned a str that is not UTF-8 where its signature says str"
    refused 'texts()' "task 'texts' returned a str that is not UTF-8 at [0] where its signature says list[str]"
    refused 'path()' "task 'path' returned a file with a NUL byte in its path where its signature says file"
    refused 'odd_status()' "task 'odd_status' returned the unknown status 7"
    refused 'says_nothing()' "task 'says_nothing' failed: it did not say why"
    run_tg 'use rogue
output x = good_ints()
output y = try(ints(), [])'
    ended 0
    is 'x = [1, 2, 3]
y = []'
}
