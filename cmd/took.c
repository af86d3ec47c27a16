/* SPDX-License-Identifier: MIT
 * Numbers of a run that is over, in words. */
#include "cmd/took.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/term.h"
#include "engine/command/command.h"
#include "engine/command/oom.h"
#include "engine/remote/pool.h"

/* Rows of a table, at most; steps of the critical path that are told one by one; results that are named. */
#define ROWS_SHOWN 20
#define STEPS_SHOWN 10
#define HELD_SHOWN 4

/* Of the time of a step. */
#define STEP_COLUMNS 12

/* Of a name. */
#define NAME_COLUMNS 32

/* ---- finding ------------------------------------------------------------------------------------- */

void tg_took_find(struct tg_took *t, const struct tg_run *run, double seconds, const struct tg_progress *seen,
                  const struct tg_account *account)
{
    const struct tg_services *services = run->options.services;
    *t = (struct tg_took){.seconds = seconds, .jobs = run->options.jobs, .seen = seen, .account = account};
    t->workers = atomic_load_explicit(&run->worker_count, memory_order_acquire);
    t->offered_ns = t->workers * (run->drive_end_ns - run->drive_ns);
    t->busy_ns = t->offered_ns > run->idle_ns ? t->offered_ns - run->idle_ns : 0;
    t->own = tg_usage_of_process(getpid());
    if (services->commands) t->commands = tg_commands_used(services->commands);
    if (services->executors) t->executors = tg_pool_used(services->executors, &t->executor_count);
}

size_t tg_took_numbers(const struct tg_took *t, const struct tg_run *run, struct tg_eventfile_number *out)
{
    const struct tg_eventfile_number numbers[] = {
        {"caught", run->caught_count},
        {"allowed", run->allowed_count},
        {"retried", run->retried_count},
        {"busy", t->busy_ns},
        {"path", t->account ? t->account->path_ns : 0},
        {"results", t->account ? t->account->top_bytes : 0},
        {"cpu", t->own.cpu_ns},
        {"memory", t->own.peak_bytes},
        {"commands_cpu", t->commands.cpu_ns},
        {"commands_memory", t->commands.peak_bytes},
        {"executors", t->executor_count},
        {"executors_cpu", t->executors.cpu_ns},
        {"executors_memory", t->executors.peak_bytes},
    };
    _Static_assert(sizeof numbers / sizeof *numbers <= TG_TOOK_NUMBERS, "no room");
    memcpy(out, numbers, sizeof numbers);
    return sizeof numbers / sizeof *numbers;
}

/* ---- words --------------------------------------------------------------------------------------- */

void tg_took_duration(struct tg_buf *b, double seconds)
{
    unsigned long whole = (unsigned long)seconds;
    if (seconds < 1) tg_buf_format(b, "%.2f s", seconds);
    else if (seconds < 60) tg_buf_format(b, "%.1f s", seconds);
    else if (whole < 3600) tg_buf_format(b, "%lu min %lu s", whole / 60, whole % 60);
    else tg_buf_format(b, "%lu h %lu min", whole / 3600, whole % 3600 / 60);
}

/* The same, of what may take less than a look at the clock. */
static void add_span(struct tg_buf *b, uint64_t ns)
{
    static const char *const units[] = {"ns", "us", "ms"};
    double count = (double)ns;
    size_t unit = 0;
    for (; count >= 999.5 && unit < 3; unit++) count /= 1000;
    if (unit == 3) tg_took_duration(b, (double)ns / 1e9);
    else tg_buf_format(b, count < 9.95 && unit ? "%.1f %s" : "%.0f %s", count, units[unit]);
}

static unsigned percent(uint64_t part, uint64_t whole)
{
    return whole ? (unsigned)(100.0 * (double)part / (double)whole + 0.5) : 0;
}

