/* SPDX-License-Identifier: MIT
 * A server: a program of a command that stays, and is asked a line at a time. Thread class: owner, who it is lent to by the
 * pool (serve.h). */
#ifndef TG_COMMAND_SERVER_H
#define TG_COMMAND_SERVER_H

#include "engine/command/step.h"

struct tg_server {
    struct tg_server *next;     /* among those that are idle, or end together */
    struct tg_buf key;          /* those of one key are alike (serve.c) */
    char *name;                 /* of the task that it was started for */
    char *line;                 /* how it is told to the user */
    uint32_t task;              /* that asked last */
    uint64_t started_ns;        /* when, of tg_clock_ns */
    uint64_t asked;             /* how often it was asked: the number of the last question */
    struct tg_running *entry;   /* NULL: it has been waited for */
    struct tg_guard *guard;     /* lent */
    struct tg_printed *printed; /* gets what it prints on standard error; lent; NULL: lost */
    pid_t pid;
    int pidfd;                 /* -1: there is none */
    int in_fd, out_fd, err_fd; /* our ends; -1: closed */
    struct tg_buf said;        /* on standard output, that nobody has taken yet */
    struct tg_cgroup group;
    struct tg_program_end end; /* once it has been waited for */
    bool deaf;                 /* it has closed its standard input */
    bool unheard;              /* nothing of the last question was read; after TG_REPLY_NONE and TG_REPLY_LATE */
    bool gone;                 /* it has ended */
    bool numbered, unnumbered; /* it has given answers with the numbers of their questions; without */
    bool told;                 /* it had to be told to end, or killed */
};

/* How a question ended. */
enum tg_reply {
    TG_REPLY_LINE,    /* `said` begins with a line */
    TG_REPLY_NONE,    /* it ended, or closed its standard output; `said` may have the beginning of a line */
    TG_REPLY_LONG,    /* the line is longer than job.max_capture */
    TG_REPLY_STOPPED, /* the run is to stop, or nobody wants the answer any more */
    TG_REPLY_LATE     /* the job's limit of time has passed */
};

/* How long a start may take that does not count towards the limit of time of the first question. */
#define TG_SERVER_START_NS UINT64_C(60000000000)

/* Starts the job's first step; NULL: ctx has the error, or *outcome tells. The caller ends it. */
struct tg_server *tg_server_start(struct tg_job *j, enum tg_outcome *outcome);
/* Writes the line (with its newline) and waits for one, reading at the same time. The job's `printed` gets what it prints. Its
 * limit of time begins when a server that is asked for the first time reads the question, or TG_SERVER_START_NS after its start. */
enum tg_reply tg_server_ask(struct tg_server *s, struct tg_job *j, const char *line, size_t length);
/* Whether it is there and has said nothing; else `gone`, or `said` has something. Does not wait. */
bool tg_server_is_ready(struct tg_server *s);
/* Ends all of the list: closes their standard input and waits linger_ns (0: not at all), tells those to end that did not, waits
 * grace_ns, kills. They are waited for then. */
void tg_server_end(struct tg_server *list, uint64_t linger_ns, uint64_t grace_ns);
/* Of one that has been waited for; NULL is fine. */
void tg_server_free(struct tg_server *s);

#endif
