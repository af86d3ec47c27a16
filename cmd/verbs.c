/* SPDX-License-Identifier: MIT
 * The table of verbs. */
#include <string.h>

#include "cmd/cmd.h"

const struct tg_verb *const tg_verbs[] = {
    &tg_verb_run,    &tg_verb_watch,  &tg_verb_check,   &tg_verb_graph, &tg_verb_debug,   &tg_verb_trace,
    &tg_verb_report, &tg_verb_status, &tg_verb_scale,   &tg_verb_stop,  &tg_verb_why,     &tg_verb_log,
    &tg_verb_clean,  &tg_verb_list,   &tg_verb_plugins, &tg_verb_fmt,   &tg_verb_convert, &tg_verb_new,
    &tg_verb_config, &tg_verb_driver, &tg_verb_help,    NULL,
};

const struct tg_verb *tg_verbs_find(const char *name)
{
    for (size_t i = 0; tg_verbs[i]; i++)
        if (strcmp(tg_verbs[i]->name, name) == 0) return tg_verbs[i];
    return NULL;
}
