/* SPDX-License-Identifier: MIT
 * Lines are written at once, by the thread whose task says them: the next thing that happens may be a crash. */
#include "engine/watch/lines.h"

static bool write_line(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    (void)err;
    struct tg_lines *lines = (struct tg_lines *)sink;
    atomic_store_explicit(&lines->any, true, memory_order_relaxed);
    const struct tg_event_text *line = (const struct tg_event_text *)event->body;
    lines->write(NULL, line->text, line->length);
    return true;
}

void tg_lines_init(struct tg_lines *lines, void (*write)(void *unused, const char *text, size_t length))
{
    *lines = (struct tg_lines){
        .sink = {.name = "standard error", .kind = TG_SINK_DIRECT, .wants = TG_EVENT_BIT(TG_EVENT_TEXT), .take = write_line},
        .write = write};
}
