#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The n-th call of what the kernel may refuse fails, for n = 1, 2, .. until the run has no n-th one; likewise the n-th request for
# memory. Each run succeeds with the right outputs or says what failed; none crashes, hangs (tests/watchdog) or leaves files aside.
#
#     CALLS=pipe2:24 bats tests/stress/system_calls.bats -f 'every one'
load ../cli/helper

setup() {
    tg_setup
    cat >static.tg <<'END'
use fault
task number(n: int) -> int with retries = 1, backoff = 0s, timeout = 1h, cores = 2 { sh "echo ${n}; echo noise >&2" }
task piped(n: int) -> int with resources = {licence: 1}, memory = 1MiB { run ["echo", n] | ["cat"] }
task made(n: int) -> file("made-${n}.txt") with retries = 2, backoff = 1ms { run ["cat"] < text("${n}") > out }
a = number(1)
b = fault.slow(0, a) with timeout = 1h, retries = 2, backoff = 0s
output sum = [a, b, [piped(i) for i in 1..4], (fault.fails(1, "count", 9) with retries = 3, backoff = 0s)]
output f = made(7)
END
    cat >growing.tg <<'END'
use fault
task number(n: int) -> int with retries = 1, backoff = 0s, timeout = 1h, cores = 2 { sh "echo ${n}; echo noise >&2" }
task piped(n: int) -> int with resources = {licence: 1}, memory = 1MiB * task.attempt { run ["echo", n] | ["cat"] }
task made(n: int) -> file("made-${n}.txt") with retries = 2, backoff = 1ms { run ["cat"] < text("${n}") > out }
a = number(1)
b = fault.slow(0, a) with timeout = 1h, retries = 2, backoff = 0s
xs = []
i = 0
while i < number(1) + 2 { i += b; xs += [i] }
f = made(7)
x = try((fault.hang_deaf() with timeout = 20ms), 9)
fails = fault.fails(1, "count", 1) with retries = 3, backoff = 0s
output sum = [a, b, [piped(i) for i in xs], first([x, fault.slow(1, 9)])]
output f = if fails == 1 { f } else { a }
END
}

right='sum = [1, 1, [1, 2, 3], 9]
f = made-7.txt'

# Each with the error that it has when there is too little of something.
calls=(clone:EAGAIN fork:EAGAIN pthread_create:EAGAIN pipe2:EMFILE eventfd:EMFILE open:EMFILE fcntl:EMFILE fopen:EMFILE fdopen:ENOMEM
    memfd_create:EMFILE mmap:ENOMEM mprotect:ENOMEM mremap:ENOMEM poll:ENOMEM ppoll:ENOMEM mkdir:ENOSPC mkdtemp:ENOSPC mkostemp:ENOSPC
    mkfifo:ENOSPC write:ENOSPC pwrite:ENOSPC read:EIO)
declare -gA numbers=([EIO]=5 [EAGAIN]=11 [ENOMEM]=12 [EMFILE]=24 [ENOSPC]=28)

# is_well WHAT: it has succeeded, or says in what it has not.
is_well() {
    case $status in
    0) [ "$(grep -v '^$' <<<"$output")" = "$right" ] || tg_show "$1: a result is lost" ;;
    1 | 2 | 3 | 4) [[ $1 == write:* ]] || err_has 'error: ' ;; # it may be these words that are lost
    *) tg_show "$1" ;;
    esac
    [[ $stderr != *crashed* ]] || tg_show "$1: it crashed"
    [ -z "$(find . -path ./.tgrun -prune -o -name '.tgrun-*' -print)" ] || tg_show "$1: a file is left"
}

# run_without CALL:ERROR N ARG...
run_without() {
    rm -rf made-* count mark .tgrun
    FAILING_CALL=${1%:*} FAILING_ERRNO=${numbers[${1#*:}]} FAILING_AT=$2 FAILING_MARK=$PWD/mark \
        run --separate-stderr env LD_PRELOAD="$build/tests/preload/failing_call.so" "$TGRUN" "${@:3}" --resources=licence=2 </dev/null
    is_well "$1 $2 of: ${*:3}"
}

# until_well STEP ARG...: of each call every so many-th one.
until_well() {
    local call n
    RANDOM=${TESTS_SEED:-1}
    [ -z "${TG_TEST_VARIANT-}" ] || skip "the sanitizer is to be loaded first"
    for call in ${CALLS:-${calls[@]}}; do
        for ((n = 1 + RANDOM % $1;; n += $1)); do
            run_without "$call" "$n" "${@:2}"
            [ -e mark ] || break
        done
    done
}

@test "some calls fail, in a static and in a growing graph" {
    calls=(clone:EAGAIN fork:EAGAIN pthread_create:EAGAIN pipe2:EMFILE open:EMFILE poll:ENOMEM mmap:ENOMEM)
    until_well 9 static.tg -j3
    until_well 19 growing.tg -j3
}

# bats test_tags=long
@test "every one of all calls fails" {
    until_well 1 static.tg -j3
    until_well 1 growing.tg -j3
    until_well 1 growing.tg --scheduler=single-threaded
    until_well 1 static.tg -j2 --scheduler=single-threaded
    until_well 1 static.tg -j3 --jobserver=fifo
}

# bats test_tags=long
@test "calls of the process that guards commands fail" {
    export FAILING_FORKED=1
    until_well 1 static.tg -j3
    until_well 1 growing.tg -j3
}

# bats test_tags=long
@test "from the n-th on, all calls of a kind fail" {
    export FAILING_LASTS=1
    calls=(clone:EAGAIN fork:EAGAIN pthread_create:EAGAIN pipe2:EMFILE open:EMFILE fcntl:EMFILE mkdir:ENOSPC mkdtemp:ENOSPC)
    until_well 1 static.tg -j3
    until_well 1 growing.tg -j3
}

# without_memory AT|FROM STEP ARG...
without_memory() {
    local n
    for ((n = 1; n < 900; n += $2)); do
        rm -rf made-* count .tgrun
        run --separate-stderr env LD_PRELOAD="$build/tests/preload/no_memory.so" "NO_MEMORY_$1=$n" "$TGRUN" "${@:3}" \
            --resources=licence=2 </dev/null
        is_well "no memory, $1 $n: ${*:3}"
    done
}

# bats test_tags=long
@test "the n-th request for memory fails, or all from it on" {
    local how file
    for how in AT FROM; do
        for file in static growing; do
            without_memory $how 5 $file.tg -j3
            without_memory $how 5 $file.tg --scheduler=single-threaded
        done
    done
}
