/* SPDX-License-Identifier: MIT
 * engine/value: type terms and signatures. */
#include <stdlib.h>

#include "engine/base/limits.h"
#include "engine/value/future.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/sig.h"
#include "engine/value/str.h"
#include "tests/unit/check.h"

static const char *const objects[] = {"array", "table"};

/* One arena and buffer for all tests; texts live until the next call. */
static struct tg_arena arena;
static struct tg_buf text;

__attribute__((destructor)) static void done(void)
{
    tg_buf_done(&text);
    tg_arena_done(&arena);
}

/* The error as "message | hint". */
static const char *error_text(struct tg_err *err)
{
    text.length = 0;
    tg_buf_text(&text, err->message);
    if (err->hint) tg_buf_format(&text, " | %s", err->hint);
    tg_err_done(err);
    return tg_buf_str(&text);
}

static struct tg_type type_of(const char *term)
{
    struct tg_err err = {0};
    struct tg_type type = {0};
    CHECK(tg_type_parse(term, strlen(term), objects, 2, &arena, &type, &err));
    if (err.code) printf("# %s\n", error_text(&err));
    return type;
}

static const char *type_text(const char *term)
{
    struct tg_err err = {0};
    struct tg_type type;
    if (!tg_type_parse(term, strlen(term), objects, 2, &arena, &type, &err)) return error_text(&err);
    text.length = 0;
    tg_type_print(&text, &type);
    return tg_buf_str(&text);
}

static const char *sig_text(const char *signature)
{
    struct tg_err err = {0};
    struct tg_sig sig;
    if (!tg_sig_parse(signature, objects, 2, &arena, &sig, &err)) {
        CHECK_INT(err.code, TG_EXIT_CANNOT);
        return error_text(&err);
    }
    text.length = 0;
    tg_sig_print(&text, &sig);
    return tg_buf_str(&text);
}

static struct tg_sig sig_of(const char *signature)
{
    struct tg_err err = {0};
    struct tg_sig sig = {0};
    CHECK(tg_sig_parse(signature, objects, 2, &arena, &sig, &err));
    if (err.code) printf("# %s\n", error_text(&err));
    return sig;
}

static bool accepts(const char *term, tg_value take)
{
    struct tg_type type = type_of(term);
    bool good = tg_type_accepts(&type, take);
    tg_value_unref(take);
    return good;
}

static bool may(const char *to, const char *from)
{
    struct tg_type a = type_of(to), b = type_of(from);
    return tg_type_may_accept(&a, &b);
}

static tg_value list_of(tg_value take)
{
    tg_value list = tg_list_make(1);
    tg_list_add(list, take);
    return list;
}

/* ---- types --------------------------------------------------------------------------------------- */

TEST(types_print_as_they_are_written)
{
    static const char *const all[] = {"int",
                                      "float",
                                      "num",
                                      "bool",
                                      "str",
                                      "bytes",
                                      "file",
                                      "list",
                                      "record",
                                      "any",
                                      "nil",
                                      "function",
                                      "int?",
                                      "num?",
                                      "list?",
                                      "list[int]",
                                      "list[int]?",
                                      "list[int?]",
                                      "list[list[str]?]?",
                                      "array",
                                      "array?",
                                      "list[table]"};
    for (size_t i = 0; i < TG_COUNT(all); i++) CHECK_STR(type_text(all[i]), all[i]);
}

TEST(types_have_one_canonical_form)
{
    CHECK_STR(type_text(" list [ int ? ] ? "), "list[int?]?");
    CHECK_STR(type_text("list[any]"), "list");
    CHECK_STR(type_text("list[list[any?]]"), "list[list]");
    CHECK_STR(type_text("any?"), "any");
    CHECK_STR(type_text("nil?"), "nil");
}

TEST(sets_of_kinds_print)
{
    struct tg_type type = {TG_KIND_BIT(TG_INT) | TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_NIL), 0, NULL, NULL, false, false};
    text.length = 0;
    tg_type_print(&text, &type);
    CHECK_STR(text.data, "int or str or nil");
    type = (struct tg_type){TG_KIND_BIT(TG_OBJECT), 0, NULL, NULL, false, false};
    text.length = 0;
    tg_type_print(&text, &type);
    CHECK_STR(text.data, "object");
}

