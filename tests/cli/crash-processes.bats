#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Tasks that crash their executor: the task fails, with how and where, and the run goes on. Sanitizers report in their own way.
load helper

# falls_so HOW WORDS FUNCTION
falls_so() {
    run_tg "use fault
output x = try(falls(\"$1\"), 5)
output y = [falls(\"none\", i) for i in 0..9]" --scheduler=processes -j2
    ended 0
    is 'x = 5
y = [0, 0, 0, 0, 0, 0, 0, 0, 0]'
    run_tg "use fault
output x = falls(\"$1\", [1])" --scheduler=processes
    ended 1
    err_has "w.tg:2:12: error: task 'falls' failed: it crashed: $2"
    err_has "
in $3"
    err_has " of $plugins/fault.so
backtrace:
    "
    err_has "hint: Lines of the source, if the file has them: addr2line -fe '$plugins/fault.so' 0x"
    err_has '1 task failed, 0 skipped'
    err_lacks ' of tgrun'
}

# bats test_tags=not-asan, not-tsan, parallel
@test "a task that crashes its executor fails, with how and where" {
    falls_so null 'SIGSEGV: invalid memory access at 0x8 (a null pointer)' write_to_nothing
    falls_so deep 'SIGSEGV: invalid memory access at 0x8 (a null pointer)' write_to_nothing
    err_has "    go_deeper+0x"
    falls_so abort 'SIGABRT: abort was called' falls
    falls_so overflow 'SIGSEGV: stack overflow' fill_stack
    falls_so heap 'SIGABRT: abort was called' break_heap
}

# bats test_tags=not-asan, not-tsan, parallel
@test "a crash in a thread of the plugin's own is that of the task that runs" {
    falls_so thread 'SIGSEGV: invalid memory access at 0x8 (a null pointer)' write_to_nothing
    err_has "    crash_apart+0x"
}

# bats test_tags=not-asan, not-tsan, parallel
@test "a plugin beside the workflow has the same path everywhere" {
    cp "$plugins/fault.so" .
    for use in '"fault.so"' '"./fault.so"'; do
        run_tg "use $use
output x = falls(\"null\")" --scheduler=processes
        err_has "
in write_to_nothing+0x"
        err_has " of $PWD/fault.so
"
        err_has " addr2line -fe '$PWD/fault.so' 0x"
    done
    run -0 "$TGRUN" plugins ./fault.so
    has '
./fault.so
'
}

# bats test_tags=not-asan, not-tsan, parallel
@test "the report of a crash in a C function ends where tgrun calls it" {
    echo 'extern "libc.so.6" { strlen(text: int) -> int }
output n = strlen(5)' >w.tg
    for scheduler in processes threads; do
        tg w.tg --scheduler=$scheduler
        [ "$status" = 1 ] || ended 4
        err_has " crashed: SIGSEGV: invalid memory access at 0x5"
        err_has "
backtrace:
    "
        err_has " of libc.so.6
hint: Lines of the source"
        err_lacks " of tgrun"
    done
}

# bats test_tags=not-asan, not-tsan, parallel
@test "many executors that crash at once" {
    run_tg 'use fault
output n = len([1 for x in [try(falls("null", i), "caught ${i}") for i in 0..12] if x != 0])' --scheduler=processes -j4
    ended 0
    is 'n = 12'
    run_tg 'use fault
output xs = [falls("null", i) for i in 0..4]' --scheduler=processes -j4 -k -q
    ended 1
    stderr=${stderr%%first failure*}
    [ "$(grep -c 'failed: it crashed: SIGSEGV: invalid memory access at 0x8' <<<"$stderr")" = 1 ] || tg_show "not one"
    [ "$(grep -c '^in write_to_nothing+0x' <<<"$stderr")" = 1 ] || tg_show "not one place"
    err_has '3 more tasks failed in the same way, with the arguments
    "null", '
    err_has '4 tasks failed, 0 skipped'
}

# bats test_tags=not-asan, not-tsan, parallel
@test "crashes that are alike are shown once, others for themselves" {
    run_tg 'use fault
output a = [falls("null", i) for i in 0..24]
output b = [falls("abort", i) for i in 0..2]
output c = falls("abort", 7)' --scheduler=processes -j2 -k
    ended 1
    stderr=${stderr%%first failure*}
    [ "$(grep -c 'failed: it crashed: SIGSEGV' <<<"$stderr")" = 1 ] || tg_show "not one"
    [ "$(grep -c 'failed: it crashed: SIGABRT' <<<"$stderr")" = 2 ] || tg_show "not two"
    err_has '23 more tasks failed in the same way, with the arguments
    "null", '
    err_has '    ..
'
    err_has '1 more task failed in the same way, with the arguments
    "abort", '
    err_has '27 tasks failed, 0 skipped'
}

# bats test_tags=not-asan, not-tsan, parallel
@test "a crash is a failure by a signal, which another attempt may mend" {
    run_tg 'use fault
output x = falls("null") with retries = 1, retry_on = ["signal"], backoff = 1ms' --scheduler=processes
    ended 1
    err_has "task 'falls' failed, attempt 1 of 2"
    err_has "failed after 2 attempts: it crashed: SIGSEGV: invalid memory access at 0x8"
    run_tg 'use fault
output x = attempt(falls("null")).error' --scheduler=processes
    ended 0
    has "it crashed: SIGSEGV: invalid memory access at 0x8 (a null pointer)"
    has "in write_to_nothing+0x"
}

# bats test_tags=parallel
@test "a task that ends its process fails with the status" {
    run_tg 'use fault
output x = falls("exit")' --scheduler=processes
    ended 1
    err_has "task 'falls' failed: it ended its process by exit(3)"
    err_has "hint: A task ends by returning"
}

# bats test_tags=parallel
@test "a task that kills its executor is not begun again if it has an effect" {
    run_tg 'use fault
output x = crash(9)' --scheduler=processes
    ended 1
    err_has "task 'crash' failed: its executor was killed from outside while it ran"
    err_has "It has an effect"
}

# bats test_tags=not-asan, not-tsan, parallel
@test "who crashes the whole run is told how to crash a task" {
    run_tg 'use fault
output x = falls("null")' -j2 --scheduler=threads
    ended 4
    err_has "hint: --scheduler=processes runs tasks in processes of their own, where a crash costs one task."
}

# bats test_tags=not-asan, not-tsan
@test "an executor that does not get ready says what became of it" {
    command -v cc >/dev/null || skip "no C compiler"
    cat >early.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgrun.h>

/* Only in executors, which are called `tgrun exec`. */
static const char *start(void)
{
    char words[200] = "", *how = getenv("EARLY");
    FILE *f = fopen("/proc/self/cmdline", "r");
    size_t length = fread(words, 1, sizeof words - 1, f);
    fclose(f);
    if (length < 6 || memcmp(words + length - 6, "\0exec", 6) != 0) return NULL;
    if (strcmp(how, "abort") == 0) abort();
    exit(7);
}

static int64_t one(int64_t x) { return x + 1; }
TG_WRAP1(one, int, int)
static const struct tg_task tasks[] = {{"one(x: int) -> int", one_task, "One more."}};
TG_PLUGIN(.name = "early", .version = "1", .doc = "", .init = start, .tasks = tasks, .task_count = 1);
C
    cc -shared -fPIC -I"$top/include" -o early.so early.c
    for case in 'abort|of *early.so' 'exit|Its exit status was 7.'; do
        EARLY=${case%%|*} run_tg 'use "./early.so"
output x = one(1)' --scheduler=processes
        ended 1
        err_has "task 'one' failed: cannot start an executor for it: it ended at its start"
        [[ $stderr == *${case#*|}* ]]
    done
}
