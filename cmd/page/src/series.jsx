// SPDX-License-Identifier: MIT
// What changes over time, as curves by uPlot. What a curve tells stands beside it in words, and its numbers can be had as a
// table.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { slotsOf, slotVariable } from "./colors.js";
import { bytes, count, duration, plural } from "./format.js";
import "./names.css";
import { useDocument } from "./source.js";
import "./series.css";
import { colour } from "./theme.js";
import { tickLabel, ticks, tickStep } from "./ticks.js";

const tableRows = 60;
const tenths = (value) =>
    value >= 100 ? count(value) : String(value >= 1 ? Math.round(value * 10) / 10 : Number(value.toPrecision(2)));

/**
 * What a curve shows: {title, words, lines: [{label, values, variable, ...}], format, stacked, top}; of a document `series`.
 */
export function chartOf(which, doc, status) {
    const most = (values) => values.reduce((best, value) => Math.max(best, value ?? 0), 0);
    const average = (values) => (values.length ? values.reduce((sum, value) => sum + (value ?? 0), 0) / values.length : 0);
    if (which === "bytes") return memoryOf(doc, status, most);
    if (which === "done") {
        const values = doc.done ?? [];
        const sum = values.reduce((all, value) => all + value, 0);
        return {
            title: "Tasks that ended",
            format: tenths,
            lines: [{ label: "tasks ended", values, variable: "--done", bars: true }],
            words: `${plural(sum, "task")} ended in ${duration(doc.end)}, at most ${count(most(values))} within ${duration(doc.step)}.`,
        };
    }
    if (which === "process") {
        const lines = [];
        if (doc.process_memory)
            lines.push({ label: "memory", values: doc.process_memory, variable: "--name-0", format: bytes });
        if (doc.process_cpu)
            lines.push({
                label: "CPU",
                values: doc.process_cpu,
                variable: "--name-1",
                format: (value) => `${tenths(value)} cores`,
                scale: "cores",
                dash: [6, 3],
            });
        const words = [];
        if (doc.process_memory) words.push(`Memory at most ${bytes(most(doc.process_memory))}`);
        if (doc.process_cpu)
            words.push(`CPU at most ${tenths(most(doc.process_cpu))} cores, ${tenths(average(doc.process_cpu))} on average`);
        return { title: "Process", format: bytes, lines, words: words.length ? `${words.join("; ")}.` : "" };
    }
    const values = doc.running ?? [];
    const workers = Math.max(status.workers ?? 0, status.jobs ?? 0);
    return {
        title: "Parallelism",
        format: tenths,
        top: workers,
        lines: [
            { label: "tasks at work", values, variable: "--done", fill: true },
            ...(status.workers
                ? [
                      {
                          label: "workers",
                          values: values.map(() => status.workers),
                          variable: "--text-soft",
                          dash: [5, 4],
                          constant: true,
                      },
                  ]
                : []),
        ],
        words: `At most ${tenths(most(values))} tasks at work at once, ${tenths(average(values))} on average, with ${plural(status.workers ?? 0, "worker")}.`,
    };
}

function memoryOf(doc, status, most) {
    const slots = slotsOf(status.names);
    const holders = doc.holders ?? [];
    const all = doc.bytes ?? [];
    const lines = holders.map(({ name, bytes: values }) => ({
        label: status.names[name]?.name ?? "?",
        values,
        variable: slotVariable(slots[name] ?? -1),
        fill: true,
    }));
    const rest = all.map((value, i) => Math.max(0, value - holders.reduce((sum, holder) => sum + (holder.bytes[i] ?? 0), 0)));
    if (most(rest) > most(all) * 0.005) lines.push({ label: "others", values: rest, variable: "--name-other", fill: true });
    const peak = most(all);
    const at = all.indexOf(peak);
    const largest = holders.reduce(
        (best, holder) => (best && (best.bytes[at] ?? 0) >= (holder.bytes[at] ?? 0) ? best : holder),
        undefined,
    );
    const words = peak
        ? `Results took at most ${bytes(peak)}, ${duration(at * doc.step)} after the begin${largest?.bytes[at] ? `, most of it of ${status.names[largest.name]?.name ?? "?"}` : ""}.`
        : "Results took no memory.";
    return { title: "Memory of results", format: bytes, stacked: true, lines, words };
}

/**
 * Columns for uPlot: x, then a column for each line; the last value holds until the end. Stacked: each on top of those before
 * it.
 */
export function columnsOf(chart, doc) {
    const size = chart.lines.reduce((most, { values }) => Math.max(most, values.length), 0);
    if (!size) return null;
    const x = Array.from({ length: size + 1 }, (_, i) => Math.min(i * doc.step, Math.max(doc.end, (size - 1) * doc.step + 1)));
    const padded = chart.lines.map(({ values }) => [...values, values.at(-1) ?? null]);
    if (chart.stacked)
        for (let line = 1; line < padded.length; line++)
            padded[line] = padded[line].map((value, i) => (value ?? 0) + (padded[line - 1][i] ?? 0));
    return [x, ...padded];
}

