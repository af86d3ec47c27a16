/* SPDX-License-Identifier: MIT
 * The reader of `.tg`: every construct, spans, comments, single expressions, the limits. */
#include "engine/base/limits.h"
#include "lang/read/parse.h"
#include "lang/read/parse_tg.h"
#include "lang/read/reader.h"
#include "tests/unit/reading.h"

TEST(statements)
{
    TREE("x = 1\n"
         "a, b, c = xs\n"
         "x += 1; x -= 2; x *= 3; x /= 4; x //= 5; x %= 6; x **= 7\n"
         "output r\n"
         "output total = zs[0] with retries = 2\n"
         "return\n"
         "return x with retries = 2\n"
         "break\n"
         "continue\n"
         "assert x == 1\n"
         "assert x, \"message\"\n"
         "f(x)\n"
         "nil",
         "(assign (targets x) 1)\n"
         "(assign (targets a b c) xs)\n"
         "(augment + x 1)\n"
         "(augment - x 2)\n"
         "(augment * x 3)\n"
         "(augment / x 4)\n"
         "(augment // x 5)\n"
         "(augment % x 6)\n"
         "(augment ** x 7)\n"
         "(output r _)\n"
         "(output total (optioned (index zs 0) (options (keyword retries 2))))\n"
         "(return _)\n"
         "(return (optioned x (options (keyword retries 2))))\n"
         "(break)\n"
         "(continue)\n"
         "(assert (binary == x 1) _)\n"
         "(assert x \"message\")\n"
         "(expr (call f x))\n"
         "(expr nil)");
    TREE("for x in xs { y }\n"
         "for k, v in r { a; b }\n"
         "while x < 3 { x += 1 }\n"
         "with retries = 2, timeout = 500ms { inc(1) }",
         "(for (targets x) xs (block (expr y)))\n"
         "(for (targets k v) r (block (expr a) (expr b)))\n"
         "(while (binary < x 3) (block (augment + x 1)))\n"
         "(with (options (keyword retries 2) (keyword timeout 0.5s)) (block (expr (call inc 1))))");
    TREE("if a { b }\n"
         "if a { b } else { c }\n"
         "if a { b } else if c { d } else { e }\n"
         "if a {\n"
         "}\n"
         "# a comment\n"
         "\n"
         "else {\n"
         "}\n"
         "if a { { x: 1 } }",
         "(if a (block (expr b)) _)\n"
         "(if a (block (expr b)) (block (expr c)))\n"
         "(if a (block (expr b)) (if c (block (expr d)) (block (expr e))))\n"
         "(if a (block) (block))\n"
         "(if a (block (expr (record (entry x 1)))) _)");
    TREE("if c { 1 } else { 2 } + 3\n"
         "(if c { 1 } else { 2 })",
         "(expr (binary + (if c (block (expr 1)) (block (expr 2))) 3))\n"
         "(expr (if c (block (expr 1)) (block (expr 2))))");
    TREE(";;x = 1;;\n"
         "\n"
         ";\n"
         "y = 2;",
         "(assign (targets x) 1)\n"
         "(assign (targets y) 2)");
}

TEST(declarations)
{
    TREE("use math\n"
         "use np as n\n"
         "use \"./x.so\"\n"
         "use \"x.so\" as X\n"
         "import \"a/b.tg\" as m\n"
         "param n: int\n"
         "param n: int = 8\n"
         "param mode: str in [\"a\", \"b\"] = \"a\" \"help\"\n"
         "param x: list[int]? = nil\n"
         "param f: file \"a file\"\n"
         "extern \"libm.so.6\" { hypot(x: float, y: float) -> float; sin(x: float) -> float }\n"
         "extern \"lib\" {\n"
         "    # nothing yet\n"
         "}",
         "(use \"math\")\n"
         "(use n \"np\")\n"
         "(use \"./x.so\" :quoted)\n"
         "(use X \"x.so\" :quoted)\n"
         "(import m \"a/b.tg\")\n"
         "(param n (type \"int\") _ _)\n"
         "(param n (type \"int\") 8 _)\n"
         "(param mode \"help\" (type \"str\") \"a\" (list \"a\" \"b\"))\n"
         "(param x (type \"list[int]?\") nil _)\n"
         "(param f \"a file\" (type \"file\") _ _)\n"
         "(extern \"libm.so.6\" (task hypot (params (parameter x (type \"float\") _) (parameter y (type "
         "\"float\") _)) (type \"float\") _) (task sin (params (parameter x (type \"float\") _)) (type "
         "\"float\") _))\n"
         "(extern \"lib\")");
}

