/* SPDX-License-Identifier: MIT
 * `tgrun clean`: removes the result files that runs of a workflow made, and forgets that they were.
 *
 * A file goes only if it is recorded, holds what is recorded of it, and lies in the folder: a record may have come with a folder from
 * anybody. Of a folder that a task made, with what is recorded of it, links and folders in it are its own; files in it are results of
 * their own. A link goes, never what it leads to. */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/recordopt.h"
#include "engine/base/canonical.h"
#include "engine/base/names.h"
#include "engine/base/path.h"
#include "engine/store/again.h"
#include "engine/store/ledger.h"
#include "engine/store/pathlock.h"
#include "engine/store/workflowname.h"

#define MORE_IN_IT "there is more in it than what goes"
#define MOST_TOLD 20 /* of what stays */
#define MOST_NAMED 3 /* tasks of which nothing is recorded */

/* What becomes of a path. */
enum cleaned {
    CLEANED_ABSENT,
    CLEANED_FILE,   /* or a link: it goes */
    CLEANED_FOLDER, /* it goes with links and folders in it */
    CLEANED_STAYS,  /* it is not ours any more */
    CLEANED_KEPT,   /* it should have gone: its task is not forgotten */
};

/* One record of a result. Several tasks may have one path: as they were before they were changed. */
struct cleaned_result {
    const char *path;
    struct tg_content content;
    size_t task;
    enum cleaned fate;
};

struct cleaning {
    struct tg_cli *cli;
    struct tg_arena arena;
    TG_VEC(struct tg_digest) tasks;
    TG_VEC(struct cleaned_result) results;
    char *here; /* whole path of the folder */
    struct tg_pathlocks *locks;
    size_t told, kept, removed;
    struct tg_names always; /* tasks that ran in the last run, of which nothing is recorded */
};

/* ---- what is said -------------------------------------------------------------------------------- */

static void tell_warning(void *cli, const char *line)
{
    tg_report_line(&((struct tg_cli *)cli)->report, "%s", line);
}

static void tell_cleaned(struct cleaning *c, const char *path, const char *why)
{
    struct tg_err err = {0};
    if (c->told++ >= MOST_TOLD) return;
    tg_err_set(&err, TG_EXIT_CANNOT, "'%s' stays: %s", path, why);
    tg_report_warning(&c->cli->report, &err);
    tg_err_done(&err);
}

/* Something that is not ours any more. */
static enum cleaned leave_file(struct cleaning *c, const char *path, const char *why)
{
    if (!c->cli->quiet) tell_cleaned(c, path, why);
    return CLEANED_STAYS;
}

/* Something that should have gone. */
static enum cleaned keep_recorded(struct cleaning *c, const char *path, const char *why)
{
    tell_cleaned(c, path, why);
    c->kept++;
    return CLEANED_KEPT;
}

/* ---- what is recorded ---------------------------------------------------------------------------- */

static bool collect_recorded(void *cleaning, const struct tg_recorded *task)
{
    struct cleaning *c = cleaning;
    for (size_t i = 0; i < task->result_count; i++) {
        const struct tg_recorded_file *f = &task->results[i];
        char *path = tg_arena_copy(&c->arena, f->path, strlen(f->path));
        tg_vec_push(&c->results, ((struct cleaned_result){path, f->content, c->tasks.count, CLEANED_ABSENT}));
    }
    tg_vec_push(&c->tasks, task->identity);
    return true;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct cleaned_result *)a)->path, ((const struct cleaned_result *)b)->path);
}

static bool note_always(void *cleaning, const struct tg_ledger_outcome *o)
{
    struct cleaning *c = cleaning;
    struct tg_digest by_name = tg_again_by_name(o->task, o->instance);
    if (o->fate == TG_LEDGER_RAN && tg_digest_equal(o->identity, by_name)) tg_names_add(&c->always, o->task, strlen(o->task));
    return true;
}

