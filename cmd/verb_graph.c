/* SPDX-License-Identifier: MIT
 * `tgrun graph`: draws what a run would do, without running; or runs, and draws what the graph became; or what the events of a run
 * say of it. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/execute.h"
#include "cmd/file.h"
#include "cmd/progress.h"
#include "cmd/summary.h"
#include "engine/watch/became.h"
#include "engine/watch/eventfates.h"

enum picture_format { AUTO, TEXT, DOT, SVG, PNG, MERMAID, JSON };
static const char *const format_words[] = {"auto", "text", "dot", "svg", "png", "mermaid", "json", NULL};
static const char *const direction_words[] = {"tb", "lr", NULL};
static const char *const collapse_words[] = {"auto", "always", "never", NULL}; /* enum tg_collapse */

static const struct tg_opt options[] = {
    {.group = "Options",
     .letter = 'o',
     .name = "out",
     .kind = TG_OPT_TEXT,
     .value = "FILE",
     .help = "write to this file; its ending gives the format",
     .offset = TG_AT(out),
     .complete = TG_COMPLETE_FILE},
    {.name = "format",
     .kind = TG_OPT_CHOICE,
     .value = "FORMAT",
     .choices = format_words,
     .help = "how to draw; svg and png need Graphviz",
     .offset = TG_AT(format)},
    {.name = "direction",
     .kind = TG_OPT_CHOICE,
     .value = "WAY",
     .choices = direction_words,
     .help = "top to bottom or left to right",
     .offset = TG_AT(direction)},
    {.name = "collapse",
     .kind = TG_OPT_CHOICE,
     .value = "WHEN",
     .choices = collapse_words,
     .help = "draw one node for all tasks of a call; auto: above 100 tasks",
     .offset = TG_AT(collapse)},
    {.name = "expand", .kind = TG_OPT_FLAG, .help = "the same as --collapse=never", .offset = TG_AT(expand)},
    {.name = "run",
     .kind = TG_OPT_FLAG,
     .help = "run the workflow, and draw what the graph became, coloured by state and time",
     .offset = TG_AT(run)},
    {.name = "from",
     .kind = TG_OPT_TEXT,
     .value = "EVENTS",
     .help = "colour it by a run that has written its events (--events=EVENTS)",
     .offset = TG_AT(from),
     .complete = TG_COMPLETE_FILE},
    TG_OPTION_JOBS(NULL),
    TG_OPTION_SCHEDULER,
    TG_OPTION_KEEP_GOING,
    TG_OPTION_FAIL_FAST,
    TG_OPTION_KEEP_FAILED,
    TG_OPTIONS_OF_TASKS,
    TG_OPTION_NO_WARNINGS,
    TG_OPTION_PROGRESS,
    TG_OPTION_SUMMARY,
    TG_OPTION_TRUST("without --run: " TG_TRUST_HELP),
    TG_OPTION_MAX_TASKS,
    TG_OPTION_FOLDER,
    TG_OPTION_FILE,
    TG_OPTION_LANGUAGE,
    TG_OPTIONS_COMMON,
    TG_OPTIONS_PARAMETERS,
    {0},
};

/* ---- the format ---------------------------------------------------------------------------------- */

static const struct {
    const char *ending;
    enum picture_format format;
} endings[] = {{"txt", TEXT}, {"dot", DOT},     {"gv", DOT},          {"svg", SVG},
               {"png", PNG},  {"mmd", MERMAID}, {"mermaid", MERMAID}, {"json", JSON}};

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

/* Draws into a descriptor. A failed write to it goes to *write_error, anything else to err. */
static bool draw(struct tg_cli *cli, const struct tg_draw *d, enum picture_format format, int fd, int *write_error,
                 struct tg_err *err)
{
    if (format == SVG || format == PNG) return tg_draw_picture(d, format == SVG ? "svg" : "png", fd, write_error, err);
    struct tg_out out;
    tg_out_init(&out, fd);
    out.secrets = cli->report.secrets;
    if (format == DOT) tg_draw_dot(d, &out);
    else if (format == MERMAID) tg_draw_mermaid(d, &out);
    else if (format == JSON) tg_draw_json(d, &out);
    else tg_draw_text(d, &out);
    tg_out_flush(&out);
    if (out.buf.replaced) tg_cmd_warn_of_bytes(cli);
    tg_buf_done(&out.buf);
    *write_error = out.error;
    return !out.error;
}

