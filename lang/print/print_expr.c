/* SPDX-License-Identifier: MIT
 * Expressions as `.tg` text: the parentheses that the tree needs, and lists, records, calls and parameters broken one
 * item a line where they do not fit.
 *
 * Every expression is first tried flat; the attempt stops as soon as the line is full, so that trying costs a line's
 * length at each level, whatever stands below. */
#include "lang/print/printer.h"

static void put(struct tg_printer *p, const char *text)
{
    tg_buf_text(p->b, text);
}

static void put_name(struct tg_printer *p, uint32_t sym)
{
    const struct tg_name *name = tg_names_get(p->names, sym);
    tg_buf_add(p->b, name->text, name->length);
}

/* ---- levels -------------------------------------------------------------------------------------- */

static enum tg_level op_level(enum tg_op op)
{
    switch (op) {
    case TG_OP_ADD: case TG_OP_SUB: return TG_L_ADD;
    case TG_OP_MUL: case TG_OP_DIV: case TG_OP_FLOORDIV: case TG_OP_MOD: return TG_L_MUL;
    case TG_OP_POW: return TG_L_POW;
    case TG_OP_NEG: case TG_OP_POS: return TG_L_UNARY;
    case TG_OP_NOT: return TG_L_NOT;
    case TG_OP_AND: return TG_L_AND;
    case TG_OP_OR: return TG_L_OR;
    default: return TG_L_COMPARE;
    }
}

static enum tg_level level_of(const struct tg_node *n)
{
    switch (n->kind) {
    case TG_N_OPTIONED: return TG_L_WITH;
    case TG_N_LAMBDA: case TG_N_IF: return TG_L_EXPR;
    case TG_N_UNARY: case TG_N_BINARY: case TG_N_LOGIC: return op_level(n->op);
    case TG_N_CHAIN: return TG_L_COMPARE;
    case TG_N_RANGE: return TG_L_RANGE;
    case TG_N_INT: return n->i < 0 ? TG_L_UNARY : TG_L_POSTFIX;
    case TG_N_FLOAT: return n->f < 0 ? TG_L_UNARY : TG_L_POSTFIX;
    case TG_N_CALL: case TG_N_INDEX: case TG_N_SLICE: case TG_N_FIELD: return TG_L_POSTFIX;
    default: return TG_L_PRIMARY;
    }
}

/* ---- lists --------------------------------------------------------------------------------------- */

static void item(struct tg_printer *p, const struct tg_node *n, size_t tail);

static void flat_items(struct tg_printer *p, const struct tg_node *n, uint32_t from)
{
    for (uint32_t i = from; i < n->count && !p->over; i++) {
        if (i > from) put(p, ", ");
        item(p, n->kid[i], 0);
    }
}

static void broken_items(struct tg_printer *p, const struct tg_node *n, uint32_t from, uint32_t end)
{
    p->indent += TG_PRINT_INDENT;
    for (uint32_t i = from; i < n->count; i++) {
        p->fresh = true; /* no empty lines between items */
        tg_print_comments(p, n->kid[i]->span.start);
        tg_print_newline(p);
        item(p, n->kid[i], 1);
        put(p, ",");
    }
    p->fresh = true;
    tg_print_comments(p, end);
    p->fresh = false;
    p->indent -= TG_PRINT_INDENT;
    tg_print_newline(p);
}

void tg_print_items(struct tg_printer *p, const char *open, const struct tg_node *n, uint32_t from, const char *close,
                    uint32_t end)
{
    put(p, open);
    if (p->flat) flat_items(p, n, from);
    else if (n->count > from || tg_print_has_comments(p, (tg_span){n->span.start, end})) broken_items(p, n, from, end);
    put(p, close);
}

static void clauses(struct tg_printer *p, const struct tg_node *n)
{
    if (!p->flat) p->indent += TG_PRINT_INDENT;
    for (uint32_t i = 0; i < n->count && !p->over; i++) {
        const struct tg_node *clause = n->kid[i];
        if (p->flat && i > 0) put(p, " ");
        if (!p->flat) {
            p->fresh = true;
            tg_print_comments(p, clause->span.start);
            tg_print_newline(p);
        }
        if (i == 0) {
            tg_print_expr(p, clause, TG_L_EXPR, 0);
        } else if (clause->kind == TG_N_CIF) {
            put(p, "if ");
            tg_print_expr(p, clause->kid[0], TG_L_EXPR, 0);
        } else {
            put(p, "for ");
            flat_items(p, clause->kid[0], 0);
            put(p, " in ");
            tg_print_expr(p, clause->kid[1], TG_L_EXPR, 0);
        }
    }
    if (p->flat) return;
    p->fresh = true;
    tg_print_comments(p, n->span.end);
    p->fresh = false;
    p->indent -= TG_PRINT_INDENT;
    tg_print_newline(p);
}

