/* SPDX-License-Identifier: MIT
 * The rules of a driver's contract, each tried. Most are tried in one conversation, one after the other; those that end it in
 * conversations of their own. What is wrong with any message meanwhile breaks the rule that is being tried. */
#include "engine/remote/drivertest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/plugin/registry.h"
#include "engine/remote/batch.h"
#include "engine/remote/drivertalk.h"
#include "engine/remote/parcel.h"
#include "engine/store/digest.h"

/* A driver that starts a cluster takes longer than one that answers. */
#define OPEN_PATIENCE 4

/* Batches at a time, however many slots there are. */
#define BATCHES_MOST 64

/* A number that no batch has. */
#define NO_BATCH INT64_C(4000000000)

/* A batch that waits, unless it is cancelled. */
#define SLEEP_SECONDS 600

/* Something that comes too late would come by then. */
#define QUIET_NS UINT64_C(200000000)

struct examiner {
    struct tg_drivertest *t;
    const char *text; /* the cluster, as the driver is told */
    struct tg_registry registry;
    struct tg_buf greeting;
    const struct tg_def *sleep; /* NULL: there is no batch that waits */
    int64_t last_id;
    int64_t first_waiting; /* of the batches that wait */
    bool over;             /* the conversation cannot go on */
};

extern char **environ;

/* ---- what is sent -------------------------------------------------------------------------------- */

/* A batch of one entry: it shows a number, or waits. */
static void write_batch(const struct examiner *x, bool waits, struct tg_buf *b)
{
    static const struct tg_codec plain;
    struct tg_batch_task task = {TG_BATCH_DESCRIBE, 0};
    if (waits) tg_batch_name(&x->registry, x->sleep, &task);
    tg_batch_begin_entry(b, task, 1, NULL);
    tg_batch_add_value(b, &plain, tg_int(waits ? SLEEP_SECONDS : 7), NULL);
}

/* Gives it a batch; its id. `more`: members that nobody knows. */
static int64_t submit_batch(struct examiner *x, struct tg_drivertalk *s, bool waits, bool more)
{
    struct tg_buf batch = {0}, parcel = {0};
    int64_t id = ++x->last_id;
    write_batch(x, waits, &batch);
    struct tg_parcel p = {.process = (uint32_t)id, .entries = 1};
    p.greeting = (const uint8_t *)x->greeting.data;
    p.greeting_bytes = x->greeting.length;
    p.batch = (const uint8_t *)batch.data;
    p.batch_bytes = batch.length;
    tg_parcel_write(&parcel, &p);
    tg_vec_push(&s->batches, ((struct tg_drivertalk_batch){.id = id}));
    tg_frames_begin(&s->frames, "submit");
    tg_frames_int(&s->frames, "id", id);
    tg_frames_int(&s->frames, "n", (int64_t)parcel.length);
    tg_frames_json(&s->frames, "in", "[]");
    tg_frames_json(&s->frames, "keep", "[]");
    tg_frames_text(&s->frames, "name", waits ? "waiting" : "showing");
    tg_frames_int(&s->frames, "ns", 1000000);
    tg_frames_int(&s->frames, "priority", 0);
    tg_frames_int(&s->frames, "cores", 1);
    tg_frames_int(&s->frames, "memory", 0);
    tg_frames_json(&s->frames, "not_on", "[]");
    if (more) tg_frames_json(&s->frames, "colour_of_the_batch", "{\"red\": [1, null]}");
    tg_frames_end(&s->frames, &(struct iovec){parcel.data, parcel.length}, 1);
    tg_buf_done(&batch);
    tg_buf_done(&parcel);
    return id;
}

/* A message with one number. */
static void send_number(struct tg_drivertalk *s, const char *kind, const char *member, int64_t n)
{
    tg_frames_begin(&s->frames, kind);
    tg_frames_int(&s->frames, member, n);
    tg_frames_end(&s->frames, NULL, 0);
}

/* This program, for drivers that bring it to their workers; no bytes if it cannot be read. */
static struct iovec map_program(void)
{
    struct stat st;
    struct iovec program = {0};
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) program = (struct iovec){bytes, (size_t)st.st_size};
    }
    if (fd >= 0) close(fd);
    return program;
}

