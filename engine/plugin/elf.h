/* SPDX-License-Identifier: MIT
 * A look at a shared object before the dynamic linker maps it. Thread class: owner. */
#ifndef TG_PLUGIN_ELF_H
#define TG_PLUGIN_ELF_H

#include "engine/base/err.h"

/* False and err if the file is no shared object, or cut off: the linker would map pages past its end and the first
 * touch would kill the program. What else may be wrong is left to the linker. `what` names the thing in messages
 * ("plugin"). */
bool tg_elf_check(int fd, const char *what, const char *path, struct tg_err *err);

#endif
