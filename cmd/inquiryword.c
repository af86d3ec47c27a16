/* SPDX-License-Identifier: MIT
 * Which tasks of a run a word means: a number, a function, a variable or output of the workflow, `build(3)`, `build:3`.
 *
 * Names are looked up as for the words of a run (lang/eval/select.h), in what was there before it; of tasks that came in since, the
 * function is known. */
#include <stdlib.h>
#include <string.h>

#include "cmd/chosen.h"
#include "cmd/inquiry.h"
#include "engine/base/ascii.h"
#include "engine/base/bits.h"
#include "engine/base/near.h"
#include "engine/run/instance.h"
#include "engine/run/node.h"
#include "engine/value/future.h"
#include "lang/bind/module.h"

struct wording {
    struct tg_inquiry *s;
    const struct tg_graph *graph;
    const char *name;
    uint64_t *bits; /* by id: it is meant */
};

/* ---- names --------------------------------------------------------------------------------------- */

/* "inc", "math.inc"; what stands for an `if`, a loop or a list has no name. */
static bool is_named_so(const struct tg_def *def, const char *word)
{
    bool core = !def->plugin || strcmp(def->plugin, "core") == 0;
    size_t length = def->plugin ? strlen(def->plugin) : 0;
    if (def->flags & (TG_DEF_GATHER | TG_DEF_PUT) || (core && def->flags & TG_DEF_EXPANDS)) return false;
    if (strcmp(def->name, word) == 0) return true;
    return length && strncmp(def->plugin, word, length) == 0 && word[length] == '.' &&
           strcmp(def->name, word + length + 1) == 0;
}

static void mean(void *bits, uint32_t id)
{
    tg_bits_set(bits, id);
}

static void mean_calls(struct wording *w)
{
    const struct tg_graph *g = w->graph;
    const struct tg_site *last = NULL;
    bool named = false;
    for (tg_id id = 0; id < g->count; id++) {
        const struct tg_site *site = tg_graph_site_of(g, id);
        if (site != last) named = is_named_so(site->def, w->name), last = site;
        if (named) mean(w->bits, id);
    }
}

/* Of a graph that grows only outputs: numbers in variables may be other tasks' by now. */
static void mean_variables(struct wording *w)
{
    const struct tg_program *p = w->s->of.program;
    const struct tg_module *m = p->modules.items[0];
    for (size_t i = 0; i < w->graph->wanted.count; i++) {
        const struct tg_wanted *wanted = &w->graph->wanted.items[i];
        if (wanted->name && strcmp(wanted->name, w->name) == 0) tg_future_each(wanted->value, mean, w->bits);
    }
    for (uint32_t slot = 0; !w->s->of.run->nodes && m->globals && slot < m->slot_count; slot++)
        if (strcmp(tg_program_name(p, m->variables.items[slot]), w->name) == 0 && m->globals[slot].tag != TG_UNSET)
            tg_future_each(m->globals[slot], mean, w->bits);
}

/* Tasks that came in while it runs. */
static void list_added(struct wording *w, struct tg_inquiry_found *found)
{
    const struct tg_nodes *nodes = w->s->of.run->nodes;
    tg_id end = nodes ? atomic_load_explicit(&nodes->end, memory_order_relaxed) : 0;
    for (tg_id id = 0; id < end; id++) {
        struct tg_taskstate state;
        uint32_t phase = tg_node_phase(&nodes->items[id]);
        if (phase == TG_NODE_FREE || phase == TG_NODE_FRESH || (id < w->graph->count && tg_bits_get(w->bits, id))) continue;
        if (!is_named_so(tg_node_site(nodes, id)->def, w->name)) continue;
        if (tg_taskstate_find(&w->s->standing, id, false, &state)) tg_vec_push(&found->ids, id);
        free(state.why);
    }
}

/* ---- one of several ------------------------------------------------------------------------------ */

static bool has_these_args(struct tg_inquiry *s, tg_id id, const char *args)
{
    const struct tg_graph *g = s->of.run->graph;
    char *name = tg_inquiry_name(s, id, tg_graph_site_of(g, id), true),
         *whole = tg_chosen_foresee(g, id, TG_INSTANCE_ALL, s->of.run, 1);
    const char *open = strchr(name, '('), *all = strchr(whole, '(');
    bool fits = (open && strcmp(open, args) == 0) || (all && strcmp(all, args) == 0);
    free(name);
    free(whole);
    return fits;
}

