/* SPDX-License-Identifier: MIT
 * Prints the outputs of a run. One that is not there for a failure that is allowed is told of in text; in JSON it is absent. */
#include "cmd/outputs.h"

#include <string.h>

#include "engine/base/bits.h"
#include "engine/base/limits.h"
#include "engine/run/followers.h"

static void add_given_output(struct tg_buf *b, const struct tg_wanted *w, tg_value v)
{
    tg_buf_format(b, "%s = ", w->name);
    tg_value_print(b, v);
    tg_buf_char(b, '\n');
}

static void add_missing_output(struct tg_buf *b, const struct tg_wanted *w, const struct tg_failure *f)
{
    tg_buf_format(b, "%s: skipped (needs '%s', which failed and may)\n", w->name, f->site->def->name);
}

bool tg_outputs_text(struct tg_out *out, const struct tg_run *run)
{
    const struct tg_graph *g = run->graph;
    bool any = false;
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        tg_value v;
        const struct tg_failure *skipped = w->name ? tg_run_skipped(run, w) : NULL;
        if (!skipped && (!w->name || !tg_run_value(run, w, &v))) continue;
        if (skipped) add_missing_output(&out->buf, w, skipped);
        else add_given_output(&out->buf, w, v);
        any = true;
        tg_out_step(out);
    }
    return any;
}

bool tg_outputs_json(struct tg_out *out, const struct tg_run *run)
{
    const struct tg_graph *g = run->graph;
    const char *between = "";
    tg_buf_char(&out->buf, '{');
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        tg_value v;
        if (!w->name || !tg_run_value(run, w, &v)) continue;
        tg_buf_text(&out->buf, between);
        tg_buf_json_string(&out->buf, w->name, strlen(w->name));
        tg_buf_text(&out->buf, ": ");
        tg_value_json(&out->buf, v, 0);
        between = ", ";
        tg_out_step(out);
    }
    tg_buf_text(&out->buf, "}\n");
    return between[0];
}

/* ---- those that are not there -------------------------------------------------------------------- */

static const char *name_of_failure(const struct tg_run *run, size_t wanted)
{
    uint32_t number = run->followers && wanted < run->followers->wanted.count ? run->followers->wanted.items[wanted] : 0;
    for (size_t i = 0; i < run->failures.count && number; i++)
        if (run->failures.items[i].number == number) return run->failures.items[i].site->def->name;
    return NULL;
}

static bool is_lost(const struct tg_run *run, size_t wanted)
{
    const struct tg_wanted *w = &run->graph->wanted.items[wanted];
    tg_value v;
    bool selected = w->name && tg_bits_get(run->plan->selected, wanted);
    return selected && !tg_run_skipped(run, w) && !tg_run_value(run, w, &v);
}

void tg_outputs_lost(const struct tg_report *r, const struct tg_run *run)
{
    const struct tg_graph *g = run->graph;
    struct tg_buf b = {0};
    size_t lost = 0;
    for (size_t i = 0; i < g->wanted.count; i++) {
        if (!is_lost(run, i) || lost++ >= TG_MAX_DIAGNOSTICS) continue;
        const char *failed = name_of_failure(run, i);
        tg_buf_format(&b, "%s: not computed", g->wanted.items[i].name);
        if (failed) tg_buf_format(&b, " (needs '%s', which failed)", failed);
        tg_buf_char(&b, '\n');
    }
    if (lost > TG_MAX_DIAGNOSTICS) {
        size_t more = lost - TG_MAX_DIAGNOSTICS;
        tg_buf_format(&b, "and %zu more output%s not computed\n", more, more == 1 ? "" : "s");
    }
    tg_report_out(r, &b);
}
