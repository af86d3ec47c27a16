/* SPDX-License-Identifier: MIT
 * Values of a syntax tree as YAML: what YAML's core schema can say is data, everything else a `${..}` whose text is
 * the expression. The reader (yaml_value.c) makes the same nodes of it. */
#include "lang/print/yaml_write.h"

#include <stdlib.h>

#include "engine/base/alloc.h"

/* A mapping or list of so many keys is not searched for ones that stand there twice. */
#define TWINS_MAX 1000

/* ---- scalars ------------------------------------------------------------------------------------- */

doc *tg_yaml_write_word(struct writer *w, const char *text)
{
    return tg_ydoc_plain(&w->arena, text, strlen(text));
}

doc *tg_yaml_write_text(struct writer *w, const char *bytes, size_t length)
{
    return tg_ydoc_text(&w->arena, bytes, length);
}

doc *tg_yaml_write_name(struct writer *w, uint32_t sym)
{
    const struct tg_name *n = tg_names_get(w->names, sym);
    return tg_yaml_write_text(w, n->text, n->length);
}

const char *tg_yaml_write_name_text(struct writer *w, uint32_t sym)
{
    return tg_names_get(w->names, sym)->text;
}

/* A text in which "${" must not begin an expression: see yaml_value.c. before_brace: one follows. */
static void add_literal(struct tg_buf *b, const char *bytes, size_t length, bool before_brace)
{
    for (size_t i = 0; i < length; i++) {
        size_t dollars = i;
        while (dollars < length && bytes[dollars] == '$') dollars++;
        bool brace = dollars < length ? bytes[dollars] == '{' : before_brace;
        if (dollars == i) tg_buf_char(b, bytes[i]);
        else {
            tg_buf_fill(b, '$', (dollars - i) * (brace ? 2 : 1));
            i = dollars - 1;
        }
    }
}

static void add_expression(struct writer *w, const struct tg_ast *n)
{
    struct tg_printer p = {.b = &w->text,
                           .names = w->names,
                           .tree = w->tree,
                           .source = w->source,
                           .values = true,
                           .flat = true,
                           .columns = SIZE_MAX};
    tg_buf_text(&w->text, "${");
    tg_printer_expr(&p, n, TG_L_EXPR, 0);
    tg_buf_char(&w->text, '}');
}

doc *tg_yaml_write_expression(struct writer *w, const struct tg_ast *n)
{
    w->text.length = 0;
    add_expression(w, n);
    return tg_yaml_write_text(w, w->text.data, w->text.length);
}

static void add_scalar(struct writer *w, const struct tg_ast *n)
{
    if (n->kind == TG_N_STR) {
        add_literal(&w->text, n->text, n->length, false);
        return;
    }
    struct tg_kids parts = tg_n_template_parts(n);
    for (uint32_t i = 0; i < parts.count; i++) {
        const struct tg_ast *part = parts.items[i];
        bool piece = part->kind == TG_N_STR && (i == 0 || parts.items[i - 1]->kind != TG_N_STR);
        bool before = i + 1 < parts.count && (parts.items[i + 1]->kind != TG_N_STR || piece);
        if (piece) add_literal(&w->text, part->text, part->length, before);
        else add_expression(w, part);
    }
}

/* TG_N_STR or TG_N_TEMPLATE as the text of a scalar. */
doc *tg_yaml_write_string(struct writer *w, const struct tg_ast *n)
{
    w->text.length = 0;
    add_scalar(w, n);
    return tg_yaml_write_text(w, w->text.data, w->text.length);
}

/* Numbers, as YAML's core schema writes them; NULL: it has no way. */
static doc *write_number(struct writer *w, const struct tg_ast *n, bool unit_allowed)
{
    bool negative = n->kind == TG_N_UNARY && n->op == TG_OP_NEG;
    if (negative) n = tg_n_unary_operand(n);
    bool unit = n->flags & (TG_F_SIZE | TG_F_DURATION);
    if ((n->kind != TG_N_INT && n->kind != TG_N_FLOAT) || (negative && unit)) return NULL;
    if (unit && !unit_allowed) return NULL;
    if (negative && n->kind == TG_N_INT && n->i < 0) return NULL;
    w->text.length = 0;
    if (negative) tg_buf_char(&w->text, '-');
    struct tg_printer p = {.b = &w->text, .names = w->names, .tree = w->tree, .source = unit ? w->source : NULL};
    if (n->kind == TG_N_INT) tg_printer_int(&p, n);
    else tg_printer_float(&p, n);
    if (unit && memchr(w->text.data, '_', w->text.length)) return NULL;
    return tg_ydoc_plain(&w->arena, w->text.data, w->text.length);
}

