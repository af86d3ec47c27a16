/* SPDX-License-Identifier: MIT
 * Tasks and commands of the YAML form.
 *
 * A task with `sh`, `run`, `pipe` or `steps` becomes two things: a definition NAME_command at the top level of the file, and
 * a call of it. The definition's parameters are the names that its texts use, of type any, and the call passes the
 * variables of these names: so a command may use what a `for` binds. Names that are called (`raw(x)`), names of the
 * file's own functions, commands and modules, and `out` are not passed. */
#include "lang/yaml/yaml.h"

#include "engine/base/limits.h"

static struct tg_ast *with_options(struct tg_yaml *y, struct tg_ast *e, uint32_t options, bool parens)
{
    struct tg_ast *o = options ? tg_yaml_options(y, options) : NULL;
    if (!o) return e;
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_OPTIONED, e->span);
    tg_n_set_optioned_value(n, e);
    tg_n_set_optioned_options(n, o);
    if (parens) n->flags |= TG_F_PARENS;
    return n;
}

static struct tg_ast *named_type(struct tg_yaml *y, const char *name, tg_span span)
{
    struct tg_ast *t = tg_ast_new(y->p->arena, TG_N_TYPE, span);
    t->text = name;
    t->length = (uint32_t)strlen(name);
    return t;
}

/* ---- parameters ---------------------------------------------------------------------------------- */

static struct tg_ast *parameter(struct tg_yaml *y, uint32_t sym, tg_span span, const struct tg_yform *f)
{
    struct tg_ast *p = tg_ast_new(y->p->arena, TG_N_PARAMETER, span);
    p->sym = sym;
    if (f->value[TG_YK_TYPE]) tg_n_set_parameter_type(p, tg_yaml_type(y, f->value[TG_YK_TYPE]));
    if (f->value[TG_YK_DEFAULT]) tg_n_set_parameter_default(p, tg_yaml_literal(y, f->value[TG_YK_DEFAULT]));
    return p;
}

/* x or {name: y, type: int, default: 1} */
static struct tg_ast *listed_parameter(struct tg_yaml *y, uint32_t item)
{
    struct tg_yform f = {.value[TG_YK_NAME] = item};
    if (tg_y(y, tg_y_deref(y, item))->kind == TG_Y_MAP && !tg_yaml_form(y, item, TG_YP_PARAMETER, &f)) return NULL;
    uint32_t sym = tg_yaml_name(y, f.value[TG_YK_NAME], "the name of a parameter");
    return sym == TG_NO_NAME ? NULL : parameter(y, sym, tg_y(y, f.value[TG_YK_NAME])->span, &f);
}

/* x: int, y: {type: int, default: 1} or z: */
static struct tg_ast *mapped_parameter(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f = {0};
    if (tg_y(y, tg_y_deref(y, value))->kind == TG_Y_MAP) {
        if (!tg_yaml_form(y, value, TG_YP_ARGUMENT, &f)) return NULL;
    } else if (!tg_yaml_is_null(y, value)) {
        f.value[TG_YK_TYPE] = value;
    }
    return parameter(y, tg_y(y, key)->count, tg_y(y, key)->span, &f);
}

struct tg_ast *tg_yaml_params(struct tg_yaml *y, uint32_t i)
{
    size_t mark = y->stack.count;
    if (!i) return tg_yaml_node(y, TG_N_PARAMS, (tg_span){0, 0}, mark);
    tg_span span = tg_y(y, i)->span;
    i = tg_y_deref(y, i);
    if (tg_y(y, i)->kind == TG_Y_LIST) tg_yaml_items(y, i, "'params'", listed_parameter);
    else if (!tg_yaml_is_null(y, i)) tg_yaml_entries(y, i, "'params'", "the name of a parameter", mapped_parameter);
    return tg_yaml_node(y, TG_N_PARAMS, span, mark);
}

