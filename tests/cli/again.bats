#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a second run does: only what is not up to date. What counts, which files, what is never skipped, and a record that cannot be read
# or written. (tests/stress/again.bats has random workflows and edits, tests/stress/killed.bats runs that are killed.)
load helper

# Two sources, a result of each, and one of both.
setup() {
    tg_setup
    echo one >a
    echo two >b
    cat >w.tg <<'END'
param word: str = "x"
task copy(src: file, word: str) -> file("made/${src.name}") { sh "echo copy ${src.name} >>ran; cat ${src} >${out}; echo ${word} >>${out}" }
task join(parts: list[file]) -> file("all") { sh "echo join >>ran; cat ${parts} >${out}" }
output all = join([copy("a", word), copy("b", word)])
END
    : >ran
}

# ran LINE...: since the last look, just these commands have run.
ran() {
    printf '%s\n' "$@" | sed '/^$/d' | sort | diff - <(sort ran) || tg_show "not what has run"
    : >ran
}

# again TEXT LINE...: a run of w.tg that ends well, and prints and runs just that.
again() {
    tg w.tg
    ended 0
    is "$1"
    ran "${@:2}"
}

everything=('copy a' 'copy b' join)
first() { again 'all = all' "${everything[@]}"; }

@test "the second run runs nothing, says so and prints the outputs" {
    first
    err_lacks "up to date"
    again 'all = all' ''
    err_has "nothing to do: 3 commands are up to date"
    tg w.tg -q
    ended 0
    is 'all = all'
    [ -z "$stderr" ]
    ran ''
    [ "$(cat .tgrun/.gitignore)" = '*' ]
}

@test "only what a change reaches runs again" {
    first
    echo three >a
    again 'all = all' 'copy a' join
    [ "$(cat all)" = $'three\nx\ntwo\nx' ]
    again 'all = all' ''
}

@test "a file that is touched, written anew or moved in place of itself has not changed" {
    first
    touch a
    again 'all = all' ''
    echo one >a
    again 'all = all' ''
    cp a c
    mv c a
    again 'all = all' ''
}

@test "times from the future and the past say nothing" {
    touch -d '2 years' a
    touch -d 1971-01-01 b
    first
    again 'all = all' ''
    touch -d '1 year' a
    touch -d 1980-01-01 all
    touch -d '3 years' made/a
    again 'all = all' ''
    echo four >a
    touch -d '1 year' a # the same time, and the same size as before
    again 'all = all' 'copy a' join
    [ "$(head -n 1 all)" = four ]
}

@test "a change that leaves size and time as they were is seen" {
    first
    cp -p a stamp
    echo uno >a
    touch -r stamp a
    again 'all = all' 'copy a' join
    [ "$(head -n 1 all)" = uno ]
    cp -p all stamp
    tr x y <all >other
    cat other >all
    touch -r stamp all
    again 'all = all' join
    [ "$(sed -n 2p all)" = x ]
}

@test "changes in the moment in which a run ends are seen" {
    local word
    first
    for word in 111 222 333 444 555; do
        echo $word >a
        again 'all = all' 'copy a' join
        [ "$(head -n 1 all)" = $word ]
    done
}

@test "what a change does not reach does not run: early cut-off" {
    cat >w.tg <<'END'
task letters(src: file) -> file("letters") { sh "echo letters >>ran; tr -d 0-9 <${src} >${out}" }
task size(f: file) -> int { sh "echo size >>ran; wc -c <${f}" }
task show(n: int) -> str { sh "echo show >>ran; echo ${n} bytes" }
output shown = show(size(letters("a")))
END
    echo a1 >a
    again 'shown = 2 bytes' letters size show
    echo a22 >a
    again 'shown = 2 bytes' letters
    echo b1 >a
    again 'shown = 2 bytes' letters size
    echo bb >a
    again 'shown = 3 bytes' letters size show
    again 'shown = 3 bytes' ''
}

