/* SPDX-License-Identifier: MIT
 * malloc's family, for small things: out of memory ends the process (shortage.h). Free with free().
 * Thread class: any thread. */
#ifndef TG_BASE_ALLOC_H
#define TG_BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

void *tg_alloc(size_t bytes);
void *tg_alloc_zero(size_t bytes);
void *tg_alloc_resize(void *p, size_t bytes);
/* A copy of a text. */
char *tg_alloc_text(const char *text);
/* A copy of so many bytes, with a NUL behind them. */
char *tg_alloc_copy(const char *data, size_t length);
char *tg_alloc_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *tg_alloc_vformat(const char *format, va_list args);
/* The end of a process that cannot have so many bytes. */
_Noreturn void tg_alloc_fail(size_t bytes);

#endif