/* Leaves those that have the arguments, and of them the one with the number. */
static void narrow(struct tg_inquiry *s, const struct tg_chosen *c, struct tg_inquiry_found *found)
{
    size_t kept = 0;
    for (size_t i = 0; c->args && i < found->planned; i++)
        if (has_these_args(s, found->ids.items[i], c->args)) found->ids.items[kept++] = found->ids.items[i];
    if (c->args) found->ids.count = found->planned = kept;
    if (!c->number) return;
    bool there = c->number <= found->ids.count;
    if (there) found->ids.items[0] = found->ids.items[c->number - 1];
    found->planned = there && c->number <= found->planned;
    found->ids.count = there;
}

/* ---- words that mean nothing --------------------------------------------------------------------- */

static void offer_near_variables(const struct wording *w, struct tg_near *near)
{
    const struct tg_program *p = w->s->of.program;
    const struct tg_module *m = p->modules.items[0];
    for (size_t i = 0; i < w->graph->wanted.count; i++)
        if (w->graph->wanted.items[i].name)
            tg_near_offer(near, w->graph->wanted.items[i].name, strlen(w->graph->wanted.items[i].name));
    for (uint32_t slot = 0; !w->s->of.run->nodes && m->globals && slot < m->slot_count; slot++) {
        const char *name = tg_program_name(p, m->variables.items[slot]);
        if (m->globals[slot].tag != TG_UNSET && tg_future_in(m->globals[slot])) tg_near_offer(near, name, strlen(name));
    }
}

static bool means_nothing(const struct wording *w, const char *word, bool others, struct tg_err *err)
{
    struct tg_near near = tg_near_begin(w->name, strlen(w->name));
    tg_err_set(err, TG_EXIT_USAGE, "there is no task '%s' in this run", word);
    if (others) {
        tg_err_hint(err, "There are other ones of '%s'.", w->name);
        return false;
    }
    for (size_t i = 0; i < w->s->standing.of.count; i++) {
        const struct tg_def *def = w->s->standing.of.items[i].def;
        if (is_named_so(def, def->name)) tg_near_offer(&near, def->name, strlen(def->name));
    }
    offer_near_variables(w, &near);
    if (near.best) tg_err_hint(err, "did you mean '%.*s'?", (int)near.best_length, near.best);
    return false;
}

/* ---- the public part ----------------------------------------------------------------------------- */

static bool find_number(struct tg_inquiry *s, const char *word, struct tg_inquiry_found *found, struct tg_err *err)
{
    struct tg_taskstate state = {0};
    uint64_t number = strtoull(word, NULL, 10);
    bool there = strlen(word) < 11 && number < TG_NO_TASK && tg_taskstate_find(&s->standing, (tg_id)number, false, &state);
    free(state.why);
    if (!there) return tg_err_set(err, TG_EXIT_USAGE, "there is no task %s in this run", word);
    found->planned = !s->of.run->nodes;
    tg_vec_push(&found->ids, (tg_id)number);
    return true;
}

bool tg_inquiry_find(struct tg_inquiry *s, const char *word, struct tg_inquiry_found *found, struct tg_err *err)
{
    struct tg_chosen c;
    struct wording w = {.s = s, .graph = s->of.run->graph};
    *found = (struct tg_inquiry_found){0};
    if (*word && strspn(word, "0123456789") == strlen(word)) return find_number(s, word, found, err);
    bool good = tg_chosen_read(&c, word, err);
    w.name = c.name;
    if (good) {
        w.bits = tg_bits_new(w.graph->count);
        mean_calls(&w);
        mean_variables(&w);
        for (tg_id id = 0; id < w.graph->count; id++)
            if (tg_bits_get(w.bits, id)) tg_vec_push(&found->ids, id);
        found->planned = found->ids.count;
        list_added(&w, found);
        tg_bits_free(w.bits, w.graph->count);
        bool any = found->ids.count;
        narrow(s, &c, found);
        good = found->ids.count || means_nothing(&w, word, any, err);
    }
    tg_chosen_done(&c, w.graph);
    return good;
}