@test "a result that was edited, truncated or removed is made again where it is wanted" {
    first
    echo more >>all
    again 'all = all' join
    : >made/b
    again 'all = all' 'copy b'
    rm all
    again 'all = all' join
    rm made/a
    again 'all = all' ''
    [ ! -e made/a ]
    rm all
    again 'all = all' 'copy a' join
    rm made/a
    tg w.tg made/a
    ended 0
    ran 'copy a'
    rm -r made
    echo three >b
    again 'all = all' "${everything[@]}"
}

@test "a result that was written anew with what it had is up to date" {
    first
    cp all c
    mv c all
    touch made/a
    again 'all = all' ''
}

@test "a result behind a link is what the link leads to" {
    first
    mv all elsewhere
    ln -s elsewhere all
    again 'all = all' ''
    echo changed >elsewhere
    again 'all = all' join
    [ -L all ]
    cmp all <(cat made/a made/b)
    rm elsewhere
    again 'all = all' join
    [ -L all ]
    ln -sf ../a made/a # the source itself has other content
    tg w.tg
    ended 0
    grep -qx 'copy a' ran
}

@test "a source or a result that a folder has replaced is not up to date" {
    first
    rm made/a
    mkdir made/a
    tg w.tg
    [ "$status" != 0 ] || grep -qx 'copy a' ran
    rm -rf made/a
    tg w.tg
    ended 0
    [ "$(cat all)" = $'one\nx\ntwo\nx' ]
    rm a
    mkdir a
    tg w.tg
    [ "$status" != 0 ]
    rmdir a
    echo one >a
    tg w.tg
    ended 0
    [ "$(cat all)" = $'one\nx\ntwo\nx' ]
    ln a c
    rm a
    ln -s c a
    : >ran
    again 'all = all' ''
}

@test "a parameter that changes, and changes back" {
    first
    tg w.tg -D word=y
    ended 0
    ran "${everything[@]}"
    [ "$(tail -n 1 all)" = y ]
    tg w.tg -D word=y
    ran ''
    first
}

@test "text counts; comments, layout, names, resources and the number of workers do not" {
    first
    sed -i 's/^output all/# a comment\n\nparts = [copy("a", word), copy("b", word)]\noutput all/; s/join(\[copy("a", word), copy("b", word)\])/join(parts)/' w.tg
    sed -i 's/-> file("all")/& with cores = 1, priority = 3, retries = 2, timeout = 1h/' w.tg
    tg w.tg -j 7 --scheduler=single-threaded
    ended 0
    ran ''
    sed -i 's/cat ${parts}/cat  ${parts}/' w.tg
    again 'all = all' join
    sed -i 's/timeout = 1h/env = {LC_ALL: "C"}/' w.tg
    again 'all = all' join
    sed -i 's/"C"/"POSIX"/' w.tg
    again 'all = all' join
    again 'all = all' ''
}

@test "files in lists, records and variables of the body count" {
    cat >w.tg <<'END'
extra = file("b")
task t(r: record) -> str { sh "echo t >>ran; cat ${r.f} ${r.more} ${extra}" }
output x = t({f: file("a"), more: [file("c")]})
END
    echo three >c
    again $'x = one\nthree\ntwo' t
    again $'x = one\nthree\ntwo' ''
    echo 3 >c
    again $'x = one\n3\ntwo' t
    echo 2 >b
    again $'x = one\n3\n2' t
    echo 1 >a
    again $'x = 1\n3\n2' t
}

