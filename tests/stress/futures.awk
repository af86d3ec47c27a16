# SPDX-License-Identifier: MIT
# Writes `count` random programs from number `first` on, each three times: NUMBER.known.tg with plain values,
# NUMBER.future.tg with every value behind a task, NUMBER.mixed.tg with some of them. All three must give the same outputs,
# fail alike and print the same lines beginning with "seen", in some order.
#
# The programs are well typed and end. Branches that are never taken are full of what would fail ("poison"). What fails when
# it is needed ("bad") or when it is evaluated ("risk") is caught, or is an output or effect of its own: the program's first line is
# then "# fails". An evaluation that fails has its effects before that, since nothing says what becomes of later ones. Loops have
# a counter that nothing else changes; numbers are kept small by "% 997", texts and lists by a slice; `cost` is about how many
# expressions a run evaluates. Set `streams` to 0 for programs without streams, `commands` to n for commands in every n-th.

# ---- chance, and what is put together ----------------------------------------------------------------

# Park and Miller's generator: the same numbers with every awk.
function random(n) {
    state = (state * 16807) % 2147483647
    return int(state / 8) % n
}
function one_in(n) { return random(n) == 0 }

# A value that may stand behind a task.
function value(text) { return "\001" text "\002" }

# A line of the program.
function line(text) { program = program pad text "\n" }

# ---- names -------------------------------------------------------------------------------------------
# vars[kind, i], i < known[kind], are the variables of a kind that can be used here; those from base[kind] on belong to the
# function we are in and can be bound again.

function use_name(kind, name) { vars[kind, known[kind]++] = name }
function fresh(letter) { return letter (++names) }
function any_of(kind) { return vars[kind, random(known[kind])] }
function can_rebind(kind) { return known[kind] > base[kind] }
function own(kind) { return vars[kind, base[kind] + random(known[kind] - base[kind])] }

# Names bound between enter and leave are not used after it.
function enter(    i) {
    for (i = 1; i <= kinds; i++) saved[level, kind_of[i]] = known[kind_of[i]]
    level++
}
function leave(    i) {
    level--
    for (i = 1; i <= kinds; i++) known[kind_of[i]] = saved[level, kind_of[i]]
}
function enter_function(    i) {
    enter()
    for (i = 1; i <= kinds; i++) {
        saved_base[level, kind_of[i]] = base[kind_of[i]]
        base[kind_of[i]] = known[kind_of[i]]
    }
    saved_rounds[level] = rounds; saved_cost[level] = cost; saved_loop[level] = in_loop
    rounds = 1; cost = in_loop = 0
    in_function++
}
# What one call costs.
function leave_function(    i, spent) {
    spent = cost
    in_function--
    rounds = saved_rounds[level]; cost = saved_cost[level]; in_loop = saved_loop[level]
    for (i = 1; i <= kinds; i++) base[kind_of[i]] = saved_base[level, kind_of[i]]
    leave()
    return spent
}

# Goes `by` times through what follows, until undone with 1 / by.
function times(by) { rounds *= by }
function spend() { cost += rounds }
function dear(more) { return cost + rounds * more > 1500 }

# ---- numbers -----------------------------------------------------------------------------------------

function number_leaf(    k) {
    k = random(4)
    if (k == 0 && known["int"]) return any_of("int")
    if (k == 1 && known["fixed"]) return any_of("fixed")
    if (k == 2 && known["record"]) return any_of("record") ".a"
    return value(random(20) - 5)
}

function number(depth) {
    spend()
    if (depth <= 0 || dear(30)) return number_leaf()
    depth--
    return one_in(2) ? plain_number(depth) : one_in(2) ? listed_number(depth) : branching_number(depth)
}

function plain_number(depth,    k, n) {
    k = random(17)
    if (k < 2) return "(" number(depth) " + " number(depth) ")"
    if (k == 2) return "(" number(depth) " - " number(depth) ")"
    if (k == 3) return "((" number(depth) " * " number(depth) ") % 997)"
    if (k == 4) return "(" number(depth) " // " value(random(7) + 1) ")"
    if (k == 5) return "(" number(depth) " % " value(-random(7) - 1) ")"
    if (k == 6) return "(-" number(depth) ")"
    if (k == 7) return "abs(" number(depth) ")"
    if (k == 8) return (one_in(2) ? "min" : "max") "(" number(depth) ", " number(depth) ")"
    if (k == 9) return "{a: " number(depth) ", b: " text(depth) "}.a"
    if (k == 10) return "round(" number(depth) " / " value(random(5) + 1) ")"
    if (k == 11) return "int(str(" number(depth) "))"
    if (k == 12) return "twice(" number(depth) (one_in(2) ? ")" : ", by = " number(depth) ")")
    if (k == 13 && acts && one_in(3) && !dear(50)) { cost += 20 * rounds; return "act(" number_leaf() ", " value(0) ")" }
    if (k == 13) return "inc(" number(depth) ")"
    if (k == 14) return "after(" number(depth) ", " text(depth) ")"
    if (k == 15) return "(" number(depth) " ** " value(random(2)) ")"
    return value("{k: [" number(depth) "]}") "[" value("\"k\"") "][0]"
}

