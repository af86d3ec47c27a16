/* SPDX-License-Identifier: MIT
 * The thread of a dashboard, and what the main thread lets it see. While it works it holds a lock, by which the main thread takes a run
 * away from it: nothing of that is touched any more. The library gives up the process when it finds its descriptors closed by
 * others, such as a task; here it gives up the dashboard. */
#include "cmd/dashboard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cmd/dashboardweb.h"
#include "cmd/reportfile.h"
#include "cmd/screen.h"
#include "cmd/signals.h"
#include "cmd/storysource.h"
#include "engine/base/clock.h"
#include "engine/command/command.h"
#include "engine/remote/pool.h"
#include "engine/run/seat.h"
#include "engine/watch/storysink.h"

#define MS UINT64_C(1000000)

#define LOOK_NS (250 * MS) /* between two looks at the run */
#define BUDGET_NS (MS / 4) /* of a look */

#define CREW_LOOKS 4  /* executors are looked at once in so many looks */
#define CREW_MOST 256 /* of them, the first ones */

#define LINGER_NS (2000 * MS) /* for a page that looks, when all is over: until it knows of the end */
#define LOOKS_NS (3000 * MS)  /* one that asks more rarely has time, or is hidden */
#define QUIET_NS (500 * MS)   /* then it has asked for all that it wants to keep */
#define LINGER_LOOK_MS 10

struct tg_dashboard {
    struct tg_cli *cli;
    int wake_fd; /* readable: there is something to be done for the main thread */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* guards what follows, but for the story, which has one of its own */
    bool over;            /* the thread is to end */
    bool broken;          /* the library is not to be touched any more */
    struct tg_storysink told;
    struct tg_storysource source; /* the story's */
    tg_place_fn place;
    void *place_data;
    struct tg_dashboardweb web;
    struct tg_inquiry_of of;     /* of the run that goes on; of.run NULL: none does */
    struct tg_standing standing; /* of that run */
    struct tg_story_now now;     /* the last look */
    struct tg_story_executor crew[CREW_MOST];
    unsigned looks;
    uint64_t next_look_ns;
};

/* ---- looking at the run -------------------------------------------------------------------------- */

