/* SPDX-License-Identifier: MIT
 * Result files of one command. Each is written in a private folder (aside.c) beside its final place, under its final base
 * name; those of one folder share one, unless two have the same name. For a list, the command fills the folder `made` in
 * there, and what matches the pattern is a result. So a tool's side files (`x.bam.bai`) come to lie beside their file.
 *
 * One file is put in place by one rename. Several are, by the journal in the private folder of the first (journal.c), with
 * what had their names before kept in the private folders until all have theirs.
 *
 * Invariant: nothing is put in place before all files of the command are known to be there. */
#include "engine/command/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/path.h"
#include "engine/base/rmtree.h"
#include "engine/command/journal.h"
#include "engine/command/outpath.h"
#include "engine/command/outresult.h"
#include "engine/command/printed.h"
#include "engine/command/relink.h"
#include "engine/command/spare.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

/* A list's folder in a private folder. */
#define LIST_FOLDER "made"

/* Names that a warning tells. */
#define TOLD_NAMES 5

/* ---- aside --------------------------------------------------------------------------------------- */

/* The folder part with its slash, or "". Heap. */
static char *folder_prefix(const char *path)
{
    return tg_alloc_copy(path, (size_t)(tg_path_name(path) - path));
}

static bool name_is_taken(const struct tg_outfiles *o, const struct tg_aside *a, const char *name)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->results[i].in == a && strcmp(tg_path_name(o->results[i].aside), name) == 0) return true;
    return false;
}

/* The private folder of `folder` in which the name is free. */
static struct tg_aside *aside_for(struct tg_outfiles *o, const char *folder, const char *name, int *error)
{
    for (size_t i = 0; i < o->asides.count; i++) {
        struct tg_aside *a = o->asides.items[i];
        if (strcmp(a->folder, folder) == 0 && !name_is_taken(o, a, name)) return a;
    }
    struct tg_aside *a = tg_aside_new(o->place, o->ctx, folder, o->asides.count == 0, error);
    if (a) tg_vec_push(&o->asides, a);
    return a;
}

static bool aside_failed(struct tg_outfiles *o, const struct tg_result_file *file, int error)
{
    tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "cannot make a folder for '%s': %s", file->path, strerror(error));
    if (error == EMFILE || error == ENFILE)
        tg_err_hint(&o->ctx->err, "Fewer workers (--jobs) need fewer open files; `ulimit -n` tells and raises the limit.");
    return false;
}

/* Makes the place aside of a result whose final path is known. */
static bool make_aside(struct tg_outfiles *o, struct tg_outresult *r, const char *folder)
{
    const char *name = r->file->list ? LIST_FOLDER : tg_path_name(r->file->path);
    int error = 0;
    struct tg_aside *a = aside_for(o, folder, name, &error);
    if (!a) return aside_failed(o, r->file, error);
    r->aside = tg_alloc_format("%s/%s", a->path, name);
    r->in = a;
    return !r->file->list || mkdir(r->aside, 0777) == 0 || aside_failed(o, r->file, errno);
}

static bool begin_result(struct tg_outfiles *o, struct tg_outresult *r)
{
    const struct tg_result_file *file = r->file;
    const char *bad = tg_outpath_bad(file);
    if (bad) tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "'%s' cannot be a result's path: %s", file->path, bad);
    if (bad) return tg_err_because(&o->ctx->err, TG_CAUSE_USAGE, 0);
    r->final = file->list ? folder_prefix(file->path) : tg_outpath_final(file->path, o->is_protected, &r->before, &o->ctx->err);
    if (!r->final) return false;
    char *folder = folder_prefix(r->final);
    bool fine = make_aside(o, r, folder);
    free(folder);
    return fine;
}

struct tg_outfiles *tg_outfiles_new(struct tg_aside_place *place, tg_ctx *ctx, const char *task, struct tg_result_file *files,
                                    size_t count, bool is_protected)
{
    TG_ASSERT(count > 0);
    struct tg_outfiles *o = tg_alloc_zero(sizeof *o);
    *o = (struct tg_outfiles){.ctx = ctx, .task = task, .place = place, .is_protected = is_protected};
    o->results = tg_alloc_zero(count * sizeof *o->results);
    bool fine = true;
    for (size_t i = 0; i < count && fine; i++) {
        o->results[i].file = &files[i];
        fine = begin_result(o, &o->results[i]);
        files[i].aside = o->results[i].aside;
        o->count++;
    }
    if (fine) return o;
    tg_outfiles_free(o);
    return NULL;
}

