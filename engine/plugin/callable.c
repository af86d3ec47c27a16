/* SPDX-License-Identifier: MIT
 * Finds the tasks of loaded plugins by name, for tg_find. Nothing is loaded here: the registry does not change any more while
 * tasks run. */
#include "engine/plugin/callable.h"

#include <string.h>

#include "engine/base/near.h"

static const struct tg_loaded *find_plugin(const struct tg_registry *r, const char *name, size_t length)
{
    for (size_t i = 0; i < r->plugins.count; i++) {
        const struct tg_loaded *p = r->plugins.items[i];
        if (strncmp(p->name, name, length) == 0 && !p->name[length]) return p;
    }
    return NULL;
}

static const tg_callable *fail_plugin(const struct tg_registry *r, const char *name, size_t length, struct tg_err *err)
{
    struct tg_near near = tg_near_begin(name, length);
    for (size_t i = 0; i < r->plugins.count; i++)
        tg_near_offer(&near, r->plugins.items[i]->name, strlen(r->plugins.items[i]->name));
    tg_err_set(err, TG_EXIT_FAILED, "no task '%s': the plugin '%.*s' is not loaded", name, (int)length, name);
    if (near.best) tg_err_hint(err, "did you mean '%.*s%s'?", (int)near.best_length, near.best, name + length);
    else tg_err_hint(err, "The workflow must say 'use %.*s'.", (int)length, name);
    return NULL;
}

static const tg_callable *fail_task(const struct tg_loaded *p, const char *task, struct tg_err *err)
{
    struct tg_near near = tg_near_begin(task, strlen(task));
    for (size_t i = 0; i < p->def_count; i++) tg_near_offer(&near, p->defs[i].name, strlen(p->defs[i].name));
    tg_err_set(err, TG_EXIT_FAILED, "plugin '%s' has no task '%s'", p->name, task);
    if (near.best) tg_err_hint(err, "did you mean '%.*s'?", (int)near.best_length, near.best);
    return NULL;
}

const tg_callable *tg_callable_find(const struct tg_registry *r, const char *own, const char *name, struct tg_err *err)
{
    const char *dot = strchr(name, '.'), *plugin = dot ? name : own ? own : "", *task = dot ? dot + 1 : name;
    size_t length = dot ? (size_t)(dot - name) : strlen(plugin);
    const struct tg_loaded *p = find_plugin(r, plugin, length);
    if (!p && dot) return fail_plugin(r, name, length, err);
    if (!p) return tg_err_set(err, TG_EXIT_FAILED, "no task '%s': its plugin is not named", name), NULL;
    TG_ASSERT(p->def_count == 0 || p->tasks);
    const struct tg_def *def = tg_loaded_find(p, task, strlen(task));
    if (!def) return fail_task(p, task, err);
    TG_ASSERT((size_t)(def - p->defs) < p->def_count);
    return (const tg_callable *)(p->tasks + (size_t)(def - p->defs) * p->task_bytes);
}

const struct tg_def *tg_callable_def(const struct tg_registry *r, const tg_callable *task)
{
    for (size_t i = 0; i < r->plugins.count; i++) {
        const struct tg_loaded *p = r->plugins.items[i];
        size_t offset = (size_t)((uintptr_t)task - (uintptr_t)p->tasks);
        if (offset < p->def_count * p->task_bytes) return &p->defs[offset / p->task_bytes];
    }
    return NULL;
}
