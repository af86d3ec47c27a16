/* SPDX-License-Identifier: MIT
 * Suspending: makes continuations, and the expansion points that run them.
 *
 * A statement that meets a future where it needs a value is suspended there (tg_suspend_at). If nothing inside it can leave it,
 * its continuation ends where it ends: it takes what its region says is used, and the names it binds become futures. If it may
 * be left by `return`, `break` or `continue`, everything around it up to the loop or the function's body is suspended too, and
 * each of them notes the rest that it still has to do (tg_suspend_rest); the continuation of the outermost has all of these.
 *
 * A continuation does not change once its task is added. Its world is what functions that it calls read of variables of files; an
 * overlay (overlay.c) is made only where something that it does may call one. */
#include "lang/eval/suspend.h"

#include <stdlib.h>

#include "lang/check/region.h"
#include "lang/eval/anchor.h"
#include "lang/eval/attempt.h"
#include "lang/eval/box.h"
#include "lang/eval/continuation.h"
#include "lang/eval/continue.h"
#include "lang/eval/core_task.h"
#include "lang/eval/function.h"
#include "lang/eval/in_order.h"
#include "lang/eval/now.h"
#include "lang/eval/option.h"
#include "lang/eval/overlay.h"
#include "lang/eval/point.h"
#include "lang/eval/site.h"
#include "lang/eval/turn.h"

/* ---- continuations ------------------------------------------------------------------------------- */

const struct tg_continuation *tg_suspend_find(tg_value v)
{
    const struct tg_function *f = tg_kind(v) == TG_FUNCTION ? v.p : NULL;
    return f && f->destroy == tg_continuation_destroy ? (const struct tg_continuation *)f : NULL;
}

static void mark_one(void *marks, tg_value v)
{
    *(uint8_t *)marks |= tg_value_marks(v);
}

/* An empty continuation with room; what is in force and where we are is taken from the evaluator. */
static struct tg_continuation *new_continuation(struct tg_eval *e, enum tg_suspend_kind what, const struct tg_ast *n,
                                                size_t held, size_t rests)
{
    struct tg_continuation *k = tg_alloc(sizeof *k + held * sizeof k->held[0] + rests * sizeof k->rests[0]);
    *k = (struct tg_continuation){.program = e->program,
                                  .what = what,
                                  .node = n,
                                  .bound.module = e->module,
                                  .options = e->options,
                                  .group = e->group,
                                  .extra = tg_nil(),
                                  .after = tg_nil(),
                                  .outer = tg_nil(),
                                  .begins = e->collects,
                                  .caught = e->caught,
                                  .effects = tg_nil(),
                                  .world = e->world};
    k->world.overlay = tg_nil();
    tg_function_init(&k->base, tg_continuation_destroy, tg_continuation_show);
    k->rests = (struct tg_rest *)&k->held[held];
    for (size_t i = e->calls.count; i > 0 && k->call_count < TG_CALLS_KEPT; i--)
        k->calls[k->call_count++] = e->calls.items[i - 1];
    return k;
}

static inline void hold_slot(struct tg_eval *e, struct tg_continuation *k, uint32_t slot, bool given)
{
    TG_ASSERT((void *)&k->held[k->held_count + 1] <= (void *)k->rests); /* which stand behind the room for them */
    tg_value v = tg_value_ref(e->frame[slot]);
    k->held[k->held_count++] = (struct tg_held_slot){
        .value = v, .anchor = tg_anchor_of(e, k->node, v), .slot = slot, .given = given};
}

/* What a construct touches: all of it, or what its start needs and its end gives. */
static void hold_touched(struct tg_eval *e, struct tg_continuation *k, const struct tg_region *region, bool all)
{
    for (uint32_t i = 0; i < region->count; i++) {
        const struct tg_touched *t = &region->slots[i];
        bool set = e->frame[t->slot].tag != TG_UNSET;
        if (t->given || (set && (all || t->taken))) hold_slot(e, k, t->slot, t->given);
    }
}

static void hold_frame(struct tg_eval *e, struct tg_continuation *k, const struct tg_fn *fn)
{
    for (uint32_t i = 0; i < fn->slot_count; i++)
        if (e->frame[i].tag != TG_UNSET) hold_slot(e, k, i, false);
}

/* What functions that the continuation calls will see. */
static void take_world(struct tg_eval *e, struct tg_continuation *k)
{
    k->global = true;
    if (!e->world.top) return;
    k->world.overlay = tg_overlay_make(e);
}