TEST(records)
{
    TREE("{a: 1, \"b\": 2, \"c${x}\": 3}\n"
         "{\"${k}\": v for k, v in r if v}",
         "(expr (record (entry a 1) (entry b :quoted 2) (pair (template \"c\" x) 3)))\n"
         "(expr (comp (pair (template k) v) (cfor (targets k v) r) (cif v)))");
}

TEST(blocks_in_order)
{
    TREE("in_order { a; in_order {} }\n"
         "in_order = 1\n"
         "f(in_order)",
         "(in_order (block (expr a) (in_order (block))))\n"
         "(assign (targets in_order) 1)\n"
         "(expr (call f in_order))");
}

TEST(functions)
{
    TREE("fn f() { }\n"
         "fn f(x, y: int, z = 3, w: float = 1.5,) { return x }\n"
         "fn f(x) = x + 1\n"
         "fn f(x) = inc(x) with retries = 2\n"
         "g = fn(x) = x + 1\n"
         "g = fn() { 1 }\n"
         "g = fn(x) = inc(x) with retries = 2\n"
         "g = map(fn(x) = x, xs)\n"
         "g = fn(x) = fn(y) = x + y",
         "(fn f (params) (block))\n"
         "(fn f (params (parameter x _ _) (parameter y (type \"int\") _) (parameter z _ 3) (parameter "
         "w (type \"float\") 1.5f)) (block (return x)))\n"
         "(fn f :equals (params (parameter x _ _)) (binary + x 1))\n"
         "(fn f :equals (params (parameter x _ _)) (optioned (call inc x) (options (keyword retries 2))))\n"
         "(assign (targets g) (lambda (params (parameter x _ _)) (binary + x 1)))\n"
         "(assign (targets g) (lambda (params) (block (expr 1))))\n"
         "(assign (targets g) (lambda (params (parameter x _ _)) (optioned (call inc x) (options "
         "(keyword retries 2)))))\n"
         "(assign (targets g) (call map (lambda (params (parameter x _ _)) x) xs))\n"
         "(assign (targets g) (lambda (params (parameter x _ _)) (lambda (params (parameter y _ _)) "
         "(binary + x y))))");
    TREE("fn f(\n"
         "  a,\n"
         "  b\n"
         ") {\n"
         "  x = a\n"
         "\n"
         "  b\n"
         "}",
         "(fn f (params (parameter a _ _) (parameter b _ _)) (block (assign (targets x) a) (expr b)))");
}

