/* SPDX-License-Identifier: MIT
 * The built-in tasks, called as a run calls them. */
#include "engine/value/future.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "tests/unit/call.h"

/* ---- arithmetic ---------------------------------------------------------------------------------- */

TEST(core_adds_and_subtracts)
{
    use("core");
    IS("+", "[1, 2]", "3");
    IS("+", "[1, 2.5]", "3.5");
    IS("-", "[1, 2]", "-1");
    IS("+", "[9223372036854775807, 1]", "error: integer overflow in 9223372036854775807 + 1");
    IS("-", "[-9223372036854775807, 2]", "error: integer overflow in -9223372036854775807 - 2");
    IS("+", "[\"ab\", \"c\"]", "\"abc\"");
    IS("+", "[[1], [2, 3]]", "[1, 2, 3]");
    IS("+", "[1, \"a\"]", "error: cannot compute int + str");
    IS("+", "[true, 1]", "error: cannot compute bool + int");
    CHECK_STR(call_text("+", list_of(2, tg_str_make(TG_FILE, "a/b", 3), tg_str(".gz"))), "\"a/b.gz\"");
    CHECK_STR(call_text("+", list_of(2, tg_str_make(TG_BYTES, "\0x", 2), tg_str_make(TG_BYTES, "y", 1))), "b\"\\x00xy\"");
}

TEST(core_multiplies)
{
    use("core");
    IS("*", "[6, 7]", "42");
    IS("*", "[4611686018427387904, 2]", "error: integer overflow in 4611686018427387904 * 2");
    IS("*", "[\"ab\", 3]", "\"ababab\"");
    IS("*", "[3, [1, 2]]", "[1, 2, 1, 2, 1, 2]");
    IS("*", "[\"x\", -1]", "\"\"");
    IS("*", "[\"ab\", 1000000000000]", "error: a str of 2 bytes, repeated 1000000000000 times, would take more than 1 GB");
    IS("*", "[[1], 9223372036854775807]",
       "error: a list of 1 items, repeated 9223372036854775807 times, would take more than 1 GB");
    IS("*", "[\"a\", \"b\"]", "error: cannot compute str * str");
}

TEST(core_divides_as_python)
{
    use("core");
    IS("/", "[7, 2]", "3.5");
    IS("/", "[6, 2]", "3.0");
    IS("/", "[9223372036854775807, 9223372036854775807]", "1.0");
    IS("/", "[1, 0]", "error: division by zero in 1 / 0");
    IS("//", "[7, 2]", "3");
    IS("//", "[-7, 2]", "-4");
    IS("//", "[7, -2]", "-4");
    IS("//", "[-7.5, 2]", "-4.0");
    IS("//", "[1, 0.0]", "error: division by zero in 1 // 0.0");
    IS("%", "[-7, 3]", "2");
    IS("%", "[7, -3]", "-2");
    IS("%", "[-7.5, 3]", "1.5");
    IS("%", "[5, 0]", "error: division by zero in 5 % 0");
    CHECK_STR(call_text("//", list_of(2, tg_int(INT64_MIN), tg_int(-1))),
              "error: integer overflow in -9223372036854775808 // -1");
    CHECK_STR(call_text("%", list_of(2, tg_int(INT64_MIN), tg_int(-1))), "0");
    CHECK_STR(call_text("//", list_of(2, tg_float(-5), tg_float(__builtin_inf()))), "-1.0");
}

TEST(core_raises_to_powers)
{
    use("core");
    IS("**", "[2, 10]", "1024");
    IS("**", "[2, 62]", "4611686018427387904");
    IS("**", "[-2, 63]", "-9223372036854775808");
    IS("**", "[2, 63]", "error: integer overflow in 2 ** 63");
    IS("**", "[1, 9223372036854775807]", "1");
    IS("**", "[0, 0]", "1");
    IS("**", "[2, -1]", "0.5");
    IS("**", "[0, -1]", "error: division by zero in 0 ** -1");
    IS("**", "[-8.0, 0.5]", "error: -8.0 ** 0.5 is not a real number");
    IS("**", "[10.0, 400]", "error: float overflow in 10.0 ** 400");
    IS("**", "[2.0, 3]", "8.0");
}

