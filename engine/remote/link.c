/* SPDX-License-Identifier: MIT
 * Starting, telling, hearing and ending an executor. */
#include "engine/remote/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/command/claim.h"
#include "engine/command/spawn.h"
#include "engine/remote/far.h"
#include "engine/remote/pool.h"
#include "engine/remote/sealed.h"
#include "engine/remote/wire.h"
#include "engine/remote/wreck.h"
#include "engine/run/apart.h"
#include "engine/value/mapped.h"

/* An executor whose connection was closed, by whichever side, ends within this, or is killed. */
#define LEAVE_NS UINT64_C(2000000000)

/* One that is not ready by then waits for something that does not come. */
#define START_NS UINT64_C(60000000000)

/* Looks at one that is about to be idle, before it is waited for. */
#define IDLE_LOOKS 200

/* A process that does not take what it is sent for so long speaks nonsense. */
#define DEAF_SECONDS 10

/* Lines of its log are kept until they have so many bytes. */
#define LINE_BYTES ((size_t)1 << 20)

/* Messages that are heard before it is looked at what else there is to do: a task may log faster than it can be read. */
#define HEAR_MAX 256

/* How often one is started that is killed by others before it is ready. */
#define STARTS_MAX 20

/* Of the memory that tasks may take: one that is idle and keeps more of it makes room for another one. */
#define SWOLLEN_PERCENT 50

/* With more than this kept, what failed could do better in another one, and what cannot be begun again gets another one. */
#define CRAMPED_PERCENT 10

