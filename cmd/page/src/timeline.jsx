// SPDX-License-Identifier: MIT
// The timeline: a row for each worker with what it ran when, as Dask's task stream, on a canvas. What is to be seen is asked
// for while it is zoomed in; what can be seen can be walked through by keys, is told to screen readers, and can be had as a
// table.
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { nameColour } from "./colors.js";
import { count, duration, plural, shorten } from "./format.js";
import { inWindow, place, shownIn } from "./items.js";
import { Lanes } from "./lanes.jsx";
import "./names.css";
import { fates, indexTimeline, spanKinds } from "./rows.js";
import { useDocument } from "./source.js";
import "./timeline.css";
import { following, moved, query, worthwhile, zoomed } from "./window.js";

const tableRows = 200;
const namesInLegend = 14;

/**
 * source: see source.js; asks "timeline" with {from, to, max}. status: the last document `status`. compact: on the page Status,
 * in a place about 200 px high that has no room for tools; otherwise all that is left of the window. openTask(id, part): shows
 * the story of a task.
 */
export function Timeline({ source, status, compact = false, openTask }) {
    const [window, setWindow] = useState(null);
    const [follow, setFollow] = useState(true);
    const [chosen, setChosen] = useState(() => new Set());
    const [asTable, setAsTable] = useState(false);
    const size = useRef({ width: 1000, rows: 8 });
    const { doc, whole, detail } = useTimeline(source, status, window, size);
    const model = useMemo(() => (detail ?? whole) && indexTimeline(detail ?? whole), [detail, whole]);
    const under = useMemo(() => (detail && whole ? indexTimeline(whole) : undefined), [detail, whole]);
    const end = Math.max(1, doc?.end ?? 0);
    const live = Boolean(source.live && !status.ended);

    // The present moves on, and the window with it, until somebody looks at something.
    useEffect(() => {
        if (live && follow && window) setWindow(following(window, end));
    }, [end, live, follow]);
    const look = useCallback((next) => {
        setFollow(next === null);
        setWindow(next);
    }, []);

    if (!model) return <p class="timeline-none">{doc ? "" : "…"}</p>;
    const shared = { model, under, end, live, window, look, status, chosen, compact, openTask, source, size };
    const empty = !model.rows.some((row) => row.slices.size || row.spans.size || row.bins.size);
    const Place = compact ? "div" : "section";
    return (
        <Place class={compact ? "timeline compact" : "timeline"} aria-label={compact ? undefined : "Timeline"}>
            {!compact && <Tools {...shared} {...{ follow, setFollow, setWindow, asTable, setAsTable }} />}
            {!compact && <Legend {...{ status, chosen, setChosen }} />}
            {empty && <p class="timeline-none">{live ? "No task has begun yet." : "No task has run."}</p>}
            {asTable && !compact ? <Table {...shared} /> : <Lanes {...shared} />}
        </Place>
    );
}

/**
 * The documents to draw: {doc: the last, whole: one of all time, detail: one of what the window shows, where that is another}.
 */
function useTimeline(source, status, window, size) {
    const [asked, setAsked] = useState({ max: 5000 });
    const kept = useRef({});
    const { doc } = useDocument(source, "timeline", asked, status);
    const end = doc?.end ?? 0;
    useEffect(() => {
        if (!source.live) return undefined;
        const next = query(window, end, worthwhile(size.current.width, size.current.rows));
        if (JSON.stringify(next) === JSON.stringify(asked)) return undefined;
        const timer = setTimeout(() => setAsked(next), 150);
        return () => clearTimeout(timer);
    }, [source, window?.from, window?.to, window ? end : 0, asked]);
    if (doc) {
        const all = !(doc.from > 0) && (doc.to ?? doc.end) >= doc.end;
        if (all) kept.current = { whole: doc };
        else kept.current = { whole: kept.current.whole, detail: doc };
    }
    return { doc, ...kept.current };
}

// ---- tools -----------------------------------------------------------------------------------------------------------------------

function Tools({ window, look, end, live, follow, setFollow, setWindow, asTable, setAsTable, model }) {
    const now = window ?? { from: 0, to: end };
    return (
        <div class="timeline-tools" role="toolbar" aria-label="Timeline tools">
            <button type="button" onClick={() => look(zoomed(now, end, 0.5))} aria-label="Zoom in" title="Zoom in (+)">
                +
            </button>
            <button
                type="button"
                onClick={() => look(zoomed(now, end, 2))}
                aria-label="Zoom out"
                title="Zoom out (-)"
                disabled={!window}
            >
                −
            </button>
            <button
                type="button"
                onClick={() => look(moved(now, end, -(now.to - now.from) / 2))}
                aria-label="Earlier"
                title="Earlier (Shift+←)"
                disabled={!window}
            >
                ←
            </button>
            <button
                type="button"
                onClick={() => look(moved(now, end, (now.to - now.from) / 2))}
                aria-label="Later"
                title="Later (Shift+→)"
                disabled={!window}
            >
                →
            </button>
            <button type="button" onClick={() => look(null)} disabled={!window} title="Show all of the time (0)">
                All
            </button>
            {live && (
                <button
                    type="button"
                    aria-pressed={follow}
                    onClick={() => {
                        setFollow(!follow);
                        if (!follow && window) setWindow(following(window, end));
                    }}
                    title="Keep the present in sight"
                >
                    Follow
                </button>
            )}
            <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
                {asTable ? "Show as picture" : "Show as table"}
            </button>
            <span class="timeline-range">
                {window ? `${duration(now.from)} to ${duration(now.to)} of ${duration(end)}` : duration(end)}
                {model.leftOut > 0 && `, ${plural(model.leftOut, "task")} too short to draw one by one`}
            </span>
            <span class="timeline-hint">Ctrl + wheel or pinch zooms, drag moves, Shift + drag zooms to a part</span>
        </div>
    );
}

