/* SPDX-License-Identifier: MIT
 * `tgrun config`: the options of a run that have defaults in files or the environment, their values and where these come from. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/cpus.h"
#include "engine/base/utf8.h"

static const struct tg_opt options[] = {
    TG_OPTION_TEXT_FORMAT("how to print"), TG_OPTION_NO_WARNINGS, TG_OPTION_FOLDER, TG_OPTIONS_COMMON, {0},
};

static const char *const layer_words[] = {"default", "user", "folder", "environment"}; /* enum tg_opt_layer */

/* The options of a run without a command line. */
struct shown_options {
    const struct tg_config *config;
    struct tg_cli values;
    struct tg_opt_layers layers;
};

/* ---- values -------------------------------------------------------------------------------------- */

/* What a run takes where nothing is set. */
static uint64_t standard_number(const struct tg_opt *o)
{
    if (o->offset == TG_AT(jobs)) return tg_cpus_usable();
    return o->offset == TG_AT(max_tasks) ? TG_DEFAULT_MAX_TASKS : 0;
}

/* False: it has none. */
static bool add_shown_value(struct tg_buf *b, const struct tg_opt *o, const struct shown_options *s, bool json)
{
    const void *at = (const char *)&s->values + o->offset;
    const char *text = NULL;
    if (o->kind == TG_OPT_FLAG) tg_buf_text(b, *(const bool *)at ? "true" : "false");
    else if (o->kind == TG_OPT_NUMBER)
        tg_buf_format(b, "%llu", (unsigned long long)(*(const uint64_t *)at ? *(const uint64_t *)at : standard_number(o)));
    else if (o->kind == TG_OPT_REAL && *(const double *)at > 0) tg_buf_format(b, "%.15g", *(const double *)at);
    else if (o->kind == TG_OPT_DURATION && *(const double *)at > 0)
        tg_buf_format(b, json ? "\"%.15gs\"" : "%.15gs", *(const double *)at);
    else if (o->kind == TG_OPT_REAL || o->kind == TG_OPT_DURATION) return false;
    else if (o->kind == TG_OPT_CHOICE) text = tg_opt_choice(o, (size_t) * (const int *)at);
    else text = *(const char *const *)at;
    if (text && json) tg_buf_json_string(b, text, strlen(text));
    else if (text) tg_term_text(b, text, strlen(text), 0);
    return text || (o->kind != TG_OPT_TEXT && o->kind != TG_OPT_WORDS);
}

/* "tgrun.config.yaml:2:7", "TGRUN_JOBS"; "" of a default. */
static void add_where(struct tg_buf *b, const struct tg_opt *o, enum tg_opt_layer layer, const struct tg_config *c)
{
    struct tg_place place;
    struct tg_buf variable = {0};
    const struct tg_setting *s = tg_config_find(c, layer, o->name);
    if (layer == TG_OPT_ENVIRONMENT) {
        tg_opt_variable(&variable, o);
        tg_buf_text(b, variable.data);
    } else if (s && tg_sources_place(&c->sources, s->span, &place)) {
        tg_buf_format(b, "%s:%u:%u", place.source->name, place.line, place.column);
    }
    tg_buf_done(&variable);
}

static enum tg_opt_layer layer_of(const struct shown_options *s, const struct tg_opt *o)
{
    return (enum tg_opt_layer)s->layers.of[o - tg_verb_run.options];
}

/* ---- as text ------------------------------------------------------------------------------------- */

/* Adds the three texts of a row. */
static void add_cells(struct tg_buf cells[3], const struct tg_opt *o, const struct shown_options *s)
{
    enum tg_opt_layer layer = layer_of(s, o);
    struct tg_buf where = {0};
    for (int i = 0; i < 3; i++) cells[i].length = 0;
    tg_buf_text(&cells[0], o->name);
    if (!add_shown_value(&cells[1], o, s, false)) tg_buf_char(&cells[1], '-');
    add_where(&where, o, layer, s->config);
    if (where.length) tg_term_text(&cells[2], where.data, where.length, 0);
    else tg_buf_text(&cells[2], layer_words[layer]);
    tg_buf_done(&where);
}

static void add_row(struct tg_buf *b, const struct tg_buf cells[3], const size_t *widths)
{
    for (int i = 0; i < 3; i++) {
        tg_buf_add(b, cells[i].data, cells[i].length);
        if (i < 2) tg_buf_fill(b, ' ', widths[i] - tg_utf8_count(cells[i].data, cells[i].length) + 2);
    }
    tg_buf_char(b, '\n');
}

