/* SPDX-License-Identifier: MIT
 * Temporary files: how many values name each. */
#include "engine/store/temps.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/assert.h"
#include "engine/base/hash.h"
#include "engine/base/rmtree.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

struct tg_temp {
    struct tg_str_watch watch;
    struct tg_temps *all;
    char *path;   /* heap */
    size_t named; /* locked: values */
    bool stays;   /* locked */
};

void tg_temps_init(struct tg_temps *s, void (*gone)(void *data, const char *path), void *data)
{
    *s = (struct tg_temps){.gone = gone, .data = data};
    pthread_mutex_init(&s->lock, NULL);
}

void tg_temps_done(struct tg_temps *s)
{
    for (size_t i = 0; i < s->items.count; i++) {
        TG_ASSERT(!s->items.items[i]->named);
        free(s->items.items[i]->path);
        free(s->items.items[i]);
    }
    tg_vec_done(&s->items);
    tg_table_done(&s->by_path);
    pthread_mutex_destroy(&s->lock);
}

/* It may be a folder. */
static bool remove_temp(const char *path)
{
    if (unlink(path) == 0) return true;
    return errno == EISDIR && tg_rmtree(path);
}

/* The last value is gone. The lock is held while the file is removed: who makes it again names it first. */
static void lose_name(struct tg_str_watch *watch)
{
    struct tg_temp *t = (struct tg_temp *)((char *)watch - offsetof(struct tg_temp, watch));
    struct tg_temps *s = t->all;
    pthread_mutex_lock(&s->lock);
    bool removed = --t->named == 0 && !t->stays && !s->all_stay && remove_temp(t->path);
    pthread_mutex_unlock(&s->lock);
    if (removed) s->gone(s->data, t->path);
}

static bool is_temp_of(const void *items, uint32_t number, const void *path)
{
    return strcmp(((struct tg_temp *const *)items)[number]->path, path) == 0;
}

static uint32_t hash_temp(const char *path)
{
    return tg_table_hash(tg_hash_bytes(path, strlen(path)));
}

/* Locked. */
static struct tg_temp *enter_temp(struct tg_temps *s, const char *path)
{
    uint32_t hash = hash_temp(path);
    tg_table_reserve(&s->by_path);
    struct tg_table_slot *slot = tg_table_slot(&s->by_path, hash, is_temp_of, s->items.items, path);
    if (slot->number_plus_1) return s->items.items[slot->number_plus_1 - 1];
    struct tg_temp *t = tg_alloc_zero(sizeof *t);
    *t = (struct tg_temp){.watch.gone = lose_name, .all = s, .path = strdup(path)};
    tg_table_take(&s->by_path, slot, hash, (uint32_t)s->items.count);
    tg_vec_push(&s->items, t);
    return t;
}

static tg_value watch_file(struct tg_temps *s, tg_value v)
{
    pthread_mutex_lock(&s->lock);
    struct tg_temp *t = enter_temp(s, tg_str_of(v)->data);
    t->named++;
    pthread_mutex_unlock(&s->lock);
    atomic_store_explicit(&s->any, true, memory_order_relaxed);
    return tg_str_watched(v, &t->watch);
}

tg_value tg_temps_watch(struct tg_temps *s, tg_value take_v)
{
    tg_value out = tg_value_ref(take_v);
    if (tg_kind(take_v) == TG_FILE) tg_value_unref(out), out = watch_file(s, take_v);
    if (tg_kind(take_v) == TG_LIST) {
        const struct tg_list *l = tg_list_of(take_v);
        tg_value_unref(out);
        out = tg_list_make(l->count);
        for (size_t i = 0; i < l->count; i++) tg_list_add(out, tg_temps_watch(s, tg_value_ref(l->items[i])));
    }
    if (tg_kind(take_v) == TG_RECORD) {
        const struct tg_record *r = tg_record_of(take_v);
        tg_value_unref(out);
        out = tg_record_make(r->count);
        for (size_t i = 0; i < r->count; i++)
            tg_record_put(out, tg_value_ref(r->fields[i].key), tg_temps_watch(s, tg_value_ref(r->fields[i].value)));
    }
    tg_value_unref(take_v);
    return out;
}

static void stay(void *temps, const char *path)
{
    struct tg_temps *s = temps;
    pthread_mutex_lock(&s->lock);
    uint32_t number = tg_table_find(&s->by_path, hash_temp(path), is_temp_of, s->items.items, path);
    if (number != TG_TABLE_NONE) s->items.items[number]->stays = true;
    pthread_mutex_unlock(&s->lock);
}

void tg_temps_stay(struct tg_temps *s, tg_value v)
{
    if (tg_temps_any(s)) tg_value_each_text(v, TG_KIND_BIT(TG_FILE), stay, s);
}

void tg_temps_all_stay(struct tg_temps *s)
{
    pthread_mutex_lock(&s->lock);
    s->all_stay = true;
    pthread_mutex_unlock(&s->lock);
}
