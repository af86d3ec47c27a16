# SPDX-License-Identifier: MIT
# Random programs whose statements are in order: writes one to `file`, and to standard output the lines that it must write, which
# are those of a program that does one thing after the other. Which values are known and which are results of tasks is random.
#
#     awk -v seed=N -v file=w.tg -f in_order.awk
BEGIN {
    state = seed * 7919 + 17
    for (i = 0; i < 10; i++) random(2)
    pad = ""
    define()
    want = block(4, "")
    printf "%sin_order {\n%s}\noutput done = true\n", functions, text >file
    printf "%s", want
}

function random(n) {
    state = (state * 16807) % 2147483647
    return int(state / 8) % n
}
function one_in(n) { return random(n) == 0 }

# A value, perhaps of a task.
function late(value) { return one_in(2) ? value : one_in(3) ? "identity(identity(" value "))" : "identity(" value ")" }
function line(s) { text = text pad s "\n" }
function deeper() { pad = pad "    " }
function back() { pad = substr(pad, 5) }
function fresh() { return "n" ++labels }
function repeat(s, times,   all) {
    all = ""
    while (times-- > 0) all = all s
    return all
}

# Statements, as deep as that; `leave` is one that leaves what is around, or "". What they write.
function block(depth, leave,   count, want, i) {
    count = 1 + random(4)
    want = ""
    deeper()
    for (i = 0; i < count; i++) want = want statement(depth)
    if (leave) line(leave)
    back()
    return want
}

# A task that writes a line; some take longer, so that others would be faster.
function say(   label) {
    label = fresh()
    line(one_in(3) ? "print(after(" quoted(label) ", sleep(" random(4) "ms)))" : "print(" quoted(label) ")")
    return label "\n"
}
function quoted(s) { return "\"" s "\"" }

function statement(depth,   kind) {
    kind = random(depth > 0 ? 14 : 4)
    if (kind < 3) return say()
    if (kind == 3) return pure()
    if (kind == 4 || kind == 5) return choice(depth - 1)
    if (kind == 6 || kind == 7) return for_loop(depth - 1)
    if (kind == 8) return while_loop(depth - 1)
    if (kind == 9) return nested(depth - 1)
    if (kind == 10) return with_block(depth - 1)
    if (kind == 11) return call()
    if (kind == 12) return attempt()
    return comprehension()
}

# Something that nobody may need.
function pure(   name) {
    name = "v" ++names
    line(name " = " late(random(9)) (one_in(2) ? " + 1" : ""))
    return ""
}

function choice(depth,   truth, want, other) {
    truth = random(2)
    line("if " late(truth ? "true" : "false") " {")
    want = block(depth, "")
    if (one_in(2)) {
        line("} else {")
        other = block(depth, "")
    }
    line("}")
    return truth ? want : other
}

# Its rounds, one of which may be left early or be the last.
function rounds(depth, i, times,   first, last, at, word) {
    first = block(depth, "")
    if (!one_in(3)) return repeat(first, times)
    at = random(times + 1)
    word = one_in(2) ? "break" : "continue"
    deeper()
    line("if " i " == " late(at) " {")
    line("    " word)
    line("}")
    back()
    last = block(depth, "")
    if (at >= times) return repeat(first last, times)
    return repeat(first last, at) first (word == "break" ? "" : repeat(first last, times - at - 1))
}

function for_loop(depth,   times, i, want) {
    times = random(4)
    i = "i" ++names
    line("for " i " in " (one_in(2) ? "0.." late(times) : late("[0, 1, 2, 3][0:" times "]")) " {")
    want = rounds(depth, i, times)
    line("}")
    return want
}

function while_loop(depth,   times, i, want) {
    times = random(4)
    i = "i" ++names
    line(i " = " late(-1))
    line("while " i " < " times - 1 " {")
    line("    " i " += 1")
    want = rounds(depth, i, times)
    line("}")
    return want
}

function nested(depth,   want) {
    line("in_order {")
    want = block(depth, "")
    line("}")
    return want
}

function with_block(depth,   want, label) {
    if (one_in(2)) {
        line("with priority = " random(9) " {")
        want = block(depth, "")
    } else {
        label = fresh()
        line("with after = print(" quoted(label) ") {")
        want = label "\n" block(depth, "")
    }
    line("}")
    return want
}

# ---- functions -----------------------------------------------------------------------------------------
# called[i] is a call, written[i] what it writes, tried[i] whether it fails.
function define(   i, outer) {
    for (i = 0; i < 4; i++) {
        text = ""
        pad = "    "
        line("in_order {")
        written[i] = block(2, "")
        if (one_in(2)) {
            deeper()
            line("if " late("true") " {")
            line("    return 1")
            line("}")
            back()
            block(1, "")
        }
        line("}")
        if (!(text ~ /return 1/)) line("1")
        pad = ""
        functions = functions "fn f" i "() {\n" text "}\n"
        called[i] = "f" i "()"
        known = i + 1
    }
    text = ""
}

function call(   i) {
    if (!known) return say()
    i = random(known)
    line((one_in(2) ? "v" ++names " = " : "") called[i])
    return written[i]
}

# What fails is caught; what was made before is waited for.
function attempt(   i, label) {
    label = fresh()
    if (known && one_in(2)) {
        i = random(known)
        line("v" ++names " = " (one_in(3) ? "attempt(" called[i] ")" : "try(" called[i] ", 0)"))
        return written[i]
    }
    line("v" ++names " = try(fail(after(\"no\", print(" quoted(label) "))), print(\"d" label "\"))")
    return label "\nd" label "\n"
}

# A statement that makes several at once: only one of them writes.
function comprehension(   label, at) {
    label = fresh()
    at = random(3)
    line("v" ++names " = [if k == " at " { print(" quoted(label) ") } else { sleep(" late("1ms") ", k) } for k in " late("[0, 1, 2]") "]")
    return label "\n"
}
