/* SPDX-License-Identifier: MIT
 * Answers of servers: strict, so that what was printed by mistake is noticed where it happened. What JSON cannot say is read as
 * tg_value_json writes it: bytes as base64, nan and infinities as strings. */
#include "engine/command/answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/utf8.h"
#include "engine/command/printed.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "engine/value/type.h"

/* Bytes of the text shown in an error, and those in which secrets are looked for before. */
#define SHOWN_BYTES 60
#define LOOKED_AT_BYTES ((size_t)16 << 10)

void tg_answer_quote(struct tg_buf *b, const char *text, size_t length, const struct tg_secrets *secrets)
{
    struct tg_buf clean = {0};
    size_t shown = 0, n;
    tg_printed_clean(&clean, text, length < LOOKED_AT_BYTES ? length : LOOKED_AT_BYTES);
    char *hidden = tg_secrets_hidden(secrets, tg_buf_str(&clean));
    size_t whole = strlen(hidden);
    while (shown < whole && shown < SHOWN_BYTES && (n = tg_utf8_length(hidden + shown, whole - shown)) > 0) shown += n;
    tg_buf_format(b, "'%.*s%s'", (int)shown, hidden, shown < whole ? "..." : "");
    free(hidden);
    tg_buf_done(&clean);
}

/* ---- what JSON has no form for ------------------------------------------------------------------- */

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Padded, without blanks. */
static bool read_base64(const struct tg_str *text, tg_value *out)
{
    size_t length = text->length, digits = length;
    while (digits > 0 && length - digits < 2 && text->data[digits - 1] == '=') digits--;
    bool fine = length % 4 == 0;
    struct tg_buf b = {0};
    uint32_t bits = 0;
    for (size_t i = 0; fine && i < digits; i++) {
        int digit = base64_digit(text->data[i]);
        fine = digit >= 0;
        bits = bits << 6 | ((uint32_t)digit & 63);
        if (i % 4) tg_buf_char(&b, (char)(bits >> (6 - 2 * (i % 4)) & 255));
    }
    if (fine) *out = tg_str_make(TG_BYTES, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
    return fine;
}

static bool read_special(const struct tg_str *text, tg_value *out)
{
    const char *s = text->data;
    if (strcmp(s, "nan") == 0) *out = tg_float(NAN);
    else if (strcmp(s, "inf") == 0 || strcmp(s, "-inf") == 0) *out = tg_float(*s == '-' ? -INFINITY : INFINITY);
    else return false;
    return true;
}

/* A value as the type means it; what does not fit stays what it is. */
static tg_value meant_by(const struct tg_type *type, tg_value take_v)
{
    tg_value v = take_v, other;
    if (tg_kind(v) == TG_STR && !(type->accepts & TG_KIND_BIT(TG_STR))) {
        bool bytes = type->kinds & TG_KIND_BIT(TG_BYTES), number = type->kinds & TG_KIND_BIT(TG_FLOAT);
        if (!(bytes && read_base64(tg_str_of(v), &other)) && !(number && read_special(tg_str_of(v), &other))) return v;
        tg_value_unref(v);
        return other;
    }
    if (tg_kind(v) != TG_LIST || !type->item) return v;
    tg_value list = tg_list_make(tg_list_of(v)->count);
    for (size_t i = 0; i < tg_list_of(v)->count; i++)
        tg_list_add(list, meant_by(type->item, tg_value_ref(tg_list_of(v)->items[i])));
    tg_value_unref(v);
    return list;
}

/* ---- an answer ----------------------------------------------------------------------------------- */

struct answer {
    const char *line;
    size_t length;
    const struct tg_secrets *secrets;
    struct tg_err *err;
};

static bool not_an_answer(const struct answer *a, const char *why, const char *more)
{
    struct tg_buf b = {0};
    tg_buf_format(&b, "the server's answer %s: ", why);
    tg_answer_quote(&b, a->line, a->length, a->secrets);
    if (more) tg_buf_format(&b, " (%s)", more);
    tg_err_set(a->err, TG_EXIT_FAILED, "%s", b.data);
    tg_err_hint(a->err, TG_ANSWER_HINT);
    tg_buf_done(&b);
    return false;
}

/* The column alone: it is one line. */
static const char *after_line(const char *message)
{
    static const char line[] = "line 1, ";
    return strncmp(message, line, strlen(line)) == 0 ? message + strlen(line) : message;
}

static bool read_answer(const struct answer *a, tg_value *out)
{
    struct tg_err why = {0};
    if (!tg_value_from_json(a->line, a->length, out, &why)) {
        not_an_answer(a, a->length ? "is no JSON" : "is an empty line", a->length ? after_line(why.message) : NULL);
        tg_err_done(&why);
        return false;
    }
    if (tg_kind(*out) == TG_RECORD) return true;
    tg_value_unref(*out);
    return not_an_answer(a, "is no JSON object", NULL);
}

static bool take_result(const struct answer *a, const struct tg_type *type, const tg_value *result, tg_value *out)
{
    tg_value v = meant_by(type, tg_value_ref(*result));
    if (tg_type_accepts(type, v)) return *out = tg_type_convert(type, v), true;
    struct tg_buf b = {0};
    tg_buf_format(&b, "the server's result must be ");
    tg_type_print(&b, type);
    tg_buf_format(&b, ", not %s", tg_value_kind_name(v));
    tg_type_print_item(&b, type, v);
    tg_buf_text(&b, ": ");
    tg_answer_quote(&b, a->line, a->length, a->secrets);
    tg_value_unref(v);
    tg_err_set(a->err, TG_EXIT_FAILED, "%s", b.data);
    tg_buf_done(&b);
    return false;
}

static bool judge(const struct answer *a, tg_value record, uint64_t number, const struct tg_type *type, tg_value *out,
                  bool *told, bool *numbered)
{
    const tg_value *id = tg_record_find(record, "id", 2), *result = tg_record_find(record, "result", 6);
    const tg_value *error = tg_record_find(record, "error", 5);
    if (error && tg_kind(*error) == TG_NIL) error = NULL;
    if (id && !(tg_kind(*id) == TG_INT && id->i == (int64_t)number)) {
        char *asked = tg_alloc_format("it was asked number %llu", (unsigned long long)number);
        not_an_answer(a, "has the id of another question", asked);
        free(asked);
        return false;
    }
    if (!id && result && *numbered) return not_an_answer(a, "has no id, as those before had", NULL);
    if (result) *numbered = id;
    if (error && result) return not_an_answer(a, "has both 'result' and 'error'", NULL);
    if (error && tg_kind(*error) != TG_STR) return not_an_answer(a, "has an 'error' that is no text", NULL);
    if (error) {
        *told = true;
        return tg_err_set(a->err, TG_EXIT_FAILED, "%s",
                          tg_str_of(*error)->length ? tg_str_of(*error)->data : "the server says nothing about the failure");
    }
    if (result) return take_result(a, type, result, out);
    return not_an_answer(a, "has neither 'result' nor 'error'", NULL);
}

bool tg_answer_read(const char *line, size_t length, uint64_t number, const struct tg_type *type,
                    const struct tg_secrets *secrets, tg_value *out, bool *told, bool *numbered, struct tg_err *err)
{
    struct answer a = {line, length, secrets, err};
    tg_value record;
    *told = false;
    if (!read_answer(&a, &record)) return false;
    bool fine = judge(&a, record, number, type, out, told, numbered);
    tg_value_unref(record);
    return fine;
}

bool tg_answer_resembles(const char *line, size_t length)
{
    struct tg_err err = {0};
    tg_value v;
    bool read = tg_value_from_json(line, length, &v, &err);
    tg_err_done(&err);
    if (!read) return false;
    bool alike = tg_kind(v) == TG_RECORD && (tg_record_find(v, "result", 6) || tg_record_find(v, "error", 5));
    tg_value_unref(v);
    return alike;
}
