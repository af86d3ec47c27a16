/* SPDX-License-Identifier: MIT
 * Words that may be said anywhere: in a signal handler, while another thread holds every lock there is, and to a terminal or
 * pipe that nobody reads. Nothing here allocates, locks or waits long. Thread class: owner. */
#ifndef TG_CMD_SAY_H
#define TG_CMD_SAY_H

#include "engine/plugin/load.h"
#include "engine/run/seat.h"
#include "lang/text/source.h"

/* A line being put together; what has no room is left out. A pipe that poll calls writable takes as much. */
struct tg_say {
    size_t length;
    char text[4096];
};

/* The run that the words are about: borrowed, and all may be NULL. */
struct tg_say_run {
    const struct tg_run *run;
    const struct tg_sources *sources;
    const struct tg_secrets *secrets;
};

void tg_say_text(struct tg_say *s, const char *text);
void tg_say_number(struct tg_say *s, unsigned long n);
/* "FILE:LINE", or nothing. */
void tg_say_place(struct tg_say *s, const struct tg_sources *sources, tg_span span);
/* "FILE:LINE:COLUMN: error: task 'a(1)' ", the beginning of what is said of this task. Its arguments are read in a copy of the process,
 * since they may be broken by now: then it has its name alone. */
void tg_say_error(struct tg_say *s, const struct tg_say_run *now, const struct tg_seat_call *call);
/* The same of a plugin while it is loaded: "FILE:LINE:COLUMN: error: plugin './a.so', while it was loaded, ". */
void tg_say_loading(struct tg_say *s, const struct tg_say_run *now, const struct tg_load_now *loading);
/* The task that a worker runs; TG_NO_TASK. */
tg_id tg_say_task_of(const struct tg_worker *w);
/* "task 'a' (w.tg:3), task 'b' (w.tg:4) and 2 more" of those that are running; false if there are none. */
bool tg_say_running(struct tg_say *s, const struct tg_say_run *now);
/* How many of those that are running are in processes of their own, commands and tasks in executors, and how many are not. */
void tg_say_count(const struct tg_say_run *now, unsigned *apart, unsigned *here);
/* "2 (Interrupt)" of a signal. */
void tg_say_signal(struct tg_say *s, int number);
/* Writes it to standard error and empties it. */
void tg_say_out(struct tg_say *s);
/* Writes a longer text to standard error, for as long as it takes it. */
void tg_say_all(const char *text, size_t length);

#endif
