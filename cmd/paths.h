/* SPDX-License-Identifier: MIT
 * Where tgrun's own files are: installed, or in the build tree it runs from. Thread class: immutable (no state). */
#ifndef TG_CMD_PATHS_H
#define TG_CMD_PATHS_H

#include "engine/base/buf.h"
#include "engine/plugin/registry.h"

/* Adds the plugin folders of a workflow file ("-": of the current folder) to the search path: those of TGRUN_PLUGIN_PATH,
 * the file's own, the build tree's plugins where the program runs from there, the installed ones. All but the file's own
 * are trusted. */
void tg_paths_search(struct tg_registry *r, const char *workflow);
/* The folder of tgrun.h. */
void tg_paths_include(struct tg_buf *b);
/* This program's file, for a Makefile to call. False if the system does not tell. */
bool tg_paths_program(struct tg_buf *b);

#endif