/* Parameters of commands have a type, any where none is written. */
static struct tg_ast *typed_params(struct tg_yaml *y, uint32_t i)
{
    struct tg_ast *params = tg_yaml_params(y, i);
    struct tg_kids list = tg_n_params_list(params);
    for (uint32_t k = 0; k < list.count; k++)
        if (!tg_n_parameter_type(list.items[k]))
            tg_n_set_parameter_type(list.items[k], named_type(y, "any", list.items[k]->span));
    return params;
}

/* ---- results ------------------------------------------------------------------------------------- */

/* {file: path} or {files: pattern} */
static struct tg_ast *read_result_file(struct tg_yaml *y, uint32_t i)
{
    struct tg_yform f;
    struct tg_ast *file = tg_ast_new(y->p->arena, TG_N_RFILE, tg_y(y, i)->span);
    if (!tg_yaml_form(y, i, TG_YP_RESULT, &f)) f.value[TG_YK_FILE] = f.value[TG_YK_FILES] = 0;
    bool list = f.value[TG_YK_FILES] != 0;
    uint32_t path = list ? f.value[TG_YK_FILES] : f.value[TG_YK_FILE];
    if (list) file->flags |= TG_F_LIST;
    if (path) tg_n_set_rfile_path(file, tg_yaml_text(y, path, list ? "'files'" : "'file'"));
    else { /* after an error */ struct tg_ast *none = tg_ast_new(y->p->arena, TG_N_STR, file->span);
        none->text = "";
        tg_n_set_rfile_path(file, none);
    }
    return file;
}

static struct tg_ast *result_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    return tg_yaml_record_entry(y, key, read_result_file(y, value));
}

static struct tg_ast *read_result_record(struct tg_yaml *y, uint32_t i)
{
    size_t mark = y->stack.count;
    tg_yaml_entries(y, i, "a result", NULL, result_entry);
    return tg_yaml_node(y, TG_N_RECORD, tg_y(y, tg_y_deref(y, i))->span, mark);
}

/* Is the mapping a set of results by name: does a value hold a mapping? */
static bool names_results(const struct tg_yaml *y, uint32_t map)
{
    uint32_t end = tg_y(y, map)->next;
    for (uint32_t key = map + 1; key < end; key = tg_y(y, tg_y(y, key)->next)->next) {
        uint32_t value = tg_y_deref(y, tg_y(y, key)->next);
        if (tg_y(y, value)->kind == TG_Y_MAP && (!tg_yaml_is_merge(y, key) || names_results(y, value))) return true;
    }
    return false;
}

/* i is 0: nil */
static struct tg_ast *read_task_result(struct tg_yaml *y, uint32_t i, tg_span span)
{
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_RESULT, i ? tg_y(y, i)->span : span);
    struct tg_ast *form;
    size_t errors = y->p->diags->error_count;
    if (!i) form = named_type(y, "nil", span);
    else if (tg_y(y, tg_y_deref(y, i))->kind != TG_Y_MAP) form = tg_yaml_type(y, i);
    else form = names_results(y, tg_y_deref(y, i)) ? read_result_record(y, i) : read_result_file(y, i);
    if (y->p->diags->error_count > errors) form = named_type(y, "nil", span); /* said once is enough */
    tg_n_set_result_form(n, form);
    return n;
}

/* ---- programs ------------------------------------------------------------------------------------ */

/* The program and its arguments; a list among them stands for its items. */
static struct tg_ast *read_run_words(struct tg_yaml *y, uint32_t i)
{
    size_t mark = y->stack.count;
    if (tg_y(y, tg_y_deref(y, i))->kind != TG_Y_LIST) return tg_yaml_word(y, i);
    tg_yaml_items(y, i, "'run'", read_run_words);
    return tg_yaml_node(y, TG_N_LIST, tg_y(y, tg_y_deref(y, i))->span, mark);
}

