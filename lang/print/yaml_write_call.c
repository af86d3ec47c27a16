/* SPDX-License-Identifier: MIT
 * Calls and declarations of a syntax tree as YAML, each the mapping that the reader (yaml.c, yaml_task.c) takes for it.
 * What has no such form, a call with a keyword twice for example, stays a `${..}`; statements are `.tg`. */
#include "lang/print/print.h"
#include "lang/print/yaml_write.h"

/* ---- calls --------------------------------------------------------------------------------------- */

/* f or a.b.c */
static bool is_path(const struct tg_ast *n)
{
    while (n->kind == TG_N_FIELD) n = tg_n_field_base(n);
    return n->kind == TG_N_NAME;
}

static doc *write_callee(struct writer *w, const struct tg_ast *n)
{
    if (!is_path(n)) return tg_yaml_write_expression(w, n);
    w->text.length = 0;
    tg_print_expression(&w->text, n, w->names);
    return tg_yaml_write_text(w, w->text.data, w->text.length);
}

static bool is_text_node(const struct tg_ast *n)
{
    return n->kind == TG_N_STR || n->kind == TG_N_TEMPLATE;
}

/* Where the reader takes no text as such. */
static doc *write_no_text(struct writer *w, const struct tg_ast *n)
{
    return (is_text_node(n) ? tg_yaml_write_expression : tg_yaml_write_data)(w, n);
}

static uint32_t count_positional(struct tg_kids args)
{
    uint32_t count = 0;
    while (count < args.count && args.items[count]->kind != TG_N_KEYWORD) count++;
    return count;
}

/* reduce(f, xs, arity = .., init = ..) and fold(f, xs, init) have keys of their own. */
static bool is_reduction(struct writer *w, const struct tg_ast *n)
{
    struct tg_kids args = tg_n_call_args(n);
    uint32_t positional = count_positional(args);
    if (tg_n_call_callee(n)->kind != TG_N_NAME || positional < 2 || !is_path(args.items[0])) return false;
    const char *name = tg_yaml_write_name_text(w, tg_n_call_callee(n)->sym);
    if (strcmp(name, "fold") == 0) return positional == 3 && args.count == 3;
    if (strcmp(name, "reduce") != 0 || positional != 2) return false;
    static const char *const keys[] = {"arity", "init"}; /* in this order */
    size_t next = 0;
    for (uint32_t i = 2; i < args.count; i++) {
        while (next < 2 && strcmp(tg_yaml_write_name_text(w, args.items[i]->sym), keys[next]) != 0) next++;
        if (next++ >= 2) return false;
    }
    return true;
}

static void write_reduction(struct writer *w, doc *map, const struct tg_ast *n)
{
    struct tg_kids args = tg_n_call_args(n);
    tg_yaml_write_put(w, map, tg_yaml_write_name_text(w, tg_n_call_callee(n)->sym), write_callee(w, args.items[0]));
    tg_yaml_write_put(w, map, "over", write_no_text(w, args.items[1]));
    for (uint32_t i = 2; i < args.count; i++) {
        bool named = args.items[i]->kind == TG_N_KEYWORD;
        tg_yaml_write_put(w, map, named ? tg_yaml_write_name_text(w, args.items[i]->sym) : "init",
                          tg_yaml_write_data(w, tg_n_arg_value(args.items[i])));
    }
}

static bool call_keys(struct writer *w, doc *map, const struct tg_ast *n)
{
    if (is_reduction(w, n)) {
        write_reduction(w, map, n);
        return true;
    }
    struct tg_kids args = tg_n_call_args(n);
    uint32_t positional = count_positional(args);
    if (tg_yaml_write_has_twins((struct tg_kids){args.items + positional, args.count - positional})) return false;
    tg_yaml_write_put(w, map, "call", write_callee(w, tg_n_call_callee(n)));
    doc *list = tg_ydoc_list(&w->arena), *named = tg_ydoc_map(&w->arena);
    for (uint32_t i = 0; i < args.count; i++) {
        doc *value = tg_yaml_write_data(w, tg_n_arg_value(args.items[i]));
        if (i < positional) tg_ydoc_add(list, value);
        else tg_yaml_write_put_name(w, named, args.items[i]->sym, value);
    }
    if (positional > 0) tg_yaml_write_put(w, map, "args", list);
    if (positional < args.count) tg_yaml_write_put(w, map, "kwargs", named);
    return true;
}

