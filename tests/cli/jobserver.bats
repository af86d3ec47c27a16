#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Makes and tgruns above and below share the workers: by the jobserver of GNU make; the load of the machine.
load helper

setup() {
    tg_setup
    mkdir at
    echo 0 | tee at/now >at/most
    cat >busy <<'END'
#!/bin/bash
# One more is at work for a moment; at/most is how many there were at once.
change() {
    flock at/lock bash -c 'echo $(($(<at/now) + $1)) >at/now; [ "$(<at/now)" -le "$(<at/most)" ] || cp at/now at/most' - "$1"
}
change 1
read -rt 0.02 <> <(:)
change -1
END
    cat >meet <<'END'
#!/bin/bash
# meet NAME COUNT: ends when so many have come here.
: >"met-$1"
while [ "$(compgen -G 'met-*' | wc -l)" -lt "$2" ]; do read -rt 0.02 <> <(:) || :; done
END
    chmod +x busy meet
    cat >many.tg <<'END'
task work(i: int) -> nil { run ["./busy"] }
for i in range(4) { work(i) }
END
    cat >meet.tg <<'END'
param n: int
task come(i: int) -> nil { run ["./meet", "${i}", "${n}"] }
for i in range(n) { come(i) }
END
}

most() { [ "$(<at/most)" -le "$1" ] || tg_show "at once: $(<at/most)"; }

# A stand-in for make: calls a program with a jobserver of some tokens by a pipe, and says how many there are afterwards.
#     under TOKENS FORM COMMAND...     FORM: "fds" or "auth" (how MAKEFLAGS calls it), or "fifo"
under() {
    python3 - "$@" <<'END'
import os, subprocess, sys, fcntl, struct, termios
tokens, form, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
if form == "fifo":
    os.mkfifo("made-fifo")
    read = write = os.open("made-fifo", os.O_RDWR)
    flags, keep = "fifo:" + os.path.abspath("made-fifo"), ()
else:
    read, write = os.pipe()
    flags, keep = "%d,%d" % (read, write), (read, write)
os.write(write, b"abcdefghijklmnopqrstuvwxyz"[:tokens])
name = "--jobserver-fds=" if form == "fds" else "--jobserver-auth="
jobs = " -j" if form == "fds" else " -j%d" % (tokens + 1)
environment = dict(os.environ, MAKEFLAGS=jobs + " " + name + flags)
ended = subprocess.run(command, env=environment, pass_fds=keep, stdin=subprocess.DEVNULL).returncode
os.set_blocking(read, False)
def settled():
    left = struct.unpack("i", fcntl.ioctl(read, termios.FIONREAD, b"\0" * 4))[0]
    return left == tokens
while not settled():  # a guard gives back what is owed by who was killed
    os.sched_yield()
left = os.read(read, 100) if tokens else b""
print("tokens left:", "".join(sorted(left.decode())), file=sys.stderr)
sys.exit(ended if ended >= 0 else 128 - ended)
END
}

@test "as a client, commands take a token each beside the first one, and give them back" {
    local form
    for form in auth fds fifo; do
        rm -f met-*
        [ $form = fds ] || { # which does not say how many there are
            run --separate-stderr under 2 $form "$TGRUN" meet.tg -D n=3
            ended 0
            err_has "tokens left: ab"
        }
        rm -f made-fifo
        run --separate-stderr under 1 $form "$TGRUN" many.tg
        ended 0
        err_has "tokens left: a"
        err_lacks "warning"
        most 2
        rm -f made-fifo
    done
    echo 0 >at/most
    run --separate-stderr under 0 auth "$TGRUN" many.tg
    ended 0
    most 1
}

