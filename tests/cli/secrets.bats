#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Secret parameters: whatever leaves has `***` in their place.
load helper

# What is never to be seen, in part or whole.
export TOKEN=hunter2-swordfish

setup() {
    tg_setup
    cat >s.tg <<'END'
param token: secret = env("TOKEN")
header = "Bearer ${token}"
task show(t: secret, x: str) -> nil { sh "echo ${t} ${x} '${t}'; echo ${t} | base64 >&2; exit 3" }
task get() -> str { sh "printf %s \"\$T\"" }
task quiet(x: str) -> str { sh "test ${x} = \"\$T\" && echo fine" }
END
}

# No trace of it in what was printed or kept.
unseen() {
    [[ "$output$stderr" != *hunter* && "$output$stderr" != *swordf* ]] || tg_show 'a secret is seen'
    if [ -d .tgrun ] && grep -rq -e hunter -e swordf .tgrun; then tg_show "a secret is kept: $(grep -r hunter .tgrun)"; fi
}

with_s() {
    cat s.tg - >w.tg <<<"$1"
    tg w.tg "${@:2}"
}

@test "a command gets it, and its result is a value" {
    with_s 'got = get() with env = {T: "${token}!"}
output same = quiet(token) with env = {T: token}
output length = len(got)'
    ended 0
    is 'same = fine
length = 18'
}

@test "outputs, as text and as JSON" {
    with_s 'output a = token
output b = {x: [header, "${token}${token}"]}
output c = identity(token)'
    is 'a = ***
b = {x: ["Bearer ***", "******"]}
c = ***'
    tg w.tg --format=json
    is '{"a": "***", "b": {"x":["Bearer ***","******"]}, "c": "***"}'
    unseen
}

