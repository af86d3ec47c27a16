/* SPDX-License-Identifier: MIT
 * The registry: finds plugin files along the search path and keeps what was loaded.
 *
 * A name is looked for folder by folder, and the first file that is there decides: a broken one is an error, not a
 * reason to go on, or the same workflow would run with another plugin on the day a build fails. */
#include "engine/plugin/registry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/near.h"
#include "engine/base/path.h"
#include "engine/base/shortage.h"
#include "engine/plugin/load.h"

/* ---- set-up -------------------------------------------------------------------------------------- */

static void flag(struct tg_loaded *p, const char *task, uint32_t flags)
{
    uint32_t i = tg_names_find(&p->index, task, strlen(task));
    TG_ASSERT(i != TG_NO_NAME); /* the built-in plugin has it */
    p->defs[i].flags |= flags;
}

bool tg_registry_init(struct tg_registry *r, struct tg_err *err)
{
    *r = (struct tg_registry){0};
    struct tg_loaded *core = tg_load_entry(r, &tg_core_plugin, NULL, true, err);
    if (!core) return false;
    flag(core, "try", TG_DEF_CATCHES);
    flag(core, "list", TG_DEF_GATHER);
    flag(core, "record", TG_DEF_GATHER);
    TG_ASSERT(!r->plugins.count && !core->path); /* the first of all, and from no file */
    tg_vec_push(&r->plugins, core);
    return true;
}

void tg_registry_done(struct tg_registry *r)
{
    for (size_t i = 0; i < r->plugins.count; i++) tg_loaded_free(r->plugins.items[i]);
    for (size_t i = 0; i < r->search.count; i++) free(r->search.items[i].path);
    tg_vec_done(&r->plugins);
    tg_vec_done(&r->externs);
    tg_vec_done(&r->types);
    tg_vec_done(&r->type_names);
    tg_vec_done(&r->search);
    tg_arena_done(&r->arena);
}

static void add_folder(struct tg_registry *r, const char *folder, size_t length, bool trusted)
{
    while (length > 1 && folder[length - 1] == '/') length--;
    if (length == 0) return;
    TG_ASSERT(length == 1 || folder[length - 1] != '/');
    for (size_t i = 0; i < r->search.count; i++) {
        struct tg_folder *known = &r->search.items[i];
        if (strlen(known->path) != length || memcmp(known->path, folder, length) != 0) continue;
        known->trusted |= trusted;
        return;
    }
    tg_vec_push(&r->search, ((struct tg_folder){tg_alloc_copy(folder, length), trusted}));
}

void tg_registry_search(struct tg_registry *r, const char *folders, bool trusted)
{
    while (folders && *folders) {
        size_t length = strcspn(folders, ":");
        add_folder(r, folders, length, trusted);
        folders += length;
        folders += *folders == ':';
    }
}

/* ---- finding ------------------------------------------------------------------------------------- */

/* True unless it is certain that there is nothing of that name. */
static bool is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* The file of a plugin in a folder, heap; NULL if there is none. */
static char *find_in(const char *folder, const char *name)
{
    char *path = tg_alloc_format("%s/%s.so", folder, name);
    if (is_there(path)) return path;
    free(path);
    path = tg_alloc_format("%s/%s/%s.so", folder, name, name);
    if (is_there(path)) return path;
    free(path);
    return NULL;
}

