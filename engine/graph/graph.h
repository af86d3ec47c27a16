/* SPDX-License-Identifier: MIT
 * The room engine/graph: the static graph and the plan of a run. This header has the graph, append-only columns, and the one
 * builder that writes them; def.h what a task is defined by, gather.h how futures inside lists become arguments, plan.h what a
 * run needs, order.h in which order, edges.h who waits for whom, pace.h how long tasks take, lineup.h how they wait in line.
 *
 * A task is a 30-bit id; ids count up from 0 and never move. A task's arguments are fixed when it is added and name
 * only older tasks, so id order is a topological order and a cycle cannot be expressed. Three columns:
 *
 *     sites[id]   u32   which call made it: function, options, place in the source (struct tg_site)
 *     arg_end[id] u32   end of its arguments in args; they begin at arg_end[id - 1], and arg_end[-1] is 0
 *     args[..]    u32   the top two bits say what the rest is:
 *                         00 the value of the task with this id
 *                         01 nothing: only wait for the task with this id (always after the values)
 *                         10 a small int, 30 bits, sign-extended
 *                         11 a constant of the pool
 *
 * Thread class: owner while building; immutable while a run reads it. */
#ifndef TG_GRAPH_GRAPH_H
#define TG_GRAPH_GRAPH_H

#include "engine/base/column.h"
#include "engine/base/vec.h"
#include "engine/graph/gather.h"
#include "engine/graph/policy.h"

#define TG_ARG_BITS 30
#define TG_ARG_PAYLOAD ((1u << TG_ARG_BITS) - 1)
enum tg_arg_kind { TG_ARG_TASK = 0, TG_ARG_AFTER = 1, TG_ARG_SMALL = 2, TG_ARG_POOL = 3 };
static inline enum tg_arg_kind tg_arg_kind(uint32_t arg)
{
    return (enum tg_arg_kind)(arg >> TG_ARG_BITS);
}
static inline uint32_t tg_arg_payload(uint32_t arg)
{
    return arg & TG_ARG_PAYLOAD;
}
static inline int64_t tg_arg_small(uint32_t arg)
{
    TG_ASSERT(tg_arg_kind(arg) == TG_ARG_SMALL);
    return (int32_t)(arg << 2) >> 2;
}
/* True if the argument names a task, for its value or only to wait for it. */
static inline bool tg_arg_is_edge(uint32_t arg)
{
    return arg >> TG_ARG_BITS <= TG_ARG_AFTER;
}

/* Where tasks come from: one per call in the source and set of options. Tasks of one site differ in arguments only.
 * What the run loop reads of the definition stands here too, in the same 64 bytes. */
struct tg_site {
    tg_task_fn fn; /* of def */
    const struct tg_def *def;
    tg_kinds accepts[4]; /* kinds that arguments 0, 1, 2, and all from 3 on may have */
    uint16_t returns;    /* kinds the result may have */
    uint16_t plain;      /* of them, those of which nothing more must be looked at */
    uint32_t flags;      /* TG_SITE_* */
    uint32_t options;    /* index into graph->options; 0: none */
    uint32_t group;      /* what a picture collapses by: sites of one loop or function share it; 0: none */
    tg_span span;        /* the call in the source; {0, 0} if none */
    uint32_t gather[2];  /* the sites of this one's gathering tasks: for lists, for records; 0: not yet */
};

_Static_assert(sizeof(struct tg_site) == 64, "a site is one cache line");

#define TG_SITE_DEEP \
    1 /* `accepts` does not say all: items, object types, more than four parameters, or such as may be left out */
#define TG_SITE_HEAP 2       /* the result may be a heap value */
#define TG_SITE_QUICK 4      /* not worth starting a thread for */
#define TG_SITE_EFFECT 8     /* runs even where nobody uses the result */
#define TG_SITE_EXPANDS 16   /* may add tasks while it runs */
#define TG_SITE_STREAM 32    /* waits for a stream, its first argument: a constant */
#define TG_SITE_SLOW 64      /* takes a millisecond or more */
#define TG_SITE_PRIORITY 128 /* has a priority that is not 0 */
#define TG_SITE_NOW 256      /* no task is made where the arguments are known */
#define TG_SITE_POLICY 512   /* its policy says something: the coordinator is asked when it fails, or before it starts */
#define TG_SITE_ADMIT 1024   /* and it must be let in before it starts */
#define TG_SITE_PLUGIN 2048  /* code of others: not built in, and no command */
#define TG_SITE_AWAY 4096    /* and it is to run in an executor process */

/* What a run is for: an output or an effect, or what blocks behind it may use. */
struct tg_wanted {
    const char *name; /* an output's name; NULL: an effect, or held; borrowed */
    tg_value value;   /* owned; may be known, a future, or hold futures */
    tg_id task;       /* the task that gives it; TG_NO_TASK: `value` is known */
    bool held;        /* neither: it is kept for one of graph->finals, which may use it */
    bool named;       /* an effect that the command line names */
    size_t made;      /* of an output: so many before it are effects that belong to it */
    tg_span span;
};

