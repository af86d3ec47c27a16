#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# glob: which files match, when it looks, and what it says.
load helper

make_files() {
    mkdir -p d/e/f d/.hidden
    touch a.tg b.txt d/1.csv d/e/2.csv d/e/f/3.csv d/.hidden/4.csv d/.5.csv 'x{y}' 'p,q' 'w[z]'
    ln -s ../d d/loop
    ln -s nowhere dangling
}

# globs PATTERN FILE...: exactly these match.
globs() {
    printf 'output g = [str(f) for f in glob(r"%s", missing = "ok")]\n' "$1" >g.tg
    tg g.tg --format=json
    local want
    want=$(printf '%s\n' "${@:2}" | jq_list)
    [ "$output" = "{\"g\": $want}" ] || { echo "$1: $output, not $want"; return 1; }
    [ -z "$stderr" ] || tg_show "on standard error"
}
jq_list() { awk 'NF { printf "%s\"%s\"", sep, $0; sep = "," } BEGIN { printf "[" } END { print "]" }'; }

@test "a character of a name is one of UTF-8, or a byte of what is none" {
    touch ü 'aéb' $'a\xfcb'
    globs '[!a]' ü
    globs '[ü]*' ü
    printf 'output n = len(glob("a?b"))\ntask t() -> list[file]("m/?") { sh "touch ${out}/ä ${out}/b" }\noutput o = t()\n' >t.tg
    tg t.tg
    [ "$output" = $'n = 2\no = ["m/b", "m/ä"]' ] || tg_show "what matches"
}

@test "stars, brackets and braces" {
    make_files
    globs '*.txt' b.txt
    globs '?.t[gx]*' a.tg b.txt g.tg
    globs '[!a-f]*' g.tg 'p,q' 'w[z]' 'x{y}'
    globs '{a,b}.*' a.tg b.txt
    globs '{b.txt,a.{tg,xx},b.*}' a.tg b.txt
    globs 'd/{1,e/2}.csv' d/1.csv d/e/2.csv
    globs 'x{y}' 'x{y}'
    globs 'p,{q,r}' 'p,q'
    globs 'w\[z\]' 'w[z]'
    globs 'w[[]z]' 'w[z]'
    globs 'd/.*.csv' d/.5.csv
    globs 'd*' d dangling
    globs 'd*/' d/
    globs './d//1.csv' ./d/1.csv || globs './d//1.csv' d/1.csv
    globs 'nothing*'
    globs 'd/1.csv/x*'
    globs ''
}

@test "** is any depth, hidden folders and links aside" {
    make_files
    globs '**/*.csv' d/1.csv d/e/2.csv d/e/f/3.csv
    globs 'd/**/**/f/*' d/e/f/3.csv
    globs 'd/e/**' d/e/2.csv d/e/f d/e/f/3.csv
    globs 'd/**/' d/e/ d/e/f/ d/loop/
    globs "$PWD/**/3.csv" "$PWD/d/e/f/3.csv"
    globs 'd/**x'
    globs '{a,b}**' a.tg b.txt
    globs 'd/loop/1*' d/loop/1.csv
}

@test "no match warns, fails or is fine, known or not" {
    cat >g.tg <<'TG'
output a = glob("no*")
output b = glob(identity("nor*"))
output c = glob("no*", missing = "ok") + glob(identity("no*"), missing = "ok")
output d = try(glob("no*", missing = "error"), "caught")
output e = try(glob(identity("no*"), missing = "error"), "caught")
TG
    tg g.tg
    ended 0
    is $'a = []\nb = []\nc = []\nd = caught\ne = caught'
    err_has "g.tg:1:12: warning: no file matches 'no*'"
    err_has "g.tg:2:12: warning: no file matches 'nor*'"
    [ "$(grep -c warning <<<"$stderr")" -eq 2 ]
    run_tg 'output a = glob("x", missing = "perhaps")' -n
    ended 2
    err_has "argument 'missing' of 'glob' must be \"ok\", \"warn\" or \"error\""
}

@test "what looks at files waits for what it stands behind" {
    cat >g.tg <<'TG'
task make() -> nil { sh "mkdir d; echo '[1]' > d/1.json" }
m = make()
output a = after(glob("d/*"), m)
output b = glob("d/*") with after = m
output c = after(read_json("d/1.json"), m)
with after = m {
    d = read_json("d/1.json")[0]
    e = [f.name for f in glob("d/*")]
    f = if env("TG_NAMED", "unset") == "set" { "yes" } else { "no" }
}
output d
output e
output f
TG
    TG_NAMED=set tg g.tg
    is $'a = ["d/1.json"]\nb = ["d/1.json"]\nc = [1]\nd = 1\ne = ["1.json"]\nf = yes'
    [ -z "$stderr" ] || tg_show "on standard error"
}

@test "a folder that may not be read is named" {
    [ "$(id -u)" -ne 0 ] || skip "root may read everything"
    mkdir -p d/closed
    chmod 0 d/closed
    run_tg 'output a = glob("**/closed/*", missing = "ok")'
    chmod 700 d/closed
    ended 0
    err_has "warning: may not read the folder 'd/closed/'"
}

@test "a pattern that stands for too much" {
    pattern='{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}'
    run_tg "output a = glob(\"$pattern\")"
    ended 2
    err_has "stands for more than 10000 alternatives"
}

@test "several ** take a folder once, not in each way that leads to it" {
    deep=$(printf 'd/%.0s' {1..60})
    mkdir -p "$deep"
    touch "${deep}x" d/y
    run_tg 'output found = [len(glob(p)) for p in ["**/**/**/**/**/**/**/**/[xy]", "**/d/**/d/**/d/**/d/**/d/**/x", "d/**/**"]]'
    ended 0
    is 'found = [2, 1, 61]'
}
