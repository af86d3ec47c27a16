/* SPDX-License-Identifier: MIT
 * Lines go into memory, and from there to the reader; what he does not take goes into the file behind what is kept there already.
 * A pipe that is ready takes PIPE_BUF bytes without waiting, whoever else has it open and however; so it need not be told not to
 * wait, which would be told to all who share it. */
#include "engine/base/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/out.h"

/* Lines that are collected before they are written. */
#define PIECE_BYTES ((size_t)256 << 10)

#define MS_NS UINT64_C(1000000)

static bool fail_to_write(const struct tg_outlet *o, int error, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_CANNOT, "cannot write to '%s': %s", o->name, strerror(error));
}

/* ---- opening ------------------------------------------------------------------------------------- */

/* The descriptor of "fd:3"; -1: of no number. */
static int descriptor_number(const char *name)
{
    char *end;
    if (name[3] < '0' || name[3] > '9') return -1;
    long number = strtol(name + 3, &end, 10);
    return *end || number > INT_MAX ? -1 : (int)number;
}

/* A FIFO opens also where nobody reads it so far. */
static int open_named(const char *name)
{
    struct stat is;
    bool fifo = stat(name, &is) == 0 && S_ISFIFO(is.st_mode);
    return open(name, (fifo ? O_RDWR : O_WRONLY | O_CREAT) | O_CLOEXEC | O_NOCTTY, 0666);
}