function listed_number(depth,    k, n, x, f) {
    k = random(9)
    if (k == 0) return "len(" list(depth) ")"
    if (k == 1) { n = random(3) + 1; return list_of(depth, n) "[" value(random(2 * n) - n) "]" }
    if (k == 2) return "(" list(depth) " + [" number(depth) "])[" value(-random(2)) "]"
    if (k == 3) { f = lambda2(depth); return "fold(" f ", " list(depth) ", " number(depth) ")" }
    if (k == 4) return "reduce(add, " list_of(depth, random(4) + 1) ", arity = 2)"
    if (k == 5) return "reduce(" (one_in(2) ? "max" : "fn(a, b) = (a + b) % 997") ", " list(depth) ", init = " number(depth) ")"
    if (k == 6) return "len(" text(depth) ")"
    if (k == 7) return (one_in(2) ? "min" : "max") "(" list_of(depth, random(3) + 1) ")"
    return "sum(" list(depth) ")"
}

# What decides, fails, calls.
function branching_number(depth,    k) {
    k = random(11)
    if (k < 3) return if_number(depth)
    if (k == 3) return "(" number(depth) " and " number(depth) ")"
    if (k == 4) return "(" number(depth) " or " number(depth) ")"
    if (k == 5) return "(" value("0") " and " poison(depth) ")"
    if (k == 6) return "(" value(random(5) + 1) " or " poison(depth) ")"
    if (k == 7) return attempt(depth)
    if (k == 8) return "try(" number(depth) ", " (one_in(3) ? "fail(\"never\")" : number(depth)) ")"
    return call(depth)
}

function if_number(depth,    k, e, t) {
    k = random(5)
    if (k == 0) return "(if " yes(1) " { " number(depth) " } else { " poison(depth) " })"
    if (k == 1) return "(if " no(1) " { " poison(depth) " } else { " number(depth) " })"
    if (k == 2)
        return "(if " truth(depth) " { " number(depth) " } else if " truth(depth) " { " number(depth) " } else { " number(depth) " })"
    if (k == 3) {
        t = fresh("t")
        e = "(if " truth(depth) " { " t " = " number(depth) "; "
        enter(); use_name("fixed", t)
        e = e "(" t " + " number(depth) ") % 997 } else { "
        leave()
        return e number(depth) " })"
    }
    return "(if " truth(depth) " { " number(depth) " } else { " number(depth) " })"
}

# A call of a function of the program.
function call(depth,    f) {
    if (one_in(4)) return "(" choice_of_functions(depth) ")(" number(depth) ")"
    if (one_in(4)) { cost += 30 * rounds; return "fib(" value(random(7)) ")" }
    if (one_in(3) && known["again"]) {
        f = any_of("again")
        if (!dear(price[f])) { cost += rounds * price[f]; return f "(" value(random(5)) ", " number(depth) ")" }
    }
    if (!known["fn"]) return "twice(" number(depth) ")"
    f = any_of("fn")
    if (dear(price[f])) return number_leaf()
    cost += rounds * price[f]
    return f "(" number(depth) ")"
}

# A function that depends on a condition.
function choice_of_functions(depth) {
    return "if " truth(depth) " { " one_function(depth) " } else { " (one_in(2) ? "inc" : one_function(depth)) " }"
}
function one_function(depth,    f) {
    if (known["fn"] && one_in(2)) {
        f = any_of("fn")
        if (!dear(3 * price[f])) { cost += 3 * rounds * price[f]; return f }
    }
    return one_in(3) ? "twice" : lambda(depth)
}

