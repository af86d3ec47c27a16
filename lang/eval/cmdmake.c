/* SPDX-License-Identifier: MIT
 * Bodies of `task` commands. They are evaluated when the task runs, with its arguments as known values, by an
 * evaluator of their own without a graph; what they give (paths, argument vectors, scripts) goes to
 * engine/command/command.c, which runs the programs. Any worker thread may run this: the tree is only read.
 *
 * Values in `sh` become references to variables of the shell (script.c), a list to several; raw(x) puts text in as it is. */
#include "lang/eval/cmdmake.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "engine/base/clock.h"
#include "engine/base/path.h"
#include "engine/command/cmdtext.h"
#include "engine/command/container.h"
#include "engine/command/granted.h"
#include "engine/command/script.h"
#include "engine/command/shell.h"
#include "engine/graph/policy.h"
#include "engine/grow/recall.h"
#include "engine/run/instance.h"
#include "engine/run/worker.h"
#include "engine/store/depfile.h"
#include "engine/value/future.h"
#include "lang/bind/options.h"
#include "lang/check/cmduse.h"
#include "lang/eval/asks.h"
#include "lang/eval/call.h"
#include "lang/eval/cmdfolder.h"
#include "lang/eval/cmdrecord.h"
#include "lang/eval/eval.h"
#include "lang/text/source.h"

/* ---- words --------------------------------------------------------------------------------------- */

/* What a value is as a word. A command that runs in another folder finds files by their whole paths. */
static void add_word_value(const struct tg_eval *e, tg_value v, struct tg_buf *out)
{
    if (!e->elsewhere || tg_kind(v) != TG_FILE) return tg_value_text(out, v);
    tg_value whole = tg_cmdfolder_value(tg_value_ref(v));
    tg_value_text(out, whole);
    tg_value_unref(whole);
}

static bool word_text(struct tg_eval *e, const struct tg_ast *n, tg_value v, struct tg_buf *out)
{
    add_word_value(e, v, out);
    if (tg_kind(v) != TG_NIL && !(out->length && memchr(out->data, 0, out->length))) return true;
    tg_eval_error(e, n, tg_kind(v) == TG_NIL ? "a word of a command is nil" : "a word of a command holds a NUL byte");
    return false;
}

/* ---- one command that is being made -------------------------------------------------------------- */

static void note_files(struct tg_cmdmake *m, tg_value v)
{
    if (m->asks) tg_cmdrecord_read(m->asks, v);
}

static char *keep_in_arena(struct tg_cmdmake *m, const char *text, size_t length)
{
    return tg_arena_copy(&m->arena, text, length);
}

/* A text as a path; NULL after an error. */
static char *keep_path(struct tg_cmdmake *m, const struct tg_ast *n, const char *text, size_t length)
{
    if (length && !memchr(text, 0, length)) return keep_in_arena(m, text, length);
    tg_eval_error(&m->eval, n, "a path must not be empty or hold a NUL byte");
    return NULL;
}

/* A path: a str or file. NULL after an error. */
static char *eval_path(struct tg_cmdmake *m, const struct tg_ast *n)
{
    tg_value v = tg_eval_expression(&m->eval, n);
    if (tg_is_bad(v)) return NULL;
    char *text = NULL;
    if (tg_kind(v) != TG_STR && tg_kind(v) != TG_FILE)
        tg_eval_error(&m->eval, n, "a path must be a str or file, not %s", tg_value_kind_name(v));
    else text = keep_path(m, n, tg_str_of(v)->data, tg_str_of(v)->length);
    tg_value_unref(v);
    return text;
}

/* A container sees what it is given. */
static void mount_file(void *container, const char *path)
{
    tg_container_mount_file(container, path);
}

static void mount_files(struct tg_cmdmake *m, tg_value v, tg_kinds kinds)
{
    tg_value_each_text(v, kinds, mount_file, &m->container);
}