/* ---- tasks --------------------------------------------------------------------------------------- */

/* The continuation as a value, which does not change any more. */
static tg_value continuation_value(struct tg_continuation *k)
{
    uint8_t marks = 0;
    tg_continuation_show(&k->base, mark_one, &marks);
    if (marks) k->base.obj.flags = TG_HOLDS;
    return tg_function_as_value(&k->base);
}

/* Adds the task. Options are for what is made inside; only a call of a built-in function has its own, and what goes wrong in a
 * block that may fail may do so. */
static tg_value add_point(struct tg_eval *e, const struct tg_continuation *k, const struct tg_def *def, const tg_value *args,
                          size_t count, tg_value wait)
{
    uint32_t options = e->options;
    enum tg_collects collects = e->collects;
    if (k->what == TG_SUSPEND_BUILTIN) e->options = k->options;
    else if (!tg_option_allows(e)) e->options = 0;
    e->collects = TG_COLLECTS_NOTHING; /* its effects are told of by a part of what it gives */
    tg_value future = tg_site_add_task(e, k->node, tg_site_of_node(e, k->node, def), args, count, wait);
    e->options = options;
    e->collects = collects;
    return future;
}

static tg_value add_part_task(struct tg_eval *e, const struct tg_ast *n, tg_value box, uint32_t i)
{
    tg_value args[2] = {box, tg_int(i)};
    return tg_site_add_aside(e, n, &tg_point_part, args, 2);
}

static uint32_t count_given(const struct tg_region *region)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < region->count; i++) count += region->slots[i].given;
    return count;
}

/* Notes the effects of an expansion point: the last part of what it gives. False after an error. */
static bool note_effects(struct tg_eval *e, const struct tg_ast *n, const struct tg_bound *bound, tg_value future)
{
    uint32_t before = bound->gives + (bound->node ? count_given(tg_region_of(e->program, bound->node)) : 0);
    TG_ASSERT(bound->boxed);
    tg_value part = add_part_task(e, n, future, before);
    if (tg_is_bad(part)) return false;
    tg_vec_push(&e->effects, part);
    return true;
}

/* Adds the expansion point; takes trigger and continuation. `after`: what the task itself waits for, beside what was before it in
 * order; borrowed. */
static tg_value add_point_of(struct tg_eval *e, struct tg_continuation *take_k, const struct tg_def *def, tg_value take_trigger,
                             tg_value after)
{
    if (take_k->begins == TG_COLLECTS_EFFECTS) take_k->begins = take_k->collects;
    if (take_k->begins == TG_COLLECTS_ALL && tg_kind(after) == TG_NIL) after = take_k->after;
    tg_value args[2] = {take_trigger, continuation_value(take_k)}, wait = tg_value_ref(after);
    tg_turn_await(e, args[1], &wait);
    if (take_k->global) tg_turn_await_world(e, &wait);
    tg_value future = add_point(e, take_k, def, args, 2, wait);
    if (!tg_is_bad(future)) tg_turn_give(e, args[1], future);
    if (take_k->global && !tg_is_bad(future)) tg_turn_give_world(e, future);
    tg_value_unref_all(args, 2);
    tg_value_unref(wait);
    return future;
}

/* Something around wants to know of all that is made, and so of all that the expansion point makes. */
static bool tells_all(const struct tg_eval *e)
{
    return __builtin_expect(e->collects == TG_COLLECTS_ALL, 0);
}

/* The same, noted by what it tells of. */
static tg_value add_expansion_point(struct tg_eval *e, struct tg_continuation *take_k, const struct tg_def *def,
                                    tg_value take_trigger, tg_value after)
{
    bool told = tells_all(e) || (__builtin_expect(e->collects, 0) && def->sig.effect);
    if (__builtin_expect(!told, 1)) return add_point_of(e, take_k, def, take_trigger, after);
    const struct tg_ast *n = take_k->node;
    struct tg_bound bound = take_k->bound;
    take_k->collects = e->collects;
    tg_value future = add_point_of(e, take_k, def, take_trigger, after);
    return !tg_is_bad(future) && !note_effects(e, n, &bound, future) ? tg_bad() : future;
}

/* ---- statements ---------------------------------------------------------------------------------- */

