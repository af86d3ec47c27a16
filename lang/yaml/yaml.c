/* SPDX-License-Identifier: MIT
 * The YAML form of a workflow: the same syntax tree as from `.tg`, so everything behind it is the same.
 *
 * The text becomes nodes (yaml_read.c), the sections of the top level become statements in a fixed order, whatever
 * theirs in the file: use, import, params, functions, commands, extern, tasks and program, outputs. Tasks and the
 * program are put into an order in which each name is bound before it is used (yaml_order.c). */
#include "lang/yaml/yaml.h"

#include <stdlib.h>

#include "engine/base/alloc.h"
#include "lang/yaml/parse_yaml.h"

static void push(struct tg_yaml *y, struct tg_node *n)
{
    if (n) tg_vec_push(&y->stack, n);
}

/* ---- use, import, params ------------------------------------------------------------------------- */

static struct tg_node *use_node(struct tg_yaml *y, uint32_t name, bool path)
{
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_USE, tg_y(y, name)->span, 0);
    if (!tg_yaml_expect(y, name, TG_Y_SCALAR, "a plugin")) return NULL;
    const struct tg_ynode *s = tg_y(y, tg_y_deref(y, name));
    if (s->length == 0) {
        tg_diag_error(y->p->diags, n->span, "expected the name of a plugin, found nothing");
        return NULL;
    }
    n->str = tg_yaml_string(y, name);
    n->aux = s->length;
    if (path || !tg_yaml_is_name(s->text, s->length)) n->flags |= TG_F_QUOTED;
    return n;
}

static void use_item(struct tg_yaml *y, uint32_t item)
{
    struct tg_yform f;
    if (tg_y(y, tg_y_deref(y, item))->kind != TG_Y_MAP) {
        push(y, use_node(y, item, false));
        return;
    }
    if (!tg_yaml_form(y, item, TG_YP_USE, &f)) return;
    struct tg_node *n = use_node(y, f.value[f.lead], f.lead == TG_YK_PATH);
    if (n && f.value[TG_YK_AS]) n->sym = tg_yaml_name(y, f.value[TG_YK_AS], "the name of a plugin");
    push(y, n);
}

/* One item, or a list of them. */
static void use_section(struct tg_yaml *y, uint32_t i)
{
    uint32_t list = tg_y_deref(y, i);
    if (tg_y(y, list)->kind != TG_Y_LIST) {
        use_item(y, i);
        return;
    }
    for (uint32_t item = list + 1; item < tg_y(y, list)->next; item = tg_y(y, item)->next) use_item(y, item);
}

static void import_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    if (!tg_yaml_expect(y, value, TG_Y_SCALAR, "the file of an import")) return;
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_IMPORT, tg_y(y, value)->span, 0);
    n->sym = tg_y(y, key)->count;
    n->str = tg_yaml_string(y, value);
    n->aux = tg_y(y, tg_y_deref(y, value))->length;
    push(y, n);
}

/* Is the type one whose values may be written as durations or sizes? */
static bool is_number_type(const struct tg_node *type)
{
    return strcmp(type->str, "int") == 0 || strcmp(type->str, "float") == 0 || strcmp(type->str, "num") == 0;
}

static void param_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f = {0};
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_PARAM, tg_y(y, key)->span, 3);
    n->sym = tg_y(y, key)->count;
    if (tg_y(y, tg_y_deref(y, value))->kind == TG_Y_SCALAR && !tg_yaml_is_null(y, value)) f.value[TG_YK_TYPE] = value;
    else if (!tg_yaml_form(y, value, TG_YP_PARAM, &f)) return;
    n->kid[0] = tg_yaml_type(y, f.value[TG_YK_TYPE]);
    uint32_t other = f.value[TG_YK_DEFAULT];
    if (other) n->kid[1] = is_number_type(n->kid[0]) ? tg_yaml_literal(y, other) : tg_yaml_data(y, other);
    if (f.value[TG_YK_IN]) n->kid[2] = tg_yaml_data(y, f.value[TG_YK_IN]);
    uint32_t help = f.value[TG_YK_HELP];
    if (help && tg_yaml_expect(y, help, TG_Y_SCALAR, "'help'")) {
        n->str = tg_yaml_string(y, help);
        n->aux = tg_y(y, tg_y_deref(y, help))->length;
    }
    push(y, n);
}