/* The result is needed when the run is over. */
static inline bool tg_wanted_keeps(const struct tg_wanted *w)
{
    return w->name || w->held || w->named;
}

/* A task that puts a future into a stream. */
struct tg_put {
    tg_value stream; /* owned by the pool */
    tg_id task;
};

/* Slots of the table that lets equal constants share a place in the pool. */
#define TG_POOL_RECENT 64

struct tg_graph {
    struct tg_column site_column, end_column, arg_column; /* u32 each */
    struct tg_column site_table_column, option_column;    /* struct tg_site, tg_value */
    uint32_t *sites, *arg_end, *args;
    tg_id count; /* tasks */
    uint32_t arg_count;
    tg_id max_tasks;              /* --max-tasks */
    size_t room_tasks, room_args; /* elements that are ready to be written */
    struct {
        struct tg_site *items;
        size_t count;
    } site_table;                    /* never moves; entry 0 is never used */
    TG_VEC(tg_value) pool;           /* constants, owned */
    uint32_t recent[TG_POOL_RECENT]; /* pool index + 1 by a hash of the constant; 0: empty */
    struct {
        tg_value *items;
        size_t count;
    } options; /* never moves; records, owned: option name to value as written; entry 0 is nil, for none */
    struct tg_column policy_column;
    struct tg_policy *policies; /* never moves; of each of `options`; the first is what is said for all tasks of a run */
    TG_VEC(struct tg_put) puts;
    TG_VEC(struct tg_wanted) wanted;
    TG_VEC(tg_id) finals; /* tasks for runs of their own, when that of the graph has ended */
    bool heap_results;    /* some task may return a heap value */
    bool catches;         /* some task is `try` */
    bool grows;           /* some task may add tasks while it runs, waits for a stream, or tells of a failure */
    bool has_slow;        /* some task is known to be slow */
    bool has_priority;    /* and some such has a priority */
    bool has_policy;      /* some site has TG_SITE_POLICY */
    bool has_away;        /* some site has TG_SITE_AWAY */
    const struct tg_def *gather_list, *gather_record; /* "list(items...)", "record(names, items...)"; set by the
                                                         session before anything is added */
    tg_task_fn run_apart;    /* for tasks of plugins that have a limit of time, in place of their own; likewise */
    bool away;               /* tasks of plugins run in executors unless their place says otherwise; likewise */
    tg_task_fn run_away;     /* for tasks with TG_SITE_AWAY, in place of either; NULL: their own; likewise */
    tg_task_fn run_recorded; /* for tasks of plugins with the option cache, in place of either; NULL: their own; likewise */
    bool checks_slowly;      /* and these are slow */
    tg_task_fn run_checked;  /* for the others of plugins, in place of either; NULL: their own */
    tg_task_fn run_timed;    /* the same, where it is their own, and they are not slow */
    tg_task_fn run_here;     /* where tg_graph_is_here, in place of either; NULL: their own */
    const struct tg_def *identity;  /* "identity(x)"; likewise */
    const struct tg_def *stood_for; /* tasks of this definition have `stand_in` as their function; NULL: none */
    tg_task_fn stand_in;
    tg_task_fn
        foresee; /* in the place of code of others, and of what a task of the language does to the world; NULL: their own */
    struct tg_gathered gathered;
};

void tg_graph_init(struct tg_graph *g, tg_id max_tasks);
void tg_graph_done(struct tg_graph *g);

/* -- building */

/* A site's index. Running out of address space for sites or options (2^30 of them) ends the process, as out of memory. */
uint32_t tg_graph_site(struct tg_graph *g, const struct tg_def *def, tg_span span, uint32_t options, uint32_t group);
/* An options record's index; takes the record. Equal records made near each other share an index; an empty one and
 * nil have index 0. */
uint32_t tg_graph_options(struct tg_graph *g, tg_value take_record);
/* From now on another function is called in place of that of the definition, also for tasks that a run adds. It has the same
 * context, and may call that of ctx->def; a limit of time does not count. When no run is going on. */
void tg_graph_stand_in(struct tg_graph *g, const struct tg_def *def, tg_task_fn fn);
/* Sets run_checked and run_timed, also for tasks that are there. slow: none of them is sent ahead or run in line. No run is going on. */
void tg_graph_check(struct tg_graph *g, tg_task_fn fn, tg_task_fn timed, bool slow);
/* The same in place of all but what the language computes and commands. */
void tg_graph_foresee(struct tg_graph *g, tg_task_fn fn);
/* What is said for all tasks of a run (the graph keeps a copy): before anything is added. */
void tg_graph_default_policy(struct tg_graph *g, const struct tg_policy *policy);
/* What is said of the site's tasks. */
static inline const struct tg_policy *tg_graph_policy_of(const struct tg_graph *g, const struct tg_site *site)
{
    return &g->policies[site->options];
}
/* True if tasks of this definition, under these options, are to run in an executor process: TG_SITE_AWAY of their sites. */
bool tg_graph_is_away(const struct tg_graph *g, const struct tg_def *def, uint32_t options);
/* True for sites of plugins' tasks whose function runs in this process, and may get objects. */
bool tg_graph_is_here(const struct tg_site *site);
/* True if some site is one of a command. */
bool tg_graph_has_commands(const struct tg_graph *g);
/* Marks what the run is for; takes value, borrows name. name NULL: an effect. */
bool tg_graph_want(struct tg_graph *g, const char *name, tg_value take_value, tg_span span, struct tg_err *err);

