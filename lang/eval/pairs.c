/* SPDX-License-Identifier: MIT
 * Records with keys that are evaluated. Where all keys are known so is the record, whatever its values are; else its keys and
 * values go by turns into a list, of which a task makes the record. Of several values of one key the last counts. */
#include "lang/eval/pairs.h"

#include "lang/eval/call.h"

/* ---- the task ------------------------------------------------------------------------------------ */

static void put_pairs(tg_value record, const struct tg_list *pairs)
{
    TG_ASSERT(pairs->count % 2 == 0);
    for (size_t i = 0; i < pairs->count; i += 2)
        tg_record_put(record, tg_value_ref(pairs->items[i]), tg_value_ref(pairs->items[i + 1]));
}

static int join_pairs(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    const struct tg_list *pairs = tg_list_of(args[0]);
    *out = tg_record_make(pairs->count / 2);
    put_pairs(*out, pairs);
    return TG_OK;
}

static struct tg_sig_param pairs_params[] = {{.name = "pairs", .type = TG_TYPE_OF(TG_KIND_BIT(TG_LIST))}};
static const struct tg_def pairs_def = {
    .name = "record",
    .plugin = "core",
    .doc = "",
    .fn = join_pairs,
    .flags = TG_DEF_QUICK,
    .sig = {.name = "record", .count = 1, .required = 1, .params = pairs_params, .result = TG_TYPE_OF(TG_KIND_BIT(TG_RECORD))},
};

/* ---- making -------------------------------------------------------------------------------------- */

static bool knows_keys(tg_value pairs)
{
    if (tg_kind(pairs) != TG_LIST) return false;
    const struct tg_list *list = tg_list_of(pairs);
    for (size_t i = 0; i < list->count; i += 2)
        if (tg_kind(list->items[i]) != TG_STR) return false;
    return true;
}

tg_value tg_pairs_join(struct tg_eval *e, const struct tg_ast *n, tg_value take_list)
{
    if (!knows_keys(take_list)) return tg_call_task(e, n, &pairs_def, &take_list, 1);
    const struct tg_list *pairs = tg_list_of(take_list);
    tg_value record = tg_record_make(pairs->count / 2);
    put_pairs(record, pairs);
    tg_value_unref(take_list);
    return record;
}

bool tg_pairs_add(struct tg_eval *e, const struct tg_ast *n, tg_value list)
{
    tg_value key = tg_eval_expression(e, tg_n_pair_key(n));
    if (tg_is_bad(key)) return false;
    tg_value value = tg_eval_expression(e, tg_n_pair_value(n));
    if (tg_is_bad(value)) return tg_value_unref(key), false;
    tg_list_add(list, key);
    tg_list_add(list, value);
    return true;
}

static tg_value key_of(struct tg_eval *e, const struct tg_ast *entry)
{
    const struct tg_name *key = tg_names_get(&e->program->names, entry->sym);
    return tg_str_make(TG_STR, key->text, key->length);
}

static bool add_entry(struct tg_eval *e, const struct tg_ast *entry, tg_value list)
{
    if (entry->kind == TG_N_PAIR) return tg_pairs_add(e, entry, list);
    tg_value value = tg_eval_expression(e, tg_n_entry_value(entry));
    if (tg_is_bad(value)) return false;
    tg_list_add(list, key_of(e, entry));
    tg_list_add(list, value);
    return true;
}

static tg_value evaluated_keys(struct tg_eval *e, const struct tg_ast *n, struct tg_kids entries)
{
    tg_value list = tg_list_make(2 * entries.count);
    for (uint32_t i = 0; i < entries.count; i++)
        if (!add_entry(e, entries.items[i], list)) return tg_value_unref(list), tg_bad();
    return tg_pairs_join(e, n, list);
}

tg_value tg_pairs_record(struct tg_eval *e, const struct tg_ast *n)
{
    struct tg_kids entries = tg_n_record_entries(n);
    for (uint32_t i = 0; i < entries.count; i++)
        if (entries.items[i]->kind == TG_N_PAIR) return evaluated_keys(e, n, entries);
    tg_value record = tg_record_make(entries.count);
    for (uint32_t i = 0; i < entries.count; i++) {
        tg_value value = tg_eval_expression(e, tg_n_entry_value(entries.items[i]));
        if (tg_is_bad(value)) return tg_value_unref(record), value;
        tg_record_put(record, key_of(e, entries.items[i]), value);
    }
    return record;
}
