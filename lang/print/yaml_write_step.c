/* SPDX-License-Identifier: MIT
 * Statements of a syntax tree as YAML: calls, declarations and steps, each the mapping that the reader (yaml_task.c,
 * yaml_step.c) takes for it. What has no such form, a call with a keyword twice for example, stays a `${..}`. */
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

static doc *function(struct writer *w, const struct tg_node *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    if (n->kid[0]->count) tg_yw_put(w, map, "params", tg_yw_params(w, n->kid[0]));
    if (n->flags & TG_F_EQUALS) tg_yw_put(w, map, "value", tg_yw_data(w, n->kid[1]));
    else tg_yw_put(w, map, "do", tg_yw_block(w, n->kid[1]));
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

/* ---- steps --------------------------------------------------------------------------------------- */

const char *const tg_yw_sections[] = {
    [TG_N_USE] = "use", [TG_N_IMPORT] = "import", [TG_N_PARAM] = "params", [TG_N_FN] = "functions",
    [TG_N_TASK] = "commands", [TG_N_EXTERN] = "extern", [TG_N_OUTPUT] = "outputs",
};

/* Adds a declaration to its section's document. */
void tg_yw_declare(struct writer *w, doc *section, const struct tg_node *n, doc *d)
{
    switch (n->kind) {
    case TG_N_USE: tg_ydoc_add(section, d); break;
    case TG_N_EXTERN: tg_ydoc_put(&w->arena, section, n->str, n->aux, d); break;
    default: tg_yw_put_name(w, section, n->sym, d);
    }
}

doc *tg_yw_declaration(struct writer *w, const struct tg_node *n)
{
    switch (n->kind) {
    case TG_N_USE: return use(w, n);
    case TG_N_IMPORT: return tg_yw_text(w, n->str, n->aux);
    case TG_N_PARAM: return param(w, n);
    case TG_N_FN: return function(w, n);
    case TG_N_TASK: return command(w, n);
    case TG_N_EXTERN: return extern_block(w, n);
    default: return n->kid[0] && n->kid[0]->span.start != n->span.start ? tg_yw_data(w, n->kid[0]) : tg_yw_word(w, "null");
    }
}

static void assign(struct writer *w, doc *map, const struct tg_node *n)
{
    if (n->kid[0]->count == 1) {
        doc *set = tg_ydoc_map(&w->arena);
        tg_yw_put_name(w, set, n->kid[0]->kid[0]->sym, tg_yw_data(w, n->kid[1]));
        tg_yw_put(w, map, "set", set);
        return;
    }
    doc *names = tg_ydoc_list(&w->arena);
    for (uint32_t i = 0; i < n->kid[0]->count; i++) tg_ydoc_add(names, tg_yw_name(w, n->kid[0]->kid[i]->sym));
    tg_yw_put(w, map, "unpack", names);
    tg_yw_put(w, map, "value", tg_yw_data(w, n->kid[1]));
}

static void augment(struct writer *w, doc *map, const struct tg_node *n)
{
    if (n->op == TG_OP_ADD) {
        doc *add = tg_ydoc_map(&w->arena);
        tg_yw_put_name(w, add, n->sym, tg_yw_data(w, n->kid[0]));
        tg_yw_put(w, map, "add", add);
        return;
    }
    tg_yw_put(w, map, "augment", tg_yw_name(w, n->sym));
    tg_yw_put(w, map, "op", tg_yw_word(w, tg_arena_format(&w->arena, "\"%s=\"", tg_ast_op_text(n->op))));
    tg_yw_put(w, map, "value", tg_yw_data(w, n->kid[0]));
}

static void if_keys(struct writer *w, doc *map, const struct tg_node *n)
{
    tg_yw_put(w, map, "if", tg_yw_data(w, n->kid[0]));
    tg_yw_put(w, map, "then", tg_yw_block(w, n->kid[1]));
    if (n->count < 3 || !n->kid[2]) return;
    if (n->kid[2]->kind != TG_N_IF) {
        tg_yw_put(w, map, "else", tg_yw_block(w, n->kid[2]));
        return;
    }
    doc *other = tg_ydoc_map(&w->arena);
    tg_ydoc_break(other);
    if_keys(w, other, n->kid[2]);
    tg_yw_put(w, map, "else", other);
}

static void loop(struct writer *w, doc *map, const struct tg_node *n)
{
    if (n->kind == TG_N_FOR) {
        doc *names = tg_ydoc_map(&w->arena);
        tg_yw_put(w, names, tg_yw_targets(w, n->kid[0]), tg_yw_data(w, n->kid[1]));
        tg_yw_put(w, map, "for", names);
    } else {
        tg_yw_put(w, map, "while", tg_yw_data(w, n->kid[0]));
    }
    tg_yw_put(w, map, "do", tg_yw_block(w, n->kid[n->count - 1]));
}

/* Statements that are mappings. */
static void step_keys(struct writer *w, doc *map, const struct tg_node *n)
{
    switch (n->kind) {
    case TG_N_ASSIGN: assign(w, map, n); break;
    case TG_N_AUGMENT: augment(w, map, n); break;
    case TG_N_FOR: case TG_N_WHILE: loop(w, map, n); break;
    case TG_N_IF: if_keys(w, map, n); break;
    case TG_N_WITH:
        tg_yw_put(w, map, "with", tg_yw_options(w, n->kid[0]));
        tg_yw_put(w, map, "do", tg_yw_block(w, n->kid[1]));
        break;
    case TG_N_ASSERT:
        tg_yw_put(w, map, "assert", tg_yw_data(w, n->kid[0]));
        if (n->kid[1]) tg_yw_put(w, map, "message", tg_yw_data(w, n->kid[1]));
        break;
    case TG_N_RETURN: tg_yw_put(w, map, "return", tg_yw_data(w, n->kid[0])); break;
    case TG_N_EXPR: tg_yw_put(w, map, "eval", tg_yw_data(w, n->kid[0])); break;
    default: {
        doc *section = n->kind == TG_N_USE ? tg_ydoc_list(&w->arena) : tg_ydoc_map(&w->arena);
        tg_yw_declare(w, section, n, tg_yw_declaration(w, n));
        tg_yw_put(w, map, tg_yw_sections[n->kind], section);
    }
    }
}

doc *tg_yw_step(struct writer *w, const struct tg_node *n)
{
    if (n->kind == TG_N_BREAK) return tg_yw_word(w, "break");
    if (n->kind == TG_N_CONTINUE) return tg_yw_word(w, "continue");
    if (n->kind == TG_N_RETURN && !n->kid[0]) return tg_yw_word(w, "return");
    if (n->kind == TG_N_EXPR) {
        doc *d = tg_yw_call(w, n->kid[0]);
        if (d) return d;
    }
    doc *map = tg_ydoc_map(&w->arena);
    step_keys(w, map, n);
    return map;
}

/* Steps with their comments. */
static void steps(struct writer *w, doc *list, struct tg_node *const *kids, uint32_t count, uint32_t end)
{
    for (uint32_t i = 0; i < count; i++) {
        if (kids[i]->kind == TG_N_ERROR) continue;
        doc *before = tg_ydoc_list(&w->arena);
        tg_yw_take_comments(w, before, kids[i]->span.start);
        doc *d = tg_yw_step(w, kids[i]);
        tg_ydoc_take_comments(d, before);
        tg_yw_take_trailing(w, d, i + 1 < count ? kids[i + 1]->span.start : end);
        tg_ydoc_add(list, d);
    }
    doc *last = tg_ydoc_comments(&w->arena);
    tg_yw_take_comments(w, last, end);
    if (last->comments) tg_ydoc_add(list, last);
}

doc *tg_yw_block(struct writer *w, const struct tg_node *n)
{
    struct tg_printer p = {.tree = w->tree, .source = w->source, .next = w->next, .end = w->end};
    doc *list = tg_ydoc_list(&w->arena);
    if (n->count) tg_ydoc_break(list);
    steps(w, list, n->kid, n->count, tg_print_block_end(&p, n));
    return list;
}
