# SPDX-License-Identifier: MIT
# What the lints share: each prints one TAP test per rule, with the places that break it.

top=${TG_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$top" || exit 1
number=0 failures=0

# The rooms, each with those to its left: a room includes and calls itself and these only.
engine='base gate value store graph plugin event run command grow remote session'
rooms="
base:
gate: base
value: base include
store: base value
graph: base value store
plugin: base gate value store graph
event: base gate value store graph plugin
run: base gate value store graph plugin event
command: base gate value store graph plugin event
grow: base gate value store graph plugin event run
remote: base gate value store graph plugin event run command grow
draw: base gate value store graph plugin event run grow
sched: base gate value store graph plugin event run command grow remote
watch: base gate value store graph plugin event run grow draw
session: base gate value store graph plugin event run command grow remote draw sched watch
text: base
tree: base text
read: base text tree
yaml: base text tree read
print: base text tree yaml
bind: $engine text tree
check: $engine text tree bind
eval: $engine text tree bind check
front: $engine text tree read yaml print bind check eval
cmd: $engine draw sched watch text tree read yaml print bind check eval front
tests: $engine draw sched watch text tree read yaml print bind check eval front cmd include
bench: $engine draw sched watch text tree read yaml print bind check eval front tests
"
# For awk: the room of a path.
room_of='
    function room_of(path,   part) {
        if (path ~ /^(engine|lang)\/[a-z]+\//) { split(path, part, "/"); return part[2] }
        if (path ~ /^engine\//) return "session"
        if (path ~ /^lang\//) return "front"
        sub(/\/.*/, "", path)
        return path
    }
    function read_rooms(rooms,   rows, to, i, j, n, m) {
        n = split(rooms, rows, "\n")
        for (i = 1; i <= n; i++) {
            m = split(rows[i], to, /[: ]+/)
            if (m) may[to[1], to[1]] = 1
            for (j = 2; j <= m; j++) may[to[1], to[j]] = 1
        }
    }
'

# sources [ENDING...]: the files under our folders, without what is generated, what an example compiles and what old releases had.
sources() {
    pattern=$(printf '%s|' "$@")
    find cmd lang engine plugins include tests bench docs examples -name node_modules -prune -o -type f -print | LC_ALL=C sort |
        grep -E "\.(${pattern%|})\$" | grep -vE '^(lang/read/(lex|parse)\.[ch]|cmd/(templates|pagetext)\.c|examples/.*\.[ch]|tests/plugins/old/.*)$'
}

# scripts: our shell programs, which have no ending.
scripts() {
    printf '%s\n' bootstrap .ci/run
    find tests bench -name node_modules -prune -o -type f ! -name '*.*' -perm -100 -print | LC_ALL=C sort | xargs -r grep -lI '^#!.*sh$'
}

# rule NAME PLACES: well if there are no places.
rule() {
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number $1"
    else
        failures=$((failures + 1))
        echo "not ok $number $1"
        printf '%s\n' "$2" | sed 's/^/#   /'
    fi
}

finish() {
    echo "1..$number"
    [ "$failures" = 0 ]
}
