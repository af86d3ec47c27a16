/* SPDX-License-Identifier: MIT
 * Running a workflow, for the verbs that do: `run`, and `graph --run`. Thread class: owner (the main thread). */
#ifndef TG_CMD_EXECUTE_H
#define TG_CMD_EXECUTE_H

#include "cmd/cmd.h"
#include "cmd/sharing.h"
#include "cmd/took.h"
#include "engine/remote/cluster.h"

/* Names and aliases of the schedulers, one after the other; NULL past the end. */
const char *tg_execute_scheduler_word(size_t i);
/* Adds a hint to the error if other tools have a scheduler of that name. */
bool tg_execute_scheduler_hint(const char *name, struct tg_err *err);
/* The one that is chosen. */
const struct tg_sched *tg_execute_scheduler(const struct tg_cli *cli);
/* Options that both verbs have; the first one starts a group, if its heading is not NULL. */
#define TG_OPTION_JOBS(heading)                                                                                                \
    {                                                                                                                          \
        .group = heading, .letter = 'j', .name = "jobs", .kind = TG_OPT_NUMBER, .value = "N", .min = 1, .max = TG_MAX_WORKERS, \
        .help = "workers; default: the usable CPUs", .offset = TG_AT(jobs), .env = true, .harmless = true                      \
    }
#define TG_OPTION_RESOURCES                                                                                             \
    {                                                                                                                   \
        .name = "resources", .kind = TG_OPT_TEXT, .value = "NAME=N,..", .check = tg_resources_check,                    \
        .help = "what tasks may ask for: memory=16GiB,gpu=2; default: the memory there is", .offset = TG_AT(resources), \
        .env = true, .harmless = true                                                                                   \
    }
#define TG_OPTION_WORKER_MEMORY                                                                                                \
    {                                                                                                                          \
        .name = "worker-memory", .kind = TG_OPT_TEXT, .value = "SIZE", .check = tg_resources_check_worker,                     \
        .help = "how much memory each executor (--scheduler=processes) may use, such as 2GiB", .offset = TG_AT(worker_memory), \
        .env = true, .harmless = true                                                                                          \
    }
#define TG_OPTION_SCHEDULER                                                                                               \
    {                                                                                                                     \
        .name = "scheduler", .kind = TG_OPT_CHOICE, .value = "NAME", .choice_at = tg_execute_scheduler_word,              \
        .choice_hint = tg_execute_scheduler_hint, .help = "what runs the tasks", .offset = TG_AT(scheduler), .env = true, \
        .harmless = true                                                                                                  \
    }
#define TG_OPTION_CLUSTER                                                                                \
    {                                                                                                    \
        .name = "cluster", .kind = TG_OPT_TEXT, .value = "WHERE", .check = tg_cluster_check,             \
        .help = "run tasks of plugins there: pool:4, ssh:host/8,host2/8, local:4 (Dask) or DRIVER:TEXT", \
        .offset = TG_AT(cluster), .env = true                                                            \
    }
#define TG_OPTION_KEEP_GOING                                                                                      \
    {                                                                                                             \
        .letter = 'k', .name = "keep-going", .kind = TG_OPT_FLAG,                                                 \
        .help = "go on with whatever does not depend on a failed task", .offset = TG_AT(keep_going), .env = true, \
        .harmless = true                                                                                          \
    }
#define TG_OPTION_FAIL_FAST                                                                              \
    {                                                                                                    \
        .name = "fail-fast", .kind = TG_OPT_FLAG, .help = "end what is running, too, when a task fails", \
        .offset = TG_AT(fail_fast), .env = true, .harmless = true                                        \
    }
#define TG_OPTION_KEEP_FAILED                                                                                      \
    {                                                                                                              \
        .name = "keep-failed", .kind = TG_OPT_FLAG,                                                                \
        .help = "keep result files that a failed command began, under another name", .offset = TG_AT(keep_failed), \
        .env = true, .harmless = true                                                                              \
    }
#define TG_OPTION_RETRIES                                                                                             \
    {                                                                                                                 \
        .name = "retries", .kind = TG_OPT_NUMBER, .value = "N", .max = TG_RETRIES_MAX,                                \
        .help = "further attempts of a task that fails, unless the workflow says how many", .offset = TG_AT(retries), \
        .env = true                                                                                                   \
    }
#define TG_OPTION_TIMEOUT                                                                                       \
    {                                                                                                           \
        .name = "timeout", .kind = TG_OPT_DURATION, .value = "TIME",                                            \
        .help = "the longest that an attempt may take, unless the workflow says how long; such as 90s or 1.5h", \
        .offset = TG_AT(timeout), .env = true                                                                   \
    }
#define TG_OPTION_DEADLINE                                                                                      \
    {                                                                                                           \
        .name = "deadline", .kind = TG_OPT_DURATION, .value = "TIME",                                           \
        .help = "end the whole run after so long, with exit status 124", .offset = TG_AT(deadline), .env = true \
    }
#define TG_OPTION_LOAD                                                                                                       \
    {                                                                                                                        \
        .name = "load", .kind = TG_OPT_REAL, .value = "N", .help = "start nothing more while the load average is N or more", \
        .offset = TG_AT(load), .env = true, .harmless = true                                                                 \
    }
#define TG_OPTION_PRESSURE                                                                                \
    {                                                                                                     \
        .name = "pressure", .kind = TG_OPT_CHOICE, .value = "WHAT", .choices = tg_sharing_pressure_words, \
        .help = "while programs stand still for want of memory, wait with starting more, or ignore it",   \
        .offset = TG_AT(pressure), .env = true, .harmless = true                                          \
    }
#define TG_OPTION_JOBSERVER                                                                                        \
    {                                                                                                              \
        .name = "jobserver", .kind = TG_OPT_CHOICE, .value = "HOW", .choices = tg_sharing_words,                   \
        .help = "how makes and tgruns above and below share the workers", .offset = TG_AT(jobserver), .env = true, \
        .harmless = true                                                                                           \
    }

/* Opens the file of a verb and evaluates it with the signals caught, so that a loop without end is stopped with its
 * place. The workflow must be done with in any case. */
enum tg_exit tg_execute_open(struct tg_cli *cli, struct tg_workflow *w);

/* What is done with a run that came to its end, well or not; failures have been reported. If that fails: the exit status, and
 * err says why. */
typedef enum tg_exit (*tg_execute_use)(struct tg_cli *cli, const struct tg_workflow *w, const struct tg_run *run,
                                       const struct tg_took *took, void *data, struct tg_err *err);
/* Runs the plan as the options say, reports what failed, and calls `use` unless the run was interrupted or could not be
 * done. `sink` (may be NULL) is told of the run's events. The exit status is that of `use`, else that of the run. */
enum tg_exit tg_execute(struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan, struct tg_sink *sink,
                        tg_execute_use use, void *data);

/* What both ways to run a graph say for all of its tasks, and of what these share. */
#define TG_OPTIONS_OF_TASKS                                                                                                 \
    TG_OPTION_RESOURCES, TG_OPTION_WORKER_MEMORY, TG_OPTION_RETRIES, TG_OPTION_TIMEOUT, TG_OPTION_DEADLINE, TG_OPTION_LOAD, \
        TG_OPTION_PRESSURE, TG_OPTION_JOBSERVER

#endif
