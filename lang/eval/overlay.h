/* SPDX-License-Identifier: MIT
 * Overlays: what functions that a continuation calls read of the variables of files. Those that are bound more than once may have
 * other values by then, and those that hold futures must be counted, so a continuation has them in a list: an item for each
 * shared variable of the file whose top level is evaluated, then what other files keep. Thread class: owner (of the evaluator);
 * an overlay itself is immutable, and shared by continuations between which nothing has changed. */
#ifndef TG_EVAL_OVERLAY_H
#define TG_EVAL_OVERLAY_H

#include "lang/eval/eval.h"

/* That of the evaluator as things stand; nil: none is needed. Owned. */
tg_value tg_overlay_make(struct tg_eval *e);
/* Puts the variables of e->world's overlay into e->view, or takes them away. */
void tg_overlay_show(struct tg_eval *e, bool show);

#endif
