/* SPDX-License-Identifier: MIT
 * Names of functions, as a debugger knows them. Thread class: any thread. */
#ifndef TG_PLUGIN_SYMBOL_H
#define TG_PLUGIN_SYMBOL_H

#include "engine/base/buf.h"

/* Adds the name of a function of this process, static ones included: "inc"; "*0x7f12.." where its file does not say it. */
void tg_symbol_add(struct tg_buf *b, const void *function);

#endif
