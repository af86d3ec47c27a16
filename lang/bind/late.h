/* SPDX-License-Identifier: MIT
 * Options of a command's definition whose values depend on the task: on its arguments, on the attempt, on files that others
 * make. Such a value stands in records of options as a function value, which nothing else in them is, and is evaluated when
 * the task is ready (lang/eval/asks.h). Thread class: immutable. */
#ifndef TG_BIND_LATE_H
#define TG_BIND_LATE_H

#include "lang/bind/module.h"

enum tg_lateness {
    TG_LATE_NEVER,     /* it depends on nothing of a task */
    TG_LATE_VARIABLES, /* on variables of the file: it is late if one of them holds a future */
    TG_LATE_ALWAYS,
};

struct tg_late {
    struct tg_function base;
    const struct tg_ast *value; /* the expression, resolved in the frame of the command */
    enum tg_lateness when;
};

/* Its options have been resolved: notes in each value, and in each entry of a record, whether it is late. */
void tg_late_declare(struct tg_program *p, struct tg_command_def *c);
/* True if the expression, of a command's frame, reads this slot of it. */
bool tg_late_reads(const struct tg_ast *n, uint32_t slot);
/* The late one that v is; NULL: it is none. */
static inline const struct tg_late *tg_late_find(tg_value v)
{
    return tg_kind(v) == TG_FUNCTION ? (const struct tg_late *)v.p : NULL;
}
/* The first of the late ones that v is, or that are among its fields; NULL: there is none. */
const struct tg_late *tg_late_in(tg_value v);
static inline tg_value tg_late_value(const struct tg_late *late)
{
    return tg_value_ref(tg_make_(TG_FUNCTION, (uint64_t)(uintptr_t)&late->base));
}

#endif
