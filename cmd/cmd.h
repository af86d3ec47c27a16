/* SPDX-License-Identifier: MIT
 * Verbs: what main dispatches to. A verb is one constant in one file; tg_verbs (verbs.c) is the table of all.
 * Thread class: owner (the main thread). */
#ifndef TG_CMD_CMD_H
#define TG_CMD_CMD_H

#include <signal.h>

#include "cmd/config.h"
#include "cmd/opt.h"
#include "cmd/report.h"
#include "cmd/resources.h"
#include "engine/base/limits.h"
#include "engine/draw/draw.h"
#include "lang/front.h"

enum tg_collapse { TG_COLLAPSE_AUTO, TG_COLLAPSE_ALWAYS, TG_COLLAPSE_NEVER };
enum tg_text_format { TG_FORMAT_TEXT, TG_FORMAT_JSON };
/* TG_SUMMARY_AUTO: of a run that took more than a second. */
enum tg_summary_when { TG_SUMMARY_AUTO, TG_SUMMARY_ALWAYS, TG_SUMMARY_NEVER };

enum tg_resume { TG_RESUME_AUTO, TG_RESUME_NEVER };

/* What one command line says: words and the options of all verbs. Zeroed means default, except where set by main. */
struct tg_cli {
    struct tg_words words; /* what is not an option, the verb not included; with a FILE first, if the verb reads one */
    struct tg_report report;
    const struct tg_verb *verb;
    bool verb_left_out;
    const char *near_verb;       /* what the first name may be, if it is none; NULL: nothing */
    struct tg_config *config;    /* the files with defaults */
    struct tg_opt_layers layers; /* of the verb's options */

    /* all verbs */
    bool help, version;
    int color;          /* enum tg_color */
    const char *folder; /* -C */
    /* verbs that read a workflow */
    const char *file;        /* -f */
    struct tg_words defines; /* -D */
    const char *params;
    int language;       /* enum tg_language */
    uint64_t max_tasks; /* 0: the default */
    bool quiet, verbose;
    bool trust;    /* code of plugins may run where the workflow is only looked at */
    bool executes; /* set by a verb that runs the workflow */
    bool printed;  /* and when it has printed what the run gave */
    int format;    /* enum tg_text_format; of graph: a format of pictures */
    /* run, graph --run */
    int scheduler;                            /* index for tg_opt_choice: names and aliases of tg_sched_all */
    uint64_t jobs;                            /* 0: usable CPUs */
    const char *resources;                    /* NULL: what the machine has */
    const char *events, *trace, *report_file; /* --events, --trace, --report; NULL: none */
    const char *dashboard;                    /* where it listens; NULL: there is none */
    bool dashboard_control, dashboard_wait;
    int progress;                /* enum tg_progress_mode */
    int summary;                 /* enum tg_summary_when */
    int arrows;                  /* enum tg_trace_arrows */
    const char *cluster;         /* where executors are; NULL: here, or where the scheduler says */
    const char *worker_memory;   /* NULL: an executor may use what it likes */
    struct tg_resources offered; /* while it runs: what its tasks can have */
    bool dry_run, keep_going, fail_fast, keep_failed;
    int output_mode;          /* enum tg_output_mode */
    uint64_t retries;         /* of each task of which the workflow says nothing */
    double timeout, deadline; /* seconds; 0: none */
    double load;              /* 0: whatever it is */
    int jobserver;            /* enum tg_sharing_form */
    int pressure;             /* enum tg_sharing_pressure */
    /* what is recorded, and by that does not run again */
    struct tg_words force; /* patterns of tasks that run anyhow, by name, instance or result file */
    bool touch;            /* what is there is up to date */
    bool outdated;         /* what is recorded is taken though it is not up to date */
    bool no_record;
    const char *record;     /* the folder; NULL: the default (tg_recordopt_folder) */
    bool wait;              /* for paths that another run is making */
    int resume;             /* enum tg_resume */
    const char *checkpoint; /* a size; NULL: the default (tg_recordopt_checkpoint_bytes) */
    /* graph, convert */
    const char *out; /* -o */
    int direction;   /* 0: top to bottom, 1: left to right */
    int collapse;    /* enum tg_collapse */
    bool expand;
    bool run;         /* of graph: draw what it becomes */
    const char *from; /* of graph: a file of events; NULL: none */
    int to;           /* of convert: -1: the other language, 0: .tg, 1: YAML */
    /* debug */
    const char *gdb;   /* NULL: "gdb" */
    const char *named; /* what its TASK selects: the word without the instance */
    bool here;         /* this process is in gdb */
    /* fmt */
    bool check_only;
    /* driver */
    double patience; /* seconds; 0: the default */
    /* help */
    int completion; /* 0: none, else enum tg_shell */
    int syntax;     /* 0: none, else enum tg_editor */
    int offer;      /* likewise enum tg_shell: what may stand at its cursor */
    bool man, cflags;
};

