/* SPDX-License-Identifier: MIT
 * The last words of a broken invariant, as one line on standard error. */
#include "engine/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void tg_assert_failed(const char *file, int line, const char *function, const char *condition)
{
    fprintf(stderr, "tgrun: broken invariant at %s:%d (%s): %s\n", file, line, function, condition);
    abort();
}
