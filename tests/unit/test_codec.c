/* SPDX-License-Identifier: MIT
 * engine/value/codec.h: values as bytes and back; bytes that nobody wrote. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/limits.h"
#include "engine/value/codec.h"
#include "engine/value/future.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "tests/unit/check.h"

static const struct tg_codec plain;
static const struct tg_codec with_futures = {.futures = true};

#define BYTES(text) (text), sizeof(text) - 1

static tg_value list_of(size_t count, const tg_value *take_items)
{
    tg_value list = tg_list_make(count);
    for (size_t i = 0; i < count; i++) tg_list_add(list, take_items[i]);
    return list;
}
#define LIST(...) list_of(sizeof((tg_value[]){__VA_ARGS__}) / sizeof(tg_value), (tg_value[]){__VA_ARGS__})

/* True if these bytes are one value, and are what comes out when it is written again. */
static bool reads(const struct tg_codec *c, const char *bytes, size_t length, tg_value *out)
{
    struct tg_err err = {0};
    struct tg_buf again = {0};
    size_t used = 0;
    bool good = tg_codec_decode(c, bytes, length, &used, out, &err);
    if (good) {
        CHECK(tg_codec_encode(c, *out, &again, &err));
        CHECK(again.length == used && memcmp(again.data, bytes, used) == 0);
        CHECK_INT(used, length);
    }
    CHECK(!err.message);
    tg_err_done(&err);
    tg_buf_done(&again);
    return good;
}

/* The bytes are these and no others, and read back as the same. Takes v. */
static void check_bytes(const struct tg_codec *c, tg_value v, const char *wanted, size_t length)
{
    struct tg_err err = {0};
    struct tg_buf b = {0};
    tg_value back;
    CHECK(tg_codec_encode(c, v, &b, &err));
    CHECK(b.length == length && memcmp(tg_buf_str(&b), wanted, length) == 0);
    if (reads(c, wanted, length, &back)) {
        CHECK_INT(tg_kind(back), tg_kind(v));
        CHECK_INT(tg_future_count(back), tg_future_count(v));
        CHECK(tg_value_equal(v, back) || tg_kind(v) == TG_FLOAT || tg_future_in(v));
        tg_value_unref(back);
    }
    tg_buf_done(&b);
    tg_value_unref(v);
}

/* These bytes are refused, and the message has this. */
static void check_refused(const struct tg_codec *c, const char *bytes, size_t length, const char *why)
{
    struct tg_err err = {0};
    tg_value v = tg_int(7);
    size_t used = 77;
    char *copy = malloc(length + 1); /* of just this size: a sanitizer sees what reads on */
    char *at = copy + 1;
    if (length) memcpy(at, bytes, length);
    CHECK(!tg_codec_decode(c, at, length, &used, &v, &err));
    CHECK(used == 77 && v.i == 7 && err.code == TG_EXIT_FAILED);
    if (!err.message || !strstr(err.message, why)) CHECK_STR(err.message, why);
    free(copy);
    tg_err_done(&err);
}
#define REFUSED(bytes, why) check_refused(&plain, BYTES(bytes), why)

/* The value cannot be written, the message says so, and the buffer is as before. Takes v. */
static void check_stays(const struct tg_codec *c, tg_value v, const char *why)
{
    struct tg_err err = {0};
    struct tg_buf b = {0};
    tg_buf_text(&b, "before");
    CHECK(!tg_codec_encode(c, v, &b, &err));
    CHECK_STR(tg_buf_str(&b), "before");
    CHECK_STR(err.message, why);
    tg_buf_done(&b);
    tg_err_done(&err);
    tg_value_unref(v);
}

/* ---- what a value is written as ------------------------------------------------------------------ */

TEST(small_values_are_one_byte)
{
    check_bytes(&plain, tg_int(0), BYTES("\0"));
    check_bytes(&plain, tg_int(127), BYTES("\x7f"));
    check_bytes(&plain, tg_nil(), BYTES("\x84"));
    check_bytes(&plain, tg_bool(false), BYTES("\x85"));
    check_bytes(&plain, tg_bool(true), BYTES("\x86"));
}

