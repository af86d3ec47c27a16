/* SPDX-License-Identifier: MIT
 * `.tg` in canonical layout: statements, blocks and comments.
 *
 * Comments lie in a list ordered by place; a cursor moves through it as the statements are printed. Before a
 * statement, an item or a closing bracket, the comments that stand before it in the source are printed: one that
 * shared a line with code ends the line just printed, the others get lines of their own. So none is ever lost,
 * whatever stood between. Of YAML, where the order of statements is not that of the text, each statement of the file
 * gets the comments of its own stretch of text. */
#include "lang/print/printer.h"

#include <stdlib.h>

#include "engine/base/alloc.h"
#include "lang/print/print.h"
#include "lang/print/ydoc.h"

/* ---- places in the source ------------------------------------------------------------------------ */

/* The passage that holds the offset, as its number + 1; 0: none does. */
static size_t passage_at(const struct tg_tree *tree, uint32_t offset)
{
    size_t low = 0, high = tree->passage_count; /* the first that begins behind the offset */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tree->passages[middle].span.start <= offset) low = middle + 1;
        else high = middle;
    }
    return low && offset < tree->passages[low - 1].span.end ? low : 0;
}

bool tg_print_is_tg(const struct tg_printer *p, uint32_t offset, uint32_t *indent)
{
    if (!p->source || !p->tree || offset < p->source->base) return false;
    size_t passage = p->tree->yaml ? passage_at(p->tree, offset) : 0;
    if (indent) *indent = passage ? p->tree->passages[passage - 1].indent : 0;
    return passage || !p->tree->yaml;
}

/* ---- lines and comments -------------------------------------------------------------------------- */

void tg_print_newline(struct tg_printer *p)
{
    if (p->b->length > 0) tg_buf_char(p->b, '\n');
    p->line = p->b->length;
    tg_buf_fill(p->b, ' ', p->indent);
    p->commented = false;
}

/* Is the line above the one of this offset empty? */
static bool blank_above(const struct tg_printer *p, uint32_t offset)
{
    if (!tg_print_is_tg(p, offset, NULL)) return false;
    const char *text = p->source->text, *at = text + (offset - p->source->base);
    while (at > text && at[-1] != '\n') at--;
    if (at == text) return false;
    for (at--; at > text && at[-1] != '\n'; at--)
        if (!strchr(" \t\r\f", at[-1])) return false;
    return at > text;
}

static void separate(struct tg_printer *p, uint32_t offset)
{
    if (!p->fresh && blank_above(p, offset)) tg_buf_char(p->b, '\n');
    p->fresh = false;
}

static const struct tg_comment *next_comment(const struct tg_printer *p, uint32_t until)
{
    TG_ASSERT(p->end <= (p->tree ? p->tree->comments.count : 0));
    if (p->next >= p->end || p->tree->comments.items[p->next].span.start >= until) return NULL;
    return &p->tree->comments.items[p->next];
}

static void comment_text(struct tg_printer *p, const struct tg_comment *c)
{
    const char *text = p->source->text + (c->span.start - p->source->base);
    size_t length = c->span.end - c->span.start;
    TG_ASSERT(c->span.start >= p->source->base && c->span.end <= p->source->base + p->source->length);
    while (length > 0 && strchr(" \t\r\f", text[length - 1])) length--;
    tg_buf_add(p->b, text, length);
    if (p->printable) p->b->length -= length - tg_ydoc_clean(p->b->data + p->b->length - length, length);
    p->next++;
}

static bool line_is_empty(const struct tg_printer *p)
{
    for (size_t i = p->line; i < p->b->length; i++)
        if (p->b->data[i] != ' ') return false;
    return true;
}

/* A comment that shared a line with code goes behind what was just printed, if that has none yet. */
static void trailing(struct tg_printer *p, uint32_t until)
{
    const struct tg_comment *c = next_comment(p, until);
    if (!c || c->own_line || p->commented || line_is_empty(p)) return;
    tg_print_word(p, "  ");
    comment_text(p, c);
    p->commented = true;
}

void tg_print_comments(struct tg_printer *p, uint32_t until)
{
    trailing(p, until);
    for (const struct tg_comment *c; (c = next_comment(p, until));) {
        if (p->b->length > 0) separate(p, c->span.start);
        p->fresh = false;
        tg_print_newline(p);
        comment_text(p, c);
        p->commented = true;
    }
}

