#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Looking at a workflow runs no code of its folder: plugins there are read, C libraries not opened, unless --trust says so.
# The plugin canary makes the file that CANARY names whenever code of it runs.
load helper

setup() {
    tg_setup
    unset TGRUN_PLUGIN_PATH
    export CANARY=$PWD/sang
    cp "$plugins/canary.so" .
}

silent() {
    [ ! -e "$CANARY" ] || tg_show "code of the plugin ran: $*"
}

sang() {
    [ -e "$CANARY" ] || tg_show "no code of the plugin ran: $*"
    rm "$CANARY"
}

# looks ARG...: this works, and runs no code.
looks() {
    tg "$@"
    ended 0
    silent "$@"
}

workflow='use canary
param n: int = 2
output x = one(n)
output birds = flock(one())
shoo(caught())'

@test "no verb that only looks runs code of the workflow's folder" {
    echo "$workflow" >w.tg
    echo '{"n": 3}' >n.json
    for format in text dot mermaid json; do looks graph w.tg --format=$format; done
    looks graph w.tg x -o w.svg
    for verb in check list graph 'run -n' '-n' '-nv --format=json'; do looks $verb w.tg; done
    for verb in check graph '-n'; do looks $verb w.tg --params=n.json -D n=4; done
    looks fmt w.tg
    looks fmt --check w.tg
    looks convert w.tg -o w.yaml
    for verb in check list graph '-n' 'convert --to=tg'; do looks $verb w.yaml; done
    looks plugins
    has "canary   1.0    Sings."
    looks plugins canary
    has "one(x: int = 3) -> int"
    has "caught() -> bird"
    looks plugins ./canary.so --format=json
    has '{"name": "flock", "signature": "flock(n: int) -> list grows", "effect": false, "doc": "Birds."}'
}

