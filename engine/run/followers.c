/* SPDX-License-Identifier: MIT
 * Counting the tasks that were skipped by the failure that they follow, which is known by its number. */
#include "engine/run/followers.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/run/allowed.h"
#include "engine/run/failing.h"
#include "engine/run/instance.h"
#include "engine/run/node.h"

/* ---- counting ------------------------------------------------------------------------------------ */

/* The run's, made when it is needed; with the run's lock, or when it is over. */
static struct tg_followers *followers_of(struct tg_run *run)
{
    if (!run->followers) run->followers = tg_alloc_zero(sizeof *run->followers);
    return run->followers;
}

/* Takes the name, of those that are kept. */
static void add_name(struct tg_followers_of *of, char *take_name)
{
    for (unsigned i = 0; i < of->named; i++) {
        if (strcmp(of->names[i].name, take_name) != 0) continue;
        of->names[i].count++;
        free(take_name);
        return;
    }
    if (of->named < TG_FOLLOWERS_NAMED) of->names[of->named++] = (struct tg_follower){take_name, 1};
    else free(take_name);
}

static void count_follower(struct tg_followers *f, uint32_t number, char *take_name)
{
    while (f->of.count <= number) tg_vec_push(&f->of, ((struct tg_followers_of){0}));
    f->of.items[number].count++;
    if (take_name) add_name(&f->of.items[number], take_name);
}

void tg_followers_cut(struct tg_run *run, const struct tg_site *site, const tg_value *args, size_t count)
{
    if (tg_def_is_helper(site->def)) return;
    char *name = tg_instance_name(run, site, args, count); /* it takes the lock, too */
    pthread_mutex_lock(&run->lock);
    struct tg_followers *f = followers_of(run);
    f->cut.count++;
    add_name(&f->cut, name);
    pthread_mutex_unlock(&run->lock);
}

/* Names are made only while some are kept. */
static bool wants_name(const struct tg_followers *f, uint32_t number)
{
    return number >= f->of.count || f->of.items[number].named < TG_FOLLOWERS_NAMED;
}

/* ---- names --------------------------------------------------------------------------------------- */

/* What is not there, or not any more, is left out of a name. */
static tg_value known_or_failed(tg_value v)
{
    return tg_kind(v) == TG_NIL || tg_kind(v) == TG_FUTURE ? tg_failing_value(0) : v;
}

static char *name_of_column(struct tg_run *run, tg_id id)
{
    const struct tg_graph *g = run->graph;
    uint32_t begin = tg_graph_arg_begin(g, id), end = tg_graph_values_end(g, id);
    tg_value *args = tg_alloc((end - begin + 1) * sizeof *args);
    for (uint32_t i = begin; i < end; i++) {
        uint32_t arg = g->args[i];
        if (tg_arg_kind(arg) == TG_ARG_SMALL) args[i - begin] = tg_int(tg_arg_small(arg));
        else if (tg_arg_kind(arg) == TG_ARG_POOL) args[i - begin] = g->pool.items[tg_arg_payload(arg)];
        else args[i - begin] = known_or_failed(run->values[tg_arg_payload(arg)]);
    }
    char *name = tg_instance_name(run, tg_graph_site_of(g, id), args, end - begin);
    free(args);
    return name;
}

static char *name_of_node(struct tg_run *run, tg_id id)
{
    const struct tg_node *n = &run->nodes->items[id];
    tg_value *args = tg_alloc((n->input_count + 1) * sizeof *args);
    size_t count = 0;
    for (; count < n->input_count; count++) {
        const struct tg_input *in = &tg_node_inputs_of(n)[count];
        if (tg_input_is_edge(in) && in->v.tag & TG_ONLY_AFTER) break;
        bool done = tg_input_is_edge(in) && tg_node_phase(&run->nodes->items[in->v.bits]) == TG_NODE_DONE;
        args[count] = known_or_failed(done ? run->nodes->items[in->v.bits].value : in->v);
    }
    char *name = tg_instance_name(run, n->site, args, count);
    free(args);
    return name;
}

static void count_task(struct tg_run *run, uint32_t number, tg_id id)
{
    struct tg_followers *f = followers_of(run);
    if (tg_def_is_helper(tg_run_site_of(run, id)->def)) return;
    if (number == 0) f->unrun++;
    else
        count_follower(f, number, !wants_name(f, number) ? NULL : run->nodes ? name_of_node(run, id) : name_of_column(run, id));
}

