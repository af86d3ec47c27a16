/* SPDX-License-Identifier: MIT
 * Showing how far a run is.
 *
 * A line is put together of parts, the most important first; what has no room is left out, and a bar takes what room is left. */
#include "cmd/progress.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/screen.h"
#include "engine/base/clock.h"
#include "engine/run/seat.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)

#define LOOK_NS (100 * MS)
#define BUDGET_NS (MS / 2)     /* of a look */
#define CALM_NS (500 * MS)     /* before that there is no bar: most runs are over */
#define RECENT_NS (1 * SECOND) /* so long a definition is shown that has ended a task */

#define NAMES_MOST 8
#define BAR_LEAST 10
#define BAR_MOST 40

const char *const tg_progress_words[] = {"auto", "bar", "lines", "none", NULL}; /* enum tg_progress_mode */

/* ---- parts of a line ----------------------------------------------------------------------------- */

struct progress_row {
    struct tg_buf *b;
    unsigned width, most; /* in columns */
    bool color;
};

static unsigned width_of(const char *text, size_t length)
{
    unsigned width = 0;
    for (size_t i = 0; i < length;) {
        struct tg_glyph g = tg_term_glyph(text + i, length - i);
        width += g.width;
        i += g.bytes;
    }
    return width;
}

/* Adds the part, in a colour ("": none), if there is room for all of it. */
static __attribute__((format(printf, 3, 4))) bool put_part(struct progress_row *l, const char *color, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = tg_alloc_vformat(format, args);
    va_end(args);
    unsigned width = width_of(text, strlen(text));
    bool fits = l->width + width <= l->most, painted = fits && l->color && *color;
    if (painted) tg_buf_text(l->b, color);
    if (fits) tg_term_text(l->b, text, strlen(text), 0), l->width += width;
    if (painted) tg_buf_text(l->b, "\033[0m");
    free(text);
    return fits;
}

/* A name in a field of that width. */
static void add_padded(struct progress_row *l, const char *name, unsigned field)
{
    size_t before = l->b->length;
    tg_term_short(l->b, name, strlen(name), field);
    unsigned width = width_of(l->b->data + before, l->b->length - before);
    tg_buf_fill(l->b, ' ', width < field ? field - width : 0);
    l->width += width < field ? field : width;
}

#define RED "\033[1;31m"
#define GREEN "\033[32m"
#define DIM "\033[2m"

/* "0:07", "1:02:03" */
static void add_elapsed(struct progress_row *l, uint64_t ns)
{
    unsigned long s = (unsigned long)(ns / SECOND);
    if (s < 3600) put_part(l, "", "%lu:%02lu", s / 60, s % 60);
    else put_part(l, "", "%lu:%02lu:%02lu", s / 3600, s % 3600 / 60, s % 60);
}

/* ", about 15 s left" */
static void add_time_left(struct progress_row *l, double seconds)
{
    unsigned long s = seconds > 0 ? (unsigned long)(seconds + 0.5) : 0;
    if (seconds < 0) return;
    if (s < 8) put_part(l, "", ", a few seconds left");
    else if (s < 58) put_part(l, "", ", about %lu s left", (s + 2) / 5 * 5);
    else if (s < 3570) put_part(l, "", ", about %lu min left", (s + 30) / 60);
    else if (s < 86400) put_part(l, "", ", about %lu h %lu min left", (s + 30) / 3600, (s + 30) % 3600 / 60);
    else put_part(l, "", ", about %lu days left", (s + 43200) / 86400);
}

/* "3/s", "0.5/min" */
static void add_rate(struct progress_row *l, double rate)
{
    if (rate >= 1e6) put_part(l, DIM, "  %.1fM/s", rate / 1e6);
    else if (rate >= 1e4) put_part(l, DIM, "  %.0fk/s", rate / 1e3);
    else if (rate >= 10) put_part(l, DIM, "  %.0f/s", rate);
    else if (rate >= 1) put_part(l, DIM, "  %.1f/s", rate);
    else if (rate >= 10.0 / 60) put_part(l, DIM, "  %.0f/min", rate * 60);
    else if (rate >= 0.1 / 60) put_part(l, DIM, "  %.1f/min", rate * 60);
}

