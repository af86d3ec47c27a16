// SPDX-License-Identifier: MIT
// What changes over time, as curves.

/** source, status: as for Timeline. which: "running" (parallelism), "done", "bytes" (memory of results by name), "process" (memory, cores). */
export function Series({ source, status, which, height = 160 }) {
    return null;
}
