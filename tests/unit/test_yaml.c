/* SPDX-License-Identifier: MIT
 * lang/yaml*.c: the YAML form. What it reads is shown as `.tg`; errors with line and column; limits; both ways of
 * converting. */
#include "tests/unit/yaml_case.h"

#include "engine/base/limits.h"

/* ---- what is read -------------------------------------------------------------------------------- */

TEST(the_first_example)
{
    check_reads("use: [math]\n"
                "params:\n"
                "  n: {type: int, default: 8, help: how many leaves}\n"
                "tasks:\n"
                "  x: {call: inc, args: [1]}\n"
                "  y: {call: dec, args: [2]}\n"
                "  z: {call: add, args: [\"${x}\", \"${y}\"], with: {retries: 2, timeout: 10s}}\n"
                "  leaves: {for: {i: \"${0..n}\"}, call: inc, args: [\"${i}\"]}\n"
                "  total: {reduce: add, over: \"${leaves}\"}\n"
                "  lines: {sh: \"wc -l < ${f}\", for: {f: \"${glob('data/*.csv')}\"}, result: int}\n"
                "outputs: [z, total]\n",
                "use math\n\n"
                "param n: int = 8  \"how many leaves\"\n\n"
                "task lines_command(f: any) -> int { sh \"wc -l < ${f}\" }\n\n"
                "x = inc(1)\ny = dec(2)\nz = add(x, y) with retries = 2, timeout = 10s\n"
                "leaves = [inc(i) for i in 0..n]\ntotal = reduce(add, leaves)\n"
                "lines = [lines_command(f) for f in glob(\"data/*.csv\")]\n\n"
                "output z\noutput total\n");
}

TEST(empty_files)
{
    check_reads("", "");
    check_reads("# nothing\n", "# nothing\n");
    check_reads("---\n", "");
    check_reads("tasks:\nprogram:\noutputs: ~\n", "");
}

TEST(scalars)
{
    check_reads("tasks: {x: {value: [0, -5, +3, 0x1F, 0o17, 1.5, -1e3, .5, 2.]}}\n",
                "x = [0, -5, 3, 0x1F, 0o17, 1.5, -1000.0, 0.5, 2.0]\n");
    check_reads("tasks: {x: {value: [~, null, Null, NULL, true, True, FALSE]}}\n",
                "x = [nil, nil, nil, nil, true, true, false]\n");
    check_reads("tasks:\n  x: {value: }\n", "x = nil\n");
    check_reads("tasks: {x: {value: [yes, on, nUll, tRUE, 1_000, 12:30, 10s, 1.2.3, -, '5', \"true\", ab c]}}\n",
                "x = [\"yes\", \"on\", \"nUll\", \"tRUE\", \"1_000\", \"12:30\", \"10s\", \"1.2.3\", \"-\", \"5\", "
                "\"true\", \"ab c\"]\n");
    check_reads("tasks: {x: {value: [.inf, -.INF, .NaN]}}\n", "x = [float(\"inf\"), float(\"-inf\"), "
                                                              "float(\"nan\")]\n");
    check_reads("tasks: {x: {value: [9223372036854775807, -9223372036854775808]}}\n",
                "x = [9223372036854775807, -9223372036854775808]\n");
    check_reads("tasks: {x: {value: [!!str 1, ! 2, !!int 3, !!float 4.5, !!null ~, !!bool true, !!seq [], !!map "
                "{}]}}\n",
                "x = [\"1\", \"2\", 3, 4.5, nil, true, [], {}]\n");
    check_reads("tasks:\n  x:\n    value: |\n      one\n        two\n  y:\n    value: >-\n      a\n      b\n",
                "x = \"\"\"\n    one\n      two\n\"\"\"\ny = \"a b\"\n");
}

TEST(texts_with_expressions)
{
    check_reads("tasks: {a: {value: \"${x}\"}, b: {value: \"a${x}b\"}, c: {value: '${f(\"q\") + 1}'}, d: {value: "
                "\"${f(\\\"q\\\")}\"}, e: {value: "
                "\"${r\\\"}\\\"}\"}}\n",
                "a = x\nb = \"a${x}b\"\nc = f(\"q\") + 1\nd = f(\"q\")\ne = \"}\"\n");
    check_reads("tasks: {a: {value: \"$${x}\"}, b: {value: \"$$${x}\"}, c: {value: \"$$$${x}\"}, d: {value: "
                "\"$ $x $$\"}, e: {value: \"$\"}}\n",
                "a = \"\\${x}\"\nb = \"\\$${x}\"\nc = \"$\\${x}\"\nd = \"$ $x $$\"\ne = \"$\"\n");
    check_reads(
        "tasks: {a: {value: \"${ {k: 1} }\"}, b: {value: \"${\\\"${\\\"x\\\" + \\\"}\\\"}\\\"}\"}, c: {value: \"${x}${y}\"}}\n",
        "a = {k: 1}\nb = \"${\"x\" + \"}\"}\"\nc = \"${x}${y}\"\n");
    check_reads("tasks: {a: {value: \"ä ${f('s }', \\\"x'y\\\", '$ \\\\ {')}\"}}\n", "a = \"ä ${f(\"s }\", \"x'y\", "
                                                                                     "\"$ \\\\ {\")}\"\n");
}

TEST(values)
{
    check_reads("tasks:\n  x: {value: {a: [1, {b: \"${y}\"}], \"c d\": {}, if: 1}}\n",
                "x = {a: [1, {b: y}], \"c d\": {}, if: 1}\n");
}

