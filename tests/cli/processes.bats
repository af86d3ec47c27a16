#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Tasks that run in executors (--scheduler=processes): what one does to its process costs that task and no other, nothing is begun
# twice that has an effect, and everything else is as it is in threads.
load helper

setup() {
    tg_setup
    ulimit -c 0
}

# away TEXT [ARG...]: runs the workflow with executors.
away() { run_tg "use fault
use mortal
$1" --scheduler=processes "${@:2}"; }

# start_away TEXT [ARG...]: the same in the background.
start_away() {
    printf 'use fault\nuse mortal\n%s\n' "$1" >w.tg
    start w.tg --scheduler=processes "${@:2}"
}

# same_everywhere TEXT [ARG...]: what threads print, say and end with, executors do, too.
same_everywhere() {
    local said
    run_tg "use fault
use mortal
$1" -j1 --scheduler=threads "${@:2}"
    said="$status $output"$'\n'$stderr
    away "$1" -j1 "${@:2}"
    [ "$said" = "$status $output"$'\n'"$stderr" ] || tg_show "with threads: $said"
}

executors='^tgrun exec$'

# begun FILE COUNT: so many lines stand in it.
begun() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }

# ---- where ------------------------------------------------------------------------------------------

@test "tasks of plugins run in executors, also those that take anything or nothing" {
    away 'output x = is_at_home()
with scheduler = "threads" { output y = is_at_home() }
output z = is_at_home("exec")
output w = forks(1)'
    ended 0
    is 'x = false
y = true
z = false
w = 1'
    err_has "task 'forks' came back in a copy of its process"
    wait_until none_left "$executors"
}

@test "executors can be told by their names" {
    start_away 'output x = waits("begun", 5)'
    wait_for begun begun 1
    local executor=$(pgrep -P "$pid" tg-exec)
    [ "$(tr '\0' ' ' <"/proc/$executor/cmdline")" = 'tgrun exec ' ]
    touch over
    finish
    ended 0
}

@test "no executor is started where none is needed" {
    printf 'use mortal\noutput x = work(1)\n' >w.tg
    ROGUE=print tg w.tg -n --scheduler=processes
    ended 0
    err_lacks 'executor'
    printf 'use rogue\noutput x = 1 + 2\noutput y = sleep(0.001, 5)\n' >w.tg
    ROGUE=print tg w.tg --scheduler=processes
    ended 0
    [ "$(grep -cx loaded <<<"$stderr")" = 1 ] || tg_show "loaded more than once"
    printf 'use rogue\noutput x = copies(7)\n' >w.tg
    ROGUE=print tg w.tg --scheduler=processes
    is 'x = 7'
    [ "$(grep -cx loaded <<<"$stderr")" = 2 ] || tg_show "not loaded in one executor"
}

@test "more workers than there is work for" {
    away 'output s = sum([work(i) for i in 0..500])' -j64
    ended 0
    run_tg "$(cat w.tg)" --scheduler=threads
    is "$output"
    wait_until none_left "$executors"
}

# A C function of a library.
@test "C functions run in executors" {
    same_everywhere 'extern "libm.so.6" { hypot(x: float, y: float) -> float }
output x = [hypot(3.0, 4.0), hypot(6.0, 8.0)]'
    ended 0
}

# What it has been loaded from is gone when an executor wants it.
@test "a plugin that an executor cannot load" {
    cp "$plugins/mortal.so" .
    printf 'use "./mortal.so"\ntask take_away() -> bool { sh "rm mortal.so && echo true" }\noutput y = if take_away() { work(1) } else { 0 }\n' >w.tg
    tg w.tg --scheduler=processes --trust
    ended 1
    err_has 'cannot start an executor for it: '
    err_has 'mortal.so'
}

# Its tasks may stand at other places, or take other arguments.
@test "a plugin that was built anew meanwhile is not taken for the one that was loaded" {
    cp "$plugins/mortal.so" .
    printf 'use "./mortal.so"\ntask swap() -> bool { sh "cp mortal.so new && mv new mortal.so && echo true" }\noutput x = if swap() { work(1) } else { 0 }\n' >w.tg
    tg w.tg --scheduler=processes --trust
    ended 1
    err_has "cannot start an executor for it: plugin '"
    err_has "mortal.so' has changed since this run began"
}

# ---- ends -------------------------------------------------------------------------------------------

