/* SPDX-License-Identifier: MIT
 * A graph as a Mermaid flowchart, which Markdown viewers draw.
 *
 * Labels are quoted; inside, everything that Mermaid or the HTML behind it would read as its own is written as a
 * character entity (#34; with a number sign in front, as Mermaid has it). */
#include <stdio.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/draw/draw.h"

#define LABEL_BYTES 60 /* as in the dot form */

static void add_flow_label(struct tg_buf *b, const char *text)
{
    size_t length = strlen(text), i = 0;
    while (i < length && i < LABEL_BYTES) {
        unsigned char c = (unsigned char)text[i];
        size_t n = tg_utf8_length(text + i, length - i);
        if (n == 0) tg_buf_text(b, "\xef\xbf\xbd");
        else if (n > 1 || tg_ascii_is_name_byte((char)c) || strchr(" .,:()+-/=[]", c)) tg_buf_add(b, text + i, n);
        else if (c == '\n') tg_buf_text(b, "<br/>");
        else if (c < 0x20 || c == 0x7f) tg_buf_char(b, ' ');
        else tg_buf_format(b, "#%u;", c);
        i += n ? n : 1;
    }
    if (i < length) tg_buf_text(b, "...");
}

/* "plugin0", "core", "output", ...: the class that colours the node. */
static void add_class(struct tg_buf *b, const struct tg_draw *d, const struct tg_draw_node *n)
{
    enum tg_fate fate = tg_paint_chief(&n->tally);
    if (tg_draw_paints(d, n)) {
        tg_buf_format(b, ":::%s", tg_paint_word(fate));
        if (fate == TG_FATE_DONE) tg_buf_format(b, "%u", tg_paint_depth(&d->scale, &n->tally));
    } else if (n->kind == TG_DRAW_OUTPUT) tg_buf_text(b, ":::output");
    else if (n->kind == TG_DRAW_STREAM) tg_buf_text(b, ":::stream");
    else if (n->expands && n->color < 0) tg_buf_text(b, ":::expands");
    else if (n->color < 0) tg_buf_text(b, ":::core");
    else tg_buf_format(b, ":::plugin%d", n->color);
}

/* What stands around the label: the shape. */
static const char *const *brackets(const struct tg_draw_node *n)
{
    static const char *const output[] = {"([\"", "\"])"}, *const stream[] = {"[(\"", "\")]"};
    static const char *const expands[] = {"{{\"", "\"}}"}, *const effect[] = {"[[\"", "\"]]"};
    static const char *const command[] = {"[\"", "\"]"}, *const task[] = {"(\"", "\")"};
    if (n->kind == TG_DRAW_OUTPUT) return output;
    if (n->kind == TG_DRAW_STREAM) return stream;
    return n->expands ? expands : tg_draw_effect(n) ? effect : tg_draw_command(n) ? command : task;
}

static void add_flow_node(struct tg_buf *b, const struct tg_draw *d, size_t i)
{
    const struct tg_draw_node *n = &d->nodes.items[i];
    const char *const *around = brackets(n);
    TG_ASSERT(n->count > 0 && n->color < (int)d->plugins.count);
    tg_buf_format(b, "    n%zu%s", i, around[0]);
    add_flow_label(b, n->name);
    add_flow_label(b, n->detail);
    if (n->count > 1) tg_buf_format(b, " \u00d7%u", n->count);
    if (tg_draw_paints(d, n)) {
        tg_buf_text(b, "<br/>");
        tg_paint_words(b, &n->tally, "<br/>", false);
    }
    tg_buf_text(b, around[1]);
    add_class(b, d, n);
    tg_buf_char(b, '\n');
    if (n->maybe && !d->options.fates) tg_buf_format(b, "    class n%zu maybe\n", i);
}

static void add_flow_edge(struct tg_buf *b, const struct tg_draw *d, const struct tg_draw_edge *e)
{
    static const char *const words[] = {
        [TG_DRAW_VALUE] = "", [TG_DRAW_AFTER] = "", [TG_DRAW_MAY_USE] = "may use", [TG_DRAW_ADDED] = "added"};
    TG_ASSERT(e->from < d->nodes.count && e->to < d->nodes.count && (size_t)e->link < TG_COUNT(words));
    bool counted = d->options.collapse && e->count > 1;
    const char *said = words[e->link];
    tg_buf_format(b, "    n%u %s", e->from, e->link == TG_DRAW_VALUE ? "-->" : "-.->");
    if (*said || counted) tg_buf_format(b, "|%s", said);
    if (counted) tg_buf_format(b, "%s%u", *said ? " " : "", e->count);
    tg_buf_format(b, "%s n%u\n", *said || counted ? "|" : "", e->to);
}

