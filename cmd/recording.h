/* SPDX-License-Identifier: MIT
 * The record of one workflow's runs, as the command line says. Thread class: owner (the main thread). */
#ifndef TG_CMD_RECORDING_H
#define TG_CMD_RECORDING_H

#include "cmd/cmd.h"
#include "cmd/earlier.h"
#include "cmd/force.h"
#include "engine/grow/unchanged.h"
#include "engine/store/again.h"

struct tg_recording {
    struct tg_cli *cli;
    struct tg_session *session;
    struct tg_ledger *ledger;
    struct tg_pathlocks *locks;
    struct tg_checkpoint *checkpoint;
    struct tg_earlier earlier;
    struct tg_manifest *before;      /* of earlier runs; NULL: there is none */
    struct tg_manifest_notes *notes; /* of this run, for the next; NULL: none can be taken */
    struct tg_unchanged unchanged;   /* what `before` says; zeroed: nothing */
    struct tg_digest work, graph;    /* what the command line is for; what the tasks are */
    bool guards;                     /* results may turn out to be secrets */
    bool good;                       /* the run has ended well */
    bool ticks;                      /* the ticker goes for it */
    struct tg_ledger_run run;
    char *line, *workflow; /* heap */
    struct tg_force force;
    unsigned char key[TG_DIGEST_KEY_BYTES];
};

/* Before anything is looked at: opens the record, if tasks may be in it, and finds what of the plan need not be looked at. Nothing that is
 * wrong with it ends the run. leaves_out: else everything is looked at. The plan must outlive it. */
void tg_recording_open(struct tg_recording *r, struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan,
                       bool leaves_out);
/* The plan, or what is left of it; lent. */
const struct tg_plan *tg_recording_rest(const struct tg_recording *r, const struct tg_plan *plan);
/* Before the tasks run. settled: nothing of what was looked at has to be looked at again in a run in which nothing changes. plan->grows is
 * set where tasks may have to be made again for others. */
void tg_recording_begin(struct tg_recording *r, bool settled, struct tg_plan *plan);
/* Instead of it, for a run in which nothing is done: true if something is recorded of the workflow, or anyway. foreseen: see struct
 * tg_again_how. */
bool tg_recording_foresee(struct tg_recording *r, struct tg_cli *cli, struct tg_workflow *w, bool anyway,
                          void (*foreseen)(void *data, uint32_t task, const struct tg_again_task *asked, const char *why),
                          void *data);
/* The run of the graph is over, and its values are still there. */
void tg_recording_over(struct tg_recording *r, const struct tg_run *run, enum tg_exit status);
void tg_recording_end(struct tg_recording *r);

#endif
