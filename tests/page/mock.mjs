// SPDX-License-Identifier: MIT
// A run that never was: documents as the program makes them, of a small workflow that is laid out at once and can be seen at any time.

function random(seed) {
    return () => {
        seed = (seed * 1664525 + 1013904223) >>> 0;
        return seed / 2 ** 32;
    };
}

const second = 1e9;
const fates = { running: 0, done: 1, failed: 2, caught: 3, skipped: 4 };

/**
 * A run of `samples` samples, each of them fetched, aligned and called, with one report in the end, by `workers` workers. fails:
 * the samples whose call fails. grow: tasks after the first tenth are not known before. names: names of the four tasks, hostile ones for example.
 */
export function makeRun({
    seed = 7,
    samples = 20,
    workers = 4,
    fails = [7],
    caught = [3],
    grow = false,
    names,
    text = "note",
} = {}) {
    const chance = random(seed);
    const kinds = (names ?? ["fetch", "align", "call", "report"]).map((name, index) => ({
        name,
        kind: index === 3 ? "task" : index ? "command" : "task",
        plugin: index ? undefined : "net",
        place: `reads.tg:${5 + index}:${10 + index}`,
    }));
    const lengths = [0.4, 1.6, 0.9, 0.5].map((mean) => () => mean * (0.4 + 1.2 * chance()) * second);
    const tasks = [];
    const add = (name, number, needs) => {
        const length = lengths[name]();
        tasks.push({
            id: tasks.length,
            name,
            label: `${kinds[name].name}(${number})`,
            needs,
            length,
            memory: (10 + 60 * chance()) * 2 ** 20,
        });
        return tasks.length - 1;
    };
    const calls = [];
    for (let i = 0; i < samples; i++) calls.push(add(2, i, [add(1, i, [add(0, i, [])])]));
    add(3, samples, calls);
    return schedule({ kinds, tasks, workers, fails, caught, grow, samples, text });
}

function schedule(run) {
    const free = Array.from({ length: run.workers }, () => 0.01 * second);
    const spans = [];
    const ready = (task) => Math.max(0, ...task.needs.map((id) => run.tasks[id].ended ?? 0));
    const order = [...run.tasks].sort(
        (a, b) => (a.name === 3) - (b.name === 3) || Math.floor(a.id / 12) - Math.floor(b.id / 12) || a.name - b.name,
    );
    for (const task of order) {
        const sample = Math.floor(task.id / 3);
        const broken = task.needs.some((id) => ["failed", "skipped"].includes(run.tasks[id].fate));
        const at = ready(task);
        if (broken) {
            Object.assign(task, { fate: "skipped", began: at, ended: at, length: 0 });
            continue;
        }
        const worker = free.indexOf(Math.min(...free));
        const began = Math.max(free[worker], at);
        if (began - free[worker] > 1e6) spans.push({ worker, kind: 0, began: free[worker], length: began - free[worker] });
        const move = task.id % 9 === 4 ? 0.08 * second : 0;
        if (move) spans.push({ worker, kind: 3, began, length: move });
        task.worker = worker;
        task.began = began + move;
        task.attempt = task.name === 1 && sample % 11 === 5 ? 2 : 1;
        task.ended = task.began + task.length;
        task.fate =
            task.name === 2 && run.fails.includes(sample)
                ? "failed"
                : task.name === 2 && run.caught.includes(sample)
                  ? "caught"
                  : "done";
        if (task.fate !== "done") task.message = `sh: 'bcftools call sample${sample}.bam' ended with status 1`;
        free[worker] = task.ended;
    }
    for (const task of run.tasks)
        for (const id of task.needs) run.tasks[id].used = Math.max(run.tasks[id].used ?? 0, task.ended);
    return { ...run, spans, end: run.tasks.reduce((end, task) => Math.max(end, task.ended), 0) };
}

const stateAt = (task, t) => (t >= task.ended ? task.fate : task.began <= t && task.fate !== "skipped" ? "running" : "waiting");

function quantile(sorted, part) {
    return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] : undefined;
}