/* What the words of a verb are. */
enum tg_verb_words {
    TG_WORDS_OTHER,
    TG_WORDS_FILE,  /* a workflow */
    TG_WORDS_FILES, /* several */
    TG_WORDS_NAMES, /* a workflow and what is to be run of it */
};

struct tg_verb {
    const char *name;
    const char *usage;   /* the words after the name: "[FILE] [NAME...]" */
    const char *summary; /* a phrase, without full stop */
    const char *detail;  /* paragraphs for help and manual, may be "" */
    const struct tg_opt *options;
    enum tg_verb_words words;
    unsigned min_words, max_words;
    /* What is missing if there are fewer words: "a workflow file". */
    const char *needs;
    enum tg_exit (*call)(struct tg_cli *cli);
};

extern const struct tg_verb tg_verb_run, tg_verb_check, tg_verb_graph, tg_verb_list, tg_verb_plugins, tg_verb_fmt,
    tg_verb_convert, tg_verb_debug, tg_verb_trace, tg_verb_report, tg_verb_status, tg_verb_scale, tg_verb_stop, tg_verb_clean,
    tg_verb_why, tg_verb_log, tg_verb_watch, tg_verb_new, tg_verb_config, tg_verb_driver, tg_verb_help;
extern const struct tg_verb *const tg_verbs[]; /* NULL-terminated, in the order of help */
const struct tg_verb *tg_verbs_find(const char *name);

/* The command line itself sets the option that is stored there. */
bool tg_cmd_says(const struct tg_cli *cli, size_t offset);

/* -- options that several verbs share; each is one entry of a table */
extern const char *const tg_cmd_color_words[], *const tg_cmd_language_words[], *const tg_cmd_text_format_words[];
#define TG_AT(field) offsetof(struct tg_cli, field)
#define TG_OPTIONS_PARAMETERS                                                                                      \
    {.group = "Parameters",                                                                                        \
     .letter = 'D',                                                                                                \
     .kind = TG_OPT_WORDS,                                                                                         \
     .value = "NAME=VALUE",                                                                                        \
     .help = "set a parameter of the workflow; repeatable",                                                        \
     .offset = TG_AT(defines)},                                                                                    \
    {                                                                                                              \
        .name = "params", .kind = TG_OPT_TEXT, .value = "FILE", .help = "set parameters from a JSON or YAML file", \
        .offset = TG_AT(params), .env = true, .complete = TG_COMPLETE_FILE                                         \
    }
/* The first of a verb's options. */
#define TG_OPTION_TEXT_FORMAT(text)                                                                                          \
    {                                                                                                                        \
        .group = "Options", .name = "format", .kind = TG_OPT_CHOICE, .value = "FORMAT", .choices = tg_cmd_text_format_words, \
        .help = text, .offset = TG_AT(format)                                                                                \
    }
#define TG_OPTION_NO_WARNINGS                                                                                           \
    {                                                                                                                   \
        .letter = 'q', .name = "quiet", .kind = TG_OPT_FLAG, .help = "no warnings", .offset = TG_AT(quiet), .env = true \
    }
#define TG_OPTION_FOLDER                                                                                                \
    {                                                                                                                   \
        .letter = 'C', .kind = TG_OPT_TEXT, .value = "DIR", .help = "go to this folder first", .offset = TG_AT(folder), \
        .complete = TG_COMPLETE_FOLDER                                                                                  \
    }
#define TG_OPTION_FILE                                                                                         \
    {                                                                                                          \
        .letter = 'f', .kind = TG_OPT_TEXT, .value = "FILE", .help = "the workflow; all words are names then", \
        .offset = TG_AT(file), .complete = TG_COMPLETE_FILE                                                    \
    }
#define TG_OPTION_LANGUAGE                                                                              \
    {                                                                                                   \
        .name = "language", .kind = TG_OPT_CHOICE, .value = "LANG", .choices = tg_cmd_language_words,   \
        .help = "how to read the file; auto goes by its ending", .offset = TG_AT(language), .env = true \
    }
#define TG_OPTION_TRUST(text)                                                                   \
    {                                                                                           \
        .name = "trust", .kind = TG_OPT_FLAG, .help = text, .offset = TG_AT(trust), .env = true \
    }
#define TG_TRUST_HELP "load plugins of the workflow's folder, which runs their code, instead of reading their tables"
#define TG_OPTION_MAX_TASKS                                                                                                 \
    {                                                                                                                       \
        .name = "max-tasks", .kind = TG_OPT_NUMBER, .value = "N", .min = 1, .max = TG_MAX_TASKS,                            \
        .help = "stop when there are more tasks, those added in the run included", .offset = TG_AT(max_tasks), .env = true, \
        .harmless = true                                                                                                    \
    }
