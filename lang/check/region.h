/* SPDX-License-Identifier: MIT
 * Regions: what the part of a construct that is suspended has to do with what is around it. Thread class: any thread; one
 * lock, held while a region is analysed, which happens once for each. */
#ifndef TG_CHECK_REGION_H
#define TG_CHECK_REGION_H

#include "lang/bind/module.h"

/* What the analyses of a program share. */
struct tg_region_memory *tg_region_memory_new(void);
void tg_region_memory_free(struct tg_region_memory *memory);
/* The region of a construct that may be suspended, analysed when first asked for. */
const struct tg_region *tg_region_of(struct tg_program *p, const struct tg_ast *n);
/* True if a call of the function may add tasks with effects. */
bool tg_region_effects(struct tg_program *p, const struct tg_fn *fn);

#endif