/* ---- data ---------------------------------------------------------------------------------------- */

/* A template that is one ${..} would be read as the expression alone. */
static bool is_scalar_text(const struct tg_ast *n)
{
    if (n->kind == TG_N_STR) return true;
    return n->kind == TG_N_TEMPLATE && tg_n_template_parts(n).count > 1;
}

bool tg_yaml_write_has_twins(struct tg_kids kids)
{
    for (uint32_t i = 0; i < kids.count && kids.count < TWINS_MAX; i++)
        for (uint32_t k = 0; k < i; k++)
            if (kids.items[i]->sym == kids.items[k]->sym) return true;
    return false;
}

struct written_key {
    const char *text;
    size_t length;
};

/* The text of a scalar that is read as the entry's key. */
static struct written_key write_key(struct writer *w, const struct tg_ast *entry)
{
    w->text.length = 0;
    if (entry->kind == TG_N_PAIR) {
        add_scalar(w, tg_n_pair_key(entry));
    } else {
        const struct tg_name *name = tg_names_get(w->names, entry->sym);
        add_literal(&w->text, name->text, name->length, false);
    }
    return (struct written_key){tg_arena_copy(&w->arena, tg_buf_str(&w->text), w->text.length), w->text.length};
}

static bool is_written(const struct written_key *keys, uint32_t count, struct written_key key)
{
    for (uint32_t i = 0; i < count && count < TWINS_MAX; i++)
        if (keys[i].length == key.length && memcmp(keys[i].text, key.text, key.length) == 0) return true;
    return false;
}

/* NULL: it cannot be a mapping, since two keys are the same as texts. */
static doc *write_record(struct writer *w, struct tg_kids entries)
{
    doc *d = tg_ydoc_map(&w->arena);
    struct written_key *keys = tg_alloc((entries.count + 1) * sizeof *keys);
    uint32_t i = 0;
    for (; i < entries.count; i++) {
        keys[i] = write_key(w, entries.items[i]);
        if (is_written(keys, i, keys[i])) break;
        tg_ydoc_put(&w->arena, d, keys[i].text, keys[i].length, tg_yaml_write_data(w, tg_n_record_value(entries.items[i])));
    }
    free(keys);
    return i == entries.count ? d : NULL;
}

doc *tg_yaml_write_value(struct writer *w, const struct tg_ast *n, bool unit_allowed)
{
    doc *d = write_number(w, n, unit_allowed);
    if (d) return d;
    if (n->kind == TG_N_NIL) return tg_yaml_write_word(w, "null");
    if (n->kind == TG_N_BOOL) return tg_yaml_write_word(w, n->i ? "true" : "false");
    if (is_scalar_text(n)) return tg_yaml_write_string(w, n);
    if (n->kind == TG_N_LIST) {
        d = tg_ydoc_list(&w->arena);
        struct tg_kids items = tg_n_list_items(n);
        for (uint32_t i = 0; i < items.count; i++) tg_ydoc_add(d, tg_yaml_write_data(w, items.items[i]));
        return d;
    }
    if (n->kind == TG_N_RECORD) d = write_record(w, tg_n_record_entries(n));
    return d ? d : tg_yaml_write_expression(w, n);
}

doc *tg_yaml_write_data(struct writer *w, const struct tg_ast *n)
{
    return tg_yaml_write_value(w, n, false);
}

void tg_yaml_write_put(struct writer *w, doc *map, const char *key, doc *v)
{
    tg_ydoc_put(&w->arena, map, key, strlen(key), v);
}

void tg_yaml_write_put_name(struct writer *w, doc *map, uint32_t sym, doc *v)
{
    const struct tg_name *n = tg_names_get(w->names, sym);
    tg_ydoc_put(&w->arena, map, n->text, n->length, v);
}

/* ---- parts --------------------------------------------------------------------------------------- */

/* Environment variables: the reader takes scalars for text, but for null and `${..}`. */
static doc *write_env(struct writer *w, const struct tg_ast *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    struct tg_kids entries = tg_n_record_entries(n);
    for (uint32_t i = 0; i < entries.count; i++) {
        const struct tg_ast *v = tg_n_entry_value(entries.items[i]);
        bool data = v->kind == TG_N_NIL || is_scalar_text(v);
        tg_yaml_write_put_name(w, map, entries.items[i]->sym, (data ? tg_yaml_write_data : tg_yaml_write_expression)(w, v));
    }
    return map;
}

