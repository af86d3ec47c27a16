/* SPDX-License-Identifier: MIT
 * Calls: a task adds a node to the graph and gives a future, a function runs its body in a new frame, a built-in
 * function does what builtin.c says. What is called may be known only at run time, or what it is called with. */
#include "lang/eval/call.h"

#include <stdlib.h>

#include "engine/base/limits.h"
#include "engine/grow/stream.h"
#include "lang/bind/callee.h"
#include "lang/bind/shelltext.h"
#include "lang/eval/attempt.h"
#include "lang/eval/builtin.h"
#include "lang/eval/fit.h"
#include "lang/eval/frame.h"
#include "lang/eval/now.h"
#include "lang/eval/option.h"
#include "lang/eval/site.h"
#include "lang/eval/statement.h"
#include "lang/eval/suspend.h"

/* ---- tasks --------------------------------------------------------------------------------------- */

/* Tasks of these kinds may have a stream as an argument. */
#define TAKES_STREAMS (TG_DEF_PUT | TG_DEF_STREAM | TG_DEF_EXPANDS)

tg_value tg_eval_misfit(struct tg_eval *e, const struct tg_ast *n, const char *param, const char *name,
                        const struct tg_type *type, tg_value v)
{
    struct tg_buf wanted = {0}, given = {0};
    tg_type_print(&wanted, type);
    tg_buf_text(&given, tg_value_kind_name(v));
    if (tg_kind(v) == TG_FUTURE) {
        given.length = 0;
        const struct tg_def *def = tg_site_of_future(e, v)->def;
        tg_type_print(&given, &def->sig.result);
        tg_buf_format(&given, ", which '%s' gives", def->name);
    } else {
        tg_type_print_item(&given, type, v);
    }
    const char *hint = tg_kind(v) == TG_FILE && type->kinds & TG_KIND_BIT(TG_STR) ? TG_TYPE_PATH_HINT : "";
    tg_eval_error_hint(e, n, hint, "argument '%s' of '%s' must be %s, not %s", param, name, tg_buf_str(&wanted),
                       tg_buf_str(&given));
    tg_buf_done(&wanted);
    tg_buf_done(&given);
    return tg_bad();
}

static tg_value bad_argument(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def,
                             const struct tg_sig_param *param, tg_value v)
{
    if (tg_kind(v) == TG_FUNCTION || tg_is_stream(v))
        return tg_eval_error(e, n, "argument '%s' of '%s' cannot be a %s", param->name, def->name, tg_value_kind_name(v));
    return tg_eval_misfit(e, n, param->name, def->name, &param->type, v);
}

static inline bool fits_param(struct tg_eval *e, const struct tg_def *def, const struct tg_sig_param *param, tg_value v)
{
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_FUTURE) return (tg_site_of_future(e, v)->returns & param->type.accepts) != 0;
    if (kind == TG_OBJECT && tg_is_stream(v) && !(def->flags & TAKES_STREAMS)) return false;
    if (!(param->type.accepts & TG_KIND_BIT(kind)) || (kind == TG_FUNCTION && !(def->flags & TG_DEF_EXPANDS))) return false;
    return kind < TG_STR || (!param->type.item && !param->type.object) || tg_type_accepts(&param->type, v);
}

/* An argument that does not fit, of a call that may fail: the task fails in the run, as if it had not been known before. */
static bool is_left_to_run(struct tg_eval *e, tg_value v)
{
    return tg_kind(v) != TG_FUNCTION && !tg_is_stream(v) && tg_option_allows(e);
}

/* From here on the arguments for secret parameters are secrets. Those that are not known yet are so when the task runs. */
static bool keep_secrets(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, const tg_value *args,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct tg_sig_param *param = tg_sig_param_of(&def->sig, i);
        if (!tg_type_keep_secret(&param->type, args[i], &e->program->session->secrets))
            return tg_eval_error(e, n, TG_SECRET_SHORT, param->name), false;
    }
    return true;
}

