/* SPDX-License-Identifier: MIT
 * Executors from both ends: batches as bytes, messages, large texts, and what becomes of a task whose executor lies: it fails and
 * says so, and nothing else happens. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "engine/grow/start.h"
#include "engine/remote/batch.h"
#include "engine/remote/buffers.h"
#include "engine/remote/pool.h"
#include "engine/run/run.h"
#include "engine/sched/sched.h"
#include "engine/session.h"
#include "engine/value/list.h"
#include "engine/value/mapped.h"
#include "engine/value/str.h"
#include "tests/unit/check.h"
#include "tests/unit/lying.h"

/* ---- batches ------------------------------------------------------------------------------------- */

static const uint32_t units[] = {3, 7};
static const struct tg_grant grant = {.attempt = 2,
                                      .cores = 4,
                                      .memory_bytes = UINT64_C(1) << 40,
                                      .kind_count = 2,
                                      .kinds = {{"gpu", 2, (uint32_t *)units}, {"", 0, NULL}}};

/* Two entries: with a grant and a value; with a reference and a value. */
static void write_batch(struct tg_buf *b)
{
    const struct tg_codec codec = {0};
    struct tg_err err = {0};
    tg_batch_begin_entry(b, (struct tg_batch_task){5, 6}, 1, &grant);
    CHECK(tg_batch_add_value(b, &codec, tg_int(-9), &err));
    tg_batch_begin_entry(b, (struct tg_batch_task){TG_BATCH_EXTERN, 0}, 2, NULL);
    tg_batch_add_reference(b, 0);
    tg_value text = tg_str("oar");
    CHECK(tg_batch_add_value(b, &codec, text, &err));
    tg_value_unref(text);
}

TEST(batches_are_read_as_they_were_written)
{
    struct tg_buf b = {0};
    struct tg_arena arena = {0};
    struct tg_batch_entry e;
    const struct tg_codec codec = {0};
    struct tg_err err = {0};
    tg_value v = tg_nil();
    uint32_t from;
    write_batch(&b);
    struct tg_batch_reader r = {(uint8_t *)b.data, (uint8_t *)b.data + b.length, false};
    CHECK(tg_batch_read_entry(&r, &arena, &e));
    CHECK(e.task.plugin == 5 && e.task.task == 6 && e.count == 1 && e.granted);
    CHECK(e.grant.attempt == 2 && e.grant.cores == 4 && e.grant.memory_bytes == grant.memory_bytes && e.grant.kind_count == 2);
    CHECK_STR(e.grant.kinds[0].name, "gpu");
    CHECK(e.grant.kinds[0].count == 2 && e.grant.kinds[0].units[0] == 3 && e.grant.kinds[0].units[1] == 7);
    CHECK_STR(e.grant.kinds[1].name, "");
    CHECK(tg_batch_read_argument(&r, &codec, &v, &from, &err) && from == UINT32_MAX && v.i == -9);
    CHECK(tg_batch_read_entry(&r, &arena, &e) && e.task.plugin == TG_BATCH_EXTERN && e.count == 2 && !e.granted);
    CHECK(tg_batch_read_argument(&r, &codec, &v, &from, &err) && from == 0);
    CHECK(tg_batch_read_argument(&r, &codec, &v, &from, &err) && from == UINT32_MAX && tg_kind(v) == TG_STR);
    tg_value_unref(v);
    CHECK(r.at == r.end && !r.broken);
    tg_arena_done(&arena);
    tg_buf_done(&b);
}

TEST(an_entry_with_a_grant_is_none_where_there_is_no_room_for_it)
{
    struct tg_buf b = {0};
    struct tg_batch_entry e;
    tg_batch_begin_entry(&b, (struct tg_batch_task){5, 6}, 0, NULL);
    tg_batch_begin_entry(&b, (struct tg_batch_task){5, 6}, 0, &grant);
    struct tg_batch_reader r = {(uint8_t *)b.data, (uint8_t *)b.data + b.length, false};
    CHECK(tg_batch_read_entry(&r, NULL, &e) && !e.granted);
    CHECK(!tg_batch_read_entry(&r, NULL, &e) && r.broken);
    tg_buf_done(&b);
}

