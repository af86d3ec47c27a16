/* SPDX-License-Identifier: MIT
 * lang/yaml*.c: keys that are merged, words that are text as written; and that docs/tgrun.schema.json has the same keys as
 * the reader. */
#include "tests/unit/yaml_case.h"

TEST(merge_keys_and_templates)
{
    check_reads("x-base: &base {args: [1], kwargs: {k: 1}}\nx-more: &more {<<: *base, args: [2]}\nx-1: 1\n"
                "tasks:\n  a: {call: f, <<: *base}\n  b: {<<: [*more, *base], call: f, kwargs: {<<: {k: 2, l: 3}, l: 4}}\n"
                "  c: {value: {\"<<\": 1, <<: [{a: 1, b: 2}, {b: 3}], b: 4}}\n",
                "a = f(1, k = 1)\nb = f(2, k = 2, l = 4)\nc = {\"<<\": 1, a: 1, b: 4}\n");
}

TEST(words_are_text_as_written)
{
    check_reads(
        "commands:\n  c: {run: [p, 1.10, 010, 1e3, true, ~, 0x1F, +5, !!float 1.10, '2', [2.0, \"${2.0}\"], ], in: 010, "
        "out: 1.0}\n",
        "task c() -> nil {\n    run [\"p\", \"1.10\", \"010\", \"1e3\", \"true\", \"~\", \"0x1F\", \"+5\", 1.1, \"2\", "
        "[\"2.0\", 2.0]] > \"1.0\" < \"010\"\n}\n");
}

TEST(items_that_only_become_text_arrive_as_written)
{
    check_reads("tasks:\n  a: {for: {v: [1.10, ~, \"${1.10}\"]}, run: [\"${v}\"], result: {file: \"${v}.txt\"}}\n",
                "task a_command(v: any) -> file(\"${v}.txt\") { run [v] }\n\n"
                "a = [a_command(v) for v in [\"1.10\", \"~\", 1.10]]\n");
    check_reads("tasks:\n  a: {for: {v: [1.10]}, sh: \"${v}\", with: {label: \"l ${v}\"}}\n"
                "  b: {for: {v: [1.10]}, sh: \"${v}\", with: {cores: \"${v}\"}}\n"
                "  c: {for: {v: [1.10]}, sh: \"${raw(v)}\"}\n",
                "task a_command(v: any) -> nil { sh \"${v}\" }\ntask b_command(v: any) -> nil { sh \"${v}\" }\n"
                "task c_command(v: any) -> nil { sh \"${raw(v)}\" }\n\n"
                "a = [(a_command(v) with label = \"l ${v}\") for v in [\"1.10\"]]\n"
                "b = [(b_command(v) with cores = v) for v in [1.10]]\nc = [c_command(v) for v in [1.10]]\n");
    check_reads("tasks:\n  a: {for: {\"v, w\": [[1.10, 2.0], 3.0, [4.0]], u: [1.0], t: [1.0]}, if: \"${u > 0}\", "
                "value: \"${v} ${w + 1} ${t}\"}\n  b: {for: {v: [1.10], w: \"${[v]}\"}, value: \"${v} ${w}\"}\n",
                "a = [\n    \"${v} ${w + 1} ${t}\"\n    for v, w in [[\"1.10\", 2.0], 3.0, [4.0]]\n    for u in [1.0]\n"
                "    for t in [\"1.0\"]\n    if u > 0\n]\nb = [\"${v} ${w}\" for v in [1.10] for w in [v]]\n");
}

/* ---- texts that mean something else to YAML -------------------------------------------------------- */

static void check_ends(const char *yaml, const char *wanted)
{
    char *got = as_tg(yaml, strlen(yaml));
    const char *end = strstr(got, "hint: ");
    CHECK_STR(end ? end : got, wanted);
    free(got);
}

