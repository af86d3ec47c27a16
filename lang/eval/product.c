/* SPDX-License-Identifier: MIT
 * The files that commands make. Result paths are evaluated as they will be when the command runs (cmdtask.c), where all that
 * they depend on is known; what goes wrong is said then. */
#include "lang/eval/product.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/path.h"
#include "lang/eval/eval.h"

struct product_maker {
    struct tg_products *all;
    struct tg_eval eval;
    struct tg_err err; /* of eval */
    TG_VEC(tg_value) frame;
    tg_id task;
    bool filled; /* the frame has the arguments of `task` */
    bool unknown;
};

const struct tg_command_def *tg_product_command(const struct tg_plan *plan, tg_id id)
{
    const struct tg_def *def = tg_graph_def_of(plan->graph, id);
    return def->flags & TG_DEF_COMMAND && tg_plan_needs(plan, id) ? def->data : NULL;
}

uint32_t tg_product_argument(const struct tg_graph *g, uint32_t arg)
{
    while (tg_arg_kind(arg) == TG_ARG_TASK) {
        const struct tg_def *def = tg_graph_def_of(g, tg_arg_payload(arg));
        if (!def->plugin || strcmp(def->plugin, "core") != 0 || strcmp(def->name, "after") != 0) break;
        arg = g->args[tg_graph_arg_begin(g, tg_arg_payload(arg))];
    }
    return arg;
}

/* ---- evaluation ---------------------------------------------------------------------------------- */

static void empty_frame(struct product_maker *m, uint32_t count)
{
    tg_value_unref_all(m->frame.items, m->frame.count);
    m->frame.count = 0;
    while (m->frame.count < count) tg_vec_push(&m->frame, tg_make_(TG_UNSET, 0));
    m->eval.frame = m->frame.items;
}

/* Gives the variables of the command the arguments that are known. */
static void fill_frame(struct product_maker *m, const struct tg_command_def *def)
{
    const struct tg_graph *g = m->all->plan->graph;
    uint32_t begin = tg_graph_arg_begin(g, m->task);
    empty_frame(m, def->slot_count);
    for (uint32_t i = 0; i < def->def.sig.count; i++) {
        uint32_t arg = tg_product_argument(g, g->args[begin + i]);
        if (tg_arg_is_edge(arg)) continue;
        bool small = tg_arg_kind(arg) == TG_ARG_SMALL;
        tg_value v = small ? tg_int(tg_arg_small(arg)) : tg_value_ref(g->pool.items[tg_arg_payload(arg)]);
        tg_command_give(def, m->frame.items, i, v);
    }
}

/* False if a variable has no value; what is quick to see, to spare an error that nobody reads. */
static bool may_be_known(const struct product_maker *m, const struct tg_ast *n)
{
    if (n->kind == TG_N_NAME && n->ref == TG_REF_LOCAL) return m->frame.items[n->slot].tag != TG_UNSET;
    if (n->kind == TG_N_LAMBDA || n->kind == TG_N_COMP) return true;
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
        if (!may_be_known(m, k.kid)) return false;
    return true;
}

/* NULL if it is not known. In the arena. */
static const char *path_of_node(struct product_maker *m, const struct tg_command_def *def, const struct tg_ast *n)
{
    if (n->kind == TG_N_STR) return n->length && !memchr(n->text, 0, n->length) ? n->text : NULL;
    if (!m->filled) fill_frame(m, def);
    m->filled = true;
    m->eval.module = def->module;
    tg_value v = may_be_known(m, n) ? tg_eval_expression(&m->eval, n) : tg_bad();
    if (tg_is_bad(v)) tg_err_done(&m->err);
    bool text = tg_kind(v) == TG_STR || tg_kind(v) == TG_FILE;
    const struct tg_str *s = text ? tg_str_of(v) : NULL;
    const char *path = s && s->length && !memchr(s->data, 0, s->length) ? tg_arena_pack(&m->all->arena, s->data, s->length)
                                                                        : NULL;
    if (!tg_is_bad(v)) tg_value_unref(v);
    return path;
}

/* ---- all of them --------------------------------------------------------------------------------- */

static void add_product(struct tg_products *p, struct tg_product product)
{
    char *key = (product.list ? tg_canonical_pattern : tg_canonical_of)(&p->canonical, product.path);
    uint32_t id = tg_names_add(&p->keys, key, strlen(key));
    free(key);
    if (id == p->made.count) {
        tg_vec_push(&p->made, product);
        return;
    }
    struct tg_product *first = &p->made.items[id];
    if (first->written && product.written) return;
    p->clash(p->data, first, &product);
    if (first->written) *first = product;
}

static void add_node(struct product_maker *m, const struct tg_command_def *def, const struct tg_ast *n)
{
    const char *path = path_of_node(m, def, tg_n_rfile_path(n));
    if (!path) m->unknown = true;
    else add_product(m->all, (struct tg_product){.task = m->task, .path = path, .list = n->flags & TG_F_LIST});
}

