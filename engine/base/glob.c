/* SPDX-License-Identifier: MIT
 * Patterns of paths: braces first, each alternative is then walked part by part, from folder to folder. The folder that is
 * looked at is one growing text. */
#include "engine/base/glob.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/buf.h"
#include "engine/base/names.h"

/* ---- one name ------------------------------------------------------------------------------------ */

static bool is_ascii(const char *text)
{
    while ((signed char)*text > 0) text++;
    return !*text;
}

/* The locale is that of this thread and this call alone, since the program has none. */
bool tg_glob_match(const char *pattern, const char *name)
{
    bool bytes = !strpbrk(pattern, "?[") || (is_ascii(pattern) && is_ascii(name));
    locale_t utf8 = bytes ? (locale_t)0 : newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    bool match = fnmatch(pattern, name, FNM_PERIOD) == 0;
    if (utf8) uselocale(before), freelocale(utf8);
    return match;
}

/* ---- braces -------------------------------------------------------------------------------------- */

/* Behind the bracket, brace or escape that begins at i; i + 1 for any other character. */
static size_t skip_piece(const char *text, size_t i)
{
    if (text[i] == '\\' && text[i + 1]) return i + 2;
    if (text[i] != '[') return i + 1;
    size_t at = i + 1;
    if (text[at] == '!' || text[at] == '^') at++;
    if (text[at] == ']') at++;
    while (text[at] && text[at] != ']' && text[at] != '/') at += text[at] == '\\' && text[at + 1] ? 2 : 1;
    return text[at] == ']' ? at + 1 : i + 1;
}

/* The '}' of the '{' at i; *commas: how many alternatives it has beyond one. 0: it does not end. */
static size_t close_of(const char *text, size_t i, size_t *commas)
{
    size_t depth = 0;
    *commas = 0;
    while (text[i]) {
        if (text[i] == '{') depth++;
        if (text[i] == '}' && --depth == 0) return i;
        if (text[i] == ',' && depth == 1) ++*commas;
        i = skip_piece(text, i);
    }
    return 0;
}

/* The first brace with alternatives; false: there is none. */
static bool find_brace(const char *text, size_t *open, size_t *close)
{
    for (size_t i = 0, commas; text[i]; i = skip_piece(text, i)) {
        if (text[i] != '{') continue;
        *open = i;
        *close = close_of(text, i, &commas);
        if (*close && commas) return true;
    }
    return false;
}

typedef TG_VEC(char *) texts;

static void free_texts(char **items, size_t count)
{
    for (size_t i = 0; i < count; i++) free(items[i]);
}

/* Replaces the brace of take_text by each of its alternatives. */
static void push_alternatives(texts *out, char *take_text, size_t open, size_t close)
{
    size_t from = open + 1, depth = 0;
    for (size_t i = from; i <= close;) {
        if (take_text[i] == '{') depth++;
        if (i < close && take_text[i] == '}') depth--;
        if (i == close || (take_text[i] == ',' && depth == 0)) {
            tg_vec_push(out, tg_alloc_format("%.*s%.*s%s", (int)open, take_text, (int)(i - from), take_text + from,
                                             take_text + close + 1));
            from = i + 1;
        }
        i = i == close ? i + 1 : skip_piece(take_text, i);
    }
    free(take_text);
}

/* The pattern without braces; false: it stands for too much. */
static bool expand_braces(const char *pattern, texts *out)
{
    texts pending = {0};
    tg_vec_push(&pending, tg_alloc_text(pattern));
    while (pending.count && pending.count + out->count <= TG_MAX_GLOB_ALTERNATIVES) {
        char *text = pending.items[--pending.count];
        size_t open, close;
        if (find_brace(text, &open, &close)) push_alternatives(&pending, text, open, close);
        else tg_vec_push(out, text);
    }
    bool fine = pending.count == 0;
    free_texts(pending.items, pending.count);
    tg_vec_done(&pending);
    return fine;
}

/* ---- one part of a path -------------------------------------------------------------------------- */