TEST(tasks)
{
    check_reads("tasks:\n"
                "  a: {call: math.inc, args: [1, [2]], kwargs: {k: {x: 1}}}\n"
                "  b: {call: \"${fs[0]}\", args: [\"${a}\"]}\n"
                "  c: {fold: add, over: [1, \"${a}\"], init: 0}\n"
                "  d: {reduce: math.add, over: \"${xs}\", arity: 4, init: 0}\n"
                "  e: {value: [1, \"${d}\"], with: {label: \"e ${d}\"}}\n"
                "  f: {call: g, args: [\"${i}\"], for: {\"i, j\": \"${xs}\", k: \"${i}\"}, if: \"${k > 1}\", with: "
                "{memory: 4GiB}}\n",
                "a = math.inc(1, [2], k = {x: 1})\nb = fs[0](a)\nc = fold(add, [1, a], 0)\n"
                "d = reduce(math.add, xs, arity = 4, init = 0)\ne = [1, d] with label = \"e ${d}\"\n"
                "f = [(g(i) with memory = 4GiB) for i, j in xs for k in i if k > 1]\n");
}

TEST(commands_inside_tasks)
{
    check_reads("functions: {fn1: {value: 1}}\nimport: {M: m.tg}\n"
                "tasks:\n"
                "  a: {run: [cp, \"${src}\", \"${out}\"], result: {file: \"${src}.${n}\"}, in: \"${src}\", out: "
                "\"${out}\"}\n"
                "  b: {steps: [{sh: \"x ${raw(n)} ${fn1(1)} ${M.v}\"}, {run: [y]}]}\n"
                "  c: {sh: \"${[q for q in src]}\", with: {timeout: 1m}}\n",
                "import \"m.tg\" as M\n\nfn fn1() = 1\n"
                "task a_command(src: any, n: any) -> file(\"${src}.${n}\") { run [\"cp\", src, out] > out < src }\n"
                "task b_command(n: any) -> nil {\n    sh \"x ${raw(n)} ${fn1(1)} ${M.v}\"\n    run [\"y\"]\n}\n"
                "task c_command(src: any) -> nil { sh \"${[q for q in src]}\" }\n\n"
                "a = a_command(src, n)\nb = b_command(n)\nc = c_command(src) with timeout = 1m\n");
}

TEST(declarations)
{
    check_reads("use: [math, {plugin: text, as: t}, ./p.so, {path: q}]\nimport: {m: m.tg}\n"
                "params:\n  a: int\n  b: {type: \"list[str]?\", in: [[x], [y]], default: ~, help: 'a \"b\"'}\n"
                "  c: {type: float, default: 10s}\n  d: {type: str, default: 10s}\n",
                "use math\nuse text as t\nuse \"./p.so\"\nuse \"q\"\nimport \"m.tg\" as m\n\n"
                "param a: int\nparam b: list[str]? in [[\"x\"], [\"y\"]] = nil  \"a \\\"b\\\"\"\n"
                "param c: float = 10s\nparam d: str = \"10s\"\n");
    check_reads("functions:\n  f: {params: [x, {name: y, default: 1}], value: \"${x + y}\"}\n"
                "  g: {do: return 1}\n  h: {params: {x: int, y: }, do: x}\n",
                "fn f(x, y = 1) = x + y\nfn g() {\n    return 1\n}\nfn h(x: int, y) {\n    x\n}\n");
    check_reads("commands:\n  c:\n    params: {src: file, k: {type: int, default: 3}, z: }\n    result: {a: {file: "
                "x}, b: {files: \"y/*\"}}\n"
                "    with: {retries: 2, backoff: 500ms}\n    steps:\n    - {run: [a, \"${src}\"], out: "
                "\"${out.a}\"}\n    - {sh: b}\n"
                "extern:\n  libm.so.6: {hypot: {params: {x: float}, result: float}}\n",
                "task c(src: file, k: int = 3, z: any) -> {a: file(\"x\"), b: list[file](\"y/*\")} with retries = "
                "2, backoff = 500ms {\n"
                "    run [\"a\", src] > out.a\n    sh \"b\"\n}\n"
                "extern \"libm.so.6\" {\n    hypot(x: float) -> float\n}\n");
}

/* ---- texts of .tg -------------------------------------------------------------------------------- */

TEST(a_program)
{
    check_reads("use: math\n"
                "program: |\n"
                "  import \"m.tg\" as M # m\n"
                "  fn f(x) { x }\n"
                "\n"
                "  xs = [] # none yet\n"
                "  for i in 0..3 {\n"
                "      xs += [f(i)]\n"
                "      # more\n"
                "  }\n"
                "  s = \"\"\"\n"
                "    a ${xs}\n"
                "      b\n"
                "    \"\"\" + \"\\t\" + r\"\\\"\n"
                "  # end\n"
                "outputs: [xs]\n",
                "use math\nimport \"m.tg\" as M  # m\nfn f(x) {\n    x\n}\n\n"
                "xs = []  # none yet\nfor i in 0..3 {\n    xs += [f(i)]\n    # more\n}\n"
                "s = \"\"\"\n  a ${xs}\n    b\n  \"\"\" + \"\\t\" + r\"\\\"\n# end\n\noutput xs\n");
}

TEST(functions_with_statements)
{
    check_reads("functions:\n"
                "  f:\n"
                "    params: [x]\n"
                "    do: |\n"
                "      y = x # y\n"
                "      return y\n"
                "  g: {do: return 1}\n"
                "  h: {do: }\n",
                "fn f(x) {\n    y = x  # y\n    return y\n}\nfn g() {\n    return 1\n}\nfn h() {}\n");
}

