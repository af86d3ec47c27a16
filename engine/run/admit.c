/* SPDX-License-Identifier: MIT
 * Groups of equal needs, each with a heap of those that wait. A look at the line goes over the groups in the order of their
 * first ones, and stops where no core is left. */
#include "engine/run/admit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"

/* What is missing, as bits: the kinds of the capacity, and these. */
#define MISSING_MEMORY (1u << TG_ASKED_MAX)
#define MISSING_CORES (1u << (TG_ASKED_MAX + 1))

#define NOT_STUCK 0

/* How often a task that does not fit is passed over, for each core of the run. */
#define PASSES_PER_CORE 4

/* Of memory, this many leading bits tell groups apart. */
#define MEMORY_BITS 4

struct tg_admit_slot {
    struct tg_need need;
    tg_id id;
};

struct tg_admit_group {
    struct tg_need like;     /* cores and units are equal, memory is less than this */
    struct tg_lineup lineup; /* ids are slots */
    uint32_t passed;         /* how often the first one was, since one of the group began */
    uint32_t since;          /* who came after this, came after the first one got to be the first */
    unsigned missed;         /* what it missed since then, but for cores */
};

/* ---- what is there -------------------------------------------------------------------------------- */

void tg_admit_init(struct tg_admit *a, const struct tg_capacity *capacity)
{
    *a = (struct tg_admit){.capacity = capacity, .memory_free = capacity->memory_bytes};
    a->bound = capacity->cores > UINT32_MAX / PASSES_PER_CORE ? UINT32_MAX : capacity->cores * PASSES_PER_CORE;
    for (uint32_t k = 0; k < capacity->kinds; k++) {
        TG_ASSERT(capacity->units[k].count <= TG_UNITS_MAX);
        a->units_free[k] = (uint32_t)capacity->units[k].count;
        a->taken[k] = tg_alloc_zero((a->units_free[k] / 64 + 1) * sizeof *a->taken[k]);
    }
}

static void free_group(struct tg_admit_group *g)
{
    tg_lineup_done(&g->lineup);
    free(g);
}

void tg_admit_done(struct tg_admit *a)
{
    for (size_t i = 0; i < a->groups.count; i++) free_group(a->groups.items[i]);
    for (uint32_t k = 0; k < TG_ASKED_MAX; k++) free(a->taken[k]);
    tg_vec_done(&a->groups);
    tg_vec_done(&a->slots);
    tg_vec_done(&a->slots_free);
}

/* Everything that is free, with so many cores. */
static struct tg_need all_free(const struct tg_admit *a, uint32_t cores_free)
{
    struct tg_need free_ = {.cores = cores_free, .memory_bytes = a->memory_free};
    memcpy(free_.units, a->units_free, sizeof free_.units);
    return free_;
}

/* Cores count as missing where there is enough of everything else: they are what is waited for last. */
static unsigned missing_of(const struct tg_need *left, const struct tg_need *need)
{
    unsigned missing = need->memory_bytes > left->memory_bytes ? MISSING_MEMORY : 0;
    for (uint32_t k = 0; k < TG_ASKED_MAX; k++)
        if (need->units[k] > left->units[k]) missing |= 1u << k;
    return !missing && need->cores > left->cores ? MISSING_CORES : missing;
}

/* True if the task takes of what is missing. */
static bool takes(const struct tg_need *need, unsigned missing)
{
    if ((missing & MISSING_CORES) || ((missing & MISSING_MEMORY) && need->memory_bytes)) return true;
    for (uint32_t k = 0; k < TG_ASKED_MAX; k++)
        if (missing >> k & 1 && need->units[k]) return true;
    return false;
}

#define LESS_BY(from, amount) ((from) -= (amount) < (from) ? (amount) : (from))

static void set_aside(struct tg_need *left, const struct tg_need *need, unsigned missing)
{
    if (missing & MISSING_CORES) LESS_BY(left->cores, need->cores);
    if (missing & MISSING_MEMORY) LESS_BY(left->memory_bytes, need->memory_bytes);
    for (uint32_t k = 0; k < TG_ASKED_MAX; k++)
        if (missing >> k & 1) LESS_BY(left->units[k], need->units[k]);
}

