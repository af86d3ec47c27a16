/* SPDX-License-Identifier: MIT
 * Attempts: evaluating what may fail, the argument of a `try` or `attempt` and the items of a `first`.
 *
 * What goes wrong in an attempt, at graph time as well as at run time, is a failure of its value and goes no further. Effects
 * that it makes belong to its value too, which then waits for them and fails with them; those of expansion points in it are
 * told by these (suspend.c). Errors in the program itself, such as an option that is not known, and signals are not caught.
 *
 * Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_ATTEMPT_H
#define TG_EVAL_ATTEMPT_H

#include "lang/eval/eval.h"

struct tg_attempt {
    struct tg_err err, *outer; /* of the attempt; where errors went before */
    size_t first;              /* its effects are those from here on */
    bool caught;               /* before it */
    enum tg_collects collects; /* before it */
};

void tg_attempt_begin(struct tg_eval *e, struct tg_attempt *a);
/* What the attempt at node n gives: v, or a task that fails as its evaluation did, in either case after its effects. TG_BAD only
 * after what is not caught. Takes v, which may be TG_BAD. */
tg_value tg_attempt_end(struct tg_eval *e, struct tg_attempt *a, const struct tg_ast *n, tg_value take_v);
/* A task that fails so; clears the error. */
tg_value tg_attempt_failure(struct tg_eval *e, const struct tg_ast *n, struct tg_err *err);
/* The same of the `finally` block n. */
tg_value tg_attempt_final_failure(struct tg_eval *e, const struct tg_ast *n, struct tg_err *err);
/* Calls the function. Where the options in force say that it may fail, a failure is a task that fails so. */
tg_value tg_attempt_builtin(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b, tg_value *take_args,
                            size_t count);
/* The same of f, which only evaluation knows, with the arguments of n, and with these. */
tg_value tg_attempt_values(struct tg_eval *e, const struct tg_ast *n, tg_value f);
tg_value tg_attempt_apply(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value *take_args, size_t count);
/* Evaluates an item of a list; if `attempts`, as an attempt. */
tg_value tg_attempt_item(struct tg_eval *e, const struct tg_ast *n, bool attempts);

/* try(x, default); with options of its own, or NULL. */
tg_value tg_attempt_try(struct tg_eval *e, const struct tg_ast *n, const struct tg_ast *options);
/* What a suspended `try` gives, when this has become known. */
tg_value tg_attempt_continued(struct tg_eval *e, const struct tg_ast *n, tg_value known);

/* attempt(x), with options of its own, or NULL; and of a value that is there. */
tg_value tg_attempt_tell(struct tg_eval *e, const struct tg_ast *n, const struct tg_ast *options);
tg_value tg_attempt_tell_value(struct tg_eval *e, const struct tg_ast *n, tg_value take_x);

/* The error that is about to be given is not caught. */
void tg_attempt_refuse(struct tg_eval *e);

#endif