/* The words of one program. */
static struct tg_ast *read_part_words(struct tg_yaml *y, uint32_t i, const char *key)
{
    struct tg_ast *words = read_run_words(y, i);
    if (words->kind != TG_N_STR && words->kind != TG_N_TEMPLATE) return words;
    struct tg_diag *d = tg_diag_error(y->p->diags, words->span, "expected a list for '%s', found text", key);
    tg_diag_hint(y->p->diags, d, "'%s' takes %s as a list; 'sh' runs a line of shell.", key,
                 strcmp(key, "pipe") == 0 ? "each program with its arguments" : "the program and its arguments");
    return words;
}

static struct tg_ast *read_piped(struct tg_yaml *y, uint32_t item)
{
    return read_part_words(y, item, "pipe");
}

/* [[..], [..]] as run [..] | [..] */
static struct tg_ast *read_pipeline(struct tg_yaml *y, uint32_t i, tg_span span)
{
    size_t mark = y->stack.count;
    tg_yaml_items(y, i, "'pipe'", read_piped);
    size_t count = y->stack.count - mark;
    if (count == 0) tg_diag_error(y->p->diags, span, "'pipe' names no program");
    if (count > TG_MAX_PIPELINE) tg_diag_error(y->p->diags, span, "a pipeline of more than %d programs", TG_MAX_PIPELINE);
    if (count == 0 || count > TG_MAX_PIPELINE) {
        y->stack.count = mark;
        tg_yaml_push(y, tg_ast_new(y->p->arena, TG_N_LIST, span));
        count = 1;
    }
    struct tg_ast *n = tg_ast_new_list(y->p->arena, TG_N_RUN, span, (uint32_t)count - 1);
    tg_n_set_run_words(n, y->stack.items[mark]);
    for (uint32_t k = 1; k < count; k++) tg_n_run_piped(n).items[k - 1] = y->stack.items[mark + k];
    y->stack.count = mark;
    return n;
}

static struct tg_ast *read_one_program(struct tg_yaml *y, uint32_t i, bool run, tg_span span)
{
    struct tg_ast *n = tg_ast_new(y->p->arena, run ? TG_N_RUN : TG_N_SH, span);
    if (run) tg_n_set_run_words(n, read_part_words(y, i, "run"));
    else tg_n_set_sh_text(n, tg_yaml_text(y, i, "'sh'"));
    return n;
}

/* A path, or {text: value} */
static struct tg_ast *read_stdin(struct tg_yaml *y, uint32_t i)
{
    struct tg_yform f;
    if (tg_y(y, tg_y_deref(y, i))->kind != TG_Y_MAP) return tg_yaml_word(y, i);
    if (!tg_yaml_form(y, i, TG_YP_INPUT, &f)) return NULL;
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_TEXT, tg_y(y, i)->span);
    tg_n_set_text_value(n, read_run_words(y, f.value[TG_YK_TEXT]));
    return n;
}

static struct tg_ast *read_program(struct tg_yaml *y, const struct tg_yform *f)
{
    uint32_t i = f->value[f->lead];
    struct tg_ast *n = f->lead == TG_YK_PIPE ? read_pipeline(y, i, f->span)
                                             : read_one_program(y, i, f->lead == TG_YK_RUN, f->span);
    if (f->value[TG_YK_OUT]) tg_n_set_step_output(n, tg_yaml_word(y, f->value[TG_YK_OUT]));
    if (f->value[TG_YK_IN]) tg_n_set_step_input(n, read_stdin(y, f->value[TG_YK_IN]));
    return n;
}

static struct tg_ast *read_step(struct tg_yaml *y, uint32_t item)
{
    struct tg_yform f;
    return tg_yaml_form(y, item, TG_YP_PROGRAM, &f) ? read_program(y, &f) : NULL;
}

static struct tg_ast *read_server(struct tg_yaml *y, const struct tg_yform *f)
{
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_RUN, f->span);
    uint32_t effect = f->value[TG_YK_EFFECT];
    const struct tg_ast *said = effect ? tg_yaml_literal(y, effect) : NULL;
    tg_n_set_run_words(n, read_part_words(y, f->value[TG_YK_SERVE], "serve"));
    n->flags |= TG_F_SERVES;
    if (said && said->kind == TG_N_BOOL && said->i) n->flags |= TG_F_EFFECT;
    if (said && said->kind != TG_N_BOOL) tg_diag_error(y->p->diags, said->span, "expected true or false for 'effect'");
    return n;
}

