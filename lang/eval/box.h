/* SPDX-License-Identifier: MIT
 * Boxes: function values that nobody calls. A box holds values, futures among them: who holds the box does not wait for them,
 * and nothing of them runs until somebody asks for it. Thread class: immutable once given away. */
#ifndef TG_EVAL_BOX_H
#define TG_EVAL_BOX_H

#include "lang/eval/eval.h"

struct tg_box {
    struct tg_function base;
    uint32_t count, room;
    tg_value values[];
};

struct tg_box *tg_box_new(uint32_t room);
/* Drops one that was not given away. */
void tg_box_free(struct tg_box *box);
void tg_box_add(struct tg_box *box, tg_value take);
/* Gives it away as a value. */
tg_value tg_box_value(struct tg_box *take);
tg_value tg_box_get(tg_value box, size_t i);

#endif
