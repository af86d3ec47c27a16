/* SPDX-License-Identifier: MIT
 * What runs that were killed left (tg_aside_recover is in aside.h). Thread class: locked, by the lock of the place. */
#ifndef TG_COMMAND_ASIDELEFT_H
#define TG_COMMAND_ASIDELEFT_H

#include "engine/command/aside.h"

/* Looks through a folder, "FOLDER/" or ""; false if some of it is still there. */
bool tg_asideleft_clear(const struct tg_services *services, const char *folder, bool shared);
/* Notes that this run works there: if it is killed, the next one looks. */
void tg_asideleft_note(struct tg_aside_place *place, const char *folder);
/* The run is over: nobody needs to look, unless place->left. */
void tg_asideleft_forget(struct tg_aside_place *place);

#endif
