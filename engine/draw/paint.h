/* SPDX-License-Identifier: MIT
 * What a run has made of what is drawn: states as colours, lines and words, time as the depth of a colour. A picture is to be read
 * without colours, too, and by who sees few of them: what is not done says so in words, and has a line of its own style.
 * Thread class: owner. */
#ifndef TG_DRAW_PAINT_H
#define TG_DRAW_PAINT_H

#include "engine/base/buf.h"
#include "engine/event/fates.h"

/* Of all tasks that a node stands for. */
struct tg_paint_tally {
    uint32_t of[TG_FATES];
    uint32_t timed;      /* tasks that have begun */
    uint64_t busy_ns;    /* of them together */
    const char *message; /* of the first that failed; borrowed, NULL: none has */
};

/* Depths of the colour of what is done: each stands for a range of the mean time. */
#define TG_PAINT_DEPTHS 5
struct tg_paint_scale {
    uint64_t least_ns, most_ns;
    unsigned depths; /* that are used: fewer, where times are alike; 0: nothing has a time */
};

struct tg_paint {
    const char *fill, *line, *text; /* colours */
    bool dashed, dotted, thick;     /* the line */
};

void tg_paint_add(struct tg_paint_tally *t, struct tg_fate_of of, const char *message);
/* The scale takes in the node's time. */
void tg_paint_measure(struct tg_paint_scale *s, const struct tg_paint_tally *t);
void tg_paint_settle(struct tg_paint_scale *s);
/* The depth of a node; the longest time of a depth. */
unsigned tg_paint_depth(const struct tg_paint_scale *s, const struct tg_paint_tally *t);
uint64_t tg_paint_bound_ns(const struct tg_paint_scale *s, unsigned depth);

/* The state that the node shows: failed, caught or running if there is such a task, else that of most of them. */
enum tg_fate tg_paint_chief(const struct tg_paint_tally *t);
struct tg_paint tg_paint(enum tg_fate fate, unsigned depth);
/* "running". */
const char *tg_paint_word(enum tg_fate fate);
/* "12 ms". */
void tg_paint_time(struct tg_buf *b, uint64_t ns, bool ascii);
/* "12 ms", "failed, 3 ms"; of many "40 done, 2 failed", newline, "1.2 s, 29 ms each". */
void tg_paint_words(struct tg_buf *b, const struct tg_paint_tally *t, const char *newline, bool ascii);

#endif
