// SPDX-License-Identifier: MIT
// Wheel, pinch and drag on an element, by d3-zoom, as windows of time.
import { scaleLinear } from "d3-scale";
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import { narrowest } from "./window.js";

/**
 * Lets the gestures on `element` change a window: changed(window or null for all) is called for each. A plain wheel belongs to
 * the page until the element has the focus; with Ctrl (which a pinch on a touchpad is, too) it always zooms. set({left, right,
 * end, window}) says where time is shown (pixels of the element), how long it is, and the window that something else has
 * chosen. done() ends it.
 */
export function makeLens(element, changed) {
    let state = { left: 0, right: 100, end: 1, window: null };
    let busy = false;
    let waiting;
    const base = () => scaleLinear([0, state.end], [state.left, state.right]);
    const behaviour = zoom()
        .filter((event) => {
            if (event.type === "wheel")
                return event.ctrlKey || event.metaKey || (document.activeElement === element && !event.shiftKey);
            return !event.button && !event.shiftKey;
        })
        .clickDistance(4)
        .extent(() => [
            [state.left, 0],
            [state.right, element.clientHeight || 1],
        ])
        .on("start", () => (busy = true))
        .on("zoom", ({ transform, sourceEvent }) => {
            if (!sourceEvent) return;
            if (transform.k <= 1.0001) return changed(null);
            const [from, to] = transform.rescaleX(base()).domain();
            changed({ from: Math.max(0, from), to: Math.min(state.end, to) });
        })
        .on("end", () => {
            busy = false;
            if (waiting) apply(waiting);
            waiting = undefined;
        });
    const selection = select(element).call(behaviour).on("dblclick.zoom", null);

    function apply(next) {
        state = next;
        const { left, right, end, window } = state;
        behaviour.scaleExtent([1, Math.max(1, end / narrowest)]).translateExtent([
            [left, -Infinity],
            [right, Infinity],
        ]);
        const factor = window ? end / (window.to - window.from) : 1;
        element.__zoom = window ? zoomIdentity.translate(left - factor * base()(window.from), 0).scale(factor) : zoomIdentity;
    }
    return {
        // While fingers are down the ground does not move below them.
        set: (next) => (busy ? (waiting = next) : apply(next)),
        done: () => selection.on(".zoom", null),
    };
}
