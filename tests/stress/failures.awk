# SPDX-License-Identifier: MIT
# Random graphs of tasks that fail so many times before they succeed, with retries, kinds of failures that are tried again, failures
# that are allowed, resources, and what catches failures or takes another result instead (`first`); and a model of its own of what
# must become of each. For each program N of `count` from `first`:
#
#     N.tg        the program          N.out       the outputs that have a value, sorted
#     N.status    its exit status      N.attempts  "cI A": task I was called so many times; nothing of those never called
#
# With `grows` the graph grows: some tasks come in only when another one is done. `hangs` is the part of tasks that take too long.
# A task fails K times, and then gives X. X is a sum of earlier results, so that a failure, and a nil, reaches whoever uses it. How it
# fails is its kind: a task of a plugin ("error"), a command with an exit status ("exit") or ended by a signal ("signal"); a command
# that hangs ("slow"), whose limit of time is short as long as it does; a task of a plugin that always hangs ("deaf"). How often those
# two are called is not counted: they may be told to end before they can count. What the language itself computes in a block that may
# fail ("operator") divides by 0 if it is to fail, however often it is tried.

function below(n) { return int(rand() * n) }
function chance(p) { return rand() < p }

# state[i]: "ok", "failed", "allowed" (its value is nil), "skipped", "spared" (skipped, and the run does not fail by that)
function state_of_inputs(i,    k, worst, s) {
    worst = "ok"
    for (k = 1; k <= input_count[i]; k++) {
        s = state[input[i, k]]
        if (s == "failed" || s == "skipped") worst = "skipped"
        else if (s != "ok" && worst == "ok") worst = "spared"
    }
    return worst
}

function sum_of_inputs(i,    k, sum) {
    for (k = 1; k <= input_count[i]; k++) sum += value[input[i, k]]
    return sum + i
}

# Its other argument always fails, which shows where this one has no value.
function take_first(i) {
    if (firsts[i] && state[i] != "ok") state[i] = "failed"
}

# `try` gives its second argument where the first has no value, whyever that is.
function catch_failure(i) {
    if (!catches[i] || state[i] == "ok") return
    state[i] = "ok"
    value[i] = -i
}

function cause_of(i) { return kind[i] == "slow" || kind[i] == "deaf" ? "timeout" : kind[i] }

function is_tried_again(i) {
    return !only[i] || index(only[i], "\"" cause_of(i) "\"") || (kind[i] == "exit" && index(only[i], status[i]))
}

function run_task(i,    inputs, tries) {
    inputs = state_of_inputs(i)
    attempts[i] = 0
    if (inputs != "ok") {
        state[i] = inputs == "spared" && allows[i] ? "allowed" : inputs # what may fail may be skipped
        take_first(i)
        catch_failure(i)
        return
    }
    value[i] = sum_of_inputs(i)
    tries = is_tried_again(i) && kind[i] != "operator" ? retries[i] + 1 : 1
    attempts[i] = fails[i] < tries ? fails[i] + 1 : tries
    state[i] = fails[i] < tries ? "ok" : allows[i] ? "allowed" : "failed"
    take_first(i)
    catch_failure(i)
}

function text_of_inputs(i,    k, text) {
    for (k = 1; k <= input_count[i]; k++) text = text "t" input[i, k] " + "
    return text i
}

function options_of(i,    text) {
    text = "retries = " retries[i] ", backoff = 0s"
    if (kind[i] == "deaf") text = text ", timeout = 50ms"
    else if (kind[i] != "slow" && chance(0.2)) text = text ", timeout = 1h"
    if (only[i]) text = text ", retry_on = [" only[i] "]"
    if (allows[i]) text = text ", allow_failure = true"
    if (chance(0.2)) text = text ", resources = {licence: " (1 + below(2)) "}"
    if (chance(0.2)) text = text ", memory = " (16 + below(17)) "MiB, cores = 1"
    return text
}

function call_of(i,    x) {
    x = text_of_inputs(i)
    if (kind[i] == "deaf") return "hang_deaf(\"\", " x ")"
    if (kind[i] == "slow") return "slow(" fails[i] ", " x ")"
    if (kind[i] == "signal") return "killed(" fails[i] ", \"c" i "\", " x ")"
    if (kind[i] == "exit") return "ends(" fails[i] ", \"c" i "\", " status[i] ", " x ")"
    return "fails(" fails[i] ", \"c" i "\", " x ")"
}

function divisor_of(i,    d) {
    d = fails[i] ? 0 : 1
    return grows && chance(0.5) ? "identity(" d ")" : d
}

