/* SPDX-License-Identifier: MIT
 * The agents of the driver that ships with tgrun: those of slots below the number that is wanted are started, the others end when they
 * have nothing to do. One that was ready and has ended is started again, a few times; one that never was is given up. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/remote/driverexec.h"
#include "engine/value/list.h"

/* So often one is started again that ends each time. */
#define AGAIN_MAX 3
/* The pause before; each further one is four times as long. */
#define AGAIN_NS UINT64_C(250000000)
/* One that has lived so long starts anew. */
#define STEADY_NS UINT64_C(60000000000)

/* An agent that was told of the run is ready by then: it stores the files of plugins. */
#define OPEN_NS UINT64_C(300000000000)

/* One that has closed its output ends at once. */
#define LEAVES_MS 500

/* ---- what tgrun is told -------------------------------------------------------------------------- */

void tg_driverexec_fail(struct tg_driverexec *d, const char *kind, const char *message, const char *hint)
{
    if (d->ending) return;
    tg_frames_begin(&d->core, "error");
    tg_frames_text(&d->core, "kind", kind);
    tg_frames_text(&d->core, "message", message);
    tg_frames_text(&d->core, "hint", hint ? hint : "");
    tg_frames_end(&d->core, NULL, 0);
    d->ending = true;
}

void tg_driverexec_refuse(struct tg_driverexec *d, int64_t id, const char *kind, const char *message, const char *worker)
{
    tg_frames_begin(&d->core, "fail");
    tg_frames_int(&d->core, "id", id);
    tg_frames_text(&d->core, "kind", kind);
    tg_frames_text(&d->core, "message", message);
    tg_frames_text(&d->core, "worker", worker);
    tg_frames_end(&d->core, NULL, 0);
}

static bool is_up(const struct tg_driveragent *a)
{
    return a->state == TG_DRIVERAGENT_READY && !a->leaving;
}

static void add_worker_name(struct tg_buf *names, const char *name)
{
    if (names->length) tg_buf_char(names, ',');
    tg_buf_json_string(names, name, strlen(name));
}

/* The number of those that are ready, and all of them as JSON. */
static unsigned list_workers(const struct tg_driverexec *d, struct tg_buf *json)
{
    unsigned count = 0;
    tg_buf_char(json, '[');
    for (size_t i = 0; i < d->agents.count; i++) {
        struct tg_driveragent *a = d->agents.items[i];
        if (!is_up(a)) continue;
        tg_buf_text(json, count++ ? ",{\"name\":" : "{\"name\":");
        tg_buf_json_string(json, a->name, strlen(a->name));
        tg_buf_format(json, ",\"slots\":1,\"blind\":%s}", a->blind ? "true" : "false");
    }
    tg_buf_char(json, ']');
    return count;
}

/* The shortest that an agent took to answer. */
static uint64_t best_answer_ns(const struct tg_driverexec *d)
{
    uint64_t best_ns = 0;
    for (size_t i = 0; i < d->agents.count; i++) {
        uint64_t ns = d->agents.items[i]->answer_ns;
        if (is_up(d->agents.items[i]) && (!best_ns || ns < best_ns)) best_ns = ns;
    }
    return best_ns;
}

static void write_names(struct tg_driverexec *d, const char *member, struct tg_buf *names)
{
    char *list = tg_alloc_format("[%s]", tg_buf_str(names));
    tg_frames_json(&d->core, member, list);
    free(list);
    names->length = 0;
    if (names->data) *names->data = 0;
}

static void tell_slots(struct tg_driverexec *d, const char *kind)
{
    struct tg_buf workers = {0};
    unsigned count = list_workers(d, &workers);
    tg_frames_begin(&d->core, kind);
    tg_frames_int(&d->core, "slots", count);
    tg_frames_json(&d->core, "workers", workers.data);
    if (!d->told_ready) {
        tg_frames_int(&d->core, "round_trip_ns", (int64_t)best_answer_ns(d));
        tg_frames_text(&d->core, "link", "");
        d->joined.length = d->left.length = 0;
    } else {
        write_names(d, "joined", &d->joined);
        write_names(d, "left", &d->left);
    }
    tg_frames_end(&d->core, NULL, 0);
    d->told_ready = true;
    d->changed = false;
    tg_buf_done(&workers);
}