/** The scale of bytes goes in powers of two. */
export function byteTicks(most, marks) {
    const least = most / Math.max(1, marks);
    const step = 2 ** Math.ceil(Math.log2(Math.max(1, least)));
    const found = [];
    for (let at = 0; at <= most; at += step) found.push(at);
    return found;
}

const faint = (value, part) =>
    /^#[0-9a-f]{6}$/i.test(value)
        ? value +
          Math.round(part * 255)
              .toString(16)
              .padStart(2, "0")
        : value;

function optionsOf(chart, size, moved) {
    const font = "11px system-ui, sans-serif";
    const [soft, grid] = [colour("--text-soft"), colour("--grid")];
    const axis = { stroke: soft, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 } };
    const marks = (u) => Math.max(2, Math.floor(u.bbox.width / devicePixelRatio / 90));
    const values = (format) => (_, splits) => splits.map((value) => (value === null ? "" : format(value)));
    const high = (u) => Math.max(2, Math.floor(u.bbox.height / devicePixelRatio / 34));
    const onBytes = chart.format === bytes && chart.lines.some((line) => line.scale === undefined);
    const series = chart.lines.map((line) => {
        const stroke = colour(line.variable);
        return {
            label: line.label,
            scale: line.scale ?? "y",
            stroke,
            width: chart.stacked ? 1 : 1.75,
            dash: line.dash,
            points: { show: false },
            fill: line.fill ? (chart.stacked ? stroke : faint(stroke, 0.25)) : line.bars ? faint(stroke, 0.6) : undefined,
            paths: line.bars ? uPlot.paths.bars({ size: [0.9, 100], align: 1 }) : uPlot.paths.stepped({ align: 1 }),
        };
    });
    return {
        ...size,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        drawOrder: chart.stacked ? ["series", "axes"] : ["axes", "series"],
        // Lower ones of a stack cover the higher, so that each shows its own part.
        series: [{}, ...(chart.stacked ? series.slice().reverse() : series)],
        cursor: { sync: { key: "tgrun" }, drag: { x: false, y: false }, y: false, points: { size: 6 } },
        scales: {
            x: { time: false },
            y: { range: (_, low, top) => [0, Math.max(chart.top ?? 0, top ?? 0) * 1.05 || 1] },
            cores: { range: (_, low, top) => [0, Math.max(1, top ?? 0) * 1.05] },
        },
        axes: [
            {
                ...axis,
                size: 28,
                splits: (u, _, from, to) => ticks(from, to, marks(u)),
                values: (u, splits) =>
                    splits.map((value) => tickLabel(value, tickStep(u.scales.x.max - u.scales.x.min, marks(u)))),
            },
            {
                ...axis,
                scale: "y",
                size: chart.format === bytes ? 72 : 40,
                values: values(chart.format),
                ...(onBytes && { splits: (u, _, from, to) => byteTicks(to, high(u)) }),
                ...(!onBytes && { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000] }),
            },
            ...(chart.lines.some((line) => line.scale === "cores")
                ? [{ ...axis, scale: "cores", side: 1, size: 50, grid: { show: false }, values: values(tenths) }]
                : []),
        ],
        hooks: { setCursor: [(u) => moved(u.cursor.idx ?? null)] },
    };
}

/**
 * source, status: as for Timeline. which: "running" (parallelism), "done", "bytes" (memory of results by name), "process"
 * (memory, cores). Nothing where nothing is known of that.
 */
export function Series({ source, status, which, height = 160 }) {
    const { doc } = useDocument(source, "series", {}, status, { every: 2 });
    const [asTable, setAsTable] = useState(false);
    const [at, setAt] = useState(null);
    const chart = useMemo(
        () => doc && chartOf(which, doc, status),
        [doc, which, status.workers, status.jobs, status.names.length],
    );
    const columns = useMemo(() => chart && columnsOf(chart, doc), [chart]);
    if (!chart || !chart.lines.length) return null;
    return (
        <figure class="series" aria-label={chart.title}>
            <figcaption>
                <span class="soft">{chart.words}</span>
                {columns && (
                    <button
                        type="button"
                        aria-pressed={asTable}
                        onClick={() => setAsTable(!asTable)}
                        aria-label={`${chart.title}: show as ${asTable ? "picture" : "table"}`}
                    >
                        {asTable ? "Picture" : "Table"}
                    </button>
                )}
            </figcaption>
            {!columns ? (
                <p class="soft">Nothing yet.</p>
            ) : asTable ? (
                <Table {...{ chart, doc }} />
            ) : (
                <>
                    <Plot {...{ chart, columns, height, at, setAt, doc }} />
                    <Legend {...{ chart, at, doc }} />
                </>
            )}
        </figure>
    );
}

