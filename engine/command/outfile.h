/* SPDX-License-Identifier: MIT
 * Result files: written aside, put under their own names when the command succeeded. */
#ifndef TG_COMMAND_OUTFILE_H
#define TG_COMMAND_OUTFILE_H

#include "engine/command/command.h"

/* Checks that all files were made, then puts each in place; *out is the file, the list, or a record of them. On
 * failure, files not yet in place stay aside. */
bool tg_outfiles_publish(const struct tg_result_file *files, size_t count, tg_value *out, struct tg_err *err);
/* Removes what is still aside. */
void tg_outfiles_remove(const struct tg_result_file *files, size_t count);

#endif
