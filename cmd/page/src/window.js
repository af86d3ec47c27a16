// SPDX-License-Identifier: MIT
// What part of time is shown: {from, to} in ns, or null for all of it.

/** Nobody needs less than this, in ns. */
export const narrowest = 20;

/** A window within [0, end] that is not too narrow; null where it would be all. */
export function clampWindow({ from, to }, end) {
    const width = Math.min(Math.max(to - from, Math.min(narrowest, end)), end);
    if (width >= end * (1 - 1e-9)) return null;
    const begin = Math.min(Math.max(0, (from + to - width) / 2), end - width);
    return { from: begin, to: begin + width };
}

/** The window `factor` times as wide; `around` stays where it is. */
export function zoomed(window, end, factor, around = (window.from + window.to) / 2) {
    return clampWindow({ from: around - (around - window.from) * factor, to: around + (window.to - around) * factor }, end);
}

export function moved(window, end, by) {
    const width = window.to - window.from;
    const from = Math.min(Math.max(0, window.from + by), Math.max(0, end - width));
    return clampWindow({ from, to: from + width }, end);
}

/** The window of the same width at the present. */
export const following = (window, end) => window && moved(window, end, end - window.to);

/** The window that has [begin, end] in it, moved no more than needed; wider where that is wider. */
export function revealing(window, end, item) {
    if (!window) return null;
    const width = window.to - window.from;
    const length = item.end - item.begin;
    if (length > width) return clampWindow({ from: item.begin - length * 0.1, to: item.end + length * 0.1 }, end);
    if (item.begin < window.from) return moved(window, end, item.begin - window.from - width * 0.1);
    if (item.end > window.to) return moved(window, end, item.end - window.to + width * 0.1);
    return window;
}

/** What to ask for a window: some more to both sides, in steps, so that a small move asks for nothing new. */
export function query(window, end, max) {
    if (!window) return { max };
    const width = window.to - window.from;
    const step = 2 ** Math.ceil(Math.log2(Math.max(width, narrowest))) / 4;
    const from = Math.max(0, Math.floor((window.from - width / 2) / step) * step);
    const to = Math.ceil((window.to + width / 2) / step) * step;
    return from === 0 && to >= end ? { max } : { from: Math.floor(from), to: Math.ceil(to), max };
}

/** How many slices are worth asking for: those that could be seen, within reason. */
export const worthwhile = (width, rows) => Math.min(20000, Math.max(2000, 2 ** Math.ceil(Math.log2((width * rows) / 4 + 1))));
