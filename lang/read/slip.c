/* SPDX-License-Identifier: MIT
 * What a syntax error says. The grammar gives the token it found and those it could have used; slips that people make
 * often have a text of their own, the rest becomes "expected .., found ..". A statement has one error: the innermost
 * block remembers that its current statement is broken. */
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "lang/text/foreign.h"
#include "lang/read/reader.h"
#include "lang/read/parse.h"

/* More expected tokens than this do not help. */
#define MAX_EXPECTED 4
/* Longer names and texts are cut in messages. */
#define MAX_SHOWN 40

/* A syntax error under way. */
struct slip {
    struct tg_reader *r;
    tg_span span;
    int found;
    int *expected;
    int count;
};

const char *tg_slip_closer(int kind)
{
    return kind == TG_B_PAREN ? ")" : kind == TG_B_SQUARE ? "]" : "}";
}

void tg_slip_note_opened(struct tg_reader *r, struct tg_diag *d, const struct tg_bracket *b)
{
    if (!d) return;
    uint32_t length = b->kind == TG_B_INTERP ? 2 : 1;
    tg_diag_note(r->p->diags, d, tg_reader_span(r, b->start, b->start + length), "'%.*s' was opened here", (int)length,
                 r->text + b->start);
}

struct tg_diag *tg_slip_broken(struct tg_reader *r, uint32_t start, uint32_t end, const char *format, ...)
{
    struct tg_bracket *block = tg_reader_block(r);
    if (block->broken || r->next == TG_NEXT_NOTHING) return NULL;
    block->broken = true;
    va_list args;
    va_start(args, format);
    char *message = tg_arena_vformat(r->arena, format, args);
    va_end(args);
    return tg_diag_error(r->p->diags, tg_reader_span(r, start, end), "%s", message);
}

/* The first word of the line on which the token before stands; a '}' may stand before it. */
static uint32_t first_word(const struct tg_reader *r)
{
    uint32_t start = tg_reader_line_start(r, r->before_end);
    return start + (uint32_t)strspn(r->text + start, " \t}");
}

static bool first_word_is(const struct tg_reader *r, const char *word)
{
    const char *text = r->text + first_word(r);
    size_t length = strlen(word);
    return strncmp(text, word, length) == 0 && strchr(" \t", text[length]);
}

/* Roughly: the blocks that hold alphabets. */
static bool is_foreign_letter(uint32_t code)
{
    return (code >= 0xc0 && code < 0x2000 && code != 0xd7 && code != 0xf7) || (code >= 0x3040 && code < 0xd800);
}

static const char *character_hint(uint32_t code)
{
    switch (code) {
    case '\\': return "a line goes on inside brackets, and after an operator or a comma";
    case '\'':
    case '`':
    case 0x2018:
    case 0x2019:
    case 0x201c:
    case 0x201d: return "a text stands in plain double quotes";
    case 0xa0:
    case 0x200b:
    case 0x3000:
    case 0xfeff: return "it looks like a blank; write a plain one";
    case 0x2013:
    case 0x2014:
    case 0x2212: return "write a plain '-'";
    case '$': return "only a text has ${..}";
    case '^': return "a power is written '**'";
    case '~':
    case '&':
    case '|': return "there are no operators on bits; 'and', 'or' and 'not' combine conditions";
    case '@': return "there are no decorators; options follow 'with'";
    default: return is_foreign_letter(code) ? "names are made of the letters a to z and A to Z, digits and '_'" : NULL;
    }
}

void tg_slip_character(struct tg_reader *r)
{
    const char *text = r->text + r->token_start;
    size_t length = r->token_end - r->token_start;
    uint32_t code = tg_utf8_code(text, length);
    bool visible = code > ' ' && code != 0x7f && !(code >= 0x80 && code <= 0xa0);
    const char *shown = visible ? tg_arena_format(r->arena, "'%.*s' (U+%04X)", (int)length, text, code)
                                : tg_arena_format(r->arena, "U+%04X", code);
    struct tg_diag *d = tg_slip_broken(r, r->token_start, r->token_end, "unexpected character %s", shown);
    const char *hint = d ? character_hint(code) : NULL;
    if (hint && code == '|' && first_word_is(r, "param"))
        hint = "T or nil is written 'T?'; a type has no other alternatives, but 'any' and 'num'";
    else if (hint && code == '|' && tg_reader_block(r)->kind == TG_B_TASK)
        hint = "in run [..] | [..] it stands between two lists, at the end of a line or within one";
    if (hint) tg_diag_hint(r->p->diags, d, "%s", hint);
}

