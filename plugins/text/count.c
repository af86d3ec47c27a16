/* SPDX-License-Identifier: MIT
 * Words and how often they come up.
 *
 * A word is a run of letters, in lower case. Counting keeps each word once, one after the other in one buffer, and
 * finds it through a table of slots (open addressing, at most half full): a word that was seen before costs no memory.
 * The hash begins with a random seed, as texts come from others. Words are given in the order in which they come
 * first, so the seed changes nothing that can be seen. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "text.h"

/* Letters between two looks at whether the run is being stopped. */
#define LOOK_EVERY ((size_t)1 << 20)

struct word {
    size_t start, length; /* in letters */
    int64_t count;
    uint64_t hash;
};

struct counter {
    struct text_buffer letters; /* of all different words */
    struct word *words;
    size_t word_count, word_room;
    uint32_t *slots;   /* index of a word, plus 1; 0: free */
    size_t slot_count; /* a power of two */
};

static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15); /* set once by init */

void text_count_init(void)
{
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) seed ^= (uintptr_t)&seed;
    seed |= 1;
}

static uint64_t hash_of(const char *text, size_t length)
{
    uint64_t h = length * seed;
    for (size_t i = 0; i < length; i++) {
        h = (h ^ (unsigned char)text[i]) * seed;
        h ^= h >> 29;
    }
    return h ^ h >> 32;
}

/* ---- the table ----------------------------------------------------------------------------------- */

static void counter_done(struct counter *c)
{
    text_buffer_done(&c->letters);
    free(c->words);
    free(c->slots);
}

static uint32_t *find_word_slot(const struct counter *c, const char *text, size_t length, uint64_t hash)
{
    for (size_t i = hash & (c->slot_count - 1);; i = (i + 1) & (c->slot_count - 1)) {
        if (!c->slots[i]) return &c->slots[i];
        const struct word *w = &c->words[c->slots[i] - 1];
        if (w->hash == hash && w->length == length && memcmp(c->letters.data + w->start, text, length) == 0)
            return &c->slots[i];
    }
}

/* Room for one word more; false if there is no memory. */
static bool grow_words(struct counter *c)
{
    if (c->word_count < c->word_room) return true;
    size_t room = c->word_room ? c->word_room * 2 : 512;
    struct word *words = room < UINT32_MAX ? realloc(c->words, room * sizeof *words) : NULL;
    if (words) c->words = words;
    uint32_t *slots = words ? calloc(room * 2, sizeof *slots) : NULL;
    if (!slots) return false;
    free(c->slots);
    c->slots = slots;
    c->slot_count = room * 2;
    c->word_room = room;
    for (size_t i = 0; i < c->word_count; i++) {
        size_t at = c->words[i].hash & (c->slot_count - 1);
        while (slots[at]) at = (at + 1) & (c->slot_count - 1);
        slots[at] = (uint32_t)i + 1;
    }
    return true;
}

static bool count_word(struct counter *c, const char *text, size_t length)
{
    if (!grow_words(c)) return false;
    uint64_t hash = hash_of(text, length);
    uint32_t *slot = find_word_slot(c, text, length, hash);
    if (*slot) {
        c->words[*slot - 1].count++;
        return true;
    }
    c->words[c->word_count++] = (struct word){c->letters.length, length, 1, hash};
    *slot = (uint32_t)c->word_count;
    text_buffer_add(&c->letters, text, length);
    return !c->letters.failed;
}

/* ---- words --------------------------------------------------------------------------------------- */

static bool is_ascii_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Adds the ASCII letters from *at on: most texts are made of little else. */
static void add_ascii(const char *text, size_t length, size_t *at, struct text_buffer *word)
{
    char run[64];
    size_t n = 0;
    while (n < sizeof run && *at < length && is_ascii_letter(text[*at])) run[n++] = (char)(text[(*at)++] | 0x20);
    text_buffer_add(word, run, n);
}

/* Reads the next word from *at on into `word`, which is emptied first; false at the end. */
static bool next_word(const char *text, size_t length, size_t *at, struct text_buffer *word)
{
    word->length = 0;
    while (*at < length) {
        size_t bytes;
        char lower[4];
        if (is_ascii_letter(text[*at])) {
            add_ascii(text, length, at, word);
            continue;
        }
        uint32_t c = text_decode(text + *at, length - *at, &bytes);
        bool letter = text_is_letter(c);
        if (!letter && word->length) return true;
        if (letter) text_buffer_add(word, lower, text_encode(text_to_lower(c), lower));
        *at += bytes;
    }
    return word->length > 0;
}

