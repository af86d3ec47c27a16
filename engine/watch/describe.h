/* SPDX-License-Identifier: MIT
 * Where a run stands, in words. */
#ifndef TG_WATCH_DESCRIBE_H
#define TG_WATCH_DESCRIBE_H

#include "engine/run/run.h"

/* Writes what is running and how much is done. `place` writes where a task was called, as "FILE:LINE" or nothing; it may be
 * NULL. Any thread, also while it runs. */
typedef void (*tg_place_fn)(void *data, tg_span span, struct tg_buf *b);
void tg_describe_run(const struct tg_run *run, struct tg_buf *b, tg_place_fn place, void *data);

#endif
