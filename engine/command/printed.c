/* SPDX-License-Identifier: MIT
 * What a command prints. The log is opened at the first byte and appended to, so a task that is tried again goes on
 * in the same file. A log that cannot be written (a full disk) never fails a task: it is said once a run.
 * It has the first TG_LOG_BYTES that the command printed, and the last that the tail holds.
 * Invariant: the tail holds at most twice TG_TAIL_BYTES and always the newest bytes. */
#include "engine/command/printed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/ascii.h"
#include "engine/base/clock.h"
#include "engine/base/path.h"
#include "engine/base/utf8.h"
#include "engine/base/vec.h"
#include "engine/command/aside.h"
#include "engine/command/claim.h"
#include "engine/command/cmdtext.h"

/* How often and how long a log waits for descriptors: a second in all. */
#define LOG_LOOKS 100
#define LOG_LOOK_NS UINT64_C(10000000)

/* ---- for the user -------------------------------------------------------------------------------- */

static void say(tg_ctx *ctx, const char *text, size_t length)
{
    if (ctx->services->log) tg_host_say(ctx->services, text, length);
}

void tg_printed_say(tg_ctx *ctx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = tg_alloc_vformat(format, args);
    va_end(args);
    say(ctx, text, strlen(text));
    free(text);
}

void tg_printed_clean(struct tg_buf *b, const char *data, size_t length)
{
    for (size_t i = 0; i < length;) {
        unsigned char c = (unsigned char)data[i];
        size_t n = tg_utf8_length(data + i, length - i);
        bool control = (c < 0x20 && c != '\t') || c == 0x7f || (c == 0xc2 && n == 2 && (unsigned char)data[i + 1] < 0xa0);
        if (n == 0 || control) tg_buf_text(b, "\xef\xbf\xbd");
        else tg_buf_add(b, data + i, n);
        i += n ? n : 1;
    }
}

/* What a terminal would leave of a line that a progress bar wrote over and over. */
static void after_last_return(const char **line, size_t *length)
{
    while (*length > 0 && (*line)[*length - 1] == '\r') --*length;
    const char *back = *length ? memrchr(*line, '\r', *length) : NULL;
    if (!back) return;
    *length -= (size_t)(back + 1 - *line);
    *line = back + 1;
}

/* Before what it printed: whose it is. */
static void add_origin(struct tg_buf *b, const struct tg_command *command)
{
    tg_buf_format(b, "[%s", tg_command_instance(command));
    if (command->attempt > 1) tg_buf_format(b, ", attempt %u", command->attempt);
    tg_buf_char(b, ']');
}

static void show_line(struct tg_printed *p, const char *line, size_t length)
{
    struct tg_buf b = {0};
    add_origin(&b, p->command);
    tg_buf_char(&b, ' ');
    after_last_return(&line, &length);
    tg_buf_add(&b, line, length);
    say(p->ctx, b.data, b.length);
    tg_buf_done(&b);
}

static void show_whole_lines(struct tg_printed *p)
{
    size_t from = 0;
    const char *end;
    while ((end = memchr(p->held.data + from, '\n', p->held.length - from))) {
        size_t length = (size_t)(end - p->held.data) - from;
        show_line(p, p->held.data + from, length);
        from += length + 1;
    }
    TG_ASSERT(from <= p->held.length);
    if (from == 0 && p->held.length < TG_TAIL_BYTES) return;
    if (from == 0) { /* a line that does not end is shown in pieces */
        show_line(p, p->held.data, p->held.length);
        from = p->held.length;
    }
    p->held.length -= from;
    memmove(p->held.data, p->held.data + from, p->held.length);
}

static void show_group(struct tg_printed *p)
{
    struct tg_buf b = {0};
    add_origin(&b, p->command);
    tg_buf_char(&b, '\n');
    tg_buf_add(&b, p->held.data, p->held.length);
    while (b.data[b.length - 1] == '\n') b.length--;
    if (p->said > p->held.length)
        tg_buf_format(&b, "\n... %llu bytes more, see %s", (unsigned long long)(p->said - p->held.length),
                      p->log_path ? p->log_path : "no log");
    say(p->ctx, b.data, b.length);
    tg_buf_done(&b);
}

/* ---- the folder of logs -------------------------------------------------------------------------- */

