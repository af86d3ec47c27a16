# SPDX-License-Identifier: MIT
# Tasks that are tried again: how often, when, and what holds them up meanwhile.
load helper

setup() {
    tg_setup
    export TGRUN_NO_RECORD=true # what runs twice is to run twice
}

# A command that works at the n-th attempt; it counts them in NAME.count.
flaky='task flaky(n: int, name: str) -> int with backoff = 20ms, retries = 4 {
    sh "echo >>${name}.count; test $(wc -l <${name}.count) -ge ${n}; echo ${n}"
}'

# counted NAME N: it was tried that often.
counted() { [ "$(wc -l <"$1.count")" -eq "$2" ] || tg_show "not $2 attempts of $1"; }

# with_each 'FILE' CHECK [OPTION]: the file under each scheduler and number of workers.
with_each() {
    local how
    for how in -j1 -j4 --scheduler=single-threaded; do
        rm -f ./*.count
        run_tg "$1" "$how" ${3+"$3"}
        "$2"
    done
}

@test "a command that fails is tried again, as often as 'retries' says" {
    it_is_so() {
        ended 1
        counted a 3
        counted b 1
        counted c 5
        err_has "task 'flaky(3, a)' failed, attempt 1 of 5, again in "
        err_has "ms: command failed with exit status 1"
        err_has "attempt 2 of 5"
        err_lacks "attempt 5 of 5, again"
        has "a = 3"
        has "b = 1"
        err_has "error: task 'flaky' failed"
    }
    with_each "$flaky"'
        output a = flaky(3, "a")
        output b = flaky(1, "b")
        output c = try(flaky(9, "c"), 0)
        output d = flaky(9, "d")' true
    for how in -j1 -j4 --scheduler=single-threaded; do
        rm -f ./*.count
        tg w.tg "$how" -k
        it_is_so
    done
}

@test "nothing is said of attempts with -q" {
    run_tg "$flaky"$'\noutput a = flaky(3, "a")' -q
    ended 0
    counted a 3
    [ -z "$stderr" ]
}

@test "why the earlier attempts failed is told behind the last one, with -q too" {
    it_is_so() {
        ended 1
        err_has "error: task 't' failed after 5 attempts: command failed with exit status 3"
        err_has $'attempt-5.log\nbefore: exit status 7 (3 times), killed by signal KILL\n'
        err_has "warning: task 'fails' failed after 2 attempts: failure 2"
        err_has $'arguments: 9, "f.count", 1, nil\nbefore: failure 1\n'
        err_has $'\nbefore: exit status 1, exit status 2, exit status 3, exit status 4, and 2 for other reasons\n'
        err_has $'\n["and 2 for other reasons", "killed by signal KILL"] ["failure 1"]\n'
    }
    with_each 'use fault
use text
task t() -> int with retries = 4, backoff = 0s {
    sh "case $TG_ATTEMPT in 2) kill -9 $$;; 5) exit 3;; *) exit 7;; esac"
}
task many() -> int with retries = 6, backoff = 0s { sh "exit $TG_ATTEMPT" }
output x = t()
output y = many()
output z = fails(9, "f.count", 1) with retries = 1, backoff = 0s, allow_failure = true
finally {
    print(sorted([text.split(f.before, ", ")[-1] for f in outcome.failed]), [f.before for f in outcome.allowed])
}' it_is_so -k
    rm -f ./*.count
    tg w.tg -k -q
    err_has $'attempt-5.log\nbefore: exit status 7 (3 times), killed by signal KILL\n'
}

@test "the reasons of earlier attempts are cut, at characters, and have no secrets" {
    long=$(printf 'ä%.0s' {1..100})
    run_tg "param key: secret = \"swordfish-swordfish\"
output x = fail(\"${long:0:55}\${key} more\") with retries = 2, backoff = 0s
output y = fail(\"$long\") with retries = 1, backoff = 0s" -k -q
    ended 1
    err_has "before: ${long:0:55}*** more (2 times)"
    err_has "before: ${long:0:60}..."
    err_lacks swordfish
}

@test "a task of a plugin is tried again" {
    run_tg 'output x = try((fail("no luck") with retries = 2, backoff = 0s), 5)
        output y = fail("bad") with retries = 1, backoff = 1ms' -k
    ended 1
    has "x = 5"
    err_has "task 'fail(no luck)' failed, "
    err_has "attempt 1 of 3, again at once: no luck"
    err_has "attempt 2 of 3, again at once: no luck"
    err_has "attempt 1 of 2, again in "
}

@test "tasks of a graph that grows are tried again" {
    it_is_so() {
        ended 0
        is $'x = 6\ny = 5\nz = 7\nf = 2'
        counted g2 2
        counted g3 3
        counted k 3
        counted z 5
    }
    with_each "$flaky"'
        task n() -> int { sh "echo 4" }
        x = 0
        for i in range(n()) { x = x + flaky(i, "g${i}") }
        output x
        output y = sum([flaky(r, "h${r}") for r in as_completed([flaky(2, "i"), flaky(3, "k")])])
        output z = try(flaky(9, "z"), 7)
        output f = first([flaky(9, "l"), flaky(2, "m")])' it_is_so
}

@test "an effect is tried again, and what comes behind it waits" {
    it_is_so() {
        ended 0
        counted e 2
        is ""
        [ "$(cat order)" = $'e\nlast' ]
        rm order
    }
    with_each 'task e() -> nil with retries = 2, backoff = 1ms { sh "echo >>e.count; test $(wc -l <e.count) -eq 2; echo e >>order" }
        task last() -> nil { sh "echo last >>order" }
        in_order {
            e()
            last()
        }' it_is_so
}

@test "a delay holds no worker, and nothing up that does not need the task" {
    cat >w.tg <<'END'
task bad() -> str with retries = 1, backoff = 500s { sh "exit 1" }
task other(n: int) -> nil { sh "echo ${n} >>others" }
output a = bad()
for n in range(4) { other(n) }
END
    all_ran() { grep -q 'again in' err && [ -e others ] && [ "$(wc -l <others)" -eq 4 ]; }
    for how in -j1 -j2 --scheduler=single-threaded; do
        rm -f others
        start w.tg "$how"
        wait_for all_ran
        kill -TERM "$pid"
        finish
        ended 143
        err_has "task 'bad' failed, attempt 1 of 2, again in "
    done
}

@test "an interrupt ends a delay at once, also of a graph that grows" {
    grows='task n() -> int { sh "echo 2" }
        output g = [i for i in range(n())]'
    for extra in '' "$grows"; do
        printf '%s\n' 'task bad() -> str with retries = 9, backoff = 500s { sh "exit 1" }' 'output a = bad()' "$extra" >w.tg
        for how in -j1 -j3 --scheduler=single-threaded; do
            start w.tg "$how"
            wait_for grep -q 'again in' err
            kill -INT "$pid"
            finish
            ended 130
            err_has "ended by signal 2"
            err_lacks "error:"
        done
    done
}

@test "who loses against 'first' is not waited for while it is held" {
    run_tg 'task bad() -> int with retries = 9, backoff = 500s { sh "exit 1" }
        task good() -> int { sh "until grep -q again log; do sleep 0.02; done; echo 7" }
        output x = first([bad(), good()])' --version
    for how in -j2 -j3; do
        "$TGRUN" w.tg "$how" >out 2>log
        [ "$(cat out)" = "x = 7" ]
        rm log
    done
}

@test "wrong use is not tried again" {
    run_tg 'use math
        task text() -> json { run ["echo", "\"a\""] }
        output x = sqrt(text()) with retries = 3'
    ended 1
    err_has "parameter 'x' of task 'sqrt' takes float, not str"
    err_lacks "again"
}

@test "a failure behind which blocks run is kept while it is tried again" {
    run_tg "$flaky"'
        output a = flaky(2, "a")
        finally { print("a is ${try(a, 0)}") }' -j1
    ended 0
    counted a 2
    err_has "a is 2"
}

@test "USR1 names what waits for another attempt" {
    printf '%s\n' 'task bad(n: str) -> str with retries = 3, backoff = 500s { sh "exit 1" }' 'output a = bad("x")' >w.tg
    held_only() { # it is told of a moment before it is held
        kill -USR1 "$pid"
        grep -A1 ' 0 running, 1 waiting; 1 more attempt' err | grep -q 'bad(*x*)*, waits for its attempt 2, in .* min'
    }
    for how in -j1 -j2 --scheduler=single-threaded; do
        start w.tg "$how"
        wait_for grep -q 'again in' err
        wait_for held_only
        kill -INT "$pid"
        finish
        ended 130
    done
}

@test "each attempt keeps its log, and finds nothing of the one before among its results" {
    run_tg 'task t() -> file("out") with retries = 2, backoff = 0s {
    sh "ls >&2; [ ! -e ${out} ] || exit 99; echo x >>tries; echo part >${out}; [ $(wc -l <tries) = 3 ]"
}
output x = t()'
    ended 0
    is 'x = out'
    [ "$(cat out)" = part ]
    shopt -s nullglob
    logs=(.tgrun/logs/*/t-*.log)
    [ ${#logs[@]} = 3 ]
    [[ "${logs[*]}" == *-attempt-2.log* && "${logs[*]}" == *-attempt-3.log* ]]
    left=(.tgrun-*)
    [ ${#left[@]} = 0 ]
}

# A command that would last for ever. What it does itself before its limit is not counted on: it may not have come so far.
endless='task endless(name: str) -> str with timeout = 50ms, backoff = 0s { sh "sleep 1411.5; echo ${name}" }'

@test "whether an attempt that took too long is followed by another, 'retry_on' says" {
    it_is_so() {
        ended 1
        err_has "attempt 2 of 3, again"
        err_has "task 'endless' failed after 3 attempts: it took longer than its limit of 0.05 s"
        err_has "task 'endless' failed: it took longer than its limit of 0.05 s"
        err_has "2 more attempts"
    }
    for how in -j1 -j4 --scheduler=single-threaded; do
        run_tg "$endless"'
            output a = endless("a") with retries = 2, retry_on = ["timeout"]
            output b = endless("b") with retries = 2, retry_on = ["signal", "exit", "memory", "error"]' -k "$how"
        it_is_so
    done
}

@test "a limit may depend on the task; that of a call wins" {
    run_tg 'task wait(n: int) -> str with timeout = 20ms * n { sh "sleep 1412.5; :" }
        output a = wait(2)
        output b = wait(3) with timeout = 30ms' -k
    ended 1
    err_has "longer than its limit of 0.04 s"
    err_has "longer than its limit of 0.03 s"
}

@test "limits hold for all steps together, and in a graph that grows" {
    for how in -j1 -j4 --scheduler=single-threaded; do
        run_tg "$endless"'
            task n() -> int { sh "echo 2" }
            task steps() -> str with timeout = 50ms {
                sh "true"
                sh "sleep 1413.5; :"
            }
            output a = [try(endless("g${i}"), "late") for i in range(n())]
            output b = try(steps(), "late")' "$how"
        ended 0
        has 'a = ["late", "late"]'
        has 'b = late'
    done
}

@test "what waits for another attempt when a run stops is not said never to have begun" {
    cat >w.tg <<'END'
task again(n: int) -> nil with retries = 1, backoff = 1h { run ["false"] }
task last() -> nil { sh """until [ "$(grep -c "'again" err)" = 2 ]; do sleep 0.02; done; exit 1""" }
for n in 1..3 { again(n) }
end = last()
END
    for how in -j4 '-j4 --fail-fast'; do
        start w.tg $how
        finish
        ended 1
        err_has $'\n2 other tasks were not tried again: with'
        err_lacks begun
    done
    echo 'again(3) with after = again(0)' >>w.tg
    sed -i 's/= 2/= 3/' w.tg
    start w.tg -j4
    finish
    err_has $'\n1 other task was not begun, 3 not tried again: without -k, the first failure ends a run\n'
}
