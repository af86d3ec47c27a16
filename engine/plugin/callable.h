/* SPDX-License-Identifier: MIT
 * Tasks as plugins name them. A tg_callable is the address of a row in a plugin's table of tasks: it means the same task in
 * every session and stays valid as long as the process, since plugins are never unloaded. What a row says is never read
 * here; a session has a definition of its own for it. Thread class: immutable, as the registry. */
#ifndef TG_PLUGIN_CALLABLE_H
#define TG_PLUGIN_CALLABLE_H

#include "engine/plugin/loaded.h"

/* The task "plugin.task", or "task" of the plugin `own` (NULL: no plugin); NULL and err if there is none. */
const tg_callable *tg_callable_find(const struct tg_registry *r, const char *own, const char *name, struct tg_err *err);
/* Its definition in this session; NULL if its plugin is not loaded there. */
const struct tg_def *tg_callable_def(const struct tg_registry *r, const tg_callable *task);

#endif
