/* SPDX-License-Identifier: MIT
 * `tgrun report`, and the file of --report. */
#include "cmd/reportfile.h"

#include <string.h>

#include "cmd/pagetext.h"

bool tg_reportfile_can(struct tg_err *err)
{
    if (tg_page_length) return true;
    tg_err_set(err, TG_EXIT_CANNOT, "this tgrun was built without the page of reports");
    tg_err_hint(err, "Build it where node 18 and npm are installed, or from a release.");
    return false;
}

void tg_reportfile_put(struct tg_story *story, struct tg_out *out)
{
    const char *marker = strstr(tg_page_html, TG_PAGE_MARKER);
    size_t before = (size_t)(marker - tg_page_html) + strlen(TG_PAGE_MARKER) - strlen("null</script>");
    tg_buf_add(&out->buf, tg_page_html, before);
    tg_storyjson_report(story, &out->buf);
    tg_buf_add(&out->buf, tg_page_html + before + strlen("null"), tg_page_length - before - strlen("null"));
}

bool tg_reportfile_write(struct tg_story *story, struct tg_new_file *take_file, struct tg_err *err)
{
    struct tg_out out;
    tg_out_init(&out, take_file->fd);
    tg_reportfile_put(story, &out);
    if (tg_out_done(&out, take_file->path, err)) return tg_file_keep(take_file, err);
    tg_file_drop(take_file);
    return false;
}
