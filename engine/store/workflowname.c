/* SPDX-License-Identifier: MIT
 * Names of workflows in the record. */
#include "engine/store/workflowname.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/canonical.h"

char *tg_workflowname(const char *path)
{
    if (strcmp(path, "-") == 0) return tg_alloc_text(path);
    char *file = tg_canonical_path(path), *here = tg_canonical_path(".");
    size_t length = strcmp(here, "/") == 0 ? 0 : strlen(here);
    bool below = strncmp(file, here, length) == 0 && file[length] == '/' && file[length + 1];
    char *name = tg_alloc_text(below ? file + length + 1 : file);
    free(file);
    free(here);
    return name;
}