static void list_environment(struct tg_buf *b)
{
    tg_buf_char(b, '[');
    for (char **e = environ; *e; e++) {
        if (e != environ) tg_buf_char(b, ',');
        tg_buf_json_string(b, *e, strlen(*e));
    }
    tg_buf_char(b, ']');
}

static void list_program(struct tg_buf *b, const struct iovec *program)
{
    if (!program->iov_len) {
        tg_buf_text(b, "[]");
        return;
    }
    tg_buf_text(b, "[{\"hash\":\"");
    tg_digest_print(b, tg_digest_bytes(program->iov_base, program->iov_len));
    tg_buf_format(b, "\",\"name\":\"tgrun\",\"mode\":448,\"bytes\":%zu,\"program\":true}]", program->iov_len);
}

static void send_open(const struct examiner *x, struct tg_drivertalk *s, int protocol, const char *build)
{
    struct tg_buf environment = {0}, files = {0};
    struct iovec program = strcmp(s->engine, "exec") == 0 ? (struct iovec){0} : map_program();
    char *folder = realpath(".", NULL);
    list_environment(&environment);
    list_program(&files, &program);
    tg_frames_begin(&s->frames, "open");
    tg_frames_int(&s->frames, "protocol", protocol);
    tg_frames_text(&s->frames, "build", build);
    tg_frames_text(&s->frames, "cluster", x->text);
    tg_frames_text(&s->frames, "run", "00112233445566778899aabbccddeeff");
    tg_frames_json(&s->frames, "files", files.data);
    tg_frames_text(&s->frames, "folder", folder ? folder : "/");
    tg_frames_json(&s->frames, "env", environment.data);
    tg_frames_int(&s->frames, "slots_max", 0);
    tg_frames_int(&s->frames, "memory", 0);
    tg_frames_end(&s->frames, &program, 1);
    if (program.iov_len) munmap(program.iov_base, program.iov_len);
    tg_buf_done(&environment);
    tg_buf_done(&files);
    free(folder);
}

/* ---- what is waited for -------------------------------------------------------------------------- */

static bool has_greeted(struct tg_drivertalk *s, int64_t n)
{
    (void)n;
    return s->greeted;
}

static bool is_opened(struct tg_drivertalk *s, int64_t n)
{
    (void)n;
    return s->ready;
}

static bool has_ponged(struct tg_drivertalk *s, int64_t n)
{
    return s->pong == n;
}

static bool has_answered(struct tg_drivertalk *s, int64_t id)
{
    return tg_drivertalk_find(s, id)->answers > 0;
}

/* Those from that one on. */
static bool has_answered_all(struct tg_drivertalk *s, int64_t first)
{
    for (size_t i = 0; i < s->batches.count; i++)
        if (s->batches.items[i].id >= first && !s->batches.items[i].answers) return false;
    return true;
}

static bool has_nothing(struct tg_drivertalk *s, int64_t n)
{
    (void)n;
    return s->gone.length > 0;
}

static bool has_said_error(struct tg_drivertalk *s, int64_t n)
{
    (void)n;
    return s->error.length > 0;
}

static bool has_closed(struct tg_drivertalk *s, int64_t n)
{
    (void)n;
    return s->closed;
}

static bool is_at_its_end(struct tg_drivertalk *s, int64_t n)
{
    (void)n;
    return s->ended;
}

/* ---- the rules ----------------------------------------------------------------------------------- */

/* Each gives true if it is kept, or says why not. */
typedef bool rule_trial(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why);

/* Waits; what does not come ends the conversation. */
static bool await_or_explain(struct examiner *x, struct tg_drivertalk *s, bool (*is_so)(struct tg_drivertalk *s, int64_t n),
                             int64_t n, struct tg_buf *why)
{
    if (tg_drivertalk_await(s, is_so, n)) return true;
    tg_drivertalk_explain(s, why);
    x->over = true;
    return false;
}

static bool greets_first(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    return await_or_explain(x, s, has_greeted, 0, why);
}

static bool open_with(struct examiner *x, struct tg_drivertalk *s, int protocol, const char *build)
{
    uint64_t patience_ns = s->patience_ns;
    if (!tg_drivertalk_await(s, has_greeted, 0)) return false;
    send_open(x, s, protocol, build);
    s->patience_ns *= OPEN_PATIENCE;
    bool opened = tg_drivertalk_await(s, is_opened, 0);
    s->patience_ns = patience_ns;
    return opened;
}

