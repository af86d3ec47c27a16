/* SPDX-License-Identifier: MIT
 * Arguments of commands that are nothing but words: found in the tree of the body, without evaluating it. */
#include "lang/eval/wordarg.h"

#include "lang/bind/module.h"

/* A variable of the command's frame; a function has a frame of its own, and may have it under another slot. */
static bool reads_variable(const struct tg_ast *n, uint32_t slot)
{
    if (!n) return false;
    bool found = n->kind == TG_N_LAMBDA || (n->kind == TG_N_NAME && n->ref == TG_REF_LOCAL && n->slot == slot);
    for (struct tg_visit k = tg_visit_kids(n); !found && tg_visit_next(&k);) found = reads_variable(k.kid, slot);
    return found;
}

static bool reads_as_words(const struct tg_ast *n, uint32_t slot)
{
    if (n->kind == TG_N_NAME) return true;
    if (!tg_ast_is(n, TG_IN(LIST) | TG_IN(TEMPLATE))) return !reads_variable(n, slot);
    bool fine = true;
    for (struct tg_visit k = tg_visit_kids(n); fine && tg_visit_next(&k);)
        fine = k.kid->kind == TG_N_NAME || !reads_variable(k.kid, slot);
    return fine;
}

static bool step_reads_words(const struct tg_ast *step, uint32_t slot)
{
    const struct tg_ast *input = tg_n_step_input(step);
    if (reads_variable(tg_n_step_output(step), slot)) return false;
    if (input && !(input->kind == TG_N_TEXT ? reads_as_words(tg_n_text_value(input), slot) : !reads_variable(input, slot)))
        return false;
    if (step->kind != TG_N_RUN) return reads_as_words(tg_n_sh_text(step), slot);
    struct tg_kids piped = tg_n_run_piped(step);
    bool fine = reads_as_words(tg_n_run_words(step), slot);
    for (uint32_t i = 0; fine && i < piped.count; i++) fine = reads_as_words(piped.items[i], slot);
    return fine;
}

bool tg_wordarg_only(const struct tg_def *def, uint32_t i)
{
    const struct tg_command_def *c = def->data;
    struct tg_kids params = tg_n_params_list(tg_n_task_params(c->node)), steps = tg_n_task_steps(c->node);
    uint32_t slot = i < c->user_count ? params.items[i]->slot : c->captures.items[i - c->user_count]->inner_slot;
    bool fine = !reads_variable(tg_n_task_result(c->node), slot);
    for (uint32_t k = 0; fine && k < steps.count; k++) fine = step_reads_words(steps.items[k], slot);
    return fine;
}
