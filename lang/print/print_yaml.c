/* SPDX-License-Identifier: MIT
 * The YAML form of a whole file.
 *
 * Declarations go into sections; functions, commands and modules may stand anywhere in `.tg`, so that moves nothing
 * of meaning. A param whose default or choices use an earlier variable, or a param that stays, stays in the program. The
 * first assignments of names that are bound once become `tasks`; outputs at the end become `outputs`; what lies between
 * is the `program`, as `.tg`.
 *
 * First everything becomes a document of scalars, lists and mappings, then that is laid out (ydoc.c). */
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "lang/print/print.h"
#include "lang/print/yaml_write.h"

static const char *const sections[] = {
    [TG_N_USE] = "use",       [TG_N_IMPORT] = "import", [TG_N_PARAM] = "params",  [TG_N_FN] = "functions",
    [TG_N_TASK] = "commands", [TG_N_EXTERN] = "extern", [TG_N_DEFAULTS] = "with", [TG_N_FINALLY] = "finally",
};

/* What each statement of the file becomes. */
enum yaml_part { PROGRAM, SECTION, TASK, OUTPUT };

struct plan {
    struct writer *w;
    uint8_t *part;
    uint8_t *bound;                        /* by symbol: how often statements bind it, 2 for more */
    uint8_t *declared;                     /* by symbol: bound by statements before the one at hand, or by later ones */
    uint8_t *seen;                         /* by symbol: bits of the kinds of declarations that had it */
    bool one_final;                        /* there is one `finally`: a section; several are in an order */
    bool output_map;                       /* every output of the section has a value */
    const struct tg_ast **definition;      /* by symbol: the function or command */
    struct tg_names libraries;             /* of the `extern` blocks so far */
    TG_VEC(const struct tg_ast *) reached; /* definitions that were walked, or will be */
    struct tg_yaml_walk walk;
    bool late; /* of the walk: it uses a name that it may not */
};

static void note_declared(void *at, const struct tg_ast *n)
{
    struct plan *p = at;
    if (p->declared[n->sym]) p->late = true;
    if (p->definition[n->sym]) tg_vec_push(&p->reached, p->definition[n->sym]);
    p->definition[n->sym] = NULL; /* once is enough */
}

/* Puts the names that a statement binds, also inside its blocks, on p->walk.bound. */
static void find_bound(struct plan *p, const struct tg_ast *n)
{
    p->walk.found = NULL;
    tg_yaml_walk(&p->walk, n);
    p->walk.found = note_declared;
}

static void count_bound(struct plan *p, const struct tg_ast *n)
{
    find_bound(p, n);
    for (size_t i = 0; i < p->walk.bound.count; i++) {
        uint8_t *bound = &p->bound[p->walk.bound.items[i]];
        if (*bound < 2) ++*bound;
    }
    tg_yaml_unbind(&p->walk, 0);
}

static void mark_bound(struct plan *p, const struct tg_ast *n, uint8_t mark)
{
    find_bound(p, n);
    for (size_t i = 0; i < p->walk.bound.count; i++) p->declared[p->walk.bound.items[i]] = mark;
    tg_yaml_unbind(&p->walk, 0);
}

/* Does the node, or a function that it uses, use a name that is marked in `declared`? Functions without such a name are
 * not looked at again until forget_reached. */
static bool uses_declared(struct plan *p, const struct tg_ast *n)
{
    size_t next = p->reached.count;
    p->late = false;
    tg_yaml_walk(&p->walk, n);
    tg_yaml_unbind(&p->walk, 0);
    for (; next < p->reached.count && !p->late; next++) {
        tg_yaml_walk(&p->walk, p->reached.items[next]);
        tg_yaml_unbind(&p->walk, 0);
    }
    return p->late;
}

static void forget_reached(struct plan *p)
{
    for (size_t i = 0; i < p->reached.count; i++) p->definition[p->reached.items[i]->sym] = p->reached.items[i];
    p->reached.count = 0;
}

