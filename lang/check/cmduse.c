/* SPDX-License-Identifier: MIT
 * What is most likely a slip in a command. Whether a shell would look at a place of its text is asked of the reading that
 * values get: a mark is put there. */
#include "lang/check/cmduse.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/command/quote.h"
#include "engine/command/shellvars.h"
#include "lang/bind/shelltext.h"

/* What a shell makes of a mark in place of the bytes from `at` to `end`. */
static struct tg_quote_place mark_at(const struct tg_buf *text, size_t at, size_t end)
{
    struct tg_buf b = {0};
    tg_buf_add(&b, text->data, at);
    size_t number = 0, count = 1;
    for (size_t i = 0; i < text->length; i++) {
        if (text->data[i] != TG_QUOTE_MARK) continue;
        number += i < at;
        count += i < at || i >= end;
    }
    tg_buf_char(&b, TG_QUOTE_MARK);
    tg_buf_add(&b, text->data + end, text->length - end);
    struct tg_quote_place *places = tg_alloc_zero((count + 1) * sizeof *places);
    tg_quote_read(tg_buf_str(&b), b.length, places);
    struct tg_quote_place place = places[number];
    free(places);
    tg_buf_done(&b);
    return place;
}

/* Whether the shell replaces a variable there. */
static bool is_read(const struct tg_quote_place *p)
{
    return !p->comment && p->form != TG_QUOTE_SINGLE && !(p->form == TG_QUOTE_HERE && p->refused);
}

/* ---- $x in place of ${x} -------------------------------------------------------------------------- */

static bool is_known(const struct tg_program *p, const struct tg_command_def *def, const char *name, size_t length)
{
    const struct tg_name *known;
    struct tg_kids params = tg_n_params_list(tg_n_task_params(def->node));
    for (uint32_t i = 0; i < params.count; i++) {
        known = tg_names_get(&p->names, params.items[i]->sym);
        if (known->length == length && memcmp(known->text, name, length) == 0) return true;
    }
    for (size_t i = 0; i < def->module->variables.count; i++) {
        known = tg_names_get(&p->names, def->module->variables.items[i]);
        if (known->length == length && memcmp(known->text, name, length) == 0) return true;
    }
    return def->output == TG_OUTPUT_FILES && length == 3 && memcmp(name, "out", 3) == 0;
}

/* The shell's environment may have it: that of tgrun, or an option `env`. */
static bool is_in_environment(const struct tg_program *p, const struct tg_command_def *def, const char *name)
{
    const struct tg_ast *options[] = {tg_n_task_options(def->node), def->module->defaults};
    for (size_t i = 0; i < TG_COUNT(options); i++) {
        struct tg_kids list = options[i] ? tg_n_options_list(options[i]) : (struct tg_kids){0};
        for (uint32_t k = 0; k < list.count; k++)
            if (strcmp(tg_program_name(p, list.items[k]->sym), "env") == 0) return true;
    }
    return getenv(name);
}

/* Where $name or ${name stands in the source of the text; all of it where that is not found. */
static tg_span find_use(const struct tg_program *p, const struct tg_ast *sh, const char *name)
{
    tg_span all = tg_n_sh_text(sh)->span;
    struct tg_place at;
    if (!tg_sources_place(p->sources, all, &at)) return all;
    const struct tg_source *source = at.source;
    const char *text = source->text + (all.start - source->base);
    size_t length = all.end - all.start, from, end;
    for (size_t i = 0; (i = tg_shellvars_next(text, length, i, &from, &end)) < length; i = end)
        if (end - from == strlen(name) && memcmp(text + from, name, end - from) == 0 && text[from - 1] == '$')
            return (tg_span){all.start + (uint32_t)i, all.start + (uint32_t)end};
    return all;
}

static void check_use(struct tg_program *p, const struct tg_command_def *def, const struct tg_ast *sh,
                      const struct tg_buf *text, size_t at, const char *name, size_t end)
{
    struct tg_quote_place place = mark_at(text, at, end);
    if (!is_read(&place)) return;
    if (tg_shellvars_sets(text->data, text->length, name) || is_in_environment(p, def, name)) return;
    struct tg_diag *d = tg_diag_warning(&p->diags, find_use(p, sh, name),
                                        "$%s is a variable of the shell, which is not set here", name);
    bool raw = tg_n_sh_text(sh)->flags & TG_F_RAW;
    tg_diag_hint(&p->diags, d, "the value of the workflow is written ${%s}%s.", name, raw ? ", in a text that is not raw" : "");
}

