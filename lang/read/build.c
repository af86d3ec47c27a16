/* SPDX-License-Identifier: MIT
 * Builders of expressions and of the nodes that statements share; statements are in build_statement.c.
 *
 * Levels of nesting are counted on the way up, kid by kid, so that a tree that was built can be walked by recursion. */
#include "lang/read/build.h"

#include "engine/base/limits.h"

/* Kinds whose span is only their head. */
#define HEADS \
    (TG_IN(FN) | TG_IN(TASK) | TG_IN(FOR) | TG_IN(WHILE) | TG_IN(WITH) | TG_IN(IN_ORDER) | TG_IN(EXTERN) | TG_IN(FINALLY))

static bool is_within(tg_span inner, tg_span outer)
{
    return inner.start >= outer.start && inner.end <= outer.end;
}

static void adopt(struct tg_ast *parent, uint32_t i, struct tg_ast *kid)
{
    parent->kid[i] = kid;
    if (!kid) return;
    TG_ASSERT(tg_ast_is(parent, HEADS) || is_within(kid->span, parent->span));
    uint32_t levels = kid->levels + (tg_ast_traits(parent->kind) & TG_K_NESTS);
    if (levels > parent->levels) parent->levels = levels;
    kid->levels = 0;
}

static struct tg_ast *check_levels(struct tg_reader *r, struct tg_ast *n)
{
    if (n->levels > TG_MAX_NESTING) {
        tg_reader_too_deep(r, n->span);
        n->levels = 0;
    }
    return n;
}

struct tg_ast *tg_build_three(struct tg_reader *r, enum tg_ast_kind kind, tg_span span, struct tg_ast *a, struct tg_ast *b,
                              struct tg_ast *c)
{
    uint32_t count = tg_ast_least_kids(kind);
    struct tg_ast *n = tg_ast_new(r->arena, kind, span);
    if (count > 0) adopt(n, 0, a);
    if (count > 1) adopt(n, 1, b);
    if (count > 2) adopt(n, 2, c);
    return check_levels(r, n);
}

struct tg_ast *tg_build(struct tg_reader *r, enum tg_ast_kind kind, tg_span span, struct tg_ast *a, struct tg_ast *b)
{
    return tg_build_three(r, kind, span, a, b, NULL);
}

struct tg_ast *tg_build_named(struct tg_reader *r, enum tg_ast_kind kind, tg_span span, uint32_t name, struct tg_ast *a,
                              struct tg_ast *b)
{
    struct tg_ast *n = tg_build_three(r, kind, span, a, b, NULL);
    n->sym = name;
    return n;
}

struct tg_ast *tg_build_list(struct tg_reader *r, enum tg_ast_kind kind, tg_span span, struct tg_ast *first, uint32_t count)
{
    uint32_t before = first ? 1 : 0;
    struct tg_ast *n = tg_ast_alloc(r->arena, kind, span, count + before);
    TG_ASSERT(count <= r->kids.count);
    if (first) adopt(n, 0, first);
    r->kids.count -= count;
    for (uint32_t i = 0; i < count; i++) adopt(n, i + before, r->kids.items[r->kids.count + i]);
    return check_levels(r, n);
}

struct tg_ast *tg_build_name(struct tg_reader *r, tg_span span, uint32_t name)
{
    struct tg_ast *n = tg_ast_new(r->arena, TG_N_NAME, span);
    n->sym = name;
    return n;
}

struct tg_ast *tg_build_bool(struct tg_reader *r, tg_span span, bool value)
{
    struct tg_ast *n = tg_ast_new(r->arena, TG_N_BOOL, span);
    n->i = value;
    return n;
}

/* ---- texts --------------------------------------------------------------------------------------------- */

/* Pieces that are empty once their indentation was removed are dropped. */
static uint32_t drop_empty_pieces(struct tg_reader *r, uint32_t count)
{
    struct tg_ast **kids = r->kids.items + r->kids.count - count;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool piece = kids[i]->flags & TG_F_PIECE;
        if (piece && kids[i]->length == 0) continue;
        kids[kept++] = kids[i];
    }
    r->kids.count -= count - kept;
    return kept;
}

struct tg_ast *tg_build_text(struct tg_reader *r, tg_span span, uint32_t count, uint16_t flags)
{
    count = drop_empty_pieces(r, count);
    struct tg_ast **kids = r->kids.items + r->kids.count - count;
    bool plain = count == 0 || (count == 1 && kids[0]->flags & TG_F_PIECE);
    for (uint32_t i = 0; i < count; i++) kids[i]->flags &= (uint16_t)~TG_F_PIECE;
    if (!plain) {
        struct tg_ast *n = tg_build_list(r, TG_N_TEMPLATE, span, NULL, count);
        n->flags = flags;
        return n;
    }
    struct tg_ast *n = count ? kids[0] : tg_literal_plain(r, "", 0, 0);
    r->kids.count -= count;
    n->span = span;
    n->flags = flags;
    return n;
}

