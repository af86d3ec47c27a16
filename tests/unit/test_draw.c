/* SPDX-License-Identifier: MIT
 * Pictures of graphs: the model (nodes, edges, collapsing) and each form as text. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/draw/draw.h"
#include "engine/grow/stream.h"
#include "engine/session.h"
#include "engine/value/future.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "tests/unit/check.h"

static struct tg_session session;
static struct tg_arena arena;
static struct tg_plan plan;
static struct tg_draw draw;

static void start(void)
{
    struct tg_err err = {0};
    tg_session_init(&session, 0, &err);
}

static void finish(void)
{
    tg_draw_done(&draw);
    tg_plan_done(&plan);
    tg_session_done(&session);
    tg_arena_done(&arena);
    plan = (struct tg_plan){0};
}

static struct tg_def *define(const char *plugin, const char *signature)
{
    struct tg_err err = {0};
    struct tg_def *d = tg_arena_alloc(&arena, sizeof *d);
    *d = (struct tg_def){.plugin = plugin, .doc = ""};
    CHECK(tg_sig_parse(signature, NULL, 0, &arena, &d->sig, &err));
    d->name = d->sig.name;
    return d;
}

static uint32_t site(struct tg_def *def, uint32_t at)
{
    return tg_graph_site(&session.graph, def, (tg_span){at, at + 3}, 0, 0);
}

static tg_value call(uint32_t at, size_t count, const tg_value *args)
{
    return tg_future(tg_graph_add(&session.graph, at, args, count, NULL, 0, NULL));
}
#define CALL(at, ...) call(at, sizeof((tg_value[]){__VA_ARGS__}) / sizeof(tg_value), (tg_value[]){__VA_ARGS__})

static void want(const char *name, tg_value v)
{
    tg_graph_want(&session.graph, name, v, (tg_span){1, 2}, NULL);
}

static bool place(const void *data, tg_span span, struct tg_draw_place *out)
{
    *out = (struct tg_draw_place){.file = data, .line = span.start, .column = 1};
    return true;
}

static const struct tg_draw_options usual = {.title = "w.tg", .place = place, .place_data = "w.tg"};

static void make(bool collapse)
{
    struct tg_draw_options options = usual;
    options.collapse = collapse;
    CHECK(tg_plan_make(&session.graph, NULL, 0, &plan, NULL));
    tg_draw_init(&draw, &plan, &options);
    tg_draw_make(&draw);
}

/* What a form writes; heap. */
static char *written(void (*form)(const struct tg_draw *, struct tg_out *))
{
    struct tg_out out;
    tg_out_init(&out, memfd_create("written", 0));
    form(&draw, &out);
    CHECK(tg_out_flush(&out));
    off_t length = lseek(out.fd, 0, SEEK_END);
    char *text = tg_alloc((size_t)length + 1);
    CHECK_INT(pread(out.fd, text, (size_t)length, 0), length);
    text[length] = 0;
    close(out.fd);
    tg_buf_done(&out.buf);
    return text;
}

#define CHECK_FORM(form, expected)       \
    do {                                 \
        char *got_form_ = written(form); \
        CHECK_STR(got_form_, expected);  \
        free(got_form_);                 \
    } while (0)

/* inc(1), dec(2), add(inc, dec) */
static void make_three(void)
{
    start();
    struct tg_def *inc = define("math", "inc(x: num) -> num"), *add = define("math", "add(x: num, y: num) -> num");
    uint32_t at_inc = site(inc, 10), at_add = site(add, 20);
    tg_value x = CALL(at_inc, tg_int(1)), y = CALL(at_inc, x);
    want("z", CALL(at_add, x, y));
}

TEST(every_task_is_a_node)
{
    make_three();
    make(false);
    CHECK_INT(draw.nodes.count, 4);
    CHECK_INT(draw.edges.count, 4);
    CHECK_STR(draw.nodes.items[0].detail, "(1)");
    CHECK_STR(draw.nodes.items[1].detail, "");
    CHECK_INT(draw.nodes.items[3].kind, TG_DRAW_OUTPUT);
    CHECK_INT(draw.first_edge[2], 1);
    CHECK_INT(draw.edges.items[1].from, 0);
    CHECK_INT(draw.edges.items[2].from, 1);
    finish();
}

