/* SPDX-License-Identifier: MIT
 * What a command prints: into its log file, to the user as it comes or at the end, and its last lines for the error.
 * Thread class: owner, except the place, which all commands share. */
#ifndef TG_COMMAND_PRINTED_H
#define TG_COMMAND_PRINTED_H

#include <pthread.h>

#include "engine/command/command.h"

/* Lines of output in an error: about half a screen. */
#define TG_SHOWN_LINES 20

/* Bytes of the last lines that are kept; a single longer line is cut. */
#define TG_TAIL_BYTES ((size_t)16 << 10)

/* Bytes of one command's output that are shown at its end; the log has the rest. */
#define TG_GROUPED_BYTES ((size_t)16 << 20)

/* Bytes of one command's output that its log gets; of what is more, the end is added. */
#define TG_LOG_BYTES ((uint64_t)64 << 20)

/* Runs whose logs are kept, this one included. */
#define TG_LOG_RUNS 20

/* Where logs go; one for a run. */
struct tg_log_place {
    enum tg_output_mode mode; /* immutable */
    _Atomic bool told;        /* atomic: that logs cannot be written has been said */
    pthread_mutex_t lock;
    char *folder; /* locked: of this run */
    int lock_fd;  /* locked: of a file in it, whose kernel lock says that the run lives; -1: it has not been made */
};

void tg_printed_place_init(struct tg_log_place *place, enum tg_output_mode mode, const char *log_folder);
void tg_printed_place_done(struct tg_log_place *place);

struct tg_printed {
    struct tg_log_place *place;
    tg_ctx *ctx;
    const struct tg_command *command;
    char *log_path; /* NULL until the log is open */
    int log_fd;
    bool log_failed;
    bool cut;                           /* lines before the tail were dropped */
    uint64_t logged;                    /* bytes that the log got */
    uint64_t left_out;                  /* bytes since, that it did not get */
    uint64_t bytes;                     /* printed in all */
    struct tg_secret_stream streams[2]; /* hide secrets in what comes: on standard error, on standard output */
    const struct tg_step *step;         /* the log does not have its command line yet; NULL: none */
    struct tg_buf tail;                 /* the last bytes */
    struct tg_buf held; /* grouped: all; live: the line not yet ended; failed: what is the command's own to say */
    uint64_t said;      /* bytes that `held` is the beginning of, but for live */
};

/* The command must outlive it. */
void tg_printed_init(struct tg_printed *p, struct tg_log_place *place, tg_ctx *ctx, const struct tg_command *command);
/* A new step begins; its command line is written to the log before what it prints. */
void tg_printed_step(struct tg_printed *p, const struct tg_step *step);
void tg_printed_add(struct tg_printed *p, const char *data, size_t length);
/* What a command that gives nil has to say: in TG_SHOW_FAILED, too, it is shown, unless the command fails. */
void tg_printed_say_more(struct tg_printed *p, const char *data, size_t length);
/* The step ended: what was held back, since a secret could have begun there, is added. */
void tg_printed_flush(struct tg_printed *p);
/* Writes to the log only, as it is; opens it. */
void tg_printed_note(struct tg_printed *p, const char *data, size_t length);
/* The command ended: shows what was held back. */
void tg_printed_end(struct tg_printed *p, bool failed);
/* Adds the last lines, indented, under a heading ("standard error"); nothing if nothing was printed. */
void tg_printed_tail(const struct tg_printed *p, const char *heading, struct tg_buf *b);
void tg_printed_done(struct tg_printed *p);

/* A line for the user, printf's format. */
void tg_printed_say(tg_ctx *ctx, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds bytes of any kind as text for a message: what is not UTF-8 and control characters but tab become U+FFFD. */
void tg_printed_clean(struct tg_buf *b, const char *data, size_t length);

#endif
