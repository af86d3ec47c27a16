/* SPDX-License-Identifier: MIT
 * Checks of the values of task options, beyond their kind. */
#include "lang/bind/option_value.h"

#include <math.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/limits.h"
#include "engine/base/near.h"
#include "engine/graph/policy.h"
#include "engine/graph/resource.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "lang/text/foreign.h"

#define EXIT_STATUS_MAX 255

/* The largest float that is an int. */
#define SIZE_MAX_BYTES 0x1.fffffffffffffp62

void tg_option_value_done(struct tg_misuse *m)
{
    tg_buf_done(&m->what);
    tg_buf_done(&m->hint);
}

/* ---- numbers ------------------------------------------------------------------------------------- */

bool tg_option_value_is_any(tg_value v, struct tg_misuse *m)
{
    (void)v, (void)m;
    return true;
}

static bool is_at_least(tg_value v, double least)
{
    double x = tg_as_float(v);
    return isfinite(x) && x >= least;
}

static bool is_at_most(tg_value v, double most, const char *must, struct tg_misuse *m)
{
    if (tg_as_float(v) <= most) return true;
    tg_buf_format(&m->what, "must be %s", must);
    return false;
}

bool tg_option_value_is_factor(tg_value v, struct tg_misuse *m)
{
    (void)m;
    return is_at_least(v, 1);
}

bool tg_option_value_is_duration(tg_value v, struct tg_misuse *m)
{
    return is_at_least(v, 0) && is_at_most(v, TG_DURATION_MAX_S, "at most 100000d", m);
}

bool tg_option_value_is_size(tg_value v, struct tg_misuse *m)
{
    return is_at_least(v, 0) && is_at_most(v, SIZE_MAX_BYTES, "less than 8388608TiB", m);
}

bool tg_option_value_is_cores(tg_value v, struct tg_misuse *m)
{
    (void)m;
    return v.i >= 1 && v.i <= TG_MAX_WORKERS;
}

bool tg_option_value_is_retries(tg_value v, struct tg_misuse *m)
{
    (void)m;
    return v.i >= 0 && v.i <= TG_RETRIES_MAX;
}

/* ---- texts --------------------------------------------------------------------------------------- */

static bool has_nul(tg_value text)
{
    return memchr(tg_str_of(text)->data, 0, tg_str_of(text)->length) != NULL;
}

static bool are_words(const struct tg_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (tg_kind(list->items[i]) != TG_STR || has_nul(list->items[i])) return false;
        if (i == 0 && tg_str_of(list->items[i])->length == 0) return false;
    }
    return true;
}

bool tg_option_value_is_program(tg_value v, struct tg_misuse *m)
{
    (void)m;
    return tg_list_of(v)->count && are_words(tg_list_of(v));
}

bool tg_option_value_is_wrapper(tg_value v, struct tg_misuse *m)
{
    (void)m;
    return are_words(tg_list_of(v));
}

bool tg_option_value_is_text(tg_value v, struct tg_misuse *m)
{
    (void)m;
    return !has_nul(v);
}

bool tg_option_value_is_image(tg_value v, struct tg_misuse *m)
{
    return tg_option_value_is_text(v, m) && tg_str_of(v)->data[0] != '-';
}

bool tg_option_value_is_path(tg_value v, struct tg_misuse *m)
{
    (void)m;
    return !has_nul(v) && tg_str_of(v)->length;
}

bool tg_option_value_is_files(tg_value v, struct tg_misuse *m)
{
    if (tg_kind(v) != TG_LIST) return tg_option_value_is_path(v, m);
    const struct tg_list *list = tg_list_of(v);
    for (size_t i = 0; i < list->count; i++) {
        tg_kinds path = TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_FILE);
        if (path & TG_KIND_BIT(tg_kind(list->items[i])) && tg_option_value_is_path(list->items[i], m)) continue;
        if (tg_kind(list->items[i]) == TG_LIST) tg_buf_text(&m->hint, "a list stands in its place with '+': [\"a\"] + others.");
        return false;
    }
    return true;
}

static bool is_variable_name(const struct tg_str *name)
{
    bool fine = name->length && !tg_ascii_is_digit(name->data[0]);
    for (size_t i = 0; i < name->length && fine; i++) fine = tg_ascii_is_name_byte(name->data[i]);
    return fine;
}

static bool is_setting(tg_value v)
{
    tg_kinds plain = TG_KINDS_NUM | TG_KIND_BIT(TG_NIL) | TG_KIND_BIT(TG_BOOL),
             text = TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_FILE);
    return plain & TG_KIND_BIT(tg_kind(v)) || (text & TG_KIND_BIT(tg_kind(v)) && !has_nul(v));
}

bool tg_option_value_is_settings(tg_value v, struct tg_misuse *m)
{
    const struct tg_record *r = tg_record_of(v);
    for (size_t i = 0; i < r->count; i++) {
        if (!is_setting(r->fields[i].value)) return false;
        const struct tg_str *name = tg_str_of(r->fields[i].key);
        if (is_variable_name(name)) continue;
        tg_buf_format(&m->what, "cannot set '%s': a variable's name has letters, digits and '_', and begins with no digit",
                      name->data);
        return false;
    }
    return true;
}

