/* SPDX-License-Identifier: MIT
 * Buffered writing to a file descriptor. stdio is not used: its errors surface late and mixed, and its locks have no
 * business in a program that writes whole texts. */
#include "engine/base/out.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/secret.h"

#define STEP_BYTES (64u << 10)

int tg_out_write(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);
        if (n >= 0) {
            data += n;
            length -= (size_t)n;
        } else if (errno == EAGAIN) { /* somebody made the terminal or pipe non-blocking */
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            if (poll(&p, 1, -1) < 0 && errno != EINTR) return errno;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

void tg_out_init(struct tg_out *o, int fd)
{
    *o = (struct tg_out){.fd = fd};
}

bool tg_out_flush(struct tg_out *o)
{
    tg_secrets_hide(o->secrets, &o->buf, 0);
    if (!o->error && o->buf.length) o->error = tg_out_write(o->fd, o->buf.data, o->buf.length);
    o->buf.length = 0;
    return !o->error;
}

void tg_out_step(struct tg_out *o)
{
    if (o->buf.length >= STEP_BYTES) tg_out_flush(o);
}

bool tg_out_done(struct tg_out *o, const char *name, struct tg_err *err)
{
    tg_out_flush(o);
    tg_buf_done(&o->buf);
    if (!o->error) return true;
    return tg_err_set(err, TG_EXIT_FAULT, "could not write '%s': %s", name, strerror(o->error));
}