static bool works_in(const void *data, const char *folder)
{
    const struct tg_outfiles *o = data;
    for (size_t i = 0; o && i < o->asides.count; i++)
        if (strcmp(o->asides.items[i]->folder, folder) == 0) return true;
    return false;
}

void tg_outfiles_clear_spares(struct tg_aside_place *place, const struct tg_outfiles *o)
{
    tg_spare_clear(place, works_in, o);
}

void tg_outfiles_free(struct tg_outfiles *o)
{
    if (!o) return;
    for (size_t i = o->asides.count; i-- > 0;) {
        struct tg_aside *a = o->asides.items[i];
        if (!o->stuck && !tg_aside_remove(a))
            tg_printed_say(o->ctx, "warning: could not remove '%s' of task '%s'", a->path, o->task);
        tg_aside_free(a);
    }
    for (size_t i = 0; i < o->count; i++) {
        free(o->results[i].final);
        free(o->results[i].aside);
        free(o->results[i].moved);
        tg_made_done(&o->results[i].made);
    }
    tg_vec_done(&o->asides);
    free(o->results);
    free(o);
}

/* ---- links --------------------------------------------------------------------------------------- */

static void map_asides(const struct tg_outfiles *o, tg_relink_map *map)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct tg_outresult *r = &o->results[i];
        if (r->file->list) tg_relink_add(map, r->aside, *r->final ? r->final : ".");
    }
    for (size_t i = 0; i < o->asides.count; i++) {
        const struct tg_aside *a = o->asides.items[i];
        tg_relink_add(map, a->path, *a->folder ? a->folder : ".");
    }
}

static bool cannot_place(struct tg_outfiles *o, const char *to, const char *why)
{
    return tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "cannot put the result '%s' in place: %s", to, why);
}

/* A link that the command made takes the place of a link, not of what that leads to: it is made anew beside it. */
static int move_link_home(struct tg_outfiles *o, struct tg_outresult *r, const tg_relink_map *map)
{
    const char *name = tg_path_name(r->file->path);
    char *folder = folder_prefix(r->file->path), *text = tg_relink_text(map, r->aside, *folder ? folder : ".");
    int error = EIO;
    const struct tg_aside *a = text ? aside_for(o, folder, name, &error) : NULL;
    if (a) {
        r->moved = tg_alloc_format("%s/%s", a->path, name);
        error = symlink(text, r->moved) == 0 ? 0 : errno;
        unlink(r->aside);
        free(r->final);
        r->final = tg_alloc_text(r->file->path);
    }
    free(folder);
    free(text);
    return error;
}

static int relink_file(struct tg_outfiles *o, struct tg_outresult *r, const tg_relink_map *map)
{
    if (S_ISLNK(r->mode) && strcmp(r->final, r->file->path) != 0) return move_link_home(o, r, map);
    char *folder = tg_path_folder(r->final);
    int error = tg_relink(map, r->aside, folder);
    free(folder);
    return error;
}

static int relink_list(const struct tg_outresult *r, const tg_relink_map *map)
{
    int error = 0;
    for (size_t i = 0; i < r->made.count && !error; i++) {
        char *aside = tg_alloc_format("%s/%s", r->aside, r->made.items[i]);
        error = tg_relink(map, aside, *r->final ? r->final : ".");
        free(aside);
    }
    return error;
}

static bool relink_all(struct tg_outfiles *o)
{
    tg_relink_map map = {0};
    bool fine = true;
    for (size_t i = 0; i < o->count && fine; i++) {
        struct tg_outresult *r = &o->results[i];
        if (r->file->list ? r->plain : S_ISREG(r->mode)) continue;
        if (!map.count) map_asides(o, &map);
        int error = r->file->list ? relink_list(r, &map) : relink_file(o, r, &map);
        fine = !error || cannot_place(o, r->file->path, strerror(error));
    }
    tg_relink_done(&map);
    return fine;
}

