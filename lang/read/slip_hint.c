/* SPDX-License-Identifier: MIT
 * Hints for errors that say what was expected: what is written so elsewhere. */
#include "lang/read/slip.h"

#include "lang/read/parse.h"

/* A type in the form of another language: [int], int[], list<int>. */
static const char *type_hint(const struct tg_slip *s)
{
    bool begins = tg_slip_expects(s, TG_T_NAME) && tg_slip_expects(s, TG_T_NIL) && !tg_slip_expects_expression(s);
    bool ends = tg_slip_expects(s, TG_T_QUESTION);
    bool angle = s->found == TG_T_COMPARE && tg_slip_token_is(s->r, "<");
    if ((begins && (s->found == TG_T_LSQUARE || s->found == TG_T_RSQUARE)) || (ends && angle))
        return "a list of ints is written list[int]";
    if (ends && s->found == TG_T_COMMA && tg_slip_expects(s, TG_T_RSQUARE))
        return "a list has items of one type, such as list[int] or list[any]; values by name are a 'record'";
    return begins && (s->found == TG_T_LRECORD || s->found == TG_T_LBLOCK) ? "values by name are a 'record'" : NULL;
}

/* An option's name without its value: `with allow_failure`. */
static const char *option_hint(const struct tg_slip *s)
{
    const struct tg_reader *r = s->r;
    size_t at = r->before_start;
    if (s->count != 1 || !tg_slip_expects(s, TG_T_ASSIGN) || r->before != TG_T_NAME) return NULL;
    while (at && (r->text[at - 1] == ' ' || r->text[at - 1] == '\n')) at--;
    bool option = at && (r->text[at - 1] == ',' || (at >= 4 && memcmp(r->text + at - 4, "with", 4) == 0));
    if (!option) return NULL;
    return s->found == TG_T_COLON ? "an option is written with a '=': retries = 3"
                                  : "an option has a value: allow_failure = true";
}

/* What is written so in a shell, in Snakemake or in Python. */
static const char *habit_hint(const struct tg_slip *s)
{
    const struct tg_reader *r = s->r;
    bool body = tg_slip_innermost(s)->kind == TG_B_TASK, touches = r->before_end == r->token_start;
    bool text = s->found == TG_T_STRING || s->found == TG_T_TEXT_OPEN;
    const char *before = r->text + r->before_start;
    if (r->before == TG_T_ARROW && text) return "a file that the command makes is written file(\"path\")";
    if (body && text && r->before == TG_T_NAME && strncmp(before, "sh", 2) == 0 && r->before_end - r->before_start == 2)
        return "'sh' is no part of a pipeline: write the '|' into its text, or run [..] | [..]";
    if (body && s->found == TG_T_COMPARE && tg_slip_token_is(r, ">") && *before == '>' && touches)
        return "'run' can only write a file anew; for the rest, write sh \"..\"";
    if (body && s->found == TG_T_INT && r->text[r->token_end] == '>')
        return "standard error is kept in the log; to send it elsewhere, write sh \"..\"";
    if (s->found == TG_T_LBLOCK && r->before == TG_T_NAME && strncmp(before, "in_order", 8) == 0)
        return "'in_order { .. }' is a statement, and gives no value";
    if (s->found == TG_T_LBLOCK && r->before == TG_T_NAME && tg_slip_word_is(r, r->before_start, r->before_end, "try"))
        return "what may fail is written try(x, default); attempt(x) also says why it failed";
    if (s->found == TG_T_LBLOCK && tg_slip_first_word_is(r, "in_order"))
        return "options stand around it: with .. { in_order { .. } }";
    if (text && touches && r->before == TG_T_NAME && r->before_end - r->before_start == 1)
        return "a text has values by itself: \"..${x}..\"";
    return NULL;
}

/* A key that is an expression: {[k]: 1}, {(k): 1}, {k + "x": 1}, {r.k: 1}. */
static const char *key_hint(const struct tg_slip *s)
{
    if (tg_slip_innermost(s)->kind != TG_B_RECORD && s->found != TG_T_LPAREN && s->found != TG_T_LSQUARE) return NULL;
    bool key = tg_slip_expects(s, TG_T_NAME) && !tg_slip_expects_expression(s) && tg_slip_expects(s, TG_T_RRECORD);
    bool colon = s->count == 1 && tg_slip_expects(s, TG_T_COLON) && (tg_token_is_operator(s->found) || s->found == TG_T_DOT);
    if (key && (s->found == TG_T_INT || s->found == TG_T_FLOAT)) return "a key is a text: {\"1\": value}";
    return key || colon ? "a key that is computed is a text: {\"${k}\": value}" : NULL;
}

const char *tg_slip_hint(const struct tg_slip *s)
{
    const char *hint = habit_hint(s);
    if (!hint) hint = option_hint(s);
    if (!hint) hint = type_hint(s);
    return hint ? hint : key_hint(s);
}