static bool take_last_run(void *number, const struct tg_ledger_run *run)
{
    *(uint64_t *)number = run->number;
    return false;
}

static void tell_always(struct cleaning *c)
{
    struct tg_buf b = {0};
    size_t count = c->always.names.count, shown = count <= MOST_NAMED ? count : MOST_NAMED;
    for (uint32_t i = 0; i < shown; i++) { /* the last come first */
        const char *between = i == 0 ? "" : i + 1 < count ? ", " : " and ";
        tg_buf_format(&b, "%s'%s'", between, tg_names_get(&c->always, (uint32_t)count - 1 - i)->text);
    }
    if (shown < count) tg_buf_format(&b, " and %zu more", count - shown);
    if (count)
        tg_report_line(&c->cli->report, "tgrun: files of %s stay, if there are any: they are not recorded", tg_buf_str(&b));
    tg_buf_done(&b);
}

/* ---- what may go --------------------------------------------------------------------------------- */

/* By the folder that it lies in: the last part may be a link. */
static bool is_outside(const struct cleaning *c, const char *path)
{
    char *folder = tg_path_folder(path), *whole = tg_canonical_path(*folder ? folder : ".");
    size_t length = strcmp(c->here, "/") == 0 ? 0 : strlen(c->here);
    bool inside = strncmp(whole, c->here, length) == 0 && (!whole[length] || whole[length] == '/');
    free(folder);
    free(whole);
    return !inside;
}

/* True after it was told: another run is making it, or it cannot be said that none is. */
static bool is_being_made(struct cleaning *c, const char *path)
{
    if (!c->locks) return false;
    int pid = 0;
    struct tg_err err = {0};
    char *whole = tg_canonical_path(path), *why = NULL;
    switch (tg_pathlocks_take(c->locks, whole, &pid, &err)) {
    case TG_PATHLOCK_OURS: break;
    case TG_PATHLOCK_THEIRS:
    case TG_PATHLOCK_LATER:
    case TG_PATHLOCK_CROSSED:
        why = pid > 0 ? tg_alloc_format("run %d is making it", pid) : tg_alloc_text("another run is making it");
        break;
    case TG_PATHLOCK_ERROR: why = tg_alloc_text(err.message); break;
    }
    if (why) keep_recorded(c, path, why);
    bool made = why != NULL;
    free(whole);
    free(why);
    tg_err_done(&err);
    return made;
}

/* The records of one path. */
static enum cleaned judge_file(struct cleaning *c, const struct cleaned_result *of, size_t count)
{
    struct stat st;
    struct tg_err err = {0};
    struct tg_content now;
    const char *path = of->path;
    if (lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR)) return CLEANED_ABSENT;
    if (is_outside(c, path)) return leave_file(c, path, "it lies outside of this folder");
    if (is_being_made(c, path)) return CLEANED_KEPT;
    if (!tg_contents_look_now(path, &of->content, &now, &err)) {
        enum cleaned fate = keep_recorded(c, path, err.message);
        return tg_err_done(&err), fate;
    }
    bool same = false;
    for (size_t i = 0; i < count && !same; i++) same = tg_content_equal(&of[i].content, &now);
    if (same && now.kind == TG_CONTENT_FILE) return CLEANED_FILE;
    if (same && now.kind == TG_CONTENT_FOLDER) return S_ISLNK(st.st_mode) ? CLEANED_FILE : CLEANED_FOLDER;
    return leave_file(c, path, "it was changed since a run made it");
}

