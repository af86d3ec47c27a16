/* SPDX-License-Identifier: MIT
 * One plugin, from its file or its entry to checked definitions.
 *
 * The entry is looked at in an order in which each step may trust what the ones before it have checked: the head
 * (magic, ABI, sizes), the names, the types, the signatures, and last init. The first thing that is wrong is the one
 * message. What was loaded and what was only read (entry.h) pass the same checks. Everything made on the way hangs on a
 * struct tg_loaded of its own, so that a failure drops it whole. */
#include "engine/plugin/load.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/path.h"
#include "engine/base/shortage.h"
#include "engine/graph/pace.h"
#include "engine/plugin/elf.h"
#include "engine/plugin/entry.h"
#include "engine/plugin/host.h"

/* The plugin being loaded. */
struct loading {
    struct tg_registry *registry;
    const struct tg_plugin *entry; /* its own; of our size once the head has been checked */
    const char *path;              /* for messages */
    struct tg_loaded *loaded;      /* what it becomes */
    struct tg_plugin copy;
    struct tg_err *err;
};

#define FAIL(l, ...) tg_err_set((l)->err, TG_EXIT_CANNOT, __VA_ARGS__)

/* ---- the head ------------------------------------------------------------------------------------ */

static bool differs(struct loading *l, const char *what, size_t has, size_t wanted)
{
    FAIL(l, "plugin '%s' was built for %s of %zu bytes, this tgrun has %zu", l->path, what, has, wanted);
    tg_err_hint(l->err, TG_ENTRY_COMPILE_AGAIN);
    return false;
}

static bool is_newer(struct loading *l, const char *what, size_t has, size_t most)
{
    FAIL(l, "plugin '%s' was built with a newer tgrun: %s has %zu bytes, that of this tgrun %zu", l->path, what, has, most);
    tg_err_hint(l->err, "Update tgrun, or compile the plugin again with the tgrun.h of this tgrun.");
    return false;
}

static bool check_head(struct loading *l)
{
    const struct tg_plugin *e = l->entry;
    if (e->magic != TG_MAGIC)
        return FAIL(l, "plugin '%s' has the mark %016llx where a plugin has %016llx", l->path, (unsigned long long)e->magic,
                    (unsigned long long)TG_MAGIC);
    if (e->abi != TG_ABI) {
        FAIL(l, "plugin '%s' was built for ABI %u, this tgrun has ABI %u", l->path, e->abi, TG_ABI);
        tg_err_hint(l->err, TG_ENTRY_COMPILE_AGAIN);
        return false;
    }
    if (e->size > sizeof *e) return is_newer(l, "its entry", e->size, sizeof *e);
    if (!tg_entry_knows_plugin(e->size)) return differs(l, "an entry", e->size, sizeof *e);
    if (e->pointer_size != sizeof(void *)) return differs(l, "pointers", e->pointer_size, sizeof(void *));
    if (e->value_size != sizeof(tg_value)) return differs(l, "values", e->value_size, sizeof(tg_value));
    if (e->host_size > sizeof(struct tg_host)) return is_newer(l, "its host table", e->host_size, sizeof(struct tg_host));
    l->copy = tg_entry_copy(e);
    l->entry = e = &l->copy;
    if (e->task_size > sizeof(struct tg_task)) return is_newer(l, "a task", e->task_size, sizeof(struct tg_task));
    return tg_entry_knows_task(e->task_size) || differs(l, "tasks", e->task_size, sizeof(struct tg_task));
}

/* ---- names --------------------------------------------------------------------------------------- */

static bool check_file_name(struct loading *l, const char *name)
{
    const char *base = tg_path_name(l->path);
    size_t length = tg_path_stem(base, ".so");
    if (length == strlen(name) && memcmp(base, name, length) == 0) return true;
    FAIL(l, "plugin '%s' calls itself '%s'", l->path, name);
    tg_err_hint(l->err, "A plugin's file has the plugin's name: '%s.so'.", name);
    return false;
}

static bool check_not_taken(struct loading *l, const char *name)
{
    for (size_t i = 0; i < l->registry->plugins.count; i++) {
        const struct tg_loaded *other = l->registry->plugins.items[i];
        if (strcmp(other->name, name) != 0) continue;
        if (!other->path) return FAIL(l, "plugin '%s' has the name of the built-in plugin '%s'", l->path, name);
        return FAIL(l, "plugin '%s' has the name of the plugin '%s' that is already loaded", l->path, other->path);
    }
    return true;
}

/* A text of the entry, which may be missing. */
static const char *entry_text(struct tg_arena *arena, const char *text)
{
    return text && *text ? tg_arena_copy(arena, text, strlen(text)) : "";
}

static bool check_names(struct loading *l)
{
    const struct tg_plugin *e = l->entry;
    if (!e->host) return FAIL(l, "plugin '%s' has no place for the host table", l->path);
    if (!e->name || !tg_loaded_is_name(e->name, strlen(e->name)))
        return FAIL(l, "plugin '%s' has no proper name: '%s'", l->path, e->name ? e->name : "");
    if (l->loaded->path && !check_file_name(l, e->name)) return false;
    if (!check_not_taken(l, e->name)) return false;
    struct tg_loaded *p = l->loaded;
    p->name = tg_arena_copy(&p->arena, e->name, strlen(e->name));
    p->version = entry_text(&p->arena, e->version);
    p->doc = entry_text(&p->arena, e->doc);
    return true;
}

