/* SPDX-License-Identifier: MIT
 * Lists of files, and tables of those that are long; the inputs of a task that asks. */
#include "engine/store/againfiles.h"

#include <string.h>

#include "engine/base/hash.h"
#include "engine/store/againrun.h"

/* A table costs more than to look through so many. */
#define FEW_FILES 16

/* A flag of an input that is none after all, until all are known. */
#define UNREAD 0x200

static bool is_file_of(const void *files, uint32_t number, const void *path)
{
    return strcmp(((const struct tg_recorded_file *)files)[number].path, path) == 0;
}

static uint32_t hash_file(const char *path)
{
    return tg_table_hash(tg_hash_bytes(path, strlen(path)));
}

static void enter_path_of(struct tg_againfiles *x, const struct tg_recorded_file *files)
{
    uint32_t number = (uint32_t)x->count++, hash = hash_file(files[number].path);
    tg_table_reserve(&x->by_path);
    struct tg_table_slot *slot = tg_table_slot(&x->by_path, hash, is_file_of, files, files[number].path);
    if (!slot->number_plus_1) tg_table_take(&x->by_path, slot, hash, number);
}

uint32_t tg_againfiles_find(struct tg_againfiles *x, const struct tg_recorded_file *files, size_t count, const char *path)
{
    if (count > FEW_FILES) {
        while (x->count < count) enter_path_of(x, files);
        return tg_table_find(&x->by_path, hash_file(path), is_file_of, files, path);
    }
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(files[i].path, path) == 0) return i;
    return TG_TABLE_NONE;
}

void tg_againfiles_done(struct tg_againfiles *x)
{
    tg_table_done(&x->by_path);
    *x = (struct tg_againfiles){0};
}

/* ---- inputs -------------------------------------------------------------------------------------- */

struct tg_recorded_file *tg_againrun_input(struct tg_again_task *t, const char *path)
{
    uint32_t number = tg_againfiles_find(&t->input_paths, t->inputs.items, t->inputs.count, path);
    return number == TG_TABLE_NONE ? NULL : &t->inputs.items[number];
}

static void enter_input(struct tg_again_task *t, const char *path, uint32_t flags)
{
    struct tg_recorded_file *known = tg_againrun_input(t, path);
    if (known && known->flags & UNREAD) known->flags = flags;
    if (known) return;
    struct tg_recorded_file file = {.path = tg_arena_copy(&t->arena, path, strlen(path)), .flags = flags};
    tg_vec_push(&t->inputs, file);
}

void tg_again_input(struct tg_again_task *t, const char *path)
{
    enter_input(t, path, 0);
}

void tg_again_found(struct tg_again_task *t, const char *path)
{
    enter_input(t, path, TG_RECORDED_FOUND);
}

void tg_again_unread(struct tg_again_task *t, const char *path)
{
    struct tg_recorded_file *known = tg_againrun_input(t, path);
    if (known) known->flags |= UNREAD;
}

void tg_againrun_drop_unread(struct tg_again_task *t)
{
    size_t kept = 0, count = t->inputs.count;
    for (size_t i = 0; i < count; i++)
        if (!(t->inputs.items[i].flags & UNREAD)) t->inputs.items[kept++] = t->inputs.items[i];
    t->inputs.count = kept;
    if (kept < count) tg_againfiles_done(&t->input_paths);
}
