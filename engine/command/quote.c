/* SPDX-License-Identifier: MIT
 * Reads the text of an `sh` as sh, dash, bash, ksh and zsh do (POSIX, Shell Command Language), as far as it takes to know how
 * a reference to a variable is to be written at each mark. What stands in each command is for shellwords.c.
 *
 * The shells differ, and a wrong guess must not matter. So a reference is always quoted, and where two shells could read
 * the text before a value in two ways (quotes inside `..` or ${x%'..'}, a `case` in $(..), a here-document that begins
 * in $(..)), the reading gives up: no value can stand from there on. */
#include "engine/command/quote.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/assert.h"
#include "engine/command/shellwords.h"

#define MAX_DEPTH 64
#define MAX_HERE 4 /* here-documents that begin on one line */

enum quoting {
    COMMANDS,   /* of the whole text, $(..), <(..), (..) */
    ARRAY,      /* NAME=(..) */
    DOUBLE,     /* ".." */
    SINGLE,     /* '..' */
    ANSI,       /* $'..' */
    ARITHMETIC, /* $((..)), ((..)), $[..] */
    PATTERN,    /* x(..) */
};

struct frame {
    enum quoting nesting;
    struct tg_shellwords words; /* of COMMANDS and ARRAY */
    bool word, grouped;         /* $(..): the word goes on behind it; ( ): a group ended right before */
    bool command;               /* ((..)), which dash takes for two subshells */
    unsigned inner;             /* brackets open in ARITHMETIC and PATTERN */
    char end;                   /* of ARITHMETIC: ')' for '))', or ']' */
    unsigned subscript;         /* in DOUBLE: brackets open behind $NAME[ */
};

/* A here-document that begins at the next newline. */
struct here {
    char end[TG_QUOTE_END_BYTES];
    size_t length, depth; /* depth: of the frame that asked for it */
    bool quoted, tabs;
    const char *code; /* what reads it as code */
    const char *word; /* the end as it is written */
};

struct tracker {
    const char *text;
    size_t length, at;
    struct tg_quote_place *places;
    size_t next;
    struct frame *frames;
    size_t depth;
    struct here here[MAX_HERE];
    size_t here_count;
    unsigned here_subscript; /* brackets open behind $NAME[ in one */
    bool integers;
    bool backslash, dollar; /* right before */
    const char *gave_up;    /* why no value can stand any more */
};

static struct frame *top(struct tracker *r)
{
    TG_ASSERT(r->depth && r->depth <= MAX_DEPTH);
    return &r->frames[r->depth - 1];
}

/* The frame of the words that the place belongs to. */
static size_t commands_index(const struct tracker *r)
{
    size_t i = r->depth - 1;
    while (r->frames[i].nesting != COMMANDS && r->frames[i].nesting != ARRAY) i--;
    return i;
}

static struct frame *commands_of(struct tracker *r)
{
    return &r->frames[commands_index(r)];
}

static char peek(const struct tracker *r, size_t ahead)
{
    return r->at + ahead < r->length ? r->text[r->at + ahead] : '\n';
}

static bool is_mark(const struct tracker *r, size_t ahead)
{
    return r->at + ahead < r->length && r->text[r->at + ahead] == TG_QUOTE_MARK;
}

static void lose_track(struct tracker *r, const char *why)
{
    if (!r->gave_up) r->gave_up = why;
}

/* ---- places -------------------------------------------------------------------------------------- */

static enum tg_quote_form form_in(enum quoting nesting)
{
    return nesting == DOUBLE ? TG_QUOTE_DOUBLE : nesting == SINGLE ? TG_QUOTE_SINGLE : TG_QUOTE_OPEN;
}