static void add_class_def(struct tg_buf *b, const char *name, struct tg_draw_color color, const char *text)
{
    tg_buf_format(b, "    classDef %s fill:%s,stroke:%s,color:%s\n", name, color.fill, color.line, text);
}

static void add_growth_classes(struct tg_buf *b)
{
    add_class_def(b, "stream", tg_draw_color(&(struct tg_draw_node){.kind = TG_DRAW_STREAM}), "#1e293b");
    add_class_def(b, "expands", tg_draw_color(&(struct tg_draw_node){.color = -1, .expands = true}), "#1e293b");
    tg_buf_text(b, "    classDef maybe stroke-dasharray:5 3\n");
}

/* ---- what a run has made of it ------------------------------------------------------------------- */

static void add_paint_class(struct tg_buf *b, const char *name, struct tg_paint paint)
{
    tg_buf_format(b, "    classDef %s fill:%s,stroke:%s,color:%s", name, paint.fill, paint.line, paint.text);
    if (paint.thick) tg_buf_text(b, ",stroke-width:3px");
    if (paint.dashed || paint.dotted) tg_buf_format(b, ",stroke-dasharray:%s", paint.dashed ? "5 3" : "2 2");
    tg_buf_char(b, '\n');
}

/* The colours that are there, and what they mean. */
static void add_fates(struct tg_buf *b, const struct tg_draw *d)
{
    struct tg_paint_tally all = tg_draw_tally(d);
    unsigned depths = d->scale.depths ? d->scale.depths : 1;
    tg_buf_text(b, "    subgraph legend\n");
    for (unsigned i = 0; all.of[TG_FATE_DONE] && i < depths; i++) {
        tg_buf_format(b, "        time%u[\"", i);
        if (d->scale.depths) tg_buf_text(b, "up to "), tg_paint_time(b, tg_paint_bound_ns(&d->scale, i), false);
        else tg_buf_text(b, tg_paint_word(TG_FATE_DONE));
        tg_buf_format(b, "\"]:::done%u\n", i);
    }
    for (unsigned i = 0; i < TG_FATES; i++) {
        const char *word = tg_paint_word((enum tg_fate)i);
        if (i != TG_FATE_DONE && all.of[i]) tg_buf_format(b, "        state%u[\"%s\"]:::%s\n", i, word, word);
    }
    tg_buf_text(b, "    end\n");
    for (unsigned i = 0; i < depths; i++) {
        char name[16];
        snprintf(name, sizeof name, "done%u", i);
        add_paint_class(b, name, tg_paint(TG_FATE_DONE, i));
    }
    for (unsigned i = 0; i < TG_FATES; i++)
        if (i != TG_FATE_DONE) add_paint_class(b, tg_paint_word((enum tg_fate)i), tg_paint((enum tg_fate)i, 0));
}

void tg_draw_mermaid(const struct tg_draw *d, struct tg_out *out)
{
    struct tg_buf *b = &out->buf;
    tg_buf_format(b, "flowchart %s\n", d->options.left_to_right ? "LR" : "TB");
    for (size_t i = 0; i < d->nodes.count; i++, tg_out_step(out)) add_flow_node(b, d, i);
    for (size_t i = 0; i < d->edges.count; i++, tg_out_step(out)) add_flow_edge(b, d, &d->edges.items[i]);
    add_class_def(b, "output", tg_draw_color(&(struct tg_draw_node){.kind = TG_DRAW_OUTPUT}), "#ffffff");
    if (d->options.fates) add_fates(b, d);
    if (d->needed.sure) add_growth_classes(b);
    add_class_def(b, "core", tg_draw_color(&(struct tg_draw_node){.color = -1}), "#1e293b");
    for (size_t i = 0; i < d->plugins.count; i++) {
        char name[32];
        snprintf(name, sizeof name, "plugin%zu", i);
        add_class_def(b, name, tg_draw_color(&(struct tg_draw_node){.color = (int)i}), "#1e293b");
    }
}