/* However YAML writes the text. */
TEST(ways_to_write_a_program)
{
    static const char *const programs[] = {
        "|\n    x = 1\n\n    y = [x,\n     2]\n",
        "|-\n  x = 1\n  y = [x,\n    2]",
        "|+\n  x = 1\n  y = [x,\n  2]\n\n\n",
        "|2\n     x = 1\n  y = [x, 2]\n",
        "|  \n  x = 1\r\n  y = [x,\r\n  2]\r\n",
        "&p !!str |\n  x = 1\n  y = [x, 2]\n",
        "|\n\n \n  x = 1\n  \ty = [x, 2]\n",
        ">\n  x = 1\n\n  y = [x,\n  2]\n",
        ">-\n  x = 1; y = [x, 2]\n",
        "x = 1; y = [x, 2]\n",
        "x = 1;\n  y = [x,\n  2]\n",
        "'x = 1; y = [x, 2]'\n",
        "\"x = 1\\ny = [x,\\n2]\"\n",
        "\"x = 1;\n  y = [x, 2]\"\n",
    };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        char text[200];
        snprintf(text, sizeof text, "program: %s", programs[i]);
        char *got = as_tg(text, strlen(text));
        char *blank = strstr(got, "\n\n"); /* empty lines are kept where they can be seen */
        if (blank) memmove(blank, blank + 1, strlen(blank));
        CHECK_STR(got, "x = 1\ny = [x, 2]\n");
        free(got);
    }
    check_reads("program: |\n", "");
    check_reads("program:\n", "");
    check_reads("program: |\n  # alone\n", "# alone\n");
}

TEST(places_in_a_program)
{
    check_reads("program: |\n  x = 1\n    y = )\n\n  z = (1\nuse: math\n",
                "3:9: ')' closes nothing\n5:8: expected ')', found end of text\n5:7: note: '(' was opened here\n");
    check_reads("# ä\r\nprogram: |\r\n  s = \"€😀\" +* 2\r\n", "3:13: expected an expression, found '*'\n");
    check_reads("program: |\n  x = 1\t+ )\n", "2:11: ')' closes nothing\n");
    check_reads("functions: {f: {do: 'return 1 +'}}\n", "1:32: expected an expression, found end of text\n");
    check_reads("functions:\n  f:\n    do: |1\n      if x {\n",
                "4:12: expected '}', found end of text\n4:12: note: '{' was opened here\n");
    check_reads("program: >\n  x = 1\n\n  y = )\n",
                "1:10: ')' closes nothing\n"
                "hint: '>' joins these lines to one: write 'program: |', which keeps lines and places.\n");
    check_reads("program: >\n  x = 1\n  y = 2\n",
                "1:10: expected end of line, found name 'y'\n"
                "hint: '>' joins these lines to one: write 'program: |', which keeps lines and places.\n");
    check_reads("functions:\n  f:\n    do:\n      x = 1\n      return x\n",
                "4:7: expected end of line, found the reserved word 'return'\n"
                "hint: YAML joins these lines to one: write 'do: |', which keeps lines and places.\n");
    check_reads("program: \"x = 1\\ny = )\"\n", "1:10: ')' closes nothing\n");
    check_reads("program: {x: 1}\n",
                "1:10: expected text for 'program', found a mapping\n"
                "hint: write 'program: |' and below it, indented, the statements as in a .tg file: 'xs += [inc(1)]'.\n");
}

TEST(aliases)
{
    check_reads("tasks:\n  a: {value: &l [1, &k two]}\n  b: {value: [*l, *k]}\n  c: {call: *k, args: *l}\n",
                "a = [1, \"two\"]\nb = [[1, \"two\"], \"two\"]\nc = two(1, \"two\")\n");
}

/* ---- order --------------------------------------------------------------------------------------- */

TEST(tasks_stand_in_any_order)
{
    check_reads("tasks:\n  c: {call: f, args: [\"${b}\"]}\n  z: {value: 1}\n  b: {value: \"${a}\"}\n  a: {value: 2}\n",
                "a = 2\nb = a\nc = f(b)\nz = 1\n");
    check_reads("tasks:\n  b: {call: f, for: {a: [1]}, args: [\"${a}\"]}\n  c: {value: \"${fn(a) = a}\"}\n  a: "
                "{value: 2}\n",
                "b = [f(a) for a in [1]]\nc = fn(a) = a\na = 2\n");
    check_reads("tasks:\n  a: {call: f, with: {after: \"${b}\"}}\n  b: {sh: \"x ${c}\"}\n  c: {value: 2}\n",
                "task b_command(c: any) -> nil { sh \"x ${c}\" }\n\nc = 2\nb = b_command(c)\na = f() with after = b\n");
}

TEST(the_program_among_the_tasks)
{
    check_reads("tasks:\n  b: {value: \"${y}\"}\n  a: {call: f, args: [\"${x}\"]}\n  c: {value: \"${a}\"}\n  x: {value: 1}\n"
                "  n: {value: \"${p}\"}\nparams: {p: int}\n"
                "program: |\n  y = x + 1\n  p = 2\n  x = 3\n",
                "param p: int\n\nx = 1\na = f(x)\nc = a\nn = p\ny = x + 1\np = 2\nx = 3\nb = y\n");
    check_reads("tasks:\n  b: {call: g}\n  c: {call: h, args: [1]}\n  d: {value: 4}\n"
                "functions: {g: {value: \"${k()}\"}, h: {params: [n], value: \"${h(n) + d}\"}}\n"
                "program: |\n  for i in 0..2 { y = c }\n  fn k() = if true { y } else { g() }\n",
                "fn g() = k()\nfn h(n) = h(n) + d\n\nd = 4\nc = h(1)\nfor i in 0..2 {\n    y = c\n}\n"
                "fn k() = if true { y } else { g() }\n\nb = g()\n");
    check_reads(
        "tasks:\n  out: {call: make}\n  a: {value: \"${i}\"}\nprogram: |\n  task make() -> file(\"x\") { sh \"${raw(x)}\" > out }\n"
        "  ys = [i for i in out]\n  i = 1\n",
        "out = make()\n\ntask make() -> file(\"x\") { sh \"${raw(x)}\" > out }\nys = [i for i in out]\ni = 1\na = i\n");
}

