/* SPDX-License-Identifier: MIT
 * Continuing: the task function behind every expansion point.
 *
 * Any worker may run one. It takes an idle evaluator, puts what the continuation holds into a frame (for the top level of a
 * file, into a view of its variables), continues where evaluation was suspended, and puts everything back. Frames and views
 * are all TG_UNSET in between, so only what is touched has to be written. Evaluation that is suspended once more gives a
 * continuation with the same end, whose future is the result: then the task becomes that one, and a loop needs no more memory for a million
 * rounds than for one. */
#include "lang/eval/continue.h"

#include <stdlib.h>

#include "engine/run/allowed.h"
#include "lang/check/region.h"
#include "lang/eval/as_completed.h"
#include "lang/eval/attempt.h"
#include "lang/eval/box.h"
#include "lang/eval/builtin.h"
#include "lang/eval/call.h"
#include "lang/eval/frame.h"
#include "lang/eval/function.h"
#include "lang/eval/iterate.h"
#include "lang/eval/operate.h"
#include "lang/eval/in_order.h"
#include "lang/eval/overlay.h"
#include "lang/eval/site.h"
#include "lang/eval/statement.h"
#include "lang/eval/suspend.h"
#include "lang/eval/turn.h"

/* ---- evaluators ---------------------------------------------------------------------------------- */

struct tg_continue_pool *tg_continue_pool_new(void)
{
    struct tg_continue_pool *x = tg_alloc_zero(sizeof *x);
    pthread_mutex_init(&x->lock, NULL);
    atomic_init(&x->one, NULL);
    return x;
}

static struct tg_eval *new_evaluator(struct tg_program *p)
{
    struct tg_eval *e = tg_alloc(sizeof *e);
    tg_eval_init(e, p, NULL, NULL);
    e->continuing = tg_alloc_zero(sizeof *e->continuing);
    return e;
}

static void free_evaluator(struct tg_eval *e)
{
    struct tg_continuing *g = e->continuing;
    for (size_t i = 0; i < g->views.count; i++)
        tg_block_free(g->views.items[i].values, (g->views.items[i].module->slot_count + 1) * sizeof(tg_value));
    tg_vec_done(&g->views);
    tg_site_table_done(&g->sites);
    free(g);
    tg_eval_done(e);
    free(e);
}

void tg_continue_pool_free(struct tg_continue_pool *x)
{
    if (!x) return;
    struct tg_eval *one = atomic_load_explicit(&x->one, memory_order_acquire);
    if (one) free_evaluator(one);
    for (size_t i = 0; i < x->idle.count; i++) free_evaluator(x->idle.items[i]);
    tg_vec_done(&x->idle);
    tg_site_table_done(&x->sites);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

static struct tg_eval *take_evaluator(struct tg_program *p)
{
    struct tg_continue_pool *x = p->pool;
    struct tg_eval *e = atomic_exchange_explicit(&x->one, NULL, memory_order_acquire);
    if (e) return e;
    pthread_mutex_lock(&x->lock);
    e = x->idle.count ? x->idle.items[--x->idle.count] : NULL;
    pthread_mutex_unlock(&x->lock);
    return e ? e : new_evaluator(p);
}

static void give_evaluator(struct tg_program *p, struct tg_eval *e)
{
    struct tg_continue_pool *x = p->pool;
    struct tg_eval *none = NULL;
    if (atomic_compare_exchange_strong_explicit(&x->one, &none, e, memory_order_release, memory_order_relaxed)) return;
    pthread_mutex_lock(&x->lock);
    tg_vec_push(&x->idle, e);
    pthread_mutex_unlock(&x->lock);
}

/* ---- frames and views ---------------------------------------------------------------------------- */

static void unset(tg_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) values[i] = tg_make_(TG_UNSET, 0);
}

