#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Servers: programs that stay, and are asked a line at a time.
load helper

# A server in sh: `body` is done for each question, which is in $q, its argument x in $x.
serve_sh() {
    printf 'while read -r q; do x=${q#*:\\{?x?:}; x=${x%%%%[!0-9]*}\n%s\ndone\n%s\n' "$1" "${2-}" >s
}

# Calls it for each number below $1.
run_f() {
    run_tg "task f(x: int) -> ${result:-int} serve [\"sh\", \"s\"]
output a = [f(i) for i in 0..$1]" "${@:2}"
}

@test "a server answers, whichever scheduler asks, and graphs that grow" {
    serve_sh 'echo "{\"result\": $((x * x))}"'
    for how in -j1 -j4 --scheduler=single-threaded; do
        run_f 20 "$how"
        ended 0
        is "a = [0, 1, 4, 9, 16, 25, 36, 49, 64, 81, 100, 121, 144, 169, 196, 225, 256, 289, 324, 361]"
        [ -z "$stderr" ] || tg_show "said something"
    done
    run_tg 'task f(x: int) -> int serve ["sh", "s"]
n = f(3)
while n < 1000 { n = f(n) }
output n'
    is "n = 6561"
}

@test "the question is one line, with the name, the arguments and a number" {
    cat >s <<'X'
while read -r q; do printf '%s\n' "$q" >>asked; echo '{"result": null}'; done
X
    run_tg 'v = "s"
task f(a: int, b: any = [1.5, "x\ny"], c: file = "s") -> nil serve ["sh", v]
in_order {
    f(1)
    f(2, {k: nil, w: 1e300 * 1e300})
}' -j1
    ended 0
    [ "$(cat asked)" = '{"task":"f","args":{"a":1,"b":[1.5,"x\ny"],"c":"s"},"id":1}
{"task":"f","args":{"a":2,"b":{"k":null,"w":"inf"},"c":"s"},"id":2}' ] || { cat asked; tg_show "asked otherwise"; }
}

@test "one program serves all tasks with its words, and as many as are asked at once" {
    serve_sh 'echo "{\"result\": $$}"'
    run_tg 'task f(x: int) -> int serve ["sh", "s"]
task g(x: int) -> int serve ["sh", "s"]
task h(x: int) -> int with env = {A: "b"} serve ["sh", "s"]
task k(x: int, y: str) -> int serve ["sh", "s", y]
pids = [f(1), g(2), f(3)]
output same = pids[0] == pids[1] and pids[1] == pids[2]
output other = [h(1) == pids[0], k(1, "a") == k(1, "b"), k(1, "a") == k(2, "a")]' -j1
    ended 0
    is "same = true
other = [false, false, true]"
}

# bats test_tags=parallel
@test "calls at once have a server each" {
    cat >s <<'X'
while read -r q; do
    echo $$ >>started
    while [ "$(sort -u started | wc -l)" -lt 2 ]; do sleep 0.01; done
    echo "{\"result\": $$}"
done
X
    run_tg 'task f(x: int) -> int serve ["sh", "s"]
output two = len(unique([f(1), f(2)]))' -j2
    ended 0
    is "two = 2"
}

@test "any type that JSON can say is a result" {
    cat >s <<'X'
while read -r q; do
    case $q in
    *'"a"'*) r='"aGk="' ;; *'"b"'*) r='[1, "nan", "-inf", 2.5]' ;; *'"c"'*) r='{"k": [1, null]}' ;; *'"d"'*) r='"x.txt"' ;; *) r=null ;;
    esac
    echo "{\"result\": $r, \"more\": 1}"
done
X
    run_tg 'task a(x: str) -> bytes serve ["sh", "s"]
task b(x: str) -> list[float] serve ["sh", "s"]
task c(x: str) -> json serve ["sh", "s"]
task d(x: str) -> file serve ["sh", "s"]
task e(x: str) -> int? serve ["sh", "s"]
output r = [a("a"), b("b"), c("c"), d("d").stem, e("e")]'
    ended 0
    is 'r = [b"hi", [1.0, nan, -inf, 2.5], {k: [1, nil]}, "x", nil]'
}