/* .. of these also where a text names a file. */
static void mount_inputs(struct tg_cmdmake *m)
{
    const tg_value *v = tg_kind(m->settled) == TG_RECORD ? tg_record_find(m->settled, "inputs", strlen("inputs")) : NULL;
    if (v) mount_files(m, *v, TG_KIND_BIT(TG_FILE) | TG_KIND_BIT(TG_STR));
}

/* ---- results ------------------------------------------------------------------------------------- */

/* Adds text with a backslash before what would be a wildcard. */
static void add_unwild(struct tg_buf *b, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] && strchr("*?[\\", text[i])) tg_buf_char(b, '\\');
        tg_buf_char(b, text[i]);
    }
}

/* A part of a pattern, added as it reads, and so that what stands in `${..}` is literal. */
static bool add_pattern_part(struct tg_cmdmake *m, const struct tg_ast *n, struct tg_buf *plain, struct tg_buf *pattern)
{
    if (n->kind == TG_N_STR) {
        tg_buf_add(plain, n->text, n->length);
        tg_buf_add(pattern, n->text, n->length);
        return true;
    }
    tg_value v = tg_eval_expression(&m->eval, n);
    if (tg_is_bad(v)) return false;
    size_t start = plain->length;
    tg_value_text(plain, v);
    if (plain->length > start) add_unwild(pattern, plain->data + start, plain->length - start);
    tg_value_unref(v);
    return true;
}

/* The path of a list's files in both forms. */
static bool eval_pattern(struct tg_cmdmake *m, const struct tg_ast *n, struct tg_result_file *file)
{
    struct tg_buf plain = {0}, pattern = {0};
    bool fine = true;
    for (struct tg_visit k = tg_visit_kids(n); fine && tg_visit_next(&k);) fine = add_pattern_part(m, k.kid, &plain, &pattern);
    if (fine) file->path = keep_path(m, n, tg_buf_str(&plain), plain.length);
    if (fine && file->path) file->pattern = keep_in_arena(m, pattern.data, pattern.length);
    tg_buf_done(&plain);
    tg_buf_done(&pattern);
    return file->pattern;
}

static bool eval_result_path(struct tg_cmdmake *m, const struct tg_ast *n, const char *field)
{
    struct tg_result_file *file = &m->command.files[m->command.file_count++];
    const struct tg_ast *path = tg_n_rfile_path(n);
    *file = (struct tg_result_file){.field = field, .list = n->flags & TG_F_LIST};
    if (file->list && path->kind == TG_N_TEMPLATE) return eval_pattern(m, path, file);
    file->path = eval_path(m, path);
    return file->path;
}

static tg_value make_path_value(const char *text)
{
    return tg_str_make(TG_FILE, text, strlen(text));
}

/* Where the command is to write it. */
static void make_absolute(struct tg_cmdmake *m, struct tg_result_file *file)
{
    char *absolute = tg_path_absolute(file->aside);
    file->aside = keep_in_arena(m, absolute, strlen(absolute));
    free(absolute);
}

/* The files a command makes, and the value of `out` in its body. */
static bool make_result_files(struct tg_cmdmake *m, const struct tg_ast *result)
{
    if (result->kind != TG_N_RFILE && result->kind != TG_N_RECORD) return true;
    struct tg_kids entries = result->kind == TG_N_RECORD ? tg_n_record_entries(result) : (struct tg_kids){0};
    m->command.files = tg_arena_alloc(&m->arena, (entries.count + 1) * sizeof *m->command.files);
    bool fine = result->kind == TG_N_RECORD || eval_result_path(m, result, NULL);
    for (uint32_t i = 0; i < entries.count && fine; i++)
        fine = eval_result_path(m, tg_n_entry_value(entries.items[i]), tg_program_name(m->eval.program, entries.items[i]->sym));
    if (!fine || (m->lacks = m->ctx && !tg_command_aside(m->ctx, &m->command))) return false;
    for (size_t i = 0; !m->ctx && i < m->command.file_count; i++) m->command.files[i].aside = (char *)m->command.files[i].path;
    for (size_t i = 0; m->command.dir && i < m->command.file_count; i++) make_absolute(m, &m->command.files[i]);
    const struct tg_result_file *files = m->command.files;
    tg_value *out = &m->eval.frame[m->def->out_slot];
    if (result->kind == TG_N_RFILE) {
        *out = make_path_value(files[0].aside);
        return true;
    }
    *out = tg_record_make(entries.count);
    for (uint32_t i = 0; i < entries.count; i++) tg_record_put(*out, tg_str(files[i].field), make_path_value(files[i].aside));
    return true;
}

