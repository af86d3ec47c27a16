/* SPDX-License-Identifier: MIT
 * Quoting for /bin/sh, as POSIX (Shell Command Language, 2.2 Quoting, 2.6 Word Expansions, 2.7.4 Here-Document) has it.
 *
 *     place                       a value becomes
 *     a command, outside quotes   'value', each ' in it as '\''
 *     inside '..'                 value, each ' in it as '\''
 *     inside ".."                 value, a backslash before each of \ " $ `
 *     a here-document             value, a backslash before each of \ $ `, and an expansion to nothing at each start of
 *                                 a line, so that no line of it can be the end
 *     $((..))                     an int, a negative one in parentheses
 *     a comment                   'value', newlines as blanks
 *
 * Where the shell's reading of a place is not certain, no value is let in: a wrong guess would let a value run as a
 * program. That is inside `..`, inside ${..}, and behind a `case` within $( ), whose ')' do not pair. Of a wrong guess
 * about a comment nothing comes: what is written there is one word in either reading. */
#include "engine/command/quote.h"

#include <string.h>

#include "engine/base/assert.h"

enum place { COMMAND, SINGLE, DOUBLE, SUBSHELL, GROUP, ARITHMETIC, INNER, BRACE, TICKS, COMMENT, HERE };

static enum place top_place(const struct tg_quotes *q)
{
    return q->depth ? (enum place)q->stack[q->depth - 1] : COMMAND;
}

static bool in_command(const struct tg_quotes *q)
{
    enum place p = top_place(q);
    return p == COMMAND || p == SUBSHELL || p == GROUP;
}

static void push_place(struct tg_quotes *q, enum place p)
{
    TG_ASSERT(q->depth <= TG_QUOTE_DEPTH);
    if (q->depth == TG_QUOTE_DEPTH) q->unsure = true;
    else q->stack[q->depth++] = (uint8_t)p;
}

static void pop_place(struct tg_quotes *q)
{
    if (q->depth) q->depth--;
}

/* ---- here-documents ------------------------------------------------------------------------------ */

static void begin_here(struct tg_quotes *q)
{
    if (q->here_count == 0) return;
    push_place(q, HERE);
    q->line_length = 0;
}

/* Behind "<<": the word that ends the document. Gives where it ends in the text. */
static size_t read_end_word(struct tg_quotes *q, const char *text, size_t i, size_t n)
{
    struct tg_here here = {.tabs = i < n && text[i] == '-'};
    i += here.tabs;
    while (i < n && (text[i] == ' ' || text[i] == '\t')) i++;
    char quote = 0;
    for (; i < n && (quote || !strchr(" \t\n;&|<>()", text[i])); i++) {
        if (text[i] == quote) quote = 0;
        else if (!quote && (text[i] == '\'' || text[i] == '"')) quote = text[i];
        else if (text[i] != '\\' && here.length < TG_QUOTE_WORD) here.end[here.length++] = text[i];
        here.quoted |= quote || text[i] == '\\';
    }
    TG_ASSERT(i <= n && here.length <= TG_QUOTE_WORD && q->here_count <= TG_QUOTE_HERE);
    bool whole = i < n && here.length > 0 && here.length < TG_QUOTE_WORD;
    if (whole && q->here_count < TG_QUOTE_HERE) q->here[q->here_count++] = here;
    else q->unsure = true;
    return i;
}

static bool is_end_line(const struct tg_quotes *q)
{
    TG_ASSERT(q->here_count && q->line_length <= TG_QUOTE_WORD);
    const struct tg_here *here = &q->here[0];
    size_t from = 0;
    while (here->tabs && from < q->line_length && q->line[from] == '\t') from++;
    return q->line_length < TG_QUOTE_WORD && q->line_length - from == here->length &&
           memcmp(q->line + from, here->end, here->length) == 0;
}

static void add_to_line(struct tg_quotes *q, char c)
{
    if (q->line_length < TG_QUOTE_WORD) q->line[q->line_length++] = c;
}

