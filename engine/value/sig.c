/* SPDX-License-Identifier: MIT
 * Task signatures: reading and printing.
 *
 *     NAME(PARAM: TYPE, PARAM: TYPE = LITERAL, REST: TYPE...) -> TYPE [effect] [grows]
 *
 * A name is any text up to the '(': the tasks behind operators are called "+" or "not in". Default values that need a
 * body get one in the arena: the signature holds its only count, so it is never changed and never freed by itself. */
#include "engine/base/vec.h"
#include "engine/value/sigtext.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/utf8.h"

/* Bytes of a number as text: longer ones have digits that nobody can mean. */
#define MAX_NUMBER_BYTES 100

typedef TG_VEC(struct tg_sig_param) param_list;

/* ---- literals ------------------------------------------------------------------------------------ */

static size_t digits_at(const struct tg_reader *r, size_t at)
{
    size_t n = 0;
    while (at + n < r->length && r->text[at + n] >= '0' && r->text[at + n] <= '9') n++;
    return n;
}

/* Bytes of the number at the present place, 0 if there is none; *whole: it has neither point nor exponent. */
static size_t number_length(const struct tg_reader *r, bool *whole)
{
    size_t at = r->at + (r->at < r->length && r->text[r->at] == '-');
    size_t n = digits_at(r, at);
    if (n == 0) return 0;
    at += n;
    *whole = true;
    if (at < r->length && r->text[at] == '.' && (n = digits_at(r, at + 1))) at += 1 + n, *whole = false;
    if (at < r->length && (r->text[at] == 'e' || r->text[at] == 'E')) {
        size_t sign = at + 1 < r->length && (r->text[at + 1] == '+' || r->text[at + 1] == '-');
        if ((n = digits_at(r, at + 1 + sign))) at += 1 + sign + n, *whole = false;
    }
    return at - r->at;
}

