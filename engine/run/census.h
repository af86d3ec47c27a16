/* SPDX-License-Identifier: MIT
 * How many tasks of each definition are done, have failed, were skipped. Counts for people are of the tasks that the author
 * of the workflow has called; helpers, which the language adds (tg_def_is_helper), are counted apart.
 *
 * Of columns they are found when the run is over, by a look at each task's place, so that tasks of nanoseconds pay nothing.
 * Nodes come and go: there each worker keeps a table by site, at which others may look while it grows. Thread class: owner. */
#ifndef TG_RUN_CENSUS_H
#define TG_RUN_CENSUS_H

#include "engine/base/compiler.h"
#include "engine/run/run.h"

enum tg_census_what {
    TG_CENSUS_DONE,
    TG_CENSUS_FAILED,
    TG_CENSUS_ALLOWED,
    TG_CENSUS_SKIPPED,
    TG_CENSUS_UNNEEDED,
    TG_CENSUS_WHATS
};

/* Tasks of one site. */
struct tg_census_site {
    tg_id count[TG_CENSUS_WHATS];
};
struct tg_census_block {
    struct tg_census_block *before; /* what it has replaced, which stays: somebody may look at it */
    size_t room;
    struct tg_census_site items[];
};
/* By the index of a site; all zero: none yet. What one worker has counted another may take back: only sums of all say how many. */
struct tg_census_table {
    struct tg_census_site *items; /* of the newest block */
    size_t room;
    struct tg_census_block *_Atomic newest; /* atomic: release when its items are copied; for who looks at another's table */
};
void tg_census_grow(struct tg_census_table *t, size_t site);
static inline void tg_census_add(struct tg_census_table *t, size_t site, enum tg_census_what what, int more)
{
    if (TG_UNLIKELY(site >= t->room)) tg_census_grow(t, site);
    t->items[site].count[what] += (tg_id)more;
}
static inline void tg_census_note(struct tg_census_table *t, size_t site, enum tg_census_what what)
{
    tg_census_add(t, site, what, 1);
}
void tg_census_table_done(struct tg_census_table *t);

/* Tasks of one definition, or of several. */
struct tg_census_of {
    const struct tg_def *def;             /* NULL: of several */
    tg_id done, failed, allowed, skipped; /* failed: not as allowed */
    tg_id unneeded;                       /* given up, since nobody needed them any more: losers of `first` */
};

struct tg_census {
    TG_VEC(struct tg_census_of) called; /* those that the author has called, most tasks done first */
    struct tg_census_of tasks, helpers; /* sums: of `called`; of all others */
};

/* Of a run that is over and whose graph grew: adds its tasks by site to a zeroed table. */
void tg_census_nodes(const struct tg_run *run, struct tg_census_table *t);
/* What has become of a task in columns, when the run is over. */
enum tg_census_what tg_census_of_column(const struct tg_run *run, tg_id id);
/* Of a run that is over. */
void tg_census_run(const struct tg_run *run, struct tg_census *out);
void tg_census_done(struct tg_census *c);

#endif
