# SPDX-License-Identifier: MIT
# Turns the figures of bench/run, lines of "SUBJECT METRIC NUMBER", into tables: medians, with the least and the most in
# brackets. Lines that begin with "note" are passed on.
#
# The goals stand here, each where it is printed. `allowed` is what must be kept to, `goal` what is aimed at.

$1 == "note" { $1 = ""; if (!noted[$0]++) notes = notes "\n" substr($0, 2); next }
{ key = $1 " " $2; value[key, ++count[key]] = $3 }

# ---- figures -------------------------------------------------------------------------------------

# Sorts the figures of a key once; in place, since there are few.
function sort(key,    i, k, v) {
    if (sorted[key]++) return
    for (i = 2; i <= count[key]; i++) {
        v = value[key, i]
        for (k = i - 1; k > 0 && value[key, k] > v; k--) value[key, k + 1] = value[key, k]
        value[key, k + 1] = v
    }
}
function has(subject, metric) { return (subject " " metric) in count }
function at(key, i) { sort(key); return value[key, i] }
function med(subject, metric,    n) {
    n = count[subject " " metric]
    return n ? at(subject " " metric, int((n + 1) / 2)) : 0
}
function least(subject, metric) { return at(subject " " metric, 1) }
function most(subject, metric) { return at(subject " " metric, count[subject " " metric]) }

# The sum of several metrics, run by run (before anything is sorted), as a metric of its own.
function add_up(subject, to, metrics,    n, part, i, k, sum) {
    n = split(metrics, part, " ")
    for (i = 1; i <= count[subject " " part[1]]; i++) {
        sum = 0
        for (k = 1; k <= n; k++) sum += value[subject " " part[k], i]
        value[subject " " to, i] = sum
    }
    count[subject " " to] = i - 1
}

# ---- cells ---------------------------------------------------------------------------------------

function number(x) { return sprintf(x < 10 ? "%.2f" : x < 100 ? "%.1f" : "%.0f", x) }
function span(subject, metric, by) {
    if (!has(subject, metric) || !by) return "-"
    return number(med(subject, metric) / by) " (" number(least(subject, metric) / by) "–" number(most(subject, metric) / by) ")"
}
function ratio(a, b) { return a && b ? sprintf("%.2f", a / b) : "-" }
function tasks(subject) { return med(subject, "tasks") }
function verdict(x, goal, allowed) { return !x ? "no figure" : x <= goal ? "goal" : x <= allowed ? "allowed" : "**over**" }
function head(title) { print "\n### " title "\n" }
function rule(columns,    i, line) {
    line = "|---|"
    for (i = 2; i <= columns; i++) line = line "--:|"
    print line
}
# True if the section was run.
function section(name) { return has("section", name) }

# ---- shapes --------------------------------------------------------------------------------------

function table_shapes(    i, s, t, huge, malloc) {
    head("Shapes: one worker, empty bodies, ns per task")
    print "| shape | tasks | read, evaluate, plan | run | both | whole process | bytes per task | peak MB " \
          "| floor on huge pages | floor of malloc | times huge | times malloc |"
    rule(12)
    for (i = 1; i <= shape_count; i++) {
        s = "shapes/" shape[i]
        t = tasks(s "/tgrun")
        add_up(s "/tgrun", "build", "open_ns eval_ns plan_ns")
        add_up(s "/tgrun", "total", "open_ns eval_ns plan_ns run_ns")
        add_up(s "/tgrun", "bytes", "graph_bytes plan_bytes value_bytes")
        add_up(s "/huge", "total", "build_ns run_ns")
        add_up(s "/malloc", "total", "build_ns run_ns")
        huge = med(s "/huge", "total")
        malloc = med(s "/malloc", "total")
        print "| " shape[i] " | " t " | " span(s "/tgrun", "build", t) " | " span(s "/tgrun", "run_ns", t) " | " \
              span(s "/tgrun", "total", t) " | " span(s "/process", "wall_ns", t) " | " \
              ratio(med(s "/tgrun", "bytes"), t) " | " number(med(s "/process", "peak_kb") / 1024) " | " \
              span(s "/huge", "total", tasks(s "/huge")) " | " span(s "/malloc", "total", tasks(s "/malloc")) " | " \
              ratio(med(s "/tgrun", "total"), huge) " | " ratio(med(s "/tgrun", "total"), malloc) " |"
        if (has(s "/huge", "result") && med(s "/tgrun", "result") "" != med(s "/huge", "result") "")
            notes = notes "\n**" shape[i] ": the results differ**"
    }
}

