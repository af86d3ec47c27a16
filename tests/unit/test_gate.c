/* SPDX-License-Identifier: MIT
 * What lets a task begin: decisions with tokens, readings and a clock that the test makes up; MAKEFLAGS; tokens in real pipes. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "engine/gate/gate.h"
#include "engine/gate/reading.h"

#define SECOND UINT64_C(1000000000)

/* ---- decisions ------------------------------------------------------------------------------------ */

/* What the throttle looks at. */
struct world {
    unsigned tokens, most_tokens;
    double load, pressure;
    unsigned looks, loans;
};

static bool take(void *world)
{
    struct world *w = world;
    if (w->tokens == 0) return false;
    w->tokens--;
    return true;
}

static void give(void *world)
{
    ((struct world *)world)->tokens++;
}

static double load(void *world)
{
    return ((struct world *)world)->load;
}

static double pressure(void *world)
{
    struct world *w = world;
    w->looks++;
    return w->pressure;
}

static struct tg_throttle throttle_of(struct world *w)
{
    struct tg_throttle t;
    struct tg_throttle_source source = {.data = w, .take = take, .give = give, .load = load, .pressure = pressure};
    tg_throttle_init(&t, &source);
    t.load_limit = 1000;
    return t;
}

/* Whether a task of so many cores may begin. */
static enum tg_wait try_cores(struct tg_throttle *t, unsigned cores, uint64_t now_ns)
{
    return tg_throttle_try(t, &cores, now_ns);
}

TEST(the_first_task_needs_no_token_and_the_others_one_each)
{
    struct world w = {.tokens = 2};
    struct tg_throttle t = throttle_of(&w);
    for (int i = 0; i < 3; i++) CHECK_INT(try_cores(&t, 1, 0), TG_WAIT_NOTHING);
    CHECK_INT(w.tokens, 0);
    CHECK_INT(try_cores(&t, 1, 0), TG_WAIT_TOKEN);
    tg_throttle_leave(&t, 1, 0);
    CHECK_INT(w.tokens, 1);
    tg_throttle_leave(&t, 1, 0);
    tg_throttle_leave(&t, 1, 0);
    CHECK_INT(w.tokens, 2);
    CHECK_INT(t.held, 1);
}

TEST(without_anything_to_look_at_all_may_begin)
{
    struct tg_throttle t;
    struct tg_throttle_source nothing = {0};
    tg_throttle_init(&t, &nothing);
    for (int i = 0; i < 100; i++) CHECK_INT(try_cores(&t, 5, 0), TG_WAIT_NOTHING);
    CHECK_INT(t.used, 500);
    for (int i = 0; i < 100; i++) tg_throttle_leave(&t, 5, 0);
    CHECK_INT(t.used, 0);
}

TEST(a_wide_task_holds_as_many_tokens_and_gives_them_back)
{
    struct world w = {.tokens = 5};
    struct tg_throttle t = throttle_of(&w);
    CHECK_INT(try_cores(&t, 4, 0), TG_WAIT_NOTHING);
    CHECK_INT(w.tokens, 2);
    CHECK_INT(try_cores(&t, 2, 0), TG_WAIT_NOTHING);
    CHECK_INT(w.tokens, 0);
    tg_throttle_leave(&t, 4, 0);
    CHECK_INT(w.tokens, 4);
    tg_throttle_leave(&t, 2, 0);
    CHECK_INT(w.tokens, 5);
}

TEST(what_asks_for_more_than_there_is_gets_all)
{
    struct world w = {.tokens = 3};
    struct tg_throttle t = throttle_of(&w);
    unsigned cores = 64;
    t.most = 4;
    CHECK_INT(tg_throttle_try(&t, &cores, 0), TG_WAIT_NOTHING);
    CHECK_INT(cores, 4);
    tg_throttle_leave(&t, cores, 0);
    CHECK_INT(w.tokens, 3);
}

