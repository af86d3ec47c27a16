/* SPDX-License-Identifier: MIT
 * What may stand where the cursor is on a command line: what the completion scripts of shells ask for.
 *
 * The command line is read as main reads it, up to the word under the cursor. Of a workflow only the names are read: nothing
 * is evaluated, and no code of its folder runs. A line that goes wrong offers less; nothing is ever said about it. What a
 * shell could take for more than one line, or for a command of the terminal, is not offered at all. */
#include "cmd/offer.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/ending.h"
#include "cmd/locate.h"
#include "cmd/meant.h"
#include "cmd/paths.h"
#include "engine/base/path.h"
#include "engine/base/utf8.h"
#include "engine/value/list.h"
#include "engine/value/str.h"
#include "lang/bind/module.h"

#define MAX_WORKFLOW_BYTES (1 << 20) /* a larger one would not be read in no time */
#define MAX_SECONDS 3                /* nobody waits longer for a key */
#define MAX_SHOWN 60                 /* characters of a description */

/* A command line, as far as it is typed. */
struct offer {
    struct tg_buf *out;
    enum tg_shell shell;
    struct tg_cli cli;                /* what it says: verb, words, -C, -f */
    const struct tg_secrets *secrets; /* of the workflow that is open; NULL: none is */
    bool ended;                       /* by `--`: no options follow */
    const struct tg_opt *pending;
    const char *head; /* of the word under the cursor, what stays as it is .. */
    size_t head_length;
    const char *rest; /* .. and what is to be completed */
};

/* ---- candidates ---------------------------------------------------------------------------------- */

enum offer_kind { WORD = 'w', PREFIX = 'p', FILE_NAME = 'f', FOLDER = 'd' }; /* PREFIX, FOLDER: more follows in the same word */

static bool is_clean(const char *text)
{
    const char *end = text + strlen(text);
    for (size_t n; text < end; text += n) {
        n = tg_utf8_length(text, (size_t)(end - text));
        if (n == 0 || tg_utf8_hidden(tg_utf8_code(text, n))) return false;
    }
    return true;
}

static bool holds_secret(const struct offer *o, const char *text)
{
    if (!tg_secrets_any(o->secrets)) return false;
    char *hidden = tg_secrets_hidden(o->secrets, text);
    bool holds = strcmp(hidden, text) != 0;
    free(hidden);
    return holds;
}

static void add_description(struct tg_buf *b, const char *text)
{
    const char *end = text + strlen(text);
    tg_buf_char(b, '\t');
    for (size_t shown = 0, n; text < end && shown < MAX_SHOWN; text += n, shown++) {
        n = tg_utf8_length(text, (size_t)(end - text));
        if (tg_utf8_hidden(tg_utf8_code(text, n))) tg_buf_char(b, ' ');
        else tg_buf_add(b, text, n);
    }
}

static void add(struct offer *o, enum offer_kind kind, const char *text, const char *description)
{
    if (strncmp(text, o->rest, strlen(o->rest)) != 0 || !is_clean(text) || holds_secret(o, text)) return;
    if (o->shell != TG_SHELL_FISH) tg_buf_char(o->out, (char)kind);
    tg_buf_add(o->out, o->head, o->head_length);
    tg_buf_text(o->out, text);
    if (description && o->shell != TG_SHELL_BASH && tg_utf8_valid(description, strlen(description)) == strlen(description)) {
        char *hidden = tg_secrets_hidden(o->secrets, description);
        add_description(o->out, hidden);
        free(hidden);
    }
    tg_buf_char(o->out, '\n');
}

/* ---- files --------------------------------------------------------------------------------------- */

/* "~/x" as the shell would open it; heap. */
static char *expand_home(const char *path)
{
    const char *home = getenv("HOME");
    return path[0] == '~' && path[1] == '/' && home ? tg_alloc_format("%s%s", home, path + 1) : tg_alloc_text(path);
}

static bool is_folder(const char *folder, const struct dirent *d)
{
    if (d->d_type != DT_LNK && d->d_type != DT_UNKNOWN) return d->d_type == DT_DIR;
    struct stat st;
    char *path = tg_alloc_format("%s/%s", folder, d->d_name);
    bool found = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    free(path);
    return found;
}

static bool has_ending(const char *name, const char *const *endings)
{
    if (!endings) return true;
    for (; *endings; endings++)
        if (tg_path_ends(name, *endings)) return true;
    return false;
}

