/* SPDX-License-Identifier: MIT
 * Names to small numbers. The hash is FNV-1a over eight bytes at a time with a final mix: the pages the table
 * touches cost more than the hash does. */
#include "engine/base/names.h"

#include <string.h>

struct tg_name_slot {
    uint32_t hash;
    uint32_t id_plus_1; /* 0: free */
};

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
    tg_block_free(n->slots, n->slot_count * sizeof *n->slots);
    tg_vec_done(&n->names);
    tg_arena_done(&n->arena);
    *n = (struct tg_names){0};
}

static size_t find_slot(const struct tg_names *n, const char *text, size_t length, uint32_t hash)
{
    size_t mask = n->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        const struct tg_name_slot *slot = &n->slots[i];
        if (!slot->id_plus_1) return i;
        if (slot->hash != hash) continue;
        const struct tg_name *name = &n->names.items[slot->id_plus_1 - 1];
        if (name->length == length && (!length || memcmp(name->text, text, length) == 0)) return i;
    }
}

static void grow(struct tg_names *n)
{
    struct tg_name_slot *old = n->slots;
    size_t old_count = n->slot_count;
    n->slot_count = old_count ? old_count * 4 : 256;
    n->slots = tg_block_zero(n->slot_count * sizeof *n->slots);
    size_t mask = n->slot_count - 1;
    for (size_t id = 0; id < n->names.count; id++) {
        uint32_t hash = n->names.items[id].hash;
        size_t i = hash & mask;
        while (n->slots[i].id_plus_1) i = (i + 1) & mask;
        n->slots[i] = (struct tg_name_slot){hash, (uint32_t)id + 1};
    }
    tg_block_free(old, old_count * sizeof *old);
}

uint32_t tg_names_find(const struct tg_names *n, const char *text, size_t length)
{
    if (!n->slot_count) return TG_NO_NAME;
    size_t i = find_slot(n, text, length, hash_text(text, length));
    return n->slots[i].id_plus_1 - 1; /* 0 - 1 is TG_NO_NAME */
}

uint32_t tg_names_add(struct tg_names *n, const char *text, size_t length)
{
    if ((n->names.count + 1) * 2 > n->slot_count) grow(n);
    uint32_t hash = hash_text(text, length);
    size_t i = find_slot(n, text, length, hash);
    if (n->slots[i].id_plus_1) return n->slots[i].id_plus_1 - 1;
    /* names need no alignment: copied byte to byte */
    char *copy;
    if ((size_t)(n->arena.end - n->arena.next) > length) {
        copy = n->arena.next;
        n->arena.next += length + 1;
    } else {
        copy = tg_arena_alloc_slow(&n->arena, length + 1);
    }
    if (length) memcpy(copy, text, length);
    copy[length] = 0;
    tg_vec_push(&n->names, ((struct tg_name){copy, (uint32_t)length, hash}));
    n->slots[i] = (struct tg_name_slot){hash, (uint32_t)n->names.count};
    return (uint32_t)n->names.count - 1;
}