static uint32_t failure_number_of(tg_value failed)
{
    const struct tg_failure *allowed = tg_allowed_behind(failed);
    if (allowed) return allowed->number;
    return tg_failing_is_kept(failed) ? tg_failing_number(failed) : 0;
}

/* Also of those that have failed themselves. */
static uint32_t wanted_number(const struct tg_run *run, const uint32_t *numbers, tg_id id)
{
    uint32_t number = id == TG_NO_TASK ? 0 : numbers[id];
    tg_value v = id == TG_NO_TASK || number ? tg_nil() : tg_run_place(run, id);
    if (tg_kind(v) != TG_FAILED) return number;
    number = failure_number_of(v);
    for (size_t i = 0; i < run->failures.count && !number; i++)
        if (run->failures.items[i].task == id) number = run->failures.items[i].number;
    return number;
}

/* numbers: by id, what was found. */
static void note_wanted(struct tg_run *run, const uint32_t *numbers)
{
    const struct tg_graph *g = run->graph;
    struct tg_followers *f = followers_of(run);
    for (size_t i = 0; i < g->wanted.count; i++) tg_vec_push(&f->wanted, wanted_number(run, numbers, g->wanted.items[i].task));
}

/* ---- nodes --------------------------------------------------------------------------------------- */

void tg_followers_note(struct tg_run *run, tg_value failed, tg_id id)
{
    uint32_t number = failure_number_of(failed);
    if (!number || tg_def_is_helper(tg_run_site_of(run, id)->def)) return;
    pthread_mutex_lock(&run->lock);
    struct tg_followers *f = followers_of(run);
    bool named = wants_name(f, number);
    pthread_mutex_unlock(&run->lock);
    char *name = named ? name_of_node(run, id) : NULL; /* it takes the lock, too */
    pthread_mutex_lock(&run->lock);
    count_follower(f, number, name);
    pthread_mutex_unlock(&run->lock);
}

/* Of a task that waits though the run is over: the failure that one of its inputs is. */
static uint32_t failed_input_number(const struct tg_run *run, tg_id id)
{
    const struct tg_node *n = &run->nodes->items[id];
    uint32_t number = 0;
    for (uint32_t i = 0; i < n->input_count && !number; i++) {
        const struct tg_input *in = &tg_node_inputs_of(n)[i];
        if (!tg_input_is_edge(in) || tg_node_phase(&run->nodes->items[in->v.bits]) != TG_NODE_DONE) continue;
        tg_value v = run->nodes->items[in->v.bits].value;
        if (tg_kind(v) == TG_FAILED && !tg_def_catches(n->site->def, i, in->v.tag & TG_ONLY_AFTER))
            number = failure_number_of(v);
    }
    return number;
}

struct followers_walk {
    struct tg_run *run;
    uint32_t *numbers; /* by id: the failure that it follows; 0: none */
    TG_VEC(tg_id) stack;
};

/* Whatever waits for tasks on the stack follows the same failure. */
static void spread(struct followers_walk *w)
{
    const struct tg_nodes *nodes = w->run->nodes;
    while (w->stack.count) {
        tg_id id = w->stack.items[--w->stack.count];
        uint64_t link = atomic_load_explicit(&nodes->items[id].waiting, memory_order_acquire);
        while (link && link != TG_LIST_DONE) {
            tg_id to = (tg_id)(link >> 32);
            const struct tg_node *n = &nodes->items[to];
            uint32_t input = (uint32_t)link - 1;
            bool caught = tg_def_catches(n->site->def, input, tg_node_inputs_of(n)[input].v.tag & TG_ONLY_AFTER);
            link = tg_node_inputs_of(n)[input].next;
            if (caught || w->numbers[to] || !tg_run_waits(w->run, to)) continue;
            w->numbers[to] = w->numbers[id];
            tg_vec_push(&w->stack, to);
        }
    }
}