TEST(tasks)
{
    TREE("task compress(src: file) -> file(\"${src}.gz\") with retries = 2, timeout = 30s {\n"
         "    run [\"gzip\", \"-9\", \"-c\", src] > out\n"
         "}",
         "(task compress (params (parameter src (type \"file\") _)) (result (rfile (template src "
         "\".gz\"))) (options (keyword retries 2) (keyword timeout 30s)) (run (list \"gzip\" \"-9\" \"-c\" "
         "src) out _))");
    TREE("task words(text: file) -> int { sh \"wc -w < ${text}\" }\n"
         "task split(src: file, k: int = 2) -> list[file](\"parts/*\") { sh r\"a\" > out < src; run xs "
         "< src > out }\n"
         "task two() -> {bam: file(\"x\"), \"a b\": list[file](\"y\"), task: file(\"z\"),} { run [a] }\n"
         "task v(x: any) -> list[str] {\n"
         "\n"
         "    run words(x) + [\"b\"]   # first\n"
         "    run [run, sh] < x\n"
         "    sh \"\"\"\n"
         "        a\n"
         "        \"\"\"\n"
         "}\n"
         "task r() -> nil { run if a { b } else { c } }\n"
         "run = sh + run",
         "(task words (params (parameter text (type \"file\") _)) (result (type \"int\")) _ (sh "
         "(template \"wc -w < \" text) _ _))\n"
         "(task split (params (parameter src (type \"file\") _) (parameter k (type \"int\") 2)) (result "
         "(rfile :list \"parts/*\")) _ (sh \"a\" out src) (run xs out src))\n"
         "(task two (params) (result (record (entry bam (rfile \"x\")) (entry a b :quoted (rfile :list \"y\")) "
         "(entry task (rfile \"z\")))) _ (run (list a) _ _))\n"
         "(task v (params (parameter x (type \"any\") _)) (result (type \"list[str]\")) _ (run (binary "
         "+ (call words x) (list \"b\")) _ _) (run (list run sh) _ x) (sh \"a\\n\" _ _))\n"
         "(task r (params) (result (type \"nil\")) _ (run (if a (block (expr b)) (block (expr c))) _ _))\n"
         "(assign (targets run) (binary + sh run))");
}

TEST(literals)
{
    TREE("[1, 0xff, 0XAB, 0b101, 0o17, 1_000_000, 0, 00, 9223372036854775807]\n"
         "[1.5, 1e-3, 1E3, 1.25e+2, 0.1, 1_0.5_0]\n"
         "[500ms, 10s, 5m, 2h, 1d, 3us, 4ns, 1.5h, 1e3s]\n"
         "[1B, 64KB, 4MB, 2GB, 1TB, 4KiB, 4MiB, 2GiB, 1TiB, 1.5KiB, 0.001KB, 1e3B, 2.5e-1KiB, 0B, "
         "8191TiB, 1.500000000000000000000000000000KiB, 00.0MB, 1000000000000e-9KB]\n"
         "[-9223372036854775808, -1, 5 -3, - 9223372036854775808]\n"
         "[true, false, nil]",
         "(expr (list 1 255 171 5 15 1000000 0 0 9223372036854775807))\n"
         "(expr (list 1.5f 0.001f 1000f 125f 0.10000000000000001f 10.5f))\n"
         "(expr (list 0.5s 10s 300s 7200s 86400s 3.0000000000000001e-06s 4.0000000000000002e-09s 5400s 1000s))\n"
         "(expr (list 1B 64000B 4000000B 2000000000B 1000000000000B 4096B 4194304B 2147483648B "
         "1099511627776B 1536B 1B 1000B 256B 0B 9006099743113216B 1536B 0B 1000000B))\n"
         "(expr (list -9223372036854775808 (unary - 1) (binary - 5 3) -9223372036854775808))\n"
         "(expr (list true false nil))");
}

