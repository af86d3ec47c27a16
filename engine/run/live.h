/* SPDX-License-Identifier: MIT
 * The tasks of a run that grows. Private to engine/run, but for the part for schedulers.
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
#ifndef TG_RUN_LIVE_H
#define TG_RUN_LIVE_H

#include "engine/grow/fragment.h"
#include "engine/run/run.h"

struct tg_input {
    tg_value v;       /* a known value (owned), or a future: the result of that task */
    uint64_t next;    /* the next one in the list of that task: TG_LINK */
};
/* In the tag of an input that is a future: only wait for it. Such inputs are the last ones. */
#define TG_ONLY_AFTER 0x100
static inline bool tg_input_is_edge(const struct tg_input *in) { return tg_kind(in->v) == TG_FUTURE; }

/* An entry of a list: a consumer and the number of its input; 0: none. */
#define TG_LINK(id, input) ((uint64_t)(id) << 32 | ((uint32_t)(input) + 1))
#define TG_LIST_DONE UINT64_MAX

enum tg_live_state {
    TG_LIVE_FREE, TG_LIVE_FRESH /* in a fragment */, TG_LIVE_DORMANT, TG_LIVE_ACTIVE, TG_LIVE_RUNNING, TG_LIVE_DONE,
    TG_LIVE_ABANDONED,
    TG_LIVE_STATE = 0xff,
    TG_LIVE_SHOWS = 0x100,    /* its failure reaches an output or effect */
    TG_LIVE_UNWANTED = TG_CTX_UNWANTED, /* abandoned while it was running */
    TG_LIVE_GIVEN_UP = 0x400, /* abandoned, and its inputs are given up */
    TG_LIVE_READY = 0x800,    /* abandoned, and a worker has met it as ready */
};

#define TG_FEW_INPUTS 2

struct tg_live {
    tg_value value;                /* its result; TG_FAILED: failed or skipped */
    _Atomic uint64_t waiting;      /* the list of inputs that wait for it, or TG_LIST_DONE */
    const struct tg_site *site;    /* what it is now; owner: who runs it */
    const struct tg_site *made;    /* what it was made as */
    _Atomic uint32_t pending, refs, state; /* state: enum tg_live_state with flags */
    _Atomic uint32_t kids;         /* tasks it has added that are still there, and one for as long as refs is not 0 */
    uint32_t input_count;
    tg_id parent;                  /* the expansion point that added it; TG_NO_TASK: part of the graph from the start */
    uint32_t depth;                /* expansion points around it */
    uint32_t round;                /* of an expansion point: how often it has gone on */
    uint32_t parent_round;         /* the round of the parent in which it was added */
    uint32_t loop_from;            /* the round in which it became the expansion point that it is: later ones are a loop's */
    union {
        struct tg_input few[TG_FEW_INPUTS];
        struct tg_input *many;     /* of more inputs; from malloc */
    };
} __attribute__((aligned(128)));

static inline struct tg_input *tg_inputs(struct tg_live *n) { return n->input_count <= TG_FEW_INPUTS ? n->few : n->many; }
static inline const struct tg_input *tg_inputs_of(const struct tg_live *n)
{
    return n->input_count <= TG_FEW_INPUTS ? n->few : n->many;
}
/* Makes room for them, to be filled. */
static inline struct tg_input *tg_inputs_new(struct tg_live *n, uint32_t count)
{
    n->input_count = count;
    return count <= TG_FEW_INPUTS ? n->few : (n->many = tg_alloc(count * sizeof *n->many));
}

struct tg_ids { TG_VEC(tg_id) ids; };

/* A failure that has reached no output yet: somebody may catch it. */
struct tg_quiet {
    struct tg_failure failure;
    bool shown;
};

/* What a task was, for tg_run_graph. */

struct tg_recorded {
    tg_id id;
    const struct tg_site *site;
    tg_id parent;
    uint32_t parent_round, round;
    bool expanded;                 /* it went on to become something else */
    size_t input_count;
    tg_value *inputs;              /* as in struct tg_input; what holds futures is left out */
};

/* Thread class: shared; per field. */
struct tg_grow {
    struct tg_run *run;
    struct tg_graph *graph;        /* sites and options: locked to add, free to read */
    struct tg_column column;       /* locked */
    struct tg_live *live;          /* by id; never moves */
    bool shared;                   /* immutable: more than one worker */
    bool recording;                /* immutable */
    _Atomic uint64_t made;         /* atomic, relaxed: tasks so far */
    pthread_mutex_t lock;          /* guards what follows, and adding to the graph */
    tg_id next;                    /* ids from here on were never used */
    _Atomic tg_id end;             /* and have memory up to here; atomic, relaxed: also read without the lock */
    struct tg_ids free;            /* ids to be used again */
    TG_VEC(struct tg_quiet) quiet;
    TG_VEC(struct tg_recorded) records;
    uint32_t identity;             /* the site of what becomes another task's result */
    tg_id *roots;                  /* ready from the start, ascending: for the scheduler, who frees them */
    uint32_t root_count;
};