@test "volatile commands, commands without anything and those without a result run each time" {
    cat >w.tg <<'END'
task v(f: file) -> str with volatile = true { sh "echo v >>ran; cat ${f}" }
task bare() -> str { sh "echo bare >>ran; echo x" }
task bare_file() -> file("made") { sh "echo bare_file >>ran; echo x >${out}" }
task none(f: file) -> nil { sh "echo none >>ran" }
task cached(f: file) -> nil with cache = true { sh "echo cached >>ran" }
task named(x: str) -> nil with inputs = ["b"] { sh "echo named >>ran" }
task last(x: str, y: str, f: file) -> str { sh "echo last >>ran; echo ${x} ${y}" }
none("a")
cached("a")
named("x")
output x = last(v("a"), bare(), bare_file())
END
    again 'x = one x' v bare bare_file none cached named last
    again 'x = one x' v bare none
    echo 2 >b
    again 'x = one x' v bare none named
    echo 1 >a
    again 'x = 1 x' v bare none cached last
}

@test "inputs and depfiles name further files" {
    cat >w.tg <<'END'
task t(f: file, more: str) -> file("made") with inputs = [more], depfile = "${out}.d" {
    sh "echo t >>ran; cat ${f} ${more} $(cat ${f}) >${out}; echo \"${out}: $(cat ${f}) \\\\\" >${out}.d; echo ' ${f}' >>${out}.d"
}
output made = t("a", "b")
END
    echo hidden >a
    echo 1 >hidden
    again 'made = made' t
    [ ! -e made.d ]
    again 'made = made' ''
    echo 2 >hidden
    again 'made = made' t
    touch hidden
    again 'made = made' ''
    echo 2 >b
    again 'made = made' t
    cp hidden other
    echo other >a
    again 'made = made' t
    echo 3 >hidden # not read any more
    again 'made = made' ''
    rm other
    tg w.tg
    ended 1
    ran t
}

@test "temporary results go when they were used, and are not made again for what is up to date" {
    sed -i 's/^task copy.*") {/task copy(src: file, word: str) -> file("made\/${src.name}") with temp = true {/' w.tg
    grep -q 'temp = true' w.tg
    first
    [ ! -e made/a ] && [ ! -e made/b ]
    again 'all = all' ''
    echo 1 >a
    again 'all = all' 'copy a' 'copy b' join
    [ ! -e made/a ] && [ ! -e made/b ]
    rm all
    again 'all = all' 'copy a' 'copy b' join
    tg w.tg made/a
    ended 0
    ran 'copy a'
    [ -e made/a ]
}

@test "a temporary result of which nothing has changed but itself stays unused" {
    cat >w.tg <<'END'
task letters(src: file) -> file("letters") with temp = true { sh "echo letters >>ran; tr -d 0-9 <${src} >${out}" }
task copy(f: file) -> file("copy") { sh "echo copy >>ran; cat ${f} >${out}" }
output x = copy(letters("a"))
END
    again 'x = copy' letters copy
    echo one1 >a
    again 'x = copy' letters
    [ ! -e letters ]
    again 'x = copy' ''
}

@test "temporary results stay where a command that reads them has failed" {
    cat >w.tg <<'END'
task t(src: file) -> file("t") with temp = true { sh "echo t >>ran; cat ${src} >${out}" }
task good(f: file) -> file("good") { sh "echo good >>ran; cat ${f} >${out}" }
task bad(f: file) -> file("bad") { sh "echo bad >>ran; test -e allowed; cat ${f} >${out}" }
x = t("a")
output all = [good(x), bad(x)]
END
    tg w.tg -k
    ended 1
    ran t good bad
    [ -e t ]
    tg w.tg -k
    ended 1
    ran bad
    touch allowed
    again 'all = ["good", "bad"]' bad
    [ ! -e t ]
    again 'all = ["good", "bad"]' ''
}

@test "what has failed runs again, what has succeeded does not" {
    sed -i 's/cat ${parts}/test -e allowed; &/' w.tg
    tg w.tg
    ended 1
    ran "${everything[@]}"
    tg w.tg
    ended 1
    err_has "1 task failed, 0 skipped, 0 done, 2 up to date"
    ran join
    touch allowed
    again 'all = all' join
    again 'all = all' ''
}