TEST(text_is_a_tree)
{
    make_three();
    make(false);
    CHECK_FORM(tg_draw_text, "z\n"
                             "\u2514\u2500 add\n"
                             "   \u251c\u2500 inc(1) #1\n"
                             "   \u2514\u2500 inc\n"
                             "      \u2514\u2500 inc(1) #1\n");
    draw.options.ascii = true;
    CHECK_FORM(tg_draw_text, "z\n`- add\n   |- inc(1) #1\n   `- inc\n      `- inc(1) #1\n");
    finish();
}

TEST(collapsed_by_call)
{
    make_three();
    make(true);
    CHECK_INT(draw.nodes.count, 3);
    CHECK_INT(draw.nodes.items[0].count, 2);
    CHECK_INT(draw.edges.count, 3); /* inc -> inc, inc -> add twice, add -> z */
    CHECK_FORM(tg_draw_text, "z\n"
                             "\u2514\u2500 add\n"
                             "   \u2514\u2500 inc \u00d72 #1\n"
                             "      \u2514\u2500 inc \u00d72 #1 (above)\n");
    finish();
}

TEST(sites_of_one_call_are_one_node)
{
    start();
    struct tg_def *inc = define("math", "inc(x: num) -> num");
    tg_value record = tg_record_make(1);
    tg_record_put(record, tg_str("retries"), tg_int(2));
    uint32_t plain = site(inc, 10),
             other = tg_graph_site(&session.graph, inc, (tg_span){10, 13}, tg_graph_options(&session.graph, record), 0);
    want("z", CALL(other, CALL(plain, tg_int(1))));
    make(true);
    CHECK_INT(draw.nodes.count, 2);
    CHECK_INT(draw.nodes.items[0].count, 2);
    finish();
}

TEST(too_many_calls_collapse_by_name)
{
    start();
    struct tg_def *inc = define("math", "inc(x: num) -> num"), *dec = define("math", "dec(x: num) -> num");
    tg_value x = tg_int(0);
    for (uint32_t i = 0; i < 1000; i++) x = CALL(site(i % 2 ? inc : dec, 10 * i + 1), x);
    want("z", x);
    make(true);
    CHECK_INT(draw.nodes.count, 3);
    CHECK_INT(draw.nodes.items[0].count, 500);
    CHECK_INT(draw.edges.count, 3);
    finish();
}

TEST(many_outputs_of_one_call_become_one)
{
    start();
    static char names[20][16];
    uint32_t at = site(define("math", "inc(x: num) -> num"), 10);
    for (int i = 0; i < 20; i++) {
        snprintf(names[i], sizeof names[i], "o%d", i);
        want(names[i], CALL(at, tg_int(i)));
    }
    make(true);
    CHECK_INT(draw.nodes.count, 5);
    CHECK_INT(draw.nodes.items[4].count, 17);
    finish();
}

TEST(an_argument_used_twice_is_one_edge)
{
    start();
    uint32_t at = site(define("math", "mul(x: num, y: num) -> num"), 10);
    tg_value x = CALL(at, tg_int(2), tg_int(3));
    want("z", CALL(at, x, x));
    make(false);
    CHECK_INT(draw.edges.count, 2);
    CHECK_INT(draw.edges.items[0].count, 2);
    finish();
}

TEST(known_outputs_show_their_value)
{
    start();
    want("n", tg_int(8));
    make(false);
    CHECK_FORM(tg_draw_text, "n = 8\n");
    finish();
}

/* A chain far deeper than the tree is wide goes on in trees of its own, each task with its inputs once. */
TEST(deep_chains)
{
    start();
    uint32_t at = site(define("math", "inc(x: num) -> num"), 10);
    tg_value x = tg_int(0);
    for (int i = 0; i < 100000; i++) x = CALL(at, x);
    want("z", x);
    make(false);
    char *text = written(tg_draw_text);
    size_t lines = 0, longest = 0;
    for (char *line = text; *line; line += strcspn(line, "\n") + 1, lines++)
        if (strcspn(line, "\n") > longest) longest = strcspn(line, "\n");
    CHECK(lines > 100000 && lines < 120000);
    CHECK(longest < 120);
    free(text);
    finish();
}

