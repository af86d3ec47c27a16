/* SPDX-License-Identifier: MIT
 * What the compiler is told about branches, and what it says of itself. */
#ifndef TG_BASE_COMPILER_H
#define TG_BASE_COMPILER_H

#define TG_LIKELY(x) __builtin_expect(!!(x), 1)
#define TG_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* 1 in the build of a sanitizer that handles faults itself. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TG_SANITIZED 1
#elif defined(__has_feature)
#define TG_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define TG_SANITIZED 0
#endif

#endif
