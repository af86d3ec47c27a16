/* SPDX-License-Identifier: MIT
 * A plugin for the tests with types whose values travel between processes in each way, and in none. */
#include <tgrun.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASK(name)                                                                                     \
    static int name(__attribute__((unused)) tg_ctx *ctx, __attribute__((unused)) const tg_value *args, \
                    __attribute__((unused)) size_t count, __attribute__((unused)) tg_value *out)

/* ---- flat ---------------------------------------------------------------------------------------- */

static int describe_pixel(const void *payload, char *text, size_t text_size)
{
    const int64_t *xy = payload;
    return snprintf(text, text_size, "pixel(%lld, %lld)", (long long)xy[0], (long long)xy[1]);
}
static const struct tg_object_type pixel_type = {
    .size = sizeof pixel_type, .encoding_version = 3, .name = "pixel", .describe = describe_pixel, .flags = TG_TYPE_FLAT};

TASK(pixel)
{
    *out = tg_object_new(&pixel_type, 2 * sizeof(int64_t));
    memcpy(tg_as_object(*out), (int64_t[]){tg_as_int(args[0]), tg_as_int(args[1])}, 2 * sizeof(int64_t));
    return TG_OK;
}

/* ---- encoded ------------------------------------------------------------------------------------- */

struct word {
    char *text; /* owned */
};

static void destroy_word(void *payload)
{
    free(((struct word *)payload)->text);
}

static int describe_word(const void *payload, char *text, size_t text_size)
{
    return snprintf(text, text_size, "word(%s)", ((const struct word *)payload)->text);
}

static int encode_word(tg_ctx *ctx, const void *payload, size_t payload_bytes, tg_value *content)
{
    (void)ctx, (void)payload_bytes;
    const char *text = ((const struct word *)payload)->text;
    *content = tg_bytes_new(text, strlen(text));
    return TG_OK;
}

static int decode_word(tg_ctx *ctx, uint32_t version, const void *content, size_t length, tg_value *object);
static const struct tg_object_type word_type = {.size = sizeof word_type,
                                                .encoding_version = 7,
                                                .name = "word",
                                                .destroy = destroy_word,
                                                .describe = describe_word,
                                                .encode = encode_word,
                                                .decode = decode_word};

static int make_word(tg_ctx *ctx, const char *text, size_t length, tg_value *out)
{
    char *copy = malloc(length + 1);
    if (!copy) return tg_fail(ctx, "no memory for a word");
    memcpy(copy, text, length);
    copy[length] = 0;
    *out = tg_object_new(&word_type, sizeof(struct word));
    ((struct word *)tg_as_object(*out))->text = copy;
    return TG_OK;
}

static int decode_word(tg_ctx *ctx, uint32_t version, const void *content, size_t length, tg_value *object)
{
    if (version != word_type.encoding_version) return tg_fail(ctx, "there are no words of version %u", (unsigned)version);
    if (memchr(content, 0, length)) return tg_fail(ctx, "a word has no NUL byte\nhint: The file is damaged.");
    return make_word(ctx, content, length, object);
}

TASK(word)
{
    size_t length;
    const char *text = tg_as_text(args[0], &length);
    return make_word(ctx, text, length, out);
}

TASK(text_of)
{
    const struct word *w = tg_as_object(args[0]);
    *out = tg_str_new(w->text, strlen(w->text));
    return TG_OK;
}

/* ---- neither ------------------------------------------------------------------------------------- */

static const struct tg_object_type pinned_type = {.size = sizeof pinned_type, .encoding_version = 1, .name = "pinned"};

TASK(pinned)
{
    *out = tg_object_new(&pinned_type, 8);
    return TG_OK;
}

/* ---- what fails ---------------------------------------------------------------------------------- */

static int encode_nothing(tg_ctx *ctx, const void *payload, size_t payload_bytes, tg_value *content)
{
    (void)ctx, (void)payload, (void)payload_bytes;
    *content = tg_bytes_new("", 0);
    return TG_OK;
}

/* Asks for all that a task may ask for, before it fails. */
static int fail_to_encode(tg_ctx *ctx, const void *payload, size_t payload_bytes, tg_value *content)
{
    (void)payload, (void)payload_bytes, (void)content;
    if (tg_cancelled(ctx) || !tg_sleep_ns(ctx, 1) || tg_attempt(ctx) != 1 || tg_cores(ctx) != 1 || tg_memory_bytes(ctx) ||
        tg_resource_units(ctx, "gpu", NULL, 0))
        abort();
    return tg_fail(ctx, "it is too heavy");
}

static int fail_to_decode(tg_ctx *ctx, uint32_t version, const void *content, size_t length, tg_value *object)
{
    (void)version, (void)content, (void)object;
    return tg_fail(ctx, "nobody knows what %zu bytes mean", length);
}

static const struct tg_object_type heavy_type = {
    .size = sizeof heavy_type, .encoding_version = 1, .name = "heavy", .encode = fail_to_encode, .decode = fail_to_decode};
static const struct tg_object_type riddle_type = {
    .size = sizeof riddle_type, .encoding_version = 1, .name = "riddle", .encode = encode_nothing, .decode = fail_to_decode};

TASK(heavy)
{
    *out = tg_object_new(&heavy_type, 8);
    return TG_OK;
}

TASK(riddle)
{
    *out = tg_object_new(&riddle_type, 8);
    return TG_OK;
}

static const struct tg_object_type *const types[] = {&pixel_type, &word_type, &pinned_type, &heavy_type, &riddle_type};
static const struct tg_task tasks[] = {
    {"pixel(x: int, y: int) -> pixel", pixel, "Is flat."},
    {"word(text: str) -> word", word, "Has encode and decode."},
    {"known_word(text: str) -> word now", word, "The same, at once."},
    {"text_of(w: word) -> str", text_of, "The text of a word."},
    {"pinned() -> pinned", pinned, "Does not travel."},
    {"heavy() -> heavy", heavy, "Its encode fails."},
    {"riddle() -> riddle", riddle, "Its decode fails."},
};
TG_PLUGIN(.name = "travel", .version = "1.0", .doc = "Types that travel.", .tasks = tasks, .task_count = TG_COUNT(tasks),
          .types = types, .type_count = TG_COUNT(types));