/* ---- graphs that grow ---------------------------------------------------------------------------- */

/* A function that holds some values. */
struct closure {
    struct tg_function head;
    size_t count;
    tg_value held[4];
};

static void destroy_closure(struct tg_function *f)
{
    struct closure *c = (struct closure *)f;
    for (size_t i = 0; i < c->count; i++) tg_value_unref(c->held[i]);
    free(c);
}

static void show_held(const struct tg_function *f, void (*visit)(void *data, tg_value v), void *data)
{
    const struct closure *c = (const struct closure *)f;
    for (size_t i = 0; i < c->count; i++) visit(data, c->held[i]);
}

static tg_value closure(size_t count, const tg_value *take_held)
{
    struct closure *c = tg_alloc_zero(sizeof *c);
    c->head.obj.refs = 1;
    c->head.obj.kind = TG_FUNCTION;
    c->head.obj.flags = TG_HOLDS;
    c->head.destroy = destroy_closure;
    c->head.shown = NULL;
    c->head.held = show_held;
    c->count = count;
    memcpy(c->held, take_held, count * sizeof *take_held);
    return (tg_value){.tag = TG_FUNCTION, .p = c};
}
#define CLOSURE(...) closure(sizeof((tg_value[]){__VA_ARGS__}) / sizeof(tg_value), (tg_value[]){__VA_ARGS__})

static tg_value expand(uint32_t at, tg_value trigger, tg_value take_closure)
{
    tg_value made = CALL(at, trigger, take_closure);
    tg_value_unref(take_closure);
    return made;
}

static struct tg_def *construct(const char *name)
{
    struct tg_def *d = define("core", "x(trigger: any, body: any) -> any");
    d->name = name;
    d->flags = TG_DEF_EXPANDS | TG_DEF_UNCHECKED;
    return d;
}

/* x = inc(1); y = dec(dec(2)); z = if x ... uses x and y */
static void make_if(void)
{
    start();
    uint32_t inc = site(define("math", "inc(x: num) -> num"), 10), dec = site(define("math", "dec(x: num) -> num"), 20);
    tg_value x = CALL(inc, tg_int(1)), y = CALL(dec, CALL(dec, tg_int(2)));
    want("z", expand(site(construct("if"), 30), x, CLOSURE(x, tg_int(7), y, y)));
}

TEST(expansion_points_and_what_they_hold)
{
    make_if();
    make(false);
    CHECK_INT(plan.count, 2);
    CHECK_INT(tg_draw_count(&draw), 4);
    CHECK(!draw.nodes.items[0].maybe && draw.nodes.items[1].maybe && draw.nodes.items[2].maybe);
    CHECK(draw.nodes.items[3].expands && !draw.nodes.items[3].maybe);
    CHECK_FORM(tg_draw_text, "z\n"
                             "\u2514\u2500 if \u2026 line 30 [adds tasks]\n"
                             "   \u251c\u2500 inc(1)\n"
                             "   \u2514\u2500 may use dec\n"
                             "      \u2514\u2500 dec(2)\n");
    finish();
}

TEST(expansion_points_as_dot_and_mermaid)
{
    make_if();
    make(false);
    char *text = written(tg_draw_dot);
    CHECK(strstr(text, "n3 [label=\"if \u2026 line 30\", fillcolor=\"#ffedd5\", color=\"#ea580c\", shape=hexagon"));
    CHECK(strstr(text, "n2 -> n3 [style=dashed, arrowhead=vee, tooltip=\"may use\", label=\" may use\"];"));
    CHECK(strstr(text, "n0 -> n3;"));
    free(text);
    text = written(tg_draw_mermaid);
    CHECK(strstr(text, "n3{{\"if \u2026 line 30\"}}:::expands"));
    CHECK(strstr(text, "n2 -.->|may use| n3"));
    CHECK(strstr(text, "class n1 maybe"));
    free(text);
    finish();
}