# ---- growth --------------------------------------------------------------------------------------

# Task functions that ran. The result is the number of calls of fib; `beside` is how many others there are for each call that
# adds two: their sum; in the language also comparisons, differences and leaves. A round is one task, the comparison and the loop.
function grown(subject, beside,    n) {
    n = med(subject, "result")
    return beside ? n + (n - 1) / 2 * beside : 3 * n
}
function growth_row(title, subject, beside, goal, allowed,    n, one, two) {
    one = subject "1"; two = subject "2"
    if (!has(one, "result")) return
    n = grown(one, beside)
    print "| " title " | " n " | " span(one, "run_ns", n) " | " number(n * 1e3 / med(one, "run_ns")) " | " \
          span(two, "run_ns", n) " | " number(med(one, "peak_kb") / 1024) " | " goal " | " allowed " | " \
          (goal ? verdict(med(one, "run_ns") / n, goal, allowed) : "") " |"
    if (has(two, "result") && med(one, "result") "" != med(two, "result") "") notes = notes "\n**" title ": the results differ**"
}
function table_growth(    long, short) {
    head("Growth: graphs that are made while they run, ns per task run")
    print "| what | tasks run | one worker | million a second | two workers | peak MB | goal | allowed | |"
    rule(9)
    growth_row("Fibonacci, by a plugin task", "growth/fib", 1, 15, 60)
    growth_row("Fibonacci, in the language", "growth/language", 6)
    growth_row("`while`", "growth/while")
    if (!has("growth/while1", "result")) return
    long = med("growth/while1", "run_ns") / med("growth/while1", "result")
    short = med("growth/short", "run_ns") / med("growth/short", "result")
    print "\nA round of the loop takes " number(long) " ns where there are " med("growth/while1", "result") " of them, " number(short) \
          " ns where there are " med("growth/short", "result") "; memory is " number(med("growth/while1", "peak_kb") / 1024) " and " \
          number(med("growth/short", "peak_kb") / 1024) " MB."
}

# ---- whole processes -----------------------------------------------------------------------------

function whole_row(title, subject, goal, allowed,    ms) {
    ms = med(subject, "wall_ns") / 1e6
    print "| " title " | " span(subject, "wall_ns", 1e6) " | " number(med(subject, "cpu_ns") / 1e6) " | " \
          number(med(subject, "peak_kb") / 1024) " | " goal " | " allowed " | " (goal ? verdict(ms, goal, allowed) : "") " |"
}
function phase_row(title, subject,    t) {
    t = tasks(subject) / 1
    print "| " title " | " t " | " span(subject, "parse_ns", t) " | " span(subject, "open_ns", t) " | " \
          span(subject, "eval_ns", t) " | " span(subject, "plan_ns", t) " | " span(subject, "run_ns", t) " | " \
          span(subject, "free_ns", t) " |"
}
function table_whole(    ms, mb) {
    head("Whole processes, ms")
    print "| what | wall time | CPU time | peak MB | goal | allowed | |"
    rule(7)
    whole_row("tree-sum, 1,048,575 tasks", "whole/tree", 20, 60)
    whole_row("tree-sum, 8,388,607 tasks", "whole/tree8", 168, 504)
    whole_row("flat .tg, 1,000,000 statements", "whole/flat", 320, 600)
    whole_row("YAML, 100,000 tasks", "whole/yaml", 1000, 1000)
    whole_row("inc-dec-add, 3 tasks", "whole/small", "", "")
    print "| a program that does nothing | " span("whole/nothing", "wall_ns", 1e6) " | " \
          number(med("whole/nothing", "cpu_ns") / 1e6) " | " number(med("whole/nothing", "peak_kb") / 1024) " | | | |"
    ms = (med("whole/small", "wall_ns") - med("whole/nothing", "wall_ns")) / 1e6
    mb = med("whole/small", "peak_kb") / 1024
    print "| inc-dec-add less starting a process | " number(ms) " | | | 3 | 6 | " verdict(ms, 3, 6) " |"
    print "| memory of inc-dec-add, MB | | | " number(mb) " | 10 | 10 | " verdict(mb, 10, 10) " |"
    head("Phases, ns per task, one worker")
    print "| what | tasks | parse alone | open (parse, load, resolve, check) | evaluate | plan | run | free |"
    rule(8)
    phase_row("tree-sum", "whole/tree")
    phase_row("flat .tg", "whole/flat")
    phase_row("YAML", "whole/yaml")
}

