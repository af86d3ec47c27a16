/* SPDX-License-Identifier: MIT
 * Fragments: what a task adds while it runs. Its tasks are fresh, known to this worker only, until they join the graph. Then
 * those that nobody asked for are dropped, those that the result or an effect needs become active, and the rest stay
 * dormant, held by expansion points that may ask for them. */
#include <string.h>

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/graph/gather.h"
#include "engine/grow/grow.h"
#include "engine/run/task.h"

/* Ids that a worker takes at a time when none is free: they keep workers out of each other's way. */
#define IDS_AT_ONCE 64

/* Dormant tasks that wait for each other, oldest first, of a loop whose running total nobody has asked for yet: a chain of
 * more than this many is run after all, so that a long loop does not keep all its rounds. */
#define MAX_DORMANT_CHAIN 256

/* ---- ids ----------------------------------------------------------------------------------------- */

/* Locked: ids to be used again, or ones never used. */
static bool take_ids(struct tg_fragment *f)
{
    struct tg_nodes *nodes = f->nodes;
    for (size_t i = 0; i < IDS_AT_ONCE && nodes->free.ids.count; i++)
        tg_vec_push(&f->worker->free.ids, nodes->free.ids.items[--nodes->free.ids.count]);
    if (f->worker->free.ids.count) return true;
    if (nodes->next + IDS_AT_ONCE > nodes->end) {
        size_t need = ((size_t)nodes->next + IDS_AT_ONCE) * sizeof *nodes->items;
        if (need > nodes->column.reserved_bytes) return false;
        tg_column_need(&nodes->column, need);
        size_t end = nodes->column.ready_bytes / sizeof *nodes->items;
        nodes->end = end < TG_MAX_TASKS ? (tg_id)end : TG_MAX_TASKS;
        if (nodes->next + IDS_AT_ONCE > nodes->end) return false;
    }
    f->fresh_next = nodes->next;
    f->fresh_end = nodes->next += IDS_AT_ONCE;
    return true;
}

static tg_id new_id(struct tg_fragment *f)
{
    if (f->worker->free.ids.count) return f->worker->free.ids.items[--f->worker->free.ids.count];
    if (f->fresh_next < f->fresh_end) return f->fresh_next++;
    pthread_mutex_lock(&f->nodes->lock);
    bool fine = take_ids(f);
    pthread_mutex_unlock(&f->nodes->lock);
    if (!fine) return TG_NO_TASK;
    return f->worker->free.ids.count ? f->worker->free.ids.items[--f->worker->free.ids.count] : f->fresh_next++;
}

/* ---- adding -------------------------------------------------------------------------------------- */

static bool refuse_more(struct tg_fragment *f, struct tg_err *err)
{
    const struct tg_node *n = &f->nodes->items[f->task];
    tg_err_at(err, TG_EXIT_FAILED, n->site->span, "the graph has grown to more than %u tasks, here by '%s'",
              f->nodes->graph->max_tasks, n->site->def->name);
    tg_err_hint(err, "The limit can be raised with --max-tasks.");
    return false;
}

/* Before the first task is added: how many there may be. */
static bool begin_adding(struct tg_fragment *f, struct tg_err *err)
{
    struct tg_nodes *nodes = f->nodes;
    const struct tg_node *n = &nodes->items[f->task];
    uint64_t made = atomic_load_explicit(&nodes->made, memory_order_relaxed), max = nodes->graph->max_tasks;
    f->budget = made < max ? max - made : 0;
    if (n->depth < TG_MAX_EXPANSION_DEPTH) return true;
    tg_err_at(err, TG_EXIT_FAILED, n->site->span,
              "more than %u expansion points wait for each other, the innermost one at '%s'", TG_MAX_EXPANSION_DEPTH,
              n->site->def->name);
    tg_err_hint(err, "Does the recursion ever end?");
    return false;
}

static void add_input(struct tg_nodes *nodes, struct tg_input *in, tg_value v)
{
    in->v = v;
    if (tg_kind(v) == TG_FUTURE) {
        tg_node_hold_one(nodes, (tg_id)v.bits);
    } else if (tg_is_heap(v)) {
        tg_value_ref(v);
        if (tg_value_marks(v)) tg_future_held(v, tg_node_hold_one, nodes);
    }
}

struct waits {
    struct tg_nodes *nodes;
    struct tg_input *at;
};

static void add_wait(void *writer, tg_id id)
{
    struct waits *w = writer;
    add_input(w->nodes, w->at++, tg_make_(TG_FUTURE | TG_ONLY_AFTER, id));
}