/* Reads all of it; how many entries were whole. */
static size_t count_whole(const char *bytes, size_t length)
{
    char *copy = tg_alloc_copy(bytes, length); /* so that reading past its end is seen */
    struct tg_arena arena = {0};
    struct tg_batch_reader r = {(uint8_t *)copy, (uint8_t *)copy + length, false};
    struct tg_batch_entry e;
    const struct tg_codec codec = {0};
    size_t whole = 0;
    while (r.at < r.end && tg_batch_read_entry(&r, &arena, &e)) {
        for (uint32_t i = 0; i < e.count && !r.broken; i++) {
            tg_value v = tg_nil();
            uint32_t from;
            struct tg_err err = {0};
            if (tg_batch_read_argument(&r, &codec, &v, &from, &err)) tg_value_unref(v);
            tg_err_done(&err);
        }
        if (r.broken) break;
        whole++;
    }
    tg_arena_done(&arena);
    free(copy);
    return whole;
}

TEST(batches_that_are_cut_off_are_none)
{
    struct tg_buf b = {0};
    write_batch(&b);
    CHECK_INT(count_whole(b.data, b.length), 2);
    for (size_t length = 0; length < b.length; length++) CHECK(count_whole(b.data, length) < 2);
    tg_buf_done(&b);
}

/* ---- messages ------------------------------------------------------------------------------------ */

static void make_pair(int ends[2])
{
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
}

static void close_pair(int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

static size_t count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;
    while (folder && readdir(folder)) count++;
    closedir(folder);
    return count;
}

TEST(messages_come_with_their_descriptors)
{
    size_t before = count_fds();
    int ends[2];
    struct tg_wire m;
    make_pair(ends);
    CHECK_INT(tg_wire_receive(ends[1], &m, false), 0);
    CHECK(tg_wire_send(ends[0], (struct tg_wire_head){TG_WIRE_LOG, 7, 8}, "text", 4, ends[0]));
    CHECK_INT(tg_wire_receive(ends[1], &m, true), 1);
    CHECK(m.head.kind == TG_WIRE_LOG && m.head.number == 7 && m.head.more == 8 && m.length == 4 && m.fd >= 0);
    CHECK(fcntl(m.fd, F_GETFD) & FD_CLOEXEC);
    close(m.fd);
    CHECK(tg_wire_send(ends[0], (struct tg_wire_head){0}, NULL, 0, -1));
    CHECK(tg_wire_receive(ends[1], &m, true) == 1 && m.length == 0 && m.fd == -1);
    close_pair(ends);
    CHECK_INT(count_fds(), before);
}

TEST(what_is_no_message_ends_the_connection)
{
    static char text[2 * TG_WIRE_TEXT];
    int ends[2];
    struct tg_wire m;
    make_pair(ends);
    CHECK(send(ends[0], text, sizeof text, 0) > 0);
    CHECK_INT(tg_wire_receive(ends[1], &m, false), -1);
    CHECK(send(ends[0], "?", 1, 0) > 0);
    CHECK_INT(tg_wire_receive(ends[1], &m, false), -1);
    close(ends[0]);
    CHECK_INT(tg_wire_receive(ends[1], &m, true), -1);
    CHECK(!tg_wire_send(ends[1], (struct tg_wire_head){0}, NULL, 0, -1));
    close(ends[1]);
}

TEST(who_does_not_read_is_waited_for_as_long_as_the_socket_says)
{
    int ends[2];
    make_pair(ends);
    CHECK(setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){.tv_usec = 10000}, sizeof(struct timeval)) == 0);
    while (tg_wire_send(ends[0], (struct tg_wire_head){0}, NULL, 0, -1)) {}
    close_pair(ends);
}

/* ---- large texts --------------------------------------------------------------------------------- */

static bool pass_on(void *other, int fd, uint32_t number)
{
    tg_buffers_take(other, number, fcntl(fd, F_DUPFD_CLOEXEC, 0));
    return true;
}

/* One side, and the other that gets what it sends. */
struct way {
    struct tg_buffers from, to;
    struct tg_codec_buffers writing, reading;
};

static void begin_way(struct way *w)
{
    tg_mapped_begin();
    *w = (struct way){.from = {.send = pass_on, .data = &w->to}};
    w->writing = tg_buffers_codec(&w->from);
    w->reading = tg_buffers_codec(&w->to);
}

static void end_way(struct way *w)
{
    tg_buffers_done(&w->from);
    tg_buffers_done(&w->to);
}

