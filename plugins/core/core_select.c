/* SPDX-License-Identifier: MIT
 * What a list says as a whole: whether any or all of its items count as true, which of them differ, and which belong
 * together. Items are only moved around, so a list may hold futures where these are not looked into. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "plugins/core/core.h"

/* ---- any, all ------------------------------------------------------------------------------------ */

static bool has_truth(tg_value list, bool truth)
{
    size_t n;
    const tg_value *items = tg_list_items(list, &n);
    for (size_t i = 0; i < n; i++)
        if (core_compare_truth(items[i]) == truth) return true;
    return false;
}

TASK(core_select_any)
{
    *out = tg_bool(has_truth(args[0], true));
    return TG_OK;
}

TASK(core_select_all)
{
    *out = tg_bool(!has_truth(args[0], false));
    return TG_OK;
}

/* ---- hashing ------------------------------------------------------------------------------------- */

/* Items come from files of others, who must not be able to make them collide: the hash begins with bits of the process. */
static uint64_t hash_seed(void)
{
    uint64_t seed = 0;
    const void *random = (const void *)getauxval(AT_RANDOM); /* 16 bytes from the kernel */
    if (random) memcpy(&seed, random, sizeof seed);
    return seed;
}

/* How far a hash looks into a value. Lists may hold one list many times, and so have more parts than memory has bytes: of a
 * value with more than MOST_PARTS, all lists and records below HASH_DEPTH count as equal, as a hash may say. No stack is as
 * deep as lists can be, either. */
#define MOST_PARTS 100000
#define HASH_DEPTH 8
#define MOST_DEPTH 1000

struct hasher {
    int depth;    /* lists and records below count as equal */
    size_t parts; /* that may still be looked at; 0: there were too many */
};

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static uint64_t hash_bytes(uint64_t h, const char *bytes, size_t n)
{
    uint64_t word;
    for (; n >= 8; bytes += 8, n -= 8) {
        memcpy(&word, bytes, 8);
        h = mix(h, word);
    }
    word = 0;
    if (n) memcpy(&word, bytes, n);
    return mix(h, word ^ (uint64_t)n << 56);
}

/* As bytes if it is equal to another one that has the same. */
static uint64_t hash_object(uint64_t h, tg_value v)
{
    size_t n;
    tg_value content = tg_object_content(v);
    if (tg_kind(content) == TG_NIL) return mix(h, v.bits);
    const char *bytes = tg_as_text(content, &n);
    h = hash_bytes(h, bytes, n);
    tg_unref(content);
    return h;
}

/* An int and the float that is equal to it hash alike. A nan is equal to none, and two lists that hold one are equal only if
 * they are one list: its hash is that of the place where it stands. */
static uint64_t hash_number(uint64_t h, tg_value v, uint64_t place)
{
    if (tg_kind(v) == TG_FLOAT && isnan(v.f)) return mix(h, place);
    bool whole = tg_kind(v) == TG_INT || (v.f >= -0x1p63 && v.f < 0x1p63 && (double)(int64_t)v.f == v.f);
    if (!whole) return mix(h, v.bits);
    return mix(h, tg_kind(v) == TG_INT ? v.bits : (uint64_t)(int64_t)v.f);
}

static uint64_t hash_value(struct hasher *s, uint64_t h, tg_value v, int depth, uint64_t place);

static uint64_t hash_list(struct hasher *s, uint64_t h, tg_value list, int depth)
{
    size_t n;
    const tg_value *items = tg_list_items(list, &n);
    h = mix(h, n);
    for (size_t i = 0; i < n && s->parts; i++) h = hash_value(s, h, items[i], depth + 1, list.bits);
    return h;
}

/* The order of the fields does not matter. */
static uint64_t hash_record(struct hasher *s, uint64_t h, tg_value record, int depth)
{
    const char *key;
    size_t length;
    uint64_t sum = 0;
    tg_value item;
    for (size_t i = 0; s->parts && tg_record_at(record, i, &key, &length, &item); i++)
        sum += hash_bytes(hash_value(s, h, item, depth + 1, record.bits), key, length);
    return mix(h, sum);
}

static uint64_t hash_value(struct hasher *s, uint64_t h, tg_value v, int depth, uint64_t place)
{
    size_t n;
    const char *text;
    if (s->parts) s->parts--;
    switch (tg_kind(v)) {
    case TG_INT:
    case TG_FLOAT: return hash_number(mix(h, TG_INT), v, place);
    case TG_STR:
    case TG_FILE: text = tg_as_text(v, &n); return hash_bytes(mix(h, TG_STR), text, n);
    case TG_BYTES: text = tg_as_text(v, &n); return hash_bytes(mix(h, TG_BYTES), text, n);
    case TG_LIST: return depth < s->depth ? hash_list(s, mix(h, TG_LIST), v, depth) : h;
    case TG_RECORD: return depth < s->depth ? hash_record(s, mix(h, TG_RECORD), v, depth) : h;
    case TG_NIL: return mix(h, TG_NIL);
    case TG_OBJECT: return hash_object(mix(h, TG_OBJECT), v);
    default: return mix(mix(h, tg_kind(v)), v.bits);
    }
}

