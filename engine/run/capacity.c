/* SPDX-License-Identifier: MIT
 * What is asked against what there is, and the words for what can never be met. */
#include "engine/run/capacity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/near.h"

static const struct {
    const char *name;
    uint64_t bytes;
} size_units[] = {{"TiB", UINT64_C(1) << 40}, {"TB", UINT64_C(1000000000000)},
                  {"GiB", UINT64_C(1) << 30}, {"GB", 1000000000},
                  {"MiB", UINT64_C(1) << 20}, {"MB", 1000000},
                  {"KiB", UINT64_C(1) << 10}, {"KB", 1000}};
#define MIB (UINT64_C(1) << 20)
#define SIZE_UNITS (sizeof size_units / sizeof *size_units)

const char *tg_capacity_bytes(uint64_t bytes, char text[TG_CAPACITY_BYTES_ROOM])
{
    snprintf(text, TG_CAPACITY_BYTES_ROOM, "%" PRIu64 "B", bytes);
    if (bytes == 0) return text;
    for (size_t i = 0; i < SIZE_UNITS; i++) /* the shortest that is exact, if it is short */
        if (bytes % size_units[i].bytes == 0 && bytes / size_units[i].bytes < 10000) {
            snprintf(text, TG_CAPACITY_BYTES_ROOM, "%" PRIu64 "%s", bytes / size_units[i].bytes, size_units[i].name);
            return text;
        }
    for (size_t i = 0; i < SIZE_UNITS; i += 2)
        if (bytes >= size_units[i].bytes) {
            snprintf(text, TG_CAPACITY_BYTES_ROOM, "%.2f%s", (double)bytes / (double)size_units[i].bytes, size_units[i].name);
            return text;
        }
    return text;
}

/* 0: no unit. */
static uint64_t unit_bytes(const char *name)
{
    if (!*name || strcmp(name, "B") == 0) return 1;
    for (size_t i = 0; i < SIZE_UNITS; i++)
        if (strcmp(name, size_units[i].name) == 0) return size_units[i].bytes;
    return 0;
}

/* Adds the digit behind the others; false if that is too much for any memory. */
static bool add_digit(uint64_t *n, char digit)
{
    return !__builtin_mul_overflow(*n, 10, n) && !__builtin_add_overflow(*n, (uint64_t)(digit - '0'), n);
}

bool tg_capacity_read_bytes(const char *text, uint64_t *bytes)
{
    uint64_t digits = 0, parts = 1;
    const char *c = text;
    bool good = tg_ascii_is_digit(*c);
    for (; good && tg_ascii_is_digit(*c); c++) good = add_digit(&digits, *c);
    if (*c == '.' && tg_ascii_is_digit(c[1]))
        for (c++; good && tg_ascii_is_digit(*c); c++)
            good = add_digit(&digits, *c) && !__builtin_mul_overflow(parts, 10, &parts);
    uint64_t unit = unit_bytes(c);
    if (!good || !unit) return false;
    unsigned __int128 whole = (unsigned __int128)digits * unit;
    if (whole % parts || whole / parts > INT64_MAX) return false;
    *bytes = (uint64_t)(whole / parts);
    return true;
}

/* False and err, whose message is set by the caller. */
static bool refused(struct tg_err *err)
{
    return tg_err_because(err, TG_CAUSE_CANNOT, 0);
}

static bool refuse_cores(const struct tg_capacity *c, uint32_t cores, struct tg_err *err)
{
    tg_err_set(err, TG_EXIT_CANNOT, "it needs %" PRIu32 " cores, and the run has %" PRIu32, cores, c->cores);
    tg_err_hint(err, "A run with '-j %" PRIu32 "' has so many, whatever the machine has.", cores);
    return refused(err);
}

/* Both rounded for people, unless that hides which is more. The hint names what is enough: it is no less than what is asked. */
static bool refuse_memory(const struct tg_capacity *c, uint64_t bytes, struct tg_err *err)
{
    char asked[TG_CAPACITY_BYTES_ROOM], there[TG_CAPACITY_BYTES_ROOM], enough[TG_CAPACITY_BYTES_ROOM];
    tg_capacity_bytes(bytes, asked);
    tg_capacity_bytes(c->memory_bytes, there);
    if (bytes - c->memory_bytes < bytes / 100) {
        snprintf(asked, sizeof asked, "%" PRIu64 "B", bytes);
        snprintf(there, sizeof there, "%" PRIu64 "B", c->memory_bytes);
    }
    tg_err_set(err, TG_EXIT_CANNOT, "it needs %s of memory, and the run has %s", asked, there);
    bool is_short = !strchr(tg_capacity_bytes(bytes, enough), '.');
    if (!is_short) snprintf(enough, sizeof enough, "%" PRIu64 "MiB", (bytes - 1) / MIB + 1);
    tg_err_hint(err, "A run with '--resources=memory=%s' has so much, whatever the machine has.", enough);
    return refused(err);
}

static bool refuse_units(const struct tg_capacity *c, uint32_t kind, uint64_t count, struct tg_err *err)
{
    const struct tg_asked *there = &c->units[kind];
    tg_err_set(err, TG_EXIT_CANNOT, "it needs %" PRIu64 " of resource '%s', and the run has %" PRIu64, count, there->name,
               there->count);
    tg_err_hint(err, "'--resources=%s=%" PRIu64 "' says that there are so many.", there->name, count);
    return refused(err);
}

/* With the name that was meant, perhaps. */
static bool refuse_name(const struct tg_capacity *c, const struct tg_asked *asked, struct tg_err *err)
{
    struct tg_near near = tg_near_begin(asked->name, strlen(asked->name));
    for (uint32_t k = 0; k < c->kinds; k++) tg_near_offer(&near, c->units[k].name, strlen(c->units[k].name));
    tg_err_set(err, TG_EXIT_CANNOT, "it needs %" PRIu64 " of resource '%s', and the run has none", asked->count, asked->name);
    if (near.best) tg_err_hint(err, "The run has a resource '%s'.", near.best);
    else tg_err_hint(err, "'--resources=%s=%" PRIu64 "' says that there are so many.", asked->name, asked->count);
    return refused(err);
}

static bool add_units(const struct tg_capacity *c, const struct tg_asked *asked, struct tg_need *need, struct tg_err *err)
{
    uint32_t kind = 0;
    if (asked->count == 0) return true;
    while (kind < c->kinds && strcmp(c->units[kind].name, asked->name) != 0) kind++;
    if (kind == c->kinds) return refuse_name(c, asked, err);
    if (asked->count > c->units[kind].count) return refuse_units(c, kind, asked->count, err);
    need->units[kind] = (uint32_t)asked->count;
    return true;
}

bool tg_capacity_need(const struct tg_capacity *c, const struct tg_policy *p, struct tg_need *need, struct tg_err *err)
{
    *need = (struct tg_need){.cores = p->cores ? p->cores : 1, .memory_bytes = p->memory_bytes};
    if (need->cores > c->cores) return refuse_cores(c, need->cores, err);
    if (need->memory_bytes > c->memory_bytes) return refuse_memory(c, need->memory_bytes, err);
    for (uint32_t i = 0; i < p->asked_count; i++)
        if (!add_units(c, &p->asked[i], need, err)) return false;
    return true;
}
