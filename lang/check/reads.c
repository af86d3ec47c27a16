/* SPDX-License-Identifier: MIT
 * One walk over the body, and over those of all functions that are named in it: what is named may be called. Functions that
 * variables hold are for the caller, who knows the values. */
#include "lang/check/reads.h"

static void visit_read(struct tg_reads *r, const struct tg_ast *n);

static void visit_reads_of_kids(struct tg_reads *r, const struct tg_ast *n)
{
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) visit_read(r, k.kid);
}

static void add_read(struct tg_reads *r, const struct tg_module *m, uint32_t slot, tg_span span)
{
    for (size_t i = 0; i < r->items.count; i++)
        if (r->items.items[i].module == m && r->items.items[i].slot == slot) return;
    tg_vec_push(&r->items, ((struct tg_read){m, slot, span}));
}

static void visit_command(struct tg_reads *r, struct tg_command_def *c, tg_span span)
{
    for (size_t i = 0; i < r->commands.count; i++)
        if (r->commands.items[i] == c) return;
    tg_vec_push(&r->commands, c);
    for (size_t i = 0; i < c->captures.count; i++) add_read(r, c->captures.items[i]->module, c->captures.items[i]->slot, span);
    visit_reads_of_kids(r, c->node); /* for functions that it calls, and its options */
}

static void visit_name(struct tg_reads *r, const struct tg_ast *n)
{
    if (n->ref == TG_REF_GLOBAL) add_read(r, n->module, n->slot, n->span);
    else if (n->ref == TG_REF_FN) tg_reads_of(r, n->fn);
    else if (n->ref == TG_REF_TASK && n->def && n->def->flags & TG_DEF_COMMAND) visit_command(r, n->def->data, n->span);
}

static void visit_read(struct tg_reads *r, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_NAME: visit_name(r, n); break;
    case TG_N_FIELD:
        if (n->flags & TG_F_STATIC) visit_name(r, n);
        else visit_read(r, tg_n_field_base(n));
        break;
    case TG_N_FN:
    case TG_N_LAMBDA: tg_reads_of(r, n->fn); break;
    case TG_N_TYPE: break;
    default: visit_reads_of_kids(r, n);
    }
}

void tg_reads_of(struct tg_reads *r, struct tg_fn *fn)
{
    for (size_t i = 0; i < r->fns.count; i++)
        if (r->fns.items[i] == fn) return;
    tg_vec_push(&r->fns, fn);
    for (uint32_t i = 0; i < fn->param_count; i++) visit_read(r, fn->params.items[i]);
    visit_read(r, fn->body);
}

void tg_reads_done(struct tg_reads *r)
{
    tg_vec_done(&r->items);
    tg_vec_done(&r->fns);
    tg_vec_done(&r->commands);
}
