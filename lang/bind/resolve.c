/* SPDX-License-Identifier: MIT
 * Resolve: turns every name of a module into a slot, a definition or a message.
 *
 * The file is walked in order, since a name is bound before it is used; functions and commands may stand anywhere,
 * so they are declared first (declare.c) and their bodies are walked last, when all variables of the file are known. */
#include "lang/bind/resolve.h"

#include <stdlib.h>

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "lang/bind/callee.h"
#include "lang/bind/constant.h"
#include "lang/bind/declare.h"
#include "lang/bind/late.h"
#include "lang/bind/options.h"
#include "lang/bind/refer.h"
#include "lang/bind/scope.h"

/* ---- regions -------------------------------------------------------------------------------------- */

/* A region begins here. */
static struct tg_region *begin_region(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_region *region = tg_arena_alloc(&r->program->arena, sizeof *region);
    *region = (struct tg_region){
        .fn = r->scope ? r->scope->fn : NULL, .module = r->module, .enter = r->clock, .in_loop = r->loops > 0};
    n->region = region;
    return region;
}

static void end_region(struct tg_resolver *r, struct tg_region *region)
{
    TG_ASSERT(region->enter <= r->clock && region->module == r->module && region->fn == (r->scope ? r->scope->fn : NULL));
    region->exit = r->clock;
}

/* ---- expressions --------------------------------------------------------------------------------- */

static void resolve_expression(struct tg_resolver *r, struct tg_ast *n);

static void resolve_kids(struct tg_resolver *r, struct tg_ast *n)
{
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) resolve_expression(r, k.kid);
}

/* a < b <= c: neighbours share the node of the operand between them. */
static void resolve_chain(struct tg_resolver *r, struct tg_ast *n)
{
    resolve_expression(r, tg_n_chain_operand(n, 0));
    resolve_expression(r, tg_n_chain_operand(n, 1));
    struct tg_region *region = begin_region(r, n);
    for (uint32_t i = 2; i <= tg_n_chain_links(n).count; i++) resolve_expression(r, tg_n_chain_operand(n, i));
    end_region(r, region);
}

static void resolve_logic(struct tg_resolver *r, struct tg_ast *n)
{
    resolve_expression(r, tg_n_binary_left(n));
    struct tg_region *region = begin_region(r, n);
    resolve_expression(r, tg_n_binary_right(n));
    end_region(r, region);
}

/* `M.name`, `plugin.task` or a field of a value. */
static void resolve_field(struct tg_resolver *r, struct tg_ast *n)
{
    if (tg_n_field_base(n)->kind == TG_N_NAME) tg_refer_member(r, n);
    else resolve_expression(r, tg_n_field_base(n));
}

static void resolve_comprehension(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_shadow *shadows = NULL;
    struct tg_region *region = NULL;
    size_t count = 0, room = 0;
    struct tg_kids clauses = tg_n_comp_clauses(n);
    for (uint32_t i = 0; i < clauses.count; i++) {
        struct tg_ast *clause = clauses.items[i];
        if (clause->kind == TG_N_CIF) {
            resolve_expression(r, tg_n_cif_condition(clause));
            continue;
        }
        resolve_expression(r, tg_n_cfor_over(clause));
        if (!region) {
            region = begin_region(r, n);
            r->loops++;
        }
        struct tg_kids names = tg_n_targets_names(tg_n_cfor_targets(clause));
        for (uint32_t t = 0; t < names.count; t++) {
            if (count == room) shadows = tg_alloc_resize(shadows, (room = room * 2 + 4) * sizeof *shadows);
            shadows[count++] = tg_scope_begin_shadow(r, names.items[t]);
        }
    }
    resolve_expression(r, tg_n_comp_item(n));
    while (count > 0) tg_scope_end_shadow(r, &shadows[--count]);
    free(shadows);
    if (region) {
        end_region(r, region);
        r->loops--;
    }
    n->group = ++r->program->group_count;
}

/* A default may use the parameters before it: it is evaluated in the function's frame. */
static void resolve_parameters(struct tg_resolver *r, struct tg_scope *scope, struct tg_kids params, const char *fn_name)
{
    tg_declare_check_params(r, params);
    for (uint32_t i = 0; i < params.count; i++) {
        struct tg_ast *p = params.items[i];
        if (tg_n_parameter_default(p)) resolve_expression(r, tg_n_parameter_default(p));
        p->slot = tg_scope_add_local(scope, p->sym, false);
        struct tg_ast *type = tg_n_parameter_type(p);
        if (type) p->fit = tg_declare_fit(r, tg_declare_type(r, type), tg_program_name(r->program, p->sym), fn_name);
    }
}

