/* SPDX-License-Identifier: MIT
 * The registry: finds plugins and keeps what is loaded. Thread class: owner while loading, then immutable. */
#ifndef TG_PLUGIN_REGISTRY_H
#define TG_PLUGIN_REGISTRY_H

#include "engine/plugin/loaded.h"

/* Sets up the built-in plugin. */
bool tg_registry_init(struct tg_registry *r, struct tg_err *err);
void tg_registry_done(struct tg_registry *r);
/* Appends folders (separated by ':') to the search path; missing ones are skipped silently. A plugin is looked for as
 * FOLDER/NAME.so and FOLDER/NAME/NAME.so. `trusted`: code there may run also where a workflow is only looked at. */
void tg_registry_search(struct tg_registry *r, const char *folders, bool trusted);
/* Loads a plugin by name (along the search path; the first file found must work; if its folder is not trusted, there must
 * be no other one in those that are) or, if it has a '/' or ends in ".so", by path, relative to `folder` (NULL: the
 * current one). If the registry only looks, one that is in no trusted folder is read instead (load.h). Loading one twice,
 * or one file by two names, gives the first one. On failure nothing of it remains, and the error says which file and why;
 * where there is no file, with the folders searched as detail and the nearest plugin name as hint. */
const struct tg_loaded *tg_registry_load(struct tg_registry *r, const char *name_or_path, const char *folder,
                                         struct tg_err *err);
/* The same by name, for a message: whatever is not trusted is only read. */
const struct tg_loaded *tg_registry_look(struct tg_registry *r, const char *name, struct tg_err *err);
/* A type of a loaded plugin by its full name, "plugin.type"; NULL: there is none. */
const struct tg_object_type *tg_registry_type(const struct tg_registry *r, const char *name, size_t length);
/* The full name of a type, which the registry owns; NULL: it is of no loaded plugin. */
const char *tg_registry_type_name(const struct tg_registry *r, const struct tg_object_type *type);
/* Names and files of all plugins found along the search path (not loaded), sorted, each once; for `tgrun plugins`. */
void tg_registry_list(const struct tg_registry *r, struct tg_arena *arena, const char ***names, const char ***paths,
                      size_t *count);
/* The code that a definition stands for: of one of tg_registry_extern the C function. */
const void *tg_registry_code(const struct tg_def *def);
/* A C function of any shared library as a task definition, called through libffi: parameters and result of kinds
 * int, float, bool, str (argument only) or nil (result). Lives in the registry's arena. If the registry only looks, the
 * library is not opened; what its file and libraries that are loaded anyway tell is checked. */
const struct tg_def *tg_registry_extern(struct tg_registry *r, const char *library, const struct tg_sig *sig,
                                        struct tg_err *err);

/* The built-in plugin's entry (plugins/core). */
struct tg_plugin;
extern const struct tg_plugin tg_core_plugin;

#endif
