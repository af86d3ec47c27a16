/* SPDX-License-Identifier: MIT
 * What a run has for its tasks: cores by --jobs, memory and what users name by --resources. Thread class: owner (the main thread). */
#ifndef TG_CMD_RESOURCES_H
#define TG_CMD_RESOURCES_H

#include "engine/graph/plan.h"
#include "engine/run/capacity.h"

struct tg_resources {
    struct tg_capacity capacity;
    char *names; /* that the capacity names; heap */
};

/* False if the value of --resources is not understood; the error is what is wrong with it. */
bool tg_resources_check(const char *text, struct tg_err *err);
/* The same of --worker-memory: a size, "16GiB". */
bool tg_resources_check_worker(const char *text, struct tg_err *err);
/* The same of any size. */
bool tg_resources_check_size(const char *text, struct tg_err *err);
/* In bytes, of one that was checked; NULL: 0. */
uint64_t tg_resources_size(const char *text);
/* So many cores, and what the text (checked; NULL: nothing) says; of memory, what the process may use where it says nothing. */
void tg_resources_find(struct tg_resources *r, uint64_t jobs, const char *text);
/* False and err if there is a task in the plan that asks for more than there is, or in an executor for more memory than that may
 * use (0: any). What tasks ask for that say it only when they are ready, and those that are added by others, is known later. */
bool tg_resources_suffice(const struct tg_resources *r, uint64_t worker_bytes, const struct tg_plan *plan, struct tg_err *err);
void tg_resources_done(struct tg_resources *r);

#endif
