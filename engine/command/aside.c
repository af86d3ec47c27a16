/* SPDX-License-Identifier: MIT
 * Private folders. A command writes `FOLDER/.tgrun-XXXXXX/NAME`, and that is renamed to `FOLDER/NAME`: the same file system,
 * the same base name. Who made a private folder holds a kernel lock on it until it is removed. On a file system that several
 * machines may share, folders can be locked for one machine only: there the lock of a file `.tgrun-lock` in it counts,
 * too, which is the first to come and the last to go.
 *
 * One private folder by itself is asidefolder.c, what killed runs left asideleft.c. Where the file system knows no locks, nothing
 * is ever taken for left over. */
#include "engine/command/aside.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/base/path.h"
#include "engine/command/asidefolder.h"
#include "engine/command/asideleft.h"
#include "engine/command/spare.h"
#include "engine/plugin/stop.h"

/* Private folders at once: a part of the descriptors that there may be, after those of the process; at least one. */
#define DESCRIPTOR_PART 3
#define OTHER_DESCRIPTORS 8

/* How often the run's end is looked for while waiting. */
#define WAIT_TICK_NS UINT64_C(50000000)

/* Where nobody else has any, what others have for a moment only is waited for so often. */
#define ALONE_TICKS 10

/* How long tg_aside_clear waits for a thread that holds the lock. */
#define CLEAR_TRIES 200
#define CLEAR_WAIT_NS UINT64_C(1000000)

/* ---- those of a run ------------------------------------------------------------------------------ */

void tg_aside_place_init(struct tg_aside_place *place)
{
    struct rlimit limit;
    *place = (struct tg_aside_place){.registry_fd = -1, .most = UINT_MAX};
    pthread_mutex_init(&place->lock, NULL);
    tg_clock_condition(&place->freed);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= UINT_MAX) return;
    unsigned part = (unsigned)limit.rlim_cur / DESCRIPTOR_PART;
    place->most = part > OTHER_DESCRIPTORS ? part - OTHER_DESCRIPTORS : 1;
}

/* What could not be removed when its command ended. Nobody has it locked but by chance another run, which removes it. */
static bool sweep_remain(const char *path)
{
    bool shared = tg_asidefolder_is_shared(path), gone = false;
    int fd, lock_fd;
    if (tg_asidefolder_is_ours(path, shared) && tg_asidefolder_seize(path, shared, &fd, &lock_fd)) {
        gone = tg_asidefolder_remove(fd, path);
        close(fd);
        tg_asidefolder_close(lock_fd);
    }
    return gone || access(path, F_OK) != 0;
}

static void sweep_remains(struct tg_aside_place *place)
{
    for (size_t i = 0; i < place->remains.count; i++) {
        if (!sweep_remain(place->remains.items[i])) place->left = true;
        free(place->remains.items[i]);
    }
    tg_vec_done(&place->remains);
}

void tg_aside_place_done(struct tg_aside_place *place)
{
    tg_spare_clear(place, NULL, NULL);
    TG_ASSERT(!place->first);
    sweep_remains(place);
    tg_asideleft_forget(place);
    tg_names_done(&place->swept);
    tg_vec_done(&place->shared);
    pthread_cond_destroy(&place->freed);
    pthread_mutex_destroy(&place->lock);
}

/* The lock is held until the folder has been looked through: what others put in place must come after. True if other machines
 * may see the folder. */
static bool look_into(struct tg_aside_place *place, const struct tg_services *services, const char *folder)
{
    pthread_mutex_lock(&place->lock);
    uint32_t id = tg_names_find(&place->swept, folder, strlen(folder));
    if (id == TG_NO_NAME) {
        tg_path_make_parents(folder); /* if it fails, so will what comes next */
        tg_vec_push(&place->shared, tg_asidefolder_is_shared(folder));
        tg_asideleft_note(place, folder);
        tg_asideleft_clear(services, folder, place->shared.items[place->shared.count - 1]);
        id = tg_names_add(&place->swept, folder, strlen(folder));
    }
    TG_ASSERT(place->shared.count == place->swept.names.count);
    bool shared = place->shared.items[id];
    pthread_mutex_unlock(&place->lock);
    return shared;
}

