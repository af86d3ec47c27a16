/* SPDX-License-Identifier: MIT
 * Runs a workflow as `tgrun` does, and prints how long each phase took and what memory it filled.
 *
 *     phases [-D NAME=VALUE] [-j JOBS] [-s SCHEDULER] [-P PLUGIN_FOLDER] [-x TGRUN] [-p] FILE
 *
 * One line a figure, name and number: tasks, args (edges and constants), open_ns (read, parse, load plugins, resolve, check),
 * eval_ns, plan_ns, run_ns, run_cpu_ns (of executors, too), free_ns, graph_bytes, plan_bytes, value_bytes, result (of the first
 * output, if it is an int). With -p only the parser runs: parse_ns. JOBS is 1 unless said. Executors, for the scheduler
 * `processes`, are started from the program TGRUN. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/work.h"
#include "engine/base/limits.h"
#include "engine/command/command.h"
#include "engine/grow/start.h"
#include "engine/remote/pool.h"
#include "engine/sched/sched.h"
#include "lang/front.h"
#include "lang/read/parse_tg.h"
#include "lang/yaml/parse_yaml.h"

struct figures {
    double open_ns, eval_ns, plan_ns, run_ns, run_cpu_ns;
};

/* What to run, and how. */
struct order {
    const char *path, *plugins;
    const char *program; /* of executors; NULL: there are none */
    char *defines[16];
    int define_count;
    struct tg_run_options options;
};

/* ---- what is wrong ------------------------------------------------------------------------------- */

static int complain(struct tg_front *f, struct tg_err *err)
{
    for (size_t i = 0; f && i < f->program.diags.items.count; i++)
        fprintf(stderr, "phases: %s\n", f->program.diags.items.items[i].message);
    if (err->code) fprintf(stderr, "phases: %s\n", err->message);
    return 1;
}

/* ---- phases -------------------------------------------------------------------------------------- */

static bool open_workflow(struct tg_front *f, const struct order *o)
{
    if (!tg_front_open(f, o->path, TG_LANGUAGE_AUTO)) return false;
    for (int i = 0; i < o->define_count; i++) {
        char *equals = strchr(o->defines[i], '=');
        if (!equals) return false;
        char *name = tg_alloc_copy(o->defines[i], (size_t)(equals - o->defines[i]));
        bool good = tg_front_set_param(f, name, equals + 1, "-D");
        free(name);
        if (!good) return false;
    }
    return true;
}

static void print_memory(const struct tg_graph *g, const struct tg_plan *plan, const struct tg_run *run)
{
    size_t graph_bytes = (g->count * 2 + (size_t)g->arg_count) * sizeof(uint32_t) + g->pool.room * sizeof *g->pool.items +
                         g->site_table.count * sizeof *g->site_table.items;
    printf("tasks %u\nargs %u\ngraph_bytes %zu\nplan_bytes %zu\nvalue_bytes %zu\n", plan->count, g->arg_count, graph_bytes,
           plan->bytes, run->values_bytes);
}

static void print_result(const struct tg_graph *g, const struct tg_run *run)
{
    tg_value v;
    if (run->failures.count) printf("failures %zu\n", run->failures.count);
    for (size_t i = 0; i < g->wanted.count; i++) {
        if (!g->wanted.items[i].name || !tg_run_value(run, &g->wanted.items[i], &v) || tg_kind(v) != TG_INT) continue;
        printf("result %lld\n", (long long)tg_as_int(v));
        return;
    }
}

/* Of this process and of those that it has waited for. */
static double cpu_ns(void)
{
    struct rusage own, others;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &others);
    double seconds = (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec + others.ru_utime.tv_sec + others.ru_stime.tv_sec);
    long us = own.ru_utime.tv_usec + own.ru_stime.tv_usec + others.ru_utime.tv_usec + others.ru_stime.tv_usec;
    return seconds * 1e9 + (double)us * 1e3;
}

static void make_executors(struct tg_services *services, const struct order *o)
{
    if (!o->program) return;
    services->commands = tg_commands_new(TG_SHOW_FAILED, NULL);
    services->executors = tg_pool_new(services, o->options.jobs, 0, o->program);
}

static void end_executors(struct tg_services *services)
{
    tg_pool_free(services->executors);
    tg_commands_free(services->commands);
}