@test "failures: message, arguments, command line, what was printed, log" {
    with_s 'output x = show(token, header)'
    ended 1
    err_has 'arguments: "***", "Bearer ***"
$ echo *** '"'Bearer ***' '***'"'; echo *** | base64 >&2; exit 3
output:
    *** Bearer *** ***
    ***'
    unseen
    grep -qF "*** Bearer *** ***" .tgrun/logs/*/*.log
}

# bats test_tags=parallel
@test "what commands print, as it comes and grouped, also in two pieces" {
    local how
    mkfifo fifo
    printf %s "$TOKEN" >token
    for how in live grouped; do
        with_s 'task split() -> nil { sh "head -c 7 token; cat fifo; tail -c +8 token; echo .; cat token; printf ,; head -c 4 token" }
task go() -> nil { sh "printf %s >fifo" }
split()
go()' --output=$how -j 2
        ended 0
        [[ "$stderr" == *'***.'*'***,***'* ]] || tg_show "$how: not the lines"
        unseen
    done
}

@test "messages of evaluation, print and assert" {
    with_s 'print(token, header)
assert len(token) > 3, token
x = attempt(fail("no ${token}")).error
y = attempt([1][len(token)]).error
output z = [x, attempt({a: 1}[token]).error]
output w = fail(header)' -k
    ended 1
    has 'z = ["no ***", '
    err_has '*** Bearer ***
'
    err_has "task 'fail' failed: Bearer ***"
    unseen
    with_s 'assert len(token) == 3, "not ${token}"'
    ended 2
    err_has 'assertion failed: not ***'
    unseen
}

@test "the message of a caught failure has none that it could be written to a file with" {
    with_s 'use text
why = attempt(show(token, "x")).error
write("why", why)'
    ended 0
    grep -q 'echo \*\*\*' why
    run ! grep -q hunter why
}

@test "dry runs and pictures" {
    local format
    with_s 'task t(x: str) -> str with env = {T: token, U: header} { sh "echo ${x}" }
output a = t(token) with label = "for ${token}"
output b = "say ${token}"
output c = [t(header), t("--token=${token}&x=\"${token}\"")]' -n -v
    ended 0
    has 't("***")'
    has '$ export T=***; export U='"'Bearer ***'"'; echo ***'
    unseen
    for format in text json dot mermaid; do
        tg graph w.tg --format=$format
        ended 0
        [ $format = mermaid ] || has '***'
        unseen
    done
    tg w.tg -n --format=json
    unseen
    tg graph w.tg -o g.dot
    run ! grep -q hunter g.dot
}

@test "a default that stands in the file is hidden, with a warning" {
    run_tg 'param token: secret = "hunter2-swordfish"
param other: secret = env("NOT_SET", "hunter2-swordfish-2")
output x = token + other'
    ended 0
    is 'x = ******'
    err_has "w.tg:1:23: warning: whoever can read the file can read the secret 'token'
  1 | param token: secret = \"***\""
    unseen
    tg list w.tg
    has 'other: secret = env("NOT_SET", "***")'
    unseen
    tg list w.tg --format=json
    unseen
    tg check w.tg --format=json
    unseen
    echo 'output y = foo' >>w.tg
    tg check w.tg
    unseen
}

@test "choices, and lists of secrets, are hidden in lists and in completion" {
    cat >w.tg <<'END'
param token: secret in ["hunter2-swordfish", "hunter3-swordfish"]
param tokens: list[secret] = ["hunter4-swordfish"]
output n = len(token) + len(tokens)
END
    tg list w.tg
    has 'token: secret in ["***", "***"]'
    has 'tokens: list[secret] = ["***"]'
    unseen
    tg help --offer=zsh -- w.tg -D ''
    is $'ptoken=\tsecret\nptokens=\tlist[secret] = ["***"]'
    tg help --offer=zsh -- w.tg -D token=
    is ''
    tg w.tg -D token=other
    ended 2
    err_has 'must be one of ["***", "***"]'
    unseen
}

@test "on the command line it is seen by others, which is said" {
    run_tg 'param token: secret
output x = token' -D token=hunter2-swordfish
    ended 0
    is 'x = ***'
    err_has "warning: -D: parameter 'token' is a secret, but everybody on this machine can see a command line"
    tg w.tg -q -D token=hunter2-swordfish
    ended 0
    [ -z "$stderr" ]
}

@test "in a parameter file, also in one with errors" {
    run_tg 'param token: secret
param n: int = 1
output x = [token, n]' --params=/dev/null
    ended 2
    echo '{"token": "hunter2-swordfish", "n": 2}' >p.json
    tg w.tg --params=p.json
    is 'x = ["***", 2]'
    printf 'token: hunter2-swordfish\nn: [1\n' >p.yaml
    tg w.tg --params=p.yaml
    ended 2
    unseen
    printf 'token: !!int hunter2-swordfish\n' >p.yaml
    tg w.tg --params=p.yaml
    ended 2
    err_has 'p.yaml:1:'
    unseen
    echo '{"token": "hunter2-swordfish" "n": 2}' >p.json
    tg w.tg --params=p.json
    ended 2
    unseen
    for line in '{"token": hunter2-swordfish}' '{"token": "hunter2\q-swordfish"}' '{"token": "hunter2-swordfish}'; do
        echo "$line" >p.json
        tg w.tg --params=p.json
        ended 2
        unseen
    done
    for line in '*hunter2-swordfish' '*hunter2' '!swordfish x' '%hunter2-swordfish' '"hunter2\q-swordfish"'; do
        echo "token: $line" >p.yaml
        tg w.tg --params=p.yaml
        ended 2
        unseen
    done
    echo '{"token": ["hunter2-swordfish"]}' >p.json
    tg w.tg --params=p.json
    ended 2
    err_has "parameter 'token' must be secret, not list"
    unseen
}

@test "one that is too short, and none" {
    run_tg 'param token: secret = env("TOKEN")
output x = token'
    ended 0
    TOKEN=abc tg w.tg
    ended 2
    err_has "parameter 'token' is a secret of fewer than 4 bytes, which cannot be hidden in what is shown"
    unset TOKEN
    tg w.tg
    ended 2
    err_has "parameter 'token' must be secret, not nil"
    err_has 'hint: Set the environment variable that it is taken from, or give it by --params=FILE.'
    run_tg 'param token: secret? = env("TOKEN")
output x = token == nil'
    is 'x = true'
}

@test "several lines, and lists" {
    KEY=$'-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END KEY-----\n' run_tg 'param key: secret = env("KEY")
param more: list[secret] = [env("TOKEN"), "MIIEvQIBADANBgkqhkiG9w0"]
task t() -> nil { sh "cat >&2; exit 1" }
task u() -> nil { run ["sh", "-c", "cat >&2; exit 1"] < text([key] + more) }
output x = u()'
    ended 1
    err_lacks MII
    err_lacks BEGIN
    unseen
}

@test "characters that are written otherwise everywhere, and parts that are short" {
    local how
    run_tg 'param token: secret
task t(x: str) -> str { sh "echo ${x} >&2; exit 1" }
output a = {"${token}": [token, "x ${token}"]}
output b = t(token)
output c = n(token)
task n(x: str) -> int { sh "echo ${x}" }' --params=/dev/null
    ended 2
    printf '%s' '{"token": "ab1\tcd2\nef3\n\u001bgh4\u202ek"}' >p.json
    for how in -k '-k --format=json' -n '-n -v' '-n --format=json' --output=live graph 'graph --format=mermaid' 'graph --format=json'; do
        if [[ $how == graph* ]]; then tg $how w.tg --params=p.json; else tg w.tg --params=p.json $how; fi
        [[ $output$stderr == *'***'* || $output == *'#42;#42;'* ]] || tg_show "$how: nothing was hidden"
        [[ $output$stderr != *[ceg][dfh][234]* ]] || tg_show "$how: a part is seen"
    done
}

@test "parameters of tasks and functions, also for results of tasks" {
    run_tg 'task get() -> str { sh "echo hunter2-swordfish" }
task enter(x: secret) -> str { sh "echo ${x} >&2; exit 1" }
fn f(a: secret) = fail("no ${a}")
fn g(a: secret) { a }
output a = enter(get())
output b = f(get())
output c = g(identity("later-secret"))
output d = g("known-secret")' -k
    ended 1
    is 'c = ***
d = ***'
    err_has 'arguments: "***"'
    err_has 'no ***'
    unseen
    run_tg 'fn g(a: secret) { a }
output a = [attempt(g("abc")).error, attempt(g(identity("abc"))).error]
task t(a: secret) -> nil { sh "true" }
output b = [attempt(t("abc")).error, attempt(t(identity("abc"))).error]'
    ended 0
    has 'parameter '"'a'"' is a secret of fewer than 4 bytes'
}

@test "only parameters are secrets" {
    run_tg 'task t() -> secret { sh "true" }
output x = t()'
    ended 2
    err_has "a command cannot have the result 'secret'"
    run_tg 'extern "libc.so.6" { getenv(name: str) -> secret }'
    ended 2
    err_has 'only a parameter can be a secret'
}

@test "among the words of a program it is seen, which is said" {
    with_s 'task a() -> nil { run ["echo", header] | ["cat", "-", "${token}"] }
task b(t: secret) -> nil { sh "curl -H ${t}" }
task c() -> nil { sh "x=1; curl -H \"A: ${header}\" | cat" }
words = ["curl", token]
task d() -> nil { run words }
' -n
    ended 0
    [ "$(grep -c 'warning: a secret among the words of a program' <<<"$stderr")" = 5 ]
    err_has 'hint: Hand it over by the environment, with env = {NAME: x}, or as standard input, < text(x).'
    with_s 'task a() -> nil with env = {T: token} { run ["echo"] < text(header) }
task b(t: secret) -> nil { sh "x=${t}; echo ${t}; printf %s ${t} | cat; export Y=\"a ${t}\"; test -n ${t}; cat <<<${t}" }
a()
b(token)' -n
    ended 0
    err_lacks 'among the words'
}

@test "in YAML, and translated both ways" {
    run_yaml 'params: {token: {type: secret, default: "${env('"'TOKEN'"')}"}}
commands:
  t: {params: {x: secret}, run: [cat], in: {text: "${x}"}, result: str}
tasks: {x: {call: t, args: ["${token}"]}}
outputs: [x]'
    ended 0
    is 'x = ***'
    unseen
    "$TGRUN" convert w.yaml --to=tg >w.tg
    grep -qF 'param token: secret = env("TOKEN")' w.tg
    grep -qF 'task t(x: secret) -> str' w.tg
    tg w.tg
    is 'x = ***'
}

@test "what a run tells when it is asked" {
    cat s.tg - >w.tg <<'END'
task wait(x: str) -> nil { sh "touch ready; until [ -e go ]; do sleep 0.01; done" }
wait(token) with label = token
END
    start w.tg
    wait_for test -e ready
    kill -USR1 "$pid"
    wait_for grep -q running err
    touch go
    finish
    unseen
}

@test "what a run says of itself to others" {
    with_s 'use text
output x = fail("no ${token}")
finally {
    write("told", str(outcome))
    print(outcome.message, outcome.failed[0].message)
}' -k
    ended 1
    grep -q 'no \*\*\*' told
    run ! grep -q hunter told
    unseen
}

@test "hints that repeat the command line" {
    run_tg 'param token: secret = env("TOKEN")
param other: secret
output x = [token, other]' -q
    ended 2
    err_has "w.tg:2:1: error: parameter 'other' has no default and was not given"
    err_has 'hint: give it by --params=FILE.'
    run_tg 'param token: secret = "abcd"
output x = token' token=hunter2-swordfish
    ended 2
    err_has "unknown output 'token=***'"
    unseen
    tg w.tg --token=hunter2-swordfish
    ended 2
    err_has 'is set with -D token=VALUE'
    unseen
}
