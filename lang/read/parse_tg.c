/* SPDX-License-Identifier: MIT
 * Reading `.tg`: sets up the scanner and the grammar for a file, for a part of another file or one expression, and puts
 * the tree together. */
#include "lang/read/parse_tg.h"

#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/base/limits.h"
#include "lang/read/build.h"
#include "lang/read/reader.h"
#include "lang/read/parse.h"
#include "lang/text/source.h"

#define FIRST_KIDS 64
/* Texts up to this size are copied to the stack to be read. */
#define SMALL_TEXT 1000

void tg_reader_too_deep(struct tg_reader *r, tg_span span)
{
    if (r->next == TG_NEXT_NOTHING) return;
    r->next = TG_NEXT_NOTHING;
    struct tg_diag *d = tg_diag_error(r->p->diags, span, "nested deeper than %d levels", TG_MAX_NESTING);
    tg_diag_hint(r->p->diags, d, "give the inner parts names of their own, or put them into a list");
}

static void reader_init(struct tg_reader *r, struct tg_parse *p, const char *text, size_t length, int start)
{
    *r = (struct tg_reader){.p = p, .arena = p->arena, .text = text, .length = (uint32_t)length};
    r->next = TG_NEXT_START;
    r->token = start;
    r->expression = start == TG_T_START_EXPRESSION;
    r->end = r->expression ? "its end" : "end of file";
    struct tg_bracket file = {.kind = TG_B_BLOCK};
    tg_vec_push(&r->brackets, file);
    tg_vec_reserve(&r->kids, FIRST_KIDS);
}

static void reader_done(struct tg_reader *r)
{
    tg_vec_done(&r->brackets);
    tg_vec_done(&r->texts);
    tg_vec_done(&r->lines);
    tg_vec_done(&r->kids);
    tg_vec_done(&r->statements);
    tg_vec_done(&r->bare_ifs);
    tg_vec_done(&r->comments);
    tg_buf_done(&r->piece);
}

/* Reads text[0, length); two NULs follow it. */
static void run_parser(struct tg_reader *r)
{
    tg_reader_scan_start(r, (char *)r->text, (size_t)r->length + 2);
    tg_yyparse(r);
    TG_ASSERT(r->kids.count == 0); /* each list has taken its own */
    tg_reader_scan_done(r);
}

static struct tg_ast *take_statements(const struct tg_reader *r, enum tg_ast_kind kind, tg_span span)
{
    return tg_ast_new_of(r->arena, kind, span, (struct tg_kids){r->statements.items, (uint32_t)r->statements.count});
}

/* ---- options of the file ------------------------------------------------------------------------- */

/* A call that is made where the node stands: bodies of functions and commands are others' matter. */
static bool makes_call(const struct tg_ast *n)
{
    if (n->kind == TG_N_CALL) return true;
    if (tg_ast_is(n, TG_IN(FN) | TG_IN(TASK) | TG_IN(EXTERN) | TG_IN(FINALLY) | TG_IN(LAMBDA) | TG_IN(PARAM))) return false;
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
        if (makes_call(k.kid)) return true;
    return false;
}

/* How far the line at this place is indented. */
static uint32_t line_indent(const struct tg_source *source, tg_span span)
{
    const char *at = source->text + (span.start - source->base), *line = at;
    while (line > source->text && line[-1] != '\n') line--;
    return (uint32_t)strspn(line, " \t");
}

/* True if `with` on the line behind this statement reads as a part of it. */
static bool seems_continued(const struct tg_source *source, const struct tg_ast *before, const struct tg_ast *n)
{
    if (before->kind == TG_N_FN && before->flags & TG_F_EQUALS && makes_call(tg_n_fn_body(before))) return true;
    return line_indent(source, n->span) > line_indent(source, before->span);
}

static void say_behind(struct tg_parse *p, const struct tg_ast *n, const struct tg_ast *before, bool yaml)
{
    struct tg_diag *d = tg_diag_error(p->diags, n->span,
                                      "this 'with' holds for all of the file, not for what stands before it");
    tg_diag_note(p->diags, d, before->span, "this stands before it");
    tg_diag_hint(
        p->diags, d,
        yaml
            ? "options of a task stand in its entry, with: {retries: 2}; those of the file in its section 'with'."
            : "options of a call or definition stand on its line, f() with retries = 2; those of the file before its first call.");
}

static void say_twice(struct tg_parse *p, const struct tg_ast *n, const struct tg_ast *first)
{
    struct tg_diag *d = tg_diag_error(p->diags, n->span, "options of the file are given twice");
    tg_diag_note(p->diags, d, first->span, "they are given here first");
    tg_diag_hint(p->diags, d, "write them in one line: with OPTION = VALUE, OPTION = VALUE.");
}

