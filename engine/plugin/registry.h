/* SPDX-License-Identifier: MIT
 * The registry: every plugin that is loaded, and its task definitions by name. Thread class: owner while loading,
 * then immutable. Loaded plugins are never unloaded: their code may be named by values that outlive the registry. */
#ifndef TG_PLUGIN_REGISTRY_H
#define TG_PLUGIN_REGISTRY_H

#include "engine/base/names.h"
#include "engine/graph/def.h"

struct tg_loaded {
    const char *name, *version, *doc;
    const char *path;           /* of the .so; NULL: built in */
    struct tg_def *defs;        /* in the plugin's order */
    size_t def_count;
    const struct tg_task *tasks; /* the plugin's table, which defs were made of */
    struct tg_names index;      /* task name to its place in defs */
    struct tg_arena arena;      /* the texts, signatures and definitions */
    uint64_t device, inode;     /* of the file: what makes it the same plugin under another name */
};

struct tg_registry {
    struct tg_arena arena;               /* definitions of externs */
    TG_VEC(struct tg_loaded *) plugins;  /* in the order of loading; the built-in one ("core") first */
    TG_VEC(const struct tg_object_type *) types;
    TG_VEC(const char *) type_names;
    TG_VEC(char *) search;               /* folders, in order; owned */
};

/* Sets up the built-in plugin. */
bool tg_registry_init(struct tg_registry *r, struct tg_err *err);
void tg_registry_done(struct tg_registry *r);
/* Appends folders (separated by ':') to the search path; missing ones are skipped silently. A plugin is looked for as
 * FOLDER/NAME.so and FOLDER/NAME/NAME.so. */
void tg_registry_search(struct tg_registry *r, const char *folders);
/* Loads a plugin by name (along the search path; the first file found must work) or, if it has a '/' or ends in ".so",
 * by path, relative to `folder` (NULL: the current one). Loading one twice, or one file by two names, gives the first
 * one. On failure nothing of it remains, and the error says which file and why; where there is no file, with the
 * folders searched as detail and the nearest plugin name as hint. */
const struct tg_loaded *tg_registry_load(struct tg_registry *r, const char *name_or_path, const char *folder,
                                         struct tg_err *err);
/* The task of that name in a plugin, or NULL. */
const struct tg_def *tg_loaded_find(const struct tg_loaded *p, const char *name, size_t length);
/* Names and files of all plugins found along the search path (not loaded), sorted, each once; for `tgrun plugins`. */
void tg_registry_list(const struct tg_registry *r, struct tg_arena *arena, const char ***names, const char ***paths,
                      size_t *count);
/* A C function of any shared library as a task definition, called through libffi: parameters and result of kinds
 * int, float, bool, str (argument only) or nil (result). Lives in the registry's arena. */
const struct tg_def *tg_registry_extern(struct tg_registry *r, const char *library, const struct tg_sig *sig,
                                        struct tg_err *err);

/* The built-in plugin's entry (plugins/core). */
struct tg_plugin;
extern const struct tg_plugin tg_core_plugin;

#endif
