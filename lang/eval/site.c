/* SPDX-License-Identifier: MIT
 * Tasks and their sites, at graph time and at run time: the one place that knows to which of the two the tasks go.
 *
 * A call node caches its site and the options under which it was made, so that the usual call of a task
 * costs its arguments and one append. Only the thread that evaluates the file writes there. At run time each evaluator
 * has a table of the sites it has met, and behind these stands one for all, so that sites do not multiply. */
#include "lang/eval/site.h"

#include "lang/eval/continue.h"
#include "lang/eval/option.h"

/* ---- tables -------------------------------------------------------------------------------------- */

static uint32_t hash_entry(const struct tg_site_cached *key)
{
    return tg_table_hash((uintptr_t)key->node >> 3 ^ (uintptr_t)key->def << 7 ^ (uint64_t)key->options << 40);
}

static bool is_entry(const void *entries, uint32_t number, const void *wanted)
{
    const struct tg_site_cached *a = &((const struct tg_site_cached *)entries)[number], *b = wanted;
    return a->node == b->node && a->def == b->def && a->options == b->options;
}

static uint32_t table_find(const struct tg_site_table *t, const struct tg_site_cached *key)
{
    uint32_t number = tg_table_find(&t->table, hash_entry(key), is_entry, t->entries.items, key);
    return number == TG_TABLE_NONE ? 0 : t->entries.items[number].site;
}

static void table_add(struct tg_site_table *t, const struct tg_site_cached *entry)
{
    uint32_t hash = hash_entry(entry), number = (uint32_t)t->entries.count;
    TG_ASSERT(entry->site && !table_find(t, entry)); /* each once */
    tg_table_reserve(&t->table);
    tg_table_take(&t->table, tg_table_slot(&t->table, hash, is_entry, t->entries.items, entry), hash, number);
    tg_vec_push(&t->entries, *entry);
}

void tg_site_table_done(struct tg_site_table *t)
{
    tg_table_done(&t->table);
    tg_vec_done(&t->entries);
}

/* ---- sites --------------------------------------------------------------------------------------- */

static uint32_t new_site(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def)
{
    uint32_t options;
    if (!tg_option_of_def(e, n, def, &options)) return 0;
    if (e->fragment) return tg_fragment_site(e->fragment, def, n->span, options, e->group);
    return tg_graph_site(e->graph, def, n->span, options, e->group);
}

/* The site as another evaluator has made it, or a new one for all. Two that make the same one at once: the first counts. */
static uint32_t shared_site(struct tg_eval *e, struct tg_site_cached *entry)
{
    struct tg_continue_pool *x = e->program->pool;
    pthread_mutex_lock(&x->lock);
    entry->site = table_find(&x->sites, entry);
    pthread_mutex_unlock(&x->lock);
    if (entry->site) return entry->site;
    uint32_t made = new_site(e, entry->node, entry->def);
    if (!made) return 0;
    pthread_mutex_lock(&x->lock);
    entry->site = table_find(&x->sites, entry);
    if (!entry->site) {
        entry->site = made;
        table_add(&x->sites, entry);
    }
    pthread_mutex_unlock(&x->lock);
    return entry->site;
}

static uint32_t continuing_site(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def)
{
    struct tg_site_cached entry = {n, def, e->options, 0};
    uint32_t site = table_find(&e->continuing->sites, &entry);
    if (site) return site;
    if (shared_site(e, &entry)) table_add(&e->continuing->sites, &entry);
    return entry.site;
}

uint32_t tg_site_of_call(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def)
{
    if (n->site && n->site_options == e->options) return n->site;
    if (e->fragment) return tg_site_of_node(e, n, def);
    TG_ASSERT(tg_eval_is_sound(e) && e->graph);
    struct tg_ast *own = (struct tg_ast *)n;
    own->site_options = e->options;
    return own->site = new_site(e, n, def);
}