# ---- workers and grain ---------------------------------------------------------------------------

function table_workers(    i, s, e1, e2, u1, u2) {
    head("Two workers against one: the run alone, ns per task")
    print "| shape | empty, 1 | empty, 2 | times (allowed 2) | 1 µs, 1 | 1 µs, 2 | faster (goal 1.85, allowed 1.7) | |"
    rule(8)
    for (i = 1; i <= shape_count; i++) {
        s = "workers/" shape[i]
        e1 = med(s "/empty1", "run_ns"); e2 = med(s "/empty2", "run_ns")
        u1 = med(s "/us1", "run_ns"); u2 = med(s "/us2", "run_ns")
        print "| " shape[i] " | " span(s "/empty1", "run_ns", tasks(s "/empty1")) " | " \
              span(s "/empty2", "run_ns", tasks(s "/empty2")) " | " ratio(e2, e1) " | " \
              span(s "/us1", "run_ns", tasks(s "/us1")) " | " span(s "/us2", "run_ns", tasks(s "/us2")) " | " ratio(u1, u2) " | " \
              (e2 > 2 * e1 ? "**empty: over**" : shape[i] == "chain" ? "(a chain has nothing to share)" : \
               verdict(u1 ? u2 / u1 : 0, 1 / 1.85, 1 / 1.7)) " |"
    }
}

function table_grain(    n, body, i, t, share, last_share, metg) {
    n = split("25 50 100 200 400 800 1600 3200 6400", body, " ")
    head("Grain: stencil_1d, two workers")
    print "| body, ns | run, ns per task and worker | in use | one worker: run, ns per task |"
    rule(4)
    for (i = 1; i <= n; i++) {
        t = tasks("grain/" body[i]) / 2
        if (!t) continue
        share = body[i] / (med("grain/" body[i], "run_ns") / t)
        print "| " body[i] " | " span("grain/" body[i], "run_ns", t) " | " int(100 * share + .5) " % | " \
              span("grain1/" body[i], "run_ns", 2 * t) " |"
        if (share >= .5 && !metg)
            metg = i == 1 || last_share >= share ? body[i] : \
                   exp(log(body[i - 1]) + (log(body[i]) - log(body[i - 1])) * (.5 - last_share) / (share - last_share))
        last_share = share
    }
    print "\nTwo workers are half in use from bodies of **" (metg ? number(metg) " ns" : "more than that") "** on (goal 100, " \
          "allowed 500: " verdict(metg, 100, 500) "). METG(50 %) as Task Bench counts it, time per task and worker, is twice that."
}

# ---- schedule ------------------------------------------------------------------------------------

