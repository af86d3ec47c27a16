/* SPDX-License-Identifier: MIT
 * The YAML form of a workflow: the same syntax tree as from `.tg`, so everything behind it is the same.
 *
 * The text becomes nodes (yaml_read.c), the sections of the top level become statements in a fixed order, whatever
 * theirs in the file: use, import, params, functions, commands, extern, tasks and program, outputs. Tasks and the
 * program are put into an order in which each name is bound before it is used (yaml_order.c). */
#include "lang/yaml/yaml.h"

#include <stdlib.h>

#include "engine/base/alloc.h"
#include "lang/read/parse_tg.h"
#include "lang/yaml/parse_yaml.h"

/* ---- use, import, params ------------------------------------------------------------------------- */

static struct tg_ast *use_node(struct tg_yaml *y, uint32_t name, bool path)
{
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_USE, tg_y(y, name)->span);
    if (!tg_yaml_expect(y, name, TG_Y_SCALAR, "a plugin")) return NULL;
    const struct tg_ynode *s = tg_y(y, tg_y_deref(y, name));
    if (tg_yaml_is_null(y, name)) {
        tg_diag_error(y->p->diags, n->span, "expected the name of a plugin, found nothing");
        return NULL;
    }
    tg_yaml_take_text(y, name, n);
    if (path || !tg_yaml_is_name(s->text, s->length)) n->flags |= TG_F_QUOTED;
    return n;
}

static struct tg_ast *use_item(struct tg_yaml *y, uint32_t item)
{
    struct tg_yform f;
    if (tg_y(y, tg_y_deref(y, item))->kind != TG_Y_MAP) return use_node(y, item, false);
    if (!tg_yaml_form(y, item, TG_YP_USE, &f)) return NULL;
    struct tg_ast *n = use_node(y, f.value[f.lead], f.lead == TG_YK_PATH);
    if (n && f.value[TG_YK_AS]) n->sym = tg_yaml_name(y, f.value[TG_YK_AS], "the name of a plugin");
    return n;
}

/* One item, or a list of them. */
static void use_section(struct tg_yaml *y, uint32_t i)
{
    if (tg_y(y, tg_y_deref(y, i))->kind == TG_Y_LIST) {
        tg_yaml_items(y, i, "'use'", use_item);
        return;
    }
    struct tg_ast *n = use_item(y, i);
    if (n) tg_yaml_push(y, n);
}

static struct tg_ast *import_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    if (!tg_yaml_expect(y, value, TG_Y_SCALAR, "the file of an import")) return NULL;
    struct tg_ast *n = tg_yaml_key_node(y, TG_N_IMPORT, key);
    n->span = tg_y(y, value)->span;
    tg_yaml_take_text(y, value, n);
    return n;
}

bool tg_yaml_is_number_type(const struct tg_ast *type)
{
    return strcmp(type->text, "int") == 0 || strcmp(type->text, "float") == 0 || strcmp(type->text, "num") == 0;
}

static struct tg_ast *param_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f = {0};
    struct tg_ast *n = tg_yaml_key_node(y, TG_N_PARAM, key);
    if (tg_y(y, tg_y_deref(y, value))->kind == TG_Y_SCALAR && !tg_yaml_is_null(y, value)) f.value[TG_YK_TYPE] = value;
    else if (!tg_yaml_form(y, value, TG_YP_PARAM, &f)) return NULL;
    struct tg_ast *type = tg_yaml_type(y, f.value[TG_YK_TYPE]);
    tg_n_set_param_type(n, type);
    uint32_t other = f.value[TG_YK_DEFAULT];
    if (other) tg_n_set_param_default(n, (tg_yaml_is_number_type(type) ? tg_yaml_literal : tg_yaml_data)(y, other));
    if (f.value[TG_YK_IN]) tg_n_set_param_choices(n, tg_yaml_data(y, f.value[TG_YK_IN]));
    uint32_t help = f.value[TG_YK_HELP];
    if (help && tg_yaml_expect(y, help, TG_Y_SCALAR, "'help'")) tg_yaml_take_text(y, help, n);
    return n;
}

