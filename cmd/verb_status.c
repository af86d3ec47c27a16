/* SPDX-License-Identifier: MIT
 * `tgrun status`: the runs that are going on in a folder, one of them, or a task of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/inquire.h"

/* Columns of names. */
#define NAME_MOST 40

static const struct tg_opt options[] = {
    TG_OPTION_TEXT_FORMAT("print text, or one JSON object a line"),
    TG_OPTION_FOLDER,
    TG_OPTIONS_COMMON,
    {0},
};

/* ---- parts --------------------------------------------------------------------------------------- */

/* ", 3 running", if there are any. */
static void add_if_any(struct tg_buf *b, tg_value record, const char *key, const char *what)
{
    double count = tg_inquire_number(record, key);
    if (count > 0) tg_buf_format(b, ", %.0f %s", count, what);
}

/* "0:07", "1:02:03" */
static void add_clock_span(struct tg_buf *b, double seconds)
{
    unsigned long s = seconds > 0 ? (unsigned long)seconds : 0;
    if (s < 3600) tg_buf_format(b, "%lu:%02lu", s / 60, s % 60);
    else tg_buf_format(b, "%lu:%02lu:%02lu", s / 3600, s % 3600 / 60, s % 60);
}

/* "22:10:05", with the day if that is another one. */
static void add_time_of_day(struct tg_buf *b, double since_1970)
{
    time_t then = (time_t)since_1970, now = time(NULL);
    struct tm day, today;
    char text[32];
    if (!localtime_r(&then, &day) || !localtime_r(&now, &today)) return;
    bool same = day.tm_yday == today.tm_yday && day.tm_year == today.tm_year;
    if (strftime(text, sizeof text, same ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &day)) tg_buf_text(b, text);
}

/* "26 of 40 tasks done, 1 failed, 4 running, about 25 s left" */
static void add_progress_counts(struct tg_buf *b, tg_value run)
{
    double tasks = tg_inquire_number(run, "tasks"), left = tg_inquire_number(run, "left");
    bool grows = tg_inquire_number(run, "grows") > 0;
    tg_buf_format(b, "%.0f of %.0f%s task%s done", tg_inquire_number(run, "done"), tasks, grows ? " known" : "",
                  tasks == 1 ? "" : "s");
    add_if_any(b, run, "failed", "failed");
    add_if_any(b, run, "caught", "caught");
    add_if_any(b, run, "skipped", "skipped");
    add_if_any(b, run, "retried", "retried");
    add_if_any(b, run, "running", "running");
    if (!tg_inquire_has(run, "left")) return;
    if (left < 8) tg_buf_text(b, ", a few seconds left");
    else if (left < 100) tg_buf_format(b, ", about %.0f s left", left);
    else tg_buf_format(b, ", about %.0f min left", left / 60);
}

/* "1234  w.tg, since 22:10:05 (0:41), 4 workers (threads)" */
static void add_run_lines(struct tg_buf *b, tg_value run)
{
    double workers = tg_inquire_number(run, "workers");
    tg_buf_format(b, "%.0f  %s, since ", tg_inquire_number(run, "run"), tg_inquire_text(run, "workflow"));
    add_time_of_day(b, tg_inquire_number(run, "began"));
    tg_buf_text(b, " (");
    add_clock_span(b, tg_inquire_number(run, "seconds"));
    tg_buf_format(b, "), %.0f worker%s (%s)", workers, workers == 1 ? "" : "s", tg_inquire_text(run, "scheduler"));
    if (strcmp(tg_inquire_text(run, "part"), "finally") == 0) tg_buf_text(b, ", in 'finally'");
    if (tg_inquire_number(run, "ending") > 0) tg_buf_text(b, ", told to end");
    if (tg_inquire_number(run, "paused") > 0) tg_buf_text(b, ", paused");
    tg_buf_text(b, "\n      ");
    add_progress_counts(b, run);
    tg_buf_char(b, '\n');
}

/* ---- a task -------------------------------------------------------------------------------------- */