/* Some are on their way. */
static bool is_any_coming(const struct tg_driverexec *d)
{
    for (size_t i = 0; i < d->agents.count; i++)
        if (d->agents.items[i]->state < TG_DRIVERAGENT_READY) return true;
    return false;
}

static unsigned count_up(const struct tg_driverexec *d)
{
    unsigned count = 0;
    for (size_t i = 0; i < d->agents.count; i++) count += is_up(d->agents.items[i]);
    return count;
}

/* None is there, and none will come. */
static bool is_deserted(const struct tg_driverexec *d)
{
    bool failed = false;
    for (size_t i = 0; i < d->agents.count; i++) {
        const struct tg_driveragent *a = d->agents.items[i];
        if (a->state != TG_DRIVERAGENT_GONE) return false;
        failed |= a->failed && a->slot < d->wanted;
    }
    return failed;
}

void tg_driverexec_tell(struct tg_driverexec *d, uint64_t now_ns)
{
    if (!d->opened || d->ending) return;
    if (is_deserted(d)) {
        tg_driverexec_fail(d, d->kind, tg_buf_str(&d->trouble), tg_buf_str(&d->advice));
    } else if (d->told_ready) {
        if (d->changed) tell_slots(d, "slots");
    } else if (count_up(d) && (!is_any_coming(d) || now_ns >= d->ready_by_ns)) {
        tell_slots(d, "ready");
    }
}

/* ---- ends ---------------------------------------------------------------------------------------- */

static void set_trouble(struct tg_driverexec *d, const char *kind, const char *what, const char *advice)
{
    d->kind = kind;
    d->trouble.length = d->advice.length = 0;
    tg_buf_text(&d->trouble, what);
    tg_buf_text(&d->advice, advice);
}

static const char *advise_start(const struct tg_driverexec *d)
{
    if (d->places.kind == TG_DRIVERPLACES_SSH)
        return "`ssh HOST tgrun --version` is to work without a question; ;program=PATH says where tgrun is there.";
    if (d->places.kind == TG_DRIVERPLACES_SLURM)
        return "`srun tgrun --version` is to work; ;program=PATH says where tgrun is there.";
    return "";
}

static void plan_again(struct tg_driverexec *d, struct tg_driveragent *a, bool was_up, const char *what)
{
    uint64_t now_ns = tg_clock_ns();
    if (was_up && now_ns - a->since_ns > STEADY_NS) a->starts = 1;
    tg_driveragent_enter(a, TG_DRIVERAGENT_GONE);
    if (d->ending || a->leaving) return;
    if ((was_up || a->starts > 1) && a->starts <= AGAIN_MAX) {
        a->again_ns = now_ns + (AGAIN_NS << 2 * (a->starts - 1));
        tg_driveragent_enter(a, TG_DRIVERAGENT_AWAY);
        return;
    }
    a->failed = true;
    set_trouble(d, a->starts > 1 ? "engine-lost" : "connect", what, advise_start(d));
}

/* It is no worker any more that tgrun may count on. */
static void note_worker_left(struct tg_driverexec *d, struct tg_driveragent *a)
{
    if (!a->told) return;
    add_worker_name(&d->left, a->name);
    a->told = false;
    d->changed = true;
}

