/* SPDX-License-Identifier: MIT
 * What became of tasks in earlier runs, in words. */
#include "cmd/past.h"

#include <time.h>

#include "cmd/took.h"

void tg_past_when(struct tg_buf *b, int64_t ns)
{
    time_t seconds = (time_t)(ns / INT64_C(1000000000));
    struct tm local;
    char text[32];
    if (localtime_r(&seconds, &local) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local)) tg_buf_text(b, text);
}

const char *tg_past_word(const struct tg_ledger_outcome *o)
{
    static const char *const words[] = {[TG_LEDGER_RAN] = "ran",
                                        [TG_LEDGER_TOUCHED] = "touched",
                                        [TG_LEDGER_FAILED] = "failed",
                                        [TG_LEDGER_SKIPPED] = "skipped"};
    return words[o->fate];
}

void tg_past_took(struct tg_buf *b, const struct tg_ledger_outcome *o)
{
    if (o->fate == TG_LEDGER_RAN) tg_buf_text(b, " in "), tg_took_duration(b, (double)o->took_ns / 1e9);
    tg_buf_text(b, o->fate == TG_LEDGER_SKIPPED ? ", as this failed: " : ": ");
}