bool tg_print_has_comments(const struct tg_printer *p, tg_span span)
{
    size_t low = p->next, high = p->end; /* the first that begins at span.start or later */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->tree->comments.items[middle].span.start < span.start) low = middle + 1;
        else high = middle;
    }
    return low < p->end && p->tree->comments.items[low].span.start < span.end;
}

uint32_t tg_print_body_end(const struct tg_printer *p, uint32_t from)
{
    if (!tg_print_is_tg(p, from, NULL)) return 0;
    const char *text = p->source->text;
    uint32_t i = from - p->source->base;
    while (i < p->source->length && text[i] != '}') {
        if (text[i] == '#')
            while (i < p->source->length && text[i] != '\n') i++;
        else i++;
    }
    return i < p->source->length ? p->source->base + i : 0;
}

uint32_t tg_print_source_column(const struct tg_source *source, uint32_t offset)
{
    uint32_t column = 0;
    if (!source || offset < source->base || offset - source->base > source->length) return 0;
    for (const char *at = source->text + (offset - source->base); at > source->text && at[-1] != '\n'; at--) column++;
    return column;
}

uint32_t tg_print_extent(const struct tg_ast *n)
{
    uint32_t end = n->span.end;
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) {
        uint32_t kid_end = tg_print_extent(k.kid);
        if (kid_end > end) end = kid_end;
    }
    return end;
}

/* ---- blocks -------------------------------------------------------------------------------------- */

static void statement(struct tg_printer *p, const struct tg_ast *n);

static void flat_sequence(struct tg_printer *p, struct tg_kids kids)
{
    for (uint32_t i = 0; i < kids.count && !p->over; i++) {
        if (i > 0) tg_print_word(p, "; ");
        statement(p, kids.items[i]);
        p->over = p->over || tg_print_column(p) > p->columns;
    }
}

static void sequence(struct tg_printer *p, struct tg_kids kids, uint32_t end)
{
    p->fresh = true;
    for (uint32_t i = 0; i < kids.count; i++) {
        uint32_t start = kids.items[i]->span.start;
        tg_print_comments(p, start);
        separate(p, start);
        tg_print_newline(p);
        statement(p, kids.items[i]);
        trailing(p, i + 1 < kids.count ? kids.items[i + 1]->span.start : end);
    }
    tg_print_comments(p, end);
    p->fresh = false;
}

/* { .. } around statements; end: of the source's block, before which comments belong into it. */
static void braces(struct tg_printer *p, struct tg_kids kids, uint32_t end)
{
    if (p->flat) {
        tg_print_word(p, kids.count ? "{ " : "{}");
        flat_sequence(p, kids);
        if (kids.count) tg_print_word(p, " }");
        return;
    }
    if (kids.count == 0 && !next_comment(p, end)) {
        tg_print_word(p, "{}");
        return;
    }
    tg_print_word(p, "{");
    p->indent += TG_PRINT_INDENT;
    sequence(p, kids, end);
    TG_ASSERT(p->indent >= TG_PRINT_INDENT);
    p->indent -= TG_PRINT_INDENT;
    tg_print_newline(p);
    tg_print_word(p, "}");
}

void tg_print_block(struct tg_printer *p, const struct tg_ast *block)
{
    braces(p, tg_n_block_statements(block), p->flat ? 0 : block->span.end);
}

void tg_print_body(struct tg_printer *p, const struct tg_ast *block)
{
    sequence(p, tg_n_block_statements(block), block->span.end);
}

/* ---- declarations -------------------------------------------------------------------------------- */

static void use(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, "use ");
    if (n->flags & TG_F_QUOTED) tg_printer_text(p, n->text, n->length);
    else tg_buf_add(p->b, n->text, n->length);
    if (n->sym == TG_NO_NAME) return;
    tg_print_word(p, " as ");
    tg_print_name(p, n->sym);
}

static void import(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, "import ");
    tg_printer_text(p, n->text, n->length);
    tg_print_word(p, " as ");
    tg_print_name(p, n->sym);
}

static void param(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, "param ");
    tg_print_name(p, n->sym);
    tg_print_word(p, ": ");
    const struct tg_ast *type = tg_n_param_type(n), *choices = tg_n_param_choices(n), *value = tg_n_param_default(n);
    tg_buf_add(p->b, type->text, type->length);
    if (choices) {
        tg_print_word(p, " in ");
        tg_printer_expr(p, choices, TG_L_EXPR, 0);
    }
    if (value) {
        tg_print_word(p, " = ");
        tg_printer_expr(p, value, TG_L_EXPR, 0);
    }
    if (!n->text) return;
    tg_print_word(p, "  ");
    tg_printer_text(p, n->text, n->length);
}

