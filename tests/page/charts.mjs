// SPDX-License-Identifier: MIT
// Checks of the pictures of the page, for check.mjs: the timeline, the graph and the curves are used by pointer, wheel and keys
// as people do.
import assert from "node:assert/strict";
import { open } from "./browser.mjs";
import { LiveRun } from "./live.mjs";
import { makeRun } from "./mock.mjs";
import { layeredGraph, oddRun } from "./odd.mjs";

const lanes = ".page-timeline .timeline-lanes";
const quiet = (troubles) => assert.deepEqual(troubles, [], "the console is quiet");
const painted = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** The part of time that a timeline shows. */
const windowOf = (page) =>
    page.$eval(lanes, ({ dataset }) => ({
        from: Number(dataset.from),
        to: Number(dataset.to),
        width: Number(dataset.to) - Number(dataset.from),
    }));
/** Waits until it is as wanted; test: of from and to. */
async function windowIs(page, test, what) {
    for (let times = 0; times < 600; times++) {
        const { from, to } = await windowOf(page);
        if (test(from, to)) return;
        await new Promise((done) => setTimeout(done, 100));
    }
    assert.fail(`${what}: ${JSON.stringify(await windowOf(page))}, not ${test}`);
}
const boxOf = async (page, selector) => (await page.$(selector)).boundingBox();
const press = (page, text) =>
    page.evaluate((text) => {
        const found = [...document.querySelectorAll("main button")].find(
            (button) => (button.ariaLabel ?? button.innerText) === text || button.innerText === text,
        );
        if (!found) throw new Error(`no button '${text}'`);
        found.click();
    }, text);
const says = (page, selector, wanted) =>
    page
        .waitForFunction(
            (selector, wanted) =>
                document.querySelector(selector)?.innerText.includes(wanted) ||
                document.querySelector(selector)?.textContent.includes(wanted),
            { timeout: 60000 },
            selector,
            wanted,
        )
        .catch(async () =>
            assert.fail(
                `'${wanted}' does not appear in ${selector}: ${await page.$$eval(selector, (all) => all.map((one) => one.textContent).join())}`,
            ),
        );
const wheel = async (page, { ctrl = false, up = true } = {}) => {
    if (ctrl) await page.keyboard.down("Control");
    await page.mouse.wheel({ deltaY: up ? -400 : 400 });
    if (ctrl) await page.keyboard.up("Control");
    await painted(page);
};