static void here_char(struct tg_quotes *q, char c, char next)
{
    TG_ASSERT(q->here_count);
    bool literal = q->here[0].quoted || q->backslash;
    q->backslash = c == '\\' && !literal;
    q->dollar = c == '$' && !literal;
    if (!literal && (c == '`' || (c == '$' && (next == '(' || next == '{')))) q->unsure = true;
    if (c != '\n') {
        add_to_line(q, c);
        return;
    }
    if (is_end_line(q)) {
        pop_place(q);
        q->word_start = true;
        memmove(q->here, q->here + 1, --q->here_count * sizeof *q->here);
        begin_here(q);
    }
    q->line_length = 0;
}

/* ---- the rest ------------------------------------------------------------------------------------ */

static bool is_shell_word(const char *text, size_t i, size_t n, const char *word)
{
    size_t length = strlen(word);
    if (n - i < length || memcmp(text + i, word, length) != 0) return false;
    return i + length == n || strchr(" \t\n", text[i + length]);
}

/* A '$' that means something: what it begins. Gives the characters used up. */
static size_t dollar(struct tg_quotes *q, const char *text, size_t i, size_t n)
{
    char next = i + 1 < n ? text[i + 1] : 0;
    if (next == '(' && i + 2 < n && text[i + 2] == '(') return push_place(q, ARITHMETIC), 3;
    if (next == '(') return push_place(q, SUBSHELL), q->word_start = true, 2;
    if (next == '{') return push_place(q, BRACE), 2;
    if (next == '\'' && in_command(q)) q->unsure = true; /* a quote of its own in some shells */
    q->dollar = next == 0;
    return next == '#' || next == '$' ? 2 : 1;
}

/* One character outside of quotes. Gives the characters used up. */
static size_t command_char(struct tg_quotes *q, const char *text, size_t i, size_t n)
{
    char c = text[i];
    bool word_start = q->word_start;
    q->word_start = strchr(" \t\n;&|()<>", c) != NULL;
    if (word_start && q->depth && is_shell_word(text, i, n, "case")) q->unsure = true;
    switch (c) {
    case '#':
        if (word_start && i && text[i - 1] == ')') q->unsure = true; /* a comment behind ( ), but not behind $( ) */
        else if (word_start) push_place(q, COMMENT);
        break;
    case '\n': begin_here(q); break;
    case '(': push_place(q, GROUP); break;
    case ')':
        if (top_place(q) != COMMAND) pop_place(q);
        break;
    case '<':
        if (i + 1 < n && text[i + 1] == '<') return read_end_word(q, text, i + 2, n) - i;
        break;
    default: break;
    }
    return 1;
}

static size_t arithmetic_char(struct tg_quotes *q, const char *text, size_t i, size_t n)
{
    if (text[i] == '(') push_place(q, INNER);
    if (text[i] != ')') return 1;
    bool ends = top_place(q) == ARITHMETIC, two = i + 1 < n && text[i + 1] == ')';
    pop_place(q);
    if (ends && !two) q->unsure = true; /* it was $( (..) ..) */
    return ends && two ? 2 : 1;
}

static bool in_arithmetic(const struct tg_quotes *q)
{
    return top_place(q) == ARITHMETIC || top_place(q) == INNER;
}

static bool inside(const struct tg_quotes *q, enum place p)
{
    for (size_t i = 0; i < q->depth; i++)
        if (q->stack[i] == p) return true;
    return false;
}

