/* SPDX-License-Identifier: MIT
 * engine/value: bodies, comparing, printing, JSON. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "engine/base/limits.h"
#include "engine/value/future.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "engine/value/value.h"
#include "tests/unit/check.h"

/* Deep enough that a walk that recurses would need far more than the stack. */
#define DEEP 1000000

static tg_value deep_list(size_t depth, tg_value innermost)
{
    tg_value v = innermost;
    for (size_t i = 0; i < depth; i++) {
        tg_value outer = tg_list_make(1);
        tg_list_add(outer, v);
        v = outer;
    }
    return v;
}

static tg_value ints(int64_t a, int64_t b)
{
    tg_value list = tg_list_make(2);
    tg_list_add(list, tg_int(a));
    tg_list_add(list, tg_int(b));
    return list;
}

static void put(tg_value record, const char *key, tg_value take_value)
{
    tg_record_put(record, tg_str(key), take_value);
}

/* The text of v in a buffer that lives until the next call; takes v. */
static struct tg_buf text;

static const char *printed(tg_value take)
{
    text.length = 0;
    tg_value_print(&text, take);
    tg_value_unref(take);
    return tg_buf_str(&text);
}

static const char *repr(tg_value take, size_t max_bytes)
{
    text.length = 0;
    tg_value_repr(&text, take, max_bytes);
    tg_value_unref(take);
    return tg_buf_str(&text);
}

static const char *json(tg_value take, int indent)
{
    text.length = 0;
    tg_value_json(&text, take, indent);
    tg_value_unref(take);
    return tg_buf_str(&text);
}

static bool equal(tg_value take_a, tg_value take_b)
{
    bool ab = tg_value_equal(take_a, take_b), ba = tg_value_equal(take_b, take_a);
    CHECK_INT(ab, ba);
    tg_value_unref(take_a);
    tg_value_unref(take_b);
    return ab;
}

#define NO_ORDER 9
static int order(tg_value take_a, tg_value take_b)
{
    bool ab_good = true, ba_good = true;
    int ab = tg_value_compare(take_a, take_b, &ab_good), ba = tg_value_compare(take_b, take_a, &ba_good);
    CHECK_INT(ab_good, ba_good);
    CHECK_INT((ab > 0) - (ab < 0), (ba < 0) - (ba > 0));
    tg_value_unref(take_a);
    tg_value_unref(take_b);
    return ab_good ? (ab > 0) - (ab < 0) : NO_ORDER;
}

/* ---- plugin objects and functions for the tests -------------------------------------------------- */

static int destroyed;

struct box { /* an object that holds a value */
    tg_value held;
    int say; /* bytes its description claims */
};

static void box_destroy(void *payload)
{
    destroyed++;
    tg_value_unref(((struct box *)payload)->held);
}

static int box_describe(const void *payload, char *out, size_t size)
{
    const struct box *box = payload;
    if (box->say < 0) return -1;
    char *all = tg_alloc((size_t)box->say + 1);
    memset(all, 'b', (size_t)box->say);
    all[box->say] = 0;
    int n = snprintf(out, size, "%s", all);
    free(all);
    return n;
}

static int lying_describe(const void *payload, char *out, size_t size)
{
    (void)payload;
    snprintf(out, size, "short");
    return 100;
}

static const struct tg_object_type box_type = {
    .size = sizeof box_type, .name = "box", .destroy = box_destroy, .describe = box_describe};
static const struct tg_object_type plain_type = {.size = sizeof plain_type, .name = "plain"};
static const struct tg_object_type lying_type = {.size = sizeof lying_type, .name = "liar", .describe = lying_describe};

static tg_value box(tg_value take, int say)
{
    tg_value v = tg_object_make(&box_type, sizeof(struct box));
    *(struct box *)tg_object_of(v)->payload = (struct box){take, say};
    return v;
}

struct closure {
    struct tg_function head;
    tg_value captured;
};

static void closure_destroy(struct tg_function *f)
{
    destroyed++;
    tg_value_unref(((struct closure *)f)->captured);
    free(f);
}

static tg_value closure(tg_value take)
{
    struct closure *c = tg_alloc(sizeof *c);
    c->head.obj = (struct tg_obj){.refs = 1, .kind = TG_FUNCTION};
    c->head.destroy = closure_destroy;
    c->head.shown = NULL;
    c->head.held = NULL;
    c->captured = take;
    return tg_make_(TG_FUNCTION, (uintptr_t)c);
}

/* ---- bodies -------------------------------------------------------------------------------------- */

