/* SPDX-License-Identifier: MIT
 * The room engine/draw: pictures of graphs. This is what all formats share: nodes are tasks, outputs and streams; a large graph
 * is collapsed to one node for each call in the source. needed.h says what there is to draw, and each format has a file.
 * Thread class: owner; nothing is running while it is drawn. */
#ifndef TG_DRAW_DRAW_H
#define TG_DRAW_DRAW_H

#include "engine/base/out.h"
#include "engine/draw/needed.h"
#include "engine/draw/paint.h"

/* With more tasks than this, a picture collapses unless told otherwise: about what fits a screen. */
#define TG_DRAW_AUTO 100

/* A place in a source. */
struct tg_draw_place {
    const char *file; /* borrowed */
    uint32_t line, column;
    const char *text; /* of the line; borrowed, not NUL-terminated */
    size_t text_length;
};

struct tg_draw_options {
    bool collapse, left_to_right;
    bool ran;                   /* the graph is what another one became by running (watch/became.h): draw all of it */
    bool ascii;                 /* of the text form: no line-drawing characters */
    const char *title;          /* the workflow's name */
    const char *const *outputs; /* draw these outputs only; as given to tg_plan_make */
    size_t output_count;
    /* Where a span is; false if nowhere. May be NULL. */
    bool (*place)(const void *data, tg_span span, struct tg_draw_place *out);
    const void *place_data;
    /* Tells of each task that the block of an expansion point may call, and where. May be NULL. */
    void (*may_call)(const struct tg_graph *g, tg_id id, void (*each)(void *to, const char *name, tg_span span), void *to);
    const struct tg_secrets *secrets; /* not to be drawn; NULL: there are none */
    struct tg_fates *fates;           /* of a run: states and times are drawn; NULL: none was */
    const tg_id *fate_of;             /* by task: the number by which the fates know it; NULL: the same */
};

/* A stream stands for the tasks that put something into it, too. */
enum tg_draw_kind { TG_DRAW_TASK, TG_DRAW_OUTPUT, TG_DRAW_STREAM };

struct tg_draw_node {
    enum tg_draw_kind kind;
    const char *name;         /* the task's label or name; of an output, its name */
    const char *detail;       /* "(1, ...)": the known arguments; of a known output, " = 3"; may be "" */
    const struct tg_def *def; /* NULL: an output or a stream */
    tg_id task;               /* the first one it stands for; TG_NO_TASK: an output or a stream */
    uint32_t count;           /* how many it stands for */
    int color;                /* index into the palette: the plugin's; -1: tgrun itself */
    bool expands;             /* an expansion point */
    bool maybe;               /* runs only if an expansion point uses it */
    tg_span span;
    struct tg_paint_tally tally; /* of a run: its tasks */
};

enum tg_draw_link {
    TG_DRAW_VALUE,
    TG_DRAW_AFTER,   /* only waits */
    TG_DRAW_MAY_USE, /* from what an expansion point holds to it */
    TG_DRAW_ADDED,   /* from an expansion point to what it added */
};

struct tg_draw_edge {
    uint32_t from, to; /* nodes */
    uint32_t count;    /* how many it stands for */
    enum tg_draw_link link;
};

struct tg_draw {
    const struct tg_plan *plan;
    struct tg_needed needed;
    struct tg_draw_options options;
    struct tg_arena arena;             /* texts */
    TG_VEC(struct tg_draw_node) nodes; /* in the order of their first task; outputs last */
    TG_VEC(struct tg_draw_edge) edges; /* by `to`; of one node in the order of arguments */
    uint32_t *first_edge;              /* per node, and one more: its edges are [first_edge[n], first_edge[n + 1]) */
    TG_VEC(const char *) plugins;      /* by colour */
    struct tg_paint_scale scale;       /* of a run: of the nodes' times */
};

/* Finds what is to be drawn; borrows plan and options' pointers. */
void tg_draw_init(struct tg_draw *d, const struct tg_plan *plan, const struct tg_draw_options *options);
/* Makes nodes and edges; the expanded JSON form does without. */
void tg_draw_make(struct tg_draw *d);
void tg_draw_done(struct tg_draw *d);
/* The number of tasks that are drawn. */
static inline tg_id tg_draw_count(const struct tg_draw *d)
{
    return d->needed.sure_count + d->needed.maybe_count;
}

/* True if a task that only waits for this one was added by it. */
static inline bool tg_draw_added(const struct tg_draw *d, tg_id from)
{
    return d->options.ran && (tg_graph_site_of(d->plan->graph, from)->flags & TG_SITE_EXPANDS);
}

/* True if an output of this name is drawn. */
bool tg_draw_shows(const struct tg_draw_options *options, const char *output);
/* The place of a span; false if there is none. */
bool tg_draw_place(const struct tg_draw_options *options, tg_span span, struct tg_draw_place *out);

/* The fate of a task, of a run. */
struct tg_fate_of tg_draw_fate(const struct tg_draw *d, tg_id id);
/* Why it has failed, or NULL. */
const char *tg_draw_message(const struct tg_draw *d, tg_id id);
/* Of all nodes together. */
struct tg_paint_tally tg_draw_tally(const struct tg_draw *d);
/* True if the node says what has become of its tasks. */
static inline bool tg_draw_paints(const struct tg_draw *d, const struct tg_draw_node *n)
{
    return d->options.fates && n->kind == TG_DRAW_TASK;
}
/* Adds "(1, ...)", the known arguments of a task, which are cut at about so many bytes; nothing if none is known. */
void tg_draw_args(struct tg_buf *b, const struct tg_graph *g, tg_id task, const char *future, size_t max_bytes);

/* True for a task with an effect beside its result. Commands are not marked so: every one has some; nor is what puts
 * something into a stream. */
static inline bool tg_draw_effect(const struct tg_draw_node *n)
{
    return n->def && n->def->sig.effect && !(n->def->flags & (TG_DEF_COMMAND | TG_DEF_PUT));
}
static inline bool tg_draw_command(const struct tg_draw_node *n)
{
    return n->def && (n->def->flags & TG_DEF_COMMAND);
}

/* The palette: fill and line colours (hex) of a node. */
struct tg_draw_color {
    const char *fill, *line;
};
struct tg_draw_color tg_draw_color(const struct tg_draw_node *n);

/* -- formats; errors of writing stay in `out` */
void tg_draw_dot(const struct tg_draw *d, struct tg_out *out);
void tg_draw_mermaid(const struct tg_draw *d, struct tg_out *out);
/* A tree from the outputs to what they are made of; what was shown already is referred to. */
void tg_draw_text(const struct tg_draw *d, struct tg_out *out);
/* Every task with its arguments and options; or nodes and edges, if collapsed. */
void tg_draw_json(const struct tg_draw *d, struct tg_out *out);
/* The dot form through Graphviz' program `dot`; type "svg" or "png". False with *write_error, an errno, if fd could not be
 * written; with err and 0 there for anything else. */
bool tg_draw_picture(const struct tg_draw *d, const char *type, int fd, int *write_error, struct tg_err *err);

#endif
