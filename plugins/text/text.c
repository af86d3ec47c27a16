/* SPDX-License-Identifier: MIT
 * Plugin text: reading, splitting, joining, searching and counting texts. Positions and widths count characters. */
#include "text.h"

#include <string.h>

#include "plugins/shared/chars.h"

static void push_part(tg_value *list, const char *from, const char *to)
{
    tg_list_push(list, tg_str_new(from, (size_t)(to - from)));
}

/* ---- cutting ------------------------------------------------------------------------------------- */

static TASK(text_lines)
{
    size_t length;
    const char *at = tg_as_text(args[0], &length), *end = at + length;
    *out = tg_list_new(0);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline ? newline : end;
        push_part(out, at, newline && stop > at && stop[-1] == '\r' ? stop - 1 : stop);
        at = newline ? newline + 1 : end;
    }
    return TG_OK;
}

static tg_value split_blanks(const char *at, const char *end)
{
    tg_value parts = tg_list_new(0);
    for (;;) {
        while (at < end && chars_is_blank(*at)) at++;
        if (at == end) return parts;
        const char *start = at;
        while (at < end && !chars_is_blank(*at)) at++;
        push_part(&parts, start, at);
    }
}

static TASK(text_split)
{
    size_t length, n;
    const char *at = tg_as_text(args[0], &length), *end = at + length;
    if (task_fn_lacks(args[1])) return tg_fail(ctx, "the separator of 'split' must be str, not nil");
    if (tg_kind(args[1]) == TG_NIL) {
        *out = split_blanks(at, end);
        return TG_OK;
    }
    const char *sep = tg_as_text(args[1], &n), *found;
    if (n == 0) return tg_fail(ctx, "cannot split by an empty text");
    *out = tg_list_new(0);
    for (; (found = memmem(at, (size_t)(end - at), sep, n)); at = found + n) push_part(out, at, found);
    push_part(out, at, end);
    return TG_OK;
}

static TASK(text_strip)
{
    size_t length;
    const char *text = chars_strip(tg_as_text(args[0], &length), &length);
    *out = tg_str_new(text, length);
    return TG_OK;
}

/* ---- joining ------------------------------------------------------------------------------------- */

static TASK(text_join)
{
    size_t n, sep_length, length;
    const tg_value *items = tg_list_items(args[0], &n);
    const char *sep = tg_as_text(args[1], &sep_length);
    struct text_buffer b = {0};
    for (size_t i = 0; i < n && !b.failed; i++) {
        tg_value part = tg_to_text(items[i]);
        const char *text = tg_as_text(part, &length);
        if (i) text_buffer_add(&b, sep, sep_length);
        text_buffer_add(&b, text, length);
        tg_unref(part);
    }
    return text_buffer_give(ctx, &b, out);
}

int text_fail_large(tg_ctx *ctx, const char *what)
{
    return tg_fail(ctx, "the %s text would take more than 1 GB", what);
}

static TASK(text_replace)
{
    size_t length, old_length, new_length;
    const char *at = tg_as_text(args[0], &length), *end = at + length, *found;
    const char *old = tg_as_text(args[1], &old_length), *new = tg_as_text(args[2], &new_length);
    if (old_length == 0) return tg_fail(ctx, "cannot replace an empty text");
    struct text_buffer b = {0};
    for (; (found = memmem(at, (size_t)(end - at), old, old_length)); at = found + old_length) {
        text_buffer_add(&b, at, (size_t)(found - at));
        text_buffer_add(&b, new, new_length);
        if (b.length <= TEXT_MAX_BYTES || new_length <= old_length) continue;
        text_buffer_done(&b);
        return text_fail_large(ctx, "replaced");
    }
    text_buffer_add(&b, at, (size_t)(end - at));
    return text_buffer_give(ctx, &b, out);
}

static void fill_with(char *to, const char *unit, size_t length, size_t times)
{
    for (size_t i = 0; i < times; i++) memcpy(to + i * length, unit, length);
}

static TASK(text_repeat)
{
    size_t length, bytes;
    const char *text = tg_as_text(args[0], &length);
    size_t times = args[1].i < 0 || length == 0 ? 0 : (size_t)args[1].i;
    if (__builtin_mul_overflow(length, times, &bytes) || bytes > TEXT_MAX_BYTES) return text_fail_large(ctx, "repeated");
    *out = tg_str_new(NULL, bytes);
    fill_with(tg_text_fill(*out), text, length, times);
    return TG_OK;
}

