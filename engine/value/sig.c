/* SPDX-License-Identifier: MIT
 * Task signatures: reading and printing.
 *
 *     NAME(PARAM: TYPE, PARAM: TYPE = LITERAL, REST: TYPE...) -> TYPE [effect] [grows] [slow] [now]
 *
 * A name is any text up to the '(': the tasks behind operators are called "+" or "not in". Default values that need a
 * body get one in the arena: the signature holds its only count, so it is never changed and never freed by itself. */
#include "engine/value/sig.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/value/sigtext.h"

/* Bytes of a number as text: longer ones have digits that nobody can mean. */
#define MAX_NUMBER_BYTES 100

/* Parameters read so far, with room for all of the text. */
typedef struct param_list {
    struct tg_sig_param *items;
    uint32_t count;
} param_list;

/* ---- literals ------------------------------------------------------------------------------------ */

static size_t digits_at(const struct tg_sigtext *t, size_t at)
{
    size_t n = 0;
    while (at + n < t->length && tg_ascii_is_digit(t->text[at + n])) n++;
    return n;
}

/* Bytes of the number at the present place, 0 if there is none; *whole: it has neither point nor exponent. */
static size_t number_length(const struct tg_sigtext *t, bool *whole)
{
    size_t at = t->at + (t->at < t->length && t->text[t->at] == '-');
    size_t n = digits_at(t, at);
    if (n == 0) return 0;
    at += n;
    *whole = true;
    if (at < t->length && t->text[at] == '.' && (n = digits_at(t, at + 1))) at += 1 + n, *whole = false;
    if (at < t->length && (t->text[at] == 'e' || t->text[at] == 'E')) {
        size_t sign = at + 1 < t->length && (t->text[at + 1] == '+' || t->text[at + 1] == '-');
        if ((n = digits_at(t, at + 1 + sign))) at += 1 + sign + n, *whole = false;
    }
    return at - t->at;
}

static bool read_number(struct tg_sigtext *t, tg_value *out)
{
    bool whole;
    size_t n = number_length(t, &whole);
    if (n == 0) return tg_sigtext_expected(t, "default value");
    if (n > MAX_NUMBER_BYTES) return tg_sigtext_fail(t, t->at, "number longer than %d bytes", MAX_NUMBER_BYTES);
    TG_ASSERT(t->at + n <= t->length);
    char text[MAX_NUMBER_BYTES + 1];
    memcpy(text, t->text + t->at, n);
    text[n] = 0;
    errno = 0;
    *out = whole ? tg_int(strtoll(text, NULL, 10)) : tg_float(strtod(text, NULL));
    if (whole && errno == ERANGE) return tg_sigtext_fail(t, t->at, "int '%s' does not fit into 64 bits", text);
    if (!whole && isinf(out->f)) return tg_sigtext_fail(t, t->at, "number '%s' is too large for a float", text);
    t->at += n;
    return true;
}

/* The escape after a backslash, which stands at the present place. */
static bool read_escape(struct tg_sigtext *t, struct tg_buf *text)
{
    static const char names[] = "nt\"\\$", bytes[] = "\n\t\"\\$";
    char c = t->at + 1 < t->length ? t->text[t->at + 1] : 0;
    const char *known = c ? strchr(names, c) : NULL;
    if (known) {
        tg_buf_char(text, bytes[known - names]);
        t->at += 2;
        return true;
    }
    int high = c == 'x' && t->length - t->at >= 4 ? tg_ascii_digit(t->text[t->at + 2]) : 36;
    int low = high < 16 ? tg_ascii_digit(t->text[t->at + 3]) : 36;
    if (low >= 16) return tg_sigtext_fail(t, t->at, "unknown escape");
    tg_buf_char(text, (char)(high * 16 + low));
    t->at += 4;
    return true;
}

/* A str whose body lies in the arena. */
static tg_value arena_str(struct tg_arena *arena, const char *text, size_t length)
{
    struct tg_str *t = tg_arena_alloc(arena, sizeof *t + length + 1);
    t->obj = (struct tg_obj){.refs = 1, .kind = TG_STR};
    t->length = length;
    memcpy(t->data, text, length);
    t->data[length] = 0;
    return tg_make_(TG_STR, (uintptr_t)t);
}

static tg_value arena_empty_list(struct tg_arena *arena)
{
    struct tg_list *l = tg_arena_alloc(arena, sizeof *l);
    l->obj = (struct tg_obj){.refs = 1, .kind = TG_LIST};
    l->count = l->room = 0;
    l->items = l->in_place;
    return tg_make_(TG_LIST, (uintptr_t)l);
}

