/* SPDX-License-Identifier: MIT
 * Who may begin: needs against what there is, the order, how often a task is passed over, units by number; and a simulation of
 * machines that are never empty, against strict order and against taking whatever fits. */
#include <stdlib.h>

#include "engine/run/admit.h"
#include "tests/unit/check.h"

#define GIB (UINT64_C(1) << 30)

static struct tg_capacity capacity;
static struct tg_admit line;

static void begin(uint32_t cores, uint64_t memory_bytes, uint64_t gpus)
{
    capacity = (struct tg_capacity){
        .cores = cores, .memory_bytes = memory_bytes, .kinds = 2, .units = {{"gpu", gpus}, {"licence", 1}}};
    tg_admit_init(&line, &capacity);
}

/* Ids are numbers. */
static void arrive(tg_id id, int64_t priority, uint32_t cores, uint64_t memory_bytes, uint32_t gpus)
{
    struct tg_need need = {.cores = cores, .memory_bytes = memory_bytes, .units = {gpus}};
    tg_admit_wait(&line, (struct tg_waiting){.id = id, .number = id, .priority = priority}, &need);
}

static struct tg_lease grants[64];

/* Who begins, its grant kept; -1: nobody. */
static int next(uint32_t cores_free)
{
    struct tg_waiting first, task;
    struct tg_lease grant;
    bool due, any = tg_admit_first(&line, cores_free, &first, &due);
    if (!tg_admit_take(&line, cores_free, &task, &grant)) {
        CHECK(!any);
        return -1;
    }
    CHECK(any && first.id == task.id);
    grants[task.id % 64] = grant;
    return (int)task.id;
}

static void leave(tg_id id)
{
    tg_admit_give(&line, &grants[id % 64]);
}

TEST(in_order_as_far_as_they_fit)
{
    begin(8, 16 * GIB, 2);
    arrive(1, 0, 4, 10 * GIB, 0);
    arrive(2, 0, 1, 10 * GIB, 0);
    arrive(3, 0, 1, 6 * GIB, 1);
    arrive(4, 1, 1, 0, 1);
    CHECK_INT(next(8), 4);
    CHECK_INT(next(7), 1);
    CHECK_INT(next(3), 3);
    CHECK_INT(next(2), -1);
    leave(3);
    CHECK_INT(next(3), -1); /* ten are wanted, six are there */
    leave(1);
    CHECK_INT(next(7), 2);
    CHECK_INT(line.count, 0);
    leave(2);
    leave(4);
    CHECK(line.memory_free == 16 * GIB && line.units_free[0] == 2);
    tg_admit_done(&line);
}

TEST(without_a_core_nobody_begins)
{
    begin(2, GIB, 0);
    arrive(1, 0, 1, 0, 0);
    CHECK_INT(next(0), -1);
    CHECK_INT(next(1), 1);
    tg_admit_done(&line);
}

TEST(units_are_the_lowest_that_are_free)
{
    begin(8, GIB, 130);
    arrive(1, 0, 1, 0, 3);
    arrive(2, 0, 1, 0, 126);
    arrive(3, 0, 1, 0, 2);
    CHECK_INT(next(8), 1);
    CHECK_INT(next(7), 2);
    CHECK(grants[1].units[0] == 0 && grants[1].units[1] == 1 && grants[1].units[2] == 2);
    CHECK(grants[2].units[0] == 3 && grants[2].units[125] == 128);
    CHECK_INT(next(6), -1); /* one is left */
    leave(1);
    CHECK_INT(next(7), 3);
    CHECK(grants[3].units[0] == 0 && grants[3].units[1] == 1);
    leave(3);
    leave(2);
    CHECK_INT(line.units_free[0], 130);
    tg_admit_done(&line);
}

TEST(each_kind_has_numbers_of_its_own)
{
    begin(8, GIB, 2);
    struct tg_need both = {.cores = 1, .units = {1, 1}};
    arrive(1, 0, 1, 0, 1);
    tg_admit_wait(&line, (struct tg_waiting){.id = 2, .number = 2}, &both);
    CHECK_INT(next(8), 1);
    CHECK_INT(next(8), 2);
    CHECK(grants[2].units[0] == 1 && grants[2].units[1] == 0);
    leave(1);
    leave(2);
    tg_admit_done(&line);
}