/* True if this call may add its task; else false after an error. */
static bool accept_arguments(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, const tg_value *args,
                             size_t count)
{
    TG_ASSERT(def->sig.rest ? count + 1 >= def->sig.count : count == def->sig.count);
    if (__builtin_expect(!e->graph, 0) && !(def->flags & TG_DEF_NOW))
        return tg_eval_error(e, n, "a command cannot call the task '%s'", def->name), false;
    for (size_t i = 0; i < count; i++) {
        const struct tg_sig_param *param = tg_sig_param_of(&def->sig, i);
        if (__builtin_expect(fits_param(e, def, param, args[i]), 1)) continue;
        bool captured = i >= tg_def_written(def, count);
        if (captured && tg_kind(args[i]) == TG_FUNCTION) continue;
        if (!captured && is_left_to_run(e, args[i])) continue;
        if (captured)
            tg_eval_error(e, n, "the command of '%s' uses '%s', which is a %s", def->name, param->name,
                          tg_value_kind_name(args[i]));
        else bad_argument(e, n, def, param, args[i]);
        return false;
    }
    return __builtin_expect(!(def->flags & TG_DEF_SECRET), 1) || keep_secrets(e, n, def, args, count);
}

/* The call of a task with arguments that fit, lent: a task of the graph, or what it gives at once. `own`: the node is a call of
 * nothing else. */
static inline tg_value make_call(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, const tg_value *args,
                                 size_t count, bool own)
{
    if (__builtin_expect(def->flags & TG_DEF_NOW, 0) && tg_now_may(e, def, args, count))
        return tg_now_run(e, n, def, args, count);
    TG_ASSERT(e->graph); /* in a command all is known */
    return tg_site_add_task(e, n, own ? tg_site_of_call(e, n, def) : tg_site_of_node(e, n, def), args, count, e->after);
}

tg_value tg_call_task(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, tg_value *take_args, size_t count)
{
    tg_value out = tg_bad();
    if (accept_arguments(e, n, def, take_args, count)) out = make_call(e, n, def, take_args, count, false);
    tg_value_unref_all(take_args, count);
    return out;
}

tg_value tg_call_unnoted(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, tg_value *take_args, size_t count)
{
    enum tg_collects collects = e->collects;
    e->collects = TG_COLLECTS_NOTHING;
    tg_value out = tg_call_task(e, n, def, take_args, count);
    e->collects = collects;
    return out;
}

/* ---- arguments in general ------------------------------------------------------------------------ */

/* Where argument i of a call goes; SIZE_MAX after an error. */
static size_t argument_place(struct tg_eval *e, const struct tg_ast *n, const struct tg_callee *callee, const tg_value *args,
                             size_t i)
{
    struct tg_kids nodes = tg_n_call_args(n);
    const struct tg_ast *arg = nodes.items[i];
    if (arg->kind == TG_N_KEYWORD) {
        const char *key = tg_program_name(e->program, arg->sym);
        size_t at = tg_callee_find(e->program, callee, key);
        if (at < callee->count && args[at].tag == TG_UNSET) return at;
        tg_eval_error(e, arg, at == callee->count ? "%s '%s' has no parameter '%s'" : "%s '%s' gets '%s' twice", callee->what,
                      callee->name, key);
        return SIZE_MAX;
    }
    if (i < callee->count || callee->rest) return i;
    struct tg_buf b = {0};
    tg_callee_count(&b, callee);
    tg_eval_error(e, n, "%s '%s' takes %s, not %u", callee->what, callee->name, tg_buf_str(&b), nodes.count);
    tg_buf_done(&b);
    return SIZE_MAX;
}

/* The values of the parameters in order, absent ones TG_UNSET, further ones after them. Heap, *count values; NULL
 * after an error. The checker has found wrong numbers and names where the callee is known; a function value's are
 * found here. take_values: what was evaluated already, an item per argument; NULL: nothing. */