# A block in which a variable gets the quotient, or nil.
function text_of_operator(i,    x, t) {
    t = "t" i " = "
    x = "(" text_of_inputs(i) ")"
    if (catches[i]) t = t "try(" x " // " divisor_of(i) ", -" i ")"
    else if (form[i] == 1) t = t "quotient(" x ", " divisor_of(i) ")"
    else if (form[i] == 2) t = t "[z // " divisor_of(i) " for z in [" x "]][0]"
    else if (form[i] == 3) t = t "map(fn(z) = z // " divisor_of(i) ", [" x "])[0]"
    else if (form[i] == 4) t = "for z in [" x "] { " t "z // " divisor_of(i) " }"
    else if (form[i] == 5) t = "if " divisor_of(i) " == 0 { " t x " // 0 } else { " t x " }"
    else if (form[i] == 6) t = t x "; t" i " //= " divisor_of(i)
    else t = t x " // " divisor_of(i)
    return "with " options_of(i) " { " t " }"
}

function text_of(i,    call) {
    if (kind[i] == "operator") return text_of_operator(i)
    call = "(" call_of(i) " with " options_of(i) ")"
    if (firsts[i]) call = "first([" call ", (hang_deaf() with timeout = 20ms)])"
    if (catches[i]) call = "try(" call ", -" i ")"
    if (grows && chance(0.4)) call = "if identity(" (i % 3) ") < 3 { " call " } else { 0 }"
    return "t" i " = " call
}

# One or two of what a task may be tried again after; "": any failure.
function some_causes(    name, n) {
    if (chance(0.7)) return ""
    n = split("\"error\" \"timeout\" \"signal\" \"exit\" 3 75", name, " ")
    return name[1 + below(n)] (chance(0.5) ? ", " name[1 + below(n)] : "")
}

function kind_of(    drawn) {
    drawn = rand()
    if (drawn < hangs) return chance(0.5) ? "slow" : "deaf"
    return drawn < 0.55 ? "error" : drawn < 0.7 ? "operator" : drawn < 0.9 ? "exit" : "signal"
}

function make_task(i,    k) {
    input_count[i] = i == 1 ? 0 : below(i > 3 ? 3 : i)
    for (k = 1; k <= input_count[i]; k++) input[i, k] = 1 + below(i - 1)
    kind[i] = kind_of()
    fails[i] = kind[i] == "deaf" ? 99 : chance(0.5) ? 0 : chance(0.2) ? 99 : below(4)
    retries[i] = below(4)
    status[i] = chance(0.5) ? 3 : 75
    only[i] = some_causes()
    allows[i] = chance(0.2)
    catches[i] = !allows[i] && chance(0.2)
    firsts[i] = chance(hangs)
    if (kind[i] == "operator") make_operator(i)
}

function make_operator(i) {
    form[i] = below(8)
    fails[i] = chance(0.4)
    allows[i] = 1
    catches[i] = chance(0.2)
    firsts[i] = 0
}

function write_tasks(file) {
    print "use math\nuse fault\nfn quotient(a, b) = a // b" >file
    print "task ends(fails: int, name: str, status: int, x: int) -> int {\n" \
        "    sh \"echo >>${name}; test $(wc -l <${name}) -gt ${fails} || exit ${status}; echo ${x}\"\n}" >file
    print "task killed(fails: int, name: str, x: int) -> int {\n" \
        "    sh \"echo >>${name}; test ${task.attempt} -gt ${fails} || kill -TERM $$; echo ${x}\"\n}" >file
    print "task slow(hangs: int, x: int) -> int with timeout = (if task.attempt <= hangs { 50ms } else { 1h }) {\n" \
        "    sh \"test ${task.attempt} -gt ${hangs} || sleep 1000; echo ${x}\"\n}" >file
}

function write_program(n,    i, size, failed) {
    size = 2 + below(12)
    write_tasks(n ".tg")
    printf "" >(n ".out")
    printf "" >(n ".attempts")
    for (i = 1; i <= size; i++) {
        make_task(i)
        run_task(i)
        print text_of(i) >(n ".tg")
        if (attempts[i] && cause_of(i) != "timeout" && kind[i] != "operator") print "c" i, attempts[i] >(n ".attempts")
    }
    for (i = 1; i <= size; i++) {
        print "output o" i " = t" i >(n ".tg")
        if (state[i] == "ok") print "o" i " = " value[i] | ("sort >" n ".out")
        if (state[i] == "allowed") print "o" i " = nil" | ("sort >" n ".out")
        if (state[i] == "failed" || state[i] == "skipped") failed = 1
    }
    close("sort >" n ".out")
    print failed + 0 >(n ".status")
    close(n ".tg"); close(n ".out"); close(n ".status"); close(n ".attempts")
}

BEGIN {
    for (n = first; n < first + count; n++) {
        srand(n)
        write_program(n)
    }
}
