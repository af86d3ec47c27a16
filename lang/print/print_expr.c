/* SPDX-License-Identifier: MIT
 * Expressions as `.tg` text: the parentheses that the tree needs, and lists, records, calls and parameters broken one
 * item a line where they do not fit.
 *
 * Every expression is first tried flat; the attempt stops as soon as the line is full, so that trying costs a line's
 * length at each level, whatever stands below. */
#include "lang/print/printer.h"

/* ---- levels -------------------------------------------------------------------------------------- */

static enum tg_level op_level(enum tg_op op)
{
    switch (op) {
    case TG_OP_ADD:
    case TG_OP_SUB: return TG_L_ADD;
    case TG_OP_MUL:
    case TG_OP_DIV:
    case TG_OP_FLOORDIV:
    case TG_OP_MOD: return TG_L_MUL;
    case TG_OP_POW: return TG_L_POW;
    case TG_OP_NEG:
    case TG_OP_POS: return TG_L_UNARY;
    case TG_OP_NOT: return TG_L_NOT;
    case TG_OP_AND: return TG_L_AND;
    case TG_OP_OR: return TG_L_OR;
    default: return TG_L_COMPARE;
    }
}

static enum tg_level level_of(const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_OPTIONED: return TG_L_WITH;
    case TG_N_LAMBDA:
    case TG_N_IF: return TG_L_EXPR;
    case TG_N_UNARY:
    case TG_N_BINARY:
    case TG_N_LOGIC: return op_level(n->op);
    case TG_N_CHAIN: return TG_L_COMPARE;
    case TG_N_RANGE: return TG_L_RANGE;
    case TG_N_INT: return n->i < 0 ? TG_L_UNARY : TG_L_POSTFIX;
    case TG_N_FLOAT: return n->f < 0 ? TG_L_UNARY : TG_L_POSTFIX;
    case TG_N_CALL:
    case TG_N_INDEX:
    case TG_N_SLICE:
    case TG_N_FIELD: return TG_L_POSTFIX;
    default: return TG_L_PRIMARY;
    }
}

/* ---- lists --------------------------------------------------------------------------------------- */

static void put_listed(struct tg_printer *p, const struct tg_ast *n, size_t tail);

static void put_flat_items(struct tg_printer *p, struct tg_kids items)
{
    for (uint32_t i = 0; i < items.count && !p->over; i++) {
        if (i > 0) tg_print_word(p, ", ");
        put_listed(p, items.items[i], 0);
    }
}

static void put_broken_items(struct tg_printer *p, struct tg_kids items, uint32_t end)
{
    TG_ASSERT(!p->flat);
    p->indent += TG_PRINT_INDENT;
    for (uint32_t i = 0; i < items.count; i++) {
        p->fresh = true; /* no empty lines between items */
        tg_print_comments(p, items.items[i]->span.start);
        tg_print_newline(p);
        put_listed(p, items.items[i], 1);
        tg_print_word(p, ",");
    }
    p->fresh = true;
    tg_print_comments(p, end);
    p->fresh = false;
    p->indent -= TG_PRINT_INDENT;
    tg_print_newline(p);
}

void tg_printer_items(struct tg_printer *p, const char *open, struct tg_kids items, const char *close, tg_span span)
{
    tg_print_word(p, open);
    if (p->flat) put_flat_items(p, items);
    else if (items.count > 0 || tg_print_has_comments(p, span)) put_broken_items(p, items, span.end);
    tg_print_word(p, close);
}

/* On a line of its own, below its comments, unless all is flat. */
static void begin_clause(struct tg_printer *p, const struct tg_ast *n)
{
    if (p->flat) return;
    p->fresh = true;
    tg_print_comments(p, n->span.start);
    tg_print_newline(p);
}

static void put_clause(struct tg_printer *p, const struct tg_ast *n)
{
    if (p->flat) tg_print_word(p, " ");
    begin_clause(p, n);
    if (n->kind == TG_N_CIF) {
        tg_print_word(p, "if ");
        tg_printer_expr(p, tg_n_cif_condition(n), TG_L_EXPR, 0);
        return;
    }
    tg_print_word(p, "for ");
    put_flat_items(p, tg_n_targets_names(tg_n_cfor_targets(n)));
    tg_print_word(p, " in ");
    tg_printer_expr(p, tg_n_cfor_over(n), TG_L_EXPR, 0);
}