/* Which files a list has is known only now. */
static bool claim_lists(struct tg_outfiles *o, struct tg_owners *owners, struct tg_owned *owned)
{
    bool fine = true;
    for (size_t i = 0; i < o->count && owners; i++) {
        const struct tg_outresult *r = &o->results[i];
        for (size_t k = 0; k < r->made.count && fine; k++) {
            char *path = tg_alloc_format("%s%s", r->final, r->made.items[k]);
            fine = tg_owners_claim(owners, owned, TG_MAKES_FILE, path, &o->ctx->err);
            free(path);
        }
    }
    return fine;
}

/* ---- moves --------------------------------------------------------------------------------------- */

/* Files that earlier runs made for the pattern and this one did not are removed. */
static void add_removals(const struct tg_outresult *r, const tg_made_names *before, tg_moves *moves)
{
    for (size_t i = 0; i < before->count; i++) {
        struct stat st;
        char *to = tg_alloc_format("%s%s", r->final, before->items[i]);
        bool gone = tg_made_has(&r->made, before->items[i]) || lstat(to, &st) != 0;
        if (gone) free(to);
        else tg_vec_push(moves, ((struct tg_move){NULL, to, NULL}));
    }
}

/* The record has all names while files come and go, so that none is forgotten. */
static void note_made(const struct tg_outresult *r, tg_moves *moves)
{
    tg_made_names all = {0};
    char *record = tg_made_path(r->final, tg_outjudge_pattern(r->file));
    if (!record) return;
    tg_made_read(record, tg_outjudge_pattern(r->file), &all);
    add_removals(r, &all, moves);
    for (size_t i = 0; i < r->made.count; i++) tg_vec_push(&all, tg_alloc_text(r->made.items[i]));
    tg_made_sort(&all);
    tg_made_write(record, &all);
    tg_made_done(&all);
    free(record);
}

static void note_made_only(const struct tg_outresult *r)
{
    char *record = tg_made_path(r->final, tg_outjudge_pattern(r->file));
    if (record) tg_made_write(record, &r->made);
    free(record);
}

static void add_moves(const struct tg_outresult *r, tg_moves *moves)
{
    if (!r->file->list) {
        struct tg_move move = {tg_alloc_text(r->moved ? r->moved : r->aside), tg_alloc_text(r->final), NULL};
        tg_vec_push(moves, move);
        return;
    }
    for (size_t i = 0; i < r->made.count; i++) {
        struct tg_move move = {tg_alloc_format("%s/%s", r->aside, r->made.items[i]),
                               tg_alloc_format("%s%s", r->final, r->made.items[i]), NULL};
        tg_vec_push(moves, move);
    }
    note_made(r, moves);
}

/* The private folder that lies beside a final path. */
static const struct tg_aside *aside_beside(const struct tg_outfiles *o, const char *to)
{
    size_t length = (size_t)(tg_path_name(to) - to);
    for (size_t i = 0; i < o->asides.count; i++) {
        const char *folder = o->asides.items[i]->folder;
        if (strlen(folder) == length && memcmp(folder, to, length) == 0) return o->asides.items[i];
    }
    TG_ASSERT(false);
    return o->asides.items[0];
}

/* Looks at what has the name now: what the files of a list are called is known only after the command. */
static bool may_replace(struct tg_outfiles *o, const struct tg_move *m, struct stat *st)
{
    memset(st, 0, sizeof *st);
    if (lstat(m->to, st) != 0) return errno == ENOENT || cannot_place(o, m->to, strerror(errno));
    const char *why = tg_outpath_keeps(m->to, o->is_protected, st);
    return !why || cannot_place(o, m->to, why);
}