TEST(texts)
{
    tg_value v = tg_str_make(TG_STR, "a\0b", 3), zero = tg_str_make(TG_BYTES, NULL, 5), empty = tg_str_make(TG_FILE, "", 0);
    CHECK_INT(tg_kind(v), TG_STR);
    CHECK_INT(tg_str_of(v)->length, 3);
    CHECK(memcmp(tg_str_of(v)->data, "a\0b", 4) == 0);
    CHECK(memcmp(tg_str_of(zero)->data, "\0\0\0\0\0", 6) == 0);
    CHECK_STR(tg_str_of(empty)->data, "");
    CHECK_STR(tg_value_kind_name(empty), "file");
    tg_value_unref(v), tg_value_unref(zero), tg_value_unref(empty);
}

TEST(a_text_grows_in_place_where_nobody_else_has_it)
{
    tg_value v = tg_str_make(TG_STR, "", 0), other = tg_nil();
    for (int i = 0; i < 100000; i++) {
        v = tg_str_append(v, "ab", 2);
        if (i == 5) other = tg_value_ref(v);
    }
    CHECK_INT(tg_str_of(v)->length, 200000);
    CHECK(memcmp(tg_str_of(v)->data + 199996, "abab", 5) == 0);
    CHECK_STR(tg_str_of(other)->data, "abababababab");
    tg_value_unref(other);
    other = tg_value_ref(v);
    v = tg_str_append(v, tg_str_of(v)->data, 3);
    CHECK_INT(tg_str_of(v)->length, 200003);
    CHECK_INT(tg_str_of(other)->length, 200000);
    tg_value_unref(v);
    tg_value_unref(other);
}

TEST(large_texts_and_objects)
{
    size_t length = 3 << 20, sum = 0;
    tg_value a = tg_str_make(TG_BYTES, NULL, length), b = tg_str_make(TG_BYTES, tg_str_of(a)->data, length);
    tg_value o = tg_object_make(&plain_type, length);
    for (size_t i = 0; i < length; i++) sum += (unsigned char)tg_str_of(a)->data[i] + (size_t)tg_object_of(o)->payload[i];
    CHECK_INT(sum, 0);
    CHECK(((uintptr_t)tg_object_of(o)->payload & 15) == 0);
    CHECK(equal(a, b));
    tg_value_unref(o);
}

TEST(counts)
{
    tg_value v = tg_str("x");
    CHECK(tg_value_unique(v));
    tg_value_ref(v);
    CHECK(!tg_value_unique(v));
    tg_value_unref(v);
    CHECK(tg_value_unique(v));
    tg_value_unref(v);
    tg_value_ref(tg_int(5));
    tg_value_unref(tg_nil());
}

TEST(a_list_grows_from_any_room)
{
    for (size_t room = 0; room < 40; room++) {
        tg_value list = tg_list_make(room);
        for (int i = 0; i < 100; i++) tg_list_add(list, tg_int(i));
        CHECK_INT(tg_list_of(list)->count, 100);
        size_t bad = 0;
        for (int i = 0; i < 100; i++) bad += tg_list_of(list)->items[i].i != i;
        CHECK_INT(bad, 0);
        tg_value_unref(list);
    }
}

TEST(a_list_of_a_million)
{
    tg_value list = tg_list_make(1);
    for (int i = 0; i < 1000000; i++) {
        list = tg_list_own(list, 1);
        tg_list_add(list, i % 1000 ? tg_int(i) : tg_str("x"));
    }
    const struct tg_list *l = tg_list_of(list);
    CHECK_INT(l->count, 1000000);
    CHECK_INT(l->items[999999].i, 999999);
    CHECK_STR(tg_str_of(l->items[5000])->data, "x");
    tg_value_unref(list);
}

TEST(a_shared_list_is_copied_to_be_changed)
{
    tg_value a = ints(1, 2), word = tg_str("w");
    tg_list_add(a, tg_value_ref(word));
    tg_list_add(a, tg_future(3));
    tg_value b = tg_list_own(tg_value_ref(a), 1);
    CHECK(b.p != a.p);
    tg_list_add(b, tg_int(9));
    CHECK_INT(tg_list_of(a)->count, 4);
    CHECK_INT(tg_list_of(b)->count, 5);
    CHECK(tg_future_in(b));
    tg_value same = tg_list_own(b, 100);
    CHECK(same.p == b.p);
    CHECK(tg_list_of(same)->room >= 105);
    tg_value_unref(a);
    CHECK(!tg_value_unique(word));
    tg_value_unref(same);
    CHECK(tg_value_unique(word));
    tg_value_unref(word);
}