static void put_comprehension(struct tg_printer *p, const struct tg_ast *n)
{
    struct tg_kids clauses = tg_n_comp_clauses(n);
    if (!p->flat) p->indent += TG_PRINT_INDENT;
    begin_clause(p, tg_n_comp_item(n));
    tg_printer_expr(p, tg_n_comp_item(n), TG_L_EXPR, 0);
    for (uint32_t i = 0; i < clauses.count && !p->over; i++) put_clause(p, clauses.items[i]);
    if (p->flat) return;
    p->fresh = true;
    tg_print_comments(p, n->span.end);
    p->fresh = false;
    p->indent -= TG_PRINT_INDENT;
    tg_print_newline(p);
}

static void put_key(struct tg_printer *p, const struct tg_ast *entry)
{
    const struct tg_name *name = tg_names_get(p->names, entry->sym);
    if (entry->flags & TG_F_QUOTED) tg_printer_text(p, name->text, name->length);
    else tg_print_name(p, entry->sym);
}

static void put_type(struct tg_printer *p, const struct tg_ast *t)
{
    tg_buf_add(p->b, t->text, t->length);
}

static void put_parameter(struct tg_printer *p, const struct tg_ast *n, size_t tail)
{
    tg_print_name(p, n->sym);
    if (tg_n_parameter_type(n)) {
        tg_print_word(p, ": ");
        put_type(p, tg_n_parameter_type(n));
    }
    if (tg_n_parameter_default(n)) {
        tg_print_word(p, " = ");
        tg_printer_expr(p, tg_n_parameter_default(n), TG_L_EXPR, tail);
    }
}

/* What may stand between commas. */
static void put_listed(struct tg_printer *p, const struct tg_ast *n, size_t tail)
{
    switch (n->kind) {
    case TG_N_ENTRY:
        put_key(p, n);
        tg_print_word(p, ": ");
        tg_printer_expr(p, tg_n_entry_value(n), TG_L_EXPR, tail);
        break;
    case TG_N_PAIR:
        tg_printer_string(p, tg_n_pair_key(n));
        tg_print_word(p, ": ");
        tg_printer_expr(p, tg_n_pair_value(n), TG_L_EXPR, tail);
        break;
    case TG_N_KEYWORD:
        tg_print_name(p, n->sym);
        tg_print_word(p, " = ");
        tg_printer_expr(p, tg_n_keyword_value(n), TG_L_EXPR, tail);
        break;
    case TG_N_PARAMETER: put_parameter(p, n, tail); break;
    default: tg_printer_expr(p, n, TG_L_EXPR, tail);
    }
}

void tg_printer_options(struct tg_printer *p, const struct tg_ast *options)
{
    tg_print_word(p, " with ");
    put_flat_items(p, tg_n_options_list(options));
}

/* (p: T, q = 1); flat if it fits */
void tg_printer_params(struct tg_printer *p, const struct tg_ast *params)
{
    size_t start = p->b->length;
    bool flat = p->flat;
    if (!flat && !tg_print_has_comments(p, params->span)) {
        p->flat = true;
        p->over = false;
        p->columns = TG_PRINT_COLUMNS - 10; /* what follows a signature */
        tg_printer_items(p, "(", tg_n_params_list(params), ")", params->span);
        p->flat = false;
        if (!p->over && tg_print_column(p) <= p->columns) return;
        p->over = false;
        p->b->length = start;
    }
    tg_printer_items(p, "(", tg_n_params_list(params), ")", params->span);
}

/* ---- operators ----------------------------------------------------------------------------------- */

/* Parentheses that the reader of `a and b or c` is glad of stay where they were written. */
static bool keeps_parens(const struct tg_ast *n, const struct tg_ast *parent)
{
    return (n->flags & TG_F_PARENS) && n->kind == TG_N_LOGIC && parent->kind == TG_N_LOGIC && n->op != parent->op;
}

static void put_operand(struct tg_printer *p, const struct tg_ast *n, const struct tg_ast *parent, enum tg_level level,
                        size_t tail)
{
    tg_printer_expr(p, n, keeps_parens(n, parent) ? TG_L_PRIMARY : level, tail);
}

static void put_binary(struct tg_printer *p, const struct tg_ast *n, size_t tail)
{
    enum tg_level level = op_level(n->op), left = level, right = (enum tg_level)(level + 1);
    if (level == TG_L_COMPARE) left = right;
    if (level == TG_L_POW) {
        left = TG_L_POSTFIX;
        right = TG_L_UNARY;
    }
    put_operand(p, tg_n_binary_left(n), n, left, 0);
    tg_print_word(p, " ");
    tg_print_word(p, tg_ast_op_text(n->op));
    tg_print_word(p, " ");
    put_operand(p, tg_n_binary_right(n), n, right, tail);
}