/* ---- functions, commands, extern ----------------------------------------------------------------- */

static void function_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f;
    if (!tg_yaml_form(y, value, TG_YP_FUNCTION, &f)) return;
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_FN, tg_y(y, key)->span, 2);
    n->sym = tg_y(y, key)->count;
    n->kid[0] = tg_yaml_params(y, f.value[TG_YK_PARAMS]);
    if (f.form == TG_YF_VALUE) {
        n->flags |= TG_F_EQUALS;
        n->kid[1] = tg_yaml_data(y, f.value[TG_YK_VALUE]);
    } else {
        n->kid[1] = tg_yaml_statements(y, f.value[TG_YK_DO], TG_YK_DO);
    }
    push(y, n);
}

static void command_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    push(y, tg_yaml_command(y, key, value));
}

static void extern_function(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    push(y, tg_yaml_extern_task(y, key, value));
}

/* Calls entry(key, value) for each good key of a mapping. */
static void each_entry(struct tg_yaml *y, uint32_t map, const char *section, const char *what,
                       void (*entry)(struct tg_yaml *y, uint32_t key, uint32_t value))
{
    if (!tg_yaml_expect(y, map, TG_Y_MAP, section)) return;
    map = tg_y_deref(y, map);
    tg_yaml_keys(y, map, what);
    for (uint32_t key = map + 1, value; key < tg_y(y, map)->next; key = tg_y(y, value)->next) {
        value = tg_y(y, key)->next;
        if (tg_y(y, key)->count != TG_NO_NAME) entry(y, key, value);
    }
}

static void extern_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    size_t mark = y->stack.count;
    const struct tg_name *library = tg_names_get(y->p->names, tg_y(y, key)->count);
    const char *text = tg_arena_copy(y->p->arena, library->text, library->length);
    uint32_t length = library->length;
    each_entry(y, value, "an extern library", "the name of a function", extern_function);
    struct tg_node *n = tg_yaml_node(y, TG_N_EXTERN, tg_y(y, key)->span, mark);
    n->str = text;
    n->aux = length;
    push(y, n);
}

/* ---- tasks, outputs ------------------------------------------------------------------------------ */

static void task_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_yform f;
    if (!tg_yaml_form(y, value, TG_YP_TASK, &f)) return;
    tg_span span = tg_y(y, key)->span;
    uint32_t sym = tg_y(y, key)->count;
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_ASSIGN, span, 2);
    n->kid[0] = tg_node_new(y->p->arena, TG_N_TARGETS, span, 1);
    n->kid[0]->kid[0] = tg_yaml_name_node(y, sym, span);
    n->kid[1] = tg_yaml_task_value(y, &f, tg_names_get(y->p->names, sym)->text);
    push(y, n);
}

static void output(struct tg_yaml *y, uint32_t sym, tg_span span, uint32_t value)
{
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_OUTPUT, span, 1);
    n->sym = sym;
    if (value && !tg_yaml_is_null(y, value)) n->kid[0] = tg_yaml_data(y, value);
    push(y, n);
}

static void output_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    output(y, tg_y(y, key)->count, tg_y(y, key)->span, value);
}

/* A list of names and {name: value}, or a mapping name: value. */
static void outputs_section(struct tg_yaml *y, uint32_t i)
{
    uint32_t list = tg_y_deref(y, i);
    if (tg_y(y, list)->kind != TG_Y_LIST) {
        each_entry(y, i, "'outputs'", "the name of an output", output_entry);
        return;
    }
    for (uint32_t item = list + 1; item < tg_y(y, list)->next; item = tg_y(y, item)->next) {
        if (tg_y(y, tg_y_deref(y, item))->kind == TG_Y_MAP) {
            each_entry(y, item, "'outputs'", "the name of an output", output_entry);
            continue;
        }
        uint32_t sym = tg_yaml_name(y, item, "the name of an output");
        if (sym != TG_NO_NAME) output(y, sym, tg_y(y, item)->span, 0);
    }
}

