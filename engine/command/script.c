/* SPDX-License-Identifier: MIT
 * The program of an `sh` from its text and its values.
 *
 * Values get to the shell by its environment, under names that the first line of the script takes over into variables and
 * unsets, so that no program of the script sees them. Where they are large (ENVIRONMENT_BYTES; a single variable could hold
 * 128 KiB), or many, assignments in '..' stand in a file without a name instead, which the shell reads as descriptor 9 and
 * closes. Both stand in front of the first line, so that the lines that a shell's messages name are those of the text. */
#include "engine/command/script.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/assert.h"
#include "engine/base/vec.h"
#include "engine/command/cmdtext.h"
#include "engine/command/shell.h"
#include "engine/command/spawn.h"

#define ENVIRONMENT_BYTES ((size_t)64 << 10)
#define ENVIRONMENT_COUNT 64

/* ---- values at places ---------------------------------------------------------------------------- */

static bool is_int_text(const char *text)
{
    text += *text == '-';
    return *text && strspn(text, "0123456789") == strlen(text);
}

static bool ends_word(char c)
{
    return c != TG_QUOTE_MARK && strchr(" \t\n;&|(){}<>", c);
}

/* Where the word begins that holds value i; *mark becomes the number of its first value. */
static size_t word_start(const struct tg_script *s, size_t i, size_t *mark)
{
    size_t at = 0;
    for (size_t next = 0; at < s->length; at++)
        if (s->text[at] == TG_QUOTE_MARK && next++ == i) break;
    for (*mark = i; at > 0 && !ends_word(s->text[at - 1]); at--)
        if (s->text[at - 1] == TG_QUOTE_MARK) --*mark;
    return at;
}

/* Behind a `$name` or `${..}` at `at`. */
static size_t skip_variable(const struct tg_script *s, size_t at)
{
    size_t i = at + 1;
    if (i < s->length && s->text[i] == '{') {
        const char *close = memchr(s->text + i, '}', s->length - i);
        return close ? (size_t)(close + 1 - s->text) : s->length;
    }
    while (i < s->length && tg_ascii_is_name_byte(s->text[i])) i++;
    return i;
}

/* The word that names the program, as the shell will have it, which value i is part of; variables of the script, which may be
 * empty, as nothing. A list of several ends it. */
static void program_word(const struct tg_script *s, size_t i, struct tg_buf *b)
{
    size_t mark, at = word_start(s, i, &mark);
    for (; at < s->length && (s->text[at] == '$' || !ends_word(s->text[at])); at++) {
        char c = s->text[at];
        if (c == '$') {
            at = skip_variable(s, at) - 1;
        } else if (c == TG_QUOTE_MARK) {
            const struct tg_script_value *v = &s->values[mark++];
            if (v->count) tg_buf_text(b, v->words[0]);
            if (v->count > 1) return;
        } else if (!strchr("'\"\\", c)) {
            tg_buf_char(b, c);
        }
    }
}

bool tg_script_problem(const struct tg_script *s, size_t i, struct tg_buf *b)
{
    const struct tg_quote_place *p = &s->places[i];
    const struct tg_script_value *v = &s->values[i];
    if (p->refused) {
        tg_buf_format(b, "no value can stand %s", p->refused);
        return true;
    }
    for (size_t k = 0; p->number && k < v->count; k++)
        if (!is_int_text(v->words[k]))
            return tg_buf_format(b, "only an int can stand %s, not '%.40s'", p->number, v->words[k]), true;
    if (p->alone && p->form == TG_QUOTE_OPEN && v->list && v->count != 1) {
        tg_buf_format(b, "a list of %zu items cannot stand %s: write \"${..}\" for one word", v->count, p->alone);
        return true;
    }
    if (p->program && v->list && v->count == 0) {
        tg_buf_text(b, "an empty list cannot name a program");
        return true;
    }
    struct tg_buf program = {0};
    if (p->program) program_word(s, i, &program);
    bool code = p->program && tg_quote_runs_code(tg_buf_str(&program));
    if (code) tg_buf_format(b, "a value cannot name '%s', which may read other words as code", program.data);
    tg_buf_done(&program);
    return code;
}

/* ---- references ---------------------------------------------------------------------------------- */

/* What is being made. */
struct maker {
    const struct tg_script *s;
    struct tg_arena *arena;
    struct tg_buf body, shown, prologue, unset, data;
    TG_VEC(char *) variables;
    size_t number;      /* of variables so far */
    const char *prefix; /* of their names; the text does not have it */
    bool file;          /* values go by the file */
    bool arrays;        /* the shell has them */
};