/* What a step writes to by `>`; not `out`, which is not known, and no device. */
static void add_written(struct product_maker *m, const struct tg_command_def *def, const struct tg_ast *step)
{
    struct stat st;
    const struct tg_ast *n = tg_n_step_output(step);
    const char *path = n ? path_of_node(m, def, n) : NULL;
    if (path && !(stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
        add_product(m->all, (struct tg_product){.task = m->task, .path = path, .written = true});
}

static void add_command(struct product_maker *m, const struct tg_command_def *def)
{
    const struct tg_ast *form = tg_n_result_form(tg_n_task_result(def->node));
    struct tg_kids steps = tg_n_task_steps(def->node);
    m->filled = m->unknown = false;
    if (form->kind == TG_N_RFILE) add_node(m, def, form);
    struct tg_kids entries = form->kind == TG_N_RECORD ? tg_n_record_entries(form) : (struct tg_kids){0};
    for (uint32_t i = 0; i < entries.count; i++) add_node(m, def, tg_n_entry_value(entries.items[i]));
    for (uint32_t i = 0; i < steps.count; i++) add_written(m, def, steps.items[i]);
    if (m->unknown) tg_vec_push(&m->all->unknown, m->task);
}

void tg_product_find_all(struct tg_products *p)
{
    struct product_maker m = {.all = p};
    tg_eval_init(&m.eval, p->program, NULL, &m.err);
    for (tg_id id = 0; id < p->plan->graph->count; id++) {
        const struct tg_command_def *def = tg_product_command(p->plan, id);
        m.task = id;
        if (def) add_command(&m, def);
    }
    empty_frame(&m, 0);
    tg_vec_done(&m.frame);
    tg_eval_done(&m.eval);
}

void tg_product_done(struct tg_products *p)
{
    tg_canonical_done(&p->canonical);
    tg_names_done(&p->keys);
    tg_vec_done(&p->made);
    tg_vec_done(&p->unknown);
    tg_arena_done(&p->arena);
}

/* ---- one ----------------------------------------------------------------------------------------- */

static const struct tg_product *product_at(const struct tg_products *p, const char *key, size_t length)
{
    uint32_t id = tg_names_find(&p->keys, key, length);
    return id == TG_NO_NAME ? NULL : &p->made.items[id];
}

/* What makes a folder above the key, the nearest one. */
static const struct tg_product *product_above(const struct tg_products *p, const char *key, size_t length)
{
    const struct tg_product *found = NULL;
    while (!found && length > 1) {
        while (length > 1 && key[length - 1] != '/') length--;
        found = product_at(p, key, --length);
    }
    return found;
}

static const struct tg_product *product_of(const struct tg_products *p, char *take_real)
{
    const struct tg_product *found = product_at(p, take_real, strlen(take_real));
    if (!found) found = product_above(p, take_real, strlen(take_real));
    free(take_real);
    return found;
}

const struct tg_product *tg_product_of(struct tg_products *p, const char *path)
{
    return product_of(p, tg_canonical_of(&p->canonical, path));
}

const struct tg_product *tg_product_of_real(struct tg_products *p, const char *path)
{
    return product_of(p, tg_canonical_unless_link(&p->canonical, path));
}

const struct tg_product *tg_product_around(const struct tg_products *p, size_t number)
{
    const struct tg_name *key = tg_names_get(&p->keys, (uint32_t)number);
    bool list = p->made.items[number].list;
    return product_above(p, key->text + list, key->length - list);
}

const struct tg_product *tg_product_listing(struct tg_products *p, const char *path)
{
    const struct tg_product *found = NULL;
    char *real = tg_canonical_of(&p->canonical, path);
    size_t folder = (size_t)(tg_path_name(real) - real);
    for (size_t i = 0; i < p->made.count && !found; i++) {
        const char *pattern = tg_names_get(&p->keys, (uint32_t)i)->text + 1;
        if (p->made.items[i].list && strncmp(pattern, real, folder) == 0 && fnmatch(pattern + folder, real + folder, 0) == 0)
            found = &p->made.items[i];
    }
    free(real);
    return found;
}

bool tg_product_each_inside(struct tg_products *p, const char *folder, void (*visit)(void *data, uint32_t task), void *data)
{
    char *real = tg_canonical_of(&p->canonical, folder);
    size_t length = strlen(real);
    if (length && real[length - 1] == '/') length--; /* the root */
    bool found = false;
    for (size_t i = 0; i < p->made.count; i++) {
        const char *key = tg_names_get(&p->keys, (uint32_t)i)->text + p->made.items[i].list;
        if (strncmp(key, real, length) != 0 || key[length] != '/') continue;
        visit(data, p->made.items[i].task);
        found = true;
    }
    free(real);
    return found;
}