/* Adds a task whose arguments are futures and known values only. */
static tg_id add_fresh(void *fragment, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                       size_t after_count, struct tg_err *err)
{
    struct tg_fragment *f = fragment;
    struct tg_nodes *nodes = f->nodes;
    if (!f->added.ids.count && !begin_adding(f, err)) return TG_NO_TASK;
    size_t waits = 0;
    for (size_t i = 0; i < after_count; i++) waits += tg_future_count(after[i]);
    tg_id id = f->added.ids.count < f->budget ? new_id(f) : TG_NO_TASK;
    if (id == TG_NO_TASK) return refuse_more(f, err), TG_NO_TASK;
    struct tg_node *n = &nodes->items[id];
    TG_ASSERT(id < atomic_load_explicit(&nodes->end, memory_order_relaxed) && tg_node_phase(n) == TG_NODE_FREE);
    n->value = tg_nil();
    atomic_store_explicit(&n->waiting, 0, memory_order_relaxed);
    atomic_store_explicit(&n->refs, 1, memory_order_relaxed); /* the fragment's */
    atomic_store_explicit(&n->kids, 1, memory_order_relaxed);
    atomic_store_explicit(&n->state, TG_NODE_FRESH, memory_order_relaxed);
    n->made = &nodes->graph->site_table.items[site];
    __atomic_store_n(&n->site, n->made, __ATOMIC_RELEASE); /* somebody may still look at who had the id before */
    n->parent = TG_NO_TASK;
    n->round = n->parent_round = n->loop_from = 0;
    struct tg_input *inputs = tg_node_inputs_new(n, (uint32_t)(count + waits));
    for (size_t i = 0; i < count; i++) add_input(nodes, &inputs[i], args[i]);
    struct waits writer = {nodes, inputs + count};
    for (size_t i = 0; i < after_count; i++) tg_future_each(after[i], add_wait, &writer);
    tg_vec_push(&f->added.ids, id);
    return id;
}

/* ---- gathering ----------------------------------------------------------------------------------- */

static uint32_t gathering_site(void *fragment, uint32_t site, bool record)
{
    struct tg_nodes *nodes = ((struct tg_fragment *)fragment)->nodes;
    uint32_t known = __atomic_load_n(&nodes->graph->site_table.items[site].gather[record], __ATOMIC_ACQUIRE);
    if (known) return known;
    pthread_mutex_lock(&nodes->lock);
    known = tg_graph_gather_site(nodes->graph, site, record);
    pthread_mutex_unlock(&nodes->lock);
    return known;
}

static uint32_t gathering_place(void *fragment, tg_span span)
{
    const struct tg_def *list = tg_fragment_graph(fragment)->gather_list;
    return tg_fragment_site(fragment, list, span, 0, 0);
}

static tg_span site_span(void *fragment, uint32_t site)
{
    return tg_fragment_graph(fragment)->site_table.items[site].span;
}

/* What was gathered last is remembered as long as the fragment is not at its end. */
static struct tg_gather gather_fresh(struct tg_fragment *f)
{
    static const struct tg_gather_ops ops = {add_fresh, gathering_site, gathering_place, site_span};
    return (struct tg_gather){&ops, f, &f->gathered};
}

tg_id tg_fragment_add(struct tg_fragment *f, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                      size_t after_count, struct tg_err *err)
{
    if (!tg_gather_any(args, count)) return add_fresh(f, site, args, count, after, after_count, err);
    struct tg_gather to = gather_fresh(f);
    return tg_gather_add(&to, site, args, count, after, after_count, err);
}

void tg_fragment_own_failure(struct tg_fragment *f, tg_id id, bool own)
{
    struct tg_node *n = &f->nodes->items[id];
    TG_ASSERT(tg_node_phase(n) == TG_NODE_FRESH);
    atomic_store_explicit(&n->state, TG_NODE_FRESH | (own ? TG_NODE_USED : 0), memory_order_relaxed);
}

void tg_fragment_remakes(struct tg_fragment *f, tg_id id)
{
    TG_ASSERT(tg_node_phase(&f->nodes->items[id]) == TG_NODE_FRESH);
    atomic_store_explicit(&f->nodes->items[id].state, TG_NODE_FRESH | TG_NODE_REMAKES, memory_order_relaxed);
}

void tg_fragment_comes_again(struct tg_fragment *f)
{
    f->comes_again = true;
}

