/* SPDX-License-Identifier: MIT
 * Regular expressions, by PCRE2: what a pattern finds, and putting something else in its place.
 *
 * Each call compiles its pattern, which takes some microseconds, so that tasks share nothing. A place of the text at which a
 * pattern takes too many ways is an error, and between stretches of places a task looks whether it should end. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "plugins/shared/chars.h"
#include "text.h"

/* Ways that a pattern may try at one place of the text. */
#define MOST_WAYS 1000000

/* KB that a pattern may need to remember its ways back. */
#define MOST_HEAP_KB (256u << 10)

/* Places of the text before a first look at whether the task should end. */
#define STRETCH ((size_t)256)

/* Bytes of a pattern that a message shows. */
#define SHOWN 60

/* A str, lent. */
struct lent {
    const char *text;
    size_t length;
};

static struct lent lent_of(tg_value v)
{
    struct lent p;
    p.text = tg_as_text(v, &p.length);
    return p;
}

/* A search through a text. */
struct finder {
    tg_ctx *ctx;
    struct lent pattern, in;
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    const PCRE2_SIZE *spans; /* of what was found: the whole, then each group; PCRE2_UNSET: it has no part in it */
    uint32_t groups;         /* without the whole */
    size_t at;               /* where to go on */
    bool was_empty;          /* what was found last; it ends at `at` */
    bool valid;              /* the text has been looked at */
    bool whole;              /* in one stretch: the pattern may ask where the search began, or say where it goes on */
};

/* ---- failures ------------------------------------------------------------------------------------ */

/* What of a piece a message shows. */
static int shown_part(struct lent p)
{
    size_t at = 0, n;
    while (at < p.length && at + (n = chars_bytes(p.text + at, p.length - at)) <= SHOWN) at += n;
    return (int)at;
}

/* Fails with what is wrong at a byte of a pattern or replacement. */
static int fail_piece(tg_ctx *ctx, const char *what, struct lent p, size_t at, const char *why)
{
    int shown = shown_part(p);
    return tg_fail(ctx, "in the %s '%.*s%s': %s at column %zu", what, shown, p.text, (size_t)shown < p.length ? "..." : "", why,
                   chars_count(p.text, at < p.length ? at : p.length) + 1);
}

static int fail_pattern(const struct finder *f, const char *why)
{
    int shown = shown_part(f->pattern);
    return tg_fail(f->ctx, "the pattern '%.*s%s' %s", shown, f->pattern.text, (size_t)shown < f->pattern.length ? "..." : "",
                   why);
}

static int fail_search(const struct finder *f, int code)
{
    char why[200];
    if (code == PCRE2_ERROR_MATCHLIMIT)
        return fail_pattern(f, "takes too long: it tries a million ways at one place of the text");
    if (code == PCRE2_ERROR_HEAPLIMIT || code == PCRE2_ERROR_DEPTHLIMIT)
        return fail_pattern(f, "takes too much memory: more than 256 MB for one place of the text");
    if (code == PCRE2_ERROR_NOMEMORY) return tg_fail(f->ctx, "out of memory: a text of %zu bytes", f->in.length);
    pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof why);
    return tg_fail(f->ctx, "cannot search a text of %zu bytes: %s", f->in.length, why);
}

/* ---- searching ----------------------------------------------------------------------------------- */

static void finder_done(struct finder *f)
{
    pcre2_match_data_free(f->data);
    pcre2_match_context_free(f->limits);
    pcre2_code_free(f->code);
}

static bool contains(struct lent p, const char *part)
{
    return memmem(p.text, p.length, part, strlen(part));
}

/* Takes the pattern and the text; done with in any case. */
static int finder_init(struct finder *f, tg_ctx *ctx, tg_value in, tg_value pattern)
{
    int error;
    PCRE2_SIZE where;
    const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;
    *f = (struct finder){.ctx = ctx, .pattern = lent_of(pattern), .in = lent_of(in)};
    f->code = pcre2_compile((PCRE2_SPTR)f->pattern.text, f->pattern.length, options, &error, &where, NULL);
    if (!f->code) {
        char why[200];
        pcre2_get_error_message(error, (PCRE2_UCHAR *)why, sizeof why);
        return fail_piece(ctx, "pattern", f->pattern, where, why);
    }
    f->data = pcre2_match_data_create_from_pattern(f->code, NULL);
    f->limits = pcre2_match_context_create(NULL);
    if (!f->data || !f->limits) return fail_search(f, PCRE2_ERROR_NOMEMORY);
    pcre2_set_match_limit(f->limits, MOST_WAYS);
    pcre2_set_heap_limit(f->limits, MOST_HEAP_KB);
    f->spans = pcre2_get_ovector_pointer(f->data);
    f->groups = pcre2_get_ovector_count(f->data) - 1;
    f->whole = contains(f->pattern, "\\G") || contains(f->pattern, "(*"); /* such as (*SKIP), (*COMMIT) */
    return TG_OK;
}