TEST(texts)
{
    TREE("[\"\", \"a\", \"a\\tb\\n\\r\\\\\\\"\\$\\x41\\u{1F600}\\u00e4\", \"$ {x} $\", \"ä\"]\n"
         "[\"${x}\", \"a${x}b\", \"${a}${b}\", \"${f(\"x${y}\")} ${ {a: 1}.a } ${{b: {}}}\", \"\\${x}\", \"a${"
         " x }\"]\n"
         "[r\"\", r\"a\\n${x}\", r\"\\\"]",
         "(expr (list \"\" \"a\" \"a\\tb\\n\\r\\\\\\\"$A😀ä\" \"$ {x} $\" \"ä\"))\n"
         "(expr (list (template x) (template \"a\" x \"b\") (template a b) (template (call f (template "
         "\"x\" y)) \" \" (field a (record (entry a 1))) \" \" (record (entry b (record)))) \"${x}\" "
         "(template \"a\" x)))\n"
         "(expr (list \"\" \"a\\\\n${x}\" \"\\\\\"))");
    TREE("x = \"\"\"one line\"\"\"\n"
         "x = \"\"\"a\n"
         "  b\"\"\"\n"
         "x = \"\"\"\n"
         "    one\n"
         "      two ${a + \"x\"}\n"
         "\n"
         "    three\n"
         "    \"\"\"\n"
         "x = \"\"\"\n"
         "  ${a}\n"
         "    b\n"
         "  \"\"\"\n"
         "x = \"\"\"\n"
         "\ttab\n"
         "\t  two\n"
         "\"\"\"\n"
         "x = \"\"\"\n"
         "  \\n  a\n"
         " b\n"
         "\"\"\"\n"
         "x = r\"\"\"\n"
         "    a\\n ${x}\n"
         "    \"b\" \"\"\n"
         "  \"\"\"\n"
         "x = \"\"\"\"a\" \"\"\"\n"
         "x = \"\"\"\n"
         "\"\"\"",
         "(assign (targets x) \"one line\")\n"
         "(assign (targets x) \"a\\nb\")\n"
         "(assign (targets x) (template :triple \"one\\n  two \" (binary + a \"x\") \"\\n\\nthree\\n\"))\n"
         "(assign (targets x) (template :triple a \"\\n  b\\n\"))\n"
         "(assign (targets x) \"tab\\n  two\\n\")\n"
         "(assign (targets x) \" \\n  a\\nb\\n\")\n"
         "(assign (targets x) \"a\\\\n ${x}\\n\\\"b\\\" \\\"\\\"\\n\")\n"
         "(assign (targets x) \"\\\"a\\\" \")\n"
         "(assign (targets x) \"\")");
    TREE("x = \"\"\"\n"
         "  a\n"
         "  b\n"
         "  \"\"\"",
         "(assign (targets x) \"a\\nb\\n\")");
}

TEST(operators)
{
    TREE("x = a + b - c * d / e // f % g ** h\n"
         "x = -a ** -b ** c\n"
         "x = --a - +b\n"
         "x = not a == b\n"
         "x = not not a and not b or c\n"
         "x = a and b or c and d\n"
         "x = a < b\n"
         "x = a < b <= c != d\n"
         "x = (a < b) < c\n"
         "x = a in b not in c\n"
         "x = not a not in b\n"
         "x = 0..n + 1\n"
         "x = a in 0..10 and b\n"
         "x = a < 0..3\n"
         "x = -1..-2\n"
         "x = (a + b) * c\n"
         "x = 1..n\n"
         "x = a - -9223372036854775808",
         "(assign (targets x) (binary - (binary + a b) (binary % (binary // (binary / (binary * c "
         "d) e) f) (binary ** g h))))\n"
         "(assign (targets x) (unary - (binary ** a (unary - (binary ** b c)))))\n"
         "(assign (targets x) (binary - (unary - (unary - a)) (unary + b)))\n"
         "(assign (targets x) (unary not (binary == a b)))\n"
         "(assign (targets x) (logic or (logic and (unary not (unary not a)) (unary not b)) c))\n"
         "(assign (targets x) (logic or (logic and a b) (logic and c d)))\n"
         "(assign (targets x) (binary < a b))\n"
         "(assign (targets x) (chain (binary < a b) (binary <= b c) (binary != c d)))\n"
         "(assign (targets x) (binary < (binary < a b) c))\n"
         "(assign (targets x) (chain (binary in a b) (binary not in b c)))\n"
         "(assign (targets x) (unary not (binary not in a b)))\n"
         "(assign (targets x) (range 0 (binary + n 1)))\n"
         "(assign (targets x) (logic and (binary in a (range 0 10)) b))\n"
         "(assign (targets x) (binary < a (range 0 3)))\n"
         "(assign (targets x) (range (unary - 1) (unary - 2)))\n"
         "(assign (targets x) (binary * (binary + a b) c))\n"
         "(assign (targets x) (range 1 n))\n"
         "(assign (targets x) (binary - a -9223372036854775808))");
}

