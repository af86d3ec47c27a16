/* SPDX-License-Identifier: MIT
 * Messages about tasks that fail: bad arguments, bad results, the arguments they had. */
#include "engine/run/failing.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/utf8.h"
#include "engine/run/allowed.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

/* Bytes of a failed task's arguments that a message shows. */
#define ARGS_SHOWN 200

/* A failure that has reached no output or effect yet, or one that has (`shown`), which then is the run's: what it holds lives
 * as long as that. Thread class: atomic; the failure is immutable. */
struct quiet_failure {
    _Atomic uint32_t uses;
    _Atomic bool shown;
    struct tg_failure failure;
};

static struct quiet_failure *quiet_behind(tg_value failed)
{
    TG_ASSERT(tg_kind(failed) == TG_FAILED && tg_failing_is_kept(failed));
    return failed.p;
}

tg_value tg_failing_keep(struct tg_failure take_failure)
{
    struct quiet_failure *q = tg_alloc(sizeof *q);
    atomic_init(&q->uses, 1);
    atomic_init(&q->shown, false);
    q->failure = take_failure;
    tg_value v = tg_failing_value(0);
    v.p = q;
    return v;
}

tg_value tg_failing_told(const struct tg_failure *failure)
{
    tg_value v = tg_failing_keep(*failure);
    atomic_store_explicit(&quiet_behind(v)->shown, true, memory_order_relaxed);
    return v;
}

tg_value tg_failing_ref(tg_value failed)
{
    if (tg_failing_is_kept(failed)) atomic_fetch_add_explicit(&quiet_behind(failed)->uses, 1, memory_order_relaxed);
    return failed;
}

void tg_failing_unref(tg_value take_failed)
{
    if (!tg_failing_is_kept(take_failed)) return;
    struct quiet_failure *q = quiet_behind(take_failed);
    if (atomic_fetch_sub_explicit(&q->uses, 1, memory_order_acq_rel) != 1) return;
    if (!atomic_load_explicit(&q->shown, memory_order_relaxed)) tg_failing_done(&q->failure);
    free(q);
}

bool tg_failing_reveal(tg_value failed, struct tg_failure *failure)
{
    struct quiet_failure *q = quiet_behind(failed);
    if (atomic_exchange_explicit(&q->shown, true, memory_order_relaxed)) return false;
    *failure = q->failure;
    return true;
}

char *tg_failing_label(const struct tg_failure *f, bool construct, const char **said)
{
    static const char failed[] = "' failed: ";
    const char *name = f->site->def->name, *message = *said;
    bool tried = f->attempts > 1, names = strncmp(message, "task '", 6) == 0;
    size_t length = strlen(name);
    bool same = names && strncmp(message + 6, name, length) == 0 && strncmp(message + 6 + length, failed, strlen(failed)) == 0;
    if (same) *said = message + 6 + length + strlen(failed);
    if (construct || strncmp(message, "assertion failed", 16) == 0) return tg_alloc_text("");
    if (names && !same) return tried ? tg_alloc_format("after %u attempts: ", f->attempts) : tg_alloc_text("");
    if (!tried) return tg_alloc_format("task '%s' failed: ", name);
    return tg_alloc_format("task '%s' failed after %u attempts: ", name, f->attempts);
}

void tg_failing_text(tg_value failed, struct tg_buf *b)
{
    const struct tg_failure *allowed = tg_allowed_behind(failed);
    if (!tg_failing_is_kept(failed) && !allowed) {
        tg_buf_text(b, "what it depends on has failed");
        return;
    }
    if (allowed) tg_buf_text(b, "what it depends on was skipped: ");
    const struct tg_failure *f = allowed ? allowed : &quiet_behind(failed)->failure;
    const struct tg_def *def = f->site->def;
    const char *said = f->err.message ? f->err.message : "";
    bool own = def->plugin && strcmp(def->plugin, "core") == 0; /* evaluation says the same of known values */
    char *label = tg_failing_label(f, own, &said);
    tg_buf_text(b, label);
    tg_buf_text(b, said);
    free(label);
    if (f->err.detail && *f->err.detail) tg_buf_format(b, "\n%s", f->err.detail);
}

