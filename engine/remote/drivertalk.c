/* SPDX-License-Identifier: MIT
 * Listening to a driver that is tested. Whatever it says is compared with what it may say at that moment. */
#include "engine/remote/drivertalk.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/remote/parcel.h"
#include "engine/value/list.h"

/* It is killed if it does not end within this. */
#define GRACE_NS UINT64_C(1000000000)

/* Where something was wrong, the rest may not come: it is not waited for longer. */
#define SOON_NS UINT64_C(500000000)

/* Only the first is kept: what follows may come of it. */
#define WRONG(s, ...) ((s)->wrong.length ? (void)0 : tg_buf_format(&(s)->wrong, __VA_ARGS__))

struct tg_drivertalk_batch *tg_drivertalk_find(struct tg_drivertalk *s, int64_t id)
{
    for (size_t i = 0; i < s->batches.count; i++)
        if (s->batches.items[i].id == id) return &s->batches.items[i];
    return NULL;
}

/* ---- workers ------------------------------------------------------------------------------------- */

static bool knows_worker(const struct tg_drivertalk *s, const char *name)
{
    for (size_t i = 0; i < s->workers.count; i++)
        if (strcmp(s->workers.items[i], name) == 0) return true;
    return false;
}

/* Its slots; 0: it is described wrongly. */
static int64_t meet_worker(struct tg_drivertalk *s, tg_value worker)
{
    static const char name_key[] = "name", slots_key[] = "slots";
    const tg_value *name = NULL, *slots = NULL;
    if (tg_kind(worker) == TG_RECORD) {
        name = tg_record_find(worker, name_key, strlen(name_key));
        slots = tg_record_find(worker, slots_key, strlen(slots_key));
    }
    if (!name || tg_kind(*name) != TG_STR || !tg_str_of(*name)->length || !slots || tg_kind(*slots) != TG_INT || slots->i <= 0)
        return 0;
    if (!knows_worker(s, tg_str_of(*name)->data)) tg_vec_push(&s->workers, tg_alloc_text(tg_str_of(*name)->data));
    return slots->i;
}

static void hear_slots(struct tg_drivertalk *s, const struct tg_frame *m)
{
    tg_value workers = tg_frame_get(m, "workers");
    int64_t told = tg_frame_int(m, "slots", -1), sum = 0;
    if (tg_kind(workers) != TG_LIST) {
        WRONG(s, "'%s' has no list of workers", m->kind);
        return;
    }
    for (size_t i = 0; i < tg_list_of(workers)->count; i++) {
        int64_t slots = meet_worker(s, tg_list_of(workers)->items[i]);
        if (slots == 0) WRONG(s, "'%s' has a worker without a name or without slots", m->kind);
        sum += slots;
    }
    if (sum != told) WRONG(s, "'%s' says %" PRId64 " slots, but its workers have %" PRId64, m->kind, told, sum);
    s->slots = told;
    s->slots_told++;
}

/* ---- answers ------------------------------------------------------------------------------------- */

/* Whether the first output is the report of an agent that has run the batch's one entry. */
static bool is_report(const uint8_t *bytes, size_t length)
{
    struct tg_parcel_report report;
    struct tg_arena arena = {0};
    struct tg_err err = {0};
    bool good = tg_parcel_read_report(bytes, length, &report, &arena, &err) && report.done == 1;
    tg_err_done(&err);
    tg_arena_done(&arena);
    return good;
}

/* The lengths of outputs that are not kept, together; the first one's in *first. -1: they are described wrongly. */
static int64_t sum_outs(const struct tg_frame *m, int64_t *first)
{
    tg_value outs = tg_frame_get(m, "outs");
    int64_t sum = 0;
    if (tg_kind(outs) != TG_LIST || tg_list_of(outs)->count == 0) return -1;
    for (size_t i = 0; i < tg_list_of(outs)->count; i++) {
        tg_value out = tg_list_of(outs)->items[i];
        const tg_value *length = tg_kind(out) == TG_RECORD ? tg_record_find(out, "length", strlen("length")) : NULL;
        const tg_value *kept = length ? tg_record_find(out, "kept", strlen("kept")) : NULL;
        bool good = length && kept && tg_kind(*length) == TG_INT && length->i >= 0 && tg_kind(*kept) == TG_BOOL;
        if (!good || length->i > TG_FRAMES_BODY || (i == 0 && tg_value_truth(*kept))) return -1;
        if (i == 0) *first = length->i;
        if (!tg_value_truth(*kept)) sum += length->i;
    }
    return sum;
}