TEST(wrong_types)
{
    CHECK_STR(type_text("nun"), "unknown type 'nun' | did you mean 'num'?");
    CHECK_STR(type_text("aray"), "unknown type 'aray' | did you mean 'array'?");
    CHECK_STR(type_text("quaternion"), "unknown type 'quaternion'");
    CHECK_STR(type_text("list[nun]"), "in type 'list[nun]': unknown type 'nun' at column 6 | did you mean 'num'?");
    CHECK_STR(type_text(""), "in type '': type expected at column 1");
    CHECK_STR(type_text("list[int"), "in type 'list[int': ']' expected at column 9");
    CHECK_STR(type_text("int]"), "in type 'int]': end of the type expected, found ']' at column 4");
    CHECK_STR(type_text("int?"
                        "?"),
              "in type 'int?"
              "?': end of the type expected, found '?' at column 5");
    CHECK_STR(type_text("int[str]"), "in type 'int[str]': end of the type expected, found '[' at column 4");
    CHECK_STR(type_text("\xc3\xa9"), "in type '\xc3\xa9': type expected, found '\xc3\xa9' at column 1");
    CHECK_STR(type_text("int\n\x01\xff"), "in type 'int?"
                                          "?"
                                          "?': end of the type expected, found '?' at column 5");
}

static const char *nested(size_t depth)
{
    static char term[2000];
    char *at = term;
    for (size_t i = 0; i < depth; i++) at = stpcpy(at, "list[");
    at = stpcpy(at, "int");
    for (size_t i = 0; i < depth; i++) at = stpcpy(at, "]");
    return term;
}

TEST(type_nesting_is_capped)
{
    CHECK_STR(type_text(nested(32)), nested(32));
    CHECK(strstr(type_text(nested(33)), "type nested too deeply at column 166") != NULL);
    CHECK(strstr(type_text(nested(300)), "type nested too deeply") != NULL);
}

TEST(type_names_are_capped)
{
    char term[TG_MAX_NAME_BYTES + 2];
    memset(term, 'a', sizeof term - 1);
    term[sizeof term - 1] = 0;
    CHECK(strstr(type_text(term), "name longer than 1024 bytes at column 1") != NULL);
}

TEST(which_values_a_type_accepts)
{
    CHECK(accepts("int", tg_int(1)) && !accepts("int", tg_float(1)) && !accepts("int", tg_bool(true)));
    CHECK(accepts("float", tg_int(1)) && accepts("float", tg_float(1)) && accepts("num", tg_int(1)));
    CHECK(accepts("file", tg_str("a")) && accepts("file", tg_str_make(TG_FILE, "a", 1)));
    CHECK(!accepts("str", tg_str_make(TG_FILE, "a", 1)) && !accepts("bytes", tg_str("a")));
    CHECK(!accepts("int", tg_nil()) && accepts("int?", tg_nil()) && accepts("any", tg_nil()) && accepts("nil", tg_nil()));
    CHECK(accepts("int", tg_future(1)) && !accepts("int", tg_make_(TG_FAILED, 0)));
}

TEST(list_types_look_into_lists)
{
    CHECK(accepts("list", list_of(tg_str("a"))) && accepts("list[str]", list_of(tg_str("a"))));
    CHECK(!accepts("list[int]", list_of(tg_str("a"))) && !accepts("list[int]", tg_int(1)));
    CHECK(accepts("list[float]", list_of(tg_int(1))) && accepts("list[int]", tg_list_make(0)));
    CHECK(accepts("list[int?]", list_of(tg_nil())) && !accepts("list[int]?", list_of(tg_nil())));
    CHECK(accepts("list[list[int]]", list_of(list_of(tg_int(1)))) && !accepts("list[list[int]]", list_of(list_of(tg_nil()))));
    CHECK(accepts("list[int]", list_of(tg_future(1))));
}

TEST(object_types_go_by_name)
{
    static const struct tg_object_type array = {.size = sizeof array, .name = "array"};
    CHECK(accepts("array", tg_object_make(&array, 0)) && !accepts("table", tg_object_make(&array, 0)));
    CHECK(accepts("any", tg_object_make(&array, 0)) && !accepts("record", tg_object_make(&array, 0)));
}

TEST(which_types_may_meet)
{
    CHECK(may("int", "int") && may("int", "any") && may("any", "int") && may("int", "num") && may("float", "int"));
    CHECK(!may("int", "float") && !may("int", "str") && may("file", "str") && !may("str", "file"));
    CHECK(may("int?", "nil") && !may("int", "nil") && may("int?", "str?") && !may("int", "str?"));
    CHECK(may("list", "list[int]") && may("list[int]", "list") && may("list[float]", "list[int]"));
    CHECK(!may("list[int]", "list[str]") && may("list[int]?", "list[str]?") && may("list[int?]", "list[str?]"));
    CHECK(!may("list[list[int]]", "list[list[str]]") && may("list[file]", "list[str]"));
    CHECK(may("array", "array") && !may("array", "table") && may("array", "any") && !may("array", "list"));
    CHECK(may("any", "nil") && may("any", "array"));
}

/* ---- signatures ---------------------------------------------------------------------------------- */

