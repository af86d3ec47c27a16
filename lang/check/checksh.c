/* SPDX-License-Identifier: MIT
 * What can be known beforehand of the texts of `sh`. */
#include "lang/check/checksh.h"

#include <stdlib.h>
#include <string.h>

#include "engine/command/script.h"
#include "engine/command/shell.h"
#include "lang/check/secrecy.h"

void tg_checksh_text(struct tg_checksh *sh, struct tg_diags *d, const struct tg_ast *part)
{
    bool whole = !memchr(part->text, 0, part->length);
    if (whole) tg_buf_add(&sh->text, part->text, part->length);
    else tg_diag_error(d, part->span, "the text of an 'sh' holds a NUL byte");
}

void tg_checksh_value(struct tg_checksh *sh, const struct tg_ast *node, const struct tg_type *type)
{
    tg_buf_char(&sh->text, TG_QUOTE_MARK);
    tg_vec_push(&sh->values, ((struct tg_checksh_value){node, type}));
}

static const char *code_hint(const char *reader)
{
    static const struct {
        const char *reader, *hint;
    } hints[] = {
        {"'eval'", "Let the code use a variable of the shell: x=${..}; eval 'echo \"$x\"'."},
        {"'awk'", "Hand it over as a variable: awk -v x=${..} 'program'."},
        {"'ssh'", "Send it as standard input, or quoted for the other side: $(printf %q ${..}) in bash."},
        {"'parallel'", "Hand it over behind ':::', or as a variable: x=${..} parallel 'echo \"$x\" {}'."},
        {"the command that $(..) gives", "Write ${..} itself, or a command whose output cannot be one that reads code."},
        {"'sed'", "sed has no variables: awk -v x=${..} is safe, or make sure what it holds."},
    };
    for (size_t i = 0; i < TG_COUNT(hints); i++)
        if (strcmp(hints[i].reader, reader) == 0) return hints[i].hint;
    return "Hand it over as an argument behind the text: sh -c 'echo \"$1\"' sh ${..}.";
}

static bool is_int_type(const struct tg_type *t)
{
    return t && t->kinds == TG_KIND_BIT(TG_INT);
}

static bool may_be_int(const struct tg_type *t)
{
    return !t || t->kinds & (TG_KIND_BIT(TG_INT) | TG_KIND_BIT(TG_LIST));
}

static bool may_be_one(const struct tg_type *t)
{
    return !t || t->kinds != TG_KIND_BIT(TG_LIST);
}

static const char *kind_text(const struct tg_type *t, struct tg_buf *b)
{
    tg_type_print(b, t);
    return tg_buf_str(b);
}

static void check_shell_place(struct tg_diags *diags, const struct tg_checksh_value *v, const struct tg_quote_place *p)
{
    struct tg_buf b = {0};
    if (p->refused) {
        struct tg_diag *d = tg_diag_error(diags, v->node->span, "no value can stand %s", p->refused);
        tg_diag_hint(diags, d, "put it into a variable of the shell first, on a line before: x=${..}");
    } else if (p->number && !may_be_int(v->type)) {
        struct tg_diag *d = tg_diag_error(diags, v->node->span, "only an int can stand %s, not %s", p->number,
                                          kind_text(v->type, &b));
        tg_diag_hint(diags, d, "shells run what they find in texts there, as in a[$(..)]");
    } else if (p->code && !p->number && !is_int_type(v->type)) {
        struct tg_diag *d = tg_diag_warning(diags, v->node->span, "%s reads this value as code, whatever it holds", p->code);
        tg_diag_hint(diags, d, "%s", code_hint(p->code));
    } else if (p->alone && p->form == TG_QUOTE_OPEN && !may_be_one(v->type)) {
        struct tg_diag *d = tg_diag_error(diags, v->node->span, "a list cannot stand %s", p->alone);
        tg_diag_hint(diags, d, "\"${..}\" makes one word of it, NAME=(${..}) an array of bash");
    }
    if (v->type && v->type->secret && p->argument && !p->comment) tg_secrecy_warn(diags, v->node);
    tg_buf_done(&b);
}

