/* SPDX-License-Identifier: MIT
 * Locks on paths: among processes, when their holder dies, and in runs that a run started. */
#include "tests/unit/check.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/rmtree.h"
#include "engine/store/pathlock.h"

static char folder[] = "/tmp/tgrun-test-XXXXXX";

static struct tg_pathlocks *new_locks(void)
{
    if (!mkdtemp(folder)) CHECK(access(folder, F_OK) == 0);
    struct tg_err err = {0};
    struct tg_pathlocks *p = tg_pathlocks_new(folder, &err);
    CHECK(p != NULL);
    tg_err_done(&err);
    return p;
}

/* A process that takes the lock of a path, says what came of it (as an exit status would), and has it until it is ended. */
struct holder {
    int pid, said;
};

static struct holder begin_holder(const char *path)
{
    struct holder h;
    int ends[2];
    char said = 0;
    CHECK(pipe(ends) == 0);
    fflush(stdout);
    h.pid = fork();
    if (h.pid == 0) {
        int other;
        struct tg_pathlocks *p = tg_pathlocks_new(folder, NULL);
        said = (char)tg_pathlocks_take(p, path, &other, NULL);
        if (write(ends[1], &said, 1) == 1) pause();
        _exit(1);
    }
    close(ends[1]);
    CHECK(read(ends[0], &said, 1) == 1);
    close(ends[0]);
    h.said = said;
    return h;
}

static void end_holder(struct holder h)
{
    CHECK(kill(h.pid, SIGKILL) == 0);
    CHECK(waitpid(h.pid, NULL, 0) == h.pid);
}

TEST(a_lock_ends_with_its_process)
{
    int pid = 0;
    struct tg_pathlocks *p = new_locks();
    struct holder h = begin_holder("/a");
    CHECK_INT(h.said, TG_PATHLOCK_OURS);
    CHECK_INT(tg_pathlocks_take(p, "/a", &pid, NULL), TG_PATHLOCK_THEIRS);
    CHECK_INT(pid, h.pid);
    CHECK_INT(tg_pathlocks_take(p, "/b", &pid, NULL), TG_PATHLOCK_OURS);
    end_holder(h);
    CHECK_INT(tg_pathlocks_take(p, "/a", &pid, NULL), TG_PATHLOCK_OURS);
    CHECK_INT(tg_pathlocks_take(p, "/a", &pid, NULL), TG_PATHLOCK_OURS);
    h = begin_holder("/a"); /* children do not have what we have */
    CHECK_INT(h.said, TG_PATHLOCK_THEIRS);
    end_holder(h);
    tg_pathlocks_free(p);
    h = begin_holder("/a");
    CHECK_INT(h.said, TG_PATHLOCK_OURS);
    end_holder(h);
    tg_pathlocks_free(NULL);
}

TEST(runs_within_a_run_are_let_in)
{
    int pid;
    char text[32];
    unsetenv(TG_PATHLOCK_VARIABLE);
    tg_pathlocks_enlist();
    snprintf(text, sizeof text, "%d", (int)getpid());
    CHECK_STR(getenv(TG_PATHLOCK_VARIABLE), text);
    tg_pathlocks_enlist();
    CHECK_STR(getenv(TG_PATHLOCK_VARIABLE), text);
    struct tg_pathlocks *p = new_locks();
    CHECK_INT(tg_pathlocks_take(p, "/a", &pid, NULL), TG_PATHLOCK_OURS);
    struct holder h = begin_holder("/a");
    CHECK_INT(h.said, TG_PATHLOCK_OURS); /* its ancestor has it */
    end_holder(h);
    snprintf(text, sizeof text, "1:x:%d", (int)getpid());
    setenv(TG_PATHLOCK_VARIABLE, text, 1); /* not what we write: nothing behind it is believed */
    h = begin_holder("/a");
    CHECK_INT(h.said, TG_PATHLOCK_THEIRS);
    end_holder(h);
    setenv(TG_PATHLOCK_VARIABLE, "1:2", 1);
    tg_pathlocks_enlist();
    snprintf(text, sizeof text, "1:2:%d", (int)getpid());
    CHECK_STR(getenv(TG_PATHLOCK_VARIABLE), text);
    unsetenv(TG_PATHLOCK_VARIABLE);
    h = begin_holder("/a");
    CHECK_INT(h.said, TG_PATHLOCK_THEIRS);
    end_holder(h);
    tg_pathlocks_free(p);
}

#define THREADS 4
#define PATHS 1000

static struct tg_pathlocks *shared;

static void *take_many(void *data)
{
    (void)data;
    for (int i = 0; i < PATHS; i++) {
        int pid;
        char *path = tg_alloc_format("/folder/%d", i);
        if (tg_pathlocks_take(shared, path, &pid, NULL) != TG_PATHLOCK_OURS) abort();
        free(path);
    }
    return NULL;
}

TEST(many_locks_of_many_threads)
{
    pthread_t threads[THREADS];
    shared = new_locks();
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, take_many, NULL) == 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    struct holder one = begin_holder("/folder/7"), other = begin_holder("/folder/x");
    CHECK_INT(one.said, TG_PATHLOCK_THEIRS);
    CHECK_INT(other.said, TG_PATHLOCK_OURS);
    end_holder(one);
    end_holder(other);
    tg_pathlocks_free(shared);
}

TEST(where_nothing_can_be_locked)
{
    struct tg_err err = {0};
    CHECK(!tg_pathlocks_new("/nowhere/at/all", &err));
    CHECK_STR(err.message, "could not lock anything in '/nowhere/at/all/locks': No such file or directory");
    tg_err_done(&err);
    CHECK(tg_rmtree(folder));
}
