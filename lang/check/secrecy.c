/* SPDX-License-Identifier: MIT
 * Secrets as far as they can be followed beforehand: parameters, and texts and lists that name them. */
#include "lang/check/secrecy.h"

static const struct tg_type secret = {TG_KIND_BIT(TG_STR), TG_KIND_BIT(TG_STR), NULL, NULL, true, false},
                            secrets = {TG_KIND_BIT(TG_LIST), TG_KIND_BIT(TG_LIST), &secret, NULL, false, false};

/* The type of the variable that n names; NULL: not known. */
static const struct tg_type *variable_type(const struct tg_type *const *types, const struct tg_command_def *def,
                                           const struct tg_ast *n)
{
    if (n->kind != TG_N_NAME || n->ref != TG_REF_LOCAL) return NULL;
    if (!def) return types[n->slot];
    struct tg_kids params = tg_n_params_list(tg_n_task_params(def->node));
    for (uint32_t i = 0; i < params.count; i++)
        if (params.items[i]->slot == n->slot) return &def->def.sig.params[i].type;
    for (size_t i = 0; i < def->captures.count; i++)
        if (def->captures.items[i]->inner_slot == n->slot) return types[def->captures.items[i]->slot];
    return NULL;
}

static bool is_secret(const struct tg_type *const *types, const struct tg_command_def *def, const struct tg_ast *n)
{
    const struct tg_type *type = variable_type(types, def, n);
    bool found = type && tg_type_is_secret(type);
    if (n->kind != TG_N_TEMPLATE && n->kind != TG_N_LIST && n->kind != TG_N_INDEX && n->kind != TG_N_BINARY) return found;
    for (struct tg_visit k = tg_visit_kids(n); !found && tg_visit_next(&k);) found = is_secret(types, def, k.kid);
    return found;
}

const struct tg_type *tg_secrecy_type(const struct tg_type *const *types, const struct tg_command_def *def,
                                      const struct tg_ast *n, const struct tg_type *type)
{
    if (!is_secret(types, def, n)) return type;
    if (n->kind == TG_N_NAME) return variable_type(types, def, n);
    if (!type || (type->kinds & ~TG_KIND_BIT(TG_NIL)) == TG_KIND_BIT(TG_STR)) return &secret;
    return type->kinds == TG_KIND_BIT(TG_LIST) ? &secrets : type;
}

void tg_secrecy_words(struct tg_diags *diags, const struct tg_type *const *types, const struct tg_command_def *def,
                      const struct tg_ast *words)
{
    if (words->kind != TG_N_LIST) {
        if (is_secret(types, def, words)) tg_secrecy_warn(diags, words);
        return;
    }
    for (struct tg_visit k = tg_visit_kids(words); tg_visit_next(&k);) tg_secrecy_words(diags, types, def, k.kid);
}

void tg_secrecy_warn(struct tg_diags *diags, const struct tg_ast *n)
{
    struct tg_diag *d = tg_diag_warning(diags, n->span,
                                        "a secret among the words of a program: everybody on this machine can see them");
    tg_diag_hint(diags, d, "Hand it over by the environment, with env = {NAME: x}, or as standard input, < text(x).");
}
