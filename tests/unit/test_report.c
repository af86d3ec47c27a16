/* SPDX-License-Identifier: MIT
 * Diagnostics as text: the form, carets under tabs and wide characters, long lines, control characters; as JSON;
 * failed tasks and the expansion points that led to them. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/failures.h"
#include "cmd/report.h"
#include "engine/run/followers.h"
#include "tests/unit/check.h"

static struct tg_arena arena;
static struct tg_sources sources;
static struct tg_diags diags;

/* A diagnostic about text[from, to) as printed with a width; heap. */
static char *print(const char *text, uint32_t from, uint32_t to, unsigned width, const char *message, const char *hint)
{
    struct tg_err err = {0};
    tg_sources_done(&sources);
    tg_diags_done(&diags);
    tg_arena_done(&arena);
    sources = (typeof(sources)){0};
    tg_diags_init(&diags, &arena);
    struct tg_source *source = tg_sources_add(&sources, "a.tg", text, strlen(text), &err);
    if (!source) return tg_alloc_text(err.message);
    tg_span span = {source->base + from, source->base + to};
    struct tg_diag *d = tg_diag_error(&diags, span, "%s", message);
    if (hint) tg_diag_hint(&diags, d, "%s", hint);
    struct tg_report r = {.fd = 2, .width = width, .sources = &sources};
    struct tg_buf b = {0};
    tg_report_diag(&r, &b, d);
    return tg_buf_take(&b);
}

#define CHECK_PRINT(text, from, to, width, expected)                \
    do {                                                            \
        char *printed_ = print(text, from, to, width, "bad", NULL); \
        CHECK_STR(printed_, expected);                              \
        free(printed_);                                             \
    } while (0)

TEST(the_form)
{
    char *printed = print("use math\n    zs += [ad(x, y)]\n", 20, 22, 80, "unknown task 'ad'", "did you mean 'add'?");
    CHECK_STR(printed, "a.tg:2:12: error: unknown task 'ad'\n"
                       "  2 |     zs += [ad(x, y)]\n"
                       "    |            ^~\n"
                       "hint: did you mean 'add'?\n");
    free(printed);
}

TEST(first_and_last_columns)
{
    CHECK_PRINT("abc", 0, 1, 80, "a.tg:1:1: error: bad\n  1 | abc\n    | ^\n");
    CHECK_PRINT("abc", 2, 3, 80, "a.tg:1:3: error: bad\n  1 | abc\n    |   ^\n");
    CHECK_PRINT("abc\n", 3, 4, 80, "a.tg:1:4: error: bad\n  1 | abc\n    |    ^\n");
    CHECK_PRINT("abc", 1, 1, 80, "a.tg:1:2: error: bad\n  1 | abc\n    |  ^\n");
}

TEST(spans_of_several_lines_mark_the_first)
{
    CHECK_PRINT("f(a,\n  b)", 0, 9, 80, "a.tg:1:1: error: bad\n  1 | f(a,\n    | ^~~~\n");
}

TEST(tabs_are_kept)
{
    CHECK_PRINT("\tx\ty", 3, 4, 80, "a.tg:1:4: error: bad\n  1 | \tx\ty\n    | \t \t^\n");
}

TEST(wide_and_combining_characters)
{
    CHECK_PRINT("\"\u4e16\u754c\" x", 9, 10, 80, "a.tg:1:6: error: bad\n  1 | \"\u4e16\u754c\" x\n    |        ^\n");
    CHECK_PRINT("e\u0301 x", 4, 5, 80, "a.tg:1:4: error: bad\n  1 | e\u0301 x\n    |   ^\n");
    CHECK_PRINT("\u4e16", 0, 3, 80, "a.tg:1:1: error: bad\n  1 | \u4e16\n    | ^~\n");
}

TEST(control_characters_are_shown)
{
    CHECK_PRINT("a\x1b[2J b", 6, 7, 80, "a.tg:1:7: error: bad\n  1 | a\\x1b[2J b\n    |          ^\n");
    CHECK_PRINT("a\u202e b", 5, 6, 80, "a.tg:1:4: error: bad\n  1 | a\\u202e b\n    |         ^\n");
    char *printed = print("a", 0, 1, 80, "name '\x1b]0;x\x07'\nsecond", NULL);
    CHECK_STR(printed, "a.tg:1:1: error: name '\\x1b]0;x\\x07'\n  second\n  1 | a\n    | ^\n");
    free(printed);
}

TEST(carriage_returns_at_line_ends)
{
    CHECK_PRINT("ab\r\ncd", 1, 2, 80, "a.tg:1:2: error: bad\n  1 | ab\n    |  ^\n");
}