@test "what try and first have caught is not recorded" {
    cat >w.tg <<'END'
task bad(x: int) -> file("f${x}") { sh "echo bad ${x} >>ran; false" }
task good(x: int) -> file("f${x}") { sh "echo good ${x} >>ran; echo >${out}" }
output a = try(bad(1), "caught")
output b = first([bad(2), good(3)])
END
    tg w.tg
    ended 0
    : >ran
    tg w.tg
    ended 0
    grep -qx 'bad 1' ran
    ! grep -q good ran
}

# A command `copy a` that says that it has begun and waits for a line in the pipe `gate`.
gated() {
    mkfifo gate
    exec {gate}<>gate
    sed -i 's/echo copy/[ ${src.name} = b ] || { touch begun; read -r _ <gate; }; &/' w.tg
}

@test "a source that changes while its command runs is read again by the next run" {
    gated
    start w.tg
    wait_for test -e begun
    echo 1 >a
    echo >&$gate
    finish
    ended 0
    : >ran
    echo >&$gate
    tg w.tg
    ended 0
    grep -qx 'copy a' ran
    [ "$(head -n 1 all)" = 1 ]
    : >ran
    again 'all = all' ''
}

@test "a change in a graph that grows" {
    cat >w.tg <<'END'
task shards(src: file) -> list[file]("shards/*") { sh "echo shards >>ran; split -l 1 ${src} ${out}/s-" }
task count(f: file) -> int { sh "echo count $(cat ${f}) >>ran; wc -c <${f}" }
output n = [count(f) for f in shards("a")]
END
    printf '1\n2\n' >a
    again 'n = [2, 2]' shards 'count 1' 'count 2'
    again 'n = [2, 2]' ''
    printf '1\n33\n4\n' >a
    again 'n = [2, 3, 2]' shards 'count 33' 'count 4'
    printf '1\n' >a
    again 'n = [2]' shards
    rm shards/s-aa # the loop only passes it on
    again 'n = [2]' ''
    echo 5 >shards/s-aa
    again 'n = [2]' shards
}

@test "what a dry run says would run is what then runs" {
    first
    tg w.tg -n
    ended 0
    lacks 'copy('
    echo three >a
    tg w.tg -n
    ended 0
    has 'copy("a", "x")'
    has 'a has changed'
    lacks 'copy("b", "x")'
    has 'join('
    ran ''
    again 'all = all' 'copy a' join
}

@test "without a record everything runs, and none is made" {
    tg w.tg --no-record
    ended 0
    ran "${everything[@]}"
    [ ! -e .tgrun/record.db ]
    tg w.tg --no-record
    ran "${everything[@]}"
    first
    tg w.tg --record=elsewhere
    ran "${everything[@]}"
    [ -s elsewhere/record.db ]
    tg w.tg --record=elsewhere
    ran ''
}

@test "a record that is damaged, or of something else, is told and set aside" {
    first
    head -c 20000 /dev/urandom >.tgrun/record.db
    rm -f .tgrun/record.db-*
    tg w.tg
    ended 0
    err_has "warning:"
    err_has record.db
    ran "${everything[@]}"
    again 'all = all' ''
    rm .tgrun/record.db*
    mkdir .tgrun/record.db
    tg w.tg
    ended 0
    err_has record.db
    ran "${everything[@]}"
}

@test "a header that changes while its command runs is read again by the next run" {
    mkfifo gate
    exec {gate}<>gate
    cat >w.tg <<'END'
task t(f: file) -> file("made") with depfile = "${out}.d" {
    sh "echo t >>ran; cat ${f} header >${out}; touch begun; read -r _ <gate; echo '${out}: header' >${out}.d"
}
output made = t("a")
END
    echo 1 >header
    start w.tg
    wait_for test -e begun
    echo 2 >header
    echo >&$gate
    finish
    ended 0
    err_has "is not recorded, as this has changed while it ran: header"
    ran t
    echo >&$gate
    again 'made = made' t
    [ "$(cat made)" = $'one\n2' ]
    again 'made = made' ''
}

