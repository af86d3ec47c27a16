/* SPDX-License-Identifier: MIT
 * Standard error as what runs writes to it, and lines that stay below all that: a bar. The terminal is the process's, and so is the
 * state of this.
 *
 * The cursor always rests where the bar begins. So whatever is written erases the bar by erasing what is below the cursor, however
 * wide the terminal has become meanwhile; and who writes without this (the C library of a plugin, a program that has crashed) writes
 * over the bar, which loses nothing. Each change is one write: erase, text, bar. In the background nothing is drawn.
 * Thread class: shared; locked. */
#ifndef TG_CMD_SCREEN_H
#define TG_CMD_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* Erases the bar, whose cursor rests at its beginning. */
#define TG_SCREEN_ERASE "\r\033[J"

/* Text for the user, of whole lines: above the bar. Waits for the terminal. */
void tg_screen_write(const char *text, size_t length);
/* A line without its end: tg_log_fn. */
void tg_screen_log(void *unused, const char *text, size_t length);

/* Columns and rows of the terminal; what it does not say is 80 and 24. */
void tg_screen_size(unsigned *columns, unsigned *rows);
/* From now on there may be a bar. */
void tg_screen_begin(void);
/* The bar: lines, each with its end, none wider than the terminal is; fewer than it has rows. Left out while the terminal
 * takes nothing. */
void tg_screen_bar(const char *lines, size_t length);
void tg_screen_end(void);
/* The caller is about to write by himself: no bar is drawn until he lets it go again. True if one stands there, over which he writes,
 * TG_SCREEN_ERASE first. Also in signal handlers. */
bool tg_screen_hold(void);
void tg_screen_release(void);
/* The process is about to end: the bar goes. Also in signal handlers. */
void tg_screen_leave(void);

/* The process is about to stop: the bar goes, and nothing is drawn until it goes on. Does not wait for long. */
void tg_screen_pause(void);
void tg_screen_resume(void);

#endif
