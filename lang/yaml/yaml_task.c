/* SPDX-License-Identifier: MIT
 * Tasks and commands of the YAML form.
 *
 * A task with `sh`, `run` or `steps` becomes two things: a definition NAME_command at the top level of the file, and
 * a call of it. The definition's parameters are the names that its texts use, of type any, and the call passes the
 * variables of these names: so a command may use what a `for` binds. Names that are called (`raw(x)`), names of the
 * file's own functions, commands and modules, and `out` are not passed. */
#include "lang/yaml/yaml.h"

static struct tg_node *with_options(struct tg_yaml *y, struct tg_node *e, uint32_t options, bool parens)
{
    struct tg_node *o = options ? tg_yaml_options(y, options) : NULL;
    if (!o) return e;
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_OPTIONED, e->span, 2);
    tg_n_set_optioned_value(n, e);
    tg_n_set_optioned_options(n, o);
    if (parens) n->flags |= TG_F_PARENS;
    return n;
}

static struct tg_node *named_type(struct tg_yaml *y, const char *name, tg_span span)
{
    struct tg_node *t = tg_node_new(y->p->arena, TG_N_TYPE, span, 0);
    t->text = name;
    t->length = (uint32_t)strlen(name);
    return t;
}

/* ---- parameters ---------------------------------------------------------------------------------- */

static struct tg_node *parameter(struct tg_yaml *y, uint32_t sym, tg_span span, const struct tg_yform *f)
{
    struct tg_node *p = tg_node_new(y->p->arena, TG_N_PARAMETER, span, 2);
    p->sym = sym;
    if (f && f->value[TG_YK_TYPE]) tg_n_set_parameter_type(p, tg_yaml_type(y, f->value[TG_YK_TYPE]));
    if (f && f->value[TG_YK_DEFAULT]) tg_n_set_parameter_default(p, tg_yaml_literal(y, f->value[TG_YK_DEFAULT]));
    return p;
}

/* [x, {name: y, type: int, default: 1}] */
static void listed_params(struct tg_yaml *y, uint32_t list)
{
    uint32_t end = tg_y(y, list)->next;
    for (uint32_t item = list + 1; item < end; item = tg_y(y, item)->next) {
        struct tg_yform f;
        bool map = tg_y(y, tg_y_deref(y, item))->kind == TG_Y_MAP;
        if (map && !tg_yaml_form(y, item, TG_YP_PARAMETER, &f)) continue;
        uint32_t at = map ? f.value[TG_YK_NAME] : item, sym = tg_yaml_name(y, at, "the name of a parameter");
        if (sym == TG_NO_NAME) continue;
        struct tg_node *p = parameter(y, sym, tg_y(y, at)->span, map ? &f : NULL);
        tg_vec_push(&y->stack, p);
    }
}

/* {x: int, y: {type: int, default: 1}, z: } */
static void mapped_params(struct tg_yaml *y, uint32_t map)
{
    uint32_t end = tg_y(y, map)->next;
    tg_yaml_keys(y, map, "the name of a parameter");
    for (uint32_t key = map + 1, value; key < end; key = tg_y(y, value)->next) {
        value = tg_y(y, key)->next;
        struct tg_yform f = {0};
        if (tg_y(y, key)->count == TG_NO_NAME) continue;
        if (tg_y(y, tg_y_deref(y, value))->kind == TG_Y_MAP) {
            if (!tg_yaml_form(y, value, TG_YP_ARGUMENT, &f)) continue;
        } else if (!tg_yaml_is_null(y, value)) {
            f.value[TG_YK_TYPE] = value;
        }
        struct tg_node *p = parameter(y, tg_y(y, key)->count, tg_y(y, key)->span, &f);
        tg_vec_push(&y->stack, p);
    }
}

struct tg_node *tg_yaml_params(struct tg_yaml *y, uint32_t i)
{
    size_t mark = y->stack.count;
    if (!i) return tg_yaml_node(y, TG_N_PARAMS, (tg_span){0, 0}, mark);
    tg_span span = tg_y(y, i)->span;
    i = tg_y_deref(y, i);
    if (tg_y(y, i)->kind == TG_Y_LIST) listed_params(y, i);
    else if (!tg_yaml_is_null(y, i) && tg_yaml_expect(y, i, TG_Y_MAP, "'params'")) mapped_params(y, i);
    return tg_yaml_node(y, TG_N_PARAMS, span, mark);
}

