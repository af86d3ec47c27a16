/* SPDX-License-Identifier: MIT
 * Whether a task runs again: one that can be recorded asks before it runs, and says what came of it when it has. It is up to date if
 * what it is and gets is what is recorded of it, and the files that it made are as it left them.
 *
 * A file that it made may be missing as long as nobody has to read it: the task is up to date, its result *lacks*. Who has to run and
 * gets such a result learns of it, and has it made first, from what the task left here for that (its recipe).
 * Thread class: struct tg_again shared; struct tg_again_task owner. */
#ifndef TG_STORE_AGAIN_H
#define TG_STORE_AGAIN_H

#include "engine/base/secret.h"
#include "engine/store/againfiles.h"
#include "engine/store/checkpoint.h"
#include "engine/store/ledger.h"
#include "engine/store/manifest.h"
#include "engine/store/pathlock.h"
#include "engine/store/temps.h"
#include "engine/value/value.h"

struct tg_again_recipe {
    void (*free)(struct tg_again_recipe *recipe);
    uint32_t number; /* among those that lack; lacking.h sets it */
    uint32_t task;   /* that left it, by its number in the run */
};

struct tg_def;
struct tg_again_task;
struct tg_again_how {
    struct tg_ledger *ledger;
    const char *workflow;             /* its name in the record */
    uint64_t run;                     /* its number there; 0: it has none */
    const struct tg_secrets *secrets; /* not to be recorded; NULL: none */
    const unsigned char *key;         /* 32 bytes, for digests of texts with secrets */
    const char *const *forced; /* patterns of names, instances and result paths that run anyhow; NULL-terminated, or NULL */
    const uint64_t *const
        *forced_tasks; /* for each of them, tasks of the graph that it means as well, a bit each; NULL: none */
    /* True if tasks of the definition with these options ask. */
    bool (*asks)(const struct tg_def *def, tg_value options);
    struct tg_pathlocks *locks;       /* on results that are made; NULL: there are none */
    struct tg_checkpoint *checkpoint; /* of what is not recorded; NULL: nothing is kept of it */
    struct tg_manifest_notes *notes;  /* takes what is found out of tasks of the graph; NULL: nothing does */
    uint64_t known;                   /* tasks that are up to date, as an earlier manifest says, so that they do not ask */
    bool waits;                       /* for those that others have */
    bool guards;                      /* a value may turn out to be a secret: only files are recorded */
    bool touches;                     /* what is there is up to date */
    /* Nothing runs and nothing is recorded, but this is called for each task that asks, with its number in the run: why it would run
     * (NULL: it is up to date). Of one whose missing result another one needs it is called again. NULL: they run. */
    void (*foreseen)(void *data, uint32_t task, const struct tg_again_task *asked, const char *why);
    /* What is recorded is taken, also where it would run, as long as its results are as it left them: `why` of the task says what has
     * changed. NULL: it runs. */
    void (*outdated)(void *data, const struct tg_again_task *asked);
    void *data; /* for foreseen and outdated */
};

struct tg_again;
/* Borrows all. */
struct tg_again *tg_again_new(const struct tg_again_how *how);
/* NULL is fine. */
void tg_again_free(struct tg_again *a);
/* Commands so far that were up to date, and that were not. */
uint64_t tg_again_fresh(const struct tg_again *a);
uint64_t tg_again_ran(const struct tg_again *a);
/* One that was up to date is made again, and counted by what comes of that. */
void tg_again_undo(struct tg_again *a);
const struct tg_again_how *tg_again_how(const struct tg_again *a);
/* A pattern of `forced` that has named no task so far; lent; NULL: there is none. */
const char *tg_again_unused(const struct tg_again *a);
/* A task failed because another run makes what it was to make. */
bool tg_again_refused(const struct tg_again *a);
/* Files of the run that go when they have been used. */
struct tg_temps *tg_again_temps(struct tg_again *a);

/* ---- a task -------------------------------------------------------------------------------------- */

struct tg_again_task {
    struct tg_again *again;
    struct tg_arena arena;                    /* everything of it */
    struct tg_recorded now;                   /* what it is and gets: what will be recorded */
    struct tg_recorded before;                /* what is recorded; lies in the arena */
    TG_VEC(struct tg_recorded_part) parts;    /* of now */
    TG_VEC(struct tg_recorded_file) inputs;   /* likewise; those that a depfile named come last */
    TG_VEC(struct tg_recorded_file) results;  /* likewise: as they were made */
    struct tg_againfiles input_paths;         /* of inputs */
    struct tg_againfiles before_inputs;       /* of before.inputs */
    struct tg_againfiles before_results;      /* of before.results */
    size_t told;                              /* inputs that it was told to have; behind them those that lie in folders */
    bool looked;                              /* `told` is known */
    TG_VEC(const char *) declared;            /* paths and patterns of what it is to make */
    TG_VEC(struct tg_again_recipe *) lacking; /* lent: of what it gets, and is missing */
    struct tg_buf why;                        /* why it runs: lines */
    size_t differences;                       /* lines so far */
    bool known;                               /* `before` is there */
    bool has_secret;                          /* a part of it tells one */
    bool has_text;                            /* its value is more than nil and files */
    uint32_t number;                          /* of the task in the run; set by who asks */
    bool numbered;                            /* likewise: it is also the number in the graph */
    int64_t began_ns;                         /* by the clock of the file system */
    bool of_graph;                            /* another run of the same graph would ask the same: it may go into a manifest */
    bool retold;                              /* what was recorded could not be read */
    bool lacks;                               /* it is up to date, and files that it made are missing */
    const char *unrecorded;                   /* why only a checkpoint may know it; NULL: it is recorded */
    bool touched;                             /* it does not run, and what is there is recorded */
    bool refreshed;                           /* a file of it looks otherwise, and is the same */
    struct tg_again_recipe *makes;            /* its missing result is made, for which others wait; NULL: none is */
    struct tg_again_recipe *remakes;          /* the same, also when it is not this one that makes it */
};

