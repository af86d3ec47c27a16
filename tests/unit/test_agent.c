/* SPDX-License-Identifier: MIT
 * An agent as who speaks to it sees it. The agent is this program, called as one, and so are its executors. */
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "engine/base/clock.h"
#include "engine/base/rmtree.h"
#include "engine/remote/agent.h"
#include "engine/remote/batch.h"
#include "engine/remote/buffers.h"
#include "engine/remote/executor.h"
#include "engine/remote/frames.h"
#include "engine/remote/parcel.h"
#include "engine/store/digest.h"
#include "engine/value/mapped.h"
#include "tests/unit/call.h"

/* What does not come by then will not come, on the busiest machine. */
#define PATIENT_MS 120000

__attribute__((constructor)) static void be_other(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "exec") == 0 && tg_executor_is_called()) exit(tg_executor_main());
    if (argc == 2 && strcmp(argv[1], "agent") == 0 && tg_agent_is_called()) exit(tg_agent_main());
}

/* ---- an agent ------------------------------------------------------------------------------------ */

struct talk {
    pid_t pid;
    int to, from;
    struct tg_frames frames;
    struct tg_frame last; /* what came last */
    struct tg_buf logged;
};

static void become_agent(int in, int out)
{
    char *argv[] = {(char *)"tgrun", (char *)"agent", NULL};
    dup2(in, 0);
    dup2(out, 1);
    execv("/proc/self/exe", argv);
    _exit(99);
}

static void start_agent(struct talk *t)
{
    int in[2], out[2];
    *t = (struct talk){0};
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* what it leaves behind is ours */
    mkdir(in_folder("agents"), 0700);
    setenv("TMPDIR", in_folder("agents"), 1);
    CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    t->pid = fork();
    if (!t->pid) become_agent(in[0], out[1]);
    close(in[0]);
    close(out[1]);
    t->to = in[1];
    t->from = out[0];
    tg_frames_init(&t->frames, t->from, t->to);
}

static void write_all(struct talk *t)
{
    struct pollfd out = {.fd = t->to, .events = POLLOUT};
    while (tg_frames_flush(&t->frames) && tg_frames_has_more(&t->frames) && poll(&out, 1, PATIENT_MS) > 0) {}
}

/* The next message; "" at the end, or when none comes. */
static const char *hear_any(struct talk *t)
{
    struct tg_err err = {0};
    struct pollfd in = {.fd = t->from, .events = POLLIN};
    int got;
    while ((got = tg_frames_next(&t->frames, &t->last, &err)) == 0)
        if (poll(&in, 1, PATIENT_MS) <= 0) break;
    if (err.message) printf("# %s\n", err.message);
    tg_err_done(&err);
    return got > 0 ? t->last.kind : "";
}

/* The next one that is no log; those are collected. */
static const char *hear(struct talk *t)
{
    const char *kind;
    while (strcmp(kind = hear_any(t), "log") == 0) {
        tg_buf_text(&t->logged, tg_frame_text(&t->last, "text"));
        tg_buf_char(&t->logged, '\n');
    }
    return kind;
}

/* Waits for its end, and for that of all that it has left; its exit status. */
static int await_end(struct talk *t)
{
    int status = -1, one;
    pid_t pid;
    uint64_t until_ns = tg_clock_ns() + (uint64_t)PATIENT_MS * 1000000;
    while ((pid = waitpid(-1, &one, WNOHANG)) >= 0 && tg_clock_ns() < until_ns) {
        if (pid == t->pid) status = WIFEXITED(one) ? WEXITSTATUS(one) : -1;
        if (!pid) tg_clock_sleep(1000000);
    }
    CHECK(pid < 0); /* none is left */
    return status;
}

/* The input ends; what remains to be said is not listened to. */
static int end_agent(struct talk *t)
{
    close(t->to);
    int status = await_end(t);
    close(t->from);
    tg_frames_done(&t->frames);
    tg_buf_done(&t->logged);
    CHECK(rmdir(in_folder("agents")) == 0); /* no file is left */
    return status;
}