@test "what the server calls an error is the failure, and it is asked again" {
    serve_sh 'echo "look here $x" >&2; if [ $x = 1 ]; then echo "{\"error\": \"cannot do $x\"}"; else echo "{\"result\": $$, \"error\": null}"; fi'
    run_tg 'task f(x: int) -> int serve ["sh", "s"]
a = f(0)
b = try(f(1) + after(0, a), -1)
output c = [b, f(after(2, b)) == a]
output d = f(after(1, c))' -k -j1
    ended 1
    has "c = [-1, true]"
    err_has "task 'f' failed: cannot do 1"
    err_has '$ sh s'
    err_has 'look here 1'
}

@test "what is no answer is said with its text" {
    for case in 'echo hello there|is no JSON: '\''hello there'\'' (column' \
        'echo|is an empty line' \
        'echo [1]|is no JSON object: '\''\[1\]'\' \
        'echo {}|has neither '\''result'\'' nor '\''error'\'': '\''{}'\' \
        'echo "{\"result\": 1, \"id\": 7}"|has the id of another question' \
        'echo "{\"result\": 1, \"error\": \"x\"}"|has both' \
        'echo "{\"error\": 1}"|that is no text' \
        'echo "{\"result\": \"a\"}"|must be int, not str' \
        'printf "{\"result\": \"\\377\"}\\n"|not valid UTF-8' \
        'echo "{\"result\": 1}
debug"|printed more than its answer: '\''debug'\' \
        'printf "debug\n{\"result\": 1}\n"|is no JSON: '\''debug'\'' (column'; do
        serve_sh "${case%%|*}"
        run_f 1
        ended 1
        err_has "$(printf %s "${case#*|}" | tr -d '\\')"
    done
    err_has "belongs on standard error"
}

@test "a line that nobody has asked for is the next call's error" {
    serve_sh 'echo "{\"result\": 1}"; echo "spare line"; : >said'
    run_tg 'task f(x: int) -> int serve ["sh", "s"]
task said() -> int { sh "until [ -e said ]; do sleep 0.01; done; echo 1" }
a = try(f(1), 0)
b = said() with after = a
output c = try(f(b), 0) + try(f(b + 1), 0)' -j1
    ended 0
    is "c = 1" || is "c = 0"
    serve_sh 'echo "{\"result\": 1}"' 'echo bye'
    run_f 1
    ended 0
    err_has "(sh s) printed what nobody has asked for: 'bye'"
}

@test "one answer too many fails the run, unless answers say whose they are" {
    serve_sh 'echo "{\"result\": $x}"' 'echo "{\"result\": 7}"'
    run_f 3 -j1
    ended 1
    err_has "error: a server of task 'f' (sh s) gave more answers than it was asked questions: some may be those of others"
    [ -z "$output" ]
    echo 'n=0; while read -r q; do n=$((n + 1)); echo "{\"result\": 5, \"id\": $n}"; done; echo "{\"result\": 7}"' >s
    run_f 3 -j1
    ended 0
    err_has "printed what nobody has asked for"
}

@test "who has given ids goes on to" {
    echo 'read -r q; echo "{\"result\": 5, \"id\": 1}"; read -r q; echo "{\"result\": 5}"' >s
    run_f 2 -j1
    ended 1
    err_has "the server's answer has no id, as those before had"
}

@test "a server that ends in a call fails it, and the next one is asked of another" {
    serve_sh 'if [ $x = 1 ]; then echo "the end" >&2; exit 3; fi; echo "{\"result\": $x}"'
    run_tg 'task f(x: int) -> int serve ["sh", "s"]
a = attempt(f(1))
output b = f(after(2, a))
output c = a.error' -j1
    ended 0
    has "b = 2"
    has "server failed with exit status 3"
    has "the end"
    serve_sh 'kill -SEGV $$'
    run_f 1
    err_has "server killed by signal SEGV"
    serve_sh 'exit 0'
    run_f 1
    err_has "the server ended without an answer"
    serve_sh 'printf "{\"result\":"; exit 0'
    run_f 1
    err_has "the server ended within an answer"
    serve_sh 'exec >&-; sleep 100'
    run_f 1
    err_has "without an answer"
    run_tg 'task f(x: int) -> int serve ["./none"]
output a = try(f(1), 3)'
    ended 0
    is "a = 3"
}

@test "a server that is not there is found before anything runs, if nothing can make it" {
    touch plain there.py
    for case in '"no-such-program"|which is in none of the folders of PATH' '"./none"|which is not there, and nothing makes it' \
        '"./plain"|which is not executable' 'here("none")|which is not there'; do
        echo "task f(x: int) -> int serve [${case%%|*}]
output a = f(1)" >w.tg
        tg check w.tg
        ended 0
        tg w.tg
        ended 2
        err_has "w.tg:2:12: error: the server of task 'f' is"
        err_has "${case#*|}"
        tg -n w.tg
        ended 0
        err_has "w.tg:2:12: warning: the server of task 'f' is"
    done
    run_tg 'task f(x: int) -> int serve ["./plain"]
output a = f(1)'
    err_has 'hint: `chmod +x ./plain` makes it a program; a script may also be named behind its interpreter: ["python3", "./plain"].'
    run_tg 'task f(x: int) -> int serve ["./none"]
task make() -> nil { sh "echo made; exit 5" }
output a = f(1) with after = make()'
    ended 1
    err_lacks "the server of task"
    run_tg 'task f(x: int) -> int with env = {PATH: "/none"} serve ["no-such-program"]
output a = f(1)'
    ended 1
    run_tg 'task f(x: int) -> int serve ["sh", "none.sh"]
output a = f(1)'
    ended 1
    err_has "w.tg:2:12: warning: the server of task 'f' is given 'none.sh', which is not there, and nothing makes it"
    run_tg 'task f(x: int) -> int serve ["false", "there.py"]
output a = f(1)'
    ended 1
    err_lacks "warning: the server of task 'f' is given"
    run_tg 'task f() -> nil { run ["./plain"] }
f()'
    ended 1
    err_has 'hint: `chmod +x ./plain` makes it a program'
}

@test "a server may end when it has answered; another one is started" {
    serve_sh 'echo "{\"result\": $x}"; exit 0'
    run_f 6 -j1
    ended 0
    is "a = [0, 1, 2, 3, 4, 5]"
    err_lacks warning
    serve_sh 'echo "{\"result\": $x}"; exit 4'
    run_f 3 -j1
    ended 0
    is "a = [0, 1, 2]"
    err_has "warning: the server of task 'f' (sh s) ended with exit status 4"
}

@test "one that is stopped in a call is told of" {
    serve_sh 'kill -STOP $$; echo "{\"result\": $x}"'
    printf '%s\n' 'task f(x: int) -> int serve ["sh", "s"]' 'output a = f(1)' >w.tg
    start w.tg
    wait_for grep -q "is stopped; 'kill -CONT" err
    local server=$(sed -n "s/^warning: the server of task 'f', process \([0-9]*\), is stopped.*/\1/p" err)
    kill -CONT "$server"
    finish
    ended 0
    is 'a = 1'
}

@test "one that is killed is nobody's fault: pure tasks are asked of another, effects are not" {
    serve_sh '[ -e dead ] || { : >dead; kill -KILL $$; }; echo "{\"result\": $x}"'
    run_f 2 -j1
    ended 0
    is "a = [0, 1]"
    err_has "another one is asked"
    serve_sh 'echo "$x" >>asked; kill -KILL $$'
    run_f 1
    ended 1
    err_has "server killed by signal KILL"
    [ "$(wc -l <asked)" = 3 ]
    serve_sh '[ -e dead ] || { : >dead; kill -KILL $$; }; echo "{\"result\": $x}"'
    rm dead
    run_tg 'task f(x: int) -> int effect serve ["sh", "s"]
output a = f(1)'
    ended 1
    err_has "server killed by signal KILL"
    rm dead
    run_tg 'task f(x: int) -> int effect serve ["sh", "s"]
output a = f(1) with retries = 1, backoff = 0s'
    ended 0
}

@test "a call that nobody needs is made only of an effect" {
    serve_sh 'echo "$x" >>asked; echo "{\"result\": $x}"'
    run_tg 'task p(x: int) -> int serve ["sh", "s"]
task e(x: int) -> int effect serve ["sh", "s"]
unused = p(1)
used = e(2)'
    ended 0
    [ "$(cat asked)" = 2 ]
}

@test "a limit of time ends the server" {
    cat >s <<'X'
while read -r q; do
    case $q in *'"x":0'*) echo $$ >pid; while :; do sleep 1; done ;; *) echo '{"result": 5}' ;; esac
done
X
    run_tg 'task f(x: int) -> int with timeout = 300ms serve ["sh", "s"]
a = attempt(f(0))
output b = f(after(1, a)) with timeout = 60s
output c = a.error' -j1
    ended 0
    has "b = 5"
    has "it took longer than its limit of 0.3 s"
    [ ! -s pid ] || wait_until gone "$(cat pid)" # it may not have come so far
}

@test "what a server does before it reads its first question does not count towards the limit of time" {
    cat >s <<'X'
sleep 4
while read -r q; do echo '{"result": 5}'; done
X
    run_tg 'task f(x: int) -> int with timeout = 3s serve ["sh", "s"]
output a = f(1)'
    ended 0
    is "a = 5"
}

@test "a first question that is not answered in time is told of as one" {
    echo 'read -r q; sleep 1000' >s
    run_tg 'task f(x: int) -> int with timeout = 200ms serve ["sh", "s"]
output a = f(1)'
    ended 1
    err_has "it took longer than its limit of 0.2 s"
    err_has "hint: It had not answered anything yet since it was started "
    err_has "an answer that waits in a buffer has to be flushed"
    echo 'read -r q; echo "{\"result\": 5}"; read -r q; sleep 1000' >s
    run_tg 'task f(x: int) -> int with timeout = 3s serve ["sh", "s"]
a = f(1)
output b = f(2) with after = a' -j1
    ended 1
    err_has "it took longer than its limit of 3 s"
    err_lacks hint
}

# bats test_tags=long
@test "a server that reads nothing is given up" {
    run_tg 'task f(x: int) -> int with timeout = 200ms serve ["sleep", "1000"]
output a = f(1)'
    ended 1
    err_has "it took longer than its limit of 0.2 s"
    err_has "hint: It has not read its first question in the 60."
}

@test "large questions and answers pass each other" {
    command -v python3 >/dev/null || skip "there is no python3"
    cat >s.py <<'X'
import os, sys
for q in iter(lambda: os.read(0, 1000), b""):
    sys.stderr.write("e" * 500)
    sys.stdout.write(" " * 5000)
    if q.endswith(b"\n"):
        print('{"result": 1}', flush=True)
X
    run_tg 'task f(x: str) -> int serve ["python3", "s.py"]
x = "y" * 1000000
output n = f(x)'
    ended 0
    is "n = 1"
}

@test "what a server prints on standard error is the call's" {
    serve_sh 'echo "busy with $x" >&2; echo "{\"result\": $x}"' 'echo over >&2'
    run_f 2 -j1
    [ -z "$stderr" ]
    run_f 2 -j1 --output=live
    err_has "[f(0)] busy with 0"
    err_has "[f(1)] busy with 1"
    err_has "[f] over"
}

@test "at the end its input ends, then it is told to, then killed" {
    serve_sh 'echo "{\"result\": $x}"' 'echo done >ended'
    run_f 1
    ended 0
    [ -e ended ]
    serve_sh 'echo "{\"result\": $x}"' 'exit 6'
    run_f 1
    ended 0
    err_has "ended with exit status 6 at the end of its input"
    serve_sh 'echo "{\"result\": $x}"' 'trap "echo told >ended; exit" TERM; while :; do sleep 0.1; done'
    run_f 1
    ended 0
    err_has "did not end at the end of its input"
    [ "$(cat ended)" = told ]
}

@test "signals end servers, asked or not, and finally may start them again" {
    cat >s <<'X'
trap 'echo told >>ended; exit 1' INT
while read -r q; do
    case $q in *'"x":0'*) : >asked; while :; do sleep 0.1; done ;; *) echo '{"result": 5}' ;; esac
done
X
    cat >w.tg <<'X'
task f(x: int) -> int serve ["sh", "s"]
task log(x: int) -> nil { sh "echo ${x} >final" }
output a = f(0)
finally { log(f(1)) }
X
    start w.tg
    wait_for test -e asked
    kill -INT "$pid"
    finish
    ended 130
    [ "$(cat ended)" = told ]
    [ "$(cat final)" = 5 ]
}

