/* SPDX-License-Identifier: MIT
 * Check: what can be known of calls and types before anything is evaluated, many errors at once.
 *
 * Every expression gets a type where one is known, NULL where not. A variable of the file has the type of what it is
 * bound to if it is bound in one place only; parameters and results of functions are unknown. A type that can never be
 * accepted is an error; anything that might fit is left to evaluation, which checks values. */
#include "lang/check/check.h"

#include "engine/base/assert.h"
#include "lang/bind/callee.h"
#include "lang/check/advice.h"
#include "lang/check/argument.h"
#include "lang/check/checking.h"
#include "lang/check/checksh.h"
#include "lang/check/checkstep.h"
#include "lang/check/cmduse.h"
#include "lang/check/failable.h"
#include "lang/check/finaluse.h"
#include "lang/check/optionuse.h"
#include "lang/check/outuse.h"
#include "lang/check/secrecy.h"

/* ---- types --------------------------------------------------------------------------------------- */

const struct tg_type tg_checking_function_type = TG_TYPE_OF(TG_KIND_BIT(TG_FUNCTION));
static const struct tg_type type_nil = TG_TYPE_OF(TG_KIND_BIT(TG_NIL)), type_bool = TG_TYPE_OF(TG_KIND_BIT(TG_BOOL)),
                            type_int = TG_TYPE_OF(TG_KIND_BIT(TG_INT)), type_float = TG_TYPE_OF(TG_KIND_BIT(TG_FLOAT)),
                            type_num = TG_TYPE_OF(TG_KINDS_NUM), type_str = TG_TYPE_OF(TG_KIND_BIT(TG_STR)),
                            type_list = TG_TYPE_OF(TG_KIND_BIT(TG_LIST)), type_record = TG_TYPE_OF(TG_KIND_BIT(TG_RECORD)),
                            type_stream = {TG_KIND_BIT(TG_OBJECT), TG_KIND_BIT(TG_OBJECT), NULL, "stream", false, false};

static const struct tg_type *kinds_type(struct tg_checking *c, tg_kinds kinds)
{
    if (!kinds) return NULL;
    struct tg_type *type = tg_arena_alloc(&c->program->arena, sizeof *type);
    *type = (struct tg_type){.kinds = kinds, .accepts = kinds};
    return type;
}

static bool is_numeric(const struct tg_type *t)
{
    return t && !(t->kinds & ~TG_KINDS_NUM);
}

static const struct tg_type *check_truth(struct tg_checking *c, struct tg_ast *n);
static void check_statement(struct tg_checking *c, struct tg_ast *n);

/* ---- calls --------------------------------------------------------------------------------------- */

#define SEEN_MAX 64 /* parameters that are watched for being given twice or not at all */

static void check_arguments(struct tg_checking *c, struct tg_ast *n, const struct tg_callee *callee)
{
    uint64_t seen = 0;
    struct tg_kids args = tg_n_call_args(n);
    bool simple = args.count == callee->count && !callee->rest, fine = true;
    for (uint32_t i = 0; i < args.count; i++) {
        struct tg_ast *arg = args.items[i], *value = tg_n_arg_value(arg);
        uint32_t at = i;
        if (arg->kind == TG_N_KEYWORD) {
            simple = false;
            at = tg_argument_find(c->program, callee, arg);
            if (at == callee->count) fine = false;
            else if (at < SEEN_MAX && seen >> at & 1) {
                fine = false;
                tg_diag_error(&c->program->diags, arg->span, "%s '%s' gets '%s' twice", callee->what, callee->name,
                              tg_program_name(c->program, arg->sym));
            }
        }
        if (at < SEEN_MAX) seen |= UINT64_C(1) << at;
        const struct tg_type *type = tg_checking_expression(c, value);
        if (at < callee->count || callee->rest) tg_argument_check(c->program, callee, at, value, type);
    }
    if (simple) n->flags |= TG_F_SIMPLE;
    if (fine && args.count > callee->count && !callee->rest) tg_argument_too_many(c->program, n, callee);
    else if (fine && callee->rest && args.count < callee->required) tg_argument_missing(c->program, n, callee, callee->count);
    else
        for (uint32_t i = 0; fine && i < callee->count && i < SEEN_MAX; i++)
            if (!(seen >> i & 1) && !tg_callee_optional(callee, i)) {
                tg_argument_missing(c->program, n, callee, i);
                break;
            }
}

