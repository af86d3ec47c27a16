/* SPDX-License-Identifier: MIT
 * What has happened in a run, and in the blocks behind it, kept so that questions about it can be answered (storyjson.h).
 *
 * It is told what a file of events says (eventread.h), by its reader or by a sink of a run that goes on (storysink.h). Of a task 64 bytes
 * are kept, its needs, and of one that is not quick what its arguments were; of so many tasks: those beyond are only added up, by
 * call and, in cells, by row and time. All times count from the beginning of the first run.
 * Thread class: locked, as each function does: one thread adds, others ask. */
#ifndef TG_WATCH_STORY_H
#define TG_WATCH_STORY_H

#include <pthread.h>

#include "engine/base/names.h"
#include "engine/base/secret.h"
#include "engine/watch/describe.h"
#include "engine/watch/eventread.h"
#include "engine/watch/standing.h"
#include "engine/watch/way.h"

/* Tasks that are kept one by one. */
#define TG_STORY_TASKS 2000000

enum tg_story_state {
    TG_STORY_NONE,    /* nothing was told of that number */
    TG_STORY_WAITING, /* it is there, and has not begun */
    TG_STORY_RUNNING,
    TG_STORY_DONE,
    TG_STORY_FAILED,
    TG_STORY_CAUGHT, /* failed, which somebody has caught, or it was allowed to */
    TG_STORY_SKIPPED,
    TG_STORY_STATES,
};
extern const char *const tg_story_words[TG_STORY_STATES];

/* How a stretch of work has ended, or that it has not. */
enum tg_story_fate {
    TG_STORY_GOES_ON,
    TG_STORY_WAS_DONE,
    TG_STORY_HAS_FAILED,
    TG_STORY_WAS_CAUGHT,
    TG_STORY_WAS_SKIPPED,
    TG_STORY_RETRIED,   /* an attempt has failed, and there is another one */
    TG_STORY_SUSPENDED, /* it goes on later */
};
/* That of a task in this state. */
static inline enum tg_story_fate tg_story_fate_of(unsigned state)
{
    return state < TG_STORY_DONE ? TG_STORY_GOES_ON : (enum tg_story_fate)(state - TG_STORY_DONE + TG_STORY_WAS_DONE);
}

/* Rows by number: of a worker, and behind it of its executor. */
#define TG_STORY_ROW(worker, executor) (2 * (uint32_t)(worker) + ((executor) ? 1 : 0))

#define TG_STORY_NOT UINT32_MAX /* no task, no call, nothing beside */

struct tg_story_task {
    uint64_t began, ended; /* its last stretch; 0, 0: it never ran */
    uint64_t busy;         /* all stretches that have ended */
    uint64_t bytes;        /* of its value */
    uint64_t released;     /* 0: not yet */
    uint32_t call;
    uint32_t needs, need_count; /* in the story's needs */
    uint32_t parent;
    uint32_t more; /* number in the story's `more`, from 1; 0: nothing */
    uint16_t row;
    uint8_t state : 4, needs_known : 1, holds : 1; /* enum tg_story_state; its value is counted in the memory of results */
    uint8_t retried;                               /* attempts that were followed by another one; 255: as many or more */
};
_Static_assert(sizeof(struct tg_story_task) == 64, "a task is one cache line");

/* What few tasks have. */
struct tg_story_more {
    const char *arguments, *message, *log; /* in the story's texts; NULL: not known */
    uint64_t cpu, memory;                  /* of all attempts: the sum; the most */
    uint32_t stretch;                      /* the last one before the one that stands in the task, from 1; 0: none */
};

/* A stretch of work that was not the last one of its task; or the last one of a task whose number another one has got since. */
struct tg_story_stretch {
    uint64_t began, ended, cpu, memory;
    const char *message; /* NULL: none */
    uint32_t part, id, call;
    uint32_t before; /* of the same task, from 1; 0: none */
    uint16_t row;
    uint8_t fate; /* enum tg_story_fate */
};

/* All tasks that are called in one place, of all parts. */
struct tg_story_call {
    uint32_t name; /* number in the story's names */
    const char *place;
    bool expands;
    bool executes;                   /* its last task that has ended ran in an executor */
    uint64_t count[TG_STORY_STATES]; /* tasks by their states */
    uint64_t became;                 /* tasks that have run as it, and are something else since */
    uint64_t unkept;                 /* of them, those that are only added up */
    uint64_t timed;                  /* tasks of which it was told how long they took: a live sink is told of some quick ones */
    uint64_t busy, busy_most;        /* all stretches that have ended; one task, at the most */
    uint64_t cpu, memory;            /* of programs: the sum; one of them, at the most */
};

