/* SPDX-License-Identifier: MIT
 * What is loaded. */
#include "engine/plugin/loaded.h"

#include <stdlib.h>

#include "engine/base/ascii.h"
#include "engine/base/limits.h"

bool tg_loaded_is_name(const char *name, size_t length)
{
    return length > 0 && length <= TG_MAX_NAME_BYTES && tg_ascii_name(name, length) == length;
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
