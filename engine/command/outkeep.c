/* SPDX-License-Identifier: MIT
 * What stays of the results of a command that failed: logs, and with --keep-failed all that it had begun. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/path.h"
#include "engine/command/outpath.h"
#include "engine/command/outresult.h"
#include "engine/command/printed.h"

static void tell_kept(struct tg_buf *told, const char *path)
{
    tg_buf_text(told, "\nkept: ");
    tg_printed_clean(told, path, strlen(path));
}

static void keep_file(const char *from, const char *to, struct tg_buf *told)
{
    struct stat st;
    if (lstat(from, &st) != 0 || !S_ISREG(st.st_mode)) return;
    if (lstat(to, &st) == 0 && tg_outpath_keeps(to, false, &st)) return;
    if (rename(from, to) == 0) tell_kept(told, to);
}

/* A log is a result of the field `log`, or of a name that ends in `.log`. */
static bool is_log(const struct tg_result_file *file)
{
    return (file->field && strcmp(file->field, "log") == 0) || tg_path_ends(tg_outjudge_pattern(file), ".log");
}

static void keep_log(struct tg_outresult *r, struct tg_buf *told)
{
    if (!r->file->list) {
        keep_file(r->aside, r->final, told);
        return;
    }
    if (!r->made.count) tg_outjudge_names(r->aside, tg_outjudge_pattern(r->file), &r->made);
    for (size_t i = 0; i < r->made.count; i++) {
        char *from = tg_alloc_format("%s/%s", r->aside, r->made.items[i]);
        char *to = tg_alloc_format("%s%s", r->final, r->made.items[i]);
        keep_file(from, to, told);
        free(from);
        free(to);
    }
}

/* All that is in a private folder, but what is tgrun's own. */
static void list_private(const char *path, tg_made_names *names)
{
    tg_outjudge_names(path, "*", names);
    tg_outjudge_names(path, ".*", names);
    size_t kept = 0;
    for (size_t i = 0; i < names->count; i++) {
        if (strncmp(names->items[i], TG_ASIDE_PREFIX, strlen(TG_ASIDE_PREFIX)) == 0) free(names->items[i]);
        else names->items[kept++] = names->items[i];
    }
    names->count = kept;
}

/* Lists' folders are made beforehand: an empty one is nothing that was begun. */
static void drop_empty_lists(const struct tg_outfiles *o, const struct tg_aside *a)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->results[i].file->list && o->results[i].in == a) rmdir(o->results[i].aside);
}

/* What was begun lies in the private folder; an empty one is not worth keeping. */
static void keep_aside(const struct tg_outfiles *o, struct tg_aside *a, struct tg_buf *told)
{
    tg_made_names names = {0};
    drop_empty_lists(o, a);
    list_private(a->path, &names);
    char *kept = names.count ? tg_aside_keep(a) : NULL;
    for (size_t i = 0; kept && i < names.count; i++) {
        char *path = tg_alloc_format("%s/%s", kept, names.items[i]);
        tell_kept(told, path);
        free(path);
    }
    free(kept);
    tg_made_done(&names);
}

void tg_outfiles_keep(struct tg_outfiles *o, bool all, struct tg_buf *told)
{
    for (size_t i = 0; i < o->count && !o->stuck; i++)
        if (is_log(o->results[i].file)) keep_log(&o->results[i], told);
    if (!all || o->stuck) return;
    for (size_t i = 0; i < o->asides.count; i++) keep_aside(o, o->asides.items[i], told);
}
