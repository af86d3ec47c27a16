/* SPDX-License-Identifier: MIT
 * What tasks need is not looked up for each of them, but all at once when somebody asks, or at the end. */
#include "engine/watch/storysink.h"

static void hand_to_story(void *data, const struct tg_told *told)
{
    tg_story_add(data, told);
}

static bool take_for_story(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    (void)err;
    tg_tell_event(&((struct tg_storysink *)sink)->tell, event, false);
    return true;
}

void tg_storysink_open(struct tg_storysink *s, enum tg_sink_kind kind, const struct tg_secrets *secrets, tg_place_fn place,
                       void *place_data)
{
    s->sink = (struct tg_sink){.name = kind == TG_SINK_LIVE ? "the dashboard" : "the report", .kind = kind};
    s->sink.take = take_for_story;
    s->sink.wants = TG_EVENT_BIT(TG_EVENT_KINDS) - 1;
    tg_story_init(&s->story, secrets);
    s->story.sampled = kind == TG_SINK_LIVE;
    tg_tell_init(&s->tell, hand_to_story, &s->story, place, place_data);
}

void tg_storysink_begin(struct tg_storysink *s, const struct tg_run *run, const char *workflow)
{
    tg_story_begin(&s->story, run->begin_ns);
    tg_tell_run(&s->tell, run, workflow);
}

void tg_storysink_end(struct tg_storysink *s, int status, const struct tg_eventfile_number *numbers, size_t count, bool plan)
{
    const struct tg_run *run = s->tell.run;
    if (plan) tg_story_plan(&s->story, run, s->tell.place, s->tell.place_data);
    if (plan && run->nodes && s->sink.kind == TG_SINK_LIVE) tg_story_census(&s->story, run, s->tell.place, s->tell.place_data);
    tg_tell_end(&s->tell, status, numbers, count);
}

void tg_storysink_close(struct tg_storysink *s)
{
    tg_tell_done(&s->tell);
    tg_story_done(&s->story);
}