/* A wide task, and narrow ones that always come behind it: how many begin before it, when one ends at a time? */
static uint32_t begun_before(uint32_t cores, bool ordinary)
{
    uint32_t narrow = cores, passed = 0, id = 100;
    for (;; passed++, narrow--) { /* one ends */
        uint32_t cores_free = cores - narrow + 1;
        struct tg_waiting task = {.number = id, .came = line.came};
        if (!ordinary) arrive(id++, 0, 1, 0, 0);
        if (cores_free <= tg_admit_kept(&line, cores_free)) continue; /* it is set aside */
        bool due;
        if (ordinary && tg_admit_first(&line, cores_free, &task, &due)) break;
        if (ordinary) tg_admit_pass(&line, cores_free, &task);
        else if (next(cores_free) == 1) break;
        narrow++;
    }
    return passed;
}

TEST(a_wide_task_is_passed_over_for_a_while_only)
{
    for (int ordinary = 0; ordinary < 2; ordinary++) {
        begin(8, GIB, 0);
        arrive(1, 0, 8, 0, 0);
        uint32_t passed = begun_before(8, ordinary);
        CHECK(passed >= line.bound && passed <= line.bound + 8);
        tg_admit_done(&line);
    }
}

TEST(who_waits_for_a_unit_keeps_no_core)
{
    begin(4, GIB, 1);
    arrive(1, 0, 1, 0, 1);
    CHECK_INT(next(4), 1);
    arrive(2, 0, 4, 0, 1); /* all cores, and the unit that is taken */
    for (tg_id id = 10; id < 60; id++) {
        arrive(id, 0, 1, 0, 0);
        CHECK_INT(next(3), id);
        leave(id);
    }
    CHECK_INT(tg_admit_kept(&line, 3), 0);
    leave(1);
    arrive(61, 0, 1, 0, 0); /* the unit is there: now the cores are what it waits for */
    CHECK_INT(next(3), 61);
    CHECK_INT(next(4), 2);
    leave(2);
    leave(61);
    tg_admit_done(&line);
}

TEST(memory_that_is_set_aside_stays_so)
{
    begin(64, 16 * GIB, 1);
    for (tg_id id = 10; id < 26; id++) arrive(id, 0, 1, GIB, 0);
    for (tg_id id = 10; id < 26; id++) CHECK_INT(next(64), id);
    arrive(1, 0, 1, 16 * GIB, 1);
    uint32_t passes = 0;
    for (tg_id id = 26; passes < 1000; id++) { /* one ends, one comes */
        leave(10 + (id - 26) % 16);
        arrive(id, 0, 1, GIB, 0);
        if (next(64) < 0) break;
        grants[10 + (id - 26) % 16] = grants[id % 64];
        passes++;
    }
    CHECK_INT(passes, line.bound);
    arrive(2000, 0, 1, 0, 1); /* the unit was never missing */
    CHECK_INT(next(64), 2000);
    CHECK(line.memory_free == GIB);
    leave(2000);
    tg_admit_done(&line);
}

TEST(a_higher_priority_is_never_set_back)
{
    begin(4, GIB, 0);
    arrive(1, 0, 4, 0, 0);
    for (tg_id id = 10; id < 60; id++) {
        arrive(id, 1, 1, 0, 0);
        CHECK_INT(next(3), id);
        leave(id);
    }
    arrive(60, 0, 1, 0, 0);
    CHECK_INT(next(4), 1);
    tg_admit_done(&line);
}

TEST(any_takes_out_whoever_waits)
{
    struct tg_waiting task;
    begin(4, GIB, 0);
    for (tg_id id = 0; id < 40; id++) arrive(id, 0, 1 + id % 4, id * 1000003, 0);
    uint64_t seen = 0;
    while (tg_admit_any(&line, &task)) seen |= UINT64_C(1) << task.id;
    CHECK(seen == (UINT64_C(1) << 40) - 1 && line.count == 0 && line.groups.count == 0);
    tg_admit_done(&line);
}

TEST(what_is_missing_is_said)
{
    tg_id id = 0;
    begin(4, 3 * GIB / 2, 1);
    CHECK(!tg_admit_missing(&line, 4, &id));
    arrive(7, 0, 3, 0, 0);
    CHECK(!tg_admit_missing(&line, 3, &id));
    char *text = tg_admit_missing(&line, 2, &id);
    CHECK_STR(text, "3 cores");
    CHECK_INT(id, 7);
    free(text);
    CHECK_INT(next(4), 7);
    arrive(8, 0, 1, GIB, 1);
    CHECK_INT(next(4), 8);
    arrive(9, 0, 1, GIB, 0);
    free(tg_admit_missing(&line, 1, &id));
    text = tg_admit_missing(&line, 1, &id);
    CHECK_STR(text, "1GiB of memory");
    free(text);
    arrive(10, 1, 1, 0, 1);
    text = tg_admit_missing(&line, 1, &id);
    CHECK_STR(text, "1 of resource 'gpu'");
    free(text);
    leave(7);
    leave(8);
    tg_admit_done(&line);
}

