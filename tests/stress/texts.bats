#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Random texts in all places of a program survive converting: the YAML form computes the same, and converting it back and
# forth again gives the same YAML.
#
#     TESTS_PROGRAMS=5000 TESTS_FIRST=100000 bats tests/stress/texts.bats -f '^texts'
#
# tries that many programs from that number on instead of the usual ones.
load ../cli/helper

# survives NUMBER
survives() {
    "$TGRUN" convert $1.tg --to=yaml -o $1.yaml && "$TGRUN" convert $1.yaml --to=tg -o $1.again.tg &&
        "$TGRUN" convert $1.again.tg --to=yaml -o $1.again.yaml && cmp $1.yaml $1.again.yaml &&
        "$TGRUN" $1.tg --format=json >$1.out && "$TGRUN" $1.yaml --format=json >$1.yaml.out && cmp $1.out $1.yaml.out
}

@test "texts survive converting" {
    first=${TESTS_FIRST-1} count=$((${TESTS_PROGRAMS-40} / $(slowness)))
    awk -v first=$first -v count=$count -f "$top/tests/stress/texts.awk"
    for ((n = first; n < first + count; n++)); do
        survives $n 2>err || { cat $n.tg err; false; }
    done
    [ -s $first.out ]
}