/* ---- the bar ------------------------------------------------------------------------------------- */

static tg_id ended(const struct tg_standing *s)
{
    return s->done + s->failed + s->skipped;
}

/* "[######----]", of what has ended. */
static void add_gauge(struct tg_buf *b, const struct tg_standing *s, unsigned width, bool color)
{
    unsigned full = s->total ? (unsigned)((uint64_t)ended(s) * width / s->total) : 0;
    tg_buf_text(b, " [");
    if (color) tg_buf_text(b, s->told ? RED : GREEN);
    tg_buf_fill(b, '#', full);
    if (color) tg_buf_text(b, "\033[0m");
    tg_buf_fill(b, '-', width - full);
    tg_buf_text(b, "]");
}

/* "0:07 [#####-----] 45% 9/20, 1 failed, 4 running, about 15 s left"; of a graph that grows no part is known. */
static void add_first_row(struct tg_buf *b, const struct tg_standing *s, unsigned most, bool color)
{
    struct tg_buf rest = {0};
    struct progress_row head = {b, 0, most, color}, tail = {&rest, 0, most, color};
    tg_id other = s->failed > s->told ? s->failed - s->told : 0;
    add_elapsed(&head, s->elapsed_ns);
    tail.width = head.width;
    if (!s->grows) put_part(&tail, "", " %3u%%", s->total ? (unsigned)((uint64_t)ended(s) * 100 / s->total) : 0);
    put_part(&tail, "", " %u/%u%s", s->done, s->total, s->grows ? "+" : "");
    if (s->told) put_part(&tail, RED, ", %u failed", s->told);
    put_part(&tail, "", ", %u running", s->running);
    add_time_left(&tail, s->left_s);
    if (s->skipped) put_part(&tail, "", ", %u skipped", s->skipped);
    if (other) put_part(&tail, "", ", %u caught", other);
    if (s->retried) put_part(&tail, "", ", %u retried", s->retried);
    unsigned room = most > tail.width + 3 ? most - tail.width - 3 : 0;
    if (!s->grows && room >= BAR_LEAST) add_gauge(b, s, room < BAR_MOST ? room : BAR_MOST, color);
    tg_buf_add(b, tg_buf_str(&rest), rest.length);
    tg_buf_char(b, '\n');
    tg_buf_done(&rest);
}

/* "  build      12/40  1 failed  3 running  2.5/s" */
static void add_of(struct tg_buf *b, const struct tg_standing_of *of, unsigned field, unsigned most, bool color, bool counted)
{
    struct progress_row l = {b, 0, most, color};
    if (!put_part(&l, "", "  ")) return;
    add_padded(&l, of->def->name, field);
    if (of->total && counted) put_part(&l, "", "  %u/%u", tg_standing_done_of(of), of->total);
    else if (counted) put_part(&l, "", "  %u done", tg_standing_done_of(of));
    if (of->failed) put_part(&l, RED, "  %u failed", of->failed);
    if (of->running) put_part(&l, "", "  %u running", of->running);
    if (counted) add_rate(&l, of->rate);
    tg_buf_char(b, '\n');
}

static bool is_shown(const struct tg_standing *s, const struct tg_standing_of *of)
{
    return !of->helper && (of->running || (of->active_ns && s->look_ns - of->active_ns < RECENT_NS));
}

