/* SPDX-License-Identifier: MIT
 * Options: reading the command line and the environment, and the help text.
 *
 * Long options take `=VALUE` or the next word; short ones bundle (`-kn`), and the first that needs a value takes the
 * rest of the word or the next one. A value that may be left out stands behind `=` only. `--no-NAME` takes back a flag that the
 * environment or a file sets. The last of several settings wins. Completion and manual: cmd/complete.c. */
#include "cmd/opt.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/near.h"
#include "engine/graph/policy.h"
#include "lang/read/parse_tg.h"

extern char **environ;

#define HELP_COLUMN 27 /* where the second column of help starts */
#define HELP_WIDTH 79

/* ---- the table ----------------------------------------------------------------------------------- */

const char *tg_opt_choice(const struct tg_opt *o, size_t i)
{
    if (o->choice_at) return o->choice_at(i);
    for (size_t k = 0; k < i; k++)
        if (!o->choices[k]) return NULL;
    return o->choices[i];
}

const struct tg_opt *tg_opt_find(const struct tg_opt *table, char letter, const char *name, size_t length)
{
    for (const struct tg_opt *o = table; !tg_opt_end(o); o++) {
        if (letter && o->letter == letter) return o;
        if (name && o->name && strlen(o->name) == length && memcmp(o->name, name, length) == 0) return o;
    }
    return NULL;
}

/* Of an option's name, as it stands in its variable's. */
static char variable_byte(char c)
{
    return c == '-' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

void tg_opt_variable(struct tg_buf *b, const struct tg_opt *o)
{
    b->length = 0;
    tg_buf_text(b, TG_OPT_VARIABLES);
    for (const char *c = o->name; *c; c++) tg_buf_char(b, variable_byte(*c));
}

void tg_opt_choices_text(struct tg_buf *b, const struct tg_opt *o)
{
    const char *word;
    for (size_t i = 0; (word = tg_opt_choice(o, i)); i++) {
        if (i) tg_buf_text(b, tg_opt_choice(o, i + 1) ? ", " : " or ");
        tg_buf_text(b, word);
    }
}

/* ---- storing one value --------------------------------------------------------------------------- */

/* Where a value comes from, for messages: "option '--jobs'", "environment variable 'TGRUN_JOBS'". */
struct origin {
    const char *kind;
    const char *name;
};

static bool bad_value(struct origin from, const char *text, const char *must, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_USAGE, "bad value '%s' of %s '%s': must be %s", text, from.kind, from.name, must);
}

static bool store_number(const struct tg_opt *o, const char *text, uint64_t *at, struct origin from, struct tg_err *err)
{
    uint64_t n = 0;
    bool good = *text != 0;
    for (const char *c = text; good && *c; c++)
        good = tg_ascii_is_digit(*c) && !__builtin_mul_overflow(n, 10, &n) &&
               !__builtin_add_overflow(n, (uint64_t)(*c - '0'), &n);
    if (good && n >= o->min && n <= o->max) {
        *at = n;
        return true;
    }
    struct tg_buf must = {0};
    tg_buf_format(&must, "a whole number from %llu to %llu", (unsigned long long)o->min, (unsigned long long)o->max);
    bad_value(from, text, must.data, err);
    tg_buf_done(&must);
    return false;
}

static bool store_real(const char *text, double *at, struct origin from, struct tg_err *err)
{
    char *end;
    double x = strtod(text, &end);
    if (*end || text[strspn(text, "0123456789.")] || !(x > 0) || isinf(x))
        return bad_value(from, text, "a number above 0", err);
    *at = x;
    return true;
}

static bool store_duration(const char *text, double *at, struct origin from, struct tg_err *err)
{
    double seconds;
    if (!tg_literal_duration(text, &seconds)) return bad_value(from, text, "a duration, such as 90s or 1.5h", err);
    if (seconds > TG_DURATION_MAX_S) return bad_value(from, text, "a duration of at most 100000d", err);
    *at = seconds;
    return true;
}

/* The only one that begins so; NULL: there is none, or several. */
static const char *choice_begun(const struct tg_opt *o, const char *text)
{
    const char *word, *found = NULL;
    for (size_t i = 0; *text && (word = tg_opt_choice(o, i)); i++) {
        if (strncmp(word, text, strlen(text)) != 0) continue;
        if (found) return NULL;
        found = word;
    }
    return found;
}