static tg_value *eval_arguments(struct tg_eval *e, const struct tg_ast *n, const struct tg_callee *callee,
                                tg_value *take_values, size_t *count)
{
    struct tg_kids nodes = tg_n_call_args(n);
    size_t given = nodes.count, room = given > callee->count ? given : callee->count;
    tg_value *args = tg_alloc((room + 1) * sizeof *args);
    for (size_t at = 0; at < room; at++) args[at] = tg_make_(TG_UNSET, 0);
    *count = callee->count;
    for (size_t i = 0; i < given; i++) {
        size_t at = argument_place(e, n, callee, args, i);
        tg_value v = at == SIZE_MAX ? tg_bad()
                     : take_values  ? take_values[i]
                                    : tg_eval_expression(e, tg_n_arg_value(nodes.items[i]));
        if (tg_is_bad(v)) {
            if (take_values) tg_value_unref_all(take_values + i, given - i);
            tg_value_unref_all(args, room);
            free(args);
            return NULL;
        }
        TG_ASSERT(at < room && args[at].tag == TG_UNSET);
        if (!take_values) tg_eval_move(e, tg_n_arg_value(nodes.items[i]), v);
        args[at] = v;
        if (at >= *count) *count = at + 1;
    }
    TG_ASSERT(*count <= room);
    return args;
}

/* Puts in the defaults; false after an error about a missing one. */
static bool fill_defaults(struct tg_eval *e, const struct tg_ast *n, const struct tg_callee *callee, tg_value *args)
{
    for (uint32_t i = 0; i < callee->count; i++) {
        if (args[i].tag != TG_UNSET) continue;
        if (callee->sig && callee->sig->params[i].has_default) {
            args[i] = tg_value_ref(callee->sig->params[i].default_value);
            continue;
        }
        if (i >= callee->required) continue;
        const char *name = tg_callee_param(e->program, callee, i);
        if (name) tg_eval_error(e, n, "%s '%s' needs an argument for '%s'", callee->what, callee->name, name);
        else
            tg_eval_error(e, n, "%s '%s' needs %u argument%s", callee->what, callee->name, callee->required,
                          callee->required == 1 ? "" : "s");
        return false;
    }
    return true;
}

static void say_unset(struct tg_eval *e, const struct tg_ast *n, const struct tg_command_def *c, const char *name)
{
    struct tg_err err = {0};
    struct tg_kids steps = tg_n_task_steps(c->node);
    tg_err_set(&err, TG_EXIT_FAILED, "the command of '%s' uses '%s', which has no value here", c->def.name, name);
    for (uint32_t i = 0; i < steps.count; i++)
        if (steps.items[i]->kind == TG_N_SH && tg_shelltext_sets(steps.items[i], name))
            tg_err_hint(&err, "a variable of the shell is written without braces: $%s, or \\${%s}", name, name);
    tg_eval_take(e, n, &err);
}

/* Variables of the file that a command uses are its last arguments. */
static tg_value *command_arguments(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, tg_value *args,
                                   size_t *count)
{
    const struct tg_command_def *c = def->data;
    args = tg_alloc_resize(args, (*count + c->captures.count + 1) * sizeof *args);
    for (size_t i = 0; i < c->captures.count; i++) {
        const struct tg_ast *name = c->captures.items[i];
        tg_value v = *tg_eval_global(e, name->module, name->slot);
        if (v.tag == TG_UNSET) {
            say_unset(e, n, c, tg_program_name(e->program, name->sym));
            tg_value_unref_all(args, *count);
            free(args);
            return NULL;
        }
        args[(*count)++] = tg_value_ref(v);
    }
    TG_ASSERT(*count == def->sig.count);
    return args;
}

/* Adds the task; takes the arguments. */
static tg_value finish_task(struct tg_eval *e, const struct tg_ast *n, const struct tg_callee *callee, const struct tg_def *def,
                            tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    bool fine = fill_defaults(e, n, callee, args);
    if (fine && def->flags & TG_DEF_COMMAND) fine = (args = command_arguments(e, n, def, args, &count)) != NULL;
    if (fine && accept_arguments(e, n, def, args, count)) out = make_call(e, n, def, args, count, true);
    if (args) tg_value_unref_all(args, count);
    free(args);
    return out;
}

static tg_value call_task_slow(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def)
{
    struct tg_callee callee = tg_callee_of_def(def);
    size_t count;
    tg_value *args = eval_arguments(e, n, &callee, NULL, &count);
    return args ? finish_task(e, n, &callee, def, args, count) : tg_bad();
}

