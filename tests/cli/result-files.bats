#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Result files: where they are until their command has succeeded, what may be replaced, and what any end leaves.
load helper

# Nothing of tgrun's own is left but logs and records.
clean() { [ -z "$(find . -name '.tgrun-*')" ] && [ ! -e .tgrun/aside ] || { find . -name '.tgrun*' && false; }; }

three='param x: int = 1
task t(x: int) -> {a: file("a"), b: file("sub/b"), c: list[file]("l/*")} {
    sh "echo ${x} > ${out.a}; echo ${x} > ${out.b}; echo ${x} > ${out.c}/1; echo ${x} > ${out.c}/2"
}
output o = t(x)'

# cut N [ASSIGNMENT...] ARG...: tgrun, cut at the N-th call (tests/preload/cut.c).
cut() {
    local at=$1
    shift
    run --separate-stderr env LD_PRELOAD="$build/tests/preload/cut.so" CUT_AT="$at" "$@" </dev/null
}

@test "a file aside has its final base name, in a folder of its own beside it" {
    run_tg 'task t() -> file("made/x.tar.gz") { sh "echo ${out} > ${out}" }
output o = t()'
    ended 0
    [[ $(cat made/x.tar.gz) =~ ^made/\.tgrun-[0-9a-v]{6}/x\.tar\.gz$ ]]
    clean
}

@test "a private folder that is left empty serves the next command, and none is seen by another" {
    run_tg 'task t(i: int, before: list[file]) -> file("d/${i}") { sh "ls -A d | wc -l > ${out}; dirname ${out} >> ${out}" }
task look(f: file, where: str) -> str { run ["ls", "-A", where] }
task stand(f: file) -> file("e/x") { sh "ls -A d > ${out}" }
a = t(1, [])
b = t(2, [a])
output seen = look(b, "d")
output also = look(stand(b), "e")'
    ended 0
    is $'seen = 1\n2\nalso = x'
    [ "$(head -n 1 d/1 d/2 | grep -c '^[12]$')" = 2 ] # its own folder alone, then that and the first result
    [ "$(tail -qn 1 d/1 d/2 | sort -u | wc -l)" = 1 ]
    [ "$(cat e/x)" = $'1\n2' ]
    clean
}

@test "a private folder whose rights were changed, that has more in it or is gone does not serve again" {
    run_tg 'task t(i: int, how: str, before: list[file]) -> file("d/${i}") {
    sh "f=$(dirname ${out}); ls -A $f >> seen; stat -c %a $f >> seen; touch ${out}; ${raw(how)}"
}
a = t(1, "chmod 777 $f", [])
b = t(2, "touch $f/more", [a])
c = t(3, ":", [b])
task gone(f: file) -> file("g") { sh "rm -rf d; touch ${out}" }
output o = t(4, ":", [gone(c)])'
    ended 0
    err_has "also made 'd/more', which is no result of it"
    [ "$(sort seen | uniq -c | xargs)" = '4 1755' ]
    [ "$(ls -A d)" = 4 ]
    clean
}

# bats test_tags=not-asan,not-tsan
@test "killed at any call, a private folder that is kept for the next command is cleared" {
    echo 'task t(x: int, before: list[file]) -> file("d/${len(before)}") { sh "echo ${x} > ${out}" }
param x: int = 1
a = t(x, [])
output o = t(x, [a])' >w.tg
    echo 'output nothing = nil' >other.tg
    tg w.tg -D x=0
    local at=0 ended=1
    until [ "$ended" = 0 ]; do
        at=$((at + 1))
        cut "$at" "$TGRUN" w.tg -D x="$at"
        ended=$status
        tg other.tg
        clean
        [[ $(cat d/0 d/1 | xargs) =~ ^([0-9]+)\ ([0-9]+)$ ]] && [ "${BASH_REMATCH[1]}" -ge "${BASH_REMATCH[2]}" ]
        [ "$at" -lt 100 ]
    done
    [ "$at" -gt 10 ]
    [ "$(cat d/1)" = "$at" ]
}

