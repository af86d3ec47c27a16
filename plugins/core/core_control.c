/* SPDX-License-Identifier: MIT
 * What steers a run more than it computes: order, failure, waiting, printing. */
#include "plugins/core/core.h"

#include <string.h>

#include "plugins/shared/arith.h"

/* Longer sleeps than this (31 years) are as good as endless. */
#define MAX_SECONDS 1e9

TASK(core_control_try)
{
    *out = tg_ref(tg_kind(args[0]) == TG_FAILED ? args[1] : args[0]);
    return TG_OK;
}

/* Also `after`, whose other arguments are only waited for. */
TASK(core_control_identity)
{
    *out = tg_ref(args[0]);
    return TG_OK;
}

TASK(core_control_fail)
{
    *out = tg_nil();
    return tg_fail(ctx, "%s", tg_as_text(args[0], NULL));
}

/* The same words as where the graph is built. */
TASK(core_control_assert)
{
    static const char said[] = "assertion failed";
    *out = tg_nil();
    if (core_compare_truth(args[0])) return TG_OK;
    tg_value text = count > 1 ? tg_to_text(args[1]) : tg_str_new(said, strlen(said));
    const char *message = tg_as_text(text, NULL);
    int status = strcmp(message, said) == 0 ? tg_fail(ctx, said) : tg_fail(ctx, "%s: %s", said, message);
    tg_unref(text);
    return status;
}

/* One write for the whole line: tasks print at the same time. */
TASK(core_control_print)
{
    size_t length;
    tg_value text, blank = tg_str_new(" ", 1), parts = tg_list_new(2 * count);
    for (size_t i = 0; i < count; i++) {
        if (i) tg_list_push(&parts, tg_ref(blank));
        tg_list_push(&parts, tg_ref(args[i]));
    }
    const tg_value *items = tg_list_items(parts, &length);
    int status = core_text_template(ctx, items, length, &text);
    const char *line = tg_as_text(text, &length);
    tg_log(ctx, line, length);
    tg_unref(text);
    tg_unref(parts);
    tg_unref(blank);
    *out = tg_nil();
    return status;
}

TASK(core_control_sleep)
{
    double seconds = tg_as_float(args[0]);
    if (isnan(seconds) || seconds < 0) return tg_fail(ctx, "cannot sleep for %s seconds", arith_show(tg_float(seconds)).text);
    if (seconds > MAX_SECONDS) seconds = MAX_SECONDS;
    if (!tg_sleep_ns(ctx, (uint64_t)(seconds * 1e9))) return tg_fail(ctx, "interrupted");
    *out = count > 1 ? tg_ref(args[1]) : tg_nil();
    return TG_OK;
}
