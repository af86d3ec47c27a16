/* SPDX-License-Identifier: MIT
 * What a syntax error says. The grammar gives the token it found and those it could have used; slips that people make
 * often have a text of their own (slip_known.c), the rest becomes "expected .., found .." (slip_expected.c), perhaps with a hint
 * (slip_hint.c). A statement has one error: the innermost block remembers that its current statement is broken. */
#include "lang/read/slip.h"

#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "lang/read/parse.h"

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

/* ---- looking around ----------------------------------------------------------------------------------------- */

uint32_t tg_slip_first_word(const struct tg_reader *r)
{
    uint32_t start = tg_reader_line_start(r, r->before_end);
    return start + (uint32_t)strspn(r->text + start, " \t}");
}

bool tg_slip_first_word_is(const struct tg_reader *r, const char *word)
{
    const char *text = r->text + tg_slip_first_word(r);
    size_t length = strlen(word);
    return strncmp(text, word, length) == 0 && strchr(" \t", text[length]);
}

const struct tg_bracket *tg_slip_innermost(const struct tg_slip *s)
{
    TG_ASSERT(s->r->depth_before > 0 && s->r->depth_before <= s->r->brackets.room); /* the newest token may have closed it */
    return &s->r->brackets.items[s->r->depth_before - 1];
}

bool tg_slip_token_is(const struct tg_reader *r, const char *text)
{
    return strncmp(r->text + r->token_start, text, strlen(text)) == 0;
}

bool tg_slip_word_is(const struct tg_reader *r, uint32_t start, uint32_t end, const char *word)
{
    return end - start == strlen(word) && memcmp(r->text + start, word, end - start) == 0;
}

/* An end of statement may be put before this token: it would not be misread. */
static bool may_start_statement(int found)
{
    return found != TG_T_SEP && found != TG_T_ELSE && found != TG_T_LBLOCK;
}

/* ---- characters --------------------------------------------------------------------------------------------- */

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
    if (hint && code == '|' && tg_slip_first_word_is(r, "param"))
        hint = "T or nil is written 'T?'; a type has no other alternatives, but 'any' and 'num'";
    else if (hint && code == '|' && tg_reader_block(r)->kind == TG_B_TASK)
        hint = "in run [..] | [..] it stands between two lists, at the end of a line or within one";
    if (hint) tg_diag_hint(r->p->diags, d, "%s", hint);
}

/* ---- tokens ------------------------------------------------------------------------------------------------- */

struct tg_diag *tg_slip_report(const struct tg_slip *s, const char *message)
{
    return tg_diag_error(s->r->p->diags, s->span, "%s", message);
}

/* A statement begins although a bracket is open: the bracket was forgotten, and the statement is read. */
static bool report_forgotten(const struct tg_slip *s)
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

static void report_plainly(const struct tg_slip *s)
{
    struct tg_reader *r = s->r;
    const char *list = tg_slip_expected_list(s), *found = tg_slip_found_text(s);
    struct tg_diag *d = list ? tg_slip_report(s, tg_arena_format(r->arena, "expected %s, found %s", list, found))
                             : tg_slip_report(s, tg_arena_format(r->arena, "unexpected %s", found));
    const struct tg_bracket *open = tg_slip_innermost(s);
    const char *hint = tg_slip_hint(s);
    if (!tg_bracket_is_block(open) && memchr(r->text + open->start, '\n', r->token_start - open->start))
        tg_slip_note_opened(r, d, open);
    if (hint) tg_diag_hint(r->p->diags, d, "%s", hint);
}

/* The block whose statement the newest token belongs to; a block that the token itself opened is inside it. */
static struct tg_bracket *block_around(struct tg_reader *r)
{
    struct tg_bracket *block = &r->brackets.items[r->depth_before - 1];
    while (!tg_bracket_is_block(block)) block--;
    return block;
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
    struct tg_slip s = {r, span, found, expected, count};
    if (r->p->diags->error_count >= TG_MAX_DIAGNOSTICS) { /* only counted from here on: spare the thought */
        if (may_start_statement(found) && tg_reader_starts_statement(r)) tg_reader_resync(r);
        tg_slip_report(&s, "unexpected token");
        return;
    }
    tg_slip_keep_possible(&s);
    if (!report_forgotten(&s) && !tg_slip_report_known(&s)) report_plainly(&s);
}
