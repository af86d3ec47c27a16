/* SPDX-License-Identifier: MIT
 * Private folders. A command writes `FOLDER/.tgrun-XXXXXX/NAME`, and that is renamed to `FOLDER/NAME`: the same file system,
 * the same base name. Who made a private folder holds a kernel lock on it until it is removed. On a file system that several
 * machines may share, folders can be locked for one machine only: there the lock of a file `.tgrun-lock` in it counts,
 * too, which is the first to come and the last to go.
 *
 * A run that finds one whose lock is free (its process is gone, however that happened) takes the lock, brings the journal
 * to its end and removes it. It looks in each folder before it makes its first private folder there, and at its start
 * wherever an unlocked file of `.tgrun/aside` says: each run has one, locked too, with the folders it works in.
 * What belongs to another user is left alone: a journal is obeyed.
 *
 * Where the file system knows no locks, nothing is ever taken for left over. */
#include "engine/command/aside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/base/out.h"
#include "engine/base/path.h"
#include "engine/base/rmtree.h"
#include "engine/command/journal.h"
#include "engine/command/printed.h"
#include "engine/command/spare.h"
#include "engine/plugin/stop.h"

#define REGISTRY_FOLDER ".tgrun/aside"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* What tgrun makes for itself is sticky, which no folder of results or of the user's is by chance, and nobody else can make it.
 * So others cannot remove what the user's commands write in there, either. */
#define PRIVATE_MARK S_ISVTX

/* Random letters of a name, and how many names are tried. */
#define LETTERS 6
#define NAME_TRIES 100

/* Private folders at once: a part of the descriptors that there may be, after those of the process; at least one. */
#define DESCRIPTOR_PART 3
#define OTHER_DESCRIPTORS 8

/* How often the run's end is looked for while waiting. */
#define WAIT_TICK_NS UINT64_C(50000000)

/* Where nobody else has any, what others have for a moment only is waited for so often. */
#define ALONE_TICKS 10

/* How often and long what cannot be removed at once is tried again. */
#define REMOVE_TRIES 20
#define REMOVE_WAIT_NS UINT64_C(5000000)

/* How long tg_aside_clear waits for a thread that holds the lock. */
#define CLEAR_TRIES 200
#define CLEAR_WAIT_NS UINT64_C(1000000)

/* ---- names and locks ----------------------------------------------------------------------------- */

/* A name that nobody guesses by chance; one call of the kernel for a run. */
static void random_letters(struct tg_aside_place *place, char name[LETTERS + 1])
{
    while (!place->random)
        if (getrandom(&place->random, sizeof place->random, GRND_NONBLOCK) != (ssize_t)sizeof place->random)
            place->random = tg_clock_ns() ^ (uint64_t)getpid() << 40;
    place->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t word = (place->random ^ place->random >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    for (int i = 0; i < LETTERS; i++) name[i] = "0123456789abcdefghijklmnopqrstuv"[word >> (59 - 5 * i) & 31];
    name[LETTERS] = 0;
}

static bool is_private_name(const char *name)
{
    size_t prefix = strlen(TG_ASIDE_PREFIX);
    if (strncmp(name, TG_ASIDE_PREFIX, prefix) != 0 || strlen(name) != prefix + LETTERS) return false;
    for (const char *at = name + prefix; *at; at++)
        if (!tg_ascii_is_digit(*at) && !(*at >= 'a' && *at <= 'v')) return false;
    return true;
}

/* Takes the lock of an open file or folder that may be removed at any time. False if somebody else has it, or it is gone.
 * Where the file system knows no locks, what we have made is ours all the same; what we have found is not. */
static bool take_lock(int fd, bool found)
{
    struct stat st;
    int failed;
    do failed = flock(fd, LOCK_EX | LOCK_NB);
    while (failed && errno == EINTR);
    if (failed && (found || errno == EWOULDBLOCK)) return false;
    return fstat(fd, &st) == 0 && st.st_nlink > 0 && st.st_uid == geteuid();
}

/* `fd` with its lock; -1 and errno, EAGAIN if that cannot be had. */
static int locked_or_closed(int fd, bool found)
{
    if (fd < 0 && (errno == ENOENT || errno == EEXIST) && !found) errno = EAGAIN; /* another run was quicker */
    if (fd < 0 || take_lock(fd, found)) return fd;
    close(fd);
    errno = EAGAIN;
    return -1;
}

int tg_aside_lock_new(const char *path)
{
    return locked_or_closed(open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), false);
}

int tg_aside_lock_free(const char *path)
{
    return locked_or_closed(open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK), true);
}

static int open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static char *lock_path(const char *aside)
{
    return tg_alloc_format("%s/" TG_ASIDE_LOCK, aside);
}

static void close_if_open(int fd)
{
    if (fd >= 0) close(fd);
}

