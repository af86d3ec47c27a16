/* SPDX-License-Identifier: MIT
 * Objects at home, while tasks run in executors: their plugin's code does not run here, so they stay as they came, encoded. Such
 * a one has a type of ours, with the name of the real one, which shows it by asking an executor. Thread class: any thread. */
#ifndef TG_REMOTE_SEALED_H
#define TG_REMOTE_SEALED_H

#include "engine/remote/batch.h"
#include "engine/value/codec.h"

struct tg_link;
struct tg_pool;

/* What an object holds in place of what the plugin has. */
struct tg_sealed {
    const struct tg_sealed_type *type;
    uint32_t version;
    tg_value content;
    struct tg_recipe *recipe; /* of a pinned one; NULL: it travels */
    bool shadow;              /* it is part of a recipe: nobody needs the object itself */
};
/* Borrowed; NULL: it is no such object. */
const struct tg_sealed *tg_sealed_find(tg_value v);

/* Of an object that was made here, owned: its plugin encodes it here. False if it does not travel. */
bool tg_sealed_make(struct tg_pool *pool, tg_value object, tg_value *sealed);
/* The other way. False and err if that cannot be: it is pinned, or its plugin fails. */
bool tg_sealed_open(const struct tg_sealed *s, tg_value *object, struct tg_err *err);

/* How the codec of a link reads and writes objects. They must be gone before the pool. */
struct tg_codec_objects tg_sealed_codec(struct tg_link *link);

/* Of the result of a task with these arguments: if it is a pinned object, that is how it is made again. False and err where so many
 * tasks would have to be run again for it that it is better not begun. */
bool tg_sealed_know(tg_value result, struct tg_batch_task task, const tg_value *args, size_t count, struct tg_err *err);

#endif