static void task_in_command(struct tg_checking *c, const struct tg_ast *n, const char *name)
{
    if (!c->in_command) return;
    struct tg_diag *d = tg_diag_error(&c->program->diags, n->span, "a command cannot call the task '%s'", name);
    tg_diag_hint(&c->program->diags, d, "call it outside, and hand its result over as an argument.");
}

/* True if it is as_completed; notes that somebody uses it. */
static bool makes_stream(struct tg_checking *c, const struct tg_builtin *b)
{
    if (b->makes_stream) c->program->streams = true;
    return b->makes_stream;
}

static const struct tg_type *check_call(struct tg_checking *c, struct tg_ast *n)
{
    struct tg_ast *called = tg_n_call_callee(n);
    bool named = tg_callee_is_named(called);
    enum tg_failable near = c->at ? c->at : c->around;
    c->at = TG_FAILABLE_UNSAID;
    if (named && called->ref == TG_REF_TASK && called->def) {
        const struct tg_def *def = called->def;
        struct tg_callee callee = tg_callee_of_def(def);
        if (!def->sig.now) task_in_command(c, n, def->name);
        check_arguments(c, n, &callee);
        if (def->flags & TG_DEF_COMMAND && def->sig.count > callee.count) n->flags &= (uint16_t)~TG_F_SIMPLE;
        if (def->sig.result.kinds == TG_KINDS_ANY) return NULL;
        bool failable = tg_failable_call(c->program, def, near);
        return failable ? tg_failable_type(&c->program->arena, &def->sig.result) : &def->sig.result;
    }
    if (named && called->ref == TG_REF_FN) {
        struct tg_callee callee = tg_callee_of_fn(called->fn);
        check_arguments(c, n, &callee);
        return NULL;
    }
    if (named && called->ref == TG_REF_BUILTIN) {
        const struct tg_builtin *b = called->builtin;
        struct tg_callee callee = tg_callee_of_builtin(b);
        bool catches = b == &tg_builtins[TG_BUILTIN_TRY] || b == &tg_builtins[TG_BUILTIN_ATTEMPT];
        enum tg_failable around = c->around;
        if (b->makes_task) task_in_command(c, n, b->name);
        if (catches) c->around = TG_FAILABLE_UNSAID;
        check_arguments(c, n, &callee);
        c->around = around;
        n->flags &= (uint16_t)~TG_F_SIMPLE;
        if (makes_stream(c, b)) return &type_stream;
        return kinds_type(c, b->result);
    }
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) tg_checking_expression(c, tg_n_arg_value(k.kid));
    return NULL;
}

/* ---- other expressions --------------------------------------------------------------------------- */

/* What an operator gives; within a block that may fail, nil where an operand is nil, or the operator may fail itself. */
static const struct tg_type *computed_type(struct tg_checking *c, const struct tg_ast *n, bool of_nil,
                                           const struct tg_type *type)
{
    bool fails = n->op == TG_OP_DIV || n->op == TG_OP_FLOORDIV || n->op == TG_OP_MOD;
    return c->around == TG_FAILABLE_YES && (of_nil || fails) ? tg_failable_type(&c->program->arena, type) : type;
}

/* A value of a plugin's type, which has no fields, and with which nothing is computed. */
static bool is_object(const struct tg_type *t)
{
    return t && t->kinds == TG_KIND_BIT(TG_OBJECT) && t->object && t != &type_stream;
}

static bool computes_object(struct tg_checking *c, const struct tg_ast *n, const struct tg_type *a, const struct tg_type *b)
{
    if (!is_object(a) && !is_object(b)) return false;
    tg_diag_error(&c->program->diags, n->span, "cannot compute %s %s %s", tg_type_text(&c->program->arena, a),
                  tg_ast_op_text(n->op), tg_type_text(&c->program->arena, b));
    return true;
}