static char *keep_copy(const char *text)
{
    return text ? tg_alloc_text(text) : NULL;
}

tg_value tg_failing_again(tg_value failed)
{
    struct tg_failure f = quiet_behind(failed)->failure;
    TG_ASSERT(!tg_failing_is_shown(failed));
    f.err.message = keep_copy(f.err.message);
    f.err.detail = keep_copy(f.err.detail);
    f.err.hint = keep_copy(f.err.hint);
    f.args = keep_copy(f.args);
    f.name = keep_copy(f.name);
    f.before = keep_copy(f.before);
    return tg_failing_keep(f);
}

uint32_t tg_failing_number(tg_value failed)
{
    return quiet_behind(failed)->failure.number;
}

bool tg_failing_is_shown(tg_value failed)
{
    return atomic_load_explicit(&quiet_behind(failed)->shown, memory_order_relaxed);
}

void tg_failing_done(struct tg_failure *failure)
{
    tg_err_done(&failure->err);
    free(failure->args);
    free(failure->name);
    free(failure->before);
}

/* True if an object stands in the part of it that would be shown; of values, so many are looked at. */
static bool shows_object(tg_value v, size_t *left)
{
    bool found = tg_kind(v) == TG_OBJECT;
    if (*left == 0) return false;
    (*left)--;
    if (tg_kind(v) == TG_LIST)
        for (size_t i = 0; i < tg_list_of(v)->count && *left && !found; i++)
            found = shows_object(tg_list_of(v)->items[i], left);
    if (tg_kind(v) == TG_RECORD)
        for (size_t i = 0; i < tg_record_of(v)->count && *left && !found; i++)
            found = shows_object(tg_record_of(v)->fields[i].value, left);
    return found;
}

static char *show_args(const tg_value *args, size_t count, bool quick)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < count; i++) {
        size_t left = ARGS_SHOWN; /* a value takes a byte or more */
        if (i) tg_buf_text(&b, ", ");
        if (b.length >= ARGS_SHOWN) {
            tg_buf_text(&b, "...");
            break;
        }
        if (tg_kind(args[i]) == TG_FAILED) tg_buf_text(&b, "(failed)");
        else if (quick && shows_object(args[i], &left)) tg_buf_format(&b, "<%s>", tg_value_kind_name(args[i]));
        else tg_value_repr(&b, args[i], ARGS_SHOWN - b.length);
    }
    return tg_buf_take(&b);
}

char *tg_failing_args(const tg_value *args, size_t count)
{
    return show_args(args, count, false);
}

char *tg_failing_args_quick(const tg_value *args, size_t count)
{
    return show_args(args, count, true);
}

static const char *article(const char *noun)
{
    return strchr("aeiou", noun[0]) ? "an" : "a";
}

static bool find_bad_argument(struct tg_ctx *ctx, const struct tg_def *def, const tg_value *args, size_t count)
{
    if (def->flags & TG_DEF_UNCHECKED) return false;
    for (size_t i = 0; i < count; i++) {
        const struct tg_sig_param *param = tg_sig_param_of(&def->sig, i);
        if (tg_kind(args[i]) == TG_FUNCTION && !tg_def_takes_functions(def)) {
            tg_err_set(&ctx->err, TG_EXIT_FAILED, "argument '%s' of '%s' cannot be a function", param ? param->name : "",
                       def->name);
            return true;
        }
        if (tg_kind(args[i]) == TG_FAILED || !param) continue;
        bool lacking = tg_allowed_of(args[i]) && tg_def_may_leave_out(def, param);
        if (!lacking && tg_type_accepts(&param->type, args[i])) continue;
        struct tg_buf type = {0};
        tg_type_print(&type, &param->type);
        tg_err_set(&ctx->err, TG_EXIT_FAILED, "parameter '%s' of task '%s' takes %s, not %s", param->name, def->name,
                   tg_buf_str(&type), tg_value_kind_name(args[i]));
        tg_buf_done(&type);
        return true;
    }
    return false;
}