@test "side files: declared ones are results, others are named and removed" {
    run_tg 'task t() -> {bam: file("x.bam"), index: file("x.bam.bai")} { sh "touch ${out.bam} ${out.bam}.bai ${out.bam}.csi" }
task u() -> list[file]("l/*.txt") { sh "touch ${out}/a.txt ${out}/b.csv" }
output o = t()
output p = u()'
    ended 0
    is 'o = {bam: "x.bam", index: "x.bam.bai"}
p = ["l/a.txt"]'
    err_has "warning: task 't' also made 'x.bam.csi', which is no result of it: it was removed"
    err_has "warning: task 'u' also made 'l/b.csv', which is no result of it: it was removed"
    [ -e x.bam.bai ] && [ ! -e x.bam.csi ] && [ ! -e l/b.csv ]
    clean
}

# bats test_tags=not-asan,not-tsan
@test "killed at any call, results are all old or all new after the next run" {
    printf '%s\n' "$three" >w.tg
    echo 'output nothing = nil' >other.tg
    tg w.tg -D x=0
    local at=0
    until [ "$at" -gt 0 ] && [ "$status" = 0 ]; do
        at=$((at + 1))
        cut "$at" "$TGRUN" w.tg -D x="$at"
        tg other.tg
        [ "$(cat a sub/b l/* | sort -u | wc -l)" = 1 ] || tg_show "mixed at $at"
        clean
        [ "$at" -lt 200 ]
        [ "$(cat a)" = "$at" ] || status=1
    done
    [ "$at" -gt 20 ]
}

# bats test_tags=long
@test "killed at any time, again and again, pairs of results stay pairs" {
    echo 'param x: int = 1
task t(i: int) -> {a: file("d/${i}.a"), b: file("e/${i}.b")} { sh "echo ${x} > ${out.a}; echo ${x} > ${out.b}" }
output n = len([t(i) for i in 0..8])' >w.tg
    echo 'output nothing = nil' >other.tg
    tg w.tg -D x=0
    local round i
    for round in $(seq 150); do
        start w.tg -D x="$round" -j 4
        read -rt "0.0$((RANDOM % 90 + 10))" <> <(:) || :
        kill -KILL "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
        tg other.tg
        # what was just starting a program lives until that has begun, and with it the lock
        for i in 1 2 3 4 5; do clean >/dev/null || tg other.tg; done
        for i in 0 1 2 3 4 5 6 7; do cmp "d/$i.a" "e/$i.b"; done
        clean
    done
}

# bats test_tags=not-asan,not-tsan
@test "a call that fails leaves results all old or all new, and says so" {
    printf '%s\n' "$three" >w.tg
    tg w.tg -D x=0
    local at=0 what
    for what in rename linkat mkdir fdatasync flock; do
        for at in 1 2 3 4 5 6 7 8 9 10; do
            cut "$at" CUT_ERROR=28 CUT_ONLY=$what "$TGRUN" w.tg -D x="$at"
            [ "$(cat a sub/b l/* | sort -u | wc -l)" = 1 ] || tg_show "mixed: $what $at"
            if [ "$status" = 0 ]; then [ "$(cat a)" = "$at" ]; else err_has 'No space left on device'; fi
            clean
        done
    done
}

@test "the next run finishes what a killed one had begun, and says so" {
    mkdir -p .tgrun-abcdef .tgrun/aside
    chmod +t .tgrun-abcdef
    echo old >a; echo new >.tgrun-abcdef/a
    pwd | tr '\n' '\0' >.tgrun/aside/aaaaaa
    run_tg 'task t() -> str { sh "cat a" }
output o = t()'
    ended 0
    is 'o = old'
    [ ! -e .tgrun-abcdef ]
    clean
}

@test "two runs in one folder do not take each other's files" {
    mkfifo go
    echo 'task t() -> file("a") { sh "cat < go > ${out}" }
output o = t()' >w.tg
    start w.tg
    wait_for compgen -G '.tgrun-??????' >/dev/null
    run_tg 'task u() -> file("b") { sh "echo b > ${out}" }
output o = u()'
    ended 0
    echo a >go
    finish
    ended 0
    [ "$(cat a b)" = $'a\nb' ]
    clean
}

