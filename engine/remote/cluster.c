/* SPDX-License-Identifier: MIT
 * Tickets, and what a driver says.
 *
 * Whoever submits writes as much as the driver takes at once; the thread, which reads, writes the rest. So the lock is held for as long
 * as it takes to copy a batch or a report, and nobody waits for the driver with it. A ticket is known by its number, so that an answer
 * to one that was forgotten meets nothing. */
#include "engine/remote/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/remote/driver.h"
#include "engine/remote/frames.h"
#include "engine/remote/parcel.h"
#include "engine/store/digest.h"
#include "engine/value/list.h"

/* A driver that says nothing while batches are out is asked, and is lost when it says nothing for as long again. */
#define SILENCE_NS UINT64_C(60000000000)

/* It ends within this once it was told to, or is killed. */
#define CLOSE_NS UINT64_C(5000000000)

/* What is told with a batch beside it. */
#define BESIDE_BYTES ((size_t)4096)

/* Of the environment, as text. */
#define ENVIRONMENT_BYTES ((size_t)512 << 10)

struct tg_cluster {
    const struct tg_services *services;
    char *text;
    struct tg_driver driver;
    struct tg_buf greeting;       /* immutable once it is open, as all before `lock` */
    TG_VEC(const char *) digests; /* of plugins that have files, as they were loaded; heap */
    pthread_t thread;
    bool started; /* the thread was */
    int wake_fd;  /* an event, for the thread */
    pthread_mutex_t lock;
    struct tg_frames frames;        /* locked, as all that follows */
    TG_VEC(struct tg_ticket *) out; /* tickets */
    uint64_t last_id;
    unsigned slots;
    bool ready, lost, closing;
    struct tg_err why; /* if it is lost */
    uint64_t heard_ns; /* when it last said something */
    bool asked;        /* since */
};

/* ---- tickets ------------------------------------------------------------------------------------- */

static void set_event(int fd)
{
    uint64_t one = 1;
    if (write(fd, &one, sizeof one) < 0) {} /* it is readable already */
}

static void clear_event(int fd)
{
    uint64_t count;
    if (read(fd, &count, sizeof count) < 0) {} /* it was not readable */
}

