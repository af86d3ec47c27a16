/* SPDX-License-Identifier: MIT
 * Reading, printing and comparing syntax trees in tests. All trees of one `struct forest` share names and memory. */
#ifndef TG_TEST_TREE_H
#define TG_TEST_TREE_H

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "lang/print/print.h"
#include "lang/read/parse_tg.h"
#include "lang/text/diag.h"
#include "lang/text/source.h"
#include "lang/tree/ast.h"
#include "lang/yaml/parse_yaml.h"

struct forest {
    struct tg_arena arena;
    struct tg_names names;
    struct tg_sources sources;
    struct tg_diags diags;
};

struct grown { /* a tree and where it came from */
    struct tg_tree tree;
    struct tg_source *source;
};

static inline void forest_init(struct forest *f)
{
    memset(f, 0, sizeof *f);
    tg_diags_init(&f->diags, &f->arena);
}

static inline void forest_done(struct forest *f)
{
    tg_diags_done(&f->diags);
    tg_sources_done(&f->sources);
    tg_names_done(&f->names);
    tg_arena_done(&f->arena);
}

static inline struct grown forest_read(struct forest *f, const char *text, size_t length, bool yaml)
{
    struct tg_err err = {0};
    struct grown g = {.source = tg_sources_add(&f->sources, yaml ? "t.yaml" : "t.tg", text, length, &err)};
    if (!g.source) {
        tg_diag_take(&f->diags, (tg_span){0, 0}, &err);
        g.tree.file = tg_ast_new(&f->arena, TG_N_FILE, (tg_span){0, 0});
        return g;
    }
    struct tg_parse p = {&f->arena, &f->names, &f->diags, g.source, true, false};
    (yaml ? tg_parse_yaml : tg_parse_tg)(&p, &g.tree);
    return g;
}

static inline void grown_done(struct grown *g)
{
    tg_vec_done(&g->tree.comments);
}

/* As text; free it with free(). */
static inline char *forest_print(const struct forest *f, const struct grown *g, bool yaml)
{
    struct tg_buf b = {0};
    (yaml ? tg_print_yaml : tg_print_tg)(&b, &g->tree, &f->names, g->source);
    char *text = b.length ? tg_buf_take(&b) : tg_alloc_text("");
    return text;
}

/* The first node of a that differs from b's, NULL if the trees are the same. Spans, parentheses and the way in which
 * a literal was written do not count, nor whether a key stood in quotes. */
static inline const struct tg_ast *tree_difference(const struct tg_ast *a, const struct tg_ast *b)
{
    static const struct tg_ast nothing = {0};
    if (!a && !b) return NULL;
    if (!a || !b) return a ? a : b ? b : &nothing;
    if (a->kind != b->kind || a->sym != b->sym) return a;
    switch (a->kind) {
    case TG_N_BOOL:
    case TG_N_INT: return a->i == b->i ? NULL : a;
    case TG_N_FLOAT: return a->f == b->f ? NULL : a;
    case TG_N_STR:
    case TG_N_USE:
    case TG_N_IMPORT:
    case TG_N_EXTERN:
    case TG_N_TYPE:
    case TG_N_PARAM:
        if (!a->text != !b->text || (a->text && (a->length != b->length || memcmp(a->text, b->text, a->length) != 0))) return a;
        if (a->kind == TG_N_USE && (a->flags ^ b->flags) & TG_F_QUOTED) return a;
        break;
    case TG_N_FN:
    case TG_N_RFILE:
        if ((a->flags ^ b->flags) & (TG_F_EQUALS | TG_F_LIST)) return a;
        break;
    case TG_N_UNARY:
    case TG_N_BINARY:
    case TG_N_LOGIC:
    case TG_N_AUGMENT:
        if (a->op != b->op) return a;
        break;
    default: break;
    }
    uint32_t count = a->kid_count > b->kid_count ? a->kid_count : b->kid_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct tg_ast *x = i < a->kid_count ? a->kid[i] : NULL, *y = i < b->kid_count ? b->kid[i] : NULL;
        const struct tg_ast *d = tree_difference(x, y);
        if (d) return d == &nothing ? a : d;
    }
    return NULL;
}

static inline bool same_tree(const struct grown *a, const struct grown *b)
{
    const struct tg_ast *d = tree_difference(a->tree.file, b->tree.file);
    if (d) printf("# the trees differ at %s\n", tg_ast_kind_name(d->kind));
    return !d;
}

/* The same statements, whatever their order: declarations move when YAML is written. */
static inline bool same_statements(const struct grown *a, const struct grown *b)
{
    struct tg_kids x = tg_n_block_statements(a->tree.file), y = tg_n_block_statements(b->tree.file);
    if (x.count != y.count) return false;
    for (uint32_t i = 0; i < x.count; i++) {
        bool found = !tree_difference(x.items[i], y.items[i]);
        for (uint32_t k = 0; k < y.count && !found; k++) found = !tree_difference(x.items[i], y.items[k]);
        if (!found) return false;
    }
    return true;
}

/* The messages so far, a line each: "3:5: text". */
static inline char *forest_messages(const struct forest *f)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < f->diags.items.count; i++) {
        const struct tg_diag *d = &f->diags.items.items[i];
        struct tg_place place;
        if (tg_sources_place(&f->sources, d->span, &place)) tg_buf_format(&b, "%u:%u: ", place.line, place.column);
        tg_buf_format(&b, "%s\n", d->message);
        if (d->hint) tg_buf_format(&b, "hint: %s\n", d->hint);
        for (const struct tg_note *n = d->notes; n; n = n->next) {
            if (tg_sources_place(&f->sources, n->span, &place)) tg_buf_format(&b, "%u:%u: ", place.line, place.column);
            tg_buf_format(&b, "note: %s\n", n->message);
        }
    }
    return b.length ? tg_buf_take(&b) : tg_alloc_text("");
}

#endif