/* Equal values have equal hashes: they have as many parts. `place` is a number that no nan before has. */
static uint64_t hash_item(uint64_t seed, tg_value v, uint64_t place)
{
    struct hasher all = {MOST_DEPTH, MOST_PARTS}, upper = {HASH_DEPTH, SIZE_MAX};
    uint64_t h = hash_value(&all, seed, v, 0, place);
    return all.parts ? h : hash_value(&upper, seed, v, 0, place);
}

/* ---- which differ -------------------------------------------------------------------------------- */

/* The different values met so far, in the order of their first coming: open addressing, at most half of it taken. */
struct distinct {
    tg_value *items; /* lent */
    size_t *slots;   /* numbers of items, from 1 on; 0: free */
    size_t count, mask;
    uint64_t seed;
};

/* Room for `most` values; false where there is no memory. */
static bool distinct_init(struct distinct *d, size_t most)
{
    size_t slots = 4;
    while (slots < 2 * most) slots *= 2;
    *d = (struct distinct){malloc(most * sizeof *d->items + 1), calloc(slots, sizeof *d->slots), 0, slots - 1, hash_seed()};
    return d->items && d->slots;
}

static void distinct_done(struct distinct *d)
{
    free(d->items);
    free(d->slots);
}

/* The number of the value, which is new if that is what the count was. */
static size_t distinct_number(struct distinct *d, tg_value v)
{
    uint64_t hash = hash_item(d->seed, v, d->count);
    size_t at = (size_t)(hash ^ hash >> 32) & d->mask;
    for (; d->slots[at]; at = (at + 1) & d->mask)
        if (tg_equal(d->items[d->slots[at] - 1], v)) return d->slots[at] - 1;
    d->items[d->count] = v;
    d->slots[at] = ++d->count;
    return d->count - 1;
}

TASK(core_select_unique)
{
    struct distinct d;
    size_t n;
    const tg_value *items = tg_list_items(args[0], &n);
    bool fine = distinct_init(&d, n);
    if (fine) {
        for (size_t i = 0; i < n; i++) distinct_number(&d, items[i]);
        *out = tg_list_new(d.count);
        for (size_t i = 0; i < d.count; i++) tg_list_push(out, tg_ref(d.items[i]));
    }
    distinct_done(&d);
    return fine ? TG_OK : tg_fail(ctx, "out of memory: cannot compare %zu items", n);
}

/* ---- which belong together ----------------------------------------------------------------------- */

static int fail_group_key(tg_ctx *ctx, size_t i, tg_value key)
{
    return tg_fail(ctx, "'group_by' needs a str as the key of each item, but that of item %zu is %s; str(x) makes one", i,
                   tg_kind_of(key));
}

/* The lists of d's values, in *out by their text; takes the lists. */
static void give_groups(const struct distinct *d, const tg_value *groups, tg_value *out)
{
    *out = tg_record_new(d->count);
    for (size_t i = 0; i < d->count; i++) {
        size_t length;
        const char *key = tg_as_text(d->items[i], &length);
        tg_record_set(out, key, length, groups[i]);
    }
}

TASK(core_select_grouped_by)
{
    struct distinct d;
    size_t n, key_count;
    const tg_value *items = tg_list_items(args[0], &n), *keys = tg_list_items(args[1], &key_count);
    if (n != key_count) return tg_fail(ctx, "there must be as many keys as items, %zu, not %zu", n, key_count);
    for (size_t i = 0; i < n; i++)
        if (tg_kind(keys[i]) != TG_STR && tg_kind(keys[i]) != TG_FILE) return fail_group_key(ctx, i, keys[i]);
    tg_value *groups = malloc(n * sizeof *groups + 1);
    bool fine = distinct_init(&d, n) && groups;
    for (size_t i = 0; i < n && fine; i++) {
        size_t before = d.count, group = distinct_number(&d, keys[i]);
        if (group == before) groups[group] = tg_list_new(0);
        tg_list_push(&groups[group], tg_ref(items[i]));
    }
    if (fine) give_groups(&d, groups, out);
    distinct_done(&d);
    free(groups);
    return fine ? TG_OK : tg_fail(ctx, "out of memory: cannot group %zu items", n);
}