static void resolve_statement(struct tg_resolver *r, struct tg_ast *n);

static void resolve_body(struct tg_resolver *r, struct tg_fn *fn, struct tg_scope *parent, bool captures)
{
    struct tg_scope scope = {.parent = parent, .fn = fn};
    struct tg_scope *outer = r->scope;
    if (captures) scope.captures = (struct tg_captures *)&fn->captures;
    r->scope = &scope;
    resolve_parameters(r, &scope, fn->params, fn->name);
    if (captures && fn->node->kind == TG_N_FN) { fn->self_slot = tg_scope_add_local(&scope, fn->node->sym, false); }
    uint32_t loops = r->loop_depth, values = r->value_depth, around = r->loops;
    bool in_order = r->in_order;
    r->loop_depth = r->value_depth = r->loops = 0;
    r->in_order = false;
    if (fn->body->kind == TG_N_BLOCK) resolve_statement(r, (struct tg_ast *)fn->body);
    else resolve_expression(r, (struct tg_ast *)fn->body);
    TG_ASSERT(r->scope == &scope && !r->loop_depth && !r->value_depth && !r->loops);
    r->loop_depth = loops;
    r->value_depth = values;
    r->loops = around;
    r->in_order = in_order;
    r->scope = outer;
    fn->slot_count = scope.slot_count;
    fn->extents = scope.extents;
    tg_vec_done(&scope.locals);
    tg_vec_done(&scope.outer_reads);
}

/* `raw(x)` directly in the text: the word is no function, and free for other uses. */
static bool is_raw_call(struct tg_resolver *r, const struct tg_ast *n)
{
    if (n->kind != TG_N_CALL) return false;
    const struct tg_ast *callee = tg_n_call_callee(n);
    struct tg_kids args = tg_n_call_args(n);
    return args.count == 1 && args.items[0]->kind != TG_N_KEYWORD && callee->kind == TG_N_NAME &&
           strcmp(tg_program_name(r->program, callee->sym), "raw") == 0 &&
           tg_scope_look_up(r, r->scope, callee->sym, n->span).ref == TG_REF_NONE;
}

static void resolve_shell(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_ast *text = tg_n_sh_text(n);
    if (text->kind == TG_N_STR) resolve_expression(r, text);
    for (struct tg_visit k = tg_visit_kids(text); tg_visit_next(&k);) {
        if (is_raw_call(r, k.kid)) {
            k.kid->flags |= TG_F_RAW_CALL;
            resolve_expression(r, tg_n_call_args(k.kid).items[0]);
        } else {
            r->shell = k.kid->kind == TG_N_NAME ? n : NULL;
            resolve_expression(r, k.kid);
            r->shell = NULL;
        }
    }
    if (tg_n_step_output(n)) resolve_expression(r, tg_n_step_output(n));
    if (tg_n_step_input(n)) resolve_expression(r, tg_n_step_input(n));
}

/* What `first` chooses from is made item by item: each may fail by itself. */
static void mark_attempts(struct tg_ast *xs)
{
    if (xs->kind == TG_N_KEYWORD) xs = tg_n_keyword_value(xs);
    bool map = xs->kind == TG_N_CALL && tg_callee_is_builtin(tg_n_call_callee(xs), TG_BUILTIN_MAP);
    if (map || xs->kind == TG_N_LIST || xs->kind == TG_N_COMP) xs->flags |= TG_F_ATTEMPTS;
}

/* The region is the default, which is evaluated after x wherever it stands. */
static void resolve_try(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_kids args = tg_n_call_args(n);
    struct tg_ast *otherwise = tg_callee_argument(r->program, n, &tg_builtins[TG_BUILTIN_TRY], 1);
    for (uint32_t i = 0; i < args.count; i++)
        if (args.items[i] != otherwise) resolve_expression(r, args.items[i]);
    struct tg_region *region = begin_region(r, n);
    if (otherwise) resolve_expression(r, otherwise);
    end_region(r, region);
}

static void resolve_call(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_ast *callee = tg_n_call_callee(n);
    struct tg_kids args = tg_n_call_args(n);
    if (callee->kind == TG_N_NAME) tg_refer_name(r, callee, "task");
    else resolve_expression(r, callee);
    if (tg_callee_is_builtin(callee, TG_BUILTIN_TRY)) {
        resolve_try(r, n);
        return;
    }
    for (uint32_t i = 0; i < args.count; i++) resolve_expression(r, args.items[i]);
    if (tg_callee_is_builtin(callee, TG_BUILTIN_FIRST) && args.count == 1) mark_attempts(args.items[0]);
}