static void write_large(struct way *w, char letter, struct tg_buf *b)
{
    tg_value text = tg_str_make(TG_BYTES, NULL, TG_MAPPED_FROM_BYTES + 5);
    struct tg_err err = {0};
    memset(tg_str_of(text)->data, letter, tg_str_of(text)->length);
    CHECK(tg_codec_encode(&(struct tg_codec){.buffers = &w->writing}, text, b, &err));
    CHECK(b->length < 100);
    tg_value_unref(text);
}

/* Its first letter; 0: it cannot be read. */
static char read_large(struct way *w, const struct tg_buf *b)
{
    tg_value v;
    size_t used;
    struct tg_err err = {0};
    if (!tg_codec_decode(&(struct tg_codec){.buffers = &w->reading}, b->data, b->length, &used, &v, &err)) {
        tg_err_done(&err);
        return 0;
    }
    char letter = tg_str_of(v)->length == TG_MAPPED_FROM_BYTES + 5 ? tg_str_of(v)->data[0] : '?';
    tg_value_unref(v);
    return letter;
}

TEST(large_texts_go_beside_each_once)
{
    size_t before = count_fds();
    struct way w;
    struct tg_buf a = {0}, b = {0};
    begin_way(&w);
    write_large(&w, 'a', &a);
    write_large(&w, 'b', &b);
    CHECK_INT(read_large(&w, &b), 'b');
    CHECK_INT(read_large(&w, &a), 'a');
    CHECK_INT(read_large(&w, &a), 0);
    end_way(&w);
    tg_buf_done(&a);
    tg_buf_done(&b);
    CHECK_INT(count_fds(), before);
}

TEST(a_large_text_that_is_shared_goes_once_in_a_batch)
{
    size_t before = count_fds();
    struct way w;
    struct tg_buf b = {0};
    struct tg_err err = {0};
    tg_value text = tg_str_make(TG_STR, NULL, TG_MAPPED_FROM_BYTES), got[3];
    memset(tg_str_of(text)->data, 'x', TG_MAPPED_FROM_BYTES);
    begin_way(&w);
    w.from.shares = w.to.keeps = true;
    w.writing = tg_buffers_codec(&w.from);
    for (size_t batch = 0, at = 0, used; batch < 2; batch++, at = b.length = 0) {
        for (size_t i = 0; i < TG_COUNT(got); i++)
            CHECK(tg_codec_encode(&(struct tg_codec){.buffers = &w.writing}, text, &b, &err));
        CHECK_INT(w.from.sent, 1);
        tg_buffers_sent(&w.from);
        CHECK(tg_value_unique(text));
        for (size_t i = 0; i < TG_COUNT(got); i++, at += used)
            CHECK(tg_codec_decode(&(struct tg_codec){.buffers = &w.reading}, b.data + at, b.length - at, &used, &got[i], &err));
        CHECK(got[0].p == got[1].p && got[0].p == got[2].p && got[0].p != text.p);
        tg_buffers_reset(&w.from);
        tg_buffers_reset(&w.to);
        for (size_t i = 1; i < TG_COUNT(got); i++) tg_value_unref(got[i]);
        CHECK(tg_value_unique(got[0]));
        tg_value_unref(got[0]);
    }
    end_way(&w);
    tg_value_unref(text);
    tg_buf_done(&b);
    CHECK_INT(count_fds(), before);
}

/* What it has sent for a batch that it then does not send is not taken for what belongs to the next one. */
TEST(large_texts_of_a_batch_that_was_given_up_are_dropped)
{
    size_t before = count_fds();
    struct way w;
    struct tg_buf a = {0}, b = {0};
    begin_way(&w);
    write_large(&w, 'a', &a);
    tg_buffers_reset(&w.from);
    write_large(&w, 'b', &b);
    CHECK_INT(read_large(&w, &b), 'b');
    end_way(&w);
    tg_buf_done(&a);
    tg_buf_done(&b);
    CHECK_INT(count_fds(), before);
}

