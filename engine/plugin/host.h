/* SPDX-License-Identifier: MIT
 * The table of functions that plugins get, and the task context behind tg_ctx. */
#ifndef TG_PLUGIN_HOST_H
#define TG_PLUGIN_HOST_H

#include "engine/value/sig.h"

/* What one running task may reach. One per worker, reset for each task. Thread class: owner (its worker). */
struct tg_ctx {
    const struct tg_def *def;      /* the task's definition */
    uint32_t task;                 /* its id in the graph */
    tg_value options;              /* borrowed record of its options, or nil */
    struct tg_err err;             /* what tg_fail set */
    const struct tg_services *services; /* the same for all tasks of a run */
};

/* What a run offers to its tasks. Thread class: immutable; the flag is atomic. */
struct tg_services {
    _Atomic int *stop;             /* set when the run is being stopped (run/run.h) */
    void (*log)(const char *text, size_t length); /* writes a line to standard error, whole */
    int wake_fd;                   /* becomes readable when *stop is set; -1: none */
    struct tg_commands *commands;  /* the running commands (run/command.h) */
};

extern const struct tg_host tg_host_table;

/* Writes a line to standard error with one write, for tg_services.log. */
void tg_host_log(const char *text, size_t length);

#endif
