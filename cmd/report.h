/* SPDX-License-Identifier: MIT
 * Prints what people read on standard error: diagnostics and errors; failures.h has those of tasks. With engine/watch the
 * only place that prints. Each function writes whole blocks at once. Thread class: owner, and immutable while a run
 * is going on.
 *
 * The form (docs/language.md, "Errors"):
 *
 *     tree.tg:7:12: error: unknown task 'ad'
 *       7 |     zs += [ad(x, y)]
 *         |            ^~
 *     hint: did you mean 'add' (plugin math)? */
#ifndef TG_CMD_REPORT_H
#define TG_CMD_REPORT_H

#include "cmd/term.h"
#include "engine/base/buf.h"
#include "lang/text/diag.h"
#include "lang/text/source.h"

struct tg_report {
    int fd; /* 2 */
    bool color;
    unsigned width;                   /* columns; source lines are cut to it */
    const struct tg_sources *sources; /* for places; NULL: none known yet */
    const struct tg_secrets *secrets; /* not to be seen; NULL: none known yet */
};

void tg_report_init(struct tg_report *r, enum tg_color color);

/* -- as text */
/* One diagnostic with its source lines, notes and hint. */
void tg_report_diag(const struct tg_report *r, struct tg_buf *b, const struct tg_diag *d);
/* One error; `label` starts its message ("task 'add' failed: "), or "". args: a failed task's arguments, or NULL. */
void tg_report_error(const struct tg_report *r, struct tg_buf *b, const char *label, const struct tg_err *err,
                     const char *args);
/* Parts of that, without the hint: as an error or a warning; the hint, if there is one; what stands beside it at another place. */
void tg_report_problem(const struct tg_report *r, struct tg_buf *b, enum tg_severity severity, const char *label,
                       const struct tg_err *err, const char *args);
void tg_report_hint(const struct tg_report *r, struct tg_buf *b, const char *said);
void tg_report_note(const struct tg_report *r, struct tg_buf *b, tg_span span, const char *said);
/* Writes what was put together, without secrets, and frees it. */
void tg_report_out(const struct tg_report *r, struct tg_buf *b);
/* One diagnostic as a JSON object on one line. */
void tg_report_diag_json(const struct tg_report *r, struct tg_buf *b, const struct tg_diag *d);

/* -- printed */
/* All diagnostics in the order of the sources, then how many more there were. */
void tg_report_diags(const struct tg_report *r, const struct tg_diags *d);
/* An error outside of any workflow, and its exit status; the error is cleared. */
enum tg_exit tg_report_err(const struct tg_report *r, struct tg_err *err);
/* A warning about no place in particular, with its hint. */
void tg_report_warning(const struct tg_report *r, const struct tg_err *err);
/* One line of text. */
void tg_report_line(const struct tg_report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