TEST(large_texts_beside_are_no_more_than_can_be_open)
{
    struct rlimit before, low;
    struct way w;
    struct tg_buf b = {0}, c = {0};
    tg_value text = tg_str_make(TG_BYTES, NULL, TG_MAPPED_FROM_BYTES);
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    low = (struct rlimit){64, before.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
    begin_way(&w);
    CHECK_INT(tg_mapped_most_sent(), 4);
    for (unsigned i = 0; i < 4; i++) {
        CHECK(!tg_buffers_is_full(&w.from));
        write_large(&w, 'a', &b);
    }
    CHECK(tg_buffers_is_full(&w.from));
    CHECK(tg_codec_encode(&(struct tg_codec){.buffers = &w.writing}, text, &c, NULL));
    CHECK(c.length > TG_MAPPED_FROM_BYTES);
    end_way(&w);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    tg_mapped_begin();
    tg_value_unref(text);
    tg_buf_done(&b);
    tg_buf_done(&c);
}

/* What cannot go by a descriptor goes without: only who does not read any more is given up. */
TEST(a_descriptor_that_cannot_be_sent_ends_no_executor)
{
    int ends[2];
    struct tg_link l;
    make_pair(ends);
    tg_link_init(&l, NULL, 0);
    l.socket = ends[0];
    CHECK(!l.buffers.send(&l, 1 << 20, 0));
    CHECK(!l.unheard);
    CHECK(l.buffers.send(&l, ends[0], 0));
    close(ends[1]);
    CHECK(!l.buffers.send(&l, ends[0], 1));
    CHECK(l.unheard);
    close(ends[0]);
}

/* ---- results ------------------------------------------------------------------------------------- */

TEST(results_lie_where_results_may)
{
    struct tg_link l;
    struct tg_page *page = aligned_alloc(_Alignof(struct tg_page), sizeof *page);
    struct tg_page_result got;
    const void *bytes;
    static const struct {
        uint32_t offset, bytes;
        bool good;
    } cases[] = {{0, 0, true},
                 {0, TG_PAGE_RESULT_BYTES, true},
                 {0, TG_PAGE_RESULT_BYTES + 1, false},
                 {TG_PAGE_RESULT_BYTES, 0, true},
                 {TG_PAGE_RESULT_BYTES, 1, false},
                 {TG_PAGE_RESULT_BYTES - 1, 1, true},
                 {1, UINT32_MAX, false},
                 {UINT32_MAX - 1, 2, false},
                 {TG_PAGE_RESULT_BYTES + 1, 0, false},
                 {TG_PAGE_APART, 0, false}};
    memset(page, 0, sizeof *page);
    tg_link_init(&l, NULL, 0);
    l.page = page;
    for (size_t i = 0; i < TG_COUNT(cases); i++) {
        page->results[1] = (struct tg_page_result){.offset = cases[i].offset, .bytes = cases[i].bytes, .status = TG_PAGE_GAVE};
        bool good = tg_link_result(&l, 1, &got, &bytes);
        CHECK_INT(good, cases[i].good);
        if (good) CHECK(bytes == page->result_bytes + cases[i].offset);
    }
    free(page);
}

/* ---- lies ---------------------------------------------------------------------------------------- */

static struct tg_session session;
static char told[400];

static const struct tg_def *find_task(const char *plugin, const char *task)
{
    struct tg_err err = {0};
    const struct tg_loaded *p = tg_registry_load(&session.registry, plugin, NULL, &err);
    CHECK(p != NULL);
    return p ? tg_loaded_find(p, task, strlen(task)) : NULL;
}

static void begin_session(void)
{
    struct tg_err err = {0};
    const char *folder = getenv("TG_BUILD");
    CHECK(tg_session_init(&session, 0, &err));
    char *folders = tg_alloc_format("%s/plugins/:%s/tests/plugins", folder ? folder : ".", folder ? folder : ".");
    tg_registry_search(&session.registry, folders, true);
    free(folders);
    session.graph.away = true;
    session.services.commands = tg_commands_new(TG_SHOW_FAILED, NULL);
}

/* Runs the tasks that were added; the first failure, or what the last one gave. */
static const char *run_session(const char *lie)
{
    struct tg_plan plan;
    struct tg_run run;
    struct tg_err err = {0};
    struct tg_run_options options = {
        .jobs = 1, .quiet = true, .sched = tg_sched_find("processes"), .services = &session.services};
    if (lie) setenv("TG_TEST_LIE", lie, 1);
    else unsetenv("TG_TEST_LIE");
    session.services.executors = tg_pool_new(&session.services, 1, 0, NULL);
    CHECK(tg_plan_make(&session.graph, NULL, 0, &plan, &err));
    tg_start_run(&run, &session.graph, &plan, &options);
    CHECK(tg_run_execute(&run, &err));
    tg_value v;
    struct tg_buf b = {0};
    if (run.failures.count) tg_buf_text(&b, run.failures.items[0].err.message);
    else if (tg_run_value(&run, &session.graph.wanted.items[session.graph.wanted.count - 1], &v)) tg_value_print(&b, v);
    snprintf(told, sizeof told, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
    tg_run_done(&run);
    tg_plan_done(&plan);
    tg_pool_free(session.services.executors);
    return told;
}

static void end_session(void)
{
    tg_graph_done(&session.graph); /* its values may be of plugins */
    tg_graph_init(&session.graph, 0);
    tg_commands_free(session.services.commands);
    tg_session_done(&session);
}

static void add_task(const char *plugin, const char *task, const tg_value *args, size_t count)
{
    struct tg_err err = {0};
    const struct tg_def *def = find_task(plugin, task);
    uint32_t site = tg_graph_site(&session.graph, def, (tg_span){0, 0}, 0, 0);
    tg_id id = tg_graph_add(&session.graph, site, args, count, NULL, 0, &err);
    CHECK(tg_graph_want(&session.graph, NULL, tg_future(id), (tg_span){0, 0}, &err));
}

/* What comes of math.inc(41) with an executor of this kind; timeout_ns 0: none. */
static const char *after_lie(const char *lie, uint64_t timeout_ns)
{
    begin_session();
    struct tg_policy policy;
    tg_policy_init(&policy);
    policy.timeout_ns = timeout_ns;
    tg_graph_default_policy(&session.graph, &policy);
    add_task("math", "inc", (tg_value[]){tg_int(41)}, 1);
    run_session(lie);
    end_session();
    return told;
}

#define TOO_LATE "it took longer than its limit of 0.05 s"
#define UNREADABLE "its executor gave a result that cannot be read"

static const struct {
    const char *lie, *told;
    bool limited;
} all_lies[] = {
    {NULL, "42", false},
    {"end at once", "cannot start an executor for it: it ended at its start", false},
    {"end after the greeting", "cannot start an executor for it: it ended at its start", false},
    {"crash after the greeting", "cannot start an executor for it: it ended at its start", false},
    {"close at the greeting", "cannot start an executor for it: it ended at its start", false},
    {"garbage at the greeting", "cannot start an executor for it: it ended at its start", false},
    {"say why not", "cannot start an executor for it: the moon is full", false},
    {"talk before it is ready", "42", false},
    {"end when it is ready", "its executors ended before they came to it", false},
    {"done without a result", "its executor could not call it", false},
    {"over without a result", "its executor could not call it", false},
    {"result outside", UNREADABLE, false},
    {"result far outside", UNREADABLE, false},
    {"result too long", UNREADABLE, false},
    {"result nowhere", UNREADABLE, false},
    {"no such status", "it failed, and its executor does not say why", false},
    {"wrong kind", "task 'inc' returned a str where its signature says num", false},
    {"a future", "bytes of a value, at 1: a future", false},
    {"failed with nonsense", "it failed, and its executor does not say why", false},
    {"added where it may not", "its executor sent back what makes no sense", false},
    {"unrun", "its executor could not call it", false},
    {"apart in no memory", UNREADABLE, false},
    {"many said", "42", false},
    {"descriptors for nothing", "42", false},
    {"close", "it closed the connection of its executor, or wrote to it", false},
    {"garbage", "it closed the connection of its executor, or wrote to it", false},
    {"too much", "it closed the connection of its executor, or wrote to it", false},
    {"two descriptors together", "42", false},
    {"eight descriptors together", "it closed the connection of its executor, or wrote to it", false},
    {"exit", "it ended its process by exit(7)", false},
    {"crash", "it crashed: SIGSEGV (Segmentation fault)", false},
    {"killed", "its executor was killed from outside while it ran, 3 times", false},
    {"never answer", TOO_LATE, true},
    {"many said, never done", TOO_LATE, true},
    {"flood", TOO_LATE, true},
};

TEST(lies_are_failures)
{
    for (size_t i = 0; i < TG_COUNT(all_lies); i++) {
        size_t before = count_fds();
        after_lie(all_lies[i].lie, all_lies[i].limited ? 50000000 : 0);
        CHECK_STR(told, all_lies[i].told);
        if (check_failed) printf("# %s\n", all_lies[i].lie), fflush(stdout);
        CHECK_INT(count_fds(), before);
    }
}

/* Whatever stands in the memory that both share, something comes of it. */
TEST(random_words_in_the_page)
{
    after_lie("random page", 50000000);
    CHECK(told[0]);
}