/* Makes a variable of the shell with that content; gives its number. */
static size_t set_variable(struct maker *m, const char *const *words, size_t count, bool array)
{
    size_t number = ++m->number;
    if (!m->file) {
        const char *name = tg_arena_format(m->arena, TG_SPAWN_VARIABLE "%zu", number);
        tg_buf_format(&m->prologue, "%s%zu=$%s ", m->prefix, number, name);
        tg_buf_format(&m->unset, " %s", name);
        tg_vec_push(&m->variables, tg_arena_format(m->arena, "%s=%s", name, words[0]));
        return number;
    }
    tg_buf_format(&m->data, array ? "%s%zu=(" : "%s%zu=", m->prefix, number);
    for (size_t i = 0; i < count; i++) {
        if (i) tg_buf_char(&m->data, '\n');
        tg_shell_quote(&m->data, words[i]);
    }
    tg_buf_text(&m->data, array ? ")\n" : "\n");
    return number;
}

static const char *joined(struct tg_arena *arena, const struct tg_script_value *v)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < v->count; i++) {
        if (i) tg_buf_char(&b, ' ');
        tg_buf_text(&b, v->words[i]);
    }
    const char *text = tg_arena_copy(arena, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
    return text;
}

static void add_reference(struct maker *m, const char *before, size_t number, const char *item, const char *after)
{
    tg_buf_format(&m->body, "%s${%s%zu%s}%s", before, m->prefix, number, item, after);
}

/* Ints are digits: no variable. */
static void write_numbers(struct maker *m, const struct tg_quote_place *p, const struct tg_script_value *v)
{
    for (size_t i = 0; i < v->count; i++) {
        bool parens = p->form == TG_QUOTE_NUMBER && v->words[i][0] == '-';
        size_t from = m->body.length;
        tg_buf_format(&m->body, parens ? "%s(%s)" : "%s%s", i ? " " : "", v->words[i]);
        tg_buf_add(&m->shown, m->body.data + from, m->body.length - from);
    }
}

static void write_open(struct maker *m, const struct tg_script_value *v)
{
    if (m->file && m->arrays && v->count > 1) {
        add_reference(m, "\"", set_variable(m, v->words, v->count, true), "[@]", "\"");
    } else {
        for (size_t i = 0; i < v->count; i++)
            add_reference(m, i ? " \"" : "\"", set_variable(m, &v->words[i], 1, false), "", "\"");
    }
}

/* ---- how it is told: as a line that means the same to a shell ------------------------------------ */

/* What is told so far ends with "$NAME", which the value would prolong. */
static bool ends_with_name(const struct tg_buf *b)
{
    size_t at = b->length;
    while (at > 0 && tg_ascii_is_name_byte(b->data[at - 1])) at--;
    return at > 0 && at < b->length && b->data[at - 1] == '$';
}

static void part_from_name(struct tg_buf *b, const char *text, const char *nothing)
{
    if ((tg_ascii_is_name_byte(*text) || *text == '[') && ends_with_name(b)) tg_buf_text(b, nothing);
}

static void show_words(struct tg_buf *b, const struct tg_quote_place *p, const struct tg_script_value *v)
{
    for (size_t i = 0; i < v->count; i++) {
        if (i) tg_buf_char(b, ' ');
        else part_from_name(b, v->words[0], "\"\"");
        if (i == 0 && p->program && strchr(v->words[0], '=')) tg_shell_quote(b, v->words[0]); /* no assignment */
        else tg_cmdtext_word(b, v->words[i]);
    }
}

/* A comment ends with its line. */
static void show_comment(struct tg_buf *b, const struct tg_script_value *v)
{
    for (size_t i = 0; i < v->count; i++) {
        if (i) tg_buf_char(b, ' ');
        for (const char *at = v->words[i]; *at; at++) tg_buf_char(b, *at == '\n' ? ' ' : *at);
    }
}

static void show_escaped(struct tg_buf *b, const char *text, const char *special, const char *before)
{
    for (; *text; text++) {
        if (strchr(special, *text)) tg_buf_text(b, before);
        tg_buf_char(b, *text);
    }
}

/* A value must not make the line that ends its here-document: $() is nothing. `next` follows it. */
static void keep_from_end(struct tg_buf *b, const struct tg_quote_place *p, char next)
{
    size_t from = b->length;
    while (from > 0 && b->data[from - 1] != '\n') from--;
    while (from < b->length && b->data[from] == '\t') from++;
    size_t length = b->length - from;
    if (length > p->end_length || memcmp(b->data + from, p->end, length) != 0 || (length == 0 && next != *p->end)) return;
    b->length = from;
    tg_buf_text(b, "$()");
    tg_buf_add(b, p->end, length);
}

static void show_here(struct tg_buf *b, const struct tg_quote_place *p, const char *text, char next)
{
    part_from_name(b, text, "$()");
    for (; *text; text++) {
        if (*text == '\n') keep_from_end(b, p, 0);
        if (strchr("\\$`", *text)) tg_buf_char(b, '\\');
        tg_buf_char(b, *text);
    }
    keep_from_end(b, p, next);
}