TEST(ints_have_as_few_bytes_as_they_need)
{
    check_bytes(&plain, tg_int(-1), BYTES("\x80\xff"));
    check_bytes(&plain, tg_int(-128), BYTES("\x80\x80"));
    check_bytes(&plain, tg_int(128), BYTES("\x81\x80\x00"));
    check_bytes(&plain, tg_int(-129), BYTES("\x81\x7f\xff"));
    check_bytes(&plain, tg_int(-32768), BYTES("\x81\x00\x80"));
    check_bytes(&plain, tg_int(32768), BYTES("\x82\x00\x80\x00\x00"));
    check_bytes(&plain, tg_int(INT32_MIN), BYTES("\x82\x00\x00\x00\x80"));
    check_bytes(&plain, tg_int(INT64_C(1) << 31), BYTES("\x83\x00\x00\x00\x80\x00\x00\x00\x00"));
    check_bytes(&plain, tg_int(INT64_MIN), BYTES("\x83\x00\x00\x00\x00\x00\x00\x00\x80"));
    check_bytes(&plain, tg_int(INT64_MAX), BYTES("\x83\xff\xff\xff\xff\xff\xff\xff\x7f"));
}

TEST(floats_keep_their_bits_but_a_nan_has_only_one)
{
    check_bytes(&plain, tg_float(1.5), BYTES("\x87\0\0\0\0\0\0\xf8\x3f"));
    check_bytes(&plain, tg_float(-0.0), BYTES("\x87\0\0\0\0\0\0\0\x80"));
    check_bytes(&plain, tg_float(INFINITY), BYTES("\x87\0\0\0\0\0\0\xf0\x7f"));
    check_bytes(&plain, tg_float((double)NAN), BYTES("\x87\0\0\0\0\0\0\xf8\x7f"));
    check_bytes(&plain, tg_float(-(double)NAN), BYTES("\x87\0\0\0\0\0\0\xf8\x7f"));
    check_bytes(&plain, tg_make_(TG_FLOAT, UINT64_C(0xfff0000000000001)), BYTES("\x87\0\0\0\0\0\0\xf8\x7f"));
}

TEST(texts_are_a_length_and_bytes)
{
    check_bytes(&plain, tg_str(""), BYTES("\x88\0"));
    check_bytes(&plain, tg_str("h\xc3\xa9"), BYTES("\x88\x03h\xc3\xa9"));
    check_bytes(&plain, tg_str_make(TG_BYTES, "\xff\0", 2), BYTES("\x89\x02\xff\0"));
    check_bytes(&plain, tg_str_make(TG_FILE, "a/\xff", 3),
                BYTES("\x8a\x03"
                      "a/\xff"));
}

TEST(lists_of_numbers_are_packed)
{
    check_bytes(&plain, tg_list_make(0), BYTES("\x8b\0"));
    check_bytes(&plain, LIST(tg_int(5)), BYTES("\x90\x01\x05"));
    check_bytes(&plain, LIST(tg_int(-1), tg_int(127)), BYTES("\x90\x02\xff\x7f"));
    check_bytes(&plain, LIST(tg_int(1), tg_int(-300)), BYTES("\x91\x02\x01\x00\xd4\xfe"));
    check_bytes(&plain, LIST(tg_int(70000)), BYTES("\x92\x01\x70\x11\x01\x00"));
    check_bytes(&plain, LIST(tg_int(INT64_MIN)), BYTES("\x93\x01\0\0\0\0\0\0\0\x80"));
    check_bytes(&plain, LIST(tg_float(1.0)), BYTES("\x94\x01\0\0\0\0\0\0\xf0\x3f"));
    check_bytes(&plain, LIST(tg_int(1), tg_float(1.0)), BYTES("\x8b\x02\x01\x87\0\0\0\0\0\0\xf0\x3f"));
    check_bytes(&plain, LIST(tg_nil(), LIST(tg_int(1))), BYTES("\x8b\x02\x84\x90\x01\x01"));
}