static const char *more_than_one(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- a line -------------------------------------------------------------------------------------- */

/* The slowest of those that are no helpers, as kept account of, and in *all the time of all. */
static size_t find_slowest(const struct tg_account *a, struct tg_progress_slow *out, uint64_t *all)
{
    size_t count = 0;
    *all = 0;
    for (size_t i = 0; i < a->of.count; i++) {
        const struct tg_account_of *of = &a->of.items[i];
        *all += of->total_ns;
        if (count < TG_PROGRESS_SLOWEST && !tg_def_is_helper(of->def))
            out[count++] = (struct tg_progress_slow){.def = of->def, .ns = of->total_ns};
    }
    return count;
}

/* Where all that ran has one name, that says nothing. */
static void add_slowest(struct tg_buf *b, const struct tg_took *t)
{
    const char *between = "; most time in ";
    struct tg_progress_slow exact[TG_PROGRESS_SLOWEST];
    const struct tg_progress_slow *slowest = t->account ? exact : t->seen ? t->seen->slowest : NULL;
    uint64_t all = t->seen ? t->seen->busy_ns : 0;
    size_t count = t->account ? find_slowest(t->account, exact, &all) : t->seen ? t->seen->slowest_count : 0;
    if (!count || percent(slowest[0].ns, all) >= 98) return;
    for (size_t i = 0; i < count; i++) {
        unsigned part = percent(slowest[i].ns, all);
        if (part < 5) break;
        tg_buf_format(b, "%s%s (%u%%)", between, slowest[i].def->name, part);
        between = ", ";
    }
}

/* "120 MiB, of a command 1.2 GiB, of an executor 300 MiB" */
static void add_peaks(struct tg_buf *b, const struct tg_took *t)
{
    tg_oom_size(b, t->own.peak_bytes);
    if (t->commands.peak_bytes) tg_buf_text(b, ", of a command "), tg_oom_size(b, t->commands.peak_bytes);
    if (t->executors.peak_bytes) tg_buf_text(b, ", of an executor "), tg_oom_size(b, t->executors.peak_bytes);
}

void tg_took_line(struct tg_buf *b, const struct tg_took *t)
{
    add_slowest(b, t);
    if (t->account && t->account->path_ns) tg_buf_text(b, "; critical path "), add_span(b, t->account->path_ns);
    if (t->offered_ns)
        tg_buf_format(b, "; %u worker%s %u%% busy", t->workers, more_than_one(t->workers), percent(t->busy_ns, t->offered_ns));
    if (t->own.peak_bytes) tg_buf_text(b, "; peak memory "), add_peaks(b, t);
}

/* ---- a table of names ---------------------------------------------------------------------------- */

enum { NAME, COUNT, TOTAL, MEAN, MAX, CPU, MEMORY, CELLS };

struct took_row {
    char *cells[CELLS]; /* heap; "": nothing to be said */
};

static char *span_text(uint64_t ns)
{
    struct tg_buf b = {0};
    add_span(&b, ns);
    return tg_buf_take(&b);
}

static struct took_row row_of(const char *name, const struct tg_account_of *of)
{
    struct tg_buf shown = {0}, memory = {0};
    tg_term_short(&shown, name, strlen(name), NAME_COLUMNS);
    if (of->used.peak_bytes) tg_oom_size(&memory, of->used.peak_bytes);
    return (struct took_row){{tg_buf_take(&shown), tg_alloc_format("%u", of->count), span_text(of->total_ns),
                              span_text(of->count ? of->total_ns / of->count : 0), span_text(of->max_ns),
                              of->used.cpu_ns ? span_text(of->used.cpu_ns) : tg_alloc_text(""),
                              memory.length ? tg_buf_take(&memory) : tg_alloc_text("")}};
}

static unsigned columns_of(const char *text)
{
    unsigned width = 0;
    for (size_t i = 0, length = strlen(text); i < length;) {
        struct tg_glyph g = tg_term_glyph(text + i, length - i);
        width += g.width;
        i += g.bytes;
    }
    return width;
}

/* Names to the left, numbers to the right; of what no row has there is no column. Frees them. */
static void add_rows(struct tg_buf *b, struct took_row *rows, size_t count)
{
    static const char *const heads[CELLS] = {"task", "count", "total", "mean", "max", "CPU", "memory"};
    unsigned widths[CELLS] = {0};
    for (size_t i = 0; i < count; i++)
        for (int c = 0; c < CELLS; c++)
            if (columns_of(rows[i].cells[c]) > widths[c]) widths[c] = columns_of(rows[i].cells[c]);
    for (int c = 0; c < CELLS; c++)
        if (widths[c] && widths[c] < strlen(heads[c])) widths[c] = (unsigned)strlen(heads[c]);
    for (size_t i = 0; i < count + 1; i++) {
        tg_buf_text(b, "\n");
        for (int c = 0; c < CELLS; c++) {
            const char *cell = i ? rows[i - 1].cells[c] : heads[c];
            if (!widths[c]) continue;
            tg_buf_text(b, "  ");
            if (c == NAME) tg_buf_text(b, cell);
            tg_buf_fill(b, ' ', widths[c] - columns_of(cell));
            if (c != NAME) tg_buf_text(b, cell);
        }
        while (b->data[b->length - 1] == ' ') b->data[--b->length] = 0;
    }
    for (size_t i = 0; i < count; i++)
        for (int c = 0; c < CELLS; c++) free(rows[i].cells[c]);
}

/* Helpers are one row, and so is what has no room. */
static void add_names_took(struct tg_buf *b, const struct tg_account *a)
{
    struct took_row rows[ROWS_SHOWN + 2];
    struct tg_account_of helpers = {0}, others = {0};
    size_t count = 0, other_count = 0;
    for (size_t i = 0; i < a->of.count; i++) {
        const struct tg_account_of *of = &a->of.items[i];
        if (!of->count && !of->total_ns) continue;
        if (tg_def_is_helper(of->def)) tg_account_join(&helpers, of);
        else if (count < ROWS_SHOWN) rows[count++] = row_of(of->def->name, of);
        else tg_account_join(&others, of), other_count++;
    }
    char *more = tg_alloc_format("(%zu other%s)", other_count, more_than_one(other_count));
    if (other_count) rows[count++] = row_of(more, &others);
    if (helpers.count) rows[count++] = row_of("(helpers)", &helpers);
    free(more);
    if (count) add_rows(b, rows, count);
}

/* ---- the critical path --------------------------------------------------------------------------- */

static int by_step_ns(const void *va, const void *vb)
{
    uint64_t a = *(const uint64_t *)va, b = *(const uint64_t *)vb;
    return (a < b) - (a > b);
}

/* What a step must take at least to be told. */
static uint64_t least_of_steps(const struct tg_account *a)
{
    uint64_t small = a->path_ns / 100;
    if (a->path.count <= STEPS_SHOWN) return small;
    uint64_t *all = tg_alloc(a->path.count * sizeof *all);
    for (size_t i = 0; i < a->path.count; i++) all[i] = a->path.items[i].ns;
    qsort(all, a->path.count, sizeof *all, by_step_ns);
    uint64_t least = all[STEPS_SHOWN - 1];
    free(all);
    return least > small ? least : small;
}

static void add_step_span(struct tg_buf *b, uint64_t ns)
{
    char *span = span_text(ns);
    tg_buf_format(b, "\n  %*s  ", STEP_COLUMNS, span);
    free(span);
}

static void add_took_step(struct tg_buf *b, const struct tg_account_step *step, const struct tg_sources *sources)
{
    struct tg_place place;
    const char *name = step->site->def->name;
    add_step_span(b, step->ns);
    tg_term_short(b, name, strlen(name), NAME_COLUMNS);
    if (step->count > 1) tg_buf_format(b, " x %u", step->count);
    if (tg_sources_place(sources, step->site->span, &place))
        tg_buf_format(b, "  %s:%u:%u", place.source->name, place.line, place.column);
}

/* In the order of time; those that took the least are left out. */
static void add_critical_path(struct tg_buf *b, const struct tg_account *a, const struct tg_sources *sources)
{
    uint64_t least = least_of_steps(a), rest_ns = 0;
    size_t rest = 0, shown = 0;
    if (!a->path_ns) return;
    tg_buf_text(b, "\n  critical path: ");
    add_span(b, a->path_ns);
    for (size_t i = 0; i < a->path.count; i++) {
        const struct tg_account_step *step = &a->path.items[i];
        if (step->ns >= least && shown < STEPS_SHOWN) add_took_step(b, step, sources), shown++;
        else rest += step->count, rest_ns += step->ns;
    }
    if (!rest) return;
    add_step_span(b, rest_ns);
    tg_buf_format(b, "%zu other step%s", rest, more_than_one(rest));
}

/* ---- memory -------------------------------------------------------------------------------------- */

struct took_holder {
    const char *name;
    uint64_t bytes;
};

static int by_held_bytes(const void *va, const void *vb)
{
    const struct took_holder *a = va, *b = vb;
    if (a->bytes != b->bytes) return a->bytes > b->bytes ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* What held results when they took the most, the largest first; helpers are one. */
static void add_results_held(struct tg_buf *b, const struct tg_account *a)
{
    struct took_holder *all = tg_alloc((a->of.count + 1) * sizeof *all), helpers = {"in lists, records and the like", 0};
    size_t count = 0;
    uint64_t told = 0;
    for (size_t i = 0; i < a->of.count; i++) {
        const struct tg_account_of *of = &a->of.items[i];
        if (tg_def_is_helper(of->def)) helpers.bytes += of->bytes_at_top;
        else if (of->bytes_at_top) all[count++] = (struct took_holder){of->def->name, of->bytes_at_top};
    }
    if (helpers.bytes) all[count++] = helpers;
    qsort(all, count, sizeof *all, by_held_bytes);
    for (size_t i = 0; i < count && i < HELD_SHOWN; i++) {
        tg_buf_text(b, i ? ", " : ": "), tg_oom_size(b, all[i].bytes);
        tg_buf_format(b, " %s", all[i].name);
        told += all[i].bytes;
    }
    if (told && told < a->top_bytes) tg_buf_text(b, ", "), tg_oom_size(b, a->top_bytes - told), tg_buf_text(b, " others");
    free(all);
}

static void add_cpu(struct tg_buf *b, const struct tg_took *t)
{
    tg_buf_text(b, "\n  CPU: ");
    add_span(b, t->own.cpu_ns);
    tg_buf_text(b, " tgrun");
    if (t->commands.cpu_ns) tg_buf_text(b, ", "), add_span(b, t->commands.cpu_ns), tg_buf_text(b, " commands");
    if (t->executors.cpu_ns) tg_buf_text(b, ", "), add_span(b, t->executors.cpu_ns), tg_buf_text(b, " executors");
}

void tg_took_table(struct tg_buf *b, const struct tg_took *t, const struct tg_sources *sources)
{
    const struct tg_account *a = t->account;
    if (a) add_names_took(b, a), add_critical_path(b, a, sources);
    if (t->offered_ns) tg_buf_format(b, "\n  workers: %u", t->workers);
    if (t->offered_ns && t->jobs > t->workers) tg_buf_format(b, " of %u", t->jobs);
    if (t->offered_ns) tg_buf_format(b, ", %u%% busy", percent(t->busy_ns, t->offered_ns));
    if (t->own.cpu_ns) add_cpu(b, t);
    if (a && a->top_bytes)
        tg_buf_text(b, "\n  memory of results, at most: "), tg_oom_size(b, a->top_bytes), add_results_held(b, a);
    if (t->own.peak_bytes) tg_buf_text(b, "\n  memory of processes, at most: "), add_peaks(b, t);
}
