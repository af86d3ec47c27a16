/* SPDX-License-Identifier: MIT
 * Frames: the variables of a call of a function, on a stack of their own. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_FRAME_H
#define TG_EVAL_FRAME_H

#include "lang/eval/eval.h"

/* True if the running frame has such a slot: one on the stack, or the top level of a file. Of a command's frame nothing is
 * known. */
bool tg_frame_has(const struct tg_eval *e, uint32_t slot);
/* The lowest address of this thread's C stack that evaluation may reach. */
const char *tg_frame_stack_limit(void);
/* A frame of so many variables without a value, on top; NULL if there is no room. */
tg_value *tg_frame_push(struct tg_eval *e, uint32_t slot_count);
/* Drops the topmost frame and what its variables hold. */
void tg_frame_pop(struct tg_eval *e, tg_value *frame, uint32_t slot_count);

#endif
