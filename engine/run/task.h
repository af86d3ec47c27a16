/* SPDX-License-Identifier: MIT
 * Running one task: the hot path of every scheduler in this process, inlined into its loop.
 *
 * The common task takes its arguments' kinds through one mask each; a mismatch there (a failed input is one) leads to
 * the slow functions of run.c. Values are copied by halves: a 16-byte load of what was just stored as two 8-byte
 * halves has to wait until both stores have left the core. */
#ifndef TG_RUN_TASK_H
#define TG_RUN_TASK_H

#include "engine/run/run.h"

#define TG_LIKELY(x) __builtin_expect(!!(x), 1)
#define TG_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* -- run.c */

/* The task's arguments need `count` places: makes and returns them. */
tg_value *tg_task_room(struct tg_worker *w, size_t count);
/* Looks at what the masks do not tell. True if the task may run; else it was skipped or has failed. */
bool tg_task_admit(struct tg_run *run, struct tg_worker *w, tg_id id, const tg_value *args, size_t count);
/* The task said that it failed, or returned what it must not; out is its result. */
void tg_task_failed(struct tg_run *run, struct tg_worker *w, tg_id id, const tg_value *args, size_t count, int status,
                    tg_value take_out);
/* One consumer of the task's arguments less, and its own result released if nobody uses it. `shared`: other workers
 * may do the same now. */
void tg_task_release(struct tg_run *run, tg_id id, bool shared);

/* *to = v in two halves; the empty asm keeps the compiler from joining them. */
static inline void tg_value_put(tg_value *to, tg_value v)
{
    uint64_t tag = v.tag, bits = v.bits;
    __asm__("" : "+r"(tag), "+r"(bits));
    to->tag = tag;
    to->bits = bits;
}

static inline void tg_count_up(_Atomic tg_id *count)
{
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1, memory_order_relaxed);
}

static inline tg_value tg_task_arg(const struct tg_run *run, uint32_t arg)
{
    if (TG_LIKELY(arg <= TG_ARG_PAYLOAD)) return run->values[arg];
    if (tg_arg_kind(arg) == TG_ARG_SMALL) return tg_int(tg_arg_small(arg));
    return run->graph->pool.items[tg_arg_payload(arg)];
}

/* Runs the task, whose inputs are all done, and stores its result. */
static inline __attribute__((always_inline)) void tg_task_run(struct tg_run *run, struct tg_worker *w, tg_id id, bool shared)
{
    const struct tg_graph *g = run->graph;
    const struct tg_site *site = &g->site_table.items[g->sites[id]];
    const uint32_t *from = &g->args[tg_graph_arg_begin(g, id)];
    size_t count = g->arg_end[id] - tg_graph_arg_begin(g, id), given = count;
    tg_value *args = w->args;
    if (TG_UNLIKELY(count > w->args_room)) args = tg_task_room(w, count);
    tg_kinds seen = 0;
    uint32_t refused = site->flags & TG_SITE_DEEP;
    for (size_t i = 0; i < count; i++) {
        if (TG_UNLIKELY(tg_arg_kind(from[i]) == TG_ARG_AFTER)) {
            count = i;
            break;
        }
        tg_value v = tg_task_arg(run, from[i]);
        tg_value_put(&args[i], v);
        seen |= TG_KIND_BIT(tg_kind(v));
        refused |= ~site->accepts[i < 3 ? i : 3] >> tg_kind(v) & 1;
    }
    struct tg_ctx *ctx = &w->ctx;
    ctx->def = site->def;
    ctx->task = id;
    tg_value_put(&ctx->options, g->options.items[site->options]);
    atomic_store_explicit(&w->running, id, memory_order_relaxed);
    tg_value out = tg_nil();
    if (TG_LIKELY(!(refused | (given - count))) || tg_task_admit(run, w, id, args, count)) {
        int status = site->fn(ctx, args, count, &out);
        if (TG_LIKELY((status | ctx->err.code) == 0 && site->returns >> tg_kind(out) & 1)) {
            tg_value_put(&run->values[id], out);
            tg_count_up(&w->done);
        } else {
            tg_task_failed(run, w, id, args, count, status, out);
        }
    }
    if (run->plan->uses && (seen | TG_KIND_BIT(tg_kind(out))) >> TG_STR) tg_task_release(run, id, shared);
}

#endif
