/* SPDX-License-Identifier: MIT
 * Buffered writing to a file descriptor: text is collected in `buf` and goes out in large pieces; the first error is
 * kept, and what follows it is dropped. Thread class: owner. */
#ifndef TG_BASE_OUT_H
#define TG_BASE_OUT_H

#include <stdbool.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

struct tg_secrets;

struct tg_out {
    int fd;                           /* borrowed */
    int error;                        /* errno of the first write that failed; 0: none */
    const struct tg_secrets *secrets; /* do not go out (secret.h); NULL: there are none. Each lies between two steps */
    struct tg_buf buf;                /* not written yet; add to it freely */
};

/* Writes all of data, going on after EINTR, EAGAIN and partial writes; 0 or errno. */
int tg_out_write(int fd, const char *data, size_t length);

void tg_out_init(struct tg_out *o, int fd);
/* To be called now and then while adding: writes the buffer out once it is large. */
void tg_out_step(struct tg_out *o);
/* Writes out what is left; false if any write failed. */
bool tg_out_flush(struct tg_out *o);
/* Flushes, frees the buffer, and turns a failed write into an error: "could not write 'name': ...". */
bool tg_out_done(struct tg_out *o, const char *name, struct tg_err *err);

#endif
