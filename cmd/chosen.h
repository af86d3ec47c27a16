/* SPDX-License-Identifier: MIT
 * Which one task a word of `tgrun debug` and `tgrun status` means: a name, of several instances by number (inc:3) or as messages tell them
 * (inc(41)). Thread class: owner. */
#ifndef TG_CMD_CHOSEN_H
#define TG_CMD_CHOSEN_H

#include "cmd/cmd.h"

/* What the word says, and what it turns out to be. */
struct tg_chosen {
    char *name;      /* what selects, as words of a run do; heap */
    char *args;      /* "(41)"; heap; NULL: not said */
    uint64_t number; /* from 1; 0: not said */
    const struct tg_def *def;
    tg_id id;           /* TG_NO_TASK: one that is known when it starts */
    uint64_t *among;    /* bitmap of tasks that are there from the start, of which it may be one; NULL: none */
    uint64_t passed;    /* of those that fit and are about to start, so many are others */
    uint32_t differing; /* arguments that tell its instances apart (instance.h) */
};

bool tg_chosen_read(struct tg_chosen *c, const char *word, struct tg_err *err);
/* Finds it in a workflow that was evaluated with the name as the only word, and plans what it needs; which one is known only
 * while it runs: all that may be needed to find it. Reports why not. */
enum tg_exit tg_chosen_find(struct tg_chosen *c, struct tg_cli *cli, struct tg_workflow *w, struct tg_plan *plan);
/* Is it the task that is about to start? Counts. `added`: it was not there from the start. */
bool tg_chosen_fits(struct tg_chosen *c, const struct tg_graph *g, tg_id id, bool added, const struct tg_site *site,
                    const tg_value *args, size_t count);
/* What messages will call a task of the graph, with the arguments of the mask `shown` (instance.h). Results that are not known are
 * left out, or stand as "inc(..)", with more than 1 of `calls` as "inc(inc(..))"; in a run (NULL: before one) numbers are. Heap; any
 * thread. */
char *tg_chosen_foresee(const struct tg_graph *g, tg_id id, uint32_t shown, const struct tg_run *run, unsigned calls);
/* Some argument of it is a result, or has one inside. */
bool tg_chosen_is_open(const struct tg_graph *g, tg_id id);
void tg_chosen_done(struct tg_chosen *c, const struct tg_graph *g);

#endif