/* What is true of a value here, by all that is around it. */
static struct tg_quote_place judge_value(struct tracker *r)
{
    struct tg_quote_place p = {.form = form_in(top(r)->nesting)};
    size_t commands = commands_index(r);
    tg_shellwords_judge(&r->frames[commands].words, &p);
    for (size_t i = tg_shellwords_is_path(&r->frames[commands].words) ? commands : 0; i < r->depth; i++) {
        const struct frame *f = &r->frames[i];
        if (f->nesting == ARITHMETIC) p.number = f->end == ')' ? "in arithmetic: ((..))" : "in arithmetic: $[..]";
        if (f->nesting == DOUBLE && f->subscript) p.number = "in a subscript";
        if (f->nesting == PATTERN) p.refused = "inside the parentheses of a pattern";
    }
    if (top(r)->nesting == ARITHMETIC) p.form = TG_QUOTE_NUMBER;
    if (top(r)->nesting == ANSI) p.refused = "inside $'..': write '..'";
    if (p.number) p.program = false;
    return p;
}

/* A value that can stand nowhere near here. */
static void refuse_mark(struct tracker *r, const char *why)
{
    r->places[r->next++] = (struct tg_quote_place){.refused = r->gave_up ? r->gave_up : why};
}

static void read_mark(struct tracker *r)
{
    struct tg_quote_place p = judge_value(r);
    if (r->dollar) p.refused = "right after a '$'";
    if (r->backslash) p.refused = "right after a backslash";
    if (r->gave_up) p.refused = r->gave_up;
    tg_shellwords_unknown(&commands_of(r)->words, true);
    r->places[r->next++] = p;
    r->at++;
}

/* ---- nesting ------------------------------------------------------------------------------------- */

static struct frame *push(struct tracker *r, enum quoting nesting)
{
    if (r->depth == MAX_DEPTH) {
        lose_track(r, "so deep inside of brackets and quotes");
        return top(r);
    }
    r->frames[r->depth] = (struct frame){.nesting = nesting};
    return &r->frames[r->depth++];
}

/* Commands inside of what is there; values in them are bound by what holds here. */
static void push_commands(struct tracker *r, enum quoting nesting, bool word)
{
    struct tg_quote_place here = judge_value(r);
    if (word) tg_shellwords_unknown(&commands_of(r)->words, top(r)->nesting == DOUBLE || r->text[r->at] != '$');
    if (r->depth < MAX_DEPTH && here.refused) lose_track(r, here.refused);
    struct frame *f = push(r, nesting);
    f->word = word;
    f->words = (struct tg_shellwords){.places = r->places, .next = &r->next, .integers = &r->integers};
    f->words.array = nesting == ARRAY;
    f->words.number = here.number;
    f->words.code = here.program && word ? "the command that $(..) gives" : here.code;
    f->words.assigned = here.assigned;
}

static void pop(struct tracker *r)
{
    for (size_t i = 0; i < r->here_count; i++)
        if (r->here[i].depth == r->depth) lose_track(r, "behind a here-document that begins inside of brackets");
    if (r->depth > 1) r->depth--;
}

/* ---- here-documents ------------------------------------------------------------------------------ */

/* Behind "<<": the word that ends the document. */
static void read_end_word(struct tracker *r)
{
    struct here here = {.tabs = peek(r, 0) == '-', .depth = r->depth, .code = tg_shellwords_input(&top(r)->words)};
    r->at += here.tabs;
    while (peek(r, 0) == ' ' || peek(r, 0) == '\t') r->at++;
    char quote = 0;
    here.word = r->text + r->at;
    for (; r->at < r->length && !is_mark(r, 0) && (quote || !strchr(" \t\n;&|<>()", r->text[r->at])); r->at++) {
        char c = r->text[r->at];
        if (c == '$' || c == '`' || (c == '\\' && quote) || (c == '\\' && peek(r, 1) == '\n') || c == '\n')
            lose_track(r, "behind a here-document whose end is no plain word");
        if (c == quote) quote = 0;
        else if (!quote && (c == '\'' || c == '"')) quote = c;
        else if (c != '\\' && here.length < TG_QUOTE_END_BYTES) here.end[here.length++] = c;
        here.quoted |= quote || c == '\\' || c == '\'' || c == '"';
    }
    if (is_mark(r, 0) || quote || here.length == 0 || here.length == TG_QUOTE_END_BYTES || r->here_count == MAX_HERE ||
        commands_of(r)->words.array)
        lose_track(r, "behind a here-document whose end is no plain word");
    else r->here[r->here_count++] = here;
}