TEST(postfix)
{
    TREE("f()\n"
         "f(1, 2,)\n"
         "f(1, a = 2, b = 3)\n"
         "f(x)(y)[0].z\n"
         "xs[1]\n"
         "[xs[1:3], xs[:], xs[::], xs[1:], xs[:1], xs[::2], xs[1:2:3], xs[:2:]]\n"
         "a.in.with.task\n"
         "\"a\".b\n"
         "[1][0]\n"
         "f(fn(x) { 1 }, (g(x) with retries = 2, timeout = 3s))\n"
         "-f(x).y ** 2",
         "(expr (call f))\n"
         "(expr (call f 1 2))\n"
         "(expr (call f 1 (keyword a 2) (keyword b 3)))\n"
         "(expr (field z (index (call (call f x) y) 0)))\n"
         "(expr (index xs 1))\n"
         "(expr (list (slice xs 1 3 _) (slice xs _ _ _) (slice xs _ _ _) (slice xs 1 _ _) (slice xs "
         "_ 1 _) (slice xs _ _ 2) (slice xs 1 2 3) (slice xs _ 2 _)))\n"
         "(expr (field task (field with (field in a))))\n"
         "(expr (field b \"a\"))\n"
         "(expr (index (list 1) 0))\n"
         "(expr (call f (lambda (params (parameter x _ _)) (block (expr 1))) (optioned (call g x) "
         "(options (keyword retries 2) (keyword timeout 3s)))))\n"
         "(expr (unary - (binary ** (field y (call f x)) 2)))");
}

TEST(collections)
{
    TREE("[[], [1], [1, 2,], [[1]]]\n"
         "[{}, {a: 1}, {a: 1, \"b c\": 2, for: 3,}, {None: 1}]\n"
         "[x for x in xs]\n"
         "[f(x, y) for x in xs if x > 1 for y, z in ys if y if z]\n"
         "[if a { b } else { c } for a in xs]\n"
         "{\n"
         "  a: 1,\n"
         "\n"
         "  b: [\n"
         "    2\n"
         "  ],\n"
         "}\n"
         "x = if a { {b: 1} } else { [] }",
         "(expr (list (list) (list 1) (list 1 2) (list (list 1))))\n"
         "(expr (list (record) (record (entry a 1)) (record (entry a 1) (entry b c :quoted 2) (entry for "
         "3)) (record (entry None 1))))\n"
         "(expr (comp x (cfor (targets x) xs)))\n"
         "(expr (comp (call f x y) (cfor (targets x) xs) (cif (binary > x 1)) (cfor (targets y z) "
         "ys) (cif y) (cif z)))\n"
         "(expr (comp (if a (block (expr b)) (block (expr c))) (cfor (targets a) xs)))\n"
         "(expr (record (entry a 1) (entry b (list 2))))\n"
         "(assign (targets x) (if a (block (expr (record (entry b 1)))) (block (expr (list)))))");
}

TEST(lines)
{
    TREE("x = a +\n"
         "  b\n"
         "x = a and\n"
         "\n"
         "  # why\n"
         "  b\n"
         "x =\n"
         "  1\n"
         "f(\n"
         "  1\n"
         "  ,\n"
         "  2\n"
         ")\n"
         "xs = [x\n"
         "  for x in ys\n"
         "  if x]\n"
         "a.\n"
         "  b\n"
         "if a {\n"
         "} else {\n"
         "}\n"
         "x = fn(a) {\n"
         "  b\n"
         "  c\n"
         "}\n"
         "y = f(fn() {\n"
         "  a\n"
         "  b\n"
         "}, 2)",
         "(assign (targets x) (binary + a b))\n"
         "(assign (targets x) (logic and a b))\n"
         "(assign (targets x) 1)\n"
         "(expr (call f 1 2))\n"
         "(assign (targets xs) (comp x (cfor (targets x) ys) (cif x)))\n"
         "(expr (field b a))\n"
         "(if a (block) (block))\n"
         "(assign (targets x) (lambda (params (parameter a _ _)) (block (expr b) (expr c))))\n"
         "(assign (targets y) (call f (lambda (params) (block (expr a) (expr b))) 2))");
}

