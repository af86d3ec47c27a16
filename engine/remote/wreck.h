/* SPDX-License-Identifier: MIT
 * How an executor ended that did not mean to: it leaves word in the memory that it shares with tgrun, which makes the failure of
 * a task of that. */
#ifndef TG_REMOTE_WRECK_H
#define TG_REMOTE_WRECK_H

#include "engine/base/err.h"
#include "engine/remote/page.h"

/* In the executor, once: what ends it from now on leaves word in the page. The calling thread gets a stack for handlers. */
void tg_wreck_watch(struct tg_page *page);
/* Says in the page how much memory the process uses. Safe in a signal handler. */
void tg_wreck_measure(struct tg_page *page);

/* At home: the failure of a task whose executor has ended by this signal; what the page knows of it is its detail and hint. */
void tg_wreck_crashed(const struct tg_page *page, int number, struct tg_err *err);
/* Adds them to an error that is set, if the executor has crashed. */
void tg_wreck_explain(const struct tg_page *page, struct tg_err *err);

#endif
