/* SPDX-License-Identifier: MIT
 * Two sweeps over a plan. The first goes up: a task is up to date if its files look as they did and all that it gets is of tasks that are;
 * what only computes is as its arguments are. The second goes down from what is wanted, and stops where a value is known. A result whose
 * file is missing is known only where nobody reads it, which is where who gets it is up to date. */
#include "engine/grow/unchanged.h"

#include <string.h>

#include "engine/value/codec.h"

/* ---- the graph ------------------------------------------------------------------------------------ */

/* What no bytes tell (a function, an object) may be another one the next time. */
static bool digest_value(struct tg_digester *d, tg_value v, struct tg_buf *bytes)
{
    const struct tg_codec plain = {0};
    struct tg_err err = {0};
    bytes->length = 0;
    bool fine = tg_codec_encode(&plain, v, bytes, &err);
    if (fine) tg_digest_text(d, bytes->data, bytes->length);
    tg_err_done(&err);
    return fine;
}

static void digest_site(struct tg_digester *d, const struct tg_site *s)
{
    const char *plugin = s->def && s->def->plugin ? s->def->plugin : "";
    if (!s->def) return;
    tg_digest_text(d, s->def->name, strlen(s->def->name));
    tg_digest_text(d, plugin, strlen(plugin));
    tg_digest_add(d, &s->span, sizeof s->span);
    tg_digest_add(d, &s->options, sizeof s->options);
}

bool tg_unchanged_digest(const struct tg_graph *g, struct tg_digester *d)
{
    struct tg_buf bytes = {0};
    bool fine = !g->grows && !g->finals.count && !g->puts.count;
    tg_digest_add(d, &g->count, sizeof g->count);
    tg_digest_add(d, g->sites, g->count * sizeof *g->sites);
    tg_digest_add(d, g->arg_end, g->count * sizeof *g->arg_end);
    tg_digest_add(d, g->args, g->arg_count * sizeof *g->args);
    for (size_t i = 1; i < g->site_table.count && fine; i++) digest_site(d, &g->site_table.items[i]);
    for (size_t i = 0; i < g->options.count && fine; i++) fine = digest_value(d, g->options.items[i], &bytes);
    for (size_t i = 0; i < g->pool.count && fine; i++) fine = digest_value(d, g->pool.items[i], &bytes);
    tg_buf_done(&bytes);
    return fine;
}

/* ---- up: what is up to date ----------------------------------------------------------------------- */

static bool only_computes_here(const struct tg_def *def)
{
    if (def->flags & TG_DEF_LOOKS) return false;
    return def->flags & TG_DEF_GATHER || (def->plugin && strcmp(def->plugin, "core") == 0);
}

struct finding_same {
    const struct tg_graph *graph;
    const struct tg_manifest *manifest;
    uint64_t *same;  /* bitmap: what it gives is what it gave */
    uint64_t *lacks; /* and a file of it is missing */
    uint64_t *used;  /* somebody in the plan gets its result, or waits for it */
    uint64_t *went;  /* of those that lack: it is gone since it was used, or nobody used it */
};

/* The number comes from a manifest. */
static bool gave_the_same(void *finding, uint32_t task)
{
    const struct finding_same *f = finding;
    return task < f->graph->count && tg_bits_get(f->same, task);
}

static bool gets_the_same(const struct finding_same *f, tg_id id)
{
    bool same = true;
    for (uint32_t i = tg_graph_arg_begin(f->graph, id); i < f->graph->arg_end[id] && same; i++) {
        uint32_t arg = f->graph->args[i];
        same = !tg_arg_is_edge(arg) || tg_bits_get(f->same, tg_arg_payload(arg));
    }
    return same;
}

static void look_at_task(struct finding_same *f, tg_id id, uint64_t *fresh, const struct tg_plan *rest)
{
    const struct tg_def *def = tg_graph_def_of(f->graph, id);
    for (uint32_t i = tg_graph_arg_begin(f->graph, id); i < f->graph->arg_end[id]; i++)
        if (tg_arg_is_edge(f->graph->args[i])) tg_bits_set(f->used, tg_arg_payload(f->graph->args[i]));
    if (!gets_the_same(f, id)) return;
    enum tg_manifest_state state = tg_manifest_state(f->manifest, id, gave_the_same, f);
    bool up_to_date = state == TG_MANIFEST_SAME || state == TG_MANIFEST_LACKS || state == TG_MANIFEST_WENT;
    if (up_to_date) tg_bits_set(fresh, id);
    if (state == TG_MANIFEST_LACKS || state == TG_MANIFEST_WENT) tg_bits_set(f->lacks, id);
    if (state == TG_MANIFEST_WENT) tg_bits_set(f->went, id);
    if (state == TG_MANIFEST_REMAINS) tg_bits_set(rest->needed, id); /* it asks, and the file goes */
    if (up_to_date || state == TG_MANIFEST_REMAINS || only_computes_here(def)) tg_bits_set(f->same, id);
}

