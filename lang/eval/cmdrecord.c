/* SPDX-License-Identifier: MIT
 * What a command is and gets, part by part: each has a name by which `why` tells what differs. */
#include "lang/eval/cmdrecord.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/glob.h"
#include "engine/command/cmdtext.h"
#include "engine/grow/recall.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "lang/bind/options.h"
#include "lang/bind/module.h"

/* Of a value, in words. */
#define SHOWN_BYTES 200

/* ---- which --------------------------------------------------------------------------------------- */

static bool names_inputs(tg_value options)
{
    return tg_kind(options) == TG_RECORD && tg_record_find(options, "inputs", strlen("inputs"));
}

/* Who gets nothing and leaves nothing, as `date`, would be up to date for ever. A server's answer may depend on what it was
 * asked before. */
static const char *always_by_itself(const struct tg_def *def, tg_value options)
{
    const struct tg_command_def *c = def->data;
    if (c->output == TG_OUTPUT_NIL && !names_inputs(options))
        return "it runs always: it has no result, and neither `cache = true` nor `inputs`";
    if (c->output == TG_OUTPUT_NIL) return NULL;
    if (c->serves) return "it runs always: a server's answer may depend on what it was asked before";
    if (c->output == TG_OUTPUT_FILES || def->sig.count || names_inputs(options)) return NULL;
    return "it runs always: it has neither parameters, inputs nor result files";
}

const char *tg_cmdrecord_always(const struct tg_def *def, tg_value options)
{
    if (tg_options_truth(options, "volatile", false)) return "it runs always: `volatile = true`";
    const char *always = always_by_itself(def, options);
    if (tg_options_truth(options, "cache", !always)) return NULL;
    return always ? always : "it runs always: `cache = false`";
}

bool tg_cmdrecord_may(const struct tg_def *def, tg_value options)
{
    return def->flags & TG_DEF_COMMAND && !tg_cmdrecord_always(def, options);
}

/* ---- files --------------------------------------------------------------------------------------- */

static bool is_its_own(const struct tg_again_task *t, const char *path)
{
    bool made = false;
    for (size_t i = 0; i < t->declared.count && !made; i++) made = strcmp(t->declared.items[i], path) == 0;
    return made;
}

static void read_path(void *task, const char *path)
{
    if (!is_its_own(task, path)) tg_again_input(task, path);
}

void tg_cmdrecord_read(struct tg_again_task *t, tg_value v)
{
    tg_value_each_text(v, TG_KIND_BIT(TG_FILE), read_path, t);
}

void tg_cmdrecord_made(struct tg_again_task *t, const struct tg_cmdrecord *c)
{
    struct stat st;
    for (size_t i = 0; i < c->command->step_count; i++) {
        const char *path = c->command->steps[i].output_path;
        if (path && !is_its_own(t, path) && stat(path, &st) == 0 && S_ISREG(st.st_mode)) tg_again_made(t, path, false);
    }
}

/* ---- parts --------------------------------------------------------------------------------------- */

static void tell_text(struct tg_again_task *t, const char *name, const char *text)
{
    if (text) tg_again_part(t, name, text, strlen(text), text);
}

/* Each with its NUL, and one behind them. */
static void put_words(struct tg_buf *b, const char *const *words)
{
    for (; words && *words; words++) tg_buf_add(b, *words, strlen(*words) + 1);
    tg_buf_char(b, 0);
}

static void tell_words(struct tg_again_task *t, const char *name, const char *const *words)
{
    struct tg_buf bytes = {0}, shown = {0};
    if (!words) return;
    put_words(&bytes, words);
    for (size_t i = 0; words[i]; i++) tg_buf_format(&shown, "%s%s", i ? " " : "", words[i]);
    tg_again_part(t, name, bytes.data, bytes.length, tg_buf_str(&shown));
    tg_buf_done(&bytes);
    tg_buf_done(&shown);
}

/* With its NUL; NULL: none. */
static void put_path(struct tg_buf *b, char sign, const char *path)
{
    tg_buf_char(b, sign);
    if (path) tg_buf_text(b, path);
    tg_buf_char(b, 0);
}

static void tell_step(const struct tg_step *s, struct tg_buf *text, struct tg_buf *input)
{
    tg_buf_char(text, s->argv ? 'r' : 's');
    put_words(text, (const char *const *)s->argv);
    if (s->script && !s->argv) tg_buf_text(text, s->script);
    tg_buf_char(text, 0);
    put_words(text, (const char *const *)s->variables);
    tg_buf_add(text, s->data, s->data_length);
    for (size_t i = 0; i < s->piped_count; i++) put_words(text, (const char *const *)s->piped[i]);
    put_path(text, '>', s->output_path);
    put_path(text, '<', s->input_path);
    if (s->input) tg_buf_add(input, s->input, s->input_length);
}