TEST(futures_are_known_from_outside)
{
    tg_value inner = tg_list_make(1), outer = tg_list_make(1), record = tg_record_make(0);
    CHECK(!tg_future_in(tg_int(1)));
    CHECK(tg_future_in(tg_future(1)));
    tg_list_add(inner, tg_int(1));
    CHECK(!tg_future_in(inner));
    tg_list_add(inner, tg_future(2));
    CHECK(tg_future_in(inner));
    tg_list_add(outer, inner);
    CHECK(tg_future_in(outer));
    put(record, "a", outer);
    CHECK(tg_future_in(record));
    put(record, "a", tg_int(1));
    CHECK(!tg_future_in(record));
    put(record, "b", tg_future(1));
    put(record, "c", tg_future(1));
    put(record, "b", tg_nil());
    CHECK(tg_future_in(record));
    tg_value_unref(record);
}

TEST(records_keep_their_order)
{
    tg_value r = tg_record_make(2);
    put(r, "b", tg_int(1));
    put(r, "a", tg_int(2));
    put(r, "", tg_int(3));
    put(r, "b", tg_str("new"));
    CHECK_INT(tg_record_of(r)->count, 3);
    CHECK_STR(tg_str_of(*tg_record_find(r, "b", 1))->data, "new");
    CHECK_INT(tg_record_find(r, "", 0)->i, 3);
    CHECK_INT(tg_record_find(r, NULL, 0)->i, 3);
    CHECK(tg_record_find(r, "c", 1) == NULL);
    CHECK(tg_record_find(r, "ab", 2) == NULL);
    CHECK_STR(printed(r), "{b: \"new\", a: 2, \"\": 3}");
}

TEST(records_with_many_fields)
{
    static const size_t rooms[] = {0, 3, 8, 9, 20000};
    char key[32];
    for (size_t k = 0; k < 5; k++) {
        tg_value r = tg_record_make(rooms[k]);
        size_t bad = 0;
        for (int round = 0; round < 2; round++)
            for (int i = 0; i < 20000; i++) {
                snprintf(key, sizeof key, "key number %d", i);
                put(r, key, tg_int(i + round));
            }
        for (int i = 0; i < 20000; i++) {
            int length = snprintf(key, sizeof key, "key number %d", i);
            const tg_value *v = tg_record_find(r, key, (size_t)length);
            bad += !v || v->i != i + 1;
            bad += tg_record_of(r)->fields[i].value.i != i + 1;
        }
        CHECK_INT(bad, 0);
        CHECK_INT(tg_record_of(r)->count, 20000);
        CHECK(tg_record_find(r, "key number", 10) == NULL);
        tg_value_unref(r);
    }
}

/* Whoever has the old one sees nothing of what is set in the new one, and both find their fields. */
TEST(a_copied_record_is_one_of_its_own)
{
    static const int counts[] = {0, 1, 8, 16, 17, 1000};
    for (size_t k = 0; k < TG_COUNT(counts); k++) {
        tg_value old = tg_record_make(0);
        char key[32];
        for (int i = 0; i < counts[k]; i++) snprintf(key, sizeof key, "key %d", i), put(old, key, tg_future(1));
        tg_value copy = tg_record_own(tg_value_ref(old), 1);
        CHECK(tg_value_unique(old) && tg_value_unique(copy) && tg_value_equal(old, copy));
        bool has_futures = counts[k] > 0;
        CHECK(tg_future_in(copy) == has_futures);
        put(copy, "new", tg_int(-1));
        for (int i = 0; i < counts[k]; i++) snprintf(key, sizeof key, "key %d", i), put(copy, key, tg_int(i));
        CHECK(tg_record_of(copy)->count == (size_t)counts[k] + 1 && !tg_future_in(copy));
        CHECK(tg_record_find(copy, "new", 3)->i == -1 && !tg_record_find(old, "new", 3));
        for (int i = 0; i < counts[k]; i++) CHECK(tg_kind(tg_record_of(old)->fields[i].value) == TG_FUTURE);
        tg_value_unref(old);
        if (counts[k]) CHECK_INT(tg_record_find(copy, key, strlen(key))->i, counts[k] - 1);
        tg_value_unref(copy);
    }
}