/* Where it says what it has read, which may lie beside a result. */
static bool make_depfile(struct tg_cmdmake *m)
{
    tg_value v = tg_asks_option(&m->eval, m->options, "depfile");
    if (tg_is_bad(v)) return false;
    tg_vec_push(&m->inputs, v);
    if (tg_kind(v) == TG_NIL) return true;
    m->command.depfile = tg_str_of(v)->data;
    m->command.depfile_text = &m->depfile_text;
    return true;
}

/* ---- steps --------------------------------------------------------------------------------------- */

static bool add_argument(struct tg_cmdmake *m, const struct tg_ast *n, tg_value v, char **argv, size_t *count)
{
    struct tg_buf word = {0};
    bool fine = word_text(&m->eval, n, v, &word);
    if (m->command.container) mount_files(m, v, TG_KIND_BIT(TG_FILE));
    note_files(m, v);
    if (fine) argv[(*count)++] = keep_in_arena(m, tg_buf_str(&word), word.length);
    tg_buf_done(&word);
    return fine;
}

/* The words of a program of `run`, NULL-terminated; a list among them stands for its items. NULL after an error. */
static char **eval_words(struct tg_cmdmake *m, const struct tg_ast *n)
{
    tg_value v = tg_eval_expression(&m->eval, n);
    if (tg_is_bad(v)) return NULL;
    const char *verb = m->def->serves ? "serve" : "run";
    bool fine = tg_kind(v) == TG_LIST && tg_list_of(v)->count > 0;
    if (!fine) tg_eval_error(&m->eval, n, TG_CMDUSE_NO_WORDS, verb);
    size_t count = 0, room = 1;
    const struct tg_list *list = fine ? tg_list_of(v) : NULL;
    for (size_t i = 0; fine && i < list->count; i++)
        room += tg_kind(list->items[i]) == TG_LIST ? tg_list_of(list->items[i])->count : 1;
    char **argv = tg_arena_alloc(&m->arena, room * sizeof *argv);
    for (size_t i = 0; fine && i < list->count; i++) {
        tg_value item = list->items[i];
        if (tg_kind(item) != TG_LIST) fine = add_argument(m, n, item, argv, &count);
        else
            for (size_t j = 0; fine && j < tg_list_of(item)->count; j++)
                fine = add_argument(m, n, tg_list_of(item)->items[j], argv, &count);
    }
    argv[count] = NULL;
    if (fine && count == 0) {
        tg_eval_error(&m->eval, n, TG_CMDUSE_NO_WORDS, verb);
        fine = false;
    }
    if (fine && m->command.dir) argv[0] = tg_cmdfolder_find(argv[0], m->command.dir, &m->arena);
    tg_value_unref(v);
    return fine ? argv : NULL;
}

/* All programs of a `run`. */
static bool make_pipeline(struct tg_cmdmake *m, const struct tg_ast *n, struct tg_step *s)
{
    struct tg_kids piped = tg_n_run_piped(n);
    if (!(s->argv = eval_words(m, tg_n_run_words(n)))) return false;
    if (piped.count) s->piped = tg_arena_alloc(&m->arena, piped.count * sizeof *s->piped);
    for (; s->piped_count < piped.count; s->piped_count++)
        if (!(s->piped[s->piped_count] = eval_words(m, piped.items[s->piped_count]))) return false;
    return true;
}

