/* SPDX-License-Identifier: MIT
 * Anchors: the futures in a list that grows are counted once, not in each round of a loop.
 *
 * A continuation counts every future that it holds. Of a long list it counts an anchor instead, a task that is never run and
 * holds the first items, and the items behind these. When so many have come that it pays, a further anchor holds them and
 * the one before. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_ANCHOR_H
#define TG_EVAL_ANCHOR_H

#include "lang/eval/eval.h"

/* The anchor of a list that is held at node n, extended if that pays; with no count: it needs none. */
struct tg_anchor tg_anchor_list(struct tg_eval *e, const struct tg_ast *n, tg_value list);
static inline struct tg_anchor tg_anchor_of(struct tg_eval *e, const struct tg_ast *n, tg_value v)
{
    return tg_kind(v) == TG_LIST ? tg_anchor_list(e, n, v) : (struct tg_anchor){0, 0};
}

/* Shows what is held of a list of which an anchor has the items before `from`. */
void tg_anchor_show(tg_value list, tg_id anchor, uint32_t from, void (*visit)(void *data, tg_value v), void *data);

#endif