/* ---- functions, commands, extern ----------------------------------------------------------------- */

static struct tg_ast *function_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f;
    if (!tg_yaml_form(y, value, TG_YP_FUNCTION, &f)) return NULL;
    struct tg_ast *n = tg_yaml_key_node(y, TG_N_FN, key);
    tg_n_set_fn_params(n, tg_yaml_params(y, f.value[TG_YK_PARAMS]));
    if (f.form == TG_YF_VALUE) {
        n->flags |= TG_F_EQUALS;
        tg_n_set_fn_body(n, tg_yaml_value(y, f.value[TG_YK_VALUE], tg_n_params_list(tg_n_fn_params(n))));
    } else {
        tg_n_set_fn_body(n, tg_yaml_statements(y, f.value[TG_YK_DO], TG_YK_DO));
    }
    return n;
}

static struct tg_ast *extern_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    size_t mark = y->stack.count;
    const struct tg_name *library = tg_names_get(y->p->names, tg_y(y, key)->count);
    const char *text = tg_arena_copy(y->p->arena, library->text, library->length);
    uint32_t length = library->length;
    tg_yaml_entries(y, value, "an extern library", "the name of a function", tg_yaml_extern_task);
    struct tg_ast *n = tg_yaml_node(y, TG_N_EXTERN, tg_y(y, key)->span, mark);
    n->text = text;
    n->length = length;
    return n;
}

/* ---- tasks, outputs ------------------------------------------------------------------------------ */

static struct tg_ast *task_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f;
    if (!tg_yaml_form(y, value, TG_YP_TASK, &f)) return NULL;
    tg_span span = tg_y(y, key)->span;
    uint32_t sym = tg_y(y, key)->count;
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_ASSIGN, span);
    size_t mark = y->stack.count;
    tg_yaml_push(y, tg_yaml_name_node(y, sym, span));
    tg_n_set_assign_targets(n, tg_yaml_node(y, TG_N_TARGETS, span, mark));
    tg_n_set_assign_value(n, tg_yaml_task_value(y, &f, tg_names_get(y->p->names, sym)->text));
    return n;
}

static struct tg_ast *output_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_ast *n = tg_yaml_key_node(y, TG_N_OUTPUT, key);
    if (!tg_yaml_is_null(y, value)) tg_n_set_output_value(n, tg_yaml_value(y, value, (struct tg_kids){0}));
    return n;
}

static void output_entries(struct tg_yaml *y, uint32_t map)
{
    tg_yaml_entries(y, map, "'outputs'", "the name of an output", output_entry);
}

static struct tg_ast *output_item(struct tg_yaml *y, uint32_t item)
{
    if (tg_y(y, tg_y_deref(y, item))->kind == TG_Y_MAP) {
        output_entries(y, item);
        return NULL;
    }
    uint32_t sym = tg_yaml_name(y, item, "the name of an output");
    if (sym == TG_NO_NAME) return NULL;
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_OUTPUT, tg_y(y, item)->span);
    n->sym = sym;
    return n;
}

/* A list of names and {name: value}, or a mapping name: value. */
static void outputs_section(struct tg_yaml *y, uint32_t i)
{
    if (tg_y(y, tg_y_deref(y, i))->kind == TG_Y_LIST) tg_yaml_items(y, i, "'outputs'", output_item);
    else output_entries(y, i);
}

static void defaults_section(struct tg_yaml *y, uint32_t i)
{
    struct tg_ast *options = tg_yaml_options(y, i);
    if (!options) return;
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_DEFAULTS, options->span);
    tg_n_set_defaults_options(n, options);
    tg_yaml_push(y, n);
}

