/* SPDX-License-Identifier: MIT
 * The plugins math and text, called as a run calls them. */
#include <sys/stat.h>

#include "engine/value/record.h"
#include "engine/value/str.h"
#include "lang/bind/builtins.h"
#include "tests/unit/call.h"

/* ---- the math plugin ----------------------------------------------------------------------------- */

TEST(math_computes)
{
    use("math");
    IS("inc", "[1]", "2");
    IS("inc", "[1.5]", "2.5");
    IS("inc", "[9223372036854775807]", "error: integer overflow in 9223372036854775807 + 1");
    IS("dec", "[1]", "0");
    IS("add", "[1, 2]", "3");
    IS("add", "[1, 2.5]", "3.5");
    IS("sub", "[1, 2]", "-1");
    IS("mul", "[3, 4]", "12");
    IS("div", "[1, 2]", "0.5");
    IS("div", "[9007199254740993, 3]", "3002399751580331.0");
    IS("div", "[1, 0]", "error: division by zero in 1 / 0");
    IS("mod", "[-7, 3]", "2");
    IS("mod", "[7.5, -2]", "-0.5");
    IS("square", "[3037000500]", "error: integer overflow in 3037000500 * 3037000500");
    IS("double", "[2.5]", "5.0");
    IS("neg", "[2]", "-2");
    IS("abs", "[-2]", "2");
    IS("pow", "[2, 10]", "1024");
    IS("pow", "[-1.0, 0.5]", "error: -1.0 ** 0.5 is not a finite real number");
    IS("sqrt", "[16]", "4.0");
    IS("sqrt", "[-1]", "error: sqrt(-1) is not a real number");
    IS("log", "[0]", "error: log(0) is not finite");
    IS("floor", "[-1.5]", "-2");
    IS("ceil", "[1.2]", "2");
    IS("floor", "[1e30]", "error: floor(1e+30) does not fit into an int");
}

TEST(math_takes_lists)
{
    use("math");
    IS("sum", "[[1, 2, 3]]", "6");
    IS("sum", "[[]]", "0");
    IS("sum", "[[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]]", "1.0");
    IS("sum", "[[1, 0.5, 1]]", "2.5");
    IS("sum", "[[9223372036854775807, 1]]", "error: integer overflow in 9223372036854775807 + 1");
    IS("product", "[[2, 3, 4]]", "24");
    IS("mean", "[[1, 2]]", "1.5");
    IS("mean", "[[]]", "error: mean of an empty list");
    IS("min", "[[3, 1.5]]", "1.5");
    IS("max", "[3, 1.5]", "3");
    IS("min", "[[]]", "error: min of an empty list");
    IS("max", "[null, {}]", "error: max needs numbers, not nil");
    IS("min", "[1, 2, \"a\"]", "error: min needs numbers, not str");
    IS("min", "[\"a\", 1]", "error: min needs numbers, not str");
}

TEST(math_knows_primes)
{
    use("math");
    IS("gcd", "[12, -18]", "6");
    IS("fib", "[92]", "7540113804746346429");
    IS("fib", "[93]", "error: integer overflow in fib(93)");
    IS("fib", "[0]", "0");
    IS("fib", "[-1]", "error: fib(-1): there are no Fibonacci numbers before 0");
    IS("is_prime", "[9223372036854775783]", "true");
    IS("is_prime", "[3215031751]", "false");
    IS("is_prime", "[1]", "false");
    IS("is_prime", "[37]", "true");
    IS("count_primes", "[0, 1000]", "168");
    IS("count_primes", "[10, 3]", "0");
    CHECK_STR(call_text("gcd", list_of(2, tg_int(INT64_MIN), tg_int(0))),
              "error: integer overflow in gcd(-9223372036854775808, 0)");
    CHECK_STR(call("random", "[1]"), call("random", "[1]"));
    struct tg_err err = {0};
    tg_value a, b;
    CHECK(call_list("random", json("[1]"), &a, &err) && call_list("random", json("[2]"), &b, &err));
    CHECK(a.f >= 0 && a.f < 1 && b.f >= 0 && b.f < 1 && a.f != b.f);
}

/* ---- the text plugin ----------------------------------------------------------------------------- */