@test "completion" {
    echo "$workflow" >w.tg
    "$TGRUN" help --completion=bash >completion
    cat >complete.sh <<'END'
compopt() { :; }
. ./completion
for words in 'tgrun check w' 'tgrun w.tg ' 'tgrun plugins can' 'tgrun graph w.tg --format ' 'tgrun list --tru'; do
    IFS=' ' read -ra COMP_WORDS <<<"$words"
    [[ $words != *' ' ]] || COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$words COMP_POINT=${#words}
    _tgrun
    printf '%s\n' "${COMPREPLY[@]}"
done
END
    mkdir path
    ln -s "$TGRUN" path/tgrun
    PATH=$PWD/path:$PATH run bash complete.sh
    ended 0
    has w.tg
    has birds
    has canary
    has --trust
    silent completion
}

@test "a run does, and --trust" {
    echo "$workflow" >w.tg
    tg w.tg x
    ended 0
    is 'x = 1'
    sang run
    tg graph w.tg x --run
    ended 0
    sang graph --run
    for verb in check list graph '-n'; do
        tg $verb w.tg --trust
        ended 0
        sang $verb --trust
        TGRUN_TRUST=1 tg $verb w.tg
        ended 0
        sang $verb
    done
    tg plugins canary --trust
    sang plugins canary
    tg plugins --trust
    sang plugins
}

@test "a plugin that was compiled for tgrun 0.1.0 is read and runs" {
    cp "$plugins/aged.so" .
    echo 'use aged; output c = coin(5); output n = cents(c); output same = c == coin(5)' >w.tg
    tg plugins aged
    ended 0
    has "coin(cents: int) -> coin"
    has "type coin
      Its values stay in the process that made them."
    tg check w.tg
    ended 0
    tg w.tg
    ended 0
    is 'c = coin(5)
n = 5
same = false'
}

@test "paths, imports, other folders, folders of a plugin" {
    mkdir -p sub deep/canary
    mv canary.so deep/canary/
    echo 'use "../deep/canary/canary.so" as c
fn f(x) { c.one(x) }' >sub/part.tg
    echo 'import "sub/part.tg" as part
output x = part.f(1)' >w.tg
    for verb in check list graph '-n'; do looks $verb w.tg; done
    (cd sub && looks check part.tg)
    echo 'use canary
output x = canary.one(1)' >deep/w.tg
    for verb in check list graph '-n'; do looks $verb deep/w.tg; done
    cd deep
    for verb in check list graph '-n'; do
        # shellcheck disable=SC2086
        run --separate-stderr "$TGRUN" $verb - <w.tg
        ended 0
        silent $verb -
    done
    tg ../w.tg
    is 'x = 1'
    sang run
}

@test "what a parameter or an option says of a task is not computed" {
    echo 'use canary
param n: int = one(2)' >w.tg
    tg check w.tg
    ended 2
    err_has "the value of a parameter depends on the result of a task"
    silent check
    echo 'use canary
output x = one(1) with retries = one(2)' >w.tg
    tg check w.tg
    silent check
}

@test "tasks that are evaluated at once stay tasks, and a hint says what that hides" {
    echo 'use canary
task t(x: int) -> file("${soon(x)}.txt") { sh "echo ${soon(x)} > ${out}" }
x = soon(1)
if x > 0 {
    y = t(x)
}
output y' >w.tg
    for verb in check list graph; do looks $verb w.tg; done
    looks -n w.tg
    has 'soon(1)'
    tg -n w.tg --trust
    lacks 'soon(1)'
    has '$ echo 1 > 1.txt'
    sang --trust
    tg w.tg
    is 'y = 1.txt'
    sang run
    echo 'use canary
if soon(1) + 1 > 1 {
    output x = 1
}
param n: int = soon(2)' >w.tg
    tg check w.tg
    ended 2
    silent check
    err_has "w.tg:3:5: error: the result of a task decides whether this is reached: no output can stand here
  3 |     output x = 1
    |     ^~~~~~~~~~~~
hint: A run knows what 'soon' gives at once. Here no code of plugin 'canary' runs: --trust lets it."
    tg check w.tg --trust
    ended 0
    tg w.tg
    is 'x = 1'
    rm "$CANARY"
    echo 'use canary
param n: int = soon(2)' >w.tg
    tg check w.tg
    ended 2
    silent check
    err_has 'the value of a parameter depends on the result of a task'
    err_has "hint: A run knows what 'soon' gives at once."
}

@test "an unknown name is not looked for by running plugins" {
    run_tg 'output x = one(1)'
    ended 2
    err_has "plugin canary has it: add 'use canary'."
    silent run
    tg check w.tg
    ended 2
    silent check
    tg check w.tg --trust
    ended 2
    silent check --trust
}

@test "what is trusted: TGRUN_PLUGIN_PATH, and the files found there" {
    echo "$workflow" >w.tg
    mkdir trusted
    cp canary.so trusted/
    TGRUN_PLUGIN_PATH=$PWD/trusted tg check w.tg
    ended 0
    sang check
    rm canary.so
    ln -s trusted/canary.so .
    TGRUN_PLUGIN_PATH=trusted tg check w.tg
    sang check
    sed 's,use canary,use "./canary.so",' w.tg >p.tg
    TGRUN_PLUGIN_PATH=trusted tg check p.tg
    ended 0
    sang check
    looks check p.tg
    TGRUN_PLUGIN_PATH=. tg list w.tg
    sang list
    mkdir -p trusted-not trusted/deeper/canary
    for folder in trusted-not trusted/deeper/canary; do
        cp "$plugins/canary.so" $folder/
        sed "s,use canary,use \"$folder/canary.so\"," w.tg >p.tg
        TGRUN_PLUGIN_PATH=trusted tg check p.tg
        ended 0
        silent check
    done
}

@test "a link to a trusted plugin loads no library from beside the link" {
    command -v cc >/dev/null || skip "no C compiler"
    mkdir trusted
    echo 'int canary_beside;' | cc -shared -fPIC -x c - -o trusted/libbeside.so
    echo '#include <tgrun.h>
TG_PLUGIN(.name = "quiet", .doc = "");' >quiet.c
    cc -shared -fPIC -I"$top/include" -o trusted/quiet.so quiet.c -Wl,--no-as-needed -Ltrusted -lbeside \
        -Wl,-rpath,'$ORIGIN'
    cp canary.so libbeside.so
    ln -s trusted/quiet.so .
    echo 'use quiet; output x = 1' >w.tg
    echo 'use "quiet.so"; output x = 1' >p.tg
    export TGRUN_PLUGIN_PATH=$PWD/trusted
    for file in w.tg p.tg; do looks check $file; done
    looks plugins ./quiet.so
}

@test "a plugin of the folder and an installed one: neither is taken silently" {
    cp "$build/plugins/text/text.so" math.so
    echo 'use math; output x = inc(1)' >w.tg
    for verb in check list graph -n run; do
        tg $verb w.tg
        ended 3
        err_has "w.tg:1:1: error: there are two plugins 'math': './math.so' and '$build/plugins/math/math.so'"
        err_has "hint: 'use' with the path of one of them, or TGRUN_PLUGIN_PATH with its folder, decides."
    done
    cp "$build/plugins/math/math.so" math.so
    tg w.tg
    ended 3
    echo 'use "./math.so"; output x = inc(1)' >p.tg
    tg p.tg
    ended 0
    is 'x = 2'
    TGRUN_PLUGIN_PATH=$build/plugins tg w.tg
    is 'x = 2'
    TGRUN_PLUGIN_PATH=$PWD tg w.tg
    is 'x = 2'
    mv math.so kept.so
    ln -s "$build/plugins/math/math.so" math.so
    tg w.tg
    ended 0
    is 'x = 2'
    tg plugins math
    has "$build/plugins/math/math.so"
}

@test "two plugins of one name: all others are listed" {
    cp "$build/plugins/math/math.so" math.so
    tg plugins
    ended 3
    has "canary "
    has "text "
    err_has "there are two plugins 'math'"
}

@test "C functions: the library is not opened, but looked into" {
    cp "$plugins/canary.so" libcanary.so
    echo 'extern "./libcanary.so" { canary_twice(x: int) -> int; llabs(x: int) -> int }
extern "libm.so.6" { hypot(x: float, y: float) -> float }
output x = canary_twice(21)' >w.tg
    for verb in check list graph '-n'; do looks $verb w.tg; done
    tg check w.tg --trust
    ended 0
    sang check --trust
    tg w.tg
    is 'x = 42'
    sang run
    echo 'extern "./libcanary.so" { canary_thrice(x: int) -> int }
extern "libm.so.6" { hypott(x: float) -> float }
extern "./libnone.so" { f() -> nil }
extern "./w.tg" { g() -> nil }' >w.tg
    tg check w.tg
    ended 3
    silent check
    err_has "error: library './libcanary.so' has no function 'canary_thrice': its file names none"
    err_has "error: library 'libm.so.6' has no function 'hypott'"
    err_has "error: could not load library './libnone.so': No such file or directory"
    err_has "error: library './w.tg' is not a shared object"
}

@test "tables that only code makes need --trust" {
    cp "$plugins/late.so" .
    echo 'use late; output x = one(1)' >w.tg
    tg check w.tg
    ended 3
    silent check
    err_has "plugin './late.so' cannot be read without running its code: its entry is made when it is loaded"
    err_has "hint: The plugin was read without running its code. --trust loads it."
    tg check w.tg --trust
    ended 0
    tg w.tg
    is 'x = 1'
}

@test "bad plugins are told alike, and run nothing" {
    for bad in "$plugins"/bad_*.so; do
        name=${bad##*/}
        name=${name%.so}
        [ "$name" != bad_init ] || continue
        cp "$bad" .
        echo "use $name" >w.tg
        tg w.tg
        ended 3
        told=$stderr
        tg check w.tg
        ended 3
        [ "$stderr" = "$told" ] || tg_show "not as in a run: $told"
    done
    printf '\x7fELF\x01\x01\x01' >small.so
    head -c 100 /dev/zero >>small.so
    echo 'use small' >w.tg
    tg check w.tg
    ended 3
    err_has "plugin './small.so' is for another machine: "
}

@test "plugins are read however they are linked" {
    command -v cc >/dev/null || skip "no C compiler"
    echo "$workflow" >w.tg
    tg plugins ./canary.so
    wanted=$output
    for flags in -O0 '-O2 -s' -Wl,--hash-style=sysv -Wl,--hash-style=gnu -Wl,-z,norelro -Wl,-z,pack-relative-relocs \
        -Wl,-z,noseparate-code -Wl,-z,nocombreloc -fuse-ld=lld '-fuse-ld=lld -Wl,--pack-dyn-relocs=relr'; do
        # shellcheck disable=SC2086
        cc -shared -fPIC -I"$top/include" $flags -o canary.so "$top/tests/plugins/canary.c" 2>/dev/null || continue
        looks plugins ./canary.so
        is "$wanted"
    done
}

@test "a plugin under development is tested, not an installed one of its name" {
    command -v cc >/dev/null || skip "no C compiler"
    tg new plugin math
    run make -s -C math test
    ended 0
    run make -s -C "$top/plugins/example" -n check TGRUN="$TGRUN"
    has "TGRUN_PLUGIN_PATH=. $TGRUN example.tg"
}