static bool store_choice(const struct tg_opt *o, const char *text, int *at, struct origin from, struct tg_err *err)
{
    const char *word;
    struct tg_near near = tg_near_begin(text, strlen(text));
    for (size_t i = 0; (word = tg_opt_choice(o, i)); i++) {
        if (strcmp(word, text) == 0) {
            *at = (int)i;
            return true;
        }
        tg_near_offer(&near, word, strlen(word));
    }
    struct tg_buf must = {0};
    tg_opt_choices_text(&must, o);
    bad_value(from, text, must.data, err);
    bool hinted = o->choice_hint && o->choice_hint(text, err);
    const char *meant = near.best ? near.best : choice_begun(o, text);
    if (meant && !hinted) tg_err_hint(err, "did you mean '%s'?", meant);
    tg_buf_done(&must);
    return false;
}

/* A flag of the environment: the usual words. */
static bool store_switch(const char *text, bool *at, struct origin from, struct tg_err *err)
{
    static const char *const words[] = {"0", "1", "no", "yes", "false", "true", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *at = i % 2 == 1;
            return true;
        }
    return bad_value(from, text, "1 or 0", err);
}

static bool empty_value(struct origin from, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_USAGE, "%s '%s' has an empty value", from.kind, from.name);
}

static bool store_text(const struct tg_opt *o, const char *text, const char **at, struct origin from, struct tg_err *err)
{
    struct tg_err own = {0};
    if (!*text) return empty_value(from, err);
    bool good = !o->check || o->check(text, &own);
    if (good) {
        *at = text;
    } else {
        tg_err_set(err, TG_EXIT_USAGE, "bad value '%s' of %s '%s': %s", text, from.kind, from.name, own.message);
        if (own.hint) tg_err_hint(err, "%s", own.hint);
    }
    tg_err_done(&own);
    return good;
}

static bool store_value(const struct tg_opt *o, const char *text, void *into, struct origin from, struct tg_err *err)
{
    void *at = (char *)into + o->offset;
    switch (o->kind) {
    case TG_OPT_FLAG:
        if (text) return store_switch(text, at, from, err);
        *(bool *)at = true;
        return true;
    case TG_OPT_TEXT: return store_text(o, text, at, from, err);
    case TG_OPT_NUMBER: return store_number(o, text, at, from, err);
    case TG_OPT_DURATION: return store_duration(text, at, from, err);
    case TG_OPT_REAL: return store_real(text, at, from, err);
    case TG_OPT_CHOICE: return store_choice(o, text, at, from, err);
    case TG_OPT_WORDS:
        if (o->alone && !*text) return empty_value(from, err);
        tg_vec_push((struct tg_words *)at, text);
        return true;
    }
    return true;
}

bool tg_opt_set(const struct tg_opt *table, const struct tg_opt *o, const char *text, enum tg_opt_layer layer,
                const char *where, void *into, struct tg_opt_layers *layers, struct tg_err *err)
{
    if (layers->of[o - table] > layer) return true;
    layers->of[o - table] = (uint8_t)layer;
    return store_value(o, text, into, (struct origin){layer == TG_OPT_ENVIRONMENT ? "environment variable" : "option", where},
                       err);
}

/* ---- the environment ----------------------------------------------------------------------------- */

/* What an entry of the environment, one of ours, sets the option to; NULL: it does not set this one. */
static const char *value_for(const struct tg_opt *o, const char *entry)
{
    const char *at = entry + sizeof TG_OPT_VARIABLES - 1;
    if (!o->env) return NULL;
    for (const char *c = o->name; *c; c++, at++)
        if (*at != variable_byte(*c)) return NULL;
    return *at == '=' ? at + 1 : NULL;
}

/* From the first entry that is one of ours, which nearly always is none. */
static const char *find_value(const struct tg_opt *o, char *const *entries)
{
    const char *value = NULL;
    for (char *const *e = entries; *e && !value; e++)
        if (tg_opt_is_variable(*e)) value = value_for(o, *e);
    return value;
}

bool tg_opt_environment(const struct tg_opt *table, void *into, struct tg_opt_layers *layers, struct tg_err *err)
{
    struct tg_buf name = {0};
    bool good = true;
    char *const *entries = environ;
    while (*entries && !tg_opt_is_variable(*entries)) entries++;
    for (const struct tg_opt *o = table; *entries && good && !tg_opt_end(o); o++) {
        const char *value = find_value(o, entries);
        if (!value || !*value) continue;
        tg_opt_variable(&name, o);
        good = tg_opt_set(table, o, value, TG_OPT_ENVIRONMENT, name.data, into, layers, err);
    }
    tg_buf_done(&name);
    return good;
}

