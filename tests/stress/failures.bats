#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Random graphs of tasks that fail, are tried again, may fail or are caught do on every scheduler what a model that was
# written apart says (failures.awk): the outputs, the exit status, and how often each task was called.
#
#     TESTS_PROGRAMS=2000 TESTS_FIRST=100000 bats tests/stress/failures.bats -f 'static'
load ../cli/helper

setup() {
    tg_setup
    export TGRUN_NO_RECORD=true # each way runs all of it
}

# check WAY NUMBER FILE ARG...: a folder of its own for the files that count calls.
check() {
    local way=$1 n=$2 status=0 name
    mkdir "$way.$n" && cd "$way.$n" || return 1
    "$TGRUN" "../$3" -k --resources=licence=2,memory=64MiB "${@:4}" >out 2>err </dev/null || status=$?
    echo $status >status
    grep -E '^o[0-9]+ = ' out | sort >sorted || :
    for name in c*; do [ ! -f "$name" ] || echo "$name $(stat -c %s "$name")"; done >attempts
    cd ..
    diff <(sort "$n.attempts") <(sort "$way.$n/attempts") && diff "$n.out" "$way.$n/sorted" &&
        diff "$n.status" "$way.$n/status" && return
    echo "program $n, run as '$way', is not what the model says:"
    cat "$n.tg"
    head -n 40 "$way.$n/err"
    return 1
}

# compare FIRST COUNT GROWS HANGS (fewer in a sanitizer build)
compare() {
    local n count=$(($2 / $(slowness)))
    awk -v first="$1" -v count="$count" -v grows="$3" -v hangs="$4" -f "$top/tests/stress/failures.awk"
    for ((n = $1; n < $1 + count; n++)); do
        "$TGRUN" convert $n.tg --to=yaml -o $n.yaml
        check single $n $n.tg --scheduler=single-threaded
        check one $n $n.tg -j 1
        check two $n $n.tg -j 2
        check eight $n $n.tg -j 8
        check processes $n $n.tg --scheduler=processes -j 3
        check yaml $n $n.yaml -j 3
    done
}

@test "static graphs with failures do what the model says" { compare "${TESTS_FIRST-1}" "${TESTS_PROGRAMS-25}" 0 0.02; }

@test "growing graphs with failures do what the model says" { compare "${TESTS_FIRST-5001}" "${TESTS_PROGRAMS-25}" 1 0.02; }

# bats test_tags=long
@test "more static graphs with failures" { compare "${TESTS_FIRST-10001}" "${TESTS_PROGRAMS-300}" 0 0.1; }

# bats test_tags=long
@test "more growing graphs with failures" { compare "${TESTS_FIRST-20001}" "${TESTS_PROGRAMS-300}" 1 0.1; }
