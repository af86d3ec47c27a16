/* SPDX-License-Identifier: MIT
 * What the values of task options may be. Thread class: immutable. */
#ifndef TG_BIND_OPTION_VALUE_H
#define TG_BIND_OPTION_VALUE_H

#include "engine/base/buf.h"
#include "engine/value/value.h"

/* What is wrong with a value: `what` follows "option 'x' " and says it, `hint` is a sentence, or empty. */
struct tg_misuse {
    struct tg_buf what, hint;
};
void tg_option_value_done(struct tg_misuse *m);

/* Of one option each: false if v, whose kind fits, cannot be its value; *m says why, where `must` of the table does not do. */
typedef bool tg_option_check(tg_value v, struct tg_misuse *m);
bool tg_option_value_is_any(tg_value v, struct tg_misuse *m);
bool tg_option_value_is_factor(tg_value v, struct tg_misuse *m);
bool tg_option_value_is_duration(tg_value v, struct tg_misuse *m);
bool tg_option_value_is_size(tg_value v, struct tg_misuse *m);
bool tg_option_value_is_cores(tg_value v, struct tg_misuse *m);
bool tg_option_value_is_retries(tg_value v, struct tg_misuse *m);
bool tg_option_value_is_program(tg_value v, struct tg_misuse *m); /* the words of one */
bool tg_option_value_is_wrapper(tg_value v, struct tg_misuse *m); /* or none */
bool tg_option_value_is_image(tg_value v, struct tg_misuse *m);   /* no option of what is to read it */
bool tg_option_value_is_path(tg_value v, struct tg_misuse *m);
bool tg_option_value_is_files(tg_value v, struct tg_misuse *m);    /* one path, or several */
bool tg_option_value_is_text(tg_value v, struct tg_misuse *m);     /* that can be an argument of a program */
bool tg_option_value_is_settings(tg_value v, struct tg_misuse *m); /* variables of the environment; nil takes one away */
bool tg_option_value_is_place(tg_value v, struct tg_misuse *m);    /* where a task of a plugin runs */
bool tg_option_value_is_failures(tg_value v, struct tg_misuse *m);
bool tg_option_value_is_asked(tg_value v, struct tg_misuse *m); /* resources that users name */

#endif