# damage: no recorded value can be read any more.
damage() {
    python3 -c "import sqlite3
with sqlite3.connect('.tgrun/record.db') as db: db.executescript('UPDATE task SET value = x\'fe00\'; DELETE FROM manifest')"
}

@test "a recorded value that cannot be read is made again" {
    first
    damage
    again 'all = all' "${everything[@]}"
    again 'all = all' ''
    sed -i 's/^task copy.*") {/task copy(src: file, word: str) -> file("made\/${src.name}") with temp = true {/' w.tg
    grep -q 'temp = true' w.tg
    damage
    again 'all = all' "${everything[@]}"
    [ ! -e made/a ] && [ ! -e made/b ]
    again 'all = all' ''
    damage # and what is missing has to be made, too
    again 'all = all' "${everything[@]}"
    again 'all = all' ''
}

@test "where a folder lies in place of a file, that is said before the command runs" {
    cat >w.tg <<'END'
task printed(f: file) -> file("p") { run ["sh", "-c", "echo printed >>ran; cat a"] > out }
task made(f: file) -> file("m") { sh "echo made >>ran; cat ${f} >${out}" }
output x = [printed("a"), made("a")]
END
    mkdir p
    tg w.tg -k
    ended 1
    err_has "'p' cannot be a result's path: it is a folder"
    ran made
    rmdir p
    again 'x = ["p", "m"]' printed
    rm m
    mkdir m
    tg w.tg
    ended 1
    err_has "'m' cannot be a result's path: it is a folder"
    ran ''
    sed -i 's/cat ${f} >${out}/mkdir ${out}/' w.tg # now it makes one
    again 'x = ["p", "m"]' made
    again 'x = ["p", "m"]' ''
}

@test "protected results can only be read, again after somebody has changed that" {
    cat >w.tg <<'END'
task kept(f: file) -> file("k") with protected = true { sh "echo kept >>ran; cat ${f} >${out}" }
output k = kept("a")
END
    again 'k = k' kept
    [ "$(stat -c %A k)" = -r--r--r-- ]
    chmod u+w k
    tg w.tg -n
    [ "$(stat -c %A k)" = -rw-r--r-- ]
    again 'k = k' ''
    [ "$(stat -c %A k)" = -r--r--r-- ]
    echo 1 >a
    again 'k = k' kept
    [ "$(cat k)" = 1 ]
    [ "$(stat -c %A k)" = -r--r--r-- ]
}

@test "links in a folder count by the files that they lead to" {
    cat >w.tg <<'END'
task all(d: file) -> file("all") { sh "echo all >>ran; cat ${d}/* >${out} 2>/dev/null || :" }
output x = all("d")
END
    mkdir d elsewhere
    ln -s ../a d/file
    ln -s ../elsewhere d/folder
    ln -s .. d/up
    ln -s loop d/loop
    ln -s nowhere d/none
    again 'x = all' all
    again 'x = all' ''
    echo 1 >a
    again 'x = all' all
    [ "$(cat all)" = 1 ]
    echo 2 >d/nowhere
    again 'x = all' all
    rm a
    again 'x = all' all
    echo 1 >a
    cp a c
    ln -sfn ../c d/file # another link
    again 'x = all' all
    again 'x = all' ''
}

@test "a folder with links that is made again, when it is missing, is as it was" {
    cat >w.tg <<'END'
task pick(f: file) -> file("picked") { sh "echo pick >>ran; mkdir ${out}; ln -s ../a ${out}/l; echo >${out}/f" }
task look(d: file, n: int) -> file("used") { sh "echo look >>ran; cat ${d}/* >${out}" }
output x = look(pick("a"), 1)
END
    again 'x = used' pick look
    rm -r picked
    again 'x = used' ''
    sed -i 's/, 1)/, 2)/' w.tg
    again 'x = used' pick look
    again 'x = used' ''
    tg clean w.tg
    ended 0
    [ ! -e picked ] && [ ! -e used ] && [ -e a ]
}

