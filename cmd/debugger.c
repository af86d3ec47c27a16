/* SPDX-License-Identifier: MIT
 * gdb gets a script, in a file without a name. It stops at tg_debugger_here, which is called for the one task alone, right before
 * its function; reads there where that is, and stops again where its arguments are in place. If the run ends before, so does
 * gdb, with the same status. */
#include "cmd/debugger.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/ascii.h"
#include "engine/command/shell.h"
#include "engine/command/spawn.h"
#include "engine/plugin/symbol.h"

static const char script[] = "handle SIGPIPE SIGUSR1 SIGUSR2 SIGALRM SIGXFSZ nostop noprint pass\n"
                             "tbreak tg_debugger_here\n"
                             "run\n"
                             "if $_isvoid($_exitcode) && $_isvoid($_exitsignal)\n"
                             "  eval \"tbreak %s\", (char *) &tg_debugger_place\n"
                             "  continue\n"
                             "else\n"
                             "  if $_isvoid($_exitcode)\n"
                             "    quit 128 + $_exitsignal\n"
                             "  else\n"
                             "    quit $_exitcode\n"
                             "  end\n"
                             "end\n";

/* ---- where it stops ------------------------------------------------------------------------------ */

/* Read by the script. */
char tg_debugger_place[256] = "*0";
void tg_debugger_here(void);

__attribute__((noinline, used)) void tg_debugger_here(void)
{
    __asm__ volatile("" : : "r"(tg_debugger_place) : "memory");
}

void tg_debugger_stop(const void *function)
{
    struct tg_buf b = {0};
    tg_symbol_add(&b, function);
    if (b.length >= sizeof tg_debugger_place) b.length = 0, tg_buf_format(&b, "*%p", function);
    memcpy(tg_debugger_place, b.data, b.length + 1);
    tg_buf_done(&b);
    tg_debugger_here();
}

/* ---- its command --------------------------------------------------------------------------------- */

/* The program: the command up to its first blank. */
static char *program_of(const char *command)
{
    return tg_alloc_copy(command, strcspn(command, " \t\n"));
}

bool tg_debugger_check(const char *command, struct tg_err *err)
{
    bool good = *command && !strchr(" \t\n'\"", *command);
    return good || tg_err_set(err, TG_EXIT_USAGE, "must be a program, with its arguments behind it");
}

static bool find_debugger(const char *program, struct tg_err *err)
{
    if (tg_spawn_finds(program)) return true;
    tg_err_set(err, TG_EXIT_CANNOT, "cannot find '%s', which is to debug the task", program);
    if (strcmp(program, "gdb") == 0)
        tg_err_hint(err, "Install it: apt-get install gdb. Another one is named by --gdb=COMMAND.");
    else tg_err_hint(err, "--gdb names a gdb, or a program that takes its options.");
    return false;
}

/* Holds the script for as long as gdb needs; inherited. */
static int open_script(void)
{
    int fd = memfd_create("tgrun-debug", 0);
    if (fd >= 0 && write(fd, script, sizeof script - 1) == (ssize_t)(sizeof script - 1)) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

static void add_word(struct tg_buf *b, const char *word)
{
    tg_buf_char(b, ' ');
    tg_shell_quote(b, word);
}

/* The words of our own command line, as options are set now: the folder is the one to be in already. */
static void add_own_words(struct tg_buf *b, const struct tg_cli *cli, const char *self, const char *file, const char *task)
{
    struct tg_words words = {0};
    add_word(b, self);
    add_word(b, cli->verb->name);
    add_word(b, "--here");
    for (const struct tg_opt *o = cli->verb->options; !tg_opt_end(o); o++) {
        bool own = o->offset == TG_AT(folder) || o->offset == TG_AT(file) || o->offset == TG_AT(here);
        if (!own && cli->layers.of[o - cli->verb->options]) tg_opt_write(o, cli, &words);
    }
    for (size_t i = 0; i < words.count; i++) {
        add_word(b, words.items[i]);
        free((char *)words.items[i]);
    }
    tg_vec_done(&words);
    add_word(b, "-f");
    add_word(b, file);
    add_word(b, "--");
    add_word(b, task);
}

static void become_gdb(const char *line)
{
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
}

bool tg_debugger_exec(const struct tg_cli *cli, const char *file, const char *task, struct tg_err *err)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    char *program = program_of(cli->gdb);
    bool good = find_debugger(program, err);
    int fd = good ? open_script() : -1;
    if (good && (fd < 0 || length < 0)) tg_err_set(err, TG_EXIT_CANNOT, "cannot start '%s': %s", program, strerror(errno));
    if (fd >= 0 && length >= 0) {
        struct tg_buf line = {0};
        self[length] = 0;
        tg_buf_text(&line, "exec ");
        tg_shell_quote(&line, program);
        tg_buf_format(&line, " -q -return-child-result -x /proc/self/fd/%d%s --args", fd, cli->gdb + strlen(program));
        add_own_words(&line, cli, self, file, task);
        become_gdb(line.data);
        tg_err_set(err, TG_EXIT_CANNOT, "cannot start '%s': %s", program, strerror(errno));
        tg_buf_done(&line);
        close(fd);
    }
    free(program);
    return false;
}