static tg_value *view_of(struct tg_eval *e, struct tg_module *m)
{
    struct tg_continuing *g = e->continuing;
    for (size_t i = 0; i < g->views.count; i++)
        if (g->views.items[i].module == m) return g->views.items[i].values;
    tg_value *values = tg_block_new((m->slot_count + 1) * sizeof *values);
    unset(values, m->slot_count);
    tg_vec_push(&g->views, ((struct tg_view){m, values}));
    return values;
}

static inline void clear_slot(tg_value *values, uint32_t slot)
{
    tg_slot_set(&values[slot], tg_make_(TG_UNSET, 0));
}

/* Frames and views are empty between continuations. */
static inline bool is_clear(const struct tg_eval *e)
{
    if ((char *)e->stack_top != e->stack.base || e->rests.count) return false;
    for (uint32_t i = 0; e->world.top && i < e->world.top->slot_count; i++)
        if (e->view[i].tag != TG_UNSET) return false;
    return true;
}

/* Takes the value out. Of a list with futures what the anchor does not have stays here, since it is counted here. */
static tg_value move_out(struct tg_held_slot *held)
{
    tg_value v = held->value;
    if (!tg_value_marks(v)) {
        held->value = tg_make_(TG_UNSET, 0);
    } else if (held->anchor.count) {
        struct tg_list *list = tg_list_of(v);
        held->value = tg_list_make(list->count - held->anchor.count);
        for (size_t i = held->anchor.count; i < list->count; i++) tg_list_add(held->value, tg_value_ref(list->items[i]));
        held->moved = list;
        if (tg_value_unique(v)) list->obj.moved = 1;
    } else {
        tg_value_ref(v);
    }
    return v;
}

/* Puts in what the continuation holds. It is used once: if only its task has it, a variable gets what was kept for it, so that
 * a list that is nobody else's grows in place in every round of a loop. */
static bool enter_frame(struct tg_eval *e, struct tg_continuation *k)
{
    const struct tg_fn *fn = k->bound.fn;
    if (fn) {
        if (!(e->frame = tg_frame_push(e, fn->slot_count))) return false;
    } else {
        e->frame = e->view;
    }
    TG_ASSERT(fn || k->held_count == 0 || e->frame); /* what has variables of a file is told of which */
    bool only = atomic_load_explicit(&k->base.obj.refs, memory_order_acquire) == 1;
    for (uint32_t i = 0; i < k->held_count; i++) {
        struct tg_held_slot *held = &k->held[i];
        TG_ASSERT(tg_frame_has(e, held->slot));
        if (held->value.tag == TG_UNSET) continue;
        bool moves = only && tg_is_heap(held->value);
        tg_slot_set(&e->frame[held->slot], moves ? move_out(held) : tg_value_ref(held->value));
    }
    return true;
}

static void leave_frame(struct tg_eval *e, const struct tg_continuation *k)
{
    const struct tg_fn *fn = k->bound.fn;
    if (fn) {
        tg_frame_pop(e, e->frame, fn->slot_count);
        return;
    }
    if (!k->bound.node) return;
    const struct tg_region *region = tg_region_of(e->program, k->bound.node);
    for (uint32_t i = 0; i < region->count; i++) clear_slot(e->frame, region->slots[i].slot);
}

/* ---- continuing ---------------------------------------------------------------------------------- */

static enum tg_flow continue_construct(struct tg_eval *e, const struct tg_continuation *k, tg_value known, tg_value *value)
{
    switch (k->what) {
    case TG_SUSPEND_IF: return tg_statement_branch(e, k->node, tg_eval_truth_of(known), k->gives ? value : NULL);
    case TG_SUSPEND_FOR: return tg_iterate_for_over(e, k->node, tg_value_ref(known));
    case TG_SUSPEND_WHILE: return tg_iterate_while_rounds(e, k->node, tg_eval_truth_of(known));
    default: return TG_FLOW_NEXT;
    }
}