static bool opens_well(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    if (open_with(x, s, TG_FRAMES_PROTOCOL, tg_frames_build())) return true;
    tg_drivertalk_explain(s, why);
    x->over = true;
    return false;
}

static bool pings(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    send_number(s, "ping", "n", 4711);
    return await_or_explain(x, s, has_ponged, 4711, why);
}

/* It has been answered, as it should be. */
static bool has_done(const struct tg_drivertalk *s, const struct tg_drivertalk_batch *b, struct tg_buf *why)
{
    (void)s;
    if (strcmp(b->how, "done") != 0) tg_buf_format(why, "batch %" PRId64 " has failed as '%s': %s", b->id, b->how, b->message);
    else if (!b->readable) tg_buf_format(why, "the first output of batch %" PRId64 " is not the agent's report", b->id);
    else return true;
    return false;
}

static bool run_one(struct examiner *x, struct tg_drivertalk *s, bool more, struct tg_buf *why)
{
    int64_t id = submit_batch(x, s, false, more);
    return await_or_explain(x, s, has_answered, id, why) && has_done(s, tg_drivertalk_find(s, id), why);
}

static bool runs_batch(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    return run_one(x, s, false, why);
}

static bool ignores_members(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    tg_frames_begin(&s->frames, "ping");
    tg_frames_json(&s->frames, "nobody_knows", "[1.5, {\"t\": \"close\"}]");
    tg_frames_int(&s->frames, "n", 4712);
    tg_frames_end(&s->frames, NULL, 0);
    return run_one(x, s, true, why) && await_or_explain(x, s, has_ponged, 4712, why);
}

static bool runs_many(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    int64_t first = x->last_id + 1, count = 2 * s->slots + 3;
    for (int64_t i = 0; i < count && i < BATCHES_MOST; i++) submit_batch(x, s, false, false);
    if (!await_or_explain(x, s, has_answered_all, first, why)) return false;
    for (int64_t id = first; id <= x->last_id; id++)
        if (!has_done(s, tg_drivertalk_find(s, id), why)) return false;
    return true;
}

/* So many batches that wait as there are slots. */
static bool pongs_while_running(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    x->first_waiting = x->last_id + 1;
    if (!x->sleep) return true;
    for (int64_t i = 0; i < s->slots && i < BATCHES_MOST; i++) submit_batch(x, s, true, false);
    send_number(s, "ping", "n", 4713);
    return await_or_explain(x, s, has_ponged, 4713, why);
}

/* That batch, and those behind it. */
static bool cancel_from(struct examiner *x, struct tg_drivertalk *s, int64_t first, struct tg_buf *why)
{
    for (int64_t id = first; id <= x->last_id; id++) send_number(s, "cancel", "id", id);
    if (!await_or_explain(x, s, has_answered_all, first, why)) return false;
    for (int64_t id = first; id <= x->last_id; id++) {
        const struct tg_drivertalk_batch *b = tg_drivertalk_find(s, id);
        if (strcmp(b->how, "cancelled") == 0) continue;
        tg_buf_format(why, "batch %" PRId64 " was answered as '%s'", id, b->how);
        return false;
    }
    return true;
}

static bool cancels_waiting(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    return !x->sleep || cancel_from(x, s, submit_batch(x, s, true, false), why);
}

static bool cancels_running(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    return !x->sleep || cancel_from(x, s, x->first_waiting, why);
}

static bool runs_again(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    return run_one(x, s, false, why);
}

static bool ignores_strangers(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    send_number(s, "cancel", "id", NO_BATCH);
    send_number(s, "cancel", "id", x->last_id);
    tg_frames_begin(&s->frames, "release");
    tg_frames_json(&s->frames, "keys", "[\"00112233445566778899aabbccddeeff/1.9\"]");
    tg_frames_end(&s->frames, NULL, 0);
    send_number(s, "ping", "n", 4714);
    return await_or_explain(x, s, has_ponged, 4714, why);
}

static bool says_gone(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    static const char key[] = "00112233445566778899aabbccddeeff/1.9";
    tg_frames_begin(&s->frames, "get");
    tg_frames_text(&s->frames, "key", key);
    tg_frames_end(&s->frames, NULL, 0);
    if (!await_or_explain(x, s, has_nothing, 0, why)) return false;
    if (strstr(s->gone.data, key)) return true;
    tg_buf_text(why, "'gone' does not name the key");
    return false;
}

