/* SPDX-License-Identifier: MIT
 * Fuzzes what tgrun and its executors read of each other: a batch (engine/remote/batch.h), and the tasks that a task has added
 * (engine/remote/growing.h). Whatever stands there is safe to be read, and what is whole is written as the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "engine/plugin/host.h"
#include "engine/remote/batch.h"
#include "engine/remote/growing.h"
#include "engine/value/future.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

/* ---- batches ------------------------------------------------------------------------------------- */

static const struct tg_codec plain;

/* Writes the arguments as they are read; false where there is none. */
static bool copy_arguments(struct tg_batch_reader *r, uint32_t count, struct tg_buf *b)
{
    for (uint32_t i = 0; i < count; i++) {
        struct tg_err err = {0};
        tg_value v = tg_nil();
        uint32_t from;
        bool fine = tg_batch_read_argument(r, &plain, &v, &from, &err);
        require(fine || r->broken);
        if (fine && from != UINT32_MAX) tg_batch_add_reference(b, from);
        else if (fine) require(tg_batch_add_value(b, &plain, v, &err));
        tg_value_unref(v);
        tg_err_done(&err);
        if (!fine) return false;
    }
    return true;
}

static void check_batch(const uint8_t *data, size_t size)
{
    struct tg_batch_reader r = {data, data + size, false};
    struct tg_batch_entry e;
    while (r.at < r.end) {
        struct tg_arena arena = {0};
        struct tg_buf b = {0};
        const uint8_t *from = r.at;
        bool fine = tg_batch_read_entry(&r, &arena, &e);
        require(fine == !r.broken);
        if (fine) tg_batch_begin_entry(&b, e.task, e.count, e.granted ? &e.grant : NULL);
        fine = fine && copy_arguments(&r, e.count, &b);
        require(r.at >= from && r.at <= r.end);
        if (fine && !e.granted) require(b.length == (size_t)(r.at - from) && memcmp(b.data, from, b.length) == 0);
        tg_buf_done(&b);
        tg_arena_done(&arena);
        if (!fine) return;
    }
}

/* ---- tasks that were added ----------------------------------------------------------------------- */

/* Any task whose name begins so is there; it takes what has no future that was not given. */
static uint32_t futures_given;

static const tg_callable *find_any(tg_ctx *ctx, const char *name)
{
    static const char task;
    if (*name != 'x') tg_err_set(&ctx->err, TG_EXIT_FAILED, "no task '%s'", name);
    return *name == 'x' ? (const tg_callable *)&task : NULL;
}

static void look_at_future(void *data, uint32_t number)
{
    (void)data;
    require(number >= 1000 && number < 1000 + futures_given);
}

static int call_any(tg_ctx *ctx, const tg_callable *task, const tg_value *args, size_t count, tg_value *future)
{
    (void)ctx, (void)task;
    for (size_t i = 0; i < count; i++) tg_future_each(args[i], look_at_future, NULL);
    *future = tg_future(1000 + futures_given++);
    return TG_OK;
}

static void check_added(const uint8_t *data, size_t size)
{
    static const struct tg_host_grow grow = {find_any, call_any};
    const struct tg_codec codec = {.futures = true};
    tg_ctx ctx = {.grow = &grow};
    tg_value v, out = tg_nil();
    size_t used;
    futures_given = 0;
    if (tg_codec_decode(&codec, data, size, &used, &v, &ctx.err)) {
        bool fine = tg_growing_replay(&ctx, v, &out) == TG_OK;
        require(fine == !ctx.err.code);
        if (fine) tg_future_each(out, look_at_future, NULL);
        tg_value_unref(v);
        tg_value_unref(out);
    }
    tg_err_done(&ctx.err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_batch(data, size);
    check_added(data, size);
    return 0;
}