TEST(tokens_are_collected_for_a_wide_task_but_not_kept_for_ever)
{
    struct world w = {.tokens = 1};
    struct tg_throttle t = throttle_of(&w);
    uint64_t now = 100 * SECOND;
    CHECK_INT(try_cores(&t, 1, now), TG_WAIT_NOTHING);
    CHECK_INT(try_cores(&t, 2, now), TG_WAIT_TOKEN);
    CHECK_INT(w.tokens, 0); /* kept */
    tg_throttle_leave(&t, 1, now);
    CHECK_INT(try_cores(&t, 3, now), TG_WAIT_TOKEN);
    CHECK_INT(w.tokens, 0);
    now += TG_THROTTLE_KEEP_NS;
    CHECK_INT(try_cores(&t, 3, now), TG_WAIT_TOKEN);
    CHECK_INT(w.tokens, 1); /* somebody else's turn */
    CHECK(tg_throttle_next(&t, TG_WAIT_TOKEN, now) <= now + 2 * TG_THROTTLE_REST_NS);
    w.tokens = 2;
    CHECK_INT(try_cores(&t, 3, now + 2 * TG_THROTTLE_REST_NS), TG_WAIT_NOTHING);
    CHECK_INT(w.tokens, 0);
}

TEST(a_wide_task_alone_begins_with_what_there_is_in_the_end)
{
    struct world w = {.tokens = 1};
    struct tg_throttle t = throttle_of(&w);
    unsigned cores = 8;
    uint64_t now = SECOND, end = now + TG_THROTTLE_PATIENCE_NS + 2 * TG_THROTTLE_LOOK_NS;
    while (now < end && tg_throttle_try(&t, &cores, now) != TG_WAIT_NOTHING) now = tg_throttle_next(&t, TG_WAIT_TOKEN, now);
    CHECK(now >= SECOND + TG_THROTTLE_PATIENCE_NS && now < end);
    CHECK(cores == 1 || cores == 2); /* it may be resting at that moment */
    tg_throttle_leave(&t, cores, now);
    tg_throttle_give_up(&t);
    CHECK_INT(w.tokens, 1);
}

static bool is_dry(void *data)
{
    return ((struct world *)data)->tokens == 0;
}

TEST(a_task_of_several_cores_does_not_wait_for_tokens_that_will_never_come)
{
    struct world w = {.tokens = 1};
    struct tg_throttle t = throttle_of(&w);
    unsigned cores = 8;
    t.source.is_dry = is_dry;
    CHECK_INT(tg_throttle_try(&t, &cores, SECOND), TG_WAIT_NOTHING);
    CHECK_INT(cores, 2);
    CHECK_INT(try_cores(&t, 1, SECOND), TG_WAIT_TOKEN); /* beside it nothing begins */
    tg_throttle_leave(&t, cores, SECOND);
    tg_throttle_give_up(&t);
    CHECK_INT(w.tokens, 1);
}

TEST(two_that_collect_do_not_wait_for_each_other_for_ever)
{
    struct world w = {.tokens = 2};
    struct tg_throttle t[2] = {throttle_of(&w), throttle_of(&w)};
    unsigned begun = 0, most = 0;
    t[0].seed = 1, t[1].seed = 2;
    t[0].most = t[1].most = 3;
    uint64_t ends[2] = {0};
    for (uint64_t now = SECOND; now < 60 * SECOND; now += SECOND / 20) {
        for (int i = 0; i < 2; i++) {
            if (ends[i] && now >= ends[i]) tg_throttle_leave(&t[i], 3, now), ends[i] = 0;
            else if (!ends[i] && try_cores(&t[i], 3, now) == TG_WAIT_NOTHING) ends[i] = now + SECOND, begun++;
        }
        unsigned running = t[0].used + t[1].used;
        most = running > most ? running : most;
    }
    CHECK(begun >= 10);
    CHECK_INT(most, 3); /* two processes with one token each of their own: each had to have both others */
}

static void lend(void *world)
{
    ((struct world *)world)->tokens++;
    ((struct world *)world)->loans++;
}