bool tg_opt_sets(const struct tg_opt *table, const char *entry)
{
    bool sets = false;
    if (!tg_opt_is_variable(entry)) return false;
    for (const struct tg_opt *o = table; !sets && !tg_opt_end(o); o++) sets = value_for(o, entry) != NULL;
    return sets;
}

/* ---- the command line ---------------------------------------------------------------------------- */

/* The arguments being read. */
struct argument_reader {
    const struct tg_opt *table, *run;
    int argc, next;
    char *const *argv;
    void *into;
    struct tg_opt_layers *layers;
    struct tg_err *err;
};

/* A parameter of the workflow, written as an option. It may be a secret, so its value is not repeated. */
static void hint_parameter(struct argument_reader *r, const char *name, size_t length)
{
    if (!tg_opt_find(r->table, 'D', NULL, 0) || !length || tg_ascii_name(name, length) != length) return;
    tg_err_hint(r->err, "a parameter of the workflow is set with -D %.*s=VALUE", (int)length, name);
}

static bool store_argument(struct argument_reader *r, const struct tg_opt *o, const char *value, const char *shown)
{
    r->layers->of[o - r->table] = TG_OPT_COMMAND;
    return store_value(o, value, r->into, (struct origin){"option", shown}, r->err);
}

static bool unknown_long(struct argument_reader *r, const char *name, size_t length)
{
    struct tg_near near = tg_near_begin(name, length);
    const struct tg_opt *start = NULL; /* the only option that begins so */
    size_t starts = 0;
    for (const struct tg_opt *o = r->table; !tg_opt_end(o); o++) {
        if (!o->name || o->hidden) continue;
        if (length > 1) tg_near_offer(&near, o->name, strlen(o->name)); /* a single letter is like anything */
        if (length > 0 && strncmp(o->name, name, length) == 0) start = o, starts++;
    }
    tg_err_set(r->err, TG_EXIT_USAGE, "unknown option '--%.*s'", (int)length, name);
    if (r->run && tg_opt_find(r->run, 0, name, length)) tg_err_hint(r->err, "`tgrun run` has it: leave it out here.");
    else if (starts == 1 && length > 1) tg_err_hint(r->err, "did you mean '--%s'?", start->name);
    else if (near.best) tg_err_hint(r->err, "did you mean '--%s'?", near.best);
    else hint_parameter(r, name, length);
    return false;
}

/* "--no-keep-going": the flag, if the table has it. */
static const struct tg_opt *find_taken_back(const struct argument_reader *r, const char *name, size_t length)
{
    const struct tg_opt *o = length > 3 && memcmp(name, "no-", 3) == 0 ? tg_opt_find(r->table, 0, name + 3, length - 3) : NULL;
    return o && o->kind == TG_OPT_FLAG && o->env ? o : NULL;
}

static bool read_long(struct argument_reader *r, const char *word)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct tg_opt *o = tg_opt_find(r->table, 0, name, length), *back = o ? NULL : find_taken_back(r, name, length);
    if (back && !equals) return store_argument(r, back, "no", name);
    if (!o) return unknown_long(r, name, length);
    const char *value = equals ? equals + 1 : NULL;
    if (!tg_opt_takes_value(o) && value) return tg_err_set(r->err, TG_EXIT_USAGE, "option '--%s' takes no value", o->name);
    if (tg_opt_takes_value(o) && !value) value = o->alone;
    if (tg_opt_needs_value(o) && !value) {
        if (r->next >= r->argc) return tg_err_set(r->err, TG_EXIT_USAGE, "option '--%s' needs a value", o->name);
        value = r->argv[r->next++];
    }
    char *shown = tg_alloc_format("--%s", o->name);
    bool good = store_argument(r, o, value, shown);
    free(shown);
    return good;
}

static bool read_short(struct argument_reader *r, const char *word)
{
    for (const char *c = word + 1; *c; c++) {
        const struct tg_opt *o = tg_opt_find(r->table, *c, NULL, 0);
        char shown[] = {'-', *c, 0};
        if (!o) {
            /* the whole word, where one letter would say nothing: it may hold any bytes */
            tg_err_set(r->err, TG_EXIT_USAGE, "unknown option '%s'", isgraph((unsigned char)*c) ? shown : word);
            if (c == word + 1 && tg_opt_find(r->table, 0, word + 1, strcspn(word + 1, "=")))
                tg_err_hint(r->err, "did you mean '-%s'?", word);
            else if (c > word + 1 && *c == '=') hint_parameter(r, word + 1, (size_t)(c - word - 1));
            return false;
        }
        if (!tg_opt_needs_value(o)) {
            if (!store_argument(r, o, o->alone, shown)) return false;
            continue;
        }
        const char *value = c[1] ? c + 1 : NULL;
        if (!value && r->next >= r->argc) return tg_err_set(r->err, TG_EXIT_USAGE, "option '%s' needs a value", shown);
        if (!value) value = r->argv[r->next++];
        return store_argument(r, o, value, shown);
    }
    return true;
}

