/* SPDX-License-Identifier: MIT
 * Tokens, load, memory: in this order of what is said, but tokens are taken last, when everything else lets the task begin. */
#include "engine/gate/throttle.h"

#include "engine/base/assert.h"

#define NS_PER_SECOND UINT64_C(1000000000)

void tg_throttle_init(struct tg_throttle *t, const struct tg_throttle_source *source)
{
    *t = (struct tg_throttle){.source = *source, .held = 1};
}

/* ---- load ---------------------------------------------------------------------------------------- */

/* Starts are counted by the second. */
static void turn_second(struct tg_throttle *t, uint64_t now_ns)
{
    uint64_t second = now_ns / NS_PER_SECOND;
    if (second == t->second) return;
    t->started_before = second == t->second + 1 ? t->started : 0;
    t->started = 0;
    t->second = second;
}

static bool is_loaded(struct tg_throttle *t)
{
    double load = t->source.load ? t->source.load(t->source.data) : -1;
    return load >= 0 && load + TG_THROTTLE_NEW_WEIGHT * (t->started + t->started_before) >= t->load_limit;
}

/* ---- memory -------------------------------------------------------------------------------------- */

static bool is_short_of_memory(struct tg_throttle *t, uint64_t now_ns)
{
    if (!t->source.pressure) return false;
    if (t->looked_at && now_ns < t->looked_at + TG_THROTTLE_LOOK_NS) return t->short_of_memory;
    t->looked_at = now_ns;
    t->short_of_memory = t->source.pressure(t->source.data) >=
                         (t->short_of_memory ? TG_THROTTLE_MEMORY_LOW : TG_THROTTLE_MEMORY_HIGH);
    return t->short_of_memory;
}

/* ---- tokens -------------------------------------------------------------------------------------- */

/* What stays here: our own as well, unless who needs several could do nothing with it. */
static unsigned in_use(const struct tg_throttle *t)
{
    if (t->used) return t->used;
    return t->wanted && t->source.lend ? 0 : 1;
}

static void give_back(struct tg_throttle *t)
{
    unsigned keep = in_use(t);
    for (; t->held > keep && t->held > 1; t->held--) t->source.give(t->source.data);
    if (t->held > keep) {
        t->source.lend(t->source.data);
        t->held = 0;
    }
    t->kept_until = 0;
}

/* From a half of it to one and a half. */
static uint64_t about(struct tg_throttle *t, uint64_t ns)
{
    t->seed = t->seed * 1664525u + 1013904223u;
    return ns / 2 + (ns * (t->seed >> 16) >> 16);
}

static uint64_t keep_ns(struct tg_throttle *t)
{
    uint64_t ns = TG_THROTTLE_KEEP_FIRST_NS;
    for (unsigned i = 0; i < t->rounds && ns < TG_THROTTLE_KEEP_NS; i++) ns *= 2;
    ns = about(t, ns);
    return ns < TG_THROTTLE_KEEP_NS ? ns : TG_THROTTLE_KEEP_NS;
}

void tg_throttle_relax(struct tg_throttle *t, uint64_t now_ns)
{
    bool is_own_idle = t->held == 1 && !t->kept_until; /* nobody has collected so far */
    if (t->held <= in_use(t)) t->kept_until = 0;
    if (t->held <= in_use(t) || is_own_idle || now_ns < t->kept_until) return;
    if (t->kept_until) {
        t->resting_until = now_ns + about(t, TG_THROTTLE_REST_NS);
        t->rounds++;
    }
    give_back(t);
}

/* Our own is counted as here again whether or not it is: whoever has it gives it back. */
void tg_throttle_give_up(struct tg_throttle *t)
{
    t->wanted = t->rounds = 0;
    t->alone_since = 0;
    if (t->source.give) give_back(t);
    if (t->held == 0) t->source.reclaim(t->source.data), t->held = 1;
}

/* What is held and not used stays here from now on, for one that waits. */
static void keep_idle(struct tg_throttle *t, uint64_t now_ns)
{
    bool keeps = t->wanted && t->held > in_use(t) && now_ns >= t->resting_until;
    if (keeps && !t->kept_until) t->kept_until = now_ns + keep_ns(t);
}

/* Whether one that needs several has waited in vain. */
static bool is_patience_over(struct tg_throttle *t, uint64_t now_ns)
{
    if (t->used) return t->alone_since = 0, false;
    if (t->source.is_dry && t->source.is_dry(t->source.data)) return true;
    if (!t->alone_since) t->alone_since = now_ns ? now_ns : 1;
    return now_ns >= t->alone_since + TG_THROTTLE_PATIENCE_NS;
}

/* Our own one is here again, or one for it. While others use it, what was lent is of use: patience begins anew. */
static bool has_own(struct tg_throttle *t)
{
    if (t->held == 0 && t->source.reclaim(t->source.data)) t->held = 1;
    if (t->held == 0) t->alone_since = 0;
    return t->held > 0;
}

static void take_up_to(struct tg_throttle *t, unsigned cores)
{
    if (!has_own(t)) return;
    while (t->held < t->used + cores && t->source.take(t->source.data)) t->held++;
}

/* Tries to have tokens for so many cores; how many it has for them, 0: too few. */
static unsigned gather_tokens(struct tg_throttle *t, unsigned cores, uint64_t now_ns)
{
    tg_throttle_relax(t, now_ns);
    if (cores == 1 || now_ns >= t->resting_until) take_up_to(t, cores);
    unsigned free = t->held > t->used ? t->held - t->used : 0;
    if (free >= cores) return cores;
    if (free > 0 && is_patience_over(t, now_ns)) return free;
    if (cores > 1) t->wanted = cores;
    keep_idle(t, now_ns);
    return 0;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

enum tg_wait tg_throttle_try(struct tg_throttle *t, unsigned *cores, uint64_t now_ns)
{
    unsigned need = t->most && *cores > t->most ? t->most : *cores;
    TG_ASSERT(*cores > 0);
    turn_second(t, now_ns);
    if (t->used && is_loaded(t)) return TG_WAIT_LOAD;
    if (t->used && is_short_of_memory(t, now_ns)) return TG_WAIT_MEMORY;
    if (t->source.take && !(need = gather_tokens(t, need, now_ns))) return TG_WAIT_TOKEN;
    t->used += need;
    t->started++;
    if (t->held <= t->used) t->kept_until = 0;
    if (*cores > 1) t->wanted = t->rounds = 0;
    t->alone_since = 0;
    *cores = need;
    return TG_WAIT_NOTHING;
}

void tg_throttle_leave(struct tg_throttle *t, unsigned cores, uint64_t now_ns)
{
    TG_ASSERT(t->used >= cores);
    t->used -= cores;
    if (!t->source.give) return;
    keep_idle(t, now_ns);
    tg_throttle_relax(t, now_ns);
    if (cores > 1 && t->source.lend && !t->wanted) t->resting_until = now_ns + TG_THROTTLE_YIELD_NS;
}

uint64_t tg_throttle_next(const struct tg_throttle *t, enum tg_wait why, uint64_t now_ns)
{
    if (why != TG_WAIT_TOKEN) return now_ns + TG_THROTTLE_LOOK_NS;
    uint64_t next = now_ns + TG_THROTTLE_LOOK_NS;
    if (t->kept_until && t->kept_until < next) next = t->kept_until;
    if (t->resting_until > now_ns && t->resting_until < next) next = t->resting_until;
    return next > now_ns ? next : now_ns;
}
