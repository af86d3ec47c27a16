/* SPDX-License-Identifier: MIT
 * What editors need to colour .tg files: a frame written by hand (cmd/templates/tgrun.vim.in, tgrun.tmLanguage.json.in) with
 * the words, signs, types, units, built-in functions and options put in from the tables of the language. */
#include <string.h>

#include "cmd/cmd.h"
#include "engine/value/type.h"
#include "lang/bind/builtins.h"
#include "lang/bind/options.h"
#include "lang/check/finaluse.h"
#include "lang/check/optionuse.h"
#include "lang/read/reader.h"
#include "lang/tree/ast.h"

/* The i-th entry of a list; NULL past the end. */
typedef const char *entry_at(size_t i);

static const char *word_of_kind(size_t i, enum tg_word_kind wanted)
{
    enum tg_word_kind kind;
    const char *word;
    for (size_t at = 0; (word = tg_token_word(at, &kind)); at++)
        if (kind == wanted && i-- == 0) return word;
    return NULL;
}

static const char *statement_at(size_t i)
{
    return word_of_kind(i, TG_WORD_STATEMENT);
}
static const char *step_at(size_t i)
{
    return word_of_kind(i, TG_WORD_STEP);
}
static const char *word_operator_at(size_t i)
{
    return word_of_kind(i, TG_WORD_OPERATOR);
}
static const char *constant_at(size_t i)
{
    return word_of_kind(i, TG_WORD_CONSTANT);
}
static const char *builtin_at(size_t i)
{
    return i < TG_BUILTIN_NAMED ? tg_builtins[i].name : NULL;
}

/* Operators that are no words, and what else stands between operands; the longer ones first. */
static const char *sign_at(size_t i)
{
    static const char *const others[] = {"->", "..", "=", "|", "?"};
    for (size_t length = 2; length > 0; length--) {
        for (int op = TG_OP_ADD; op <= TG_OP_GE; op++)
            if (strlen(tg_ast_op_text((enum tg_op)op)) == length && i-- == 0) return tg_ast_op_text((enum tg_op)op);
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            if (strlen(others[k]) == length && i-- == 0) return others[k];
    }
    return NULL;
}

/* ---- lists, as patterns write them ------------------------------------------------------------------ */

static void add_list(struct tg_buf *b, entry_at *at, const char *between)
{
    const char *entry;
    for (size_t i = 0; (entry = at(i)); i++) tg_buf_format(b, "%s%s", i ? between : "", entry);
}

/* Each sign with what is special in it escaped. */
static void add_signs(struct tg_buf *b, const char *between, const char *special, const char *escape)
{
    const char *sign;
    for (size_t i = 0; (sign = sign_at(i)); i++) {
        if (i) tg_buf_text(b, between);
        for (; *sign; sign++) tg_buf_format(b, "%s%c", strchr(special, *sign) ? escape : "", *sign);
    }
}

static const struct mark {
    const char *name; /* @NAME@ in a frame; NULL `at`: the signs */
    entry_at *at;
    const char *between;
} marks[] = {
    {"BUILTINS", builtin_at, "\\|"},
    {"BUILTINS_BAR", builtin_at, "|"},
    {"TYPES", tg_type_name, "\\|"},
    {"TYPES_BAR", tg_type_name, "|"},
    {"UNITS", tg_literal_unit, "\\|"},
    {"UNITS_BAR", tg_literal_unit, "|"},
    {"OPTIONS", tg_options_name, "\\|"},
    {"OPTIONS_BAR", tg_options_name, "|"},
    {"TASK_FIELDS", tg_optionuse_task_field, "\\|"},
    {"TASK_FIELDS_BAR", tg_optionuse_task_field, "|"},
    {"OUTCOME_FIELDS", tg_finaluse_field, "\\|"},
    {"OUTCOME_FIELDS_BAR", tg_finaluse_field, "|"},
    {"STEPS", step_at, "\\|"},
    {"STEPS_BAR", step_at, "|"},
    {"KEYWORDS", statement_at, "\\|"},
    {"KEYWORDS_BAR", statement_at, "|"},
    {"OPERATORS", word_operator_at, "\\|"},
    {"OPERATORS_BAR", word_operator_at, "|"},
    {"CONSTANTS", constant_at, "\\|"},
    {"CONSTANTS_BAR", constant_at, "|"},
    {"SIGNS_VIM", NULL, "\\|"},
    {"SIGNS_JSON", NULL, "|"},
};

static void add_mark(struct tg_buf *b, const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const struct mark *m = &marks[i];
        if (strlen(m->name) != length || memcmp(m->name, name, length) != 0) continue;
        if (m->at) add_list(b, m->at, m->between);
        else if (m->between[0] == '|') add_signs(b, m->between, "*.|?+", "\\\\");
        else add_signs(b, m->between, "*./", "\\");
        return;
    }
    TG_ASSERT(!"the frames name lists that there are");
}

void tg_syntax(struct tg_buf *b, enum tg_editor editor)
{
    static const char *const frames[] = {[TG_EDITOR_VIM] = "tgrun.vim", [TG_EDITOR_TEXTMATE] = "tgrun.tmLanguage.json"};
    const struct tg_template *t = tg_templates;
    while (strcmp(t->path, frames[editor]) != 0) t++;
    for (const char *at = t->text; *at;) {
        size_t length = *at == '@' ? strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") : 0;
        if (length && at[length + 1] == '@') {
            add_mark(b, at + 1, length);
            at += length + 2;
        } else {
            tg_buf_char(b, *at++);
        }
    }
}
