/* SPDX-License-Identifier: MIT
 * Boxes. */
#include "lang/eval/box.h"

#include <stdlib.h>

#include "engine/base/assert.h"
#include "lang/eval/function.h"

static void destroy_box(struct tg_function *f)
{
    tg_box_free((struct tg_box *)f);
}

static void show_box(const struct tg_function *f, void (*visit)(void *data, tg_value v), void *data)
{
    const struct tg_box *box = (const struct tg_box *)f;
    for (uint32_t i = 0; i < box->count; i++) visit(data, box->values[i]);
}

struct tg_box *tg_box_new(uint32_t room)
{
    struct tg_box *box = tg_alloc(sizeof *box + room * sizeof box->values[0]);
    tg_function_init(&box->base, destroy_box, show_box);
    box->count = 0;
    box->room = room;
    return box;
}

void tg_box_free(struct tg_box *box)
{
    tg_value_unref_all(box->values, box->count);
    free(box);
}

void tg_box_add(struct tg_box *box, tg_value take)
{
    TG_ASSERT(box->count < box->room && take.tag != TG_BAD && take.tag != TG_UNSET);
    if (tg_value_marks(take)) box->base.obj.flags = TG_HOLDS;
    box->values[box->count++] = take;
}

tg_value tg_box_value(struct tg_box *take)
{
    return tg_function_as_value(&take->base);
}

tg_value tg_box_get(tg_value box, size_t i)
{
    const struct tg_box *b = box.p;
    TG_ASSERT(tg_kind(box) == TG_FUNCTION && b->base.destroy == destroy_box && i < b->count);
    return tg_value_ref(b->values[i]);
}