bool tg_cluster_ticket_init(struct tg_ticket *t)
{
    *t = (struct tg_ticket){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    return t->fd >= 0;
}

void tg_cluster_ticket_done(struct tg_ticket *t)
{
    if (t->fd >= 0) close(t->fd);
    tg_buf_done(&t->out);
    free(t->said);
    *t = (struct tg_ticket){.fd = -1};
}

/* Locked. The ticket is its owner's from now on. */
static void answer_ticket(struct tg_ticket *t, enum tg_ticket_end end, const char *said)
{
    free(t->said);
    t->said = said && *said ? tg_alloc_text(said) : NULL;
    atomic_store_explicit(&t->end, (int)end, memory_order_release);
    set_event(t->fd);
}

/* Locked: takes it out of those that are out; NULL: there is none of that number. */
static struct tg_ticket *take_ticket(struct tg_cluster *c, uint64_t id)
{
    for (size_t i = 0; i < c->out.count; i++) {
        struct tg_ticket *t = c->out.items[i];
        if (t->id != id) continue;
        c->out.items[i] = c->out.items[--c->out.count];
        return t;
    }
    return NULL;
}

/* Locked. Takes the error; the first one counts. */
static void lose_cluster(struct tg_cluster *c, struct tg_err *take_why)
{
    if (!c->lost) c->why = *take_why;
    else tg_err_done(take_why);
    c->lost = true;
    set_event(c->wake_fd);
    while (c->out.count) answer_ticket(c->out.items[--c->out.count], TG_TICKET_REFUSED, c->why.message);
}

static void lose_for(struct tg_cluster *c, const char *what, const char *more)
{
    struct tg_err err = {0};
    tg_err_set(&err, TG_EXIT_CANNOT, "cluster '%s': %s%s", c->text, what, more);
    lose_cluster(c, &err);
}

/* ---- what the driver says ------------------------------------------------------------------------ */

/* Locked. Out 0 is the report, at the beginning of the blob. */
static void take_done(struct tg_cluster *c, const struct tg_frame *m)
{
    struct tg_ticket *t = take_ticket(c, (uint64_t)tg_frame_int(m, "id", 0));
    tg_value outs = tg_frame_get(m, "outs");
    const struct tg_list *list = tg_kind(outs) == TG_LIST ? tg_list_of(outs) : NULL;
    const tg_value *length = list && list->count && tg_kind(list->items[0]) == TG_RECORD
                                 ? tg_record_find(list->items[0], "length", strlen("length"))
                                 : NULL;
    if (!t) return;
    t->out.length = 0;
    if (length && tg_kind(*length) == TG_INT && length->i >= 0 && (uint64_t)length->i <= m->blob_bytes)
        tg_buf_add(&t->out, m->blob, (size_t)length->i);
    answer_ticket(t, TG_TICKET_DONE, NULL);
}

static void take_fail(struct tg_cluster *c, const struct tg_frame *m)
{
    struct tg_ticket *t = take_ticket(c, (uint64_t)tg_frame_int(m, "id", 0));
    const char *kind = tg_frame_text(m, "kind");
    bool refused = strcmp(kind, "refused") == 0 || strcmp(kind, "engine") == 0;
    if (t) answer_ticket(t, refused ? TG_TICKET_REFUSED : TG_TICKET_LOST, tg_frame_text(m, "message"));
}

static void take_slots(struct tg_cluster *c, const struct tg_frame *m)
{
    int64_t slots = tg_frame_int(m, "slots", 0);
    tg_value left = tg_frame_get(m, "left");
    c->slots = slots < 0 ? 0 : slots > UINT16_MAX ? UINT16_MAX : (unsigned)slots;
    if (tg_kind(left) != TG_LIST || c->closing) return;
    for (size_t i = 0; i < tg_list_of(left)->count; i++) {
        tg_value name = tg_list_of(left)->items[i];
        if (tg_kind(name) != TG_STR) continue;
        char *text = tg_alloc_format("warning: cluster '%s' has lost %s; it has %u slot%s now", c->text, tg_str_of(name)->data,
                                     c->slots, c->slots == 1 ? "" : "s");
        tg_host_say(c->services, text, strlen(text));
        free(text);
    }
}

static void take_driver_error(struct tg_cluster *c, const struct tg_frame *m)
{
    struct tg_err err = {0};
    const char *said = tg_frame_text(m, "message"), *hint = tg_frame_text(m, "hint");
    tg_err_set(&err, TG_EXIT_CANNOT, "cluster '%s': %s", c->text, *said ? said : "its driver failed, and does not say why");
    if (*hint) tg_err_hint(&err, "%s", hint);
    lose_cluster(c, &err);
}

static void take_driver_log(struct tg_cluster *c, const struct tg_frame *m)
{
    const char *text = tg_frame_text(m, "text");
    tg_host_say(c->services, text, strlen(text));
}

static void take_driver_ready(struct tg_cluster *c, const struct tg_frame *m)
{
    take_slots(c, m);
    c->ready = true;
    if (!c->slots) lose_for(c, "it has no slots", "");
}

static void take_driver_hello(struct tg_cluster *c, const struct tg_frame *m)
{
    if (tg_frame_int(m, "protocol", 0) != TG_FRAMES_PROTOCOL)
        lose_for(c, "its driver speaks another protocol than this tgrun", "");
}

static void take_nothing(struct tg_cluster *c, const struct tg_frame *m)
{
    (void)c, (void)m;
}

static const struct {
    const char *kind;
    void (*hear)(struct tg_cluster *c, const struct tg_frame *m);
} kinds[] = {{"done", take_done},          {"fail", take_fail},          {"log", take_driver_log},     {"slots", take_slots},
             {"hello", take_driver_hello}, {"ready", take_driver_ready}, {"error", take_driver_error}, {"value", take_nothing},
             {"gone", take_nothing},       {"pong", take_nothing},       {"closed", take_nothing}};

/* Locked. */
static void hear_frame(struct tg_cluster *c, const struct tg_frame *m)
{
    size_t i = 0;
    while (i < sizeof kinds / sizeof *kinds && strcmp(kinds[i].kind, m->kind) != 0) i++;
    if (i < sizeof kinds / sizeof *kinds) kinds[i].hear(c, m);
    else lose_for(c, "its driver says what makes no sense: ", m->kind);
}

/* Locked: all that is there. */
static void hear_driver(struct tg_cluster *c)
{
    struct tg_frame m;
    struct tg_err err = {0};
    int got;
    while (!c->lost && (got = tg_frames_next(&c->frames, &m, &err)) != 0) {
        c->heard_ns = tg_clock_ns();
        c->asked = false;
        if (got > 0) hear_frame(c, &m);
        else if (err.code) lose_for(c, "its driver says what makes no sense: ", err.message);
        else lose_for(c, "its driver has ended", "");
    }
    tg_err_done(&err);
}

/* Locked. */
static void flush_frames(struct tg_cluster *c)
{
    if (!c->lost && !tg_frames_flush(&c->frames)) hear_driver(c); /* its last words */
    if (tg_frames_has_more(&c->frames)) set_event(c->wake_fd);
}

/* Locked: batches are out, and it has said nothing for long. */
static void consider_silence(struct tg_cluster *c)
{
    if (!c->out.count || tg_clock_ns() - c->heard_ns < SILENCE_NS) return;
    if (c->asked) {
        lose_for(c, "its driver does not answer", "");
        return;
    }
    c->asked = true;
    c->heard_ns = tg_clock_ns();
    tg_frames_begin(&c->frames, "ping");
    tg_frames_int(&c->frames, "n", 1);
    tg_frames_end(&c->frames, NULL, 0);
    tg_frames_flush(&c->frames);
}

/* Waits for the driver, or others (their descriptor), and hears what it says. False: there is no more to come. */
static bool serve_driver_once(struct tg_cluster *c, int other_fd, int limit_ms)
{
    pthread_mutex_lock(&c->lock);
    bool more = tg_frames_has_more(&c->frames);
    pthread_mutex_unlock(&c->lock);
    struct pollfd fds[] = {{.fd = c->driver.in, .events = POLLIN},
                           {.fd = other_fd, .events = POLLIN},
                           {.fd = more ? c->driver.out : -1, .events = POLLOUT}};
    poll(fds, 3, limit_ms);
    if (other_fd == c->wake_fd && fds[1].revents) clear_event(c->wake_fd);
    pthread_mutex_lock(&c->lock);
    if (!tg_frames_flush(&c->frames)) fds[0].revents = POLLIN;
    if (fds[0].revents) hear_driver(c);
    consider_silence(c);
    bool on = !c->lost;
    pthread_mutex_unlock(&c->lock);
    return on;
}

static void *serve_driver(void *cluster)
{
    struct tg_cluster *c = cluster;
    while (serve_driver_once(c, c->wake_fd, (int)(SILENCE_NS / 1000000))) {}
    return NULL;
}

/* ---- opening ------------------------------------------------------------------------------------- */

bool tg_cluster_check(const char *text, struct tg_err *err)
{
    const char *rest;
    return tg_driver_name(text, &rest, err) != NULL;
}

/* Variables that say where this process runs, and as whom: elsewhere there are others. */
static bool is_of_place(const char *variable)
{
    static const char *const names[] = {"HOME=",  "PWD=",    "OLDPWD=", "HOSTNAME=", "USER=",      "LOGNAME=", "MAIL=",
                                        "SHELL=", "TMPDIR=", "TERM=",   "DISPLAY=",  "SHLVL=",     "_=",       "DBUS_",
                                        "XDG_",   "SSH_",    "SLURM_",  "TGRUN_",    "LS_COLORS=", "MAKE",     "MFLAGS="};
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++)
        found = strncmp(variable, names[i], strlen(names[i])) == 0;
    return found;
}

