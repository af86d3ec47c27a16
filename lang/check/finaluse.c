/* SPDX-License-Identifier: MIT
 * A block that binds the name `outcome` anew is left alone. */
#include "lang/check/finaluse.h"

#include "engine/base/near.h"

/* As cmd/outcome.c makes it. */
static const char *const outcome_fields[] = {"ok",      "status", "signal",  "message", "failed",
                                             "allowed", "done",   "skipped", "seconds"};

const char *tg_finaluse_field(size_t i)
{
    return i < TG_COUNT(outcome_fields) ? outcome_fields[i] : NULL;
}

struct finaluse {
    struct tg_program *program;
    uint32_t sym;
    bool bound; /* also otherwise */
    bool says;
};

static void check_outcome_field(struct finaluse *u, const struct tg_ast *n)
{
    const struct tg_name *wanted = tg_names_get(&u->program->names, n->sym);
    struct tg_near near = tg_near_begin(wanted->text, wanted->length);
    for (size_t i = 0; i < TG_COUNT(outcome_fields); i++) {
        if (strcmp(outcome_fields[i], wanted->text) == 0) return;
        tg_near_offer(&near, outcome_fields[i], strlen(outcome_fields[i]));
    }
    struct tg_diag *d = tg_diag_error(&u->program->diags, (tg_span){n->name_start ? n->name_start : n->span.start, n->span.end},
                                      "'outcome' has no field '%s'", wanted->text);
    if (near.best) tg_diag_hint(&u->program->diags, d, "did you mean '%.*s'?", (int)near.best_length, near.best);
    else tg_diag_hint(&u->program->diags, d, "it has ok, status, signal, message, failed, allowed, done, skipped and seconds.");
}

static void walk_outcome(struct finaluse *u, const struct tg_ast *n)
{
    if (tg_ast_is(n, TG_IN(TARGETS) | TG_IN(PARAMS)))
        for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) u->bound = u->bound || k.kid->sym == u->sym;
    if (n->kind == TG_N_AUGMENT && n->sym == u->sym) u->bound = true;
    bool field = n->kind == TG_N_FIELD && tg_n_field_base(n)->kind == TG_N_NAME && tg_n_field_base(n)->sym == u->sym;
    if (field && u->says) check_outcome_field(u, n);
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) walk_outcome(u, k.kid);
}

void tg_finaluse_check(struct tg_program *p, const struct tg_ast *finally)
{
    struct finaluse u = {.program = p, .sym = tg_n_params_list(tg_n_fn_params(finally)).items[0]->sym};
    walk_outcome(&u, tg_n_fn_body(finally));
    u.says = true;
    if (!u.bound) walk_outcome(&u, tg_n_fn_body(finally));
}
