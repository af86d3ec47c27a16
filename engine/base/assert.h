/* SPDX-License-Identifier: MIT
 * Invariants that somebody who changes the code could break. Each TG_ASSERT says one; it is checked in the builds of
 * `make check`, of the sanitizers and of the fuzzers (TG_CHECKED), and costs nothing in a release. Whatever input or a
 * plugin may bring about is an error with a message, never an assert. */
#ifndef TG_BASE_ASSERT_H
#define TG_BASE_ASSERT_H

/* Says what is broken, with its place, and aborts. */
_Noreturn void tg_assert_failed(const char *file, int line, const char *function, const char *condition);

#ifdef TG_CHECKED
#define TG_ASSERT(condition) \
    (__builtin_expect(!!(condition), 1) ? (void)0 : tg_assert_failed(__FILE__, __LINE__, __func__, #condition))
#else
#define TG_ASSERT(condition) ((void)(0 && (condition))) /* never evaluated; what it names counts as used */
#endif

#endif