/* Its process has ended, or is ended now, for this reason or none. */
static void lose_agent(struct tg_driverexec *d, struct tg_driveragent *a, const char *reason)
{
    struct tg_buf how = {0};
    bool was_up = a->state == TG_DRIVERAGENT_READY;
    tg_buf_format(&how, "the agent on %s ", tg_driveragent_name(a));
    if (reason) tg_buf_format(&how, "was given up, as %s; it ", reason);
    tg_driveragent_reap(a, &how);
    const char *kind = d->ending ? "cancelled" : "lost";
    if (a->busy) tg_driverexec_refuse(d, a->batch, kind, tg_buf_str(&how), tg_driveragent_name(a));
    a->busy = false;
    note_worker_left(d, a);
    plan_again(d, a, was_up, tg_buf_str(&how));
    tg_buf_done(&how);
    free(a->name);
    a->name = NULL;
}

/* ---- what an agent says -------------------------------------------------------------------------- */

static const char *hear_hello(struct tg_driverexec *d, struct tg_driveragent *a, const struct tg_frame *m)
{
    if (a->state != TG_DRIVERAGENT_GREETING) return "it greeted twice";
    if (tg_frame_int(m, "protocol", 0) != TG_FRAMES_PROTOCOL) return "it speaks another version of the protocol";
    tg_frames_raw(&a->frames, d->open.data, d->open.length);
    tg_driveragent_enter(a, TG_DRIVERAGENT_OPENING);
    return NULL;
}

/* A member of its only worker. */
static const tg_value *member_of_worker(const struct tg_frame *m, const char *name)
{
    tg_value workers = tg_frame_get(m, "workers");
    if (tg_kind(workers) != TG_LIST || tg_list_of(workers)->count != 1) return NULL;
    tg_value worker = tg_list_of(workers)->items[0];
    return tg_kind(worker) == TG_RECORD ? tg_record_find(worker, name, strlen(name)) : NULL;
}

static const char *hear_ready(struct tg_driverexec *d, struct tg_driveragent *a, const struct tg_frame *m)
{
    (void)d;
    const tg_value *name = member_of_worker(m, "name"), *blind = member_of_worker(m, "blind");
    if (a->state != TG_DRIVERAGENT_OPENING || !name || tg_kind(*name) != TG_STR) return "it said what it is ready for wrongly";
    free(a->name);
    a->name = tg_alloc_text(tg_str_of(*name)->data);
    a->blind = blind && tg_value_truth(*blind);
    tg_frames_begin(&a->frames, "ping");
    tg_frames_int(&a->frames, "n", 1);
    tg_frames_end(&a->frames, NULL, 0);
    tg_driveragent_enter(a, TG_DRIVERAGENT_MEASURED);
    a->asked_ns = tg_clock_ns();
    return NULL;
}

static const char *hear_pong(struct tg_driverexec *d, struct tg_driveragent *a, const struct tg_frame *m)
{
    (void)d, (void)m;
    if (a->state != TG_DRIVERAGENT_MEASURED) return NULL;
    a->answer_ns = tg_clock_ns() - a->asked_ns;
    tg_driveragent_enter(a, TG_DRIVERAGENT_READY);
    tg_driveragent_pass(a);
    return NULL;
}

static const char *hear_answer_of(struct tg_driverexec *d, struct tg_driveragent *a, const struct tg_frame *m)
{
    static const char *const own[] = {"worker", "slot", NULL};
    if (!a->busy || tg_frame_int(m, "id", -1) != a->batch) return "it answered a batch that it does not have";
    tg_frames_begin(&d->core, m->kind);
    tg_frames_same(&d->core, m, own);
    tg_frames_text(&d->core, "worker", a->name);
    tg_frames_int(&d->core, "slot", 0);
    tg_frames_end(&d->core, &(struct iovec){(void *)m->blob, m->blob_bytes}, 1);
    a->busy = false;
    return NULL;
}

static const char *hear_line(struct tg_driverexec *d, struct tg_driveragent *a, const struct tg_frame *m)
{
    static const char *const own[] = {"worker", NULL};
    tg_frames_begin(&d->core, "log");
    tg_frames_same(&d->core, m, own);
    tg_frames_text(&d->core, "worker", tg_driveragent_name(a));
    tg_frames_end(&d->core, NULL, 0);
    return NULL;
}