/* ---- who waits ------------------------------------------------------------------------------------ */

static const struct tg_waiting *head(const struct tg_admit_group *g)
{
    return &g->lineup.tasks.items[0];
}

static struct tg_admit_slot *slot_of(const struct tg_admit *a, const struct tg_admit_group *g)
{
    return &a->slots.items[head(g)->id];
}

/* The least number not below `bytes` that has no more than the leading bits. */
static uint64_t rounded(uint64_t bytes)
{
    if (bytes >> MEMORY_BITS == 0) return bytes;
    int low = 64 - MEMORY_BITS - __builtin_clzll(bytes);
    uint64_t step = UINT64_C(1) << low;
    return bytes > UINT64_MAX - step ? UINT64_MAX : (bytes + step - 1) & ~(step - 1);
}

static struct tg_need like_of(const struct tg_need *need)
{
    struct tg_need like = *need;
    like.memory_bytes = rounded(need->memory_bytes);
    return like;
}

/* Its index, or the number of groups. */
static size_t find_group(const struct tg_admit *a, const struct tg_need *like)
{
    size_t i = 0;
    for (; i < a->groups.count; i++) {
        const struct tg_need *other = &a->groups.items[i]->like;
        if (other->cores == like->cores && other->memory_bytes == like->memory_bytes &&
            memcmp(other->units, like->units, sizeof like->units) == 0)
            break;
    }
    return i;
}

static struct tg_admit_group *group_for(struct tg_admit *a, const struct tg_need *need)
{
    struct tg_need like = like_of(need);
    size_t found = find_group(a, &like);
    if (found < a->groups.count) return a->groups.items[found];
    struct tg_admit_group *g = tg_alloc_zero(sizeof *g);
    g->like = like;
    g->since = a->came;
    tg_vec_push(&a->groups, g);
    return g;
}

void tg_admit_wait(struct tg_admit *a, struct tg_waiting task, const struct tg_need *need)
{
    TG_ASSERT(need->cores >= 1 && need->cores <= a->capacity->cores && need->memory_bytes <= a->capacity->memory_bytes);
    struct tg_admit_slot slot = {.need = *need, .id = task.id};
    struct tg_admit_group *g = group_for(a, need);
    task.came = a->came++;
    if (a->slots_free.count) {
        task.id = a->slots_free.items[--a->slots_free.count];
        a->slots.items[task.id] = slot;
    } else {
        task.id = (tg_id)a->slots.count;
        tg_vec_push(&a->slots, slot);
    }
    tg_lineup_push(&g->lineup, task);
    a->count++;
    a->stuck_cores = NOT_STUCK;
}

/* Takes the first of the group out, and the group if it was the last. */
static tg_id leave(struct tg_admit *a, size_t group, struct tg_waiting *task)
{
    struct tg_admit_group *g = a->groups.items[group];
    tg_lineup_pop(&g->lineup, task);
    tg_id slot = task->id;
    task->id = a->slots.items[slot].id;
    tg_vec_push(&a->slots_free, slot);
    g->passed = g->missed = 0;
    g->since = a->came;
    a->count--;
    if (g->lineup.tasks.count == 0) {
        free_group(g);
        memmove(&a->groups.items[group], &a->groups.items[group + 1], (--a->groups.count - group) * sizeof *a->groups.items);
    }
    return slot;
}

void tg_admit_leave(struct tg_admit *a, tg_id id, const struct tg_need *need)
{
    struct tg_need like = like_of(need);
    struct tg_waiting task;
    size_t group = find_group(a, &like), place = 0;
    TG_ASSERT(group < a->groups.count);
    struct tg_lineup *lineup = &a->groups.items[group]->lineup;
    while (a->slots.items[lineup->tasks.items[place].id].id != id) place++;
    TG_ASSERT(place < lineup->tasks.count);
    a->stuck_cores = NOT_STUCK;
    if (place == 0) {
        leave(a, group, &task);
        return;
    }
    tg_vec_push(&a->slots_free, lineup->tasks.items[place].id);
    tg_lineup_remove(lineup, place);
    a->count--;
}