static void close_fd(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static bool send_buffer(void *link, int fd, uint32_t number)
{
    struct tg_link *l = link;
    bool sent = !l->unheard && tg_wire_send(l->socket, (struct tg_wire_head){TG_WIRE_BUFFER, number, 0}, NULL, 0, fd);
    /* Else this one cannot go, for want of room for descriptors on their way: it is written with the rest. */
    l->unheard = l->unheard || (!sent && (errno == EPIPE || errno == ECONNRESET || errno == EAGAIN));
    return sent;
}

void tg_link_init(struct tg_link *l, struct tg_pool *pool, unsigned index)
{
    *l = (struct tg_link){.pool = pool, .index = index, .pidfd = -1, .socket = -1, .group = TG_CGROUP_NO_GROUP};
    l->buffers = (struct tg_buffers){.send = send_buffer, .data = l, .shares = true};
    l->objects = tg_sealed_codec(l);
    l->texts = tg_buffers_codec(&l->buffers);
    l->codec = (struct tg_codec){.objects = &l->objects, .buffers = &l->texts};
    l->growing_codec = l->codec;
    l->growing_codec.futures = true;
}

static void set_pid(struct tg_link *l, pid_t pid)
{
    l->pid = pid;
    atomic_store_explicit(&l->pool->pids[l->index], pid, memory_order_relaxed);
}

/* What belongs to a batch and is no more needed. */
static void forget_batch(struct tg_link *l)
{
    for (size_t i = 0; i < l->apart.count; i++) munmap(l->apart.items[i].map, l->apart.items[i].bytes);
    l->apart.count = 0;
    l->count = l->next = 0;
    l->bytes.length = 0;
    tg_buffers_reset(&l->buffers);
}

static struct pollfd poll_end(const struct tg_link *l)
{
    return (struct pollfd){.fd = l->pidfd, .events = POLLIN};
}

static bool is_told_to_stop(const struct tg_services *s)
{
    return s->stop && atomic_load_explicit(s->stop, memory_order_relaxed) >= TG_STOP_SIGNAL;
}

/* ---- hearing ------------------------------------------------------------------------------------- */

static void say_line(struct tg_link *l)
{
    tg_host_say(l->pool->services, tg_buf_str(&l->line), l->line.length);
    l->line.length = 0;
}

/* A line of the log, or a piece of one. */
static void hear_log(struct tg_link *l, const struct tg_wire *m)
{
    tg_buf_add(&l->line, m->text, m->length);
    if (!m->head.more || l->line.length >= LINE_BYTES) say_line(l);
}

/* A result that lies in a descriptor; one that is shorter than was said is none. */
static void hear_result(struct tg_link *l, const struct tg_wire *m)
{
    struct stat is;
    int seals = fcntl(m->fd, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(m->fd, &is) < 0 || (uint64_t)is.st_size < m->head.more) return;
    void *map = mmap(NULL, (size_t)m->head.more, PROT_READ, MAP_PRIVATE, m->fd, 0);
    if (map != MAP_FAILED) tg_vec_push(&l->apart, ((struct tg_link_apart){m->head.number, map, (size_t)m->head.more}));
}

static void hear_one(struct tg_link *l, struct tg_wire *m)
{
    l->heard++;
    if (m->head.kind == TG_WIRE_LOG) {
        hear_log(l, m);
    } else if (m->head.kind == TG_WIRE_BUFFER) {
        tg_buffers_take(&l->buffers, m->head.number, m->fd);
        m->fd = -1;
    } else if (m->head.kind == TG_WIRE_RESULT && m->fd >= 0) {
        hear_result(l, m);
    }
    close_fd(&m->fd);
}

/* It has sent more than was heard, or is about to. */
static bool has_said_more(const struct tg_link *l)
{
    return l->heard != atomic_load(&l->page->said);
}

/* Takes a message that is there, and others up to what it had said it sends, or all that are there. False if there may be more of
 * what it had said. */
static bool hear(struct tg_link *l, bool all)
{
    struct tg_wire m;
    uint32_t said = atomic_load(&l->page->said);
    int got = l->unheard ? 0 : 1;
    for (unsigned i = 0; i < HEAR_MAX && got > 0 && (!i || all || (int32_t)(said - l->heard) > 0); i++) {
        got = tg_wire_receive(l->socket, &m, false);
        if (got > 0) hear_one(l, &m);
    }
    if (got < 0) l->unheard = true;
    return got <= 0 || (int32_t)(said - l->heard) <= 0;
}

/* ---- memory -------------------------------------------------------------------------------------- */

uint64_t tg_link_used(const struct tg_link *l)
{
    const _Atomic uint64_t *used = l->group.limits ? &l->page->resident_bytes : &l->page->data_bytes;
    return atomic_load_explicit(used, memory_order_relaxed);
}

/* It keeps more than so much of what its tasks may take: the next one could be left with too little. */
static bool keeps(const struct tg_link *l, unsigned percent)
{
    uint64_t limit = l->pool->memory_bytes, fresh = l->fresh_bytes, used = limit ? tg_link_used(l) : 0;
    return used > fresh && used - fresh > (limit > fresh ? limit - fresh : 0) / 100 * percent;
}

bool tg_link_is_cramped(const struct tg_link *l)
{
    return keeps(l, CRAMPED_PERCENT);
}

/* ---- starting ------------------------------------------------------------------------------------ */

static struct tg_page *map_page(int fd)
{
    void *page = mmap(NULL, sizeof(struct tg_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return page == MAP_FAILED ? NULL : page;
}

/* The memory for one more process, whose descriptor is given. What was shared with the one before is gone with it. */
static int make_page(struct tg_link *l)
{
    if (l->page) munmap(l->page, sizeof *l->page);
    l->page = NULL;
    int fd = memfd_create("tgrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    bool made = fd >= 0 && ftruncate(fd, sizeof(struct tg_page)) == 0 &&
                fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0 && (l->page = map_page(fd));
    if (made) return fd;
    int error = errno;
    close_fd(&fd);
    errno = error;
    return -1;
}

static int above_standard(int fd)
{
    int high = fd >= 0 && fd <= STDERR_FILENO ? fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : fd;
    if (high != fd) close(fd);
    return high;
}

/* Where no group can be made, the process has a limit of its own. */
static void make_group(struct tg_link *l, struct tg_guard *guard)
{
    struct tg_cgroup_home *home = l->pool->memory_bytes ? tg_guard_groups(guard) : NULL;
    l->group = TG_CGROUP_NO_GROUP;
    if (home) tg_cgroup_make(home, l->pool->memory_bytes, &l->group);
}

static void end_group(struct tg_link *l, struct tg_guard *guard)
{
    if (l->group.fd < 0) return;
    tg_cgroup_end(tg_guard_groups(guard), &l->group);
    if (l->group.ran_out) tg_commands_know_kills(l->pool->commands);
}

/* Starts the program at the other end of the socket; 0 or an errno. */
static int spawn_executor(struct tg_link *l, int socket)
{
    struct tg_guard *guard = tg_commands_guard(l->pool->commands);
    char *argv[] = {(char *)"tgrun", (char *)"exec", NULL};
    int error = tg_guard_start(guard), out = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (!error && out < 0) error = errno;
    if (!error && !(l->entry = tg_guard_take(guard, "", 0))) error = EAGAIN;
    if (!error) {
        struct tg_buf mark = {0};
        tg_guard_mark(guard, l->entry, &mark);
        make_group(l, guard);
        struct tg_spawn spawn = {.program = l->pool->program, .argv = argv, .mark = mark.data, .stdin_fd = socket};
        spawn.stdout_fd = out;
        spawn.data_bytes = l->pool->memory_bytes;
        spawn.group_fd = l->group.procs_fd;
        spawn.stderr_fd = out;
        spawn.entry = l->entry;
        error = tg_spawn(&spawn);
        l->group.limits = l->group.fd >= 0 && !spawn.group_failed;
        tg_cgroup_close(&l->group);
        if (error) tg_guard_release(guard, l->entry);
        if (error && spawn.exec_failed) tg_spawn_wait(spawn.pid);
        if (error) end_group(l, guard);
        if (!error) set_pid(l, spawn.pid), l->pidfd = spawn.pidfd;
        tg_buf_done(&mark);
    }
    close_fd(&out);
    return error;
}

static bool fail_to_start(struct tg_err *err, const char *why)
{
    tg_err_set(err, TG_EXIT_FAILED, "cannot start an executor for it: %s", why);
    return false;
}

/* Waits for the answer, for the end, or for the run to be stopped; false if that took too long. */
static bool wait_for_answer(struct pollfd *fds, nfds_t count, uint64_t until_ns)
{
    uint64_t now_ns = tg_clock_ns();
    if (now_ns >= until_ns) return false;
    struct timespec rest = tg_clock_span(until_ns - now_ns);
    ppoll(fds, count, &rest, NULL);
    return true;
}

/* The answer to the greeting, behind what plugins have logged as they were loaded, which may take its time. False: none will come,
 * or none has come in time (*late), or the run is stopped meanwhile. */
static bool hear_answer(struct tg_link *l, struct tg_wire *m, bool *late)
{
    const struct tg_services *s = l->pool->services;
    uint64_t until_ns = tg_clock_ns() + START_NS;
    struct pollfd fds[] = {{.fd = l->socket, .events = POLLIN}, poll_end(l), {.fd = s->wake_fd, .events = POLLIN}};
    bool may_stop = !is_told_to_stop(s);
    int got;
    while ((got = tg_wire_receive(l->socket, m, false)) >= 0) {
        if (got > 0 && m->head.kind == TG_WIRE_READY) return true;
        if (may_stop && is_told_to_stop(s)) break;
        if (got > 0) {
            hear_one(l, m);
            continue;
        }
        if (fds[1].revents) break;
        if ((*late = !wait_for_answer(fds, TG_COUNT(fds), until_ns))) break;
        if (fds[2].revents) fds[2].fd = -1; /* it stays readable */
    }
    return false;
}

/* Tells it what to load, and waits until it has. */
static bool greet_process(struct tg_link *l, int page_fd, struct tg_err *err)
{
    const struct tg_buf *greeting = &l->pool->greeting;
    struct tg_wire m = {.fd = -1};
    if (greeting->length > TG_PAGE_BATCH_BYTES) return fail_to_start(err, "there are too many plugins");
    memcpy(l->page->batch, greeting->data, greeting->length);
    tg_recipe_begin_process(l);
    atomic_store(&l->page->measures, l->pool->memory_bytes != 0);
    struct tg_wire_head hello = {TG_WIRE_HELLO, (uint32_t)greeting->length, l->process};
    bool late = false, ready = tg_wire_send(l->socket, hello, NULL, 0, page_fd) && hear_answer(l, &m, &late);
    if (ready) close_fd(&m.fd);
    if (!ready) {
        fail_to_start(err, late ? "it was not ready within a minute" : "it ended at its start");
        if (late) tg_err_hint(err, "It loads the plugins: one of them may wait for something in its init.");
        else if (l->pool->memory_bytes) tg_err_hint(err, "It may need more memory than it may use: --worker-memory.");
        return false;
    }
    l->fresh_bytes = tg_link_used(l);
    if (!m.length) return true;
    char *why = tg_alloc_copy(m.text, m.length);
    fail_to_start(err, why);
    free(why);
    return false;
}

/* Starts the process at the other end of a connection; 0 or an errno. */
static int open_process(struct tg_link *l, int *page_fd)
{
    int ends[2] = {-1, -1};
    *page_fd = make_page(l);
    int error = *page_fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? errno : 0;
    l->socket = above_standard(ends[0]);
    setsockopt(l->socket, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){.tv_sec = DEAF_SECONDS}, sizeof(struct timeval));
    ends[1] = above_standard(ends[1]);
    if (!error) error = spawn_executor(l, ends[1]);
    close_fd(&ends[1]);
    if (!error) return 0;
    close_fd(page_fd);
    close_fd(&l->socket);
    return error;
}

static bool is_stopped_since(const void *services)
{
    return is_told_to_stop(services);
}

static bool never(const void *data)
{
    (void)data;
    return false;
}

/* The same; where there is too little for it, it waits for commands that end, and for others that start. */
static int open_in_turn(struct tg_link *l, int *page_fd)
{
    const struct tg_services *s = l->pool->services;
    struct tg_ctx ctx = {.services = s};
    struct tg_claim claim = {.claims = tg_commands_claims(l->pool->commands), .ctx = &ctx, .data = s};
    claim.given_up = is_told_to_stop(s) ? never : is_stopped_since;
    int error = tg_claim_begin(&claim, false) ? open_process(l, page_fd) : ECANCELED;
    while (tg_claim_is_shortage(error) && tg_claim_again(&claim, error)) error = open_process(l, page_fd);
    tg_claim_settle(&claim, false);
    return error;
}

static void fail_to_open(struct tg_err *err, int error)
{
    fail_to_start(err, strerror(error));
    if (error == EAGAIN)
        tg_err_hint(err, "Fewer workers (--jobs) need fewer processes; `ulimit -u` tells and raises the limit.");
    if (error == EMFILE)
        tg_err_hint(err, "Fewer workers (--jobs) need fewer open files; `ulimit -n` tells and raises the limit.");
}

/* *killed: others have, before it was ready. */
static bool start_process(struct tg_link *l, bool *killed, struct tg_err *err)
{
    int page_fd = -1, status = 0, error = open_in_turn(l, &page_fd);
    l->heard = l->number = 0;
    l->unheard = l->ended = false;
    if (error) fail_to_open(err, error);
    bool ready = !error && greet_process(l, page_fd, err);
    close_fd(&page_fd);
    if (!error && !ready) {
        l->unheard = true; /* what closed the connection may be its end */
        status = tg_link_end(l, &(uint32_t){0});
        if (l->ended && WIFEXITED(status) && status) tg_err_detail(err, "Its exit status was %d.", WEXITSTATUS(status));
        if (l->ended && WIFSIGNALED(status)) tg_wreck_explain(l->page, err);
    }
    *killed = l->ended && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !l->group.ran_out;
    if (!ready) close_fd(&l->socket);
    return ready;
}

/* ---- ending -------------------------------------------------------------------------------------- */

static bool ends_within(const struct tg_link *l, uint64_t ns)
{
    struct pollfd ended = poll_end(l);
    uint64_t now_ns = tg_clock_ns(), end_ns = now_ns + ns;
    int got = -1;
    for (; l->pidfd >= 0 && got < 0 && now_ns <= end_ns; now_ns = tg_clock_ns()) {
        struct timespec rest = tg_clock_span(end_ns - now_ns);
        got = ppoll(&ended, 1, &rest, NULL);
        if (got < 0 && errno != EINTR) break;
    }
    return got > 0;
}

/* What it has said before it ended. */
static void hear_last(struct tg_link *l)
{
    for (int i = 0; i < 2 && !hear(l, true); i++) {} /* a socket holds no more */
    if (l->line.length) say_line(l);
}

int tg_link_end(struct tg_link *l, uint32_t *ran)
{
    struct tg_guard *guard = tg_commands_guard(l->pool->commands);
    *ran = UINT32_MAX;
    if (TG_UNLIKELY(l->far)) return tg_far_end(l, ran);
    if (!l->pid) return 0;
    /* The end of a process closes its connection first. */
    l->ended = ends_within(l, l->unheard ? LEAVE_NS : 0);
    tg_guard_kill(guard, l->entry, false); /* and what it has left in its group; others are swept away when it has ended */
    struct pollfd ended = poll_end(l);
    while (l->pidfd >= 0 && poll(&ended, 1, -1) < 0 && errno == EINTR) {}
    tg_guard_sweep(guard, l->entry);
    tg_guard_release(guard, l->entry);
    struct tg_usage used;
    int status = tg_spawn_wait_used(l->pid, &used);
    tg_usage_add(&l->used, &used);
    hear_last(l);
    end_group(l, guard);
    uint32_t begun = atomic_load(&l->page->begun), done = atomic_load(&l->page->done);
    if (begun > done && begun <= l->count) *ran = begun - 1;
    close_fd(&l->pidfd);
    set_pid(l, 0);
    return status;
}

static bool is_idle(const struct tg_link *l)
{
    return atomic_load(&l->page->ended) == l->number;
}

/* It has given its last result, or was told to end: a moment later it is idle. */
static void await_idle(struct tg_link *l)
{
    bool woken = false;
    uint64_t until_ns = 0, now_ns;
    for (int i = 0; i < IDLE_LOOKS && !is_idle(l); i++) atomic_signal_fence(memory_order_seq_cst);
    while (!is_idle(l) && !l->unheard && !l->ended) {
        now_ns = tg_clock_ns();
        if (!until_ns) until_ns = now_ns + (atomic_load(&l->page->unwanted) ? TG_APART_GRACE_NS : LEAVE_NS);
        if (now_ns >= until_ns) break;
        tg_link_wait(l, UINT32_MAX, -1, until_ns, &woken);
    }
    for (int i = 0; i < 2 && has_said_more(l) && !hear(l, false); i++) {} /* what nobody has asked for */
}

/* One that is idle leaves by itself, and does what its plugins have asked for at the end of a process. */
static void leave_alone(struct tg_link *l)
{
    uint32_t ran;
    bool idle = is_idle(l) && !l->unheard;
    hear_last(l);
    close_fd(&l->socket);
    l->unheard = idle; /* it has time */
    tg_link_end(l, &ran);
}

void tg_link_done(struct tg_link *l)
{
    if (l->far) tg_far_detach(l);
    if (l->pid) await_idle(l);
    if (l->pid) leave_alone(l);
    close_fd(&l->socket);
    forget_batch(l);
    if (l->page) munmap(l->page, sizeof *l->page);
    tg_vec_done(&l->apart);
    tg_buffers_done(&l->buffers);
    tg_buf_done(&l->bytes);
    tg_buf_done(&l->line);
}

void tg_link_make_room(struct tg_link *l, bool any)
{
    if (!l->pid || !l->pool->memory_bytes) return;
    if (TG_UNLIKELY(l->far)) {
        tg_far_make_room(l, any);
        return;
    }
    await_idle(l);
    if (any || tg_link_is_cramped(l)) leave_alone(l);
}

/* ---- batches ------------------------------------------------------------------------------------- */

bool tg_link_begin(struct tg_link *l, struct tg_err *err)
{
    uint32_t ran;
    if (TG_UNLIKELY(l->far)) {
        forget_batch(l);
        return tg_far_begin(l, err);
    }
    if (l->pid) await_idle(l);
    if (l->pid && is_idle(l) && keeps(l, SWOLLEN_PERCENT)) leave_alone(l);
    if (l->pid && (!is_idle(l) || l->unheard || l->ended)) tg_link_end(l, &ran);
    forget_batch(l);
    l->distrusted = false;
    if (l->pid) tg_recipe_tell(l);
    if (l->pid) return true;
    close_fd(&l->socket);
    bool started = false, killed = true;
    for (unsigned starts = 0; !started && killed && starts < STARTS_MAX; starts++) {
        tg_err_done(err);
        started = start_process(l, &killed, err);
    }
    return started;
}

bool tg_link_send(struct tg_link *l)
{
    struct tg_page *page = l->page;
    size_t bytes = l->bytes.length;
    int fd = -1;
    if (TG_UNLIKELY(l->far)) return tg_far_send(l);
    tg_buffers_sent(&l->buffers);
    l->number++;
    l->refused = 0;
    atomic_store(&page->begun, 0);
    atomic_store(&page->done, 0);
    atomic_store(&page->unwanted, 0);
    atomic_store(&page->waited, 0);
    atomic_store(&page->making, 0);
    atomic_store(&page->limit, l->count);
    if (bytes <= TG_PAGE_BATCH_BYTES) memcpy(page->batch, l->bytes.data, bytes);
    else if ((fd = tg_mapped_file(l->bytes.data, bytes)) < 0) l->refused = errno, bytes = 0;
    bool sent = tg_wire_send(l->socket, (struct tg_wire_head){TG_WIRE_BATCH, l->number, bytes}, NULL, 0, fd);
    close_fd(&fd);
    l->unheard = l->unheard || !sent;
    return sent;
}

void tg_link_drop(struct tg_link *l)
{
    if (!l->pid || l->next >= l->count) return;
    atomic_store(&l->page->limit, 0);
    atomic_store(&l->page->unwanted, TG_CTX_UNWANTED);
    l->next = l->count;
    if (TG_UNLIKELY(l->far)) tg_far_drop(l);
}

/* ---- looking ------------------------------------------------------------------------------------- */

enum tg_link_state tg_link_look(struct tg_link *l, uint32_t entry)
{
    if (TG_UNLIKELY(l->far)) return tg_far_look(l, entry);
    if (!l->pid) return atomic_load(&l->page->done) > entry ? TG_LINK_DONE : TG_LINK_ENDED;
    bool over = is_idle(l);
    bool done = atomic_load(&l->page->done) > entry;
    if (has_said_more(l) && !hear(l, false)) return TG_LINK_WAITS;
    if (done) return TG_LINK_DONE;
    if (over) return TG_LINK_UNRUN;
    return l->unheard || l->ended ? TG_LINK_ENDED : TG_LINK_WAITS;
}

void tg_link_wait(struct tg_link *l, uint32_t enough, int wake_fd, uint64_t until_ns, bool *woken)
{
    if (TG_UNLIKELY(l->far)) {
        tg_far_wait(l, wake_fd, until_ns, woken);
        return;
    }
    struct pollfd fds[] = {{.fd = l->socket, .events = POLLIN}, poll_end(l), {.fd = wake_fd, .events = POLLIN}};
    atomic_store(&l->page->waited, 1);
    if (atomic_load(&l->page->done) < enough && !is_idle(l)) {
        uint64_t now_ns = until_ns ? tg_clock_ns() : 0;
        struct timespec rest = tg_clock_span(until_ns > now_ns ? until_ns - now_ns : 0);
        ppoll(fds, TG_COUNT(fds), until_ns ? &rest : NULL, NULL);
        if (fds[1].revents) l->ended = true;
        if (wake_fd >= 0 && fds[2].revents) *woken = true;
    }
    atomic_store(&l->page->waited, 0);
    if (fds[0].revents || has_said_more(l)) hear(l, false);
}

bool tg_link_result(struct tg_link *l, uint32_t entry, struct tg_page_result *result, const void **bytes)
{
    *result = l->page->results[entry];
    *bytes = l->page->result_bytes + result->offset;
    if (result->offset <= TG_PAGE_RESULT_BYTES) return result->bytes <= TG_PAGE_RESULT_BYTES - result->offset;
    if (TG_UNLIKELY(l->far)) return tg_far_result(l, entry, result, bytes);
    for (size_t i = 0; i < l->apart.count; i++) {
        if (l->apart.items[i].entry != entry) continue;
        *bytes = l->apart.items[i].map;
        return result->bytes <= l->apart.items[i].bytes;
    }
    return false;
}
