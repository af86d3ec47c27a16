/* SPDX-License-Identifier: MIT
 * The entry of a plugin, loaded or read.
 *
 * What is read is copied: first the entry, then, if its head says that it is laid out as here, its tables and their texts.
 * A pointer in it may lead anywhere in the file, so that all of them could name the same long text: what is copied has a limit. */
#include "engine/plugin/entry.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/plugin/host.h"
#include "engine/plugin/image.h"

#define ENTRY_SYMBOL "tg_plugin_entry"

/* Up to here every ABI has the same layout: magic, size, abi. */
#define HEAD_BYTES (offsetof(struct tg_plugin, abi) + sizeof(uint32_t))

/* Rows of a table and bytes of all texts that are read: far more than any plugin has. */
#define MAX_ROWS 65536
#define MAX_TEXT_BYTES (16u << 20)

/* Where the fields end that each struct had in 0.1.0. Whoever appends a field adds the size that was there before. */
#define PLUGIN_0_1_BYTES offsetof(struct tg_plugin, task_size)
#define TYPE_0_1_BYTES offsetof(struct tg_object_type, flags)
#define TASK_0_1_BYTES sizeof(struct tg_task)
_Static_assert(PLUGIN_0_1_BYTES == 104 && TYPE_0_1_BYTES == 32 && TASK_0_1_BYTES == 24, "plugins have been compiled so");

/* ---- sizes --------------------------------------------------------------------------------------- */

bool tg_entry_knows_plugin(size_t size)
{
    return size == PLUGIN_0_1_BYTES || size == sizeof(struct tg_plugin);
}

bool tg_entry_knows_type(size_t size)
{
    return size == TYPE_0_1_BYTES || size == sizeof(struct tg_object_type);
}

bool tg_entry_knows_task(size_t size)
{
    return size == TASK_0_1_BYTES;
}

struct tg_plugin tg_entry_copy(const struct tg_plugin *entry)
{
    struct tg_plugin copy = {0};
    TG_ASSERT(tg_entry_knows_plugin(entry->size));
    memcpy(&copy, entry, entry->size);
    copy.size = sizeof copy;
    if (!copy.task_size) copy.task_size = TASK_0_1_BYTES;
    return copy;
}

struct tg_task tg_entry_task(const struct tg_plugin *copy, size_t i)
{
    struct tg_task task = {0};
    TG_ASSERT(tg_entry_knows_task(copy->task_size) && i < copy->task_count);
    memcpy(&task, (const char *)copy->tasks + i * copy->task_size, copy->task_size);
    return task;
}

struct tg_object_type tg_entry_type(const struct tg_object_type *type)
{
    struct tg_object_type copy = {0};
    TG_ASSERT(tg_entry_knows_type(type->size));
    memcpy(&copy, type, type->size);
    copy.size = sizeof copy;
    return copy;
}

/* ---- what both ways say -------------------------------------------------------------------------- */

static bool fail_no_entry(const char *path, struct tg_err *err)
{
    tg_err_set(err, TG_EXIT_CANNOT, "'%s' is not a tgrun plugin: it has no '" ENTRY_SYMBOL "'", path);
    tg_err_hint(err, "The macro TG_PLUGIN of tgrun.h makes it; a C library is called through 'extern \"%s\" { ... }'.", path);
    return false;
}

/* Whether so many bytes can be an entry whose field `size` has been read from them. */
static bool check_entry_size(const char *path, size_t bytes, const struct tg_plugin *entry, struct tg_err *err)
{
    if (bytes >= sizeof *entry || (bytes >= HEAD_BYTES && entry->size <= bytes)) return true;
    tg_err_set(err, TG_EXIT_CANNOT, "plugin '%s' has an entry of %zu bytes, this tgrun expects %zu", path, bytes,
               sizeof *entry);
    tg_err_hint(err, TG_ENTRY_COMPILE_AGAIN);
    return false;
}

