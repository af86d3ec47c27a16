/* SPDX-License-Identifier: MIT
 * Writing a file aside and renaming it.
 *
 * The new file stands in the same folder, so that the rename is one step. A path that is a device or a pipe
 * (/dev/stdout) cannot be replaced and is written to directly. */
#include "cmd/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/out.h"

static bool cannot_write(const char *path, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_CANNOT, "could not write '%s': %s", path, strerror(errno));
}

#define UNFINISHED_MOST 4

/* Where files that are being written stand aside: the process's own, for its end. Atomic. */
static char *_Atomic unfinished[UNFINISHED_MOST];

static void note_unfinished(char *aside)
{
    bool noted = false;
    for (size_t i = 0; i < UNFINISHED_MOST && !noted; i++)
        noted = atomic_compare_exchange_strong(&unfinished[i], &(char *){NULL}, aside);
}

static void forget(struct tg_new_file *f)
{
    for (size_t i = 0; i < UNFINISHED_MOST && f->aside; i++)
        atomic_compare_exchange_strong(&unfinished[i], &(char *){f->aside}, NULL);
    free(f->path);
    free(f->aside);
    *f = (struct tg_new_file){.fd = -1};
}

/* A new file gets the mode that the umask gives. */
static mode_t default_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static bool open_directly(struct tg_new_file *f, const char *path, struct tg_err *err)
{
    f->path = tg_alloc_text(path);
    f->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (f->fd >= 0) return true;
    cannot_write(path, err);
    forget(f);
    return false;
}

bool tg_file_start(struct tg_new_file *f, const char *path, struct tg_err *err)
{
    struct stat st, link;
    *f = (struct tg_new_file){.fd = -1};
    bool exists = stat(path, &st) == 0;
    if (exists && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return cannot_write(path, err);
    }
    if (exists && !S_ISREG(st.st_mode)) return open_directly(f, path, err);
    if (exists && access(path, W_OK) != 0) return cannot_write(path, err); /* a rename would not ask */
    char *real = exists ? realpath(path, NULL) : NULL;
    if (!real && lstat(path, &link) == 0)
        return open_directly(f, path, err); /* it leads to nothing, or a file without a name */
    f->path = real ? real : tg_alloc_text(path);
    f->aside = tg_alloc_format("%s.tgrun-XXXXXX", f->path);
    note_unfinished(f->aside); /* before it is there: a signal may end the process at any moment */
    f->fd = mkostemp(f->aside, O_CLOEXEC);
    if (f->fd < 0) {
        cannot_write(path, err);
        forget(f);
        return false;
    }
    if (exists && fchown(f->fd, st.st_uid, st.st_gid) != 0) {} /* only root may give a file away */
    if (fchmod(f->fd, exists ? st.st_mode & 07777 : default_mode()) == 0) return true;
    cannot_write(path, err);
    tg_file_drop(f);
    return false;
}

bool tg_file_keep(struct tg_new_file *f, struct tg_err *err)
{
    bool good = !f->aside || fsync(f->fd) == 0 || errno == EINVAL || errno == EROFS;
    good = close(f->fd) == 0 && good;
    f->fd = -1;
    if (good && f->aside) good = rename(f->aside, f->path) == 0;
    if (!good) {
        cannot_write(f->path, err);
        tg_file_drop(f);
        return false;
    }
    forget(f);
    return true;
}

void tg_file_drop(struct tg_new_file *f)
{
    if (f->fd >= 0) close(f->fd);
    if (f->aside) unlink(f->aside);
    forget(f);
}

void tg_file_abandon(void)
{
    for (size_t i = 0; i < UNFINISHED_MOST; i++) {
        const char *aside = atomic_load(&unfinished[i]);
        if (aside) unlink(aside);
    }
}

bool tg_file_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && S_ISREG(one.st_mode) && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

bool tg_file_spares(const char *path, const struct tg_sources *read, struct tg_err *err)
{
    for (size_t i = 0; i < read->files.count; i++)
        if (tg_file_same(path, read->files.items[i]->name))
            return tg_err_set(err, TG_EXIT_USAGE, "'%s' is a file of the workflow, and would be written over", path);
    return true;
}

bool tg_file_spares_events(const char *path, FILE *events, struct tg_err *err)
{
    struct stat one, other;
    if (stat(path, &one) != 0 || !S_ISREG(one.st_mode) || fstat(fileno(events), &other) != 0) return true;
    if (one.st_dev != other.st_dev || one.st_ino != other.st_ino) return true;
    return tg_err_set(err, TG_EXIT_USAGE, "'%s' has the events, and would be written over", path);
}

bool tg_file_write(const char *path, const char *text, size_t length, struct tg_err *err)
{
    struct tg_new_file f;
    if (!tg_file_start(&f, path, err)) return false;
    int error = tg_out_write(f.fd, text, length);
    if (!error) return tg_file_keep(&f, err);
    errno = error;
    cannot_write(path, err);
    tg_file_drop(&f);
    return false;
}
