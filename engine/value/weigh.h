/* SPDX-License-Identifier: MIT
 * How much memory a value takes. */
#ifndef TG_VALUE_WEIGH_H
#define TG_VALUE_WEIGH_H

#include "engine/value/value.h"

/* Bytes of the value's body and of what it holds; 0 for one without a body. A body that it holds several times counts as often. Of
 * a value that holds thousands it is an estimate, by those that were looked at. What an object keeps outside its payload, and
 * what a function has taken over, is not known. */
uint64_t tg_weigh(tg_value v);

#endif