/* Parameters of commands have a type, any where none is written. */
static struct tg_node *typed_params(struct tg_yaml *y, uint32_t i)
{
    struct tg_node *params = tg_yaml_params(y, i);
    struct tg_kids list = tg_n_params_list(params);
    for (uint32_t k = 0; k < list.count; k++)
        if (!tg_n_parameter_type(list.items[k])) tg_n_set_parameter_type(list.items[k], named_type(y, "any", list.items[k]->span));
    return params;
}

/* ---- results ------------------------------------------------------------------------------------- */

/* {file: path} or {files: pattern} */
static struct tg_node *result_file(struct tg_yaml *y, uint32_t i)
{
    struct tg_yform f;
    struct tg_node *file = tg_node_new(y->p->arena, TG_N_RFILE, tg_y(y, i)->span, 1);
    if (!tg_yaml_form(y, i, TG_YP_RESULT, &f)) f.value[TG_YK_FILE] = f.value[TG_YK_FILES] = 0;
    bool list = f.value[TG_YK_FILES] != 0;
    uint32_t path = list ? f.value[TG_YK_FILES] : f.value[TG_YK_FILE];
    if (list) file->flags |= TG_F_LIST;
    if (path) tg_n_set_rfile_path(file, tg_yaml_text(y, path, list ? "'files'" : "'file'"));
    else { /* after an error */
        struct tg_node *none = tg_node_new(y->p->arena, TG_N_STR, file->span, 0);
        none->text = "";
        tg_n_set_rfile_path(file, none);
    }
    return file;
}

static struct tg_node *result_record(struct tg_yaml *y, uint32_t map)
{
    size_t mark = y->stack.count;
    uint32_t end = tg_y(y, map)->next;
    tg_yaml_keys(y, map, NULL);
    for (uint32_t key = map + 1, value; key < end; key = tg_y(y, value)->next) {
        value = tg_y(y, key)->next;
        if (tg_y(y, key)->count == TG_NO_NAME) continue;
        struct tg_node *entry = tg_node_new(y->p->arena, TG_N_ENTRY, tg_y(y, key)->span, 1);
        const struct tg_name *name = tg_names_get(y->p->names, tg_y(y, key)->count);
        entry->sym = tg_y(y, key)->count;
        if (!tg_yaml_is_word(name->text, name->length)) entry->flags |= TG_F_QUOTED;
        tg_n_set_entry_value(entry, result_file(y, value));
        tg_vec_push(&y->stack, entry);
    }
    return tg_yaml_node(y, TG_N_RECORD, tg_y(y, map)->span, mark);
}

/* Is the mapping a set of results by name: does each value hold a mapping? */
static bool names_results(const struct tg_yaml *y, uint32_t map)
{
    uint32_t end = tg_y(y, map)->next;
    for (uint32_t key = map + 1; key < end; key = tg_y(y, tg_y(y, key)->next)->next)
        if (tg_y(y, tg_y_deref(y, tg_y(y, key)->next))->kind == TG_Y_MAP) return true;
    return false;
}

/* i is 0: nil */
static struct tg_node *result(struct tg_yaml *y, uint32_t i, tg_span span)
{
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_RESULT, i ? tg_y(y, i)->span : span, 1);
    struct tg_node *form;
    if (!i) form = named_type(y, "nil", span);
    else if (tg_y(y, tg_y_deref(y, i))->kind != TG_Y_MAP) form = tg_yaml_type(y, i);
    else form = (names_results(y, tg_y_deref(y, i)) ? result_record : result_file)(y, tg_y_deref(y, i));
    tg_n_set_result_form(n, form);
    return n;
}

/* ---- programs ------------------------------------------------------------------------------------ */