static const struct tg_type *check_binary(struct tg_checking *c, struct tg_ast *n)
{
    const struct tg_type *a = tg_checking_expression(c, tg_n_binary_left(n)),
                         *b = tg_checking_expression(c, tg_n_binary_right(n));
    if (n->op >= TG_OP_EQ && n->op <= TG_OP_NOT_IN) return &type_bool;
    if (!a || !b) return NULL;
    if (computes_object(c, n, a, b)) return NULL;
    bool of_nil = a->failable || b->failable;
    a = tg_failable_value(&c->program->arena, a);
    b = tg_failable_value(&c->program->arena, b);
    bool a_text = a->kinds == TG_KIND_BIT(TG_STR), b_text = b->kinds == TG_KIND_BIT(TG_STR);
    if (is_numeric(a) && is_numeric(b)) {
        bool whole = a->kinds == type_int.kinds && b->kinds == type_int.kinds && n->op != TG_OP_POW;
        return computed_type(c, n, of_nil, n->op == TG_OP_DIV ? &type_float : whole ? &type_int : &type_num);
    }
    if (n->op == TG_OP_ADD && a_text && b_text) return &type_str;
    if (n->op == TG_OP_ADD && a->kinds == type_record.kinds && b->kinds == type_record.kinds) return &type_record;
    if ((n->op == TG_OP_ADD && ((a_text && is_numeric(b)) || (is_numeric(a) && b_text))) ||
        (n->op == TG_OP_SUB && (a_text || b_text))) {
        struct tg_diag *d = tg_diag_error(&c->program->diags, n->span, "cannot %s %s and %s",
                                          n->op == TG_OP_ADD ? "add" : "subtract", tg_type_text(&c->program->arena, a),
                                          tg_type_text(&c->program->arena, b));
        if (n->op == TG_OP_ADD) tg_diag_hint(&c->program->diags, d, "write str(x), or \"${x}\" inside a text.");
    }
    return NULL;
}

static const struct tg_type *name_type(struct tg_checking *c, struct tg_ast *n)
{
    TG_ASSERT(n->ref != TG_REF_LOCAL || c->in_function || n->slot < c->module->slot_count);
    if (n->ref == TG_REF_LOCAL && !c->in_function) return c->types[n->slot];
    if (n->ref == TG_REF_GLOBAL && n->module == c->module && !c->in_function) return c->types[n->slot];
    if (n->ref == TG_REF_BUILTIN) makes_stream(c, n->builtin);
    if (n->ref == TG_REF_TASK || n->ref == TG_REF_FN || n->ref == TG_REF_BUILTIN) return &tg_checking_function_type;
    return NULL;
}

/* Of `M.name` or `plugin.task`. */
static const struct tg_type *member_type(struct tg_checking *c, const struct tg_ast *n)
{
    if (n->ref == TG_REF_BUILTIN) makes_stream(c, n->builtin);
    return n->ref == TG_REF_TASK || n->ref == TG_REF_BUILTIN ? &tg_checking_function_type : NULL;
}

static void check_default(struct tg_checking *c, const struct tg_ast *at, uint32_t sym, const struct tg_type *type,
                          const struct tg_type *given)
{
    if (!type || !given || tg_type_may_accept(type, given)) return;
    const char *wanted = tg_type_text(&c->program->arena, type);
    struct tg_diag *d = tg_diag_error(&c->program->diags, at->span, "the default of '%s' must be %s, not %s",
                                      tg_program_name(c->program, sym), wanted, tg_type_text(&c->program->arena, given));
    if (at->kind == TG_N_NIL) tg_diag_hint(&c->program->diags, d, "a %s or nil is '%s?'", wanted, wanted);
}

