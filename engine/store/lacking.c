/* SPDX-License-Identifier: MIT
 * Missing files: a table by path. */
#include "engine/store/lacking.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/base/hash.h"

struct tg_lack {
    struct tg_again_recipe *recipe;
    bool wanted, making, made;
    bool failed; /* `maker` could not make it */
    uint32_t maker;
};

struct tg_lack_of {
    char *path; /* heap */
    struct tg_content content;
    uint32_t task;
    bool missing; /* else it belongs to a task of which another one is */
};

void tg_lacking_init(struct tg_lacking *l)
{
    *l = (struct tg_lacking){0};
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->made, NULL);
}

void tg_lacking_done(struct tg_lacking *l)
{
    for (size_t i = 0; i < l->tasks.count; i++) l->tasks.items[i].recipe->free(l->tasks.items[i].recipe);
    for (size_t i = 0; i < l->files.count; i++) free(l->files.items[i].path);
    tg_vec_done(&l->tasks);
    tg_vec_done(&l->files);
    tg_table_done(&l->by_path);
    pthread_cond_destroy(&l->made);
    pthread_mutex_destroy(&l->lock);
}

static bool is_of_path(const void *files, uint32_t number, const void *path)
{
    return strcmp(((const struct tg_lack_of *)files)[number].path, path) == 0;
}

static uint32_t hash_path(const char *path)
{
    return tg_table_hash(tg_hash_bytes(path, strlen(path)));
}

/* Locked. */
static void enter_lacking_file(struct tg_lacking *l, const struct tg_recorded_file *file, uint32_t task)
{
    tg_table_reserve(&l->by_path);
    uint32_t hash = hash_path(file->path);
    struct tg_table_slot *slot = tg_table_slot(&l->by_path, hash, is_of_path, l->files.items, file->path);
    if (slot->number_plus_1) {
        struct tg_lack_of *known = &l->files.items[slot->number_plus_1 - 1];
        known->task = task;
        known->missing = file->flags & TG_RECORDED_MISSING;
        return;
    }
    tg_table_take(&l->by_path, slot, hash, (uint32_t)l->files.count);
    tg_vec_push(&l->files, ((struct tg_lack_of){strdup(file->path), file->content, task, file->flags & TG_RECORDED_MISSING}));
}

void tg_lacking_add(struct tg_lacking *l, const struct tg_recorded_file *results, size_t count,
                    struct tg_again_recipe *take_recipe)
{
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < count; i++) enter_lacking_file(l, &results[i], (uint32_t)l->tasks.count);
    take_recipe->number = (uint32_t)l->tasks.count;
    tg_vec_push(&l->tasks, (struct tg_lack){.recipe = take_recipe});
    atomic_store(&l->count, l->tasks.count);
    pthread_mutex_unlock(&l->lock);
}

/* Locked. NULL: it is not among them. */
static struct tg_lack_of *find_lack(struct tg_lacking *l, const char *path)
{
    uint32_t number = tg_table_find(&l->by_path, hash_path(path), is_of_path, l->files.items, path);
    return number == TG_TABLE_NONE ? NULL : &l->files.items[number];
}

/* Locked. The task that makes these, by the first of them. */
static struct tg_lack *find_lack_of(struct tg_lacking *l, const struct tg_recorded *task)
{
    struct tg_lack_of *file = task->result_count ? find_lack(l, task->results[0].path) : NULL;
    return file ? &l->tasks.items[file->task] : NULL;
}

struct tg_again_recipe *tg_lacking_find(struct tg_lacking *l, const char *path, struct tg_content *content)
{
    struct tg_again_recipe *recipe = NULL;
    if (!atomic_load(&l->count)) return NULL;
    pthread_mutex_lock(&l->lock);
    const struct tg_lack_of *file = find_lack(l, path);
    if (file && file->missing && !l->tasks.items[file->task].made) {
        recipe = l->tasks.items[file->task].recipe;
        *content = file->content;
    }
    pthread_mutex_unlock(&l->lock);
    return recipe;
}

void tg_lacking_below(struct tg_lacking *l, const char *folder, void (*fn)(void *data, const char *path), void *data)
{
    size_t length = strlen(folder);
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->files.count; i++) {
        const char *path = l->files.items[i].path;
        if (strncmp(path, folder, length) == 0 && path[length] == '/') fn(data, path);
    }
    pthread_mutex_unlock(&l->lock);
}

void tg_lacking_settle(struct tg_lacking *l, const char *path)
{
    if (!atomic_load(&l->count)) return;
    pthread_mutex_lock(&l->lock);
    struct tg_lack_of *file = find_lack(l, path);
    if (file) file->missing = false;
    pthread_mutex_unlock(&l->lock);
}

void tg_lacking_want(struct tg_lacking *l, struct tg_again_recipe *const *recipes, size_t count)
{
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < count; i++) l->tasks.items[recipes[i]->number].wanted = true;
    pthread_mutex_unlock(&l->lock);
}

struct tg_again_recipe *tg_lacking_claim(struct tg_lacking *l, const struct tg_recorded *task, uint32_t number, bool *failed)
{
    *failed = false;
    if (!atomic_load(&l->count)) return NULL;
    pthread_mutex_lock(&l->lock);
    struct tg_lack *lack;
    while ((lack = find_lack_of(l, task)) && lack->making) pthread_cond_wait(&l->made, &l->lock);
    *failed = lack && lack->failed && lack->maker != number;
    bool ours = lack && lack->wanted && !lack->made && !*failed;
    if (ours) lack->making = true;
    struct tg_again_recipe *recipe = ours ? lack->recipe : NULL;
    pthread_mutex_unlock(&l->lock);
    return recipe;
}

bool tg_lacking_is_known(struct tg_lacking *l, const struct tg_recorded *task)
{
    if (!atomic_load(&l->count)) return false;
    pthread_mutex_lock(&l->lock);
    bool known = find_lack_of(l, task) != NULL;
    pthread_mutex_unlock(&l->lock);
    return known;
}

/* Locked. */
static struct tg_lack *end_claim(struct tg_lacking *l, const struct tg_recorded *task)
{
    struct tg_lack *lack = find_lack_of(l, task);
    TG_ASSERT(lack && lack->making);
    lack->making = false;
    pthread_cond_broadcast(&l->made);
    return lack;
}

void tg_lacking_leave(struct tg_lacking *l, const struct tg_recorded *task)
{
    pthread_mutex_lock(&l->lock);
    end_claim(l, task);
    pthread_mutex_unlock(&l->lock);
}

void tg_lacking_made(struct tg_lacking *l, const struct tg_recorded *task, uint32_t number, bool good)
{
    pthread_mutex_lock(&l->lock);
    struct tg_lack *lack = end_claim(l, task);
    lack->made = good;
    lack->failed = !good;
    lack->maker = number;
    pthread_mutex_unlock(&l->lock);
}