bool tg_fragment_gather(struct tg_fragment *f, tg_value v, tg_span span, tg_value *out, struct tg_err *err)
{
    struct tg_gather to = gather_fresh(f);
    return tg_gather_at(&to, span, v, out, err);
}

/* ---- inputs --------------------------------------------------------------------------------------- */

bool tg_fragment_take_input(tg_ctx *ctx, uint32_t i, tg_value *out)
{
    struct tg_fragment *f = tg_fragment_of(ctx);
    if (!f) return false;
    const struct tg_node *n = &f->nodes->items[ctx->task];
    const struct tg_input *in = &tg_node_inputs_of(n)[i];
    if (!tg_input_is_edge(in)) return false;
    struct tg_node *from = &f->nodes->items[in->v.bits];
    if (atomic_load_explicit(&from->refs, memory_order_acquire) != 1 || tg_value_marks(from->value)) return false;
    *out = from->value;
    from->value = tg_nil();
    return true;
}

/* ---- sites --------------------------------------------------------------------------------------- */

uint32_t tg_fragment_site(struct tg_fragment *f, const struct tg_def *def, tg_span span, uint32_t options, uint32_t group)
{
    pthread_mutex_lock(&f->nodes->lock);
    uint32_t site = tg_graph_site(f->nodes->graph, def, span, options, group);
    pthread_mutex_unlock(&f->nodes->lock);
    return site;
}

uint32_t tg_fragment_options(struct tg_fragment *f, tg_value take_record)
{
    pthread_mutex_lock(&f->nodes->lock);
    uint32_t options = tg_graph_options(f->nodes->graph, take_record);
    pthread_mutex_unlock(&f->nodes->lock);
    return options;
}

const struct tg_site *tg_fragment_site_of(const struct tg_fragment *f, tg_id id)
{
    return __atomic_load_n(&f->nodes->items[id].made, __ATOMIC_RELAXED);
}

const struct tg_graph *tg_fragment_graph(const struct tg_fragment *f)
{
    return f->nodes->graph;
}

/* ---- joining ------------------------------------------------------------------------------------- */

static void free_fresh(struct tg_fragment *f, tg_id id)
{
    struct tg_node *n = &f->nodes->items[id];
    TG_ASSERT(tg_node_phase(n) == TG_NODE_FRESH);
    tg_node_drop_inputs(f->worker, n);
    atomic_store_explicit(&n->state, TG_NODE_FREE, memory_order_relaxed);
    tg_vec_push(&f->worker->free.ids, id);
}

/* From the last to the first, so that consumers are met before what they use: drops what nobody asked for, or all. Effects
 * keep the fragment's reference. */
static void drop_unused(struct tg_fragment *f, bool all)
{
    size_t count = f->added.ids.count, first = count;
    tg_id *ids = f->added.ids.items;
    for (size_t i = count; i-- > 0;) {
        struct tg_node *n = &f->nodes->items[ids[i]];
        bool effect = !all && n->site->flags & TG_SITE_EFFECT;
        if (!effect && tg_node_sub(f->nodes, &n->refs, 1)) free_fresh(f, ids[i]);
        else ids[--first] = ids[i];
    }
    for (size_t i = first; i < count; i++) ids[i - first] = ids[i];
    f->added.ids.count = count - first;
}

void tg_fragment_drop(struct tg_fragment *f)
{
    tg_gather_forget(&f->gathered);
    drop_unused(f, true);
    f->added.ids.count = 0;
    f->comes_again = false;
}

/* True for two sites of one construct: the rounds of a loop may differ in their definition. */
static bool is_same_place(const struct tg_site *a, const struct tg_site *b)
{
    return a->span.start == b->span.start && a->span.end == b->span.end && strcmp(a->def->name, b->def->name) == 0;
}

/* The task becomes what the fresh one is, which goes. */
static void take_over_fresh(struct tg_fragment *f, struct tg_node *n, tg_id fresh)
{
    struct tg_node *from = &f->nodes->items[fresh];
    TG_ASSERT(tg_node_phase(from) == TG_NODE_FRESH && tg_node_phase(n) == TG_NODE_RUNNING);
    tg_node_drop_inputs(f->worker, n);
    n->input_count = from->input_count;
    if (n->input_count > TG_FEW_INPUTS) n->many = from->many;
    else memcpy(n->few, from->few, sizeof n->few);
    __atomic_store_n(&n->site, from->site, __ATOMIC_RELEASE);
    if (from->site->flags & TG_SITE_EXPANDS && from->made != n->made) {
        if (!is_same_place(from->made, n->made)) __atomic_store_n(&n->loop_from, n->round + 1, __ATOMIC_RELAXED);
        __atomic_store_n(&n->made, from->made, __ATOMIC_RELAXED);
    }
    from->input_count = 0;
    free_fresh(f, fresh);
}

