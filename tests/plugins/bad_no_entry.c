/* SPDX-License-Identifier: MIT
 * A bad plugin for the tests: a shared object that is no plugin. */
int bad_no_entry(int x);

int bad_no_entry(int x)
{
    return x + 1;
}
