/* SPDX-License-Identifier: MIT
 * Statements and blocks: what runs one after the other at graph time. */
#include "lang/eval/statement.h"

#include "engine/base/limits.h"
#include "engine/grow/stream.h"
#include "lang/eval/core_task.h"
#include "lang/eval/frame.h"
#include "lang/eval/function.h"
#include "lang/eval/iterate.h"
#include "lang/eval/operate.h"
#include "lang/eval/option.h"
#include "lang/eval/in_order.h"
#include "lang/eval/suspend.h"

/* ---- binding ------------------------------------------------------------------------------------- */

static enum tg_flow run_assign(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value v = tg_eval_expression(e, tg_n_assign_value(n));
    if (tg_is_bad(v)) return TG_FLOW_FAIL;
    return tg_iterate_bind(e, tg_n_assign_targets(n), v) ? TG_FLOW_NEXT : TG_FLOW_FAIL;
}

/* xs += [a]: pushes onto the variable's own list, without making one for the right side. */
static bool push_item(struct tg_eval *e, const struct tg_ast *n, enum tg_flow *flow)
{
    const struct tg_ast *right = tg_n_augment_value(n);
    tg_value *slot = &e->frame[n->slot];
    if (n->op != TG_OP_ADD || right->kind != TG_N_LIST || tg_kind(*slot) != TG_LIST) return false;
    struct tg_kids items = tg_n_list_items(right);
    if (items.count != 1) return false;
    tg_value v = tg_eval_expression(e, items.items[0]);
    *flow = tg_is_bad(v) ? TG_FLOW_FAIL : TG_FLOW_NEXT;
    if (tg_is_bad(v)) return true;
    if (!tg_value_unique(*slot)) *slot = tg_list_own(*slot, 1);
    tg_list_add(*slot, v);
    return true;
}

static enum tg_flow run_augment(struct tg_eval *e, const struct tg_ast *n)
{
    enum tg_flow flow;
    if (push_item(e, n, &flow)) return flow;
    tg_value right = tg_eval_expression(e, tg_n_augment_value(n));
    if (tg_is_bad(right)) return TG_FLOW_FAIL;
    tg_value *slot = &e->frame[n->slot], left = *slot;
    if (left.tag == TG_UNSET) {
        tg_value_unref(right);
        tg_eval_unset(e, n);
        return TG_FLOW_FAIL;
    }
    bool grows = n->op == TG_OP_ADD && tg_kind(left) == tg_kind(right); /* nobody else's then, so in place; it cannot fail */
    if (grows) *slot = tg_nil();
    else tg_value_ref(left);
    tg_value v = tg_operate(e, n, n->op, left, right);
    if (tg_is_bad(v)) return TG_FLOW_FAIL;
    tg_slot_set(slot, v);
    return TG_FLOW_NEXT;
}

/* ---- parameters, outputs ------------------------------------------------------------------------- */

static bool check_choice(struct tg_eval *e, const struct tg_ast *n, tg_value v)
{
    const struct tg_ast *node = tg_n_param_choices(n);
    if (!node) return true;
    tg_value choices = tg_eval_expression(e, node);
    if (tg_is_bad(choices)) return false;
    bool found = tg_kind(choices) != TG_LIST;
    struct tg_buf text = {0};
    tg_value_repr(&text, choices, 200);
    if (found) tg_eval_error(e, node, "the choices of a parameter must be a list, not %s", tg_buf_str(&text));
    for (size_t i = 0; !found && i < tg_list_of(choices)->count; i++) found = tg_value_equal(tg_list_of(choices)->items[i], v);
    bool fine = found && tg_kind(choices) == TG_LIST;
    if (!found) {
        struct tg_buf given = {0};
        tg_value_repr(&given, v, 80);
        tg_eval_error(e, n, "parameter '%s' must be one of %s, not %s", tg_program_name(e->program, n->sym), tg_buf_str(&text),
                      tg_buf_str(&given));
        tg_buf_done(&given);
    }
    tg_buf_done(&text);
    tg_value_unref(choices);
    return fine;
}

