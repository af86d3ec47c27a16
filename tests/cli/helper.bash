# SPDX-License-Identifier: MIT
# What every bats file loads. Each test starts in an empty folder of its own, with nothing of the user's set-up.
#
#     $top      the source folder           $build    the build folder
#     $TGRUN    the program under test      $plugins  the folder of the test plugins (tests/plugins/*.so)
#
#     run_tg 'output x = 1' [ARG...]   writes w.tg and runs `tgrun w.tg ARG...` with bats' run
#     run_yaml 'outputs: [x]' [ARG...] the same with w.yaml
#     tg ARG...                        runs tgrun with bats' run; $output has standard output, $stderr standard error
#     tg_deadline PATTERN ARG...       the same with a --deadline, and with later ones until $stderr matches: a busy machine may not
#                                      come so far in time. $deadline is the last, in seconds
#     start ARG...                     runs tgrun in the background ($pid) with its output to ./out and ./err, and with
#                                      interrupts on (a bare `&` in a script would start it with interrupts ignored)
#     finish                           waits for it; sets $status, $output and $stderr
#     has TEXT, lacks TEXT             $output contains, does not contain
#     err_has TEXT, err_lacks TEXT     the same for $stderr
#     is TEXT                          $output is exactly that
#     ended STATUS                     $status is that
#     wait_for COMMAND...              waits until the command succeeds; gives up when the program in the background has
#                                      ended without it. There is no limit of time: tests/watchdog ends what hangs, and
#                                      what is waited for for long is told in the log
#     wait_until COMMAND...            the same where no program in the background must be there any more
#     left PATTERN                     the processes that this test has started, whatever else runs on the machine, with such
#                                      arguments. What was killed may take a while to end: `wait_until none_left PATTERN`
#     gone PID, in_state STATE PID     that process has ended (a zombie has), is in this state
#     takes_usr1, takes_ends           `start` has become tgrun, whose first instruction takes USR1; it takes all that end a run
#     TESTS_WITH                       assignments to tgrun's environment that every test begins with
#     slowness                         1; more in a sanitizer build: do so many times less of what is repeated
#
# A file with a setup of its own calls tg_setup first, one with a teardown of its own tg_teardown.
bats_require_minimum_version 1.5.0

tg_setup() {
    top=${TG_TOP:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
    build=${TG_BUILD:-$top}
    TGRUN=${TGRUN:-$build/tgrun}
    plugins=$build/tests/plugins
    local name
    for name in $(compgen -e TGRUN_); do unset "$name"; done
    unset MAKEFLAGS MAKELEVEL MFLAGS # of a make that runs the tests
    unset NO_COLOR CLICOLOR CLICOLOR_FORCE COLORTERM COLUMNS
    export TGRUN TERM=dumb LC_ALL=C.UTF-8 XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
    export TGRUN_PROGRESS=none TGRUN_SUMMARY=never   # a slow machine is no reason for more lines
    export TGRUN_PRESSURE=ignore # tasks that meet need not wait until other programs leave the machine its memory
    export TGRUN_PLUGIN_PATH=$plugins
    for name in "$build"/plugins/*/; do TGRUN_PLUGIN_PATH+=:${name%/}; done
    for name in ${TESTS_WITH-}; do export "${name?}"; done
    mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return 1
}

tg_teardown() {
    [ -z "${pid-}" ] || kill -KILL "$pid" 2>/dev/null || :
}

setup() { tg_setup; }
teardown() { tg_teardown; }

tg() { run --separate-stderr "$TGRUN" "$@" </dev/null; }

tg_deadline() {
    local pattern=$1
    shift
    for deadline in 0.2 1 5 25 125; do
        tg "$@" "--deadline=${deadline}s"
        [[ ! $stderr =~ $pattern ]] || return 0
    done
    tg_show "not on standard error before the deadline: $pattern"
}

start() {
    rm -f out err # what an earlier one said must not be taken for its
    env --default-signal=INT,QUIT "$TGRUN" "$@" >out 2>err </dev/null 3>&- &
    pid=$!
}

finish() {
    status=0
    wait "$pid" || status=$?
    pid=
    output=$(cat out) stderr=$(cat err)
}

run_tg() {
    printf '%s\n' "$1" >w.tg
    tg w.tg "${@:2}"
}

run_yaml() {
    printf '%s\n' "$1" >w.yaml
    tg w.yaml "${@:2}"
}

# Shows what happened, for a check that failed.
tg_show() {
    printf '%s\nstatus: %s\n--- standard output\n%s\n--- standard error\n%s\n' "$1" "$status" "$output" "${stderr-}"
    return 1
}

has() { [[ $output == *"$1"* ]] || tg_show "not on standard output: $1"; }
lacks() { [[ $output != *"$1"* ]] || tg_show "on standard output: $1"; }
err_has() { [[ $stderr == *"$1"* ]] || tg_show "not on standard error: $1"; }
err_lacks() { [[ $stderr != *"$1"* ]] || tg_show "on standard error: $1"; }
is() { [[ $output == "$1" ]] || tg_show "not the standard output: $1"; }
ended() { [[ $status == "$1" ]] || tg_show "not the exit status: $1"; }

wait_for() {
    local ended= looks=0
    until "$@"; do
        if [ -n "$ended" ]; then
            echo "waited in vain for: $*"
            return 1
        fi
        kill -0 "$pid" 2>/dev/null || ended=yes # it may have done it just before: look once more
        tg_look_later $((++looks)) "$*"
    done
}

wait_until() {
    local looks=0
    until "$@"; do tg_look_later $((++looks)) "$*"; done
}

# Before the next look for what is waited for.
tg_look_later() {
    [ "$1" != 500 ] || echo "# '$BATS_TEST_DESCRIPTION' still waits for: $2" >&3
    read -rt 0.02 <> <(:) || :
}

left() {
    local process
    for process in $(pgrep -f -- "$1"); do
        grep -qszxF "XDG_CONFIG_HOME=$XDG_CONFIG_HOME" "/proc/$process/environ" && echo "$process" || :
    done
}

# USR1 and USR2, the first and the last that it comes to take, share a digit of the signals that are caught.
tg_catches() {
    awk -v digit="[$1]" '$1 == "Name:" { name = $2 }
        $1 == "SigCgt:" { caught = substr($2, length($2) - 2, 1) }
        END { exit !(name ~ /^tgrun/ && caught ~ digit) }' "/proc/$pid/status"
}
takes_usr1() { tg_catches 2367abef; }
takes_ends() { tg_catches 89abcdef; }

in_state() { [ "$(awk '{ sub(/.*\) /, ""); print $1 }' "/proc/$2/stat")" = "$1" ]; }
gone() { [ ! -e "/proc/$1/stat" ] || in_state Z "$1" 2>/dev/null; }

none_left() { [ -z "$(left "$1")" ]; }

slowness() {
    case ${TG_TEST_VARIANT-} in
    asan) echo 4 ;;
    tsan) echo 10 ;;
    *) echo 1 ;;
    esac
}
