/* SPDX-License-Identifier: MIT
 * The definitions of expansion points, and of the small tasks that stand beside them. Immutable. */
#ifndef TG_EVAL_POINT_H
#define TG_EVAL_POINT_H

#include "lang/eval/suspend.h"

/* What runs the continuation; named, for messages and pictures, as the construct at which evaluation was suspended. */
const struct tg_def *tg_point_def(const struct tg_continuation *k, bool effects);

/* (box, i): the i-th value of what an expansion point gives. */
extern const struct tg_def tg_point_part;
/* (outcome, continuation): a `finally` block. */
extern const struct tg_def tg_point_finally;
/* (name): fails, for a variable that nothing has bound. */
extern const struct tg_def tg_point_unset;
/* (box): holds the items of an anchor (anchor.h). */
extern const struct tg_def tg_point_anchor;
/* (known, stream, continuation): puts items into the stream of an `as_completed`, and of a `first`. */
extern const struct tg_def tg_point_feeds[2];

#endif