static void section(struct tg_yaml *y, enum tg_ykey key, uint32_t value)
{
    if (tg_yaml_is_null(y, value)) return; /* a section whose content was taken out */
    switch (key) {
    case TG_YK_USE: use_section(y, value); break;
    case TG_YK_WITH: defaults_section(y, value); break;
    case TG_YK_IMPORT: tg_yaml_entries(y, value, "'import'", "the name of an import", import_entry); break;
    case TG_YK_PARAMS: tg_yaml_entries(y, value, "'params'", "the name of a parameter", param_entry); break;
    case TG_YK_FUNCTIONS: tg_yaml_entries(y, value, "'functions'", "the name of a function", function_entry); break;
    case TG_YK_COMMANDS: tg_yaml_entries(y, value, "'commands'", "the name of a command", tg_yaml_command); break;
    case TG_YK_EXTERN: tg_yaml_entries(y, value, "'extern'", NULL, extern_entry); break;
    case TG_YK_TASKS: tg_yaml_entries(y, value, "'tasks'", "the name of a task", task_entry); break;
    default: outputs_section(y, value);
    }
}

/* ---- what the file declares ---------------------------------------------------------------------- */

void tg_yaml_declare(struct tg_yaml *y, uint32_t sym)
{
    while (y->declared.count <= sym) tg_vec_push(&y->declared, false);
    y->declared.items[sym] = true;
}

static void declare(struct tg_yaml *y, struct tg_kids statements)
{
    for (uint32_t i = 0; i < statements.count; i++) {
        const struct tg_ast *n = statements.items[i];
        bool names = n->kind == TG_N_USE || n->kind == TG_N_IMPORT || n->kind == TG_N_FN || n->kind == TG_N_TASK;
        if (n->kind == TG_N_EXTERN) declare(y, tg_n_extern_functions(n));
        else if (names && n->sym != TG_NO_NAME) tg_yaml_declare(y, n->sym);
        else if (names) tg_yaml_declare(y, tg_names_add(y->p->names, n->text, n->length)); /* a plugin without an alias */
    }
}

/* ---- the file ------------------------------------------------------------------------------------ */

static void tasks_and_program(struct tg_yaml *y, const struct tg_yform *f)
{
    uint32_t text = f->value[TG_YK_PROGRAM];
    struct tg_ast *program = text ? tg_yaml_statements(y, text, TG_YK_PROGRAM)
                                  : tg_ast_new(y->p->arena, TG_N_BLOCK, (tg_span){0, 0});
    size_t mark = y->stack.count;
    declare(y, (struct tg_kids){y->stack.items, (uint32_t)mark});
    declare(y, tg_n_block_statements(program));
    if (f->value[TG_YK_TASKS]) section(y, TG_YK_TASKS, f->value[TG_YK_TASKS]);
    tg_yaml_order(y, mark, program);
}

/* Statements, as those of a `finally { .. }`. */
static void finally_section(struct tg_yaml *y, uint32_t text, tg_span key)
{
    static const char outcome[] = "outcome";
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_FINALLY, key);
    struct tg_ast *parameter = tg_ast_new(y->p->arena, TG_N_PARAMETER, key);
    parameter->sym = tg_names_add(y->p->names, outcome, sizeof outcome - 1);
    tg_n_set_fn_params(n, tg_ast_new_of(y->p->arena, TG_N_PARAMS, key, (struct tg_kids){&parameter, 1}));
    tg_n_set_fn_body(n, tg_yaml_statements(y, text, TG_YK_FINALLY));
    tg_yaml_push(y, n);
}