static void check_function(struct tg_checking *c, const struct tg_ast *n)
{
    struct tg_kids params = tg_n_params_list(tg_n_fn_params(n));
    struct tg_ast *body = tg_n_fn_body(n);
    bool outer = c->in_function;
    enum tg_failable around = c->around;
    c->around = TG_FAILABLE_UNSAID; /* it may be called from elsewhere */
    c->in_function = true;
    for (uint32_t i = 0; i < params.count; i++) {
        const struct tg_ast *p = params.items[i], *type = tg_n_parameter_type(p);
        struct tg_ast *value = tg_n_parameter_default(p);
        if (value) check_default(c, value, p->sym, type ? type->type : NULL, tg_checking_expression(c, value));
    }
    if (body->kind == TG_N_BLOCK) check_statement(c, body);
    else tg_checking_expression(c, body);
    c->in_function = outer;
    c->around = around;
}

static void check_kids(struct tg_checking *c, struct tg_ast *n)
{
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) tg_checking_expression(c, k.kid);
}

static void check_template(struct tg_checking *c, struct tg_ast *n)
{
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
        tg_failable_text(c->program, k.kid, tg_checking_expression(c, k.kid));
}

/* Where it is noted which record has the key last. */
static uint32_t *seen_key(struct tg_program *p, uint32_t sym)
{
    while (p->keys_seen.count <= sym) tg_vec_push(&p->keys_seen, 0);
    return &p->keys_seen.items[sym];
}

static void check_record(struct tg_checking *c, struct tg_ast *n)
{
    uint32_t stamp = ++c->program->record_count;
    TG_ASSERT(stamp);
    struct tg_kids entries = tg_n_record_entries(n);
    for (uint32_t i = 0; i < entries.count; i++) {
        uint32_t sym = entries.items[i]->sym;
        if (entries.items[i]->kind == TG_N_PAIR) continue;
        uint32_t *seen = seen_key(c->program, sym);
        if (*seen == stamp)
            tg_diag_error(&c->program->diags, entries.items[i]->span, "key '%s' is given twice",
                          tg_program_name(c->program, sym));
        *seen = stamp;
    }
    for (uint32_t i = 0; i < entries.count; i++) check_kids(c, entries.items[i]);
}

/* The value of an option; c->option while it is one of the command. */
static const struct tg_type *check_option_value(struct tg_checking *c, const struct tg_command_def *def,
                                                const struct tg_ast *option)
{
    if (!tg_optionuse_is_own(c->program, def, option)) return tg_checking_expression(c, tg_n_keyword_value(option));
    c->in_function = c->in_command = true;
    c->option = option;
    const struct tg_type *type = tg_checking_expression(c, tg_n_keyword_value(option));
    c->in_function = c->in_command = false;
    c->option = NULL;
    return type;
}

/* def: whose definition they stand at, or NULL. */
static void check_options(struct tg_checking *c, const struct tg_command_def *def, struct tg_ast *n)
{
    struct tg_kids list = tg_n_options_list(n);
    for (uint32_t i = 0; i < list.count; i++) {
        struct tg_ast *option = list.items[i], *value = tg_n_keyword_value(option);
        const char *name = tg_program_name(c->program, option->sym);
        for (uint32_t j = 0; j < i; j++)
            if (list.items[j]->sym == option->sym)
                tg_diag_error(&c->program->diags, option->span, "option '%s' is given twice", name);
        const struct tg_type *type = check_option_value(c, def, option);
        tg_optionuse_check(c->program, def, option, type == &type_stream ? NULL : type);
        if (type == &type_stream) tg_diag_error(&c->program->diags, value->span, "option '%s' cannot be a stream", name);
        if (strcmp(name, "after") == 0) tg_advice_waits(c->program, c->module, value);
    }
    tg_optionuse_together(c->program, n);
}

/* What decides something, by being true or false. A command without a result is neither. */
static const struct tg_type *check_truth(struct tg_checking *c, struct tg_ast *n)
{
    const struct tg_type *type = tg_checking_expression(c, n);
    tg_failable_truth(c->program, n, type);
    if (!type || type->kinds != TG_KIND_BIT(TG_NIL) || n->kind != TG_N_CALL) return type;
    struct tg_diag *d = tg_diag_warning(&c->program->diags, n->span, "what gives nil is always false here");
    tg_diag_hint(&c->program->diags, d,
                 "A command with the result bool answers by its exit status: 'task name() -> bool { .. }'.");
    return type;
}

