/* SPDX-License-Identifier: MIT
 * Reading `.tg` in tests: TREE compares a text's tree, as S-expressions, ERRORS what it says about a text. */
#ifndef TG_TEST_READING_H
#define TG_TEST_READING_H

#include "engine/base/buf.h"
#include "lang/read/parse_tg.h"
#include "lang/text/diag.h"
#include "lang/text/source.h"
#include "lang/tree/ast.h"
#include "tests/unit/check.h"

/* ---- trees as S-expressions ---------------------------------------------------------------------------- */

static const char *const kind_names[] = {
    "none",    "nil",    "bool",    "int",      "float",    "str",   "template", "name",     "list",      "record",   "entry",
    "pair",    "range",  "comp",    "cfor",     "cif",      "unary", "binary",   "logic",    "chain",     "index",    "slice",
    "field",   "call",   "keyword", "lambda",   "optioned", "if",    "block",    "use",      "import",    "param",    "assign",
    "augment", "output", "fn",      "task",     "for",      "while", "with",     "in_order", "assert",    "defaults", "finally",
    "extern",  "return", "break",   "continue", "expr",     "error", "targets",  "params",   "parameter", "type",     "options",
    "result",  "rfile",  "run",     "sh",       "text",     "file",
};

static const char *const flag_names[] = {"size", "duration", "raw", "triple", "quoted", "equals", "list", NULL};

static void dump_text(struct tg_buf *b, const struct tg_ast *n)
{
    if (n->text) tg_buf_json_string(b, n->text, n->length);
}

static void dump(struct tg_buf *b, const struct tg_names *names, const struct tg_ast *n)
{
    if (!n) {
        tg_buf_text(b, "_");
        return;
    }
    const char *sym = n->sym == TG_NO_NAME ? NULL : tg_names_get(names, n->sym)->text;
    switch (n->kind) {
    case TG_N_NIL: tg_buf_text(b, "nil"); return;
    case TG_N_BOOL: tg_buf_text(b, n->i ? "true" : "false"); return;
    case TG_N_INT: tg_buf_format(b, "%lld%s", (long long)n->i, n->flags & TG_F_SIZE ? "B" : ""); return;
    case TG_N_FLOAT: tg_buf_format(b, "%.17g%s", n->f, n->flags & TG_F_DURATION ? "s" : "f"); return;
    case TG_N_STR: dump_text(b, n); return;
    case TG_N_NAME: tg_buf_text(b, sym); return;
    default: break;
    }
    tg_buf_format(b, "(%s", n->kind < TG_N_FILE + 1 ? kind_names[n->kind] : "?");
    if (n->op) tg_buf_format(b, " %s", tg_ast_op_text(n->op));
    if (sym) tg_buf_format(b, " %s", sym);
    if (n->kind == TG_N_USE || n->kind == TG_N_IMPORT || n->kind == TG_N_PARAM || n->kind == TG_N_TYPE ||
        n->kind == TG_N_EXTERN) {
        if (n->text) tg_buf_char(b, ' ');
        dump_text(b, n);
    }
    for (uint32_t i = 0; flag_names[i]; i++)
        if (n->flags >> i & 1) tg_buf_format(b, " :%s", flag_names[i]);
    for (uint32_t i = 0; i < n->kid_count; i++) {
        tg_buf_char(b, ' ');
        dump(b, names, n->kid[i]);
    }
    tg_buf_char(b, ')');
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

struct reading {
    struct tg_arena arena;
    struct tg_names names;
    struct tg_sources sources;
    struct tg_diags diags;
    struct tg_parse parse;
    struct tg_tree tree;
};

static void read_text(struct reading *r, const char *text, size_t length)
{
    *r = (struct reading){0};
    struct tg_err err = {0};
    tg_diags_init(&r->diags, &r->arena);
    struct tg_source *source = tg_sources_add(&r->sources, "x.tg", text, length, &err);
    CHECK(source);
    r->parse = (struct tg_parse){&r->arena, &r->names, &r->diags, source, true, false};
    tg_parse_tg(&r->parse, &r->tree);
}

static void reading_done(struct reading *r)
{
    tg_vec_done(&r->tree.comments);
    tg_diags_done(&r->diags);
    tg_sources_done(&r->sources);
    tg_names_done(&r->names);
    tg_arena_done(&r->arena);
}

/* The trees of all statements, one a line. */
static inline void check_tree_at(int line, const char *text, const char *wanted)
{
    struct reading r;
    struct tg_buf b = {0};
    read_text(&r, text, strlen(text));
    struct tg_kids statements = tg_n_block_statements(r.tree.file);
    for (uint32_t i = 0; i < statements.count; i++) {
        if (i) tg_buf_char(&b, '\n');
        dump(&b, &r.names, statements.items[i]);
    }
    CHECK(tg_ast_is_sound(r.tree.file));
    if (r.diags.error_count || strcmp(tg_buf_str(&b), wanted) != 0) printf("# line %d: %s\n", line, text);
    CHECK_STR(tg_buf_str(&b), wanted);
    CHECK_STR(r.diags.error_count ? r.diags.items.items[0].message : "", "");
    tg_buf_done(&b);
    reading_done(&r);
}

#define TREE(text, wanted) check_tree_at(__LINE__, (text), (wanted))

/* "line:column: message [hint]", one error a line. */
static inline void check_errors_at(int line, const char *text, const char *wanted)
{
    struct reading r;
    struct tg_buf b = {0};
    read_text(&r, text, strlen(text));
    for (size_t i = 0; i < r.diags.items.count; i++) {
        const struct tg_diag *d = &r.diags.items.items[i];
        struct tg_place p = {0};
        CHECK(tg_sources_place(&r.sources, d->span, &p));
        tg_buf_format(&b, "%s%u:%u: %s", i ? "\n" : "", p.line, p.column, d->message);
        if (d->hint) tg_buf_format(&b, " [%s]", d->hint);
    }
    if (strcmp(tg_buf_str(&b), wanted) != 0) printf("# line %d: %s\n", line, text);
    CHECK_STR(tg_buf_str(&b), wanted);
    tg_buf_done(&b);
    reading_done(&r);
}

#define ERRORS(text, wanted) check_errors_at(__LINE__, (text), (wanted))

#endif
