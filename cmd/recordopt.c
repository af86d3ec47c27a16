/* SPDX-License-Identifier: MIT
 * What the options for the record say together. */
#include "cmd/recordopt.h"

const char *const tg_recordopt_resume_words[] = {"auto", "never", NULL};

static bool contradict(const char *one, const char *other, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_USAGE, "options '--%s' and '--%s' contradict each other", one, other);
}

bool tg_recordopt_check(struct tg_cli *cli, struct tg_err *err)
{
    if (cli->touch && cli->force.count) return contradict("touch", "force", err);
    if (cli->no_record && cli->record) {
        bool folder = tg_cmd_says(cli, TG_AT(record));
        if (folder && tg_cmd_says(cli, TG_AT(no_record))) return contradict("no-record", "record", err);
        cli->no_record = !folder;
    }
    if (!cli->no_record || !cli->touch) return true;
    contradict("no-record", "touch", err);
    tg_err_hint(err, "what is taken as up to date has to be recorded so.");
    return false;
}

const char *tg_recordopt_folder(const struct tg_cli *cli)
{
    return cli->record ? cli->record : TG_RECORDOPT_FOLDER;
}

uint64_t tg_recordopt_checkpoint_bytes(const struct tg_cli *cli)
{
    return tg_resources_size(cli->checkpoint ? cli->checkpoint : TG_RECORDOPT_CHECKPOINT);
}