@test "tokens are given back after failures, in a run that is interrupted, crashes or is killed" {
    cat >w.tg <<'END'
task fails(i: int) -> nil { run ["false"] }
for i in range(4) { fails(i) }
END
    run --separate-stderr under 3 auth "$TGRUN" w.tg -k
    ended 1
    err_has "tokens left: abc"
    local signal
    for signal in INT TERM KILL SEGV; do # two of them run; the third one waits for a token
        rm -f begun-*
        cat >w.tg <<END
task stays(i: int) -> nil { sh "echo > begun-\${i}; [ \$(ls begun-* | wc -l) = 1 ] || kill -$signal \$PPID; exec sleep 1400.5" }
for i in range(3) { stays(i) }
END
        run --separate-stderr under 1 auth "$TGRUN" w.tg
        [ "$status" -ne 0 ]
        err_has "tokens left: a"
    done
}

# bats test_tags=long
@test "tokens are given back whenever a run is killed" {
    local i
    for i in {1..100}; do
        run --separate-stderr under 2 auth timeout -s KILL "0.0$((RANDOM % 90 + 10))" "$TGRUN" many.tg
        err_has "tokens left: ab"
    done
}

@test "a jobserver at the number by which commands get data has another one in them" {
    printf 'task told() -> str { sh "echo \\"$MAKEFLAGS\\"" }\noutput x = told()\n' >w.tg
    cat >nine <<'END'
exec {r}<> <(:) 9<&$r
exec 8>&$r
MAKEFLAGS=" -j2 --jobserver-auth=9,8" exec "$TGRUN" "$@"
END
    run --separate-stderr bash nine w.tg
    ended 0
    err_lacks warning
    [[ $output =~ '--jobserver-auth='([0-9]+,[0-9]+)$ ]]
    [[ ,${BASH_REMATCH[1]}, != *,9,* ]]
}

@test "a jobserver that cannot be used is told of, and there is one worker" {
    export MAKEFLAGS=' -j4 --jobserver-auth=98,99'
    tg many.tg
    ended 0
    err_has "warning: cannot use the jobserver of make, so that there is one worker: its pipe is not open here"
    err_has "hint: In a Makefile, a '+' before the command opens it; "
    most 1
    [ "$(grep -c warning <<<"$stderr")" = 1 ]
    tg many.tg -q
    [ -z "$stderr" ]
    MAKEFLAGS=' -j4 --jobserver-auth=fifo:/nonexistent' tg many.tg
    err_has "there is one worker: No such file or directory"
    MAKEFLAGS=' -j4 --jobserver-auth=-2,-2' tg many.tg
    err_has "there is one worker: its pipe is not open here"
    tg meet.tg -D n=2 --jobs=2
    ended 0
    err_lacks warning
    rm met-*
    tg meet.tg -D n=2 --jobserver=off -j2
    ended 0
    err_lacks warning
}

@test "a number of workers that is given has the last word" {
    run --separate-stderr under 0 auth "$TGRUN" meet.tg -D n=2 -j2
    ended 0
    err_has "warning: the jobserver above, of make or tgrun, has no say here, as --jobs is given"
    run --separate-stderr under 3 auth "$TGRUN" many.tg -j1
    ended 0
    err_lacks warning
    most 1
    echo 'jobs: 2' >tgrun.config.yaml # of a file it is no more than a bound
    run --separate-stderr under 3 auth "$TGRUN" many.tg
    err_lacks warning
    most 2
}

