/* SPDX-License-Identifier: MIT
 * Reading depfiles, word by word. gcc and clang write a blank in a name as `\ ` with backslashes before it doubled, `#` as `\#` and `$` as
 * `$$`; any other backslash is one. */
#include "engine/store/depfile.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/names.h"

struct depfile {
    const char *at, *end;
    size_t line;
    bool in_rule, in_inputs; /* since the line began: a word; a colon */
    bool ends_targets;       /* the word had a colon at its end, which is not part of it */
    struct tg_buf word;
    struct tg_names inputs; /* those that were told */
};

/* The byte that far ahead; '\n' where there is none. */
static char ahead(const struct depfile *d, size_t bytes)
{
    return bytes < (size_t)(d->end - d->at) ? d->at[bytes] : '\n';
}

/* Bytes of the end of the line that far ahead; 0: there is none. At the end of all, 1. */
static size_t newline_bytes(const struct depfile *d, size_t at)
{
    return ahead(d, at) == '\n' ? 1 : ahead(d, at) == '\r' && ahead(d, at + 1) == '\n' ? 2 : 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_word_end(const struct depfile *d, size_t at)
{
    return is_blank(ahead(d, at)) || newline_bytes(d, at);
}

/* Goes over that many bytes, which may be one more than are left: the newline that is not there. */
static void pass(struct depfile *d, size_t bytes)
{
    size_t left = (size_t)(d->end - d->at);
    d->at += bytes < left ? bytes : left;
}

/* Backslashes and what they make of the byte behind them; false: they have ended the word. */
static bool read_backslashes(struct depfile *d)
{
    size_t count = 0;
    while (ahead(d, count) == '\\') count++;
    char next = ahead(d, count);
    size_t kept = count;
    bool escaped = false;
    if (is_blank(next) && count % 2) kept = count / 2, escaped = true;
    else if (next == '#' || (next == ':' && !is_word_end(d, count + 1))) kept = count - 1, escaped = true;
    else if (newline_bytes(d, count) && d->at + count < d->end) kept = count - 1; /* a continued line: the last one stays */
    tg_buf_fill(&d->word, '\\', kept);
    pass(d, newline_bytes(d, count) ? kept : count);
    if (!escaped) return !is_word_end(d, 0) && kept == count;
    tg_buf_char(&d->word, next);
    pass(d, 1);
    return true;
}

/* Reads the word that begins here. */
static void scan_word(struct depfile *d)
{
    d->word.length = 0;
    d->ends_targets = false;
    while (!is_word_end(d, 0) && *d->at != '#') {
        if (*d->at == '\\') {
            if (!read_backslashes(d)) return;
        } else if (*d->at == ':' && !d->in_inputs && is_word_end(d, 1)) {
            d->ends_targets = true;
            pass(d, 1);
        } else {
            tg_buf_char(&d->word, *d->at);
            pass(d, *d->at == '$' && ahead(d, 1) == '$' ? 2 : 1);
        }
    }
}

/* Goes on to the next word or the end of the line, over blanks, continued lines and comments. */
static void to_next_word(struct depfile *d)
{
    for (;;) {
        if (d->at == d->end) return;
        if (is_blank(*d->at)) {
            pass(d, 1);
        } else if (*d->at == '\\' && d->at + 1 < d->end && newline_bytes(d, 1)) {
            pass(d, 1 + newline_bytes(d, 1));
            d->line++;
        } else if (*d->at == '#') {
            while (!newline_bytes(d, 0)) pass(d, 1);
        } else {
            return;
        }
    }
}

static void tell_input(struct depfile *d, void (*fn)(void *data, const char *path), void *data)
{
    size_t known = d->inputs.names.count;
    uint32_t number = tg_names_add(&d->inputs, tg_buf_str(&d->word), d->word.length);
    if (number == known) fn(data, tg_names_get(&d->inputs, number)->text);
}

/* Reads one rule, which may be blank. */
static bool read_rule(struct depfile *d, void (*fn)(void *data, const char *path), void *data, struct tg_err *err)
{
    size_t line = d->line;
    d->in_rule = d->in_inputs = false;
    for (to_next_word(d); !newline_bytes(d, 0); to_next_word(d)) {
        scan_word(d);
        if (memchr(tg_buf_str(&d->word), 0, d->word.length))
            return tg_err_set(err, TG_EXIT_FAILED, "line %zu: a NUL byte", d->line);
        if (d->in_inputs && d->word.length) tell_input(d, fn, data);
        d->in_rule = true;
        d->in_inputs |= d->ends_targets;
    }
    if (d->in_rule && !d->in_inputs)
        return tg_err_set(err, TG_EXIT_FAILED, "line %zu: there is no ':' behind its targets", line);
    pass(d, newline_bytes(d, 0));
    d->line++;
    return true;
}

bool tg_depfile_read(const char *text, size_t length, void (*fn)(void *data, const char *path), void *data, struct tg_err *err)
{
    bool good = true;
    struct depfile d = {.at = text, .end = text + length, .line = 1};
    while (good && d.at < d.end) good = read_rule(&d, fn, data, err);
    tg_buf_done(&d.word);
    tg_names_done(&d.inputs);
    return good;
}
