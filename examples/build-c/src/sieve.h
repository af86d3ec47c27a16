/* SPDX-License-Identifier: MIT
 * Prime numbers by the sieve of Eratosthenes. */
#ifndef SIEVE_H
#define SIEVE_H

/* How many primes are below limit; -1 if there is no memory. */
long count_primes(long limit);

#endif