TEST(long_lines_are_cut)
{
    const char *line = "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    CHECK_PRINT(line, 2, 4, 40,
                "a.tg:1:3: error: bad\n"
                "  1 | 0123456789abcdefghijklmnopqrstu...\n"
                "    |   ^~\n");
    CHECK_PRINT(line, 40, 42, 40,
                "a.tg:1:41: error: bad\n"
                "  1 | ...vwxyz0123456789ABCDEFGHIJKLM...\n"
                "    |             ^~\n");
    CHECK_PRINT(line, 71, 72, 40,
                "a.tg:1:72: error: bad\n"
                "  1 | ...5678"
                "9ABCDEFGHIJKLMNOPQRSTUVWXYZ\n"
                "    |                                  ^\n");
}

/* Every width and place keeps lines within the width, and the mark under the marked character. */
TEST(cuts_are_right_everywhere)
{
    enum { LENGTH = 150 };
    char line[LENGTH + 1];
    for (int i = 0; i < LENGTH; i++) line[i] = (char)('!' + i % 90);
    line[LENGTH] = 0;
    for (unsigned width = 40; width <= 170; width += 13)
        for (unsigned at = 0; at < LENGTH; at++) {
            char *printed = print(line, at, at + 1, width, "bad", NULL);
            char *shown = strchr(printed, '\n') + 1, *marks = strchr(shown, '\n') + 1;
            size_t column = strcspn(marks, "^");
            CHECK(strcspn(shown, "\n") <= width && column < width);
            CHECK_INT(shown[column], line[at]);
            free(printed);
        }
}

TEST(very_long_lines)
{
    size_t length = 3000000;
    char *line = tg_alloc(length + 1);
    memset(line, 'x', length);
    line[length] = 0;
    line[2000000] = 'Q';
    char *printed = print(line, 2000000, 2000001, 60, "bad", NULL);
    char *shown = strchr(printed, '\n') + 1, *marks = strchr(shown, '\n') + 1;
    CHECK_INT(shown[strcspn(marks, "^")], 'Q');
    CHECK(strlen(printed) < 200);
    free(printed);
    free(line);
}

TEST(json)
{
    free(print("x = 1\ny = \"a\n", 6, 13, 80, "text \"is\" not closed", "add a quote"));
    struct tg_report r = {.fd = 2, .width = 80, .sources = &sources};
    struct tg_buf b = {0};
    tg_report_diag_json(&r, &b, &diags.items.items[0]);
    CHECK_STR(b.data, "{\"file\":\"a.tg\",\"line\":2,\"column\":1,\"end_line\":2,\"end_column\":8,\"severity\":\"error\","
                      "\"message\":\"text \\\"is\\\" not closed\",\"hint\":\"add a quote\",\"notes\":[]}\n");
    tg_buf_done(&b);
}

TEST(json_without_a_place)
{
    struct tg_report r = {.fd = 2, .width = 80};
    struct tg_diag d = {.severity = TG_WARNING, .message = "m"};
    struct tg_buf b = {0};
    tg_report_diag_json(&r, &b, &d);
    CHECK_STR(b.data, "{\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null,"
                      "\"severity\":\"warning\",\"message\":\"m\",\"hint\":null,\"notes\":[]}\n");
    tg_buf_done(&b);
}

TEST(errors_without_a_place)
{
    struct tg_report r = {.fd = 2, .width = 80};
    struct tg_err err = {0};
    struct tg_buf b = {0};
    tg_err_set(&err, TG_EXIT_CANNOT, "no plugin 'x'");
    tg_err_detail(&err, "These folders were searched:\n  a\n");
    tg_err_hint(&err, "did you mean 'y'?");
    tg_report_error(&r, &b, "task 't' failed: ", &err, "1, \"x\"");
    CHECK_STR(b.data, "tgrun: error: task 't' failed: no plugin 'x'\narguments: 1, \"x\"\n"
                      "These folders were searched:\n  a\nhint: did you mean 'y'?\n");
    tg_err_done(&err);
    tg_buf_done(&b);
}

/* ---- failed tasks -------------------------------------------------------------------------------- */

/* What is printed about a run with one failure; heap. */
static char *failed(struct tg_failure *failure)
{
    struct tg_graph graph = {0};
    struct tg_plan plan = {.graph = &graph};
    struct tg_run run = {.graph = &graph, .plan = &plan};
    struct tg_census count = {.tasks = {.done = 3}};
    struct tg_report r = {.fd = memfd_create("report", 0), .width = 80, .sources = &sources};
    tg_vec_push(&run.failures, *failure);
    run.stop = &run.own_stop;
    run.allowed = &run.own_allowed;
    tg_failures_report(&r, &run, &count, false, NULL);
    tg_followers_free(run.followers);
    off_t length = lseek(r.fd, 0, SEEK_END);
    char *text = tg_alloc_zero((size_t)length + 1);
    CHECK_INT(pread(r.fd, text, (size_t)length, 0), length);
    close(r.fd);
    tg_vec_done(&run.failures);
    return text;
}