TEST(a_shared_key_is_counted)
{
    tg_value key = tg_str("k"), r = tg_record_make(0);
    tg_record_put(r, tg_value_ref(key), tg_int(1));
    tg_record_put(r, tg_value_ref(key), tg_int(2));
    tg_value_unref(r);
    CHECK(tg_value_unique(key));
    tg_value_unref(key);
}

/* ---- freeing ------------------------------------------------------------------------------------- */

TEST(deep_lists_are_freed)
{
    tg_value_unref(deep_list(DEEP, tg_str("core")));
}

TEST(deep_mixtures_are_freed)
{
    tg_value v = tg_nil(), shared = tg_str("shared");
    for (int i = 0; i < DEEP / 4; i++) {
        tg_value outer = i % 2 ? tg_record_make(3) : tg_list_make(0);
        if (i % 2) {
            put(outer, "first", ints(1, 2));
            put(outer, "deep", v);
            put(outer, "last", tg_value_ref(shared));
        } else {
            tg_list_add(outer, ints(3, 4));
            tg_list_add(outer, v);
            tg_list_add(outer, tg_value_ref(shared));
        }
        v = outer;
    }
    tg_value_unref(v);
    CHECK(tg_value_unique(shared));
    tg_value_unref(shared);
}

TEST(what_is_shared_stays)
{
    tg_value inner = ints(1, 2), outer = tg_list_make(0);
    for (int i = 0; i < 100; i++) tg_list_add(outer, tg_value_ref(inner));
    tg_value_unref(outer);
    CHECK(tg_value_unique(inner));
    CHECK_STR(printed(inner), "[1, 2]");
}

TEST(long_chains_of_functions_and_objects_are_freed)
{
    tg_value v = tg_str("core");
    destroyed = 0;
    for (int i = 0; i < DEEP / 4; i++) {
        tg_value list = tg_list_make(2);
        tg_list_add(list, tg_int(1));
        tg_list_add(list, v);
        v = i % 2 ? closure(list) : box(list, 0);
    }
    tg_value_unref(v);
    CHECK_INT(destroyed, DEEP / 4);
}

static void *ref_and_unref(void *value)
{
    for (int i = 0; i < 100000; i++) tg_value_unref(tg_value_ref(*(tg_value *)value));
    tg_value_unref(*(tg_value *)value);
    return NULL;
}

TEST(threads_share_a_value)
{
    pthread_t threads[4];
    destroyed = 0;
    tg_value v = box(tg_str("x"), 0);
    for (int i = 0; i < 4; i++) {
        tg_value_ref(v);
        pthread_create(&threads[i], NULL, ref_and_unref, &v);
    }
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    CHECK_INT(destroyed, 0);
    CHECK(tg_value_unique(v));
    tg_value_unref(v);
    CHECK_INT(destroyed, 1);
}

/* ---- comparing ----------------------------------------------------------------------------------- */

TEST(equality_of_single_values)
{
    CHECK(equal(tg_int(1), tg_float(1.0)));
    CHECK(!equal(tg_int(1), tg_float(1.5)));
    CHECK(!equal(tg_int(1), tg_bool(true)));
    CHECK(!equal(tg_nil(), tg_bool(false)));
    CHECK(equal(tg_nil(), tg_nil()));
    CHECK(!equal(tg_float(NAN), tg_float(NAN)));
    CHECK(equal(tg_float(0.0), tg_float(-0.0)));
    CHECK(equal(tg_str("a"), tg_str_make(TG_FILE, "a", 1)));
    CHECK(!equal(tg_str("a"), tg_str_make(TG_BYTES, "a", 1)));
    CHECK(!equal(tg_str_make(TG_STR, "a\0b", 3), tg_str_make(TG_STR, "a\0c", 3)));
    CHECK(!equal(tg_str("a"), tg_str("ab")));
    CHECK(!equal(closure(tg_nil()), closure(tg_nil())));
    CHECK(equal(tg_future(7), tg_future(7)));
    CHECK(!equal(tg_future(7), tg_future(8)));
    CHECK(!equal(tg_future(7), tg_int(7)));
}

TEST(large_ints_and_floats_compare_exactly)
{
    CHECK_INT(order(tg_int((1LL << 53) + 1), tg_float(0x1p53)), 1);
    CHECK_INT(order(tg_int(INT64_MAX), tg_float(0x1p63)), -1);
    CHECK_INT(order(tg_int(INT64_MIN), tg_float(-0x1p63)), 0);
    CHECK_INT(order(tg_int(INT64_MIN), tg_float(-INFINITY)), 1);
    CHECK_INT(order(tg_int(INT64_MAX), tg_float(INFINITY)), -1);
    CHECK_INT(order(tg_int(-1), tg_float(-1.5)), 1);
    CHECK_INT(order(tg_int(1), tg_float(1.5)), -1);
    CHECK_INT(order(tg_int(0), tg_float(-0.0)), 0);
    CHECK(!equal(tg_int((1LL << 53) + 1), tg_float(0x1p53)));
}