static void section(struct tg_yaml *y, enum tg_ykey key, uint32_t value)
{
    if (tg_yaml_is_null(y, value)) return; /* a section whose content was taken out */
    switch (key) {
    case TG_YK_USE: use_section(y, value); break;
    case TG_YK_IMPORT: each_entry(y, value, "'import'", "the name of an import", import_entry); break;
    case TG_YK_PARAMS: each_entry(y, value, "'params'", "the name of a parameter", param_entry); break;
    case TG_YK_FUNCTIONS: each_entry(y, value, "'functions'", "the name of a function", function_entry); break;
    case TG_YK_COMMANDS: each_entry(y, value, "'commands'", "the name of a command", command_entry); break;
    case TG_YK_EXTERN: each_entry(y, value, "'extern'", NULL, extern_entry); break;
    case TG_YK_TASKS: each_entry(y, value, "'tasks'", "the name of a task", task_entry); break;
    default: outputs_section(y, value);
    }
}

/* ---- what the file declares ---------------------------------------------------------------------- */

void tg_yaml_declare_room(struct tg_yaml *y)
{
    size_t count = y->p->names->names.count + 256;
    y->declared = tg_alloc_resize(y->declared, count);
    memset(y->declared + y->declared_count, 0, count - y->declared_count);
    y->declared_count = count;
}

static void declare_name(struct tg_yaml *y, const char *text, size_t length)
{
    uint32_t sym = tg_names_add(y->p->names, text, length);
    if (sym >= y->declared_count) tg_yaml_declare_room(y);
    y->declared[sym] = 1;
}

static void declare(struct tg_yaml *y, uint32_t i)
{
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, i));
    if (n->kind == TG_Y_SCALAR && tg_yaml_is_name(n->text, n->length)) declare_name(y, n->text, n->length);
}

static void declare_keys(struct tg_yaml *y, uint32_t map)
{
    map = tg_y_deref(y, map);
    if (tg_y(y, map)->kind != TG_Y_MAP) return;
    for (uint32_t key = map + 1; key < tg_y(y, map)->next; key = tg_y(y, tg_y(y, key)->next)->next) declare(y, key);
}

/* Plugins by name or alias; also the values of their other keys, which does no harm. */
static void declare_use(struct tg_yaml *y, uint32_t i)
{
    for (uint32_t n = i; n < tg_y(y, i)->next; n++) declare(y, n);
}

static void declare_extern(struct tg_yaml *y, uint32_t i)
{
    i = tg_y_deref(y, i);
    if (tg_y(y, i)->kind != TG_Y_MAP) return;
    for (uint32_t key = i + 1; key < tg_y(y, i)->next; key = tg_y(y, tg_y(y, key)->next)->next)
        declare_keys(y, tg_y(y, key)->next);
}

static void declare_statements(struct tg_yaml *y, const struct tg_node *block)
{
    for (uint32_t i = 0; i < block->count; i++) {
        const struct tg_node *n = block->kid[i];
        switch (n->kind) {
        case TG_N_EXTERN: declare_statements(y, n); break;
        case TG_N_USE:
            if (n->sym == TG_NO_NAME) declare_name(y, n->str, n->aux);
            /* fall through */
        case TG_N_IMPORT: case TG_N_FN: case TG_N_TASK:
            if (n->sym != TG_NO_NAME) y->declared[n->sym] = 1;
            break;
        default: break;
        }
    }
}

/* Notes the names of functions, commands and modules before anything is built. */
static void declare_names(struct tg_yaml *y, const struct tg_yform *f, const struct tg_node *program)
{
    y->out_sym = tg_names_add(y->p->names, "out", 3);
    tg_yaml_declare_room(y);
    if (f->value[TG_YK_USE]) declare_use(y, f->value[TG_YK_USE]);
    if (f->value[TG_YK_IMPORT]) declare_keys(y, f->value[TG_YK_IMPORT]);
    if (f->value[TG_YK_FUNCTIONS]) declare_keys(y, f->value[TG_YK_FUNCTIONS]);
    if (f->value[TG_YK_COMMANDS]) declare_keys(y, f->value[TG_YK_COMMANDS]);
    if (f->value[TG_YK_EXTERN]) declare_extern(y, f->value[TG_YK_EXTERN]);
    declare_statements(y, program);
}

