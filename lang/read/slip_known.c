/* SPDX-License-Identifier: MIT
 * Slips that people make often, each with a text of its own: words of other languages, what the token that was found gives away, and
 * what could have stood there. */
#include "lang/read/slip.h"

#include "engine/base/near.h"
#include "lang/read/parse.h"
#include "lang/text/foreign.h"

/* ---- words of other languages ------------------------------------------------------------------------------- */

static bool report_foreign_at(const struct tg_slip *s, uint32_t start)
{
    struct tg_reader *r = s->r;
    size_t length = 0;
    while (strchr("_abcdefghijklmnopqrstuvwxyz", r->text[start + length] | 0) && r->text[start + length]) length++;
    const struct tg_foreign *f = tg_foreign_word(r->text + start, length);
    if (!f) return false;
    struct tg_diag *d = tg_diag_error(r->p->diags, tg_reader_span(r, start, start + (uint32_t)length), "unknown word '%s'",
                                      f->word);
    if (tg_foreign_is_type(f) && tg_slip_innermost(s)->kind == TG_B_PAREN)
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

static bool report_foreign(const struct tg_slip *s)
{
    const struct tg_reader *r = s->r;
    uint32_t first = tg_slip_first_word(r);
    if (first < r->token_end && is_used_as_word(r, first) && report_foreign_at(s, first)) return true;
    bool follows = tg_token_starts_operand(s->found) && s->found != TG_T_LPAREN && s->found != TG_T_LSQUARE;
    if (r->before == TG_T_NAME && follows && report_foreign_at(s, r->before_start)) return true;
    return s->found == TG_T_NAME && tg_token_ends_operand(r->before) && report_foreign_at(s, r->token_start);
}

/* ---- what was found ----------------------------------------------------------------------------------------- */

static bool report_with_hint(const struct tg_slip *s, const char *message, const char *hint)
{
    tg_diag_hint(s->r->p->diags, tg_slip_report(s, message), "%s", hint);
    return true;
}

/* `sh ".."` or `run [..]` where statements stand. */
static bool report_command(const struct tg_slip *s)
{
    struct tg_reader *r = s->r;
    const struct tg_bracket *open = tg_slip_innermost(s);
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
    if (!begins || !tg_slip_word_is(r, start, end, word) || tg_reader_block(r)->kind == TG_B_TASK) return false;
    struct tg_diag *d = tg_diag_error(r->p->diags, tg_reader_span(r, start, end), "'%s' stands outside a task", word);
    tg_diag_hint(r->p->diags, d, TG_FOREIGN_COMMAND, tg_slip_first_word(r) == start ? "nil" : "str", word,
                 text ? "\"..\"" : "[..]");
    return true;
}

/* What begins a task's body in place of 'serve' or a brace: `-> str server [..]`, `-> str run [..]`. */
static bool report_body(const struct tg_slip *s)
{
    struct tg_reader *r = s->r;
    bool word = s->found == TG_T_NAME || s->found == TG_T_RUN || s->found == TG_T_SH;
    if (!word || !tg_slip_expects(s, TG_T_LTASK) || !tg_slip_first_word_is(r, "task")) return false;
    int length = (int)(r->token_end - r->token_start);
    struct tg_near near = tg_near_begin(r->text + r->token_start, (size_t)length);
    tg_near_offer(&near, "serve", strlen("serve"));
    if (near.best)
        return report_with_hint(s, tg_arena_format(r->arena, "unknown word '%.*s'", length, r->text + r->token_start),
                                "did you mean 'serve'?");
    return report_with_hint(
        s, tg_arena_format(r->arena, "expected '{', found %s", tg_slip_found_text(s)),
        "commands stand in braces, { run [..] } or { sh \"..\" }; a server without: serve [\"program\", ..]");
}

/* "${x:03d}", as in Python. */
static bool report_format(const struct tg_slip *s)
{
    struct tg_reader *r = s->r;
    const struct tg_bracket *open = tg_slip_innermost(s);
    if (s->found != TG_T_COLON || open->kind != TG_B_INTERP || tg_reader_block(r)->kind == TG_B_TASK) return false;
    const char *spec = r->text + r->token_end, *value = r->text + open->start + 2;
    size_t length = strcspn(spec, "}\"\n"), value_length = r->token_start - open->start - 2;
    if (spec[length] != '}') return false;
    return report_with_hint(
        s, "expected '}', found ':'",
        tg_arena_format(r->arena, "write ${format(%.*s, \"%.*s\")}", (int)value_length, value, (int)length, spec));
}

/* `x: int = 3`, `target: sources`, `x := 3`. */
static bool report_colon(const struct tg_slip *s)
{
    struct tg_reader *r = s->r;
    bool alone = r->before == TG_T_NAME && tg_slip_first_word(r) == r->before_start;
    if (s->found != TG_T_COLON || !alone || !tg_bracket_is_block(tg_slip_innermost(s)) || !tg_slip_expects(s, TG_T_SEP))
        return false;
    if (r->text[r->token_end] == '=') return report_with_hint(s, "no operator ':='", "a name is bound by 'name = value'");
    return report_with_hint(s, "unexpected ':'",
                            "a name is bound by 'name = value', without a type; how a file is made is said by "
                            "'task name(..) -> file(\"path\") { .. }'");
}

static bool report_question(const struct tg_slip *s)
{
    const char *next = s->r->text + s->r->token_end;
    if (*next == '=')
        return report_with_hint(s, "no operator '?='", "what -D may set is written 'param name: str = \"default\"'");
    if (*next == '.') return report_with_hint(s, "no operator '?.'", "write try(x.name, nil)");
    return report_with_hint(s, "unexpected '?'", "write 'if c { a } else { b }'");
}

/* A '}' whose '{' was missing has been told of. */
static bool report_stray(const struct tg_slip *s)
{
    struct tg_reader *r = s->r;
    struct tg_bracket *block = tg_reader_block(r);
    if (r->text[r->token_start] == '}' && block->unopened) block->unopened--;
    else tg_slip_report(s, tg_arena_format(r->arena, "'%c' closes nothing", r->text[r->token_start]));
    return true;
}

static bool report_assign(const struct tg_slip *s, bool after_operand)
{
    if (!after_operand && !tg_slip_expects(s, TG_T_COMMA)) return false;
    if (tg_slip_innermost(s)->kind == TG_B_PAREN && tg_slip_expects(s, TG_T_COMMA))
        return report_with_hint(s, "expected ',' or ')', found '='",
                                "a named argument is written f(name = value); to compare, write '=='");
    return after_operand &&
           report_with_hint(s, "unexpected '='",
                            tg_slip_expects(s, TG_T_SEP) ? "to compare, write '=='; a second assignment has its own line"
                                                         : "to compare, write '=='");
}

static bool report_comma(const struct tg_slip *s, bool bracket, bool after_operand)
{
    if (report_command(s)) return true;
    if (!bracket && after_operand && tg_slip_expects(s, TG_T_SEP))
        return report_with_hint(s, "expected end of line, found ','", "a list has brackets: 'a, b = [1, 2]', 'return [a, b]'");
    return tg_slip_innermost(s)->kind == TG_B_PAREN && tg_slip_expects(s, TG_T_RPAREN) && after_operand &&
           report_with_hint(s, "expected ')', found ','", "a list is written [a, b]");
}

/* Slips that the found token gives away. */
static bool report_by_found(const struct tg_slip *s)
{
    struct tg_reader *r = s->r;
    bool bracket = !tg_bracket_is_block(tg_slip_innermost(s));
    bool after_operand = tg_slip_expects(s, TG_T_COMPARE);
    switch (s->found) {
    case TG_T_STRAY: return report_stray(s);
    case TG_T_ELSE:
        return !after_operand &&
               report_with_hint(s, "'else' without its 'if'", "it stands after the '}' of the block of an 'if'");
    case TG_T_WITH:
        if (!bracket && after_operand && tg_slip_first_word_is(r, "task"))
            return report_with_hint(s, "the options of a server stand before it", "write -> json with retries = 2 serve [..]");
        return bracket && after_operand &&
               report_with_hint(s, "options inside brackets need parentheses", "write (f(x) with retries = 2)");
    case TG_T_AUGMENT:
        return after_operand &&
               report_with_hint(s, "an assignment stands alone, it is no value", "put it on a line of its own");
    case TG_T_ASSIGN: return report_assign(s, after_operand);
    case TG_T_QUESTION: return after_operand && report_question(s);
    case TG_T_COLON: return report_format(s) || report_colon(s);
    case TG_T_STRING:
    case TG_T_TEXT_OPEN: return report_command(s);
    case TG_T_IF:
        return after_operand && !tg_slip_expects(s, TG_T_FOR) &&
               report_with_hint(s, "unexpected 'if'", "a choice is written 'if c { a } else { b }'");
    case TG_T_INTERP_CLOSE:
        return r->before == TG_T_INTERP_OPEN &&
               report_with_hint(s, "nothing stands between '${' and '}'", "write '\\$' for a dollar sign");
    case TG_T_LPAREN:
        return r->before == TG_T_FOR &&
               report_with_hint(s, "expected a name, found '('", "write 'for x in xs { .. }', or 'for i in 0..n { .. }'");
    case TG_T_DOT:
        return !after_operand && tg_slip_expects_expression(s) &&
               report_with_hint(s, "expected an expression, found '.'", "a number starts with a digit: 0.5");
    case TG_T_MUL:
        return (tg_slip_token_is(r, "//") || tg_slip_token_is(r, "/")) && tg_slip_expects_expression(s) &&
               tg_slip_expects(s, TG_T_WHILE) &&
               report_with_hint(s, "a statement does not start with '/'", "a comment starts with '#'");
    case TG_T_DOTDOT:
        return after_operand && report_with_hint(s, "a second '..' in a range", "steps are written 'range(a, b, step)'");
    case TG_T_COMMA: return report_comma(s, bracket, after_operand);
    case TG_T_COMPARE:
        return r->before == TG_T_ASSIGN && tg_slip_token_is(r, ">") && r->before_end == r->token_start &&
               report_with_hint(s, "no operator '=>'", "a function of one expression is written 'fn(x) = ..'");
    default: return false;
    }
}

/* ---- what was expected -------------------------------------------------------------------------------------- */

static const char *block_hint(const struct tg_reader *r)
{
    if (tg_slip_first_word_is(r, "task") && !r->body_choices) return "its commands stand in braces: { run [..] }";
    return tg_slip_first_word_is(r, "fn") ? "its body stands in braces, or after '='" : "a block stands in braces: { .. }";
}

/* Slips that what was expected gives away. */
static bool report_by_expected(const struct tg_slip *s)
{
    struct tg_reader *r = s->r;
    const char *found = tg_slip_found_text(s);
    int kind = tg_slip_innermost(s)->kind;
    struct tg_bracket *block = tg_reader_block(r);
    bool body = tg_slip_expects(s, TG_T_LBLOCK) || tg_slip_expects(s, TG_T_LTASK) || tg_slip_expects(s, TG_T_LEXTERN);
    if (body && !tg_slip_expects(s, TG_T_ELSE) && (s->found == TG_T_COLON || s->found == TG_T_SEP)) {
        block->unopened++;
        return report_with_hint(s, tg_arena_format(r->arena, "expected '{', found %s", found), block_hint(r));
    }
    if (tg_slip_expects(s, TG_T_RUN) && !tg_slip_expects(s, TG_T_WHILE) && tg_slip_token_is(r, "serve"))
        return report_with_hint(s, "'serve' is no step of a command",
                                "a server stands without braces: task f(x: int) -> json serve [\"program\", ..]");
    if (tg_slip_expects(s, TG_T_RUN) && !tg_slip_expects(s, TG_T_WHILE))
        return report_with_hint(
            s, tg_arena_format(r->arena, "expected 'run' or 'sh', found %s", found),
            "a task's body holds only commands, run [..] or sh \"..\"; what they need is computed by its caller");
    if (tg_slip_expects(s, TG_T_ARROW) && s->count == 1)
        return report_with_hint(s, tg_arena_format(r->arena, "expected '->', found %s", found),
                                tg_reader_block(r)->kind == TG_B_EXTERN
                                    ? "say what the function gives: '-> float'"
                                    : "say what the command gives: '-> str', '-> int', '-> nil' or '-> file(\"path\")'");
    if (tg_slip_expects(s, TG_T_COLON) && s->count == 1 && tg_slip_first_word_is(r, "param"))
        return report_with_hint(s, tg_arena_format(r->arena, "expected ':', found %s", found),
                                "a parameter has a type: 'param n: int = 8'");
    if (tg_slip_expects(s, TG_T_AS) && tg_slip_first_word_is(r, "import"))
        return report_with_hint(s, tg_arena_format(r->arena, "expected 'as', found %s", found),
                                "a file's names are used through a name: 'import \"file.tg\" as m'");
    if (kind == TG_B_INTERP && block->kind == TG_B_TASK && tg_slip_expects(s, TG_T_INTERP_CLOSE))
        return report_with_hint(s, tg_arena_format(r->arena, "expected '}', found %s", found),
                                "the shell's own ${..} is written \\${..}");
    if (tg_slip_expects(s, TG_T_COMMA) && kind >= TG_B_RECORD && kind <= TG_B_SQUARE && tg_token_starts_operand(s->found)) {
        const char *closer = tg_slip_closer(kind);
        struct tg_diag *d = tg_slip_report(s, tg_arena_format(r->arena, "expected ',' or '%s', found %s", closer, found));
        tg_diag_hint(r->p->diags, d, "a ',' is missing before it");
        return true;
    }
    return false;
}

bool tg_slip_report_known(const struct tg_slip *s)
{
    return report_body(s) || report_foreign(s) || report_by_found(s) || report_by_expected(s);
}
