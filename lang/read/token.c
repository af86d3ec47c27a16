/* SPDX-License-Identifier: MIT
 * What tokens of `.tg` are: one table, from which the scanner tells blocks from records and knows whether a line goes
 * on, and error texts know what to call an operator. */
#include "lang/read/scan.h"

enum {
    ENDS_OPERAND = 1,   /* a '{' after it opens a block */
    CONTINUES = 2,      /* a newline after it means nothing */
    STARTS_OPERAND = 4, /* an expression may begin with it */
    OPERATOR_LIKE = 8,  /* may follow an operand within an expression */
    KEYWORD = 16,
    STARTS_STATEMENT = 32,
    HAS_BLOCK = 64, /* a statement that it begins has a block */
};

static const uint8_t traits[] = {
    [TG_T_NAME] = ENDS_OPERAND | STARTS_OPERAND,
    [TG_T_INT] = ENDS_OPERAND | STARTS_OPERAND,
    [TG_T_FLOAT] = ENDS_OPERAND | STARTS_OPERAND,
    [TG_T_STRING] = ENDS_OPERAND | STARTS_OPERAND,
    [TG_T_TEXT_OPEN] = STARTS_OPERAND,
    [TG_T_TEXT_CLOSE] = ENDS_OPERAND,
    [TG_T_TRUE] = ENDS_OPERAND | STARTS_OPERAND | KEYWORD,
    [TG_T_FALSE] = ENDS_OPERAND | STARTS_OPERAND | KEYWORD,
    [TG_T_NIL] = ENDS_OPERAND | STARTS_OPERAND | KEYWORD,
    [TG_T_USE] = KEYWORD | STARTS_STATEMENT,
    [TG_T_IMPORT] = KEYWORD | STARTS_STATEMENT,
    [TG_T_AS] = KEYWORD,
    [TG_T_PARAM] = KEYWORD | STARTS_STATEMENT,
    [TG_T_IN] = KEYWORD | CONTINUES | OPERATOR_LIKE,
    [TG_T_OUTPUT] = KEYWORD | STARTS_STATEMENT,
    [TG_T_FN] = KEYWORD | STARTS_OPERAND | HAS_BLOCK,
    [TG_T_TASK] = KEYWORD | STARTS_STATEMENT | HAS_BLOCK,
    [TG_T_FOR] = KEYWORD | STARTS_STATEMENT | HAS_BLOCK,
    [TG_T_WHILE] = KEYWORD | STARTS_STATEMENT | HAS_BLOCK,
    [TG_T_IF] = KEYWORD | STARTS_OPERAND | HAS_BLOCK,
    [TG_T_ELSE] = KEYWORD | ENDS_OPERAND | HAS_BLOCK,
    [TG_T_WITH] = KEYWORD | CONTINUES | STARTS_STATEMENT | OPERATOR_LIKE,
    [TG_T_ASSERT] = KEYWORD | STARTS_STATEMENT,
    [TG_T_EXTERN] = KEYWORD | STARTS_STATEMENT | HAS_BLOCK,
    [TG_T_RETURN] = KEYWORD | STARTS_STATEMENT,
    [TG_T_BREAK] = KEYWORD | STARTS_STATEMENT,
    [TG_T_CONTINUE] = KEYWORD | STARTS_STATEMENT,
    [TG_T_FINALLY] = KEYWORD | ENDS_OPERAND | STARTS_STATEMENT | HAS_BLOCK,
    [TG_T_IN_ORDER] = KEYWORD | ENDS_OPERAND | STARTS_STATEMENT | HAS_BLOCK,
    [TG_T_AND] = KEYWORD | CONTINUES | OPERATOR_LIKE,
    [TG_T_OR] = KEYWORD | CONTINUES | OPERATOR_LIKE,
    [TG_T_NOT] = KEYWORD | CONTINUES | OPERATOR_LIKE | STARTS_OPERAND,
    [TG_T_RUN] = KEYWORD,
    [TG_T_SH] = KEYWORD,
    [TG_T_SERVE] = KEYWORD,
    [TG_T_EFFECT] = KEYWORD,
    [TG_T_LPAREN] = CONTINUES | OPERATOR_LIKE | STARTS_OPERAND,
    [TG_T_RPAREN] = ENDS_OPERAND,
    [TG_T_LSQUARE] = CONTINUES | OPERATOR_LIKE | STARTS_OPERAND,
    [TG_T_RSQUARE] = ENDS_OPERAND,
    [TG_T_LBLOCK] = CONTINUES,
    [TG_T_LTASK] = CONTINUES,
    [TG_T_LEXTERN] = CONTINUES,
    [TG_T_RBLOCK] = ENDS_OPERAND,
    [TG_T_LRECORD] = CONTINUES | STARTS_OPERAND,
    [TG_T_RRECORD] = ENDS_OPERAND,
    [TG_T_COMMA] = CONTINUES,
    [TG_T_COLON] = CONTINUES,
    [TG_T_DOT] = CONTINUES | OPERATOR_LIKE,
    [TG_T_DOTDOT] = CONTINUES | OPERATOR_LIKE,
    [TG_T_ARROW] = CONTINUES,
    [TG_T_QUESTION] = ENDS_OPERAND,
    [TG_T_ASSIGN] = CONTINUES,
    [TG_T_AUGMENT] = CONTINUES | OPERATOR_LIKE,
    [TG_T_COMPARE] = CONTINUES | OPERATOR_LIKE,
    [TG_T_MUL] = CONTINUES | OPERATOR_LIKE,
    [TG_T_PLUS] = CONTINUES | OPERATOR_LIKE | STARTS_OPERAND,
    [TG_T_MINUS] = CONTINUES | OPERATOR_LIKE | STARTS_OPERAND,
    [TG_T_POW] = CONTINUES | OPERATOR_LIKE,
    [TG_T_PIPE] = CONTINUES,
    [TG_T_SEP] = CONTINUES, /* an empty statement */
    [TG_T_START_FILE] = CONTINUES,
    [TG_T_START_EXPRESSION] = CONTINUES,
};