static struct tg_parameter *find_parameter(struct tg_module *m, const struct tg_ast *n)
{
    for (size_t i = 0; i < m->params.count; i++)
        if (m->params.items[i].node == n) return &m->params.items[i];
    return NULL;
}

static void misfit_param(struct tg_eval *e, const struct tg_ast *n, const struct tg_parameter *p, tg_value take_v)
{
    struct tg_buf b = {0};
    struct tg_err err = {0};
    tg_type_print(&b, &p->type);
    tg_err_set(&err, TG_EXIT_FAILED, "parameter '%s' must be %s, not %s", tg_program_name(e->program, n->sym), tg_buf_str(&b),
               tg_value_kind_name(take_v));
    if (p->type.secret && tg_kind(take_v) == TG_NIL)
        tg_err_hint(&err, "Set the environment variable that it is taken from, or give it by --params=FILE.");
    tg_eval_take(e, n, &err);
    tg_buf_done(&b);
    tg_value_unref(take_v);
}

static enum tg_flow run_param(struct tg_eval *e, const struct tg_ast *n)
{
    struct tg_parameter *p = find_parameter(e->module, n);
    TG_ASSERT(p && p->slot == n->slot && tg_frame_has(e, n->slot));
    tg_value v = p->given.tag != TG_UNSET ? tg_value_ref(p->given) : tg_eval_expression(e, tg_n_param_default(n));
    if (tg_is_bad(v)) return TG_FLOW_FAIL;
    if (tg_future_in(v)) return tg_eval_unknown(e, n, "the value of a parameter", v), TG_FLOW_FAIL;
    if (!tg_type_accepts(&p->type, v)) return misfit_param(e, n, p, v), TG_FLOW_FAIL;
    v = tg_type_convert(&p->type, v);
    tg_slot_set(&e->frame[n->slot], v);
    if (!tg_type_keep_secret(&p->type, v, &e->program->session->secrets)) {
        tg_eval_error(e, n, TG_SECRET_SHORT, tg_program_name(e->program, n->sym));
        return TG_FLOW_FAIL;
    }
    return check_choice(e, n, v) ? TG_FLOW_NEXT : TG_FLOW_FAIL;
}

/* Whether this very place has given the output before. */
static bool is_wanted_here(const struct tg_graph *g, const char *name, tg_span span)
{
    for (size_t i = 0; i < g->wanted.count; i++)
        if (g->wanted.items[i].name && strcmp(g->wanted.items[i].name, name) == 0)
            return g->wanted.items[i].span.start == span.start;
    return false;
}

/* The effects that evaluating it has made, which are wanted from `before` on, belong to it. */
static bool want_output(struct tg_eval *e, const struct tg_ast *n, tg_value take_v, size_t before)
{
    struct tg_graph *g = e->graph;
    struct tg_err err = {0};
    if (!tg_graph_want(g, tg_program_name(e->program, n->sym), take_v, n->span, &err)) return tg_eval_take(e, n, &err), false;
    g->wanted.items[g->wanted.count - 1].made = g->wanted.count - 1 - before;
    return true;
}

static enum tg_flow run_output(struct tg_eval *e, const struct tg_ast *n)
{
    size_t before = e->graph->wanted.count;
    tg_value v = tg_eval_expression(e, tg_n_output_value(n));
    if (tg_is_bad(v)) return TG_FLOW_FAIL;
    if (n->slot != TG_NO_SLOT) tg_slot_set(&e->frame[n->slot], tg_value_ref(v));
    if (e->module != e->program->modules.items[0]) { /* outputs of an imported file are just variables */
        tg_value_unref(v);
        return TG_FLOW_NEXT;
    }
    if (tg_kind(v) == TG_FUNCTION || tg_is_stream(v)) {
        tg_eval_error(e, tg_n_output_value(n), "a %s cannot be an output", tg_value_kind_name(v));
        tg_value_unref(v);
        return TG_FLOW_FAIL;
    }
    struct tg_program *p = e->program;
    if (n->sym >= p->outputs_seen.count) {
        size_t from = p->outputs_seen.count;
        tg_vec_reserve(&p->outputs_seen, n->sym + 1);
        memset(p->outputs_seen.items + from, 0, p->outputs_seen.room - from);
        p->outputs_seen.count = p->outputs_seen.room;
    }
    if (p->outputs_seen.items[n->sym]++) {
        if (is_wanted_here(e->graph, tg_program_name(p, n->sym), n->span))
            tg_eval_error_hint(e, n, "In a loop collect the values, xs += [x], and write 'output xs' behind it.",
                               "output '%s' is given twice", tg_program_name(p, n->sym));
        else tg_eval_error(e, n, "output '%s' is given twice", tg_program_name(p, n->sym));
        tg_value_unref(v);
        return TG_FLOW_FAIL;
    }
    return want_output(e, n, v, before) ? TG_FLOW_NEXT : TG_FLOW_FAIL;
}

