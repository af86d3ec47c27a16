/* SPDX-License-Identifier: MIT
 * The programs that run the text of an `sh`. */
#include "engine/command/shell.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"

const char *const tg_shell_default[] = {"bash", "-euo", "pipefail", "-c", NULL};

static const struct shell {
    const char *name;
    bool arrays;
} shells[] = {{"sh", false}, {"dash", false}, {"bash", true}, {"ksh", true}, {"zsh", true}};

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

static const struct shell *find_shell(const char *const *words)
{
    const char *program = *skip_env(words ? words : tg_shell_default);
    for (size_t i = 0; program && i < TG_COUNT(shells); i++)
        if (strcmp(program_base(program), shells[i].name) == 0) return &shells[i];
    return NULL;
}

bool tg_shell_is_known(const char *const *shell)
{
    return find_shell(shell);
}

bool tg_shell_has_arrays(const char *const *shell)
{
    const struct shell *found = find_shell(shell);
    return found && found->arrays;
}

bool tg_shell_says(const char *const *shell, const char *line, size_t length)
{
    const char *program = *skip_env(shell ? shell : tg_shell_default);
    size_t name = program && find_shell(shell) ? strlen(program) : 0;
    return name && length > name && memcmp(line, program, name) == 0 && line[name] == ':';
}

/* Keywords and builtins of sh, dash, bash, ksh and zsh, but for `true` and `false`, which are programs, too. */
/* clang-format off */
static const char of_shells[] =
    " - . : [ ] [[ ]] { } ! alias always autoload bg bind bindkey break builtin bye caller case cd chdir command compgen complete"
    " compopt continue coproc declare dirs disable disown do done echo echotc echoti elif else emulate enable end enum esac eval"
    " exec exit export fc fg fi float for foreach function functions getln getopts global hash help hist history if in"
    " integer jobs kill let limit local log login logout mapfile nameref newgrp nocorrect noglob popd print printf private pushd"
    " pushln pwd read readarray readonly rehash repeat return sched select set setopt shift shopt source suspend test then"
    " time times trap ttyctl type typeset ulimit umask unalias unfunction unhash unlimit unset unsetopt until vared wait whence"
    " where which while zcompile zformat zle zmodload zparseopts zprof zpty zregexparse zsocket zstyle ztcp compound r ";
/* clang-format on */

bool tg_shell_has_word(const char *word, size_t length)
{
    if (length == 0) return false;
    for (const char *at = of_shells; (at = memmem(at, strlen(at), word, length)); at++)
        if (at[-1] == ' ' && at[length] == ' ') return true;
    return false;
}

void tg_shell_quote(struct tg_buf *b, const char *text)
{
    tg_buf_char(b, '\'');
    for (; *text; text++) {
        if (*text == '\'') tg_buf_text(b, "'\\''");
        else tg_buf_char(b, *text);
    }
    tg_buf_char(b, '\'');
}

bool tg_shell_defines(const char *const *shell, const char *name)
{
    const char *program = *skip_env(shell ? shell : tg_shell_default);
    if (!program || strcmp(program_base(program), "bash") != 0) return false;
    const char *startup = getenv("BASH_ENV");
    if (startup && *startup) return true;
    char *variable = tg_alloc_format("BASH_FUNC_%s%%%%", name);
    bool exported = getenv(variable);
    free(variable);
    return exported;
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