struct pattern_part {
    char *text;
    enum { PLAIN, WILD, DEEP } kind;
    bool again; /* DEEP, as one before it: there are several ways to it */
};

struct walk {
    struct tg_glob *glob;
    struct tg_err *err;
    TG_VEC(struct pattern_part) parts;
    struct tg_names walked; /* folders that have been walked from such a part on */
    bool folders;           /* the pattern ends in '/' */
    struct tg_buf path;     /* where we are: "", or what ends in '/' */
    unsigned steps;
};

static void take_escapes_away(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from == '\\' && from[1]) from++;
        *to++ = *from;
    }
    *to = 0;
}

static void split(struct walk *w, const char *pattern)
{
    bool deep = false;
    if (pattern[0] == '/') tg_buf_char(&w->path, '/');
    for (size_t n; *pattern; pattern += n + (pattern[n] == '/')) {
        n = strcspn(pattern, "/");
        w->folders = pattern[n] == '/' && !pattern[n + strspn(pattern + n, "/")];
        if (n == 0) continue;
        struct pattern_part p = {.text = tg_alloc_copy(pattern, n), .kind = WILD};
        if (strcmp(p.text, "**") == 0) p.kind = DEEP;
        else if (!strpbrk(p.text, "*?[")) p.kind = PLAIN;
        if (p.kind == PLAIN) take_escapes_away(p.text);
        p.again = deep && p.kind == DEEP;
        deep |= p.kind == DEEP;
        tg_vec_push(&w->parts, p);
    }
}

/* ---- walking ------------------------------------------------------------------------------------- */

static bool walk_part(struct walk *w, size_t at);

static bool cannot_read(struct walk *w, int error)
{
    const char *path = w->path.length ? tg_buf_str(&w->path) : ".";
    if (error == ENOENT || error == ENOTDIR || error == ELOOP) return true; /* gone meanwhile, or never there */
    if (error != EACCES && error != EPERM)
        return tg_err_set(w->err, TG_EXIT_FAILED, "could not read the folder '%s': %s", path, strerror(error));
    tg_vec_push(&w->glob->closed, tg_alloc_text(path));
    return true;
}

static bool stopped(struct walk *w)
{
    bool stop = ++w->steps % 64 == 0 && w->glob->stopped && w->glob->stopped(w->glob->data);
    if (stop) tg_err_set(w->err, TG_EXIT_FAILED, "interrupted while looking for files");
    return stop;
}

static bool is_folder_at(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A name in the folder we are in that fits the last part. */
static void found(struct walk *w, const char *name)
{
    char *path = tg_alloc_format("%s%s%s", tg_buf_str(&w->path), name, w->folders ? "/" : "");
    struct stat st;
    bool there = lstat(path, &st) == 0;
    if (!there && errno == EACCES) tg_vec_push(&w->glob->closed, tg_alloc_text(w->path.length ? tg_buf_str(&w->path) : "."));
    if (there && (!w->folders || is_folder_at(path))) tg_vec_push(&w->glob->paths, path);
    else free(path);
}

/* The rest of the pattern, in the folder `name` of the one we are in. */
static bool enter_folder(struct walk *w, const char *name, size_t at)
{
    size_t before = w->path.length;
    tg_buf_text(&w->path, name);
    tg_buf_char(&w->path, '/');
    bool fine = walk_part(w, at);
    w->path.length = before;
    if (w->path.data) w->path.data[before] = 0;
    return fine;
}

/* May the entry be a folder; of `**`, one that is no link? */
static bool may_enter(struct walk *w, const struct dirent *entry, bool deep)
{
    if (entry->d_type == DT_DIR) return true;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK) return false;
    char *path = tg_alloc_format("%s%s", tg_buf_str(&w->path), entry->d_name);
    struct stat st;
    bool folder = (deep ? lstat : stat)(path, &st) == 0 && S_ISDIR(st.st_mode);
    free(path);
    return folder;
}