TEST(core_rounds_half_to_even)
{
    use("core");
    IS("round", "[2.5]", "2");
    IS("round", "[3.5]", "4");
    IS("round", "[-2.5]", "-2");
    IS("round", "[2.675, 2]", "2.67");
    IS("round", "[1234.5, -2]", "1200.0");
    IS("round", "[1250, -2]", "1200");
    IS("round", "[1350, -2]", "1400");
    IS("round", "[-1350, -2]", "-1400");
    IS("round", "[7, 3]", "7");
    IS("round", "[9223372036854775807, -19]", "error: integer overflow in round(9223372036854775807, -19)");
    IS("round", "[4, -100]", "0");
    IS("round", "[1e300]", "error: integer overflow in round(1e+300)");
    IS("abs", "[-3]", "3");
    IS("abs", "[-3.5]", "3.5");
    IS("neg", "[3]", "-3");
    IS("pos", "[3]", "3");
    CHECK_STR(call_text("neg", list_of(1, tg_int(INT64_MIN))), "error: integer overflow in -(-9223372036854775808)");
}

/* ---- comparing ----------------------------------------------------------------------------------- */

TEST(core_compares)
{
    use("core");
    IS("==", "[1, 1.0]", "true");
    IS("==", "[1, \"1\"]", "false");
    IS("!=", "[[1, {\"a\": 2}], [1, {\"a\": 2}]]", "false");
    IS("<", "[1, 2.5]", "true");
    IS("<=", "[\"b\", \"a\"]", "false");
    IS(">", "[[1, 2], [1, 1, 5]]", "true");
    IS(">=", "[2, 2]", "true");
    IS("<", "[1, \"a\"]", "error: cannot compare int < str");
    IS(">=", "[{}, {}]", "error: cannot compare record >= record");
    IS("<", "[[1], [\"a\"]]", "error: cannot compare list < list: some of their items have no order");
    CHECK_STR(call_text("<", list_of(2, tg_float(__builtin_nan("")), tg_int(1))), "false");
    CHECK_STR(call_text(">=", list_of(2, tg_float(__builtin_nan("")), tg_int(1))), "false");
}

TEST(core_looks_inside)
{
    use("core");
    IS("in", "[2, [1, 2.0]]", "true");
    IS("not in", "[2, [1]]", "true");
    IS("in", "[\"a\", {\"a\": 1}]", "true");
    IS("in", "[\"bc\", \"abcd\"]", "true");
    IS("in", "[\"\", \"\"]", "true");
    IS("in", "[1, \"abc\"]", "error: cannot compute int in str");
    IS("not in", "[1, 2]", "error: cannot compute int not in int");
    CHECK_STR(call_text("in", list_of(2, tg_int(120), tg_str_make(TG_BYTES, "xyz", 3))), "true");
}

TEST(core_knows_truth)
{
    use("core");
    IS("not", "[[]]", "true");
    IS("not", "[{\"a\": 1}]", "false");
    IS("bool", "[\"\"]", "false");
    IS("bool", "[0.0]", "false");
    IS("bool", "[\"0\"]", "true");
    IS("and", "[1, 2]", "2");
    IS("and", "[0, 2]", "0");
    IS("or", "[\"\", \"x\"]", "\"x\"");
    IS("or", "[3, \"x\"]", "3");
}

TEST(core_sorts)
{
    use("core");
    IS("sorted", "[[3, 1, 2.5, -1]]", "[-1, 1, 2.5, 3]");
    IS("sorted", "[[\"b\", \"a\"], true]", "[\"b\", \"a\"]");
    IS("sorted", "[[[1, \"b\"], [0, \"z\"], [1, \"a\"]], true]", "[[1, \"b\"], [1, \"a\"], [0, \"z\"]]");
    IS("sorted", "[[1.0, 1, 0, 1.0, 1]]", "[0, 1.0, 1, 1.0, 1]");
    IS("sorted", "[[1.0, 1, 0, 1.0, 1], true]", "[1.0, 1, 1.0, 1, 0]");
    IS("sorted", "[[]]", "[]");
    IS("sorted", "[[1, \"a\", 2]]", "error: cannot compare int < str");
    IS("min", "[3, 1, 2]", "1");
    IS("max", "[[\"a\", \"c\", \"b\"]]", "\"c\"");
    IS("min", "[[]]", "error: 'min' of an empty list");
    IS("min", "[]", "error: 'min' needs an argument");
    IS("max", "[1]", "error: 'max' needs a list or several arguments, not one int");
    CHECK_STR(call_text("sorted", list_of(1, list_of(2, tg_float(__builtin_nan("")), tg_int(1)))),
              "error: cannot sort a list with nan, which has no order");
}