function namesAt(run, known, t) {
    return run.kinds.map((kind, index) => {
        const mine = known.filter((task) => task.name === index);
        const by = (state) => mine.filter((task) => stateAt(task, t) === state);
        const lengths = mine
            .filter((task) => t >= task.ended && task.fate !== "skipped")
            .map((task) => Math.round(task.length))
            .sort((a, b) => a - b);
        const busy = lengths.reduce((sum, length) => sum + length, 0);
        return {
            name: kind.name,
            kind: kind.kind,
            plugin: kind.plugin,
            total: mine.length,
            done: by("done").length,
            failed: by("failed").length,
            caught: by("caught").length,
            skipped: by("skipped").length,
            running: by("running").length,
            busy,
            mean: lengths.length ? Math.round(busy / lengths.length) : undefined,
            p50: quantile(lengths, 0.5),
            p99: quantile(lengths, 0.99),
            max: lengths.at(-1),
            cpu: Math.round(busy * 0.8),
            memory: Math.round(70 * 2 ** 20),
        };
    });
}

const log = (task) =>
    `$ bcftools call ${task.label}\nreading header\n[E::hts_open] cannot open the file <b>bold?</b>: no such file\n`;

/** All documents as they were at a time (ns) of the run; the end: all of them as a report has them. */
export function documentsAt(run, time = run.end, { live = false, control = false, rev = Math.round(time / 1e6) } = {}) {
    const t = Math.min(time, run.end);
    const ended = t >= run.end;
    const known = run.grow
        ? run.tasks.filter((task) => task.id < 6 || ended || task.needs.every((id) => run.tasks[id].began <= t + 2 * second))
        : run.tasks;
    const state = new Map(known.map((task) => [task.id, stateAt(task, t)]));
    const of = (wanted) => known.filter((task) => state.get(task.id) === wanted);
    const busyAt = (worker) =>
        known
            .filter((task) => task.worker === worker && task.began < t)
            .reduce((sum, task) => sum + Math.min(t, task.ended) - task.began, 0);
    const running = of("running");
    const done = of("done").length;
    const bad = (wanted) =>
        of(wanted).map((task) => ({
            id: task.id,
            part: 0,
            name: task.name,
            label: task.label,
            place: run.kinds[task.name].place,
            time: Math.round(task.ended),
            message: task.message,
            caught: wanted === "caught",
            allowed: false,
            attempts: task.attempt,
            log: `.tgrun/logs/${task.id}.log`,
            log_text: log(task),
        }));
    const failures = [...bad("failed"), ...bad("caught")];
    const status = {
        rev,
        live,
        ended,
        exit: ended ? (of("failed").length ? 1 : 0) : undefined,
        workflow: "reads.tg",
        host: "lab",
        process: 4242,
        began: "2026-01-31T10:00:00Z",
        scheduler: "threads",
        elapsed: Math.round(t),
        workers: run.workers,
        jobs: run.workers,
        grows: run.grow,
        part: 0,
        control,
        paused: false,
        ending: false,
        counts: {
            total: known.length,
            done,
            failed: of("failed").length,
            caught: of("caught").length,
            skipped: of("skipped").length,
            running: running.length,
            retried: known.filter((task) => task.attempt > 1 && task.ended <= t).length,
        },
        left: ended || run.grow ? undefined : (run.end - t) / 1e9,
        names: namesAt(run, known, t),
        running: running.slice(0, 50).map((task) => ({
            id: task.id,
            part: 0,
            name: task.name,
            label: task.label,
            place: run.kinds[task.name].place,
            worker: task.worker,
            began: Math.round(task.began),
            attempt: task.attempt,
        })),
        waiting: ended ? [] : [{ what: "1 of resource 'gpu'", count: 3 }],
        crew: Array.from({ length: run.workers }, (_, worker) => {
            const task = running.find((task) => task.worker === worker);
            return {
                worker,
                state: task ? "running" : "idle",
                id: task?.id,
                name: task?.name,
                busy: Math.round(busyAt(worker)),
                tasks: known.filter((task) => task.worker === worker && task.began < t).length,
                cpu: Math.round(busyAt(worker) * 0.9),
                memory: (30 + worker) * 2 ** 20,
            };
        }),
        usage: {
            cpu: Math.round(t * 0.02),
            memory: 26 * 2 ** 20,
            peak: 31 * 2 ** 20,
            commands_cpu: Math.round(t * 2.8),
            commands_memory: 70 * 2 ** 20,
            executors: 0,
        },
        failures,
        failures_total: failures.length,
        texts: [
            { time: 2 * second, text: `${run.text}: reading the samples` },
            { time: 5 * second, text: "half of them are there" },
        ].filter((line) => line.time <= t),
    };
    return {
        status,
        timeline: timelineOf(run, known, t, rev),
        series: seriesOf(run, known, t, rev),
        graph: graphOf(run, known, state, rev),
        tasks: tasksOf(run, known, state, t, rev),
        path: pathOf(run, known, t, rev),
    };
}