static uint32_t first_target(const struct tg_ast *clause)
{
    return tg_n_targets_names(tg_n_cfor_targets(clause)).items[0]->sym;
}

/* Does a comprehension have the shape of `for: {..}` and `if:`? */
static bool is_for(const struct tg_ast *n)
{
    if (n->kind != TG_N_COMP || tg_n_comp_is_record(n)) return false;
    struct tg_kids clauses = tg_n_comp_clauses(n);
    for (uint32_t i = 0; i < clauses.count; i++) {
        if (clauses.items[i]->kind == TG_N_CIF) return i > 0 && i + 1 == clauses.count;
        for (uint32_t k = 0; k < i; k++)
            if (first_target(clauses.items[k]) == first_target(clauses.items[i])) return false;
    }
    return clauses.count > 0;
}

/* The reader takes scalars in the list for text if a variable is used in text alone. */
static bool would_be_text(const struct tg_ast *comp, const struct tg_ast *clause)
{
    struct tg_kids names = tg_n_targets_names(tg_n_cfor_targets(clause));
    for (uint32_t k = 0; k < names.count; k++)
        if (tg_yaml_only_text(comp, NULL, names.items[k]->sym)) return true;
    return false;
}

static bool is_all_text(struct tg_kids items)
{
    for (uint32_t i = 0; i < items.count; i++)
        if (!is_text_node(items.items[i])) return false;
    return true;
}

static doc *write_over(struct writer *w, const struct tg_ast *comp, const struct tg_ast *clause)
{
    const struct tg_ast *over = tg_n_cfor_over(clause);
    bool typed = over->kind == TG_N_LIST && !is_all_text(tg_n_list_items(over));
    return typed && would_be_text(comp, clause) ? tg_yaml_write_expression(w, over) : write_no_text(w, over);
}

static void for_keys(struct writer *w, doc *map, const struct tg_ast *n)
{
    struct tg_kids clauses = tg_n_comp_clauses(n);
    doc *loops = tg_ydoc_map(&w->arena);
    tg_yaml_write_put(w, map, "for", loops);
    for (uint32_t i = 0; i < clauses.count; i++) {
        const struct tg_ast *c = clauses.items[i];
        if (c->kind == TG_N_CIF) tg_yaml_write_put(w, map, "if", write_no_text(w, tg_n_cif_condition(c)));
        else tg_yaml_write_put(w, loops, tg_yaml_write_targets(w, tg_n_cfor_targets(c)), write_over(w, n, c));
    }
}

/* {call: f, args: [..], with: {..}, for: {..}}; NULL: the value is no call. */
doc *tg_yaml_write_call(struct writer *w, const struct tg_ast *n)
{
    const struct tg_ast *e = is_for(n) ? tg_n_comp_item(n) : n;
    const struct tg_ast *plain = e->kind == TG_N_OPTIONED ? tg_n_optioned_value(e) : e;
    if (plain->kind != TG_N_CALL) return NULL;
    if (e != plain && tg_yaml_write_has_twins(tg_n_options_list(tg_n_optioned_options(e)))) return NULL;
    doc *map = tg_ydoc_map(&w->arena);
    if (e != n) for_keys(w, map, n);
    if (!call_keys(w, map, plain)) return NULL;
    if (e != plain) tg_yaml_write_put(w, map, "with", tg_yaml_write_options(w, tg_n_optioned_options(e)));
    return map;
}

/* ---- declarations -------------------------------------------------------------------------------- */

static doc *write_use(struct writer *w, const struct tg_ast *n)
{
    bool quoted = n->flags & TG_F_QUOTED, looks_quoted = !tg_yaml_is_name(n->text, n->length);
    if (n->sym == TG_NO_NAME && quoted == looks_quoted) return tg_yaml_write_text(w, n->text, n->length);
    doc *map = tg_ydoc_map(&w->arena);
    tg_yaml_write_put(w, map, quoted ? "path" : "plugin", tg_yaml_write_text(w, n->text, n->length));
    if (n->sym != TG_NO_NAME) tg_yaml_write_put(w, map, "as", tg_yaml_write_name(w, n->sym));
    return map;
}

