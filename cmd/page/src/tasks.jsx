// SPDX-License-Identifier: MIT
// The page of tasks: what each name took, and a table of tasks to filter, sort and turn over.
import { useEffect, useRef, useState } from "preact/hooks";
import { bytes, count, duration, moment } from "./format.js";
import { go, tasksLink } from "./route.js";
import { useDocument } from "./source.js";
import { Card, Empty, Progress, Scroll, Share, SortHead, State, Swatch, TaskLink, Text } from "./ui.jsx";

const perPage = 100;
const states = ["waiting", "running", "done", "failed", "caught", "skipped"];

const nameColumns = [
    ["name", "Name"],
    ["total", "Count", count],
    ["busy", "Total", duration],
    ["mean", "Mean", duration],
    ["p50", "Median", duration],
    ["p99", "99th %", duration],
    ["max", "Longest", duration],
    ["cpu", "CPU", duration],
    ["memory", "Memory", bytes],
];

/** Columns of which something is known of some name. */
const known = (names, key) => !["cpu", "memory"].includes(key) || names.some((name) => name[key] > 0);

function sortNames(names, sort) {
    const down = sort.startsWith("-");
    const key = sort.replace(/^-/, "");
    const order = (a, b) =>
        (key === "name" ? a.name.localeCompare(b.name) : (a[key] ?? -1) - (b[key] ?? -1)) || a.index - b.index;
    const sorted = names
        .map((name, index) => ({ ...name, index }))
        .filter((name) => name.total)
        .sort(order);
    return down ? sorted.reverse() : sorted;
}