/* a table's last group but the parameters */
#define TG_OPTIONS_COMMON                                                                                           \
    {.name = "color",                                                                                               \
     .kind = TG_OPT_CHOICE,                                                                                         \
     .value = "WHEN",                                                                                               \
     .choices = tg_cmd_color_words,                                                                                 \
     .help = "colours in messages",                                                                                 \
     .offset = TG_AT(color),                                                                                        \
     .env = true,                                                                                                   \
     .harmless = true},                                                                                             \
        {.letter = 'h', .name = "help", .kind = TG_OPT_FLAG, .help = "show this help", .offset = TG_AT(help)},      \
    {                                                                                                               \
        .letter = 'V', .name = "version", .kind = TG_OPT_FLAG, .help = "show the version", .offset = TG_AT(version) \
    }

/* -- standard output */
/* Writes b to standard output and empties it. A closed pipe ends quietly as SIGPIPE would (status 141); any other
 * failure is reported (status 4). */
enum tg_exit tg_cmd_print(struct tg_cli *cli, struct tg_buf *b);
/* JSON has gone out that shows a value differently, since it is no text (tg_buf.replaced). */
void tg_cmd_warn_of_bytes(struct tg_cli *cli);
/* The reader of standard output has gone: it has seen enough. */
#define TG_EXIT_PIPE ((enum tg_exit)(128 + SIGPIPE))
/* What a failed write to standard output with this errno is. */
enum tg_exit tg_cmd_write_error(int error, struct tg_err *err);
/* Reports it where it should be, and gives its exit status. Empties err. */
enum tg_exit tg_cmd_report(struct tg_cli *cli, struct tg_err *err);

/* -- a workflow, opened: session and front end together (workflow.c) */
struct tg_workflow {
    struct tg_session session;
    struct tg_front front;
    bool session_made, front_made;
    bool settled; /* all paths of results are known before it runs, and nothing was to be said of its files */
};
/* Opens the file and sets the parameters. False: the reason is in err (no session could be made) or in the front
 * end's diagnostics. The workflow must be done with in any case. */
bool tg_workflow_read(struct tg_workflow *w, struct tg_cli *cli, const char *path, struct tg_err *err);
/* The exit status for its diagnostics; TG_EXIT_OK if none is an error. */
enum tg_exit tg_workflow_status(const struct tg_workflow *w);
/* The same as tg_workflow_read, and reports what is wrong. Warnings wait for tg_workflow_eval. */
enum tg_exit tg_workflow_open(struct tg_workflow *w, struct tg_cli *cli, const char *path);
/* Around what evaluates: tasks that are evaluated at once run code of plugins. */
void tg_workflow_enter_code(const struct tg_sources *sources, const struct tg_secrets *secrets);
void tg_workflow_leave_code(void);
/* Where the first word is nearly a verb: looks, without code of the folder's plugins, whether it names something in the
 * workflow, since who mistypes `check` does not mean to run any. Reports if not. */
enum tg_exit tg_workflow_foresee(struct tg_cli *cli);
/* Evaluates it into the graph, and reports what is wrong. */
enum tg_exit tg_workflow_eval(struct tg_workflow *w, struct tg_cli *cli);
/* Looks at the files of what is planned, which will be run here or not, and reports what is wrong. */
enum tg_exit tg_workflow_preflight(struct tg_workflow *w, struct tg_cli *cli, const struct tg_plan *plan, bool runs);
/* Plans what the words after the file name; all of it, if there are none. Reports what is wrong. */
enum tg_exit tg_workflow_plan(struct tg_workflow *w, struct tg_cli *cli, struct tg_plan *plan);
/* How its graph is to be drawn, as far as that is the same everywhere. */
struct tg_draw_options tg_workflow_drawing(const struct tg_workflow *w, const struct tg_cli *cli);
void tg_workflow_done(struct tg_workflow *w);

/* -- help (verb_help.c), completion (complete.c), manual (manual.c) */
enum tg_shell { TG_SHELL_NONE, TG_SHELL_BASH, TG_SHELL_ZSH, TG_SHELL_FISH };
void tg_verb_help_short(struct tg_buf *b);
void tg_verb_help_overview(struct tg_buf *b);
void tg_verb_help_verb(struct tg_buf *b, const struct tg_verb *verb);
void tg_complete(struct tg_buf *b, enum tg_shell shell);
/* How an editor colours .tg files (syntax.c). */
enum tg_editor { TG_EDITOR_NONE, TG_EDITOR_VIM, TG_EDITOR_TEXTMATE };
void tg_syntax(struct tg_buf *b, enum tg_editor editor);
void tg_manual(struct tg_buf *b);

/* -- templates, made from cmd/templates/ by embed.sh */
struct tg_template {
    const char *path; /* "plugin/README.md", "workflow.tg", "tgrun.1" */
    const char *text;
};
extern const struct tg_template tg_templates[]; /* ends with a NULL path */

#endif
