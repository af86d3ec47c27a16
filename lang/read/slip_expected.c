/* SPDX-License-Identifier: MIT
 * What was found where something else was expected, in words. */
#include "lang/read/slip.h"

#include "lang/read/parse.h"

/* More expected tokens than this do not help. */
#define MAX_EXPECTED 4
/* Longer names and texts are cut in messages. */
#define MAX_SHOWN 40

/* ---- what is possible --------------------------------------------------------------------------------------- */

bool tg_slip_expects(const struct tg_slip *s, int token)
{
    for (int i = 0; i < s->count; i++)
        if (s->expected[i] == token) return true;
    return false;
}

bool tg_slip_expects_expression(const struct tg_slip *s)
{
    return tg_slip_expects(s, TG_T_INT) && tg_slip_expects(s, TG_T_NAME);
}

/* The statement has a block, which has not begun yet. */
static bool block_is_due(const struct tg_slip *s)
{
    return s->found == TG_T_SEP ? s->r->ended_head : tg_slip_innermost(s)->head_end != 0;
}

/* The grammar's tables join states that differ only in what surrounds them, so some expected tokens belong to other
 * surroundings. The brackets around the place say which. */
static bool is_possible(const struct tg_slip *s, int token, bool after_operand)
{
    const struct tg_reader *r = s->r;
    const struct tg_bracket *open = tg_slip_innermost(s);
    switch (token) {
    case TG_T_RPAREN: return open->kind == TG_B_PAREN;
    case TG_T_RSQUARE: return open->kind == TG_B_SQUARE;
    case TG_T_RRECORD: return open->kind == TG_B_RECORD;
    case TG_T_INTERP_CLOSE: return open->kind == TG_B_INTERP;
    case TG_T_RBLOCK: return tg_bracket_is_block(open) && r->depth_before > 1;
    case TG_T_SEP: return tg_bracket_is_block(open) && !r->expression && !block_is_due(s);
    case TG_T_COMMA: return open->kind != TG_B_INTERP;
    case TG_T_PIPE: return open->kind == TG_B_TASK;
    case TG_T_LBLOCK: return block_is_due(s) && (r->body_choices || r->text[open->head_start] != 't');
    case TG_T_LTASK: return block_is_due(s) && !r->body_choices && r->text[open->head_start] == 't';
    case TG_T_SERVE:
    case TG_T_EFFECT: return false; /* few have one */
    case TG_T_COLON: return !after_operand || open->kind == TG_B_SQUARE;
    case TG_T_FOR:
    case TG_T_IF: return !after_operand || open->kind == TG_B_SQUARE || open->kind == TG_B_RECORD;
    case TG_T_STRING: return !after_operand || tg_slip_first_word_is(r, "param");
    default: return true;
    }
}

void tg_slip_keep_possible(struct tg_slip *s)
{
    bool after_operand = tg_slip_expects(s, TG_T_COMPARE);
    int kept = 0;
    for (int i = 0; i < s->count; i++)
        if (is_possible(s, s->expected[i], after_operand)) s->expected[kept++] = s->expected[i];
    s->count = kept;
}

/* ---- in words ----------------------------------------------------------------------------------------------- */

static const char *shorten(struct tg_reader *r, uint32_t start, uint32_t end)
{
    uint32_t length = end - start;
    if (length <= MAX_SHOWN) return tg_arena_copy(r->arena, r->text + start, length);
    length = MAX_SHOWN;
    while (length > 0 && ((unsigned char)r->text[start + length] & 0xc0) == 0x80) length--;
    return tg_arena_format(r->arena, "%.*s..", (int)length, r->text + start);
}

