#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Runs that are ended by a signal at any moment, whatever they are at: tasks that wait for another attempt, for cores, memory, units or
# a token; tasks of plugins with limits of time, threads that were given up; commands that ignore TERM or leave their session; a
# jobserver above or below; a deadline; a failure that ends the rest. The exit status says how it ended, the report names it, and
# nothing is left: no process, no file, no folder, no token.
#
#     TESTS_INTERRUPTS=100 TESTS_SEED=7 bats tests/stress/interrupts.bats -f many
load ../cli/helper

# What never ends by itself, but for failing.tg.
setup() {
    tg_setup
    cat >tasks <<'END'
task nap(i: int) -> file("o${i}.txt") { sh "echo >${out}; sleep 1501.5" }
task ask(i: int) -> str { sh "sleep 0.0${i % 10}; echo x" }
task deaf(i: int) -> nil { sh "trap '' INT TERM HUP QUIT; sleep 1502.5 & wait; sleep 1502.5" }
task leave(i: int) -> nil { sh "setsid -f sh -c 'sleep 1503.5 & sleep 1503.5'; (setsid sleep 1503.5 &); sleep 1503.5" }
task luckless(i: int) -> str with retries = 1000, backoff = 10ms { sh "echo >half.${i}; sleep 0.01; exit 3" }
task late(i: int) -> str with retries = 1000, backoff = 1h { sh "exit 3" }
task late_file(i: int) -> file("late${i}.txt") with timeout = 30ms, retries = 1000, backoff = 5ms { sh "echo >${out}; sleep 1504.5" }
END
    cat >waiting.tg <<'END'
ls = [late(i) for i in 0..3]
output a = [(nap(i) with resources = {licence: 1}) for i in 0..6]
output b = [(nap(i) with memory = 600MiB) for i in 6..9]
output c = [(ask(i) with cores = 2) for i in 0..20]
output d = ls
output e = [late_file(i) for i in 0..2]
output f = [luckless(i) for i in 0..3]
END
    cat >plugins.tg <<'END'
use fault
output a = [(fault.hang() with timeout = 1h) for i in 0..2]
output b = [try((fault.hang_deaf("", i) with timeout = 5ms), 0) for i in 0..10]
output c = (fault.hang_deaf("") with timeout = 20ms, retries = 1000, backoff = 0s)
output d = [(fault.fails(1000000, "count${i}") with retries = 1000000, backoff = 1ms) for i in 0..3]
output e = first([fault.hang(), fault.slow(0.02, 1)])
END
    cat >growing.tg <<'END'
use fault
x = fault.fails(2, "grown", 0) with retries = 5, backoff = 5ms
while x < 1000 { x = x + (fault.slow(0.001, 1) with timeout = 1h) }
output x
output a = if x > 0 { nap(1) } else { nap(2) }
output b = first([nap(3), nap(4)])
output c = [ask(i) for i in range(x)]
output d = late(1)
END
    cat >commands.tg <<'END'
leave(1)
leave(2)
output a = [nap(i) for i in 0..3]
output b = late(1)
END
    echo 'output a = [nap(i) for i in 6..9]' >naps.tg
    cat >nested.tg <<'END'
task inner(name: str) -> nil { run [env("TGRUN"), name, "--resources=licence=1", "-q"] }
inner("naps.tg")
inner("waiting.tg")
END
    printf 'deaf(1)\ndeaf(2)\nleave(3)\nx = late(1)\n' >deaf.tg
    cat >failing.tg <<'END'
task bad() -> nil { sh "sleep 0.09; false" }
bad()
output a = [nap(i) for i in 0..2]
output b = ask(9) with retries = 1
output c = late(1)
END
    local file
    for file in [!n]*.tg naps.tg; do cat tasks >>$file; done
}

# Nothing that this run has started is there any more.
all_gone() { ! grep -qsz "^TESTS_RUN=$1\$" /proc/[0-9]*/environ; }

