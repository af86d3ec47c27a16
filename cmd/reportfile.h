/* SPDX-License-Identifier: MIT
 * The report of a run: the page with what is to be shown in it. Thread class: owner. */
#ifndef TG_CMD_REPORTFILE_H
#define TG_CMD_REPORTFILE_H

#include "cmd/file.h"
#include "engine/base/out.h"
#include "engine/watch/storyjson.h"

/* False and err: this tgrun was built without the page. */
bool tg_reportfile_can(struct tg_err *err);
/* Adds the page to what is written. */
void tg_reportfile_put(struct tg_story *story, struct tg_out *out);
/* Writes it into the file, which is kept or dropped. False and err: what stood there before is untouched. */
bool tg_reportfile_write(struct tg_story *story, struct tg_new_file *take_file, struct tg_err *err);

#endif