const struct tg_plugin *tg_entry_find(void *library, const char *path, struct tg_err *err)
{
    const struct tg_plugin *entry = dlsym(library, ENTRY_SYMBOL);
    if (!entry) return fail_no_entry(path, err), NULL;
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    bool known = dladdr1(entry, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol && symbol->st_size > 0;
    return check_entry_size(path, known ? symbol->st_size : sizeof *entry, entry, err) ? entry : NULL;
}

/* ---- what is read -------------------------------------------------------------------------------- */

/* The file being read. */
struct reading {
    struct tg_image image;
    const char *path;
    struct tg_arena *arena;
    size_t text_bytes; /* of all texts so far */
    bool variable;
    struct tg_err *err;
};

void tg_entry_hint(struct tg_err *err)
{
    tg_err_hint(err, "The plugin was read without running its code. --trust loads it.");
}

/* What an error is about: "type 3" is row 3 of a table, "its name" is in none, row 0. */
struct subject {
    char text[64];
};

static struct subject subject_of(const char *what, size_t row)
{
    struct subject s;
    if (row) snprintf(s.text, sizeof s.text, "%s %zu", what, row);
    else snprintf(s.text, sizeof s.text, "%s", what);
    return s;
}

static bool fail_later(struct reading *r, const char *what, size_t row)
{
    tg_err_set(r->err, TG_EXIT_CANNOT, "plugin '%s' cannot be read without running its code: %s is made when it is loaded",
               r->path, subject_of(what, row).text);
    tg_entry_hint(r->err);
    return false;
}

static bool fail_damaged(struct reading *r, const char *what, size_t row)
{
    return tg_err_set(r->err, TG_EXIT_CANNOT, "plugin '%s' is damaged: %s lies outside of the file", r->path,
                      subject_of(what, row).text);
}

/* The bytes of a part of the tables. */
static bool copy_part(struct reading *r, uint64_t address, size_t length, void *to, const char *what, size_t row)
{
    enum tg_image_place place = tg_image_place(&r->image, address, length);
    if (place == TG_IMAGE_NOWHERE) return fail_damaged(r, what, row);
    if (place == TG_IMAGE_ZERO) return fail_later(r, what, row);
    r->variable |= place == TG_IMAGE_VARIABLE;
    const char *bytes = tg_image_bytes(&r->image, address, length);
    TG_ASSERT(bytes);
    memcpy(to, bytes, length);
    return true;
}

/* The address that a pointer at `at` holds; 0 in *out: NULL. */
static bool read_pointer(struct reading *r, uint64_t at, uint64_t *out, const char *what, size_t row)
{
    if (tg_image_pointer(&r->image, at, out) != TG_IMAGE_LATER) return true;
    return fail_later(r, what, row);
}

static bool copy_entry_text(struct reading *r, uint64_t at, const char **out, const char *what, size_t row)
{
    uint64_t address;
    *out = NULL;
    if (!read_pointer(r, at, &address, what, row)) return false;
    if (!address) return true;
    const char *text = tg_image_text(&r->image, address);
    if (!text) return fail_damaged(r, what, row);
    size_t length = strlen(text);
    r->text_bytes += length;
    if (r->text_bytes > MAX_TEXT_BYTES)
        return tg_err_set(r->err, TG_EXIT_CANNOT, "plugin '%s' is damaged: its texts have more than %u bytes", r->path,
                          MAX_TEXT_BYTES);
    *out = tg_arena_copy(r->arena, text, length);
    return true;
}

/* Whether something stands there; what it is does not matter. */
static bool is_set(const struct reading *r, uint64_t at)
{
    uint64_t address;
    return tg_image_pointer(&r->image, at, &address) != TG_IMAGE_NULL;
}

static bool check_rows(struct reading *r, size_t count, const char *what)
{
    if (count <= MAX_ROWS) return true;
    return tg_err_set(r->err, TG_EXIT_CANNOT, "plugin '%s' is damaged: %s has %zu rows", r->path, what, count);
}

/* ---- tables -------------------------------------------------------------------------------------- */

/* What stands for every function of a plugin whose code is not there. */
static int not_loaded(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)args, (void)count, (void)out;
    tg_err_set(&ctx->err, TG_EXIT_FAULT, "the plugin of this task has not been loaded");
    return TG_FAIL;
}

