/* SPDX-License-Identifier: MIT
 * What a story adds up: the parts of story.c that are sums. The story is locked. */
#ifndef TG_WATCH_STORYKEEP_H
#define TG_WATCH_STORYKEEP_H

#include "engine/watch/story.h"

/* Counts of how long tasks took: 32 for each power of two, so that a time is known to 3 %. */
#define TG_STORYKEEP_TIMES 2048
/* Where there are more names, nothing is said of these. */
#define TG_STORYKEEP_NAMES 1000

/* Names whose results have a curve of their own. */
#define TG_STORYKEEP_HOLDERS 100

/* Somebody asks for tasks that have not been told of. Columns are read again now and then: quick tasks are not all told of. */
void tg_storykeep_want_plan(struct tg_story *s);
/* A call of that name in that place; place NULL: nowhere. */
uint32_t tg_storykeep_name(struct tg_story *s, const char *name, const char *plugin, enum tg_story_kind kind);
uint32_t tg_storykeep_call(struct tg_story *s, uint32_t name, const char *place, bool expands);
/* In ascending order; and whether it is there, among such. */
void tg_storykeep_sort(tg_story_ids *ids);
bool tg_storykeep_has(const tg_story_ids *ids, uint32_t id);
/* The text without secrets, for who searches it must not find them out letter by letter; of a long one its beginning. Heap. */
char *tg_storykeep_shown(const struct tg_story *s, const char *text);
/* The same among the story's texts; NULL for NULL, and where they take too much already. */
const char *tg_storykeep_text(struct tg_story *s, const char *text);
void tg_storykeep_edge(struct tg_story *s, uint32_t from_call, uint32_t to_call, bool added);
/* A stretch of tasks that are not kept, of which so many have ended with it. */
void tg_storykeep_cell(struct tg_story *s, uint16_t row, uint32_t call, uint64_t began, uint64_t ended, uint32_t count);
/* Puts equal ones together. */
void tg_storykeep_merge(struct tg_story *s);
void tg_storykeep_span(struct tg_story *s, const struct tg_story_span *span);
/* Results of tasks of this name take so much more, or less. */
void tg_storykeep_results(struct tg_story *s, uint32_t name, uint64_t time, int64_t more);
/* The value is this from then on. */
void tg_storykeep_curve(struct tg_story *s, struct tg_story_curve *curve, uint64_t time, uint64_t value);
/* So many tasks of this name took so long: from the first time on all are counted, those that are kept, too. */
void tg_storykeep_time(struct tg_story *s, uint32_t name, uint64_t ns, uint32_t count);
/* What the count of this number begins with, and which one has a time. */
uint64_t tg_storykeep_time_of(unsigned number);
unsigned tg_storykeep_number_of(uint64_t ns);

#endif
