/* SPDX-License-Identifier: MIT
 * Programs and images that commands cannot do without, by their sites alone. */
#include "lang/eval/cmdprogram.h"

#include "engine/command/shell.h"
#include "lang/bind/module.h"
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