TEST(text_cuts_and_joins)
{
    use("text");
    IS("lines", "[\"a\\r\\nb\\n\\nc\"]", "[\"a\", \"b\", \"\", \"c\"]");
    IS("lines", "[\"a\\n\"]", "[\"a\"]");
    IS("lines", "[\"\"]", "[]");
    IS("split", "[\" a  b \"]", "[\"a\", \"b\"]");
    IS("split", "[\"a,,b\", \",\"]", "[\"a\", \"\", \"b\"]");
    IS("split", "[\"a\", \"\"]", "error: cannot split by an empty text");
    IS("join", "[[\"a\", 1, 2.5], \"-\"]", "\"a-1-2.5\"");
    IS("join", "[[]]", "\"\"");
    IS("replace", "[\"aXbX\", \"X\", \"yy\"]", "\"ayybyy\"");
    IS("replace", "[\"a\", \"\", \"y\"]", "error: cannot replace an empty text");
    IS("strip", "[\" \\t a b\\n\"]", "\"a b\"");
    IS("repeat", "[\"ab\", 2]", "\"abab\"");
    IS("repeat", "[\"ab\", 9223372036854775807]", "error: the repeated text would take more than 1 GB");
    IS("pad", "[\"\u00e4\", 3]", "\"\u00e4  \"");
    IS("pad", "[\"7\", 3, \"\u20ac\", true]", "\"\u20ac\u20ac7\"");
    IS("pad", "[\"abc\", 2]", "\"abc\"");
    IS("pad", "[\"abc\", 9, \"\"]", "error: the fill text must be one character, not ''");
    IS("pad", "[\"abc\", 9223372036854775807, \"x\"]", "error: the padded text would take more than 1 GB");
    IS("starts_with", "[\"abc\", \"ab\"]", "true");
    IS("ends_with", "[\"c\", \"bc\"]", "false");
    IS("contains", "[\"abc\", \"\"]", "true");
}

TEST(text_finds_patterns)
{
    use("text");
    IS("match", "[\"ab12.gz\", \"(\\\\d+)\\\\.(?P<ext>[a-z]+)\"]",
       "{text: \"12.gz\", start: 2, groups: [\"12\", \"gz\"], named: {ext: \"gz\"}}");
    IS("match", "[\"\u00e4\u20ac5\", \"[0-9]\"]", "{text: \"5\", start: 2, groups: [], named: {}}");
    IS("match", "[\"abc\", \"x\"]", "nil");
    IS("match", "[\"\", \"\"]", "{text: \"\", start: 0, groups: [], named: {}}");
    IS("match", "[\"b\", \"(a)|(?<x>b)|(?<y>c)\"]",
       "{text: \"b\", start: 0, groups: [nil, \"b\", nil], named: {x: \"b\", y: nil}}");
    IS("match", "[\"b\", \"(?J)(?<x>a)|(?<x>b)|(?<x>c)\"]",
       "{text: \"b\", start: 0, groups: [nil, \"b\", nil], named: {x: \"b\"}}");
    IS("match", "[\"\u00c4\", \"(?i)\u00e4\"]", "{text: \"\u00c4\", start: 0, groups: [], named: {}}");
    IS("match", "[\"a\", \"(\"]", "error: in the pattern '(': missing closing parenthesis at column 2");
    IS("match", "[\"a\", \"\u00e4[z-a]\"]",
       "error: in the pattern '\u00e4[z-a]': range out of order in character class at column 5");
    IS("find_all", "[\"a1b22\", \"[0-9]+\"]", "[\"1\", \"22\"]");
    IS("find_all", "[\"a=1,b=\", \"(.)=([0-9])?\"]", "[[\"a\", \"1\"], [\"b\", \"\"]]");
    IS("find_all", "[\"a=1,b=2\", \".=([0-9])\"]", "[\"1\", \"2\"]");
    IS("find_all", "[\"axb\", \"x*\"]", "[\"\", \"x\", \"\", \"\"]");
    IS("find_all", "[\"\u00e4\u00f6\", \"\"]", "[\"\", \"\", \"\"]");
    IS("find_all", "[\"aab\", \"\\\\Ga\"]", "[\"a\", \"a\"]");
    IS("find_all", "[\"\", \"x\"]", "[]");
}

TEST(text_substitutes)
{
    use("text");
    IS("substitute", "[\"2026-11-26\", \"(\\\\d+)-(\\\\d+)-(?<day>\\\\d+)\", \"\\\\g<day>.\\\\2.\\\\g<1>\"]", "\"26.11.2026\"");
    IS("substitute", "[\"aaa\", \"a\", \"b\", 2]", "\"bba\"");
    IS("substitute", "[\"\u00e4b\", \"\", \"-\"]", "\"-\u00e4-b-\"");
    IS("substitute", "[\"ab\", \"(a)|(b)\", \"<\\\\1\\\\2>\"]", "\"<a><b>\"");
    IS("substitute", "[\"a\", \"a\", \"\\\\\\\\\\\\g<0>\"]", "\"\\\\a\"");
    IS("substitute", "[\"a\", \"a\", \"1\\\\n2\\\\t3\\\\r\\\\\\\\n\"]", "\"1\\n2\\t3\\x0d\\\\n\"");
    IS("substitute", "[\"ac\", \"(?J)(?<x>a)|(?<x>c)\", \"[\\\\g<x>]\"]", "\"[a][c]\"");
    IS("substitute", "[\"none\", \"x\", \"\\\\1\"]",
       "error: in the replacement '\\1': the pattern has no such group at column 1");
    IS("substitute", "[\"a\", \"a\", \"x\\\\g<y>\"]",
       "error: in the replacement 'x\\g<y>': the pattern has no such group at column 2");
    for (size_t i = 0; i < 4; i++) {
        static const char *const bad[] = {"\\\\q", "\\\\", "\\\\g", "\\\\g<1"};
        static const char *const shown[] = {"\\q", "\\", "\\g", "\\g<1"};
        char args[80], wanted[160];
        snprintf(args, sizeof args, "[\"a\", \"a\", \"%s\"]", bad[i]);
        snprintf(wanted, sizeof wanted,
                 "error: in the replacement '%s': behind a backslash stands none, a number, 'g<NAME>', n, r or t at column 1",
                 shown[i]);
        IS("substitute", args, wanted);
    }
    IS("substitute", "[\"a\", \"a\", \"b\", -1]", "error: cannot substitute -1 times");
}

