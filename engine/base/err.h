/* SPDX-License-Identifier: MIT
 * The one error type. A function that can fail returns bool or a pointer and takes `struct tg_err *err` last;
 * success leaves it alone, the first failure wins. Thread class: owner. */
#ifndef TG_BASE_ERR_H
#define TG_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

/* A piece of source text: byte offsets [start, end) in the run's sources laid end to end (lang/text/source.h).
 * {0, 0} means unknown. */
typedef struct tg_span {
    uint32_t start, end;
} tg_span;

/* The exit statuses (tgrun(1)); an error carries the one it ends the program with. */
enum tg_exit {
    TG_EXIT_OK = 0,
    TG_EXIT_FAILED = 1, /* a task failed */
    TG_EXIT_USAGE = 2,  /* bad command line, file or parameter: nothing ran */
    TG_EXIT_CANNOT = 3, /* plugin, scheduler or resource missing, a stall */
    TG_EXIT_FAULT = 4,  /* a fault of tgrun itself */
};

/* Why a task failed, as far as it matters for what is to be done about it. */
enum tg_cause {
    TG_CAUSE_ERROR,   /* what it said itself */
    TG_CAUSE_USAGE,   /* wrong use: it would fail in the same way again */
    TG_CAUSE_CANNOT,  /* what it needs is not there, whatever its arguments: likewise */
    TG_CAUSE_TIMEOUT, /* its limit of time */
    TG_CAUSE_SIGNAL,  /* a signal ended a program of it; status: which */
    TG_CAUSE_MEMORY,  /* it needed more memory than it may have */
    TG_CAUSE_EXIT,    /* a program ended with this status */
    TG_CAUSE_UNRUN,   /* nothing: it was only looked at, and its failure is none */
    TG_CAUSES,
};
/* Begins the line of a detail that names the file with what programs printed. */
#define TG_ERR_LOG "\nlog: "
/* What is said of one that took longer than it may: seconds. */
#define TG_ERR_TIMEOUT "it took longer than its limit of %g s"
#define TG_CAUSE_BIT(cause) (UINT32_C(1) << (cause))
/* "error", "timeout", ..: as people name them, but for those that would come again; TG_CAUSES if it is none. */
enum tg_cause tg_err_cause(const char *name);

struct tg_err {
    enum tg_exit code; /* 0: no error */
    uint8_t cause;     /* enum tg_cause */
    uint8_t status;    /* of a program, or its signal; 0: none */
    tg_span span;      /* {0, 0}: no place in a source */
    char *message;     /* lower case, no full stop: what failed, then why; heap, owned */
    char *detail;      /* a sentence or several lines, or NULL; heap, owned */
    char *hint;        /* a sentence, or NULL; heap, owned */
};

/* Sets the error unless one is set; always returns false. err may be NULL. */
bool tg_err_set(struct tg_err *err, enum tg_exit code, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool tg_err_at(struct tg_err *err, enum tg_exit code, tg_span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Says why, of an error that was just set; always returns false. err may be NULL. */
bool tg_err_because(struct tg_err *err, enum tg_cause cause, int status);
/* Adds a detail or hint where there is none yet. */
void tg_err_detail(struct tg_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tg_err_hint(struct tg_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Frees the texts and clears; a zeroed struct and NULL are fine. */
void tg_err_done(struct tg_err *err);

#endif
