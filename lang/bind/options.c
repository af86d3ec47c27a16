/* SPDX-License-Identifier: MIT
 * The table of task options. */
#include "lang/bind/options.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/near.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "engine/value/sig.h"

#define SHELL_MUST "a list of strs, such as [\"bash\", \"-c\"]"

/* The known options: name, kinds of their values, what is said of a wrong one, and whether anything heeds it. */
static const struct option {
    const char *name;
    tg_kinds kinds;
    const char *must; /* "must be ..." */
    bool not_negative, idle;
} options[] = {
    {"after", TG_KINDS_ANY | TG_KIND_BIT(TG_FUTURE), "", false, false},
    {"allow_failure", TG_KIND_BIT(TG_BOOL), "true or false", false, true},
    {"backoff", TG_KINDS_NUM, "a duration, such as 10s", true, true},
    {"cache", TG_KIND_BIT(TG_BOOL), "true or false", false, true},
    {"cores", TG_KINDS_NUM, "a number of cores", true, true},
    {"env", TG_KIND_BIT(TG_RECORD), "a record of texts, such as {LANG: \"C\"}", false, false},
    {"label", TG_KIND_BIT(TG_STR), "a str", false, false},
    {"memory", TG_KIND_BIT(TG_INT), "a size, such as 4GiB", true, true},
    {"priority", TG_KIND_BIT(TG_INT), "an int", false, false},
    {"retries", TG_KIND_BIT(TG_INT), "an int, 0 or more", true, true},
    {"shell", TG_KIND_BIT(TG_LIST), SHELL_MUST, false, false},
    {"timeout", TG_KINDS_NUM, "a duration, such as 10s", true, true},
};

static const struct option *find_option(const char *name, size_t length)
{
    for (size_t i = 0; i < TG_COUNT(options); i++)
        if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0) return &options[i];
    return NULL;
}

bool tg_options_known(const char *name, size_t length)
{
    return find_option(name, length) != NULL;
}

bool tg_options_idle(const char *name, size_t length)
{
    const struct option *o = find_option(name, length);
    return o && o->idle;
}

void tg_options_hint(struct tg_diags *d, struct tg_diag *diag, const char *name, size_t length)
{
    struct tg_near near = tg_near_begin(name, length);
    for (size_t i = 0; i < TG_COUNT(options); i++) tg_near_offer(&near, options[i].name, strlen(options[i].name));
    if (near.best) {
        tg_diag_hint(d, diag, "did you mean '%s'?", near.best);
        return;
    }
    struct tg_buf names = {0};
    for (size_t i = 0; i < TG_COUNT(options); i++) tg_buf_format(&names, "%s%s", i ? ", " : "", options[i].name);
    tg_diag_hint(d, diag, "options are %s.", tg_buf_str(&names));
    tg_buf_done(&names);
}

static bool are_words(const struct tg_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (tg_kind(list->items[i]) != TG_STR) return false;
        const struct tg_str *word = tg_str_of(list->items[i]);
        if (memchr(word->data, 0, word->length) || (i == 0 && word->length == 0)) return false;
    }
    return list->count > 0;
}

/* What a variable can be set to; nil takes it away. */
static bool are_settings(const struct tg_record *r)
{
    tg_kinds fine = TG_KINDS_NUM | TG_KIND_BIT(TG_NIL) | TG_KIND_BIT(TG_BOOL) | TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_FILE);
    for (size_t i = 0; i < r->count; i++) {
        tg_value v = r->fields[i].value;
        bool text = tg_kind(v) == TG_STR || tg_kind(v) == TG_FILE;
        if (!(fine & TG_KIND_BIT(tg_kind(v)))) return false;
        if (text && memchr(tg_str_of(v)->data, 0, tg_str_of(v)->length)) return false;
    }
    return true;
}

const char *tg_options_problem(const char *name, tg_value v)
{
    const struct option *o = find_option(name, strlen(name));
    if (!o) return NULL;
    if (!(o->kinds & TG_KIND_BIT(tg_kind(v)))) return o->must;
    if (o->kinds == TG_KIND_BIT(TG_LIST) && !are_words(tg_list_of(v))) return o->must;
    if (o->kinds == TG_KIND_BIT(TG_RECORD) && !are_settings(tg_record_of(v))) return o->must;
    if (o->not_negative && tg_as_float(v) < 0) return o->must;
    return NULL;
}

const char *const *tg_options_shell(tg_value record, struct tg_arena *arena)
{
    const tg_value *given = tg_kind(record) == TG_RECORD ? tg_record_find(record, "shell", strlen("shell")) : NULL;
    if (!given) return NULL;
    const struct tg_list *list = tg_list_of(*given);
    const char **words = tg_arena_alloc(arena, (list->count + 1) * sizeof *words);
    for (size_t i = 0; i < list->count; i++) {
        const struct tg_str *word = tg_str_of(list->items[i]);
        words[i] = tg_arena_copy(arena, word->data, word->length);
    }
    words[list->count] = NULL;
    return words;
}

char **tg_options_settings(tg_value record, struct tg_arena *arena)
{
    const tg_value *given = tg_kind(record) == TG_RECORD ? tg_record_find(record, "env", strlen("env")) : NULL;
    if (!given) return NULL;
    const struct tg_record *r = tg_record_of(*given);
    char **settings = tg_arena_alloc(arena, (r->count + 1) * sizeof *settings);
    for (size_t i = 0; i < r->count; i++) {
        struct tg_buf b = {0};
        tg_buf_text(&b, tg_str_of(r->fields[i].key)->data);
        if (tg_kind(r->fields[i].value) != TG_NIL) {
            tg_buf_char(&b, '=');
            tg_value_print(&b, r->fields[i].value);
        }
        settings[i] = tg_arena_copy(arena, tg_buf_str(&b), b.length);
        tg_buf_done(&b);
    }
    settings[r->count] = NULL;
    return settings;
}

static bool is_variable_name(const struct tg_str *name)
{
    bool fine = name->length && !tg_ascii_is_digit(name->data[0]);
    for (size_t i = 0; i < name->length && fine; i++) fine = tg_ascii_is_name_byte(name->data[i]);
    return fine;
}

const char *tg_options_bad_variable(tg_value env)
{
    const struct tg_record *r = tg_record_of(env);
    for (size_t i = 0; i < r->count; i++)
        if (!is_variable_name(tg_str_of(r->fields[i].key))) return tg_str_of(r->fields[i].key)->data;
    return NULL;
}

tg_value tg_options_merge_env(tg_value under, tg_value over)
{
    const tg_value both[] = {under, over};
    tg_value out = tg_record_make(tg_record_of(under)->count + tg_record_of(over)->count);
    for (size_t k = 0; k < TG_COUNT(both); k++) {
        const struct tg_record *r = tg_record_of(both[k]);
        for (size_t i = 0; i < r->count; i++)
            tg_record_put(out, tg_value_ref(r->fields[i].key), tg_value_ref(r->fields[i].value));
    }
    return out;
}
