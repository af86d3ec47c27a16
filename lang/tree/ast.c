/* SPDX-License-Identifier: MIT
 * Names of node kinds and operators, for messages. */
#include "lang/tree/ast.h"

const char *tg_node_kind_name(enum tg_node_kind kind)
{
    static const char *const names[] = {
        [TG_N_NONE] = "nothing",          [TG_N_NIL] = "nil",
        [TG_N_BOOL] = "a bool",           [TG_N_INT] = "a number",
        [TG_N_FLOAT] = "a number",        [TG_N_STR] = "a text",
        [TG_N_TEMPLATE] = "a text",       [TG_N_NAME] = "a name",
        [TG_N_LIST] = "a list",           [TG_N_RECORD] = "a record",
        [TG_N_ENTRY] = "an entry of a record", [TG_N_RANGE] = "a range",
        [TG_N_COMP] = "a comprehension",  [TG_N_CFOR] = "a 'for' of a comprehension",
        [TG_N_CIF] = "an 'if' of a comprehension", [TG_N_UNARY] = "an operator's result",
        [TG_N_BINARY] = "an operator's result", [TG_N_LOGIC] = "an operator's result",
        [TG_N_CHAIN] = "a comparison",    [TG_N_INDEX] = "an element",
        [TG_N_SLICE] = "a slice",         [TG_N_FIELD] = "a field",
        [TG_N_CALL] = "a call",           [TG_N_KEYWORD] = "a named argument",
        [TG_N_LAMBDA] = "an anonymous function", [TG_N_OPTIONED] = "an expression with options",
        [TG_N_IF] = "an 'if'",            [TG_N_BLOCK] = "a block",
        [TG_N_USE] = "a 'use'",           [TG_N_IMPORT] = "an 'import'",
        [TG_N_PARAM] = "a parameter",     [TG_N_ASSIGN] = "an assignment",
        [TG_N_AUGMENT] = "an assignment", [TG_N_OUTPUT] = "an output",
        [TG_N_FN] = "a function",         [TG_N_TASK] = "a task",
        [TG_N_FOR] = "a 'for' loop",      [TG_N_WHILE] = "a 'while' loop",
        [TG_N_WITH] = "a 'with' block",   [TG_N_ASSERT] = "an assertion",
        [TG_N_EXTERN] = "an 'extern' block", [TG_N_RETURN] = "a 'return'",
        [TG_N_BREAK] = "a 'break'",       [TG_N_CONTINUE] = "a 'continue'",
        [TG_N_EXPR] = "an expression",    [TG_N_ERROR] = "a statement with an error",
        [TG_N_TARGETS] = "names",         [TG_N_PARAMS] = "parameters",
        [TG_N_PARAMETER] = "a parameter", [TG_N_TYPE] = "a type",
        [TG_N_OPTIONS] = "options",       [TG_N_RESULT] = "a result",
        [TG_N_RFILE] = "a file",          [TG_N_RUN] = "a 'run' step",
        [TG_N_SH] = "an 'sh' step",       [TG_N_FILE] = "a file",
    };
    return (size_t)kind < sizeof names / sizeof *names && names[kind] ? names[kind] : "nothing";
}

const char *tg_op_text(enum tg_op op)
{
    static const char *const texts[] = {
        [TG_OP_NONE] = "",    [TG_OP_ADD] = "+",  [TG_OP_SUB] = "-",  [TG_OP_MUL] = "*",     [TG_OP_DIV] = "/",
        [TG_OP_FLOORDIV] = "//", [TG_OP_MOD] = "%", [TG_OP_POW] = "**", [TG_OP_EQ] = "==",   [TG_OP_NE] = "!=",
        [TG_OP_LT] = "<",     [TG_OP_LE] = "<=",  [TG_OP_GT] = ">",   [TG_OP_GE] = ">=",     [TG_OP_IN] = "in",
        [TG_OP_NOT_IN] = "not in", [TG_OP_NEG] = "-", [TG_OP_POS] = "+", [TG_OP_NOT] = "not", [TG_OP_AND] = "and",
        [TG_OP_OR] = "or",
    };
    return (size_t)op < sizeof texts / sizeof *texts ? texts[op] : "";
}