@test "a device, FIFO or socket is refused before the command runs" {
    mkfifo fifo other
    ln -s other tofifo
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
    run_tg 'task t(p: str) -> file("${p}") { sh "touch ran; echo > ${out}" }
output o = [t(p) for p in ["/dev/null", "fifo", "tofifo", "socket"]]' -k
    ended 1
    err_has "'/dev/null' cannot be a result's path: it is a device"
    err_has "'fifo' cannot be a result's path: it is a FIFO"
    err_has "'tofifo' cannot be a result's path: it is a link to 'other': it is a FIFO"
    err_has "'socket' cannot be a result's path: it is a socket"
    [ -c /dev/null ] && [ -p fifo ] && [ -S socket ] && [ ! -e ran ]
}

@test "a list of one file replaces no FIFO, nor what is write-protected" {
    local name
    mkdir l
    mkfifo l/a
    echo old >l/b
    chmod 444 l/b
    for name in a b; do
        run_tg "task t() -> list[file](\"l/*\") { sh \"echo new > \${out}/$name\" }
output o = t()"
        ended 1
        err_has "cannot put the result 'l/$name' in place: it is"
    done
    [ -p l/a ] && [ "$(cat l/b)" = old ]
    # nor does a log that is kept
    mkfifo l/a.log
    run_tg 'task t() -> list[file]("l/*.log") { sh "echo new > ${out}/a.log; echo new > ${out}/b.log; false" }
output o = t()'
    ended 1
    [ -p l/a.log ] && [ "$(cat l/b.log)" = new ]
    clean
}

@test "what a command makes must be a file, a folder, or a link to one" {
    run_tg 'task fifo() -> file("a") { sh "mkfifo ${out}" }
task lost() -> file("b") { sh "ln -s nowhere ${out}" }
task aside() -> file("c") { sh "touch ${out}.data; ln -s c.data ${out}" }
task list() -> list[file]("l/*") { sh "mkfifo ${out}/x" }
output o = [fifo(), lost(), aside(), list()]' -k
    ended 1
    err_has "made 'a' as a FIFO"
    err_has "made 'b' as a link that leads nowhere"
    err_has "made 'c' as a link to what is no result"
    err_has "made 'l/x' as a FIFO"
    [ "$(ls)" = $'l\nw.tg' ]
    clean
}

@test "a symbolic link is followed, and what it leads to is replaced" {
    mkdir data
    echo old >data/real
    ln -s data/real link
    ln -s data/new dangling
    ln -s no/where lost
    run_tg 'task t(p: str) -> file("${p}") { sh "echo new > ${out}" }
output o = [t("link"), t("dangling"), t("lost")]' -k
    ended 1
    err_has "'lost' cannot be a result's path: it is a link to 'no/where': its folder is not there"
    [ -L link ] && [ "$(cat data/real)" = new ]
    [ -L dangling ] && [ "$(cat data/new)" = new ]
    clean
}

@test "a link as result takes the place of a link, and its target stays" {
    mkdir data
    echo input >data/real
    ln -s data/real link
    run_tg 'task t() -> file("link") { sh "ln -s ../data/real ${out}" }
output o = t()'
    # seen from the private folder beside data/real, ../data/real leads nowhere; ../real is it
    run_tg 'task t() -> file("link") { sh "ln -s ../real ${out}" }
output o = t()'
    ended 0
    [ -L link ] && [ "$(cat link)" = input ] && [ ! -L data/real ]
    clean
}

@test "links in a folder of results lead where they led" {
    echo input >in.txt
    run_tg "task t() -> list[file](\"$PWD/l/*\")"' {
    sh "echo a > ${out}/a; ln -s a ${out}/near; ln -s ${out}/a ${out}/far; ln -s ../../../in.txt ${out}/up"
}
task d() -> file("tree") { sh "mkdir -p ${out}/sub; echo x > ${out}/x; ln -s ../x ${out}/sub/x; ln -s ../../../in.txt ${out}/sub/in" }
output o = len(t())
output p = d()'
    ended 0
    is 'o = 4
