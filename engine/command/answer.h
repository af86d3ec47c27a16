/* SPDX-License-Identifier: MIT
 * What a server answers, as a value. */
#ifndef TG_COMMAND_ANSWER_H
#define TG_COMMAND_ANSWER_H

#include "engine/command/command.h"

/* What helps where something else was printed than an answer. */
#define TG_ANSWER_HINT \
    "Its standard output is for answers, one line each; what else it prints, as for debugging, belongs on standard error."

/* Takes a line, without its newline, for the answer to question `number`. False and err: it is none, or tells of a failure,
 * which is *told then. *numbered: a result has the number of its question, as each has to have if it was set before. */
bool tg_answer_read(const char *line, size_t length, uint64_t number, const struct tg_type *type,
                    const struct tg_secrets *secrets, tg_value *out, bool *told, bool *numbered, struct tg_err *err);
/* True if the line would pass for the answer to some question. */
bool tg_answer_resembles(const char *line, size_t length);
/* Adds what was said for a message: cut, in quotes, without secrets. */
void tg_answer_quote(struct tg_buf *b, const char *text, size_t length, const struct tg_secrets *secrets);

#endif