/* ---- what was found, what was expected ---------------------------------------------------------------------- */

static bool expects(const struct slip *s, int token)
{
    for (int i = 0; i < s->count; i++)
        if (s->expected[i] == token) return true;
    return false;
}

static const struct tg_bracket *innermost(const struct slip *s)
{
    TG_ASSERT(s->r->depth_before > 0 && s->r->depth_before <= s->r->brackets.room); /* the newest token may have closed it */
    return &s->r->brackets.items[s->r->depth_before - 1];
}

/* The statement has a block, which has not begun yet. */
static bool block_is_due(const struct slip *s)
{
    return s->found == TG_T_SEP ? s->r->ended_head : innermost(s)->head_end != 0;
}

/* The grammar's tables join states that differ only in what surrounds them, so some expected tokens belong to other
 * surroundings. The brackets around the place say which. */
static bool is_possible(const struct slip *s, int token, bool after_operand)
{
    const struct tg_reader *r = s->r;
    const struct tg_bracket *open = innermost(s);
    switch (token) {
    case TG_T_RPAREN: return open->kind == TG_B_PAREN;
    case TG_T_RSQUARE: return open->kind == TG_B_SQUARE;
    case TG_T_RRECORD: return open->kind == TG_B_RECORD;
    case TG_T_INTERP_CLOSE: return open->kind == TG_B_INTERP;
    case TG_T_RBLOCK: return tg_bracket_is_block(open) && r->depth_before > 1;
    case TG_T_SEP: return tg_bracket_is_block(open) && !r->expression && !block_is_due(s);
    case TG_T_COMMA: return open->kind != TG_B_INTERP;
    case TG_T_PIPE: return open->kind == TG_B_TASK;
    case TG_T_LBLOCK: return block_is_due(s) && r->text[open->head_start] != 't';
    case TG_T_LTASK: return block_is_due(s) && r->text[open->head_start] == 't';
    case TG_T_COLON: return !after_operand || open->kind == TG_B_SQUARE;
    case TG_T_FOR:
    case TG_T_IF: return !after_operand || open->kind == TG_B_SQUARE || open->kind == TG_B_RECORD;
    case TG_T_STRING: return !after_operand || first_word_is(r, "param");
    default: return true;
    }
}

static bool expects_expression(const struct slip *s)
{
    return expects(s, TG_T_INT) && expects(s, TG_T_NAME);
}

static const char *shorten(struct tg_reader *r, uint32_t start, uint32_t end)
{
    uint32_t length = end - start;
    if (length <= MAX_SHOWN) return tg_arena_copy(r->arena, r->text + start, length);
    length = MAX_SHOWN;
    while (length > 0 && ((unsigned char)r->text[start + length] & 0xc0) == 0x80) length--;
    return tg_arena_format(r->arena, "%.*s..", (int)length, r->text + start);
}

static const char *found_text(const struct slip *s)
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
static bool is_worth_naming(const struct slip *s, int token)
{
    bool expression = expects_expression(s);
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
    case TG_T_IF: return !expects(s, TG_T_RSQUARE) && !expects(s, TG_T_RRECORD);
    case TG_T_SEP: return !expects(s, TG_T_FOR) || expects(s, TG_T_RSQUARE);
    case TG_T_COMMA:
    case TG_T_ASSIGN: return !expects(s, TG_T_AUGMENT);
    case TG_T_IN: return !expects(s, TG_T_COMPARE);
    default: return !tg_token_is_operator(token) || (token == TG_T_LPAREN && !expects(s, TG_T_COMPARE));
    }
}

