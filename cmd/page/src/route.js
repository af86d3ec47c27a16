// SPDX-License-Identifier: MIT
// Where in the page one is: "#/tasks?state=failed" is {page: "tasks", rest: [], query: {state: "failed"}}.
import { useEffect, useState } from "preact/hooks";

export function parseRoute(hash) {
    const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
    const [page = "", ...rest] = path.split("/");
    return { page: page || "status", rest, query: Object.fromEntries(new URLSearchParams(query)) };
}

export function useRoute() {
    const [hash, setHash] = useState(location.hash);
    useEffect(() => {
        const changed = () => setHash(location.hash);
        addEventListener("hashchange", changed);
        return () => removeEventListener("hashchange", changed);
    }, []);
    return parseRoute(hash);
}

export const taskLink = (id, part) => `#/task/${id}${part ? `/${part}` : ""}`;

/** The table of tasks, narrowed down: {q, state, name, sort, offset}. */
export function tasksLink(query) {
    const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value != null)).toString();
    return `#/tasks${words && `?${words}`}`;
}

/** Goes there; without a step to go back to where one types. */
export function go(link, { replace = false } = {}) {
    if (!replace) location.hash = link;
    else {
        history.replaceState(null, "", link);
        dispatchEvent(new Event("hashchange"));
    }
}
