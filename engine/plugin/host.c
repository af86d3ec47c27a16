/* SPDX-License-Identifier: MIT
 * The functions behind tgrun.h: a thin skin over engine/value, and the task context.
 *
 * They run on any thread and also while the graph is built, when there are no services. A plugin that asks for the
 * text of a list, appends to a list it has given away, or to what is none, gets an empty answer, a copy or nothing instead of
 * a crash. */
#include "engine/plugin/host.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/out.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

/* The longest sleep without a look at the flag where nothing can wake the sleeper. */
#define SLICE_NS (50 * 1000000ull)

/* ---- the task context ---------------------------------------------------------------------------- */

/* Only the format makes a hint: the texts that go into it may hold anything. */
#define HINT "\nhint: "

/* What stands behind the last mark becomes the hint, if it is not empty. */
static void cut_hint(struct tg_err *err)
{
    char *mark = err->message;
    for (char *at = mark; (at = strstr(at, HINT)); at++) mark = at;
    *mark = 0;
    const char *hint = mark + strlen(HINT);
    if (*hint) tg_err_hint(err, "%s", hint);
}

/* What an encode gets that is called to compare values: it fails for nobody. As it has failed already, it is never written to. */
static const struct tg_ctx nobody = {.task = TG_NO_TASK, .err = {.code = TG_EXIT_FAILED}};

static inline tg_ctx *known(tg_ctx *ctx)
{
    return ctx ? ctx : (tg_ctx *)&nobody;
}

static int host_vfail(tg_ctx *ctx, const char *format, va_list args)
{
    ctx = known(ctx);
    if (ctx->err.code) return TG_FAIL;
    TG_ASSERT(!ctx->err.message);
    ctx->err.code = TG_EXIT_FAILED;
    ctx->err.message = format ? tg_alloc_vformat(format, args) : tg_alloc_text("it did not say why");
    if (format && strstr(format, HINT)) cut_hint(&ctx->err);
    return TG_FAIL;
}

static bool host_cancelled(tg_ctx *ctx)
{
    ctx = known(ctx);
    const struct tg_services *s = ctx->services;
    if (ctx->unwanted && atomic_load_explicit(ctx->unwanted, memory_order_relaxed) & TG_CTX_UNWANTED) return true;
    return s && s->stop && atomic_load_explicit(s->stop, memory_order_relaxed) >= TG_STOP_SIGNAL;
}

/* Waits once: until the end, a stop, a signal, or, where something may happen that cannot wake it, for a slice. *fd turns
 * -1 when it has nothing more to tell: it stays readable after a stop that lets running tasks end by themselves. */
static void wait_some(uint64_t ns, int *fd, bool blind)
{
    TG_ASSERT(ns > 0);
    if (blind && ns > SLICE_NS) ns = SLICE_NS;
    struct timespec span = tg_clock_span(ns);
    struct pollfd poll_fd = {.fd = *fd, .events = POLLIN};
    if (*fd < 0) tg_clock_sleep(ns);
    else if (ppoll(&poll_fd, 1, &span, NULL) > 0) *fd = -1;
}

static bool host_sleep_ns(tg_ctx *ctx, uint64_t ns)
{
    ctx = known(ctx);
    uint64_t now = tg_clock_ns(), end = ns < UINT64_MAX - now ? now + ns : UINT64_MAX;
    bool may_stop = ctx->services && ctx->services->stop;
    int fd = may_stop ? ctx->services->wake_fd : -1;
    while (!host_cancelled(ctx)) {
        now = tg_clock_ns();
        if (now >= end) return true;
        wait_some(end - now, &fd, (may_stop && fd < 0) || ctx->unwanted);
    }
    return false;
}

void tg_host_log(void *unused, const char *text, size_t length)
{
    (void)unused;
    char *line = tg_alloc_copy(text, length);
    line[length] = '\n';                           /* in the place of its NUL */
    tg_out_write(STDERR_FILENO, line, length + 1); /* if nobody listens, the work goes on */
    free(line);
}

static void say_plain(const struct tg_services *services, const char *text, size_t length)
{
    if (services && services->log) services->log(services->log_data, text, length);
    else tg_host_log(NULL, text, length);
}