/* Patterns are looked for in stretches, which begin with whole characters. */
TEST(text_finds_far_behind)
{
    use("text");
    struct tg_buf b = {0};
    for (int i = 0; i < 100001; i++) tg_buf_text(&b, i % 3 ? "a" : "\u20ac");
    char *args = tg_alloc_format("[\"%sxy\", \"x(?=y)\"]", tg_buf_str(&b));
    IS("match", args, "{text: \"x\", start: 100001, groups: [], named: {}}");
    free(args);
    args = tg_alloc_format("[\"%s\", \"(?<=a)x|\\\\z\"]", tg_buf_str(&b));
    IS("match", args, "{text: \"\", start: 100001, groups: [], named: {}}");
    free(args);
    tg_buf_done(&b);
}

TEST(text_gives_up_what_takes_too_long)
{
    use("text");
    IS("match", "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\", \"(a+)+$\"]",
       "error: the pattern '(a+)+$' takes too long: it tries a million ways at one place of the text");
    IS("find_all", "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\", \"(a+)+$\"]",
       "error: the pattern '(a+)+$' takes too long: it tries a million ways at one place of the text");
}

TEST(text_knows_letters)
{
    use("text");
    IS("upper", "[\"stra\u00dfe \u00e4\u03b1\u0436 \U0001f600\"]", "\"STRA\u00dfE \u00c4\u0391\u0416 \U0001f600\"");
    IS("lower", "[\"\u00c4\u0391B\"]", "\"\u00e4\u03b1b\"");
    IS("words", "[\"It's \u00c4rger, no. 1!\"]", "[\"it\", \"s\", \"\u00e4rger\", \"no\"]");
    IS("words", "[\"123\"]", "[]");
}

TEST(text_counts)
{
    use("text");
    IS("word_count", "[\"b a b\"]", "{b: 2, a: 1}");
    IS("word_count", "[\"\"]", "{}");
    IS("merge_counts", "[{\"a\": 1, \"b\": 2}, {\"c\": 3, \"b\": 4}]", "{a: 1, b: 6, c: 3}");
    IS("merge_counts", "[{\"a\": 9223372036854775807}, {\"a\": 1}]", "error: integer overflow in the count of 'a'");
    IS("merge_counts", "[{\"a\": 1}, {\"a\": 1.5}]", "error: the count of 'a' must be an int, not float");
    IS("top", "[{\"a\": 1, \"c\": 2, \"b\": 2}, 2]", "[[\"b\", 2], [\"c\", 2]]");
    IS("top", "[{\"a\": 1}, 10]", "[[\"a\", 1]]");
    IS("top", "[{}, -1]", "error: cannot give the top -1");
    IS("top", "[{\"a\": null}, 1]", "error: the count of 'a' must be an int, not nil");
}

TEST(text_counts_many_words)
{
    use("text");
    struct tg_buf b = {0};
    for (int i = 0; i < 20000; i++) {
        for (int n = i; n; n /= 20) tg_buf_char(&b, (char)('a' + n % 20));
        tg_buf_text(&b, " zoo ");
    }
    tg_value out, text = tg_str_make(TG_STR, tg_buf_str(&b), b.length);
    struct tg_err err = {0};
    tg_buf_done(&b);
    CHECK(call_list("word_count", list_of(1, text), &out, &err));
    CHECK(tg_record_of(out)->count > 19000);
    const tg_value *zoo = tg_record_find(out, "zoo", 3);
    CHECK(zoo && zoo->i == 20000);
    tg_value_unref(out);
}

/* ---- files --------------------------------------------------------------------------------------- */

static tg_value str_args(const char *a, const char *b)
{
    return b ? list_of(2, tg_str(a), tg_str(b)) : list_of(1, tg_str(a));
}