# fn(x) = number; called up to three times.
function lambda(depth,    x, e) {
    x = fresh("x")
    enter_function(); use_name("int", x)
    e = "fn(" x ") = " number(depth)
    cost += 3 * rounds * leave_function()
    return e
}
function lambda2(depth,    x, y, e) {
    x = fresh("x"); y = fresh("y")
    enter_function(); use_name("int", x); use_name("int", y)
    e = "fn(" x ", " y ") = (" x (one_in(2) ? " - " : " + 2 * ") y " + " number(depth) ") % 997"
    cost += 4 * rounds * leave_function()
    return e
}

# ---- truth -------------------------------------------------------------------------------------------

function truth(depth,    k) {
    spend()
    if (depth <= 0 || dear(20)) return one_in(3) ? "(" number_leaf() " > " value(random(9)) ")" : value(one_in(2) ? "true" : "false")
    depth--
    k = random(10)
    if (k == 0) return "(" number(depth) " < " number(depth) ")"
    if (k == 1) return "(" number(depth) " <= " number(depth) " < " number(depth) ")"
    if (k == 2) return "(not " truth(depth) ")"
    if (k == 3) return "(" truth(depth) " and " truth(depth) ")"
    if (k == 4) return "(" truth(depth) " or " truth(depth) ")"
    if (k == 5) return "(" number(depth) (one_in(2) ? " in " : " not in ") list(depth) ")"
    if (k == 6) return "(" text(depth) (one_in(2) ? " == " : " != ") text(depth) ")"
    if (k == 7) return "(" number(depth) " % 2 == " value(random(2)) ")"
    if (k == 8) return "(if " truth(depth) " { " truth(depth) " } else { " truth(depth) " })"
    return "bool(" list(depth) ")"
}

# Conditions that hold, or do not, whatever else is the case.
function yes(depth,    k) {
    k = random(6)
    if (depth <= 0 || k == 0) return value("true")
    if (k == 1) return "(" value(1) " < " value(random(5) + 2) ")"
    if (k == 2) return "(not " no(depth - 1) ")"
    if (k == 3) return "(" yes(depth - 1) " and " yes(depth - 1) ")"
    if (k == 4) return "(" yes(depth - 1) " or 1 // 0 == 1)"
    return "(" value(random(3)) " in " value("[0, 1, 2]") ")"
}
function no(depth,    k) {
    k = random(6)
    if (depth <= 0 || k == 0) return value("false")
    if (k == 1) return "(" value(random(5) + 2) " <= " value(1) ")"
    if (k == 2) return "(not " yes(depth - 1) ")"
    if (k == 3) return "(" no(depth - 1) " and fail(\"never\"))"
    if (k == 4) return "(" value(9) " < " value(3) " < 1 // 0)"
    return "bool(" value("[]") ")"
}

# ---- texts -------------------------------------------------------------------------------------------

function text(depth,    k) {
    spend()
    if (depth <= 0 || dear(10)) return known["text"] && one_in(2) ? any_of("text") : value(one_in(2) ? "\"a\"" : "\"hé\"")
    depth--
    k = random(9)
    if (k == 0) return "(" text(depth) " + " text(depth) ")"
    if (k == 1) return "\"<${" number(depth) "}|${" list(depth) "}>\""
    if (k == 2) return "(" text(depth) " * " value(random(3)) ")"
    if (k == 3) return "str(" truth(depth) ")"
    if (k == 4) return text(depth) "[" value(random(3)) ":]"
    if (k == 5) return "str({n: " number(depth) "})"
    if (k == 6) return "(if " truth(depth) " { " text(depth) " } else { " text(depth) " })"
    if (k == 7) return "fold(fn(s, c) = c + s, [" text(depth) ", " text(depth) "], " value("\"\"") ")"
    return "{a: " text(depth) "}.a"
}

# ---- lists of numbers --------------------------------------------------------------------------------

# A list of n items.
function list_of(depth, n,    i, k, out, x) {
    k = random(5)
    x = fresh("x")
    if (k == 0 && n > 0) return "[" number(depth) " + " x " for " x " in 0.." value(n) "]"
    if (k == 1 && n > 0) return "map(fn(x) = x + " number(depth) ", range(" value(n) "))"
    if (k == 2) { out = list_of(depth, n); return "(if " truth(depth) " { " out " } else { " list_of(depth, n) " })" }
    for (i = 0; i < n; i++) out = out (i ? ", " : "") number(depth)
    return k == 3 ? value("[" out "]") : "[" out "]"
}

