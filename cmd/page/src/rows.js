// SPDX-License-Identifier: MIT
// The document `timeline`, row by row and in the order of time, so that what can be seen is found without looking at all.

/** Of what has come to a slice, by its number in the document. */
export const fates = ["running", "done", "failed", "caught", "skipped", "failed, tried again", "goes on later"];
export const fate = { running: 0, done: 1, failed: 2, caught: 3, skipped: 4, attempt: 5, stretch: 6 };
export const spanKinds = ["idle", "steal", "spawn", "transfer"];

function byRow(columns, rows) {
    const count = new Int32Array(rows + 1);
    for (const row of columns.row) count[row + 1]++;
    for (let row = 0; row < rows; row++) count[row + 1] += count[row];
    const at = count.slice();
    const order = new Int32Array(columns.row.length);
    columns.row.forEach((row, i) => (order[at[row]++] = i));
    return Array.from({ length: rows }, (_, row) => order.subarray(count[row], count[row + 1]));
}

// Columns of a row, sorted by their begin. reach: the latest end of all up to there, so that it never falls.
function sorted(columns, order, names) {
    const { begin, length } = columns;
    const mine = order.slice().sort((a, b) => begin[a] - begin[b] || length[b] - length[a]);
    const found = {
        size: mine.length,
        begin: Float64Array.from(mine, (i) => begin[i]),
        end: Float64Array.from(mine, (i) => begin[i] + length[i]),
        reach: new Float64Array(mine.length),
    };
    for (const name of names) found[name] = Float64Array.from(mine, (i) => columns[name]?.[i] ?? 0);
    let reach = -Infinity;
    for (let i = 0; i < mine.length; i++) found.reach[i] = reach = Math.max(reach, found.end[i]);
    return found;
}

const none = { row: [], name: [], begin: [], length: [], fate: [], id: [], part: [], kind: [], bin: [], busy: [], count: [] };

/** {rows: [{worker, away, slices, spans, bins}], from, to, end, leftOut, size} */
export function indexTimeline(document) {
    const { rows = [], from = 0, end = 0 } = document;
    const slices = document.slices ?? none;
    const spans = document.spans ?? none;
    const bins = document.bins ?? none;
    const binned = {
        ...bins,
        begin: bins.bin.map((bin) => from + bin * bins.width),
        length: bins.bin.map(() => bins.width ?? 0),
    };
    const [mine, theirs, sums] = [byRow(slices, rows.length), byRow(spans, rows.length), byRow(binned, rows.length)];
    return {
        from,
        to: document.to ?? end,
        end,
        leftOut: document.left_out ?? 0,
        size: slices.row.length,
        rows: rows.map((row, i) => ({
            worker: row.worker,
            away: Boolean(row.away),
            slices: sorted(slices, mine[i], ["name", "fate", "id", "part"]),
            spans: sorted(spans, theirs[i], ["kind"]),
            bins: sorted(binned, sums[i], ["name", "count", "busy"]),
        })),
    };
}

// The first index from which test holds, of those for which it holds from somewhere on.
function first(size, test) {
    let low = 0;
    let high = size;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (test(middle)) high = middle;
        else low = middle + 1;
    }
    return low;
}

/** [first, behind the last] of what reaches into a window; among them can be some that do not. */
export const visible = (part, from, to) => [
    first(part.size, (i) => part.reach[i] >= from),
    first(part.size, (i) => part.begin[i] > to),
];

/** The last slice (or span) of a row that is there at a time, give or take `slack` ns where there is none exactly; -1: none. */
export function at(part, time, slack = 0) {
    const [low, high] = visible(part, time - slack, time + slack);
    let best = -1;
    let distance = Infinity;
    for (let i = high - 1; i >= low; i--) {
        const off = Math.max(0, part.begin[i] - time, time - part.end[i]);
        if (off < distance && off <= slack) {
            best = i;
            distance = off;
            if (!off) break;
        }
    }
    return best;
}

/**
 * What stands at an index of a row, for tooltips and tables: {kind: "slice", ...}, or {kind: "bin", names: [{name, count,
 * busy}], count}, all that is added up at the same place.
 */
export function sliceAt(row, i) {
    const { begin, end, name, fate, id, part } = row.slices;
    return { kind: "slice", begin: begin[i], end: end[i], name: name[i], fate: fate[i], id: id[i], part: part[i] };
}

export function binAt(row, i) {
    const { bins } = row;
    let low = i;
    while (low > 0 && bins.begin[low - 1] === bins.begin[i]) low--;
    const names = [];
    let count = 0;
    for (let j = low; j < bins.size && bins.begin[j] === bins.begin[i]; j++) {
        names.push({ name: bins.name[j], count: bins.count[j], busy: bins.busy[j] });
        count += bins.count[j];
    }
    names.sort((a, b) => b.busy - a.busy);
    return { kind: "bin", begin: bins.begin[i], end: bins.end[i], names, count };
}

export function spanAt(row, i) {
    const { begin, end, kind } = row.spans;
    return { kind: "span", begin: begin[i], end: end[i], span: kind[i] };
}

/**
 * What a pointer is at: spans other than idle first, since they are drawn above; shown(name): whether a name is not filtered
 * out.
 */
export function hit(row, time, slack, shown = () => true) {
    const span = at(row.spans, time, slack / 2);
    if (span >= 0 && row.spans.kind[span] !== 0 && row.spans.begin[span] <= time + slack / 2) return spanAt(row, span);
    const slice = at(row.slices, time, slack);
    if (slice >= 0 && shown(row.slices.name[slice])) return sliceAt(row, slice);
    const bin = at(row.bins, time);
    if (bin >= 0) {
        const found = binAt(row, bin);
        if (found.names.some(({ name }) => shown(name))) return found;
    }
    return span >= 0 ? spanAt(row, span) : undefined;
}

/** The stops of a keyboard cursor in a row: slices and sums in the order of time, of names that are shown. */
export function stops(row, shown = () => true) {
    const { slices, bins } = row;
    const found = [];
    for (let i = 0; i < slices.size; i++) if (shown(slices.name[i])) found.push({ begin: slices.begin[i], slice: i });
    let last;
    for (let i = 0; i < bins.size; i++)
        if (bins.begin[i] !== last && shown(bins.name[i])) found.push({ begin: (last = bins.begin[i]), bin: i });
    return found.sort((a, b) => a.begin - b.begin);
}
