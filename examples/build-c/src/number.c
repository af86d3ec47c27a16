/* SPDX-License-Identifier: MIT
 * Reading a number. */
#include "number.h"

#include <errno.h>
#include <stdlib.h>

long read_number(const char *text)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    return errno || *end || end == text || n < 0 ? -1 : n;
}