/* Gives what has the name now a second one. Without it (a folder, a file system that knows no hard links) it will be moved. */
static bool keep_old(struct tg_outfiles *o, struct tg_move *m, size_t number)
{
    struct stat st, new;
    if (!may_replace(o, m, &st)) return false;
    if (!st.st_mode) return true;
    if (m->from && lstat(m->from, &new) == 0 && S_ISDIR(st.st_mode) != S_ISDIR(new.st_mode))
        return cannot_place(o, m->to, strerror(S_ISDIR(st.st_mode) ? EISDIR : ENOTDIR));
    m->old = tg_alloc_format("%s/" TG_ASIDE_PREFIX "old-%zu", aside_beside(o, m->to)->path, number);
    if (!S_ISDIR(st.st_mode) && linkat(AT_FDCWD, m->to, AT_FDCWD, m->old, 0) != 0) {} /* it is moved when its time comes */
    return true;
}

static bool place_failed(struct tg_outfiles *o, const char *to, int error)
{
    cannot_place(o, to, strerror(error));
    if (error == EBUSY || error == EXDEV)
        tg_err_hint(&o->ctx->err, "It is a mount point, or lies on another file system than its folder.");
    return false;
}

/* The others than the first say which one has the journal, before there is one. The open journal, or -1. */
static int write_down(struct tg_outfiles *o, const tg_moves *moves)
{
    const struct tg_aside *first = o->asides.items[0];
    int error = 0, fd = -1;
    for (size_t i = 0; i < o->asides.count; i++) tg_aside_publish(o->asides.items[i]);
    for (size_t i = 1; i < o->asides.count && !error; i++) error = tg_journal_refer(o->asides.items[i]->path, first->path);
    if (!error && (fd = tg_journal_write(first->path, moves)) < 0) error = errno;
    if (error) tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "cannot write a journal to '%s': %s", first->folder, strerror(error));
    return fd;
}

static void undo_moves(struct tg_outfiles *o, int journal, const tg_moves *moves)
{
    int error = tg_journal_undo(journal, moves);
    o->stuck = error != 0;
    if (error)
        tg_printed_say(o->ctx, "warning: what was replaced is in '%s' and could not be put back: %s", o->asides.items[0]->path,
                       strerror(error));
}

static bool place_together(struct tg_outfiles *o, tg_moves *moves)
{
    bool fine = true;
    size_t failed = 0;
    for (size_t i = 0; i < moves->count && fine; i++) fine = keep_old(o, &moves->items[i], i);
    int journal = fine ? write_down(o, moves) : -1;
    if (journal < 0) return false;
    int error = tg_journal_run(journal, moves, &failed);
    if (error) {
        place_failed(o, moves->items[failed].to, error);
        undo_moves(o, journal, moves);
    }
    close(journal);
    return !error;
}

/* One file needs no journal, unless it is a folder that takes the place of another. */
static bool place_all(struct tg_outfiles *o, tg_moves *moves)
{
    if (moves->count > 1 || !moves->items[0].from) return place_together(o, moves);
    struct tg_move *m = &moves->items[0];
    struct stat st;
    if (!may_replace(o, m, &st)) return false;
    if (rename(m->from, m->to) == 0) {
        if (!st.st_mode) free(m->from), m->from = NULL; /* nothing had the name: so it has none but that */
        return true;
    }
    return errno == ENOTEMPTY || errno == EEXIST ? place_together(o, moves) : place_failed(o, m->to, errno);
}

/* ---- what else was made -------------------------------------------------------------------------- */

static bool is_list_folder(const struct tg_outfiles *o, const char *path)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->results[i].file->list && strcmp(o->results[i].aside, path) == 0) return true;
    return false;
}

/* Adds what is in a private folder, or in a list's folder in it, by the names it would have had. */
static void find_others(const struct tg_outfiles *o, const char *path, const char *folder, tg_made_names *others)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    if (fd >= 0 && !dir) close(fd);
    while (dir && (entry = readdir(dir))) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (strncmp(name, TG_ASIDE_PREFIX, strlen(TG_ASIDE_PREFIX)) == 0) continue; /* our own */
        char *inner = tg_alloc_format("%s/%s", path, name);
        if (is_list_folder(o, inner)) find_others(o, inner, folder, others);
        else tg_vec_push(others, tg_alloc_format("%s%s", folder, name));
        free(inner);
    }
    if (dir) closedir(dir);
}