TEST(signatures_print_as_they_are_written)
{
    static const char *const all[] = {
        "add(x: num, y: num) -> num",
        "f() -> nil",
        "print(values: any...) -> nil effect",
        "+(a: any, b: any) -> any",
        "not in(a: any, b: list) -> bool",
        "solve(a: array, tol: float = 1e-09, steps: int = -5, rest: list[int?]...) -> array?",
        "d(a: bool = true, b: bool? = nil, c: str = \"a\\n\\t\\\"\\\\\\${x}\\x01\", d: list[int] = [], e: num = 0) -> any",
        "g(x: file = \"a.txt\", y: any = false, z: float = 1, w: float = -0.0) -> list[file] effect",
        "big(a: int = 9223372036854775807, b: int = -9223372036854775808, c: float = 1.7976931348623157e+308) -> int",
    };
    for (size_t i = 0; i < TG_COUNT(all); i++) CHECK_STR(sig_text(all[i]), all[i]);
}

TEST(signatures_have_one_canonical_form)
{
    CHECK_STR(sig_text("  add ( x :num,y:  num=1.50 ) ->num  effect "), "add(x: num, y: num = 1.5) -> num effect");
    CHECK_STR(sig_text("f() -> int grows   effect"), "f() -> int effect grows");
    CHECK_STR(sig_text("f() -> int slow grows effect"), "f() -> int effect grows slow");
    CHECK_STR(sig_text("f() -> int now"), "f() -> int now");
    CHECK_STR(sig_text("f(\n  x: int,\n  rest: int ...\n) -> int"), "f(x: int, rest: int...) -> int");
    CHECK_STR(sig_text("f(x: num = 1E3, s: str = \"\\x41\xc3\xa9$\") -> int"),
              "f(x: num = 1000.0, s: str = \"A\xc3\xa9$\") -> int");
}

TEST(a_signature_is_counted)
{
    struct tg_sig sig = sig_of("f(a: int, b: str, c: int = 3, d: str = \"x\", e: any...) -> list[int] effect");
    CHECK_STR(sig.name, "f");
    CHECK_INT(sig.count, 5);
    CHECK_INT(sig.required, 2);
    CHECK(sig.rest && sig.effect);
    CHECK(!sig.params[1].has_default && sig.params[2].has_default && !sig.params[4].has_default);
    CHECK(sig.params[4].rest && !sig.params[3].rest);
    CHECK_INT(sig.params[2].default_value.i, 3);
    CHECK_STR(tg_str_of(sig.params[3].default_value)->data, "x");
    CHECK_INT(sig.result.kinds, TG_KIND_BIT(TG_LIST));
    CHECK_STR(tg_sig_param_of(&sig, 0)->name, "a");
    CHECK_STR(tg_sig_param_of(&sig, 4)->name, "e");
    CHECK_STR(tg_sig_param_of(&sig, 400)->name, "e");
    CHECK(!sig.slow && sig_of("f() -> int slow effect").slow);
    CHECK(!sig.now && sig_of("f() -> int now").now);
    CHECK(!sig.grows && sig_of("f() -> int grows").grows && !sig_of("f() -> int grows").effect);
    sig = sig_of("f(a: int) -> int");
    CHECK(tg_sig_param_of(&sig, 1) == NULL);
    sig = sig_of("f(a: int...) -> int");
    CHECK_INT(sig.required, 0);
}

TEST(defaults_are_shared_but_never_changed)
{
    struct tg_sig sig = sig_of("f(a: list = [], b: str = \"x\") -> int");
    tg_value list = sig.params[0].default_value;
    tg_value own = tg_list_own(tg_value_ref(list), 1);
    CHECK(own.p != list.p);
    tg_list_add(own, tg_value_ref(sig.params[1].default_value));
    CHECK_INT(tg_list_of(list)->count, 0);
    tg_value_unref(own);
    CHECK(tg_value_unique(list) && tg_value_unique(sig.params[1].default_value));
}