static void put_chain(struct tg_printer *p, const struct tg_ast *n)
{
    struct tg_kids links = tg_n_chain_links(n);
    tg_printer_expr(p, tg_n_chain_operand(n, 0), TG_L_RANGE, 0);
    for (uint32_t i = 0; i < links.count && !p->over; i++) {
        tg_print_word(p, " ");
        tg_print_word(p, tg_ast_op_text(links.items[i]->op));
        tg_print_word(p, " ");
        tg_printer_expr(p, tg_n_binary_right(links.items[i]), TG_L_RANGE, 0);
    }
}

static void put_unary(struct tg_printer *p, const struct tg_ast *n, size_t tail)
{
    tg_print_word(p, n->op == TG_OP_NOT ? "not " : tg_ast_op_text(n->op));
    put_operand(p, tg_n_unary_operand(n), n, n->op == TG_OP_NOT ? TG_L_NOT : TG_L_POW, tail);
}

/* What stands left of a bracket or point. */
static void put_base(struct tg_printer *p, const struct tg_ast *n)
{
    bool number = n->kind == TG_N_INT || n->kind == TG_N_FLOAT;
    tg_printer_expr(p, n, number ? TG_L_PRIMARY : TG_L_POSTFIX, 0);
}

static void put_slice(struct tg_printer *p, const struct tg_ast *n)
{
    const struct tg_ast *from = tg_n_slice_from(n), *to = tg_n_slice_to(n), *by = tg_n_slice_step(n);
    put_base(p, tg_n_slice_base(n));
    tg_print_word(p, "[");
    if (from) tg_printer_expr(p, from, TG_L_EXPR, 1);
    tg_print_word(p, ":");
    if (to) tg_printer_expr(p, to, TG_L_EXPR, 1);
    if (by) {
        tg_print_word(p, ":");
        tg_printer_expr(p, by, TG_L_EXPR, 1);
    }
    tg_print_word(p, "]");
}

static void put_lambda(struct tg_printer *p, const struct tg_ast *n, size_t tail)
{
    const struct tg_ast *body = tg_n_fn_body(n);
    tg_print_word(p, "fn");
    tg_printer_params(p, tg_n_fn_params(n));
    if (body->kind == TG_N_BLOCK) {
        tg_print_word(p, " ");
        tg_print_block(p, body);
        return;
    }
    tg_print_word(p, " = ");
    tg_printer_expr(p, body, TG_L_EXPR, tail);
}

static bool begins_with_record(const struct tg_ast *n)
{
    const uint64_t others = TG_IN(BINARY) | TG_IN(LOGIC) | TG_IN(CHAIN) | TG_IN(RANGE) | TG_IN(CALL) | TG_IN(INDEX) |
                            TG_IN(SLICE) | TG_IN(FIELD);
    while (tg_ast_is(n, others)) {
        struct tg_visit first = tg_visit_kids(n);
        tg_visit_next(&first);
        n = first.kid;
    }
    return n->kind == TG_N_RECORD || (n->kind == TG_N_COMP && tg_n_comp_is_record(n));
}

void tg_printer_condition(struct tg_printer *p, const struct tg_ast *n)
{
    bool parens = begins_with_record(n); /* its '{' would be that of a block */
    if (parens) tg_print_word(p, "(");
    tg_printer_expr(p, n, TG_L_EXPR, parens ? 3 : 2);
    if (parens) tg_print_word(p, ")");
}

static void put_conditional(struct tg_printer *p, const struct tg_ast *n)
{
    for (;;) {
        tg_print_word(p, "if ");
        tg_printer_condition(p, tg_n_if_condition(n));
        tg_print_word(p, " ");
        tg_print_block(p, tg_n_if_then(n));
        n = tg_n_if_else(n);
        if (!n) return;
        tg_print_word(p, " else ");
        if (n->kind != TG_N_IF) break;
    }
    tg_print_block(p, n);
}

/* ---- one expression ------------------------------------------------------------------------------ */

