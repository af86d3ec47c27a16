/* SPDX-License-Identifier: MIT
 * Gathering: a list or record that holds futures becomes the future of a task that puts it together, bottom up, so that a
 * task's arguments are always known values and whole futures. The same for the graph and for fragments of a run that
 * grows. Thread class: owner. */
#ifndef TG_GRAPH_GATHER_H
#define TG_GRAPH_GATHER_H

#include "engine/graph/def.h"
#include "engine/value/future.h"

/* What a graph or a fragment can do. */
struct tg_gather_ops {
    /* Adds a task whose arguments are known values and futures; TG_NO_TASK and err if it cannot. */
    tg_id (*add)(void *owner, uint32_t site, const tg_value *args, size_t count, const tg_value *after, size_t after_count,
                 struct tg_err *err);
    /* The site of the gathering tasks that stand for arguments of `site`. */
    uint32_t (*site)(void *owner, uint32_t site, bool record);
    /* A site for gathering lists that stands at this place. */
    uint32_t (*place)(void *owner, tg_span span);
    tg_span (*span)(void *owner, uint32_t site);
};

/* What it has gathered last; all zero: nothing. */
struct tg_gathered {
    tg_value value; /* a large list or record, owned: the same is often handed to many tasks in a row */
    tg_id task;     /* its gathering task */
    uint32_t site;  /* what tg_gather_at used; 0: none */
};

struct tg_gather {
    const struct tg_gather_ops *ops;
    void *owner;
    struct tg_gathered *last;
};

/* True for what must be gathered: it holds futures and is none. */
static inline bool tg_gather_needed(tg_value v)
{
    return tg_kind(v) != TG_FUTURE && tg_future_in(v);
}
static inline bool tg_gather_any(const tg_value *args, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tg_gather_needed(args[i])) return true;
    return false;
}
/* Adds a task with those arguments gathered that need it; all are borrowed. TG_NO_TASK and err if it cannot. */
tg_id tg_gather_add(const struct tg_gather *to, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                    size_t after_count, struct tg_err *err);
/* The future of the gathering task of v, which needs it, as of an argument of `site`. */
bool tg_gather_value(const struct tg_gather *to, uint32_t site, tg_value v, tg_value *out, struct tg_err *err);
/* A value at this place as one argument, gathered if it needs to be; *out is owned. */
bool tg_gather_at(const struct tg_gather *to, tg_span span, tg_value v, tg_value *out, struct tg_err *err);
/* What was gathered last is not needed any more. */
void tg_gather_forget(struct tg_gathered *last);

#endif
