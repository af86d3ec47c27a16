#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Random programs give the same whether their values are known while the graph is built or come from tasks, with every
# scheduler and number of workers, in either form of the language.
#
#     TESTS_PROGRAMS=5000 TESTS_FIRST=100000 bats tests/stress/futures.bats -f '^random'
#
# tries that many programs from that number on instead of the usual ones.
load ../cli/helper

# try_program NAME FILE ARG...: runs it; its results are NAME.status, NAME.out and NAME.seen, the lines that it printed.
try_program() {
    local status=0
    timeout $((20 * $(slowness))) "$TGRUN" "${@:2}" -k >"$1.out" 2>"$1.err" </dev/null || status=$?
    echo $status >"$1.status"
    grep '^seen' "$1.err" | sort >"$1.seen" || :
}

# same NUMBER FILE ARG...: runs FILE and compares with what the program on known values did.
same() {
    local part
    try_program new "${@:2}"
    for part in status out seen; do
        cmp -s known.$part new.$part && continue
        echo "program $1: another $part than on known values with: ${*:2}"
        cat "$2"
        head -n 30 new.err
        diff known.$part new.$part | head -n 10
        return 1
    done
}

check_program() {
    local n=$1 kind=future wanted=0
    head -n 1 $n.known.tg | grep -q '^# fails' && wanted=1
    try_program known $n.known.tg --scheduler=single-threaded
    if [ "$(cat known.status)" != $wanted ] || grep -q '^seen never' known.seen; then
        echo "program $n goes wrong on known values, with status $(cat known.status):"
        cat $n.known.tg
        head -n 30 known.err
        return 1
    fi
    [ $((n % 2)) = 0 ] || kind=mixed
    "$TGRUN" convert $n.$kind.tg --to=yaml -o $n.yaml &&
        same $n $n.future.tg --scheduler=single-threaded &&
        same $n $n.future.tg -j 1 &&
        same $n $n.future.tg -j 2 &&
        same $n $n.future.tg -j 8 &&
        same $n $n.mixed.tg -j 2 &&
        same $n $n.yaml -j 3
}

# compare FIRST COUNT (fewer in a sanitizer build)
compare() {
    local n bad=0 count=$(($2 / $(slowness)))
    awk -v first="$1" -v count="$count" -v size="${3-7}" -f "$top/tests/stress/futures.awk"
    for ((n = $1; n < $1 + count; n++)); do
        check_program $n || bad=$((bad + 1))
        rm $n.*
        [ $bad -lt 5 ] || break
    done
    [ $bad = 0 ]
}

@test "random programs" { compare "${TESTS_FIRST-1}" "${TESTS_PROGRAMS-8}"; }

@test "more random programs" { compare 1001 8; }

@test "small random programs" { compare 2001 10 2; }

# bats test_tags=slow
@test "large random programs" { compare 3001 10 20; }