/* Files with one of the endings (NULL: any; none: no files), and folders. */
static void add_files(struct offer *o, const char *const *endings)
{
    const char *slash = strrchr(o->rest, '/'), *base = slash ? slash + 1 : o->rest;
    char *typed = tg_alloc_copy(o->rest, (size_t)(base - o->rest)), *folder = expand_home(*typed ? typed : ".");
    DIR *dir = opendir(folder);
    for (struct dirent *d; dir && (d = readdir(dir));) {
        bool hidden = d->d_name[0] == '.' && *base != '.', dots = strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0;
        if (hidden || dots || strncmp(d->d_name, base, strlen(base)) != 0) continue;
        bool is_dir = is_folder(folder, d);
        if (!is_dir && !has_ending(d->d_name, endings)) continue;
        char *path = tg_alloc_format("%s%s%s", typed, d->d_name, is_dir ? "/" : "");
        add(o, is_dir ? FOLDER : FILE_NAME, path, NULL);
        free(path);
    }
    if (dir) closedir(dir);
    free(folder);
    free(typed);
}

static const char *const tg_endings[] = {".tg", NULL}, *const so_endings[] = {".so", NULL}, *const no_endings[] = {NULL};

/* ---- the workflow -------------------------------------------------------------------------------- */

/* A device or a pipe would make the shell wait. */
static bool is_small_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= MAX_WORKFLOW_BYTES;
}

/* Reads the workflow that the line means. It must be closed in any case. */
static bool open_workflow(struct offer *o, struct tg_workflow *w)
{
    struct tg_err err = {0};
    memset(w, 0, sizeof *w);
    bool found = tg_locate(&o->cli, &err);
    char *path = found ? expand_home(o->cli.words.items[0]) : NULL;
    found = found && is_small_file(path);
    if (found) tg_workflow_read(w, &o->cli, path, &err); /* what can be read of a broken one is offered, too */
    tg_err_done(&err);
    free(path);
    if (found && w->front_made) o->secrets = &w->session.secrets;
    return o->secrets != NULL;
}

static void close_workflow(struct offer *o, struct tg_workflow *w)
{
    o->secrets = NULL;
    tg_workflow_done(w);
}

static bool is_given(const struct offer *o, const char *name)
{
    for (size_t i = 1; i < o->cli.words.count; i++)
        if (strcmp(o->cli.words.items[i], name) == 0) return true;
    return false;
}

static bool has_output(const struct tg_program *p, const char *name)
{
    for (size_t i = 0; i < p->declared.count; i++)
        if (p->declared.items[i].kind == TG_DECL_OUTPUT && strcmp(p->declared.items[i].name, name) == 0) return true;
    return false;
}

static bool is_listed(const struct tg_program *p, const char *name)
{
    for (size_t i = 0; i < p->declared.count; i++)
        if (strcmp(p->declared.items[i].name, name) == 0) return true;
    return false;
}

/* The entries of `tasks` in YAML that are no commands are variables. */
static void add_entries(struct offer *o, const struct tg_program *p)
{
    const struct tg_module *m = p->modules.count ? p->modules.items[0] : NULL;
    for (size_t i = 0; m && m->tree.yaml && i < m->variables.count; i++) {
        const char *name = tg_program_name(p, m->variables.items[i]);
        bool inner = m->bindings.items[i] == 0; /* the variable of a 'for' */
        if (!inner && !is_listed(p, name) && !is_given(o, name)) add(o, WORD, name, "task");
    }
}

/* Outputs, and the tasks that a word may name. */
static void add_names(struct offer *o)
{
    struct tg_workflow w;
    bool open = open_workflow(o, &w);
    const struct tg_program *p = &w.front.program;
    for (size_t i = 0; open && i < p->declared.count; i++) {
        const struct tg_declared *d = &p->declared.items[i];
        bool task = d->kind == TG_DECL_TASK;
        if ((!task && d->kind != TG_DECL_OUTPUT) || is_given(o, d->name)) continue;
        char *name = task && has_output(p, d->name) ? tg_alloc_format("task:%s", d->name) : tg_alloc_text(d->name);
        add(o, WORD, name, d->help && *d->help ? d->help : task ? "task" : "output");
        free(name);
    }
    if (open) add_entries(o, p);
    close_workflow(o, &w);
}

/* The tasks that are defined in the workflow. */
static void add_tasks(struct offer *o)
{
    struct tg_workflow w;
    bool open = open_workflow(o, &w);
    const struct tg_program *p = &w.front.program;
    for (size_t i = 0; open && i < p->declared.count; i++) {
        const struct tg_declared *d = &p->declared.items[i];
        if (d->kind == TG_DECL_TASK) add(o, WORD, d->name, d->help && *d->help ? d->help : "task");
    }
    close_workflow(o, &w);
}

/* ---- parameters ---------------------------------------------------------------------------------- */

/* The choices of a list of literals; the source text of anything else is no JSON. */
static void add_choices(struct offer *o, const char *choices)
{
    struct tg_err err = {0};
    tg_value list;
    if (!choices || !tg_value_from_json(choices, strlen(choices), &list, &err)) {
        tg_err_done(&err);
        return;
    }
    for (size_t i = 0; tg_kind(list) == TG_LIST && i < tg_list_of(list)->count; i++) {
        struct tg_buf text = {0};
        tg_value_print(&text, tg_list_of(list)->items[i]);
        add(o, WORD, tg_buf_str(&text), NULL);
        tg_buf_done(&text);
    }
    tg_value_unref(list);
}

