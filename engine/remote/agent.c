/* SPDX-License-Identifier: MIT
 * The loop of an agent: takes what is sent, has one batch run at a time, and answers. It never waits for either side alone, except for an
 * executor that is being started. Then only the end of the input is heeded: a thread looks for that, and raises the flag that a signal
 * raises, too.
 *
 * While something waits to be written, the executor is not heard: one that logs faster than that is read has to wait. */
#include "engine/remote/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/remote/agentrun.h"
#include "engine/remote/frames.h"
#include "engine/run/apart.h"
#include "engine/value/list.h"

/* What has been said is waited for so long, at the end, to be read. */
#define LAST_WORDS_NS UINT64_C(2000000000)

/* A line of the log is sent in pieces of so many bytes: each byte may become six of JSON. */
#define LOG_PIECE ((size_t)128 << 10)

/* Bytes of a report that go into a message beside its JSON. */
#define REPORT_BYTES (TG_FRAMES_BODY - 4096)

/* A batch that waits for its turn. */
struct agent_batch {
    int64_t id;
    char *bytes; /* heap */
    size_t length;
};

struct agent {
    int in, out;
    struct tg_frames frames;
    struct tg_services services;
    struct tg_agentfiles files;
    struct tg_agentrun run;
    TG_VEC(struct agent_batch) waiting;
    char worker[96];
    bool opened;
    bool over;    /* nothing more is taken */
    bool failed;  /* it has said why it ends */
    bool running; /* what follows is of the batch that runs */
    bool cancelled;
    int64_t id, start_ns;
};

/* Set by signals, and by the thread that looks at the input. */
static _Atomic int agent_stop;
static int agent_stop_fd = -1;

/* ---- being stopped ------------------------------------------------------------------------------- */

static void raise_agent_stop(void)
{
    uint64_t one = 1;
    tg_stop_raise(&agent_stop, TG_STOP_SIGNAL);
    if (write(agent_stop_fd, &one, sizeof one) < 0) {} /* it is readable already */
}

static void on_end_request(int number)
{
    (void)number;
    int error = errno;
    raise_agent_stop();
    errno = error;
}

/* INT and QUIT of a terminal go to all programs there; what they mean is decided by the tgrun at the other end. */
static void set_up_requests(void)
{
    struct sigaction end = {.sa_handler = on_end_request, .sa_flags = SA_RESTART};
    agent_stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
}

static bool is_agent_stopped(void)
{
    return atomic_load(&agent_stop) != TG_GO;
}

/* Until it is cancelled. */
static void *watch_input(void *agent)
{
    const struct agent *a = agent;
    struct pollfd in = {.fd = a->in, .events = POLLRDHUP};
    while (poll(&in, 1, -1) < 0 && errno == EINTR) {}
    raise_agent_stop();
    return NULL;
}

/* ---- answers ------------------------------------------------------------------------------------- */

static void say_simple(struct agent *a, const char *kind)
{
    tg_frames_begin(&a->frames, kind);
    tg_frames_end(&a->frames, NULL, 0);
}

/* The last that it says. */
static void say_error(struct agent *a, const char *kind, const char *message)
{
    tg_frames_begin(&a->frames, "error");
    tg_frames_text(&a->frames, "kind", kind);
    tg_frames_text(&a->frames, "message", message);
    tg_frames_end(&a->frames, NULL, 0);
    a->over = a->failed = true;
}

static void greet_core(struct agent *a)
{
    struct tg_buf versions = {0};
    tg_buf_text(&versions, "{\"tgrun\":");
    tg_buf_json_string(&versions, tg_frames_build(), strlen(tg_frames_build()));
    tg_buf_char(&versions, '}');
    tg_frames_begin(&a->frames, "hello");
    tg_frames_int(&a->frames, "protocol", TG_FRAMES_PROTOCOL);
    tg_frames_text(&a->frames, "engine", "agent");
    tg_frames_json(&a->frames, "versions", tg_buf_str(&versions));
    tg_frames_bool(&a->frames, "tls", false);
    tg_frames_end(&a->frames, NULL, 0);
    tg_buf_done(&versions);
}

static void say_ready(struct agent *a, bool blind)
{
    struct tg_buf workers = {0};
    tg_buf_text(&workers, "[{\"name\":");
    tg_buf_json_string(&workers, a->worker, strlen(a->worker));
    tg_buf_format(&workers, ",\"slots\":1,\"blind\":%s}]", blind ? "true" : "false");
    tg_frames_begin(&a->frames, "ready");
    tg_frames_int(&a->frames, "slots", 1);
    tg_frames_json(&a->frames, "workers", tg_buf_str(&workers));
    tg_frames_int(&a->frames, "round_trip_ns", 0);
    tg_frames_end(&a->frames, NULL, 0);
    tg_buf_done(&workers);
}