function timelineOf(run, known, t, rev) {
    const shown = known.filter((task) => task.began < t && task.fate !== "skipped").sort((a, b) => a.began - b.began);
    const spans = run.spans.filter((span) => span.began < t);
    return {
        rev,
        from: 0,
        to: Math.round(t),
        end: Math.round(t),
        left_out: 0,
        rows: Array.from({ length: run.workers }, (_, worker) => ({ worker, away: false })),
        slices: {
            row: shown.map((task) => task.worker),
            name: shown.map((task) => task.name),
            begin: shown.map((task) => Math.round(task.began)),
            length: shown.map((task) => Math.round(Math.min(t, task.ended) - task.began)),
            fate: shown.map((task) => fates[stateAt(task, t)]),
            id: shown.map((task) => task.id),
            part: shown.map(() => 0),
        },
        spans: {
            row: spans.map((span) => span.worker),
            kind: spans.map((span) => span.kind),
            begin: spans.map((span) => Math.round(span.began)),
            length: spans.map((span) => Math.round(Math.min(t - span.began, span.length))),
        },
        bins: { width: 0, row: [], bin: [], name: [], busy: [], count: [] },
    };
}

function seriesOf(run, known, t, rev) {
    const steps = 300;
    const step = Math.max(1e6, Math.ceil(run.end / steps));
    const count = Math.max(1, Math.ceil(t / step));
    const within = (task, at) => Math.max(0, Math.min(task.ended, at + step, t) - Math.max(task.began, at)) / step;
    const each = (value) => Array.from({ length: count }, (_, index) => value(index * step));
    const held = (task, at) => (task.ended <= at + step && task.used > at ? Math.round(task.memory) : 0);
    const live = known.filter((task) => task.fate !== "skipped");
    return {
        rev,
        step,
        end: Math.round(t),
        running: each((at) => live.reduce((sum, task) => sum + within(task, at), 0)),
        done: each((at) => live.filter((task) => task.ended >= at && task.ended < at + step && task.ended <= t).length),
        bytes: each((at) => live.reduce((sum, task) => sum + held(task, at), 0)),
        holders: [0, 1, 2].map((name) => ({
            name,
            bytes: each((at) => live.reduce((sum, task) => sum + (task.name === name ? held(task, at) : 0), 0)),
        })),
        process_memory: each((at) => Math.round((24 + (6 * at) / run.end) * 2 ** 20)),
        process_cpu: each(() => 0.02),
    };
}

function graphOf(run, known, state, rev, level = known.length <= 150 ? "tasks" : "names") {
    const states = (tasks) =>
        Object.fromEntries(
            ["done", "failed", "caught", "skipped", "running"].map((wanted) => [
                wanted,
                tasks.filter((task) => state.get(task.id) === wanted).length,
            ]),
        );
    const node = (key, name, label, tasks, more) => ({
        key,
        name,
        label,
        place: run.kinds[name].place,
        kind: run.kinds[name].kind,
        expands: run.grow && name === 0,
        total: tasks.length,
        ...states(tasks),
        busy: Math.round(tasks.reduce((sum, task) => sum + (state.get(task.id) === "done" ? task.length : 0), 0)),
        part: 0,
        ...more,
    });
    if (level === "tasks") {
        const index = new Map(known.map((task, at) => [task.id, at]));
        return {
            rev,
            level,
            tasks: known.length,
            grows: run.grow,
            nodes: known.map((task) => node(`t${task.id}`, task.name, task.label, [task], { id: task.id })),
            edges: known
                .flatMap((task) =>
                    task.needs.map((need) => ({
                        from: index.get(need),
                        to: index.get(task.id),
                        count: 1,
                        link: run.grow && task.name === 1 ? "added" : "value",
                    })),
                )
                .filter((edge) => edge.from != null),
        };
    }
    return {
        rev,
        level,
        tasks: known.length,
        grows: run.grow,
        nodes: run.kinds.map((kind, name) =>
            node(
                `${level === "calls" ? "c" : "n"}${name}`,
                name,
                kind.name,
                known.filter((task) => task.name === name),
            ),
        ),
        edges: [
            [0, 1],
            [1, 2],
            [2, 3],
        ].map(([from, to]) => ({ from, to, count: known.filter((task) => task.name === from).length, link: "value" })),
    };
}

