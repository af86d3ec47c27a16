/* SPDX-License-Identifier: MIT
 * A graph as an indented tree for a terminal: each output, below it the task that gives it, below that its inputs.
 *
 * A task that several others use is shown where it comes first; later places refer to it by its number. A chain is
 * as deep as it is long: past DEEPEST levels a task is only named, and gets a tree of its own further down. The walk
 * has its own stack, since a graph may be deeper than the C stack. */
#include <stdlib.h>
#include <string.h>

#include "engine/draw/draw.h"

#define DEEPEST 24

/* One node whose inputs are being shown. */
struct tree_level {
    uint32_t node;
    uint32_t next, end; /* edges left */
};

struct tree_walk {
    const struct tg_draw *d;
    struct tg_out *out;
    uint32_t *number; /* by node: its number once shown or promised; 0: not yet */
    uint32_t last_number;
    bool *shared; /* by node: more than one place refers to it */
    bool *shown;  /* by node: with its inputs */
    struct tree_level stack[DEEPEST + 1];
    size_t depth;
    TG_VEC(uint32_t) later; /* nodes that were only named */
};

/* ---- one line ------------------------------------------------------------------------------------ */

static void add_plain(struct tg_buf *b, const char *text, bool ascii)
{
    for (size_t i = 0; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];
        if (ascii && memcmp(text + i, "\xe2\x80\xa6", strnlen(text + i, 3)) == 0) tg_buf_text(b, "..."), i += 2;
        else tg_buf_char(b, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
}

/* "├─ " and the lines of the levels above. */
static void indent(struct tree_walk *w, bool more)
{
    bool ascii = w->d->options.ascii;
    struct tg_buf *b = &w->out->buf;
    for (size_t i = 0; i + 1 < w->depth; i++) {
        bool open = w->stack[i].next < w->stack[i].end;
        tg_buf_text(b, !open ? "   " : ascii ? "|  " : "\u2502  ");
    }
    if (w->depth) tg_buf_text(b, ascii ? (more ? "|- " : "`- ") : (more ? "\u251c\u2500 " : "\u2514\u2500 "));
}

static void name_node(struct tree_walk *w, uint32_t node, const struct tg_draw_edge *e)
{
    struct tg_buf *b = &w->out->buf;
    const struct tg_draw_node *n = &w->d->nodes.items[node];
    bool ascii = w->d->options.ascii;
    static const char *const words[] = {
        [TG_DRAW_VALUE] = "", [TG_DRAW_AFTER] = "after ", [TG_DRAW_MAY_USE] = "may use ", [TG_DRAW_ADDED] = "added by "};
    if (e) tg_buf_text(b, words[e->link]);
    add_plain(b, n->name, ascii);
    add_plain(b, n->detail, ascii);
    if (n->count > 1) tg_buf_format(b, " %s%u", ascii ? "x" : "\u00d7", n->count);
    if (n->expands && !w->d->options.ran) tg_buf_text(b, " [adds tasks]");
    else if (n->expands && !(e && e->link == TG_DRAW_ADDED)) tg_buf_text(b, " [added tasks]");
    if (tg_draw_effect(n)) tg_buf_text(b, " [effect]");
    if (w->shared[node]) {
        if (!w->number[node]) w->number[node] = ++w->last_number;
        tg_buf_format(b, " #%u", w->number[node]);
    }
    if (!tg_draw_paints(w->d, n)) return;
    tg_buf_text(b, "  ");
    tg_paint_words(b, &n->tally, ", ", ascii);
}

/* ---- the walk ------------------------------------------------------------------------------------ */

static bool has_inputs(const struct tg_draw *d, uint32_t node)
{
    return d->first_edge[node] < d->first_edge[node + 1];
}

/* Shows a node's line and goes down into it if its inputs are to follow. */
static void enter(struct tree_walk *w, uint32_t node, const struct tg_draw_edge *e, bool more)
{
    struct tg_buf *b = &w->out->buf;
    TG_ASSERT(w->depth <= DEEPEST && node < w->d->nodes.count);
    bool deep = w->depth == DEEPEST && has_inputs(w->d, node) && !w->shown[node];
    if (deep && !w->shared[node]) w->shared[node] = true;
    indent(w, more);
    name_node(w, node, e);
    if (w->shown[node] && has_inputs(w->d, node)) tg_buf_text(b, " (above)");
    if (deep) tg_buf_text(b, " (below)");
    tg_buf_char(b, '\n');
    tg_out_step(w->out);
    if (deep) {
        tg_vec_push(&w->later, node);
        return;
    }
    if (w->shown[node]) return;
    w->shown[node] = true;
    w->stack[w->depth++] = (struct tree_level){node, w->d->first_edge[node], w->d->first_edge[node + 1]};
}

static void show_tree(struct tree_walk *w, uint32_t root)
{
    enter(w, root, NULL, false);
    while (w->depth) {
        struct tree_level *top = &w->stack[w->depth - 1];
        if (top->next == top->end) {
            w->depth--;
            continue;
        }
        const struct tg_draw_edge *e = &w->d->edges.items[top->next++];
        TG_ASSERT(w->d->edges.items + w->d->first_edge[e->to] <= e && e < w->d->edges.items + w->d->first_edge[e->to + 1]);
        enter(w, e->from, e, top->next < top->end);
    }
}

static void show_later(struct tree_walk *w)
{
    for (size_t i = 0; i < w->later.count; i++) {
        if (w->shown[w->later.items[i]]) continue;
        tg_buf_char(&w->out->buf, '\n');
        show_tree(w, w->later.items[i]);
    }
    TG_ASSERT(w->depth == 0);
    w->later.count = 0;
}

void tg_draw_text(const struct tg_draw *d, struct tg_out *out)
{
    size_t count = d->nodes.count;
    uint32_t *uses = tg_alloc_zero((count + 1) * sizeof *uses);
    struct tree_walk w = {.d = d, .out = out};
    w.number = tg_alloc_zero((count + 1) * sizeof *w.number);
    w.shared = tg_alloc_zero(count + 1);
    w.shown = tg_alloc_zero(count + 1);
    for (size_t i = 0; i < d->edges.count; i++) uses[d->edges.items[i].from]++;
    for (size_t i = 0; i < count; i++) w.shared[i] = uses[i] > 1;
    for (size_t i = 0; i < count; i++) /* outputs, and effects that nobody uses */
        if (d->nodes.items[i].kind == TG_DRAW_OUTPUT) show_tree(&w, (uint32_t)i), show_later(&w);
    for (size_t i = count; i-- > 0;)
        if (!w.shown[i] && !uses[i]) show_tree(&w, (uint32_t)i), show_later(&w);
    for (size_t i = count; i-- > 0;) /* collapsed cycles that nothing leads to */
        if (!w.shown[i]) show_tree(&w, (uint32_t)i), show_later(&w);
    tg_vec_done(&w.later);
    free(w.number);
    free(w.shared);
    free(w.shown);
    free(uses);
}
