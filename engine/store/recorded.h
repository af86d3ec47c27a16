/* SPDX-License-Identifier: MIT
 * What is recorded of one task that succeeded: what it was and got, by name, so that it can be said what differs; the files that it
 * read and made; its value. Thread class: owner. */
#ifndef TG_STORE_RECORDED_H
#define TG_STORE_RECORDED_H

#include "engine/base/arena.h"
#include "engine/base/usage.h"
#include "engine/store/content.h"

/* One thing that it was or got: "command", "sample", "env". */
struct tg_recorded_part {
    const char *name;
    struct tg_digest digest;
    const char *shown; /* in short, secrets hidden; NULL: there is nothing to be shown */
};

#define TG_RECORDED_FOUND 1       /* an input that a depfile named */
#define TG_RECORDED_MISSING 0x100 /* a result that was looked for, and is not there; never recorded */
#define TG_RECORDED_TEMPORARY 2   /* a result that goes when it has been used */

struct tg_recorded_file {
    const char *path; /* as the task names it */
    uint32_t flags;   /* TG_RECORDED_* */
    struct tg_content content;
};

struct tg_recorded {
    struct tg_digest identity; /* which task it is, whatever it gets */
    struct tg_digest key;      /* of all parts, and of inputs that are not FOUND */
    const char *workflow;      /* the path of its file, as it was given */
    const char *task;          /* the name of its definition */
    const char *instance;      /* "build(a)" */
    struct tg_recorded_part *parts;
    size_t part_count;
    struct tg_recorded_file *inputs, *results;
    size_t input_count, result_count;
    const char *value; /* bytes of engine/value/codec.h; NULL: none */
    size_t value_length;
    int64_t ended_ns; /* since 1970 */
    uint64_t took_ns;
    struct tg_usage used;
    uint64_t run; /* number of the run in the ledger */
};

#endif
