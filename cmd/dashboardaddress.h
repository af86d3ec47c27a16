/* SPDX-License-Identifier: MIT
 * Where a dashboard listens, and by which names it may be asked for. Who makes a browser believe that a name of his own is the address
 * of this machine (DNS rebinding) asks by that name. Thread class: owner. */
#ifndef TG_CMD_DASHBOARDADDRESS_H
#define TG_CMD_DASHBOARDADDRESS_H

#include <stdbool.h>

#include "engine/base/err.h"

/* Without one, of this machine's users only; the system picks the port. */
#define TG_DASHBOARDADDRESS_DEFAULT "127.0.0.1"
/* In its place: there is to be no dashboard. */
#define TG_DASHBOARDADDRESS_NONE "none"

struct tg_dashboardaddress {
    int listener; /* -1: none */
    unsigned port;
    bool loopback; /* nobody reaches it from another machine */
    char *host;    /* as it stands in the link; heap */
    char *machine; /* the machine's own name; heap */
};

/* Of an option: PORT, ADDR, ADDR:PORT or [ADDR]:PORT. False and err if it is none of these. */
bool tg_dashboardaddress_check(const char *text, struct tg_err *err);
/* Listens there. False, err and nothing to be done with if it cannot. */
bool tg_dashboardaddress_listen(struct tg_dashboardaddress *a, const char *text, struct tg_err *err);
void tg_dashboardaddress_done(struct tg_dashboardaddress *a);
/* True if `host` (of a request; NULL: it has none) is what this connection was made to. Any thread. */
bool tg_dashboardaddress_is_host(const struct tg_dashboardaddress *a, int connection, const char *host);

#endif
