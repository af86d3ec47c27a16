/* SPDX-License-Identifier: MIT
 * Calls and declarations of a syntax tree as YAML, each the mapping that the reader (yaml.c, yaml_task.c) takes for it.
 * What has no such form, a call with a keyword twice for example, stays a `${..}`; statements are `.tg`. */
#include "lang/print/yaml_writer.h"

/* ---- calls --------------------------------------------------------------------------------------- */

/* f or a.b.c; NULL: another expression */
static doc *callee(struct writer *w, const struct tg_node *n)
{
    const struct tg_node *root = n;
    while (root->kind == TG_N_FIELD) root = root->kid[0];
    if (root->kind != TG_N_NAME) return tg_yw_expression(w, n);
    w->text.length = 0;
    struct tg_printer p = {.b = &w->text, .names = w->names, .flat = true, .columns = SIZE_MAX};
    tg_print_expr(&p, n, TG_L_EXPR, 0);
    return tg_yw_text(w, w->text.data, w->text.length);
}

static bool is_named(const struct writer *w, const struct tg_node *n, const char *wanted)
{
    return n->kind == TG_N_NAME && strcmp(tg_names_get(w->names, n->sym)->text, wanted) == 0;
}

/* reduce(f, xs, arity = .., init = ..) and fold(f, xs, init) have keys of their own. */
static bool is_reduction(const struct writer *w, const struct tg_node *n, const char *wanted)
{
    if (!is_named(w, n->kid[0], wanted) || n->count < 3) return false;
    if (n->kid[1]->kind == TG_N_KEYWORD || n->kid[2]->kind == TG_N_KEYWORD) return false;
    const struct tg_node *root = n->kid[1];
    while (root->kind == TG_N_FIELD) root = root->kid[0];
    if (root->kind != TG_N_NAME) return false;
    if (wanted[0] == 'f') return n->count == 4 && n->kid[3]->kind != TG_N_KEYWORD;
    bool arity = false, init = false;
    for (uint32_t i = 3; i < n->count; i++) {
        const struct tg_node *k = n->kid[i];
        if (k->kind != TG_N_KEYWORD) return false;
        const char *key = tg_names_get(w->names, k->sym)->text;
        if (strcmp(key, "arity") == 0 && !arity && !init) arity = true;
        else if (strcmp(key, "init") == 0 && !init) init = true;
        else return false;
    }
    return true;
}

static void reduction(struct writer *w, doc *map, const struct tg_node *n, const char *what)
{
    tg_yw_put(w, map, what, callee(w, n->kid[1]));
    tg_yw_put(w, map, "over", tg_yw_data(w, n->kid[2]));
    for (uint32_t i = 3; i < n->count; i++) {
        const struct tg_node *k = n->kid[i];
        if (k->kind != TG_N_KEYWORD) tg_yw_put(w, map, "init", tg_yw_data(w, k));
        else tg_yw_put(w, map, tg_yw_name_text(w, k->sym), tg_yw_data(w, k->kid[0]));
    }
}

static bool repeats_keyword(const struct tg_node *call, uint32_t from)
{
    for (uint32_t i = from; i < call->count; i++)
        for (uint32_t k = from; k < i; k++)
            if (call->kid[i]->sym == call->kid[k]->sym) return true;
    return false;
}

static bool call_keys(struct writer *w, doc *map, const struct tg_node *n)
{
    if (is_reduction(w, n, "reduce") || is_reduction(w, n, "fold")) {
        reduction(w, map, n, tg_yw_name_text(w, n->kid[0]->sym));
        return true;
    }
    uint32_t positional = 1;
    while (positional < n->count && n->kid[positional]->kind != TG_N_KEYWORD) positional++;
    if (repeats_keyword(n, positional)) return false;
    tg_yw_put(w, map, "call", callee(w, n->kid[0]));
    doc *args = positional > 1 ? tg_ydoc_list(&w->arena) : NULL, *kwargs = NULL;
    for (uint32_t i = 1; i < positional; i++) tg_ydoc_add(args, tg_yw_data(w, n->kid[i]));
    for (uint32_t i = positional; i < n->count; i++) {
        if (!kwargs) kwargs = tg_ydoc_map(&w->arena);
        tg_yw_put_name(w, kwargs, n->kid[i]->sym, tg_yw_data(w, n->kid[i]->kid[0]));
    }
    if (args) tg_yw_put(w, map, "args", args);
    if (kwargs) tg_yw_put(w, map, "kwargs", kwargs);
    return true;
}