@test "commands see a jobserver, of as many as there are workers" {
    cat >w.tg <<'END'
task flags() -> str { sh "echo \"$MAKEFLAGS\"" }
output x = flags()
END
    MAKEFLAGS='k -j7 -- A=1' tg w.tg -j3
    [[ $output =~ ^'x = k -j3 --jobserver-fds='([0-9]+,[0-9]+)' --jobserver-auth='([0-9]+,[0-9]+)' -- A=1'$ ]]
    [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
    tg w.tg -j3 --jobserver=fifo
    [[ $output =~ ^'x =  -j3 --jobserver-auth=fifo:'(.*)$ ]]
    [ ! -e "${BASH_REMATCH[1]%/*}" ]
    MAKEFLAGS=k tg w.tg -j3 --jobserver=off
    is 'x = k'
    echo 'output x = 1 + 1' >w.tg
    tg w.tg -j3
    is 'x = 2'
}

@test "a fifo goes with the run, also with one that is killed" {
    cat >w.tg <<'END'
task ends() -> nil { sh "echo \"\${MAKEFLAGS##*fifo:}\" > told; kill -KILL $PPID; exec sleep 1401.5" }
ends()
END
    start w.tg --jobserver=fifo
    finish
    ended 137
    fifo_gone() { [ ! -e "$(<told)" ] && [ ! -e "$(dirname "$(<told)")" ]; }
    wait_until fifo_gone
}

@test "tgruns in a tgrun share its workers" {
    cat >w.tg <<'END'
task inner(i: int) -> nil { run [env("TGRUN"), "many.tg"] }
for i in range(2) { inner(i) }
END
    local form
    for form in pipe fifo; do
        tg w.tg -j2 --jobserver=$form
        ended 0
        err_lacks warning
        most 2
    done
    echo 0 >at/most
    tg w.tg -j1
    ended 0
    most 1
    cat >w.tg <<'END'
task inner() -> nil { run [env("TGRUN"), "meet.tg", "-D", "n=3"] }
inner()
END
    tg w.tg -j3 # all its tokens are for the one below
    ended 0
}

@test "GNU make and tgrun, above and below" {
    [[ $(make --version 2>/dev/null) == "GNU Make "* ]] || skip "there is no GNU make"
    cat >Makefile <<'END'
all: a b
a b: ; +@"$$TGRUN" many.tg
END
    run --separate-stderr make -s -j2
    ended 0
    err_lacks warning
    most 2
    echo 0 >at/most
    run --separate-stderr make -s -j3
    ended 0
    most 3
    echo 0 >at/most
    run --separate-stderr make -s -j1 # which tells no jobserver
    ended 0
    err_lacks warning
    most 1
    sed -i 's/+//' Makefile
    run --separate-stderr make -s -j2
    ended 0
    err_has "warning: cannot use the jobserver of make, so that there is one worker"
    printf 'all: a b c\na b c: ; @./busy\n' >below.mk
    cat >w.tg <<'END'
task below(i: int) -> nil { run ["make", "-s", "-f", "below.mk"] }
for i in range(2) { below(i) }
END
    echo 0 >at/most
    tg w.tg -j3
    ended 0
    err_lacks warning
    most 3
    printf 'all: a b c\na b c: ; @./meet $@ 3\n' >below.mk
    sed -i 's/range(2)/range(1)/' w.tg
    tg w.tg -j3
    ended 0
}

@test "tasks of plugins that take long hold a token, too, and wide ones several" {
    cat >w.tg <<'END'
task work(i: int) -> nil { run ["./busy"] }
task wide(i: int) -> nil with cores = 2 { sh "./busy & ./busy; wait" }
for i in range(4) { wide(i) }
for i in range(4) { work(i) }
END
    run --separate-stderr under 2 auth "$TGRUN" w.tg
    ended 0
    err_has "tokens left: ab"
    most 3
    cat >left.py <<'END'
import fcntl, os, re, signal, struct, termios, time
read = int(re.search(r"--jobserver-auth=([0-9]+)", os.environ["MAKEFLAGS"])[1])
while struct.unpack("i", fcntl.ioctl(read, termios.FIONREAD, b"\0" * 4))[0] != 0: time.sleep(0.02)
os.kill(os.getppid(), signal.SIGINT)
END
    cat >w.tg <<'END'
task taken() -> nil { run ["python3", "left.py"] }
taken()
output x = [sleep(1400s), sleep(1401s)]
END
    run --separate-stderr under 2 auth "$TGRUN" w.tg
    ended 130
    err_has "tokens left: ab"
}

@test "tgruns that need each other's tokens for wide tasks run these in turn" {
    cat >w.tg <<'END'
param name: str
task wide(i: int) -> nil with cores = 2 { sh "echo ${name} >> begun; ./busy & ./busy; wait" }
for i in range(3) { wide(i) }
END
    cat >both <<'END'
#!/bin/bash
# Two slots, as make -j2 has: each tgrun gets one, and none is left.
read -rN 1 token <made-fifo
"$TGRUN" w.tg -D name=a &
"$TGRUN" w.tg -D name=b && wait $!
ended=$?
printf %s "$token" >made-fifo
exit $ended
END
    run --separate-stderr under 1 fifo bash both
    ended 0
    [ "$(sort begun | uniq -c | xargs)" = "3 a 3 b" ]
    most 2
}

# bats test_tags=long
@test "what a run has lent is there again however it ends" {
    cat >w.tg <<'END'
task wide(i: int) -> nil with cores = 2 { run ["true"] }
for i in range(3) { wide(i) }
END
    local i
    for i in {1..60}; do
        rm -f made-fifo
        run --separate-stderr under 0 fifo env MAKEFLAGS=" -j2 --jobserver-auth=fifo:$PWD/made-fifo" \
            timeout -s "$([ $((i % 2)) = 0 ] && echo KILL || echo INT)" "0.$((RANDOM % 500 + 100))" "$TGRUN" w.tg
        err_has "tokens left:"
    done
}

@test "a task of several cores holds as many tokens, on every scheduler" {
    cat >left.py <<'END'
import fcntl, os, re, struct, termios
read = int(re.search(r"--jobserver-auth=([0-9]+)", os.environ["MAKEFLAGS"])[1])
print(struct.unpack("i", fcntl.ioctl(read, termios.FIONREAD, b"\0" * 4))[0])
END
    cat >w.tg <<'END'
task left(n: int) -> int { run ["python3", "left.py"] }
a = left(0) with cores = 3
b = left(a) with cores = 2
output c = [a, b, left(b)]
END
    local scheduler
    for scheduler in threads single-threaded; do
        run --separate-stderr under 3 auth "$TGRUN" w.tg --scheduler=$scheduler
        ended 0
        is 'c = [1, 2, 3]'
        err_has "tokens left: abc"
    done
}

@test "what waits for a token is named" {
    cat >w.tg <<'END'
task stays(i: int) -> nil { sh "echo > begun-${i}; until [ -e go-${i} ]; do sleep 0.02; done" }
for i in range(3) { stays(i) }
END
    mkfifo none
    exec 4<>none
    MAKEFLAGS=" -j2 --jobserver-auth=fifo:$PWD/none" start w.tg 4>&-
    begun() { [ "$(compgen -G 'begun-*' | wc -l)" = "$1" ]; }
    told() {
        kill -USR1 "$pid"
        grep -q "^$1 of 3 tasks done, 0 failed, 0 skipped, 1 running, $2 waiting$" err
    }
    wait_for begun 1
    held() { told 0 2 && grep -q '^  task [0-9]*: stays, w.tg:2, waits for a token of the jobserver$' err; }
    wait_for held
    local first=(begun-*)
    : >"go-${first#begun-}"
    wait_for told 1 1 # whose worker has run the first one
    wait_for begun 2
    echo -n + >&4
    wait_for begun 3
    : | tee go-0 go-1 >go-2
    finish
    ended 0
}

@test "a failure ends what waits for tokens, however many do" {
    cat >w.tg <<'END'
task fails(i: int) -> nil { sh "echo > begun; until [ -e go ]; do sleep 0.02; done; exit 3" }
for i in range(6) { fails(i) }
END
    mkfifo none
    exec 4<>none
    MAKEFLAGS=" -j4 --jobserver-auth=fifo:$PWD/none" start w.tg 4>&-
    waiting() {
        kill -USR1 "$pid"
        grep -q ', 1 running, 5 waiting$' err && [ "$(tail -n 5 err | grep -c 'waits for')" = 3 ]
    }
    wait_for test -e begun
    wait_for waiting
    : >go
    finish
    ended 1
    err_has "1 task failed"
}

@test "--load starts one at a time where the load is higher" {
    tg many.tg -j4 --load=0.01 # whatever the load is: what has just begun is a quarter of one more
    ended 0
    most 1
    tg meet.tg -D n=3 -j3 --load=100000
    ended 0
    tg many.tg --load=0
    ended 2
    err_has "bad value '0' of option '--load': must be a number above 0"
    tg many.tg --load=x
    ended 2
    tg many.tg -j4 --load=2.5 --pressure=ignore
    ended 0
}