/* A text while its values are evaluated. */
struct making_text {
    struct tg_cmdmake *m;
    struct tg_buf marked; /* a TG_QUOTE_MARK for each value */
    TG_VEC(struct tg_script_value) values;
    TG_VEC(const struct tg_ast *) nodes;
};

static bool add_text_word(struct making_text *t, const struct tg_ast *n, tg_value v, struct tg_script_value *to)
{
    struct tg_buf word = {0};
    bool fine = word_text(&t->m->eval, n, v, &word);
    if (fine) to->words[to->count++] = keep_in_arena(t->m, tg_buf_str(&word), word.length);
    tg_buf_done(&word);
    return fine;
}

static bool add_text_value(struct making_text *t, const struct tg_ast *n, tg_value v)
{
    const struct tg_list *list = tg_kind(v) == TG_LIST ? tg_list_of(v) : NULL;
    struct tg_script_value value = {.list = list != NULL};
    value.words = tg_arena_alloc(&t->m->arena, (list ? list->count + 1 : 1) * sizeof *value.words);
    bool fine = list || add_text_word(t, n, v, &value);
    note_files(t->m, v);
    for (size_t i = 0; list && fine && i < list->count; i++) fine = add_text_word(t, n, list->items[i], &value);
    tg_buf_char(&t->marked, TG_QUOTE_MARK);
    tg_vec_push(&t->values, value);
    tg_vec_push(&t->nodes, n);
    return fine;
}

/* `raw(x)`: text that the shell reads as it is. */
static bool add_raw_text(struct making_text *t, const struct tg_ast *n, tg_value v)
{
    struct tg_buf text = {0};
    bool fine = word_text(&t->m->eval, n, v, &text);
    if (fine) tg_buf_add(&t->marked, tg_buf_str(&text), text.length);
    tg_buf_done(&text);
    return fine;
}

static bool eval_text(struct making_text *t, const struct tg_ast *n)
{
    if (n->kind == TG_N_STR) {
        tg_buf_add(&t->marked, n->text, n->length);
        return true;
    }
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) {
        bool raw = k.kid->flags & TG_F_RAW_CALL;
        if (k.kid->kind == TG_N_STR) {
            tg_buf_add(&t->marked, k.kid->text, k.kid->length);
            continue;
        }
        tg_value v = tg_eval_expression(&t->m->eval, raw ? tg_n_call_args(k.kid).items[0] : k.kid);
        if (tg_is_bad(v)) return false;
        bool fine = (raw ? add_raw_text : add_text_value)(t, k.kid, v);
        tg_value_unref(v);
        if (!fine) return false;
    }
    return true;
}

static bool check_values(struct making_text *t, const struct tg_script *script)
{
    struct tg_buf problem = {0};
    bool fine = true;
    for (size_t i = 0; i < script->count && fine; i++) {
        fine = !tg_script_problem(script, i, &problem);
        if (!fine) tg_eval_error(&t->m->eval, t->nodes.items[i], "%s", problem.data);
    }
    tg_buf_done(&problem);
    return fine;
}

/* A shell may find functions and what it is to read first in these. */
static bool prepares_shell(char *const *settings)
{
    for (; settings && *settings; settings++)
        if (strncmp(*settings, "BASH_", 5) == 0 || strncmp(*settings, "ENV=", 4) == 0) return true;
    return false;
}

/* Plain words start their program; it is told as the line that it stands for. */
static void make_script(struct making_text *t, struct tg_quote_place *places, struct tg_step *step)
{
    struct tg_cmdmake *m = t->m;
    struct tg_script script = {.text = tg_buf_str(&t->marked), .length = t->marked.length, .places = places, .shell = m->shell};
    script.values = t->values.items, script.count = t->values.count;
    if (!check_values(t, &script)) return;
    tg_script_make(&script, &m->arena, step);
    if (tg_shell_is_known(m->shell) && !prepares_shell(m->settings) && tg_script_is_plain(&script))
        step->argv = tg_script_words(&script, &m->arena);
}