/* A text after its first quote. */
static bool read_text(struct tg_sigtext *t, tg_value *out)
{
    size_t start = t->at - 1;
    struct tg_buf text = {0};
    bool good = true;
    while (good && t->at < t->length && t->text[t->at] != '"') {
        if (t->text[t->at] == '\\') good = read_escape(t, &text);
        else tg_buf_char(&text, t->text[t->at++]);
    }
    if (good && t->at >= t->length) good = tg_sigtext_fail(t, start, "text without closing '\"'");
    if (good && tg_utf8_valid(tg_buf_str(&text), text.length) != text.length)
        good = tg_sigtext_fail(t, start, "text that is not valid UTF-8");
    if (good) {
        t->at++;
        *out = arena_str(t->arena, tg_buf_str(&text), text.length);
    }
    tg_buf_done(&text);
    return good;
}

static bool read_word(struct tg_sigtext *t, tg_value *out)
{
    const char *word;
    size_t at = t->at;
    if (!tg_sigtext_name(t, "default value", &word)) return false;
    if (strcmp(word, "true") == 0) *out = tg_bool(true);
    else if (strcmp(word, "false") == 0) *out = tg_bool(false);
    else if (strcmp(word, "nil") == 0) *out = tg_nil();
    else return tg_sigtext_fail(t, at, "'%s' is not a default value", word);
    return true;
}

static bool read_literal(struct tg_sigtext *t, tg_value *out)
{
    tg_sigtext_blanks(t);
    char c = t->at < t->length ? t->text[t->at] : 0;
    if (tg_sigtext_take(t, "\"")) return read_text(t, out);
    if (tg_sigtext_take(t, "[")) {
        if (!tg_sigtext_take(t, "]")) return tg_sigtext_expected(t, "']' of an empty list");
        *out = arena_empty_list(t->arena);
        return true;
    }
    if (c == '-' || tg_ascii_is_digit(c)) return read_number(t, out);
    return read_word(t, out);
}

/* ---- parameters ---------------------------------------------------------------------------------- */

static bool read_default(struct tg_sigtext *t, struct tg_sig_param *p)
{
    tg_sigtext_blanks(t);
    size_t at = t->at;
    if (!read_literal(t, &p->default_value)) return false;
    p->has_default = true;
    if (tg_type_accepts(&p->type, p->default_value)) return true;
    struct tg_buf type = {0};
    tg_type_print(&type, &p->type);
    tg_sigtext_fail(t, at, "default of parameter '%s' is %s, not %s", p->name, tg_value_kind_name(p->default_value),
                    tg_buf_str(&type));
    tg_buf_done(&type);
    return false;
}

static bool check_place(const struct tg_sigtext *t, size_t at, const param_list *params, const struct tg_sig_param *p)
{
    for (uint32_t i = 0; i < params->count; i++)
        if (strcmp(params->items[i].name, p->name) == 0) return tg_sigtext_fail(t, at, "second parameter '%s'", p->name);
    if (!params->count) return true;
    const struct tg_sig_param *before = &params->items[params->count - 1];
    if (before->rest) return tg_sigtext_fail(t, at, "parameter '%s' after '%s', which takes the rest", p->name, before->name);
    if (before->has_default && !p->has_default && !p->rest)
        return tg_sigtext_fail(t, at, "parameter '%s' needs a default, as '%s' before it has one", p->name, before->name);
    return true;
}

static bool read_param(struct tg_sigtext *t, param_list *params)
{
    struct tg_sig_param p = {0};
    tg_sigtext_blanks(t);
    size_t at = t->at;
    if (!tg_sigtext_name(t, "parameter name", &p.name)) return false;
    if (!tg_sigtext_take(t, ":")) return tg_sigtext_expected(t, "':' and a type");
    if (!tg_type_read(t, &p.type)) return false;
    p.rest = tg_sigtext_take(t, "...");
    if (!p.rest && tg_sigtext_take(t, "=") && !read_default(t, &p)) return false;
    if (!check_place(t, at, params, &p)) return false;
    params->items[params->count++] = p;
    return true;
}

/* Everything from the '(' to the ')'. */
static bool read_params(struct tg_sigtext *t, param_list *params)
{
    if (!tg_sigtext_take(t, "(")) return tg_sigtext_expected(t, "'('");
    if (tg_sigtext_take(t, ")")) return true;
    do {
        if (!read_param(t, params)) return false;
    } while (tg_sigtext_take(t, ","));
    return tg_sigtext_take(t, ")") || tg_sigtext_expected(t, "',' or ')'");
}

/* ---- signatures ---------------------------------------------------------------------------------- */

/* Any text up to the '(', with single blanks inside. */
static bool read_task_name(struct tg_sigtext *t, const char **name)
{
    tg_sigtext_blanks(t);
    size_t start = t->at, end = start;
    for (; t->at < t->length && t->text[t->at] != '('; t->at++) {
        unsigned char c = (unsigned char)t->text[t->at];
        if (c < 0x20 || c == 0x7f || (c == ' ' && t->at > end)) return tg_sigtext_expected(t, "'('");
        if (c != ' ') end = t->at + 1;
    }
    if (t->at >= t->length) return tg_sigtext_expected(t, "'('");
    if (end == start) return tg_sigtext_fail(t, start, "task without a name");
    if (end - start > TG_MAX_NAME_BYTES) return tg_sigtext_fail(t, start, "name longer than %d bytes", TG_MAX_NAME_BYTES);
    *name = tg_arena_copy(t->arena, t->text + start, end - start);
    return true;
}

