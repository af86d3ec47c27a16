/* SPDX-License-Identifier: MIT
 * The names, locks and contents of private folders. Nothing here knows of a run but for the random part of a name. */
#include "engine/command/asidefolder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/clock.h"
#include "engine/base/rmtree.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* How often and long what cannot be removed at once is tried again. */
#define REMOVE_TRIES 20
#define REMOVE_WAIT_NS UINT64_C(5000000)

/* ---- names --------------------------------------------------------------------------------------- */

void tg_asidefolder_letters(struct tg_aside_place *place, char name[TG_ASIDEFOLDER_LETTERS + 1])
{
    while (!place->random)
        if (getrandom(&place->random, sizeof place->random, GRND_NONBLOCK) != (ssize_t)sizeof place->random)
            place->random = tg_clock_ns() ^ (uint64_t)getpid() << 40;
    place->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t word = (place->random ^ place->random >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    for (int i = 0; i < TG_ASIDEFOLDER_LETTERS; i++) name[i] = "0123456789abcdefghijklmnopqrstuv"[word >> (59 - 5 * i) & 31];
    name[TG_ASIDEFOLDER_LETTERS] = 0;
}

bool tg_asidefolder_is_name(const char *name)
{
    size_t prefix = strlen(TG_ASIDE_PREFIX);
    if (strncmp(name, TG_ASIDE_PREFIX, prefix) != 0 || strlen(name) != prefix + TG_ASIDEFOLDER_LETTERS) return false;
    for (const char *at = name + prefix; *at; at++)
        if (!tg_ascii_is_digit(*at) && !(*at >= 'a' && *at <= 'v')) return false;
    return true;
}

char *tg_asidefolder_lock_path(const char *aside)
{
    return tg_alloc_format("%s/" TG_ASIDE_LOCK, aside);
}

/* ---- locks --------------------------------------------------------------------------------------- */

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

int tg_asidefolder_open(const char *path, bool found)
{
    return locked_or_closed(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), found);
}

void tg_asidefolder_close(int fd)
{
    if (fd >= 0) close(fd);
}

/* File systems whose folders no other machine has. */
bool tg_asidefolder_is_shared(const char *folder)
{
    static const unsigned long own[] = {EXT4_SUPER_MAGIC,      XFS_SUPER_MAGIC,  BTRFS_SUPER_MAGIC, TMPFS_MAGIC,
                                        OVERLAYFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, RAMFS_MAGIC};
    struct statfs fs;
    if (statfs(*folder ? folder : ".", &fs) != 0) return true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if ((unsigned long)fs.f_type == own[i]) return false;
    return true;
}

/* Takes over the lock file, too. Where there is none, the folder is just being made, or was about to go. */
static int seize_lock_file(const char *path)
{
    char *lock = tg_asidefolder_lock_path(path);
    int fd = tg_aside_lock_free(lock);
    if (fd < 0 && errno == ENOENT) rmdir(path);
    free(lock);
    return fd;
}

bool tg_asidefolder_seize(const char *path, bool shared, int *fd, int *lock_fd)
{
    *lock_fd = -1;
    *fd = tg_asidefolder_open(path, true);
    if (*fd < 0) return false;
    if (shared) *lock_fd = seize_lock_file(path);
    if (!shared || *lock_fd >= 0) return true;
    close(*fd);
    return false;
}

/* A name is no proof: a folder of the user's may have one like it, or get one from somebody who may rename it. Those that
 * other machines may see have a lock file as proof, as file systems there need not know the mark. */
bool tg_asidefolder_is_ours(const char *path, bool shared)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
           (shared || st.st_mode & TG_ASIDEFOLDER_MARK);
}

/* ---- contents ------------------------------------------------------------------------------------ */

/* Removes what is in an open one. The command may have taken rights from it. */
static bool empty_private(int fd)
{
    return tg_rmtree_within(fd, TG_ASIDE_LOCK) ||
           (fchmod(fd, 0700 | TG_ASIDEFOLDER_MARK) == 0 && tg_rmtree_within(fd, TG_ASIDE_LOCK));
}

/* Removes what is in it, then its lock, then itself. What has the path may be another folder by now, or a link that the
 * command put there: only what is open is emptied. */
bool tg_asidefolder_remove(int fd, const char *path)
{
    bool empty = empty_private(fd) && (unlinkat(fd, TG_ASIDE_LOCK, 0) == 0 || errno == ENOENT);
    return empty && (rmdir(path) == 0 || errno == ENOENT || (errno == ENOTDIR && unlink(path) == 0));
}

/* The programs of a killed run may live a moment longer than it, and write. */
bool tg_asidefolder_remove_busy(int fd, const char *path)
{
    bool gone = tg_asidefolder_remove(fd, path);
    for (int i = 0; i < REMOVE_TRIES && !gone; i++) {
        tg_clock_sleep(REMOVE_WAIT_NS);
        gone = tg_asidefolder_remove(fd, path);
    }
    return gone;
}
