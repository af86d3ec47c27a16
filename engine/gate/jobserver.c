/* SPDX-License-Identifier: MIT
 * Tokens.
 *
 * Reading must not wait, since several processes may see the same token. But whether it does is a matter of what was opened, which all
 * processes share, and old makes cannot do with a read that fails. So the pipe is opened once more, by its name in /proc.
 *
 * Descriptors that programs inherit are high ones: scripts use the low ones for files of their own. */
#include "engine/gate/jobserver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"

/* Redirections of a shell have one digit. */
#define LENT_FD 10

/* What tokens are made of, by make too. */
#define TOKEN '+'

#define FOLDER_NAME "tgrun-XXXXXX"
#define FIFO_NAME "/jobserver"

/* At its end a process waits so often so long for its own token, if another one has that: when all end together it comes soon, and nobody
 * who wants an end should wait for another's work. */
#define LOAN_LOOKS 20
#define LOAN_LOOK_MS 50

static void close_end(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static bool begin_debt(struct tg_jobserver *j)
{
    void *p = mmap(NULL, sizeof(struct tg_debt), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *j = (struct tg_jobserver){.read_fd = -1, .lent_read_fd = -1, .lent_write_fd = -1};
    if (p == MAP_FAILED) return false;
    j->debt = p;
    j->debt->write_fd = -1;
    return true;
}

void tg_jobserver_done(struct tg_jobserver *j)
{
    int error = errno;
    if (!j->debt) return;
    tg_jobserver_settle(j->debt);
    tg_jobserver_pay(j->debt);
    if (j->debt->write_fd != j->lent_write_fd) close_end(&j->debt->write_fd);
    close_end(&j->read_fd);
    close_end(&j->lent_read_fd);
    close_end(&j->lent_write_fd);
    munmap(j->debt, sizeof *j->debt);
    j->debt = NULL;
    errno = error;
}

/* The same pipe, opened anew. */
static int open_again(int fd, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, flags | O_CLOEXEC);
}

/* ---- a client ------------------------------------------------------------------------------------ */

/* What was inherited stays open when another program is started; pipes of our own do not. */
static bool may(int fd, int how, struct stat *st)
{
    int flags = fcntl(fd, F_GETFL), own = fcntl(fd, F_GETFD);
    if (flags < 0 || own & FD_CLOEXEC || fstat(fd, st) != 0 || !S_ISFIFO(st->st_mode)) return false;
    return (flags & O_ACCMODE) == how || (flags & O_ACCMODE) == O_RDWR;
}

/* Numbers of descriptors are soon another file's: both must be ends of one pipe. */
static bool is_pipe(int read_fd, int write_fd)
{
    struct stat from, to;
    if (read_fd < 0 || write_fd < 0 || !may(read_fd, O_RDONLY, &from) || !may(write_fd, O_WRONLY, &to)) return false;
    return from.st_dev == to.st_dev && from.st_ino == to.st_ino;
}

static bool join_pipe(struct tg_jobserver *j, const struct tg_makeflags *flags, const char **why)
{
    *why = "its pipe is not open here";
    if (!is_pipe(flags->read_fd, flags->write_fd)) return false;
    j->read_fd = open_again(flags->read_fd, O_RDONLY | O_NONBLOCK);
    j->debt->write_fd = open_again(flags->write_fd, O_RDWR | O_NONBLOCK);
    *why = strerror(errno);
    return true;
}

static bool join_fifo(struct tg_jobserver *j, const char *path, const char **why)
{
    struct stat st;
    j->read_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    *why = strerror(errno);
    if (j->read_fd < 0) return false;
    *why = "it is no FIFO";
    if (fstat(j->read_fd, &st) != 0 || !S_ISFIFO(st.st_mode)) return false;
    j->debt->write_fd = open_again(j->read_fd, O_RDWR | O_NONBLOCK);
    *why = strerror(errno);
    return true;
}

bool tg_jobserver_join(struct tg_jobserver *j, const struct tg_makeflags *flags, const char **why)
{
    *why = strerror(ENOMEM);
    if (!begin_debt(j)) return false;
    bool joined = flags->fifo ? join_fifo(j, flags->fifo, why) : join_pipe(j, flags, why);
    if (joined && j->read_fd >= 0 && j->debt->write_fd >= 0) return true;
    tg_jobserver_done(j);
    return false;
}

bool tg_jobserver_renumber(struct tg_jobserver *j, const struct tg_makeflags *joined, const char *before, char **flags)
{
    j->lent_read_fd = fcntl(joined->read_fd, F_DUPFD, LENT_FD);
    j->lent_write_fd = fcntl(joined->write_fd, F_DUPFD, LENT_FD);
    if (j->lent_read_fd < 0 || j->lent_write_fd < 0) return false;
    *flags = tg_makeflags_with_pipe(before, joined->jobs, j->lent_read_fd, j->lent_write_fd);
    return true;
}

/* ---- a server ------------------------------------------------------------------------------------ */

static bool put_tokens(struct tg_jobserver *j, unsigned tokens)
{
    static const char token = TOKEN;
    for (; tokens; tokens--)
        if (write(j->debt->write_fd, &token, 1) != 1) return false;
    return true;
}

static bool serve_pipe(struct tg_jobserver *j)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return false;
    j->lent_read_fd = fcntl(fds[0], F_DUPFD, LENT_FD);
    j->lent_write_fd = fcntl(fds[1], F_DUPFD, LENT_FD);
    j->read_fd = open_again(fds[0], O_RDONLY | O_NONBLOCK);
    j->debt->write_fd = j->lent_write_fd;
    int error = errno;
    close(fds[0]);
    close(fds[1]);
    errno = error;
    return j->lent_read_fd >= 0 && j->lent_write_fd >= 0 && j->read_fd >= 0;
}