/* ---- the rest ------------------------------------------------------------------------------------ */

static enum tg_flow run_assert(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value args[2] = {tg_eval_expression(e, tg_n_assert_condition(n)), tg_nil()};
    const struct tg_ast *message = tg_n_assert_message(n);
    if (tg_is_bad(args[0])) return TG_FLOW_FAIL;
    if (message) args[1] = tg_eval_expression(e, message);
    else args[1] = tg_str("assertion failed");
    if (tg_is_bad(args[1])) return tg_value_unref(args[0]), TG_FLOW_FAIL;
    bool later = tg_kind(args[0]) == TG_FUTURE || tg_future_in(args[1]);
    if (later || (!tg_value_truth(args[0]) && tg_option_allows(e)))
        return tg_is_bad(tg_core_task_run(e, n, "assert", false, args, 2)) ? TG_FLOW_FAIL : TG_FLOW_NEXT;
    bool truth = tg_value_truth(args[0]);
    if (!truth) {
        struct tg_buf b = {0};
        tg_value_text(&b, args[1]); /* in the words of the task */
        tg_eval_error(e, n, message ? "assertion failed: %s" : "%s", tg_buf_str(&b));
        tg_buf_done(&b);
    }
    tg_value_unref_all(args, 2);
    return truth ? TG_FLOW_NEXT : TG_FLOW_FAIL;
}

static enum tg_flow run_if(struct tg_eval *e, const struct tg_ast *n, tg_value *value);

static enum tg_flow run_with_in_order(struct tg_eval *e, const struct tg_ast *n, const struct tg_option_before *before)
{
    tg_value base = tg_in_order_begin_with(e);
    enum tg_flow flow = tg_statement_run(e, tg_n_with_body(n));
    if (flow == TG_FLOW_SUSPEND)
        tg_suspend_rest(e, (struct tg_rest){.what = TG_REST_WITH,
                                            .node = n,
                                            .options = before->options,
                                            .after = tg_value_ref(before->after),
                                            .base = tg_value_ref(base)});
    tg_option_restore(e, before);
    if (flow == TG_FLOW_SUSPEND || flow == TG_FLOW_FAIL) return tg_in_order_leave_with(e, base), flow;
    return tg_in_order_end_with(e, n, base) ? flow : TG_FLOW_FAIL;
}

static enum tg_flow run_with(struct tg_eval *e, const struct tg_ast *n)
{
    struct tg_option_before before;
    const struct tg_ast *body = tg_n_with_body(n);
    if (!tg_option_enter(e, tg_n_with_options(n), &before)) return TG_FLOW_FAIL;
    if (body->ordered) return run_with_in_order(e, n, &before);
    enum tg_flow flow = tg_statement_run(e, body);
    if (flow == TG_FLOW_SUSPEND)
        tg_suspend_rest(e,
                        (struct tg_rest){.what = TG_REST_WITH, .options = before.options, .after = tg_value_ref(before.after)});
    tg_option_restore(e, &before);
    return flow;
}

static enum tg_flow run_return(struct tg_eval *e, const struct tg_ast *n)
{
    const struct tg_ast *value = tg_n_return_value(n);
    tg_value v = value ? tg_eval_expression(e, value) : tg_nil();
    if (tg_is_bad(v)) return TG_FLOW_FAIL;
    TG_ASSERT(tg_kind(e->result) == TG_NIL); /* whoever runs the body takes it */
    tg_slot_set(&e->result, v);
    return TG_FLOW_RETURN;
}