static size_t line_end(const struct tracker *r, size_t at)
{
    const char *newline = memchr(r->text + at, '\n', r->length - at);
    return newline ? (size_t)(newline - r->text) : r->length;
}

static bool is_end_line(const struct tracker *r, const struct here *here, size_t at, size_t end)
{
    while (here->tabs && at < end && r->text[at] == '\t') at++;
    return end - at == here->length && memcmp(r->text + at, here->end, here->length) == 0;
}

/* Behind the bracket that closes the one at r->at, on the same line and without quotes. Values inside are refused. */
static void skip_brackets(struct tracker *r, size_t end)
{
    char open = r->text[r->at], close = open == '(' ? ')' : '}';
    for (unsigned depth = 0; r->at < end; r->at++) {
        char c = r->text[r->at];
        if (c == TG_QUOTE_MARK) refuse_mark(r, "inside brackets in a here-document");
        else if (strchr("'\"\\`#", c) && !(open == '{' && c == '#'))
            lose_track(r, "behind quotes inside of brackets in a here-document");
        depth += c == open;
        depth -= c == close;
        if (depth == 0) {
            r->at++;
            return;
        }
    }
    lose_track(r, "behind brackets over several lines in a here-document");
}

/* From a '$' to behind "$NAME", which in zsh may be "$+NAME" and the like, and to behind the '[' of a subscript, if there is one. */
static bool skip_name(struct tracker *r, size_t end)
{
    size_t from = ++r->at;
    while (r->at < end && r->text[r->at] && strchr("+^=~", r->text[r->at])) r->at++;
    if (r->at < end && r->text[r->at] && strchr(r->at == from ? "@*#?-$!" : "@*#?-!", r->text[r->at])) r->at++;
    while (r->at < end && tg_ascii_is_name_byte(r->text[r->at])) r->at++;
    bool subscript = r->at < end && r->text[r->at] == '[';
    r->at += subscript;
    return subscript;
}

static struct tg_quote_place judge_here(const struct tracker *r, const struct here *here)
{
    const char *number = r->here_subscript ? "in a subscript" : NULL;
    return (struct tg_quote_place){
        .form = TG_QUOTE_HERE, .number = number, .code = here->code, .end = here->word, .end_length = here->length};
}

/* A line of a here-document that has expansions. */
static void read_here_line(struct tracker *r, const struct here *here, size_t end)
{
    while (r->at < end) {
        char c = r->text[r->at], next = r->at + 1 < end ? r->text[r->at + 1] : '\n';
        if (c == TG_QUOTE_MARK) {
            if (r->gave_up) refuse_mark(r, NULL);
            else r->places[r->next++] = judge_here(r, here);
        } else if (c == '`') {
            lose_track(r, "behind a backtick in a here-document");
        } else if (c == '\\' && r->at + 1 == end) {
            lose_track(r, "behind a backslash at the end of a line in a here-document");
        } else if ((c == '\\' || c == '$') && r->at + 1 < end && next == TG_QUOTE_MARK) {
            refuse_mark(r, c == '$' ? "right after a '$'" : "right after a backslash");
            r->at++;
        } else if (c == '\\') {
            r->at++;
        } else if (c == '$' && (next == '(' || next == '{')) {
            r->at++;
            skip_brackets(r, end);
            continue;
        } else if (c == '$') {
            r->here_subscript += skip_name(r, end);
            continue;
        } else {
            r->here_subscript = tg_shellwords_brackets(r->here_subscript, c, false);
        }
        r->at++;
    }
}

