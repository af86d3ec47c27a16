/* SPDX-License-Identifier: MIT
 * Workflow-like graphs, and how long they take on so many workers by the rules of the books: for the benchmark of schedules
 * (bench/workflow.c) and the test of the scheduler (test_schedule.c), which must agree.
 *
 * The shapes are like those of pipelines in use: what is done for each sample, in chains that branch; merges over all samples;
 * a long chain that is ready at the start, but stands behind all that is short; scattering and gathering. Durations have heavy
 * tails (log-normal). A task's number is its place in the file; what it waits for stands before it. */
#ifndef TG_TEST_WORKFLOW_H
#define TG_TEST_WORKFLOW_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORKFLOW_DEPS 400 /* of a task, at most */

struct workflow_task {
    double seconds;
    unsigned *deps, dep_count;
};

struct workflow {
    struct workflow_task *tasks;
    unsigned count, room;
    uint64_t seed;
};

/* ---- chance -------------------------------------------------------------------------------------- */

static inline double workflow_chance(struct workflow *w)
{
    w->seed = w->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(w->seed >> 11) / 9007199254740992.0;
}

/* Between low and high. */
static inline unsigned workflow_pick(struct workflow *w, unsigned low, unsigned high)
{
    return low + (unsigned)(workflow_chance(w) * (high - low + 1));
}

/* Log-normal: half of them are below the median; one in forty is above it by exp(2 * spread). */
static inline double workflow_seconds(struct workflow *w, double median, double spread)
{
    double u = 1 - workflow_chance(w), v = workflow_chance(w);
    return median * exp(spread * sqrt(-2 * log(u)) * cos(6.283185307179586 * v));
}

/* ---- building ------------------------------------------------------------------------------------ */

/* A task of this median duration that waits for these. */
static inline unsigned workflow_add(struct workflow *w, double median, const unsigned *deps, unsigned dep_count)
{
    if (w->count == w->room) {
        w->room = w->room ? 2 * w->room : 256;
        w->tasks = realloc(w->tasks, w->room * sizeof *w->tasks);
        if (!w->tasks) abort();
    }
    unsigned *copy = malloc((dep_count + 1) * sizeof *copy);
    if (!copy) abort();
    if (dep_count) memcpy(copy, deps, dep_count * sizeof *copy);
    w->tasks[w->count] = (struct workflow_task){workflow_seconds(w, median, 0.7), copy, dep_count};
    return w->count++;
}

static inline unsigned workflow_then(struct workflow *w, double median, unsigned before)
{
    return workflow_add(w, median, &before, 1);
}

/* Like nf-core/rnaseq: an index of the genome; for each sample trimming, alignment, and much that looks at it; the file is
 * written process by process. */
static inline void workflow_samples(struct workflow *w)
{
    unsigned samples = workflow_pick(w, 20, 60), trimmed[64], aligned[64], checks[WORKFLOW_DEPS], check_count = 0;
    unsigned index = workflow_add(w, 20, NULL, 0);
    for (unsigned i = 0; i < samples; i++) checks[check_count++] = workflow_add(w, 1, NULL, 0);
    for (unsigned i = 0; i < samples; i++) trimmed[i] = workflow_add(w, 3, NULL, 0);
    for (unsigned i = 0; i < samples; i++) aligned[i] = workflow_add(w, 15, (unsigned[]){index, trimmed[i]}, 2);
    for (unsigned k = 0; k < 5; k++)
        for (unsigned i = 0; i < samples; i++) checks[check_count++] = workflow_then(w, 1 + k, aligned[i]);
    for (unsigned i = 0; i < samples; i++) aligned[i] = workflow_then(w, 4, aligned[i]);
    unsigned counts = workflow_add(w, 5, aligned, samples);
    checks[check_count++] = workflow_then(w, 8, counts);
    workflow_add(w, 6, checks, check_count);
}

/* Like nf-core/viralrecon: two ways for each sample, and the assembly, the long one, stands at the end of the file. */
static inline void workflow_viral(struct workflow *w)
{
    unsigned samples = workflow_pick(w, 8, 20), reads[32], called[32], checks[WORKFLOW_DEPS], check_count = 0, long_chain = 0;
    for (unsigned i = 0; i < samples; i++)
        for (unsigned k = 0; k < 5; k++) checks[check_count++] = workflow_add(w, 1, NULL, 0);
    for (unsigned i = 0; i < samples; i++) reads[i] = workflow_add(w, 2, NULL, 0);
    for (unsigned i = 0; i < samples; i++) called[i] = workflow_then(w, 4, workflow_then(w, 6, reads[i]));
    for (unsigned i = 0; i < samples; i++)
        for (unsigned k = 0; k < 4; k++) checks[check_count++] = workflow_then(w, 2, called[i]);
    unsigned stages = workflow_pick(w, 8, 16);
    for (unsigned k = 0; k < stages; k++) long_chain = k ? workflow_then(w, 12, long_chain) : workflow_add(w, 12, NULL, 0);
    for (unsigned i = 0; i < samples; i++) checks[check_count++] = workflow_then(w, 3, workflow_then(w, 8, reads[i]));
    checks[check_count++] = long_chain;
    workflow_add(w, 5, checks, check_count);
}