static enum tg_flow run_expression(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value v = tg_eval_expression(e, n);
    if (tg_is_bad(v)) return TG_FLOW_FAIL;
    tg_value_unref(v);
    return TG_FLOW_NEXT;
}

/* What a statement leaves as it was, whatever comes of it. */
struct balance {
    const tg_value *frame;
    const struct tg_module *module;
    size_t stack_bytes, calls;
    uint32_t options, group, depth;
    tg_value after;
};

static inline struct balance balance_of(const struct tg_eval *e)
{
    return (struct balance){e->frame,       e->module,  (size_t)((char *)e->stack_top - e->stack.base),
                            e->calls.count, e->options, e->group,
                            e->depth,       e->after};
}

static inline bool is_balanced(const struct tg_eval *e, const struct balance *b)
{
    struct balance now = balance_of(e);
    return now.frame == b->frame && now.module == b->module && now.stack_bytes == b->stack_bytes && now.calls == b->calls &&
           now.options == b->options && now.group == b->group && now.depth == b->depth &&
           (e->collects == TG_COLLECTS_ALL || (now.after.tag == b->after.tag && now.after.bits == b->after.bits));
}

static inline enum tg_flow run_statement(struct tg_eval *e, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_ASSIGN: return run_assign(e, n);
    case TG_N_AUGMENT: return run_augment(e, n);
    case TG_N_EXPR: return run_expression(e, tg_n_expr_value(n));
    case TG_N_BLOCK: return tg_statement_block_from(e, n, 0, NULL);
    case TG_N_FOR: return tg_iterate_for(e, n);
    case TG_N_WHILE: return tg_iterate_while(e, n);
    case TG_N_IF: return run_if(e, n, NULL);
    case TG_N_OUTPUT: return run_output(e, n);
    case TG_N_PARAM: return run_param(e, n);
    case TG_N_WITH: return run_with(e, n);
    case TG_N_IN_ORDER: return tg_in_order_run(e, n);
    case TG_N_ASSERT: return run_assert(e, n);
    case TG_N_RETURN: return run_return(e, n);
    case TG_N_BREAK: return TG_FLOW_BREAK;
    case TG_N_CONTINUE: return TG_FLOW_CONTINUE;
    case TG_N_FN:
        if (n->fn->self_slot != TG_NO_SLOT) tg_slot_set(&e->frame[n->slot], tg_function_value(e, n));
        return TG_FLOW_NEXT;
    case TG_N_USE:
    case TG_N_IMPORT:
    case TG_N_DEFAULTS:
    case TG_N_TASK:
    case TG_N_EXTERN:
    case TG_N_FINALLY:
    case TG_N_ERROR: return TG_FLOW_NEXT;
    default: return run_expression(e, n);
    }
}

enum tg_flow tg_statement_run(struct tg_eval *e, const struct tg_ast *n)
{
    TG_ASSERT(tg_eval_is_sound(e) && e->rests.count == 0);
    struct balance before = balance_of(e);
    enum tg_flow flow = run_statement(e, n);
    TG_ASSERT(is_balanced(e, &before));
    TG_ASSERT(flow == TG_FLOW_SUSPEND || e->rests.count == 0);
    return flow;
}

/* ---- blocks that give a value -------------------------------------------------------------------- */

/* With `value`, the last statement gives the value if it is an expression or an `if`. */
static enum tg_flow run_last(struct tg_eval *e, const struct tg_ast *s, tg_value *value)
{
    if (s->kind == TG_N_IF) return run_if(e, s, value);
    if (s->kind != TG_N_EXPR) return tg_statement_run(e, s);
    *value = tg_eval_expression(e, tg_n_expr_value(s));
    return tg_is_bad(*value) ? TG_FLOW_FAIL : TG_FLOW_NEXT;
}