/* A name of tasks: of one definition. */
struct tg_story_name {
    const char *name, *plugin; /* plugin: NULL: none */
    uint8_t kind;              /* enum tg_story_kind */
    uint32_t holder;           /* from 1; 0: its results take no memory, or too many others' do */
    uint32_t *times;           /* how long tasks took, a count in each of TG_STORY_TIMES (storytimes.h); NULL: all are kept */
    uint64_t p50, p99;         /* as far as they were found out */
};
enum tg_story_kind { TG_STORY_TASK, TG_STORY_COMMAND, TG_STORY_HELPER };
extern const char *const tg_story_kinds[];

/* Tasks that go the same way: one needs or has added another. */
struct tg_story_edge {
    uint32_t from, to; /* calls */
    bool added;
    uint64_t count;
};

/* What a row did beside tasks. */
struct tg_story_span {
    uint64_t began, ended;
    uint16_t row;
    uint8_t kind; /* as the page has them: 0 idle, 1 steal, 2 spawn, 3 transfer */
};

/* Of tasks that are not kept: how long those of a call were at work in one row and bin of time. */
struct tg_story_cell {
    uint32_t bin, call;
    uint64_t busy;
    uint32_t count; /* that ended there */
    uint16_t row;
};
/* Their bins, at most; then each is made twice as wide. */
#define TG_STORY_BINS 2048

/* A value over time: what it was at the most in each of up to TG_STORY_BINS steps, which become wider as time goes on. */
struct tg_story_curve {
    uint64_t now;
    TG_VEC(uint64_t) most;
};

struct tg_story_failure {
    uint32_t part, id, call;
    uint64_t time;
    bool shows, allowed; /* as far as it is known while it goes on */
    uint32_t attempts;
    const char *message, *log;
    char *log_text; /* heap; NULL: not read yet */
};

struct tg_story_text {
    uint64_t time;
    char *text; /* heap */
};
#define TG_STORY_LINES 50 /* that are kept */

/* Of a run: the first is that of the graph, then come those of blocks behind it. */
struct tg_story_part {
    uint64_t begin; /* since the first one began */
    TG_VEC(struct tg_story_task) tasks;
    TG_VEC(uint32_t) calls; /* by number of the site */
    uint64_t planned, added;
    uint64_t count[TG_STORY_STATES], helpers[TG_STORY_STATES]; /* tasks by their states; of them, helpers */
    uint64_t retried;
    uint64_t end, caught, allowed, told_done, told_failed, told_skipped; /* once it has ended */
    bool ended, grows, entered;                                          /* entered: tasks that have not run are there, too */
};

/* By worker. */
struct tg_story_worker {
    uint64_t busy, tasks, cpu, memory; /* of stretches that have ended */
    bool seen[2];                      /* it has a row; so has its executor */
    bool away;                         /* rests, or is not there any more */
    uint32_t runs, since_part;         /* the task that it runs now; TG_STORY_NOT: none */
    uint64_t since;
};

/* Texts that only the workflow knows; each may be NULL. Called while the story is locked. */
struct tg_story_source {
    void *data;
    char *(*label)(void *data, uint64_t part, uint32_t id); /* "align(19)"; heap; NULL: not known */
    char *(*line)(void *data, const char *place);           /* the line of the source; heap; NULL: not known */
};

struct tg_story_executor {
    pid_t pid;
    struct tg_usage used;
};

/* What is known of a run that goes on beside its events. */
struct tg_story_now {
    const struct tg_standing *standing; /* that has just looked, of a run that is there; NULL: none is */
    unsigned workers, jobs;             /* how many work; how many might */
    bool control, paused, ending;
    uint64_t dropped;                         /* events of it that a live sink was not shown */
    struct tg_usage own, commands, executors; /* so far; peaks: 0 if they are not known */
    uint64_t own_bytes;                       /* that this process has now */
    unsigned executor_count;
    const struct tg_story_executor *crew; /* by worker; NULL: there are none */
    unsigned crew_count;
};

/* What was looked at last. */
struct tg_story_seen {
    bool known, goes_on;
    unsigned workers, jobs, executor_count;
    bool control, paused, ending;
    uint64_t dropped, elapsed, own_bytes, look_ns, cpu_before;
    struct tg_usage own, commands, executors;
    uint64_t total, done, failed, caught, skipped, running, retried;
    double left_s; /* below 0: nobody knows */
    struct tg_standing_wait waits[TG_STANDING_WAITS];
    size_t wait_count;
    TG_VEC(struct tg_standing_of) of; /* counts by definition */
    TG_VEC(uint32_t) of_name;         /* the names of these */
    TG_VEC(struct tg_story_executor) crew;
};

typedef TG_VEC(uint32_t) tg_story_ids;

