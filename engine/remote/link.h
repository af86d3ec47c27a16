/* SPDX-License-Identifier: MIT
 * One executor as tgrun has it: its process, the memory shared with it, and the batch that is in flight. What becomes of tasks is
 * decided in away.h. Thread class: owner: the worker whose executor it is, or who has the lock of the pool's asker. */
#ifndef TG_REMOTE_LINK_H
#define TG_REMOTE_LINK_H

#include <sys/types.h>

#include "engine/command/guard.h"
#include "engine/remote/batch.h"
#include "engine/remote/buffers.h"
#include "engine/remote/page.h"

struct tg_far;
struct tg_pool;

/* A result that came by a descriptor. */
struct tg_link_apart {
    uint32_t entry;
    void *map; /* its bytes */
    size_t bytes;
};

struct tg_link {
    struct tg_pool *pool;
    struct tg_far *far; /* NULL: the process is of this machine; else far.h has what is done with it */
    unsigned index;     /* in the pool */
    uint32_t process;   /* counts those of the pool; 0: there was none so far */
    bool distrusted;    /* it may lack objects that it should have: their recipes are sent as well (recipe.h) */
    pid_t pid;          /* 0: there is no process; -1: it is elsewhere */
    int pidfd, socket;
    struct tg_running *entry; /* of the guard */
    struct tg_cgroup group;   /* that limits its memory; knows behind its end whether it ran out */
    struct tg_usage used;     /* by its processes that have ended */
    uint64_t fresh_bytes;     /* of memory that it used when it began, if that is limited */
    struct tg_page *page;     /* stays when the process has ended, so that results can be read; NULL: never had one */
    uint32_t heard;           /* of its messages */
    bool ended;               /* the process has, and was not waited for */
    bool once;                /* far: what is sent next has an effect, so that nobody but us may begin it again */
    bool starved;             /* far: the system has killed it, as memory ran out */
    bool unheard;             /* it has closed the connection, or speaks nonsense: to be ended */
    struct tg_buf line;       /* of its log, so far */
    /* the batch in flight, or that is written */
    uint32_t number;
    int refused;                /* errno: it was sent without entries, as there is no file for it; or 0 */
    uint32_t count;             /* of its entries */
    uint32_t next;              /* of them, those whose results were asked for */
    tg_id ids[TG_PAGE_ENTRIES]; /* their tasks */
    void (*give_back)(void *data, const tg_id *ids, size_t count); /* ahead.h */
    void *give_back_data;
    struct tg_buf bytes; /* while it is written */
    TG_VEC(struct tg_link_apart) apart;
    struct tg_buffers buffers;
    struct tg_codec_objects objects;
    struct tg_codec_buffers texts;
    struct tg_codec codec, growing_codec;
};

/* index: its number in the pool; that of the asker is the number of workers. */
void tg_link_init(struct tg_link *l, struct tg_pool *pool, unsigned index);
/* Ends the process, if there is one: one that is idle gets time for it, others are killed. */
void tg_link_done(struct tg_link *l);

/* Starts a process if there is none; false and err if it cannot be had. What it has not finished before is given up. */
bool tg_link_begin(struct tg_link *l, struct tg_err *err);
/* The batch in l->bytes, of l->count entries, goes to the process, which is there. False if that has ended. Where there is no file
 * for a large one, none of its entries runs (l->refused). */
bool tg_link_send(struct tg_link *l);
/* What is sent next is to have the memory of a fresh process: ends one that keeps much, or, if `any`, whatever it keeps. */
void tg_link_make_room(struct tg_link *l, bool any);
/* Whether it kept much of what tasks took when it last looked; false where its memory is not limited. */
bool tg_link_is_cramped(const struct tg_link *l);
/* The bytes that its process used then, as its limit counts them. */
uint64_t tg_link_used(const struct tg_link *l);
/* Nothing more of the batch begins; what runs is told to end. */
void tg_link_drop(struct tg_link *l);

/* What can be said of an entry at this moment. */
enum tg_link_state {
    TG_LINK_WAITS, /* or runs */
    TG_LINK_DONE,  /* its result is there */
    TG_LINK_UNRUN, /* the batch is over, and it was none of it */
    TG_LINK_ENDED, /* the process has ended, or is to be ended: tg_link_end */
};
enum tg_link_state tg_link_look(struct tg_link *l, uint32_t entry);
/* Waits until the batch is over, the process has ended, a message has come, or wake_fd (-1: none) is readable: then *woken is set;
 * or until that time (0: for ever). Not at all if so many entries are done; one that becomes done meanwhile wakes nobody. */
void tg_link_wait(struct tg_link *l, uint32_t enough, int wake_fd, uint64_t until_ns, bool *woken);

/* The process has ended (l->ended), or is killed now: how (as waitpid tells it), and *ran: the entry that it was at; UINT32_MAX:
 * none. */
int tg_link_end(struct tg_link *l, uint32_t *ran);

/* The bytes of the result of an entry that is done; lent until the next call for this link. False: it is not as it should be. */
bool tg_link_result(struct tg_link *l, uint32_t entry, struct tg_page_result *result, const void **bytes);

#endif
