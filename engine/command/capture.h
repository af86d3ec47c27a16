/* SPDX-License-Identifier: MIT
 * Standard output as a value. */
#ifndef TG_COMMAND_CAPTURE_H
#define TG_COMMAND_CAPTURE_H

#include "engine/command/command.h"

/* What the text means as this kind: none of TG_OUTPUT_FILES and TG_OUTPUT_BOOL. The error shows the text, cut. */
bool tg_capture_value(enum tg_output_kind kind, const char *text, size_t length, tg_value *out, struct tg_err *err);

#endif