static TASK(text_pad)
{
    size_t length, fill_length;
    const char *text = tg_as_text(args[0], &length), *filler = tg_as_text(args[2], &fill_length);
    size_t chars = chars_count(text, length);
    if (chars_count(filler, fill_length) != 1) return tg_fail(ctx, "the fill text must be one character, not '%s'", filler);
    size_t missing = args[1].i < 0 || (uint64_t)args[1].i <= chars ? 0 : (size_t)args[1].i - chars;
    if (missing > TEXT_MAX_BYTES / fill_length) return text_fail_large(ctx, "padded");
    *out = tg_str_new(NULL, length + missing * fill_length);
    char *to = tg_text_fill(*out);
    bool left = tg_as_bool(args[3]);
    fill_with(left ? to : to + length, filler, fill_length, missing);
    memcpy(left ? to + missing * fill_length : to, text, length);
    return TG_OK;
}

/* ---- changing letters ---------------------------------------------------------------------------- */

static int change_letters(tg_ctx *ctx, tg_value v, uint32_t (*change)(uint32_t), tg_value *out)
{
    size_t length, bytes;
    const char *text = tg_as_text(v, &length);
    struct text_buffer b = {0};
    for (size_t at = 0; at < length; at += bytes) {
        char changed[4];
        uint32_t c = text_decode(text + at, length - at, &bytes);
        if (c == UINT32_MAX) text_buffer_add(&b, text + at, bytes);
        else text_buffer_add(&b, changed, text_encode(change(c), changed));
    }
    return text_buffer_give(ctx, &b, out);
}

static TASK(text_upper)
{
    return change_letters(ctx, args[0], text_to_upper, out);
}
static TASK(text_lower)
{
    return change_letters(ctx, args[0], text_to_lower, out);
}

/* ---- looking ------------------------------------------------------------------------------------- */

static TASK(text_starts_with)
{
    size_t n, m;
    const char *text = tg_as_text(args[0], &n), *part = tg_as_text(args[1], &m);
    *out = tg_bool(m <= n && memcmp(text, part, m) == 0);
    return TG_OK;
}

static TASK(text_ends_with)
{
    size_t n, m;
    const char *text = tg_as_text(args[0], &n), *part = tg_as_text(args[1], &m);
    *out = tg_bool(m <= n && memcmp(text + n - m, part, m) == 0);
    return TG_OK;
}

static TASK(text_contains)
{
    size_t n, m;
    const char *text = tg_as_text(args[0], &n), *part = tg_as_text(args[1], &m);
    *out = tg_bool(memmem(text, n, part, m) != NULL);
    return TG_OK;
}

/* ---- the table ----------------------------------------------------------------------------------- */

static const struct tg_task tasks[] = {
    {"read(path: file) -> str", text_read, "The text of a file, which must be UTF-8."},
    {"write(path: str, text: str) -> file effect", text_write,
     "Writes a file, whole or not at all; folders are made as needed."},
    {"lines(text: str) -> list[str] now", text_lines, "The lines, without what ends them."},
    {"words(text: str) -> list[str] now", text_words, "The runs of letters, in lower case."},
    {"word_count(text: str) -> record now", text_word_count, "How often each word comes up."},
    {"merge_counts(a: record, b: record) -> record now", text_merge_counts, "The sums of two records of counts."},
    {"top(counts: record, n: int) -> list[list] now", text_top, "The n highest counts as [word, count], the highest first."},
    {"split(text: str, sep: str? = nil) -> list[str] now", text_split, "The parts between separators, or between blanks."},
    {"join(items: list, sep: str = \"\") -> str now", text_join, "The texts of the items, with sep between them."},
    {"replace(text: str, old: str, new: str) -> str now", text_replace, "The text with new wherever it had old."},
    {"upper(text: str) -> str now", text_upper, "The text in capitals."},
    {"lower(text: str) -> str now", text_lower, "The text in small letters."},
    {"strip(text: str) -> str now", text_strip, "The text without blanks around it."},
    {"match(text: str, pattern: str) -> record? now", text_match,
     "The first match of a regular expression: text, start, groups and named ones; nil if there is none."},
    {"find_all(text: str, pattern: str) -> list now", text_find_all,
     "All matches; where the pattern has a group what that found, where it has several a list of them."},
    {"substitute(text: str, pattern: str, by: str, count: int = 0) -> str now", text_substitute,
     "The text with by in the place of all, or the first count, matches; \\1 and \\g<name> are what groups found."},
    {"starts_with(text: str, part: str) -> bool now", text_starts_with, "True if the text begins with part."},
    {"ends_with(text: str, part: str) -> bool now", text_ends_with, "True if the text ends with part."},
    {"contains(text: str, part: str) -> bool now", text_contains, "True if part is somewhere in the text."},
    {"repeat(text: str, n: int) -> str now", text_repeat, "The text n times."},
    {"pad(text: str, width: int, fill: str = \" \", left: bool = false) -> str now", text_pad,
     "The text filled up to width characters, on its right or left side."},
};

static const char *init(void)
{
    text_count_init();
    return text_letters_init();
}

TG_PLUGIN(.name = "text", .version = TG_VERSION, .doc = "Reading, splitting, joining, searching and counting texts.",
          .tasks = tasks, .task_count = TG_COUNT(tasks), .init = init);