/* An `if` or block that gives a value: nothing in it can leave what is around it. */
static void resolve_value_block(struct tg_resolver *r, struct tg_ast *n)
{
    uint32_t loops = r->loop_depth;
    bool in_order = r->in_order;
    r->loop_depth = 0;
    r->in_order = false; /* it is a part of one statement */
    r->value_depth++;
    resolve_statement(r, n);
    r->value_depth--;
    r->in_order = in_order;
    r->loop_depth = loops;
}

/* An option, or an argument by name: a name as its value may be meant as a text. */
static void resolve_keyword(struct tg_resolver *r, const struct tg_ast *n)
{
    struct tg_ast *value = tg_n_keyword_value(n);
    r->option = value->kind == TG_N_NAME ? n : NULL;
    resolve_expression(r, value);
    r->option = NULL;
}

static void resolve_expression(struct tg_resolver *r, struct tg_ast *n)
{
    if (++r->depth > TG_MAX_NESTING * 2) {
        tg_diag_error(&r->program->diags, n->span, "the expression is nested too deep (more than %d levels)",
                      TG_MAX_NESTING * 2);
        r->module->unreadable = true;
        r->depth--;
        return;
    }
    switch (n->kind) {
    case TG_N_STR: tg_constant_add_text(r->program, n); break;
    case TG_N_NAME: tg_refer_name(r, n, "name"); break;
    case TG_N_FIELD: resolve_field(r, n); break;
    case TG_N_COMP: resolve_comprehension(r, n); break;
    case TG_N_CHAIN: resolve_chain(r, n); break;
    case TG_N_LOGIC: resolve_logic(r, n); break;
    case TG_N_LAMBDA: resolve_body(r, tg_declare_fn(r, n, "fn"), r->scope, true); break;
    case TG_N_CALL: resolve_call(r, n); break;
    case TG_N_IF:
    case TG_N_BLOCK: resolve_value_block(r, n); break;
    case TG_N_SH: resolve_shell(r, n); break;
    case TG_N_KEYWORD: resolve_keyword(r, n); break;
    default: resolve_kids(r, n);
    }
    r->depth--;
}

/* ---- statements ---------------------------------------------------------------------------------- */

static void resolve_targets(struct tg_resolver *r, const struct tg_ast *targets)
{
    struct tg_kids names = tg_n_targets_names(targets);
    for (uint32_t i = 0; i < names.count; i++) {
        struct tg_ast *target = names.items[i];
        target->ref = TG_REF_LOCAL;
        target->slot = tg_scope_bind(r, target->sym, target->span);
    }
}

static void resolve_assign(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_kids outer = r->binding;
    r->binding = tg_n_targets_names(tg_n_assign_targets(n));
    resolve_expression(r, tg_n_assign_value(n));
    r->binding = outer;
    resolve_targets(r, tg_n_assign_targets(n));
}

/* `x += 1` on a variable that is not the function's own. */
static bool is_outer_variable(struct tg_resolver *r, uint32_t sym, tg_span span)
{
    if (!r->scope) return false;
    const struct tg_local *local = tg_scope_find_local(r->scope, sym);
    if (local) return local->captured;
    enum tg_ref ref = tg_scope_look_up(r, r->scope, sym, span).ref;
    return ref == TG_REF_GLOBAL || ref == TG_REF_LOCAL;
}

static void resolve_augment(struct tg_resolver *r, struct tg_ast *n)
{
    resolve_expression(r, tg_n_augment_value(n));
    tg_span span = n->span;
    if (n->name_start) span = (tg_span){n->name_start, n->name_start + tg_names_get(&r->program->names, n->sym)->length};
    if (is_outer_variable(r, n->sym, span)) {
        struct tg_diag *d = tg_diag_error(&r->program->diags, span, "%s cannot change '%s', a variable outside of it",
                                          tg_scope_owner(r), tg_program_name(r->program, n->sym));
        if (tg_scope_in_final(r)) tg_diag_hint(&r->program->diags, d, "give the block's own variable another name.");
        else tg_diag_hint(&r->program->diags, d, "return the new value instead.");
        return;
    }
    struct tg_ast *probe = tg_ast_new(&r->program->arena, TG_N_NAME, span);
    probe->sym = n->sym;
    tg_refer_name(r, probe, "name");
    if (probe->ref == TG_REF_LOCAL) {
        n->slot = probe->slot;
        if (!r->scope) tg_scope_count_binding(r, n->slot);
    } else if (probe->ref == TG_REF_NONE) {
        n->slot = tg_scope_bind(r, n->sym, span); /* said once is enough */
    } else {
        tg_diag_error(&r->program->diags, span, "'%s' is %s and cannot be changed", tg_program_name(r->program, n->sym),
                      tg_scope_ref_name(probe->ref));
    }
}

