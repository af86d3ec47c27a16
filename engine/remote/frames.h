/* SPDX-License-Identifier: MIT
 * Messages on two descriptors, as tgrun and a driver of a cluster exchange them (docs/drivers.md has their kinds):
 *
 *     u32 body           little endian: bytes that follow, 4 + json_length + bytes of the blob
 *     u32 json_length
 *     json               an object; its member `t` is the kind of the message
 *     blob               what the kind says, opaque here
 *
 * Thread class: owner. */
#ifndef TG_REMOTE_FRAMES_H
#define TG_REMOTE_FRAMES_H

#include <string.h>
#include <sys/uio.h>

#include "engine/value/record.h"
#include "engine/value/str.h"

/* Of a body: what more a message cannot hold is split by who sends it. */
#define TG_FRAMES_BODY (UINT32_C(1) << 30)
/* Of the JSON. */
#define TG_FRAMES_JSON (UINT32_C(1) << 20)
/* The version of the protocol. */
#define TG_FRAMES_PROTOCOL 1

/* A message that was read. Lent until the next call. */
struct tg_frame {
    tg_value head; /* a record */
    const char *kind;
    const uint8_t *blob;
    size_t blob_bytes;
    size_t wire_bytes; /* of all of it */
};

struct tg_frames {
    int in, out; /* borrowed */
    struct tg_buf got;
    size_t taken; /* bytes at the beginning of `got` that have been given out */
    tg_value head;
    struct tg_buf json;    /* of the message that is being written */
    struct tg_buf waiting; /* to be written */
    size_t written;        /* bytes at its beginning that have been */
    bool ended;            /* nothing more will come */
    bool lost;             /* nobody reads any more */
};

/* Makes both non-blocking. SIGPIPE is to be ignored. */
void tg_frames_init(struct tg_frames *f, int in, int out);
void tg_frames_done(struct tg_frames *f);
/* Of a process that is spoken to on its standard input and output: moves them to other descriptors, so that nothing else reads or
 * writes there. 0 reads nothing from now on, and what is written to 1 goes where errors go. False and errno. */
bool tg_frames_take_standard(int *in, int *out);
/* Says which tgrun this is: its version, machine and libc, and a digest of the program. A constant of the process. */
const char *tg_frames_build(void);

/* -- writing: begin, members, end; a message is queued, and flush writes what can be written now. Texts that are not UTF-8 are
 * changed (tg_buf_json_string) */
void tg_frames_begin(struct tg_frames *f, const char *kind);
void tg_frames_text(struct tg_frames *f, const char *name, const char *text);
void tg_frames_int(struct tg_frames *f, const char *name, int64_t n);
void tg_frames_bool(struct tg_frames *f, const char *name, bool b);
/* As it is. */
void tg_frames_json(struct tg_frames *f, const char *name, const char *json);
/* All members of a message that was read, but its kind and those of these names (NULL at the end). */
void tg_frames_same(struct tg_frames *f, const struct tg_frame *m, const char *const *without);
/* Copies the blob. A message that is too long ends the connection: what follows does not go out. */
void tg_frames_end(struct tg_frames *f, const struct iovec *blob, int count);
/* Bytes as they are, which the caller knows to be messages. */
void tg_frames_raw(struct tg_frames *f, const void *bytes, size_t length);
/* False: nobody reads any more. */
bool tg_frames_flush(struct tg_frames *f);
/* Something waits to be written: poll for POLLOUT. */
bool tg_frames_has_more(const struct tg_frames *f);

/* -- reading */
/* Reads what is there until a message is whole, and gives it: 1. 0: none yet. -1: none will come, as the other has closed, or with
 * err, as what came is none. */
int tg_frames_next(struct tg_frames *f, struct tg_frame *out, struct tg_err *err);

/* A member; nil if there is none. Lent. */
static inline tg_value tg_frame_get(const struct tg_frame *m, const char *name)
{
    const tg_value *found = tg_record_find(m->head, name, strlen(name));
    return found ? *found : tg_nil();
}
/* "" if there is none, or it is no text. */
static inline const char *tg_frame_text(const struct tg_frame *m, const char *name)
{
    tg_value v = tg_frame_get(m, name);
    return tg_kind(v) == TG_STR ? tg_str_of(v)->data : "";
}
/* `otherwise` if there is none, or it is no int. */
static inline int64_t tg_frame_int(const struct tg_frame *m, const char *name, int64_t otherwise)
{
    tg_value v = tg_frame_get(m, name);
    return tg_kind(v) == TG_INT ? v.i : otherwise;
}

#endif