/* Looks for a match that begins at `from` to `last`. */
static int look(struct finder *f, size_t from, size_t last, uint32_t options)
{
    if (f->valid) options |= PCRE2_NO_UTF_CHECK;
    f->valid = true;
    pcre2_set_offset_limit(f->limits, last);
    return pcre2_match(f->code, (PCRE2_SPTR)f->in.text, f->in.length, from, options, f->data, f->limits);
}

/* The place behind this one. */
static size_t next_place(const struct finder *f, size_t at)
{
    return at + (at < f->in.length ? chars_bytes(f->in.text + at, f->in.length - at) : 1);
}

/* Stretch by stretch, each as long as all before it: where nothing can begin with what the pattern begins with, PCRE2 looks
 * through all that is left of the text, each time. */
static int look_from(struct finder *f, size_t from)
{
    for (size_t stretch = STRETCH;; stretch *= 2) {
        size_t last = f->whole || f->in.length - from <= stretch ? f->in.length : from + stretch;
        int found = look(f, from, last, 0);
        if (found != PCRE2_ERROR_NOMATCH || last == f->in.length) return found;
        for (from = last + 1; from < f->in.length && ((unsigned char)f->in.text[from] & 0xc0) == 0x80;) from++;
        if (tg_cancelled(f->ctx)) return PCRE2_ERROR_CALLOUT;
    }
}

/* The next match: 1; 0: there is none; -1: failed. After an empty one there may be a longer one at the same place. */
static int finder_next(struct finder *f)
{
    int found = PCRE2_ERROR_NOMATCH;
    if (f->was_empty) {
        found = look(f, f->at, f->at, PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED);
        if (found == PCRE2_ERROR_NOMATCH) f->at = next_place(f, f->at);
    }
    if (found == PCRE2_ERROR_NOMATCH && f->at <= f->in.length) found = look_from(f, f->at);
    if (found == PCRE2_ERROR_NOMATCH) return 0;
    if (found == PCRE2_ERROR_CALLOUT || tg_cancelled(f->ctx)) return tg_fail(f->ctx, "interrupted"), -1;
    if (found < 0) return fail_search(f, found), -1;
    if (f->spans[0] > f->spans[1] || f->spans[1] < f->at) return fail_pattern(f, "finds what ends before it begins"), -1;
    f->was_empty = f->spans[0] == f->spans[1];
    f->at = f->spans[1];
    return 1;
}

/* ---- what was found ------------------------------------------------------------------------------ */

static bool has_part(const struct finder *f, uint32_t group)
{
    return f->spans[2 * group] != PCRE2_UNSET;
}

/* The text of a group, 0 for the whole; empty if it has no part in the match. */
static struct lent group_lent(const struct finder *f, uint32_t group)
{
    if (!has_part(f, group)) return (struct lent){"", 0};
    return (struct lent){f->in.text + f->spans[2 * group], f->spans[2 * group + 1] - f->spans[2 * group]};
}

static tg_value group_text(const struct finder *f, uint32_t group)
{
    struct lent p = group_lent(f, group);
    return tg_str_new(p.text, p.length);
}

/* The same, but nil if it has no part in the match. */
static tg_value group_value(const struct finder *f, uint32_t group)
{
    return has_part(f, group) ? group_text(f, group) : tg_nil();
}

/* The names of a pattern's groups. */
struct names {
    const char *entries;
    uint32_t count, bytes; /* of each: the number in two, then the name */
};

static struct names group_names(const struct finder *f)
{
    struct names n;
    pcre2_pattern_info(f->code, PCRE2_INFO_NAMECOUNT, &n.count);
    pcre2_pattern_info(f->code, PCRE2_INFO_NAMEENTRYSIZE, &n.bytes);
    pcre2_pattern_info(f->code, PCRE2_INFO_NAMETABLE, &n.entries);
    return n;
}

