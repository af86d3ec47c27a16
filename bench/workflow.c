/* SPDX-License-Identifier: MIT
 * Workflow-like graphs (tests/unit/workflow.h) to be run, their tasks being sleeps, and how long that takes by the rules of the books.
 *
 *     workflow tg SHAPE SEED WORKERS SECONDS      the graph (.tg), scaled so that WORKERS need SECONDS at least
 *     workflow times SHAPE SEED WORKERS SECONDS   bound_ns: no schedule is shorter; hops_ns: list scheduling by the number of
 *                                                 tasks on the way to the end, which is what tgrun goes by; first_ns: first
 *                                                 come, first served; true_ns: list scheduling that knows all durations */
#include <stdio.h>

#include "tests/unit/workflow.h"

static int usage(void)
{
    fputs("usage: workflow tg|times SHAPE SEED WORKERS SECONDS\n", stderr);
    return 2;
}

static void print_graph(const struct workflow *w, double scale)
{
    bool *used = calloc(w->count, sizeof *used);
    if (!used) abort();
    for (unsigned i = 0; i < w->count; i++) {
        const struct workflow_task *t = &w->tasks[i];
        printf("t%u = sleep(%.6f)", i, t->seconds * scale);
        for (unsigned k = 0; k < t->dep_count; k++) {
            printf("%st%u", k ? ", " : " with after = [", t->deps[k]);
            used[t->deps[k]] = true;
        }
        puts(t->dep_count ? "]" : "");
    }
    const char *before = "output ends = [";
    for (unsigned i = 0; i < w->count; i++) {
        if (used[i]) continue;
        printf("%st%u", before, i);
        before = ", ";
    }
    puts("]");
    free(used);
}

static void print_times(const struct workflow *w, unsigned workers, double scale)
{
    printf("bound_ns %.0f\n", 1e9 * scale * workflow_bound(w, workers));
    printf("hops_ns %.0f\n", 1e9 * scale * workflow_schedule(w, workers, WORKFLOW_HOPS));
    printf("first_ns %.0f\n", 1e9 * scale * workflow_schedule(w, workers, WORKFLOW_FIRST_COME));
    printf("true_ns %.0f\n", 1e9 * scale * workflow_schedule(w, workers, WORKFLOW_SECONDS));
    printf("tasks %u\n", w->count);
}

int main(int argc, char **argv)
{
    unsigned shape = 0, workers = argc == 6 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;
    double seconds = argc == 6 ? strtod(argv[5], NULL) : 0;
    while (argc == 6 && shape < WORKFLOW_SHAPES && strcmp(workflow_shapes[shape].name, argv[2]) != 0) shape++;
    if (argc != 6 || shape == WORKFLOW_SHAPES || workers == 0 || seconds <= 0) return usage();
    struct workflow w;
    workflow_make(&w, shape, strtoull(argv[3], NULL, 10));
    double scale = seconds / workflow_bound(&w, workers);
    if (strcmp(argv[1], "tg") == 0) print_graph(&w, scale);
    else if (strcmp(argv[1], "times") == 0) print_times(&w, workers, scale);
    else return usage();
    workflow_done(&w);
    return 0;
}
