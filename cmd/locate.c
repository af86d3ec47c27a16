/* SPDX-License-Identifier: MIT
 * The workflow of the folder.
 *
 * In a folder that has one, a first word is a file if it says so itself: by its ending, or as a script that tgrun is to read.
 * Any other word is a name, whether or not there is such a file. The same line must mean the same on the day after, when
 * the result that it names has been made. */
#include "cmd/locate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/meant.h"
#include "engine/base/near.h"

static const char *const standard_names[] = {"workflow.tg", "workflow.yaml", "workflow.yml"};
#define NAMES (sizeof standard_names / sizeof *standard_names)

/* ---- files --------------------------------------------------------------------------------------- */

/* "#!/usr/bin/env tgrun" */
static bool is_script(const char *path)
{
    char line[256];
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
    if (fd >= 0) close(fd);
    line[length > 0 ? length : 0] = 0;
    line[strcspn(line, "\n")] = 0;
    return strncmp(line, "#!", 2) == 0 && strstr(line, "tgrun");
}

/* The workflows of the folder; the first two of them. */
static size_t find_standard(const char **found)
{
    size_t count = 0;
    for (size_t i = 0; i < NAMES; i++)
        if (tg_meant_is_file(standard_names[i]) && count < 2) found[count++] = standard_names[i];
    return count;
}

bool tg_locate_any(void)
{
    const char *found[2];
    return find_standard(found) > 0;
}

static const char *near_verb(const char *word)
{
    struct tg_near near = tg_near_begin(word, strlen(word));
    for (size_t i = 0; tg_verbs[i]; i++) tg_near_offer(&near, tg_verbs[i]->name, strlen(tg_verbs[i]->name));
    return near.best;
}

/* ---- the words ----------------------------------------------------------------------------------- */

static void put_first(struct tg_cli *cli, const char *path)
{
    tg_vec_push(&cli->words, path);
    for (size_t i = cli->words.count; --i > 0;) cli->words.items[i] = cli->words.items[i - 1];
    cli->words.items[0] = path;
}

static bool no_workflow(const struct tg_cli *cli, struct tg_err *err)
{
    tg_err_set(err, TG_EXIT_USAGE, "'%s' needs %s", cli->verb->name, cli->verb->needs);
    tg_err_hint(err, "The folder has no workflow.tg, workflow.yaml or workflow.yml. Usage: tgrun %s %s", cli->verb->name,
                cli->verb->usage);
    return false;
}

static bool two_workflows(const char *const *found, struct tg_err *err)
{
    tg_err_set(err, TG_EXIT_USAGE, "the folder has two workflows, '%s' and '%s'", found[0], found[1]);
    tg_err_hint(err, "-f %s reads the first.", found[0]);
    return false;
}

/* A first word that must be a file. One that is not there is missed when it is opened, unless more can be said. */
static bool check_file_word(const struct tg_cli *cli, const char *word, struct tg_err *err)
{
    if (access(word, F_OK) == 0 || errno != ENOENT || tg_meant_ending(word)) return true;
    char *other = tg_meant_file(word);
    bool plain = !strpbrk(word, "./") && *word;
    const char *verb = cli->verb_left_out ? near_verb(word) : NULL;
    if (!other && !(plain && cli->verb_left_out)) return true;
    tg_err_set(err, TG_EXIT_USAGE, "no %sfile '%s'", cli->verb_left_out && plain ? "verb and no " : "", word);
    if (other) tg_err_hint(err, "did you mean '%s'?", other);
    else if (verb) tg_err_hint(err, "did you mean '%s'?", verb);
    else tg_err_hint(err, "'tgrun help' lists the verbs");
    free(other);
    return false;
}

/* A result may end so, too; if it is not there, it is not read. */
static bool check_ending(const char *word, const char *standard, struct tg_err *err)
{
    if (access(word, F_OK) == 0 || errno != ENOENT) return true;
    tg_err_set(err, TG_EXIT_USAGE, "cannot open workflow '%s': %s", word, strerror(ENOENT));
    tg_err_hint(err, "With -f %s, it is the name of a result file.", standard);
    return false;
}

bool tg_locate(struct tg_cli *cli, struct tg_err *err)
{
    const char *word = cli->words.count ? cli->words.items[0] : NULL, *found[2];
    bool names = cli->verb->words == TG_WORDS_NAMES;
    if (cli->verb->words == TG_WORDS_OTHER) return true;
    if (cli->file) return put_first(cli, cli->file), true;
    if (word && (strcmp(word, "-") == 0 || (names && is_script(word)))) return true;
    if (word && !names) return check_file_word(cli, word, err);
    size_t count = find_standard(found);
    if (word && count && tg_meant_ending(word)) return check_ending(word, found[0], err);
    if (word && !count) return check_file_word(cli, word, err);
    if (count > 1) return two_workflows(found, err);
    if (!count) return no_workflow(cli, err);
    if (word && cli->verb_left_out) cli->near_verb = near_verb(word);
    put_first(cli, found[0]);
    return true;
}
