/* SPDX-License-Identifier: MIT
 * A graph in Graphviz' language.
 *
 * In a quoted DOT string only the quote is escaped by the reader; but a label is read a second time, with backslash
 * escapes (\n, \N) and entities (&amp;), so that backslashes and ampersands are written in a way that survives both. */
#include <stdio.h>
#include <string.h>

#include "engine/base/utf8.h"
#include "engine/draw/draw.h"

#define LABEL_BYTES 60    /* longer labels are cut: a node must stay readable */
#define TOOLTIP_BYTES 400 /* of one of its texts */
#define LEAST_SHARE 0.04  /* of the width of a node: a state that is there is seen */

/* Adds text inside quotes; what is longer is cut. */
static void add_dot_text(struct tg_buf *b, const char *text, size_t length, size_t max_bytes)
{
    size_t i = 0;
    while (i < length && i < max_bytes) {
        unsigned char c = (unsigned char)text[i];
        size_t n = tg_utf8_length(text + i, length - i);
        if (n == 0) tg_buf_text(b, "\xef\xbf\xbd");
        else if (c == '"') tg_buf_text(b, "\\\"");
        else if (c == '\\') tg_buf_text(b, "\\\\");
        else if (c == '&') tg_buf_text(b, "&amp;");
        else if (c == '\n') tg_buf_text(b, "\\n");
        else if (tg_utf8_hidden(tg_utf8_code(text + i, n))) tg_buf_char(b, ' ');
        else tg_buf_add(b, text + i, n);
        i += n ? n : 1;
    }
    if (i < length) tg_buf_text(b, "...");
}

static void add_dot_label(struct tg_buf *b, const char *text)
{
    add_dot_text(b, text, strlen(text), LABEL_BYTES);
}

/* ---- tooltips ------------------------------------------------------------------------------------ */

/* What it is, with the arguments of a call. */
static void add_tooltip_name(struct tg_buf *b, const struct tg_draw *d, const struct tg_draw_node *n)
{
    struct tg_buf args = {0};
    if (n->expands) tg_buf_text(b, d->options.ran ? "added tasks: " : "adds tasks when its input is known: ");
    if (n->maybe) tg_buf_text(b, "runs only if it is used: ");
    if (!n->def) {
        tg_buf_text(b, n->kind == TG_DRAW_STREAM ? "a stream: results in the order in which they come" : "output");
        return;
    }
    add_dot_label(b, n->def->plugin ? n->def->plugin : "task");
    tg_buf_char(b, '.'), add_dot_label(b, n->def->name);
    if (n->count == 1 && !n->expands) tg_draw_args(&args, d->plan->graph, n->task, "\u2026", TOOLTIP_BYTES / 2);
    tg_secrets_hide(d->options.secrets, &args, 0);
    add_dot_text(b, tg_buf_str(&args), args.length, TOOLTIP_BYTES);
    tg_buf_done(&args);
}

/* The place, and below it the line of the source. */
static void add_tooltip_place(struct tg_buf *b, const struct tg_draw *d, const struct tg_draw_node *n)
{
    struct tg_draw_place place;
    if (!tg_draw_place(&d->options, n->span, &place)) return;
    tg_buf_text(b, "\\n");
    add_dot_text(b, place.file, strlen(place.file), TOOLTIP_BYTES);
    tg_buf_format(b, ":%u", place.line);
    while (place.text_length && (*place.text == ' ' || *place.text == '\t')) place.text++, place.text_length--;
    struct tg_buf line = {0};
    tg_buf_add(&line, place.text, place.text_length);
    tg_secrets_hide(d->options.secrets, &line, 0);
    tg_buf_text(b, "\\n");
    add_dot_text(b, tg_buf_str(&line), line.length, TOOLTIP_BYTES / 2);
    tg_buf_done(&line);
}

static void add_tooltip(struct tg_buf *b, const struct tg_draw *d, const struct tg_draw_node *n)
{
    tg_buf_text(b, ", tooltip=\"");
    add_tooltip_name(b, d, n);
    add_tooltip_place(b, d, n);
    if (tg_draw_paints(d, n)) {
        tg_buf_text(b, "\\n");
        if (n->tally.of[TG_FATE_DONE] == 1 && n->count == 1) tg_buf_text(b, "done, ");
        tg_paint_words(b, &n->tally, "\\n", false);
    }
    if (n->tally.message) {
        struct tg_buf message = {0};
        tg_buf_text(&message, n->tally.message);
        tg_secrets_hide(d->options.secrets, &message, 0);
        tg_buf_text(b, "\\n");
        add_dot_text(b, tg_buf_str(&message), message.length, TOOLTIP_BYTES);
        tg_buf_done(&message);
    }
    tg_buf_char(b, '"');
}

/* ---- nodes --------------------------------------------------------------------------------------- */

