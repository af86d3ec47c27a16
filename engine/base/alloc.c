/* SPDX-License-Identifier: MIT
 * malloc's family, for small things. */
#include "engine/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/base/shortage.h"

_Noreturn void tg_alloc_fail(size_t bytes)
{
    tg_shortage_end(bytes);
}

void *tg_alloc(size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);
    if (!p) tg_alloc_fail(bytes);
    return p;
}

void *tg_alloc_zero(size_t bytes)
{
    void *p = calloc(1, bytes ? bytes : 1);
    if (!p) tg_alloc_fail(bytes);
    return p;
}

void *tg_alloc_resize(void *p, size_t bytes)
{
    p = realloc(p, bytes ? bytes : 1);
    if (!p) tg_alloc_fail(bytes);
    return p;
}

char *tg_alloc_copy(const char *data, size_t length)
{
    TG_ASSERT(data || length == 0);
    char *copy = tg_alloc(length + 1);
    if (length) memcpy(copy, data, length);
    copy[length] = 0;
    return copy;
}

char *tg_alloc_text(const char *text)
{
    return tg_alloc_copy(text, strlen(text));
}

char *tg_alloc_vformat(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0) tg_alloc_fail(0);
    return text;
}

char *tg_alloc_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = tg_alloc_vformat(format, args);
    va_end(args);
    return text;
}
