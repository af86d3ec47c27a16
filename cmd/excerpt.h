/* SPDX-License-Identifier: MIT
 * A line of source with a mark under a part of it, cut to a width. Thread class: immutable (no state). */
#ifndef TG_CMD_EXCERPT_H
#define TG_CMD_EXCERPT_H

#include "engine/base/buf.h"
#include "lang/text/source.h"

/* Adds "  7 | source line" and "    |   ^~~" for the part of the place's line that the span covers. At most `width`
 * columns: longer lines are cut around the mark. mark_on and mark_off (may be "") are put around the mark. */
void tg_excerpt(struct tg_buf *b, const struct tg_place *place, tg_span span, unsigned width, const char *mark_on,
                const char *mark_off);

#endif