/* Two processes below a make -j2: each has one token of its own, and there is no other. */
TEST(two_that_need_what_the_other_has_of_its_own_begin_in_turn)
{
    struct world w = {0};
    struct tg_throttle t[2] = {throttle_of(&w), throttle_of(&w)};
    unsigned begun[2] = {0}, most = 0;
    uint64_t ends[2] = {0};
    for (unsigned i = 0; i < 2; i++) t[i].seed = i, t[i].most = 2, t[i].source.lend = lend, t[i].source.reclaim = take;
    for (uint64_t now = SECOND; now < 60 * SECOND; now += SECOND / 100) {
        for (int i = 0; i < 2; i++) {
            unsigned cores = 2;
            if (ends[i] && now >= ends[i]) tg_throttle_leave(&t[i], 2, now), ends[i] = 0;
            else if (!ends[i] && tg_throttle_try(&t[i], &cores, now) == TG_WAIT_NOTHING) {
                CHECK_INT(cores, 2); /* patience is not for this */
                ends[i] = now + SECOND, begun[i]++;
            }
        }
        unsigned running = t[0].used + t[1].used;
        most = running > most ? running : most;
        CHECK_INT(t[0].held + t[1].held + w.tokens, 2);
    }
    CHECK(begun[0] + begun[1] >= 30);
    CHECK(begun[0] >= 5 && begun[1] >= 5);
    CHECK_INT(most, 2);
}

TEST(what_is_lent_is_here_again_before_anything_begins)
{
    struct world w = {0};
    struct tg_throttle t = throttle_of(&w);
    unsigned cores = 2;
    uint64_t now = SECOND;
    t.most = 2, t.source.lend = lend, t.source.reclaim = take;
    for (; !w.loans; now = tg_throttle_next(&t, TG_WAIT_TOKEN, now)) CHECK_INT(try_cores(&t, 2, now), TG_WAIT_TOKEN);
    CHECK_INT(t.held, 0);
    w.tokens = 0; /* somebody runs with it, for longer than patience */
    now += 3 * TG_THROTTLE_PATIENCE_NS;
    CHECK_INT(tg_throttle_try(&t, &cores, now), TG_WAIT_TOKEN);
    w.tokens = 1;
    CHECK_INT(tg_throttle_try(&t, &cores, now), TG_WAIT_TOKEN); /* who gave it back has had its turn: patience begins anew */
    CHECK_INT(w.tokens, 0);
    w.tokens = 1;
    CHECK_INT(tg_throttle_try(&t, &cores, now), TG_WAIT_NOTHING);
    CHECK_INT(cores, 2);
    tg_throttle_leave(&t, cores, now);
    CHECK_INT(t.held, 1);
    CHECK_INT(w.tokens, 1);
}

TEST(load_holds_back_all_but_the_first)
{
    struct world w = {.tokens = 9, .load = 4};
    struct tg_throttle t = throttle_of(&w);
    t.load_limit = 4;
    CHECK_INT(try_cores(&t, 1, SECOND), TG_WAIT_NOTHING);
    CHECK_INT(try_cores(&t, 1, 9 * SECOND), TG_WAIT_LOAD);
    CHECK_INT(tg_throttle_next(&t, TG_WAIT_LOAD, 0), TG_THROTTLE_LOOK_NS);
    w.load = 3.9;
    CHECK_INT(try_cores(&t, 1, 20 * SECOND), TG_WAIT_NOTHING);
    w.load = -1; /* nobody knows */
    CHECK_INT(try_cores(&t, 1, 20 * SECOND), TG_WAIT_NOTHING);
}

TEST(what_has_just_begun_counts_as_load)
{
    struct world w = {.tokens = 100, .load = 1};
    struct tg_throttle t = throttle_of(&w);
    uint64_t now = 50 * SECOND;
    t.load_limit = 2;
    for (int i = 0; i < 4; i++) CHECK_INT(try_cores(&t, 1, now), TG_WAIT_NOTHING);
    CHECK_INT(try_cores(&t, 1, now), TG_WAIT_LOAD);
    CHECK_INT(try_cores(&t, 1, now + SECOND), TG_WAIT_LOAD); /* of the second before */
    CHECK_INT(try_cores(&t, 1, now + 2 * SECOND), TG_WAIT_NOTHING);
}

