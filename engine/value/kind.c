/* SPDX-License-Identifier: MIT
 * The names of kinds. */
#include "engine/value/kind.h"

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
