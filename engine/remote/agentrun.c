/* SPDX-License-Identifier: MIT
 * The executor of an agent is one of a pool of one, and a parcel is sent to it as a member of a run sends a batch. Nothing that its
 * results hold is read here: they go on as they are. */
#include "engine/remote/agentrun.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/remote/wire.h"
#include "engine/value/list.h"
#include "engine/value/mapped.h"

/* How often a parcel is sent to an executor that has ended before it came. */
#define SENDS_MAX 3

/* ---- the executor -------------------------------------------------------------------------------- */

/* The lists of the greeting; false: it is nonsense. */
static bool open_greeting(tg_value greeting, tg_value *plugins, tg_value *externs)
{
    if (tg_kind(greeting) != TG_LIST || tg_list_of(greeting)->count != 2) return false;
    *plugins = tg_list_of(greeting)->items[0];
    *externs = tg_list_of(greeting)->items[1];
    return tg_kind(*plugins) == TG_LIST && tg_kind(*externs) == TG_LIST;
}

static bool greet_pool(struct tg_agentrun *r, const struct tg_parcel *p, struct tg_err *err)
{
    static const struct tg_codec plain;
    tg_value greeting, plugins = tg_nil(), externs = tg_nil(), told = tg_nil();
    size_t used;
    if (!tg_codec_decode(&plain, p->greeting, p->greeting_bytes, &used, &greeting, err)) return false;
    bool good = open_greeting(greeting, &plugins, &externs) || tg_err_set(err, TG_EXIT_FAULT, "the greeting is nonsense");
    good = good && tg_agentfiles_tell(r->files, plugins, &told, err);
    if (good) tg_pool_greet(r->pool, told, tg_value_ref(externs));
    tg_value_unref(greeting);
    return good;
}

static void drop_pool(struct tg_agentrun *r)
{
    tg_pool_free(r->pool);
    r->pool = NULL;
    r->link = NULL;
    r->greeting.length = 0;
}

static bool is_greeted_so(const struct tg_agentrun *r, const struct tg_parcel *p)
{
    return r->pool && r->pool->memory_bytes == p->memory_bytes && r->greeting.length == p->greeting_bytes &&
           memcmp(r->greeting.data, p->greeting, p->greeting_bytes) == 0;
}

/* A pool whose executor loads what the parcel names. It stays, as all parcels of a run name the same. */
static bool have_pool(struct tg_agentrun *r, const struct tg_parcel *p, struct tg_err *err)
{
    if (is_greeted_so(r, p)) return true;
    drop_pool(r);
    if (p->memory_bytes) tg_commands_group(r->services->commands);
    r->pool = tg_pool_new(r->services, 1, p->memory_bytes, NULL);
    r->link = tg_pool_link(r->pool, 0);
    if (!greet_pool(r, p, err)) {
        drop_pool(r);
        return false;
    }
    tg_buf_add(&r->greeting, p->greeting, p->greeting_bytes);
    return true;
}

void tg_agentrun_done(struct tg_agentrun *r)
{
    if (r->sent) tg_link_drop(r->link);
    drop_pool(r);
    tg_buf_done(&r->greeting);
    tg_err_done(&r->why);
}

/* ---- beginning ----------------------------------------------------------------------------------- */

/* An executor that has nothing to do. */
static bool have_executor(struct tg_agentrun *r, const struct tg_parcel *p)
{
    struct tg_link *l = r->link;
    uint64_t began_ns = tg_clock_ns();
    r->sent = false;
    if (p->room != TG_PARCEL_AS_IT_IS) tg_link_make_room(l, p->room == TG_PARCEL_FRESH);
    r->pool->given_process = p->process;
    if (!tg_link_begin(l, &r->why)) return false;
    r->report.process = l->process;
    r->report.fresh = l->process == p->process;
    if (r->report.fresh) r->report.spawn_ns = tg_clock_ns() - began_ns;
    return true;
}

/* What the executor need not keep. */
static void tell_released(const struct tg_link *l, const struct tg_parcel *p)
{
    const uint32_t most = TG_WIRE_TEXT / sizeof *p->released;
    for (uint32_t i = 0; i < p->released_count; i += most) {
        uint32_t count = p->released_count - i < most ? p->released_count - i : most;
        tg_wire_send(l->socket, (struct tg_wire_head){.kind = TG_WIRE_RELEASE}, p->released + i, count * sizeof *p->released,
                     -1);
    }
}

/* 0 or an errno. */
static int send_buffers(struct tg_link *l, const struct tg_parcel *p)
{
    int error = 0;
    for (uint32_t i = 0; i < p->buffer_count && !error; i++) {
        int fd = tg_mapped_file(p->buffers[i].iov_base, p->buffers[i].iov_len);
        if (fd < 0 || !l->buffers.send(l->buffers.data, fd, i)) error = errno ? errno : EIO;
        if (fd >= 0) close(fd);
    }
    return error;
}

/* False: the executor has ended meanwhile. */
static bool send_parcel(struct tg_agentrun *r, const struct tg_parcel *p)
{
    struct tg_link *l = r->link;
    tell_released(l, p);
    r->report.refused = send_buffers(l, p);
    if (r->report.refused) return !l->unheard;
    tg_buf_add(&l->bytes, p->batch, p->batch_bytes);
    l->count = p->entries;
    l->next = 0;
    bool sent = tg_link_send(l);
    atomic_store(&l->page->waited, 1);
    r->report.refused = l->refused;
    r->sent = true; /* who looks at it finds that it was not */
    return sent;
}