function list_leaf(    k) {
    k = random(4)
    if (k == 0 && known["list"]) return any_of("list")
    if (k == 1 && known["grown"]) return any_of("grown") "[" value(-random(4) - 1) ":]"
    if (k == 2 && known["record"]) return any_of("record") ".c"
    return value("[" random(5) ", " random(5) ", " random(5) "]")
}

function list(depth,    k) {
    spend()
    if (depth <= 0 || dear(20)) return list_leaf()
    depth--
    if (one_in(3)) return comprehension(depth)
    k = random(16)
    if (k == 0) return "(" list(depth) " + " list(depth) ")"
    if (k == 1) return list(depth) "[" value(random(3) - 1) ":" value(random(4) - 1) "]"
    if (k == 2) return "sorted(" list(depth) ", reverse = " truth(0) ")"
    if (k == 3) return "reversed(" list(depth) ")"
    if (k == 4) return "flatten([" list(depth) ", " list_of(depth, random(3)) "])"
    if (k == 5) return "(" list(depth) " * " value(random(3)) ")"
    if (k == 6) return "range(" value(random(6)) ")"
    if (k == 7) return "flatten(zip(" list(depth) ", " list(depth) "))"
    if (k == 8) return list(depth) "[" value(random(3)) "::" value(random(2) + 1) "]"
    if (k == 9 || k == 10) return "map(" one_function(depth) ", " list(depth) "[:3])"
    if (k == 11) return "filter(fn(x) = x " (one_in(2) ? ">" : "!=") " " number(depth) ", " list(depth) ")"
    if (k == 12) return "(if " truth(depth) " { " list(depth) " } else { " list(depth) " })"
    if (k == 13) return "try([" number(depth) ", " (one_in(2) ? risk(depth) : bad(depth)) "], " list(depth) ")"
    if (k == 14) return "flatten([[x, x + 1] for x in " list(depth) "[:3]])"
    return list_of(depth, random(4))
}

# What a comprehension or loop goes through, at most three or four items. Sets the names that it binds: targets, all ints.
function source(depth,    k, x, y, e) {
    x = fresh("x"); y = fresh("y")
    k = random(9)
    if (k == 0) e = value(0) ".." value(random(4))
    else if (k == 1) e = "range(" value(random(3)) ", " value(random(5)) ")"
    else if (k == 2) e = "range(" value(random(7)) ", 0, " value(-2) ")"
    else if (k == 3) e = list_of(depth, random(4))
    else if (k == 4) e = value("[]")
    else if (k == 5) e = "zip(" list(depth) "[:3], " list(depth) ")"
    else if (k == 6) e = "enumerate(" list(depth) "[:3])"
    else if (k == 7) e = value("[[1, 2], [3, 4]]")
    else e = list(depth) "[:3]"
    target_count = k >= 5 && k <= 7 ? 2 : 1
    targets = target_count == 2 ? x ", " y : x
    target[1] = x; target[2] = y
    return e
}

function comprehension(depth,    head, clauses, n, i, before) {
    before = rounds
    enter()
    n = one_in(3) ? 2 : 1
    for (i = 1; i <= n; i++) {
        clauses = clauses " for " source_clause(i == 1 ? depth : 0)
        if (one_in(3)) clauses = clauses " if " (one_in(4) ? yes(1) : truth(1))
    }
    if (one_in(6)) head = "if " no(1) " { " poison(0) " } else { " number(depth) " }"
    else head = number(depth)
    leave()
    rounds = before
    if (one_in(10)) return "[" poison(0) clauses " if " no(1) "]"
    return "[" head clauses "]"
}
function source_clause(depth,    over, i) {
    over = source(depth)
    for (i = 1; i <= target_count; i++) use_name("int", target[i])
    times(3)
    return targets " in " over
}

# ---- what fails --------------------------------------------------------------------------------------

# A number that cannot be had; only ever where nothing evaluates it.
function poison(depth,    k) {
    k = random(7)
    if (k == 0) return "1 // 0"
    if (k == 1) return "[][" value(1) "]"
    if (k == 2) return "{a: 1}[\"b\"]"
    if (k == 3) return "int(\"x\")"
    if (k == 4 && known["bad"]) return any_of("bad")
    if (k == 5) return "inc(fail(\"never\"))"
    return "fail(\"never\")"
}

