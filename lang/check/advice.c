/* SPDX-License-Identifier: MIT
 * What is said of slips that need no type to be seen. */
#include "lang/check/advice.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/graph/def.h"

bool tg_advice_parameters(struct tg_program *p, struct tg_diag *d, const struct tg_callee *callee, const char *wanted)
{
    bool max = strcmp(callee->name, "max") == 0, min = strcmp(callee->name, "min") == 0;
    if (callee->builtin && (max || min) && strcmp(wanted, "key") == 0)
        return tg_diag_hint(&p->diags, d, "write sorted(xs, key = f)[%s]", max ? "-1" : "0"), true;
    struct tg_buf b = {0};
    size_t given = 0;
    for (uint32_t i = 0; i < callee->count && !callee->sig; i++) {
        const char *param = tg_callee_param(p, callee, i);
        if (param) tg_buf_format(&b, "%s'%s'", given++ ? ", " : "", param);
    }
    if (given) tg_diag_hint(&p->diags, d, "its parameter%s %s.", given == 1 ? " is" : "s are", tg_buf_str(&b));
    tg_buf_done(&b);
    return given;
}

void tg_advice_waits(struct tg_program *p, const struct tg_module *m, const struct tg_ast *value)
{
    for (struct tg_visit k = tg_visit_kids(value); value->kind == TG_N_LIST && tg_visit_next(&k);) tg_advice_waits(p, m, k.kid);
    if (value->kind != TG_N_STR) return;
    struct tg_diag *d = tg_diag_warning(&p->diags, value->span,
                                        "option 'after' waits for results of tasks, and a text is none");
    bool name = value->length && value->length < 60 && tg_ascii_name(value->text, value->length) == value->length;
    tg_diag_hint(&p->diags, d, m->tree.yaml ? "write after: \"${%.*s}\"" : "write after = %.*s", name ? (int)value->length : 4,
                 name ? value->text : "NAME");
}

void tg_advice_unused(struct tg_program *p, const struct tg_ast *value)
{
    if (value->kind == TG_N_OPTIONED) value = tg_n_optioned_value(value);
    const struct tg_ast *callee = value->kind == TG_N_CALL ? tg_n_call_callee(value) : NULL;
    if (!callee || callee->ref != TG_REF_TASK || !callee->meaning) return;
    const struct tg_def *def = callee->meaning;
    if (def->sig.effect || def->sig.grows) return;
    struct tg_diag *d = tg_diag_warning(&p->diags, value->span, "nothing uses the result of '%s', so it does not run",
                                        def->name);
    bool fails = def->plugin && strcmp(def->plugin, "core") == 0 && strcmp(def->name, "fail") == 0;
    tg_diag_hint(&p->diags, d, fails ? "to end the run, write assert false, \"..\"" : "write output NAME = .., or use it");
}
