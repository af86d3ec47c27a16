/* SPDX-License-Identifier: MIT
 * A graph in Graphviz' language.
 *
 * In a quoted DOT string only the quote is escaped by the reader; but a label is read a second time, with backslash
 * escapes (\n, \N) and entities (&amp;), so that backslashes and ampersands are written in a way that survives both. */
#include <stdio.h>
#include <string.h>

#include "engine/base/utf8.h"
#include "engine/draw/draw.h"

#define LABEL_BYTES 60 /* longer labels are cut: a node must stay readable */

/* Adds text inside a quoted label. */
static void add_dot_label(struct tg_buf *b, const char *text)
{
    size_t length = strlen(text), i = 0;
    while (i < length && i < LABEL_BYTES) {
        unsigned char c = (unsigned char)text[i];
        size_t n = tg_utf8_length(text + i, length - i);
        if (n == 0) tg_buf_text(b, "\xef\xbf\xbd");
        else if (c == '"') tg_buf_text(b, "\\\"");
        else if (c == '\\') tg_buf_text(b, "\\\\");
        else if (c == '&') tg_buf_text(b, "&amp;");
        else if (c == '\n') tg_buf_text(b, "\\n");
        else if (c < 0x20 || c == 0x7f) tg_buf_char(b, ' ');
        else tg_buf_add(b, text + i, n);
        i += n ? n : 1;
    }
    if (i < length) tg_buf_text(b, "...");
}

static void add_tooltip(struct tg_buf *b, const struct tg_draw *d, const struct tg_draw_node *n)
{
    struct tg_draw_place place;
    tg_buf_text(b, ", tooltip=\"");
    if (n->expands) tg_buf_text(b, d->options.ran ? "added tasks: " : "adds tasks when its input is known: ");
    if (n->maybe) tg_buf_text(b, "runs only if it is used: ");
    if (n->def) add_dot_label(b, n->def->plugin ? n->def->plugin : "task");
    else tg_buf_text(b, n->kind == TG_DRAW_STREAM ? "a stream: results in the order in which they come" : "output");
    if (n->def) tg_buf_char(b, '.'), add_dot_label(b, n->def->name);
    if (tg_draw_place(&d->options, n->span, &place)) {
        tg_buf_char(b, ' ');
        add_dot_label(b, place.file);
        tg_buf_format(b, ":%u", place.line);
    }
    tg_buf_char(b, '"');
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
    struct tg_draw_color color = tg_draw_color(n);
    tg_buf_format(b, "  n%zu [label=\"", i);
    add_dot_label(b, n->name);
    add_dot_label(b, n->detail);
    if (n->count > 1) tg_buf_format(b, "  \u00d7%u", n->count);
    tg_buf_format(b, "\", fillcolor=\"%s\", color=\"%s\"", color.fill, color.line);
    add_shape(b, n);
    if (tg_draw_effect(n)) tg_buf_text(b, ", peripheries=2");
    if (n->def && (n->def->flags & TG_DEF_GATHER)) tg_buf_text(b, ", fontsize=9, margin=\"0.06,0.03\"");
    add_tooltip(b, d, n);
    tg_buf_text(b, "];\n");
}

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
    tg_buf_text(b, "];\n"
                   "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, "
                   "fontcolor=\"#1e293b\", height=0.32, width=0.5, margin=\"0.12,0.05\", penwidth=1.2];\n"
                   "  edge [color=\"#8593a8\", fontcolor=\"#64748b\", fontname=\"Helvetica,Arial,sans-serif\", "
                   "fontsize=9, arrowsize=0.6, penwidth=1.1];\n");
    for (size_t i = 0; i < d->nodes.count; i++, tg_out_step(out)) add_dot_node(b, d, i);
    for (size_t i = 0; i < d->edges.count; i++, tg_out_step(out)) add_dot_edge(b, d, &d->edges.items[i]);
    tg_buf_text(b, "}\n");
}
