/* SPDX-License-Identifier: MIT
 * Blues for what is done, and the hues of Okabe and Ito for the other states, all so light that dark text is read on them. */
#include "engine/draw/paint.h"

#include <math.h>

#include "engine/base/assert.h"

/* From the least that counts to what counts most. */
static const enum tg_fate by_weight[TG_FATES] = {TG_FATE_DONE,    TG_FATE_NEVER,  TG_FATE_SKIPPED,
                                                 TG_FATE_RUNNING, TG_FATE_CAUGHT, TG_FATE_FAILED};

void tg_paint_add(struct tg_paint_tally *t, struct tg_fate_of of, const char *message)
{
    TG_ASSERT(of.fate < TG_FATES);
    t->of[of.fate]++;
    t->timed += of.fate != TG_FATE_NEVER && of.fate != TG_FATE_SKIPPED;
    t->busy_ns += of.busy_ns;
    if (message && !t->message) t->message = message;
}

/* ---- time ---------------------------------------------------------------------------------------- */

/* Of one task; 0: nothing is known. */
static uint64_t mean_ns(const struct tg_paint_tally *t)
{
    return t->timed ? t->busy_ns / t->timed : 0;
}

void tg_paint_measure(struct tg_paint_scale *s, const struct tg_paint_tally *t)
{
    uint64_t ns = mean_ns(t);
    if (ns == 0) return;
    if (!s->least_ns || ns < s->least_ns) s->least_ns = ns;
    if (ns > s->most_ns) s->most_ns = ns;
}

void tg_paint_settle(struct tg_paint_scale *s)
{
    if (!s->least_ns) return;
    double doublings = log2((double)s->most_ns / (double)s->least_ns);
    s->depths = doublings >= TG_PAINT_DEPTHS - 1 ? TG_PAINT_DEPTHS : 1 + (unsigned)doublings;
}

unsigned tg_paint_depth(const struct tg_paint_scale *s, const struct tg_paint_tally *t)
{
    uint64_t ns = mean_ns(t);
    unsigned depth = 0;
    while (ns && depth + 1 < s->depths && ns > tg_paint_bound_ns(s, depth)) depth++;
    return depth;
}

uint64_t tg_paint_bound_ns(const struct tg_paint_scale *s, unsigned depth)
{
    TG_ASSERT(depth < s->depths);
    if (depth + 1 == s->depths) return s->most_ns;
    return (uint64_t)((double)s->least_ns * pow((double)s->most_ns / (double)s->least_ns, (depth + 1.0) / s->depths));
}

/* Two digits that count, below ten of a unit. */
static void add_amount(struct tg_buf *b, double amount, const char *unit)
{
    tg_buf_format(b, "%.*f %s", amount < 9.95 ? 1 : 0, amount, unit);
}

void tg_paint_time(struct tg_buf *b, uint64_t ns, bool ascii)
{
    unsigned long s = (unsigned long)((ns + 500000000) / 1000000000);
    if (ns < 1000) tg_buf_format(b, "%u ns", (unsigned)ns);
    else if (ns < 999500) add_amount(b, (double)ns / 1e3, ascii ? "us" : "\u00b5s");
    else if (ns < 999500000) add_amount(b, (double)ns / 1e6, "ms");
    else if (s < 60) add_amount(b, (double)ns / 1e9, "s");
    else if (s < 3600) tg_buf_format(b, "%lu:%02lu min", s / 60, s % 60);
    else tg_buf_format(b, "%lu:%02lu h", s / 3600, s % 3600 / 60);
}

/* ---- states -------------------------------------------------------------------------------------- */

enum tg_fate tg_paint_chief(const struct tg_paint_tally *t)
{
    enum tg_fate chief = TG_FATE_DONE;
    for (size_t i = 0; i < TG_FATES; i++) {
        bool counts = by_weight[i] >= TG_FATE_CAUGHT || by_weight[i] == TG_FATE_RUNNING;
        if (t->of[by_weight[i]] > (counts ? 0 : t->of[chief])) chief = by_weight[i];
    }
    return chief;
}

struct tg_paint tg_paint(enum tg_fate fate, unsigned depth)
{
    static const char dark[] = "#1e293b";
    static const char *const depths[TG_PAINT_DEPTHS] = {"#f0f6fc", "#d0e4f5", "#a6cdec", "#78b3e1", "#4a97d3"};
    static const struct tg_paint fates[TG_FATES] = {
        [TG_FATE_NEVER] = {.fill = "#ffffff", .line = "#94a3b8", .text = "#64748b", .dotted = true},
        [TG_FATE_RUNNING] = {.fill = "#faf3a5", .line = "#8a7f00", .text = dark, .thick = true},
        [TG_FATE_SKIPPED] = {.fill = "#e2e2e2", .line = "#6b6b6b", .text = dark, .dashed = true},
        [TG_FATE_CAUGHT] = {.fill = "#fbd38a", .line = "#b87700", .text = dark, .dashed = true, .thick = true},
        [TG_FATE_FAILED] = {.fill = "#f4a27a", .line = "#b83c00", .text = dark, .thick = true},
    };
    TG_ASSERT(fate < TG_FATES && depth < TG_PAINT_DEPTHS);
    if (fate != TG_FATE_DONE) return fates[fate];
    return (struct tg_paint){.fill = depths[depth], .line = "#1f5f9f", .text = dark};
}

const char *tg_paint_word(enum tg_fate fate)
{
    static const char *const words[TG_FATES] = {"never", "running", "done", "skipped", "caught", "failed"};
    TG_ASSERT((size_t)fate < TG_COUNT(words));
    return words[fate];
}

static void add_times(struct tg_buf *b, const struct tg_paint_tally *t, const char *between, bool ascii)
{
    if (!t->busy_ns) return;
    tg_buf_text(b, between);
    tg_paint_time(b, t->busy_ns, ascii);
    if (t->timed < 2) return;
    tg_buf_text(b, ", ");
    tg_paint_time(b, mean_ns(t), ascii);
    tg_buf_text(b, " each");
}

void tg_paint_words(struct tg_buf *b, const struct tg_paint_tally *t, const char *newline, bool ascii)
{
    uint32_t count = 0;
    const char *between = "";
    for (size_t i = 0; i < TG_FATES; i++) count += t->of[i];
    for (size_t i = 0; i < TG_FATES; i++) {
        enum tg_fate fate = by_weight[i];
        const char *word = fate == TG_FATE_NEVER ? "never ran" : tg_paint_word(fate);
        if (!t->of[fate] || (fate == TG_FATE_DONE && t->of[fate] == count && t->busy_ns)) continue; /* the time says it */
        tg_buf_text(b, between);
        if (count > 1 && t->of[fate] < count) tg_buf_format(b, "%u ", t->of[fate]);
        tg_buf_text(b, word);
        between = ", ";
    }
    add_times(b, t, count > 1 && *between ? newline : between, ascii);
}
