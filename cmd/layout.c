/* SPDX-License-Identifier: MIT
 * Reading and printing a workflow as text. What is printed is parsed again before anybody may write it over a file:
 * a fault of the printer must not cost anyone a workflow. */
#include "cmd/layout.h"

#include <string.h>

#include "lang/front.h"
#include "lang/print/print.h"
#include "lang/read/parse_tg.h"
#include "lang/yaml/parse_yaml.h"

static bool parse_source(struct tg_layout *l, enum tg_language language)
{
    struct tg_parse p = {
        .arena = &l->arena, .names = &l->names, .diags = &l->diags, .source = l->source, .keep_comments = true};
    l->language = language;
    if (language == TG_LANGUAGE_YAML) tg_parse_yaml(&p, &l->tree);
    else tg_parse_tg(&p, &l->tree);
    return l->diags.error_count == 0;
}

static void start_layout(struct tg_layout *l)
{
    memset(l, 0, sizeof *l);
    tg_diags_init(&l->diags, &l->arena);
}

bool tg_layout_read(struct tg_layout *l, const char *path, enum tg_language language, struct tg_err *err)
{
    start_layout(l);
    l->source = tg_sources_read(&l->sources, path, err);
    return l->source && parse_source(l, tg_front_language(path, language));
}

/* The same for a text in memory, under a name for messages. */
static bool parse_text(struct tg_layout *l, const char *name, const char *text, size_t length, enum tg_language language,
                       struct tg_err *err)
{
    start_layout(l);
    l->source = tg_sources_add(&l->sources, name, text, length, err);
    return l->source && parse_source(l, language);
}

void tg_layout_done(struct tg_layout *l)
{
    tg_vec_done(&l->tree.comments);
    tg_diags_done(&l->diags);
    tg_sources_done(&l->sources);
    tg_names_done(&l->names);
    tg_arena_done(&l->arena);
}

static void print_tree(const struct tg_layout *l, enum tg_language to, struct tg_buf *b)
{
    if (to == TG_LANGUAGE_YAML) tg_print_yaml(b, &l->tree, &l->names, l->source);
    else tg_print_tg(b, &l->tree, &l->names, l->source);
}

bool tg_layout_print(const struct tg_layout *l, enum tg_language to, struct tg_buf *b, struct tg_err *err)
{
    struct tg_layout again;
    print_tree(l, to, b);
    bool good = parse_text(&again, l->source->name, tg_buf_str(b), b->length, to, err);
    if (!good && again.diags.items.count)
        tg_err_set(err, TG_EXIT_FAULT, "fault of tgrun: '%s' would not be read back (%s), so nothing was written",
                   l->source->name, again.diags.items.items[0].message);
    tg_layout_done(&again);
    return good;
}
