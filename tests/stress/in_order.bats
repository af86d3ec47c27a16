#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Random programs in order: whatever waits for results, they write what a program writes that does one thing after the other.
#
#     TESTS_PROGRAMS=5000 TESTS_FIRST=100000 bats tests/stress/in_order.bats
#
# tries that many programs from that number on instead of the usual ones.
load ../cli/helper

setup() {
    tg_setup
    export TGRUN_NO_RECORD=true # each way runs all of it
}

# in_order NUMBER OPTION
in_order() {
    "$TGRUN" w.tg -q $2 2>err && cmp want err || { echo "program $1, $2"; cat w.tg; diff want err; false; }
}

@test "what is in order is done one after the other" {
    first=${TESTS_FIRST-1} count=$((${TESTS_PROGRAMS-25} / $(slowness)))
    local lines=0
    for ((n = first; n < first + count; n++)); do
        awk -v seed=$n -v file=w.tg -f "$top/tests/stress/in_order.awk" >want
        in_order $n --scheduler=threads
        in_order $n --scheduler=single-threaded
        in_order $n --scheduler=processes
        lines=$((lines + $(wc -l <want)))
    done
    [ $count -lt 25 ] || [ $lines -gt 500 ]
}