/* The programs of a command onto the stack. */
static void read_programs(struct tg_yaml *y, const struct tg_yform *f)
{
    if (f->form == TG_YF_SERVER) {
        tg_yaml_push(y, read_server(y, f));
        return;
    }
    if (f->form == TG_YF_COMMAND) {
        tg_yaml_push(y, read_program(y, f));
        return;
    }
    const struct tg_ynode *list = tg_y(y, tg_y_deref(y, f->value[TG_YK_STEPS]));
    tg_yaml_items(y, f->value[TG_YK_STEPS], "'steps'", read_step);
    if (list->kind == TG_Y_LIST && list->count == 0) tg_diag_error(y->p->diags, list->span, "'steps' names no program");
}

/* ---- definitions --------------------------------------------------------------------------------- */

struct tg_ast *tg_yaml_command(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f;
    if (!tg_yaml_form(y, value, TG_YP_COMMAND, &f)) return NULL;
    size_t mark = y->stack.count;
    tg_span span = tg_y(y, key)->span;
    tg_yaml_push(y, typed_params(y, f.value[TG_YK_PARAMS]));
    tg_yaml_push(y, read_task_result(y, f.value[TG_YK_RESULT], span));
    tg_yaml_push(y, f.value[TG_YK_WITH] ? tg_yaml_options(y, f.value[TG_YK_WITH]) : NULL);
    read_programs(y, &f);
    struct tg_ast *task = tg_yaml_node(y, TG_N_TASK, span, mark);
    task->sym = tg_y(y, key)->count;
    return task;
}

struct tg_ast *tg_yaml_extern_task(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f;
    if (!tg_yaml_form(y, value, TG_YP_EXTERN, &f)) return NULL;
    struct tg_ast *task = tg_yaml_key_node(y, TG_N_TASK, key);
    tg_n_set_task_params(task, typed_params(y, f.value[TG_YK_PARAMS]));
    tg_n_set_task_result(task, tg_yaml_type(y, f.value[TG_YK_RESULT]));
    return task;
}

/* ---- commands inside tasks ----------------------------------------------------------------------- */

struct inline_names {
    struct tg_yaml *y;
    size_t mark; /* TG_N_NAME nodes on the stack from here */
};