static void key(struct tg_printer *p, const struct tg_node *entry)
{
    const struct tg_name *name = tg_names_get(p->names, entry->sym);
    if (entry->flags & TG_F_QUOTED) tg_print_text(p, name->text, name->length);
    else put_name(p, entry->sym);
}

static void type(struct tg_printer *p, const struct tg_node *t)
{
    tg_buf_add(p->b, t->str, t->aux);
}

/* What may stand between commas. */
static void item(struct tg_printer *p, const struct tg_node *n, size_t tail)
{
    switch (n->kind) {
    case TG_N_ENTRY:
        key(p, n);
        put(p, ": ");
        tg_print_expr(p, n->kid[0], TG_L_EXPR, tail);
        break;
    case TG_N_KEYWORD:
        put_name(p, n->sym);
        put(p, " = ");
        tg_print_expr(p, n->kid[0], TG_L_EXPR, tail);
        break;
    case TG_N_PARAMETER:
        put_name(p, n->sym);
        if (n->kid[0]) {
            put(p, ": ");
            type(p, n->kid[0]);
        }
        if (n->kid[1]) {
            put(p, " = ");
            tg_print_expr(p, n->kid[1], TG_L_EXPR, tail);
        }
        break;
    default: tg_print_expr(p, n, TG_L_EXPR, tail);
    }
}

void tg_print_options(struct tg_printer *p, const struct tg_node *options)
{
    put(p, " with ");
    for (uint32_t i = 0; i < options->count && !p->over; i++) {
        if (i > 0) put(p, ", ");
        item(p, options->kid[i], 0);
    }
}

/* (p: T, q = 1); flat if it fits */
void tg_print_params(struct tg_printer *p, const struct tg_node *params)
{
    size_t start = p->b->length;
    bool flat = p->flat;
    if (!flat && !tg_print_has_comments(p, params->span)) {
        p->flat = true;
        p->over = false;
        p->columns = TG_PRINT_COLUMNS - 10; /* what follows a signature */
        tg_print_items(p, "(", params, 0, ")", params->span.end);
        p->flat = false;
        if (!p->over && tg_print_column(p) <= p->columns) return;
        p->over = false;
        p->b->length = start;
    }
    tg_print_items(p, "(", params, 0, ")", params->span.end);
}

/* ---- operators ----------------------------------------------------------------------------------- */

/* Parentheses that the reader of `a and b or c` is glad of stay where they were written. */
static bool keeps_parens(const struct tg_node *n, const struct tg_node *parent)
{
    return (n->flags & TG_F_PARENS) && n->kind == TG_N_LOGIC && parent->kind == TG_N_LOGIC && n->op != parent->op;
}

static void operand(struct tg_printer *p, const struct tg_node *n, const struct tg_node *parent, enum tg_level level,
                    size_t tail)
{
    tg_print_expr(p, n, keeps_parens(n, parent) ? TG_L_PRIMARY : level, tail);
}

static void binary(struct tg_printer *p, const struct tg_node *n, size_t tail)
{
    enum tg_level level = op_level(n->op), left = level, right = (enum tg_level)(level + 1);
    if (level == TG_L_COMPARE) left = right;
    if (level == TG_L_POW) {
        left = TG_L_POSTFIX;
        right = TG_L_UNARY;
    }
    operand(p, n->kid[0], n, left, 0);
    put(p, " ");
    put(p, tg_op_text(n->op));
    put(p, " ");
    operand(p, n->kid[1], n, right, tail);
}

static void chain(struct tg_printer *p, const struct tg_node *n)
{
    tg_print_expr(p, n->kid[0]->kid[0], TG_L_RANGE, 0);
    for (uint32_t i = 0; i < n->count && !p->over; i++) {
        put(p, " ");
        put(p, tg_op_text(n->kid[i]->op));
        put(p, " ");
        tg_print_expr(p, n->kid[i]->kid[1], TG_L_RANGE, 0);
    }
}

static void unary(struct tg_printer *p, const struct tg_node *n, size_t tail)
{
    put(p, n->op == TG_OP_NOT ? "not " : tg_op_text(n->op));
    operand(p, n->kid[0], n, n->op == TG_OP_NOT ? TG_L_NOT : TG_L_POW, tail);
}

/* What stands left of a bracket or point. */
static void base(struct tg_printer *p, const struct tg_node *n)
{
    bool number = n->kind == TG_N_INT || n->kind == TG_N_FLOAT;
    tg_print_expr(p, n, number ? TG_L_PRIMARY : TG_L_POSTFIX, 0);
}

static void slice(struct tg_printer *p, const struct tg_node *n)
{
    base(p, n->kid[0]);
    put(p, "[");
    if (n->kid[1]) tg_print_expr(p, n->kid[1], TG_L_EXPR, 1);
    put(p, ":");
    if (n->kid[2]) tg_print_expr(p, n->kid[2], TG_L_EXPR, 1);
    if (n->count > 3 && n->kid[3]) {
        put(p, ":");
        tg_print_expr(p, n->kid[3], TG_L_EXPR, 1);
    }
    put(p, "]");
}

