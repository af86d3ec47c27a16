/* SPDX-License-Identifier: MIT
 * Prints the outputs of a run. */
#include "cmd/outputs.h"

#include <string.h>

void tg_outputs_text(struct tg_out *out, const struct tg_run *run)
{
    const struct tg_graph *g = run->graph;
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        tg_value v;
        if (!w->name || !tg_run_value(run, w, &v)) continue;
        tg_buf_format(&out->buf, "%s = ", w->name);
        tg_value_print(&out->buf, v);
        tg_buf_char(&out->buf, '\n');
        tg_out_step(out);
    }
}

void tg_outputs_json(struct tg_out *out, const struct tg_run *run)
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
}
