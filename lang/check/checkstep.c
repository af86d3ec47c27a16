/* SPDX-License-Identifier: MIT
 * Check of a step of a command: its words or text, where it reads and where it writes. */
#include "lang/check/checkstep.h"

#include "lang/bind/shelltext.h"
#include "lang/check/checksh.h"
#include "lang/check/cmduse.h"
#include "lang/check/secrecy.h"

#define PATH_KINDS (TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_FILE))
#define TEXT_KINDS (TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_BYTES) | TG_KIND_BIT(TG_BOOL) | TG_KINDS_NUM | TG_KIND_BIT(TG_LIST))

/* Checks a part of a step; its type, where it is one of the command's parameters or a variable of the file, too. */
static const struct tg_type *check_part(struct tg_checking *c, const struct tg_command_def *def, struct tg_ast *n)
{
    const struct tg_type *type = tg_checking_expression(c, n);
    bool variable = n->kind == TG_N_NAME && n->ref == TG_REF_LOCAL;
    struct tg_kids params = tg_n_params_list(tg_n_task_params(def->node));
    for (uint32_t i = 0; i < params.count && variable; i++)
        if (params.items[i]->slot == n->slot) type = &def->def.sig.params[i].type;
    for (size_t i = 0; i < def->captures.count && variable && !type; i++)
        if (def->captures.items[i]->inner_slot == n->slot) type = c->types[def->captures.items[i]->slot];
    return tg_secrecy_type(c->types, def, n, type);
}

static void check_words(struct tg_checking *c, const struct tg_command_def *def, struct tg_ast *n)
{
    const struct tg_type *type = check_part(c, def, n);
    tg_cmduse_words(c->program, def, n);
    tg_secrecy_words(&c->program->diags, c->types, def, n);
    if (n->kind == TG_N_LIST && !tg_n_list_items(n).count)
        tg_diag_error(&c->program->diags, n->span, TG_CMDUSE_NO_WORDS, def->serves ? "serve" : "run");
    if (type && !(type->kinds & TG_KIND_BIT(TG_LIST)))
        tg_diag_error(&c->program->diags, n->span, "'%s' needs a list: the program and its arguments, not %s",
                      def->serves ? "serve" : "run", tg_type_text(&c->program->arena, type));
}

static struct tg_diag *check_path(struct tg_checking *c, const struct tg_command_def *def, struct tg_ast *n)
{
    const struct tg_type *type = n ? check_part(c, def, n) : NULL;
    if (!type || type->kinds & PATH_KINDS) return NULL;
    return tg_diag_error(&c->program->diags, n->span, "a path must be a str or file, not %s",
                         tg_type_text(&c->program->arena, type));
}

static void check_input(struct tg_checking *c, const struct tg_command_def *def, struct tg_ast *n)
{
    if (!n || n->kind != TG_N_TEXT) {
        struct tg_diag *d = check_path(c, def, n);
        if (d) tg_diag_hint(&c->program->diags, d, "< text(x) gives a value as standard input, < f what is in a file.");
        return;
    }
    const struct tg_type *type = check_part(c, def, tg_n_text_value(n));
    if (!type || type->kinds & TEXT_KINDS) return;
    struct tg_diag *d = tg_diag_error(&c->program->diags, n->span,
                                      "'text' takes text, bytes, a number, a bool or a list of lines, not %s",
                                      tg_type_text(&c->program->arena, type));
    if (type->kinds & TG_KIND_BIT(TG_FILE)) tg_diag_hint(&c->program->diags, d, "< f reads what is in the file.");
}

/* A value in a text of `sh`. A function is none: the shell's own variable of that name may be meant. */
static const struct tg_type *check_text_value(struct tg_checking *c, const struct tg_command_def *def,
                                              const struct tg_ast *step, struct tg_ast *n)
{
    const struct tg_type *type = check_part(c, def, n);
    if (type != &tg_checking_function_type) return type;
    const char *name = n->kind == TG_N_NAME ? tg_program_name(c->program, n->sym) : NULL;
    struct tg_diag *d = tg_diag_error(&c->program->diags, n->span, "a function cannot stand in the text of an 'sh'");
    if (name && tg_shelltext_sets(step, name))
        tg_diag_hint(&c->program->diags, d, "a variable of the shell is written without braces: $%s, or \\${%s}", name, name);
    return NULL;
}

/* The text of a step, with a mark for each value, and their nodes and types: up to a raw(x), which decides about the rest. */
static void check_script(struct tg_checking *c, struct tg_command_def *def, const struct tg_ast *step)
{
    struct tg_ast *text = tg_n_sh_text(step);
    struct tg_checksh sh = {0};
    bool whole = true;
    if (text->kind == TG_N_STR) tg_checksh_text(&sh, &c->program->diags, text);
    for (struct tg_visit k = tg_visit_kids(text); tg_visit_next(&k);) {
        if (k.kid->flags & TG_F_RAW_CALL) whole = false;
        if (k.kid->kind == TG_N_STR && whole) tg_checksh_text(&sh, &c->program->diags, k.kid);
        else if (!whole) tg_checking_expression(c, k.kid);
        else tg_checksh_value(&sh, k.kid, check_text_value(c, def, step, k.kid));
    }
    tg_checksh(&sh, c->program, def, whole);
    if (tg_checksh_has_shell(c->program, def)) tg_cmduse_text(c->program, def, step);
}

void tg_checkstep(struct tg_checking *c, struct tg_command_def *def, const struct tg_ast *n)
{
    struct tg_kids piped = n->kind == TG_N_RUN ? tg_n_run_piped(n) : (struct tg_kids){0};
    if (n->kind == TG_N_RUN) check_words(c, def, tg_n_run_words(n));
    else check_script(c, def, n);
    for (uint32_t i = 0; i < piped.count; i++) check_words(c, def, piped.items[i]);
    check_path(c, def, tg_n_step_output(n));
    check_input(c, def, tg_n_step_input(n));
}
