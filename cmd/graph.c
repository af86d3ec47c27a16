/* SPDX-License-Identifier: MIT
 * `tgrun graph`: draws what a run would do, without running. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/file.h"
#include "engine/watch/draw.h"

enum picture_format { AUTO, TEXT, DOT, SVG, PNG, MERMAID, JSON };
static const char *const format_words[] = {"auto", "text", "dot", "svg", "png", "mermaid", "json", NULL};
static const char *const direction_words[] = {"tb", "lr", NULL};
static const char *const collapse_words[] = {"auto", "always", "never", NULL}; /* enum tg_collapse */

static const struct tg_opt options[] = {
    {.group = "Options", .letter = 'o', .name = "out", .kind = TG_OPT_TEXT, .value = "FILE",
     .help = "write to this file; its ending gives the format", .offset = TG_AT(out), .complete = TG_COMPLETE_FILE},
    {.name = "format", .kind = TG_OPT_CHOICE, .value = "FORMAT", .choices = format_words,
     .help = "how to draw; svg and png need Graphviz", .offset = TG_AT(format)},
    {.name = "direction", .kind = TG_OPT_CHOICE, .value = "WAY", .choices = direction_words,
     .help = "top to bottom or left to right", .offset = TG_AT(direction)},
    {.name = "collapse", .kind = TG_OPT_CHOICE, .value = "WHEN", .choices = collapse_words,
     .help = "draw one node for all tasks of a call; auto: above 100 tasks", .offset = TG_AT(collapse)},
    {.name = "expand", .kind = TG_OPT_FLAG, .help = "the same as --collapse=never", .offset = TG_AT(expand)},
    {.letter = 'q', .name = "quiet", .kind = TG_OPT_FLAG, .help = "no warnings", .offset = TG_AT(quiet), .env = true},
    TG_OPTION_MAX_TASKS,
    TG_OPTION_FOLDER,
    TG_OPTION_LANGUAGE,
    TG_OPTIONS_COMMON,
    TG_OPTIONS_PARAMETERS,
    {0},
};

/* ---- the format ---------------------------------------------------------------------------------- */

static const struct {
    const char *ending;
    enum picture_format format;
} endings[] = {{"txt", TEXT}, {"dot", DOT}, {"gv", DOT}, {"svg", SVG}, {"png", PNG}, {"mmd", MERMAID}, {"mermaid", MERMAID},
               {"json", JSON}};

static bool choose_format(const struct tg_cli *cli, enum picture_format *out, struct tg_err *err)
{
    *out = (enum picture_format)cli->format;
    if (*out != AUTO) return true;
    *out = TEXT;
    if (!cli->out || strcmp(cli->out, "-") == 0) return true;
    const char *dot = strrchr(cli->out, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(endings[i].ending, dot + 1) == 0) {
            *out = endings[i].format;
            return true;
        }
    tg_err_set(err, TG_EXIT_USAGE, "the ending of '%s' names no format", cli->out);
    tg_err_hint(err, "use .svg, .png, .dot, .mmd, .json or .txt, or --format");
    return false;
}

/* ---- drawing ------------------------------------------------------------------------------------- */

static bool find_place(const void *data, tg_span span, struct tg_draw_place *out)
{
    struct tg_place place;
    if (!tg_sources_place(data, span, &place)) return false;
    *out = (struct tg_draw_place){place.source->name, place.line, place.column};
    return true;
}

/* Draws into a descriptor. A failed write to it goes to *write_error, anything else to err. */
static bool draw(const struct tg_draw *d, enum picture_format format, int fd, int *write_error, struct tg_err *err)
{
    if (format == SVG || format == PNG) return tg_draw_picture(d, format == SVG ? "svg" : "png", fd, err);
    struct tg_out out;
    tg_out_init(&out, fd);
    if (format == DOT) tg_draw_dot(d, &out);
    else if (format == MERMAID) tg_draw_mermaid(d, &out);
    else if (format == JSON) tg_draw_json(d, &out);
    else tg_draw_text(d, &out);
    tg_out_flush(&out);
    tg_buf_done(&out.buf);
    *write_error = out.error;
    return !out.error;
}

static enum tg_exit draw_out(struct tg_cli *cli, const struct tg_draw *d, enum picture_format format)
{
    struct tg_err err = {0};
    int error = 0;
    if (!cli->out || strcmp(cli->out, "-") == 0) {
        if (draw(d, format, 1, &error, &err)) return TG_EXIT_OK;
        return error ? tg_cli_write_failed(cli, error) : tg_report_err(&cli->report, &err);
    }
    struct tg_new_file file;
    if (!tg_new_file_start(&file, cli->out, &err)) return tg_report_err(&cli->report, &err);
    if (draw(d, format, file.fd, &error, &err)) {
        if (tg_new_file_keep(&file, &err)) return TG_EXIT_OK;
    } else {
        if (error) tg_err_set(&err, TG_EXIT_CANNOT, "could not write '%s': %s", cli->out, strerror(error));
        tg_new_file_drop(&file);
    }
    return tg_report_err(&cli->report, &err);
}

static bool collapses(const struct tg_cli *cli, enum picture_format format, tg_id tasks)
{
    if (cli->expand || cli->collapse == TG_COLLAPSE_NEVER) return false;
    if (cli->collapse == TG_COLLAPSE_ALWAYS) return true;
    return format != JSON && tasks > TG_DRAW_AUTO;
}

static enum tg_exit draw_workflow(struct tg_cli *cli, struct tg_workflow *w, enum picture_format format)
{
    struct tg_plan plan = {0};
    struct tg_err err = {0};
    const char *path = cli->words.items[0];
    struct tg_draw_options how = {
        .left_to_right = cli->direction == 1,
        .ascii = !tg_term_utf8(),
        .title = path,
        .outputs = cli->words.items + 1,
        .output_count = cli->words.count - 1,
        .place = find_place,
        .place_data = &w->front.sources,
    };
    if (!tg_plan_make(&w->session.graph, how.outputs, how.output_count, &plan, &err))
        return tg_report_err(&cli->report, &err);
    how.collapse = collapses(cli, format, plan.count);
    struct tg_draw d = {.plan = &plan, .options = how};
    if (format != JSON || how.collapse) tg_draw_make(&d, &plan, &how); /* every task as JSON needs no model */
    enum tg_exit status = draw_out(cli, &d, format);
    tg_draw_done(&d);
    tg_plan_done(&plan);
    return status;
}

static enum tg_exit call(struct tg_cli *cli)
{
    struct tg_workflow w;
    struct tg_err err = {0};
    enum picture_format format;
    if (!choose_format(cli, &format, &err)) return tg_report_err(&cli->report, &err);
    enum tg_exit status = tg_workflow_open(&w, cli, cli->words.items[0]);
    if (!status) status = tg_workflow_eval(&w, cli);
    if (!status) status = draw_workflow(cli, &w, format);
    tg_workflow_done(&w);
    return status;
}

const struct tg_verb tg_verb_graph = {
    .name = "graph",
    .usage = "FILE [OUTPUT...]",
    .summary = "draw the task graph",
    .detail = "Draws what a run would do, or what the named outputs need, as text on standard output or as a file. Large "
              "graphs collapse to one node for each call in the source.",
    .options = options,
    .min_words = 1,
    .max_words = UINT32_MAX,
    .needs = "a workflow file",
    .call = call,
};