static bool scales(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    int64_t slots = s->slots;
    send_number(s, "scale", "n", slots + 1);
    if (!run_one(x, s, false, why)) return false;
    send_number(s, "scale", "n", slots);
    return run_one(x, s, false, why);
}

/* It ends by itself, and with status 0. */
static bool has_ended_well(struct tg_drivertalk *s, struct tg_buf *why)
{
    bool ended = tg_drivertalk_await(s, is_at_its_end, 0);
    if (!ended) tg_drivertalk_explain(s, why);
    s->status = tg_driver_end(&s->process, s->patience_ns);
    s->alive = false;
    if (!ended) return false;
    if (WIFEXITED(s->status) && WEXITSTATUS(s->status) == 0) return true;
    if (WIFEXITED(s->status)) tg_buf_format(why, "its exit status is %d", WEXITSTATUS(s->status));
    else tg_buf_format(why, "it was ended by signal %d", WTERMSIG(s->status));
    return false;
}

static bool closes(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    tg_drivertalk_listen(s, QUIET_NS);
    tg_frames_begin(&s->frames, "close");
    tg_frames_end(&s->frames, NULL, 0);
    return await_or_explain(x, s, has_closed, 0, why) && has_ended_well(s, why);
}

/* Of the conversation that is over. */
static bool answers_once(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    (void)x;
    if (s->twice.length) tg_buf_text(why, s->twice.data);
    for (size_t i = 0; i < s->batches.count && !why->length; i++)
        if (!s->batches.items[i].answers) tg_buf_format(why, "batch %" PRId64 " was not answered", s->batches.items[i].id);
    return !why->length;
}

/* ---- rules that end a conversation --------------------------------------------------------------- */

/* It says an error of that kind, and ends. */
static bool fails_with(struct examiner *x, struct tg_drivertalk *s, const char *kind, struct tg_buf *why)
{
    uint64_t patience_ns = s->patience_ns;
    s->patience_ns *= OPEN_PATIENCE;
    bool failed = await_or_explain(x, s, has_said_error, 0, why);
    s->patience_ns = patience_ns;
    if (!failed) return false;
    if (strcmp(s->error.data, kind) != 0) {
        tg_buf_format(why, "its error is of kind '%s', not '%s'", s->error.data, kind);
        return false;
    }
    return await_or_explain(x, s, is_at_its_end, 0, why);
}

static bool refuses_kind(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    if (!opens_well(x, s, why)) return false;
    tg_frames_begin(&s->frames, "no-such-kind");
    tg_frames_end(&s->frames, NULL, 0);
    return fails_with(x, s, "protocol", why);
}

static bool refuses_bytes(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    static const char nonsense[] = "\xff\xff\xff\xff\xff\xff\xff\xffGET / HTTP/1.1";
    if (!await_or_explain(x, s, has_greeted, 0, why)) return false;
    tg_frames_raw(&s->frames, nonsense, sizeof nonsense);
    return fails_with(x, s, "protocol", why);
}

static bool refuses_version(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    if (!await_or_explain(x, s, has_greeted, 0, why)) return false;
    send_open(x, s, TG_FRAMES_PROTOCOL + 1000, tg_frames_build());
    return fails_with(x, s, "protocol", why);
}

static bool refuses_build(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    if (!await_or_explain(x, s, has_greeted, 0, why)) return false;
    send_open(x, s, TG_FRAMES_PROTOCOL, "tgrun 0.0.0, pdp11, libc 0, program 00000000000000000000000000000000");
    return fails_with(x, s, "version", why);
}

static bool ends_with_input(struct examiner *x, struct tg_drivertalk *s, struct tg_buf *why)
{
    if (!opens_well(x, s, why)) return false;
    submit_batch(x, s, x->sleep != NULL, false);
    tg_drivertalk_listen(s, QUIET_NS);
    close(s->process.out);
    s->process.out = -1;
    s->frames.lost = true;
    return has_ended_well(s, why);
}

/* ---- all of them --------------------------------------------------------------------------------- */

struct rule {
    const char *text;
    rule_trial *try;
    bool always; /* also when one before it has failed */
};

