/* SPDX-License-Identifier: MIT
 * A program that does nothing: what starting a process costs, and the command that is run thousands of times. */
int main(void)
{
    return 0;
}