static doc *write_option(struct writer *w, const struct tg_ast *n)
{
    const struct tg_ast *v = tg_n_keyword_value(n);
    bool env = strcmp(tg_names_get(w->names, n->sym)->text, "env") == 0;
    if (env && v->kind == TG_N_RECORD && !tg_yaml_write_has_twins(tg_n_record_entries(v))) return write_env(w, v);
    return tg_yaml_write_value(w, v, true);
}

doc *tg_yaml_write_options(struct writer *w, const struct tg_ast *n)
{
    doc *map = tg_ydoc_map(&w->arena);
    struct tg_kids list = tg_n_options_list(n);
    for (uint32_t i = 0; i < list.count; i++)
        tg_yaml_write_put_name(w, map, list.items[i]->sym, write_option(w, list.items[i]));
    return map;
}

doc *tg_yaml_write_type(struct writer *w, const struct tg_ast *n)
{
    return tg_yaml_write_text(w, n->text, n->length);
}

/* One parameter: a name or a type alone where that is all, else a mapping. */
static doc *write_parameter(struct writer *w, const struct tg_ast *p, bool in_map)
{
    const struct tg_ast *type = tg_n_parameter_type(p), *value = tg_n_parameter_default(p);
    if (!type && !value) return in_map ? tg_yaml_write_word(w, "null") : tg_yaml_write_name(w, p->sym);
    if (in_map && !value) return tg_yaml_write_type(w, type);
    doc *d = tg_ydoc_map(&w->arena);
    if (!in_map) tg_yaml_write_put(w, d, "name", tg_yaml_write_name(w, p->sym));
    if (type) tg_yaml_write_put(w, d, "type", tg_yaml_write_type(w, type));
    if (value) tg_yaml_write_put(w, d, "default", tg_yaml_write_value(w, value, true));
    return d;
}

/* A list of names where there are no types, a mapping otherwise. */
doc *tg_yaml_write_params(struct writer *w, const struct tg_ast *n)
{
    struct tg_kids list = tg_n_params_list(n);
    bool typed = false;
    for (uint32_t i = 0; i < list.count; i++) typed = typed || tg_n_parameter_type(list.items[i]);
    bool map = typed && !tg_yaml_write_has_twins(list);
    doc *all = map ? tg_ydoc_map(&w->arena) : tg_ydoc_list(&w->arena);
    for (uint32_t i = 0; i < list.count; i++) {
        doc *d = write_parameter(w, list.items[i], map);
        if (map) tg_yaml_write_put_name(w, all, list.items[i]->sym, d);
        else tg_ydoc_add(all, d);
    }
    return all;
}

/* "x" or "x, y" */
const char *tg_yaml_write_targets(struct writer *w, const struct tg_ast *n)
{
    struct tg_kids names = tg_n_targets_names(n);
    const char *all = tg_yaml_write_name_text(w, names.items[0]->sym);
    for (uint32_t i = 1; i < names.count; i++)
        all = tg_arena_format(&w->arena, "%s, %s", all, tg_yaml_write_name_text(w, names.items[i]->sym));
    return all;
}

/* ---- comments ------------------------------------------------------------------------------------ */

size_t tg_yaml_write_comments_until(const struct writer *w, uint32_t until)
{
    size_t i = w->next;
    while (i < w->end && w->tree->comments.items[i].span.start < until) i++;
    return i;
}

void tg_yaml_write_add_comments(struct writer *w, doc *d, size_t from, size_t to)
{
    for (; from < to; from++) {
        tg_span span = w->tree->comments.items[from].span;
        tg_ydoc_comment(&w->arena, d, w->source->text + (span.start - w->source->base), span.end - span.start);
    }
}

void tg_yaml_write_take_comments(struct writer *w, doc *d, uint32_t until)
{
    size_t from = w->next;
    w->next = tg_yaml_write_comments_until(w, until);
    tg_yaml_write_add_comments(w, d, from, w->next);
}

void tg_yaml_write_take_trailing(struct writer *w, doc *d)
{
    if (w->next >= w->end || w->tree->comments.items[w->next].own_line) return;
    tg_span span = w->tree->comments.items[w->next++].span;
    tg_ydoc_trailing(&w->arena, d, w->source->text + (span.start - w->source->base), span.end - span.start);
}
