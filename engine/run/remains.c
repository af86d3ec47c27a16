/* SPDX-License-Identifier: MIT
 * What a run leaves: results, and for those that are not there, what is said where one is used all the same. A failure that was told
 * of already is not told again. */
#include "engine/run/remains.h"

#include <string.h>

#include "engine/base/assert.h"
#include "engine/run/allowed.h"
#include "engine/run/failing.h"
#include "engine/value/future.h"

static bool has_failed(const struct tg_run *run, tg_id id)
{
    bool found = false;
    for (size_t i = 0; i < run->failures.count && !found; i++) found = run->failures.items[i].task == id;
    return found;
}

static tg_value missing(const struct tg_site *site, tg_id id, const char *why)
{
    struct tg_failure failure = {.task = id, .site = site};
    const char *plugin = site->def->plugin;
    if ((site->def->flags & TG_DEF_EXPANDS) && plugin && strcmp(plugin, "core") == 0) /* no task that anybody called */
        tg_err_at(&failure.err, TG_EXIT_FAILED, site->span, "this has no result that could be used: %s", why);
    else
        tg_err_at(&failure.err, TG_EXIT_FAILED, site->span, "task '%s' has no result that could be used: %s", site->def->name,
                  why);
    return tg_failing_keep(failure);
}

/* A result that is a function may hold results of tasks that are gone. */
static tg_value remaining(const struct tg_run *run, const struct tg_site *site, tg_id id)
{
    tg_value v = tg_run_place(run, id);
    if (tg_kind(v) != TG_FAILED && !tg_value_marks(v)) return tg_value_ref(v);
    if (tg_kind(v) != TG_FAILED) return missing(site, id, "it is a function that holds results of the run");
    if (tg_failing_is_kept(v) && !tg_failing_is_shown(v)) return tg_failing_ref(v);
    if (v.bits == TG_FAILED_UNRUN) return missing(site, id, "it did not run to its end");
    if (tg_allowed_behind(v)) return missing(site, id, "it was skipped for a failure that is allowed");
    return missing(site, id, has_failed(run, id) ? "it failed" : "one that it needs failed");
}

void tg_remains_take(struct tg_remains *r, const struct tg_run *run)
{
    const struct tg_graph *g = run->graph;
    for (size_t i = 0; i < g->wanted.count; i++) {
        tg_id id = g->wanted.items[i].task;
        if (!g->wanted.items[i].held) continue;
        const struct tg_site *site = tg_graph_site_of(g, id);
        tg_vec_push(&r->items, ((struct tg_remain){id, site, remaining(run, site, id)}));
    }
}

void tg_remains_done(struct tg_remains *r)
{
    for (size_t i = 0; i < r->items.count; i++) {
        if (tg_kind(r->items.items[i].value) == TG_FAILED) tg_failing_unref(r->items.items[i].value);
        else tg_value_unref(r->items.items[i].value);
    }
    tg_vec_done(&r->items);
}
