/* SPDX-License-Identifier: MIT
 * Tasks that are evaluated at once.
 *
 * The function gets a context like that of a worker: it may fail, log, wait and ask whether it should end. What it gives is
 * held against its signature, as in a run. */
#include "lang/eval/now.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/bits.h"
#include "engine/run/failing.h"
#include "engine/run/seat.h"
#include "lang/eval/in_order.h"
#include "lang/eval/option.h"
#include "lang/eval/site.h"

bool tg_now_may(const struct tg_eval *e, const struct tg_def *def, const tg_value *args, size_t count)
{
    TG_ASSERT(def->flags & TG_DEF_NOW);
    if (e->fragment && tg_graph_is_away(e->graph, def, e->options)) return false; /* it belongs into another process */
    if (tg_kind(e->after) == TG_LIST && tg_future_in(e->after) && !tg_in_order_alone(e)) return false;
    for (size_t i = 0; i < count; i++) {
        if (tg_future_in(args[i])) return false;
        bool fits = !tg_option_allows(e) || tg_type_accepts(&tg_sig_param_of(&def->sig, i)->type, args[i]);
        if (!fits) return false; /* it fails in the run, which it may */
    }
    return true;
}

/* The words of a task that failed: report.c says the same of one that a run had. */
static tg_value give_failure(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, struct tg_err *err,
                             const tg_value *args, size_t count)
{
    if (tg_eval_stopped(e, n)) return tg_err_done(err), tg_bad();
    char *shown = tg_failing_args(args, count);
    if (strncmp(err->message, "task '", 6) != 0) {
        char *message = tg_alloc_format("task '%s' failed: %s", def->name, err->message);
        free(err->message);
        err->message = message;
    }
    if (*shown && e->graph) tg_err_detail(err, "arguments: %s", shown);
    else if (*shown) tg_err_detail(err, "arguments of '%s': %s", def->name, shown); /* a command has its own */
    free(shown);
    return tg_eval_take(e, n, err);
}

/* What it returned is what its signature says, and holds no future: nothing could have made one. */
static bool gives_value(struct tg_ctx *ctx, const struct tg_def *def, tg_value out)
{
    if (!tg_failing_look(ctx, def, out)) return false;
    if (!tg_future_in(out)) return true;
    return tg_err_set(&ctx->err, TG_EXIT_FAILED, "task '%s' returned a future, but its signature does not say 'grows'",
                      def->name);
}

tg_value tg_now_run(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, const tg_value *args, size_t count)
{
    struct tg_ctx ctx = {.def = def, .task = TG_NO_TASK, .options = tg_nil(), .services = &e->program->session->services};
    e->looks_outside = true;
    if (e->ctx) ctx.services = e->ctx->services, ctx.unwanted = e->ctx->unwanted;
    TG_ASSERT(tg_eval_are_values(args, count) && def->flags & TG_DEF_NOW && !tg_seat_call);
    tg_value out = tg_nil();
    const struct tg_seat_call call = {def, n->span, NULL, args, count};
    tg_seat_call = &call; /* for last words */
    int status = def->fn(&ctx, args, count, &out);
    tg_seat_call = NULL;
    if (status == TG_OK && !ctx.err.code && gives_value(&ctx, def, out)) return out;
    tg_failing_result(&ctx, def, status, out);
    if (status == TG_OK) tg_value_unref(out);
    if (tg_option_allows(e)) { /* it fails in the run, where that is told of */
        tg_err_done(&ctx.err);
        return tg_site_add_task(e, n, tg_site_of_node(e, n, def), args, count, e->after);
    }
    return give_failure(e, n, def, &ctx.err, args, count);
}

/* ---- what may not run ---------------------------------------------------------------------------- */

/* A task behind the future that would be evaluated at once if its code could run; NULL: there is none. */
static const struct tg_def *find_not_run(const struct tg_graph *g, tg_id last)
{
    const struct tg_def *found = NULL;
    uint64_t *behind = tg_bits_new(last + 1); /* what the future is made of */
    tg_bits_set(behind, last);
    for (tg_id id = last + 1; id-- > 0 && !found;) {
        if (!tg_bits_get(behind, id)) continue;
        const struct tg_def *def = tg_graph_def_of(g, id);
        if (def->sig.now && !(def->flags & TG_DEF_NOW)) found = def;
        for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
            if (tg_arg_is_edge(g->args[i])) tg_bits_set(behind, tg_arg_payload(g->args[i]));
    }
    tg_bits_free(behind, last + 1);
    return found;
}

char *tg_now_hint(const struct tg_eval *e, tg_value future)
{
    if (tg_kind(future) != TG_FUTURE || !e->graph || e->fragment) return NULL;
    const struct tg_def *def = find_not_run(e->graph, (tg_id)future.bits);
    if (!def) return NULL;
    return tg_alloc_format("A run knows what '%s' gives at once. Here no code of plugin '%s' runs: --trust lets it.", def->name,
                           def->plugin);
}