static bool make_text(struct tg_cmdmake *m, const struct tg_ast *n, struct tg_step *step)
{
    struct making_text t = {.m = m};
    if (eval_text(&t, n)) {
        struct tg_quote_place *places = tg_arena_alloc(&m->arena, (t.values.count + 1) * sizeof *places);
        if (t.values.count) tg_quote_read(tg_buf_str(&t.marked), t.marked.length, places);
        make_script(&t, places, step);
    }
    tg_buf_done(&t.marked);
    tg_vec_done(&t.values);
    tg_vec_done(&t.nodes);
    if (step->data && m->command.container)
        return tg_eval_error(&m->eval, n, "values in a text are too long for a container: pass them by a file"), false;
    return step->script != NULL;
}

/* A value as a program reads it: text and bytes as they are, numbers as words, a list line by line. */
static bool add_stdin(struct tg_cmdmake *m, const struct tg_ast *n, tg_value v, bool line, struct tg_buf *b)
{
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_STR || kind == TG_BYTES) tg_buf_add(b, tg_str_of(v)->data, tg_str_of(v)->length);
    else if (kind == TG_INT || kind == TG_FLOAT || kind == TG_BOOL || (line && kind == TG_FILE)) add_word_value(&m->eval, v, b);
    else if (kind != TG_LIST || line) {
        tg_eval_error(&m->eval, n, "'text' takes text, bytes, a number, a bool or a list of lines, not %s%s",
                      line ? "a list with " : "", tg_value_kind_name(v));
        return false;
    }
    if (line) tg_buf_char(b, '\n');
    for (size_t i = 0; kind == TG_LIST && i < tg_list_of(v)->count; i++)
        if (!add_stdin(m, n, tg_list_of(v)->items[i], true, b)) return false;
    return true;
}

/* Text and bytes are not copied: they may be long. */
static bool make_input(struct tg_cmdmake *m, const struct tg_ast *n, struct tg_step *s)
{
    if (n->kind != TG_N_TEXT) {
        s->input_path = eval_path(m, n);
        if (m->asks && s->input_path) tg_again_input(m->asks, s->input_path);
        return s->input_path;
    }
    tg_value v = tg_eval_expression(&m->eval, tg_n_text_value(n));
    if (tg_is_bad(v)) return false;
    note_files(m, v);
    if (tg_kind(v) != TG_STR && tg_kind(v) != TG_BYTES) {
        struct tg_buf text = {0};
        bool fine = add_stdin(m, n, v, false, &text);
        tg_value_unref(v);
        v = fine ? tg_str_make(TG_BYTES, tg_buf_str(&text), text.length) : tg_nil();
        tg_buf_done(&text);
        if (!fine) return false;
    }
    tg_vec_push(&m->inputs, v);
    s->input = tg_str_of(v)->data;
    s->input_length = tg_str_of(v)->length;
    return true;
}

static bool make_step(struct tg_cmdmake *m, const struct tg_ast *n)
{
    struct tg_step *s = &m->command.steps[m->command.step_count++];
    *s = (struct tg_step){.settings = m->settings};
    if (!(n->kind == TG_N_RUN ? make_pipeline(m, n, s) : make_text(m, tg_n_sh_text(n), s))) return false;
    if (tg_n_step_output(n) && !(s->output_path = eval_path(m, tg_n_step_output(n)))) return false;
    return !tg_n_step_input(n) || make_input(m, tg_n_step_input(n), s);
}

/* From here on files are told by their whole paths: those of results, which are relative to where we are, are known. */
static void go_elsewhere(struct tg_cmdmake *m)
{
    m->eval.elsewhere = true;
    for (uint32_t i = 0; i < m->def->slot_count; i++) m->eval.frame[i] = tg_cmdfolder_value(m->eval.frame[i]);
}

