/* SPDX-License-Identifier: MIT
 * A graph that grows while it runs, as those see it who add to it: the language at its expansion points, and plugin
 * tasks.
 *
 * A task whose definition has TG_DEF_EXPANDS may add tasks while it runs. They are collected in its worker's fragment,
 * unseen by anyone, and join the graph when the task returns TG_OK; a task that fails leaves nothing behind. Its result may
 * be a future, or a list or record with futures inside: then the task becomes what gives that result (its consumers
 * never notice), and is done when that is. Of a fragment only what the result, an effect or a stream needs is run; what a
 * later expansion may still ask for is kept until then.
 *
 * Ids count up from those of the graph that was built first, but are used again when a task is done and nobody
 * can ask for its result any more. A future is good to use as long as its holder counts: a task's arguments, the values that a
 * function value shows by tg_function.held, and, until the task returns, everything in the fragment.
 *
 * Thread class: a fragment belongs to its worker. */
#ifndef TG_GROW_FRAGMENT_H
#define TG_GROW_FRAGMENT_H

#include "engine/graph/graph.h"
#include "engine/plugin/host.h"

struct tg_fragment;
/* Of the worker whose context it is; NULL where the graph cannot grow. */
static inline struct tg_fragment *tg_fragment_of(const tg_ctx *ctx)
{
    return ctx->growth;
}

/* Adds a task, like tg_graph_add: arguments and `after` are borrowed, lists and records with futures inside are gathered
 * by tasks of their own. Gives its id, for tg_future; TG_NO_TASK and err when there are too many. */
tg_id tg_fragment_add(struct tg_fragment *f, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                      size_t after_count, struct tg_err *err);
/* Of an effect that was just added: its failure is the affair of who evaluates it, as of a `try`, also if that is given up before
 * it has used the result. Or it is not after all. */
void tg_fragment_own_failure(struct tg_fragment *f, tg_id id, bool own);
/* A call that was just added is that of another task, whose missing result it makes again. */
void tg_fragment_remakes(struct tg_fragment *f, tg_id id);
/* What was added last is the running task itself: it has done nothing yet, and is called again with the same arguments. */
void tg_fragment_comes_again(struct tg_fragment *f);
/* A value that may hold futures as one argument: the future of a gathering task where one is needed. Borrows v; *out is
 * owned. */
bool tg_fragment_gather(struct tg_fragment *f, tg_value v, tg_span span, tg_value *out, struct tg_err *err);
/* A site or options record of the run's graph, like tg_graph_site and tg_graph_options. They take a lock: keep what they
 * give. Sites and options stay where they are, so reading them needs no lock. */
uint32_t tg_fragment_site(struct tg_fragment *f, const struct tg_def *def, tg_span span, uint32_t options, uint32_t group);
uint32_t tg_fragment_options(struct tg_fragment *f, tg_value take_record);
/* The site that a task was made with, whatever it has become since. */
const struct tg_site *tg_fragment_site_of(const struct tg_fragment *f, tg_id id);
const struct tg_graph *tg_fragment_graph(const struct tg_fragment *f);

/* The value of input i of the running task, if that is the last use of it: it may be changed in place. Takes it out of the graph,
 * so the task must not fail any more. False where somebody else has it, or futures in it are counted. */
bool tg_fragment_take_input(tg_ctx *ctx, uint32_t i, tg_value *out);

#endif
