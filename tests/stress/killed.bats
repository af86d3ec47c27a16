#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Runs that are killed at any moment: the next one ends well, does only what is missing, and comes to what an undisturbed run does.
#
#     TESTS_KILLS=1000 TESTS_SEED=7 bats tests/stress/killed.bats -f hundred
load ../cli/helper

# Results of one file, of several and of as many as there are, temporary ones, values, and tasks behind a result that makes tasks.
setup() {
    tg_setup
    seq 40 >numbers
    cat >w.tg <<'END'
task part(src: file, i: int) -> file("parts/${i}") { sh "echo part ${i} >>\$LOG; sed -n ${i}p ${src} >${out}" }
task pair(a: file, i: int) -> {x: file("pairs/${i}.x"), y: file("pairs/${i}.y")} {
    sh "echo pair ${i} >>\$LOG; cat ${a} >${out.x}; cat ${a} ${a} >${out.y}"
}
task mix(xs: list[file], i: int) -> file("mixed/${i}") with temp = true { sh "echo mix ${i} >>\$LOG; cat ${xs} >${out}" }
task chunks(fs: list[file]) -> list[file]("chunks/*") { sh "echo chunks >>\$LOG; cat ${fs} | split -l 15 - ${out}/c-" }
task lines(f: file) -> int { sh "echo lines ${f.name} >>\$LOG; wc -l <${f}" }

parts = [part("numbers", i) for i in 1..13]
pairs = [pair(parts[i], i) for i in 0..12]
mixed = [mix([p.x for p in pairs] + [pairs[i].y], i) for i in 0..4]
output counts = [lines(f) for f in chunks(mixed)]
output ys = [p.y for p in pairs]
END
}

# The paths of all results that are recorded.
recorded() {
    python3 - <<'END'
import json, sqlite3
for (results,) in sqlite3.connect('.tgrun/record.db').execute('SELECT results FROM task'):
    for result in json.loads(results):
        print(result[0])
END
}

run_it() { LOG=$PWD/log "$TGRUN" w.tg "$@" >out 2>err </dev/null; }

# kill_at_random COUNT
kill_at_random() {
    local i took killed=0 left
    RANDOM=${TESTS_SEED:-1}
    took=${EPOCHREALTIME//[!0-9]/}
    run_it
    took=$((${EPOCHREALTIME//[!0-9]/} - took))
    mkdir undisturbed
    mv out log chunks pairs undisturbed/
    for ((i = 1; i <= $1; i++)); do
        rm -rf .tgrun parts pairs mixed chunks log out
        LOG=$PWD/log "$TGRUN" w.tg -j $((RANDOM % 4 + 1)) >out 2>err </dev/null 3>&- &
        pid=$!
        read -rt "$(printf '%d.%06d' $((took * (RANDOM % 100) / 90000000)) $((took * (RANDOM % 100) / 90 % 1000000)))" <> <(:) || :
        kill -KILL "$pid" 2>/dev/null || :
        wait "$pid" || killed=$((killed + 1))
        pid=
        [ -e log ] || : >log
        wait_until none_left 'sh -c|bash -euo' # what has begun is killed by the guard
        sort log >before
        { [ ! -e .tgrun/record.db ] || recorded; } | sort >recorded
        : >log
        run_it || tg_end "$i"
        diff out undisturbed/out && diff -r chunks undisturbed/chunks && diff -r pairs undisturbed/pairs || tg_end "$i"
        # What had not begun has run now, and what was recorded has not (but for temporary files that are needed again).
        comm -23 <(sort undisturbed/log) before | comm -23 - <(sort log) | grep . && tg_end "$i" || :
        sed -n 's,^parts/,part ,p; s,^pairs/\(.*\)\.x$,pair \1,p; s,^chunks/c-aa$,chunks,p' recorded | sort | comm -12 - <(sort log) | grep . && tg_end "$i" || :
        [ -z "$(uniq -d <(sort log))" ] || tg_end "$i"
        left=$(find . -name '.tgrun-*' -o -path './mixed/*')
        [ -z "$left" ] || tg_end "$i: left $left"
        : >log
        run_it && [ ! -s log ] || tg_end "$i: the third run was not empty"
    done
    echo "# $killed of $1 were killed"
}
tg_end() {
    echo "run $1"
    head -n 30 before recorded log err
    return 1
}

@test "runs that are killed at some moments are gone on with" { kill_at_random 5; }

# bats test_tags=long
@test "runs that are killed at a hundred moments are gone on with" { kill_at_random "${TESTS_KILLS-100}"; }