/* The documents that begin here, behind a newline. */
static void read_here(struct tracker *r)
{
    for (size_t i = 0; i < r->here_count; i++) {
        const struct here *here = &r->here[i];
        if (here->depth != r->depth) lose_track(r, "behind a here-document that begins inside of brackets");
        bool ended = false;
        r->here_subscript = 0;
        while (r->at < r->length && !ended) {
            size_t end = line_end(r, r->at);
            ended = is_end_line(r, here, r->at, end);
            for (; !ended && here->quoted && r->at < end; r->at++)
                if (r->text[r->at] == TG_QUOTE_MARK) refuse_mark(r, "in a here-document whose end is quoted");
            if (!ended && !here->quoted) read_here_line(r, here, end);
            r->at = end + (end < r->length);
        }
    }
    r->here_count = 0;
}

static void newline(struct tracker *r)
{
    r->at++;
    if (r->here_count) read_here(r);
}

/* ---- what expands -------------------------------------------------------------------------------- */

/* Whether quotes, comments or here-documents inside of `..` can make a shell read past the '`' that comes first. */
static bool ends_plainly(const struct tracker *r)
{
    enum quoting around = r->frames[r->depth - 1].nesting;
    char quote = around == COMMANDS || around == ARRAY ? 0 : '`';
    for (size_t i = r->at + 1; i < r->length && r->text[i] != '`'; i++) {
        char c = r->text[i], next = i + 1 < r->length ? r->text[i + 1] : '\n';
        bool opens = c == '\'' || c == '"';
        if (quote == '`' && (opens || c == '\\' || c == '<' || c == '\n')) return false;
        if (c == '\\' && strchr("'\"\\`\n", next)) return false;
        if (c == '$' && quote != '\'' && next != TG_QUOTE_MARK && strchr("'\"({[", next)) return false;
        if (quote != '\'' && quote != '"' && (c == '#' || (c == '<' && next == '<'))) return false;
        if (c == '\n' && r->here_count) return false;
        if (c == quote) quote = 0;
        else if (opens && !quote) quote = c;
    }
    return !quote || quote == '`';
}

static void backticks(struct tracker *r)
{
    bool plain = ends_plainly(r);
    for (r->at++; r->at < r->length && r->text[r->at] != '`'; r->at++)
        if (r->text[r->at] == TG_QUOTE_MARK) refuse_mark(r, "inside backticks: write $(..)");
    if (!plain) lose_track(r, "behind backticks with quotes: write $(..)");
    if (r->at == r->length) lose_track(r, "behind a backtick");
    r->at++;
}

/* Behind "${". */
static void skip_expansion(struct tracker *r)
{
    if (strchr(" \t\n|", peek(r, 0))) lose_track(r, "behind ${ ..;}");
    unsigned depth = 1;
    for (; r->at < r->length && depth; r->at++) {
        char c = r->text[r->at], next = peek(r, 1);
        if (c == TG_QUOTE_MARK) refuse_mark(r, "inside a ${..} of the shell");
        else if (c == '\\' && next == '/') r->at++; /* as in ${x//\//_} */
        else if (strchr("'\"\\`\n", c) || (c == '$' && next == '(')) lose_track(r, "behind quotes inside a ${..} of the shell");
        else if (c == '$' && next == '{') depth++, r->at++;
        else if (c == '{') lose_track(r, "behind a '{' inside a ${..} of the shell");
        else if (c == '}') depth--;
    }
}

/* Behind the first character of a name or the like. */
static void simple_expansion(struct tracker *r)
{
    r->at -= 2;
    if (!skip_name(r, r->length)) return;
    if (top(r)->nesting == DOUBLE) top(r)->subscript++;
    else commands_of(r)->words.subscript++;
}