static bool is_late_param(struct plan *p, const struct tg_ast *n)
{
    const struct tg_ast *value = tg_n_param_default(n), *choices = tg_n_param_choices(n);
    bool late = (value && uses_declared(p, value)) || (choices && uses_declared(p, choices));
    forget_reached(p);
    return late;
}

/* Is the statement one whose value may stand under `tasks`? Names of later tasks are still marked. */
static bool is_task(struct plan *p, const struct tg_ast *n)
{
    if (n->kind != TG_N_ASSIGN || tg_n_targets_names(tg_n_assign_targets(n)).count != 1) return false;
    return p->bound[tg_yaml_task_sym(n)] == 1 && !uses_declared(p, tg_n_assign_value(n));
}

static bool is_declaration(const struct tg_ast *n)
{
    return n->kind <= TG_N_EXTERN && sections[n->kind];
}

/* The first statements that are not declarations, as long as they are plain assignments, are tasks. */
static void plan_tasks(struct plan *p, struct tg_kids file)
{
    for (uint32_t i = 0; i < file.count; i++)
        if (p->part[i] != SECTION) mark_bound(p, file.items[i], 1);
    for (uint32_t i = 0; i < file.count; i++) {
        const struct tg_ast *n = file.items[i];
        if (p->part[i] == SECTION) continue;
        if (!is_task(p, n)) break;
        mark_bound(p, n, 0);
        p->part[i] = TASK;
    }
}

static void plan_outputs(struct plan *p, struct tg_kids file)
{
    p->output_map = true;
    for (uint32_t i = file.count; i-- > 0;) {
        const struct tg_ast *n = file.items[i];
        if (is_declaration(n)) continue;
        if (n->kind != TG_N_OUTPUT) break;
        p->part[i] = OUTPUT;
        p->output_map = p->output_map && tg_n_output_value(n) && p->bound[n->sym] == 1;
    }
}

/* True from the second block of a library on. */
static bool has_library(struct plan *p, const char *name)
{
    size_t before = p->libraries.names.count;
    tg_names_add(&p->libraries, name, strlen(name));
    return p->libraries.names.count == before;
}

/* A command with the same option twice: an error, but none of the YAML file. */
static bool has_twin_options(const struct tg_ast *n)
{
    const struct tg_ast *options = n->kind == TG_N_TASK ? tg_n_task_options(n) : NULL;
    return options && tg_yaml_write_has_twins(tg_n_options_list(options));
}

/* A section has each name once; a param must not use what the program binds before it, also as a param. */
static void plan_declarations(struct plan *p, struct tg_kids file)
{
    uint32_t finals = 0;
    for (uint32_t i = 0; i < file.count; i++) finals += file.items[i]->kind == TG_N_FINALLY;
    p->one_final = finals == 1;
    for (uint32_t i = 0; i < file.count; i++) {
        const struct tg_ast *n = file.items[i];
        if (!is_declaration(n)) {
            mark_bound(p, n, 1);
            continue;
        }
        bool named = tg_ast_is(n, TG_IN(IMPORT) | TG_IN(PARAM) | TG_IN(FN) | TG_IN(TASK)) && n->sym != TG_NO_NAME;
        uint8_t section = n->kind == TG_N_IMPORT ? 1 : n->kind == TG_N_PARAM ? 2 : n->kind == TG_N_FN ? 4 : 8;
        bool twice = named && (p->seen[n->sym] & section);
        if (named) p->seen[n->sym] |= section;
        bool late = n->kind == TG_N_PARAM && is_late_param(p, n);
        bool again = n->kind == TG_N_EXTERN && has_library(p, n->text);
        if (n->kind == TG_N_FINALLY) again = !p->one_final;
        p->part[i] = twice || late || again || has_twin_options(n) ? PROGRAM : SECTION;
        if (p->part[i] == PROGRAM) mark_bound(p, n, 1);
    }
}

