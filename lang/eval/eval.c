/* SPDX-License-Identifier: MIT
 * Expressions. The switch of tg_eval_expression is the whole dispatch; the cases that a large graph runs a million
 * times (names, numbers, indexing a list) stand first and touch no reference count where they need not. */
#include "engine/run/allowed.h"
#include "lang/eval/eval.h"

#include <stdarg.h>
#include <stdlib.h>

#include "engine/command/printed.h"
#include "engine/base/limits.h"
#include "lang/eval/attempt.h"
#include "lang/eval/call.h"
#include "lang/eval/cmdfolder.h"
#include "lang/eval/core_task.h"
#include "lang/eval/frame.h"
#include "lang/eval/function.h"
#include "lang/eval/iterate.h"
#include "lang/eval/now.h"
#include "lang/eval/operate.h"
#include "lang/eval/option.h"
#include "lang/eval/pairs.h"
#include "lang/eval/statement.h"
#include "lang/eval/turn.h"

/* Kept out of the dispatch, whose frame stays small then. */
#define COLD __attribute__((noinline))

/* ---- errors -------------------------------------------------------------------------------------- */

#define NOTES_MAX 4

/* The calls we are in, innermost first. */
static void add_call_notes(struct tg_eval *e, struct tg_diag *d)
{
    size_t count = e->calls.count;
    for (size_t i = 0; i < count && i < NOTES_MAX; i++)
        tg_diag_note(&e->program->diags, d, e->calls.items[count - 1 - i]->span, "called from here");
    if (count > NOTES_MAX)
        tg_diag_note(&e->program->diags, d, e->calls.items[0]->span, "%zu calls further out, from here", count - NOTES_MAX);
}

tg_value tg_eval_error(struct tg_eval *e, const struct tg_ast *n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = tg_alloc_vformat(format, args);
    va_end(args);
    if (e->err) tg_err_at(e->err, TG_EXIT_FAILED, n->span, "%s", text);
    else add_call_notes(e, tg_diag_error(&e->program->diags, n->span, "%s", text));
    free(text);
    return tg_bad();
}

tg_value tg_eval_error_hint(struct tg_eval *e, const struct tg_ast *n, const char *hint, const char *format, ...)
{
    struct tg_err err = {0};
    va_list args;
    va_start(args, format);
    char *text = tg_alloc_vformat(format, args);
    va_end(args);
    tg_err_set(&err, TG_EXIT_FAILED, "%s", text);
    tg_err_hint(&err, "%s", hint);
    free(text);
    return tg_eval_take(e, n, &err);
}

void tg_eval_skip_for(struct tg_eval *e, tg_value v)
{
    if (e->err && tg_allowed_of(v)) tg_err_because(e->err, TG_CAUSE_USAGE, 0);
}

void tg_eval_warn(struct tg_eval *e, const struct tg_ast *n, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = tg_alloc_vformat(format, args);
    va_end(args);
    struct tg_place at = {0};
    if (!e->ctx) {
        struct tg_diag *d = tg_diag_warning(&e->program->diags, n->span, "%s", text);
        if (hint) tg_diag_hint(&e->program->diags, d, "%s", hint);
    } else if (tg_sources_place(e->program->sources, n->span, &at)) {
        tg_printed_say(e->ctx, "%s:%u:%u: warning: %s%s%s", at.source->name, at.line, at.column, text, hint ? "\nhint: " : "",
                       hint ? hint : "");
    }
    free(text);
}

tg_value tg_eval_take(struct tg_eval *e, const struct tg_ast *n, struct tg_err *err)
{
    if (e->err) {
        tg_err_at(e->err, TG_EXIT_FAILED, n->span, "%s", err->message);
        if (err->detail) tg_err_detail(e->err, "%s", err->detail);
        if (err->hint) tg_err_hint(e->err, "%s", err->hint);
    } else {
        struct tg_diag *d = tg_diag_error(&e->program->diags, n->span, "%s", err->message);
        if (err->detail) tg_diag_detail(&e->program->diags, d, "%s", err->detail);
        if (err->hint) tg_diag_hint(&e->program->diags, d, "%s", err->hint);
        add_call_notes(e, d);
    }
    tg_err_done(err);
    return tg_bad();
}