static void arithmetic(struct tracker *r, char end, bool command)
{
    struct frame *f = push(r, ARITHMETIC);
    f->end = end;
    f->command = command;
}

static void dollar(struct tracker *r)
{
    char next = peek(r, 1);
    bool in_double = top(r)->nesting == DOUBLE;
    if (is_mark(r, 1) || r->at + 1 == r->length) {
        tg_shellwords_char(&commands_of(r)->words, '$', true);
        r->dollar = true;
        r->at++;
        return;
    }
    if (next == '(' && peek(r, 2) != '(') {
        push_commands(r, COMMANDS, true);
        r->at += 2;
        return;
    }
    tg_shellwords_unknown(&commands_of(r)->words, in_double && next != '@' && next != '{');
    r->at += 2;
    if (next == '(') arithmetic(r, ')', false), r->at++;
    else if (next == '[') arithmetic(r, ']', false);
    else if (next == '{') skip_expansion(r);
    else if (next == '\'' && !in_double) push(r, ANSI);
    else if (next == '"' && !in_double) lose_track(r, "behind $\"..\": write \"..\"");
    else if (next == '\\') lose_track(r, "behind '$\\'");
    else if (tg_ascii_is_name_byte(next) || strchr("@*#?-$!+^=~", next)) simple_expansion(r);
    else r->at--;
}

/* ---- characters ---------------------------------------------------------------------------------- */

/* Whether what stands there could go on in the next line: as a longer operator, an expansion, a name of a descriptor. */
static bool may_go_on(char c, char next)
{
    if (c == TG_QUOTE_MARK || next == ' ' || next == '\t' || next == '\n') return false;
    if (strchr("<>&|;", c)) return next != TG_QUOTE_MARK && strchr("<>&|;()-!", next);
    return strchr("$(){}", c);
}

static void backslash(struct tracker *r)
{
    bool in_double = top(r)->nesting == DOUBLE;
    if (is_mark(r, 1)) {
        r->backslash = true;
        r->at++;
        return;
    }
    if (peek(r, 1) == '\n') {
        if (r->at && may_go_on(r->text[r->at - 1], peek(r, 2))) lose_track(r, "behind a line that ends inside of an operator");
        r->at += 2;
        return;
    }
    if (in_double && !strchr("\\\"$`", peek(r, 1))) tg_shellwords_char(&commands_of(r)->words, '\\', true);
    tg_shellwords_char(&commands_of(r)->words, peek(r, 1), true);
    r->at += 2;
}

static void double_char(struct tracker *r)
{
    char c = r->text[r->at];
    if (c != '"') tg_shellwords_char(&commands_of(r)->words, c, true);
    if (c == '"') pop(r);
    else top(r)->subscript = tg_shellwords_brackets(top(r)->subscript, c, false);
    if (c == '\n' && r->here_count) lose_track(r, "behind quotes over several lines after '<<'");
    r->at++;
}

static void single_char(struct tracker *r)
{
    char c = r->text[r->at];
    bool ansi = top(r)->nesting == ANSI;
    if (c == '\'') pop(r);
    else tg_shellwords_char(&commands_of(r)->words, c, true);
    if (ansi && c == '\\') {
        tg_shellwords_unknown(&commands_of(r)->words, true);
        if (peek(r, 1) == '\'') lose_track(r, "behind a backslash inside $'..'");
        r->at += peek(r, 1) == '\\';
    }
    if (c == '\n' && r->here_count) lose_track(r, "behind quotes over several lines after '<<'");
    r->at++;
}

