/* SPDX-License-Identifier: MIT
 * Whether a step went well, and what is said if not. Thread class: owner. */
#ifndef TG_COMMAND_VERDICT_H
#define TG_COMMAND_VERDICT_H

#include "engine/command/step.h"

/* False with ctx's error, if there is none yet; ends: of each program. */
bool tg_verdict_of(struct tg_job *j, const struct tg_step *step, enum tg_outcome outcome, const struct tg_program_end *ends);

#endif