tg_value tg_eval_unknown(struct tg_eval *e, const struct tg_ast *n, const char *what, tg_value v)
{
    tg_attempt_refuse(e);
    if (e->err) {
        tg_eval_error(e, n, "%s depends on the result of a task, which is known only when the graph runs", what);
    } else {
        struct tg_diag *d = tg_diag_error(&e->program->diags, n->span,
                                          "%s depends on the result of a task, which is known only when the graph runs", what);
        if (tg_kind(v) == TG_FUTURE && e->graph) {
            tg_span made = tg_graph_site_of(e->graph, (tg_id)v.bits)->span;
            if (made.start != n->span.start || made.end != n->span.end)
                tg_diag_note(&e->program->diags, d, made, "the result of this task");
        }
        char *hint = tg_now_hint(e, v);
        if (hint) tg_diag_hint(&e->program->diags, d, "%s", hint);
        free(hint);
        add_call_notes(e, d);
    }
    tg_value_unref(v);
    return tg_bad();
}

bool tg_eval_stopped(struct tg_eval *e, const struct tg_ast *n)
{
    if (__builtin_expect(!e->stop || atomic_load_explicit(e->stop, memory_order_relaxed) < TG_STOP_SIGNAL, 1)) return false;
    tg_attempt_refuse(e);
    tg_eval_error(e, n, e->fragment ? "interrupted while the graph grew" : "interrupted while the graph was being built");
    return true;
}

/* ---- names --------------------------------------------------------------------------------------- */

tg_value tg_eval_unset(struct tg_eval *e, const struct tg_ast *n)
{
    return tg_eval_error(e, n, "'%s' has no value yet: nothing that binds it has run", tg_program_name(e->program, n->sym));
}

tg_value *tg_eval_global(struct tg_eval *e, struct tg_module *m, uint32_t slot)
{
    TG_ASSERT(slot < m->slot_count && m->globals);
    if (!e->fragment || m != e->world.top) return &m->globals[slot];
    TG_ASSERT(e->view);
    uint32_t born = m->born.items[slot];
    return born >= e->world.statement ? &e->view[slot] : &m->globals[slot];
}

/* Where a resolved variable stands; NULL if the node is something else. */
static inline tg_value *find_variable(struct tg_eval *e, const struct tg_ast *n)
{
    TG_ASSERT(n->ref != TG_REF_LOCAL || tg_frame_has(e, n->slot));
    if (n->ref == TG_REF_LOCAL) return &e->frame[n->slot];
    if (n->ref == TG_REF_GLOBAL) return tg_eval_global(e, n->module, n->slot);
    return NULL;
}

static COLD tg_value eval_name(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value *v = find_variable(e, n);
    if (!v) return tg_function_value(e, n);
    if (v->tag == TG_UNSET) return tg_eval_unset(e, n);
    if (__builtin_expect(!e->graph, 0) && tg_future_in(*v))
        return tg_eval_error(e, n, "a command cannot wait for '%s', the result of a task: pass it as an argument",
                             tg_program_name(e->program, n->sym));
    return tg_value_ref(*v);
}

/* ---- parts --------------------------------------------------------------------------------------- */

static COLD tg_value eval_list(struct tg_eval *e, const struct tg_ast *n)
{
    struct tg_kids items = tg_n_list_items(n);
    tg_value list = tg_list_make(items.count);
    for (uint32_t i = 0; i < items.count; i++) {
        tg_value item = tg_attempt_item(e, items.items[i], n->flags & TG_F_ATTEMPTS);
        if (tg_is_bad(item)) return tg_value_unref(list), item;
        tg_list_add(list, item);
    }
    return list;
}

#define OPERANDS_MAX 4

/* Runs a task of the built-in plugin on what its operands give; one that is not there, NULL, is nil. */
static tg_value run_on_operands(struct tg_eval *e, const struct tg_ast *n, const char *task, bool structural,
                                const struct tg_ast *const *operands, size_t count)
{
    tg_value args[OPERANDS_MAX];
    TG_ASSERT(count <= OPERANDS_MAX);
    for (size_t i = 0; i < count; i++) {
        args[i] = operands[i] ? tg_eval_expression(e, operands[i]) : tg_nil();
        if (tg_is_bad(args[i])) return tg_value_unref_all(args, i), args[i];
    }
    return tg_core_task_run(e, n, task, structural, args, count);
}

