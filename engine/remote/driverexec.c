/* SPDX-License-Identifier: MIT
 * What tgrun says to the driver that ships with it, and the loop around it.
 *
 * All is done in one thread that waits for all descriptors at once. A batch is handed to an agent that has nothing to do; until there
 * is one it waits here, as the message that it came in. Each gets one answer: its agent's, or that the agent is lost. */
#include "engine/remote/driverexec.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/value/list.h"

/* tgrun is told of the agents that are ready when all are, or after this. */
#define READY_NS UINT64_C(30000000000)

static volatile sig_atomic_t told_to_end;

static void note_end(int number)
{
    (void)number;
    told_to_end = 1;
}

/* ---- messages ------------------------------------------------------------------------------------ */

/* Whether a batch of this id waits or runs. */
static bool has_batch(const struct tg_driverexec *d, int64_t id)
{
    for (size_t i = 0; i < d->queue.count; i++)
        if (d->queue.items[i].id == id) return true;
    for (size_t i = 0; i < d->agents.count; i++)
        if (d->agents.items[i]->busy && d->agents.items[i]->batch == id) return true;
    return false;
}

/* What agents are told is what this driver was told, but for what is its own affair. */
static void keep_open(struct tg_driverexec *d, const struct tg_frame *m)
{
    static const char *const own[] = {"cluster", "slots_max", NULL};
    struct tg_frames scratch = {.in = -1, .out = -1, .head = tg_nil()};
    tg_frames_begin(&scratch, "open");
    tg_frames_same(&scratch, m, own);
    tg_frames_end(&scratch, &(struct iovec){(void *)m->blob, m->blob_bytes}, 1);
    tg_buf_done(&d->open);
    d->open = scratch.waiting;
    scratch.waiting = (struct tg_buf){0};
    tg_frames_done(&scratch);
}

static void take_open(struct tg_driverexec *d, const struct tg_frame *m)
{
    struct tg_err err = {0};
    int64_t most = tg_frame_int(m, "slots_max", 0), protocol = tg_frame_int(m, "protocol", 0);
    if (d->opened) {
        tg_driverexec_fail(d, "protocol", "it was opened twice", "");
    } else if (protocol != TG_FRAMES_PROTOCOL) {
        tg_driverexec_fail(d, "protocol", "tgrun speaks another version of the protocol: this driver knows version 1", "");
    } else if (!tg_driverplaces_parse(tg_frame_text(m, "cluster"), &d->places, &err)) {
        tg_driverexec_fail(d, "connect", err.message, err.hint);
        tg_err_done(&err);
    } else {
        d->opened = true;
        d->wanted = d->places.count;
        if (most > 0 && d->wanted > most) d->wanted = (unsigned)most;
        d->ready_by_ns = tg_clock_ns() + READY_NS;
        keep_open(d, m);
    }
}

/* Values are kept nowhere, so none can be asked for. */
static bool needs_kept(const struct tg_frame *m)
{
    tg_value in = tg_frame_get(m, "in");
    if (tg_kind(in) != TG_LIST) return false;
    const struct tg_list *l = tg_list_of(in);
    for (size_t i = 0; i < l->count; i++)
        if (tg_kind(l->items[i]) == TG_STR) return true;
    return false;
}

static void take_submit(struct tg_driverexec *d, const struct tg_frame *m)
{
    int64_t id = tg_frame_int(m, "id", -1);
    if (!d->opened) {
        tg_driverexec_fail(d, "protocol", "a batch came before it was opened", "");
    } else if (id < 0 || has_batch(d, id)) {
        tg_driverexec_fail(d, "protocol", "a batch came without a number, or twice", "");
    } else if (needs_kept(m)) {
        tg_driverexec_refuse(d, id, "refused", "this driver keeps no values", "");
    } else {
        struct tg_driverexec_batch batch = {.id = id, .bytes = m->wire_bytes, .message = tg_alloc(m->wire_bytes)};
        batch.not_on = tg_value_ref(tg_frame_get(m, "not_on"));
        memcpy(batch.message, m->blob + m->blob_bytes - m->wire_bytes, m->wire_bytes);
        tg_vec_push(&d->queue, batch);
    }
}

void tg_driverexec_drop(struct tg_driverexec *d, size_t at)
{
    tg_value_unref(d->queue.items[at].not_on);
    free(d->queue.items[at].message);
    d->queue.count--;
    memmove(d->queue.items + at, d->queue.items + at + 1, (d->queue.count - at) * sizeof *d->queue.items);
}

