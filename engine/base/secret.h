/* SPDX-License-Identifier: MIT
 * Texts that nobody is to see: they are found in whatever leaves, and stand there as `***`.
 *
 * A secret is looked for as it is and as it is written in other texts: quoted for a shell, as a text of `.tg`, in JSON or a
 * URL, in base64 and in hex; of one with several lines, all and each line. Where our own texts are cut (`...`), so is what they hold
 * of a secret. Thread class: any; what is there is only added to. While there is none, a look at a flag is all it costs. */
#ifndef TG_BASE_SECRET_H
#define TG_BASE_SECRET_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/base/buf.h"
#include "engine/base/vec.h"

/* A shorter one would be found everywhere. */
#define TG_SECRET_LEAST_BYTES 4

/* What is said of it, with the name of the parameter. */
#define TG_SECRET_SHORT "parameter '%s' is a secret of fewer than 4 bytes, which cannot be hidden in what is shown"

/* What stands in the place of one. */
#define TG_SECRET_SHOWN "***"

struct tg_secret_form {
    char *text; /* heap */
    size_t length;
    uint32_t next; /* of those with the same first byte: its number, from 1; 0: the last */
};

struct tg_secrets {
    _Atomic bool any;                    /* atomic */
    pthread_rwlock_t lock;               /* guards what follows */
    TG_VEC(struct tg_secret_form) forms; /* locked */
    uint32_t first[256];                 /* locked; by first byte: see next */
};

void tg_secrets_init(struct tg_secrets *s);
void tg_secrets_done(struct tg_secrets *s);
/* From now on this is a secret. False if it is too short for one. */
bool tg_secrets_add(struct tg_secrets *s, const char *text, size_t length);
/* True if there are some. NULL is fine, here and in what follows. */
static inline bool tg_secrets_any(const struct tg_secrets *s)
{
    return s && __builtin_expect(atomic_load_explicit(&s->any, memory_order_acquire), 0);
}
/* Hides them in what the buffer holds from this byte on. */
void tg_secrets_hide(const struct tg_secrets *s, struct tg_buf *b, size_t from);
/* Adds the text without them to the buffer, with no memory but the buffer's. */
void tg_secrets_add_hidden(const struct tg_secrets *s, const char *text, size_t length, struct tg_buf *out);
/* A heap text without them. */
char *tg_secrets_hidden(const struct tg_secrets *s, const char *text);

/* A text that comes in pieces: what may be the beginning of a secret is held back until more of it is there. */
struct tg_secret_stream {
    struct tg_buf held;
    size_t covered; /* bytes at its beginning that are part of a secret which has been shown as such */
};

/* Adds to `out` what of the text so far can be shown; all of it if this was the last piece. */
void tg_secret_stream_add(struct tg_secret_stream *st, const struct tg_secrets *s, const char *data, size_t length, bool last,
                          struct tg_buf *out);
void tg_secret_stream_done(struct tg_secret_stream *st);

#endif