/* Memory that this process has now; 0: not known. */
static uint64_t resident_bytes(void)
{
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    if (length <= 0) return 0;
    text[length] = 0;
    const char *second = strchr(text, ' ');
    return second ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* The processes of workers that have one. */
static void look_at_executors(struct tg_dashboard *d, const struct tg_pool *pool)
{
    struct tg_story_now *now = &d->now;
    if (!pool || d->looks++ % CREW_LOOKS != 0) return;
    now->crew = d->crew;
    now->crew_count = now->jobs < CREW_MOST ? now->jobs : CREW_MOST;
    now->executors = (struct tg_usage){0};
    now->executor_count = 0;
    for (unsigned i = 0; i < now->crew_count; i++) {
        pid_t pid = tg_pool_pid(pool, i);
        d->crew[i] = (struct tg_story_executor){.pid = pid, .used = pid ? tg_usage_of_process(pid) : (struct tg_usage){0}};
        tg_usage_add(&now->executors, &d->crew[i].used);
        now->executor_count += pid != 0;
    }
}

static void look_at_run(struct tg_dashboard *d, uint64_t now_ns, uint64_t budget_ns)
{
    struct tg_run *run = (struct tg_run *)d->of.run;
    struct tg_story_now *now = &d->now;
    now->control = d->web.controls;
    now->own = tg_usage_of_process(getpid());
    now->own_bytes = resident_bytes();
    now->standing = run ? &d->standing : NULL;
    now->paused = run && atomic_load(run->stop) == TG_PAUSED;
    if (!run) now->crew = NULL;
    now->ending = run && (tg_run_stopped(run) || tg_signals_number());
    if (run) {
        tg_standing_look(&d->standing, now_ns, budget_ns);
        now->workers = tg_run_width(run);
        now->jobs = run->options.jobs;
        look_at_executors(d, run->options.services->executors);
        if (run->options.services->commands) now->commands = tg_commands_used(run->options.services->commands);
    }
    tg_story_look(&d->told.story, now);
    if (run && tg_story_wants_plan(&d->told.story)) tg_story_plan(&d->told.story, run, d->place, d->place_data);
    d->next_look_ns = now_ns + LOOK_NS;
}

/* Who looks on is to see the counts of the end, as far as they are found in a small part of the time that the run took. */
static void look_once_more(struct tg_dashboard *d)
{
    uint64_t now_ns = tg_clock_ns(), budget_ns = (now_ns - d->of.run->begin_ns) / 400;
    look_at_run(d, now_ns, budget_ns > BUDGET_NS ? budget_ns : BUDGET_NS);
}

/* ---- the thread ---------------------------------------------------------------------------------- */

static __thread jmp_buf way_out;

static _Noreturn void leave_library(void *unused, const char *file, unsigned line, const char *reason)
{
    (void)unused, (void)file, (void)line, (void)reason;
    longjmp(way_out, 1);
}

/* One round, with what poll has told; how long the next one may wait. */
static __attribute__((noinline)) int serve_round(struct tg_dashboard *d, const struct pollfd *waits)
{
    uint64_t now_ns = tg_clock_ns(), count;
    if (waits[0].revents && read(d->wake_fd, &count, sizeof count) < 0) {} /* a task may have closed it */
    if (waits[1].revents) tg_dashboardweb_admit(&d->web, now_ns);
    if (now_ns >= d->next_look_ns) look_at_run(d, now_ns, BUDGET_NS);
    int ms = tg_dashboardweb_serve(&d->web, now_ns), look_ms = (int)((d->next_look_ns - now_ns) / MS) + 1;
    return ms < 0 || ms > look_ms ? look_ms : ms;
}

static bool serve_once(struct tg_dashboard *d, int *wait_ms)
{
    struct pollfd waits[] = {
        {.fd = d->wake_fd, .events = POLLIN}, {.fd = -1, .events = POLLIN}, {.fd = d->web.epoll_fd, .events = POLLIN}};
    if (tg_dashboardweb_has_place(&d->web, tg_clock_ns())) waits[1].fd = d->web.address.listener;
    poll(waits, TG_COUNT(waits), *wait_ms);
    pthread_mutex_lock(&d->lock);
    bool over = d->over;
    if (!over) *wait_ms = serve_round(d, waits);
    pthread_mutex_unlock(&d->lock);
    return !over;
}

/* Leaves with the lock, as all calls of the library are made. */
static __attribute__((noinline)) void serve_all(struct tg_dashboard *d)
{
    static const char no_server[] = "warning: the dashboard cannot begin";
    int wait_ms = 0;
    pthread_mutex_lock(&d->lock);
    bool good = tg_dashboardweb_start(&d->web);
    pthread_mutex_unlock(&d->lock);
    if (!good) tg_screen_log(NULL, no_server, sizeof no_server - 1);
    while (good && serve_once(d, &wait_ms)) {}
    pthread_mutex_lock(&d->lock);
    tg_dashboardweb_close(&d->web);
}

static void *serve_pages(void *dashboard)
{
    struct tg_dashboard *d = dashboard;
    d->web.lib.MHD_set_panic_func(leave_library, NULL);
    if (setjmp(way_out) == 0) {
        serve_all(d);
    } else {
        d->broken = true;
        tg_dashboardaddress_done(&d->web.address);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static void wake_server(const struct tg_dashboard *d)
{
    const uint64_t one = 1;
    if (write(d->wake_fd, &one, sizeof one) < 0) {} /* then its next look is soon */
}

static void start_serving(struct tg_dashboard *d)
{
    sigset_t before;
    if (d->started) return;
    tg_seat_block_signals(&before);
    d->started = pthread_create(&d->thread, NULL, serve_pages, d) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- opening ------------------------------------------------------------------------------------- */

static void say_link(const struct tg_dashboard *d, const char *before)
{
    const struct tg_dashboardaddress *a = &d->web.address;
    char *line = tg_alloc_format("%shttp://%s:%u/%s/", before, a->host, a->port, d->web.token);
    tg_screen_log(NULL, line, strlen(line));
    free(line);
}

static void free_dashboard(struct tg_dashboard *d)
{
    tg_storysink_close(&d->told);
    tg_storysource_done(&d->source);
    if (!d->broken) tg_dashboardweb_close(&d->web);
    if (d->wake_fd >= 0) close(d->wake_fd);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

static bool open_dashboard(struct tg_dashboard *d, struct tg_err *err)
{
    bool good = tg_dashboardweb_open(&d->web, d->cli->dashboard, d->cli->dashboard_control, &d->told.story, err);
    d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (good && d->wake_fd < 0) good = tg_err_set(err, TG_EXIT_CANNOT, "the dashboard cannot begin: %s", strerror(errno));
    return good;
}

bool tg_dashboard_open(struct tg_dashboard **out, struct tg_cli *cli, const struct tg_workflow *w, tg_place_fn place,
                       void *place_data, struct tg_err *err)
{
    *out = NULL;
    if (!cli->dashboard || strcmp(cli->dashboard, TG_DASHBOARDADDRESS_NONE) == 0) return true;
    if (!tg_reportfile_can(err)) return false;
    struct tg_dashboard *d = tg_alloc_zero(sizeof *d);
    d->cli = cli;
    pthread_mutex_init(&d->lock, NULL);
    tg_storysink_open(&d->told, TG_SINK_LIVE, &w->session.secrets, place, place_data);
    tg_storysource_init(&d->source, &w->session.graph, &w->front.sources, &d->told.story);
    d->place = place;
    d->place_data = place_data;
    if (!open_dashboard(d, err)) return free_dashboard(d), false;
    say_link(d, "dashboard: ");
    if (!d->web.address.loopback && !cli->quiet)
        tg_report_line(&cli->report,
                       "warning: whoever has this link can see the run from other machines; nothing is encrypted");
    *out = d;
    return true;
}

struct tg_sink *tg_dashboard_sink(struct tg_dashboard *d)
{
    return d ? &d->told.sink : NULL;
}

/* ---- a run --------------------------------------------------------------------------------------- */

void tg_dashboard_prepare(struct tg_dashboard *d, const struct tg_run *run, const char *workflow)
{
    if (d) tg_storysink_begin(&d->told, run, workflow);
}

void tg_dashboard_begin(struct tg_dashboard *d, const struct tg_inquiry_of *of)
{
    if (!d) return;
    pthread_mutex_lock(&d->lock);
    d->of = *of;
    d->web.run = (struct tg_run *)of->run;
    tg_standing_begin(&d->standing, of->run, tg_clock_ns());
    pthread_mutex_unlock(&d->lock);
    start_serving(d);
}

void tg_dashboard_rest(struct tg_dashboard *d)
{
    if (!d) return;
    pthread_mutex_lock(&d->lock);
    if (d->of.run && d->web.status_ns) look_once_more(d);
    d->of.run = d->web.run = NULL;
    tg_standing_done(&d->standing);
    d->next_look_ns = 0;
    pthread_mutex_unlock(&d->lock);
}

void tg_dashboard_end(struct tg_dashboard *d, int status, const struct tg_eventfile_number *numbers, size_t count)
{
    if (d) tg_storysink_end(&d->told, status, numbers, count, d->cli->dashboard_wait || tg_story_has_plan(&d->told.story));
}

/* ---- the end ------------------------------------------------------------------------------------- */

/* Until when there is to be an answer: a page that asks from time to time will do so once more, and then for all that it shows when
 * nobody answers any more. before_ns: when it had asked at the end. */
static uint64_t linger_until(const struct tg_dashboardweb *web, uint64_t before_ns, uint64_t begin_ns)
{
    if (!web->status_gap_ns || web->status_gap_ns > LOOKS_NS) return 0;
    bool knows = web->status_ns != before_ns;
    uint64_t until_ns = knows ? web->asked_ns + QUIET_NS : before_ns + 2 * web->status_gap_ns;
    uint64_t last_ns = begin_ns + (knows ? 2 : 1) * LINGER_NS;
    return until_ns < last_ns ? until_ns : last_ns;
}

static void linger(struct tg_dashboard *d)
{
    uint64_t begin_ns = tg_clock_ns();
    pthread_mutex_lock(&d->lock);
    uint64_t before_ns = d->web.status_ns;
    while (!d->broken && tg_clock_ns() < linger_until(&d->web, before_ns, begin_ns)) {
        pthread_mutex_unlock(&d->lock);
        poll(NULL, 0, LINGER_LOOK_MS);
        pthread_mutex_lock(&d->lock);
    }
    pthread_mutex_unlock(&d->lock);
}

static void stay_up(struct tg_dashboard *d)
{
    start_serving(d);
    say_link(d, "the run is over; the dashboard stays until Ctrl-C: ");
    tg_signals_wait();
}

static void end_serving(struct tg_dashboard *d)
{
    pthread_mutex_lock(&d->lock);
    d->over = true;
    pthread_mutex_unlock(&d->lock);
    wake_server(d);
    pthread_join(d->thread, NULL);
}

void tg_dashboard_close(struct tg_dashboard *d)
{
    if (!d) return;
    pthread_mutex_lock(&d->lock);
    bool stays = d->cli->dashboard_wait && (!tg_signals_number() || d->web.stopped);
    pthread_mutex_unlock(&d->lock);
    if (stays) stay_up(d);
    else if (d->started) linger(d);
    if (d->started) end_serving(d);
    free_dashboard(d);
}
