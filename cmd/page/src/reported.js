// SPDX-License-Identifier: MIT
// A report answers for its tasks itself, as the server does: filtered, sorted, page by page.

const text = (value) => (value ?? "").toLowerCase();

const columns = {
    began: (row) => row.began ?? Infinity,
    length: (row) => row.length ?? -1,
    name: null, // as text, below
    id: (row) => row.id,
};

function compare(names, sort) {
    const down = sort.startsWith("-");
    const column = down ? sort.slice(1) : sort;
    const sign = down ? -1 : 1;
    if (column === "name")
        return (a, b) => sign * (names[a.name]?.name ?? "").localeCompare(names[b.name]?.name ?? "") || a.id - b.id;
    const value = columns[column] ?? columns.id;
    return (a, b) => sign * (value(a) - value(b)) || a.id - b.id;
}

/** The document `tasks` for a query {q, state, name, sort, offset, limit}. */
export function reportTasks(run, { q = "", state = "", name = "", sort = "id", offset = 0, limit = 100 }) {
    const names = run.status.names;
    const words = text(q);
    const has = (row) => [row.label, names[row.name]?.name, row.place, row.message].some((part) => text(part).includes(words));
    const rows = (run.tasks?.rows ?? []).filter(
        (row) => (!state || row.state === state) && (name === "" || row.name === Number(name)) && (!words || has(row)),
    );
    rows.sort(compare(names, sort));
    return {
        total: run.tasks?.total ?? rows.length,
        known: run.tasks?.rows.length ?? 0,
        kept: run.kept,
        count: rows.length,
        offset: Number(offset),
        rows: rows.slice(Number(offset), Number(offset) + Number(limit)),
    };
}

const same = (row, id, part) => row.id === Number(id) && (row.part ?? 0) === Number(part ?? 0);

/** The document `task`, of what the report knows of it: its row, those it names as needs, and its failure with the log. */
export function reportTask(run, { id, part }) {
    const rows = run.tasks?.rows ?? [];
    const row = rows.find((row) => same(row, id, part));
    if (!row) throw new Error(`this ${run.kept ? "page has not kept it" : "report does not have it"}`);
    const short = ({ id, label, state }) => ({ id, label, state });
    const others = rows.filter((other) => (other.part ?? 0) === (row.part ?? 0));
    const needs = (row.needs ?? []).map((need) => others.find((other) => other.id === need)).filter(Boolean);
    const neededBy = others.filter((other) => other.needs?.includes(row.id));
    const failure = run.status.failures?.find((failure) => same(failure, id, part));
    const around = {
        needs: needs.map(short),
        needs_total: row.needs?.length ?? 0,
        needed_by: neededBy.slice(0, 50).map(short),
        needed_by_total: neededBy.length,
    };
    return {
        ...row,
        ...(run.kept ? {} : around),
        attempts: undefined,
        attempts_total: row.attempts,
        message: row.message ?? failure?.message,
        log: failure?.log,
        log_text: failure?.log_text,
    };
}
