/* SPDX-License-Identifier: MIT
 * What the table of node kinds says, as data: names for messages, counts of kids. */
#include "lang/tree/ast.h"

#define ROW_TRAITS(name, text, kids, traits) [TG_N_##name] = {text, kids, traits},
const struct tg_node_traits tg_ast_kinds[TG_N_COUNT] = {TG_NODE_TABLE(ROW_TRAITS, TG_ROW_NONE, TG_ROW_NONE, TG_ROW_NONE)};

const char *tg_op_text(enum tg_op op)
{
    static const char *const texts[] = {
        [TG_OP_NONE] = "",    [TG_OP_ADD] = "+",  [TG_OP_SUB] = "-",  [TG_OP_MUL] = "*",     [TG_OP_DIV] = "/",
        [TG_OP_FLOORDIV] = "//", [TG_OP_MOD] = "%", [TG_OP_POW] = "**", [TG_OP_EQ] = "==",   [TG_OP_NE] = "!=",
        [TG_OP_LT] = "<",     [TG_OP_LE] = "<=",  [TG_OP_GT] = ">",   [TG_OP_GE] = ">=",     [TG_OP_IN] = "in",
        [TG_OP_NOT_IN] = "not in", [TG_OP_NEG] = "-", [TG_OP_POS] = "+", [TG_OP_NOT] = "not", [TG_OP_AND] = "and",
        [TG_OP_OR] = "or",
    };
    _Static_assert(sizeof texts / sizeof *texts == TG_OP_OR + 1, "a text for each operator");
    return texts[op];
}