/* One that cannot take part at all ends the run, whatever the others can: tasks would run here and not there. */
static const char *hear_error(struct tg_driverexec *d, struct tg_driveragent *a, const struct tg_frame *m)
{
    char *what = tg_alloc_format("the agent on %s: %s", tg_driveragent_name(a), tg_frame_text(m, "message"));
    if (a->state < TG_DRIVERAGENT_READY) tg_driverexec_fail(d, tg_frame_text(m, "kind"), what, tg_frame_text(m, "hint"));
    free(what);
    tg_buf_text(&a->words, tg_frame_text(m, "message"));
    return NULL;
}

static const char *hear_nothing(struct tg_driverexec *d, struct tg_driveragent *a, const struct tg_frame *m)
{
    (void)d, (void)a, (void)m;
    return NULL;
}

/* NULL, or what is wrong with it. */
static const char *hear_message(struct tg_driverexec *d, struct tg_driveragent *a, const struct tg_frame *m)
{
    static const struct {
        const char *kind;
        const char *(*hear)(struct tg_driverexec *d, struct tg_driveragent *a, const struct tg_frame *m);
    } kinds[] = {{"hello", hear_hello},    {"ready", hear_ready},   {"pong", hear_pong},     {"done", hear_answer_of},
                 {"fail", hear_answer_of}, {"log", hear_line},      {"error", hear_error},   {"slots", hear_nothing},
                 {"gone", hear_nothing},   {"value", hear_nothing}, {"closed", hear_nothing}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, m->kind) == 0) return kinds[i].hear(d, a, m);
    return "it sent a message of an unknown kind";
}

/* It has said all that it will: so it ends at once, and with a status. */
static void await_agent_end(const struct tg_driveragent *a)
{
    struct pollfd fd = {.fd = a->pidfd, .events = POLLIN};
    if (a->pidfd >= 0) poll(&fd, 1, LEAVES_MS);
}

void tg_driverexec_hear(struct tg_driverexec *d, struct tg_driveragent *a, bool ended)
{
    struct tg_frame m;
    struct tg_err err = {0};
    const char *wrong = NULL;
    int got = 0;
    tg_driveragent_hear(a);
    while (!wrong && (got = tg_frames_next(&a->frames, &m, &err)) > 0) wrong = hear_message(d, a, &m);
    if (!wrong && err.message && !ended && !strstr(err.message, "has ended")) wrong = err.message;
    bool closing = a->state == TG_DRIVERAGENT_CLOSING;
    if (got < 0 && !ended && !wrong && !closing) await_agent_end(a);
    if (ended || wrong || (got < 0 && (!closing || a->pidfd < 0))) lose_agent(d, a, wrong);
    tg_err_done(&err);
}

/* ---- tending ------------------------------------------------------------------------------------- */

static bool is_refused(tg_value names, const char *name)
{
    if (tg_kind(names) != TG_LIST) return false;
    const struct tg_list *l = tg_list_of(names);
    for (size_t i = 0; i < l->count; i++)
        if (tg_kind(l->items[i]) == TG_STR && strcmp(tg_str_of(l->items[i])->data, name) == 0) return true;
    return false;
}

/* One that has nothing to do, and is not unwanted for it, unless all are; *idle: there is one at all. */
static struct tg_driveragent *choose_agent(const struct tg_driverexec *d, const struct tg_driverexec_batch *b, bool *idle)
{
    struct tg_driveragent *any = NULL;
    bool others = false;
    *idle = false;
    for (size_t i = 0; i < d->agents.count; i++) {
        struct tg_driveragent *a = d->agents.items[i];
        if (!is_up(a)) continue;
        bool unwanted = is_refused(b->not_on, a->name);
        others |= !unwanted;
        *idle |= !a->busy;
        if (!a->busy && !unwanted) return a;
        if (!a->busy) any = a;
    }
    return others ? NULL : any;
}