const said = (chart, line, value) => (value == null ? "" : (line.format ?? chart.format)(value));

function Plot({ chart, columns, height, at, setAt, doc }) {
    const frame = useRef(null);
    const plot = useRef(null);
    const [width, setWidth] = useState(0);
    const [themed, setThemed] = useState(0);
    const [keyed, setKeyed] = useState(false);
    const shape = `${chart.title}\n${chart.lines.map(({ label, variable, scale }) => `${label}${variable}${scale}`).join()}\n${chart.top}\n${themed}`;
    const data = chart.stacked ? [columns[0], ...columns.slice(1).reverse()] : columns;

    useLayoutEffect(() => {
        const { current } = frame;
        const measure = () => setWidth(current.clientWidth);
        measure();
        const watcher = new ResizeObserver(measure);
        watcher.observe(current);
        const changed = () => setThemed((n) => n + 1);
        addEventListener("themechange", changed);
        return () => {
            watcher.disconnect();
            removeEventListener("themechange", changed);
        };
    }, []);
    useEffect(() => {
        if (!width) return undefined;
        plot.current = new uPlot(optionsOf(chart, { width, height }, setAt), data, frame.current);
        return () => {
            plot.current.destroy();
            plot.current = null;
        };
    }, [shape, width > 0, height]);
    useEffect(() => plot.current?.setData(data), [columns]);
    useEffect(() => {
        if (width) plot.current?.setSize({ width, height });
    }, [width, height]);

    const keys = (event) => {
        const last = columns[0].length - 2;
        const next = {
            ArrowLeft: Math.max(0, (at ?? last + 1) - 1),
            ArrowRight: Math.min(last, (at ?? -1) + 1),
            Home: 0,
            End: last,
        }[event.key];
        if (next === undefined || !plot.current) return;
        event.preventDefault();
        setKeyed(true);
        plot.current.setCursor({ left: plot.current.valToPos(columns[0][next], "x") + 0.5, top: 10 });
    };
    return (
        <>
            <div
                ref={frame}
                class="series-plot"
                style={{ minHeight: `${height}px` }}
                tabIndex={0}
                role="img"
                aria-label={`${chart.title}. ${chart.words} Arrow keys read it out.`}
                onKeyDown={keys}
                onBlur={() => setKeyed(false)}
            />
            <div class="series-said" aria-live="polite">
                {keyed && at !== null
                    ? `${duration(at * doc.step)}: ${chart.lines.map((line) => `${line.label} ${said(chart, line, line.values[at])}`).join(", ")}`
                    : ""}
            </div>
        </>
    );
}

function Legend({ chart, at, doc }) {
    return (
        <ul class="series-legend">
            {chart.lines.map((line) => (
                <li key={line.label}>
                    <i
                        class={line.dash ? "line" : ""}
                        style={{ [line.dash ? "borderColor" : "background"]: `var(${line.variable})` }}
                    />
                    {line.label}
                    <span class="soft">
                        {at !== null && at < line.values.length ? ` ${said(chart, line, line.values[at])}` : ""}
                    </span>
                </li>
            ))}
            {at !== null && <li class="soft">at {duration(Math.min(at * doc.step, doc.end))}</li>}
        </ul>
    );
}

/** Of long series every so many steps one row: the highest of each. */
export function rowsOf(chart, doc, most) {
    const size = chart.lines.reduce((all, { values }) => Math.max(all, values.length), 0);
    const each = Math.max(1, Math.ceil(size / most));
    const rows = [];
    for (let begin = 0; begin < size; begin += each)
        rows.push({
            time: begin * doc.step,
            values: chart.lines.map(({ values }) =>
                values.slice(begin, begin + each).reduce((best, value) => Math.max(best, value ?? 0), 0),
            ),
        });
    return { rows, each };
}

function Table({ chart, doc }) {
    const { rows, each } = rowsOf(chart, doc, tableRows);
    return (
        <div class="series-table" tabIndex={0} role="region" aria-label={`${chart.title} as numbers`}>
            <table>
                <caption>{each > 1 ? `The highest within ${duration(each * doc.step)}` : `Each ${duration(doc.step)}`}</caption>
                <thead>
                    <tr>
                        <th scope="col">Time</th>
                        {chart.lines.map(({ label }) => (
                            <th key={label} scope="col">
                                {label}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {rows.map(({ time, values }) => (
                        <tr key={time}>
                            <th scope="row">{duration(time)}</th>
                            {values.map((value, line) => (
                                <td key={chart.lines[line].label}>{said(chart, chart.lines[line], value)}</td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}
