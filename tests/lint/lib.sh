# SPDX-License-Identifier: MIT
# What the lints share: each prints one TAP test per rule, with the places that break it.

top=${TG_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$top" || exit 1
number=0 failures=0

# sources [ENDING...]: the files under our folders, without what is generated and what an example compiles.
sources() {
    pattern=$(printf '%s|' "$@")
    find cmd lang engine plugins include tests bench docs examples -type f | LC_ALL=C sort |
        grep -E "\.(${pattern%|})\$" | grep -vE '^(lang/read/(lex|parse)\.[ch]|cmd/templates\.c|examples/.*\.[ch])$'
}

# scripts: our shell programs, which have no ending.
scripts() {
    printf '%s\n' bootstrap .ci/run
    find tests bench -type f ! -name '*.*' -perm -100 | LC_ALL=C sort | xargs -r grep -lI '^#!.*sh$'
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
