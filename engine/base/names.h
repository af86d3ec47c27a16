/* SPDX-License-Identifier: MIT
 * Names to small numbers: an interning table. Names are copied into an arena; ids count from 0 in the order of first use.
 * Thread class: owner. */
#ifndef TG_BASE_NAMES_H
#define TG_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/table.h"
#include "engine/base/vec.h"

struct tg_name {
    const char *text; /* NUL-terminated, lives as long as the table */
    uint32_t length;
};

struct tg_names {
    struct tg_table table;        /* of ids */
    TG_VEC(struct tg_name) names; /* by id */
    struct tg_arena arena;        /* the copies, packed */
};

#define TG_NO_NAME TG_TABLE_NONE

/* A zeroed struct is an empty table. */
void tg_names_done(struct tg_names *n);
/* The id of text, a new one if it was not there. */
uint32_t tg_names_add(struct tg_names *n, const char *text, size_t length);
/* The id of text, TG_NO_NAME if it is not there. */
uint32_t tg_names_find(const struct tg_names *n, const char *text, size_t length);
static inline const struct tg_name *tg_names_get(const struct tg_names *n, uint32_t id)
{
    TG_ASSERT(id < n->names.count);
    return &n->names.items[id];
}

#endif
