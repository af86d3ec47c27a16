/* SPDX-License-Identifier: MIT
 * Files whose path matches a pattern. As in a shell, `*`, `?` and `[..]` match within one part of a path, a name that begins
 * with '.' only where the pattern says so, and a backslash takes the meaning of what follows it. A part `**` matches any
 * number of folders, at the end all that is in them, and does not follow symbolic links. `{a,b}` stands for each of its
 * alternatives. (POSIX, Shell Command Language, 2.13 Pattern Matching; bash, Brace Expansion and globstar.) */
#ifndef TG_BASE_GLOB_H
#define TG_BASE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"
#include "engine/base/vec.h"

/* What one pattern stands for at most, its braces expanded. */
#define TG_MAX_GLOB_ALTERNATIVES 10000

struct tg_glob {
    bool (*stopped)(void *data); /* asked now and then: give up? NULL: never */
    void *data;
    TG_VEC(char *) paths;  /* each once, sorted by bytes */
    TG_VEC(char *) closed; /* folders that may not be read: what is in them is missing */
};

/* Fills the lists. False with err if a folder cannot be read for another reason than its permissions, if the pattern stands
 * for too much, or if it was stopped. In each case tg_glob_done follows. */
bool tg_glob_find(struct tg_glob *g, const char *pattern, struct tg_err *err);
void tg_glob_done(struct tg_glob *g);

/* Whether one name matches one part of a pattern, which has no braces. `?` and `[..]` stand for a character of UTF-8, but
 * where that gives no match for a byte, as glibc has it, so that names that are no UTF-8 can be matched. */
bool tg_glob_match(const char *pattern, const char *name);

#endif