/* ---- down: what is left --------------------------------------------------------------------------- */

struct leaving {
    const struct tg_plan *plan;
    struct tg_unchanged *found;
    const struct finding_same *same;
};

/* Somebody needs the task's result. */
static void need_result(struct leaving *l, tg_id id)
{
    bool known = tg_bits_get(l->found->fresh, id) && !tg_bits_get(l->same->lacks, id);
    tg_bits_set(known ? l->found->known : l->found->rest.needed, id);
}

/* A result that is missing, and is nobody's, is what the run is for. */
static bool is_wanted_itself(const struct leaving *l, tg_id id)
{
    const struct finding_same *f = l->same;
    return tg_bits_get(f->lacks, id) && !tg_bits_get(f->went, id) && !tg_bits_get(f->used, id);
}

/* Nobody needs the value of an effect that is up to date. */
static void need_wanted(struct leaving *l)
{
    const struct tg_graph *g = l->plan->graph;
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        if (w->task == TG_NO_TASK || !tg_bits_get(l->plan->selected, i)) continue;
        bool fresh = tg_bits_get(l->found->fresh, w->task) && !is_wanted_itself(l, w->task);
        if (tg_wanted_keeps(w) || !fresh) need_result(l, w->task);
    }
}

static void leave_needed(struct leaving *l)
{
    const struct tg_graph *g = l->plan->graph;
    struct tg_plan *rest = &l->found->rest;
    need_wanted(l);
    for (tg_id id = g->count; id-- > 0;) {
        if (!tg_bits_get(rest->needed, id)) continue;
        rest->count++;
        rest->slow_count += (tg_graph_site_of(g, id)->flags & TG_SITE_SLOW) != 0;
        for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
            if (tg_arg_is_edge(g->args[i])) need_result(l, tg_arg_payload(g->args[i]));
    }
}

/* False: the bytes are no value. */
static bool take_values(struct tg_unchanged *u, const struct tg_plan *p, const struct tg_manifest *m)
{
    const struct tg_codec plain = {0};
    bool fine = true;
    for (tg_id id = 0; id < p->graph->count && fine; id++) {
        struct tg_err err = {0};
        struct tg_remain r = {.task = id, .site = tg_graph_site_of(p->graph, id)};
        size_t length;
        if (!tg_bits_get(u->known, id)) continue;
        const void *bytes = tg_manifest_value(m, id, &length);
        fine = tg_codec_read(&plain, bytes, length, &r.value, &err);
        if (fine && !tg_type_accepts(&r.site->def->sig.result, r.value)) tg_value_unref(r.value), fine = false;
        if (fine) tg_vec_push(&u->values.items, r);
        tg_err_done(&err);
    }
    return fine;
}

static size_t count_left_out(const struct tg_unchanged *u, const struct tg_plan *p)
{
    size_t count = 0;
    for (tg_id id = 0; id < p->graph->count; id++) count += tg_bits_get(u->fresh, id) && !tg_bits_get(u->rest.needed, id);
    return count;
}

void tg_unchanged_find(struct tg_unchanged *u, const struct tg_plan *plan, struct tg_manifest *manifest, unsigned threads)
{
    const struct tg_graph *g = plan->graph;
    struct finding_same f = {.graph = g, .manifest = manifest, .same = tg_bits_new(g->count), .lacks = tg_bits_new(g->count)};
    f.used = tg_bits_new(g->count), f.went = tg_bits_new(g->count);
    *u = (struct tg_unchanged){.fresh = tg_bits_new(g->count), .known = tg_bits_new(g->count), .rest = *plan};
    u->rest.needed = tg_bits_new(g->count);
    u->rest.order = NULL;
    u->rest.count = u->rest.slow_count = 0;
    u->rest.whole = plan;
    u->rest.known = u->known;
    tg_manifest_look(manifest, threads);
    for (tg_id id = 0; id < g->count; id++)
        if (tg_plan_needs(plan, id)) look_at_task(&f, id, u->fresh, &u->rest);
    struct leaving l = {plan, u, &f};
    leave_needed(&l);
    u->count = count_left_out(u, plan);
    if (!take_values(u, plan, manifest)) tg_unchanged_done(u);
    tg_bits_free(f.same, g->count);
    tg_bits_free(f.lacks, g->count);
    tg_bits_free(f.used, g->count);
    tg_bits_free(f.went, g->count);
}

void tg_unchanged_done(struct tg_unchanged *u)
{
    if (!u->fresh) return;
    size_t tasks = u->rest.graph->count;
    tg_bits_free(u->fresh, tasks);
    tg_bits_free(u->known, tasks);
    tg_bits_free(u->rest.needed, tasks);
    tg_remains_done(&u->values);
    *u = (struct tg_unchanged){0};
}