/* Kinds a value may turn out to have. */
static inline tg_kinds possible_kinds(const struct tg_graph *g, tg_value v)
{
    if (v.tag != TG_FUTURE) return TG_KIND_BIT(tg_kind(v));
    return g->site_table.items[g->sites[(tg_id)v.bits]].returns;
}

/* Of functions and streams, check_arguments says that they are none. */
#define QUICK_KINDS (~(TG_KIND_BIT(TG_FUNCTION) | TG_KIND_BIT(TG_OBJECT)))

/* The usual call, at graph time: made here before under the same options, arguments of kinds that fit, nothing to wait
 * for. False if it is not; then nothing has happened. */
static inline bool add_quick(struct tg_eval *e, const struct tg_ast *n, const tg_value *args, size_t count, tg_value *out)
{
    struct tg_graph *g = e->graph;
    if (!g || e->fragment || !n->site || n->site_options != e->options || tg_kind(e->after) != TG_NIL) return false;
    const struct tg_site *site = &g->site_table.items[n->site];
    TG_ASSERT((!e->err || e->attempts) && n->site < g->site_table.count);
    if (site->flags & (TG_SITE_DEEP | TG_SITE_EFFECT | TG_SITE_NOW)) return false;
    for (size_t i = 0; i < count; i++)
        if (!(possible_kinds(g, args[i]) & site->accepts[i < 3 ? i : 3] & QUICK_KINDS)) return false;
    tg_id id = tg_graph_add(g, n->site, args, count, NULL, 0, NULL);
    *out = tg_future(id);
    return id != TG_NO_TASK;
}

#define FAST_ARGS 4

/* Only positional arguments, as many as there are parameters: the checker has set TG_F_SIMPLE. */
static tg_value call_task(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def)
{
    struct tg_kids nodes = tg_n_call_args(n);
    size_t count = nodes.count;
    if (!(n->flags & TG_F_SIMPLE) || count > FAST_ARGS) return call_task_slow(e, n, def);
    tg_value args[FAST_ARGS], out = tg_bad();
    uint64_t tags = 0; /* of all arguments: below TG_STR none is counted */
    for (size_t i = 0; i < count; i++) {
        args[i] = tg_eval_operand(e, nodes.items[i]);
        if (__builtin_expect(tg_is_bad(args[i]), 0)) return tg_value_unref_all(args, i), args[i];
        tags |= args[i].tag;
    }
    if (!add_quick(e, n, args, count, &out) && accept_arguments(e, n, def, args, count))
        out = make_call(e, n, def, args, count, true);
    if (tags >= TG_STR) tg_value_unref_all(args, count);
    return out;
}

/* ---- functions ----------------------------------------------------------------------------------- */

static bool enter_fn(struct tg_eval *e, const struct tg_ast *n, const struct tg_fn *fn, tg_value **frame)
{
    if (e->depth >= TG_MAX_CALL_DEPTH || (const char *)__builtin_frame_address(0) < e->stack_limit) {
        tg_eval_error(e, n, "functions call each other too deep (%u calls)", e->depth);
        return false;
    }
    if (tg_eval_stopped(e, n)) return false;
    if ((*frame = tg_frame_push(e, fn->slot_count))) return true;
    tg_eval_error(e, n, "functions call each other too deep (%u calls)", e->depth);
    return false;
}

/* The argument of parameter p in its place: the default where none was given, checked and converted. */
static bool take_parameter(struct tg_eval *e, const struct tg_ast *n, const struct tg_fn *fn, const struct tg_ast *p)
{
    tg_value *slot = &e->frame[p->slot];
    const struct tg_ast *value = tg_n_parameter_default(p);
    if (slot->tag == TG_UNSET && value) {
        tg_value v = tg_eval_expression(e, value);
        if (tg_is_bad(v)) return false;
        *slot = v;
    }
    if (!p->fit) return true;
    if (tg_fit_may(e, p->fit, *slot)) return tg_fit_argument(e, n, p->fit, slot);
    e->calls.count--; /* the error is at the call itself */
    tg_eval_misfit(e, n, p->fit->param_name, fn->name, p->fit->type, *slot);
    e->calls.count++;
    return false;
}