/* ---- whose turn it is ----------------------------------------------------------------------------- */

static bool at_bound(const struct tg_admit *a, const struct tg_admit_group *g)
{
    return g->passed >= a->bound;
}

/* Who was passed over often enough is before all of the same priority. */
static bool goes_first(const struct tg_admit *a, const struct tg_admit_group *x, const struct tg_admit_group *y)
{
    if (head(x)->priority == head(y)->priority && at_bound(a, x) != at_bound(a, y)) return at_bound(a, x);
    return tg_lineup_before(head(x), head(y));
}

/* They are nearly in order from the last time. */
static void sort_groups(struct tg_admit *a)
{
    for (size_t i = 1; i < a->groups.count; i++) {
        struct tg_admit_group *g = a->groups.items[i];
        size_t at = i;
        for (; at > 0 && goes_first(a, g, a->groups.items[at - 1]); at--) a->groups.items[at] = a->groups.items[at - 1];
        a->groups.items[at] = g;
    }
}

/* The first group whose head fits into what the ones before it leave; or the number of groups. `left` is what is not set
 * aside then. */
static size_t first_fit(struct tg_admit *a, struct tg_need *left)
{
    sort_groups(a);
    for (size_t i = 0; i < a->groups.count && left->cores; i++) {
        struct tg_admit_group *g = a->groups.items[i];
        const struct tg_need *need = &slot_of(a, g)->need;
        unsigned missing = missing_of(left, need);
        if (!missing) return i;
        g->missed |= missing & ~MISSING_CORES;
        if (at_bound(a, g)) set_aside(left, need, missing | g->missed);
    }
    return a->groups.count;
}

static bool find_first(struct tg_admit *a, uint32_t cores_free, size_t *group)
{
    if (!a->count || cores_free <= a->stuck_cores) return false;
    struct tg_need left = all_free(a, cores_free);
    *group = first_fit(a, &left);
    if (*group < a->groups.count) return true;
    a->stuck_cores = cores_free;
    return false;
}

/* A task of this need begins: the groups that miss something of which it takes are passed over, if their first ones are
 * before it in line, or were so before it came. */
static void count_passes(struct tg_admit *a, uint32_t cores_free, const struct tg_waiting *task, const struct tg_need *need,
                         const struct tg_admit_group *own)
{
    struct tg_need free_ = all_free(a, cores_free);
    for (size_t i = 0; i < a->groups.count; i++) {
        struct tg_admit_group *g = a->groups.items[i];
        bool before = tg_lineup_before(task, head(g)), after = (int32_t)(task->came - g->since) >= 0;
        if (g == own || head(g)->priority < task->priority || (before && !after)) continue;
        unsigned missing = missing_of(&free_, &slot_of(a, g)->need);
        if (missing && takes(need, missing | g->missed) && g->passed < UINT32_MAX) g->passed++;
    }
}

/* ---- taking and giving back ----------------------------------------------------------------------- */

/* The lowest ones that are free. */
static void take_units(struct tg_admit *a, uint32_t kind, uint32_t count, uint32_t *units)
{
    for (uint32_t word = 0; count; word++)
        for (uint64_t free_ = ~a->taken[kind][word]; free_ && count; free_ &= free_ - 1, count--) {
            uint32_t bit = (uint32_t)__builtin_ctzll(free_);
            a->taken[kind][word] |= UINT64_C(1) << bit;
            *units++ = word * 64 + bit;
        }
}

static void take_need(struct tg_admit *a, const struct tg_need *need, struct tg_lease *lease)
{
    uint32_t count = 0;
    *lease = (struct tg_lease){.need = *need};
    a->memory_free -= need->memory_bytes;
    for (uint32_t k = 0; k < a->capacity->kinds; k++) count += need->units[k];
    if (count) lease->units = tg_alloc(count * sizeof *lease->units);
    for (uint32_t k = 0, at = 0; k < a->capacity->kinds; at += need->units[k++]) {
        a->units_free[k] -= need->units[k];
        if (need->units[k]) take_units(a, k, need->units[k], lease->units + at);
    }
}