/* Those that are active, as they were met; what has no room is counted. */
static void add_active(struct tg_buf *b, const struct tg_standing *s, unsigned rows, unsigned most, bool color)
{
    unsigned field = 0, widest = most / 3, shown = 0, active = 0;
    for (size_t i = 0; i < s->of.count; i++) {
        const struct tg_standing_of *of = &s->of.items[i];
        if (!is_shown(s, of) || active++ >= rows) continue;
        unsigned width = width_of(of->def->name, strlen(of->def->name));
        if (width > field) field = width;
    }
    if (field > widest) field = widest > 5 ? widest : 5; /* a letter and dots */
    if (field + 2 > most) return;
    if (active > rows && rows) rows--;
    for (size_t i = 0; i < s->of.count && shown < rows; i++)
        if (is_shown(s, &s->of.items[i])) add_of(b, &s->of.items[i], field, most, color, s->named), shown++;
    struct progress_row l = {b, 0, most, color};
    if (active > shown && rows && put_part(&l, DIM, "  and %u more", active - shown)) tg_buf_char(b, '\n');
}

/* "  waiting: 3 for 1 of resource 'gpu', 2 for another attempt" */
static void add_waits(struct tg_buf *b, const struct tg_standing *s, unsigned most, bool color)
{
    struct progress_row l = {b, 0, most, color};
    bool any = false;
    for (size_t i = 0; i < s->wait_count; i++)
        any |= put_part(&l, "", "%s%zu for %s", any ? ", " : "  waiting: ", s->waits[i].count, s->waits[i].what);
    if (any) tg_buf_char(b, '\n');
}

void tg_progress_bar(struct tg_buf *b, const struct tg_standing *s, unsigned columns, unsigned rows, bool color)
{
    unsigned most = columns > 1 ? columns - 1 : 1, names = rows / 2 > 2 ? rows / 2 - 2 : 0;
    add_first_row(b, s, most, color);
    add_active(b, s, names < NAMES_MOST ? names : NAMES_MOST, most, color);
    if (rows > 3) add_waits(b, s, most, color);
}

/* ---- a line -------------------------------------------------------------------------------------- */

/* ": 3 build, 1 test" of those that are running. */
static void add_running_names(struct progress_row *l, const struct tg_standing *s)
{
    unsigned shown = 0;
    for (size_t i = 0; i < s->of.count && shown < 3; i++) {
        const struct tg_standing_of *of = &s->of.items[i];
        if (!of->helper && of->running) put_part(l, "", "%s%u %s", shown++ ? ", " : " (", of->running, of->def->name);
    }
    if (shown) put_part(l, "", ")");
}

void tg_progress_line(struct tg_buf *b, const struct tg_standing *s)
{
    struct progress_row l = {b, 0, UINT32_MAX / 2, false};
    put_part(&l, "", "tgrun: %u of %u%s task%s done", s->done, s->total, s->grows ? " known" : "", s->total == 1 ? "" : "s");
    if (s->told) put_part(&l, "", ", %u failed", s->told);
    if (s->skipped) put_part(&l, "", ", %u skipped", s->skipped);
    if (s->retried) put_part(&l, "", ", %u retried", s->retried);
    put_part(&l, "", ", %u running", s->running);
    add_running_names(&l, s);
    for (size_t i = 0; i < s->wait_count; i++) put_part(&l, "", ", %zu waiting for %s", s->waits[i].count, s->waits[i].what);
    add_time_left(&l, s->left_s);
    tg_buf_char(b, '\n');
}

/* ---- the thread ---------------------------------------------------------------------------------- */

/* When the next line comes behind one at that time. */
static uint64_t line_behind(uint64_t elapsed_ns)
{
    uint64_t minutes = elapsed_ns / (60 * SECOND);
    return elapsed_ns + (minutes < 1 ? 5 : minutes < 10 ? 10 : minutes < 60 ? 30 : 60) * SECOND;
}

static void draw_bar(const struct tg_progress *p, const struct tg_standing *s)
{
    struct tg_buf b = {0};
    unsigned columns, rows;
    tg_screen_size(&columns, &rows);
    tg_progress_bar(&b, s, columns, rows, p->color);
    tg_screen_bar(b.data, b.length);
    tg_buf_done(&b);
}

