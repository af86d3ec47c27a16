/* SPDX-License-Identifier: MIT
 * Held tasks: a table by id, and a heap by when they are due. */
#include "engine/run/coordinator.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/table.h"
#include "engine/plugin/host.h"
#include "engine/run/asking.h"
#include "engine/run/instance.h"
#include "engine/run/node.h"
#include "engine/run/reasons.h"
#include "engine/run/retry.h"

/* Not in the heap: it is ready. */
#define TG_READY SIZE_MAX

#define TABLE_FIRST 16

/* How often the flag is looked at where nothing wakes who sleeps. */
#define LOOK_NS UINT64_C(50000000)

/* Of a message, in the line that tells of another attempt. */
#define MESSAGE_SHOWN 300

/* Held tasks that a description lists. */
#define HELD_SHOWN 20

struct tg_coordinator *tg_coordinator_new(struct tg_run *run)
{
    struct tg_coordinator *c = tg_alloc_zero(sizeof *c);
    c->run = run;
    c->clock_ns = tg_clock_ns;
    atomic_init(&c->next_ns, UINT64_MAX);
    pthread_mutex_init(&c->lock, NULL);
    if (run->options.capacity) c->capacity = *run->options.capacity;
    else c->capacity.memory_bytes = UINT64_MAX;
    c->capacity.cores = run->options.jobs;
    tg_admit_init(&c->line, &c->capacity);
    return c;
}

static void free_tries(struct tg_tries *a)
{
    if (!a) return;
    TG_ASSERT(!a->lease.units || a->leases);
    free(a->name);
    free(a->lease.units);
    if (a->before) tg_reasons_done(a->before);
    free(a->before);
    tg_err_done(&a->refusal);
    free(a);
}

void tg_coordinator_free(struct tg_coordinator *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->table_room; i++)
        for (struct tg_tries *a = c->table[i], *next; a; a = next) {
            next = a->next;
            free_tries(a);
        }
    free(c->table);
    tg_vec_done(&c->later);
    tg_admit_done(&c->line);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* ---- the table ----------------------------------------------------------------------------------- */

/* Locked. The link that leads to the task's entry, or to where it would stand. */
static struct tg_tries **link_to(struct tg_coordinator *c, tg_id id)
{
    struct tg_tries **link = &c->table[tg_table_hash(id) & (c->table_room - 1)];
    while (*link && (*link)->id != id) link = &(*link)->next;
    return link;
}

/* Locked. */
static void grow_table(struct tg_coordinator *c)
{
    struct tg_tries **old = c->table;
    size_t room = c->table_room;
    c->table_room = room ? room * 2 : TABLE_FIRST;
    c->table = tg_alloc_zero(c->table_room * sizeof(struct tg_tries *));
    for (size_t i = 0; i < room; i++)
        for (struct tg_tries *a = old[i], *next; a; a = next) {
            next = a->next;
            a->next = NULL;
            *link_to(c, a->id) = a;
        }
    free(old);
}

/* Locked. */
static void put_tries(struct tg_coordinator *c, struct tg_tries *a)
{
    if (c->table_count >= c->table_room) grow_table(c);
    struct tg_tries **link = link_to(c, a->id);
    TG_ASSERT(!*link);
    a->next = NULL;
    *link = a;
    c->table_count++;
}

static struct tg_tries *find_tries(struct tg_coordinator *c, tg_id id)
{
    return c->table_count ? *link_to(c, id) : NULL;
}

/* Locked. NULL if it is none that failed before. */
static struct tg_tries *take_tries(struct tg_coordinator *c, tg_id id)
{
    struct tg_tries **link = c->table_count ? link_to(c, id) : NULL, *a = link ? *link : NULL;
    if (!a) return NULL;
    *link = a->next;
    c->table_count--;
    return a;
}

/* ---- the heap ------------------------------------------------------------------------------------ */

static bool is_sooner(const struct tg_tries *a, const struct tg_tries *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->id < b->id;
}

static void put_in_heap(struct tg_coordinator *c, struct tg_tries *a, size_t place)
{
    c->later.items[place] = a;
    a->place = place;
}