static void add_values(struct offer *o, const struct tg_declared *d)
{
    bool truth = d->type && (strcmp(d->type, "bool") == 0 || strcmp(d->type, "bool?") == 0);
    bool path = d->type && (strcmp(d->type, "file") == 0 || strcmp(d->type, "file?") == 0);
    if (d->choices) add_choices(o, d->choices);
    else if (truth) add(o, WORD, "true", NULL), add(o, WORD, "false", NULL);
    else if (path) add_files(o, NULL);
}

static void add_parameter(struct offer *o, const struct tg_declared *d)
{
    struct tg_buf about = {0};
    char *text = tg_alloc_format("%s=", d->name);
    if (d->type) tg_buf_text(&about, d->type);
    if (d->default_text) tg_buf_format(&about, " = %s", d->default_text);
    if (d->help && *d->help) tg_buf_format(&about, "  %s", d->help);
    add(o, PREFIX, text, tg_buf_str(&about));
    tg_buf_done(&about);
    free(text);
}

/* NAME= behind -D, or what may stand behind NAME=. */
static void add_parameters(struct offer *o)
{
    struct tg_workflow w;
    bool open = open_workflow(o, &w);
    const char *equals = strchr(o->rest, '='), *name = o->rest;
    for (size_t i = 0; open && i < w.front.program.declared.count; i++) {
        const struct tg_declared *d = &w.front.program.declared.items[i];
        if (d->kind != TG_DECL_PARAM) continue;
        if (!equals) {
            add_parameter(o, d);
        } else if (strlen(d->name) == (size_t)(equals - name) && strncmp(d->name, name, strlen(d->name)) == 0) {
            o->rest = equals + 1;
            o->head_length += (size_t)(o->rest - name);
            add_values(o, d);
            break;
        }
    }
    close_workflow(o, &w);
}

/* ---- options ------------------------------------------------------------------------------------- */

static void offer_value(struct offer *o, const struct tg_opt *opt)
{
    const char *word;
    if (opt->offset == TG_AT(defines)) add_parameters(o);
    else if (opt->offset == TG_AT(force)) add_tasks(o);
    else if (opt->offset == TG_AT(file)) add_files(o, tg_meant_endings);
    else if (opt->complete == TG_COMPLETE_FOLDER) add_files(o, no_endings);
    else if (opt->complete == TG_COMPLETE_FILE) add_files(o, NULL);
    else
        for (size_t i = 0; opt->kind == TG_OPT_CHOICE && (word = tg_opt_choice(opt, i)); i++) add(o, WORD, word, NULL);
}

static void add_options(struct offer *o)
{
    for (const struct tg_opt *opt = o->cli.verb->options; !tg_opt_end(opt); opt++) {
        if (opt->hidden) continue;
        if (opt->alone) {
            char *alone = tg_alloc_format("--%s", opt->name);
            add(o, WORD, alone, opt->help);
            free(alone);
        }
        char *text = opt->name ? tg_alloc_format("--%s%s", opt->name, tg_opt_takes_value(opt) ? "=" : "")
                               : tg_alloc_format("-%c", opt->letter);
        add(o, opt->name && tg_opt_takes_value(opt) ? PREFIX : WORD, text, opt->help);
        free(text);
    }
}

/* The option of a word such as --jobs=4 or -j4, and where its value begins; NULL: the next word is. */
static const struct tg_opt *option_of(const struct offer *o, const char *word, const char **value)
{
    const struct tg_opt *table = o->cli.verb->options;
    *value = NULL;
    if (word[1] == '-') {
        size_t length = strcspn(word + 2, "=");
        const struct tg_opt *opt = tg_opt_find(table, 0, word + 2, length);
        if (opt && word[2 + length]) *value = word + 3 + length;
        return opt && (*value ? tg_opt_takes_value(opt) : tg_opt_needs_value(opt)) ? opt : NULL;
    }
    for (const char *c = word + 1; *c; c++) {
        const struct tg_opt *opt = tg_opt_find(table, *c, NULL, 0);
        if (!opt || !tg_opt_needs_value(opt)) continue;
        if (c[1]) *value = c + 1;
        return opt;
    }
    return NULL;
}

static void note_value(struct offer *o, const struct tg_opt *opt, const char *value)
{
    if (opt->offset == TG_AT(folder)) o->cli.folder = value;
    else if (opt->offset == TG_AT(file)) o->cli.file = value;
}

/* ---- words --------------------------------------------------------------------------------------- */