static doc *write_output(struct writer *w, const struct plan *p, const struct tg_ast *n)
{
    if (!tg_n_output_value(n)) return tg_yaml_write_name(w, n->sym);
    doc *value = tg_yaml_write_data(w, tg_n_output_value(n));
    if (p->output_map) return value;
    doc *map = tg_ydoc_map(&w->arena);
    tg_yaml_write_put_name(w, map, n->sym, value);
    return map;
}

static doc *write_task(struct writer *w, const struct tg_ast *n)
{
    doc *d = tg_yaml_write_call(w, tg_n_assign_value(n));
    if (d) return d;
    d = tg_ydoc_map(&w->arena);
    tg_yaml_write_put(w, d, "value", tg_yaml_write_data(w, tg_n_assign_value(n)));
    return d;
}

struct document {
    doc *sections[TG_N_FILE], *tasks, *outputs;
    struct tg_buf program;
};

static void put_task(struct writer *w, struct document *all, const struct tg_ast *n, doc *d)
{
    if (!all->tasks) tg_ydoc_break(all->tasks = tg_ydoc_map(&w->arena));
    tg_yaml_write_put_name(w, all->tasks, tg_yaml_task_sym(n), d);
}

static void put_output(struct writer *w, const struct plan *p, struct document *all, const struct tg_ast *n, doc *d)
{
    if (!all->outputs) {
        all->outputs = p->output_map ? tg_ydoc_map(&w->arena) : tg_ydoc_list(&w->arena);
        if (p->output_map) tg_ydoc_break(all->outputs);
    }
    if (p->output_map) tg_yaml_write_put_name(w, all->outputs, n->sym, d);
    else tg_ydoc_add(all->outputs, d);
}

static void put_declaration(struct writer *w, struct document *all, const struct tg_ast *n, doc *d)
{
    doc **section = &all->sections[n->kind];
    if (n->kind == TG_N_DEFAULTS || n->kind == TG_N_FINALLY) {
        *section = d;
        return;
    }
    if (!*section) {
        *section = n->kind == TG_N_USE ? tg_ydoc_list(&w->arena) : tg_ydoc_map(&w->arena);
        if (n->kind != TG_N_USE) tg_ydoc_break(*section);
    }
    if (n->kind == TG_N_USE) tg_ydoc_add(*section, d);
    else if (n->kind == TG_N_EXTERN) tg_ydoc_put(&w->arena, *section, n->text, n->length, d);
    else tg_yaml_write_put_name(w, *section, n->sym, d);
}

/* Where the comments of a statement end: those inside it are written before it. */
static uint32_t inner_end(struct writer *w, const struct tg_ast *n)
{
    if (tg_ast_is(n, TG_IN(FN) | TG_IN(EXTERN) | TG_IN(FINALLY))) return n->span.start;
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
        if (tg_n_block_statements(w->tree->file).items[0]->span.start < w->tree->comments.items[i].span.start) break;
        text += strspn(text, " \t\r");
        if (*text == '\n') text++;
        text += strspn(text, " \t\r");
        if (*text == '\n') count = i + 1 - w->next;
    }
    if (count) tg_yaml_write_take_comments(w, head, w->tree->comments.items[w->next + count - 1].span.end);
}

/* A statement that is data, with its comments. */
static void data(struct writer *w, const struct plan *p, struct document *all, enum yaml_part part, const struct tg_ast *n)
{
    size_t first = w->next, inner = tg_yaml_write_comments_until(w, inner_end(w, n));
    w->next = inner;
    doc *d = part == TASK ? write_task(w, n) : part == OUTPUT ? write_output(w, p, n) : tg_yaml_write_declaration(w, n);
    tg_yaml_write_add_comments(w, d, first, inner);
    tg_yaml_write_take_trailing(w, d);
    tg_yaml_write_take_comments(w, d, UINT32_MAX);
    if (part == TASK) put_task(w, all, n, d);
    else if (part == OUTPUT) put_output(w, p, all, n, d);
    else put_declaration(w, all, n, d);
}

