// SPDX-License-Identifier: MIT
// What is narrower than a pixel, added up by the pixel: how much of each column of a row is which colour. So a million tasks
// look like what they are, and are drawn in the time of as many columns as a screen has.
import { visible } from "./rows.js";

/**
 * A place for the sums of one row of `width` pixels, to be used again and again; layers: how many colours there are.
 * share[layer * width + x] is the part of column x that is of that colour; mark[x]: something failed there (1: failed, 2:
 * caught).
 */
export const makeColumns = (layers, width) => ({
    layers,
    width,
    share: new Float32Array(layers * width),
    mark: new Uint8Array(width),
    used: false,
});

export function clearColumns(columns) {
    if (!columns.used) return;
    columns.share.fill(0);
    columns.mark.fill(0);
    columns.used = false;
}

/** Adds `weight` of what is between two places in pixels: as much of it to each column as it covers. */
export function addColumns(columns, layer, left, right, weight = 1) {
    const from = Math.max(0, left);
    const to = Math.min(columns.width, right);
    if (!(to > from)) return;
    columns.used = true;
    const base = layer * columns.width;
    const begin = Math.floor(from);
    const last = Math.min(columns.width - 1, Math.ceil(to) - 1);
    if (begin === last) {
        columns.share[base + begin] += (to - from) * weight;
        return;
    }
    columns.share[base + begin] += (begin + 1 - from) * weight;
    for (let x = begin + 1; x < last; x++) columns.share[base + x] += weight;
    columns.share[base + last] += (to - last) * weight;
}

/**
 * Sorts what a row has in a window: sums and what is narrower than `least` pixels go into columns; the indices of the other
 * slices are given back in the order of time. layer(name): its colour, or -1: not shown. scale: pixels per ns.
 */
export function divide(row, window, scale, columns, layer, least = 1) {
    clearColumns(columns);
    const { slices, bins } = row;
    const wide = [];
    let [low, high] = visible(slices, window.from, window.to);
    for (let i = low; i < high; i++) {
        if (slices.end[i] < window.from) continue;
        const at = layer(slices.name[i]);
        if (at < 0) continue;
        const left = (slices.begin[i] - window.from) * scale;
        const right = (slices.end[i] - window.from) * scale;
        if (right - left >= least || slices.fate[i] === 0) {
            wide.push(i);
            continue;
        }
        addColumns(columns, at, left, Math.max(right, left + 1e-4));
        const what = slices.fate[i];
        if (what >= 2 && what <= 5 && what !== 4) {
            const x = Math.min(columns.width - 1, Math.max(0, Math.floor(left)));
            columns.used = true;
            if (columns.mark[x] !== 1) columns.mark[x] = what === 3 ? 2 : 1;
        }
    }
    [low, high] = visible(bins, window.from, window.to);
    for (let i = low; i < high; i++) {
        const at = layer(bins.name[i]);
        const length = bins.end[i] - bins.begin[i];
        if (at < 0 || length <= 0) continue;
        const left = (bins.begin[i] - window.from) * scale;
        addColumns(columns, at, left, left + length * scale, Math.min(1, bins.busy[i] / length));
    }
    return wide;
}

/**
 * Paints what is added up, as stacks from below: `height` rows of the columns' width into pixels, in colours (numbers, one for
 * each layer; what is not painted stays as it is). What is there at all has at least `least` pixels, so that it is seen.
 */
export function raster(columns, height, pixels, colours, least) {
    const { layers, width, share } = columns;
    for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let layer = 0; layer < layers; layer++) sum += share[layer * width + x];
        if (!(sum > 0)) continue;
        // More than all of it: slices within slices.
        const factor = Math.max(Math.min(least, height), Math.min(1, sum) * height) / sum;
        let piled = 0;
        let y = height;
        for (let layer = 0; layer < layers; layer++) {
            const part = share[layer * width + x];
            if (!(part > 0)) continue;
            piled += part;
            const top = Math.max(0, height - Math.round(piled * factor));
            for (; y > top; y--) pixels[(y - 1) * width + x] = colours[layer];
        }
    }
}