static void find_in_nodes(struct tg_run *run)
{
    tg_id end = run->nodes->next;
    struct followers_walk w = {.run = run, .numbers = tg_alloc_zero((end + 1) * sizeof *w.numbers)};
    for (tg_id id = 0; id < end; id++) {
        if (!tg_run_waits(run, id) || w.numbers[id]) continue;
        w.numbers[id] = failed_input_number(run, id);
        if (w.numbers[id]) tg_vec_push(&w.stack, id);
        spread(&w);
    }
    for (tg_id id = 0; id < end; id++)
        if (tg_run_waits(run, id)) count_task(run, w.numbers[id], id);
    note_wanted(run, w.numbers);
    tg_vec_done(&w.stack);
    free(w.numbers);
}

/* ---- columns ------------------------------------------------------------------------------------- */

/* The failure that a task which has no value follows: that of one of its inputs. */
static uint32_t inherited_number(const struct tg_run *run, const uint32_t *numbers, tg_id id)
{
    const struct tg_graph *g = run->graph;
    const struct tg_failure *allowed = tg_allowed_behind(run->values[id]);
    uint32_t begin = tg_graph_arg_begin(g, id), number = allowed ? allowed->number : 0;
    for (uint32_t i = begin; i < g->arg_end[id] && !number; i++) {
        if (!tg_arg_is_edge(g->args[i]) || run->values[tg_arg_payload(g->args[i])].tag != TG_FAILED) continue;
        bool only_after = tg_arg_kind(g->args[i]) == TG_ARG_AFTER;
        if (!tg_def_catches(tg_graph_def_of(g, id), i - begin, only_after)) number = numbers[tg_arg_payload(g->args[i])];
    }
    return number;
}

/* Consumers have larger ids, so the failures of a task's inputs are known when the walk reaches it. */
static void find_in_columns(struct tg_run *run)
{
    const struct tg_graph *g = run->graph;
    uint32_t *numbers = tg_alloc_zero((g->count + 1) * sizeof *numbers);
    for (size_t i = 0; i < run->failures.count; i++) numbers[run->failures.items[i].task] = run->failures.items[i].number;
    for (tg_id id = 0; run->plan->count && id < g->count; id++) {
        tg_value v = run->values[id];
        if (numbers[id] || !tg_plan_needs(run->plan, id)) continue;
        if (tg_kind(v) == TG_FAILED) numbers[id] = inherited_number(run, numbers, id);
        else if (tg_census_of_column(run, id) == TG_CENSUS_SKIPPED) numbers[id] = tg_allowed_of(v)->number;
        if (numbers[id] || (tg_kind(v) == TG_FAILED && v.bits == TG_FAILED_UNRUN)) count_task(run, numbers[id], id);
    }
    note_wanted(run, numbers);
    followers_of(run)->unrun -= followers_of(run)->cut.count; /* to these it happened in the run */
    free(numbers);
}

/* ---- all of them --------------------------------------------------------------------------------- */

static int by_follower_name(const void *a, const void *b)
{
    return strcmp(((const struct tg_follower *)a)->name, ((const struct tg_follower *)b)->name);
}

/* In which order they were skipped, or ended, is chance. */
static void sort_names(struct tg_followers_of *of)
{
    qsort(of->names, of->named, sizeof(struct tg_follower), by_follower_name);
}

const struct tg_followers *tg_followers_find(struct tg_run *run)
{
    if (run->nodes) find_in_nodes(run);
    else find_in_columns(run);
    struct tg_followers *f = followers_of(run);
    for (size_t i = 0; i < f->of.count; i++) sort_names(&f->of.items[i]);
    return f;
}

const struct tg_followers_of *tg_followers_cut_off(struct tg_run *run)
{
    if (!run->followers || !run->followers->cut.count) return NULL;
    sort_names(&run->followers->cut);
    return &run->followers->cut;
}

const struct tg_followers_of *tg_followers_get(const struct tg_followers *f, uint32_t number)
{
    return number < f->of.count && f->of.items[number].count ? &f->of.items[number] : NULL;
}

static void free_names(struct tg_followers_of *of)
{
    for (unsigned i = 0; i < of->named; i++) free(of->names[i].name);
}

void tg_followers_free(struct tg_followers *f)
{
    if (!f) return;
    for (size_t i = 0; i < f->of.count; i++) free_names(&f->of.items[i]);
    free_names(&f->cut);
    tg_vec_done(&f->of);
    tg_vec_done(&f->wanted);
    free(f);
}