/* Adds a task that is no part of the run of the graph: it is run when that has ended (tg_plan_final), and what it holds is kept
 * until then. Of the graph it tells nothing. Arguments are borrowed, and hold futures only inside of function values. */
bool tg_graph_add_final(struct tg_graph *g, const struct tg_def *def, tg_span span, const tg_value *args, size_t count,
                        struct tg_err *err);

/* The site of the gathering tasks that stand for arguments of `site`. */
uint32_t tg_graph_gather_site(struct tg_graph *g, uint32_t site, bool record);

tg_id tg_graph_add_slow(struct tg_graph *g, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                        size_t after_count, struct tg_err *err);

/* True unless one of them is a future of a task that is not there yet. */
static inline bool tg_graph_knows_all(const struct tg_graph *g, const tg_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i].tag == TG_FUTURE && values[i].bits >= g->count) return false;
    return true;
}

/* Writes v as an argument if it is a future or a small int. */
static inline bool tg_arg_quick(tg_value v, uint32_t *arg)
{
    if (v.tag == TG_FUTURE) {
        *arg = (uint32_t)v.bits;
        return true;
    }
    *arg = ((uint32_t)TG_ARG_SMALL << TG_ARG_BITS) | ((uint32_t)v.bits & TG_ARG_PAYLOAD);
    return v.tag == TG_INT && v.bits + (1u << (TG_ARG_BITS - 1)) <= TG_ARG_PAYLOAD;
}

/* Adds a task; the arguments are borrowed. An argument that holds futures deeper inside gets a task of its own that
 * gathers them. `after` are futures (or lists with futures) that must be done before; borrowed. Checks the number
 * of tasks only: arguments are checked by the caller. TG_NO_TASK and err when the graph is full. */
static inline tg_id tg_graph_add(struct tg_graph *g, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                                 size_t after_count, struct tg_err *err)
{
    TG_ASSERT(site && site < g->site_table.count);
    TG_ASSERT(tg_graph_knows_all(g, args, count) && tg_graph_knows_all(g, after, after_count));
    bool room = g->count < g->room_tasks && (size_t)g->arg_count + 2 <= g->room_args;
    if (__builtin_expect(count <= 2 && after_count == 0 && room, 1)) {
        uint32_t *at = g->args + g->arg_count;
        if ((count < 1 || tg_arg_quick(args[0], &at[0])) && (count < 2 || tg_arg_quick(args[1], &at[1]))) {
            tg_id id = g->count++;
            g->sites[id] = site;
            g->arg_end[id] = g->arg_count += (uint32_t)count;
            return id;
        }
    }
    return tg_graph_add_slow(g, site, args, count, after, after_count, err);
}

/* -- reading */
static inline uint32_t tg_graph_arg_begin(const struct tg_graph *g, tg_id id)
{
    return g->arg_end[(ptrdiff_t)id - 1];
}
/* Where the arguments end that pass a value on, and where those among them end that the call in the source has. */
static inline uint32_t tg_graph_values_end(const struct tg_graph *g, tg_id id)
{
    uint32_t begin = tg_graph_arg_begin(g, id), end = g->arg_end[id];
    while (end > begin && tg_arg_kind(g->args[end - 1]) == TG_ARG_AFTER) end--;
    return end;
}
static inline uint32_t tg_graph_written_end(const struct tg_graph *g, tg_id id)
{
    uint32_t begin = tg_graph_arg_begin(g, id);
    const struct tg_def *def = g->site_table.items[g->sites[id]].def;
    return begin + (uint32_t)tg_def_written(def, tg_graph_values_end(g, id) - begin);
}
static inline const struct tg_site *tg_graph_site_of(const struct tg_graph *g, tg_id id)
{
    TG_ASSERT(id < g->count);
    return &g->site_table.items[g->sites[id]];
}
/* 1 if its result may be a heap value, else 0. */
static inline size_t tg_graph_is_heap(const struct tg_graph *g, tg_id id)
{
    return (tg_graph_site_of(g, id)->flags & TG_SITE_HEAP) != 0;
}
static inline const struct tg_def *tg_graph_def_of(const struct tg_graph *g, tg_id id)
{
    return tg_graph_site_of(g, id)->def;
}

#endif
