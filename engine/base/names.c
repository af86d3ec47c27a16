/* SPDX-License-Identifier: MIT
 * Names to small numbers. The hash is FNV-1a over eight bytes at a time with a final mix: the pages the table
 * touches cost more than the hash does. */
#include "engine/base/names.h"

#include <string.h>

static uint32_t hash_text(const char *text, size_t length)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ length;
    while (length >= 8) {
        uint64_t word;
        memcpy(&word, text, 8);
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
        text += 8, length -= 8;
    }
    uint64_t word = 0;
    if (length) memcpy(&word, text, length);
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h ^ h >> 32);
}

void tg_names_done(struct tg_names *n)
{
    tg_table_done(&n->table);
    tg_vec_done(&n->names);
    tg_arena_done(&n->arena);
    *n = (struct tg_names){0};
}

static bool is_same_name(const void *names, uint32_t id, const void *wanted)
{
    const struct tg_name *a = &((const struct tg_names *)names)->names.items[id], *b = wanted;
    return a->length == b->length && (!b->length || memcmp(a->text, b->text, b->length) == 0);
}

uint32_t tg_names_find(const struct tg_names *n, const char *text, size_t length)
{
    struct tg_name wanted = {text, (uint32_t)length};
    return tg_table_find(&n->table, hash_text(text, length), is_same_name, n, &wanted);
}

uint32_t tg_names_add(struct tg_names *n, const char *text, size_t length)
{
    TG_ASSERT(length <= UINT32_MAX && n->names.count < TG_NO_NAME);
    uint32_t hash = hash_text(text, length), id = (uint32_t)n->names.count;
    struct tg_name name = {text, (uint32_t)length};
    tg_table_reserve(&n->table);
    struct tg_table_slot *slot = tg_table_slot(&n->table, hash, is_same_name, n, &name);
    if (slot->number_plus_1) return slot->number_plus_1 - 1;
    name.text = tg_arena_pack(&n->arena, text, length);
    tg_vec_push(&n->names, name);
    tg_table_take(&n->table, slot, hash, id);
    TG_ASSERT(n->table.count == n->names.count);
    return id;
}