static void rise(struct tg_coordinator *c, struct tg_tries *a, size_t hole)
{
    for (size_t above; hole && is_sooner(a, c->later.items[above = (hole - 1) / 2]); hole = above)
        put_in_heap(c, c->later.items[above], hole);
    put_in_heap(c, a, hole);
}

static void sink(struct tg_coordinator *c, struct tg_tries *a, size_t hole)
{
    for (size_t child; (child = 2 * hole + 1) < c->later.count; hole = child) {
        if (child + 1 < c->later.count && is_sooner(c->later.items[child + 1], c->later.items[child])) child++;
        if (!is_sooner(c->later.items[child], a)) break;
        put_in_heap(c, c->later.items[child], hole);
    }
    put_in_heap(c, a, hole);
}

static void tell_next(struct tg_coordinator *c)
{
    atomic_store(&c->next_ns, c->later.count ? c->later.items[0]->due_ns : UINT64_MAX);
}

/* Locked. */
static void hold(struct tg_coordinator *c, struct tg_tries *a)
{
    if (c->busy) atomic_fetch_add(c->busy, 1), atomic_fetch_add(c->held, 1);
    tg_vec_push(&c->later, a);
    rise(c, a, c->later.count - 1);
    tell_next(c);
}

/* Locked. */
static struct tg_tries *take_first(struct tg_coordinator *c)
{
    struct tg_tries *first = c->later.items[0], *last = c->later.items[--c->later.count];
    if (c->later.count) sink(c, last, 0);
    first->place = TG_READY;
    if (c->held) atomic_fetch_sub(c->held, 1);
    tell_next(c);
    return first;
}

/* ---- held tasks ---------------------------------------------------------------------------------- */

bool tg_coordinator_is_due(const struct tg_coordinator *c)
{
    uint64_t next_ns = atomic_load(&c->next_ns);
    return next_ns != UINT64_MAX && (tg_run_stopped(c->run) || next_ns <= c->clock_ns());
}

bool tg_coordinator_due(struct tg_coordinator *c, tg_id *id)
{
    if (!tg_coordinator_holds(c)) return false;
    pthread_mutex_lock(&c->lock);
    bool due = tg_coordinator_is_due(c);
    if (due) *id = take_first(c)->id;
    pthread_mutex_unlock(&c->lock);
    return due;
}

/* Locked. */
static void hasten(struct tg_coordinator *c, struct tg_tries *a)
{
    a->due_ns = 0;
    rise(c, a, a->place);
    tell_next(c);
}

/* Locked: who may begin is to be looked at anew. */
static void unstick(struct tg_coordinator *c)
{
    if (c->stuck_cores) atomic_store(c->stuck_cores, 0);
}

/* Locked. */
static void note_line(struct tg_coordinator *c)
{
    atomic_store(&c->lined, c->line.count);
}

/* Locked: it is due at once. */
static void quit_line(struct tg_coordinator *c, struct tg_tries *a)
{
    tg_admit_leave(&c->line, a->id, &a->need);
    a->in_line = false;
    note_line(c);
    unstick(c);
    a->due_ns = 0;
    hold(c, a);
}

void tg_coordinator_give_up(struct tg_coordinator *c, tg_id id)
{
    /* who holds it or lines it up now looks at the node behind that */
    if (atomic_load(&c->next_ns) == UINT64_MAX && atomic_load(&c->lined) == 0) return;
    pthread_mutex_lock(&c->lock);
    struct tg_tries *a = find_tries(c, id);
    if (a && a->in_line) quit_line(c, a);
    else if (a && a->place != TG_READY) hasten(c, a);
    pthread_mutex_unlock(&c->lock);
}

/* It was given up, by somebody who may not have found it. */
static bool was_abandoned(const struct tg_coordinator *c, tg_id id)
{
    const struct tg_nodes *nodes = c->run->nodes;
    return nodes && (atomic_load(&nodes->items[id].state) & TG_NODE_STATE) == TG_NODE_ABANDONED;
}

