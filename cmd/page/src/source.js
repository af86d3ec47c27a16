// SPDX-License-Identifier: MIT
// Where the page has its documents from: a report has them in itself, a live page asks the server of the run.
//
//     source.live             whether there is a server
//     source.ask(name, query) a promise of a document ("status", "timeline", "series", "graph", "tasks", "task", "path"); the very
//                             same object as last time where nothing has changed, so that `===` tells. It fails where the server is gone,
//                             or a report does not have it. query: an object of what stands behind the `?`.
//
// Of each name the live source keeps one answer, the last: what it holds does not grow with time. When the run is over it asks for what a
// report has, and answers from that when the server is gone.
import { useEffect, useRef, useState } from "preact/hooks";
import { reportTask, reportTasks } from "./reported.js";

export class ReportSource {
    live = false;
    /** run.kept: it is not all that a report has, but what a page has kept of a run whose server is gone. */
    constructor(run) {
        this.run = run;
    }
    async ask(name, query = {}) {
        if (name === "tasks") return reportTasks(this.run, query);
        if (name === "task") return reportTask(this.run, query);
        const document = this.run[name];
        if (!document) throw new Error(`${this.run.kept ? "this page has kept" : "this report has"} no ${name}`);
        return document;
    }
}

const keptAtTheEnd = { timeline: {}, series: {}, graph: { level: "auto" }, tasks: { sort: "-length", limit: 500 }, path: {} };

export class LiveSource {
    live = true;
    #last = new Map();
    #kept;
    #gone = false;
    constructor(base = "api/") {
        this.base = base;
    }

    async ask(name, query = {}, signal = undefined) {
        if (this.#gone) return this.#kept.ask(name, query);
        try {
            return await this.#fetch(name, query, signal);
        } catch (error) {
            if (!this.#kept || signal?.aborted || error instanceof Refused) throw error;
            this.#gone = true;
            return this.#kept.ask(name, query);
        }
    }

    /** Keeps what there is to know of a run that is over; asked for at once, as the server is soon gone. */
    async keep(status) {
        const run = { status, kept: true };
        const ask = async ([name, query]) => (run[name] = await this.#fetch(name, query).catch(() => undefined));
        await Promise.all(Object.entries(keptAtTheEnd).map(ask));
        this.#kept = new ReportSource(run);
    }

    async #fetch(name, query, signal) {
        const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value != null));
        const key = asked.toString();
        const last = this.#last.get(name);
        const known = last?.key === key ? last.document : undefined;
        if (known?.rev != null) asked.set("rev", known.rev);
        const words = asked.toString();
        const found = await fetch(`${this.base}${name}${words && `?${words}`}`, { cache: "no-store", signal });
        if (!found.ok) throw new Refused(`the server answers ${found.status}`);
        const document = await found.json();
        if (document.same && known) return known;
        this.#last.set(name, { key, document });
        return document;
    }

    /** Tells the run to do something; a promise of {ok, error}. */
    async control(order) {
        const found = await fetch(`${this.base}control`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(order),
        });
        return found.ok || found.status === 400 ? found.json() : { ok: false, error: `the server answers ${found.status}` };
    }
}

/** The server is there, and says no. */
class Refused extends Error {}

/** How long to wait until the next question, in ms: rarely while nobody looks. ?hurry=N behind the address divides it, for tests. */
function pace(status, { changed, failures }) {
    const usual = failures
        ? Math.min(1000 * 2 ** (failures - 1), 30000)
        : document.hidden
          ? 15000
          : status?.paused
            ? 4000
            : changed
              ? 500
              : 1000;
    return usual / hurry;
}
const hurry = Math.max(1, Number(new URLSearchParams(location.search).get("hurry")) || 1);

/**
 * A document that is asked for again while the component is shown and the run goes on: {doc, error}. doc is undefined at first, and stays
 * the last one known when the server is gone. Another query asks at once. every: how many times as rarely.
 */
export function useDocument(source, name, query = {}, status = undefined, { every = 1 } = {}) {
    const [state, setState] = useState({});
    const now = useRef(status);
    now.current = status;
    const key = JSON.stringify(query);
    useEffect(() => {
        const abort = new AbortController();
        let timer;
        let failures = 0;
        let last;
        const ask = async () => {
            timer = undefined;
            const over = now.current?.ended;
            let changed = false;
            try {
                const doc = await source.ask(name, query, abort.signal);
                if (abort.signal.aborted) return;
                changed = doc !== last;
                if (changed || failures) setState({ doc });
                failures = 0;
                last = doc;
                if (!source.live || over || doc.ended) return;
            } catch (error) {
                if (abort.signal.aborted) return;
                failures++;
                setState((old) => ({ ...old, error: error.message }));
                if (!source.live || over) return;
            }
            timer = setTimeout(ask, every * pace(now.current ?? last, { changed, failures }));
        };
        const seen = () => {
            if (document.hidden || timer === undefined) return;
            clearTimeout(timer);
            ask();
        };
        ask();
        document.addEventListener("visibilitychange", seen);
        return () => {
            abort.abort();
            clearTimeout(timer);
            document.removeEventListener("visibilitychange", seen);
        };
    }, [source, name, key, Boolean(status?.ended)]);
    return state;
}

/** What the page holds: the report's data or, where it has none, the server it came from. */
export function openSource() {
    const run = JSON.parse(document.getElementById("run").textContent);
    return run ? new ReportSource(run) : new LiveSource();
}
