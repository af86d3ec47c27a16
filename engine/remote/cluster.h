/* SPDX-License-Identifier: MIT
 * The driver of a run, seen from tgrun: a process that has executors somewhere, and is spoken to by frames (frames.h). Who has a batch for
 * one submits it with a ticket, and waits for the ticket's descriptor; a thread reads what the driver says.
 *
 * A driver that ends, or speaks nonsense, is not started again: the cluster is lost, all tickets are answered at once, and what is
 * submitted later likewise. Thread class: any thread, where nothing else is said. */
#ifndef TG_REMOTE_CLUSTER_H
#define TG_REMOTE_CLUSTER_H

#include <stdatomic.h>
#include <sys/uio.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/plugin/host.h"

struct tg_cluster;

/* How a batch ended. */
enum tg_ticket_end {
    TG_TICKET_OPEN,    /* it did not so far */
    TG_TICKET_DONE,    /* its report is there */
    TG_TICKET_LOST,    /* who ran it is gone, or was made to end */
    TG_TICKET_REFUSED, /* it was not run; `said` tells why */
};

/* A batch that is out. Thread class: who submits it; `end` is atomic. */
struct tg_ticket {
    uint64_t id;       /* 0: none is out */
    int fd;            /* an event: becomes readable when there is an end; -1: none */
    _Atomic int end;   /* enum tg_ticket_end */
    struct tg_buf out; /* written before `end`: the report */
    char *said;        /* likewise; heap */
    bool cancelled;
};

/* False: there is no descriptor. */
bool tg_cluster_ticket_init(struct tg_ticket *t);
/* Of one that is not out. */
void tg_cluster_ticket_done(struct tg_ticket *t);
static inline enum tg_ticket_end tg_cluster_ticket_end(const struct tg_ticket *t)
{
    return (enum tg_ticket_end)atomic_load_explicit(&t->end, memory_order_acquire);
}

struct tg_cluster_options {
    const char *text;      /* of --cluster, which tg_cluster_check has seen */
    const char *program;   /* of tgrun; NULL: this one */
    unsigned most;         /* slots; 0: all that there are */
    uint64_t memory_bytes; /* that each executor may use; 0: any */
};

/* Whether a driver has that text for a cluster, as far as its beginning tells; err says what is wrong. */
bool tg_cluster_check(const char *text, struct tg_err *err);

/* Starts the driver, and waits until it is ready, or the run is stopped. The services are lent. Never NULL: one that cannot be had is
 * lost from the beginning. Main thread. */
struct tg_cluster *tg_cluster_open(const struct tg_services *services, const struct tg_cluster_options *options);
/* Ends the driver, and with it all that it has started. NULL is fine. No ticket is out. */
void tg_cluster_close(struct tg_cluster *c);
/* False and err (TG_EXIT_CANNOT): it is lost. */
bool tg_cluster_is_up(struct tg_cluster *c, struct tg_err *err);
/* Batches that it runs at once; at least 1. */
unsigned tg_cluster_slots(struct tg_cluster *c);
/* The file of a plugin here that is at a path there, .../DIGEST/NAME; NULL: none is. Lent. */
const char *tg_cluster_file(const struct tg_cluster *c, const char *path);
/* The greeting of its parcels (parcel.h). */
const struct tg_buf *tg_cluster_greeting(const struct tg_cluster *c);

/* Sends a batch; the ticket is out then, and stays where it is. once: if who runs it is lost, it is not begun again by an engine that
 * does so by itself. */
void tg_cluster_submit(struct tg_cluster *c, struct tg_ticket *t, const void *batch, size_t bytes, bool once);
/* It is to end. It is answered all the same. */
void tg_cluster_cancel(struct tg_cluster *c, struct tg_ticket *t);
/* The ticket is out no more: whatever comes for it is thrown away. */
void tg_cluster_forget(struct tg_cluster *c, struct tg_ticket *t);

#endif
