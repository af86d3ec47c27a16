/* SPDX-License-Identifier: MIT
 * A plugin for the tests with types whose values travel between processes in each way, and in none. */
#include <tgrun.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static const struct tg_object_type block_type = {
    .size = sizeof block_type, .encoding_version = 1, .name = "block", .flags = TG_TYPE_FLAT};

/* The file that is mapped at this address: its inode; 0: there is none. */
static unsigned long inode_at(const void *payload)
{
    unsigned long from, to, inode = 0, at = (unsigned long)payload;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %*s %*s %*s %lu", &from, &to, &inode) == 3 && from <= at && at < to) break;
    if (maps) fclose(maps);
    return inode;
}

/* Notes in a file where it lies. */
TASK(block)
{
    size_t bytes = (size_t)tg_as_int(args[0]);
    *out = tg_object_new(&block_type, bytes);
    memset(tg_as_object(*out), 'x', bytes);
    FILE *f = fopen(tg_as_text(args[1], NULL), "w");
    if (!f || fprintf(f, "%lu", inode_at(tg_as_object(*out))) < 0 || fclose(f)) return tg_fail(ctx, "cannot note it");
    return TG_OK;
}

TASK(block_inode)
{
    const char *payload = tg_as_object(args[0]);
    size_t bytes = (size_t)tg_as_int(args[1]);
    if (payload[0] != 'x' || payload[bytes - 1] != 'x') return tg_fail(ctx, "it is another one");
    char text[32];
    snprintf(text, sizeof text, "%lu", inode_at(payload));
    *out = tg_str_new(text, strlen(text));
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

struct pinned {
    void *self; /* where it was made: it must not be anywhere else */
    int64_t number;
};
static _Atomic int alive; /* in this process */

static void destroy_pinned(void *payload)
{
    (void)payload;
    alive--;
}

static int describe_pinned(const void *payload, char *text, size_t text_size)
{
    return snprintf(text, text_size, "pinned(%lld)", (long long)((const struct pinned *)payload)->number);
}
static const struct tg_object_type pinned_type = {.size = sizeof pinned_type,
                                                  .encoding_version = 1,
                                                  .name = "pinned",
                                                  .destroy = destroy_pinned,
                                                  .describe = describe_pinned};

static tg_value new_pinned(int64_t number)
{
    tg_value v = tg_object_new(&pinned_type, sizeof(struct pinned));
    *(struct pinned *)tg_as_object(v) = (struct pinned){tg_as_object(v), number};
    alive++;
    return v;
}

static int64_t number_of(tg_value v)
{
    const struct pinned *p = tg_as_object(v);
    if (p->self != p) abort();
    return p->number;
}

TASK(pinned)
{
    *out = new_pinned(tg_as_int(args[0]));
    return TG_OK;
}

/* Comes as it is told to end. */
TASK(late_pin)
{
    while (!tg_cancelled(ctx)) tg_sleep_ns(ctx, 1000000000);
    *out = new_pinned(tg_as_int(args[0]));
    return TG_OK;
}

/* Notes in a file that it was run. */
TASK(noted_pin)
{
    FILE *f = fopen(tg_as_text(args[1], NULL), "a");
    if (!f || fprintf(f, "%lld\n", (long long)tg_as_int(args[0])) < 0 || fclose(f)) return tg_fail(ctx, "cannot note it");
    *out = new_pinned(tg_as_int(args[0]));
    return TG_OK;
}

TASK(sum_pins)
{
    *out = new_pinned(number_of(args[0]) + number_of(args[1]));
    return TG_OK;
}

TASK(same_pin)
{
    *out = tg_ref(args[1]);
    return TG_OK;
}

/* The pinned object that stands deepest, as the first of all. */
TASK(inner_pin)
{
    tg_value v = args[0];
    size_t items;
    while (tg_kind(v) == TG_LIST) v = tg_list_items(v, &items)[0];
    if (tg_kind(v) == TG_RECORD) tg_record_get(v, "pin", 3, &v);
    *out = tg_ref(v);
    return TG_OK;
}

TASK(pin_number)
{
    *out = tg_int(number_of(args[0]) + tg_as_int(args[1]));
    return TG_OK;
}

TASK(pid_and_number)
{
    char text[64];
    snprintf(text, sizeof text, "%d %lld", (int)getpid(), (long long)number_of(args[0]));
    *out = tg_str_new(text, strlen(text));
    return TG_OK;
}

TASK(die)
{
    raise(SIGBUS);
    return TG_OK;
}

TASK(pins_alive)
{
    *out = tg_int(alive);
    return TG_OK;
}

TASK(many_pins)
{
    *out = tg_list_new(1);
    tg_list_push(out, new_pinned(1));
    return TG_OK;
}

/* Works once: a file that it finds is what it did before. */
TASK(pin_once)
{
    const char *path = tg_as_text(args[0], NULL);
    if (access(path, F_OK) == 0 && tg_as_bool(args[1])) abort();
    if (access(path, F_OK) == 0) return tg_fail(ctx, "it is used up");
    FILE *f = fopen(path, "w");
    if (!f || fclose(f)) return tg_fail(ctx, "cannot note it");
    *out = new_pinned(1);
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

static const struct tg_object_type *const types[] = {&pixel_type,  &block_type, &word_type,
                                                     &pinned_type, &heavy_type, &riddle_type};
static const struct tg_task tasks[] = {
    {"pixel(x: int, y: int) -> pixel", pixel, "Is flat."},
    {"block(bytes: int, path: str) -> block", block, "Is flat, and may be large."},
    {"block_inode(b: block, bytes: int) -> str", block_inode, "Where it lies."},
    {"word(text: str) -> word", word, "Has encode and decode."},
    {"known_word(text: str) -> word now", word, "The same, at once."},
    {"text_of(w: word) -> str", text_of, "The text of a word."},
    {"pinned(number: int = 0) -> pinned", pinned, "Does not travel."},
    {"known_pin(number: int = 0) -> pinned now", pinned, "The same, at once."},
    {"pin_effect(number: int = 0) -> pinned effect", pinned, "The same, as an effect."},
    {"pin_any(number: int) -> any effect", pinned, "The same, which does not say so."},
    {"late_pin(number: int) -> pinned", late_pin, "The same, when it is told to end."},
    {"noted_pin(number: int, path: str) -> pinned", noted_pin, "The same, noted in a file."},
    {"sum_pins(a: pinned, b: pinned) -> pinned", sum_pins, "One made of two."},
    {"same_pin(number: int, p: pinned) -> pinned", same_pin, "The pinned object that it gets."},
    {"inner_pin(x: any) -> pinned", inner_pin, "The pinned object in it."},
    {"pin_number(p: pinned, more: int = 0) -> int", pin_number, "Its number, and more."},
    {"die(x: any) -> int", die, "Ends its process."},
    {"pins_alive(after: any) -> int effect", pins_alive, "How many there are in its process."},
    {"where_pin(p: pinned) -> str", pid_and_number, "The process that looks at it, and its number."},
    {"many_pins() -> any", many_pins, "One in a list."},
    {"pin_list() -> list[pinned]", many_pins, "The same, which says so."},
    {"pin_once(path: str, crash: bool) -> pinned", pin_once, "Cannot be made again: fails, or crashes."},
    {"heavy() -> heavy", heavy, "Its encode fails."},
    {"riddle() -> riddle", riddle, "Its decode fails."},
};
TG_PLUGIN(.name = "travel", .version = "1.0", .doc = "Types that travel.", .tasks = tasks, .task_count = TG_COUNT(tasks),
          .types = types, .type_count = TG_COUNT(types));
