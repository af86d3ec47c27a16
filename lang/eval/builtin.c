/* SPDX-License-Identifier: MIT
 * Built-in functions of the language. Most are tasks of the built-in plugin, done at once on known values; here are
 * those that call functions (map, filter, reduce, fold) or are about the graph itself (after, try, print); order and groups
 * are in arrange.c, streams in as_completed.c, what reads files and variables in environment.c. What needs to know the result
 * of a task is suspended until that is known. */
#include "lang/eval/builtin.h"

#include <stdlib.h>

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/shortage.h"
#include "engine/base/utf8.h"
#include "lang/eval/arrange.h"
#include "lang/eval/as_completed.h"
#include "lang/eval/attempt.h"
#include "lang/eval/box.h"
#include "lang/eval/call.h"
#include "lang/eval/core_task.h"
#include "lang/eval/environment.h"
#include "lang/eval/filesize.h"
#include "lang/eval/jsontext.h"
#include "lang/eval/option.h"
#include "lang/eval/sheet.h"
#include "lang/eval/site.h"
#include "lang/eval/suspend.h"

/* ---- helpers ------------------------------------------------------------------------------------- */

static const struct tg_type list_type = TG_TYPE_OF(TG_KIND_BIT(TG_LIST)), int_type = TG_TYPE_OF(TG_KIND_BIT(TG_INT));

bool tg_builtin_suspends(struct tg_eval *e, const struct tg_ast *n, enum tg_builtin_id id, tg_value *args, size_t count,
                         size_t at, const struct tg_type *type, tg_value *out)
{
    if (at >= count || tg_kind(args[at]) != TG_FUTURE) return false;
    const struct tg_builtin *b = &tg_builtins[id];
    TG_ASSERT(b->keywords && at < b->max_args);
    if (tg_site_of_future(e, args[at])->returns & type->accepts) {
        *out = tg_suspend_builtin(e, n, b, args, count, at);
        return true;
    }
    *out = tg_eval_misfit(e, n, b->keywords[at], b->name, type, args[at]);
    tg_value_unref_all(args, count);
    return true;
}

bool tg_builtin_is_list(struct tg_eval *e, const struct tg_ast *n, const char *name, tg_value xs)
{
    if (tg_kind(xs) == TG_LIST) return true;
    tg_eval_misfit(e, n, "xs", name, &list_type, xs);
    return false;
}

/* (f, args...): the call of a function that is known now. */
static tg_value call_applied(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_call_apply(e, n, args[0], args + 1, count - 1);
    tg_value_unref(args[0]);
    return out;
}

/* ---- functions over lists ------------------------------------------------------------------------ */

static tg_value apply_item(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value take_x)
{
    struct tg_attempt a;
    if (__builtin_expect(!(n->flags & TG_F_ATTEMPTS), 1)) return tg_attempt_apply(e, n, f, &take_x, 1);
    tg_attempt_begin(e, &a);
    return tg_attempt_end(e, &a, n, tg_call_apply(e, n, f, &take_x, 1));
}

tg_value tg_builtin_each(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value list)
{
    const struct tg_list *xs = tg_list_of(list);
    tg_value out = tg_list_make(xs->count);
    for (size_t i = 0; i < xs->count; i++) {
        tg_value x = tg_value_ref(xs->items[i]), y = apply_item(e, n, f, x);
        if (tg_is_bad(y)) return tg_value_unref(out), y;
        tg_list_add(out, y);
    }
    return out;
}

static tg_value call_map(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (tg_builtin_suspends(e, n, TG_BUILTIN_MAP, args, count, 1, &list_type, &out)) return out;
    if (tg_builtin_is_list(e, n, "map", args[1])) out = tg_builtin_each(e, n, args[0], args[1]);
    tg_value_unref_all(args, count);
    return out;
}

/* The items of a list for which a list of known verdicts says yes. */
static tg_value keep_items(tg_value list, tg_value verdicts)
{
    const struct tg_list *xs = tg_list_of(list), *says = tg_list_of(verdicts);
    TG_ASSERT(xs->count == says->count);
    tg_value out = tg_list_make(0);
    for (size_t i = 0; i < xs->count; i++)
        if (tg_value_truth(says->items[i])) tg_list_add(out, tg_value_ref(xs->items[i]));
    return out;
}

/* The rest of a filter whose function gave futures: (xs, verdicts). */
static tg_value call_keep(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    (void)e, (void)n;
    tg_value out = keep_items(args[0], args[1]);
    tg_value_unref_all(args, count);
    return out;
}