/* The task becomes one that passes on the result of another. */
static void pass_on(struct tg_fragment *f, struct tg_node *n, tg_value future)
{
    struct tg_nodes *nodes = f->nodes;
    struct tg_input in;
    add_input(nodes, &in, future);
    tg_node_drop_inputs(f->worker, n);
    *tg_node_inputs_new(n, 1) = in;
    __atomic_store_n(&n->site, &nodes->graph->site_table.items[nodes->identity], __ATOMIC_RELEASE);
}

/* Lets the task become what gives this future. Only one that nobody else knows is read: the site of any other may be written meanwhile. */
static void become(struct tg_fragment *f, struct tg_node *n, tg_value future)
{
    tg_id id = (tg_id)future.bits;
    size_t count = f->added.ids.count;
    struct tg_node *from = &f->nodes->items[id];
    bool own = count && f->added.ids.items[count - 1] == id && atomic_load_explicit(&from->refs, memory_order_relaxed) == 1;
    if (!own || (from->site->flags & TG_SITE_EFFECT && !f->comes_again)) {
        pass_on(f, n, future);
        return;
    }
    f->added.ids.count--;
    take_over_fresh(f, n, id);
}

static void wake_later(struct tg_fragment *f, tg_id id)
{
    TG_ASSERT(tg_node_phase(&f->nodes->items[id]) == TG_NODE_DORMANT);
    tg_node_add(f->nodes, &f->nodes->items[id].refs, 1);
    tg_vec_push(&f->others.ids, id);
}

struct chain {
    const struct tg_nodes *nodes;
    uint32_t longest;
};

static void look_at_chain(void *chain, tg_id id)
{
    struct chain *c = chain;
    const struct tg_node *from = &c->nodes->items[id];
    uint32_t length = atomic_load_explicit(&from->pending, memory_order_relaxed);
    if (length > c->longest && tg_node_phase(from) == TG_NODE_DORMANT) c->longest = length;
}

/* How many dormant tasks, used or held one by the other, the task would be the last of. While a task is dormant, `pending`
 * has that number. */
static uint32_t dormant_chain(const struct tg_nodes *nodes, const struct tg_node *n)
{
    struct chain c = {.nodes = nodes};
    for (uint32_t i = 0; i < n->input_count; i++)
        if (tg_value_marks(tg_node_inputs_of(n)[i].v)) tg_future_held(tg_node_inputs_of(n)[i].v, look_at_chain, &c);
    return c.longest + 1;
}

/* Makes the fresh tasks part of the graph, dormant as yet. */
static void settle(struct tg_fragment *f, tg_id parent)
{
    struct tg_nodes *nodes = f->nodes;
    size_t count = f->added.ids.count;
    if (!count) return;
    for (size_t i = 0; i < count; i++) {
        struct tg_node *n = &nodes->items[f->added.ids.items[i]];
        n->parent = parent;
        n->depth = nodes->items[parent].depth + 1;
        n->parent_round = nodes->items[parent].round;
        if (n->site->def->flags & TG_DEF_PUT) tg_stream_joined(nodes, tg_node_inputs_of(n)[1].v, f->added.ids.items[i]);
        uint32_t chain = dormant_chain(nodes, n);
        atomic_store_explicit(&n->pending, chain, memory_order_relaxed);
        uint32_t said = atomic_load_explicit(&n->state, memory_order_relaxed) & (TG_NODE_USED | TG_NODE_REMAKES);
        atomic_store_explicit(&n->state, TG_NODE_DORMANT | said, memory_order_relaxed);
        if (chain > MAX_DORMANT_CHAIN && !(n->site->flags & TG_SITE_EFFECT)) wake_later(f, f->added.ids.items[i]);
    }
    tg_node_add(nodes, &nodes->items[parent].kids, (uint32_t)count);
    if (nodes->shared) atomic_fetch_add_explicit(&nodes->made, count, memory_order_relaxed);
    else
        atomic_store_explicit(&nodes->made, atomic_load_explicit(&nodes->made, memory_order_relaxed) + count,
                              memory_order_relaxed);
}