/* A part that is evaluated only where a name, or NULL, is not nil. */
static void check_told(struct tg_checking *c, const struct tg_ast *name, struct tg_ast *part)
{
    const struct tg_type **known = name && !c->in_function && name->ref == TG_REF_LOCAL ? &c->types[name->slot] : NULL;
    const struct tg_type *before = known ? *known : NULL;
    if (known) *known = tg_failable_value(&c->program->arena, before);
    if (part && tg_ast_is(part, TG_IN(BLOCK) | TG_IN(IF))) check_statement(c, part);
    else if (part) tg_checking_expression(c, part);
    if (known) *known = before;
}

static void check_if(struct tg_checking *c, struct tg_ast *n)
{
    const struct tg_ast *condition = tg_n_if_condition(n);
    check_truth(c, tg_n_if_condition(n));
    check_told(c, tg_failable_asked(condition, false), tg_n_if_then(n));
    check_told(c, tg_failable_asked(condition, true), tg_n_if_else(n));
}

static void check_logic(struct tg_checking *c, struct tg_ast *n)
{
    const struct tg_ast *left = tg_n_binary_left(n);
    check_truth(c, tg_n_binary_left(n));
    check_told(c, tg_failable_asked(left, n->op == TG_OP_OR), tg_n_binary_right(n));
}

/* `x with OPTIONS`, of which those at a call are for what is called only. */
static const struct tg_type *check_optioned(struct tg_checking *c, struct tg_ast *n)
{
    struct tg_ast *value = tg_n_optioned_value(n);
    check_options(c, NULL, tg_n_optioned_options(n));
    if (value->kind == TG_N_CALL) {
        tg_optionuse_call(c->program, value, tg_n_optioned_options(n));
        c->at = tg_failable_said(c->program, tg_n_optioned_options(n));
    }
    return tg_checking_expression(c, value);
}

static void check_giving(struct tg_checking *c, struct tg_ast *n)
{
    bool outer = c->gives;
    c->gives = true;
    check_statement(c, n);
    c->gives = outer;
}

static void check_field(struct tg_checking *c, const struct tg_ast *n, const struct tg_type *base)
{
    if (!is_object(base)) return;
    struct tg_diag *d = tg_diag_error(&c->program->diags, n->span, "no field '%s' in %s", tg_program_name(c->program, n->sym),
                                      tg_type_text(&c->program->arena, base));
    tg_diag_hint(&c->program->diags, d, "what is in a value of a plugin, only tasks of the plugin tell.");
}

/* The word is no name elsewhere. */
static bool names_task(const struct tg_checking *c, const struct tg_ast *n)
{
    return c->in_command && n->kind == TG_N_NAME && n->ref == TG_REF_LOCAL &&
           strcmp(tg_program_name(c->program, n->sym), "task") == 0;
}

