/* SPDX-License-Identifier: MIT
 * Fuzzes the reader of `.tg`. Beyond not crashing: the source's text stays as it was, there is always a tree, its
 * nodes lie within the text and leave the later passes' fields alone, and a statement that could not be read comes
 * with an error. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lang/read/parse_tg.h"
#include "lang/text/diag.h"
#include "lang/text/source.h"
#include "lang/tree/ast.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static void check_node(const struct tg_ast *n, const struct tg_source *source, bool errors)
{
    require(n->span.start >= source->base && n->span.end >= n->span.start);
    require(n->span.end <= source->base + source->length);
    require(n->kind != TG_N_ERROR || errors);
    require(n->kind != TG_N_STR || n->text);
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) check_node(k.kid, source, errors);
}

static void check_diagnostics(const struct tg_diags *diags, const struct tg_sources *sources)
{
    require((diags->error_count == 0) == (diags->items.count == 0));
    for (size_t i = 0; i < diags->items.count; i++) {
        struct tg_place place;
        require(tg_sources_place(sources, diags->items.items[i].span, &place));
        require(diags->items.items[i].message[0]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tg_arena arena = {0};
    struct tg_names names = {0};
    struct tg_sources sources = {0};
    struct tg_diags diags;
    struct tg_err err = {0};
    tg_diags_init(&diags, &arena);
    struct tg_source *source = tg_sources_add(&sources, "fuzz.tg", (const char *)data, size, &err);
    if (source) {
        struct tg_parse parse = {&arena, &names, &diags, source, true, false};
        struct tg_tree tree;
        tg_parse_tg(&parse, &tree);
        require(memcmp(source->text, data, size) == 0);
        require(tg_ast_is_sound(tree.file));
        check_node(tree.file, source, diags.error_count > 0);
        check_diagnostics(&diags, &sources);
        tg_parse_tg_expression(&parse, 0, (uint32_t)size);
        tg_vec_done(&tree.comments);
    }
    tg_err_done(&err);
    tg_diags_done(&diags);
    tg_sources_done(&sources);
    tg_names_done(&names);
    tg_arena_done(&arena);
    return 0;
}
