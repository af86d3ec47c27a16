// SPDX-License-Identifier: MIT
// What stands in the timeline, as words and as a list.
import { useEffect, useRef, useState } from "preact/hooks";
import { count, duration, plural, shorten } from "./format.js";
import { binAt, fates, sliceAt, spanKinds, visible } from "./rows.js";

/** Which names are shown where some have been chosen; all where none has. */
export const shownIn = (chosen) => (chosen.size ? (name) => chosen.has(name) : () => true);

/** "worker 3", "executor of worker 3" */
export const place = (row) => (row.away ? `executor of worker ${row.worker}` : `worker ${row.worker}`);

/** What an item is, as {title, lines}: for the tooltip and, joined, for a screen reader. */
export function describe(item, row, names, task) {
    const length = item.end - item.begin;
    const when = `from ${duration(item.begin)}, ${place(row)}`;
    if (item.kind === "span") return { title: spanKinds[item.span] ?? "", lines: [duration(length), when] };
    if (item.kind === "bin") {
        const parts = item.names
            .slice(0, 5)
            .map(({ name, count: n, busy }) => `${count(n)} ${names[name]?.name ?? "?"}, ${duration(busy)}`);
        if (item.names.length > 5) parts.push(`and ${plural(item.names.length - 5, "other name")}`);
        return { title: plural(item.count, "task"), lines: [...parts, `in ${duration(length)} ${when}`] };
    }
    const state = fates[item.fate] ?? "";
    const lines = [`${state}${item.fate === 0 ? " for" : ","} ${duration(length)}`, when];
    if (task?.place) lines.push(task.place);
    if (task?.message) lines.push(shorten(task.message, 160));
    return { title: shorten(task?.label ?? names[item.name]?.name ?? "?", 120), lines, number: item.id };
}

/**
 * The document `task` of a slice that has been looked at for a moment: its label, place and message. Of some hundred the last
 * are kept.
 */
export function useStory(source, item) {
    const kept = useRef(new Map());
    const [, setSeen] = useState(0);
    const key = item?.kind === "slice" ? `${item.id}/${item.part}/${item.fate}` : "";
    useEffect(() => {
        if (!key || kept.current.has(key)) return undefined;
        let over = false;
        const timer = setTimeout(async () => {
            const story = await source.ask("task", { id: item.id, part: item.part || "" }).catch(() => null);
            if (kept.current.size > 300) kept.current.clear();
            kept.current.set(key, story);
            if (!over) setSeen((seen) => seen + 1);
        }, 120);
        return () => {
            over = true;
            clearTimeout(timer);
        };
    }, [key, source]);
    return kept.current.get(key) ?? undefined;
}

/** What can be seen in a window, in the order of time: {found: at most `most`, total}. */
export function inWindow(model, window, shown, most) {
    const found = [];
    let total = 0;
    for (const [at, row] of model.rows.entries()) {
        let [low, high] = visible(row.slices, window.from, window.to);
        for (let i = low; i < high; i++) {
            if (row.slices.end[i] < window.from || !shown(row.slices.name[i])) continue;
            total++;
            found.push({ row: at, begin: row.slices.begin[i], slice: i });
        }
        [low, high] = visible(row.bins, window.from, window.to);
        let last;
        for (let i = low; i < high; i++) {
            if (row.bins.begin[i] === last || row.bins.end[i] < window.from || !shown(row.bins.name[i])) continue;
            total++;
            found.push({ row: at, begin: (last = row.bins.begin[i]), bin: i });
        }
    }
    found.sort((a, b) => a.begin - b.begin || a.row - b.row);
    const items = found.slice(0, most).map(({ row, slice, bin }) => {
        const item = slice === undefined ? binAt(model.rows[row], bin) : sliceAt(model.rows[row], slice);
        return { ...item, row };
    });
    return { items, total };
}