const struct tg_type *tg_checking_expression(struct tg_checking *c, struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_NIL: return &type_nil;
    case TG_N_BOOL: return &type_bool;
    case TG_N_INT: return &type_int;
    case TG_N_FLOAT: return &type_float;
    case TG_N_STR: return &type_str;
    case TG_N_TEMPLATE: check_template(c, n); return &type_str;
    case TG_N_NAME: return name_type(c, n);
    case TG_N_FIELD:
        if (names_task(c, tg_n_field_base(n))) return kinds_type(c, tg_optionuse_task(c->program, n, c->option));
        if (n->flags & TG_F_STATIC) return member_type(c, n);
        check_field(c, n, tg_checking_expression(c, tg_n_field_base(n)));
        return NULL;
    case TG_N_CALL: return check_call(c, n);
    case TG_N_LIST:
    case TG_N_RANGE: check_kids(c, n); return &type_list;
    case TG_N_COMP: check_kids(c, n); return tg_n_comp_is_record(n) ? &type_record : &type_list;
    case TG_N_RECORD: check_record(c, n); return &type_record;
    case TG_N_BINARY: return check_binary(c, n);
    case TG_N_UNARY: {
        const struct tg_type *t = (n->op == TG_OP_NOT ? check_truth : tg_checking_expression)(c, tg_n_unary_operand(n));
        t = tg_failable_value(&c->program->arena, t);
        return n->op == TG_OP_NOT ? &type_bool : is_numeric(t) ? t : NULL;
    }
    case TG_N_CHAIN: check_kids(c, n); return &type_bool;
    case TG_N_LAMBDA: check_function(c, n); return &tg_checking_function_type;
    case TG_N_OPTIONED: return check_optioned(c, n);
    case TG_N_LOGIC: check_logic(c, n); return NULL;
    case TG_N_CFOR: tg_checking_expression(c, tg_n_cfor_over(n)); return NULL;
    case TG_N_CIF: check_truth(c, tg_n_cif_condition(n)); return NULL;
    case TG_N_IF:
    case TG_N_BLOCK: check_giving(c, n); return NULL;
    default: check_kids(c, n); return NULL;
    }
}

/* ---- statements ---------------------------------------------------------------------------------- */

static void no_after(struct tg_checking *c, const struct tg_ast *n)
{
    struct tg_kids list = tg_n_options_list(n);
    for (uint32_t i = 0; i < list.count; i++)
        if (strcmp(tg_program_name(c->program, list.items[i]->sym), "after") == 0)
            tg_diag_error(&c->program->diags, list.items[i]->span,
                          "option 'after' stands at a call or around a block, not at what defines commands");
}

static void bind_type(struct tg_checking *c, uint32_t slot, const struct tg_type *type)
{
    if (!c->in_function && slot < c->module->slot_count && c->module->bindings.items[slot] == 1) c->types[slot] = type;
}

static void check_param(struct tg_checking *c, struct tg_ast *n)
{
    const struct tg_type *type = tg_n_param_type(n)->type;
    struct tg_ast *value = tg_n_param_default(n), *choices = tg_n_param_choices(n);
    if (value) check_default(c, value, n->sym, type, tg_checking_expression(c, value));
    if (choices) tg_checking_expression(c, choices);
    bind_type(c, n->slot, type->kinds == TG_KINDS_ANY ? NULL : type);
}

static void check_assign(struct tg_checking *c, struct tg_ast *n)
{
    const struct tg_type *type = tg_checking_expression(c, tg_n_assign_value(n));
    struct tg_kids names = tg_n_targets_names(tg_n_assign_targets(n));
    if (names.count == 1)
        bind_type(c, names.items[0]->slot, c->in_function ? NULL : tg_secrecy_type(c->types, NULL, tg_n_assign_value(n), type));
}

static void check_output(struct tg_checking *c, struct tg_ast *n)
{
    struct tg_ast *value = tg_n_output_value(n);
    const struct tg_type *type = tg_checking_expression(c, value);
    if (n->slot != TG_NO_SLOT) bind_type(c, n->slot, type);
    if (type && type->failable)
        tg_failable_declare(c->program, TG_DECL_OUTPUT, n->span, tg_type_text(&c->program->arena, type));
    if (type == &tg_checking_function_type) tg_diag_error(&c->program->diags, value->span, "a function cannot be an output");
    if (type == &type_stream) tg_diag_error(&c->program->diags, value->span, "a stream cannot be an output");
}

static void check_with(struct tg_checking *c, struct tg_ast *n)
{
    enum tg_failable outer = c->around, said = tg_failable_said(c->program, tg_n_with_options(n));
    check_options(c, NULL, tg_n_with_options(n));
    if (said) c->around = said;
    check_statement(c, tg_n_with_body(n));
    c->around = outer;
}