static int not_encoded(tg_ctx *ctx, const void *payload, size_t payload_bytes, tg_value *content)
{
    (void)payload;
    return not_loaded(ctx, NULL, payload_bytes, content);
}

static int not_decoded(tg_ctx *ctx, uint32_t version, const void *content, size_t length, tg_value *object)
{
    (void)version, (void)content;
    return not_loaded(ctx, NULL, length, object);
}

static bool copy_task(struct reading *r, uint64_t at, struct tg_task *task, size_t number)
{
    bool good = copy_entry_text(r, at + offsetof(struct tg_task, signature), &task->signature, "the signature of task",
                                number) &&
                copy_entry_text(r, at + offsetof(struct tg_task, doc), &task->doc, "the doc of task", number);
    task->fn = good && is_set(r, at + offsetof(struct tg_task, fn)) ? not_loaded : NULL;
    return good;
}

/* A table of the entry, to which the pointer at `at` leads: its address, and a copy; NULL in *rows: it has none. */
static bool copy_table(struct reading *r, uint64_t at, size_t count, size_t row_bytes, uint64_t *table, void **rows,
                       const char *what)
{
    *rows = NULL;
    if (!read_pointer(r, at, table, what, 0)) return false;
    if (!*table || !count) return true;
    if (!check_rows(r, count, what)) return false;
    *rows = tg_arena_alloc(r->arena, count * row_bytes);
    return copy_part(r, *table, count * row_bytes, *rows, what, 0);
}

static bool copy_tasks(struct reading *r, uint64_t at, struct tg_plugin *entry)
{
    uint64_t table;
    void *rows;
    entry->tasks = NULL;
    if (!tg_entry_knows_task(entry->task_size)) return true; /* which load.c tells of */
    if (!copy_table(r, at + offsetof(struct tg_plugin, tasks), entry->task_count, entry->task_size, &table, &rows,
                    "its table of tasks"))
        return false;
    struct tg_task *tasks = rows ? tg_arena_alloc(r->arena, entry->task_count * sizeof *tasks) : NULL;
    entry->tasks = rows;
    for (size_t i = 0; tasks && i < entry->task_count; i++) {
        tasks[i] = tg_entry_task(entry, i);
        if (!copy_task(r, table + i * entry->task_size, &tasks[i], i + 1)) return false;
    }
    entry->tasks = tasks;
    entry->task_size = sizeof *tasks;
    return true;
}

static bool copy_type(struct reading *r, uint64_t at, const struct tg_object_type **out, size_t number)
{
    static const char what[] = "type";
    uint64_t address;
    *out = NULL;
    if (!read_pointer(r, at, &address, what, number) || !address) return !r->err->code;
    struct tg_object_type *type = tg_arena_alloc(r->arena, sizeof *type);
    *type = (struct tg_object_type){0};
    *out = type;
    if (!copy_part(r, address, sizeof type->size, &type->size, what, number)) return false;
    if (!tg_entry_knows_type(type->size)) return true; /* which load.c tells of */
    if (!copy_part(r, address, type->size, type, what, number)) return false;
    type->destroy = NULL;
    type->describe = NULL;
    bool coded = type->size > offsetof(struct tg_object_type, encode);
    type->encode = coded && is_set(r, address + offsetof(struct tg_object_type, encode)) ? not_encoded : NULL;
    type->decode = coded && is_set(r, address + offsetof(struct tg_object_type, decode)) ? not_decoded : NULL;
    return copy_entry_text(r, address + offsetof(struct tg_object_type, name), &type->name, "the name of type", number);
}