TEST(expansion_points_as_json)
{
    make_if();
    make(false);
    char *text = written(tg_draw_json);
    tg_value v;
    CHECK(tg_value_from_json(text, strlen(text), &v, NULL));
    tg_value_unref(v);
    CHECK(strstr(text, "{\"id\": 3, \"name\": \"if\", \"plugin\": \"core\", \"args\": [{\"task\": 0}], \"after\": [], "
                       "\"options\": {}, \"effect\": false, \"expands\": true, \"may_use\": [{\"task\": 2}], \"place\""));
    CHECK(strstr(text, "\"args\": [{\"task\": 1}], \"after\": [], \"options\": {}, \"effect\": false, \"maybe\": true, "));
    CHECK(strstr(text, "{\"name\": \"z\", \"task\": 3}"));
    free(text);
    finish();
}

/* What is held by what is held: futures in lists in closures in records. */
TEST(held_values_are_looked_through)
{
    start();
    uint32_t inc = site(define("math", "inc(x: num) -> num"), 10);
    tg_value a = CALL(inc, tg_int(1)), b = CALL(inc, tg_int(2)), c = CALL(inc, tg_int(3));
    tg_value list = tg_list_make(2), record = tg_record_make(1);
    tg_list_add(list, b);
    tg_list_add(list, tg_int(5));
    tg_value inner = expand(site(construct("for"), 40), a, CLOSURE(list));
    tg_record_put(record, tg_str("f"), CLOSURE(inner, c));
    want("z", expand(site(construct("if"), 30), a, CLOSURE(record)));
    make(false);
    CHECK_INT(tg_draw_count(&draw), 5);
    CHECK_FORM(tg_draw_text, "z\n"
                             "\u2514\u2500 if \u2026 line 30 [adds tasks]\n"
                             "   \u251c\u2500 inc(1) #1\n"
                             "   \u251c\u2500 may use for \u2026 line 40 [adds tasks]\n"
                             "   \u2502  \u251c\u2500 inc(1) #1\n"
                             "   \u2502  \u2514\u2500 may use inc(2)\n"
                             "   \u2514\u2500 may use inc(3)\n");
    finish();
}

TEST(expansion_points_collapsed)
{
    start();
    uint32_t inc = site(define("math", "inc(x: num) -> num"), 10), at = site(construct("if"), 30);
    uint32_t all = site(define("core", "list(items: any...) -> list"), 40);
    tg_value x[3];
    for (int i = 0; i < 3; i++) {
        tg_value trigger = CALL(inc, tg_int(i)), held = CALL(inc, tg_int(10 + i));
        x[i] = expand(at, trigger, CLOSURE(held));
    }
    want("z", call(all, 3, x));
    make(true);
    CHECK_INT(draw.nodes.count, 4);
    CHECK(!draw.nodes.items[0].maybe);
    CHECK_FORM(tg_draw_text, "z\n"
                             "\u2514\u2500 list\n"
                             "   \u2514\u2500 if \u2026 line 30 \u00d73 [adds tasks]\n"
                             "      \u251c\u2500 inc \u00d76 #1\n"
                             "      \u2514\u2500 may use inc \u00d76 #1\n");
    char *text = written(tg_draw_json);
    CHECK(strstr(text, "\"count\": 3, \"effect\": false, \"expands\": true"));
    CHECK(strstr(text, "\"count\": 3, \"after\": false, \"may_use\": true}"));
    free(text);
    finish();
}

/* An expansion point of a plugin is called like any task. */
TEST(expansion_points_of_plugins)
{
    start();
    struct tg_def *fib = define("example", "fib(n: int) -> int");
    fib->flags = TG_DEF_EXPANDS;
    want("z", CALL(site(fib, 10), tg_int(8)));
    make(false);
    CHECK_FORM(tg_draw_text, "z\n\u2514\u2500 fib(8) [adds tasks]\n");
    finish();
}