TASK(text_words)
{
    size_t length, at = 0;
    const char *text = tg_as_text(args[0], &length);
    struct text_buffer word = {0};
    *out = tg_list_new(0);
    while (next_word(text, length, &at, &word) && !word.failed) tg_list_push(out, tg_str_new(word.data, word.length));
    bool failed = word.failed;
    text_buffer_done(&word);
    if (!failed) return TG_OK;
    tg_unref(*out);
    return tg_fail(ctx, "out of memory: too many words");
}

static tg_value give_counts(const struct counter *c)
{
    tg_value counts = tg_record_new(c->word_count);
    for (size_t i = 0; i < c->word_count; i++)
        tg_record_set(&counts, c->letters.data + c->words[i].start, c->words[i].length, tg_int(c->words[i].count));
    return counts;
}

TASK(text_word_count)
{
    size_t length, at = 0, look = LOOK_EVERY;
    const char *text = tg_as_text(args[0], &length), *why = NULL;
    struct counter c = {0};
    struct text_buffer word = {0};
    while (!why && next_word(text, length, &at, &word)) {
        if (word.failed || !count_word(&c, word.data, word.length)) why = "out of memory: too many words";
        if (at < look) continue;
        look = at + LOOK_EVERY;
        if (tg_cancelled(ctx)) why = "interrupted";
    }
    if (!why) *out = give_counts(&c);
    text_buffer_done(&word);
    counter_done(&c);
    return why ? tg_fail(ctx, "%s", why) : TG_OK;
}

/* ---- counts -------------------------------------------------------------------------------------- */

/* Adds the counts of `from` to *to. */
static int add_counts(tg_ctx *ctx, tg_value from, tg_value *to)
{
    const char *word;
    size_t length;
    tg_value more, before;
    for (size_t i = 0; tg_record_at(from, i, &word, &length, &more); i++) {
        int64_t sum = tg_as_int(more);
        if (tg_kind(more) != TG_INT)
            return tg_fail(ctx, "the count of '%.*s' must be an int, not %s", (int)length, word, tg_kind_of(more));
        if (tg_record_get(*to, word, length, &before) && __builtin_add_overflow(before.i, more.i, &sum))
            return tg_fail(ctx, "integer overflow in the count of '%.*s'", (int)length, word);
        tg_record_set(to, word, length, tg_int(sum));
    }
    return TG_OK;
}

TASK(text_merge_counts)
{
    *out = tg_record_new(0);
    if (add_counts(ctx, args[0], out) == TG_OK && add_counts(ctx, args[1], out) == TG_OK) return TG_OK;
    tg_unref(*out);
    return TG_FAIL;
}

struct entry {
    const char *word;
    size_t length;
    int64_t count;
};

/* The higher count first, then the word that comes first. */
static int by_count(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    int order = memcmp(x->word, y->word, x->length < y->length ? x->length : y->length);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* All fields as an array, heap; NULL after tg_fail. */
static struct entry *list_entries(tg_ctx *ctx, tg_value counts, size_t *n)
{
    struct entry e, *entries;
    tg_value count;
    for (*n = 0; tg_record_at(counts, *n, &e.word, &e.length, &count); ++*n)
        if (tg_kind(count) != TG_INT) {
            tg_fail(ctx, "the count of '%.*s' must be an int, not %s", (int)e.length, e.word, tg_kind_of(count));
            return NULL;
        }
    entries = malloc(*n * sizeof *entries + 1);
    if (!entries) tg_fail(ctx, "out of memory: %zu counts", *n);
    for (size_t i = 0; entries && tg_record_at(counts, i, &e.word, &e.length, &count); i++) {
        e.count = tg_as_int(count);
        entries[i] = e;
    }
    return entries;
}

TASK(text_top)
{
    size_t n;
    if (args[1].i < 0) return tg_fail(ctx, "cannot give the top %lld", (long long)args[1].i);
    struct entry *entries = list_entries(ctx, args[0], &n);
    if (!entries) return TG_FAIL;
    qsort(entries, n, sizeof *entries, by_count);
    if ((uint64_t)args[1].i < n) n = (size_t)args[1].i;
    *out = tg_list_new(n);
    for (size_t i = 0; i < n; i++) {
        tg_value pair = tg_list_new(2);
        tg_list_push(&pair, tg_str_new(entries[i].word, entries[i].length));
        tg_list_push(&pair, tg_int(entries[i].count));
        tg_list_push(out, pair);
    }
    free(entries);
    return TG_OK;
}
