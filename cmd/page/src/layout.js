// SPDX-License-Identifier: MIT
// Where the nodes of a graph stand: in columns from left to right, each right of all that it needs. A graph that is new is laid
// out as a whole, by dagre where that is quick, else here; one that has grown keeps what stands, and its new nodes find places
// among it, as near to what they need as there is room. An old node moves only where something new must stand left of it.

export const box = { width: 168, height: 40, right: 60, below: 10 };
const pitch = box.height + box.below;

/** What a layout depends on, as a text: as long as it stays the same, so does the layout. */
export const structure = ({ level, nodes, edges }) =>
    `${level}\n${nodes.map(({ key }) => key).join()}\n${edges.map(({ from, to }) => `${from}-${to}`).join()}`;

/**
 * Edges as [from, to] without those that close a circle, and the nodes in an order in which each comes behind what it needs.
 */
export function forward(count, edges) {
    const next = Array.from({ length: count }, () => []);
    for (const { from, to } of edges) if (from !== to && from < count && to < count) next[from].push(to);
    const seen = new Uint8Array(count);
    const order = [];
    const kept = [];
    for (let start = 0; start < count; start++) {
        if (seen[start]) continue;
        const stack = [[start, 0]];
        seen[start] = 1;
        while (stack.length) {
            const top = stack.at(-1);
            const [node, at] = top;
            if (at < next[node].length) {
                top[1]++;
                const to = next[node][at];
                if (seen[to] === 1) continue;
                kept.push([node, to]);
                if (!seen[to]) {
                    seen[to] = 1;
                    stack.push([to, 0]);
                }
            } else {
                seen[node] = 2;
                order.push(node);
                stack.pop();
            }
        }
    }
    return { order: order.reverse(), kept };
}

function neighbours(count, kept) {
    const needs = Array.from({ length: count }, () => []);
    const users = Array.from({ length: count }, () => []);
    for (const [from, to] of kept) {
        needs[to].push(from);
        users[from].push(to);
    }
    return { needs, users };
}

