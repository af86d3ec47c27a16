/* SPDX-License-Identifier: MIT
 * YAML workflows in tests: read, shown as `.tg`, converted both ways. */
#ifndef TG_TESTS_YAML_CASE_H
#define TG_TESTS_YAML_CASE_H

#include "tests/unit/check.h"
#include "tests/unit/tree.h"

#include "lang/yaml/yaml.h"

/* The YAML text as `.tg`, or its messages. Also checks that converting it either way loses nothing. */
static inline char *as_tg(const char *yaml, size_t length)
{
    struct forest f;
    forest_init(&f);
    struct grown g = forest_read(&f, yaml, length, true);
    char *messages = forest_messages(&f), *tg = NULL;
    if (!messages[0]) {
        tg = forest_print(&f, &g, false);
        char *again = forest_print(&f, &g, true);
        struct grown from_tg = forest_read(&f, tg, strlen(tg), false);
        struct grown from_yaml = forest_read(&f, again, strlen(again), true);
        CHECK_INT(f.diags.error_count, 0);
        CHECK(same_tree(&g, &from_tg));
        CHECK(same_statements(&g, &from_yaml));
        free(again);
        grown_done(&from_tg);
        grown_done(&from_yaml);
    }
    grown_done(&g);
    forest_done(&f);
    if (!tg) return messages;
    free(messages);
    return tg;
}

static inline void check_reads(const char *yaml, const char *wanted)
{
    char *got = as_tg(yaml, strlen(yaml));
    CHECK_STR(got, wanted);
    free(got);
}

#endif
