/* SPDX-License-Identifier: MIT
 * Parcels and reports of links.
 *
 * As long as a batch is out, its page says that all of it has begun, so that nothing of it is cut: what is behind an entry that takes
 * long waits for it. One that is to end, for its limit or as the run is stopped, is cancelled, which tells the task to end. */
#include "engine/remote/far.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/clock.h"
#include "engine/remote/cluster.h"
#include "engine/remote/parcel.h"
#include "engine/remote/pool.h"
#include "engine/value/mapped.h"

/* A batch is to take so many times the way there and back, and not longer than that. */
#define GOAL_WAYS 20
#define GOAL_MOST_NS UINT64_C(500000000)

/* In the place of a process that is none of ours. */
#define SOMEWHERE ((pid_t)-1)

struct tg_far {
    struct tg_cluster *cluster;
    struct tg_ticket ticket;
    enum tg_parcel_room room;          /* that the next batch is to find */
    TG_VEC(struct iovec) buffers;      /* maps of descriptors that go beside the batch */
    struct tg_buf parcel;              /* while it is written */
    struct tg_recipe_numbers released; /* that it told of */
    uint64_t sent_ns;
    uint64_t way_ns;               /* what a batch takes besides its tasks, about */
    struct tg_arena arena;         /* of the report */
    struct tg_parcel_report heard; /* lent from the ticket; result_count 0: none */
    char *refusal;                 /* why there is no executor; NULL: there is one */
    char *refusal_detail, *refusal_hint;
    int status; /* how the executor ended, as waitpid tells it */
    uint32_t ran;
};

/* ---- large texts --------------------------------------------------------------------------------- */

static bool send_far_buffer(void *link, int fd, uint32_t number)
{
    struct tg_link *l = link;
    struct tg_far *f = l->far;
    struct stat is;
    if (number != f->buffers.count || fstat(fd, &is) < 0 || !is.st_size) return false;
    void *map = mmap(NULL, (size_t)is.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) return false;
    tg_vec_push(&f->buffers, ((struct iovec){map, (size_t)is.st_size}));
    return true;
}

static void forget_sent_buffers(struct tg_far *f)
{
    for (size_t i = 0; i < f->buffers.count; i++) munmap(f->buffers.items[i].iov_base, f->buffers.items[i].iov_len);
    f->buffers.count = 0;
}

/* Those that came with the report, as descriptors. */
static void take_buffers(struct tg_link *l, const struct tg_parcel_report *r)
{
    for (uint32_t i = 0; i < r->buffer_count; i++)
        tg_buffers_take(&l->buffers, i, tg_mapped_file(r->buffers[i].iov_base, r->buffers[i].iov_len));
}

/* ---- a link -------------------------------------------------------------------------------------- */

void tg_far_attach(struct tg_link *l, struct tg_cluster *cluster)
{
    struct tg_far *f = l->far = tg_alloc_zero(sizeof *f);
    f->cluster = cluster;
    tg_cluster_ticket_init(&f->ticket);
    l->buffers.send = send_far_buffer;
}

static void drop_refusal(struct tg_far *f)
{
    free(f->refusal);
    free(f->refusal_detail);
    free(f->refusal_hint);
    f->refusal = f->refusal_detail = f->refusal_hint = NULL;
}

/* The batch that is out, if one is, is nobody's any more; what its report lends is gone. */
static void leave_batch_out(struct tg_far *f)
{
    if (f->ticket.id) tg_cluster_forget(f->cluster, &f->ticket);
    f->heard = (struct tg_parcel_report){0};
    tg_arena_done(&f->arena);
    f->ticket.out.length = 0;
}

void tg_far_detach(struct tg_link *l)
{
    struct tg_far *f = l->far;
    leave_batch_out(f);
    forget_sent_buffers(f);
    drop_refusal(f);
    tg_vec_done(&f->buffers);
    tg_vec_done(&f->released);
    tg_buf_done(&f->parcel);
    tg_cluster_ticket_done(&f->ticket);
    l->pid = 0;
    l->far = NULL;
    free(f);
}