static void say_failed(struct agent *a, int64_t id, const char *kind, const char *message)
{
    tg_frames_begin(&a->frames, "fail");
    tg_frames_int(&a->frames, "id", id);
    tg_frames_text(&a->frames, "kind", kind);
    tg_frames_text(&a->frames, "message", message);
    tg_frames_text(&a->frames, "worker", a->worker);
    tg_frames_end(&a->frames, NULL, 0);
}

static void say_done(struct agent *a, const struct tg_buf *report)
{
    char *outs = tg_alloc_format("[{\"length\":%zu,\"kept\":false}]", report->length);
    tg_frames_begin(&a->frames, "done");
    tg_frames_int(&a->frames, "id", a->id);
    tg_frames_text(&a->frames, "worker", a->worker);
    tg_frames_int(&a->frames, "slot", 0);
    tg_frames_int(&a->frames, "start_ns", a->start_ns);
    tg_frames_int(&a->frames, "end_ns", tg_clock_date_ns());
    tg_frames_json(&a->frames, "outs", outs);
    tg_frames_end(&a->frames, &(struct iovec){report->data, report->length}, 1);
    free(outs);
}

/* For tg_services; called by this thread only. */
static void log_to_core(void *agent, const char *text, size_t length)
{
    struct agent *a = agent;
    do {
        size_t bytes = length < LOG_PIECE ? length : LOG_PIECE;
        char *piece = tg_alloc_copy(text, bytes);
        tg_frames_begin(&a->frames, "log");
        tg_frames_text(&a->frames, "worker", a->worker);
        tg_frames_text(&a->frames, "text", piece);
        tg_frames_end(&a->frames, NULL, 0);
        free(piece);
        text += bytes;
        length -= bytes;
    } while (length);
}

/* ---- opening ------------------------------------------------------------------------------------- */

static bool is_same_build(struct agent *a, const struct tg_frame *m)
{
    const char *build = tg_frame_text(m, "build");
    if (strcmp(build, tg_frames_build()) == 0) return true;
    char *message = tg_alloc_format("the run is of %s, and here is %s", *build ? build : "some other tgrun", tg_frames_build());
    say_error(a, "version", message);
    free(message);
    return false;
}

/* The texts of a list "NAME=VALUE". */
static void set_environment(tg_value list)
{
    for (size_t i = 0; tg_kind(list) == TG_LIST && i < tg_list_of(list)->count; i++) {
        tg_value entry = tg_list_of(list)->items[i];
        const char *text = tg_kind(entry) == TG_STR ? tg_str_of(entry)->data : "", *is = strchr(text, '=');
        if (!is || is == text) continue;
        char *name = tg_alloc_copy(text, (size_t)(is - text));
        setenv(name, is + 1, 1);
        free(name);
    }
}

static bool file_has(const char *path, const char *text)
{
    size_t length = strlen(text), at = 0;
    char *found = tg_alloc(length + 1);
    ssize_t n = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (fd >= 0 && n > 0 && at <= length) {
        n = read(fd, found + at, length + 1 - at);
        if (n > 0) at += (size_t)n;
    }
    if (fd >= 0) close(fd);
    bool has = fd >= 0 && n == 0 && at == length && memcmp(found, text, length) == 0;
    free(found);
    return has;
}

/* The file that only who shares our folders has. */
static bool sees_marker(tg_value marker)
{
    if (tg_kind(marker) != TG_RECORD) return true;
    const tg_value *path = tg_record_find(marker, "path", 4), *text = tg_record_find(marker, "text", 4);
    return path && text && tg_kind(*path) == TG_STR && tg_kind(*text) == TG_STR &&
           file_has(tg_str_of(*path)->data, tg_str_of(*text)->data);
}

/* Where the run works, or, if that is not here, in an empty folder. */
static bool enter_run_folder(struct agent *a, const char *folder)
{
    if (!*folder || chdir(folder) == 0) return true;
    tg_agentfiles_enter(&a->files);
    return false;
}

static void accept_open(struct agent *a, const struct tg_frame *m)
{
    struct tg_err err = {0};
    if (a->opened) say_error(a, "protocol", "it was opened twice");
    else if (tg_frame_int(m, "protocol", 0) != TG_FRAMES_PROTOCOL) say_error(a, "protocol", "only version 1 is spoken here");
    if (a->over || !is_same_build(a, m)) return;
    a->opened = true;
    if (!tg_agentfiles_init(&a->files, &err) ||
        !tg_agentfiles_store(&a->files, tg_frame_get(m, "files"), m->blob, m->blob_bytes, &err)) {
        say_error(a, "protocol", err.message);
    } else {
        bool entered = enter_run_folder(a, tg_frame_text(m, "folder"));
        set_environment(tg_frame_get(m, "env"));
        say_ready(a, !entered || !sees_marker(tg_frame_get(m, "marker")));
    }
    tg_err_done(&err);
}