bool tg_opt_parse(const struct tg_opt *table, const struct tg_opt *run, int argc, char *const *argv, void *into,
                  struct tg_words *words, struct tg_opt_layers *layers, struct tg_err *err)
{
    struct argument_reader r = {table, run, argc, 0, argv, into, layers, err};
    bool ended = false;
    while (r.next < argc) {
        const char *word = argv[r.next++];
        if (!ended && strcmp(word, "--") == 0) ended = true;
        else if (ended || word[0] != '-' || !word[1]) tg_vec_push(words, word);
        else if (!(word[1] == '-' ? read_long(&r, word) : read_short(&r, word))) return false;
    }
    return true;
}

static void write_setting(const struct tg_opt *o, const char *value, struct tg_words *words)
{
    tg_vec_push(words, o->name ? tg_alloc_format("--%s=%s", o->name, value) : tg_alloc_format("-%c%s", o->letter, value));
}

void tg_opt_write(const struct tg_opt *o, const void *from, struct tg_words *words)
{
    const void *at = (const char *)from + o->offset;
    const struct tg_words *texts = at;
    struct tg_buf b = {0};
    switch (o->kind) {
    case TG_OPT_FLAG: tg_vec_push(words, tg_alloc_format("--%s%s", *(const bool *)at ? "" : "no-", o->name)); return;
    case TG_OPT_TEXT: write_setting(o, *(const char *const *)at, words); return;
    case TG_OPT_NUMBER: tg_buf_format(&b, "%llu", *(const unsigned long long *)at); break;
    case TG_OPT_REAL: tg_buf_format(&b, "%.17g", *(const double *)at); break;
    case TG_OPT_DURATION: tg_buf_format(&b, "%.17gs", *(const double *)at); break;
    case TG_OPT_CHOICE: tg_buf_text(&b, tg_opt_choice(o, (size_t) * (const int *)at)); break;
    case TG_OPT_WORDS:
        for (size_t i = 0; i < texts->count; i++) write_setting(o, texts->items[i], words);
        return;
    }
    write_setting(o, b.data, words);
    tg_buf_done(&b);
}

/* ---- help ---------------------------------------------------------------------------------------- */

/* "  -j, --jobs=N" */
static void help_left(struct tg_buf *b, const struct tg_opt *o)
{
    const char *value = o->value ? o->value : "", *equals = o->alone ? "[=" : *value ? "=" : "", *end = o->alone ? "]" : "";
    if (o->letter && o->name) tg_buf_format(b, "  -%c, --%s%s%s%s", o->letter, o->name, equals, value, end);
    else if (o->name) tg_buf_format(b, "      --%s%s%s%s", o->name, equals, value, end);
    else tg_buf_format(b, "  -%c%s%s", o->letter, *value ? " " : "", value);
}

/* Adds words, breaking lines before HELP_WIDTH; column is where the text starts. */
static void help_wrap(struct tg_buf *b, const char *text, size_t column)
{
    size_t at = column;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (at > column && at + 1 + length > HELP_WIDTH) {
            tg_buf_char(b, '\n');
            tg_buf_fill(b, ' ', column);
            at = column;
        } else if (at > column) {
            tg_buf_char(b, ' ');
            at++;
        }
        tg_buf_add(b, text, length);
        at += length;
        text += length + strspn(text + length, " ");
    }
    tg_buf_char(b, '\n');
}

void tg_opt_help(struct tg_buf *b, const struct tg_opt *table)
{
    struct tg_buf text = {0};
    for (const struct tg_opt *o = table; !tg_opt_end(o); o++) {
        if (o->group) tg_buf_format(b, "\n%s:\n", o->group);
        if (o->hidden) continue;
        size_t start = b->length;
        help_left(b, o);
        size_t width = b->length - start;
        if (width + 2 > HELP_COLUMN) tg_buf_char(b, '\n'), width = 0;
        tg_buf_fill(b, ' ', HELP_COLUMN - width);
        text.length = 0;
        tg_buf_text(&text, o->help);
        if (o->kind == TG_OPT_CHOICE) {
            tg_buf_text(&text, " (");
            tg_opt_choices_text(&text, o);
            tg_buf_char(&text, ')');
        }
        help_wrap(b, text.data, HELP_COLUMN);
    }
    tg_buf_done(&text);
}