TEST(commands_know_what_the_program_declares)
{
    check_reads("tasks: {a: {sh: \"${f(x)} ${M.y} ${f} ${x}\"}}\nprogram: |\n  fn f(x) = x\n  import \"m.tg\" as M\n",
                "task a_command(x: any) -> nil { sh \"${f(x)} ${M.y} ${f} ${x}\" }\n\na = a_command(x)\n\n"
                "fn f(x) = x\nimport \"m.tg\" as M\n");
}

TEST(circles_through_the_program)
{
    check_reads("tasks:\n  a: {value: \"${y}\"}\nprogram: |\n  y = a\n",
                "2:3: tasks use one another in a circle: a -> program -> a\n"
                "2:17: note: 'a' uses a name of 'program' here\n4:7: note: 'program' uses 'a' here\n");
    check_reads(
        "tasks:\n  a: {value: \"${b}\"}\n  b: {call: f, args: [\"${y}\"]}\nprogram: |\n  y = 1\n  fn f(x) = 1\n  z = [b + y]\n",
        "3:3: tasks use one another in a circle: b -> program -> b\n"
        "3:26: note: 'b' uses a name of 'program' here\n7:8: note: 'program' uses 'b' here\n");
    check_reads("tasks:\n  a: {call: f}\nfunctions: {f: {value: \"${f() + y}\"}}\nprogram: |\n  y = a\n",
                "2:3: tasks use one another in a circle: a -> f -> program -> a\n"
                "2:13: note: 'a' uses 'f' here\n3:33: note: 'f' uses a name of 'program' here\n"
                "5:7: note: 'program' uses 'a' here\n");
}

TEST(circles_that_overlap_are_told_once)
{
    check_reads("tasks:\n  start: {call: f, args: [\"${total}\"]}\n  total: {value: \"${found}\"}\n"
                "program: |\n  found = [start, total]\n",
                "2:3: tasks use one another in a circle: start -> total -> program -> start\n"
                "2:30: note: 'start' uses 'total' here\n3:21: note: 'total' uses a name of 'program' here\n"
                "5:12: note: 'program' uses 'start' here\n");
    check_reads("tasks:\n  a: {value: \"${x}\"}\n  b: {value: \"${x}\"}\n  c: {value: \"${c}\"}\nprogram: |\n  x = a + b\n",
                "2:3: tasks use one another in a circle: a -> program -> a\n"
                "2:17: note: 'a' uses a name of 'program' here\n6:7: note: 'program' uses 'a' here\n"
                "4:3: tasks use one another in a circle: c -> c\n4:17: note: 'c' uses 'c' here\n");
}

TEST(circles)
{
    check_reads("tasks:\n  a: {call: f, args: [\"${b}\"]}\n  b: {value: \"${c}\"}\n  c: {value: \"${a}\"}\n  d: "
                "{value: \"${d}\"}\n",
                "2:3: tasks use one another in a circle: a -> b -> c -> a\n"
                "2:26: note: 'a' uses 'b' here\n3:17: note: 'b' uses 'c' here\n4:17: note: 'c' uses 'a' here\n"
                "5:3: tasks use one another in a circle: d -> d\n5:17: note: 'd' uses 'd' here\n");
}

static const char *assigned_name(const struct forest *f, const struct tg_ast *assignment)
{
    return tg_names_get(&f->names, tg_n_targets_names(tg_n_assign_targets(assignment)).items[0]->sym)->text;
}

TEST(a_long_chain_backwards)
{
    enum { COUNT = 50000 };
    struct tg_buf b = {0};
    tg_buf_text(&b, "tasks:\n");
    for (int i = COUNT; i > 0; i--) tg_buf_format(&b, "  t%d: {call: inc, args: [\"${t%d}\"]}\n", i, i - 1);
    tg_buf_text(&b, "  t0: {value: 1}\n");
    struct forest f;
    forest_init(&f);
    struct grown g = forest_read(&f, b.data, b.length, true);
    CHECK_INT(f.diags.error_count, 0);
    struct tg_kids tasks = tg_n_block_statements(g.tree.file);
    CHECK_INT(tasks.count, COUNT + 1);
    CHECK_STR(assigned_name(&f, tasks.items[0]), "t0");
    CHECK_STR(assigned_name(&f, tasks.items[COUNT]), "t50000");
    forest_done(&f);
    tg_buf_done(&b);
}

/* ---- errors -------------------------------------------------------------------------------------- */

TEST(errors_of_keys)
{
    check_reads("taks: {}\n", "1:1: unknown key 'taks' in the file\nhint: did you mean 'tasks'?\n");
    check_reads("tasks:\n  a: {value: 1}\n  b: {value: 1}\n  a: {value: 2}\n",
                "4:3: the key 'a' appears twice\n2:3: note: it is here already\n");
    check_reads("tasks: {}\ntasks: {}\n", "2:1: the key 'tasks' appears twice\n1:1: note: it is here already\n");
    check_reads("tasks:\n  a: {cal: f, args: []}\n", "2:7: unknown key 'cal' in a task\nhint: did you mean 'call'?\n");
    check_reads("tasks:\n  a: {call: f, sh: x}\n", "2:16: a task cannot have both 'call' and 'sh'\n");
    check_reads("tasks:\n  a: {value: f, args: []}\n", "2:17: the key 'args' does not go with 'value'\n");
    check_reads("tasks:\n  a: {args: []}\n", "2:6: a task that does not say what it is\nhint: it needs one of "
                                             "'call', 'value', 'sh', "
                                             "'run', 'pipe', 'steps', 'reduce' and 'fold'.\n");
    check_reads("tasks:\n  a: {fold: f}\n", "2:7: missing key 'over' in a task\n2:7: missing key 'init' in a task\n");
    check_reads("tasks:\n  a: {value: {<<: 1}}\n", "2:15: expected a mapping for '<<', or a list of mappings\nhint: it takes "
                                                   "over the keys of mappings: '<<: *NAME', where '&NAME' stands before "
                                                   "one.\n");
    check_reads("tasks:\n  a: {value: {[1]: 2}}\n", "2:15: a key must be text, not a list\n");
    check_reads("tasks:\n  1a: {value: 1}\n  if: {value: 1}\n",
                "2:3: '1a' cannot be the name of a task\nhint: names are letters, digits and '_', and do not start "
                "with a digit.\n"
                "3:3: 'if' is a word of the language and cannot be the name of a task\n");
}