/* How long, at most that long; what cannot be woken looks from time to time. */
static uint64_t sleep_ns(const struct tg_coordinator *c, bool look, uint64_t most_ns)
{
    uint64_t now_ns = c->clock_ns(), next_ns = atomic_load(&c->next_ns);
    uint64_t ns = next_ns > now_ns ? next_ns - now_ns : 0;
    if (look && ns > LOOK_NS) ns = LOOK_NS;
    return ns < most_ns ? ns : most_ns;
}

void tg_coordinator_sleep(const struct tg_coordinator *c, int wake_fd, uint64_t most_ns)
{
    const struct tg_services *services = c->run->options.services;
    int stop_fd = services && services->stop ? services->wake_fd : -1;
    for (bool woken = false; !woken && !tg_coordinator_is_due(c) && tg_coordinator_holds(c);) {
        struct pollfd fds[] = {{stop_fd, POLLIN, 0}, {wake_fd, POLLIN, 0}};
        struct timespec limit = tg_clock_span(sleep_ns(c, stop_fd < 0, most_ns));
        int ready = ppoll(fds, TG_COUNT(fds), &limit, NULL);
        if (fds[0].revents) stop_fd = -1; /* it stays readable: from now on the flag is looked at */
        woken = most_ns != UINT64_MAX || (ready > 0 && fds[1].revents);
    }
}

/* ---- in line ------------------------------------------------------------------------------------- */

uint32_t tg_coordinator_came(const struct tg_coordinator *c)
{
    return c->line.came;
}

/* After attempts that needed more memory it asks for more, up to all there is. */
static void ask_for_more(const struct tg_coordinator *c, struct tg_tries *a)
{
    uint64_t most = c->capacity.memory_bytes;
    double bytes = (double)a->policy.memory_bytes;
    if (!a->lacks || a->policy.memory_factor <= 1 || a->policy.memory_bytes >= most) return;
    for (uint32_t i = 0; i < a->lacks && bytes < (double)most; i++) bytes *= a->policy.memory_factor;
    a->policy.memory_bytes = bytes < (double)most ? (uint64_t)bytes : most;
}

static struct tg_tries *new_tries(tg_id id)
{
    struct tg_tries *a = tg_alloc_zero(sizeof *a);
    a->id = id;
    a->attempt = 1;
    a->place = TG_READY;
    return a;
}

/* Locked while it looks and puts only: nobody else has the task. */
enum tg_coordinator_asked tg_coordinator_ask(struct tg_coordinator *c, struct tg_worker *w, tg_id id)
{
    pthread_mutex_lock(&c->lock);
    struct tg_tries *a = take_tries(c, id);
    pthread_mutex_unlock(&c->lock);
    if (!a) a = new_tries(id);
    TG_ASSERT(!a->leases && !a->refusal.code);
    enum tg_asking answer = TG_ASKING_NOTHING;
    if (!was_abandoned(c, id)) answer = tg_asking_policy(w, id, a->attempt, &a->policy, &a->refusal);
    a->asked = answer == TG_ASKING_KNOWN;
    if (a->asked) ask_for_more(c, a);
    bool fits = a->asked && tg_capacity_need(&c->capacity, &a->policy, &a->need, &a->refusal);
    if (answer == TG_ASKING_GONE) return free_tries(a), TG_ASKED_GONE;
    pthread_mutex_lock(&c->lock);
    put_tries(c, a);
    pthread_mutex_unlock(&c->lock);
    return fits ? TG_ASKED_LINE : TG_ASKED_RUNS;
}

void tg_coordinator_line_up(struct tg_coordinator *c, struct tg_waiting task)
{
    pthread_mutex_lock(&c->lock);
    struct tg_tries *a = find_tries(c, task.id);
    tg_admit_wait(&c->line, task, &a->need);
    a->in_line = true;
    note_line(c);
    unstick(c);
    if (was_abandoned(c, task.id)) quit_line(c, a);
    pthread_mutex_unlock(&c->lock);
}

