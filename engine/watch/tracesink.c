/* SPDX-License-Identifier: MIT
 * Events on their way into a trace, as if they had been read from a file of them: without being written and read. */
#include "engine/watch/tracesink.h"

static void hand_to_trace(void *data, const struct tg_told *told)
{
    tg_trace_add(data, told);
}

static bool take_for_trace(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    struct tg_tracesink *s = (struct tg_tracesink *)sink;
    tg_tell_event(&s->tell, event, tg_trace_wants_needs(&s->trace));
    return !s->out.error || tg_err_set(err, TG_EXIT_CANNOT, "its file cannot be written");
}

void tg_tracesink_open(struct tg_tracesink *s, const char *path, int fd, tg_place_fn place, void *place_data)
{
    const uint32_t unused = TG_EVENT_BIT(TG_EVENT_ADDED) | TG_EVENT_BIT(TG_EVENT_NODE);
    *s = (struct tg_tracesink){.path = path};
    s->sink = (struct tg_sink){.name = "the trace", .kind = TG_SINK_LOSSLESS, .take = take_for_trace};
    s->sink.wants = (TG_EVENT_BIT(TG_EVENT_KINDS) - 1) & ~unused;
    tg_out_init(&s->out, fd);
    tg_trace_begin(&s->trace, &s->out, TG_TRACE_ARROWS_AUTO);
    tg_tell_init(&s->tell, hand_to_trace, &s->trace, place, place_data);
}

void tg_tracesink_begin(struct tg_tracesink *s, const struct tg_run *run, const char *workflow)
{
    s->trace.secrets = run->options.services->secrets;
    tg_tell_run(&s->tell, run, workflow);
}

bool tg_tracesink_close(struct tg_tracesink *s, struct tg_err *err)
{
    bool any = s->tell.part;
    tg_trace_end(&s->trace);
    tg_tell_done(&s->tell);
    bool written = tg_out_done(&s->out, s->path, err);
    return written && (any || tg_err_set(err, TG_EXIT_CANNOT, "nothing has run"));
}