static struct tg_node *program(struct tg_yaml *y, const struct tg_yform *f)
{
    bool run = f->lead == TG_YK_RUN;
    uint32_t i = f->value[f->lead];
    struct tg_node *n = tg_node_new(y->p->arena, run ? TG_N_RUN : TG_N_SH, f->span, 3);
    struct tg_node *what = run ? tg_yaml_data(y, i) : tg_yaml_text(y, i, "'sh'");
    (run ? tg_n_set_run_words : tg_n_set_sh_text)(n, what);
    if (run && what->kind == TG_N_STR) {
        struct tg_diag *d = tg_diag_error(y->p->diags, what->span, "expected a list for 'run', found text");
        tg_diag_hint(y->p->diags, d, "'run' takes the program and its arguments as a list; 'sh' runs a line of shell.");
    }
    if (f->value[TG_YK_OUT]) tg_n_set_step_output(n, tg_yaml_data(y, f->value[TG_YK_OUT]));
    if (f->value[TG_YK_IN]) tg_n_set_step_input(n, tg_yaml_data(y, f->value[TG_YK_IN]));
    return n;
}

/* The programs of a command onto the stack. */
static void programs(struct tg_yaml *y, const struct tg_yform *f)
{
    if (f->form == TG_YF_COMMAND) {
        struct tg_node *p = program(y, f);
        tg_vec_push(&y->stack, p);
        return;
    }
    uint32_t list = tg_y_deref(y, f->value[TG_YK_STEPS]);
    if (!tg_yaml_expect(y, f->value[TG_YK_STEPS], TG_Y_LIST, "'steps'")) return;
    if (tg_y(y, list)->count == 0) tg_diag_error(y->p->diags, tg_y(y, list)->span, "'steps' names no program");
    for (uint32_t item = list + 1; item < tg_y(y, list)->next; item = tg_y(y, item)->next) {
        struct tg_yform step;
        if (!tg_yaml_form(y, item, TG_YP_PROGRAM, &step)) continue;
        struct tg_node *p = program(y, &step);
        tg_vec_push(&y->stack, p);
    }
}

/* ---- definitions --------------------------------------------------------------------------------- */

struct tg_node *tg_yaml_command(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f;
    if (!tg_yaml_form(y, value, TG_YP_COMMAND, &f)) return NULL;
    size_t mark = y->stack.count;
    tg_span span = tg_y(y, key)->span;
    struct tg_node *params = typed_params(y, f.value[TG_YK_PARAMS]);
    tg_vec_push(&y->stack, params);
    struct tg_node *r = result(y, f.value[TG_YK_RESULT], span);
    tg_vec_push(&y->stack, r);
    struct tg_node *options = f.value[TG_YK_WITH] ? tg_yaml_options(y, f.value[TG_YK_WITH]) : NULL;
    tg_vec_push(&y->stack, options);
    programs(y, &f);
    struct tg_node *task = tg_yaml_node(y, TG_N_TASK, span, mark);
    task->sym = tg_y(y, key)->count;
    return task;
}

struct tg_node *tg_yaml_extern_task(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f;
    if (!tg_yaml_form(y, value, TG_YP_EXTERN, &f)) return NULL;
    struct tg_node *task = tg_node_new(y->p->arena, TG_N_TASK, tg_y(y, key)->span, 3);
    task->sym = tg_y(y, key)->count;
    tg_n_set_task_params(task, typed_params(y, f.value[TG_YK_PARAMS]));
    tg_n_set_task_result(task, tg_yaml_type(y, f.value[TG_YK_RESULT]));
    return task;
}

/* ---- commands inside tasks ----------------------------------------------------------------------- */

struct inline_names {
    struct tg_yaml *y;
    size_t mark; /* TG_N_NAME nodes on the stack from here */
};

static void collect_name(void *data, const struct tg_node *name)
{
    struct inline_names *names = data;
    struct tg_yaml *y = names->y;
    if (name->sym == y->out_sym || tg_yaml_is_declared(y, name->sym)) return;
    for (size_t i = names->mark; i < y->stack.count; i++)
        if (y->stack.items[i]->sym == name->sym) return;
    tg_vec_push(&y->stack, (struct tg_node *)name);
}

/* NAME_command, with a number where the file declares that too. */
static uint32_t command_name(struct tg_yaml *y, const char *name)
{
    char *text = tg_arena_format(y->p->arena, "%.900s_command", name);
    uint32_t sym = tg_names_add(y->p->names, text, strlen(text));
    for (int number = 2; tg_yaml_is_declared(y, sym); number++) {
        text = tg_arena_format(y->p->arena, "%.900s_command_%d", name, number);
        sym = tg_names_add(y->p->names, text, strlen(text));
    }
    tg_yaml_declare(y, sym);
    return sym;
}