/* ---- spans --------------------------------------------------------------------------------------------------- */

static void check_span_at(int line, const char *text, const struct tg_ast *n, const char *wanted)
{
    size_t length = strlen(wanted);
    bool same = n->span.end - n->span.start == length && memcmp(text + n->span.start - 1, wanted, length) == 0;
    if (!same) printf("# line %d: %.*s\n", line, (int)(n->span.end - n->span.start), text + n->span.start - 1);
    CHECK(same);
}

#define SPAN(node, wanted) check_span_at(__LINE__, text, (node), (wanted))

TEST(spans)
{
    const char *text = "x = (a + 1) * b.c\n"
                       "for i in 0..n { f(i) }\n"
                       "if (a) { b } else if c { d }\n"
                       "fn f(x) { x }\n"
                       "task t(a: int) -> int with retries = 2 { sh \"x\" }\n"
                       "y = if a { b } else { c }\n"
                       "z += \"a${b}c\"\n";
    struct reading r;
    read_text(&r, text, strlen(text));
    struct tg_kids file = tg_n_block_statements(r.tree.file);
    struct tg_ast **s = file.items, *product = tg_n_assign_value(s[0]), *sum = tg_n_binary_left(product);
    CHECK_INT(file.count, 7);
    SPAN(s[0], "x = (a + 1) * b.c");
    SPAN(tg_n_assign_targets(s[0]), "x");
    SPAN(product, "(a + 1) * b.c");
    SPAN(sum, "a + 1");
    CHECK(sum->flags & TG_F_PARENS);
    CHECK_INT(tg_n_binary_right(product)->name_start, 17);
    SPAN(s[1], "for i in 0..n");
    SPAN(tg_n_for_body(s[1]), "{ f(i) }");
    SPAN(s[2], "if (a)");
    SPAN(tg_n_if_else(s[2]), "if c");
    SPAN(s[3], "fn f(x)");
    SPAN(s[4], "task t(a: int) -> int with retries = 2");
    SPAN(tg_n_task_result(s[4]), "int");
    SPAN(tg_n_task_options(s[4]), "retries = 2");
    SPAN(tg_n_assign_value(s[5]), "if a { b } else { c }");
    struct tg_kids parts = tg_n_template_parts(tg_n_augment_value(s[6]));
    SPAN(tg_n_augment_value(s[6]), "\"a${b}c\"");
    SPAN(parts.items[0], "a");
    SPAN(parts.items[1], "b");
    CHECK(memcmp(text + s[6]->name_start - 1, "z", 1) == 0);
    reading_done(&r);
}

TEST(comments)
{
    const char *text = "#!/usr/bin/tgrun\n  # own\r\nx = 1 # after\ny = [ # in\n1]\n# last";
    static const char *const wanted[] = {"#!/usr/bin/tgrun", "# own", "# after", "# in", "# last"};
    static const bool own[] = {true, true, false, false, true};
    struct reading r;
    read_text(&r, text, strlen(text));
    CHECK_INT(r.tree.comments.count, 5);
    for (size_t i = 0; i < r.tree.comments.count && i < 5; i++) {
        struct tg_comment c = r.tree.comments.items[i];
        CHECK_INT(c.span.end - c.span.start, strlen(wanted[i]));
        CHECK(memcmp(text + c.span.start - 1, wanted[i], strlen(wanted[i])) == 0);
        CHECK_INT(c.own_line, own[i]);
    }
    reading_done(&r);
}

TEST(line_ends_of_other_systems)
{
    TREE("x = 1\r\ny = \"\"\"\r\n  a\r\n  b\r\n  \"\"\"\r\n", "(assign (targets x) 1)\n(assign (targets y) \"a\\nb\\n\")");
    TREE("", "");
    TREE("\n\n", "");
    TREE("# only", "");
}

/* ---- single expressions ------------------------------------------------------------------------------------ */