void tg_printed_place_init(struct tg_log_place *place, enum tg_output_mode mode, const char *log_folder)
{
    time_t now = time(NULL);
    struct tm local;
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    *place = (struct tg_log_place){.mode = mode, .lock_fd = -1};
    pthread_mutex_init(&place->lock, NULL);
    place->folder = tg_alloc_format("%s/%s-%ld", log_folder ? log_folder : ".tgrun/logs", stamp, (long)getpid());
}

static char *lock_of(const char *folder)
{
    return tg_alloc_format("%s/" TG_ASIDE_LOCK, folder);
}

void tg_printed_place_done(struct tg_log_place *place)
{
    char *lock = place->lock_fd >= 0 ? lock_of(place->folder) : NULL;
    if (lock) {
        unlink(lock);
        close(place->lock_fd);
    }
    free(lock);
    free(place->folder);
    pthread_mutex_destroy(&place->lock);
}

/* "20261126-180000-123", perhaps with more behind it */
static bool is_run_name(const char *name)
{
    static const char form[] = "00000000-000000-0";
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '0' ? !tg_ascii_is_digit(name[i]) : name[i] != form[i]) return false;
    return true;
}

static int by_run_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Removes the logs in it, and it if nothing else is in there: a folder of the user's may have such a name. */
static void remove_logs_in(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (tg_path_ends(entry->d_name, ".log")) unlinkat(fd, entry->d_name, 0);
    if (dir) closedir(dir);
    else if (fd >= 0) close(fd);
}

/* Removes those of a run that is over. */
static void remove_logs(const char *folder)
{
    char *lock = lock_of(folder);
    int fd = tg_aside_lock_free(lock);
    if (fd >= 0 || errno == ENOENT) {
        remove_logs_in(folder);
        if (fd >= 0) unlink(lock);
        rmdir(folder);
    }
    if (fd >= 0) close(fd);
    free(lock);
}

/* Their names begin with their time. */
static void remove_old_logs(const char *own)
{
    TG_VEC(char *) runs = {0};
    char *all = tg_path_folder(own);
    DIR *dir = opendir(all);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (is_run_name(entry->d_name)) tg_vec_push(&runs, tg_alloc_format("%s/%s", all, entry->d_name));
    if (dir) closedir(dir);
    if (runs.count) qsort(runs.items, runs.count, sizeof *runs.items, by_run_name);
    for (size_t i = 0; i < runs.count; i++) {
        if (runs.count - i > TG_LOG_RUNS && strcmp(runs.items[i], own) != 0) remove_logs(runs.items[i]);
        free(runs.items[i]);
    }
    tg_vec_done(&runs);
    free(all);
}

/* Makes the folder; another run may have the same name, in another container. 0 or errno. */
static int log_folder_make(struct tg_log_place *place)
{
    int error = tg_path_make_parents(place->folder);
    if (error) return error;
    while (mkdir(place->folder, 0777) != 0) {
        if (errno != EEXIST) return errno;
        char *other = tg_alloc_format("%s-2", place->folder);
        free(place->folder);
        place->folder = other;
    }
    char *lock = lock_of(place->folder);
    place->lock_fd = tg_aside_lock_new(lock);
    error = place->lock_fd < 0 ? errno : 0;
    free(lock);
    if (error) rmdir(place->folder);
    else remove_old_logs(place->folder);
    return error;
}

/* Makes it before the first log; then logs that are too many go. */
static int log_place_open(struct tg_log_place *place)
{
    pthread_mutex_lock(&place->lock);
    int error = place->lock_fd < 0 ? log_folder_make(place) : 0;
    pthread_mutex_unlock(&place->lock);
    return error;
}

static char *log_folder(struct tg_log_place *place)
{
    pthread_mutex_lock(&place->lock);
    char *folder = tg_alloc_text(place->folder);
    pthread_mutex_unlock(&place->lock);
    return folder;
}

/* ---- the log ------------------------------------------------------------------------------------- */

static void log_fails(struct tg_printed *p, int error)
{
    p->log_failed = true;
    if (atomic_exchange(&p->place->told, true)) return;
    char *folder = log_folder(p->place);
    tg_printed_say(p->ctx, "warning: could not write the log of task '%s' in '%s': %s", tg_command_instance(p->command), folder,
                   strerror(error));
    free(folder);
}

static void log_write(struct tg_printed *p, const char *data, size_t length)
{
    TG_ASSERT(p->log_failed || p->log_fd >= 0);
    while (length > 0 && !p->log_failed) {
        ssize_t n = write(p->log_fd, data, length);
        if (n > 0) data += n, length -= (size_t)n;
        else if (n == 0 || errno != EINTR) log_fails(p, n == 0 ? EIO : errno);
    }
}

