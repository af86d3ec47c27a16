// SPDX-License-Identifier: MIT
// The page: its source of documents, its routes, and the theme before anything is drawn.
import { render } from "preact";
import "./style.css";
import { App } from "./app.jsx";
import { openSource } from "./source.js";
import { applyTheme } from "./theme.js";

applyTheme();
render(<App source={openSource()} />, document.getElementById("page"));
