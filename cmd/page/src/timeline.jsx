// SPDX-License-Identifier: MIT
// The timeline: a row for each worker with what it ran when, as Dask's task stream, on a canvas. What is to be seen is asked for while it is
// zoomed in; what can be seen can be walked through by keys, is told to screen readers, and can be had as a table.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { nameColour, slotsOf } from "./colors.js";
import { count, duration, plural, shorten } from "./format.js";
import { makeLens } from "./lens.js";
import { axisHeight, makeBrushes, paint, readPalette, rowsInSight } from "./paint.js";
import { binAt, fates, hit, indexTimeline, sliceAt, spanKinds, stops, visible } from "./rows.js";
import { useDocument } from "./source.js";
import { colour } from "./theme.js";
import "./names.css";
import "./timeline.css";
import { clampWindow, following, moved, query, revealing, worthwhile, zoomed } from "./window.js";

const tableRows = 200;
const compactHeight = 228;
const namesInLegend = 14;

/**
 * source: see source.js; asks "timeline" with {from, to, max}. status: the last document `status`. compact: on the page Status, in a place
 * about 200 px high that has no room for tools; otherwise all that is left of the window. openTask(id, part): shows the story of a task.
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

/** The documents to draw: {doc: the last, whole: one of all time, detail: one of what the window shows, where that is another}. */
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

const shownIn = (chosen) => (chosen.size ? (name) => chosen.has(name) : () => true);

// ---- tools -----------------------------------------------------------------------------------------------------------------------