static void add_needs(struct tg_buf *b, tg_value task)
{
    size_t shown = tg_inquire_count(task, "needs");
    double needed = tg_inquire_number(task, "needed");
    tg_buf_text(b, ", needs ");
    for (size_t i = 0; i < shown; i++)
        tg_buf_format(b, "%s%s", i ? ", " : "", tg_inquire_text(tg_inquire_item(task, "needs", i), "name"));
    if (!shown) tg_buf_format(b, "%.0f result%s", needed, needed == 1 ? "" : "s");
    else if (needed > (double)shown) tg_buf_format(b, " and %.0f more", needed - (double)shown);
}

/* "task 3: build(3), w.tg:4, running for 0:12 on worker 1, attempt 2" */
static void add_task_line(struct tg_buf *b, tg_value task)
{
    const char *place = tg_inquire_text(task, "place"), *state = tg_inquire_text(task, "state");
    tg_buf_format(b, "task %.0f: %s%s%s, %s", tg_inquire_number(task, "task"), tg_inquire_text(task, "name"),
                  *place ? ", " : "", place, state);
    if (strcmp(state, "running") == 0) {
        tg_buf_text(b, " for ");
        add_clock_span(b, tg_inquire_number(task, "seconds"));
        tg_buf_format(b, " on worker %.0f", tg_inquire_number(task, "worker"));
    }
    if (tg_inquire_has(task, "for")) tg_buf_format(b, " for %s", tg_inquire_text(task, "for"));
    else if (tg_inquire_has(task, "attempt")) tg_buf_format(b, ", attempt %.0f", tg_inquire_number(task, "attempt"));
    if (tg_inquire_has(task, "message")) tg_buf_format(b, ": %s", tg_inquire_text(task, "message"));
    if (tg_inquire_has(task, "needed")) add_needs(b, task);
    tg_buf_char(b, '\n');
}

static void add_task_lines(struct tg_buf *b, tg_value record, const char *key, const char *heading)
{
    size_t count = tg_inquire_count(record, key);
    if (count) tg_buf_format(b, "%s:\n", heading);
    for (size_t i = 0; i < count; i++) {
        tg_buf_text(b, "  ");
        add_task_line(b, tg_inquire_item(record, key, i));
    }
}

/* Of several: how many are in which state, then some of them. */
static void add_meant(struct tg_buf *b, tg_value record)
{
    static const char *const states[] = {"not needed", "pending", "ready", "waiting", "running", "done", "failed", "skipped"};
    size_t shown = tg_inquire_count(record, "tasks");
    double count = tg_inquire_number(record, "count");
    tg_value counts = tg_inquire_field(record, "states");
    if (count != 1) {
        tg_buf_format(b, "%s: %.0f tasks", tg_inquire_text(record, "word"), count);
        for (size_t i = 0; i < TG_COUNT(states); i++) add_if_any(b, counts, states[i], states[i]);
        tg_buf_char(b, '\n');
    }
    for (size_t i = 0; i < shown; i++) {
        if (count != 1) tg_buf_text(b, "  ");
        add_task_line(b, tg_inquire_item(record, "tasks", i));
    }
    if (count > (double)shown) tg_buf_format(b, "  and %.0f more\n", count - (double)shown);
}

/* ---- a run --------------------------------------------------------------------------------------- */

/* "  align  18 of 20 done, 2 running" */
static void add_by_name(struct tg_buf *b, tg_value run)
{
    size_t count = tg_inquire_count(run, "names");
    int width = 0;
    for (size_t i = 0; i < count; i++) {
        int own = (int)strlen(tg_inquire_text(tg_inquire_item(run, "names", i), "name"));
        if (own > width && own <= NAME_MOST) width = own;
    }
    for (size_t i = 0; i < count; i++) {
        tg_value of = tg_inquire_item(run, "names", i);
        tg_buf_format(b, "  %-*s  %.0f", width, tg_inquire_text(of, "name"), tg_inquire_number(of, "done"));
        if (tg_inquire_has(of, "tasks")) tg_buf_format(b, " of %.0f", tg_inquire_number(of, "tasks"));
        tg_buf_text(b, " done");
        add_if_any(b, of, "failed", "failed");
        add_if_any(b, of, "running", "running");
        tg_buf_char(b, '\n');
    }
}

