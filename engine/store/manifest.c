/* SPDX-License-Identifier: MIT
 * A manifest is four arrays, one behind the other: files, tasks by number, which files a task has, and texts. A file stands once, however
 * many tasks have it, as long as it looked the same to all of them. */
#include "engine/store/manifest.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/names.h"

/* Says what the bytes are, and of which form: "tgrnmnf1". */
#define MANIFEST_MAGIC UINT64_C(0x31666e6d6e726774)

/* A thread is worth so many files. */
#define FILES_A_THREAD 1000
#define MOST_THREADS 8

#define NOBODY UINT32_MAX

/* More of them make no manifest: numbers have 32 bits, and a row of the record less than a gigabyte. */
#define MOST_BYTES ((size_t)256 << 20)

/* As they are written. */
struct manifest_file {
    uint64_t size, inode;
    int64_t mtime_ns, ctime_ns;
    uint32_t path;  /* where in the texts; with a NUL */
    uint32_t maker; /* the task whose result it is, or NOBODY */
    uint16_t kind;  /* enum tg_content_kind: NONE or FILE */
    uint16_t temporary;
    uint32_t unused;
};

struct manifest_task {
    uint32_t number;
    uint32_t value, value_length; /* in the texts */
    uint32_t refs;                /* to its files, the inputs first; NOBODY: nothing is known of the task */
    uint32_t input_count, result_count;
};

struct manifest_head {
    uint64_t magic;
    uint32_t file_count, task_count, ref_count, text_length;
    struct tg_digest digest; /* of all that follows */
};

/* ---- notes ---------------------------------------------------------------------------------------- */

struct tg_manifest_notes {
    uint32_t limit; /* of numbers */
    pthread_mutex_t lock;
    TG_VEC(struct manifest_file) files;
    TG_VEC(struct manifest_task) tasks; /* of those with one number the last counts */
    TG_VEC(uint32_t) refs;
    struct tg_buf texts;
    TG_VEC(uint32_t) by_number; /* its place among tasks + 1; 0: it has none */
    struct tg_names names;      /* of files, with their stamps: numbers as in files */
    size_t count;               /* of tasks that have a place */
};

struct tg_manifest_notes *tg_manifest_notes_new(uint32_t tasks)
{
    struct tg_manifest_notes *n = tg_alloc_zero(sizeof *n);
    n->limit = tasks;
    pthread_mutex_init(&n->lock, NULL);
    return n;
}

void tg_manifest_notes_free(struct tg_manifest_notes *n)
{
    if (!n) return;
    tg_vec_done(&n->files);
    tg_vec_done(&n->tasks);
    tg_vec_done(&n->refs);
    tg_vec_done(&n->by_number);
    tg_buf_done(&n->texts);
    tg_names_done(&n->names);
    pthread_mutex_destroy(&n->lock);
    free(n);
}

size_t tg_manifest_notes_count(const struct tg_manifest_notes *n)
{
    return n->count;
}

static void forget_task(struct tg_manifest_notes *n, uint32_t number)
{
    if (number >= n->by_number.count || !n->by_number.items[number]) return;
    n->tasks.items[n->by_number.items[number] - 1].number = NOBODY;
    n->by_number.items[number] = 0;
    n->count--;
}

static void enter_task(struct tg_manifest_notes *n, const struct manifest_task *task)
{
    forget_task(n, task->number);
    while (n->by_number.count <= task->number) tg_vec_push(&n->by_number, 0);
    tg_vec_push(&n->tasks, *task);
    n->by_number.items[task->number] = (uint32_t)n->tasks.count;
    n->count++;
}

static uint32_t note_bytes(struct tg_manifest_notes *n, const void *bytes, size_t length)
{
    uint32_t at = (uint32_t)n->texts.length;
    if (length) tg_buf_add(&n->texts, bytes, length);
    return at;
}

/* The number of a file that looks like this. */
static uint32_t enter_file(struct tg_manifest_notes *n, const char *path, struct manifest_file file)
{
    char key[PATH_MAX + offsetof(struct manifest_file, path)];
    size_t length = strlen(path) + 1, stamp = offsetof(struct manifest_file, path);
    memcpy(key, &file, stamp);
    memcpy(key + stamp, path, length);
    uint32_t number = tg_names_add(&n->names, key, stamp + length);
    if (number == n->files.count) {
        file.path = note_bytes(n, path, length);
        tg_vec_push(&n->files, file);
    }
    if (file.maker != NOBODY) n->files.items[number].maker = file.maker, n->files.items[number].temporary = file.temporary;
    return number;
}

