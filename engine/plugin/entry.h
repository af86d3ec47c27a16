/* SPDX-License-Identifier: MIT
 * The entry of a plugin: where it is in a loaded library, or what it says in a file whose code must not run. Only load.c
 * calls this. Thread class: owner. */
#ifndef TG_PLUGIN_ENTRY_H
#define TG_PLUGIN_ENTRY_H

#include <tgrun.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"

#define TG_ENTRY_COMPILE_AGAIN "Compile the plugin again with the tgrun.h of this tgrun."

/* Whether a plugin may have been compiled with structs of these sizes: they had them in a tgrun of this ABI. */
bool tg_entry_knows_plugin(size_t size);
bool tg_entry_knows_type(size_t size);
bool tg_entry_knows_task(size_t size);
/* A copy of an entry of a known size and of this ABI; what that tgrun did not have is zero, and task_size is never 0. */
struct tg_plugin tg_entry_copy(const struct tg_plugin *entry);
/* A row of its table of tasks, whose task_size is known, and a type of a known size; likewise. */
struct tg_task tg_entry_task(const struct tg_plugin *copy, size_t i);
struct tg_object_type tg_entry_type(const struct tg_object_type *type);

/* The entry in a library; NULL and err if there is none that could be looked at. */
const struct tg_plugin *tg_entry_find(void *library, const char *path, struct tg_err *err);

/* A copy of the entry in an open file that has passed tg_elf_check, with all that it points to, in the arena and of our sizes;
 * nothing of the file is executed. Its functions and the place of the host table are not the plugin's: functions in it only fail,
 * and init is NULL. Head and texts have not been checked, but a head of an unknown layout has nothing behind it. *variable:
 * some of it can be changed by code of the plugin, when it is loaded. */
const struct tg_plugin *tg_entry_read(int fd, const char *path, struct tg_arena *arena, bool *variable, struct tg_err *err);
/* The same from the bytes of a file, which may be changed. */
const struct tg_plugin *tg_entry_read_bytes(char *bytes, size_t size, const char *path, struct tg_arena *arena, bool *variable,
                                            struct tg_err *err);
/* Adds the hint that loading may tell more. */
void tg_entry_hint(struct tg_err *err);

#endif