static void arithmetic_char(struct tracker *r)
{
    struct frame *f = top(r);
    char c = r->text[r->at], close = f->end;
    if (strchr("'\"", c) || (c == '#' && r->at && strchr(" \t\n(", r->text[r->at - 1])) ||
        (f->command && c == '<' && peek(r, 1) == '<'))
        lose_track(r, "behind quotes in arithmetic");
    if (c == '\n' && r->here_count) lose_track(r, "behind arithmetic over several lines after '<<'");
    r->at++;
    if (c == (close == ')' ? '(' : '[')) f->inner++;
    else if (c == close && f->inner) f->inner--;
    else if (c == close && close == ')' && peek(r, 0) != ')') lose_track(r, "behind '((' without '))'");
    else if (c == close) {
        bool command = f->command;
        r->at += close == ')';
        pop(r);
        if (command) tg_shellwords_next_command(&top(r)->words);
    }
}

static void pattern_char(struct tracker *r)
{
    struct frame *f = top(r);
    char c = r->text[r->at++];
    if (c == '"') push(r, DOUBLE);
    else if (c == '\'') push(r, SINGLE);
    else if (c == '(') f->inner++;
    else if (c == '\n' || c == '<' || c == '#') lose_track(r, "behind the parentheses of a pattern");
    else if (c == ')' && f->inner-- == 0) pop(r);
}

/* ---- commands ------------------------------------------------------------------------------------ */

static void comment(struct tracker *r)
{
    for (; r->at < r->length && r->text[r->at] != '\n'; r->at++)
        if (r->text[r->at] == TG_QUOTE_MARK) {
            if (r->gave_up) refuse_mark(r, NULL);
            else r->places[r->next++] = (struct tg_quote_place){.comment = true};
        }
}

static void open_paren(struct tracker *r)
{
    struct tg_shellwords *w = &top(r)->words;
    bool loop = tg_shellwords_in_for(w) && !w->now.begun, arithmetics = peek(r, 1) == '(';
    if (loop && !arithmetics) lose_track(r, "behind the '(' of a 'for'");
    if (tg_shellwords_in_condition(w)) {
        tg_shellwords_end(w);
        r->at++;
    } else if (peek(r, 1) == ')') { /* name() */
        r->at += 2;
        tg_shellwords_next_command(w);
    } else if (w->now.begun && w->now.assigns && r->text[r->at - 1] == '=') {
        push_commands(r, ARRAY, true);
        r->at++;
    } else if (w->now.begun || (!tg_shellwords_may_group(w) && !(loop && arithmetics))) {
        tg_shellwords_unknown(w, true);
        w->now.several = true;
        push(r, PATTERN);
        r->at++;
    } else if (arithmetics) {
        arithmetic(r, ')', true);
        r->at += 2;
    } else {
        push_commands(r, COMMANDS, false);
        r->at++;
    }
}

static void close_paren(struct tracker *r)
{
    struct frame *f = top(r);
    r->at++;
    tg_shellwords_end(&f->words);
    if (tg_shellwords_in_condition(&f->words)) return;
    if (r->depth == 1) { /* of a `case` */
        tg_shellwords_next_command(&f->words);
        return;
    }
    bool word = f->word;
    pop(r);
    if (word) return;
    tg_shellwords_next_command(&top(r)->words);
    top(r)->grouped = true;
}

/* '<' or '>' */
static void redirection(struct tracker *r)
{
    struct tg_shellwords *w = &top(r)->words;
    char c = r->text[r->at], next = peek(r, 1);
    if (next == '(') {
        push_commands(r, COMMANDS, true);
        r->at += 2;
        return;
    }
    if (tg_shellwords_in_condition(w)) {
        tg_shellwords_end(w);
        r->at++;
        return;
    }
    tg_shellwords_redirect(w);
    if (c == '<' && next == '<' && peek(r, 2) != '<') {
        r->at += 2;
        read_end_word(r);
        return;
    }
    w->redirected = true;
    w->duplicated = next == '&';
    r->at += next == '&' || next == '|' || next == c || next == '>' ? 2 : 1;
    w->string = c == '<' && next == '<';
    r->at += w->string; /* <<< */
    if (w->duplicated && r->at < r->length && peek(r, 0) == '-') r->at++, w->redirected = w->duplicated = false;
}

