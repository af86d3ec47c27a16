#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Checks of the page in a headless Chromium: check.mjs PAGE.html NAME. PAGE_MODULES is where node_modules with axe-core and
// puppeteer-core is. What is wrong is said and ends it with status 1. Time is the test's: nothing is asserted of seconds.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, open, required } from "./browser.mjs";
import { charts } from "./charts.mjs";
import { LiveRun } from "./live.mjs";
import { documentsAt, makeRun, withReport } from "./mock.mjs";

const [file, name] = process.argv.slice(2);
const html = readFileSync(file, "utf8");
const axeSource = readFileSync(required.resolve("axe-core/axe.min.js"), "utf8");
const scratch = mkdtempSync(join(tmpdir(), "tgrun-page-"));
const routes = ["status", "timeline", "graph", "tasks", "task/22", "memory"];

/** A report as a file, as somebody opens it. */
function report(run, change = (documents) => documents) {
    const path = join(scratch, "report.html");
    writeFileSync(path, withReport(html, change(documentsAt(run))));
    return pathToFileURL(path).href;
}

const text = (page, selector = "body") => page.$eval(selector, (element) => element.innerText);
const shows = (page, wanted, selector = "body") =>
    page
        .waitForFunction(
            (wanted, selector) => document.querySelector(selector)?.innerText.includes(wanted),
            { timeout: 60000 },
            wanted,
            selector,
        )
        .catch(async () =>
            assert.fail(
                `'${wanted}' does not appear in ${selector}: ${(await text(page, selector).catch(() => "")).slice(0, 600)}`,
            ),
        );
const goTo = async (page, route) => {
    await page.evaluate((route) => (location.hash = `#/${route}`), route);
    await page.waitForFunction((route) => document.querySelector(`main.page-${route.split("/")[0].split("?")[0]}`), {}, route);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
};
const quiet = (troubles) => assert.deepEqual(troubles, [], "the console is quiet");

async function axe(page) {
    await page.evaluate(axeSource);
    const found = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
        return violations.flatMap(({ id, nodes }) =>
            nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
        );
    });
    assert.deepEqual(found, []);
}

const fits = async (page, what) =>
    assert.equal(
        await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth)),
        0,
        `${what} is as wide as the window`,
    );

