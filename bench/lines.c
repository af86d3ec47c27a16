/* SPDX-License-Identifier: MIT
 * What the events or the trace of a run cost when a program in C writes the same bytes, from numbers, with fprintf.
 *
 *     lines events|trace FILE OUT   reads FILE, which is not measured, and writes it to OUT, which is: prints wall_ns, cpu_ns, bytes
 *
 * Lines of tasks that are done are written from their numbers, the few others as they are. A trace is brought to disk at the end, as by
 * tgrun. The exit status is 1 if not the same came of it. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/work.h"

#define NAME_BYTES 64

struct written {
    char *line; /* as it is; NULL: of numbers */
    unsigned long long time, began, id, site, worker;
    unsigned long long part[2]; /* of a trace: thousandths */
    char name[NAME_BYTES], place[NAME_BYTES];
};

static const char event[] = "{\"event\":\"done\",\"time\":%llu,\"id\":%llu,\"site\":%llu,\"worker\":%llu,\"began\":%llu}\n";
static const char slice[] =
    "{\"ph\":\"X\",\"pid\":1,\"tid\":%llu,\"ts\":%llu.%03llu,\"dur\":%llu.%03llu,\"name\":\"%s\",\"cat\":\"task\","
    "\"args\":{\"id\":%llu,\"place\":\"%s\"}},\n";
static const char slice_form[] =
    "{\"ph\":\"X\",\"pid\":1,\"tid\":%llu,\"ts\":%llu.%3llu,\"dur\":%llu.%3llu,\"name\":\"%63[^\"]\",\"cat\":"
    "\"task\",\"args\":{\"id\":%llu,\"place\":\"%63[^\"]\"}},";

static void write_one(FILE *out, const struct written *w, bool trace)
{
    if (w->line) fputs(w->line, out);
    else if (trace) fprintf(out, slice, w->worker, w->time, w->part[0], w->began, w->part[1], w->name, w->id, w->place);
    else fprintf(out, event, w->time, w->id, w->site, w->worker, w->began);
}

static bool read_numbers(const char *line, struct written *w, bool trace)
{
    if (!trace) return sscanf(line, event, &w->time, &w->id, &w->site, &w->worker, &w->began) == 5;
    return sscanf(line, slice_form, &w->worker, &w->time, &w->part[0], &w->began, &w->part[1], w->name, &w->id, w->place) == 8;
}

/* A line, as numbers if it is the same again then. */
static void take_line(const char *line, struct written *w, bool trace)
{
    char again[512];
    *w = (struct written){0};
    FILE *out = read_numbers(line, w, trace) ? fmemopen(again, sizeof again, "w") : NULL;
    if (out) write_one(out, w, trace), fclose(out);
    if (!out || strcmp(line, again) != 0) w->line = strdup(line);
}

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    bool trace = argc > 1 && strcmp(argv[1], "trace") == 0;
    FILE *in = argc == 4 ? fopen(argv[2], "r") : NULL;
    struct written *all = NULL;
    size_t count = 0, room = 0, line_room = 0;
    char *line = NULL;
    if (!in) return fprintf(stderr, "usage: lines events|trace FILE OUT\n"), 2;
    while (getline(&line, &line_room, in) > 0) {
        if (count == room) room = room ? 2 * room : 1024, all = realloc(all, room * sizeof *all);
        take_line(line, &all[count++], trace);
    }
    long bytes = ftell(in);
    double began_cpu_ns = cpu_ns(), began_ns = work_now_ns();
    FILE *out = fopen(argv[3], "w");
    if (!out) return perror(argv[3]), 1;
    for (size_t i = 0; i < count; i++) write_one(out, &all[i], trace);
    fflush(out);
    if (trace) fsync(fileno(out));
    bool same = ftell(out) == bytes;
    fclose(out);
    printf("wall_ns %.0f\ncpu_ns %.0f\nbytes %ld\n", work_now_ns() - began_ns, cpu_ns() - began_cpu_ns, bytes);
    return !same;
}