/* The task's name with anything a file name should not have replaced. Each attempt has a log of its own. */
static char *log_name(const struct tg_printed *p, const char *folder)
{
    struct tg_buf b = {0};
    tg_buf_format(&b, "%s/", folder);
    size_t from = b.length;
    for (const char *at = p->command->name; *at && b.length - from < 100; at++) {
        bool plain = tg_ascii_is_name_byte(*at) || *at == '-' || (*at == '.' && b.length > from);
        tg_buf_char(&b, plain ? *at : '_');
    }
    tg_buf_format(&b, "-%u", p->ctx->task);
    if (p->command->attempt > 1) tg_buf_format(&b, "-attempt-%u", p->command->attempt);
    tg_buf_text(&b, ".log");
    return tg_buf_take(&b);
}

/* Opens the file; somebody may have removed the folder since it was made. */
static int log_open_file(struct tg_printed *p, const char *path)
{
    int error = 0, flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
    p->log_fd = open(path, flags, 0666);
    if (p->log_fd >= 0 || errno != ENOENT) return p->log_fd >= 0 ? 0 : errno;
    error = tg_path_make_parents(path);
    if (!error && (p->log_fd = open(path, flags, 0666)) < 0) error = errno;
    return error;
}

/* 0 or errno. */
static int log_try(struct tg_printed *p)
{
    int error = log_place_open(p->place);
    char *folder = log_folder(p->place), *path = log_name(p, folder);
    if (!error) error = log_open_file(p, path);
    free(folder);
    if (error) free(path);
    else p->log_path = path;
    return error;
}

/* Other commands may have all descriptors just now. It is not waited long for them, as they may wait for one, too, and not for
 * what has been waited for in vain. */
static bool log_may_try_again(const struct tg_printed *p, int looks)
{
    if (looks == LOG_LOOKS || atomic_load(&p->place->told)) return false;
    tg_clock_sleep(LOG_LOOK_NS);
    return true;
}

static void log_open(struct tg_printed *p)
{
    if (p->log_path || p->log_failed) return;
    int error = log_try(p);
    for (int looks = 0; tg_claim_is_shortage(error) && log_may_try_again(p, looks); looks++) error = log_try(p);
    if (error) log_fails(p, error);
}

static const struct tg_secrets *secrets_of(const struct tg_printed *p)
{
    return p->ctx->services->secrets;
}

/* Opens the log; what the step is goes before what it printed. */
static void log_begin(struct tg_printed *p)
{
    log_open(p);
    if (!p->step) return;
    char *line = tg_cmdtext_line(p->command, p->step, TG_CMDTEXT_SHOWN), *title = tg_secrets_hidden(secrets_of(p), line);
    log_write(p, "$ ", 2);
    log_write(p, title, strlen(title));
    log_write(p, "\n", 1);
    free(title);
    free(line);
    p->step = NULL;
}

/* The end of what was left out, from the tail. */
static void log_end_of_rest(struct tg_printed *p)
{
    if (!p->left_out) return;
    size_t shown = p->left_out < p->tail.length ? (size_t)p->left_out : p->tail.length;
    char *line = tg_alloc_format("\n... %llu bytes left out ...\n", (unsigned long long)(p->left_out - shown));
    if (p->left_out > shown) log_write(p, line, strlen(line));
    log_write(p, p->tail.data + p->tail.length - shown, shown);
    p->left_out = 0;
    free(line);
}

static void log_output(struct tg_printed *p, const char *data, size_t length)
{
    uint64_t room = TG_LOG_BYTES - p->logged;
    size_t fits = length < room ? length : (size_t)room;
    log_begin(p);
    if (fits) log_write(p, data, fits);
    p->logged += fits;
    p->left_out += length - fits;
}

void tg_printed_note(struct tg_printed *p, const char *data, size_t length)
{
    log_end_of_rest(p);
    log_begin(p);
    log_write(p, data, length);
}

/* ---- all of it ----------------------------------------------------------------------------------- */

void tg_printed_init(struct tg_printed *p, struct tg_log_place *place, tg_ctx *ctx, const struct tg_command *command)
{
    *p = (struct tg_printed){.place = place, .ctx = ctx, .command = command, .log_fd = -1};
}

void tg_printed_step(struct tg_printed *p, const struct tg_step *step)
{
    log_end_of_rest(p);
    p->step = step;
}