@test "no server outlives a tgrun that is killed" {
    serve_sh 'echo $$ >pid; while :; do sleep 0.1; done'
    printf 'task f(x: int) -> int serve ["sh", "s"]\noutput a = f(1)\n' >w.tg
    start w.tg
    wait_for test -s pid
    kill -KILL "$pid"
    finish
    wait_until gone "$(cat pid)"
}

@test "too few descriptors: servers that nobody asks make room" {
    serve_sh 'echo "{\"result\": $x}"'
    printf 'task f(x: int, y: int) -> int serve ["sh", "s", y]\noutput a = sum([f(i, i) for i in 0..40])\n' >w.tg
    run --separate-stderr bash -c 'ulimit -n 40; exec "$TGRUN" w.tg -j1'
    ended 0
    is "a = 780"
}

@test "secrets reach the server, and are hidden in what is said" {
    serve_sh 'case $q in *swordfish*) echo "it is swordfish";; esac'
    TOKEN=swordfish run_tg 'param t: secret = env("TOKEN")
task f(x: secret) -> int serve ["sh", "s"]
output a = f(t)'
    ended 1
    err_has "it is ***"
    err_lacks swordfish
}

@test "what the options say holds for servers" {
    mkdir d
    serve_sh 'echo "{\"result\": \"${PWD##*/} $A $TG_CORES $TG_RESOURCE_GPU\"}"'
    mv s d/s
    result=str run_tg 'task f(x: int) -> str with dir = "d", env = {A: "b"}, wrap = ["env", "B=c"], cores = 1, resources = {gpu: 1} serve ["sh", "s"]
output a = f(1)' --resources=gpu=1
    ended 0
    is "a = d b 1 0"
    run_tg 'task f(x: int) -> str with container = "i" serve ["sh", "s"]
output a = f(1)'
    [ "$status" -ne 0 ]
}