static bool has_future_item(tg_value list)
{
    const struct tg_list *xs = tg_list_of(list);
    for (size_t i = 0; i < xs->count; i++)
        if (tg_kind(xs->items[i]) == TG_FUTURE) return true;
    return false;
}

/* What counts as true or false whatever the futures inside it give becomes that. */
static tg_value verdicts_of(tg_value take_list)
{
    const struct tg_list *xs = tg_list_of(take_list);
    tg_value out = tg_list_make(xs->count);
    for (size_t i = 0; i < xs->count; i++)
        tg_list_add(out, tg_kind(xs->items[i]) == TG_FUTURE ? xs->items[i] : tg_bool(tg_value_truth(xs->items[i])));
    tg_value_unref(take_list);
    return out;
}

static tg_value call_filter(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (tg_builtin_suspends(e, n, TG_BUILTIN_FILTER, args, count, 1, &list_type, &out)) return out;
    tg_value says = tg_builtin_is_list(e, n, "filter", args[1]) ? tg_builtin_each(e, n, args[0], args[1]) : tg_bad();
    if (!tg_is_bad(says)) {
        if (has_future_item(says)) {
            tg_value rest[2] = {tg_value_ref(args[1]), verdicts_of(says)};
            out = tg_suspend_builtin(e, n, &tg_builtins[TG_BUILTIN_FILTER_REST], rest, 2, 1);
        } else {
            out = keep_items(args[1], says);
            tg_value_unref(says);
        }
    }
    tg_value_unref_all(args, count);
    return out;
}

/* One level of a reduction: groups of `arity` neighbours become one; a single left-over one is passed on. Takes. */
static bool reduce_level(struct tg_eval *e, const struct tg_ast *n, tg_value f, size_t arity, tg_value *items, size_t *count)
{
    size_t out = 0;
    for (size_t i = 0; i < *count; i += arity) {
        size_t group = *count - i < arity ? *count - i : arity;
        tg_value v = group == 1 ? items[i] : tg_attempt_apply(e, n, f, items + i, group);
        if (tg_is_bad(v)) {
            tg_value_unref_all(items + i + group, *count - i - group);
            *count = out;
            return false;
        }
        items[out++] = v;
    }
    *count = out;
    return true;
}

/* The list as one value: reduced level by level. init may be TG_UNSET. */
static tg_value reduce_list(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value list, size_t arity, tg_value init)
{
    const struct tg_list *xs = tg_list_of(list);
    size_t left = xs->count, room = left;
    if (left == 0 && init.tag != TG_UNSET) return tg_value_ref(init);
    if (left == 0) return tg_eval_error(e, n, "'reduce' of an empty list needs 'init'");
    tg_value *items = tg_block_new(room * sizeof *items), out = tg_bad();
    for (size_t i = 0; i < left; i++) items[i] = tg_value_ref(xs->items[i]);
    bool fine = true;
    while (fine && left > 1) fine = reduce_level(e, n, f, arity, items, &left);
    if (fine) out = items[0];
    else tg_value_unref_all(items, left);
    tg_block_free(items, room * sizeof *items);
    return out;
}

static tg_value call_reduce(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad(), unset = tg_make_(TG_UNSET, 0);
    if (tg_builtin_suspends(e, n, TG_BUILTIN_REDUCE, args, count, 2, &int_type, &out)) return out;
    if (tg_builtin_suspends(e, n, TG_BUILTIN_REDUCE, args, count, 1, &list_type, &out)) return out;
    tg_value arity = count > 2 && args[2].tag != TG_UNSET ? args[2] : tg_int(2);
    if (arity.tag != TG_INT || arity.i < 2) tg_eval_error(e, n, "the arity of 'reduce' must be an int, 2 or more");
    else if (tg_builtin_is_list(e, n, "reduce", args[1]))
        out = reduce_list(e, n, args[0], args[1], (size_t)arity.i, count > 3 ? args[3] : unset);
    tg_value_unref_all(args, count);
    return out;
}

static tg_value call_fold(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (tg_builtin_suspends(e, n, TG_BUILTIN_FOLD, args, count, 1, &list_type, &out)) return out;
    if (tg_builtin_is_list(e, n, "fold", args[1])) {
        const struct tg_list *xs = tg_list_of(args[1]);
        out = tg_value_ref(args[2]);
        for (size_t i = 0; i < xs->count && !tg_is_bad(out); i++) {
            tg_value pair[2] = {out, tg_value_ref(xs->items[i])};
            out = tg_attempt_apply(e, n, args[0], pair, 2);
        }
    }
    tg_value_unref_all(args, count);
    return out;
}

/* ---- the graph itself ---------------------------------------------------------------------------- */

