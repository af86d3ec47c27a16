/* SPDX-License-Identifier: MIT
 * How values are freed.
 *
 * It takes no C stack and no memory, however deep a value nests: the walk goes down into the last item of a list
 * or record, and the slot it came through, used up by then, holds the way back (Schorr and Waite 1967). What functions
 * and plugin objects hold is out of its sight: a body of these that dies while another one is being destroyed waits
 * in a list of the thread until that is done. */
#include "engine/value/value.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/block.h"
#include "engine/base/table.h"
#include "engine/base/vec.h"
#include "engine/value/mapped.h"
#include "engine/value/str.h"

_Static_assert(sizeof(tg_value) == 16, "a value is passed in two registers");
_Static_assert(sizeof(struct tg_obj) == 8, "the head of every body is one word");
_Static_assert(offsetof(struct tg_object, payload) % 16 == 0, "a plugin may put anything into its payload");

/* ---- freeing ------------------------------------------------------------------------------------- */

/* Functions and objects that died inside the destroy function of another one. */
struct graveyard {
    bool busy;
    TG_VEC(struct tg_obj *) waiting;
};
static _Thread_local struct graveyard graveyard;

static void destroy(struct tg_obj *obj)
{
    if (obj->kind == TG_FUNCTION) {
        struct tg_function *f = (struct tg_function *)obj;
        f->destroy(f);
        return;
    }
    struct tg_object *o = (struct tg_object *)obj;
    if (o->type->destroy) o->type->destroy(o->payload);
    if (obj->flags & TG_MAPPED) tg_mapped_free(o, sizeof *o);
    else tg_block_free(o, tg_value_object_bytes(o->bytes));
}

static void destroy_in_turn(struct tg_obj *obj)
{
    struct graveyard *g = &graveyard;
    if (g->busy) {
        tg_vec_push(&g->waiting, obj);
        return;
    }
    TG_ASSERT(g->waiting.count == 0);
    g->busy = true;
    destroy(obj);
    while (g->waiting.count) destroy(g->waiting.items[--g->waiting.count]);
    tg_vec_done(&g->waiting);
    g->busy = false;
}

static bool is_container(const struct tg_obj *obj)
{
    return obj->kind == TG_LIST || obj->kind == TG_RECORD;
}

static void free_leaf(struct tg_obj *obj)
{
    if (obj->kind == TG_FUNCTION || obj->kind == TG_OBJECT) destroy_in_turn(obj);
    else if (TG_UNLIKELY(obj->flags & TG_MAPPED)) tg_mapped_free(obj, sizeof(struct tg_str));
    else if (TG_UNLIKELY(obj->flags & TG_WATCHED)) tg_str_free_watched((struct tg_str *)obj);
    else tg_block_free(obj, tg_value_text_bytes((struct tg_str *)obj));
}

/* Lets go of v; the body if it was the last to hold a list or record, else NULL. */
static struct tg_obj *drop(tg_value v)
{
    if (!tg_is_heap(v)) return NULL;
    struct tg_obj *obj = v.p;
    if (!tg_value_unique(v) && atomic_fetch_sub_explicit(&obj->refs, 1, memory_order_acq_rel) != 1) return NULL;
    if (is_container(obj)) return obj;
    free_leaf(obj);
    return NULL;
}

/* Drops what a dead list or record holds, from the end, up to one that has to be walked itself: gives that, or NULL
 * when nothing is left. */
static struct tg_obj *drop_items(struct tg_obj *obj)
{
    struct tg_obj *dead = NULL;
    if (obj->kind == TG_LIST) {
        struct tg_list *l = (struct tg_list *)obj;
        while (!dead && l->count) dead = drop(l->items[--l->count]);
        return dead;
    }
    struct tg_record *r = (struct tg_record *)obj;
    while (!dead && r->count) {
        struct tg_field *f = &r->fields[--r->count];
        tg_value_unref(f->key);
        dead = drop(f->value);
    }
    return dead;
}

/* The slot of the item dropped last, free to hold a pointer. */
static void **way_back(struct tg_obj *obj)
{
    if (obj->kind == TG_LIST) return &((struct tg_list *)obj)->items[((struct tg_list *)obj)->count].p;
    return &((struct tg_record *)obj)->fields[((struct tg_record *)obj)->count].value.p;
}

static void free_container(struct tg_obj *obj)
{
    if (obj->kind == TG_LIST) {
        struct tg_list *l = (struct tg_list *)obj;
        if (l->items != l->in_place) tg_block_free(l->items, l->room * sizeof *l->items);
    } else {
        struct tg_record *r = (struct tg_record *)obj;
        if (r->fields != r->in_place) tg_block_free(r->fields, r->room * sizeof *r->fields);
        tg_table_done(r->index);
        free(r->index);
    }
    free(obj);
}

static void free_deep(struct tg_obj *obj)
{
    TG_ASSERT(is_container(obj));
    struct tg_obj *parent = NULL;
    for (;;) {
        struct tg_obj *child = drop_items(obj);
        if (child) {
            *way_back(obj) = parent;
            parent = obj;
            obj = child;
            continue;
        }
        TG_ASSERT(obj->kind == TG_LIST ? !((struct tg_list *)obj)->count : !((struct tg_record *)obj)->count);
        free_container(obj);
        if (!parent) return;
        obj = parent;
        parent = *way_back(obj);
    }
}

void tg_value_free_(tg_value v)
{
    struct tg_obj *obj = v.p;
    TG_ASSERT(obj->kind == tg_kind(v));
    if (is_container(obj)) free_deep(obj);
    else free_leaf(obj);
}

void tg_value_unref_all(const tg_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) tg_value_unref(values[i]);
}

/* ---- looking inside ------------------------------------------------------------------------------ */

void tg_value_each_text(tg_value v, tg_kinds kinds, void (*fn)(void *data, const char *text), void *data)
{
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_STR || kind == TG_BYTES || kind == TG_FILE) {
        if (TG_KIND_BIT(kind) & kinds) fn(data, tg_str_of(v)->data);
    } else if (kind == TG_LIST) {
        const struct tg_list *l = v.p;
        for (size_t i = 0; i < l->count; i++) tg_value_each_text(l->items[i], kinds, fn, data);
    } else if (kind == TG_RECORD) {
        const struct tg_record *r = v.p;
        for (size_t i = 0; i < r->count; i++) tg_value_each_text(r->fields[i].value, kinds, fn, data);
    }
}

/* ---- names --------------------------------------------------------------------------------------- */

const char *tg_value_kind_name(tg_value v)
{
    return tg_kind(v) == TG_OBJECT ? ((const struct tg_object *)v.p)->type->name : tg_kind_name(tg_kind(v));
}