static struct tg_node *any_parameter(struct tg_yaml *y, const struct tg_node *name)
{
    struct tg_node *p = tg_node_new(y->p->arena, TG_N_PARAMETER, name->span, 2);
    p->sym = name->sym;
    tg_n_set_parameter_type(p, named_type(y, "any", name->span));
    return p;
}

/* Defines the command of a task; gives the call of it. */
static struct tg_node *inline_command(struct tg_yaml *y, const struct tg_yform *f, const char *name)
{
    size_t mark = y->stack.count;
    tg_vec_push(&y->stack, tg_node_new(y->p->arena, TG_N_PARAMS, f->span, 0)); /* until it is known what it uses */
    struct tg_node *r = result(y, f->value[TG_YK_RESULT], f->span);
    tg_vec_push(&y->stack, r);
    tg_vec_push(&y->stack, NULL); /* options stand at the call */
    programs(y, f);
    struct tg_node *task = tg_yaml_node(y, TG_N_TASK, f->span, mark);
    struct inline_names names = {y, mark};
    y->walk.found = collect_name;
    y->walk.data = &names;
    tg_yaml_walk(&y->walk, task);
    uint32_t count = (uint32_t)(y->stack.count - mark);
    struct tg_node *params = tg_node_new(y->p->arena, TG_N_PARAMS, f->span, count);
    struct tg_node *call = tg_node_new(y->p->arena, TG_N_CALL, f->span, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const struct tg_node *used = y->stack.items[mark + i];
        tg_n_params_list(params).items[i] = any_parameter(y, used);
        tg_n_call_args(call).items[i] = tg_yaml_name_node(y, used->sym, used->span);
    }
    y->stack.count = mark;
    tg_n_set_task_params(task, params);
    task->sym = command_name(y, name);
    tg_n_set_call_callee(call, tg_yaml_name_node(y, task->sym, f->span));
    tg_vec_push(&y->commands, task);
    return call;
}

/* ---- calls --------------------------------------------------------------------------------------- */

static void push_keyword(struct tg_yaml *y, const char *name, tg_span span, struct tg_node *value)
{
    struct tg_node *k = tg_node_new(y->p->arena, TG_N_KEYWORD, span, 1);
    k->sym = tg_names_add(y->p->names, name, strlen(name));
    tg_n_set_keyword_value(k, value);
    tg_vec_push(&y->stack, k);
}

static void push_kwargs(struct tg_yaml *y, uint32_t i)
{
    if (!tg_yaml_expect(y, i, TG_Y_MAP, "'kwargs'")) return;
    i = tg_y_deref(y, i);
    tg_yaml_keys(y, i, "the name of an argument");
    for (uint32_t key = i + 1, value; key < tg_y(y, i)->next; key = tg_y(y, value)->next) {
        value = tg_y(y, key)->next;
        uint32_t sym = tg_y(y, key)->count;
        if (sym == TG_NO_NAME) continue;
        push_keyword(y, tg_names_get(y->p->names, sym)->text, tg_y(y, key)->span, tg_yaml_data(y, value));
    }
}

static struct tg_node *call(struct tg_yaml *y, const struct tg_yform *f)
{
    size_t mark = y->stack.count;
    uint32_t i = f->value[TG_YK_CALL], args = f->value[TG_YK_ARGS];
    struct tg_node *callee = tg_yaml_callee(y, i, "'call'");
    tg_vec_push(&y->stack, callee);
    if (args && tg_yaml_expect(y, args, TG_Y_LIST, "'args'")) {
        args = tg_y_deref(y, args);
        for (uint32_t a = args + 1; a < tg_y(y, args)->next; a = tg_y(y, a)->next) {
            struct tg_node *v = tg_yaml_data(y, a);
            tg_vec_push(&y->stack, v);
        }
    }
    if (f->value[TG_YK_KWARGS]) push_kwargs(y, f->value[TG_YK_KWARGS]);
    return tg_yaml_node(y, TG_N_CALL, tg_y(y, i)->span, mark);
}

