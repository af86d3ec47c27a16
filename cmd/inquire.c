/* SPDX-License-Identifier: MIT
 * One connection for each question. */
#include "cmd/inquire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "engine/base/out.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

const struct tg_opt tg_inquire_options[] = {
    {.group = "Options",
     .letter = 'q',
     .name = "quiet",
     .kind = TG_OPT_FLAG,
     .help = "say nothing if it goes well",
     .offset = TG_AT(quiet),
     .env = true},
    TG_OPTION_FOLDER,
    TG_OPTIONS_COMMON,
    {0},
};

/* An answer is never that long. */
#define ANSWER_MOST ((size_t)16 << 20)

/* ---- fields -------------------------------------------------------------------------------------- */

tg_value tg_inquire_field(tg_value record, const char *key)
{
    const tg_value *v = tg_kind(record) == TG_RECORD ? tg_record_find(record, key, strlen(key)) : NULL;
    return v ? *v : tg_nil();
}

double tg_inquire_number(tg_value record, const char *key)
{
    tg_value v = tg_inquire_field(record, key);
    return tg_kind(v) == TG_INT ? (double)v.i : tg_kind(v) == TG_FLOAT ? v.f : tg_kind(v) == TG_BOOL ? (v.bits != 0) : 0;
}

const char *tg_inquire_text(tg_value record, const char *key)
{
    tg_value v = tg_inquire_field(record, key);
    return tg_kind(v) == TG_STR ? tg_str_of(v)->data : "";
}

bool tg_inquire_has(tg_value record, const char *key)
{
    return tg_kind(tg_inquire_field(record, key)) != TG_NIL;
}

size_t tg_inquire_count(tg_value record, const char *key)
{
    tg_value v = tg_inquire_field(record, key);
    return tg_kind(v) == TG_LIST ? tg_list_of(v)->count : 0;
}

tg_value tg_inquire_item(tg_value record, const char *key, size_t i)
{
    return tg_list_of(tg_inquire_field(record, key))->items[i];
}

/* ---- asking -------------------------------------------------------------------------------------- */

static bool is_silent(long run, int error, bool *ended, struct tg_err *err)
{
    bool gone = error == ECONNRESET || error == EPIPE || error == ECONNREFUSED || error == ENOENT;
    if (ended) *ended = gone;
    if (gone) return tg_err_set(err, TG_EXIT_CANNOT, "run %ld has ended", run);
    if (error != EAGAIN) return tg_err_set(err, TG_EXIT_CANNOT, "cannot ask run %ld: %s", run, strerror(error));
    tg_err_set(err, TG_EXIT_CANNOT, "run %ld does not answer", run);
    tg_err_hint(err, "Perhaps it is stopped: `fg` in its terminal, or kill -CONT %ld, lets it go on.", run);
    return false;
}

/* The line without its end; 0 or errno, ECONNRESET if it ends before. */
static int read_line_of_run(int fd, struct tg_buf *b)
{
    while (b->length < ANSWER_MOST) {
        ssize_t n = read(fd, tg_buf_reserve(b, 65536), 65536);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return ECONNRESET;
        b->length += (size_t)n;
        if (b->data[b->length - 1] == '\n') return b->data[--b->length] = 0;
    }
    return EMSGSIZE;
}

static int exchange(long run, const char *line, struct tg_buf *b)
{
    int fd = tg_meet_connect(run), error = fd < 0 ? errno : 0;
    if (!error) error = tg_out_write(fd, line, strlen(line));
    if (!error) error = tg_out_write(fd, "\n", 1);
    if (!error) error = read_line_of_run(fd, b);
    if (fd >= 0) close(fd);
    return error;
}

static bool is_refusal(tg_value record, struct tg_err *err)
{
    if (!tg_inquire_has(record, "error")) return false;
    tg_err_set(err, TG_EXIT_USAGE, "%s", tg_inquire_text(record, "error"));
    if (tg_inquire_has(record, "hint")) tg_err_hint(err, "%s", tg_inquire_text(record, "hint"));
    return true;
}

bool tg_inquire_ask(long run, const char *line, struct tg_inquire_answer *answer, bool *ended, struct tg_err *err)
{
    *answer = (struct tg_inquire_answer){.record = tg_nil()};
    if (ended) *ended = false;
    if (strlen(line) >= TG_MEET_LINE || strchr(line, '\n')) return tg_err_set(err, TG_EXIT_USAGE, "no task has such a name");
    int error = exchange(run, line, &answer->text);
    bool good = error ? is_silent(run, error, ended, err)
                      : tg_value_from_json(tg_buf_str(&answer->text), answer->text.length, &answer->record, err);
    if (good && is_refusal(answer->record, err)) good = false;
    if (!good) tg_inquire_done(answer);
    return good;
}

void tg_inquire_done(struct tg_inquire_answer *answer)
{
    tg_value_unref(answer->record);
    tg_buf_done(&answer->text);
    *answer = (struct tg_inquire_answer){.record = tg_nil()};
}

/* ---- which run ----------------------------------------------------------------------------------- */

bool tg_inquire_is_run(const char *word)
{
    return strcmp(word, ".") == 0 || (*word && strspn(word, "0123456789") == strlen(word));
}

static bool is_none(const tg_meet_runs *runs, const char *word, struct tg_err *err)
{
    struct tg_buf b = {0};
    if (word && runs->count) tg_err_set(err, TG_EXIT_USAGE, "there is no run %s in this folder", word);
    else if (runs->count) tg_err_set(err, TG_EXIT_USAGE, "%zu runs are going on in this folder: say which", runs->count);
    else tg_err_set(err, TG_EXIT_CANNOT, "no run is going on in this folder");
    for (size_t i = 0; i < runs->count; i++) tg_buf_format(&b, "%s%ld", i ? ", " : "", runs->items[i]);
    if (runs->count) tg_err_hint(err, "There %s %s.", runs->count == 1 ? "is" : "are", b.data);
    else tg_err_hint(err, "Runs are found in the folder where they were started; -C DIR looks in another one.");
    tg_buf_done(&b);
    return false;
}

bool tg_inquire_find(const char *word, long *run, struct tg_err *err)
{
    tg_meet_runs runs = {0};
    bool only = !word || strcmp(word, ".") == 0, good = tg_meet_list(&runs, err);
    bool found = only ? runs.count == 1 : false;
    *run = only ? (found ? runs.items[0] : 0) : strtol(word, NULL, 10);
    for (size_t i = 0; i < runs.count && !only; i++) found = found || runs.items[i] == *run;
    if (good && !found) good = is_none(&runs, only ? NULL : word, err);
    tg_vec_done(&runs);
    return good;
}