enum tg_flow tg_suspend_at(struct tg_eval *e, enum tg_suspend_kind what, const struct tg_ast *n, tg_value take_trigger,
                           bool gives)
{
    TG_ASSERT(what <= TG_SUSPEND_WAIT && tg_future_in(take_trigger) && e->rests.count == 0);
    e->suspended = (struct tg_suspended){.what = what,
                                         .node = n,
                                         .trigger = take_trigger,
                                         .gives = gives,
                                         .options = e->options,
                                         .group = e->group,
                                         .after = tg_value_ref(e->after),
                                         .base = tg_value_ref(e->order.base),
                                         .collects = e->collects};
    return TG_FLOW_SUSPEND;
}

void tg_suspend_rest(struct tg_eval *e, struct tg_rest take)
{
    TG_ASSERT(e->suspended.node && (take.what == TG_REST_WITH || take.node));
    tg_vec_push(&e->rests, take);
}

static void drop_suspended(struct tg_eval *e)
{
    tg_value_unref(e->suspended.trigger);
    tg_value_unref(e->suspended.after);
    tg_value_unref(e->suspended.base);
    for (size_t i = 0; i < e->rests.count; i++) tg_continuation_drop_rest(&e->rests.items[i]);
    e->rests.count = 0;
}

static void anchor_rests(struct tg_eval *e, struct tg_continuation *k)
{
    for (uint32_t i = 0; i < k->rest_count; i++) {
        struct tg_rest *r = &k->rests[i];
        if (r->what == TG_REST_FOR) r->anchor = tg_anchor_of(e, r->node, r->it.over);
    }
}

/* The continuation of what is suspended, up to the end of `bound`; region: of that, NULL of a function's body. */
static struct tg_continuation *close_suspended(struct tg_eval *e, const struct tg_bound *bound, const struct tg_region *region)
{
    struct tg_suspended *p = &e->suspended;
    size_t rests = e->rests.count, room = region ? region->count : bound->fn->slot_count;
    struct tg_continuation *k = new_continuation(e, p->what, p->node, room, rests);
    k->bound = *bound;
    k->gives = p->gives;
    k->options = p->options;
    k->group = p->group;
    k->after = p->after;
    k->outer = p->base;
    k->begins = p->collects;
    if (region) hold_touched(e, k, region, rests > 0 || p->node != bound->node);
    else hold_frame(e, k, bound->fn);
    TG_ASSERT(k->held_count <= room);
    if (rests) memcpy(k->rests, e->rests.items, rests * sizeof *k->rests);
    k->rest_count = (uint32_t)rests;
    anchor_rests(e, k);
    e->rests.count = 0;
    e->suspended = (struct tg_suspended){.trigger = tg_nil(), .after = tg_nil(), .base = tg_nil()};
    if (!region || region->world) take_world(e, k);
    return k;
}

/* Binds what the construct gives: its value, then the slots, in the order in which tg_suspend_result puts them. */
static bool bind_results(struct tg_eval *e, const struct tg_ast *n, const struct tg_bound *bound,
                         const struct tg_region *region, tg_value future, tg_value *value)
{
    TG_ASSERT(bound->boxed || count_given(region) + bound->gives <= 1);
    uint32_t number = 0;
    if (bound->gives) *value = bound->boxed ? add_part_task(e, n, future, number++) : future;
    if (bound->gives && tg_is_bad(*value)) return false;
    for (uint32_t i = 0; i < region->count; i++) {
        if (!region->slots[i].given) continue;
        tg_value v = bound->boxed ? add_part_task(e, n, future, number++) : future;
        if (tg_is_bad(v)) return false;
        tg_slot_set(&e->frame[region->slots[i].slot], v);
    }
    return true;
}

static enum tg_flow output_inside(struct tg_eval *e, const struct tg_ast *n, const struct tg_ast *output)
{
    const char *way = tg_ast_is(n, TG_IN(FOR) | TG_IN(WHILE))
                          ? "Collect the values, xs += [x], and write 'output xs' behind the loop."
                          : "Bind a name here, and write 'output NAME' behind the block: it is a future of the result.";
    char *now = tg_now_hint(e, e->suspended.trigger); /* the nearer cause */
    tg_eval_error_hint(e, output, now ? now : way,
                       "the result of a task decides whether this is reached: no output can stand here");
    free(now);
    drop_suspended(e);
    return TG_FLOW_FAIL;
}

