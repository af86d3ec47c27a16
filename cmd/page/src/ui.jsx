// SPDX-License-Identifier: MIT
// Small parts that all pages share. A state is always told by its word or its sign besides its colour.
import { useEffect, useId, useState } from "preact/hooks";
import { nameColour } from "./colors.js";
import { clock, count, shorten } from "./format.js";
import { taskLink } from "./route.js";

const signs = {
    done: "M3 8.5 6.5 12 13 4.5",
    failed: "M4 4 12 12M12 4 4 12",
    caught: "M8 3v6M8 12v.6",
    skipped: "M4 8h8",
    running: "M5.5 3.5 12 8 5.5 12.5z",
    waiting: "M8 2.6a5.4 5.4 0 1 0 .01 0M8 5v3.2l2.2 1.3",
    idle: "M4 8h8",
    paused: "M5.5 4v8M10.5 4v8",
    ending: "M5 5h6v6H5z",
    away: "M8 2.6a5.4 5.4 0 1 0 .01 0M8 5v3.2l2.2 1.3",
};

export function Sign({ state }) {
    return (
        <svg class={`sign sign-${state}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d={signs[state] ?? signs.waiting} />
        </svg>
    );
}

/** A state by sign and word. */
export const State = ({ state, children }) => (
    <span class={`state state-${state}`}>
        <Sign state={state} />
        {children ?? state}
    </span>
);

/** A text from the run: whatever it holds, it is text, in its own direction, and not too long. */
export function Text({ text, most = 300, class: className = "" }) {
    const short = shorten(text, most);
    return (
        <bdi class={`text ${className}`} title={short.length > 40 ? shorten(text, 2000) : undefined}>
            {short}
        </bdi>
    );
}

export const TaskLink = ({ task, name }) => (
    <a class="task-link" href={taskLink(task.id, task.part)}>
        <Text text={task.label || name || `task ${task.id}`} most={120} />
    </a>
);

export const Swatch = ({ names, index }) => (
    <span class="swatch" aria-hidden="true" style={{ background: nameColour(names, index) }} />
);

const parts = ["done", "caught", "failed", "skipped", "running"];

/** "18 done, 1 failed, 2 running" */
export const sayCounts = (counts, words = parts) =>
    words
        .filter((word) => counts[word])
        .map((word) => `${count(counts[word])} ${word}`)
        .join(", ");

/** How far something is, as a bar: {total, done, failed, ...}. */
export function Progress({ counts, label }) {
    const total = Math.max(1, counts.total ?? 0);
    return (
        <div
            class="progress"
            role="img"
            aria-label={`${label ? `${label}: ` : ""}${sayCounts(counts) || "nothing yet"} of ${count(counts.total)}`}
        >
            {parts
                .filter((part) => counts[part])
                .map((part) => (
                    <i key={part} class={`fill fill-${part}`} style={{ width: `${(100 * counts[part]) / total}%` }} />
                ))}
        </div>
    );
}

/** A part of a whole as a thin bar behind a number. */
export const Share = ({ part, children }) => (
    <span class="share">
        <i class="share-bar" style={{ width: `${Math.max(0, Math.min(100, 100 * part))}%` }} />
        <span>{children}</span>
    </span>
);

export function Card({ title, aside, children, class: className = "", id }) {
    const heading = useId();
    return (
        <section class={`card ${className}`} aria-labelledby={heading} id={id}>
            <header class="card-head">
                <h2 id={heading}>{title}</h2>
                {aside && <div class="aside">{aside}</div>}
            </header>
            {children}
        </section>
    );
}

/** A part of the page that scrolls by itself where it is too wide or long, so that the keyboard must reach it. */
export const Scroll = ({ label, class: className = "", children }) => (
    <div class={`scroll ${className}`} role="group" aria-label={label} tabIndex={0}>
        {children}
    </div>
);

const received = new WeakMap();

/** The time of the run now, in ns: that of the document, and what has gone by since it came. */
export function timeOf(status, lost) {
    if (!status.live || status.ended) return status.elapsed;
    if (!received.has(status)) received.set(status, performance.now());
    return lost ? status.elapsed : status.elapsed + (performance.now() - received.get(status)) * 1e6;
}

/** A text that changes each second while the run goes on: show(ns since the run began). */
export function Ticking({ status, lost, show = clock }) {
    const [, tick] = useState(0);
    const moves = status.live && !status.ended && !lost;
    useEffect(() => {
        if (!moves) return undefined;
        const timer = setInterval(() => document.hidden || tick((n) => n + 1), 1000);
        return () => clearInterval(timer);
    }, [moves]);
    return <>{show(timeOf(status, lost))}</>;
}

/** A head of a column that sorts: sort is "mean" or "-mean" (descending). */
export function SortHead({ column, sort, setSort, children, number = false }) {
    const key = sort?.replace(/^-/, "");
    const down = sort?.startsWith("-");
    const direction = key !== column ? "none" : down ? "descending" : "ascending";
    const next = key === column ? (down ? column : `-${column}`) : number ? `-${column}` : column;
    return (
        <th scope="col" class={number ? "number" : ""} aria-sort={direction}>
            <button type="button" class="sort" onClick={() => setSort(next)}>
                {children}
                <span class="sort-sign" aria-hidden="true">
                    {key !== column ? "" : down ? "▼" : "▲"}
                </span>
            </button>
        </th>
    );
}

export const Empty = ({ children }) => <p class="empty">{children}</p>;
