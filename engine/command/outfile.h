/* SPDX-License-Identifier: MIT
 * Result files of one command: written aside, put under their own names when it succeeded. */
#ifndef TG_COMMAND_OUTFILE_H
#define TG_COMMAND_OUTFILE_H

#include "engine/command/aside.h"
#include "engine/command/command.h"

struct tg_outfiles;

/* Checks the paths, and makes the private folders; sets each file's `aside`. Borrows the files; NULL and ctx->err on
 * failure. `task` is its name, for messages. */
struct tg_outfiles *tg_outfiles_new(struct tg_aside_place *place, tg_ctx *ctx, const char *task, struct tg_result_file *files,
                                    size_t count, bool is_protected);
/* Checks that all files were made and those of a list by nobody else (owners NULL: that is not looked at), then puts them in
 * place together; *out is the file, the list, or a record of them. On failure nothing has changed. What else was made is named
 * in a warning. */
bool tg_outfiles_publish(struct tg_outfiles *o, struct tg_owners *owners, struct tg_owned *owned, tg_value *out);
/* Puts logs in place although the command failed; with `all`, keeps whatever else there is. Adds lines that tell where. */
void tg_outfiles_keep(struct tg_outfiles *o, bool all, struct tg_buf *told);
/* Before its command starts, or one without result files (NULL): removes empty private folders kept for others than it. */
void tg_outfiles_clear_spares(struct tg_aside_place *place, const struct tg_outfiles *o);
/* Removes what is still aside. NULL is fine. */
void tg_outfiles_free(struct tg_outfiles *o);

#endif