TEST(wrong_signatures)
{
    static const char *const cases[][2] = {
        {"add(x: nun) -> num", "unknown type 'nun' at column 8 | did you mean 'num'?"},
        {"", "'(' expected at column 1"},
        {"add", "'(' expected at column 4"},
        {"(x: int) -> int", "task without a name at column 1"},
        {"a  b() -> int", "'(' expected, found ' ' at column 3"},
        {"a\tb() -> int", "'(' expected, found '?' at column 2"},
        {"add(x: int", "',' or ')' expected at column 11"},
        {"add(x: int,) -> int", "parameter name expected, found ')' at column 12"},
        {"add(1x: int) -> int", "parameter name expected, found '1' at column 5"},
        {"add(x) -> int", "':' and a type expected, found ')' at column 6"},
        {"add(x: int, x: int) -> int", "second parameter 'x' at column 13"},
        {"f(x: int = 1, y: int) -> int", "parameter 'y' needs a default, as 'x' before it has one at column 15"},
        {"f(x: int..., y: int) -> int", "parameter 'y' after 'x', which takes the rest at column 14"},
        {"f(x: int... = 1) -> int", "',' or ')' expected, found '=' at column 13"},
        {"f(x: int)", "'->' and the result's type expected at column 10"},
        {"f(x: int): int", "'->' and the result's type expected, found ':' at column 10"},
        {"f() ->", "type expected at column 7"},
        {"f() -> int efect", "'effect', 'grows', 'slow', 'now' or the end expected, found 'efect' at column 12"},
        {"f() -> int effect effect", "second 'effect' at column 19"},
        {"f() -> int grows effect grows", "second 'grows' at column 25"},
        {"f() -> int grows 1", "'effect', 'grows', 'slow', 'now' or the end expected, found '1' at column 18"},
        {"f() -> int now now", "second 'now' at column 16"},
        {"f() -> int now slow", "a task is not both 'now' and 'slow' at column 16"},
        {"f() -> int effect now", "a task is not both 'now' and 'effect' at column 19"},
        {"f() -> int grows now", "a task is not both 'now' and 'grows' at column 18"},
        {"f() -> int, int", "'effect', 'grows', 'slow', 'now' or the end expected, found ',' at column 11"},
        {"f(x: int = \"a\") -> int", "default of parameter 'x' is str, not int at column 12"},
        {"f(x: int = 1.5) -> int", "default of parameter 'x' is float, not int at column 12"},
        {"f(x: str = nil) -> int", "default of parameter 'x' is nil, not str at column 12"},
        {"f(x: int = 9223372036854775808) -> int", "int '9223372036854775808' does not fit into 64 bits at column 12"},
        {"f(x: float = 1e999) -> int", "number '1e999' is too large for a float at column 14"},
        {"f(x: int = -) -> int", "default value expected, found '-' at column 12"},
        {"f(x: int = yes) -> int", "'yes' is not a default value at column 12"},
        {"f(x: int = ) -> int", "default value expected, found ')' at column 12"},
        {"f(x: str = \"abc) -> int", "text without closing '\"' at column 12"},
        {"f(x: str = \"\\q\") -> int", "unknown escape at column 13"},
        {"f(x: str = \"\\x4\") -> int", "unknown escape at column 13"},
        {"f(x: str = \"\\xff\") -> int", "text that is not valid UTF-8 at column 12"},
        {"f(x: str = \"\\", "unknown escape at column 13"},
        {"f(x: list = [1]) -> int", "']' of an empty list expected, found '1' at column 14"},
        {"\xc3\xa9(x: nun) -> int", "unknown type 'nun' at column 6 | did you mean 'num'?"},
    };
    for (size_t i = 0; i < TG_COUNT(cases); i++) {
        struct tg_buf wanted = {0};
        tg_buf_format(&wanted, "in signature '%s': %s", cases[i][0], cases[i][1]);
        char *tab = strchr(wanted.data, '\t');
        if (tab) *tab = '?';
        CHECK_STR(sig_text(cases[i][0]), wanted.data);
        tg_buf_done(&wanted);
    }
    CHECK_STR(sig_text(NULL), "task without a signature");
    CHECK_STR(sig_text("f(\xff) -> int"), "in signature 'f(?) -> int': not valid UTF-8 at column 3");
}

TEST(long_signatures_are_cut_in_messages)
{
    char name[TG_MAX_NAME_BYTES + 20];
    memset(name, 'a', sizeof name);
    strcpy(name + TG_MAX_NAME_BYTES, "() -> int");
    CHECK_STR(sig_text(name), name);
    memset(name, 'a', TG_MAX_NAME_BYTES + 1);
    strcpy(name + TG_MAX_NAME_BYTES + 1, "() -> int");
    const char *message = sig_text(name);
    CHECK(strstr(message, "aaa...': name longer than 1024 bytes at column 1") != NULL);
    CHECK(strlen(message) < 300);
}

TEST(a_failure_leaves_the_result_alone)
{
    struct tg_err err = {0};
    struct tg_sig sig = {.count = 77};
    struct tg_type type = {.kinds = 77};
    CHECK(!tg_sig_parse("f(x: int, y: in) -> int", NULL, 0, &arena, &sig, &err));
    CHECK_INT(sig.count, 77);
    CHECK(!tg_type_parse("list[", 5, NULL, 0, &arena, &type, NULL));
    CHECK_INT(type.kinds, 77);
    tg_err_done(&err);
}

TEST(many_parameters)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, "f(");
    for (int i = 0; i < 1000; i++) tg_buf_format(&b, "%sp%d: int", i ? ", " : "", i);
    tg_buf_text(&b, ") -> int");
    CHECK_STR(sig_text(b.data), b.data);
    tg_buf_done(&b);
}
