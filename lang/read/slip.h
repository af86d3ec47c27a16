/* SPDX-License-Identifier: MIT
 * A syntax error under way, inside the room lang/read: slip.c has the way, slip_known.c slips with a text of their own,
 * slip_expected.c the text of all others, slip_hint.c hints for these. Thread class: owner. */
#ifndef TG_READ_SLIP_H
#define TG_READ_SLIP_H

#include "lang/read/reader.h"

struct tg_slip {
    struct tg_reader *r;
    tg_span span;
    int found;
    int *expected; /* `count` tokens */
    int count;
};

/* -- slip.c */

struct tg_diag *tg_slip_report(const struct tg_slip *s, const char *message);
/* The first word of the line on which the token before stands; a '}' may stand before it. */
uint32_t tg_slip_first_word(const struct tg_reader *r);
bool tg_slip_first_word_is(const struct tg_reader *r, const char *word);
/* The newest token begins with this text; the text from start to end is this word. */
bool tg_slip_token_is(const struct tg_reader *r, const char *text);
bool tg_slip_word_is(const struct tg_reader *r, uint32_t start, uint32_t end, const char *word);
/* The bracket around the place, which the newest token may have closed. */
const struct tg_bracket *tg_slip_innermost(const struct tg_slip *s);

/* -- slip_expected.c */

bool tg_slip_expects(const struct tg_slip *s, int token);
bool tg_slip_expects_expression(const struct tg_slip *s);
/* Leaves of the expected tokens those that the place allows. */
void tg_slip_keep_possible(struct tg_slip *s);
/* What was found: "name 'x'", "end of line". */
const char *tg_slip_found_text(const struct tg_slip *s);
/* "'(' or a name"; NULL if there is too much to name. */
const char *tg_slip_expected_list(const struct tg_slip *s);

/* -- slip_known.c */

/* True if it is a slip with a text of its own, which is told of. */
bool tg_slip_report_known(const struct tg_slip *s);

/* -- slip_hint.c */

/* Of any other; NULL: none. */
const char *tg_slip_hint(const struct tg_slip *s);

#endif
