/* SPDX-License-Identifier: MIT
 * What became of tasks in earlier runs, in words: for `why` and `log`. Thread class: any thread. */
#ifndef TG_CMD_PAST_H
#define TG_CMD_PAST_H

#include "engine/base/buf.h"
#include "engine/store/ledger.h"

/* Adds "2026-11-28 03:38:51", of nanoseconds since 1970. */
void tg_past_when(struct tg_buf *b, int64_t ns);
/* "ran", "touched", "failed", "skipped". */
const char *tg_past_word(const struct tg_ledger_outcome *o);
/* Adds what stands before its `why`: " in 1.2 s: ", ", as this failed: ". */
void tg_past_took(struct tg_buf *b, const struct tg_ledger_outcome *o);

#endif
