/* SPDX-License-Identifier: MIT
 * Tasks whose result is recorded: such a task first asks whether it is up to date (store/again.h), and then its value is what is recorded;
 * else it runs, and its result is recorded. Commands do that (lang/eval/cmdtask.c), and tasks of plugins of which `cache = true` says so.
 * Thread class: any thread. */
#ifndef TG_GROW_RECALL_H
#define TG_GROW_RECALL_H

#include "engine/plugin/host.h"
#include "engine/store/again.h"
#include "engine/value/codec.h"

struct tg_site;

/* Why a task of a plugin runs that is not recorded. */
#define TG_RECALL_ALWAYS "it runs always: only with `cache = true` is a task of a plugin recorded"

/* One call, as its task's function has it. */
struct tg_recall {
    tg_ctx *ctx;
    const tg_value *args;
    size_t count;
    const struct tg_codec *codec; /* of its value */
    bool temporary;               /* its files go when they have been used */
    bool is_protected;            /* its files can only be read */
    /* Runs it, as a task's function; tells t what it finds out that it reads. */
    int (*run)(void *data, struct tg_again_task *t, tg_value *out);
    /* Tells t what else than the files of its value it has made; NULL: nothing. */
    void (*made)(void *data, struct tg_again_task *t);
    /* It does not run, as this is its value: false and the context's error if that cannot be. NULL: it can. */
    bool (*known)(void *data, tg_value value);
    /* Its value, of files that are there, as if it had run; false: they are not all, or it has others. NULL: likewise. */
    bool (*found)(void *data, tg_value *out);
    void *data;
};

/* t: what it is and gets has been told to it. */
int tg_recall_run(const struct tg_recall *r, struct tg_again_task *t, tg_value *out);
/* True for tasks that ask before they run: they learn of themselves which files among what they get are missing. */
bool tg_recall_asks(const tg_ctx *ctx, const struct tg_site *site);
/* Adds tasks that make what these recipes say, and a call behind them, whose future is *out. False and the context's error: there are too
 * many. */
bool tg_recall_make(tg_ctx *ctx, struct tg_again_recipe *const *recipes, size_t recipe_count, uint32_t site,
                    const tg_value *args, size_t count, tg_value *out);
/* True for a call that makes again what is missing of another task, the one that it was first. */
bool tg_recall_remakes(const tg_ctx *ctx);
/* Files in the value can only be read from now on. */
void tg_recall_protect(tg_value v);
/* Tells of a part that is a value. */
void tg_recall_part(struct tg_again_task *t, const struct tg_codec *codec, const char *name, tg_value v);
/* Fails so that it is no failure: the task was only looked at, and would run for this reason. */
int tg_recall_foresee(tg_ctx *ctx, const char *why);

/* Tasks of plugins that took so long are kept in a checkpoint. */
#define TG_RECALL_CHECKED_NS UINT64_C(100000000)

/* For tg_graph.run_checked: a task of a plugin that is not recorded, but may be in a checkpoint. */
int tg_recall_checked(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);
/* For tg_graph.run_timed: the same where no checkpoint can have it, at the cost of next to nothing. */
int tg_recall_timed(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);
/* For tg_graph.run_recorded: a task of a plugin. */
int tg_recall_plugin(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);

#endif
