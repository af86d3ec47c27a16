/* SPDX-License-Identifier: MIT
 * The room lang/check: what can be known before anything is evaluated.
 *
 *     check.c      types, many errors at once; argument.c: of arguments
 *     checksh.c    where values can stand in the text of an `sh`; cmduse.c: slips in it, outuse.c: uses of `out`
 *     advice.c     slips that need no type to be seen
 *     secrecy.c    secrets that others would see
 *     failable.c   what may fail, as its options say
 *     finaluse.c   fields of `outcome`
 *     region.c     what parts of a program that may be suspended have to do with what is around them
 *     reads.c      the variables of files that a function may read
 *     last.c       where a variable is read for the last time
 *
 * Thread class: owner (of the program). */
#ifndef TG_CHECK_CHECK_H
#define TG_CHECK_CHECK_H

#include "lang/bind/module.h"

/* Adds diagnostics about types, numbers and names of arguments, and options. After tg_resolve. Sets TG_F_SIMPLE on calls. */
void tg_check(struct tg_program *p, struct tg_module *m);

#endif