/* What a loop makes of the flow of its body: true if there are more rounds. */
static bool has_more_rounds(enum tg_flow *flow)
{
    bool more = *flow == TG_FLOW_NEXT || *flow == TG_FLOW_CONTINUE;
    if (*flow == TG_FLOW_CONTINUE || *flow == TG_FLOW_BREAK) *flow = TG_FLOW_NEXT;
    return more;
}

static enum tg_flow restore_options(struct tg_eval *e, const struct tg_rest *r, enum tg_flow flow)
{
    e->options = r->options;
    tg_slot_set(&e->after, tg_value_ref(r->after));
    return !r->node || tg_in_order_end_with(e, r->node, tg_value_ref(r->base)) ? flow : TG_FLOW_FAIL;
}

static enum tg_flow continue_rest(struct tg_eval *e, const struct tg_rest *r, enum tg_flow flow, tg_value *value)
{
    switch (r->what) {
    case TG_REST_WITH: return restore_options(e, r, flow);
    case TG_REST_ORDER: tg_in_order_resume(e, r); return flow;
    case TG_REST_BLOCK:
        return flow == TG_FLOW_NEXT ? tg_statement_block_from(e, r->node, r->next, r->gives ? value : NULL) : flow;
    default: break;
    }
    e->group = r->group;
    if (!has_more_rounds(&flow)) return flow;
    if (r->what == TG_REST_WHILE) return tg_iterate_while_rounds(e, r->node, TG_WAIT);
    struct tg_iterator it = r->it;
    tg_value_ref(it.over);
    return tg_iterate_for_rounds(e, r->node, &it);
}

/* The rest from `from` on belongs to what is suspended now. */
static void keep_rests(struct tg_eval *e, const struct tg_continuation *k, uint32_t from)
{
    for (uint32_t i = from; i < k->rest_count; i++) {
        struct tg_rest r = k->rests[i];
        if (tg_rest_restores(&r)) tg_value_ref(r.after), tg_value_ref(r.base);
        if (r.what == TG_REST_FOR) tg_value_ref(r.it.over);
        tg_suspend_rest(e, r);
    }
}

static tg_value continue_statements(struct tg_eval *e, const struct tg_continuation *k, tg_value known)
{
    tg_value value = tg_nil();
    uint32_t i = 0;
    enum tg_flow flow = continue_construct(e, k, known, &value);
    for (; i < k->rest_count && flow != TG_FLOW_SUSPEND && flow != TG_FLOW_FAIL; i++)
        flow = continue_rest(e, &k->rests[i], flow, &value);
    if (flow == TG_FLOW_RETURN) tg_slot_set(&value, tg_statement_take_result(e));
    if (flow == TG_FLOW_NEXT || flow == TG_FLOW_RETURN) return tg_suspend_result(e, k, value);
    if (!tg_is_bad(value)) tg_value_unref(value);
    if (flow != TG_FLOW_SUSPEND) return tg_bad();
    TG_ASSERT(i <= k->rest_count);
    keep_rests(e, k, i);
    return tg_suspend_continued(e, k);
}

static tg_value *copy_values(tg_value list, size_t *count)
{
    const struct tg_list *l = tg_list_of(list);
    tg_value *values = tg_alloc((l->count + 1) * sizeof *values);
    for (size_t i = 0; i < l->count; i++) values[i] = tg_value_ref(l->items[i]);
    *count = l->count;
    return values;
}

/* Of values that a call is given, one that is nil for a failure that is allowed: what is known of it lives as long as the run. */
static tg_value find_lacking(const tg_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tg_allowed_of(values[i])) return values[i];
    return tg_nil();
}

