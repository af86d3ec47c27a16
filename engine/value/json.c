/* SPDX-License-Identifier: MIT
 * Reads JSON text into values, with the jansson library.
 *
 * Nesting is counted in a pass of its own before: the library's limit is higher than ours, and its tree no longer
 * knows lines and columns. */
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "engine/value/value.h"

#if JANSSON_VERSION_HEX < 0x020b00
#error "jansson 2.11 or later is needed"
#endif

static bool fail_at(const char *text, size_t at, const char *what, struct tg_err *err)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i < at; i++)
        if (text[i] == '\n') line++, start = i + 1;
    return tg_err_set(err, TG_EXIT_USAGE, "line %zu, column %zu: %s", line, tg_utf8_count(text + start, at - start) + 1, what);
}

static bool check_nesting(const char *text, size_t length, struct tg_err *err)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (quoted && c == '\\') i++;
        else if (c == '"') quoted = !quoted;
        else if (quoted) continue;
        else if ((c == '[' || c == '{') && ++depth > TG_MAX_NESTING) return fail_at(text, i, "nested too deeply", err);
        else if ((c == ']' || c == '}') && depth) depth--;
    }
    return true;
}

/* ---- the library's tree as values ---------------------------------------------------------------- */

static tg_value convert(const json_t *json);

static tg_value convert_list(const json_t *json)
{
    size_t count = json_array_size(json);
    tg_value list = tg_list_make(count);
    for (size_t i = 0; i < count; i++) tg_list_add(list, convert(json_array_get(json, i)));
    return list;
}

static tg_value convert_record(json_t *json)
{
    tg_value record = tg_record_make(json_object_size(json));
    for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at))
        tg_record_put(record, tg_str(json_object_iter_key(at)), convert(json_object_iter_value(at)));
    return record;
}

static tg_value convert(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT: return convert_record((json_t *)json);
    case JSON_ARRAY: return convert_list(json);
    case JSON_STRING: return tg_str_make(TG_STR, json_string_value(json), json_string_length(json));
    case JSON_INTEGER: return tg_int(json_integer_value(json));
    case JSON_REAL: return tg_float(json_real_value(json));
    case JSON_TRUE: return tg_bool(true);
    case JSON_FALSE: return tg_bool(false);
    case JSON_NULL: break;
    }
    return tg_nil();
}

static bool fail_syntax(const json_error_t *error, struct tg_err *err)
{
    const char *what = error->text;
    if (json_error_code(error) == json_error_numeric_overflow)
        what = strstr(what, "integer") ? "the integer does not fit into 64 bits" : "the number is too large for a float";
    return tg_err_set(err, TG_EXIT_USAGE, "line %d, column %d: %s", error->line, error->column > 0 ? error->column : 1, what);
}

static void never_without_memory(void)
{
    json_set_alloc_funcs(tg_alloc, free);
}

bool tg_value_from_json(const char *text, size_t length, tg_value *out, struct tg_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, never_without_memory);
    size_t bad = tg_utf8_valid(text, length);
    if (bad < length) return fail_at(text, bad, "not valid UTF-8", err);
    if (!check_nesting(text, length, err)) return false;
    json_error_t error;
    json_t *json = json_loadb(length ? text : "", length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!json) return fail_syntax(&error, err);
    *out = convert(json);
    json_decref(json);
    return true;
}
