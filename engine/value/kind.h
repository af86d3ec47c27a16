/* SPDX-License-Identifier: MIT
 * The kinds of values (enum tg_kind of tgrun.h) as sets and by name. */
#ifndef TG_VALUE_KIND_H
#define TG_VALUE_KIND_H

#include "include/tgrun.h"

/* A set of kinds, bit (1 << kind). */
typedef uint32_t tg_kinds;
#define TG_KIND_BIT(kind) (1u << (kind))
#define TG_KINDS_NUM (TG_KIND_BIT(TG_INT) | TG_KIND_BIT(TG_FLOAT))
/* Every kind a task may see. */
#define TG_KINDS_ANY                                                                                           \
    (TG_KIND_BIT(TG_NIL) | TG_KIND_BIT(TG_BOOL) | TG_KINDS_NUM | TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_BYTES) | \
     TG_KIND_BIT(TG_FILE) | TG_KIND_BIT(TG_LIST) | TG_KIND_BIT(TG_RECORD) | TG_KIND_BIT(TG_FUNCTION) | TG_KIND_BIT(TG_OBJECT))

/* "int", "list", ... */
const char *tg_kind_name(enum tg_kind kind);

#endif
