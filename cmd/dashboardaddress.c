/* SPDX-License-Identifier: MIT
 * Addresses of a dashboard. */
#include "cmd/dashboardaddress.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/alloc.h"

#define PORT_MAX 65535
#define MACHINE_BYTES 256
#define WAITING 64 /* connections that nobody has looked at yet */

/* ---- what an option says ------------------------------------------------------------------------- */

struct listening_place {
    char *host; /* without brackets; heap */
    unsigned port;
};

static bool is_digits(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

static bool read_port(const char *text, unsigned *port, struct tg_err *err)
{
    if (!is_digits(text) || strlen(text) > 5 || (*port = (unsigned)strtoul(text, NULL, 10)) > PORT_MAX)
        return tg_err_set(err, TG_EXIT_USAGE, "a port is a number from 0, for any, to %d", PORT_MAX);
    return true;
}

/* Where the port begins, behind its colon; NULL: there is none. A bare address of IPv6 is all colons. */
static const char *find_port(const char *text)
{
    const char *colon = strchr(text, ':'), *bracket = *text == '[' ? strchr(text, ']') : NULL;
    if (bracket) return bracket[1] == ':' ? bracket + 2 : NULL;
    return colon && !strchr(colon + 1, ':') ? colon + 1 : NULL;
}

static bool read_place(const char *text, struct listening_place *place, struct tg_err *err)
{
    const char *port = is_digits(text) ? text : find_port(text), *from = text;
    *place = (struct listening_place){0};
    if (port && !read_port(port, &place->port, err)) return false;
    size_t length = port ? (size_t)(port - text) - (port > text) : strlen(text);
    if (*text == '[') {
        from++;
        length = length > 1 && text[length - 1] == ']' ? length - 2 : 0;
    }
    if (port != text && (!length || memchr(from, '[', length) || memchr(from, ']', length)))
        return tg_err_set(err, TG_EXIT_USAGE, "an address is ADDR, PORT or ADDR:PORT, such as 127.0.0.1:8787 or [::1]:8787");
    place->host = length ? tg_alloc_format("%.*s", (int)length, from) : tg_alloc_text(TG_DASHBOARDADDRESS_DEFAULT);
    return true;
}

bool tg_dashboardaddress_check(const char *text, struct tg_err *err)
{
    struct listening_place place;
    bool good = read_place(text, &place, err);
    free(place.host);
    return good;
}

/* ---- listening ----------------------------------------------------------------------------------- */

static int fail_socket(int fd)
{
    int error = errno;
    if (fd >= 0) close(fd);
    errno = error;
    return -1;
}

/* -1 and errno. */
static int listen_at(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* what a run before has closed may still be there */
    if (bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, WAITING) != 0) return fail_socket(fd);
    return fd;
}

/* At the first of the addresses where that is possible. */
static bool listen_at_any(struct tg_dashboardaddress *a, const struct listening_place *place, struct tg_err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *all;
    char port[16];
    snprintf(port, sizeof port, "%u", place->port);
    int error = getaddrinfo(place->host, port, &hints, &all);
    if (error)
        return tg_err_set(err, TG_EXIT_CANNOT, "the dashboard cannot listen at '%s': %s", place->host,
                          error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
    for (const struct addrinfo *at = all; at && a->listener < 0; at = at->ai_next) a->listener = listen_at(at);
    error = errno;
    freeaddrinfo(all);
    if (a->listener >= 0) return true;
    tg_err_set(err, TG_EXIT_CANNOT, "the dashboard cannot listen at '%s', port %u: %s", place->host, place->port,
               strerror(error));
    if (error == EADDRINUSE) tg_err_hint(err, "'--dashboard' alone takes a port that is free.");
    return false;
}

/* "127.0.0.1" or "::1", as an address of IPv4 where it is one; false: it is neither. */
static bool write_address(const struct sockaddr_storage *address, char text[INET6_ADDRSTRLEN])
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    const void *at = address->ss_family == AF_INET6 ? (const void *)&six->sin6_addr
                                                    : &((const struct sockaddr_in *)address)->sin_addr;
    int family = address->ss_family;
    if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) family = AF_INET, at = &six->sin6_addr.s6_addr[12];
    return inet_ntop(family, at, text, INET6_ADDRSTRLEN);
}

/* What the link says: as it was given, or, where it is any address, the machine. */
static void name_listener(struct tg_dashboardaddress *a, const char *host)
{
    struct sockaddr_storage own = {0};
    socklen_t length = sizeof own;
    char text[INET6_ADDRSTRLEN] = "", machine[MACHINE_BYTES] = "";
    getsockname(a->listener, (struct sockaddr *)&own, &length);
    write_address(&own, text);
    a->port = ntohs(own.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&own)->sin6_port
                                              : ((struct sockaddr_in *)&own)->sin_port);
    a->loopback = strncmp(text, "127.", 4) == 0 || strcmp(text, "::1") == 0;
    gethostname(machine, sizeof machine - 1);
    a->machine = tg_alloc_text(machine);
    bool any = strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0;
    a->host = any                 ? tg_alloc_text(*machine ? machine : "localhost")
              : strchr(host, ':') ? tg_alloc_format("[%s]", text)
                                  : tg_alloc_text(host);
}

bool tg_dashboardaddress_listen(struct tg_dashboardaddress *a, const char *text, struct tg_err *err)
{
    struct listening_place place;
    *a = (struct tg_dashboardaddress){.listener = -1};
    bool good = read_place(text, &place, err) && listen_at_any(a, &place, err);
    if (good) name_listener(a, place.host);
    free(place.host);
    return good;
}

void tg_dashboardaddress_done(struct tg_dashboardaddress *a)
{
    if (a->listener >= 0) close(a->listener);
    free(a->host);
    free(a->machine);
    *a = (struct tg_dashboardaddress){.listener = -1};
}

/* ---- who is asked -------------------------------------------------------------------------------- */

/* Whether `said` is this name, which may be 80 without its port. */
static bool asks_for(const struct tg_dashboardaddress *a, const char *said, const char *name)
{
    size_t length = strlen(name);
    char port[16];
    if (!length || strncasecmp(said, name, length) != 0) return false;
    snprintf(port, sizeof port, ":%u", a->port);
    return strcmp(said + length, port) == 0 || (a->port == 80 && !said[length]);
}

bool tg_dashboardaddress_is_host(const struct tg_dashboardaddress *a, int connection, const char *host)
{
    struct sockaddr_storage own = {0};
    socklen_t length = sizeof own;
    char text[INET6_ADDRSTRLEN], literal[INET6_ADDRSTRLEN + 2];
    if (!host) return false;
    if (asks_for(a, host, a->host) || asks_for(a, host, a->machine) || asks_for(a, host, "localhost")) return true;
    if (getsockname(connection, (struct sockaddr *)&own, &length) != 0 || !write_address(&own, text)) return false;
    snprintf(literal, sizeof literal, strchr(text, ':') ? "[%s]" : "%s", text);
    return asks_for(a, host, literal);
}