/* The name of a task or function of the file goes on meaning that: it is only the output that is called so. */
static bool is_declared(struct tg_resolver *r, uint32_t sym)
{
    return !r->scope && tg_scope_meaning(r, sym)->declared;
}

static void resolve_output(struct tg_resolver *r, struct tg_ast *n)
{
    if (r->scope) {
        struct tg_diag *d = tg_diag_error(&r->program->diags, n->span, "an output cannot stand inside %s", tg_scope_owner(r));
        if (!tg_scope_in_final(r))
            tg_diag_hint(&r->program->diags, d, "return the value, and write 'output NAME = ..' where the function is called.");
    }
    if (tg_n_output_value(n)) resolve_expression(r, tg_n_output_value(n));
    else {
        struct tg_ast *value = tg_ast_new(&r->program->arena, TG_N_NAME, n->span);
        value->sym = n->sym;
        tg_refer_name(r, value, "name");
        tg_n_set_output_value(n, value); /* `output x` is `output x = x` from here on */
        n->flags |= TG_F_IMPLICIT;
    }
    n->slot = TG_NO_SLOT;
    if (!(n->flags & TG_F_IMPLICIT) && !is_declared(r, n->sym)) n->slot = tg_scope_bind(r, n->sym, n->span);
    tg_declare_output(r, n);
}

static void resolve_param(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_ast *term = tg_n_param_type(n), *value = tg_n_param_default(n), *choices = tg_n_param_choices(n);
    tg_declare_check_param(r, n);
    const char *type_text = tg_arena_copy(&r->program->arena, term->text, term->length);
    const struct tg_type *type = tg_declare_type(r, term);
    if (value) resolve_expression(r, value);
    if (choices) resolve_expression(r, choices);
    n->slot = tg_scope_bind(r, n->sym, n->span);
    tg_declare_param(r, n, type, type_text);
}

static void resolve_loop(struct tg_resolver *r, struct tg_ast *n)
{
    if (n->kind == TG_N_FOR) resolve_expression(r, tg_n_for_over(n));
    struct tg_region *region = begin_region(r, n);
    r->loops++;
    if (n->kind == TG_N_FOR) resolve_targets(r, tg_n_for_targets(n));
    else resolve_expression(r, tg_n_while_condition(n));
    n->group = ++r->program->group_count;
    r->loop_depth++;
    resolve_statement(r, tg_n_loop_body(n));
    r->loop_depth--;
    r->loops--;
    end_region(r, region);
}

static void resolve_if(struct tg_resolver *r, struct tg_ast *n)
{
    resolve_expression(r, tg_n_if_condition(n));
    struct tg_region *region = begin_region(r, n);
    resolve_statement(r, tg_n_if_then(n));
    if (tg_n_if_else(n)) resolve_statement(r, tg_n_if_else(n));
    end_region(r, region);
}

static void resolve_block(struct tg_resolver *r, struct tg_ast *n)
{
    bool ended = false, told = false;
    struct tg_kids statements = tg_n_block_statements(n);
    for (uint32_t i = 0; i < statements.count; i++) {
        struct tg_ast *s = statements.items[i];
        if (!r->scope && !r->block_depth) r->statement = i;
        if (ended && !told) {
            tg_diag_warning(&r->program->diags, s->span,
                            s->kind == TG_N_OUTPUT ? "this output is never reached" : "this statement is never reached");
            told = true;
        }
        resolve_statement(r, s);
        bool leaves_loop = s->kind == TG_N_BREAK || s->kind == TG_N_CONTINUE;
        ended = ended || (leaves_loop && r->loop_depth) || (s->kind == TG_N_RETURN && r->scope);
    }
}

/* A nested named function: a closure bound where it stands. */
static void resolve_nested_fn(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_fn *fn = tg_declare_fn(r, n, tg_program_name(r->program, n->sym));
    resolve_body(r, fn, r->scope, true);
    n->slot = tg_scope_bind(r, n->sym, n->span);
}

