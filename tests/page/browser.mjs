// SPDX-License-Identifier: MIT
// A headless Chromium, and pages in it that are watched: nothing may go wrong there without being said.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The node_modules with puppeteer-core and axe-core: PAGE_MODULES, or beside this file. */
const modules = process.env.PAGE_MODULES ?? import.meta.dirname ?? ".";
export const required = createRequire(join(modules, "package.json"));

export const chromium = () =>
    [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
        (path) => path && existsSync(path),
    );

export function launch(args = []) {
    return required("puppeteer-core").launch({
        executablePath: chromium(),
        args: [
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--force-color-profile=srgb",
            "--disable-background-networking",
            ...args,
        ],
    });
}

/**
 * A page of the browser, shown: {url, theme, width, height}. troubles: what its console and its scripts complain of, and what it wants
 * from other hosts. The browser itself says that a server is gone: that is no trouble of the page.
 */
export async function open(browser, { url, theme = "light", width = 1280, height = 900, wait = "main" }) {
    const page = await browser.newPage();
    page.setDefaultTimeout(180000); // a busy machine may take its time
    const troubles = [];
    page.on("pageerror", (error) => troubles.push(`error: ${error.message ?? error}`));
    page.on("console", (message) => {
        if (!["error", "warn", "assert"].includes(message.type())) return;
        if (/Failed to load resource: net::ERR_CONNECTION_(REFUSED|RESET)/.test(message.text())) return;
        troubles.push(`${message.type()}: ${message.text()}`);
    });
    page.on("request", (request) => {
        const to = new URL(request.url());
        if (!["data:", "blob:"].includes(to.protocol) && to.host !== new URL(url).host) troubles.push(`asks ${request.url()}`);
    });
    await page.setViewport({ width, height, deviceScaleFactor: 1 });
    await page.emulateMediaFeatures([
        { name: "prefers-color-scheme", value: theme },
        { name: "prefers-reduced-motion", value: "reduce" },
    ]);
    await page.goto(url, { waitUntil: "load" });
    if (wait) await page.waitForSelector(wait);
    return { page, troubles };
}