/* Plans and runs what has been evaluated; prints everything but the first two phases. */
static bool run_graph(struct tg_session *s, const struct tg_run_options *options, struct figures *t, struct tg_err *err)
{
    struct tg_plan plan = {0};
    struct tg_run run;
    double begin = work_now_ns();
    if (!tg_plan_make(&s->graph, NULL, 0, &plan, err)) return false;
    double planned = work_now_ns();
    t->plan_ns = planned - begin;
    tg_start_run(&run, &s->graph, &plan, options);
    bool good = tg_run_execute(&run, err);
    t->run_ns = work_now_ns() - planned;
    if (good) {
        print_memory(&s->graph, &plan, &run);
        print_result(&s->graph, &run);
    }
    tg_run_done(&run);
    tg_plan_done(&plan);
    return good;
}

static int measure(struct order *o)
{
    struct tg_session s;
    struct tg_front f;
    struct tg_err err = {0};
    struct figures t;
    double begin = work_now_ns();
    if (!tg_session_init(&s, 0, &err)) return complain(NULL, &err);
    s.graph.away = o->options.sched->away;
    tg_registry_search(&s.registry, o->plugins, true);
    tg_front_init(&f, &s);
    bool good = open_workflow(&f, o);
    double opened = work_now_ns();
    t.open_ns = opened - begin;
    good = good && tg_front_eval(&f);
    t.eval_ns = work_now_ns() - opened;
    make_executors(&s.services, o);
    o->options.services = &s.services;
    double cpu_before_ns = cpu_ns();
    good = good && run_graph(&s, &o->options, &t, &err);
    double end = work_now_ns();
    end_executors(&s.services);
    t.run_cpu_ns = cpu_ns() - cpu_before_ns;
    if (!good) complain(&f, &err);
    tg_front_done(&f);
    tg_session_done(&s);
    tg_err_done(&err);
    if (!good) return 1;
    printf("open_ns %.0f\neval_ns %.0f\nplan_ns %.0f\nrun_ns %.0f\nrun_cpu_ns %.0f\nfree_ns %.0f\n", t.open_ns, t.eval_ns,
           t.plan_ns, t.run_ns, t.run_cpu_ns, work_now_ns() - end);
    return 0;
}

/* ---- the parser alone ---------------------------------------------------------------------------- */

static int measure_parser(const char *path)
{
    struct tg_session s;
    struct tg_front f;
    struct tg_err err = {0};
    struct tg_tree tree = {0};
    if (!tg_session_init(&s, 0, &err)) return complain(NULL, &err);
    tg_front_init(&f, &s);
    size_t length = strlen(path);
    bool yaml = length > 5 && strcmp(path + length - 5, ".yaml") == 0;
    double begin = work_now_ns();
    struct tg_source *source = tg_sources_read(&f.sources, path, &err);
    if (!source) return complain(NULL, &err);
    struct tg_parse parse = {.arena = &f.program.arena, .names = &f.program.names, .diags = &f.program.diags, .source = source};
    if (yaml) tg_parse_yaml(&parse, &tree);
    else tg_parse_tg(&parse, &tree);
    printf("parse_ns %.0f\n", work_now_ns() - begin);
    bool good = f.program.diags.error_count == 0;
    if (!good) complain(&f, &err);
    tg_vec_done(&tree.comments);
    tg_front_done(&f);
    tg_session_done(&s);
    return !good;
}

int main(int argc, char **argv)
{
    struct order o = {.options = {.jobs = 1, .sched = tg_sched_all[0]}};
    int option;
    bool parser_only = false;
    while ((option = getopt(argc, argv, "D:j:s:P:x:p")) != -1) {
        switch (option) {
        case 'D':
            if (o.define_count < 16) o.defines[o.define_count++] = optarg;
            break;
        case 'j': o.options.jobs = (unsigned)strtoul(optarg, NULL, 10); break;
        case 's': o.options.sched = tg_sched_find(optarg); break;
        case 'P': o.plugins = optarg; break;
        case 'x': o.program = optarg; break;
        case 'p': parser_only = true; break;
        default: return 2;
        }
    }
    if (optind + 1 != argc || !o.options.sched) {
        fprintf(stderr, "usage: phases [-D NAME=VALUE] [-j JOBS] [-s SCHEDULER] [-P PLUGIN_FOLDER] [-x TGRUN] [-p] FILE\n");
        return 2;
    }
    o.path = argv[optind];
    return parser_only ? measure_parser(o.path) : measure(&o);
}
