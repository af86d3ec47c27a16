// SPDX-License-Identifier: MIT
// The shell: header, routes, and the document `status` that all pages share.
import { useEffect, useRef, useState } from "preact/hooks";
import { count, shorten } from "./format.js";
import { Graph } from "./graph.jsx";
import { Header } from "./header.jsx";
import { MemoryPage } from "./memory.jsx";
import { go, taskLink, tasksLink, useRoute } from "./route.js";
import { useDocument } from "./source.js";
import { StatusPage } from "./status.jsx";
import { TaskPage } from "./task.jsx";
import { TasksPage } from "./tasks.jsx";
import { Timeline } from "./timeline.jsx";
import { Empty } from "./ui.jsx";

const pages = Object.assign(Object.create(null), {
    status: "Status",
    timeline: "Timeline",
    graph: "Graph",
    tasks: "Tasks",
    memory: "Memory",
}); // by words that anybody can write into a link

const openTask = (id, part) => go(taskLink(id, part));
const openName = (name) => go(tasksLink({ name }));

function Nav({ page, failed }) {
    return (
        <nav class="tabs" aria-label="Pages">
            {Object.entries(pages).map(([name, title]) => (
                <a
                    key={name}
                    href={`#/${name}`}
                    aria-current={page === name || (page === "task" && name === "tasks") ? "page" : undefined}
                >
                    {title}
                </a>
            ))}
            {failed > 0 && (
                <a class="tab-failed" href={tasksLink({ state: "failed" })}>
                    {count(failed)} failed
                </a>
            )}
        </nav>
    );
}

/** What a screen reader is told without being asked: failures, the end, and that the server is gone. */
function Told({ status, lost }) {
    const [text, setText] = useState("");
    const before = useRef({ failures: status.failures_total ?? 0, ended: status.ended, lost });
    useEffect(() => {
        const failures = status.failures_total ?? status.failures?.length ?? 0;
        const last = status.failures?.reduce((last, failure) => (last && last.time > failure.time ? last : failure), undefined);
        if (status.ended && !before.current.ended)
            setText(status.exit ? `The run is over, and has failed.` : "The run is over.");
        else if (failures > before.current.failures && last)
            setText(`${count(failures)} failed. ${shorten(last.label, 80)}: ${shorten(last.message, 160)}`);
        else if (lost && !before.current.lost) setText("The run cannot be reached.");
        before.current = { failures, ended: status.ended, lost };
    }, [status, lost]);
    return (
        <div class="hidden" role="status" aria-live="polite">
            {text}
        </div>
    );
}

function Page({ route, ...given }) {
    switch (route.page) {
        case "timeline":
            return <Timeline {...given} />;
        case "graph":
            return <Graph {...given} />;
        case "tasks":
            return <TasksPage {...given} query={route.query} />;
        case "task":
            return <TaskPage {...given} id={route.rest[0]} part={route.rest[1]} />;
        case "memory":
            return <MemoryPage {...given} />;
        default:
            return <StatusPage {...given} />;
    }
}

/** The new page is where reading goes on; not at first. */
function useFocusOn(page, main) {
    const first = useRef(true);
    useEffect(() => {
        if (!first.current) {
            main.current?.focus({ preventScroll: true });
            scrollTo(0, 0);
        }
        first.current = false;
    }, [page]);
}

export function App({ source }) {
    const route = useRoute();
    const { doc: status, error } = useDocument(source, "status");
    const [kept, setKept] = useState(false);
    const main = useRef();
    useFocusOn(`${route.page}/${route.rest.join("/")}`, main);
    useEffect(() => {
        if (source.live && status?.ended) source.keep(status).then(() => setKept(true));
    }, [status?.ended]);
    useEffect(() => {
        const title = route.page === "task" ? `Task ${route.rest[0]}` : pages[route.page];
        document.title = [title, status && shorten(status.workflow, 60), "tgrun"].filter(Boolean).join(" · ");
    }, [route.page, route.rest[0], status?.workflow]);
    if (!status) return <Empty>{error ? `The run cannot be reached: ${error}.` : "Reading …"}</Empty>;
    const lost = Boolean(error);
    return (
        <>
            <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current.focus())}>
                To the content
            </a>
            <Header source={source} status={status} lost={lost} kept={kept} />
            <Nav page={route.page} failed={status.counts?.failed ?? 0} />
            <Told status={status} lost={lost} />
            <main
                id="main"
                ref={main}
                tabIndex={-1}
                class={`page page-${pages[route.page] ? route.page : route.page === "task" ? "task" : "status"}`}
            >
                <h1 class="hidden">{route.page === "task" ? "Task" : (pages[route.page] ?? pages.status)}</h1>
                <Page route={route} source={source} status={status} lost={lost} openTask={openTask} openName={openName} />
            </main>
        </>
    );
}