static void check_statement(struct tg_checking *c, struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_EXPR:
        check_kids(c, n);
        if (!c->in_function && !c->gives) tg_advice_unused(c->program, tg_n_expr_value(n));
        break;
    case TG_N_AUGMENT:
    case TG_N_RETURN: check_kids(c, n); break;
    case TG_N_ASSERT:
        check_truth(c, tg_n_assert_condition(n));
        if (tg_n_assert_message(n)) tg_checking_expression(c, tg_n_assert_message(n));
        break;
    case TG_N_ASSIGN: check_assign(c, n); break;
    case TG_N_OUTPUT: check_output(c, n); break;
    case TG_N_PARAM: check_param(c, n); break;
    case TG_N_FINALLY: tg_finaluse_check(c->program, n); /* fall through */
    case TG_N_FN: check_function(c, n); break;
    case TG_N_DEFAULTS:
        no_after(c, tg_n_defaults_options(n));
        check_options(c, NULL, tg_n_defaults_options(n));
        tg_optionuse_file(c->program, c->module, tg_n_defaults_options(n));
        break;
    case TG_N_WITH: check_with(c, n); break;
    case TG_N_IN_ORDER: check_giving(c, tg_n_in_order_body(n)); break;
    case TG_N_FOR:
        tg_checking_expression(c, tg_n_for_over(n));
        check_statement(c, tg_n_for_body(n));
        break;
    case TG_N_WHILE:
        check_truth(c, tg_n_while_condition(n));
        check_statement(c, tg_n_while_body(n));
        break;
    case TG_N_IF: check_if(c, n); break;
    case TG_N_BLOCK:
    case TG_N_FILE:
        for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) check_statement(c, k.kid);
        break;
    case TG_N_USE:
    case TG_N_IMPORT:
    case TG_N_EXTERN:
    case TG_N_TASK:
    case TG_N_ERROR:
    case TG_N_BREAK:
    case TG_N_CONTINUE: break;
    default: tg_checking_expression(c, n);
    }
}

/* ---- commands ----------------------------------------------------------------------------------- */

/* One that may fail wherever it is called. */
static void declare_failable(struct tg_checking *c, const struct tg_command_def *def)
{
    if (!tg_failable_call(c->program, &def->def, TG_FAILABLE_UNSAID)) return;
    struct tg_sig sig = def->def.sig;
    struct tg_buf b = {0};
    sig.count = def->user_count;
    sig.result = *tg_failable_type(&c->program->arena, &sig.result);
    tg_sig_print(&b, &sig);
    tg_failable_declare(c->program, TG_DECL_TASK, def->node->span, tg_arena_copy(&c->program->arena, tg_buf_str(&b), b.length));
    tg_buf_done(&b);
}

static void check_command(struct tg_checking *c, struct tg_command_def *def)
{
    const struct tg_ast *n = def->node;
    struct tg_ast *form = tg_n_result_form(tg_n_task_result(n));
    struct tg_kids steps = tg_n_task_steps(n);
    if (tg_n_task_options(n)) {
        no_after(c, tg_n_task_options(n));
        check_options(c, def, tg_n_task_options(n));
    }
    c->in_function = c->in_command = true;
    if (form->kind != TG_N_TYPE) tg_checking_expression(c, form);
    for (uint32_t i = 0; i < steps.count; i++) tg_checkstep(c, def, steps.items[i]);
    tg_checksh_option(c->program, def);
    tg_outuse_check(c->program, def);
    tg_cmduse_result(c->program, def);
    declare_failable(c, def);
    c->in_function = c->in_command = false;
}

void tg_check(struct tg_program *p, struct tg_module *m)
{
    size_t bytes = (m->slot_count + 1) * sizeof(struct tg_type *);
    struct tg_checking c = {.program = p, .module = m, .types = tg_block_new(bytes)};
    memset(c.types, 0, bytes);
    check_statement(&c, m->tree.file);
    for (size_t i = 0; i < m->commands.count; i++) check_command(&c, m->commands.items[i]);
    TG_ASSERT(!c.in_function && !c.in_command);
    tg_block_free(c.types, bytes);
}
