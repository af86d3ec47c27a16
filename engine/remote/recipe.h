/* SPDX-License-Identifier: MIT
 * Objects of types that are pinned to their process. An executor that has made one keeps it, and gives it a number; what goes home
 * is that number, and what tgrun has in place of the object is its recipe: the task that gave it, and the arguments. To an
 * executor that has the object only the number is sent, to others the recipe as well, and they make it again. So what an executor
 * has is lost with it and nothing else is, and only tasks without an effect may give such an object.
 *
 *     content   from an executor: number u64. To one: number u64, and then, or nothing: a byte (1: it is to be kept), and the maker
 *               as an entry of a batch (batch.h)
 *
 * Who has what is only remembered to save work: an executor that lacks an object ends its batch, and what it did not run is sent
 * again with all recipes. Arguments that are pinned objects themselves are in a recipe as recipes: these keep no object alive.
 * Thread class: any thread; what they share is locked by the pool's `typing`. */
#ifndef TG_REMOTE_RECIPE_H
#define TG_REMOTE_RECIPE_H

#include "engine/base/vec.h"
#include "engine/remote/batch.h"

/* Of recipes inside of recipes. */
#define TG_RECIPE_DEEPEST 1000

struct tg_link;
struct tg_pool;

/* An executor that has the object, or will have it. */
struct tg_recipe_holder {
    unsigned link;           /* whose it is */
    uint32_t process, batch; /* the process of the link, and the batch by which it got it */
    bool kept;               /* until it is told otherwise; else as long as the batch */
};

struct tg_recipe {
    struct tg_pool *pool;
    _Atomic uint32_t refs; /* atomic */
    _Atomic uint32_t live; /* atomic: objects at home; with none, no executor needs to keep it */
    uint64_t number;
    TG_VEC(struct tg_recipe_holder) holders; /* locked */
    /* written before it is shared */
    bool known; /* what follows is */
    struct tg_batch_task task;
    unsigned depth;
    tg_value *args; /* owned, as the array is; from tg_alloc */
    size_t count;
};

/* Of what this executor has made under this number, and keeps; owned, with one live object. */
struct tg_recipe *tg_recipe_new(struct tg_link *l, uint64_t number);
void tg_recipe_ref(struct tg_recipe *r);
void tg_recipe_unref(struct tg_recipe *r);
/* An object at home has died; with the last one, executors are told. */
void tg_recipe_release(struct tg_recipe *r);
/* Its maker and the arguments, which it keeps as they are: those that are pinned must be given as recipes. */
void tg_recipe_know(struct tg_recipe *r, struct tg_batch_task task, tg_value *take_args, size_t count, unsigned depth);
/* What is sent for it to this executor, which has what is sent from now on; false and err where an argument does not travel. */
bool tg_recipe_write(struct tg_link *l, struct tg_recipe *r, struct tg_buf *b, struct tg_err *err);

/* Numbers of objects. */
struct tg_recipe_numbers {
    uint64_t *items;
    size_t count, room;
};

/* The numbers that executors need no more, by link. */
struct tg_recipe_mail {
    uint32_t process; /* that the link has now */
    TG_VEC(uint64_t) released;
};
/* A process has begun. */
void tg_recipe_begin_process(struct tg_link *l);
/* Where executors are in a cluster: what need not be kept any more, added to `out`; and that the executor of that number knows it. */
void tg_recipe_copy_released(struct tg_pool *pool, struct tg_recipe_numbers *out);
void tg_recipe_drop_released(struct tg_pool *pool, const struct tg_recipe_numbers *told, uint32_t process);
/* Tells the executor what it need not keep. */
void tg_recipe_tell(struct tg_link *l);

#endif
