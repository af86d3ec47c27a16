/* SPDX-License-Identifier: MIT
 * The names of kinds. */
#include "engine/value/kind.h"

/* What the order of kinds is used for. */
_Static_assert(TG_STR == 8 && TG_FAILED < TG_STR && TG_FUTURE < TG_STR && TG_FLOAT < TG_STR, "heap kinds are TG_STR and up");
_Static_assert(TG_OBJECT < 32, "a set of kinds is one word");
_Static_assert((TG_KINDS_ANY & (TG_KIND_BIT(TG_FUTURE) | TG_KIND_BIT(TG_FAILED))) == 0, "no task sees a future or a failure");

const char *tg_kind_name(enum tg_kind kind)
{
    switch (kind) {
    case TG_NIL: return "nil";
    case TG_BOOL: return "bool";
    case TG_INT: return "int";
    case TG_FLOAT: return "float";
    case TG_FUTURE: return "future";
    case TG_FAILED: return "failed";
    case TG_STR: return "str";
    case TG_BYTES: return "bytes";
    case TG_FILE: return "file";
    case TG_LIST: return "list";
    case TG_RECORD: return "record";
    case TG_FUNCTION: return "function";
    case TG_OBJECT: return "object";
    }
    return "unknown";
}