static void function(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, "fn ");
    tg_print_name(p, n->sym);
    tg_printer_params(p, tg_n_fn_params(n));
    if (n->flags & TG_F_EQUALS) {
        tg_print_word(p, " = ");
        tg_printer_expr(p, tg_n_fn_body(n), TG_L_WITH, 0);
        return;
    }
    tg_print_word(p, " ");
    tg_print_block(p, tg_n_fn_body(n));
}

/* ---- tasks --------------------------------------------------------------------------------------- */

/* Is it a call of something named text? Right behind a '<' that would stand for a value's text. */
static bool reads_as_text(const struct tg_printer *p, const struct tg_ast *n)
{
    if (n->kind != TG_N_CALL || tg_n_call_callee(n)->kind != TG_N_NAME) return false;
    return strcmp(tg_names_get(p->names, tg_n_call_callee(n)->sym)->text, "text") == 0;
}

/* Below a comparison: what stands right of '>' and '<' of a step. */
static void redirect(struct tg_printer *p, const char *sign, const struct tg_ast *n)
{
    if (!n) return;
    tg_print_word(p, sign);
    bool text = n->kind == TG_N_TEXT, parens = reads_as_text(p, n);
    if (text || parens) tg_print_word(p, text ? "text(" : "(");
    tg_printer_expr(p, text ? tg_n_text_value(n) : n, text ? TG_L_EXPR : TG_L_RANGE, 0);
    if (text || parens) tg_print_word(p, ")");
}

/* A part of a pipeline behind the first: on a line of its own, unless all is flat. */
static void piped(struct tg_printer *p, const struct tg_ast *words)
{
    tg_print_word(p, " |");
    if (p->flat) {
        tg_print_word(p, " ");
    } else {
        p->fresh = true;
        tg_print_comments(p, words->span.start);
        tg_print_newline(p);
    }
    tg_printer_expr(p, words, TG_L_RANGE, 0);
}

/* Each program of a pipeline reads what the one before writes; `<` stands where a shell has it. */
static void pipeline(struct tg_printer *p, const struct tg_ast *n, struct tg_kids parts)
{
    tg_printer_expr(p, tg_n_run_words(n), TG_L_RANGE, 0);
    redirect(p, " < ", tg_n_step_input(n));
    if (!p->flat) p->indent += TG_PRINT_INDENT;
    for (uint32_t i = 0; i < parts.count && !p->over; i++) piped(p, parts.items[i]);
    redirect(p, " > ", tg_n_step_output(n));
    if (!p->flat) p->indent -= TG_PRINT_INDENT;
}

/* On one line if it fits. */
static void fit_pipeline(struct tg_printer *p, const struct tg_ast *n, struct tg_kids parts)
{
    size_t start = p->b->length, line = p->line;
    if (!p->flat && !tg_print_has_comments(p, (tg_span){n->span.start, tg_print_extent(n)})) {
        p->flat = true;
        p->over = false;
        p->columns = TG_PRINT_COLUMNS;
        pipeline(p, n, parts);
        p->flat = false;
        bool fits = !p->over && tg_print_column(p) <= TG_PRINT_COLUMNS;
        p->over = false;
        if (fits) return;
        p->b->length = start;
        p->line = line;
    }
    pipeline(p, n, parts);
}

static void step(struct tg_printer *p, const struct tg_ast *n)
{
    bool run = n->kind == TG_N_RUN;
    struct tg_kids parts = run ? tg_n_run_piped(n) : (struct tg_kids){0};
    tg_print_word(p, run ? "run " : "sh ");
    if (parts.count) {
        fit_pipeline(p, n, parts);
        return;
    }
    tg_printer_expr(p, run ? tg_n_run_words(n) : tg_n_sh_text(n), TG_L_RANGE, 0);
    redirect(p, " > ", tg_n_step_output(n));
    redirect(p, " < ", tg_n_step_input(n));
}

static void task_head(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, "task ");
    tg_print_name(p, n->sym);
    tg_printer_params(p, tg_n_task_params(n));
    tg_print_word(p, " -> ");
    tg_printer_expr(p, tg_n_result_form(tg_n_task_result(n)), TG_L_EXPR, 0);
    if (tg_n_task_options(n)) tg_printer_options(p, tg_n_task_options(n));
    tg_print_word(p, " ");
}

