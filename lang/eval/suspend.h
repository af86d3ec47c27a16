/* SPDX-License-Identifier: MIT
 * Suspending: what cannot be evaluated before the result of a task is known becomes an expansion point, a task
 * [trigger, continuation]. The continuation says where evaluation was suspended and holds what it needs to continue when the
 * trigger is known (continue.c).
 *
 * What it gives is one value, or a box: a function value that holds several values, futures among them, and waits for none.
 * `part(box, i)` is an expansion point that becomes the i-th, so that each of them runs only if it is used and fails by
 * itself. What has effects gives a box too, so that it can be run for its effects alone; in an attempt (attempt.h) the last value
 * in it waits for them. */
#ifndef TG_EVAL_SUSPEND_H
#define TG_EVAL_SUSPEND_H

#include "lang/eval/eval.h"

#define TG_CALLS_KEPT 4

struct tg_held_slot {
    tg_value value; /* may be TG_UNSET */
    struct tg_anchor anchor;
    const void *moved; /* the list that this was, which has been moved out: the value is what the anchor does not have */
    uint32_t slot;
    bool given;
};

/* Where the continuation ends: with a construct, or with the body of a function. */
struct tg_bound {
    const struct tg_ast *node; /* NULL: the body of fn */
    const struct tg_fn *fn;    /* whose frame; NULL: the top level of module */
    struct tg_module *module;
    bool gives; /* a value, beside those of slots */
    bool boxed;
};

struct tg_continuation {
    struct tg_function base;
    struct tg_program *program;
    struct tg_bound bound;
    enum tg_suspend_kind what;
    bool global;               /* may read variables of files */
    bool gives;                /* the construct that it begins with does */
    bool caught;               /* it is a part of an attempt */
    enum tg_collects collects; /* what is told of by a further value in the box: effects, or all that is made */
    enum tg_collects begins;   /* what is noted where it begins */
    const struct tg_ast *node; /* that, or the call */
    uint32_t at;               /* clause, comparison of a chain, argument of a built-in function; FEED: 1 for `first` */
    uint32_t options, group;
    const struct tg_builtin *builtin;
    tg_value extra; /* operand of a chain; arguments as a list; a called function; a stream */
    tg_value after;
    tg_value outer;   /* where it begins, of the `in_order` (in_order.h); or nil */
    tg_value effects; /* a future that waits for those so far; or nil */
    struct tg_world world;
    uint32_t call_count, held_count, rest_count;
    const struct tg_ast *calls[TG_CALLS_KEPT];
    struct tg_rest *rests; /* behind held */
    struct tg_held_slot held[];
};

/* -- statements */
/* Suspends evaluation at this construct until the trigger is known; takes it. Always TG_FLOW_SUSPEND. */
enum tg_flow tg_suspend_at(struct tg_eval *e, enum tg_suspend_kind what, const struct tg_ast *n, tg_value take_trigger,
                           bool gives);
/* Notes what remains to be done around it; takes what the record holds. */
void tg_suspend_rest(struct tg_eval *e, struct tg_rest take);
/* The flow of a construct that has been run: if it was suspended inside and nothing in it leaves the construct, its expansion
 * point is added, and what it binds become futures (its value too, if asked for). */
enum tg_flow tg_suspend_construct(struct tg_eval *e, const struct tg_ast *n, enum tg_flow flow, tg_value *value);
/* Suspends the rest of a function's body: its value. */
tg_value tg_suspend_body(struct tg_eval *e, const struct tg_fn *fn);

/* -- expressions: the value they will have; take trigger and extra */
tg_value tg_suspend_expression(struct tg_eval *e, enum tg_suspend_kind what, const struct tg_ast *n, uint32_t at,
                               tg_value take_trigger, tg_value take_extra);
/* The value of a call of `try` whose x, the trigger, will be known. effects: x has some. */
tg_value tg_suspend_try(struct tg_eval *e, const struct tg_ast *n, tg_value take_x, bool effects);
/* Suspends a call of a built-in function until its argument `which`, a future or a list with futures inside, is known: it is
 * called with the value in its place, and this is the future of what it gives. Takes the arguments. */
tg_value tg_suspend_builtin(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b, tg_value *take_args,
                            size_t count, size_t which);
/* A call of a function that is not known yet; takes all. */
tg_value tg_suspend_call(struct tg_eval *e, const struct tg_ast *n, tg_value take_f, tg_value *take_values, size_t count);

/* If `list` is the future of a comprehension or call that this evaluator has suspended: adds a task that puts the items into
 * the stream, which is open, as soon as they are there, and closes it; or fails it if there will be none. first: it is the
 * stream of a `first`. */
bool tg_suspend_feed_made(struct tg_eval *e, tg_value list, tg_value stream, bool first);

/* The continuation of an expansion point, from its argument; NULL if that is none. */
const struct tg_continuation *tg_suspend_find(tg_value v);
/* Adds a `finally` block, as one of graph->finals; held: a list of what it may read. Takes that. False after an error. */
bool tg_suspend_final(struct tg_eval *e, struct tg_fn *fn, tg_value take_held);

/* -- what continue.c needs */
/* The value of the task, or values of several: what a continuation that has ended gives. Takes value. */
tg_value tg_suspend_result(struct tg_eval *e, const struct tg_continuation *k, tg_value take_value);
/* In an attempt, a continuation has failed, as the error says, which is cleared: all it gives has failed, and the effects that it
 * has made before remain. */
tg_value tg_suspend_failed(struct tg_eval *e, const struct tg_continuation *k, struct tg_err *err);
/* What had continued is suspended: the future of what k gives, as its continuation from here on. */
tg_value tg_suspend_continued(struct tg_eval *e, const struct tg_continuation *k);
/* A task that feeds an open stream (of `first`, or of `as_completed`) from a list or a box with one, when that is known.
 * Takes the trigger. */
tg_value tg_suspend_feed(struct tg_eval *e, const struct tg_ast *n, bool first, tg_value take_trigger, tg_value stream);

#endif
