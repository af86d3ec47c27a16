/* SPDX-License-Identifier: MIT
 * engine/base: memory, buffers, errors, UTF-8, names, nearest names. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/arena.h"
#include "engine/base/assert.h"
#include "engine/base/bits.h"
#include "engine/base/block.h"
#include "engine/base/buf.h"
#include "engine/base/canonical.h"
#include "engine/base/column.h"
#include "engine/base/err.h"
#include "engine/base/names.h"
#include "engine/base/near.h"
#include "engine/base/path.h"
#include "engine/base/table.h"
#include "engine/base/utf8.h"
#include "engine/base/vec.h"
#include "tests/unit/check.h"

#define MB ((size_t)1 << 20)

/* ---- memory -------------------------------------------------------------------------------------- */

TEST(a_broken_invariant_says_where_and_aborts)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        tg_assert_failed("deque.c", 7, "tg_deque_take", "top <= bottom");
    }
    close(ends[1]);
    char text[200] = "";
    ssize_t length = read(ends[0], text, sizeof text - 1);
    int status = 0;
    waitpid(child, &status, 0);
    close(ends[0]);
    CHECK(length > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK_STR(text, "tgrun: broken invariant at deque.c:7 (tg_deque_take): top <= bottom\n");
}

TEST(alloc_of_nothing_is_a_pointer)
{
    void *a = tg_alloc(0), *b = tg_alloc_zero(0), *c = tg_alloc_resize(NULL, 0);
    CHECK(a && b && c);
    free(a), free(b), free(c);
}

TEST(strings_are_copied_and_formatted)
{
    char *a = tg_alloc_copy("hello", 4), *b = tg_alloc_copy(NULL, 0), *c = tg_alloc_text("x"),
         *d = tg_alloc_format("%d-%s", 7, "y");
    CHECK_STR(a, "hell");
    CHECK_STR(b, "");
    CHECK_STR(c, "x");
    CHECK_STR(d, "7-y");
    free(a), free(b), free(c), free(d);
}

static bool holds(const unsigned char *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (p[i] != (unsigned char)(i * 7 + i / 4096)) return false;
    return true;
}

static void fill(unsigned char *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) p[i] = (unsigned char)(i * 7 + i / 4096);
}

TEST(a_block_keeps_its_bytes_when_resized)
{
    static const size_t sizes[] = {0, 10, MB - 1, MB, MB + 1, 2 * MB, 2 * MB + 1, 7 * MB, 3 * MB, MB, MB - 1, 5 * MB, 20};
    unsigned char *p = tg_block_new(0);
    size_t have = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        p = tg_block_resize(p, have, sizes[i]);
        CHECK(holds(p, have < sizes[i] ? have : sizes[i]));
        if (sizes[i] > have) fill(p, have, sizes[i]);
        have = sizes[i];
        CHECK(holds(p, have));
    }
    tg_block_free(p, have);
    tg_block_free(NULL, 5 * MB);
}

TEST(a_large_block_is_zero)
{
    char *p = tg_block_new(3 * MB);
    size_t sum = 0;
    for (size_t i = 0; i < 3 * MB; i += 512) sum += (unsigned char)p[i];
    CHECK_INT(sum, 0);
    memset(p, 1, 3 * MB);
    p = tg_block_resize(p, 3 * MB, 9 * MB);
    for (size_t i = 4 * MB; i < 9 * MB; i += 512) sum += (unsigned char)p[i];
    CHECK_INT(sum, 0);
    tg_block_free(p, 9 * MB);
}

TEST(array_bytes_multiply)
{
    CHECK_INT(tg_block_bytes(3, 16), 48);
    CHECK_INT(tg_block_bytes(0, 16), 0);
}