static void add_whole_run(struct tg_buf *b, tg_value run)
{
    add_run_lines(b, run);
    add_by_name(b, run);
    add_task_lines(b, run, "running_tasks", "running");
    add_task_lines(b, run, "waiting_tasks", "waiting");
    add_task_lines(b, run, "next", "next");
}

/* ---- the verb ------------------------------------------------------------------------------------ */

static enum tg_exit print_answer(struct tg_cli *cli, const struct tg_inquire_answer *answer,
                                 void (*add)(struct tg_buf *b, tg_value record))
{
    struct tg_buf text = {0}, b = {0};
    if (cli->format == TG_FORMAT_JSON) tg_buf_format(&b, "%s\n", tg_buf_str(&answer->text));
    else add(&text, answer->record), tg_term_text(&b, tg_buf_str(&text), text.length, 0);
    tg_buf_done(&text);
    enum tg_exit status = tg_cmd_print(cli, &b);
    tg_buf_done(&b);
    return status;
}

static enum tg_exit show_run_or_task(struct tg_cli *cli, const char *word, const char *line,
                                     void (*add)(struct tg_buf *b, tg_value record))
{
    struct tg_err err = {0};
    struct tg_inquire_answer answer;
    long run;
    if (!tg_inquire_find(word, &run, &err) || !tg_inquire_ask(run, line, &answer, NULL, &err))
        return tg_report_err(&cli->report, &err);
    enum tg_exit status = print_answer(cli, &answer, add);
    tg_inquire_done(&answer);
    return status;
}

/* Those that end meanwhile are left out; what else keeps one from answering is said. */
static enum tg_exit show_each(struct tg_cli *cli, const tg_meet_runs *runs, size_t *shown)
{
    enum tg_exit status = TG_EXIT_OK;
    for (size_t i = 0; i < runs->count && status != TG_EXIT_PIPE; i++) {
        struct tg_err err = {0};
        struct tg_inquire_answer answer;
        bool ended, good = tg_inquire_ask(runs->items[i], "status", &answer, &ended, &err);
        *shown += !ended;
        enum tg_exit own = good ? print_answer(cli, &answer, add_run_lines) : TG_EXIT_OK;
        if (!good && !ended) own = tg_report_err(&cli->report, &err);
        if (own) status = own;
        tg_inquire_done(&answer);
        tg_err_done(&err);
    }
    return status;
}

static enum tg_exit show_runs(struct tg_cli *cli)
{
    struct tg_err err = {0};
    tg_meet_runs runs = {0};
    size_t shown = 0;
    bool good = tg_meet_list(&runs, &err);
    enum tg_exit status = good ? show_each(cli, &runs, &shown) : tg_report_err(&cli->report, &err);
    tg_vec_done(&runs);
    return good && !shown ? show_run_or_task(cli, NULL, "status", add_run_lines)
                          : status; /* an error, which says that there is none */
}

static enum tg_exit show_task(struct tg_cli *cli, const char *run, const char *task)
{
    char *line = tg_alloc_format("task %s", task);
    enum tg_exit status = show_run_or_task(cli, run, line, add_meant);
    free(line);
    return status;
}

static enum tg_exit call_status(struct tg_cli *cli)
{
    const struct tg_words *words = &cli->words;
    if (words->count == 0) return show_runs(cli);
    if (words->count == 2) return show_task(cli, words->items[0], words->items[1]);
    if (tg_inquire_is_run(words->items[0])) return show_run_or_task(cli, words->items[0], "run", add_whole_run);
    return show_task(cli, NULL, words->items[0]);
}

const struct tg_verb tg_verb_status = {
    .name = "status",
    .usage = "[RUN [TASK]]",
    .summary = "show the runs that are going on in this folder",
    .detail = "Without words: each run that was started in this folder and goes on, with its number. With the number of a "
              "RUN, or '.' for the only one: what of it runs, since when, what is left and what that waits for. With a TASK, "
              "which is a function, a variable or output of the workflow, one of several tasks as messages name it, "
              "'build(3)', or by number, 'build:3', or a task's own number: whether it is pending and on what, runs, is done "
              "or has failed. RUN may be left out before a TASK that is no number.",
    .options = options,
    .words = TG_WORDS_OTHER,
    .max_words = 2,
    .call = call_status,
};
