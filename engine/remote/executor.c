/* SPDX-License-Identifier: MIT
 * The loop of an executor: takes a batch, runs its entries one after the other, and puts each result where tgrun can read it at
 * once. page.h says how the two keep step.
 *
 * It ends when its connection does, or is killed. Requests to end are the run's affair, which passes them on: they only tell the
 * task that runs (tg_cancelled). A task may do anything to its process; what it may not do is come back from it twice. */
#include "engine/remote/executor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/compiler.h"
#include "engine/plugin/registry.h"
#include "engine/remote/batch.h"
#include "engine/remote/buffers.h"
#include "engine/remote/growing.h"
#include "engine/remote/page.h"
#include "engine/remote/pinned.h"
#include "engine/remote/wire.h"
#include "engine/remote/wreck.h"
#include "engine/run/failing.h"
#include "engine/value/list.h"
#include "engine/value/mapped.h"
#include "engine/value/object.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

/* Tasks that take longer are looked at more closely. */
#define LONG_NS 200000

/* How often it is looked how much memory the process uses, and behind which batches always. */
#define MEASURE_NS UINT64_C(20000000)
#define SMALL_BATCH_NS UINT64_C(200000)

/* More bytes of arguments, or of a result, take a time that is not the task's. */
#define FEW_BYTES 1024

struct executor {
    int socket;
    struct tg_page *page;
    struct tg_registry registry;
    struct tg_services services;
    struct tg_ctx ctx;
    struct tg_codec_objects objects;
    struct tg_pinned pinned;
    struct tg_codec_buffers texts;
    struct tg_codec codec, growing_codec;
    struct tg_buffers buffers;
    struct tg_growing growing;
    struct tg_arena granted; /* names and units of what the running entry was granted */
    tg_value *args;
    size_t args_room;
    TG_VEC(tg_value) given;      /* by the entries of the batch so far; TG_FAILED: none that fits */
    struct tg_buf bytes;         /* a result, while it is written */
    uint64_t since_ns;           /* when what ran last had come back; 0: not of use for what runs next */
    uint64_t short_ns, cpu_ns;   /* of what ran since cpu_ns was looked at, which is the process's time then */
    long preempted, waited;      /* how often it was, likewise */
    uint64_t began_ns, ended_ns; /* of the entry whose result is not published yet; 0: it was not called */
    uint32_t used;               /* of the page's bytes of results */
    uint64_t measured_ns;        /* when it last said how much memory it uses */
    struct stat folder;          /* where it works; st_ino 0: it is not known */
    bool moved;                  /* a task has, out of it: the executor ends */
};

/* Set by signals, and read by tasks. */
static _Atomic int stop_flag;
static int stop_fd = -1;

/* A copy of the process that a task has made, and that must not go on as an executor. */
static volatile sig_atomic_t is_copy;

/* ---- the process --------------------------------------------------------------------------------- */

static void on_request(int number)
{
    (void)number;
    int error = errno;
    uint64_t one = 1;
    tg_stop_raise(&stop_flag, TG_STOP_SIGNAL);
    if (write(stop_fd, &one, sizeof one) < 0) {} /* it is readable already */
    errno = error;
}

static void note_copy(void)
{
    is_copy = 1;
}