TEST(a_vector_grows)
{
    TG_VEC(int) v = {0};
    for (int i = 0; i < 300000; i++) tg_vec_push(&v, i);
    CHECK_INT(v.count, 300000);
    CHECK(v.room >= v.count);
    long long sum = 0;
    for (size_t i = 0; i < v.count; i++) sum += v.items[i];
    CHECK_INT(sum, 44999850000LL);
    tg_vec_reserve(&v, 1000000);
    CHECK(v.room >= 1000000);
    CHECK_INT(v.items[299999], 299999);
    tg_vec_done(&v);
    CHECK(v.items == NULL && v.count == 0 && v.room == 0);
    tg_vec_done(&v);
}

TEST(a_column_never_moves_and_reads_as_zero)
{
    struct tg_column c = {0};
    tg_column_init(&c, 300 * MB);
    char *base = c.base;
    size_t reached = 0, nonzero = 0;
    for (size_t want = 1; want <= 40 * MB; want = want * 3 + 1) {
        CHECK(tg_column_reach(&c, want));
        CHECK(c.ready_bytes >= want);
        for (; reached < want; reached++) nonzero += c.base[reached] != 0, c.base[reached] = 1;
    }
    CHECK_INT(nonzero, 0);
    CHECK(c.base == base);
    CHECK(tg_column_reach(&c, 300 * MB));
    CHECK(!tg_column_reach(&c, c.reserved_bytes + 1));
    CHECK(c.base == base && base[0] == 1);
    tg_column_done(&c);
    tg_column_done(&c);
}

TEST(an_arena_gives_aligned_separate_pieces)
{
    struct tg_arena a = {0};
    unsigned char *pieces[2000];
    CHECK(tg_arena_alloc(&a, 0) != NULL);
    for (size_t i = 0; i < 2000; i++) {
        pieces[i] = tg_arena_alloc(&a, i);
        CHECK(((uintptr_t)pieces[i] & 7) == 0);
        memset(pieces[i], (int)(i & 255), i);
    }
    char *large = tg_arena_alloc(&a, 5 * MB);
    memset(large, 1, 5 * MB);
    size_t bad = 0;
    for (size_t i = 0; i < 2000; i++)
        for (size_t k = 0; k < i; k++) bad += pieces[i][k] != (i & 255);
    CHECK_INT(bad, 0);
    CHECK_STR(tg_arena_copy(&a, "abc", 2), "ab");
    CHECK_STR(tg_arena_format(&a, "%d %s", 3, "x"), "3 x");
    tg_arena_done(&a);
    CHECK(a.next == NULL && a.chunks == NULL);
    tg_arena_done(&a);
}

TEST(bits_are_a_set)
{
    uint64_t *bits = tg_bits_new(130);
    for (size_t i = 0; i < 130; i++) CHECK(!tg_bits_get(bits, i));
    tg_bits_set(bits, 0);
    tg_bits_set(bits, 63);
    tg_bits_set(bits, 64);
    tg_bits_set(bits, 129);
    tg_bits_clear(bits, 63);
    CHECK(tg_bits_get(bits, 0) && !tg_bits_get(bits, 63) && tg_bits_get(bits, 64) && tg_bits_get(bits, 129));
    CHECK(!tg_bits_get(bits, 1) && !tg_bits_get(bits, 128));
    CHECK_INT(tg_bits_bytes(0), 0);
    CHECK_INT(tg_bits_bytes(64), 8);
    CHECK_INT(tg_bits_bytes(65), 16);
    tg_bits_free(bits, 130);
    tg_bits_free(NULL, 130);
}

/* ---- paths --------------------------------------------------------------------------------------- */

static bool is_in(const char *path, const char *folder)
{
    char *found = tg_path_folder(path);
    bool same = strcmp(found, folder) == 0;
    free(found);
    return same;
}

TEST(paths_have_a_folder_and_a_name)
{
    CHECK_STR(tg_path_name("a/b.tg"), "b.tg");
    CHECK_STR(tg_path_name("b.tg"), "b.tg");
    CHECK_STR(tg_path_name("a/"), "");
    CHECK(is_in("a/b/c", "a/b") && is_in("c", ".") && is_in("/c", "/") && is_in("a/", "a"));
}

