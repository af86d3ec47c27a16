/* SPDX-License-Identifier: MIT
 * Gathering lists and records with futures inside. The walks go at most TG_MAX_NESTING deep, as the language makes them. */
#include "engine/graph/gather.h"

#include "engine/base/block.h"
#include "engine/base/limits.h"
#include "engine/value/list.h"
#include "engine/value/record.h"

/* From how many items on a gathered list or record is remembered. */
#define REMEMBER 16

static bool gather(const struct tg_gather *to, uint32_t site, tg_value v, int depth, tg_value *out, struct tg_err *err);

static tg_id add_gathering(const struct tg_gather *to, uint32_t site, const tg_value *args, size_t count, struct tg_err *err)
{
    return to->ops->add(to->owner, site, args, count, NULL, 0, err);
}

/* Copies items with those that hold futures gathered. */
static bool gather_items(const struct tg_gather *to, uint32_t site, const tg_value *items, size_t count, int depth,
                         tg_value *out, struct tg_err *err)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = items[i];
        if (tg_gather_needed(items[i]) && !gather(to, site, items[i], depth + 1, &out[i], err)) return false;
    }
    return true;
}

static tg_id gather_list(const struct tg_gather *to, uint32_t site, const struct tg_list *list, int depth, struct tg_err *err)
{
    uint32_t made = to->ops->site(to->owner, site, false);
    size_t i = 0;
    while (i < list->count && !tg_gather_needed(list->items[i])) i++;
    if (i == list->count) return add_gathering(to, made, list->items, list->count, err);
    tg_value *items = tg_block_new(list->count * sizeof *items);
    tg_id id = TG_NO_TASK;
    if (gather_items(to, site, list->items, list->count, depth, items, err))
        id = add_gathering(to, made, items, list->count, err);
    tg_block_free(items, list->count * sizeof *items);
    return id;
}

static tg_id gather_record(const struct tg_gather *to, uint32_t site, const struct tg_record *record, int depth,
                           struct tg_err *err)
{
    uint32_t made = to->ops->site(to->owner, site, true);
    size_t count = record->count + 1, bytes = count * sizeof(tg_value);
    tg_value *items = tg_block_new(bytes);
    items[0] = tg_list_make(record->count);
    for (size_t i = 0; i < record->count; i++) {
        tg_list_add(items[0], tg_value_ref(record->fields[i].key));
        items[i + 1] = record->fields[i].value;
    }
    tg_id id = TG_NO_TASK;
    if (gather_items(to, site, items + 1, record->count, depth, items + 1, err))
        id = add_gathering(to, made, items, count, err);
    tg_value_unref(items[0]);
    tg_block_free(items, bytes);
    return id;
}

static bool gather(const struct tg_gather *to, uint32_t site, tg_value v, int depth, tg_value *out, struct tg_err *err)
{
    TG_ASSERT(tg_gather_needed(v));
    struct tg_gathered *last = to->last;
    if (v.tag == last->value.tag && v.p == last->value.p) {
        *out = tg_future(last->task);
        return true;
    }
    if (depth > TG_MAX_NESTING)
        return tg_err_at(err, TG_EXIT_USAGE, to->ops->span(to->owner, site), "lists and records are nested more than %d deep",
                         TG_MAX_NESTING);
    bool list = tg_kind(v) == TG_LIST;
    tg_id id = list ? gather_list(to, site, tg_list_of(v), depth, err) : gather_record(to, site, tg_record_of(v), depth, err);
    if (id == TG_NO_TASK) return false;
    if ((list ? tg_list_of(v)->count : tg_record_of(v)->count) >= REMEMBER) {
        tg_value_unref(last->value);
        last->value = tg_value_ref(v);
        last->task = id;
    }
    *out = tg_future(id);
    return true;
}

bool tg_gather_value(const struct tg_gather *to, uint32_t site, tg_value v, tg_value *out, struct tg_err *err)
{
    return gather(to, site, v, 1, out, err);
}

tg_id tg_gather_add(const struct tg_gather *to, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                    size_t after_count, struct tg_err *err)
{
    tg_value *flat = tg_block_new(count * sizeof *flat);
    bool fine = gather_items(to, site, args, count, 0, flat, err);
    tg_id id = fine ? to->ops->add(to->owner, site, flat, count, after, after_count, err) : TG_NO_TASK;
    tg_block_free(flat, count * sizeof *flat);
    return id;
}

bool tg_gather_at(const struct tg_gather *to, tg_span span, tg_value v, tg_value *out, struct tg_err *err)
{
    if (!tg_gather_needed(v)) {
        *out = tg_value_ref(v);
        return true;
    }
    struct tg_gathered *last = to->last;
    tg_span known = last->site ? to->ops->span(to->owner, last->site) : (tg_span){0, 0};
    if (!last->site || known.start != span.start || known.end != span.end) last->site = to->ops->place(to->owner, span);
    return gather(to, last->site, v, 1, out, err);
}

void tg_gather_forget(struct tg_gathered *last)
{
    tg_value_unref(last->value);
    last->value = tg_nil();
}
