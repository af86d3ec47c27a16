// SPDX-License-Identifier: MIT
// What of the page needs no browser: node --test pure.test.mjs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { channels, contrast, nameSlots, slots } from "../../cmd/page/src/colors.js";
import { addColumns, clearColumns, divide, makeColumns, raster } from "../../cmd/page/src/columns.js";
import { few, percent } from "../../cmd/page/src/format.js";
import { edgePath, box, forward, neighbour, obstacles, place, structure } from "../../cmd/page/src/layout.js";
import { reportTask, reportTasks } from "../../cmd/page/src/reported.js";
import { binAt, hit, indexTimeline, stops, visible } from "../../cmd/page/src/rows.js";
import { tickLabel, ticks, tickStep } from "../../cmd/page/src/ticks.js";
import { clampWindow, following, moved, query, revealing, zoomed } from "../../cmd/page/src/window.js";
import { denseTimeline, layeredGraph } from "./odd.mjs";

const source = (name) => readFileSync(new URL(`../../cmd/page/src/${name}`, import.meta.url), "utf8");

// ---- texts and reports -----------------------------------------------------------------------------------------------------------

test("small numbers are not rounded to nothing", () => {
    assert.deepEqual([12.3, 0.81, 0.1, 0.0203].map(few), ["12", "0.8", "0.1", "0.02"]);
    assert.deepEqual([percent(0, 9), percent(1, 900), percent(1, 3), percent(9, 9)], ["0%", "under 1%", "33%", "100%"]);
});

test("what a page has kept of a run does not tell what it does not know", () => {
    const rows = [
        { id: 1, name: 0, label: "a(1)", state: "done" },
        { id: 2, name: 0, label: "a(2)", state: "done", needs: [1] },
    ];
    const run = { status: { names: [{ name: "a" }] }, tasks: { total: 9, rows } };
    const told = reportTask(run, { id: 2 });
    assert.deepEqual([told.needs_total, reportTask(run, { id: 1 }).needed_by_total], [1, 1]);
    const kept = { ...run, kept: true };
    assert.equal(reportTask(kept, { id: 1 }).needs, undefined);
    assert.throws(() => reportTask(run, { id: 3 }), /report does not have it/);
    assert.throws(() => reportTask(kept, { id: 3 }), /page has not kept it/);
    assert.deepEqual([reportTasks(kept, {}).kept, reportTasks(run, {}).kept], [true, undefined]);
});

// ---- colours ---------------------------------------------------------------------------------------------------------------------