static tg_value run_frame(struct tg_eval *e, const struct tg_ast *n, const struct tg_fn *fn, tg_value self)
{
    if (tg_kind(self) == TG_FUNCTION) {
        const struct tg_fn_value *f = self.p;
        TG_ASSERT(f->what == TG_FN_USER && f->fn == fn && f->capture_count == fn->captures.count);
        for (size_t i = 0; i < fn->captures.count; i++) {
            if (__builtin_expect(!e->graph, 0) && tg_future_in(f->captured[i]))
                return tg_eval_error(e, n, "a command cannot call this function: it has taken over the result of a task");
            e->frame[fn->captures.items[i].inner] = tg_value_ref(f->captured[i]);
        }
        if (fn->self_slot != TG_NO_SLOT) e->frame[fn->self_slot] = tg_value_ref(self);
    }
    for (uint32_t i = 0; i < fn->param_count; i++)
        if (!take_parameter(e, n, fn, fn->params.items[i])) return tg_bad();
    return tg_statement_body(e, fn);
}

/* Runs the body in a frame that has its arguments; takes the frame. self: the function value, for captures. */
static tg_value run_body(struct tg_eval *e, const struct tg_ast *n, const struct tg_fn *fn, tg_value *frame, tg_value self)
{
    TG_ASSERT(frame + fn->slot_count == e->stack_top);
    tg_value *outer_frame = e->frame;
    struct tg_module *outer_module = e->module;
    uint32_t outer_group = e->group;
    e->frame = frame;
    e->module = fn->module;
    e->group = fn->group;
    e->depth++;
    tg_vec_push(&e->calls, n);
    tg_value out = run_frame(e, n, fn, self);
    tg_frame_pop(e, frame, fn->slot_count);
    e->frame = outer_frame;
    e->module = outer_module;
    e->group = outer_group;
    e->depth--;
    e->calls.count--;
    TG_ASSERT(out.tag != TG_UNSET && tg_kind(e->result) == TG_NIL);
    return out;
}

/* Runs the body; takes the arguments. */
static tg_value finish_fn(struct tg_eval *e, const struct tg_ast *n, const struct tg_callee *callee, const struct tg_fn *fn,
                          tg_value *args, size_t count)
{
    tg_value *frame, out = tg_bad();
    if (!fill_defaults(e, n, callee, args) || !enter_fn(e, n, fn, &frame)) {
        tg_value_unref_all(args, count);
    } else {
        for (size_t i = 0; i < count; i++) frame[fn->params.items[i]->slot] = args[i];
        out = run_body(e, n, fn, frame, tg_nil());
    }
    free(args);
    return out;
}

static tg_value call_fn(struct tg_eval *e, const struct tg_ast *n, const struct tg_fn *fn)
{
    if (!(n->flags & TG_F_SIMPLE)) {
        struct tg_callee callee = tg_callee_of_fn(fn);
        size_t count;
        tg_value *args = eval_arguments(e, n, &callee, NULL, &count);
        return args ? finish_fn(e, n, &callee, fn, args, count) : tg_bad();
    }
    tg_value *frame;
    struct tg_kids nodes = tg_n_call_args(n);
    if (!enter_fn(e, n, fn, &frame)) return tg_bad();
    for (uint32_t i = 0; i < fn->param_count; i++) {
        tg_value v = tg_eval_expression(e, nodes.items[i]);
        if (tg_is_bad(v)) return tg_frame_pop(e, frame, fn->slot_count), v;
        tg_eval_move(e, nodes.items[i], v);
        frame[fn->params.items[i]->slot] = v;
    }
    return run_body(e, n, fn, frame, tg_nil());
}

/* ---- built-in functions -------------------------------------------------------------------------- */

/* Runs it; takes the arguments. */
static tg_value finish_builtin(struct tg_eval *e, const struct tg_ast *n, const struct tg_callee *callee, tg_value *args,
                               size_t count)
{
    tg_value out = tg_bad();
    if (fill_defaults(e, n, callee, args)) out = tg_attempt_builtin(e, n, callee->builtin, args, count);
    else tg_value_unref_all(args, count);
    free(args);
    return out;
}