static void check_at_top(struct tg_resolver *r, struct tg_ast *n)
{
    if (r->scope || r->block_depth)
        tg_diag_error(&r->program->diags, n->span, "%s can stand only at the top level of a file", tg_ast_kind_name(n->kind));
}

/* Its body is walked last, as that of a function: by then all that it may read is bound. */
static void resolve_finally(struct tg_resolver *r, struct tg_ast *n)
{
    if (!r->scope && !r->block_depth) {
        tg_declare_finally(r, n);
        return;
    }
    struct tg_diag *d = tg_diag_error(&r->program->diags, n->span,
                                      "a 'finally' block can stand only at the top level of a file");
    tg_diag_hint(&r->program->diags, d,
                 "it is run once, when all else has ended; what may go wrong here is caught by try(x, default).");
}

/* They are evaluated for each call of a command, and walked when all that they may read is bound. */
static void note_defaults(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_diags *diags = &r->program->diags;
    if (r->scope || r->block_depth) {
        struct tg_diag *d = tg_diag_error(diags, n->span, "options without a block stand only at the top level of a file");
        tg_diag_hint(diags, d, "with OPTION = VALUE { .. } holds for the tasks made in the block.");
    } else if (!r->module->defaults) { /* else it is told already, by who has read it */
        r->module->defaults = tg_n_defaults_options(n);
    }
}

static void resolve_in_order(struct tg_resolver *r, struct tg_ast *n)
{
    bool outer = r->in_order;
    r->in_order = true;
    resolve_statement(r, tg_n_in_order_body(n));
    r->in_order = outer;
}

static void check_leave(struct tg_resolver *r, const struct tg_ast *n)
{
    const char *word = n->kind == TG_N_RETURN ? "return" : n->kind == TG_N_BREAK ? "break" : "continue";
    bool fine = n->kind == TG_N_RETURN ? r->scope && !r->value_depth : r->loop_depth > 0;
    if (fine) return;
    if (r->value_depth) tg_diag_error(&r->program->diags, n->span, "'%s' cannot stand in an 'if' that gives a value", word);
    else
        tg_diag_error(&r->program->diags, n->span, "'%s' stands outside a %s", word,
                      n->kind == TG_N_RETURN ? "function" : "loop");
}

static void resolve_statement(struct tg_resolver *r, struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_EXPR: resolve_expression(r, tg_n_expr_value(n)); break;
    case TG_N_ASSIGN: resolve_assign(r, n); break;
    case TG_N_AUGMENT: resolve_augment(r, n); break;
    case TG_N_OUTPUT: resolve_output(r, n); break;
    case TG_N_FOR:
    case TG_N_WHILE: resolve_loop(r, n); break;
    case TG_N_IF: resolve_if(r, n); break;
    case TG_N_BLOCK:
        n->ordered = r->in_order;
        r->block_depth++;
        resolve_block(r, n);
        r->block_depth--;
        break;
    case TG_N_FN:
        if (r->scope || !n->fn) resolve_nested_fn(r, n); /* those of the top level are declared */
        break;
    case TG_N_RETURN:
    case TG_N_BREAK:
    case TG_N_CONTINUE:
        check_leave(r, n);
        resolve_kids(r, n);
        break;
    case TG_N_PARAM:
        check_at_top(r, n);
        resolve_param(r, n);
        break;
    case TG_N_USE:
    case TG_N_IMPORT:
    case TG_N_TASK:
    case TG_N_EXTERN: check_at_top(r, n); break;
    case TG_N_FINALLY: resolve_finally(r, n); break;
    case TG_N_DEFAULTS: note_defaults(r, n); break;
    case TG_N_WITH:
        resolve_expression(r, tg_n_with_options(n));
        resolve_statement(r, tg_n_with_body(n));
        break;
    case TG_N_IN_ORDER: resolve_in_order(r, n); break;
    case TG_N_ASSERT:
        r->program->effects = true;
        resolve_kids(r, n);
        break;
    case TG_N_ERROR: break;
    default: resolve_expression(r, n);
    }
}

/* ---- bodies of commands -------------------------------------------------------------------------- */

/* The steps of a command that makes files may use `out`. */
static void declare_out(struct tg_resolver *r, struct tg_command_def *c)
{
    uint32_t out = tg_names_add(&r->program->names, "out", 3);
    struct tg_kids params = tg_n_params_list(tg_n_task_params(c->node));
    for (uint32_t i = 0; i < params.count; i++)
        if (params.items[i]->sym == out)
            tg_diag_error(&r->program->diags, params.items[i]->span,
                          "a parameter cannot be named 'out' where the command makes a file: that is the path to write");
    c->out_slot = tg_scope_add_local(r->scope, out, false);
}