TEST(pressure_holds_back_until_it_is_well_over)
{
    struct world w = {.tokens = 9, .pressure = TG_THROTTLE_MEMORY_HIGH};
    struct tg_throttle t = throttle_of(&w);
    uint64_t now = SECOND;
    CHECK_INT(try_cores(&t, 1, now), TG_WAIT_NOTHING); /* nothing else runs */
    CHECK_INT(try_cores(&t, 1, now), TG_WAIT_MEMORY);
    CHECK_INT(try_cores(&t, 1, now), TG_WAIT_MEMORY);
    CHECK_INT(w.looks, 1); /* once a second is enough */
    w.pressure = TG_THROTTLE_MEMORY_LOW;
    CHECK_INT(try_cores(&t, 1, now += TG_THROTTLE_LOOK_NS), TG_WAIT_MEMORY);
    w.pressure = TG_THROTTLE_MEMORY_LOW - 0.1;
    CHECK_INT(try_cores(&t, 1, now += TG_THROTTLE_LOOK_NS), TG_WAIT_NOTHING);
    w.pressure = TG_THROTTLE_MEMORY_HIGH - 0.1;
    CHECK_INT(try_cores(&t, 1, now += TG_THROTTLE_LOOK_NS), TG_WAIT_NOTHING);
    CHECK_INT(w.tokens, 7);
}

/* ---- readings ------------------------------------------------------------------------------------- */

TEST(pressure_is_that_of_all_who_stand_still)
{
    CHECK(tg_reading_full("some avg10=71.50 avg60=0.00 avg300=0.00 total=1\n"
                          "full avg10=12.25 avg60=0.00 avg300=0.00 total=1\n") == 12.25);
    CHECK(tg_reading_full("some avg10=71.50 avg60=0.00 avg300=0.00 total=1\n") < 0);
    CHECK(tg_reading_full("") < 0);
    CHECK(tg_reading_full("full avg10=") < 0);
    CHECK(tg_reading_full("full avg10=nan") < 0);
}

static void check_group(const char *groups, const char *wanted)
{
    char *file = tg_reading_group_file(groups, "/g");
    CHECK_STR(file ? file : "none", wanted);
    free(file);
}

TEST(the_group_of_the_process_has_a_file_of_its_own)
{
    check_group("0::/\n", "/g/memory.pressure");
    check_group("0::/user.slice/a.scope\n", "/g/user.slice/a.scope/memory.pressure");
    check_group("4:memory:/old\n0::/new", "/g/new/memory.pressure");
    check_group("0::/a.scope/tgrun-12-0\n", "/g/a.scope/memory.pressure");
    check_group("0::/tgrun-12-0\n", "/g/memory.pressure");
    check_group("0::/a.scope/tgrun-12-3\n", "/g/a.scope/tgrun-12-3/memory.pressure");
    check_group("4:memory:/old\n", "none");
    check_group("", "none");
}

/* ---- MAKEFLAGS ------------------------------------------------------------------------------------ */

static void check_flags(bool told, const char *text, int read_fd, int write_fd, const char *fifo, unsigned jobs)
{
    struct tg_makeflags m;
    tg_makeflags_read(text, &m);
    CHECK_INT(m.told, told);
    CHECK_INT(m.read_fd, read_fd);
    CHECK_INT(m.write_fd, write_fd);
    CHECK_STR(m.fifo ? m.fifo : "", fifo ? fifo : "");
    CHECK_INT(m.jobs, jobs);
    tg_makeflags_done(&m);
}

