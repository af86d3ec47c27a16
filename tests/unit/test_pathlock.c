/* SPDX-License-Identifier: MIT
 * Locks on paths: among processes, when their holder dies, and in runs that a run started. */
#include "tests/unit/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
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

static int count_entries(const char *path)
{
    int count = 0;
    DIR *d = opendir(path);
    CHECK(d != NULL);
    for (struct dirent *entry; d && (entry = readdir(d));) count += entry->d_name[0] != '.';
    closedir(d);
    return count;
}

static int count_files(void)
{
    char *path = tg_alloc_format("%s/locks", folder);
    int count = count_entries(path);
    free(path);
    return count;
}

TEST(many_paths_need_one_descriptor)
{
    int before = count_entries("/proc/self/fd"), pid;
    struct tg_pathlocks *p = new_locks();
    CHECK_INT(count_entries("/proc/self/fd"), before); /* nor one where nothing is made */
    for (int i = 0; i < 100000; i++) {
        char path[32];
        snprintf(path, sizeof path, "/many/%d", i);
        if (tg_pathlocks_take(p, path, &pid, NULL) != TG_PATHLOCK_OURS) CHECK_STR(path, "taken");
    }
    CHECK_INT(count_entries("/proc/self/fd"), before + 1);
    struct holder one = begin_holder("/many/77777"), other = begin_holder("/few/1");
    CHECK_INT(one.said, TG_PATHLOCK_THEIRS);
    CHECK_INT(other.said, TG_PATHLOCK_OURS);
    CHECK_INT(tg_pathlocks_take(p, "/few/1", &pid, NULL), TG_PATHLOCK_LATER);
    CHECK_INT(tg_pathlocks_take(p, "/few/2", &pid, NULL), TG_PATHLOCK_OURS);
    end_holder(one);
    end_holder(other);
    tg_pathlocks_free(p);
    CHECK_INT(count_entries("/proc/self/fd"), before);
}

TEST(files_of_the_dead_are_removed)
{
    int pid;
    struct tg_pathlocks *p = new_locks();
    CHECK_INT(tg_pathlocks_take(p, "/a", &pid, NULL), TG_PATHLOCK_OURS);
    char *other = tg_alloc_format("%s/locks/00", folder);
    close(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0666)); /* it is nobody's */
    int files = count_files();
    for (int i = 0; i < 4; i++) {
        struct holder h = begin_holder("/b");
        CHECK_INT(h.said, TG_PATHLOCK_OURS);
        CHECK_INT(count_files(), files + 1); /* without that of the one before */
        end_holder(h);
    }
    CHECK_INT(tg_pathlocks_take(p, "/b", &pid, NULL), TG_PATHLOCK_OURS);
    CHECK_INT(count_files(), files);
    tg_pathlocks_free(p);
    CHECK_INT(count_files(), files - 1);
    CHECK(unlink(other) == 0);
    free(other);
}

/* A process that takes the path of each letter that it is told, and says what came of it; with these ancestors. */
struct asker {
    int pid, to, from;
};

static struct asker begin_asker(const char *ancestors)
{
    struct asker a;
    int to[2], from[2];
    CHECK(pipe(to) == 0 && pipe(from) == 0);
    fflush(stdout);
    a.pid = fork();
    if (a.pid == 0) {
        int other;
        char path[] = "/a";
        setenv(TG_PATHLOCK_VARIABLE, ancestors, 1);
        struct tg_pathlocks *p = tg_pathlocks_new(folder, NULL);
        close(to[1]);
        while (read(to[0], &path[1], 1) == 1) {
            char said = (char)tg_pathlocks_take(p, path, &other, NULL);
            if (write(from[1], &said, 1) != 1) break;
        }
        _exit(1);
    }
    a.to = to[1], a.from = from[0];
    close(to[0]), close(from[1]);
    return a;
}

static int ask(struct asker a, char letter)
{
    char said = -1;
    CHECK(write(a.to, &letter, 1) == 1 && read(a.from, &said, 1) == 1);
    return said;
}

static void end_asker(struct asker a)
{
    close(a.to), close(a.from);
    CHECK(waitpid(a.pid, NULL, 0) == a.pid);
}

