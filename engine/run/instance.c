/* SPDX-License-Identifier: MIT
 * Names of task instances. An argument tells instances apart if two of them differ in it: constants are compared by value,
 * results of tasks by which task it is. */
#include "engine/run/instance.h"

#include <string.h>

#include "engine/base/utf8.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

#define ARGS_COMPARED 32 /* bits of a mask */
#define ARG_SHOWN 32     /* bytes of one argument */
#define NAME_SHOWN 80    /* bytes after which there are no more arguments */

/* ---- which arguments ----------------------------------------------------------------------------- */

static bool differ_in(const struct tg_graph *g, uint32_t a, uint32_t b)
{
    if (a == b) return false;
    if (tg_arg_kind(a) != TG_ARG_POOL || tg_arg_kind(b) != TG_ARG_POOL) return true;
    return !tg_value_equal(g->pool.items[tg_arg_payload(a)], g->pool.items[tg_arg_payload(b)]);
}

/* Of a graph that grows, more may come. */
uint32_t tg_instance_differing(const struct tg_graph *g, const struct tg_def *def)
{
    tg_id first = TG_NO_TASK, count = 0;
    uint32_t mask = 0;
    for (tg_id id = 0; id < g->count; id++) {
        if (tg_graph_def_of(g, id) != def) continue;
        if (count++ == 0) first = id;
        uint32_t begin = tg_graph_arg_begin(g, id), other = tg_graph_arg_begin(g, first);
        uint32_t own = tg_graph_written_end(g, id) - begin, its = tg_graph_written_end(g, first) - other;
        for (uint32_t i = 0; i < ARGS_COMPARED && (i < own || i < its); i++)
            if (i >= own || i >= its || differ_in(g, g->args[begin + i], g->args[other + i])) mask |= 1u << i;
    }
    return g->grows && count < 2 ? TG_INSTANCE_ALL : mask;
}

uint32_t tg_instance_mask(tg_instance_masks *masks, const struct tg_graph *g, const struct tg_def *def)
{
    size_t i = 0;
    while (i < masks->count && masks->items[i].def != def) i++;
    if (i == masks->count) tg_vec_push(masks, ((struct tg_instances){def, tg_instance_differing(g, def)}));
    return masks->items[i].differing;
}

static uint32_t differing(struct tg_run *run, const struct tg_def *def)
{
    pthread_mutex_lock(&run->lock);
    uint32_t mask = tg_instance_mask(&run->instances, run->graph, def);
    pthread_mutex_unlock(&run->lock);
    return mask;
}

/* ---- the name ------------------------------------------------------------------------------------ */

/* Of a long text the end, which tells more: names of files begin alike. */
static void add_short_text(struct tg_buf *b, const struct tg_str *s)
{
    const char *at = s->data, *end = s->data + s->length;
    if (s->length > ARG_SHOWN) {
        tg_buf_text(b, "...");
        at = end - ARG_SHOWN;
        while (at < end && ((unsigned char)*at & 0xc0) == 0x80) at++;
    }
    while (at < end) {
        const char *plain = at;
        while (at < end && *at >= ' ' && *at <= '~') at++; /* most of them, and not one by one */
        tg_buf_add(b, plain, (size_t)(at - plain));
        if (at == end) break;
        size_t n = tg_utf8_length(at, (size_t)(end - at));
        if (n == 0 || tg_utf8_hidden(tg_utf8_code(at, n))) tg_buf_char(b, n == 0 ? '?' : ' ');
        else tg_buf_add(b, at, n);
        at += n ? n : 1;
    }
}

static void add_short(struct tg_buf *b, tg_value v)
{
    if (tg_kind(v) == TG_STR || tg_kind(v) == TG_FILE) add_short_text(b, tg_str_of(v));
    else tg_value_repr(b, v, ARG_SHOWN);
}

static const tg_value *label_of(const struct tg_graph *g, const struct tg_site *site)
{
    if (!site->options) return NULL;
    const tg_value *label = tg_record_find(g->options.items[site->options], "label", strlen("label"));
    return label && tg_kind(*label) == TG_STR ? label : NULL;
}

/* What an `if` or `map` of the language gets, as a continuation, is no argument that somebody has written. */
static bool has_arguments(const struct tg_def *def)
{
    return !(def->flags & TG_DEF_EXPANDS) || (def->plugin && strcmp(def->plugin, "core") != 0);
}

static void add_instance_text(struct tg_buf *b, const struct tg_site *site, const tg_value *label, uint32_t mask,
                              const tg_value *args, size_t count)
{
    const char *between = "(";
    if (label) add_short_text(b, tg_str_of(*label));
    else tg_buf_text(b, site->def->name);
    count = tg_def_written(site->def, count);
    for (size_t i = 0; i < count && i < ARGS_COMPARED; i++) {
        if (!(mask >> i & 1) || tg_kind(args[i]) == TG_FAILED) continue; /* failed: it is not there */
        tg_buf_text(b, between);
        between = ", ";
        if (b->length > NAME_SHOWN) {
            tg_buf_text(b, "...");
            break;
        }
        add_short(b, args[i]);
    }
    if (between[0] == ',') tg_buf_char(b, ')');
}

char *tg_instance_name(struct tg_run *run, const struct tg_site *site, const tg_value *args, size_t count)
{
    bool shows = !label_of(run->graph, site) && has_arguments(site->def);
    return tg_instance_text(run->graph, site, shows ? differing(run, site->def) : 0, args, count);
}

char *tg_instance_text(const struct tg_graph *g, const struct tg_site *site, uint32_t shown, const tg_value *args, size_t count)
{
    struct tg_buf b = {0};
    const tg_value *label = label_of(g, site);
    add_instance_text(&b, site, label, !label && has_arguments(site->def) ? shown : 0, args, count);
    return tg_buf_take(&b);
}

void tg_instance_add(struct tg_buf *b, const struct tg_run *run, const struct tg_site *site, const tg_value *args, size_t count)
{
    const tg_value *label = run ? label_of(run->graph, site) : NULL;
    bool any = !label && has_arguments(site->def);
    add_instance_text(b, site, label,
                      !any  ? 0
                      : run ? tg_instance_differing(run->graph, site->def)
                            : TG_INSTANCE_ALL,
                      args, count);
}
