/* SPDX-License-Identifier: MIT
 * Options of a command's definition that depend on the task (bind/late.h), and what the command knows of itself: `task.attempt`.
 * Thread class: any thread. */
#ifndef TG_EVAL_ASKS_H
#define TG_EVAL_ASKS_H

#include "engine/graph/grant.h"
#include "lang/bind/late.h"
#include "lang/eval/eval.h"

/* The value of an option of the command, or of an entry of one, for a call that is being evaluated: what it is, if that depends on
 * nothing that is not known, else a late value. TG_BAD after an error at `place`. */
tg_value tg_asks_now(struct tg_eval *e, const struct tg_command_def *c, const struct tg_late *late, const struct tg_ast *place);
/* For struct tg_def, `asks`. */
bool tg_asks_policy(const struct tg_def *def, tg_value options, const tg_value *args, size_t count, uint32_t attempt,
                    struct tg_policy *policy, struct tg_err *err);
/* The options with the values of late ones, as far as they say how the programs of the command run, and are known without `out`; e: that
 * of its body, whose frame has the arguments. TG_BAD after an error. */
tg_value tg_asks_settle(struct tg_eval *e, tg_value options);
/* The value of one of them, in a record of options or nil, for such an evaluator; of one that may depend on `out`, the frame has that,
 * too. Nil: it is not given. TG_BAD after an error. */
tg_value tg_asks_option(struct tg_eval *e, tg_value options, const char *name);
/* The value of `task` in the body of a command that was given this; NULL: nothing is said of it. */
tg_value tg_asks_task(const struct tg_grant *grant, tg_value options);
/* The same of one that is only looked at, with these arguments, all of which are what they will be, if `known`. What will be known
 * when it runs is a text, "#cores". */
tg_value tg_asks_foresee(const struct tg_def *def, tg_value options, const tg_value *args, size_t count, bool known);

#endif