@test "functions cannot be asked about" {
    serve_sh 'echo "{\"result\": 1}"'
    run_tg 'task f(x: any) -> int serve ["sh", "s"]
output a = f([fn(x) = x])'
    ended 1
    err_has "a server is asked in JSON, which cannot say function"
}

@test "both forms of a file have servers, and fmt keeps them" {
    serve_sh 'echo "{\"result\": $x}"'
    run_yaml 'commands:
  f: {params: {x: int}, result: int, serve: [sh, s]}
  g: {params: {x: int}, serve: [sh, "${here(\"s\")}"], effect: true}
tasks:
  a: {call: f, args: [3]}
outputs: [a]'
    ended 0
    is "a = 3"
    tg convert w.yaml --to=tg
    has 'task f(x: int) -> int serve ["sh", "s"]'
    has 'task g(x: int) -> nil effect serve ["sh", here("s")]'
    printf '%s\n' "$output" >v.tg
    tg convert v.tg --to=yaml
    has 'serve: [sh, s]'
    has 'effect: true'
    printf 'task f(x: int)->int\n  with retries=2\n  serve   ["sh",\n"s"] # c\nserve = 1\neffect = serve\n' >w.tg
    tg fmt w.tg
    [ "$(head -1 w.tg)" = 'task f(x: int) -> int with retries = 2 serve ["sh", "s"]  # c' ] || { cat w.tg; false; }
    cp w.tg v.tg
    tg fmt v.tg
    cmp v.tg w.tg
    tg check w.tg
    ended 0
}

@test "the dry run, list and the graph know servers" {
    printf 'task f(x: int) -> json serve ["sh", "s", x]\noutput a = f(3)\n' >w.tg
    tg -n w.tg
    has '$ sh s 3'
    tg list w.tg
    has 'f(x: int)'
    tg graph w.tg
    has 'f'
}
