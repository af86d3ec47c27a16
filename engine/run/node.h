/* SPDX-License-Identifier: MIT
 * Nodes: the tasks of a run that grows, their states and their links. How tasks come in is told in grow/, what becomes of
 * one that is ready in task.h.
 *
 * A graph without expansion points runs from its columns. One that may grow is turned into nodes first, one per task,
 * since tasks then come and go and their inputs change: a task that expands becomes what gives its result.
 *
 * A task is dormant (somebody may still ask for it), active (its inputs are linked: it stands in the list of each
 * that is not done), running, done, or abandoned (active, but nobody needs it any more). It is counted by `refs`: each
 * consumer that has not run, each value that holds its future (tg_function.held) as an input of a task that has not
 * run or as the result of one that is there, each wanted output, and itself from the time it is active until it is done. At
 * zero its inputs and its result go. Its id is free to be used again when what it has added is gone too (`kids`): messages
 * about those name it.
 *
 * Orders: who links itself to a task pushes onto the list `waiting` (release) while it holds a reference on that task; who
 * finishes a task writes the value, then takes the whole list with an exchange (acquire and release) that leaves TG_LIST_DONE. */
#ifndef TG_RUN_NODE_H
#define TG_RUN_NODE_H

#include "engine/base/assert.h"
#include "engine/run/worker.h"

struct tg_input {
    tg_value v;    /* a known value (owned), or a future: the result of that task */
    uint64_t next; /* the next one in the list of that task: TG_LINK */
};
/* In the tag of an input that is a future: only wait for it. Such inputs are the last ones. */
#define TG_ONLY_AFTER 0x100
static inline bool tg_input_is_edge(const struct tg_input *in)
{
    return tg_kind(in->v) == TG_FUTURE;
}

/* An entry of a list: a consumer and the number of its input; 0: none. */
#define TG_LINK(id, input) ((uint64_t)(id) << 32 | ((uint32_t)(input) + 1))
#define TG_LIST_DONE UINT64_MAX

enum tg_node_state {
    TG_NODE_FREE,
    TG_NODE_FRESH /* in a fragment */,
    TG_NODE_DORMANT,
    TG_NODE_ACTIVE,
    TG_NODE_RUNNING,
    TG_NODE_DONE,
    TG_NODE_ABANDONED,
    TG_NODE_STATE = 0xff,
    TG_NODE_SHOWS = 0x100,              /* its failure reaches an output or an effect that nobody uses */
    TG_NODE_UNWANTED = TG_CTX_UNWANTED, /* abandoned while it was running */
    TG_NODE_GIVEN_UP = 0x400,           /* abandoned, and its inputs are given up */
    TG_NODE_READY = 0x800,              /* abandoned, and a worker has met it as ready */
    TG_NODE_EFFECT = 0x1000,            /* it runs even where nobody uses the result */
    TG_NODE_USED =
        0x2000, /* an effect that is an input of a task that runs, or made for a `try`: its failure shows there, or not */
    TG_NODE_WANTED = 0x4000,  /* the run is for its result */
    TG_NODE_REMAKES = 0x8000, /* the same call as another task, whose missing result it makes again */
};

#define TG_FEW_INPUTS 2

struct tg_node {
    tg_value value;                        /* its result; TG_FAILED: failed or skipped (failing.h) */
    _Atomic uint64_t waiting;              /* the list of inputs that wait for it, or TG_LIST_DONE */
    const struct tg_site *site;            /* what it is now; owner: who runs it; stored with release */
    const struct tg_site *made;            /* what it was made as */
    _Atomic uint32_t pending, refs, state; /* state: enum tg_node_state with flags */
    _Atomic uint32_t kids;                 /* tasks it has added that are still there, and one for as long as refs is not 0 */
    uint32_t input_count;
    tg_id parent;          /* the expansion point that added it; TG_NO_TASK: part of the graph from the start */
    uint32_t depth;        /* expansion points around it */
    uint32_t round;        /* of an expansion point: how often it has gone on */
    uint32_t parent_round; /* the round of the parent in which it was added */
    uint32_t loop_from;    /* the round in which it became the expansion point that it is: later ones are a loop's */
    union {
        struct tg_input few[TG_FEW_INPUTS];
        struct tg_input *many; /* of more inputs; from malloc */
    };
} __attribute__((aligned(128)));