/* True for a node that is divided into stripes, one for each state; Graphviz can do that in boxes. */
static bool is_striped(const struct tg_draw *d, const struct tg_draw_node *n)
{
    return tg_draw_paints(d, n) && !n->expands && n->tally.of[tg_paint_chief(&n->tally)] < n->count;
}

/* Colours with their shares of the width, which are 1 together: "#aa0000;0.2:#00aa00;0.8". */
static void add_stripes(struct tg_buf *b, const struct tg_draw *d, const struct tg_draw_node *n)
{
    static const enum tg_fate order[TG_FATES] = {TG_FATE_DONE,   TG_FATE_RUNNING, TG_FATE_CAUGHT,
                                                 TG_FATE_FAILED, TG_FATE_SKIPPED, TG_FATE_NEVER};
    double shares[TG_FATES] = {0}, sum = 0;
    const char *between = "";
    for (size_t i = 0; i < TG_FATES; i++) {
        double share = (double)n->tally.of[i] / n->count;
        shares[i] = share > 0 && share < LEAST_SHARE ? LEAST_SHARE : share;
        sum += shares[i];
    }
    for (size_t i = 0; i < TG_FATES; i++) {
        enum tg_fate fate = order[i];
        if (!n->tally.of[fate]) continue;
        const char *fill = tg_paint(fate, tg_paint_depth(&d->scale, &n->tally)).fill;
        tg_buf_format(b, "%s%s;%.3f", between, fill, shares[fate] / sum);
        between = ":";
    }
}

static void add_fate_colors(struct tg_buf *b, const struct tg_draw *d, const struct tg_draw_node *n)
{
    bool striped = is_striped(d, n), plain = striped || n->expands || tg_draw_command(n);
    struct tg_paint paint = tg_paint(tg_paint_chief(&n->tally), tg_paint_depth(&d->scale, &n->tally));
    tg_buf_text(b, "\", fillcolor=\"");
    if (striped) add_stripes(b, d, n);
    else tg_buf_text(b, paint.fill);
    tg_buf_format(b, "\", color=\"%s\", fontcolor=\"%s\"", paint.line, paint.text);
    if (paint.thick) tg_buf_text(b, ", penwidth=2.6");
    if (n->expands) tg_buf_text(b, ", shape=hexagon, margin=\"0.06,0.03\"");
    else if (tg_draw_command(n)) tg_buf_text(b, ", fontname=\"monospace\"");
    tg_buf_format(b, ", style=\"%s%s%s\"", plain ? "" : "rounded,", striped ? "striped" : "filled",
                  paint.dashed   ? ",dashed"
                  : paint.dotted ? ",dotted"
                                 : "");
}

static void add_shape(struct tg_buf *b, const struct tg_draw_node *n)
{
    bool plain = n->kind != TG_DRAW_TASK || n->expands || tg_draw_command(n); /* corners are not rounded */
    if (n->kind == TG_DRAW_OUTPUT) tg_buf_text(b, ", shape=ellipse, fontcolor=\"#ffffff\", margin=\"0.08,0.03\"");
    else if (n->kind == TG_DRAW_STREAM) tg_buf_text(b, ", shape=cylinder");
    else if (n->expands) tg_buf_text(b, ", shape=hexagon, margin=\"0.06,0.03\"");
    else if (tg_draw_command(n)) tg_buf_text(b, ", fontname=\"monospace\"");
    if (n->maybe) tg_buf_format(b, ", style=\"%sfilled,dashed\"", plain ? "" : "rounded,");
    else if (plain) tg_buf_text(b, ", style=filled");
}

static void add_dot_node(struct tg_buf *b, const struct tg_draw *d, size_t i)
{
    const struct tg_draw_node *n = &d->nodes.items[i];
    tg_buf_format(b, "  n%zu [label=\"", i);
    add_dot_label(b, n->name);
    add_dot_label(b, n->detail);
    if (n->count > 1) tg_buf_format(b, "  \u00d7%u", n->count);
    if (tg_draw_paints(d, n)) {
        tg_buf_text(b, "\\n");
        tg_paint_words(b, &n->tally, "\\n", false);
        add_fate_colors(b, d, n);
    } else {
        struct tg_draw_color color = tg_draw_color(n);
        tg_buf_format(b, "\", fillcolor=\"%s\", color=\"%s\"", color.fill, color.line);
        add_shape(b, n);
    }
    if (tg_draw_effect(n)) tg_buf_text(b, ", peripheries=2");
    if (n->def && (n->def->flags & TG_DEF_GATHER)) tg_buf_text(b, ", fontsize=9, margin=\"0.06,0.03\"");
    add_tooltip(b, d, n);
    tg_buf_text(b, "];\n");
}

/* ---- edges --------------------------------------------------------------------------------------- */

