/* SPDX-License-Identifier: MIT
 * Whether and when a task is tried again, and held tasks under a clock that the test sets. */
#include "tests/unit/check.h"

#include "engine/run/retry.h"

#define S UINT64_C(1000000000)

static struct tg_policy policy(uint32_t retries)
{
    struct tg_policy p;
    tg_policy_init(&p);
    p.retries = retries;
    return p;
}

TEST(attempts_are_counted_from_one)
{
    struct tg_policy none = policy(0), two = policy(2);
    CHECK(!tg_retry_may(&none, 1, TG_CAUSE_ERROR, 0));
    CHECK(tg_retry_may(&two, 1, TG_CAUSE_ERROR, 0) && tg_retry_may(&two, 2, TG_CAUSE_ERROR, 0));
    CHECK(!tg_retry_may(&two, 3, TG_CAUSE_ERROR, 0));
}

TEST(what_is_tried_again_depends_on_the_cause)
{
    struct tg_policy p = policy(1);
    for (int cause = 0; cause < TG_CAUSES; cause++)
        CHECK_INT(tg_retry_may(&p, 1, (enum tg_cause)cause, 0),
                  cause != TG_CAUSE_USAGE && cause != TG_CAUSE_CANNOT && cause != TG_CAUSE_UNRUN);
    p.retry_on = TG_CAUSE_BIT(TG_CAUSE_TIMEOUT);
    p.retry_status[75 / 64] |= UINT64_C(1) << 75 % 64;
    CHECK(tg_retry_may(&p, 1, TG_CAUSE_TIMEOUT, 0) && tg_retry_may(&p, 1, TG_CAUSE_EXIT, 75));
    CHECK(!tg_retry_may(&p, 1, TG_CAUSE_EXIT, 74) && !tg_retry_may(&p, 1, TG_CAUSE_SIGNAL, 75));
}

/* The half that is fixed, and all of it. */
static void check_delay(const struct tg_policy *p, uint32_t attempt, uint64_t full_ns)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        uint64_t ns = tg_retry_delay_ns(p, attempt, seed);
        CHECK(ns >= full_ns / 2 && ns <= full_ns);
        CHECK(ns == tg_retry_delay_ns(p, attempt, seed));
    }
}

TEST(delays_double_up_to_the_longest)
{
    struct tg_policy p = policy(UINT32_MAX);
    check_delay(&p, 1, S);
    check_delay(&p, 2, 2 * S);
    check_delay(&p, 5, 16 * S);
    check_delay(&p, 11, 600 * S);
    check_delay(&p, UINT32_MAX, 600 * S);
    p.backoff_ns = 5 * S, p.backoff_max_ns = 3 * S;
    check_delay(&p, 1, 3 * S);
    p.backoff_ns = UINT64_MAX / 2 + 2, p.backoff_max_ns = INT64_MAX;
    check_delay(&p, 9, INT64_MAX);
    p.backoff_ns = 0;
    CHECK_INT(tg_retry_delay_ns(&p, 7, 1), 0);
}

TEST(delays_of_different_tasks_differ)
{
    struct tg_policy p = policy(9);
    uint64_t least = UINT64_MAX, most = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        uint64_t ns = tg_retry_delay_ns(&p, 1, seed);
        least = ns < least ? ns : least;
        most = ns > most ? ns : most;
    }
    CHECK(least < S * 55 / 100 && most > S * 95 / 100);
}

TEST(delays_as_people_read_them)
{
    char text[TG_RETRY_TEXT_BYTES];
    CHECK_STR(tg_retry_text(350 * S / 1000, text), "350 ms");
    CHECK_STR(tg_retry_text(3 * S / 2, text), "1.5 s");
    CHECK_STR(tg_retry_text(45 * S, text), "45 s");
    CHECK_STR(tg_retry_text(90 * S, text), "1 min 30 s");
}