/* Makes the folder, locked; 0 or errno, EAGAIN if another name is to be tried. */
static int make_private(struct tg_aside *a, const char *lock)
{
    struct stat st;
    if (mkdir(a->path, 0777 | TG_ASIDEFOLDER_MARK) != 0) return errno == EEXIST ? EAGAIN : errno;
    a->fd = tg_asidefolder_open(a->path, false);
    int error = a->fd < 0 ? errno : 0;
    if (!error && lock && (a->lock_fd = tg_aside_lock_new(lock)) < 0) error = errno;
    if (!error && fstat(a->fd, &st) == 0) a->device = st.st_dev, a->inode = st.st_ino, a->mode = st.st_mode;
    if (error) {
        rmdir(a->path);
        tg_asidefolder_close(a->fd);
        a->fd = -1;
    }
    return error;
}

/* Makes it, and puts it into the list at once: tg_aside_clear finds it there, or nothing is made any more. Under the lock
 * nothing is allocated. */
static int make_listed(struct tg_aside *a, const char *lock)
{
    struct tg_aside_place *place = a->place;
    pthread_mutex_lock(&place->lock);
    while (place->cleared) pthread_cond_wait(&place->freed, &place->lock); /* the process is ending */
    int error = make_private(a, lock);
    if (!error) {
        a->next = place->first;
        if (a->next) a->next->prev = a;
        place->first = a;
    }
    pthread_mutex_unlock(&place->lock);
    return error;
}

/* The same, under a new name. */
static int make_named(struct tg_aside *a, bool shared)
{
    int error = EAGAIN;
    for (int i = 0; i < TG_ASIDEFOLDER_TRIES && error == EAGAIN; i++) {
        char name[TG_ASIDEFOLDER_LETTERS + 1];
        pthread_mutex_lock(&a->place->lock);
        tg_asidefolder_letters(a->place, name);
        pthread_mutex_unlock(&a->place->lock);
        free(a->path);
        a->path = tg_alloc_format("%s" TG_ASIDE_PREFIX "%s", a->folder, name);
        char *lock = shared ? tg_asidefolder_lock_path(a->path) : NULL;
        error = make_listed(a, lock);
        if (error == ENOENT && (error = tg_path_make_parents(a->folder)) == 0) error = make_listed(a, lock);
        free(lock);
    }
    return error;
}

static bool is_stopping(const tg_ctx *ctx)
{
    return ctx->services->stop && atomic_load(ctx->services->stop) == TG_STOP_SIGNAL;
}

/* Locked: until one is forgotten, or a moment. */
static void wait_a_tick(struct tg_aside_place *place)
{
    struct timespec until = tg_clock_span(tg_clock_ns() + WAIT_TICK_NS);
    pthread_cond_timedwait(&place->freed, &place->lock, &until);
}

/* Waits until one more may take descriptors, and counts it; what starts a program is left enough. */
static void count_in(struct tg_aside_place *place, const tg_ctx *ctx, bool wait)
{
    pthread_mutex_lock(&place->lock);
    while (wait && place->count >= place->most && !is_stopping(ctx)) {
        bool spares = place->spares != NULL;
        if (!spares) wait_a_tick(place);
        pthread_mutex_unlock(&place->lock);
        if (spares) tg_spare_clear(place, NULL, NULL);
        pthread_mutex_lock(&place->lock);
    }
    place->count++;
    pthread_mutex_unlock(&place->lock);
}

static void count_out(struct tg_aside_place *place)
{
    pthread_mutex_lock(&place->lock);
    place->count--;
    pthread_cond_broadcast(&place->freed);
    pthread_mutex_unlock(&place->lock);
}

/* A moment; true if others have descriptors that they will give back. */
static bool wait_for_some(struct tg_aside_place *place)
{
    pthread_mutex_lock(&place->lock);
    bool others = place->first || (place->running && atomic_load_explicit(place->running, memory_order_relaxed));
    wait_a_tick(place);
    pthread_mutex_unlock(&place->lock);
    return others;
}

