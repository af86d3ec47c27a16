#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How far a run is, while it goes on: a bar on a terminal, lines elsewhere.
load helper

setup() {
    tg_setup
    export TGRUN_NO_RECORD=true # what runs twice is to run twice
    unset TGRUN_PROGRESS
    mkfifo pipe
    cat >w.tg <<'TG'
task quick(n: int) -> int { sh "echo ${n}" }
task hold(n: int) -> int { sh "touch begun; read line <pipe; echo ${n}" }
total = sum([quick(i) for i in range(3)])
say = [print("line ${quick(10 + i)}") for i in range(12)]
held = hold(total)
end = print("held ${held}")
output x = held + 1
TG
}

# on_terminal COLUMNS COMMAND: runs it in the background on a terminal; what it writes there is added to ./seen.
on_terminal() {
    rm -f begun
    TERM=xterm script -qefc "stty cols $1 rows 24; $2" seen >/dev/null </dev/null 3>&- &
    pid=$!
}
# Waits for the run, and sets $output to what the terminal shows in the end.
let_go() {
    echo >pipe
    wait "$pid" || :
    pid=
    output=$(shown "$1")
}
# The oldest of the processes that are tgrun: others are its guards.
runner() { left "^$TGRUN w.tg" | head -n 1; }
shown() { sed '/^Script /d' seen | python3 "$top/tests/screen.py" "$1"; }
sees() { [ -e seen ] && grep -qaF -- "$1" seen; }

@test "a bar says what is done and what is running, and is gone in the end" {
    on_terminal 80 "$TGRUN w.tg -j2"
    wait_for sees '] '
    wait_for sees '1 running'
    wait_for sees 'hold   '
    now=$(shown 80)
    [[ $now == *'0:0'*'['*'#'*'-'*'] '*'% '*'/'*', 1 running'* ]] || tg_show "$now"
    [[ $now =~ hold\ +0/1\ +1\ running ]] || tg_show "$now"
    let_go 80
    lacks '['
    lacks 'running'
    has 'line 10'
    [[ $output == *'held 3'*'x = 4' ]] || tg_show "the end of what is shown"
}

@test "lines stand above the bar, each one whole" {
    cat >w.tg <<'TG'
task hold(n: int) -> int { sh "touch begun; read line <pipe; for i in 1 2 3 4 5 6 7 8 9; do echo row \$i >&2; done; echo ${n}" }
held = hold(1)
output x = held
finally { print("over") }
TG
    on_terminal 60 "$TGRUN w.tg --output=live"
    wait_for sees '1 running'
    let_go 60
    for i in 1 2 3 4 5 6 7 8 9; do has "row $i"; done
    [[ $output == *'row 1'*'row 9'*'over'*'x = 1'* || $output == *'row 1'*'row 9'*'x = 1'*'over'* ]] || tg_show 'the order of lines'
    lacks running
}

@test "a terminal may be as narrow as it likes" {
    for columns in 20 40; do
        rm -f seen
        on_terminal $columns "$TGRUN w.tg"
        wait_for sees '0:0'
        wait_for sees 'hold'
        now=$(sed '/^Script /d' seen)
        python3 "$top/tests/screen.py" 500 <<<"$now" >wide # what is wider would be wrapped
        python3 "$top/tests/screen.py" $columns <<<"$now" >narrow
        cmp wide narrow
        let_go $columns
        lacks hold
    done
}

@test "what is asked for is shown, and nothing else" {
    echo 'output x = 1 + 1' >w.tg
    for how in '' -q --progress=bar --progress=none; do
        tg w.tg $how
        ended 0
        [ -z "$stderr" ]
    done
    tg w.tg --progress=sometimes
    ended 2
    err_has "auto, bar, lines or none"
}

@test "a terminal that is dumb, or is to see nothing, has no bar" {
    for how in 'TERM=dumb' 'TGRUN_PROGRESS=none' 'TGRUN_QUIET=1'; do
        rm -f seen
        on_terminal 80 "env $how $TGRUN w.tg"
        wait_for test -e begun
        read -rt 0.8 <> <(:) || : # a bar would come now
        echo >pipe
        wait "$pid"
        pid=
        ! grep -qa $'\033' seen
    done
}

@test "without a terminal there is a line now and then" {
    start w.tg --progress=lines -j2
    wait_for test -s err
    wait_for grep -q running err
    grep 'running' err | head -n 1 >line
    grep -Ex 'tgrun: [0-9]+ of [0-9]+ tasks done, 1 running \(1 hold\)(, about .* left)?' line || tg_show "$(cat line)"
    echo >pipe
    finish
    ended 0
    is 'x = 4'
}

@test "Ctrl-Z takes the bar away, and fg brings it back" {
    cat >session <<'END'
"$TGRUN" w.tg
echo STOPPED
read -r line <go
fg >/dev/null
END
    mkfifo go
    on_terminal 80 'bash -m session'
    wait_for sees '1 running'
    kill -TSTP "$(runner)"
    wait_for sees STOPPED
    output=$(shown 80)
    has STOPPED
    lacks running
    before=$(wc -c <seen)
    echo >go
    more() { tail -c "+$before" seen | grep -qa '1 running'; }
    wait_for more
    let_go 80
    lacks running
    has 'x = 4'
}

@test "a signal that ends the run leaves no bar below what is said" {
    on_terminal 80 "env -u TGRUN_PROGRESS $TGRUN w.tg || echo status \$?"
    wait_for sees '1 running'
    kill -TERM "$(runner)"
    wait "$pid" || :
    output=$(shown 80)
    has 'ended by signal 15'
    has 'status 143'
    lacks '1 running'
}

# bats test_tags=not-asan,not-tsan,not-processes
@test "what is said of a crash stands where the bar was" {
    sed -i '1i use fault' w.tg
    echo 'output y = fault.crash(11, held)' >>w.tg
    on_terminal 80 "$TGRUN w.tg || echo status \$?"
    wait_for sees '1 running'
    let_go 80
    has 'crashed: '
    has 'status 4'
    lacks '1 running'
}

@test "failures and retries are counted" {
    cat >w.tg <<'TG'
task broken(n: int) -> int with retries = 1, backoff = 1ms { sh "exit 3" }
task hold() -> int { sh "touch begun; read line <pipe; echo 1" }
output a = hold()
output b = broken(1)
output c = broken(2)
TG
    on_terminal 100 "$TGRUN w.tg -k -j2"
    wait_for sees '2 failed'
    wait_for sees '2 retried'
    let_go 100
    lacks '2 retried'
    has 'a = 1'
}

@test "of a graph that grows, what is known so far is shown" {
    cat >w.tg <<'TG'
task hold(n: int) -> int { sh "touch begun; read line <pipe; echo ${n}" }
task quick(n: int) -> int { sh "echo ${n}" }
fn rest(n) { if n == 0 { hold(0) } else { quick(n) + rest(n - 1) } }
output x = rest(quick(5))
TG
    on_terminal 80 "$TGRUN w.tg -j2"
    wait_for sees '1 running'
    wait_for sees 'hold  0 done  1 running'
    let_go 80
    has 'x = 15'
}

@test "what tasks wait for is said" {
    cat >w.tg <<'TG'
task hold(n: int) -> int with resources = {gpu: 1} { sh "touch begun; read line <pipe; echo ${n}" }
output x = hold(1) + hold(2)
TG
    on_terminal 80 "$TGRUN w.tg -j4 --resources=gpu=1"
    wait_for sees "waiting: 1 for 1 of resource 'gpu'"
    rm begun
    echo >pipe
    wait_for test -e begun
    let_go 80
    has 'x = 3'
}