# A number whose task fails when something needs it. Every way to it is one that needs it.
function bad(depth,    k) {
    spend()
    if (depth <= 0 || dear(10)) return known["bad"] && one_in(2) ? any_of("bad") : "fail(\"bad\")"
    depth--
    k = random(10)
    if (k == 0) return "(" bad(depth) " + " number(depth) ")"
    if (k == 1) return "inc(" bad(depth) ")"
    if (k == 2) return "(if " yes(1) " { " bad(depth) " } else { " number(depth) " })"
    if (k == 3) return "(if " no(1) " { " number(depth) " } else { " bad(depth) " })"
    if (k == 4) return "[" bad(depth) " for x in " value("[1, 2]") "][" value(random(2)) "]"
    if (k == 5) return "fold(fn(s, x) = s - x, [" number(depth) ", " bad(depth) "], " number(depth) ")"
    if (k == 6) return "max(" bad(depth) ", " number(depth) ")"
    if (k == 7) return "(" yes(1) " and " bad(depth) ")"
    if (k == 8) return "try(" bad(depth) ", " bad(depth) ")"
    return "twice(" bad(depth) ")"
}

# A number that fails while it is evaluated, or when its task is run; what else is evaluated for it has no effects.
function risk_leaf(pure,    k) {
    k = random(8)
    if (k == 0) return "(1 // " value(0) ")"
    if (k == 1) return "[][" value(1) "]"
    if (k == 2) return value("{a: 1}") "[" value("\"b\"") "]"
    if (k == 3) return "int(" value("\"x\"") ")"
    if (k == 4) return "reduce(add, " value("[]") ")"
    if (k == 5) return "read_json(" value("\"missing.json\"") ")"
    if (k == 6 && acts && !pure) { cost += 20 * rounds; return "act(" number_leaf() ", " value(1) ")" }
    return "fail(\"bad\")"
}
function risk(depth,    k) {
    spend()
    if (depth <= 0 || dear(10)) return risk_leaf()
    depth--
    k = random(13)
    if (k < 3 && known["risk"]) return call_risk()
    if (k == 3) return "(if " yes(1) " { " risk(depth) " } else { " poison(depth) " })"
    if (k == 4) return "[" risk(depth) " for x in " value("[1]") "][0]"
    if (k == 5) return "fold(fn(s, x) = " risk_leaf() ", " value("[1, 2]") ", " value(0) ")"
    if (k == 6) return "max(" number_leaf() ", " risk(depth) ")"
    if (k == 7) return "(" yes(1) " and " risk(depth) ")"
    if (k == 8) return "try(" risk(depth) ", " risk(depth) ")"
    if (k == 9) return "first([" risk_leaf(1) ", " risk_leaf(1) "])"
    if (k == 10) return "sum(map(fn(x) = " risk_leaf() ", " value("[1, 2]") "))"
    if (k == 11) return "len(filter(fn(x) = " risk_leaf() ", " value("[1, 2]") "))"
    return "inc(" risk(depth) ")"
}
function call_risk(    f) {
    f = any_of("risk")
    if (dear(price[f])) return risk_leaf()
    cost += rounds * price[f]
    return f "(" number_leaf() ")"
}

# What is made of it.
function attempt(depth,    k) {
    k = random(8)
    if (k == 0) return "first([" risk_leaf(1) ", " number_leaf() ", " risk_leaf(1) "])"
    if (k == 1) return "sum([try(" risk(depth) " + x, x) for x in " value("[1, 2]") "])"
    if (k == 2) return "first([1 // (x % 2) for x in " value("[2, 4, 5, 6]") "])"
    if (k < 5) return "try(" bad(depth) ", " number(depth) ")"
    return "try(" risk(depth) ", " number(depth) ")"
}

# ---- statements --------------------------------------------------------------------------------------

function block(count,    i) {
    pad = pad "    "
    enter()
    for (i = 0; i < count; i++) statement()
    leave()
    pad = substr(pad, 5)
}

# A block with nothing but what would do harm.
function poison_block(    i, n) {
    pad = pad "    "
    n = random(3) + 1
    for (i = 0; i < n; i++) poison_statement()
    if (in_function && one_in(3)) line("return " poison(1))
    else if (in_loop && one_in(3)) line(one_in(2) ? "break" : "continue")
    pad = substr(pad, 5)
}
function poison_statement(    k) {
    k = random(5)
    if (k == 0) line("assert false, \"never\"")
    else if (k == 1) line("print(\"seen never\")")
    else if (k == 2 && can_rebind("int")) line(own("int") " = " poison(1))
    else if (k == 3 && can_rebind("list")) line(own("list") " += [" poison(1) "]")
    else line(fresh("v") " = " poison(1))
}

