/* SPDX-License-Identifier: MIT
 * Reads what eventfile.h has written; docs/formats.md has what it says. Thread class: owner. */
#ifndef TG_WATCH_EVENTREAD_H
#define TG_WATCH_EVENTREAD_H

#include <stdint.h>
#include <stdio.h>

#include "engine/event/event.h"

/* Lines that are no events of a run. */
enum { TG_TOLD_RUN = TG_EVENT_KINDS, TG_TOLD_SITE, TG_TOLD_BLOCK, TG_TOLD_DROPPED, TG_TOLD_END, TG_TOLD_OTHER };

/* What they are called, and events. */
extern const char *const tg_eventread_words[TG_TOLD_OTHER];

/* A line: what of it was said, else 0 and NULL. */
struct tg_told {
    unsigned kind; /* enum tg_event_kind, or one of those above; TG_TOLD_OTHER: of a later version, to be skipped */
    uint64_t time, began, ended, id, site, worker, bytes, count, part, tasks, cpu, memory, lines, round;
    const char *name, *sort, *place, *message, *arguments, *text, *workflow, *graph, *plugin; /* sort: "kind" of a site */
    const char *log;
    uint64_t parent, parent_round; /* parent: UINT64_MAX if there is none */
    bool continues, expands;
    uint64_t *needs; /* of an end: "failures" */
    size_t need_count;
    /* of a run */
    const char *host, *scheduler;
    int64_t moment; /* "began": nanoseconds since 1970 */
    uint64_t process;
    /* of an end */
    uint64_t status, workers, done, failed, skipped, caught, allowed, retried;
    uint64_t results, commands_cpu, commands_memory, executors, executors_cpu, executors_memory;
};

struct tg_eventread {
    const char *name; /* for messages; borrowed */
    FILE *file;
    char *line;
    size_t room;
    uint64_t number; /* lines so far */
    uint64_t tasks;  /* of the runs so far, at their beginning */
    void *json;      /* what the texts of the last line stand in */
    TG_VEC(uint64_t) needs;
    bool cut; /* the last line has no end: the run, or its machine, ended before it was written */
};

/* False and err if there is no such file. "-": standard input. */
bool tg_eventread_open(struct tg_eventread *r, const char *name, struct tg_err *err);
/* The next line, lent until the one after it; false at the end, with err if something that is there cannot be read. */
bool tg_eventread_next(struct tg_eventread *r, struct tg_told *told, struct tg_err *err);
void tg_eventread_close(struct tg_eventread *r);
/* The field of this name, if it is a number; NULL: there is none. */
uint64_t *tg_eventread_number(struct tg_told *told, const char *name);

#endif