bool tg_admit_first(struct tg_admit *a, uint32_t cores_free, struct tg_waiting *task, bool *due)
{
    size_t group;
    if (!find_first(a, cores_free, &group)) return false;
    *task = *head(a->groups.items[group]);
    task->id = a->slots.items[task->id].id;
    *due = at_bound(a, a->groups.items[group]);
    return true;
}

bool tg_admit_take(struct tg_admit *a, uint32_t cores_free, struct tg_waiting *task, struct tg_lease *lease)
{
    size_t group;
    if (!find_first(a, cores_free, &group)) return false;
    const struct tg_admit_group *g = a->groups.items[group];
    struct tg_need need = slot_of(a, g)->need;
    count_passes(a, cores_free, head(g), &need, g);
    leave(a, group, task);
    take_need(a, &need, lease);
    return true;
}

void tg_admit_give(struct tg_admit *a, struct tg_lease *lease)
{
    a->memory_free += lease->need.memory_bytes;
    for (uint32_t k = 0, at = 0; k < a->capacity->kinds; k++) {
        a->units_free[k] += lease->need.units[k];
        for (uint32_t i = 0; i < lease->need.units[k]; i++, at++)
            a->taken[k][lease->units[at] / 64] &= ~(UINT64_C(1) << lease->units[at] % 64);
    }
    TG_ASSERT(a->memory_free <= a->capacity->memory_bytes);
    free(lease->units);
    *lease = (struct tg_lease){0};
    a->stuck_cores = NOT_STUCK;
}

/* ---- what else is asked --------------------------------------------------------------------------- */

uint32_t tg_admit_kept(struct tg_admit *a, uint32_t cores_free)
{
    if (!a->count) return 0;
    struct tg_need left = all_free(a, cores_free);
    first_fit(a, &left);
    return cores_free - left.cores;
}

void tg_admit_pass(struct tg_admit *a, uint32_t cores_free, const struct tg_waiting *task)
{
    count_passes(a, cores_free, task, &(struct tg_need){.cores = 1}, NULL);
}

bool tg_admit_any(struct tg_admit *a, struct tg_waiting *task)
{
    if (!a->count) return false;
    leave(a, a->groups.count - 1, task);
    return true;
}

bool tg_admit_lacks_cores(struct tg_admit *a, uint32_t cores_free)
{
    struct tg_need free_ = all_free(a, cores_free);
    bool found = false;
    for (size_t i = 0; i < a->groups.count && !found; i++)
        found = missing_of(&free_, &slot_of(a, a->groups.items[i])->need) == MISSING_CORES;
    return found;
}

static char *say_missing(const struct tg_admit *a, const struct tg_need *need, unsigned missing)
{
    char bytes[TG_CAPACITY_BYTES_ROOM];
    if (missing & MISSING_CORES) return tg_alloc_format("%" PRIu32 " core%s", need->cores, need->cores == 1 ? "" : "s");
    if (missing & MISSING_MEMORY) return tg_alloc_format("%s of memory", tg_capacity_bytes(need->memory_bytes, bytes));
    int kind = __builtin_ctz(missing);
    return tg_alloc_format("%" PRIu32 " of resource '%s'", need->units[kind], a->capacity->units[kind].name);
}

char *tg_admit_missing(struct tg_admit *a, uint32_t cores_free, tg_id *id)
{
    if (!a->count) return NULL;
    sort_groups(a);
    const struct tg_admit_slot *slot = slot_of(a, a->groups.items[0]);
    struct tg_need free_ = all_free(a, cores_free);
    unsigned missing = missing_of(&free_, &slot->need);
    *id = slot->id;
    return missing ? say_missing(a, &slot->need, missing) : NULL;
}
