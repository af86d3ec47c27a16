/* SPDX-License-Identifier: MIT
 * What a run has for its tasks, and what one of them needs of it. Thread class: immutable. */
#ifndef TG_RUN_CAPACITY_H
#define TG_RUN_CAPACITY_H

#include "engine/graph/policy.h"

struct tg_capacity {
    uint32_t cores;
    uint64_t memory_bytes;
    uint32_t kinds;                      /* resources that users name */
    struct tg_asked units[TG_ASKED_MAX]; /* the first `kinds`: units of each, at most TG_UNITS_MAX */
};

struct tg_need {
    uint32_t cores; /* at least 1 */
    uint64_t memory_bytes;
    uint32_t units[TG_ASKED_MAX]; /* of each kind of the capacity */
};

/* What the policy asks for, in terms of the capacity. False and err (cause: cannot) if that can never be met: it says what
 * is asked, what there is, and which option offers more. */
bool tg_capacity_need(const struct tg_capacity *c, const struct tg_policy *p, struct tg_need *need, struct tg_err *err);
/* "16GiB", "1.50GiB": for people, as the language writes sizes. In `text`, which it gives back. */
#define TG_CAPACITY_BYTES_ROOM 32
const char *tg_capacity_bytes(uint64_t bytes, char text[TG_CAPACITY_BYTES_ROOM]);
/* The other way round: a number, with a fraction if it has a unit; without one, bytes. False if it is no such text. */
bool tg_capacity_read_bytes(const char *text, uint64_t *bytes);

#endif