/* One at a time writes to a file, which is empty then. */
static bool claim_file(const struct tg_outlet *o, struct tg_err *err)
{
    if (flock(o->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return tg_err_set(err, TG_EXIT_CANNOT, "cannot write to '%s': another run does", o->name);
    return ftruncate(o->fd, 0) == 0 || fail_to_write(o, errno, err);
}

static int duplicate(int number)
{
    int flags = fcntl(number, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) return fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    errno = EBADF;
    return -1;
}

bool tg_outlet_is_open(const char *name)
{
    return strncmp(name, "fd:", 3) == 0;
}

bool tg_outlet_open(struct tg_outlet *o, const char *name, struct tg_err *err)
{
    struct stat is;
    bool open = tg_outlet_is_open(name);
    *o = (struct tg_outlet){.name = name, .limit = TG_OUTLET_KEPT, .kept_fd = -1};
    o->fd = open ? duplicate(descriptor_number(name)) : open_named(name);
    if (o->fd < 0 || fstat(o->fd, &is) < 0) return fail_to_write(o, errno, err);
    if (!open && S_ISREG(is.st_mode) && !claim_file(o, err)) return close(o->fd), false;
    o->waits = !S_ISFIFO(is.st_mode) && !S_ISSOCK(is.st_mode);
    return true;
}

/* ---- the reader ---------------------------------------------------------------------------------- */

static bool takes_more(const struct tg_outlet *o, int wait_ms)
{
    struct pollfd p = {.fd = o->fd, .events = POLLOUT};
    return poll(&p, 1, wait_ms) > 0;
}

/* How much of it the reader takes at once: 0: nothing; < 0: none is written any more, errno says why. */
static ssize_t offer(struct tg_outlet *o, const char *data, size_t length)
{
    ssize_t sent = send(o->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == ENOTSOCK) {
        if (!takes_more(o, 0)) return 0;
        sent = write(o->fd, data, length < PIPE_BUF ? length : PIPE_BUF);
    }
    if (sent >= 0) return sent;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* ---- what is kept -------------------------------------------------------------------------------- */

static uint64_t kept(const struct tg_outlet *o)
{
    return o->kept_end - o->kept_begin;
}

/* In the folder for such; -1 and errno. */
static int open_unnamed(void)
{
    const char *folder = getenv("TMPDIR");
    int fd = open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return fd >= 0 ? fd : memfd_create("tgrun", MFD_CLOEXEC);
}

/* Puts the lines in memory behind what is kept. */
static bool keep_lines(struct tg_outlet *o, struct tg_err *err)
{
    if (o->kept_fd < 0) o->kept_fd = open_unnamed();
    if (o->kept_fd < 0) return fail_to_write(o, errno, err);
    for (size_t at = 0; at < o->lines.length;) {
        ssize_t n = pwrite(o->kept_fd, o->lines.data + at, o->lines.length - at, (off_t)o->kept_end);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_to_write(o, errno, err);
        at += (size_t)n;
        o->kept_end += (uint64_t)n;
    }
    o->lines.length = 0;
    return true;
}

/* Offers what is kept; *blocked: the reader does not take more. */
static bool offer_kept(struct tg_outlet *o, bool *blocked, struct tg_err *err)
{
    char piece[PIPE_BUF];
    while (kept(o) && !*blocked) {
        ssize_t n = pread(o->kept_fd, piece, sizeof piece, (off_t)o->kept_begin);
        if (n <= 0) return fail_to_write(o, n < 0 ? errno : EIO, err);
        n = offer(o, piece, (size_t)n);
        if (n < 0) return fail_to_write(o, errno, err);
        *blocked = n == 0;
        o->kept_begin += (uint64_t)n;
    }
    if (kept(o) || o->kept_end == 0) return true;
    o->kept_begin = o->kept_end = 0;
    return ftruncate(o->kept_fd, 0) == 0 || fail_to_write(o, errno, err);
}

/* Offers the lines in memory, the rest of which stays there. */
static bool offer_lines(struct tg_outlet *o, bool *blocked, struct tg_err *err)
{
    size_t at = 0;
    while (at < o->lines.length && !*blocked) {
        ssize_t n = offer(o, o->lines.data + at, o->lines.length - at);
        if (n < 0) return fail_to_write(o, errno, err);
        *blocked = n == 0;
        at += (size_t)n;
    }
    o->lines.length -= at;
    if (at) memmove(o->lines.data, o->lines.data + at, o->lines.length);
    return true;
}

/* ---- the public part ----------------------------------------------------------------------------- */

bool tg_outlet_admits(struct tg_outlet *o, size_t bytes, uint64_t lines)
{
    if (!o->ended && (o->waits || kept(o) + o->lines.length + bytes <= o->limit)) return true;
    o->dropped += lines;
    return false;
}

static bool write_through(struct tg_outlet *o, struct tg_err *err)
{
    int error = tg_out_write(o->fd, tg_buf_str(&o->lines), o->lines.length);
    o->lines.length = 0;
    return !error || fail_to_write(o, error, err);
}

bool tg_outlet_step(struct tg_outlet *o, bool now, struct tg_err *err)
{
    if (!now && o->lines.length < PIECE_BYTES) return true;
    bool blocked = false, good = true;
    if (o->waits) {
        good = write_through(o, err);
    } else {
        good = offer_kept(o, &blocked, err) && offer_lines(o, &blocked, err);
        if (good && blocked && o->lines.length >= PIECE_BYTES) good = keep_lines(o, err);
    }
    o->ended = o->ended || !good;
    return good;
}

/* Lines that are still to be read, so that they can be counted. */
static uint64_t count_unread_lines(const struct tg_outlet *o)
{
    char piece[PIPE_BUF];
    uint64_t lines = 0;
    for (uint64_t at = o->kept_begin; at < o->kept_end;) {
        ssize_t n = pread(o->kept_fd, piece, sizeof piece, (off_t)at);
        if (n <= 0) break;
        for (ssize_t i = 0; i < n; i++) lines += piece[i] == '\n';
        at += (uint64_t)n;
    }
    for (size_t i = 0; i < o->lines.length; i++) lines += o->lines.data[i] == '\n';
    return lines;
}

bool tg_outlet_close(struct tg_outlet *o, uint64_t patience_ns, struct tg_err *err)
{
    uint64_t left = UINT64_MAX, until_ns = 0;
    bool good = true;
    while (good && !o->ended) {
        good = tg_outlet_step(o, true, err);
        uint64_t now_left = kept(o) + o->lines.length, now_ns = tg_clock_ns();
        if (!good || !now_left) break;
        if (now_left < left) left = now_left, until_ns = now_ns + patience_ns;
        if (now_ns >= until_ns) break;
        takes_more(o, (int)((until_ns - now_ns) / MS_NS + 1));
    }
    o->dropped += count_unread_lines(o);
    if (o->kept_fd >= 0) close(o->kept_fd);
    if (o->fd >= 0 && close(o->fd) < 0 && good && o->waits) good = fail_to_write(o, errno, err);
    tg_buf_done(&o->lines);
    o->fd = o->kept_fd = -1;
    o->ended = true;
    return good;
}
