#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Pictures of a report, as docs/pictures/make wants them: shoot.mjs REPORT.html FOLDER PAGE..., such as FOLDER/page-status.png.
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, open } from "./browser.mjs";

const [report, folder, ...names] = process.argv.slice(2);
const heights = { status: 940, timeline: 560, graph: 560 };

const browser = await launch();
for (const name of names) {
    const url = `${pathToFileURL(resolve(report))}#/${name}`;
    const { page } = await open(browser, { url, width: 1200, height: heights[name] ?? 800 });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await page.screenshot({ path: join(folder, `page-${name}.png`), optimizeForSpeed: false });
    await page.close();
}
await browser.close();