/* ---- the file ------------------------------------------------------------------------------------ */

/* Puts the definitions of inline commands before what stands on the stack from `at`. */
static void insert_commands(struct tg_yaml *y, size_t at)
{
    size_t count = y->commands.count, behind = y->stack.count - at;
    if (count == 0) return;
    tg_vec_reserve(&y->stack, y->stack.count + count);
    memmove(y->stack.items + at + count, y->stack.items + at, behind * sizeof *y->stack.items);
    memcpy(y->stack.items + at, y->commands.items, count * sizeof *y->stack.items);
    y->stack.count += count;
}

static void build(struct tg_yaml *y)
{
    static const enum tg_ykey order[] = {TG_YK_USE, TG_YK_IMPORT, TG_YK_PARAMS, TG_YK_FUNCTIONS, TG_YK_COMMANDS,
                                         TG_YK_EXTERN, TG_YK_TASKS, TG_YK_OUTPUTS};
    struct tg_yform f;
    if (y->nodes.count == 0 || tg_yaml_is_null(y, 0)) return; /* an empty file is an empty program */
    if (!tg_yaml_form(y, 0, TG_YP_FILE, &f) && !f.form) return;
    uint32_t text = f.value[TG_YK_PROGRAM];
    struct tg_node *program = text ? tg_yaml_statements(y, text, TG_YK_PROGRAM)
                                   : tg_node_new(y->p->arena, TG_N_BLOCK, (tg_span){0, 0}, 0);
    declare_names(y, &f, program);
    size_t commands_at = 0;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        size_t mark = y->stack.count;
        if (f.value[order[i]]) section(y, order[i], f.value[order[i]]);
        if (order[i] == TG_YK_TASKS) tg_yaml_order(y, mark, program);
        if (order[i] == TG_YK_COMMANDS) commands_at = y->stack.count;
    }
    insert_commands(y, commands_at);
}

/* ---- passages of .tg ------------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b)
{
    const tg_span *x = a, *y = b; /* which comments and passages begin with */
    return x->start < y->start ? -1 : x->start > y->start;
}

/* An alias gives a passage and its comments a second time. */
static size_t drop_twins(void *items, size_t count, size_t bytes)
{
    char *first = items, *last = first;
    if (count == 0) return 0;
    for (char *at = first + bytes; at < first + count * bytes; at += bytes)
        if (by_place(last, at) != 0) memmove(last += bytes, at, bytes);
    return (size_t)(last - first) / bytes + 1;
}

/* Puts the passages and the comments, those of YAML and those of the passages, into the order of the text. */
static void keep_passages(struct tg_yaml *y)
{
    struct tg_tree *t = y->tree;
    size_t count = y->passages.count;
    if (count == 0) return;
    if (t->comments.count) qsort(t->comments.items, t->comments.count, sizeof *t->comments.items, by_place);
    t->comments.count = drop_twins(t->comments.items, t->comments.count, sizeof *t->comments.items);
    qsort(y->passages.items, count, sizeof *y->passages.items, by_place);
    t->passage_count = drop_twins(y->passages.items, count, sizeof *y->passages.items);
    struct tg_passage *passages = tg_arena_alloc(y->p->arena, count * sizeof *passages);
    memcpy(passages, y->passages.items, count * sizeof *passages);
    t->passages = passages;
}

static void done(struct tg_yaml *y)
{
    tg_vec_done(&y->nodes);
    tg_vec_done(&y->seen);
    tg_vec_done(&y->stack);
    tg_vec_done(&y->commands);
    tg_vec_done(&y->passages);
    tg_yaml_walk_done(&y->walk);
    free(y->declared);
    free(y->shadow.text);
}

void tg_parse_yaml(struct tg_parse *p, struct tg_tree *out)
{
    const struct tg_source *s = p->source;
    struct tg_yaml y = {.p = p, .text = s->text, .length = s->length, .base = s->base, .tree = out};
    out->yaml = true;
    if (tg_yaml_read(&y)) build(&y);
    keep_passages(&y);
    out->file = tg_yaml_node(&y, TG_N_FILE, (tg_span){s->base, s->base + s->length}, 0);
    TG_ASSERT(tg_ast_is_sound(out->file));
    done(&y);
}