TEST(flags_tell_of_a_jobserver)
{
    struct tg_makeflags m;
    tg_makeflags_read(NULL, &m);
    CHECK(!m.told && m.read_fd == -1);
    check_flags(false, "", -1, -1, NULL, 0);
    check_flags(false, "ks", -1, -1, NULL, 0);
    check_flags(false, " -j8", -1, -1, NULL, 8);
    check_flags(true, " -j3 --jobserver-auth=3,4", 3, 4, NULL, 3);
    check_flags(true, "s -j --jobserver-fds=5,6 --jobserver-auth=7,8", 7, 8, NULL, 0);
    check_flags(true, " --jobserver-fds=5,6 -j", 5, 6, NULL, 0);
    check_flags(true, " -j2 --jobserver-auth=fifo:/tmp/GMfifo1", -1, -1, "/tmp/GMfifo1", 2);
    check_flags(true, " --jobserver-auth=fifo:/a --jobserver-auth=3,4", 3, 4, NULL, 0);
    check_flags(true, " -j2 --jobserver-auth=-2,-2", -1, -1, NULL, 2); /* not for us */
    check_flags(true, " -j2 --jobserver-auth=3", -1, -1, NULL, 2);
    check_flags(true, " -j2 --jobserver-auth=3,4x", -1, -1, NULL, 2);
    check_flags(false, "s -- A=--jobserver-x=1,2 B=a\\ --jobserver-auth=3,4", -1, -1, NULL, 0);
    check_flags(false, " -I/a\\ -j9 -j4", -1, -1, NULL, 4);
    check_flags(false, " -j99999999999999999999", -1, -1, NULL, 0);
}

static void check_written(const char *before, const char *pipe, const char *fifo)
{
    char *with_pipe = tg_makeflags_with_pipe(before, 4, 10, 11), *with_fifo = tg_makeflags_with_fifo(before, 4, "/t/jobserver");
    CHECK_STR(with_pipe, pipe);
    CHECK_STR(with_fifo, fifo);
    free(with_pipe);
    free(with_fifo);
}

TEST(a_jobserver_takes_the_place_of_another)
{
#define PIPE " -j4 --jobserver-fds=10,11 --jobserver-auth=10,11"
#define FIFO " -j4 --jobserver-auth=fifo:/t/jobserver"
    check_written(NULL, PIPE, FIFO);
    check_written("", PIPE, FIFO);
    check_written(" -j --jobserver-fds=3,4 --jobserver-auth=fifo:/x", PIPE, FIFO);
    check_written("ks -j8", "ks" PIPE, "ks" FIFO);
    check_written("-k", " -k" PIPE, " -k" FIFO);
    check_written("s --trace -j2 -- A=1 B=-j3", "s --trace" PIPE " -- A=1 B=-j3", "s --trace" FIFO " -- A=1 B=-j3");
}

/* ---- tokens --------------------------------------------------------------------------------------- */

/* A stand-in for make: a pipe with these tokens. */
struct server {
    int fds[2];
    struct tg_makeflags flags;
};

static struct server serve(const char *tokens)
{
    struct server s = {.flags = {.told = true}};
    CHECK(pipe(s.fds) == 0);
    CHECK_INT(write(s.fds[1], tokens, strlen(tokens)), strlen(tokens));
    s.flags.read_fd = s.fds[0], s.flags.write_fd = s.fds[1];
    return s;
}

static int left(const struct server *s)
{
    int count = -1;
    ioctl(s->fds[0], FIONREAD, &count);
    return count;
}

static void close_server(struct server *s)
{
    close(s->fds[0]);
    close(s->fds[1]);
}

TEST(tokens_go_back_as_they_came)
{
    struct server s = serve("abc");
    struct tg_jobserver j;
    const char *why;
    char back[4] = "";
    CHECK(tg_jobserver_join(&j, &s.flags, &why));
    for (int i = 0; i < 3; i++) CHECK(tg_jobserver_take(&j));
    CHECK(!tg_jobserver_take(&j)); /* and does not wait */
    CHECK_INT(left(&s), 0);
    tg_jobserver_give(&j);
    CHECK_INT(read(s.fds[0], back, 1), 1);
    CHECK_STR(back, "c");
    tg_jobserver_done(&j); /* gives back the others */
    CHECK_INT(read(s.fds[0], back, 3), 2);
    CHECK_STR(back, "ab");
    CHECK(!(fcntl(s.fds[0], F_GETFL) & O_NONBLOCK)); /* it is others', too */
    close_server(&s);
}

