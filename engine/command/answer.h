/* SPDX-License-Identifier: MIT
 * What a server answers, as a value. */
#ifndef TG_COMMAND_ANSWER_H
#define TG_COMMAND_ANSWER_H

#include "engine/command/command.h"

/* What helps where something else was printed than an answer. */
#define TG_ANSWER_HINT \
    "Its standard output is for answers, one line each; what else it prints, as for debugging, belongs on standard error."

/* Takes a line, without its newline, for the answer to question `number`. False and err: it is none, or tells of a failure,
 * which is *told then. */
bool tg_answer_read(const char *line, size_t length, uint64_t number, const struct tg_type *type,
                    const struct tg_secrets *secrets, tg_value *out, bool *told, struct tg_err *err);
/* Adds what was said for a message: cut, in quotes, without secrets. */
void tg_answer_quote(struct tg_buf *b, const char *text, size_t length, const struct tg_secrets *secrets);

#endif