/* What a graph became: all of it, and what was added. */
TEST(what_a_graph_became)
{
    start();
    uint32_t inc = site(define("math", "inc(x: num) -> num"), 10), at = site(construct("for"), 30);
    tg_value x = CALL(inc, tg_int(1)), point = expand(at, x, CLOSURE(tg_future(77))), five = tg_int(5);
    want("z", tg_future(tg_graph_add(&session.graph, inc, &five, 1, &point, 1, NULL)));
    CALL(inc, tg_int(9)); /* an effect, say, that no output uses */
    struct tg_plan all = {.graph = &session.graph, .count = session.graph.count};
    struct tg_draw_options options = usual;
    options.ran = true;
    tg_draw_init(&draw, &all, &options);
    tg_draw_make(&draw);
    CHECK_FORM(tg_draw_text, "z\n"
                             "\u2514\u2500 inc(5)\n"
                             "   \u2514\u2500 added by for \u2026 line 30\n"
                             "      \u2514\u2500 inc(1)\n"
                             "inc(9)\n");
    char *text = written(tg_draw_json);
    CHECK(strstr(text, "\"args\": [5], \"after\": [], \"options\": {}, \"effect\": false, \"added_by\": [1], "));
    free(text);
    finish();
}

/* ---- streams ------------------------------------------------------------------------------------- */

static uint32_t stream_site(const char *signature, uint32_t flags, uint32_t at)
{
    struct tg_def *d = define("core", signature);
    d->flags = flags | TG_DEF_UNCHECKED;
    return site(d, at);
}

static void put(uint32_t at, tg_value x, tg_value stream)
{
    tg_graph_add(&session.graph, at, (tg_value[]){x, stream}, 2, NULL, 0, NULL);
}

/* seq = as_completed([inc(0), inc(1)]); push(seq, add(next(seq), next(seq))); z = next(seq) */
static void make_stream(void)
{
    start();
    uint32_t inc = site(define("math", "inc(x: num) -> num"), 10), add = site(define("math", "add(x: num, y: num) -> num"), 20);
    uint32_t first = stream_site("put(x: any, s: any) -> nil", TG_DEF_PUT, 30);
    uint32_t push = stream_site("put(x: any, s: any) -> nil", TG_DEF_PUT, 35);
    uint32_t next = stream_site("next(s: any, k: int) -> any", TG_DEF_STREAM, 40);
    tg_value stream = tg_stream_new(false);
    for (int i = 0; i < 2; i++) put(first, CALL(inc, tg_int(i)), stream);
    tg_value x = CALL(next, stream, tg_int(0)), y = CALL(next, stream, tg_int(1));
    put(push, CALL(add, x, y), stream);
    want("z", CALL(next, stream, tg_int(2)));
    tg_value_unref(stream);
}

TEST(a_stream_is_a_node)
{
    make_stream();
    make(false);
    CHECK_INT(tg_draw_count(&draw), 9);
    CHECK_INT(draw.nodes.count, 8);
    CHECK_FORM(tg_draw_text, "z\n"
                             "\u2514\u2500 next(\u2026, 2)\n"
                             "   \u2514\u2500 stream #1\n"
                             "      \u251c\u2500 inc(0)\n"
                             "      \u251c\u2500 inc(1)\n"
                             "      \u2514\u2500 add\n"
                             "         \u251c\u2500 next(\u2026, 0)\n"
                             "         \u2502  \u2514\u2500 stream #1 (above)\n"
                             "         \u2514\u2500 next(\u2026, 1)\n"
                             "            \u2514\u2500 stream #1 (above)\n");
    char *text = written(tg_draw_dot);
    CHECK(strstr(text, "label=\"stream\", fillcolor=\"#e0f2fe\", color=\"#0284c7\", shape=cylinder"));
    free(text);
    text = written(tg_draw_json);
    CHECK(strstr(text, "\"name\": \"next\", \"plugin\": \"core\", \"args\": [{\"stream\": 0}, 2]"));
    free(text);
    finish();
}

TEST(streams_collapsed)
{
    make_stream();
    make(true);
    CHECK_FORM(tg_draw_text, "z\n"
                             "\u2514\u2500 next \u00d73 #1\n"
                             "   \u2514\u2500 stream\n"
                             "      \u251c\u2500 inc \u00d72\n"
                             "      \u2514\u2500 add\n"
                             "         \u2514\u2500 next \u00d73 #1 (above)\n");
    finish();
}

