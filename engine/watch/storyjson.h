/* SPDX-License-Identifier: MIT
 * Answers about a run, from its story, as JSON objects. Times are nanoseconds since the first run began; what is not known is left out.
 * docs/formats.md does not tell of them: they are between the program and its own page. Each locks the story while it writes. */
#ifndef TG_WATCH_STORYJSON_H
#define TG_WATCH_STORYJSON_H

#include "engine/base/buf.h"
#include "engine/watch/story.h"

/* What is asked; zeroed: all of it, as it is usually wanted. */
struct tg_storyjson_query {
    uint64_t rev;          /* of the answer that the asker has: if nothing has changed, {"rev":N,"same":true}; 0: he has none */
    uint64_t from, to;     /* of a timeline; to 0: up to the end */
    uint32_t max;          /* slices of it, and spans; 0: 20000; more than 100000 are that */
    const char *level;     /* of a graph: "tasks", "calls", "names"; NULL and others: as many as can be looked at */
    const char *q, *state; /* of tasks: what their texts have, how they stand; NULL: whatever */
    uint32_t name;         /* and their name, from 1; 0: whatever */
    const char *sort;      /* "began", "length", "name", "id", behind "-": the largest first; NULL: id */
    uint64_t offset;
    uint32_t limit;    /* rows; 0: 100; more than 500 are that */
    uint64_t id, part; /* of a task */
};

/* Each adds an object to the buffer. */
void tg_storyjson_status(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out);
void tg_storyjson_timeline(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out);
void tg_storyjson_series(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out);
void tg_storyjson_graph(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out);
void tg_storyjson_tasks(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out);
/* False, and nothing, if there is no such task. */
bool tg_storyjson_task(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out);
/* The critical path. */
void tg_storyjson_path(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out);
/* All of them that a page needs without a program behind it, in one object; '<' stands as \u003c, so that it may stand in HTML. */
void tg_storyjson_report(struct tg_story *s, struct tg_buf *out);

/* -- for its parts: the story is locked */

/* A key and a text without secrets; nothing for NULL. */
void tg_storyjson_text(const struct tg_story *s, struct tg_buf *b, const char *key, const char *text);
void tg_storyjson_number(struct tg_buf *b, const char *key, uint64_t number);
/* A number and a comma. */
void tg_storyjson_item(struct tg_buf *b, uint64_t number);
/* In place of the comma of the last item. */
void tg_storyjson_close(struct tg_buf *b, char c);
/* Begins the object with "rev"; false: nothing has changed, and it is whole. */
bool tg_storyjson_begin(const struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *b);
/* "align(19)", or "align 36" where the arguments are not known; heap. */
char *tg_storyjson_label(const struct tg_story *s, uint32_t part, uint32_t id, const struct tg_story_task *t);
/* "name", "label", "place" of a task. */
void tg_storyjson_who(const struct tg_story *s, struct tg_buf *b, uint32_t part, uint32_t id, const struct tg_story_task *t);
struct tg_story_task *tg_storyjson_task_of(const struct tg_story *s, uint64_t part, uint64_t id);
/* The last bytes of a log; NULL: it is not there, or no log of ours. Heap. */
char *tg_storyjson_log(const char *path);
/* Until when: the end, or now. */
uint64_t tg_storyjson_until(const struct tg_story *s);
static inline const struct tg_story_more *tg_storyjson_more(const struct tg_story *s, const struct tg_story_task *t)
{
    static const struct tg_story_more none;
    return t->more ? &s->more.items[t->more - 1] : &none;
}
static inline bool tg_storyjson_is_kept(const struct tg_story_task *t)
{
    return t->state != TG_STORY_NONE;
}

#endif
