/* SPDX-License-Identifier: MIT
 * Adds up bodies, down to a depth and up to a number of values: those that are not looked at are taken for the mean of their
 * neighbours that were. */
#include "engine/value/weigh.h"

/* Values that are looked at, and how deep: this is asked of each result, by the thread that made it. */
#define LOOKED_AT 1000
#define DEPTH 16

struct weighing {
    unsigned left; /* values that may still be looked at */
    unsigned depth;
};

static uint64_t weigh_value(struct weighing *w, tg_value v);

/* Of `looked` of `count` items. */
static uint64_t extrapolate(uint64_t bytes, size_t looked, size_t count)
{
    return looked && looked < count ? (uint64_t)((double)bytes / (double)looked * (double)count) : bytes;
}

static uint64_t weigh_list(struct weighing *w, const struct tg_list *list)
{
    uint64_t bytes = 0;
    size_t i = 0;
    for (; i < list->count && w->left > 0; i++) bytes += weigh_value(w, list->items[i]);
    return sizeof *list + list->room * sizeof *list->items + extrapolate(bytes, i, list->count);
}

static uint64_t weigh_record(struct weighing *w, const struct tg_record *record)
{
    uint64_t bytes = 0;
    size_t i = 0;
    for (; i < record->count && w->left > 0; i++)
        bytes += weigh_value(w, record->fields[i].key) + weigh_value(w, record->fields[i].value);
    return sizeof *record + record->room * sizeof *record->fields + extrapolate(bytes, i, record->count);
}

static uint64_t weigh_container(struct weighing *w, tg_value v)
{
    if (w->depth == DEPTH) return sizeof(struct tg_list);
    w->depth++;
    uint64_t bytes = tg_kind(v) == TG_LIST ? weigh_list(w, v.p) : weigh_record(w, v.p);
    w->depth--;
    return bytes;
}

static uint64_t weigh_value(struct weighing *w, tg_value v)
{
    if (w->left > 0) w->left--;
    switch (tg_kind(v)) {
    case TG_STR:
    case TG_BYTES:
    case TG_FILE: return tg_value_text_bytes(v.p);
    case TG_LIST:
    case TG_RECORD: return weigh_container(w, v);
    case TG_FUNCTION: return sizeof(struct tg_function);
    case TG_OBJECT: return tg_value_object_bytes(((const struct tg_object *)v.p)->bytes);
    default: return 0;
    }
}

uint64_t tg_weigh(tg_value v)
{
    struct weighing w = {.left = LOOKED_AT};
    return weigh_value(&w, v);
}