static void keep_tail(struct tg_printed *p, const char *data, size_t length)
{
    if (length > TG_TAIL_BYTES) {
        data += length - TG_TAIL_BYTES;
        length = TG_TAIL_BYTES;
        p->cut = true;
    }
    if (p->tail.length + length > 2 * TG_TAIL_BYTES) {
        size_t drop = p->tail.length - TG_TAIL_BYTES;
        memmove(p->tail.data, p->tail.data + drop, TG_TAIL_BYTES);
        p->tail.length = TG_TAIL_BYTES;
        p->cut = true;
    }
    tg_buf_add(&p->tail, data, length);
    TG_ASSERT(p->tail.length <= 2 * TG_TAIL_BYTES);
}

/* Of what is shown at the end. */
static void hold_back(struct tg_printed *p, const char *data, size_t length)
{
    size_t room = TG_GROUPED_BYTES - p->held.length;
    p->said += length;
    tg_buf_add(&p->held, data, length < room ? length : room);
    TG_ASSERT(p->held.length <= TG_GROUPED_BYTES);
}

/* A part without secrets. more: it is what the command has to say. */
static void add_shown(struct tg_printed *p, bool more, const char *data, size_t length)
{
    if (length == 0) return;
    p->bytes += length;
    keep_tail(p, data, length);
    log_output(p, data, length);
    if (p->place->mode == TG_SHOW_GROUPED || (more && p->place->mode == TG_SHOW_FAILED)) {
        hold_back(p, data, length);
    } else if (p->place->mode == TG_SHOW_LIVE) {
        tg_buf_add(&p->held, data, length);
        show_whole_lines(p);
    }
}

static void pass_output(struct tg_printed *p, bool more, const char *data, size_t length, bool last)
{
    struct tg_buf shown = {0};
    tg_secret_stream_add(&p->streams[more], secrets_of(p), data, length, last, &shown);
    add_shown(p, more, shown.data, shown.length);
    tg_buf_done(&shown);
}

static void show_output(struct tg_printed *p, bool more, const char *data, size_t length)
{
    if (tg_secrets_any(secrets_of(p))) pass_output(p, more, data, length, false);
    else add_shown(p, more, data, length);
}

void tg_printed_add(struct tg_printed *p, const char *data, size_t length)
{
    show_output(p, false, data, length);
}

void tg_printed_say_more(struct tg_printed *p, const char *data, size_t length)
{
    show_output(p, true, data, length);
}

void tg_printed_flush(struct tg_printed *p)
{
    for (int more = 0; more < 2; more++)
        if (p->streams[more].held.length || p->streams[more].covered) pass_output(p, more, "", 0, true);
}

void tg_printed_end(struct tg_printed *p, bool failed)
{
    tg_printed_flush(p);
    log_end_of_rest(p);
    if (p->held.length == 0 || (failed && p->place->mode == TG_SHOW_FAILED)) return;
    if (p->place->mode == TG_SHOW_LIVE) show_line(p, p->held.data, p->held.length);
    else show_group(p);
    p->held.length = 0;
}

void tg_printed_tail(const struct tg_printed *p, const char *heading, struct tg_buf *b)
{
    const char *end = p->tail.data + p->tail.length;
    while (p->tail.data && end > p->tail.data && (end[-1] == '\n' || end[-1] == '\r')) end--;
    if (end == p->tail.data) return;
    TG_ASSERT(end > p->tail.data && end <= p->tail.data + p->tail.length);
    const char *from = end;
    for (int lines = 0; from > p->tail.data; from--)
        if (from[-1] == '\n' && ++lines == TG_SHOWN_LINES) break;
    bool cut = p->cut || from > p->tail.data;
    if (cut) tg_buf_format(b, "\n%s, last %d lines:", heading, TG_SHOWN_LINES);
    else tg_buf_format(b, "\n%s:", heading);
    while (from <= end) {
        const char *newline = memchr(from, '\n', (size_t)(end - from));
        const char *line = from;
        size_t length = (size_t)((newline ? newline : end) - from);
        after_last_return(&line, &length);
        tg_buf_text(b, "\n    ");
        tg_printed_clean(b, line, length);
        if (!newline) break;
        from = newline + 1;
    }
}

void tg_printed_done(struct tg_printed *p)
{
    if (p->log_fd >= 0) close(p->log_fd);
    free(p->log_path);
    for (int i = 0; i < 2; i++) tg_secret_stream_done(&p->streams[i]);
    tg_buf_done(&p->tail);
    tg_buf_done(&p->held);
}