p = tree'
    [ "$(readlink l/near)" = a ] && [ "$(readlink l/far)" = "$PWD/l/a" ] && [ "$(readlink l/up)" = ../in.txt ]
    [ "$(cat tree/sub/x tree/sub/in)" = $'x\ninput' ]
    clean
}

@test "what stands in a value of a pattern is literal" {
    run_tg 'task t(n: str) -> list[file]("l/${n}-*.txt") { run ["touch", out + "/" + n + "-1.txt", out + "/xy-1.txt"] }
output o = [t("a[x]"), t("*"), t("q?\\")]
task u(d: str) -> list[file]("${d}/*") { run ["touch", out + "/f"] }
output p = u("dir[1]*")'
    ended 0
    is 'o = [["l/a[x]-1.txt"], ["l/*-1.txt"], ["l/q?\\-1.txt"]]
p = ["dir[1]*/f"]'
    err_has "also made 'l/xy-1.txt'"
    run_tg 'task t() -> list[file]("l*/x") { sh "true" }
output o = t()'
    ended 1
    err_has "only its last part may have wildcards"
}

@test "a write-protected result is an error before the command runs" {
    echo old >a
    mkdir l
    echo old >l/x
    chmod 444 a l/x
    run_tg 'task t() -> file("a") { sh "touch ran; echo > ${out}" }
task u() -> {l: list[file]("l/*"), n: file("n")} { sh "echo > ${out.l}/x; echo > ${out.n}" }
output o = [t(), u()]' -k
    ended 1
    err_has "'a' cannot be a result's path: it is write-protected"
    err_has "cannot put the result 'l/x' in place: it is write-protected"
    [ "$(cat a l/x)" = $'old\nold' ] && [ ! -e ran ] && [ ! -e n ]
    clean
}

