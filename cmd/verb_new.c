/* SPDX-License-Identifier: MIT
 * `tgrun new`: a plugin or a workflow to start from, made from cmd/templates/. Nothing that exists is touched; what
 * was made before a failure is removed again. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/paths.h"
#include "engine/base/ascii.h"
#include "engine/base/out.h"

#define LONGEST_NAME 64 /* of a plugin or workflow: it becomes a file name with an ending */

static const struct tg_opt options[] = {
    {.group = "Options",
     .letter = 'C',
     .kind = TG_OPT_TEXT,
     .value = "DIR",
     .help = "go to this folder first",
     .offset = TG_AT(folder),
     .complete = TG_COMPLETE_FOLDER},
    TG_OPTIONS_COMMON,
    {0},
};

/* ---- names --------------------------------------------------------------------------------------- */

static bool is_word_of_the_language(const char *name)
{
    static const char *const words[] = {
        "and", "as",  "assert", "break",  "continue", "else",   "extern", "false", "fn",   "for",  "if",  "import", "in",
        "nil", "not", "or",     "output", "param",    "return", "run",    "sh",    "task", "true", "use", "while",  "with",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], name) == 0) return true;
    return false;
}

static bool check_length(const char *name, struct tg_err *err)
{
    if (*name && strlen(name) <= LONGEST_NAME) return true;
    return tg_err_set(err, TG_EXIT_USAGE, "bad name '%s': a name has 1 to %d characters", name, LONGEST_NAME);
}

static bool check_plugin(const char *name, struct tg_err *err)
{
    if (!check_length(name, err)) return false;
    for (const char *c = name; *c; c++) {
        if (tg_ascii_is_name_byte(*c) && (c > name || !tg_ascii_is_digit(*c))) continue;
        return tg_err_set(err, TG_EXIT_USAGE, "bad plugin name '%s': only letters, digits and '_', and no digit at the start",
                          name);
    }
    if (is_word_of_the_language(name))
        return tg_err_set(err, TG_EXIT_USAGE, "bad plugin name '%s': it is a word of the language", name);
    if (strcmp(name, "core") == 0)
        return tg_err_set(err, TG_EXIT_USAGE, "bad plugin name '%s': the built-in plugin has it", name);
    return true;
}

static bool check_workflow(const char *name, struct tg_err *err)
{
    if (!check_length(name, err)) return false;
    for (const char *c = name; *c; c++) {
        if (tg_ascii_is_name_byte(*c) || (c > name && (*c == '-' || *c == '.'))) continue;
        return tg_err_set(err, TG_EXIT_USAGE, "bad workflow name '%s': only letters, digits, '_', '-' and '.'", name);
    }
    return true;
}

/* ---- text ---------------------------------------------------------------------------------------- */

/* "tgrun" if that is what a shell would start, else this program's path. */
static void add_program(struct tg_buf *b)
{
    struct stat self, found;
    struct tg_buf program = {0};
    const char *path = getenv("PATH");
    bool plain = !tg_paths_program(&program) || stat(program.data, &self) != 0;
    while (!plain && path && *path) {
        size_t length = strcspn(path, ":");
        char *file = tg_alloc_format("%.*s/tgrun", (int)length, path);
        bool exists = length && access(file, X_OK) == 0 && stat(file, &found) == 0;
        free(file);
        if (exists) { /* the first one is the one */
            plain = found.st_dev == self.st_dev && found.st_ino == self.st_ino;
            break;
        }
        path += length + (path[length] == ':');
    }
    tg_buf_text(b, plain ? "tgrun" : program.data);
    tg_buf_done(&program);
}

/* Replaces @NAME@ and @TGRUN@. */
static void fill_in(struct tg_buf *b, const char *text, const char *name)
{
    for (const char *at; (at = strchr(text, '@')); text = at) {
        tg_buf_add(b, text, (size_t)(at - text));
        if (strncmp(at, "@NAME@", 6) == 0) tg_buf_text(b, name), at += 6;
        else if (strncmp(at, "@TGRUN@", 7) == 0) add_program(b), at += 7;
        else tg_buf_char(b, *at++);
    }
    tg_buf_text(b, text);
}

/* ---- files --------------------------------------------------------------------------------------- */