static bool copy_types(struct reading *r, uint64_t at, struct tg_plugin *entry)
{
    uint64_t table;
    void *rows;
    entry->types = NULL;
    if (!copy_table(r, at + offsetof(struct tg_plugin, types), entry->type_count, sizeof(struct tg_object_type *), &table,
                    &rows, "its table of types"))
        return false;
    const struct tg_object_type **types = rows;
    for (size_t i = 0; types && i < entry->type_count; i++)
        if (!copy_type(r, table + i * sizeof *types, &types[i], i + 1)) return false;
    entry->types = types;
    return true;
}

/* ---- the entry ----------------------------------------------------------------------------------- */

static bool has_known_layout(const struct tg_plugin *e)
{
    return e->magic == TG_MAGIC && e->abi == TG_ABI && tg_entry_knows_plugin(e->size) && e->pointer_size == sizeof(void *);
}

static bool read_behind(struct reading *r, uint64_t at, struct tg_plugin *entry)
{
    *entry = tg_entry_copy(entry);
    entry->init = NULL;
    entry->host = is_set(r, at + offsetof(struct tg_plugin, host)) ? tg_arena_alloc(r->arena, sizeof *entry->host) : NULL;
    return copy_entry_text(r, at + offsetof(struct tg_plugin, name), &entry->name, "its name", 0) &&
           copy_entry_text(r, at + offsetof(struct tg_plugin, version), &entry->version, "its version", 0) &&
           copy_entry_text(r, at + offsetof(struct tg_plugin, doc), &entry->doc, "its doc", 0) && copy_tasks(r, at, entry) &&
           copy_types(r, at, entry);
}

/* The entry at a symbol. Where its layout is unknown, what is behind the head is left out. */
static bool read_entry(struct reading *r, const GElf_Sym *symbol, struct tg_plugin *entry)
{
    static const char what[] = "its entry";
    size_t bytes = symbol->st_size && symbol->st_size < sizeof *entry ? symbol->st_size : sizeof *entry;
    uint64_t at = symbol->st_value;
    if (!copy_part(r, at, bytes, entry, what, 0) || !check_entry_size(r->path, bytes, entry, r->err)) return false;
    if (has_known_layout(entry) && bytes >= entry->size) return read_behind(r, at, entry);
    memset((char *)entry + offsetof(struct tg_plugin, host), 0, sizeof *entry - offsetof(struct tg_plugin, host));
    return true;
}

static void fail_image(const char *path, const char *why, struct tg_err *err)
{
    tg_err_set(err, TG_EXIT_CANNOT, "plugin '%s' cannot be read without running its code: %s", path, why);
    tg_entry_hint(err);
}

const struct tg_plugin *tg_entry_read_bytes(char *bytes, size_t size, const char *path, struct tg_arena *arena, bool *variable,
                                            struct tg_err *err)
{
    struct reading r = {.path = path, .arena = arena, .err = err};
    struct tg_plugin *entry = tg_arena_alloc(arena, sizeof *entry);
    GElf_Sym symbol;
    *entry = (struct tg_plugin){0};
    const char *why = tg_image_open(&r.image, bytes, size);
    bool good = !why;
    if (why) fail_image(path, why, err);
    else if (!tg_image_find(&r.image, ENTRY_SYMBOL, &symbol)) good = fail_no_entry(path, err);
    good = good && read_entry(&r, &symbol, entry);
    *variable = r.variable;
    tg_image_close(&r.image);
    return good ? entry : NULL;
}

const struct tg_plugin *tg_entry_read(int fd, const char *path, struct tg_arena *arena, bool *variable, struct tg_err *err)
{
    struct tg_mapped file;
    if (!tg_image_map(&file, fd)) {
        tg_err_set(err, TG_EXIT_CANNOT, "could not read plugin '%s': %s", path, strerror(errno));
        return NULL;
    }
    const struct tg_plugin *entry = tg_entry_read_bytes(file.bytes, file.size, path, arena, variable, err);
    tg_image_unmap(&file);
    return entry;
}