@test "names of tgrun's own are no results, nor such as are too long" {
    run_tg "task t(p: str) -> file(\"\${p}\") { sh \"echo > \${out}\" }
output o = [t(\".tgrun-x\"), t(\"d/\"), t(\"$(printf '%0256d' 0)\")]" -k
    ended 1
    err_has "'.tgrun-x' cannot be a result's path: such names are tgrun's own"
    err_has "'d/' cannot be a result's path: it does not end in a file's name"
    err_has "cannot be a result's path: the name is too long"
    clean
}

@test "a name may be as long as a name can be, and hold any byte" {
    local name
    name=$(printf '%0251d.txt' 0)
    run_tg "task t(p: str) -> file(\"\${p}\") { sh \"echo x > \${out}\" }
output o = [t(\"$name\"), t(\"a\\nb\"), t(\"-n\"), t(\"~\"), t(\" \")]"
    ended 0
    [ "$(cat "$name" $'a\nb' ./-n './~' ' ')" = $'x\nx\nx\nx\nx' ]
    clean
}

@test "a command that writes to the final name is told of out" {
    echo before >old.txt
    run_tg 'task t() -> file("a.txt") { sh "echo x > a.txt" }
task u() -> {b: file("b.txt")} { sh "echo x > b.txt" }
task v() -> file("old.txt") { sh "true" }
task w() -> file("none.txt") { sh "true" }
output o = [t(), u(), v(), w()]' -k
    ended 1
    err_has "did not make 'a.txt'"
    err_has 'It wrote to that name itself. It must write to `${out}`, which gets that name at the end.'
    err_has 'It must write to `${out.b}`'
    err_has 'The file is there from before. The command must write to `${out}`'
}

@test "files that the pattern of a list does not match are named" {
    run_tg 'task t() -> list[file]("p/*.part") { sh "cd ${out}; touch a b c.txt" }
task u() -> list[file]("q/*.part") { sh "touch ${out}a.part" }
task v() -> list[file]("r/*.part") { sh "true" }
output o = [t(), u(), v()]' -k
    ended 1
    err_has "hint: It made 'a' and 2 more, which the pattern does not match."
    [ "$(grep -cF 'hint: The command must write its files into the folder `out`, as in `${out}/name`.' <<<"${stderr%first failure*}")" = 2 ]
    clean
}

@test "a log is kept when its command fails, nothing else" {
    run_tg 'task t() -> {data: file("d.txt"), log: file("t.err")} { sh "echo half > ${out.data}; echo why > ${out.log}; false" }
task u() -> file("logs/u.log") { sh "echo because > ${out}; exit 3" }
output o = [t(), u()]' -k
    ended 1
    err_has 'kept: t.err'
    err_has 'kept: logs/u.log'
    [ "$(cat t.err logs/u.log)" = $'why\nbecause' ] && [ ! -e d.txt ]
    clean
}

@test "--keep-failed keeps what was begun, and tells where" {
    echo old >d.txt
    run_tg 'task t() -> {data: file("d.txt"), parts: list[file]("l/*")} { sh "echo half > ${out.data}; touch ${out.parts}/1; false" }
output o = t()' --keep-failed
    ended 1
    [[ $stderr =~ kept:\ (\.tgrun-failed-[0-9a-v]{6}/d\.txt) ]]
    [ "$(cat "${BASH_REMATCH[1]}" d.txt)" = $'half\nold' ]
    [[ $stderr =~ kept:\ (l/\.tgrun-failed-[0-9a-v]{6}/made) ]]
    [ -e "${BASH_REMATCH[1]}/1" ]
    run_tg 'task t() -> file("d.txt") { sh "echo new > ${out}" }
output o = t()'
    ended 0
    [ -d .tgrun-failed-?????? ]
}

@test "a full disk fails the command, and what was there stays" {
    [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=64k tmpfs full 2>/dev/null || skip 'no file system of its own can be made'
    echo old >full/a
    run_tg 'task t() -> {a: file("full/a"), b: file("full/b")} { sh "echo new > ${out.a}; head -c 100000 /dev/zero > ${out.b}" }
output o = t()'
    local after
    after=$(ls -A full) before=$(cat full/a)
    umount full
    ended 1
    err_has 'No space left on device'
    [ "$after" = a ] && [ "$before" = old ]
}

@test "a result that is a mount point stays, and is named" {
    [ "$(id -u)" = 0 ] && touch a b && mount --bind b a 2>/dev/null || skip 'nothing can be mounted'
    echo old >b
    run_tg 'task t() -> {n: file("n"), a: file("a")} { sh "echo new > ${out.a}; echo new > ${out.n}" }
output o = t()'
    umount a
    ended 1
    err_has "cannot put the result 'a' in place: Device or resource busy"
    err_has 'mount point'
    [ "$(cat b)" = old ] && [ ! -e n ]
    clean
}

@test "logs of old runs are removed, those of living ones are not" {
    local i
    for i in $(seq 10 39); do mkdir -p ".tgrun/logs/202501$i-000000-1"; done
    mkdir .tgrun/logs/mine
    touch .tgrun/logs/20250110-000000-1/photo .tgrun/logs/20250111-000000-1/a-0.log
    mkfifo go
    echo 'task t() -> str { sh "echo said >&2; cat < go" }
output o = t()' >w.tg
    start w.tg
    wait_for compgen -G '.tgrun/logs/2*/t-0.log' >/dev/null
    mv .tgrun/logs/2*-"$pid" .tgrun/logs/20250101-000000-1
    run_tg 'task u() -> str { sh "echo said >&2" }
output o = u()'
    ended 0
    [ -e .tgrun/logs/20250101-000000-1/t-0.log ] && [ -d .tgrun/logs/mine ] && [ ! -e .tgrun/logs/20250120-000000-1 ]
    [ -e .tgrun/logs/20250110-000000-1/photo ] && [ ! -e .tgrun/logs/20250111-000000-1 ]
    [ "$(ls .tgrun/logs | wc -l)" = 23 ]
    echo >go
    finish
    ended 0
}

@test "a log has the beginning and the end of what was printed without end" {
    run_tg 'task t() -> nil { sh "echo first >&2; head -c 70000000 /dev/zero | tr \"\\\\0\" x >&2; echo last >&2; false" }
t()'
    ended 1
    local log=(.tgrun/logs/*/t-0.log)
    [ "$(wc -c <"${log[0]}")" -lt 67200000 ]
    grep -aq 'bytes left out \.\.\.$' "${log[0]}"
    [ "$(tail -c 42 "${log[0]}")" = $'xxxlast\ncommand failed with exit status 1' ]
}

@test "a record of what was made is believed only if nobody else can write it" {
    echo 'task t() -> list[file]("l/*") { sh "echo new > ${out}/a" }
output o = t()' >w.tg
    tg w.tg
    local record=(.tgrun/made/*)
    echo mine >l/mine
    printf 'mine\0' >>"${record[0]}"
    chmod 666 "${record[0]}"
    tg w.tg
    ended 0
    [ -e l/mine ]
    # nor is a link followed that lies where it is written
    echo precious >victim
    run bash -c 'ln -s ../../victim "$1.$$"; exec "$TGRUN" w.tg' - "${record[0]}"
    ended 0
    [ "$(cat victim)" = precious ]
    [ -f "${record[0]}" ] && [ ! -L "${record[0]}" ]
}

@test "what a mount point shows is not removed with a private folder" {
    [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || skip 'nothing can be mounted'
    mkdir data
    echo precious >data/f
    echo 'task t() -> file("x") { sh "echo 1 > ${out}; mkdir -p ${out}.d/m; mount --bind data ${out}.d/m; ls ${out}.d/m > ${out}.seen; false" }
task v() -> file("z") { sh "mkdir ${out}.m; mount --bind data ${out}.m; false" }
output o = t()
output q = v()' >w.tg
    run unshare -m "$TGRUN" w.tg -k
    ended 1
    [ "$(cat data/f)" = precious ]
    has "warning: could not remove '.tgrun-"
    # the mounts were of a name space that is gone
    echo 'output nothing = nil' >other.tg
    tg other.tg
    clean
}

@test "a folder of the user's is no private one for its name" {
    mkdir .tgrun-backup
    echo precious >.tgrun-backup/f
    run_tg 'task t() -> file("x") { sh "echo 1 > ${out}" }
output o = t()'
    ended 0
    [ "$(cat .tgrun-backup/f)" = precious ]
}

@test "a command may take its private folder away, or its rights: only that is removed" {
    mkdir mine
    echo precious >mine/f
    run_tg 'task t() -> file("f") { sh "d=$(dirname ${out}); rm -r $d; ln -s mine $d" }
output o = t()'
    ended 1
    err_has 'was replaced while the command ran'
    [ "$(cat mine/f)" = precious ] && [ ! -e f ]
    clean
    run_tg 'task t() -> file("x") { sh "d=$(dirname ${out}); mv $d gone; mv mine $d; false" }
output o = t()'
    ended 1
    [ "$(cat .tgrun-??????/f)" = precious ]
    mv .tgrun-?????? mine
    rm -r gone
    run_tg 'task t() -> file("x") { sh "echo 1 > ${out}; chmod 0 $(dirname ${out}); false" }
output o = t()'
    clean
}

@test "a result may be another name of the file that it replaces" {
    echo same >x
    run_tg 'task t() -> file("x") { sh "ln x ${out}" }
task u() -> {y: file("y"), z: list[file]("l/*")} { sh "echo y > ${out.y}; ln ${out.y} ${out.z}/1; echo 2 > ${out.z}/2" }
output o = t()
output p = u()'
    ended 0
    [ -z "$stderr" ] && [ "$(cat x)" = same ]
    run_tg 'task u() -> {y: file("y"), z: list[file]("l/*")} { sh "ln l/2 ${out.y}; ln y ${out.z}/1" }
output p = u()'
    ended 0
    [ -z "$stderr" ] && [ "$(cat y l/1)" = $'2\ny' ] && [ ! -e l/2 ]
    clean
}
