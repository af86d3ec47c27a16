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

/* Keywords and builtins of sh, dash, bash, ksh and zsh, but for `true` and `false`, which are programs, too: by their first
 * letter, as every word of a script is looked for. Those that begin with none come first. */
/* clang-format off */
static const char *const of_shells[32] = {
    " - . : [ ] [[ ]] { } ! ",
    ['a' & 31] = " alias always autoload ",
    ['b' & 31] = " bg bind bindkey break builtin bye ",
    ['c' & 31] = " caller case cd chdir command compgen complete compopt continue coproc compound ",
    ['d' & 31] = " declare dirs disable disown do done ",
    ['e' & 31] = " echo echotc echoti elif else emulate enable end enum esac eval exec exit export ",
    ['f' & 31] = " fc fg fi float for foreach function functions ",
    ['g' & 31] = " getln getopts global ",
    ['h' & 31] = " hash help hist history ",
    ['i' & 31] = " if in integer ",
    ['j' & 31] = " jobs ",
    ['k' & 31] = " kill ",
    ['l' & 31] = " let limit local log login logout ",
    ['m' & 31] = " mapfile ",
    ['n' & 31] = " nameref newgrp nocorrect noglob ",
    ['p' & 31] = " popd print printf private pushd pushln pwd ",
    ['r' & 31] = " read readarray readonly rehash repeat return r ",
    ['s' & 31] = " sched select set setopt shift shopt source suspend ",
    ['t' & 31] = " test then time times trap ttyctl type typeset ",
    ['u' & 31] = " ulimit umask unalias unfunction unhash unlimit unset unsetopt until ",
    ['v' & 31] = " vared ",
    ['w' & 31] = " wait whence where which while ",
    ['z' & 31] = " zcompile zformat zle zmodload zparseopts zprof zpty zregexparse zsocket zstyle ztcp ",
};
/* clang-format on */

bool tg_shell_has_word(const char *word, size_t length)
{
    if (length == 0) return false;
    bool letter = *word >= 'a' && *word <= 'z';
    const char *words = of_shells[letter ? *word & 31 : 0];
    for (const char *at = words; at && (at = memmem(at, strlen(at), word, length)); at++)
        if (at > words && at[-1] == ' ' && at[length] == ' ') return true;
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
