/* SPDX-License-Identifier: MIT
 * `tgrun plugins`: the plugins that a workflow here would find, or the tasks of one. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/ending.h"
#include "cmd/paths.h"
#include "cmd/stdout.h"
#include "engine/value/object.h"

static const struct tg_opt options[] = {
    TG_OPTION_TEXT_FORMAT("how to print"),
    TG_OPTION_TRUST("load plugins of the current folder, which runs their code, instead of reading their tables"),
    TG_OPTION_FOLDER,
    TG_OPTIONS_COMMON,
    {0},
};

/* ---- one plugin ---------------------------------------------------------------------------------- */

static void add_plain_text(struct tg_buf *b, const char *text, unsigned indent)
{
    tg_term_text(b, text ? text : "", text ? strlen(text) : 0, indent);
}

static void add_json_text(struct tg_buf *b, const char *text)
{
    tg_buf_json_string(b, text ? text : "", text ? strlen(text) : 0);
}

static bool travels(const struct tg_loaded_type *type)
{
    return tg_object_travel(type->type) != TG_TRAVEL_PINNED;
}

static void print_one(struct tg_buf *b, const struct tg_loaded *p)
{
    add_plain_text(b, p->name, 0);
    tg_buf_char(b, ' ');
    add_plain_text(b, p->version, 0);
    if (p->doc && *p->doc) tg_buf_text(b, ": "), add_plain_text(b, p->doc, 0);
    tg_buf_format(b, "\n%s\n", p->path ? p->path : "built in");
    for (size_t i = 0; i < p->def_count; i++) {
        const struct tg_def *def = &p->defs[i];
        struct tg_buf signature = {0};
        tg_sig_print(&signature, &def->sig);
        tg_buf_text(b, "\n  ");
        add_plain_text(b, signature.data, 2);
        if (def->doc && *def->doc) tg_buf_text(b, "\n      "), add_plain_text(b, def->doc, 6);
        tg_buf_char(b, '\n');
        tg_buf_done(&signature);
    }
    for (size_t i = 0; i < p->type_count; i++) {
        tg_buf_text(b, "\n  type ");
        add_plain_text(b, p->types[i].type->name, 2);
        tg_buf_text(b, travels(&p->types[i]) ? "\n      Its values travel between processes.\n"
                                             : "\n      Its values stay in the process that made them.\n");
    }
}

static void add_task_json(struct tg_buf *b, const struct tg_def *def)
{
    struct tg_buf signature = {0};
    tg_sig_print(&signature, &def->sig);
    tg_buf_text(b, "{\"name\": ");
    add_json_text(b, def->name);
    tg_buf_text(b, ", \"signature\": ");
    add_json_text(b, signature.data);
    tg_buf_format(b, ", \"effect\": %s, \"doc\": ", def->sig.effect ? "true" : "false");
    add_json_text(b, def->doc);
    tg_buf_char(b, '}');
    tg_buf_done(&signature);
}

static void add_types_json(struct tg_buf *b, const struct tg_loaded *p)
{
    tg_buf_text(b, ", \"types\": [");
    for (size_t i = 0; i < p->type_count; i++) {
        tg_buf_text(b, i ? ", {\"name\": " : "{\"name\": ");
        add_json_text(b, p->types[i].type->name);
        tg_buf_format(b, ", \"travels\": %s}", travels(&p->types[i]) ? "true" : "false");
    }
    tg_buf_char(b, ']');
}

static void add_plugin_json(struct tg_buf *b, const struct tg_loaded *p, bool whole)
{
    tg_buf_text(b, "{\"name\": ");
    add_json_text(b, p->name);
    tg_buf_text(b, ", \"version\": ");
    add_json_text(b, p->version);
    tg_buf_text(b, ", \"path\": ");
    if (p->path) add_json_text(b, p->path);
    else tg_buf_text(b, "null");
    tg_buf_text(b, ", \"doc\": ");
    add_json_text(b, p->doc);
    if (whole) {
        tg_buf_text(b, ", \"tasks\": [");
        for (size_t i = 0; i < p->def_count; i++) {
            tg_buf_text(b, i ? ",\n  " : "\n  ");
            add_task_json(b, &p->defs[i]);
        }
        tg_buf_char(b, ']');
        add_types_json(b, p);
    }
    tg_buf_char(b, '}');
}