static bool read_number(struct tg_reader *r, tg_value *out)
{
    bool whole;
    size_t n = number_length(r, &whole);
    if (n == 0) return tg_reader_expected(r, "default value");
    if (n > MAX_NUMBER_BYTES) return tg_reader_fail(r, r->at, "number longer than %d bytes", MAX_NUMBER_BYTES);
    char text[MAX_NUMBER_BYTES + 1];
    memcpy(text, r->text + r->at, n);
    text[n] = 0;
    errno = 0;
    *out = whole ? tg_int(strtoll(text, NULL, 10)) : tg_float(strtod(text, NULL));
    if (whole && errno == ERANGE) return tg_reader_fail(r, r->at, "int '%s' does not fit into 64 bits", text);
    if (!whole && isinf(out->f)) return tg_reader_fail(r, r->at, "number '%s' is too large for a float", text);
    r->at += n;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The escape after a backslash, which stands at the present place. */
static bool read_escape(struct tg_reader *r, struct tg_buf *text)
{
    static const char names[] = "nt\"\\$", bytes[] = "\n\t\"\\$";
    char c = r->at + 1 < r->length ? r->text[r->at + 1] : 0;
    const char *known = c ? strchr(names, c) : NULL;
    if (known) {
        tg_buf_char(text, bytes[known - names]);
        r->at += 2;
        return true;
    }
    int high = c == 'x' && r->length - r->at >= 4 ? hex_digit(r->text[r->at + 2]) : -1;
    int low = high >= 0 ? hex_digit(r->text[r->at + 3]) : -1;
    if (low < 0) return tg_reader_fail(r, r->at, "unknown escape");
    tg_buf_char(text, (char)(high * 16 + low));
    r->at += 4;
    return true;
}

/* A str whose body lies in the arena. */
static tg_value arena_str(struct tg_arena *arena, const char *text, size_t length)
{
    struct tg_text *t = tg_arena_alloc(arena, sizeof *t + length + 1);
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
static bool read_text(struct tg_reader *r, tg_value *out)
{
    size_t start = r->at - 1;
    struct tg_buf text = {0};
    bool good = true;
    while (good && r->at < r->length && r->text[r->at] != '"') {
        if (r->text[r->at] == '\\') good = read_escape(r, &text);
        else tg_buf_char(&text, r->text[r->at++]);
    }
    if (good && r->at >= r->length) good = tg_reader_fail(r, start, "text without closing '\"'");
    if (good && tg_utf8_valid(tg_buf_str(&text), text.length) != text.length)
        good = tg_reader_fail(r, start, "text that is not valid UTF-8");
    if (good) {
        r->at++;
        *out = arena_str(r->arena, tg_buf_str(&text), text.length);
    }
    tg_buf_done(&text);
    return good;
}

static bool read_word(struct tg_reader *r, tg_value *out)
{
    const char *word;
    size_t at = r->at;
    if (!tg_reader_name(r, "default value", &word)) return false;
    if (strcmp(word, "true") == 0) *out = tg_bool(true);
    else if (strcmp(word, "false") == 0) *out = tg_bool(false);
    else if (strcmp(word, "nil") == 0) *out = tg_nil();
    else return tg_reader_fail(r, at, "'%s' is not a default value", word);
    return true;
}

static bool read_literal(struct tg_reader *r, tg_value *out)
{
    tg_reader_blanks(r);
    char c = r->at < r->length ? r->text[r->at] : 0;
    if (tg_reader_take(r, "\"")) return read_text(r, out);
    if (tg_reader_take(r, "[")) {
        if (!tg_reader_take(r, "]")) return tg_reader_expected(r, "']' of an empty list");
        *out = arena_empty_list(r->arena);
        return true;
    }
    if (c == '-' || (c >= '0' && c <= '9')) return read_number(r, out);
    return read_word(r, out);
}

/* ---- parameters ---------------------------------------------------------------------------------- */

static bool read_default(struct tg_reader *r, struct tg_sig_param *p)
{
    tg_reader_blanks(r);
    size_t at = r->at;
    if (!read_literal(r, &p->default_value)) return false;
    p->has_default = true;
    if (tg_type_accepts(&p->type, p->default_value)) return true;
    struct tg_buf type = {0};
    tg_type_print(&type, &p->type);
    tg_reader_fail(r, at, "default of parameter '%s' is %s, not %s", p->name, tg_value_kind_name(p->default_value),
                   tg_buf_str(&type));
    tg_buf_done(&type);
    return false;
}

static bool check_place(const struct tg_reader *r, size_t at, const param_list *params, const struct tg_sig_param *p)
{
    for (size_t i = 0; i < params->count; i++)
        if (strcmp(params->items[i].name, p->name) == 0) return tg_reader_fail(r, at, "second parameter '%s'", p->name);
    if (!params->count) return true;
    const struct tg_sig_param *before = &params->items[params->count - 1];
    if (before->rest)
        return tg_reader_fail(r, at, "parameter '%s' after '%s', which takes the rest", p->name, before->name);
    if (before->has_default && !p->has_default && !p->rest)
        return tg_reader_fail(r, at, "parameter '%s' needs a default, as '%s' before it has one", p->name,
                              before->name);
    return true;
}

static bool read_param(struct tg_reader *r, param_list *params)
{
    struct tg_sig_param p = {0};
    tg_reader_blanks(r);
    size_t at = r->at;
    if (!tg_reader_name(r, "parameter name", &p.name)) return false;
    if (!tg_reader_take(r, ":")) return tg_reader_expected(r, "':' and a type");
    if (!tg_reader_type(r, &p.type)) return false;
    p.rest = tg_reader_take(r, "...");
    if (!p.rest && tg_reader_take(r, "=") && !read_default(r, &p)) return false;
    if (!check_place(r, at, params, &p)) return false;
    tg_vec_push(params, p);
    return true;
}

/* Everything from the '(' to the ')'. */
static bool read_params(struct tg_reader *r, param_list *params)
{
    if (!tg_reader_take(r, "(")) return tg_reader_expected(r, "'('");
    if (tg_reader_take(r, ")")) return true;
    do {
        if (!read_param(r, params)) return false;
    } while (tg_reader_take(r, ","));
    return tg_reader_take(r, ")") || tg_reader_expected(r, "',' or ')'");
}

/* ---- signatures ---------------------------------------------------------------------------------- */

/* Any text up to the '(', with single blanks inside. */
static bool read_task_name(struct tg_reader *r, const char **name)
{
    tg_reader_blanks(r);
    size_t start = r->at, end = start;
    for (; r->at < r->length && r->text[r->at] != '('; r->at++) {
        unsigned char c = (unsigned char)r->text[r->at];
        if (c < 0x20 || c == 0x7f || (c == ' ' && r->at > end)) return tg_reader_expected(r, "'('");
        if (c != ' ') end = r->at + 1;
    }
    if (r->at >= r->length) return tg_reader_expected(r, "'('");
    if (end == start) return tg_reader_fail(r, start, "task without a name");
    if (end - start > TG_MAX_NAME_BYTES)
        return tg_reader_fail(r, start, "name longer than %d bytes", TG_MAX_NAME_BYTES);
    *name = tg_arena_copy(r->arena, r->text + start, end - start);
    return true;
}

#define AFTER_RESULT "'effect', 'grows' or the end"

/* The words after the result, each once, in any order. */
static bool read_words(struct tg_reader *r, struct tg_sig *sig)
{
    for (tg_reader_blanks(r); r->at < r->length; tg_reader_blanks(r)) {
        const char *word;
        size_t at = r->at;
        if (!tg_reader_name(r, AFTER_RESULT, &word)) return false;
        bool *said = strcmp(word, "effect") == 0 ? &sig->effect : strcmp(word, "grows") == 0 ? &sig->grows : NULL;
        if (!said) return tg_reader_fail(r, at, AFTER_RESULT " expected, found '%s'", word);
        if (*said) return tg_reader_fail(r, at, "second '%s'", word);
        *said = true;
    }
    return true;
}

static bool read_sig(struct tg_reader *r, param_list *params, struct tg_sig *sig)
{
    if (!read_task_name(r, &sig->name) || !read_params(r, params)) return false;
    if (!tg_reader_take(r, "->")) return tg_reader_expected(r, "'->' and the result's type");
    return tg_reader_type(r, &sig->result) && read_words(r, sig);
}

static void keep_params(struct tg_sig *sig, const param_list *params, struct tg_arena *arena)
{
    sig->count = (uint32_t)params->count;
    sig->params = tg_arena_alloc(arena, params->count * sizeof *sig->params);
    for (uint32_t i = 0; i < sig->count; i++) {
        sig->params[i] = params->items[i];
        if (params->items[i].rest) sig->rest = true;
        else if (!params->items[i].has_default) sig->required++;
    }
}

bool tg_sig_parse(const char *text, const char *const *object_names, size_t object_count, struct tg_arena *arena,
                  struct tg_sig *out, struct tg_err *err)
{
    if (!text) return tg_err_set(err, TG_EXIT_CANNOT, "task without a signature");
    struct tg_reader r = {text, strlen(text), 0, "signature", TG_EXIT_CANNOT, object_names, object_count, arena, err};
    size_t bad = tg_utf8_valid(text, r.length);
    if (bad < r.length) return tg_reader_fail(&r, bad, "not valid UTF-8");
    param_list params = {0};
    struct tg_sig sig = {0};
    bool good = read_sig(&r, &params, &sig);
    if (good) {
        keep_params(&sig, &params, arena);
        *out = sig;
    }
    tg_vec_done(&params);
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
}
