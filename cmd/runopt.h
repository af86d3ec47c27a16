/* SPDX-License-Identifier: MIT
 * The options of `run` and of what does the same again and again. Thread class: owner (the main thread). */
#ifndef TG_CMD_RUNOPT_H
#define TG_CMD_RUNOPT_H

#include "cmd/execute.h"
#include "cmd/recordopt.h"
#include "cmd/summary.h"
#include "cmd/watching.h"

extern const char *const tg_runopt_output_words[]; /* enum tg_output_mode */

/* clang-format off */
/* Beginning with a group. */
#define TG_OPTIONS_RUNNING \
    TG_OPTION_JOBS("Running"), TG_OPTION_SCHEDULER, TG_OPTION_CLUSTER, TG_OPTION_KEEP_GOING, TG_OPTION_FAIL_FAST, TG_OPTION_KEEP_FAILED, \
    TG_OPTIONS_OF_TASKS

/* All behind these and what a verb has alone. */
#define TG_OPTIONS_OF_RUN(format_help, verbose_help) \
    TG_OPTION_MAX_TASKS, TG_OPTION_FOLDER, TG_OPTION_FILE, TG_OPTION_LANGUAGE, TG_OPTION_FORCE, TG_OPTION_TOUCH, \
    TG_OPTION_RESUME, TG_OPTION_CHECKPOINT, TG_OPTION_NO_RECORD, TG_OPTION_RECORD, TG_OPTION_WAIT, \
    {.group = "Printing", \
     .name = "format", \
     .kind = TG_OPT_CHOICE, \
     .value = "FORMAT", \
     .choices = tg_cmd_text_format_words, \
     .help = format_help, \
     .offset = TG_AT(format), \
     .env = true, \
     .harmless = true}, \
    {.name = "output", \
     .kind = TG_OPT_CHOICE, \
     .value = "WHAT", \
     .choices = tg_runopt_output_words, \
     .help = "show what commands print: failed ones, and output of those without a result; all, task by task; or as it comes", \
     .offset = TG_AT(output_mode), \
     .env = true, \
     .harmless = true}, \
    {.letter = 'q', \
     .name = "quiet", \
     .kind = TG_OPT_FLAG, \
     .help = "no warnings, outputs only", \
     .offset = TG_AT(quiet), \
     .env = true, \
     .harmless = true}, \
    {.letter = 'v', \
     .name = "verbose", \
     .kind = TG_OPT_FLAG, \
     .help = verbose_help, \
     .offset = TG_AT(verbose), \
     .env = true, \
     .harmless = true}, \
    TG_OPTION_PROGRESS, TG_OPTION_SUMMARY, TG_OPTION_EVENTS, TG_OPTION_TRACE, TG_OPTION_REPORT, TG_OPTIONS_DASHBOARD, \
    TG_OPTIONS_COMMON, TG_OPTIONS_PARAMETERS
/* clang-format on */

#endif