static bool tells_itself(const struct tg_recorded_file *f)
{
    bool kind = f->content.kind == TG_CONTENT_NONE || (f->content.kind == TG_CONTENT_FILE && !f->content.stamp.racy);
    return kind && strlen(f->path) < PATH_MAX;
}

static bool has_plain_files(const struct tg_recorded *r)
{
    bool plain = true;
    for (size_t i = 0; i < r->input_count && plain; i++) plain = tells_itself(&r->inputs[i]);
    for (size_t i = 0; i < r->result_count && plain; i++) plain = tells_itself(&r->results[i]);
    return plain;
}

/* Of a value so long, and so many files. */
static bool has_room_for(const struct tg_manifest_notes *n, size_t value_length, size_t files)
{
    size_t bytes = n->texts.length + n->files.count * sizeof *n->files.items + n->tasks.count * sizeof *n->tasks.items +
                   n->refs.count * sizeof *n->refs.items;
    return value_length < MOST_BYTES && files < MOST_BYTES / PATH_MAX &&
           bytes + value_length + files * (sizeof *n->files.items + PATH_MAX) < MOST_BYTES;
}

static void enter_files(struct tg_manifest_notes *n, const struct tg_recorded_file *files, size_t count, uint32_t maker)
{
    for (size_t i = 0; i < count; i++) {
        const struct tg_content *c = &files[i].content;
        struct manifest_file file = {.maker = maker, .kind = (uint16_t)c->kind};
        file.temporary = (files[i].flags & TG_RECORDED_TEMPORARY) != 0;
        if (c->kind == TG_CONTENT_FILE) {
            file.size = c->stamp.size, file.inode = c->stamp.inode;
            file.mtime_ns = c->stamp.mtime_ns, file.ctime_ns = c->stamp.ctime_ns;
        }
        tg_vec_push(&n->refs, enter_file(n, files[i].path, file));
    }
}

void tg_manifest_notes_forget(struct tg_manifest_notes *n, uint32_t task)
{
    struct manifest_task t = {.number = task, .refs = NOBODY};
    if (task >= n->limit || !has_room_for(n, 0, 0)) return;
    enter_task(n, &t);
}

bool tg_manifest_notes_has(const struct tg_manifest_notes *n, uint32_t task)
{
    return task < n->by_number.count && n->by_number.items[task];
}

void tg_manifest_notes_add(struct tg_manifest_notes *n, uint32_t task, const struct tg_recorded *r)
{
    if (task >= n->limit) return;
    pthread_mutex_lock(&n->lock);
    if (has_plain_files(r) && has_room_for(n, r->value_length, r->input_count + r->result_count)) {
        struct manifest_task t = {.number = task, .refs = (uint32_t)n->refs.count};
        t.input_count = (uint32_t)r->input_count, t.result_count = (uint32_t)r->result_count;
        t.value = note_bytes(n, r->value, r->value_length);
        t.value_length = (uint32_t)r->value_length;
        enter_files(n, r->inputs, r->input_count, NOBODY);
        enter_files(n, r->results, r->result_count, task);
        enter_task(n, &t);
    } else {
        forget_task(n, task);
    }
    pthread_mutex_unlock(&n->lock);
}

void tg_manifest_notes_write(struct tg_manifest_notes *n, struct tg_buf *out)
{
    size_t begin = out->length;
    tg_buf_add(&n->texts, "", 1); /* no path goes on behind the end */
    struct manifest_head head = {MANIFEST_MAGIC,          (uint32_t)n->files.count,  (uint32_t)n->tasks.count,
                                 (uint32_t)n->refs.count, (uint32_t)n->texts.length, {0, 0}};
    tg_buf_add(out, (const char *)&head, sizeof head);
    if (n->files.count) tg_buf_add(out, (const char *)n->files.items, n->files.count * sizeof *n->files.items);
    if (n->tasks.count) tg_buf_add(out, (const char *)n->tasks.items, n->tasks.count * sizeof *n->tasks.items);
    if (n->refs.count) tg_buf_add(out, (const char *)n->refs.items, n->refs.count * sizeof *n->refs.items);
    tg_buf_add(out, n->texts.data, n->texts.length);
    head.digest = tg_digest_bytes(out->data + begin + sizeof head, out->length - begin - sizeof head);
    memcpy(out->data + begin, &head, sizeof head);
}

/* ---- manifests ------------------------------------------------------------------------------------ */