/* ---- what is sent -------------------------------------------------------------------------------- */

/* Of math.so, fault.so and bad_init.so. */
static char digests[3][33];

/* Of parcels that are sent from now on. */
static uint64_t memory_bytes;
static enum tg_parcel_room room;

/* A file, as `open` has it. */
static void add_file(struct tg_buf *json, struct tg_buf *blob, const char *path, char digest[33])
{
    struct stat st;
    struct tg_buf hex = {0};
    size_t before = blob->length;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    char *at = tg_buf_reserve(blob, (size_t)st.st_size);
    CHECK(read(fd, at, (size_t)st.st_size) == st.st_size);
    blob->length += (size_t)st.st_size;
    close(fd);
    tg_digest_print(&hex, tg_digest_bytes(blob->data + before, (size_t)st.st_size));
    memcpy(digest, hex.data, 33);
    tg_buf_format(json, "%s{\"hash\":\"%s\",\"name\":\"%s\",\"mode\":%d,\"bytes\":%zu}", before ? "," : "[", digest,
                  strrchr(path, '/') + 1, 0755, (size_t)st.st_size);
    tg_buf_done(&hex);
}

/* harm: a byte of a file is another one. more: further members, begun by a comma; or "". */
static void open_with(struct talk *t, const char *build, bool harm, void (*more)(struct tg_frames *f))
{
    struct tg_buf json = {0}, blob = {0};
    use("math");
    add_file(&json, &blob, plugin->path, digests[0]);
    use("fault");
    add_file(&json, &blob, plugin->path, digests[1]);
    char *bad = tg_alloc_format("%s/tests/plugins/bad_init.so", build_folder());
    add_file(&json, &blob, bad, digests[2]);
    free(bad);
    tg_buf_char(&json, ']');
    if (harm) blob.data[blob.length / 2] ^= 1;
    tg_frames_begin(&t->frames, "open");
    tg_frames_int(&t->frames, "protocol", 1);
    tg_frames_text(&t->frames, "build", build);
    tg_frames_json(&t->frames, "files", tg_buf_str(&json));
    if (more) more(&t->frames);
    tg_frames_end(&t->frames, &(struct iovec){blob.data, blob.length}, 1);
    write_all(t);
    tg_buf_done(&json);
    tg_buf_done(&blob);
}

/* An agent that is ready. */
static void start_ready(struct talk *t)
{
    start_agent(t);
    CHECK_STR(hear(t), "hello");
    open_with(t, tg_frames_build(), false, NULL);
    CHECK_STR(hear(t), "ready");
    CHECK_INT(tg_frame_int(&t->last, "slots", 0), 1);
}

/* A batch that is being written. */
struct batch {
    struct tg_buf bytes;
    uint32_t entries;
    struct tg_codec codec;
};

/* An entry: the arguments are the items of a list in JSON; of "@n" the result of entry n. */
static void add_entry(struct batch *b, const char *plugin_name, const char *task, const char *json_args)
{
    struct tg_batch_task named = {0};
    struct tg_err err = {0};
    use(plugin_name);
    const struct tg_def *def = tg_loaded_find(plugin, task, strlen(task));
    tg_value args = json(json_args);
    const struct tg_list *list = tg_list_of(args);
    CHECK(def && tg_batch_name(&shared, def, &named) && list->count == def->sig.count);
    tg_batch_begin_entry(&b->bytes, named, (uint32_t)list->count, NULL);
    for (size_t i = 0; i < list->count; i++) {
        const char *text = tg_kind(list->items[i]) == TG_STR ? tg_str_of(list->items[i])->data : "";
        if (*text == '@') tg_batch_add_reference(&b->bytes, (uint32_t)strtoul(text + 1, NULL, 10));
        else CHECK(tg_batch_add_value(&b->bytes, &b->codec, list->items[i], &err));
    }
    b->entries++;
    tg_value_unref(args);
}

