/* SPDX-License-Identifier: MIT
 * What the paths of a run hold, remembered: a table in parts, each with its lock, which nobody holds while a file is read. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/names.h"
#include "engine/store/content.h"

#define PARTS 64

enum path_state { PATH_UNKNOWN, PATH_BEING_READ, PATH_KNOWN };

struct path_content {
    enum path_state state;
    bool changed; /* forgotten while it was read */
    bool made;    /* it is what tg_contents_know said */
    struct tg_content content;
};

struct contents_part {
    pthread_mutex_t lock;              /* guards all of it */
    pthread_cond_t read;               /* some path was read */
    struct tg_names paths;             /* locked */
    TG_VEC(struct path_content) items; /* locked; by path */
};

struct tg_contents {
    struct contents_part parts[PARTS];
};

struct tg_contents *tg_contents_new(void)
{
    struct tg_contents *c = tg_alloc_zero(sizeof *c);
    for (size_t i = 0; i < PARTS; i++) {
        pthread_mutex_init(&c->parts[i].lock, NULL);
        pthread_cond_init(&c->parts[i].read, NULL);
    }
    return c;
}

void tg_contents_free(struct tg_contents *c)
{
    for (size_t i = 0; c && i < PARTS; i++) {
        tg_names_done(&c->parts[i].paths);
        tg_vec_done(&c->parts[i].items);
        pthread_cond_destroy(&c->parts[i].read);
        pthread_mutex_destroy(&c->parts[i].lock);
    }
    free(c);
}

static struct contents_part *part_with(struct tg_contents *c, const char *path, size_t length)
{
    return &c->parts[tg_hash_bytes(path, length) % PARTS];
}

/* The number of the path, which is being read by us from now on; or *out, if it is known. Locked. */
static bool find_or_begin(struct contents_part *p, const char *path, size_t length, uint32_t *number, struct tg_content *out)
{
    *number = tg_names_add(&p->paths, path, length);
    if (*number == p->items.count) tg_vec_push(&p->items, (struct path_content){0});
    while (p->items.items[*number].state == PATH_BEING_READ) pthread_cond_wait(&p->read, &p->lock);
    struct path_content *item = &p->items.items[*number];
    if (item->state == PATH_KNOWN) {
        *out = item->content;
        return true;
    }
    *item = (struct path_content){.state = PATH_BEING_READ};
    return false;
}

/* Locked. */
static void end_reading(struct contents_part *p, uint32_t number, const struct tg_content *content)
{
    struct path_content *item = &p->items.items[number];
    item->state = content && !item->changed ? PATH_KNOWN : PATH_UNKNOWN;
    if (content) item->content = *content;
    pthread_cond_broadcast(&p->read);
}

bool tg_contents_look(struct tg_contents *c, const char *path, const struct tg_content *known, struct tg_content *out,
                      struct tg_err *err)
{
    uint32_t number;
    size_t length = strlen(path);
    struct contents_part *p = part_with(c, path, length);
    pthread_mutex_lock(&p->lock);
    bool found = find_or_begin(p, path, length, &number, out);
    pthread_mutex_unlock(&p->lock);
    if (found) return true;
    bool good = tg_contents_look_now(path, known, out, err);
    pthread_mutex_lock(&p->lock);
    end_reading(p, number, good ? out : NULL);
    pthread_mutex_unlock(&p->lock);
    return good;
}

void tg_contents_know(struct tg_contents *c, const char *path, const struct tg_content *content)
{
    size_t length = strlen(path);
    struct contents_part *p = part_with(c, path, length);
    pthread_mutex_lock(&p->lock);
    uint32_t number = tg_names_add(&p->paths, path, length);
    if (number == p->items.count) tg_vec_push(&p->items, (struct path_content){0});
    struct path_content *item = &p->items.items[number];
    if (item->state == PATH_BEING_READ) item->changed = true;
    else *item = (struct path_content){.state = PATH_KNOWN, .made = true, .content = *content};
    pthread_mutex_unlock(&p->lock);
}

bool tg_contents_made(struct tg_contents *c, const char *path)
{
    size_t length = strlen(path);
    struct contents_part *p = part_with(c, path, length);
    pthread_mutex_lock(&p->lock);
    uint32_t number = tg_names_find(&p->paths, path, length);
    bool made = number != TG_NO_NAME && p->items.items[number].state == PATH_KNOWN && p->items.items[number].made;
    pthread_mutex_unlock(&p->lock);
    return made;
}

/* ---- forgetting ---------------------------------------------------------------------------------- */

/* Locked. */
static void forget_item(struct path_content *item)
{
    if (item->state == PATH_BEING_READ) item->changed = true;
    else item->state = PATH_UNKNOWN;
}

/* True if it was a folder. */
static bool forget_path(struct tg_contents *c, const char *path, size_t length)
{
    bool folder = false;
    struct contents_part *p = part_with(c, path, length);
    pthread_mutex_lock(&p->lock);
    uint32_t number = tg_names_find(&p->paths, path, length);
    if (number != TG_NO_NAME) {
        folder = p->items.items[number].content.kind == TG_CONTENT_FOLDER;
        forget_item(&p->items.items[number]);
    }
    pthread_mutex_unlock(&p->lock);
    return folder;
}

static void forget_below(struct tg_contents *c, const char *folder, size_t length)
{
    for (struct contents_part *p = c->parts; p < c->parts + PARTS; p++) {
        pthread_mutex_lock(&p->lock);
        for (uint32_t i = 0; i < p->items.count; i++) {
            const struct tg_name *name = tg_names_get(&p->paths, i);
            if (name->length > length && name->text[length] == '/' && memcmp(name->text, folder, length) == 0)
                forget_item(&p->items.items[i]);
        }
        pthread_mutex_unlock(&p->lock);
    }
}

void tg_contents_forget(struct tg_contents *c, const char *path)
{
    size_t length = strlen(path);
    if (forget_path(c, path, length)) forget_below(c, path, length);
    if (*path != '/') forget_path(c, ".", 1);
    while (length-- > 1)
        if (path[length] == '/') forget_path(c, path, length);
}