/* Locked. */
static void pick_from_line(struct tg_coordinator *c, uint32_t cores_free, struct tg_pick *pick)
{
    struct tg_waiting task;
    struct tg_lease lease;
    bool taken = tg_admit_take(&c->line, cores_free, &task, &lease);
    struct tg_tries *a = find_tries(c, task.id);
    TG_ASSERT(taken && a && !a->leases && a->in_line);
    a->in_line = false;
    a->lease = lease;
    a->leases = true;
    *pick = (struct tg_pick){.id = task.id, .cores = lease.need.cores};
}

/* Who was passed over often enough in line waits for no other one of the same priority. */
static bool is_before_line(const struct tg_waiting *ordinary, const struct tg_waiting *task, bool due)
{
    return due ? ordinary->priority > task->priority : tg_lineup_before(ordinary, task);
}

/* Locked. */
static bool pick_any(struct tg_coordinator *c, const struct tg_waiting *ordinary, uint32_t cores_free, struct tg_pick *pick)
{
    struct tg_waiting task;
    *pick = (struct tg_pick){.cores = 1};
    if (tg_run_stopped(c->run) && tg_admit_any(&c->line, &task)) {
        find_tries(c, task.id)->in_line = false;
        return pick->id = task.id, true;
    }
    bool due = false, fits = tg_admit_first(&c->line, cores_free, &task, &due),
         runs = ordinary && cores_free > tg_admit_kept(&c->line, cores_free);
    if (fits && !(runs && is_before_line(ordinary, &task, due))) return pick_from_line(c, cores_free, pick), true;
    if (!runs) return false;
    tg_admit_pass(&c->line, cores_free, ordinary);
    pick->ordinary = true;
    pick->id = ordinary->id;
    return true;
}

bool tg_coordinator_pick(struct tg_coordinator *c, const struct tg_waiting *ordinary, uint32_t cores_free, struct tg_pick *pick)
{
    pthread_mutex_lock(&c->lock);
    bool picked = pick_any(c, ordinary, cores_free, pick);
    note_line(c);
    if (picked && !pick->ordinary) unstick(c); /* what was set aside for it is not any more */
    if (!picked && c->stuck_cores) atomic_store(c->stuck_cores, cores_free);
    if (c->lacks_cores)
        atomic_store(c->lacks_cores, tg_admit_lacks_cores(&c->line, picked ? cores_free - pick->cores : cores_free));
    pthread_mutex_unlock(&c->lock);
    return picked;
}

bool tg_coordinator_goes_on(struct tg_coordinator *c, uint32_t cores_free)
{
    pthread_mutex_lock(&c->lock);
    struct tg_waiting slice = {.number = UINT32_MAX, .came = c->line.came};
    bool goes_on = cores_free > tg_admit_kept(&c->line, cores_free);
    if (goes_on) tg_admit_pass(&c->line, cores_free, &slice);
    if (goes_on) unstick(c);
    pthread_mutex_unlock(&c->lock);
    return goes_on;
}

uint32_t tg_coordinator_admit(struct tg_coordinator *c, struct tg_worker *w, tg_id id)
{
    struct tg_pick pick;
    if (tg_coordinator_ask(c, w, id) != TG_ASKED_LINE) return 1;
    tg_coordinator_line_up(c, (struct tg_waiting){.id = id});
    bool picked = tg_coordinator_pick(c, NULL, c->capacity.cores, &pick);
    TG_ASSERT(picked && pick.id == id); /* nobody else holds anything */
    (void)picked;
    return pick.cores;
}

/* Locked. */
static void end_lease(struct tg_coordinator *c, struct tg_tries *a)
{
    if (!a->leases) return;
    tg_admit_give(&c->line, &a->lease);
    a->leases = false;
    unstick(c);
}

bool tg_coordinator_refuses(struct tg_worker *w)
{
    if (!w->tries || !w->tries->refusal.code) return false;
    w->ctx.err = w->tries->refusal;
    w->tries->refusal = (struct tg_err){0};
    return true;
}

/* ---- failing ------------------------------------------------------------------------------------- */

static const struct tg_secrets *run_secrets(const struct tg_coordinator *c)
{
    const struct tg_services *services = c->run->options.services;
    return services ? services->secrets : NULL;
}