static bool is_same_plugin(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The path by which `use` would find this very file in a trusted folder, heap; NULL if it would not. It is loaded by that
 * one: a link elsewhere may lead to another file by then, and the libraries beside the link ($ORIGIN) are not trusted. */
static char *find_trusted(const struct tg_registry *r, const char *path)
{
    const char *base = tg_path_name(path);
    char *name = tg_alloc_copy(base, tg_path_stem(base, ".so")), *found = NULL;
    for (size_t i = 0; i < r->search.count && !found; i++) {
        found = r->search.items[i].trusted ? find_in(r->search.items[i].path, name) : NULL;
        if (!found || is_same_plugin(path, found)) continue;
        free(found);
        found = NULL;
    }
    free(name);
    return found;
}

/* A plugin's file by its name. */
struct where {
    char *path; /* heap; NULL: none */
    bool trusted;
};

static struct where find_file(const struct tg_registry *r, const char *name, bool only_trusted)
{
    for (size_t i = 0; i < r->search.count; i++) {
        const struct tg_folder *folder = &r->search.items[i];
        char *path = folder->trusted || !only_trusted ? find_in(folder->path, name) : NULL;
        if (path) return (struct where){path, folder->trusted};
    }
    return (struct where){NULL, false};
}

/* A file beside a workflow must not silently stand for a plugin that is installed, nor the other way round. */
static bool check_only_one(const struct tg_registry *r, const char *name, struct where *found, struct tg_err *err)
{
    if (found->trusted) return true;
    struct where other = find_file(r, name, true);
    if (!other.path) return true;
    if (!is_same_plugin(found->path, other.path)) {
        tg_err_set(err, TG_EXIT_CANNOT, "there are two plugins '%s': '%s' and '%s'", name, found->path, other.path);
        tg_err_hint(err, "'use' with the path of one of them, or TGRUN_PLUGIN_PATH with its folder, decides.");
        free(other.path);
        return false;
    }
    free(found->path);
    *found = other;
    return true;
}

struct found {
    const char *name, *path;
};

struct finding {
    struct tg_arena *arena;
    TG_VEC(struct found) found;
    struct tg_names seen;
};

static void add_found(struct finding *f, const char *folder, const char *name, size_t length)
{
    if (!tg_loaded_is_name(name, length) || tg_names_find(&f->seen, name, length) != TG_NO_NAME) return;
    char *copy = tg_arena_copy(f->arena, name, length);
    char *path = find_in(folder, copy);
    if (!path) return;
    tg_names_add(&f->seen, name, length);
    struct found one = {copy, tg_arena_copy(f->arena, path, strlen(path))};
    free(path);
    tg_vec_push(&f->found, one);
}

static void list_folder(struct finding *f, const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        tg_shortage_check(errno); /* what was not seen would be said not to be there */
        return;
    }
    for (struct dirent *e; (e = readdir(dir));) add_found(f, folder, e->d_name, tg_path_stem(e->d_name, ".so"));
    closedir(dir);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct found *)a)->name, ((const struct found *)b)->name);
}

void tg_registry_list(const struct tg_registry *r, struct tg_arena *arena, const char ***names, const char ***paths,
                      size_t *count)
{
    struct finding f = {.arena = arena};
    for (size_t i = 0; i < r->search.count; i++) list_folder(&f, r->search.items[i].path);
    if (f.found.count) qsort(f.found.items, f.found.count, sizeof *f.found.items, by_name);
    *count = f.found.count;
    *names = tg_arena_alloc(arena, *count * sizeof **names);
    *paths = tg_arena_alloc(arena, *count * sizeof **paths);
    for (size_t i = 0; i < *count; i++) {
        TG_ASSERT(i == 0 || strcmp(f.found.items[i - 1].name, f.found.items[i].name) < 0); /* sorted, each once */
        (*names)[i] = f.found.items[i].name;
        (*paths)[i] = f.found.items[i].path;
    }
    tg_names_done(&f.seen);
    tg_vec_done(&f.found);
}

/* ---- what is missing ----------------------------------------------------------------------------- */

static void add_searched(const struct tg_registry *r, struct tg_err *err)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, r->search.count ? "These folders were searched:" : "There is no folder to search.");
    for (size_t i = 0; i < r->search.count; i++) {
        struct stat st;
        const char *folder = r->search.items[i].path;
        tg_buf_format(&b, "\n  %s%s", folder, stat(folder, &st) == 0 ? "" : " (missing)");
    }
    tg_err_detail(err, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
}

static void fail_missing(const struct tg_registry *r, const char *name, struct tg_err *err)
{
    struct tg_arena arena = {0};
    const char **names, **paths;
    size_t count;
    tg_err_set(err, TG_EXIT_CANNOT, "no plugin '%s'", name);
    add_searched(r, err);
    tg_registry_list(r, &arena, &names, &paths, &count);
    struct tg_near near = tg_near_begin(name, strlen(name));
    for (size_t i = 0; i < count; i++) tg_near_offer(&near, names[i], strlen(names[i]));
    for (size_t i = 0; i < r->plugins.count; i++)
        tg_near_offer(&near, r->plugins.items[i]->name, strlen(r->plugins.items[i]->name));
    if (near.best) tg_err_hint(err, "did you mean '%.*s'?", (int)near.best_length, near.best);
    tg_arena_done(&arena);
}

/* A file that was named by its path: the nearest plugin beside it. */
static void fail_no_file(const char *path, struct tg_err *err)
{
    struct tg_arena arena = {0};
    struct finding f = {.arena = &arena};
    const char *name = tg_path_name(path);
    char *folder = tg_path_folder(path);
    tg_err_set(err, TG_EXIT_CANNOT, "no plugin file '%s'", path);
    list_folder(&f, folder);
    struct tg_near near = tg_near_begin(name, tg_path_stem(name, ".so"));
    for (size_t i = 0; i < f.found.count; i++) tg_near_offer(&near, f.found.items[i].name, strlen(f.found.items[i].name));
    for (size_t i = 0; i < f.found.count; i++)
        if (near.best == f.found.items[i].name) tg_err_hint(err, "did you mean '%s'?", f.found.items[i].path);
    tg_names_done(&f.seen);
    tg_vec_done(&f.found);
    free(folder);
    tg_arena_done(&arena);
}

