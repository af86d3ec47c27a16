/* SPDX-License-Identifier: MIT
 * What is said of a task beside its arguments and concerns its run: what it needs, how long it may take, and what is to be done if
 * it fails. The options of the language say it (one policy for each record of the graph's table), over what was said for all
 * tasks of a run. A definition may know more when the task is ready (struct tg_def, `asks`). Who acts on it is run/coordinator.h.
 * Thread class: immutable. */
#ifndef TG_GRAPH_POLICY_H
#define TG_GRAPH_POLICY_H

#include "engine/base/err.h"
#include "engine/value/value.h"

/* Resources that one task may name, and that a run may have: named by people, who have a handful. */
#define TG_ASKED_MAX 8

/* So many of the resource. */
struct tg_asked {
    const char *name; /* lives as long as the graph */
    uint64_t count;
};

/* The delay before the second attempt where none is said, and the longest one; then each is twice the one before. */
#define TG_BACKOFF_NS UINT64_C(1000000000)
#define TG_BACKOFF_MAX_NS UINT64_C(600000000000)

/* What options may say at most; cores as many as workers (base/limits.h). More is a slip, and would not fit into what counts it:
 * so many days are nanoseconds of 63 bits. */
#define TG_RETRIES_MAX 1000000
#define TG_UNITS_MAX 4096
#define TG_DURATION_MAX_S (100000 * 86400.0)

/* Where a task of a plugin runs: where the run has its tasks run, on this machine, in a thread of tgrun, in an executor process
 * of this machine. The first two are the same as long as there is but one machine. */
enum tg_task_place { TG_PLACE_ANY, TG_PLACE_HOME, TG_PLACE_THREADS, TG_PLACE_PROCESSES, TG_PLACES };

struct tg_policy {
    uint32_t retries;                    /* further attempts after the first */
    uint32_t retry_on;                   /* TG_CAUSE_BIT of each cause that another attempt may help against */
    uint64_t retry_status[4];            /* further exit statuses of commands, a bit each */
    uint64_t backoff_ns, backoff_max_ns; /* the first delay, the longest */
    uint64_t timeout_ns;                 /* of each attempt; 0: none */
    uint32_t cores;                      /* 0: not said, one */
    uint64_t memory_bytes;               /* 0: not said */
    double memory_factor;                /* what `memory` is multiplied by after an attempt that needed more; at least 1 */
    bool memory_free;                    /* memory_enforce = false: it is reserved only */
    bool allow_failure;                  /* the value is nil then */
    enum tg_task_place place;            /* ANY: not said */
    bool late;                           /* more is known when the task is ready: struct tg_def, `asks` */
    uint32_t asked_count;
    struct tg_asked asked[TG_ASKED_MAX];
};

/* Any cause but those that would come again. */
#define TG_RETRY_ON_ANY (~(TG_CAUSE_BIT(TG_CAUSE_USAGE) | TG_CAUSE_BIT(TG_CAUSE_CANNOT) | TG_CAUSE_BIT(TG_CAUSE_UNRUN)))

/* "home", "threads", "processes": as people name it; TG_PLACES if it is none. */
enum tg_task_place tg_policy_place(const char *name);
/* Nothing is said. */
void tg_policy_init(struct tg_policy *p);
/* Reads what an options record says (nil: nothing) over what is there; its values are what the language lets through. The names
 * of resources are the record's, which must live as long. */
void tg_policy_read(struct tg_policy *p, tg_value record);
/* True for an option that concerns a policy. */
bool tg_policy_knows(const char *option);
/* Reads one option; false if it is none that concerns a policy. */
bool tg_policy_set(struct tg_policy *p, const char *option, tg_value v);
/* True if it says something that the run loop must mind; where the task runs is none of that. */
bool tg_policy_says(const struct tg_policy *p);
/* True if a task must be let in before it starts: it needs more than a worker. */
bool tg_policy_asks(const struct tg_policy *p);
/* True if a task that failed for this reason may be tried again, as far as the cause goes. */
bool tg_policy_retries(const struct tg_policy *p, enum tg_cause cause, int status);

#endif