static void build(struct tg_yaml *y)
{
    static const enum tg_ykey order[] = {TG_YK_USE,       TG_YK_IMPORT,   TG_YK_WITH,  TG_YK_PARAMS,
                                         TG_YK_FUNCTIONS, TG_YK_COMMANDS, TG_YK_EXTERN};
    struct tg_yform f;
    if (y->nodes.count == 0 || tg_yaml_is_null(y, 0)) return; /* an empty file is an empty program */
    if (!tg_yaml_form(y, 0, TG_YP_FILE, &f) && !f.form) return;
    y->out_sym = tg_names_add(y->p->names, "out", 3);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (f.value[order[i]]) section(y, order[i], f.value[order[i]]);
    tasks_and_program(y, &f);
    uint32_t count = (uint32_t)y->stack.count;
    if (f.value[TG_YK_OUTPUTS]) section(y, TG_YK_OUTPUTS, f.value[TG_YK_OUTPUTS]);
    if (f.value[TG_YK_FINALLY]) finally_section(y, f.value[TG_YK_FINALLY], f.key[TG_YK_FINALLY]);
    tg_yaml_warn_of_texts(y, (struct tg_kids){y->stack.items, count});
}

/* ---- passages of .tg ------------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b)
{
    const tg_span *x = a, *y = b; /* which comments and passages begin with */
    return x->start < y->start ? -1 : x->start > y->start;
}

/* Into the order of the text, each once: an alias gives a passage and its comments a second time. */
static size_t sort_places(void *items, size_t count, size_t bytes)
{
    char *first = items, *last = first;
    if (count == 0) return 0;
    qsort(items, count, bytes, by_place);
    for (char *at = first + bytes; at < first + count * bytes; at += bytes)
        if (by_place(last, at) != 0) memmove(last += bytes, at, bytes);
    return (size_t)(last - first) / bytes + 1;
}

static void keep_passages(struct tg_yaml *y)
{
    struct tg_tree *t = y->tree;
    if (y->passages.count == 0) return;
    t->comments.count = sort_places(t->comments.items, t->comments.count, sizeof *t->comments.items);
    t->passage_count = sort_places(y->passages.items, y->passages.count, sizeof *y->passages.items);
    size_t bytes = t->passage_count * sizeof *t->passages;
    t->passages = memcpy(tg_arena_alloc(y->p->arena, bytes), y->passages.items, bytes);
}

static void done(struct tg_yaml *y)
{
    tg_vec_done(&y->nodes);
    tg_vec_done(&y->seen);
    tg_vec_done(&y->keys);
    tg_vec_done(&y->stack);
    tg_vec_done(&y->commands);
    tg_vec_done(&y->passages);
    tg_vec_done(&y->plain_texts);
    tg_vec_done(&y->overs);
    tg_yaml_walk_done(&y->walk);
    tg_vec_done(&y->declared);
}

static struct tg_yaml begin(struct tg_parse *p, struct tg_tree *out)
{
    const struct tg_source *s = p->source;
    return (struct tg_yaml){.p = p, .text = s->text, .length = s->length, .base = s->base, .tree = out};
}

void tg_parse_yaml(struct tg_parse *p, struct tg_tree *out)
{
    struct tg_yaml y = begin(p, out);
    out->yaml = true;
    if (tg_yaml_read(&y)) build(&y);
    keep_passages(&y);
    out->file = tg_yaml_node(&y, TG_N_FILE, (tg_span){y.base, y.base + y.length}, 0);
    tg_parse_tg_defaults(p, out);
    TG_ASSERT(tg_ast_is_sound(out->file));
    done(&y);
}

/* The same reader and the same scalars as in a workflow, but `${` means nothing: a file of data is not a program. */
struct tg_ast *tg_parse_yaml_value(struct tg_parse *p)
{
    struct tg_yaml y = begin(p, NULL);
    size_t errors = p->diags->error_count;
    struct tg_ast *n = NULL;
    y.constants = true;
    if (tg_yaml_read(&y)) /* an empty file sets nothing */
        n = y.nodes.count ? tg_yaml_data(&y, 0) : tg_ast_new(p->arena, TG_N_RECORD, (tg_span){y.base, y.base});
    done(&y);
    return p->diags->error_count == errors ? n : NULL;
}
