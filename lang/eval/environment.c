/* SPDX-License-Identifier: MIT
 * Files and variables of the environment, as built-in functions see them. */
#include "lang/eval/environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/glob.h"
#include "engine/base/utf8.h"
#include "lang/eval/attempt.h"
#include "lang/eval/builtin.h"
#include "lang/eval/core_task.h"

#define TEXT TG_KIND_BIT(TG_STR)
static const struct tg_type text_type = {.kinds = TEXT, .accepts = TEXT | TG_KIND_BIT(TG_FILE)};

/* ---- helpers ------------------------------------------------------------------------------------- */

const char *tg_environment_text(struct tg_eval *e, const struct tg_ast *n, const char *param, const char *name, tg_value v)
{
    if (!(text_type.accepts & TG_KIND_BIT(tg_kind(v)))) return tg_eval_misfit(e, n, param, name, &text_type, v), NULL;
    if (!memchr(tg_str_of(v)->data, 0, tg_str_of(v)->length)) return tg_str_of(v)->data;
    return tg_eval_error(e, n, "argument '%s' of '%s' holds a NUL byte", param, name), NULL;
}

bool tg_environment_waits(struct tg_eval *e, const struct tg_ast *n, enum tg_builtin_id id, tg_value *args, size_t count,
                          tg_value *out)
{
    bool waits = tg_kind(e->after) == TG_LIST && tg_future_in(e->after);
    if (waits && tg_kind(args[0]) != TG_FUTURE) {
        tg_value behind[2] = {args[0], tg_value_ref(e->after)};
        args[0] = tg_core_task_run(e, n, "after", false, behind, 2);
    }
    return tg_builtin_suspends(e, n, id, args, count, 0, &text_type, out);
}

tg_value tg_environment_look(struct tg_eval *e, const struct tg_ast *n, enum tg_builtin_id id, tg_environment_at *look,
                             tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (tg_environment_waits(e, n, id, args, count, &out)) return out;
    const char *path = tg_environment_text(e, n, "path", tg_builtins[id].name, args[0]);
    if (path) out = look(e, n, path);
    tg_value_unref_all(args, count);
    return out;
}

/* ---- glob ----------------------------------------------------------------------------------------- */

struct asking {
    struct tg_eval *e;
    const struct tg_ast *n;
};

static bool must_stop(void *data)
{
    const struct tg_eval *e = ((struct asking *)data)->e;
    return e->stop && atomic_load_explicit(e->stop, memory_order_relaxed) >= TG_STOP_SIGNAL;
}

/* What `missing` says about no match: "ok", "warn" or "error". NULL after an error. */
static const char *if_missing(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    if (count < 2 || args[1].tag == TG_UNSET) return "warn";
    if (tg_kind(args[1]) == TG_FUTURE) tg_attempt_refuse(e);
    const char *text = tg_kind(args[1]) == TG_STR ? tg_str_of(args[1])->data : "";
    if (strcmp(text, "ok") == 0 || strcmp(text, "warn") == 0 || strcmp(text, "error") == 0) return text;
    return tg_eval_error(e, n, "argument 'missing' of 'glob' must be \"ok\", \"warn\" or \"error\""), NULL;
}

static tg_value list_of_files(char *const *paths, size_t count)
{
    tg_value list = tg_list_make(count);
    for (size_t i = 0; i < count; i++) tg_list_add(list, tg_str_make(TG_FILE, paths[i], strlen(paths[i])));
    return list;
}

static tg_value find_files(struct tg_eval *e, const struct tg_ast *n, const char *pattern, const char *missing)
{
    struct tg_err err = {0};
    struct tg_glob g = {.stopped = must_stop, .data = &(struct asking){e, n}};
    tg_value out = tg_bad();
    if (e->program->globs) tg_names_add(e->program->globs, pattern, strlen(pattern));
    if (!tg_glob_find(&g, pattern, &err)) {
        if (!tg_eval_stopped(e, n)) tg_eval_take(e, n, &err);
        else tg_err_done(&err);
    } else if (g.paths.count == 0 && strcmp(missing, "error") == 0) {
        tg_eval_error(e, n, "no file matches '%s'", pattern);
    } else {
        out = list_of_files(g.paths.items, g.paths.count);
        for (size_t i = 0; i < g.closed.count; i++)
            tg_eval_warn(e, n, NULL, "may not read the folder '%s': what is in it is missing in '%s'", g.closed.items[i],
                         pattern);
        if (g.paths.count == 0 && strcmp(missing, "warn") == 0)
            tg_eval_warn(e, n, "glob(.., missing = \"ok\") says that this is fine.", "no file matches '%s'", pattern);
    }
    tg_glob_done(&g);
    return out;
}

