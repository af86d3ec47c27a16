/* SPDX-License-Identifier: MIT
 * Locks on paths. */
#include "engine/store/pathlock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/store/digest.h"

/* The kernel goes through all locks of a file for each: of 100,000 paths a file has 400, which takes some 30 us. */
#define FILES 256

struct tg_pathlocks {
    pthread_mutex_t lock;
    char *folder;          /* immutable */
    int fds_plus_1[FILES]; /* locked; 0: not opened yet */
};

struct tg_pathlocks *tg_pathlocks_new(const char *folder, struct tg_err *err)
{
    char *locks = tg_alloc_format("%s/locks", folder);
    if ((mkdir(locks, 0777) != 0 && errno != EEXIST) || faccessat(AT_FDCWD, locks, W_OK, AT_EACCESS) != 0) {
        tg_err_set(err, TG_EXIT_CANNOT, "could not lock anything in '%s': %s", locks, strerror(errno));
        free(locks);
        return NULL;
    }
    struct tg_pathlocks *p = tg_alloc_zero(sizeof *p);
    p->folder = locks;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void tg_pathlocks_free(struct tg_pathlocks *p)
{
    if (!p) return;
    for (size_t i = 0; i < FILES; i++)
        if (p->fds_plus_1[i]) close(p->fds_plus_1[i] - 1);
    pthread_mutex_destroy(&p->lock);
    free(p->folder);
    free(p);
}

/* The descriptor of a file, opened once; -1 and errno. */
static int open_locks(struct tg_pathlocks *p, size_t number)
{
    pthread_mutex_lock(&p->lock);
    if (!p->fds_plus_1[number]) {
        char *path = tg_alloc_format("%s/%02zx", p->folder, number);
        p->fds_plus_1[number] = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) + 1;
        free(path);
    }
    int fd = p->fds_plus_1[number] - 1;
    pthread_mutex_unlock(&p->lock);
    return fd;
}

static bool is_ancestor(int pid)
{
    const char *at = getenv(TG_PATHLOCK_VARIABLE);
    while (at && *at) {
        char *end;
        if (strtol(at, &end, 10) == pid && pid > 0) return true;
        at = *end == ':' ? end + 1 : NULL;
    }
    return false;
}

/* Tries until it is ours or somebody has it; false and errno. */
static bool lock_byte(int fd, int64_t byte, int *holder)
{
    struct flock wanted = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1}, found;
    for (*holder = 0;;) {
        if (fcntl(fd, F_SETLK, &wanted) == 0) return true;
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EACCES) return false;
        found = wanted;
        if (fcntl(fd, F_GETLK, &found) != 0) return false;
        if (found.l_type != F_UNLCK) break;
    }
    *holder = found.l_pid ? found.l_pid : -1;
    return true;
}

enum tg_pathlock tg_pathlocks_take(struct tg_pathlocks *p, const char *path, int *pid, struct tg_err *err)
{
    int holder;
    struct tg_digest digest = tg_digest_bytes(path, strlen(path));
    int fd = open_locks(p, digest.low % FILES);
    if (fd < 0 || !lock_byte(fd, (int64_t)(digest.high >> 2), &holder)) {
        tg_err_set(err, TG_EXIT_CANNOT, "could not lock '%s' in '%s': %s", path, p->folder, strerror(errno));
        return TG_PATHLOCK_ERROR;
    }
    if (!holder || is_ancestor(holder)) return TG_PATHLOCK_OURS;
    *pid = holder;
    return TG_PATHLOCK_THEIRS;
}

void tg_pathlocks_enlist(void)
{
    int pid = getpid();
    const char *above = getenv(TG_PATHLOCK_VARIABLE);
    if (is_ancestor(pid)) return;
    char *all = above && *above ? tg_alloc_format("%s:%d", above, pid) : tg_alloc_format("%d", pid);
    setenv(TG_PATHLOCK_VARIABLE, all, 1);
    free(all);
}