/* "task 'fetch(a)' failed, attempt 1 of 4, again in 2 s: MESSAGE". */
static void tell_user(const struct tg_coordinator *c, const struct tg_err *err, const char *name, uint32_t attempt,
                      uint32_t attempts, uint64_t delay_ns)
{
    struct tg_buf b = {0};
    char text[TG_RETRY_TEXT_BYTES];
    if (c->run->options.quiet) return;
    tg_buf_format(&b, "task '%s' failed, attempt %u of %u, again ", name, attempt, attempts);
    if (delay_ns) tg_buf_format(&b, "in %s: ", tg_retry_text(delay_ns, text));
    else tg_buf_text(&b, "at once: ");
    tg_reasons_short(&b, run_secrets(c), err->message, MESSAGE_SHOWN);
    tg_host_say(c->run->options.services, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
}

/* It needed more memory than all that the run has: another attempt would not have more. */
static bool had_all(const struct tg_coordinator *c, struct tg_worker *w)
{
    char text[TG_CAPACITY_BYTES_ROOM];
    uint64_t all = c->capacity.memory_bytes;
    if (w->ctx.err.cause != TG_CAUSE_MEMORY || w->grant.policy->memory_factor <= 1 || w->grant.memory_bytes < all) return false;
    free(w->ctx.err.hint); /* to ask for more does not help */
    w->ctx.err.hint = NULL;
    tg_err_hint(&w->ctx.err, "It had all the memory of the run, %s, so that there is no further attempt.",
                tg_capacity_bytes(all, text));
    return true;
}

static bool may_again(const struct tg_coordinator *c, struct tg_worker *w, const struct tg_policy *p, uint32_t attempt)
{
    const struct tg_err *err = &w->ctx.err;
    if (tg_run_stopped(c->run) || !tg_retry_may(p, attempt, (enum tg_cause)err->cause, err->status)) return false;
    return !had_all(c, w);
}

static uint32_t attempts_of(const struct tg_policy *p)
{
    return p->retries < UINT32_MAX ? p->retries + 1 : UINT32_MAX;
}

/* What the worker holds of the task, made if this was its first attempt. */
static struct tg_tries *tries_of(struct tg_worker *w, tg_id id)
{
    struct tg_tries *a = w->tries;
    w->tries = NULL;
    return a ? a : new_tries(id);
}

/* Who gives it up meanwhile does not find it yet. */
static void hold_failed(struct tg_coordinator *c, struct tg_tries *a)
{
    tg_id id = a->id;
    pthread_mutex_lock(&c->lock);
    end_lease(c, a);
    put_tries(c, a);
    hold(c, a);
    if (was_abandoned(c, id)) hasten(c, a);
    pthread_mutex_unlock(&c->lock);
}

bool tg_coordinator_fail(struct tg_coordinator *c, struct tg_worker *w, tg_id id, const struct tg_site *site,
                         const tg_value *args, size_t count)
{
    const struct tg_policy *p = w->grant.policy;
    uint32_t attempt = w->grant.attempt;
    TG_ASSERT(site->flags & TG_SITE_POLICY && w->ctx.grant == &w->grant && w->ctx.err.code && !w->held);
    if (!may_again(c, w, p, attempt)) return false;
    char *name = tg_instance_name(c->run, site, args, count);
    uint64_t delay_ns = tg_retry_delay_ns(p, attempt, tg_hash_bytes(name, strlen(name)));
    if (w->nodes && !tg_node_rest(w->nodes, id)) return free(name), false; /* nobody needs it any more */
    tg_worker_fails(w, TG_EVENT_RETRIED, id, &w->ctx.err);
    tell_user(c, &w->ctx.err, name, attempt, attempts_of(p), delay_ns);
    struct tg_tries *a = tries_of(w, id);
    if (w->ctx.err.cause == TG_CAUSE_MEMORY) a->lacks++;
    if (!a->before) a->before = tg_alloc_zero(sizeof *a->before);
    tg_reasons_note(a->before, run_secrets(c), w->ctx.err.message);
    tg_err_done(&w->ctx.err);
    free(a->name);
    a->name = name;
    a->attempt++;
    a->due_ns = c->clock_ns() + delay_ns;
    w->held = true;
    hold_failed(c, a);
    return true;
}

char *tg_coordinator_before(const struct tg_worker *w)
{
    return w->tries && w->tries->before ? tg_reasons_text(w->tries->before) : NULL;
}

/* ---- running ------------------------------------------------------------------------------------- */

static void grant_lease(const struct tg_coordinator *c, struct tg_grant *g, const struct tg_lease *lease)
{
    g->cores = lease->need.cores;
    g->memory_bytes = lease->need.memory_bytes;
    for (uint32_t k = 0, at = 0; k < c->capacity.kinds; at += lease->need.units[k++])
        if (lease->need.units[k])
            g->kinds[g->kind_count++] = (struct tg_granted){c->capacity.units[k].name, lease->need.units[k], lease->units + at};
}

void tg_coordinator_begin(struct tg_coordinator *c, struct tg_worker *w, tg_id id, const struct tg_site *site)
{
    TG_ASSERT(!w->tries && !w->ctx.grant && site->flags & TG_SITE_POLICY);
    pthread_mutex_lock(&c->lock);
    w->tries = take_tries(c, id);
    pthread_mutex_unlock(&c->lock);
    const struct tg_tries *a = w->tries;
    const struct tg_policy *p = a && a->asked ? &a->policy : tg_graph_policy_of(c->run->graph, site);
    w->grant = (struct tg_grant){.policy = p, .attempt = a ? a->attempt : 1, .attempts = attempts_of(p), .cores = 1};
    if (a && a->leases) grant_lease(c, &w->grant, &a->lease);
    w->held = false;
    w->ctx.grant = &w->grant;
}

bool tg_coordinator_end(struct tg_coordinator *c, struct tg_worker *w)
{
    bool done = !w->held;
    if (w->tries && w->tries->leases) {
        pthread_mutex_lock(&c->lock);
        end_lease(c, w->tries);
        pthread_mutex_unlock(&c->lock);
    }
    free_tries(w->tries);
    w->tries = NULL;
    w->held = false;
    w->ctx.grant = NULL;
    return done;
}

/* ---- looking at it ------------------------------------------------------------------------------- */

static const char *waiting_name(struct tg_coordinator *c, tg_id id)
{
    const struct tg_tries *a = find_tries(c, id);
    return a && a->name ? a->name : tg_run_site_of(c->run, id)->def->name;
}

/* Locked: the first in line, and what it misses though no core were taken. */
static void describe_line(struct tg_coordinator *c, struct tg_buf *b)
{
    tg_id id;
    size_t count = c->line.count;
    char *missing = tg_admit_missing(&c->line, 0, &id);
    if (missing) tg_buf_format(b, "  task %u: %s, waits for %s\n", id, waiting_name(c, id), missing);
    if (count > (missing ? 1 : 0)) tg_buf_format(b, "  and %zu more that wait for resources\n", count - (missing ? 1 : 0));
    free(missing);
}

size_t tg_coordinator_untried(struct tg_coordinator *c)
{
    size_t count = 0;
    for (size_t i = 0; i < c->table_room; i++)
        for (const struct tg_tries *a = c->table[i]; a; a = a->next) count += a->attempt > 1;
    return count;
}

void tg_coordinator_describe(struct tg_coordinator *c, struct tg_buf *b)
{
    char text[TG_RETRY_TEXT_BYTES];
    pthread_mutex_lock(&c->lock);
    describe_line(c, b);
    uint64_t now_ns = c->clock_ns();
    for (size_t i = 0; i < c->later.count && i < HELD_SHOWN; i++) {
        const struct tg_tries *a = c->later.items[i];
        tg_buf_format(b, "  task %u: %s, waits for its attempt %u, in %s\n", a->id, a->name, a->attempt,
                      tg_retry_text(a->due_ns > now_ns ? a->due_ns - now_ns : 0, text));
    }
    if (c->later.count > HELD_SHOWN)
        tg_buf_format(b, "  and %zu more that wait for another attempt\n", c->later.count - HELD_SHOWN);
    pthread_mutex_unlock(&c->lock);
}
