/* SPDX-License-Identifier: MIT
 * The room engine/plugin: finding, checking, loading and calling plugins. This header has what a running task sees, the
 * context behind tg_ctx and the table of functions that plugins get; registry.h finds plugins and has them loaded (load.h,
 * elf.h), loaded.h is what they become, callable.h how plugins name tasks of each other; ffi.c calls C functions. */
#ifndef TG_PLUGIN_HOST_H
#define TG_PLUGIN_HOST_H

#include "engine/base/secret.h"
#include "engine/base/usage.h"
#include "engine/graph/def.h"
#include "engine/graph/grant.h"
#include "engine/plugin/stop.h"

/* In *ctx->unwanted: nobody needs the task's result any more. */
#define TG_CTX_UNWANTED 0x200u

/* What one running task may reach. One per worker, reset for each task. Thread class: owner (its worker). */
struct tg_ctx {
    const struct tg_def *def;           /* the task's definition */
    uint32_t task;                      /* its id in the graph */
    tg_value options;                   /* borrowed record of its options, or nil */
    struct tg_err err;                  /* what tg_fail set */
    const struct tg_services *services; /* the same for all tasks of a run */
    const _Atomic uint32_t *unwanted;   /* has the flag TG_CTX_UNWANTED; NULL: it is always wanted */
    const struct tg_grant *grant;       /* what it was given; NULL: nothing is said of it: one core, the first attempt */
    const struct tg_host_grow *grow;    /* how tasks are added; NULL: the graph does not grow */
    void (*spawned)(tg_ctx *ctx,
                    uint64_t began_ns); /* told that a program was started, since then; NULL: nobody wants to know */
    void *growth;                       /* where they are added; only who set `grow` knows what it is */
    struct tg_usage used;               /* by programs that it has started and waited for */
};

/* What stands behind tg_find and tg_call, handed in by a run that can add tasks. ctx is that of a task that may grow and has
 * not failed so far. */
struct tg_host_grow {
    const tg_callable *(*find)(tg_ctx *ctx, const char *name);
    int (*call)(tg_ctx *ctx, const tg_callable *task, const tg_value *args, size_t count, tg_value *future);
};

struct tg_gate;
struct tg_again;
struct tg_durations;

/* What a run offers to its tasks. Thread class: immutable; the flag is atomic. */
struct tg_services {
    _Atomic int *stop;                                        /* enum tg_stop; NULL: nothing stops it */
    void (*log)(void *data, const char *text, size_t length); /* shows the user a line, whole; any thread */
    void *log_data;                                           /* for log */
    int wake_fd;                                              /* becomes readable when *stop is set; -1: none */
    struct tg_gate *gate; /* where slow tasks wait until they may begin; NULL: nothing holds them back */
    void *executors;      /* processes that run tasks of plugins (remote/pool.h); NULL: there are none */
    void *commands;       /* the running commands; only they know what it is; NULL: there can be none */
    /* For how long the run has stood still so far, as after Ctrl-Z; UINT64_MAX: it is about to. Of `commands`; NULL: never. */
    uint64_t (*paused_ns)(void *commands);
    /* Atomic: becomes true when the thread of a task is given up, which may run for as long as the process; NULL: nobody asks. */
    _Atomic bool *given_up;
    const struct tg_registry *registry; /* where tg_find looks; NULL: nowhere */
    struct tg_again *again;             /* whether a task is up to date (store/again.h); NULL: nobody knows */
    struct tg_durations *durations;     /* how long tasks took before (graph/durations.h); NULL: nothing is known */
    struct tg_secrets *secrets;         /* what is not to be seen; more may come; NULL: there are none */
    void *stand_in;                     /* for the function that stands in for others (tg_graph.stand_in); NULL: none does */
};

extern const struct tg_host tg_host_table;

/* Shows the user a line, without secrets. NULL: on standard error. */
void tg_host_say(const struct tg_services *services, const char *text, size_t length);
/* Writes a line to standard error with one write, for tg_services.log. */
void tg_host_log(void *unused, const char *text, size_t length);

#endif
