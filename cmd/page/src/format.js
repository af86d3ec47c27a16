// SPDX-License-Identifier: MIT
// Numbers as texts, the same everywhere.

const units = [
    [1, "ns"],
    [1e3, "µs"],
    [1e6, "ms"],
    [1e9, "s"],
];

const digits = (value) =>
    value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(2);

/** A length of time in nanoseconds with three digits or so: "12.5 ms", "3 min 20 s", "2 h 5 min"; "" where it is not known. */
export function duration(ns) {
    if (ns == null) return "";
    if (ns === 0) return "0 s";
    if (ns >= 59.95e9) return long(Math.round(ns / 1e9));
    const [size, unit] = units.findLast(([size]) => ns >= size * 0.9995) ?? units[0];
    return `${size === 1 ? Math.round(ns) : digits(ns / size)} ${unit}`;
}

function long(seconds) {
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    const minutes = Math.round(seconds / 60);
    if (minutes < 60 * 24) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
    return `${Math.floor(minutes / 60 / 24)} d ${Math.floor(minutes / 60) % 24} h`;
}

/** A point of time since the run began, as a clock: "0:41", "1:02:03". */
export function clock(ns) {
    if (ns == null) return "";
    const seconds = Math.floor(ns / 1e9);
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    const rest = `${two(seconds % 60)}`;
    return hours ? `${hours}:${two(Math.floor(seconds / 60) % 60)}:${rest}` : `${Math.floor(seconds / 60)}:${rest}`;
}

/** A point of time to the millisecond: "0:41.250". */
export const moment = (ns) => (ns == null ? "" : `${clock(ns)}.${String(Math.floor(ns / 1e6) % 1000).padStart(3, "0")}`);

/** A point of time of a run that took so long, as exact as that makes sense. */
export const pointOf = (ns, elapsed) => (elapsed < 60e9 ? moment(ns) : clock(ns));

/** "12.5 MiB"; "" where it is not known. */
export function bytes(count) {
    if (count == null) return "";
    const names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let power = 0;
    while (count >= 999.5 && power < names.length - 1) {
        count /= 1024;
        power++;
    }
    return `${power ? digits(count) : Math.round(count)} ${names[power]}`;
}

/** "1,234,567" */
export const count = (n) => (n == null ? "" : String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ","));

/** "1 task", "3 tasks" */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

export const percent = (part, whole) =>
    whole > 0 ? (part > 0 && 100 * part < whole ? "under 1%" : `${Math.floor((100 * part) / whole)}%`) : "";

/** A small number with what matters of it: "12", "0.8", "0.02". */
export const few = (n) => (n >= 10 ? n.toFixed(0) : n >= 0.095 ? n.toFixed(1) : n.toFixed(2));

/** A text that is not longer than most characters; what is left out shows. */
export const shorten = (text, most = 200) => (text && text.length > most ? `${text.slice(0, most - 1)}…` : (text ?? ""));