static void add_file_line(struct tg_buf *b, const char *path, bool read, const char *whose)
{
    tg_buf_format(b, "%s's file: ", whose);
    if (path) tg_term_text(b, path, strlen(path), 0);
    tg_buf_text(b, !path ? "none, as neither XDG_CONFIG_HOME nor HOME is set\n" : read ? "\n" : " (not read)\n");
}

static void print_options(struct tg_buf *b, const struct shown_options *s)
{
    struct tg_buf cells[3] = {{0}};
    size_t widths[2] = {0};
    for (int show = 0; show < 2; show++)
        for (const struct tg_opt *o = tg_verb_run.options; !tg_opt_end(o); o++) {
            if (!o->env) continue;
            add_cells(cells, o, s);
            for (int i = 0; i < 2; i++) {
                size_t width = tg_utf8_count(cells[i].data, cells[i].length);
                if (width > widths[i]) widths[i] = width;
            }
            if (show) add_row(b, cells, widths);
        }
    for (int i = 0; i < 3; i++) tg_buf_done(&cells[i]);
    tg_buf_char(b, '\n');
    add_file_line(b, s->config->user_path, s->config->user_read, "user");
    add_file_line(b, TG_CONFIG_FOLDER_FILE, s->config->folder_read, "folder");
}

/* ---- as JSON ------------------------------------------------------------------------------------- */

static void add_option_json(struct tg_buf *b, const struct tg_opt *o, const struct shown_options *s)
{
    struct tg_buf where = {0};
    enum tg_opt_layer layer = layer_of(s, o);
    tg_buf_format(b, "{\"name\": \"%s\", \"value\": ", o->name);
    if (!add_shown_value(b, o, s, true)) tg_buf_text(b, "null");
    tg_buf_format(b, ", \"from\": \"%s\", \"where\": ", layer_words[layer]);
    add_where(&where, o, layer, s->config);
    if (where.length) tg_buf_json_string(b, where.data, where.length);
    else tg_buf_text(b, "null");
    tg_buf_format(b, ", \"in_folder\": %s}", o->harmless ? "true" : "false");
    tg_buf_done(&where);
}

static void add_file_json(struct tg_buf *b, const char *whose, const char *path, bool read)
{
    tg_buf_format(b, "\"%s\": {\"path\": ", whose);
    if (path) tg_buf_json_string(b, path, strlen(path));
    else tg_buf_text(b, "null");
    tg_buf_format(b, ", \"read\": %s}", read ? "true" : "false");
}

static void print_options_json(struct tg_buf *b, const struct shown_options *s)
{
    const char *between = "\n    ";
    tg_buf_text(b, "{\n  \"options\": [");
    for (const struct tg_opt *o = tg_verb_run.options; !tg_opt_end(o); o++) {
        if (!o->env) continue;
        tg_buf_text(b, between);
        add_option_json(b, o, s);
        between = ",\n    ";
    }
    tg_buf_text(b, "\n  ],\n  \"files\": {");
    add_file_json(b, "user", s->config->user_path, s->config->user_read);
    tg_buf_text(b, ", ");
    add_file_json(b, "folder", TG_CONFIG_FOLDER_FILE, s->config->folder_read);
    tg_buf_text(b, "}\n}\n");
}

/* ---- the verb ------------------------------------------------------------------------------------ */

static enum tg_exit call_config(struct tg_cli *cli)
{
    struct shown_options shown = {.config = cli->config};
    struct tg_err err = {0};
    struct tg_buf b = {0};
    if (!tg_opt_environment(tg_verb_run.options, &shown.values, &shown.layers, &err)) return tg_report_err(&cli->report, &err);
    tg_config_apply(cli->config, tg_verb_run.options, &shown.values, &shown.layers);
    if (cli->format == TG_FORMAT_JSON) print_options_json(&b, &shown);
    else print_options(&b, &shown);
    return tg_cmd_print(cli, &b);
}

const struct tg_verb tg_verb_config = {
    .name = "config",
    .usage = "",
    .summary = "show the defaults of options and their origin",
    .detail = "Shows what the options of a run are in this folder without a command line. They come from the environment "
              "(TGRUN_JOBS=4), else from tgrun.config.yaml of the folder, else from tgrun/config.yaml in XDG_CONFIG_HOME or "
              "~/.config, each one mapping such as 'jobs: 4'. As a folder may be anybody's, its file cannot set what "
              "runs, reads or writes more than a run does anyway.",
    .options = options,
    .min_words = 0,
    .max_words = 0,
    .needs = "",
    .call = call_config,
};