static void tell_others(const struct tg_outfiles *o, tg_made_names *others)
{
    struct tg_buf b = {0};
    tg_made_sort(others);
    for (size_t i = 0; i < others->count && i < TOLD_NAMES; i++) {
        tg_buf_text(&b, i ? ", '" : "'");
        tg_printed_clean(&b, others->items[i], strlen(others->items[i]));
        tg_buf_char(&b, '\'');
    }
    if (others->count > TOLD_NAMES) tg_buf_format(&b, " and %zu more", others->count - TOLD_NAMES);
    bool one = others->count == 1;
    tg_printed_say(o->ctx, "warning: task '%s' also made %s, which %s: %s removed", o->task, tg_buf_str(&b),
                   one ? "is no result of it" : "are no results of it", one ? "it was" : "they were");
    tg_buf_done(&b);
}

/* Removes the private folders; the first goes last, as the others refer to it. */
static void clear_asides(struct tg_outfiles *o)
{
    tg_made_names others = {0};
    for (size_t i = 0; i < o->count; i++)
        if (o->results[i].file->list) rmdir(o->results[i].aside);
    for (size_t i = o->asides.count; i-- > 0;) {
        struct tg_aside *a = o->asides.items[i];
        if (!tg_aside_settle(a)) find_others(o, a->path, a->folder, &others);
    }
    if (others.count) tell_others(o, &others);
    tg_made_done(&others);
}

/* ---- the end ------------------------------------------------------------------------------------- */

static tg_value result_value(const struct tg_outresult *r)
{
    if (!r->file->list) return tg_str_make(TG_FILE, r->file->path, strlen(r->file->path));
    tg_value list = tg_list_make(r->made.count);
    for (size_t i = 0; i < r->made.count; i++) {
        char *path = tg_alloc_format("%s%s", r->final, r->made.items[i]);
        tg_list_add(list, tg_str_make(TG_FILE, path, strlen(path)));
        free(path);
    }
    return list;
}

static tg_value all_values(const struct tg_outfiles *o)
{
    if (o->count == 1 && !o->results[0].file->field) return result_value(&o->results[0]);
    tg_value record = tg_record_make(o->count);
    for (size_t i = 0; i < o->count; i++) {
        const struct tg_result_file *file = o->results[i].file;
        tg_record_put(record, tg_str(file->field ? file->field : file->path), result_value(&o->results[i]));
    }
    return record;
}

/* Two names of one file stay two when one is moved over the other: what the command made of the file that had the name. */
static void drop_second_name(const struct tg_move *m)
{
    struct stat from, to;
    bool same = m->from && lstat(m->from, &from) == 0 && lstat(m->to, &to) == 0 && from.st_dev == to.st_dev &&
                from.st_ino == to.st_ino;
    if (same && !S_ISDIR(from.st_mode)) unlink(m->from);
}

/* What had a name before, and the journals, are needed no more. */
static void clear_moves(const struct tg_outfiles *o, const tg_moves *moves)
{
    for (size_t i = 0; i < moves->count; i++)
        if (moves->items[i].old) tg_rmtree(moves->items[i].old);
    for (size_t i = 0; i < moves->count; i++) drop_second_name(&moves->items[i]);
    for (size_t i = 0; i < o->asides.count; i++)
        if (o->asides.items[i]->publishing) unlinkat(o->asides.items[i]->fd, TG_JOURNAL_FILE, 0);
}

bool tg_outfiles_publish(struct tg_outfiles *o, struct tg_owners *owners, struct tg_owned *owned, tg_value *out)
{
    if (!tg_outjudge_find(o) || !claim_lists(o, owners, owned) || !relink_all(o)) return false;
    tg_moves moves = {0};
    for (size_t i = 0; i < o->count; i++) add_moves(&o->results[i], &moves);
    bool fine = place_all(o, &moves);
    for (size_t i = 0; i < o->count && fine; i++)
        if (o->results[i].file->list) note_made_only(&o->results[i]);
    if (!o->stuck) clear_moves(o, &moves);
    tg_journal_done(&moves);
    if (!fine) return false;
    clear_asides(o);
    *out = all_values(o);
    return true;
}