struct tg_fragment {
    struct tg_grow *grow;
    struct tg_worker *worker;
    struct tg_ids added;           /* by the running task, in order */
    struct tg_ids others;          /* of them, what runs though the result does not need it */
    tg_value gathered;             /* in this fragment: as of struct tg_gather */
    tg_id gathered_task;
    uint32_t gather_site;          /* the site that tg_fragment_gather used last; 0: none */
    struct tg_ids ready;           /* what the last task made ready: the scheduler empties it */
    struct tg_ids free;
    struct tg_ids stack, given_up; /* for walks */
    tg_id fresh_next, fresh_end;   /* ids never used */
    tg_id task;                    /* that runs */
    uint64_t budget;               /* tasks it may add */
};

/* -- for schedulers */

/* Runs a task that is ready; what that made ready is in f->ready then. */
void tg_live_run(struct tg_fragment *f, tg_id id);
static inline const struct tg_site *tg_live_site(const struct tg_run *run, tg_id id)
{
    return __atomic_load_n(&run->grow->live[id].site, __ATOMIC_RELAXED);
}

/* True for an expansion point that has gone on, and will once more: a round of a loop. */
static inline bool tg_live_goes_on(const struct tg_run *run, tg_id id)
{
    const struct tg_live *n = &run->grow->live[id];
    return n->round > 0 && n->site->flags & TG_SITE_EXPANDS;
}

/* -- grow.c */
struct tg_grow *tg_grow_new(struct tg_run *run);
void tg_grow_free(struct tg_grow *g);
struct tg_fragment *tg_fragment_new(struct tg_grow *g, struct tg_worker *w);
void tg_fragment_free(struct tg_fragment *f);

/* Notes what the task is now, for tg_run_graph; expanded: it is about to become something else. */
void tg_grow_record(struct tg_fragment *f, tg_id id, bool expanded);

/* -- stream.c */
/* A put task has become part of the graph. */
void tg_stream_joined(struct tg_grow *g, tg_value stream, tg_id put);
/* Nobody needs the result of next(stream, k) any more. */
void tg_stream_abandon(struct tg_fragment *f, tg_value stream, uint64_t k);

/* -- fragment.c */
/* The running task's fragment joins the graph, and the task becomes what gives `out`, or is done with it. Takes out. */
bool tg_fragment_commit(struct tg_fragment *f, tg_value take_out, struct tg_err *err);
void tg_fragment_drop(struct tg_fragment *f);

/* -- live_run.c: also tg_live_run, above */
/* A task that said TG_LATER is done with this value, which may be TG_FAILED. Takes the value. */
void tg_live_complete(struct tg_fragment *f, tg_id id, tg_value take_value);
/* The same for one whose wait was in vain. */
void tg_live_fail_waiting(struct tg_fragment *f, tg_id id, const char *message);

/* -- live.c */
/* A failure of this input reaches whoever the failure of the consumer reaches. */
bool tg_live_shows_through(const struct tg_live *n, uint32_t input);
/* One reference less; at zero the task is gone. */
void tg_live_unref(struct tg_fragment *f, tg_id id);
/* Makes a dormant or fresh task active, with all that it needs. */
void tg_live_activate(struct tg_fragment *f, tg_id id, bool shows);
/* Links the inputs of a running task that has become something else. */
void tg_live_relink(struct tg_fragment *f, tg_id id);
/* Gives up a reference as one who does not need the result after all: what nobody else needs does not run any more. */
void tg_live_abandon(struct tg_fragment *f, tg_id id);
/* The task is done with this value, which may be TG_FAILED. Takes the value. */
void tg_live_finish(struct tg_fragment *f, tg_id id, tg_value take_value);
void tg_live_drop_inputs(struct tg_fragment *f, struct tg_live *n);
/* Visits every future in a value, function values included. */
typedef void (*tg_held_fn)(void *data, tg_id id);
void tg_value_held(tg_value v, tg_held_fn visit, void *data);
/* Counts what a value holds once more; gives that up again, with the value. */
void tg_live_hold(struct tg_fragment *f, tg_value v);
void tg_live_unhold(struct tg_fragment *f, tg_value take_v);

/* What a task function returns that will be completed later, by tg_live_complete. */
#define TG_LATER 2

static inline uint32_t tg_live_phase(const struct tg_live *n)
{
    return atomic_load_explicit(&n->state, memory_order_relaxed) & TG_LIVE_STATE;
}
/* Counters that only one worker can touch need no atomic read-modify-write. */
static inline uint32_t tg_live_add(const struct tg_grow *g, _Atomic uint32_t *count, uint32_t more)
{
    if (g->shared) return atomic_fetch_add_explicit(count, more, memory_order_relaxed);
    uint32_t before = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, before + more, memory_order_relaxed);
    return before;
}
/* True if that was the last. Who holds the last one is alone with it. */
static inline bool tg_live_sub(const struct tg_grow *g, _Atomic uint32_t *count, uint32_t less)
{
    uint32_t before = atomic_load_explicit(count, memory_order_acquire);
    if (before == less) {
        atomic_store_explicit(count, 0, memory_order_relaxed);
        return true;
    }
    if (g->shared) return atomic_fetch_sub_explicit(count, less, memory_order_acq_rel) == less;
    atomic_store_explicit(count, before - less, memory_order_relaxed);
    return false;
}

#endif
