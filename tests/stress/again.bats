#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Random workflows that are run again and again, with random edits in between, do what a model says that was written apart (again.py).
#
#     tests/stress/again.py --keep 7      the one of seed 7; its folder stays
load ../cli/helper

# again FIRST COUNT ARG...: fewer in a sanitizer build.
again() { TMPDIR=$PWD python3 "$top/tests/stress/again.py" "${@:3}" "$1" $((($2 + $(slowness) - 1) / $(slowness))); }

@test "runs after random edits do what the model says" { again "${TESTS_FIRST-1}" 3 --size=20 --rounds=6 --nothing; }

@test "in a graph that grows it is the same" { again "${TESTS_FIRST-1}" 3 --size=20 --rounds=6 --grow; }

# bats test_tags=long
@test "many runs after random edits do what the model says" { again "${TESTS_FIRST-1001}" "${TESTS_SEEDS-200}"; }

# bats test_tags=long
@test "runs after random edits come to what runs from nothing do" { again "${TESTS_FIRST-5001}" "${TESTS_SEEDS-50}" --nothing; }

# bats test_tags=long
@test "many graphs that grow do what the model says" { again "${TESTS_FIRST-9001}" "${TESTS_SEEDS-100}" --grow --force; }
