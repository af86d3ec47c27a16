// SPDX-License-Identifier: MIT
// Runs that are large, dense, tiny or strange, as documents of a report: what pictures have to bear.
import { documentsAt, makeRun } from "./mock.mjs";

function random(seed) {
    return () => {
        seed = (seed * 1664525 + 1013904223) >>> 0;
        return seed / 2 ** 32;
    };
}

const second = 1e9;
const emptyBins = () => ({ width: 0, row: [], bin: [], name: [], busy: [], count: [] });
const words = [
    "align",
    "call",
    "fetch",
    "index",
    "merge",
    "sort",
    "report",
    "trim",
    "count",
    "plot",
    "filter",
    "map",
    "reduce",
    "join",
    "split",
    "scan",
];

/** A document `status` with such names, and the counts of a run that is over. */
function statusOf(names, { elapsed, workers, tasks, failed = 0 }) {
    const base = documentsAt(makeRun({ samples: 1, workers: 1, fails: [], caught: [] })).status;
    const each = Math.floor(tasks / Math.max(1, names.length));
    return {
        ...base,
        elapsed,
        workers,
        jobs: workers,
        counts: { ...base.counts, total: tasks, done: tasks - failed, failed },
        names: names.map((name, index) => ({
            name,
            kind: index && index % 5 === 0 ? "command" : "task",
            total: each,
            done: each,
            failed: 0,
            skipped: 0,
            running: 0,
            busy: each * 1e6 * (names.length - index),
            mean: 1e6,
            p50: 9e5,
            p99: 3e6,
            max: 4e6,
            cpu: 0,
            memory: 0,
        })),
        crew: [],
        failures: [],
        failures_total: 0,
        running: [],
        texts: [],
        waiting: [],
    };
}

/**
 * A timeline of `slices` slices on `workers` workers, of `names` names; mean: length in ns; bad: the part that fails;
 * executors: rows of theirs, with transfers; binned: all but the longest are added up, in `binned` bins.
 */
export function denseTimeline({
    slices = 50000,
    workers = 16,
    names = 12,
    mean = 2e6,
    bad = 0.002,
    executors = false,
    binned = 0,
    seed = 3,
    rev = 1,
    live = false,
} = {}) {
    const chance = random(seed);
    const rows = [];
    for (let worker = 0; worker < workers; worker++) {
        rows.push({ worker, away: false });
        if (executors) rows.push({ worker, away: true });
    }
    const free = Array.from({ length: workers }, () => Math.floor(chance() * mean));
    const columns = { row: [], name: [], begin: [], length: [], fate: [], id: [], part: [] };
    const spans = { row: [], kind: [], begin: [], length: [] };
    const span = (row, kind, begin, length) => {
        spans.row.push(row);
        spans.kind.push(kind);
        spans.begin.push(begin);
        spans.length.push(length);
    };
    for (let id = 0; id < slices; id++) {
        const worker = id % workers;
        const row = executors ? worker * 2 + 1 : worker;
        const phase = Math.floor((id / slices) * names);
        const name = chance() < 0.7 ? phase : Math.floor(chance() * names);
        const length = Math.max(1, Math.round(-Math.log(1 - chance()) * mean * (1 + (name % 4))));
        if (chance() < 0.1) {
            const wait = Math.round(chance() * mean * 2);
            span(row, 0, free[worker], wait);
            free[worker] += wait;
            if (chance() < 0.3) span(row, 1, free[worker] - wait * 0.2, wait * 0.2);
        }
        if (executors && chance() < 0.3) {
            const move = Math.max(1, Math.round(mean * 0.3 * chance()));
            span(row - 1, 3, free[worker], move);
            free[worker] += move;
        } else if (!executors && chance() < 0.05) {
            const kind = chance() < 0.5 ? 2 : 3;
            const move = Math.max(1, Math.round(mean * 0.4 * chance()));
            span(row, kind, free[worker], move);
            free[worker] += move;
        }
        const fate = chance() < bad ? [2, 3, 5][Math.floor(chance() * 3)] : 1;
        for (const [key, value] of Object.entries({ row, name, begin: free[worker], length, fate, id, part: 0 }))
            columns[key].push(value);
        free[worker] += length;
    }
    const end = Math.max(1, ...free);
    if (live)
        for (let i = Math.max(0, slices - workers); i < slices; i++) {
            columns.fate[i] = 0;
            columns.length[i] = end - columns.begin[i];
        }
    const document = { rev, from: 0, to: end, end, left_out: 0, rows, slices: columns, spans, bins: emptyBins() };
    return binned ? binSmall(document, binned, Math.min(2000, slices / 20)) : document;
}

/** The same with all slices but the `kept` longest added up, as the program does where there are too many. */
export function binSmall(document, bins, kept) {
    const { slices, end } = document;
    const order = slices.length.map((_, i) => i).sort((a, b) => slices.length[b] - slices.length[a]);
    const width = Math.max(1, Math.ceil(end / bins));
    const sums = new Map();
    for (const i of order.slice(kept)) {
        let at = slices.begin[i];
        let left = slices.length[i];
        let first = 1;
        while (left > 0) {
            const bin = Math.floor(at / width);
            const part = Math.min(left, (bin + 1) * width - at);
            const key = `${slices.row[i]}/${bin}/${slices.name[i]}`;
            const sum = sums.get(key) ?? { row: slices.row[i], bin, name: slices.name[i], busy: 0, count: 0 };
            sum.busy += part;
            sum.count += first;
            sums.set(key, sum);
            first = 0;
            at += part;
            left -= part;
        }
    }
    const columns = { width, row: [], bin: [], name: [], busy: [], count: [] };
    for (const sum of sums.values()) for (const key of Object.keys(sum)) columns[key].push(sum[key]);
    const some = order.slice(0, kept).sort((a, b) => slices.begin[a] - slices.begin[b]);
    const few = Object.fromEntries(Object.entries(slices).map(([key, values]) => [key, some.map((i) => values[i])]));
    return { ...document, slices: few, bins: columns, left_out: order.length - some.length };
}