/* Does a comprehension have the shape of `for: {..}` and `if:`? */
static bool is_for(const struct tg_node *n)
{
    if (n->kind != TG_N_COMP || n->count < 2) return false;
    for (uint32_t i = 1; i < n->count; i++) {
        if (n->kid[i]->kind == TG_N_CIF) return i > 1 && i + 1 == n->count;
        for (uint32_t k = 1; k < i; k++)
            if (n->kid[k]->kid[0]->kid[0]->sym == n->kid[i]->kid[0]->kid[0]->sym) return false;
    }
    return true;
}

static void for_keys(struct writer *w, doc *map, const struct tg_node *n)
{
    doc *loops = tg_ydoc_map(&w->arena);
    tg_yw_put(w, map, "for", loops);
    for (uint32_t i = 1; i < n->count; i++) {
        const struct tg_node *clause = n->kid[i];
        if (clause->kind == TG_N_CIF) tg_yw_put(w, map, "if", tg_yw_data(w, clause->kid[0]));
        else tg_yw_put(w, loops, tg_yw_targets(w, clause->kid[0]), tg_yw_data(w, clause->kid[1]));
    }
}

/* {call: f, args: [..], with: {..}, for: {..}}; NULL: the value is no call. */
doc *tg_yw_call(struct writer *w, const struct tg_node *n)
{
    const struct tg_node *e = is_for(n) ? n->kid[0] : n;
    const struct tg_node *plain = e->kind == TG_N_OPTIONED ? e->kid[0] : e;
    if (plain->kind != TG_N_CALL) return NULL;
    doc *map = tg_ydoc_map(&w->arena);
    if (e != n) for_keys(w, map, n);
    if (!call_keys(w, map, plain)) return NULL;
    if (e->kind == TG_N_OPTIONED) tg_yw_put(w, map, "with", tg_yw_options(w, e->kid[1]));
    return map;
}

/* ---- declarations -------------------------------------------------------------------------------- */

static doc *use(struct writer *w, const struct tg_node *n)
{
    bool quoted = n->flags & TG_F_QUOTED, looks_quoted = !tg_yaml_is_name(n->str, n->aux);
    if (n->sym == TG_NO_NAME && quoted == looks_quoted) return tg_yw_text(w, n->str, n->aux);
    doc *map = tg_ydoc_map(&w->arena);
    tg_yw_put(w, map, quoted ? "path" : "plugin", tg_yw_text(w, n->str, n->aux));
    if (n->sym != TG_NO_NAME) tg_yw_put(w, map, "as", tg_yw_name(w, n->sym));
    return map;
}

static doc *param(struct writer *w, const struct tg_node *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    const char *t = n->kid[0]->str;
    bool unit = strcmp(t, "int") == 0 || strcmp(t, "float") == 0 || strcmp(t, "num") == 0;
    tg_yw_put(w, map, "type", tg_yw_type(w, n->kid[0]));
    if (n->kid[2]) tg_yw_put(w, map, "in", tg_yw_data(w, n->kid[2]));
    if (n->kid[1]) tg_yw_put(w, map, "default", tg_yw_value(w, n->kid[1], unit));
    if (n->str) tg_yw_put(w, map, "help", tg_yw_text(w, n->str, n->aux));
    return map;
}

struct tg_printer tg_yw_printer(struct writer *w, struct tg_buf *b)
{
    return (struct tg_printer){.b = b, .names = w->names, .tree = w->tree, .source = w->source, .printable = true,
                               .fresh = true, .next = w->next, .end = w->end};
}

doc *tg_yw_printed(struct writer *w, struct tg_buf *b)
{
    if (b->length == 0) return tg_yw_text(w, "", 0);
    tg_buf_char(b, '\n');
    doc *d = tg_ydoc_lines(&w->arena, b->data, b->length);
    tg_buf_done(b);
    return d;
}

