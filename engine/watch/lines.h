/* SPDX-License-Identifier: MIT
 * The sink of lines for the user: what plugins log, and what commands print, task by task or as it comes. */
#ifndef TG_WATCH_LINES_H
#define TG_WATCH_LINES_H

#include "engine/event/event.h"

struct tg_lines {
    struct tg_sink sink;
    void (*write)(void *unused, const char *text, size_t length); /* immutable */
    _Atomic bool any;                                             /* atomic, relaxed: there was one */
};

/* Each is written by `write`, which gets it without its end, from any thread: tg_host_log writes it to standard error. */
void tg_lines_init(struct tg_lines *lines, void (*write)(void *unused, const char *text, size_t length));

#endif