/* Each name once. */
static void check_uses(struct tg_program *p, const struct tg_command_def *def, const struct tg_ast *sh,
                       const struct tg_buf *text)
{
    size_t from, end;
    struct tg_buf seen = {0};
    for (size_t at = 0; (at = tg_shellvars_next(text->data, text->length, at, &from, &end)) < text->length; at = end) {
        char *name = tg_arena_format(&p->arena, " %.*s ", (int)(end - from), text->data + from);
        if (!is_known(p, def, text->data + from, end - from) || strstr(tg_buf_str(&seen), name)) continue;
        tg_buf_text(&seen, name);
        name[end - from + 1] = 0;
        check_use(p, def, sh, text, at, name + 1, end);
    }
    tg_buf_done(&seen);
}

/* {sample} in a text from `at` on, as Snakemake and Python write it: where the name begins; length: there is none. */
static size_t find_braced(const char *text, size_t length, size_t at, size_t *end)
{
    for (; at + 2 < length; at++) {
        if (text[at] != '{' || (at > 0 && text[at - 1] == '$')) continue;
        *end = at + 1 + tg_ascii_name(text + at + 1, length - at - 1);
        if (*end > at + 1 && *end < length && text[*end] == '}') return at + 1;
    }
    return length;
}

static void warn_of_braces(struct tg_program *p, tg_span span, const char *name, size_t length, bool known)
{
    struct tg_diag *d = tg_diag_warning(&p->diags, span, "{%.*s} is text here, and no value", (int)length, name);
    if (known) tg_diag_hint(&p->diags, d, "write ${%.*s}.", (int)length, name);
    else tg_diag_hint(&p->diags, d, "a value is written ${..}; nothing is called '%.*s'.", (int)length, name);
}

/* {x} where the shell would read ${x}; the first one. */
static void check_braced(struct tg_program *p, const struct tg_command_def *def, const struct tg_ast *sh,
                         const struct tg_buf *text)
{
    size_t end;
    for (size_t at = 0; (at = find_braced(text->data, text->length, at, &end)) < text->length; at = end) {
        if (!is_known(p, def, text->data + at, end - at)) continue;
        struct tg_quote_place place = mark_at(text, at - 1, end + 1);
        if (!is_read(&place)) continue;
        warn_of_braces(p, tg_n_sh_text(sh)->span, text->data + at, end - at, true);
        return;
    }
}

/* ---- quotes --------------------------------------------------------------------------------------- */

static void check_quotes(struct tg_program *p, const struct tg_ast *sh, const struct tg_buf *text)
{
    if (!memchr(text->data, '\'', text->length) && !memchr(text->data, '"', text->length)) return;
    struct tg_quote_place place = mark_at(text, text->length, text->length);
    if (place.comment || (place.form != TG_QUOTE_SINGLE && place.form != TG_QUOTE_DOUBLE)) return;
    const char *quote = place.form == TG_QUOTE_SINGLE ? "'" : "\"";
    struct tg_diag *d = tg_diag_warning(&p->diags, tg_n_sh_text(sh)->span, "a quote %s of the shell is not closed in this text",
                                        quote);
    tg_diag_hint(&p->diags, d, "for the character itself write %s.", *quote == '"' ? "'\"'" : "\"'\"");
}

void tg_cmduse_text(struct tg_program *p, const struct tg_command_def *def, const struct tg_ast *sh)
{
    struct tg_buf text = {0};
    if (tg_shelltext_add(&text, sh) && text.length) {
        check_uses(p, def, sh, &text);
        check_braced(p, def, sh, &text);
        check_quotes(p, sh, &text);
    }
    tg_buf_done(&text);
}

/* ---- words of `run` -------------------------------------------------------------------------------- */

static const char *operator_hint(const char *word)
{
    static const struct {
        const char *word, *hint;
    } hints[] = {
        {"|", "a pipeline is written run [..] | [..], or in YAML pipe: [[..], [..]]."},
        {">", "standard output goes to a file with run [..] > path, in YAML out: PATH."},
        {"<", "standard input comes from a file with run [..] < path, in YAML in: PATH."},
        {">>", "only a shell does that: write sh \"..\"."},
        {"2>", "standard error is kept in the log; to send it elsewhere, write sh \"..\"."},
        {"2>&1", "standard error is kept in the log; to send it elsewhere, write sh \"..\"."},
        {"&>", "standard error is kept in the log; to send it elsewhere, write sh \"..\"."},
        {"&&", "a second program has a step of its own, on the next line: it runs if the first one succeeded."},
        {"||", "only a shell does that: write sh \"..\"."},
        {"&", "only a shell does that; tasks run at the same time by themselves."},
    };
    for (size_t i = 0; i < TG_COUNT(hints); i++)
        if (strcmp(hints[i].word, word) == 0) return hints[i].hint;
    return NULL;
}