/* File systems whose folders no other machine has. */
static bool is_shared(const char *folder)
{
    static const unsigned long own[] = {EXT4_SUPER_MAGIC,      XFS_SUPER_MAGIC,  BTRFS_SUPER_MAGIC, TMPFS_MAGIC,
                                        OVERLAYFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, RAMFS_MAGIC};
    struct statfs fs;
    if (statfs(*folder ? folder : ".", &fs) != 0) return true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if ((unsigned long)fs.f_type == own[i]) return false;
    return true;
}

/* ---- one folder ---------------------------------------------------------------------------------- */

/* Removes what is in an open one. The command may have taken rights from it. */
static bool empty_private(int fd)
{
    return tg_rmtree_within(fd, TG_ASIDE_LOCK) || (fchmod(fd, 0700 | PRIVATE_MARK) == 0 && tg_rmtree_within(fd, TG_ASIDE_LOCK));
}

/* Removes what is in it, then its lock, then itself. What has the path may be another folder by now, or a link that the
 * command put there: only what is open is emptied. */
static bool remove_private(int fd, const char *path)
{
    bool empty = empty_private(fd) && (unlinkat(fd, TG_ASIDE_LOCK, 0) == 0 || errno == ENOENT);
    return empty && (rmdir(path) == 0 || errno == ENOENT || (errno == ENOTDIR && unlink(path) == 0));
}

/* Takes over the lock file, too. Where there is none, the folder is just being made, or was about to go. */
static int seize_lock_file(const char *path)
{
    char *lock = lock_path(path);
    int fd = tg_aside_lock_free(lock);
    if (fd < 0 && errno == ENOENT) rmdir(path);
    free(lock);
    return fd;
}

/* Takes over a private folder whose process is gone: the descriptors of its locks; false if it is not to be had. */
static bool seize_private(const char *path, bool shared, int *fd, int *lock_fd)
{
    *lock_fd = -1;
    *fd = locked_or_closed(open_folder(path), true);
    if (*fd < 0) return false;
    if (shared) *lock_fd = seize_lock_file(path);
    if (!shared || *lock_fd >= 0) return true;
    close(*fd);
    return false;
}

static void say_stuck(const struct tg_services *services, const char *path)
{
    int error = errno;
    tg_ctx ctx = {.services = services};
    tg_printed_say(&ctx, "warning: a run that was killed left results in '%s' that cannot be put in place: %s", path,
                   strerror(error));
}

static void say_finished(const struct tg_services *services, const char *path)
{
    tg_ctx ctx = {.services = services};
    char *folder = tg_path_folder(path);
    tg_printed_say(&ctx, "warning: a run was killed while it put results in place in '%s'; that has been finished", folder);
    free(folder);
}

/* The programs of a killed run may live a moment longer than it, and write. */
static bool remove_left_over(int fd, const char *path)
{
    bool gone = remove_private(fd, path);
    for (int i = 0; i < REMOVE_TRIES && !gone; i++) {
        tg_clock_sleep(REMOVE_WAIT_NS);
        gone = remove_private(fd, path);
    }
    return gone;
}

/* A name is no proof: a folder of the user's may have one like it, or get one from somebody who may rename it. Those that
 * other machines may see have a lock file as proof, as file systems there need not know the mark. */
static bool belongs_to_us(const char *path, bool shared)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (shared || st.st_mode & PRIVATE_MARK);
}

/* False if it is still there, and somebody should look again. */
static bool recover_private(const struct tg_services *services, const char *path, bool shared)
{
    int fd, lock_fd;
    bool gone = false;
    if (!belongs_to_us(path, shared)) return true;
    if (!seize_private(path, shared, &fd, &lock_fd)) return false;
    char *main;
    enum tg_journal_end end = tg_journal_finish(path, &main);
    if (end == TG_JOURNAL_STUCK) say_stuck(services, path);
    else if (end == TG_JOURNAL_FINISHED) say_finished(services, path);
    if (main && strcmp(main, path) != 0) recover_private(services, main, is_shared(main));
    if (end != TG_JOURNAL_STUCK && !(main && access(main, F_OK) == 0)) gone = remove_left_over(fd, path);
    free(main);
    close(fd);
    close_if_open(lock_fd);
    return gone;
}

/* Looks through a folder, "FOLDER/" or "", for what killed runs left; false if some of it is still there. */
static bool clear_folder(const struct tg_services *services, const char *folder, bool shared)
{
    TG_VEC(char *) found = {0};
    DIR *dir = opendir(*folder ? folder : ".");
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (is_private_name(entry->d_name)) tg_vec_push(&found, tg_alloc_format("%s%s", folder, entry->d_name));
    if (dir) closedir(dir);
    bool clear = true;
    for (size_t i = 0; i < found.count; i++) {
        if (!recover_private(services, found.items[i], shared)) clear = false;
        free(found.items[i]);
    }
    tg_vec_done(&found);
    return clear;
}

