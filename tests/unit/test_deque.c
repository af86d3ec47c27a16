/* SPDX-License-Identifier: MIT
 * The work-stealing deque: both ends, growing, and thieves against the owner; sleeping and waking. */
#include "tests/unit/check.h"

#include <pthread.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/sched/deque.h"
#include "engine/sched/park.h"

TEST(the_owner_takes_the_newest_and_thieves_the_oldest)
{
    struct tg_deque d;
    uint32_t item = 0;
    tg_deque_init(&d);
    CHECK(!tg_deque_take(&d, &item));
    CHECK(!tg_deque_steal(&d, &item));
    for (uint32_t i = 1; i <= 3; i++) tg_deque_push(&d, i);
    CHECK_INT(tg_deque_size(&d), 3);
    CHECK(tg_deque_take(&d, &item) && item == 3);
    CHECK(tg_deque_steal(&d, &item) && item == 1);
    CHECK(tg_deque_take(&d, &item) && item == 2);
    CHECK(!tg_deque_take(&d, &item));
    CHECK_INT(tg_deque_size(&d), 0);
    tg_deque_done(&d);
}

TEST(it_grows_and_wraps_around)
{
    struct tg_deque d;
    uint32_t item = 0, next_in = 0, next_out = 0;
    bool in_order = true;
    tg_deque_init(&d);
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < 100; i++) tg_deque_push(&d, next_in++);
        for (int i = 0; i < 60; i++) in_order = in_order && tg_deque_steal(&d, &item) && item == next_out++;
    }
    CHECK_INT(tg_deque_size(&d), 40000);
    while (tg_deque_take(&d, &item)) in_order = in_order && item == --next_in;
    CHECK(in_order);
    CHECK_INT(next_in, next_out);
    tg_deque_done(&d);
}

#define ITEMS 200000
#define THIEVES 3

struct shared {
    struct tg_deque deque;
    _Atomic unsigned char seen[ITEMS];
    _Atomic bool over;
};

static void *thief(void *data)
{
    struct shared *s = data;
    uint32_t item;
    while (!atomic_load(&s->over))
        if (tg_deque_steal(&s->deque, &item)) atomic_fetch_add(&s->seen[item], 1);
    return NULL;
}

TEST(everything_comes_out_once)
{
    struct shared *s = calloc(1, sizeof *s);
    pthread_t threads[THIEVES];
    uint32_t item = 0;
    tg_deque_init(&s->deque);
    for (int i = 0; i < THIEVES; i++) pthread_create(&threads[i], NULL, thief, s);
    for (uint32_t i = 0; i < ITEMS; i++) {
        tg_deque_push(&s->deque, i);
        if (i % 3 == 0 && tg_deque_take(&s->deque, &item)) atomic_fetch_add(&s->seen[item], 1);
    }
    while (tg_deque_take(&s->deque, &item)) atomic_fetch_add(&s->seen[item], 1);
    while (tg_deque_size(&s->deque)) {}
    atomic_store(&s->over, true);
    for (int i = 0; i < THIEVES; i++) pthread_join(threads[i], NULL);
    int wrong = 0;
    for (uint32_t i = 0; i < ITEMS; i++) wrong += s->seen[i] != 1;
    CHECK_INT(wrong, 0);
    tg_deque_done(&s->deque);
    free(s);
}

struct sleeper {
    struct tg_park *park;
    struct tg_bed bed;
    _Atomic bool up;
};

static void *sleep_once(void *data)
{
    struct sleeper *s = data;
    tg_park_enter(s->park, &s->bed);
    tg_park_sleep(&s->bed);
    atomic_store(&s->up, true);
    return NULL;
}

TEST(a_wake_up_reaches_one_sleeper)
{
    struct tg_park park;
    struct sleeper s[2] = {{.park = &park}, {.park = &park}};
    pthread_t threads[2];
    _Atomic unsigned called = 0;
    tg_park_init(&park, 2);
    CHECK(!tg_park_wake(&park, &called));
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, sleep_once, &s[i]);
    while (atomic_load(&park.asleep) < 2) {}
    CHECK(tg_park_wake(&park, &called));
    while (!atomic_load(&s[0].up) && !atomic_load(&s[1].up)) {}
    CHECK_INT(called, 1);
    CHECK_INT(park.asleep, 1);
    CHECK(!(atomic_load(&s[0].up) && atomic_load(&s[1].up)));
    tg_park_wake_all(&park);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    CHECK_INT(park.asleep, 0);
    tg_park_done(&park);
}

TEST(sleep_is_counted_while_it_lasts)
{
    struct tg_bed bed = {0};
    CHECK_INT(tg_park_slept(&bed, 1000), 0);
    tg_park_lie_down(&bed);
    uint64_t now_ns = tg_clock_ns(), so_far = tg_park_slept(&bed, now_ns);
    CHECK_INT(tg_park_slept(&bed, now_ns + 500), so_far + 500);
    tg_park_get_up(&bed);
    uint64_t slept = tg_park_slept(&bed, now_ns);
    CHECK(slept >= so_far);
    CHECK_INT(tg_park_slept(&bed, now_ns + 500), slept);
    tg_park_lie_down(&bed);
    tg_park_get_up(&bed);
    CHECK(tg_park_slept(&bed, now_ns) >= slept);
}

TEST(who_leaves_by_himself_is_not_woken)
{
    struct tg_park park;
    struct tg_bed beds[3];
    tg_park_init(&park, 3);
    for (int i = 0; i < 3; i++) CHECK_INT(tg_park_enter(&park, &beds[i]), i + 1);
    CHECK(tg_park_leave(&park, &beds[0]));
    CHECK(!tg_park_leave(&park, &beds[0]));
    CHECK(tg_park_wake(&park, NULL));
    CHECK(tg_park_wake(&park, NULL));
    CHECK(!tg_park_wake(&park, NULL));
    CHECK(!tg_park_leave(&park, &beds[1]) && !tg_park_leave(&park, &beds[2]));
    tg_park_done(&park);
}