/* Programs to which such words mean something: expr 3 '>' 2, or a command behind them. */
static bool reads_operators(const struct tg_ast *program)
{
    static const char *const readers[] = {"expr", "test", "[",    "echo", "printf", "dc",
                                          "bc",   "jq",   "gawk", "awk",  "find",   "ssh"};
    const char *slash = strrchr(program->text, '/'), *name = slash ? slash + 1 : program->text;
    for (size_t i = 0; i < TG_COUNT(readers); i++)
        if (strcmp(readers[i], name) == 0) return true;
    return false;
}

static void check_program(struct tg_program *p, const struct tg_command_def *def, const struct tg_ast *word)
{
    size_t length = strcspn(word->text, " \t");
    if (length == word->length || memchr(word->text, '/', word->length)) return;
    struct tg_diag *d = tg_diag_warning(&p->diags, word->span, "this is the name of one program, blanks included");
    tg_diag_hint(&p->diags, d, "each argument is a word of its own: %s [\"%.*s\", ..]%s", def->serves ? "serve" : "run",
                 (int)length, word->text, def->serves ? "." : "; sh \"..\" runs a line of shell.");
}

static void check_braces(struct tg_program *p, const struct tg_command_def *def, const struct tg_ast *text, bool any)
{
    size_t from, end, bytes = strlen(text->text), at = find_braced(text->text, bytes, 0, &end);
    bool known = at < bytes && is_known(p, def, text->text + at, end - at);
    if (known || (any && at < bytes)) {
        warn_of_braces(p, text->span, text->text + at, end - at, known);
        return;
    }
    at = tg_shellvars_next(text->text, bytes, 0, &from, &end);
    if (at == bytes || text->text[from - 1] != '$' || !is_known(p, def, text->text + from, end - from)) return;
    struct tg_diag *d = tg_diag_warning(&p->diags, text->span, "$%.*s is text here, and no value", (int)(end - from),
                                        text->text + from);
    tg_diag_hint(&p->diags, d, "write ${%.*s}.", (int)(end - from), text->text + from);
}

/* The literal parts of a text. */
static void check_text_parts(struct tg_program *p, const struct tg_command_def *def, const struct tg_ast *text, bool any)
{
    if (text->kind == TG_N_STR) check_braces(p, def, text, any);
    for (struct tg_visit k = tg_visit_kids(text); text->kind == TG_N_TEMPLATE && tg_visit_next(&k);)
        if (k.kid->kind == TG_N_STR) check_braces(p, def, k.kid, any);
}

/* `out`, or `out.a`: nobody prints these behind a '>'. */
static bool names_out(const struct tg_program *p, const struct tg_ast *word)
{
    while (word->kind == TG_N_FIELD) word = tg_n_field_base(word);
    return word->kind == TG_N_NAME && word->ref == TG_REF_LOCAL && strcmp(tg_program_name(p, word->sym), "out") == 0;
}

void tg_cmduse_words(struct tg_program *p, const struct tg_command_def *def, const struct tg_ast *words)
{
    struct tg_kids list = words->kind == TG_N_LIST ? tg_n_list_items(words) : (struct tg_kids){0};
    if (!list.count) return;
    const struct tg_ast *program = list.items[0];
    bool literal = program->kind == TG_N_STR, quiet = literal && reads_operators(program);
    if (literal) check_program(p, def, program);
    for (uint32_t i = 1; i < list.count; i++) {
        const struct tg_ast *word = list.items[i];
        check_text_parts(p, def, word, false);
        const char *hint = word->kind == TG_N_STR && (!quiet || (i + 1 < list.count && names_out(p, list.items[i + 1])))
                               ? operator_hint(word->text)
                               : NULL;
        if (!hint) continue;
        struct tg_diag *d = tg_diag_warning(&p->diags, word->span, "'%s' is one more argument here: no shell reads it",
                                            word->text);
        tg_diag_hint(&p->diags, d, "%s", hint);
        return;
    }
}

void tg_cmduse_result(struct tg_program *p, const struct tg_command_def *def)
{
    const struct tg_ast *form = tg_n_result_form(tg_n_task_result(def->node));
    if (form->kind == TG_N_RFILE) check_text_parts(p, def, tg_n_rfile_path(form), true);
    if (form->kind != TG_N_RECORD) return;
    struct tg_kids entries = tg_n_record_entries(form);
    for (uint32_t i = 0; i < entries.count; i++) {
        const struct tg_ast *file = tg_n_entry_value(entries.items[i]);
        if (file->kind == TG_N_RFILE) check_text_parts(p, def, tg_n_rfile_path(file), true);
    }
}