_Static_assert(sizeof(struct tg_node) == 128, "a node takes two lines of the cache");
#define TG_NODE_FLAGS                                                                                                       \
    (TG_NODE_SHOWS | TG_NODE_UNWANTED | TG_NODE_GIVEN_UP | TG_NODE_READY | TG_NODE_EFFECT | TG_NODE_USED | TG_NODE_WANTED | \
     TG_NODE_REMAKES)
_Static_assert(!(TG_NODE_FLAGS & TG_NODE_STATE), "flags stand apart");

static inline uint32_t tg_node_phase(const struct tg_node *n)
{
    return atomic_load_explicit(&n->state, memory_order_relaxed) & TG_NODE_STATE;
}

static inline struct tg_input *tg_node_inputs(struct tg_node *n)
{
    return n->input_count <= TG_FEW_INPUTS ? n->few : n->many;
}
static inline const struct tg_input *tg_node_inputs_of(const struct tg_node *n)
{
    return n->input_count <= TG_FEW_INPUTS ? n->few : n->many;
}
/* Makes room for them, to be filled. */
static inline struct tg_input *tg_node_inputs_new(struct tg_node *n, uint32_t count)
{
    TG_ASSERT(tg_node_phase(n) != TG_NODE_DONE);
    n->input_count = count;
    return count <= TG_FEW_INPUTS ? n->few : (n->many = tg_alloc(count * sizeof *n->many));
}

/* Thread class: shared; per field. */
struct tg_nodes {
    struct tg_run *run;
    struct tg_graph *graph;  /* sites and options: locked to add, free to read */
    struct tg_column column; /* locked */
    struct tg_node *items;   /* by id; never moves */
    bool shared;             /* immutable: more than one worker */
    _Atomic bool keeps;      /* atomic, relaxed: failures have been kept that somebody may catch (failing.h) */
    _Atomic uint64_t made;   /* atomic, relaxed: tasks so far */
    pthread_mutex_t lock;    /* guards what follows, and adding to the graph */
    tg_id next;              /* ids from here on were never used */
    _Atomic tg_id end;       /* and have memory up to here; atomic, relaxed: also read without the lock */
    struct tg_ids free;      /* ids to be used again */
    uint32_t identity;       /* the site of what becomes another task's result */
    tg_id *roots;            /* ready from the start, ascending: for the scheduler, who frees them */
    uint32_t root_count;
};

/* What TG_EVENT_NODE says beside the task and its site. */
struct tg_event_node {
    struct tg_event_body head;
    tg_id parent;
    uint32_t parent_round, round;
    bool continues; /* it is about to become something else */
    bool again;     /* then: it has done nothing yet, and is called again */
    size_t input_count;
    tg_value inputs[]; /* as in struct tg_input; what holds futures is left out */
};

/* -- the table: made by grow/start.h */

void tg_nodes_free(struct tg_nodes *nodes);
/* At the end of a run: failures of effects that are still held, by what never ran, show. */
void tg_nodes_reveal(struct tg_nodes *nodes);

/* What the task is now. Any thread: it may be another one by now, whose site is as whole. */
static inline const struct tg_site *tg_node_site(const struct tg_nodes *nodes, tg_id id)
{
    return __atomic_load_n(&nodes->items[id].site, __ATOMIC_ACQUIRE);
}

/* True for an expansion point that has gone on, and will once more: a round of a loop. */
static inline bool tg_node_goes_on(const struct tg_nodes *nodes, tg_id id)
{
    const struct tg_node *n = &nodes->items[id];
    return n->round > 0 && n->site->flags & TG_SITE_EXPANDS;
}

/* -- the life of a node; w is the calling worker, in whose lists stands what becomes ready */