function tasksOf(run, known, state, t, rev) {
    const rows = known.map((task) => {
        const now = state.get(task.id);
        const begun = task.began <= t && now !== "waiting" && now !== "skipped";
        return {
            id: task.id,
            part: 0,
            name: task.name,
            label: task.label,
            place: run.kinds[task.name].place,
            state: now,
            began: begun ? Math.round(task.began) : undefined,
            length: begun ? Math.round(Math.min(t, task.ended) - task.began) : undefined,
            worker: begun ? task.worker : undefined,
            attempts: begun ? task.attempt : 0,
            cpu: begun ? Math.round(task.length * 0.8) : undefined,
            memory: begun ? Math.round(task.memory) : undefined,
            bytes: now === "done" ? Math.round(task.memory / 4) : undefined,
            message: t >= task.ended ? task.message : undefined,
            needs: task.needs.slice(0, 20),
        };
    });
    return { rev, total: rows.length, count: rows.length, offset: 0, rows };
}

function pathOf(run, known, t, rev) {
    const steps = [];
    let at = known.filter((task) => task.ended <= t && task.fate !== "skipped").sort((a, b) => b.ended - a.ended)[0];
    while (at) {
        steps.unshift({
            name: at.name,
            label: at.label,
            place: run.kinds[at.name].place,
            busy: Math.round(at.length),
            count: 1,
            id: at.id,
        });
        at = at.needs.map((id) => run.tasks[id]).sort((a, b) => b.ended - a.ended)[0];
    }
    return steps.length ? { rev, length: steps.reduce((sum, step) => sum + step.busy, 0), steps } : { rev };
}

/** The document `task` of a live server. */
export function taskAt(run, id, time) {
    const t = Math.min(time, run.end);
    const task = run.tasks[id];
    const short = (other) => ({ id: other.id, label: other.label, state: stateAt(other, t) });
    const begun = task.began <= t && task.fate !== "skipped";
    const neededBy = run.tasks.filter((other) => other.needs.includes(id));
    return {
        id,
        part: 0,
        name: task.name,
        label: task.label,
        arguments: task.label.slice(task.label.indexOf("(") + 1, -1),
        place: run.kinds[task.name].place,
        line: `    ${run.kinds[task.name].name} x = ${task.label}`,
        state: stateAt(task, t),
        attempts: begun
            ? Array.from({ length: task.attempt }, (_, at) => {
                  const last = at === task.attempt - 1;
                  return {
                      began: Math.round(task.began + (at * task.length) / task.attempt),
                      worker: task.worker,
                      ended:
                          last && t < task.ended ? undefined : Math.round(task.began + ((at + 1) * task.length) / task.attempt),
                      state: last ? stateAt(task, t) : "failed",
                      message: last ? task.message : "it took longer than 1 s",
                      cpu: Math.round(task.length * 0.8),
                      memory: Math.round(task.memory),
                  };
              })
            : [],
        needs: task.needs.slice(0, 50).map((need) => short(run.tasks[need])),
        needs_total: task.needs.length,
        needed_by: neededBy.slice(0, 50).map(short),
        needed_by_total: neededBy.length,
        bytes: t >= task.ended ? Math.round(task.memory / 4) : undefined,
        log: task.message && `.tgrun/logs/${id}.log`,
        log_text: task.message && t >= task.ended ? log(task) : undefined,
    };
}

/** The page with documents in it, as `tgrun report` writes it. */
export const withReport = (page, documents) =>
    page.replace(
        '<script type="application/json" id="run">null</script>',
        () => `<script type="application/json" id="run">${JSON.stringify(documents).replaceAll("<", "\\u003c")}</script>`,
    );