/* ---- batches ------------------------------------------------------------------------------------- */

static void accept_submit(struct agent *a, const struct tg_frame *m)
{
    int64_t bytes = tg_frame_int(m, "n", (int64_t)m->blob_bytes);
    if (!a->opened) {
        say_error(a, "protocol", "a batch came before `open`");
    } else if (bytes < 0 || (uint64_t)bytes > m->blob_bytes) {
        say_error(a, "protocol", "a batch is longer than what came of it");
    } else {
        char *copy = tg_alloc_copy((const char *)m->blob, (size_t)bytes);
        tg_vec_push(&a->waiting, ((struct agent_batch){tg_frame_int(m, "id", 0), copy, (size_t)bytes}));
    }
}

/* The first one of those that wait, or one behind it. */
static struct agent_batch take_waiting(struct agent *a, size_t at)
{
    struct agent_batch found = a->waiting.items[at];
    a->waiting.count--;
    memmove(a->waiting.items + at, a->waiting.items + at + 1, (a->waiting.count - at) * sizeof found);
    return found;
}

static void accept_cancel(struct agent *a, const struct tg_frame *m)
{
    int64_t id = tg_frame_int(m, "id", -1), grace_ns = tg_frame_int(m, "grace_ns", (int64_t)TG_APART_GRACE_NS);
    if (a->running && a->id == id) {
        a->cancelled = true;
        tg_agentrun_cancel(&a->run, grace_ns > 0 ? (uint64_t)grace_ns : 0);
        return;
    }
    for (size_t i = 0; i < a->waiting.count; i++) {
        if (a->waiting.items[i].id != id) continue;
        free(take_waiting(a, i).bytes);
        say_failed(a, id, "cancelled", "it was cancelled before it began");
        return;
    }
}

static void begin_next_batch(struct agent *a)
{
    struct tg_err err = {0};
    struct agent_batch next = take_waiting(a, 0);
    a->id = next.id;
    a->cancelled = false;
    a->start_ns = tg_clock_date_ns();
    a->running = tg_agentrun_begin(&a->run, (const uint8_t *)next.bytes, next.length, &err);
    if (!a->running) say_failed(a, a->id, "refused", err.message);
    tg_err_done(&err);
    free(next.bytes);
}

/* The batch is over. */
static void answer_batch(struct agent *a)
{
    struct tg_buf report = {0};
    a->running = false;
    if (a->cancelled) {
        say_failed(a, a->id, "cancelled", "it was cancelled");
        return;
    }
    tg_agentrun_report(&a->run, &report);
    if (report.length <= REPORT_BYTES) say_done(a, &report);
    else say_failed(a, a->id, "refused", "its results are larger than a message can be");
    tg_buf_done(&report);
}

static void go_on_with_batches(struct agent *a)
{
    while (!is_agent_stopped() && (a->running || a->waiting.count)) {
        if (!a->running) begin_next_batch(a);
        if (is_agent_stopped() || (a->running && !tg_agentrun_is_over(&a->run))) return;
        if (a->running) answer_batch(a);
    }
}

/* ---- what comes ---------------------------------------------------------------------------------- */

static void answer_ping(struct agent *a, const struct tg_frame *m)
{
    tg_frames_begin(&a->frames, "pong");
    tg_frames_int(&a->frames, "n", tg_frame_int(m, "n", 0));
    tg_frames_end(&a->frames, NULL, 0);
}

/* Nothing is kept here. */
static void answer_get(struct agent *a, const struct tg_frame *m)
{
    const char *key = tg_frame_text(m, "key");
    struct tg_buf keys = {0};
    tg_buf_char(&keys, '[');
    tg_buf_json_string(&keys, key, strlen(key));
    tg_buf_char(&keys, ']');
    tg_frames_begin(&a->frames, "gone");
    tg_frames_json(&a->frames, "keys", tg_buf_str(&keys));
    tg_frames_end(&a->frames, NULL, 0);
    tg_buf_done(&keys);
}

static void refuse_kind(struct agent *a, const char *kind)
{
    char *message = tg_alloc_format("a message of a kind that is not known: '%.100s'", kind);
    say_error(a, "protocol", message);
    free(message);
}

static void accept_message(struct agent *a, const struct tg_frame *m)
{
    if (strcmp(m->kind, "open") == 0) accept_open(a, m);
    else if (strcmp(m->kind, "submit") == 0) accept_submit(a, m);
    else if (strcmp(m->kind, "cancel") == 0) accept_cancel(a, m);
    else if (strcmp(m->kind, "ping") == 0) answer_ping(a, m);
    else if (strcmp(m->kind, "get") == 0) answer_get(a, m);
    else if (strcmp(m->kind, "close") == 0) a->over = true;
    else if (strcmp(m->kind, "release") != 0 && strcmp(m->kind, "scale") != 0) refuse_kind(a, m->kind);
}