TEST(paths_have_endings)
{
    CHECK(tg_path_ends("x.yaml", ".yaml") && tg_path_ends(".yaml", ".yaml"));
    CHECK(!tg_path_ends("x.yml", ".yaml") && !tg_path_ends("aml", ".yaml"));
    CHECK_INT(tg_path_stem("math.so", ".so"), 4);
    CHECK_INT(tg_path_stem("math.so.1", ".so"), 9);
    CHECK_INT(tg_path_stem(".so", ".so"), 3); /* a name must be left */
}

/* ---- buffers ------------------------------------------------------------------------------------- */

/* Both ways agree; the folder that is worked in is taken away. */
static const char *canonical(struct tg_canonical *memory, const char *path)
{
    static char text[4096];
    char *whole = tg_canonical_path(path), *of = tg_canonical_of(memory, path), *here = getcwd(NULL, 0);
    CHECK_STR(of, whole);
    size_t n = strlen(here);
    bool inside = strncmp(whole, here, n) == 0 && (whole[n] == '/' || !whole[n]);
    snprintf(text, sizeof text, "%s%s", inside ? "." : "", inside ? whole + n : whole);
    free(whole);
    free(of);
    free(here);
    return text;
}

TEST(one_canonical_path_for_all_that_lead_to_a_place)
{
    struct tg_canonical m = {0};
    CHECK_INT(system("mkdir -p real/deep && ln -s real link && ln -s deep/../new real/to-new && ln -s loop loop && "
                     "ln -s /nowhere/x abs && ln -s real/deep down"),
              0);
    static const char *const same[][2] = {
        {"a.txt", "./a.txt"},
        {"./a.txt", "./a.txt"},
        {"none/../a.txt", "./a.txt"},
        {"none/./b//c", "./none/b/c"},
        {"link/a", "./real/a"},
        {"link/none/../a", "./real/a"},
        {"link/to-new", "./real/new"},
        {"down/../a", "./real/a"}, /* `..` of a link is where it leads */
        {"loop", "./loop"},
        {"abs", "/nowhere/x"},
        {"abs/../y", "/nowhere/y"},
        {"/", "/"},
        {"/..", "/"},
        {"/a/..", "/"},
        {"/none-x", "/none-x"},
        {"link/", "./real"},
        {".", "."},
        {"", "."},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) CHECK_STR(canonical(&m, same[i][0]), same[i][1]);
    char *here = getcwd(NULL, 0), *absolute = tg_alloc_format("%s/link/a", here);
    CHECK_STR(canonical(&m, absolute), "./real/a");
    char *here_too = tg_alloc_format("*%s/real/x-*", here);
    char *pattern = tg_canonical_pattern(&m, "down/../x-*"), *above = tg_canonical_pattern(&m, "/x-*");
    CHECK_STR(pattern, here_too);
    CHECK_STR(above, "*/x-*");
    free(pattern);
    free(above);
    free(here_too);
    free(absolute);
    free(here);
    tg_canonical_done(&m);
    CHECK_INT(system("rm -r real link loop abs down"), 0);
}

TEST(a_buffer_collects_text)
{
    struct tg_buf b = {0};
    CHECK_STR(tg_buf_str(&b), "");
    tg_buf_text(&b, "one");
    tg_buf_char(&b, ' ');
    tg_buf_add(&b, NULL, 0);
    tg_buf_fill(&b, '-', 3);
    tg_buf_fill(&b, '-', 0);
    tg_buf_format(&b, " %d%%", 50);
    CHECK_STR(b.data, "one --- 50%");
    CHECK_INT(b.length, 11);
    char *text = tg_buf_take(&b);
    CHECK_STR(text, "one --- 50%");
    CHECK(b.data == NULL && b.length == 0);
    free(text);
    text = tg_buf_take(&b);
    CHECK_STR(text, "");
    free(text);
}

