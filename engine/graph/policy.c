/* SPDX-License-Identifier: MIT
 * Policies from the options of tasks. */
#include "engine/graph/policy.h"

#include <math.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

#define NS_PER_SECOND 1e9

enum tg_task_place tg_policy_place(const char *name)
{
    static const char *const names[TG_PLACES] = {
        [TG_PLACE_HOME] = "home", [TG_PLACE_THREADS] = "threads", [TG_PLACE_PROCESSES] = "processes"};
    int place = 0;
    while (place < TG_PLACES && (!names[place] || strcmp(names[place], name) != 0)) place++;
    return (enum tg_task_place)place;
}

void tg_policy_init(struct tg_policy *p)
{
    *p = (struct tg_policy){
        .retry_on = TG_RETRY_ON_ANY, .backoff_ns = TG_BACKOFF_NS, .backoff_max_ns = TG_BACKOFF_MAX_NS, .memory_factor = 1};
}

/* Seconds as nanoseconds; what is more than nothing stays so, as 0 may mean something else. */
static uint64_t duration_ns(tg_value v)
{
    double seconds = tg_as_float(v), ns = ceil(seconds * NS_PER_SECOND);
    TG_ASSERT(seconds >= 0 && seconds <= TG_DURATION_MAX_S);
    return (uint64_t)ns;
}

static uint32_t as_count(tg_value v)
{
    TG_ASSERT(tg_as_int(v) >= 0 && tg_as_int(v) <= UINT32_MAX);
    return (uint32_t)tg_as_int(v);
}

static void set_retry_on(struct tg_policy *p, tg_value v)
{
    const struct tg_list *list = tg_list_of(v);
    p->retry_on = 0;
    memset(p->retry_status, 0, sizeof p->retry_status);
    for (size_t i = 0; i < list->count; i++) {
        if (tg_kind(list->items[i]) == TG_STR) {
            p->retry_on |= TG_CAUSE_BIT(tg_err_cause(tg_str_of(list->items[i])->data));
        } else {
            uint64_t status = (uint64_t)tg_as_int(list->items[i]) & 255;
            p->retry_status[status / 64] |= UINT64_C(1) << status % 64;
        }
    }
}

/* One that was named before is named anew; 0 of it is none. */
static void set_resources(struct tg_policy *p, tg_value v)
{
    const struct tg_record *r = tg_record_of(v);
    for (size_t i = 0; i < r->count; i++) {
        const char *name = tg_str_of(r->fields[i].key)->data;
        uint32_t at = 0;
        while (at < p->asked_count && strcmp(p->asked[at].name, name) != 0) at++;
        if (at == TG_ASKED_MAX) continue; /* the language says so before */
        p->asked[at] = (struct tg_asked){name, (uint64_t)tg_as_int(r->fields[i].value)};
        if (at == p->asked_count) p->asked_count++;
    }
}

static void set_retries(struct tg_policy *p, tg_value v)
{
    p->retries = as_count(v);
}
static void set_backoff(struct tg_policy *p, tg_value v)
{
    p->backoff_ns = duration_ns(v);
}
static void set_max_backoff(struct tg_policy *p, tg_value v)
{
    p->backoff_max_ns = duration_ns(v);
}
static void set_timeout(struct tg_policy *p, tg_value v)
{
    p->timeout_ns = duration_ns(v);
}
static void set_cores(struct tg_policy *p, tg_value v)
{
    p->cores = as_count(v);
}
static void set_memory(struct tg_policy *p, tg_value v)
{
    p->memory_bytes = (uint64_t)tg_as_int(v);
}
static void set_memory_factor(struct tg_policy *p, tg_value v)
{
    p->memory_factor = tg_as_float(v);
}
static void set_memory_enforce(struct tg_policy *p, tg_value v)
{
    p->memory_free = !tg_as_bool(v);
}
static void set_allow_failure(struct tg_policy *p, tg_value v)
{
    p->allow_failure = tg_as_bool(v);
}
static void set_scheduler(struct tg_policy *p, tg_value v)
{
    p->place = tg_policy_place(tg_str_of(v)->data);
    TG_ASSERT(p->place != TG_PLACES);
}

static const struct setter {
    const char *option;
    void (*set)(struct tg_policy *p, tg_value v);
} setters[] = {
    {"allow_failure", set_allow_failure}, {"backoff", set_backoff},     {"cores", set_cores},
    {"max_backoff", set_max_backoff},     {"memory", set_memory},       {"memory_enforce", set_memory_enforce},
    {"memory_factor", set_memory_factor}, {"resources", set_resources}, {"retries", set_retries},
    {"retry_on", set_retry_on},           {"scheduler", set_scheduler}, {"timeout", set_timeout},
};

static const struct setter *find_setter(const char *option)
{
    for (size_t i = 0; i < TG_COUNT(setters); i++)
        if (strcmp(setters[i].option, option) == 0) return &setters[i];
    return NULL;
}

bool tg_policy_knows(const char *option)
{
    return find_setter(option) != NULL;
}

/* What is late stands there as a function (lang/bind/late.h). */
static bool stands_late(tg_value v)
{
    bool late = tg_kind(v) == TG_FUNCTION;
    const struct tg_record *r = tg_kind(v) == TG_RECORD ? tg_record_of(v) : NULL;
    for (size_t i = 0; r && i < r->count && !late; i++) late = tg_kind(r->fields[i].value) == TG_FUNCTION;
    return late;
}

bool tg_policy_set(struct tg_policy *p, const char *option, tg_value v)
{
    const struct setter *s = find_setter(option);
    if (s && stands_late(v)) p->late = true;
    else if (s) s->set(p, v);
    return s;
}

void tg_policy_read(struct tg_policy *p, tg_value record)
{
    if (tg_kind(record) != TG_RECORD) return;
    const struct tg_record *r = tg_record_of(record);
    for (size_t i = 0; i < r->count; i++) tg_policy_set(p, tg_str_of(r->fields[i].key)->data, r->fields[i].value);
}

bool tg_policy_asks(const struct tg_policy *p)
{
    return p->cores > 1 || p->memory_bytes || p->asked_count || p->late;
}

bool tg_policy_says(const struct tg_policy *p)
{
    return p->retries || p->timeout_ns || p->allow_failure || tg_policy_asks(p);
}

bool tg_policy_retries(const struct tg_policy *p, enum tg_cause cause, int status)
{
    if (p->retry_on & TG_CAUSE_BIT(cause)) return true;
    return cause == TG_CAUSE_EXIT && status >= 0 && status < 256 && p->retry_status[status / 64] >> status % 64 & 1;
}
