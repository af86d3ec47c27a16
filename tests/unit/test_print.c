/* SPDX-License-Identifier: MIT
 * lang/print*.c: the canonical layout of `.tg`. What is printed must read back as the same tree, with every comment,
 * and printing it again must change nothing; pairs of texts say what the layout is. */
#include <glob.h>

#include "lang/read/parse_tg.h"
#include "tests/unit/check.h"
#include "tests/unit/tree.h"

static char *formatted(const char *text)
{
    struct forest f;
    forest_init(&f);
    struct grown g = forest_read(&f, text, strlen(text), false);
    char *out = forest_print(&f, &g, false);
    char *messages = forest_messages(&f);
    CHECK_STR(messages, "");
    free(messages);
    grown_done(&g);
    forest_done(&f);
    return out;
}

static void check_layout(const char *text, const char *wanted)
{
    char *out = formatted(text), *twice = formatted(out);
    CHECK_STR(out, wanted);
    CHECK_STR(twice, wanted);
    free(out);
    free(twice);
}

/* The YAML form of a program has the same statements; declarations may have moved to the front. */
static void check_yaml(struct forest *f, const struct grown *g)
{
    char *yaml = forest_print(f, g, true);
    struct grown back = forest_read(f, yaml, strlen(yaml), true);
    CHECK_INT(f->diags.error_count, 0);
    CHECK(same_statements(g, &back));
    CHECK_INT(back.tree.comments.count, g->tree.comments.count);
    char *again = forest_print(f, &back, true);
    struct grown third = forest_read(f, again, strlen(again), true);
    CHECK(same_tree(&back, &third));
    free(yaml);
    free(again);
    grown_done(&back);
    grown_done(&third);
}

/* False if the text has errors. */
static bool check_round(const char *text, size_t length)
{
    struct forest f;
    forest_init(&f);
    struct grown g = forest_read(&f, text, length, false);
    bool good = f.diags.error_count == 0;
    if (good) {
        char *out = forest_print(&f, &g, false);
        struct grown again = forest_read(&f, out, strlen(out), false);
        char *twice = forest_print(&f, &again, false);
        CHECK_INT(f.diags.error_count, 0);
        CHECK(same_tree(&g, &again));
        CHECK_INT(again.tree.comments.count, g.tree.comments.count);
        CHECK_STR(twice, out);
        check_yaml(&f, &g);
        free(out);
        free(twice);
        grown_done(&again);
    }
    grown_done(&g);
    forest_done(&f);
    return good;
}

/* ---- layout -------------------------------------------------------------------------------------- */

TEST(spaces_and_blocks)
{
    check_layout("for i in 0 .. n{x=inc( i );zs+=[ add(x,y) ]}", "for i in 0..n {\n    x = inc(i)\n    zs += "
                                                                 "[add(x, y)]\n}\n");
    check_layout("if a{b}\nelse if c{d} else{e}", "if a {\n    b\n} else if c {\n    d\n} else {\n    e\n}\n");
    check_layout("while   x>1{break;continue}", "while x > 1 {\n    break\n    continue\n}\n");
    check_layout("with\n  retries=2,\n  timeout=10s{a()\n}", "with retries = 2, timeout = 10s {\n    a()\n}\n");
    check_layout("task a(n: int) -> {x: file(\"x\")}\n    with\n  retries=2 {\nrun [\"a\"] > out.x\n}",
                 "task a(n: int) -> {x: file(\"x\")} with retries = 2 {\n    run [\"a\"] > out.x\n}\n");
    check_layout("with retries=2,timeout=10s{a()}", "with retries = 2, timeout = 10s {\n    a()\n}\n");
    check_layout("a,b=[1,2,]", "a, b = [1, 2]\n");
    check_layout("x = if a { b } else { c }", "x = if a { b } else { c }\n");
    check_layout("fn f(x,y=1)=x+y\nfn g(){return}", "fn f(x, y = 1) = x + y\nfn g() {\n    return\n}\n");
    check_layout("assert a==b,\"no\"\noutput x\noutput y=1", "assert a == b, \"no\"\noutput x\noutput y = 1\n");
    check_layout("r={a:1,\"b c\":[ ],in:{}}", "r = {a: 1, \"b c\": [], in: {}}\n");
    check_layout("for x in y {\n}", "for x in y {}\n");
    check_layout("", "");
    check_layout("\n\n", "");
}

