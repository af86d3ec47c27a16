/* SPDX-License-Identifier: MIT
 * What a run says to who asks from elsewhere: a line each, and a JSON object on a line as its answer (docs/formats.md, "Status of a
 * run"). Thread class: owner, who may be any thread while the run goes on. */
#ifndef TG_CMD_INQUIRY_H
#define TG_CMD_INQUIRY_H

#include "cmd/cmd.h"
#include "engine/watch/taskstate.h"

/* What is asked about; borrowed. */
struct tg_inquiry_of {
    const struct tg_run *run;
    const struct tg_program *program;
    const struct tg_report *report; /* sources and secrets */
    const char *workflow;
    bool final; /* a block of `finally` */
};

struct tg_inquiry {
    struct tg_inquiry_of of;
    struct tg_standing standing;
    double began;            /* seconds since 1970 */
    tg_instance_masks masks; /* what tells tasks of a definition apart */
};

/* Since when the run goes on, of tg_clock_ns. */
void tg_inquiry_begin(struct tg_inquiry *s, const struct tg_inquiry_of *of, uint64_t begin_ns);
void tg_inquiry_end(struct tg_inquiry *s);
/* To be called now and then. */
static inline void tg_inquiry_look(struct tg_inquiry *s, uint64_t now_ns, uint64_t budget_ns)
{
    tg_standing_look(&s->standing, now_ns, budget_ns);
}

/* The answer to a line without its end, which may be anything. What is asked for beside it is to be done next. */
enum tg_inquiry_asked { TG_INQUIRY_NOTHING, TG_INQUIRY_STOP };
enum tg_inquiry_asked tg_inquiry_answer(struct tg_inquiry *s, const char *line, struct tg_buf *answer);
void tg_inquiry_do(enum tg_inquiry_asked asked);

/* -- for its parts */

/* A task of the plan, as messages name it; any other one by its function. Heap. */
char *tg_inquiry_name(struct tg_inquiry *s, tg_id id, const struct tg_site *site, bool planned);

/* The tasks that a word means (inquiryword.c). */
struct tg_inquiry_found {
    TG_VEC(tg_id) ids; /* those of the plan first */
    size_t planned;    /* so many are */
};
bool tg_inquiry_find(struct tg_inquiry *s, const char *word, struct tg_inquiry_found *found, struct tg_err *err);

#endif
