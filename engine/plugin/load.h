/* SPDX-License-Identifier: MIT
 * One plugin, from its file or its entry to checked definitions. Only the registry calls this. Thread class: owner. */
#ifndef TG_PLUGIN_LOAD_H
#define TG_PLUGIN_LOAD_H

#include "engine/plugin/loaded.h"

/* A plugin whose code the calling thread runs to load it, for last words. Borrowed. */
struct tg_load_now {
    const char *path;
    tg_span asked; /* as that of the registry */
};
extern __thread const struct tg_load_now *tg_load_now; /* NULL: none */

/* Checks the entry, parses its signatures and starts it. The types are added to the registry; the plugin is not.
 * path NULL: built in. `runs`: its code is there. NULL and err on failure; then nothing has changed but, perhaps, that init
 * has run. */
struct tg_loaded *tg_load_entry(struct tg_registry *r, const struct tg_plugin *entry, const char *path, bool runs,
                                struct tg_err *err);
/* The same from an open file (which stays open). Without `run_code`, its tables are read and no code of it runs: its
 * tasks cannot be called, and whether it can start is not known. */
struct tg_loaded *tg_load_file(struct tg_registry *r, int fd, const char *path, bool run_code, struct tg_err *err);
/* Right behind a dlopen that failed: dlerror's text without the path it begins with. Does not return where memory was short. */
const char *tg_load_error(const char *path);

#endif