static void lambda(struct tg_printer *p, const struct tg_node *n, size_t tail)
{
    put(p, "fn");
    tg_print_params(p, n->kid[0]);
    if (n->kid[1]->kind == TG_N_BLOCK) {
        put(p, " ");
        tg_print_block(p, n->kid[1]);
        return;
    }
    put(p, " = ");
    tg_print_expr(p, n->kid[1], TG_L_EXPR, tail);
}

static void conditional(struct tg_printer *p, const struct tg_node *n)
{
    for (;;) {
        put(p, "if ");
        tg_print_expr(p, n->kid[0], TG_L_EXPR, 2);
        put(p, " ");
        tg_print_block(p, n->kid[1]);
        if (n->count < 3 || !n->kid[2]) return;
        put(p, " else ");
        n = n->kid[2];
        if (n->kind != TG_N_IF) break;
    }
    tg_print_block(p, n);
}

/* ---- one expression ------------------------------------------------------------------------------ */

static void expression(struct tg_printer *p, const struct tg_node *n, size_t tail)
{
    switch (n->kind) {
    case TG_N_NIL: put(p, "nil"); break;
    case TG_N_BOOL: put(p, n->i ? "true" : "false"); break;
    case TG_N_INT: tg_print_int(p, n); break;
    case TG_N_FLOAT: tg_print_float(p, n); break;
    case TG_N_STR: case TG_N_TEMPLATE: tg_print_string(p, n); break;
    case TG_N_NAME: put_name(p, n->sym); break;
    case TG_N_LIST: tg_print_items(p, "[", n, 0, "]", n->span.end); break;
    case TG_N_RECORD: tg_print_items(p, "{", n, 0, "}", n->span.end); break;
    case TG_N_RANGE:
        tg_print_expr(p, n->kid[0], TG_L_ADD, 0);
        put(p, "..");
        tg_print_expr(p, n->kid[1], TG_L_ADD, tail);
        break;
    case TG_N_COMP:
        put(p, "[");
        clauses(p, n);
        put(p, "]");
        break;
    case TG_N_UNARY: unary(p, n, tail); break;
    case TG_N_BINARY: case TG_N_LOGIC: binary(p, n, tail); break;
    case TG_N_CHAIN: chain(p, n); break;
    case TG_N_INDEX:
        base(p, n->kid[0]);
        put(p, "[");
        tg_print_expr(p, n->kid[1], TG_L_EXPR, 1);
        put(p, "]");
        break;
    case TG_N_SLICE: slice(p, n); break;
    case TG_N_FIELD:
        base(p, n->kid[0]);
        put(p, ".");
        put_name(p, n->sym);
        break;
    case TG_N_CALL:
        base(p, n->kid[0]);
        tg_print_items(p, "(", n, 1, ")", n->span.end);
        break;
    case TG_N_LAMBDA: lambda(p, n, tail); break;
    case TG_N_OPTIONED:
        tg_print_expr(p, n->kid[0], TG_L_OR, 0); /* options behind `fn(x) = e` would be those of e */
        tg_print_options(p, n->kid[1]);
        break;
    case TG_N_IF: conditional(p, n); break;
    case TG_N_BLOCK: tg_print_block(p, n); break;
    case TG_N_RFILE:
        put(p, n->flags & TG_F_LIST ? "list[file](" : "file(");
        tg_print_expr(p, n->kid[0], TG_L_EXPR, 1);
        put(p, ")");
        break;
    case TG_N_TYPE: type(p, n); break;
    default: item(p, n, tail);
    }
}

static void in_parens(struct tg_printer *p, const struct tg_node *n, enum tg_level level, size_t tail)
{
    bool parens = level_of(n) < level;
    if (parens) put(p, "(");
    expression(p, n, tail + parens);
    if (parens) put(p, ")");
}

void tg_print_expr(struct tg_printer *p, const struct tg_node *n, enum tg_level level, size_t tail)
{
    if (p->flat) {
        if (p->over || tg_print_column(p) > p->columns) p->over = true;
        else in_parens(p, n, level, tail);
        return;
    }
    size_t start = p->b->length, line = p->line;
    if (!tg_print_has_comments(p, n->span)) {
        p->flat = true;
        p->over = false;
        p->columns = TG_PRINT_COLUMNS - tail;
        in_parens(p, n, level, 0);
        p->flat = false;
        if (!p->over && tg_print_column(p) <= p->columns) return;
        p->over = false;
        p->b->length = start;
        p->line = line;
    }
    in_parens(p, n, level, tail);
}

void tg_print_expression(struct tg_buf *b, const struct tg_node *node, const struct tg_names *names)
{
    struct tg_printer p = {.b = b, .names = names, .flat = true, .columns = SIZE_MAX};
    tg_print_expr(&p, node, TG_L_EXPR, 0);
}
