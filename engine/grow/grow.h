/* SPDX-License-Identifier: MIT
 * Tasks that come and go while a graph runs. Private to engine/grow; what is added, and by whom, is told in fragment.h.
 *
 * start.c turns the columns of a graph that may grow into nodes (run/node.h), and gives each worker a fragment. exec.c runs a
 * node that is ready: its function may add tasks to the fragment, which then joins the graph (fragment.c), and the node
 * becomes what gives its result. stream.c hands results on in the order in which they come, adder.c lets plugin tasks add. */
#ifndef TG_GROW_GROW_H
#define TG_GROW_GROW_H

#include "engine/grow/fragment.h"
#include "engine/run/node.h"

struct tg_fragment {
    struct tg_nodes *nodes;
    struct tg_worker *worker;
    struct tg_ids added;  /* by the running task, in order */
    struct tg_ids others; /* of them, what runs though the result does not need it */
    struct tg_gathered gathered;
    struct tg_callees *callees;  /* what plugin tasks called before (adder.c); NULL: nothing yet */
    tg_id fresh_next, fresh_end; /* ids never used */
    tg_id task;                  /* that runs */
    bool comes_again;            /* it becomes what it is */
    uint64_t budget;             /* tasks it may add */
};

/* The running task's fragment joins the graph, and the task becomes what gives `out`, or is done with it. Takes out. */
bool tg_fragment_commit(struct tg_fragment *f, tg_value take_out, struct tg_err *err);
/* Nothing of it joins the graph: the task has failed. */
void tg_fragment_drop(struct tg_fragment *f);

/* A put task has become part of the graph. */
void tg_stream_joined(struct tg_nodes *nodes, tg_value stream, tg_id put);

#endif
