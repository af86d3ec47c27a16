/* SPDX-License-Identifier: MIT
 * Gathering lists and records with futures inside. The walks go at most TG_MAX_NESTING deep, as the language makes them. */
#include "engine/graph/gather.h"

#include "engine/base/limits.h"
#include "engine/value/list.h"
#include "engine/value/record.h"

/* From how many items on a gathered list or record is remembered. */
#define REMEMBER 16

static bool gather(struct tg_gather *to, uint32_t site, tg_value v, int depth, tg_value *out, struct tg_err *err);

/* Copies items with those that hold futures gathered. */
static bool gather_items(struct tg_gather *to, uint32_t site, const tg_value *items, size_t count, int depth, tg_value *out,
                         struct tg_err *err)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = items[i];
        if (tg_gather_needed(items[i]) && !gather(to, site, items[i], depth + 1, &out[i], err)) return false;
    }
    return true;
}

static tg_id gather_list(struct tg_gather *to, uint32_t site, const struct tg_list *list, int depth, struct tg_err *err)
{
    uint32_t made = to->site(to, site, false);
    size_t i = 0;
    while (i < list->count && !tg_gather_needed(list->items[i])) i++;
    if (i == list->count) return to->add(to, made, list->items, list->count, err);
    tg_value *items = tg_block_new(list->count * sizeof *items);
    tg_id id = TG_NO_TASK;
    if (gather_items(to, site, list->items, list->count, depth, items, err)) id = to->add(to, made, items, list->count, err);
    tg_block_free(items, list->count * sizeof *items);
    return id;
}

static tg_id gather_record(struct tg_gather *to, uint32_t site, const struct tg_record *record, int depth, struct tg_err *err)
{
    uint32_t made = to->site(to, site, true);
    size_t count = record->count + 1, bytes = count * sizeof(tg_value);
    tg_value *items = tg_block_new(bytes);
    items[0] = tg_list_make(record->count);
    for (size_t i = 0; i < record->count; i++) {
        tg_list_add(items[0], tg_value_ref(record->fields[i].key));
        items[i + 1] = record->fields[i].value;
    }
    tg_id id = TG_NO_TASK;
    if (gather_items(to, site, items + 1, record->count, depth, items + 1, err)) id = to->add(to, made, items, count, err);
    tg_value_unref(items[0]);
    tg_block_free(items, bytes);
    return id;
}

static bool gather(struct tg_gather *to, uint32_t site, tg_value v, int depth, tg_value *out, struct tg_err *err)
{
    if (v.tag == to->known.tag && v.p == to->known.p) {
        *out = tg_future(to->known_task);
        return true;
    }
    if (depth > TG_MAX_NESTING)
        return tg_err_at(err, TG_EXIT_USAGE, to->graph->site_table.items[site].span,
                         "lists and records are nested more than %d deep", TG_MAX_NESTING);
    bool list = tg_kind(v) == TG_LIST;
    tg_id id = list ? gather_list(to, site, tg_list_of(v), depth, err) : gather_record(to, site, tg_record_of(v), depth, err);
    if (id == TG_NO_TASK) return false;
    if ((list ? tg_list_of(v)->count : tg_record_of(v)->count) >= REMEMBER) {
        tg_value_unref(to->known);
        to->known = tg_value_ref(v);
        to->known_task = id;
    }
    *out = tg_future(id);
    return true;
}

bool tg_gather_value(struct tg_gather *to, uint32_t site, tg_value v, tg_value *out, struct tg_err *err)
{
    return gather(to, site, v, 1, out, err);
}

bool tg_gather_args(struct tg_gather *to, uint32_t site, const tg_value *args, size_t count, tg_value *out, struct tg_err *err)
{
    return gather_items(to, site, args, count, 0, out, err);
}