void tg_parse_tg_defaults(struct tg_parse *p, const struct tg_tree *tree)
{
    struct tg_kids statements = tg_n_block_statements(tree->file);
    const struct tg_ast *first = NULL, *call = NULL, *before = NULL;
    for (uint32_t i = 0; i < statements.count; before = statements.items[i++]) {
        const struct tg_ast *n = statements.items[i];
        if (n->kind != TG_N_DEFAULTS) {
            if (makes_call(n)) call = n; /* the nearest one is told */
            continue;
        }
        if (!call && before && seems_continued(p->source, before, n)) call = before;
        if (first) say_twice(p, n, first);
        else if (call) say_behind(p, n, call, tree->yaml);
        first = first ? first : n;
    }
}

void tg_parse_tg(struct tg_parse *p, struct tg_tree *out)
{
    const struct tg_source *source = p->source;
    struct tg_reader r;
    reader_init(&r, p, source->text, source->length, TG_T_START_FILE);
    r.base = source->base;
    run_parser(&r);
    out->file = take_statements(&r, TG_N_FILE, (tg_span){source->base, source->base + source->length});
    tg_parse_tg_defaults(p, out);
    out->comments.items = r.comments.items;
    out->comments.count = r.comments.count;
    out->comments.room = r.comments.room;
    r.comments.items = NULL;
    r.comments.room = 0;
    reader_done(&r);
    TG_ASSERT(tg_ast_is_sound(out->file));
}

/* Reads a copy of a text that nothing ends. */
static void read_copy(struct tg_reader *r, const char *text, size_t length)
{
    char small[SMALL_TEXT + 2], *copy = length <= SMALL_TEXT ? small : tg_alloc(length + 2);
    memcpy(copy, text, length);
    copy[length] = copy[length + 1] = 0;
    r->text = copy;
    run_parser(r);
    if (copy != small) free(copy);
}

/* ---- one expression ------------------------------------------------------------------------------ */

/* NULL if there was an error in it. */
static struct tg_ast *read_expression(struct tg_reader *r, struct tg_parse *p, const char *text, size_t length)
{
    size_t errors = p->diags->error_count;
    read_copy(r, text, length);
    tg_build_tell_bare_ifs(r, NULL);
    struct tg_ast *result = p->diags->error_count == errors ? r->result : NULL;
    if (result) result->levels = 0;
    TG_ASSERT(!result || tg_ast_is_sound(result));
    reader_done(r);
    return result;
}

struct tg_ast *tg_parse_tg_expression(struct tg_parse *p, uint32_t start, uint32_t end)
{
    struct tg_reader r;
    reader_init(&r, p, NULL, end - start, TG_T_START_EXPRESSION);
    r.base = p->source->base + start;
    return read_expression(&r, p, p->source->text + start, end - start);
}

struct tg_ast *tg_parse_tg_text(struct tg_parse *p, const char *text, size_t length, tg_span span)
{
    struct tg_reader r;
    if (length > TG_MAX_SOURCE_BYTES) {
        tg_diag_error(p->diags, span, "an expression of %zu bytes", length);
        return NULL;
    }
    reader_init(&r, p, NULL, length, TG_T_START_EXPRESSION);
    r.fixed = true;
    r.fixed_span = span;
    return read_expression(&r, p, text, length);
}

/* ---- statements ---------------------------------------------------------------------------------- */

struct tg_ast *tg_parse_tg_block(struct tg_parse *p, uint32_t start, uint32_t end, struct tg_tree *out)
{
    struct tg_reader r;
    reader_init(&r, p, NULL, end - start, TG_T_START_FILE);
    r.base = p->source->base + start;
    r.end = "end of text";
    read_copy(&r, p->source->text + start, end - start);
    struct tg_ast *n = take_statements(&r, TG_N_BLOCK, (tg_span){r.base, r.base + r.length});
    for (size_t i = 0; i < r.comments.count; i++) tg_vec_push(&out->comments, r.comments.items[i]);
    reader_done(&r);
    TG_ASSERT(tg_ast_is_sound(n));
    return n;
}

struct tg_ast *tg_parse_tg_block_text(struct tg_parse *p, const char *text, size_t length, tg_span span)
{
    struct tg_reader r;
    reader_init(&r, p, NULL, length, TG_T_START_FILE);
    r.fixed = true;
    r.fixed_span = span;
    r.end = "end of text";
    read_copy(&r, text, length);
    struct tg_ast *n = take_statements(&r, TG_N_BLOCK, span);
    reader_done(&r);
    TG_ASSERT(tg_ast_is_sound(n));
    return n;
}