static COLD tg_value eval_range(struct tg_eval *e, const struct tg_ast *n)
{
    const struct tg_ast *operands[] = {tg_n_range_from(n), tg_n_range_to(n)};
    return run_on_operands(e, n, "..", false, operands, TG_COUNT(operands));
}

static COLD tg_value eval_template(struct tg_eval *e, const struct tg_ast *n)
{
    struct tg_kids nodes = tg_n_template_parts(n);
    tg_value *parts = tg_alloc(nodes.count * sizeof *parts);
    tg_value result = tg_nil();
    uint32_t i = 0;
    for (; i < nodes.count && !tg_is_bad(result); i++) {
        parts[i] = tg_eval_expression(e, nodes.items[i]);
        if (tg_is_bad(parts[i])) result = parts[i];
        else if (e->elsewhere) parts[i] = tg_cmdfolder_value(parts[i]);
    }
    if (tg_is_bad(result)) tg_value_unref_all(parts, i - 1);
    else result = tg_core_task_run(e, n, "template", false, parts, nodes.count);
    free(parts);
    return result;
}

static COLD tg_value eval_slice(struct tg_eval *e, const struct tg_ast *n)
{
    const struct tg_ast *operands[] = {tg_n_slice_base(n), tg_n_slice_from(n), tg_n_slice_to(n), tg_n_slice_step(n)};
    return run_on_operands(e, n, "slice", true, operands, TG_COUNT(operands));
}

/* xs[i] on a list in a variable, without counting references to the list. */
static COLD tg_value eval_index(struct tg_eval *e, const struct tg_ast *n)
{
    const struct tg_ast *base = tg_n_index_base(n), *index = tg_n_index_at(n);
    tg_value *list = base->kind == TG_N_NAME ? find_variable(e, base) : NULL;
    if (!list || tg_kind(*list) != TG_LIST)
        return run_on_operands(e, n, "index", true, (const struct tg_ast *[]){base, index}, 2);
    tg_value i = tg_eval_operand(e, index);
    if (tg_is_bad(i)) return i;
    if (tg_kind(i) == TG_INT) {
        const struct tg_list *l = tg_list_of(*list);
        uint64_t at = (uint64_t)(i.i < 0 ? i.i + (int64_t)l->count : i.i);
        if (at < l->count) return tg_value_ref(l->items[at]);
    }
    tg_value args[2] = {tg_value_ref(*list), i};
    return tg_core_task_run(e, n, "index", true, args, 2);
}

static COLD tg_value eval_field(struct tg_eval *e, const struct tg_ast *n)
{
    if (n->flags & TG_F_STATIC) return eval_name(e, n);
    tg_value args[2] = {tg_eval_expression(e, tg_n_field_base(n))};
    if (tg_is_bad(args[0])) return args[0];
    const struct tg_name *name = tg_names_get(&e->program->names, n->sym);
    args[1] = tg_str_make(TG_STR, name->text, name->length);
    return tg_core_task_run(e, n, "field", true, args, 2);
}

static COLD tg_value eval_optioned(struct tg_eval *e, const struct tg_ast *n)
{
    const struct tg_ast *value = tg_n_optioned_value(n), *options = tg_n_optioned_options(n);
    if (value->kind == TG_N_CALL) return tg_call_evaluate_with(e, value, options);
    struct tg_option_before before;
    if (!tg_option_enter(e, options, &before)) return tg_bad();
    tg_value v = tg_eval_expression(e, value);
    tg_option_restore(e, &before);
    return v;
}