static enum tg_exit draw_out(struct tg_cli *cli, const struct tg_draw *d, enum picture_format format, struct tg_err *err)
{
    int error = 0;
    if (!cli->out || strcmp(cli->out, "-") == 0) {
        if (draw(cli, d, format, 1, &error, err)) return TG_EXIT_OK;
        return error ? tg_cmd_write_error(error, err) : err->code;
    }
    struct tg_new_file file;
    if (!tg_file_start(&file, cli->out, err)) return err->code;
    if (draw(cli, d, format, file.fd, &error, err)) {
        if (tg_file_keep(&file, err)) return TG_EXIT_OK;
    } else {
        if (error) tg_err_set(err, TG_EXIT_CANNOT, "could not write '%s': %s", cli->out, strerror(error));
        tg_file_drop(&file);
    }
    return err->code;
}

static bool collapses(const struct tg_cli *cli, enum picture_format format, tg_id tasks)
{
    if (cli->expand || cli->collapse == TG_COLLAPSE_NEVER) return false;
    if (cli->collapse == TG_COLLAPSE_ALWAYS) return true;
    return format != JSON && tasks > TG_DRAW_AUTO;
}

/* One picture for all of a large graph is said, unless it was asked for. */
static void tell_collapsed(const struct tg_cli *cli, const struct tg_draw *d)
{
    size_t nodes = d->nodes.count;
    if (cli->collapse != TG_COLLAPSE_AUTO || cli->quiet) return;
    tg_report_line(&cli->report, "tgrun: %u tasks are drawn as %zu node%s; --expand draws each of them", tg_draw_count(d),
                   nodes, nodes == 1 ? "" : "s");
}

static enum tg_exit draw_plan(struct tg_cli *cli, const struct tg_plan *plan, enum picture_format format,
                              const struct tg_draw_options *how, struct tg_err *err)
{
    struct tg_draw d;
    tg_draw_init(&d, plan, how);
    d.options.collapse = collapses(cli, format, tg_draw_count(&d));
    if (format != JSON || d.options.collapse) tg_draw_make(&d); /* every task as JSON needs no model */
    if (d.options.collapse) tell_collapsed(cli, &d);
    enum tg_exit status = draw_out(cli, &d, format, err);
    tg_draw_done(&d);
    return status;
}

/* ---- what a run has made of it ------------------------------------------------------------------- */

/* Is told of a run. */
struct drawing {
    struct tg_sink sink;
    enum picture_format format;
    struct tg_fates fates;
    struct tg_became became; /* of a graph that grows */
};

static bool take_for_drawing(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    struct drawing *drawing = (struct drawing *)sink;
    struct tg_sink *to = event->kind == TG_EVENT_NODE ? &drawing->became.sink : &drawing->fates.sink;
    return to->take(to, event, err);
}

static void drawing_init(struct drawing *drawing, enum picture_format format, bool grows)
{
    *drawing = (struct drawing){.format = format};
    tg_fates_init(&drawing->fates);
    tg_became_init(&drawing->became);
    drawing->sink = drawing->fates.sink;
    drawing->sink.take = take_for_drawing;
    if (grows) drawing->sink.wants |= drawing->became.sink.wants;
}

static void drawing_done(struct drawing *drawing)
{
    tg_became_done(&drawing->became);
    tg_fates_done(&drawing->fates);
}

static void settle_fates(struct tg_fates *fates, const struct tg_run *run)
{
    tg_id *failed = tg_alloc((run->failures.count + 1) * sizeof *failed);
    for (size_t i = 0; i < run->failures.count; i++) failed[i] = run->failures.items[i].task;
    tg_fates_settle(fates, failed, run->failures.count);
    free(failed);
}

static enum tg_exit draw_became(struct tg_cli *cli, const struct tg_became *notes, const struct tg_plan *plan,
                                enum picture_format format, struct tg_draw_options *how, struct tg_err *err)
{
    struct tg_graph became;
    tg_id *known_as;
    how->ran = true;
    if (!tg_became_graph(notes, plan, &became, &known_as, err)) return err->code;
    how->fate_of = known_as;
    struct tg_plan all = {.graph = &became, .count = became.count};
    enum tg_exit status = draw_plan(cli, &all, format, how, err);
    free(known_as);
    tg_graph_done(&became);
    return status;
}

/* Draws what a graph became by its run, also if tasks failed: then it shows how far that came. */
static enum tg_exit draw_run(struct tg_cli *cli, const struct tg_workflow *w, const struct tg_run *run,
                             const struct tg_took *took, void *data, struct tg_err *err)
{
    struct drawing *drawing = data;
    if (cli->verbose || tg_summary_is_wanted(cli, took->seconds)) tg_summary(cli, run, took);
    struct tg_draw_options how = tg_workflow_drawing(w, cli);
    tg_events_flush(run->options.events);
    settle_fates(&drawing->fates, run);
    how.fates = &drawing->fates;
    if (!run->graph->grows || run->plan->count == 0) return draw_plan(cli, run->plan, drawing->format, &how, err);
    return draw_became(cli, &drawing->became, run->plan, drawing->format, &how, err);
}