static void offer_verbs(struct offer *o)
{
    for (size_t i = 0; tg_verbs[i]; i++) add(o, WORD, tg_verbs[i]->name, tg_verbs[i]->summary);
}

static void add_plugins(struct offer *o)
{
    struct tg_session s;
    struct tg_err err = {0};
    struct tg_arena arena = {0};
    const char **names, **paths;
    size_t count;
    add_files(o, so_endings);
    if (!tg_session_init(&s, 0, &err)) {
        tg_err_done(&err);
        return;
    }
    tg_paths_search(&s.registry, "-");
    tg_registry_list(&s.registry, &arena, &names, &paths, &count);
    for (size_t i = 0; i < count; i++) add(o, WORD, names[i], NULL);
    tg_arena_done(&arena);
    tg_session_done(&s);
}

static void offer_words(struct offer *o)
{
    const struct tg_verb *v = o->cli.verb;
    bool first = o->cli.words.count == 0;
    if (first && o->cli.verb_left_out) offer_verbs(o);
    if (v->words == TG_WORDS_FILES) add_files(o, v == &tg_verb_fmt ? tg_endings : tg_meant_endings);
    else if (v->words != TG_WORDS_OTHER && first && !o->cli.file) add_files(o, tg_meant_endings);
    else if (v == &tg_verb_plugins && first) add_plugins(o);
    else if (v == &tg_verb_help && first) offer_verbs(o);
    else if (v == &tg_verb_new && first) add(o, WORD, "plugin", NULL), add(o, WORD, "workflow", NULL);
    if (v->words == TG_WORDS_NAMES) add_names(o);
}

/* ---- the line ------------------------------------------------------------------------------------ */

/* A word as it stands on bash's line, without its quotes; what bash would replace stays. */
static char *unquote(const char *raw)
{
    char *text = tg_alloc_text(raw), *to = text, quote = 0;
    for (const char *c = raw; *c; c++) {
        bool escapes = *c == '\\' && c[1] && quote != '\'' && (!quote || strchr("\\\"$`", c[1]));
        if (escapes) *to++ = *++c;
        else if (quote ? *c == quote : *c == '\'' || *c == '"') quote = quote ? 0 : *c;
        else *to++ = *c;
    }
    *to = 0;
    return text;
}

static void pass_word(struct offer *o, const char *word)
{
    const char *value;
    if (o->pending) {
        note_value(o, o->pending, word);
        o->pending = NULL;
    } else if (!o->ended && strcmp(word, "--") == 0) {
        o->ended = true;
    } else if (!o->ended && word[0] == '-' && word[1]) {
        const struct tg_opt *opt = option_of(o, word, &value);
        if (opt && value) note_value(o, opt, value);
        else o->pending = opt;
    } else if (o->cli.verb_left_out && !o->ended && o->cli.words.count == 0 && tg_verbs_find(word)) {
        o->cli.verb = tg_verbs_find(word);
        o->cli.verb_left_out = false;
    } else {
        tg_vec_push(&o->cli.words, word);
    }
}

/* Where the value begins that an option has in the same word. */
static void complete_word(struct offer *o, const char *word)
{
    const char *value;
    o->head = o->rest = word;
    char *folder = o->cli.folder ? expand_home(o->cli.folder) : NULL;
    bool there = !folder || chdir(folder) == 0;
    free(folder);
    if (!there) return;
    if (o->pending) {
        offer_value(o, o->pending);
        return;
    }
    const struct tg_opt *opt = !o->ended && word[0] == '-' ? option_of(o, word, &value) : NULL;
    if (opt && value) {
        o->head_length = (size_t)(value - word);
        o->rest = value;
        offer_value(o, opt);
    } else if (!o->ended && word[0] == '-') {
        add_options(o);
    } else {
        offer_words(o);
    }
}

static void end_quietly(int signal)
{
    (void)signal;
    tg_ending_decide(TG_EXIT_OK);
    _exit(TG_EXIT_OK);
}

void tg_offer(struct tg_buf *b, enum tg_shell shell, const struct tg_words *words)
{
    struct offer o = {.out = b, .shell = shell, .cli = {.to = -1, .verb = &tg_verb_run, .verb_left_out = true, .quiet = true}};
    char **texts = tg_alloc_zero((words->count + 1) * sizeof *texts);
    signal(SIGALRM, end_quietly);
    alarm(MAX_SECONDS);
    for (size_t i = 0; i < words->count; i++)
        texts[i] = shell == TG_SHELL_BASH ? unquote(words->items[i]) : tg_alloc_text(words->items[i]);
    for (size_t i = 0; i + 1 < words->count; i++) pass_word(&o, texts[i]);
    complete_word(&o, words->count ? texts[words->count - 1] : "");
    tg_vec_done(&o.cli.words);
    for (size_t i = 0; i < words->count; i++) free(texts[i]);
    free(texts);
}
