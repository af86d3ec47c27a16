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
    err_has "w.tg:4:12: error: task 'ends' $2"
    sed -i "s/ends(.*)/ends(\"$1\", [begun, sleep(0.01)])/; \$ a output z = [sleep(0.02), sleep(0.02)]" w.tg
    tg w.tg -j4
    ended 4
    is ''
    err_has "w.tg:4:12: error: task 'ends' $2"
}

# A sanitizer ends the process in its own way.
# bats test_tags=not-asan, not-tsan, not-processes
@test "a task that ends the process" {
    ends_so exit 'called exit(0), which ends the whole run'
    ends_so _exit 'called _exit(0)'
    ends_so _Exit 'called _Exit(3)'
    ends_so quick_exit 'called quick_exit('
    ends_so pthread_exit 'ended its thread'
}

# bats test_tags=not-asan, not-tsan, not-processes
@test "a task that crashes" {
    ends_so crash 'crashed: SIGSEGV: invalid memory access at 0x0 (a null pointer)'
    ends_so abort 'crashed: SIGABRT: abort was called'
    ends_so overflow 'crashed: SIGSEGV: stack overflow'
}

# falls_so HOW WORDS FUNCTION: what is told of a task that crashes, with one worker and in one of several.
falls_so() {
    local jobs
    for jobs in 1 4; do
        run_tg "use fault
output x = [falls(\"$1\", [i]) for i in 0..1]
output y = [falls(\"none\", [i]) for i in 1..4]" -j$jobs
        ended 4
        is ''
        err_has "w.tg:2:13: error: task 'falls($1, [0])' crashed: $2"
        err_has "in $3"
        err_has " of $plugins/fault.so"
        err_has "backtrace:"
        [[ $1 = overflow ]] || err_has "    falls"
        err_has "addr2line -fe '$plugins/fault.so' 0x"
        err_lacks " of tgrun"
        err_lacks start_thread
    done
}

# bats test_tags=not-asan, not-tsan, not-processes
@test "the report of a crash says how, where, and how the plugin came there" {
    falls_so null 'SIGSEGV: invalid memory access at 0x8 (a null pointer)' write_to_nothing
    falls_so deep 'SIGSEGV: invalid memory access at 0x8 (a null pointer)' write_to_nothing
    err_has "    go_deeper+0x"
    err_has "fault.so, 3 times"
    falls_so abort 'SIGABRT: abort was called' falls
    falls_so overflow 'SIGSEGV: stack overflow' fill_stack
    err_has " times and more"
}

# bats test_tags=not-asan, not-tsan
@test "the report of a crash has the whole path of a plugin that was found from the folder" {
    mkdir near
    cp "$plugins/fault.so" near/
    local scheduler
    for scheduler in single-threaded threads processes; do
        TGRUN_PLUGIN_PATH=./near run_tg 'use fault
output x = falls("null", 1)
output y = falls("none", 2)' --scheduler=$scheduler
        err_has " of $PWD/near/fault.so
backtrace:"
        err_has "addr2line -fe '$PWD/near/fault.so' 0x"
    done
}

# What these are depends on the processor.
# bats test_tags=not-asan, not-tsan, not-processes
@test "crashes of other kinds" {
    [ "$(uname -m)" = x86_64 ] || skip "another processor"
    falls_so divide 'SIGFPE: division by zero or overflow of an int' divide_by_zero
    falls_so trap 'SIGILL: illegal instruction at 0x' falls
    falls_so call 'SIGSEGV: invalid memory access at 0x0 (a null pointer)' call_nothing
    err_has "
    0x0
    call_nothing+0x"
}

# The thread that crashes holds the lock of the heap.
# bats test_tags=not-asan, not-tsan, not-processes
@test "a heap that a plugin has broken" {
    run_tg 'use fault
output x = [falls("heap", i) for i in 0..2]'
    ended 4
    err_has "task 'falls("
    err_has "crashed: SIGABRT: abort was called"
    err_has "break_heap+0x"
}

# bats test_tags=not-asan, not-tsan, not-processes
@test "a crash in a thread of the plugin's own, and in a function of tgrun that it calls" {
    run_tg 'use fault
output x = falls("thread")'
    ended 4
    err_has "tgrun: error: crashed: SIGSEGV"
    err_has "in write_to_nothing+0x"
    err_has "    crash_apart+0x"
    err_has "tgrun: note: there were running: task 'falls' (w.tg:2)"
    run_tg 'use fault
output x = falls("value")'
    ended 4
    err_has "w.tg:2:12: error: task 'falls' crashed: SIGSEGV"
    err_has "in push_to_nothing+0x"
    err_has " of tgrun
    push_to_nothing+0x"
}

# bats test_tags=not-asan, not-tsan, not-processes
@test "a crash shows no secret, and arguments that are cut" {
    run_tg 'use fault
param token: secret = "swordfish-and-more"
output x = [falls("null", "pre ${token}"), falls("none", "a" * 100)]' -j1
    ended 4
    err_has "task 'falls(null, pre ***)' crashed"
    err_lacks swordfish
    run_tg 'use fault
param token: secret = "swordfish-and-more"
output x = falls("exit", token)
output y = falls("none", 1)' -j1
    ended 4
    err_has "w.tg:3:12: error: task 'falls(exit, ***)' called exit(3)"
    run_tg 'use fault
output x = [falls("null", i) for i in ["long-" + "x" * 100]]
output y = falls("none")' -j1
    err_has "task 'falls(null, ...xxxxxxxx"
}

# bats test_tags=not-asan, not-tsan, not-processes
@test "a task of a graph that grows, or with a time limit, that crashes is named with its arguments" {
    run_tg 'use fault
output x = [falls("null", i + 7) for i in identity([0])]
output y = [falls("none", i) for i in identity([1, 2])]' -j2
    ended 4
    err_has "w.tg:2:13: error: task 'falls(null, 7, nil)' crashed: SIGSEGV"
    run_tg 'use fault
output x = falls("null", 1) with timeout = 50s
output y = falls("none", 2)' -j2
    ended 4
    err_has "w.tg:2:12: error: task 'falls(null, 1)' crashed: SIGSEGV"
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
        err_has "crashed: SIGABRT: sent by process "
        err_has "there were running: task 't' (w.tg:2)"
        all_gone() { ! pgrep -s "$session" -x tgrun >/dev/null; }
        wait_until all_gone
    done
}

# bats test_tags=not-asan, not-tsan, not-processes
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
# bats test_tags=not-asan, not-tsan, not-processes
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

# bats test_tags=not-asan, not-tsan, not-processes
@test "several tasks that end the process at once" {
    local how
    for how in exit _exit quick_exit pthread_exit crash exit exit; do
        run_tg "use rogue
output x = [ends(\"$how\", sleep(0.01, i)) for i in 0..8]" -j8
        ended 4
        [ "$(grep -c "task 'ends" <<<"$stderr")" = 1 ] || tg_show "not one"
    done
}

# bats test_tags=not-asan, not-tsan, parallel, not-processes
@test "of many tasks that call exit at once none gets past" {
    export LD_PRELOAD=$build/tests/preload/slow_handlers.so
    run_tg 'use rogue
output x = [ends("exit", sleep(0.01, i)) for i in 0..8]' -j8
    ended 4
    [ "$(grep -c "task 'ends" <<<"$stderr")" = 1 ] || tg_show "not one"
}

# bats test_tags=not-asan, not-tsan, parallel, not-processes
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
        err_has "w.tg:3:12: error: task 'ends' returned in a copy of the process"
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
    err_has "w.tg:5:5: error: task 'ends' ended its thread"
    run_tg 'use rogue
output x = copies(7)'
    ended 0
    is 'x = 7'
    err_lacks error
}

# bats test_tags=not-asan, not-tsan, parallel, not-processes
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

# bats test_tags=not-processes
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

# bats test_tags=not-processes
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

# bats test_tags=not-asan, not-tsan
@test "a plugin that crashes while it is loaded" {
    command -v cc >/dev/null || skip "no C compiler"
    echo '#include <stdlib.h>
#include <tgrun.h>
__attribute__((constructor)) static void f(void) { abort(); }
TG_PLUGIN(.name = "bad", .doc = "");' >bad.c
    cc -shared -fPIC -I"$top/include" -o bad.so bad.c
    run_tg 'x = 1
use "./bad.so"
output y = x'
    ended 4
    [[ $stderr == "w.tg:2:1: error: plugin '"*"bad.so', while it was loaded, crashed: SIGABRT"* ]]
    tg plugins --trust ./bad.so
    ended 4
    [[ $stderr == "tgrun: error: plugin '"*"bad.so', while it was loaded, crashed: SIGABRT"* ]]
}