static void put_expression(struct tg_printer *p, const struct tg_ast *n, size_t tail)
{
    switch (n->kind) {
    case TG_N_NIL: tg_print_word(p, "nil"); break;
    case TG_N_BOOL: tg_print_word(p, n->i ? "true" : "false"); break;
    case TG_N_INT: tg_printer_int(p, n); break;
    case TG_N_FLOAT: tg_printer_float(p, n); break;
    case TG_N_STR:
    case TG_N_TEMPLATE: tg_printer_string(p, n); break;
    case TG_N_NAME: tg_print_name(p, n->sym); break;
    case TG_N_LIST: tg_printer_items(p, "[", tg_n_list_items(n), "]", n->span); break;
    case TG_N_RECORD: tg_printer_items(p, "{", tg_n_record_entries(n), "}", n->span); break;
    case TG_N_RANGE:
        tg_printer_expr(p, tg_n_range_from(n), TG_L_ADD, 0);
        tg_print_word(p, "..");
        tg_printer_expr(p, tg_n_range_to(n), TG_L_ADD, tail);
        break;
    case TG_N_COMP:
        tg_print_word(p, tg_n_comp_is_record(n) ? "{" : "[");
        put_comprehension(p, n);
        tg_print_word(p, tg_n_comp_is_record(n) ? "}" : "]");
        break;
    case TG_N_UNARY: put_unary(p, n, tail); break;
    case TG_N_BINARY:
    case TG_N_LOGIC: put_binary(p, n, tail); break;
    case TG_N_CHAIN: put_chain(p, n); break;
    case TG_N_INDEX:
        put_base(p, tg_n_index_base(n));
        tg_print_word(p, "[");
        tg_printer_expr(p, tg_n_index_at(n), TG_L_EXPR, 1);
        tg_print_word(p, "]");
        break;
    case TG_N_SLICE: put_slice(p, n); break;
    case TG_N_FIELD:
        put_base(p, tg_n_field_base(n));
        tg_print_word(p, ".");
        tg_print_name(p, n->sym);
        break;
    case TG_N_CALL:
        put_base(p, tg_n_call_callee(n));
        tg_printer_items(p, "(", tg_n_call_args(n), ")", n->span);
        break;
    case TG_N_LAMBDA: put_lambda(p, n, tail); break;
    case TG_N_OPTIONED:
        tg_printer_expr(p, tg_n_optioned_value(n), TG_L_OR, 0); /* options behind `fn(x) = e` would be those of e */
        tg_printer_options(p, tg_n_optioned_options(n));
        break;
    case TG_N_IF: put_conditional(p, n); break;
    case TG_N_BLOCK: tg_print_block(p, n); break;
    case TG_N_RFILE:
        tg_print_word(p, n->flags & TG_F_LIST ? "list[file](" : "file(");
        tg_printer_expr(p, tg_n_rfile_path(n), TG_L_EXPR, 1);
        tg_print_word(p, ")");
        break;
    case TG_N_TYPE: put_type(p, n); break;
    default:
        TG_ASSERT(
            tg_ast_is(n, TG_IN(ENTRY) | TG_IN(PAIR) | TG_IN(KEYWORD) | TG_IN(PARAMETER))); /* else they would go in a circle */
        put_listed(p, n, tail);
    }
}

static void put_in_parens(struct tg_printer *p, const struct tg_ast *n, enum tg_level level, size_t tail)
{
    bool parens = level_of(n) < level;
    if (parens) tg_print_word(p, "(");
    put_expression(p, n, tail + parens);
    if (parens) tg_print_word(p, ")");
}

void tg_printer_expr(struct tg_printer *p, const struct tg_ast *n, enum tg_level level, size_t tail)
{
    if (p->flat) {
        if (p->over || tg_print_column(p) > p->columns) p->over = true;
        else put_in_parens(p, n, level, tail);
        return;
    }
    size_t start = p->b->length, line = p->line;
    if (!tg_print_has_comments(p, n->span)) {
        p->flat = true;
        p->over = false;
        p->columns = TG_PRINT_COLUMNS - tail;
        put_in_parens(p, n, level, 0);
        p->flat = false;
        if (!p->over && tg_print_column(p) <= p->columns) return;
        p->over = false;
        p->b->length = start;
        p->line = line;
    }
    put_in_parens(p, n, level, tail);
}

void tg_print_expression(struct tg_buf *b, const struct tg_ast *node, const struct tg_names *names)
{
    struct tg_printer p = {.b = b, .names = names, .flat = true, .columns = SIZE_MAX};
    tg_printer_expr(&p, node, TG_L_EXPR, 0);
}