TEST(what_a_process_owed_is_paid_once_by_another)
{
    struct server s = serve("+++");
    struct tg_jobserver j;
    const char *why;
    CHECK(tg_jobserver_join(&j, &s.flags, &why));
    CHECK(tg_jobserver_take(&j) && tg_jobserver_take(&j));
    pid_t child = fork();
    if (child == 0) {
        tg_jobserver_pay(j.debt);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    CHECK_INT(left(&s), 3);
    tg_jobserver_give(&j); /* it does not know so far */
    tg_jobserver_pay(j.debt);
    tg_jobserver_done(&j);
    CHECK_INT(left(&s), 3);
    close_server(&s);
}

TEST(a_token_of_its_own_that_a_client_has_lent_comes_back)
{
    struct server s = serve("");
    struct tg_jobserver j;
    const char *why;
    char token;
    CHECK(tg_jobserver_join(&j, &s.flags, &why));
    CHECK(tg_jobserver_reclaim(&j)); /* it is here */
    tg_jobserver_lend(&j);
    CHECK_INT(left(&s), 1);
    CHECK_INT(read(s.fds[0], &token, 1), 1);
    CHECK(!tg_jobserver_reclaim(&j));
    CHECK(!tg_jobserver_take(&j)); /* that would be another one */
    CHECK_INT(write(s.fds[1], "ab", 2), 2);
    CHECK(tg_jobserver_reclaim(&j) && tg_jobserver_reclaim(&j));
    CHECK_INT(left(&s), 1);
    tg_jobserver_lend(&j);
    CHECK(tg_jobserver_take(&j)); /* and the own one before that */
    CHECK_INT(left(&s), 0);
    tg_jobserver_lend(&j);
    tg_jobserver_done(&j);
    CHECK_INT(left(&s), 1); /* what it took is back, its own is here */
    close_server(&s);
}

TEST(a_loan_is_settled_once_when_the_process_is_gone)
{
    struct server s = serve("+");
    struct tg_jobserver j;
    const char *why;
    CHECK(tg_jobserver_join(&j, &s.flags, &why));
    CHECK(tg_jobserver_take(&j));
    tg_jobserver_lend(&j);
    CHECK_INT(left(&s), 1);
    pid_t child = fork();
    if (child == 0) {
        close(j.read_fd); /* a guard has none */
        tg_jobserver_pay(j.debt);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    CHECK_INT(left(&s), 1);
    CHECK(tg_jobserver_reclaim(&j));
    CHECK_INT(left(&s), 1);
    tg_jobserver_done(&j);
    CHECK_INT(left(&s), 1);
    close_server(&s);
}

TEST(what_is_no_jobserver_is_left_alone)
{
    struct server s = serve("+"), other = serve("+"), own = serve("+");
    CHECK(fcntl(own.fds[0], F_SETFD, FD_CLOEXEC) == 0);
    struct tg_jobserver j;
    const char *why = NULL;
    struct tg_makeflags bad[] = {{.read_fd = -1, .write_fd = -1},
                                 {.read_fd = 998, .write_fd = 999},
                                 {.read_fd = s.fds[1], .write_fd = s.fds[0]},
                                 {.read_fd = s.fds[0], .write_fd = other.fds[1]}, /* ends of two pipes */
                                 {.read_fd = own.fds[0], .write_fd = own.fds[1]}, /* not inherited */
                                 {.read_fd = 0, .write_fd = -1, .fifo = (char *)"/nonexistent/fifo"},
                                 {.read_fd = -1, .write_fd = -1, .fifo = (char *)"/dev/null"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        why = NULL;
        CHECK(!tg_jobserver_join(&j, &bad[i], &why));
        CHECK(why != NULL);
    }
    CHECK_INT(left(&s) + left(&other), 2);
    close_server(&s);
    close_server(&other);
    close_server(&own);
}

TEST(a_fifo_is_joined_and_removed_by_its_maker)
{
    struct tg_jobserver server, client;
    struct tg_err err = {0};
    struct tg_makeflags flags;
    struct stat st;
    char *told = NULL, path[PATH_MAX];
    const char *why;
    CHECK(tg_jobserver_serve(&server, TG_JOBSERVER_FIFO, 3, NULL, &told, &err));
    tg_makeflags_read(told, &flags);
    CHECK_INT(flags.jobs, 3);
    CHECK(flags.fifo && stat(flags.fifo, &st) == 0 && S_ISFIFO(st.st_mode) && (st.st_mode & 077) == 0);
    strcpy(path, server.debt->folder);
    CHECK(tg_jobserver_join(&client, &flags, &why));
    CHECK(tg_jobserver_take(&client) && tg_jobserver_take(&server) && !tg_jobserver_take(&client));
    tg_jobserver_done(&client);
    tg_jobserver_done(&server);
    CHECK(stat(path, &st) != 0 && errno == ENOENT);
    tg_makeflags_done(&flags);
    free(told);
}

TEST(lost_tokens_are_made_anew_while_nothing_runs)
{
    struct tg_jobserver j;
    struct tg_err err = {0};
    char *told = NULL, token;
    CHECK(tg_jobserver_serve(&j, TG_JOBSERVER_PIPE, 4, "", &told, &err));
    CHECK_INT(read(j.lent_read_fd, &token, 1), 1); /* by a program that was killed */
    tg_jobserver_audit(&j, 0);
    for (int i = 0; i < 3; i++) CHECK(tg_jobserver_take(&j));
    CHECK(!tg_jobserver_take(&j));
    tg_jobserver_audit(&j, 3);
    CHECK(!tg_jobserver_take(&j));
    for (int i = 0; i < 3; i++) tg_jobserver_give(&j);
    CHECK_INT(write(j.lent_write_fd, "+", 1), 1); /* it was not killed after all */
    tg_jobserver_audit(&j, 0);
    for (int i = 0; i < 3; i++) CHECK(tg_jobserver_take(&j));
    CHECK(!tg_jobserver_take(&j));
    tg_jobserver_done(&j);
    free(told);
}

/* ---- the gate ------------------------------------------------------------------------------------- */

struct visitor {
    struct tg_gate *gate;
    struct tg_gate_visit visit;
    pthread_t thread;
    _Atomic bool giving_up;
    bool entered;
};

static bool gives_up(const void *visitor)
{
    return atomic_load(&((const struct visitor *)visitor)->giving_up);
}

static void *visit(void *visitor)
{
    struct visitor *v = visitor;
    v->entered = tg_gate_enter(v->gate, &v->visit, gives_up, v, -1);
    return NULL;
}

static void arrive(struct visitor *v, struct tg_gate *g, uint32_t task)
{
    struct tg_gate_visit waiting[4];
    size_t before = tg_gate_waiting(g, waiting, 4);
    *v = (struct visitor){.gate = g, .visit = {.task = task, .cores = 1}};
    CHECK(pthread_create(&v->thread, NULL, visit, v) == 0);
    while (tg_gate_waiting(g, waiting, 4) == before) usleep(1000);
}

TEST(who_waits_enters_in_order_and_is_named_meanwhile)
{
    struct server s = serve("");
    struct tg_jobserver j;
    const char *why;
    CHECK(tg_jobserver_join(&j, &s.flags, &why));
    struct tg_gate_options options = {.jobserver = &j, .ignore_pressure = true};
    struct tg_gate *g = tg_gate_new(&options);
    struct visitor first = {.gate = g, .visit = {.task = 1, .cores = 1}}, second, third;
    CHECK(tg_gate_enter(g, &first.visit, gives_up, &first, -1));
    arrive(&second, g, 2);
    arrive(&third, g, 3);
    struct tg_gate_visit waiting[4];
    CHECK_INT(tg_gate_waiting(g, waiting, 4), 2);
    CHECK_INT(waiting[0].task, 2);
    CHECK_INT(waiting[1].task, 3);
    CHECK_INT(tg_gate_waiting(g, waiting, 1), 2);
    tg_gate_leave(g, &first.visit);
    pthread_join(second.thread, NULL);
    CHECK(second.entered);
    CHECK_INT(write(s.fds[1], "+", 1), 1); /* a token from elsewhere */
    pthread_join(third.thread, NULL);
    CHECK(third.entered);
    CHECK_INT(left(&s), 0);
    tg_gate_leave(g, &second.visit);
    tg_gate_leave(g, &third.visit);
    CHECK_INT(left(&s), 1);
    tg_gate_free(g);
    tg_jobserver_done(&j);
    close_server(&s);
}

TEST(who_gives_up_lets_the_next_one_try)
{
    struct server s = serve("");
    struct tg_jobserver j;
    const char *why;
    CHECK(tg_jobserver_join(&j, &s.flags, &why));
    struct tg_gate_options options = {.jobserver = &j, .ignore_pressure = true};
    struct tg_gate *g = tg_gate_new(&options);
    struct visitor first = {.gate = g, .visit = {.task = 1, .cores = 1}}, second, third;
    CHECK(tg_gate_enter(g, &first.visit, gives_up, &first, -1));
    arrive(&second, g, 2);
    arrive(&third, g, 3);
    atomic_store(&second.giving_up, true);
    pthread_join(second.thread, NULL);
    CHECK(!second.entered);
    tg_gate_leave(g, &first.visit);
    pthread_join(third.thread, NULL);
    CHECK(third.entered);
    tg_gate_leave(g, &third.visit);
    tg_gate_free(g);
    tg_jobserver_done(&j);
    close_server(&s);
}

static unsigned lines_said;

static void count_line(void *unused, const char *text)
{
    (void)unused;
    CHECK(strstr(text, "jobserver") != NULL);
    lines_said++;
}

TEST(a_jobserver_that_breaks_is_told_of_once)
{
    struct tg_jobserver j;
    struct server s = serve("");
    const char *why;
    CHECK(tg_jobserver_join(&j, &s.flags, &why));
    struct tg_gate_options options = {.jobserver = &j, .ignore_pressure = true, .say = count_line};
    struct tg_gate *g = tg_gate_new(&options);
    close(j.read_fd);
    j.read_fd = open("/", O_RDONLY | O_CLOEXEC); /* cannot be read */
    lines_said = 0;
    struct visitor first = {.gate = g, .visit = {.task = 1, .cores = 1}}, second, third;
    CHECK(tg_gate_enter(g, &first.visit, gives_up, &first, -1));
    arrive(&second, g, 2);
    arrive(&third, g, 3);
    tg_gate_leave(g, &first.visit); /* the run goes on, one at a time */
    pthread_join(second.thread, NULL);
    tg_gate_leave(g, &second.visit);
    pthread_join(third.thread, NULL);
    tg_gate_leave(g, &third.visit);
    CHECK_INT(lines_said, 1);
    tg_gate_free(g);
    tg_jobserver_done(&j);
    close_server(&s);
}

static void write_pressure(const char *path, double percent)
{
    char text[200], other[64];
    snprintf(other, sizeof other, "%s.new", path);
    int length = snprintf(text, sizeof text, "some avg10=99.00 avg60=0.00 total=1\nfull avg10=%.2f avg60=0.00 total=1\n",
                          percent);
    int fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, text, (size_t)length) == length);
    close(fd);
    CHECK_INT(rename(other, path), 0);
}

static void count_memory_line(void *unused, const char *text)
{
    (void)unused;
    CHECK(strstr(text, "memory") != NULL);
    lines_said++;
}

TEST(while_programs_stand_still_for_memory_one_runs_and_the_next_waits)
{
    char path[] = "/tmp/tg-pressure-XXXXXX";
    close(mkstemp(path));
    write_pressure(path, TG_THROTTLE_MEMORY_HIGH + 1);
    struct tg_gate_options options = {.pressure_file = path, .say = count_memory_line};
    struct tg_gate *g = tg_gate_new(&options);
    lines_said = 0;
    struct visitor first = {.gate = g, .visit = {.task = 1, .cores = 1}}, second;
    CHECK(tg_gate_enter(g, &first.visit, gives_up, &first, -1));
    arrive(&second, g, 2);
    struct tg_gate_visit waiting[1] = {{.why = TG_WAIT_NOTHING}};
    while (waiting[0].why != TG_WAIT_MEMORY) tg_gate_waiting(g, waiting, 1), usleep(1000);
    write_pressure(path, 0);
    pthread_join(second.thread, NULL);
    CHECK(second.entered);
    CHECK_INT(lines_said, 1);
    tg_gate_leave(g, &first.visit);
    tg_gate_leave(g, &second.visit);
    tg_gate_free(g);
    unlink(path);
}
