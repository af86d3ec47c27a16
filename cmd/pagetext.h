/* SPDX-License-Identifier: MIT
 * The page of reports and of the dashboard: one HTML file that loads nothing. Its sources are in cmd/page/.
 *
 * Its text TG_PAGE_MARKER stands there once. Served as it is, the page asks the server it came from; with the run's documents in place of
 * `null`, each '<' in them written as \u003c, it is a report. */
#ifndef TG_CMD_PAGETEXT_H
#define TG_CMD_PAGETEXT_H

#include <stddef.h>

#define TG_PAGE_MARKER "<script type=\"application/json\" id=\"run\">null</script>"

/* Ends with a NUL that the length does not count. The length is 0 where this tgrun was built without the page. */
extern const char tg_page_html[];
extern const size_t tg_page_length;

#endif