/* MAKEFLAGS is a line of words, where a blank would have to be quoted for some readers, not for others. */
static const char *temporary(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && folder[0] == '/' && !strpbrk(folder, " \t\n\\") ? folder : "/tmp";
}

static bool serve_fifo(struct tg_jobserver *j)
{
    struct tg_debt *d = j->debt;
    char folder[PATH_MAX];
    int length = snprintf(folder, sizeof folder, "%s/" FOLDER_NAME, temporary());
    if (length < 0 || (size_t)length + sizeof FIFO_NAME > sizeof folder) return errno = ENAMETOOLONG, false;
    if (!mkdtemp(folder)) return false;
    memcpy(d->fifo, folder, (size_t)length);
    memcpy(d->fifo + length, FIFO_NAME, sizeof FIFO_NAME);
    memcpy(d->folder, folder, (size_t)length + 1);
    if (mkfifo(d->fifo, 0600) != 0) return false;
    j->read_fd = open(d->fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (j->read_fd >= 0) d->write_fd = open(d->fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    return d->write_fd >= 0;
}

bool tg_jobserver_serve(struct tg_jobserver *j, enum tg_jobserver_form form, unsigned jobs, const char *before, char **flags,
                        struct tg_err *err)
{
    TG_ASSERT(jobs > 0 && jobs <= TG_MAX_WORKERS);
    bool made = begin_debt(j) && (form == TG_JOBSERVER_FIFO ? serve_fifo(j) : serve_pipe(j)) && put_tokens(j, jobs - 1);
    if (!made) {
        tg_err_set(err, TG_EXIT_CANNOT, "cannot make a jobserver: %s", strerror(errno));
        tg_jobserver_done(j);
        return false;
    }
    j->serves = true;
    j->served = jobs - 1;
    *flags = form == TG_JOBSERVER_FIFO ? tg_makeflags_with_fifo(before, jobs, j->debt->fifo)
                                       : tg_makeflags_with_pipe(before, jobs, j->lent_read_fd, j->lent_write_fd);
    return true;
}

/* ---- tokens -------------------------------------------------------------------------------------- */

static bool read_token(struct tg_jobserver *j, unsigned char *token)
{
    ssize_t n;
    do n = read(j->read_fd, token, 1);
    while (n < 0 && errno == EINTR);
    if (n == 0) j->error = EPIPE; /* nobody could give one back */
    else if (n < 0 && errno != EAGAIN) j->error = errno;
    return n == 1;
}

bool tg_jobserver_take(struct tg_jobserver *j)
{
    struct tg_debt *d = j->debt;
    unsigned count = atomic_load_explicit(&d->count, memory_order_relaxed);
    unsigned char token;
    if (!tg_jobserver_reclaim(j) || j->error || count == TG_MAX_WORKERS) return false;
    if (!read_token(j, &token)) return false;
    d->tokens[count] = token;
    if (atomic_compare_exchange_strong(&d->count, &count, count + 1)) return true;
    if (write(d->write_fd, &token, 1) < 0) {} /* all has been paid, as the process is about to end */
    return false;
}

void tg_jobserver_give(struct tg_jobserver *j)
{
    struct tg_debt *d = j->debt;
    unsigned count = atomic_load_explicit(&d->count, memory_order_relaxed);
    ssize_t n;
    if (count == 0) return; /* somebody pays for the process, which is about to end */
    unsigned char token = d->tokens[count - 1];
    if (!atomic_compare_exchange_strong(&d->count, &count, count - 1)) return;
    do n = write(d->write_fd, &token, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1 && !j->error) j->error = errno;
}

/* Noted behind the write: who is killed in between has lent one for good, which is better than that one is lost. */
void tg_jobserver_lend(struct tg_jobserver *j)
{
    static const char token = TOKEN;
    TG_ASSERT(!j->serves && !atomic_load(&j->debt->lent));
    if (j->error) return;
    if (write(j->debt->write_fd, &token, 1) == 1) atomic_store(&j->debt->lent, 1);
    else j->error = errno;
}

/* Where the jobserver is broken nobody counts any more. */
bool tg_jobserver_reclaim(struct tg_jobserver *j)
{
    struct tg_debt *d = j->debt;
    unsigned char token;
    if (!atomic_load_explicit(&d->lent, memory_order_relaxed)) return true;
    if (!j->error && !read_token(j, &token) && !j->error) return false;
    bool lent = atomic_exchange(&d->lent, 0);
    if (!lent && !j->error && write(d->write_fd, &token, 1) < 0) {} /* it has been paid, as above */
    return true;
}

void tg_jobserver_audit(struct tg_jobserver *j, unsigned held)
{
    int there;
    if (!j->serves || j->error || ioctl(j->read_fd, FIONREAD, &there) != 0 || there < 0) return;
    unsigned all = (unsigned)there + held;
    if (all < j->served) put_tokens(j, j->served - all);
    for (char token; all > j->served && read(j->read_fd, &token, 1) == 1;) all--;
}

void tg_jobserver_settle(struct tg_debt *d)
{
    struct pollfd fd = {d->write_fd, POLLIN, 0};
    unsigned char token;
    for (int i = 0; i < LOAN_LOOKS && atomic_load(&d->lent); i++) {
        bool got = read(d->write_fd, &token, 1) == 1;
        if (got && !atomic_exchange(&d->lent, 0) && write(d->write_fd, &token, 1) < 0) {} /* another one was quicker */
        if (!got) poll(&fd, 1, LOAN_LOOK_MS);
    }
}

void tg_jobserver_pay(struct tg_debt *d)
{
    unsigned count = atomic_exchange(&d->count, 0);
    for (unsigned i = 0; i < count; i++)
        if (write(d->write_fd, &d->tokens[i], 1) != 1) break;
    if (atomic_exchange(&d->lent, 0) && read(d->write_fd, d->tokens, 1) < 0) {} /* somebody has it who gives it back */
    if (d->fifo[0]) unlink(d->fifo);
    if (d->folder[0]) rmdir(d->folder);
    d->fifo[0] = d->folder[0] = 0;
}
