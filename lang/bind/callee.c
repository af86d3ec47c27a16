/* SPDX-License-Identifier: MIT
 * What can be called, seen from the caller. */
#include "lang/bind/callee.h"

#include "engine/base/assert.h"

struct tg_callee tg_callee_of_def(const struct tg_def *def)
{
    struct tg_callee t = {.what = "task", .name = def->name, .sig = &def->sig};
    t.count = def->sig.count - (def->sig.rest ? 1 : 0);
    t.required = def->sig.required;
    t.rest = def->sig.rest;
    if (def->flags & TG_DEF_COMMAND) t.count = ((const struct tg_command_def *)def->data)->user_count;
    return t;
}

struct tg_callee tg_callee_of_fn(const struct tg_fn *fn)
{
    return (struct tg_callee){.what = "function", .name = fn->name, .count = fn->param_count,
                             .required = fn->required_count, .fn = fn};
}

struct tg_callee tg_callee_of_builtin(const struct tg_builtin *b)
{
    struct tg_callee t = {.what = "function", .name = b->name, .required = b->min_args, .builtin = b};
    if (b->max_args == TG_BUILTIN_ANY) t.rest = true;
    else t.count = b->max_args;
    return t;
}

const char *tg_callee_param(const struct tg_program *p, const struct tg_callee *t, uint32_t i)
{
    TG_ASSERT((t->sig != NULL) + (t->fn != NULL) + (t->builtin != NULL) == 1);
    if (i >= t->count) return NULL;
    if (t->sig) return t->sig->params[i].name;
    if (t->fn) return tg_program_name(p, t->fn->params.items[i]->sym);
    return t->builtin->keywords ? t->builtin->keywords[i] : NULL;
}

uint32_t tg_callee_find(const struct tg_program *p, const struct tg_callee *t, const char *name)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const char *param = tg_callee_param(p, t, i);
        if (param && strcmp(param, name) == 0) return i;
    }
    return t->count;
}

void tg_callee_count(struct tg_buf *b, const struct tg_callee *t)
{
    const char *s = t->required == 1 ? "" : "s";
    if (t->rest) tg_buf_format(b, "at least %u argument%s", t->required, s);
    else if (t->required == t->count) tg_buf_format(b, t->count ? "%u argument%s" : "no arguments", t->count, s);
    else tg_buf_format(b, "%u to %u arguments", t->required, t->count);
}

bool tg_callee_optional(const struct tg_callee *t, uint32_t i)
{
    return i >= t->required || (t->sig && t->sig->params[i].has_default);
}
