/* SPDX-License-Identifier: MIT
 * Prints how many primes are below a number. */
#include <stdio.h>

#include "number.h"
#include "sieve.h"

int main(int argc, char **argv)
{
    long limit = argc == 2 ? read_number(argv[1]) : -1;
    if (limit < 0) {
        fprintf(stderr, "usage: primes LIMIT\n");
        return 2;
    }
    printf("%ld\n", count_primes(limit));
    return 0;
}
