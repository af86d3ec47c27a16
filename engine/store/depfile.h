/* SPDX-License-Identifier: MIT
 * Files in make's syntax that say what a program has read: `out.o: a.c a.h \`, as compilers write them (-MMD). What ninja reads of them is
 * read: backslash-newline, `\ `, `\#`, `\:`, `$$`, several targets and rules, rules without inputs (-MP); and comments. A colon ends the
 * targets if nothing but a blank is behind it. Thread class: any thread. */
#ifndef TG_STORE_DEPFILE_H
#define TG_STORE_DEPFILE_H

#include <stddef.h>

#include "engine/base/err.h"

/* Calls fn with each input once, in order; the path lives until it returns. False and err, which names line and what is wrong: it is
 * none, and fn was called with what came before. A text that is blank names nothing. */
bool tg_depfile_read(const char *text, size_t length, void (*fn)(void *data, const char *path), void *data, struct tg_err *err);

#endif
