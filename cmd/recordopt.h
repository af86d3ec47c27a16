/* SPDX-License-Identifier: MIT
 * Options that say what is recorded of a run, and what of the record counts. Thread class: owner (the main thread). */
#ifndef TG_CMD_RECORDOPT_H
#define TG_CMD_RECORDOPT_H

#include "cmd/cmd.h"

#define TG_RECORDOPT_FOLDER ".tgrun"
#define TG_RECORDOPT_CHECKPOINT "1GiB"

extern const char *const tg_recordopt_resume_words[]; /* enum tg_resume */
/* The first of its group. */
#define TG_OPTION_FORCE                                                                                                   \
    {                                                                                                                     \
        .group = "What runs again", .letter = 'B', .name = "force", .kind = TG_OPT_WORDS, .value = "TASK", .alone = "*",  \
        .help = "run it, up to date or not: all tasks, or those of a name, instance or result file, such as 'compile*'; " \
                "repeatable",                                                                                             \
        .offset = TG_AT(force)                                                                                            \
    }
#define TG_OPTION_TOUCH                                                                                                     \
    {                                                                                                                       \
        .name = "touch", .kind = TG_OPT_FLAG, .help = "take result files that are there as up to date, and record them so", \
        .offset = TG_AT(touch)                                                                                              \
    }
#define TG_OPTION_NO_RECORD                                                                                          \
    {                                                                                                                \
        .name = "no-record", .kind = TG_OPT_FLAG, .help = "neither ask the record nor write to it: everything runs", \
        .offset = TG_AT(no_record), .env = true, .harmless = true                                                    \
    }
#define TG_OPTION_RECORD                                                                                         \
    {                                                                                                            \
        .name = "record", .kind = TG_OPT_TEXT, .value = "DIR",                                                   \
        .help = "the folder of the record; default: " TG_RECORDOPT_FOLDER, .offset = TG_AT(record), .env = true, \
        .complete = TG_COMPLETE_FOLDER                                                                           \
    }
#define TG_OPTION_WAIT                                                                                                      \
    {                                                                                                                       \
        .name = "wait", .kind = TG_OPT_FLAG, .help = "where another run is making a file that this one makes, wait for it", \
        .offset = TG_AT(wait), .env = true, .harmless = true                                                                \
    }
#define TG_OPTION_RESUME                                                                                         \
    {                                                                                                            \
        .name = "resume", .kind = TG_OPT_CHOICE, .value = "WHEN", .choices = tg_recordopt_resume_words,          \
        .help = "go on with a run that did not end well", .offset = TG_AT(resume), .env = true, .harmless = true \
    }
#define TG_OPTION_CHECKPOINT                                                                                           \
    {                                                                                                                  \
        .name = "checkpoint", .kind = TG_OPT_TEXT, .value = "SIZE", .check = tg_resources_check_size,                  \
        .help = "how much of the results of a run is kept until it has ended well; default: " TG_RECORDOPT_CHECKPOINT, \
        .offset = TG_AT(checkpoint), .env = true, .harmless = true                                                     \
    }

/* False and err if options contradict each other. One of the command line wins over one that is set elsewhere. */
bool tg_recordopt_check(struct tg_cli *cli, struct tg_err *err);
/* The folder of the record, lent. */
const char *tg_recordopt_folder(const struct tg_cli *cli);
uint64_t tg_recordopt_checkpoint_bytes(const struct tg_cli *cli);

#endif
