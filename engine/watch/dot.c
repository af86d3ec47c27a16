/* SPDX-License-Identifier: MIT
 * A graph in Graphviz' language.
 *
 * In a quoted DOT string only the quote is escaped by the reader; but a label is read a second time, with backslash
 * escapes (\n, \N) and entities (&amp;), so that backslashes and ampersands are written in a way that survives both. */
#include <string.h>

#include "engine/base/utf8.h"
#include "engine/watch/draw.h"

#define LABEL_BYTES 60 /* longer labels are cut: a node must stay readable */

/* Adds text inside a quoted label. */
static void add_label(struct tg_buf *b, const char *text)
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
    if (n->def) add_label(b, n->def->plugin ? n->def->plugin : "task");
    else tg_buf_text(b, "output");
    if (n->def) tg_buf_char(b, '.'), add_label(b, n->def->name);
    if (tg_draw_place(&d->options, n->span, &place)) {
        tg_buf_char(b, ' ');
        add_label(b, place.file);
        tg_buf_format(b, ":%u", place.line);
    }
    tg_buf_char(b, '"');
}

static void add_node(struct tg_buf *b, const struct tg_draw *d, size_t i)
{
    const struct tg_draw_node *n = &d->nodes.items[i];
    struct tg_draw_color color = tg_draw_color(n);
    tg_buf_format(b, "  n%zu [label=\"", i);
    add_label(b, n->name);
    add_label(b, n->detail);
    if (n->count > 1) tg_buf_format(b, "  \u00d7%u", n->count);
    tg_buf_format(b, "\", fillcolor=\"%s\", color=\"%s\"", color.fill, color.line);
    if (n->kind == TG_DRAW_OUTPUT) tg_buf_text(b, ", shape=ellipse, style=filled, fontcolor=\"#ffffff\", margin=\"0.08,0.03\"");
    else if (tg_draw_command(n)) tg_buf_text(b, ", style=filled, fontname=\"monospace\"");
    if (tg_draw_effect(n)) tg_buf_text(b, ", peripheries=2");
    if (n->def && (n->def->flags & TG_DEF_GATHER)) tg_buf_text(b, ", fontsize=9, margin=\"0.06,0.03\"");
    add_tooltip(b, d, n);
    tg_buf_text(b, "];\n");
}

static void add_edge(struct tg_buf *b, const struct tg_draw *d, const struct tg_draw_edge *e)
{
    tg_buf_format(b, "  n%u -> n%u", e->from, e->to);
    if (e->after) tg_buf_text(b, " [style=dashed, arrowhead=empty");
    if (d->options.collapse && e->count > 1) tg_buf_format(b, "%slabel=\" %u\"", e->after ? ", " : " [", e->count);
    if (e->after || (d->options.collapse && e->count > 1)) tg_buf_char(b, ']');
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
        add_label(b, d->options.title);
        tg_buf_char(b, '"');
    }
    tg_buf_text(b, "];\n"
                   "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, "
                   "fontcolor=\"#1e293b\", height=0.32, width=0.5, margin=\"0.12,0.05\", penwidth=1.2];\n"
                   "  edge [color=\"#8593a8\", fontcolor=\"#64748b\", fontname=\"Helvetica,Arial,sans-serif\", "
                   "fontsize=9, arrowsize=0.6, penwidth=1.1];\n");
    for (size_t i = 0; i < d->nodes.count; i++, tg_out_step(out)) add_node(b, d, i);
    for (size_t i = 0; i < d->edges.count; i++, tg_out_step(out)) add_edge(b, d, &d->edges.items[i]);
    tg_buf_text(b, "}\n");
}