/* `task` and `instance` are lent until the end. */
void tg_again_begin(struct tg_again_task *t, struct tg_again *a, const char *task, const char *instance);
void tg_again_end(struct tg_again_task *t);
/* Something that it is or gets, as bytes, and how it is shown (secrets are hidden; NULL: not). The name is lent. */
void tg_again_part(struct tg_again_task *t, const char *name, const void *bytes, size_t length, const char *shown);
/* A file or folder that it reads. Each once. */
void tg_again_input(struct tg_again_task *t, const char *path);
/* It is none that it reads, after all. */
void tg_again_unread(struct tg_again_task *t, const char *path);
/* A file that it declares to make, and so does not read. */
void tg_again_result(struct tg_again_task *t, const char *path);

/* Why one runs of which nothing is recorded; and one that ran, and could not be. */
#define TG_AGAIN_NEW "it has not run before"
#define TG_AGAIN_TELLS "it is not recorded, as its result may tell a secret"

/* The name of the part that follows from others, mostly. */
#define TG_AGAIN_TEXT "the command"

enum tg_again_answer {
    TG_AGAIN_FRESH, /* up to date: before.value is its value */
    TG_AGAIN_RUNS,  /* `why` says why */
    TG_AGAIN_LACKS, /* it runs when what `lacking` makes is there */
    TG_AGAIN_ERROR, /* an input cannot be read: err */
};
/* may_lack: nobody but tasks that ask has its result, so that a missing file may stay so, for which
 * recipe is called then. */
enum tg_again_answer tg_again_ask(struct tg_again_task *t, bool (*may_lack)(void *data), void *data,
                                  struct tg_again_recipe *(*recipe)(void *data), struct tg_err *err);

/* A task has run, for this reason (lines), and took so long: that is told of the run. identity NULL: it is not recorded. Any thread. */
void tg_again_tell(struct tg_again *a, const struct tg_digest *identity, const char *task, const char *instance,
                   const char *why, uint64_t took_ns);
/* By which one that is not recorded is known. */
struct tg_digest tg_again_by_name(const char *task, const char *instance);
/* It begins to run: what it turns out to have read must not have changed since. */
void tg_again_starts(struct tg_again_task *t);
/* The same command has made a file of this name before, and no folder. */
bool tg_again_was_file(struct tg_again_task *t, const char *path);
/* That fails it. */
void tg_again_refuse(struct tg_again *a);
/* What makes this file again, which is missing, and now has to be made; NULL: it is there, as far as is known. */
struct tg_again_recipe *tg_again_want(struct tg_again *a, const char *path);
/* The same, but it does not have to be made. */
bool tg_again_lacks(struct tg_again *a, const char *path);
/* True if there has been any such. */
bool tg_again_lacks_any(const struct tg_again *a);
/* Before it runs: nobody else makes its results until the end of the run. Neither OURS nor ERROR: somebody does, and *path and *pid say
 * which and who. */
enum tg_pathlock tg_again_lock(struct tg_again_task *t, const char **path, int *pid, struct tg_err *err);
/* What is recorded of it cannot be read: it goes. False: that was tried. */
bool tg_again_discard(struct tg_again_task *t);
/* Time has passed since it asked: it is going to ask once more. */
void tg_again_restart(struct tg_again_task *t);

/* By what a checkpoint knows it. False and err: an input cannot be read. */
bool tg_again_key(struct tg_again_task *t, struct tg_digest *key, struct tg_err *err);
/* Keeps its value, codec bytes, in a checkpoint, if it tells no secret. */
void tg_again_check(struct tg_again_task *t, struct tg_digest key, const void *bytes, size_t length);

/* It has made this file (which stays); or found out that it has read it. */
void tg_again_made(struct tg_again_task *t, const char *path, bool temporary);
void tg_again_found(struct tg_again_task *t, const char *path);
/* It has succeeded, with a value as codec bytes. False and err: a result cannot be read. Where an input has changed meanwhile, it is not
 * recorded, and *changed says which; nor is it where that would tell a secret: `why` has another line then. */
bool tg_again_keep(struct tg_again_task *t, const void *value, size_t length, uint64_t took_ns, const char **changed,
                   struct tg_err *err);

#endif
