/* SPDX-License-Identifier: MIT
 * Files that were made in earlier runs and are missing, and that somebody uses who does not ask before (recall.h): they are made first.
 *
 * A task that is up to date may leave its results missing as long as nobody is known who needs them. So whoever gets one looks: before
 * a task runs that reads what it is given, and before what the run is for is done. Thread class: owner (the worker). */
#ifndef TG_GROW_PRESENT_H
#define TG_GROW_PRESENT_H

#include "engine/run/worker.h"

/* False: nothing has been missing so far. */
bool tg_present_looks(const struct tg_worker *w);
/* True for an expansion point that goes over a list, and does not read what is in it itself. */
bool tg_present_goes_over(const struct tg_site *site);
/* True if files in the list that it goes over are missing: *out (owned) has futures in their place, so that only who uses one has it made;
 * or the context has an error. */
bool tg_present_later(struct tg_worker *w, tg_value list, tg_value *out);
/* True if something that the task is given, or waits for, is missing: *out is then the future of the same task, behind others that
 * make it, or the context has an error. */
bool tg_present_before(struct tg_worker *w, tg_id id, const tg_value *args, size_t count, tg_value *out);
/* The same of a task that asks itself, but only of what it waits for: it may read that, too. */
bool tg_present_behind(struct tg_worker *w, tg_id id, const tg_value *args, size_t count, tg_value *out);
/* The same of its result, which is an output's; *out is that value later. */
bool tg_present_after(struct tg_worker *w, tg_id id, tg_value result, tg_value *out);

#endif