/* ---- what can never be met ------------------------------------------------------------------------ */

static const char *refusal(struct tg_policy p)
{
    static char text[512];
    struct tg_need need;
    struct tg_err err = {0};
    if (tg_capacity_need(&capacity, &p, &need, &err)) return "fits";
    CHECK(err.code == TG_EXIT_CANNOT && err.cause == TG_CAUSE_CANNOT);
    snprintf(text, sizeof text, "%s [%s]", err.message, err.hint);
    tg_err_done(&err);
    return text;
}

TEST(what_can_never_be_met)
{
    begin(4, 16 * GIB, 2);
    CHECK_STR(refusal((struct tg_policy){.cores = 4, .memory_bytes = 16 * GIB, .asked_count = 1, .asked = {{"gpu", 2}}}),
              "fits");
    CHECK_STR(refusal((struct tg_policy){.asked_count = 1, .asked = {{"tpu", 0}}}), "fits");
    CHECK_STR(refusal((struct tg_policy){.cores = 5}),
              "it needs 5 cores, and the run has 4 [A run with '-j 5' has so many, whatever the machine has.]");
    CHECK_STR(refusal((struct tg_policy){.memory_bytes = 20000000000}),
              "it needs 20GB of memory, and the run has 16GiB [A run with '--resources=memory=20GB' has so much, whatever the "
              "machine has.]");
    CHECK_STR(
        refusal((struct tg_policy){.memory_bytes = 16 * GIB + 1}),
        "it needs 17179869185B of memory, and the run has 17179869184B [A run with '--resources=memory=16385MiB' has so much, "
        "whatever the machine has.]");
    CHECK_STR(refusal((struct tg_policy){.memory_bytes = 51234567891}),
              "it needs 47.72GiB of memory, and the run has 16GiB [A run with '--resources=memory=48862MiB' has so much, "
              "whatever the machine has.]");
    CHECK_STR(refusal((struct tg_policy){.asked_count = 1, .asked = {{"gpu", 3}}}),
              "it needs 3 of resource 'gpu', and the run has 2 ['--resources=gpu=3' says that there are so many.]");
    CHECK_STR(refusal((struct tg_policy){.asked_count = 1, .asked = {{"gpus", 1}}}),
              "it needs 1 of resource 'gpus', and the run has none [The run has a resource 'gpu'.]");
    CHECK_STR(refusal((struct tg_policy){.asked_count = 1, .asked = {{"seats", 1}}}),
              "it needs 1 of resource 'seats', and the run has none ['--resources=seats=1' says that there are so many.]");
    tg_admit_done(&line);
}

static uint64_t size(const char *text)
{
    uint64_t bytes = 0;
    return tg_capacity_read_bytes(text, &bytes) ? bytes : UINT64_MAX;
}

TEST(sizes)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "-1",
                                      "1.5",
                                      ".5GiB",
                                      "1.GiB",
                                      "1 GiB",
                                      "1gib",
                                      "1G",
                                      "0.3B",
                                      "1e3B",
                                      "9000000TiB",
                                      "99999999999999999999B",
                                      "0.00000000000000000001TiB"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(size(bad[i]) == UINT64_MAX);
    CHECK(size("0") == 0);
    CHECK(size("17") == 17 && size("17B") == 17);
    CHECK(size("16GiB") == 16 * GIB && size("1.5GiB") == GIB * 3 / 2 && size("1.500KB") == 1500);
    CHECK(size("8388607TiB") == UINT64_C(8388607) << 40);
}

/* ---- a simulation --------------------------------------------------------------------------------- */

/* A machine on which tasks are always waiting: each that ends is replaced by one that comes. Most are narrow; some want more
 * than half of the cores, some much memory. Three rules are compared on the same tasks. */
enum rule { RULE_FIRST_IN, RULE_FIRST_FIT, RULE_OURS };

#define MACHINE_CORES 16
#define MACHINE_MEMORY 64
#define BACKLOG 48 /* so many wait at any time */
#define TASKS 20000

