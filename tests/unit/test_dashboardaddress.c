/* SPDX-License-Identifier: MIT
 * Addresses of a dashboard: what an option may say, and by which names it is asked for. */
#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/dashboardaddress.h"
#include <tgrun.h>

TEST(an_address_is_a_host_a_port_or_both)
{
    static const char *const good[] = {"127.0.0.1", "0",        "8787", "65535",   "localhost:0", "localhost",
                                       "[::1]",     "[::1]:80", "::1",  "0.0.0.0", "::",          "h-1.example:8787"};
    static const char *const bad[] = {"65536",   "localhost:", ":8787",        "localhost:http",   "[::1",       "[]:80", "[]",
                                      "[::1]80", "a]b:80",     "localhost:-1", "localhost:123456", "99999999999"};
    struct tg_err err = {0};
    for (size_t i = 0; i < TG_COUNT(good); i++) {
        CHECK(tg_dashboardaddress_check(good[i], &err));
        CHECK_STR(err.message ? err.message : good[i], good[i]);
        tg_err_done(&err);
    }
    for (size_t i = 0; i < TG_COUNT(bad); i++) {
        if (tg_dashboardaddress_check(bad[i], &err)) CHECK_STR(bad[i], "an error");
        tg_err_done(&err);
    }
}

/* A connection as the server has it; -1: none. */
static int connect_to_it(const struct tg_dashboardaddress *a, int *client)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)a->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(*client, (struct sockaddr *)&to, sizeof to) != 0) return -1;
    int fd;
    while ((fd = accept(a->listener, NULL, NULL)) < 0 && errno == EAGAIN) usleep(1000);
    return fd;
}

static bool names_it(const struct tg_dashboardaddress *a, int fd, const char *format)
{
    char host[300];
    snprintf(host, sizeof host, format, a->port);
    return tg_dashboardaddress_is_host(a, fd, host);
}

static void check_names(const char *text, bool loopback)
{
    struct tg_dashboardaddress a;
    struct tg_err err = {0};
    char own[300], machine[256] = "";
    int client;
    CHECK(tg_dashboardaddress_listen(&a, text, &err));
    CHECK(a.port > 0 && a.loopback == loopback);
    int fd = connect_to_it(&a, &client);
    CHECK(fd >= 0);
    gethostname(machine, sizeof machine - 1);
    snprintf(own, sizeof own, "%s:%%u", machine);
    CHECK(names_it(&a, fd, "127.0.0.1:%u") && names_it(&a, fd, "LocalHost:%u") && names_it(&a, fd, own));
    CHECK(!names_it(&a, fd, "127.0.0.1") && !names_it(&a, fd, "127.0.0.1:1%u") && !names_it(&a, fd, "127.0.0.1:%u "));
    CHECK(!names_it(&a, fd, "evil.example:%u") && !names_it(&a, fd, "127.0.0.2:%u") && !names_it(&a, fd, ":%u"));
    CHECK(!names_it(&a, fd, "localhost.evil.example:%u") && !names_it(&a, fd, "") &&
          !tg_dashboardaddress_is_host(&a, fd, NULL));
    CHECK(names_it(&a, fd, "0.0.0.0:%u") == false);
    close(fd);
    close(client);
    tg_dashboardaddress_done(&a);
}

TEST(it_is_asked_for_by_its_own_names_only)
{
    check_names("127.0.0.1", true);
    check_names("localhost:0", true);
    check_names("0.0.0.0", false);
}

TEST(a_port_that_is_in_use_is_told_of)
{
    struct tg_dashboardaddress a, b;
    struct tg_err err = {0};
    CHECK(tg_dashboardaddress_listen(&a, "127.0.0.1", &err));
    char text[64];
    snprintf(text, sizeof text, "127.0.0.1:%u", a.port);
    CHECK(!tg_dashboardaddress_listen(&b, text, &err));
    CHECK(err.code == TG_EXIT_CANNOT && strstr(err.message, "in use") && err.hint);
    tg_err_done(&err);
    CHECK(!tg_dashboardaddress_listen(&b, "no.such.host.invalid", &err) && err.code == TG_EXIT_CANNOT);
    tg_err_done(&err);
    tg_dashboardaddress_done(&a);
}