TEST(errors_of_kinds)
{
    check_reads("[1]\n", "1:1: expected a mapping for the file, found a list\n");
    check_reads("tasks: 1\n", "1:8: expected a mapping for 'tasks', found a scalar\n");
    check_reads("tasks:\n  a: [1]\n  b:\n", "2:6: expected a mapping for a task, found a list\n"
                                            "3:5: expected a mapping for a task, found nothing\n");
    check_reads("tasks:\n  a: {call: f, args: {x: 1}}\n", "2:22: expected a list for 'args', found a mapping\n");
    check_reads("tasks:\n  a: {call: 1 + 2}\n", "2:13: '1 + 2' cannot be called\nhint: 'call' takes the name of a "
                                                "task or function, "
                                                "or ${an expression}.\n");
    check_reads("tasks:\n  a: {run: ls}\n", "2:12: expected a list for 'run', found text\nhint: 'run' takes the "
                                            "program and its "
                                            "arguments as a list; 'sh' runs a line of shell.\n");
    check_reads("tasks:\n  a: {call: f, if: true}\n", "2:16: 'if' needs 'for' beside it\nhint: it picks among what "
                                                      "'for' gives; for a "
                                                      "choice write value: ${if c { a } else { b }}.\n");
    check_reads("params:\n  a: {type: \"list[\"}\n", "2:13: 'list[' is not a type\nhint: types are int, float, num, "
                                                     "bool, str, bytes, "
                                                     "file, list, list[T], record, any, T? and those of plugins.\n");
    check_reads("steps:\n- set: {x: 1}\n",
                "1:1: unknown key 'steps' in the file\n"
                "hint: write 'program: |' and below it, indented, the statements as in a .tg file: 'xs += [inc(1)]'.\n");
    check_reads("functions:\n  f:\n    do:\n      - return: 1\nprogram: [x]\n",
                "4:7: expected text for 'do', found a list\n"
                "hint: write 'do: |' and below it, indented, the statements as in a .tg file: 'return x + 1'.\n"
                "5:10: expected text for 'program', found a list\n"
                "hint: write 'program: |' and below it, indented, the statements as in a .tg file: 'xs += [inc(1)]'.\n");
}

TEST(errors_of_scalars)
{
    check_reads("use: [math, ]\n", "use math\n");
    check_reads("use: [~, {plugin: }]\n", "1:7: expected the name of a plugin, found nothing\n"
                                          "1:19: expected the name of a plugin, found nothing\n");
    check_reads("use: [\"\"]\n", "use \"\"\n");
    check_reads("tasks: {x: {value: 9223372036854775808}}\n", "1:20: the int '9223372036854775808' does not fit 64 "
                                                              "bits\n"
                                                              "hint: write it as a float, or quote it to make it text.\n");
    check_reads("tasks: {x: {value: 1e999}}\n", "1:20: the float '1e999' is too large\n");
    check_reads("tasks: {x: {value: !!int a}}\n", "1:20: 'a' does not fit its tag\n");
    check_reads("tasks: {x: {value: !point {a: 1}}}\n", "1:20: unknown tag '!point'\nhint: only YAML's own tags are "
                                                        "read: !!str, "
                                                        "!!int, !!float, !!bool, !!null, !!map, !!seq.\n");
    check_reads("tasks: {x: {value: \"a\\0b\"}}\n", "1:20: a NUL character in a text\n");
    check_reads("tasks: {x: {value: \"ab ${f(1\"}}\n", "1:24: '${' without its '}'\nhint: write '$${' for the text "
                                                       "'${'.\n");
}

/* Where a text makes no sense, an expression was meant. */
TEST(texts_that_should_be_expressions)
{
    check_reads("tasks:\n  a: {value: 1, for: {i: [1]}, if: \"i > 1\"}\n",
                "2:36: expected a condition for 'if', found text\nhint: an expression is written \"${i > 1}\".\n");
    check_reads("tasks:\n  a: {value: 1, for: {i: [1]}, if: \"${i} > 1\"}\n",
                "2:36: expected a condition for 'if', found text\nhint: the whole expression stands in one \"${..}\".\n");
    check_reads("tasks:\n  a: {value: 1, for: {i: [1]}, if: true}\n  b: {value: 1, for: {i: [1]}, if: '${\"x\"}'}\n",
                "a = [1 for i in [1] if true]\nb = [1 for i in [1] if \"x\"]\n");
    check_reads("tasks:\n  a: {reduce: f, over: xs}\n  b: {fold: f, over: '${x}s', init: 0}\n  c: {value: 1, for: {i: 0..4}}\n",
                "2:24: expected a list for 'over', found text\nhint: an expression is written \"${xs}\".\n"
                "3:22: expected a list for 'over', found text\nhint: the whole expression stands in one \"${..}\".\n"
                "4:26: expected a list for 'for', found text\nhint: an expression is written \"${0..4}\".\n");
    check_reads("tasks:\n  a: {reduce: f, over: '${\"x\"}'}\n  c: {value: 1, for: {i: '${\"y\"}'}}\n",
                "a = reduce(f, \"x\")\nc = [1 for i in \"y\"]\n");
}

