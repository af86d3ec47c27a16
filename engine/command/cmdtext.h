/* SPDX-License-Identifier: MIT
 * How a command is told to the user. */
#ifndef TG_COMMAND_CMDTEXT_H
#define TG_COMMAND_CMDTEXT_H

#include "engine/command/command.h"

/* Bytes of a command line that a message shows. */
#define TG_CMDTEXT_SHOWN ((size_t)4000)

/* The step as one would type it in a shell, with the final names of result files; cut after `most` bytes. Heap. */
char *tg_cmdtext_line(const struct tg_command *command, const struct tg_step *step, size_t most);
/* A word as one would type it. */
void tg_cmdtext_word(struct tg_buf *b, const char *word);
/* The final name of a path that may be aside; borrowed. */
const char *tg_cmdtext_final(const struct tg_command *command, const char *path);
/* "SEGV", or the number. Heap. */
char *tg_cmdtext_signal(int number);

#endif
