/* SPDX-License-Identifier: MIT
 * `tgrun stop`: tells a run to end. */
#include "cmd/cmd.h"
#include "cmd/inquire.h"

static enum tg_exit call_stop(struct tg_cli *cli)
{
    struct tg_err err = {0};
    struct tg_inquire_answer answer;
    long run;
    if (!tg_inquire_find(cli->words.count ? cli->words.items[0] : NULL, &run, &err) ||
        !tg_inquire_ask(run, "stop", &answer, NULL, &err))
        return tg_report_err(&cli->report, &err);
    if (!cli->quiet)
        tg_report_line(&cli->report,
                       tg_inquire_number(answer.record, "ending") > 0 ? "tgrun: run %ld ends at once"
                                                                      : "tgrun: run %ld is told to end",
                       run);
    tg_inquire_done(&answer);
    return TG_EXIT_OK;
}

const struct tg_verb tg_verb_stop = {
    .name = "stop",
    .usage = "[RUN]",
    .summary = "end a run that is going on in this folder",
    .detail = "Tells the run to end, as Ctrl-C in its terminal would: nothing more starts, commands are told to end, blocks "
              "of 'finally' run. Told a second time, it ends at once. Does not wait for it. RUN is its number ('tgrun "
              "status'), and may be left out if there is one only.",
    .options = tg_inquire_options,
    .words = TG_WORDS_OTHER,
    .max_words = 1,
    .call = call_stop,
};