/* A call with the values that were there, and the one that has become known. */
static tg_value continue_call(struct tg_eval *e, const struct tg_continuation *k, tg_value known)
{
    size_t count;
    tg_value *values = copy_values(k->extra, &count), lacking = known, out;
    if (k->what == TG_SUSPEND_CALL) {
        out = tg_call_values(e, k->node, known, values, count);
    } else {
        TG_ASSERT(k->at < count);
        values[k->at] = tg_value_ref(known);
        lacking = find_lacking(values, count);
        out = tg_builtin_call(e, k->node, k->builtin, values, count);
    }
    if (tg_is_bad(out)) tg_eval_skip_for(e, lacking);
    free(values);
    return out;
}

/* The items of a list go into a stream as soon as they are there: what comes in a box may be a list of futures. */
static tg_value continue_feed(struct tg_eval *e, const struct tg_continuation *k, tg_value known)
{
    const struct tg_failure *allowed = tg_allowed_of(known);
    if (allowed || tg_kind(known) == TG_FAILED) {
        tg_stream_fail(e->ctx, k->extra, allowed ? tg_allowed_skipped(allowed) : known);
        return tg_nil();
    }
    tg_value list = tg_kind(known) == TG_FUNCTION ? tg_box_get(known, 0) : tg_value_ref(known);
    bool fine = true;
    if (tg_kind(list) == TG_FUTURE) {
        if (tg_is_bad(tg_suspend_feed(e, k->node, k->at, list, k->extra))) return tg_bad();
        return tg_nil();
    }
    if (tg_kind(list) == TG_LIST) fine = tg_as_completed_feed(e, k->node, k->extra, list);
    tg_value_unref(list);
    if (!fine) return tg_bad();
    tg_stream_close(e->ctx, k->extra);
    return tg_nil();
}

static tg_value continue_expression(struct tg_eval *e, const struct tg_continuation *k, tg_value known)
{
    if (k->what == TG_SUSPEND_TRY) return tg_attempt_continued(e, k->node, known);
    TG_ASSERT(tg_kind(known) != TG_FUTURE && tg_kind(known) != TG_FAILED);
    bool truth = k->what == TG_SUSPEND_CLAUSE || k->what >= TG_SUSPEND_CALL || tg_value_truth(known);
    switch (k->what) {
    case TG_SUSPEND_CLAUSE:
        return tg_iterate_clause_over(e, k->node, k->at, tg_value_ref(tg_kind(k->extra) == TG_NIL ? known : k->extra));
    case TG_SUSPEND_CLAUSE_IF: return truth ? tg_iterate_clause_from(e, k->node, k->at) : tg_list_make(0);
    case TG_SUSPEND_AND:
    case TG_SUSPEND_OR:
        return truth == (k->what == TG_SUSPEND_OR) ? tg_value_ref(known) : tg_eval_expression(e, tg_n_binary_right(k->node));
    case TG_SUSPEND_CHAIN:
        return truth ? tg_operate_chain_from(e, k->node, k->at, tg_value_ref(k->extra)) : tg_value_ref(known);
    default: return continue_call(e, k, known);
    }
}

/* The block as a function of the outcome. It gives nothing: what counts are its effects. */
static tg_value continue_final(struct tg_eval *e, const struct tg_continuation *k, tg_value outcome)
{
    tg_value f = tg_function_value(e, k->node), known = tg_value_ref(outcome);
    tg_value out = tg_call_apply(e, k->node, f, &known, 1);
    tg_value_unref(f);
    if (tg_is_bad(out)) return out;
    tg_value_unref(out);
    return tg_nil();
}

static tg_value continue_at(struct tg_eval *e, const struct tg_continuation *k, tg_value known)
{
    if (k->what <= TG_SUSPEND_WAIT) return continue_statements(e, k, known);
    if (k->what == TG_SUSPEND_FEED) return continue_feed(e, k, known);
    if (k->what == TG_SUSPEND_FINAL) return continue_final(e, k, known);
    tg_value v = continue_expression(e, k, known);
    return tg_is_bad(v) ? v : tg_suspend_result(e, k, v);
}

/* ---- the task ------------------------------------------------------------------------------------ */