/* ---- types --------------------------------------------------------------------------------------- */

/* The words that a type term begins with anyway. */
static bool is_type_word(const char *name)
{
    static const char *const words[] = {"nil",  "bool", "int",    "float", "num",      "str",    "bytes",
                                        "file", "list", "record", "any",   "function", "future", "object"};
    for (size_t i = 0; i < TG_COUNT(words); i++)
        if (strcmp(words[i], name) == 0) return true;
    return false;
}

static bool check_travel(struct loading *l, const struct tg_object_type *any)
{
    struct tg_object_type t = tg_entry_type(any);
    if (t.flags & ~TG_TYPE_FLAT || t.reserved)
        return FAIL(l, "plugin '%s': type '%s' has flags that this tgrun does not know", l->path, t.name);
    if (!t.encode != !t.decode)
        return FAIL(l, "plugin '%s': type '%s' has %s", l->path, t.name,
                    t.encode ? "encode but no decode" : "decode but no encode");
    if (t.flags & TG_TYPE_FLAT && t.encode)
        return FAIL(l, "plugin '%s': type '%s' is flat and has encode and decode: it can be one of both", l->path, t.name);
    return true;
}

static bool check_type(struct loading *l, size_t i)
{
    const struct tg_object_type *t = l->entry->types[i];
    if (!t) return FAIL(l, "plugin '%s': type %zu is missing", l->path, i + 1);
    if (t->size > sizeof *t) return is_newer(l, "a type", t->size, sizeof *t);
    if (!tg_entry_knows_type(t->size)) return differs(l, "a type", t->size, sizeof *t);
    if (!t->name || !tg_loaded_is_name(t->name, strlen(t->name)))
        return FAIL(l, "plugin '%s': type %zu has no proper name: '%s'", l->path, i + 1, t->name ? t->name : "");
    bool taken = is_type_word(t->name);
    for (size_t k = 0; k < l->registry->type_names.count && !taken; k++)
        taken = strcmp(l->registry->type_names.items[k], t->name) == 0;
    if (taken) return FAIL(l, "plugin '%s' makes a type '%s', but there is one of that name", l->path, t->name);
    return check_travel(l, t);
}

static const char *full_name(struct tg_arena *arena, const char *plugin, const char *type)
{
    size_t size = strlen(plugin) + strlen(type) + sizeof ".";
    char *name = tg_arena_alloc(arena, size);
    snprintf(name, size, "%s.%s", plugin, type);
    return name;
}

static bool add_types(struct loading *l)
{
    if (l->entry->type_count && !l->entry->types) return FAIL(l, "plugin '%s' has no table of types", l->path);
    struct tg_loaded *p = l->loaded;
    p->types = tg_arena_alloc(&p->arena, l->entry->type_count * sizeof *p->types);
    for (size_t i = 0; i < l->entry->type_count; i++) {
        if (!check_type(l, i)) return false;
        const struct tg_object_type *type = l->entry->types[i];
        p->types[p->type_count++] = (struct tg_loaded_type){type, full_name(&p->arena, p->name, type->name)};
        tg_vec_push(&l->registry->types, type);
        tg_vec_push(&l->registry->type_names, type->name);
        TG_ASSERT(l->registry->types.count == l->registry->type_names.count);
    }
    return true;
}

/* ---- tasks --------------------------------------------------------------------------------------- */

static bool parse_signature(struct loading *l, const char *text, size_t number, struct tg_sig *out)
{
    struct tg_registry *r = l->registry;
    struct tg_err why = {0};
    if (tg_sig_parse(text, r->type_names.items, r->type_names.count, &l->loaded->arena, out, &why)) return true;
    FAIL(l, "plugin '%s': the signature of task %zu is wrong: %s", l->path, number, why.message);
    tg_err_detail(l->err, "The signature is: %s", text);
    if (why.hint) tg_err_hint(l->err, "%s", why.hint);
    tg_err_done(&why);
    return false;
}

static bool takes_anything(const struct tg_sig *sig)
{
    for (uint32_t i = 0; i < sig->count; i++) {
        const struct tg_type *type = &sig->params[i].type;
        if ((type->accepts & TG_KINDS_ANY) != TG_KINDS_ANY || type->item || type->object) return false;
    }
    return true;
}

