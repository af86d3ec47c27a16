/* SPDX-License-Identifier: MIT
 * Asking a run that is going on: for `tgrun status`, `stop` and `scale`. Thread class: owner. */
#ifndef TG_CMD_INQUIRE_H
#define TG_CMD_INQUIRE_H

#include "cmd/meet.h"
#include "cmd/opt.h"
#include "engine/value/value.h"

/* Of verbs that tell a run something. */
extern const struct tg_opt tg_inquire_options[];

/* What a run has said: a record. */
struct tg_inquire_answer {
    struct tg_buf text; /* the line, without its end */
    tg_value record;
};

/* False and err: it has ended (*ended; may be NULL), does not answer, or says that it cannot. */
bool tg_inquire_ask(long run, const char *line, struct tg_inquire_answer *answer, bool *ended, struct tg_err *err);
void tg_inquire_done(struct tg_inquire_answer *answer);
/* True if the word looks like a run: a number, or "." for the only one there is. */
bool tg_inquire_is_run(const char *word);
/* The run that the word means; NULL, and ".": the only one. False and err if there is none. */
bool tg_inquire_find(const char *word, long *run, struct tg_err *err);

/* -- fields of a record; lent; of what is not there 0, "" and nil */
double tg_inquire_number(tg_value record, const char *key);
const char *tg_inquire_text(tg_value record, const char *key);
tg_value tg_inquire_field(tg_value record, const char *key);
bool tg_inquire_has(tg_value record, const char *key);
/* Items of a list; each lent. */
size_t tg_inquire_count(tg_value record, const char *key);
tg_value tg_inquire_item(tg_value record, const char *key, size_t i);

#endif