#define AFTER_RESULT "'effect', 'grows', 'slow', 'now' or the end"

/* What the word after the result sets; NULL: it is none. */
static bool *word_of(struct tg_sig *sig, const char *word)
{
    if (strcmp(word, "effect") == 0) return &sig->effect;
    if (strcmp(word, "grows") == 0) return &sig->grows;
    if (strcmp(word, "slow") == 0) return &sig->slow;
    return strcmp(word, "now") == 0 ? &sig->now : NULL;
}

/* The word that keeps the task from being evaluated where it is called; NULL: none. */
static const char *word_against_now(const struct tg_sig *sig)
{
    if (sig->effect) return "effect";
    if (sig->grows) return "grows";
    return sig->slow ? "slow" : NULL;
}

/* The words after the result, each once, in any order. */
static bool read_words(struct tg_sigtext *t, struct tg_sig *sig)
{
    for (tg_sigtext_blanks(t); t->at < t->length; tg_sigtext_blanks(t)) {
        const char *word;
        size_t at = t->at;
        if (!tg_sigtext_name(t, AFTER_RESULT, &word)) return false;
        bool *said = word_of(sig, word);
        if (!said) return tg_sigtext_fail(t, at, AFTER_RESULT " expected, found '%s'", word);
        if (*said) return tg_sigtext_fail(t, at, "second '%s'", word);
        *said = true;
        const char *other = sig->now ? word_against_now(sig) : NULL;
        if (other) return tg_sigtext_fail(t, at, "a task is not both 'now' and '%s'", other);
    }
    return true;
}

static bool read_sig(struct tg_sigtext *t, param_list *params, struct tg_sig *sig)
{
    if (!read_task_name(t, &sig->name) || !read_params(t, params)) return false;
    if (!tg_sigtext_take(t, "->")) return tg_sigtext_expected(t, "'->' and the result's type");
    return tg_type_read(t, &sig->result) && read_words(t, sig);
}

/* Each has a colon. */
static param_list room_for_params(const struct tg_sigtext *t)
{
    size_t most = 0;
    for (const char *c = t->text; (c = strchr(c, ':')); c++) most++;
    return (param_list){tg_arena_alloc(t->arena, most * sizeof(struct tg_sig_param)), 0};
}

static void keep_params(struct tg_sig *sig, const param_list *params)
{
    sig->count = params->count;
    sig->params = params->items;
    for (uint32_t i = 0; i < sig->count; i++) {
        if (params->items[i].rest) sig->rest = true;
        else if (!params->items[i].has_default) sig->required++;
    }
    TG_ASSERT(sig->required + sig->rest <= sig->count);
}

bool tg_sig_parse(const char *text, const char *const *object_names, size_t object_count, struct tg_arena *arena,
                  struct tg_sig *out, struct tg_err *err)
{
    if (!text) return tg_err_set(err, TG_EXIT_CANNOT, "task without a signature");
    struct tg_sigtext t = {text, strlen(text), 0, "signature", TG_EXIT_CANNOT, object_names, object_count, false, arena, err};
    size_t bad = tg_utf8_valid(text, t.length);
    if (bad < t.length) return tg_sigtext_fail(&t, bad, "not valid UTF-8");
    param_list params = room_for_params(&t);
    struct tg_sig sig = {0};
    bool good = read_sig(&t, &params, &sig);
    TG_ASSERT(t.at <= t.length && (!good || t.at == t.length));
    if (good) {
        keep_params(&sig, &params);
        *out = sig;
    }
    return good;
}

void tg_sig_print(struct tg_buf *b, const struct tg_sig *sig)
{
    tg_buf_text(b, sig->name);
    tg_buf_char(b, '(');
    for (uint32_t i = 0; i < sig->count; i++) {
        const struct tg_sig_param *p = &sig->params[i];
        tg_buf_format(b, "%s%s: ", i ? ", " : "", p->name);
        tg_type_print(b, &p->type);
        if (p->rest) tg_buf_text(b, "...");
        if (!p->has_default) continue;
        tg_buf_text(b, " = ");
        tg_value_repr(b, p->default_value, 0);
    }
    tg_buf_text(b, ") -> ");
    tg_type_print(b, &sig->result);
    if (sig->effect) tg_buf_text(b, " effect");
    if (sig->grows) tg_buf_text(b, " grows");
    if (sig->slow) tg_buf_text(b, " slow");
    if (sig->now) tg_buf_text(b, " now");
}
