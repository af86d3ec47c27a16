/* SPDX-License-Identifier: MIT
 * A command that makes files has their paths in `out`: the path itself, or a record of them. A field that there is not, a
 * record where a path must stand, and a command that never names `out` would show only when it has run. */
#include "lang/check/outuse.h"

#include <string.h>

#include "engine/base/near.h"
#include "lang/bind/options.h"

struct outuse {
    struct tg_program *program;
    const struct tg_command_def *def;
    uint32_t sym;
    struct tg_kids files; /* the entries of a record of files; none: it is one file or a list */
    bool named;
};

static bool is_out(const struct outuse *u, const struct tg_ast *n)
{
    return n->kind == TG_N_NAME && n->sym == u->sym && n->ref == TG_REF_LOCAL && n->slot == u->def->out_slot;
}

static void check_out_field(struct outuse *u, const struct tg_ast *n)
{
    const struct tg_name *wanted = tg_names_get(&u->program->names, n->sym);
    struct tg_near near = tg_near_begin(wanted->text, wanted->length);
    for (uint32_t i = 0; i < u->files.count; i++) {
        const struct tg_name *known = tg_names_get(&u->program->names, u->files.items[i]->sym);
        if (u->files.items[i]->sym == n->sym) return;
        tg_near_offer(&near, known->text, known->length);
    }
    struct tg_diag *d = tg_diag_error(&u->program->diags, n->span, "the command has no result '%s'", wanted->text);
    if (near.best) tg_diag_hint(&u->program->diags, d, "did you mean '%.*s'?", (int)near.best_length, near.best);
}

static void check_out_word(struct outuse *u, const struct tg_ast *n)
{
    struct tg_diag *d = tg_diag_error(&u->program->diags, n->span, "'out' is a record of paths here, not a path");
    tg_diag_hint(&u->program->diags, d, "name one of its files, such as out.%s",
                 tg_program_name(u->program, u->files.items[0]->sym));
}

/* word: the node is a word of a command, or a part of one. */
static void walk_uses(struct outuse *u, const struct tg_ast *n, bool word)
{
    if (n->kind == TG_N_NAME && n->sym == u->sym) u->named = true;
    if (is_out(u, n) && word && u->files.count) check_out_word(u, n);
    bool field = n->kind == TG_N_FIELD && is_out(u, tg_n_field_base(n));
    if (field && u->files.count) check_out_field(u, n);
    bool step = n->kind == TG_N_RUN || n->kind == TG_N_SH;
    bool words = step || (word && (n->kind == TG_N_LIST || n->kind == TG_N_TEMPLATE));
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) walk_uses(u, k.kid, words);
}

/* Those of its options that may name it. */
static void walk_options(struct outuse *u, const struct tg_ast *options)
{
    struct tg_kids list = options ? tg_n_options_list(options) : (struct tg_kids){0};
    for (uint32_t i = 0; i < list.count; i++)
        if (tg_options_knows_out(tg_program_name(u->program, list.items[i]->sym)))
            walk_uses(u, tg_n_keyword_value(list.items[i]), true);
}

void tg_outuse_check(struct tg_program *p, const struct tg_command_def *def)
{
    if (def->output != TG_OUTPUT_FILES) return;
    const struct tg_ast *form = tg_n_result_form(tg_n_task_result(def->node));
    struct outuse u = {.program = p, .def = def, .sym = tg_names_add(&p->names, "out", 3)};
    if (form->kind == TG_N_RECORD) u.files = tg_n_record_entries(form);
    struct tg_kids steps = tg_n_task_steps(def->node);
    for (uint32_t i = 0; i < steps.count; i++) walk_uses(&u, steps.items[i], false);
    bool named = u.named;
    walk_options(&u, tg_n_task_options(def->node));
    if (named) return;
    struct tg_diag *d = tg_diag_warning(&p->diags, form->span, "the command '%s' never names 'out', and so cannot make this",
                                        def->def.name);
    tg_diag_hint(&p->diags, d, "it must write to `${out%s%s}`, which gets that name at the end.", u.files.count ? "." : "",
                 u.files.count ? tg_program_name(p, u.files.items[0]->sym) : "");
}
