// SPDX-License-Identifier: MIT
// The graph of the run.

/** source, status, openTask: as for Timeline; asks "graph" with {level}. Fills the place it stands in (the page gives it a height). */
export function Graph({ source, status, openTask }) {
    return null;
}
