// SPDX-License-Identifier: MIT
// A layout by dagre, which crosses fewer edges than layout.js does by itself.
import { layout as dagre, graphlib } from "@dagrejs/dagre";
import { box } from "./layout.js";

// dagre takes a tenth of a second up to here on a slow machine, and seconds for a few times as much.
const dagreNodes = 160;
const dagreEdges = 320;

/** {column, y} of each node of a graph; undefined of one that would take too long. */
export function byDagre(graph) {
    if (graph.nodes.length > dagreNodes || graph.edges.length > dagreEdges) return undefined;
    const laid = new graphlib.Graph({ multigraph: true });
    laid.setGraph({ rankdir: "LR", ranker: "tight-tree", nodesep: box.below, edgesep: 6, ranksep: box.right });
    graph.nodes.forEach((_, at) => laid.setNode(String(at), { width: box.width, height: box.height }));
    graph.edges.forEach(({ from, to }, at) => from !== to && laid.setEdge(String(from), String(to), {}, String(at)));
    dagre(laid);
    const at = graph.nodes.map((_, node) => laid.node(String(node)));
    const steps = [...new Set(at.map(({ x }) => Math.round(x)))].sort((a, b) => a - b);
    const column = at.map(({ x }) => steps.indexOf(Math.round(x)));
    return {
        column,
        y: upright(
            column,
            at.map(({ y }) => y),
        ),
    };
}

// dagre does not care which way up: what comes first in the source is to be above.
function upright(column, y) {
    const last = new Map();
    let down = 0;
    column.forEach((at, node) => {
        if (last.has(at)) down += Math.sign(y[node] - y[last.get(at)]);
        last.set(at, node);
    });
    return down < 0 ? y.map((place) => -place) : y;
}
