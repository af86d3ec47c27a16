/* SPDX-License-Identifier: MIT
 * To be loaded before a program (LD_PRELOAD): from the NO_MEMORY_FROM-th request for memory of the process on, or only the
 * NO_MEMORY_AT-th, there is none. What it starts is not concerned. */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *p, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

static struct {
    bool known;
    long from, at;
    _Atomic long count;
} state;

static long take_number(const char *name)
{
    const char *text = getenv(name);
    long n = text ? atol(text) : 0;
    if (text) unsetenv(name);
    return n;
}

static bool fails(void)
{
    if (!state.known) { /* before there are threads */
        state.known = true;
        state.from = take_number("NO_MEMORY_FROM");
        state.at = take_number("NO_MEMORY_AT");
        if (state.from || state.at) unsetenv("LD_PRELOAD");
    }
    long n = atomic_fetch_add(&state.count, 1) + 1;
    bool so = (state.from && n >= state.from) || (state.at && n == state.at);
    if (so) errno = ENOMEM;
    return so;
}

void *malloc(size_t bytes)
{
    return fails() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    return fails() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *p, size_t bytes)
{
    return fails() ? NULL : __libc_realloc(p, bytes);
}

int posix_memalign(void **p, size_t alignment, size_t bytes)
{
    *p = fails() ? NULL : __libc_memalign(alignment, bytes);
    return *p ? 0 : ENOMEM;
}

void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return fails() ? MAP_FAILED : (void *)syscall(SYS_mmap, at, bytes, protection, flags, fd, offset);
}