static bool is_server(struct tg_kids steps)
{
    return steps.count == 1 && steps.items[0]->kind == TG_N_RUN && steps.items[0]->flags & TG_F_SERVES;
}

static void server(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, n->flags & TG_F_EFFECT ? "effect serve " : "serve ");
    tg_printer_expr(p, tg_n_run_words(n), TG_L_EXPR, 0);
}

/* A task of one step stays on one line if it was written so (or comes from YAML) and fits. */
static bool one_line_task(struct tg_printer *p, const struct tg_ast *n, uint32_t end)
{
    struct tg_kids steps = tg_n_task_steps(n);
    if (steps.count != 1 || p->flat || tg_print_has_comments(p, (tg_span){n->span.start, end ? end : n->span.end}))
        return false;
    if (end && memchr(p->source->text + (n->span.end - p->source->base), '\n', end - n->span.end)) return false;
    size_t start = p->b->length, line = p->line;
    p->flat = true;
    p->over = false;
    p->columns = TG_PRINT_COLUMNS;
    task_head(p, n);
    braces(p, steps, 0);
    p->flat = false;
    if (!p->over && tg_print_column(p) <= TG_PRINT_COLUMNS && p->line == line) return true;
    p->over = false;
    p->b->length = start;
    p->line = line;
    return false;
}

static void task(struct tg_printer *p, const struct tg_ast *n)
{
    struct tg_kids steps = tg_n_task_steps(n);
    uint32_t from = steps.count ? tg_print_extent(steps.items[steps.count - 1]) : n->span.end;
    uint32_t end = tg_print_body_end(p, from);
    if (is_server(steps)) {
        task_head(p, n);
        server(p, steps.items[0]);
        return;
    }
    if (one_line_task(p, n, end)) return;
    task_head(p, n);
    braces(p, steps, end ? end : tg_print_extent(n));
}

static void signature(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_name(p, n->sym);
    tg_printer_params(p, tg_n_task_params(n));
    tg_print_word(p, " -> ");
    tg_buf_add(p->b, tg_n_task_result(n)->text, tg_n_task_result(n)->length);
}

static void extern_block(struct tg_printer *p, const struct tg_ast *n)
{
    struct tg_kids functions = tg_n_extern_functions(n);
    tg_print_word(p, "extern ");
    tg_printer_text(p, n->text, n->length);
    tg_print_word(p, " ");
    uint32_t end = tg_print_body_end(p, functions.count ? tg_print_extent(functions.items[functions.count - 1]) : n->span.end);
    braces(p, functions, end ? end : tg_print_extent(n));
}

/* ---- other statements ---------------------------------------------------------------------------- */

static void names(struct tg_printer *p, const struct tg_ast *targets)
{
    struct tg_kids list = tg_n_targets_names(targets);
    for (uint32_t i = 0; i < list.count; i++) {
        if (i > 0) tg_print_word(p, ", ");
        tg_print_name(p, list.items[i]->sym);
    }
}

static void if_statement(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, "if ");
    tg_printer_condition(p, tg_n_if_condition(n));
    tg_print_word(p, " ");
    tg_print_block(p, tg_n_if_then(n));
    const struct tg_ast *other = tg_n_if_else(n);
    if (!other) return;
    tg_print_word(p, " else ");
    if (other->kind == TG_N_IF) if_statement(p, other);
    else tg_print_block(p, other);
}

static void loop(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, n->kind == TG_N_FOR ? "for " : "while ");
    if (n->kind == TG_N_FOR) {
        names(p, tg_n_for_targets(n));
        tg_print_word(p, " in ");
        tg_printer_expr(p, tg_n_for_over(n), TG_L_EXPR, 2);
    } else {
        tg_printer_condition(p, tg_n_while_condition(n));
    }
    tg_print_word(p, " ");
    tg_print_block(p, tg_n_loop_body(n));
}

static void finally_block(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, "finally ");
    tg_print_block(p, tg_n_fn_body(n));
}

static void options_of(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, "with ");
    struct tg_kids options = tg_n_options_list(n);
    for (uint32_t i = 0; i < options.count; i++) {
        if (i > 0) tg_print_word(p, ", ");
        tg_print_name(p, options.items[i]->sym);
        tg_print_word(p, " = ");
        tg_printer_expr(p, tg_n_keyword_value(options.items[i]), TG_L_EXPR, 2);
    }
}

static void with_block(struct tg_printer *p, const struct tg_ast *n)
{
    options_of(p, tg_n_with_options(n));
    tg_print_word(p, " ");
    tg_print_block(p, tg_n_with_body(n));
}