/* As a list, of what may go. */
static void write_variables(struct tg_buf *b)
{
    extern char **environ;
    tg_buf_char(b, '[');
    for (char **e = environ; *e && b->length < ENVIRONMENT_BYTES; e++) {
        size_t before = b->length, length = strlen(*e);
        if (is_of_place(*e) || !strchr(*e, '=')) continue;
        if (before > 1) tg_buf_char(b, ',');
        b->replaced = false;
        tg_buf_json_string(b, *e, length);
        if (b->replaced || b->length >= ENVIRONMENT_BYTES) b->length = before;
    }
    tg_buf_char(b, ']');
}

/* Files of plugins, as they are told. */
struct told_files {
    TG_VEC(struct iovec) bytes; /* maps */
    struct tg_buf list;         /* JSON */
};

static void done_with_files(struct told_files *f)
{
    for (size_t i = 0; i < f->bytes.count; i++)
        if (f->bytes.items[i].iov_len) munmap(f->bytes.items[i].iov_base, f->bytes.items[i].iov_len);
    tg_vec_done(&f->bytes);
    tg_buf_done(&f->list);
}

/* Its digest; heap. */
static const char *list_file(struct told_files *f, const char *name, struct iovec bytes, mode_t mode, bool program)
{
    struct tg_buf hex = {0};
    tg_digest_print(&hex, tg_digest_bytes(bytes.iov_base, bytes.iov_len));
    tg_buf_format(&f->list, "%s{\"hash\":\"%s\",\"name\":", f->list.length > 1 ? "," : "", tg_buf_str(&hex));
    tg_buf_json_string(&f->list, name, strlen(name));
    tg_buf_format(&f->list, ",\"mode\":%u,\"bytes\":%zu%s}", (unsigned)(mode & 0777), bytes.iov_len,
                  program ? ",\"program\":true" : "");
    tg_vec_push(&f->bytes, bytes);
    return tg_buf_take(&hex);
}

