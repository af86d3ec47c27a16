/* SPDX-License-Identifier: MIT
 * Limits of time. */
#include "engine/run/limit.h"

#include "engine/base/clock.h"

/* For how long the run has stood still so far; UINT64_MAX: it is about to. */
static uint64_t paused_so_far(const struct tg_services *s)
{
    return s && s->paused_ns ? s->paused_ns(s->commands) : 0;
}

struct tg_limit tg_limit_begin(const struct tg_ctx *ctx, const struct tg_graph *g, const struct tg_site *site)
{
    const struct tg_policy *said = ctx->grant && ctx->grant->policy ? ctx->grant->policy : tg_graph_policy_of(g, site);
    struct tg_limit l = {.limit_ns = said->timeout_ns};
    if (!l.limit_ns) return l;
    uint64_t now_ns = tg_clock_ns();
    l.end_ns = l.limit_ns < UINT64_MAX - now_ns ? now_ns + l.limit_ns : 0;
    l.paused_ns = paused_so_far(ctx->services);
    return l;
}

bool tg_limit_is_past(struct tg_limit *l, const struct tg_ctx *ctx, uint64_t now_ns)
{
    if (!l->end_ns || now_ns < l->end_ns) return false;
    uint64_t paused_ns = paused_so_far(ctx->services);
    if (paused_ns == UINT64_MAX) return false;
    l->end_ns += paused_ns - l->paused_ns;
    l->paused_ns = paused_ns;
    return now_ns >= l->end_ns;
}

bool tg_limit_is_unneeded(const struct tg_ctx *ctx)
{
    return ctx->unwanted && atomic_load_explicit(ctx->unwanted, memory_order_relaxed) & TG_CTX_UNWANTED;
}

void tg_limit_fail(const struct tg_limit *l, struct tg_err *err)
{
    tg_err_set(err, TG_EXIT_FAILED, TG_ERR_TIMEOUT, (double)l->limit_ns / 1e9);
    tg_err_because(err, TG_CAUSE_TIMEOUT, 0);
}
