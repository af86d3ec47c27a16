/* SPDX-License-Identifier: MIT
 * What may fail, and what is said where its nil would pass for a value. */
#include "lang/check/failable.h"

enum tg_failable tg_failable_said(const struct tg_program *p, const struct tg_ast *options)
{
    struct tg_kids list = options ? tg_n_options_list(options) : (struct tg_kids){0};
    for (uint32_t i = list.count; i-- > 0;) {
        const struct tg_ast *value = tg_n_keyword_value(list.items[i]);
        if (strcmp(tg_program_name(p, list.items[i]->sym), "allow_failure") != 0) continue;
        return value->kind == TG_N_BOOL && !value->i ? TG_FAILABLE_NO : TG_FAILABLE_YES;
    }
    return TG_FAILABLE_UNSAID;
}

bool tg_failable_call(const struct tg_program *p, const struct tg_def *def, enum tg_failable near)
{
    const struct tg_command_def *c = def->flags & TG_DEF_COMMAND ? def->data : NULL;
    if (!near && c) near = tg_failable_said(p, tg_n_task_options(c->node));
    if (!near && c) near = tg_failable_said(p, c->module->defaults);
    return near == TG_FAILABLE_YES;
}

const struct tg_type *tg_failable_type(struct tg_arena *arena, const struct tg_type *type)
{
    if (!type || type->kinds & TG_KIND_BIT(TG_NIL)) return type;
    struct tg_type *out = tg_arena_alloc(arena, sizeof *out);
    *out = *type;
    out->kinds |= TG_KIND_BIT(TG_NIL);
    out->accepts |= TG_KIND_BIT(TG_NIL);
    out->failable = true;
    return out;
}

const struct tg_type *tg_failable_value(struct tg_arena *arena, const struct tg_type *type)
{
    if (!type || !type->failable) return type;
    struct tg_type *out = tg_arena_alloc(arena, sizeof *out);
    *out = *type;
    out->kinds &= ~TG_KIND_BIT(TG_NIL);
    out->accepts &= ~TG_KIND_BIT(TG_NIL);
    out->failable = false;
    return out;
}

/* ---- nil that passes for a value ----------------------------------------------------------------- */

/* "'ok'", or what is called. */
static const char *subject(const struct tg_program *p, const struct tg_ast *n)
{
    if (n->kind == TG_N_OPTIONED) n = tg_n_optioned_value(n);
    if (n->kind == TG_N_CALL) n = tg_n_call_callee(n);
    return n->kind == TG_N_NAME || n->kind == TG_N_FIELD ? tg_program_name(p, n->sym) : NULL;
}

void tg_failable_truth(struct tg_program *p, const struct tg_ast *n, const struct tg_type *type)
{
    const char *name = subject(p, n);
    if (!type || !type->failable || !name || type->kinds & ~(TG_KIND_BIT(TG_BOOL) | TG_KIND_BIT(TG_NIL))) return;
    struct tg_diag *d = tg_diag_warning(&p->diags, n->span, "'%s' may fail, and is nil then, which is false here", name);
    if (n->kind != TG_N_NAME) name = "x";
    tg_diag_hint(&p->diags, d, "write %s == true if that is meant; %s != nil tells whether it failed.", name, name);
}

void tg_failable_text(struct tg_program *p, const struct tg_ast *n, const struct tg_type *type)
{
    const char *name = subject(p, n);
    if (!type || !type->failable || !name) return;
    struct tg_diag *d = tg_diag_warning(&p->diags, n->span, "'%s' may fail, and the text has 'nil' in its place then", name);
    if (n->kind != TG_N_NAME) name = "x";
    tg_diag_hint(&p->diags, d, "ask before: if %s != nil { .. }", name);
}

const struct tg_ast *tg_failable_asked(const struct tg_ast *n, bool equal)
{
    if (n->kind == TG_N_LOGIC && n->op == (equal ? TG_OP_OR : TG_OP_AND)) {
        const struct tg_ast *left = tg_failable_asked(tg_n_binary_left(n), equal);
        return left ? left : tg_failable_asked(tg_n_binary_right(n), equal);
    }
    if (n->kind != TG_N_BINARY || n->op != (equal ? TG_OP_EQ : TG_OP_NE)) return NULL;
    const struct tg_ast *left = tg_n_binary_left(n);
    return left->kind == TG_N_NAME && tg_n_binary_right(n)->kind == TG_N_NIL ? left : NULL;
}

/* ---- what is listed ------------------------------------------------------------------------------ */

void tg_failable_declare(struct tg_program *p, int kind, tg_span span, const char *type)
{
    for (size_t i = 0; i < p->declared.count; i++) {
        struct tg_declared *d = &p->declared.items[i];
        if ((int)d->kind == kind && d->span.start == span.start && d->span.end == span.end) d->type = type;
    }
}