function table_schedule(    w, s, j, n, worst, workflows, workers, key, best) {
    n = split("samples viral scatter tangle", workflows, " ")
    split("4 16 64", workers, " ")
    head("Schedules of workflow-like graphs, tasks being sleeps; times the lower bound")
    print "| workflow, seed | tasks | workers | tgrun | list scheduling by hops | least run of tgrun, times that (allowed 1.05) | first come | by true durations | |"
    rule(9)
    for (w = 1; w <= n; w++)
        for (s = 1; s <= 3; s++)
            for (j = 1; j <= 3; j++) {
                key = "schedule/" workflows[w] s "/" workers[j]
                if (!has(key, "wall_ns")) continue
                best = least(key, "wall_ns") / med(key, "hops_ns") # what another process takes of the CPU only adds
                if (best > worst) worst = best
                print "| " workflows[w] " " s " | " tasks(key) " | " workers[j] " | " span(key, "wall_ns", med(key, "bound_ns")) " | " \
                      ratio(med(key, "hops_ns"), med(key, "bound_ns")) " | " sprintf("%.3f", best) " | " \
                      ratio(med(key, "first_ns"), med(key, "bound_ns")) " | " ratio(med(key, "true_ns"), med(key, "bound_ns")) " | " \
                      verdict(best, 1.02, 1.05) " |"
            }
    print "\nThe least runs are at most " sprintf("%.3f", worst) " times list scheduling by hops."
}

# ---- commands ------------------------------------------------------------------------------------

# What of the loop's speed tgrun has.
function share_of_loop(way, j, programs) {
    return programs * med("commands/" way "-loop" j, "wall_ns") / med("commands/" way j, "wall_ns")
}

function micro(subject, n) { return has(subject, "wall_ns") ? number(med(subject, "wall_ns") / (n * 1e3)) : "-" }

# Of another tool: µs each, and how many times tgrun's.
function tool_cell(way, tool, j, n,    subject) {
    subject = "commands/" way "-" tool j
    if (!has(subject, "wall_ns")) return "-"
    return micro(subject, n) " (" ratio(med(subject, "wall_ns"), med("commands/" way j, "wall_ns")) ")"
}

# What tgrun takes of the processors more than the loop, each.
function cpu_more(way, j, n) {
    return number((med("commands/" way j, "cpu_ns") - med("commands/" way "-loop" j, "cpu_ns")) / (n * 1e3))
}

function row_command(way, text, j,    n, share) {
    n = med("run", "commands")
    if (!has("commands/" way j, "wall_ns")) return
    share = share_of_loop(way, j, 1)
    print "| " text " | " j " | " span("commands/" way j, "wall_ns", n * 1e3) " | " micro("commands/" way "-loop" j, n) " | " \
          int(100 * share + .5) " % | " (way == "file" ? "" : verdict(1 / share, 1 / .95, 1 / .85)) " | " cpu_more(way, j, n) " | " \
          tool_cell(way, "make", j, n) " | " tool_cell(way, "ninja", j, n) " | " tool_cell(way, "xargs", j, n) " |"
}

function row_text(way, text, j, programs,    n, share) {
    n = med("run", "texts")
    if (!has("commands/" way j, "wall_ns")) return
    share = share_of_loop(way, j, programs)
    print "| " text " | " j " | " span("commands/" way j, "wall_ns", n * 1e3) " | " \
          number(programs * med("commands/" way "-loop" j, "wall_ns") / (n * 1e3)) " | " int(100 * share + .5) " % | " \
          verdict(1 / share, 1 / .95, 1 / .85) " |"
}

function table_commands(    j) {
    head("Commands: " med("run", "commands") " runs of a program that does nothing, µs each")
    print "| what | at a time | tgrun | vfork loop | of the loop's (goal 95 %, allowed 85 %) | | CPU more than the loop " \
          "| make (times) | ninja (times) | xargs (times) |"
    rule(10)
    for (j = 1; j <= 2; j++) {
        row_command("nothing", "`run [\"program\"]`", j)
        row_command("static", "the same, linked statically", j)
        row_command("file", "`run [\"program\", \"-o\", out]`: a result file", j)
    }
    head("Texts and pipelines: " med("run", "texts") " of them, µs each")
    print "| what | at a time | tgrun | loop | of the loop's (goal 95 %, allowed 85 %) | |"
    rule(6)
    for (j = 1; j <= 2; j++) {
        row_text("plain", "`sh \"program\"`: plain words, against a loop of bash with this text", j, 1)
        row_text("shell", "`sh \"program </dev/null\"`: a shell, against a loop of it", j, 1)
        row_text("pipe", "`run [\"program\"] \\| [\"program\"]`: two programs, against a loop of both", j, 2)
    }
}