static void take_cancel(struct tg_driverexec *d, const struct tg_frame *m)
{
    int64_t id = tg_frame_int(m, "id", -1);
    for (size_t i = 0; i < d->queue.count; i++) {
        if (d->queue.items[i].id != id) continue;
        tg_driverexec_drop(d, i);
        tg_driverexec_refuse(d, id, "cancelled", "it had not begun", "");
        return;
    }
    for (size_t i = 0; i < d->agents.count; i++) {
        struct tg_driveragent *a = d->agents.items[i];
        if (!a->busy || a->batch != id || a->state != TG_DRIVERAGENT_READY) continue;
        tg_frames_raw(&a->frames, m->blob + m->blob_bytes - m->wire_bytes, m->wire_bytes);
    }
}

static void take_scale(struct tg_driverexec *d, const struct tg_frame *m)
{
    int64_t n = tg_frame_int(m, "n", -1), most = tg_driverplaces_most(&d->places);
    if (!d->opened || n < 0) return;
    d->wanted = (unsigned)(n < most ? n : most);
    d->changed = true; /* tgrun is answered, also where nothing changes */
}

static void take_ping(struct tg_driverexec *d, const struct tg_frame *m)
{
    tg_frames_begin(&d->core, "pong");
    tg_frames_int(&d->core, "n", tg_frame_int(m, "n", 0));
    tg_frames_end(&d->core, NULL, 0);
}

static void take_get(struct tg_driverexec *d, const struct tg_frame *m)
{
    struct tg_buf keys = {0};
    const char *key = tg_frame_text(m, "key");
    tg_buf_char(&keys, '[');
    tg_buf_json_string(&keys, key, strlen(key));
    tg_buf_char(&keys, ']');
    tg_frames_begin(&d->core, "gone");
    tg_frames_json(&d->core, "keys", keys.data);
    tg_frames_end(&d->core, NULL, 0);
    tg_buf_done(&keys);
}

static void take_release(struct tg_driverexec *d, const struct tg_frame *m)
{
    (void)d, (void)m;
}

static void take_close(struct tg_driverexec *d, const struct tg_frame *m)
{
    (void)m;
    d->ending = true;
}

static void take_message(struct tg_driverexec *d, const struct tg_frame *m)
{
    static const struct {
        const char *kind;
        void (*take)(struct tg_driverexec *d, const struct tg_frame *m);
    } kinds[] = {{"open", take_open}, {"submit", take_submit}, {"cancel", take_cancel},   {"scale", take_scale},
                 {"ping", take_ping}, {"get", take_get},       {"release", take_release}, {"close", take_close}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].kind, m->kind) != 0) continue;
        kinds[i].take(d, m);
        return;
    }
    char *message = tg_alloc_format("a message of kind '%.40s' came, which this driver does not know", m->kind);
    tg_driverexec_fail(d, "protocol", message, "");
    free(message);
}

static void hear_core(struct tg_driverexec *d)
{
    struct tg_frame m;
    struct tg_err err = {0};
    int got = 0;
    while (!d->ending && (got = tg_frames_next(&d->core, &m, &err)) > 0) take_message(d, &m);
    if (d->ending || got == 0) return;
    if (err.message) tg_driverexec_fail(d, "protocol", err.message, "");
    tg_err_done(&err);
    d->ending = true;
}

/* ---- the loop ------------------------------------------------------------------------------------ */

struct waiting {
    TG_VEC(struct pollfd) fds;
    TG_VEC(size_t) first; /* of each agent, its first in fds; and the end */
};

static void collect_fds(const struct tg_driverexec *d, struct waiting *w)
{
    size_t most = 2 + d->agents.count * TG_DRIVERAGENT_POLLS;
    tg_vec_reserve(&w->fds, most);
    w->fds.count = w->first.count = 0;
    tg_vec_push(&w->fds, ((struct pollfd){.fd = d->ending ? -1 : d->core.in, .events = POLLIN}));
    tg_vec_push(&w->fds, ((struct pollfd){.fd = tg_frames_has_more(&d->core) ? d->core.out : -1, .events = POLLOUT}));
    for (size_t i = 0; i < d->agents.count; i++) {
        tg_vec_push(&w->first, w->fds.count);
        w->fds.count += tg_driveragent_poll(d->agents.items[i], w->fds.items + w->fds.count);
    }
    tg_vec_push(&w->first, w->fds.count);
}

