// SPDX-License-Identifier: MIT
// Which colour a name has: the same wherever it is shown. The colours themselves are in names.css; twelve that eyes which see
// few colours tell apart, in both themes, in an order in which each differs most from those before.

export const slots = 12;

/**
 * The slot of each of names (as in the document `status`), -1 for helpers, which are grey. Names are only ever added behind, in
 * the order in which they were met, so that no slot changes while a run goes on, nor from run to run.
 */
export function nameSlots(names) {
    let next = 0;
    return names.map(({ kind }) => (kind === "helper" ? -1 : next++ % slots));
}

const known = new WeakMap();

/** nameSlots, computed once for each array of names. */
export function slotsOf(names) {
    let found = known.get(names);
    if (!found) known.set(names, (found = nameSlots(names)));
    return found;
}

export const slotVariable = (slot) => (slot >= 0 ? `--name-${slot}` : "--name-other");

/** A CSS value for the name with that index. */
export const nameColour = (names, index) => `var(${slotVariable(slotsOf(names)[index] ?? -1)})`;

/** [red, green, blue], 0 to 255, of "#rrggbb" or "#rgb"; grey of anything else. */
export function channels(colour) {
    const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour.trim())?.[1];
    if (!hex) return [128, 128, 128];
    const parts = hex.length === 3 ? [...hex].map((digit) => digit + digit) : hex.match(/../g);
    return parts.map((part) => Number.parseInt(part, 16));
}

/** Relative luminance as WCAG has it, 0 to 1. */
export function luminance(colour) {
    const [r, g, b] = channels(colour).map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}

/** Black or white, whichever reads better on a colour. */
export const textOn = (colour) => (contrast(colour, "#ffffff") >= contrast(colour, "#10151b") ? "#ffffff" : "#10151b");