# ---- again ---------------------------------------------------------------------------------------

# Of another tool: ms, how many times tgrun's, and MB.
function again_cell(subject, tool, event,    other) {
    other = subject tool "/" event
    if (!has(other, "wall_ns")) return "- | - | -"
    return span(other, "wall_ns", 1e6) " | " ratio(med(other, "wall_ns"), med(subject "tgrun/" event, "wall_ns")) " | " \
           number(med(other, "peak_kb") / 1024)
}

# Ours by ninja's, of what must not be more.
function again_verdict(subject, event, metric,    ninja) {
    ninja = med(subject "ninja/" event, metric)
    return ninja ? verdict(med(subject "tgrun/" event, metric) / ninja, 1, 1) : ""
}

function row_again(i, event, text,    subject, mine) {
    subject = "again/" i "/"
    mine = subject "tgrun/" event
    if (!has(mine, "wall_ns")) return
    print "| " med("run", "again" i) " | " text " | " span(mine, "wall_ns", 1e6) " | " number(med(mine, "peak_kb") / 1024) " | " \
          again_cell(subject, "ninja", event) " | " again_verdict(subject, event, "wall_ns") ", memory " \
          again_verdict(subject, event, "peak_kb") " | " again_cell(subject, "snakemake", event) " |"
}

function table_again(    i) {
    head("Again: a build of small files, two at a time, ms")
    print "| commands | run | tgrun | peak MB | ninja | times (at least 1) | peak MB (at least tgrun's) | | Snakemake | times | peak MB |"
    rule(11)
    for (i = 0; i < 3; i++) {
        row_again(i, "first", "from nothing")
        row_again(i, "nothing", "nothing has changed")
        row_again(i, "touched", "a source is touched, and has not changed")
        row_again(i, "changed", "a source has changed")
    }
}

# ---- servers -------------------------------------------------------------------------------------

function row_server(name, text, j,    serve, start) {
    serve = "servers/" name "-serve" j
    start = "servers/" name "-start" j
    if (!has(serve, "wall_ns")) return
    print "| " text " | " j " | " span(serve, "wall_ns", med("run", "server_calls") * 1e3) " | " micro(start, med("run", "server_starts")) " | " \
          ratio(med(start, "wall_ns") / med("run", "server_starts"), med(serve, "wall_ns") / med("run", "server_calls")) " | " server_dask(serve) " |"
}

function server_dask(serve) {
    if (!tasks("servers/dask")) return "-"
    add_up("servers/dask", "total", "build_ns run_ns")
    return ratio(med("servers/dask", "total") / tasks("servers/dask"), med(serve, "wall_ns") / med("run", "server_calls"))
}

function table_servers(    j) {
    head("Servers: " med("run", "server_calls") " calls of a function that gives back its argument, µs each, the start of the servers included")
    print "| in | at a time | serve | a program started for each | times | Dask's own Python function, one thread, times |"
    rule(6)
    for (j = 1; j <= 2; j++) {
        row_server("c", "C", j)
        row_server("awk", "awk", j)
        row_server("py", "Python", j)
    }
}

# ---- watch ---------------------------------------------------------------------------------------

# What a metric has grown by, for who is watched, in the metric's unit.
function watched_more(subject, metric,    more) {
    more = med(subject, metric) - med("watch/none", metric)
    return more > 0 ? more : 0 # less than nothing attached: the machine was not idle, and there is no figure
}