/* What the container sees: where it runs, what the command is given, and where its results are made. */
static void mount_all(struct tg_cmdmake *m)
{
    char *name = tg_container_new_name();
    m->container.name = keep_in_arena(m, name, strlen(name));
    free(name);
    tg_container_mount_folder(&m->container, ".");
    if (m->command.dir) tg_container_mount_folder(&m->container, m->command.dir);
    for (uint32_t i = 0; i < m->def->slot_count; i++) mount_files(m, m->eval.frame[i], TG_KIND_BIT(TG_FILE));
    mount_inputs(m);
    for (size_t i = 0; i < m->command.file_count; i++) tg_container_mount_file(&m->container, m->command.files[i].aside);
    if (m->command.depfile) tg_container_mount_file(&m->container, m->command.depfile);
}

/* What of its policy concerns its programs: as it was granted, else as the options say. */
static void read_policy(struct tg_cmdmake *m, tg_value options)
{
    const struct tg_grant *grant = m->ctx ? m->ctx->grant : NULL;
    struct tg_policy said;
    m->command.granted = m->ctx ? tg_granted_variables(grant, m->command.container != NULL, &m->arena) : NULL;
    if (!grant && tg_kind(options) != TG_RECORD) return;
    tg_policy_init(&said);
    tg_policy_read(&said, options);
    const struct tg_policy *p = grant && grant->policy ? grant->policy : &said;
    uint64_t granted = grant ? grant->memory_bytes : 0;
    if (!p->memory_free) m->command.memory_bytes = granted ? granted : p->memory_bytes;
    m->command.timeout_ns = p->timeout_ns;
    if (grant) m->command.attempt = grant->attempt;
}

/* How its programs run. Programs that the options name, and files in `env`, are found from another folder, too. */
static void read_options(struct tg_cmdmake *m, tg_value options)
{
    m->command.dir = tg_options_text(options, "dir");
    tg_value here = m->command.dir ? tg_cmdfolder_value(tg_value_ref(options)) : tg_value_ref(options);
    m->shell = tg_options_shell(options, &m->arena);
    m->command.wrap = tg_options_words(options, "wrap", &m->arena);
    const char *image = tg_options_text(options, "container");
    if (image && !tg_container_find(image, &m->container)) m->no_engine = true;
    if (image && !m->no_engine) m->command.container = &m->container;
    m->settings = tg_options_settings(here, &m->arena);
    tg_value_unref(here);
    if (!m->command.dir) return;
    m->shell = tg_cmdfolder_program(m->shell, &m->arena);
    m->command.wrap = tg_cmdfolder_program(m->command.wrap, &m->arena);
}

/* What may depend on the task itself is known now that it has its arguments. */
static bool settle_options(struct tg_cmdmake *m, const tg_value *args, size_t count)
{
    if (m->def->reads_task)
        m->eval.frame[m->def->task_slot] = m->ctx ? tg_asks_task(m->ctx->grant, m->options)
                                                  : tg_asks_foresee(&m->def->def, m->options, args, count, m->known);
    tg_value settled = tg_asks_settle(&m->eval, m->options);
    if (tg_is_bad(settled)) return false;
    tg_vec_push(&m->inputs, settled);
    m->settled = settled;
    read_options(m, settled);
    read_policy(m, m->options);
    return true;
}

/* What no program can be told of in JSON: a function, a plugin's object. */
static const char *beyond_json(tg_value v)
{
    const char *found = NULL;
    if (tg_kind(v) == TG_FUNCTION || tg_kind(v) == TG_OBJECT) return tg_value_kind_name(v);
    for (size_t i = 0; tg_kind(v) == TG_LIST && !found && i < tg_list_of(v)->count; i++)
        found = beyond_json(tg_list_of(v)->items[i]);
    for (size_t i = 0; tg_kind(v) == TG_RECORD && !found && i < tg_record_of(v)->count; i++)
        found = beyond_json(tg_record_of(v)->fields[i].value);
    return found;
}

