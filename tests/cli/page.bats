#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The page of reports and of the dashboard: what is in it, and what it does in a headless Chromium.
load helper

setup() {
    tg_setup
    page=$build/cmd/page/page.html
    [ -e "$page" ] || page=$top/cmd/page/page.html
    [ -s "$page" ] && grep -qa '<script type="application/json" id="run">null</script>' "$TGRUN" || skip "this tgrun was built without the page"
}

@test "the page is in the program, and has one place for a run" {
    [ "$(grep -o '<script type="application/json" id="run">null</script>' "$page" | wc -l)" -eq 1 ]
    python3 - "$page" "$TGRUN" <<'PY'
import sys
assert open(sys.argv[1], 'rb').read() in open(sys.argv[2], 'rb').read(), 'the program has another page'
PY
}

@test "the page loads nothing, and lets no script run but its own" {
    python3 - "$page" <<'PY'
import base64, hashlib, re, sys
page, _, notice = open(sys.argv[1], encoding='utf-8').read().partition('</html>')
outside, _, script = page.partition('<script type="application/json" id="run">null</script>\n<script>')
script = script.split('</script>')[0]
policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', outside).group(1)
said = dict(rule.strip().split(' ', 1) for rule in policy.split(';'))
assert said['default-src'] == "'none'" and said['connect-src'] == "'self'" and said['img-src'] == 'data:', policy
assert said['script-src'] == "'sha256-%s'" % base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(), policy
assert page.count('<script') == 2 + script.count('<script')
assert not re.search(r'<link|<img|<iframe|<base|@import|url\(\s*["\']?(?!data:)', outside), 'something is loaded'
# Names of kinds of elements are addresses, too; nothing is ever fetched from them.
known = re.compile(r"https?://www\.w3\.org/")
assert not [u for u in re.findall(r'https?://[^\s"\'`)]*', page) if not known.match(u)], 'an address'
PY
}

@test "the page names the licences of what is in it" {
    python3 - "$page" "$top/cmd/page/package.json" <<'PY'
import json, sys
notice = open(sys.argv[1], encoding='utf-8').read().partition('</html>')[2]
missing = [name for name in json.load(open(sys.argv[2]))['dependencies'] if '\n%s ' % name not in notice]
assert not missing and notice.count('-->') == 1 and notice.endswith('-->\n'), missing
PY
}

@test "the page is small" {
    [ "$(gzip -9 <"$page" | wc -c)" -lt 300000 ]
}

# What the checks need is installed once, and again when its lock changes.
in_browser() {
    local modules=$build/build-page/tests file
    command -v "${CHROMIUM:-chromium}" >/dev/null || skip "there is no Chromium"
    command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node with npm"
    mkdir -p "$modules"
    exec 9>"$modules.lock"
    flock 9
    if ! cmp -s "$top/tests/page/package-lock.json" "$modules/package-lock.json"; then
        for file in package.json package-lock.json .npmrc; do cat "$top/tests/page/$file" >"$modules/$file"; done
        (cd "$modules" && npm ci --prefer-offline </dev/null) >log 2>&1 || {
            rm -f "$modules/package-lock.json"
            skip "npm could not install what drives the browser"
        }
    fi
    exec 9>&-
    PAGE_MODULES=$modules run node "$top/tests/page/check.mjs" "$page" "$1" </dev/null
    [ "$status" -eq 0 ] || { printf '%s\n' "$output" && return 1; }
}

# bats test_tags=long
@test "a report is right on every page, light and dark, narrow and wide, and axe finds nothing" { in_browser report; }

# bats test_tags=long
@test "a failure leads to the story of its task, and to those it needs" { in_browser story; }

# bats test_tags=long
@test "the keyboard reaches everything, and comes out again" { in_browser keyboard; }

# bats test_tags=long
@test "what goes on is seen" { in_browser live; }

# bats test_tags=long
@test "a failure appears, and a screen reader is told" { in_browser failure; }

# bats test_tags=long
@test "the server goes and comes back; when the run is over the page has all of it" { in_browser vanish; }

# bats test_tags=long
@test "20,000 tasks are filtered, sorted and turned over" { in_browser big; }

# bats test_tags=long
@test "hostile texts are texts, and leave the page as it is" { in_browser hostile; }

# bats test_tags=long
@test "a run is paused, scaled, and stopped after a question" { in_browser control; }

# bats test_tags=long
@test "light or dark is chosen, and remembered" { in_browser theme; }

# bats test_tags=long
@test "a page that nobody looks at asks rarely" { in_browser hidden; }

# bats test_tags=long
@test "a page that is left open overnight does not grow" { in_browser overnight; }

# bats test_tags=long
@test "the timeline is zoomed and moved by wheel, drag, keys and buttons" { in_browser timeline-zoom; }

# bats test_tags=long
@test "two fingers zoom the timeline" { in_browser timeline-pinch; }

# bats test_tags=long
@test "keys walk through the timeline, which tells where they are; names filter it; it is a table, too" { in_browser timeline-keys; }

# bats test_tags=long
@test "a pointer on the timeline shows what is there, and a click its story" { in_browser timeline-hover; }

# bats test_tags=long
@test "the timeline follows a run until somebody looks at a part of it, of which it asks for more" { in_browser timeline-live; }

# bats test_tags=long
@test "the timeline is drawn anew for another theme and for a finer screen" { in_browser timeline-theme; }

# bats test_tags=long
@test "50,000 slices are drawn in less time than as many rectangles" { in_browser timeline-many; }

# bats test_tags=long
@test "a graph that grows moves nothing that stands" { in_browser graph-grows; }

# bats test_tags=long
@test "keys walk through the graph along its edges; it is a table, too" { in_browser graph-keys; }

# bats test_tags=long
@test "300 nodes and 800 edges are zoomed and moved" { in_browser graph-zoom; }

# bats test_tags=long
@test "curves say what they show, share a cursor, and are tables, too" { in_browser series; }

# bats test_tags=long
@test "runs that are empty, tiny, dense or wide have pictures" { in_browser odd; }

# bats test_tags=long
@test "a node of many tasks says what they have come to, and leads to them" { in_browser graph-names; }
