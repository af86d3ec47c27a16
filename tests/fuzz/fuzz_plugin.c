/* SPDX-License-Identifier: MIT
 * Fuzzes reading plugins without loading them (engine/plugin/image.c, entry.c, load.c): what is read must be whole, and
 * what is refused must come with a message. */
#include <stdlib.h>
#include <string.h>

#include "engine/plugin/entry.h"
#include "engine/plugin/image.h"
#include "engine/plugin/load.h"
#include "engine/plugin/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static void check_plugin(const struct tg_loaded *p)
{
    struct tg_buf b = {0};
    require(p->name && p->version && p->doc);
    for (size_t i = 0; i < p->def_count; i++) {
        require(p->defs[i].doc && p->defs[i].fn);
        tg_sig_print(&b, &p->defs[i].sig);
    }
    tg_buf_done(&b);
}

/* Whatever it says it is called, its file has that name. */
static void read_plugin(char *bytes, size_t size)
{
    struct tg_registry r;
    struct tg_err err = {0};
    bool variable;
    require(tg_registry_init(&r, &err));
    const struct tg_plugin *entry = tg_entry_read_bytes(bytes, size, "plugin.so", &r.arena, &variable, &err);
    char *path = tg_alloc_format("%s.so", entry && entry->name ? entry->name : "plugin");
    struct tg_loaded *p = entry ? tg_load_entry(&r, entry, path, false, &err) : NULL;
    if (p) check_plugin(p);
    else require(err.code && err.message[0]);
    tg_loaded_free(p);
    free(path);
    tg_err_done(&err);
    tg_registry_done(&r);
}

/* What `extern` looks for. */
static void read_library(char *bytes, size_t size)
{
    struct tg_image image;
    GElf_Sym symbol;
    if (!tg_image_open(&image, bytes, size)) {
        tg_image_find(&image, "canary_twice", &symbol);
        for (size_t i = 0; tg_image_needed(&image, i); i++) {}
    }
    tg_image_close(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1);
    require(copy);
    if (size) memcpy(copy, data, size);
    read_library(copy, size);
    read_plugin(copy, size);
    free(copy);
    return 0;
}