TEST(a_buffer_formats_long_texts)
{
    struct tg_buf b = {0};
    char text[1000];
    for (size_t n = 126; n <= 129; n++) {
        memset(text, 'x', n);
        text[n] = 0;
        b.length = 0;
        tg_buf_format(&b, "%s", text);
        CHECK_STR(b.data, text);
        CHECK_INT(b.length, n);
    }
    tg_buf_done(&b);
    tg_buf_done(&b);
}

TEST(a_filled_reserve_is_ended)
{
    struct tg_buf b = {0};
    memset(tg_buf_reserve(&b, 100), 'y', 100);
    CHECK_STR(tg_buf_str(&b), "");
    memset(tg_buf_reserve(&b, 100), 'y', 100);
    b.length += 5;
    CHECK_STR(tg_buf_str(&b), "yyyyy");
    char *text = tg_buf_take(&b);
    CHECK_STR(text, "yyyyy");
    free(text);
}

static const char *json_string(struct tg_buf *b, const char *text, size_t length)
{
    b->length = 0;
    tg_buf_json_string(b, text, length);
    return tg_buf_str(b);
}

TEST(json_strings_are_escaped)
{
    struct tg_buf b = {0};
    CHECK_STR(json_string(&b, "", 0), "\"\"");
    CHECK_STR(json_string(&b, "a\"b\\c/", 6), "\"a\\\"b\\\\c/\"");
    CHECK_STR(json_string(&b, "\b\t\n\v\f\r\x1f\x7f", 8), "\"\\b\\t\\n\\u000b\\f\\r\\u001f\\u007f\"");
    CHECK_STR(json_string(&b, "a\0b", 3), "\"a\\u0000b\"");
    CHECK_STR(json_string(&b, "\xc3\xa9\xff\xed\xa0\x80", 6), "\"\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    tg_buf_done(&b);
}

/* ---- errors -------------------------------------------------------------------------------------- */

TEST(the_first_error_wins)
{
    struct tg_err err = {0};
    CHECK(!tg_err_at(&err, TG_EXIT_USAGE, (tg_span){3, 5}, "first %d", 1));
    CHECK(!tg_err_set(&err, TG_EXIT_FAULT, "second"));
    tg_err_hint(&err, "try %s", "this");
    tg_err_hint(&err, "not this");
    tg_err_detail(&err, "because");
    tg_err_detail(&err, "not because");
    CHECK_INT(err.code, TG_EXIT_USAGE);
    CHECK_INT(err.span.start, 3);
    CHECK_STR(err.message, "first 1");
    CHECK_STR(err.hint, "try this");
    CHECK_STR(err.detail, "because");
    tg_err_done(&err);
    CHECK_INT(err.code, 0);
    CHECK(err.message == NULL);
    tg_err_done(&err);
    CHECK(!tg_err_set(NULL, TG_EXIT_FAULT, "nobody listens"));
    tg_err_hint(NULL, "nobody listens");
}

/* ---- UTF-8 --------------------------------------------------------------------------------------- */

TEST(utf8_lengths)
{
    CHECK_INT(tg_utf8_length("a", 1), 1);
    CHECK_INT(tg_utf8_length("", 1), 1); /* NUL is a character */
    CHECK_INT(tg_utf8_length("a", 0), 0);
    CHECK_INT(tg_utf8_length("\xc3\xa9", 2), 2);
    CHECK_INT(tg_utf8_length("\xc3\xa9", 1), 0);
    CHECK_INT(tg_utf8_length("\xe2\x82\xac", 3), 3);
    CHECK_INT(tg_utf8_length("\xf0\x9f\x98\x80", 4), 4);
    CHECK_INT(tg_utf8_length("\xf4\x8f\xbf\xbf", 4), 4);
}

TEST(utf8_codes)
{
    CHECK_INT(tg_utf8_code("a", 1), 'a');
    CHECK_INT(tg_utf8_code("\xc3\xa9", 2), 0xe9);
    CHECK_INT(tg_utf8_code("\xe2\x82\xac", 3), 0x20ac);
    CHECK_INT(tg_utf8_code("\xf0\x9f\x98\x80", 4), 0x1f600);
}

TEST(utf8_refuses_what_rfc_3629_does)
{
    static const char *const bad[] = {
        "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x9f\xbf",     "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
        "\xc3(",        "\xe2\x82(",        "\xf0\x9f\x98("};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK_INT(tg_utf8_length(bad[i], strlen(bad[i])), 0);
}

TEST(utf8_finds_the_first_bad_byte)
{
    CHECK_INT(tg_utf8_valid("", 0), 0);
    CHECK_INT(tg_utf8_valid("0123456789abcdef\xc3\xa9", 18), 18);
    char text[64];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        text[at] = (char)0xff;
        CHECK_INT(tg_utf8_valid(text, sizeof text), at);
    }
    CHECK_INT(tg_utf8_valid("abcdefg\xc3", 8), 7);
}