static doc *write_param(struct writer *w, const struct tg_ast *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    const struct tg_ast *type = tg_n_param_type(n), *choices = tg_n_param_choices(n), *value = tg_n_param_default(n);
    tg_yaml_write_put(w, map, "type", tg_yaml_write_type(w, type));
    if (choices) tg_yaml_write_put(w, map, "in", tg_yaml_write_data(w, choices));
    if (value) tg_yaml_write_put(w, map, "default", tg_yaml_write_value(w, value, tg_yaml_is_number_type(type)));
    if (n->text) tg_yaml_write_put(w, map, "help", tg_yaml_write_text(w, n->text, n->length));
    return map;
}

struct tg_printer tg_yaml_write_printer(struct writer *w, struct tg_buf *b)
{
    return (struct tg_printer){.b = b,
                               .names = w->names,
                               .tree = w->tree,
                               .source = w->source,
                               .printable = true,
                               .fresh = true,
                               .next = w->next,
                               .end = w->end};
}

doc *tg_yaml_write_printed(struct writer *w, struct tg_buf *b)
{
    if (b->length == 0) return tg_yaml_write_text(w, "", 0);
    tg_buf_char(b, '\n');
    doc *d = tg_ydoc_lines(&w->arena, b->data, b->length);
    tg_buf_done(b);
    return d;
}

static doc *write_body(struct writer *w, const struct tg_ast *block)
{
    struct tg_buf b = {0};
    struct tg_printer p = tg_yaml_write_printer(w, &b);
    tg_print_body(&p, block);
    w->next = p.next;
    return tg_yaml_write_printed(w, &b);
}

static void put_params(struct writer *w, doc *map, const struct tg_ast *params)
{
    if (tg_n_params_list(params).count) tg_yaml_write_put(w, map, "params", tg_yaml_write_params(w, params));
}

static doc *write_function(struct writer *w, const struct tg_ast *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    put_params(w, map, tg_n_fn_params(n));
    if (n->flags & TG_F_EQUALS) tg_yaml_write_put(w, map, "value", tg_yaml_write_data(w, tg_n_fn_body(n)));
    else tg_yaml_write_put(w, map, "do", write_body(w, tg_n_fn_body(n)));
    return map;
}

static doc *write_result_file(struct writer *w, const struct tg_ast *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    const struct tg_ast *path = tg_n_rfile_path(n);
    tg_yaml_write_put(w, map, n->flags & TG_F_LIST ? "files" : "file",
                      (is_text_node(path) ? tg_yaml_write_string : tg_yaml_write_expression)(w, path));
    return map;
}

static doc *write_result(struct writer *w, const struct tg_ast *n)
{
    if (n->kind == TG_N_TYPE) return tg_yaml_write_type(w, n);
    if (n->kind == TG_N_RFILE) return write_result_file(w, n);
    doc *map = tg_ydoc_map(&w->arena);
    struct tg_kids entries = tg_n_record_entries(n);
    for (uint32_t i = 0; i < entries.count; i++)
        tg_yaml_write_put_name(w, map, entries.items[i]->sym, write_result_file(w, tg_n_entry_value(entries.items[i])));
    return map;
}

/* Words of a program: of scalars, the reader takes only `${..}` for more than text. */
static doc *write_words(struct writer *w, const struct tg_ast *n)
{
    if (n->kind != TG_N_LIST)
        return (is_text_node(n) || n->kind == TG_N_RECORD ? tg_yaml_write_data : tg_yaml_write_expression)(w, n);
    doc *list = tg_ydoc_list(&w->arena);
    struct tg_kids items = tg_n_list_items(n);
    for (uint32_t i = 0; i < items.count; i++) tg_ydoc_add(list, write_words(w, items.items[i]));
    return list;
}

/* One program with its arguments. */
static doc *write_part(struct writer *w, const struct tg_ast *words)
{
    return (words->kind == TG_N_LIST ? write_words : tg_yaml_write_expression)(w, words);
}