/* Memory for results where others share one with their process. */
static bool make_far_page(struct tg_link *l)
{
    void *map = l->page ? l->page : mmap(NULL, sizeof *l->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    l->page = map == MAP_FAILED ? NULL : map;
    return l->page != NULL;
}

static uint32_t next_process(struct tg_pool *pool)
{
    pthread_mutex_lock(&pool->typing);
    uint32_t number = ++pool->processes;
    pthread_mutex_unlock(&pool->typing);
    return number;
}

/* What the last batch was refused for. */
static bool fail_refused(struct tg_far *f, struct tg_err *err)
{
    tg_err_set(err, TG_EXIT_FAILED, "%s", f->refusal);
    if (f->refusal_detail) tg_err_detail(err, "%s", f->refusal_detail);
    if (f->refusal_hint) tg_err_hint(err, "%s", f->refusal_hint);
    drop_refusal(f);
    return false;
}

bool tg_far_begin(struct tg_link *l, struct tg_err *err)
{
    struct tg_far *f = l->far;
    struct tg_err lost = {0};
    leave_batch_out(f);
    forget_sent_buffers(f);
    if (!tg_cluster_is_up(f->cluster, &lost)) {
        tg_err_set(err, TG_EXIT_FAILED, "its cluster is lost: %s", lost.message);
        if (lost.hint) tg_err_hint(err, "%s", lost.hint);
        tg_err_done(&lost);
        return false;
    }
    if (f->refusal) return fail_refused(f, err);
    if (f->ticket.fd < 0 || !make_far_page(l)) return tg_err_set(err, TG_EXIT_FAILED, "there is no memory for its results");
    if (!l->pid) l->number = 0;
    l->distrusted = true;
    l->ended = l->unheard = l->starved = l->once = false;
    l->pid = SOMEWHERE;
    l->process = next_process(l->pool);
    return true;
}

/* ---- batches ------------------------------------------------------------------------------------- */

static void reset_page(struct tg_link *l)
{
    struct tg_page *page = l->page;
    atomic_store(&page->done, 0);
    atomic_store(&page->begun, l->count);
    atomic_store(&page->limit, l->count);
    atomic_store(&page->unwanted, 0);
    atomic_store(&page->making, 0);
    atomic_store(&page->lacked, 0);
    atomic_store(&page->refused, 0);
    page->fault.signal = 0;
}

/* Objects that nobody needs any more. It is not known who gets the parcel: each says it, until one has come to who has them. */
static void tell_far_released(struct tg_link *l, struct tg_parcel *parcel)
{
    struct tg_far *f = l->far;
    f->released.count = 0;
    tg_recipe_copy_released(l->pool, &f->released);
    parcel->released = f->released.items;
    parcel->released_count = (uint32_t)f->released.count;
}

bool tg_far_send(struct tg_link *l)
{
    struct tg_far *f = l->far;
    const struct tg_buf *greeting = tg_cluster_greeting(f->cluster);
    struct tg_parcel parcel = {
        .process = l->process,
        .entries = l->count,
        .room = f->room,
        .memory_bytes = l->pool->memory_bytes,
        .greeting = (const uint8_t *)greeting->data,
        .greeting_bytes = greeting->length,
        .batch = (const uint8_t *)l->bytes.data,
        .batch_bytes = l->bytes.length,
        .buffer_count = (uint32_t)f->buffers.count,
        .buffers = f->buffers.items,
    };
    tell_far_released(l, &parcel);
    l->number++;
    l->refused = 0;
    f->sent_ns = tg_clock_ns();
    f->room = TG_PARCEL_AS_IT_IS;
    f->status = SIGKILL;
    f->ran = UINT32_MAX;
    reset_page(l);
    f->parcel.length = 0;
    tg_parcel_write(&f->parcel, &parcel);
    tg_cluster_submit(f->cluster, &f->ticket, f->parcel.data, f->parcel.length, l->once);
    tg_buffers_sent(&l->buffers);
    forget_sent_buffers(f);
    return true;
}

void tg_far_make_room(struct tg_link *l, bool any)
{
    l->far->room = any ? TG_PARCEL_FRESH : TG_PARCEL_ROOMY;
    if (any) l->number = 0;
}

void tg_far_drop(struct tg_link *l)
{
    tg_cluster_cancel(l->far->cluster, &l->far->ticket);
}

/* ---- reports ------------------------------------------------------------------------------------- */

static char *copy_far_text(const char *text)
{
    return text ? tg_alloc_text(text) : NULL;
}

static void take_refusal(struct tg_link *l, const char *why, const char *detail, const char *hint)
{
    struct tg_far *f = l->far;
    drop_refusal(f);
    f->refusal = tg_alloc_text(why);
    f->refusal_detail = copy_far_text(detail);
    f->refusal_hint = copy_far_text(hint);
    l->pid = 0; /* whoever begins another batch hears of it */
}

/* When a task ran, by our clock; the clocks of machines differ, so that it may have been at no time that can be. */
static void settle_times(struct tg_page_result *r, int64_t ahead_ns)
{
    bool ran = r->began_ns && r->began_ns <= r->ended_ns;
    int64_t began = (int64_t)r->began_ns + ahead_ns, ended = (int64_t)r->ended_ns + ahead_ns;
    bool fits = ran && began > 0 && (uint64_t)ended <= tg_clock_ns();
    r->began_ns = fits ? (uint64_t)began : 0;
    r->ended_ns = fits ? (uint64_t)ended : 0;
}

static void take_results(struct tg_link *l, const struct tg_parcel_report *r)
{
    int64_t here_ns = tg_clock_date_ns() - (int64_t)tg_clock_ns(), ahead_ns = r->clock_ns - here_ns;
    if (ahead_ns > -1000000 && ahead_ns < 1000000) ahead_ns = 0; /* it is this machine */
    uint32_t count = r->result_count < l->count ? r->result_count : l->count;
    for (uint32_t i = 0; i < count; i++) {
        l->page->results[i] = r->results[i].page;
        l->page->results[i].offset = TG_PAGE_APART;
        settle_times(&l->page->results[i], ahead_ns);
    }
    atomic_store(&l->page->done, count);
}

/* What the way there and back takes, as a mean of which the last ones count most. */
static void note_way_of_batch(struct tg_far *f, const struct tg_parcel_report *r)
{
    uint64_t all_ns = tg_clock_ns() - f->sent_ns, own_ns = r->spawn_ns;
    for (uint32_t i = 0; i < r->result_count; i++) own_ns += r->results[i].page.ns;
    uint64_t way_ns = all_ns > own_ns ? all_ns - own_ns : 0;
    f->way_ns = f->way_ns ? (f->way_ns * 7 + way_ns) / 8 : way_ns;
}

uint64_t tg_far_goal_ns(const struct tg_link *l, uint64_t least_ns)
{
    uint64_t goal_ns = l->far->way_ns * GOAL_WAYS;
    return goal_ns < least_ns ? least_ns : goal_ns > GOAL_MOST_NS ? GOAL_MOST_NS : goal_ns;
}

static void take_memory(struct tg_link *l, const struct tg_parcel_report *r)
{
    l->fresh_bytes = r->fresh_bytes;
    l->group.limits = r->grouped;
    l->group.ran_out = r->ran_out;
    l->starved = r->killed_short;
    atomic_store(&l->page->resident_bytes, r->resident_bytes);
    atomic_store(&l->page->data_bytes, r->data_bytes);
    atomic_store(&l->page->lacked, r->lacked);
    atomic_store(&l->page->refused, r->short_of);
}

/* The path of a plugin there, behind a folder that is gone when somebody reads it: that of its file here. */
static void name_file_here(const struct tg_cluster *c, char object[TG_FAULT_OBJECT_BYTES])
{
    object[TG_FAULT_OBJECT_BYTES - 1] = 0;
    const char *path = *object ? tg_cluster_file(c, object) : NULL;
    char *whole = path ? realpath(path, NULL) : NULL;
    if (whole && strlen(whole) < TG_FAULT_OBJECT_BYTES) memcpy(object, whole, strlen(whole) + 1);
    free(whole);
}

static void take_report(struct tg_link *l)
{
    struct tg_far *f = l->far;
    struct tg_parcel_report *r = &f->heard;
    struct tg_err err = {0};
    if (!tg_parcel_read_report((const uint8_t *)f->ticket.out.data, f->ticket.out.length, r, &f->arena, &err)) {
        *r = (struct tg_parcel_report){0};
        tg_err_done(&err);
        l->unheard = true;
        f->ran = l->next ? l->next - 1 : 0;
        return;
    }
    if (r->why) {
        take_refusal(l, r->why, r->detail, r->hint);
        return;
    }
    l->process = r->process;
    if (r->fresh) l->number = 1;
    l->refused = r->refused;
    if (f->released.count) tg_recipe_drop_released(l->pool, &f->released, r->process);
    take_memory(l, r);
    take_buffers(l, r);
    take_results(l, r);
    note_way_of_batch(f, r);
    atomic_store(&l->page->begun, r->begun < l->count ? r->begun : l->count);
    atomic_store(&l->page->making, r->making);
    l->page->fault = r->fault;
    for (size_t i = 0; i < TG_FAULT_FRAMES; i++) name_file_here(f->cluster, l->page->fault.frames[i].object);
    f->ran = r->ran;
    f->status = r->status;
    l->ended = r->ended && r->died;
    l->unheard = r->unheard || (r->ended && !r->died);
}

/* Who ran it is gone, and with it what is known of how far it was: the entry that is waited for had begun. */
static void take_loss(struct tg_link *l)
{
    l->far->status = SIGKILL;
    l->far->ran = l->next ? l->next - 1 : 0;
    l->ended = true;
}

static void take_answer(struct tg_link *l)
{
    struct tg_far *f = l->far;
    enum tg_ticket_end end = tg_cluster_ticket_end(&f->ticket);
    tg_cluster_forget(f->cluster, &f->ticket);
    if (end == TG_TICKET_DONE) take_report(l);
    else if (end == TG_TICKET_REFUSED) take_refusal(l, f->ticket.said ? f->ticket.said : "no executor took it", NULL, NULL);
    else take_loss(l);
}

enum tg_link_state tg_far_look(struct tg_link *l, uint32_t entry)
{
    struct tg_far *f = l->far;
    if (f->ticket.id && tg_cluster_ticket_end(&f->ticket)) take_answer(l);
    if (l->page && atomic_load(&l->page->done) > entry) return TG_LINK_DONE;
    if (!l->pid) return TG_LINK_ENDED;
    if (f->ticket.id) return TG_LINK_WAITS;
    return l->ended || l->unheard ? TG_LINK_ENDED : TG_LINK_UNRUN;
}

static bool is_to_end(const struct tg_link *l)
{
    const struct tg_services *s = l->pool->services;
    bool stopped = s->stop && atomic_load_explicit(s->stop, memory_order_relaxed) >= TG_STOP_SIGNAL;
    return stopped || atomic_load(&l->page->unwanted);
}

void tg_far_wait(struct tg_link *l, int wake_fd, uint64_t until_ns, bool *woken)
{
    struct tg_far *f = l->far;
    struct pollfd fds[] = {{.fd = f->ticket.fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
    if (!f->ticket.id || tg_cluster_ticket_end(&f->ticket)) return;
    if (is_to_end(l)) tg_far_drop(l);
    uint64_t now_ns = until_ns ? tg_clock_ns() : 0;
    struct timespec rest = tg_clock_span(until_ns > now_ns ? until_ns - now_ns : 0);
    ppoll(fds, TG_COUNT(fds), until_ns ? &rest : NULL, NULL);
    if (wake_fd >= 0 && fds[1].revents) *woken = true;
}

int tg_far_end(struct tg_link *l, uint32_t *ran)
{
    struct tg_far *f = l->far;
    *ran = UINT32_MAX;
    if (!l->pid) return 0;
    if (f->ticket.id) {
        tg_cluster_forget(f->cluster, &f->ticket);
        take_loss(l);
    }
    *ran = f->ran < l->count && f->ran >= atomic_load(&l->page->done) ? f->ran : UINT32_MAX;
    l->pid = 0;
    return f->status;
}

bool tg_far_result(struct tg_link *l, uint32_t entry, struct tg_page_result *result, const void **bytes)
{
    const struct tg_parcel_report *r = &l->far->heard;
    if (entry >= r->result_count) return false;
    *result = l->page->results[entry];
    *bytes = r->results[entry].bytes;
    return true;
}