static void submit_bytes(struct talk *t, int64_t id, const void *bytes, size_t length)
{
    tg_frames_begin(&t->frames, "submit");
    tg_frames_int(&t->frames, "id", id);
    tg_frames_int(&t->frames, "n", (int64_t)length);
    tg_frames_end(&t->frames, &(struct iovec){(void *)bytes, length}, 1);
    write_all(t);
}

/* Sends the batch as a parcel whose number is its id. */
static void submit_greeted(struct talk *t, int64_t id, struct batch *b, const struct tg_buf *greeting,
                           const struct iovec *buffer)
{
    struct tg_buf bytes = {0};
    struct tg_parcel p = {.process = (uint32_t)id, .entries = b->entries, .memory_bytes = memory_bytes, .room = room};
    p.buffers = buffer;
    p.buffer_count = buffer != NULL;
    p.greeting = (uint8_t *)greeting->data;
    p.greeting_bytes = greeting->length;
    p.batch = (uint8_t *)b->bytes.data;
    p.batch_bytes = b->bytes.length;
    tg_parcel_write(&bytes, &p);
    submit_bytes(t, id, bytes.data, bytes.length);
    tg_buf_done(&bytes);
    tg_buf_done(&b->bytes);
    b->entries = 0;
}

static void submit_with(struct talk *t, int64_t id, struct batch *b, const struct iovec *buffer)
{
    const char *both[] = {digests[0], digests[1]};
    struct tg_buf greeting = {0};
    tg_parcel_greet(&greeting, &shared, both);
    submit_greeted(t, id, b, &greeting, buffer);
    tg_buf_done(&greeting);
}

static void submit(struct talk *t, int64_t id, struct batch *b)
{
    submit_with(t, id, b, NULL);
}

static void submit_one(struct talk *t, int64_t id, const char *plugin_name, const char *task, const char *json_args)
{
    struct batch b = {0};
    add_entry(&b, plugin_name, task, json_args);
    submit(t, id, &b);
}

static void say_cancel(struct talk *t, int64_t id)
{
    tg_frames_begin(&t->frames, "cancel");
    tg_frames_int(&t->frames, "id", id);
    tg_frames_end(&t->frames, NULL, 0);
    write_all(t);
}

/* ---- what comes ---------------------------------------------------------------------------------- */

static struct tg_arena arena;

/* The next message is the report of this batch. */
static struct tg_parcel_report hear_report(struct talk *t, int64_t id)
{
    struct tg_parcel_report r = {0};
    struct tg_err err = {0};
    const char *kind = hear(t);
    if (strcmp(kind, "done") != 0) {
        printf("# no report but '%s': %s\n", kind, *kind ? tg_frame_text(&t->last, "message") : "the end");
        exit(1); /* nothing that follows makes sense */
    }
    CHECK_INT(tg_frame_int(&t->last, "id", -1), id);
    CHECK(tg_frame_int(&t->last, "start_ns", 0) > 0 &&
          tg_frame_int(&t->last, "end_ns", 0) >= tg_frame_int(&t->last, "start_ns", 0));
    bool read = tg_parcel_read_report(t->last.blob, t->last.blob_bytes, &r, &arena, &err);
    CHECK(read);
    if (!read) printf("# %s\n", err.message ? err.message : tg_frame_text(&t->last, "message"));
    tg_err_done(&err);
    return r;
}

