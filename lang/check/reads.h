/* SPDX-License-Identifier: MIT
 * The variables of files that a function may read, also in functions and commands that it uses. Thread class: owner (of the
 * program), while nothing runs. */
#ifndef TG_CHECK_READS_H
#define TG_CHECK_READS_H

#include "lang/bind/module.h"

struct tg_read {
    const struct tg_module *module;
    uint32_t slot;
    tg_span span; /* where it is read first */
};

struct tg_reads {
    TG_VEC(struct tg_read) items;             /* each variable once */
    TG_VEC(struct tg_fn *) fns;               /* whose bodies were walked */
    TG_VEC(struct tg_command_def *) commands; /* likewise */
};

/* Adds what the function reads when it is called. */
void tg_reads_of(struct tg_reads *r, struct tg_fn *fn);
void tg_reads_done(struct tg_reads *r);

#endif
