/* SPDX-License-Identifier: MIT
 * Starting the threads of a crew. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/run/seat.h"
#include "engine/sched/crew.h"

static void report_shortage(struct tg_crew *crew, unsigned started, int error)
{
    const struct tg_services *services = crew->run->options.services;
    if (!services || !services->log) return;
    char *text = tg_alloc_format("warning: only %u of %u workers could be started: %s", started, crew->most, strerror(error));
    services->log(services->log_data, text, strlen(text));
    free(text);
}

static void *member_thread(void *member)
{
    struct tg_member *m = member;
    tg_seat_take(m->worker, m->crew->process, m->body, m);
    return NULL;
}

/* Starts the member's thread with a reference to the crew; 0 or an error number. */
static int start_thread(struct tg_member *m, void (*body)(void *))
{
    pthread_t thread;
    sigset_t before;
    atomic_fetch_add(&m->crew->refs, 1);
    tg_seat_block_signals(&before);
    m->body = body;
    int error = pthread_create(&thread, NULL, member_thread, m);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) atomic_fetch_sub(&m->crew->refs, 1);
    else pthread_detach(thread);
    return error;
}

/* Locked: sets up the next member and its thread; member 0 is the calling one. */
static bool start_locked(struct tg_crew *crew, void (*body)(void *))
{
    unsigned index = atomic_load_explicit(&crew->started, memory_order_relaxed);
    TG_ASSERT(index <= crew->most);
    if (index >= crew->most || !atomic_load_explicit(&crew->may_start, memory_order_relaxed)) return false;
    struct tg_member *m = &crew->members[index];
    tg_deque_init(&m->ready);
    m->crew = crew;
    m->worker = tg_worker_new(crew->run);
    m->seed = index * 2654435761u + 1;
    m->until_timed = 1;
    m->cores = 1;
    atomic_store(&crew->started, index + 1);
    if (index == 0) return true;
    atomic_store_explicit(&m->bed.slept, (int64_t)(tg_clock_ns() - crew->run->drive_ns), memory_order_relaxed); /* so far */
    atomic_fetch_add(&crew->searching, 1);
    int error = start_thread(m, body);
    if (error) { /* the member stays, without ever having work */
        atomic_fetch_sub(&crew->searching, 1);
        tg_park_lie_down(&m->bed);
        report_shortage(crew, index, error);
    }
    if (error || index + 1 == crew->most) atomic_store_explicit(&crew->may_start, false, memory_order_relaxed);
    return !error;
}

bool tg_crew_start(struct tg_crew *crew, void (*body)(void *))
{
    pthread_mutex_lock(&crew->start_lock); /* whoever holds it may be starting a thread that has found its work already */
    bool enough = body && atomic_load(&crew->searching) > 0;
    bool started = !enough && start_locked(crew, body);
    pthread_mutex_unlock(&crew->start_lock);
    return started;
}