static void assertion(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, "assert ");
    tg_printer_expr(p, tg_n_assert_condition(n), TG_L_EXPR, 0);
    if (!tg_n_assert_message(n)) return;
    tg_print_word(p, ", ");
    tg_printer_expr(p, tg_n_assert_message(n), TG_L_EXPR, 0);
}

static void output(struct tg_printer *p, const struct tg_ast *n)
{
    tg_print_word(p, "output ");
    tg_print_name(p, n->sym);
    if (!tg_n_output_value(n)) return;
    tg_print_word(p, " = ");
    tg_printer_expr(p, tg_n_output_value(n), TG_L_WITH, 0);
}

/* As it stands in the source. */
static void unread(struct tg_printer *p, const struct tg_ast *n)
{
    if (p->source && n->span.start >= p->source->base)
        tg_buf_add(p->b, p->source->text + (n->span.start - p->source->base), n->span.end - n->span.start);
}

static void statement(struct tg_printer *p, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_USE: use(p, n); break;
    case TG_N_IMPORT: import(p, n); break;
    case TG_N_PARAM: param(p, n); break;
    case TG_N_ASSIGN:
        names(p, tg_n_assign_targets(n));
        tg_print_word(p, " = ");
        tg_printer_expr(p, tg_n_assign_value(n), TG_L_WITH, 0);
        break;
    case TG_N_AUGMENT:
        tg_print_name(p, n->sym);
        tg_print_word(p, " ");
        tg_print_word(p, tg_ast_op_text(n->op));
        tg_print_word(p, "= ");
        tg_printer_expr(p, tg_n_augment_value(n), TG_L_WITH, 0);
        break;
    case TG_N_OUTPUT: output(p, n); break;
    case TG_N_FN: function(p, n); break;
    case TG_N_TASK: (tg_n_task_result(n)->kind == TG_N_TYPE ? signature : task)(p, n); break;
    case TG_N_RUN:
    case TG_N_SH: step(p, n); break;
    case TG_N_FOR:
    case TG_N_WHILE: loop(p, n); break;
    case TG_N_WITH: with_block(p, n); break;
    case TG_N_IN_ORDER:
        tg_print_word(p, "in_order ");
        tg_print_block(p, tg_n_in_order_body(n));
        break;
    case TG_N_DEFAULTS: options_of(p, tg_n_defaults_options(n)); break;
    case TG_N_IF: if_statement(p, n); break;
    case TG_N_FINALLY: finally_block(p, n); break;
    case TG_N_ASSERT: assertion(p, n); break;
    case TG_N_EXTERN: extern_block(p, n); break;
    case TG_N_RETURN:
        tg_print_word(p, tg_n_return_value(n) ? "return " : "return");
        if (tg_n_return_value(n)) tg_printer_expr(p, tg_n_return_value(n), TG_L_WITH, 0);
        break;
    case TG_N_BREAK: tg_print_word(p, "break"); break;
    case TG_N_CONTINUE: tg_print_word(p, "continue"); break;
    case TG_N_EXPR: /* an `if` in parentheses is no statement */
        tg_printer_expr(p, tg_n_expr_value(n), tg_n_expr_value(n)->kind == TG_N_IF ? TG_L_PRIMARY : TG_L_WITH, 0);
        break;
    case TG_N_ERROR: unread(p, n); break;
    default: tg_printer_expr(p, n, TG_L_EXPR, 0);
    }
}

/* ---- the file ------------------------------------------------------------------------------------ */

struct stretch {
    uint32_t start, end, index;
};

