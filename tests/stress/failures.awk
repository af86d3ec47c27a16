# SPDX-License-Identifier: MIT
# Random graphs of tasks that fail so many times before they succeed, with retries, kinds of failures that are tried again, failures
# that are allowed, and what catches them; and a model of its own of what must become of each. For each program N of `count` from
# `first`:
#
#     N.tg        the program          N.out       the outputs that have a value, sorted
#     N.status    its exit status      N.attempts  "cI A": task I was called so many times; nothing of those never called
#
# With `grows` the graph grows: some tasks come in only when another one is done.
# A task is fails(K, "cI", X): it fails K times, each time with the cause "error", and then gives X. X is a sum of earlier results,
# so that a failure, and a nil, reaches whoever uses it.

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

# `try` gives its second argument where the first has no value, whyever that is.
function catch_failure(i) {
    if (!catches[i] || state[i] == "ok") return
    state[i] = "ok"
    value[i] = -i
}

function run_task(i,    inputs, tries) {
    inputs = state_of_inputs(i)
    attempts[i] = 0
    if (inputs != "ok") {
        state[i] = inputs == "spared" && allows[i] ? "allowed" : inputs # what may fail may be skipped
        catch_failure(i)
        return
    }
    value[i] = sum_of_inputs(i)
    tries = (only[i] ? 0 : retries[i]) + 1
    attempts[i] = fails[i] < tries ? fails[i] + 1 : tries
    state[i] = fails[i] < tries ? "ok" : allows[i] ? "allowed" : "failed"
    catch_failure(i)
}

function text_of_inputs(i,    k, text) {
    for (k = 1; k <= input_count[i]; k++) text = text "t" input[i, k] " + "
    return text i
}

function options_of(i,    text) {
    text = "retries = " retries[i] ", backoff = 0s"
    if (only[i]) text = text ", retry_on = [" only[i] "]"
    if (allows[i]) text = text ", allow_failure = true"
    return text
}

function text_of(i,    call) {
    call = "(fails(" fails[i] ", \"c" i "\", " text_of_inputs(i) ") with " options_of(i) ")"
    if (catches[i]) call = "try(" call ", -" i ")"
    if (grows && chance(0.4)) call = "if identity(" (i % 3) ") < 3 { " call " } else { 0 }"
    return "t" i " = " call
}

function make_task(i,    k) {
    input_count[i] = i == 1 ? 0 : below(i > 3 ? 3 : i)
    for (k = 1; k <= input_count[i]; k++) input[i, k] = 1 + below(i - 1)
    fails[i] = chance(0.5) ? 0 : chance(0.2) ? 99 : below(4)
    retries[i] = below(4)
    only[i] = chance(0.2) ? "\"timeout\", 3" : ""
    allows[i] = chance(0.2)
    catches[i] = !allows[i] && chance(0.2)
}

function write_program(n,    i, size, failed) {
    size = 2 + below(12)
    printf "use math\nuse fault\n" >(n ".tg")
    printf "" >(n ".out")
    printf "" >(n ".attempts")
    for (i = 1; i <= size; i++) {
        make_task(i)
        run_task(i)
        print text_of(i) >(n ".tg")
        if (attempts[i]) print "c" i, attempts[i] >(n ".attempts")
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
