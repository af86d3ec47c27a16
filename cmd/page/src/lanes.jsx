// SPDX-License-Identifier: MIT
// The picture of the timeline with all that a pointer and keys do in it.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { slotsOf } from "./colors.js";
import { duration, plural } from "./format.js";
import { describe, shownIn, useStory } from "./items.js";
import { makeLens } from "./lens.js";
import { axisHeight, makeBrushes, paint, readPalette, rowsInSight } from "./paint.js";
import { binAt, hit, sliceAt, stops } from "./rows.js";
import { colour } from "./theme.js";
import { clampWindow, moved, revealing, zoomed } from "./window.js";

const compactHeight = 228;

function useSize(element) {
    const [size, setSize] = useState({ width: 0, height: 0, ratio: 1 });
    useLayoutEffect(() => {
        const { current } = element;
        const measure = () => {
            const { clientWidth: width, clientHeight: height } = current;
            const ratio = globalThis.devicePixelRatio || 1;
            setSize((old) =>
                old.width === width && old.height === height && old.ratio === ratio ? old : { width, height, ratio },
            );
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
export const rowHeightFor = (rows, room, compact) =>
    Math.max(compact ? 6 : 9, Math.min(compact ? 26 : 34, Math.floor(room / Math.max(1, rows))));

const gutterFor = (width, rows) => {
    const away = rows.some((row) => row.away);
    return width < 500 ? (away ? 70 : 34) : away ? 92 : 82;
};

/** The lanes of all rows. props: those of Timeline, and model, under, end, live, window, look(window), chosen, size. */
export function Lanes(props) {
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
    size.current = {
        width: Math.max(100, width - gutter),
        rows: Math.max(1, Math.min(model.rows.length, Math.ceil(room / rowHeight))),
    };

    const view = {
        width,
        height,
        gutter,
        window: now,
        end,
        live,
        rowHeight,
        model,
        under,
        names,
        shown,
        slots: slotsOf(status.names),
        selected: keyed ? cursor : null,
        hovered,
        scrolled: 0,
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
        const item =
            hit(model.rows[row], timeAt(x), slack, shown) ??
            (under && hit(under.rows[row] ?? model.rows[row], timeAt(x), slack, shown));
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
                <canvas
                    ref={canvas}
                    style={{ width: `${width}px`, height: `${height}px` }}
                    aria-hidden="true"
                    data-themed={themed}
                    data-ratio={ratio}
                />
                <div class="timeline-tall" style={{ height: `${all}px`, marginTop: `${-height}px` }} />
            </div>
            {dragged && (
                <div
                    class="timeline-drag"
                    style={{
                        left: `${Math.min(dragged.from, dragged.to)}px`,
                        width: `${Math.abs(dragged.to - dragged.from)}px`,
                    }}
                />
            )}
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
        for (let row = cursor.row + by; row >= 0 && row < model.rows.length; row += by)
            if (stopsOf(row).length) return go(row, near(row, (cursor.begin + cursor.end) / 2));
    };
    const around =
        cursor && cursor.begin <= now.to && cursor.end >= now.from
            ? Math.min(now.to, Math.max(now.from, (cursor.begin + cursor.end) / 2))
            : undefined;
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
                ? { ArrowLeft: () => look(moved(now, end, -width / 4)), ArrowRight: () => look(moved(now, end, width / 4)) }[
                      event.key
                  ]
                : actions[event.key];
        if (!action) return;
        event.preventDefault();
        action();
    };
}