/* One character that is not in '..', a comment or a here-document. Gives the characters used up. */
static size_t plain_char(struct tg_quotes *q, const char *text, size_t i, size_t n)
{
    char c = text[i];
    enum place p = top_place(q);
    if (c == '\\') {
        q->backslash = i + 1 == n;
        if (!q->backslash && text[i + 1] != '\n') q->word_start = false;
        return 2;
    }
    if (c == '$') return q->word_start = false, dollar(q, text, i, n);
    if (c == '`') {
        if (p == TICKS) pop_place(q);
        else push_place(q, TICKS);
        return 1;
    }
    if (p == TICKS) return 1;
    if (in_arithmetic(q)) return arithmetic_char(q, text, i, n);
    if (c == '"') {
        if (p == DOUBLE) pop_place(q);
        else push_place(q, DOUBLE);
        return q->word_start = false, 1;
    }
    bool within_double = p == DOUBLE || (p == BRACE && q->depth > 1 && q->stack[q->depth - 2] == DOUBLE);
    if (c == '\'' && !within_double) return push_place(q, SINGLE), q->word_start = false, 1;
    if (p == BRACE && c == '}') pop_place(q);
    return in_command(q) ? command_char(q, text, i, n) : 1;
}

void tg_quotes_text(struct tg_quotes *q, const char *text, size_t n)
{
    if (n && top_place(q) != HERE) q->backslash = q->dollar = false;
    for (size_t i = 0; i < n;) {
        char c = text[i];
        switch (top_place(q)) {
        case SINGLE:
            if (c == '\'') pop_place(q);
            i++;
            break;
        case COMMENT:
            if (c == '\n') pop_place(q);
            else i++;
            break;
        case HERE:
            here_char(q, c, i + 1 < n ? text[i + 1] : 0);
            i++;
            break;
        default: i += plain_char(q, text, i, n);
        }
    }
}

const char *tg_quotes_refuse(const struct tg_quotes *q)
{
    if (inside(q, TICKS)) return "inside backticks: write $(..)";
    if (q->unsure) return "here: how the shell reads this place is not certain";
    if (q->backslash) return "right after a backslash";
    if (q->dollar) return "right after a '$'";
    if (inside(q, BRACE)) return "inside a ${..} of the shell";
    if (top_place(q) == HERE && q->here[0].quoted) return "in a here-document whose end is quoted";
    return NULL;
}

/* ---- values -------------------------------------------------------------------------------------- */

/* Each character of `special` gets `before` put in front. */
static void add_escaped(struct tg_buf *out, const char *value, size_t n, const char *special, const char *before)
{
    for (size_t i = 0; i < n; i++) {
        if (strchr(special, value[i])) tg_buf_text(out, before);
        tg_buf_char(out, value[i]);
    }
}

static void add_here(struct tg_buf *out, const char *value, size_t n)
{
    tg_buf_text(out, "${_+}");
    for (size_t i = 0; i < n; i++) {
        if (strchr("\\$`", value[i])) tg_buf_char(out, '\\');
        tg_buf_char(out, value[i]);
        if (value[i] == '\n') tg_buf_text(out, "${_+}");
    }
}

static bool add_number(struct tg_buf *out, const char *value, size_t n)
{
    bool negative = n && value[0] == '-';
    if (n == negative) return false;
    for (size_t i = negative; i < n; i++)
        if (value[i] < '0' || value[i] > '9') return false;
    tg_buf_format(out, negative ? "(%.*s)" : "%.*s", (int)n, value);
    return true;
}

bool tg_quotes_value(struct tg_quotes *q, const char *value, size_t n, struct tg_buf *out)
{
    TG_ASSERT(!tg_quotes_refuse(q));
    q->word_start = false;
    switch (top_place(q)) {
    case SINGLE: add_escaped(out, value, n, "'", "'\\'"); break;
    case DOUBLE: add_escaped(out, value, n, "\\\"$`", "\\"); break;
    case HERE:
        q->line_length = TG_QUOTE_WORD;
        add_here(out, value, n);
        break;
    case ARITHMETIC:
    case INNER: return add_number(out, value, n);
    default: {
        size_t from = out->length;
        tg_buf_char(out, '\'');
        add_escaped(out, value, n, "'", "'\\'");
        tg_buf_char(out, '\'');
        for (size_t i = from; top_place(q) == COMMENT && i < out->length; i++)
            if (out->data[i] == '\n') out->data[i] = ' ';
    }
    }
    return true;
}