bool tg_agentrun_begin(struct tg_agentrun *r, const uint8_t *bytes, size_t length, struct tg_err *err)
{
    struct tg_parcel p;
    struct tg_arena arena = {0};
    r->give_up_ns = 0;
    r->report = (struct tg_parcel_report){.ran = UINT32_MAX};
    tg_err_done(&r->why);
    bool good = tg_parcel_read(bytes, length, &p, &arena, err) && have_pool(r, &p, err);
    for (int i = 0; good && i < SENDS_MAX && have_executor(r, &p) && !send_parcel(r, &p); i++) {}
    tg_arena_done(&arena);
    return good;
}

/* ---- waiting ------------------------------------------------------------------------------------- */

void tg_agentrun_cancel(struct tg_agentrun *r, uint64_t grace_ns)
{
    if (!r->sent || r->give_up_ns) return;
    tg_link_drop(r->link);
    r->give_up_ns = tg_clock_ns() + grace_ns;
}

/* The executor has ended, or is ended now. */
static void note_executor_end(struct tg_agentrun *r)
{
    struct tg_link *l = r->link;
    struct tg_parcel_report *report = &r->report;
    report->ended = true;
    report->unheard = l->unheard;
    report->status = tg_link_end(l, &report->ran);
    report->died = l->ended;
    report->ran_out = l->group.ran_out;
    bool killed = report->died && WIFSIGNALED(report->status) && WTERMSIG(report->status) == SIGKILL;
    report->killed_short = killed && !report->ran_out && tg_commands_take_kill(l->pool->commands);
}

bool tg_agentrun_is_over(struct tg_agentrun *r)
{
    if (!r->sent) return true;
    enum tg_link_state state = tg_link_look(r->link, UINT32_MAX); /* no entry: of the batch */
    bool late = r->give_up_ns && tg_clock_ns() >= r->give_up_ns;
    if (state == TG_LINK_WAITS && !late) return false;
    if (state != TG_LINK_UNRUN) note_executor_end(r);
    r->sent = false;
    return true;
}

void tg_agentrun_poll(const struct tg_agentrun *r, struct pollfd fds[TG_AGENTRUN_POLLED])
{
    fds[0] = (struct pollfd){.fd = r->sent ? r->link->socket : -1, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = r->sent ? r->link->pidfd : -1, .events = POLLIN};
}

void tg_agentrun_polled(struct tg_agentrun *r, const struct pollfd fds[TG_AGENTRUN_POLLED])
{
    if (r->sent && fds[1].fd >= 0 && fds[1].revents) r->link->ended = true;
}

/* ---- reporting ----------------------------------------------------------------------------------- */

/* What the executor has said of itself in the page. */
static void note_page(struct tg_agentrun *r)
{
    const struct tg_link *l = r->link;
    const struct tg_page *page = l->page;
    struct tg_parcel_report *report = &r->report;
    report->begun = l->count ? atomic_load(&page->begun) : 0; /* else it was not sent */
    report->grouped = l->group.limits;
    report->fresh_bytes = l->fresh_bytes;
    report->resident_bytes = atomic_load(&page->resident_bytes);
    report->data_bytes = atomic_load(&page->data_bytes);
    report->lacked = atomic_load(&page->lacked);
    report->making = atomic_load(&page->making);
    report->short_of = atomic_load(&page->refused);
    report->clock_ns = tg_clock_date_ns() - (int64_t)tg_clock_ns();
    if (report->ended) report->fault = page->fault;
}

/* One that is not where it should be is empty: who reads it finds that it is no value. */
static struct tg_parcel_result *lend_results(struct tg_link *l, uint32_t count, struct tg_arena *arena)
{
    struct tg_parcel_result *results = tg_arena_alloc(arena, count * sizeof *results);
    for (uint32_t i = 0; i < count; i++) {
        const void *bytes = NULL;
        if (!tg_link_result(l, i, &results[i].page, &bytes)) results[i].page.bytes = 0;
        results[i].bytes = bytes;
    }
    return results;
}

/* All that a descriptor has; nothing where it could become shorter. */
static struct iovec map_buffer(int fd)
{
    struct stat is;
    int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &is) < 0 || is.st_size <= 0) return (struct iovec){0};
    void *at = mmap(NULL, (size_t)is.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    return at == MAP_FAILED ? (struct iovec){0} : (struct iovec){at, (size_t)is.st_size};
}

static struct iovec *map_buffers(const struct tg_buffers *from, struct tg_arena *arena)
{
    struct iovec *buffers = tg_arena_alloc(arena, from->got.count * sizeof *buffers);
    for (size_t i = 0; i < from->got.count; i++) buffers[i] = map_buffer(from->got.items[i].fd);
    return buffers;
}

void tg_agentrun_report(struct tg_agentrun *r, struct tg_buf *b)
{
    struct tg_parcel_report *report = &r->report;
    struct tg_link *l = r->link;
    struct tg_arena arena = {0};
    struct iovec *buffers = NULL;
    report->why = r->why.message;
    report->detail = r->why.detail;
    report->hint = r->why.hint;
    if (!report->why) {
        note_page(r);
        uint32_t done = atomic_load(&l->page->done);
        report->done = report->result_count = done < l->count ? done : l->count;
        report->results = lend_results(l, report->done, &arena);
        report->buffer_count = (uint32_t)l->buffers.got.count;
        report->buffers = buffers = map_buffers(&l->buffers, &arena);
    }
    tg_parcel_write_report(b, report);
    for (uint32_t i = 0; i < report->buffer_count; i++)
        if (buffers[i].iov_base) munmap(buffers[i].iov_base, buffers[i].iov_len);
    tg_arena_done(&arena);
}