static bool visit_entry(struct walk *w, const struct dirent *entry, size_t at)
{
    const struct pattern_part *p = &w->parts.items[at];
    bool last = at + 1 == w->parts.count;
    if (p->kind == DEEP) {
        if (entry->d_name[0] == '.') return true;
        if (last) found(w, entry->d_name);
        return !may_enter(w, entry, true) || enter_folder(w, entry->d_name, at);
    }
    if (!tg_glob_match(p->text, entry->d_name)) return true;
    if (last) return found(w, entry->d_name), true;
    return !may_enter(w, entry, false) || enter_folder(w, entry->d_name, at + 1);
}

static bool read_folder(struct walk *w, size_t at)
{
    DIR *dir = opendir(w->path.length ? tg_buf_str(&w->path) : ".");
    if (!dir) return cannot_read(w, errno);
    struct dirent *entry;
    bool fine = true;
    while (fine && (errno = 0, entry = readdir(dir))) {
        bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        fine = !stopped(w) && (dots || visit_entry(w, entry, at));
    }
    if (fine && errno) fine = cannot_read(w, errno);
    closedir(dir);
    return fine;
}

/* True the first time. Without that, a pattern with k parts `**` would be walked in n to the power of k ways. */
static bool note_walk(struct walk *w, size_t at)
{
    char *key = tg_alloc_format("%zu %s", at, w->path.length ? tg_buf_str(&w->path) : "");
    size_t length = strlen(key);
    bool first = tg_names_find(&w->walked, key, length) == TG_NO_NAME;
    if (first) tg_names_add(&w->walked, key, length);
    free(key);
    return first;
}

/* The parts from `at` on, in the folder we are in. */
static bool walk_part(struct walk *w, size_t at)
{
    TG_ASSERT(at < w->parts.count);
    const struct pattern_part *p = &w->parts.items[at];
    bool last = at + 1 == w->parts.count;
    if (p->kind == PLAIN && last) return found(w, p->text), true;
    if (p->kind == PLAIN) return enter_folder(w, p->text, at + 1);
    if (p->again && !note_walk(w, at)) return true;
    if (p->kind == DEEP && !last && !walk_part(w, at + 1)) return false; /* no folder at all */
    return read_folder(w, at);
}

static bool walk_pattern(struct tg_glob *g, const char *pattern, struct tg_err *err)
{
    struct walk w = {.glob = g, .err = err};
    split(&w, pattern);
    bool fine = true;
    if (w.parts.count) fine = walk_part(&w, 0);
    else if (w.path.length) tg_vec_push(&g->paths, tg_alloc_text("/"));
    for (size_t i = 0; i < w.parts.count; i++) free(w.parts.items[i].text);
    tg_vec_done(&w.parts);
    tg_names_done(&w.walked);
    tg_buf_done(&w.path);
    return fine;
}

/* ---- all ----------------------------------------------------------------------------------------- */

static int order_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts, and frees what is there twice; the count that is left. */
static size_t sort_once(char **items, size_t count)
{
    size_t kept = 0;
    if (count) qsort(items, count, sizeof *items, order_paths);
    for (size_t i = 0; i < count; i++) {
        if (kept && strcmp(items[kept - 1], items[i]) == 0) free(items[i]);
        else items[kept++] = items[i];
    }
    return kept;
}

bool tg_glob_find(struct tg_glob *g, const char *pattern, struct tg_err *err)
{
    texts patterns = {0};
    bool fine = expand_braces(pattern, &patterns);
    if (!fine)
        tg_err_set(err, TG_EXIT_FAILED, "the pattern '%s' stands for more than %d alternatives", pattern,
                   TG_MAX_GLOB_ALTERNATIVES);
    for (size_t i = 0; i < patterns.count && fine; i++) fine = walk_pattern(g, patterns.items[i], err);
    free_texts(patterns.items, patterns.count);
    tg_vec_done(&patterns);
    g->paths.count = sort_once(g->paths.items, g->paths.count);
    g->closed.count = sort_once(g->closed.items, g->closed.count);
    return fine;
}

void tg_glob_done(struct tg_glob *g)
{
    free_texts(g->paths.items, g->paths.count);
    free_texts(g->closed.items, g->closed.count);
    tg_vec_done(&g->paths);
    tg_vec_done(&g->closed);
}