static enum tg_exit show_one(struct tg_cli *cli, struct tg_registry *r, const char *name)
{
    struct tg_err err = {0};
    struct tg_buf b = {0};
    tg_stdout_hide();
    const struct tg_loaded *p = tg_registry_load(r, name, NULL, &err);
    tg_stdout_show();
    tg_ending_check();
    if (!p) return tg_report_err(&cli->report, &err);
    if (cli->format == TG_FORMAT_JSON) add_plugin_json(&b, p, true), tg_buf_char(&b, '\n');
    else print_one(&b, p);
    return tg_cmd_print(cli, &b);
}

/* ---- all plugins --------------------------------------------------------------------------------- */

static size_t widest(const struct tg_registry *r, bool version)
{
    size_t most = 0;
    for (size_t i = 0; i < r->plugins.count; i++) {
        const struct tg_loaded *p = r->plugins.items[i];
        size_t length = strlen(version ? p->version : p->name);
        if (length > most) most = length;
    }
    return most;
}

/* "math  1.0  Arithmetic.", and below it where the file is. */
static void print_list(struct tg_buf *b, const struct tg_registry *r)
{
    int name = (int)widest(r, false), version = (int)widest(r, true);
    for (size_t i = 0; i < r->plugins.count; i++) {
        const struct tg_loaded *p = r->plugins.items[i];
        struct tg_buf line = {0};
        tg_buf_format(&line, "%-*s  %-*s  %s\n%*s%s", name, p->name, version, p->version, p->doc ? p->doc : "", name + 2, "",
                      p->path ? p->path : "built in");
        add_plain_text(b, line.data, 0);
        tg_buf_char(b, '\n');
        tg_buf_done(&line);
    }
}

static void print_list_json(struct tg_buf *b, const struct tg_registry *r)
{
    tg_buf_char(b, '[');
    for (size_t i = 0; i < r->plugins.count; i++) {
        tg_buf_text(b, i ? ",\n " : "\n ");
        add_plugin_json(b, r->plugins.items[i], false);
    }
    tg_buf_text(b, "\n]\n");
}

/* Loads all that are found: the name and doc are in the file. One that cannot be loaded is reported, the rest shown. */
static enum tg_exit show_all(struct tg_cli *cli, struct tg_registry *r)
{
    struct tg_arena arena = {0};
    const char **names, **paths;
    size_t count;
    enum tg_exit status = TG_EXIT_OK;
    tg_registry_list(r, &arena, &names, &paths, &count);
    for (size_t i = 0; i < count; i++) {
        struct tg_err err = {0};
        tg_stdout_hide();
        if (!tg_registry_load(r, names[i], NULL, &err)) status = tg_report_err(&cli->report, &err);
        tg_stdout_show();
        tg_ending_check();
    }
    struct tg_buf b = {0};
    if (cli->format == TG_FORMAT_JSON) print_list_json(&b, r);
    else print_list(&b, r);
    enum tg_exit printed = tg_cmd_print(cli, &b);
    tg_arena_done(&arena);
    return printed ? printed : status;
}

static enum tg_exit call_plugins(struct tg_cli *cli)
{
    struct tg_session s;
    struct tg_err err = {0};
    if (!tg_session_init(&s, 0, &err)) return tg_report_err(&cli->report, &err);
    tg_paths_search(&s.registry, "-");
    s.registry.looks = !cli->trust;
    bool one = cli->words.count > 0;
    enum tg_exit status = one ? show_one(cli, &s.registry, cli->words.items[0]) : show_all(cli, &s.registry);
    tg_session_done(&s);
    return status;
}

const struct tg_verb tg_verb_plugins = {
    .name = "plugins",
    .usage = "[NAME]",
    .summary = "show the plugins found, or the tasks of one",
    .detail = "Looks in the folders of TGRUN_PLUGIN_PATH, in the current folder and where tgrun is installed. NAME may be "
              "the path of a .so file.",
    .options = options,
    .min_words = 0,
    .max_words = 1,
    .needs = "",
    .call = call_plugins,
};
