/* SPDX-License-Identifier: MIT
 * What is loaded. */
#include "engine/plugin/loaded.h"

#include <ctype.h>
#include <stdlib.h>

#include "engine/base/limits.h"

bool tg_loaded_is_name(const char *name, size_t length)
{
    if (length == 0 || length > TG_MAX_NAME_BYTES || isdigit((unsigned char)name[0])) return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_') return false;
    return true;
}

void tg_loaded_free(struct tg_loaded *p)
{
    if (!p) return;
    tg_names_done(&p->index);
    tg_arena_done(&p->arena);
    free(p);
}

const struct tg_def *tg_loaded_find(const struct tg_loaded *p, const char *name, size_t length)
{
    uint32_t i = tg_names_find(&p->index, name, length);
    TG_ASSERT(i == TG_NO_NAME || i < p->def_count);
    return i == TG_NO_NAME ? NULL : &p->defs[i];
}