/* What the server is asked: its parameters, but not the variables of the file that its words use. */
static bool make_question(struct tg_cmdmake *m)
{
    struct tg_kids params = tg_n_params_list(tg_n_task_params(m->def->node));
    struct tg_buf *b = &m->question;
    tg_buf_text(b, "{\"task\":");
    tg_buf_json_string(b, m->def->def.name, strlen(m->def->def.name));
    tg_buf_text(b, ",\"args\":{");
    for (uint32_t i = 0; i < params.count; i++) {
        tg_value v = m->eval.frame[params.items[i]->slot];
        const char *name = m->def->def.sig.params[i].name, *beyond = beyond_json(v);
        if (beyond) {
            tg_eval_error(&m->eval, params.items[i], "a server is asked in JSON, which cannot say %s", beyond);
            return false;
        }
        if (i) tg_buf_char(b, ',');
        tg_buf_json_string(b, name, strlen(name));
        tg_buf_char(b, ':');
        tg_value_json(b, v, 0);
    }
    tg_buf_char(b, '}');
    m->served = (struct tg_served){b->data, b->length, &m->def->def.sig.result, !m->def->def.sig.effect};
    m->command.served = &m->served;
    return true;
}

bool tg_cmdmake_command(struct tg_cmdmake *m, const tg_value *args, size_t count)
{
    const struct tg_ast *node = m->def->node;
    struct tg_kids steps = tg_n_task_steps(node);
    for (uint32_t i = 0; i < count; i++) {
        TG_ASSERT(!tg_future_in(args[i]));
        tg_command_give(m->def, m->eval.frame, i, tg_value_ref(args[i]));
    }
    if (!settle_options(m, args, count)) return false;
    m->command.name = m->def->def.name;
    m->command.output = m->def->serves ? TG_OUTPUT_JSON : m->def->output;
    m->command.owned = &m->owned;
    m->command.is_protected = tg_options_truth(m->settled, "protected", false);
    if (!make_result_files(m, tg_n_result_form(tg_n_task_result(node))) || !make_depfile(m)) return false;
    if (m->no_engine) return tg_eval_error(&m->eval, node, TG_CONTAINER_NONE, m->def->def.name), false;
    if (m->command.container && m->def->serves) {
        tg_eval_error(&m->eval, node, "the server of task '%s' cannot run by the option container", m->def->def.name);
        return false;
    }
    if (m->command.container) mount_all(m);
    if (m->command.dir) go_elsewhere(m);
    m->command.steps = tg_arena_alloc(&m->arena, (steps.count + 1) * sizeof *m->command.steps);
    for (uint32_t i = 0; i < steps.count; i++)
        if (!make_step(m, steps.items[i])) return false;
    return !m->def->serves || !m->ctx || make_question(m);
}

void tg_cmdmake_begin(struct tg_cmdmake *m, tg_ctx *ctx, const struct tg_command_def *def, tg_value options, struct tg_err *err)
{
    memset(m, 0, offsetof(struct tg_cmdmake, eval));
    m->ctx = ctx;
    m->def = def;
    tg_eval_init(&m->eval, m->def->program, NULL, err);
    m->eval.ctx = m->ctx;
    m->eval.module = m->def->module;
    m->options = options;
    m->eval.frame = tg_arena_alloc(&m->arena, m->def->slot_count * sizeof *m->eval.frame);
    for (uint32_t i = 0; i < m->def->slot_count; i++) m->eval.frame[i] = tg_make_(TG_UNSET, 0);
}

void tg_cmdmake_end(struct tg_cmdmake *m)
{
    tg_container_done(&m->container);
    tg_value_unref_all(m->inputs.items, m->inputs.count);
    tg_vec_done(&m->inputs);
    tg_buf_done(&m->question);
    tg_buf_done(&m->depfile_text);
    free(m->instance);
    tg_value_unref_all(m->eval.frame, m->def->slot_count);
    tg_eval_done(&m->eval);
    tg_arena_done(&m->arena);
}