static void accept_messages(struct agent *a)
{
    struct tg_frame m;
    struct tg_err err = {0};
    int got = 1;
    while (!a->over && (got = tg_frames_next(&a->frames, &m, &err)) > 0) accept_message(a, &m);
    if (got < 0 && err.code) say_error(a, "protocol", err.message);
    if (got < 0) a->over = true;
    tg_err_done(&err);
}

/* ---- the loop ------------------------------------------------------------------------------------ */

static void wait_for_anything(struct agent *a)
{
    bool writes = tg_frames_has_more(&a->frames);
    struct pollfd fds[3 + TG_AGENTRUN_POLLED] = {{.fd = a->in, .events = POLLIN},
                                                 {.fd = agent_stop_fd, .events = POLLIN},
                                                 {.fd = writes ? a->out : -1, .events = POLLOUT}};
    nfds_t count = writes ? 3 : TG_COUNT(fds);
    uint64_t now_ns = tg_clock_ns(), until_ns = a->running ? a->run.give_up_ns : 0;
    struct timespec rest = tg_clock_span(until_ns > now_ns ? until_ns - now_ns : 0);
    tg_agentrun_poll(&a->run, fds + 3);
    if (ppoll(fds, count, until_ns ? &rest : NULL, NULL) > 0 && !writes) tg_agentrun_polled(&a->run, fds + 3);
}

static void serve_core(struct agent *a)
{
    greet_core(a);
    while (!a->over && !is_agent_stopped()) {
        accept_messages(a);
        if (!a->over) go_on_with_batches(a);
        if (!tg_frames_flush(&a->frames)) return;
        if (!a->over && !is_agent_stopped()) wait_for_anything(a);
    }
}

static void write_last_words(struct agent *a)
{
    uint64_t until_ns = tg_clock_ns() + LAST_WORDS_NS, now_ns;
    struct pollfd out = {.fd = a->out, .events = POLLOUT};
    while (tg_frames_flush(&a->frames) && tg_frames_has_more(&a->frames) && (now_ns = tg_clock_ns()) < until_ns) {
        struct timespec rest = tg_clock_span(until_ns - now_ns);
        ppoll(&out, 1, &rest, NULL);
    }
}

/* ---- the process --------------------------------------------------------------------------------- */

bool tg_agent_is_called(void)
{
    struct stat in, out;
    bool known = fstat(STDIN_FILENO, &in) == 0 && fstat(STDOUT_FILENO, &out) == 0;
    return known && (S_ISFIFO(in.st_mode) || S_ISSOCK(in.st_mode)) && (S_ISFIFO(out.st_mode) || S_ISSOCK(out.st_mode));
}

static void set_up_agent(struct agent *a)
{
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    struct tg_buf name = {0};
    tg_buf_format(&name, "%s:%d", host, (int)getpid());
    memcpy(a->worker, name.data, name.length + 1);
    tg_buf_done(&name);
    tg_frames_init(&a->frames, a->in, a->out);
    a->services = (struct tg_services){.stop = &agent_stop, .log = log_to_core, .log_data = a, .wake_fd = agent_stop_fd};
    a->services.commands = tg_commands_new(TG_SHOW_FAILED, NULL);
    a->run = (struct tg_agentrun){.services = &a->services, .files = &a->files};
}

/* Nothing that runs, and no file, is left when the other side reads the last message. */
static void tear_down_agent(struct agent *a)
{
    tg_agentrun_done(&a->run);
    tg_commands_free(a->services.commands);
    if (chdir("/") < 0) {} /* out of what is removed */
    tg_agentfiles_done(&a->files);
    if (!a->failed) say_simple(a, "closed");
    write_last_words(a);
    for (size_t i = 0; i < a->waiting.count; i++) free(a->waiting.items[i].bytes);
    tg_vec_done(&a->waiting);
    tg_frames_done(&a->frames);
}

int tg_agent_main(void)
{
    static struct agent a;
    struct tg_err err = {0};
    pthread_t watcher;
    prctl(PR_SET_NAME, "tg-agent");
    set_up_requests();
    if (!tg_frames_take_standard(&a.in, &a.out)) return TG_EXIT_CANNOT;
    set_up_agent(&a);
    if (!tg_commands_prepare(a.services.commands, &err)) say_error(&a, "protocol", err.message);
    bool watched = pthread_create(&watcher, NULL, watch_input, &a) == 0;
    if (!a.failed) serve_core(&a);
    tear_down_agent(&a);
    if (watched) pthread_cancel(watcher), pthread_join(watcher, NULL);
    tg_err_done(&err);
    return a.failed ? TG_EXIT_CANNOT : TG_EXIT_OK;
}