static void file_parts(struct writer *w, const struct plan *p, struct document *all, doc *head, doc *last)
{
    struct tg_kids file = tg_n_block_statements(w->tree->file);
    struct tg_windows windows = tg_print_windows(w->tree, w->source);
    struct tg_printer program = tg_yaml_write_printer(w, &all->program);
    for (uint32_t i = 0; i < file.count; i++) {
        if (file.items[i]->kind == TG_N_ERROR) continue;
        w->next = windows.first[i];
        w->end = windows.last[i];
        if (windows.first[i] == 0) head_comments(w, head);
        windows.first[i] = w->next;
        if (p->part[i] == PROGRAM) tg_print_windowed(&program, &windows, i);
        else data(w, p, all, p->part[i], file.items[i]);
    }
    w->next = windows.first[file.count];
    w->end = windows.last[file.count];
    tg_yaml_write_take_comments(w, last, UINT32_MAX);
    tg_print_windows_done(&windows);
}

static void make_plan(struct plan *p, struct tg_kids file)
{
    size_t symbols = p->w->names->names.count;
    p->part = tg_alloc_zero(file.count + 1);
    p->bound = tg_alloc_zero(symbols + 1);
    p->declared = tg_alloc_zero(symbols + 1);
    p->seen = tg_alloc_zero(symbols + 1);
    p->definition = tg_alloc_zero((symbols + 1) * sizeof *p->definition);
    for (uint32_t i = 0; i < file.count; i++) {
        const struct tg_ast *n = file.items[i];
        count_bound(p, n);
        if (n->kind == TG_N_FN || n->kind == TG_N_TASK) p->definition[n->sym] = n;
    }
    plan_declarations(p, file);
    memset(p->declared, 0, symbols);
    plan_tasks(p, file);
    plan_outputs(p, file);
}

void tg_print_yaml(struct tg_buf *b, const struct tg_tree *tree, const struct tg_names *names, const struct tg_source *source)
{
    static const uint8_t order[] = {TG_N_USE, TG_N_IMPORT, TG_N_DEFAULTS, TG_N_PARAM, TG_N_FN, TG_N_TASK, TG_N_EXTERN};
    struct writer w = {.tree = tree, .names = names, .source = source};
    struct plan p = {.w = &w, .walk = {.found = note_declared, .callees = true}};
    p.walk.data = &p;
    struct document all = {0};
    doc *whole = tg_ydoc_map(&w.arena);
    make_plan(&p, tg_n_block_statements(tree->file));
    doc *last = tg_ydoc_list(&w.arena);
    file_parts(&w, &p, &all, whole, last);
    for (size_t i = 0; i < sizeof order; i++)
        if (all.sections[order[i]]) tg_yaml_write_put(&w, whole, sections[order[i]], all.sections[order[i]]);
    if (all.tasks) tg_yaml_write_put(&w, whole, "tasks", all.tasks);
    if (all.program.length) tg_yaml_write_put(&w, whole, "program", tg_yaml_write_printed(&w, &all.program));
    if (all.outputs) tg_yaml_write_put(&w, whole, "outputs", all.outputs);
    if (all.sections[TG_N_FINALLY]) tg_yaml_write_put(&w, whole, sections[TG_N_FINALLY], all.sections[TG_N_FINALLY]);
    tg_ydoc_print(b, whole, last);
    free(p.part);
    free(p.bound);
    free(p.declared);
    free(p.seen);
    free(p.definition);
    tg_vec_done(&p.reached);
    tg_names_done(&p.libraries);
    tg_yaml_walk_done(&p.walk);
    tg_buf_done(&w.text);
    tg_arena_done(&w.arena);
}
