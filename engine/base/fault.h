/* SPDX-License-Identifier: MIT
 * What is known of a crash: the signal in words, where it happened, and how the program came there.
 *
 * A handler of the signal collects it into memory that copies of the process share, since the way back through the frames may crash
 * or hang itself: a copy walks it. What is collected holds no pointer: another process can print it. Thread class: owner. */
#ifndef TG_BASE_FAULT_H
#define TG_BASE_FAULT_H

#include <signal.h>

#include "engine/base/buf.h"

#define TG_FAULT_FRAMES 32
#define TG_FAULT_OBJECT_BYTES 256
#define TG_FAULT_SYMBOL_BYTES 128

/* tg_fault_print adds no more. */
#define TG_FAULT_PRINTED_BYTES ((size_t)16 << 10)

struct tg_fault_frame {
    uint64_t pc;                        /* of a caller: within the instruction that calls */
    uint64_t offset;                    /* pc in the object, as addr2line takes it */
    uint64_t symbol_offset;             /* pc behind the beginning of the symbol */
    char object[TG_FAULT_OBJECT_BYTES]; /* the path of the file; "": there is none, or it is too long */
    char symbol[TG_FAULT_SYMBOL_BYTES]; /* "": it is not known */
    bool host;                          /* of tgrun itself */
};

struct tg_fault {
    int signal, code; /* si_code; not above 0: it was sent by `sender` */
    int32_t sender;
    uint64_t address; /* si_addr; of memory or an instruction */
    bool overflow;    /* of the stack */
    bool complete;    /* the frames are there, as far as they can be had */
    uint32_t frame_count;
    struct tg_fault_frame frames[TG_FAULT_FRAMES]; /* the innermost first */
};

/* The stack of a handler: enough for the registers that the kernel saves, for the way back through the frames, and for some words. */
#define TG_FAULT_STACK_BYTES (64 << 10)

/* From now on the handler is called for each signal that a crash raises, in the thread that has raised it; the calling thread gets a stack
 * for it. flags: of sigaction, besides what that needs. Once in a process. Sanitizers have handlers of their own, which tell more: there
 * it does nothing. */
void tg_fault_watch(void (*handler)(int number, siginfo_t *info, void *context), int flags);
/* Fills it in, in the handler of the signal, from its arguments; the handler has a stack of TG_FAULT_STACK_BYTES. The memory is
 * shared (MAP_SHARED). Nothing is locked or allocated in this process, nor waited for longer than some seconds. */
void tg_fault_collect(struct tg_fault *f, int number, const siginfo_t *info, void *context);
/* Runs the function in a copy of the process that has this thread alone, and ends behind it; what it writes reaches this one through
 * shared memory only. False if it could not be had, crashed, or took some seconds. Safe in a signal handler. */
bool tg_fault_aside(void (*body)(void *data), void *data);

/* "SIGSEGV: invalid memory access at 0x10", without an end of line. This function and the next ones are safe in a signal handler if the
 * buffer has room. */
void tg_fault_words(struct tg_buf *b, const struct tg_fault *f);
/* Lines about where it was, in what is not tgrun: the function and its file, the way there. None if nothing is known. */
void tg_fault_where(struct tg_buf *b, const struct tg_fault *f);
/* A sentence on how the lines of the source are found; none if nothing is known. */
void tg_fault_hint(struct tg_buf *b, const struct tg_fault *f);
/* Both. */
void tg_fault_print(struct tg_buf *b, const struct tg_fault *f);

/* Of what lies in memory where others may have written: makes it one of which all this can be told. */
void tg_fault_clean(struct tg_fault *f);

#endif