TEST(order_of_single_values)
{
    CHECK_INT(order(tg_int(INT64_MIN), tg_int(INT64_MAX)), -1);
    CHECK_INT(order(tg_float(2.5), tg_float(2.5)), 0);
    CHECK_INT(order(tg_str("a"), tg_str("b")), -1);
    CHECK_INT(order(tg_str("a"), tg_str_make(TG_FILE, "ab", 2)), -1);
    CHECK_INT(order(tg_str("\xc3\xa9"), tg_str("z")), 1);
    CHECK_INT(order(tg_str_make(TG_BYTES, "a", 1), tg_str_make(TG_BYTES, "", 0)), 1);
    CHECK_INT(order(tg_bool(false), tg_bool(true)), -1);
    CHECK_INT(order(tg_float(NAN), tg_float(1)), NO_ORDER);
    CHECK_INT(order(tg_float(NAN), tg_int(1)), NO_ORDER);
    CHECK_INT(order(tg_int(1), tg_str("1")), NO_ORDER);
    CHECK_INT(order(tg_nil(), tg_nil()), NO_ORDER);
    CHECK_INT(order(tg_bool(true), tg_int(1)), NO_ORDER);
    CHECK_INT(order(tg_record_make(0), tg_record_make(0)), NO_ORDER);
}

static tg_value with_nil(int64_t last)
{
    tg_value list = tg_list_make(0);
    tg_list_add(list, tg_nil());
    tg_list_add(list, tg_int(last));
    return list;
}

TEST(order_of_lists)
{
    CHECK_INT(order(ints(1, 2), ints(1, 3)), -1);
    CHECK_INT(order(ints(2, 2), ints(1, 3)), 1);
    CHECK_INT(order(ints(1, 2), ints(1, 2)), 0);
    CHECK_INT(order(tg_list_make(0), ints(1, 2)), -1);
    CHECK_INT(order(tg_list_make(0), tg_list_make(0)), 0);
    CHECK_INT(order(deep_list(3, ints(1, 2)), deep_list(3, ints(1, 3))), -1);
    CHECK_INT(order(deep_list(1, tg_int(1)), deep_list(1, tg_str("1"))), NO_ORDER);
    CHECK_INT(order(deep_list(1, tg_int(1)), deep_list(2, tg_int(1))), NO_ORDER);
    CHECK_INT(order(with_nil(1), with_nil(2)), -1);
    tg_value v = ints(1, 2);
    CHECK_INT(order(tg_value_ref(v), v), 0);
}

static tg_value fields(const char *a, tg_value take_x, const char *b, tg_value take_y)
{
    tg_value r = tg_record_make(0);
    put(r, a, take_x);
    put(r, b, take_y);
    return r;
}

TEST(equality_of_lists_and_records)
{
    CHECK(equal(ints(1, 2), ints(1, 2)));
    CHECK(!equal(ints(1, 2), ints(1, 3)));
    CHECK(!equal(ints(1, 2), tg_list_make(0)));
    CHECK(!equal(tg_list_make(0), tg_record_make(0)));
    CHECK(equal(fields("a", tg_int(1), "b", ints(1, 2)), fields("b", ints(1, 2), "a", tg_float(1))));
    CHECK(!equal(fields("a", tg_int(1), "b", tg_nil()), fields("a", tg_int(1), "c", tg_nil())));
    CHECK(!equal(fields("a", tg_int(1), "b", tg_nil()), fields("a", tg_int(2), "b", tg_nil())));
    CHECK(equal(deep_list(2, fields("a", ints(1, 2), "b", tg_nil())), deep_list(2, fields("a", ints(1, 2), "b", tg_nil()))));
}

TEST(deep_values_compare)
{
    CHECK(equal(deep_list(DEEP, tg_int(1)), deep_list(DEEP, tg_int(1))));
    CHECK(!equal(deep_list(DEEP, tg_int(1)), deep_list(DEEP, tg_int(2))));
    CHECK_INT(order(deep_list(DEEP, tg_int(1)), deep_list(DEEP, tg_int(2))), -1);
}

