/* SPDX-License-Identifier: MIT
 * What a run has: "memory=16GiB,gpu=2,licence=5". */
#include "cmd/resources.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/ram.h"
#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/assert.h"
#include "engine/base/near.h"
#include "engine/graph/resource.h"

#define MEMORY "memory"
#define CORES "cores"

/* With less an executor cannot start. */
#define WORKER_MIN (UINT64_C(32) << 20)

static bool refuse(struct tg_err *err, const char *what, const char *name)
{
    return tg_err_set(err, TG_EXIT_USAGE, "'%s' %s", name, what);
}

/* Also where the name is only nearly "memory": then the size says what is meant. */
static bool refuse_count(struct tg_err *err, const char *name, const char *value)
{
    uint64_t bytes;
    struct tg_near near = tg_near_begin(name, strlen(name));
    tg_near_offer(&near, MEMORY, strlen(MEMORY));
    tg_err_set(err, TG_EXIT_USAGE, "'%s' of '%s' must be a whole number from 0 to %d", value, name, TG_UNITS_MAX);
    if (!tg_capacity_read_bytes(value, &bytes) || strspn(value, "0123456789") == strlen(value)) return false;
    if (near.best) tg_err_hint(err, "did you mean '" MEMORY "'?");
    else tg_err_hint(err, "only '" MEMORY "' has a size; all else is counted.");
    return false;
}

static bool read_count(const char *text, uint64_t *count)
{
    uint64_t n = 0;
    const char *c = text;
    for (; tg_ascii_is_digit(*c) && n <= TG_UNITS_MAX; c++) n = n * 10 + (uint64_t)(*c - '0');
    *count = n;
    return c != text && !*c && n <= TG_UNITS_MAX;
}

static bool read_amount(const char *value, uint64_t *bytes, struct tg_err *err)
{
    if (tg_capacity_read_bytes(value, bytes)) return true;
    refuse(err, "must be a size, such as 16GiB", value);
    size_t digits = strspn(value, "0123456789.");
    if (digits && value[digits] && strchr("kKmMgGtT", value[digits]) &&
        strspn(value + digits + 1, "i") == strlen(value + digits + 1))
        tg_err_hint(err, "did you mean '%.*s%ciB'?", (int)digits, value, value[digits] & ~0x20);
    return false;
}

static bool read_memory(struct tg_capacity *c, const char *value, struct tg_err *err)
{
    if (c->memory_bytes != UINT64_MAX) return refuse(err, "stands there twice", MEMORY);
    return read_amount(value, &c->memory_bytes, err);
}

static bool read_units(struct tg_capacity *c, const char *name, const char *value, struct tg_err *err)
{
    uint64_t count;
    if (!tg_resource_is_name(name, strlen(name)))
        return tg_err_set(err, TG_EXIT_USAGE, "'%s' is no name of a resource: " TG_RESOURCE_NAME_RULE, name);
    if (!read_count(value, &count)) return refuse_count(err, name, value);
    for (uint32_t k = 0; k < c->kinds; k++) {
        if (strcmp(name, c->units[k].name) == 0) return refuse(err, "stands there twice", name);
        if (tg_resource_is_same(name, c->units[k].name))
            return tg_err_set(err, TG_EXIT_USAGE, "'%s' and '%s' would be one variable to a command", c->units[k].name, name);
    }
    if (c->kinds == TG_ASKED_MAX) return tg_err_set(err, TG_EXIT_USAGE, "it names more than %d resources", TG_ASKED_MAX);
    c->units[c->kinds++] = (struct tg_asked){name, count};
    return true;
}

/* What is wrong with "gpu", "gpu:2". */
static void hint_amount(char *entry, struct tg_err *err)
{
    size_t name = strcspn(entry, ":");
    const char *amount = entry[name] && entry[name + 1] ? &entry[name + 1] : "1";
    if (strcmp(entry, MEMORY) == 0) return; /* no amount is likelier than another */
    if (tg_resource_is_name(entry, name)) tg_err_hint(err, "did you mean '%.*s=%s'?", (int)name, entry, amount);
}

static bool read_offer(struct tg_capacity *c, char *entry, struct tg_err *err)
{
    char *value = strchr(entry, '=');
    if (!value || value == entry || !value[1]) {
        tg_err_set(err, TG_EXIT_USAGE, "'%s' must be NAME=AMOUNT, such as gpu=2 or memory=16GiB", entry);
        hint_amount(entry, err);
        return false;
    }
    *value++ = 0;
    if (strcmp(entry, MEMORY) == 0) return read_memory(c, value, err);
    if (strcmp(entry, CORES) != 0) return read_units(c, entry, value, err);
    tg_err_set(err, TG_EXIT_USAGE, "cores are no resource of this kind");
    tg_err_hint(err, "'--jobs=N' says how many cores a run has.");
    return false;
}

