/* SPDX-License-Identifier: MIT
 * How a command is told to the user: its line is what can be pasted into a shell, so that it can be tried by hand.
 * Result files are told by their final names, though the program was given names aside. */
#include "engine/command/cmdtext.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/path.h"
#include "engine/command/shell.h"
#include "engine/command/wrap.h"

/* Bytes of a value as standard input that are shown there. */
#define LONGEST_INPUT 200

static bool is_plain_word(const char *word)
{
    if (!*word) return false;
    for (const char *at = word; *at; at++) {
        if (!tg_ascii_is_name_byte(*at) && (unsigned char)*at < 0x80 && !strchr("-./:=@%+,", *at)) return false;
    }
    return true;
}

void tg_cmdtext_word(struct tg_buf *b, const char *word)
{
    if (is_plain_word(word)) tg_buf_text(b, word);
    else tg_shell_quote(b, word);
}

static char *replaced(const char *text, const char *from, const char *to)
{
    TG_ASSERT(*from);
    struct tg_buf b = {0};
    const char *hit;
    for (; (hit = strstr(text, from)); text = hit + strlen(from)) {
        tg_buf_add(&b, text, (size_t)(hit - text));
        tg_buf_text(&b, to);
    }
    tg_buf_text(&b, text);
    return tg_buf_take(&b);
}

/* A list's folder aside is told as the folder that its files end in; where the command runs elsewhere, from the root. */
static char *final_name(const struct tg_command *command, const struct tg_result_file *file)
{
    char *name = file->list ? tg_path_folder(file->path) : tg_alloc_text(file->path);
    if (!command->dir) return name;
    char *absolute = tg_path_absolute(name);
    free(name);
    return absolute;
}

static char *with_final_names(const struct tg_command *command, char *take_line)
{
    for (size_t i = 0; i < command->file_count; i++) {
        const struct tg_result_file *file = &command->files[i];
        if (!file->aside || !*file->aside) continue;
        char *to = final_name(command, file), *line = replaced(take_line, file->aside, to);
        free(to);
        free(take_line);
        take_line = line;
    }
    return take_line;
}

static void cut(struct tg_buf *b, size_t most)
{
    if (b->length <= most) return;
    b->length = most;
    while (b->length > 0 && ((unsigned char)b->data[b->length] & 0xc0) == 0x80) b->length--;
    tg_buf_text(b, " ...");
}

/* What is taken away from the environment, and what is set: before a program, or, of a script, as statements. */
static void add_settings(struct tg_buf *b, char *const *settings, bool script)
{
    bool env = script;
    for (char *const *s = settings; s && *s; s++) {
        if (strchr(*s, '=')) continue;
        tg_buf_format(b, script ? "unset %s; " : env ? "-u %s " : "env -u %s ", *s);
        env = true;
    }
    for (char *const *s = settings; s && *s; s++) {
        const char *equals = strchr(*s, '=');
        if (!equals) continue;
        tg_buf_format(b, "%s%.*s=", script ? "export " : "", (int)(equals - *s), *s);
        if (equals[1]) tg_cmdtext_word(b, equals + 1);
        tg_buf_text(b, script ? "; " : " ");
    }
}

static void add_words(struct tg_buf *b, char *const *argv, size_t most)
{
    for (size_t i = 0; argv[i] && b->length <= most; i++) {
        if (i) tg_buf_char(b, ' ');
        if (i == 0 && strchr(argv[0], '=')) tg_shell_quote(b, argv[0]); /* to a shell, else, an assignment */
        else tg_cmdtext_word(b, argv[i]);
    }
}

static void add_redirection(struct tg_buf *b, const struct tg_command *command, const char *sign, const char *path)
{
    if (!path) return;
    char *absolute = command->dir ? tg_path_absolute(path) : NULL;
    tg_buf_text(b, sign);
    tg_cmdtext_word(b, absolute ? absolute : path);
    free(absolute);
}