/* A stream that is filled while the graph grows. */
TEST(streams_that_expansion_points_fill)
{
    start();
    uint32_t inc = site(define("math", "inc(x: num) -> num"), 10);
    uint32_t next = stream_site("next(s: any, k: int) -> any", TG_DEF_STREAM, 40);
    tg_value stream = tg_stream_new(false);
    put(stream_site("as_completed(x: any, s: any) -> nil", TG_DEF_EXPANDS | TG_DEF_PUT, 30), CALL(inc, tg_int(1)), stream);
    want("z", CALL(next, stream, tg_int(0)));
    tg_value_unref(stream);
    make(false);
    CHECK_FORM(tg_draw_text, "z\n"
                             "\u2514\u2500 next(\u2026, 0)\n"
                             "   \u2514\u2500 stream\n"
                             "      \u2514\u2500 as_completed \u2026 line 30 [adds tasks]\n"
                             "         \u2514\u2500 inc(1)\n");
    finish();
}

/* ---- quoting ------------------------------------------------------------------------------------- */

static void make_label(const char *label)
{
    start();
    tg_value record = tg_record_make(1);
    tg_record_put(record, tg_str("label"), tg_str(label));
    uint32_t at = tg_graph_site(&session.graph, define("math", "inc(x: num) -> num"), (tg_span){10, 13},
                                tg_graph_options(&session.graph, record), 0);
    tg_value text = tg_str("x");
    want("z", CALL(at, text));
    tg_value_unref(text);
    make(false);
}

TEST(dot_quotes_labels)
{
    make_label("a \"b\" \\N &amp; <i>\n\x1b");
    char *text = written(tg_draw_dot);
    CHECK(strstr(text, "label=\"a \\\"b\\\" \\\\N &amp;amp; <i>\\n (\\\"x\\\")\""));
    free(text);
    finish();
}

TEST(mermaid_quotes_labels)
{
    make_label("a \"b\" #1; `c`\n<i>");
    char *text = written(tg_draw_mermaid);
    CHECK(strstr(text, "n0(\"a #34;b#34; #35;1#59; #96;c#96;<br/>#60;i#62;(#34;x#34;)\"):::plugin0"));
    free(text);
    finish();
}

TEST(bad_utf8_and_long_labels)
{
    make_label("caf\xe9 0123456789012345678901234567890123456789012345678901234567890123456789");
    char *text = written(tg_draw_dot);
    CHECK(strstr(text, "caf\xef\xbf\xbd 0123"));
    CHECK(strstr(text, "..."));
    free(text);
    finish();
}

TEST(json_has_everything)
{
    make_three();
    make(false);
    char *text = written(tg_draw_json);
    tg_value v;
    struct tg_err err = {0};
    CHECK(tg_value_from_json(text, strlen(text), &v, &err));
    CHECK(strstr(text, "{\"id\": 2, \"name\": \"add\", \"plugin\": \"math\", \"args\": [{\"task\": 0}, {\"task\": 1}], "
                       "\"after\": [], \"options\": {}, \"effect\": false, "
                       "\"place\": {\"file\": \"w.tg\", \"line\": 20, \"column\": 1}}"));
    CHECK(strstr(text, "{\"name\": \"z\", \"task\": 2}"));
    tg_value_unref(v);
    free(text);
    finish();
}

TEST(json_collapsed)
{
    make_three();
    make(true);
    char *text = written(tg_draw_json);
    tg_value v;
    CHECK(tg_value_from_json(text, strlen(text), &v, NULL));
    CHECK(strstr(text, "{\"from\": 0, \"to\": 1, \"count\": 2, \"after\": false}"));
    tg_value_unref(v);
    free(text);
    finish();
}

TEST(failed_writes_are_kept)
{
    make_three();
    make(false);
    struct tg_out out;
    struct tg_err err = {0};
    tg_out_init(&out, -1);
    tg_draw_dot(&draw, &out);
    CHECK(!tg_out_done(&out, "x.dot", &err));
    CHECK_STR(err.message, "could not write 'x.dot': Bad file descriptor");
    tg_err_done(&err);
    finish();
}