uint32_t tg_site_of_node(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def)
{
    struct tg_site_cached *c = &e->sites[(((uintptr_t)n ^ (uintptr_t)def) >> 4) % TG_SITE_CACHE];
    if (c->node == n && c->def == def && c->options == e->options) return c->site;
    uint32_t site = e->fragment ? continuing_site(e, n, def) : new_site(e, n, def);
    *c = (struct tg_site_cached){n, def, e->options, site};
    if (!site) c->node = NULL;
    return site;
}

const struct tg_site *tg_site_of_future(const struct tg_eval *e, tg_value future)
{
    TG_ASSERT(tg_kind(future) == TG_FUTURE && e->graph);
    if (e->fragment) return tg_fragment_site_of(e->fragment, (tg_id)future.bits);
    return tg_graph_site_of(e->graph, (tg_id)future.bits);
}

uint32_t tg_site_options(struct tg_eval *e, tg_value take_record)
{
    if (e->fragment) return tg_fragment_options(e->fragment, take_record);
    return tg_graph_options(e->graph, take_record);
}

/* ---- tasks --------------------------------------------------------------------------------------- */

static bool is_argument(tg_value v, const tg_value *args, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (args[i].tag == v.tag && args[i].bits == v.bits) return true;
    return false;
}

/* Who waits for the new task waits for its arguments, too: those that were noted last are not needed any more. */
static void forget_arguments(struct tg_eval *e, const struct tg_def *def, const tg_value *args, size_t count)
{
    if (def->flags & (TG_DEF_CATCHES | TG_DEF_EXPANDS)) return;
    while (e->effects.count > e->order.first && is_argument(e->effects.items[e->effects.count - 1], args, count))
        e->effects.count--;
}

static __attribute__((noinline)) void collect_task(struct tg_eval *e, const struct tg_site *s, tg_id id, const tg_value *args,
                                                   size_t count)
{
    bool effect = s->flags & TG_SITE_EFFECT;
    if (s->def->flags & TG_DEF_PUT || !(effect || e->collects == TG_COLLECTS_ALL)) return;
    if (e->collects == TG_COLLECTS_ALL) forget_arguments(e, s->def, args, count);
    tg_vec_push(&e->effects, tg_future(id));
    if (e->fragment && effect && e->caught) tg_fragment_own_failure(e->fragment, id, true);
}

tg_value tg_site_add_task(struct tg_eval *e, const struct tg_ast *n, uint32_t site, const tg_value *args, size_t count,
                          tg_value after)
{
    if (!site) return tg_bad();
    TG_ASSERT(tg_eval_is_sound(e) && e->graph && tg_eval_are_values(args, count));
    TG_ASSERT(tg_kind(after) == TG_NIL || tg_kind(after) == TG_LIST);
    struct tg_err err = {0};
    const tg_value *wait = tg_kind(after) == TG_LIST ? &after : NULL;
    tg_id id;
    if (e->fragment) id = tg_fragment_add(e->fragment, site, args, count, wait, wait ? 1 : 0, &err);
    else id = tg_graph_add(e->graph, site, args, count, wait, wait ? 1 : 0, &err);
    if (__builtin_expect(id == TG_NO_TASK, 0)) return tg_eval_take(e, n, &err);
    if (e->fragment && __builtin_expect(!e->collects, 1)) return tg_future(id);
    const struct tg_site *s = &e->graph->site_table.items[site];
    if (__builtin_expect(e->collects, 0)) collect_task(e, s, id, args, count);
    if (s->flags & TG_SITE_EFFECT && !e->fragment) tg_graph_want(e->graph, NULL, tg_future(id), n->span, &err);
    return tg_future(id);
}

tg_value tg_site_add_aside(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, const tg_value *args,
                           size_t count)
{
    uint32_t options = e->options;
    enum tg_collects collects = e->collects;
    e->options = 0;
    e->collects = TG_COLLECTS_NOTHING;
    tg_value future = tg_site_add_task(e, n, tg_site_of_node(e, n, def), args, count, tg_nil());
    e->options = options;
    e->collects = collects;
    return future;
}