/* An effect that nobody has or will have as an input: that of which only we know, and that no `try` made. */
static bool is_unused_effect(const struct tg_node *n)
{
    const struct tg_site *made = __atomic_load_n(&n->made, __ATOMIC_ACQUIRE);
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed);
    return (state & TG_NODE_STATE) == TG_NODE_DORMANT && !(state & TG_NODE_USED) && made->flags & TG_SITE_EFFECT &&
           atomic_load_explicit(&n->refs, memory_order_relaxed) == 1;
}

/* What runs though the result does not need it: effects, and long chains, whose failures may never show. That of an effect
 * shows for certain if nobody uses it. Others of the fragment may be running and gone already; on these there is a reference of
 * ours. */
static void activate_others(struct tg_fragment *f, bool effects)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->others.ids.count; i++) {
        tg_id id = f->others.ids.items[i];
        bool effect = __atomic_load_n(&f->nodes->items[id].made, __ATOMIC_ACQUIRE)->flags & TG_SITE_EFFECT;
        if (effect && !effects) {
            f->others.ids.items[kept++] = id;
            continue;
        }
        tg_node_activate(f->worker, id, is_unused_effect(&f->nodes->items[id]));
        tg_node_unref(f->worker, id);
    }
    f->others.ids.count = kept;
}

static void reverse_ids(tg_id *ids, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        tg_id id = ids[i];
        ids[i] = ids[count - 1 - i];
        ids[count - 1 - i] = id;
    }
}

/* What the result needs is linked before effects are, since that tells whose failures show. All others stand first among what is
 * ready, so that they are not left behind by a loop that goes on and on. */
static void activate_added(struct tg_fragment *f, tg_id id)
{
    if (!f->others.ids.count) {
        tg_node_relink(f->worker, id);
        return;
    }
    struct tg_ids *ready = &f->worker->ready;
    activate_others(f, false);
    size_t first = ready->ids.count;
    tg_node_relink(f->worker, id);
    size_t middle = ready->ids.count;
    activate_others(f, true);
    if (middle == first || ready->ids.count == middle) return;
    reverse_ids(ready->ids.items + first, middle - first);
    reverse_ids(ready->ids.items + middle, ready->ids.count - middle);
    reverse_ids(ready->ids.items + first, ready->ids.count - first);
}

static void find_effects(struct tg_fragment *f)
{
    for (size_t i = 0; i < f->added.ids.count; i++) /* with the fragment's reference */
        if (f->nodes->items[f->added.ids.items[i]].site->flags & TG_SITE_EFFECT)
            tg_vec_push(&f->others.ids, f->added.ids.items[i]);
}

/* Everything that was added but not dropped joins the graph; after this, others may run it. */
static void join_graph(struct tg_fragment *f, tg_id parent)
{
    tg_gather_forget(&f->gathered);
    drop_unused(f, false);
    find_effects(f);
    settle(f, parent);
    f->added.ids.count = 0;
    f->comes_again = false;
}

bool tg_fragment_commit(struct tg_fragment *f, tg_value take_out, struct tg_err *err)
{
    tg_id id = f->task;
    struct tg_node *n = &f->nodes->items[id];
    TG_ASSERT(tg_node_phase(n) == TG_NODE_RUNNING && f->others.ids.count == 0);
    tg_value out = take_out;
    if (tg_gather_needed(take_out)) {
        struct tg_gather to = gather_fresh(f);
        bool fine = tg_gather_value(&to, (uint32_t)(n->made - f->nodes->graph->site_table.items), take_out, &out, err);
        tg_value_unref(take_out);
        if (!fine) return tg_fragment_drop(f), false;
    }
    bool continues = tg_kind(out) == TG_FUTURE;
    if (continues && tg_worker_watched(f->worker, TG_EVENT_NODE)) tg_node_tell(f->worker, id, true, f->comes_again);
    if (continues && tg_worker_watched(f->worker, TG_EVENT_SUSPENDED))
        tg_worker_tell(f->worker, TG_EVENT_SUSPENDED, id, NULL, NULL);
    if (continues && !f->comes_again && !(n->site->def->flags & TG_DEF_UNCHECKED)) /* a plugin's: its call is done */
        tg_node_count(f->worker, id, TG_CENSUS_DONE);
    if (continues) become(f, n, out);
    else tg_node_hold(f->nodes, tg_value_ref(out)); /* until the task itself does */
    join_graph(f, id);
    n->round++;
    if (continues) {
        activate_added(f, id);
    } else {
        activate_others(f, true);
        tg_task_complete(f->worker, id, out);
        tg_node_unhold(f->worker, out);
    }
    return true;
}