/** report(run, change): the address of a report of a run, its documents changed. */
export const charts = ({ html, report }) => ({
    async "timeline-zoom"(browser) {
        const run = makeRun();
        const { page, troubles } = await open(browser, { url: `${report(run)}#/timeline`, wait: lanes });
        await painted(page);
        const all = await windowOf(page);
        assert.equal(all.from, 0);
        const box = await boxOf(page, lanes);
        const middle = [box.x + box.width / 2, box.y + box.height / 2];
        await page.mouse.move(...middle);
        await wheel(page);
        assert.deepEqual(await windowOf(page), all, "a wheel belongs to the page");
        await wheel(page, { ctrl: true });
        await windowIs(page, (from, to) => to - from < all.width * 0.9 && from > 0, "Ctrl and the wheel zoom");
        const near = await windowOf(page);
        await page.mouse.down();
        await page.mouse.move(middle[0] + 100, middle[1], { steps: 4 });
        await page.mouse.up();
        await windowIs(page, (from, to) => from < near.from, "a drag moves");
        const dragged = await windowOf(page);
        assert.ok(Math.abs(dragged.width - near.width) < 2, "and zooms nothing");
        await page.focus(lanes);
        await wheel(page);
        await windowIs(page, (from, to) => to - from < near.width * 0.9, "with the focus the wheel alone zooms");
        await page.keyboard.press("0");
        await windowIs(page, (from, to) => from === 0 && to === all.to, "0 shows all");
        await page.keyboard.down("Shift");
        await page.mouse.move(box.x + box.width * 0.4, middle[1]);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.6, middle[1], { steps: 4 });
        await page.mouse.up();
        await page.keyboard.up("Shift");
        await windowIs(
            page,
            (from, to) => to - from < all.width * 0.3 && to - from > all.width * 0.1,
            "Shift and a drag zoom to a part",
        );
        const part = await windowOf(page);
        await page.keyboard.press("+");
        await windowIs(page, (from, to) => Math.abs(to - from - part.width / 2) < 3, "plus");
        await page.keyboard.press("-");
        await windowIs(page, (from, to) => Math.abs(to - from - part.width) < 3, "minus");
        await press(page, "Later");
        await windowIs(page, (from, to) => from > part.from, "a button moves");
        await press(page, "Zoom in");
        await windowIs(page, (from, to) => to - from < part.width * 0.6, "a button zooms");
        await press(page, "All");
        await windowIs(page, (from, to) => from === 0 && to === all.to, "a button shows all");
        for (let i = 0; i < 60; i++) await page.keyboard.press("+");
        await painted(page);
        assert.ok((await windowOf(page)).width >= 19, "there is an end to it");
        quiet(troubles);
    },

    async "timeline-pinch"(browser) {
        const { page, troubles } = await open(browser, { url: `${report(makeRun())}#/timeline`, wait: lanes });
        await page.setViewport({ width: 800, height: 900, hasTouch: true, isMobile: false });
        await page.reload();
        await page.waitForSelector(lanes);
        await painted(page);
        const all = await windowOf(page);
        const box = await boxOf(page, lanes);
        const session = await page.createCDPSession();
        const touch = (type, points) =>
            session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map((x, id) => ({ x, y: box.y + 60, id })) });
        const middle = box.x + box.width / 2;
        await touch("touchStart", [middle - 40, middle + 40]);
        for (let i = 1; i <= 5; i++) await touch("touchMove", [middle - 40 - i * 20, middle + 40 + i * 20]);
        await touch("touchEnd", []);
        await windowIs(page, (from, to) => to - from < all.width * 0.6, "two fingers zoom");
        quiet(troubles);
    },

    async "timeline-keys"(browser) {
        const run = makeRun();
        const { page, troubles } = await open(browser, { url: `${report(run)}#/timeline`, wait: lanes });
        await page.focus(lanes);
        const said = ".timeline-said";
        await page.keyboard.press("ArrowRight");
        await says(page, said, "worker 0");
        await page.keyboard.press("Home");
        await says(page, said, "fetch(0)");
        await page.keyboard.press("ArrowRight");
        await says(page, said, "align(0)");
        await page.keyboard.press("ArrowDown");
        await says(page, said, "worker 1");
        await page.keyboard.press("End");
        const last = Math.max(...run.tasks.filter(({ worker }) => worker === 1).map(({ began }) => began));
        const task = run.tasks.find(({ worker, began }) => worker === 1 && began === last);
        await says(page, said, task.label);
        for (let i = 0; i < 4; i++) await page.keyboard.press("+");
        for (let i = 0; i < 5; i++) {
            await page.keyboard.press("ArrowLeft");
            await painted(page);
        }
        const before = run.tasks
            .filter(({ worker, fate }) => worker === 1 && fate !== "skipped")
            .sort((a, b) => b.began - a.began)[5];
        await says(page, said, before.label);
        await windowIs(
            page,
            (from, to) => (from <= before.began + 1 && to >= before.ended - 1) || to - from < before.length,
            "what is told of is in sight",
        );
        await page.keyboard.press("Enter");
        await page.waitForSelector("main.page-task");
        assert.match(page.url(), new RegExp(`#/task/${before.id}`));
        await page.goBack();
        await page.waitForSelector(lanes);
        await press(page, "call");
        await page.focus(lanes);
        await page.keyboard.press("ArrowRight");
        await says(page, said, "call(");
        await press(page, "Show as table");
        await page.waitForSelector(".timeline-table");
        const rows = await page.$$eval(".timeline-table tbody tr", (all) => all.map((row) => row.innerText));
        assert.equal(rows.length, 20, "of one name");
        assert.ok(
            rows.every((row) => row.includes("call")) &&
                rows.some((row) => row.includes("failed")) &&
                rows.some((row) => row.includes("caught")),
        );
        await page.click(".timeline-table tbody button");
        await page.waitForSelector("main.page-task");
        quiet(troubles);
    },

    async "timeline-hover"(browser) {
        const run = makeRun();
        const { page, troubles } = await open(browser, { url: `${report(run)}#/timeline`, wait: lanes });
        await painted(page);
        const box = await boxOf(page, lanes);
        await page.mouse.move(box.x + box.width * 0.2, box.y + 40);
        await says(page, ".timeline-tip", "worker 0");
        await says(page, ".timeline-tip", "(");
        await page.mouse.move(box.x + 5, box.y + 2);
        await page.waitForFunction(() => !document.querySelector(".timeline-tip"));
        await page.mouse.click(box.x + box.width * 0.2, box.y + 40);
        await page.waitForSelector("main.page-task");
        quiet(troubles);
    },

    async "timeline-live"(browser) {
        const live = await new LiveRun(html, makeRun({ samples: 12 }), { part: 0.3 }).start();
        const { page, troubles } = await open(browser, { url: `${live.url(4)}#/timeline`, wait: lanes });
        const asked = [];
        page.on(
            "request",
            (request) => request.url().includes("api/timeline") && asked.push(new URL(request.url()).searchParams),
        );
        await windowIs(page, (from, to) => Math.abs(to - live.time) < 1e6, "all of it");
        live.at(0.5);
        await windowIs(page, (from, to) => Math.abs(to - live.time) < 1e6 && from === 0, "it follows the present");
        await page.focus(lanes);
        await page.keyboard.press("+");
        await page.keyboard.press("+");
        await windowIs(page, (from, to) => to - from < live.time / 3, "zoomed in");
        const chosen = await windowOf(page);
        await page.waitForFunction(() =>
            performance.getEntriesByType("resource").some(({ name }) => /api\/timeline.*from=/.test(name)),
        );
        assert.ok(
            asked.some(
                (query) =>
                    Number(query.get("from")) <= chosen.from && Number(query.get("to")) >= chosen.to && query.get("max") > 0,
            ),
            "asked for what is in sight",
        );
        const rev = asked.at(-1)?.get("rev");
        live.at(0.6);
        await page.waitForFunction(
            (rev) =>
                performance
                    .getEntriesByType("resource")
                    .some(({ name }) => /api\/timeline/.test(name) && !name.includes(`rev=${rev}`)),
            {},
            rev,
        );
        await painted(page);
        assert.deepEqual(await windowOf(page), chosen, "what somebody looks at stays");
        await press(page, "Follow");
        live.at(0.8);
        await windowIs(
            page,
            (from, to) => Math.abs(to - live.time) < 1e7 && Math.abs(to - from - chosen.width) < 3,
            "Follow keeps the width",
        );
        await press(page, "All");
        live.at(1);
        await windowIs(page, (from, to) => Math.abs(to - live.time) < 1e6 && from === 0, "all, to the end");
        quiet(troubles);
        await live.stop();
    },

    // A rectangle for each of them is what a picture of 50,000 slices would cost at least, drawn plainly.
    async "timeline-many"(browser) {
        const { page, troubles } = await open(browser, {
            url: `${report(makeRun(), () => oddRun("dense"))}#/timeline`,
            wait: lanes,
        });
        await painted(page);
        await page.focus(lanes);
        const times = [];
        for (const key of ["+", "-", "+", "-", "+", "-", "+", "-", "+", "-"]) {
            await page.keyboard.press(key);
            await painted(page);
            times.push(await page.$eval(`${lanes} canvas`, ({ dataset }) => Number(dataset.drawn)));
        }
        const plain = await page.evaluate(() => {
            const canvas = document.createElement("canvas");
            Object.assign(canvas, { width: 1200, height: 500 });
            const context = canvas.getContext("2d", { alpha: false });
            const found = [];
            for (let round = 0; round < 10; round++) {
                const began = performance.now();
                for (let i = 0; i < 50000; i++) {
                    context.fillStyle = `rgb(${i % 256}, ${(i * 7) % 256}, ${round})`;
                    context.fillRect((i * 37) % 1200, (i * 13) % 480, 3, 20);
                }
                found.push(performance.now() - began);
            }
            return found;
        });
        const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
        const [ours, theirs] = [middle(times), middle(plain)];
        console.log(`# 50,000 slices in ${ours.toFixed(1)} ms; as many rectangles in ${theirs.toFixed(1)} ms`);
        assert.ok(ours < theirs, `${ours} ms, for rectangles ${theirs} ms`);
        quiet(troubles);
    },

    async "graph-grows"(browser) {
        const run = makeRun({ samples: 4 });
        const live = await new LiveRun(html, run, { part: 0.2 }).start();
        let graph = layeredGraph({ nodes: 30, edges: 60 });
        let rev = 1000;
        live.change = (name, found) => (name === "graph" ? { ...graph, rev } : found);
        const { page, troubles } = await open(browser, { url: `${live.url(4)}#/graph`, wait: ".graph-node" });
        const nodes = () =>
            page.$$eval(".graph-node", (all) =>
                all.map(({ dataset, marked }) => ({ key: dataset.key, at: `${dataset.x},${dataset.y}`, marked })),
            );
        const reach = (count) =>
            page.waitForFunction(
                (count) => document.querySelectorAll(".graph-node").length === count,
                { timeout: 60000 },
                count,
            );
        await reach(30);
        await page.$$eval(".graph-node", (all) => all.forEach((one) => (one.marked = true)));
        let before = await nodes();
        for (const count of [31, 50, 120, 300]) {
            graph = layeredGraph({ nodes: count, edges: count * 2, state: 0.7 });
            graph.edges = [...layeredGraph({ nodes: 30, edges: 60 }).edges, ...graph.edges.filter(({ to }) => to >= 30)];
            rev++;
            await reach(count);
            const after = await nodes();
            const now = new Map(after.map((node) => [node.key, node.at]));
            assert.deepEqual(
                before.filter(({ key, at }) => now.get(key) !== at),
                [],
                `${count} nodes: those that stood do not move`,
            );
            before = after;
        }
        assert.equal((await nodes()).filter(({ marked }) => marked).length, 30, "nodes are the same elements");
        graph.nodes[35] = { ...graph.nodes[35], done: 0, failed: 1, running: 0 };
        rev++;
        await page.waitForFunction(() => document.querySelector('.graph-node[data-key="t35"]').classList.contains("failed"));
        assert.match(await page.$eval('.graph-node[data-key="t35"]', (node) => node.ariaLabel), /failed/);
        assert.deepEqual(await page.$$eval(".graph-node", (all) => all.filter(({ dataset }) => !dataset.x).length), 0);
        // Somebody looks at a part of it: that stays in sight, too.
        await press(page, "Zoom in");
        const view = await page.$eval(".graph-ground", (ground) => ground.style.transform);
        graph = layeredGraph({ nodes: 310, edges: 620, state: 0.7 });
        rev++;
        await reach(310);
        await painted(page);
        assert.equal(await page.$eval(".graph-ground", (ground) => ground.style.transform), view, "the view stays");
        await press(page, "Tidy");
        await reach(310);
        quiet(troubles);
        await live.stop();
    },

    async "graph-keys"(browser) {
        const run = makeRun();
        const { page, troubles } = await open(browser, { url: `${report(run)}#/graph`, wait: ".graph-node" });
        const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? "");
        assert.equal(await page.$$eval('.graph-node[tabindex="0"]', (all) => all.length), 1, "one stop of Tab");
        await page.$eval('.graph-node[tabindex="0"]', (node) => node.focus());
        await page.keyboard.press("Home");
        assert.match(await focused(), /^fetch\(0\) done/);
        await page.keyboard.press("ArrowRight");
        assert.match(await focused(), /^align\(0\) done/);
        await page.keyboard.press("ArrowDown");
        assert.match(await focused(), /^align\(1\)/);
        await page.keyboard.press("ArrowRight");
        await page.keyboard.press("ArrowRight");
        assert.match(await focused(), /^report\(20\) skipped/);
        await page.keyboard.press("ArrowLeft");
        assert.match(await focused(), /^call\(/);
        await page.keyboard.press("+");
        for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowDown");
        await page.waitForFunction(() => {
            const box = document.activeElement.getBoundingClientRect();
            const frame = document.querySelector(".graph-picture").getBoundingClientRect();
            return box.top >= frame.top - 5 && box.bottom <= frame.bottom + 5;
        });
        await page.keyboard.press("Enter");
        await page.waitForSelector("main.page-task");
        await page.goBack();
        await page.waitForSelector(".graph-node");
        await press(page, "Show as table");
        await page.waitForSelector(".graph-table");
        const rows = await page.$$eval(".graph-table tbody tr", (all) => all.map((row) => row.innerText));
        assert.equal(rows.length, 61);
        assert.ok(
            rows.some((row) => /call\(7\)\s+failed.*align\(7\)\s+report\(20\)/s.test(row)),
            rows.find((row) => row.includes("call(7)")),
        );
        quiet(troubles);
    },

    async "graph-names"(browser) {
        const { page, troubles } = await open(browser, {
            url: `${report(makeRun({ samples: 60 }))}#/graph`,
            wait: ".graph-node",
        });
        assert.equal(await page.$$eval(".graph-node", (all) => all.length), 4, "many tasks have a node for each name");
        assert.match(await page.$eval('[data-key="n2"]', (node) => node.ariaLabel), /^call 58 of 60, 1 failed/);
        const bar = await page.$$eval('[data-key="n2"] .part', (all) => all.map((part) => part.classList[1]));
        assert.deepEqual(bar, ["done", "failed", "caught"], "stripes of what they have come to");
        await page.click('[data-key="n2"]');
        await page.waitForSelector("main.page-tasks");
        assert.match(page.url(), /name=2/);
        await says(page, "main.page-tasks", "60 of 181");
        quiet(troubles);
    },

    async "graph-zoom"(browser) {
        const { page, troubles } = await open(browser, {
            url: `${report(makeRun(), () => oddRun("dense"))}#/graph`,
            wait: ".graph-node",
        });
        assert.equal(await page.$$eval(".graph-node", (all) => all.length), 300);
        const scale = () => page.$eval(".graph-picture", ({ dataset }) => Number(dataset.scale));
        const whole = await scale();
        const box = await boxOf(page, ".graph-picture");
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await wheel(page);
        assert.equal(await scale(), whole, "a wheel belongs to the page");
        await wheel(page, { ctrl: true });
        assert.ok((await scale()) > whole);
        const before = await page.$eval(".graph-ground", (ground) => ground.style.transform);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width / 2 + 50, box.y + box.height / 2 + 20, { steps: 3 });
        await page.mouse.up();
        assert.notEqual(await page.$eval(".graph-ground", (ground) => ground.style.transform), before, "a drag moves");
        assert.ok(!page.url().includes("task"), "and opens nothing");
        await press(page, "Fit");
        await page.waitForFunction(
            (whole) => document.querySelector(".graph-picture").dataset.scale === whole,
            {},
            whole.toFixed(3),
        );
        quiet(troubles);
    },

    async series(browser) {
        const { page, troubles } = await open(browser, { url: `${report(makeRun())}#/memory`, wait: ".series-plot canvas" });
        assert.match(await page.$eval(".series-plot", (plot) => plot.ariaLabel), /Memory of results\. Results took at most \d/);
        await page.focus(".series-plot");
        await page.keyboard.press("End");
        await page.keyboard.press("ArrowLeft");
        await says(page, ".series-said", "call");
        const box = await boxOf(page, ".series-plot");
        await page.mouse.move(box.x + box.width * 0.6, box.y + 60);
        await page.waitForFunction(
            () => [...document.querySelectorAll(".series-legend")].every((legend) => /at \d/.test(legend.innerText)),
            { timeout: 60000 },
        );
        await press(page, "Memory of results: show as table");
        await page.waitForSelector(".series-table");
        assert.ok((await page.$$eval(".series-table tbody tr", (all) => all.length)) > 20);
        quiet(troubles);
    },

    async odd(browser) {
        for (const what of ["none", "one", "tiny", "names", "wide", "binned"]) {
            const run = oddRun(what);
            for (const width of [360, 1280]) {
                const { page, troubles } = await open(browser, {
                    url: report(makeRun(), () => run),
                    width,
                    theme: width === 360 ? "dark" : "light",
                });
                for (const route of ["timeline", "graph", "memory", "status"]) {
                    await page.evaluate((route) => (location.hash = `#/${route}`), route);
                    await page.waitForSelector(`main.page-${route}`);
                    await painted(page);
                    assert.equal(
                        await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth)),
                        0,
                        `${what}, ${route} at ${width} is as wide as the window`,
                    );
                }
                quiet(troubles);
                await page.close();
            }
        }
    },

    async "timeline-theme"(browser) {
        const { page, troubles } = await open(browser, { url: `${report(makeRun())}#/timeline`, wait: lanes });
        const corner = () =>
            page.$eval(`${lanes} canvas`, (canvas) => {
                const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
                context.drawImage(canvas, 0, 0);
                return [...context.getImageData(0, 0, 1, 1).data];
            });
        await painted(page);
        const light = await corner();
        await page.click('button[aria-label="Dark colours"]');
        await painted(page);
        const dark = await corner();
        assert.ok(light[0] > 200 && dark[0] < 60, `${light} ${dark}`);
        await page.setViewport({ width: 800, height: 700, deviceScaleFactor: 2 });
        await page.waitForFunction(
            (lanes) => document.querySelector(`${lanes} canvas`).width === document.querySelector(lanes).clientWidth * 2,
            { timeout: 60000 },
            lanes,
        );
        quiet(troubles);
    },
});
