/* SPDX-License-Identifier: MIT
 * What a workflow reads. The process that finds it out tells a path a record: one letter, the path, NUL. */
#include "cmd/readset.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/ending.h"
#include "cmd/foresee.h"
#include "cmd/recordopt.h"
#include "engine/base/glob.h"
#include "engine/base/out.h"
#include "engine/base/path.h"
#include "engine/store/ledger.h"
#include "engine/store/workflowname.h"

/* The letters. */
#define TOLD_SOURCE 'S'
#define TOLD_INPUT 'I'
#define TOLD_CHANGED 'C' /* an input that the last run has seen otherwise */
#define TOLD_RESULT 'R'
#define TOLD_PATTERN 'G' /* of `glob` */

struct telling {
    struct tg_cli *cli;
    int fd;
    int64_t began_ns;
    struct tg_buf out;
};

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- telling, in a process of its own ------------------------------------------------------------ */

static void tell_path(struct telling *t, char letter, const char *path)
{
    tg_buf_char(&t->out, letter);
    tg_buf_add(&t->out, path, strlen(path) + 1);
}

/* Whoever reads may lose patience with what comes behind it. */
static void tell_now(struct telling *t)
{
    tg_out_write(t->fd, tg_buf_str(&t->out), t->out.length);
    t->out.length = 0;
}

static void tell_sources(struct telling *t, const struct tg_workflow *w)
{
    tell_path(t, TOLD_SOURCE, t->cli->words.items[0]);
    tell_path(t, TOLD_SOURCE, TG_CONFIG_FOLDER_FILE);
    if (t->cli->params) tell_path(t, TOLD_SOURCE, t->cli->params);
    if (t->cli->config->user_path) tell_path(t, TOLD_SOURCE, t->cli->config->user_path);
    const struct tg_names *asked = &w->front.asked;
    for (uint32_t i = 0; i < asked->names.count; i++) tell_path(t, TOLD_SOURCE, tg_names_get(asked, i)->text);
    for (size_t i = 0; w->session_made && i < w->session.registry.plugins.count; i++) {
        const char *path = w->session.registry.plugins.items[i]->path;
        if (path) tell_path(t, TOLD_SOURCE, path);
    }
}

/* Of one that ran in the last run. */
static bool is_changed(const struct tg_recorded_file *f)
{
    struct stat st;
    if (f->content.kind != TG_CONTENT_FILE) return false;
    if (stat(f->path, &st) != 0) return true;
    const struct tg_stamp *was = &f->content.stamp;
    return (uint64_t)st.st_size != was->size || st.st_ino != was->inode || nanoseconds(st.st_mtim) != was->mtime_ns ||
           nanoseconds(st.st_ctim) != was->ctime_ns;
}

static bool tell_recorded(void *telling, const struct tg_recorded *task)
{
    struct telling *t = telling;
    bool recent = t->began_ns && task->ended_ns >= t->began_ns;
    for (size_t i = 0; i < task->result_count; i++) tell_path(t, TOLD_RESULT, task->results[i].path);
    for (size_t i = 0; i < task->input_count; i++)
        tell_path(t, recent && is_changed(&task->inputs[i]) ? TOLD_CHANGED : TOLD_INPUT, task->inputs[i].path);
    return true;
}

static void pass_warning(void *unused, const char *line)
{
    (void)unused, (void)line; /* the run says it */
}

static void tell_record(struct telling *t)
{
    struct tg_ledger_how how = {.folder = tg_recordopt_folder(t->cli), .reads_only = true, .warn = pass_warning};
    struct tg_ledger *l = t->cli->no_record ? NULL : tg_ledger_open(&how);
    if (!l) return;
    char *workflow = tg_workflowname(t->cli->words.items[0]);
    tg_ledger_each(l, workflow, tell_recorded, t);
    tg_ledger_close(l);
    free(workflow);
}

/* Patterns of results are paths that nothing has. */
static void tell_asked(void *telling, uint32_t number, const struct tg_again_task *asked, const char *why)
{
    struct telling *t = telling;
    (void)number, (void)why;
    if (!asked) return;
    for (size_t i = 0; i < asked->inputs.count; i++) tell_path(t, TOLD_INPUT, asked->inputs.items[i].path);
    for (size_t i = 0; i < asked->declared.count; i++) tell_path(t, TOLD_RESULT, asked->declared.items[i]);
}

/* What has come since the last run has begun, it has not found, perhaps. */
static void tell_pattern(struct telling *t, const char *pattern)
{
    struct tg_glob g = {0};
    struct tg_err err = {0};
    struct stat st;
    tell_path(t, TOLD_PATTERN, pattern);
    bool found = t->began_ns && tg_glob_find(&g, pattern, &err);
    for (size_t i = 0; found && i < g.paths.count; i++)
        if (stat(g.paths.items[i], &st) == 0 && S_ISREG(st.st_mode) && nanoseconds(st.st_ctim) >= t->began_ns)
            tell_path(t, TOLD_CHANGED, g.paths.items[i]);
    tg_glob_done(&g);
    tg_err_done(&err);
}