tg_value tg_environment_glob(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    const char *missing = if_missing(e, n, args, count);
    if (missing && tg_environment_waits(e, n, TG_BUILTIN_GLOB, args, count, &out)) return out;
    const char *pattern = missing ? tg_environment_text(e, n, "pattern", "glob", args[0]) : NULL;
    if (pattern) out = find_files(e, n, pattern, missing);
    tg_value_unref_all(args, count);
    return out;
}

/* ---- the others ----------------------------------------------------------------------------------- */

/* Relative to the file, as the paths of `use` and `import` are. */
static tg_value path_beside(struct tg_eval *e, const struct tg_ast *n, const char *path)
{
    const char *folder = e->module->folder;
    if (path[0] == '/' || strcmp(folder, ".") == 0) return tg_str(path);
    if (tg_utf8_valid(folder, strlen(folder)) != strlen(folder))
        return tg_eval_error(e, n, "the path of the folder '%s' is not UTF-8", folder);
    char *joined = tg_alloc_format("%s/%s", folder, path);
    tg_value out = tg_str(joined);
    free(joined);
    return out;
}

tg_value tg_environment_here(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (tg_builtin_suspends(e, n, TG_BUILTIN_HERE, args, count, 0, &text_type, &out)) return out;
    const char *path = tg_environment_text(e, n, "path", "here", args[0]);
    if (path) out = path_beside(e, n, path);
    tg_value_unref_all(args, count);
    return out;
}

tg_value tg_environment_env(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (tg_environment_waits(e, n, TG_BUILTIN_ENV, args, count, &out)) return out;
    const char *name = tg_environment_text(e, n, "name", "env", args[0]), *text = name ? getenv(name) : NULL;
    if (text && tg_utf8_valid(text, strlen(text)) != strlen(text))
        tg_eval_error(e, n, "the environment variable '%s' is not UTF-8", name);
    else if (name && text) out = tg_str(text);
    else if (name && count > 1 && args[1].tag != TG_UNSET) out = tg_value_ref(args[1]);
    else if (name) out = tg_nil();
    tg_value_unref_all(args, count);
    return out;
}

void tg_environment_note(const struct tg_eval *e, const char *path)
{
    if (e->program->seen) tg_names_add(e->program->seen, path, strlen(path));
}

/* A link that leads nowhere is no file; a folder that may not be looked into is an error, since nobody knows. */
static tg_value path_exists(struct tg_eval *e, const struct tg_ast *n, const char *path)
{
    struct stat st;
    tg_environment_note(e, path);
    if (stat(path, &st) == 0) return tg_bool(true);
    if (errno == ENOENT || errno == ENOTDIR) return tg_bool(false);
    return tg_eval_error(e, n, "could not look for '%s': %s", path, strerror(errno));
}

tg_value tg_environment_exists(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    return tg_environment_look(e, n, TG_BUILTIN_EXISTS, path_exists, args, count);
}

/* Why a file cannot be read, as far as that is known without its content; NULL: it seems that it can. */
static const char *unreadable(const char *path)
{
    struct stat st;
    if (access(path, R_OK) != 0) return strerror(errno);
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? strerror(EISDIR) : NULL;
}

struct tg_source *tg_environment_read(struct tg_eval *e, const struct tg_ast *n, const char *path, struct tg_sources *files)
{
    struct tg_err err = {0}, told = {0};
    struct tg_place place;
    tg_environment_note(e, path);
    const char *why = unreadable(path);
    struct tg_source *s = why ? NULL : tg_sources_read_as(files, "file", strcmp(path, "-") == 0 ? "./-" : path, &err);
    if (s) return s;
    if (!why && tg_sources_place(files, err.span, &place))
        tg_err_set(&told, TG_EXIT_FAILED, "%s:%u: %s", path, place.line, err.message);
    else tg_err_set(&told, TG_EXIT_FAILED, "could not read '%s': %s", path, why ? why : err.message);
    if (err.hint) tg_err_hint(&told, "%s", err.hint);
    tg_err_done(&err);
    tg_eval_take(e, n, &told);
    return NULL;
}