/* Its warnings. */
static void check_warns(const char *yaml, const char *wanted)
{
    struct forest f;
    forest_init(&f);
    struct grown g = forest_read(&f, yaml, strlen(yaml), true);
    char *messages = forest_messages(&f);
    CHECK_INT(f.diags.error_count, 0);
    CHECK_STR(messages, wanted);
    free(messages);
    grown_done(&g);
    forest_done(&f);
}

TEST(texts_that_read_like_expressions)
{
    check_warns("tasks:\n  a: {value: 1}\n  b: {value: a}\noutputs: {x: a + 1}\n",
                "3:14: 'a' is a text here, not an expression\n"
                "hint: write \"${a}\" for its value, or quotes around it if the text is meant.\n"
                "4:14: 'a + 1' is a text here, not an expression\n"
                "hint: write \"${a + 1}\" for its value, or quotes around it if the text is meant.\n");
    check_warns("params: {n: int}\nfunctions: {f: {params: [x], value: x > n and g(x.k)}, g: {params: [x], value: 1}}\n",
                "2:37: 'x > n and g(x.k)' is a text here, not an expression\n"
                "hint: write \"${x > n and g(x.k)}\" for its value, or quotes around it if the text is meant.\n");
    check_warns(
        "tasks: {a: {value: i*2, for: {\"i, j\": \"${xs}\"}}}\nprogram: |\n  for k in 0..1 { y = 1 }\noutputs: [z: y]\n",
        "1:20: 'i*2' is a text here, not an expression\n"
        "hint: write \"${i*2}\" for its value, or quotes around it if the text is meant.\n"
        "4:14: 'y' is a text here, not an expression\n"
        "hint: write \"${y}\" for its value, or quotes around it if the text is meant.\n");
    check_warns("tasks:\n  a: {value: 1}\n  b: {value: \"a\"}\n  c: {value: i}\n  d: {value: a b}\n  e: {value: a 1}\n"
                "  f: {value: a;}\n  g: {value: -}\n  h: {value: a.}\n  i2: {value: [a]}\n  j: {for: {i: [1]}, value: 'i'}\n"
                "  k: {value: 10s}\n  l: {value: a/x}\noutputs: {x: x, y: 'a + 1'}\n",
                "");
}

TEST(line_breaks_that_yaml_makes_of_escapes)
{
    check_reads("tasks:\n  b: {value: \"${join(xs, '\\n')}\"}\n",
                "2:14: unexpected character ''' (U+0027)\nhint: in \"..\" YAML makes a line break of '\\n' first: "
                "write '..' around the whole, or '|' and the text below.\n");
    check_reads("tasks:\n  b: {value: '${join(xs, \"\\n\")}'}\n  c:\n    value: |-\n      a ${join(xs, \"\\n\")}\n",
                "b = join(xs, \"\\n\")\nc = \"a ${join(xs, \"\\n\")}\"\n");
    check_reads("tasks:\n  b: {value: \"${f(\\n 1 +)}\"}\n",
                "2:14: expected an expression, found ')'\n2:14: note: '(' was opened here\n");
}

TEST(places_behind_wide_characters)
{
    check_reads("# äöü €\ntasks:\n  a: {value: \"ä€😀\", valu: 1}\n", "3:21: unknown key 'valu' in a task\nhint: did "
                                                                     "you mean 'value'?\n");
    check_reads("tasks:\r\n  a: {value: 'ä'}\r\n  b: {valu: 1}\r\n", "3:7: unknown key 'valu' in a task\nhint: did "
                                                                     "you mean 'value'?\n");
    check_reads("tasks:\n  a: {value: \"ä ${1 +}\"}\n", "2:22: expected an expression, found its end\n");
}

TEST(errors_of_yaml)
{
    check_reads("tasks: {a: {value: [1, 2}\n", "1:25: not YAML: did not find expected ',' or ']'\n"
                                               "1:20: note: while parsing a flow sequence that starts here\n");
    check_reads("tasks:\n\ta: 1\n", "2:1: not YAML: found character that cannot start any token\nhint: indent with "
                                    "spaces.\n");
    check_reads(
        "a: [${b} c]\n",
        "1:6: not YAML: did not find expected ',' or ']'\n"
        "hint: inside [..] and {..} it needs quotes: \"${b} c\".\n1:4: note: while parsing a flow sequence that starts here\n");
    check_reads(
        "a: {value: ${f(1)}}\n",
        "1:13: not YAML: did not find expected ',' or '}'\n"
        "hint: inside [..] and {..} it needs quotes: \"${f(1)}\".\n1:4: note: while parsing a flow mapping that starts here\n");
    check_reads("é: [ü, \"ab\n", "2:1: not YAML: found unexpected end of stream\n1:8: note: while scanning a quoted "
                                 "scalar that starts here\n");
    check_reads("a: b: c\n", "1:5: not YAML: mapping values are not allowed in this context\n"
                             "hint: a text with ': ' in it needs quotes, or '|' and the text below.\n");
    check_reads("tasks: {}\n---\ntasks: {}\n", "2:1: a second YAML document starts here; a workflow is one document\n");
    check_reads("a: *y\n", "1:4: unknown anchor 'y'\n");
    check_reads("a: &long [1]\nb: *lonk\n", "2:4: unknown anchor 'lonk'\nhint: did you mean 'long'?\n");
    check_reads("a: &x [*x]\n", "1:8: the alias 'x' stands inside what it names\n");
    check_reads("a: \x01\n", "1:4: not YAML: control characters are not allowed\nhint: the character is U+0001.\n");
}