/* A result as source text; borrowed until the next call. */
static const char *result_of(const struct tg_parcel_report *r, uint32_t entry)
{
    static char text[400];
    static const struct tg_codec plain;
    struct tg_buf b = {0};
    struct tg_err err = {0};
    tg_value v = tg_nil();
    size_t used;
    if (entry >= r->result_count) return "none";
    const struct tg_parcel_result *one = &r->results[entry];
    if (one->page.status != TG_PAGE_GAVE) return "no value";
    if (tg_codec_decode(&plain, one->bytes, (size_t)one->page.bytes, &used, &v, &err)) tg_value_repr(&b, v, 0);
    snprintf(text, sizeof text, "%s", err.message ? err.message : tg_buf_str(&b));
    tg_err_done(&err);
    tg_value_unref(v);
    tg_buf_done(&b);
    return text;
}

static void check_failed_as(struct talk *t, int64_t id, const char *kind)
{
    CHECK_STR(hear(t), "fail");
    CHECK_INT(tg_frame_int(&t->last, "id", -1), id);
    CHECK_STR(tg_frame_text(&t->last, "kind"), kind);
}

static bool await_file(const char *path)
{
    for (int ms = 0; ms < PATIENT_MS; ms++) {
        if (access(path, F_OK) == 0) return true;
        tg_clock_sleep(1000000);
    }
    return false;
}

/* [MARK, null], for a task that makes this file when it has begun. */
static const char *marking(const char *path)
{
    static char text[300];
    snprintf(text, sizeof text, "[\"%s\", null]", path);
    return text;
}

/* ---- tests --------------------------------------------------------------------------------------- */

TEST(it_runs_batches_in_one_executor)
{
    struct talk t;
    struct batch b = {0};
    start_ready(&t);
    add_entry(&b, "math", "inc", "[2]");
    add_entry(&b, "math", "mul", "[\"@0\", 5]");
    submit(&t, 11, &b);
    submit_one(&t, 12, "math", "dec", "[\"@0\"]"); /* of no entry before it */
    struct tg_parcel_report r = hear_report(&t, 11);
    CHECK(r.process == 11 && r.fresh && r.spawn_ns && !r.ended && r.begun == 2 && r.done == 2 && !r.why);
    CHECK_STR(result_of(&r, 0), "3");
    CHECK_STR(result_of(&r, 1), "15");
    CHECK(r.results[1].page.began_ns >= r.results[0].page.began_ns && r.clock_ns > 0);
    r = hear_report(&t, 12);
    CHECK(r.process == 11 && !r.fresh && !r.spawn_ns && r.done == 1);
    CHECK_INT(r.results[0].page.status, TG_PAGE_UNRUN);
    CHECK_INT(end_agent(&t), 0);
}

TEST(a_crash_is_told_and_the_next_batch_runs_elsewhere)
{
    struct talk t;
    struct batch b = {0};
    start_ready(&t);
    add_entry(&b, "math", "inc", "[2]");
    add_entry(&b, "fault", "crash", "[6, null]"); /* SIGABRT: sanitizers leave it alone */
    add_entry(&b, "math", "inc", "[3]");
    submit(&t, 21, &b);
    submit_one(&t, 22, "math", "inc", "[4]");
    struct tg_parcel_report r = hear_report(&t, 21);
    CHECK(r.ended && r.died && r.ran == 1 && r.begun == 2 && r.done == 1 && !r.ran_out);
    CHECK(WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGABRT && (!r.fault.signal || r.fault.signal == SIGABRT));
    CHECK_STR(result_of(&r, 0), "3");
    r = hear_report(&t, 22);
    CHECK(r.process == 22 && r.fresh && !r.ended);
    CHECK_STR(result_of(&r, 0), "5");
    CHECK_INT(end_agent(&t), 0);
}