function row_watch(text, subject, c, own, goal,    wall, cpu, times) {
    if (!has(subject, "wall_ns")) return
    wall = own ? med(subject, "wall_ns") : watched_more(subject, "wall_ns")
    cpu = own ? med(subject, "cpu_ns") : watched_more(subject, "cpu_ns")
    times = med(c, "wall_ns") ? wall / med(c, "wall_ns") : 0
    print "| " text " | " span(subject, "wall_ns", 1e6) " | " number(wall / 1e6) " | " number(cpu / 1e6) " | " span(c, "wall_ns", 1e6) " | " \
          number(med(c, "bytes") / 1e6) " | " (c ? ratio(wall, med(c, "wall_ns")) " | " ratio(cpu, med(c, "cpu_ns")) " | " verdict(times, goal, goal) : "- | - | -") " |"
}

function table_watch() {
    head("Watching: a million empty tasks with nothing attached take " span("watch/none", "wall_ns", 1e6) " ms; times in ms")
    print "| what | whole | more by | more CPU | a C program that writes the same | MB | times | times CPU | |"
    rule(9)
    row_watch("`--progress=lines`", "watch/progress", "", 0, 0)
    row_watch("`--events=FILE`, at most 3 times", "watch/events", "watch/c-events", 0, 3)
    row_watch("`--trace=FILE`, at most 1.5 times", "watch/trace", "watch/c-trace", 0, 1.5)
    row_watch("`tgrun trace EVENTS`, at most 1.5 times", "watch/convert", "watch/c-trace", 1, 1.5)
    if (has("watch/report", "wall_ns")) table_report()
}

# ---- reports and dashboards ----------------------------------------------------------------------

function row_report(text, own, subject, other, more,    cpu, cpu_other) {
    cpu = more ? watched_more(subject, "cpu_ns") : med(subject, "cpu_ns")
    cpu_other = more ? watched_more(other, "cpu_ns") : med(other, "cpu_ns")
    print "| " text " | " span(subject, "wall_ns", 1e6) " | " number(cpu / 1e6) " | " number(med(subject, "peak_kb") / 1e3) " | " \
          number(med(subject, "bytes") / 1e6) " | " own " | " ratio(cpu, cpu_other) " | " ratio(med(subject, "peak_kb"), med(other, "peak_kb")) " |"
}
function table_report() {
    head("Reports of these tasks, beside the trace; times in ms")
    print "| what | whole | CPU | peak MB | page MB | of what | times CPU | times memory |"
    rule(8)
    row_report("`--report=FILE`, CPU more than with nothing", "`--trace=FILE`", "watch/report", "watch/trace", 1)
    row_report("`tgrun report EVENTS`", "`tgrun trace EVENTS`", "watch/page", "watch/convert", 0)
}

function cell_visited(what, pages, metric,    none, more) {
    none = med("dashboard/" what "/none", metric)
    more = med("dashboard/" what "/" pages, metric) - none
    return none && has("dashboard/" what "/" pages, metric) ? sprintf("%+.1f %%", 100 * more / none) : "-"
}
function row_visited(text, what,    none) {
    none = "dashboard/" what "/none"
    print "| " text " | " span(none, "cpu_ns", 1e6) " | " cell_visited(what, 0, "cpu_ns") " | " cell_visited(what, 1, "cpu_ns") " | " \
          cell_visited(what, 20, "cpu_ns") " | " number(med(none, "instructions") / 1e6) " | " cell_visited(what, 0, "instructions") " | " \
          cell_visited(what, 1, "instructions") " | " cell_visited(what, 20, "instructions") " |"
}
function table_dashboard() {
    head("Dashboards: what a run takes more with `--dashboard`, and with so many pages that look at it")
    print "| what | CPU ms without | with | 1 page | 20 pages | million instructions without | with | 1 page | 20 pages |"
    rule(9)
    row_visited("three tasks: its start", "start")
    row_visited("empty tasks, one worker", "wide")
    row_visited("Fibonacci by a plugin task that adds tasks", "fib")
    row_visited("2,000 commands", "commands")
}