static void show_value(struct maker *m, const struct tg_quote_place *p, const char *text, char next)
{
    if (p->form == TG_QUOTE_HERE) {
        show_here(&m->shown, p, text, next);
    } else if (p->form == TG_QUOTE_SINGLE) {
        show_escaped(&m->shown, text, "'", "'\\'");
    } else {
        part_from_name(&m->shown, text, "\"\"");
        show_escaped(&m->shown, text, "\\\"$`", "\\");
    }
}

static void write_value(struct maker *m, size_t i, char next)
{
    const struct tg_quote_place *p = &m->s->places[i];
    const struct tg_script_value *v = &m->s->values[i];
    TG_ASSERT(!p->refused);
    if (p->number) {
        write_numbers(m, p, v);
        return;
    }
    if (p->form == TG_QUOTE_OPEN) {
        write_open(m, v);
        if (p->comment) show_comment(&m->shown, v);
        else show_words(&m->shown, p, v);
        return;
    }
    const char *text = joined(m->arena, v);
    size_t number = set_variable(m, &text, 1, false);
    if (p->form == TG_QUOTE_SINGLE) add_reference(m, "'\"", number, "", "\"'");
    else add_reference(m, "", number, "", "");
    show_value(m, p, text, next);
}

/* ---- a script ------------------------------------------------------------------------------------ */

static const char *free_prefix(const struct tg_script *s, struct tg_arena *arena)
{
    const char *prefix = "_tg";
    while (memmem(s->text, s->length, prefix, strlen(prefix))) prefix = tg_arena_format(arena, "%s_", prefix);
    return prefix;
}

static bool fits_environment(const struct tg_script *s)
{
    size_t bytes = 0, count = 0;
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->values[i].count; k++, count++) bytes += strlen(s->values[i].words[k]);
    return bytes <= ENVIRONMENT_BYTES && count <= ENVIRONMENT_COUNT;
}

/* The shell is started with -a: all that it assigns goes to the programs that it starts. */
static bool exports_all(const char *const *shell)
{
    for (; shell && *shell; shell++)
        if ((**shell == '-' && (*shell)[1] != '-' && strchr(*shell, 'a')) || strcmp(*shell, "allexport") == 0) return true;
    return false;
}

static void fill_step(struct maker *m, struct tg_step *step)
{
    struct tg_buf script = {0};
    bool exports = m->number && exports_all(m->s->shell);
    if (exports) tg_buf_text(&script, "set +a; ");
    if (m->number && m->file) {
        tg_buf_format(&script, ". /dev/fd/%d || exit 126; exec %d<&-; ", TG_SPAWN_DATA_FD, TG_SPAWN_DATA_FD);
        step->data = tg_arena_copy(m->arena, tg_buf_str(&m->data), m->data.length);
        step->data_length = m->data.length;
    } else if (m->number) {
        m->prologue.data[--m->prologue.length] = 0;
        tg_buf_format(&script, "%s; unset%s; ", m->prologue.data, m->unset.data);
        step->variables = tg_arena_alloc(m->arena, (m->variables.count + 1) * sizeof *step->variables);
        memcpy(step->variables, m->variables.items, m->variables.count * sizeof *step->variables);
        step->variables[m->variables.count] = NULL;
    }
    if (exports) tg_buf_text(&script, "set -a; ");
    tg_buf_add(&script, tg_buf_str(&m->body), m->body.length);
    step->script = tg_arena_copy(m->arena, tg_buf_str(&script), script.length);
    step->shown = tg_arena_copy(m->arena, tg_buf_str(&m->shown), m->shown.length);
    step->shell = m->s->shell;
    tg_buf_done(&script);
}

void tg_script_make(const struct tg_script *s, struct tg_arena *arena, struct tg_step *step)
{
    struct maker m = {.s = s, .arena = arena, .prefix = free_prefix(s, arena), .file = !fits_environment(s)};
    m.arrays = tg_shell_has_arrays(s->shell);
    size_t next = 0;
    for (size_t i = 0; i < s->length; i++) {
        if (s->text[i] == TG_QUOTE_MARK) write_value(&m, next++, i + 1 < s->length ? s->text[i + 1] : 0);
        else tg_buf_char(&m.body, s->text[i]), tg_buf_char(&m.shown, s->text[i]);
    }
    TG_ASSERT(next == s->count);
    fill_step(&m, step);
    tg_buf_done(&m.body);
    tg_buf_done(&m.shown);
    tg_buf_done(&m.prologue);
    tg_buf_done(&m.unset);
    tg_buf_done(&m.data);
    tg_vec_done(&m.variables);
}