/* True if all in the folder goes, so that it does itself. */
static bool owns_all(const struct cleaning *c, const char *folder)
{
    const FTSENT *entry;
    bool owned = true;
    FTS *walk = fts_open((char *[]){(char *)folder, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    while (walk && owned && (entry = fts_read(walk))) {
        if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP || entry->fts_info == FTS_SL) continue;
        struct cleaned_result key = {.path = entry->fts_path};
        const struct cleaned_result *r = bsearch(&key, c->results.items, c->results.count, sizeof key, by_path);
        owned = r && r->fate == CLEANED_FILE;
    }
    if (walk) fts_close(walk);
    return owned;
}

static void judge_all(struct cleaning *c)
{
    struct cleaned_result *all = c->results.items;
    qsort(all, c->results.count, sizeof *all, by_path);
    for (size_t i = 0, end; i < c->results.count; i = end) {
        for (end = i + 1; end < c->results.count && strcmp(all[i].path, all[end].path) == 0;) end++;
        enum cleaned fate = judge_file(c, &all[i], end - i);
        for (size_t k = i; k < end; k++) all[k].fate = fate;
    }
    for (size_t i = 0; i < c->results.count; i++) {
        if (i && all[i].fate == CLEANED_FOLDER && strcmp(all[i - 1].path, all[i].path) == 0) all[i].fate = all[i - 1].fate;
        if (all[i].fate == CLEANED_FOLDER && !owns_all(c, all[i].path)) all[i].fate = leave_file(c, all[i].path, MORE_IN_IT);
    }
}

/* ---- removing ------------------------------------------------------------------------------------ */

/* Links and empty folders in it, and then itself; what else there is stays. */
static bool remove_folder(const char *path)
{
    const FTSENT *entry;
    FTS *walk = fts_open((char *[]){(char *)path, NULL}, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    while (walk && (entry = fts_read(walk))) {
        if (entry->fts_info == FTS_SL) unlink(entry->fts_accpath);
        else if (entry->fts_info == FTS_DP && entry->fts_level > FTS_ROOTLEVEL) rmdir(entry->fts_accpath);
    }
    if (walk) fts_close(walk);
    return rmdir(path) == 0;
}

/* One path; false: it is still there, and its tasks are not forgotten. */
static bool remove_result(struct cleaning *c, const struct cleaned_result *r)
{
    if (r->fate == CLEANED_FILE ? unlink(r->path) == 0 : remove_folder(r->path)) return c->removed++, true;
    if (errno == ENOENT) return true;
    if (r->fate == CLEANED_FOLDER && (errno == ENOTEMPTY || errno == EEXIST)) return leave_file(c, r->path, MORE_IN_IT), true;
    return keep_recorded(c, r->path, strerror(errno)), false;
}

/* What lies in a folder has a longer path, and goes first. */
static void remove_recorded(struct cleaning *c)
{
    struct cleaned_result *all = c->results.items;
    for (size_t end = c->results.count, i; end > 0; end = i) {
        for (i = end - 1; i > 0 && strcmp(all[i - 1].path, all[i].path) == 0;) i--;
        bool goes = all[i].fate == CLEANED_FILE || all[i].fate == CLEANED_FOLDER;
        if (!goes || remove_result(c, &all[i])) continue;
        for (size_t k = i; k < end; k++) all[k].fate = CLEANED_KEPT;
    }
}

static void forget_all(struct cleaning *c, struct tg_ledger *l)
{
    uint64_t *kept = tg_bits_new(c->tasks.count);
    for (size_t i = 0; i < c->results.count; i++)
        if (c->results.items[i].fate == CLEANED_KEPT) tg_bits_set(kept, c->results.items[i].task);
    for (size_t i = 0; i < c->tasks.count; i++)
        if (!tg_bits_get(kept, i)) tg_ledger_forget(l, c->tasks.items[i]);
    tg_bits_free(kept, c->tasks.count);
}

/* ---- the verb ------------------------------------------------------------------------------------ */

static const struct tg_opt options[] = {
    {.group = "Options",
     .letter = 'n',
     .name = "dry-run",
     .kind = TG_OPT_FLAG,
     .help = "list what would be removed, a path a line, and stop",
     .offset = TG_AT(dry_run),
     .env = true},
    {.letter = 'q',
     .name = "quiet",
     .kind = TG_OPT_FLAG,
     .help = "say only what could not be removed",
     .offset = TG_AT(quiet),
     .env = true},
    TG_OPTION_RECORD,
    TG_OPTION_FOLDER,
    TG_OPTION_FILE,
    TG_OPTIONS_COMMON,
    {0},
};

static struct tg_ledger *open_ledger(struct tg_cli *cli, bool reads_only)
{
    struct tg_ledger_how how = {
        .folder = tg_recordopt_folder(cli), .reads_only = reads_only, .warn = tell_warning, .warn_data = cli};
    return tg_ledger_open(&how);
}

/* Without making a record where there is none. */
static void collect_all(struct cleaning *c)
{
    struct tg_ledger *l = open_ledger(c->cli, true);
    if (!l) return;
    char *workflow = tg_workflowname(c->cli->words.items[0]);
    tg_ledger_each(l, workflow, collect_recorded, c);
    uint64_t last = 0;
    tg_ledger_runs(l, workflow, take_last_run, &last);
    if (last) tg_ledger_outcomes(l, last, NULL, note_always, c);
    tg_ledger_close(l);
    free(workflow);
}

static enum tg_exit list_all(struct cleaning *c)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < c->results.count; i++) {
        const struct cleaned_result *r = &c->results.items[i];
        bool goes = r->fate == CLEANED_FILE || r->fate == CLEANED_FOLDER;
        if (!goes || (i && strcmp(r[-1].path, r->path) == 0)) continue;
        tg_term_text(&b, r->path, strlen(r->path), 0);
        tg_buf_char(&b, '\n');
    }
    return tg_cmd_print(c->cli, &b);
}