# in_place_of PATH: something that is none of ours is there, and two runs come across it.
in_place_of() {
    local what round
    for what in file pipe folder link; do
        rm -rf .tgrun nowhere*
        [ "$1" = .tgrun ] || tg w.tg
        rm -rf "$1" "$1"-wal "$1"-shm
        case $what in
        file) echo x >"$1" ;;
        pipe) mkfifo "$1" ;;
        folder) mkdir "$1" ;;
        link) ln -s nowhere "$1" ;;
        esac
        for round in first second; do
            tg w.tg
            ended 0
            has 'all = all'
            [ "$(grep -c 'warning:' <<<"$stderr")" -le 1 ] || tg_show "told more than once in the $round run: a $what as $1"
            [[ $stderr != *warning:* || $stderr == *"warning: "*"$1"* ]] || tg_show "told of something else: a $what as $1"
        done
    done
}

@test "what is in place of the record, of its key or of its folder is told of once, and holds nothing up" {
    in_place_of .tgrun
    in_place_of .tgrun/record.db
    in_place_of .tgrun/key
    rm -rf .tgrun
    mkfifo .tgrun
    tg w.tg
    err_has "warning: nothing is recorded: '.tgrun/record.db' cannot be written: Not a directory"
    rm .tgrun
    mkdir -p .tgrun/record.db
    tg w.tg
    err_has "warning: could not open the record '.tgrun/record.db': it is no file"
    rm -r .tgrun
    mkdir -p .tgrun/key
    tg w.tg
    err_has "warning: could not read or make the key '.tgrun/key': Is a directory"
}