bool tg_failing_misfit(struct tg_ctx *ctx, const struct tg_def *def, const tg_value *args, size_t count)
{
    if (!find_bad_argument(ctx, def, args, count)) return false;
    ctx->err.cause = TG_CAUSE_USAGE;
    return true;
}

/* Says what a text is that it must not be; NULL if it is well. */
static const char *bad_text(tg_value v)
{
    const struct tg_str *s = tg_str_of(v);
    if (tg_kind(v) == TG_STR && tg_utf8_valid(s->data, s->length) < s->length) return "a str that is not UTF-8";
    if (tg_kind(v) == TG_FILE && s->length == 0) return "a file without a path";
    return tg_kind(v) == TG_FILE && memchr(s->data, 0, s->length) ? "a file with a NUL byte in its path" : NULL;
}

/* What of a result is not as the signature says: "a str" at "[1][0]". */
struct misfit {
    struct tg_buf what;
    char *place; /* heap; NULL: all of it */
};

static void add_index(struct misfit *m, size_t index)
{
    char *place = tg_alloc_format("[%zu]%s", index, m->place ? m->place : "");
    free(m->place);
    m->place = place;
}

/* False if all is well. A future is looked at when its task has run. */
static bool find_misfit(struct misfit *m, const struct tg_type *type, tg_value v)
{
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_FUTURE) return false;
    bool fits = type->kinds & TG_KIND_BIT(kind);
    const char *name = tg_value_kind_name(v), *bad = fits && (kind == TG_STR || kind == TG_FILE) ? bad_text(v) : NULL;
    if (fits && kind == TG_OBJECT && type->object) fits = strcmp(type->object, name) == 0;
    if (!fits) tg_buf_format(&m->what, "%s %s", article(name), name);
    else if (bad) tg_buf_text(&m->what, bad);
    const struct tg_list *list = fits && kind == TG_LIST && type->item ? tg_list_of(v) : NULL;
    for (size_t i = 0; list && i < list->count; i++) {
        uint64_t tag = list->items[i].tag;
        if ((tag <= TG_FLOAT && type->item->kinds >> tag & 1) || !find_misfit(m, type->item, list->items[i])) continue;
        add_index(m, i);
        break;
    }
    return m->what.length > 0;
}

bool tg_failing_look(struct tg_ctx *ctx, const struct tg_def *def, tg_value out)
{
    struct misfit m = {0};
    struct tg_buf type = {0};
    if (tg_kind(out) <= TG_FLOAT && def->sig.result.kinds & TG_KIND_BIT(tg_kind(out))) return true;
    if (tg_kind(out) == TG_FUTURE || tg_kind(out) == TG_FAILED) return false; /* tg_failing_result says so */
    if (!find_misfit(&m, &def->sig.result, out)) return true;
    tg_type_print(&type, &def->sig.result);
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "task '%s' returned %s%s%s where its signature says %s", def->name,
               tg_buf_str(&m.what), m.place ? " at " : "", m.place ? m.place : "", tg_buf_str(&type));
    tg_buf_done(&type);
    tg_buf_done(&m.what);
    free(m.place);
    return false;
}

void tg_failing_result(struct tg_ctx *ctx, const struct tg_def *def, int status, tg_value out)
{
    if (ctx->err.code) return;
    if (status != TG_OK) {
        if (status == TG_FAIL) tg_err_set(&ctx->err, TG_EXIT_FAILED, "task '%s' failed without saying why", def->name);
        else tg_err_set(&ctx->err, TG_EXIT_FAILED, "task '%s' returned the unknown status %d", def->name, status);
        return;
    }
    struct tg_buf type = {0};
    tg_type_print(&type, &def->sig.result);
    bool invalid = tg_kind(out) == TG_FUTURE || tg_kind(out) == TG_FAILED;
    const char *kind = invalid ? "invalid value" : tg_value_kind_name(out);
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "task '%s' returned %s %s where its signature says %s", def->name, article(kind),
               kind, tg_buf_str(&type));
    tg_buf_done(&type);
}
