/* SPDX-License-Identifier: MIT
 * Reasons are the same if their texts are. */
#include "engine/run/reasons.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"

/* Of a message, in bytes, where several stand in one line. */
#define REASON_SHOWN 120

/* No more than that of a text, and no part of a character. */
static size_t cut_length(const char *text, size_t length, size_t most)
{
    if (length <= most) return length;
    while (most && ((unsigned char)text[most] & 0xc0) == 0x80) most--;
    return most;
}

void tg_reasons_short(struct tg_buf *b, const struct tg_secrets *secrets, const char *message, size_t most)
{
    static const char failed[] = "' failed: ";
    char *hidden = tg_secrets_hidden(secrets,
                                     message ? message : ""); /* before it is cut: what is left of one is not known as such */
    const char *own = strncmp(hidden, "task '", 6) == 0 ? strstr(hidden, failed) : NULL,
               *said = own ? own + strlen(failed) : hidden;
    size_t length = strcspn(said, "\n"), shown = cut_length(said, length, most);
    tg_buf_add(b, said, shown);
    if (shown < length) tg_buf_text(b, "...");
    free(hidden);
}

/* In a line of its own kind "command failed with exit status 7" is no more than "exit status 7". */
static char *reason_text(const struct tg_secrets *secrets, const char *message)
{
    static const char *const common[] = {"command failed with ", "command "};
    struct tg_buf b = {0};
    if (!message) message = "";
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (strncmp(message, common[i], strlen(common[i])) == 0) message += strlen(common[i]);
    tg_reasons_short(&b, secrets, message, REASON_SHOWN);
    return tg_buf_take(&b);
}

void tg_reasons_note(struct tg_reasons *r, const struct tg_secrets *secrets, const char *message)
{
    char *text = reason_text(secrets, message);
    size_t i = 0;
    while (i < TG_REASONS_KEPT && r->kept[i].text && strcmp(r->kept[i].text, text) != 0) i++;
    if (i == TG_REASONS_KEPT) r->others++;
    else r->kept[i].count++;
    if (i < TG_REASONS_KEPT && !r->kept[i].text) r->kept[i].text = text;
    else free(text);
}

char *tg_reasons_text(const struct tg_reasons *r)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < TG_REASONS_KEPT && r->kept[i].text; i++) {
        tg_buf_format(&b, "%s%s", i ? ", " : "", r->kept[i].text);
        if (r->kept[i].count > 1) tg_buf_format(&b, " (%u times)", r->kept[i].count);
    }
    if (r->others) tg_buf_format(&b, ", and %u for other reasons", r->others);
    return b.length ? tg_buf_take(&b) : NULL;
}

void tg_reasons_done(struct tg_reasons *r)
{
    for (size_t i = 0; i < TG_REASONS_KEPT; i++) free(r->kept[i].text);
    *r = (struct tg_reasons){0};
}
