/* SPDX-License-Identifier: MIT
 * A conversation with a driver that is tested: what it has said so far, and what was wrong with that. Thread class: owner. */
#ifndef TG_REMOTE_DRIVERTALK_H
#define TG_REMOTE_DRIVERTALK_H

#include "engine/base/vec.h"
#include "engine/remote/driver.h"
#include "engine/remote/frames.h"

/* A batch that was given to it. */
struct tg_drivertalk_batch {
    int64_t id;
    unsigned answers;
    char how[16];      /* of the first one: "done", or the kind of its failure */
    bool readable;     /* it brought the report of an agent that has run it */
    char message[200]; /* of its failure */
};

struct tg_drivertalk {
    struct tg_driver process;
    struct tg_frames frames;
    uint64_t patience_ns;
    bool alive; /* it is spoken to */
    bool ended; /* it has closed its output */
    int status; /* once it was reaped */
    bool greeted, ready, closed;
    char engine[40];
    int64_t slots, pong;
    unsigned slots_told;    /* so often it said how many */
    TG_VEC(char *) workers; /* all that ever were; heap */
    TG_VEC(struct tg_drivertalk_batch) batches;
    struct tg_buf error, error_text; /* the kind of its last error, and its words */
    struct tg_buf gone;              /* keys that it does not have, each with a newline */
    struct tg_buf wrong;             /* the first thing that was wrong with what it said */
    struct tg_buf twice;             /* that it answered a batch more than once */
};

/* Starts the driver. False and err: it cannot be. */
bool tg_drivertalk_begin(struct tg_drivertalk *s, const char *cluster, const char *program, uint64_t patience_ns,
                         struct tg_err *err);
/* Ends it, by force if need be. */
void tg_drivertalk_end(struct tg_drivertalk *s);
/* Listens until this is so; false: it took too long, or the driver has ended. */
bool tg_drivertalk_await(struct tg_drivertalk *s, bool (*is_so)(struct tg_drivertalk *s, int64_t n), int64_t n);
/* Listens for so long, whatever comes. */
void tg_drivertalk_listen(struct tg_drivertalk *s, uint64_t ns);
/* The batch of that id; NULL: there is none. */
struct tg_drivertalk_batch *tg_drivertalk_find(struct tg_drivertalk *s, int64_t id);
/* Says why nothing more came: it has ended, or did not answer. */
void tg_drivertalk_explain(struct tg_drivertalk *s, struct tg_buf *b);

#endif