TEST(declarations)
{
    check_layout("use math as m;use \"./p.so\"\nimport \"a.tg\" as a", "use math as m\nuse \"./p.so\"\nimport "
                                                                       "\"a.tg\" as a\n");
    check_layout("param n:int in [1,2]=1 \"help\"", "param n: int in [1, 2] = 1  \"help\"\n");
    check_layout("param m:list[str]?", "param m: list[str]?\n");
    check_layout("task a(x:file)->int{sh \"wc ${x}\"}", "task a(x: file) -> int { sh \"wc ${x}\" }\n");
    check_layout("task a(x:file)->file(\"${x}.gz\") with retries=2{\nrun [\"gzip\",x]>out<x}",
                 "task a(x: file) -> file(\"${x}.gz\") with retries = 2 {\n    run [\"gzip\", x] > out < x\n}\n");
    check_layout("task a() -> {b: file(\"b\"), c: list[file](\"c*\")} { run [\"x\"] > out.b; sh \"y\" }",
                 "task a() -> {b: file(\"b\"), c: list[file](\"c*\")} {\n    run [\"x\"] > out.b\n    sh \"y\"\n}\n");
    check_layout("extern \"libm.so.6\" { hypot(x:float,y:float)->float }",
                 "extern \"libm.so.6\" {\n    hypot(x: float, y: float) -> float\n}\n");
}

TEST(parentheses)
{
    check_layout("x = (a + b) * c + (d * e)", "x = (a + b) * c + d * e\n");
    check_layout("x = a - (b - c) - (d)", "x = a - (b - c) - d\n");
    check_layout("x = (a ** b) ** c ** (d ** e)", "x = (a ** b) ** c ** d ** e\n");
    check_layout("x = (-a) ** 2 + -(a ** 2) + 2 ** (-1)", "x = (-a) ** 2 + -a ** 2 + 2 ** -1\n");
    check_layout("x = (a < b) < c; y = a < b < c", "x = (a < b) < c\ny = a < b < c\n");
    check_layout("x = (a and b) or c; y = a and (b or c)", "x = (a and b) or c\ny = a and (b or c)\n");
    check_layout("x = not (a in b); y = (not a) in b", "x = not a in b\ny = (not a) in b\n");
    check_layout("x = f((inc(1) with retries = 2), [(inc(2) with retries = 1)])",
                 "x = f((inc(1) with retries = 2), [(inc(2) with retries = 1)])\n");
    check_layout("x = (inc(1) with retries = 2)", "x = inc(1) with retries = 2\n");
    check_layout("x = (fn(a) = a)(1); y = (if a { b } else { c }).z", "x = (fn(a) = a)(1)\ny = (if a { b } else { c "
                                                                      "}).z\n");
    check_layout("x = (0..n)[1]; y = (1).z", "x = (0..n)[1]\ny = (1).z\n");
    check_layout("if ({a: 1}.a < 2) { b }; while ({}) { b }; x = if ({a: 1}[k] and y) { b } else { c }",
                 "if ({a: 1}.a < 2) {\n    b\n}\nwhile ({}) {\n    b\n}\n"
                 "x = if ({a: 1}[k] and y) { b } else { c }\n");
    check_layout("(if a { b } else { c })", "(if a { b } else { c })\n");
}

TEST(literals_stay_as_written)
{
    check_layout("x = 0xff + 1_000 + 1.50 + 1e-3 + 500ms + 4MiB", "x = 0xff + 1_000 + 1.50 + 1e-3 + 500ms + 4MiB\n");
    check_layout("x = \"a\\tb \\u{e9} ${ y+1 }\"; y = r\"\\d ${z}\"", "x = \"a\\tb \\u{e9} ${ y+1 }\"\ny = r\"\\d "
                                                                      "${z}\"\n");
    check_layout("if a {\nx = \"\"\"\n  one\n    two\n  \"\"\"\n}", "if a {\n    x = \"\"\"\n  one\n    two\n  "
                                                                    "\"\"\"\n}\n");
}

TEST(long_lines_break)
{
    check_layout("result = some_function(argument_number_one, argument_number_two, [element_one, element_two], "
                 "last_of_them = 5)",
                 "result = some_function(\n    argument_number_one,\n    argument_number_two,\n    [element_one, "
                 "element_two],\n"
                 "    last_of_them = 5,\n)\n");
    check_layout("result = [some_function(x, y) for x in a_long_list_of_things for y in another_long_list_of_things "
                 "if x.name == y.name]",
                 "result = [\n    some_function(x, y)\n    for x in a_long_list_of_things\n    for y in "
                 "another_long_list_of_things\n"
                 "    if x.name == y.name\n]\n");
}

TEST(a_line_of_100_columns_stays)
{
    char name[96], text[128], wanted[128];
    memset(name, 'a', sizeof name);
    snprintf(text, sizeof text, "x = f(%.93s)\n", name);
    check_layout(text, text);
    snprintf(text, sizeof text, "x = f(%.94s)\n", name);
    snprintf(wanted, sizeof wanted, "x = f(\n    %.94s,\n)\n", name);
    check_layout(text, wanted);
}

/* ---- comments and empty lines -------------------------------------------------------------------- */

