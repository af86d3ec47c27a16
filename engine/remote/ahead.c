/* SPDX-License-Identifier: MIT
 * Batches of more than one task. */
#include "engine/remote/ahead.h"

#include "engine/remote/pool.h"
#include "engine/run/task.h"

struct tg_link *tg_ahead_begin(struct tg_worker *w)
{
    struct tg_pool *pool = w->ctx.services ? w->ctx.services->executors : NULL;
    struct tg_link *l = pool ? tg_pool_link(pool, (unsigned)(w - w->run->workers)) : NULL;
    struct tg_err err = {0};
    uint64_t began_ns = l && !l->pid ? tg_worker_span(w, TG_EVENT_SPAWN) : 0;
    bool begun = l && tg_link_begin(l, &err);
    if (began_ns && begun) tg_worker_tell_span(w, TG_EVENT_SPAWN, began_ns, TG_NO_TASK, 0);
    tg_err_done(&err);
    return begun ? l : NULL;
}

/* The batch is as it was before the entry, which cannot be part of it. */
static bool take_entry_back(struct tg_link *l, size_t length)
{
    l->bytes.length = length;
    return false;
}

/* There may be one more; *length: where it begins. */
static bool begin_entry(struct tg_link *l, const struct tg_site *site, uint32_t count, size_t *length)
{
    struct tg_batch_task task;
    *length = l->bytes.length;
    if (l->count == TG_PAGE_ENTRIES || *length >= TG_PAGE_BATCH_BYTES / 2 || (l->count && tg_buffers_is_full(&l->buffers)) ||
        !tg_ahead_may(site) || !tg_batch_name(l->pool->registry, site->def, &task))
        return false;
    tg_batch_begin_entry(&l->bytes, task, count, NULL);
    return true;
}

static bool add_known(struct tg_link *l, tg_value v)
{
    struct tg_err err = {0};
    if (tg_kind(v) != TG_FAILED && tg_batch_add_value(&l->bytes, &l->codec, v, &err)) return true;
    tg_err_done(&err);
    return false;
}

bool tg_ahead_add(struct tg_link *l, const struct tg_run *run, tg_id id, uint32_t (*entry_of)(const void *data, tg_id id),
                  const void *data)
{
    const struct tg_graph *g = run->graph;
    uint32_t begin = tg_graph_arg_begin(g, id), end = tg_graph_values_end(g, id);
    size_t length;
    if (end != g->arg_end[id] || !begin_entry(l, tg_graph_site_of(g, id), end - begin, &length)) return false;
    for (uint32_t i = begin; i < end; i++) {
        uint32_t entry = tg_arg_is_edge(g->args[i]) ? entry_of(data, tg_arg_payload(g->args[i])) : UINT32_MAX;
        if (entry != UINT32_MAX) tg_batch_add_reference(&l->bytes, entry);
        else if (!add_known(l, tg_task_arg(run, g->args[i]))) return take_entry_back(l, length);
    }
    l->ids[l->count++] = id;
    return true;
}

bool tg_ahead_add_node(struct tg_link *l, const struct tg_nodes *nodes, tg_id id)
{
    const struct tg_node *n = &nodes->items[id];
    size_t length;
    if (!begin_entry(l, n->site, n->input_count, &length)) return false;
    for (uint32_t i = 0; i < n->input_count; i++) {
        const struct tg_input *in = &tg_node_inputs_of(n)[i];
        if (tg_input_is_edge(in) && in->v.tag & TG_ONLY_AFTER) return take_entry_back(l, length);
        if (!add_known(l, tg_input_is_edge(in) ? nodes->items[in->v.bits].value : in->v)) return take_entry_back(l, length);
    }
    l->ids[l->count++] = id;
    return true;
}

void tg_ahead_send(struct tg_link *l, void (*give_back)(void *data, const tg_id *ids, size_t count), void *data)
{
    l->give_back = give_back;
    l->give_back_data = data;
    tg_link_send(l);
}

void tg_ahead_cut(struct tg_link *l)
{
    uint32_t begun = atomic_load(&l->page->begun), limit = begun > l->next ? begun : l->next; /* who waits keeps its own */
    if (limit >= l->count) return;
    atomic_store(&l->page->limit, limit);
    uint32_t kept = atomic_load(&l->page->begun), count = l->count;
    if (kept < limit) kept = limit;
    if (kept >= count) return;
    l->count = kept;
    l->give_back(l->give_back_data, l->ids + kept, count - kept);
}

void tg_ahead_leave(struct tg_link *l)
{
    uint32_t next = l->next, count = l->count;
    if (next >= count) return;
    l->count = next;
    l->give_back(l->give_back_data, l->ids + next, count - next);
}