# ---- processes -----------------------------------------------------------------------------------

function row_ping(title, subject) {
    print "| " title " | " span(subject, "round_ns", 1e3) " | " ratio(med(subject, "round_ns"), med("processes/seqpacket", "round_ns")) " | |"
}

function table_alone(    each, ping) {
    head("Processes: what goes to another process alone, µs there and back, one worker")
    print "| what | time | pings (goal 3) | |"
    rule(4)
    row_ping("ping: 16 KB over a pair of sockets, `SOCK_SEQPACKET`", "processes/seqpacket")
    row_ping("the same, `SOCK_STREAM`", "processes/stream")
    each = tasks("processes/alone/processes")
    ping = med("processes/seqpacket", "round_ns")
    if (!each) return
    print "| an empty task with an effect, `--scheduler=processes` | " span("processes/alone/processes", "run_ns", each * 1e3) " | " \
          ratio(med("processes/alone/processes", "run_ns") / each, ping) " | " \
          verdict(ping ? med("processes/alone/processes", "run_ns") / each / ping : 0, 3, 3) " |"
}

# CPU time of both, too: it says more where the machine is not idle.
function row_away(s, unit, far,    near) {
    near = far
    sub(/processes$/, "threads", near)
    return "| " s " | " span(near, "run_ns", tasks(near) * unit) " | " span(far, "run_ns", tasks(far) * unit) " | " \
           number(med(near, "run_cpu_ns") / (tasks(near) * unit)) " | " number(med(far, "run_cpu_ns") / (tasks(far) * unit)) " | "
}

function table_ten(    i, far, near) {
    head("Processes: tasks of 10 µs, two workers, the run alone, µs per task")
    print "| shape | threads | processes | CPU, threads | CPU, processes | rate, of that of threads (goal 0.9) | |"
    rule(7)
    for (i = 1; i <= shape_count; i++) {
        near = "processes/us/" shape[i] "/threads"; far = "processes/us/" shape[i] "/processes"
        if (!tasks(far)) continue
        print row_away(shape[i], 1e3, far) ratio(med(near, "run_ns"), med(far, "run_ns")) " | " \
              verdict(med(near, "run_ns") ? med(far, "run_ns") / med(near, "run_ns") : 0, 1 / .9, 1 / .9) " |"
    }
}

function table_empty_away(    i, n, s, far, dask, times) {
    head("Processes: empty tasks, two workers, ns per task")
    print "| shape | threads, run | processes, run | CPU, threads | CPU, processes | Dask's processes, build and run " \
          "| times tgrun's, reading and building as well (goal 50) | |"
    rule(8)
    n = split("wide tree random", s, " ")
    for (i = 1; i <= n; i++) {
        far = "processes/empty/" s[i] "/processes"; dask = "processes/empty/" s[i] "/dask"
        if (!tasks(far)) continue
        add_up(far, "total", "open_ns eval_ns plan_ns run_ns")
        add_up(dask, "total", "build_ns run_ns")
        times = tasks(dask) ? med(dask, "total") / tasks(dask) / (med(far, "total") / tasks(far)) : 0
        print row_away(s[i], 1, far) (tasks(dask) ? span(dask, "total", tasks(dask)) : "-") " | " \
              (times ? number(times) : "-") " | " (times ? verdict(1 / times, 1 / 50, 1 / 50) : "") " |"
    }
}

function row_large(users, title,    s, copy) {
    s = "processes/large" users
    copy = med("processes/copy", "copy_ns")
    print "| " title " | " span(s "/threads", "run_ns", 1e6) " | " span(s "/processes", "run_ns", 1e6) " | " \
          number(med(s "/threads", "run_cpu_ns") / 1e6) " | " number(med(s "/processes", "run_cpu_ns") / 1e6) " | " \
          number((med(s "/processes", "run_ns") - med(s "/threads", "run_ns")) / 1e6) " | " \
          span("processes/copy", "copy_ns", 1e6) " | " \
          (tasks(s "/dask") ? span(s "/dask", "run_ns", 1e6) " | " ratio(med(s "/dask", "run_ns"), med(s "/processes", "run_ns")) : "- | -") " |"
}