static void begin_continuation(struct tg_eval *e, tg_ctx *ctx, const struct tg_continuation *k)
{
    TG_ASSERT(!e->ctx && !e->turns && !e->attempts && e->depth == 0 && e->calls.count == 0 && tg_kind(e->after) == TG_NIL);
    e->ctx = ctx;
    e->err = &ctx->err;
    e->fragment = tg_fragment_of(ctx);
    e->graph = (struct tg_graph *)tg_fragment_graph(tg_fragment_of(ctx));
    e->module = k->bound.module;
    e->options = k->options;
    e->group = k->group;
    e->after = tg_value_ref(k->after);
    e->stack_limit = tg_frame_stack_limit();
    e->world = k->world; /* borrowed */
    e->view = k->world.top ? view_of(e, k->world.top) : NULL;
    e->lists.count = e->effects.count = 0;
    e->collects = k->begins;
    e->caught = k->caught;
    e->order = (struct tg_in_order){.base = tg_value_ref(k->outer), .barrier = tg_nil()};
    e->running = k;
    for (uint32_t i = k->call_count; i-- > 0;) tg_vec_push(&e->calls, k->calls[i]);
    tg_overlay_show(e, true);
    TG_ASSERT(tg_eval_is_sound(e));
}

static void end_continuation(struct tg_eval *e)
{
    tg_overlay_show(e, false);
    TG_ASSERT(is_clear(e) && e->depth == 0);
    tg_slot_set(&e->after, tg_nil());
    tg_slot_set(&e->result, tg_nil());
    tg_slot_set(&e->order.base, tg_nil());
    tg_turn_done(e);
    e->world = (struct tg_world){.overlay = tg_nil()};
    e->calls.count = 0;
    e->depth = 0;
    e->ctx = NULL;
    e->err = NULL;
    e->fragment = NULL;
    e->collects = TG_COLLECTS_NOTHING;
    e->caught = false;
    e->running = NULL;
}

static bool is_stopped(const struct tg_eval *e)
{
    return atomic_load_explicit(e->stop, memory_order_relaxed) >= TG_STOP_SIGNAL;
}

/* A built-in function that has waited for an argument, and makes nothing of nil: it was given what does not fit. */
static void note_misfit(struct tg_err *err, const struct tg_continuation *k, tg_value known)
{
    if (k->what == TG_SUSPEND_BUILTIN && tg_kind(known) == TG_NIL) tg_err_because(err, TG_CAUSE_USAGE, 0);
}

static int run_continuation(tg_ctx *ctx, struct tg_continuation *k, tg_value known, tg_value *out)
{
    struct tg_eval *e = take_evaluator(k->program);
    begin_continuation(e, ctx, k);
    tg_value result = tg_bad();
    if (enter_frame(e, k)) {
        result = continue_at(e, k, known);
        leave_frame(e, k);
    } else {
        tg_eval_error(e, k->node, "no memory for the variables of a function");
    }
    if (tg_is_bad(result) && k->caught && k->collects && !is_stopped(e)) result = tg_suspend_failed(e, k, &ctx->err);
    if (tg_is_bad(result) && k->what == TG_SUSPEND_FINAL) /* what it has made before is done all the same */
        result = tg_attempt_final_failure(e, k->node, &ctx->err);
    if (!tg_is_bad(result)) result = tg_turn_end(e, k->node, result);
    end_continuation(e);
    give_evaluator(k->program, e);
    TG_ASSERT(tg_is_bad(result) == (ctx->err.code != TG_EXIT_OK)); /* an error has a message, and nothing else has one */
    if (tg_is_bad(result)) return note_misfit(&ctx->err, k, known), TG_FAIL;
    *out = result;
    return TG_OK;
}

int tg_continue_task(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    return run_continuation(ctx, args[1].p, args[0], out);
}

int tg_continue_feed(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    return run_continuation(ctx, args[2].p, args[0], out);
}