enum tg_flow tg_suspend_construct(struct tg_eval *e, const struct tg_ast *n, enum tg_flow flow, tg_value *value)
{
    if (__builtin_expect(flow != TG_FLOW_SUSPEND, 1)) return flow;
    const struct tg_region *region = tg_region_of(e->program, n);
    if (region->leaves) return flow;
    if (region->output) return output_inside(e, n, region->output);
    struct tg_bound bound = {.node = n, .fn = region->fn, .module = region->module, .gives = value != NULL};
    bound.boxed = region->effects || tells_all(e) || count_given(region) + bound.gives > 1;
    tg_value trigger = e->suspended.trigger;
    struct tg_continuation *k = close_suspended(e, &bound, region);
    tg_value future = add_expansion_point(e, k, tg_point_def(k, region->effects), trigger, tg_nil());
    if (tg_is_bad(future) || !bind_results(e, n, &bound, region, future, value)) return TG_FLOW_FAIL;
    return TG_FLOW_NEXT;
}

tg_value tg_suspend_body(struct tg_eval *e, const struct tg_fn *fn)
{
    struct tg_bound bound = {
        .fn = fn,
        .module = fn->module,
        .gives = true,
    };
    bool effects = tg_region_effects(e->program, fn);
    bound.boxed = effects || tells_all(e);
    tg_value trigger = e->suspended.trigger;
    struct tg_continuation *k = close_suspended(e, &bound, NULL);
    const struct tg_ast *n = k->node;
    tg_value future = add_expansion_point(e, k, tg_point_def(k, effects), trigger, tg_nil());
    return tg_is_bad(future) || !bound.boxed ? future : add_part_task(e, n, future, 0);
}

/* A future that waits for the effects that the continuation has made; nil: none. */
static tg_value effects_so_far(struct tg_eval *e, const struct tg_continuation *k)
{
    if (e->effects.count == 0) return tg_value_ref(k->effects);
    if (tg_kind(k->effects) != TG_NIL) tg_vec_push(&e->effects, k->effects);
    size_t count = e->effects.count;
    tg_value *made = e->effects.items;
    e->effects.count = 0;
    if (count == 1) return made[0];
    return tg_site_add_aside(e, k->node, tg_core_task_def(e, "after"), made, count);
}

static tg_value all_effects(struct tg_eval *e, const struct tg_continuation *k)
{
    tg_in_order_note_last(e);
    return effects_so_far(e, k);
}

static tg_value drop_continuation(struct tg_continuation *take_k, tg_value take_trigger)
{
    take_k->effects = tg_nil();
    tg_continuation_destroy(&take_k->base);
    tg_value_unref(take_trigger);
    return tg_bad();
}

tg_value tg_suspend_continued(struct tg_eval *e, const struct tg_continuation *k)
{
    tg_value trigger = e->suspended.trigger;
    const struct tg_region *region = k->bound.node ? tg_region_of(e->program, k->bound.node) : NULL;
    struct tg_continuation *more = close_suspended(e, &k->bound, region);
    if (__builtin_expect(k->collects, 0)) {
        more->collects = k->collects;
        more->effects = effects_so_far(e, k);
        if (tg_is_bad(more->effects)) return drop_continuation(more, trigger);
    }
    return add_point_of(e, more, tg_point_def(more, false), trigger,
                        tg_nil()); /* if it has effects, so has k: it is wanted already, and noted */
}

/* ---- results ------------------------------------------------------------------------------------- */

/* A task that fails, for whoever uses a variable without a value. */
static tg_value no_value(struct tg_eval *e, const struct tg_continuation *k, uint32_t slot)
{
    const struct tg_region *region = tg_region_of(e->program, k->bound.node);
    uint32_t sym = TG_NO_NAME;
    for (uint32_t i = 0; i < region->count; i++)
        if (region->slots[i].slot == slot) sym = region->slots[i].sym;
    tg_value name = tg_str(tg_program_name(e->program, sym));
    tg_value future = tg_site_add_aside(e, k->bound.node, &tg_point_unset, &name, 1);
    tg_value_unref(name);
    return future;
}

static inline uint32_t count_held_given(const struct tg_continuation *k)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < k->held_count; i++) count += k->held[i].given;
    return count;
}