void tg_host_say(const struct tg_services *services, const char *text, size_t length)
{
    if (!services || !tg_secrets_any(services->secrets)) {
        say_plain(services, text, length);
        return;
    }
    struct tg_buf b = {0};
    tg_buf_add(&b, text, length);
    tg_secrets_hide(services->secrets, &b, 0);
    say_plain(services, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
}

static void host_log(tg_ctx *ctx, const char *text, size_t length)
{
    tg_host_say(known(ctx)->services, text, length);
}

/* ---- values -------------------------------------------------------------------------------------- */

static void host_ref(tg_value v)
{
    tg_value_ref(v);
}

static void host_unref(tg_value v)
{
    tg_value_unref(v);
}

static bool is_text(tg_value v)
{
    return tg_kind(v) == TG_STR || tg_kind(v) == TG_BYTES || tg_kind(v) == TG_FILE;
}

static const char *host_text(tg_value v, size_t *length)
{
    if (length) *length = is_text(v) ? tg_str_of(v)->length : 0;
    return is_text(v) ? tg_str_of(v)->data : "";
}

static void host_list_push(tg_value *list, tg_value item)
{
    if (tg_kind(*list) != TG_LIST) {
        tg_value_unref(item);
        return;
    }
    if (!tg_value_unique(*list)) *list = tg_list_own(*list, 1);
    tg_list_add(*list, item);
}

static const tg_value *host_list_items(tg_value list, size_t *count)
{
    if (tg_kind(list) != TG_LIST) {
        *count = 0;
        return NULL;
    }
    *count = tg_list_of(list)->count;
    return tg_list_of(list)->items;
}

static void host_record_set(tg_value *record, const char *key, size_t key_length, tg_value item)
{
    if (tg_kind(*record) != TG_RECORD) {
        tg_value_unref(item);
        return;
    }
    *record = tg_record_own(*record, 1);
    tg_record_put(*record, tg_str_make(TG_STR, key, key_length), item);
}

static bool host_record_get(tg_value record, const char *key, size_t key_length, tg_value *item)
{
    if (tg_kind(record) != TG_RECORD) return false;
    const tg_value *found = tg_record_find(record, key, key_length);
    if (found) *item = *found;
    return found != NULL;
}

static bool host_record_at(tg_value record, size_t i, const char **key, size_t *key_length, tg_value *item)
{
    if (tg_kind(record) != TG_RECORD || i >= tg_record_of(record)->count) return false;
    const struct tg_field *field = &tg_record_of(record)->fields[i];
    *key = host_text(field->key, key_length);
    *item = field->value;
    return true;
}

static void *host_object_payload(tg_value v)
{
    return tg_kind(v) == TG_OBJECT ? tg_object_of(v)->payload : NULL;
}

static tg_value host_object_content(tg_value v)
{
    return tg_kind(v) == TG_OBJECT ? tg_object_pack(NULL, v) : tg_nil();
}

static tg_value host_to_text(tg_value v)
{
    if (tg_kind(v) == TG_STR) return tg_value_ref(v);
    struct tg_buf b = {0};
    tg_value_text(&b, v);
    tg_value text = tg_str_make(TG_STR, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
    return text;
}

/* ---- tasks that add tasks ------------------------------------------------------------------------ */

static __attribute__((noinline)) bool fail_to_grow(tg_ctx *ctx)
{
    if (ctx->err.code) return false; /* the first failure counts */
    if (ctx->def && !(ctx->def->flags & TG_DEF_EXPANDS)) {
        struct tg_buf b = {0};
        struct tg_sig sig = ctx->def->sig;
        sig.now = false; /* one of both */
        tg_sig_print(&b, &sig);
        tg_err_set(&ctx->err, TG_EXIT_FAILED, "a task that adds tasks must say 'grows' in its signature");
        tg_err_hint(&ctx->err, "The plugin must say '%s grows'.", tg_buf_str(&b));
        tg_buf_done(&b);
        return false;
    }
    return tg_err_set(&ctx->err, TG_EXIT_FAILED, "tasks can be added only by a task, while the graph runs");
}

static inline bool may_grow(tg_ctx *ctx)
{
    TG_ASSERT(!ctx->grow || (ctx->growth && ctx->def));
    if (!ctx->err.code && ctx->grow && ctx->def->flags & TG_DEF_EXPANDS) return true;
    return fail_to_grow(ctx);
}

static const tg_callable *host_find(tg_ctx *ctx, const char *name)
{
    ctx = known(ctx);
    return may_grow(ctx) ? ctx->grow->find(ctx, name) : NULL;
}

static int host_call(tg_ctx *ctx, const tg_callable *task, const tg_value *args, size_t count, tg_value *future)
{
    ctx = known(ctx);
    tg_value made = tg_nil(); /* *future may be one of args */
    int status = may_grow(ctx) ? ctx->grow->call(ctx, task, args, count, &made) : TG_FAIL;
    TG_ASSERT(status != TG_OK || tg_kind(made) == TG_FUTURE);
    if (future) *future = made;
    return status;
}

/* ---- what a task was given ----------------------------------------------------------------------- */

static uint32_t host_attempt(tg_ctx *ctx)
{
    const struct tg_grant *g = known(ctx)->grant;
    return g ? g->attempt : 1;
}

static uint32_t host_cores(tg_ctx *ctx)
{
    const struct tg_grant *g = known(ctx)->grant;
    return g ? g->cores : 1;
}

static uint64_t host_memory_bytes(tg_ctx *ctx)
{
    const struct tg_grant *g = known(ctx)->grant;
    return g ? g->memory_bytes : 0;
}

static size_t host_resource_units(tg_ctx *ctx, const char *name, uint32_t *units, size_t room)
{
    const struct tg_grant *g = known(ctx)->grant;
    uint32_t k = 0;
    while (g && k < g->kind_count && strcmp(g->kinds[k].name, name) != 0) k++;
    if (!g || k == g->kind_count) return 0;
    const struct tg_granted *kind = &g->kinds[k];
    for (uint32_t i = 0; i < kind->count && i < room; i++) units[i] = kind->units[i];
    return kind->count;
}

const struct tg_host tg_host_table = {
    .size = sizeof(struct tg_host),
    .abi = TG_ABI,
    .vfail = host_vfail,
    .cancelled = host_cancelled,
    .sleep_ns = host_sleep_ns,
    .log = host_log,
    .ref = host_ref,
    .unref = host_unref,
    .text_new = tg_str_make,
    .text = host_text,
    .list_new = tg_list_make,
    .list_push = host_list_push,
    .list_items = host_list_items,
    .record_new = tg_record_make,
    .record_set = host_record_set,
    .record_get = host_record_get,
    .record_at = host_record_at,
    .object_new = tg_object_make,
    .object_payload = host_object_payload,
    .compare = tg_value_compare,
    .equal = tg_value_equal,
    .to_text = host_to_text,
    .kind_name = tg_value_kind_name,
    .find = host_find,
    .call = host_call,
    .attempt = host_attempt,
    .cores = host_cores,
    .memory_bytes = host_memory_bytes,
    .resource_units = host_resource_units,
    .object_content = host_object_content,
};