enum look { NOT_LOOKED, LOOKS_SAME, IS_GONE, IS_OTHER };

struct tg_manifest {
    void *bytes; /* malloc'ed: what the others point to */
    const struct manifest_file *files;
    const struct manifest_task *tasks;
    const uint32_t *refs;
    const char *texts;
    struct manifest_head head;
    TG_VEC(uint32_t) by_number; /* as in notes */
    unsigned char *looks;       /* per file: enum look */
    struct tg_manifest *over;   /* NULL: nothing */
};

void tg_manifest_free(struct tg_manifest *m)
{
    if (!m) return;
    tg_manifest_free(m->over);
    tg_vec_done(&m->by_number);
    free(m->looks);
    free(m->bytes);
    free(m);
}

/* The digest says that the bytes are what was written; a head that was damaged does not fit their length. */
static bool take_arrays(struct tg_manifest *m, size_t length)
{
    struct manifest_head *h = &m->head;
    const char *at = (const char *)m->bytes + sizeof *h;
    if (length < sizeof *h) return false;
    memcpy(h, m->bytes, sizeof *h);
    size_t files = h->file_count * sizeof *m->files, tasks = h->task_count * sizeof *m->tasks,
           refs = h->ref_count * sizeof *m->refs, rest = length - sizeof *h;
    if (h->magic != MANIFEST_MAGIC || files + tasks + refs + h->text_length != rest) return false;
    m->files = (const struct manifest_file *)at;
    m->tasks = (const struct manifest_task *)(at + files);
    m->refs = (const uint32_t *)(at + files + tasks);
    m->texts = at + files + tasks + refs;
    return tg_digest_equal(tg_digest_bytes(at, rest), h->digest);
}

static bool is_unknown(const struct manifest_task *t)
{
    return t->refs == NOBODY;
}

/* A digest is no proof against somebody who wants harm: nothing leads out of the arrays. */
static bool is_sound(const struct tg_manifest *m)
{
    const struct manifest_head *h = &m->head;
    bool sound = h->text_length && !m->texts[h->text_length - 1];
    for (size_t i = 0; i < h->file_count && sound; i++)
        sound = m->files[i].path < h->text_length && strnlen(m->texts + m->files[i].path, PATH_MAX) < PATH_MAX;
    for (size_t i = 0; i < h->ref_count && sound; i++) sound = m->refs[i] < h->file_count;
    for (size_t i = 0; i < h->task_count && sound; i++) {
        const struct manifest_task *t = &m->tasks[i];
        sound = is_unknown(t) || ((uint64_t)t->refs + t->input_count + t->result_count <= h->ref_count &&
                                  (uint64_t)t->value + t->value_length <= h->text_length);
    }
    return sound;
}

/* What has another number was forgotten. */
static void index_tasks(struct tg_manifest *m, uint32_t tasks)
{
    for (uint32_t i = 0; i < m->head.task_count; i++) {
        uint32_t number = m->tasks[i].number;
        if (number >= tasks) continue;
        while (m->by_number.count <= number) tg_vec_push(&m->by_number, 0);
        m->by_number.items[number] = i + 1;
    }
}

struct tg_manifest *tg_manifest_read(void *take_bytes, size_t length, uint32_t tasks)
{
    struct tg_manifest *m = tg_alloc_zero(sizeof *m);
    m->bytes = take_bytes;
    if (take_arrays(m, length) && is_sound(m)) {
        index_tasks(m, tasks);
        return m;
    }
    tg_manifest_free(m);
    return NULL;
}

void tg_manifest_lay_over(struct tg_manifest *m, struct tg_manifest *take_newer)
{
    TG_ASSERT(!m->over);
    m->over = take_newer;
}

size_t tg_manifest_count(const struct tg_manifest *m)
{
    return m->head.task_count;
}

static const struct manifest_task *find_own(const struct tg_manifest *m, uint32_t number)
{
    uint32_t at = number < m->by_number.count ? m->by_number.items[number] : 0;
    return at ? &m->tasks[at - 1] : NULL;
}

bool tg_manifest_is_over(const struct tg_manifest *m, uint32_t task)
{
    return m->over && find_own(m->over, task);
}

/* Which of both has it. */
static const struct tg_manifest *manifest_of(const struct tg_manifest *m, uint32_t task)
{
    return tg_manifest_is_over(m, task) ? m->over : m;
}

bool tg_manifest_knows(const struct tg_manifest *m, uint32_t task)
{
    const struct manifest_task *t = find_own(manifest_of(m, task), task);
    return t && !is_unknown(t);
}