static void tell_line(const struct tg_standing *s)
{
    struct tg_buf b = {0};
    tg_progress_line(&b, s);
    tg_screen_write(b.data, b.length);
    tg_buf_done(&b);
}

/* False when it is over. */
static bool wait_until(struct tg_progress *p, uint64_t ns)
{
    struct timespec until = tg_clock_span(ns);
    int error = 0;
    pthread_mutex_lock(&p->lock);
    while (!p->ending && !error) error = pthread_cond_timedwait(&p->changed, &p->lock, &until);
    bool goes_on = !p->ending;
    pthread_mutex_unlock(&p->lock);
    return goes_on;
}

/* What is to be told afterwards. */
static void keep_slowest(struct tg_progress *p, const struct tg_standing *s)
{
    p->busy_ns = s->busy_ns;
    for (size_t i = 0; i < s->of.count; i++) {
        struct tg_progress_slow one = {s->of.items[i].def, s->of.items[i].busy_ns};
        for (size_t k = 0; k < TG_PROGRESS_SLOWEST && one.ns && !s->of.items[i].helper; k++) {
            struct tg_progress_slow *at = &p->slowest[k], before = *at;
            if (k < p->slowest_count && one.ns <= at->ns) continue;
            *at = one;
            if (k == p->slowest_count) p->slowest_count++, before.ns = 0;
            one = before;
        }
    }
}

static void *show(void *progress)
{
    struct tg_progress *p = progress;
    struct tg_standing s;
    uint64_t begin_ns = tg_clock_ns(), now_ns = begin_ns, line_ns = line_behind(0);
    tg_standing_begin(&s, p->run, begin_ns);
    while (wait_until(p, now_ns + LOOK_NS)) {
        now_ns = tg_clock_ns();
        tg_standing_look(&s, now_ns, BUDGET_NS);
        if (p->mode == TG_PROGRESS_BAR && s.elapsed_ns >= CALM_NS) draw_bar(p, &s);
        if (p->mode != TG_PROGRESS_LINES || s.elapsed_ns < line_ns) continue;
        line_ns = line_behind(s.elapsed_ns);
        tell_line(&s);
    }
    keep_slowest(p, &s);
    tg_standing_done(&s);
    return NULL;
}

static enum tg_progress_mode settle_mode(const struct tg_cli *cli)
{
    enum tg_progress_mode mode = (enum tg_progress_mode)cli->progress;
    const char *term = getenv("TERM");
    bool draws = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
    if (mode == TG_PROGRESS_AUTO && cli->quiet) return TG_PROGRESS_NONE;
    if (mode == TG_PROGRESS_LINES || mode == TG_PROGRESS_NONE) return mode;
    return draws ? TG_PROGRESS_BAR : TG_PROGRESS_LINES;
}

void tg_progress_begin(struct tg_progress *p, const struct tg_cli *cli, const struct tg_run *run)
{
    *p = (struct tg_progress){.mode = settle_mode(cli), .color = cli->report.color, .run = run};
    if (p->mode == TG_PROGRESS_NONE && (cli->quiet || cli->summary == TG_SUMMARY_NEVER)) return;
    sigset_t before;
    p->looks = true;
    pthread_mutex_init(&p->lock, NULL);
    tg_clock_condition(&p->changed);
    if (p->mode == TG_PROGRESS_BAR) tg_screen_begin();
    tg_seat_block_signals(&before);
    p->started = pthread_create(&p->thread, NULL, show, p) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void tg_progress_end(struct tg_progress *p)
{
    if (!p->looks) return;
    pthread_mutex_lock(&p->lock);
    p->ending = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    if (p->started) pthread_join(p->thread, NULL);
    if (p->mode == TG_PROGRESS_BAR) tg_screen_end();
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    p->looks = false;
}