static tg_value call_builtin(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b)
{
    if (b->special) return tg_builtin_special(e, n, b);
    struct tg_callee callee = tg_callee_of_builtin(b);
    size_t count;
    tg_value *args = eval_arguments(e, n, &callee, NULL, &count);
    return args ? finish_builtin(e, n, &callee, args, count) : tg_bad();
}

/* ---- function values ----------------------------------------------------------------------------- */

static struct tg_callee callee_of_value(const struct tg_fn_value *f)
{
    if (f->what == TG_FN_USER) return tg_callee_of_fn(f->fn);
    if (f->what == TG_FN_TASK) return tg_callee_of_def(f->def);
    return tg_callee_of_builtin(f->builtin);
}

/* The arguments as the function wants them: defaults filled in. Takes args; heap, or NULL after an error. */
static tg_value *complete_values(struct tg_eval *e, const struct tg_ast *n, const struct tg_callee *callee, tg_value *take_args,
                                 size_t *count)
{
    size_t room = *count > callee->count ? *count : callee->count;
    if (*count > callee->count && !callee->rest) {
        struct tg_buf b = {0};
        tg_callee_count(&b, callee);
        tg_eval_error(e, n, "%s '%s' takes %s, not %zu", callee->what, callee->name, tg_buf_str(&b), *count);
        tg_buf_done(&b);
        tg_value_unref_all(take_args, *count);
        return NULL;
    }
    tg_value *args = tg_alloc((room + 1) * sizeof *args);
    for (size_t i = 0; i < room; i++) args[i] = i < *count ? take_args[i] : tg_make_(TG_UNSET, 0);
    *count = room;
    if (fill_defaults(e, n, callee, args)) return args;
    tg_value_unref_all(args, room);
    free(args);
    return NULL;
}

static tg_value apply_task(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, tg_value *take_args,
                           size_t count)
{
    if (def->flags & TG_DEF_COMMAND && !(take_args = command_arguments(e, n, def, take_args, &count))) return tg_bad();
    tg_value out = tg_call_task(e, n, def, take_args, count);
    free(take_args);
    return out;
}

/* A call of what a task will give, with these arguments. */
static tg_value suspend_apply(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value *take_args, size_t count)
{
    tg_value *args = tg_alloc((count + 1) * sizeof *args);
    args[0] = f;
    memcpy(args + 1, take_args, count * sizeof *args);
    tg_value out = tg_suspend_builtin(e, n, &tg_builtins[TG_BUILTIN_CALL], args, count + 1, 0);
    free(args);
    return out;
}

tg_value tg_call_apply(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value *take_args, size_t count)
{
    if (tg_kind(f) != TG_FUNCTION) {
        if (tg_kind(f) == TG_FUTURE) return suspend_apply(e, n, f, take_args, count);
        tg_value_unref_all(take_args, count);
        return tg_eval_error(e, n, "a value of type %s cannot be called", tg_value_kind_name(f));
    }
    const struct tg_fn_value *value = f.p;
    struct tg_callee callee = callee_of_value(value);
    tg_value *args = complete_values(e, n, &callee, take_args, &count);
    if (!args) return tg_bad();
    if (value->what == TG_FN_TASK) return apply_task(e, n, value->def, args, count);
    tg_value out = tg_bad(), *frame;
    if (value->what == TG_FN_BUILTIN) {
        out = tg_attempt_builtin(e, n, value->builtin, args, count);
    } else if (enter_fn(e, n, value->fn, &frame)) {
        for (size_t i = 0; i < count; i++) frame[value->fn->params.items[i]->slot] = args[i];
        out = run_body(e, n, value->fn, frame, f);
    } else {
        tg_value_unref_all(args, count);
    }
    free(args);
    return out;
}

tg_value tg_call_values(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value *take_values, size_t given)
{
    if (tg_kind(f) != TG_FUNCTION) {
        if (take_values) tg_value_unref_all(take_values, given);
        return tg_eval_error(e, tg_n_call_callee(n), "a value of type %s cannot be called", tg_value_kind_name(f));
    }
    struct tg_callee callee = callee_of_value(f.p);
    size_t count;
    tg_value *args = eval_arguments(e, n, &callee, take_values, &count), out = tg_bad();
    if (args && !tg_option_suits(e, n, f)) tg_value_unref_all(args, count);
    else if (args) out = tg_call_apply(e, n, f, args, count);
    free(args);
    return out;
}

