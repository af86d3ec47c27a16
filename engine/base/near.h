/* SPDX-License-Identifier: MIT
 * The nearest name, for "did you mean". */
#ifndef TG_BASE_NEAR_H
#define TG_BASE_NEAR_H

#include <stddef.h>

/* Collects candidates; `best` is the nearest so far, or NULL if none is near enough to be worth naming. */
struct tg_near {
    const char *wanted;
    size_t wanted_length;
    const char *best; /* borrowed from the caller of tg_near_offer */
    size_t best_length;
    size_t distance;
};

struct tg_near tg_near_begin(const char *wanted, size_t length);
void tg_near_offer(struct tg_near *near, const char *name, size_t length);

#endif
