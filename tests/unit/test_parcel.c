/* SPDX-License-Identifier: MIT
 * Parcels and reports as bytes: what was written is read, what is cut off or longer is refused, and anything may be read. */
#include "engine/base/vec.h"
#include "engine/remote/parcel.h"
#include "engine/value/codec.h"
#include "tests/unit/call.h"

static const char large[] = "a large text";

static struct iovec buffers[] = {{(void *)large, sizeof large}, {NULL, 0}};
static const uint64_t released[] = {UINT64_C(1) << 40, 7, 9};

static struct tg_parcel sample_parcel(void)
{
    return (struct tg_parcel){.process = 3,
                              .entries = 2,
                              .room = TG_PARCEL_FRESH,
                              .memory_bytes = UINT64_C(5) << 32,
                              .greeting = (const uint8_t *)"hello",
                              .greeting_bytes = 5,
                              .batch = (const uint8_t *)"batch!",
                              .batch_bytes = 6,
                              .buffer_count = TG_COUNT(buffers),
                              .released_count = TG_COUNT(released),
                              .buffers = buffers,
                              .released = released};
}

static const struct tg_parcel_result results[] = {
    {{.bytes = 3, .ns = 5, .status = TG_PAGE_GAVE, .began_ns = 6, .ended_ns = 7}, (const uint8_t *)"one"},
    {{.status = TG_PAGE_UNRUN}, NULL},
};

static struct tg_parcel_report sample_report(void)
{
    struct tg_parcel_report r = {.process = 9,
                                 .fresh = true,
                                 .begun = 3,
                                 .done = 2,
                                 .ended = true,
                                 .died = true,
                                 .status = 11,
                                 .ran = 2,
                                 .grouped = true,
                                 .fresh_bytes = 1,
                                 .resident_bytes = 2,
                                 .data_bytes = 3,
                                 .lacked = 4,
                                 .making = 5,
                                 .short_of = true,
                                 .spawn_ns = 6,
                                 .clock_ns = -7,
                                 .result_count = TG_COUNT(results),
                                 .results = results,
                                 .buffer_count = TG_COUNT(buffers),
                                 .buffers = buffers};
    r.fault.signal = 11;
    r.fault.address = 0x10;
    return r;
}

static bool is_parcel(const void *bytes, size_t length)
{
    struct tg_parcel p;
    struct tg_arena arena = {0};
    bool read = tg_parcel_read(bytes, length, &p, &arena, NULL);
    tg_arena_done(&arena);
    return read;
}

static bool is_report(const void *bytes, size_t length)
{
    struct tg_parcel_report r;
    struct tg_arena arena = {0};
    bool read = tg_parcel_read_report(bytes, length, &r, &arena, NULL);
    tg_arena_done(&arena);
    return read;
}

/* Reads bytes in memory of their own, so that a sanitizer sees what is read beyond them. */
static bool reads_copy(bool (*is)(const void *bytes, size_t length), const void *bytes, size_t length)
{
    char *copy = tg_alloc(length ? length : 1);
    memcpy(copy, bytes, length);
    bool read = is(copy, length);
    free(copy);
    return read;
}

TEST(a_parcel_is_read_as_it_was_written)
{
    struct tg_parcel in = sample_parcel(), out;
    struct tg_buf b = {0};
    struct tg_arena arena = {0};
    struct tg_err err = {0};
    tg_parcel_write(&b, &in);
    CHECK(tg_parcel_read((const uint8_t *)b.data, b.length, &out, &arena, &err));
    CHECK(out.process == 3 && out.entries == 2 && out.room == TG_PARCEL_FRESH && out.memory_bytes == in.memory_bytes);
    CHECK(out.greeting_bytes == 5 && memcmp(out.greeting, "hello", 5) == 0);
    CHECK(out.batch_bytes == 6 && memcmp(out.batch, "batch!", 6) == 0);
    CHECK(out.released_count == 3 && memcmp(out.released, released, sizeof released) == 0);
    CHECK(out.buffer_count == 2 && out.buffers[0].iov_len == sizeof large && out.buffers[1].iov_len == 0);
    CHECK_STR(out.buffers[0].iov_base, large);
    tg_arena_done(&arena);
    tg_buf_done(&b);
}

TEST(a_report_is_read_as_it_was_written)
{
    struct tg_parcel_report in = sample_report(), out;
    struct tg_buf b = {0}, again = {0};
    struct tg_arena arena = {0};
    struct tg_err err = {0};
    tg_parcel_write_report(&b, &in);
    CHECK(tg_parcel_read_report((const uint8_t *)b.data, b.length, &out, &arena, &err));
    CHECK(out.process == 9 && out.fresh && out.begun == 3 && out.done == 2 && out.ended && out.died && !out.unheard);
    CHECK(out.status == 11 && out.ran == 2 && !out.ran_out && !out.killed_short && out.grouped && out.short_of);
    CHECK(out.fresh_bytes == 1 && out.resident_bytes == 2 && out.data_bytes == 3 && out.lacked == 4 && out.making == 5);
    CHECK(out.spawn_ns == 6 && out.clock_ns == -7 && out.fault.signal == 11 && out.fault.address == 0x10 && !out.why);
    CHECK(out.result_count == 2 && out.results[0].page.ns == 5 && out.results[0].page.status == TG_PAGE_GAVE);
    CHECK(out.results[0].page.bytes == 3 && memcmp(out.results[0].bytes, "one", 3) == 0);
    CHECK(out.results[0].page.began_ns == 6 && out.results[0].page.ended_ns == 7);
    CHECK(out.buffer_count == 2 && strcmp(out.buffers[0].iov_base, large) == 0);
    tg_parcel_write_report(&again, &out);
    CHECK(again.length == b.length && memcmp(again.data, b.data, b.length) == 0);
    tg_arena_done(&arena);
    tg_buf_done(&again);
    tg_buf_done(&b);
}