/* The second and further arguments of `after`, in a list; TG_BAD after an error. */
static tg_value eval_deps(struct tg_eval *e, struct tg_kids args)
{
    tg_value deps = tg_list_make(args.count);
    for (uint32_t i = 1; i < args.count; i++) {
        tg_value v = tg_eval_expression(e, args.items[i]);
        if (tg_is_stream(v)) {
            tg_value_unref(v);
            v = tg_eval_error(e, args.items[i], "'after' cannot wait for a stream");
        }
        if (tg_is_bad(v)) return tg_value_unref(deps), v;
        tg_list_add(deps, v);
    }
    return deps;
}

/* True if x may give what was made before `first_new`, and so does not wait for what came into force then. While the graph runs
 * ids do not tell, and an expansion point may become something older. */
static bool is_old(const struct tg_eval *e, tg_value x, tg_id first_new)
{
    if (tg_kind(x) != TG_FUTURE || e->fragment) return tg_future_in(x);
    return (tg_id)x.bits < first_new || tg_site_of_future(e, x)->flags & TG_SITE_EXPANDS;
}

/* after(x, deps...): what x adds to the graph waits for the deps; if x is known or a future made before, a task passes it
 * on when they are done. */
static tg_value special_after(struct tg_eval *e, const struct tg_ast *n)
{
    struct tg_kids args = tg_n_call_args(n);
    if (args.count == 0) return tg_eval_error(e, n, "function 'after' needs a value");
    tg_value before = tg_value_ref(e->after), deps = eval_deps(e, args);
    if (tg_is_bad(deps)) return tg_value_unref(before), deps;
    tg_id first_new = e->graph ? e->graph->count : 0;
    tg_value with_outer = tg_value_ref(deps);
    if (tg_kind(before) == TG_LIST) with_outer = tg_list_own(with_outer, 1), tg_list_add(with_outer, tg_value_ref(before));
    tg_slot_set(&e->after, with_outer);
    tg_value x = tg_eval_expression(e, args.items[0]);
    tg_slot_set(&e->after, before);
    bool known = !tg_future_in(x) && tg_kind(x) != TG_FUNCTION && tg_future_in(deps);
    if (tg_is_bad(x) || !(known || is_old(e, x, first_new))) return tg_value_unref(deps), x;
    tg_value values[2] = {x, deps};
    return tg_core_task_run(e, n, "after", false, values, 2);
}

static tg_value call_after(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    return tg_core_task_run(e, n, "after", false, args, count);
}

/* try(x, default in a box): only a failure of x makes the default run. */
static int try_lazily(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    *out = tg_kind(args[0]) == TG_FAILED ? tg_box_get(args[1], 0) : tg_value_ref(args[0]);
    return TG_OK;
}

static struct tg_sig_param try_params[] = {
    {.name = "x", .type = TG_TYPE_OF(TG_KINDS_ANY)},
    {.name = "default", .type = TG_TYPE_OF(TG_KINDS_ANY)},
};
static const struct tg_def try_def = {
    .name = "try",
    .plugin = "core",
    .doc = "",
    .fn = try_lazily,
    .flags = TG_DEF_EXPANDS | TG_DEF_CATCHES | TG_DEF_UNCHECKED | TG_DEF_QUICK,
    .sig = {.name = "try", .count = 2, .required = 2, .params = try_params, .result = TG_TYPE_OF(TG_KINDS_ANY)},
};

static tg_value special_try(struct tg_eval *e, const struct tg_ast *n)
{
    return tg_attempt_try(e, n, NULL);
}

/* The same of arguments that are there, where it is called as a value. */
static tg_value call_try(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    if (tg_future_in(args[0]) && !tg_future_in(args[1])) return tg_call_task(e, n, tg_core_task_def(e, "try"), args, count);
    if (tg_future_in(args[0])) {
        struct tg_box *box = tg_box_new(1);
        tg_box_add(box, args[1]);
        args[1] = tg_box_value(box);
        return tg_call_task(e, n, &try_def, args, count);
    }
    tg_value_unref(args[1]);
    return args[0];
}

static tg_value special_attempt(struct tg_eval *e, const struct tg_ast *n)
{
    return tg_attempt_tell(e, n, NULL);
}

static tg_value call_attempt(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    (void)count;
    return tg_attempt_tell_value(e, n, args[0]);
}

static tg_value call_print(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    return tg_call_task(e, n, tg_core_task_def(e, "print"), args, count);
}

/* A list that holds futures directly cannot be flattened yet: they may be lists. */
static tg_value call_flatten(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    bool known = true;
    for (size_t i = 0; tg_kind(args[0]) == TG_LIST && i < tg_list_of(args[0])->count && known; i++)
        known = tg_kind(tg_list_of(args[0])->items[i]) != TG_FUTURE;
    return tg_core_task_run(e, n, "flatten", known, args, count);
}

