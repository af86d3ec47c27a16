/* SPDX-License-Identifier: MIT
 * One task: sent, waited for, and judged.
 *
 * When an executor ends, the page tells which entry it was at. That one has failed, unless nobody is to blame; what had not begun
 * is sent again, to another one. So a task that has an effect is never begun twice, and others only where no one can tell the
 * difference. */
#include "engine/remote/away.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/base/clock.h"
#include "engine/command/halted.h"
#include "engine/command/oom.h"
#include "engine/graph/pace.h"
#include "engine/remote/ahead.h"
#include "engine/remote/growing.h"
#include "engine/remote/pool.h"
#include "engine/remote/sealed.h"
#include "engine/remote/wreck.h"
#include "engine/run/apart.h"
#include "engine/run/instance.h"
#include "engine/run/limit.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

/* How long a task may take before what stands behind it in its batch is given to others: longer than a whole batch takes that goes
 * as expected, so that this is waited for once. */
#define PATIENCE_NS UINT64_C(3000000)

/* To read a result takes less as a rule, and then nothing is told of it. */
#define TOLD_NS 20000

/* How often a task is begun whose executor is killed by others while it runs. */
#define BEGUN_MAX 3

/* How often it is sent to one that ends before it has come to it. */
#define SENT_MAX 100

/* A task while it is waited for. */
struct away_call {
    tg_ctx *ctx;
    const tg_value *args;
    size_t count;
    struct tg_link *link;
    const struct tg_site *site;
    struct tg_limit limit;
    uint64_t give_up_ns; /* 0: it was not told to end */
    uint64_t since_ns;   /* it is waited for */
    bool late;           /* it was told to end for its limit */
    bool alone;          /* it is a batch of its own */
    bool unrun;          /* its executor could not run it: it lacked an object, perhaps */
    bool woken;          /* the run has told that it is being stopped */
    struct tg_halted halted;
    unsigned begun; /* in executors that were killed */
    unsigned sent;  /* to such as had not come to it */
};

/* ---- failures ------------------------------------------------------------------------------------ */

static bool is_effect(const struct away_call *c)
{
    return c->site->flags & TG_SITE_EFFECT;
}

static int fail(struct away_call *c, const char *why)
{
    tg_err_set(&c->ctx->err, TG_EXIT_FAILED, "%s", why);
    return TG_FAIL;
}

static int fail_unrun(struct away_call *c)
{
    if (!c->link->refused) return fail(c, "its executor could not call it");
    tg_err_set(&c->ctx->err, TG_EXIT_FAILED, "its arguments cannot be passed to an executor: %s", strerror(c->link->refused));
    return TG_FAIL;
}

static int fail_told(struct away_call *c)
{
    if (!c->late) return fail(c, "it was told to end, and did not");
    tg_limit_fail(&c->limit, &c->ctx->err);
    return TG_FAIL;
}

/* ---- memory -------------------------------------------------------------------------------------- */

/* Whether it may have failed only because those before it had left too little in its executor: a pure one runs once more, in a
 * fresh one. is_short: it is known that memory was what it lacked. */
static bool lacked_room(const struct away_call *c, uint32_t entry, bool is_short)
{
    const struct tg_link *l = c->link;
    bool fresh = l->number == 1 && entry == 0;
    return l->pool->memory_bytes && !fresh && !is_effect(c) && !c->give_up_ns && (is_short || tg_link_is_cramped(l));
}

static void hint_memory(struct tg_err *err)
{
    tg_err_hint(
        err, "Let executors use more with --worker-memory; with scheduler = \"threads\" it runs in tgrun itself, without that "
             "limit.");
}