/* Those that may be meant. */
static const char *const places[] = {"processes", "threads", "home"};

bool tg_option_value_is_place(tg_value v, struct tg_misuse *m)
{
    const struct tg_str *word = tg_str_of(v);
    if (tg_policy_place(word->data) != TG_PLACES && !has_nul(v)) return true;
    if (strcmp(word->data, "distributed") == 0) {
        tg_buf_text(&m->what, "cannot be \"distributed\": a cluster is that of a whole run (--cluster)");
        return false;
    }
    const char *meant = tg_foreign_scheduler(word->data);
    struct tg_near near = tg_near_begin(meant ? meant : word->data, meant ? strlen(meant) : word->length);
    for (size_t i = 0; i < TG_COUNT(places) && meant; i++)
        if (strcmp(places[i], meant) == 0) near.best = places[i];
    for (size_t i = 0; i < TG_COUNT(places) && !near.best; i++) tg_near_offer(&near, places[i], strlen(places[i]));
    if (near.best) tg_buf_format(&m->hint, "did you mean \"%s\"?", near.best);
    return false;
}

/* ---- failures ------------------------------------------------------------------------------------ */

/* The words for them, by the causes they stand for. */
static const char *const failures[] = {"error", "timeout", "signal", "memory", "exit"};

static bool is_failure(tg_value v)
{
    if (tg_kind(v) == TG_INT) return v.i >= 1 && v.i <= EXIT_STATUS_MAX;
    return tg_kind(v) == TG_STR && tg_err_cause(tg_str_of(v)->data) != TG_CAUSES && !has_nul(v);
}

static void hint_failure(const struct tg_str *word, struct tg_buf *hint)
{
    struct tg_near near = tg_near_begin(word->data, word->length);
    for (size_t i = 0; i < TG_COUNT(failures); i++) tg_near_offer(&near, failures[i], strlen(failures[i]));
    if (near.best) tg_buf_format(hint, "did you mean '%s'?", near.best);
    for (size_t i = 0; !near.best && i < TG_COUNT(failures); i++)
        tg_buf_format(hint, "%s'%s'", i == 0 ? "failures are " : ", ", failures[i]);
    if (!near.best) tg_buf_format(hint, ", and exit statuses from 1 to %d.", EXIT_STATUS_MAX);
}

bool tg_option_value_is_failures(tg_value v, struct tg_misuse *m)
{
    const struct tg_list *list = tg_list_of(v);
    for (size_t i = 0; i < list->count; i++) {
        tg_value item = list->items[i];
        if (is_failure(item)) continue;
        if (tg_kind(item) == TG_STR) {
            tg_buf_format(&m->what, "has '%s', which is no kind of failure", tg_str_of(item)->data);
            hint_failure(tg_str_of(item), &m->hint);
        } else if (tg_kind(item) == TG_INT) {
            tg_buf_format(&m->what, "has %lld, which is no exit status of a command that failed: they are 1 to %d",
                          (long long)item.i, EXIT_STATUS_MAX);
        }
        return false;
    }
    return true;
}

/* ---- resources ----------------------------------------------------------------------------------- */

static bool is_resource(const struct tg_record *r, size_t i, struct tg_misuse *m)
{
    const struct tg_str *name = tg_str_of(r->fields[i].key);
    tg_value count = r->fields[i].value;
    if (tg_kind(count) == TG_STR && tg_str_of(count)->length && !has_nul(count) &&
        strspn(tg_str_of(count)->data, "0123456789") == tg_str_of(count)->length)
        tg_buf_format(&m->hint, "write %s: %s, without quotes.", name->data, tg_str_of(count)->data);
    if (tg_kind(count) != TG_INT || count.i < 0) return false;
    if (!tg_resource_is_name(name->data, name->length)) {
        tg_buf_format(&m->what, "cannot name a resource '%s': " TG_RESOURCE_NAME_RULE, name->data);
        return false;
    }
    if (count.i > TG_UNITS_MAX) {
        tg_buf_format(&m->what, "asks for %lld of '%s', more than the %d that a run may have", (long long)count.i, name->data,
                      TG_UNITS_MAX);
        return false;
    }
    if (strcmp(name->data, "memory") == 0 || strcmp(name->data, "cores") == 0) {
        tg_buf_format(&m->what, "has '%s', which is an option of its own", name->data);
        tg_buf_format(&m->hint, "write with %s = ...", name->data);
        return false;
    }
    for (size_t k = 0; k < i; k++) {
        const char *before = tg_str_of(r->fields[k].key)->data;
        if (!tg_resource_is_same(before, name->data)) continue;
        tg_buf_format(&m->what, "has '%s' and '%s', which would be one variable to a command", before, name->data);
        return false;
    }
    return true;
}

bool tg_option_value_is_asked(tg_value v, struct tg_misuse *m)
{
    const struct tg_record *r = tg_record_of(v);
    for (size_t i = 0; i < r->count; i++)
        if (!is_resource(r, i, m)) return false;
    if (r->count <= TG_ASKED_MAX) return true;
    tg_buf_format(&m->what, "names %zu resources, more than the %d that a task may ask for", r->count, TG_ASKED_MAX);
    return false;
}
