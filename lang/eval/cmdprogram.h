/* SPDX-License-Identifier: MIT
 * What must be there before the commands of a site can run. Thread class: immutable. */
#ifndef TG_EVAL_CMDPROGRAM_H
#define TG_EVAL_CMDPROGRAM_H

#include "engine/base/arena.h"
#include "engine/graph/graph.h"
#include "lang/bind/module.h"

/* The program that runs the texts of the site's commands; NULL: it needs none. Perhaps in the arena. */
const char *tg_cmdprogram_shell(const struct tg_site *site, const struct tg_graph *g, struct tg_arena *arena);
/* The first word of the option `wrap` of the site's commands; NULL: none. Perhaps in the arena. */
const char *tg_cmdprogram_wrap(const struct tg_site *site, const struct tg_graph *g, struct tg_arena *arena);
/* The image that they run in; NULL: none. */
const char *tg_cmdprogram_image(const struct tg_site *site, const struct tg_graph *g);
/* Word i of the server of the command as it will be, if it is written there, perhaps as here(".."); else NULL. Perhaps in the arena. */
const char *tg_cmdprogram_word(const struct tg_command_def *c, uint32_t i, struct tg_arena *arena);
/* Whether the first word of the site's commands is looked for along PATH of tgrun itself, and not by something else or elsewhere. */
bool tg_cmdprogram_is_found_here(const struct tg_site *site, const struct tg_graph *g, struct tg_arena *arena);

#endif