static void check_done(struct tg_drivertalk *s, struct tg_drivertalk_batch *b, const struct tg_frame *m)
{
    int64_t first = 0, sum = sum_outs(m, &first), start = tg_frame_int(m, "start_ns", -1), end = tg_frame_int(m, "end_ns", -1);
    const char *worker = tg_frame_text(m, "worker");
    if (sum < 0) WRONG(s, "'done' of batch %" PRId64 " has no outputs [{length, kept}], the first one not kept", b->id);
    else if ((size_t)sum != m->blob_bytes)
        WRONG(s, "'done' of batch %" PRId64 " has a blob of %zu bytes, but outputs of %" PRId64, b->id, m->blob_bytes, sum);
    else b->readable = is_report(m->blob, (size_t)first);
    if (start <= 0 || end < start) WRONG(s, "'done' of batch %" PRId64 " has no start_ns before its end_ns", b->id);
    if (!knows_worker(s, worker)) WRONG(s, "batch %" PRId64 " was run by '%.60s', which is no worker", b->id, worker);
}

static void check_fail(struct tg_drivertalk *s, struct tg_drivertalk_batch *b, const struct tg_frame *m)
{
    static const char *const kinds[] = {"crash", "lost", "cancelled", "refused", "engine"};
    const char *kind = tg_frame_text(m, "kind");
    bool known = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) known |= strcmp(kind, kinds[i]) == 0;
    if (!known) WRONG(s, "'fail' of batch %" PRId64 " has the kind '%.40s', which there is not", b->id, kind);
    snprintf(b->how, sizeof b->how, "%s", kind);
    snprintf(b->message, sizeof b->message, "%s", tg_frame_text(m, "message"));
}

static void hear_answer_to(struct tg_drivertalk *s, const struct tg_frame *m)
{
    int64_t id = tg_frame_int(m, "id", -1);
    struct tg_drivertalk_batch *b = tg_drivertalk_find(s, id);
    if (!b) {
        WRONG(s, "it answered batch %" PRId64 ", which it was not given", id);
    } else if (b->answers++) {
        if (!s->twice.length) tg_buf_format(&s->twice, "batch %" PRId64 " was answered %u times", id, b->answers);
    } else if (strcmp(m->kind, "done") == 0) {
        snprintf(b->how, sizeof b->how, "done");
        check_done(s, b, m);
    } else {
        check_fail(s, b, m);
    }
}

/* ---- the rest of what it may say ----------------------------------------------------------------- */

static void hear_greeting(struct tg_drivertalk *s, const struct tg_frame *m)
{
    int64_t protocol = tg_frame_int(m, "protocol", -1);
    if (s->greeted) WRONG(s, "it greeted twice");
    if (protocol != TG_FRAMES_PROTOCOL) WRONG(s, "'hello' says protocol %" PRId64 ", not %d", protocol, TG_FRAMES_PROTOCOL);
    snprintf(s->engine, sizeof s->engine, "%s", tg_frame_text(m, "engine"));
    if (!*s->engine) WRONG(s, "'hello' names no engine");
    if (tg_kind(tg_frame_get(m, "versions")) != TG_RECORD) WRONG(s, "'hello' has no versions");
    if (tg_kind(tg_frame_get(m, "tls")) != TG_BOOL) WRONG(s, "'hello' does not say whether there is tls");
    s->greeted = true;
}

static void hear_readiness(struct tg_drivertalk *s, const struct tg_frame *m)
{
    if (s->ready) WRONG(s, "it was ready twice");
    if (tg_frame_int(m, "round_trip_ns", -1) < 0) WRONG(s, "'ready' has no round_trip_ns");
    if (tg_frame_int(m, "slots", 0) < 1) WRONG(s, "'ready' says no slots");
    s->ready = true;
    hear_slots(s, m);
}

static void hear_loss(struct tg_drivertalk *s, const struct tg_frame *m)
{
    tg_value keys = tg_frame_get(m, "keys");
    if (tg_kind(keys) != TG_LIST) {
        WRONG(s, "'gone' has no list of keys");
        return;
    }
    for (size_t i = 0; i < tg_list_of(keys)->count; i++) {
        tg_value key = tg_list_of(keys)->items[i];
        if (tg_kind(key) == TG_STR) tg_buf_format(&s->gone, "%s\n", tg_str_of(key)->data);
    }
}

static void hear_failure(struct tg_drivertalk *s, const struct tg_frame *m)
{
    s->error.length = s->error_text.length = 0;
    tg_buf_text(&s->error, tg_frame_text(m, "kind"));
    tg_buf_text(&s->error_text, tg_frame_text(m, "message"));
    if (!s->error_text.length) WRONG(s, "'error' has no message");
}

static void hear_number(struct tg_drivertalk *s, const struct tg_frame *m)
{
    s->pong = tg_frame_int(m, "n", -1);
}

static void hear_closed(struct tg_drivertalk *s, const struct tg_frame *m)
{
    (void)m;
    s->closed = true;
}

static void hear_other(struct tg_drivertalk *s, const struct tg_frame *m)
{
    (void)s, (void)m;
}

