/* SPDX-License-Identifier: MIT
 * Texts of an `sh` that are plain words: their program is started directly, as make does. Plain are words of characters that
 * mean nothing to any shell, '..', ".." and values, as long as the first word is not something of a shell. */
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/vec.h"
#include "engine/command/script.h"
#include "engine/command/shell.h"

static bool is_plain_char(char c)
{
    return tg_ascii_is_name_byte(c) || (c && strchr("-./:@%+,", c));
}

/* Behind the part of a word that begins at i, in quotes or not; SIZE_MAX: it is not plain. */
static size_t skip_part(const char *text, size_t i, size_t n)
{
    char quote = text[i];
    if (quote != '\'' && quote != '"') return quote == TG_QUOTE_MARK || is_plain_char(quote) || quote == '=' ? i + 1 : SIZE_MAX;
    for (i++; i < n && text[i] != quote; i++)
        if (quote == '"' && text[i] && strchr("\\$`", text[i])) return SIZE_MAX;
    return i < n ? i + 1 : SIZE_MAX;
}

/* Behind the word at i; SIZE_MAX: it is not plain. */
static size_t skip_word(const char *text, size_t i, size_t n, bool first)
{
    size_t from = i;
    if (text[i] == '=' || (first && text[i] == '%')) return SIZE_MAX;
    while (i < n && !strchr(" \t\n", text[i] ? text[i] : 'x')) {
        if (first && text[i] == '=') return SIZE_MAX;
        i = skip_part(text, i, n);
        if (i == SIZE_MAX) return SIZE_MAX;
    }
    return first && tg_shell_has_word(text + from, i - from) ? SIZE_MAX : i;
}

static size_t skip_any(const char *text, size_t i, size_t n, const char *blanks)
{
    while (i < n && text[i] && strchr(blanks, text[i])) i++;
    return i;
}

bool tg_script_is_plain(const struct tg_script *s)
{
    const char *text = s->text;
    size_t n = s->length, i = skip_any(text, 0, n, " \t\n"), words = 0;
    for (size_t k = 0; k < s->count; k++)
        if (s->places[k].refused || s->places[k].number) return false;
    while (n > i && text[n - 1] && strchr(" \t\n", text[n - 1])) n--;
    for (; i < n; words++) {
        i = skip_word(text, i, n, words == 0);
        if (i == SIZE_MAX) return false;
        i = skip_any(text, i, n, " \t");
        if (i < n && text[i] == '\n') return false;
    }
    return words > 0;
}

/* ---- words --------------------------------------------------------------------------------------- */

struct splitter {
    struct tg_arena *arena;
    TG_VEC(char *) words;
    struct tg_buf word;
    bool begun; /* there is a word, perhaps an empty one */
};

static void end_word(struct splitter *p)
{
    if (p->begun) tg_vec_push(&p->words, tg_arena_copy(p->arena, tg_buf_str(&p->word), p->word.length));
    p->word.length = 0;
    if (p->word.data) p->word.data[0] = 0;
    p->begun = false;
}

static void add_value(struct splitter *p, const struct tg_script_value *v, bool quoted)
{
    if (quoted || v->count) p->begun = true;
    for (size_t i = 0; i < v->count; i++) {
        if (i && quoted) tg_buf_char(&p->word, ' ');
        else if (i) end_word(p), p->begun = true;
        tg_buf_text(&p->word, v->words[i]);
    }
}

static void add_char(struct splitter *p, char *quote, char c)
{
    if (!*quote && strchr(" \t\n", c)) {
        end_word(p);
    } else if (c == *quote || (!*quote && (c == '\'' || c == '"'))) {
        *quote = *quote ? 0 : c;
        p->begun = true;
    } else {
        tg_buf_char(&p->word, c);
        p->begun = true;
    }
}

static bool is_program(const struct tg_script *s, const char *name)
{
    return *name && !tg_shell_has_word(name, strlen(name)) && !tg_shell_defines(s->shell, name);
}

char **tg_script_words(const struct tg_script *s, struct tg_arena *arena)
{
    struct splitter p = {.arena = arena};
    char quote = 0, **argv = NULL;
    size_t next = 0;
    for (size_t i = 0; i < s->length; i++) {
        if (s->text[i] == TG_QUOTE_MARK) add_value(&p, &s->values[next++], quote != 0);
        else add_char(&p, &quote, s->text[i]);
    }
    end_word(&p);
    if (p.words.count && is_program(s, p.words.items[0])) {
        argv = tg_arena_alloc(arena, (p.words.count + 1) * sizeof *argv);
        memcpy(argv, p.words.items, p.words.count * sizeof *argv);
        argv[p.words.count] = NULL;
    }
    tg_vec_done(&p.words);
    tg_buf_done(&p.word);
    return argv;
}
