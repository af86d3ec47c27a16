/* SPDX-License-Identifier: MIT
 * What runs have found out of the tasks of a graph, by their numbers: values and files, as these looked. The next run of the same graph
 * looks at the files only (grow/unchanged.h), each once; a task all of whose files look the same is up to date without being asked for.
 * What was made or changed since, by whomever, looks otherwise. Only of values without files another run may know better: a manifest does
 * not count when one has run tasks that it does not know (store/ledger.h).
 *
 * Notes are what one run finds out; as bytes, for this machine alone, they are a manifest. One of a few tasks lies over one of all. */
#ifndef TG_STORE_MANIFEST_H
#define TG_STORE_MANIFEST_H

#include "engine/store/recorded.h"

/* -- notes. Thread class: owner, but for add: locked */

struct tg_manifest;
struct tg_manifest_notes;
/* Of tasks with smaller numbers than that; others are passed over. */
struct tg_manifest_notes *tg_manifest_notes_new(uint32_t tasks);
/* NULL is fine. */
void tg_manifest_notes_free(struct tg_manifest_notes *n);
/* A task is up to date, or has become so: its value, codec bytes, and its files. One with a folder among them, or a file whose stamp says
 * nothing, is passed over, and forgotten. */
void tg_manifest_notes_add(struct tg_manifest_notes *n, uint32_t task, const struct tg_recorded *recorded);
/* What an earlier manifest knows of a task. */
void tg_manifest_notes_carry(struct tg_manifest_notes *n, const struct tg_manifest *from, uint32_t task);
/* Whatever it lies over knows of a task does not count. */
void tg_manifest_notes_forget(struct tg_manifest_notes *n, uint32_t task);
/* It was added, carried or forgotten. */
bool tg_manifest_notes_has(const struct tg_manifest_notes *n, uint32_t task);
/* Such tasks. */
size_t tg_manifest_notes_count(const struct tg_manifest_notes *n);
void tg_manifest_notes_write(struct tg_manifest_notes *n, struct tg_buf *out);

/* -- manifests. Thread class: owner */

/* Of tasks with smaller numbers than that. bytes: malloc'ed, and taken in any case. NULL: they are none, or damaged. */
struct tg_manifest *tg_manifest_read(void *take_bytes, size_t length, uint32_t tasks);
/* This one knows better of the tasks that it knows; taken. */
void tg_manifest_lay_over(struct tg_manifest *m, struct tg_manifest *take_newer);
/* With what lies over it. NULL is fine. */
void tg_manifest_free(struct tg_manifest *m);
/* Tasks in it alone. */
size_t tg_manifest_count(const struct tg_manifest *m);
/* True if something is known of the task. */
bool tg_manifest_knows(const struct tg_manifest *m, uint32_t task);
/* True if what lies over it says something of the task. */
bool tg_manifest_is_over(const struct tg_manifest *m, uint32_t task);
/* Looks at all files, with so many threads at most. */
void tg_manifest_look(struct tg_manifest *m, unsigned threads);

/* What was found. */
enum tg_manifest_state {
    TG_MANIFEST_UNKNOWN, /* nothing is known of the task */
    TG_MANIFEST_SAME,    /* all its files look as they did */
    TG_MANIFEST_LACKS,   /* the same, but a result of it is missing */
    TG_MANIFEST_WENT,    /* likewise, and only such as go when they have been used */
    TG_MANIFEST_REMAINS, /* the same, but a result of it is there that is to go when it has been used */
    TG_MANIFEST_CHANGED,
};
/* may_lack: whether the result of another task, which has this number, may be missing all the same. */
enum tg_manifest_state tg_manifest_state(const struct tg_manifest *m, uint32_t task,
                                         bool (*may_lack)(void *data, uint32_t maker), void *data);
/* Lent; the task is known. */
const void *tg_manifest_value(const struct tg_manifest *m, uint32_t task, size_t *length);

#endif