/** Series of `steps` steps; holders: of how many names. */
export function denseSeries({ steps = 600, workers = 16, holders = 5, end = 60 * second, seed = 5, process = true } = {}) {
    const chance = random(seed);
    const step = Math.max(1, Math.ceil(end / steps));
    const curve = (most, wave) =>
        Array.from({ length: steps }, (_, i) =>
            Math.max(0, most * Math.min(1, i / 20, (steps - i) / 30) * (0.75 + 0.2 * Math.sin(i / wave) + 0.05 * chance())),
        );
    const held = Array.from({ length: holders }, (_, name) => ({
        name,
        bytes: curve((2 ** 30 * (holders - name)) / holders, 20 + 11 * name).map(Math.round),
    }));
    return {
        rev: 1,
        step,
        end,
        running: curve(workers, 37),
        done: curve(40, 23).map(Math.round),
        holders: held,
        bytes: Array.from({ length: steps }, (_, i) => Math.round(held.reduce((sum, { bytes }) => sum + bytes[i], 0) * 1.1)),
        ...(process && { process_memory: curve(3 * 2 ** 30, 50).map(Math.round), process_cpu: curve(workers * 0.8, 31) }),
    };
}

/**
 * A graph of `nodes` nodes in layers, each of which needs some of the layers before; the same nodes and keys for any number,
 * and more of them for a larger one, so that it grows. state: how much of it is done, 0 to 1.
 */
export function layeredGraph({
    nodes = 300,
    edges = 800,
    wide = 12,
    names = 8,
    state = 0.6,
    rev = nodes,
    grows = true,
    level = "tasks",
    seed = 11,
} = {}) {
    const chance = random(seed);
    const found = { rev, level, tasks: nodes, grows, nodes: [], edges: [] };
    const each = edges / Math.max(1, nodes);
    for (let i = 0; i < nodes; i++) {
        const name = Math.floor(i / wide) % names;
        const total = level === "tasks" ? 1 : 1 + Math.floor(chance() * 500);
        const failed = chance() < 0.03 ? Math.max(1, Math.floor(total / 8)) : 0;
        const done = i < nodes * state ? total - failed : 0;
        const running = i >= nodes * state && i < nodes * state + 6 ? Math.min(4, total) : 0;
        found.nodes.push({
            key: `${level[0]}${i}`,
            name,
            label: level === "tasks" ? `${words[name]}(${i})` : words[name],
            place: `w.tg:${1 + (i % 90)}:5`,
            kind: i % 7 ? "task" : "command",
            expands: i % 40 === 13,
            total,
            done,
            failed: i < nodes * state ? failed : 0,
            caught: 0,
            skipped: 0,
            running,
            busy: done * 1e7,
            part: 0,
            ...(level === "tasks" && { id: i }),
        });
        const layer = Math.floor(i / wide);
        for (let k = 0; layer && k < each; k++) {
            const from =
                Math.max(0, (layer - 1 - (chance() < 0.1 ? Math.floor(chance() * 3) : 0)) * wide) + Math.floor(chance() * wide);
            if (from < i && !found.edges.some((edge) => edge.from === from && edge.to === i))
                found.edges.push({
                    from,
                    to: i,
                    count: level === "tasks" ? 1 : 1 + Math.floor(chance() * 90),
                    link: chance() < 0.05 ? "added" : "value",
                });
        }
    }
    return found;
}

/**
 * A whole run, as a report has it. what: "dense" (50,000 slices), "binned", "wide" (200 workers), "tiny" (of 1 ns), "one",
 * "none", "live".
 */
export function oddRun(what) {
    const shapes = {
        dense: { slices: 50000, workers: 16 },
        binned: { slices: 200000, workers: 12, mean: 4e5, binned: 800 },
        wide: { slices: 20000, workers: 100, executors: true },
        tiny: { slices: 2000, workers: 2, mean: 1, bad: 0.01 },
        one: { slices: 1, workers: 1, names: 1, bad: 0 },
        none: { slices: 0, workers: 0, names: 0 },
        names: { slices: 3000, workers: 6, names: 40 },
    };
    const shape = { names: 12, ...shapes[what] };
    const timeline = denseTimeline(shape);
    const names = Array.from({ length: shape.names }, (_, i) => `${words[i % words.length]}${i < words.length ? "" : i}`);
    const status = statusOf(names, { elapsed: timeline.end, workers: shape.workers, tasks: shape.slices });
    const series = denseSeries({
        end: timeline.end,
        workers: Math.max(1, shape.workers),
        holders: Math.min(8, shape.names),
        steps: shape.slices > 1 ? 600 : shape.slices,
    });
    const graph = layeredGraph({
        nodes: Math.min(300, shape.slices),
        edges: 800,
        names: Math.max(1, Math.min(8, shape.names)),
        state: 1,
        grows: false,
    });
    const tasks = { rev: 1, total: shape.slices, count: 0, offset: 0, rows: [] };
    return { status, timeline, series, graph, tasks, path: { rev: 1 } };
}