function Tools({ window, look, end, live, follow, setFollow, setWindow, asTable, setAsTable, model }) {
    const now = window ?? { from: 0, to: end };
    return (
        <div class="timeline-tools" role="toolbar" aria-label="Timeline tools">
            <button type="button" onClick={() => look(zoomed(now, end, 0.5))} aria-label="Zoom in" title="Zoom in (+)">
                +
            </button>
            <button type="button" onClick={() => look(zoomed(now, end, 2))} aria-label="Zoom out" title="Zoom out (-)" disabled={!window}>
                −
            </button>
            <button type="button" onClick={() => look(moved(now, end, -(now.to - now.from) / 2))} aria-label="Earlier" title="Earlier (Shift+←)" disabled={!window}>
                ←
            </button>
            <button type="button" onClick={() => look(moved(now, end, (now.to - now.from) / 2))} aria-label="Later" title="Later (Shift+→)" disabled={!window}>
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

/** The names that have run, in the order in which they were met; where there are many, those with the most time (and those chosen). */
function listed(names, chosen, most) {
    const found = names.map(({ name, busy = 0, total = 0, kind }, index) => ({ name, busy, total, kind, index })).filter(({ total, busy }) => total || busy);
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
                        <button type="button" aria-pressed={chosen.has(index)} class={chosen.size && !chosen.has(index) ? "off" : ""} onClick={() => toggle(index)}>
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

// ---- words about an item ---------------------------------------------------------------------------------------------------------

/** "worker 3", "executor of worker 3" */
const place = (row) => (row.away ? `executor of worker ${row.worker}` : `worker ${row.worker}`);

/** What an item is, as {title, lines}: for the tooltip and, joined, for a screen reader. */
export function describe(item, row, names, task) {
    const length = item.end - item.begin;
    const when = `from ${duration(item.begin)}, ${place(row)}`;
    if (item.kind === "span") return { title: spanKinds[item.span] ?? "", lines: [duration(length), when] };
    if (item.kind === "bin") {
        const parts = item.names.slice(0, 5).map(({ name, count: n, busy }) => `${count(n)} ${names[name]?.name ?? "?"}, ${duration(busy)}`);
        if (item.names.length > 5) parts.push(`and ${plural(item.names.length - 5, "other name")}`);
        return { title: plural(item.count, "task"), lines: [...parts, `in ${duration(length)} ${when}`] };
    }
    const state = fates[item.fate] ?? "";
    const lines = [`${state}${item.fate === 0 ? " for" : ","} ${duration(length)}`, when];
    if (task?.place) lines.push(task.place);
    if (task?.message) lines.push(shorten(task.message, 160));
    return { title: shorten(task?.label ?? names[item.name]?.name ?? "?", 120), lines, number: item.id };
}

/** The document `task` of a slice that has been looked at for a moment: its label, place and message. Of some hundred the last are kept. */
function useStory(source, item) {
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

// ---- picture ---------------------------------------------------------------------------------------------------------------------

function useSize(element) {
    const [size, setSize] = useState({ width: 0, height: 0, ratio: 1 });
    useLayoutEffect(() => {
        const { current } = element;
        const measure = () => {
            const { clientWidth: width, clientHeight: height } = current;
            const ratio = globalThis.devicePixelRatio || 1;
            setSize((old) => (old.width === width && old.height === height && old.ratio === ratio ? old : { width, height, ratio }));
        };
        measure();
        const watcher = new ResizeObserver(measure);
        watcher.observe(current);
        addEventListener("resize", measure);
        return () => {
            watcher.disconnect();
            removeEventListener("resize", measure);
        };
    }, []);
    return size;
}

/** How high a row is: as high as there is room, within reason; beyond that the rows scroll. */
export const rowHeightFor = (rows, room, compact) => Math.max(compact ? 6 : 9, Math.min(compact ? 26 : 34, Math.floor(room / Math.max(1, rows))));

const gutterFor = (width, rows) => {
    const away = rows.some((row) => row.away);
    return width < 500 ? (away ? 70 : 34) : away ? 92 : 82;
};

function Lanes(props) {
    const { model, under, end, live, window, look, status, chosen, compact, openTask, source, size } = props;
    const frame = useRef(null);
    const canvas = useRef(null);
    const lens = useRef(null);
    const state = useRef({ room: {} });
    const [hovered, setHovered] = useState(null);
    const [cursor, setCursor] = useState(null);
    const [dragged, setDragged] = useState(null);
    const [keyed, setKeyed] = useState(false);
    const [themed, setThemed] = useState(0);
    const { width, height, ratio } = useSize(frame);
    const shown = useMemo(() => shownIn(chosen), [chosen]);
    const names = useMemo(() => status.names.map(({ name }) => name), [status.names]);

    const gutter = gutterFor(width, model.rows);
    const room = compact ? compactHeight : Math.max(220, (globalThis.innerHeight || 800) - 290);
    const rowHeight = rowHeightFor(model.rows.length, room - axisHeight, compact);
    const all = model.rows.length * rowHeight + axisHeight;
    const now = window ?? { from: 0, to: end };
    size.current = { width: Math.max(100, width - gutter), rows: Math.max(1, Math.min(model.rows.length, Math.ceil(room / rowHeight))) };

    const view = {
        width, height, gutter, window: now, end, live, rowHeight, model, under, names, shown,
        slots: slotsOf(status.names), selected: keyed ? cursor : null, hovered, scrolled: 0,
    };
    Object.assign(state.current, { view, shown, look, now });

    const draw = useCallback(() => {
        const kept = state.current;
        if (kept.frame) return;
        kept.frame = requestAnimationFrame(() => {
            kept.frame = 0;
            const element = canvas.current;
            const { view } = kept;
            if (!element || !view.width) return;
            const ratio = globalThis.devicePixelRatio || 1;
            const [wide, high] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
            if (element.width !== wide || element.height !== high) {
                element.width = wide;
                element.height = high;
            }
            const context = element.getContext("2d", { alpha: false });
            if (!kept.brushes || kept.brushes.ratio !== ratio) kept.brushes = makeBrushes(context, readPalette(colour), ratio);
            view.scrolled = frame.current.scrollTop;
            const began = performance.now();
            paint(context, kept.brushes, view, kept.room);
            element.dataset.drawn = (performance.now() - began).toFixed(2);
        });
    }, []);
    useLayoutEffect(draw);
    useEffect(() => {
        const changed = () => {
            state.current.brushes = undefined;
            setThemed((n) => n + 1);
        };
        addEventListener("themechange", changed);
        return () => {
            removeEventListener("themechange", changed);
            cancelAnimationFrame(state.current.frame);
            state.current.frame = 0;
        };
    }, []);

    useEffect(() => {
        lens.current = makeLens(frame.current, (next) => state.current.look(next && clampWindow(next, state.current.view.end)));
        return () => lens.current.done();
    }, []);
    useLayoutEffect(() => lens.current?.set({ left: gutter, right: Math.max(gutter + 1, width), end, window }));

    const timeAt = (x) => now.from + ((x - gutter) / Math.max(1, width - gutter)) * (now.to - now.from);
    const find = (event) => {
        const box = frame.current.getBoundingClientRect();
        const [x, y] = [event.clientX - box.left, event.clientY - box.top];
        const row = Math.floor((y - axisHeight + frame.current.scrollTop) / rowHeight);
        if (x < gutter || y < axisHeight || !model.rows[row]) return null;
        const slack = ((now.to - now.from) / Math.max(1, width - gutter)) * 2.5;
        const item = hit(model.rows[row], timeAt(x), slack, shown) ?? (under && hit(under.rows[row] ?? model.rows[row], timeAt(x), slack, shown));
        return item ? { ...item, row, x, y } : null;
    };

    const keys = useKeys({ ...props, now, view, frame, cursor, setCursor, shown, rowHeight });
    const focused = keyed ? cursor : hovered;
    const story = useStory(source, focused);
    const words = focused && model.rows[focused.row] ? describe(focused, model.rows[focused.row], status.names, story) : null;
    const tip = words && tipPlace(focused, view, frame.current);
    const label = `Timeline of ${plural(model.rows.length, "row")}, ${duration(now.from)} to ${duration(now.to)}, ${plural(model.size, "slice")}. Arrow keys go from task to task, plus and minus zoom, 0 shows all, Enter opens.`;

    return (
        <div class="timeline-place">
            <div
                ref={frame}
                class="timeline-lanes"
                style={{ height: `${Math.min(all, room)}px` }}
                tabIndex={0}
                role="application"
                aria-roledescription="timeline"
                aria-label={label}
                onScroll={draw}
                onKeyDown={keys}
                onFocus={() => setKeyed(true)}
                onBlur={() => setKeyed(false)}
                onPointerMove={(event) => {
                    if (dragged) setDragged({ ...dragged, to: event.clientX - frame.current.getBoundingClientRect().left });
                    else if (!event.buttons) {
                        setKeyed(false);
                        setHovered(find(event));
                    } else if (hovered) setHovered(null);
                }}
                onPointerLeave={() => setHovered(null)}
                onPointerDown={(event) => {
                    if (!event.shiftKey || event.button) return;
                    event.currentTarget.setPointerCapture(event.pointerId);
                    const x = event.clientX - frame.current.getBoundingClientRect().left;
                    setDragged({ from: x, to: x });
                }}
                onPointerUp={() => {
                    if (!dragged) return;
                    const [left, right] = [dragged.from, dragged.to].sort((a, b) => a - b);
                    setDragged(null);
                    if (right - left > 4) look(clampWindow({ from: timeAt(Math.max(gutter, left)), to: timeAt(right) }, end));
                }}
                onPointerCancel={() => setDragged(null)}
                onClick={(event) => {
                    const item = event.shiftKey ? null : find(event);
                    if (item?.kind === "slice") openTask?.(item.id, item.part);
                    else if (item?.kind === "bin") look(clampWindow({ from: item.begin, to: item.end }, end));
                }}
                data-cursor={hovered?.kind === "slice" || hovered?.kind === "bin" ? "pointer" : undefined}
                data-from={Math.round(now.from)}
                data-to={Math.round(now.to)}
            >
                <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} aria-hidden="true" data-themed={themed} data-ratio={ratio} />
                <div class="timeline-tall" style={{ height: `${all}px`, marginTop: `${-height}px` }} />
            </div>
            {dragged && <div class="timeline-drag" style={{ left: `${Math.min(dragged.from, dragged.to)}px`, width: `${Math.abs(dragged.to - dragged.from)}px` }} />}
            {window && <Where window={window} end={end} gutter={gutter} />}
            {words && (
                <div class="timeline-tip" style={tip} aria-hidden="true">
                    <b>{words.title}</b>
                    {words.number !== undefined && <span class="soft"> task {words.number}</span>}
                    {words.lines.map((line, at) => (
                        <div key={at}>{line}</div>
                    ))}
                </div>
            )}
            <div class="timeline-said" aria-live="polite">
                {keyed && words ? `${words.title}, ${words.lines.join(", ")}` : ""}
            </div>
        </div>
    );
}

/** A thin bar that tells which part of all time is shown. */
const Where = ({ window, end, gutter }) => (
    <div class="timeline-where" style={{ marginLeft: `${gutter}px` }} aria-hidden="true">
        <i style={{ left: `${(100 * window.from) / end}%`, width: `max(3px, ${(100 * (window.to - window.from)) / end}%)` }} />
    </div>
);

// Beside the pointer or above the slice, wherever there is room.
function tipPlace(item, view, frame) {
    const scale = (view.width - view.gutter) / (view.window.to - view.window.from);
    const x = item.x ?? Math.max(view.gutter, view.gutter + ((item.begin + item.end) / 2 - view.window.from) * scale);
    const y = item.y ?? axisHeight + (item.row + 1) * view.rowHeight - (frame?.scrollTop ?? 0);
    const side = x > view.width - 300 ? { right: `${Math.max(4, view.width - x + 12)}px` } : { left: `${x + 12}px` };
    return { ...side, top: `${y + 12}px` };
}

// ---- keys ------------------------------------------------------------------------------------------------------------------------

function useKeys({ model, end, window, look, now, view, frame, cursor, setCursor, shown, openTask, rowHeight }) {
    const walks = useRef({});
    const stopsOf = (row) => {
        const kept = walks.current;
        if (kept.model !== model || kept.shown !== shown) walks.current = { model, shown, rows: [] };
        return (walks.current.rows[row] ??= stops(model.rows[row], shown));
    };
    const go = (row, at) => {
        const list = stopsOf(row);
        const stop = list[Math.min(list.length - 1, Math.max(0, at))];
        if (!stop) return;
        const item = stop.slice === undefined ? binAt(model.rows[row], stop.bin) : sliceAt(model.rows[row], stop.slice);
        setCursor({ ...item, row });
        if (window) {
            const next = revealing(window, end, item);
            if (next !== window) look(next);
        }
        const top = row * rowHeight;
        const room = frame.current.clientHeight - axisHeight;
        if (top < frame.current.scrollTop) frame.current.scrollTop = top;
        if (top + rowHeight > frame.current.scrollTop + room) frame.current.scrollTop = top + rowHeight - room;
    };
    // The stop of a row that is nearest to a time.
    const near = (row, time) => {
        const list = stopsOf(row);
        let at = list.findIndex(({ begin }) => begin > time);
        if (at < 0) at = list.length;
        return Math.max(0, at - 1);
    };
    const step = (by) => {
        if (!cursor || !model.rows[cursor.row]) {
            const row = rowsInSight(view).find(([at]) => stopsOf(at).length)?.[0];
            if (row === undefined) return look(moved(now, end, (by * (now.to - now.from)) / 4));
            return go(row, near(row, window ? now.from : 0) + (window && by > 0 ? 1 : 0));
        }
        go(cursor.row, near(cursor.row, cursor.begin) + by);
    };
    const change = (by) => {
        if (!cursor) return step(1);
        for (let row = cursor.row + by; row >= 0 && row < model.rows.length; row += by) if (stopsOf(row).length) return go(row, near(row, (cursor.begin + cursor.end) / 2));
    };
    const around = cursor && cursor.begin <= now.to && cursor.end >= now.from ? Math.min(now.to, Math.max(now.from, (cursor.begin + cursor.end) / 2)) : undefined;
    const actions = {
        "+": () => look(zoomed(now, end, 0.5, around)),
        "=": () => look(zoomed(now, end, 0.5, around)),
        "-": () => look(zoomed(now, end, 2, around)),
        0: () => look(null),
        ArrowRight: () => step(1),
        ArrowLeft: () => step(-1),
        ArrowDown: () => change(1),
        ArrowUp: () => change(-1),
        Home: () => go(cursor?.row ?? 0, 0),
        End: () => go(cursor?.row ?? 0, Infinity),
        Escape: () => setCursor(null),
        Enter: () => {
            if (cursor?.kind === "slice") openTask?.(cursor.id, cursor.part);
            else if (cursor?.kind === "bin") look(clampWindow({ from: cursor.begin, to: cursor.end }, end));
        },
    };
    return (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const width = now.to - now.from;
        const action =
            event.shiftKey && event.key.startsWith("Arrow")
                ? { ArrowLeft: () => look(moved(now, end, -width / 4)), ArrowRight: () => look(moved(now, end, width / 4)) }[event.key]
                : actions[event.key];
        if (!action) return;
        event.preventDefault();
        action();
    };
}

// ---- table -----------------------------------------------------------------------------------------------------------------------

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

function Table({ model, window, end, chosen, status, openTask }) {
    const now = window ?? { from: 0, to: end };
    const { items, total } = useMemo(() => inWindow(model, now, shownIn(chosen), tableRows), [model, now.from, now.to, chosen]);
    return (
        <div class="timeline-table" tabIndex={0} role="region" aria-label="What the timeline shows">
            <table>
                <caption>
                    {total > items.length ? `The first ${count(items.length)} of ${plural(total, "row")}` : plural(total, "row")}
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
                                    `${plural(item.count, "task")}: ${item.names.slice(0, 3).map(({ name }) => status.names[name]?.name ?? "?").join(", ")}`
                                ) : (
                                    <button type="button" class="link" onClick={() => openTask?.(item.id, item.part)}>
                                        <i style={{ background: nameColour(status.names, item.name) }} />
                                        {shorten(status.names[item.name]?.name ?? "?", 60)} <span class="soft">task {item.id}</span>
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
