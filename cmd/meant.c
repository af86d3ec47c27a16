/* SPDX-License-Identifier: MIT
 * Hints for words that are no names. */
#include "cmd/meant.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/path.h"

const char *const tg_meant_endings[] = {".tg", ".yaml", ".yml", NULL};

bool tg_meant_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool tg_meant_ending(const char *path)
{
    bool found = false;
    for (const char *const *ending = tg_meant_endings; *ending && !found; ending++) found = tg_path_ends(path, *ending);
    return found;
}

char *tg_meant_file(const char *word)
{
    for (const char *const *ending = tg_meant_endings; *word && *ending; ending++) {
        char *path = tg_alloc_format("%s%s", word, *ending);
        if (tg_meant_is_file(path)) return path;
        free(path);
    }
    return NULL;
}

/* "did you mean the verb 'graph' or 'graphs'?" */
static void hint_verb(struct tg_err *err, const char *verb, const char *others)
{
    static const char start[] = "did you mean ";
    bool more = others && strncmp(others, start, sizeof start - 1) == 0;
    if (more) tg_err_hint(err, "did you mean the verb '%s' or %s", verb, others + sizeof start - 1);
    else tg_err_hint(err, "did you mean the verb '%s'?", verb);
}

void tg_meant_hint(const struct tg_cli *cli, struct tg_err *err)
{
    const char *word = cli->words.items[1];
    char *others = err->hint;
    if (cli->file) return;
    err->hint = NULL;
    char *path = tg_meant_file(word);
    if (path) tg_err_hint(err, "did you mean '%s'?", path);
    else if (cli->near_verb) hint_verb(err, cli->near_verb, others);
    else if (tg_meant_is_file(word)) tg_err_hint(err, "-f %s reads it as a workflow.", word);
    else if (others) tg_err_hint(err, "%s", others);
    free(path);
    free(others);
}
