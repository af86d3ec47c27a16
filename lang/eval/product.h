/* SPDX-License-Identifier: MIT
 * The files that the commands of a plan make, as far as their paths are known before the run. Thread class: owner. */
#ifndef TG_EVAL_PRODUCT_H
#define TG_EVAL_PRODUCT_H

#include "engine/base/canonical.h"
#include "engine/graph/plan.h"
#include "lang/bind/program.h"

struct tg_product {
    tg_id task;
    const char *path; /* as evaluated */
    bool list;        /* it is a pattern */
    bool written;     /* by `>`, beside the results */
};

struct tg_products {
    struct tg_program *program;
    const struct tg_plan *plan;
    struct tg_canonical canonical;
    struct tg_names keys;           /* canonical paths and patterns */
    TG_VEC(struct tg_product) made; /* by key: the first that makes it */
    TG_VEC(tg_id) unknown;          /* ascending: commands of which not all paths are known */
    struct tg_arena arena;
    /* Called where two have one path, of which not both are only written. */
    void (*clash)(void *data, const struct tg_product *first, const struct tg_product *second);
    void *data;
};

/* The command's definition; NULL if the task is no command that will run. */
const struct tg_command_def *tg_product_command(const struct tg_plan *plan, tg_id id);
/* What the argument of a task will be, where `after` only makes it wait: another argument, else itself. */
uint32_t tg_product_argument(const struct tg_graph *g, uint32_t arg);
/* A zeroed struct with program, plan, clash and data. */
void tg_product_find_all(struct tg_products *p);
void tg_product_done(struct tg_products *p);
/* What makes the path, or a folder above it; NULL if nothing is known to. */
const struct tg_product *tg_product_of(struct tg_products *p, const char *path);
/* The same of a path that is known to be no link itself. */
const struct tg_product *tg_product_of_real(struct tg_products *p, const char *path);
/* What makes a folder around the product of this number; NULL if nothing is known to. */
const struct tg_product *tg_product_around(const struct tg_products *p, size_t number);
/* The list that the path may be one of; NULL if there is none. */
const struct tg_product *tg_product_listing(struct tg_products *p, const char *path);
/* Visits the tasks that make something below the folder, at any depth, perhaps one more than once. False: there is none. */
bool tg_product_each_inside(struct tg_products *p, const char *folder, void (*visit)(void *data, uint32_t task), void *data);

#endif
