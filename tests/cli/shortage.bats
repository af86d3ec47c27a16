#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Too few file descriptors or processes for all tasks at once: they wait for one another instead of failing.
load helper

# Commands of every kind, many of each.
work='use math
task number(n: int) -> int { sh "echo noise >&2; echo $(echo ${n})" }
task piped(n: int) -> int { run ["echo", n] | ["cat"] | ["cat"] }
task file(n: int) -> file("d/${n}.txt") { run ["cat"] < text("x") | ["cat"] > out }
task files(n: int) -> list[file]("e/${n}/*") { sh "touch ${out}/a ${out}/b" }
output sum = math.sum([number(i) + piped(i) for i in 0..24])
output made = len([file(i) for i in 0..24])
output folders = len([files(i) for i in 0..24])'
right='sum = 552
made = 24
folders = 24'

# bats test_tags=parallel
@test "descriptors: commands wait for one another, which is said once" {
    echo "$work" >w.tg
    for most in 25 40 100; do
        rm -rf d e
        run --separate-stderr bash -c "ulimit -n $most; exec $TGRUN w.tg --jobs=32"
        ended 0
        is "$right"
        [ "$(grep -c 'some commands wait' <<<"$stderr")" -le 1 ]
        err_lacks 'could not write the log'
    done
    echo 'task t(i: int) -> int { sh "until [ -s told ]; do sleep 0.01; done; echo 1" } # or they might end one by one
output n = len([t(i) for i in 0..24])' >w.tg
    run bash -c "ulimit -n 25; exec $TGRUN w.tg --jobs=32 2>told"
    ended 0
    is 'n = 24'
    stderr=$(cat told)
    err_has "warning: some commands wait until others end: Too many open files; 'ulimit -n' tells and raises the limit"
}

@test "descriptors: where even one command has too few, that is its failure" {
    echo 'task t() -> str { run ["echo", "x"] }
output o = t()' >w.tg
    run --separate-stderr bash -c "ulimit -n 9; exec $TGRUN w.tg --jobs=32"
    ended 1
    err_has "cannot start 'echo': Too many open files"
    err_has 'ulimit -n'
}

# bats test_tags=not-processes
@test "descriptors: tasks that read and write files wait, too" {
    for i in $(seq 64); do echo "$i" >"in.$i"; done
    echo 'use text
output n = len([text.read(f) for f in glob("in.*")])
output m = len([text.write("out.${i}", "x") for i in 0..64])' >w.tg
    run --separate-stderr bash -c "ulimit -n 12; exec $TGRUN w.tg --jobs=32"
    ended 0
    is 'n = 64
m = 64'
}

# bats test_tags=parallel
@test "descriptors: no more workers than executors have room for" {
    echo 'use text
output m = len([text.write("out.${i}", "x") for i in 0..64])' >w.tg
    for most in 16 40 64; do
        run --separate-stderr bash -c "ulimit -n $most; exec $TGRUN w.tg --jobs=32 --scheduler=processes"
        ended 0
        is 'm = 64'
        err_has "warning: only $(((most - 12) / 4)) of 32 workers, as 'ulimit -n' allows no more open files"
    done
}

@test "processes: fewer workers, and waiting commands" {
    [ "$(id -u)" = 0 ] || skip "needs a user without other processes"
    command -v setpriv >/dev/null || skip "needs setpriv"
    local user=$((1000000 + $$)) folder
    folder=$(mktemp -d) # the tests' own is nobody else's
    chmod 777 "$folder"
    as_user() { setpriv --reuid=$user --regid=$user --clear-groups bash -c "cd $folder && $1"; }
    as_user "test -x $TGRUN" || skip "the program is not for others"
    echo "$work" >"$folder/w.tg"
    for most in 20 60; do
        run --separate-stderr as_user "rm -rf d e .tgrun; ulimit -u $most; exec $TGRUN w.tg --jobs=32"
        ended 0
        is "$right"
        err_has "of 32 workers, as 'ulimit -u' allows no more processes"
    done
    rm -rf "$folder"
}
