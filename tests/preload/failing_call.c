/* SPDX-License-Identifier: MIT
 * Loaded into tgrun by LD_PRELOAD: the FAILING_AT-th call, counted from 1, of the function FAILING_CALL fails with the errno
 * FAILING_ERRNO, and leaves a byte in the file FAILING_MARK; with FAILING_LASTS so do all that follow. With FAILING_FORKED only
 * calls in forked copies of the process count, else only its own. Programs that tgrun starts are left alone.
 *
 * Writes to what has no name, such as an eventfd, are left alone: these do not fail. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static struct {
    char call[64], mark[256];
    int at, error;
    bool lasts, forked;
    pid_t process;
    atomic_int count;
} state;

static const char *setting(const char *name)
{
    const char *text = getenv(name);
    return text ? text : "";
}

__attribute__((constructor)) static void read_settings(void)
{
    snprintf(state.call, sizeof state.call, "%s", setting("FAILING_CALL"));
    snprintf(state.mark, sizeof state.mark, "%s", setting("FAILING_MARK"));
    state.at = atoi(setting("FAILING_AT"));
    state.error = atoi(setting("FAILING_ERRNO"));
    state.lasts = *setting("FAILING_LASTS");
    state.forked = *setting("FAILING_FORKED");
    state.process = getpid();
    unsetenv("LD_PRELOAD");
}

static void leave_mark(void)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, state.mark, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) return;
    syscall(SYS_write, fd, "x", 1);
    syscall(SYS_close, fd);
}

/* True if this call has to fail; errno is set. */
static bool fails(const char *name)
{
    bool counts = state.at && strcmp(name, state.call) == 0 && (syscall(SYS_getpid) != state.process) == state.forked;
    int n = counts ? atomic_fetch_add(&state.count, 1) + 1 : 0;
    if (!n || n < state.at || (n > state.at && !state.lasts)) return false;
    leave_mark();
    errno = state.error;
    return true;
}

static bool has_name(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT);
}

#define REAL(name, type, parameters) \
    static type(*real) parameters;   \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

#define FAILING(type, name, failed, parameters, arguments) \
    type name parameters                                   \
    {                                                      \
        REAL(#name, type, parameters);                     \
        return fails(#name) ? failed : real arguments;     \
    }

FAILING(pid_t, fork, -1, (void), ())
FAILING(int, pipe2, -1, (int fds[2], int flags), (fds, flags))
FAILING(int, poll, -1, (struct pollfd * fds, nfds_t count, int ms), (fds, count, ms))
FAILING(int, ppoll, -1, (struct pollfd * fds, nfds_t count, const struct timespec *limit, const sigset_t *set),
        (fds, count, limit, set))
FAILING(int, eventfd, -1, (unsigned value, int flags), (value, flags))
FAILING(int, memfd_create, -1, (const char *name, unsigned flags), (name, flags))
FAILING(ssize_t, read, -1, (int fd, void *to, size_t bytes), (fd, to, bytes))
FAILING(ssize_t, pwrite, -1, (int fd, const void *from, size_t bytes, off_t at), (fd, from, bytes, at))
FAILING(FILE *, fopen, NULL, (const char *path, const char *how), (path, how))
FAILING(FILE *, fdopen, NULL, (int fd, const char *how), (fd, how))
FAILING(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
FAILING(char *, mkdtemp, NULL, (char *path), (path))
FAILING(int, mkostemp, -1, (char *path, int flags), (path, flags))
FAILING(int, mkfifo, -1, (const char *path, mode_t mode), (path, mode))
FAILING(int, inotify_add_watch, -1, (int fd, const char *path, uint32_t events), (fd, path, events))
FAILING(int, mprotect, -1, (void *at, size_t bytes, int protection), (at, bytes, protection))

ssize_t write(int fd, const void *from, size_t bytes)
{
    return has_name(fd) && fails("write") ? -1 : syscall(SYS_write, fd, from, bytes);
}

void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return fails("mmap") ? MAP_FAILED : (void *)syscall(SYS_mmap, at, bytes, protection, flags, fd, offset);
}

void *mremap(void *at, size_t from, size_t to, int flags, ...)
{
    return fails("mremap") ? MAP_FAILED : (void *)syscall(SYS_mremap, at, from, to, flags, NULL);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data)
{
    REAL("pthread_create", int, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));
    return fails("pthread_create") ? state.error : real(thread, attributes, run, data);
}

static mode_t mode_behind(int flags, va_list list)
{
    return flags & O_CREAT ? va_arg(list, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_behind(flags, list);
    va_end(list);
    return fails("open") ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_behind(flags, list);
    va_end(list);
    return fails("open") ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

int fcntl(int fd, int what, ...)
{
    va_list list;
    va_start(list, what);
    long argument = va_arg(list, long);
    va_end(list);
    bool makes = what == F_DUPFD || what == F_DUPFD_CLOEXEC;
    return makes && fails("fcntl") ? -1 : (int)syscall(SYS_fcntl, fd, what, argument);
}

int clone(int (*run)(void *), void *stack, int flags, void *data, ...)
{
    REAL("clone", int, (int (*)(void *), void *, int, void *, ...));
    va_list list;
    va_start(list, data);
    pid_t *pidfd = va_arg(list, pid_t *);
    va_end(list);
    return fails("clone") ? -1 : real(run, stack, flags, data, pidfd);
}
