/* SPDX-License-Identifier: MIT
 * Records: fields in the order in which they were first set.
 *
 * Up to 16 fields a key is searched from the first on. Above, an index of field numbers is kept by tg_record_put, so that
 * readers, which may be many, only ever read. Its hash is keyed with random bits of the process: keys come from files of
 * others, who must not be able to make them collide. */
#include "engine/value/record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "engine/base/alloc.h"
#include "engine/base/block.h"
#include "engine/base/table.h"
#include "engine/value/str.h"

#define FEW_FIELDS 4
#define IN_PLACE_FIELDS 8
#define SEARCHED_FIELDS 16

/* Two odd multipliers that nobody outside can know. */
static uint64_t hash_keys[2];

__attribute__((constructor)) static void choose_hash_keys(void)
{
    const void *random = (const void *)getauxval(AT_RANDOM); /* 16 bytes from the kernel */
    if (random) memcpy(hash_keys, random, sizeof hash_keys);
    hash_keys[0] |= 1;
    hash_keys[1] |= UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t mix_word(uint64_t h, uint64_t word)
{
    h = (h ^ word) * hash_keys[0];
    h = (h ^ h >> 32) * hash_keys[1];
    return h ^ h >> 29;
}

static uint32_t hash_key(const char *key, size_t length)
{
    uint64_t h = length, word;
    for (; length >= 8; key += 8, length -= 8) {
        memcpy(&word, key, 8);
        h = mix_word(h, word);
    }
    word = 0;
    if (length) memcpy(&word, key, length);
    h = mix_word(h, word);
    return (uint32_t)(h ^ h >> 32);
}

static bool has_key(const struct tg_field *f, const char *key, size_t length)
{
    const struct tg_str *t = tg_str_of(f->key);
    return t->length == length && (!length || memcmp(t->data, key, length) == 0);
}

struct key {
    const char *text;
    size_t length;
};

static bool is_field(const void *fields, uint32_t number, const void *wanted)
{
    const struct key *key = wanted;
    return has_key(&((const struct tg_field *)fields)[number], key->text, key->length);
}

static struct tg_field *find_field(const struct tg_record *r, const char *key, size_t length)
{
    if (r->index) {
        uint32_t number = tg_table_find(r->index, hash_key(key, length), is_field, r->fields, &(struct key){key, length});
        return number != TG_TABLE_NONE ? &r->fields[number] : NULL;
    }
    for (size_t i = 0; i < r->count; i++)
        if (has_key(&r->fields[i], key, length)) return &r->fields[i];
    return NULL;
}

static void index_field(struct tg_record *r, size_t number)
{
    const struct tg_str *text = tg_str_of(r->fields[number].key);
    struct key key = {text->data, text->length};
    uint32_t hash = hash_key(key.text, key.length);
    tg_table_reserve(r->index);
    tg_table_take(r->index, tg_table_slot(r->index, hash, is_field, r->fields, &key), hash, (uint32_t)number);
}

static void make_index(struct tg_record *r)
{
    r->index = tg_alloc_zero(sizeof *r->index);
    for (size_t i = 0; i < r->count; i++) index_field(r, i);
}

static void grow_fields(struct tg_record *r)
{
    size_t room = r->room < FEW_FIELDS ? 2 * FEW_FIELDS : 2 * r->room;
    size_t bytes = tg_block_bytes(room, sizeof *r->fields);
    if (r->fields == r->in_place) {
        r->fields = tg_block_new(bytes);
        memcpy(r->fields, r->in_place, r->count * sizeof *r->fields);
    } else {
        r->fields = tg_block_resize(r->fields, r->room * sizeof *r->fields, bytes);
    }
    r->room = room;
}

static void mark_anew(struct tg_record *r)
{
    r->obj.flags = 0;
    for (size_t i = 0; i < r->count; i++) r->obj.flags |= tg_value_marks(r->fields[i].value);
}

tg_value tg_record_make(size_t room)
{
    if (!room) room = FEW_FIELDS;
    bool small = room <= IN_PLACE_FIELDS;
    struct tg_record *r = tg_alloc(sizeof *r + (small ? room * sizeof *r->fields : 0));
    r->obj = (struct tg_obj){.refs = 1, .kind = TG_RECORD};
    r->count = 0;
    r->room = room;
    r->fields = small ? r->in_place : tg_block_new(tg_block_bytes(room, sizeof *r->fields));
    r->index = NULL;
    return tg_make_(TG_RECORD, (uintptr_t)r);
}

void tg_record_put(tg_value record, tg_value take_key, tg_value take_value)
{
    struct tg_record *r = tg_record_of(record);
    TG_ASSERT(tg_value_unique(record) && tg_kind(take_key) == TG_STR);
    const struct tg_str *key = tg_str_of(take_key);
    struct tg_field *old = find_field(r, key->data, key->length);
    if (old) {
        tg_value was = old->value;
        old->value = take_value;
        if (tg_value_marks(was)) mark_anew(r);
        tg_value_unref(was);
        tg_value_unref(take_key);
    } else {
        if (r->count == r->room) grow_fields(r);
        r->fields[r->count++] = (struct tg_field){take_key, take_value};
        if (r->index) index_field(r, r->count - 1);
        else if (r->count > SEARCHED_FIELDS) make_index(r);
    }
    r->obj.flags |= tg_value_marks(take_value);
    TG_ASSERT(r->index ? r->index->count == r->count : r->count <= SEARCHED_FIELDS);
}

/* The fields have the same numbers, and so the same index: no key is looked for. */
static tg_value copy_record(const struct tg_record *r, size_t more)
{
    tg_value copy = tg_record_make(r->count + more);
    struct tg_record *to = tg_record_of(copy);
    for (; to->count < r->count; to->count++) {
        const struct tg_field *f = &r->fields[to->count];
        to->fields[to->count] = (struct tg_field){tg_value_ref(f->key), tg_value_ref(f->value)};
    }
    to->obj.flags = r->obj.flags;
    if (!r->index) return copy;
    to->index = tg_alloc_zero(sizeof *to->index);
    tg_table_copy(to->index, r->index);
    return copy;
}

static void put_fields(tg_value record, const struct tg_record *from)
{
    for (size_t i = 0; i < from->count; i++)
        tg_record_put(record, tg_value_ref(from->fields[i].key), tg_value_ref(from->fields[i].value));
}

tg_value tg_record_own(tg_value take_record, size_t more)
{
    if (tg_value_unique(take_record)) return take_record;
    tg_value copy = copy_record(tg_record_of(take_record), more);
    tg_value_unref(take_record);
    return copy;
}

tg_value tg_record_join(tg_value take_a, tg_value b)
{
    const struct tg_record *more = tg_record_of(b);
    if (more->count == 0) return take_a;
    tg_value joined = tg_record_own(take_a, more->count);
    put_fields(joined, more);
    return joined;
}

const tg_value *tg_record_find(tg_value record, const char *key, size_t length)
{
    const struct tg_field *f = find_field(tg_record_of(record), key, length);
    return f ? &f->value : NULL;
}
