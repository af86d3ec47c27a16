/* SPDX-License-Identifier: MIT
 * The smallest test frame: TEST(name) { ... } registers a test, CHECK macros print both sides of what failed, and
 * the program prints TAP ("ok 1 name"), so that one runner counts everything. */
#ifndef TG_TEST_CHECK_H
#define TG_TEST_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct check_test {
    const char *name;
    void (*run)(void);
    struct check_test *next;
};

static struct check_test *check_first, **check_last = &check_first;
static bool check_failed;

#define TEST(name_)                                                   \
    static void test_##name_(void);                                   \
    __attribute__((constructor)) static void register_##name_(void)   \
    {                                                                 \
        static struct check_test test = {#name_, test_##name_, NULL}; \
        *check_last = &test;                                          \
        check_last = &test.next;                                      \
    }                                                                 \
    static void test_##name_(void)

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            check_failed = true;                                               \
            printf("# %s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
        }                                                                      \
    } while (0)

#define CHECK_INT(got, wanted)                                                                  \
    do {                                                                                        \
        long long got_ = (long long)(got), wanted_ = (long long)(wanted);                       \
        if (got_ != wanted_) {                                                                  \
            check_failed = true;                                                                \
            printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, got_, wanted_); \
        }                                                                                       \
    } while (0)

#define CHECK_STR(got, wanted)                                                                              \
    do {                                                                                                    \
        const char *got_ = (got), *wanted_ = (wanted);                                                      \
        if (!got_ || !wanted_ || strcmp(got_, wanted_) != 0) {                                              \
            check_failed = true;                                                                            \
            printf("# %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #got, got_ ? got_ : "(null)", \
                   wanted_ ? wanted_ : "(null)");                                                           \
        }                                                                                                   \
    } while (0)

int main(void)
{
    int number = 0, failures = 0;
    for (struct check_test *t = check_first; t; t = t->next) {
        check_failed = false;
        t->run();
        printf("%sok %d %s\n", check_failed ? "not " : "", ++number, t->name);
        fflush(stdout); /* a test that forks must not print it twice */
        failures += check_failed;
    }
    printf("1..%d\n", number);
    return failures ? 1 : 0;
}

#endif
