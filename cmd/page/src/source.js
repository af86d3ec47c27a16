// SPDX-License-Identifier: MIT
// Where the page has its documents from: a report has them in itself, a live page asks the server of the run.
//
//     source.live             whether there is a server
//     source.ask(name, query) a promise of a document ("status", "timeline", "series", "graph", "tasks", "task", "path"); the very
//                             same object as last time where nothing has changed, so that `===` tells. It fails where the server is gone,
//                             or a report does not have it. query: an object of what stands behind the `?`.
//
// Of each name the live source keeps one answer, the last: what it holds does not grow with time.
import { useEffect, useRef, useState } from "preact/hooks";
import { reportTask, reportTasks } from "./reported.js";

export class ReportSource {
    live = false;
    constructor(run) {
        this.run = run;
    }
    async ask(name, query = {}) {
        if (name === "tasks") return reportTasks(this.run, query);
        if (name === "task") return reportTask(this.run, query);
        const document = this.run[name];
        if (!document) throw new Error(`this report has no ${name}`);
        return document;
    }
}

export class LiveSource {
    live = true;
    #last = new Map();
    constructor(base = "api/") {
        this.base = base;
    }
    async ask(name, query = {}, signal = undefined) {
        const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value != null));
        const key = asked.toString();
        const last = this.#last.get(name);
        const known = last && last.key === key ? last.document : undefined;
        if (known?.rev != null) asked.set("rev", known.rev);
        const found = await fetch(`${this.base}${name}${asked.size ? `?${asked}` : ""}`, { cache: "no-store", signal });
        if (!found.ok) throw new Error(`the server answers ${found.status}`);
        const document = await found.json();
        if (document.same && known) return known;
        this.#last.set(name, { key, document });
        return document;
    }
    async control(order) {
        const found = await fetch(`${this.base}control`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(order),
        });
        return found.json();
    }
}

/** How long to wait until the next question, in ms: rarely while nobody looks. */
export function pace(status, { changed = false, failures = 0 } = {}) {
    if (failures) return Math.min(1000 * 2 ** (failures - 1), 30000);
    if (document.hidden) return 15000;
    if (status?.ended || status?.paused) return 4000;
    return changed ? 500 : 1000;
}

/**
 * A document that is asked for again while the component is shown and the run goes on: {doc, error}. doc is undefined at first, and stays
 * the last one known when the server is gone. Another query asks at once.
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
                failures = 0;
                changed = doc !== last;
                last = doc;
                if (changed) setState({ doc });
                if (!source.live || over) return;
            } catch (error) {
                if (abort.signal.aborted) return;
                failures++;
                setState((old) => ({ ...old, error: error.message }));
                if (!source.live || over) return;
            }
            timer = setTimeout(ask, every * pace(now.current, { changed, failures }));
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