static void collect_name(void *data, const struct tg_ast *name)
{
    struct inline_names *names = data;
    struct tg_yaml *y = names->y;
    if (name->sym == y->out_sym || tg_yaml_is_declared(y, name->sym)) return;
    for (size_t i = names->mark; i < y->stack.count; i++)
        if (y->stack.items[i]->sym == name->sym) return;
    tg_yaml_push(y, (struct tg_ast *)name);
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

static struct tg_ast *any_parameter(struct tg_yaml *y, const struct tg_ast *name)
{
    struct tg_ast *p = tg_ast_new(y->p->arena, TG_N_PARAMETER, name->span);
    p->sym = name->sym;
    tg_n_set_parameter_type(p, named_type(y, "any", name->span));
    return p;
}

/* Defines the command of a task; gives the call of it. */
static struct tg_ast *inline_command(struct tg_yaml *y, const struct tg_yform *f, const char *name)
{
    size_t mark = y->stack.count;
    tg_yaml_push(y, tg_ast_new(y->p->arena, TG_N_PARAMS, f->span)); /* until it is known what it uses */
    tg_yaml_push(y, read_task_result(y, f->value[TG_YK_RESULT], f->span));
    tg_yaml_push(y, NULL); /* options stand at the call */
    read_programs(y, f);
    struct tg_ast *task = tg_yaml_node(y, TG_N_TASK, f->span, mark);
    struct inline_names names = {y, mark};
    y->walk.found = collect_name;
    y->walk.data = &names;
    tg_yaml_walk(&y->walk, task);
    uint32_t count = (uint32_t)(y->stack.count - mark);
    struct tg_ast *params = tg_ast_new_list(y->p->arena, TG_N_PARAMS, f->span, count);
    struct tg_ast *call = tg_ast_new_list(y->p->arena, TG_N_CALL, f->span, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct tg_ast *used = y->stack.items[mark + i];
        tg_n_params_list(params).items[i] = any_parameter(y, used);
        tg_n_call_args(call).items[i] = tg_yaml_name_node(y, used->sym, used->span);
    }
    y->stack.count = mark;
    tg_n_set_task_params(task, params);
    task->sym = command_name(y, name);
    task->text = name;
    task->length = (uint32_t)strlen(name);
    tg_n_set_call_callee(call, tg_yaml_name_node(y, task->sym, f->span));
    tg_vec_push(&y->commands, task);
    return call;
}

/* ---- calls --------------------------------------------------------------------------------------- */

static void push_keyword(struct tg_yaml *y, const char *name, tg_span span, struct tg_ast *value)
{
    struct tg_ast *k = tg_ast_new(y->p->arena, TG_N_KEYWORD, span);
    k->sym = tg_names_add(y->p->names, name, strlen(name));
    tg_n_set_keyword_value(k, value);
    tg_yaml_push(y, k);
}

static struct tg_ast *keyword_argument(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_ast *n = tg_yaml_key_node(y, TG_N_KEYWORD, key);
    tg_n_set_keyword_value(n, tg_yaml_data(y, value));
    return n;
}

static struct tg_ast *read_call(struct tg_yaml *y, const struct tg_yform *f)
{
    size_t mark = y->stack.count;
    uint32_t i = f->value[TG_YK_CALL], args = f->value[TG_YK_ARGS], named = f->value[TG_YK_KWARGS];
    tg_yaml_push(y, tg_yaml_callee(y, i, "'call'"));
    if (args) tg_yaml_items(y, args, "'args'", tg_yaml_data);
    if (named) tg_yaml_entries(y, named, "'kwargs'", "the name of an argument", keyword_argument);
    return tg_yaml_node(y, TG_N_CALL, tg_y(y, i)->span, mark);
}

/* reduce(f, over, arity = .., init = ..) and fold(f, over, init) */
static struct tg_ast *read_reduction(struct tg_yaml *y, const struct tg_yform *f)
{
    size_t mark = y->stack.count;
    const char *what = tg_yaml_key_text(f->lead);
    tg_yaml_push(y, tg_yaml_name_node(y, tg_names_add(y->p->names, what, strlen(what)), f->span));
    tg_yaml_push(y, tg_yaml_callee(y, f->value[f->lead], f->lead == TG_YK_FOLD ? "'fold'" : "'reduce'"));
    tg_yaml_push(y, tg_yaml_no_text(y, f->value[TG_YK_OVER], "a list for 'over'"));
    if (f->value[TG_YK_ARITY]) push_keyword(y, "arity", f->key[TG_YK_ARITY], tg_yaml_data(y, f->value[TG_YK_ARITY]));
    if (f->value[TG_YK_INIT]) {
        struct tg_ast *init = tg_yaml_data(y, f->value[TG_YK_INIT]);
        if (f->lead == TG_YK_REDUCE) push_keyword(y, "init", f->key[TG_YK_INIT], init);
        else tg_yaml_push(y, init);
    }
    return tg_yaml_node(y, TG_N_CALL, tg_y(y, f->value[f->lead])->span, mark);
}

static struct tg_ast *for_clause(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_ast *targets = tg_yaml_targets(y, key);
    if (!targets) return NULL;
    struct tg_ast *clause = tg_ast_new(y->p->arena, TG_N_CFOR, tg_y(y, key)->span);
    tg_n_set_cfor_targets(clause, targets);
    tg_n_set_cfor_over(clause, tg_yaml_no_text(y, value, "a list for 'for'"));
    tg_vec_push(&y->overs, tg_y_deref(y, value));
    return clause;
}

/* [e for .. if ..]; command: what e calls; NULL: none that was defined for it. */
static struct tg_ast *comprehension(struct tg_yaml *y, const struct tg_yform *f, struct tg_ast *e, const struct tg_ast *command)
{
    size_t mark = y->stack.count, overs = y->overs.count;
    const struct tg_ynode *map = tg_y(y, tg_y_deref(y, f->value[TG_YK_FOR]));
    tg_yaml_push(y, e);
    tg_yaml_entries(y, f->value[TG_YK_FOR], "'for'", NULL, for_clause);
    if (map->kind == TG_Y_MAP && map->count == 0) tg_diag_error(y->p->diags, map->span, "'for' names no variable");
    if (f->value[TG_YK_IF]) {
        struct tg_ast *clause = tg_ast_new(y->p->arena, TG_N_CIF, f->key[TG_YK_IF]);
        tg_n_set_cif_condition(clause, tg_yaml_no_text(y, f->value[TG_YK_IF], "a condition for 'if'"));
        tg_yaml_push(y, clause);
    }
    struct tg_ast *comp = tg_yaml_node(y, TG_N_COMP, e->span, mark);
    tg_yaml_spell(y, comp, command, y->overs.count > overs ? &y->overs.items[overs] : NULL);
    y->overs.count = overs;
    return comp;
}

static bool binds_name(const struct tg_ast *comp, uint32_t sym)
{
    struct tg_kids clauses = tg_n_comp_clauses(comp);
    for (uint32_t i = 0; i < clauses.count; i++) {
        if (clauses.items[i]->kind != TG_N_CFOR) continue;
        struct tg_kids names = tg_n_targets_names(tg_n_cfor_targets(clauses.items[i]));
        for (uint32_t j = 0; j < names.count; j++)
            if (names.items[j]->sym == sym) return true;
    }
    return false;
}

/* Parameters of a task's command that its `for` binds go first: the others are variables of the file. comp: NULL: none. */
static void put_bound_first(struct tg_ast *command, struct tg_ast *call, const struct tg_ast *comp)
{
    struct tg_kids params = tg_n_params_list(tg_n_task_params(command)), args = tg_n_call_args(call);
    uint32_t bound = 0;
    for (uint32_t i = 0; i < params.count; i++) {
        struct tg_ast *param = params.items[i], *arg = args.items[i];
        if (!comp || !binds_name(comp, param->sym)) continue;
        for (uint32_t j = i; j > bound; j--) params.items[j] = params.items[j - 1], args.items[j] = args.items[j - 1];
        params.items[bound] = param, args.items[bound++] = arg;
    }
    command->loose = params.count - bound;
}

struct tg_ast *tg_yaml_task_value(struct tg_yaml *y, const struct tg_yform *f, const char *name)
{
    struct tg_ast *e, *command = NULL, *call = NULL;
    size_t texts = y->plain_texts.count;
    switch (f->form) {
    case TG_YF_CALL: e = read_call(y, f); break;
    case TG_YF_REDUCE:
    case TG_YF_FOLD: e = read_reduction(y, f); break;
    case TG_YF_VALUE: e = tg_yaml_value(y, f->value[TG_YK_VALUE], (struct tg_kids){0}); break;
    default: e = call = inline_command(y, f, name); command = y->commands.items[y->commands.count - 1];
    }
    if (call) put_bound_first(command, call, NULL);
    e = with_options(y, e, f->value[TG_YK_WITH], f->value[TG_YK_FOR] != 0);
    if (f->value[TG_YK_FOR]) {
        e = comprehension(y, f, e, command);
        if (call) put_bound_first(command, call, e);
        if (y->plain_texts.count > texts) y->plain_texts.items[texts].binders = tg_n_comp_clauses(e);
        return e;
    }
    if (f->value[TG_YK_IF]) {
        struct tg_diag *d = tg_diag_error(y->p->diags, f->key[TG_YK_IF], "'if' needs 'for' beside it");
        tg_diag_hint(y->p->diags, d, "it picks among what 'for' gives; for a choice write value: ${if c { a } else { b }}.");
    }
    return e;
}
