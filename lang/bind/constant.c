/* SPDX-License-Identifier: MIT
 * Constants: texts of the program, made once, and expressions without names. */
#include "lang/bind/constant.h"

#include "engine/value/str.h"

void tg_constant_add_text(struct tg_program *p, struct tg_ast *n)
{
    n->constant = (uint32_t)p->constants.count;
    tg_vec_push(&p->constants, tg_str_make(TG_STR, n->text, n->length));
}

static bool is_constant(struct tg_program *p, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_NIL:
    case TG_N_BOOL:
    case TG_N_INT:
    case TG_N_FLOAT:
    case TG_N_STR: return true;
    case TG_N_LIST:
    case TG_N_RECORD:
    case TG_N_ENTRY:
    case TG_N_UNARY:
    case TG_N_BINARY:
    case TG_N_RANGE:
        for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
            if (!is_constant(p, k.kid)) return false;
        return true;
    default: tg_diag_error(&p->diags, n->span, "a parameter's value must be a constant"); return false;
    }
}

static void add_constants(struct tg_program *p, struct tg_ast *n)
{
    if (n->kind == TG_N_STR) tg_constant_add_text(p, n);
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) add_constants(p, k.kid);
}

bool tg_constant_resolve(struct tg_program *p, struct tg_ast *n)
{
    if (!is_constant(p, n)) return false;
    add_constants(p, n);
    return true;
}