TEST(of_runs_that_wait_for_each_other_the_youngest_gives_way)
{
    char parents[32];
    tg_pathlocks_free(new_locks());
    struct asker old = begin_asker(""), young = begin_asker("");
    CHECK_INT(ask(old, 'a'), TG_PATHLOCK_OURS);
    CHECK_INT(ask(young, 'b'), TG_PATHLOCK_OURS);
    CHECK_INT(ask(young, 'a'), TG_PATHLOCK_THEIRS);
    CHECK_INT(ask(old, 'b'), TG_PATHLOCK_LATER);
    CHECK_INT(ask(young, 'a'), TG_PATHLOCK_CROSSED);
    snprintf(parents, sizeof parents, "%d", young.pid);
    struct asker within = begin_asker(parents);
    CHECK_INT(ask(within, 'b'), TG_PATHLOCK_OURS);
    CHECK_INT(ask(within, 'c'), TG_PATHLOCK_OURS);
    CHECK_INT(ask(within, 'a'), TG_PATHLOCK_CROSSED); /* what waits for the run that it is in waits for it */
    CHECK_INT(ask(old, 'd'), TG_PATHLOCK_OURS);       /* another thread, which does not wait */
    CHECK_INT(ask(young, 'a'), TG_PATHLOCK_THEIRS);
    CHECK_INT(ask(old, 'b'), TG_PATHLOCK_LATER);
    end_asker(within);
    end_asker(young);
    CHECK_INT(ask(old, 'b'), TG_PATHLOCK_OURS);
    end_asker(old);
}

#define RACERS 4
#define RACED 3000
#define KEEPERS 40 /* runs of a racer, so that races of files are run as well */

/* What racing processes share. */
struct race {
    _Atomic int holders[RACED];
    _Atomic int wrong, won, ready;
};

/* Takes each path when all others do. */
static void race(struct race *r)
{
    struct tg_err err = {0};
    struct tg_pathlocks *p = tg_pathlocks_new(folder, &err);
    for (int i = 0; i < RACED; i++) {
        int pid;
        char path[32];
        snprintf(path, sizeof path, "/race/%d", i);
        for (atomic_fetch_add(&r->ready, 1); atomic_load(&r->ready) < (i + 1) * RACERS;) sched_yield();
        enum tg_pathlock lock = tg_pathlocks_take(p, path, &pid, &err);
        if (lock == TG_PATHLOCK_ERROR) atomic_fetch_add(&r->wrong, 1000);
        if (lock != TG_PATHLOCK_OURS) continue;
        if (atomic_fetch_add(&r->holders[i], 1)) atomic_fetch_add(&r->wrong, 1);
        atomic_fetch_add(&r->won, 1);
    }
    for (atomic_fetch_add(&r->ready, 1); atomic_load(&r->ready) < (RACED + 1) * RACERS;) sched_yield();
    _exit(0);
}

/* Many short runs, each of which waits for one path. */
static void keep(struct race *r)
{
    for (int i = 0; i < KEEPERS; i++) {
        int pid;
        struct tg_err err = {0};
        struct tg_pathlocks *p = tg_pathlocks_new(folder, &err);
        enum tg_pathlock lock;
        while ((lock = tg_pathlocks_take(p, "/kept", &pid, &err)) != TG_PATHLOCK_OURS && lock != TG_PATHLOCK_ERROR)
            sched_yield();
        if (lock == TG_PATHLOCK_ERROR) atomic_fetch_add(&r->wrong, 1000);
        if (atomic_fetch_add(&r->holders[0], 1)) atomic_fetch_add(&r->wrong, 1);
        sched_yield();
        atomic_fetch_sub(&r->holders[0], 1);
        atomic_fetch_add(&r->won, 1);
        tg_pathlocks_free(p);
    }
    _exit(0);
}

static void race_all(void (*racer)(struct race *), int wins)
{
    int pids[RACERS];
    struct race *r = mmap(NULL, sizeof *r, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(r != MAP_FAILED);
    tg_pathlocks_free(new_locks());
    fflush(stdout);
    for (int i = 0; i < RACERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) racer(r);
    }
    for (int i = 0; i < RACERS; i++) CHECK(waitpid(pids[i], NULL, 0) == pids[i]);
    CHECK_INT(r->wrong, 0);
    CHECK_INT(r->won, wins);
    munmap(r, sizeof *r);
}

TEST(of_those_who_race_for_a_path_one_wins)
{
    race_all(race, RACED);
}

TEST(runs_that_come_and_go_have_a_path_in_turn)
{
    race_all(keep, RACERS * KEEPERS);
}

TEST(where_nothing_can_be_locked)
{
    struct tg_err err = {0};
    CHECK(!tg_pathlocks_new("/nowhere/at/all", &err));
    CHECK_STR(err.message, "could not lock anything in '/nowhere/at/all/locks': No such file or directory");
    tg_err_done(&err);
    CHECK(tg_rmtree(folder));
}