static int by_start(const void *a, const void *b)
{
    const struct stretch *x = a, *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* The statement, in the order of the text, that a comment belongs to: the one it stands in, right behind, or below
 * with a deeper indentation; else the next one. One of a program stays with the program's statements. */
static uint32_t owner(const struct tg_tree *tree, const struct stretch *s, uint32_t count, uint32_t *at,
                      const struct tg_comment *c, const struct tg_source *source)
{
    while (*at < count && s[*at].start <= c->span.start) ++*at;
    if (*at == 0) return 0;
    const struct stretch *before = &s[*at - 1];
    if (c->span.start < before->end) return *at - 1;
    size_t passage = passage_at(tree, c->span.start);
    bool starts = passage && *at < count && passage_at(tree, s[*at].start) == passage;
    bool ends = passage && passage_at(tree, before->start) == passage;
    if (starts != ends) return starts ? *at : *at - 1;
    bool deeper = tg_print_source_column(source, c->span.start) > tg_print_source_column(source, before->start);
    return !c->own_line || deeper ? *at - 1 : *at;
}

struct tg_windows tg_print_windows(const struct tg_tree *tree, const struct tg_source *source)
{
    struct tg_kids file = tg_n_block_statements(tree->file);
    uint32_t count = file.count, at = 0, last = 0;
    struct tg_windows w = {tg_alloc_zero((count + 1) * sizeof *w.first), tg_alloc_zero((count + 1) * sizeof *w.last), count};
    struct stretch *s = tg_alloc((count + 1) * sizeof *s);
    for (uint32_t i = 0; i < count; i++) s[i] = (struct stretch){file.items[i]->span.start, tg_print_extent(file.items[i]), i};
    qsort(s, count, sizeof *s, by_start);
    s[count].index = count; /* behind all statements */
    for (size_t i = 0; i < tree->comments.count; i++) {
        uint32_t place = owner(tree, s, count, &at, &tree->comments.items[i], source);
        if (place > last) last = place; /* comments of one statement lie side by side */
        uint32_t own = s[last].index;
        TG_ASSERT(w.last[own] == 0 || w.last[own] == i);
        if (w.last[own] == 0) w.first[own] = i;
        w.last[own] = i + 1;
    }
    free(s);
    return w;
}

void tg_print_windows_done(struct tg_windows *w)
{
    free(w->first);
    free(w->last);
}

/* What should stand apart where empty lines say nothing. */
static int group(const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_USE:
    case TG_N_IMPORT:
    case TG_N_DEFAULTS: return 1;
    case TG_N_PARAM: return 2;
    case TG_N_FN:
    case TG_N_TASK:
    case TG_N_EXTERN: return 3;
    case TG_N_OUTPUT: return 5;
    case TG_N_FINALLY: return 6;
    default: return 4;
    }
}

static bool blank_below(const struct tg_printer *p, const struct tg_comment *c)
{
    const char *text = p->source->text + (c->span.end - p->source->base);
    text += strspn(text, " \t\r");
    if (*text == '\n') text++;
    return text[strspn(text, " \t\r")] == '\n';
}

void tg_print_windowed(struct tg_printer *p, const struct tg_windows *w, uint32_t i)
{
    const struct tg_ast *n = tg_n_block_statements(p->tree->file).items[i];
    p->next = w->first[i];
    p->end = w->last[i];
    p->commented = true; /* the line above is another statement's */
    tg_print_comments(p, n->span.start);
    bool apart = p->next > w->first[i] && !tg_print_is_tg(p, n->span.start, NULL);
    if (apart && blank_below(p, &p->tree->comments.items[p->next - 1])) tg_buf_char(p->b, '\n');
    separate(p, n->span.start);
    tg_print_newline(p);
    statement(p, n);
    tg_print_comments(p, UINT32_MAX);
}

static void yaml_file(struct tg_printer *p)
{
    struct tg_kids file = tg_n_block_statements(p->tree->file);
    struct tg_windows w = tg_print_windows(p->tree, p->source);
    for (uint32_t i = 0; i < file.count; i++) {
        const struct tg_ast *n = file.items[i], *before = i > 0 ? file.items[i - 1] : NULL;
        size_t passage = passage_at(p->tree, n->span.start);
        p->fresh = !before || !passage || passage_at(p->tree, before->span.start) != passage;
        if (before && p->fresh && group(n) != group(before)) tg_buf_char(p->b, '\n');
        tg_print_windowed(p, &w, i);
    }
    p->next = w.first[file.count];
    p->end = w.last[file.count];
    p->commented = true;
    tg_print_comments(p, UINT32_MAX);
    tg_print_windows_done(&w);
}

void tg_print_tg(struct tg_buf *b, const struct tg_tree *tree, const struct tg_names *names, const struct tg_source *source)
{
    struct tg_buf own = {0};
    struct tg_printer p = {.b = &own, .names = names, .tree = tree, .source = source, .end = tree->comments.count};
    if (tree->yaml) yaml_file(&p);
    else sequence(&p, tg_n_block_statements(tree->file), UINT32_MAX);
    TG_ASSERT(p.next == p.end && p.indent == 0); /* no comment is lost, no block is open */
    if (own.length > 0) tg_buf_char(&own, '\n');
    if (own.length > 0) tg_buf_add(b, own.data, own.length);
    tg_buf_done(&own);
}