static bool map_told_file(const char *path, struct iovec *bytes, struct stat *is, struct tg_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool known = fd >= 0 && fstat(fd, is) == 0;
    size_t length = known ? (size_t)is->st_size : 0;
    void *map = length ? mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    int error = errno;
    if (fd >= 0) close(fd);
    if (map == MAP_FAILED) return tg_err_set(err, TG_EXIT_CANNOT, "cannot read '%s': %s", path, strerror(error));
    *bytes = (struct iovec){map, length};
    return true;
}

/* One that is to be the very file that was loaded. */
static bool add_told_plugin(struct tg_cluster *c, struct told_files *f, const struct tg_loaded *p, struct tg_err *err)
{
    struct stat is;
    struct iovec bytes;
    const char *slash = strrchr(p->path, '/');
    if (!map_told_file(p->path, &bytes, &is, err)) return false;
    tg_vec_push(&c->digests, list_file(f, slash ? slash + 1 : p->path, bytes, is.st_mode, false));
    uint64_t written_ns = (uint64_t)is.st_mtim.tv_sec * 1000000000 + (uint64_t)is.st_mtim.tv_nsec;
    if (is.st_dev == p->device && is.st_ino == p->inode && written_ns == p->written_ns) return true;
    return tg_err_set(err, TG_EXIT_CANNOT, "plugin '%s' has changed since this run began", p->path);
}

static bool add_told_program(struct told_files *f, const char *path, struct tg_err *err)
{
    struct stat is;
    struct iovec bytes;
    if (!map_told_file(path, &bytes, &is, err)) return false;
    free((char *)list_file(f, "tgrun", bytes, is.st_mode, true));
    return true;
}

/* Of all plugins that were loaded from files, in that order; behind them that of tgrun (NULL: not), for drivers that bring it to where
 * agents are. */
static bool add_told_files(struct tg_cluster *c, struct told_files *f, const char *program, struct tg_err *err)
{
    const struct tg_registry *r = c->services->registry;
    bool fine = true;
    tg_buf_char(&f->list, '[');
    for (size_t i = 0; i < r->plugins.count && fine; i++)
        if (r->plugins.items[i]->path) fine = add_told_plugin(c, f, r->plugins.items[i], err);
    if (fine && program) fine = add_told_program(f, program, err);
    tg_buf_char(&f->list, ']');
    return fine;
}