/* Like variant calling by intervals: each sample is prepared, scattered, gathered, and once more; a joint end. */
static inline void workflow_scatter(struct workflow *w)
{
    unsigned samples = workflow_pick(w, 4, 12), ends[16];
    for (unsigned i = 0; i < samples; i++) {
        unsigned at = workflow_then(w, 8, workflow_add(w, 4, NULL, 0));
        for (unsigned round = workflow_pick(w, 1, 3); round > 0; round--) {
            unsigned parts[32], count = workflow_pick(w, 6, 30);
            for (unsigned k = 0; k < count; k++) parts[k] = workflow_then(w, 3, at);
            at = workflow_add(w, 2, parts, count);
        }
        ends[i] = at;
    }
    unsigned joint = workflow_add(w, 6, ends, samples), shards[48], count = workflow_pick(w, 16, 48);
    for (unsigned k = 0; k < count; k++) shards[k] = workflow_then(w, 4, joint);
    workflow_add(w, 4, shards, count);
}

/* Anything: each task waits for a few of the hundred before it. */
static inline void workflow_tangle(struct workflow *w)
{
    unsigned count = workflow_pick(w, 200, 500);
    for (unsigned i = 0; i < count; i++) {
        unsigned deps[3], dep_count = i ? workflow_pick(w, 0, 3) : 0;
        for (unsigned k = 0; k < dep_count; k++) deps[k] = i - workflow_pick(w, 1, i < 100 ? i : 100);
        workflow_add(w, 4, deps, dep_count);
    }
}

static const struct {
    const char *name;
    void (*make)(struct workflow *w);
} workflow_shapes[] = {
    {"samples", workflow_samples}, {"viral", workflow_viral}, {"scatter", workflow_scatter}, {"tangle", workflow_tangle}};
#define WORKFLOW_SHAPES (sizeof workflow_shapes / sizeof *workflow_shapes)

static inline void workflow_make(struct workflow *w, unsigned shape, uint64_t seed)
{
    *w = (struct workflow){.seed = seed * UINT64_C(0x9e3779b97f4a7c15) + shape};
    for (int i = 0; i < 4; i++) workflow_chance(w);
    workflow_shapes[shape].make(w);
}

static inline void workflow_done(struct workflow *w)
{
    for (unsigned i = 0; i < w->count; i++) free(w->tasks[i].deps);
    free(w->tasks);
}

/* ---- the rules of the books ---------------------------------------------------------------------- */

enum workflow_rule {
    WORKFLOW_FIRST_COME, /* whatever became ready first */
    WORKFLOW_HOPS,       /* the longest way to the end, as a number of tasks */
    WORKFLOW_SECONDS,    /* the longest way to the end by true durations, which nobody knows beforehand */
};

/* For each task the longest way to the end. */
static inline double *workflow_levels(const struct workflow *w, bool seconds)
{
    double *levels = calloc(w->count + 1, sizeof *levels);
    if (!levels) abort();
    for (unsigned i = w->count; i-- > 0;) {
        levels[i] += seconds ? w->tasks[i].seconds : 1;
        for (unsigned k = 0; k < w->tasks[i].dep_count; k++)
            if (levels[w->tasks[i].deps[k]] < levels[i]) levels[w->tasks[i].deps[k]] = levels[i];
    }
    return levels;
}

/* No schedule is shorter. */
static inline double workflow_bound(const struct workflow *w, unsigned workers)
{
    double *levels = workflow_levels(w, true), longest = 0, sum = 0;
    for (unsigned i = 0; i < w->count; i++) {
        if (levels[i] > longest) longest = levels[i];
        sum += w->tasks[i].seconds;
    }
    free(levels);
    return sum / workers > longest ? sum / workers : longest;
}

/* How long list scheduling takes: whoever is free takes the first that is ready, by the rule, then by number. */
static inline double workflow_schedule(const struct workflow *w, unsigned workers, enum workflow_rule rule)
{
    enum { WAITS, RUNS, DONE };
    double *key = workflow_levels(w, rule == WORKFLOW_SECONDS), *ready = calloc(w->count, sizeof *ready), now = 0;
    double *end = calloc(w->count, sizeof *end);
    char *state = calloc(w->count, 1);
    unsigned *waits = calloc(w->count, sizeof *waits), running = 0, left = w->count;
    if (!ready || !end || !state || !waits) abort();
    for (unsigned i = 0; i < w->count; i++) waits[i] = w->tasks[i].dep_count;
    while (left) {
        for (unsigned best = w->count; running < workers; best = w->count) {
            for (unsigned i = 0; i < w->count; i++) {
                if (state[i] != WAITS || waits[i]) continue;
                double mine = rule == WORKFLOW_FIRST_COME ? -ready[i] : key[i];
                if (best == w->count || mine > (rule == WORKFLOW_FIRST_COME ? -ready[best] : key[best])) best = i;
            }
            if (best == w->count) break;
            state[best] = RUNS, end[best] = now + w->tasks[best].seconds, running++;
        }
        unsigned next = w->count;
        for (unsigned i = 0; i < w->count; i++)
            if (state[i] == RUNS && (next == w->count || end[i] < end[next])) next = i;
        now = end[next], state[next] = DONE, running--, left--;
        for (unsigned i = next + 1; i < w->count; i++)
            for (unsigned k = 0; k < w->tasks[i].dep_count; k++)
                if (w->tasks[i].deps[k] == next && --waits[i] == 0) ready[i] = now;
    }
    free(key), free(ready), free(end), free(state), free(waits);
    return now;
}

#endif
