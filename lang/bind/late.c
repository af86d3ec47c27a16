/* SPDX-License-Identifier: MIT
 * Late values of options. Each is made once, with the program, and counted by every record that has it. */
#include "lang/bind/late.h"

#include <stdlib.h>

#include "engine/value/record.h"
#include "lang/bind/callee.h"
#include "lang/bind/options.h"

/* ---- what an expression reads -------------------------------------------------------------------- */

/* A function has a frame of its own, in which it has copies. */
static bool takes_over(const struct tg_fn *fn, uint32_t slot)
{
    bool found = false;
    for (size_t i = 0; fn && i < fn->captures.count && !found; i++) found = fn->captures.items[i].outer == slot;
    return found;
}

bool tg_late_reads(const struct tg_ast *n, uint32_t slot)
{
    if (n->kind == TG_N_LAMBDA) return takes_over(n->fn, slot);
    bool found = n->kind == TG_N_NAME && n->ref == TG_REF_LOCAL && n->slot == slot;
    for (struct tg_visit k = tg_visit_kids(n); !found && tg_visit_next(&k);) found = tg_late_reads(k.kid, slot);
    return found;
}

/* The size of a file is asked for when it is there. */
static bool asks_size(const struct tg_ast *n)
{
    bool found = n->kind == TG_N_CALL && tg_callee_is_builtin(tg_n_call_callee(n), TG_BUILTIN_SIZE);
    for (struct tg_visit k = tg_visit_kids(n); !found && tg_visit_next(&k);) found = asks_size(k.kid);
    return found;
}

static enum tg_lateness lateness_of(const struct tg_command_def *c, const struct tg_ast *n)
{
    if (asks_size(n) || tg_late_reads(n, c->task_slot)) return TG_LATE_ALWAYS;
    if (c->output == TG_OUTPUT_FILES && tg_late_reads(n, c->out_slot)) return TG_LATE_ALWAYS;
    struct tg_kids params = tg_n_params_list(tg_n_task_params(c->node));
    for (uint32_t i = 0; i < params.count; i++)
        if (tg_late_reads(n, params.items[i]->slot)) return TG_LATE_ALWAYS;
    for (size_t i = 0; i < c->captures.count; i++)
        if (tg_late_reads(n, c->captures.items[i]->inner_slot)) return TG_LATE_VARIABLES;
    return TG_LATE_NEVER;
}

/* ---- values -------------------------------------------------------------------------------------- */

static void destroy_late(struct tg_function *f)
{
    free((struct tg_late *)f);
}

static const struct tg_late *make_late(struct tg_program *p, const struct tg_command_def *c, const struct tg_ast *value)
{
    struct tg_late *late = tg_alloc(sizeof *late);
    const struct tg_source *s = c->module->source;
    bool written = value->span.start >= s->base && value->span.end <= s->base + s->length;
    *late = (struct tg_late){.value = value, .when = lateness_of(c, value)};
    late->base.obj.kind = TG_FUNCTION;
    atomic_init(&late->base.obj.refs, 1);
    late->base.destroy = destroy_late;
    if (written)
        late->base.shown = tg_arena_copy(&p->arena, s->text + (value->span.start - s->base),
                                         value->span.end - value->span.start);
    tg_vec_push(&p->constants, tg_make_(TG_FUNCTION, (uint64_t)(uintptr_t)&late->base));
    return late;
}

static void declare_value(struct tg_program *p, struct tg_command_def *c, struct tg_ast *holder, const struct tg_ast *value)
{
    holder->late = make_late(p, c, value);
    if (holder->late->when != TG_LATE_NEVER) c->def.asks = p->asks;
}

void tg_late_declare(struct tg_program *p, struct tg_command_def *c)
{
    struct tg_kids list = tg_n_options_list(tg_n_task_options(c->node));
    for (uint32_t i = 0; i < list.count; i++) {
        struct tg_ast *o = list.items[i], *value = tg_n_keyword_value(o);
        if (!tg_options_may_be_late(tg_program_name(p, o->sym))) continue;
        struct tg_kids entries = value->kind == TG_N_RECORD ? tg_n_record_entries(value) : (struct tg_kids){0};
        declare_value(p, c, o, value);
        for (uint32_t k = 0; k < entries.count; k++)
            if (entries.items[k]->kind == TG_N_ENTRY) declare_value(p, c, entries.items[k], tg_n_entry_value(entries.items[k]));
    }
}

const struct tg_late *tg_late_in(tg_value v)
{
    const struct tg_late *late = tg_late_find(v);
    if (late || tg_kind(v) != TG_RECORD) return late;
    const struct tg_record *r = tg_record_of(v);
    for (size_t i = 0; i < r->count && !late; i++) late = tg_late_find(r->fields[i].value);
    return late;
}
