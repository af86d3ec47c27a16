/* SPDX-License-Identifier: MIT
 * Connections of a dashboard. */
#include "cmd/dashboardweb.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/clock.h"

#define MS UINT64_C(1000000)

#define PATIENCE_NS (5000 * MS) /* with somebody who has not said yet what he wants */
#define HURRY_NS (300 * MS)     /* where others wait */
#define GONE_NS (20 * MS)       /* until one who says no more is taken to be gone: what he has said may be a request */
#define REFUSED_NS (100 * MS)   /* where descriptors are lacking */
#define CONNECTION_BYTES 16384  /* of a request, at most, its head included */
#define FILES_OF_ONE 16         /* one connection in so many descriptors */

/* ---- opening ------------------------------------------------------------------------------------- */

static bool make_token(char token[TG_DASHBOARDWEB_TOKEN + 1], struct tg_err *err)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char random[TG_DASHBOARDWEB_TOKEN / 2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return tg_err_set(err, TG_EXIT_CANNOT, "the dashboard lacks random numbers: %s", strerror(errno));
    for (size_t i = 0; i < sizeof random; i++) {
        token[2 * i] = digits[random[i] >> 4];
        token[2 * i + 1] = digits[random[i] & 15];
    }
    token[TG_DASHBOARDWEB_TOKEN] = 0;
    return true;
}

/* The run needs descriptors, too. */
static unsigned count_places(void)
{
    struct rlimit files;
    rlim_t most = getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur / FILES_OF_ONE : TG_DASHBOARDWEB_PLACES;
    return most < 2 ? 2 : most > TG_DASHBOARDWEB_PLACES ? TG_DASHBOARDWEB_PLACES : (unsigned)most;
}

bool tg_dashboardweb_open(struct tg_dashboardweb *web, const char *address, bool controls, struct tg_story *story,
                          struct tg_err *err)
{
    *web = (struct tg_dashboardweb){.controls = controls, .story = story, .epoll_fd = -1, .place_count = count_places()};
    web->address.listener = -1;
    for (size_t i = 0; i < TG_DASHBOARDWEB_PLACES; i++) web->places[i].fd = -1;
    return tg_dashboardlib_load(&web->lib, err) && make_token(web->token, err) &&
           tg_dashboardaddress_listen(&web->address, address, err);
}

/* ---- connections --------------------------------------------------------------------------------- */

struct tg_dashboardweb_place *tg_dashboardweb_find_place(struct tg_dashboardweb *web, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = web->lib.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    for (unsigned i = 0; info && i < web->place_count; i++)
        if (web->places[i].fd == info->connect_fd) return &web->places[i];
    return NULL;
}

static void note_connection(void *data, struct MHD_Connection *connection, void **unused,
                            enum MHD_ConnectionNotificationCode code)
{
    struct tg_dashboardweb *web = data;
    struct tg_dashboardweb_place *place = tg_dashboardweb_find_place(web, connection);
    (void)unused;
    if (code != MHD_CONNECTION_NOTIFY_CLOSED || !place) return;
    web->bytes -= place->bytes;
    *place = (struct tg_dashboardweb_place){.fd = -1};
}

static struct tg_dashboardweb_place *find_free(struct tg_dashboardweb *web)
{
    for (unsigned i = 0; i < web->place_count; i++)
        if (web->places[i].fd < 0) return &web->places[i];
    return NULL;
}

bool tg_dashboardweb_has_place(const struct tg_dashboardweb *web, uint64_t now_ns)
{
    return now_ns >= web->refused_ns && find_free((struct tg_dashboardweb *)web);
}

void tg_dashboardweb_admit(struct tg_dashboardweb *web, uint64_t now_ns)
{
    struct sockaddr_storage from = {0};
    for (struct tg_dashboardweb_place *place; (place = find_free(web));) {
        socklen_t length = sizeof from;
        int fd = accept4(web->address.listener, (struct sockaddr *)&from, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) web->refused_ns = now_ns + REFUSED_NS;
        if (fd < 0) return;
        *place = (struct tg_dashboardweb_place){.fd = fd, .until_ns = now_ns + PATIENCE_NS};
        /* which closes it where it does not take it */
        if (web->lib.MHD_add_connection(web->daemon, fd, (struct sockaddr *)&from, length) != MHD_YES) place->fd = -1;
    }
}