TEST(records_keep_the_order_of_their_fields)
{
    tg_value record = tg_record_make(0);
    check_bytes(&plain, tg_record_make(0), BYTES("\x8c\0"));
    tg_record_put(record, tg_str("b"), tg_int(1));
    tg_record_put(record, tg_str(""), tg_str("x"));
    tg_record_put(record, tg_str("a"), tg_nil());
    check_bytes(&plain, record,
                BYTES("\x8c\x03\x01"
                      "b\x01\x00\x88\x01x\x01"
                      "a\x84"));
}

TEST(a_value_is_read_from_the_bytes_at_its_head)
{
    struct tg_err err = {0};
    tg_value v;
    size_t used;
    CHECK(tg_codec_decode(&plain, BYTES("\x05\x84"), &used, &v, &err));
    CHECK(used == 1 && v.i == 5);
    CHECK(tg_codec_decode(&plain, BYTES("\x88\x01z\x84"), &used, &v, &err));
    CHECK(used == 3);
    tg_value_unref(v);
}

TEST(futures_travel_where_they_may)
{
    tg_value record = tg_record_make(1), back;
    check_bytes(&with_futures, tg_future(3), BYTES("\x8e\x03"));
    check_bytes(&with_futures, LIST(tg_future(UINT32_MAX)), BYTES("\x8b\x01\x8e\xff\xff\xff\xff\x0f"));
    tg_record_put(record, tg_str("f"), LIST(tg_future(1), tg_int(2)));
    check_bytes(&with_futures, record,
                BYTES("\x8c\x01\x01"
                      "f\x8b\x02\x8e\x01\x02"));
    CHECK(reads(&with_futures, BYTES("\x8b\x01\x8b\x01\x8e\x01"), &back));
    CHECK(tg_value_marks(back) == TG_HAS_FUTURE && tg_future_count(back) == 1);
    tg_value_unref(back);
    check_stays(&plain, LIST(tg_future(1)), "a future cannot leave its process");
    REFUSED("\x8e\x01", "a future");
    check_refused(&with_futures, BYTES("\x8e\x80\x80\x80\x80\x10"), "a number that is too large");
}

/* ---- what cannot be written ---------------------------------------------------------------------- */

static void free_nothing(struct tg_function *f)
{
    (void)f;
}

TEST(functions_stay)
{
    struct tg_function f = {.obj = {.refs = 1, .kind = TG_FUNCTION}, .destroy = free_nothing};
    check_stays(&plain, LIST(tg_int(1), tg_make_(TG_FUNCTION, (uintptr_t)&f)), "a function cannot leave its process");
}

TEST(texts_that_are_not_utf8_stay)
{
    tg_value record = tg_record_make(1);
    tg_record_put(record, tg_str("k\xc3"), tg_int(1));
    check_stays(&plain, LIST(tg_str("\xff")), "a str that is not UTF-8 cannot leave its process");
    check_stays(&plain, record, "a record with a key that is not UTF-8 cannot leave its process");
}

static tg_value nested(size_t depth, bool records)
{
    tg_value v = tg_nil();
    for (size_t i = 0; i < depth; i++) {
        tg_value outer = records ? tg_record_make(1) : LIST(v);
        if (records) tg_record_put(outer, tg_str("k"), v);
        v = outer;
    }
    return v;
}

TEST(nesting_has_a_limit)
{
    for (int records = 0; records < 2; records++) {
        struct tg_err err = {0};
        struct tg_buf b = {0};
        tg_value v = nested(TG_MAX_NESTING, records), back;
        CHECK(tg_codec_encode(&plain, v, &b, &err));
        CHECK(reads(&plain, b.data, b.length, &back) && tg_value_equal(v, back));
        tg_value_unref(back);
        check_stays(&plain, LIST(v), "a value that nests deeper than 1000 cannot leave its process");
        char *deeper = malloc(b.length + 2);
        memcpy(deeper, "\x8b\x01", 2);
        memcpy(deeper + 2, b.data, b.length);
        check_refused(&plain, deeper, b.length + 2, "nested too deeply");
        free(deeper);
        tg_buf_done(&b);
    }
    check_stays(&plain, nested(1000000, false), "a value that nests deeper than 1000 cannot leave its process");
}