enum tg_flow tg_statement_block_from(struct tg_eval *e, const struct tg_ast *n, uint32_t from, tg_value *value)
{
    struct tg_kids statements = tg_n_block_statements(n);
    TG_ASSERT(from <= statements.count);
    for (uint32_t i = from; i < statements.count; i++) {
        bool last = i + 1 == statements.count;
        const struct tg_ast *s = statements.items[i];
        if (!tg_in_order_step_of(e, s, n)) return TG_FLOW_FAIL;
        enum tg_flow flow = last && value ? run_last(e, s, value) : tg_statement_run(e, s);
        if (__builtin_expect(flow == TG_FLOW_SUSPEND, 0) && !last)
            tg_suspend_rest(e, (struct tg_rest){.what = TG_REST_BLOCK, .node = n, .next = i + 1, .gives = value != NULL});
        if (flow != TG_FLOW_NEXT) return flow;
    }
    return TG_FLOW_NEXT;
}

enum tg_flow tg_statement_branch(struct tg_eval *e, const struct tg_ast *n, enum tg_truth truth, tg_value *value)
{
    const struct tg_ast *other = tg_n_if_else(n);
    if (truth == TG_YES) return tg_statement_block_from(e, tg_n_if_then(n), 0, value);
    if (!other) return TG_FLOW_NEXT;
    if (other->kind == TG_N_IF) return run_if(e, other, value);
    return tg_statement_block_from(e, other, 0, value);
}

static enum tg_flow run_if(struct tg_eval *e, const struct tg_ast *n, tg_value *value)
{
    for (;; n = tg_n_if_else(n)) {
        tg_value future;
        enum tg_truth truth = tg_eval_truth(e, tg_n_if_condition(n), &future);
        if (truth == TG_WRONG) return TG_FLOW_FAIL;
        if (truth == TG_WAIT && !tg_in_order_step_of(e, n, tg_n_if_then(n))) return tg_value_unref(future), TG_FLOW_FAIL;
        if (truth == TG_WAIT)
            return tg_suspend_construct(e, n, tg_suspend_at(e, TG_SUSPEND_IF, n, future, value != NULL), value);
        bool more = truth == TG_NO && tg_n_if_else(n) && tg_n_if_else(n)->kind == TG_N_IF;
        if (!more) return tg_statement_branch(e, n, truth, value);
    }
}

tg_value tg_statement_block(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value value = tg_nil();
    enum tg_flow flow = tg_statement_block_from(e, n, 0, &value);
    TG_ASSERT(flow == TG_FLOW_NEXT || flow == TG_FLOW_FAIL); /* resolve: nothing in it leaves it */
    return flow == TG_FLOW_NEXT ? value : tg_bad();
}

tg_value tg_statement_if(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value value = tg_nil();
    enum tg_flow flow = run_if(e, n, &value);
    TG_ASSERT(flow == TG_FLOW_NEXT || flow == TG_FLOW_FAIL);
    return flow == TG_FLOW_NEXT ? value : tg_bad();
}

tg_value tg_statement_body(struct tg_eval *e, const struct tg_fn *fn)
{
    if (fn->body->kind != TG_N_BLOCK) return tg_eval_expression(e, fn->body);
    tg_value value = tg_nil();
    switch (tg_statement_block_from(e, fn->body, 0, &value)) {
    case TG_FLOW_NEXT: return value;
    case TG_FLOW_RETURN: return tg_statement_take_result(e);
    case TG_FLOW_SUSPEND: return tg_suspend_body(e, fn);
    default: return tg_bad();
    }
}

/* ---- modules ------------------------------------------------------------------------------------- */

/* Says all that are missing at once; false if some are. */
static bool check_given(struct tg_eval *e, const struct tg_module *m)
{
    bool fine = true;
    for (size_t i = 0; i < m->params.count; i++) {
        const struct tg_parameter *p = &m->params.items[i];
        if (p->given.tag != TG_UNSET || tg_n_param_default(p->node)) continue;
        const char *name = tg_program_name(e->program, p->sym);
        struct tg_diag *d = tg_diag_error(&e->program->diags, p->node->span, "parameter '%s' has no default and was not given",
                                          name);
        if (m == e->program->modules.items[0])
            tg_diag_hint(&e->program->diags, d, p->type.secret ? "give it by --params=FILE." : "set it with -D %s=VALUE.",
                         name);
        else tg_diag_hint(&e->program->diags, d, "a file that others import needs a default for each parameter.");
        fine = false;
    }
    return fine;
}

