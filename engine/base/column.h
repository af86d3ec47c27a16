/* SPDX-License-Identifier: MIT
 * A column: one growing array whose elements never move. The address range is reserved once and takes no memory until it
 * is used. Where address space is limited (`ulimit -v`), which counts what is reserved as well, it is only chosen, and
 * mapped bit by bit. Thread class: owner. */
#ifndef TG_BASE_COLUMN_H
#define TG_BASE_COLUMN_H

#include <stdbool.h>
#include <stddef.h>

struct tg_column {
    char *base;            /* element 0 */
    size_t reserved_bytes; /* of address space, or chosen */
    size_t ready_bytes;    /* made writable so far */
    bool chosen;           /* not reserved: only what is ready is mapped */
};

/* Room for max_bytes, or for less where the system does not have that much; out of memory if that is not even 64 MB. */
void tg_column_init(struct tg_column *c, size_t max_bytes);
void tg_column_done(struct tg_column *c);
/* Makes [0, bytes) usable; new memory reads as zero. False if there is no room or no memory for that. */
bool tg_column_reach(struct tg_column *c, size_t bytes);
/* The same, but out of memory where it would be false. */
void tg_column_need(struct tg_column *c, size_t bytes);

#endif