/* ---- bytes that nobody wrote --------------------------------------------------------------------- */

TEST(bytes_that_end_are_refused)
{
    REFUSED("", "at 0: they end too early");
    REFUSED("\x81\x80", "at 1: they end too early");
    REFUSED("\x87\0\0\0\0\0\0\0", "they end too early");
    REFUSED("\x88\x02"
            "a",
            "they end too early");
    REFUSED("\x88\x80", "they end too early");
    REFUSED("\x8b\x01", "they end too early");
    REFUSED("\x8c\x01\x01"
            "a",
            "they end too early");
    REFUSED("\x91\x02\x00\x01\x00", "they end too early");
    REFUSED("\x94\x02\0\0\0\0\0\0\0\0", "they end too early");
}

TEST(what_could_be_shorter_is_refused)
{
    REFUSED("\x80\x05", "an int that could be shorter");
    REFUSED("\x81\xff\xff", "an int that could be shorter");
    REFUSED("\x83\xff\xff\xff\x7f\0\0\0\0", "an int that could be shorter");
    REFUSED("\x88\x81\x00"
            "a",
            "a number that could be shorter");
    REFUSED("\x91\x02\x01\x00\xff\xff", "ints that could be shorter");
    REFUSED("\x8b\x02\x01\x02", "numbers that are not in the form of numbers");
    REFUSED("\x8b\x01\x87\0\0\0\0\0\0\0\0", "numbers that are not in the form of numbers");
    REFUSED("\x90\x00", "an empty list in the form of numbers");
    REFUSED("\x94\x00", "an empty list in the form of numbers");
    REFUSED("\x87\x01\0\0\0\0\0\xf8\x7f", "a nan with other bits");
    REFUSED("\x94\x01\0\0\0\0\0\0\xf8\xff", "a nan with other bits");
}