tg_value tg_suspend_result(struct tg_eval *e, const struct tg_continuation *k, tg_value take_value)
{
    if (k->bound.gives && !k->bound.boxed) return take_value;
    struct tg_box *box = k->bound.boxed ? tg_box_new(k->held_count + 2) : NULL;
    tg_value one = tg_nil();
    if (k->bound.gives) tg_box_add(box, take_value);
    else tg_value_unref(take_value);
    for (uint32_t i = 0; i < k->held_count && !tg_is_bad(one); i++) {
        if (!k->held[i].given) continue;
        uint32_t slot = k->held[i].slot;
        one = e->frame[slot].tag == TG_UNSET ? no_value(e, k, slot) : tg_value_ref(e->frame[slot]);
        if (box && !tg_is_bad(one)) tg_box_add(box, one);
    }
    if (!box) return one;
    TG_ASSERT(tg_is_bad(one) || box->count == k->bound.gives + count_held_given(k)); /* as bind_results numbers them */
    if (k->collects && !tg_is_bad(one)) one = all_effects(e, k);
    if (k->collects && !tg_is_bad(one)) tg_box_add(box, one);
    if (!tg_is_bad(one)) return tg_box_value(box);
    tg_box_free(box);
    return one;
}

tg_value tg_suspend_failed(struct tg_eval *e, const struct tg_continuation *k, struct tg_err *err)
{
    TG_ASSERT(k->caught && k->collects && k->bound.boxed);
    tg_in_order_note_last(e);
    e->collects = TG_COLLECTS_NOTHING;
    tg_value failed = tg_attempt_failure(e, k->node, err);
    if (tg_is_bad(failed)) return failed;
    tg_vec_push(&e->effects, failed); /* what is run for its effects alone fails, too */
    tg_value effects = effects_so_far(e, k);
    if (tg_is_bad(effects)) return effects;
    uint32_t count = k->bound.gives + count_held_given(k);
    struct tg_box *box = tg_box_new(count + 1);
    for (uint32_t i = 0; i < count; i++) tg_box_add(box, failed);
    tg_box_add(box, effects);
    return tg_box_value(box);
}

/* ---- expressions --------------------------------------------------------------------------------- */

/* Adds an expansion point for a value; takes continuation and trigger. A list comes in a box, so that it can be fed into a stream
 * before its items are known. */
static tg_value add_value_point(struct tg_eval *e, struct tg_continuation *k, bool effects, bool list, tg_value take_trigger,
                                tg_value after)
{
    const struct tg_ast *n = k->node;
    k->bound.gives = true;
    bool boxed = effects || list || tells_all(e);
    k->bound.boxed = boxed;
    tg_value future = add_expansion_point(e, k, tg_point_def(k, effects), take_trigger, after);
    if (tg_is_bad(future) || !boxed) return future;
    tg_value value = add_part_task(e, n, future, 0);
    if (!tg_is_bad(value) && list) tg_vec_push(&e->lists, ((struct tg_made_list){(tg_id)value.bits, (tg_id)future.bits, n}));
    return value;
}

/* Values that were bound inside an expression: the construct binds them, too. */
static tg_value suspend_value(struct tg_eval *e, enum tg_suspend_kind what, const struct tg_ast *n, uint32_t at,
                              tg_value take_trigger, tg_value take_extra, bool effects)
{
    const struct tg_region *region = tg_region_of(e->program, n);
    effects = effects || region->effects;
    bool clause = what == TG_SUSPEND_CLAUSE || what == TG_SUSPEND_CLAUSE_IF;
    TG_ASSERT(what > TG_SUSPEND_WAIT && tg_future_in(take_trigger) && !region->leaves);
    struct tg_continuation *k = new_continuation(e, what, n, region->count, 0);
    k->at = at;
    k->extra = take_extra;
    k->after = tg_value_ref(e->after);
    k->bound = (struct tg_bound){.node = n, .fn = region->fn, .module = region->module, .gives = true};
    hold_touched(e, k, region, clause);
    if (region->world) take_world(e, k);
    uint32_t given = count_given(region);
    if (given == 0) return add_value_point(e, k, effects, clause, take_trigger, tg_nil());
    k->bound.boxed = true;
    struct tg_bound bound = k->bound;
    tg_value future = add_expansion_point(e, k, tg_point_def(k, effects), take_trigger, tg_nil()), value;
    return tg_is_bad(future) || !bind_results(e, n, &bound, region, future, &value) ? tg_bad() : value;
}

tg_value tg_suspend_expression(struct tg_eval *e, enum tg_suspend_kind what, const struct tg_ast *n, uint32_t at,
                               tg_value take_trigger, tg_value take_extra)
{
    return suspend_value(e, what, n, at, take_trigger, take_extra, false);
}

