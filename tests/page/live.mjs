// SPDX-License-Identifier: MIT
// A server of a run whose time a test sets, and that can vanish and come back.
import { createServer } from "node:http";
import { answer } from "./serve.mjs";

export class LiveRun {
    orders = [];
    asked = 0;
    #port = 0;
    #rev = 0;

    constructor(page, run, { control = false, part = 0.2 } = {}) {
        Object.assign(this, { page, run, control, time: run.end * part, change: undefined });
    }

    /** Listens, on the same port as before. */
    async start() {
        this.server = createServer((request, response) => this.#serve(request, response));
        await new Promise((done) => this.server.listen(this.#port, "127.0.0.1", done));
        this.#port = this.server.address().port;
        return this;
    }

    url = (hurry = 20) => `http://127.0.0.1:${this.#port}/token/?hurry=${hurry}`;

    async stop() {
        this.server.closeAllConnections();
        await new Promise((done) => this.server.close(done));
    }

    /** A part of the run has gone by: 1 is its end. */
    at(part) {
        this.time = this.run.end * part;
        this.#rev++;
    }

    #serve(request, response) {
        const url = new URL(request.url, "http://localhost");
        const [, , api, name] = url.pathname.split("/");
        if (api !== "api") return response.writeHead(200, { "Content-Type": "text/html" }).end(this.page);
        const send = (body) => response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
        if (request.method === "POST") return this.#control(request, send);
        this.asked++;
        const found = answer(this.run, this.time, name, url.searchParams, { control: this.control, rev: this.#rev });
        if (!found) return response.writeHead(404).end();
        return send(this.change?.(name, found) ?? found);
    }

    #control(request, send) {
        let text = "";
        request.on("data", (more) => (text += more));
        request.on("end", () => {
            this.orders.push(JSON.parse(text));
            send({ ok: true });
        });
    }
}
