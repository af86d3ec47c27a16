/* SPDX-License-Identifier: MIT
 * What was meant by a task option that is wrong. Thread class: immutable. */
#ifndef TG_BIND_OPTION_HINT_H
#define TG_BIND_OPTION_HINT_H

#include "engine/value/value.h"
#include "lang/text/diag.h"

/* Adds to the message about an unknown one: what other tools call so, or the nearest name, or all. */
void tg_option_hint_name(struct tg_diags *d, struct tg_diag *diag, const char *name, size_t length);
/* How v, which cannot be the value of this option, was meant perhaps: a sentence, or nothing. kinds: of its values. */
void tg_option_hint_value(const char *option, tg_kinds kinds, tg_value v, struct tg_buf *hint);

#endif
