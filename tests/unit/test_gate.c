/* SPDX-License-Identifier: MIT
 * What lets a task begin: MAKEFLAGS, tokens in real pipes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "engine/gate/jobserver.h"

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