# The two tokens of the pipe are there again. (A `read -t` may read one, find that its time is over, and lose it.)
tokens_back() {
    local all
    all=$(dd if="/dev/fd/$pipe" iflag=nonblock bs=8 count=1 2>/dev/null) || :
    printf %s "$all" >&"$pipe"
    [ "$all" = ab ] || [ "$all" = ba ]
}

doze() { read -rt "$1" <> <(:) || :; }

# interrupt NUMBER STATUSES FILE ARG...: one run; the statuses besides that of the signal are those of a run that has ended so before.
interrupt() {
    local run=$BASHPID.$1 signal number left
    signal=$(printf '%s\n' INT TERM HUP QUIT | sed -n "$((RANDOM % 4 + 1))p") number=$(kill -l "$signal")
    mkdir tmp
    env --default-signal=INT,QUIT,HUP TESTS_RUN="$run" TMPDIR="$PWD/tmp" "$TGRUN" "${@:3}" --resources=licence=2,memory=1GiB \
        >out 2>err </dev/null 3>&- &
    pid=$!
    wait_for takes_ends || : # before that it would end without a word; one that ends by itself may be over, as its status will say
    doze "0.$(printf %03d $((RANDOM % 350)))"
    ((RANDOM % 3)) || kill -USR1 "$pid" 2>/dev/null || :
    kill "-$signal" "$pid" 2>/dev/null || : # it may be over
    if [[ $3 == deaf* ]] || { [[ $3 != nested* ]] && ! ((RANDOM % 4)); }; then # a tgrun below would be killed
        doze 0.15 # less would be the same request
        kill "-$signal" "$pid" 2>/dev/null || :
    fi
    finish
    what="$1: $signal, tgrun ${*:3}"
    case " $((128 + number)) $2 " in
    *" $status "*) ;;
    *) tg_show "$what" ;;
    esac
    [ "$status" -lt 128 ] || [[ $stderr == *"ended by signal $number ("* ]] || tg_show "$what: not told"
    until all_gone "$run"; do doze 0.01; done
    until tokens_back; do doze 0.01; done
    left=$(find . -path ./.tgrun -prune -o \( -name '.tgrun-*' -o -name 'o[0-9]*.txt' -o -path './tmp/*' \) -print)
    [ -z "$left" ] || tg_show "$what: left $left"
    rm -rf tmp half.* count* grown .tgrun
}

# interrupt_many COUNT
interrupt_many() {
    local i way ways=(
        "- waiting.tg -j4" "- waiting.tg -j2" "- waiting.tg --scheduler=single-threaded -j2" "- waiting.tg"
        "- waiting.tg -j3 --jobserver=fifo"
        "- plugins.tg -j8" "- plugins.tg -j2" "- growing.tg -j4" "- growing.tg --scheduler=single-threaded" "- growing.tg"
        "- commands.tg -j8" "- commands.tg -j2 --timeout=1h" "- nested.tg -j4" "- nested.tg -j4 --jobserver=fifo" "- nested.tg"
        "124 waiting.tg -j4 --deadline=0.2s" "124 growing.tg -j4 --deadline=0.2s" "124 plugins.tg -j4 --deadline=0.2s"
        "1 failing.tg -j8 --fail-fast" "1 failing.tg --fail-fast --scheduler=single-threaded" "- deaf.tg -j4")
    exec {pipe}<> <(:)
    printf ab >&"$pipe"
    export MAKEFLAGS=" -j3 --jobserver-auth=$pipe,$pipe" # which has no say where there is -j
    RANDOM=${TESTS_SEED:-1}
    for ((i = 1; i <= $1 / $(slowness); i++)); do
        read -ra way <<<"${ways[RANDOM % ${#ways[@]}]}"
        interrupt "$i" "${way[@]}"
    done
}

@test "runs that are ended at any moment leave nothing" { interrupt_many 20; }

# bats test_tags=long
@test "many runs that are ended at any moment leave nothing" { interrupt_many "${TESTS_INTERRUPTS-1000}"; }
