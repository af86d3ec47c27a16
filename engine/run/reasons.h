/* SPDX-License-Identifier: MIT
 * Why the earlier attempts of a task have failed: a few reasons and how often each was met, however many attempts there were.
 * Thread class: owner. */
#ifndef TG_RUN_REASONS_H
#define TG_RUN_REASONS_H

#include "engine/base/buf.h"
#include "engine/base/secret.h"

/* Reasons that are told apart; of others it is counted how many they were. */
#define TG_REASONS_KEPT 4

struct tg_reasons {
    struct tg_reason {
        char *text; /* heap, without secrets; NULL: none */
        uint32_t count;
    } kept[TG_REASONS_KEPT]; /* in the order in which they came first */
    uint32_t others;
};

/* Adds a message without what says again which task it is, and its first line only, which is cut to so many bytes. */
void tg_reasons_short(struct tg_buf *b, const struct tg_secrets *secrets, const char *message, size_t most);
/* Another attempt has failed with this message. */
void tg_reasons_note(struct tg_reasons *r, const struct tg_secrets *secrets, const char *message);
/* "exit status 7 (3 times), it took longer than its limit of 2 s"; heap, or NULL if there are none. */
char *tg_reasons_text(const struct tg_reasons *r);
/* A zeroed struct is fine. */
void tg_reasons_done(struct tg_reasons *r);

#endif
