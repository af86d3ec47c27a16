/* SPDX-License-Identifier: MIT
 * `tgrun scale`: changes the number of workers of a run that is going on. */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/inquire.h"

static enum tg_exit call_scale(struct tg_cli *cli)
{
    struct tg_err err = {0};
    struct tg_inquire_answer answer;
    long run;
    char *line = tg_alloc_format("scale %s", cli->words.items[0]);
    bool good = tg_inquire_find(cli->words.count > 1 ? cli->words.items[1] : NULL, &run, &err) &&
                tg_inquire_ask(run, line, &answer, NULL, &err);
    free(line);
    if (!good) return tg_report_err(&cli->report, &err);
    double workers = tg_inquire_number(answer.record, "workers");
    if (!cli->quiet)
        tg_report_line(&cli->report, "tgrun: run %ld has %.0f worker%s now", run, workers, workers == 1 ? "" : "s");
    tg_inquire_done(&answer);
    return TG_EXIT_OK;
}

const struct tg_verb tg_verb_scale = {
    .name = "scale",
    .usage = "N [RUN]",
    .summary = "change the number of workers of a run",
    .detail =
        "From now on so many tasks or commands run at once. Where there are more workers than that, those that are over end "
        "what they run first. There cannot be more than the run began with, which -j says. RUN is its number ('tgrun "
        "status'), and may be left out if there is one only.",
    .options = tg_inquire_options,
    .words = TG_WORDS_OTHER,
    .min_words = 1,
    .max_words = 2,
    .needs = "a number of workers",
    .call = call_scale,
};