/* Cuts the entry off, without spaces around it; NULL: it was the last one. */
static char *cut_entry(char **entry)
{
    char *at = *entry + strspn(*entry, " "), *comma = strchr(at, ',');
    if (comma) *comma = 0;
    for (char *end = at + strlen(at); end > at && end[-1] == ' ';) *--end = 0;
    *entry = at;
    return comma ? comma + 1 : NULL;
}

/* text is cut into names, which the capacity keeps. */
static bool read_all(struct tg_capacity *c, char *text, struct tg_err *err)
{
    for (char *entry = text, *next; entry; entry = next) {
        next = cut_entry(&entry);
        if (!read_offer(c, entry, err)) return false;
    }
    return true;
}

bool tg_resources_check_size(const char *text, struct tg_err *err)
{
    uint64_t bytes;
    return read_amount(text, &bytes, err);
}

bool tg_resources_check_worker(const char *text, struct tg_err *err)
{
    uint64_t bytes;
    if (!read_amount(text, &bytes, err)) return false;
    return bytes >= WORKER_MIN || refuse(err, "is too little: an executor needs at least 32MiB", text);
}

uint64_t tg_resources_size(const char *text)
{
    uint64_t bytes;
    return text && tg_capacity_read_bytes(text, &bytes) ? bytes : 0;
}

bool tg_resources_check(const char *text, struct tg_err *err)
{
    struct tg_capacity c = {.memory_bytes = UINT64_MAX};
    char *copy = tg_alloc_format("%s", text);
    bool good = read_all(&c, copy, err);
    free(copy);
    return good;
}

void tg_resources_find(struct tg_resources *r, uint64_t jobs, const char *text)
{
    *r = (struct tg_resources){.capacity = {.cores = (uint32_t)jobs, .memory_bytes = UINT64_MAX}};
    if (text) {
        r->names = tg_alloc_format("%s", text);
        bool good = read_all(&r->capacity, r->names, NULL);
        TG_ASSERT(good); /* it has been checked */
        (void)good;
    }
    if (r->capacity.memory_bytes == UINT64_MAX) r->capacity.memory_bytes = tg_ram_usable();
}

void tg_resources_done(struct tg_resources *r)
{
    free(r->names);
    *r = (struct tg_resources){0};
}

/* ---- before a run --------------------------------------------------------------------------------- */

static bool refuse_site(const struct tg_site *site, struct tg_err *why, struct tg_err *err)
{
    tg_err_at(err, TG_EXIT_CANNOT, site->span, "task '%s' cannot run: %s", site->def->name, why->message);
    tg_err_hint(err, "%s", why->hint);
    tg_err_done(why);
    return false;
}

/* memory_enforce = false: it is for something else than the executor. */
static bool fits_worker(uint64_t worker_bytes, const struct tg_site *site, const struct tg_policy *p, struct tg_err *why)
{
    char asked[TG_CAPACITY_BYTES_ROOM], there[TG_CAPACITY_BYTES_ROOM];
    if (!worker_bytes || !(site->flags & TG_SITE_AWAY) || p->memory_free || p->memory_bytes <= worker_bytes) return true;
    tg_capacity_bytes(p->memory_bytes, asked);
    tg_capacity_bytes(worker_bytes, there);
    tg_err_set(why, TG_EXIT_CANNOT, "it needs %s of memory, and its executor may use %s (--worker-memory)", asked, there);
    tg_err_hint(why, "With scheduler = \"threads\" it runs in tgrun itself, without that limit.");
    return false;
}

bool tg_resources_suffice(const struct tg_resources *r, uint64_t worker_bytes, const struct tg_plan *plan, struct tg_err *err)
{
    const struct tg_graph *g = plan->graph;
    for (size_t i = 1; g->has_policy && i < g->site_table.count; i++) {
        const struct tg_site *site = &g->site_table.items[i];
        struct tg_err why = {0};
        struct tg_need need;
        const struct tg_policy *p = tg_graph_policy_of(g, site);
        if (!(site->flags & TG_SITE_ADMIT)) continue;
        if (tg_capacity_need(&r->capacity, p, &need, &why) && fits_worker(worker_bytes, site, p, &why)) continue;
        if (tg_plan_needs_site(plan, i)) return refuse_site(site, &why, err);
        tg_err_done(&why);
    }
    return true;
}