static uint32_t number_of_name(const struct names *n, uint32_t i)
{
    const unsigned char *entry = (const unsigned char *)n->entries + (size_t)i * n->bytes;
    return (uint32_t)entry[0] << 8 | entry[1];
}

static const char *text_of_name(const struct names *n, uint32_t i)
{
    return n->entries + (size_t)i * n->bytes + 2;
}

/* The named groups in their order; of several with one name, that which has a part in the match. */
static tg_value found_names(const struct finder *f)
{
    struct names n = group_names(f);
    tg_value record = tg_record_new(n.count), before;
    for (uint32_t group = 1; group <= f->groups; group++)
        for (uint32_t i = 0; i < n.count; i++) {
            const char *name = text_of_name(&n, i);
            if (number_of_name(&n, i) != group) continue;
            if (!has_part(f, group) && tg_record_get(record, name, strlen(name), &before)) continue;
            tg_record_set(&record, name, strlen(name), group_value(f, group));
        }
    return record;
}

/* ---- match --------------------------------------------------------------------------------------- */

static tg_value found_record(const struct finder *f)
{
    tg_value record = tg_record_new(4), groups = tg_list_new(f->groups);
    for (uint32_t i = 1; i <= f->groups; i++) tg_list_push(&groups, group_value(f, i));
    tg_record_set(&record, "text", 4, group_text(f, 0));
    tg_record_set(&record, "start", 5, tg_int((int64_t)chars_count(f->in.text, f->spans[0])));
    tg_record_set(&record, "groups", 6, groups);
    tg_record_set(&record, "named", 5, found_names(f));
    return record;
}

TASK(text_match)
{
    struct finder f;
    int found = finder_init(&f, ctx, args[0], args[1]) == TG_OK ? finder_next(&f) : -1;
    if (found >= 0) *out = found ? found_record(&f) : tg_nil();
    finder_done(&f);
    return found < 0 ? TG_FAIL : TG_OK;
}

/* ---- find_all ------------------------------------------------------------------------------------ */

/* Without groups the whole, with one that, with several a list of them. */
static tg_value found_item(const struct finder *f)
{
    if (f->groups < 2) return group_text(f, f->groups);
    tg_value list = tg_list_new(f->groups);
    for (uint32_t i = 1; i <= f->groups; i++) tg_list_push(&list, group_text(f, i));
    return list;
}

TASK(text_find_all)
{
    struct finder f;
    tg_value list = tg_list_new(0);
    int found = finder_init(&f, ctx, args[0], args[1]) == TG_OK ? 1 : -1;
    while (found > 0)
        if ((found = finder_next(&f)) > 0) tg_list_push(&list, found_item(&f));
    finder_done(&f);
    if (found == 0) *out = list;
    else tg_unref(list);
    return found < 0 ? TG_FAIL : TG_OK;
}

/* ---- substitute ---------------------------------------------------------------------------------- */

/* A part of a replacement: text as it is, or what a group has found. */
struct by_part {
    enum { PART_TEXT, PART_GROUP, PART_NAME } what;
    struct lent text; /* or the name */
    uint32_t group;
};

/* The group of this name, one that has a part in the match if there are several; 0: there is none. */
static uint32_t group_of_name(const struct finder *f, struct lent name)
{
    struct names n = group_names(f);
    uint32_t found = 0;
    for (uint32_t i = 0; i < n.count; i++) {
        const char *text = text_of_name(&n, i);
        if (strlen(text) != name.length || memcmp(text, name.text, name.length) != 0) continue;
        if (!found || has_part(f, number_of_name(&n, i))) found = number_of_name(&n, i);
    }
    return found;
}

/* A number that is all of a piece; UINT32_MAX: it is none. */
static uint32_t group_number(struct lent p)
{
    uint32_t number = 0;
    for (size_t i = 0; i < p.length; i++) {
        if (p.text[i] < '0' || p.text[i] > '9') return UINT32_MAX;
        if (number < 100000) number = number * 10 + (uint32_t)(p.text[i] - '0');
    }
    return p.length ? number : UINT32_MAX;
}