function statement(    k) {
    spend()
    k = random(26)
    if (dear(100) && k > 7) k = random(8)
    if (k < 4) bind(k)
    else if (k == 4) print_statement()
    else if (k == 5) unpack()
    else if (k == 6) bind_record()
    else if (k == 7) early_end()
    else if (k < 11) if_statement()
    else if (k < 14) for_statement()
    else if (k < 17) while_statement()
    else if (k == 17) with_statement()
    else if (k == 18) line("assert " yes(2) ", \"holds\"")
    else if (k == 19) bind_function()
    else if (k == 20 && streams) stream_statement()
    else if (k == 21) bad_statement()
    else if (k == 22 && level == 0 && can_rebind("int")) global_statement()
    else if (k == 23 && !dear(100)) bind_risk()
    else if (k == 24) attempt_statement()
    else bind(random(4))
}

function bind(k,    v, e) {
    if (k == 0 && can_rebind("int")) {
        v = own("int")
        line(v " = (" (one_in(2) ? v " + " : "") number(2) ") % 997")
    } else if (k <= 1) {
        e = number(2)
        v = fresh("i")
        line(v " = " e " % 997")
        use_name("int", v)
    } else if (k == 2) {
        e = one_in(2) ? "(" list(2) ")[:5]" : list_of(1, random(4))
        v = can_rebind("list") && one_in(2) ? own("list") : fresh("l")
        line(v " = " e)
        use_name("list", v)
    } else if (can_rebind("grown") && one_in(2)) {
        line(own("grown") " += [" number(2) "]")
    } else if (one_in(2)) {
        v = fresh("g")
        line(v " = " (one_in(2) ? "[]" : value("[" random(9) "]")))
        use_name("grown", v)
    } else {
        e = "(" text(2) ")[:8]"
        v = can_rebind("text") && one_in(2) ? own("text") : fresh("s")
        line(v " = " e)
        use_name("text", v)
    }
}

function print_statement() {
    line("print(\"seen " (++prints) "\"" (one_in(2) ? ", " number(1) : "") (one_in(4) ? ", " text(1) : "") ")")
}

function unpack(    a, b, e, k) {
    k = random(4)
    if (k == 0 && can_rebind("int")) { a = own("int"); b = own("int"); if (a != b) { line(a ", " b " = [" b ", " a "]"); return } }
    e = k == 1 ? value("[" number(1) ", " number(1) "]") : list_of(1, 2)
    a = fresh("i"); b = fresh("i")
    line(a ", " b " = " e)
    use_name("int", a); use_name("int", b)
}

function bind_record(    e, v) {
    e = "{a: " number(1) " % 997, b: " text(1) ", c: (" list(1) ")[:4]}"
    if (one_in(3)) e = "(if " truth(1) " { " e " } else { {a: " number(0) ", b: " text(0) ", c: " list_leaf() "[:4]} })"
    v = can_rebind("record") && one_in(2) ? own("record") : fresh("r")
    line(v " = " e)
    use_name("record", v)
}

# Leaves the loop or function, perhaps.
function early_end(    k) {
    if (in_loop && one_in(3)) {
        line("if " truth(1) " {")
        block(random(2))
        line("    " (one_in(2) ? "break" : "continue"))
        line("}")
    } else if (in_loop) {
        line("if " truth(1) " { " (one_in(2) ? "break" : "continue") " }")
    } else if (in_function) {
        line("if " truth(2) " { return " number(1) " }")
    } else {
        bind(random(4))
    }
}

function if_statement(    k, v) {
    k = random(5)
    if (k == 0) {
        line("if " no(2) " {"); poison_block()
        if (one_in(2)) { line("} else {"); block(1 + random(2)) }
    } else if (k == 1) {
        line("if " yes(2) " {"); block(1 + random(3)); line("} else {"); poison_block()
    } else if (k == 2) {
        v = fresh("i")
        line("if " truth(2) " {"); block(random(2)); line("    " v " = " number(1) " % 997")
        line("} else {"); block(random(2)); line("    " v " = " number(1) " % 997")
    } else {
        line("if " truth(2) " {"); block(1 + random(2))
        if (k == 3) { line("} else if " truth(1) " {"); block(1 + random(2)) }
        if (one_in(2)) { line("} else {"); block(1 + random(2)) }
    }
    line("}")
    if (v) use_name("int", v)
}

