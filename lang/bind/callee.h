/* SPDX-License-Identifier: MIT
 * What can be called, seen from the caller: which arguments it takes. One view of tasks, functions of the workflow and
 * built-in functions, for the checker and for calls at graph time. */
#ifndef TG_BIND_CALLEE_H
#define TG_BIND_CALLEE_H

#include "lang/bind/module.h"

struct tg_callee {
    const char *what, *name;  /* "task", "function" */
    uint32_t count, required; /* parameters without a rest one, and how many must be given */
    bool rest;                /* any number of further arguments */
    const struct tg_sig *sig; /* one of these three */
    const struct tg_fn *fn;
    const struct tg_builtin *builtin;
};

/* True for a name, or a field that names something of a module or plugin: then `ref` says what is called. */
static inline bool tg_callee_is_named(const struct tg_ast *n)
{
    return n->kind == TG_N_NAME || (n->kind == TG_N_FIELD && n->flags & TG_F_STATIC);
}
/* True if what is called is this built-in function. */
static inline bool tg_callee_is_builtin(const struct tg_ast *n, enum tg_builtin_id id)
{
    return tg_callee_is_named(n) && n->ref == TG_REF_BUILTIN && n->builtin == &tg_builtins[id];
}
struct tg_callee tg_callee_of_def(const struct tg_def *def);
struct tg_callee tg_callee_of_fn(const struct tg_fn *fn);
struct tg_callee tg_callee_of_builtin(const struct tg_builtin *b);
/* The name of parameter i; NULL if it has none that a caller may use. */
const char *tg_callee_param(const struct tg_program *p, const struct tg_callee *callee, uint32_t i);
/* The parameter of this name, or callee->count. */
uint32_t tg_callee_find(const struct tg_program *p, const struct tg_callee *callee, const char *name);
/* Argument i of a call of a built-in function as it is written, with its name if that is given; NULL: it is not there. */
struct tg_ast *tg_callee_argument(const struct tg_program *p, const struct tg_ast *call, const struct tg_builtin *b,
                                  uint32_t i);
/* "2 arguments", "1 to 3 arguments", "at least 1 argument". */
void tg_callee_count(struct tg_buf *b, const struct tg_callee *callee);
/* True if parameter i may be left out. */
bool tg_callee_optional(const struct tg_callee *callee, uint32_t i);

#endif