static void hear_said(struct tg_drivertalk *s, const struct tg_frame *m)
{
    static const struct {
        const char *kind;
        void (*hear)(struct tg_drivertalk *s, const struct tg_frame *m);
    } kinds[] = {{"hello", hear_greeting}, {"ready", hear_readiness}, {"slots", hear_slots}, {"done", hear_answer_to},
                 {"fail", hear_answer_to}, {"pong", hear_number},     {"gone", hear_loss},   {"error", hear_failure},
                 {"closed", hear_closed},  {"log", hear_other},       {"value", hear_other}};
    if (!s->greeted && strcmp(m->kind, "hello") != 0) WRONG(s, "its first message is '%.40s', not 'hello'", m->kind);
    if (s->closed) WRONG(s, "'%.40s' came behind 'closed'", m->kind);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].kind, m->kind) != 0) continue;
        kinds[i].hear(s, m);
        return;
    }
    WRONG(s, "it sent a message of kind '%.40s', which there is not", m->kind);
}

/* ---- listening ----------------------------------------------------------------------------------- */

/* All that is there. */
static void hear_tested(struct tg_drivertalk *s)
{
    struct tg_frame m;
    struct tg_err err = {0};
    int got;
    while ((got = tg_frames_next(&s->frames, &m, &err)) > 0) hear_said(s, &m);
    if (err.message) WRONG(s, "what it sent is no message: %s", err.message);
    tg_err_done(&err);
    if (got < 0) s->ended = true;
}

/* False when that time has come. */
static bool listen_until(struct tg_drivertalk *s, uint64_t until_ns)
{
    uint64_t now_ns = tg_clock_ns();
    if (now_ns >= until_ns) return false;
    tg_frames_flush(&s->frames);
    bool more = s->process.out >= 0 && tg_frames_has_more(&s->frames);
    struct pollfd fds[2] = {{.fd = s->ended ? -1 : s->process.in, .events = POLLIN},
                            {.fd = more ? s->process.out : -1, .events = POLLOUT}};
    struct timespec rest = tg_clock_span(until_ns - now_ns);
    ppoll(fds, 2, &rest, NULL);
    if (!s->ended) hear_tested(s);
    return true;
}

bool tg_drivertalk_await(struct tg_drivertalk *s, bool (*is_so)(struct tg_drivertalk *s, int64_t n), int64_t n)
{
    uint64_t until_ns = tg_clock_ns() + s->patience_ns, soon_ns = 0;
    while (!is_so(s, n)) {
        if (s->ended || !listen_until(s, soon_ns && soon_ns < until_ns ? soon_ns : until_ns)) return is_so(s, n);
        if (s->wrong.length && !soon_ns) soon_ns = tg_clock_ns() + SOON_NS;
    }
    return true;
}

void tg_drivertalk_listen(struct tg_drivertalk *s, uint64_t ns)
{
    uint64_t until_ns = tg_clock_ns() + ns;
    while (!s->ended && listen_until(s, until_ns)) {}
}

void tg_drivertalk_explain(struct tg_drivertalk *s, struct tg_buf *b)
{
    double seconds = (double)s->patience_ns / 1e9;
    bool over = s->closed || s->error.length;
    if (s->wrong.length) tg_buf_format(b, "%s", s->wrong.data);
    else if (over && !s->ended) tg_buf_format(b, "it has not ended %.3g s after its last message", seconds);
    else if (s->error.length) tg_buf_format(b, "it said error '%s': %s", s->error.data, tg_buf_str(&s->error_text));
    else if (s->ended) tg_buf_text(b, "the driver has ended");
    else tg_buf_format(b, "no answer within %.3g s", seconds);
}

/* ---- beginning and end --------------------------------------------------------------------------- */

bool tg_drivertalk_begin(struct tg_drivertalk *s, const char *cluster, const char *program, uint64_t patience_ns,
                         struct tg_err *err)
{
    *s = (struct tg_drivertalk){.patience_ns = patience_ns, .frames.head = tg_nil(), .pong = -1};
    if (!tg_driver_start(&s->process, cluster, program, err)) return false;
    tg_frames_init(&s->frames, s->process.in, s->process.out);
    s->alive = true;
    return true;
}

void tg_drivertalk_end(struct tg_drivertalk *s)
{
    if (s->alive) s->status = tg_driver_end(&s->process, GRACE_NS);
    s->alive = false;
    tg_frames_done(&s->frames);
    for (size_t i = 0; i < s->workers.count; i++) free(s->workers.items[i]);
    tg_vec_done(&s->workers);
    tg_vec_done(&s->batches);
    tg_buf_done(&s->error);
    tg_buf_done(&s->error_text);
    tg_buf_done(&s->gone);
    tg_buf_done(&s->wrong);
    tg_buf_done(&s->twice);
}
