/* SPDX-License-Identifier: MIT
 * The programs that run the text of an `sh`. */
#include "engine/command/shell.h"

#include <string.h>

#include "engine/base/alloc.h"

const char *const tg_shell_default[] = {"bash", "-euo", "pipefail", "-c", NULL};

static const struct {
    const char *name;
    bool arrays;
} known[] = {{"sh", false}, {"dash", false}, {"bash", true}, {"ksh", true}, {"zsh", true}};

static const char *program_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Behind `env` and the variables that it sets. */
static const char *const *skip_env(const char *const *words)
{
    if (!words[0] || strcmp(program_base(words[0]), "env") != 0) return words;
    words++;
    while (*words && **words != '-' && strchr(*words, '=')) words++;
    return words;
}

bool tg_shell_known(const char *const *shell, bool *arrays)
{
    const char *program = *skip_env(shell);
    for (size_t i = 0; program && i < TG_COUNT(known); i++) {
        if (strcmp(program_base(program), known[i].name) != 0) continue;
        *arrays = known[i].arrays;
        return true;
    }
    return false;
}

char **tg_shell_argv(const struct tg_step *step)
{
    const char *const *shell = step->shell ? step->shell : tg_shell_default;
    size_t count = 0;
    while (shell[count]) count++;
    char **argv = tg_alloc((count + 2) * sizeof *argv);
    memcpy(argv, shell, count * sizeof *argv);
    argv[count] = (char *)step->script;
    argv[count + 1] = NULL;
    return argv;
}