/* Options of a definition that may depend on the task are walked in its frame, of these some behind `out`, the others in the file's. */
static void resolve_options(struct tg_resolver *r, struct tg_command_def *c, bool late, bool out)
{
    const struct tg_ast *options = tg_n_task_options(c->node);
    struct tg_kids list = options ? tg_n_options_list(options) : (struct tg_kids){0};
    for (uint32_t i = 0; i < list.count; i++) {
        const char *name = tg_program_name(r->program, list.items[i]->sym);
        if (tg_options_may_be_late(name) == late && tg_options_knows_out(name) == out) resolve_expression(r, list.items[i]);
    }
}

/* Names in a command that are variables of the file become further parameters of its task. */
static void resolve_command(struct tg_resolver *r, struct tg_command_def *c)
{
    struct tg_scope scope = {.command = c};
    TG_VEC(struct tg_capture) captures = {0};
    scope.captures = (struct tg_captures *)&captures;
    r->scope = &scope;
    struct tg_kids params = tg_n_params_list(tg_n_task_params(c->node)), steps = tg_n_task_steps(c->node);
    resolve_parameters(r, &scope, params, c->def.name);
    c->user_count = params.count;
    c->task_slot = tg_scope_add_local(&scope, tg_names_add(&r->program->names, "task", 4), false);
    resolve_options(r, c, true, false);
    resolve_expression(r, tg_n_task_result(c->node));
    if (c->output == TG_OUTPUT_FILES) declare_out(r, c);
    resolve_options(r, c, true, true);
    for (uint32_t i = 0; i < steps.count; i++) resolve_expression(r, steps.items[i]);
    c->slot_count = scope.slot_count;
    c->reads_task = c->task_slot < scope.extents.count && scope.extents.items[c->task_slot].first != UINT32_MAX;
    for (size_t i = 0; i < captures.count; i++) {
        struct tg_ast *variable = tg_ast_new(&r->program->arena, TG_N_NAME, c->node->span);
        variable->ref = TG_REF_GLOBAL;
        variable->slot = captures.items[i].outer;
        variable->inner_slot = captures.items[i].inner;
        variable->sym = r->module->variables.items[captures.items[i].outer];
        variable->module = r->module;
        tg_vec_push(&c->captures, variable);
    }
    r->scope = NULL;
    r->late = true;
    r->command = c->node;
    resolve_options(r, c, false, false);
    r->command = NULL;
    r->late = false;
    if (tg_n_task_options(c->node)) tg_late_declare(r->program, c);
    tg_vec_done(&captures);
    tg_vec_done(&scope.extents);
    tg_vec_done(&scope.locals);
    tg_vec_done(&scope.outer_reads);
}

static void resolve_defaults(struct tg_resolver *r)
{
    if (!r->module->defaults) return;
    r->late = true;
    resolve_expression(r, r->module->defaults);
    r->late = false;
}

void tg_resolve(struct tg_program *p, struct tg_module *m)
{
    struct tg_resolver r = {.program = p, .module = m};
    tg_names_add(&p->names, "out", 3);
    tg_scope_begin_names(&r);
    tg_declare(&r);
    struct tg_ast *file = m->tree.file;
    resolve_block(&r, file);
    if (m == p->modules.items[0]) tg_scope_read_named(&r);
    for (size_t i = 0; i < m->functions.count; i++) resolve_body(&r, m->functions.items[i], NULL, false);
    for (size_t i = 0; i < m->finals.count; i++) resolve_body(&r, m->finals.items[i], NULL, false);
    resolve_defaults(&r);
    for (size_t i = 0; i < m->commands.count; i++) {
        resolve_command(&r, m->commands.items[i]);
        tg_declare_captures(&r, m->commands.items[i]);
    }
    tg_scope_end_names(&r);
    free(r.bound);
    TG_ASSERT(!r.scope && !r.depth && !r.loop_depth && !r.block_depth && !r.value_depth && !r.loops && !r.qualifier);
    bool warn = m == p->modules.items[0] && p->diags.error_count == 0;
    for (size_t i = 0; warn && i < m->params.count; i++) {
        const struct tg_parameter *param = &m->params.items[i];
        if (!param->used)
            tg_diag_warning(&p->diags, param->node->span, "parameter '%s' is never used", tg_program_name(p, param->sym));
    }
}