/* A process whose parent is this one, and which is an executor; 0: there is none. */
static pid_t find_executor(pid_t parent)
{
    char path[64], line[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *children = fopen(path, "r");
    bool read = children && fgets(line, sizeof line, children);
    if (children) fclose(children);
    for (char *at = line, *end; read; at = end) {
        char name[32] = "";
        pid_t pid = (pid_t)strtol(at, &end, 10);
        if (end == at) break;
        snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
        FILE *comm = fopen(path, "r");
        if (comm && !fgets(name, sizeof name, comm)) *name = 0;
        if (comm) fclose(comm);
        if (strcmp(name, "tg-exec\n") == 0) return pid;
    }
    return 0;
}

TEST(one_that_was_killed_between_batches_is_replaced)
{
    struct talk t;
    start_ready(&t);
    submit_one(&t, 25, "math", "inc", "[1]");
    CHECK(hear_report(&t, 25).fresh);
    pid_t pid = find_executor(t.pid);
    if (pid) CHECK(kill(pid, SIGKILL) == 0);
    submit_one(&t, 26, "math", "inc", "[2]");
    struct tg_parcel_report r = hear_report(&t, 26);
    if (!pid) CHECK(!r.fresh);                   /* a kernel that does not tell of children */
    else if (r.ended) CHECK(!r.begun && r.died); /* it was not quite dead when it got the batch */
    else CHECK(r.fresh && r.process == 26 && r.done == 1);
    CHECK_INT(end_agent(&t), 0);
}

TEST(what_runs_or_waits_is_cancelled)
{
    struct talk t;
    start_ready(&t);
    submit_one(&t, 31, "fault", "hang_deaf", marking(in_folder("began")));
    submit_one(&t, 32, "math", "inc", "[1]");
    submit_one(&t, 33, "math", "inc", "[2]");
    CHECK(await_file(in_folder("began")));
    say_cancel(&t, 32);
    check_failed_as(&t, 32, "cancelled");
    tg_frames_begin(&t.frames, "ping");
    tg_frames_int(&t.frames, "n", 77);
    tg_frames_end(&t.frames, NULL, 0);
    say_cancel(&t, 31);
    CHECK_STR(hear(&t), "pong");
    CHECK_INT(tg_frame_int(&t.last, "n", 0), 77);
    check_failed_as(&t, 31, "cancelled");
    struct tg_parcel_report r = hear_report(&t, 33);
    CHECK(r.fresh && r.process == 33);
    CHECK_STR(result_of(&r, 0), "3");
    say_cancel(&t, 33); /* too late: nothing is said */
    CHECK_INT(end_agent(&t), 0);
    CHECK(unlink(in_folder("began")) == 0);
}

TEST(lines_of_the_log_come_before_what_they_belong_to)
{
    struct talk t;
    start_ready(&t);
    submit_one(&t, 91, "fault", "slow_deaf", "[0.0, 7, \"\", \"\", null]");
    struct tg_parcel_report r = hear_report(&t, 91);
    CHECK_STR(result_of(&r, 0), "[\"7\", 7]");
    CHECK_STR(tg_buf_str(&t.logged), "slept\n");
    CHECK_INT(end_agent(&t), 0);
}

TEST(an_executor_that_cannot_be_started_is_told)
{
    static const struct tg_codec plain;
    struct talk t;
    struct batch b = {.entries = 1};
    struct tg_buf greeting = {0};
    start_ready(&t);
    tg_value told = list_of(2, list_of(2, tg_str(digests[2]), tg_str("bad_init.so")), list_of(0));
    CHECK(tg_codec_encode(&plain, told, &greeting, NULL));
    submit_greeted(&t, 95, &b, &greeting, NULL);
    struct tg_parcel_report r = hear_report(&t, 95);
    CHECK(r.why && strstr(r.why, "there is no graphics card") && !r.ended && !r.begun && !r.result_count);
    submit_one(&t, 96, "math", "inc", "[1]");
    r = hear_report(&t, 96);
    CHECK_STR(result_of(&r, 0), "2");
    CHECK_INT(end_agent(&t), 0);
    tg_value_unref(told);
    tg_buf_done(&greeting);
}

TEST(a_fresh_executor_is_had_where_one_keeps_memory)
{
    const uint64_t kept = UINT64_C(100) << 20;
    struct talk t;
    if (TG_SANITIZED) return; /* its memory is not to be limited */
    memory_bytes = UINT64_C(1) << 30;
    start_ready(&t);
    submit_one(&t, 101, "fault", "hoard", "[104857600, null]");
    submit_one(&t, 102, "math", "inc", "[1]");
    struct tg_parcel_report r = hear_report(&t, 101);
    CHECK(r.fresh && r.done == 1 && !r.ended);
    CHECK((r.grouped ? r.resident_bytes : r.data_bytes) >= r.fresh_bytes + kept);
    CHECK(!hear_report(&t, 102).fresh);
    room = TG_PARCEL_FRESH;
    submit_one(&t, 103, "math", "inc", "[1]");
    r = hear_report(&t, 103);
    CHECK(r.fresh && r.process == 103 && (r.grouped ? r.resident_bytes : r.data_bytes) < kept);
    room = TG_PARCEL_AS_IT_IS;
    memory_bytes = 0;
    submit_one(&t, 104, "math", "inc", "[1]"); /* another limit, another executor */
    CHECK(hear_report(&t, 104).fresh);
    CHECK_INT(end_agent(&t), 0);
}

TEST(another_build_is_refused)
{
    struct talk t;
    start_agent(&t);
    CHECK_STR(hear(&t), "hello");
    open_with(&t, "tgrun of another machine", false, NULL);
    CHECK_STR(hear(&t), "error");
    CHECK_STR(tg_frame_text(&t.last, "kind"), "version");
    CHECK(strstr(tg_frame_text(&t.last, "message"), "tgrun of another machine"));
    CHECK(strstr(tg_frame_text(&t.last, "message"), tg_frames_build()));
    CHECK_STR(hear(&t), "");
    CHECK_INT(end_agent(&t), TG_EXIT_CANNOT);
}

TEST(a_file_that_is_not_what_its_digest_says_is_refused)
{
    struct talk t;
    start_agent(&t);
    CHECK_STR(hear(&t), "hello");
    open_with(&t, tg_frames_build(), true, NULL);
    CHECK_STR(hear(&t), "error");
    CHECK(strstr(tg_frame_text(&t.last, "message"), "is not what its digest says"));
    CHECK_STR(hear(&t), "");
    CHECK_INT(end_agent(&t), TG_EXIT_CANNOT);
}

TEST(the_end_of_the_input_leaves_nothing_behind)
{
    struct talk t;
    start_ready(&t);
    submit_one(&t, 41, "fault", "hang_deaf", marking(in_folder("began")));
    submit_one(&t, 42, "math", "inc", "[1]");
    CHECK(await_file(in_folder("began")));
    CHECK_INT(end_agent(&t), 0);
    CHECK(unlink(in_folder("began")) == 0);
}

TEST(a_request_to_end_is_as_the_end_of_the_input)
{
    struct talk t;
    start_ready(&t);
    submit_one(&t, 51, "fault", "hang", marking(in_folder("began")));
    CHECK(await_file(in_folder("began")));
    kill(t.pid, SIGTERM);
    CHECK_STR(hear(&t), "closed");
    CHECK_STR(hear(&t), "");
    CHECK_INT(end_agent(&t), 0);
    CHECK(unlink(in_folder("began")) == 0);
}

/* A folder as an agent makes it, long ago. */
static void make_old_folder(const char *path)
{
    const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    CHECK(mkdir(path, 0700) == 0 && utimensat(AT_FDCWD, path, old, 0) == 0);
}

TEST(folders_of_agents_that_were_killed_are_removed)
{
    struct talk t;
    start_agent(&t);
    make_old_folder(in_folder("agents/tgrun-agent-left"));
    make_old_folder(in_folder("agents/tgrun-agent-held"));
    make_old_folder(in_folder("agents/another"));
    int held = open(in_folder("agents/tgrun-agent-held"), O_RDONLY | O_CLOEXEC);
    CHECK(held >= 0 && flock(held, LOCK_EX) == 0);
    open_with(&t, tg_frames_build(), false, NULL);
    CHECK_STR(hear(&t), "hello");
    CHECK_STR(hear(&t), "ready");
    CHECK(access(in_folder("agents/tgrun-agent-left"), F_OK) != 0);
    CHECK(rmdir(in_folder("agents/tgrun-agent-held")) == 0);
    CHECK(rmdir(in_folder("agents/another")) == 0);
    close(held);
    CHECK_INT(end_agent(&t), 0);
}

TEST(what_is_killed_leaves_no_process)
{
    struct talk t;
    start_ready(&t);
    submit_one(&t, 61, "fault", "hang_deaf", marking(in_folder("began")));
    CHECK(await_file(in_folder("began")));
    kill(t.pid, SIGKILL);
    CHECK_STR(hear(&t), "");
    await_end(&t);
    CHECK(tg_rmtree(in_folder("agents")) && mkdir(in_folder("agents"), 0700) == 0); /* nobody is there to remove it */
    end_agent(&t);
    CHECK(unlink(in_folder("began")) == 0);
}

static bool keep_fd(void *kept, int fd, uint32_t number)
{
    (void)number;
    *(int *)kept = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return true;
}

/* The bytes of a descriptor. */
static struct iovec map_fd(int fd)
{
    struct stat st;
    CHECK(fstat(fd, &st) == 0);
    void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(at != MAP_FAILED);
    close(fd);
    return (struct iovec){at, (size_t)st.st_size};
}

/* A text of this letter, as an argument whose bytes go beside the batch. */
static struct iovec add_large_entry(struct batch *b, char letter)
{
    int fd = -1;
    struct tg_buffers beside = {.send = keep_fd, .data = &fd};
    struct tg_codec_buffers put = tg_buffers_codec(&beside);
    tg_value text = tg_str_make(TG_STR, NULL, TG_MAPPED_FROM_BYTES + 1);
    struct tg_batch_task named = {0};
    struct tg_err err = {0};
    memset(tg_str_of(text)->data, letter, tg_str_of(text)->length);
    use("fault");
    CHECK(tg_batch_name(&shared, tg_loaded_find(plugin, "slow", 4), &named));
    tg_batch_begin_entry(&b->bytes, named, 3, NULL);
    tg_value args[] = {tg_float(0), text, tg_nil()};
    b->codec.buffers = &put;
    for (size_t i = 0; i < TG_COUNT(args); i++) CHECK(tg_batch_add_value(&b->bytes, &b->codec, args[i], &err));
    b->codec.buffers = NULL;
    b->entries++;
    tg_value_unref(text);
    tg_buffers_done(&beside);
    return map_fd(fd);
}

TEST(large_texts_go_beside_both_ways)
{
    struct talk t;
    struct batch b = {0};
    struct tg_buffers beside = {0};
    struct tg_codec_buffers get = tg_buffers_codec(&beside);
    tg_value v = tg_nil();
    size_t used;
    tg_mapped_begin();
    start_ready(&t);
    struct iovec buffer = add_large_entry(&b, 'q');
    CHECK(b.bytes.length < 1000);
    submit_with(&t, 71, &b, &buffer);
    struct tg_parcel_report r = hear_report(&t, 71);
    CHECK(r.done == 1 && r.buffer_count == 1 && r.results[0].page.bytes < 1000);
    if (r.buffer_count == 1) {
        tg_buffers_take(&beside, 0, tg_mapped_file(r.buffers[0].iov_base, r.buffers[0].iov_len));
        struct tg_codec codec = {.buffers = &get};
        CHECK(tg_codec_decode(&codec, r.results[0].bytes, (size_t)r.results[0].page.bytes, &used, &v, NULL));
        CHECK(tg_kind(v) == TG_STR && tg_str_of(v)->length == TG_MAPPED_FROM_BYTES + 1 && tg_str_of(v)->data[77] == 'q');
    }
    tg_value_unref(v);
    tg_buffers_done(&beside);
    munmap(buffer.iov_base, buffer.iov_len);
    CHECK_INT(end_agent(&t), 0);
}

static void check_error(void (*say)(struct talk *t), const char *message)
{
    struct talk t;
    start_agent(&t);
    CHECK_STR(hear(&t), "hello");
    say(&t);
    write_all(&t);
    CHECK_STR(hear(&t), "error");
    CHECK_STR(tg_frame_text(&t.last, "kind"), "protocol");
    CHECK(strstr(tg_frame_text(&t.last, "message"), message));
    CHECK_INT(end_agent(&t), TG_EXIT_CANNOT);
}

static void say_unknown(struct talk *t)
{
    tg_frames_begin(&t->frames, "dance");
    tg_frames_end(&t->frames, NULL, 0);
}

static void say_early(struct talk *t)
{
    submit_bytes(t, 1, "?", 1);
}

static void say_garbage(struct talk *t)
{
    tg_frames_raw(&t->frames, "\1\0\0\0garbage", 11);
}

TEST(nonsense_ends_it)
{
    check_error(say_unknown, "a message of a kind that is not known: 'dance'");
    check_error(say_early, "a batch came before `open`");
    check_error(say_garbage, "a message of 1 bytes");
}

TEST(a_batch_that_is_none_is_refused)
{
    struct talk t;
    start_ready(&t);
    submit_bytes(&t, 81, "nonsense", 8);
    check_failed_as(&t, 81, "refused");
    memset(digests[1], '0', 32);
    submit_one(&t, 82, "math", "inc", "[1]");
    check_failed_as(&t, 82, "refused");
    CHECK_STR(tg_frame_text(&t.last, "message"), "plugin 'fault.so' was not sent");
    CHECK_INT(end_agent(&t), 0);
}

static void add_surroundings(struct tg_frames *f)
{
    struct tg_buf marker = {0};
    tg_buf_format(&marker, "{\"path\":\"%s\",\"text\":\"it is here\"}", in_folder("marker"));
    tg_frames_text(f, "folder", in_folder("."));
    tg_frames_json(f, "env", "[\"AGENT_TEST=set\"]");
    tg_frames_json(f, "marker", tg_buf_str(&marker));
    tg_buf_done(&marker);
}

static void add_no_folder(struct tg_frames *f)
{
    tg_frames_text(f, "folder", in_folder("nowhere"));
}

/* Whether it says that it does not see what the run sees. */
static bool is_blind(void (*more)(struct tg_frames *f))
{
    struct talk t;
    start_agent(&t);
    CHECK_STR(hear(&t), "hello");
    open_with(&t, tg_frames_build(), false, more);
    CHECK_STR(hear(&t), "ready");
    tg_value workers = tg_frame_get(&t.last, "workers");
    bool one = tg_kind(workers) == TG_LIST && tg_list_of(workers)->count == 1;
    const tg_value *blind = one ? tg_record_find(tg_list_of(workers)->items[0], "blind", 5) : NULL;
    CHECK(blind && tg_kind(*blind) == TG_BOOL);
    bool is = blind && tg_as_bool(*blind);
    CHECK_INT(end_agent(&t), 0);
    return is;
}

TEST(who_does_not_share_the_folders_of_the_run_says_so)
{
    CHECK(is_blind(add_no_folder));
    CHECK(is_blind(add_surroundings)); /* there is no such file */
    write_file(in_folder("marker"), "it is here, not", 15);
    CHECK(is_blind(add_surroundings));
    write_file(in_folder("marker"), "it is here", 10);
    CHECK(!is_blind(add_surroundings));
    CHECK(unlink(in_folder("marker")) == 0);
}

TEST(the_end)
{
    tg_arena_done(&arena);
    calls_done();
}