static int make_or_wait(struct tg_aside *a, const tg_ctx *ctx, bool shared, bool wait)
{
    for (int alone = 0;;) {
        int error = make_named(a, shared);
        if (error != EMFILE && error != ENFILE) return error;
        if (tg_spare_clear(a->place, NULL, NULL)) continue;
        if (!wait || is_stopping(ctx)) return error;
        alone = wait_for_some(a->place) ? 0 : alone + 1;
        if (alone == ALONE_TICKS) return error;
    }
}

struct tg_aside *tg_aside_new(struct tg_aside_place *place, const tg_ctx *ctx, const char *folder, bool wait, int *error)
{
    bool shared = look_into(place, ctx->services, folder);
    struct tg_aside *a = shared ? NULL : tg_spare_take(place, folder);
    if (a) return a;
    a = tg_alloc_zero(sizeof *a);
    *a = (struct tg_aside){.folder = tg_alloc_text(folder), .fd = -1, .lock_fd = -1, .place = place};
    count_in(place, ctx, wait);
    *error = make_or_wait(a, ctx, shared, wait);
    if (!*error) return a;
    count_out(place);
    free(a->path);
    free(a->folder);
    free(a);
    return NULL;
}

void tg_aside_publish(struct tg_aside *a)
{
    pthread_mutex_lock(&a->place->lock);
    a->publishing = true;
    pthread_mutex_unlock(&a->place->lock);
}

bool tg_aside_settle(struct tg_aside *a)
{
    if (tg_spare_mark(a)) return true;
    if (a->lock_fd >= 0) unlinkat(a->fd, TG_ASIDE_LOCK, 0);
    a->gone = rmdir(a->path) == 0;
    return a->gone;
}

bool tg_aside_remove(struct tg_aside *a)
{
    if (a->gone || a->spare || tg_asidefolder_remove_busy(a->fd, a->path)) return true;
    char *path = tg_alloc_text(a->path);
    pthread_mutex_lock(&a->place->lock);
    tg_vec_push(&a->place->remains, path);
    pthread_mutex_unlock(&a->place->lock);
    return false;
}

/* It is the user's from now on. */
static void drop_mark(int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0) (void)!fchmod(fd, st.st_mode & (mode_t)~TG_ASIDEFOLDER_MARK & ALLPERMS);
}

char *tg_aside_keep(struct tg_aside *a)
{
    char name[TG_ASIDEFOLDER_LETTERS + 1];
    pthread_mutex_lock(&a->place->lock);
    tg_asidefolder_letters(a->place, name);
    pthread_mutex_unlock(&a->place->lock);
    char *to = tg_alloc_format("%s" TG_ASIDE_PREFIX "failed-%s", a->folder, name);
    a->gone = rename(a->path, to) == 0;
    if (a->gone) {
        unlinkat(a->fd, TG_ASIDE_LOCK, 0);
        drop_mark(a->fd);
        return to;
    }
    free(to);
    return NULL;
}

void tg_aside_free(struct tg_aside *a)
{
    if (!a) return;
    if (a->spare) {
        tg_spare_keep(a);
        return;
    }
    pthread_mutex_lock(&a->place->lock);
    if (a->prev) a->prev->next = a->next;
    else a->place->first = a->next;
    if (a->next) a->next->prev = a->prev;
    pthread_mutex_unlock(&a->place->lock);
    close(a->fd);
    tg_asidefolder_close(a->lock_fd);
    count_out(a->place);
    free(a->path);
    free(a->folder);
    free(a);
}

void tg_aside_clear(struct tg_aside_place *place)
{
    bool locked = false;
    for (int i = 0; i < CLEAR_TRIES && !locked; i++) {
        locked = pthread_mutex_trylock(&place->lock) == 0;
        if (!locked) tg_clock_sleep(CLEAR_WAIT_NS);
    }
    if (!locked) return;
    place->cleared = true;
    for (struct tg_aside *a = place->first; a; a = a->next)
        if (!a->publishing && !a->gone) tg_asidefolder_remove(a->fd, a->path);
    pthread_mutex_unlock(&place->lock);
}