const char *tg_slip_found_text(const struct tg_slip *s)
{
    struct tg_reader *r = s->r;
    const char *text = shorten(r, r->token_start, r->token_end);
    if (tg_token_is_keyword(s->found)) return tg_arena_format(r->arena, "the reserved word '%s'", text);
    switch (s->found) {
    case TG_T_END: return r->end;
    case TG_T_SEP:
        if (r->next == TG_NEXT_FINISH) return r->end;
        return r->token_start < r->token_end && r->text[r->token_start] == ';' ? "';'" : "end of line";
    case TG_T_NAME: return tg_arena_format(r->arena, "name '%s'", text);
    case TG_T_INT:
    case TG_T_FLOAT: return tg_arena_format(r->arena, "number '%s'", text);
    case TG_T_STRING: return tg_arena_format(r->arena, "text %s", text);
    case TG_T_TEXT_OPEN:
    case TG_T_TEXT_PIECE:
    case TG_T_INTERP_OPEN: return "a text";
    case TG_T_TEXT_CLOSE: return "the end of the text";
    case TG_T_RBLOCK: return "'}'";
    default: return tg_arena_format(r->arena, "'%s'", text);
    }
}

static const char *expected_text(struct tg_reader *r, int token)
{
    switch (token) {
    case TG_T_NAME: return "a name";
    case TG_T_STRING: return "a text";
    case TG_T_SEP: return "end of line";
    case TG_T_LTASK:
    case TG_T_LEXTERN:
    case TG_T_LRECORD: return "'{'";
    case TG_T_RRECORD:
    case TG_T_INTERP_CLOSE: return "'}'";
    default: return tg_arena_format(r->arena, "'%s'", tg_reader_token_name(token));
    }
}

/* What a person would think of at this place: an expression instead of the tokens that begin one, no operators where
 * something else can follow, and so on. */
static bool is_worth_naming(const struct tg_slip *s, int token)
{
    bool expression = tg_slip_expects_expression(s);
    if (expression && (tg_token_starts_operand(token) || token == TG_T_NAME)) return false;
    switch (token) {
    case TG_T_END:
    case TG_T_STRAY:
    case TG_T_ELSE:
    case TG_T_TEXT_OPEN:
    case TG_T_TEXT_CLOSE:
    case TG_T_TEXT_PIECE:
    case TG_T_INTERP_OPEN:
    case TG_T_START_FILE:
    case TG_T_START_EXPRESSION: return false;
    case TG_T_QUESTION: return s->count == 1;
    case TG_T_FOR:
    case TG_T_IF: return !tg_slip_expects(s, TG_T_RSQUARE) && !tg_slip_expects(s, TG_T_RRECORD);
    case TG_T_SEP: return !tg_slip_expects(s, TG_T_FOR) || tg_slip_expects(s, TG_T_RSQUARE);
    case TG_T_COMMA:
    case TG_T_ASSIGN: return !tg_slip_expects(s, TG_T_AUGMENT);
    case TG_T_IN: return !tg_slip_expects(s, TG_T_COMPARE);
    default: return !tg_token_is_operator(token) || (token == TG_T_LPAREN && !tg_slip_expects(s, TG_T_COMPARE));
    }
}

const char *tg_slip_expected_list(const struct tg_slip *s)
{
    struct tg_reader *r = s->r;
    const char *names[MAX_EXPECTED + 1];
    int count = 0;
    bool statement = tg_slip_expects(s, TG_T_WHILE);
    if (statement) names[count++] = "a statement";
    else if (tg_slip_expects_expression(s)) names[count++] = "an expression";
    for (int i = 0; i < s->count && count <= MAX_EXPECTED; i++) {
        int token = s->expected[i];
        bool wanted = is_worth_naming(s, token) && (!statement || token == TG_T_RBLOCK);
        if (wanted) names[count++] = expected_text(r, token);
    }
    if (count == 0 || count > MAX_EXPECTED) return NULL;
    struct tg_buf b = {0};
    for (int i = 0; i < count; i++) {
        if (i) tg_buf_text(&b, i + 1 < count ? ", " : " or ");
        tg_buf_text(&b, names[i]);
    }
    const char *text = tg_arena_copy(r->arena, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
    return text;
}