static bool truth(tg_value take)
{
    bool true_ = tg_value_truth(take);
    tg_value_unref(take);
    return true_;
}

TEST(truths)
{
    CHECK(!truth(tg_nil()) && !truth(tg_bool(false)) && !truth(tg_int(0)) && !truth(tg_float(0)) && !truth(tg_float(-0.0)));
    CHECK(!truth(tg_str("")) && !truth(tg_list_make(3)) && !truth(tg_record_make(3)) && !truth(tg_str_make(TG_BYTES, "", 0)));
    CHECK(truth(tg_bool(true)) && truth(tg_int(-1)) && truth(tg_float(NAN)) && truth(tg_str("false")));
    CHECK(truth(ints(0, 0)) && truth(fields("a", tg_nil(), "b", tg_nil())) && truth(box(tg_nil(), 0)) &&
          truth(closure(tg_nil())));
}

/* ---- printing ------------------------------------------------------------------------------------ */

TEST(kind_names)
{
    tg_value o = tg_object_make(&plain_type, 0);
    CHECK_STR(tg_value_kind_name(o), "plain");
    CHECK_STR(tg_value_kind_name(tg_nil()), "nil");
    CHECK_STR(tg_value_kind_name(tg_future(1)), "future");
    CHECK_STR(tg_kind_name(TG_OBJECT), "object");
    tg_value_unref(o);
}

TEST(ints_print)
{
    CHECK_STR(printed(tg_int(0)), "0");
    CHECK_STR(printed(tg_int(INT64_MAX)), "9223372036854775807");
    CHECK_STR(printed(tg_int(INT64_MIN)), "-9223372036854775808");
}

TEST(floats_print_with_the_fewest_digits)
{
    CHECK_STR(printed(tg_float(1)), "1.0");
    CHECK_STR(printed(tg_float(-0.0)), "-0.0");
    CHECK_STR(printed(tg_float(0.1)), "0.1");
    CHECK_STR(printed(tg_float(0.1 + 0.2)), "0.30000000000000004");
    CHECK_STR(printed(tg_float(1.0 / 3)), "0.3333333333333333");
    CHECK_STR(printed(tg_float(1e300)), "1e+300");
    CHECK_STR(printed(tg_float(1e15)), "1e+15");
    CHECK_STR(printed(tg_float(123456)), "123456.0");
    CHECK_STR(printed(tg_float(5e-324)), "5e-324");
    CHECK_STR(printed(tg_float(1.7976931348623157e308)), "1.7976931348623157e+308");
    CHECK_STR(printed(tg_float(NAN)), "nan");
    CHECK_STR(printed(tg_float(INFINITY)), "inf");
    CHECK_STR(printed(tg_float(-INFINITY)), "-inf");
}

TEST(floats_are_read_back)
{
    uint64_t state = 1;
    size_t bad = 0;
    for (int i = 0; i < 100000; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        tg_value v = tg_make_(TG_FLOAT, state ^ state >> 21);
        if (isfinite(v.f)) bad += strtod(printed(v), NULL) != v.f;
    }
    CHECK_INT(bad, 0);
}

TEST(texts_print_bare_and_are_quoted_inside)
{
    CHECK_STR(printed(tg_str("a \"b\"")), "a \"b\"");
    CHECK_STR(printed(tg_str_make(TG_FILE, "x.txt", 5)), "x.txt");
    CHECK_STR(printed(deep_list(1, tg_str("a"))), "[\"a\"]");
    CHECK_STR(printed(deep_list(1, tg_str_make(TG_FILE, "x.txt", 5))), "[\"x.txt\"]");
    CHECK_STR(printed(tg_str_make(TG_BYTES, "a\0\xff\"$", 5)), "b\"a\\x00\\xff\\\"$\"");
}

TEST(repr_escapes)
{
    CHECK_STR(repr(tg_str("a\n\t\r\"\\\x7f"), 0), "\"a\\n\\t\\x0d\\\"\\\\\\x7f\"");
    CHECK_STR(repr(tg_str("${x} $ {} $${"), 0), "\"\\${x} $ {} $\\${\"");
    CHECK_STR(repr(tg_str("\xc3\xa9"), 0), "\"\xc3\xa9\"");
    CHECK_STR(repr(tg_str_make(TG_STR, "\xff\0", 2), 0), "\"\\xff\\x00\"");
    CHECK_STR(repr(tg_str("$"), 0), "\"$\"");
}