function for_statement(    over, before, outer, i, v) {
    before = rounds; outer = in_loop
    over = source(1)
    if (one_in(4)) { v = targets = target[1] = fresh("x"); target_count = 1; over = value("[4, " random(9) "]") }
    line("for " targets " in " over " {")
    enter()
    for (i = 1; i <= target_count; i++) use_name("int", target[i])
    times(3); in_loop = 1
    block(1 + random(3))
    leave()
    rounds = before; in_loop = outer
    line("}")
    if (v) use_name("fixed", v)
}

function while_statement(    before, outer, w, limit) {
    before = rounds; outer = in_loop
    w = fresh("w")
    limit = value(random(4))
    line(w " = " (one_in(2) ? "0" : value("0")))
    times(3); in_loop = 1
    if (one_in(3)) {
        line("while " (one_in(2) ? "true" : yes(1)) " {")
        line("    if " w " >= " limit " { break }")
    } else {
        line("while " w " < " limit (one_in(3) ? " and " truth(1) : "") " {")
    }
    line("    " w " += " value(1))
    use_name("fixed", w)
    block(1 + random(3))
    rounds = before; in_loop = outer
    line("}")
}

function with_statement(    k) {
    k = random(4)
    if (k == 0) line("with priority = " random(9) ", label = \"w\" {")
    else if (k == 1) line("with after = " number(1) " {")
    else line("with after = [" number(0) ", " text(0) "] {")
    block(1 + random(2))
    line("}")
}

# A function of one number; or one that calls itself, with a first argument that says how often.
function bind_function(    f, x, y, again) {
    if (dear(300)) { bind(1); return }
    f = fresh("f"); x = fresh("x"); y = fresh("y")
    again = one_in(3)
    if (!again && one_in(3)) {
        enter_function(); use_name("int", x)
        line(f " = fn(" x ") = " number(2))
        price[f] = leave_function()
        use_name("fn", f)
        return
    }
    enter_function()
    if (again) { use_name("fixed", x); use_name("int", y) } else use_name("int", x)
    line("fn " f "(" x (again ? ", " y : "") ") {")
    if (again) line("    if " x " < " value(1) " { return " y " }")
    block(random(3))
    pad = pad "    "
    if (again) line((one_in(2) ? "return " : "") f "(" x " - " value(1) ", (" number(1) " + " y ") % 997)")
    else if (one_in(3)) line("if " truth(1) " { " number(1) " } else { " number(1) " }")
    else line((one_in(2) ? "return " : "") number(2) " % 997")
    pad = substr(pad, 5)
    line("}")
    price[f] = leave_function() * (again ? 5 : 1) + 1
    use_name(again ? "again" : "fn", f)
}

# A function that always fails, after effects. What follows the failure has none.
function bind_risk(    f, x, w, k) {
    f = fresh("r"); x = fresh("x"); w = fresh("w")
    enter_function(); use_name("int", x)
    line("fn " f "(" x ") {")
    pad = pad "    "
    if (one_in(2)) print_statement()
    if (one_in(3)) attempt_statement()
    k = random(6)
    if (k == 0) line("assert " no(1) ", \"caught\"")
    else if (k == 1) line("if " yes(1) " { assert " x " == nil, \"caught\" }")
    else if (k == 2) line("for " w " in " value("[1, 2]") " { print(\"seen " (++prints) "\", " w "); assert " w " < " value(2) " }")
    else if (k == 3) {
        line(w " = 0")
        line("while " w " < " value(3) " { " w " += 1; print(\"seen " (++prints) "\", " w "); assert " w " < " value(3) ", \"caught\" }")
    } else if (k == 4) line("print(\"seen never\", " bad(1) ")")
    else if (acts) line("act(" x ", " value(1) ")")
    else line("if " no(1) " { print(\"seen never\") } else { print(\"seen never\", fail(\"bad\")) }")
    line(one_in(2) ? number_leaf() : risk(1))
    pad = substr(pad, 5)
    line("}")
    price[f] = leave_function() + 5
    use_name("risk", f)
}

# What is tried for its effects.
function attempt_statement(    v) {
    if (one_in(2)) line("try(" (known["risk"] ? call_risk() : risk(1)) ", nil)")
    else if (acts && one_in(2)) { cost += 20 * rounds; line("try(act(" number_leaf() ", " value(1) "), nil)") }
    else { v = fresh("i"); line(v " = try(" risk(2) ", " number(1) ") % 997"); use_name("int", v) }
}

