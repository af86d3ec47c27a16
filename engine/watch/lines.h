/* SPDX-License-Identifier: MIT
 * The sink of lines for the user: what plugins log, and what commands print, task by task or as it comes. */
#ifndef TG_WATCH_LINES_H
#define TG_WATCH_LINES_H

#include "engine/event/event.h"

struct tg_lines {
    struct tg_sink sink;
    _Atomic bool any; /* atomic, relaxed: there was one */
};

/* Writes each to standard error, whole. */
void tg_lines_init(struct tg_lines *lines);

#endif
