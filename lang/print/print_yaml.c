/* SPDX-License-Identifier: MIT
 * The YAML form of a whole file.
 *
 * Declarations go into sections; functions, commands and modules may stand anywhere in `.tg`, so that moves nothing
 * of meaning. A param whose default uses an earlier variable stays among the steps. The first assignments of names
 * that are bound once become `tasks`; outputs at the end become `outputs`; what lies between are `steps`.
 *
 * First everything becomes a document of scalars, lists and mappings, then that is laid out (yaml_layout.c). */
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "lang/print/print.h"
#include "lang/print/yaml_writer.h"

/* What each statement of the file becomes. */
enum part { STEP, SECTION, TASK, OUTPUT };

struct plan {
    struct writer *w;
    uint8_t *part;
    uint8_t *bound;    /* by symbol: how often statements bind it, 2 for more */
    uint8_t *declared; /* by symbol: bound by a step or task before the statement at hand */
    size_t symbols;
    uint8_t *seen;     /* by symbol: bits of the kinds of declarations that had it */
    bool output_map;   /* every output of the section has a value */
    struct tg_yaml_walk walk;
    bool late;         /* of the walk: it uses a name that it may not */
};

static void count_bound(struct plan *p, uint32_t sym)
{
    if (sym < p->symbols && p->bound[sym] < 2) p->bound[sym]++;
}

static void count_targets(struct plan *p, const struct tg_node *targets)
{
    for (uint32_t i = 0; i < targets->count; i++) count_bound(p, targets->kid[i]->sym);
}

/* Counts every binding below a node, also those inside blocks. */
static void count_bindings(struct plan *p, const struct tg_node *n)
{
    switch (n->kind) {
    case TG_N_ASSIGN: case TG_N_FOR: count_targets(p, n->kid[0]); break;
    case TG_N_AUGMENT: case TG_N_PARAM: case TG_N_FN: case TG_N_IMPORT: case TG_N_USE: case TG_N_TASK:
        count_bound(p, n->sym);
        break;
    case TG_N_OUTPUT:
        if (n->kid[0]) count_bound(p, n->sym);
        break;
    default: break;
    }
    for (uint32_t i = 0; i < n->count; i++)
        if (n->kid[i]) count_bindings(p, n->kid[i]);
}

static void note_declared(void *at, const struct tg_node *n)
{
    struct plan *p = at;
    if (n->sym < p->symbols && p->declared[n->sym]) p->late = true;
}

/* Does the node use a name that is marked in `declared`? */
static bool uses_declared(struct plan *p, const struct tg_node *n)
{
    p->late = false;
    if (n) tg_yaml_walk(&p->walk, n);
    tg_yaml_unbind(&p->walk, 0);
    return p->late;
}

/* Is the statement one whose value may stand under `tasks`? Names of later tasks are still marked. */
static bool is_task(struct plan *p, const struct tg_node *n)
{
    if (n->kind != TG_N_ASSIGN || n->kid[0]->count != 1) return false;
    uint32_t sym = n->kid[0]->kid[0]->sym;
    return sym < p->symbols && p->bound[sym] == 1 && !uses_declared(p, n->kid[1]);
}

static bool is_declaration(const struct tg_node *n)
{
    return n->kind != TG_N_OUTPUT && n->kind <= TG_N_EXTERN && tg_yw_sections[n->kind];
}

static void mark_targets(struct plan *p, const struct tg_node *n, uint8_t mark)
{
    if (n->kind == TG_N_ASSIGN)
        for (uint32_t i = 0; i < n->kid[0]->count; i++) p->declared[n->kid[0]->kid[i]->sym] = mark;
}

/* The first statements that are not declarations, as long as they are plain assignments, are tasks. */
static void plan_tasks(struct plan *p, const struct tg_node *file)
{
    for (uint32_t i = 0; i < file->count; i++) mark_targets(p, file->kid[i], 1);
    for (uint32_t i = 0; i < file->count; i++) {
        const struct tg_node *n = file->kid[i];
        if (is_declaration(n) && p->part[i] == SECTION) continue;
        if (!is_task(p, n)) break;
        mark_targets(p, n, 0);
        p->part[i] = TASK;
    }
    memset(p->declared, 0, p->symbols);
}

static bool has_value(const struct tg_node *output)
{
    return output->kid[0] && output->kid[0]->span.start != output->span.start; /* resolve adds one there */
}