/* reduce(f, over, arity = .., init = ..) and fold(f, over, init) */
static struct tg_node *reduction(struct tg_yaml *y, const struct tg_yform *f)
{
    size_t mark = y->stack.count;
    const char *what = tg_yaml_key_text(f->lead);
    struct tg_node *callee = tg_yaml_name_node(y, tg_names_add(y->p->names, what, strlen(what)), f->span);
    tg_vec_push(&y->stack, callee);
    struct tg_node *function = tg_yaml_callee(y, f->value[f->lead], f->lead == TG_YK_FOLD ? "'fold'" : "'reduce'");
    tg_vec_push(&y->stack, function);
    struct tg_node *over = tg_yaml_data(y, f->value[TG_YK_OVER]);
    tg_vec_push(&y->stack, over);
    if (f->value[TG_YK_ARITY]) push_keyword(y, "arity", f->key[TG_YK_ARITY], tg_yaml_data(y, f->value[TG_YK_ARITY]));
    if (f->value[TG_YK_INIT]) {
        struct tg_node *init = tg_yaml_data(y, f->value[TG_YK_INIT]);
        if (f->lead == TG_YK_REDUCE) push_keyword(y, "init", f->key[TG_YK_INIT], init);
        else tg_vec_push(&y->stack, init);
    }
    return tg_yaml_node(y, TG_N_CALL, tg_y(y, f->value[f->lead])->span, mark);
}

/* [e for .. if ..] */
static struct tg_node *comprehension(struct tg_yaml *y, const struct tg_yform *f, struct tg_node *e)
{
    size_t mark = y->stack.count;
    tg_vec_push(&y->stack, e);
    uint32_t map = tg_y_deref(y, f->value[TG_YK_FOR]);
    if (tg_yaml_expect(y, f->value[TG_YK_FOR], TG_Y_MAP, "'for'")) {
        tg_yaml_keys(y, map, NULL);
        for (uint32_t key = map + 1, value; key < tg_y(y, map)->next; key = tg_y(y, value)->next) {
            value = tg_y(y, key)->next;
            struct tg_node *targets = tg_y(y, key)->count == TG_NO_NAME ? NULL : tg_yaml_targets(y, key);
            if (!targets) continue;
            struct tg_node *clause = tg_node_new(y->p->arena, TG_N_CFOR, tg_y(y, key)->span, 2);
            tg_n_set_cfor_targets(clause, targets);
            tg_n_set_cfor_over(clause, tg_yaml_data(y, value));
            tg_vec_push(&y->stack, clause);
        }
        if (tg_y(y, map)->count == 0) tg_diag_error(y->p->diags, tg_y(y, map)->span, "'for' names no variable");
    }
    if (f->value[TG_YK_IF]) {
        struct tg_node *clause = tg_node_new(y->p->arena, TG_N_CIF, f->key[TG_YK_IF], 1);
        tg_n_set_cif_condition(clause, tg_yaml_data(y, f->value[TG_YK_IF]));
        tg_vec_push(&y->stack, clause);
    }
    return tg_yaml_node(y, TG_N_COMP, e->span, mark);
}

struct tg_node *tg_yaml_task_value(struct tg_yaml *y, const struct tg_yform *f, const char *name)
{
    struct tg_node *e;
    switch (f->form) {
    case TG_YF_CALL: e = call(y, f); break;
    case TG_YF_REDUCE: case TG_YF_FOLD: e = reduction(y, f); break;
    case TG_YF_VALUE: e = tg_yaml_data(y, f->value[TG_YK_VALUE]); break;
    default: e = inline_command(y, f, name);
    }
    e = with_options(y, e, f->value[TG_YK_WITH], f->value[TG_YK_FOR] != 0);
    if (f->value[TG_YK_FOR]) return comprehension(y, f, e);
    if (f->value[TG_YK_IF]) {
        struct tg_diag *d = tg_diag_error(y->p->diags, f->key[TG_YK_IF], "'if' needs 'for' beside it");
        tg_diag_hint(y->p->diags, d, "it picks among what 'for' gives; for a choice write value: ${if c { a } else { b }}.");
    }
    return e;
}