static doc *body(struct writer *w, const struct tg_node *block)
{
    struct tg_buf b = {0};
    struct tg_printer p = tg_yw_printer(w, &b);
    tg_print_body(&p, block);
    w->next = p.next;
    return tg_yw_printed(w, &b);
}

static doc *function(struct writer *w, const struct tg_node *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    if (n->kid[0]->count) tg_yw_put(w, map, "params", tg_yw_params(w, n->kid[0]));
    if (n->flags & TG_F_EQUALS) tg_yw_put(w, map, "value", tg_yw_data(w, n->kid[1]));
    else tg_yw_put(w, map, "do", body(w, n->kid[1]));
    return map;
}

static doc *result_file(struct writer *w, const struct tg_node *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    const struct tg_node *path = n->kid[0];
    bool is_text = path->kind == TG_N_STR || path->kind == TG_N_TEMPLATE;
    tg_yw_put(w, map, n->flags & TG_F_LIST ? "files" : "file", is_text ? tg_yw_string(w, path) : tg_yw_expression(w, path));
    return map;
}

static doc *result(struct writer *w, const struct tg_node *n)
{
    if (n->kind == TG_N_TYPE) return tg_yw_type(w, n);
    if (n->kind == TG_N_RFILE) return result_file(w, n);
    doc *map = tg_ydoc_map(&w->arena);
    for (uint32_t i = 0; i < n->count; i++) tg_yw_put_name(w, map, n->kid[i]->sym, result_file(w, n->kid[i]->kid[0]));
    return map;
}

static void program(struct writer *w, doc *map, const struct tg_node *n)
{
    if (n->kind == TG_N_RUN) {
        doc *run = tg_yw_data(w, n->kid[0]);
        bool is_text = n->kid[0]->kind == TG_N_STR || n->kid[0]->kind == TG_N_TEMPLATE;
        tg_yw_put(w, map, "run", is_text ? tg_yw_expression(w, n->kid[0]) : run);
    } else {
        tg_yw_put(w, map, "sh", tg_yw_string(w, n->kid[0]));
    }
    if (n->kid[1]) tg_yw_put(w, map, "out", tg_yw_data(w, n->kid[1]));
    if (n->kid[2]) tg_yw_put(w, map, "in", tg_yw_data(w, n->kid[2]));
}

static doc *command(struct writer *w, const struct tg_node *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    if (n->kid[0]->count) tg_yw_put(w, map, "params", tg_yw_params(w, n->kid[0]));
    tg_yw_put(w, map, "result", result(w, n->kid[1]->kid[0]));
    if (n->kid[2]) tg_yw_put(w, map, "with", tg_yw_options(w, n->kid[2]));
    if (n->count == 4) {
        program(w, map, n->kid[3]);
        return map;
    }
    doc *steps = tg_ydoc_list(&w->arena);
    for (uint32_t i = 3; i < n->count; i++) {
        doc *step = tg_ydoc_map(&w->arena);
        program(w, step, n->kid[i]);
        tg_ydoc_add(steps, step);
    }
    tg_yw_put(w, map, "steps", steps);
    return map;
}

static doc *extern_block(struct writer *w, const struct tg_node *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    tg_ydoc_break(map);
    for (uint32_t i = 0; i < n->count; i++) {
        doc *f = tg_ydoc_map(&w->arena);
        tg_yw_take_comments(w, f, n->kid[i]->span.start);
        if (n->kid[i]->kid[0]->count) tg_yw_put(w, f, "params", tg_yw_params(w, n->kid[i]->kid[0]));
        tg_yw_put(w, f, "result", tg_yw_type(w, n->kid[i]->kid[1]));
        tg_yw_put_name(w, map, n->kid[i]->sym, f);
    }
    return map;
}

/* The value of an output is written by print_yaml.c. */
doc *tg_yw_declaration(struct writer *w, const struct tg_node *n)
{
    switch (n->kind) {
    case TG_N_USE: return use(w, n);
    case TG_N_IMPORT: return tg_yw_text(w, n->str, n->aux);
    case TG_N_PARAM: return param(w, n);
    case TG_N_FN: return function(w, n);
    case TG_N_TASK: return command(w, n);
    default: return extern_block(w, n);
    }
}
