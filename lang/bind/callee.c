/* SPDX-License-Identifier: MIT
 * What can be called, seen from the caller. */
#include "lang/bind/callee.h"

#include "engine/base/assert.h"

struct tg_callee tg_callee_of_def(const struct tg_def *def)
{
    struct tg_callee callee = {.what = "task", .name = def->name, .sig = &def->sig};
    callee.count = def->sig.count - (def->sig.rest ? 1 : 0);
    callee.required = def->sig.required;
    callee.rest = def->sig.rest;
    if (def->flags & TG_DEF_COMMAND) callee.count = ((const struct tg_command_def *)def->data)->user_count;
    return callee;
}

struct tg_callee tg_callee_of_fn(const struct tg_fn *fn)
{
    return (struct tg_callee){
        .what = "function", .name = fn->name, .count = fn->param_count, .required = fn->required_count, .fn = fn};
}

struct tg_callee tg_callee_of_builtin(const struct tg_builtin *b)
{
    struct tg_callee callee = {.what = "function", .name = b->name, .required = b->min_args, .builtin = b};
    if (b->max_args == TG_BUILTIN_ANY) callee.rest = true;
    else callee.count = b->max_args;
    return callee;
}

const char *tg_callee_param(const struct tg_program *p, const struct tg_callee *callee, uint32_t i)
{
    TG_ASSERT((callee->sig != NULL) + (callee->fn != NULL) + (callee->builtin != NULL) == 1);
    if (i >= callee->count) return NULL;
    if (callee->sig) return callee->sig->params[i].name;
    if (callee->fn) return tg_program_name(p, callee->fn->params.items[i]->sym);
    return callee->builtin->keywords ? callee->builtin->keywords[i] : NULL;
}

uint32_t tg_callee_find(const struct tg_program *p, const struct tg_callee *callee, const char *name)
{
    for (uint32_t i = 0; i < callee->count; i++) {
        const char *param = tg_callee_param(p, callee, i);
        if (param && strcmp(param, name) == 0) return i;
    }
    return callee->count;
}

struct tg_ast *tg_callee_argument(const struct tg_program *p, const struct tg_ast *call, const struct tg_builtin *b, uint32_t i)
{
    struct tg_kids args = tg_n_call_args(call);
    for (uint32_t at = 0; at < args.count; at++) {
        struct tg_ast *arg = args.items[at];
        bool keyword = arg->kind == TG_N_KEYWORD;
        if (keyword ? strcmp(tg_program_name(p, arg->sym), b->keywords[i]) == 0 : at == i) return arg;
    }
    return NULL;
}

void tg_callee_count(struct tg_buf *b, const struct tg_callee *callee)
{
    const char *s = callee->required == 1 ? "" : "s";
    if (callee->rest) tg_buf_format(b, "at least %u argument%s", callee->required, s);
    else if (callee->required == callee->count)
        tg_buf_format(b, callee->count ? "%u argument%s" : "no arguments", callee->count, s);
    else tg_buf_format(b, "%u to %u arguments", callee->required, callee->count);
}

bool tg_callee_optional(const struct tg_callee *callee, uint32_t i)
{
    return i >= callee->required || (callee->sig && callee->sig->params[i].has_default);
}