/* What the graph was built from. The last run has seen it otherwise, perhaps, if it has changed since that has begun. */
static void tell_seen(struct telling *t, const char *path)
{
    struct stat st;
    bool later = t->began_ns && stat(path, &st) == 0 && S_ISREG(st.st_mode) && nanoseconds(st.st_ctim) >= t->began_ns;
    tell_path(t, later ? TOLD_CHANGED : TOLD_INPUT, path);
}

static void tell_plan(struct telling *t, struct tg_workflow *w)
{
    struct tg_plan plan = {0};
    struct tg_names globs = {0}, seen = {0};
    w->front.program.globs = &globs;
    w->front.program.seen = &seen;
    if (!tg_workflow_eval(w, t->cli) && !tg_workflow_plan(w, t->cli, &plan)) tg_foresee_asked(t->cli, w, &plan, tell_asked, t);
    for (uint32_t i = 0; i < globs.names.count; i++) tell_pattern(t, tg_names_get(&globs, i)->text);
    for (uint32_t i = 0; i < seen.names.count; i++) tell_seen(t, tg_names_get(&seen, i)->text);
    w->front.program.globs = w->front.program.seen = NULL;
    tg_names_done(&globs);
    tg_names_done(&seen);
    tg_plan_done(&plan);
}

static _Noreturn void tell_all(struct telling *t)
{
    struct tg_workflow w;
    struct tg_err err = {0};
    bool good = tg_workflow_read(&w, t->cli, t->cli->words.items[0], &err);
    tell_sources(t, &w);
    tell_record(t);
    tell_now(t);
    if (good) tell_plan(t, &w);
    tell_now(t);
    tg_ending_exit(TG_EXIT_OK);
}

/* It goes with us. */
static void become_teller(struct telling *t, pid_t parent)
{
    tg_ending_fork();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) tg_ending_exit(TG_EXIT_OK);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2 && nothing >= 0; fd++) dup2(nothing, fd);
    tell_all(t);
}

int tg_readset_ask(struct tg_cli *cli, int64_t began_ns, pid_t *pid, struct tg_err *err)
{
    int ends[2];
    pid_t self = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0) ends[0] = ends[1] = -1;
    *pid = ends[0] < 0 ? -1 : fork();
    if (*pid == 0) become_teller(&(struct telling){.cli = cli, .fd = ends[1], .began_ns = began_ns}, self);
    if (*pid < 0) tg_err_set(err, TG_EXIT_FAULT, "cannot find out what the workflow reads: %s", strerror(errno));
    if (ends[1] >= 0) close(ends[1]);
    if (*pid >= 0 || ends[0] < 0) return ends[0];
    close(ends[0]);
    return -1;
}

/* ---- the set ------------------------------------------------------------------------------------- */

static void add_what_is_read(struct tg_readset *s, const char *path, bool results_too, bool changed)
{
    char *whole = tg_canonical_of(&s->canonical, path);
    size_t length = strlen(whole);
    if (results_too || tg_names_find(&s->results, whole, length) == TG_NO_NAME) {
        uint32_t id = tg_names_add(&s->wholes, whole, length), named = tg_names_add(&s->named, path, strlen(path));
        if (id == s->paths.count)
            tg_vec_push(&s->paths, ((struct tg_readset_path){.path = tg_names_get(&s->named, named)->text,
                                                             .whole = tg_names_get(&s->wholes, id)->text}));
        s->paths.items[id].changed |= changed;
    }
    free(whole);
}

static void add_pattern(struct tg_readset *s, const char *pattern)
{
    char *key = tg_alloc_format("pattern %s", pattern); /* no whole path */
    uint32_t id = tg_names_add(&s->wholes, key, strlen(key)), named = tg_names_add(&s->named, pattern, strlen(pattern));
    if (id == s->paths.count)
        tg_vec_push(&s->paths, ((struct tg_readset_path){.path = tg_names_get(&s->named, named)->text,
                                                         .whole = tg_names_get(&s->wholes, id)->text,
                                                         .pattern = true}));
    free(key);
}

static void add_result(struct tg_readset *s, const char *path)
{
    char *whole = tg_canonical_of(&s->canonical, path);
    tg_names_add(&s->results, whole, strlen(whole));
    free(whole);
}

/* Results first: what else is one is known then. One that was cut off is left out. */
void tg_readset_take(struct tg_readset *s, const char *told, size_t length)
{
    for (int pass = 0; pass < 2; pass++) {
        const char *at = told, *end;
        while ((end = memchr(at, 0, length - (size_t)(at - told)))) {
            if (pass == 0 && *at == TOLD_RESULT) add_result(s, at + 1);
            if (pass == 1 && *at == TOLD_PATTERN) add_pattern(s, at + 1);
            else if (pass == 1 && *at != TOLD_RESULT) add_what_is_read(s, at + 1, *at == TOLD_SOURCE, *at == TOLD_CHANGED);
            at = end + 1;
        }
    }
}