static enum tg_exit run_and_draw(struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan,
                                 enum picture_format format)
{
    struct drawing drawing;
    drawing_init(&drawing, format, plan->graph->grows);
    enum tg_exit status = tg_execute(cli, w, plan, &drawing.sink, draw_run, &drawing);
    drawing_done(&drawing);
    return status;
}

static bool read_fates(const struct tg_cli *cli, struct tg_fates *fates, struct tg_eventnotes *notes, struct tg_err *err)
{
    struct tg_eventread from;
    uint64_t missing;
    if (!tg_eventread_open(&from, cli->from, err)) return false;
    bool good = tg_eventfates_read(fates, &from, notes->plan->graph, notes->plan->graph->grows ? notes : NULL, &missing, err);
    if (good && from.cut) tg_report_line(&cli->report, "warning: '%s' ends in the middle of a line", from.name);
    if (good && missing)
        tg_report_line(&cli->report, "warning: %llu events are missing in '%s'", (unsigned long long)missing, from.name);
    tg_eventread_close(&from);
    return good;
}

static tg_span find_told_place(const void *data, const char *place)
{
    return tg_sources_find(data, place);
}

/* What would be run, or what became of it by the events of a run. */
static enum tg_exit look_and_draw(struct tg_cli *cli, const struct tg_workflow *w, const struct tg_plan *plan,
                                  enum picture_format format, struct tg_err *err)
{
    struct tg_draw_options how = tg_workflow_drawing(w, cli);
    struct tg_fates fates;
    struct tg_eventnotes notes;
    if (!cli->from) return draw_plan(cli, plan, format, &how, err);
    tg_fates_init(&fates);
    tg_eventnotes_init(&notes, plan, find_told_place, &w->front.sources);
    how.fates = &fates;
    if (read_fates(cli, &fates, &notes, err)) {
        if (plan->graph->grows && plan->count) draw_became(cli, &notes.became, plan, format, &how, err);
        else draw_plan(cli, plan, format, &how, err);
    }
    tg_eventnotes_done(&notes);
    tg_fates_done(&fates);
    return err->code;
}

/* ---- the verb ------------------------------------------------------------------------------------ */

static enum tg_exit draw_workflow(struct tg_cli *cli, struct tg_workflow *w, enum picture_format format)
{
    struct tg_err err = {0};
    struct tg_plan plan = {0};
    enum tg_exit status = tg_workflow_plan(w, cli, &plan);
    if (!status && !cli->run) status = tg_workflow_preflight(w, cli, &plan, false);
    if (!status && !cli->run) tg_plan_show_finals(&plan);
    if (!status) status = cli->run ? run_and_draw(cli, w, &plan, format) : look_and_draw(cli, w, &plan, format, &err);
    if (err.code) status = tg_cmd_report(cli, &err);
    tg_plan_done(&plan);
    return status;
}

static enum tg_exit call_graph(struct tg_cli *cli)
{
    struct tg_workflow w = {0};
    struct tg_err err = {0};
    enum picture_format format;
    cli->executes = cli->run;
    if (!choose_format(cli, &format, &err)) return tg_report_err(&cli->report, &err);
    if (cli->run && cli->from) tg_err_set(&err, TG_EXIT_USAGE, "--run makes a run, and --from draws one that has been");
    else if (cli->from && cli->out && tg_file_same(cli->out, cli->from))
        tg_err_set(&err, TG_EXIT_USAGE, "'%s' has the events, and would be written over", cli->out);
    if (err.code) return tg_report_err(&cli->report, &err);
    enum tg_exit status = cli->run ? tg_execute_open(cli, &w) : tg_workflow_open(&w, cli, cli->words.items[0]);
    if (!status && !cli->run) status = tg_workflow_eval(&w, cli);
    if (!status) status = draw_workflow(cli, &w, format);
    tg_workflow_done(&w);
    return status;
}

const struct tg_verb tg_verb_graph = {
    .name = "graph",
    .usage = "[FILE] [NAME...]",
    .summary = "draw the task graph",
    .detail =
        "Draws what a run would do, or what NAMEs (as of run) need, as text on standard output or as a file. Large "
        "graphs collapse to one node for each call in the source. An expansion point, which adds tasks when its "
        "input is known, is a hexagon; a dashed edge leads to it from what it may use. With --run, which -j, --scheduler "
        "and -k are for, runs the workflow, prints no outputs, and draws what the graph became: colours say what has become of "
        "each task, and how long it took. --from=EVENTS does so for a run that has been, or was killed.",
    .options = options,
    .words = TG_WORDS_NAMES,
    .min_words = 1,
    .max_words = UINT32_MAX,
    .needs = "a workflow file",
    .call = call_graph,
};
