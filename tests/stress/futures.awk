# SPDX-License-Identifier: MIT
# Writes `count` random programs from `first` on, each three times: NUMBER.known.tg with plain values, NUMBER.future.tg
# with every value behind a task, NUMBER.mixed.tg with some. Well typed, without division by zero: all three give the
# same outputs.

# Park and Miller's generator: the same numbers with every awk.
function random(n) {
    state = (state * 16807) % 2147483647
    return state % n
}

# A value that may stand behind a task.
function value(text) { return "\001" text "\002" }

function number(depth,    k, n) {
    if (depth <= 0) return random(3) && ints ? "i" random(ints) : value(random(20) - 5)
    k = random(26)
    if (k < 3) return "(" number(depth - 1) " + " number(depth - 1) ")"
    if (k < 5) return "(" number(depth - 1) " - " number(depth - 1) ")"
    if (k == 5) return "((" number(depth - 1) " * " number(depth - 1) ") % 997)"
    if (k == 6) return "(" number(depth - 1) " // " value(random(7) + 1) ")"
    if (k == 7) return "(" number(depth - 1) " % " value(-random(7) - 1) ")"
    if (k == 8) return "(-" number(depth - 1) ")"
    if (k == 9) return "abs(" number(depth - 1) ")"
    if (k == 10) return (random(2) ? "min" : "max") "(" number(depth - 1) ", " number(depth - 1) ")"
    if (k == 11) return "len(" list(depth - 1) ")"
    if (k == 12) { n = random(3) + 1; return known_list(depth - 1, n) "[" value(random(2 * n) - n) "]" }
    if (k == 13) return "{a: " number(depth - 1) ", b: " text(depth - 1) "}.a"
    if (k == 14) return "(" number(depth - 1) " and " number(depth - 1) ")"
    if (k == 15) return "(" number(depth - 1) " or " number(depth - 1) ")"
    if (k == 16) return "round(" number(depth - 1) " / " value(random(5) + 1) ")"
    if (k == 17) return "int(str(" number(depth - 1) "))"
    if (k == 18) return "fold(fn(s, x) = s - x, " known_list(depth - 1, random(4)) ", " number(depth - 1) ")"
    if (k == 19) return "twice(" number(depth - 1) ", by = " number(depth - 1) ")"
    if (k == 20) return "reduce(add, " known_list(depth - 1, random(4) + 1) ", arity = 2)"
    if (k == 21) return "inc(" number(depth - 1) ")"
    if (k == 22) return "try(" number(depth - 1) ", " number(depth - 1) ")"
    if (k == 23) return "after(" number(depth - 1) ", " text(depth - 1) ")"
    if (k == 24) return "(" number(depth - 1) " ** " value(random(2)) ")"
    return value("{k: [" number(depth - 1) "]}") "[" value("\"k\"") "][0]"
}

function truth(depth,    k) {
    if (depth <= 0) return value(random(2) ? "true" : "false")
    k = random(8)
    if (k == 0) return "(" number(depth - 1) " < " number(depth - 1) ")"
    if (k == 1) return "(" number(depth - 1) " <= " number(depth - 1) " < " number(depth - 1) ")"
    if (k == 2) return "(not " truth(depth - 1) ")"
    if (k == 3) return "(" truth(depth - 1) " and " truth(depth - 1) ")"
    if (k == 4) return "(" truth(depth - 1) " or " truth(depth - 1) ")"
    if (k == 5) return "(" number(depth - 1) (random(2) ? " in " : " not in ") list(depth - 1) ")"
    if (k == 6) return "(" text(depth - 1) (random(2) ? " == " : " != ") text(depth - 1) ")"
    return "bool(" list(depth - 1) ")"
}

function text(depth,    k) {
    if (depth <= 0) return value(random(2) ? "\"a\"" : "\"hé\"")
    k = random(7)
    if (k == 0) return "(" text(depth - 1) " + " text(depth - 1) ")"
    if (k == 1) return "\"<${" number(depth - 1) "}|${" list(depth - 1) "}>\""
    if (k == 2) return "(" text(depth - 1) " * " value(random(3)) ")"
    if (k == 3) return "str(" truth(depth - 1) ")"
    if (k == 4) return text(depth - 1) "[" value(random(3)) ":]"
    if (k == 5) return "str({n: " number(depth - 1) "})"
    return "{a: " text(depth - 1) "}.a"
}

# A list whose length is known while the graph is built.
function known_list(depth, n,    i, out) {
    if (n > 0 && random(4) == 0) return "[" number(depth - 1) " + x for x in 0.." n "]"
    if (n > 0 && random(4) == 0) return "map(fn(x) = x + " number(depth - 1) ", range(" n "))"
    for (i = 0; i < n; i++) out = out (i ? ", " : "") number(depth - 1)
    return "[" out "]"
}

function list(depth,    k) {
    if (depth <= 0) return value("[" random(5) ", " random(5) ", " random(5) "]")
    k = random(10)
    if (k == 0) return "(" list(depth - 1) " + " list(depth - 1) ")"
    if (k == 1) return list(depth - 1) "[" value(random(3) - 1) ":" value(random(4) - 1) "]"
    if (k == 2) return "sorted(" list(depth - 1) ", reverse = " truth(0) ")"
    if (k == 3) return "reversed(" list(depth - 1) ")"
    if (k == 4) return "flatten([" list(depth - 1) ", " known_list(depth - 1, random(3)) "])"
    if (k == 5) return "(" list(depth - 1) " * " value(random(3)) ")"
    if (k == 6) return "range(" value(random(6)) ")"
    if (k == 7) return "flatten(zip(" list(depth - 1) ", " list(depth - 1) "))"
    if (k == 8) return "[a + b for a, b in zip(" known_list(depth - 1, 2) ", " known_list(depth - 1, 2) ")]"
    return known_list(depth - 1, random(4))
}

function statement(    k, e) {
    k = random(7)
    if (k == 0) { e = value("[" number(1) ", " number(1) "]"); return "p, q = " e "; i" ints++ " = p - q\n" }
    if (k == 1) {
        e = "acc = []; for j in 0.." random(4) " { acc += [" number(1) " + j] }; i" ints++ " = len(acc)\n"
        return e "output o" outputs++ " = acc\n"
    }
    if (k == 2) return "r = {a: " number(2) ", b: " text(2) "}\noutput o" outputs++ " = [r, r.b]\n"
    if (k == 3) { e = number(3); return "i" ints++ " = " e "\n" }
    if (k == 4) return "output o" outputs++ " = " list(3) "\n"
    if (k == 5) return "output o" outputs++ " = " truth(3) "\n"
    return "output o" outputs++ " = [" number(3) ", " text(2) "]\n"
}

function write(name, program, always,    parts, n, i, out) {
    n = split(program, parts, "\001")
    out = parts[1]
    for (i = 2; i <= n; i++) out = out (always == "future" || (always == "mixed" && random(2)) ? "identity(" : "(") parts[i]
    gsub("\002", ")", out)
    printf "%s", out >name
    close(name)
}

BEGIN {
    for (number_of = first; number_of < first + count; number_of++) {
        state = number_of * 7919 + 12345
        random(2)
        ints = outputs = 0
        program = "use math\nfn twice(x, by = 2) = x * 2 + by\n"
        for (s = 0; s < 8; s++) program = program statement()
        program = program "output last = " number(4) "\n"
        write(number_of ".known.tg", program, "known")
        write(number_of ".future.tg", program, "future")
        write(number_of ".mixed.tg", program, "mixed")
    }
}
