/* SPDX-License-Identifier: MIT
 * Results of a run that has not ended well, for the next one that does the same work: of tasks that are not recorded otherwise. Tasks with
 * one key may be several, as each call of `date` is: each takes a result of its own. Thread class: locked, but for new and end. */
#ifndef TG_STORE_CHECKPOINT_H
#define TG_STORE_CHECKPOINT_H

#include "engine/store/ledger.h"

/* A larger value is computed again. */
#define TG_CHECKPOINT_VALUE_BYTES ((size_t)64 << 20)

struct tg_checkpoint;
/* work: of what the command line is for. l NULL: `open` is called when there is something to be kept, in any thread; NULL: it cannot
 * be. resumes: what an earlier run left counts, else it goes. At most so many bytes are kept. */
struct tg_checkpoint *tg_checkpoint_new(struct tg_ledger *l, struct tg_ledger *(*open)(void *data), void *data,
                                        struct tg_digest work, bool resumes, uint64_t most_bytes);
/* good: the work is done, and nothing stays. NULL is fine. */
void tg_checkpoint_end(struct tg_checkpoint *c, bool good);
/* Results that an earlier run left. */
size_t tg_checkpoint_count(const struct tg_checkpoint *c);
/* Adds the bytes of the next one with this key, and false if there is none. */
bool tg_checkpoint_take(struct tg_checkpoint *c, struct tg_digest key, struct tg_buf *out);
void tg_checkpoint_put(struct tg_checkpoint *c, struct tg_digest key, const void *bytes, size_t length);

#endif
