/* SPDX-License-Identifier: MIT
 * Delays that double. */
#include "engine/run/retry.h"

#include <stdio.h>

#define NS_PER_MS UINT64_C(1000000)
#define MS_PER_S 1000
#define S_PER_MIN 60

bool tg_retry_may(const struct tg_policy *p, uint32_t attempt, enum tg_cause cause, int status)
{
    return attempt <= p->retries && tg_policy_retries(p, cause, status);
}

/* Without jitter. */
static uint64_t full_delay(const struct tg_policy *p, uint32_t attempt)
{
    uint64_t delay = p->backoff_ns, most = p->backoff_max_ns;
    for (; attempt > 1 && delay && delay < most; attempt--) delay = delay > most / 2 ? most : delay * 2;
    return delay < most ? delay : most;
}

/* splitmix64: each bit depends on all bits of the seed. */
static uint64_t spread_bits(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint64_t tg_retry_delay_ns(const struct tg_policy *p, uint32_t attempt, uint64_t seed)
{
    uint64_t half = full_delay(p, attempt) / 2;
    double part = (double)(spread_bits(seed + attempt) >> 11) / (double)(UINT64_C(1) << 53);
    return half + (uint64_t)(part * (double)half);
}

const char *tg_retry_text(uint64_t ns, char text[TG_RETRY_TEXT_BYTES])
{
    unsigned long long ms = (ns + NS_PER_MS / 2) / NS_PER_MS, s = (ms + MS_PER_S / 2) / MS_PER_S, min = s / S_PER_MIN;
    if (ms < MS_PER_S) snprintf(text, TG_RETRY_TEXT_BYTES, "%llu ms", ms);
    else if (s < 10) snprintf(text, TG_RETRY_TEXT_BYTES, "%llu.%llu s", ms / MS_PER_S, ms % MS_PER_S / 100);
    else if (min == 0) snprintf(text, TG_RETRY_TEXT_BYTES, "%llu s", s);
    else snprintf(text, TG_RETRY_TEXT_BYTES, "%llu min %llu s", min, s % S_PER_MIN);
    return text;
}
