/* SPDX-License-Identifier: MIT
 * Whether one more task may begin, beside those that run: by the tokens of a jobserver, by the load of the machine and by what waits for
 * memory. Pure decisions: what is looked at, and the time, come from the caller.
 *
 * Nothing but tokens keeps back a task while no other one runs, and one token each process has of its own: so there is always
 * one that may begin, and the run gets on.
 *
 * A task of several cores needs as many tokens at once. Those that it gets before it has all are kept for it, but not for long, as
 * another process may be collecting as well: both would wait for ever. So all are given back after a while, and none collected for
 * a moment: our own token, too, where nothing runs here, or two processes below a make -j2 would never have two. How long is
 * random, and longer each time, so that one of those who collect comes first. Where no more are to be had and nothing else
 * runs here, it begins with fewer in the end. Thread class: locked, by whoever owns it. */
#ifndef TG_GATE_THROTTLE_H
#define TG_GATE_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

/* One job more than this on average, as make guesses: of jobs started in this second and in the one before, the load average knows
 * nothing so far. A quarter of each is what make adds. */
#define TG_THROTTLE_NEW_WEIGHT 0.25

/* Percent of the last ten seconds in which everything that had work to do waited for memory: a fifth of the time is lost, which is
 * thrashing and not just a cache that fills (that makes a few percent), and systemd-oomd is still far from killing (60). From HIGH on
 * nothing begins, until it is below LOW: what has begun at the limit would bring it back there. */
#define TG_THROTTLE_MEMORY_HIGH 20.0
#define TG_THROTTLE_MEMORY_LOW 10.0

/* The kernel makes its averages anew every two seconds. */
#define TG_THROTTLE_LOOK_NS UINT64_C(1000000000)

/* Tokens that are too few are kept about so long, twice as long each time, and never longer than KEEP; then none are collected for
 * about REST: from a half to one and a half of these, by chance. */
#define TG_THROTTLE_KEEP_FIRST_NS UINT64_C(50000000)
#define TG_THROTTLE_KEEP_NS UINT64_C(2000000000)
#define TG_THROTTLE_REST_NS UINT64_C(100000000)

/* Who had several leaves them so long to others that wait for one: these need that to wake up. */
#define TG_THROTTLE_YIELD_NS UINT64_C(2000000)

/* With nothing else running, a task that needs more than there are begins with what it has after so long. */
#define TG_THROTTLE_PATIENCE_NS UINT64_C(10000000000)

/* What a task waits for. */
enum tg_wait { TG_WAIT_NOTHING, TG_WAIT_TOKEN, TG_WAIT_LOAD, TG_WAIT_MEMORY };

/* What it looks at. NULL: not at that. */
struct tg_throttle_source {
    void *data;
    bool (*take)(void *data); /* a token; false: there is none now */
    void (*give)(void *data);
    void (*lend)(void *data);       /* our own one, to whoever collects; NULL: it always stays */
    bool (*reclaim)(void *data);    /* gets that back, or another for it; false: there is none now */
    bool (*is_dry)(void *data);     /* no token will ever come again; NULL: never so */
    double (*load)(void *data);     /* load average; below 0: unknown */
    double (*pressure)(void *data); /* percent, as above; below 0: unknown */
};

struct tg_throttle {
    struct tg_throttle_source source; /* immutable, as what follows */
    double load_limit;                /* nothing begins from this load on */
    unsigned most;                    /* tokens that there can be for us, our own included; 0: unknown */
    uint32_t seed;                    /* differs between processes */

    unsigned used;          /* cores of what runs */
    unsigned held;          /* tokens that we have, our own included; 0: that is lent */
    unsigned wanted;        /* cores of one that waits for several; 0: none does */
    unsigned rounds;        /* how often it has given back what it had */
    uint64_t kept_until;    /* more are held for it than are used, until then; 0: they are not */
    uint64_t resting_until; /* nothing is collected */
    uint64_t alone_since;   /* when one that needs several waited with nothing running; 0: none does */

    uint64_t second; /* of the last start */
    unsigned started, started_before;
    uint64_t looked_at; /* when pressure was; 0: never */
    bool short_of_memory;
};

void tg_throttle_init(struct tg_throttle *t, const struct tg_throttle_source *source);
/* A task of so many cores (at least 1) is to begin. NOTHING: it may, and *cores is what it holds now; else what it waits for. */
enum tg_wait tg_throttle_try(struct tg_throttle *t, unsigned *cores, uint64_t now_ns);
/* One that holds so many has ended. */
void tg_throttle_leave(struct tg_throttle *t, unsigned cores, uint64_t now_ns);
/* Nothing is waiting any more, or for as long as tokens are kept: gives back what is not used. */
void tg_throttle_relax(struct tg_throttle *t, uint64_t now_ns);
/* Nobody waits for several any more: nothing is kept. */
void tg_throttle_give_up(struct tg_throttle *t);
/* When to look again, of what waits for this; tokens come at any time. */
uint64_t tg_throttle_next(const struct tg_throttle *t, enum tg_wait why, uint64_t now_ns);

#endif