/* What it said is that memory ran out, or may come from that. */
static void explain_shortage(struct away_call *c)
{
    struct tg_err *err = &c->ctx->err;
    uint64_t limit = c->link->pool->memory_bytes, used = limit ? tg_link_used(c->link) : 0;
    bool told = err->message && tg_oom_is_told(err->message, strlen(err->message));
    if (!limit || err->cause || (!told && (double)used < TG_OOM_NEAR * (double)limit)) return;
    struct tg_buf text = {0};
    tg_buf_text(&text, "Its executor used ");
    tg_oom_size(&text, used);
    tg_buf_text(&text, " of the ");
    tg_oom_size(&text, limit);
    tg_buf_text(&text, " that it may use (--worker-memory)");
    tg_buf_text(&text, told ? ", and got no more." : ".");
    if (err->detail) tg_buf_format(&text, "\n%s", err->detail);
    free(err->detail);
    err->detail = tg_buf_take(&text);
    if (!err->hint) hint_memory(err);
    tg_err_because(err, TG_CAUSE_MEMORY, 0);
}

static void fail_over(struct away_call *c, uint64_t limit, uint64_t lacked)
{
    struct tg_err *err = &c->ctx->err;
    struct tg_buf size = {0}, more = {0};
    tg_oom_size(&size, limit);
    tg_oom_size(&more, lacked);
    tg_err_set(err, TG_EXIT_FAILED, "it went over the %s that an executor may use (--worker-memory)", tg_buf_str(&size));
    if (lacked > 1) tg_err_detail(err, "It could not have %s more.", tg_buf_str(&more));
    hint_memory(err);
    tg_buf_done(&size);
    tg_buf_done(&more);
}

/* A plugin whose malloc gave nothing, and that did not look: it crashed when it had nearly all that it may have. */
static bool fail_near(struct away_call *c, uint64_t limit, int number)
{
    struct tg_link *l = c->link;
    double data = (double)atomic_load(&l->page->data_bytes);
    struct tg_err crash = {0};
    if (!limit || l->group.limits || data < TG_OOM_NEAR * (double)limit) return false;
    tg_wreck_crashed(l->page, number, &crash);
    fail_over(c, limit, 0);
    tg_err_detail(&c->ctx->err, "%s\n%s", crash.message, crash.detail ? crash.detail : "");
    tg_err_done(&crash);
    return true;
}

