/* SPDX-License-Identifier: MIT
 * What the compiler is told about branches. */
#ifndef TG_BASE_COMPILER_H
#define TG_BASE_COMPILER_H

#define TG_LIKELY(x) __builtin_expect(!!(x), 1)
#define TG_UNLIKELY(x) __builtin_expect(!!(x), 0)

#endif
