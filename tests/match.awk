# SPDX-License-Identifier: MIT
# awk -f match.awk EXPECTED GOT: succeeds if the lines of GOT are those of EXPECTED, in which a line `...` stands for
# any number of lines and `*` in a line for anything. Blanks at the end of a line do not count.
function fits(pattern, text,    parts, n, i, at) {
    if (pattern == text) return 1
    n = split(pattern, parts, "*")
    if (n < 2 || substr(text, 1, length(parts[1])) != parts[1]) return 0
    text = substr(text, length(parts[1]) + 1)
    for (i = 2; i < n; i++) {
        if (parts[i] == "") continue
        if (!(at = index(text, parts[i]))) return 0
        text = substr(text, at + length(parts[i]))
    }
    return length(text) >= length(parts[n]) &&
        substr(text, length(text) - length(parts[n]) + 1) == parts[n]
}
function walk(p, t) {
    for (; p <= patterns; p++) {
        if (pattern[p] == "...") {
            for (; t <= lines + 1; t++) if (walk(p + 1, t)) return 1
            return 0
        }
        if (t > lines || !fits(pattern[p], line[t++])) return 0
    }
    return t > lines
}
{ sub(/[ \t]+$/, "") }
FILENAME == ARGV[1] { pattern[++patterns] = $0; next }
{ line[++lines] = $0 }
END { exit !walk(1, 1) }