void tg_manifest_notes_carry(struct tg_manifest_notes *n, const struct tg_manifest *from, uint32_t task)
{
    const struct tg_manifest *m = manifest_of(from, task);
    const struct manifest_task *was = find_own(m, task);
    if (!was || is_unknown(was) || tg_manifest_notes_has(n, task)) return;
    if (!has_room_for(n, was->value_length, was->input_count + was->result_count)) return;
    struct manifest_task t = *was;
    t.value = note_bytes(n, m->texts + was->value, was->value_length);
    t.refs = (uint32_t)n->refs.count;
    for (uint32_t i = 0; i < t.input_count + t.result_count; i++) {
        const struct manifest_file *f = &m->files[m->refs[was->refs + i]];
        tg_vec_push(&n->refs, enter_file(n, m->texts + f->path, *f));
    }
    enter_task(n, &t);
}

const void *tg_manifest_value(const struct tg_manifest *m, uint32_t task, size_t *length)
{
    m = manifest_of(m, task);
    const struct manifest_task *t = find_own(m, task);
    *length = t->value_length;
    return m->texts + t->value;
}

/* ---- looking -------------------------------------------------------------------------------------- */

static enum look look_at_noted(const struct tg_manifest *m, const struct manifest_file *f)
{
    struct tg_content was = {.kind = f->kind, .stamp = {f->size, f->inode, f->mtime_ns, f->ctime_ns, false}};
    switch (tg_contents_quick(m->texts + f->path, &was)) {
    case TG_CONTENTS_SAME: return LOOKS_SAME;
    case TG_CONTENTS_GONE: return IS_GONE;
    default: return IS_OTHER;
    }
}

struct manifest_looking {
    struct tg_manifest *m;
    size_t begin, end;
    pthread_t thread;
    bool started;
};

static void *look_at_some(void *looking)
{
    const struct manifest_looking *l = looking;
    for (size_t i = l->begin; i < l->end; i++) l->m->looks[i] = (unsigned char)look_at_noted(l->m, &l->m->files[i]);
    return NULL;
}

/* No signals: they are for others. What gets no thread is done by who asks. */
static void start_looking(struct manifest_looking *parts, size_t count)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 1; i < count; i++) parts[i].started = pthread_create(&parts[i].thread, NULL, look_at_some, &parts[i]) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void tg_manifest_look(struct tg_manifest *m, unsigned threads)
{
    struct manifest_looking parts[MOST_THREADS] = {0};
    size_t files = m->head.file_count, count = files / FILES_A_THREAD + 1;
    if (count > threads) count = threads ? threads : 1;
    if (count > MOST_THREADS) count = MOST_THREADS;
    m->looks = tg_alloc_zero(files + 1);
    for (size_t i = 0; i < count; i++)
        parts[i] = (struct manifest_looking){.m = m, .begin = files * i / count, .end = files * (i + 1) / count};
    start_looking(parts, count);
    for (size_t i = 0; i < count; i++)
        if (!parts[i].started) look_at_some(&parts[i]);
    for (size_t i = 1; i < count; i++)
        if (parts[i].started) pthread_join(parts[i].thread, NULL);
    if (m->over) tg_manifest_look(m->over, threads);
}

enum tg_manifest_state tg_manifest_state(const struct tg_manifest *m, uint32_t task,
                                         bool (*may_lack)(void *data, uint32_t maker), void *data)
{
    m = manifest_of(m, task);
    const struct manifest_task *t = find_own(m, task);
    bool lacks = false, went = true, remains = false, same = true;
    if (!t || is_unknown(t)) return TG_MANIFEST_UNKNOWN;
    for (uint32_t i = 0; i < t->input_count + t->result_count && same; i++) {
        uint32_t ref = m->refs[t->refs + i], maker = m->files[ref].maker;
        bool gone = m->looks[ref] == IS_GONE, own = i >= t->input_count;
        same = m->looks[ref] == LOOKS_SAME || (gone && (own || (maker != NOBODY && may_lack(data, maker))));
        lacks |= gone && own;
        went &= !(gone && own) || m->files[ref].temporary;
        remains |= !gone && own && m->files[ref].temporary;
    }
    if (!same) return TG_MANIFEST_CHANGED;
    if (remains) return TG_MANIFEST_REMAINS;
    return !lacks ? TG_MANIFEST_SAME : went ? TG_MANIFEST_WENT : TG_MANIFEST_LACKS;
}