const checks = {
    async report(browser) {
        const url = report(makeRun());
        for (const theme of ["light", "dark"])
            for (const width of [360, 768, 1280, 2560]) {
                const { page, troubles } = await open(browser, { url, theme, width });
                for (const route of routes) {
                    await goTo(page, route);
                    await fits(page, `${route} at ${width}`);
                    if (width === 360 || width === 1280)
                        await axe(page).catch((error) => assert.fail(`${route}, ${theme}, ${width}: ${error.message}`));
                }
                quiet(troubles);
                await page.close();
            }
    },

    async story(browser) {
        const { page, troubles } = await open(browser, { url: report(makeRun()) });
        await shows(page, "call(7)", "#failures");
        await shows(page, "call(3)", "#caught");
        assert.doesNotMatch(await text(page, "#failures"), /call\(3\)/);
        await shows(page, "<b>bold?</b>", "#failures");
        await page.click("#failures .task-link");
        await shows(page, "ended with status 1", "main.page-task");
        await shows(page, "align(7)", "main.page-task");
        await page.evaluate(() =>
            [...document.querySelectorAll("main a")].find((link) => link.innerText === "align(7)").click(),
        );
        await shows(page, "fetch(7)", "main.page-task");
        await page.goBack();
        await page.goBack();
        await page.waitForSelector("main.page-status");
        await shows(page, "Critical path");
        quiet(troubles);
    },

    async keyboard(browser) {
        const { page, troubles } = await open(browser, { url: report(makeRun()) });
        await page.keyboard.press("Tab");
        assert.equal(
            await page.evaluate(() => document.activeElement.className),
            "skip",
            "the first stop leads to the content",
        );
        await page.keyboard.press("Enter");
        assert.equal(await page.evaluate(() => document.activeElement.id), "main");
        for (const route of routes) {
            await goTo(page, route);
            await page.evaluate(() => (document.activeElement.blur(), scrollTo(0, 0)));
            const seen = await walk(page);
            assert.ok(seen >= 4, `${route}: ${seen} stops`);
        }
        await goTo(page, "tasks");
        await page.focus(".tasks-table th:nth-child(5) button");
        await page.keyboard.press("Enter");
        await page.waitForSelector('.tasks-table th:nth-child(5)[aria-sort="descending"]');
        await page.keyboard.press("Space");
        await page.waitForSelector('.tasks-table th:nth-child(5)[aria-sort="ascending"]');
        quiet(troubles);
    },

    async live(browser) {
        const run = makeRun();
        const live = await new LiveRun(html, run).start();
        const { page, troubles } = await open(browser, { url: live.url() });
        await shows(page, "running", "header");
        const done = () => page.$eval(".facts dd", (element) => Number.parseInt(element.innerText, 10));
        const before = await done();
        live.at(0.5);
        await page.waitForFunction(
            (before) => Number.parseInt(document.querySelector(".facts dd").innerText, 10) > before,
            {},
            before,
        );
        const clock = await text(page, ".head-facts");
        // Nothing has changed but the time.
        await page.waitForFunction((clock) => document.querySelector(".head-facts").innerText !== clock, {}, clock);
        for (const route of routes) await goTo(page, route);
        await axe(page);
        live.at(1);
        await shows(page, "the run is over", "header");
        await page.waitForFunction(() => document.querySelector("[role=status]").innerText.includes("over"));
        quiet(troubles);
        await live.stop();
    },

    async failure(browser) {
        const run = makeRun();
        const live = await new LiveRun(html, run, { part: 0.1 }).start();
        const { page, troubles } = await open(browser, { url: live.url() });
        assert.equal(await page.$("#failures"), null);
        live.at(0.6);
        await shows(page, "call(7)", "#failures");
        await page.waitForFunction(() => document.querySelector("[role=status]").innerText.includes("call(7)"));
        await shows(page, "1 failed", "nav");
        quiet(troubles);
        await live.stop();
    },

    async vanish(browser) {
        const run = makeRun();
        const live = await new LiveRun(html, run, { part: 0.5, control: true }).start();
        const { page, troubles } = await open(browser, { url: live.url() });
        await shows(page, "Pause");
        await live.stop();
        await shows(page, "not reached", "header");
        assert.equal(await page.$(".controls"), null);
        await shows(page, "Progress by name");
        await live.start();
        await shows(page, "live", "header");
        live.at(1);
        await shows(page, "the run is over", "header");
        await page.waitForFunction(() =>
            globalThis.performance.getEntriesByType("resource").some(({ name }) => /api\/path/.test(name)),
        );
        await page.waitForNetworkIdle({ idleTime: 100 });
        await live.stop();
        for (const route of routes) {
            await goTo(page, route);
            assert.doesNotMatch(await text(page, "main"), /cannot be reached|nothing to show/, route);
        }
        await goTo(page, "tasks?state=failed");
        await shows(page, "call(7)", "main");
        quiet(troubles);
    },

    async big(browser) {
        const run = makeRun({ samples: 6666, workers: 64, fails: [7, 5000] });
        const { page, troubles } = await open(browser, { url: report(run) });
        for (const route of routes) await goTo(page, route);
        await goTo(page, "tasks");
        await shows(page, "19,999 of 19,999", "main");
        await page.type("input[type=search]", "call(5000)");
        await shows(page, "1 of 19,999", "main");
        await shows(page, "call(5000)", ".tasks-table");
        await page.evaluate(() =>
            [...document.querySelectorAll("main button")].find((button) => button.innerText === "Show all").click(),
        );
        await shows(page, "1–100 of 19,999", "main");
        await page.click('button[aria-label="Last page"]');
        await shows(page, "19,901–19,999 of 19,999", "main");
        await goTo(page, "tasks?sort=-length");
        await page.waitForFunction(() => document.querySelectorAll(".tasks-table tbody tr").length === 100);
        quiet(troubles);
    },

    async hostile(browser) {
        const evil = '<script>window.hacked = 1</script><img src=x onerror="hacked=1">';
        const names = [
            evil,
            `\u202eltr.exe\u2066 ${"\u0627\u0644".repeat(40)}`,
            "x".repeat(10000),
            "</script><!-- {{constructor}} &amp; \u0000\u0007",
        ];
        const run = makeRun({ names, text: evil });
        run.kinds.forEach((kind, index) => (kind.place = `${names[index]}:1:1`));
        const strange = (documents) => {
            documents.status.workflow = `${evil}${"w".repeat(3000)}.tg`;
            documents.status.host = evil;
            for (const failure of documents.status.failures)
                Object.assign(failure, { message: evil + "m".repeat(5000), log_text: `${evil}\n${"l".repeat(20000)}` });
            return documents;
        };
        const url = report(run, strange);
        for (const width of [360, 1280]) {
            const { page, troubles } = await open(browser, { url, width });
            for (const route of routes) {
                await goTo(page, route);
                await fits(page, `${route} at ${width}`);
                assert.equal(await page.evaluate(() => window.hacked), undefined);
                assert.equal(
                    await page.evaluate(() => document.querySelectorAll("#page script, #page img, #page iframe").length),
                    0,
                );
                assert.ok(
                    (await page.evaluate(() => document.body.scrollHeight)) < 20000,
                    `${route} has a height that can be read`,
                );
            }
            await axe(page);
            quiet(troubles);
            await page.close();
        }
    },

    async control(browser) {
        const run = makeRun();
        const live = await new LiveRun(html, run, { control: true }).start();
        const { page, troubles } = await open(browser, { url: live.url() });
        const press = (label) =>
            page.waitForFunction(
                (label) => {
                    const button = [...document.querySelectorAll("button")].find(
                        (button) => button.innerText === label && !button.disabled,
                    );
                    button?.click();
                    return Boolean(button);
                },
                {},
                label,
            );
        const ordered = async (order) => {
            await page.waitForNetworkIdle({ idleTime: 1, concurrency: 2 });
            assert.deepEqual(live.orders.at(-1), order);
        };
        await shows(page, "Pause");
        await Promise.all([page.waitForResponse((response) => response.url().includes("control")), press("Pause")]);
        await ordered({ do: "pause" });
        await Promise.all([
            page.waitForResponse((response) => response.url().includes("control")),
            page.click('button[aria-label="One worker less"]'),
        ]);
        await ordered({ do: "scale", workers: 3 });
        await press("Stop…");
        await page.waitForSelector("dialog[open]");
        await axe(page);
        await page.keyboard.press("Escape");
        await page.waitForSelector("dialog:not([open])");
        assert.equal(live.orders.length, 2, "to look at the question stops nothing");
        await press("Stop…");
        await Promise.all([page.waitForResponse((response) => response.url().includes("control")), press("Stop")]);
        await ordered({ do: "stop" });
        live.change = (name, found) => (name === "status" && !found.same ? { ...found, control: false } : undefined);
        live.at(0.3);
        await page.waitForFunction(() => !document.querySelector(".controls"));
        quiet(troubles);
        await live.stop();
    },

    async theme(browser) {
        const live = await new LiveRun(html, makeRun(), { part: 1 }).start();
        const { page, troubles } = await open(browser, { url: live.url() });
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await ground();
        await page.click('button[aria-label="Dark colours"]');
        assert.notEqual(await ground(), light);
        const dark = await ground();
        await page.reload();
        await page.waitForSelector("main");
        assert.equal(await ground(), dark, "it is remembered");
        await page.click('button[aria-label="Light colours"]');
        assert.equal(await ground(), light);
        quiet(troubles);
        await live.stop();
    },

    async hidden(browser) {
        const runs = await Promise.all([0, 1].map(() => new LiveRun(html, makeRun(), { part: 0.3 }).start()));
        const [shown, unseen] = await Promise.all(runs.map((live) => open(browser, { url: live.url(10) })));
        await shown.page.bringToFront();
        await unseen.page.evaluate(() => {
            Object.defineProperty(document, "hidden", { get: () => globalThis.unseen ?? true, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        });
        const before = runs.map((live) => live.asked);
        for (const live of runs) live.change = (name, found) => (live.at(0.3 + (live.asked % 100) / 1000), undefined);
        await shown.page.waitForFunction(() => performance.getEntriesByType("resource").length > 150, { timeout: 120000 });
        const [looked, rarely] = runs.map((live, index) => live.asked - before[index]);
        assert.ok(rarely * 4 < looked, `asked ${rarely} times while hidden, ${looked} while shown`);
        quiet([...shown.troubles, ...unseen.troubles]);
        await Promise.all(runs.map((live) => live.stop()));
    },

    // A night has 30,000 seconds; what grows shows in a tenth of that (PAGE_POLLS).
    async overnight(browser) {
        const polls = Number(process.env.PAGE_POLLS ?? 2500);
        const live = await new LiveRun(html, makeRun({ samples: 8 }), { part: 0.3 }).start();
        const { page, troubles } = await open(browser, { url: live.url(1e6) });
        live.change = () => void live.at(0.2 + 0.7 * ((live.asked % 500) / 500));
        const session = await page.createCDPSession();
        const state = async () => {
            await page.evaluate(() => performance.clearResourceTimings());
            await session.send("HeapProfiler.collectGarbage");
            const { JSHeapUsedSize, JSEventListeners, Nodes } = await page.metrics();
            return { heap: JSHeapUsedSize, listeners: JSEventListeners, nodes: Nodes };
        };
        const until = async (count) => {
            while (live.asked < count) await new Promise((done) => setTimeout(done, 50));
        };
        await until(polls / 10);
        const before = await state();
        await until(polls);
        const after = await state();
        console.log(`# ${JSON.stringify({ before, after, asked: live.asked })}`);
        assert.ok(after.heap < before.heap * 1.15 + 1e6, "the heap does not grow");
        assert.ok(after.nodes < before.nodes * 1.5 + 500, "the number of nodes does not grow");
        assert.ok(after.listeners < before.listeners * 1.2 + 50, "the number of listeners does not grow");
        quiet(troubles);
        await live.stop();
    },
};

/** Steps through a page by Tab until it is left: each stop is seen. How many there were. */
async function walk(page) {
    let stops = 0;
    for (;;) {
        await page.keyboard.press("Tab");
        const stop = await page.evaluate(() => {
            const element = document.activeElement;
            if (!element || element === document.body) return null;
            const box = element.getBoundingClientRect();
            const style = getComputedStyle(element);
            return {
                what: `${element.tagName} ${element.className} ${element.innerText?.slice(0, 30)}`,
                outlined: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0,
                inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
            };
        });
        if (!stop) return stops;
        assert.ok(stop.outlined, `the focus shows on ${stop.what}`);
        assert.ok(stop.inView, `${stop.what} is in view`);
        assert.ok(++stops < 400, `the keyboard comes out again behind ${stop.what}`);
    }
}

Object.assign(checks, charts({ html, report }));
if (!checks[name]) {
    console.log(Object.keys(checks).join("\n"));
    process.exit(2);
}
const browser = await launch();
try {
    await checks[name](browser);
} catch (error) {
    console.error(error.message);
    if (!(error instanceof assert.AssertionError)) console.error(error.stack, error.cause ?? "");
    process.exitCode = 1;
} finally {
    await browser.close();
    rmSync(scratch, { recursive: true });
}
process.exit();
