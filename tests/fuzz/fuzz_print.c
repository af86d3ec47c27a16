/* SPDX-License-Identifier: MIT
 * Fuzzes the formatter (lang/print*.c): a `.tg` program without syntax errors prints as text that reads back as the same
 * tree, with as many comments, and printing that again changes nothing; its YAML form has no errors either. */
#include "tests/unit/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static void check_form(struct forest *f, const struct grown *g, bool yaml)
{
    char *text = forest_print(f, g, yaml);
    struct grown again = forest_read(f, text, strlen(text), yaml);
    require(f->diags.error_count == 0);
    require(again.tree.comments.count == g->tree.comments.count);
    require(yaml ? same_statements(g, &again) : !tree_difference(g->tree.file, again.tree.file));
    char *twice = forest_print(f, &again, yaml);
    if (!yaml) require(strcmp(text, twice) == 0);
    free(text);
    free(twice);
    grown_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct forest f;
    forest_init(&f);
    struct grown g = forest_read(&f, (const char *)data, size, false);
    require(g.tree.file && g.tree.file->kind == TG_N_FILE);
    if (f.diags.error_count == 0) {
        check_form(&f, &g, false);
        check_form(&f, &g, true);
    } else {
        require(f.diags.items.items[0].message[0]);
    }
    grown_done(&g);
    forest_done(&f);
    return 0;
}
