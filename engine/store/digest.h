/* SPDX-License-Identifier: MIT
 * Digests of what is recorded: XXH3 of 128 bits (xxHash by Yann Collet), which is fast and not meant to stand against somebody who
 * looks for two contents with one digest. Thread class: owner. */
#ifndef TG_STORE_DIGEST_H
#define TG_STORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

struct tg_digest {
    uint64_t low, high;
};

/* What is digested piece by piece; in place, and with nothing to be freed. */
struct tg_digester {
    _Alignas(64) unsigned char state[576];
};
void tg_digest_begin(struct tg_digester *d);
void tg_digest_add(struct tg_digester *d, const void *bytes, size_t length);
/* A text and its length, so that what stands beside it cannot be mistaken for a part of it. */
void tg_digest_text(struct tg_digester *d, const char *text, size_t length);
/* Of all that was added so far. */
struct tg_digest tg_digest_end(const struct tg_digester *d);

struct tg_digest tg_digest_bytes(const void *bytes, size_t length);
static inline bool tg_digest_equal(struct tg_digest a, struct tg_digest b)
{
    return a.low == b.low && a.high == b.high;
}
/* 32 hexadecimal digits, the high half first. */
void tg_digest_print(struct tg_buf *b, struct tg_digest digest);
/* Reads what that writes; false: it is none. */
bool tg_digest_read(const char *hex, struct tg_digest *out);

/* -- of secrets: nobody can find one by trying texts who has not the key (BLAKE2b of libsodium) */

#define TG_DIGEST_KEY_BYTES 32

struct tg_digest tg_digest_secret(const unsigned char key[TG_DIGEST_KEY_BYTES], const char *text, size_t length);
/* The key of a record: the file `key` of its folder, which is made where there is none; for its owner only. All processes get the same
 * one. False and err: it cannot be read or made. */
bool tg_digest_key(const char *folder, unsigned char key[TG_DIGEST_KEY_BYTES], struct tg_err *err);

#endif
