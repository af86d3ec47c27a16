#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Drivers of clusters: `tgrun driver test` finds that the one that ships with tgrun keeps the contract, and names each lie of one that does
# not (liar.py).
load helper

setup() {
    tg_setup
    ulimit -c 0
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\nexec python3 "%s"\n' "$top/tests/cli/liar.py" >"$BATS_TEST_TMPDIR/bin/tgrun-driver-liar"
    chmod +x "$BATS_TEST_TMPDIR/bin/tgrun-driver-liar"
    export PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# liar LIE [ARG...]: tries the driver that lies so.
liar() {
    command -v python3 >/dev/null || skip "no python3"
    export LIE=$1
    tg driver test liar:anything "${@:2}"
}

# names LIE LINE: the rule is found broken first, and why.
names() {
    liar "$1" --fail-fast
    ended 1
    has "BROKEN   $2"
}

# names_silence LIE LINE: the same of one that leaves an answer out; a busy machine needs more patience to come so far.
names_silence() {
    for patience in 1s 5s 25s 125s; do
        liar "$1" --fail-fast --patience=$patience
        [[ $output != *"BROKEN   $2"* ]] || return 0
    done
    tg_show "not found broken: $2"
}

none_left() { [ -z "$(left '^tgrun (agent|driver-exec)$')" ]; }

@test "the driver that ships with tgrun keeps the contract" {
    tg driver test pool:2
    ended 0
    lacks BROKEN
    has ", 0 broken"
    lacks untried
    wait_until none_left
}

@test "one that only hands messages on does, too" {
    liar honest
    ended 0
    has ", 0 broken"
}

@test "an answer that comes twice is named" {
    names doubles "each batch is answered once: batch 1 was answered 2 times"
}

@test "an answer that never comes is named" {
    names_silence never "more batches than slots are all run: no answer"
}

@test "a greeting that comes late is named" {
    names_silence late "its first message is 'hello', and waits for nothing: no answer"
}

@test "garbage is named" {
    names garbage "members that it does not know are ignored: what it sent is no message: a message of 1667330644 bytes"
}

@test "a driver that dies is named" {
    names dies "a batch is run, and its report comes back: the driver has ended"
}

@test "messages that do not hold what they say are named" {
    names short "a batch is run, and its report comes back: 'done' of batch 1 has a blob of"
    names other "a batch is run, and its report comes back: the first output of batch 1 is not the agent's report"
    names counts "'open' is answered by 'ready', with workers and their slots: 'ready' says 3 slots, but its workers have 2"
    names nobody "a batch is run, and its report comes back: batch 1 was run by 'nobody', which is no worker"
}

@test "what nobody asked for is named" {
    names strange "members that it does not know are ignored: it answered batch 1002, which it was not given"
    names chatty "'open' is answered by 'ready', with workers and their slots: it sent a message of kind 'weather', which there is not"
}

# bats test_tags=slow
@test "a driver that does as if it understood all is named" {
    names_silence polite "a message of an unknown kind is an error 'protocol': no answer"
    names_silence deaf "a batch that waits can be cancelled: no answer"
    names_silence busy "'ping' is answered while batches run: no answer"
}

@test "a bad end is named" {
    names fails "'close' is answered by 'closed', and it ends with status 0: its exit status is 7"
}

@test "batches of agents that are killed are lost, and others take their place" {
    liar kills
    ended 1
    has "BROKEN   batches that run can be cancelled: batch "
    has "was answered as 'lost'"
    has "ok       batches run behind cancelled ones"
    has ", 1 broken"
    wait_until none_left
}

@test "a cluster that is none, and a driver that there is not" {
    tg driver test nonsense
    ended 2
    err_has "'nonsense' is no cluster"
    tg driver test nobody:x
    ended 3
    err_has "cannot find 'tgrun-driver-nobody', the driver of cluster 'nobody:x'"
    tg driver check pool:2
    ended 2
    err_has "'driver' does not know 'check'"
    tg driver test
    ended 2
    err_has "'driver' needs the word 'test' and a cluster"
}

@test "a host that cannot be reached is said with the words of ssh" {
    printf '#!/bin/sh\necho "ssh: no route to $7" >&2\nexit 255\n' >"$BATS_TEST_TMPDIR/bin/ssh"
    chmod +x "$BATS_TEST_TMPDIR/bin/ssh"
    tg driver test ssh:there/2 --fail-fast
    ended 1
    has "it said error 'connect': the agent on there ended with status 255: ssh: no route to"
}

@test "agents are started by ssh with the program that is named" {
    cat >"$BATS_TEST_TMPDIR/bin/ssh" <<'END'
#!/bin/sh
echo "$*" >>"$XDG_CONFIG_HOME.ssh"
while [ "$1" != -- ]; do shift; done
exec sh -c "$3"
END
    chmod +x "$BATS_TEST_TMPDIR/bin/ssh"
    tg driver test "ssh:one/1,me@two/1;program=$TGRUN"
    ended 0
    has ", 0 broken"
    grep -qF -- "-T -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=4 -- one '$TGRUN' agent" "$XDG_CONFIG_HOME.ssh"
    grep -qF -- "-- me@two '$TGRUN' agent" "$XDG_CONFIG_HOME.ssh"
}

@test "agents are started by srun, in an allocation on its nodes" {
    cat >"$BATS_TEST_TMPDIR/bin/srun" <<'END'
#!/bin/sh
echo "$*" >>"$XDG_CONFIG_HOME.srun"
while [ "$1" != agent ]; do program=$1; shift; done
exec "$program" agent
END
    chmod +x "$BATS_TEST_TMPDIR/bin/srun"
    unset SLURM_JOB_ID SLURM_TASKS_PER_NODE
    tg driver test slurm:1 --fail-fast
    ended 0
    grep -q -- "--job-name=tgrun --nodes=1 --ntasks=1 /.* agent" "$XDG_CONFIG_HOME.srun"
    SLURM_JOB_ID=7 SLURM_TASKS_PER_NODE='1(x2)' tg driver test slurm:2 --fail-fast
    ended 0
    grep -q -- "--relative=0 --overlap --cpu-bind=none /.* agent" "$XDG_CONFIG_HOME.srun"
    grep -q -- "--relative=1 --overlap --cpu-bind=none /.* agent" "$XDG_CONFIG_HOME.srun"
}

# bats test_tags=slow
@test "the example of docs/drivers.md keeps the contract" {
    command -v python3 >/dev/null || skip "no python3"
    awk '/^```python tgrun-driver-single/ { on = 1; next } /^```/ { on = 0 } on' "$top/docs/drivers.md" >"$BATS_TEST_TMPDIR/bin/tgrun-driver-single"
    chmod +x "$BATS_TEST_TMPDIR/bin/tgrun-driver-single"
    tg driver test "single:$TGRUN"
    ended 0
    has ", 0 broken"
}
