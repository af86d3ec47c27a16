/* SPDX-License-Identifier: MIT
 * A run in which nothing is done. */
#include "cmd/foresee.h"

#include <stdlib.h>
#include <string.h>

#include "engine/grow/recall.h"
#include "engine/grow/start.h"
#include "engine/sched/sched.h"

static struct tg_foreseen_task *foreseen_of(struct tg_foresight *f, uint32_t task)
{
    while (f->tasks.count <= task) tg_vec_push(&f->tasks, (struct tg_foreseen_task){0});
    return &f->tasks.items[task];
}

/* In the only thread of the run. */
static void note(void *foresight, uint32_t task, const struct tg_again_task *asked, const char *why)
{
    struct tg_foresight *f = foresight;
    struct tg_foreseen_task *t = foreseen_of(f, task);
    if (t->what == TG_FORESEEN_FRESH) f->fresh--;
    f->fresh += !why;
    t->what = why ? TG_FORESEEN_RUNS : TG_FORESEEN_FRESH;
    free(t->why);
    t->why = why ? strdup(why) : NULL;
    t->says = why && strcmp(why, TG_AGAIN_NEW) != 0 && strcmp(why, TG_RECALL_ALWAYS) != 0;
    if (!asked) return;
    t->known = asked->known;
    t->asks = true;
    t->identity = asked->now.identity;
    t->ended_ns = asked->before.ended_ns;
    t->took_ns = asked->before.took_ns;
    if (!t->instance) t->instance = strdup(asked->now.instance);
}

/* What the language makes of what is known. */
static void note_computed(struct tg_foresight *f, const struct tg_plan *plan)
{
    const struct tg_graph *g = plan->graph;
    for (tg_id id = 0; id < g->count; id++) {
        bool computed = tg_plan_needs(plan, id) && tg_def_is_helper(tg_graph_def_of(g, id));
        for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id] && computed; i++)
            computed = !tg_arg_is_edge(g->args[i]) || foreseen_of(f, tg_arg_payload(g->args[i]))->what >= TG_FORESEEN_FRESH;
        if (computed) foreseen_of(f, id)->what = TG_FORESEEN_COMPUTED;
    }
}

/* With the recording begun, which ends. */
static void run_undone(struct tg_recording *recording, struct tg_workflow *w, const struct tg_plan *plan)
{
    struct tg_err err = {0};
    struct tg_run run;
    struct tg_plan looked = *plan;
    looked.grows = true;
    tg_graph_foresee(&w->session.graph, tg_recall_checked); /* code of others is not called */
    struct tg_run_options how = {
        .jobs = 1, .keep_going = true, .keeps_numbers = true, .quiet = true, .services = &w->session.services};
    how.sched = tg_sched_find("single-threaded");
    tg_start_run(&run, &w->session.graph, &looked, &how);
    if (!tg_run_execute(&run, &err)) tg_err_done(&err); /* what stalls would have to be run */
    tg_run_done(&run);
    tg_recording_end(recording);
}

bool tg_foresee(struct tg_foresight *f, struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan)
{
    struct tg_recording recording;
    *f = (struct tg_foresight){0};
    if (!tg_recording_foresee(&recording, cli, w, false, note, f)) return false;
    run_undone(&recording, w, plan);
    foreseen_of(f, w->session.graph.count);
    note_computed(f, plan);
    return true;
}

void tg_foresee_asked(struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan,
                      void (*asks)(void *data, uint32_t task, const struct tg_again_task *asked, const char *why), void *data)
{
    struct tg_recording recording;
    if (tg_recording_foresee(&recording, cli, w, true, asks, data)) run_undone(&recording, w, plan);
}

void tg_foresee_done(struct tg_foresight *f)
{
    for (size_t i = 0; i < f->tasks.count; i++) {
        free(f->tasks.items[i].why);
        free(f->tasks.items[i].instance);
    }
    tg_vec_done(&f->tasks);
}

static bool is_known_before(const struct tg_foresight *f, tg_id id)
{
    return id < f->tasks.count && f->tasks.items[id].what >= TG_FORESEEN_FRESH;
}

static tg_id first_open(const struct tg_foresight *f, const struct tg_graph *g, tg_id id)
{
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
        if (tg_arg_is_edge(g->args[i]) && !is_known_before(f, tg_arg_payload(g->args[i]))) return tg_arg_payload(g->args[i]);
    return TG_NO_TASK;
}

tg_id tg_foresee_reason(const struct tg_foresight *f, const struct tg_graph *g, tg_id id)
{
    tg_id reason = first_open(f, g, id);
    while (reason != TG_NO_TASK && tg_def_is_helper(tg_graph_def_of(g, reason))) {
        tg_id behind = first_open(f, g, reason);
        if (behind == TG_NO_TASK) break;
        reason = behind;
    }
    return reason;
}