TEST(utf8_counts_code_points)
{
    CHECK_INT(tg_utf8_count("", 0), 0);
    CHECK_INT(tg_utf8_count("a\xc3\xa9\xe2\x82\xac\xff", 7), 4);
}

TEST(utf8_put_is_read_back)
{
    static const uint32_t codes[] = {0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};
    static const size_t lengths[] = {1, 1, 2, 2, 3, 3, 4, 4};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char text[4];
        CHECK_INT(tg_utf8_put(codes[i], text), lengths[i]);
        CHECK_INT(tg_utf8_length(text, lengths[i]), lengths[i]);
    }
    char euro[4];
    tg_utf8_put(0x20ac, euro);
    CHECK(memcmp(euro, "\xe2\x82\xac", 3) == 0);
}

/* ---- names --------------------------------------------------------------------------------------- */

TEST(names_get_numbers_in_order)
{
    struct tg_names n = {0};
    CHECK_INT(tg_names_find(&n, "a", 1), TG_NO_NAME);
    CHECK_INT(tg_names_add(&n, "a", 1), 0);
    CHECK_INT(tg_names_add(&n, "", 0), 1);
    CHECK_INT(tg_names_add(&n, "a\0b", 3), 2);
    CHECK_INT(tg_names_add(&n, "abcdefghi", 9), 3);
    CHECK_INT(tg_names_add(&n, "abcdefghi", 8), 4);
    CHECK_INT(tg_names_add(&n, "a", 1), 0);
    CHECK_INT(tg_names_find(&n, NULL, 0), 1);
    CHECK_INT(tg_names_find(&n, "a\0c", 3), TG_NO_NAME);
    CHECK_STR(tg_names_get(&n, 4)->text, "abcdefgh");
    CHECK_INT(tg_names_get(&n, 2)->length, 3);
    tg_names_done(&n);
    tg_names_done(&n);
}

TEST(a_hundred_thousand_names)
{
    struct tg_names n = {0};
    char text[32];
    size_t bad = 0;
    for (int i = 0; i < 100000; i++) {
        int length = snprintf(text, sizeof text, "task_%d", i * 7919);
        bad += tg_names_add(&n, text, (size_t)length) != (uint32_t)i;
    }
    for (int i = 0; i < 100000; i++) {
        int length = snprintf(text, sizeof text, "task_%d", i * 7919);
        bad += tg_names_find(&n, text, (size_t)length) != (uint32_t)i;
        bad += strcmp(tg_names_get(&n, (uint32_t)i)->text, text) != 0;
    }
    CHECK_INT(bad, 0);
    CHECK_INT(tg_names_find(&n, "task_", 5), TG_NO_NAME);
    tg_names_done(&n);
}

TEST(a_name_longer_than_an_arena_chunk)
{
    struct tg_names n = {0};
    char *text = tg_alloc(3 * MB);
    memset(text, 'x', 3 * MB);
    CHECK_INT(tg_names_add(&n, "short", 5), 0);
    CHECK_INT(tg_names_add(&n, text, 3 * MB), 1);
    CHECK_INT(tg_names_add(&n, text, 3 * MB - 1), 2);
    CHECK_INT(tg_names_find(&n, text, 3 * MB), 1);
    CHECK_INT(tg_names_get(&n, 1)->length, 3 * MB);
    tg_names_done(&n);
    free(text);
}