struct simulated {
    uint32_t cores, length;
    uint64_t memory;
    uint64_t came, began;
    uint32_t begun_before; /* of the later ones, when it came to its turn */
};
static struct simulated all[TASKS];
static struct { /* what runs */
    uint64_t end;
    uint32_t id;
    struct tg_lease grant;
} running[MACHINE_CORES];
static uint32_t running_count;

static uint32_t dice(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static void throw_all(uint64_t seed)
{
    for (uint32_t i = 0; i < TASKS; i++) {
        bool wide = dice(&seed) % 20 == 0, large = dice(&seed) % 20 == 0;
        all[i] = (struct simulated){
            .cores = wide ? MACHINE_CORES / 2 + dice(&seed) % (MACHINE_CORES / 2 + 1) : 1 + dice(&seed) % 2,
            .memory = large ? MACHINE_MEMORY / 2 + dice(&seed) % (MACHINE_MEMORY / 2 + 1) : dice(&seed) % 5,
            .length = 1 + dice(&seed) % 100};
    }
}

/* Which begins now: the number of a task, or TASKS. In strict order it is the first, or nobody. */
static uint32_t choose(enum rule rule, uint32_t cores_free, uint32_t *first, struct tg_lease *grant)
{
    struct tg_waiting task;
    if (rule == RULE_FIRST_IN && *first < TASKS && !all[*first].began &&
        (all[*first].cores > cores_free || all[*first].memory > line.memory_free))
        return TASKS;
    if (!tg_admit_take(&line, cores_free, &task, grant)) return TASKS;
    while (*first < TASKS && (all[*first].began || *first == task.id)) ++*first;
    return task.id;
}

/* How much of the cores was used, in thousandths, until the last task came; `worst`: how many later ones began before some
 * task. */
static uint32_t simulate(enum rule rule, uint32_t *worst)
{
    uint64_t now = 1, used = 0, until = 0;
    uint32_t cores_free = MACHINE_CORES, first = 0, coming = 0;
    begin(MACHINE_CORES, MACHINE_MEMORY, 0);
    if (rule == RULE_FIRST_FIT) line.bound = UINT32_MAX;
    running_count = 0;
    for (uint32_t left = TASKS; left;) {
        for (; coming < TASKS && line.count < BACKLOG; coming++) {
            all[coming].came = until = now;
            arrive(coming, 0, all[coming].cores, all[coming].memory, 0);
        }
        struct tg_lease grant;
        for (uint32_t id; (id = choose(rule, cores_free, &first, &grant)) < TASKS; left--) {
            all[id].began = now;
            cores_free -= all[id].cores;
            if (coming < TASKS) used += (uint64_t)all[id].cores * all[id].length;
            running[running_count].id = id;
            running[running_count].end = now + all[id].length;
            running[running_count++].grant = grant;
        }
        uint32_t next_end = 0;
        for (uint32_t i = 1; i < running_count; i++)
            if (running[i].end < running[next_end].end) next_end = i;
        if (!running_count) break;
        now = running[next_end].end;
        cores_free += all[running[next_end].id].cores;
        tg_admit_give(&line, &running[next_end].grant);
        running[next_end] = running[--running_count];
    }
    while (running_count) tg_admit_give(&line, &running[--running_count].grant);
    tg_admit_done(&line);
    *worst = 0;
    for (uint32_t i = 0; i < TASKS; i++) {
        uint32_t before = 0;
        for (uint32_t k = i + 1; k < TASKS && all[k].came <= all[i].began; k++) before += all[k].began < all[i].began;
        if (before > *worst) *worst = before;
    }
    return (uint32_t)(used * 1000 / (until * MACHINE_CORES));
}

TEST(wide_tasks_are_not_starved_and_the_machine_is_used)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        uint32_t used[3], worst[3];
        for (int rule = RULE_FIRST_IN; rule <= RULE_OURS; rule++) {
            throw_all(seed);
            used[rule] = simulate(rule, &worst[rule]);
        }
        printf("# seed %d: used %u %u %u of 1000, passed over %u %u %u times\n", (int)seed, used[0], used[1], used[2], worst[0],
               worst[1], worst[2]);
        CHECK(worst[RULE_FIRST_IN] == 0 && worst[RULE_FIRST_FIT] > 2000 && worst[RULE_OURS] < 4 * 4 * MACHINE_CORES);
        CHECK(used[RULE_OURS] >= used[RULE_FIRST_IN] + 130 && used[RULE_OURS] + 60 >= used[RULE_FIRST_FIT]);
    }
}