struct made {
    TG_VEC(char *) paths; /* a folder first, then its files; heap */
};

static bool cannot_make(const char *path, struct tg_err *err)
{
    tg_err_set(err, errno == EEXIST ? TG_EXIT_USAGE : TG_EXIT_CANNOT, "could not make '%s': %s", path,
               errno == EEXIST ? "it exists already" : strerror(errno));
    return false;
}

static bool make_file(struct made *made, const char *path, const char *text, const char *name, struct tg_err *err)
{
    struct tg_buf b = {0};
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return cannot_make(path, err);
    tg_vec_push(&made->paths, tg_alloc_text(path));
    fill_in(&b, text, name);
    int error = tg_out_write(fd, b.data, b.length);
    tg_buf_done(&b);
    if (close(fd) != 0 && !error) error = errno;
    errno = error;
    return !error || cannot_make(path, err);
}

static void take_back(struct made *made)
{
    for (size_t i = made->paths.count; i-- > 0;) remove(made->paths.items[i]);
}

static bool make_plugin(struct made *made, const char *name, struct tg_err *err)
{
    static const char folder[] = "plugin/";
    if (mkdir(name, 0777) != 0) return cannot_make(name, err);
    tg_vec_push(&made->paths, tg_alloc_text(name));
    bool good = true;
    for (const struct tg_template *t = tg_templates; good && t->path; t++) {
        if (strncmp(t->path, folder, strlen(folder)) != 0) continue;
        const char *file = t->path + strlen(folder);
        char *path = strcmp(file, "plugin.c") == 0 ? tg_alloc_format("%s/%s.c", name, name)
                                                   : tg_alloc_format("%s/%s", name, file);
        good = make_file(made, path, t->text, name, err);
        free(path);
    }
    return good;
}

static bool make_workflow(struct made *made, const char *name, struct tg_err *err)
{
    const struct tg_template *t = tg_templates;
    while (strcmp(t->path, "workflow.tg") != 0) t++;
    char *path = tg_alloc_format("%s.tg", name);
    bool good = make_file(made, path, t->text, name, err);
    free(path);
    return good;
}

/* ---- the verb ------------------------------------------------------------------------------------ */

static enum tg_exit print_made(struct tg_cli *cli, const struct made *made, bool plugin, const char *name)
{
    struct tg_buf b = {0};
    for (size_t i = plugin; i < made->paths.count; i++) tg_buf_format(&b, "made %s\n", made->paths.items[i]);
    if (plugin) tg_buf_format(&b, "next: make -C %s test\n", name);
    else tg_buf_format(&b, "next: tgrun %s.tg\n", name);
    return tg_cmd_print(cli, &b);
}

static enum tg_exit call_new(struct tg_cli *cli)
{
    const char *what = cli->words.items[0];
    struct tg_err err = {0};
    struct made made = {0};
    bool plugin = strcmp(what, "plugin") == 0;
    char *name = tg_alloc_text(cli->words.items[1]);
    size_t length = strlen(name);
    if (!plugin && length > 3 && strcmp(name + length - 3, ".tg") == 0) name[length - 3] = 0;
    bool good;
    if (plugin) good = check_plugin(name, &err) && make_plugin(&made, name, &err);
    else if (strcmp(what, "workflow") == 0) good = check_workflow(name, &err) && make_workflow(&made, name, &err);
    else good = tg_err_set(&err, TG_EXIT_USAGE, "cannot make a '%s': only 'plugin' and 'workflow'", what);
    if (!good) take_back(&made);
    enum tg_exit status = good ? print_made(cli, &made, plugin, name) : tg_report_err(&cli->report, &err);
    for (size_t i = 0; i < made.paths.count; i++) free(made.paths.items[i]);
    tg_vec_done(&made.paths);
    free(name);
    return status;
}

const struct tg_verb tg_verb_new = {
    .name = "new",
    .usage = "plugin|workflow NAME",
    .summary = "make a small plugin or workflow to start from",
    .detail = "A plugin is a folder with C source, Makefile, test and README; a workflow is one file.",
    .options = options,
    .min_words = 2,
    .max_words = 2,
    .needs = "what to make, and a name",
    .call = call_new,
};
