// SPDX-License-Identifier: MIT
// Where a time axis has its marks, and what stands at them: from nanoseconds to days.

const second = 1e9;
// Beyond a second people count in sixties.
const clocks = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400].map(
    (s) => s * second,
);

/** The distance of marks, in ns: the least round one of which at most `most` fit into `span`. */
export function tickStep(span, most) {
    const least = Math.max(1, span / Math.max(1, most));
    if (least > clocks.at(-1)) return Math.ceil(least / clocks.at(-1)) * clocks.at(-1);
    if (least > second) return clocks.find((step) => step >= least);
    const power = 10 ** Math.floor(Math.log10(least) + 1e-9);
    return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= least * (1 - 1e-9));
}

/** Marks from `from` to `to`, ns. */
export function ticks(from, to, most) {
    if (!(to > from)) return [from];
    const step = tickStep(to - from, most);
    const found = [];
    for (let i = Math.ceil(from / step - 1e-9); i * step <= to * (1 + 1e-12); i++) found.push(i * step);
    return found;
}

const two = (n) => String(n).padStart(2, "0");
const trimmed = (value, digits) => value.toFixed(Math.min(9, Math.max(0, digits)));

/** What stands at a mark, of an axis with such a step: no more digits than tell marks apart. */
export function tickLabel(ns, step) {
    if (ns === 0) return "0";
    const sign = ns < 0 ? "-" : "";
    const t = Math.abs(ns);
    if (t < 1e3) return `${sign}${t} ns`;
    const digits = (unit) => Math.ceil(Math.log10(unit / step) - 1e-9);
    if (t < 1e6) return `${sign}${trimmed(t / 1e3, digits(1e3))} µs`;
    if (t < second) return `${sign}${trimmed(t / 1e6, digits(1e6))} ms`;
    if (t < 60 * second) return `${sign}${trimmed(t / second, digits(second))} s`;
    const whole = Math.floor(t / second);
    const part = step < second ? trimmed((t % second) / second, digits(second)).slice(1) : "";
    const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
    if (days && step >= 86400 * second) return `${sign}${days} d`;
    if (days) return `${sign}${days} d ${hours}:${two(minutes)}${step < 60 * second ? `:${two(whole % 60)}` : ""}`;
    if (hours) return `${sign}${hours}:${two(minutes)}:${two(whole % 60)}${part}`;
    return `${sign}${minutes}:${two(whole % 60)}${part}`;
}