/* libyaml's place is behind the cause. */
TEST(statements_that_end_too_early)
{
    static const char indent[] = "hint: indent all lines of 'program: |' at least as far as the first.\n";
    char wanted[400];
    snprintf(wanted, sizeof wanted,
             "4:3: not YAML: did not find expected key\n"
             "%s1:1: note: while parsing a block mapping that starts here\n"
             "4:3: note: the text of 'program' ends before this line, which is indented less than its first one\n",
             indent);
    check_reads("program: |\n\n    x = 1\n  y = 2\n", wanted);
    snprintf(wanted, sizeof wanted,
             "4:1: not YAML: could not find expected ':'\n"
             "%s3:1: note: while scanning a simple key that starts here\n"
             "3:1: note: the text of 'program' ends before this line, which is indented less than its first one\n",
             indent);
    check_reads("program: |\n  x = 1\ny = 2\nz = 3\n", wanted);
    check_reads("functions:\n  f:\n    do: |\n      x = 1\n     return x\n",
                "5:6: not YAML: did not find expected key\nhint: indent all lines of 'do: |' at least as far as the first.\n"
                "3:5: note: while parsing a block mapping that starts here\n"
                "5:6: note: the text of 'do' ends before this line, which is indented less than its first one\n");
    check_reads("program: |\n  x = 1\noutputs [x]\nuse: []\n", /* another cause */
                "4:1: not YAML: could not find expected ':'\n3:1: note: while scanning a simple key that starts here\n");
    check_reads("x:\n  program: |\n    x = 1\n   y = 1\n", "4:4: not YAML: did not find expected key\n"
                                                           "2:3: note: while parsing a block mapping that starts here\n");
}

TEST(statements_without_a_bar)
{
    static const char bar[] =
        "hint: write 'program: |' and below it, indented, the statements as in a .tg file: 'xs += [inc(1)]'.\n";
    char wanted[400];
    snprintf(wanted, sizeof wanted, "3:9: not YAML: mapping values are not allowed in this context\n%s", bar);
    check_reads("program:\n  y = 2\n  x = {a: 1}\n", wanted);
    snprintf(wanted, sizeof wanted,
             "3:3: not YAML: did not find expected key\n"
             "%s1:1: note: while parsing a block mapping that starts here\n",
             bar);
    check_reads("program:\n  x = [1] # x\n  y = 2\n", wanted);
    snprintf(wanted, sizeof wanted,
             "4:1: not YAML: could not find expected ':'\n"
             "%s3:3: note: while scanning a simple key that starts here\n",
             bar);
    check_reads("program:\n  x = {a: 1}\n  y = 2\n", wanted);
    check_reads("program: \"x\n", "2:1: not YAML: found unexpected end of stream\n"
                                  "1:10: note: while scanning a quoted scalar that starts here\n");
}

/* ---- limits -------------------------------------------------------------------------------------- */

static void check_nested(const char *open, int count, const char *wanted)
{
    struct tg_buf b = {0};
    for (int i = 0; i < count; i++) tg_buf_text(&b, open);
    char *got = as_tg(b.data, b.length);
    CHECK_STR(got, wanted);
    free(got);
    tg_buf_done(&b);
}

TEST(too_deep)
{
    check_nested("[", 200000, "1:1001: nested too deep (more than 1000 levels)\n");
    check_nested("- ", 200000, "1:2001: nested too deep (more than 1000 levels)\n");
    check_nested("{a: ", 200000, "1:4001: nested too deep (more than 1000 levels)\n");
}

TEST(deep_aliases)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, "a0: &a0 [1]\n");
    for (int i = 1; i < 1100; i++) tg_buf_format(&b, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    char *got = as_tg(b.data, b.length);
    CHECK(strstr(got, "nested too deep (more than 1000 levels)") != NULL);
    free(got);
    tg_buf_done(&b);
}

TEST(aliases_that_explode)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
    for (int i = 1; i < 12; i++) {
        tg_buf_format(&b, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++) tg_buf_format(&b, "%s*a%d", k ? ", " : "", i - 1);
        tg_buf_text(&b, "]\n");
    }
    char *got = as_tg(b.data, b.length);
    CHECK(strstr(got, "the file has more than 20000000 nodes when its aliases are expanded") != NULL);
    CHECK(strncmp(got, "7:", 2) == 0 || strncmp(got, "8:", 2) == 0);
    free(got);
    tg_buf_done(&b);
}

TEST(expressions_in_expressions)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, "tasks:\n  x:\n    value: ");
    for (int i = 0; i < 5000; i++) tg_buf_text(&b, "${\"");
    char *got = as_tg(b.data, b.length);
    CHECK(strstr(got, "'${' without its '}'") != NULL);
    free(got);
    tg_buf_done(&b);
}

/* ---- converting ---------------------------------------------------------------------------------- */

static void check_yaml(const char *tg, const char *wanted)
{
    struct forest f;
    forest_init(&f);
    struct grown g = forest_read(&f, tg, strlen(tg), false);
    char *yaml = forest_print(&f, &g, true), *messages = forest_messages(&f);
    CHECK_STR(messages, "");
    CHECK_STR(yaml, wanted);
    struct grown back = forest_read(&f, yaml, strlen(yaml), true);
    CHECK_INT(f.diags.error_count, 0);
    CHECK_INT(tg_n_block_statements(back.tree.file).count, tg_n_block_statements(g.tree.file).count);
    free(yaml);
    free(messages);
    grown_done(&g);
    grown_done(&back);
    forest_done(&f);
}