static void hand_batches(struct tg_driverexec *d)
{
    bool idle = true;
    for (size_t i = 0; i < d->queue.count && idle;) {
        struct tg_driverexec_batch *b = &d->queue.items[i];
        struct tg_driveragent *a = choose_agent(d, b, &idle);
        if (a) {
            a->busy = true;
            a->batch = b->id;
            tg_frames_raw(&a->frames, b->message, b->bytes);
            tg_driverexec_drop(d, i);
        } else {
            i++;
        }
    }
}

static void start_agent(struct tg_driverexec *d, struct tg_driveragent *a)
{
    struct tg_err err = {0};
    if (tg_driveragent_start(a, &d->places, &err)) return;
    a->failed = true;
    tg_driveragent_enter(a, TG_DRIVERAGENT_GONE);
    set_trouble(d, "connect", err.message, advise_start(d));
    tg_err_done(&err);
}

static void stay_or_leave(struct tg_driverexec *d, struct tg_driveragent *a, bool wanted)
{
    a->leaving = !wanted;
    if (!is_up(a) || a->told) return;
    a->told = d->changed = true;
    add_worker_name(&d->joined, a->name);
}

static void tend_agent(struct tg_driverexec *d, struct tg_driveragent *a, uint64_t now_ns)
{
    bool wanted = !d->ending && a->slot < d->wanted;
    if (wanted && a->state == TG_DRIVERAGENT_GONE && !a->failed) {
        a->starts = 0;
        a->again_ns = now_ns;
        tg_driveragent_enter(a, TG_DRIVERAGENT_AWAY);
    }
    if (!wanted) note_worker_left(d, a);
    if (a->state != TG_DRIVERAGENT_CLOSING) stay_or_leave(d, a, wanted);
    if (a->state == TG_DRIVERAGENT_AWAY && !wanted) tg_driveragent_enter(a, TG_DRIVERAGENT_GONE);
    else if (a->state == TG_DRIVERAGENT_AWAY && now_ns >= a->again_ns) start_agent(d, a);
    bool late = (a->state == TG_DRIVERAGENT_OPENING || a->state == TG_DRIVERAGENT_MEASURED) && now_ns - a->since_ns > OPEN_NS;
    if (late) lose_agent(d, a, "it was not ready in time");
    if (!wanted && a->pid && (d->ending || !a->busy)) tg_driveragent_close(a);
    tg_driveragent_press(a, now_ns);
}

void tg_driverexec_tend(struct tg_driverexec *d, uint64_t now_ns)
{
    if (!d->opened) return;
    while (!d->ending && d->agents.count < d->wanted) {
        unsigned slot = (unsigned)d->agents.count;
        tg_vec_push(&d->agents, tg_driveragent_new(slot, tg_driverplaces_name(&d->places, slot)));
    }
    for (size_t i = 0; i < d->agents.count; i++) tend_agent(d, d->agents.items[i], now_ns);
    if (!d->ending) hand_batches(d);
    while (d->ending && d->queue.count) {
        tg_driverexec_refuse(d, d->queue.items[0].id, "cancelled", "it had not begun", "");
        tg_driverexec_drop(d, 0);
    }
}

static void sooner(uint64_t *next_ns, uint64_t ns)
{
    if (ns < *next_ns) *next_ns = ns;
}

uint64_t tg_driverexec_next_ns(const struct tg_driverexec *d)
{
    uint64_t next_ns = UINT64_MAX;
    for (size_t i = 0; i < d->agents.count; i++) {
        const struct tg_driveragent *a = d->agents.items[i];
        if (a->state == TG_DRIVERAGENT_AWAY) sooner(&next_ns, a->again_ns);
        if (a->state == TG_DRIVERAGENT_CLOSING) sooner(&next_ns, a->give_up_ns);
        if (a->state == TG_DRIVERAGENT_OPENING || a->state == TG_DRIVERAGENT_MEASURED)
            sooner(&next_ns, a->since_ns + OPEN_NS + 1);
    }
    if (d->opened && !d->told_ready && !d->ending && count_up(d)) sooner(&next_ns, d->ready_by_ns);
    return next_ns;
}
