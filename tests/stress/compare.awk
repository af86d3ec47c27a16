# SPDX-License-Identifier: MIT
# Says which programs of futures.bats went wrong: for each NUMBER on standard input, what `known` did must be right, and every
# other way in `ways` must have done the same. A WAY.NUMBER.status has the exit status, .out what was printed; of .err the
# lines that begin with "seen" count, in any order. One line for each mistake: NUMBER WAY WHAT.

function read_status(name,    line) {
    getline line <name
    close(name)
    return line + 0
}

function read_all(name,    line, text) {
    while ((getline line <name) > 0) text = text line "\n"
    close(name)
    return text
}

# Adds `by` to the count of each line.
function count_seen(name, by,    line) {
    while ((getline line <name) > 0)
        if (line ~ /^seen/) seen[line] += by
    close(name)
}

function same_seen(a, b,    line, same) {
    split("", seen)
    count_seen(a, 1)
    count_seen(b, -1)
    same = 1
    for (line in seen)
        if (seen[line] != 0) same = 0
    return same
}

function check_known(n,    head, line) {
    getline head <(n ".known.tg")
    close(n ".known.tg")
    if (read_status("known." n ".status") != (head ~ /^# fails/)) print n, "known", "status"
    split("", seen)
    count_seen("known." n ".err", 1)
    for (line in seen)
        if (line ~ /^seen never/) print n, "known", "seen"
}

function check_way(n, way) {
    if (read_status(way "." n ".status") != read_status("known." n ".status")) print n, way, "status"
    else if (read_all(way "." n ".out") != read_all("known." n ".out")) print n, way, "out"
    else if (!same_seen("known." n ".err", way "." n ".err")) print n, way, "seen"
}

BEGIN { way_count = split(ways, way_of, " ") }
{
    check_known($1)
    for (i = 1; i <= way_count; i++) check_way($1, way_of[i])
}