/* ---- the registry -------------------------------------------------------------------------------- */

/* Without one, what this run leaves when it is killed is found by who makes results in the same folders. */
static void open_registry(struct tg_aside_place *place)
{
    for (int i = 0; i < NAME_TRIES && place->registry_fd < 0; i++) {
        char name[LETTERS + 1];
        random_letters(place, name);
        free(place->registry);
        place->registry = tg_alloc_format(REGISTRY_FOLDER "/%s", name);
        if (tg_path_make_parents(place->registry) != 0) return;
        place->registry_fd = tg_aside_lock_new(place->registry);
        if (place->registry_fd < 0 && errno != EAGAIN) return;
    }
}

static void note_folder(struct tg_aside_place *place, const char *folder)
{
    if (!place->registry) open_registry(place);
    char *real = place->registry_fd >= 0 ? realpath(*folder ? folder : ".", NULL) : NULL;
    if (real) tg_out_write(place->registry_fd, real, strlen(real) + 1);
    free(real);
}

/* False if something was left to clear, which may also be another run's that lives. */
static bool clear_noted(const struct tg_services *services, int fd)
{
    struct tg_buf b = {0};
    ssize_t n;
    bool clear = true;
    while ((n = read(fd, tg_buf_reserve(&b, 4096), 4096)) > 0) b.length += (size_t)n;
    if (n < 0) clear = false; /* what was not read is left for another time */
    tg_buf_add(&b, "", 1);
    for (size_t at = 0; at + 1 < b.length; at += strlen(b.data + at) + 1) {
        char *folder = tg_alloc_format("%s/", b.data + at);
        if (*folder == '/' && !clear_folder(services, folder, is_shared(folder))) clear = false;
        free(folder);
    }
    tg_buf_done(&b);
    return clear;
}

void tg_aside_recover(const struct tg_services *services)
{
    DIR *dir = opendir(REGISTRY_FOLDER);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        if (strlen(entry->d_name) != LETTERS) continue;
        char *path = tg_alloc_format(REGISTRY_FOLDER "/%s", entry->d_name);
        int fd = tg_aside_lock_free(path);
        if (fd >= 0) {
            if (clear_noted(services, fd)) unlink(path);
            close(fd);
        }
        free(path);
    }
    if (!dir) return;
    closedir(dir);
    rmdir(REGISTRY_FOLDER);
    rmdir(".tgrun");
}

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
    bool shared = is_shared(path), gone = false;
    int fd, lock_fd;
    if (belongs_to_us(path, shared) && seize_private(path, shared, &fd, &lock_fd)) {
        gone = remove_private(fd, path);
        close(fd);
        close_if_open(lock_fd);
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
    if (place->registry_fd >= 0) {
        if (!place->left) unlink(place->registry);
        close(place->registry_fd);
        rmdir(REGISTRY_FOLDER);
        rmdir(".tgrun"); /* stays if there are logs */
    }
    free(place->registry);
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
        tg_vec_push(&place->shared, is_shared(folder));
        note_folder(place, folder);
        clear_folder(services, folder, place->shared.items[place->shared.count - 1]);
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
    if (mkdir(a->path, 0777 | PRIVATE_MARK) != 0) return errno == EEXIST ? EAGAIN : errno;
    a->fd = locked_or_closed(open_folder(a->path), false);
    int error = a->fd < 0 ? errno : 0;
    if (!error && lock && (a->lock_fd = tg_aside_lock_new(lock)) < 0) error = errno;
    if (!error && fstat(a->fd, &st) == 0) a->device = st.st_dev, a->inode = st.st_ino, a->mode = st.st_mode;
    if (error) {
        rmdir(a->path);
        close_if_open(a->fd);
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
    for (int i = 0; i < NAME_TRIES && error == EAGAIN; i++) {
        char name[LETTERS + 1];
        pthread_mutex_lock(&a->place->lock);
        random_letters(a->place, name);
        pthread_mutex_unlock(&a->place->lock);
        free(a->path);
        a->path = tg_alloc_format("%s" TG_ASIDE_PREFIX "%s", a->folder, name);
        char *lock = shared ? lock_path(a->path) : NULL;
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
    if (a->gone || a->spare || remove_left_over(a->fd, a->path)) return true;
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
    if (fstat(fd, &st) == 0) (void)!fchmod(fd, st.st_mode & (mode_t)~PRIVATE_MARK & ALLPERMS);
}

char *tg_aside_keep(struct tg_aside *a)
{
    char name[LETTERS + 1];
    pthread_mutex_lock(&a->place->lock);
    random_letters(a->place, name);
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
    close_if_open(a->lock_fd);
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
        if (!a->publishing && !a->gone) remove_private(a->fd, a->path);
    pthread_mutex_unlock(&place->lock);
}