/* Words before a program. */
static void add_wrap(struct tg_buf *b, const struct tg_command *command, const struct tg_step *step)
{
    char **words = tg_wrap_words(command, step, SIZE_MAX, NULL);
    for (char **word = words; word && *word; word++) {
        tg_cmdtext_word(b, *word);
        tg_buf_char(b, ' ');
    }
    tg_wrap_free(words);
}

/* A text of shell; of one of several lines, what ends the last is not shown. */
static void add_script(struct tg_buf *b, const char *text)
{
    tg_buf_text(b, text);
    while (b->length && strchr(" \t\n", b->data[b->length - 1])) b->length--;
}

/* A text that a wrapped shell runs. */
static void add_wrapped_script(struct tg_buf *b, const struct tg_step *step, const char *text)
{
    const char *const *shell = step->shell ? step->shell : tg_shell_default;
    for (; *shell; shell++) {
        tg_cmdtext_word(b, *shell);
        tg_buf_char(b, ' ');
    }
    tg_shell_quote(b, text);
}

/* A value that is read as standard input: what a shell would be given to have it. */
static void put_stdin(struct tg_buf *b, const struct tg_step *step)
{
    if (!step->input || step->input_path) return;
    if (step->input_length > LONGEST_INPUT || memchr(step->input, 0, step->input_length)) {
        tg_buf_format(b, "... (%zu bytes) | ", step->input_length);
        return;
    }
    char *text = tg_alloc_copy(step->input, step->input_length);
    tg_buf_text(b, "printf %s ");
    tg_cmdtext_word(b, text);
    tg_buf_text(b, " | ");
    free(text);
}

char *tg_cmdtext_line(const struct tg_command *command, const struct tg_step *step, size_t most)
{
    struct tg_buf b = {0};
    TG_ASSERT(step->argv || step->script);
    bool script = !step->argv && !command->wrap && !command->container;
    if (command->dir) {
        tg_buf_text(&b, "cd ");
        tg_cmdtext_word(&b, command->dir);
        tg_buf_text(&b, " && ");
    }
    put_stdin(&b, step);
    add_settings(&b, step->settings, script);
    add_wrap(&b, command, step);
    if (!step->argv && !script) add_wrapped_script(&b, step, step->shown ? step->shown : step->script);
    else if (step->shown) add_script(&b, step->shown);
    else if (step->argv) add_words(&b, step->argv, most);
    else add_script(&b, step->script);
    if (step->piped_count) add_redirection(&b, command, " < ", step->input_path);
    for (size_t i = 0; i < step->piped_count && b.length <= most; i++) {
        tg_buf_text(&b, " | ");
        add_settings(&b, step->settings, false);
        add_wrap(&b, command, step);
        add_words(&b, step->piped[i], most);
    }
    cut(&b, most);
    if (!step->piped_count) add_redirection(&b, command, " < ", step->input_path);
    add_redirection(&b, command, " > ", step->output_path);
    return with_final_names(command, tg_buf_take(&b));
}

const char *tg_cmdtext_final(const struct tg_command *command, const char *path)
{
    for (size_t i = 0; i < command->file_count; i++)
        if (command->files[i].aside && strcmp(command->files[i].aside, path) == 0) return command->files[i].path;
    return path;
}

char *tg_cmdtext_signal(int number)
{
    static const struct {
        int number;
        const char *name;
    } known[] = {{SIGABRT, "ABRT"}, {SIGALRM, "ALRM"}, {SIGBUS, "BUS"},   {SIGFPE, "FPE"},   {SIGHUP, "HUP"},
                 {SIGILL, "ILL"},   {SIGINT, "INT"},   {SIGKILL, "KILL"}, {SIGPIPE, "PIPE"}, {SIGQUIT, "QUIT"},
                 {SIGSEGV, "SEGV"}, {SIGSYS, "SYS"},   {SIGTERM, "TERM"}, {SIGTRAP, "TRAP"}, {SIGUSR1, "USR1"},
                 {SIGUSR2, "USR2"}, {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].number == number) return tg_alloc_text(known[i].name);
    return tg_alloc_format("%d", number);
}