/* any and all say so without what stands behind the item that decides; where that comes behind a future, the task waits for all. */
static tg_value call_verdict(struct tg_eval *e, const struct tg_ast *n, const char *task, bool decides, tg_value *args,
                             size_t count)
{
    bool known = true, decided = false;
    for (size_t i = 0; tg_kind(args[0]) == TG_LIST && i < tg_list_of(args[0])->count && known && !decided; i++) {
        tg_value item = tg_list_of(args[0])->items[i];
        known = tg_kind(item) != TG_FUTURE;
        decided = known && tg_value_truth(item) == decides;
    }
    return tg_core_task_run(e, n, task, known, args, count);
}

static tg_value call_any(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    return call_verdict(e, n, "any", true, args, count);
}

static tg_value call_all(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    return call_verdict(e, n, "all", false, args, count);
}

/* ---- the table ----------------------------------------------------------------------------------- */

/* What is done here and in as_completed.c; all others are tasks of the built-in plugin. */
static const struct {
    tg_value (*call)(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
    tg_value (*special)(struct tg_eval *e, const struct tg_ast *n);
} functions[TG_BUILTIN_END] = {
    [TG_BUILTIN_AFTER] = {.call = call_after, .special = special_after},
    [TG_BUILTIN_ALL] = {.call = call_all},
    [TG_BUILTIN_ANY_OF] = {.call = call_any},
    [TG_BUILTIN_AS_COMPLETED] = {.call = tg_as_completed_call},
    [TG_BUILTIN_ATTEMPT] = {.call = call_attempt, .special = special_attempt},
    [TG_BUILTIN_COUNT] = {.call = tg_as_completed_count},
    [TG_BUILTIN_ENV] = {.call = tg_environment_env},
    [TG_BUILTIN_EXISTS] = {.call = tg_environment_exists},
    [TG_BUILTIN_FILTER] = {.call = call_filter},
    [TG_BUILTIN_FIRST] = {.call = tg_as_completed_first},
    [TG_BUILTIN_FLATTEN] = {.call = call_flatten},
    [TG_BUILTIN_FOLD] = {.call = call_fold},
    [TG_BUILTIN_FROM_JSON] = {.call = tg_jsontext_from_json},
    [TG_BUILTIN_GLOB] = {.call = tg_environment_glob},
    [TG_BUILTIN_GROUP_BY] = {.call = tg_arrange_group_by},
    [TG_BUILTIN_HERE] = {.call = tg_environment_here},
    [TG_BUILTIN_MAP] = {.call = call_map},
    [TG_BUILTIN_NEXT] = {.call = tg_as_completed_next},
    [TG_BUILTIN_PRINT] = {.call = call_print},
    [TG_BUILTIN_PUSH] = {.call = tg_as_completed_push},
    [TG_BUILTIN_READ_JSON] = {.call = tg_jsontext_read_json},
    [TG_BUILTIN_READ_JSONL] = {.call = tg_jsontext_read_jsonl},
    [TG_BUILTIN_READ_TABLE] = {.call = tg_sheet_read_table},
    [TG_BUILTIN_REDUCE] = {.call = call_reduce},
    [TG_BUILTIN_SIZE] = {.call = tg_filesize_call},
    [TG_BUILTIN_SORTED] = {.call = tg_arrange_sorted},
    [TG_BUILTIN_TO_JSON] = {.call = tg_jsontext_to_json},
    [TG_BUILTIN_TRY] = {.call = call_try, .special = special_try},
    [TG_BUILTIN_CALL] = {.call = call_applied},
    [TG_BUILTIN_FILTER_REST] = {.call = call_keep},
};

tg_value tg_builtin_call(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b, tg_value *take_args,
                         size_t count)
{
    size_t id = (size_t)(b - tg_builtins);
    TG_ASSERT(id < TG_BUILTIN_END && !functions[id].call == !!b->core); /* the two tables have the same order */
    if (!tg_option_suits_called(e, n, b, take_args, count)) return tg_value_unref_all(take_args, count), tg_bad();
    e->looks_outside |= b->outside;
    if (functions[id].call) return functions[id].call(e, n, take_args, count);
    while (count > b->min_args && take_args[count - 1].tag == TG_UNSET) count--;
    return tg_core_task_run(e, n, b->core, b->structural, take_args, count);
}

tg_value tg_builtin_special(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b)
{
    TG_ASSERT(b->special && functions[b - tg_builtins].special);
    return functions[b - tg_builtins].special(e, n);
}