/* What a backslash and this letter mean in a replacement; none: no length. */
static struct lent escape_of(char letter)
{
    switch (letter) {
    case '\\': return (struct lent){"\\", 1};
    case 'n': return (struct lent){"\n", 1};
    case 'r': return (struct lent){"\r", 1};
    case 't': return (struct lent){"\t", 1};
    default: return (struct lent){"", 0};
    }
}

/* What stands behind the backslash of a reference, without "g<" and ">"; how much to pass over in *bytes, 0: it is none. */
static struct lent reference_at(struct lent rest, size_t *bytes)
{
    const char *close;
    *bytes = 0;
    if (rest.length > 1 && rest.text[0] == 'g' && rest.text[1] == '<' && (close = memchr(rest.text, '>', rest.length))) {
        *bytes = (size_t)(close - rest.text) + 1;
        return (struct lent){rest.text + 2, *bytes - 3};
    }
    while (*bytes < 2 && *bytes < rest.length && rest.text[*bytes] >= '0' && rest.text[*bytes] <= '9') ++*bytes;
    return (struct lent){rest.text, *bytes};
}

/* Reads the next part of a replacement at *at, which is not its end. */
static int next_part(const struct finder *f, struct lent by, size_t *at, struct by_part *part)
{
    size_t start = *at, bytes;
    const char *slash = memchr(by.text + start, '\\', by.length - start);
    size_t end = slash ? (size_t)(slash - by.text) : by.length;
    *part = (struct by_part){.what = PART_TEXT, .text = {by.text + start, end - start}};
    *at = end;
    if (end > start) return TG_OK;
    struct lent rest = {slash + 1, by.length - start - 1};
    if (rest.length && (part->text = escape_of(rest.text[0])).length) {
        *at = start + 2;
        return TG_OK;
    }
    part->text = reference_at(rest, &bytes);
    if (!bytes)
        return fail_piece(f->ctx, "replacement", by, start, "behind a backslash stands none, a number, 'g<NAME>', n, r or t");
    part->group = group_number(part->text);
    part->what = part->group == UINT32_MAX ? PART_NAME : PART_GROUP;
    *at = start + 1 + bytes;
    bool known = part->what == PART_NAME ? group_of_name(f, part->text) > 0 : part->group <= f->groups;
    return known ? TG_OK : fail_piece(f->ctx, "replacement", by, start, "the pattern has no such group");
}

/* Adds the replacement of what was found; b NULL: it is only looked whether all is well with it. */
static int add_replacement(const struct finder *f, struct lent by, struct text_buffer *b)
{
    for (size_t at = 0; at < by.length;) {
        struct by_part part;
        if (next_part(f, by, &at, &part) != TG_OK) return TG_FAIL;
        if (!b) continue;
        if (part.what == PART_NAME) part.group = group_of_name(f, part.text);
        struct lent p = part.what == PART_TEXT ? part.text : group_lent(f, part.group);
        text_buffer_add(b, p.text, p.length);
    }
    return TG_OK;
}

/* Up to `most` matches, 0: all. */
static int substitute_all(struct finder *f, struct lent by, int64_t most, struct text_buffer *b)
{
    size_t copied = 0;
    for (int64_t n = 0; !most || n < most; n++) {
        int found = finder_next(f);
        if (found < 0) return TG_FAIL;
        if (!found) break;
        text_buffer_add(b, f->in.text + copied, f->spans[0] - copied);
        if (add_replacement(f, by, b) != TG_OK) return TG_FAIL;
        if (b->length > TEXT_MAX_BYTES) return text_fail_large(f->ctx, "substituted");
        copied = f->spans[1];
    }
    text_buffer_add(b, f->in.text + copied, f->in.length - copied);
    return TG_OK;
}

TASK(text_substitute)
{
    struct finder f;
    struct text_buffer b = {0};
    struct lent by = lent_of(args[2]);
    if (args[3].i < 0) return tg_fail(ctx, "cannot substitute %lld times", (long long)args[3].i);
    int status = finder_init(&f, ctx, args[0], args[1]);
    if (status == TG_OK) status = add_replacement(&f, by, NULL);
    if (status == TG_OK) status = substitute_all(&f, by, args[3].i, &b);
    finder_done(&f);
    if (status == TG_OK) return text_buffer_give(ctx, &b, out);
    text_buffer_done(&b);
    return TG_FAIL;
}
