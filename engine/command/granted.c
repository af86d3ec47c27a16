/* SPDX-License-Identifier: MIT
 * What a command was given, as variables. Those of a command above are not this one's. */
#include "engine/command/granted.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/graph/resource.h"

#define CORES "TG_CORES"
#define MEMORY "TG_MEMORY"
#define ATTEMPT "TG_ATTEMPT"

extern char **environ;

static void unset_entry(const char *entry)
{
    char *name = strndup(entry, strcspn(entry, "="));
    if (name) unsetenv(name);
    free(name);
}

static void forget_resources(void)
{
    for (char **e = environ; e && *e;) {
        if (strncmp(*e, TG_RESOURCE_VARIABLE, strlen(TG_RESOURCE_VARIABLE)) != 0) e++;
        else unset_entry(*e), e = environ;
    }
}

void tg_granted_begin(void)
{
    setenv(CORES, "1", 1);
    setenv(ATTEMPT, "1", 1);
    unsetenv(MEMORY);
    forget_resources();
}

/* Takes b. */
static char *keep_variable(struct tg_buf *b, struct tg_arena *arena)
{
    char *text = tg_arena_copy(arena, tg_buf_str(b), b->length);
    tg_buf_done(b);
    return text;
}

static char *number_variable(const char *name, uint64_t n, struct tg_arena *arena)
{
    struct tg_buf b = {0};
    tg_buf_format(&b, "%s=%" PRIu64, name, n);
    return keep_variable(&b, arena);
}

static char *units_variable(const struct tg_granted *kind, struct tg_arena *arena)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, TG_RESOURCE_VARIABLE);
    for (const char *c = kind->name; *c; c++) tg_buf_char(&b, tg_resource_letter(*c));
    for (uint32_t i = 0; i < kind->count; i++) tg_buf_format(&b, "%c%" PRIu32, i ? ',' : '=', kind->units[i]);
    if (!kind->count) tg_buf_char(&b, '=');
    return keep_variable(&b, arena);
}

char **tg_granted_variables(const struct tg_grant *g, bool all, struct tg_arena *arena)
{
    static const struct tg_grant plain = {.attempt = 1, .cores = 1};
    if (!g) g = &plain;
    if (!all && g->attempt == 1 && g->cores == 1 && !g->memory_bytes && !g->kind_count) return NULL;
    char **variables = tg_arena_alloc(arena, (g->kind_count + 4) * sizeof *variables);
    size_t count = 0;
    variables[count++] = number_variable(CORES, g->cores, arena);
    variables[count++] = number_variable(ATTEMPT, g->attempt, arena);
    if (g->memory_bytes) variables[count++] = number_variable(MEMORY, g->memory_bytes, arena);
    for (uint32_t i = 0; i < g->kind_count; i++) variables[count++] = units_variable(&g->kinds[i], arena);
    variables[count] = NULL;
    return variables;
}
