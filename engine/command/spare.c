/* SPDX-License-Identifier: MIT
 * Spare private folders. They stay locked and in the list of the run, so that whoever clears up, at the end of this process
 * or after it, finds them as any other. Each is in order when it is put aside, and looked at again when it is taken: what a
 * command left running may have come back to it.
 *
 * Programs are to see no more private folders than they would if there were no spare ones. So one is kept only while all
 * running commands have one in the same folder, and the others are removed before a command starts. */
#include "engine/command/spare.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/assert.h"

struct dirent_block { /* what the kernel's getdents64 gives */
    uint64_t inode;
    int64_t offset;
    unsigned short bytes;
    unsigned char type;
    char name[];
};

static bool has_only_dots(const char *block, long length)
{
    for (long at = 0; at < length;) {
        const struct dirent_block *entry = (const struct dirent_block *)(block + at);
        if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0) return false;
        at += entry->bytes;
    }
    return true;
}

static bool is_empty(int fd)
{
    char block[1024] __attribute__((aligned(8)));
    long length = -1;
    if (lseek(fd, 0, SEEK_SET) != 0) return false;
    while ((length = syscall(SYS_getdents64, fd, block, sizeof block)) > 0)
        if (!has_only_dots(block, length)) return false;
    return length == 0;
}

/* The path still leads to it, and nobody has changed its rights. */
static bool is_in_place(const struct tg_aside *a, struct stat *st)
{
    return lstat(a->path, st) == 0 && st->st_dev == a->device && st->st_ino == a->inode && st->st_mode == a->mode;
}

/* Nothing is in it. When it was changed last is noted before that is seen. */
static bool is_as_made(struct tg_aside *a)
{
    struct stat st;
    if (!is_in_place(a, &st)) return false;
    a->changed = st.st_mtim;
    return is_empty(a->fd);
}

static bool is_as_kept(const struct tg_aside *a)
{
    struct stat st;
    return is_in_place(a, &st) && st.st_mtim.tv_sec == a->changed.tv_sec && st.st_mtim.tv_nsec == a->changed.tv_nsec;
}

/* Locked. */
static unsigned count_used(const struct tg_aside_place *place, const char *folder)
{
    unsigned count = 0;
    for (const struct tg_aside *a = place->first; a; a = a->next) count += !a->spare && strcmp(a->folder, folder) == 0;
    return count;
}

static bool all_work_there(struct tg_aside_place *place, const char *folder)
{
    pthread_mutex_lock(&place->lock);
    bool all = place->running && count_used(place, folder) >= atomic_load_explicit(place->running, memory_order_relaxed);
    pthread_mutex_unlock(&place->lock);
    return all;
}

bool tg_spare_mark(struct tg_aside *a)
{
    if (a->lock_fd >= 0 || a->publishing || !is_as_made(a) || !all_work_there(a->place, a->folder)) return false;
    pthread_mutex_lock(&a->place->lock);
    a->spare = true;
    pthread_mutex_unlock(&a->place->lock);
    return true;
}

void tg_spare_keep(struct tg_aside *a)
{
    struct tg_aside_place *place = a->place;
    pthread_mutex_lock(&place->lock);
    TG_ASSERT(a->spare);
    a->next_spare = place->spares;
    place->spares = a;
    atomic_fetch_add_explicit(&place->spare_count, 1, memory_order_relaxed);
    pthread_cond_broadcast(&place->freed);
    pthread_mutex_unlock(&place->lock);
}

/* Locked: takes it out of the list. */
static struct tg_aside *unlink_spare(struct tg_aside_place *place, struct tg_aside **at)
{
    struct tg_aside *a = *at;
    *at = a->next_spare;
    a->spare = false;
    atomic_fetch_sub_explicit(&place->spare_count, 1, memory_order_relaxed);
    return a;
}

static struct tg_aside *take_spare(struct tg_aside_place *place, const char *folder)
{
    struct tg_aside *a = NULL, **at = &place->spares;
    pthread_mutex_lock(&place->lock);
    while (place->cleared) pthread_cond_wait(&place->freed, &place->lock); /* the process is ending */
    while (*at && strcmp((*at)->folder, folder) != 0) at = &(*at)->next_spare;
    if (*at) a = unlink_spare(place, at);
    pthread_mutex_unlock(&place->lock);
    return a;
}

static void drop_spare(struct tg_aside *a)
{
    tg_aside_remove(a);
    tg_aside_free(a);
}

struct tg_aside *tg_spare_take(struct tg_aside_place *place, const char *folder)
{
    struct tg_aside *a;
    if (!atomic_load_explicit(&place->spare_count, memory_order_relaxed)) return NULL;
    while ((a = take_spare(place, folder)) && !is_as_kept(a)) drop_spare(a);
    return a;
}

bool tg_spare_clear(struct tg_aside_place *place, bool (*keeps)(const void *data, const char *folder), const void *data)
{
    struct tg_aside *dropped = NULL, *a;
    if (!atomic_load_explicit(&place->spare_count, memory_order_relaxed)) return false;
    pthread_mutex_lock(&place->lock);
    for (struct tg_aside **at = &place->spares; *at;) {
        if (keeps && keeps(data, (*at)->folder)) {
            at = &(*at)->next_spare;
            continue;
        }
        a = unlink_spare(place, at);
        a->next_spare = dropped;
        dropped = a;
    }
    pthread_mutex_unlock(&place->lock);
    bool some = dropped != NULL;
    while ((a = dropped)) {
        dropped = a->next_spare;
        drop_spare(a);
    }
    return some;
}
