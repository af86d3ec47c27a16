#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Pictures of a report, as docs/pictures/make wants them: shoot.mjs REPORT.html FOLDER [light|dark]. They are status.png, timeline.png and
// graph.png.
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, open } from "./browser.mjs";

const [report, folder, theme = "light"] = process.argv.slice(2);
const pictures = { status: 940, timeline: 640, graph: 640 };

const browser = await launch();
for (const [name, height] of Object.entries(pictures)) {
    const url = `${pathToFileURL(resolve(report))}#/${name}`;
    const { page } = await open(browser, { url, theme, width: 1200, height });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await page.screenshot({ path: join(folder, `${name}.png`), optimizeForSpeed: false });
    await page.close();
}
await browser.close();