void tg_readset_done(struct tg_readset *s)
{
    tg_canonical_done(&s->canonical);
    tg_names_done(&s->named);
    tg_names_done(&s->wholes);
    tg_names_done(&s->results);
    tg_vec_done(&s->paths);
    *s = (struct tg_readset){0};
}

/* ---- how it looks -------------------------------------------------------------------------------- */

static int by_entry_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* As engine/store/content.h has it. */
static struct tg_digest digest_listing(const struct tg_readset *s, const char *whole)
{
    struct tg_digester d;
    FTSENT *e;
    FTS *walk = fts_open((char *[]){(char *)whole, NULL}, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, by_entry_name);
    tg_digest_begin(&d);
    while (walk && (e = fts_read(walk))) {
        bool record = strcmp(e->fts_name, TG_RECORDOPT_FOLDER) == 0;
        if (record || tg_names_find(&s->results, e->fts_path, e->fts_pathlen) != TG_NO_NAME) fts_set(walk, e, FTS_SKIP);
        else if (e->fts_info != FTS_DP) tg_digest_text(&d, e->fts_path, e->fts_pathlen);
    }
    if (walk) fts_close(walk);
    return tg_digest_end(&d);
}

static struct tg_digest digest_matches(struct tg_readset *s, const char *pattern)
{
    struct tg_digester d;
    struct tg_glob g = {0};
    struct tg_err err = {0};
    tg_digest_begin(&d);
    tg_glob_find(&g, pattern, &err); /* what cannot be read is told by the run */
    for (size_t i = 0; i < g.paths.count; i++) {
        char *whole = tg_canonical_of(&s->canonical, g.paths.items[i]);
        bool made = tg_names_find(&s->results, whole, strlen(whole)) != TG_NO_NAME;
        if (!made) tg_digest_text(&d, g.paths.items[i], strlen(g.paths.items[i]));
        free(whole);
    }
    tg_glob_done(&g);
    tg_err_done(&err);
    return tg_digest_end(&d);
}

static bool looks_alike(const struct tg_readset_look *a, const struct tg_readset_look *b)
{
    return a->type == b->type && a->size == b->size && a->inode == b->inode && a->mtime_ns == b->mtime_ns &&
           a->ctime_ns == b->ctime_ns && tg_digest_equal(a->list, b->list);
}

static struct tg_readset_look look_now_at(struct tg_readset *s, const struct tg_readset_path *p)
{
    struct tg_readset_look now = {0};
    struct stat st;
    if (p->pattern) return now.list = digest_matches(s, p->path), now;
    if (stat(p->path, &st) != 0) return now;
    now.type = st.st_mode & S_IFMT;
    now.inode = st.st_ino;
    if (S_ISDIR(st.st_mode)) {
        now.list = digest_listing(s, p->whole);
    } else {
        now.size = (uint64_t)st.st_size;
        now.mtime_ns = nanoseconds(st.st_mtim);
        now.ctime_ns = nanoseconds(st.st_ctim);
    }
    return now;
}

void tg_readset_look(struct tg_readset *s, struct tg_words *changed)
{
    for (size_t i = 0; i < s->paths.count; i++) {
        struct tg_readset_path *p = &s->paths.items[i];
        struct tg_readset_look now = look_now_at(s, p);
        if (changed && !looks_alike(&now, &p->look)) tg_vec_push(changed, p->path);
        p->look = now;
    }
}

void tg_readset_compare(const struct tg_readset *now, const struct tg_readset *before, struct tg_words *changed)
{
    for (size_t i = 0; i < now->paths.count; i++) {
        const struct tg_readset_path *p = &now->paths.items[i];
        uint32_t was = tg_names_find(&before->wholes, p->whole, strlen(p->whole));
        bool differs = was == TG_NO_NAME ? p->changed : !looks_alike(&p->look, &before->paths.items[was].look);
        if (differs) tg_vec_push(changed, p->path);
    }
}

/* The folder that its wildcards begin in, and all below that if they go on there. */
static void notice_pattern(struct tg_readset *s, struct tg_notice *n, const char *pattern)
{
    size_t literal = strcspn(pattern, "*?[{\\"), end = literal;
    while (end && pattern[end - 1] != '/') end--;
    char *folder = end ? tg_alloc_format("%.*s", (int)end, pattern) : tg_alloc_text("."), *whole;
    whole = tg_canonical_of(&s->canonical, folder);
    bool deep = strpbrk(pattern + end, "/") || strstr(pattern + end, "**");
    (deep ? tg_notice_add : tg_notice_add_list)(n, whole);
    free(whole);
    free(folder);
}

/* Both ways to a path that leads through links. */
void tg_readset_notice(struct tg_readset *s, struct tg_notice *n)
{
    for (size_t i = 0; i < s->paths.count; i++) {
        if (s->paths.items[i].pattern) {
            notice_pattern(s, n, s->paths.items[i].path);
            continue;
        }
        char *here = tg_path_absolute(s->paths.items[i].path);
        if (strcmp(here, s->paths.items[i].whole) != 0) tg_notice_add(n, here);
        tg_notice_add(n, s->paths.items[i].whole);
        free(here);
    }
}
