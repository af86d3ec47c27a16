/* SPDX-License-Identifier: MIT
 * Loaded into tgrun by LD_PRELOAD: ends the process, as kill -9 does, right before the CUT_AT-th call of those that change
 * folders and files' names, counted from 1. With CUT_ERROR that call fails instead, with this errno. With CUT_ONLY, a name,
 * only calls of that function count. Programs that tgrun starts are left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

extern char *program_invocation_short_name;

static atomic_int calls;

/* True if this call has to fail; errno is set. */
static int cut(const char *name)
{
    const char *at = getenv("CUT_AT"), *error = getenv("CUT_ERROR"), *only = getenv("CUT_ONLY");
    if (!at || strncmp(program_invocation_short_name, "tgrun", 5) != 0 || (only && strcmp(only, name) != 0)) return 0;
    if (atomic_fetch_add(&calls, 1) + 1 != atoi(at)) return 0;
    if (!error) kill(getpid(), SIGKILL);
    errno = error ? atoi(error) : 0;
    return 1;
}

#define CUT(name, parameters, arguments)           \
    int name parameters                            \
    {                                              \
        int(*real) parameters;                     \
        *(void **)&real = dlsym(RTLD_NEXT, #name); \
        return cut(#name) ? -1 : real arguments;   \
    }

/* Counted only where it is asked for: what happens between two changes of a folder differs. */
ssize_t read(int fd, void *to, size_t bytes)
{
    const char *only = getenv("CUT_ONLY");
    ssize_t (*real)(int, void *, size_t);
    *(void **)&real = dlsym(RTLD_NEXT, "read");
    return only && strcmp(only, "read") == 0 && cut("read") ? -1 : real(fd, to, bytes);
}

CUT(rename, (const char *a, const char *b), (a, b))
CUT(linkat, (int a, const char *b, int c, const char *d, int e), (a, b, c, d, e))
CUT(symlink, (const char *a, const char *b), (a, b))
CUT(unlink, (const char *a), (a))
CUT(unlinkat, (int a, const char *b, int c), (a, b, c))
CUT(mkdir, (const char *a, mode_t b), (a, b))
CUT(rmdir, (const char *a), (a))
CUT(ftruncate, (int a, off_t b), (a, b))
CUT(fdatasync, (int a), (a))
CUT(flock, (int a, int b), (a, b))
