/* SPDX-License-Identifier: MIT
 * What can be known beforehand of the texts of `sh`: whether their values can stand where they do. Thread class: owner. */
#ifndef TG_CHECK_CHECKSH_H
#define TG_CHECK_CHECKSH_H

#include "lang/bind/module.h"

/* One text, as it is gone through. A zeroed struct is empty; tg_checksh frees it. */
struct tg_checksh {
    struct tg_buf text; /* a mark for each value */
    TG_VEC(struct tg_checksh_value {
        const struct tg_ast *node;
        const struct tg_type *type; /* NULL: not known */
    }) values;
};

void tg_checksh_text(struct tg_checksh *sh, struct tg_diags *d, const struct tg_ast *part);
void tg_checksh_value(struct tg_checksh *sh, const struct tg_ast *node, const struct tg_type *type);
/* Says what is wrong with the text of an `sh` of that command, and notes whether it needs a shell. whole: it is all of it. */
void tg_checksh(struct tg_checksh *sh, struct tg_program *program, struct tg_command_def *def, bool whole);
/* Notes what the command's texts need. A shell that is not known can have no values; what is given at a call is seen when
 * the call is evaluated. */
void tg_checksh_option(struct tg_program *program, struct tg_command_def *def);
/* Whether a shell runs the texts of the command, and which way it reads them is known, as far as the file says that. */
bool tg_checksh_has_shell(struct tg_program *program, const struct tg_command_def *def);

#endif
