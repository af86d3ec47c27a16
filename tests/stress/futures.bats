#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Random programs give the same whether their values are known while the graph is built or come from tasks, with every
# scheduler and number of workers, in either form of the language.
#
#     TESTS_PROGRAMS=5000 TESTS_FIRST=100000 bats tests/stress/futures.bats -f '^random'
#
# tries that many programs from that number on instead of the usual ones.
load ../cli/helper

setup() {
    tg_setup
    export TGRUN_NO_RECORD=true # each way runs all of it
}

# run_way WAY NUMBER FILE ARG...: runs it; compare.awk says what is kept of it.
run_way() {
    local status=0
    ACTS=$1.$2.acts "$TGRUN" "${@:3}" -k >"$1.$2.out" 2>"$1.$2.err" </dev/null || status=$?
    [ ! -e "$1.$2.acts" ] || cat "$1.$2.acts" >>"$1.$2.err"
    echo $status >"$1.$2.status"
}

run_program() {
    local n=$1 kind=future
    ((n % 2)) || kind=mixed
    "$TGRUN" convert $n.$kind.tg --to=yaml -o $n.yaml
    run_way known $n $n.known.tg --scheduler=single-threaded
    run_way single $n $n.future.tg --scheduler=single-threaded
    run_way one $n $n.future.tg -j 1
    run_way two $n $n.future.tg -j 2
    run_way eight $n $n.future.tg -j 8
    run_way processes $n $n.future.tg --scheduler=processes -j 3
    run_way mixed $n $n.mixed.tg -j 2
    run_way yaml $n $n.yaml -j 3
}

# show NUMBER WAY WHAT: what went wrong.
show() {
    local file=$1.future.tg
    case $2 in
    known) file=$1.known.tg ;;
    mixed) file=$1.mixed.tg ;;
    yaml) file=$1.yaml ;;
    esac
    echo "program $1, run as '$2', has another $3 than it should:"
    cat "$file"
    head -n 30 "$2.$1.err"
    diff "known.$1.$3" "$2.$1.$3" | head -n 20 || :
}

# compare FIRST COUNT [SIZE] (fewer in a sanitizer build)
compare() {
    local n count=$(($2 / $(slowness))) mistakes
    awk -v first="$1" -v count="$count" -v size="${3-7}" -v commands="${4-25}" -f "$top/tests/stress/futures.awk"
    for ((n = $1; n < $1 + count; n++)); do run_program $n; done
    mistakes=$(for ((n = $1; n < $1 + count; n++)); do echo $n; done |
        awk -v ways='single one two eight processes mixed yaml' -f "$top/tests/stress/compare.awk")
    [ -n "$mistakes" ] || return 0
    echo "$mistakes" | head -n 3 | while read -r mistake; do show $mistake; done
    echo "in all:" $'\n'"$mistakes"
    return 1
}

@test "random programs" { compare "${TESTS_FIRST-1}" "${TESTS_PROGRAMS-100}"; }

@test "small random programs" { compare 2001 100 2; }

# bats test_tags=long
@test "more random programs" { compare 10001 "${TESTS_PROGRAMS-100}"; }

# bats test_tags=long
@test "large random programs" { compare 30001 100 20; }