TEST(comments_stay)
{
    check_layout("# a\n\n\n# b\nx = 1# c\n   # d\n", "# a\n\n# b\nx = 1  # c\n# d\n");
    check_layout("for x in y { # head\n# in\na() # t\n\n# last\n} # end\n# after",
                 "for x in y {  # head\n    # in\n    a()  # t\n\n    # last\n}  # end\n# after\n");
    check_layout("x = [ # open\n1, # one\n# two\n2\n# close\n]", "x = [  # open\n    1,  # one\n    # two\n    2,\n "
                                                                 "   # close\n]\n");
    check_layout("x = [# none\n]", "x = [  # none\n]\n");
    check_layout("x = a + # plus\nb", "x = a + b  # plus\n");
    check_layout("x = \"\"\"a${ # in\nb}\"\"\" # out\ny = 1", "x = \"a${b}\"  # in\n# out\ny = 1\n");
    check_layout("x = f(a, {b: 1, # b\nc: 2})", "x = f(\n    a,\n    {\n        b: 1,  # b\n        c: 2,\n    },\n"
                                                ")\n");
    check_layout("if a {\n b\n} # one\nelse { # two\n c\n}", "if a {\n    b\n} else {  # one\n    # two\n    c\n}\n");
    check_layout("task t() -> int {\n# how\nsh \"x\" # s\n# done }\n}", "task t() -> int {\n    # how\n    sh \"x\" "
                                                                        " # s\n    # done }\n}\n");
    check_layout("extern \"l\" {\nf() -> int # f\n# g\n}", "extern \"l\" {\n    f() -> int  # f\n    # g\n}\n");
    check_layout("fn f(a, # first\nb) = a", "fn f(\n    a,  # first\n    b,\n) = a\n");
    check_layout("fn f(a, b # last\n) = a", "fn f(\n    a,\n    b,  # last\n) = a\n");
    check_layout("extern \"l\" {\nf(x: # of x\nint) -> int\n}",
                 "extern \"l\" {\n    f(\n        x: int,  # of x\n    ) -> int\n}\n");
    check_layout("x = fn(a) { # body\n a }", "x = fn(a) {  # body\n    a\n}\n");
}

TEST(empty_lines)
{
    check_layout("a()\n\n\n\nb()\nc()\n\n", "a()\n\nb()\nc()\n");
    check_layout("if a {\n\n\n  b()\n\n\n  c()\n\n}\n\n\n", "if a {\n    b()\n\n    c()\n}\n");
    check_layout("\n\na()\n  \t\n# c\n\nb()", "a()\n\n# c\n\nb()\n");
    check_layout("a()\r\n\r\nb() # c\r\n", "a()\n\nb()  # c\n");
}

/* ---- expressions alone --------------------------------------------------------------------------- */

static void check_expression(const char *text, const char *wanted)
{
    struct forest f;
    forest_init(&f);
    struct tg_err err = {0};
    struct tg_source *source = tg_sources_add(&f.sources, "e", text, strlen(text), &err);
    struct tg_parse p = {&f.arena, &f.names, &f.diags, source, false, false};
    struct tg_ast *n = tg_parse_tg_expression(&p, 0, source->length);
    struct tg_buf b = {0};
    if (n) tg_print_expression(&b, n, &f.names);
    CHECK_STR(tg_buf_str(&b), wanted);
    tg_buf_done(&b);
    forest_done(&f);
}

TEST(an_expression_on_one_line)
{
    check_expression("f( [1,\n2] , a = 0xff)", "f([1, 2], a = 255)");
    check_expression("fn(x) { y = x; if y { return y }; for z in y { g(z) } }",
                     "fn(x) { y = x; if y { return y }; for z in y { g(z) } }");
    check_expression("\"\"\"a\nb ${c + \"d\"}\"\"\"", "\"a\\nb ${c + \"d\"}\"");
    check_expression("\"\\${ \\x01 \\\"\"", "\"\\${ \\x01 \\\"\"");
    check_expression("10s + 90m + 1500ms + 4GiB + 1KB", "10s + 90m + 1500ms + 4GiB + 1KB");
    check_expression("-9223372036854775808", "-9223372036854775808");
    check_expression("1.0 + 1e300 + 0.1", "1.0 + 1e+300 + 0.1");
    check_expression("a[1:2:3] + a[:] + a[::2] + a[1]", "a[1:2:3] + a[:] + a[::2] + a[1]");
    check_expression("[x for x in y for a, b in z if a if b]", "[x for x in y for a, b in z if a if b]");
}

/* ---- round trips --------------------------------------------------------------------------------- */