static void separator(struct tracker *r)
{
    struct tg_shellwords *w = &top(r)->words;
    char c = r->text[r->at];
    tg_shellwords_end(w); /* which may be the "]]" that ends a condition */
    if (c == '&' && peek(r, 1) == '>' && !tg_shellwords_in_condition(w)) w->lost = true;
    else if (!tg_shellwords_in_condition(w)) tg_shellwords_next_command(w);
    if (c == '\n') newline(r);
    else r->at++;
}

static void command_char(struct tracker *r)
{
    struct frame *f = top(r);
    char c = r->text[r->at];
    bool grouped = f->grouped;
    f->grouped = false;
    switch (c) {
    case '"':
        tg_shellwords_quote(&f->words);
        push(r, DOUBLE);
        r->at++;
        break;
    case '\'':
        tg_shellwords_quote(&f->words);
        f->words.now.solid = true;
        push(r, SINGLE);
        r->at++;
        break;
    case '#':
        if (grouped) lose_track(r, "behind ')#'");
        if (f->words.now.begun) tg_shellwords_char(&f->words, c, false), r->at++;
        else comment(r);
        break;
    case ' ':
    case '\t':
        tg_shellwords_end(&f->words);
        r->at++;
        break;
    case ';':
    case '&':
    case '|':
    case '\n': separator(r); break;
    case '(': open_paren(r); break;
    case ')': close_paren(r); break;
    case '<':
    case '>': redirection(r); break;
    default: tg_shellwords_char(&f->words, c, false); r->at++;
    }
    f = commands_of(r);
    if (f->words.unclear) lose_track(r, "behind a word such as '[[' or 'for' that not all shells read as a keyword");
    if (f != r->frames && tg_shellwords_in_case(&f->words)) lose_track(r, "behind a 'case' inside of $(..) or (..)");
}

static void read_next(struct tracker *r)
{
    char c = r->text[r->at];
    enum quoting nesting = top(r)->nesting;
    if (c == TG_QUOTE_MARK) {
        read_mark(r);
        r->backslash = r->dollar = false;
        return;
    }
    r->dollar = false;
    if (nesting == SINGLE || nesting == ANSI) single_char(r);
    else if (c == '\\' && nesting == ARITHMETIC) lose_track(r, "behind a backslash in arithmetic");
    else if (c == '\\') backslash(r);
    else if (c == '$') dollar(r);
    else if (c == '`') tg_shellwords_unknown(&commands_of(r)->words, nesting == DOUBLE), backticks(r);
    else if (nesting == DOUBLE) double_char(r);
    else if (nesting == ARITHMETIC) arithmetic_char(r);
    else if (nesting == PATTERN) pattern_char(r);
    else command_char(r);
}

static inline size_t count_marks(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) count += text[i] == TG_QUOTE_MARK;
    return count;
}

void tg_quote_read(const char *text, size_t length, struct tg_quote_place *places)
{
    struct tracker r = {.text = text, .length = length, .places = places};
    r.frames = tg_alloc(MAX_DEPTH * sizeof *r.frames);
    r.frames[0] = (struct frame){.nesting = COMMANDS, .words = {.places = places, .next = &r.next, .integers = &r.integers}};
    r.depth = 1;
    while (r.at < length && !r.gave_up) read_next(&r);
    for (size_t i = 0; i < r.depth; i++) tg_shellwords_end(&r.frames[r.depth - 1 - i].words);
    for (; r.at < length; r.at++)
        if (text[r.at] == TG_QUOTE_MARK) refuse_mark(&r, NULL);
    for (size_t i = 0; i < r.next && r.integers; i++)
        if (places[i].assigned && !places[i].number) places[i].number = "in a variable that may be declared as a number";
    TG_ASSERT(r.next == count_marks(text, length)); /* each has its place */
    free(r.frames);
}
