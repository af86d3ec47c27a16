/* SPDX-License-Identifier: MIT
 * Sets of small numbers: a bit for each, in words of 64. Whoever has one knows how many bits there are.
 * Thread class: owner while it changes. */
#ifndef TG_BASE_BITS_H
#define TG_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/block.h"

static inline bool tg_bits_get(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}
static inline void tg_bits_set(uint64_t *bits, size_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}
static inline void tg_bits_clear(uint64_t *bits, size_t i)
{
    bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
}
static inline size_t tg_bits_bytes(size_t count)
{
    return (count + 63) / 64 * sizeof(uint64_t);
}
/* An empty set with room for the numbers below count; also where count is 0. */
static inline uint64_t *tg_bits_new(size_t count)
{
    return tg_block_zero(tg_bits_bytes(count));
}
static inline void tg_bits_free(uint64_t *bits, size_t count)
{
    tg_block_free(bits, tg_bits_bytes(count));
}

#endif
