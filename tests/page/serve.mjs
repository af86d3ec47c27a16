#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Shows the page without a run, to work on it: node serve.mjs PAGE.html [PORT [SPEED]]. /live/ has a run that goes on, again and again;
// /grow/ one that grows; /report/ one that is over; /big/ one with 20,000 tasks in a report.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { documentsAt, makeRun, taskAt, withReport } from "./mock.mjs";
import { reportTasks } from "../../cmd/page/src/reported.js";

/** Answers as the server of a run does: answer(run, time in ns, name, query) -> document, or undefined. */
export function answer(run, time, name, query, options = {}) {
    const documents = documentsAt(run, time, { live: true, ...options });
    const rev = documents.status.rev;
    if (name === "task") return taskAt(run, Number(query.get("id")), time);
    if (!documents[name]) return undefined;
    if (query.get("rev") === String(rev)) return { rev, same: true };
    if (name === "tasks") return { rev, ...reportTasks(documents, Object.fromEntries(query)) };
    return documents[name];
}

function main(file, port = 8080, speed = 1) {
    const runs = { live: makeRun(), grow: makeRun({ samples: 40, grow: true }) };
    const began = Date.now();
    const send = (response, type, text) =>
        response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" }).end(text);
    createServer((request, response) => {
        const url = new URL(request.url, "http://localhost");
        const [, which, api, name] = url.pathname.split("/");
        const page = () => readFileSync(file, "utf8");
        if (which === "report") return send(response, "text/html", withReport(page(), documentsAt(makeRun())));
        if (which === "big")
            return send(response, "text/html", withReport(page(), documentsAt(makeRun({ samples: 6666, workers: 64 }))));
        const run = runs[which];
        if (!run) return response.writeHead(404).end();
        if (api !== "api") return send(response, "text/html", page());
        const time = ((Date.now() - began) * 1e6 * speed) % (run.end * 1.5);
        if (name === "control") return send(response, "application/json", '{"ok":true}');
        const document = answer(run, time, name, url.searchParams, { control: true });
        return document ? send(response, "application/json", JSON.stringify(document)) : response.writeHead(404).end();
    }).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/live/ /grow/ /report/ /big/`));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
    main(process.argv[2], Number(process.argv[3] ?? 8080), Number(process.argv[4] ?? 1));