TEST(from_tg)
{
    check_yaml("", "");
    check_yaml("use math\nx = inc(1)\ny = [f(i) for i in x if i]\nz = x + 1\noutput z\n",
               "use: [math]\ntasks:\n  x: {call: inc, args: [1]}\n  y: {for: {i: \"${x}\"}, if: \"${i}\", call: f, "
               "args: [\"${i}\"]}\n"
               "  z: {value: \"${x + 1}\"}\noutputs: [z]\n");
    check_yaml("zs = []\nfor i in 0..3 { zs += [inc(i)] }\noutput zs = zs[0]\n",
               "program: |\n  zs = []\n  for i in 0..3 {\n      zs += [inc(i)]\n  }\noutputs: [{zs: \"${zs[0]}\"}]\n");
    check_yaml("x = 1\nparam n: int = x\ny = n\n", "tasks:\n  x: {value: 1}\nprogram: |\n  param n: int = x\n  y = n\n");
    check_yaml("a = f(0)\nb = 1\nfn f(n) = if n { b } else { g(n) }\nfn g(n) = f(n + a)\n",
               "functions:\n  f: {params: [n], value: \"${if n { b } else { g(n) }}\"}\n"
               "  g: {params: [n], value: \"${f(n + a)}\"}\nprogram: |\n  a = f(0)\n  b = 1\n");
    check_yaml("fn f(n) = if n { i } else { 1 }\na = f(0)\nfor i in 0..2 { print(a) }\n",
               "functions:\n  f: {params: [n], value: \"${if n { i } else { 1 }}\"}\n"
               "program: |\n  a = f(0)\n  for i in 0..2 {\n      print(a)\n  }\n");
    check_yaml("b = 1\nx = f()\nfn f() = b\nparam n: int = f()\n",
               "functions:\n  f: {value: \"${b}\"}\ntasks:\n  b: {value: 1}\n  x: {call: f}\n"
               "program: |\n  param n: int = f()\n");
    check_yaml("fn f(x) { # f\n\ty = x # y\n\n\tif y { return y } # if\n\t# end\n} # after\nfn g() {}\nfn h() = 1\n",
               "functions:\n  f:  # after\n    params: [x]\n    do: |\n      # f\n      y = x  # y\n\n      if y {\n"
               "          return y\n      }  # if\n      # end\n  g: {do: \"\"}\n  h: {value: 1}\n");
    check_yaml("task t() -> str { sh \"\"\"\n  a ${b}\n    c\n  \"\"\" }\n",
               "commands:\n  t:\n    result: str\n    sh: |\n      a ${b}\n        c\n");
    check_yaml("# head\n\n# u\nuse math # t\nx = 1 # x\n# end\n",
               "# head\n\nuse:\n  # u\n  - math  # t\ntasks:\n  x: {value: 1}  # x\n# end\n");
    check_yaml("x = [\"10s\", \"true\", \"a: b\", \"\\\"\", \"\", \"é\", 10s, -1, \"${y}\", \"a${y}\", \"\\${y}\"]\n",
               "tasks:\n  x: {value: [\"10s\", \"true\", \"a: b\", '\"', \"\", \"é\", \"${10s}\", -1, "
               "'${\"${y}\"}', \"a${y}\", \"$${y}\"]}\n");
}

TEST(programs_from_tg)
{
    check_yaml("a()\n# one\n  # two\nb()\n", "program: |\n  a()\n  # one\n  # two\n  b()\n");
    check_yaml(
        "a, b = xs # ab\n\n# about f\nfn f() = a\n\n# loop\n"
        "for i in a { # head\n  b += [i]\n}\n\n\nb = b[1:] # last\n\n# out\noutput b\n",
        "functions:\n  # about f\n  f: {value: \"${a}\"}\nprogram: |\n  a, b = xs  # ab\n\n  # loop\n  for i in a {  # head\n"
        "      b += [i]\n  }\n\n  b = b[1:]  # last\noutputs:\n  # out\n  - b\n");
    check_yaml("x += \"\"\"\n  a ${b}\n\n \t\n    c\n  \"\"\"\ny = 1\ny = r\"\\${y}\" + \"\\t\"\n",
               "program: |\n  x += \"\"\"\n    a ${b}\n\n   \t\n      c\n    \"\"\"\n  y = 1\n  y = r\"\\${y}\" + \"\\t\"\n");
    check_yaml("x += \"a\x7f\xc2\x85\" + r\"\xe2\x80\xa8\" # \xef\xbb\xbf\n", /* what YAML has no place for */
               "program: |\n  x += \"a\\x7f\\u{85}\" + \"\\u{2028}\"  # ?\n");
}

/* A text of several lines must not move to the right each time. */
TEST(converting_again_changes_nothing)
{
    static const char text[] =
        "functions:\n  f:\n    do: |\n      x = \"\"\"\n        a\n          b\n        \"\"\"\n      return x\n"
        "program: |\n  # x\n  x = 0x10\n\n  x += \"\"\"\n      a\n      \"\"\"\noutputs: [x]\n";
    struct forest f;
    forest_init(&f);
    struct grown g = forest_read(&f, text, sizeof text - 1, true);
    char *again = forest_print(&f, &g, true);
    CHECK_INT(f.diags.error_count, 0);
    CHECK_STR(again, text);
    free(again);
    grown_done(&g);
    forest_done(&f);
}

TEST(comments_of_yaml)
{
    check_reads(
        "# head\n\nuse: [math] # t\n# about tasks\ntasks:\n  # one\n  a: {value: 1} # two\n  b: # three\n   "
        " value: | # four\n      x\n      y\n"
        "# eight\nprogram: |\n  if true {\n    f() # five\n      # six\n  } else {\n    # seven\n    g()\n  }\n  # nine\n# ten\n",
        "# head\n\nuse math  # t\n\n# about tasks\n# one\na = 1  # two\nb = \"\"\"\n    x\n    y\n\"\"\"  # three\n# four\n"
        "# eight\nif true {\n    f()  # five\n    # six\n} else {\n    # seven\n    g()\n}\n# nine\n# ten\n");
    check_reads(
        "program: |\n    # one\n    x = 1\n    # two\n  # three\ntasks:\n  a: {value: 1} # four\n# five\nfunctions:\n"
        "  f:\n    do: |\n      # six\n      return 1\n      # seven\n\n  # eight\n",
        "# five\nfn f() {\n    # six\n    return 1\n    # seven\n}\n\n# three\na = 1  # four\n# one\nx = 1\n# two\n# eight\n");
}
