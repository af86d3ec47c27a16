/* SPDX-License-Identifier: MIT
 * Objects as an executor sends and reads them: as they travel (plugin/travel.h), and where they are pinned, by their numbers and
 * recipes (recipe.h). Thread class: owner. */
#ifndef TG_REMOTE_PINNED_H
#define TG_REMOTE_PINNED_H

#include "engine/base/vec.h"
#include "engine/plugin/host.h"
#include "engine/remote/kept.h"
#include "engine/remote/page.h"
#include "engine/value/codec.h"

struct tg_registry;

struct tg_pinned {
    const struct tg_registry *registry;
    const struct tg_services *services;
    const struct tg_codec *codec;
    struct tg_page *page;
    uint32_t process; /* tgrun's number for this one; the upper half of those of the objects made here */
    uint32_t made;    /* so far */
    struct tg_kept kept;
    TG_VEC(uint64_t) passing; /* of them, those that are kept as long as the batch */
    const char *refused;      /* why the value that is written must not be one; NULL: it may */
    /* of what is read */
    bool lacks;        /* an object is not here, and neither was its recipe */
    struct tg_err why; /* a maker has failed */
};

/* How the codec asks for them. Where one is lacking, or its maker has failed, nil is read in its place: p->lacks and p->why tell. */
struct tg_codec_objects tg_pinned_codec(struct tg_pinned *p);
/* The definition's result, which is about to be written, may be pinned, or why not. */
void tg_pinned_judge(struct tg_pinned *p, const struct tg_def *def, tg_value out);
/* tgrun needs these no more. */
void tg_pinned_drop(struct tg_pinned *p, const char *numbers, size_t bytes);
/* The batch is over. */
void tg_pinned_end_batch(struct tg_pinned *p);
void tg_pinned_done(struct tg_pinned *p);

#endif