// The longest way to each node; what needs nothing stands beside the first that needs it.
function columnsOf(order, { needs, users }) {
    const column = new Int32Array(order.length);
    for (const node of order) for (const need of needs[node]) column[node] = Math.max(column[node], column[need] + 1);
    for (const node of order)
        if (!needs[node].length && users[node].length)
            column[node] = Math.max(0, Math.min(...users[node].map((user) => column[user])) - 1);
    return column;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// Columns are put in order by what their nodes are joined to, some times to and fro, then each is drawn towards that.
function layered(count, { needs, users }, column) {
    const columns = [];
    for (let node = 0; node < count; node++) (columns[column[node]] ??= []).push(node);
    const filled = columns.filter(Boolean);
    const y = new Float64Array(count);
    for (const nodes of filled) nodes.forEach((node, at) => (y[node] = (at - (nodes.length - 1) / 2) * pitch));
    for (let round = 0; round < 14; round++) {
        const rightwards = round % 2 === 0;
        const wanted = rightwards ? needs : users;
        for (const nodes of rightwards ? filled : filled.slice().reverse()) {
            const aim = new Map(
                nodes.map((node) => [node, wanted[node].length ? mean(wanted[node].map((other) => y[other])) : y[node]]),
            );
            nodes.sort((a, b) => aim.get(a) - aim.get(b) || a - b);
            spread(nodes, aim, y);
        }
    }
    return y;
}

// Gives nodes, in their order, places as near to those they aim at as the distance between them allows: runs that touch share
// their shift.
function spread(nodes, aim, y) {
    const runs = [];
    for (const node of nodes) {
        let run = { size: 1, start: aim.get(node) };
        while (runs.length && runs.at(-1).start + runs.at(-1).size * pitch > run.start) {
            const last = runs.pop();
            run = {
                size: last.size + run.size,
                start: (last.start * last.size + (run.start - last.size * pitch) * run.size) / (last.size + run.size),
            };
        }
        runs.push(run);
    }
    let at = 0;
    for (const { size, start } of runs) for (let i = 0; i < size; i++) y[nodes[at++]] = start + i * pitch;
}

/** The nearest place to `wanted` in a column with such places taken. */
export function freePlace(taken, wanted) {
    const fits = (y) => taken.every((other) => Math.abs(other - y) >= pitch - 0.01);
    if (fits(wanted)) return wanted;
    let best = Infinity;
    for (const other of taken)
        for (const y of [other - pitch, other + pitch]) if (Math.abs(y - wanted) < Math.abs(best - wanted) && fits(y)) best = y;
    return best;
}

function grow(graph, { order, near }, old) {
    const { needs, users } = near;
    const count = graph.nodes.length;
    const known = graph.nodes.map(({ key }) => old.get(key));
    const column = new Int32Array(count);
    for (const node of order) {
        let least = 0;
        for (const need of needs[node]) least = Math.max(least, column[need] + 1);
        const placed = users[node].filter((user) => known[user]).map((user) => known[user].column);
        column[node] = known[node]
            ? Math.max(known[node].column, least)
            : needs[node].length || !placed.length
              ? least
              : Math.max(0, Math.min(...placed) - 1);
    }
    const taken = [];
    const y = new Float64Array(count).fill(NaN);
    const put = (node, place) => {
        y[node] = place;
        (taken[column[node]] ??= []).push(place);
    };
    for (let node = 0; node < count; node++) if (known[node]?.column === column[node]) put(node, known[node].y);
    for (const node of order) {
        if (!Number.isNaN(y[node])) continue;
        const beside = [...needs[node], ...users[node]].map((other) => y[other]).filter((place) => !Number.isNaN(place));
        const wanted =
            known[node]?.y ??
            (beside.length ? mean(beside) : (taken[column[node]]?.at(-1) ?? 0) + (taken[column[node]] ? pitch : 0));
        put(node, freePlace(taken[column[node]] ?? [], wanted));
    }
    return { column, y };
}

/**
 * Places of all nodes of a graph (as in the document `graph`), by their keys: Map of {column, x, y}, the middle of each. old:
 * those before it grew, or undefined: all is laid out anew. small(graph): gives {column, y} of a graph that it can lay out in
 * time, undefined of another.
 */
export function place(graph, old, small = () => undefined) {
    const count = graph.nodes.length;
    const { order, kept } = forward(count, graph.edges);
    const near = neighbours(count, kept);
    let found;
    if (old && graph.nodes.some(({ key }) => old.has(key))) found = grow(graph, { order, near }, old);
    else found = small(graph);
    if (!found) {
        const column = columnsOf(order, near);
        found = { column, y: layered(count, near, column) };
    }
    const places = new Map();
    graph.nodes.forEach(({ key }, at) =>
        places.set(key, {
            column: found.column[at],
            x: found.column[at] * (box.width + box.right) + box.width / 2,
            y: found.y[at],
        }),
    );
    return places;
}

/** {left, top, right, bottom} of all places, with the nodes around them. */
export function bounds(places) {
    const found = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (const { x, y } of places.values()) {
        found.left = Math.min(found.left, x - box.width / 2);
        found.right = Math.max(found.right, x + box.width / 2);
        found.top = Math.min(found.top, y - box.height / 2);
        found.bottom = Math.max(found.bottom, y + box.height / 2);
    }
    return found.left < found.right ? found : { left: 0, top: 0, right: box.width, bottom: box.height };
}

/** Of each column where its nodes stand, from above: what edges that pass have to avoid. */
export function obstacles(places) {
    const found = [];
    for (const { column, y } of places.values()) (found[column] ??= []).push(y);
    for (const column of found) column?.sort((a, b) => a - b);
    return found;
}

// The nearest place to `wanted` between the nodes of a column, for a line.
function gap(taken, wanted) {
    const away = box.height / 2 + box.below / 2;
    const hits = (y) => taken.some((other) => Math.abs(other - y) < away - 0.01);
    if (!taken?.length || !hits(wanted)) return wanted;
    let best = Infinity;
    for (const other of taken)
        for (const y of [other - away, other + away]) if (Math.abs(y - wanted) < Math.abs(best - wanted) && !hits(y)) best = y;
    return Number.isFinite(best) ? best : wanted;
}

// Where an edge passes a column on its way, as near to the straight line as its nodes allow.
function passing(from, to, column, columns) {
    const [x, u] = [from.x + box.width / 2, to.x - box.width / 2];
    const middle = column * (box.width + box.right) + box.width / 2;
    return gap(columns[column] ?? [], from.y + ((to.y - from.y) * (middle - x)) / (u - x));
}

// How high an edge that leads back stands above both.
const over = (from, to) => Math.min(from.y, to.y) - box.height / 2 - 26;

/** Where the number of an edge stands: right behind where it comes from, beside others that end at the same node. */
export function edgeLabel(from, to, columns = []) {
    if (to.column <= from.column) return { x: (from.x + to.x) / 2, y: over(from, to) - 5 };
    const next = to.column === from.column + 1 ? to.y : passing(from, to, from.column + 1, columns);
    return { x: from.x + (box.width + box.right) / 2, y: (from.y + next) / 2 - 4 };
}

/**
 * The way of an edge as a path of SVG: a wave from the right of one node to the left of another, between the nodes of the
 * columns that it passes (obstacles' answer, or none); around both where it leads back.
 */
export function edgePath(from, to, columns = []) {
    const [x, u] = [from.x + box.width / 2, to.x - box.width / 2];
    if (u <= x) {
        const y = over(from, to);
        return `M${x},${from.y}C${x + 40},${from.y} ${x + 40},${y} ${x},${y}L${u},${y}C${u - 40},${y} ${u - 40},${to.y} ${u},${to.y}`;
    }
    let path = `M${x},${from.y}`;
    let [left, y] = [x, from.y];
    const wave = (right, z) => {
        const bend = (right - left) / 2;
        path += `C${left + bend},${y} ${right - bend},${z} ${right},${z}`;
    };
    for (let column = from.column + 1; column < to.column; column++) {
        const begin = column * (box.width + box.right);
        const z = passing(from, to, column, columns);
        wave(begin, z);
        path += `H${begin + box.width}`;
        [left, y] = [begin + box.width, z];
    }
    wave(u, to.y);
    return path;
}

/**
 * The node to go to from `at` by an arrow key: to what needs it or what it needs, the nearest; up and down in its column, or
 * beyond it. -1: none.
 */
export function neighbour(graph, places, at, key) {
    const here = places.get(graph.nodes[at].key);
    const of = (node) => places.get(graph.nodes[node].key);
    const nearest = (nodes, distance) =>
        nodes.reduce((best, node) => (best < 0 || distance(of(node)) < distance(of(best)) ? node : best), -1);
    if (key === "ArrowRight" || key === "ArrowLeft") {
        const joined = graph.edges
            .filter(({ from, to }) => (key === "ArrowRight" ? from : to) === at)
            .map(({ from, to }) => (key === "ArrowRight" ? to : from));
        return nearest(
            joined.filter((node) => node !== at),
            ({ x, y }) => Math.abs(x - here.x) + Math.abs(y - here.y),
        );
    }
    const sign = key === "ArrowDown" ? 1 : -1;
    const beyond = graph.nodes.map((_, node) => node).filter((node) => node !== at && (of(node).y - here.y) * sign > 0.5);
    const same = beyond.filter((node) => of(node).column === here.column);
    return nearest(same.length ? same : beyond, ({ x, y }) => Math.abs(y - here.y) + Math.abs(x - here.x) * 2);
}
