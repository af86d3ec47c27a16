/* SPDX-License-Identifier: MIT
 * A whole YAML text as one value, for files of parameters. The same reader and the same scalars as in a workflow, but
 * `${` means nothing here: a file of data is not a program. */
#include "lang/yaml/parse_yaml.h"
#include "lang/yaml/yaml.h"

struct tg_node *tg_parse_yaml_value(struct tg_parse *p)
{
    const struct tg_source *s = p->source;
    struct tg_yaml y = {.p = p, .text = s->text, .length = s->length, .base = s->base, .constants = true};
    size_t errors = p->diags->error_count;
    struct tg_node *n = NULL;
    if (tg_yaml_read(&y)) /* an empty file sets nothing */
        n = y.nodes.count ? tg_yaml_data(&y, 0) : tg_node_new(p->arena, TG_N_RECORD, (tg_span){s->base, s->base}, 0);
    tg_vec_done(&y.nodes);
    tg_vec_done(&y.seen);
    tg_vec_done(&y.stack);
    return p->diags->error_count == errors ? n : NULL;
}