/* Numbers from a fixed sequence, sorted and looked through. */
TEST(core_sorts_many)
{
    use("core");
    tg_value list = tg_list_make(0), out;
    struct tg_err err = {0};
    uint32_t x = 1;
    for (int i = 0; i < 10000; i++) tg_list_add(list, tg_int((x = x * 1664525 + 1013904223) >> 20));
    CHECK(call_list("sorted", list_of(1, list), &out, &err));
    const struct tg_list *sorted = tg_list_of(out);
    CHECK_INT(sorted->count, 10000);
    for (size_t i = 1; i < sorted->count; i++) CHECK(sorted->items[i - 1].i <= sorted->items[i].i);
    tg_value_unref(out);
}

/* ---- lists, records, texts ----------------------------------------------------------------------- */

TEST(core_indexes)
{
    use("core");
    IS("index", "[[1, 2, 3], -1]", "3");
    IS("index", "[[1, 2, 3], 3]", "error: index 3 is out of range for a list of 3 items");
    IS("index", "[[], 0]", "error: index 0 is out of range for a list of 0 items");
    IS("index", "[[1], -2]", "error: index -2 is out of range for a list of 1 item");
    IS("index", "[\"h\u00e4\u20acx\", 2]", "\"\u20ac\"");
    IS("index", "[\"h\u00e4\", 2]", "error: index 2 is out of range for a str of 2 characters");
    IS("index", "[{\"a\": 1}, \"a\"]", "1");
    IS("index", "[{\"a\": 1, \"b\": 2}, \"c\"]", "error: no key 'c' in the record, which has 'a', 'b'");
    IS("index", "[{}, \"c\"]", "error: no key 'c' in the record, which is empty");
    IS("index", "[[1], \"a\"]", "error: the index of a list must be an int, not str");
    IS("index", "[5, 0]", "error: cannot index int");
    IS("field", "[{\"a\": 1, \"b\": 2, \"c\": 3, \"d\": 4, \"e\": 5, \"f\": 6, \"g\": 7}, \"x\"]",
       "error: no field 'x' in the record, which has 'a', 'b', 'c', 'd', 'e' and 2 more");
    CHECK_STR(call_text("index", list_of(2, tg_str_make(TG_BYTES, "\xff", 1), tg_int(0))), "255");
}

TEST(core_cuts_long_keys_in_messages)
{
    use("core");
    tg_value record = tg_record_make(0);
    char key[5000];
    memset(key, 'k', sizeof key);
    for (int i = 0; i < 9; i++) {
        key[0] = (char)('a' + i);
        tg_record_put(record, tg_str_make(TG_STR, key, sizeof key), tg_int(i));
    }
    const char *text = call_text("index", list_of(2, record, tg_str("x")));
    CHECK(strlen(text) < 400);
    CHECK(strstr(text, "...', '") && strstr(text, "and 4 more"));
}

TEST(core_slices_as_python)
{
    use("core");
    IS("slice", "[[0, 1, 2, 3], 1, 3]", "[1, 2]");
    IS("slice", "[[0, 1, 2, 3], -2]", "[2, 3]");
    IS("slice", "[[0, 1, 2, 3], null, null, -1]", "[3, 2, 1, 0]");
    IS("slice", "[[0, 1, 2, 3], 3, 0, -2]", "[3, 1]");
    IS("slice", "[[0, 1, 2, 3], 10, 20]", "[]");
    IS("slice", "[[0, 1, 2, 3], -10, 20, 3]", "[0, 3]");
    IS("slice", "[[0, 1, 2, 3], null, null, 9223372036854775807]", "[0]");
    IS("slice", "[\"h\u00e4ll\u20acx\", 1, 5]", "\"\u00e4ll\u20ac\"");
    IS("slice", "[\"h\u00e4\u20ac\", null, null, -1]", "\"\u20ac\u00e4h\"");
    IS("slice", "[\"abc\", 2, 1]", "\"\"");
    IS("slice", "[[1], null, null, 0]", "error: the step of a slice cannot be 0");
    IS("slice", "[{}, 1]", "error: cannot slice record");
    CHECK_STR(call_text("slice", list_of(4, list_of(1, tg_int(5)), tg_nil(), tg_nil(), tg_int(INT64_MIN))), "[5]");
    CHECK_STR(call_text("slice", list_of(4, tg_str_make(TG_BYTES, "abc", 3), tg_int(1), tg_nil(), tg_nil())), "b\"bc\"");
}