/* "'(' or a name"; NULL if there is too much to name. */
static const char *expected_list(const struct slip *s)
{
    struct tg_reader *r = s->r;
    const char *names[MAX_EXPECTED + 1];
    int count = 0;
    bool statement = expects(s, TG_T_WHILE);
    if (statement) names[count++] = "a statement";
    else if (expects_expression(s)) names[count++] = "an expression";
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

/* ---- words of other languages --------------------------------------------------------------------------------- */

static bool report_foreign_at(const struct slip *s, uint32_t start)
{
    struct tg_reader *r = s->r;
    size_t length = 0;
    while (strchr("_abcdefghijklmnopqrstuvwxyz", r->text[start + length] | 0) && r->text[start + length]) length++;
    const struct tg_foreign *f = tg_foreign_word(r->text + start, length);
    if (!f) return false;
    struct tg_diag *d = tg_diag_error(r->p->diags, tg_reader_span(r, start, start + (uint32_t)length), "unknown word '%s'",
                                      f->word);
    if (tg_foreign_is_type(f) && innermost(s)->kind == TG_B_PAREN)
        tg_diag_hint(r->p->diags, d, "the type of a parameter stands behind it: 'x: int'");
    else tg_diag_hint(r->p->diags, d, "%s", f->hint);
    return true;
}

/* True if a word of another language stands at `start` as a word: not called, assigned to or looked into. */
static bool is_used_as_word(const struct tg_reader *r, uint32_t start)
{
    const char *end = r->text + start + strspn(r->text + start, "_abcdefghijklmnopqrstuvwxyz");
    const char *next = end + strspn(end, " \t");
    if (next == end) return *next == '{' || *next == ':' || *next == '\n';
    return !strchr("=.,[)]+-*/<>%", *next);
}

static bool report_foreign(const struct slip *s)
{
    const struct tg_reader *r = s->r;
    uint32_t first = first_word(r);
    if (first < r->token_end && is_used_as_word(r, first) && report_foreign_at(s, first)) return true;
    bool follows = tg_token_starts_operand(s->found) && s->found != TG_T_LPAREN && s->found != TG_T_LSQUARE;
    if (r->before == TG_T_NAME && follows && report_foreign_at(s, r->before_start)) return true;
    return s->found == TG_T_NAME && tg_token_ends_operand(r->before) && report_foreign_at(s, r->token_start);
}

/* ---- slips with a text of their own ------------------------------------------------------------------------------ */

static struct tg_diag *report_slip(const struct slip *s, const char *message)
{
    return tg_diag_error(s->r->p->diags, s->span, "%s", message);
}

static bool report_with_hint(const struct slip *s, const char *message, const char *hint)
{
    tg_diag_hint(s->r->p->diags, report_slip(s, message), "%s", hint);
    return true;
}

/* An end of statement may be put before this token: it would not be misread. */
static bool may_start_statement(int found)
{
    return found != TG_T_SEP && found != TG_T_ELSE && found != TG_T_LBLOCK;
}

/* A statement begins although a bracket is open: the bracket was forgotten, and the statement is read. */
static bool report_forgotten(const struct slip *s)
{
    struct tg_reader *r = s->r;
    if (!may_start_statement(s->found) || !tg_reader_starts_statement(r)) return false;
    struct tg_bracket open = r->brackets.items[r->depth_before - 1];
    tg_span after = tg_reader_span(r, r->before_end - 1, r->before_end);
    struct tg_diag *d = tg_diag_error(r->p->diags, after, "expected '%s', found end of line", tg_slip_closer(open.kind));
    tg_slip_note_opened(r, d, &open);
    tg_reader_resync(r);
    return true;
}

static bool token_is(const struct tg_reader *r, const char *text)
{
    return strncmp(r->text + r->token_start, text, strlen(text)) == 0;
}

static bool word_is(const struct tg_reader *r, uint32_t start, uint32_t end, const char *word)
{
    return end - start == strlen(word) && memcmp(r->text + start, word, end - start) == 0;
}

/* `sh ".."` or `run [..]` where statements stand. */
static bool report_command(const struct slip *s)
{
    struct tg_reader *r = s->r;
    const struct tg_bracket *open = innermost(s);
    uint32_t end = r->before_end, start = end;
    bool text = s->found == TG_T_STRING || s->found == TG_T_TEXT_OPEN;
    const char *word = text ? "sh" : "run";
    if (!text) {
        if (open->kind != TG_B_SQUARE || s->found != TG_T_COMMA) return false;
        end = open->start;
        while (end > 0 && r->text[end - 1] == ' ') end--;
    }
    start = end > strlen(word) ? end - (uint32_t)strlen(word) : 0;
    bool begins = start == 0 || strchr(" \t\n;={", r->text[start - 1]);
    if (!begins || !word_is(r, start, end, word) || tg_reader_block(r)->kind == TG_B_TASK) return false;
    struct tg_diag *d = tg_diag_error(r->p->diags, tg_reader_span(r, start, end), "'%s' stands outside a task", word);
    tg_diag_hint(r->p->diags, d, TG_FOREIGN_COMMAND, first_word(r) == start ? "nil" : "str", word, text ? "\"..\"" : "[..]");
    return true;
}

/* "${x:03d}", as in Python. */
static bool report_format(const struct slip *s)
{
    struct tg_reader *r = s->r;
    const struct tg_bracket *open = innermost(s);
    if (s->found != TG_T_COLON || open->kind != TG_B_INTERP || tg_reader_block(r)->kind == TG_B_TASK) return false;
    const char *spec = r->text + r->token_end, *value = r->text + open->start + 2;
    size_t length = strcspn(spec, "}\"\n"), value_length = r->token_start - open->start - 2;
    if (spec[length] != '}') return false;
    return report_with_hint(
        s, "expected '}', found ':'",
        tg_arena_format(r->arena, "write ${format(%.*s, \"%.*s\")}", (int)value_length, value, (int)length, spec));
}

/* `x: int = 3`, `target: sources`, `x := 3`. */
static bool report_colon(const struct slip *s)
{
    struct tg_reader *r = s->r;
    bool alone = r->before == TG_T_NAME && first_word(r) == r->before_start;
    if (s->found != TG_T_COLON || !alone || !tg_bracket_is_block(innermost(s)) || !expects(s, TG_T_SEP)) return false;
    if (r->text[r->token_end] == '=') return report_with_hint(s, "no operator ':='", "a name is bound by 'name = value'");
    return report_with_hint(s, "unexpected ':'",
                            "a name is bound by 'name = value', without a type; how a file is made is said by "
                            "'task name(..) -> file(\"path\") { .. }'");
}

static bool report_question(const struct slip *s)
{
    const char *next = s->r->text + s->r->token_end;
    if (*next == '=')
        return report_with_hint(s, "no operator '?='", "what -D may set is written 'param name: str = \"default\"'");
    if (*next == '.') return report_with_hint(s, "no operator '?.'", "write try(x.name, nil)");
    return report_with_hint(s, "unexpected '?'", "write 'if c { a } else { b }'");
}

/* Slips that the found token gives away. */
static bool report_by_found(const struct slip *s)
{
    struct tg_reader *r = s->r;
    bool bracket = !tg_bracket_is_block(innermost(s));
    bool after_operand = expects(s, TG_T_COMPARE);
    switch (s->found) {
    case TG_T_STRAY:
        if (r->text[r->token_start] == '}' && tg_reader_block(r)->unopened) {
            tg_reader_block(r)->unopened--;
            return true;
        }
        report_slip(s, tg_arena_format(r->arena, "'%c' closes nothing", r->text[r->token_start]));
        return true;
    case TG_T_ELSE:
        return !after_operand &&
               report_with_hint(s, "'else' without its 'if'", "it stands after the '}' of the block of an 'if'");
    case TG_T_WITH:
        return bracket && after_operand &&
               report_with_hint(s, "options inside brackets need parentheses", "write (f(x) with retries = 2)");
    case TG_T_AUGMENT:
        return after_operand &&
               report_with_hint(s, "an assignment stands alone, it is no value", "put it on a line of its own");
    case TG_T_LTASK:
        return after_operand && !expects(s, TG_T_LTASK) &&
               report_with_hint(s, "unexpected '{'",
                                "this begins the task's body: among its options a choice needs parentheses, "
                                "cores = (if c { a } else { b })");
    case TG_T_ASSIGN:
        if (!after_operand && !expects(s, TG_T_COMMA)) return false;
        if (bracket && expects(s, TG_T_COMMA) && innermost(s)->kind == TG_B_PAREN)
            return report_with_hint(s, "expected ',' or ')', found '='",
                                    "a named argument is written f(name = value); to compare, write '=='");
        return after_operand &&
               report_with_hint(s, "unexpected '='",
                                expects(s, TG_T_SEP) ? "to compare, write '=='; a second assignment has its own line"
                                                     : "to compare, write '=='");
    case TG_T_QUESTION: return after_operand && report_question(s);
    case TG_T_COLON: return report_format(s) || report_colon(s);
    case TG_T_STRING:
    case TG_T_TEXT_OPEN: return report_command(s);
    case TG_T_IF:
        return after_operand && !expects(s, TG_T_FOR) &&
               report_with_hint(s, "unexpected 'if'", "a choice is written 'if c { a } else { b }'");
    case TG_T_INTERP_CLOSE:
        return r->before == TG_T_INTERP_OPEN &&
               report_with_hint(s, "nothing stands between '${' and '}'", "write '\\$' for a dollar sign");
    case TG_T_LPAREN:
        return r->before == TG_T_FOR &&
               report_with_hint(s, "expected a name, found '('", "write 'for x in xs { .. }', or 'for i in 0..n { .. }'");
    case TG_T_DOT:
        return !after_operand && expects_expression(s) &&
               report_with_hint(s, "expected an expression, found '.'", "a number starts with a digit: 0.5");
    case TG_T_MUL:
        return (token_is(r, "//") || token_is(r, "/")) && expects_expression(s) && expects(s, TG_T_WHILE) &&
               report_with_hint(s, "a statement does not start with '/'", "a comment starts with '#'");
    case TG_T_DOTDOT:
        return after_operand && report_with_hint(s, "a second '..' in a range", "steps are written 'range(a, b, step)'");
    case TG_T_COMMA:
        if (report_command(s)) return true;
        if (!bracket && after_operand && expects(s, TG_T_SEP))
            return report_with_hint(s, "expected end of line, found ','",
                                    "a list has brackets: 'a, b = [1, 2]', 'return [a, b]'");
        return innermost(s)->kind == TG_B_PAREN && expects(s, TG_T_RPAREN) && after_operand &&
               report_with_hint(s, "expected ')', found ','", "a list is written [a, b]");
    case TG_T_COMPARE:
        return r->before == TG_T_ASSIGN && token_is(r, ">") && r->before_end == r->token_start &&
               report_with_hint(s, "no operator '=>'", "a function of one expression is written 'fn(x) = ..'");
    default: return false;
    }
}

/* A type in the form of another language: [int], int[], list<int>. */
static const char *type_hint(const struct slip *s)
{
    bool begins = expects(s, TG_T_NAME) && expects(s, TG_T_NIL) && !expects_expression(s);
    bool ends = expects(s, TG_T_QUESTION);
    bool angle = s->found == TG_T_COMPARE && token_is(s->r, "<");
    if ((begins && (s->found == TG_T_LSQUARE || s->found == TG_T_RSQUARE)) || (ends && angle))
        return "a list of ints is written list[int]";
    if (ends && s->found == TG_T_COMMA && expects(s, TG_T_RSQUARE))
        return "a list has items of one type, such as list[int] or list[any]; values by name are a 'record'";
    return begins && (s->found == TG_T_LRECORD || s->found == TG_T_LBLOCK) ? "values by name are a 'record'" : NULL;
}

/* An option's name without its value: `with allow_failure`. */
static const char *option_hint(const struct slip *s)
{
    const struct tg_reader *r = s->r;
    size_t at = r->before_start;
    if (s->count != 1 || !expects(s, TG_T_ASSIGN) || r->before != TG_T_NAME) return NULL;
    while (at && (r->text[at - 1] == ' ' || r->text[at - 1] == '\n')) at--;
    bool option = at && (r->text[at - 1] == ',' || (at >= 4 && memcmp(r->text + at - 4, "with", 4) == 0));
    if (!option) return NULL;
    return s->found == TG_T_COLON ? "an option is written with a '=': retries = 3"
                                  : "an option has a value: allow_failure = true";
}

/* What is written so in a shell, in Snakemake or in Python. */
static const char *habit_hint(const struct slip *s)
{
    const struct tg_reader *r = s->r;
    bool body = innermost(s)->kind == TG_B_TASK, touches = r->before_end == r->token_start;
    bool text = s->found == TG_T_STRING || s->found == TG_T_TEXT_OPEN;
    const char *before = r->text + r->before_start;
    if (r->before == TG_T_ARROW && text) return "a file that the command makes is written file(\"path\")";
    if (body && text && r->before == TG_T_NAME && strncmp(before, "sh", 2) == 0 && r->before_end - r->before_start == 2)
        return "'sh' is no part of a pipeline: write the '|' into its text, or run [..] | [..]";
    if (body && s->found == TG_T_COMPARE && token_is(r, ">") && *before == '>' && touches)
        return "'run' can only write a file anew; for the rest, write sh \"..\"";
    if (body && s->found == TG_T_INT && r->text[r->token_end] == '>')
        return "standard error is kept in the log; to send it elsewhere, write sh \"..\"";
    if (s->found == TG_T_LBLOCK && r->before == TG_T_NAME && strncmp(before, "in_order", 8) == 0)
        return "'in_order { .. }' is a statement, and gives no value";
    if (s->found == TG_T_LBLOCK && r->before == TG_T_NAME && word_is(r, r->before_start, r->before_end, "try"))
        return "what may fail is written try(x, default); attempt(x) also says why it failed";
    if (s->found == TG_T_LBLOCK && first_word_is(r, "in_order")) return "options stand around it: with .. { in_order { .. } }";
    if (text && touches && r->before == TG_T_NAME && r->before_end - r->before_start == 1)
        return "a text has values by itself: \"..${x}..\"";
    return NULL;
}

/* A key that is an expression: {[k]: 1}, {(k): 1}, {k + "x": 1}, {r.k: 1}. */
static const char *key_hint(const struct slip *s)
{
    if (innermost(s)->kind != TG_B_RECORD && s->found != TG_T_LPAREN && s->found != TG_T_LSQUARE) return NULL;
    bool key = expects(s, TG_T_NAME) && !expects_expression(s) && expects(s, TG_T_RRECORD);
    bool colon = s->count == 1 && expects(s, TG_T_COLON) && (tg_token_is_operator(s->found) || s->found == TG_T_DOT);
    if (key && (s->found == TG_T_INT || s->found == TG_T_FLOAT)) return "a key is a text: {\"1\": value}";
    return key || colon ? "a key that is computed is a text: {\"${k}\": value}" : NULL;
}

static const char *block_hint(const struct tg_reader *r)
{
    if (first_word_is(r, "task")) return "its commands stand in braces: { run [..] }";
    return first_word_is(r, "fn") ? "its body stands in braces, or after '='" : "a block stands in braces: { .. }";
}

/* Slips that what was expected gives away. */
static bool report_by_expected(const struct slip *s)
{
    struct tg_reader *r = s->r;
    const char *found = found_text(s);
    int kind = innermost(s)->kind;
    struct tg_bracket *block = tg_reader_block(r);
    bool body = expects(s, TG_T_LBLOCK) || expects(s, TG_T_LTASK) || expects(s, TG_T_LEXTERN);
    if (body && !expects(s, TG_T_ELSE) && (s->found == TG_T_COLON || s->found == TG_T_SEP)) {
        block->unopened++;
        return report_with_hint(s, tg_arena_format(r->arena, "expected '{', found %s", found), block_hint(r));
    }
    if (expects(s, TG_T_RUN) && !expects(s, TG_T_WHILE))
        return report_with_hint(
            s, tg_arena_format(r->arena, "expected 'run' or 'sh', found %s", found),
            "a task's body holds only commands, run [..] or sh \"..\"; what they need is computed by its caller");
    if (expects(s, TG_T_ARROW) && s->count == 1)
        return report_with_hint(s, tg_arena_format(r->arena, "expected '->', found %s", found),
                                tg_reader_block(r)->kind == TG_B_EXTERN
                                    ? "say what the function gives: '-> float'"
                                    : "say what the command gives: '-> str', '-> int', '-> nil' or '-> file(\"path\")'");
    if (expects(s, TG_T_COLON) && s->count == 1 && first_word_is(r, "param"))
        return report_with_hint(s, tg_arena_format(r->arena, "expected ':', found %s", found),
                                "a parameter has a type: 'param n: int = 8'");
    if (expects(s, TG_T_AS) && first_word_is(r, "import"))
        return report_with_hint(s, tg_arena_format(r->arena, "expected 'as', found %s", found),
                                "a file's names are used through a name: 'import \"file.tg\" as m'");
    if (kind == TG_B_INTERP && block->kind == TG_B_TASK && expects(s, TG_T_INTERP_CLOSE))
        return report_with_hint(s, tg_arena_format(r->arena, "expected '}', found %s", found),
                                "the shell's own ${..} is written \\${..}");
    if (expects(s, TG_T_COMMA) && kind >= TG_B_RECORD && kind <= TG_B_SQUARE && tg_token_starts_operand(s->found)) {
        const char *closer = tg_slip_closer(kind);
        struct tg_diag *d = report_slip(s, tg_arena_format(r->arena, "expected ',' or '%s', found %s", closer, found));
        tg_diag_hint(r->p->diags, d, "a ',' is missing before it");
        return true;
    }
    return false;
}

static void report_plainly(const struct slip *s)
{
    struct tg_reader *r = s->r;
    const char *list = expected_list(s), *found = found_text(s);
    struct tg_diag *d = list ? report_slip(s, tg_arena_format(r->arena, "expected %s, found %s", list, found))
                             : report_slip(s, tg_arena_format(r->arena, "unexpected %s", found));
    const struct tg_bracket *open = innermost(s);
    const char *habit = habit_hint(s);
    if (!habit) habit = option_hint(s);
    if (!habit) habit = type_hint(s);
    if (!habit) habit = key_hint(s);
    if (!tg_bracket_is_block(open) && memchr(r->text + open->start, '\n', r->token_start - open->start))
        tg_slip_note_opened(r, d, open);
    if (habit) tg_diag_hint(r->p->diags, d, "%s", habit);
}

/* ---- */

/* The block whose statement the newest token belongs to; a block that the token itself opened is inside it. */
static struct tg_bracket *block_around(struct tg_reader *r)
{
    struct tg_bracket *block = &r->brackets.items[r->depth_before - 1];
    while (!tg_bracket_is_block(block)) block--;
    return block;
}

static void keep_possible(struct slip *s)
{
    bool after_operand = expects(s, TG_T_COMPARE);
    int kept = 0;
    for (int i = 0; i < s->count; i++)
        if (is_possible(s, s->expected[i], after_operand)) s->expected[kept++] = s->expected[i];
    s->count = kept;
}

void tg_slip_unexpected(struct tg_reader *r, tg_span span, int found, int *expected, int count)
{
    if (r->next == TG_NEXT_NOTHING || r->end_reported) return;
    bool ended = found == TG_T_SEP || found == TG_T_RBLOCK || found == TG_T_END;
    struct tg_bracket *block = block_around(r);
    if (ended ? r->ended_broken : block->broken) return;
    if (!ended) block->broken = true;
    /* an end of line is shown right after what stands before it */
    if ((found == TG_T_SEP || found == TG_T_END) && r->before_end)
        span = tg_reader_span(r, r->before_end, r->before_end < r->length ? r->before_end + 1 : r->before_end);
    struct slip s = {r, span, found, expected, count};
    if (r->p->diags->error_count >= TG_MAX_DIAGNOSTICS) { /* only counted from here on: spare the thought */
        if (may_start_statement(found) && tg_reader_starts_statement(r)) tg_reader_resync(r);
        report_slip(&s, "unexpected token");
        return;
    }
    keep_possible(&s);
    if (report_forgotten(&s) || report_foreign(&s) || report_by_found(&s) || report_by_expected(&s)) return;
    report_plainly(&s);
}
