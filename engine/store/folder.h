/* SPDX-License-Identifier: MIT
 * Going through a folder with all in it. Thread class: any thread. */
#ifndef TG_STORE_FOLDER_H
#define TG_STORE_FOLDER_H

#include <fts.h>

#include "engine/base/err.h"

/* Calls fn for each entry at any depth, a folder before what is in it, each folder in the order of its names; not for `folder`
 * itself, which may be a link to one. Links are not followed, a `.tgrun` is left out. False and err: one cannot be read. */
bool tg_folder_each(const char *folder, void (*fn)(void *data, const FTSENT *entry), void *data, struct tg_err *err);

#endif