struct tg_story {
    pthread_mutex_t lock;             /* guards all of it */
    const struct tg_secrets *secrets; /* immutable; NULL: there are none */
    struct tg_story_source source;
    uint64_t rev;                      /* more each time that something has changed */
    bool live, ended;                  /* a run goes on in this process; all of it is over */
    bool sampled;                      /* immutable: of quick tasks not all is told, so less of it is kept */
    bool wants_plan;                   /* somebody asks for what only the columns of the run can tell */
    uint64_t plan_next_ns;             /* not again before that, of tg_clock_ns */
    bool has_plan;                     /* somebody did, and was told */
    uint64_t last, shift;              /* the latest time so far; when the part that goes on began */
    uint64_t next_begin;               /* of the run that is told of next; 0: not known */
    uint64_t first_begin;              /* of a run in this process: tg_clock_ns */
    int64_t moment;                    /* when it began, since 1970; 0: not known */
    uint64_t process, exit;            /* exit: once it has ended */
    char *workflow, *host, *scheduler; /* heap; NULL: not known */
    uint64_t workers;                  /* that there were */
    uint64_t lost;                     /* lines that are missing */
    struct tg_arena texts;
    size_t text_bytes, block_steps, site_count;
    struct tg_names name_keys, call_keys;
    TG_VEC(struct tg_story_name) names;
    TG_VEC(struct tg_story_call) calls;
    TG_VEC(struct tg_story_part) parts;
    size_t task_count; /* kept, of all parts */
    TG_VEC(uint32_t) needs;
    TG_VEC(struct tg_story_more) more;
    TG_VEC(struct tg_story_stretch) stretches;
    TG_VEC(struct tg_story_edge) edges;
    struct tg_table edge_table;
    TG_VEC(struct tg_story_span) spans;
    uint64_t times_rev;  /* when p50 and p99 were found last */
    size_t times_of;     /* of so many tasks */
    bool counts_times;   /* some tasks are not kept */
    uint64_t span_least; /* shorter ones are not kept any more */
    uint64_t cell_width; /* of the bins of cells */
    TG_VEC(struct tg_story_cell) cells;
    size_t cells_merged;
    TG_VEC(struct tg_story_worker) workers_seen;
    TG_VEC(struct tg_story_failure) failures;
    uint64_t failure_count;
    tg_story_ids shown, allowed; /* of the part that goes on: those that show, those that may fail; ascending */
    struct tg_story_text lines[TG_STORY_LINES];
    uint64_t line_count;
    uint64_t curve_width, curve_bin; /* of all curves; the last bin so far */
    struct tg_story_curve results, memory, cpu;
    TG_VEC(struct tg_story_curve) holders;
    TG_VEC(uint32_t) holder_names;
    struct tg_way way;         /* the critical path of a graph that grows */
    TG_VEC(uint64_t) way_busy; /* by task of the first part: what of its time stands in points */
    struct tg_told end;        /* numbers of the end of the last part */
    struct tg_story_seen seen;
};

/* secrets: not to be seen in texts; borrowed; NULL: there are none. */
void tg_story_init(struct tg_story *s, const struct tg_secrets *secrets);
void tg_story_done(struct tg_story *s);
/* From now on these are asked; NULL: none. */
void tg_story_asks(struct tg_story *s, const struct tg_story_source *source);
/* The run that is told of next goes on in this process, and began then (tg_clock_ns). */
void tg_story_begin(struct tg_story *s, uint64_t begin_ns);
/* A line of the events of a run, or an event that could stand there. */
void tg_story_add(struct tg_story *s, const struct tg_told *told);
/* What is known of the run that goes on, from time to time; copied. The run must be there. */
void tg_story_look(struct tg_story *s, const struct tg_story_now *now);
/* Somebody asks for what only the columns of the run can tell. */
bool tg_story_wants_plan(struct tg_story *s);
/* Somebody does, or did before. */
bool tg_story_has_plan(struct tg_story *s);
/* Takes tasks that have not run, and what they need, from the run, which has been prepared and is there. place: as in describe.h. */
void tg_story_plan(struct tg_story *s, const struct tg_run *run, tg_place_fn place, void *place_data);

/* Takes from a run that is over, and has grown, what became of tasks of which nobody was told. */
void tg_story_census(struct tg_story *s, const struct tg_run *run, tg_place_fn place, void *place_data);

/* -- for its parts: the story is locked */

/* So many more tasks of the call stand there (enum tg_story_state); below 0: fewer. */
void tg_story_count(struct tg_story *s, struct tg_story_part *p, uint32_t call, unsigned state, int64_t more);

/* The task is called so from now on, and stands there (enum tg_story_state). */
void tg_story_set(struct tg_story *s, struct tg_story_part *p, struct tg_story_task *t, uint32_t call, unsigned state);
/* False: no further task is kept. */
bool tg_story_make_room(struct tg_story *s, struct tg_story_part *p, uint64_t id);

#endif
