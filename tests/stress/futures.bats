#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Random programs give the same whether their values are known while the graph is built or come from tasks.
load ../cli/helper

# compare FIRST COUNT (fewer in a sanitizer build)
compare() {
    local n bad=0 count=$(($2 / $(slowness)))
    awk -v first="$1" -v count="$count" -f "$top/tests/stress/futures.awk"
    for ((n = $1; n < $1 + count; n++)); do
        if ! "$TGRUN" $n.known.tg >known.out 2>known.err; then
            echo "program $n fails on known values:"; cat $n.known.tg known.err; bad=1; continue
        fi
        for kind in future mixed; do
            "$TGRUN" $n.$kind.tg --scheduler=$([ $((n % 2)) = 0 ] && echo threads || echo single-threaded) >$kind.out 2>$kind.err
            if ! cmp -s known.out $kind.out; then
                echo "program $n differs with $kind values:"; cat $n.$kind.tg $kind.err; diff known.out $kind.out; bad=1
            fi
        done
    done
    return $bad
}

@test "random programs: known values and futures give the same" { compare 1 100; }

@test "more of them" { compare 1001 100; }

# bats test_tags=slow
@test "and more" { compare 2001 100; }