/* ---- loading ------------------------------------------------------------------------------------- */

static const struct tg_loaded *find_named(const struct tg_registry *r, const char *name)
{
    for (size_t i = 0; i < r->plugins.count; i++)
        if (strcmp(r->plugins.items[i]->name, name) == 0) return r->plugins.items[i];
    return NULL;
}

static struct tg_loaded *find_same(const struct tg_registry *r, const struct stat *st)
{
    for (size_t i = 0; i < r->plugins.count; i++) {
        struct tg_loaded *p = r->plugins.items[i];
        if (p->path && p->device == (uint64_t)st->st_dev && p->inode == (uint64_t)st->st_ino) return p;
    }
    return NULL;
}

static const struct tg_loaded *load_open(struct tg_registry *r, int fd, const char *path, bool run_code, struct tg_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        tg_err_set(err, TG_EXIT_CANNOT, "could not read plugin '%s': %s", path, strerror(errno));
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        tg_err_set(err, TG_EXIT_CANNOT, "plugin '%s' is not a file", path);
        return NULL;
    }
    struct tg_loaded *p = find_same(r, &st);
    if (p) return p;
    p = tg_load_file(r, fd, path, run_code, err);
    if (!p) return NULL;
    TG_ASSERT(!find_named(r, p->name));
    p->device = (uint64_t)st.st_dev;
    p->inode = (uint64_t)st.st_ino;
    p->written_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
    tg_vec_push(&r->plugins, p);
    return p;
}

/* path has a '/' in it: the dynamic linker would search its own folders for a bare name. */
static const struct tg_loaded *load_path(struct tg_registry *r, const char *path, bool run_code, struct tg_err *err)
{
    TG_ASSERT(strchr(path, '/'));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR) fail_no_file(path, err);
        else tg_err_set(err, TG_EXIT_CANNOT, "could not read plugin '%s': %s", path, strerror(errno));
        return NULL;
    }
    const struct tg_loaded *p = load_open(r, fd, path, run_code, err);
    close(fd);
    return p;
}

static const struct tg_loaded *load_name(struct tg_registry *r, const char *name, bool looks, struct tg_err *err)
{
    const struct tg_loaded *known = find_named(r, name);
    if (known) return known;
    struct where file = {NULL, false};
    if (tg_loaded_is_name(name, strlen(name))) file = find_file(r, name, false);
    if (!file.path) {
        fail_missing(r, name, err);
        return NULL;
    }
    const struct tg_loaded *p = NULL;
    if (check_only_one(r, name, &file, err)) { p = load_path(r, file.path, !looks || file.trusted, err); }
    free(file.path);
    return p;
}

const struct tg_loaded *tg_registry_look(struct tg_registry *r, const char *name, struct tg_err *err)
{
    return load_name(r, name, true, err);
}

/* Heap. A path that needs nothing before it stays as it is: it is shown, and handed to other processes. */
static char *path_from(const char *folder, const char *path)
{
    bool inside = *path != '/' && folder && *folder;
    if (!inside && strchr(path, '/')) return tg_alloc_text(path);
    return tg_alloc_format("%s/%s", inside ? folder : ".", path);
}

const struct tg_loaded *tg_registry_load(struct tg_registry *r, const char *name_or_path, const char *folder,
                                         struct tg_err *err)
{
    if (!strchr(name_or_path, '/') && !tg_path_ends(name_or_path, ".so")) return load_name(r, name_or_path, r->looks, err);
    char *path = path_from(folder, name_or_path);
    char *trusted = r->looks ? find_trusted(r, path) : NULL;
    const struct tg_loaded *p = load_path(r, trusted ? trusted : path, !r->looks || trusted, err);
    free(trusted);
    free(path);
    return p;
}

/* ---- types --------------------------------------------------------------------------------------- */

const struct tg_object_type *tg_registry_type(const struct tg_registry *r, const char *name, size_t length)
{
    for (size_t i = 0; i < r->plugins.count; i++) {
        const struct tg_loaded *p = r->plugins.items[i];
        for (size_t k = 0; k < p->type_count; k++)
            if (strlen(p->types[k].name) == length && memcmp(p->types[k].name, name, length) == 0) return p->types[k].type;
    }
    return NULL;
}

const char *tg_registry_type_name(const struct tg_registry *r, const struct tg_object_type *type)
{
    for (size_t i = 0; i < r->plugins.count; i++) {
        const struct tg_loaded *p = r->plugins.items[i];
        for (size_t k = 0; k < p->type_count; k++)
            if (p->types[k].type == type) return p->types[k].name;
    }
    return NULL;
}