# An effect that fails, and nobody catches.
function loose_statement() {
    if (acts && one_in(2)) line("act(" number(1) ", " value(1) ")")
    else if (one_in(2)) line("if " yes(1) " { print(\"seen never\", " bad(1) ") }")
    else line("for x in " value("[1, 2]") " { print(\"seen never\", " bad(1) ") }")
}

# A function that reads a variable of the file, called before and after the variable is bound again.
function global_statement(    f, v, x, a) {
    f = fresh("f"); x = fresh("x"); a = fresh("g")
    v = own("int")
    line("fn " f "(" x ") = (" x " + " v ") % 997")
    line(a " = [" f "(" number(0) ")]")
    line("for " x " in " value("[1, 2]") " {")
    line("    if " truth(1) " { " v " = (" v " + " x ") % 997 }")
    line("    " a " += [" f "(" number(0) ")]")
    line("}")
    use_name("grown", a)
    price[f] = 5
    use_name("fn", f)
}

# The sum of a list, in whatever order its items arrive.
function stream_statement(    s, v, e) {
    s = fresh("q"); v = fresh("i")
    e = list_of(1, random(3) + 1)
    line(s " = as_completed(" e ")")
    line("while count(" s ") > " value(1) " { push(" s ", (next(" s ") + next(" s ")) % 997) }")
    line(v " = next(" s ") % 997")
    use_name("int", v)
}

# A name for something that fails if it is needed.
function bad_statement(    v, e) {
    e = bad(2)
    v = fresh("b")
    if (one_in(2)) line(v " = " e)
    else {
        line("if " yes(1) " {")
        line("    " v " = " e)
        line("} else {")
        line("    " v " = " number(1))
        line("}")
    }
    use_name("bad", v)
}

# ---- programs ----------------------------------------------------------------------------------------

function output(e) { line("output o" (++outputs) " = " e) }

function top_statement(    k) {
    k = random(8)
    if (k == 0) output(list(3))
    else if (k == 1) output("[" number(3) ", " text(2) ", " truth(2) "]")
    else if (k == 2) bind_function()
    else if (k == 3 && fails && one_in(3)) loose_statement()
    else statement()
}

function show_everything(    i, all) {
    for (i = 0; i < known["int"]; i++) all = all (i ? ", " : "") vars["int", i]
    output("[" all "]")
    for (i = 0; i < known["list"]; i++) output(vars["list", i])
    for (i = 0; i < known["grown"]; i++) output(vars["grown", i])
    for (i = 0; i < known["record"]; i++) output(vars["record", i])
    for (i = 0; i < known["text"]; i++) output(vars["text", i])
    if (fails) {
        output(bad(2))
        for (i = 0; i < known["bad"] && i < 2; i++) output("[1, " vars["bad", i] "]")
    }
}

function make_program(    i) {
    program = pad = ""
    names = outputs = prints = level = cost = in_loop = in_function = 0
    rounds = 1
    for (i = 1; i <= kinds; i++) known[kind_of[i]] = base[kind_of[i]] = 0
    fails = one_in(3)
    acts = commands && number_of % commands == 0
    if (fails) line("# fails")
    line("use math")
    line("fn twice(x, by = 2) = (x * 2 + by) % 997")
    if (acts) line("task act(x: int, bad: int) -> int { sh \"echo seen act ${x} >>$ACTS; test ${bad} = 0; echo ${x}\" }")
    line("fn fib(n) = if n < 2 { n } else { fib(n - 1) + fib(n - 2) }")
    for (i = 0; i < 5; i++) bind(i)
    bind_record()
    for (i = 0; i < size; i++) top_statement()
    show_everything()
}

function write(name, program, how,    parts, n, i, out) {
    n = split(program, parts, "\001")
    out = parts[1]
    for (i = 2; i <= n; i++) out = out (how == "future" || (how == "mixed" && one_in(2)) ? "identity(" : "(") parts[i]
    gsub("\002", ")", out)
    printf "%s", out >name
    close(name)
}

BEGIN {
    if (streams == "") streams = 1
    if (size == "") size = 7
    kinds = split("int fixed list grown text record fn again bad risk", kind_of, " ")
    for (number_of = first; number_of < first + count; number_of++) {
        state = (number_of * 7919 + 12345) % 2147483647
        for (warm = 0; warm < 4; warm++) random(2)
        make_program()
        write(number_of ".known.tg", program, "known")
        write(number_of ".future.tg", program, "future")
        write(number_of ".mixed.tg", program, "mixed")
    }
}