/* Until something happens, or what was planned is due. */
static void wait_for_events(const struct tg_driverexec *d, struct waiting *w, const sigset_t *mask)
{
    uint64_t next_ns = tg_driverexec_next_ns(d), now_ns = tg_clock_ns();
    struct timespec span = tg_clock_span(next_ns > now_ns ? next_ns - now_ns : 0);
    if (ppoll(w->fds.items, w->fds.count, next_ns == UINT64_MAX ? NULL : &span, mask) < 0)
        for (size_t i = 0; i < w->fds.count; i++) w->fds.items[i].revents = 0;
}

static void hear_agents(struct tg_driverexec *d, const struct waiting *w)
{
    for (size_t i = 0; i + 1 < w->first.count; i++) {
        struct tg_driveragent *a = d->agents.items[i];
        size_t at = w->first.items[i];
        short any = 0;
        if (at == w->first.items[i + 1]) continue;
        for (size_t k = at; k < w->first.items[i + 1]; k++) any |= w->fds.items[k].revents;
        if (any) tg_driverexec_hear(d, a, w->fds.items[at + 2].revents != 0);
    }
}

static void flush_all(struct tg_driverexec *d)
{
    if (!tg_frames_flush(&d->core)) d->ending = true;
    for (size_t i = 0; i < d->agents.count; i++)
        if (d->agents.items[i]->pid) tg_driveragent_flush(d->agents.items[i]);
}

/* False when all is over. */
static bool go_round(struct tg_driverexec *d, struct waiting *w, const sigset_t *mask)
{
    if (told_to_end) d->ending = true;
    tg_driverexec_tend(d, tg_clock_ns());
    tg_driverexec_tell(d, tg_clock_ns());
    flush_all(d);
    if (d->ending) {
        bool any = false;
        for (size_t i = 0; i < d->agents.count; i++) any |= d->agents.items[i]->pid != 0;
        if (!any) return false;
    }
    collect_fds(d, w);
    wait_for_events(d, w, mask);
    hear_core(d);
    hear_agents(d, w);
    return true;
}

/* All is over: what still waits to be written goes out, if it is read within a while. */
static void say_closed(struct tg_driverexec *d)
{
    uint64_t until_ns = tg_clock_ns() + UINT64_C(2000000000), now_ns;
    tg_frames_begin(&d->core, "closed");
    tg_frames_end(&d->core, NULL, 0);
    while (tg_frames_flush(&d->core) && tg_frames_has_more(&d->core) && (now_ns = tg_clock_ns()) < until_ns) {
        struct pollfd fd = {.fd = d->core.out, .events = POLLOUT};
        poll(&fd, 1, (int)((until_ns - now_ns) / 1000000) + 1);
    }
}

static void tear_down_driver(struct tg_driverexec *d)
{
    for (size_t i = 0; i < d->agents.count; i++) tg_driveragent_free(d->agents.items[i]);
    tg_vec_done(&d->agents);
    while (d->queue.count) tg_driverexec_drop(d, d->queue.count - 1);
    tg_vec_done(&d->queue);
    tg_buf_done(&d->open);
    tg_buf_done(&d->joined);
    tg_buf_done(&d->left);
    tg_buf_done(&d->trouble);
    tg_buf_done(&d->advice);
    tg_driverplaces_done(&d->places);
    tg_frames_done(&d->core);
}

static void say_hello(struct tg_driverexec *d)
{
    tg_frames_begin(&d->core, "hello");
    tg_frames_int(&d->core, "protocol", TG_FRAMES_PROTOCOL);
    tg_frames_text(&d->core, "engine", "exec");
    tg_frames_json(&d->core, "versions", "{\"tgrun\":\"" TG_VERSION "\"}");
    tg_frames_bool(&d->core, "tls", false);
    tg_frames_end(&d->core, NULL, 0);
}

/* Requests to end are seen only while it waits; those of a terminal are the run's affair. */
static void watch_for_end(sigset_t *waits)
{
    sigset_t end;
    struct sigaction action = {.sa_handler = note_end};
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, waits);
    sigdelset(waits, SIGTERM);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
}

/* Each agent takes some descriptors. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

bool tg_driverexec_is_called(void)
{
    struct stat st;
    return fstat(0, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

int tg_driverexec_main(void)
{
    static struct tg_driverexec d;
    struct waiting w = {0};
    sigset_t waits;
    int in, out;
    prctl(PR_SET_NAME, "tg-driver");
    watch_for_end(&waits);
    raise_limit();
    if (!tg_frames_take_standard(&in, &out)) return TG_EXIT_CANNOT;
    tg_frames_init(&d.core, in, out);
    say_hello(&d);
    while (go_round(&d, &w, &waits)) {}
    say_closed(&d);
    tg_vec_done(&w.fds);
    tg_vec_done(&w.first);
    tear_down_driver(&d);
    return TG_EXIT_OK;
}
