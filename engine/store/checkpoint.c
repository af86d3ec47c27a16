/* SPDX-License-Identifier: MIT
 * What an earlier run left: a table by key, in memory, since most of it is used at once. */
#include "engine/store/checkpoint.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/table.h"

struct left_result {
    struct tg_digest key;
    void *bytes; /* heap; NULL: it was taken */
    size_t length;
    uint32_t next; /* of the same key: its number, from 1; 0: the last */
};

struct tg_checkpoint {
    struct tg_ledger *ledger; /* locked; NULL: not yet */
    struct tg_ledger *(*open)(void *data);
    void *data;
    struct tg_digest work;
    uint64_t most_bytes;
    pthread_mutex_t lock;
    uint64_t bytes;                  /* locked: kept so far, of earlier runs and this one */
    TG_VEC(struct left_result) left; /* locked */
    TG_VEC(uint32_t) last;           /* before it is used: the last one of each key, by the number of the first */
    struct tg_table by_key;          /* locked: of the first of each key that is left */
    size_t count;                    /* immutable */
};

static bool is_left_of(const void *left, uint32_t number, const void *key)
{
    return tg_digest_equal(((const struct left_result *)left)[number].key, *(const struct tg_digest *)key);
}

static struct tg_table_slot *slot_of_key(struct tg_checkpoint *c, const struct tg_digest *key)
{
    return tg_table_slot(&c->by_key, tg_table_hash(key->low), is_left_of, c->left.items, key);
}

static bool note_left(void *checkpoint, struct tg_digest key, const void *bytes, size_t length)
{
    struct tg_checkpoint *c = checkpoint;
    uint32_t number = (uint32_t)c->left.count;
    tg_table_reserve(&c->by_key);
    struct tg_table_slot *slot = slot_of_key(c, &key);
    if (slot->number_plus_1) {
        uint32_t *last = &c->last.items[slot->number_plus_1 - 1];
        c->left.items[*last].next = number + 1;
        *last = number;
    } else {
        tg_table_take(&c->by_key, slot, tg_table_hash(key.low), number);
    }
    tg_vec_push(&c->left, ((struct left_result){key, tg_alloc_copy(bytes, length), length, 0}));
    tg_vec_push(&c->last, number);
    c->bytes += length;
    return true;
}

struct tg_checkpoint *tg_checkpoint_new(struct tg_ledger *l, struct tg_ledger *(*open)(void *data), void *data,
                                        struct tg_digest work, bool resumes, uint64_t most_bytes)
{
    struct tg_checkpoint *c = tg_alloc_zero(sizeof *c);
    *c = (struct tg_checkpoint){.ledger = l, .open = open, .data = data, .work = work, .most_bytes = most_bytes};
    pthread_mutex_init(&c->lock, NULL);
    if (l && resumes) tg_ledger_checked(l, work, note_left, c);
    else if (l) tg_ledger_uncheck(l, work);
    tg_vec_done(&c->last);
    c->count = c->left.count;
    return c;
}

void tg_checkpoint_end(struct tg_checkpoint *c, bool good)
{
    if (!c) return;
    if (good && c->bytes && c->ledger) tg_ledger_uncheck(c->ledger, c->work);
    for (size_t i = 0; i < c->left.count; i++) free(c->left.items[i].bytes);
    tg_vec_done(&c->left);
    tg_table_done(&c->by_key);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

size_t tg_checkpoint_count(const struct tg_checkpoint *c)
{
    return c->count;
}

/* The first of a key stays in the table; those behind it are found by it. */
static struct left_result *find_left(struct tg_checkpoint *c, const struct tg_digest *key)
{
    uint32_t number = tg_table_find(&c->by_key, tg_table_hash(key->low), is_left_of, c->left.items, key);
    struct left_result *r = number == TG_TABLE_NONE ? NULL : &c->left.items[number];
    while (r && !r->bytes) r = r->next ? &c->left.items[r->next - 1] : NULL;
    return r;
}

bool tg_checkpoint_take(struct tg_checkpoint *c, struct tg_digest key, struct tg_buf *out)
{
    if (!c->count) return false;
    pthread_mutex_lock(&c->lock);
    struct left_result *r = find_left(c, &key);
    if (r) {
        tg_buf_add(out, r->bytes, r->length);
        free(r->bytes);
        r->bytes = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    return r;
}

void tg_checkpoint_put(struct tg_checkpoint *c, struct tg_digest key, const void *bytes, size_t length)
{
    if (length > TG_CHECKPOINT_VALUE_BYTES) return;
    pthread_mutex_lock(&c->lock);
    bool fits = c->bytes + length <= c->most_bytes;
    if (fits) c->bytes += length + 1; /* an empty one counts, too */
    if (fits && !c->ledger && c->open) c->ledger = c->open(c->data), c->open = NULL;
    pthread_mutex_unlock(&c->lock);
    if (fits && c->ledger) tg_ledger_check(c->ledger, c->work, key, bytes, length);
}