TEST(text_reads_and_writes)
{
    use("text");
    const char *path = in_folder("a.txt");
    tg_value out;
    struct tg_err err = {0};
    write_file(path, "old", 3);
    CHECK(chmod(path, 0640) == 0);
    CHECK(call_list("write", str_args(path, "h\u00e4\n"), &out, &err));
    CHECK(tg_kind(out) == TG_FILE);
    tg_value_unref(out);
    struct stat st;
    CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640);
    CHECK_STR(call_text("read", str_args(path, NULL)), "\"h\u00e4\\n\"");
    write_file(path, "ab\xff", 3);
    CHECK(strstr(call_text("read", str_args(path, NULL)), "a.txt' is not UTF-8 text: its byte 3 is not"));
    CHECK(strstr(call_text("read", str_args(in_folder("none"), NULL)), "none': No such file or directory"));
    CHECK(strstr(call_text("read", str_args(folder, NULL)), "Is a directory"));
    CHECK(strstr(call_text("write", str_args("/proc/no/such", "x")), "/proc/no/such': No such file or directory"));
    CHECK(strstr(call_text("write", str_args(folder, "x")), "error: could not write"));
    CHECK(strstr(call_text("read", list_of(1, tg_str_make(TG_FILE, "a\0b", 3))), "NUL byte"));
    unlink(path);
    CHECK(strstr(call_text("write", str_args("/dev/full/x", "x")), "error: could not write '/dev/full/x': Not a directory"));
}

TEST(text_writes_into_new_folders)
{
    use("text");
    tg_value out;
    struct tg_err err = {0};
    CHECK(call_list("write", str_args(in_folder("new/folder/file"), "x"), &out, &err));
    tg_value_unref(out);
    CHECK_STR(call_text("read", str_args(in_folder("new/folder/file"), NULL)), "\"x\"");
    CHECK(unlink(in_folder("new/folder/file")) == 0 && rmdir(in_folder("new/folder")) == 0 && rmdir(in_folder("new")) == 0);
}

/* ---- tasks that do what a built-in function does ------------------------------------------------- */

/* "plugin.task" called with these arguments. */
static const char *call_of(const char *plugin_name, const char *task, const char *args)
{
    use(plugin_name);
    return call(task, args);
}

static void check_twin(const struct tg_builtin *b, const char *args)
{
    char plugin_name[32], theirs[1024];
    const char *dot = strchr(b->twin, '.');
    snprintf(plugin_name, sizeof plugin_name, "%.*s", (int)(dot - b->twin), b->twin);
    CHECK_STR(dot + 1, b->name);
    snprintf(theirs, sizeof theirs, "%s", call_of(plugin_name, b->name, args));
    if (strncmp(theirs, "error", 5) != 0) CHECK_STR(call_of("core", b->core, args), theirs);
}

/* Of the kinds that the signatures allow: a call with others never gets to the task. */
TEST(a_twin_gives_what_the_built_in_function_gives)
{
    static const char *const numbers[] = {"[-9223372036854775807]", "[3]", "[0]", "[-0.0]", "[-2.5]", "[1e308]", "[-7]"};
    static const char *const lists[] = {"[[]]",
                                        "[[1]]",
                                        "[[3, 1, 2]]",
                                        "[[1, 1.0]]",
                                        "[[1.0, 1]]",
                                        "[[0.1, 0.2, 0.3]]",
                                        "[[0.0, -0.0]]",
                                        "[[-0.0]]",
                                        "[[1e308, 1e308, -1e308]]",
                                        "[[1e16, 1, -1e16]]",
                                        "[[1, 1e16, 1, -1e16]]",
                                        "[[9223372036854775807, 1]]",
                                        "[[9223372036854775807, 1.0]]",
                                        "[[9007199254740993, 0.5]]",
                                        "[[-1, -2.5, 7]]"};
    static const char *const several[] = {"[3, 1]", "[1, 1.0, 2]", "[2.5, 2, 3]", "[-0.0, 0]", "[0, -0.0]", "[\"b\", \"a\"]"};
    for (size_t i = 0; i < TG_BUILTIN_NAMED; i++) {
        const struct tg_builtin *b = &tg_builtins[i];
        bool one = b->twin && strcmp(b->name, "abs") == 0;
        for (size_t k = 0; one && k < TG_COUNT(numbers); k++) check_twin(b, numbers[k]);
        for (size_t k = 0; b->twin && !one && k < TG_COUNT(lists); k++) check_twin(b, lists[k]);
        for (size_t k = 0; b->max_args == TG_BUILTIN_ANY && b->twin && k < TG_COUNT(several); k++) check_twin(b, several[k]);
    }
}

TEST(the_end)
{
    calls_done();
}