TEST(core_gives_parts_of_a_path)
{
    static const struct {
        const char *path, *dir, *name, *stem, *ext;
    } cases[] = {
        {"a/b.tar.gz", "\"a\"", "\"b.tar.gz\"", "\"b.tar\"", "\".gz\""},
        {"b", "\".\"", "\"b\"", "\"b\"", "\"\""},
        {"/b/", "\"/\"", "\"b\"", "\"b\"", "\"\""},
        {"x/.bashrc", "\"x\"", "\".bashrc\"", "\".bashrc\"", "\"\""},
        {"x//y.c", "\"x\"", "\"y.c\"", "\"y\"", "\".c\""},
        {"y.", "\".\"", "\"y.\"", "\"y.\"", "\"\""},
    };
    use("core");
    for (size_t i = 0; i < TG_COUNT(cases); i++) {
        tg_value file = tg_str_make(TG_FILE, cases[i].path, strlen(cases[i].path));
        CHECK_STR(call_text("field", list_of(2, tg_value_ref(file), tg_str("dir"))), cases[i].dir);
        CHECK_STR(call_text("field", list_of(2, tg_value_ref(file), tg_str("name"))), cases[i].name);
        CHECK_STR(call_text("field", list_of(2, tg_value_ref(file), tg_str("stem"))), cases[i].stem);
        CHECK_STR(call_text("field", list_of(2, file, tg_str("ext"))), cases[i].ext);
    }
    CHECK_STR(call_text("field", list_of(2, tg_str_make(TG_FILE, "a", 1), tg_str("size"))),
              "error: no field 'size' in a file, which has 'path', 'name', 'dir', 'stem', 'ext'");
    IS("field", "[5, \"a\"]", "error: no field 'a' in int");
}

TEST(core_makes_lists)
{
    use("core");
    IS("list", "[1, \"a\", []]", "[1, \"a\", []]");
    IS("record", "[[\"a\", \"b\"], 1, 2]", "{a: 1, b: 2}");
    IS("record", "[[\"a\", \"b\"], 1]", "error: a record of 2 names needs as many values, not 1");
    IS("range", "[3]", "[0, 1, 2]");
    IS("range", "[1, 7, 3]", "[1, 4]");
    IS("range", "[3, 0, -1]", "[3, 2, 1]");
    IS("range", "[3, 0]", "[]");
    IS("range", "[0, 5, 0]", "error: the step of a range cannot be 0");
    IS("range", "[9223372036854775807]",
       "error: a range of 9223372036854775807 items is too long, a list has at most 1000000000");
    IS("zip", "[[1, 2, 3], [\"a\", \"b\"]]", "[[1, \"a\"], [2, \"b\"]]");
    IS("zip", "[]", "[]");
    IS("enumerate", "[[\"a\", \"b\"], 5]", "[[5, \"a\"], [6, \"b\"]]");
    IS("enumerate", "[[1, 2], 9223372036854775807]", "error: integer overflow in 9223372036854775807 + 1");
    IS("reversed", "[[1, 2]]", "[2, 1]");
    IS("flatten", "[[[1, [2]], 3, []]]", "[1, [2], 3]");
    IS("concat", "[[1, [2]], [], [3]]", "[1, [2], 3]");
    IS("concat", "[]", "[]");
    IS("keys", "[{\"b\": 1, \"a\": 2}]", "[\"b\", \"a\"]");
    IS("values", "[{\"b\": 1, \"a\": 2}]", "[1, 2]");
    IS("len", "[\"h\u00e4\"]", "2");
    IS("len", "[{\"a\": 1}]", "1");
    IS("len", "[1]", "error: 'len' needs a str, bytes, list or record, not int");
    IS("unpack", "[[1, 2], 1, 2]", "2");
    IS("unpack", "[[1, 2, 3], 0, 2]", "error: expected 2 values to unpack, found 3");
    IS("unpack", "[[], 0, 1]", "error: expected 1 value to unpack, found 0");
    CHECK_STR(call_text("range", list_of(3, tg_int(INT64_MAX - 1), tg_int(INT64_MIN), tg_int(INT64_MIN))),
              "[9223372036854775806, -2]");
}

TEST(core_passes_futures_along)
{
    use("core");
    tg_value out;
    struct tg_err err = {0};
    const char *const tasks[] = {"reversed", "flatten", "concat", "enumerate", "list"};
    for (size_t i = 0; i < TG_COUNT(tasks); i++) {
        CHECK(call_list(tasks[i], list_of(1, list_of(2, tg_int(1), tg_future(7))), &out, &err));
        CHECK(tg_future_in(out));
        tg_value_unref(out);
    }
    CHECK(call_list("slice", list_of(3, list_of(2, tg_int(1), tg_future(7)), tg_int(1), tg_nil()), &out, &err));
    CHECK_INT(tg_list_of(out)->items[0].bits, 7);
    tg_value_unref(out);
}

