// SPDX-License-Identifier: MIT
// The graph of the run: its tasks, calls or names as nodes that fill up while it goes on. It can be moved and zoomed, walked
// through by keys along its edges, and had as a table.
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { nameColour } from "./colors.js";
import { count, duration, plural, shorten } from "./format.js";
import { byDagre } from "./dagre.js";
import "./graph.css";
import { bounds, box, edgeLabel, edgePath, neighbour, obstacles, place, structure } from "./layout.js";
import "./names.css";
import { go, tasksLink } from "./route.js";
import { useDocument } from "./source.js";

const states = ["done", "failed", "caught", "skipped", "running"];
const levels = [
    ["auto", "Automatic"],
    ["tasks", "Tasks"],
    ["calls", "Calls"],
    ["names", "Names"],
];
const margin = 24;

/** The states of a node with how many of its tasks have each: {done, failed, caught, skipped, running, waiting}. */
export function tally(node) {
    const found = Object.fromEntries(states.map((state) => [state, node[state] ?? 0]));
    found.waiting = Math.max(0, (node.total ?? 0) - states.reduce((sum, state) => sum + found[state], 0));
    return found;
}

/** What a node looks like as a whole: what is worst, as in pictures. */
export function chief(node) {
    const found = tally(node);
    for (const state of ["failed", "caught", "running"]) if (found[state]) return state;
    if (found.done && found.done >= found.skipped) return found.waiting ? "partly" : "done";
    if (found.skipped) return "skipped";
    return "waiting";
}

/** "done", "12 of 20, 1 failed, 2 running" */
export function words(node) {
    const found = tally(node);
    if (node.total === 1) return ["running", "failed", "caught", "skipped", "done"].find((state) => found[state]) ?? "waiting";
    const parts = [`${count(found.done)} of ${count(node.total)}`];
    for (const state of ["failed", "caught", "skipped", "running"])
        if (found[state]) parts.push(`${count(found[state])} ${state}`);
    return parts.join(", ");
}

/**
 * source, status, openTask: as for Timeline; asks "graph" with {level}. A node of many tasks leads to the table of these. Fills
 * the place it stands in.
 */
export function Graph({ source, status, openTask }) {
    const [wanted, setWanted] = useState("auto");
    const [asTable, setAsTable] = useState(false);
    const { doc } = useDocument(source, "graph", { level: wanted }, status);
    const { places, tidy } = usePlaces(doc);
    const level = doc?.level;
    const open = useCallback(
        (node) =>
            node.id === undefined
                ? go(tasksLink({ name: node.name, q: level === "calls" ? node.place : "" }))
                : openTask?.(node.id, node.part),
        [openTask, level],
    );
    const picture = useRef(null);
    if (!doc) return <p class="graph-none">…</p>;
    const words = { tasks: "a node for each", calls: "a node for each call in the source", names: "a node for each name" }[
        doc.level
    ];
    return (
        <section class="graph" aria-label="Graph">
            <div class="graph-tools" role="toolbar" aria-label="Graph tools">
                <button
                    type="button"
                    onClick={() => picture.current?.by(1.4)}
                    aria-label="Zoom in"
                    title="Zoom in (+)"
                    disabled={asTable}
                >
                    +
                </button>
                <button
                    type="button"
                    onClick={() => picture.current?.by(1 / 1.4)}
                    aria-label="Zoom out"
                    title="Zoom out (-)"
                    disabled={asTable}
                >
                    −
                </button>
                <button type="button" onClick={() => picture.current?.fit()} title="Show all of it (0)" disabled={asTable}>
                    Fit
                </button>
                {doc.grows && (
                    <button
                        type="button"
                        onClick={tidy}
                        title="Lay the graph out anew: what has come later stands where there was room"
                        disabled={asTable}
                    >
                        Tidy
                    </button>
                )}
                {source.live && (
                    <label>
                        Show{" "}
                        <select value={wanted} onChange={(event) => setWanted(event.currentTarget.value)}>
                            {levels.map(([value, text]) => (
                                <option key={value} value={value}>
                                    {text}
                                </option>
                            ))}
                        </select>
                    </label>
                )}
                <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
                    {asTable ? "Show as picture" : "Show as table"}
                </button>
                <span class="graph-about">
                    {plural(doc.tasks, "task")}
                    {doc.grows && !status.ended ? "+" : ""}, {words}
                </span>
            </div>
            {doc.nodes.length === 0 ? (
                <p class="graph-none">There are no tasks{status.ended ? "" : " yet"}.</p>
            ) : asTable ? (
                <Table {...{ doc, status, open }} />
            ) : (
                <Picture {...{ doc, status, places, open, picture }} />
            )}
            {!asTable && <Legend grows={doc.grows} />}
        </section>
    );
}