TEST(everything_else_prints)
{
    CHECK_STR(printed(tg_nil()), "nil");
    CHECK_STR(printed(tg_bool(true)), "true");
    CHECK_STR(printed(tg_future(12)), "<task 12>");
    CHECK_STR(printed(tg_make_(TG_FAILED, 0)), "<failed>");
    CHECK_STR(printed(closure(tg_nil())), "<fn>");
    CHECK_STR(printed(tg_list_make(0)), "[]");
    CHECK_STR(printed(tg_record_make(0)), "{}");
    CHECK_STR(printed(ints(1, -2)), "[1, -2]");
    CHECK_STR(printed(fields("a", tg_int(1), "odd key", deep_list(1, tg_str("x")))), "{a: 1, \"odd key\": [\"x\"]}");
    CHECK_STR(printed(fields("_a1", tg_nil(), "1a", tg_nil())), "{_a1: nil, \"1a\": nil}");
}

TEST(objects_describe_themselves)
{
    CHECK_STR(printed(tg_object_make(&plain_type, 4)), "<plain>");
    CHECK_STR(printed(box(tg_nil(), 3)), "bbb");
    CHECK_STR(printed(box(tg_nil(), 0)), "");
    CHECK_STR(printed(box(tg_nil(), -1)), "<box>");
    CHECK_INT(strlen(printed(box(tg_nil(), 255))), 255);
    CHECK_INT(strlen(printed(box(tg_nil(), 256))), 256);
    CHECK_INT(strlen(printed(box(tg_nil(), 100000))), 100000);
    CHECK_STR(printed(tg_object_make(&lying_type, 0)), "short");
}

TEST(repr_is_cut)
{
    CHECK_STR(repr(ints(1, 2), 6), "[1, 2]");
    CHECK_STR(repr(ints(1, 2), 5), "[1, 2...");
    CHECK_STR(repr(ints(1, 2), 1), "[...");
    CHECK_STR(repr(tg_str("ab\xc3\xa9z"), 4), "\"ab...");
    CHECK_STR(repr(tg_str("ab\xc3\xa9z"), 5), "\"ab\xc3\xa9...");
    struct tg_buf b = {0};
    tg_buf_text(&b, "before ");
    tg_value_repr(&b, tg_int(123456), 3);
    CHECK_STR(b.data, "before 123...");
    tg_buf_done(&b);
}

TEST(repr_of_huge_values_stops_early)
{
    tg_value v = tg_str("x");
    for (int i = 0; i < 200; i++) { /* 2^200 items if all were walked */
        tg_value twice = tg_list_make(2);
        tg_list_add(twice, tg_value_ref(v));
        tg_list_add(twice, v);
        v = twice;
    }
    CHECK_INT(strlen(repr(v, 1000)), 1003);
    tg_buf_done(&text);
    tg_value long_text = tg_str_make(TG_STR, NULL, 100 << 20);
    CHECK_INT(strlen(repr(long_text, 50)), 53);
    CHECK(text.room < 100000);
}

TEST(deep_values_print_dots)
{
    const char *out = printed(deep_list(DEEP, tg_nil()));
    CHECK_INT(strlen(out), 2 * TG_MAX_NESTING + 3);
    CHECK(strncmp(out + TG_MAX_NESTING - 1, "[...]", 5) == 0);
    out = printed(deep_list(TG_MAX_NESTING, tg_nil()));
    CHECK(strstr(out, "[nil]") != NULL);
    out = json(deep_list(DEEP, tg_nil()), 0);
    CHECK(strstr(out, "[\"...\"]") != NULL);
}

/* ---- JSON ---------------------------------------------------------------------------------------- */

TEST(json_prints)
{
    CHECK_STR(json(fields("a", tg_int(1), "b", ints(1, 2)), 0), "{\"a\":1,\"b\":[1,2]}");
    CHECK_STR(json(fields("a", tg_int(1), "b", ints(1, 2)), 2), "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    2\n  ]\n}");
    CHECK_STR(json(tg_list_make(0), 2), "[]");
    CHECK_STR(json(tg_record_make(0), 2), "{}");
    CHECK_STR(json(tg_nil(), 0), "null");
    CHECK_STR(json(tg_bool(true), 0), "true");
    CHECK_STR(json(tg_float(2), 0), "2.0");
    CHECK_STR(json(tg_float(NAN), 0), "\"nan\"");
    CHECK_STR(json(tg_float(-INFINITY), 0), "\"-inf\"");
    CHECK_STR(json(tg_str_make(TG_FILE, "a\"b", 3), 0), "\"a\\\"b\"");
    CHECK_STR(json(box(tg_nil(), 2), 0), "\"bb\"");
    CHECK_STR(json(tg_future(3), 0), "\"<task 3>\"");
}