# costs_one HOW WORDS
costs_one() {
    away "output xs = [work(i) for i in 0..50]
output y = ends(\"$1\", 5)
output z = [ends(if i == 25 { \"$1\" } else { \"\" }, i) for i in 0..50]
output t = try(ends(\"$1\", 6), 7)
with allow_failure = true { output a = ends(\"$1\", 8) }
output again = [ends_once(\"$1\", 9, \"mark\"), 1]" -k -j2
    ended 1
    has 'xs = [7, 38, 69,'
    has $'\n''t = 7'
    has $'\n''a = nil'
    err_has "w.tg:4:12: error: task 'ends' failed: $2"
    err_has "arguments: \"$1\", 5, nil"
    err_has "arguments: \"$1\", 25, nil"
}

# bats test_tags=not-asan, not-tsan
@test "a task that ends its process costs one task" {
    costs_one segv 'it crashed: SIGSEGV: invalid memory access at 0x'
    err_has "task 'ends_once' failed: it crashed: SIGSEGV"
    rm mark
    costs_one overflow 'it crashed: SIGSEGV: stack overflow'
    rm mark
    costs_one exit 'it ended its process by exit(3)'
    err_has "task 'ends_once' failed: it ended its process"
}

# bats test_tags=not-asan, not-tsan
@test "each signal of a crash is told, and the end of the thread" {
    away 'output a = ends("abort")
output b = ends("fpe")
output c = ends("thread")
output d = ends("pthread_exit")' -k
    ended 1
    err_has "w.tg:3:12: error: task 'ends' failed: it crashed: SIGABRT: abort was called"
    err_has "w.tg:4:12: error: task 'ends' failed: it crashed: SIGFPE: "
    err_has "w.tg:5:12: error: task 'ends' failed: it ended its thread"
    err_has "w.tg:6:12: error: task 'ends' failed: it ended its thread"
}

# bats test_tags=not-asan, not-tsan
@test "crashes are tried again as other failures are" {
    away 'with retries = 1 { output x = ends_once("segv", 1, "a") }
with retries = 2 { output y = ends("abort", 2) }
with retries = 1, retry_on = ["signal"] { output z = ends_once("kill", 3, "c") }
with retries = 1, retry_on = ["exit"] { output w = ends_once("exit", 4, "d") }' -k
    ended 1
    is 'x = 1
z = 3
w = 4'
    err_has "SIGABRT"
}

@test "a task that closes all descriptors has a result, and the next one another executor" {
    away 'output x = closes(1)
output y = closes(x)
output z = work(y, 0)' -j1
    ended 0
    is 'x = 1
y = 1
z = 38'
}

@test "a task that changes the folder is told of, and the next one is where it was" {
    run_tg 'use rogue
use mortal
x = moves()
output y = appends("log", x)
output z = appends("log", y)' --scheduler=processes -j1
    ended 0
    [ "$(grep -c 'warning: a task has changed the working folder of its executor' <<<"$stderr")" = 1 ]
    [ "$(cat log)" = $'0\n0' ]
}

# ---- killed from outside ----------------------------------------------------------------------------

kill_executors() { kill -KILL $(left "$executors"); }

@test "a task without an effect whose executor is killed is begun again, three times in all" {
    start_away 'output x = waits("begun", 5)
output y = waits("begun", 6, x)'
    wait_for begun begun 1
    kill_executors
    wait_for begun begun 2
    kill_executors
    wait_for begun begun 3
    touch over
    finish
    ended 0
    [ "$output" = 'x = 5
y = 6' ] || tg_show 'not both'
    rm over begun
    start_away 'output x = waits("begun", 5)'
    for times in 1 2 3; do
        wait_for begun begun $times
        kill_executors
    done
    finish
    ended 1
    err_has "task 'waits' failed: its executor was killed from outside while it ran, 3 times"
    begun begun 3 && ! begun begun 4
}

@test "an executor that is stopped, and not with the run, is told of" {
    start_away 'output x = crash(19)'
    wait_for grep -q 'is stopped' err
    local executor=$(pgrep -P "$pid" tg-exec)
    [ "$(cat err)" = "warning: the executor of task 'crash', process $executor, is stopped; 'kill -CONT $executor' lets it go on" ]
    kill -CONT "$executor"
    finish
    ended 0
}

@test "an effect whose executor is killed is not begun again, unless it says so" {
    start_away 'output x = waits_once("begun", 5)'
    wait_for begun begun 1
    kill_executors
    finish
    ended 1
    err_has "task 'waits_once' failed: its executor was killed from outside while it ran"
    err_has 'retries = 1'
    ! begun begun 2
    rm begun
    start_away 'with retries = 1 { output x = waits_once("begun", 5) }'
    wait_for begun begun 1
    kill_executors
    wait_for begun begun 2
    touch over
    finish
    ended 0
    is 'x = 5'
}

# torture TASKS ROUNDS: executors are killed all the time; the result is that of a quiet run, and no effect came twice.
torture() {
    printf '%s\n' 'use mortal' 'param n: int' \
        'xs = [work(i, if i % 4 == 0 { 100000 } else { 0 }) for i in 0..n]' \
        'ys = [work(i, 1000, xs[i]) for i in 0..n]' \
        'es = [try(appends("log", i, 20000), 0 - 1) for i in 0..n // 10]' \
        'output s = sum(ys)' \
        'output lost = len([e for e in es if e < 0])' >w.tg
    "$TGRUN" w.tg -D "n=$1" --scheduler=threads >quiet
    sort log | uniq -d >twice && [ ! -s twice ] && mv log quiet.log
    local round kills=0 executor held pages
    for ((round = 0; round < $2 || (kills == 0 && round < 20); round++)); do # a run may be over before one was found
        rm -f log
        start w.tg -D "n=$1" --scheduler=processes -j4
        while kill -0 "$pid" 2>/dev/null && ! in_state Z "$pid"; do
            held=$(ls "/proc/$pid/fd" 2>/dev/null | wc -l) pages=$(grep -c 'memfd:tgrun' "/proc/$pid/maps" 2>/dev/null) || :
            ((held < 60 && ${pages:-0} <= 4)) || tg_show "$held descriptors, $pages memories shared"
            for executor in $(pgrep -P "$pid" -f "$executors"); do
                ((RANDOM % 2)) || continue
                kill -KILL "$executor" 2>/dev/null && kills=$((kills + 1)) || :
                read -rt 0.01 <> <(:) || :
            done
        done
        finish
        ended 0
        [ "$(head -n 1 quiet)" = "$(head -n 1 out)" ] || tg_show "another result than a quiet run: $(head -n 1 quiet)"
        [ -z "$(sort log | uniq -d)" ] || tg_show "an effect came twice"
        # what did not come at all was killed when it had begun, or before it could write
        local lost=$(sed -n 's/^lost = //p' out) lines=$(wc -l <log)
        ((lines <= $1 / 10 && lines >= $1 / 10 - lost)) || tg_show "$lines effects, $lost lost"
        wait_until none_left "$executors"
    done
    echo "$kills killed"
    [ "$kills" -gt 0 ]
}

# bats test_tags=parallel
@test "executors are killed all the time, and nothing is lost or done twice" { torture $((5000 / $(slowness))) 1; }

# bats test_tags=long, parallel
@test "executors are killed for long, and nothing is lost or done twice" { torture $((100000 / $(slowness))) 5; }

# ---- words ------------------------------------------------------------------------------------------

@test "what a task prints goes to standard error" {
    run_tg 'use rogue
output x = prints()
output y = prints(x)' --scheduler=processes
    ended 0
    is 'x = 1
y = 1'
    [ "$(grep -cx printed <<<"$stderr")" = 2 ]
    [ "$(grep -cx written <<<"$stderr")" = 2 ]
}

# bats test_tags=not-asan, not-tsan
@test "lines of the log come whole, without secrets, also the last one before a crash" {
    printf '%s\n' 'use mortal' 'use text' 'param token: secret' 'output x = says_and_ends("segv", "the token is ${token}")' \
        'line = text.join(["0123456789" for i in 0..5000], "")' 'output y = try(says_and_ends("exit", line), 1)' \
        'output z = [says_and_ends("", line, i) for i in 0..20]' >w.tg
    tg w.tg -D token=hush-hush --scheduler=processes -k -j4
    ended 1
    err_has 'the token is ***'
    err_lacks hush-hush
    [ "$(grep -cxE '(0123456789){5000}' <<<"$stderr")" = 21 ] || tg_show "not each line whole"
}

# ---- the same as in threads -------------------------------------------------------------------------

@test "tasks that add tasks do what they do in threads" {
    same_everywhere 'use grower
output a = [fib(12), power(20), down(30), wide(100), notes(3), unused()]
output b = [doubled(9), report(3)]
output c = [fib(i) for i in 0..10]'
    ended 0
    local call calls=('adds_and_fails(2)' 'careless()' 'liar()' 'calls("nothing")' 'calls("twice", "x")' 'quiet("word")'
        'calls_on("fib", "word")' 'calls_on_list("total", "word")')
    for call in "${calls[@]}"; do
        same_everywhere "use grower
output x = $call"
        ended 1
    done
}

@test "what a task was given is what it has in threads" {
    same_everywhere 'with cores = 2, memory = 1MiB, resources = {gpu: 2}, retries = 2 {
  output x = given("gpu", 1)
}
output y = given()' --resources=gpu=4 -j2
    ended 0
}

@test "results that are not what signatures say are refused in the same words" {
    local how
    for how in item status silent kind; do
        same_everywhere "output x = wrong(\"$how\")"
        ended 1
    done
}

@test "losers of first and as_completed are given up" {
    away 'output x = first([hang("mark"), slow(0.01, 5)])
output y = first([hang_deaf("deaf"), slow(0.01, 6)])' -j4
    ended 0
    is 'x = 5
y = 6'
    wait_until none_left "$executors"
}

# ---- limits and stops -------------------------------------------------------------------------------

@test "a task gets more large texts than files may be open" {
    printf 'use text\nuse math\noutput n = len(join([repeat("0123456789", inc(110000 + i)) for i in 0..40]))\n' >w.tg
    run --separate-stderr bash -c 'ulimit -n 40; exec "$TGRUN" w.tg -j1 --scheduler=processes'
    ended 0
    is 'n = 44008200'
}

@test "a result that cannot be passed home is told of" {
    printf 'use text\nuse math\noutput n = len(repeat("0123456789", inc(250000)))\n' >w.tg
    run --separate-stderr bash -c 'ulimit -f 2000; exec "$TGRUN" w.tg -j1 --scheduler=processes'
    ended 1
    err_has "task 'repeat' failed: its result cannot be passed to tgrun: File too large"
}

@test "arguments that cannot be passed to an executor are told of" {
    printf 'use text\nuse math\nt = [repeat("0123456789", inc(9)) for i in 0..40000]\noutput n = len(join(t))\n' >w.tg
    run --separate-stderr bash -c 'ulimit -f 2000; exec "$TGRUN" w.tg -j1 --scheduler=processes'
    ended 1
    err_has "task 'join' failed: its arguments cannot be passed to an executor: File too large"
}

@test "a task that takes too long is ended, and its executor with it" {
    away 'with timeout = 50ms { output x = try(hang_deaf(), 1) }
with timeout = 50ms { output y = try(spin_deaf(), 2) }
with timeout = 50ms { output z = hang_deaf() }
output w = work(1)' -k -j1
    ended 1
    is 'x = 1
y = 2
w = 38'
    err_has 'w.tg:5'
    err_has "task 'hang_deaf' failed: it took longer than its limit of 0.05 s"
    wait_until none_left "$executors"
}

@test "a run that is told to end tells its tasks, and kills those that do not listen" {
    start_away 'task tidy() -> nil { sh "echo >finally" }
output x = hang("mark")
output y = hang_deaf("deaf")
finally { tidy() }' -j4
    wait_for test -e mark
    wait_for test -e deaf
    kill -INT "$pid"
    finish
    ended 130
    is ''
    [ -e finally ]
    wait_until none_left "$executors"
}

@test "a stop ends in the words that it has in threads" {
    local said= how
    for how in threads processes; do
        rm -f mark
        printf 'use fault\noutput x = hang("mark")\n' >w.tg
        start w.tg -j2 --scheduler=$how
        wait_for test -e mark
        kill -TERM "$pid"
        finish
        [ -z "$said" ] || [ "$said" = "$status $stderr" ] || tg_show "with threads: $said"
        said="$status $stderr"
    done
    ended 143
}

@test "a deadline, and the first failure, stop executors" {
    printf 'use fault\noutput x = hang("mark")\noutput y = hang()\n' >w.tg
    tg_deadline 'deadline' w.tg --scheduler=processes -j2
    ended 124
    wait_until none_left "$executors"
    away 'output x = hang_deaf()
output y = fails(1, "count")' --fail-fast -j2
    ended 1
    err_has "failure 1"
    wait_until none_left "$executors"
}

@test "executors do not outlive a tgrun that is killed" {
    start_away 'output x = [hang_deaf("a"), hang_deaf("b"), hang("c")]' -j4
    wait_for test -e a
    wait_for test -e b
    [ -n "$(left "$executors")" ]
    kill -KILL "$pid"
    finish
    wait_until none_left "$executors"
}
