/* SPDX-License-Identifier: MIT
 * The server of a dashboard: who may come in, for how long, and what he gets.
 *
 * The link has a token that is new in each run: other users of the machine reach its loopback, too. Without it, or by another name of the
 * machine (dashboardaddress.h), or from the page of another server, nobody gets anything. Every connection has one answer and a time
 * in which to take it; there are few at once, and the others wait at the door. Documents are made at most a few times a second,
 * and shared by all who ask for the same.
 *
 * Connections are taken here, not by the library, which would try again without end where descriptors are lacking.
 * Thread class: owner: the thread of the dashboard, once it is there. */
#ifndef TG_CMD_DASHBOARDWEB_H
#define TG_CMD_DASHBOARDWEB_H

#include "cmd/dashboardaddress.h"
#include "cmd/dashboardcontrol.h"
#include "cmd/dashboardlib.h"
#include "engine/watch/story.h"

#define TG_DASHBOARDWEB_TOKEN 32 /* letters: 128 bits */
#define TG_DASHBOARDWEB_PLACES 64
#define TG_DASHBOARDWEB_KEPT 16

struct tg_dashboardweb_place {
    int fd;            /* -1: free */
    uint64_t until_ns; /* then it is closed */
    bool answered;     /* he is taking his answer */
    size_t bytes;      /* of that */
};

/* A document that was made of late. */
struct tg_dashboardweb_kept {
    char *key; /* heap; NULL: none */
    struct MHD_Response *response;
    size_t bytes;
    uint64_t made_ns;
};

struct tg_dashboardweb {
    struct tg_dashboardlib lib;
    struct tg_dashboardaddress address;
    char token[TG_DASHBOARDWEB_TOKEN + 1];
    bool controls;          /* what is asked of the run is done */
    struct tg_story *story; /* borrowed */
    struct tg_run *run;     /* that goes on; NULL: none */
    struct MHD_Daemon *daemon;
    int epoll_fd; /* the library's: readable if it has something to do */
    struct MHD_Response *page;
    unsigned place_count; /* there may be so many */
    struct tg_dashboardweb_place places[TG_DASHBOARDWEB_PLACES];
    struct tg_dashboardweb_kept kept[TG_DASHBOARDWEB_KEPT];
    size_t bytes;        /* of all answers that are under way */
    uint64_t refused_ns; /* until then the door stays shut: no descriptor was to be had */
    bool stopped;        /* the page has ended the run */
    uint64_t asked_ns;   /* when somebody who may come in has asked, or was answered, the last time */
    uint64_t status_ns,
        status_gap_ns; /* when somebody was told the status the last time, and how long behind the time before; 0: never */
};

/* What it needs is there, and it listens. False and err, and nothing is to be done with, if not. */
bool tg_dashboardweb_open(struct tg_dashboardweb *web, const char *address, bool controls, struct tg_story *story,
                          struct tg_err *err);
/* The thread is there. False: the library cannot. */
bool tg_dashboardweb_start(struct tg_dashboardweb *web);
/* Somebody is at the door, and may come in. */
bool tg_dashboardweb_has_place(const struct tg_dashboardweb *web, uint64_t now_ns);
void tg_dashboardweb_admit(struct tg_dashboardweb *web, uint64_t now_ns);
/* Does what is to be done; within how many milliseconds there is more, -1: nobody knows. */
int tg_dashboardweb_serve(struct tg_dashboardweb *web, uint64_t now_ns);
/* Ends all connections. */
void tg_dashboardweb_close(struct tg_dashboardweb *web);

/* -- for its parts (dashboardanswer.c): callbacks of the library */
enum MHD_Result tg_dashboardweb_answer(void *web, struct MHD_Connection *connection, const char *url, const char *method,
                                       const char *version, const char *upload, size_t *upload_size, void **visit);
void tg_dashboardweb_answered(void *web, struct MHD_Connection *connection, void **visit, enum MHD_RequestTerminationCode code);
struct tg_dashboardweb_place *tg_dashboardweb_find_place(struct tg_dashboardweb *web, struct MHD_Connection *connection);
struct MHD_Response *tg_dashboardweb_make_page(const struct tg_dashboardweb *web);
/* Documents that are old are gone; all: all are. */
void tg_dashboardweb_forget(struct tg_dashboardweb *web, uint64_t now_ns, bool all);

#endif