/* A call of a function that a task will give: its arguments are evaluated now. Takes f. */
static tg_value suspend_unknown_call(struct tg_eval *e, const struct tg_ast *n, tg_value f)
{
    struct tg_kids nodes = tg_n_call_args(n);
    size_t count = nodes.count;
    tg_value *values = tg_alloc((count + 1) * sizeof *values), out = tg_nil();
    for (size_t i = 0; i < count && !tg_is_bad(out); i++) {
        values[i] = tg_eval_expression(e, tg_n_arg_value(nodes.items[i]));
        if (tg_is_bad(values[i])) tg_value_unref_all(values, i), out = tg_bad();
    }
    if (tg_is_bad(out)) tg_value_unref(f);
    else out = tg_suspend_call(e, n, f, values, count);
    free(values);
    return out;
}

/* A call of what an expression gives. */
static tg_value call_value(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value f = tg_eval_expression(e, tg_n_call_callee(n));
    if (tg_is_bad(f)) return f;
    if (tg_kind(f) == TG_FUTURE) return suspend_unknown_call(e, n, f);
    tg_value out = tg_attempt_values(e, n, f);
    tg_value_unref(f);
    return out;
}

tg_value tg_call_evaluate(struct tg_eval *e, const struct tg_ast *n)
{
    const struct tg_ast *callee = tg_n_call_callee(n);
    if (tg_callee_is_named(callee)) {
        switch (callee->ref) {
        case TG_REF_TASK: return call_task(e, n, callee->def);
        case TG_REF_FN: return call_fn(e, n, callee->fn);
        case TG_REF_BUILTIN: return call_builtin(e, n, callee->builtin);
        default: break;
        }
    }
    return call_value(e, n);
}

/* A task, function or built-in function, its arguments evaluated under the options around it and called under its own. */
static tg_value call_named_with(struct tg_eval *e, const struct tg_ast *n, const struct tg_callee *callee,
                                const struct tg_ast *options)
{
    struct tg_option_before before;
    size_t count;
    tg_value *args = eval_arguments(e, n, callee, NULL, &count), out;
    if (!args) return tg_bad();
    if (!tg_option_enter(e, options, &before)) {
        tg_value_unref_all(args, count);
        free(args);
        return tg_bad();
    }
    if (callee->fn) out = finish_fn(e, n, callee, callee->fn, args, count);
    else if (callee->builtin) out = finish_builtin(e, n, callee, args, count);
    else out = finish_task(e, n, callee, tg_n_call_callee(n)->def, args, count);
    tg_option_restore(e, &before);
    return out;
}

tg_value tg_call_evaluate_with(struct tg_eval *e, const struct tg_ast *n, const struct tg_ast *options)
{
    const struct tg_ast *called = tg_n_call_callee(n);
    struct tg_callee callee;
    if (tg_callee_is_named(called) && called->ref == TG_REF_TASK) callee = tg_callee_of_def(called->def);
    else if (tg_callee_is_named(called) && called->ref == TG_REF_FN) callee = tg_callee_of_fn(called->fn);
    else if (tg_callee_is_named(called) && called->ref == TG_REF_BUILTIN) callee = tg_callee_of_builtin(called->builtin);
    else callee = (struct tg_callee){.what = NULL};
    if (callee.what && !(callee.builtin && callee.builtin->special)) return call_named_with(e, n, &callee, options);
    if (callee.builtin == &tg_builtins[TG_BUILTIN_TRY]) return tg_attempt_try(e, n, options);
    if (callee.builtin == &tg_builtins[TG_BUILTIN_ATTEMPT]) return tg_attempt_tell(e, n, options);
    struct tg_option_before before;
    if (!tg_option_enter(e, options, &before)) return tg_bad();
    tg_value out = tg_call_evaluate(e, n);
    tg_option_restore(e, &before);
    return out;
}