/** Values of --name-0 ... in the first block of names.css (light) and the last (dark). */
function palettes() {
    const blocks = source("names.css").match(/\{[^{}]*--name-0[^{}]*\}/g);
    return [blocks[0], blocks.at(-1)].map((block) =>
        [...block.matchAll(/--name-(?:\d+|other): (#[0-9a-f]{6})/g)].map(([, value]) => value),
    );
}

// As eyes see a colour that lack one of their three kinds of cones (Machado 2009), and in a space where distances mean
// something (OKLab).
const eyes = [
    [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
    ],
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
];
const linear = (colour) =>
    channels(colour).map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
function seen(colour, eye) {
    const [r, g, b] = eye.map((row) =>
        Math.min(
            1,
            Math.max(
                0,
                row.reduce((sum, part, i) => sum + part * linear(colour)[i], 0),
            ),
        ),
    );
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return [
        0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
}
const apart = (one, other, eye) => Math.hypot(...seen(one, eye).map((value, i) => value - seen(other, eye)[i]));

test("names have twelve colours that stand out, in both themes", () => {
    const [light, dark] = palettes();
    for (const [colours, grounds] of [
        [light, ["#ffffff", "#f6f7f9"]],
        [dark, ["#12161b", "#1a1f26"]],
    ]) {
        assert.equal(colours.length, slots + 1);
        for (const colour of colours)
            for (const ground of grounds)
                assert.ok(contrast(colour, ground) >= 3, `${colour} on ${ground}: ${contrast(colour, ground)}`);
    }
    assert.equal(source("names.css").match(/--name-11: /g).length, 3, "the dark ones stand there twice");
});

test("eyes that see few colours tell names apart", () => {
    for (const colours of palettes())
        for (const [i, one] of colours.slice(0, slots).entries())
            for (const other of colours.slice(0, i)) {
                assert.ok(apart(one, other, eyes[0]) > 0.07, `${one} and ${other}: ${apart(one, other, eyes[0])}`);
                for (const eye of eyes.slice(1))
                    assert.ok(apart(one, other, eye) > 0.035, `${one} and ${other}: ${apart(one, other, eye)}`);
            }
});

test("a name keeps its colour while others are added, and helpers have none", () => {
    const names = Array.from({ length: 30 }, (_, i) => ({ name: `n${i}`, kind: i % 7 === 3 ? "helper" : "task" }));
    const all = nameSlots(names);
    for (let size = 0; size <= names.length; size++) assert.deepEqual(nameSlots(names.slice(0, size)), all.slice(0, size));
    assert.ok(names.every(({ kind }, i) => (kind === "helper") === (all[i] === -1)));
    assert.equal(new Set(all.filter((slot) => slot >= 0).slice(0, slots)).size, slots);
});

// ---- time ------------------------------------------------------------------------------------------------------------------------

test("marks of an axis are round, few, in order and each has another text", () => {
    for (const span of [1, 7, 20, 999, 5e3, 123456, 3.3e7, 1e9, 2.5e9, 59e9, 61e9, 3599e9, 7200e9, 90000e9, 4e14, 3e16])
        for (const from of [0, span * 0.3, span * 1000])
            for (const most of [2, 5, 12]) {
                const begin = Math.round(from);
                const found = ticks(begin, begin + span, most);
                const step = tickStep(span, most);
                assert.ok(found.length <= most + 1 && found.length >= 1 - (from > 0), `${span} ${most}: ${found.length}`);
                assert.ok(
                    found.every(
                        (tick, i) =>
                            tick >= begin - 1e-6 * span && tick <= begin + span * 1.000001 && (!i || tick > found[i - 1]),
                    ),
                );
                const texts = found.map((tick) => tickLabel(tick, step));
                assert.equal(new Set(texts).size, texts.length, texts.join(" "));
            }
});

test("marks read well", () => {
    const texts = (from, to, most) =>
        ticks(from, to, most)
            .map((tick) => tickLabel(tick, tickStep(to - from, most)))
            .join(" ");
    assert.equal(texts(0, 20, 4), "0 5 ns 10 ns 15 ns 20 ns");
    assert.equal(texts(0, 2.5e9, 5), "0 500 ms 1.0 s 1.5 s 2.0 s 2.5 s");
    assert.equal(texts(0, 3600e9, 6), "0 10:00 20:00 30:00 40:00 50:00 1:00:00");
    assert.equal(texts(59e9, 61e9, 4), "59.0 s 59.5 s 1:00.0 1:00.5 1:01.0");
    assert.equal(texts(0, 3 * 86400e9, 3), "0 1 d 2 d 3 d");
});

test("a window stays within the run, and is null where it is all of it", () => {
    assert.equal(clampWindow({ from: -5, to: 2000 }, 1000), null);
    assert.deepEqual(clampWindow({ from: -100, to: 100 }, 1000), { from: 0, to: 200 });
    assert.deepEqual(clampWindow({ from: 950, to: 1150 }, 1000), { from: 800, to: 1000 });
    const narrow = clampWindow({ from: 500, to: 500 }, 1000);
    assert.equal(narrow.to - narrow.from, 20);
    assert.equal(clampWindow({ from: 0, to: 0 }, 1), null);
    assert.deepEqual(moved({ from: 100, to: 300 }, 1000, 5000), { from: 800, to: 1000 });
    assert.deepEqual(following({ from: 100, to: 300 }, 1000), { from: 800, to: 1000 });
    assert.equal(following(null, 1000), null);
    const near = zoomed({ from: 0, to: 1000 }, 1000, 0.5, 100);
    assert.deepEqual(near, { from: 50, to: 550 });
    assert.equal(zoomed(near, 1000, 2, 100), null);
    const to = revealing({ from: 0, to: 100 }, 1000, { begin: 150, end: 160 });
    assert.ok(to.from <= 150 && to.to >= 160 && Math.abs(to.to - to.from - 100) < 1e-9);
});

test("a small move asks for nothing new, and what is asked for holds what is seen", () => {
    const end = 1e12;
    let asked = new Set();
    for (let i = 0; i < 100; i++) {
        const window = { from: 4e11 + i * 1e8, to: 4.1e11 + i * 1e8 };
        const wanted = query(window, end, 5000);
        assert.ok(wanted.from <= window.from && wanted.to >= window.to && wanted.to - wanted.from < 5 * 1e10);
        asked.add(`${wanted.from}-${wanted.to}`);
    }
    assert.ok(asked.size < 12, `${asked.size} questions`);
    assert.deepEqual(query(null, end, 5000), { max: 5000 });
});

// ---- rows ------------------------------------------------------------------------------------------------------------------------

const small = () => ({
    from: 0,
    to: 100,
    end: 100,
    left_out: 3,
    rows: [
        { worker: 0, away: false },
        { worker: 0, away: true },
    ],
    slices: {
        row: [0, 0, 1, 0],
        name: [1, 0, 0, 2],
        begin: [50, 0, 10, 60],
        length: [40, 30, 5, 5],
        fate: [1, 2, 1, 0],
        id: [7, 2 ** 40, 9, 11],
        part: [0, 0, 0, 1],
    },
    spans: { row: [0], kind: [3], begin: [30], length: [20] },
    bins: { width: 10, row: [1, 1, 1], bin: [5, 5, 6], name: [0, 1, 1], busy: [2, 5, 10], count: [20, 50, 3] },
});

test("what is at a place is found, also within another slice", () => {
    const model = indexTimeline(small());
    const [near, far] = model.rows;
    assert.equal(hit(near, 15, 1).id, 2 ** 40);
    assert.equal(hit(near, 62, 1).id, 11);
    assert.equal(hit(near, 75, 1).id, 7);
    assert.equal(hit(near, 40, 1).span, 3);
    assert.equal(hit(near, 95, 1), undefined);
    assert.equal(hit(near, 91, 2).id, 7, "just beside it");
    assert.equal(
        hit(near, 15, 1, (name) => name !== 0),
        undefined,
    );
    const sum = hit(far, 55, 1);
    assert.equal(sum.count, 70);
    assert.deepEqual(
        sum.names.map(({ name }) => name),
        [1, 0],
    );
    assert.equal(binAt(far, 1).count, 70);
    assert.deepEqual(
        stops(near).map(({ begin }) => begin),
        [0, 50, 60],
    );
    assert.deepEqual(
        stops(far).map(({ begin }) => begin),
        [10, 50, 60],
    );
    assert.deepEqual(
        stops(far, (name) => name === 1).map(({ begin }) => begin),
        [50, 60],
    );
});

test("nothing is fine, too", () => {
    const model = indexTimeline({ rev: 1, end: 0 });
    assert.deepEqual(model.rows, []);
    const one = indexTimeline({ ...small(), slices: undefined, spans: undefined, bins: undefined });
    assert.deepEqual(visible(one.rows[0].slices, 0, 100), [0, 0]);
});

test("what is in sight is what a look at all finds", () => {
    const document = denseTimeline({ slices: 3000, workers: 3, mean: 1000 });
    const model = indexTimeline(document);
    const { slices } = document;
    for (let i = 0; i < 200; i++) {
        const from = (document.end * i) / 200;
        const to = from + document.end / (1 + (i % 17));
        for (const [at, row] of model.rows.entries()) {
            const [low, high] = visible(row.slices, from, to);
            const found = [];
            for (let j = low; j < high; j++) if (row.slices.end[j] >= from) found.push(row.slices.id[j]);
            const all = slices.id.filter(
                (_, j) => slices.row[j] === at && slices.begin[j] <= to && slices.begin[j] + slices.length[j] >= from,
            );
            assert.deepEqual(
                found.sort((a, b) => a - b),
                all.sort((a, b) => a - b),
            );
        }
    }
});

// ---- pixels ----------------------------------------------------------------------------------------------------------------------

const sumOf = (columns, layer) =>
    columns.share.subarray(layer * columns.width, (layer + 1) * columns.width).reduce((sum, share) => sum + share, 0);

test("each column has as much as it covers", () => {
    const columns = makeColumns(2, 10);
    addColumns(columns, 0, 1.25, 1.75);
    addColumns(columns, 1, 2.5, 5.25, 0.5);
    addColumns(columns, 0, -5, 0.5);
    addColumns(columns, 0, 9.5, 99);
    addColumns(columns, 0, 20, 30);
    assert.deepEqual([...columns.share.subarray(0, 10)], [0.5, 0.5, 0, 0, 0, 0, 0, 0, 0, 0.5]);
    assert.deepEqual([...columns.share.subarray(10)], [0, 0, 0.25, 0.5, 0.5, 0.125, 0, 0, 0, 0]);
    clearColumns(columns);
    assert.ok(!columns.used && columns.share.every((share) => share === 0));
});

test("however narrow slices are, none of their time is lost, and failures are marked", () => {
    const document = denseTimeline({ slices: 20000, workers: 2, mean: 1000, bad: 0.01 });
    const model = indexTimeline(document);
    for (const width of [50, 333, 1000]) {
        const scale = width / document.end;
        for (const [at, row] of model.rows.entries()) {
            const columns = makeColumns(13, width);
            const wide = divide(row, { from: 0, to: document.end }, scale, columns, (name) => name % 13, 1);
            const drawn = wide.reduce((sum, i) => sum + (row.slices.end[i] - row.slices.begin[i]) * scale, 0);
            const added = columns.share.reduce((sum, share) => sum + share, 0);
            const all =
                document.slices.length.reduce((sum, length, i) => sum + (document.slices.row[i] === at ? length : 0), 0) *
                scale;
            assert.ok(Math.abs(drawn + added - all) < all * 0.001 + 0.5, `${drawn} + ${added} of ${all}`);
            assert.ok(columns.mark.some((mark) => mark === 1) && columns.mark.some((mark) => mark === 2));
        }
    }
});

test("sums are drawn in proportion, what is there is seen, and what is filtered out is not", () => {
    const model = indexTimeline(small());
    const columns = makeColumns(3, 100);
    const all = divide(model.rows[1], { from: 0, to: 100 }, 1, columns, (name) => name);
    assert.equal(all.length, 1);
    assert.ok(Math.abs(sumOf(columns, 0) - 2) < 1e-5 && Math.abs(sumOf(columns, 1) - 15) < 1e-5);
    const pixels = new Uint32Array(100 * 20);
    raster(columns, 20, pixels, [1, 2, 3], 2);
    const height = (x, colour) =>
        Array.from({ length: 20 }, (_, y) => pixels[y * 100 + x]).filter((found) => found === colour).length;
    assert.deepEqual([height(55, 1), height(55, 2), height(65, 2), height(65, 1), height(45, 1)], [4, 10, 20, 0, 0]);
    assert.equal(pixels[19 * 100 + 55], 1, "stacks stand below");
    divide(model.rows[1], { from: 0, to: 100 }, 1, columns, (name) => (name === 1 ? 1 : -1));
    assert.equal(sumOf(columns, 0), 0);
    clearColumns(columns);
    addColumns(columns, 0, 3.1, 3.101);
    addColumns(columns, 0, 7, 8, 5);
    pixels.fill(0);
    raster(columns, 20, pixels, [1, 2, 3], 2);
    assert.deepEqual([height(3, 1), height(7, 1), height(4, 1)], [2, 20, 0]);
});

// ---- graph -----------------------------------------------------------------------------------------------------------------------

const shifted = (before, after) =>
    [...before]
        .filter(([key, { x, y }]) => after.get(key) && (after.get(key).x !== x || after.get(key).y !== y))
        .map(([key]) => key);

function sound(graph, places) {
    const columns = new Map();
    for (const { key } of graph.nodes) {
        const { column, x, y } = places.get(key);
        assert.ok(Number.isFinite(x) && Number.isFinite(y) && column >= 0, key);
        (columns.get(column) ?? columns.set(column, []).get(column)).push(y);
    }
    for (const [column, all] of columns) {
        all.sort((a, b) => a - b);
        for (let i = 1; i < all.length; i++)
            assert.ok(all[i] - all[i - 1] >= box.height, `nodes overlap in column ${column}: ${all[i - 1]}, ${all[i]}`);
    }
}

test("nodes stand right of what they need and beside each other, with 300 of them as with none", () => {
    for (const nodes of [0, 1, 2, 40, 300]) {
        const graph = layeredGraph({ nodes, edges: 800 });
        const places = place(graph);
        assert.equal(places.size, nodes);
        sound(graph, places);
        for (const { from, to } of graph.edges)
            assert.ok(places.get(graph.nodes[from].key).x < places.get(graph.nodes[to].key).x);
    }
});

test("a graph that grows moves nothing that stands", () => {
    let graph = layeredGraph({ nodes: 12 });
    let places = place(graph);
    for (let nodes = 13; nodes <= 300; nodes += 7) {
        graph = layeredGraph({ nodes });
        const next = place(graph, places);
        sound(graph, next);
        assert.deepEqual(shifted(places, next), [], `${nodes} nodes`);
        places = next;
    }
});

test("what needs something new moves right, and nothing else does", () => {
    const node = (key) => ({ key });
    const edge = (from, to) => ({ from, to });
    const before = { level: "tasks", nodes: ["a", "b", "end", "other"].map(node), edges: [edge(0, 2), edge(1, 2)] };
    const old = place(before);
    const after = {
        level: "tasks",
        nodes: ["a", "b", "end", "other", "new", "newer"].map(node),
        edges: [edge(0, 2), edge(1, 2), edge(0, 4), edge(4, 5), edge(5, 2)],
    };
    const places = place(after, old);
    assert.deepEqual(shifted(old, places), ["end"]);
    assert.equal(places.get("end").column, 3);
    assert.equal(places.get("end").y, old.get("end").y);
    sound(after, places);
});

test("circles, loops and edges that lead nowhere do no harm", () => {
    const graph = {
        level: "names",
        nodes: [{ key: "a" }, { key: "b" }, { key: "c" }],
        edges: [
            { from: 0, to: 1 },
            { from: 1, to: 0 },
            { from: 2, to: 2 },
            { from: 1, to: 2 },
            { from: 2, to: 0 },
        ],
    };
    sound(graph, place(graph));
    const places = place(graph);
    for (const { from, to } of graph.edges)
        assert.match(edgePath(places.get(graph.nodes[from].key), places.get(graph.nodes[to].key)), /^M[-\d.]+,[-\d.]+C/);
    assert.equal(forward(3, graph.edges).order.length, 3);
});

test("an edge passes between the nodes of a column, not through one", () => {
    const at = (column, y) => ({ column, x: column * (box.width + box.right) + box.width / 2, y });
    const places = new Map([
        ["a", at(0, 0)],
        ["b", at(1, 0)],
        ["c", at(1, box.height + box.below)],
        ["d", at(2, 0)],
    ]);
    const path = edgePath(places.get("a"), places.get("d"), obstacles(places));
    const passes = [...path.matchAll(/ ([-\d.]+),([-\d.]+)H/g)].map(([, , y]) => Number(y));
    assert.equal(passes.length, 1);
    for (const y of [0, box.height + box.below])
        assert.ok(Math.abs(passes[0] - y) >= box.height / 2, `${passes[0]} through ${y}`);
    assert.doesNotMatch(edgePath(places.get("a"), places.get("b"), obstacles(places)), /H/);
});

test("the layout depends on the structure alone", () => {
    const one = layeredGraph({ nodes: 50, state: 0.1 });
    const other = layeredGraph({ nodes: 50, state: 0.9 });
    assert.equal(structure(one), structure(other));
    assert.notEqual(structure(one), structure(layeredGraph({ nodes: 51 })));
    assert.notEqual(structure(one), structure({ ...one, level: "names" }));
});

test("keys lead along edges and up and down a column", () => {
    const graph = layeredGraph({ nodes: 36, edges: 60 });
    const places = place(graph);
    for (let at = 0; at < 36; at++) {
        const right = neighbour(graph, places, at, "ArrowRight");
        assert.ok(
            right < 0
                ? !graph.edges.some(({ from }) => from === at)
                : graph.edges.some(({ from, to }) => from === at && to === right),
        );
        const left = neighbour(graph, places, at, "ArrowLeft");
        assert.ok(left < 0 || graph.edges.some(({ from, to }) => to === at && from === left));
        const down = neighbour(graph, places, at, "ArrowDown");
        if (down >= 0) assert.ok(places.get(graph.nodes[down].key).y > places.get(graph.nodes[at].key).y);
        if (down >= 0 && places.get(graph.nodes[down].key).column === places.get(graph.nodes[at].key).column)
            assert.equal(neighbour(graph, places, down, "ArrowUp"), at);
    }
});