TEST(core_converts)
{
    use("core");
    IS("int", "[\" -1_000 \"]", "-1000");
    IS("int", "[\"9223372036854775807\"]", "9223372036854775807");
    IS("int", "[\"-9223372036854775808\"]", "-9223372036854775808");
    IS("int", "[\"9223372036854775808\"]", "error: integer overflow in int(\"9223372036854775808\")");
    IS("int", "[\"99999999999999999999999\"]", "error: integer overflow in int(\"99999999999999999999999\")");
    IS("int", "[\"1__0\"]", "error: '1__0' is not an int");
    IS("int", "[\"\"]", "error: '' is not an int");
    IS("int", "[\"-\"]", "error: '-' is not an int");
    IS("int", "[\"12a\"]", "error: '12a' is not an int");
    IS("int", "[-3.7]", "-3");
    IS("int", "[1e19]", "error: integer overflow in int(1e+19)");
    IS("int", "[true]", "1");
    IS("int", "[null]", "error: cannot make an int of nil");
    IS("float", "[\"1.5\"]", "1.5");
    IS("float", "[\" 1_0e1 \"]", "100.0");
    IS("float", "[\"-inf\"]", "-inf");
    IS("float", "[\"0x10\"]", "error: '0x10' is not a float");
    IS("float", "[\"1.5 2\"]", "error: '1.5 2' is not a float");
    IS("float", "[\"\"]", "error: '' is not a float");
    IS("float", "[3]", "3.0");
    IS("str", "[[1, \"a\"]]", "\"[1, \\\"a\\\"]\"");
    IS("template", "[\"a\", 1, 2.5, null]", "\"a12.5nil\"");
    IS("template", "[]", "\"\"");
}

TEST(core_controls)
{
    use("core");
    CHECK_STR(call_text("try", list_of(2, tg_make_(TG_FAILED, 0), tg_int(5))), "5");
    IS("try", "[\"x\", 5]", "\"x\"");
    IS("after", "[1, 2, 3]", "1");
    IS("identity", "[[1]]", "[1]");
    IS("assert", "[1]", "nil");
    IS("assert", "[0]", "error: assertion failed");
    IS("assert", "[1, null]", "nil");
    IS("assert", "[0, [1, 0.00002]]", "error: assertion failed: [1, 0.00002]");
    IS("assert", "[[], \"xs is empty: 100%s\"]", "error: assertion failed: xs is empty: 100%s");
    IS("fail", "[\"no %s\"]", "error: no %s");
    IS("sleep", "[0.001, 7]", "7");
    IS("sleep", "[-1]", "error: cannot sleep for -1.0 seconds");
    CHECK_STR(call_text("sleep", list_of(2, tg_float(__builtin_nan("")), tg_nil())), "error: cannot sleep for nan seconds");
}

TEST(core_definitions_say_what_they_are)
{
    use("core");
    CHECK(tg_loaded_find(plugin, "try", 3)->flags & TG_DEF_CATCHES);
    CHECK(tg_loaded_find(plugin, "list", 4)->flags & TG_DEF_GATHER);
    CHECK(tg_loaded_find(plugin, "record", 6)->flags & TG_DEF_GATHER);
    CHECK(tg_loaded_find(plugin, "+", 1)->flags & TG_DEF_UNCHECKED);
    CHECK(!(tg_loaded_find(plugin, "-", 1)->flags & TG_DEF_UNCHECKED));
    CHECK(tg_loaded_find(plugin, "print", 5)->sig.effect);
    CHECK(!tg_loaded_find(plugin, "no such", 7));
}

TEST(core_arranges_by_keys)
{
    use("core");
    IS("sorted_by", "[[\"a\", \"b\", \"c\"], [2, 1, 2]]", "[\"b\", \"a\", \"c\"]");
    IS("sorted_by", "[[\"a\", \"b\", \"c\"], [2, 1, 2], true]", "[\"a\", \"c\", \"b\"]");
    IS("sorted_by", "[[], []]", "[]");
    IS("sorted_by", "[[1, 2], [1]]", "error: there must be as many keys as items, 2, not 1");
    IS("grouped_by", "[[1, 2, 3], [\"x\", \"y\", \"x\"]]", "{x: [1, 3], y: [2]}");
    IS("grouped_by", "[[1], []]", "error: there must be as many keys as items, 1, not 0");
    IS("unique", "[[1, 1.0, [1], [1.0], {\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": 1}]]", "[1, [1], {a: 1, b: 2}]");
    IS("any", "[[0, \"\"]]", "false");
    IS("all", "[[]]", "true");
    IS("sum", "[[1, 2.5], 3]", "6.5");
}

TEST(the_end)
{
    calls_done();
}