TEST(a_report_may_say_why_nothing_ran)
{
    struct tg_parcel_report in = {.why = "cannot", .hint = "", .ran = UINT32_MAX, .refused = 24}, out;
    struct tg_buf b = {0};
    struct tg_arena arena = {0};
    tg_parcel_write_report(&b, &in);
    CHECK(tg_parcel_read_report((const uint8_t *)b.data, b.length, &out, &arena, NULL));
    CHECK_STR(out.why, "cannot");
    CHECK_STR(out.hint, "");
    CHECK(!out.detail && out.ran == UINT32_MAX && out.refused == 24 && !out.fault.signal);
    tg_arena_done(&arena);
    tg_buf_done(&b);
}

static void check_lengths(bool (*is)(const void *bytes, size_t length), struct tg_buf *b)
{
    CHECK(reads_copy(is, b->data, b->length));
    for (size_t length = 0; length < b->length; length++) CHECK(!reads_copy(is, b->data, length));
    tg_buf_char(b, 0);
    CHECK(!reads_copy(is, b->data, b->length));
}

TEST(what_is_cut_off_or_longer_is_refused)
{
    struct tg_parcel p = sample_parcel();
    struct tg_parcel_report r = sample_report();
    struct tg_buf b = {0};
    tg_parcel_write(&b, &p);
    check_lengths(is_parcel, &b);
    b.length = 0;
    tg_parcel_write_report(&b, &r);
    check_lengths(is_report, &b);
    tg_buf_done(&b);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *state >> 33;
}

/* Bytes of a whole one with some that are not what they were. */
static void read_harmed(bool (*is)(const void *bytes, size_t length), const struct tg_buf *b, uint64_t seed)
{
    char *copy = tg_alloc_copy(b->data, b->length);
    for (uint64_t n = 1 + next_random(&seed) % 4; n > 0; n--) {
        size_t most = next_random(&seed) % 2 ? b->length : 200; /* lengths stand at the beginning */
        copy[next_random(&seed) % (most < b->length ? most : b->length)] = (char)next_random(&seed);
    }
    reads_copy(is, copy, next_random(&seed) % 8 ? b->length : next_random(&seed) % b->length);
    free(copy);
}

TEST(anything_may_be_read)
{
    struct tg_parcel p = sample_parcel();
    struct tg_parcel_report r = sample_report();
    struct tg_buf parcel = {0}, report = {0};
    char noise[256];
    uint64_t state = 1;
    tg_parcel_write(&parcel, &p);
    tg_parcel_write_report(&report, &r);
    for (uint64_t seed = 0; seed < 20000; seed++) {
        read_harmed(is_parcel, &parcel, seed);
        read_harmed(is_report, &report, seed);
        for (size_t i = 0; i < sizeof noise; i++) noise[i] = (char)next_random(&state);
        CHECK(!is_parcel(noise, seed % sizeof noise) && !is_report(noise, seed % sizeof noise));
    }
    tg_buf_done(&parcel);
    tg_buf_done(&report);
}

TEST(nonsense_that_has_the_right_length_is_refused)
{
    struct tg_parcel p = sample_parcel();
    struct tg_buf b = {0};
    struct tg_err err = {0};
    struct tg_arena arena = {0};
    p.entries = 0;
    tg_parcel_write(&b, &p);
    CHECK(!tg_parcel_read((const uint8_t *)b.data, b.length, &p, &arena, &err));
    CHECK_STR(err.message, "what came is no parcel");
    p = sample_parcel();
    p.entries = TG_PAGE_ENTRIES + 1;
    b.length = 0;
    tg_parcel_write(&b, &p);
    CHECK(!is_parcel(b.data, b.length));
    struct tg_parcel_report r = sample_report();
    r.done = 1; /* and two results */
    b.length = 0;
    tg_parcel_write_report(&b, &r);
    CHECK(!is_report(b.data, b.length));
    tg_err_done(&err);
    tg_arena_done(&arena);
    tg_buf_done(&b);
}

TEST(a_greeting_names_what_was_loaded_by_its_digest)
{
    static const struct tg_codec plain;
    struct tg_buf b = {0}, text = {0};
    tg_value v = tg_nil();
    size_t used;
    const char *digests[] = {"d1", "d2"};
    use("math");
    use("fault");
    tg_parcel_greet(&b, &shared, digests);
    CHECK(tg_codec_decode(&plain, b.data, b.length, &used, &v, NULL) && used == b.length);
    tg_value_repr(&text, v, 0);
    CHECK_STR(tg_buf_str(&text), "[[\"d1\", \"math.so\", \"d2\", \"fault.so\"], []]");
    tg_value_unref(v);
    tg_buf_done(&text);
    tg_buf_done(&b);
}

TEST(the_end)
{
    calls_done();
}
