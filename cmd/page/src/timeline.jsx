// SPDX-License-Identifier: MIT
// The timeline: a row for each worker with what it ran when.

/**
 * source: see source.js; asks "timeline" with {from, to, max}, by useDocument or itself. status: the last document `status`: names by index,
 * ended, elapsed. compact: on the page Status, in a place about 200 px high that has no room for tools; otherwise all that is left of the
 * window. openTask(id, part): shows the story of a task. colours: of names and states, var(--name-0..11), var(--done) ... in style.css.
 */
export function Timeline({ source, status, compact = false, openTask }) {
    return null;
}