# as_nobody COMMAND...: as a user who may not write where root may.
as_nobody() {
    [ "$(id -u)" = 0 ] || { "$@" && return; }
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

@test "a folder that cannot be written is no reason to fail" {
    local results=$BATS_TEST_TMPDIR/results path=$BATS_TEST_TMPDIR
    [ "$(id -u)" != 0 ] || while [ "$path" != / ] && [ "$path" != /tmp ]; do chmod a+x "$path" && path=$(dirname "$path"); done
    [ "$(id -u)" != 0 ] || as_nobody test -x "$TGRUN" -a -r a || skip "no other user can come here"
    mkdir -m 777 "$results"
    echo "task t(f: file) -> file(\"$results/x\") { sh \"echo t >>$results/ran; cat \${f} >\${out}\" }
output x = t(\"a\")" >w.tg
    rm -rf .tgrun
    chmod a-w .
    run --separate-stderr as_nobody "$TGRUN" w.tg
    ended 0
    [ "$(grep -c 'warning:' <<<"$stderr")" -le 1 ]
    [ "$(cat "$results/ran")" = t ]
    chmod u+w .
    tg w.tg # as the owner: is recorded
    ended 0
    chmod -R a-w . && chmod -R a+rX .
    : >"$results/ran"
    run --separate-stderr as_nobody "$TGRUN" w.tg
    ended 0
    [ ! -s "$results/ran" ]
    chmod -R u+w .
}

@test "a disk that is full is told once, and nothing else goes wrong" {
    mkdir record
    mount -t tmpfs -o size=256k none record 2>/dev/null || skip "a file system of its own needs root"
    local failed=
    full_disk || failed=yes
    umount --lazy record
    [ -z "$failed" ]
}
full_disk() (
    set -e
    cat >many.tg <<'END'
task t(i: int, f: file) -> file("many/${i}") { sh "echo ${i} >>ran; cat ${f} >${out}" }
output n = len([t(i, "a") for i in 0..60])
END
    head -c 200K /dev/zero >record/fill 2>/dev/null || :
    tg many.tg --record=record
    ended 0
    is 'n = 60'
    [ "$(wc -l <ran)" = 60 ]
    [ "$(grep -c 'record' <<<"$stderr")" = 1 ] || tg_show "not told once"
    dd if=/dev/zero of=record/fill2 bs=4k 2>/dev/null || :
    tg many.tg --record=record
    ended 0
    is 'n = 60'
    rm record/fill*
    tg many.tg --record=record
    ended 0
    is 'n = 60'
)

@test "a run that is killed is gone on with" {
    mkfifo gate
    exec {gate}<>gate
    sed -i 's/echo join/touch begun; read -r _ <gate; &/' w.tg
    start w.tg
    wait_for test -e begun
    wait_for grep -qsa 'made/a' .tgrun/record.db .tgrun/record.db-wal
    wait_for grep -qsa 'made/b' .tgrun/record.db .tgrun/record.db-wal
    kill -KILL "$pid"
    finish
    ran 'copy a' 'copy b'
    [ ! -e all ]
    echo >&$gate
    again 'all = all' join
    [ -z "$(find . -name '.tgrun-*')" ]
    again 'all = all' ''
}

@test "what has run and cannot be put together any more is only told of where nothing is run" {
    printf '%s\n' 'param d: int = 1' 'task m() -> file("o") { sh "echo ${6 / d} >${out}" }' 'output o = m()' >w.tg
    again 'o = o' ''
    tg w.tg -n -D d=0
    ended 0
    has 'it cannot be put together: division by zero in 6 / 0'
    tg why w.tg m -D d=0
    ended 0
    has 'would run: it cannot be put together: division by zero in 6 / 0'
    [ "$(cat o)" = 6.0 ] || tg_show "it was run"
}

@test "--touch takes files: what has none runs" {
    cat >w.tg <<'END'
task made(i: int) -> file("made${i}") { sh "echo made >>ran; echo ${i} >${out}" }
task lines(f: file) -> int { sh "echo lines >>ran; wc -l <${f}" }
output n = lines(made(1))
END
    echo 1 >made1
    tg w.tg --touch
    ended 0
    is 'n = 1'
    ran lines
}

@test "--force means tasks as messages and why name them, by their arguments or a number" {
    cat >w.tg <<'END'
task words(n: str) -> file("${n}.words") { sh "echo ${n} >${out}" }
task count(n: str, f: file) -> str { sh "echo ran >&2; cat ${f}" }
output c = [count(n, words(n)) for n in ["s01", "s02", "s03"]]
END
    tg w.tg
    for word in 'count(s03)' 'count(s03, s03.words)' 'count(s03, words(s03))' count:3; do
        tg w.tg --force="$word" --output=live
        ended 0
        [ "$stderr" = '[count(s03, s03.words)] ran' ]
        tg w.tg -n --force="$word"
        has 'count("s03", #5)'
        has 'it is forced'
    done
    tg w.tg --force=count:4
    ended 0
    err_has "warning: --force=count:4 names no task: of 'count' there are 3"
    [ "$(grep -c warning <<<"$stderr")" = 1 ]
    tg w.tg --force='count(s09)'
    err_has 'warning: --force=count(s09) names no task that might be up to date'
}

@test "--force by a number or arguments means tasks that are there before the run, where a graph grows" {
    cat >w.tg <<'END'
task names() -> list[str] with cache = true { sh "printf '%s\n' a b" }
task show(n: str) -> str { sh "echo ran >&2; echo ${n}" }
output first = [show("x"), show("y")]
output more = [show(n) for n in names()]
END
    tg w.tg
    tg w.tg --force=show:2 --output=live
    [ "$stderr" = '[show(y)] ran' ]
    tg w.tg --force='show(b)' --output=live
    [ "$stderr" = '[show(b)] ran' ]
}

@test "a task that is renamed runs again" {
    echo 'task one() -> file("a") { sh "echo ran >&2; echo >${out}" }
output x = one()' >w.tg
    tg w.tg
    sed -i 's/one/two/' w.tg
    tg w.tg --output=live
    [ "$stderr" = '[two] ran' ]
}