static const struct rule rules_of_one_run[] = {
    {"its first message is 'hello', and waits for nothing", greets_first, false},
    {"'open' is answered by 'ready', with workers and their slots", opens_well, false},
    {"'ping' is answered by 'pong' with its number", pings, false},
    {"a batch is run, and its report comes back", runs_batch, false},
    {"members that it does not know are ignored", ignores_members, false},
    {"more batches than slots are all run", runs_many, false},
    {"'ping' is answered while batches run", pongs_while_running, false},
    {"a batch that waits can be cancelled", cancels_waiting, false},
    {"batches that run can be cancelled", cancels_running, false},
    {"batches run behind cancelled ones", runs_again, false},
    {"numbers and keys that nobody has are ignored", ignores_strangers, false},
    {"'get' of a key that is not there is answered by 'gone'", says_gone, false},
    {"'scale' disturbs nothing", scales, false},
    {"'close' is answered by 'closed', and it ends with status 0", closes, true},
    {"each batch is answered once", answers_once, true},
};
static const struct rule rules_of_ends[] = {
    {"a message of an unknown kind is an error 'protocol'", refuses_kind, false},
    {"what is no message is an error 'protocol'", refuses_bytes, false},
    {"another version of the protocol is an error 'protocol'", refuses_version, false},
    {"another build of tgrun is an error 'version'", refuses_build, false},
    {"the end of its input ends it with status 0, also while batches run", ends_with_input, false},
};

static void tell_verdict(struct tg_drivertest *t, const struct rule *r, enum tg_drivertest_verdict verdict, const char *why)
{
    t->counts[verdict]++;
    t->tell(t->data, r->text, verdict, why);
}

static void try_rule(struct examiner *x, struct tg_drivertalk *s, const struct rule *r)
{
    struct tg_buf why = {0};
    bool kept = r->try(x, s, &why);
    if (s->wrong.length) {
        kept = false;
        why.length = 0;
        tg_buf_text(&why, s->wrong.data);
    }
    s->wrong.length = 0;
    tell_verdict(x->t, r, kept ? TG_DRIVERTEST_KEPT : TG_DRIVERTEST_BROKEN, tg_buf_str(&why));
    tg_buf_done(&why);
}

static bool is_enough(const struct tg_drivertest *t)
{
    return t->fail_fast && t->counts[TG_DRIVERTEST_BROKEN];
}

/* One conversation; false and err: it did not begin. */
static bool try_rules(struct examiner *x, const struct rule *rules, size_t count, struct tg_err *err)
{
    struct tg_drivertalk s;
    const struct tg_drivertest *t = x->t;
    if (!tg_drivertalk_begin(&s, t->cluster, t->program, t->patience_ns, err)) return false;
    x->over = false;
    for (size_t i = 0; i < count && !is_enough(t); i++) {
        if (x->over && !rules[i].always) tell_verdict(x->t, &rules[i], TG_DRIVERTEST_UNTRIED, "");
        else try_rule(x, &s, &rules[i]);
    }
    tg_drivertalk_end(&s);
    return true;
}

/* What batches are made of: no plugin, and a C function that waits, where there is one. */
static bool set_up_examiner(struct examiner *x, struct tg_err *err)
{
    struct tg_err ignored = {0};
    struct tg_sig sig;
    const char *rest;
    const char *name = tg_driver_name(x->t->cluster, &rest, err);
    x->text = rest;
    if (!name || !tg_registry_init(&x->registry, err)) return false;
    if (tg_sig_parse("sleep(seconds: int) -> int", NULL, 0, &x->registry.arena, &sig, &ignored))
        x->sleep = tg_registry_extern(&x->registry, "libc.so.6", &sig, &ignored);
    tg_err_done(&ignored);
    tg_parcel_greet(&x->greeting, &x->registry, NULL);
    return true;
}

bool tg_drivertest_run(struct tg_drivertest *t, struct tg_err *err)
{
    struct examiner x = {.t = t};
    memset(t->counts, 0, sizeof t->counts);
    if (!set_up_examiner(&x, err)) return false;
    bool begun = try_rules(&x, rules_of_one_run, sizeof rules_of_one_run / sizeof *rules_of_one_run, err);
    for (size_t i = 0; begun && !is_enough(t) && i < sizeof rules_of_ends / sizeof *rules_of_ends; i++)
        begun = try_rules(&x, &rules_of_ends[i], 1, err);
    tg_buf_done(&x.greeting);
    tg_registry_done(&x.registry);
    return begun;
}
