/* SPDX-License-Identifier: MIT
 * A whole YAML text as one value, for files of parameters. The same reader and the same scalars as in a workflow, but
 * `${` means nothing here: a file of data is not a program. */
#include "lang/yaml/parse_yaml.h"
#include "lang/yaml/yaml.h"

#include <stdlib.h>

static struct tg_node *value(struct tg_yaml *y, uint32_t i);

static struct tg_node *text(struct tg_yaml *y, uint32_t i)
{
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_STR, tg_y(y, i)->span, 0);
    n->str = tg_yaml_string(y, i);
    n->aux = tg_y(y, i)->length;
    return n;
}

static struct tg_node *scalar(struct tg_yaml *y, uint32_t i)
{
    const struct tg_ynode *s = tg_y(y, i);
    if (s->length && memmem(s->text, s->length, "${", 2)) return text(y, i);
    struct tg_node *n = tg_yaml_data(y, i);
    if (n->kind == TG_N_CALL) { /* float("inf"), which has no literal */
        double f = strtod(n->kid[1]->str, NULL);
        n = tg_node_new(y->p->arena, TG_N_FLOAT, n->span, 0);
        n->f = f;
    }
    return n;
}

static struct tg_node *list(struct tg_yaml *y, uint32_t i)
{
    size_t mark = y->stack.count;
    for (uint32_t item = i + 1; item < tg_y(y, i)->next; item = tg_y(y, item)->next) {
        struct tg_node *n = value(y, item);
        tg_vec_push(&y->stack, n);
    }
    return tg_yaml_node(y, TG_N_LIST, tg_y(y, i)->span, mark);
}

static struct tg_node *mapping(struct tg_yaml *y, uint32_t i)
{
    size_t mark = y->stack.count;
    tg_yaml_keys(y, i, NULL);
    for (uint32_t key = i + 1, at; key < tg_y(y, i)->next; key = tg_y(y, at)->next) {
        at = tg_y(y, key)->next;
        if (tg_y(y, key)->count == TG_NO_NAME) continue;
        struct tg_node *entry = tg_node_new(y->p->arena, TG_N_ENTRY, tg_y(y, key)->span, 1);
        entry->sym = tg_y(y, key)->count;
        entry->kid[0] = value(y, at);
        tg_vec_push(&y->stack, entry);
    }
    return tg_yaml_node(y, TG_N_RECORD, tg_y(y, i)->span, mark);
}

static struct tg_node *value(struct tg_yaml *y, uint32_t i)
{
    i = tg_y_deref(y, i);
    if (tg_y(y, i)->kind == TG_Y_LIST) return list(y, i);
    return tg_y(y, i)->kind == TG_Y_MAP ? mapping(y, i) : scalar(y, i);
}

struct tg_node *tg_parse_yaml_value(struct tg_parse *p)
{
    const struct tg_source *s = p->source;
    struct tg_yaml y = {.p = p, .text = s->text, .length = s->length, .base = s->base};
    size_t errors = p->diags->error_count;
    struct tg_node *n = NULL;
    if (tg_yaml_read(&y)) /* an empty file sets nothing */
        n = y.nodes.count ? value(&y, 0) : tg_node_new(p->arena, TG_N_RECORD, (tg_span){s->base, s->base}, 0);
    tg_vec_done(&y.nodes);
    tg_vec_done(&y.seen);
    tg_vec_done(&y.stack);
    return p->diags->error_count == errors ? n : NULL;
}