static void write_pipeline(struct writer *w, doc *map, const struct tg_ast *n)
{
    struct tg_kids piped = tg_n_run_piped(n);
    doc *first = write_part(w, tg_n_run_words(n));
    if (!piped.count) {
        tg_yaml_write_put(w, map, "run", first);
        return;
    }
    doc *list = tg_ydoc_list(&w->arena);
    tg_ydoc_add(list, first);
    for (uint32_t i = 0; i < piped.count; i++) tg_ydoc_add(list, write_part(w, piped.items[i]));
    tg_yaml_write_put(w, map, "pipe", list);
}

/* A mapping has a form of its own there: a record is an expression. */
static doc *write_stdin(struct writer *w, const struct tg_ast *n)
{
    if (n->kind == TG_N_RECORD) return tg_yaml_write_expression(w, n);
    if (n->kind != TG_N_TEXT) return write_words(w, n);
    doc *map = tg_ydoc_map(&w->arena);
    tg_yaml_write_put(w, map, "text", write_words(w, tg_n_text_value(n)));
    return map;
}

static void write_program(struct writer *w, doc *map, const struct tg_ast *n)
{
    if (n->kind == TG_N_RUN) write_pipeline(w, map, n);
    else tg_yaml_write_put(w, map, "sh", tg_yaml_write_string(w, tg_n_sh_text(n)));
    if (tg_n_step_output(n)) tg_yaml_write_put(w, map, "out", write_words(w, tg_n_step_output(n)));
    if (tg_n_step_input(n)) tg_yaml_write_put(w, map, "in", write_stdin(w, tg_n_step_input(n)));
}

static doc *write_command(struct writer *w, const struct tg_ast *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    put_params(w, map, tg_n_task_params(n));
    tg_yaml_write_put(w, map, "result", write_result(w, tg_n_result_form(tg_n_task_result(n))));
    if (tg_n_task_options(n)) tg_yaml_write_put(w, map, "with", tg_yaml_write_options(w, tg_n_task_options(n)));
    struct tg_kids steps = tg_n_task_steps(n);
    if (steps.count == 1 && steps.items[0]->kind == TG_N_RUN && steps.items[0]->flags & TG_F_SERVES) {
        tg_yaml_write_put(w, map, "serve", write_part(w, tg_n_run_words(steps.items[0])));
        if (steps.items[0]->flags & TG_F_EFFECT) tg_yaml_write_put(w, map, "effect", tg_ydoc_plain(&w->arena, "true", 4));
        return map;
    }
    if (steps.count == 1) {
        write_program(w, map, steps.items[0]);
        return map;
    }
    doc *list = tg_ydoc_list(&w->arena);
    for (uint32_t i = 0; i < steps.count; i++) {
        doc *step = tg_ydoc_map(&w->arena);
        write_program(w, step, steps.items[i]);
        tg_ydoc_add(list, step);
    }
    tg_yaml_write_put(w, map, "steps", list);
    return map;
}

static doc *write_extern(struct writer *w, const struct tg_ast *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    tg_ydoc_break(map);
    struct tg_kids functions = tg_n_extern_functions(n);
    for (uint32_t i = 0; i < functions.count; i++) {
        const struct tg_ast *f = functions.items[i];
        doc *d = tg_ydoc_map(&w->arena);
        tg_yaml_write_take_comments(w, d, f->span.start);
        put_params(w, d, tg_n_task_params(f));
        tg_yaml_write_put(w, d, "result", tg_yaml_write_type(w, tg_n_task_result(f)));
        tg_yaml_write_put_name(w, map, f->sym, d);
    }
    return map;
}

/* The value of an output is written by print_yaml.c. */
doc *tg_yaml_write_declaration(struct writer *w, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_USE: return write_use(w, n);
    case TG_N_IMPORT: return tg_yaml_write_text(w, n->text, n->length);
    case TG_N_PARAM: return write_param(w, n);
    case TG_N_FN: return write_function(w, n);
    case TG_N_TASK: return write_command(w, n);
    case TG_N_FINALLY: return write_body(w, tg_n_fn_body(n));
    case TG_N_DEFAULTS: return tg_yaml_write_options(w, tg_n_defaults_options(n));
    default: return write_extern(w, n);
    }
}