struct tg_ast *tg_build_plain(struct tg_reader *r, struct tg_ast *text)
{
    if (text->kind == TG_N_STR) return text;
    struct tg_diag *d = tg_diag_error(r->p->diags, text->span, "this text must be known before anything is evaluated");
    tg_diag_hint(r->p->diags, d, "write it without ${..}, or write '\\$' for a dollar sign");
    return tg_literal_plain(r, "", 0, 0);
}

struct tg_ast *tg_build_text_entry(struct tg_reader *r, tg_span span, struct tg_ast *key, struct tg_ast *value)
{
    if (key->kind == TG_N_TEMPLATE) return tg_build(r, TG_N_PAIR, span, key, value);
    uint32_t name = tg_names_add(r->p->names, key->text, key->length);
    struct tg_ast *n = tg_build_named(r, TG_N_ENTRY, span, name, value, NULL);
    n->flags |= TG_F_QUOTED;
    return n;
}

/* A key without ${..} would be that of every item: nobody means that. */
static struct tg_ast *refuse_key(struct tg_reader *r, struct tg_ast *entry)
{
    const struct tg_name *key = tg_names_get(r->p->names, entry->sym);
    struct tg_diag *d = tg_diag_error(r->p->diags, entry->span, "the key '%s' would be the same for every item", key->text);
    tg_diag_hint(r->p->diags, d, "a key with the value of a variable is a text with ${..}: \"${%s}\"",
                 entry->flags & TG_F_QUOTED ? "x" : key->text);
    tg_span at = {entry->span.start, entry->span.start};
    struct tg_ast *text = tg_literal_plain(r, "", 0, 0);
    text->span = r->fixed ? entry->span : at;
    return tg_build(r, TG_N_PAIR, entry->span, text, tg_n_entry_value(entry));
}

struct tg_ast *tg_build_record_comp(struct tg_reader *r, tg_span span, struct tg_ast *entry, uint32_t clauses)
{
    uint32_t levels = entry->levels;
    if (entry->kind == TG_N_ENTRY) entry = refuse_key(r, entry);
    if (levels > entry->levels) entry->levels = levels;
    return tg_build_list(r, TG_N_COMP, span, entry, clauses);
}

/* ---- calls, subscripts ----------------------------------------------------------------------------------- */

static void check_order(struct tg_reader *r, const struct tg_ast *call)
{
    const struct tg_ast *keyword = NULL;
    for (uint32_t i = 1; i < call->kid_count; i++) {
        const struct tg_ast *arg = call->kid[i];
        if (arg->kind == TG_N_KEYWORD) {
            keyword = arg;
        } else if (keyword) {
            struct tg_diag *d = tg_diag_error(r->p->diags, arg->span,
                                              "an argument without a name stands after one with a name");
            tg_diag_note(r->p->diags, d, keyword->span, "the argument '%s' has a name", tg_build_name_text(r, keyword->sym));
            return;
        }
    }
}

struct tg_ast *tg_build_call(struct tg_reader *r, tg_span span, struct tg_ast *callee, uint32_t count)
{
    struct tg_ast *n = tg_build_list(r, TG_N_CALL, span, callee, count);
    check_order(r, n);
    return n;
}

struct tg_ast *tg_build_slice(struct tg_reader *r, tg_span span, struct tg_ast *from, struct tg_ast *to, struct tg_ast *step)
{
    struct tg_ast *n = tg_ast_new(r->arena, TG_N_SLICE, span);
    adopt(n, 1, from);
    adopt(n, 2, to);
    adopt(n, 3, step);
    n->flags |= TG_F_PIECE; /* its kid 0 is still to come */
    return n;
}

struct tg_ast *tg_build_subscript(struct tg_reader *r, tg_span span, struct tg_ast *of, struct tg_ast *subscript)
{
    if (subscript->kind != TG_N_SLICE || !(subscript->flags & TG_F_PIECE)) return tg_build(r, TG_N_INDEX, span, of, subscript);
    subscript->flags &= (uint16_t)~TG_F_PIECE;
    subscript->span = span;
    adopt(subscript, 0, of);
    return check_levels(r, subscript);
}