static void tell_steps(struct tg_again_task *t, const struct tg_command *c)
{
    struct tg_buf text = {0}, input = {0}, shown = {0};
    for (size_t i = 0; i < c->step_count; i++) {
        char *line = tg_cmdtext_line(c, &c->steps[i], SHOWN_BYTES);
        if (i) tg_buf_text(&shown, "; ");
        tg_buf_text(&shown, line);
        free(line);
        tell_step(&c->steps[i], &text, &input);
    }
    tg_again_part(t, TG_AGAIN_TEXT, text.data, text.length, tg_buf_str(&shown));
    if (input.length) tg_again_part(t, "its standard input", input.data, input.length, NULL);
    tg_buf_done(&text);
    tg_buf_done(&input);
    tg_buf_done(&shown);
}

static void tell_results(struct tg_again_task *t, const struct tg_cmdrecord *c)
{
    struct tg_buf bytes = {0};
    tg_buf_char(&bytes, (char)('0' + (int)c->command->output));
    for (size_t i = 0; i < c->command->file_count; i++) {
        const struct tg_result_file *f = &c->command->files[i];
        if (f->list) tg_buf_char(&bytes, '*');
        tg_buf_add(&bytes, f->path, strlen(f->path) + 1);
        tg_again_result(t, f->path);
        tg_again_unread(t, f->aside);
    }
    tg_again_part(t, "what it results in", bytes.data, bytes.length, NULL);
    tg_buf_done(&bytes);
}

/* A text that is given for a file is one. */
static void read_argument(struct tg_again_task *t, const struct tg_type *type, tg_value v)
{
    tg_value taken = tg_type_convert(type, tg_value_ref(v));
    tg_cmdrecord_read(t, taken);
    tg_value_unref(taken);
}

void tg_cmdrecord_describe(struct tg_again_task *t, const struct tg_cmdrecord *c)
{
    const struct tg_codec plain = {0};
    for (size_t i = 0; i < c->count; i++) {
        tg_recall_part(t, &plain, c->def->sig.params[i].name, c->args[i]);
        read_argument(t, &c->def->sig.params[i].type, c->args[i]);
    }
    tell_steps(t, c->command);
    tell_results(t, c);
    tell_words(t, "the shell", c->shell);
    tell_words(t, "the option wrap", c->command->wrap);
    tell_words(t, "the option env", (const char *const *)c->settings);
    tell_text(t, "the option dir", c->command->dir);
    tell_text(t, "the option container", tg_options_text(c->options, "container"));
    const tg_value *inputs = tg_kind(c->options) == TG_RECORD ? tg_record_find(c->options, "inputs", strlen("inputs")) : NULL;
    if (inputs) tg_value_each_text(*inputs, TG_KIND_BIT(TG_FILE) | TG_KIND_BIT(TG_STR), read_path, t);
}

/* ---- files that are there ------------------------------------------------------------------------ */

static bool find_there(const struct tg_result_file *f, tg_value *out)
{
    struct tg_glob g = {0};
    struct tg_err err = {0};
    bool found = tg_glob_find(&g, f->pattern ? f->pattern : f->path, &err) && g.paths.count;
    *out = tg_list_make(g.paths.count);
    for (size_t i = 0; i < g.paths.count; i++)
        tg_list_add(*out, tg_str_make(TG_FILE, g.paths.items[i], strlen(g.paths.items[i])));
    tg_glob_done(&g);
    tg_err_done(&err);
    return found;
}

static bool find_file_there(const struct tg_result_file *f, tg_value *out)
{
    struct stat st;
    if (f->list) return find_there(f, out);
    *out = tg_str_make(TG_FILE, f->path, strlen(f->path));
    return stat(f->path, &st) == 0;
}

bool tg_cmdrecord_found(const struct tg_cmdrecord *c, tg_value *out)
{
    const struct tg_command *command = c->command;
    bool one = command->file_count == 1 && !command->files[0].field, found = command->output == TG_OUTPUT_FILES;
    if (!found) return false;
    *out = one ? tg_nil() : tg_record_make(command->file_count);
    for (size_t i = 0; i < command->file_count && found; i++) {
        tg_value v;
        found = find_file_there(&command->files[i], &v);
        if (one) *out = v;
        else tg_record_put(*out, tg_str(command->files[i].field), v);
    }
    if (!found) tg_value_unref(*out), *out = tg_nil();
    return found;
}