tg_value tg_suspend_try(struct tg_eval *e, const struct tg_ast *n, tg_value take_x, bool effects)
{
    return suspend_value(e, TG_SUSPEND_TRY, n, 0, take_x, tg_nil(), effects);
}

static tg_value make_list(tg_value *take_values, size_t count)
{
    tg_value list = tg_list_make(count);
    for (size_t i = 0; i < count; i++) tg_list_add(list, take_values[i]);
    return list;
}

tg_value tg_suspend_call(struct tg_eval *e, const struct tg_ast *n, tg_value take_f, tg_value *take_values, size_t count)
{
    struct tg_continuation *k = new_continuation(e, TG_SUSPEND_CALL, n, 0, 0);
    k->extra = make_list(take_values, count);
    k->after = tg_value_ref(e->after);
    take_world(e, k);
    return add_value_point(e, k, e->program->effects, false, take_f, tg_nil());
}

static bool function_effects(struct tg_eval *e, tg_value f)
{
    const struct tg_fn_value *v = f.p;
    if (v->what == TG_FN_USER) return tg_region_effects(e->program, v->fn);
    if (v->what == TG_FN_TASK) return v->def->sig.effect;
    return v->builtin->effect;
}

/* What the call may do, by the functions among its arguments; one may be still unknown. */
static bool builtin_effects(struct tg_eval *e, const struct tg_builtin *b, const tg_value *args, size_t count)
{
    if (b->effect) return true;
    if (b->calls && b->calls <= count && tg_kind(args[b->calls - 1]) == TG_FUTURE) return e->program->effects;
    for (size_t i = 0; i < count; i++)
        if (tg_kind(args[i]) == TG_FUNCTION && function_effects(e, args[i])) return true;
    return false;
}

tg_value tg_suspend_builtin(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b, tg_value *take_args,
                            size_t count, size_t which)
{
    struct tg_continuation *k = new_continuation(e, TG_SUSPEND_BUILTIN, n, 0, 0);
    bool effects = builtin_effects(e, b, take_args, count);
    TG_ASSERT(which < count && tg_future_in(take_args[which]));
    bool list = b == &tg_builtins[TG_BUILTIN_MAP];
    tg_value trigger = take_args[which];
    take_args[which] = tg_nil();
    k->builtin = b;
    k->at = (uint32_t)which;
    k->extra = make_list(take_args, count);
    take_world(e, k);
    return add_value_point(e, k, effects, list, trigger, e->after);
}

tg_value tg_suspend_feed(struct tg_eval *e, const struct tg_ast *n, bool first, tg_value trigger, tg_value stream)
{
    struct tg_continuation *k = new_continuation(e, TG_SUSPEND_FEED, n, 0, 0);
    k->extra = tg_value_ref(stream);
    k->at = first;
    tg_value args[3] = {trigger, tg_value_ref(stream), continuation_value(k)};
    tg_value future = add_point(e, k, &tg_point_feeds[first], args, 3, tg_nil());
    tg_value_unref_all(args, 3);
    return future;
}

bool tg_suspend_feed_made(struct tg_eval *e, tg_value list, tg_value stream, bool first)
{
    for (size_t i = e->lists.count; i-- > 0 && tg_kind(list) == TG_FUTURE;) {
        const struct tg_made_list *made = &e->lists.items[i];
        if (made->future == (tg_id)list.bits)
            return !tg_is_bad(tg_suspend_feed(e, made->node, first, tg_future(made->box), stream));
    }
    return false;
}

/* Nothing is in force around it. */
bool tg_suspend_final(struct tg_eval *e, struct tg_fn *fn, tg_value take_held)
{
    TG_ASSERT(!e->fragment && !e->world.top && !e->options && tg_kind(e->after) == TG_NIL);
    struct tg_continuation *k = new_continuation(e, TG_SUSPEND_FINAL, fn->node, 0, 0);
    struct tg_err err = {0};
    k->bound.module = fn->module;
    k->extra = take_held;
    tg_value args[2] = {tg_nil(), continuation_value(k)};
    bool fine = tg_graph_add_final(e->graph, &tg_point_finally, fn->node->span, args, 2, &err);
    if (!fine) tg_eval_take(e, fn->node, &err);
    tg_value_unref_all(args, 2);
    return fine;
}