/* From ready to running; false if it was abandoned: then the caller skips it if `*ends` is set, and leaves it alone else. */
bool tg_node_begin_slow(struct tg_worker *w, struct tg_node *n, bool *ends);
static inline bool tg_node_begin(struct tg_worker *w, struct tg_node *n, bool *ends)
{
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed), change = TG_NODE_ACTIVE ^ TG_NODE_RUNNING;
    if (w->nodes->shared || (state & (TG_NODE_STATE | TG_NODE_UNWANTED)) != TG_NODE_ACTIVE)
        return tg_node_begin_slow(w, n, ends);
    atomic_store_explicit(&n->state, state ^ change, memory_order_relaxed);
    return true;
}
/* From running back to active: it is going to run once more. False if nobody needs it any more. */
bool tg_node_rest(const struct tg_nodes *nodes, tg_id id);
/* Makes a dormant or fresh task active, with all that it needs. */
void tg_node_activate(struct tg_worker *w, tg_id id, bool shows);
/* Links the inputs of a running task that has become something else. */
void tg_node_relink(struct tg_worker *w, tg_id id);
/* The task is done with this value, which may be TG_FAILED: who waits for it is told. Takes the value. */
void tg_node_finish(struct tg_worker *w, tg_id id, tg_value take_value);
/* One reference less; at zero the task is gone. */
void tg_node_unref(struct tg_worker *w, tg_id id);
/* True for what only hands on what it gets, or parts of it. */
bool tg_node_passes_on(const struct tg_def *def);
/* True if the result of the running task goes to tasks of sites that `accepts` says yes to, also by way of what passes it on, and as far
 * as is known to nobody else: no output, but to somebody, or to what may ask for it later. */
bool tg_node_feeds_only(const struct tg_nodes *nodes, tg_id id, bool (*accepts)(const void *data, const struct tg_site *site),
                        const void *data);
/* True if nobody gets it, nor waits for it. */
bool tg_node_feeds_nobody(const struct tg_nodes *nodes, tg_id id);
/* Gives up a reference as one who does not need the result after all: what nobody else needs does not run any more. */
void tg_node_abandon(struct tg_worker *w, tg_id id);
void tg_node_drop_inputs(struct tg_worker *w, struct tg_node *n);
/* Counts what a value holds once more; gives that up again, with the value. */
void tg_node_hold(struct tg_nodes *nodes, tg_value v);
void tg_node_unhold(struct tg_worker *w, tg_value take_v);
/* Tells those who watch what the task is now (TG_EVENT_NODE). Where they do, an id means one task in the whole run. */
void tg_node_tell(struct tg_worker *w, tg_id id, bool continues, bool again);
/* Adds the expansion points that led to the task to the failure. */
void tg_node_chain(const struct tg_nodes *nodes, tg_id id, struct tg_failure *failure);

/* What has become of a task is counted with the site that it has now: one that an expansion point has become is a call, too. */
static inline void tg_node_count(struct tg_worker *w, tg_id id, enum tg_census_what what)
{
    tg_census_note(&w->counts, (size_t)(w->nodes->items[id].site - w->nodes->graph->site_table.items), what);
}

/* Counters that only one worker can touch need no atomic read-modify-write. */
static inline uint32_t tg_node_add(const struct tg_nodes *nodes, _Atomic uint32_t *count, uint32_t more)
{
    if (nodes->shared) return atomic_fetch_add_explicit(count, more, memory_order_relaxed);
    uint32_t before = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, before + more, memory_order_relaxed);
    return before;
}
/* One reference more on a task: to be called for each future of a value, with the nodes. */
static inline void tg_node_hold_one(void *nodes, tg_id id)
{
    TG_ASSERT(tg_node_phase(&((struct tg_nodes *)nodes)->items[id]) != TG_NODE_FREE);
    tg_node_add(nodes, &((struct tg_nodes *)nodes)->items[id].refs, 1);
}
/* True if that was the last. Who holds the last one is alone with it. */
static inline bool tg_node_sub(const struct tg_nodes *nodes, _Atomic uint32_t *count, uint32_t less)
{
    uint32_t before = atomic_load_explicit(count, memory_order_acquire);
    TG_ASSERT(before >= less);
    if (before == less) {
        atomic_store_explicit(count, 0, memory_order_relaxed);
        return true;
    }
    if (nodes->shared) return atomic_fetch_sub_explicit(count, less, memory_order_acq_rel) == less;
    atomic_store_explicit(count, before - less, memory_order_relaxed);
    return false;
}

#endif