TEST(numbers_beyond_64_bits_are_refused)
{
    REFUSED("\x88\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "a number that is too large");
    REFUSED("\x88\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "a number that is too large");
    REFUSED("\x88\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "they end too early");
    REFUSED("\x93\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "they end too early");
    REFUSED("\x8c\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "they end too early");
}

TEST(texts_and_keys_that_are_not_what_they_must_be_are_refused)
{
    REFUSED("\x88\x01\xff", "a str that is not UTF-8");
    REFUSED("\x8c\x01\x01\xff\x00", "a str that is not UTF-8");
    REFUSED("\x8c\x02\x01"
            "a\x00\x01"
            "a\x88\x01z",
            "a key that is there twice");
}

TEST(kinds_that_are_not_there_are_refused)
{
    for (int tag = 0x80; tag < 0x100; tag++) {
        bool known = tag < 0x95 || (tag >= 0x98 && tag <= 0x9a);
        char bytes[1] = {(char)tag};
        if (!known) check_refused(&plain, bytes, 1, "no kind of value has this number");
    }
    REFUSED("\x8d\x01"
            "a\x00\x89\x00",
            "an object");
    REFUSED("\x8f\x00", "a nil that says more");
    REFUSED("\x98\x01\x00", "a text that is elsewhere");
}

/* Each list says that all that is left are its items: of a thousand that nest, memory would be a thousand times what it should. */
TEST(items_that_cannot_be_there_take_no_memory)
{
    enum { SIZE = 16 << 20 };
    char *bytes = malloc(SIZE);
    struct tg_buf heads = {0};
    for (size_t i = 0; i < TG_MAX_NESTING; i++) tg_buf_add(&heads, "\x8b\xff\xff\xff\x06", 5);
    memset(bytes, 0x84, SIZE);
    memcpy(bytes, heads.data, heads.length);
    check_refused(&plain, bytes, SIZE, "at 10: they end too early");
    tg_buf_done(&heads);
    free(bytes);
}

/* ---- random values ------------------------------------------------------------------------------- */

static uint64_t random_state;

static uint64_t next_random(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

static tg_value random_text(enum tg_kind kind)
{
    static const char *const pieces[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8c\x8d", "zz"};
    tg_value text = tg_str_make(kind, "", 0);
    for (size_t i = next_random(6); i > 0; i--) {
        const char *piece = pieces[next_random(5)];
        text = tg_str_append(text, piece, strlen(piece));
    }
    if (kind != TG_STR) text = tg_str_append(text, "\xff", 1);
    return text;
}

static tg_value random_int(void)
{
    int64_t i = (int64_t)next_random(UINT64_C(1) << next_random(64));
    return tg_int(next_random(2) ? i : -i - 1);
}

static tg_value random_value(int depth);

static tg_value random_items(int depth)
{
    size_t count = next_random(5), kind = next_random(4);
    tg_value list = tg_list_make(count);
    for (size_t i = 0; i < count; i++)
        tg_list_add(list, kind == 0   ? random_int()
                          : kind == 1 ? tg_float((double)next_random(99) / 7)
                                      : random_value(depth - 1));
    return list;
}

static tg_value random_fields(int depth)
{
    tg_value record = tg_record_make(0);
    for (size_t i = next_random(depth > 3 ? 40 : 6); i > 0; i--)
        tg_record_put(record, random_text(TG_STR), random_value(depth - 1));
    return record;
}

static tg_value random_value(int depth)
{
    switch (next_random(depth > 0 ? 10 : 7)) {
    case 0: return tg_nil();
    case 1: return tg_bool(next_random(2));
    case 2: return random_int();
    case 3: return tg_float((double)next_random(1000) - 500.25);
    case 4: return random_text(TG_STR);
    case 5: return random_text(TG_BYTES);
    case 6: return random_text(TG_FILE);
    case 7: return random_fields(depth);
    default: return random_items(depth);
    }
}

/* The same kinds everywhere, too, which a comparison does not ask for. */
static bool is_same(tg_value a, tg_value b)
{
    struct tg_buf text = {0}, other = {0};
    tg_value_repr(&text, a, 0);
    tg_value_repr(&other, b, 0);
    bool same = tg_value_equal(a, b) && strcmp(tg_buf_str(&text), tg_buf_str(&other)) == 0;
    tg_buf_done(&text);
    tg_buf_done(&other);
    return same;
}

/* Cut off anywhere, it is refused. */
static void check_cuts(const struct tg_buf *b)
{
    for (size_t length = 0; length < b->length; length++) check_refused(&plain, b->data, length, "they end too early");
}

TEST(random_values_are_the_same_again)
{
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        struct tg_err err = {0};
        struct tg_buf b = {0};
        random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        tg_value v = random_value(4), back;
        CHECK(tg_codec_encode(&plain, v, &b, &err));
        if (reads(&plain, b.data, b.length, &back)) {
            if (!is_same(v, back)) printf("# seed %llu\n", (unsigned long long)seed), check_failed = true;
            tg_value_unref(back);
        }
        if (b.length < 400) check_cuts(&b);
        tg_value_unref(v);
        tg_buf_done(&b);
    }
}

/* ---- hooks --------------------------------------------------------------------------------------- */

static const struct tg_object_type counter_type = {.size = sizeof counter_type, .encoding_version = 300, .name = "counter"};

static bool encode_counter(void *data, tg_value object, const char **type, uint32_t *version, tg_value *content,
                           struct tg_err *err)
{
    ++*(int *)data;
    const char *count = tg_object_of(object)->payload;
    if (*count == 'x') return tg_err_set(err, TG_EXIT_FAILED, "this one cannot");
    *type = "shop.counter";
    *version = counter_type.encoding_version;
    *content = tg_str_make(TG_BYTES, count, 1);
    return true;
}

static bool decode_counter(void *data, const char *type, size_t type_length, uint32_t version, tg_value take_content,
                           tg_value *object, struct tg_err *err)
{
    ++*(int *)data;
    bool known = type_length == 12 && memcmp(type, "shop.counter", 12) == 0 && version == counter_type.encoding_version;
    if (known) {
        *object = tg_object_make(&counter_type, 1);
        *tg_object_of(*object)->payload = tg_str_of(take_content)->data[0];
    }
    tg_value_unref(take_content);
    return known || tg_err_set(err, TG_EXIT_FAILED, "no such type");
}

static tg_value counter(char count)
{
    tg_value object = tg_object_make(&counter_type, 1);
    *tg_object_of(object)->payload = count;
    return object;
}

TEST(objects_travel_as_their_plugin_says)
{
    int calls = 0;
    struct tg_codec_objects objects = {.data = &calls, .encode = encode_counter, .decode = decode_counter};
    struct tg_codec c = {.objects = &objects};
    struct tg_err err = {0};
    struct tg_buf b = {0};
    tg_value v = LIST(tg_int(1), counter('7')), back;
    CHECK(tg_codec_encode(&c, v, &b, &err));
    CHECK(b.length == 22 && memcmp(b.data,
                                   "\x8b\x02\x01\x8d\x0cshop.counter\xac\x02\x89\x01"
                                   "7",
                                   22) == 0);
    CHECK(reads(&c, b.data, b.length, &back));
    CHECK_INT(*tg_object_of(tg_list_of(back)->items[1])->payload, '7');
    CHECK_INT(calls, 3);
    tg_value_unref(back);
    tg_value_unref(v);
    for (size_t length = 0; length < b.length; length++) check_refused(&c, b.data, length, "they end too early");
    tg_buf_done(&b);
    check_stays(&c, LIST(counter('1'), counter('x')), "this one cannot");
    check_stays(&plain, counter('1'), "an object of the type 'counter' cannot leave its process");
    check_refused(&c, BYTES("\x8d\x01z\x00\x89\x00"), "no such type");
    check_refused(&c, BYTES("\x8d\x00\x00\x89\x00"), "an object without a type");
    check_refused(&c, BYTES("\x8d\x01\xff\x00\x89\x00"), "an object without a type");
    check_refused(&c, BYTES("\x8d\x01z\x00\x88\x00"), "an object whose content is not bytes");
    check_refused(&c, BYTES("\x8d\x01z\x80\x80\x80\x80\x10\x89\x00"), "a number that is too large");
}

/* Texts by number. */
struct shelf {
    tg_value texts[4];
    uint32_t count, room;
};

static bool put_on_shelf(void *data, tg_value text, uint32_t *number)
{
    struct shelf *s = data;
    if (s->count == s->room) return false;
    *number = s->count;
    s->texts[s->count++] = tg_value_ref(text);
    return true;
}

static bool get_from_shelf(void *data, uint32_t number, enum tg_kind kind, size_t length, tg_value *text, bool *again,
                           struct tg_err *err)
{
    (void)again;
    struct shelf *s = data;
    if (number >= s->count || tg_str_of(s->texts[number])->length != length)
        return tg_err_set(err, TG_EXIT_FAILED, "no such text on the shelf");
    *text = tg_str_make(kind, tg_str_of(s->texts[number])->data, length);
    return true;
}

TEST(big_texts_go_elsewhere_while_there_is_room)
{
    struct shelf shelf = {.room = 2};
    struct tg_codec_buffers buffers = {.data = &shelf, .from_bytes = 4, .put = put_on_shelf, .get = get_from_shelf};
    struct tg_codec c = {.buffers = &buffers};
    struct tg_err err = {0};
    struct tg_buf b = {0};
    tg_value v = LIST(tg_str("abc"), tg_str("abcd"), tg_str_make(TG_BYTES, "\xff\xff\xff\xff\xff", 5), tg_str("full")), back;
    size_t used;
    CHECK(tg_codec_encode(&c, v, &b, &err));
    CHECK(b.length == 19 && memcmp(b.data,
                                   "\x8b\x04\x88\x03"
                                   "abc\x98\x04\x00\x99\x05\x01\x88\x04"
                                   "full",
                                   19) == 0);
    CHECK(tg_codec_decode(&c, b.data, b.length, &used, &back, &err));
    CHECK(is_same(v, back));
    tg_value_unref(back);
    tg_value_unref(v);
    check_refused(&c, BYTES("\x98\x04\x02"), "no such text on the shelf");
    check_refused(&c, BYTES("\x98\x05\x00"), "no such text on the shelf");
    check_refused(&c, BYTES("\x98\x05\x01"), "a str that is not UTF-8");
    check_refused(&c, BYTES("\x98\x04"), "they end too early");
    check_refused(&c, BYTES("\x98\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"), "a number that is too large");
    tg_value_unref_all(shelf.texts, shelf.count);
    tg_buf_done(&b);
}

static uint32_t encode_bits(void *data, tg_value nil)
{
    (void)data;
    return (uint32_t)nil.bits - 1;
}

static bool decode_bits(void *data, uint32_t number, tg_value *nil, struct tg_err *err)
{
    (void)data;
    *nil = tg_make_(TG_NIL, (uint64_t)number + 1);
    return number < 1000 || tg_err_set(err, TG_EXIT_FAILED, "no such failure");
}

TEST(a_nil_that_says_more_travels_as_a_number)
{
    struct tg_codec_nils nils = {.encode = encode_bits, .decode = decode_bits};
    struct tg_codec c = {.nils = &nils};
    tg_value back;
    check_bytes(&c, LIST(tg_nil(), tg_make_(TG_NIL, 201)), BYTES("\x8b\x02\x84\x8f\xc8\x01"));
    CHECK(reads(&c, BYTES("\x8f\x07"), &back) && back.bits == 8);
    check_refused(&c, BYTES("\x8f\xe8\x07"), "no such failure");
    struct tg_err err = {0};
    struct tg_buf b = {0};
    CHECK(tg_codec_encode(&plain, tg_make_(TG_NIL, 201), &b, &err));
    CHECK_STR(tg_buf_str(&b), "\x84");
    tg_buf_done(&b);
}

/* ---- what is kept -------------------------------------------------------------------------------- */

static void check_unread(const char *bytes, size_t length, const char *why)
{
    struct tg_err err = {0};
    tg_value v = tg_int(7);
    CHECK(!tg_codec_read(&plain, bytes, length, &v, &err));
    CHECK_INT(v.i, 7);
    CHECK_STR(err.message, why);
    tg_err_done(&err);
}

TEST(what_is_kept_says_its_version)
{
    struct tg_err err = {0};
    struct tg_buf b = {0};
    tg_value v = LIST(tg_str("x"), tg_int(300)), back;
    CHECK(tg_codec_write(&plain, v, &b, &err));
    CHECK(b.length == 12 && memcmp(b.data, "tgv\x01\x8b\x02\x88\x01x\x81\x2c\x01", 12) == 0);
    CHECK(tg_codec_read(&plain, b.data, b.length, &back, &err));
    CHECK(is_same(v, back));
    tg_value_unref(back);
    tg_value_unref(v);
    CHECK(!tg_codec_write(&plain, tg_future(1), &b, &err));
    CHECK_INT(b.length, 12);
    tg_err_done(&err);
    tg_buf_done(&b);
    check_unread(BYTES(""), "not a value that tgrun has written");
    check_unread(BYTES("tgv"), "not a value that tgrun has written");
    check_unread(BYTES("tgw\x01\x05"), "not a value that tgrun has written");
    check_unread(BYTES("tgv\x02\x05"), "a value in version 2 of the format, of which only 1 is known");
    check_unread(BYTES("tgv\x01"), "bytes of a value, at 0: they end too early");
    check_unread(BYTES("tgv\x01\x88\x01zz"), "bytes of a value, at 3: there are more");
}
