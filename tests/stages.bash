# SPDX-License-Identifier: MIT
# For programs that run several things which end with a total (tests/run-long, .ci/run):
#
#     stage NAME COMMAND   runs it and adds its closing line to the sum; a stage that ends badly without having counted
#                          a failure counts as one
#     end_stages           prints what was unsteady and what failed in which stage, and the sum; fails if anything failed

stages_log=$(mktemp)
trap 'rm -f "$stages_log"' EXIT
stages_passed=0 stages_failed=0 stages_skipped=0 stages_said=

# names_under HEAD < LOG: the names that stand under the last such line.
names_under() {
    awk -v head="$1" 'index($0, head) == 1 { there = 1; names = ""; next } !/^    / { there = 0 } there { names = names $0 "\n" } END { printf "%s", names }'
}

stage() {
    local name=$1 started=$SECONDS status totals passed failed skipped unsteady
    printf '== %s\n' "$name"
    bash -c "$2" </dev/null 2>&1 | tee "$stages_log"
    status=${PIPESTATUS[0]}
    totals=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$stages_log" | tail -n 1)
    read -r passed _ failed _ skipped _ <<<"${totals:-0 passed, 0 failed}"
    if [ "$status" != 0 ] && [ "${failed%,}" = 0 ]; then
        printf 'stage %s ended with status %s\n' "$name" "$status"
        failed=1
    elif [ "$status" = 0 ] && [ -z "$totals" ]; then
        printf 'stage %s counted no test\n' "$name"
        failed=1
    fi
    [ "${failed%,}" = 0 ] || stages_said+=$(printf '\nfailed in %s:\n' "$name"; names_under 'failed:' <"$stages_log")
    unsteady=$(names_under 'unsteady' <"$stages_log")
    [ -z "$unsteady" ] || stages_said+=$(printf '\nunsteady in %s:\n' "$name"; printf '%s\n' "$unsteady")
    stages_passed=$((stages_passed + passed)) stages_failed=$((stages_failed + ${failed%,}))
    stages_skipped=$((stages_skipped + ${skipped:-0}))
    printf '== %s: %s seconds\n' "$name" $((SECONDS - started))
}

end_stages() {
    [ -z "$stages_said" ] || printf '%s\n' "${stages_said#$'\n'}"
    printf '%s passed, %s failed' "$stages_passed" "$stages_failed"
    [ $stages_skipped = 0 ] || printf ', %s skipped' "$stages_skipped"
    printf '\n'
    [ $stages_failed = 0 ]
}
