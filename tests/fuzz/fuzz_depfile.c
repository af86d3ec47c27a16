/* SPDX-License-Identifier: MIT
 * Fuzzes reading of depfiles (engine/store/depfile.c): each input is told once, and what is refused comes with a message. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/names.h"
#include "engine/store/depfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_input(void *data, const char *path)
{
    struct tg_names *names = data;
    size_t known = names->names.count;
    if (!*path || tg_names_add(names, path, strlen(path)) != known) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tg_names names = {0};
    struct tg_err err = {0};
    if (tg_depfile_read((const char *)data, size, take_input, &names, &err) == !!err.message) abort();
    if (err.message && strncmp(err.message, "line ", 5) != 0) abort();
    tg_err_done(&err);
    tg_names_done(&names);
    return 0;
}