function Names({ status, chosen }) {
    const [sort, setSort] = useState("-busy");
    const [withHelpers, setWithHelpers] = useState(false);
    const all = sortNames(status.names, sort);
    const called = all.filter((name) => name.kind !== "helper");
    const choice = called.length > 0 && called.length < all.length;
    const names = choice && !withHelpers ? called : all;
    const columns = nameColumns.filter(([key]) => known(all, key));
    const most = Math.max(1, ...names.map((name) => name.busy ?? 0));
    const cell = (name, key, show) =>
        key === "busy" ? <Share part={(name.busy ?? 0) / most}>{show(name.busy)}</Share> : show(name[key]);
    return (
        <Card
            title="Names"
            aside={
                <>
                    {choice && (
                        <label class="check">
                            <input
                                type="checkbox"
                                checked={withHelpers}
                                onChange={(event) => setWithHelpers(event.target.checked)}
                            />
                            with helpers
                        </label>
                    )}
                    {count(names.length)}
                </>
            }
        >
            <Scroll label="Names of tasks" class="tall">
                <table class="names-table">
                    <thead>
                        <tr>
                            {columns.map(([key, title]) => (
                                <SortHead key={key} column={key} sort={sort} setSort={setSort} number={key !== "name"}>
                                    {title}
                                </SortHead>
                            ))}
                            <th scope="col">Progress</th>
                        </tr>
                    </thead>
                    <tbody>
                        {names.slice(0, 1000).map((name) => (
                            <tr key={name.index} class={chosen === String(name.index) ? "chosen" : ""}>
                                <th scope="row" class="wide">
                                    <a class="task-link" href={tasksLink({ name: name.index })}>
                                        <Swatch names={status.names} index={name.index} />
                                        <Text text={name.name} most={80} />
                                    </a>
                                    {name.kind !== "task" && <small> {name.kind}</small>}
                                </th>
                                {columns.slice(1).map(([key, , show]) => (
                                    <td key={key} class="number">
                                        {cell(name, key, show)}
                                    </td>
                                ))}
                                <td class="progress-cell">
                                    <Progress counts={name} label={name.name.slice(0, 60)} />
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </Scroll>
        </Card>
    );
}

/** A text that is typed: what is shown follows each key, what is asked for the last of them. */
function Search({ value, setValue }) {
    const [typed, setTyped] = useState(value);
    const timer = useRef();
    useEffect(() => setTyped(value), [value]);
    useEffect(() => () => clearTimeout(timer.current), []);
    const change = (event) => {
        const text = event.target.value;
        setTyped(text);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setValue(text), 200);
    };
    return (
        <label class="field grows">
            <span>Text</span>
            <input type="search" value={typed} onInput={change} placeholder="call, name, place or message" maxLength={200} />
        </label>
    );
}

function Filter({ query, change, status }) {
    return (
        <form class="filter" role="search" aria-label="Tasks" onSubmit={(event) => event.preventDefault()}>
            <Search value={query.q ?? ""} setValue={(q) => change({ q })} />
            <label class="field">
                <span>State</span>
                <select value={query.state ?? ""} onChange={(event) => change({ state: event.target.value })}>
                    <option value="">all</option>
                    {states.map((state) => (
                        <option key={state} value={state}>
                            {state}
                        </option>
                    ))}
                </select>
            </label>
            <label class="field">
                <span>Name</span>
                <select value={query.name ?? ""} onChange={(event) => change({ name: event.target.value })}>
                    <option value="">all</option>
                    {status.names.slice(0, 1000).map((name, index) => (
                        <option key={index} value={index}>
                            {name.name.slice(0, 60)}
                        </option>
                    ))}
                </select>
            </label>
            {(query.q || query.state || query.name) && (
                <button type="button" onClick={() => change({ q: "", state: "", name: "" })}>
                    Show all
                </button>
            )}
        </form>
    );
}

function Row({ row, names, shown }) {
    return (
        <tr>
            <td class="number">{row.part ? `${row.part}:${row.id}` : row.id}</td>
            <th scope="row" class="wide">
                <Swatch names={names} index={row.name} />
                <TaskLink task={row} name={names[row.name]?.name} />
                {row.message && (
                    <div class={`message message-${row.state}`}>
                        <Text text={row.message} most={160} />
                    </div>
                )}
            </th>
            <td>
                <State state={row.state}>
                    {row.state}
                    {row.attempts > 1 && ` (${row.attempts} attempts)`}
                </State>
            </td>
            <td class="number">{moment(row.began)}</td>
            <td class="number">{duration(row.length)}</td>
            <td class="number">{row.worker ?? ""}</td>
            {shown.cpu && <td class="number">{duration(row.cpu)}</td>}
            {shown.memory && <td class="number">{bytes(row.memory)}</td>}
            <td class="number">{bytes(row.bytes)}</td>
            <td>
                <Text text={row.place} most={60} />
            </td>
        </tr>
    );
}

function Pager({ doc, offset, change }) {
    if (doc.count <= perPage && !offset) return null;
    const first = count(Math.min(offset + 1, doc.count));
    const last = Math.max(0, Math.floor((doc.count - 1) / perPage) * perPage);
    const button = (to, text, label) => (
        <button
            type="button"
            disabled={to < 0 || to > last || to === offset}
            onClick={() => change({ offset: to || "" })}
            aria-label={label}
        >
            {text}
        </button>
    );
    return (
        <nav class="pager" aria-label="Pages of the table">
            {button(0, "«", "First page")}
            {button(offset - perPage, "‹ before", "Page before")}
            <span>{`${first}–${count(Math.min(offset + perPage, doc.count))} of ${count(doc.count)}`}</span>
            {button(offset + perPage, "next ›", "Next page")}
            {button(last, "»", "Last page")}
        </nav>
    );
}

function Table({ doc, status, sort, change }) {
    const setSort = (next) => change({ sort: next });
    const head = (column, title, number = true) => (
        <SortHead column={column} sort={sort} setSort={setSort} number={number}>
            {title}
        </SortHead>
    );
    const shown = { cpu: known(status.names, "cpu"), memory: known(status.names, "memory") };
    if (!doc.rows.length) return <Empty>{doc.total ? "No task is like that." : "There are no tasks yet."}</Empty>;
    return (
        <Scroll label="Tasks">
            <table class="tasks-table">
                <thead>
                    <tr>
                        {head("id", "No.")}
                        {head("name", "Call", false)}
                        <th scope="col">State</th>
                        {head("began", "Began")}
                        {head("length", "Took")}
                        <th scope="col" class="number">
                            Worker
                        </th>
                        {shown.cpu && (
                            <th scope="col" class="number">
                                CPU
                            </th>
                        )}
                        {shown.memory && (
                            <th scope="col" class="number">
                                Memory
                            </th>
                        )}
                        <th scope="col" class="number">
                            Result
                        </th>
                        <th scope="col">Called at</th>
                    </tr>
                </thead>
                <tbody>
                    {doc.rows.map((row) => (
                        <Row key={`${row.id}/${row.part}`} row={row} names={status.names} shown={shown} />
                    ))}
                </tbody>
            </table>
        </Scroll>
    );
}

export function TasksPage({ source, status, query }) {
    const sort = query.sort ?? "id";
    const offset = Number(query.offset) || 0;
    const asked = { q: query.q, state: query.state, name: query.name, sort, offset, limit: perPage };
    const { doc, error } = useDocument(source, "tasks", asked, status, { every: 2 });
    const change = (next) => go(tasksLink({ ...query, offset: "", ...next }), { replace: true });
    const known =
        doc?.known && doc.known < doc.total
            ? `; this ${doc.kept ? "page has kept" : "report has"} ${count(doc.known)} of ${count(doc.total)}: ${doc.kept ? "the" : "those that failed, and the"} longest`
            : "";
    return (
        <div class="stack">
            <Names status={status} chosen={query.name} />
            <Card title="Tasks" aside={doc ? `${count(doc.count)} of ${count(doc.total)}${known}` : ""}>
                <Filter query={query} change={change} status={status} />
                {doc ? <Table doc={doc} status={status} sort={sort} change={change} /> : <Empty>{error ?? "Reading …"}</Empty>}
                {doc && <Pager doc={doc} offset={offset} change={change} />}
            </Card>
        </div>
    );
}
