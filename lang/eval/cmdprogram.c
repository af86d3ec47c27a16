/* SPDX-License-Identifier: MIT
 * Programs and images that commands cannot do without, by their sites alone. */
#include "lang/eval/cmdprogram.h"

#include <string.h>

#include "engine/command/shell.h"
#include "lang/bind/callee.h"
#include "lang/bind/options.h"

const char *tg_cmdprogram_shell(const struct tg_site *site, const struct tg_graph *g, struct tg_arena *arena)
{
    if (!(site->def->flags & TG_DEF_COMMAND)) return NULL;
    const struct tg_command_def *c = site->def->data;
    tg_value options = g->options.items[site->options];
    bool contained = tg_options_text(options, "container") || tg_options_is_late(options, "container");
    if (!c->has_text || contained) return NULL;
    const char *const *shell = tg_options_shell(options, arena);
    if (tg_shell_is_known(shell) && !c->needs_shell) return NULL;
    return shell ? shell[0] : tg_shell_default[0];
}

const char *tg_cmdprogram_wrap(const struct tg_site *site, const struct tg_graph *g, struct tg_arena *arena)
{
    if (!(site->def->flags & TG_DEF_COMMAND)) return NULL;
    const char *const *wrap = tg_options_words(g->options.items[site->options], "wrap", arena);
    return wrap ? wrap[0] : NULL;
}

const char *tg_cmdprogram_image(const struct tg_site *site, const struct tg_graph *g)
{
    return site->def->flags & TG_DEF_COMMAND ? tg_options_text(g->options.items[site->options], "container") : NULL;
}

static const char *plain_text(const struct tg_ast *n)
{
    return n->kind == TG_N_STR && n->length && !memchr(n->text, 0, n->length) ? n->text : NULL;
}

const char *tg_cmdprogram_word(const struct tg_command_def *c, uint32_t i, struct tg_arena *arena)
{
    const struct tg_ast *list = tg_n_run_words(tg_n_task_steps(c->node).items[0]);
    if (list->kind != TG_N_LIST || i >= tg_n_list_items(list).count) return NULL;
    const struct tg_ast *n = tg_n_list_items(list).items[i];
    if (n->kind != TG_N_CALL || !tg_callee_is_builtin(tg_n_call_callee(n), TG_BUILTIN_HERE)) return plain_text(n);
    struct tg_kids args = tg_n_call_args(n);
    const char *path = args.count == 1 ? plain_text(tg_n_arg_value(args.items[0])) : NULL;
    return !path || *path == '/' ? path : tg_arena_format(arena, "%s/%s", c->module->folder, path);
}

bool tg_cmdprogram_is_found_here(const struct tg_site *site, const struct tg_graph *g, struct tg_arena *arena)
{
    tg_value options = g->options.items[site->options];
    bool moved = tg_options_is_late(options, "wrap") || tg_options_is_late(options, "dir") ||
                 tg_options_is_late(options, "env");
    if (moved || tg_options_words(options, "wrap", arena) || tg_options_text(options, "dir")) return false;
    for (char **setting = tg_options_settings(options, arena); setting && *setting; setting++)
        if (strncmp(*setting, "PATH", strlen("PATH")) == 0) return false;
    return true;
}