enum tg_truth tg_eval_truth(struct tg_eval *e, const struct tg_ast *n, tg_value *future)
{
    tg_value v = tg_eval_expression(e, n);
    if (tg_is_bad(v)) return TG_WRONG;
    *future = v;
    if (tg_kind(v) == TG_FUTURE) return TG_WAIT;
    TG_ASSERT(tg_eval_are_values(&v, 1));
    enum tg_truth truth = tg_kind(v) == TG_BOOL ? (v.bits ? TG_YES : TG_NO) : tg_eval_truth_of(v);
    tg_value_unref(v);
    return truth;
}

/* Commands have no graph: what they evaluate is known. */
static inline bool is_result(const struct tg_eval *e, tg_value v)
{
    return v.tag != TG_UNSET && (tg_is_bad(v) || e->graph || !tg_future_in(v));
}

static inline tg_value eval_expression(struct tg_eval *e, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_NAME:
        TG_ASSERT(n->ref != TG_REF_LOCAL || tg_frame_has(e, n->slot));
        if (n->ref == TG_REF_LOCAL && e->frame[n->slot].tag != TG_UNSET) return tg_value_ref(e->frame[n->slot]);
        return eval_name(e, n);
    case TG_N_INT: return tg_int(n->i);
    case TG_N_CALL: return tg_call_evaluate(e, n);
    case TG_N_INDEX: return eval_index(e, n);
    case TG_N_BINARY: return tg_operate_binary(e, n);
    case TG_N_NIL: return tg_nil();
    case TG_N_BOOL: return tg_bool(n->i != 0);
    case TG_N_FLOAT: return tg_float(n->f);
    case TG_N_STR:
        TG_ASSERT(n->constant < e->program->constants.count);
        return tg_value_ref(e->program->constants.items[n->constant]);
    case TG_N_TEMPLATE: return eval_template(e, n);
    case TG_N_LIST: return eval_list(e, n);
    case TG_N_RECORD: return tg_pairs_record(e, n);
    case TG_N_RANGE: return eval_range(e, n);
    case TG_N_COMP: return tg_iterate_comprehension(e, n);
    case TG_N_UNARY: return tg_operate_unary(e, n);
    case TG_N_LOGIC: return tg_operate_logic(e, n);
    case TG_N_CHAIN: return tg_operate_chain(e, n);
    case TG_N_SLICE: return eval_slice(e, n);
    case TG_N_FIELD: return eval_field(e, n);
    case TG_N_LAMBDA: return tg_function_value(e, n);
    case TG_N_OPTIONED: return eval_optioned(e, n);
    case TG_N_IF: return tg_statement_if(e, n);
    case TG_N_BLOCK: return tg_statement_block(e, n);
    default: return tg_eval_error(e, n, "this cannot stand as a value");
    }
}

tg_value tg_eval_expression(struct tg_eval *e, const struct tg_ast *n)
{
    uint32_t options = e->options, depth = e->depth;
    tg_value v = eval_expression(e, n);
    TG_ASSERT(is_result(e, v) && e->rests.count == 0); /* no statement inside is left suspended: nothing can leave a value */
    TG_ASSERT(e->options == options && e->depth == depth);
    return v;
}

/* ---- the evaluator ------------------------------------------------------------------------------- */

void tg_eval_init(struct tg_eval *e, struct tg_program *p, struct tg_graph *graph, struct tg_err *err)
{
    *e = (struct tg_eval){.program = p,
                          .graph = graph,
                          .err = err,
                          .after = tg_nil(),
                          .result = tg_nil(),
                          .order = {.base = tg_nil(), .barrier = tg_nil()},
                          .suspended.base = tg_nil(),
                          .world.overlay = tg_nil(),
                          .stop = &p->session->stop};
    TG_ASSERT(tg_eval_is_sound(e));
}

void tg_eval_done(struct tg_eval *e)
{
    TG_ASSERT(e->depth == 0 && e->calls.count == 0 && e->rests.count == 0);
    TG_ASSERT((char *)e->stack_top == e->stack.base);
    tg_value_unref(e->after);
    tg_value_unref(e->result);
    tg_value_unref(e->order.base);
    if (e->stack.base) tg_column_done(&e->stack);
    tg_turn_done(e);
    tg_vec_done(&e->calls);
    tg_vec_done(&e->rests);
    tg_vec_done(&e->lists);
    tg_vec_done(&e->effects);
}
