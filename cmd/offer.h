/* SPDX-License-Identifier: MIT
 * What may stand where the cursor is on a command line. Thread class: owner. */
#ifndef TG_CMD_OFFER_H
#define TG_CMD_OFFER_H

#include "cmd/cmd.h"

/* Adds a line for each candidate for the last of the words, those before it being what stands between `tgrun` and the cursor
 * (of bash with their quotes): the word that is to be there, a tab and a description (not for bash). Before it stands (not
 * for fish) what it is: 'w' a word, 'p' the beginning of one, 'f' a file, 'd' a folder, with its slash. */
void tg_offer(struct tg_buf *b, enum tg_shell shell, const struct tg_words *words);

#endif