static void tell_run_number(struct tg_frames *frames)
{
    unsigned char bytes[16] = {0};
    char hex[2 * sizeof bytes + 1];
    if (getrandom(bytes, sizeof bytes, 0) < 0) memcpy(bytes, &(uint64_t){tg_clock_ns()}, sizeof(uint64_t));
    for (size_t i = 0; i < sizeof bytes; i++) {
        hex[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    hex[2 * sizeof bytes] = 0;
    tg_frames_text(frames, "run", hex);
}

/* Queues `open`, and writes the greeting of parcels. */
static bool tell_open(struct tg_cluster *c, const struct tg_cluster_options *o, struct tg_err *err)
{
    struct told_files files = {0};
    struct tg_buf variables = {0};
    const char *rest = c->text;
    char *folder = getcwd(NULL, 0);
    const char *name = tg_driver_name(c->text, &rest, err), *program = o->program ? o->program : "/proc/self/exe";
    bool own = name && strcmp(name, "exec") == 0;
    bool fine = name && add_told_files(c, &files, own ? NULL : program, err);
    if (fine) {
        write_variables(&variables);
        tg_parcel_greet(&c->greeting, c->services->registry, c->digests.items);
        tg_frames_begin(&c->frames, "open");
        tg_frames_int(&c->frames, "protocol", TG_FRAMES_PROTOCOL);
        tg_frames_text(&c->frames, "build", tg_frames_build());
        tg_frames_text(&c->frames, "cluster", rest);
        tell_run_number(&c->frames);
        tg_frames_json(&c->frames, "files", tg_buf_str(&files.list));
        tg_frames_text(&c->frames, "folder", folder ? folder : "/");
        tg_frames_json(&c->frames, "env", tg_buf_str(&variables));
        tg_frames_int(&c->frames, "slots_max", o->most);
        tg_frames_int(&c->frames, "memory", (int64_t)o->memory_bytes);
        tg_frames_end(&c->frames, files.bytes.items, (int)files.bytes.count);
    }
    free(folder);
    tg_buf_done(&variables);
    done_with_files(&files);
    return fine;
}

static bool is_open_stopped(const struct tg_cluster *c)
{
    const struct tg_services *s = c->services;
    return s->stop && atomic_load_explicit(s->stop, memory_order_relaxed) >= TG_STOP_SIGNAL;
}

/* Until it says that it is ready. */
static void await_ready(struct tg_cluster *c)
{
    while (!c->ready && !is_open_stopped(c) && serve_driver_once(c, c->services->wake_fd, 1000)) {}
    if (!c->ready && !c->lost) lose_for(c, "it was not ready when the run was stopped", "");
}

static void start_driver_thread(struct tg_cluster *c)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for others */
    int error = pthread_create(&c->thread, NULL, serve_driver, c);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    c->started = !error;
    if (error) lose_for(c, "cannot start a thread for it: ", strerror(error));
}

struct tg_cluster *tg_cluster_open(const struct tg_services *services, const struct tg_cluster_options *options)
{
    struct tg_cluster *c = tg_alloc_zero(sizeof *c);
    struct tg_err err = {0};
    c->services = services;
    c->text = tg_alloc_text(options->text);
    c->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    c->heard_ns = tg_clock_ns();
    pthread_mutex_init(&c->lock, NULL);
    bool started = tg_driver_start(&c->driver, c->text, options->program, &err);
    tg_frames_init(&c->frames, c->driver.in, c->driver.out);
    if (!started || !tell_open(c, options, &err)) {
        lose_cluster(c, &err);
        return c;
    }
    await_ready(c);
    if (options->most && c->slots > options->most) c->slots = options->most;
    if (!c->lost) start_driver_thread(c);
    return c;
}

void tg_cluster_close(struct tg_cluster *c)
{
    if (!c) return;
    pthread_mutex_lock(&c->lock);
    bool up = c->started && !c->lost;
    c->closing = true;
    if (up) {
        tg_frames_begin(&c->frames, "close");
        tg_frames_end(&c->frames, NULL, 0);
        flush_frames(c);
    }
    pthread_mutex_unlock(&c->lock);
    struct pollfd ended = {.fd = c->driver.pidfd, .events = POLLIN};
    if (up && poll(&ended, 1, (int)(CLOSE_NS / 1000000)) <= 0) kill(-c->driver.pid, SIGKILL);
    if (c->started) pthread_join(c->thread, NULL); /* it ends with what the driver says */
    tg_driver_end(&c->driver, CLOSE_NS);
    tg_frames_done(&c->frames);
    if (c->wake_fd >= 0) close(c->wake_fd);
    pthread_mutex_destroy(&c->lock);
    tg_err_done(&c->why);
    tg_buf_done(&c->greeting);
    for (size_t i = 0; i < c->digests.count; i++) free((char *)c->digests.items[i]);
    tg_vec_done(&c->digests);
    tg_vec_done(&c->out);
    free(c->text);
    free(c);
}

bool tg_cluster_is_up(struct tg_cluster *c, struct tg_err *err)
{
    pthread_mutex_lock(&c->lock);
    bool up = !c->lost;
    if (!up && err) {
        tg_err_set(err, TG_EXIT_CANNOT, "%s", c->why.message);
        if (c->why.hint) tg_err_hint(err, "%s", c->why.hint);
    }
    pthread_mutex_unlock(&c->lock);
    return up;
}

unsigned tg_cluster_slots(struct tg_cluster *c)
{
    pthread_mutex_lock(&c->lock);
    unsigned slots = c->slots ? c->slots : 1;
    pthread_mutex_unlock(&c->lock);
    return slots;
}

const char *tg_cluster_file(const struct tg_cluster *c, const char *path)
{
    const struct tg_registry *r = c->services->registry;
    size_t digest = 0;
    for (size_t i = 0; i < r->plugins.count; i++) {
        if (!r->plugins.items[i]->path || digest >= c->digests.count) continue;
        const char *found = strstr(path, c->digests.items[digest++]);
        if (found && found > path && found[-1] == '/') return r->plugins.items[i]->path;
    }
    return NULL;
}

const struct tg_buf *tg_cluster_greeting(const struct tg_cluster *c)
{
    return &c->greeting;
}

/* ---- batches ------------------------------------------------------------------------------------- */

/* Locked. */
static void tell_submit(struct tg_cluster *c, const struct tg_ticket *t, const void *batch, size_t bytes, bool once)
{
    struct iovec blob = {(void *)batch, bytes};
    tg_frames_begin(&c->frames, "submit");
    tg_frames_int(&c->frames, "id", (int64_t)t->id);
    tg_frames_int(&c->frames, "n", (int64_t)bytes);
    tg_frames_json(&c->frames, "in", "[]");
    tg_frames_json(&c->frames, "keep", "[]");
    tg_frames_int(&c->frames, "cores", 1);
    if (once) tg_frames_bool(&c->frames, "once", true);
    tg_frames_end(&c->frames, &blob, 1);
}

void tg_cluster_submit(struct tg_cluster *c, struct tg_ticket *t, const void *batch, size_t bytes, bool once)
{
    clear_event(t->fd);
    t->out.length = 0;
    t->cancelled = false;
    atomic_store_explicit(&t->end, TG_TICKET_OPEN, memory_order_relaxed);
    pthread_mutex_lock(&c->lock);
    t->id = ++c->last_id;
    if (c->lost) {
        answer_ticket(t, TG_TICKET_REFUSED, c->why.message);
    } else if (bytes > TG_FRAMES_BODY - BESIDE_BYTES) {
        answer_ticket(t, TG_TICKET_REFUSED, "its arguments have more than 1 GiB, which is too much for a cluster");
    } else {
        if (!c->out.count) c->heard_ns = tg_clock_ns();
        tg_vec_push(&c->out, t);
        tell_submit(c, t, batch, bytes, once);
        flush_frames(c);
    }
    pthread_mutex_unlock(&c->lock);
}

/* Locked. */
static void tell_cancel(struct tg_cluster *c, struct tg_ticket *t)
{
    if (t->cancelled || c->lost || tg_cluster_ticket_end(t)) return;
    t->cancelled = true;
    tg_frames_begin(&c->frames, "cancel");
    tg_frames_int(&c->frames, "id", (int64_t)t->id);
    tg_frames_end(&c->frames, NULL, 0);
    flush_frames(c);
}

void tg_cluster_cancel(struct tg_cluster *c, struct tg_ticket *t)
{
    pthread_mutex_lock(&c->lock);
    if (t->id) tell_cancel(c, t);
    pthread_mutex_unlock(&c->lock);
}

void tg_cluster_forget(struct tg_cluster *c, struct tg_ticket *t)
{
    pthread_mutex_lock(&c->lock);
    if (t->id && !tg_cluster_ticket_end(t)) {
        tell_cancel(c, t);
        take_ticket(c, t->id);
    }
    t->id = 0;
    pthread_mutex_unlock(&c->lock);
}
