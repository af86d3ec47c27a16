/* SPDX-License-Identifier: MIT
 * Prime numbers by the sieve of Eratosthenes. */
#include "sieve.h"

#include <stdlib.h>

long count_primes(long limit)
{
    char *composite = calloc((size_t)limit + 1, 1);
    if (!composite) return -1;
    long count = 0;
    for (long i = 2; i < limit; i++) {
        if (composite[i]) continue;
        count++;
        for (long j = i * i; j < limit; j += i) composite[j] = 1;
    }
    free(composite);
    return count;
}