/** Where nodes stand. It is found anew only where the structure has changed, and then nothing moves that need not. */
function usePlaces(doc) {
    const kept = useRef({});
    const [times, setTimes] = useState(0);
    if (doc) {
        const now = structure(doc);
        const { structure: before, level, places, times: last } = kept.current;
        if (now !== before || last !== times) {
            const old = level === doc.level && last === times ? places : undefined;
            kept.current = { structure: now, level: doc.level, places: place(doc, old, byDagre), times };
        }
    }
    return { places: kept.current.places, tidy: () => setTimes(times + 1) };
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Moves and zooms what is in an SVG: {frame, ground: refs; by(factor), fit(), reveal(place)}. Shows all of it until somebody
 * has moved it.
 */
function useCamera(places) {
    const frame = useRef(null);
    const ground = useRef(null);
    const kept = useRef({ free: false, now: zoomIdentity });
    const camera = useMemo(() => {
        const apply = (to, smooth) => {
            kept.current.now = to;
            ground.current.classList.toggle("glides", Boolean(smooth) && !still());
            ground.current.style.transform = `translate(${to.x}px, ${to.y}px) scale(${to.k})`;
            frame.current.classList.toggle("far", to.k < 0.5);
            frame.current.classList.toggle("farther", to.k < 0.28);
            frame.current.dataset.scale = to.k.toFixed(3);
        };
        const set = (to, smooth) => {
            frame.current.__zoom = to;
            apply(to, smooth);
        };
        const whole = () => {
            const { clientWidth: width, clientHeight: height } = frame.current;
            const all = bounds(kept.current.places);
            const scale = Math.min(
                1.25,
                Math.max(
                    0.02,
                    Math.min((width - 2 * margin) / (all.right - all.left), (height - 2 * margin) / (all.bottom - all.top)),
                ),
            );
            return zoomIdentity
                .translate(width / 2 - (scale * (all.left + all.right)) / 2, height / 2 - (scale * (all.top + all.bottom)) / 2)
                .scale(scale);
        };
        // Whether all of it can be seen, and not too small.
        const enough = () => {
            const { clientWidth: width, clientHeight: height } = frame.current;
            const all = bounds(kept.current.places);
            const [left, top] = kept.current.now.apply([all.left, all.top]);
            const [right, bottom] = kept.current.now.apply([all.right, all.bottom]);
            return left >= 0 && top >= 0 && right <= width && bottom <= height && kept.current.now.k > 0.7 * whole().k;
        };
        return {
            apply,
            enough,
            free: () => (kept.current.free = true),
            fit: (smooth = true) => {
                kept.current.free = false;
                set(whole(), smooth);
            },
            by: (factor) => {
                const { clientWidth: width, clientHeight: height } = frame.current;
                const { x, y, k } = kept.current.now;
                const next = Math.min(4, Math.max(0.02, k * factor));
                kept.current.free = true;
                set(
                    zoomIdentity
                        .translate(width / 2 - ((width / 2 - x) * next) / k, height / 2 - ((height / 2 - y) * next) / k)
                        .scale(next),
                    true,
                );
            },
            // Brings a place into sight, and near enough to be read.
            reveal: ({ x, y }) => {
                const { clientWidth: width, clientHeight: height } = frame.current;
                const { now } = kept.current;
                const [left, top] = now.apply([x - box.width / 2, y - box.height / 2]);
                const [right, bottom] = now.apply([x + box.width / 2, y + box.height / 2]);
                if (left >= 0 && top >= 0 && right <= width && bottom <= height && now.k > 0.42) return;
                const scale = Math.max(now.k, 0.7);
                kept.current.free = true;
                set(zoomIdentity.translate(width / 2 - scale * x, height / 2 - scale * y).scale(scale), true);
            },
        };
    }, []);
    useLayoutEffect(() => {
        kept.current.places = places;
        if (!kept.current.shown) {
            kept.current.shown = true;
            camera.fit(false);
        } else if (!kept.current.free && !camera.enough()) camera.fit(true);
    }, [places]);
    useEffect(() => {
        const element = frame.current;
        const behaviour = zoom()
            .scaleExtent([0.02, 4])
            .clickDistance(4)
            .filter((event) =>
                event.type === "wheel"
                    ? event.ctrlKey || event.metaKey || element.contains(document.activeElement)
                    : !event.button,
            )
            .on("zoom", ({ transform, sourceEvent }) => {
                if (!sourceEvent) return;
                camera.free();
                camera.apply(transform, false);
            });
        select(element).call(behaviour).on("dblclick.zoom", null);
        const watcher = new ResizeObserver(() => {
            // It may tell of an element that has just been taken away.
            if (frame.current && !kept.current.free) camera.fit(false);
        });
        watcher.observe(element);
        return () => {
            select(element).on(".zoom", null);
            watcher.disconnect();
        };
    }, []);
    return { frame, ground, camera };
}

function Picture({ doc, status, places, open, picture }) {
    const { frame, ground, camera } = useCamera(places);
    const [current, setCurrent] = useState("");
    const [looked, setLooked] = useState("");
    picture.current = camera;
    const index = useMemo(() => new Map(doc.nodes.map(({ key }, at) => [key, at])), [doc]);
    const joined = useMemo(() => joins(doc), [doc]);
    const columns = useMemo(() => obstacles(places), [places]);
    const first = doc.nodes.reduce((best, node) => {
        const [a, b] = [places.get(node.key), best && places.get(best.key)];
        return !best || a.column < b.column || (a.column === b.column && a.y < b.y) ? node : best;
    }, undefined);
    const reached = index.has(current) ? current : first?.key;

    const walk = (to) => {
        if (to === undefined || to < 0) return;
        const { key } = doc.nodes[to];
        setCurrent(key);
        camera.reveal(places.get(key));
        // The same element as before: nodes keep theirs by their keys.
        frame.current.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
    };
    const keys = (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const at = index.get(reached);
        const actions = {
            "+": () => camera.by(1.4),
            "=": () => camera.by(1.4),
            "-": () => camera.by(1 / 1.4),
            0: () => camera.fit(),
            Home: () => walk(index.get(first?.key)),
            Enter: () => open(doc.nodes[at]),
            " ": () => open(doc.nodes[at]),
        };
        const action = event.key.startsWith("Arrow") ? () => walk(neighbour(doc, places, at, event.key)) : actions[event.key];
        if (!action) return;
        event.preventDefault();
        action();
    };
    // The same picture as before is not compared again: a pointer that passes many nodes is followed at once.
    const drawn = useMemo(
        () => (
            <>
                <g aria-hidden="true">
                    {doc.edges.map((edge) => (
                        <Edge
                            key={`${doc.nodes[edge.from].key}>${doc.nodes[edge.to].key}>${edge.link}`}
                            edge={edge}
                            ends={[doc.nodes[edge.from].key, doc.nodes[edge.to].key]}
                            from={places.get(doc.nodes[edge.from].key)}
                            to={places.get(doc.nodes[edge.to].key)}
                            columns={columns}
                        />
                    ))}
                </g>
                {doc.nodes.map((node, at) => (
                    <Node
                        key={node.key}
                        node={node}
                        place={places.get(node.key)}
                        colour={nameColour(status.names, node.name)}
                        label={spoken(node, joined.needs[at].length, joined.users[at].length)}
                        stop={node.key === reached}
                        setCurrent={setCurrent}
                        setLooked={setLooked}
                        open={open}
                    />
                ))}
            </>
        ),
        [doc, places, columns, reached, open, status.names.length],
    );
    const lit = looked || (frame.current?.contains(document.activeElement) ? current : "");
    useLayoutEffect(() => {
        const of = (edge) => lit && (edge.dataset.from === lit || edge.dataset.to === lit);
        for (const edge of frame.current.querySelectorAll(".graph-edge")) edge.classList.toggle("lit", Boolean(of(edge)));
    }, [lit, drawn]);
    const about = index.get(looked);
    return (
        <div class="graph-place">
            <svg
                ref={frame}
                class="graph-picture"
                role="group"
                aria-roledescription="graph"
                aria-label={`Graph of ${plural(doc.nodes.length, "node")}. Arrow keys go along its edges, Enter opens, plus and minus zoom, 0 shows all.`}
                onKeyDown={keys}
            >
                <defs>
                    <marker
                        id="graph-arrow"
                        viewBox="0 0 8 8"
                        refX="7"
                        refY="4"
                        markerWidth="7"
                        markerHeight="7"
                        markerUnits="userSpaceOnUse"
                        orient="auto"
                    >
                        <path d="M0,0.5L8,4L0,7.5Z" />
                    </marker>
                </defs>
                <clipPath id="graph-inside">
                    <rect x={-box.width / 2} y={-box.height / 2} width={box.width - 6} height={box.height} />
                </clipPath>
                <g ref={ground} class="graph-ground">
                    {drawn}
                </g>
            </svg>
            {about !== undefined && <About node={doc.nodes[about]} joined={joined} at={about} status={status} />}
        </div>
    );
}

// What fits into a node, in letters.
const labelMost = 22;
const wordsMost = 27;

/** A label that fits: what it calls and the end of its arguments, which tells it from others. */
export function middle(label = "", most = labelMost) {
    if (label.length <= most) return label;
    const head = Math.min(label.indexOf("(") + 1 || most, most - 9);
    return `${label.slice(0, head)}…${label.slice(head + 1 - most)}`;
}

/** What a node is called: first what can be read in it, word for word, then the rest. */
function spoken(node, needs, users) {
    const state = words(node);
    const rest = [`${middle(node.label)} ${shorten(state, wordsMost)}`];
    if ((node.label ?? "").length > labelMost) rest.push(shorten(node.label, 200));
    if (state.length > wordsMost) rest.push(state);
    if (node.busy) rest.push(duration(node.busy));
    if (node.expands) rest.push("adds tasks");
    return `${rest.join(", ")}; needs ${count(needs)}, needed by ${count(users)}`;
}

/** Of each node which it needs, and which need it. */
function joins({ nodes, edges }) {
    const needs = nodes.map(() => []);
    const users = nodes.map(() => []);
    for (const { from, to } of edges) {
        needs[to]?.push(from);
        users[from]?.push(to);
    }
    return { needs, users };
}

function Edge({ edge, ends, from, to, columns }) {
    const many = edge.count > 1;
    return (
        <g class={edge.link === "added" ? "graph-edge added" : "graph-edge"} data-from={ends[0]} data-to={ends[1]}>
            <path
                d={edgePath(from, to, columns)}
                style={{ strokeWidth: `${Math.min(5, 1.2 + Math.log10(Math.max(1, edge.count)))}px` }}
                marker-end="url(#graph-arrow)"
            />
            {many && <text {...edgeLabel(from, to, columns)}>×{count(edge.count)}</text>}
        </g>
    );
}

function Node({ node, place, colour, label, stop, setCurrent, setLooked, open }) {
    const state = chief(node);
    const found = tally(node);
    let at = 0;
    const wide = box.width - 22;
    return (
        <g
            class={`graph-node ${state}${node.expands ? " expands" : ""}${node.kind === "output" ? " output" : ""}`}
            style={{ transform: `translate(${place.x}px, ${place.y}px)` }}
            data-key={node.key}
            data-x={place.x}
            data-y={place.y}
            tabIndex={stop ? 0 : -1}
            role="button"
            aria-label={label}
            onFocus={() => setCurrent(node.key)}
            onClick={() => open(node)}
            onPointerEnter={() => setLooked(node.key)}
            onPointerLeave={() => setLooked("")}
        >
            <rect class="ground" x={-box.width / 2} y={-box.height / 2} width={box.width} height={box.height} rx="6" />
            <rect class="tint" x={-box.width / 2} y={-box.height / 2} width={box.width} height={box.height} rx="6" />
            <rect
                class="name"
                x={-box.width / 2 + 5}
                y={-box.height / 2 + 6}
                width="5"
                height={box.height - 12}
                rx="2"
                style={{ fill: colour }}
            />
            <g clip-path="url(#graph-inside)">
                <text class="label" x={-box.width / 2 + 16} y={node.total > 1 ? -5 : -2}>
                    {middle(node.label)}
                </text>{" "}
                <text class="words" x={-box.width / 2 + 16} y={node.total > 1 ? 7 : 12}>
                    {shorten(words(node), wordsMost)}
                </text>
            </g>
            {node.total > 1 && (
                <g class="bars" transform={`translate(${-box.width / 2 + 16}, ${box.height / 2 - 9})`}>
                    <rect class="bar" width={wide} height="5" rx="1.5" />
                    {states.map((name) => {
                        if (!found[name]) return null;
                        const length = (found[name] / node.total) * wide;
                        const x = at;
                        at += length;
                        return <rect key={name} class={`part ${name}`} x={x} width={Math.max(length, 1.5)} height="5" />;
                    })}
                </g>
            )}
            {node.expands && (
                <g class="mark" transform={`translate(${box.width / 2}, 0)`}>
                    <circle r="7.5" />
                    <path d="M-3.5,0H3.5M0,-3.5V3.5" />
                </g>
            )}
        </g>
    );
}

function About({ node, joined, at, status }) {
    return (
        <div class="graph-tip" aria-hidden="true">
            <b>{shorten(node.label, 120)}</b>
            <div>{words(node)}</div>
            {node.busy > 0 && (
                <div>
                    {duration(node.busy)}
                    {node.total > 1 && node.done > 0 ? `, ${duration(node.busy / node.done)} each` : ""}
                </div>
            )}
            {node.place && <div class="soft">{shorten(node.place, 80)}</div>}
            {status.names[node.name] && status.names[node.name].name !== node.label && (
                <div class="soft">{`${node.kind ?? "task"} ${shorten(status.names[node.name].name, 60)}`}</div>
            )}
            <div class="soft">
                needs {count(joined.needs[at].length)}, needed by {count(joined.users[at].length)}
                {node.expands ? ", adds tasks to the graph" : ""}
            </div>
        </div>
    );
}

function Legend({ grows }) {
    return (
        <ul class="graph-legend" aria-label="States">
            {["waiting", "running", "done", "failed", "caught", "skipped"].map((state) => (
                <li key={state}>
                    <i class={state} />
                    {state}
                </li>
            ))}
            {grows && (
                <li>
                    <i class="plus">+</i>adds tasks
                </li>
            )}
            <li class="graph-hint">Ctrl + wheel or pinch zooms, drag moves</li>
        </ul>
    );
}

const tableRows = 500;

function Table({ doc, status, open }) {
    const joined = useMemo(() => joins(doc), [doc]);
    const list = (nodes) => {
        const texts = nodes.slice(0, 6).map((at) => doc.nodes[at].label ?? "?");
        return shorten(texts.join(", "), 200) + (nodes.length > 6 ? ` and ${count(nodes.length - 6)} more` : "");
    };
    return (
        <div class="graph-table" tabIndex={0} role="region" aria-label="Nodes of the graph">
            <table>
                <caption>
                    {doc.nodes.length > tableRows
                        ? `The first ${count(tableRows)} of ${plural(doc.nodes.length, "node")}`
                        : plural(doc.nodes.length, "node")}
                </caption>
                <thead>
                    <tr>
                        <th scope="col">{doc.level === "tasks" ? "Task" : doc.level === "calls" ? "Call" : "Name"}</th>
                        <th scope="col">State</th>
                        <th scope="col" class="number">
                            Time
                        </th>
                        <th scope="col">Needs</th>
                        <th scope="col">Needed by</th>
                    </tr>
                </thead>
                <tbody>
                    {doc.nodes.slice(0, tableRows).map((node, at) => (
                        <tr key={node.key}>
                            <td>
                                <button type="button" class="link" onClick={() => open(node)}>
                                    <i style={{ background: nameColour(status.names, node.name) }} />
                                    {shorten(node.label, 80)}
                                </button>
                                {node.expands && " (adds tasks)"}
                            </td>
                            <td>{words(node)}</td>
                            <td class="number">{node.busy ? duration(node.busy) : ""}</td>
                            <td>{list(joined.needs[at])}</td>
                            <td>{list(joined.users[at])}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}