TEST(texts_that_need_quotes)
{
    static const char quotes[] = "hint: a text that begins with '%c' needs quotes, or '|' and the text below.\n";
    check_ends("commands: {c: {params: {x: list[list[str]]}}}\n",
               "hint: inside [..] and {..} it needs quotes: \"list[list[str]]\".\n"
               "1:24: note: while parsing a flow mapping that starts here\n");
    check_ends("tasks: {a: {value: ${ {k: \"v\"} }, if: 1}}\n",
               "hint: inside [..] and {..} it needs quotes: '${ {k: \"v\"} }'.\n"
               "1:12: note: while parsing a flow mapping that starts here\n");
    check_ends("tasks:\n  a:\n    value: ${ {k: 1} }\n", "hint: a text with ': ' in it needs quotes, or '|' and the text "
                                                         "below.\n");
    check_ends("tasks:\n  a:\n    value: \"${a}\" + b\n", "hint: what begins with a quote ends at the next one: write quotes "
                                                          "around the whole, or '|' and the text below.\n"
                                                          "3:5: note: while parsing a block mapping that starts here\n");
    check_ends("tasks:\n  a:\n    value: ${f(\"a #b\")}\n", "hint: ' #' begins a comment of YAML: write quotes around the "
                                                            "whole.\n");
    for (const char *c = "@`*|["; *c; c++) {
        char yaml[64], wanted[128];
        snprintf(yaml, sizeof yaml, "tasks:\n  a:\n    sh: %c -f x ] && y\n", *c);
        snprintf(wanted, sizeof wanted, quotes, *c);
        char *got = as_tg(yaml, strlen(yaml));
        CHECK(strstr(got, wanted) != NULL);
        free(got);
    }
}

TEST(places_in_blocks)
{
    check_reads("tasks:\n  a:\n    sh: |\n      exact $${x} ${x + )}\n      y\n", "4:25: ')' closes nothing\n");
    check_reads("tasks:\n  a:\n    sh: |\n      x ${len(\n         [1])} ${\n       1 + )}\n", "6:12: ')' closes nothing\n");
    check_reads("tasks:\r\n  a:\r\n    sh: |\r\n      x ${\r\n       1 + )}\r\n", "5:12: ')' closes nothing\n");
    check_reads("tasks:\n  a:\n    sh: |\n      x ${\"\"\"a\n        b\"\"\" + )}\n", "3:9: ')' closes nothing\n");
    check_reads("tasks:\n  a: {value: \"x\\t ${x} ${1} ${1+)}\"}\n", "2:33: ')' closes nothing\n");
}

/* ---- the schema ---------------------------------------------------------------------------------- */

static uint32_t member(const struct tg_yaml *y, uint32_t map, const char *name)
{
    for (uint32_t key = map + 1; key < tg_y(y, map)->next; key = tg_y(y, tg_y(y, key)->next)->next)
        if (tg_y(y, key)->length == strlen(name) && memcmp(tg_y(y, key)->text, name, strlen(name)) == 0)
            return tg_y(y, key)->next;
    return 0;
}

static void check_place(const struct tg_yaml *y, uint32_t definitions, const struct tg_yplace_row *place)
{
    uint32_t definition = member(y, definitions, place->id);
    uint32_t properties = definition ? member(y, definition, "properties") : 0;
    if (!properties) {
        check_failed = true;
        printf("# the schema lacks '%s'\n", place->id);
        return;
    }
    for (size_t i = 0; i < place->count; i++) {
        const char *key = tg_yaml_key_text(place->rows[i].key);
        if (member(y, properties, key)) continue;
        check_failed = true;
        printf("# the schema's '%s' lacks '%s'\n", place->id, key);
    }
    CHECK_INT(tg_y(y, properties)->count, place->count);
}

/* The schema is JSON, which is YAML too. */
TEST(schema_has_the_same_keys)
{
    char path[4096];
    const char *top = getenv("TG_TOP");
    snprintf(path, sizeof path, "%s/docs/tgrun.schema.json", top ? top : ".");
    struct forest f;
    forest_init(&f);
    struct tg_err err = {0};
    struct tg_source *source = tg_sources_read(&f.sources, path, &err);
    CHECK(source != NULL);
    if (source) {
        struct tg_parse p = {&f.arena, &f.names, &f.diags, source, false, false};
        struct tg_yaml y = {.p = &p, .text = source->text, .length = source->length, .base = source->base};
        CHECK(tg_yaml_read(&y));
        uint32_t definitions = member(&y, 0, "definitions");
        for (int i = 0; i < TG_YP_COUNT; i++) check_place(&y, definitions, tg_yaml_place(i));
        tg_vec_done(&y.nodes);
    }
    tg_err_done(&err);
    forest_done(&f);
}
