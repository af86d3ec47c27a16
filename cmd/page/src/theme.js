// SPDX-License-Identifier: MIT
// Light or dark: as the system says, unless the user has chosen. What draws on a canvas listens for "themechange" on window.

const key = "tgrun-theme";

// A page from a file may be denied any storage.
function stored() {
    try {
        return localStorage.getItem(key);
    } catch {
        return null;
    }
}

const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

/** "light" or "dark", as it is shown now. */
export const theme = () => document.documentElement.dataset.theme ?? system();

/** Shows what was chosen earlier, and follows the system otherwise. */
export function applyTheme() {
    const chosen = stored();
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dispatchEvent(new Event("themechange")));
}

export function toggleTheme() {
    const next = theme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
        localStorage.setItem(key, next);
    } catch {
        // it holds for this visit
    }
    dispatchEvent(new Event("themechange"));
}

/** The value of a CSS variable, for a canvas: colour("--done"). */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