static const char *const programs[] = {
    "# Head.\n\nuse math # t\nuse \"./p.so\" as pp\nimport \"lib.tg\" as M\nparam n: int in [1, 2] = 256 "
    "\"leaves\"\nparam t: float = 10s\n",
    "x = 1\nparam n: int = x\ny = n\noutput y\nz = 2\noutput z\n",
    "fn f(x, y = 1) = x + y # add\nfn g(x) {\n # inside\n z = x * 2; w = z\n if z > 3 { return z } else if z == 0 { "
    "return } else {\n"
    " # else\n return -z # neg\n # end\n }\n fn inner(a) = a\n z\n # last\n}\n",
    "task a(src: file) -> file(\"${src}.gz\") with retries = 2 {\n # how\n run [\"gzip\", src] > out # go\n # done\n}\n"
    "task b(x: any, k: int = 3) -> {p: file(\"p\"), q: list[file](\"q*\")} { run x > out.p < x; sh r\"b $x\" }\n",
    "extern \"libm.so.6\" {\n f(x: float) -> float # c\n # more\n g() -> int\n}\nextern \"libm.so.6\" { h() -> nil }\n",
    "zs = []\nfor i in 0..n { # head\n zs += [add(i, i)]\n}\nk, l = [1, 2]\nk -= 1; k **= 2; k //= 3; k %= 2; k /= "
    "1; k *= 2\n"
    "while len(zs) > 1 { zs = zs[1:]; if zs { break } else { continue } }\nfor a, b in zip(zs, zs) { f(a) with "
    "label = \"z\" }\n"
    "with retries = 2, memory = 4GiB { x = inc(1) }\nassert k == 1, \"no ${k}\"\nassert k\nprint(1)\noutput zs\n"
    "output t = zs[0]\n",
    "a = \"$$ ${x} $\"; b = \"\\${x} $\\${x}\"; c = \"${x}\"; d = \"${\"y\"}z${1}\"; e = r\"C:\\x ${no}\"; f = "
    "\"\"\"\n  one\n    ${k}\n  \"\"\"\n"
    "g = \"$${x}\"; h = \"a$\"; i = \" lead\\ntrail \\n\"; j = \"\\u{85}\\u{feff}\\x7f\"; k = \"- a: b # c\"; l = "
    "\"10s\"; m = \"true\"; o = \"\"\n",
    "x = {a: 1, \"b c\": nil, in: [true, -1, -1.5, 1e300], nested: {d: {}, e: []}}\ny = {a: 1, a: 2}\nz = f(a = 1, "
    "a = 2)\n",
    "x = [f(i) for i in a if i]\ny = [(f(i) with retries = 1) for i, j in a for k in b]\nz = [f(i) for i in a if i "
    "for j in i]\n"
    "u = reduce(add, x)\nv = reduce(add, x, arity = 2, init = 0)\nw = fold(add, x, 0)\nq = M.f(1).g\nr = M.f(1)\n",
    "long = \"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\"\n"
    "s = [\"0123456789012345678901234567890123456789\", \"0123456789012345678901234567890123456789\", {a: "
    "\"01234567890123456789\"}]\n",
    "x = fn(a, b = 1) { c = a # c\n c + b }\ny = if a { b } else if c { d } else { e; f }\nz = map(fn(x) = x, [fn() "
    "= 1])\n",
    "x = x + 1\ny = fn(n) = y(n - 1)\nx = 2\n",
};

TEST(round_trips)
{
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (!check_round(programs[i], strlen(programs[i]))) {
            check_failed = true;
            printf("# program %zu has errors\n", i);
        }
}

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "r");
    if (!file) return NULL;
    struct tg_buf b = {0};
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;) tg_buf_add(&b, part, n);
    fclose(file);
    *length = b.length;
    return b.length ? tg_buf_take(&b) : NULL;
}

/* Every workflow of the project without syntax errors. */
TEST(round_trips_of_all_workflows)
{
    static const char *const patterns[] = {"examples/*.tg", "examples/*/*.tg", "bench/*.tg", "tests/golden/*/*.tg"};
    const char *top = getenv("TG_TOP");
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        char pattern[4096];
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s/%s", top ? top : ".", patterns[i]);
        if (glob(pattern, 0, NULL, &found) != 0) continue;
        for (size_t k = 0; k < found.gl_pathc; k++) {
            size_t length;
            char *text = read_file(found.gl_pathv[k], &length);
            if (!text) continue;
            bool failed = check_failed;
            check_failed = false;
            check_round(text, length);
            if (check_failed) printf("# in %s\n", found.gl_pathv[k]);
            check_failed = check_failed || failed;
            free(text);
        }
        globfree(&found);
    }
}

/* Layout must not try every line again at every level. */
TEST(deep_nesting)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, "x = ");
    for (int i = 0; i < 900; i++) tg_buf_text(&b, "f(1, [");
    for (int i = 0; i < 900; i++) tg_buf_text(&b, "])");
    check_round(b.data, b.length);
    tg_buf_done(&b);
}