_Static_assert(TG_T_END == 0 && sizeof traits == TG_T_PIPE + 1, "the table covers every token of the grammar");

static bool has_trait(int token, int trait)
{
    return token >= 0 && (size_t)token < sizeof traits && traits[token] & trait;
}

bool tg_token_ends_operand(int token)
{
    return has_trait(token, ENDS_OPERAND);
}
bool tg_token_starts_operand(int token)
{
    return has_trait(token, STARTS_OPERAND);
}
bool tg_token_is_operator(int token)
{
    return has_trait(token, OPERATOR_LIKE);
}
bool tg_token_is_keyword(int token)
{
    return has_trait(token, KEYWORD);
}
bool tg_token_starts_statement(int token)
{
    return has_trait(token, STARTS_STATEMENT);
}
bool tg_token_continues(int token)
{
    return has_trait(token, CONTINUES);
}
bool tg_token_has_block(int token)
{
    return has_trait(token, HAS_BLOCK);
}

const char *tg_token_word(size_t i, enum tg_word_kind *kind)
{
    for (size_t token = 0; token < sizeof traits; token++) {
        if (!(traits[token] & KEYWORD) || i-- > 0) continue;
        bool constant = token == TG_T_TRUE || token == TG_T_FALSE || token == TG_T_NIL;
        bool joins = token == TG_T_IN || token == TG_T_AND || token == TG_T_OR || token == TG_T_NOT;
        bool step = token == TG_T_RUN || token == TG_T_SH, server = token == TG_T_SERVE || token == TG_T_EFFECT;
        *kind = constant ? TG_WORD_CONSTANT : joins ? TG_WORD_OPERATOR : step ? TG_WORD_STEP : TG_WORD_STATEMENT;
        if (server) *kind = TG_WORD_SERVER;
        return tg_reader_token_name((int)token);
    }
    return NULL;
}
