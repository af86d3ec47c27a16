/* SPDX-License-Identifier: MIT
 * `tgrun list`: what a workflow declares: parameters, outputs, tasks and functions, with their help. */
#include <string.h>

#include "cmd/cmd.h"
#include "engine/base/utf8.h"

static const struct tg_opt options[] = {
    TG_OPTION_TEXT_FORMAT("how to print"),
    TG_OPTION_NO_WARNINGS,
    TG_OPTION_TRUST(TG_TRUST_HELP),
    TG_OPTION_FOLDER,
    TG_OPTION_FILE,
    TG_OPTION_LANGUAGE,
    TG_OPTIONS_COMMON,
    {0},
};

static const char *const headings[] = {"Parameters", "Outputs", "Tasks", "Functions", "When all has ended"}; /* by kind */
static const char *const keys[] = {"params", "outputs", "tasks", "functions", "finally"};
#define KINDS (sizeof headings / sizeof *headings)
#define LEFT_COLUMNS 48 /* a longer left side gets a line of its own */

static void add_safe_text(struct tg_buf *b, const char *text)
{
    tg_term_text(b, text, strlen(text), 0);
}

/* ---- as text ------------------------------------------------------------------------------------- */

/* "n: int in [8, 16] = 8", "inc(x: int) -> int" */
static void add_left(struct tg_buf *b, const struct tg_declared *d)
{
    bool whole = d->kind == TG_DECL_TASK || d->kind == TG_DECL_FUNCTION; /* the type has the name in it */
    if (!whole) add_safe_text(b, d->name);
    if (whole) add_safe_text(b, d->type ? d->type : d->name);
    else if (d->type) tg_buf_text(b, ": "), add_safe_text(b, d->type);
    if (d->choices) tg_buf_text(b, " in "), add_safe_text(b, d->choices);
    if (d->default_text) tg_buf_text(b, " = "), add_safe_text(b, d->default_text);
    if (d->kind == TG_DECL_PARAM && !d->default_text) tg_buf_text(b, " (required)");
}

static size_t left_width(const struct tg_declared *d)
{
    struct tg_buf b = {0};
    add_left(&b, d);
    size_t width = tg_utf8_count(b.data, b.length);
    tg_buf_done(&b);
    return width;
}

static void add_declared_line(struct tg_buf *b, const struct tg_declared *d, size_t column)
{
    tg_buf_text(b, "  ");
    add_left(b, d);
    if (d->help && *d->help) {
        size_t width = left_width(d);
        if (width > column) tg_buf_char(b, '\n'), tg_buf_fill(b, ' ', column + 4);
        else tg_buf_fill(b, ' ', column - width + 2);
        tg_term_text(b, d->help, strlen(d->help), (unsigned)column + 4);
    }
    tg_buf_char(b, '\n');
}

static void print_declared(struct tg_buf *b, const struct tg_front *f)
{
    size_t column = 0;
    for (size_t i = 0; i < f->program.declared.count; i++) {
        size_t width = left_width(&f->program.declared.items[i]);
        if (width > column && width <= LEFT_COLUMNS) column = width;
    }
    for (size_t kind = 0; kind < KINDS; kind++) {
        bool any = false;
        for (size_t i = 0; i < f->program.declared.count; i++) {
            if ((size_t)f->program.declared.items[i].kind != kind) continue;
            if (!any) tg_buf_format(b, "%s%s:\n", b->length ? "\n" : "", headings[kind]);
            any = true;
            add_declared_line(b, &f->program.declared.items[i], column);
        }
    }
}

/* ---- as JSON ------------------------------------------------------------------------------------- */

static void add_field(struct tg_buf *b, const char *key, const char *text)
{
    tg_buf_format(b, ", \"%s\": ", key);
    if (text) tg_buf_json_string(b, text, strlen(text));
    else tg_buf_text(b, "null");
}

static void add_object(struct tg_buf *b, const struct tg_front *f, const struct tg_declared *d)
{
    struct tg_place place;
    tg_buf_text(b, "{\"name\": ");
    tg_buf_json_string(b, d->name, strlen(d->name));
    bool whole = d->kind == TG_DECL_TASK || d->kind == TG_DECL_FUNCTION;
    bool typed = d->kind == TG_DECL_OUTPUT ? d->type != NULL : d->kind != TG_DECL_FINALLY;
    if (typed) add_field(b, whole ? "signature" : "type", d->type);
    if (d->kind == TG_DECL_PARAM) {
        tg_buf_format(b, ", \"required\": %s", d->default_text ? "false" : "true");
        add_field(b, "default", d->default_text);
        add_field(b, "choices", d->choices);
    }
    add_field(b, "help", d->help);
    if (tg_sources_place(&f->sources, d->span, &place))
        tg_buf_format(b, ", \"line\": %u, \"column\": %u", place.line, place.column);
    tg_buf_char(b, '}');
}

static bool declares_kind(const struct tg_front *f, size_t kind)
{
    bool any = false;
    for (size_t i = 0; i < f->program.declared.count; i++) any = any || (size_t)f->program.declared.items[i].kind == kind;
    return any;
}

static void print_declared_json(struct tg_buf *b, const struct tg_front *f)
{
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (kind == TG_DECL_FINALLY && !declares_kind(f, kind)) continue;
        const char *between = "\n    ";
        tg_buf_format(b, "%s\"%s\": [", kind ? ",\n  " : "{\n  ", keys[kind]);
        for (size_t i = 0; i < f->program.declared.count; i++) {
            if ((size_t)f->program.declared.items[i].kind != kind) continue;
            tg_buf_text(b, between);
            add_object(b, f, &f->program.declared.items[i]);
            between = ",\n    ";
        }
        tg_buf_text(b, between[0] == ',' ? "\n  ]" : "]");
    }
    tg_buf_text(b, "\n}\n");
}

/* ---- the verb ------------------------------------------------------------------------------------ */

static enum tg_exit call_list(struct tg_cli *cli)
{
    struct tg_workflow w;
    struct tg_buf b = {0};
    enum tg_exit status = tg_workflow_open(&w, cli, cli->words.items[0]);
    if (!status) {
        if (cli->format == TG_FORMAT_JSON) print_declared_json(&b, &w.front);
        else print_declared(&b, &w.front);
        status = tg_cmd_print(cli, &b);
    }
    tg_workflow_done(&w);
    return status;
}

const struct tg_verb tg_verb_list = {
    .name = "list",
    .usage = "[FILE]",
    .summary = "show parameters, outputs, tasks and functions",
    .detail = "Shows what the workflow declares, with the help texts and comments of its author.",
    .options = options,
    .words = TG_WORDS_FILE,
    .min_words = 1,
    .max_words = 1,
    .needs = "a workflow file",
    .call = call_list,
};
