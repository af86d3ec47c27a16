// SPDX-License-Identifier: MIT
// Shell of the page: header, routes, and the document `status` that all of them share.
import { useEffect, useState } from "preact/hooks";
import { Graph } from "./graph.jsx";
import { Series } from "./series.jsx";
import { useDocument } from "./source.js";
import { Timeline } from "./timeline.jsx";

const pages = ["status", "timeline", "graph", "tasks", "memory"];

/** "#/task/12/0" -> ["task", "12", "0"] */
const route = () => location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);

function useRoute() {
    const [now, setNow] = useState(route);
    useEffect(() => {
        const changed = () => setNow(route());
        addEventListener("hashchange", changed);
        return () => removeEventListener("hashchange", changed);
    }, []);
    return now;
}

const openTask = (id, part = 0) => {
    location.hash = `#/task/${id}${part ? `/${part}` : ""}`;
};

export function App({ source }) {
    const [page = "status"] = useRoute();
    const { doc: status } = useDocument(source, "status");
    if (!status) return null;
    const given = { source, status, openTask };
    return (
        <>
            <nav>
                {pages.map((name) => (
                    <a key={name} href={`#/${name}`}>
                        {name}
                    </a>
                ))}
            </nav>
            <main>
                {page === "timeline" ? <Timeline {...given} /> : page === "graph" ? <Graph {...given} /> : <Series {...given} which="running" />}
            </main>
        </>
    );
}