TEST(json_bytes_are_base64)
{
    CHECK_STR(json(tg_str_make(TG_BYTES, "", 0), 0), "\"\"");
    CHECK_STR(json(tg_str_make(TG_BYTES, "f", 1), 0), "\"Zg==\"");
    CHECK_STR(json(tg_str_make(TG_BYTES, "fo", 2), 0), "\"Zm8=\"");
    CHECK_STR(json(tg_str_make(TG_BYTES, "foo", 3), 0), "\"Zm9v\"");
    CHECK_STR(json(tg_str_make(TG_BYTES, "\xff\xfe\xfd\0", 4), 0), "\"//79AA==\"");
}

static const char *reread(const char *source, size_t length)
{
    struct tg_err err = {0};
    tg_value v = tg_nil();
    if (tg_value_from_json(source, length, &v, &err)) return json(v, 0);
    text.length = 0;
    CHECK_INT(err.code, TG_EXIT_USAGE);
    tg_buf_text(&text, err.message);
    tg_err_done(&err);
    return tg_buf_str(&text);
}
#define REREAD(source) reread((source), sizeof(source) - 1)

TEST(json_is_read)
{
    CHECK_STR(REREAD(" {\"z\": 1, \"a\": [1, 2.5, true, false, null, \"x\"], \"e\": {}} \n"),
              "{\"z\":1,\"a\":[1,2.5,true,false,null,\"x\"],\"e\":{}}");
    CHECK_STR(REREAD("5"), "5");
    CHECK_STR(REREAD("-9223372036854775808"), "-9223372036854775808");
    CHECK_STR(REREAD("1e2"), "100.0");
    CHECK_STR(REREAD("\"\\u00e9\\u0000\\ud83d\\ude00\""), "\"\xc3\xa9\\u0000\xf0\x9f\x98\x80\"");
}

TEST(json_errors_name_the_place)
{
    CHECK_STR(REREAD("[1,\n 2,\n x]"), "line 3, column 2: invalid token near 'x'");
    CHECK_STR(REREAD("[9223372036854775808]"), "line 1, column 20: the integer does not fit into 64 bits");
    CHECK_STR(REREAD("1e999"), "line 1, column 5: the number is too large for a float");
    CHECK_STR(REREAD("{\"a\": 1,\n \"a\": 2}"), "line 2, column 4: duplicate object key near '\"a\"'");
    CHECK_STR(REREAD("\"\xc3\xa9\xff\""), "line 1, column 3: not valid UTF-8");
    CHECK(strncmp(REREAD(""), "line 1, column 1: ", 18) == 0);
    CHECK(strncmp(REREAD("[1] [2]"), "line 1, column 5: ", 18) == 0);
    CHECK(strncmp(REREAD("{\"a\\u0000\": 1}"), "line 1, column ", 15) == 0);
    CHECK(strncmp(REREAD("\"\\ud800\""), "line 1, column ", 15) == 0);
    CHECK(strncmp(reread(NULL, 0), "line 1, column 1: ", 18) == 0);
}

TEST(json_nesting_is_capped)
{
    char source[4 * TG_MAX_NESTING];
    memset(source, '[', TG_MAX_NESTING);
    memset(source + TG_MAX_NESTING, ']', TG_MAX_NESTING);
    const char *out = reread(source, 2 * TG_MAX_NESTING);
    CHECK(strncmp(out, "[[[", 3) == 0 && strstr(out, "...") == NULL);
    memset(source, '[', sizeof source);
    source[0] = '\n';
    CHECK_STR(reread(source, sizeof source), "line 2, column 1001: nested too deeply");
    memset(source, '[', sizeof source);
    source[0] = source[sizeof source - 1] = '"';
    source[10] = '\\', source[11] = '"';
    CHECK(strncmp(reread(source, sizeof source), "\"[[", 3) == 0);
}

TEST(json_objects_with_many_keys)
{
    struct tg_buf b = {0};
    tg_buf_char(&b, '{');
    for (int i = 0; i < 5000; i++) tg_buf_format(&b, "%s\"key %d\":%d", i ? "," : "", i, i);
    tg_buf_char(&b, '}');
    CHECK_STR(reread(b.data, b.length), b.data);
    tg_buf_done(&b);
}

__attribute__((destructor)) static void done(void)
{
    tg_buf_done(&text);
}
