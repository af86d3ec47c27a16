/* SPDX-License-Identifier: MIT
 * Whole files as texts. A file is written aside, in the same folder, and renamed when it is complete: nobody ever
 * reads half of it, and a failure leaves the old one as it was. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

/* Bytes of one read; between two reads the task looks whether the run is being stopped. */
#define CHUNK ((size_t)1 << 20)

/* How often it looks while nobody writes. */
#define TICK_MS 20

static int fail_file(tg_ctx *ctx, const char *what, const char *path)
{
    return tg_fail(ctx, "could not %s '%s': %s", what, path, strerror(errno));
}

/* The path, or NULL after tg_fail. */
static const char *get_path(tg_ctx *ctx, tg_value v)
{
    size_t length;
    const char *path = tg_as_text(v, &length);
    if (length == strlen(path)) return path;
    tg_fail(ctx, "the path '%s...' has a NUL byte in it", path);
    return NULL;
}

static atomic_uint files_open; /* by all tasks that run */

/* open; where there are too few descriptors, it waits while other tasks have files open that they will close. */
static int open_file(tg_ctx *ctx, const char *path, int flags)
{
    static const struct timespec pause = {0, 5000000};
    int fd;
    atomic_fetch_add(&files_open, 1);
    while ((fd = open(path, flags | O_CLOEXEC, 0666)) < 0) {
        int why = errno;
        bool others = atomic_fetch_sub(&files_open, 1) > 1, few = why == EMFILE || why == ENFILE;
        errno = why;
        if (!few || !others || tg_cancelled(ctx)) return -1;
        nanosleep(&pause, NULL);
        atomic_fetch_add(&files_open, 1);
    }
    return fd;
}

static int close_file(int fd)
{
    int result = close(fd);
    atomic_fetch_sub(&files_open, 1);
    return result;
}

/* ---- reading ------------------------------------------------------------------------------------- */

/* Neither open nor read waits for who writes a FIFO: tg_cancelled must be asked meanwhile. */
#define FOR_READING (O_RDONLY | O_NONBLOCK | O_NOCTTY)

/* Waits until there is something to read, or the end; false when the run is being stopped. A file never waits. */
static bool wait_to_read(tg_ctx *ctx, int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (!tg_cancelled(ctx))
        if (poll(&p, 1, TICK_MS) != 0) return true;
    return false;
}

/* Reads on to the end. */
static int read_to_end(tg_ctx *ctx, int fd, const char *path, struct text_buffer *b)
{
    char *chunk = malloc(CHUNK);
    int status = chunk ? TG_OK : tg_fail(ctx, "out of memory: cannot read '%s'", path);
    while (status == TG_OK && !b->failed) {
        ssize_t n = wait_to_read(ctx, fd) ? read(fd, chunk, CHUNK) : 0;
        if (tg_cancelled(ctx)) status = tg_fail(ctx, "interrupted");
        else if (n == 0) break;
        else if (n > 0) text_buffer_add(b, chunk, (size_t)n);
        else if (errno != EINTR && errno != EAGAIN) status = fail_file(ctx, "read", path);
    }
    free(chunk);
    return status;
}

TASK(text_read)
{
    const char *path = get_path(ctx, args[0]);
    if (!path) return TG_FAIL;
    int fd = open_file(ctx, path, FOR_READING);
    if (fd < 0) return fail_file(ctx, "read", path);
    struct text_buffer b = {0};
    int status = read_to_end(ctx, fd, path, &b);
    close_file(fd);
    size_t valid = status == TG_OK ? text_valid(b.data, b.length) : 0;
    if (status == TG_OK && valid < b.length)
        status = tg_fail(ctx, "'%s' is not UTF-8 text: its byte %zu is not", path, valid + 1);
    if (status == TG_OK) return text_buffer_give(ctx, &b, out);
    text_buffer_done(&b);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------------- */

/* Makes the folders that a path leads through. False, with errno, if the last one cannot be. */
static bool make_folders(char *path)
{
    bool made = false;
    for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        made = mkdir(path, 0777) == 0 || errno == EEXIST;
        *slash = '/';
    }
    return made;
}

/* A new file in the folder of path, which is made if need be, with the mode that path has or would get; -1 on failure. *aside is heap. */
static int open_aside(tg_ctx *ctx, const char *path, char **aside)
{
    static atomic_uint number;
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    struct stat st;
    if (asprintf(aside, "%.*s.tgrun-%ld-%u", folder, path, (long)getpid(), atomic_fetch_add(&number, 1)) < 0) {
        *aside = NULL;
        errno = ENOMEM;
        return -1;
    }
    int fd = open_file(ctx, *aside, O_WRONLY | O_CREAT | O_EXCL);
    if (fd < 0 && errno == ENOENT && make_folders(*aside)) fd = open_file(ctx, *aside, O_WRONLY | O_CREAT | O_EXCL);
    if (fd >= 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode)) fchmod(fd, st.st_mode & 07777);
    return fd;
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) text += n, length -= (size_t)n;
    }
    return true;
}

TASK(text_write)
{
    size_t length;
    const char *path = get_path(ctx, args[0]), *text = tg_as_text(args[1], &length);
    if (!path) return TG_FAIL;
    char *aside;
    int fd = open_aside(ctx, path, &aside);
    bool good = fd >= 0 && write_all(fd, text, length);
    if (fd >= 0) {
        int why = errno;
        if (close_file(fd) != 0) good = false;
        else errno = why;
        good = good && rename(aside, path) == 0;
        why = errno;
        if (!good) unlink(aside);
        errno = why;
    }
    free(aside);
    if (!good) return fail_file(ctx, "write", path);
    *out = tg_file_new(path, strlen(path));
    return TG_OK;
}
