#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The dashboard of a run: its server. What the page makes of it is tested elsewhere.
load helper

setup() {
    tg_setup
    export TGRUN_NO_RECORD=true PYTHONPATH=$top/tests/cli PYTHONDONTWRITEBYTECODE=1
    mkfifo pipe
    cat >w.tg <<'TG'
task build(n: int) -> int { sh "echo ${n}" }
task hold(n: int) -> int { sh "touch begun; read line <pipe; echo ${n}" }
task late(n: int) -> int { sh "touch late-${n}; echo ${n}" }
held = hold(sum([build(i) for i in range(3)]))
output x = sum([late(held + i) for i in range(4)])
TG
    echo 'output x = 1' >quick.tg
    "$TGRUN" quick.tg -q --dashboard >/dev/null 2>err || skip_without "$(cat err)"
}

skip_without() {
    [[ $1 != *'built without'* ]] || skip 'built without the dashboard or its page'
    printf '%s\n' "$1"
    return 1
}

# Starts it, and waits until the one task that waits does so.
begin() {
    rm -f begun late-*
    start w.tg --dashboard "$@"
    wait_for [ -e begun ]
}
release() { echo >pipe; }

page() { python3 -c "from web import *
page = Page()
$(cat)" "$pid" "$@"; }

# bats test_tags=parallel
@test "a run has a page, and documents that tell of it" {
    begin
    page <<'PY'
status, headers, text = page.ask("")
assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8", headers
assert text.count('<script type="application/json" id="run">null</script>') == 1
assert "script-src 'sha256-" in headers["Content-Security-Policy"] and "frame-ancestors 'none'" in headers["Content-Security-Policy"]
assert headers["X-Frame-Options"] == "DENY" and headers["Referrer-Policy"] == "no-referrer"
assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
s = page.wait(lambda s: s["counts"]["done"] >= 3)
assert s["live"] and not s["ended"] and not s["paused"] and not s["control"] and s["counts"]["failed"] == 0, s
for document in "timeline", "series", "graph", "graph?level=names", "tasks", "tasks?sort=-began&limit=5&q=%C3%A4&name=0&state=done", "path", "task?id=0":
    page.get(document)
same = page.get(f"status?rev={page.status()['rev']}")
assert same.get("same") or "counts" in same, same
assert page.get("tasks?offset=99999999999999999999999&limit=-1&from=x&name=-3&rev=1e9")
for none in "", "status/", "nothing", "task?id=4000000000", "..%2Fstatus":
    assert page.ask("api/" + none)[0] == 404, none
assert page.ask("x")[0] == 404
status, headers, text = page.ask("", "HEAD")
assert status == 200 and text == "" and int(headers["Content-Length"]) > 0
status, headers, _ = page.ask(page.path[:-1])
assert status == 302 and headers["Location"] == page.path
PY
    release
    finish
    ended 0
    is 'x = 18'
}

# bats test_tags=parallel
@test "strangers get nothing" {
    begin --dashboard-control
    page <<'PY'
own = f"127.0.0.1:{page.port}"
token = page.path[1:-1]
def refused(answer, status):
    assert answer[0] == status and len(answer[2]) < 30, answer
    assert "tgrun" not in answer[2] and not [h for h in answer[1] if h.lower().startswith("access-control")], answer
for path in "/", "/favicon.ico", "/api/status", "/" + "0" * 32 + "/", f"/{token[:-1]}/", f"/{token}0/", f"/{token.upper()}x/", f"//{token}/", "/x" + page.path, f"/%00{token}/":
    refused(page.ask(path), 403)
for host in "evil.example", f"evil.example:{page.port}", "127.0.0.1", f"127.0.0.1:{page.port + 1}", f"{own}.evil.example", f"0.0.0.0:{page.port}", f"127.0.0.2:{page.port}", "":
    refused(page.ask("", Host=host), 403)
for host in f"localhost:{page.port}", f"LOCALHOST:{page.port}", own:
    assert page.ask("", Host=host)[0] == 200, host
    assert page.ask("", Host=host, Origin="http://" + host)[0] == 200, host
for origin in "null", "http://evil.example", f"https://{own}", "http://127.0.0.1", own, f"http://{own}/", f"http://localhost:{page.port}", "":
    refused(page.ask("api/status", Origin=origin), 403)
    refused(page.ask("api/control", "POST", '{"do":"stop"}', Content_Type="application/json", Origin=origin), 403)
for method in "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "X":
    refused(page.ask("", method), 405)
    refused(page.ask("api/status", method, "x" * 100), 405)
refused(page.ask("api/control"), 405)
refused(page.ask("api/control", "OPTIONS", Origin="http://evil.example", Access_Control_Request_Method="POST"), 403)
for path in "api/status", "api/control", "":
    refused(page.ask("/" + "f" * 32 + "/" + path, "POST", "x" * 3000), 403)
page.wait(lambda s: s["counts"]["running"] == 1)
PY
    token=$(grep -o '/[0-9a-f]\{32\}/' err)
    release
    finish
    ended 0
    tg quick.tg --dashboard
    err_lacks "$token"
}

# bats test_tags=parallel
@test "a page may pause, scale and stop a run where it is let" {
    begin
    page <<'PY'
assert page.do("stop") == (403, "forbidden\n")
assert page.do("pause")[0] == 403
assert not page.status()["control"]
PY
    release
    finish
    ended 0
    begin --dashboard-control -j3
    page <<'PY'
assert page.status()["control"]
ask = lambda body, **more: page.ask("api/control", "POST", body, **{"Content_Type": "application/json", **more})[0]
for body in "", "{", "[]", "1", "null", '{"do":1}', '{"do":"sleep"}', '{"do":"stop","do":"stop"}', '{"do":"stop"} x', '\0', '{"do":"st\\u0000op"}', "[" * 4000:
    assert ask(body) == 400, body
for kind in "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "":
    assert ask('{"do":"stop"}', Content_Type=kind) == 415, kind
assert ask('{"do":"stop"}' + " " * 5000) == 413
for workers in 0, -1, 4, 1.5, "2", None, 2**40:
    status, answer = page.do("scale", workers=workers)
    assert status == 200 and not answer["ok"] and "from 1 to 3" in answer["error"], answer
assert page.do("scale", workers=2) == (200, {"ok": True})
page.wait(lambda s: s["workers"] == 2)
assert page.do("pause")[1]["ok"] and page.do("pause")[1]["ok"]
page.wait(lambda s: s["paused"] and s["counts"]["running"] == 1)
open("pipe", "w").write("\n")
s = page.wait(lambda s: s["counts"]["running"] == 0)
time.sleep(0.05)
assert not os.path.exists("late-3") and page.status()["counts"]["done"] == s["counts"]["done"]
assert page.do("resume")[1]["ok"] and page.do("resume")[1]["ok"]
PY
    finish
    ended 0
    is 'x = 18'
    begin --dashboard-control
    page <<<'assert page.do("stop") == (200, {"ok": True})'
    finish
    ended 130
    err_has 'ended by signal 2'
}

# bats test_tags=parallel
@test "a run that is paused waits with every scheduler, and can be ended" {
    echo 'task tenth(n: int) -> int { sh "sleep 0.1; echo ${n}" }
output x = sum([tenth(i) for i in range(40)])' >many.tg
    for how in '-j1' '--scheduler=sync' '-j2' '--scheduler=processes -j2'; do
        start many.tg --dashboard --dashboard-control $how
        page <<'PY'
page.wait(lambda s: s["counts"]["done"] > 0)
assert page.do("pause")[1]["ok"]
before = page.wait(lambda s: s["paused"] and s["counts"]["running"] == 0)
time.sleep(0.15)
assert page.status()["counts"]["done"] == before["counts"]["done"] < 40
PY
        "$TGRUN" status | grep -q '), paused$'
        kill -INT "$pid"
        finish
        ended 130
        err_has 'ended by signal 2'
    done
}

# bats test_tags=parallel
@test "blocks of finally are shown, paused and ended as well" {
    cat >f.tg <<'TG'
task hold(n: str) -> nil { sh "touch begun-${n}; read line <pipe" }
task after() -> nil { sh "touch after" }
hold("graph")
finally {
    hold("final")
    after()
}
TG
    start f.tg --dashboard --dashboard-control -j1
    wait_for [ -e begun-graph ]
    page <<<'assert page.do("pause")[1]["ok"]'
    release
    page <<'PY'
page.wait(lambda s: s["paused"] and s["counts"]["running"] == 0)
assert not os.path.exists("begun-final")
assert page.do("resume")[1]["ok"]
PY
    wait_for [ -e begun-final ]
    page <<<'assert page.do("pause")[1]["ok"]; page.wait(lambda s: s["paused"])'
    release
    kill -INT "$pid" # a block is not ended by the first one, but nor does it stay paused
    finish
    ended 130
    [ -e after ]
}

# bats test_tags=parallel
@test "a page that looks at the end is waited for until it has what it shows" {
    begin
    page <<'PY'
page.status(), page.status()
open("pipe", "w").write("\n")
page.wait(lambda s: s["ended"])
for document in "timeline", "series", "graph", "tasks", "path":
    page.get(document)
PY
    finish
    ended 0
    is 'x = 18'
}

# bats test_tags=parallel
@test "--dashboard-wait stays until it is told to go" {
    echo 'task bad() -> int { sh "exit 3" }
output x = bad()' >bad.tg
    start bad.tg --dashboard --dashboard-wait
    wait_for grep -q 'stays until Ctrl-C' err
    page <<'PY'
s = page.wait(lambda s: s["ended"])
assert s["exit"] == 1 and s["counts"]["failed"] == 1 and not s["paused"], s
page.get("tasks")
PY
    "$TGRUN" status 2>&1 | grep -q 'no run is going on'
    kill -INT "$pid"
    finish
    ended 1
    err_has "task 'bad' failed"
    start quick.tg --dashboard --dashboard-wait --dashboard-control # nothing has to run
    wait_for grep -q 'stays until Ctrl-C' err
    is_out_there() { [ "$(cat out)" = 'x = 1' ]; }
    is_out_there
    page <<<'assert page.ask("")[0] == 200; assert not page.do("pause")[1]["ok"]'
    kill -TERM "$pid"
    finish
    ended 0
    begin --dashboard-wait --dashboard-control # ended by the page itself: it stays
    page <<'PY'
assert page.do("stop")[1]["ok"]
s = page.wait(lambda s: s["ended"])
assert s["exit"] == 130, s
PY
    kill -INT "$pid"
    finish
    ended 130
    begin --dashboard-wait # ended by a signal: it goes
    kill -INT "$pid"
    finish
    ended 130
}

# bats test_tags=parallel
@test "of a block behind the run its own tasks run, and failures stay what they are" {
    cat >behind.tg <<'TG'
task good(n: int) -> int { sh "echo ${n}" }
task bad(n: int) -> int { sh "exit ${n}" }
task hold(n: int) -> int { sh "touch begun; read line <pipe; echo ${n}" }
output a = [good(1), try(bad(3), 7), bad(4)]
finally { print(hold(1)) }
TG
    start behind.tg --dashboard --keep-going
    wait_for [ -e begun ]
    page <<'PY'
s = page.wait(lambda s: s["part"] == 1 and any(n["running"] for n in s["names"]))
assert {n["name"]: n["running"] for n in s["names"] if n["running"]} == {"hold": 1}, s["names"]
assert {f["label"]: f["caught"] for f in s["failures"]} == {"bad(3)": True, "bad(4)": False}, s["failures"]
PY
    release
    finish
    ended 1
}

# bats test_tags=parallel
@test "at the end of a graph that grows all tasks are counted, also those that were told of now and then only" {
    printf 'use example\noutput number = fib(20)\n' >fib.tg
    start fib.tg --dashboard --dashboard-wait
    wait_for grep -q 'stays until Ctrl-C' err
    page <<'PY'
s = page.wait(lambda s: s["ended"])
counts, names = s["counts"], {n["name"]: n for n in s["names"]}
assert counts["done"] == counts["total"] == 21891 and counts["running"] == 0, counts
assert (names["fib"]["done"], names["fib"]["total"], names["+"]["done"]) == (21891, 21891, 10945), names
nodes = page.get("graph?level=names")["nodes"]
assert {n["label"]: n["done"] for n in nodes}["fib"] == 21891, nodes
assert page.get("tasks?state=waiting")["count"] == 0
PY
    kill -INT "$pid"
    finish
    ended 0
}

# bats test_tags=parallel
@test "where it listens is said, and what is wrong with that, before anything runs" {
    start w.tg --dashboard
    wait_for [ -e begun ]
    port=$(sed -n 's|dashboard: http://127.0.0.1:\([0-9]*\)/.*|\1|p' err)
    for address in "$port" "127.0.0.1:$port"; do
        tg quick.tg --dashboard="$address"
        ended 3
        is ''
        err_has "port $port: Address already in use"
    done
    for address in 70000 localhost: :80 'a b:80x' '[::1' ''; do
        tg quick.tg --dashboard="$address"
        ended 2
        is ''
        err_has dashboard
    done
    tg quick.tg --dashboard=no.such.host.invalid
    ended 3
    is ''
    release
    finish
    tg quick.tg --dashboard-wait
    ended 2
    err_has "option '--dashboard-wait' needs '--dashboard'"
    tg quick.tg --dashboard-control
    ended 2
    tg watch quick.tg --dashboard --dashboard-wait
    ended 2
    tg quick.tg --dashboard=localhost
    err_has 'dashboard: http://localhost:'
    err_lacks 'warning'
    tg quick.tg --dashboard=0.0.0.0
    ended 0
    err_has "dashboard: http://$(uname -n):"
    err_has 'warning: whoever has this link can see the run from other machines'
    tg quick.tg --dashboard=0.0.0.0 -q
    err_lacks 'warning'
    err_has 'dashboard: '
    tg quick.tg --dashboard=none
    err_lacks 'dashboard: '
    tg quick.tg -n --dashboard
    ended 0
    err_lacks 'dashboard: '
    echo 'output x = nothing' >wrong.tg
    tg wrong.tg --dashboard
    ended 2
    err_lacks 'dashboard: '
    TGRUN_DASHBOARD=127.0.0.1 TGRUN_DASHBOARD_CONTROL=true TGRUN_DASHBOARD_WAIT=false tg quick.tg
    ended 0
    err_has 'dashboard: http://127.0.0.1:'
    TGRUN_DASHBOARD=127.0.0.1 tg quick.tg --dashboard=none
    err_lacks 'dashboard: '
    TGRUN_DASHBOARD_WAIT=true tg quick.tg
    ended 0
}

# bats test_tags=parallel
@test "IPv6 has its link, too" {
    [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6 || skip 'no IPv6 here'
    start w.tg --dashboard='[::1]'
    wait_for [ -e begun ]
    grep -q 'dashboard: http://\[::1\]:[0-9]' err
    python3 - <<'PY'
from web import *
page = Page("::1")
assert page.ask("", Host=f"[::1]:{page.port}")[0] == 200 and page.ask("", Host=f"[::2]:{page.port}")[0] == 403
PY
    release
    finish
    ended 0
}

# bats test_tags=parallel
@test "commands and executors do not have its sockets" {
    cat >fds.tg <<'TG'
task look() -> int { sh "touch begun; read line <pipe; ls -l /proc/self/fd | grep -c socket: || true" }
output x = look()
TG
    start fds.tg --dashboard --scheduler=processes
    wait_for [ -e begun ]
    page <<'PY'
half = [page.raw(page.head()) for _ in range(3)]
page.status()
def listener():
    for line in open("/proc/net/tcp"):
        f = line.split()
        if f[1].endswith(f":{page.port:04X}") and f[3] == "0A":
            return f"socket:[{f[9]}]"
def has(process):
    with contextlib.suppress(OSError):
        return any(os.readlink(f"/proc/{process}/fd/{fd}") == socket for fd in os.listdir(f"/proc/{process}/fd"))
socket = listener()
holders = [p for p in os.listdir("/proc") if p.isdigit() and has(p)]
assert holders == [sys.argv[1]], holders
PY
    release
    finish
    ended 0
    is 'x = 0'
}

# bats test_tags=parallel
@test "half requests, clients that vanish and odd ones do no harm" {
    begin
    page <<'PY'
import struct
page.status()
wait("who asks for its state", lambda: os.path.isdir(".tgrun/run") and os.listdir(".tgrun/run"))   # that has descriptors as well
open_before = len(os.listdir(f"/proc/{sys.argv[1]}/fd"))
half = [page.raw(page.head()[:n * 3]) for n in range(30)]
slow = [page.raw(page.head("api/status") + b"\r\n") for _ in range(10)]   # never reads
page.wait(lambda s: s["counts"]["running"] == 1)
for s in half[:15] + slow:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()                                                             # a reset
for s in half[15:]:
    s.close()
odd = [b"\r\n" * 50, b"\0" * 4000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", page.head() + b"X: " + b"y" * 100000 + b"\r\n\r\n",
       page.head("?" + "q=%ff&" * 3000) + b"\r\n", page.head("x" * 60000) + b"\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
       page.head() + b"Transfer-Encoding: chunked\r\nContent-Length: -1\r\n\r\nzz\r\n", page.head("api/control", "POST") + b"Content-Length: 99999999999999999999\r\n\r\n",
       page.head("api/control", "POST") + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1000\r\n" + b"x" * 4096 + b"\r\n1000\r\n" + b"x" * 4096 + b"\r\n0\r\n\r\n",
       page.head() + b"Host: evil.example\r\n" * 900 + b"\r\n", b"GET " + page.path.encode() + b" HTTP/1.0\r\n\r\n", b"POST " + page.path.encode() + b"api/control HTTP/1.1\r\n\r\n"]
for request in odd:
    with contextlib.suppress(OSError):
        s = page.raw(request)
        s.shutdown(socket.SHUT_WR)
        answer = answer_of(s)
        assert not answer.startswith(b"HTTP/1.1 2"), (request[:60], answer[:200])
# each connection has one answer
assert answer_of(page.raw((page.head("api/status") + b"\r\n") * 3)).count(b"HTTP/1.1 200") == 1
wait("closed descriptors", lambda: page.status() and len(os.listdir(f"/proc/{sys.argv[1]}/fd")) <= open_before + 1)
PY
    release
    finish
    ended 0
    is 'x = 18'
}

# bats test_tags=parallel
@test "malformed requests are refused" {
    begin
    fuzz 400
    release
    finish
    ended 0
}

# Requests that are nearly right, with a seed that is told.
fuzz() {
    page "$1" "${TESTS_SEED:-$RANDOM}" <<'PY'
import random
count, seed = int(sys.argv[2]), sys.argv[3]
print("seed", seed)
random.seed(seed)
good = [page.head(d, m) + h for d in ("", "api/status", "api/task?id=1&part=0", "api/graph?level=tasks&rev=3", "api/control")
        for m in ("GET", "POST", "HEAD")
        for h in (b"\r\n", b"Content-Length: 14\r\nContent-Type: application/json\r\n\r\n{\"do\":\"pause\"}", b"Origin: http://x\r\n\r\n",
                  b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")]
words = [b"\r\n", b"\n", b"\0", b"%00", b"%", b"&", b"=", b":", b" ", b"..", b"\xff\xfe", b"Host: x\r\n", b"Content-Length: 4096\r\n", b"Expect: 100-continue\r\n",
         b"Transfer-Encoding: chunked\r\n", b"18446744073709551616", b"-1", b"\"" * 9, b"Connection: keep-alive\r\n", b"Upgrade: websocket\r\n", b"x" * 3000]
def spoil(request):
    for _ in range(random.randint(1, 6)):
        at, to = sorted(random.randrange(len(request) + 1) for _ in range(2))
        how = random.randrange(4)
        if how == 0: request = request[:at] + random.choice(words) + request[at:]
        elif how == 1: request = request[:at] + request[to:]
        elif how == 2: request = request[:at] + bytes([random.randrange(256)]) + request[at + 1:]
        else: request = request[:to] + request[at:]
    return request
for i in range(count):
    request = spoil(random.choice(good))
    with contextlib.suppress(OSError):
        s = page.raw()
        for part in (request[:len(request) // 2], request[len(request) // 2:]) if i % 3 == 0 else (request,):
            s.sendall(part)
        if i % 5 == 0:
            s.close()
            continue
        s.shutdown(socket.SHUT_WR)
        answer = answer_of(s)
        assert not answer or answer.startswith(b"HTTP/1."), (request, answer)
        assert b"\r\nAccess-Control" not in answer
s = page.wait(lambda s: s["counts"]["running"] == 1)
assert not s["ended"] and not s["paused"], s
PY
}

# bats test_tags=long
@test "many malformed requests are refused" {
    begin
    fuzz $((20000 / $(slowness)))
    release
    finish
    ended 0
}

# bats test_tags=long
@test "a thousand clients, slow ones among them, neither starve each other nor the run" {
    begin -j2
    page <<'PY'
import resource, threading
def memory():
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{sys.argv[1]}/status").read())[1])
page.status()
before = memory()
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
half = [page.raw(page.head()) for _ in range(100)]
slow = [page.raw(page.head("api/graph") + b"\r\n") for _ in range(100)]
answers = []
def client():
    for _ in range(3):
        answers.append(page.ask("api/status")[0])
threads = [threading.Thread(target=client) for _ in range(1000)]
for t in threads: t.start()
for t in threads: t.join()
assert answers == [200] * 3000, len(answers)
assert memory() < before + 64 * 1024, (before, memory())
assert len(os.listdir(f"/proc/{sys.argv[1]}/fd")) < 100
PY
    release
    finish
    ended 0
    is 'x = 18'
}

# bats test_tags=long
@test "a run that lacks descriptors goes on with its dashboard" {
    (ulimit -n 64 && exec env --default-signal=INT,QUIT "$TGRUN" w.tg --dashboard -j2 >out 2>err </dev/null 3>&-) &
    pid=$!
    wait_for [ -e begun ]
    page <<'PY'
half = [page.raw(page.head()) for _ in range(30)]
ticks = lambda: sum(int(n) for n in open(f"/proc/{sys.argv[1]}/stat").read().rsplit(") ")[1].split()[11:13])
before = ticks()
page.status()
time.sleep(1)
assert ticks() - before < 50, "it spins"
PY
    release
    finish
    ended 0
    is 'x = 18'
}

# bats test_tags=parallel
@test "workers say what their executors and commands use" {
    cat >w.tg <<'TG'
use mortal
task spend(n: int) -> int { sh "test $(head -c 20000000 /dev/zero | wc -c) = 20000000; echo ${n}" }
output x = waits("waiting", spend(1))
TG
    start w.tg --dashboard -j1 --scheduler=processes
    page <<'PY'
s = page.wait(lambda s: s["counts"]["done"] >= 1 and any(w.get("executor") for w in s["crew"]) and s["usage"].get("executors"))
w = s["crew"][0]
assert os.path.exists(f"/proc/{w['executor']}") and w["cpu"] > 1000000 and w["memory"] > 100000, w
assert s["usage"]["executors"] == 1 and s["usage"]["executors_memory"] > 100000, s["usage"]
PY
    touch over
    finish
    ended 0
    is 'x = 1'
}

# bats test_tags=parallel
@test "quick tasks that nobody is told of are done, too, while the run goes on" {
    mkfifo second
    cat >w.tg <<'TG'
use math
task hold(n: int) -> int { sh "touch begun; read line <pipe; echo ${n}" }
task last(n: int) -> int { sh "read line <second; echo ${n}" }
held = hold(0)
output x = last(sum([inc(held + i) for i in 0..3000]))
TG
    begin
    page <<'PY'
wait("all tasks", lambda: page.get("tasks?state=waiting")["count"] > 6000)
open("pipe", "w").write("\n")
page.wait(lambda s: [r for r in s["running"] if r["label"].startswith("last")])
wait("no task to wait", lambda: page.get("tasks?state=waiting")["count"] == 0)
graph = page.get("graph?level=names")
assert [(n["label"], n["done"]) for n in graph["nodes"] if n["label"] == "inc"] == [("inc", 3000)], graph["nodes"]
open("second", "w").write("\n")
PY
    finish
    ended 0
}