static void check_expression(const char *text, const char *wanted, const char *error)
{
    struct reading r;
    struct tg_buf b = {0};
    tg_span span = {77, 78};
    read_text(&r, "", 0);
    struct tg_ast *n = tg_parse_tg_text(&r.parse, text, strlen(text), span);
    CHECK_INT(n == NULL, error != NULL);
    if (n) {
        dump(&b, &r.names, n);
        CHECK(tg_ast_is_sound(n));
        CHECK_INT(n->span.start, 77);
    }
    CHECK_STR(tg_buf_str(&b), wanted);
    CHECK_INT(r.diags.error_count, error ? 1 : 0);
    if (error && r.diags.items.count) {
        CHECK_STR(r.diags.items.items[0].message, error);
        CHECK_INT(r.diags.items.items[0].span.start, 77);
    }
    tg_buf_done(&b);
    reading_done(&r);
}

TEST(expressions_alone)
{
    check_expression("0..n", "(range 0 n)", NULL);
    check_expression(" a +\n b\n", "(binary + a b)", NULL);
    check_expression("a\n+ b", "(binary + a b)", NULL);
    check_expression("\"x${y}\"", "(template \"x\" y)", NULL);
    check_expression("fn() { a\n b }", "(lambda (params) (block (expr a) (expr b)))", NULL);
    check_expression("f('a\\ ${b}', \"c'd\")", "(call f \"a\\\\ ${b}\" \"c'd\")", NULL);
    check_expression("", "", "expected an expression, found its end");
    check_expression("a b", "", "unexpected name 'b'");
    check_expression("f(1", "", "expected ')' or ',', found its end");
    check_expression("a = 1", "", "unexpected '='");
    check_expression("\"abc", "", "this text is never closed");
    check_expression("}", "", "'}' closes nothing");
    check_expression("a § b", "", "unexpected character '§' (U+00A7)");
    check_expression("a; b", "", "unexpected ';'");
}

TEST(expression_within_a_source)
{
    const char *text = "key: ${ a + bc } rest";
    struct reading r;
    read_text(&r, text, strlen(text));
    size_t before = r.diags.error_count;
    struct tg_ast *n = tg_parse_tg_expression(&r.parse, 7, 15);
    CHECK(n && n->kind == TG_N_BINARY);
    if (n) SPAN(n, "a + bc");
    CHECK_INT(r.diags.error_count, before);
    reading_done(&r);
}

TEST(statements_inside_a_source)
{
    const char *text = "a: |\n  x = 1 # c\n  y = x +\nb: 1";
    struct reading r;
    read_text(&r, "", 0);
    struct tg_err err = {0};
    r.parse.source = tg_sources_add(&r.sources, "part", text, strlen(text), &err);
    uint32_t base = r.parse.source->base;
    struct tg_tree tree = {0};
    struct tg_ast *n = tg_parse_tg_block(&r.parse, 5, 26, &tree);
    CHECK_INT(n->kind, TG_N_BLOCK);
    CHECK_INT(tg_n_block_statements(n).count, 2);
    CHECK_INT(tg_n_block_statements(n).items[0]->span.start, base + 7);
    CHECK_INT(tree.comments.count, 1);
    CHECK_INT(tree.comments.items[0].span.start, base + 13);
    CHECK_INT(r.diags.error_count, 1);
    CHECK_STR(r.diags.items.items[0].message, "expected an expression, found end of text");
    CHECK_INT(r.diags.items.items[0].span.start, base + 26);
    tg_vec_done(&tree.comments);
    reading_done(&r);
}

TEST(statements_of_a_text)
{
    const char *text = "x = 1 # c\nif x {\n    y";
    struct reading r;
    read_text(&r, "", 0);
    struct tg_ast *n = tg_parse_tg_block_text(&r.parse, text, strlen(text), (tg_span){77, 79});
    CHECK_INT(tg_n_block_statements(n).count, 2);
    CHECK_INT(tg_n_block_statements(n).items[1]->span.end, 79);
    CHECK_STR(r.diags.items.items[0].message, "expected '}', found end of text");
    CHECK_INT(r.diags.items.items[0].span.start, 77);
    reading_done(&r);
}

