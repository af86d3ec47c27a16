/* SPDX-License-Identifier: MIT
 * `tgrun trace`, and the file of --trace. */
#include "cmd/tracefile.h"

bool tg_tracefile_write(struct tg_eventread *from, enum tg_trace_arrows arrows, struct tg_new_file *take_file,
                        struct tg_err *err)
{
    struct tg_out out;
    tg_out_init(&out, take_file->fd);
    bool good = tg_trace_write(from, arrows, &out, err);
    struct tg_err unwritten = {0};
    bool written = tg_out_done(&out, take_file->path, &unwritten);
    if (good && !written) *err = unwritten;
    else tg_err_done(&unwritten);
    if (good && written) return tg_file_keep(take_file, err);
    tg_file_drop(take_file);
    return false;
}