/**
 * The names that have run, in the order in which they were met; where there are many, those with the most time (and those
 * chosen).
 */
function listed(names, chosen, most) {
    const found = names
        .map(({ name, busy = 0, total = 0, kind }, index) => ({ name, busy, total, kind, index }))
        .filter(({ total, busy }) => total || busy);
    const first = [...found].sort((a, b) => b.busy - a.busy || a.index - b.index).slice(0, most);
    return { all: found.length, shown: found.filter((entry) => chosen.has(entry.index) || first.includes(entry)) };
}

function Legend({ status, chosen, setChosen }) {
    const [more, setMore] = useState(false);
    const { all, shown } = listed(status.names, chosen, more ? Infinity : namesInLegend);
    const toggle = (index) => {
        const next = new Set(chosen);
        if (!next.delete(index)) next.add(index);
        setChosen(next);
    };
    return (
        <div class="timeline-legend">
            <ul aria-label="Names: choose those to show">
                {shown.map(({ index, name }) => (
                    <li key={index}>
                        <button
                            type="button"
                            aria-pressed={chosen.has(index)}
                            class={chosen.size && !chosen.has(index) ? "off" : ""}
                            onClick={() => toggle(index)}
                        >
                            <i style={{ background: nameColour(status.names, index) }} />
                            {shorten(name, 40)}
                        </button>
                    </li>
                ))}
                {all > shown.length && (
                    <li>
                        <button type="button" onClick={() => setMore(true)}>
                            {count(all - shown.length)} more
                        </button>
                    </li>
                )}
                {chosen.size > 0 && (
                    <li>
                        <button type="button" onClick={() => setChosen(new Set())}>
                            All names
                        </button>
                    </li>
                )}
            </ul>
            <ul class="timeline-kinds" aria-label="Other marks">
                {["failed", "caught"].map((state) => (
                    <li key={state}>
                        <i class={`hatch ${state}`} />
                        {state}
                    </li>
                ))}
                <li>
                    <i class="torn" />
                    running
                </li>
                {spanKinds.map((kind) => (
                    <li key={kind}>
                        <i class={kind === "idle" ? "" : "low"} style={{ background: `var(--${kind})` }} />
                        {kind}
                    </li>
                ))}
            </ul>
        </div>
    );
}

// ---- table -----------------------------------------------------------------------------------------------------------------------

function Table({ model, window, end, chosen, status, openTask }) {
    const now = window ?? { from: 0, to: end };
    const { items, total } = useMemo(() => inWindow(model, now, shownIn(chosen), tableRows), [model, now.from, now.to, chosen]);
    return (
        <div class="timeline-table" tabIndex={0} role="region" aria-label="What the timeline shows">
            <table>
                <caption>
                    {total > items.length
                        ? `The first ${count(items.length)} of ${plural(total, "row")}`
                        : plural(total, "row")}
                    {`, ${duration(now.from)} to ${duration(now.to)}; zoom in to see fewer.`}
                </caption>
                <thead>
                    <tr>
                        <th scope="col">Task</th>
                        <th scope="col">Where</th>
                        <th scope="col" class="number">
                            Began
                        </th>
                        <th scope="col" class="number">
                            Took
                        </th>
                        <th scope="col">State</th>
                    </tr>
                </thead>
                <tbody>
                    {items.map((item) => (
                        <tr key={`${item.row}/${item.begin}/${item.id ?? "bin"}`}>
                            <td>
                                {item.kind === "bin" ? (
                                    `${plural(item.count, "task")}: ${item.names
                                        .slice(0, 3)
                                        .map(({ name }) => status.names[name]?.name ?? "?")
                                        .join(", ")}`
                                ) : (
                                    <button type="button" class="link" onClick={() => openTask?.(item.id, item.part)}>
                                        <i style={{ background: nameColour(status.names, item.name) }} />
                                        {shorten(status.names[item.name]?.name ?? "?", 60)}{" "}
                                        <span class="soft">task {item.id}</span>
                                    </button>
                                )}
                            </td>
                            <td>{place(model.rows[item.row])}</td>
                            <td class="number">{duration(item.begin)}</td>
                            <td class="number">{duration(item.end - item.begin)}</td>
                            <td>{item.kind === "bin" ? "added up" : fates[item.fate]}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}