/* ---- limits ------------------------------------------------------------------------------------------------ */

/* `count` times before and after, around `middle`. */
static void check_nesting(const char *begin, const char *before, const char *middle, const char *after, int count, bool good)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, begin);
    for (int i = 0; i < count; i++) tg_buf_text(&b, before);
    tg_buf_text(&b, middle);
    for (int i = 0; i < count; i++) tg_buf_text(&b, after);
    struct reading r;
    read_text(&r, tg_buf_str(&b), b.length);
    CHECK_INT(r.diags.error_count, good ? 0 : 1);
    if (r.diags.items.count) CHECK_STR(r.diags.items.items[0].message, good ? "" : "nested deeper than 1000 levels");
    tg_buf_done(&b);
    reading_done(&r);
}

TEST(nesting)
{
    static const struct {
        const char *begin, *before, *middle, *after;
        int most;
    } cases[] = {
        {"x = ", "(", "1", ")", 1000},
        {"x = ", "[", "", "]", 1000},
        {"x = ", "{a: ", "1", "}", 1000},
        {"x = ", "f(", "1", ")", 1000},
        {"x = ", "-", "1", "", 1000},
        {"x = ", "not ", "1", "", 1000},
        {"x = ", "2 ** ", "1", "", 1000},
        {"x = 1", "", "", " + 1", 1000},
        {"x = a", "", "", ".b", 1000},
        {"x = a", "", "", "[0]", 1000},
        {"x = a", "", "", " and a", 1000},
        {"x = ", "fn(a) = ", "1", "", 1000},
        {"", "if a { } else ", "if a { }", "", 999},
        {"", "for a in b { ", "c", " }", 999},
        {"", "while a { ", "c", "\n}\n", 999},
        {"x = ", "\"${", "1", "}\"", 1000},
        {"x = ", "fn() { ", "1", " }", 999},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_nesting(cases[i].begin, cases[i].before, cases[i].middle, cases[i].after, cases[i].most, true);
        check_nesting(cases[i].begin, cases[i].before, cases[i].middle, cases[i].after, 1002, false);
        check_nesting(cases[i].begin, cases[i].before, cases[i].middle, cases[i].after, 100000, false);
    }
}

TEST(long_lists_are_not_deep)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, "x = [0");
    for (int i = 0; i < 100000; i++) tg_buf_text(&b, ", 1");
    tg_buf_text(&b, "]\ny = a");
    for (int i = 0; i < 100000; i++) tg_buf_text(&b, " < b");
    struct reading r;
    read_text(&r, tg_buf_str(&b), b.length);
    CHECK_INT(r.diags.error_count, 0);
    struct tg_kids file = tg_n_block_statements(r.tree.file);
    CHECK_INT(tg_n_list_items(tg_n_assign_value(file.items[0])).count, 100001);
    CHECK_INT(tg_n_chain_links(tg_n_assign_value(file.items[1])).count, 100000);
    tg_buf_done(&b);
    reading_done(&r);
}

TEST(long_names)
{
    char name[TG_MAX_NAME_BYTES + 2];
    memset(name, 'a', sizeof name);
    struct reading r;
    read_text(&r, name, TG_MAX_NAME_BYTES);
    CHECK_INT(r.diags.error_count, 0);
    reading_done(&r);
    read_text(&r, name, TG_MAX_NAME_BYTES + 1);
    CHECK_INT(r.diags.error_count, 1);
    if (r.diags.items.count) CHECK_STR(r.diags.items.items[0].message, "a name of 1025 bytes");
    reading_done(&r);
}

/* No name of the grammar's own tokens gets into a message. */
TEST(token_names)
{
    for (int token = 0; token <= TG_T_POW; token++) {
        const char *name = tg_reader_token_name(token);
        bool upper = false;
        for (const char *p = name; *p; p++) upper |= *p >= 'A' && *p <= 'Z';
        CHECK(!upper && (!strchr(name, '_') || token == TG_T_IN_ORDER));
    }
}