static enum tg_exit clean_all(struct cleaning *c)
{
    struct tg_err err = {0};
    struct tg_ledger *l = open_ledger(c->cli, false);
    if (!l) return TG_EXIT_CANNOT; /* it was said why */
    if (!(c->locks = tg_pathlocks_new(tg_recordopt_folder(c->cli), &err))) {
        tg_ledger_close(l);
        return tg_report_err(&c->cli->report, &err);
    }
    judge_all(c);
    remove_recorded(c);
    forget_all(c, l);
    tg_ledger_close(l);
    tg_pathlocks_free(c->locks);
    if (!c->cli->quiet) tg_report_line(&c->cli->report, "tgrun: removed %zu file%s", c->removed, c->removed == 1 ? "" : "s");
    return c->kept ? TG_EXIT_CANNOT : TG_EXIT_OK;
}

static enum tg_exit call_clean(struct tg_cli *cli)
{
    struct cleaning c = {.cli = cli, .here = tg_canonical_path(".")};
    enum tg_exit status = TG_EXIT_OK;
    collect_all(&c);
    if (cli->dry_run) judge_all(&c), status = list_all(&c);
    else if (c.tasks.count) status = clean_all(&c);
    else if (!cli->quiet) tg_report_line(&cli->report, "tgrun: nothing is recorded of '%s'", cli->words.items[0]);
    if (c.told > MOST_TOLD) tg_report_line(&cli->report, "and %zu more", c.told - MOST_TOLD);
    if (!cli->quiet) tell_always(&c);
    tg_vec_done(&c.tasks);
    tg_vec_done(&c.results);
    tg_arena_done(&c.arena);
    tg_names_done(&c.always);
    free(c.here);
    return status;
}

const struct tg_verb tg_verb_clean = {
    .name = "clean",
    .usage = "[FILE]",
    .summary = "remove files that runs of a workflow made",
    .detail = "Removes files that are recorded as results of FILE's tasks and hold what these wrote, and forgets the record "
              "of them: the next run makes all anew. What was changed since, what lies outside of the folder, what tasks made "
              "that run always (volatile = true, cache = false) and everything else stays, folders around results as well.",
    .options = options,
    .words = TG_WORDS_FILE,
    .min_words = 1,
    .max_words = 1,
    .needs = "a workflow file",
    .call = call_clean,
};
