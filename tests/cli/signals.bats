#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# One signal ends a run, whatever it is doing; the end says how it ended, and nothing is left behind.
load helper

# It waits for something, and takes signals: before it does they end it without a word.
opening() { takes_ends && in_state S "$pid"; }

napping='task nap() -> file("made.txt") { sh "echo > ${out}; echo \$\$ > napping; exec sleep 1310.5" }
output x = nap()'

@test "INT, TERM, HUP, QUIT, XCPU and USR2 end a run, remove what is half done and say so" {
    local name number
    echo "$napping" >w.tg
    for name in INT:2 TERM:15 HUP:1 QUIT:3 XCPU:24 USR2:12; do
        rm -f napping
        start w.tg
        wait_for test -s napping
        kill -"${name%:*}" "$pid"
        finish
        ended $((128 + ${name#*:}))
        err_has "tgrun: ended by signal ${name#*:} ("
        err_has "0 of 1 task was done"
        [ ! -e made.txt ]
        [ -z "$(find . -path ./.tgrun -prune -o -name '.tgrun-*' -print)" ] || tg_show "a file is left"
    done
    wait_until none_left 'sleep 1310\.5'
}

@test "a task that does not look is named after a while, and the second signal ends it" {
    local task
    for task in spins spins_unblocked; do
        rm -f begun
        echo "use rogue
output x = $task()" >w.tg
        start w.tg -j2
        wait_for test -e begun
        kill -INT "$pid"
        wait_for grep -q "waiting for task '$task' (w.tg:2) to end; a second signal ends everything at once\(; executors and .*\)\?$" err
        kill -INT "$pid"
        finish
        ended 130
        err_has "ended by signal 2 (Interrupt): 0 of 1 task was done"
    done
}

# bats test_tags=long
@test "of what runs in other processes it is said when that is killed" {
    echo 'use rogue
task deaf() -> nil { sh "trap : TERM INT; echo >begun; while :; do sleep 0.1 || :; done" }
finally { print("tidied") }
output x = spins()
output y = deaf()' >w.tg
    local name
    for name in x y; do
        rm -f begun
        start w.tg $name --scheduler=processes
        wait_for test -e begun
        kill -TERM "$pid"
        finish
        ended 143
        err_has "a second signal ends everything at once; executors and commands are killed after 3 more seconds"
        err_has tidied # they have not ended the run
    done
    rm begun
    start w.tg x --scheduler=processes
    wait_for test -e begun
    kill -INT "$pid"
    wait_for grep -q 'at once; executors and commands are killed after 3 more seconds$' err
    kill -INT "$pid"
    finish
    ended 130
}

# bats test_tags=long,not-processes
@test "after TERM a task that does not look is ended without a second signal" {
    echo 'use rogue
output x = spins()' >w.tg
    start w.tg
    wait_for test -e begun
    kill -TERM "$pid"
    finish
    ended 143
    err_has "a second signal ends everything at once, as do 8 more seconds"
    err_has "ended by signal 15 (Terminated): 0 of 1 task was done"
}

# It has computed for 0.2 s.
computing() { awk '{ sub(/.*\) /, ""); exit !($12 >= 20) }' "/proc/$pid/stat"; }

@test "every verb that evaluates for ever ends at once" {
    local verb
    echo 'i = 0
while true { i += 1 }
output i' >w.tg
    for verb in run check graph; do
        start $verb w.tg
        wait_for computing
        kill -TERM "$pid"
        finish
        ended 143
    done
}

@test "a plugin that hangs when it is loaded" {
    echo 'use rogue
output x = 1' >w.tg
    for verb in run check; do
        ROGUE=hang start $verb w.tg
        wait_for opening
        kill -INT "$pid"
        finish
        ended 130
        err_has "ended by signal 2 (Interrupt)"
    done
}

@test "outputs that nobody reads" {
    mkfifo outputs
    echo 'output x = [str(i) for i in 0..100000]' >w.tg
    exec 7<>outputs
    env --default-signal=INT "$TGRUN" w.tg >outputs 2>err </dev/null 3>&- 7>&- &
    pid=$!
    : >out
    wait_for opening
    kill -INT "$pid"
    finish
    exec 7>&-
    ended 130
    err_has "ended by signal 2 (Interrupt)"
}

@test "a FIFO as the workflow, as parameters and standard input that never comes" {
    mkfifo w.tg pipe.json
    start check w.tg
    wait_for opening
    kill -INT "$pid"
    finish
    ended 130
    echo 'param x: int
output x' >v.tg
    start v.tg --params=pipe.json
    wait_for opening
    kill -TERM "$pid"
    finish
    ended 143
    "$TGRUN" - <>w.tg >out 2>err 3>&- &
    pid=$!
    wait_for opening
    kill -TERM "$pid"
    finish
    ended 143
}

@test "a FIFO that a task or a command reads, and nobody writes" {
    mkfifo pipe
    echo 'use twin
use text
begun = noted(0, "begun")
output x = text.read("pipe") with after = begun
output y = begun' >w.tg
    start w.tg -j2
    wait_for grep -qx begun err
    kill -INT "$pid"
    finish
    ended 130
    echo 'task count(f: file) -> int { run ["wc", "-l"] < f }
use twin
output x = count("pipe") with after = noted(0, "begun")' >w.tg
    for _ in 1 2 3; do # a machine may take the two seconds after which what goes on is named, but not always
        start w.tg -j2
        wait_for grep -qx begun err
        kill -INT "$pid"
        finish
        ended 130
        [[ $stderr == *"waiting for"* ]] || break
    done
    err_lacks "waiting for"
}

@test "a FIFO that is written in the end is read" {
    mkfifo pipe lines
    echo 'use text
task count(f: file) -> int { run ["wc", "-l"] < f }
output x = text.read("pipe")
output y = count("lines") with after = x' >w.tg
    start w.tg -j2
    echo one >pipe
    printf '%s\n' one two three >lines
    finish
    ended 0
    is 'x = one

y = 3'
}

@test "a signal that is ignored at the start stays ignored, by commands too" {
    echo 'task ask() -> str { sh "kill -INT \$\$; kill -HUP \$\$; echo alive" }
task wait_for_it() -> nil { sh "touch begun; while [ ! -e over ]; do sleep 0.01; done" }
output x = ask()
wait_for_it()' >w.tg
    (trap '' INT HUP && exec "$TGRUN" w.tg >out 2>err 3>&-) &
    pid=$!
    wait_for test -e begun
    kill -INT "$pid"
    kill -HUP "$pid"
    touch over
    finish
    ended 0
    is 'x = alive'
}

# Only with job control there is somebody who can let it go on.
@test "Ctrl-Z stops commands too, and fg lets them go on" {
    mkfifo pipe
    echo 'task listen() -> str { sh "echo \$\$ > begun; read line < pipe; echo \$line" }
output x = listen()' >w.tg
    cat >session <<'END'
set -m
"$TGRUN" w.tg >out 2>err </dev/null &
state() { awk '{ sub(/.*\) /, ""); print $1 }' "/proc/$1/stat"; }
until [ -s begun ]; do sleep 0.01; done
kill -TSTP $!
until [ "$(state $!)" = T ] && [ "$(state "$(cat begun)")" = T ]; do sleep 0.01; done
kill -CONT $!
until [ "$(state $!)" != T ] && [ "$(state "$(cat begun)")" != T ]; do sleep 0.01; done
echo word >pipe
wait $!
echo $? >status
END
    bash session 3>&- >session.out 2>&1
    [ "$(cat status)" = 0 ] || tg_show "$(cat session.out err)"
    [ "$(cat out)" = 'x = word' ]
}

# To stop discards a CONT that is already there; commands take a while to stop.
@test "CONT right after TSTP is not lost" {
    echo 'task tick() -> str { sh "touch begun; while [ ! -e over ]; do sleep 0.01; done; echo done" }
output x = tick()' >w.tg
    cat >session <<'END'
set -m
"$TGRUN" w.tg >out 2>err </dev/null &
until [ -e begun ]; do sleep 0.01; done
kill -TSTP $!
sleep 0.002 # while commands are being stopped
kill -CONT $!
touch over
stopped=$((128 + $(kill -l TSTP)))
status=$stopped
while [ $status = $stopped ]; do # a stop that is over by now is told as well
    wait $!
    status=$?
    sleep 0.01
done
echo $status >status
END
    bash session 3>&- >session.out 2>&1 || :
    [ "$(cat status)" = 0 ] || tg_show "$(cat session.out err)"
    [ "$(cat out)" = 'x = done' ]
}

@test "TSTP where nobody could let it go on stops nothing" {
    echo 'task tick() -> str { sh "touch begun; while [ ! -e over ]; do sleep 0.01; done; echo done" }
output x = tick()' >w.tg
    setsid env --default-signal=INT,QUIT "$TGRUN" w.tg >out 2>err </dev/null 3>&- &
    pid=$!
    wait_for test -e begun
    kill -TSTP "$pid" # setsid and env became it
    touch over
    finish
    ended 0
    is 'x = done'
}

@test "USR1 is harmless from the start to the end, also while the graph grows" {
    echo 'use math
task wait_for_it() -> nil { sh "while [ ! -e over ]; do sleep 0.01; done" }
wait_for_it()
x = identity(0)
while x < 3000 { x = inc(x) }
output x
output y = sum([inc(i) for i in range(x)])' >w.tg
    told() {
        kill -USR1 "$pid"
        grep -q "tasks done, 0 failed" err
    }
    local i
    for i in 1 2 3; do
        rm -f over
        start w.tg -j4
        wait_for takes_usr1
        for i in {1..200}; do kill -USR1 "$pid"; done
        wait_for told # it may have been about to begin until now, when nothing is told
        touch over
        kill -USR1 "$pid" || : # it may be over
        finish
        ended 0
        is 'x = 3000
y = 4501500'
    done
}

# Sends USR1 until the command has been told to end.
flood() {
    until [ -e told ]; do kill -USR1 "$pid"; done
}

@test "USR1 without end, which nobody reads, keeps no other signal waiting" {
    mkfifo words
    echo 'task hear() -> nil { sh "trap \"echo > told; exit\" TERM; echo > begun; while sleep 0.01; do :; done" }
hear()' >w.tg
    exec 7<>words
    "$TGRUN" w.tg >out 2>words </dev/null 3>&- 7>&- &
    pid=$!
    wait_for test -e begun
    dd if=/dev/zero of=words oflag=nonblock status=none 2>dd.err || :
    kill -USR1 "$pid"
    kill -TERM "$pid"
    flood
    exec 7>&-
    wait "$pid" || [ $? = 143 ]
    pid=
}

@test "a file that grows past the limit is the failure of its task" {
    echo 'use text
output x = text.write("made.txt", "a" * 100000)' >w.tg
    run --separate-stderr bash -c 'ulimit -f 4; exec "$TGRUN" w.tg'
    ended 1
    err_has "File too large"
    [ -z "$(find . -name 'made.txt' -o -name '.tgrun-*' -prune)" ] || tg_show "a file is left"
    echo 'task fill() -> str { sh "head -c 100000 /dev/zero >some || kill -l \$?" }
output x = fill()' >w.tg
    run --separate-stderr bash -c 'ulimit -f 4; exec "$TGRUN" w.tg'
    ended 0
    is 'x = XFSZ'
}

# As process 1 of a container: it ends by a signal, and what commands leave behind is reaped.
@test "as process 1" {
    unshare -pf --mount-proc true 2>/dev/null || skip "no namespaces"
    echo 'task orphans() -> str { sh "(sleep 0.01 &) ; (sleep 0.02 &); sleep 0.2; while grep -l ^State:.Z /proc/[0-9]*/status >&2; do sleep 0.05; done; echo 0" }
output zombies = orphans()' >w.tg
    run --separate-stderr unshare -pf --mount-proc "$TGRUN" w.tg
    ended 0
    is 'zombies = 0'
    echo 'task nap() -> nil { sh "echo > napping; exec sleep 1320.5" }
nap()' >w.tg
    unshare -pf --mount-proc --kill-child env --default-signal=INT,QUIT "$TGRUN" w.tg >out 2>err </dev/null 3>&- &
    pid=$!
    wait_for test -e napping
    kill -TERM "$(pgrep -P "$pid")"
    finish
    ended 143
    err_has "ended by signal 15 (Terminated)"
    wait_until none_left 'sleep 1320\.5'
}

@test "a reader of standard error that has stopped reading holds nothing up" {
    mkfifo words
    echo 'use rogue
use twin
task chatter() -> nil { sh "touch begun; yes a long line that fills the pipe >&2" }
chatter()' >w.tg
    exec 7<>words
    env --default-signal=INT "$TGRUN" w.tg --output=live >out 2>words </dev/null 3>&- 7>&- &
    pid=$!
    wait_for test -e begun
    kill -INT "$pid"
    kill -TERM "$pid" || : # the first one may have been enough
    status=0
    wait "$pid" || status=$?
    pid=
    exec 7>&-
    [ "$status" = 130 ] || [ "$status" = 143 ]
}

@test "a guard that is killed is replaced before the next command" {
    echo 'task first() -> nil { sh "echo > begun; while [ ! -e over ]; do sleep 0.01; done" }
task nap(after: any) -> nil { sh "echo > napping; sleep 1332.5 & wait" }
nap(first())' >w.tg
    start w.tg
    wait_for test -e begun
    wait_for pgrep -P "$pid" -x tg-guard # it may not have its name yet
    guard=$(pgrep -P "$pid" -x tg-guard)
    kill -KILL "$guard"
    ended_whole() { [ "$(ls "/proc/$1/task")" = "$1" ] && in_state Z "$1"; }
    wait_for ended_whole "$guard" # what is killed may take a while to end, a sanitizer's thread longer; until then it is a guard
    touch over
    wait_for test -e napping
    kill -KILL "$pid"
    finish
    wait_until none_left 'sleep 1332\.5'
}

# `timeout` leaves the group, so it outlives the shell.
# bats test_tags=parallel
@test "what outlives a command that is interrupted is no warning" {
    echo 'task leave(i: int) -> nil { sh "timeout 1000 sleep 1331.5 & echo > begun${i}; sleep 1331.5" }
for i in 0..6 { leave(i) }' >w.tg
    start w.tg -j6
    wait_for test -e begun0 -a -e begun1 -a -e begun2 -a -e begun3 -a -e begun4 -a -e begun5
    kill -TERM "$pid"
    finish
    ended 143
    err_lacks "left programs running"
    wait_until none_left 'sleep 1331\.5'
}

# bats test_tags=long
@test "after TERM a report that nobody reads is given up" {
    mkfifo words
    echo "$napping" >w.tg
    exec 7<>words
    "$TGRUN" w.tg >out 2>words </dev/null 3>&- 7>&- &
    pid=$!
    wait_for test -s napping
    dd if=/dev/zero of=words oflag=nonblock status=none 2>dd.err || :
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    pid=
    exec 7>&-
    [ "$status" = 143 ]
    [ ! -e made.txt ]
}

# Runs with every way to wait, ended at a random moment by one or two signals, among others that do nothing.
# bats test_tags=long
@test "200 runs that are ended at any moment leave nothing behind" {
    local i signal number left
    echo 'use math
task two(i: int) -> str { sh "sleep 0.00${i}; echo x" }
task one(i: int) -> file("o${i}.txt") { sh "echo > ${out}; sleep 1340.5 & wait" }
x = identity(0)
while x < 200 { x = inc(x) }
output a = [two(i) for i in range(1, 9)]
output b = [one(i) for i in 1..9]
output x' >w.tg
    RANDOM=${TESTS_SEED:-1}
    for i in {1..200}; do
        signal=$(printf '%s\n' INT TERM HUP QUIT | sed -n "$((RANDOM % 4 + 1))p")
        number=$(kill -l "$signal")
        start w.tg -j$((i % 4 + 1))
        wait_for takes_ends
        read -rt 0.0$((RANDOM % 100 + 100)) <> <(:) || :
        kill -USR1 "$pid"
        kill -"$signal" "$pid"
        if ((RANDOM % 2)); then
            read -rt 0.1$((RANDOM % 10)) <> <(:) || :
            kill -"$signal" "$pid" 2>/dev/null || :
        fi
        finish
        ended $((128 + number))
        err_has "ended by signal $number ("
        left=$(find . -path ./.tgrun -prune -o \( -name '.tgrun-*' -o -name 'o*.txt' \) -print)
        [ -z "$left" ] || tg_show "left: $left"
        wait_until none_left 'sleep 1340\.5'
    done
}

# Whether the daemon of this process id runs, as what it is to become; a zombie has no arguments.
runs_still() { grep -qaFs 1131.75 "/proc/$1/cmdline"; }
runs_or_gone() { runs_still "$1" || gone "$1"; }

@test "a daemon ends with its command, unless it was started without the mark" {
    cat >daemon.sh <<'END'
trap '' TERM HUP
echo $$ >"$1"
exec sleep 1131.75
END
    run_tg 'task t(name: str, words: str) -> nil { sh "${raw(words)} setsid -f sh daemon.sh ${name}; until [ -s ${name} ]; do sleep 0.01; done" }
t("a", "")
t("b", "env -u TG_COMMAND")'
    ended 0
    wait_until gone "$(cat a)"
    wait_until runs_or_gone "$(cat b)"
    runs_still "$(cat b)"
    kill -9 "$(cat b)"
}
