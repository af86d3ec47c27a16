# SPDX-License-Identifier: MIT
# Writes `count` random programs from number `first` on, NUMBER.tg, with odd texts in every place where a text can stand: what
# YAML takes for something else, line breaks, blanks, quotes. What they compute shows each text.

function random(n) {
    state = (state * 16807) % 2147483647
    return int(state / 8) % n
}
function one_of(list,    parts) { return parts[1 + random(split(list, parts, "\t"))] }

# A text of some pieces, as a literal; between """ if it may be and has line breaks.
function text(    i, n, t, piece) {
    n = random(6)
    t = ""
    for (i = 0; i < n; i++) {
        piece = pieces[1 + random(piece_count)]
        t = t piece
    }
    if (random(3) == 0 && t !~ /["\\]/) return "\"\"\"\n" t "\n\"\"\""
    gsub(/"/, "\\\"", t)
    gsub(/\n/, "\\n", t)
    return "\"" t "\""
}

function value(depth,    r) {
    r = random(12)
    if (depth > 2 || r < 4) return text()
    if (r == 4) return "[" value(depth + 1) ", " text() "]"
    if (r == 5) return "{k: " value(depth + 1) ", \"" one_of("a b\t- x\t#\t: \ttrue\t1.0\t<<\t\\n\\n") "\": " text() "}"
    if (r == 6) return "f(" value(depth + 1) ", " value(depth + 1) ")"
    if (r == 7) return "[f(i, " text() ") for i in [" text() ", " value(depth + 1) "]]"
    if (r == 8) return "[i for i in [" text() ", " text() "] if i != " text() "]"
    if (r == 9) return "(if " text() " == " text() " { " value(depth + 1) " } else { " value(depth + 1) " })"
    if (r == 10) return "(" text() " + " text() ")"
    return "\"a ${" value(depth + 1) "} b\""
}

function program(    i, p) {
    p = "fn f(a, b = " text() ") = [a, b]\nfn g(a) {\n    x = " text() "\n    x + a\n}\n"
    p = p "param p: list[str] = [" text() ", " text() "] \"help\"\n"
    p = p "task c(x: str, y: str = " text() ") -> {a: file(" text() "), b: list[file](" text() ")} {\n"
    p = p "    sh " text() "\n    run [" text() ", x, " text() "] > " text() " < " text() "\n}\n"
    p = p "never = fn() = [(c(i) with label = " text() ") for i in [" text() ", " text() "]]\n"
    for (i = 0; i < 4; i++) p = p "v" i " = " value(0) "\n"
    for (i = 0; i < 3; i++) p = p "w" i " = " value(0) (random(2) ? "" : " with label = " text()) "\n"
    p = p "u = [f(i, " text() ") for i in [" text() ", " text() "]]\nt = [\"x ${i}\" for i in [1.5, 2, true, " text() "]]\n"
    p = p "r = reduce(f, [" text() ", " text() "], init = " text() ")\n"
    if (random(4) == 0) p = p "for i in [" text() "] {\n    w0 = [i, " value(0) "]\n}\n" # what is behind it is no section then
    return p "output all = [v0, v1, v2, v3, w0, w1, w2, u, t, r, p, g(" text() ")]\n"
}

BEGIN {
    piece_count = split("a|b c|\n|\n\n|\t| |#| #|x: y|:|-|- a|'|\"|\\\\|\\${|\\$ |{|}|[|]|,|>|%|@|`|!|&|*|é|😀|\\r|\\x01|0|1.10|true|~|null|=|<<|x-|\\u2028|\\x7f|\\ufeff|---|...|?|\n  a|\n# b", pieces, "|")
    for (n = first; n < first + count; n++) {
        state = n * 7919 + 1
        for (i = 0; i < 5; i++) random(2)
        printf "%s", program() > (n ".tg")
        close(n ".tg")
    }
}
