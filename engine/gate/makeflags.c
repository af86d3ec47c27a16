/* SPDX-License-Identifier: MIT
 * Words are separated by blanks; a backslash before one makes it part of a word. Behind the word "--" stand variables. */
#include "engine/gate/makeflags.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/buf.h"

/* More jobs than anybody has are a mistake. */
#define MOST_JOBS 1000000

static const char auth[] = "--jobserver-auth=", fds[] = "--jobserver-fds=", fifo[] = "fifo:";

/* The next word from *at on, which moves behind it; NULL at the end and at "--". */
static const char *next_flag(const char **at, size_t *length)
{
    const char *word = *at + strspn(*at, " \t"), *end = word;
    while (*end && *end != ' ' && *end != '\t') end += *end == '\\' && end[1] ? 2 : 1;
    *length = (size_t)(end - word);
    if (!*length || (*length == 2 && memcmp(word, "--", 2) == 0)) return NULL;
    *at = end;
    return word;
}

/* What stands behind this prefix; NULL: it is another word. */
static const char *value_of(const char *word, size_t length, const char *prefix)
{
    size_t n = strlen(prefix);
    return length >= n && memcmp(word, prefix, n) == 0 ? word + n : NULL;
}

static bool is_jobs(const char *word, size_t length)
{
    if (length < 2 || word[0] != '-' || word[1] != 'j') return false;
    for (size_t i = 2; i < length; i++)
        if (!tg_ascii_is_digit(word[i])) return false;
    return true;
}

static bool is_jobserver(const char *word, size_t length)
{
    return value_of(word, length, auth) || value_of(word, length, fds);
}

/* ---- reading ------------------------------------------------------------------------------------- */

static void read_auth(struct tg_makeflags *m, const char *value, size_t length)
{
    char *text = tg_alloc_copy(value, length), end;
    const char *path = value_of(text, length, fifo);
    tg_makeflags_done(m);
    m->told = true;
    if (path) m->fifo = tg_alloc_text(path);
    else if (sscanf(text, "%d,%d%c", &m->read_fd, &m->write_fd, &end) != 2 || m->read_fd < 0 || m->write_fd < 0)
        m->read_fd = m->write_fd = -1; /* make says so to programs that are no makes */
    free(text);
}

static unsigned read_jobs(const char *word)
{
    unsigned long jobs = strtoul(word + 2, NULL, 10);
    return jobs < MOST_JOBS ? (unsigned)jobs : 0;
}

void tg_makeflags_read(const char *flags, struct tg_makeflags *out)
{
    size_t length;
    *out = (struct tg_makeflags){.read_fd = -1, .write_fd = -1};
    for (const char *word, *value; flags && (word = next_flag(&flags, &length));) {
        if (is_jobs(word, length)) out->jobs = read_jobs(word);
        if ((value = value_of(word, length, auth)) || (value = value_of(word, length, fds)))
            read_auth(out, value, length - (size_t)(value - word)); /* the last one counts */
    }
}

void tg_makeflags_done(struct tg_makeflags *m)
{
    free(m->fifo);
    m->fifo = NULL;
    m->read_fd = m->write_fd = -1;
}

/* ---- writing ------------------------------------------------------------------------------------- */

static char *with_jobserver(const char *flags, unsigned jobs, const char *words)
{
    struct tg_buf b = {0};
    size_t length;
    const char *word;
    while (flags && (word = next_flag(&flags, &length))) {
        if (is_jobserver(word, length) || is_jobs(word, length)) continue;
        if (b.length || word[0] == '-') tg_buf_char(&b, ' '); /* what begins without one is letters of options */
        tg_buf_add(&b, word, length);
    }
    tg_buf_text(&b, " -j");
    if (jobs) tg_buf_format(&b, "%u", jobs);
    tg_buf_text(&b, words);
    if (flags) tg_buf_text(&b, flags); /* variables */
    return b.data;
}

char *tg_makeflags_with_pipe(const char *flags, unsigned jobs, int read_fd, int write_fd)
{
    char words[128]; /* old makes know the one, newer ones both and go by the last */
    snprintf(words, sizeof words, " %s%d,%d %s%d,%d", fds, read_fd, write_fd, auth, read_fd, write_fd);
    return with_jobserver(flags, jobs, words);
}

char *tg_makeflags_with_fifo(const char *flags, unsigned jobs, const char *path)
{
    char *words = tg_alloc_format(" %s%s%s", auth, fifo, path), *all = with_jobserver(flags, jobs, words);
    free(words);
    return all;
}