function table_processes(    far, near) {
    table_alone()
    table_ten()
    table_empty_away()
    head("Processes: 100 MB of bytes, made by one task and read by others, two workers, the start of the executors included, ms")
    print "| read by | threads | processes | CPU, threads | CPU, processes | more than threads | the same bytes over a socket, once " \
          "| Dask's processes | times |"
    rule(9)
    row_large(1, "one task")
    row_large(8, "eight tasks")
    near = "processes/one/threads"; far = "processes/one/processes"
    print "\nA run of one task, the whole process: " span(near, "wall_ns", 1e6) " ms with threads, " span(far, "wall_ns", 1e6) \
          " with processes; CPU " number(med(near, "cpu_ns") / 1e6) " and " number(med(far, "cpu_ns") / 1e6) " ms."
}

# ---- peers ---------------------------------------------------------------------------------------

function peer_cell(subject,    n) {
    n = tasks(subject)
    return has(subject, "total") ? span(subject, "total", n) : "-"
}
function table_peers(    any, present, names, titles, n, i, k, s, line, mine, theirs) {
    n = split("taskflow taskflow+ tbb tbb+ dask dask1", names, " ")
    split("Taskflow;Taskflow, huge pages;oneTBB;oneTBB, huge pages;Dask, 2 threads;Dask, single-threaded", titles, ";")
    for (i = 1; i <= shape_count; i++)
        for (k = 1; k <= n; k++) if (has("peers/" shape[i] "/" names[k], "tasks")) any = present[k] = 1
    if (!any) return
    head("Other systems: two workers, empty bodies, build and run, ns per task")
    line = "| shape | tgrun |"
    for (k = 1; k <= n; k++) if (present[k]) line = line " " titles[k] " | times |"
    print line
    rule(gsub(/\|/, "|", line) - 1)
    for (i = 1; i <= shape_count; i++) {
        s = "peers/" shape[i] "/"
        add_up(s "tgrun", "total", "open_ns eval_ns plan_ns run_ns")
        mine = tasks(s "tgrun") ? med(s "tgrun", "total") / tasks(s "tgrun") : 0
        line = "| " shape[i] " | " peer_cell(s "tgrun") " |"
        for (k = 1; k <= n; k++) {
            if (!present[k]) continue
            add_up(s names[k], "total", "build_ns run_ns")
            theirs = tasks(s names[k]) ? med(s names[k], "total") / tasks(s names[k]) : 0
            line = line " " peer_cell(s names[k]) " | " ratio(theirs, mine) " |"
        }
        print line
    }
    print "\n\"times\": how many times as long as tgrun."
}

END {
    shape_count = split("chain wide tree wavefront stencil_1d fft random", shape, " ")
    print "Medians of " med("run", "runs") " interleaved runs (least–most), " med("run", "cpus") " CPUs."
    if (med("run", "load") > .5) print "The machine was not idle: its load was " med("run", "load") " at the beginning."
    if (section("shapes")) table_shapes()
    if (section("growth")) table_growth()
    if (section("whole")) table_whole()
    if (section("workers")) table_workers()
    if (section("grain")) table_grain()
    if (section("schedule")) table_schedule()
    if (section("commands")) table_commands()
    if (section("again")) table_again()
    if (section("servers")) table_servers()
    if (section("processes")) table_processes()
    if (section("watch")) table_watch()
    if (section("dashboard")) table_dashboard()
    if (section("peers")) table_peers()
    if (notes) print "\nNotes:" gensub_lines(notes)
}
function gensub_lines(text) { gsub(/\n/, "\n- ", text); return "\n" text }
