/* SPDX-License-Identifier: MIT
 * What a run would do that finds some tasks up to date: it is run with no command and no code of others, so that only what these would
 * compute is not known. Thread class: owner (the main thread). */
#ifndef TG_CMD_FORESEE_H
#define TG_CMD_FORESEE_H

#include "cmd/recording.h"

enum tg_foreseen {
    TG_FORESEEN_MAY,      /* what it depends on would run */
    TG_FORESEEN_RUNS,     /* `why` */
    TG_FORESEEN_FRESH,    /* up to date */
    TG_FORESEEN_COMPUTED, /* by the language alone */
};

struct tg_foreseen_task {
    enum tg_foreseen what;
    char *why;                 /* lines; heap, or NULL */
    char *instance;            /* of one that a run would add; heap, or NULL */
    bool says;                 /* `why` is more than what is plain: it has not run before, or is of a plugin */
    bool known;                /* something is recorded of it */
    struct tg_digest identity; /* of one that is recorded, if `asks` */
    bool asks;
    int64_t ended_ns; /* when it ran last, if that is known: since 1970 */
    uint64_t took_ns;
};

struct tg_foresight {
    TG_VEC(struct tg_foreseen_task) tasks; /* by their numbers: those of the graph first */
    size_t fresh;                          /* commands that are up to date */
};

/* True, and all of it, if something is recorded of the workflow; else nothing is up to date, and nothing is done. The plan is as before.
 * Reports what is wrong with the record. */
bool tg_foresee(struct tg_foresight *f, struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan);
/* Only calls `asks` (see `foreseen` of struct tg_again_how; asked may be NULL) for each task whose arguments are known, whether or not
 * something is recorded. */
void tg_foresee_asked(struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan,
                      void (*asks)(void *data, uint32_t task, const struct tg_again_task *asked, const char *why), void *data);
/* The first task that this one waits for, and that would run or may; what the language only puts together leads to another. TG_NO_TASK:
 * none. */
tg_id tg_foresee_reason(const struct tg_foresight *f, const struct tg_graph *g, tg_id id);
void tg_foresee_done(struct tg_foresight *f);

#endif
