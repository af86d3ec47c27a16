/* SPDX-License-Identifier: MIT
 * What tgrun knows of pinned objects. */
#include "engine/remote/recipe.h"

#include <stdlib.h>

#include "engine/remote/pool.h"
#include "engine/remote/wire.h"

/* What is released and not told to who has it: of executors that are lost, nobody will be. */
#define RELEASED_MAX 4096

/* ---- who has it ---------------------------------------------------------------------------------- */

/* Locked: what is known of the executor of this link; it may be of a process that has ended. */
static struct tg_recipe_holder *find_holder(struct tg_recipe *r, unsigned link)
{
    for (size_t i = 0; i < r->holders.count; i++)
        if (r->holders.items[i].link == link) return &r->holders.items[i];
    return NULL;
}

/* Locked. */
static void set_holder(struct tg_recipe *r, struct tg_recipe_holder now)
{
    struct tg_recipe_holder *h = find_holder(r, now.link);
    if (h) *h = now;
    else tg_vec_push(&r->holders, now);
}

/* The executor has it when it reads the batch that is being written. */
static bool is_held(const struct tg_link *l, struct tg_recipe *r)
{
    pthread_mutex_lock(&r->pool->typing);
    const struct tg_recipe_holder *h = find_holder(r, l->index);
    bool held = h && h->process == l->process &&
                (h->batch == l->number + 1 || (h->kept && atomic_load(&r->live) && !l->distrusted && !l->far));
    pthread_mutex_unlock(&r->pool->typing);
    return held;
}

/* The recipe is sent; true if the executor is to keep the object. */
static bool note_sent(const struct tg_link *l, struct tg_recipe *r)
{
    pthread_mutex_lock(&r->pool->typing);
    bool kept = atomic_load(&r->live) && !l->far; /* nothing reaches one that is far but a batch */
    set_holder(r, (struct tg_recipe_holder){l->index, l->process, l->number + 1, kept});
    pthread_mutex_unlock(&r->pool->typing);
    return kept;
}

/* ---- recipes ------------------------------------------------------------------------------------- */

struct tg_recipe *tg_recipe_new(struct tg_link *l, uint64_t number)
{
    struct tg_recipe *r = tg_alloc_zero(sizeof *r);
    r->pool = l->pool;
    r->number = number;
    atomic_init(&r->refs, 1);
    atomic_init(&r->live, 1);
    tg_vec_push(&r->holders, ((struct tg_recipe_holder){l->index, l->process, l->number, true}));
    return r;
}

void tg_recipe_ref(struct tg_recipe *r)
{
    atomic_fetch_add(&r->refs, 1);
}

void tg_recipe_unref(struct tg_recipe *r)
{
    if (atomic_fetch_sub(&r->refs, 1) != 1) return;
    tg_value_unref_all(r->args, r->count);
    free(r->args);
    tg_vec_done(&r->holders);
    free(r);
}

void tg_recipe_release(struct tg_recipe *r)
{
    if (atomic_fetch_sub(&r->live, 1) == 1) {
        pthread_mutex_lock(&r->pool->typing);
        for (size_t i = 0; i < r->holders.count; i++) {
            const struct tg_recipe_holder *h = &r->holders.items[i];
            struct tg_recipe_mail *mail = &r->pool->mail[h->link];
            if (h->kept && h->process == mail->process) tg_vec_push(&mail->released, r->number);
        }
        if (r->pool->cluster && r->pool->released.count < RELEASED_MAX) tg_vec_push(&r->pool->released, r->number);
        pthread_mutex_unlock(&r->pool->typing);
    }
    tg_recipe_unref(r);
}

void tg_recipe_know(struct tg_recipe *r, struct tg_batch_task task, tg_value *take_args, size_t count, unsigned depth)
{
    r->task = task;
    r->args = take_args;
    r->count = count;
    r->depth = depth;
    r->known = true;
}

bool tg_recipe_write(struct tg_link *l, struct tg_recipe *r, struct tg_buf *b, struct tg_err *err)
{
    if (!r->known) return tg_err_set(err, TG_EXIT_FAILED, "nobody knows how an object was made");
    tg_buf_add(b, &r->number, sizeof r->number);
    if (is_held(l, r)) return true;
    size_t keep = b->length;
    tg_buf_char(b, 0);
    tg_batch_begin_entry(b, r->task, (uint32_t)r->count, NULL);
    for (size_t i = 0; i < r->count; i++)
        if (!tg_batch_add_value(b, &l->codec, r->args[i], err)) return false;
    b->data[keep] = note_sent(l, r);
    return true;
}

/* ---- what is needed no more ---------------------------------------------------------------------- */

void tg_recipe_copy_released(struct tg_pool *pool, struct tg_recipe_numbers *out)
{
    pthread_mutex_lock(&pool->typing);
    for (size_t i = 0; i < pool->released.count; i++) tg_vec_push(out, pool->released.items[i]);
    pthread_mutex_unlock(&pool->typing);
}

static bool has_number(const struct tg_recipe_numbers *of, uint64_t number)
{
    size_t i = 0;
    while (i < of->count && of->items[i] != number) i++;
    return i < of->count;
}

void tg_recipe_drop_released(struct tg_pool *pool, const struct tg_recipe_numbers *told, uint32_t process)
{
    struct tg_recipe_numbers *all = &pool->released;
    size_t kept = 0;
    pthread_mutex_lock(&pool->typing);
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i] >> 32 != process || !has_number(told, all->items[i])) all->items[kept++] = all->items[i];
    all->count = kept;
    pthread_mutex_unlock(&pool->typing);
}

void tg_recipe_begin_process(struct tg_link *l)
{
    struct tg_recipe_mail *mail = &l->pool->mail[l->index];
    pthread_mutex_lock(&l->pool->typing);
    l->process = mail->process = l->pool->given_process ? l->pool->given_process : ++l->pool->processes;
    mail->released.count = 0;
    pthread_mutex_unlock(&l->pool->typing);
}

void tg_recipe_tell(struct tg_link *l)
{
    struct tg_recipe_mail *mail = &l->pool->mail[l->index];
    uint64_t numbers[TG_WIRE_TEXT / sizeof(uint64_t)];
    size_t count;
    do {
        pthread_mutex_lock(&l->pool->typing);
        for (count = 0; count < TG_COUNT(numbers) && mail->released.count;)
            numbers[count++] = mail->released.items[--mail->released.count];
        pthread_mutex_unlock(&l->pool->typing);
        struct tg_wire_head head = {.kind = TG_WIRE_RELEASE};
        if (count) tg_wire_send(l->socket, head, numbers, count * sizeof *numbers, -1);
    } while (count == TG_COUNT(numbers));
}
