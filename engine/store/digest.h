/* SPDX-License-Identifier: MIT
 * Digests of what is recorded: XXH3 of 128 bits (xxHash by Yann Collet), which is fast and not meant to stand against somebody who
 * looks for two contents with one digest. Thread class: owner. */
#ifndef TG_STORE_DIGEST_H
#define TG_STORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

struct tg_digest {
    uint64_t low, high;
};

/* What is digested piece by piece. */
struct tg_digester;
struct tg_digester *tg_digest_begin(void);
void tg_digest_add(struct tg_digester *d, const void *bytes, size_t length);
/* A text and its length, so that what stands beside it cannot be mistaken for a part of it. */
void tg_digest_text(struct tg_digester *d, const char *text, size_t length);
/* Frees it. */
struct tg_digest tg_digest_end(struct tg_digester *d);

struct tg_digest tg_digest_bytes(const void *bytes, size_t length);
static inline bool tg_digest_equal(struct tg_digest a, struct tg_digest b)
{
    return a.low == b.low && a.high == b.high;
}
/* 32 hexadecimal digits, the high half first. */
void tg_digest_print(struct tg_buf *b, struct tg_digest digest);
/* Reads what that writes; false: it is none. */
bool tg_digest_read(const char *hex, struct tg_digest *out);

#endif