static const struct tg_def div_def = {.name = "div", .plugin = "math"}, for_def = {.name = "for", .plugin = "core"},
                           while_def = {.name = "while", .plugin = "core"};

static struct tg_site site(const struct tg_def *def, uint32_t from, uint32_t to)
{
    uint32_t base = sources.files.items[0]->base, flags = def == &div_def ? 0 : TG_SITE_EXPANDS;
    return (struct tg_site){.def = def, .flags = flags, .span = {base + from, base + to}};
}

TEST(failures_name_what_added_them)
{
    free(print("while a {\n  for x in b {\n    div(x)\n  }\n}\n", 0, 1, 80, "bad", NULL));
    struct tg_site at_div = site(&div_def, 29, 35), at_for = site(&for_def, 12, 40), at_while = site(&while_def, 0, 42);
    struct tg_failure f = {.site = &at_div, .args = "0", .chain = {{&at_for, 0}, {&at_while, 17}}, .chain_count = 2};
    tg_err_set(&f.err, TG_EXIT_FAILED, "division by zero");
    tg_err_hint(&f.err, "Look.");
    char *text = failed(&f);
    CHECK_STR(text, "a.tg:3:5: error: task 'div' failed: division by zero\n"
                    "  3 |     div(x)\n    |     ^~~~~~\n"
                    "arguments: 0\n"
                    "a.tg:2:3: note: added by this 'for'\n"
                    "  2 |   for x in b {\n    |   ^~~~~~~~~~~~\n"
                    "a.tg:1:1: note: added in round 17 of this 'while'\n"
                    "  1 | while a {\n    | ^~~~~~~~~\n"
                    "hint: Look.\n"
                    "1 task failed, 0 skipped, 3 done\n");
    free(text);
    tg_err_done(&f.err);
}

TEST(long_chains_are_cut)
{
    struct tg_site at_div = site(&div_def, 29, 35), at_for = site(&for_def, 12, 40);
    struct tg_failure f = {.site = &at_div, .chain_count = 16, .chain_more = 100};
    for (int i = 0; i < 16; i++) f.chain[i] = (struct tg_growth){&at_for, 0};
    tg_err_set(&f.err, TG_EXIT_FAILED, "no");
    char *text = failed(&f), *at = text;
    int notes = 0;
    while ((at = strstr(at, "note: "))) notes++, at++;
    CHECK_INT(notes, 4);
    CHECK(strstr(text, "and 112 further out\n"));
    free(text);
    tg_err_done(&f.err);
}

/* A `for` is not a task to anybody: what went wrong inside stands alone. */
TEST(failures_of_a_construct)
{
    struct tg_site at_for = site(&for_def, 12, 40);
    struct tg_failure f = {.site = &at_for, .args = "3, <fn>"};
    tg_err_set(&f.err, TG_EXIT_FAILED, "no index 7");
    f.err.span = site(&div_def, 29, 35).span;
    char *text = failed(&f);
    CHECK_STR(text, "a.tg:3:5: error: no index 7\n"
                    "  3 |     div(x)\n    |     ^~~~~~\n"
                    "a.tg:2:3: note: in this 'for', which waited for a result\n"
                    "  2 |   for x in b {\n    |   ^~~~~~~~~~~~\n"
                    "1 task failed, 0 skipped, 3 done\n");
    free(text);
    tg_err_done(&f.err);
}

TEST(colors_only_when_asked)
{
    struct tg_report r = {.fd = 2, .width = 80, .color = true};
    struct tg_err err = {0};
    struct tg_buf b = {0};
    tg_err_set(&err, TG_EXIT_USAGE, "m");
    tg_report_error(&r, &b, "", &err, NULL);
    CHECK_STR(b.data, "\033[1mtgrun: \033[0m\033[1;31merror\033[0m: m\n");
    tg_err_done(&err);
    tg_buf_done(&b);
    CHECK(tg_term_colors(2, TG_COLOR_ALWAYS) && !tg_term_colors(2, TG_COLOR_NEVER));
    setenv("CLICOLOR_FORCE", "1", 1);
    CHECK(tg_term_colors(2, TG_COLOR_AUTO));
    setenv("NO_COLOR", "1", 1);
    CHECK(!tg_term_colors(2, TG_COLOR_AUTO));
    unsetenv("NO_COLOR");
    unsetenv("CLICOLOR_FORCE");
}