static void make_globals(struct tg_module *m)
{
    m->globals = tg_block_new((m->slot_count + 1) * sizeof *m->globals);
    for (uint32_t i = 0; i < m->slot_count; i++) m->globals[i] = tg_make_(TG_UNSET, 0);
}

/* Whether the expression needs no more than literals and variables that have their values; NULL: it is not there. */
static bool is_literal_now(const struct tg_module *m, const struct tg_ast *n)
{
    const uint64_t literals = TG_IN(NIL) | TG_IN(BOOL) | TG_IN(INT) | TG_IN(FLOAT) | TG_IN(STR);
    const uint64_t made_of_others = TG_IN(TEMPLATE) | TG_IN(LIST) | TG_IN(RECORD) | TG_IN(ENTRY) | TG_IN(RANGE) | TG_IN(UNARY) |
                                    TG_IN(BINARY);
    if (!n || tg_ast_is(n, literals)) return true;
    if (n->kind == TG_N_NAME && n->ref == TG_REF_LOCAL) return m->globals[n->slot].tag != TG_UNSET;
    bool settled = tg_ast_is(n, made_of_others);
    for (struct tg_visit k = tg_visit_kids(n); settled && tg_visit_next(&k);) settled = is_literal_now(m, k.kid);
    return settled;
}

static bool is_known_statement(struct tg_module *m, const struct tg_ast *n)
{
    if (n->kind == TG_N_ASSIGN) return is_literal_now(m, tg_n_assign_value(n));
    if (n->kind != TG_N_PARAM || !is_literal_now(m, tg_n_param_choices(n))) return false;
    if (find_parameter(m, n)->given.tag != TG_UNSET) return true;
    return tg_n_param_default(n) && is_literal_now(m, tg_n_param_default(n));
}

void tg_statement_parameters(struct tg_eval *e, struct tg_module *m)
{
    TG_ASSERT(!m->evaluated && !m->globals && !e->graph);
    make_globals(m);
    e->frame = m->globals;
    e->module = m;
    struct tg_kids statements = tg_n_block_statements(m->tree.file);
    for (uint32_t i = 0; i < statements.count; i++)
        if (is_known_statement(m, statements.items[i])) tg_statement_run(e, statements.items[i]);
}

/* What expansion points of other files hold, since functions of this one read it. */
static void keep_shared(struct tg_module *m)
{
    for (size_t i = 0; i < m->shared.count; i++) {
        tg_value v = m->globals[m->shared.items[i]];
        if (!tg_value_marks(v)) continue;
        if (tg_kind(m->kept) == TG_NIL) m->kept = tg_list_make(1);
        tg_list_add(m->kept, tg_value_ref(v));
    }
}

bool tg_statement_module(struct tg_eval *e, struct tg_module *m)
{
    if (m->evaluated) return true;
    TG_ASSERT(!e->fragment && !m->loading && !m->globals);
    m->evaluated = true;
    for (size_t i = 0; i < m->imports.count; i++)
        if (!tg_statement_module(e, m->imports.items[i].module)) return false;
    if (!check_given(e, m)) return false;
    make_globals(m);
    tg_value *frame = e->frame;
    struct tg_module *module = e->module;
    e->frame = m->globals;
    e->module = m;
    struct tg_kids statements = tg_n_block_statements(m->tree.file);
    enum tg_flow flow = TG_FLOW_NEXT;
    struct tg_world world = e->world;
    e->world = (struct tg_world){.top = m, .overlay = tg_nil()};
    for (uint32_t i = 0; i < statements.count && flow == TG_FLOW_NEXT; i++) {
        e->world.statement = i;
        flow = tg_statement_run(e, statements.items[i]);
    }
    e->world = world;
    e->frame = frame;
    e->module = module;
    if (flow == TG_FLOW_NEXT) keep_shared(m);
    tg_vec_push(&e->program->evaluated, m);
    return flow == TG_FLOW_NEXT;
}