static bool add_definition(struct loading *l, size_t i)
{
    struct tg_task task = tg_entry_task(l->entry, i);
    struct tg_loaded *p = l->loaded;
    if (!task.signature) return FAIL(l, "plugin '%s': task %zu has no signature", l->path, i + 1);
    struct tg_def def = {.plugin = p->name, .fn = task.fn};
    if (!parse_signature(l, task.signature, i + 1, &def.sig)) return false;
    TG_ASSERT(def.sig.name && *def.sig.name && p->def_count == i);
    def.name = def.sig.name;
    def.doc = entry_text(&p->arena, task.doc);
    if (takes_anything(&def.sig)) def.flags |= TG_DEF_UNCHECKED;
    if (def.sig.grows) def.flags |= TG_DEF_EXPANDS;
    if (def.sig.slow) def.flags |= TG_DEF_SLOW;
    if (def.sig.now && l->loaded->runs) def.flags |= TG_DEF_NOW;
    def.pace = tg_arena_alloc(&p->arena, sizeof *def.pace);
    *def.pace = (struct tg_pace){0};
    p->defs[p->def_count++] = def;
    size_t length = strlen(def.name);
    if (!task.fn) return FAIL(l, "plugin '%s': task '%s' has no function", l->path, def.name);
    if (p->path && !tg_loaded_is_name(def.name, length))
        return FAIL(l, "plugin '%s': '%s' is no name for a task", l->path, def.name);
    if (tg_names_find(&p->index, def.name, length) != TG_NO_NAME)
        return FAIL(l, "plugin '%s' has two tasks '%s'", l->path, def.name);
    tg_names_add(&p->index, def.name, length);
    TG_ASSERT(p->index.names.count == p->def_count); /* a task's number in the index is its place in defs */
    return true;
}

static bool add_definitions(struct loading *l)
{
    size_t count = l->entry->task_count;
    if (count && !l->entry->tasks) return FAIL(l, "plugin '%s' has no table of tasks", l->path);
    l->loaded->tasks = (const char *)l->entry->tasks;
    l->loaded->task_bytes = l->entry->task_size;
    l->loaded->defs = tg_arena_alloc(&l->loaded->arena, count * sizeof *l->loaded->defs);
    for (size_t i = 0; i < count; i++)
        if (!add_definition(l, i)) return false;
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static bool start_plugin(struct loading *l)
{
    TG_ASSERT(l->loaded->def_count == l->entry->task_count);
    *l->entry->host = &tg_host_table;
    const char *why = l->entry->init ? l->entry->init() : NULL;
    if (!why) return true;
    return FAIL(l, "plugin '%s' cannot be used: %s", l->path, why);
}

struct tg_loaded *tg_load_entry(struct tg_registry *r, const struct tg_plugin *entry, const char *path, bool runs,
                                struct tg_err *err)
{
    struct tg_loaded *p = tg_alloc_zero(sizeof *p);
    struct loading l = {.registry = r, .entry = entry, .path = path ? path : "core", .loaded = p, .err = err};
    size_t type_count = r->types.count;
    p->runs = runs;
    if (path) p->path = tg_arena_copy(&p->arena, path, strlen(path));
    if (check_head(&l) && check_names(&l) && add_types(&l) && add_definitions(&l) && start_plugin(&l)) return p;
    TG_ASSERT(err->code && type_count <= r->types.count);
    r->types.count = r->type_names.count = type_count;
    tg_loaded_free(p);
    return NULL;
}

/* Where no segment can be mapped for want of memory, the loader gives no reason; it does where something else is wrong. */
static bool has_no_reason(const char *text)
{
    return tg_path_ends(text, "failed to map segment from shared object");
}

const char *tg_load_error(const char *path)
{
    int error = errno;
    const char *text = dlerror();
    if (!text) return "unknown reason";
    tg_shortage_check(has_no_reason(text) ? ENOMEM : error);
    size_t length = strlen(path);
    return strncmp(text, path, length) == 0 && strncmp(text + length, ": ", 2) == 0 ? text + length + 2 : text;
}

__thread const struct tg_load_now *tg_load_now;

static struct tg_loaded *load_library(struct tg_registry *r, const char *path, struct tg_err *err)
{
    char *absolute = tg_path_absolute(path); /* by which it is found again, in the report of a crash, wherever that is */
    errno = 0;
    void *library = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
    if (!library) tg_err_set(err, TG_EXIT_CANNOT, "could not load plugin '%s': %s", path, tg_load_error(absolute));
    free(absolute);
    if (!library) return NULL;
    const struct tg_plugin *entry = tg_entry_find(library, path, err);
    struct tg_loaded *p = entry ? tg_load_entry(r, entry, path, true, err) : NULL;
    if (!p) dlclose(library);
    return p;
}

/* The copy of the entry lives as long as the registry, as that of a library does. */
static struct tg_loaded *read_tables(struct tg_registry *r, int fd, const char *path, struct tg_err *err)
{
    bool variable;
    const struct tg_plugin *entry = tg_entry_read(fd, path, &r->arena, &variable, err);
    struct tg_loaded *p = entry ? tg_load_entry(r, entry, path, false, err) : NULL;
    if (!p && entry && variable) tg_entry_hint(err);
    return p;
}

struct tg_loaded *tg_load_file(struct tg_registry *r, int fd, const char *path, bool run_code, struct tg_err *err)
{
    if (!tg_elf_check(fd, "plugin", path, err)) return NULL;
    if (!run_code) return read_tables(r, fd, path, err);
    struct tg_load_now now = {path, r->asked};
    tg_load_now = &now;
    struct tg_loaded *p = load_library(r, path, err);
    tg_load_now = NULL;
    return p;
}