static void plan_outputs(struct plan *p, const struct tg_node *file)
{
    p->output_map = true;
    for (uint32_t i = file->count; i-- > 0;) {
        const struct tg_node *n = file->kid[i];
        if (is_declaration(n)) continue;
        if (n->kind != TG_N_OUTPUT) break;
        p->part[i] = OUTPUT;
        p->output_map = p->output_map && has_value(n) && p->bound[n->sym] == 1;
    }
}

static void bound_by_step(struct plan *p, const struct tg_node *n)
{
    if (n->kind == TG_N_ASSIGN || n->kind == TG_N_FOR)
        for (uint32_t i = 0; i < n->kid[0]->count; i++) p->declared[n->kid[0]->kid[i]->sym] = 1;
    if (n->kind == TG_N_OUTPUT) p->declared[n->sym] = 1;
    for (uint32_t i = 0; i < n->count; i++)
        if (n->kid[i]) bound_by_step(p, n->kid[i]);
}

/* A section has each name once; a param must not use what is bound before it. */
static void plan_declarations(struct plan *p, const struct tg_node *file)
{
    for (uint32_t i = 0; i < file->count; i++) {
        const struct tg_node *n = file->kid[i];
        if (!is_declaration(n)) {
            bound_by_step(p, n);
            continue;
        }
        bool named = n->kind != TG_N_USE && n->sym != TG_NO_NAME && n->sym < p->symbols;
        uint8_t section = n->kind == TG_N_IMPORT ? 1 : n->kind == TG_N_PARAM ? 2 : n->kind == TG_N_FN ? 4 : 8;
        bool twice = named && (p->seen[n->sym] & section);
        if (named) p->seen[n->sym] |= section;
        bool late = n->kind == TG_N_PARAM && (uses_declared(p, n->kid[1]) || uses_declared(p, n->kid[2]));
        bool again = false; /* one library in two blocks */
        for (uint32_t k = 0; n->kind == TG_N_EXTERN && k < i; k++)
            again = again || (file->kid[k]->kind == TG_N_EXTERN && strcmp(file->kid[k]->str, n->str) == 0);
        p->part[i] = twice || late || again ? STEP : SECTION;
    }
}

static doc *output(struct writer *w, const struct plan *p, const struct tg_node *n)
{
    if (!has_value(n)) return tg_yw_name(w, n->sym);
    doc *value = tg_yw_data(w, n->kid[0]);
    if (p->output_map) return value;
    doc *map = tg_ydoc_map(&w->arena);
    tg_yw_put_name(w, map, n->sym, value);
    return map;
}

static doc *task(struct writer *w, const struct tg_node *n)
{
    doc *d = tg_yw_call(w, n->kid[1]);
    if (d) return d;
    d = tg_ydoc_map(&w->arena);
    tg_yw_put(w, d, "value", tg_yw_data(w, n->kid[1]));
    return d;
}

static doc *part(struct writer *w, const struct plan *p, enum part which, const struct tg_node *n)
{
    switch (which) {
    case SECTION: return tg_yw_declaration(w, n);
    case TASK: return task(w, n);
    case OUTPUT: return output(w, p, n);
    default: return tg_yw_step(w, n);
    }
}

struct document {
    doc *sections[TG_N_FILE], *tasks, *steps, *outputs;
};

static doc **section_of(struct document *d, enum part which, const struct tg_node *n)
{
    if (which == TASK) return &d->tasks;
    if (which == STEP) return &d->steps;
    return which == OUTPUT ? &d->outputs : &d->sections[n->kind];
}

static void add_part(struct writer *w, const struct plan *p, struct document *all, enum part which,
                     const struct tg_node *n, doc *d)
{
    doc **section = section_of(all, which, n);
    bool list = which == STEP || (which == OUTPUT && !p->output_map) || n->kind == TG_N_USE;
    if (!*section) {
        *section = list ? tg_ydoc_list(&w->arena) : tg_ydoc_map(&w->arena);
        if ((which != OUTPUT || p->output_map) && n->kind != TG_N_USE) tg_ydoc_break(*section);
    }
    if (list) tg_ydoc_add(*section, d);
    else if (which == OUTPUT) tg_yw_put_name(w, *section, n->sym, d);
    else if (which == TASK) tg_yw_put_name(w, *section, n->kid[0]->kid[0]->sym, d);
    else tg_yw_declare(w, *section, n, d);
}

