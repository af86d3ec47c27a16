/* SPDX-License-Identifier: MIT
 * Whether a program that failed had too little memory. */
#include "engine/command/oom.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"

#define COUNTS_BYTES ((size_t)32 << 10)

uint64_t tg_oom_kills(const char *counts)
{
    static const char field[] = "\noom_kill ";
    char *text = tg_alloc(COUNTS_BYTES);
    int fd = open(counts, O_RDONLY | O_CLOEXEC);
    ssize_t length = 0, n = 1;
    while (fd >= 0 && n > 0 && (size_t)length + 1 < COUNTS_BYTES) {
        n = read(fd, text + length, COUNTS_BYTES - 1 - (size_t)length);
        if (n > 0) length += n;
    }
    if (fd >= 0) close(fd);
    text[length] = 0;
    const char *at = strstr(text, field);
    uint64_t kills = at ? strtoull(at + strlen(field), NULL, 10) : UINT64_MAX;
    free(text);
    return kills;
}

bool tg_oom_take_kill(const char *counts, _Atomic uint64_t *seen)
{
    uint64_t before = atomic_load(seen), now = tg_oom_kills(counts);
    if (now == UINT64_MAX) return false;
    while (before < now)
        if (atomic_compare_exchange_weak(seen, &before, before + 1)) return true;
    return false;
}

bool tg_oom_is_told(const char *text, size_t length)
{
    /* The C library and most programs; C++; Python; R; Java; bash and make; Go, node and others. */
    static const char *const words[] = {"annot allocate memory", "bad_alloc",        "MemoryError",   "cannot allocate vector",
                                        "OutOfMemoryError",      "memory exhausted", "ut of memory",  "llocation failed",
                                        "Unable to allocate",    "cannot allocate",  "annot reserve", "no memory for"};
    bool told = false;
    for (size_t i = 0; i < sizeof words / sizeof *words && length && !told; i++)
        told = memmem(text, length, words[i], strlen(words[i])) != NULL;
    return told;
}

void tg_oom_size(struct tg_buf *b, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double size = (double)bytes;
    size_t unit = 0;
    for (; size >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++) size /= 1024;
    tg_buf_format(b, size < 100 ? "%.3g %s" : "%.0f %s", size, units[unit]);
}
