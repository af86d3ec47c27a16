/* SPDX-License-Identifier: MIT
 * Values that are texts: str, bytes and file. */
#ifndef TG_VALUE_STR_H
#define TG_VALUE_STR_H

#include "engine/base/assert.h"
#include "engine/value/value.h"

/* A str, bytes or file with a copy of these bytes; data NULL: zero bytes. */
tg_value tg_str_make(enum tg_kind kind, const void *data, size_t length);
/* A str. */
tg_value tg_str(const char *text);
/* The text with more behind it: in place, in amortised constant time, if it is unique; else a copy. */
tg_value tg_str_append(tg_value take_text, const char *data, size_t length);
/* Who is told when a text goes, with its last reference: in any thread. */
struct tg_str_watch {
    void (*gone)(struct tg_str_watch *watch);
};
/* A copy of this text, of its kind, that is watched: the watch must live longer. It is never changed in place. */
tg_value tg_str_watched(tg_value text, struct tg_str_watch *watch);
/* Of the body of such a text: frees it. */
void tg_str_free_watched(struct tg_str *body);
static inline struct tg_str *tg_str_of(tg_value v)
{
    TG_ASSERT(tg_kind(v) == TG_STR || tg_kind(v) == TG_BYTES || tg_kind(v) == TG_FILE);
    return v.p;
}

#endif