/* The first of an expansion point's edges of its kind says what they mean. */
static bool is_first(const struct tg_draw *d, const struct tg_draw_edge *e)
{
    const struct tg_draw_edge *before = e == d->edges.items ? NULL : e - 1;
    return e->link == TG_DRAW_MAY_USE && !(before && before->to == e->to && before->link == e->link);
}

static void add_dot_edge(struct tg_buf *b, const struct tg_draw *d, const struct tg_draw_edge *e)
{
    static const char *const styles[] = {
        [TG_DRAW_VALUE] = "",
        [TG_DRAW_AFTER] = "style=dashed, arrowhead=empty, ",
        [TG_DRAW_MAY_USE] = "style=dashed, arrowhead=vee, tooltip=\"may use\", ",
        [TG_DRAW_ADDED] = "style=dashed, color=\"#ea580c\", arrowhead=vee, tooltip=\"added by\", ",
    };
    char count[16] = "";
    TG_ASSERT(e->from < d->nodes.count && e->to < d->nodes.count && (size_t)e->link < TG_COUNT(styles));
    const char *words = is_first(d, e) ? " may use" : "";
    if (d->options.collapse && e->count > 1) snprintf(count, sizeof count, " %u", e->count);
    tg_buf_format(b, "  n%u -> n%u", e->from, e->to);
    struct tg_buf how = {0};
    tg_buf_text(&how, styles[e->link]);
    if (*count || *words) tg_buf_format(&how, "label=\"%s%s\", ", words, count);
    if (how.length) tg_buf_format(b, " [%.*s]", (int)how.length - 2, how.data);
    tg_buf_done(&how);
    tg_buf_text(b, ";\n");
}

/* ---- the legend ---------------------------------------------------------------------------------- */

static void add_legend_cell(struct tg_buf *b, struct tg_paint paint, const char *text)
{
    tg_buf_format(b, "<td bgcolor=\"%s\" color=\"%s\"%s><font color=\"%s\">%s</font></td>", paint.fill, paint.line,
                  paint.dashed   ? " style=\"dashed\""
                  : paint.dotted ? " style=\"dotted\""
                                 : "",
                  paint.text, text);
}

/* What the colours mean that are there: the label of the graph, as a node would take part in its layout. */
static void add_legend(struct tg_buf *b, const struct tg_draw *d)
{
    struct tg_paint_tally all = tg_draw_tally(d);
    tg_buf_text(b, ", labelloc=b, labeljust=l, fontsize=9, label=<"
                   "<table border=\"0\" cellborder=\"1\" cellspacing=\"3\" cellpadding=\"3\"><tr>");
    for (unsigned i = 0; all.of[TG_FATE_DONE] && i < d->scale.depths; i++) {
        struct tg_buf text = {0};
        tg_buf_text(&text, "up to ");
        tg_paint_time(&text, tg_paint_bound_ns(&d->scale, i), false);
        add_legend_cell(b, tg_paint(TG_FATE_DONE, i), tg_buf_str(&text));
        tg_buf_done(&text);
    }
    for (unsigned i = 0; i < TG_FATES; i++)
        if (i != TG_FATE_DONE && all.of[i]) add_legend_cell(b, tg_paint((enum tg_fate)i, 0), tg_paint_word((enum tg_fate)i));
    tg_buf_text(b, "</tr></table>>");
}

void tg_draw_dot(const struct tg_draw *d, struct tg_out *out)
{
    struct tg_buf *b = &out->buf;
    tg_buf_text(b, "digraph tgrun {\n");
    tg_buf_format(b, "  graph [rankdir=%s, ordering=in, nodesep=0.25, ranksep=0.45, pad=0.25, bgcolor=\"#ffffff\", ",
                  d->options.left_to_right ? "LR" : "TB");
    tg_buf_text(b, "fontname=\"Helvetica,Arial,sans-serif\"");
    if (d->options.title) {
        tg_buf_text(b, ", tooltip=\"");
        add_dot_label(b, d->options.title);
        tg_buf_char(b, '"');
    }
    if (d->options.fates) add_legend(b, d);
    tg_buf_text(b, "];\n"
                   "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, "
                   "fontcolor=\"#1e293b\", height=0.32, width=0.5, margin=\"0.12,0.05\", penwidth=1.2];\n"
                   "  edge [color=\"#8593a8\", fontcolor=\"#64748b\", fontname=\"Helvetica,Arial,sans-serif\", "
                   "fontsize=9, arrowsize=0.6, penwidth=1.1];\n");
    for (size_t i = 0; i < d->nodes.count; i++, tg_out_step(out)) add_dot_node(b, d, i);
    for (size_t i = 0; i < d->edges.count; i++, tg_out_step(out)) add_dot_edge(b, d, &d->edges.items[i]);
    tg_buf_text(b, "}\n");
}