/* Those who have gone before they had said what they want: the library may not be told of that. True if some are still expected to. */
static bool find_gone(struct tg_dashboardweb *web, uint64_t now_ns)
{
    struct pollfd of[TG_DASHBOARDWEB_PLACES];
    bool some = false;
    for (unsigned i = 0; i < web->place_count; i++) {
        bool listens = web->places[i].fd >= 0 && !web->places[i].answered;
        of[i] = (struct pollfd){.fd = listens ? web->places[i].fd : -1, .events = POLLRDHUP};
        some = some || listens;
    }
    if (some && poll(of, web->place_count, 0) > 0)
        for (unsigned i = 0; i < web->place_count; i++)
            if (of[i].revents && web->places[i].until_ns > now_ns + GONE_NS) web->places[i].until_ns = now_ns + GONE_NS;
    return some;
}

/* There is no place, and somebody waits for one: who has said nothing for the longest time makes room. */
static void hurry_silent(struct tg_dashboardweb *web, uint64_t now_ns)
{
    struct pollfd door = {.fd = web->address.listener, .events = POLLIN};
    struct tg_dashboardweb_place *first = NULL;
    if (find_free(web) || poll(&door, 1, 0) <= 0) return;
    for (unsigned i = 0; i < web->place_count; i++)
        if (!web->places[i].answered && (!first || web->places[i].until_ns < first->until_ns)) first = &web->places[i];
    if (first && first->until_ns + HURRY_NS < now_ns + PATIENCE_NS) first->until_ns = now_ns;
}

/* The library finds them closed, and lets go of them. */
static void close_late(struct tg_dashboardweb *web, uint64_t now_ns)
{
    for (unsigned i = 0; i < web->place_count; i++) {
        struct tg_dashboardweb_place *place = &web->places[i];
        if (place->fd < 0 || now_ns < place->until_ns) continue;
        shutdown(place->fd, SHUT_RDWR);
        place->until_ns = now_ns + PATIENCE_NS;
    }
}

/* ---- life ---------------------------------------------------------------------------------------- */

bool tg_dashboardweb_start(struct tg_dashboardweb *web)
{
    web->daemon = web->lib.MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, tg_dashboardweb_answer, web, MHD_OPTION_NOTIFY_COMPLETED,
        tg_dashboardweb_answered, web, MHD_OPTION_NOTIFY_CONNECTION, note_connection, web, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_LIMIT, web->place_count, MHD_OPTION_END);
    if (!web->daemon) return false;
    const union MHD_DaemonInfo *info = web->lib.MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    web->epoll_fd = info ? info->epoll_fd : -1;
    web->page = tg_dashboardweb_make_page(web);
    return web->epoll_fd >= 0 && web->page;
}

int tg_dashboardweb_serve(struct tg_dashboardweb *web, uint64_t now_ns)
{
    MHD_UNSIGNED_LONG_LONG ms;
    hurry_silent(web, now_ns);
    close_late(web, now_ns);
    tg_dashboardweb_forget(web, now_ns, false);
    web->lib.MHD_run(web->daemon);
    int gone_ms = find_gone(web, now_ns) ? (int)(GONE_NS / MS) : -1;
    if (web->lib.MHD_get_timeout(web->daemon, &ms) != MHD_YES) return gone_ms;
    return gone_ms >= 0 && ms > (unsigned)gone_ms ? gone_ms : (int)(ms < INT32_MAX ? ms : INT32_MAX);
}

void tg_dashboardweb_close(struct tg_dashboardweb *web)
{
    if (web->daemon) {
        tg_dashboardweb_forget(web, 0, true);
        if (web->page) web->lib.MHD_destroy_response(web->page);
        web->lib.MHD_stop_daemon(web->daemon);
    }
    web->daemon = NULL;
    web->page = NULL;
    tg_dashboardaddress_done(&web->address);
}
