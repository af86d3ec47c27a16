/* SPDX-License-Identifier: MIT
 * What is said of tasks that fail, and what stands in their place. Thread class: the caller's. */
#ifndef TG_RUN_FAILING_H
#define TG_RUN_FAILING_H

#include "engine/run/run.h"

/* The payload of TG_FAILED in the place of a task: 0 has failed or depends on one that has; */
#define TG_FAILED_UNRUN 1 /* never ran: the run was stopped, or nobody needed it any more */
/* and more: a pointer to the failure that it depends on, which somebody may catch: it is kept as long as such a value is; or
 * one with a bit set, to a failure that was allowed (allowed.h) */

static inline bool tg_failing_is_kept(tg_value failed)
{
    return tg_kind(failed) == TG_FAILED && failed.bits > TG_FAILED_UNRUN && !(failed.bits & 1);
}
static inline tg_value tg_failing_value(uint64_t bits)
{
    return tg_make_(TG_FAILED, bits);
}

/* What stands in the place of a task whose failure somebody may catch; counted, as follows. */
tg_value tg_failing_keep(struct tg_failure take_failure);
tg_value tg_failing_ref(tg_value failed);
void tg_failing_unref(tg_value take_failed);
/* A kept failure has reached something that shows: true for the first who says so, and he gets it. */
bool tg_failing_reveal(tg_value failed, struct tg_failure *failure);
/* As tg_failing_keep, of a failure that has been told of already: it is only looked at, and must live as long. */
tg_value tg_failing_told(const struct tg_failure *failure);
/* How a message begins that names the task and how often it was tried: "task 'x' failed after 3 attempts: ". *said is moved behind
 * what it says of that itself. "": it names the task in a way of its own, or is not one that anybody called (construct). Heap. */
char *tg_failing_label(const struct tg_failure *f, bool construct, const char **said);
/* Adds what has failed and why, as the report says it, without places: its first line is the message, then comes the detail. */
void tg_failing_text(tg_value failed, struct tg_buf *b);
/* The same failure, kept once more, for another run that may show it. */
tg_value tg_failing_again(tg_value failed);
/* The number of a kept one in its run. */
uint32_t tg_failing_number(tg_value failed);
/* True if somebody has got it. */
bool tg_failing_is_shown(tg_value failed);
/* Frees what it holds. */
void tg_failing_done(struct tg_failure *failure);
/* The arguments as a message shows them; heap. */
char *tg_failing_args(const tg_value *args, size_t count);
/* The same without asking plugins, or executors, what their objects are: what holds one is shown as its kind. */
char *tg_failing_args_quick(const tg_value *args, size_t count);
/* True, after an error of usage in the context, if an argument is none that its parameter takes. Failed ones are passed over. */
bool tg_failing_misfit(struct tg_ctx *ctx, const struct tg_def *def, const tg_value *args, size_t count);
/* True if a result is what the signature says, its items and bytes included; else with an error in the context. */
bool tg_failing_look(struct tg_ctx *ctx, const struct tg_def *def, tg_value out);
/* Sets the context's error, if there is none, for a task that returned this status, and this value if TG_OK. */
void tg_failing_result(struct tg_ctx *ctx, const struct tg_def *def, int status, tg_value out);

#endif