/* ---- the option `shell` -------------------------------------------------------------------------- */

/* The value of the option `shell`; NULL: it is not given. */
static const struct tg_ast *shell_option(const struct tg_program *program, const struct tg_ast *options)
{
    struct tg_kids list = options ? tg_n_options_list(options) : (struct tg_kids){0};
    for (uint32_t i = 0; i < list.count; i++)
        if (strcmp(tg_program_name(program, list.items[i]->sym), "shell") == 0) return tg_n_keyword_value(list.items[i]);
    return NULL;
}

static bool is_list_of_texts(const struct tg_ast *n)
{
    struct tg_kids words = n->kind == TG_N_LIST ? tg_n_list_items(n) : (struct tg_kids){0};
    for (uint32_t i = 0; i < words.count; i++)
        if (words.items[i]->kind != TG_N_STR) return false;
    return words.count > 0;
}

/* The words of the option `shell`, as far as the file says it literally; NULL: they are not known. *given: the option. */
static const char **literal_shell(struct tg_program *program, const struct tg_command_def *def, const struct tg_ast **given)
{
    *given = shell_option(program, tg_n_task_options(def->node));
    if (!*given) *given = shell_option(program, def->module->defaults);
    if (!*given || !is_list_of_texts(*given)) return NULL;
    struct tg_kids words = tg_n_list_items(*given);
    const char **shell = tg_arena_alloc(&program->arena, (words.count + 1) * sizeof *shell);
    for (uint32_t i = 0; i < words.count; i++) shell[i] = words.items[i]->text;
    shell[words.count] = NULL;
    return shell;
}

void tg_checksh(struct tg_checksh *sh, struct tg_program *program, struct tg_command_def *def, bool whole)
{
    struct tg_quote_place *places = tg_alloc_zero((sh->values.count + 1) * sizeof *places);
    const struct tg_ast *given;
    const char **shell = literal_shell(program, def, &given);
    bool other = shell && !tg_shell_is_known(shell); /* which says that no value can stand there */
    if (sh->values.count) tg_quote_read(tg_buf_str(&sh->text), sh->text.length, places);
    for (size_t i = 0; i < sh->values.count && !other; i++)
        check_shell_place(&program->diags, &sh->values.items[i], &places[i]);
    struct tg_script script = {
        .text = tg_buf_str(&sh->text), .length = sh->text.length, .places = places, .count = sh->values.count};
    def->has_text = true;
    if (!whole || !tg_script_is_plain(&script)) def->needs_shell = true;
    free(places);
    tg_buf_done(&sh->text);
    tg_vec_done(&sh->values);
}

static bool has_values(const struct tg_ast *text)
{
    for (struct tg_visit k = tg_visit_kids(text); tg_visit_next(&k);)
        if (k.kid->kind != TG_N_STR && !(k.kid->flags & TG_F_RAW_CALL)) return true;
    return false;
}

static void note_values(struct tg_command_def *def, const struct tg_ast *step)
{
    if (step->kind != TG_N_SH) return;
    if (has_values(tg_n_sh_text(step))) def->holds_values = true;
}

bool tg_checksh_has_shell(struct tg_program *program, const struct tg_command_def *def)
{
    const struct tg_ast *given;
    const char **shell = literal_shell(program, def, &given);
    return !given || (shell && tg_shell_is_known(shell));
}

void tg_checksh_option(struct tg_program *program, struct tg_command_def *def)
{
    struct tg_kids steps = tg_n_task_steps(def->node);
    const struct tg_ast *given;
    for (uint32_t i = 0; i < steps.count; i++) note_values(def, steps.items[i]);
    const char **shell = literal_shell(program, def, &given);
    if (!shell || !def->holds_values) return;
    if (tg_shell_is_known(shell)) return;
    struct tg_diag *d = tg_diag_error(&program->diags, given->span, TG_SHELL_NO_VALUES, def->def.name, shell[0]);
    tg_diag_hint(&program->diags, d, TG_SHELL_ARGUMENTS, shell[0]);
}