static void set_up_signals(void)
{
    static const int requests[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction request = {.sa_handler = on_request, .sa_flags = SA_RESTART};
    stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    for (size_t i = 0; i < TG_COUNT(requests); i++) sigaction(requests[i], &request, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    pthread_atfork(NULL, NULL, note_copy);
}

/* Standard input is the connection: tasks get none, and cannot close ours by its number. */
static int take_connection(void)
{
    int socket = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (socket < 0 || null < 0) return -1;
    dup2(null, STDIN_FILENO);
    close(null);
    return socket;
}

bool tg_executor_is_called(void)
{
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

/* ---- telling tgrun ------------------------------------------------------------------------------- */

/* Of what it has to hear before it believes that an entry is done: so it is counted before it can be heard. False: it could not
 * be sent. */
static bool tell_home(struct executor *x, struct tg_wire_head head, const void *text, size_t length, int fd)
{
    atomic_fetch_add(&x->page->said, 1);
    bool sent = tg_wire_send(x->socket, head, text, length, fd);
    if (!sent) atomic_fetch_sub(&x->page->said, 1);
    return sent;
}

/* For tg_services. Any thread of the task. */
static void log_home(void *executor, const char *text, size_t length)
{
    struct executor *x = executor;
    if (is_copy) {
        tg_host_log(NULL, text, length);
        return;
    }
    do {
        size_t piece = length < TG_WIRE_TEXT ? length : TG_WIRE_TEXT;
        tell_home(x, (struct tg_wire_head){.kind = TG_WIRE_LOG, .more = piece < length}, text, piece, -1);
        text += piece;
        length -= piece;
    } while (length);
}

/* ---- results ------------------------------------------------------------------------------------- */

static void measure_now(const struct executor *x)
{
    if (atomic_load_explicit(&x->page->measures, memory_order_relaxed)) tg_wreck_measure(x->page);
}

/* What the task said, in x->bytes. A message may be no UTF-8, so it goes as bytes are. It may have failed for want of memory. */
static void write_failure(struct executor *x)
{
    struct tg_err *err = &x->ctx.err;
    tg_value list = tg_list_make(6);
    tg_list_add(list, tg_int(err->code));
    tg_list_add(list, tg_int(err->cause));
    tg_list_add(list, tg_int(err->status));
    const char *texts[] = {err->message, err->detail, err->hint};
    for (size_t i = 0; i < TG_COUNT(texts); i++)
        tg_list_add(list, texts[i] ? tg_str_make(TG_BYTES, texts[i], strlen(texts[i])) : tg_nil());
    tg_codec_encode(&x->codec, list, &x->bytes, NULL);
    tg_value_unref(list);
    tg_err_done(err);
    measure_now(x);
}

static bool fits_page(const struct executor *x)
{
    return x->bytes.length <= TG_PAGE_RESULT_BYTES - x->used;
}

/* The result of an entry, in x->bytes, is put where it can be read. */
static void publish_result(struct executor *x, uint32_t entry, enum tg_page_status status, uint64_t ns)
{
    int fd = -1;
    if (!fits_page(x) && (fd = tg_mapped_file(x->bytes.data, x->bytes.length)) < 0) {
        tg_err_set(&x->ctx.err, TG_EXIT_FAILED, "its result cannot be passed to tgrun: %s", strerror(errno));
        x->bytes.length = 0;
        write_failure(x);
        status = TG_PAGE_FAILED;
    }
    size_t length = x->bytes.length;
    uint32_t offset = fd < 0 && fits_page(x) ? x->used : TG_PAGE_APART;
    uint32_t short_ns = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
    x->page->results[entry] = (struct tg_page_result){length, offset, short_ns, status, x->began_ns, x->ended_ns};
    x->began_ns = x->ended_ns = 0;
    if (offset != TG_PAGE_APART) {
        if (length) memcpy(x->page->result_bytes + x->used, x->bytes.data, length);
        x->used += (uint32_t)length;
    } else {
        tell_home(x, (struct tg_wire_head){TG_WIRE_RESULT, entry, length}, NULL, 0, fd);
        if (fd >= 0) close(fd);
    }
    x->bytes.length = 0;
    atomic_store(&x->page->done, entry + 1);
}

/* Whether this object stands in the value; then the way to it, from the object outwards, is added. */
static bool find_inside(tg_value v, tg_value object, tg_value way)
{
    size_t i = 0;
    bool found = false;
    if (tg_kind(v) == TG_OBJECT) return v.p == object.p;
    if (tg_kind(v) == TG_LIST)
        for (; i < tg_list_of(v)->count && !(found = find_inside(tg_list_of(v)->items[i], object, way));) i++;
    if (tg_kind(v) == TG_RECORD)
        for (; i < tg_record_of(v)->count && !(found = find_inside(tg_record_of(v)->fields[i].value, object, way));) i++;
    if (found) tg_list_add(way, tg_int((int64_t)i));
    return found;
}

/* True if it is a pinned object that stands in an argument: the way to it is written. What is given back stays the same object at
 * home, which its content, a number, would not tell. */
static bool write_given_back(struct executor *x, uint32_t count, tg_value out)
{
    uint32_t i = 0;
    if (tg_kind(out) != TG_OBJECT || tg_object_travel(tg_object_of(out)->type) != TG_TRAVEL_PINNED) return false;
    tg_value way = tg_list_make(0);
    while (i < count && !find_inside(x->args[i], out, way)) i++;
    tg_list_add(way, tg_int(i));
    if (i < count) tg_codec_encode(&x->codec, way, &x->bytes, NULL);
    tg_value_unref(way);
    return i < count;
}

/* The function has come back with TG_OK and *out: whether that is what its signature says, and can travel. */
static enum tg_page_status write_given(struct executor *x, const struct tg_def *def, uint32_t count, tg_value out)
{
    bool grows = def->flags & TG_DEF_EXPANDS;
    bool good = grows || tg_failing_look(&x->ctx, def, out);
    if (good && !grows && write_given_back(x, count, out)) return TG_PAGE_SAME;
    tg_pinned_judge(&x->pinned, def, out);
    if (good && tg_codec_encode(grows ? &x->growing_codec : &x->codec, out, &x->bytes, &x->ctx.err))
        return grows ? TG_PAGE_ADDED : TG_PAGE_GAVE;
    if (!x->ctx.err.code) tg_failing_result(&x->ctx, def, TG_OK, out);
    write_failure(x);
    return TG_PAGE_FAILED;
}

/* ---- running ------------------------------------------------------------------------------------- */

static tg_value *room_for(struct executor *x, size_t count)
{
    if (count > x->args_room) {
        free(x->args);
        x->args = tg_alloc(count * sizeof *x->args);
        x->args_room = count;
    }
    return x->args;
}

/* Reads the arguments, all owned. *whole: none is missing. False if that is no batch. */
static bool read_arguments(struct executor *x, struct tg_batch_reader *r, uint32_t count, bool *whole, struct tg_err *err)
{
    tg_value *args = room_for(x, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from;
        args[i] = tg_nil();
        if (!tg_batch_read_argument(r, &x->codec, &args[i], &from, err)) {
            tg_value_unref_all(args, i);
            return false;
        }
        if (from == UINT32_MAX) continue;
        bool there = from < x->given.count && tg_kind(x->given.items[from]) != TG_FAILED;
        if (there) args[i] = tg_value_ref(x->given.items[from]);
        *whole = *whole && there;
    }
    return true;
}

static _Noreturn void end_copy(const struct tg_def *def)
{
    char *text = tg_alloc_format("task '%s' came back in a copy of its process that it has made by fork", def->name);
    tg_host_log(NULL, text, strlen(text));
    _exit(TG_EXIT_FAULT);
}

/* From now on it is known what the process uses of the CPU, and how often it stood still; false: it is not to be had. */
static bool begin_measuring(struct executor *x, struct rusage *now)
{
    if (getrusage(RUSAGE_SELF, now) != 0) return false;
    x->cpu_ns = tg_clock_of(CLOCK_PROCESS_CPUTIME_ID);
    x->preempted = now->ru_nivcsw;
    x->waited = now->ru_nvcsw;
    x->short_ns = 0;
    return true;
}

/* How long a task took that seems to have taken long: where it only stood still, as others had the CPU, what it used of that. */
static __attribute__((noinline)) uint64_t measure_long(struct executor *x, uint64_t ns)
{
    struct rusage now;
    uint64_t before_ns = x->cpu_ns, short_ns = x->short_ns;
    long preempted = x->preempted, waited = x->waited;
    if (!begin_measuring(x, &now)) return ns;
    uint64_t used_ns = x->cpu_ns - before_ns, own_ns = used_ns > short_ns ? used_ns - short_ns : 1;
    bool stood = now.ru_nivcsw != preempted && now.ru_nvcsw == waited;
    return stood && own_ns < ns ? own_ns : ns;
}

/* As it is to be told. */
static inline uint64_t measure_entry(struct executor *x, uint64_t ns)
{
    if (TG_UNLIKELY(ns >= LONG_NS)) return measure_long(x, ns);
    x->short_ns += ns;
    return ns;
}

/* When the next one begins. Between two small ones there is less than a look at the clock is worth. */
static inline uint64_t begin_timing(const struct executor *x)
{
    return x->since_ns ? x->since_ns : tg_clock_ns();
}

/* What plugins print, also when the next task crashes. What they write to files of their own waits until the batch is over: to ask
 * all of them after each task takes longer than many a task. */
static inline void flush_printed(void)
{
    if (__fpending(stdout)) fflush(NULL); /* stdout is where prints go */
}

/* Calls the function; the result is published, and kept for entries that follow. */
static void run_entry(struct executor *x, uint32_t entry, const struct tg_batch_entry *e, const struct tg_def *def)
{
    tg_value out = tg_nil();
    x->ctx.def = def;
    x->ctx.grant = e->granted ? &e->grant : NULL;
    uint64_t begin_ns = begin_timing(x);
    errno = 0; /* wreck.c looks at it */
    int status = def->flags & TG_DEF_EXPANDS ? tg_growing_call(&x->growing, &x->ctx, x->args, e->count, &out)
                                             : def->fn(&x->ctx, x->args, e->count, &out);
    if (is_copy) end_copy(def);
    uint64_t now_ns = tg_clock_ns();
    enum tg_page_status became = TG_PAGE_FAILED;
    if (status == TG_OK && !x->ctx.err.code) {
        became = write_given(x, def, e->count, out);
    } else {
        tg_failing_result(&x->ctx, def, status, out);
        write_failure(x);
    }
    bool kept = became == TG_PAGE_GAVE || became == TG_PAGE_SAME;
    if (!kept && status == TG_OK) tg_value_unref(out);
    x->given.items[entry] = kept ? out : tg_failing_value(0);
    x->since_ns = x->bytes.length <= FEW_BYTES ? now_ns : 0;
    x->began_ns = begin_ns;
    x->ended_ns = now_ns;
    publish_result(x, entry, became, measure_entry(x, now_ns - begin_ns));
    flush_printed();
}

/* A task has ended the thread that runs tasks: the process would stay if it has another one. */
static void end_with_thread(void *executor)
{
    struct executor *x = executor;
    fflush(NULL);
    if (is_copy || atomic_load(&x->page->begun) <= atomic_load(&x->page->done)) _exit(TG_EXIT_FAULT);
    tg_err_done(&x->ctx.err);
    tg_err_set(&x->ctx.err, TG_EXIT_FAILED, "it ended its thread, which belongs to the executor");
    tg_err_hint(&x->ctx.err, "A task ends by returning; pthread_exit is for threads that it has made.");
    x->bytes.length = 0;
    write_failure(x);
    publish_result(x, x->ctx.task, TG_PAGE_FAILED, UINT64_MAX);
    _exit(TG_EXIT_FAULT);
}

/* What tgrun asks of objects, as a task. */
static int describe_object(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    struct tg_buf b = {0};
    tg_value_text(&b, args[0]);
    *out = tg_str_make(TG_STR, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
    return TG_OK;
}

static const struct tg_sig_param described = {.name = "x", .type = TG_TYPE_OF(TG_KINDS_ANY)};
static const struct tg_def describing = {
    .name = "describe",
    .plugin = "core",
    .fn = describe_object,
    .sig = {.name = "describe",
            .params = (struct tg_sig_param *)&described,
            .count = 1,
            .required = 1,
            .result = TG_TYPE_OF(TG_KIND_BIT(TG_STR))},
};

/* It fits, or is for tgrun to refuse, with its place in the source. */
static bool may_run(struct executor *x, const struct tg_def *def, uint32_t count, bool whole)
{
    if (whole && !tg_failing_misfit(&x->ctx, def, x->args, count)) return true;
    tg_err_done(&x->ctx.err);
    return false;
}

/* True if the entry has begun; else it, and all behind it, was cut. */
static bool begin_running(struct tg_page *page, uint32_t entry)
{
    if (entry >= atomic_load(&page->limit)) return false;
    atomic_store(&page->begun, entry + 1);
    if (entry < atomic_load(&page->limit)) return true;
    atomic_store(&page->begun, entry);
    return false;
}

/* It has begun, and its arguments are there, all of them if `whole`. False if nothing behind it can run. */
static bool go_on(struct executor *x, uint32_t entry, const struct tg_batch_entry *e, const struct tg_def *def, bool whole)
{
    if (x->pinned.lacks) {
        x->pinned.lacks = false;
        tg_err_done(&x->pinned.why);
        atomic_store(&x->page->begun, entry);
        return false;
    }
    if (x->pinned.why.code) {
        x->ctx.err = x->pinned.why;
        x->pinned.why = (struct tg_err){0};
        write_failure(x);
        publish_result(x, entry, TG_PAGE_FAILED, UINT32_MAX);
    } else if (may_run(x, def, e->count, whole)) {
        run_entry(x, entry, e, def);
    } else {
        publish_result(x, entry, TG_PAGE_UNRUN, 0);
    }
    return true;
}

/* One entry; false at the end. It has begun when its arguments are read: that calls what plugins have for it. */
static bool run_next_entry(struct executor *x, struct tg_batch_reader *r, uint32_t entry)
{
    struct tg_batch_entry e;
    bool whole = true, on = false;
    const uint8_t *at = r->at;
    if (entry >= TG_PAGE_ENTRIES || !tg_batch_read_entry(r, &x->granted, &e)) return false;
    const struct tg_def *def = e.task.plugin == TG_BATCH_DESCRIBE ? &describing : tg_batch_find(&x->registry, e.task);
    if (!def || !begin_running(x->page, entry)) return false;
    tg_vec_push(&x->given, tg_failing_value(0));
    x->ctx.task = entry; /* end_with_thread looks at it, and what reads arguments may end the thread, too */
    bool there = read_arguments(x, r, e.count, &whole, &x->ctx.err);
    if (is_copy) end_copy(def);
    if (there) {
        if (r->at - at > FEW_BYTES) x->since_ns = 0;
        on = go_on(x, entry, &e, def, whole);
        tg_value_unref_all(x->args, e.count);
    } else {
        x->pinned.lacks = false; /* of arguments before the one that failed: not of the next entry */
        tg_err_done(&x->pinned.why);
        write_failure(x);
        publish_result(x, entry, TG_PAGE_FAILED, UINT32_MAX);
    }
    if (e.granted) tg_arena_done(&x->granted);
    return on;
}

/* Behind a batch, unless it is one of many small ones. */
static void measure_memory(struct executor *x, uint64_t begun_ns)
{
    uint64_t now_ns = tg_clock_ns();
    if (now_ns - begun_ns < SMALL_BATCH_NS && now_ns - x->measured_ns < MEASURE_NS) return;
    x->measured_ns = now_ns;
    measure_now(x);
}

/* Behind a batch. Paths that are relative would mean something else to what comes next. */
static void look_where(struct executor *x)
{
    static const char warning[] =
        "warning: a task has changed the working folder of its executor: files may lie elsewhere than "
        "their paths say";
    struct stat now;
    if (!x->folder.st_ino || stat(".", &now) != 0) return;
    x->moved = now.st_dev != x->folder.st_dev || now.st_ino != x->folder.st_ino;
    if (x->moved) log_home(x, warning, strlen(warning));
}

static void run_batch(struct executor *x, uint32_t number, const uint8_t *bytes, size_t length)
{
    struct tg_batch_reader r = {.at = bytes, .end = bytes + length};
    struct rusage now;
    begin_measuring(x, &now);
    uint64_t begun_ns = tg_clock_ns();
    x->used = 0;
    x->since_ns = 0;
    for (uint32_t entry = 0; r.at < r.end && run_next_entry(x, &r, entry);) entry++;
    for (size_t i = 0; i < x->given.count; i++) tg_value_unref(x->given.items[i]);
    x->given.count = 0;
    tg_pinned_end_batch(&x->pinned);
    tg_buffers_reset(&x->buffers);
    measure_memory(x, begun_ns);
    look_where(x);
    fflush(NULL);
    atomic_store(&x->page->ended, number);
    if (atomic_load(&x->page->waited)) tell_home(x, (struct tg_wire_head){.kind = TG_WIRE_WAKE}, NULL, 0, -1);
}

/* ---- the connection ------------------------------------------------------------------------------ */

static void take_batch(struct executor *x, const struct tg_wire *m)
{
    if (m->fd < 0) {
        if (m->head.more <= TG_PAGE_BATCH_BYTES) run_batch(x, m->head.number, x->page->batch, (size_t)m->head.more);
        return;
    }
    void *bytes = mmap(NULL, (size_t)m->head.more, PROT_READ, MAP_PRIVATE, m->fd, 0);
    close(m->fd);
    if (bytes == MAP_FAILED) tg_alloc_fail((size_t)m->head.more);
    run_batch(x, m->head.number, bytes, (size_t)m->head.more);
    munmap(bytes, (size_t)m->head.more);
}

static void serve_home(struct executor *x)
{
    struct tg_wire m;
    while (!x->moved && tg_wire_receive(x->socket, &m, true) > 0) {
        if (m.head.kind == TG_WIRE_BATCH) take_batch(x, &m);
        else if (m.head.kind == TG_WIRE_BUFFER) tg_buffers_take(&x->buffers, m.head.number, m.fd);
        else if (m.head.kind == TG_WIRE_RELEASE) tg_pinned_drop(&x->pinned, m.text, m.length);
        else if (m.fd >= 0) close(m.fd);
    }
}

/* ---- the beginning ------------------------------------------------------------------------------- */

/* A plugin, which is to be the very file that tgrun has loaded. */
static bool load_plugin(struct executor *x, const tg_value *told, struct tg_err *err)
{
    const char *path = tg_str_of(told[0])->data;
    const struct tg_loaded *p = tg_registry_load(&x->registry, path, NULL, err);
    if (!p) return false;
    if ((int64_t)p->device == told[1].i && (int64_t)p->inode == told[2].i && (int64_t)p->written_ns == told[3].i) return true;
    return tg_err_set(err, TG_EXIT_CANNOT, "plugin '%s' has changed since this run began", path);
}

/* What it is told: a list of the plugins' files, each with what tells it from others, and one of the libraries and signatures of
 * C functions. */
static bool load_all(struct executor *x, tg_value told, struct tg_err *err)
{
    if (tg_kind(told) != TG_LIST || tg_list_of(told)->count != 2) return tg_err_set(err, TG_EXIT_FAULT, "it was told nonsense");
    const struct tg_list *plugins = tg_list_of(tg_list_of(told)->items[0]), *externs = tg_list_of(tg_list_of(told)->items[1]);
    for (size_t i = 0; i + 3 < plugins->count; i += 4)
        if (!load_plugin(x, &plugins->items[i], err)) return false;
    for (size_t i = 0; i + 1 < externs->count; i += 2) {
        const struct tg_str *text = tg_str_of(externs->items[i + 1]);
        struct tg_sig sig;
        if (!tg_sig_parse(text->data, NULL, 0, &x->registry.arena, &sig, err) ||
            !tg_registry_extern(&x->registry, tg_str_of(externs->items[i])->data, &sig, err))
            return false;
    }
    return true;
}

/* Maps the memory that the first message brings, and loads what is told there. */
static bool begin_serving(struct executor *x, struct tg_err *err)
{
    struct tg_wire m;
    if (tg_wire_receive(x->socket, &m, true) <= 0 || m.head.kind != TG_WIRE_HELLO || m.fd < 0)
        return tg_err_set(err, TG_EXIT_FAULT, "no greeting came");
    x->page = mmap(NULL, sizeof *x->page, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
    close(m.fd);
    if (x->page == MAP_FAILED) return tg_err_set(err, TG_EXIT_CANNOT, "cannot map its memory: %s", strerror(errno));
    x->pinned.page = x->page;
    x->pinned.process = (uint32_t)m.head.more;
    tg_wreck_watch(x->page);
    tg_value told;
    size_t used;
    if (!tg_codec_decode(&x->codec, x->page->batch, m.head.number, &used, &told, err)) return false;
    bool loaded = load_all(x, told, err);
    if (stat(".", &x->folder) != 0) x->folder.st_ino = 0;
    tg_value_unref(told);
    return loaded;
}

static bool send_buffer_home(void *executor, int fd, uint32_t number)
{
    return tell_home(executor, (struct tg_wire_head){TG_WIRE_BUFFER, number, 0}, NULL, 0, fd);
}

static void set_up(struct executor *x)
{
    x->services = (struct tg_services){
        .stop = &stop_flag, .log = log_home, .log_data = x, .wake_fd = stop_fd, .registry = &x->registry};
    x->pinned = (struct tg_pinned){.registry = &x->registry, .services = &x->services, .codec = &x->codec};
    x->objects = tg_pinned_codec(&x->pinned);
    x->buffers = (struct tg_buffers){.send = send_buffer_home, .data = x, .keeps = true};
    x->texts = tg_buffers_codec(&x->buffers);
    x->codec = (struct tg_codec){.objects = &x->objects, .buffers = &x->texts};
    x->growing_codec = x->codec;
    x->growing_codec.futures = true;
    x->ctx.services = &x->services;
    tg_mapped_begin();
}

static void tear_down(struct executor *x)
{
    tg_vec_done(&x->given);
    tg_pinned_done(&x->pinned);
    tg_growing_done(&x->growing);
    tg_buffers_done(&x->buffers);
    tg_buf_done(&x->bytes);
    free(x->args);
    tg_arena_done(&x->granted);
    tg_registry_done(&x->registry);
    close(x->socket);
}

int tg_executor_main(void)
{
    static struct executor x;
    struct tg_err err = {0};
    prctl(PR_SET_NAME, "tg-exec");
    prctl(PR_SET_PDEATHSIG, 0); /* who starts it is a thread that may end before; the guard kills what tgrun leaves */
    set_up_signals();
    x.socket = take_connection();
    if (x.socket < 0 || !tg_registry_init(&x.registry, &err)) return TG_EXIT_CANNOT;
    set_up(&x);
    pthread_key_t key;
    if (pthread_key_create(&key, end_with_thread) == 0) pthread_setspecific(key, &x);
    bool ready = begin_serving(&x, &err);
    if (ready) measure_now(&x);
    fflush(NULL); /* what plugins printed when they were loaded is not for copies of the process to say again */
    const char *why = ready ? "" : err.message;
    size_t length = strlen(why);
    if (length > TG_WIRE_TEXT) length = TG_WIRE_TEXT;
    tg_wire_send(x.socket, (struct tg_wire_head){.kind = TG_WIRE_READY}, why, length, -1);
    tg_err_done(&err);
    x.ctx.unwanted = ready ? &x.page->unwanted : NULL;
    if (ready) serve_home(&x);
    tear_down(&x);
    return TG_EXIT_OK;
}