/* ---- tables -------------------------------------------------------------------------------------- */

static bool is_number(const void *items, uint32_t number, const void *wanted)
{
    return ((const int *)items)[number] == *(const int *)wanted;
}

TEST(a_table_finds_items_whatever_their_hashes)
{
    enum { COUNT = 3000 };
    static int items[COUNT];
    struct tg_table t = {0};
    int missing = -1;
    CHECK(tg_table_find(&t, 7, is_number, items, &missing) == TG_TABLE_NONE);
    for (int i = 0; i < COUNT; i++) {
        uint32_t hash = (uint32_t)i % 5 * 0x40000000u; /* five hashes, all with the same low bits */
        items[i] = i;
        tg_table_reserve(&t);
        struct tg_table_slot *slot = tg_table_slot(&t, hash, is_number, items, &i);
        CHECK(!slot->number_plus_1);
        tg_table_take(&t, slot, hash, (uint32_t)i);
    }
    CHECK(t.count == COUNT && 2 * t.count <= t.slot_count && (t.slot_count & (t.slot_count - 1)) == 0);
    for (int i = 0; i < COUNT; i++) CHECK_INT(tg_table_find(&t, (uint32_t)i % 5 * 0x40000000u, is_number, items, &i), i);
    CHECK(tg_table_find(&t, 0, is_number, items, &missing) == TG_TABLE_NONE);
    tg_table_done(&t);
    tg_table_done(NULL);
}

/* ---- nearest names ------------------------------------------------------------------------------- */

static const char *nearest(const char *wanted, const char *const *names, size_t count)
{
    struct tg_near near = tg_near_begin(wanted, strlen(wanted));
    for (size_t i = 0; i < count; i++) tg_near_offer(&near, names[i], strlen(names[i]));
    return near.best ? near.best : "none";
}

TEST(the_nearest_name)
{
    static const char *const names[] = {"add", "mul", "reduce", "as_completed", "x", "int"};
    CHECK_STR(nearest("ad", names, 6), "add");
    CHECK_STR(nearest("mlu", names, 6), "mul");
    CHECK_STR(nearest("redcue", names, 6), "reduce");
    CHECK_STR(nearest("ascompleted", names, 6), "as_completed");
    CHECK_STR(nearest("as_complete", names, 6), "as_completed");
    CHECK_STR(nearest("imt", names, 6), "int");
}

TEST(names_of_other_case_are_near)
{
    static const char *const names[] = {"mix", "max_value", "x", "MAX"};
    CHECK_STR(nearest("max", names, 4), "MAX"); /* nearer than one that has another letter */
    CHECK_STR(nearest("maxValue", names, 4), "max_value");
    CHECK_STR(nearest("X", names, 4), "x");
    CHECK_STR(nearest("_", names, 4), "none");
}

TEST(no_name_is_near)
{
    static const char *const names[] = {"add", "mul", "reduce", "", "x"};
    CHECK_STR(nearest("y", names, 5), "none");
    CHECK_STR(nearest("zzz", names, 5), "none");
    CHECK_STR(nearest("abx", names, 5), "none"); /* two of three letters differ */
    CHECK_STR(nearest("", names, 5), "none");
    CHECK_STR(nearest("reducexxxx", names, 5), "none");
    CHECK_STR(nearest("add", names, 1), "none"); /* the name itself helps nobody */
}

TEST(near_passes_over_very_long_names)
{
    char text[200];
    memset(text, 'a', sizeof text);
    struct tg_near near = tg_near_begin(text, 64);
    tg_near_offer(&near, text, 65);
    CHECK(near.best == NULL);
    tg_near_offer(&near, text, 63);
    CHECK(near.best == text);
    near = tg_near_begin(text, 200);
    tg_near_offer(&near, text, 199);
    CHECK(near.best == NULL);
}
