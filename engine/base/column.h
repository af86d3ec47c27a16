/* SPDX-License-Identifier: MIT
 * A column: one growing array whose elements never move. The address range is reserved once and takes no memory until it
 * is used; where the reservation fails (ulimit -v), a smaller one is tried. Thread class: owner. */
#ifndef TG_BASE_COLUMN_H
#define TG_BASE_COLUMN_H

#include <stdbool.h>
#include <stddef.h>

struct tg_column {
    char *base;            /* element 0 */
    size_t reserved_bytes; /* of address space */
    size_t ready_bytes;    /* made writable so far */
};

/* Reserves room for max_bytes. Aborts only if not even 64 MB can be reserved. */
void tg_column_init(struct tg_column *c, size_t max_bytes);
void tg_column_done(struct tg_column *c);
/* Makes [0, bytes) usable; new memory reads as zero. False if the reservation is too small. */
bool tg_column_reach(struct tg_column *c, size_t bytes);
/* The same, but aborts as out of memory if the reservation is too small. */
void tg_column_need(struct tg_column *c, size_t bytes);

#endif
