#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the page: make.sh yes|auto NODE NPM SOURCES OUT.html, in a folder where build-page/ may hold what npm installs. `auto`: where that
# cannot be had, the page stays as it is, or is empty, which leaves it out of the program.
set -eu
wanted=$1 node=$2 npm=$3 sources=$4 out=$5
modules=build-page

fail() {
    if [ "$wanted" = yes ]; then
        echo "cmd/page: $1" >&2
        exit 1
    fi
    if [ -s "$out" ] || [ ! -s "$sources/page.html" ]; then # what is older than its sources is better than none
        touch "$out"
    else
        cat "$sources/page.html" >"$out"
    fi
    left='it stays as it was'
    [ -s "$out" ] || left='this tgrun will have no dashboard and no report'
    echo "cmd/page: $1: $left; \`make page\` tries again" >&2
    exit 0
}

# Once, and again when other versions are wanted.
install_modules() {
    rm -rf "$modules"
    mkdir -p "$modules"
    for file in package.json package-lock.json .npmrc; do cat "$sources/$file" >"$modules/$file"; done
    (cd "$modules" && "$npm" ci --prefer-offline) >"$modules/log" 2>&1 </dev/null || {
        sed 's/^/    /' "$modules/log" | tail -n 8 >&2
        rm -f "$modules/package-lock.json"
        fail 'npm could not install what the page is made of'
    }
}

mkdir -p "${out%/*}"
cmp -s "$sources/package-lock.json" "$modules/package-lock.json" || install_modules
"$node" "$sources/build.mjs" --modules="$modules" "$out.new" || { rm -f "$out.new"; fail 'the page could not be made'; }
mv "$out.new" "$out"