/* Where the comments of a statement end: those inside it are written before it. */
static uint32_t inner_end(struct writer *w, const struct tg_node *n)
{
    if (n->kind == TG_N_FN || n->kind == TG_N_EXTERN) return n->span.start;
    struct tg_printer p = {.tree = w->tree, .source = w->source};
    uint32_t end = n->kind == TG_N_TASK ? tg_print_body_end(&p, tg_print_extent(n)) : 0;
    return end ? end : n->span.start;
}

/* Comments at the start of the file that an empty line sets apart from the first statement. */
static void head_comments(struct writer *w, doc *head)
{
    size_t count = 0;
    for (size_t i = w->next; i < w->end && w->tree->comments.items[i].own_line; i++) {
        const char *text = w->source->text + (w->tree->comments.items[i].span.end - w->source->base);
        if (w->tree->file->kid[0]->span.start < w->tree->comments.items[i].span.start) break;
        text += strspn(text, " \t\r");
        if (*text == '\n') text++;
        text += strspn(text, " \t\r");
        if (*text == '\n') count = i + 1 - w->next;
    }
    if (count) tg_yw_take_comments(w, head, w->tree->comments.items[w->next + count - 1].span.end);
}

static void file_parts(struct writer *w, const struct plan *p, struct document *all, doc *head, doc *last)
{
    const struct tg_node *file = w->tree->file;
    struct tg_windows windows = tg_print_windows(w->tree, w->source);
    for (uint32_t i = 0; i < file->count; i++) {
        const struct tg_node *n = file->kid[i];
        if (n->kind == TG_N_ERROR) continue;
        w->next = windows.first[i];
        w->end = windows.last[i];
        doc *before = tg_ydoc_list(&w->arena);
        if (windows.first[i] == 0) head_comments(w, head);
        tg_yw_take_comments(w, before, inner_end(w, n));
        doc *d = part(w, p, p->part[i], n);
        tg_ydoc_take_comments(d, before);
        tg_yw_take_trailing(w, d, UINT32_MAX);
        tg_yw_take_comments(w, d, UINT32_MAX);
        add_part(w, p, all, p->part[i], n, d);
    }
    w->next = windows.first[file->count];
    w->end = windows.last[file->count];
    tg_yw_take_comments(w, last, UINT32_MAX);
    tg_print_windows_done(&windows);
}

static void make_plan(struct plan *p, const struct tg_node *file)
{
    p->symbols = p->w->names->names.count;
    p->part = tg_alloc_zero(file->count + 1);
    p->bound = tg_alloc_zero(p->symbols + 1);
    p->declared = tg_alloc_zero(p->symbols + 1);
    p->seen = tg_alloc_zero(p->symbols + 1);
    count_bindings(p, file);
    plan_declarations(p, file);
    memset(p->declared, 0, p->symbols);
    plan_tasks(p, file);
    plan_outputs(p, file);
}

void tg_print_yaml(struct tg_buf *b, const struct tg_tree *tree, const struct tg_names *names,
                   const struct tg_source *source)
{
    static const uint8_t order[] = {TG_N_USE, TG_N_IMPORT, TG_N_PARAM, TG_N_FN, TG_N_TASK, TG_N_EXTERN};
    struct writer w = {.tree = tree, .names = names, .source = source};
    struct plan p = {.w = &w, .walk = {.found = note_declared, .callees = true}};
    p.walk.data = &p;
    struct document all = {0};
    doc *whole = tg_ydoc_map(&w.arena);
    make_plan(&p, tree->file);
    doc *last = tg_ydoc_comments(&w.arena);
    file_parts(&w, &p, &all, whole, last);
    for (size_t i = 0; i < sizeof order; i++)
        if (all.sections[order[i]]) tg_yw_put(&w, whole, tg_yw_sections[order[i]], all.sections[order[i]]);
    if (all.tasks) tg_yw_put(&w, whole, "tasks", all.tasks);
    if (all.steps) tg_yw_put(&w, whole, "steps", all.steps);
    if (all.outputs) tg_yw_put(&w, whole, "outputs", all.outputs);
    if (last->comments) tg_ydoc_add(whole, last);
    tg_ydoc_print(b, whole);
    free(p.part);
    free(p.bound);
    free(p.declared);
    free(p.seen);
    tg_yaml_walk_done(&p.walk);
    tg_buf_done(&w.text);
    tg_arena_done(&w.arena);
}