struct tg_ast *tg_build_field(struct tg_reader *r, tg_span span, struct tg_ast *of, tg_span name_span, uint32_t name)
{
    struct tg_ast *n = tg_build_named(r, TG_N_FIELD, span, name, of, NULL);
    n->name_start = name_span.start;
    return n;
}

/* ---- operators -------------------------------------------------------------------------------------------- */

struct tg_ast *tg_build_unary(struct tg_reader *r, tg_span span, enum tg_op op, struct tg_ast *operand)
{
    if (op == TG_OP_NEG && operand->kind == TG_N_INT && operand->i == INT64_MIN) { /* the scanner let 2^63 pass */
        operand->span = span;
        return operand;
    }
    struct tg_ast *n = tg_build(r, TG_N_UNARY, span, operand, NULL);
    n->op = (uint8_t)op;
    return n;
}

struct tg_ast *tg_build_binary(struct tg_reader *r, tg_span span, enum tg_op op, struct tg_ast *left, struct tg_ast *right)
{
    struct tg_ast *n = tg_build(r, TG_N_BINARY, span, left, right);
    n->op = (uint8_t)op;
    return n;
}

struct tg_ast *tg_build_logic(struct tg_reader *r, tg_span span, enum tg_op op, struct tg_ast *left, struct tg_ast *right)
{
    struct tg_ast *n = tg_build(r, TG_N_LOGIC, span, left, right);
    n->op = (uint8_t)op;
    return n;
}

static bool is_comparison(const struct tg_ast *n)
{
    return n->kind == TG_N_BINARY && n->op >= TG_OP_EQ && n->op <= TG_OP_NOT_IN && !(n->flags & TG_F_PARENS);
}

/* Adds to a chain. Its kids have room up to the next power of two, so a long chain is not copied at every link. */
static struct tg_ast *grow_chain(struct tg_reader *r, struct tg_ast *chain, tg_span span, struct tg_ast *link)
{
    uint32_t count = chain->kid_count;
    if ((count & (count - 1)) == 0) {
        struct tg_ast *wider = tg_ast_alloc(r->arena, TG_N_CHAIN, span, count * 2);
        memcpy(wider->kid, chain->kid, count * sizeof chain->kid[0]);
        wider->levels = chain->levels;
        wider->kid_count = count;
        chain = wider;
    }
    chain->span = span;
    chain->kid_count = count + 1;
    adopt(chain, count, link);
    return check_levels(r, chain);
}

struct tg_ast *tg_build_compare(struct tg_reader *r, tg_span span, enum tg_op op, struct tg_ast *left, struct tg_ast *right)
{
    bool chain = left->kind == TG_N_CHAIN && !(left->flags & TG_F_PARENS);
    if (!chain && !is_comparison(left)) return tg_build_binary(r, span, op, left, right);
    struct tg_ast *last = chain ? left->kid[left->kid_count - 1] : left;
    struct tg_ast *middle = last->kid[1];
    struct tg_ast *link = tg_build_binary(r, (tg_span){middle->span.start, span.end}, op, middle, right);
    if (chain) return grow_chain(r, left, span, link);
    struct tg_ast *n = tg_ast_alloc(r->arena, TG_N_CHAIN, span, 2);
    adopt(n, 0, left);
    adopt(n, 1, link);
    return check_levels(r, n);
}

/* After an anonymous function `fn(x) = e` the options are those of e: the function itself is no task. */
struct tg_ast *tg_build_optioned(struct tg_reader *r, tg_span span, struct tg_ast *expr, tg_span options_span, uint32_t count)
{
    struct tg_ast *options = tg_build_list(r, TG_N_OPTIONS, options_span, NULL, count);
    if (expr->kind == TG_N_LAMBDA && !(expr->flags & TG_F_PARENS) && expr->kid[1]->kind != TG_N_BLOCK) {
        tg_span inner = {expr->kid[1]->span.start, span.end};
        expr->kid[1] = tg_build(r, TG_N_OPTIONED, inner, expr->kid[1], options);
        expr->kid[1]->levels = 0;
        expr->span = span;
        return expr;
    }
    return tg_build(r, TG_N_OPTIONED, span, expr, options);
}

struct tg_ast *tg_build_else_if(struct tg_reader *r, tg_span span, struct tg_ast *condition, struct tg_ast *block,
                                struct tg_ast *otherwise)
{
    struct tg_ast *n = tg_build_three(r, TG_N_IF, span, condition, block, otherwise);
    if (r->bare_ifs.count && r->bare_ifs.items[r->bare_ifs.count - 1] == otherwise)
        r->bare_ifs.items[r->bare_ifs.count - 1] = n;
    return n;
}
