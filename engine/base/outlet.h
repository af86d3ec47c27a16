/* SPDX-License-Identifier: MIT
 * Lines for a reader who reads while they are written: a file, a pipe, or a socket.
 *
 * A file takes them when it can, and who writes waits for it. Nobody waits for the reader of a pipe or socket: what he does not take
 * at once is kept in a file without a name, up to a limit, and then lines are left out, whole ones, and counted. Thread class: owner. */
#ifndef TG_BASE_OUTLET_H
#define TG_BASE_OUTLET_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

/* Bytes that are kept for a reader who is behind. */
#define TG_OUTLET_KEPT ((uint64_t)64 << 20)

struct tg_outlet {
    const char *name; /* for messages; borrowed */
    int fd;
    bool waits;                    /* a file: what is written waits for it */
    bool ended;                    /* its reader is gone: no more is written */
    uint64_t limit;                /* bytes that are kept at most: TG_OUTLET_KEPT, but for tests */
    int kept_fd;                   /* the file without a name; -1: none so far */
    uint64_t kept_begin, kept_end; /* what of it is still to be read */
    uint64_t dropped;              /* lines that were left out */
    struct tg_buf lines;           /* whole lines that are newer than those, at most a piece */
};

/* The name says "fd:", for a descriptor. */
bool tg_outlet_is_open(const char *name);
/* Where `name` says: "fd:N", a descriptor that is open already, or a file, which is made new. False and err if it is not to be had. */
bool tg_outlet_open(struct tg_outlet *o, const char *name, struct tg_err *err);
/* True if lines with so many bytes can be added; false, and they are counted, if they are to be left out. */
bool tg_outlet_admits(struct tg_outlet *o, size_t bytes, uint64_t lines);
/* Where to add lines; then tg_outlet_step is called. */
static inline struct tg_buf *tg_outlet_lines(struct tg_outlet *o)
{
    return &o->lines;
}
/* Hands on what is due: all if `now`, else only when there is much. False and err if it cannot be written. */
bool tg_outlet_step(struct tg_outlet *o, bool now, struct tg_err *err);
/* The last of it; a reader who is behind is waited for as long as he goes on reading, and `patience_ns` more. What he has not read then
 * is counted as dropped. False and err if it cannot be written. */
bool tg_outlet_close(struct tg_outlet *o, uint64_t patience_ns, struct tg_err *err);

#endif
