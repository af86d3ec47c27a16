/* SPDX-License-Identifier: MIT
 * Lines are written at once, by the thread whose task says them: the next thing that happens may be a crash. */
#include "engine/watch/lines.h"

#include "engine/plugin/host.h"

static bool write_line(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    (void)sink, (void)err;
    const struct tg_event_text *line = (const struct tg_event_text *)event->body;
    tg_host_log(NULL, line->text, line->length);
    return true;
}

void tg_lines_init(struct tg_sink *sink)
{
    *sink = (struct tg_sink){
        .name = "standard error", .kind = TG_SINK_DIRECT, .wants = TG_EVENT_BIT(TG_EVENT_TEXT), .take = write_line};
}
