/* SPDX-License-Identifier: MIT
 * Which command makes which path. */
#include "engine/command/owners.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/buf.h"
#include "engine/base/hash.h"

struct tg_owner {
    char *key; /* tg_canonical_of, tg_canonical_pattern */
    const char *task;
    tg_span span;
    uint64_t number; /* the command; 0: nobody, for now */
    bool writes;     /* by `>` only */
};

void tg_owners_init(struct tg_owners *s)
{
    *s = (struct tg_owners){0};
    pthread_mutex_init(&s->lock, NULL);
}

void tg_owners_done(struct tg_owners *s)
{
    for (size_t i = 0; i < s->items.count; i++) free(s->items.items[i].key);
    tg_vec_done(&s->items);
    tg_table_done(&s->table);
    tg_canonical_done(&s->paths);
    pthread_mutex_destroy(&s->lock);
}

static bool is_of_key(const void *owners, uint32_t number, const void *key)
{
    return strcmp(((const struct tg_owners *)owners)->items.items[number].key, key) == 0;
}

/* The item of a path, which takes the key; a new one belongs to nobody. */
static uint32_t find_item(struct tg_owners *s, char *take_key)
{
    uint32_t hash = tg_table_hash(tg_hash_bytes(take_key, strlen(take_key))), number = (uint32_t)s->items.count;
    tg_table_reserve(&s->table);
    struct tg_table_slot *slot = tg_table_slot(&s->table, hash, is_of_key, s, take_key);
    if (slot->number_plus_1) {
        free(take_key);
        return slot->number_plus_1 - 1;
    }
    tg_vec_push(&s->items, ((struct tg_owner){.key = take_key}));
    tg_table_take(&s->table, slot, hash, number);
    return number;
}

static bool refuse_claim(const struct tg_owned *o, const struct tg_owner *first, enum tg_making how, const char *path,
                         struct tg_err *err)
{
    struct tg_buf b = {0};
    if (first->number == o->number) return tg_err_set(err, TG_EXIT_FAILED, "two results have the same path '%s'", path);
    tg_buf_format(&b, "'%s' is also %s by task '%s'", path, first->writes ? "written" : "made", first->task);
    if (o->place) {
        tg_buf_text(&b, ", called at ");
        o->place(o->data, first->span, &b);
    }
    tg_err_set(err, TG_EXIT_FAILED, "%s", tg_buf_str(&b));
    if (how == TG_WRITES_FILE) tg_err_hint(err, "Only one task of a run may make a file; write it to a path of its own.");
    else tg_err_hint(err, "Only one task of a run may make a file; put what differs, such as an argument, into the path.");
    tg_buf_done(&b);
    return false;
}

/* May the command have what this one has? */
static bool may_share(const struct tg_owner *first, const struct tg_owned *o, enum tg_making how)
{
    if (!first->number || o->remakes) return true;
    if (how == TG_WRITES_FILE) return first->writes || first->number == o->number;
    return false;
}

static char *owner_key(struct tg_canonical *paths, enum tg_making how, const char *path)
{
    return (how == TG_MAKES_LIST ? tg_canonical_pattern : tg_canonical_of)(paths, path);
}

/* Locked. False: *first has it. */
static bool claim_key(struct tg_owners *s, struct tg_owned *o, enum tg_making how, char *take_key, struct tg_owner *first)
{
    if (!o->number) o->number = 1 + atomic_fetch_add_explicit(&s->last, 1, memory_order_relaxed);
    uint32_t number = find_item(s, take_key);
    struct tg_owner *item = &s->items.items[number];
    *first = *item;
    bool fine = may_share(first, o, how);
    if (fine && !first->number) {
        *item = (struct tg_owner){first->key, o->task, o->span, o->number, how == TG_WRITES_FILE};
        tg_vec_push(&o->claims, number);
    }
    return fine;
}

bool tg_owners_claim(struct tg_owners *s, struct tg_owned *o, enum tg_making how, const char *path, struct tg_err *err)
{
    struct tg_owner first;
    char *key = owner_key(&o->paths, how, path);
    pthread_mutex_lock(&s->lock);
    bool fine = claim_key(s, o, how, key, &first);
    pthread_mutex_unlock(&s->lock);
    return fine || refuse_claim(o, &first, how, path, err);
}

bool tg_owners_own(struct tg_owners *s, struct tg_owned *o, enum tg_making how, const char *path, struct tg_err *err)
{
    struct tg_owner first;
    bool list = how == TG_MAKES_LIST;
    pthread_mutex_lock(&s->lock);
    char *key = (list ? tg_canonical_pattern : tg_canonical_unless_link)(&s->paths, path);
    pthread_mutex_unlock(&s->lock);
    if (!list) key = tg_canonical_see(key, path); /* others need not wait for that */
    pthread_mutex_lock(&s->lock);
    bool fine = claim_key(s, o, how, key, &first);
    pthread_mutex_unlock(&s->lock);
    return fine || refuse_claim(o, &first, how, path, err);
}

void tg_owners_release(struct tg_owners *s, struct tg_owned *o, bool made)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < o->claims.count && !made; i++) s->items.items[o->claims.items[i]].number = 0;
    pthread_mutex_unlock(&s->lock);
    tg_vec_done(&o->claims);
    tg_canonical_done(&o->paths);
}