/* A crash that may be one for want of memory: it had nearly all that it may have, or malloc gave nothing and nobody looked. */
static void note_memory(struct away_call *c)
{
    struct tg_link *l = c->link;
    struct tg_err *err = &c->ctx->err;
    uint64_t limit = l->pool->memory_bytes, used = tg_link_used(l);
    bool refused = atomic_load(&l->page->refused) != 0, near = limit && (double)used >= TG_OOM_NEAR * (double)limit;
    if (!refused && !near) return;
    struct tg_buf b = {0};
    tg_buf_text(&b, refused ? "It was refused memory before (ENOMEM)" : "It had nearly all memory that it may have");
    if (limit) tg_buf_text(&b, ": its executor used "), tg_oom_size(&b, used);
    if (limit) tg_buf_text(&b, " of "), tg_oom_size(&b, limit), tg_buf_text(&b, " (--worker-memory)");
    tg_buf_char(&b, '.');
    if (err->detail) tg_buf_format(&b, "\n%s", err->detail);
    free(err->detail);
    err->detail = NULL;
    tg_err_detail(err, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
}

/* The end of the executor is one for want of memory: true if it is said. */
static bool ran_short(struct away_call *c, int status)
{
    struct tg_link *l = c->link;
    uint64_t limit = l->pool->memory_bytes, lacked = atomic_load(&l->page->lacked);
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    bool refused = lacked && WIFEXITED(status) && WEXITSTATUS(status) == TG_EXIT_CANNOT;
    if ((number == SIGKILL && l->group.ran_out) || (limit && refused)) {
        fail_over(c, limit, refused ? lacked : 0);
    } else if (refused) {
        tg_err_set(&c->ctx->err, TG_EXIT_FAILED, "its executor ran out of memory");
    } else if (number == SIGKILL && (l->starved || tg_commands_take_kill(l->pool->commands))) {
        tg_err_set(&c->ctx->err, TG_EXIT_FAILED, "the system killed its executor, as memory ran out");
    } else if (!number || number == SIGKILL || !fail_near(c, limit, number)) {
        return false;
    }
    tg_err_because(&c->ctx->err, TG_CAUSE_MEMORY, 0);
    return true;
}

/* ---- the end of an executor ---------------------------------------------------------------------- */

static void fail_killed(struct away_call *c)
{
    struct tg_err *err = &c->ctx->err;
    if (is_effect(c)) {
        tg_err_set(err, TG_EXIT_FAILED, "its executor was killed from outside while it ran");
        tg_err_hint(err, "It has an effect, so it is not begun again unless it says that it may be: with retries = 1.");
    } else {
        tg_err_set(err, TG_EXIT_FAILED, "its executor was killed from outside while it ran, %d times", BEGUN_MAX);
    }
    tg_err_because(err, TG_CAUSE_SIGNAL, SIGKILL);
}

/* It did not come to the task itself: an argument was being made again. */
static void blame_maker(struct away_call *c)
{
    uint64_t making = atomic_load(&c->link->page->making) - 1;
    struct tg_batch_task task = {(uint32_t)(making >> 32), (uint32_t)making};
    const struct tg_def *def = making == UINT64_MAX ? NULL : tg_batch_find(c->link->pool->registry, task);
    struct tg_err *err = &c->ctx->err;
    if (!def || !err->code) return;
    char *said = err->message;
    err->message = tg_alloc_format("an argument could not be made again here by '%s.%s': %s", def->plugin, def->name, said);
    free(said);
}

/* The process has ended while it was at this task. True if it may be begun again. */
static bool judge_death(struct away_call *c, uint32_t entry, int status)
{
    struct tg_err *err = &c->ctx->err;
    const struct tg_page *page = c->link->page;
    bool is_short = c->link->group.ran_out || atomic_load(&page->lacked) || atomic_load(&page->refused);
    if (c->give_up_ns) {
        fail_told(c);
    } else if (lacked_room(c, entry, is_short)) {
        return true;
    } else if (ran_short(c, status)) {
        return false;
    } else if (WIFEXITED(status)) {
        tg_err_set(err, TG_EXIT_FAILED, "it ended its process by exit(%d)", WEXITSTATUS(status));
        tg_err_because(err, TG_CAUSE_EXIT, WEXITSTATUS(status));
        tg_err_hint(err, "A task ends by returning; that it has failed is said by tg_fail.");
    } else if (WTERMSIG(status) != SIGKILL) {
        tg_wreck_crashed(c->link->page, WTERMSIG(status), err);
        note_memory(c);
    } else if (is_effect(c) || ++c->begun >= BEGUN_MAX) {
        fail_killed(c);
    } else {
        return true;
    }
    return false;
}

/* True if it may be sent once more, as it did not begin. */
static bool may_send_again(struct away_call *c)
{
    if (++c->sent < SENT_MAX) return true;
    fail(c, "its executors ended before they came to it");
    tg_wreck_explain(c->link->page, &c->ctx->err);
    return false;
}

/* The executor has ended, or speaks nonsense. TG_LINK_UNRUN: the task is to be sent to another one; TG_LINK_ENDED: it has failed. */
static enum tg_link_state survive(struct away_call *c, uint32_t entry)
{
    struct tg_link *l = c->link;
    uint32_t ran;
    if (!l->pid) return TG_LINK_UNRUN; /* one before it in the batch has ended it */
    bool unheard = l->unheard;
    int status = tg_link_end(l, &ran);
    if (atomic_load(&l->page->done) > entry) return TG_LINK_DONE; /* in the meantime */
    if (ran != entry) return may_send_again(c) ? TG_LINK_UNRUN : TG_LINK_ENDED;
    if (!unheard || l->ended || c->give_up_ns) {
        bool again = judge_death(c, entry, status);
        blame_maker(c);
        return again ? TG_LINK_UNRUN : TG_LINK_ENDED;
    }
    fail(c, "it closed the connection of its executor, or wrote to it");
    return TG_LINK_ENDED;
}

/* ---- waiting ------------------------------------------------------------------------------------- */

static bool is_run_stopped(const tg_ctx *ctx)
{
    return ctx->services->stop && atomic_load_explicit(ctx->services->stop, memory_order_relaxed) >= TG_STOP_SIGNAL;
}

/* Tells the task to end where that is to be; what stands behind it is given back, as it would take that for itself. The executor
 * hears of a stop by the signal. */
static void consider_telling(struct away_call *c, uint32_t entry, uint64_t now_ns)
{
    bool late = tg_limit_is_past(&c->limit, c->ctx, now_ns), stopped = is_run_stopped(c->ctx);
    if (c->give_up_ns || (!late && !stopped && !tg_limit_is_unneeded(c->ctx))) return;
    c->late = late;
    c->give_up_ns = now_ns + (stopped && !late ? TG_COMMAND_GRACE_NS : TG_APART_GRACE_NS);
    tg_ahead_cut(c->link);
    if (c->link->count == entry + 1) atomic_store(&c->link->page->unwanted, TG_CTX_UNWANTED); /* else it has just ended */
}

/* When it is to be looked again. */
static uint64_t next_look_at(const struct away_call *c, uint32_t entry, uint64_t now_ns)
{
    uint64_t at = c->give_up_ns ? c->give_up_ns : c->limit.end_ns;
    if (!c->give_up_ns && at && at <= now_ns) at = now_ns + TG_LIMIT_SLICE_NS; /* about to be paused */
    uint64_t slice_ns = entry + 1 < c->link->count ? PATIENCE_NS : c->ctx->unwanted || c->woken ? TG_LIMIT_SLICE_NS : 0;
    if (slice_ns && !c->give_up_ns && (!at || at > now_ns + slice_ns)) at = now_ns + slice_ns;
    return !at || at > c->halted.look_ns ? c->halted.look_ns : at;
}

static void look_halted(struct away_call *c, uint64_t now_ns)
{
    if (!tg_halted_look(&c->halted, c->link->pid, c->ctx, now_ns)) return;
    struct tg_worker *w = tg_worker_of(c->ctx);
    char *name = tg_instance_name(w->run, c->site, c->args, c->count);
    tg_halted_tell(c->ctx, "the executor", name, c->link->pid);
    free(name);
}

/* Waits for the entry. TG_LINK_WAITS: it is to be given up. */
static enum tg_link_state await(struct away_call *c, uint32_t entry)
{
    struct tg_link *l = c->link;
    enum tg_link_state state;
    while ((state = tg_link_look(l, entry)) == TG_LINK_WAITS) {
        uint64_t now_ns = tg_clock_ns();
        if (!c->since_ns) c->since_ns = now_ns;
        if (c->give_up_ns && now_ns >= c->give_up_ns) break;
        look_halted(c, now_ns);
        consider_telling(c, entry, now_ns);
        if (now_ns - c->since_ns >= PATIENCE_NS) tg_ahead_cut(l);
        tg_link_wait(l, l->count, c->woken ? -1 : c->ctx->services->wake_fd, next_look_at(c, entry, now_ns), &c->woken);
    }
    return state;
}

/* ---- results ------------------------------------------------------------------------------------- */

static char *take_said(tg_value v)
{
    return tg_kind(v) == TG_BYTES ? tg_alloc_copy(tg_str_of(v)->data, tg_str_of(v)->length) : NULL;
}

/* What the task said when it failed. */
static void read_failure(struct away_call *c, tg_value said)
{
    const struct tg_list *list = tg_kind(said) == TG_LIST ? tg_list_of(said) : NULL;
    struct tg_err *err = &c->ctx->err;
    bool whole = list && list->count == 6;
    for (size_t i = 0; whole && i < 3; i++) whole = tg_kind(list->items[i]) == TG_INT;
    if (!whole) {
        fail(c, "it failed, and its executor does not say why");
        return;
    }
    *err = (struct tg_err){.code = TG_EXIT_FAILED, .status = (uint8_t)list->items[2].i};
    if (list->items[0].i >= TG_EXIT_FAILED && list->items[0].i <= TG_EXIT_FAULT) err->code = (enum tg_exit)list->items[0].i;
    if (list->items[1].i >= 0 && list->items[1].i < TG_CAUSES) err->cause = (uint8_t)list->items[1].i;
    err->message = take_said(list->items[3]);
    err->detail = take_said(list->items[4]);
    err->hint = take_said(list->items[5]);
    if (!err->message) err->message = tg_alloc_text("it did not say why");
    explain_shortage(c);
}

/* A pinned object needs its maker: this task. */
static int take_given(struct away_call *c, tg_value take_v, tg_value *out)
{
    struct tg_batch_task task;
    *out = take_v;
    if (tg_kind(take_v) != TG_OBJECT) return TG_OK;
    bool named = tg_batch_name(c->link->pool->registry, c->ctx->def, &task);
    if (named && tg_sealed_know(take_v, task, c->args, c->count, &c->ctx->err)) return TG_OK;
    tg_value_unref(take_v);
    *out = tg_nil();
    return TG_FAIL;
}

/* What stands there in a value, lent; NULL: nothing does. */
static const tg_value *value_in(tg_value v, uint64_t place)
{
    if (tg_kind(v) == TG_LIST && place < tg_list_of(v)->count) return &tg_list_of(v)->items[place];
    if (tg_kind(v) == TG_RECORD && place < tg_record_of(v)->count) return &tg_record_of(v)->fields[place].value;
    return NULL;
}

/* An argument has come back, or what stands in one. */
static int take_same(struct away_call *c, tg_value way, tg_value *out)
{
    const struct tg_list *places = tg_kind(way) == TG_LIST ? tg_list_of(way) : NULL;
    const tg_value *found = NULL;
    for (size_t left = places ? places->count : 0; left > 0; left--) {
        tg_value place = places->items[left - 1];
        uint64_t at = tg_kind(place) == TG_INT ? (uint64_t)place.i : UINT64_MAX;
        if (left < places->count) found = value_in(*found, at);
        else found = at < c->count ? &c->args[at] : NULL;
        if (!found) break;
    }
    if (!found) return fail(c, "its executor sent back what makes no sense");
    *out = tg_value_ref(*found);
    return TG_OK;
}

static int take_sent(struct away_call *c, uint32_t status, tg_value take_v, tg_value *out)
{
    int came = TG_FAIL;
    if (status == TG_PAGE_GAVE) return take_given(c, take_v, out);
    if (status == TG_PAGE_SAME) came = take_same(c, take_v, out);
    else if (status == TG_PAGE_ADDED) came = tg_growing_replay(c->ctx, take_v, out);
    else read_failure(c, take_v);
    tg_value_unref(take_v);
    return came;
}

/* Reads a result, and says how long that took if it was long. */
static bool decode_and_tell(struct away_call *c, const struct tg_codec *codec, const void *bytes, size_t length, tg_value *out)
{
    struct tg_worker *w = tg_worker_of(c->ctx);
    size_t used;
    uint64_t began_ns = tg_worker_span(w, TG_EVENT_TRANSFER);
    bool read = tg_codec_decode(codec, bytes, length, &used, out, &c->ctx->err);
    if (began_ns && tg_clock_ns() >= began_ns + TOLD_NS)
        tg_worker_tell_span(w, TG_EVENT_TRANSFER, began_ns, c->ctx->task, length);
    return read;
}

/* When it ran, if that can be. */
static void take_times(struct away_call *c, const struct tg_page_result *result)
{
    struct tg_worker *w = tg_worker_of(c->ctx);
    if (!w->began_ns || result->began_ns > result->ended_ns || result->ended_ns > tg_clock_ns()) return;
    tg_worker_ran_away(w, result->began_ns, result->ended_ns);
}

static int take_entry_result(struct away_call *c, uint32_t entry, tg_value *out)
{
    struct tg_page_result result;
    const void *bytes;
    tg_value v;
    bool there = tg_link_result(c->link, entry, &result, &bytes);
    if (!there) return fail(c, "its executor gave a result that cannot be read");
    if (result.status == TG_PAGE_UNRUN) return fail(c, "its executor could not call it");
    if (!c->late && result.ns < UINT32_MAX) tg_pace_note(c->site, result.ns);
    take_times(c, &result);
    const struct tg_codec *codec = result.status == TG_PAGE_ADDED ? &c->link->growing_codec : &c->link->codec;
    bool read = decode_and_tell(c, codec, bytes, result.bytes, &v);
    if (c->late) { /* whatever it came to when it was told to end: what its executor keeps for that is released */
        if (read) tg_value_unref(v);
        tg_err_done(&c->ctx->err);
        return fail_told(c);
    }
    if (!read) return TG_FAIL;
    return take_sent(c, result.status, v, out);
}

/* ---- the public part ----------------------------------------------------------------------------- */

/* The entry of the batch in flight; UINT32_MAX: it is none of it. What stands before it is not asked for any more. */
static uint32_t find_entry(struct tg_link *l, tg_id task)
{
    for (uint32_t i = l->next; i < l->count; i++) {
        if (l->ids[i] != task) continue;
        l->next = i + 1;
        return i;
    }
    return UINT32_MAX;
}

/* An executor is there, whose batch is empty. */
static bool begin_alone(struct away_call *c)
{
    struct tg_worker *w = tg_worker_of(c->ctx);
    uint64_t began_ns = c->link->pid ? 0 : tg_worker_span(w, TG_EVENT_SPAWN);
    bool begun = tg_link_begin(c->link, &c->ctx->err);
    if (began_ns && begun) tg_worker_tell_span(w, TG_EVENT_SPAWN, began_ns, TG_NO_TASK, 0);
    return begun;
}

static bool send_alone(struct away_call *c)
{
    struct tg_worker *w = tg_worker_of(c->ctx);
    struct tg_link *l = c->link;
    struct tg_batch_task task;
    if (!tg_batch_name(l->pool->registry, c->ctx->def, &task))
        return fail(c, "it is of no plugin that an executor can load"), false;
    tg_ahead_leave(l);
    if (is_effect(c)) tg_link_make_room(l, false); /* it is begun only once */
    for (;;) {
        if (!begin_alone(c)) return false;
        uint64_t began_ns = tg_worker_span(w, TG_EVENT_TRANSFER);
        l->distrusted = c->unrun;
        l->once = is_effect(c);
        tg_batch_begin_entry(&l->bytes, task, (uint32_t)c->count, c->ctx->grant);
        for (size_t i = 0; i < c->count; i++)
            if (!tg_batch_add_value(&l->bytes, &l->codec, c->args[i], &c->ctx->err)) return false;
        l->ids[0] = c->ctx->task;
        l->count = l->next = 1;
        c->alone = true;
        bool sent = tg_link_send(l);
        if (began_ns) tg_worker_tell_span(w, TG_EVENT_TRANSFER, began_ns, c->ctx->task, l->bytes.length);
        if (sent) return true;
        if (!may_send_again(c)) return false;
    }
}

int tg_away_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    struct tg_worker *w = tg_worker_of(ctx);
    struct away_call c = {.ctx = ctx, .args = args, .count = count, .site = tg_run_site_of(w->run, ctx->task)};
    struct tg_pool *pool = ctx->services ? ctx->services->executors : NULL;
    if (!pool) return fail(&c, "there are no executors here");
    c.link = tg_pool_link(pool, (unsigned)(w - w->run->workers));
    c.limit = tg_limit_begin(ctx, w->run->graph, c.site);
    for (uint32_t entry = find_entry(c.link, ctx->task); true; entry = UINT32_MAX) {
        if (entry == UINT32_MAX && !send_alone(&c)) return TG_FAIL;
        if (entry == UINT32_MAX) entry = 0;
        enum tg_link_state state = await(&c, entry);
        bool ended = state == TG_LINK_ENDED;
        if (ended && (state = survive(&c, entry)) == TG_LINK_ENDED) return TG_FAIL;
        if (state == TG_LINK_DONE) {
            bool failed = c.link->page->results[entry].status == TG_PAGE_FAILED;
            if (!failed || !lacked_room(&c, entry, false)) return take_entry_result(&c, entry, out);
            tg_ahead_leave(c.link);
            tg_link_make_room(c.link, true);
            continue;
        }
        if (state == TG_LINK_WAITS) {
            tg_link_end(c.link, &(uint32_t){0});
            return fail_told(&c);
        }
        if (state == TG_LINK_UNRUN && !ended) {
            if (c.alone && c.unrun) return fail_unrun(&c);
            c.unrun = true;
        }
    }
}
