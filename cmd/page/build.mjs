// SPDX-License-Identifier: MIT
// Makes the page: node build.mjs [--modules=FOLDER] OUT.html. One script and one style sheet by esbuild, put into a page that loads
// nothing, with the sum of the script in its policy. FOLDER has the node_modules, if not this one.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const modules = resolve(args.find((arg) => arg.startsWith("--modules="))?.slice("--modules=".length) ?? here);
const out = args.find((arg) => !arg.startsWith("--"));
const esbuild = createRequire(join(realpathSync(modules), "package.json"))("esbuild");

const result = await esbuild.build({
    entryPoints: [join(here, "src/main.jsx")],
    nodePaths: [join(modules, "node_modules")],
    absWorkingDir: here,
    bundle: true,
    metafile: true,
    minify: true,
    write: false,
    outdir: "/out",
    format: "iife",
    target: ["chrome100", "firefox100", "safari15.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "inline",
    logLevel: "warning",
});
const text = (ending) => result.outputFiles.find((file) => file.path.endsWith(ending)).text.trim();

// Whose work is in it: each package with its licence, as these ask for.
function licences() {
    const roots = Object.keys(result.metafile.inputs).map((path) => /.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]);
    return [...new Set(roots.filter(Boolean))].sort().map((path) => {
        const root = resolve(here, path);
        const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
        const file = readdirSync(root).find((file) => /^licen[cs]e/i.test(file));
        return `${name} ${version} (${license})\n\n${file ? readFileSync(join(root, file), "utf8").trim() : ""}`;
    });
}
const notice = `This page is part of tgrun (MIT) and has in it:\n\n${licences().join("\n\n")}`
    .replace(/--+/g, "-")
    .replaceAll(">", "");

// Neither may end the element that it stands in.
const script = text(".js")
    .replace(/<\/(script)/gi, "<\\/$1")
    .replaceAll("<!--", "<\\!--");
const style = text(".css").replace(/<\/(style)/gi, "<\\/$1");
const sum = createHash("sha256").update(script).digest("base64");
const policy = [
    "default-src 'none'",
    `script-src 'sha256-${sum}'`,
    "style-src 'unsafe-inline'",
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
].join("; ");

writeFileSync(
    out,
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>tgrun</title>
<style>${style}</style>
</head>
<body>
<noscript>This page needs JavaScript to show the run. It loads nothing from anywhere else.</noscript>
<div id="page"></div>
<script type="application/json" id="run">null</script>
<script>${script}</script>
</body>
</html>
<!--
${notice}
-->
`,
);
